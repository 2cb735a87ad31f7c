//! SQL of the audit log.

use base::Time;
use sqlx::PgConnection;
use uuid::Uuid;

use super::chain::Head;

pub(super) struct EntryRow {
    pub seq: i64,
    pub at: Time,
    pub kind: String,
    pub actor_id: Option<Uuid>,
    pub actor_name: Option<String>,
    pub address: Option<String>,
    pub subject_type: Option<String>,
    pub subject_id: Option<Uuid>,
    pub subject_name: Option<String>,
    /// The JSON text as stored.
    pub data: String,
    pub hash: Vec<u8>,
}

/// Which entries.
#[derive(Debug, Default, Clone)]
pub(super) struct Filter {
    /// A kind, or the first part of several.
    pub kind: Option<String>,
    pub actor_id: Option<Uuid>,
    pub subject_id: Option<Uuid>,
    pub from: Option<Time>,
    pub to: Option<Time>,
    /// Words in a name or an address.
    pub q: Option<String>,
}

/// The end of the chain, locked until the transaction ends: one at a time appends.
pub(super) async fn lock_head(conn: &mut PgConnection) -> Result<Head, sqlx::Error> {
    sqlx::query_as!(Head, "select seq, hash from audit_head for update").fetch_one(conn).await
}

pub(super) async fn head(conn: &mut PgConnection) -> Result<Head, sqlx::Error> {
    sqlx::query_as!(Head, "select seq, hash from audit_head").fetch_one(conn).await
}

/// Appends entries with one statement and moves the head.
pub(super) async fn append(conn: &mut PgConnection, rows: &[EntryRow]) -> Result<(), sqlx::Error> {
    let Some(last) = rows.last() else { return Ok(()) };
    macro_rules! column {
        ($name:ident) => {
            rows.iter().map(|r| r.$name.clone()).collect::<Vec<_>>()
        };
    }
    sqlx::query!(
        "insert into audit_entry (seq, at, kind, actor_id, actor_name, address, subject_type, subject_id, subject_name, data, hash)
         select seq, at, kind, actor_id, actor_name, address, subject_type, subject_id, subject_name, data::json, hash
           from unnest($1::bigint[], $2::timestamptz[], $3::text[], $4::uuid[], $5::text[], $6::text[], $7::text[], $8::uuid[], $9::text[],
                       $10::text[], $11::bytea[])
                as e (seq, at, kind, actor_id, actor_name, address, subject_type, subject_id, subject_name, data, hash)",
        &column!(seq),
        &column!(at),
        &column!(kind),
        &column!(actor_id) as &[Option<Uuid>],
        &column!(actor_name) as &[Option<String>],
        &column!(address) as &[Option<String>],
        &column!(subject_type) as &[Option<String>],
        &column!(subject_id) as &[Option<Uuid>],
        &column!(subject_name) as &[Option<String>],
        &column!(data),
        &column!(hash),
    )
    .execute(&mut *conn)
    .await?;
    sqlx::query!("update audit_head set seq = $1, hash = $2", last.seq, last.hash).execute(conn).await?;
    Ok(())
}

/// Entries, newest first, before that number.
pub(super) async fn page(
    conn: &mut PgConnection,
    filter: &Filter,
    before: Option<i64>,
    limit: i64,
) -> Result<Vec<EntryRow>, sqlx::Error> {
    let pattern = |text: &String| format!("%{}%", escape(text));
    sqlx::query_as!(
        EntryRow,
        r#"select seq, at, kind, actor_id, actor_name, address, subject_type, subject_id, subject_name, data::text as "data!", hash
             from audit_entry
            where ($1::bigint is null or seq < $1)
              and ($2::text is null or kind = $2 or kind like $3)
              and ($4::uuid is null or actor_id = $4)
              and ($5::uuid is null or subject_id = $5 or data -> 'user' ->> 'id' = $5::text)
              and ($6::timestamptz is null or at >= $6) and ($7::timestamptz is null or at < $7)
              and ($8::text is null or actor_name ilike $8 or subject_name ilike $8 or address ilike $8 or data::text ilike $8)
            order by seq desc limit $9"#,
        before,
        filter.kind,
        filter.kind.as_ref().map(|kind| format!("{}.%", escape(kind))),
        filter.actor_id,
        filter.subject_id,
        filter.from,
        filter.to,
        filter.q.as_ref().map(pattern),
        limit
    )
    .fetch_all(conn)
    .await
}

/// Entries in the order of the chain, after that number.
pub(super) async fn after(conn: &mut PgConnection, seq: i64, limit: i64) -> Result<Vec<EntryRow>, sqlx::Error> {
    sqlx::query_as!(
        EntryRow,
        r#"select seq, at, kind, actor_id, actor_name, address, subject_type, subject_id, subject_name, data::text as "data!", hash
             from audit_entry where seq > $1 order by seq limit $2"#,
        seq,
        limit
    )
    .fetch_all(conn)
    .await
}

/// A text whose own wildcards are plain.
fn escape(text: &str) -> String {
    text.replace('\\', "\\\\").replace('%', "\\%").replace('_', "\\_")
}
