//! Users as admins manage them: who there is, what they may, their invitations, their leaving.

mod check;
mod create;
mod export;
mod http;
mod import;
mod invite;
mod model;
mod service;
mod store;
pub(super) mod tell;

use kernel::http::Routes;
use sqlx::PgConnection;
use uuid::Uuid;

pub use create::{Maker, NewUser, create_user, ensure_user};
pub(super) use http::forget;
pub use invite::OneTimeLink;
pub use http::{UserId, UsersManage};
pub use model::{TwoFactor, User, UserStatus, photo_url};
pub use service::{hold_active, role_and_teams};
pub(super) use store::{admin_ids, live_sessions};

use super::AccountError;
use crate::{App, settings};

/// A user in full, as of now. `public_url` is where browsers find MAX; it decides whether a second factor is needed by default.
pub async fn load_user(conn: &mut PgConnection, public_url: &str, id: Uuid) -> Result<Option<User>, AccountError> {
    let Some(row) = store::one(conn, id).await? else { return Ok(None) };
    let required = settings::two_factor_roles(conn, public_url).await?;
    Ok(Some(User::of_row(row, &required)?))
}

/// These users in full, by name.
pub(super) async fn load_users(conn: &mut PgConnection, public_url: &str, ids: &[Uuid]) -> Result<Vec<User>, AccountError> {
    let required = settings::two_factor_roles(conn, public_url).await?;
    store::many(conn, ids).await?.into_iter().map(|row| User::of_row(row, &required)).collect()
}

pub(super) fn routes() -> Routes<App> {
    http::routes()
}
