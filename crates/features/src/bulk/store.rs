//! SQL of bulks.

use base::Time;
use sqlx::PgConnection;
use uuid::Uuid;

use crate::conversations::Scope;

/// A bulk as it is kept, with how far it is.
#[derive(Debug, Clone)]
pub(super) struct JobRow {
    pub id: Uuid,
    pub owner_id: Uuid,
    pub action: String,
    pub args: serde_json::Value,
    pub state: String,
    pub total: i32,
    pub created_at: Time,
    pub finished_at: Option<Time>,
    pub done: i64,
    pub failed: i64,
    pub undone: i64,
    pub kept: i64,
}

pub(super) async fn job(conn: &mut PgConnection, id: Uuid) -> Result<Option<JobRow>, sqlx::Error> {
    sqlx::query_as!(
        JobRow,
        r#"select b.id, b.owner_id, b.action, b.args, b.state, b.total, b.created_at, b.finished_at,
                  i.done as "done!", i.failed as "failed!", i.undone as "undone!", i.kept as "kept!"
             from bulk_job b
            cross join lateral (select count(*) filter (where outcome = 'done') as done, count(*) filter (where outcome = 'failed') as failed,
                                       count(*) filter (where undone = 'done') as undone, count(*) filter (where undone = 'kept') as kept
                                  from bulk_item where bulk_id = b.id) i
            where b.id = $1"#,
        id
    )
    .fetch_optional(conn)
    .await
}

pub(super) async fn insert(
    conn: &mut PgConnection,
    (id, owner_id): (Uuid, Uuid),
    action: &str,
    args: &serde_json::Value,
    conversations: &[Uuid],
    now: Time,
) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "insert into bulk_job (id, owner_id, action, args, state, total, created_at) values ($1, $2, $3, $4, 'running', $5, $6)",
        id,
        owner_id,
        action,
        args,
        i32::try_from(conversations.len()).unwrap_or(i32::MAX),
        now
    )
    .execute(&mut *conn)
    .await?;
    sqlx::query!("insert into bulk_item (bulk_id, conversation_id) select $1, unnest($2::uuid[])", id, conversations)
        .execute(conn)
        .await?;
    Ok(())
}

/// The next conversation to take the step in, locked; one that another transaction is at is passed over.
pub(super) async fn claim(conn: &mut PgConnection, id: Uuid) -> Result<Option<Uuid>, sqlx::Error> {
    sqlx::query_scalar!(
        "select conversation_id from bulk_item where bulk_id = $1 and outcome is null order by conversation_id limit 1 for update skip locked",
        id
    )
    .fetch_optional(conn)
    .await
}

/// What a step changed.
pub(super) struct Changed {
    pub conversation_id: Uuid,
    pub was: Option<serde_json::Value>,
    pub became: Option<serde_json::Value>,
}

/// The next step to take back, locked.
pub(super) async fn claim_undo(conn: &mut PgConnection, id: Uuid) -> Result<Option<Changed>, sqlx::Error> {
    sqlx::query_as!(
        Changed,
        "select conversation_id, was, became from bulk_item
          where bulk_id = $1 and outcome = 'done' and undone is null order by conversation_id limit 1 for update skip locked",
        id
    )
    .fetch_optional(conn)
    .await
}

pub(super) async fn done(
    conn: &mut PgConnection,
    id: Uuid,
    conversation_id: Uuid,
    was: &serde_json::Value,
    became: &serde_json::Value,
) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "update bulk_item set outcome = 'done', was = $3, became = $4 where bulk_id = $1 and conversation_id = $2",
        id,
        conversation_id,
        was,
        became
    )
    .execute(conn)
    .await?;
    Ok(())
}

pub(super) async fn failed(
    conn: &mut PgConnection,
    id: Uuid,
    conversation_id: Uuid,
    code: &str,
    detail: &str,
) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "update bulk_item set outcome = 'failed', code = $3, detail = $4 where bulk_id = $1 and conversation_id = $2",
        id,
        conversation_id,
        code,
        detail
    )
    .execute(conn)
    .await?;
    Ok(())
}

