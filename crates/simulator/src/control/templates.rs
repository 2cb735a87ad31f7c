//! Templates on command: the review that Meta's people and machines do.

use std::sync::Arc;

use axum::extract::State;
use axum::response::Response;
use serde::Deserialize;
use serde_json::{Value, json};

use super::numbers::send_raw;
use crate::answer::{Input, Refusal, ok};
use crate::graph::templates::known;
use crate::hub::Hub;
use crate::inbound;
use crate::webhook::call::Signature;
use crate::webhook::{envelope, sign};
use crate::world::Template;

/// A template as ordered. One that exists is changed in what is named, and the account's webhook is told.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Order {
    phone_number_id: Option<String>,
    name: String,
    language: String,
    /// `PENDING` unless said: then somebody has to approve it.
    status: Option<String>,
    /// Why it is rejected.
    reason: Option<String>,
    category: Option<String>,
    parameter_format: Option<String>,
    components: Option<Value>,
    /// Whether the webhook is told.
    #[serde(default = "yes")]
    notify: bool,
}

fn yes() -> bool {
    true
}

pub(super) async fn list(State(hub): State<Arc<Hub>>) -> Result<Response, Refusal> {
    let world = hub.world();
    let number = inbound::which_number(&world, None)?;
    Ok(ok(&json!({ "data": known(&world, &number.business_account_id) })))
}

/// Makes a template or moves it on; answers it, and how the notices about it were answered.
pub(super) async fn set(State(hub): State<Arc<Hub>>, Input(order): Input<Order>) -> Result<Response, Refusal> {
    let (number, url, template, notices) = {
        let mut world = hub.world();
        let number = inbound::which_number(&world, order.phone_number_id.as_deref())?;
        let url = world.lines.get(&number.phone_number_id).and_then(|line| line.webhook_url()).map(str::to_owned);
        let list = world.templates.entry(number.business_account_id.clone()).or_default();
        let at = match list.iter().position(|t| t.name == order.name && t.language == order.language) {
            Some(at) => at,
            None => {
                let hello = json!([{ "type": "BODY", "text": "Hello" }]);
                list.push(Template { status: "PENDING".into(), ..Template::new(&order.name, &order.language, hello) });
                list.len() - 1
            }
        };
        let template = &mut list[at];
        let before = template.clone();
        template.status = order.status.unwrap_or_else(|| before.status.clone()).to_uppercase();
        template.rejected_reason = order.reason.filter(|_| template.status == "REJECTED");
        template.category = order.category.unwrap_or_else(|| before.category.clone()).to_uppercase();
        template.parameter_format = order.parameter_format.unwrap_or_else(|| before.parameter_format.clone());
        template.components = order.components.unwrap_or_else(|| before.components.clone());
        let notices = if order.notify { notices(&before, template) } else { Vec::new() };
        (number, url, template.clone(), notices)
    };
    let mut answered = Vec::new();
    if let Some(url) = url {
        for (field, value) in notices {
            let at = Some(hub.clock.now_ms() / 1000);
            let body = sign::escaped(&envelope::wrap(&number, field, value, at)).into();
            let (status, _) = send_raw(&hub, &number, &url, field, body, Signature::default()).await?;
            answered.push(json!({ "field": field, "status": status }));
        }
    }
    Ok(ok(&json!({ "template": template, "notices": answered })))
}

/// What the webhook is told about a change.
fn notices(before: &Template, after: &Template) -> Vec<(&'static str, Value)> {
    let about = |extra: Value| {
        let mut value = json!({
            "message_template_id": after.id.parse::<u64>().unwrap_or_default(),
            "message_template_name": after.name,
            "message_template_language": after.language,
        });
        for (name, field) in extra.as_object().into_iter().flatten() {
            value[name] = field.clone();
        }
        value
    };
    let mut notices = Vec::new();
    if before.components != after.components {
        let body = after.components.as_array().into_iter().flatten().find(|c| c["type"] == "BODY");
        let element = body.map_or(Value::Null, |b| b["text"].clone());
        notices.push(("message_template_components_update", about(json!({ "message_template_element": element }))));
    }
    if before.category != after.category {
        let change = json!({ "previous_category": before.category, "new_category": after.category });
        notices.push(("template_category_update", about(change)));
    }
    if before.status != after.status {
        let reason = after.rejected_reason.as_deref().unwrap_or("NONE");
        notices.push(("message_template_status_update", about(json!({ "event": after.status, "reason": reason }))));
    }
    notices
}
