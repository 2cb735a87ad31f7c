//! Looking into the journal: every delivery with the fate of each thing in it, and doing again what failed.

mod http;
mod redact;

use std::collections::{BTreeMap, HashMap};

use base::{Code, Time};
use base64::{Engine, prelude::BASE64_STANDARD};
use chrono::TimeDelta;
use kernel::{audit::Record, auth::Actor, db::Tx, http::Problem};
use schemars::JsonSchema;
use serde::Serialize;
use sqlx::PgConnection;
use uuid::Uuid;

pub(super) use http::routes;

use super::{
    Refused, queue,
    store::{ElementRow, journal as rows},
};
use crate::{App, channels, messages};

/// Deliveries of a day that are counted for the health of a channel; beyond it they are simply many.
const COUNTED: i64 = 100_000;

/// A delivery in a list.
#[derive(Debug, Serialize, JsonSchema)]
pub struct Delivery {
    /// Its id.
    pub id: Uuid,
    /// The channel at whose address it came.
    pub channel: Option<DeliveryChannel>,
    /// When.
    pub received_at: Time,
    /// Bytes of its body.
    pub size: i32,
    /// How many elements had which fate: `stored`, `folded`, `blocked`, `duplicate`, `ignored`, `parked`, `dead`.
    pub elements: BTreeMap<String, i64>,
    /// The kinds of its elements: `message`, `status`, …
    pub kinds: Vec<String>,
    /// Why the first of its dead or ignored elements is so.
    pub reason: Option<String>,
}

/// The channel of a delivery.
#[derive(Debug, Serialize, JsonSchema)]
pub struct DeliveryChannel {
    /// Its id.
    pub id: Uuid,
    /// How people call it.
    pub name: String,
    /// `whatsapp`, …
    pub kind: String,
}

/// A delivery with what is in it.
#[derive(Debug, Serialize, JsonSchema)]
pub struct DeliveryDetail {
    /// Its id.
    pub id: Uuid,
    /// The channel at whose address it came.
    pub channel: Option<DeliveryChannel>,
    /// When.
    pub received_at: Time,
    /// Bytes of its body.
    pub size: usize,
    /// What is in it, in order.
    pub elements: Vec<DeliveryElement>,
    /// Its body with dots for texts, names and numbers; empty where it is no JSON.
    pub body: String,
    /// Whether the body is JSON.
    pub body_is_json: bool,
}

/// One thing a delivery told.
#[derive(Debug, Serialize, JsonSchema)]
pub struct DeliveryElement {
    /// Its place, from 0.
    pub index: i32,
    /// `message`, `status`, `identity_change`, `template`, `account`, `account_problem`, `other`, `unreadable`.
    pub kind: String,
    /// `stored`, `folded`, `blocked`, `duplicate`, `ignored`, `parked`, `dead`.
    pub fate: String,
    /// Why, for `ignored` and `dead`.
    pub reason: Option<String>,
    /// The provider's id of the message it is about, or the name of the template or notice.
    pub external_id: Option<String>,
    /// The provider's id of who wrote.
    pub sender: Option<String>,
    /// The channel it was for.
    pub channel_id: Option<Uuid>,
    /// Where its message is.
    pub conversation_id: Option<Uuid>,
}

/// The bytes of a delivery.
#[derive(Debug, Serialize, JsonSchema)]
pub struct RawDelivery {
    /// The body as it came.
    pub body: String,
    /// Whether `body` is base64, because the bytes are no text.
    pub base64: bool,
}

/// How deliveries come in.
#[derive(Debug, Serialize, JsonSchema)]
pub struct IngestHealth {
    /// Elements that could not be processed.
    pub dead: i64,
    /// Deliveries that wait for their commit on this node.
    pub waiting: usize,
    /// By channel.
    pub channels: Vec<ChannelIngest>,
}

/// How a channel's deliveries come in.
#[derive(Debug, Serialize, JsonSchema)]
pub struct ChannelIngest {
    /// The channel.
    pub id: Uuid,
    /// How people call it.
    pub name: String,
    /// `whatsapp`, …
    pub kind: String,
    /// Whether it receives and sends.
    pub active: bool,
    /// `ok` or `trouble`.
    pub health: String,
    /// What is wrong, in words.
    pub health_detail: Option<String>,
    /// When the last delivery came.
    pub last_delivery_at: Option<Time>,
    /// How many came in the last 24 hours, 100,000 at most.
    pub deliveries_24h: i64,
    /// How many elements of its deliveries could not be processed.
    pub dead: i64,
    /// Calls at its address that were not taken in the last fourteen days, by reason, the latest first.
    pub refused: Vec<Refused>,
}

impl From<rows::Row> for Delivery {
    fn from(row: rows::Row) -> Self {
        let channel =
            row.channel_name.zip(row.channel_kind).map(|(name, kind)| DeliveryChannel { id: row.channel_id, name, kind });
        Self {
            id: row.id,
            channel,
            received_at: row.received_at,
            size: row.size,
            elements: row.fates.0,
            kinds: row.kinds,
            reason: row.reason,
        }
    }
}

