//! Message templates, as far as sends and lists need them. One that is created here is approved at once; the control API makes others
//! and moves them on.

use std::collections::BTreeSet;

use axum::response::Response;
use http::Method;
use serde_json::{Value, json};

use super::Call;
use super::check;
use super::error::GraphError;
use crate::Number;
use crate::answer::ok;
use crate::world::{Template, World};

/// `GET`, `POST` and `DELETE /{waba}/message_templates`.
pub(super) fn handle(call: &Call, number: &Number) -> Result<Response, GraphError> {
    let waba = number.business_account_id.as_str();
    match call.method {
        Method::GET => Ok(list(call, waba)),
        Method::POST => create(call, waba),
        Method::DELETE => delete(call, waba),
        _ => Err(call.no_object(waba)),
    }
}

/// `GET /{template-id}`.
pub(super) fn by_id(call: &Call, id: &str) -> Option<Response> {
    let accounts: BTreeSet<String> = call.numbers().into_iter().map(|number| number.business_account_id).collect();
    let world = call.hub.world();
    let mine = world.templates.iter().filter(|(waba, _)| accounts.contains(*waba)).flat_map(|(_, list)| list);
    mine.into_iter().find(|template| template.id == id).map(|template| ok(&json!(template)))
}

/// Whether a template send fits an approved template; answers it.
pub(super) fn check(world: &World, waba: &str, content: &Value) -> Result<Template, GraphError> {
    let name = content["name"].as_str().unwrap_or_default();
    let language = content["language"]["code"].as_str().unwrap_or_default();
    let template = known(world, waba).into_iter().find(|template| template.name == name && template.language == language);
    let Some(template) = template else {
        if world.settings.enforce_templates {
            return Err(GraphError::with(132_001, format!("template name ({name}) does not exist in {language}")));
        }
        return Ok(Template::new(name, language, json!([])));
    };
    match template.status.as_str() {
        _ if !world.settings.enforce_templates => {}
        "APPROVED" => {}
        "PAUSED" => return Err(GraphError::with(132_015, format!("template {name} is paused"))),
        "DISABLED" => return Err(GraphError::with(132_016, format!("template {name} is disabled"))),
        status => {
            let details = format!("template name ({name}) does not exist in {language}: it is {status}");
            return Err(GraphError::with(132_001, details));
        }
    }
    let body = component(&template.components, "BODY");
    let expected = body.map_or(0, |body| placeholders(body["text"].as_str().unwrap_or_default()));
    let given = parameters(content, "body").len();
    if expected != given {
        let details =
            format!("body: number of localizable_params ({given}) does not match the expected number of params ({expected})");
        return Err(GraphError::with(132_000, details));
    }
    let head = component(&template.components, "HEADER");
    let format = head.and_then(|head| head["format"].as_str()).unwrap_or("TEXT").to_lowercase();
    let media = matches!(format.as_str(), "image" | "video" | "document" | "location");
    let given = parameters(content, "header");
    if media && given.first().is_none_or(|parameter| parameter["type"] != format.as_str()) {
        return Err(GraphError::with(132_012, format!("header: Format mismatch, expected {}", format.to_uppercase())));
    }
    if let Some((kind, file)) = header_file(content) {
        check::media(&kind, check::object(&file, &kind)?)?;
    }
    Ok(template)
}

/// The file that a send puts on top, and its kind.
pub(super) fn header_file(content: &Value) -> Option<(String, Value)> {
    let parameter = parameters(content, "header").into_iter().find(|parameter| parameter["type"] != "text")?;
    let kind = parameter["type"].as_str().filter(|kind| matches!(*kind, "image" | "video" | "document"))?.to_owned();
    let file = parameter[kind.as_str()].clone();
    Some((kind, file))
}

/// What the customer reads: `header` (text, or a media object), `body`, `footer`, `buttons`.
pub(super) fn filled(template: &Template, content: &Value) -> Value {
    let text = |kind: &str| {
        let text = component(&template.components, kind).and_then(|component| component["text"].as_str());
        text.map(|text| fill(text, &parameters(content, &kind.to_lowercase())))
    };
    let media = parameters(content, "header").into_iter().find(|parameter| parameter["type"] != "text");
    let buttons = component(&template.components, "BUTTONS").and_then(|component| component["buttons"].as_array());
    let buttons: Vec<Value> = buttons
        .into_iter()
        .flatten()
        .enumerate()
        .map(|(index, button)| {
            let mut button = button.clone();
            let given = button_parameter(content, index);
            if let (Some(url), Some(suffix)) = (button["url"].as_str(), given.as_ref().and_then(|given| given["text"].as_str())) {
                button["url"] = json!(fill(url, &[json!({ "text": suffix })]));
            }
            button["payload"] = given.map_or_else(|| button["text"].clone(), |given| given["payload"].clone());
            button
        })
        .collect();
    json!({ "header": media.map_or_else(|| json!(text("HEADER")), Value::from), "body": text("BODY"), "footer": text("FOOTER"),
            "buttons": buttons })
}

/// The component of this kind, as templates are written (upper case).
fn component<'a>(components: &'a Value, kind: &str) -> Option<&'a Value> {
    components.as_array()?.iter().find(|component| component["type"].as_str().is_some_and(|t| t.eq_ignore_ascii_case(kind)))
}

/// The parameters of this component in a send.
fn parameters(content: &Value, kind: &str) -> Vec<Value> {
    let component = component(&content["components"], kind);
    component.and_then(|component| component["parameters"].as_array()).cloned().unwrap_or_default()
}

