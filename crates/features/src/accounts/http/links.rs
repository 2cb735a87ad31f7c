//! Forgotten passwords and one-time links, for whoever is not signed in.

use axum::extract::State;
use kernel::{
    auth::Public,
    http::{Accepted, Doc, Json, NoContent, Problem, Routes},
};
use schemars::JsonSchema;
use secrecy::SecretString;
use serde::Deserialize;

use crate::{
    App,
    accounts::links::{self, Looked},
};

pub(super) fn routes() -> Routes<App> {
    Routes::new()
        .post("/api/v1/auth/password/forgot", Doc::new("auth.forgot", "Have a link for a new password mailed"), forgot)
        .post("/api/v1/auth/link", Doc::new("auth.link", "What a one-time link is good for"), look)
        .post(
            "/api/v1/auth/link/password",
            Doc::new("auth.link_password", "Choose a password with a one-time link"),
            set_password,
        )
}

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "ForgotPassword")]
struct Forgot {
    /// E-mail, without regard to case.
    email: String,
}

async fn forgot(who: Public, State(app): State<App>, Json(body): Json<Forgot>) -> Result<Accepted, Problem> {
    links::forgotten(&app, &body.email, who.address).await?;
    Ok(Accepted)
}

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "LinkToken")]
struct Look {
    /// What stands behind the `#` of the link.
    #[schemars(with = "String")]
    token: SecretString,
}

async fn look(who: Public, State(app): State<App>, Json(body): Json<Look>) -> Result<Json<Looked>, Problem> {
    Ok(Json(links::look(&app, &body.token, who.address).await?))
}

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct SetPassword {
    /// What stands behind the `#` of the link.
    #[schemars(with = "String")]
    token: SecretString,
    /// 12 characters at least and 72 bytes at most.
    #[schemars(with = "String")]
    password: SecretString,
}

async fn set_password(who: Public, State(app): State<App>, Json(body): Json<SetPassword>) -> Result<NoContent, Problem> {
    links::set_password(&app, &body.token, body.password, who.address).await?;
    Ok(NoContent)
}
