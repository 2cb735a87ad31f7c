//! Endpoints of accounts.

use axum::{
    extract::State,
    response::{IntoResponse, Response},
};
use axum_extra::extract::cookie::{Cookie, SameSite};
use base::Code;
use http::{HeaderMap, HeaderValue, header};
use kernel::{
    auth::{Public, SignedIn},
    http::{Doc, Json, NoContent, Problem, Routes},
};
use schemars::JsonSchema;
use secrecy::SecretString;
use serde::{Deserialize, Serialize};

use super::{SESSION_DAYS, SignIn, User, same_origin, service};
use crate::App;

pub(super) fn routes() -> Routes<App> {
    Routes::new()
        .post("/api/v1/auth/login", Doc::new("auth.login", "Sign in with e-mail and password"), login)
        .post("/api/v1/auth/refresh", Doc::new("auth.refresh", "A fresh access token for the refresh cookie"), refresh)
        .post("/api/v1/auth/logout", Doc::new("auth.logout", "End this session"), logout)
        .get("/api/v1/me", Doc::new("me.get", "Who is signed in"), me)
}

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct LoginRequest {
    /// E-mail, without regard to case.
    email: String,
    /// The password.
    #[schemars(with = "String")]
    password: SecretString,
    /// The code of the second factor, where one is set up.
    #[serde(default)]
    #[expect(dead_code, reason = "part of the fixed contract; nobody has a second factor yet, so none is asked for")]
    totp: Option<String>,
}

#[derive(Serialize, JsonSchema)]
struct SignInResponse {
    /// Bearer token for the API and the socket. Keep it in memory only.
    access_token: String,
    /// Seconds until it expires.
    expires_in: u64,
    /// Who signed in.
    user: User,
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
    check_origin(&app, &headers)?;
    let agent = headers.get(header::USER_AGENT).and_then(|v| v.to_str().ok());
    let sign_in = service::login(&app, &body.email, body.password, who.address, agent).await?;
    respond(&app, sign_in)
}

async fn refresh(_: Public, State(app): State<App>, headers: HeaderMap) -> Result<WithRefreshCookie, Problem> {
    check_origin(&app, &headers)?;
    let token = refresh_cookie(&app, &headers).ok_or_else(Problem::unauthenticated)?;
    respond(&app, service::refresh(&app, &token).await?)
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

async fn logout(_: Public, State(app): State<App>, headers: HeaderMap) -> Result<SignedOut, Problem> {
    check_origin(&app, &headers)?;
    if let Some(token) = refresh_cookie(&app, &headers) {
        service::logout(&app, &token).await?;
    }
    Ok(SignedOut(cookie(&app, "", 0)?))
}

async fn me(who: SignedIn, State(app): State<App>) -> Result<Json<User>, Problem> {
    let user_id = who.actor.user_id().ok_or_else(Problem::unauthenticated)?;
    Ok(Json(service::me(&app, user_id).await?))
}

fn respond(app: &App, sign_in: SignIn) -> Result<WithRefreshCookie, Problem> {
    debug_assert!(sign_in.refresh_until > app.now());
    let cookie = cookie(app, &sign_in.refresh_token, SESSION_DAYS)?;
    Ok(WithRefreshCookie(
        SignInResponse { access_token: sign_in.access_token, expires_in: sign_in.expires_in, user: sign_in.user },
        cookie,
    ))
}

/// The cookie is read by these endpoints only, and only for pages of our own origin. Programs without a browser send no Origin.
fn check_origin(app: &App, headers: &HeaderMap) -> Result<(), Problem> {
    match headers.get(header::ORIGIN).map(|v| v.to_str().unwrap_or("")) {
        Some(origin) if !same_origin(&app.public_url, origin) => {
            Err(Problem::new(Code::WrongOrigin, "Open MAX at its own address; this page belongs to another site."))
        }
        _ => Ok(()),
    }
}

/// Browsers keep `__Host-` cookies on https and on loopback; on a plain-http address in a private network, which cannot have them, the
/// cookie goes without the prefix.
fn cookie_name(app: &App) -> (&'static str, bool) {
    let secure = app.public_url.starts_with("https://") || is_loopback(&app.public_url);
    if secure { ("__Host-max_refresh", true) } else { ("max_refresh", false) }
}

fn is_loopback(url: &str) -> bool {
    ["http://127.0.0.1", "http://localhost", "http://[::1]"].iter().any(|own| url.starts_with(own))
}

fn refresh_cookie(app: &App, headers: &HeaderMap) -> Option<String> {
    let (name, _) = cookie_name(app);
    headers
        .get_all(header::COOKIE)
        .iter()
        .filter_map(|v| v.to_str().ok())
        .flat_map(Cookie::split_parse)
        .filter_map(Result::ok)
        .find(|c| c.name() == name)
        .map(|c| c.value().to_owned())
}

fn cookie(app: &App, value: &str, days: i64) -> Result<HeaderValue, Problem> {
    let (name, secure) = cookie_name(app);
    let mut cookie = Cookie::new(name, value);
    cookie.set_http_only(true);
    cookie.set_secure(secure);
    cookie.set_same_site(SameSite::Strict);
    cookie.set_path("/");
    let text = format!("{cookie}; Max-Age={}", days * 24 * 60 * 60);
    HeaderValue::from_str(&text).map_err(Problem::internal)
}
