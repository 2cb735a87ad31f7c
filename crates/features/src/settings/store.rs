//! SQL of settings.

use base::Time;
use sqlx::PgConnection;
use uuid::Uuid;

/// The name of the row that holds the company's name.
pub(super) const COMPANY_NAME: &str = "company_name";
/// The name of the row that holds the roles that need a second factor.
pub(super) const TWO_FACTOR_ROLES: &str = "two_factor_roles";

/// The name of the row that says what is a flood.
pub(super) const FLOOD: &str = "flood";

pub(super) struct SettingRow {
    pub name: String,
    pub value: serde_json::Value,
}

pub(super) async fn all(conn: &mut PgConnection) -> Result<Vec<SettingRow>, sqlx::Error> {
    sqlx::query_as!(SettingRow, "select name, value from setting").fetch_all(conn).await
}

/// Lets nobody else change settings until the end of the transaction; everybody may read them.
pub(super) async fn lock(conn: &mut PgConnection) -> Result<(), sqlx::Error> {
    sqlx::query!("lock table setting in share row exclusive mode").execute(conn).await?;
    Ok(())
}

pub(super) async fn set(
    conn: &mut PgConnection,
    name: &str,
    value: &serde_json::Value,
    by: Option<Uuid>,
    now: Time,
) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "insert into setting (name, value, updated_at, updated_by) values ($1, $2, $3, $4)
         on conflict (name) do update set value = excluded.value, updated_at = excluded.updated_at, updated_by = excluded.updated_by",
        name,
        value,
        now,
        by
    )
    .execute(conn)
    .await?;
    Ok(())
}
