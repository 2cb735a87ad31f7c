//! A user who ordered something that is done later, when they need not be here.

use std::sync::Arc;

use base::Time;
use kernel::auth::{Actor, Principal, Role};
use sqlx::PgConnection;
use uuid::Uuid;

use super::store;

/// The user with the rights they have now, for work they ordered before; `None` when they may not sign in any more.
pub async fn absent(conn: &mut PgConnection, user_id: Uuid, now: Time) -> Result<Option<Actor>, sqlx::Error> {
    let Some(row) = store::active_user(conn, user_id).await? else { return Ok(None) };
    let Some(role) = Role::parse(&row.role) else { return Ok(None) };
    Ok(Some(Actor::absent(Principal {
        user_id,
        name: row.name.into(),
        role,
        team_ids: Arc::from(row.team_ids),
        // They show no session and no token.
        session_id: Uuid::nil(),
        token_expires_at: now,
        restricted: false,
    })))
}
