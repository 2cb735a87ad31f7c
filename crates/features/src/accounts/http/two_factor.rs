//! One's own second factor.

use axum::extract::State;
use kernel::{
    auth::SignedIn,
    http::{Doc, Json, NoContent, Problem, Routes},
};
use schemars::JsonSchema;
use secrecy::SecretString;
use serde::{Deserialize, Serialize};

use crate::{
    App,
    accounts::two_factor::{self, Setup},
};

pub(super) fn routes() -> Routes<App> {
    Routes::new()
        .post("/api/v1/me/totp", Doc::new("me.totp_begin", "Begin to set up two-factor sign-in"), begin)
        .post("/api/v1/me/totp/confirm", Doc::new("me.totp_confirm", "Switch two-factor sign-in on with a first code"), confirm)
        .post("/api/v1/me/totp/disable", Doc::new("me.totp_disable", "Switch two-factor sign-in off"), disable)
        .post(
            "/api/v1/me/totp/recovery-codes",
            Doc::new("me.totp_recovery_codes", "Ten new recovery codes; the old ones end"),
            codes,
        )
}

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "PasswordCheck")]
struct Password {
    /// One's own password, once more.
    #[schemars(with = "String")]
    password: SecretString,
}

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "TotpCode")]
struct Confirm {
    /// The six digits that the app shows.
    code: String,
}

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "TotpDisable")]
struct Disable {
    /// One's own password, once more.
    #[schemars(with = "String")]
    password: SecretString,
    /// The six digits that the app shows, or a recovery code.
    code: String,
}

#[derive(Serialize, JsonSchema)]
struct RecoveryCodes {
    /// Each is good once in place of the six digits. They are shown this one time.
    recovery_codes: Vec<String>,
}

async fn begin(who: SignedIn, State(app): State<App>, Json(body): Json<Password>) -> Result<Json<Setup>, Problem> {
    Ok(Json(two_factor::begin(&app, &who.actor, body.password).await?))
}

async fn confirm(who: SignedIn, State(app): State<App>, Json(body): Json<Confirm>) -> Result<Json<RecoveryCodes>, Problem> {
    Ok(Json(RecoveryCodes { recovery_codes: two_factor::confirm(&app, &who.actor, &body.code).await? }))
}

async fn disable(who: SignedIn, State(app): State<App>, Json(body): Json<Disable>) -> Result<NoContent, Problem> {
    two_factor::disable(&app, &who.actor, body.password, &body.code).await?;
    Ok(NoContent)
}

async fn codes(who: SignedIn, State(app): State<App>, Json(body): Json<Password>) -> Result<Json<RecoveryCodes>, Problem> {
    Ok(Json(RecoveryCodes { recovery_codes: two_factor::renew_codes(&app, &who.actor, body.password).await? }))
}
