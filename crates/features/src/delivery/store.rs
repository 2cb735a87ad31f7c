//! SQL of attempts.

pub(super) mod receipts;

use base::Time;
use sqlx::PgConnection;
use uuid::Uuid;

pub(super) struct Attempt {
    pub id: Uuid,
    pub message_id: Uuid,
    pub number: i32,
}

pub(super) async fn begin(conn: &mut PgConnection, attempts: &[Attempt], node: &str, now: Time) -> Result<(), sqlx::Error> {
    let ids: Vec<_> = attempts.iter().map(|a| a.id).collect();
    let messages: Vec<_> = attempts.iter().map(|a| a.message_id).collect();
    let numbers: Vec<_> = attempts.iter().map(|a| a.number).collect();
    sqlx::query!(
        "insert into send_attempt (id, message_id, number, node, started_at)
         select id, message_id, number, $4, $5 from unnest($1::uuid[], $2::uuid[], $3::int[]) as a (id, message_id, number)",
        &ids,
        &messages,
        &numbers,
        node,
        now
    )
    .execute(conn)
    .await?;
    Ok(())
}

pub(super) async fn finish(
    conn: &mut PgConnection,
    id: Uuid,
    outcome: &str,
    error: Option<&serde_json::Value>,
    now: Time,
) -> Result<(), sqlx::Error> {
    sqlx::query!("update send_attempt set finished_at = $4, outcome = $2, error = $3 where id = $1", id, outcome, error, now)
        .execute(conn)
        .await?;
    Ok(())
}

/// Takes back an attempt that came to no call.
pub(super) async fn withdraw(conn: &mut PgConnection, id: Uuid) -> Result<(), sqlx::Error> {
    sqlx::query!("delete from send_attempt where id = $1", id).execute(conn).await?;
    Ok(())
}

/// Closes the attempts of a message whose dispatcher died.
pub(super) async fn lose(conn: &mut PgConnection, message_id: Uuid, now: Time) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "update send_attempt set finished_at = $2, outcome = 'lost' where message_id = $1 and outcome is null",
        message_id,
        now
    )
    .execute(conn)
    .await?;
    Ok(())
}
