//! Links for others: an admin invites somebody, or helps somebody back in who forgot their password.

use base::Time;
use kernel::{audit::Record, auth::Actor, db::Tx};
use schemars::JsonSchema;
use serde::Serialize;

use super::User;
use crate::{
    App,
    accounts::{
        AccountError,
        links::{self, Purpose},
        mails,
    },
};

/// A link that works once. Whoever has it can sign in as the user.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct OneTimeLink {
    /// The address to open.
    pub url: String,
    /// Until when it works.
    pub expires_at: Time,
    /// Whether it was sent to them by e-mail.
    pub emailed: bool,
}

/// Makes a link with which a user chooses a password; older ones of theirs end.
pub(super) async fn link_for(
    app: &App,
    tx: &mut Tx,
    user: &User,
    purpose: Purpose,
    by: &Actor,
) -> Result<OneTimeLink, AccountError> {
    let (url, expires_at) = links::make(app, tx, user.id, purpose, by.user_id()).await?;
    let record = Record::by(by, "user.link_made").about("user", user.id, &user.name);
    tx.record(app.now(), &record.with("purpose", purpose));
    let emailed = mails::link(app, tx, &user.name, &user.email, purpose, &url, expires_at).await?;
    Ok(OneTimeLink { url, expires_at, emailed })
}
