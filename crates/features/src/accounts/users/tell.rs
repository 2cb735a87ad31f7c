//! What screens are told when users change.

use base::Time;
use kernel::{
    audit::Record,
    auth::Actor,
    db::Tx,
    event::{Audience, NewEvent},
    realtime::ACCESS_CHANGED,
};
use serde_json::json;
use uuid::Uuid;

use super::{User, load_user, store};
use crate::{accounts::AccountError, teams};

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

/// The event that tells admins and members what a team is now.
pub const TEAM_CHANGED: &str = "team.changed";
/// The event that tells admins and those who were members that a team is no more.
pub const TEAM_DELETED: &str = "team.deleted";

/// Records and tells that somebody joined or left a team.
pub(crate) async fn membership(
    tx: &mut Tx,
    actor: &Actor,
    kind: &'static str,
    team_id: Uuid,
    user: &User,
    now: Time,
) -> Result<(), sqlx::Error> {
    let name = teams::view(tx, team_id).await?.map(|team| team.name).unwrap_or_default();
    let who = json!({ "id": user.id, "name": user.name });
    tx.record(now, &Record::by(actor, kind).about("team", team_id, &name).with("user", who));
    team_changed(tx, team_id, now).await
}

/// Tells admins and members what a team is now.
pub(crate) async fn team_changed(tx: &mut Tx, id: Uuid, now: Time) -> Result<(), sqlx::Error> {
    if let Some(team) = teams::view(tx, id).await? {
        let members = teams::member_ids(tx, id).await?;
        let audience = with_admins(tx, &members).await?;
        tx.emit(NewEvent::new(now, TEAM_CHANGED, audience, &json!({ "team": team })));
    }
    Ok(())
}

/// Tells admins and those who were members that a team is no more.
pub(crate) async fn team_deleted(tx: &mut Tx, id: Uuid, members: &[Uuid], now: Time) -> Result<(), sqlx::Error> {
    let audience = with_admins(tx, members).await?;
    tx.emit(NewEvent::new(now, TEAM_DELETED, audience, &json!({ "id": id })));
    Ok(())
}

async fn with_admins(tx: &mut Tx, members: &[Uuid]) -> Result<Audience, sqlx::Error> {
    let mut user_ids = store::admin_ids(tx).await?;
    user_ids.extend(members);
    user_ids.sort_unstable();
    user_ids.dedup();
    Ok(Audience { user_ids, ..Audience::default() })
}
