//! SQL of the journal.

pub(super) mod journal;
pub(super) mod refused;

use base::Time;
use connect::channel::ElementBody;
use kernel::event::log::Columns;
use sqlx::PgConnection;
use uuid::Uuid;

use super::apply::Outcome;

pub(super) struct DeliveryRow {
    pub id: Uuid,
    pub channel_id: Uuid,
    pub body: Vec<u8>,
}

pub(super) struct ElementRow {
    pub delivery_id: Uuid,
    pub idx: i32,
    pub channel_id: Option<Uuid>,
    pub kind: &'static str,
    pub fate: &'static str,
    pub reason: Option<String>,
    pub external_id: Option<String>,
    pub sender: Option<String>,
}

impl ElementRow {
    /// An element of a delivery and what became of it.
    pub fn of(delivery_id: Uuid, idx: i32, body: &ElementBody, outcome: &Outcome) -> Self {
        let (kind, external_id, sender) = match body {
            ElementBody::Message(m) => ("message", Some(m.external_id.clone()), Some(m.sender.external_id.clone())),
            ElementBody::Typing(t) => ("typing", None, Some(t.external_id.clone())),
            ElementBody::Read(r) => ("read", None, Some(r.external_id.clone())),
            ElementBody::Profile(p) => ("profile", None, Some(p.sender.external_id.clone())),
            ElementBody::Status(s) => ("status", Some(s.external_id.clone()), None),
            ElementBody::IdentityChange(c) => ("identity_change", Some(c.external_id.clone()), Some(c.new.clone())),
            ElementBody::Template(t) => ("template", Some(t.name.clone()), None),
            ElementBody::Account(a) => ("account", Some(a.name.clone()), None),
            ElementBody::AccountProblem(_) => ("account_problem", None, None),
            ElementBody::Ignored(_) => ("other", None, None),
            ElementBody::Unreadable(_) => ("unreadable", None, None),
        };
        let (fate, reason) = (outcome.fate.name(), outcome.fate.reason());
        Self { delivery_id, idx, channel_id: outcome.channel_id, kind, fate, reason, external_id, sender }
    }
}

/// Writes deliveries and the fates of their elements, and appends the events of all that to the log, with one statement.
pub(super) async fn record(
    conn: &mut PgConnection,
    deliveries: Vec<DeliveryRow>,
    elements: Vec<ElementRow>,
    events: &Columns,
    now: Time,
) -> Result<(), sqlx::Error> {
    let (mut ids, mut channels, mut bodies) = (Vec::new(), Vec::new(), Vec::new());
    for delivery in deliveries {
        ids.push(delivery.id);
        channels.push(delivery.channel_id);
        bodies.push(delivery.body);
    }
    let of: Vec<_> = elements.iter().map(|e| e.delivery_id).collect();
    let idx: Vec<_> = elements.iter().map(|e| e.idx).collect();
    let element_channels: Vec<_> = elements.iter().map(|e| e.channel_id).collect();
    let kinds: Vec<_> = elements.iter().map(|e| e.kind.to_owned()).collect();
    let fates: Vec<_> = elements.iter().map(|e| e.fate.to_owned()).collect();
    let reasons: Vec<_> = elements.iter().map(|e| e.reason.clone()).collect();
    let externals: Vec<_> = elements.iter().map(|e| e.external_id.clone()).collect();
    let senders: Vec<_> = elements.iter().map(|e| e.sender.clone()).collect();
    sqlx::query!(
        "with d as (
             insert into webhook_delivery (id, channel_id, received_at, body)
             select id, channel_id, $4, body from unnest($1::uuid[], $2::uuid[], $3::bytea[]) as d (id, channel_id, body)),
         e as (
             insert into webhook_element (delivery_id, idx, channel_id, kind, fate, reason, external_id, sender)
             select * from unnest($5::uuid[], $6::int[], $7::uuid[], $8::text[], $9::text[], $10::text[], $11::text[], $12::text[]))
         select event_append($13, $14, $15, $16, $17, $18, $19)",
        &ids,
        &channels,
        &bodies,
        now,
        &of,
        &idx,
        &element_channels as &[Option<Uuid>],
        &kinds,
        &fates,
        &reasons as &[Option<String>],
        &externals as &[Option<String>],
        &senders as &[Option<String>],
        &events.at,
        &events.kind,
        &events.conversation_id as &[Option<Uuid>],
        &events.team_id as &[Option<Uuid>],
        &events.assignee_id as &[Option<Uuid>],
        &events.user_ids,
        &events.data
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// Forgets deliveries older than `before`, except those that hold a dead letter. Returns how many went.
pub(super) async fn forget(conn: &mut PgConnection, before: Time, limit: i64) -> Result<i64, sqlx::Error> {
    sqlx::query_scalar!(
        r#"with old as (
               select d.id from webhook_delivery d
                where d.received_at < $1
                  and not exists (select from webhook_element e where e.delivery_id = d.id and e.fate = 'dead')
                order by d.received_at limit $2),
           elements as (delete from webhook_element e using old where e.delivery_id = old.id),
           gone as (delete from webhook_delivery d using old where d.id = old.id returning 1)
           select count(*) as "gone!" from gone"#,
        before,
        limit
    )
    .fetch_one(conn)
    .await
}
