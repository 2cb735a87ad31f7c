//! SQL of webhook calls that were not taken.

use base::Time;
use sqlx::PgConnection;
use uuid::Uuid;

/// Calls of a channel, a reason and an hour, to be added to those known.
pub(in crate::ingest) struct New {
    pub channel_id: Uuid,
    pub reason: &'static str,
    pub hour: Time,
    pub count: i64,
    pub first: Time,
    pub last: Time,
}

/// Adds them.
pub(in crate::ingest) async fn add(conn: &mut PgConnection, new: &[New]) -> Result<(), sqlx::Error> {
    let channels: Vec<Uuid> = new.iter().map(|row| row.channel_id).collect();
    let reasons: Vec<String> = new.iter().map(|row| row.reason.to_owned()).collect();
    let hours: Vec<Time> = new.iter().map(|row| row.hour).collect();
    let counts: Vec<i64> = new.iter().map(|row| row.count).collect();
    let firsts: Vec<Time> = new.iter().map(|row| row.first).collect();
    let lasts: Vec<Time> = new.iter().map(|row| row.last).collect();
    sqlx::query!(
        "insert into webhook_refused as r (channel_id, reason, hour, count, first_at, last_at)
         select * from unnest($1::uuid[], $2::text[], $3::timestamptz[], $4::bigint[], $5::timestamptz[], $6::timestamptz[])
         on conflict (channel_id, reason, hour) do update
            set count = r.count + excluded.count, first_at = least(r.first_at, excluded.first_at), last_at = greatest(r.last_at, excluded.last_at)",
        &channels,
        &reasons,
        &hours,
        &counts,
        &firsts,
        &lasts
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// What was not taken of a channel, for one reason.
pub(in crate::ingest) struct Row {
    pub channel_id: Uuid,
    pub reason: String,
    pub recent: i64,
    pub last_at: Time,
}

/// What was not taken since `keep`, and how many of them since `recent`.
pub(in crate::ingest) async fn since(conn: &mut PgConnection, keep: Time, recent: Time) -> Result<Vec<Row>, sqlx::Error> {
    sqlx::query_as!(
        Row,
        r#"select channel_id, reason, coalesce(sum(count) filter (where hour >= $2), 0)::bigint as "recent!", max(last_at) as "last_at!"
             from webhook_refused where hour >= $1 group by channel_id, reason order by 4 desc"#,
        keep,
        recent
    )
    .fetch_all(conn)
    .await
}

/// Forgets what is older. An hour of a channel has a row for each reason at most, so there are never many.
pub(in crate::ingest) async fn forget(conn: &mut PgConnection, before: Time) -> Result<(), sqlx::Error> {
    sqlx::query!("delete from webhook_refused where hour < $1", before).execute(conn).await?;
    Ok(())
}
