//! What screens are told when users change.

use base::Time;
use kernel::{
    db::Tx,
    event::{Audience, NewEvent},
    realtime::ACCESS_CHANGED,
};
use serde_json::json;
use uuid::Uuid;

use super::{User, load_user, store};
use crate::accounts::AccountError;

/// The event that tells admins what a user is now.
pub const USER_CHANGED: &str = "user.changed";
/// The event that tells a user's own screens to load `/me` again.
pub const ME_CHANGED: &str = "me.changed";

/// Tells every admin, and the user themselves, that a user changed: from the row as the transaction leaves it.
pub async fn user_changed(tx: &mut Tx, public_url: &str, id: Uuid, now: Time) -> Result<User, AccountError> {
    let user = load_user(tx, public_url, id).await?.ok_or_else(|| AccountError::Internal("a changed user vanished".into()))?;
    let to = store::admin_ids(tx).await?;
    admins(tx, &to, now, &user);
    me_changed(tx, vec![id], now);
    Ok(user)
}

/// Tells these admins what a user is now.
pub(crate) fn admins(tx: &mut Tx, admins: &[Uuid], now: Time, user: &User) {
    let audience = Audience { user_ids: admins.to_vec(), ..Audience::default() };
    tx.emit(NewEvent::new(now, USER_CHANGED, audience, &json!({ "user": user })));
}

/// Tells the own screens of these users.
pub(crate) fn me_changed(tx: &mut Tx, user_ids: Vec<Uuid>, now: Time) {
    tx.emit(NewEvent::new(now, ME_CHANGED, Audience { user_ids, ..Audience::default() }, &json!({})));
}

/// Closes the sockets of these users, whatever their session: they come back as what they are now, if they still may.
pub(crate) fn access_changed(tx: &mut Tx, user_ids: Vec<Uuid>, now: Time) {
    tx.emit(NewEvent::new(now, ACCESS_CHANGED, Audience { user_ids, ..Audience::default() }, &json!({})));
}
