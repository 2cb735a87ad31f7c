//! SQL of how long answers took.

use sqlx::PgConnection;
use uuid::Uuid;

/// Seconds from the customer's first message of each of these conversations to a colleague's first answer, where there was one.
pub async fn first_answers(conn: &mut PgConnection, conversation_ids: &[Uuid]) -> Result<Vec<i64>, sqlx::Error> {
    sqlx::query_scalar!(
        r#"select extract(epoch from answer.created_at - asked.created_at)::bigint as "seconds!"
             from unnest($1::uuid[]) as c (id)
            cross join lateral (
                select m.seq, m.created_at from message m
                 where m.conversation_id = c.id and m.direction = 'in' and m.kind = 'reply' and not m.quiet
                 order by m.seq limit 1) asked
            cross join lateral (
                select m.created_at from message m
                 where m.conversation_id = c.id and m.seq > asked.seq and m.direction = 'out' and m.kind = 'reply' and m.author_type = 'user'
                 order by m.seq limit 1) answer"#,
        conversation_ids
    )
    .fetch_all(conn)
    .await
}
