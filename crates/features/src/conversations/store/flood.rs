//! SQL of what floods leave to be done.

use base::Time;
use sqlx::PgConnection;
use uuid::Uuid;

/// Somebody with the conversation, or anybody where nobody has it, has read a locked conversation to its end: the folded messages are seen.
/// Whether there were any.
pub(in crate::conversations) async fn see_folded(
    conn: &mut PgConnection,
    id: Uuid,
    user_id: Uuid,
    seq: i64,
) -> Result<bool, sqlx::Error> {
    let done = sqlx::query!(
        "update conversation set folded_count = 0, folded_told = 0
          where id = $1 and folded_count > 0 and last_seq <= $3 and (assignee_id is null or assignee_id = $2)",
        id,
        user_id,
        seq
    )
    .execute(conn)
    .await?;
    Ok(done.rows_affected() > 0)
}

/// Takes the conversations of which the screens have not heard how many messages were folded, and were not told since `before`.
pub(in crate::conversations) async fn take_untold(
    conn: &mut PgConnection,
    before: Time,
    now: Time,
    limit: i64,
) -> Result<Vec<Uuid>, sqlx::Error> {
    sqlx::query_scalar!(
        "update conversation c set folded_told = c.folded_count, flood_told_at = $2
          where c.id = any(array(select o.id from conversation o
                                  where o.folded_told < o.folded_count and (o.flood_told_at is null or o.flood_told_at <= $1)
                                  order by o.id limit $3 for update skip locked))
         returning c.id",
        before,
        now,
        limit
    )
    .fetch_all(conn)
    .await
}

/// A contact who is to be blocked for a flood, whose conversation nobody holds.
pub(in crate::conversations) async fn due(conn: &mut PgConnection) -> Result<Option<Uuid>, sqlx::Error> {
    sqlx::query_scalar!("select contact_id from conversation where flood_due limit 1").fetch_optional(conn).await
}

/// Whatever made a block due in these locked conversations is done with.
pub(in crate::conversations) async fn forget(conn: &mut PgConnection, ids: &[Uuid]) -> Result<(), sqlx::Error> {
    sqlx::query!("update conversation set flood_due = false, flood_run = 0 where id = any($1) and flood_due", ids)
        .execute(conn)
        .await?;
    Ok(())
}

/// How many messages of a contact came since they were blocked.
pub(in crate::conversations) async fn came(conn: &mut PgConnection, contacts: &[Uuid]) -> Result<Vec<(Uuid, i64)>, sqlx::Error> {
    let rows = sqlx::query!(
        r#"select contact_id, sum(blocked_count) as "came!" from conversation where contact_id = any($1) group by contact_id"#,
        contacts
    )
    .fetch_all(conn)
    .await?;
    Ok(rows.into_iter().map(|row| (row.contact_id, row.came)).collect())
}

/// A conversation in which something came while its customer was blocked.
#[derive(Debug, Clone, Copy)]
pub struct Came {
    /// Which.
    pub id: Uuid,
    /// The last message before that.
    pub blocked_seq: i64,
}

/// Those of a contact's locked conversations in which something came while they were blocked, newest first.
pub(in crate::conversations) async fn came_in(conn: &mut PgConnection, ids: &[Uuid]) -> Result<Vec<Came>, sqlx::Error> {
    sqlx::query_as!(
        Came,
        "select id, blocked_seq from conversation where id = any($1) and blocked_count > 0 order by created_at desc, id desc",
        ids
    )
    .fetch_all(conn)
    .await
}

/// So many messages that came while its customer was blocked count in a locked conversation after all.
pub(in crate::conversations) async fn count_in(
    conn: &mut PgConnection,
    row: Came,
    messages: i64,
    now: Time,
) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "update conversation
            set inbound_count = inbound_count + $2, blocked_count = 0, blocked_seq = last_seq,
                waiting_since = case when $2 > 0 then coalesce(waiting_since, $3) else waiting_since end,
                last_activity_at = case when $2 > 0 then $3 else last_activity_at end
          where id = $1",
        row.id,
        messages,
        now
    )
    .execute(&mut *conn)
    .await?;
    // Whoever had read them, for they were there to be read, has them unread now.
    sqlx::query!(
        "update conversation_read r set seq = least(r.seq, $2) where r.conversation_id = $1 and r.seq > $2 and $3::bigint > 0",
        row.id,
        row.blocked_seq,
        messages
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// Takes one of the changes that screens are told of, if there is one.
pub async fn count_change(conn: &mut PgConnection, id: Uuid, most: u32, seconds: u32, now: Time) -> Result<bool, sqlx::Error> {
    let (most, per_second) = (f64::from(most), f64::from(most) / f64::from(seconds.max(1)));
    let told = sqlx::query_scalar!(
        r#"with had as (
               select id, case when changes_at is null then $2::float8
                               else least($2, changes_left + greatest(extract(epoch from $4::timestamptz - changes_at), 0)::float8 * $3::float8)
                          end as free
                 from conversation where id = $1)
           update conversation c set changes_left = case when had.free >= 1 then had.free - 1 else had.free end, changes_at = $4
             from had where c.id = had.id returning had.free >= 1 as "told!""#,
        id,
        most,
        per_second,
        now
    )
    .fetch_optional(conn)
    .await?;
    Ok(told.unwrap_or(true))
}
