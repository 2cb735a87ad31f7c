//! Settings: what admins decide for the whole installation. Owns `setting`.

mod store;

use kernel::auth::Role;
use sqlx::PgConnection;

/// How the company is called while nobody has said.
const COMPANY_NAME: &str = "MAX";

/// The roles that must sign in with a second factor. Where nobody has decided: admins, once MAX is reached over https, as in production.
pub async fn two_factor_roles(conn: &mut PgConnection, public_url: &str) -> Result<Vec<Role>, sqlx::Error> {
    let decided = store::value(conn, "two_factor_roles").await?.and_then(|value| serde_json::from_value(value).ok());
    Ok(decided.unwrap_or_else(|| if public_url.starts_with("https://") { vec![Role::Admin] } else { Vec::new() }))
}

/// How the company is called, on the sign-in page and in mails.
pub async fn company_name(conn: &mut PgConnection) -> Result<String, sqlx::Error> {
    let decided = store::value(conn, "company_name").await?.and_then(|value| serde_json::from_value(value).ok());
    Ok(decided.unwrap_or_else(|| COMPANY_NAME.to_owned()))
}
