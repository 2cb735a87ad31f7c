//! One's own account.

use axum::extract::State;
use kernel::{
    auth::SignedIn,
    http::{Doc, Json, NoContent, Problem, Routes},
};
use schemars::JsonSchema;
use secrecy::SecretString;
use serde::Deserialize;

use crate::{
    App,
    accounts::{
        passwords,
        profile::{self, Changes, Me},
    },
};

pub(super) fn routes() -> Routes<App> {
    Routes::new()
        .get("/api/v1/me", Doc::new("me.get", "Who is signed in"), get)
        .patch("/api/v1/me", Doc::new("me.update", "Change one's own account"), update)
        .post("/api/v1/me/password", Doc::new("me.password", "Change one's own password; all other sessions end"), password)
}

async fn get(who: SignedIn, State(app): State<App>) -> Result<Json<Me>, Problem> {
    Ok(Json(profile::of_actor(&app, &who.actor).await?))
}

async fn update(who: SignedIn, State(app): State<App>, Json(changes): Json<Changes>) -> Result<Json<Me>, Problem> {
    Ok(Json(profile::change(&app, &who.actor, changes).await?))
}

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct ChangePassword {
    /// The password so far.
    #[schemars(with = "String")]
    current: SecretString,
    /// The new one: 12 characters at least and 72 bytes at most.
    #[schemars(with = "String")]
    password: SecretString,
}

async fn password(who: SignedIn, State(app): State<App>, Json(body): Json<ChangePassword>) -> Result<NoContent, Problem> {
    passwords::change(&app, &who.actor, body.current, body.password).await?;
    Ok(NoContent)
}
