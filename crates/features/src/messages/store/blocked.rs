//! SQL of what came while its customer was blocked.

use sqlx::PgConnection;
use uuid::Uuid;

/// Lets those messages of a locked conversation count that came after `seq` while their customer was blocked, except what is folded. How
/// many those are.
pub(in crate::messages) async fn unquiet(conn: &mut PgConnection, conversation_id: Uuid, seq: i64) -> Result<i64, sqlx::Error> {
    let done = sqlx::query!(
        "update message set quiet = false where conversation_id = $1 and seq > $2 and direction = 'in' and quiet and not folded",
        conversation_id,
        seq
    )
    .execute(conn)
    .await?;
    Ok(done.rows_affected().try_into().unwrap_or(i64::MAX))
}
