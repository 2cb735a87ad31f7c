//! Users as admins manage them: who there is, what they may, their invitations, their leaving.

mod check;
mod create;
mod model;
mod store;
pub(super) mod tell;

use sqlx::PgConnection;
use uuid::Uuid;

pub use create::{Maker, NewUser, create_user, ensure_user};
pub use model::{TwoFactor, User, UserStatus, photo_url};

use super::AccountError;
use crate::settings;

/// A user in full, as of now. `public_url` is where browsers find MAX; it decides whether a second factor is needed by default.
pub async fn load_user(conn: &mut PgConnection, public_url: &str, id: Uuid) -> Result<Option<User>, AccountError> {
    let Some(row) = store::one(conn, id).await? else { return Ok(None) };
    let required = settings::two_factor_roles(conn, public_url).await?;
    Ok(Some(User::of_row(row, &required)?))
}
