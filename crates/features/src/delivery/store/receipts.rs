//! SQL of what customers were shown.

use base::Time;
use sqlx::PgConnection;
use uuid::Uuid;

/// What a customer said last.
pub(in crate::delivery) struct Last {
    pub seq: i64,
    pub external_id: String,
}

/// The last of a customer's messages up to `seq` that can be marked as read.
pub(in crate::delivery) async fn last_of_customer(
    conn: &mut PgConnection,
    conversation_id: Uuid,
    seq: i64,
) -> Result<Option<Last>, sqlx::Error> {
    sqlx::query_as!(
        Last,
        r#"select seq, external_id as "external_id!" from message
            where conversation_id = $1 and seq <= $2 and direction = 'in' and not quiet and external_id is not null
              and content ->> 'type' not in ('reaction', 'notice')
            order by seq desc limit 1"#,
        conversation_id,
        seq
    )
    .fetch_optional(conn)
    .await
}

/// Notes down that a customer was told up to where they were read. `false`: they were told before.
pub(in crate::delivery) async fn mark_read(
    conn: &mut PgConnection,
    conversation_id: Uuid,
    seq: i64,
) -> Result<bool, sqlx::Error> {
    let done = sqlx::query!(
        "insert into customer_receipt as r (conversation_id, read_seq) values ($1, $2)
         on conflict (conversation_id) do update set read_seq = excluded.read_seq where r.read_seq < excluded.read_seq",
        conversation_id,
        seq
    )
    .execute(conn)
    .await?;
    Ok(done.rows_affected() > 0)
}

/// Who a conversation is with, at its channel.
pub(in crate::delivery) async fn identity(conn: &mut PgConnection, conversation_id: Uuid) -> Result<String, sqlx::Error> {
    sqlx::query_scalar!(
        "select i.external_id from conversation c join contact_identity i on i.id = c.identity_id where c.id = $1",
        conversation_id
    )
    .fetch_one(conn)
    .await
}

/// Nobody types any more.
pub(in crate::delivery) async fn end_typing(conn: &mut PgConnection, conversation_id: Uuid) -> Result<(), sqlx::Error> {
    sqlx::query!("update customer_receipt set typing_at = null where conversation_id = $1", conversation_id)
        .execute(conn)
        .await?;
    Ok(())
}

/// Notes down that a customer is shown that somebody types, and so that they were read. `false`: they were shown so after `last`.
pub(in crate::delivery) async fn type_now(
    conn: &mut PgConnection,
    conversation_id: Uuid,
    seq: i64,
    now: Time,
    last: Time,
) -> Result<bool, sqlx::Error> {
    let done = sqlx::query!(
        "insert into customer_receipt as r (conversation_id, read_seq, typing_at) values ($1, $2, $3)
         on conflict (conversation_id) do update set read_seq = greatest(r.read_seq, excluded.read_seq), typing_at = excluded.typing_at
          where r.typing_at is null or r.typing_at <= $4",
        conversation_id,
        seq,
        now,
        last
    )
    .execute(conn)
    .await?;
    Ok(done.rows_affected() > 0)
}