/// One delivery for reading.
async fn detail(app: &App, conn: &mut PgConnection, id: Uuid) -> Result<DeliveryDetail, Problem> {
    let raw = rows::raw(conn, id).await?.ok_or_else(Problem::not_found)?;
    let known = rows::elements(conn, id).await?;
    let asked: Vec<(Uuid, String)> = known.iter().filter_map(|e| e.channel_id.zip(e.external_id.clone())).collect();
    let found = messages::known(conn, &asked).await?;
    let channel = channels::brief(conn, raw.channel_id).await?;
    let plain = channel.as_ref().and_then(|channel| app.channels.get(&channel.kind)).map_or(&[][..], |kind| kind.plain_keys());
    let body = redact::body(&raw.body, plain);
    let elements = known.into_iter().map(|e| DeliveryElement {
        index: e.idx,
        kind: e.kind,
        fate: e.fate,
        reason: e.reason,
        conversation_id: e.channel_id.zip(e.external_id.clone()).and_then(|key| found.get(&key).copied()),
        external_id: e.external_id,
        sender: e.sender,
        channel_id: e.channel_id,
    });
    Ok(DeliveryDetail {
        id,
        channel: channel.map(|c| DeliveryChannel { id: c.id, name: c.name, kind: c.kind }),
        received_at: raw.received_at,
        size: raw.body.len(),
        elements: elements.collect(),
        body_is_json: body.is_some(),
        body: body.unwrap_or_default(),
    })
}

/// The bytes of a delivery, which the audit log notes: they say what customers wrote.
async fn raw(app: &App, tx: &mut Tx, actor: &Actor, id: Uuid) -> Result<RawDelivery, Problem> {
    let raw = rows::raw(tx, id).await?.ok_or_else(Problem::not_found)?;
    tx.record(app.now(), &Record::by(actor, "journal.read_raw").about("delivery", id, ""));
    Ok(match String::from_utf8(raw.body) {
        Ok(body) => RawDelivery { body, base64: false },
        Err(bytes) => RawDelivery { body: BASE64_STANDARD.encode(bytes.as_bytes()), base64: true },
    })
}

/// Does again what a delivery told. What is stored stays stored: its repeat is a duplicate and changes nothing.
async fn replay(app: &App, tx: &mut Tx, actor: &Actor, id: Uuid) -> Result<(), Problem> {
    let raw = rows::lock(tx, id).await?.ok_or_else(Problem::not_found)?;
    let channel = channels::live_in(app, tx, raw.channel_id)
        .await?
        .ok_or_else(|| Problem::new(Code::NotSupportedByChannel, "Its channel is switched off. Switch it on, then replay."))?;
    let before: BTreeMap<i32, rows::Known> = rows::elements(tx, id).await?.into_iter().map(|e| (e.idx, e)).collect();
    // Read anew: a reader that was mended finds more than the one before.
    let elements = channel.kind.parse(&raw.body);
    let outcomes = queue::each(app, tx, &channel, &elements).await?;
    let mut changed = 0;
    for ((idx, element), outcome) in (0i32..).zip(&elements).zip(&outcomes) {
        let row = ElementRow::of(id, idx, &element.body, outcome);
        let was = before.get(&idx);
        let settled = was.is_some_and(|was| {
            ["stored", "folded", "blocked"].contains(&was.fate.as_str()) && was.external_id == row.external_id
        });
        if settled && row.fate == "duplicate" {
            continue;
        }
        changed += i32::from(was.is_none_or(|was| was.fate != row.fate));
        rows::rewrite(tx, &row).await?;
    }
    rows::cut(tx, id, i32::try_from(elements.len()).unwrap_or(i32::MAX)).await?;
    metrics::counter!("deliveries_replayed_total").increment(1);
    tx.record(app.now(), &Record::by(actor, "journal.replayed").about("delivery", id, "").with("changed", changed));
    Ok(())
}

/// How deliveries come in.
async fn health(app: &App, conn: &mut PgConnection) -> Result<IngestHealth, Problem> {
    let now = app.now();
    let mut refused: HashMap<Uuid, Vec<Refused>> = HashMap::new();
    for row in super::store::refused::since(conn, now - TimeDelta::days(14), now - TimeDelta::hours(24)).await? {
        let one = Refused { reason: row.reason, count_24h: row.recent, last_at: row.last_at };
        refused.entry(row.channel_id).or_default().push(one);
    }
    let channels: Vec<ChannelIngest> = rows::health(conn, app.now(), COUNTED)
        .await?
        .into_iter()
        .map(|c| ChannelIngest {
            refused: refused.remove(&c.id).unwrap_or_default(),
            id: c.id,
            name: c.name,
            kind: c.kind,
            active: c.active,
            health: c.health,
            health_detail: c.health_detail,
            last_delivery_at: c.last_delivery_at,
            deliveries_24h: c.deliveries_24h,
            dead: c.dead,
        })
        .collect();
    Ok(IngestHealth { dead: channels.iter().map(|c| c.dead).sum(), waiting: app.ingest.waiting(), channels })
}
