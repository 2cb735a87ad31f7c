//! SQL of drafts.

use base::Time;
use sqlx::PgConnection;
use uuid::Uuid;

use super::Draft;
use crate::messages::Kind;

struct Row {
    conversation_id: Uuid,
    kind: String,
    text: String,
    reply_to: Option<Uuid>,
    origin: Option<String>,
    seq: i64,
    updated_at: Time,
}

impl From<Row> for Draft {
    fn from(row: Row) -> Self {
        Self {
            conversation_id: row.conversation_id,
            kind: Kind::of_column(&row.kind),
            text: row.text,
            reply_to: row.reply_to,
            origin: row.origin,
            seq: row.seq,
            updated_at: row.updated_at,
        }
    }
}

/// Saves a draft; `true`: there was none of this conversation and kind before. `None`: the same screen has saved a later one.
pub(super) async fn save(conn: &mut PgConnection, user_id: Uuid, draft: &Draft) -> Result<Option<bool>, sqlx::Error> {
    sqlx::query_scalar!(
        r#"insert into draft as d (user_id, conversation_id, kind, text, reply_to, origin, seq, updated_at)
           values ($1, $2, $3, $4, $5, $6, $7, $8)
           on conflict (user_id, conversation_id, kind) do update
              set text = excluded.text, reply_to = excluded.reply_to, origin = excluded.origin, seq = excluded.seq,
                  updated_at = excluded.updated_at
            where d.origin is distinct from excluded.origin or d.seq < excluded.seq
           returning xmax = 0 as "new!""#,
        user_id,
        draft.conversation_id,
        draft.kind.as_str(),
        draft.text,
        draft.reply_to,
        draft.origin,
        draft.seq,
        draft.updated_at
    )
    .fetch_optional(conn)
    .await
}

/// When a draft was saved last.
pub(super) async fn saved_at(conn: &mut PgConnection, user_id: Uuid, draft: &Draft) -> Result<Option<Time>, sqlx::Error> {
    sqlx::query_scalar!(
        "select updated_at from draft where user_id = $1 and conversation_id = $2 and kind = $3",
        user_id,
        draft.conversation_id,
        draft.kind.as_str()
    )
    .fetch_optional(conn)
    .await
}

/// A user's drafts in a conversation.
pub(super) async fn of_conversation(
    conn: &mut PgConnection,
    user_id: Uuid,
    conversation_id: Uuid,
) -> Result<Vec<Draft>, sqlx::Error> {
    let rows = sqlx::query_as!(
        Row,
        "select conversation_id, kind, text, reply_to, origin, seq, updated_at from draft
          where user_id = $1 and conversation_id = $2 and text <> ''",
        user_id,
        conversation_id
    )
    .fetch_all(conn)
    .await?;
    Ok(rows.into_iter().map(Draft::from).collect())
}

/// A user's drafts, the latest first.
pub(super) async fn of_user(conn: &mut PgConnection, user_id: Uuid, limit: i64) -> Result<Vec<Draft>, sqlx::Error> {
    let rows = sqlx::query_as!(
        Row,
        "select conversation_id, kind, text, reply_to, origin, seq, updated_at from draft
          where user_id = $1 and text <> '' order by updated_at desc limit $2",
        user_id,
        limit
    )
    .fetch_all(conn)
    .await?;
    Ok(rows.into_iter().map(Draft::from).collect())
}

/// Something that was said, by whom and when it was written.
#[derive(Debug, Clone, Copy)]
pub(super) struct Written {
    pub user_id: Uuid,
    pub conversation_id: Uuid,
    pub kind: Kind,
    pub at: Time,
}

/// Empties the drafts that were said, unless their author has written on since; whose and what they were.
pub(super) async fn empty(conn: &mut PgConnection, written: &[Written], now: Time) -> Result<Vec<(Uuid, Draft)>, sqlx::Error> {
    let users: Vec<_> = written.iter().map(|w| w.user_id).collect();
    let conversations: Vec<_> = written.iter().map(|w| w.conversation_id).collect();
    let kinds: Vec<_> = written.iter().map(|w| w.kind.as_str().to_owned()).collect();
    let times: Vec<_> = written.iter().map(|w| w.at).collect();
    let rows = sqlx::query!(
        "update draft d set text = '', reply_to = null, updated_at = $5
           from (select user_id, conversation_id, kind, max(at) as at
                   from unnest($1::uuid[], $2::uuid[], $3::text[], $4::timestamptz[]) as w (user_id, conversation_id, kind, at)
                  group by user_id, conversation_id, kind) w
          where d.user_id = w.user_id and d.conversation_id = w.conversation_id and d.kind = w.kind and d.text <> '' and d.updated_at <= w.at
         returning d.user_id, d.conversation_id, d.kind, d.seq",
        &users,
        &conversations,
        &kinds,
        &times,
        now
    )
    .fetch_all(conn)
    .await?;
    let draft = |conversation_id, kind: &str, seq| Draft {
        conversation_id,
        kind: Kind::of_column(kind),
        text: String::new(),
        reply_to: None,
        origin: None,
        seq,
        updated_at: now,
    };
    Ok(rows.into_iter().map(|row| (row.user_id, draft(row.conversation_id, &row.kind, row.seq))).collect())
}

/// Forgets drafts that have been empty since before then.
pub(super) async fn forget_empty(conn: &mut PgConnection, before: Time) -> Result<(), sqlx::Error> {
    sqlx::query!("delete from draft where text = '' and updated_at < $1", before).execute(conn).await?;
    Ok(())
}
