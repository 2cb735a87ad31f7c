//! Faults, settings, the clock, and starting over.

use std::sync::Arc;

use axum::extract::State;
use axum::response::Response;
use serde::Deserialize;
use serde_json::{Map, Value, json};

use crate::answer::{Input, Key, Refusal, ok};
use crate::faults::Order;
use crate::hub::Hub;

pub(super) async fn healthz(State(hub): State<Arc<Hub>>) -> Response {
    let world = hub.world();
    let pending = world.webhooks.iter().filter(|entry| !entry.acked && !entry.given_up).count();
    ok(&json!({ "status": "ok", "numbers": world.lines.len(), "pending_webhooks": pending }))
}

pub(super) async fn reset(State(hub): State<Arc<Hub>>) -> Response {
    hub.reset();
    ok(&json!({ "success": true }))
}

pub(super) async fn clock(State(hub): State<Arc<Hub>>) -> Response {
    ok(&json!({ "now": hub.clock.now(), "offset_seconds": hub.clock.offset() }))
}

/// A move of the clock.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Advance {
    advance_seconds: i64,
}

pub(super) async fn set_clock(State(hub): State<Arc<Hub>>, Input(order): Input<Advance>) -> Result<Response, Refusal> {
    // A hundred years either way is enough for any test and far from overflow.
    const FARTHEST: i64 = 100 * 366 * 86_400;
    if order.advance_seconds.saturating_add(hub.clock.offset()).abs() > FARTHEST {
        return Err(Refusal::bad("advance_seconds: leads further than a hundred years away"));
    }
    hub.clock.advance(order.advance_seconds);
    hub.say(&json!({ "type": "clock", "now": hub.clock.now() }));
    Ok(clock(State(hub)).await)
}

pub(super) async fn settings(State(hub): State<Arc<Hub>>) -> Response {
    ok(&json!(hub.world().settings))
}

pub(super) async fn change_settings(
    State(hub): State<Arc<Hub>>,
    Input(patch): Input<Map<String, Value>>,
) -> Result<Response, Refusal> {
    let settings = {
        let mut world = hub.world();
        world.settings = world.settings.patched(&patch).map_err(|error| Refusal::bad(error.to_string()))?;
        world.settings.clone()
    };
    hub.say(&json!({ "type": "settings", "settings": settings }));
    Ok(ok(&json!(settings)))
}

pub(super) async fn faults(State(hub): State<Arc<Hub>>) -> Response {
    ok(&json!({ "data": hub.world().faults.list() }))
}

pub(super) async fn add_fault(State(hub): State<Arc<Hub>>, Input(order): Input<Order>) -> Result<Response, Refusal> {
    order.check().map_err(Refusal::bad)?;
    let fault = hub.world().faults.add(order);
    say_faults(&hub);
    Ok(ok(&json!(fault)))
}

pub(super) async fn clear_faults(State(hub): State<Arc<Hub>>) -> Response {
    hub.world().faults.clear();
    say_faults(&hub);
    ok(&json!({ "success": true }))
}

pub(super) async fn remove_fault(State(hub): State<Arc<Hub>>, Key(id): Key) -> Result<Response, Refusal> {
    let gone = id.parse().is_ok_and(|id| hub.world().faults.remove(id));
    say_faults(&hub);
    if gone { Ok(ok(&json!({ "success": true }))) } else { Err(Refusal::missing(format!("there is no fault {id}"))) }
}

fn say_faults(hub: &Hub) {
    let event = json!({ "type": "faults", "faults": hub.world().faults.list() });
    hub.say(&event);
}
