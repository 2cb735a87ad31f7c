//! SQL of pins and of the count of feedback.

use base::Time;
use sqlx::PgConnection;
use uuid::Uuid;

use super::{MediaRow, Mention, MessageRow, Reaction};

/// Pins a message of a locked conversation, or unpins it.
pub(in crate::messages) async fn set_pinned(
    conn: &mut PgConnection,
    id: Uuid,
    pinned: Option<(Time, Option<Uuid>)>,
) -> Result<(), sqlx::Error> {
    let (at, by) = pinned.unzip();
    sqlx::query!("update message set pinned_at = $2, pinned_by = $3 where id = $1", id, at, by.flatten()).execute(conn).await?;
    Ok(())
}

/// The pinned notes of a conversation, the last pinned first.
pub(in crate::messages) async fn pinned(conn: &mut PgConnection, conversation_id: Uuid) -> Result<Vec<MessageRow>, sqlx::Error> {
    select_messages!(
        "where m.conversation_id = $1 and m.pinned_at is not null order by m.pinned_at desc, m.seq desc",
        conversation_id
    )
    .fetch_all(conn)
    .await
}

/// Counts one more feedback on a message of a locked conversation.
pub(in crate::messages) async fn count_feedback(conn: &mut PgConnection, id: Uuid) -> Result<(), sqlx::Error> {
    sqlx::query!("update message set feedback_count = feedback_count + 1 where id = $1", id).execute(conn).await?;
    Ok(())
}
