//! One-time links: with one, somebody who was invited or forgot their password chooses a new one.

use base::Time;
use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};
use kernel::{crypto::hash_token, db::Tx};
use uuid::Uuid;

use super::{AccountError, store};
use crate::App;

/// What a link is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Purpose {
    /// The first password.
    Invite,
    /// A new password.
    Reset,
}

impl Purpose {
    pub(super) const fn as_str(self) -> &'static str {
        match self {
            Purpose::Invite => "invite",
            Purpose::Reset => "reset",
        }
    }
}

/// Makes a link; older ones of the user end.
pub(super) async fn make(
    app: &App,
    tx: &mut Tx,
    user_id: Uuid,
    purpose: Purpose,
    by: Option<Uuid>,
) -> Result<(String, Time), AccountError> {
    let (page, days) = match purpose {
        Purpose::Invite => ("welcome", 7),
        Purpose::Reset => ("reset", 1),
    };
    let token = BASE64_URL_SAFE_NO_PAD.encode(app.ids.token());
    let (now, expires_at) = (app.now(), app.now() + chrono::Duration::days(days));
    store::insert_link(tx, &hash_token(token.as_bytes()), user_id, purpose.as_str(), by, now, expires_at).await?;
    Ok((format!("{}/{page}#{token}", app.public_url), expires_at))
}
