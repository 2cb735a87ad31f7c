//! SQL of looking into the journal.

use base::Time;
use sqlx::{PgConnection, types::Json};
use uuid::Uuid;

use super::ElementRow;

/// What is looked for.
#[derive(Debug, Default, Clone)]
pub(crate) struct Filter {
    pub channel_id: Option<Uuid>,
    pub fate: Option<String>,
    /// The id of a sender or of a message.
    pub id: Option<String>,
    /// Words of a reason, as a pattern.
    pub words: Option<String>,
    pub from: Option<Time>,
    pub to: Option<Time>,
}

/// A delivery in a list.
pub(crate) struct Row {
    pub id: Uuid,
    pub channel_id: Uuid,
    pub channel_name: Option<String>,
    pub channel_kind: Option<String>,
    pub received_at: Time,
    pub size: i32,
    pub fates: Json<std::collections::BTreeMap<String, i64>>,
    pub kinds: Vec<String>,
    pub reason: Option<String>,
}

/// A page of deliveries, newest first.
pub(crate) async fn page(
    conn: &mut PgConnection,
    filter: &Filter,
    before: Option<(Time, Uuid)>,
    limit: i64,
) -> Result<Vec<Row>, sqlx::Error> {
    let (at, id) = before.unzip();
    sqlx::query_as!(
        Row,
        r#"select d.id, d.channel_id, c.name as "channel_name?", c.kind as "channel_kind?", d.received_at,
                  octet_length(d.body) as "size!", e.fates as "fates!: Json<std::collections::BTreeMap<String, i64>>",
                  e.kinds as "kinds!", e.reason
             from (select * from webhook_delivery d
                    where ($1::uuid is null or d.channel_id = $1) and ($2::timestamptz is null or d.received_at >= $2)
                      and ($3::timestamptz is null or d.received_at < $3)
                      and ($4::timestamptz is null or (d.received_at, d.id) < ($4, $5))
                      and ($6::text is null
                           or exists (select from webhook_element e where e.delivery_id = d.id and e.fate = $6))
                      and ($7::text is null and $8::text is null
                           or d.id in (select e.delivery_id from webhook_element e where e.sender = $7 or e.external_id = $7
                                       union select e.delivery_id from webhook_element e
                                              where e.fate in ('dead', 'ignored') and e.reason ilike $8))
                    order by d.received_at desc, d.id desc limit $9) d
             left join channel c on c.id = d.channel_id
            cross join lateral (
                  select coalesce(jsonb_object_agg(f.fate, f.n), '{}') as fates,
                         coalesce((select array_agg(distinct k.kind order by k.kind) from webhook_element k where k.delivery_id = d.id), '{}') as kinds,
                         (select r.reason from webhook_element r
                           where r.delivery_id = d.id and r.reason is not null order by (r.fate = 'dead') desc, r.idx limit 1) as reason
                    from (select fate, count(*) as n from webhook_element where delivery_id = d.id group by fate) f) e
            order by d.received_at desc, d.id desc"#,
        filter.channel_id,
        filter.from,
        filter.to,
        at,
        id,
        filter.fate,
        filter.id,
        filter.words,
        limit
    )
    .fetch_all(conn)
    .await
}

/// A delivery as it came.
pub(crate) struct Raw {
    pub channel_id: Uuid,
    pub received_at: Time,
    pub body: Vec<u8>,
}

pub(crate) async fn raw(conn: &mut PgConnection, id: Uuid) -> Result<Option<Raw>, sqlx::Error> {
    sqlx::query_as!(Raw, "select channel_id, received_at, body from webhook_delivery where id = $1", id)
        .fetch_optional(conn)
        .await
}

/// The same, held until the end of the transaction: a delivery is replayed once at a time.
pub(crate) async fn lock(conn: &mut PgConnection, id: Uuid) -> Result<Option<Raw>, sqlx::Error> {
    sqlx::query_as!(Raw, "select channel_id, received_at, body from webhook_delivery where id = $1 for update", id)
        .fetch_optional(conn)
        .await
}

/// An element as the journal has it.
#[derive(Debug, Clone)]
pub(crate) struct Known {
    pub idx: i32,
    pub channel_id: Option<Uuid>,
    pub kind: String,
    pub fate: String,
    pub reason: Option<String>,
    pub external_id: Option<String>,
    pub sender: Option<String>,
}

pub(crate) async fn elements(conn: &mut PgConnection, delivery_id: Uuid) -> Result<Vec<Known>, sqlx::Error> {
    sqlx::query_as!(
        Known,
        "select idx, channel_id, kind, fate, reason, external_id, sender from webhook_element where delivery_id = $1 order by idx",
        delivery_id
    )
    .fetch_all(conn)
    .await
}

/// Writes down what became of an element when its delivery was replayed.
pub(crate) async fn rewrite(conn: &mut PgConnection, row: &ElementRow) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "insert into webhook_element (delivery_id, idx, channel_id, kind, fate, reason, external_id, sender)
         values ($1, $2, $3, $4, $5, $6, $7, $8)
         on conflict (delivery_id, idx) do update
            set channel_id = excluded.channel_id, kind = excluded.kind, fate = excluded.fate, reason = excluded.reason,
                external_id = excluded.external_id, sender = excluded.sender",
        row.delivery_id,
        row.idx,
        row.channel_id,
        row.kind,
        row.fate,
        row.reason,
        row.external_id,
        row.sender
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// Forgets the elements of a delivery from this one on.
pub(crate) async fn cut(conn: &mut PgConnection, delivery_id: Uuid, from: i32) -> Result<(), sqlx::Error> {
    sqlx::query!("delete from webhook_element where delivery_id = $1 and idx >= $2", delivery_id, from).execute(conn).await?;
    Ok(())
}

/// How a channel's deliveries come in.
pub(crate) struct Health {
    pub id: Uuid,
    pub name: String,
    pub kind: String,
    pub active: bool,
    pub health: String,
    pub health_detail: Option<String>,
    pub last_delivery_at: Option<Time>,
    pub deliveries_24h: i64,
    pub dead: i64,
}

/// The same of all channels, counting at most `cap` deliveries of the last day.
pub(crate) async fn health(conn: &mut PgConnection, now: Time, cap: i64) -> Result<Vec<Health>, sqlx::Error> {
    sqlx::query_as!(
        Health,
        r#"select c.id, c.name, c.kind, c.active, c.health, c.health_detail,
                  (select max(d.received_at) from webhook_delivery d where d.channel_id = c.id) as last_delivery_at,
                  (select count(*) from (select from webhook_delivery d
                                          where d.channel_id = c.id and d.received_at > $1::timestamptz - interval '24 hours' limit $2) n)
                      as "deliveries_24h!",
                  (select count(*) from webhook_element e join webhook_delivery d on d.id = e.delivery_id
                    where e.fate = 'dead' and d.channel_id = c.id) as "dead!"
             from channel c order by lower(c.name), c.id"#,
        now,
        cap
    )
    .fetch_all(conn)
    .await
}
