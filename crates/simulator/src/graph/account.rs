//! Numbers, business accounts, and where their webhooks go.

use std::collections::HashMap;

use axum::response::Response;
use http::Method;
use serde_json::{Map, Value, json};

use super::Call;
use super::error::GraphError;
use crate::Number;
use crate::answer::ok;
use crate::control::handshake;

/// `GET /{phone-number-id}?fields=`.
pub(super) fn number(call: &Call, number: &Number) -> Result<Response, GraphError> {
    let known = fields(call, number);
    let Some(wanted) = call.query("fields") else {
        return Ok(ok(&json!(known)));
    };
    let mut answer = Map::new();
    for field in wanted.split(',').map(str::trim).filter(|field| !field.is_empty()) {
        // Sub-fields are asked for as name{a,b}; the parts are all here anyway.
        let name = field.split('{').next().unwrap_or(field);
        let value = known.get(name).ok_or_else(|| {
            GraphError::parameter(format!(
                "Tried accessing nonexisting field ({name}) on node type (WhatsAppBusinessPhoneNumber)"
            ))
        })?;
        answer.insert(name.to_owned(), value.clone());
    }
    answer.insert("id".into(), json!(number.phone_number_id));
    Ok(ok(&Value::Object(answer)))
}

/// `GET /{waba}`.
pub(super) fn account(number: &Number) -> Response {
    ok(&json!({ "id": number.business_account_id, "name": number.name, "timezone_id": "1" }))
}

/// `GET /{waba}/phone_numbers`.
pub(super) fn phone_numbers(call: &Call, waba: &str) -> Result<Response, GraphError> {
    let numbers: Vec<Value> = call
        .numbers()
        .iter()
        .filter(|number| number.business_account_id == waba)
        .map(|number| json!(fields(call, number)))
        .collect();
    if numbers.is_empty() {
        return Err(call.no_object(waba));
    }
    Ok(ok(&json!({ "data": numbers, "paging": { "cursors": { "before": "QVFI", "after": "QVFI" } } })))
}

/// `POST`, `GET` and `DELETE /{waba}/subscribed_apps`.
pub(super) async fn subscribed_apps(call: &Call, number: &Number) -> Result<Response, GraphError> {
    let waba = number.business_account_id.clone();
    let app = |override_url: Option<&str>| {
        let mut app =
            json!({ "whatsapp_business_api_data": { "id": "100200300400500", "name": "MAX", "link": "https://max.example" } });
        if let Some(url) = override_url {
            app["override_callback_uri"] = json!(url);
        }
        app
    };
    match call.method {
        Method::POST => {
            let target = override_of(&call.json()?)?;
            if let Some((url, token)) = &target {
                verify(call, url, token).await?;
            }
            let url = target.map(|(url, _)| url);
            let mut world = call.hub.world();
            for line in world.lines.values_mut().filter(|line| line.number.business_account_id == waba) {
                line.override_url.clone_from(&url);
            }
            world.subscriptions.insert(waba, url);
            Ok(ok(&json!({ "success": true })))
        }
        Method::GET => {
            let world = call.hub.world();
            let apps: Vec<Value> = world.subscriptions.get(&waba).map(|url| app(url.as_deref())).into_iter().collect();
            Ok(ok(&json!({ "data": apps })))
        }
        Method::DELETE => {
            let mut world = call.hub.world();
            world.subscriptions.remove(&waba);
            for line in world.lines.values_mut().filter(|line| line.number.business_account_id == waba) {
                line.override_url = None;
            }
            Ok(ok(&json!({ "success": true })))
        }
        _ => Err(call.no_object(&waba)),
    }
}

/// `POST /{phone-number-id}` with a `webhook_configuration`.
pub(super) async fn configure(call: &Call, number: &Number) -> Result<Response, GraphError> {
    let body = call.json()?;
    let Some(configuration) = body.get("webhook_configuration") else {
        return Err(GraphError::parameter("The parameter webhook_configuration is required."));
    };
    let target = override_of(configuration.as_object().unwrap_or(&Map::new()))?;
    if let Some((url, token)) = &target {
        verify(call, url, token).await?;
    }
    if let Some(line) = call.hub.world().lines.get_mut(&number.phone_number_id) {
        line.override_url = target.map(|(url, _)| url);
    }
    Ok(ok(&json!({ "success": true })))
}

/// `GET` and `POST /{phone-number-id}/whatsapp_business_profile`. Changes are accepted and forgotten.
pub(super) fn profile(call: &Call, number: &Number) -> Result<Response, GraphError> {
    match call.method {
        Method::GET => {
            Ok(ok(&json!({ "data": [{ "about": "Available", "description": number.name, "messaging_product": "whatsapp" }] })))
        }
        Method::POST => acknowledge(number),
        _ => Err(call.no_object(&number.phone_number_id)),
    }
}

/// Calls that change nothing here.
pub(super) fn acknowledge(_: &Number) -> Result<Response, GraphError> {
    Ok(ok(&json!({ "success": true })))
}

fn fields(call: &Call, number: &Number) -> HashMap<String, Value> {
    let mut fields: HashMap<String, Value> = [
        ("id", json!(number.phone_number_id)),
        ("verified_name", json!(number.name)),
        ("display_phone_number", json!(number.display_phone_number)),
        ("quality_rating", json!("GREEN")),
        ("name_status", json!("APPROVED")),
        ("code_verification_status", json!("VERIFIED")),
        ("platform_type", json!("CLOUD_API")),
        ("throughput", json!({ "level": "STANDARD" })),
        ("status", json!("CONNECTED")),
        ("account_mode", json!("LIVE")),
        ("messaging_limit_tier", json!("TIER_1K")),
        ("whatsapp_business_manager_messaging_limit", json!("TIER_2K")),
        ("is_official_business_account", json!(false)),
    ]
    .map(|(name, value)| (name.to_owned(), value))
    .into();
    if let Some(line) = call.hub.world().lines.get(&number.phone_number_id) {
        fields.extend(line.facts.clone());
    }
    fields
}

/// The address and verify token of an override, if one is given; half of one is an error.
fn override_of(body: &Map<String, Value>) -> Result<Option<(String, String)>, GraphError> {
    let text = |key: &str| body.get(key).and_then(Value::as_str).filter(|text| !text.is_empty()).map(str::to_owned);
    match (text("override_callback_uri"), text("verify_token")) {
        (None, None) => Ok(None),
        (Some(url), Some(token)) => Ok(Some((url, token))),
        (Some(_), None) => Err(GraphError::parameter("The parameter verify_token is required.")),
        (None, Some(_)) => Err(GraphError::parameter("The parameter override_callback_uri is required.")),
    }
}

async fn verify(call: &Call, url: &str, token: &str) -> Result<(), GraphError> {
    handshake::perform(&call.hub, url, token).await.map_err(|reason| GraphError {
        code: 2200,
        message: format!("(#2200) Callback verification failed with the following errors: {reason}"),
        ..GraphError::parameter("")
    })
}
