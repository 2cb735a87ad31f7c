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

use kernel::{auth::Role, http::Routes};
use sqlx::PgConnection;
use uuid::Uuid;

pub(super) use check::name as check_name;
pub use create::{Maker, NewUser, create_user, ensure_user};
pub use http::{UserId, UsersManage};
pub use invite::OneTimeLink;
pub(super) use model::role;
pub use model::{TwoFactor, User, UserStatus};
pub use service::{hold_active, role_and_teams};
pub(super) use store::{active_ids, admin_ids, live_sessions};

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

/// Whether somebody of this role signs in with a second factor, or must set one up first. Asks for the setting only where that decides.
pub(super) async fn two_factor(
    conn: &mut PgConnection,
    public_url: &str,
    role: Role,
    on: bool,
) -> Result<TwoFactor, sqlx::Error> {
    let required = if on { Vec::new() } else { settings::two_factor_roles(conn, public_url).await? };
    Ok(TwoFactor::of(role, on, &required))
}

pub(super) fn routes() -> Routes<App> {
    http::routes()
}
