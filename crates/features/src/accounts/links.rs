//! One-time links: with one, somebody who was invited or forgot their password chooses a new one.

use base::Time;
use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};
use kernel::{audit::Record, auth::Actor, crypto::hash_token, db::Tx};
use schemars::JsonSchema;
use serde::Serialize;

use super::{AccountError, User, store};
use crate::App;

/// What a link is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Purpose {
    /// The first password.
    Invite,
    /// A new password.
    Reset,
}

/// A link that works once. Whoever has it can sign in as the user.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct OneTimeLink {
    /// The address to open.
    pub url: String,
    /// Until when it works.
    pub expires_at: Time,
    /// Whether it was sent by e-mail.
    pub emailed: bool,
}

/// Makes a link; older ones of the user end.
pub(super) async fn make(app: &App, tx: &mut Tx, user: &User, purpose: Purpose, by: &Actor) -> Result<OneTimeLink, AccountError> {
    let (page, name, days) = match purpose {
        Purpose::Invite => ("welcome", "invite", 7),
        Purpose::Reset => ("reset", "reset", 1),
    };
    let token = BASE64_URL_SAFE_NO_PAD.encode(app.ids.token());
    let (now, expires_at) = (app.now(), app.now() + chrono::Duration::days(days));
    store::insert_link(tx, &hash_token(token.as_bytes()), user.id, name, by.user_id(), now, expires_at).await?;
    tx.record(now, &Record::by(by, "user.link_made").about("user", user.id, &user.name).with("purpose", name));
    Ok(OneTimeLink { url: format!("{}/{page}#{token}", app.public_url), expires_at, emailed: false })
}