pub(super) async fn undone(conn: &mut PgConnection, id: Uuid, conversation_id: Uuid) -> Result<(), sqlx::Error> {
    sqlx::query!("update bulk_item set undone = 'done' where bulk_id = $1 and conversation_id = $2", id, conversation_id)
        .execute(conn)
        .await?;
    Ok(())
}

pub(super) async fn kept(
    conn: &mut PgConnection,
    id: Uuid,
    conversation_id: Uuid,
    code: &str,
    detail: &str,
) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "update bulk_item set undone = 'kept', code = $3, detail = $4 where bulk_id = $1 and conversation_id = $2",
        id,
        conversation_id,
        code,
        detail
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// Says that all steps have been taken; whether that was so, and news.
pub(super) async fn finish(conn: &mut PgConnection, id: Uuid, now: Time) -> Result<bool, sqlx::Error> {
    let finished = sqlx::query!(
        "update bulk_job set state = 'done', finished_at = $2
          where id = $1 and state = 'running' and not exists (select from bulk_item where bulk_id = $1 and outcome is null)",
        id,
        now
    )
    .execute(conn)
    .await?;
    Ok(finished.rows_affected() > 0)
}

/// Says that all steps have been taken back that can be.
pub(super) async fn finish_undo(conn: &mut PgConnection, id: Uuid, now: Time) -> Result<bool, sqlx::Error> {
    let finished = sqlx::query!(
        "update bulk_job set state = 'undone', finished_at = $2
          where id = $1 and state = 'undoing'
            and not exists (select from bulk_item where bulk_id = $1 and outcome = 'done' and undone is null)",
        id,
        now
    )
    .execute(conn)
    .await?;
    Ok(finished.rows_affected() > 0)
}

/// Begins to take a bulk back; `false` when it is not done, or was taken back.
pub(super) async fn begin_undo(conn: &mut PgConnection, id: Uuid) -> Result<bool, sqlx::Error> {
    let begun = sqlx::query!("update bulk_job set state = 'undoing', finished_at = null where id = $1 and state = 'done'", id)
        .execute(conn)
        .await?;
    Ok(begun.rows_affected() > 0)
}

/// A conversation in which the step was not taken, or not taken back.
pub(super) struct TroubleRow {
    pub conversation_id: Uuid,
    pub number: Option<i64>,
    pub undo: bool,
    pub code: String,
    pub detail: String,
}

/// Those, at most `limit`. The number of what is out of the reader's scope is not told, whatever it was that failed.
pub(super) async fn troubles(
    conn: &mut PgConnection,
    id: Uuid,
    scope: &Scope,
    limit: i64,
) -> Result<Vec<TroubleRow>, sqlx::Error> {
    sqlx::query_as!(
        TroubleRow,
        r#"select i.conversation_id, c.number as "number?", i.outcome = 'done' as "undo!", i.code as "code!", coalesce(i.detail, '') as "detail!"
             from bulk_item i
             left join conversation c
               on c.id = i.conversation_id and ($4 or c.assignee_id = $3 or c.participant_ids @> array[$3]
                                                or (c.team_id = any($5) and ($6 or c.assignee_id is null)))
            where i.bulk_id = $1 and i.code is not null order by i.conversation_id limit $2"#,
        id,
        limit,
        scope.user_id,
        scope.all,
        &scope.team_ids,
        scope.whole_team
    )
    .fetch_all(conn)
    .await
}

/// Forgets bulks that were asked for before then.
pub(super) async fn forget(conn: &mut PgConnection, before: Time) -> Result<(), sqlx::Error> {
    sqlx::query!("delete from bulk_job where created_at < $1", before).execute(conn).await?;
    Ok(())
}