/// The parameter of the button at this place in a send. The index is a string or a number.
fn button_parameter(content: &Value, index: usize) -> Option<Value> {
    let button = content["components"].as_array()?.iter().find(|component| {
        let at = &component["index"];
        let at = at.as_u64().or_else(|| at.as_str()?.parse().ok());
        component["type"].as_str().is_some_and(|kind| kind.eq_ignore_ascii_case("button"))
            && at.is_some_and(|at| usize::try_from(at) == Ok(index))
    })?;
    button["parameters"].as_array()?.first().cloned()
}

/// Puts the values in the places of their `{{…}}`, by name or by number.
fn fill(text: &str, values: &[Value]) -> String {
    let value = |name: &str| {
        let named = values.iter().find(|value| value["parameter_name"] == name);
        let numbered = || values.get(name.parse::<usize>().ok()?.checked_sub(1)?);
        let value = named.or_else(numbered)?;
        value["text"].as_str().or_else(|| value[value["type"].as_str()?]["fallback_value"].as_str())
    };
    let mut whole = String::new();
    let mut rest = text;
    while let Some((before, (name, after))) =
        rest.split_once("{{").and_then(|(before, more)| Some((before, more.split_once("}}")?)))
    {
        whole.push_str(before);
        whole.push_str(value(name.trim()).unwrap_or("…"));
        rest = after;
    }
    whole.push_str(rest);
    whole
}

/// The account's templates, with the one every account starts with.
pub(crate) fn known(world: &World, waba: &str) -> Vec<Template> {
    let welcome = json!([{ "type": "BODY", "text": "Welcome! This message shows that your templates work." }]);
    let mut templates = vec![Template { id: "1000000000000001".into(), ..Template::new("hello_world", "en_US", welcome) }];
    templates.extend(world.templates.get(waba).into_iter().flatten().cloned());
    templates
}

fn list(call: &Call, waba: &str) -> Response {
    let matches = |key: &str, value: &str| call.query(key).is_none_or(|wanted| wanted.eq_ignore_ascii_case(value));
    let all: Vec<Template> = known(&call.hub.world(), waba)
        .into_iter()
        .filter(|t| matches("name", &t.name) && matches("status", &t.status) && matches("language", &t.language))
        .filter(|t| matches("category", &t.category))
        .collect();
    let start = call.query("after").and_then(|after| after.parse().ok()).unwrap_or(0_usize);
    let limit = call.query("limit").and_then(|limit| limit.parse().ok()).unwrap_or(25_usize).clamp(1, 1000);
    let end = (start + limit).min(all.len());
    let mut paging = json!({ "cursors": { "before": start.to_string(), "after": end.to_string() } });
    if end < all.len() {
        paging["next"] = json!(format!("{}{}?limit={limit}&after={end}", call.hub.url, call.uri.path()));
    }
    ok(&json!({ "data": all.get(start..end).unwrap_or_default(), "paging": paging }))
}

fn create(call: &Call, waba: &str) -> Result<Response, GraphError> {
    let body = call.json()?;
    let text = |key: &str| {
        let value = body.get(key).and_then(Value::as_str).unwrap_or_default();
        if value.is_empty() {
            Err(GraphError::parameter(format!("The parameter {key} is required.")))
        } else {
            Ok(value.to_owned())
        }
    };
    let (name, language, category) = (text("name")?, text("language")?, text("category")?);
    if name.len() > 512 || !name.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_') {
        return Err(GraphError::parameter("Param name may hold lower-case letters, digits and underscores, at most 512."));
    }
    if !["AUTHENTICATION", "MARKETING", "UTILITY"].contains(&category.as_str()) {
        return Err(GraphError::parameter("Param category must be one of {AUTHENTICATION, MARKETING, UTILITY}"));
    }
    let components = body.get("components").filter(|value| value.is_array()).cloned();
    let components = components.ok_or_else(|| GraphError::parameter("The parameter components is required."))?;
    let mut world = call.hub.world();
    if known(&world, waba).iter().any(|template| template.name == name && template.language == language) {
        let user =
            ("Content in this language already exists".to_owned(), format!("There is already a template {name} in {language}."));
        return Err(GraphError {
            subcode: Some(2_388_024),
            user: Some(Box::new(user)),
            ..GraphError::parameter("Invalid parameter")
        });
    }
    let parameter_format = body.get("parameter_format").and_then(Value::as_str).unwrap_or("POSITIONAL").to_owned();
    let template = Template { category, parameter_format, ..Template::new(&name, &language, components) };
    let answer = json!({ "id": template.id, "status": template.status, "category": template.category });
    world.templates.entry(waba.to_owned()).or_default().push(template);
    Ok(ok(&answer))
}

fn delete(call: &Call, waba: &str) -> Result<Response, GraphError> {
    let name = call.query("name").ok_or_else(|| GraphError::parameter("The parameter name is required."))?;
    let id = call.query("hsm_id");
    let mut world = call.hub.world();
    let templates = world.templates.entry(waba.to_owned()).or_default();
    let before = templates.len();
    templates.retain(|template| template.name != name || id.as_ref().is_some_and(|id| *id != template.id));
    if templates.len() == before {
        return Err(GraphError::parameter(format!("There is no template {name}.")));
    }
    Ok(ok(&json!({ "success": true })))
}

/// How many different `{{…}}` a text has.
fn placeholders(text: &str) -> usize {
    let names = text.split("{{").skip(1).filter_map(|rest| rest.split_once("}}")).map(|(name, _)| name.trim());
    names.collect::<BTreeSet<_>>().len()
}
