//! Numbers, their handshake, and raw deliveries.

use std::sync::Arc;

use axum::extract::State;
use axum::response::Response;
use bytes::Bytes;
use serde::Deserialize;
use serde_json::{Value, json};

use crate::answer::{Input, Key, Refusal, ok};
use crate::control::handshake;
use crate::hub::Hub;
use crate::inbound;
use crate::webhook::call::{self, Signature};
use crate::webhook::{envelope, sign};
use crate::{Number, chance};

/// A number as ordered; secrets that are left out are invented.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct NewNumber {
    phone_number_id: String,
    business_account_id: Option<String>,
    display_phone_number: Option<String>,
    name: Option<String>,
    access_token: Option<String>,
    app_secret: Option<String>,
    webhook_url: Option<String>,
    verify_token: Option<String>,
}

pub(super) async fn add(State(hub): State<Arc<Hub>>, Input(new): Input<NewNumber>) -> Result<Response, Refusal> {
    if new.phone_number_id.is_empty() || !new.phone_number_id.chars().all(|c| c.is_ascii_digit()) {
        return Err(Refusal::bad("phone_number_id: must be digits"));
    }
    if new.webhook_url.as_ref().is_some_and(|url| !(url.starts_with("http://") || url.starts_with("https://"))) {
        return Err(Refusal::bad("webhook_url: must begin with http:// or https://"));
    }
    let number = Number {
        business_account_id: new.business_account_id.unwrap_or_else(|| "900100200300400".into()),
        display_phone_number: new.display_phone_number.unwrap_or_else(|| "15550001111".into()),
        name: new.name.unwrap_or_else(|| "Demo".into()),
        access_token: new.access_token.unwrap_or_else(chance::access_token),
        app_secret: new.app_secret.unwrap_or_else(chance::secret),
        webhook_url: new.webhook_url,
        verify_token: new.verify_token,
        phone_number_id: new.phone_number_id,
    };
    hub.add_number(number.clone());
    Ok(ok(&json!(number)))
}

/// What the provider is to say of a number.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Facts {
    /// `GREEN`, `YELLOW`, `RED`, `UNKNOWN`.
    quality_rating: Option<String>,
    /// `STANDARD` or `HIGH`.
    throughput: Option<String>,
    /// `TIER_250`, `TIER_2K`, …
    messaging_limit: Option<String>,
    /// `CONNECTED`, `FLAGGED`, `RESTRICTED`, …
    status: Option<String>,
    name_status: Option<String>,
}

pub(super) async fn change(State(hub): State<Arc<Hub>>, Key(id): Key, Input(facts): Input<Facts>) -> Result<Response, Refusal> {
    let mut world = hub.world();
    let line = world.lines.get_mut(&id).ok_or_else(|| Refusal::missing(format!("there is no number {id}")))?;
    let told = [
        ("quality_rating", facts.quality_rating.map(Value::from)),
        ("throughput", facts.throughput.map(|level| json!({ "level": level }))),
        ("whatsapp_business_manager_messaging_limit", facts.messaging_limit.map(Value::from)),
        ("status", facts.status.map(Value::from)),
        ("name_status", facts.name_status.map(Value::from)),
    ];
    line.facts.extend(told.into_iter().filter_map(|(name, value)| Some((name.to_owned(), value?))));
    Ok(ok(&json!(line.facts)))
}

pub(super) async fn list(State(hub): State<Arc<Hub>>) -> Response {
    let world = hub.world();
    let numbers: Vec<Value> = world
        .lines
        .values()
        .map(|line| {
            let mut shown = json!(line.number);
            shown["override_callback_uri"] = json!(line.override_url);
            shown
        })
        .collect();
    ok(&json!({ "data": numbers }))
}

pub(super) async fn remove(State(hub): State<Arc<Hub>>, Key(id): Key) -> Result<Response, Refusal> {
    {
        let mut world = hub.world();
        world.lines.remove(&id).ok_or_else(|| Refusal::missing(format!("there is no number {id}")))?;
        world.retired.insert(id.clone());
    }
    hub.say(&json!({ "type": "number", "phone_number_id": id }));
    Ok(ok(&json!({ "success": true })))
}

