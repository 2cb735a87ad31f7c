//! SQL of settings.

use sqlx::PgConnection;

pub(super) async fn value(conn: &mut PgConnection, name: &str) -> Result<Option<serde_json::Value>, sqlx::Error> {
    sqlx::query_scalar!("select value from setting where name = $1", name).fetch_optional(conn).await
}
