//! SQL of feedback.

use base::Time;
use kernel::audit::Named;
use sqlx::PgConnection;
use uuid::Uuid;

use super::{Feedback, model::FeedbackMessage};

struct FeedbackRow {
    id: Uuid,
    conversation_id: Uuid,
    number: i64,
    message_id: Uuid,
    seq: i64,
    preview: String,
    author_id: Uuid,
    by_id: Uuid,
    by_name: String,
    text: String,
    created_at: Time,
}

impl From<FeedbackRow> for Feedback {
    fn from(row: FeedbackRow) -> Self {
        Self {
            id: row.id,
            message: FeedbackMessage {
                id: row.message_id,
                conversation_id: row.conversation_id,
                conversation_number: row.number,
                seq: row.seq,
                preview: crate::conversations::shorten(&row.preview),
            },
            author_id: row.author_id,
            by: Named { id: row.by_id, name: row.by_name },
            text: row.text,
            created_at: row.created_at,
        }
    }
}

macro_rules! select_feedback {
    ($tail:literal $(, $arg:expr)* $(,)?) => {
        sqlx::query_as!(
            FeedbackRow,
            "select f.id, f.conversation_id, c.number, f.message_id, m.seq, m.preview, f.author_id, f.by_id, f.by_name, f.text, f.created_at
               from feedback_note f join message m on m.id = f.message_id join conversation c on c.id = f.conversation_id " + $tail
            $(, $arg)*
        )
    };
}

/// Keeps feedback; `false` when the same person has said the same of the same message.
pub(super) async fn insert(conn: &mut PgConnection, feedback: &Feedback) -> Result<bool, sqlx::Error> {
    let done = sqlx::query!(
        "insert into feedback_note (id, conversation_id, message_id, author_id, by_id, by_name, text, created_at)
         values ($1, $2, $3, $4, $5, $6, $7, $8) on conflict (message_id, by_id, md5(text)) do nothing",
        feedback.id,
        feedback.message.conversation_id,
        feedback.message.id,
        feedback.author_id,
        feedback.by.id,
        feedback.by.name,
        feedback.text,
        feedback.created_at
    )
    .execute(conn)
    .await?;
    Ok(done.rows_affected() == 1)
}

/// The feedback on a message, oldest first.
pub(super) async fn of_message(conn: &mut PgConnection, message_id: Uuid) -> Result<Vec<Feedback>, sqlx::Error> {
    let rows = select_feedback!("where f.message_id = $1 order by f.id", message_id).fetch_all(conn).await?;
    Ok(rows.into_iter().map(Into::into).collect())
}

/// The feedback on what somebody wrote, newest first.
pub(super) async fn of_author(
    conn: &mut PgConnection,
    author_id: Uuid,
    before: Option<Uuid>,
    limit: i64,
) -> Result<Vec<Feedback>, sqlx::Error> {
    let rows = select_feedback!(
        "where f.author_id = $1 and ($2::uuid is null or f.id < $2) order by f.id desc limit $3",
        author_id,
        before,
        limit
    );
    Ok(rows.fetch_all(conn).await?.into_iter().map(Into::into).collect())
}