pub(super) async fn remove_all(State(hub): State<Arc<Hub>>) -> Response {
    {
        let mut world = hub.world();
        let ids: Vec<String> = std::mem::take(&mut world.lines).into_keys().collect();
        world.retired.extend(ids);
    }
    hub.say(&json!({ "type": "number" }));
    ok(&json!({ "success": true }))
}

pub(super) async fn verify(State(hub): State<Arc<Hub>>, Key(id): Key) -> Result<Response, Refusal> {
    let number = inbound::which_number(&hub.world(), Some(&id))?;
    let (Some(url), Some(token)) = (number.webhook_url, number.verify_token) else {
        return Err(Refusal::bad("the number needs a webhook_url and a verify_token"));
    };
    let outcome = handshake::perform(&hub, &url, &token).await;
    Ok(ok(&json!({ "verified": outcome.is_ok(), "error": outcome.err() })))
}

/// A body to deliver as it is.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Delivery {
    phone_number_id: Option<String>,
    /// A whole envelope (with `object`), the `value` of one change, or a string to be sent as it stands.
    body: Value,
    /// The field of the change, when `body` is a value.
    #[serde(default = "messages")]
    field: String,
    #[serde(default)]
    signature: Signature,
}

fn messages() -> String {
    "messages".into()
}

pub(super) async fn deliver(State(hub): State<Arc<Hub>>, Input(order): Input<Delivery>) -> Result<Response, Refusal> {
    let (number, url) = {
        let world = hub.world();
        let number = inbound::which_number(&world, order.phone_number_id.as_deref())?;
        let url = world.lines.get(&number.phone_number_id).and_then(|line| line.webhook_url()).map(str::to_owned);
        (number, url.ok_or_else(|| Refusal::bad("the number has no webhook_url"))?)
    };
    let body: Bytes = match order.body {
        Value::String(text) => text.into(),
        whole if whole.get("object").is_some() => sign::escaped(&whole).into(),
        value => sign::escaped(&envelope::wrap(&number, &order.field, value, None)).into(),
    };
    let (status, body) = send_raw(&hub, &number, &url, &order.field, body, order.signature).await?;
    Ok(ok(&json!({ "status": status, "body": body })))
}

/// Delivers a body once and keeps an entry of it; how it was answered.
pub(super) async fn send_raw(
    hub: &Arc<Hub>,
    number: &Number,
    url: &str,
    field: &str,
    body: Bytes,
    signature: Signature,
) -> Result<(u16, String), Refusal> {
    let wamids = wamids(&body);
    let entry = {
        let mut world = hub.world();
        call::open_entry(&mut world, hub.clock.now_ms(), &number.phone_number_id, "raw", vec![format!("raw:{field}")], wamids)
    };
    let outcome = call::post(hub, url, &number.app_secret, body, signature).await;
    let now = hub.clock.now_ms();
    call::update_entry(hub, entry, |entry| {
        entry.attempts = 1;
        entry.status = outcome.as_ref().ok().map(|(status, _)| *status);
        entry.error = outcome.as_ref().err().cloned();
        entry.acked = entry.status == Some(200);
        entry.given_up = !entry.acked;
        entry.acked_at = entry.acked.then_some(now);
    });
    outcome.map_err(|error| Refusal(http::StatusCode::BAD_GATEWAY, error))
}

/// The ids of all messages and statuses in a body, for the ledger.
fn wamids(body: &[u8]) -> Vec<String> {
    let envelope: Value = serde_json::from_slice(body).unwrap_or_default();
    let list = |value: &Value, key: &str| value[key].as_array().cloned().unwrap_or_default();
    let changes = list(&envelope, "entry").iter().flat_map(|entry| list(entry, "changes")).collect::<Vec<_>>();
    let elements = changes.iter().flat_map(|change| [list(&change["value"], "messages"), list(&change["value"], "statuses")]);
    elements.flatten().filter_map(|element| element["id"].as_str().map(str::to_owned)).collect()
}
