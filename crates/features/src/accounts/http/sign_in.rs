//! Signing in, staying signed in, signing out.

use axum::{
    extract::State,
    response::{IntoResponse, Response},
};
use http::{HeaderMap, HeaderValue, header};
use kernel::{
    auth::Public,
    http::{Doc, Json, NoContent, Problem, Routes},
};
use schemars::JsonSchema;
use secrecy::SecretString;
use serde::{Deserialize, Serialize};

use super::cookie::{self, Keep};
use crate::{
    App,
    accounts::{
        profile::Me,
        refresh,
        sign_in::{self, Attempt, Origin, SignIn},
    },
    settings,
};

pub(super) fn routes(routes: Routes<App>) -> Routes<App> {
    routes
        .get("/api/v1/auth/options", Doc::new("auth.options", "What the sign-in page needs to know"), options)
        .post("/api/v1/auth/login", Doc::new("auth.login", "Sign in with e-mail and password"), login)
        .post("/api/v1/auth/refresh", Doc::new("auth.refresh", "A fresh access token for the refresh cookie"), refresh)
        .post("/api/v1/auth/logout", Doc::new("auth.logout", "End this session"), logout)
}

#[derive(Serialize, JsonSchema)]
#[schemars(rename = "SignInOptions")]
struct Options {
    /// How the company is called.
    company_name: String,
    /// Whether MAX can mail a link to whoever forgot their password.
    password_reset_by_email: bool,
}

async fn options(_: Public, State(app): State<App>) -> Result<Json<Options>, Problem> {
    let company_name = settings::company_name(&mut *app.db.read().await?).await?;
    Ok(Json(Options { company_name, password_reset_by_email: app.mailer.is_some() }))
}

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct LoginRequest {
    /// E-mail, without regard to case.
    email: String,
    /// The password.
    #[schemars(with = "String")]
    password: SecretString,
    /// Where a second factor is set up: the six digits of the app, or a recovery code.
    #[serde(default)]
    totp: Option<String>,
    /// Whether to stay signed in when the browser is closed.
    #[serde(default = "yes")]
    remember: bool,
}

fn yes() -> bool {
    true
}

#[derive(Serialize, JsonSchema)]
struct SignInResponse {
    /// Bearer token for the API and the socket. Keep it in memory only.
    access_token: String,
    /// Seconds until it expires.
    expires_in: u64,
    /// Who signed in.
    user: Me,
}

/// Answers with the token in the body and the refresh token in the cookie.
struct WithRefreshCookie(SignInResponse, HeaderValue);

impl IntoResponse for WithRefreshCookie {
    fn into_response(self) -> Response {
        let mut response = Json(self.0).into_response();
        response.headers_mut().append(header::SET_COOKIE, self.1);
        response
    }
}

impl aide::OperationOutput for WithRefreshCookie {
    type Inner = SignInResponse;
    fn inferred_responses(
        ctx: &mut aide::generate::GenContext,
        operation: &mut aide::openapi::Operation,
    ) -> Vec<(Option<u16>, aide::openapi::Response)> {
        Json::<SignInResponse>::inferred_responses(ctx, operation)
    }
}

async fn login(
    who: Public,
    State(app): State<App>,
    headers: HeaderMap,
    Json(body): Json<LoginRequest>,
) -> Result<WithRefreshCookie, Problem> {
    cookie::check_origin(&app, &headers)?;
    let user_agent = headers.get(header::USER_AGENT).and_then(|v| v.to_str().ok()).map(str::to_owned);
    let attempt = Attempt { email: body.email, password: body.password, totp: body.totp, remember: body.remember };
    respond(&app, sign_in::login(&app, attempt, Origin { address: who.address, user_agent }).await?)
}

async fn refresh(who: Public, State(app): State<App>, headers: HeaderMap) -> Result<WithRefreshCookie, Problem> {
    cookie::check_own_page(&app, &headers)?;
    let token = cookie::token(&app, &headers).ok_or_else(Problem::unauthenticated)?;
    respond(&app, refresh::refresh(&app, &token, who.address).await?)
}

/// Answers with the cookie taken away.
struct SignedOut(HeaderValue);

impl IntoResponse for SignedOut {
    fn into_response(self) -> Response {
        let mut response = NoContent.into_response();
        response.headers_mut().append(header::SET_COOKIE, self.0);
        response
    }
}

impl aide::OperationOutput for SignedOut {
    type Inner = ();
    fn inferred_responses(
        ctx: &mut aide::generate::GenContext,
        operation: &mut aide::openapi::Operation,
    ) -> Vec<(Option<u16>, aide::openapi::Response)> {
        NoContent::inferred_responses(ctx, operation)
    }
}

async fn logout(who: Public, State(app): State<App>, headers: HeaderMap) -> Result<SignedOut, Problem> {
    cookie::check_own_page(&app, &headers)?;
    if let Some(token) = cookie::token(&app, &headers) {
        refresh::logout(&app, &token, who.address).await?;
    }
    Ok(SignedOut(cookie::set(&app, "", Keep::Forget)?))
}

fn respond(app: &App, sign_in: SignIn) -> Result<WithRefreshCookie, Problem> {
    let keep = if sign_in.remember { Keep::Remembered } else { Keep::UntilClosed };
    let cookie = cookie::set(app, &sign_in.refresh_token, keep)?;
    let body = SignInResponse { access_token: sign_in.access_token, expires_in: sign_in.expires_in, user: sign_in.user };
    Ok(WithRefreshCookie(body, cookie))
}
