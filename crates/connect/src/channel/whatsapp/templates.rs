//! Templates on the wire: the list, the notices, and what is sent.

use serde_json::{Value, json};

use super::{
    super::{
        ElementBody, OutgoingMedia, SendError, Settings, Template, TemplateChange, TemplateMessage, TemplateNotice, TemplatePage,
        TemplatePlace,
    },
    config, media, send,
    wire::{ID, LINE, NAME, Wire},
};
use crate::net::{Call, Outbound};

/// Templates asked for at once. A template takes a few kilobytes at most.
const PAGE: u32 = 100;
/// The largest page taken.
const MAX_ANSWER: usize = 8 << 20;
/// The largest description of one template that is kept, in bytes.
const MAX_COMPONENTS: usize = 64 << 10;

const FIELDS: &str = "id,name,language,status,category,components,quality_score,rejected_reason,parameter_format";

/// One page of the account's templates.
pub(super) async fn list(net: &Outbound, settings: &Settings, after: Option<&str>) -> Result<TemplatePage, SendError> {
    let (Some(url), Some(token)) = (config::templates_url(settings), settings.secret(config::ACCESS_TOKEN)) else {
        return Err(send::incomplete());
    };
    let query = {
        let mut query = url::form_urlencoded::Serializer::new(String::new());
        query.append_pair("fields", FIELDS).append_pair("limit", &PAGE.to_string());
        if let Some(after) = after {
            query.append_pair("after", after);
        }
        query.finish()
    };
    let call = Call::get(&format!("{url}?{query}")).and_then(|c| c.bearer(token)).map(|c| c.max_answer(MAX_ANSWER));
    let outcome = match call {
        Ok(call) => net.send(call).await,
        Err(e) => Err(e),
    };
    let answer = outcome.map_err(|error| again(send::unanswered(&error)))?;
    let read = serde_json::from_slice::<Value>(&answer.body).ok().filter(|_| answer.status.is_success());
    match read.as_ref().map(Wire::new).filter(|page| page.get("data").is_some_and(Value::is_array)) {
        Some(page) => Ok(read_page(page)),
        None => Err(again(send::failure(&answer, token))),
    }
}

/// A list may be asked for again whatever became of the question.
fn again(error: SendError) -> SendError {
    match error {
        SendError::Unconfirmed { error } => SendError::Retry { error, after: None },
        other => other,
    }
}

fn read_page(page: Wire<'_>) -> TemplatePage {
    let templates = page.list("data").filter_map(template).collect();
    let paging = page.object("paging");
    let more = paging.is_some_and(|p| p.get("next").is_some());
    let next = paging.and_then(|p| p.object("cursors")).and_then(|c| c.id("after")).filter(|_| more);
    TemplatePage { templates, next }
}

/// What has no name, no language or is larger than any real template is left out.
fn template(t: Wire<'_>) -> Option<Template> {
    let none = json!([]);
    let components = t.get("components").filter(|c| c.is_array()).unwrap_or(&none);
    let components = clean(components).filter(|c| c.to_string().len() <= MAX_COMPONENTS)?;
    let lower = |name: &str| t.word(name, NAME).map(|w| w.to_lowercase());
    let quality = t.object("quality_score").and_then(|q| q.word("score", NAME)).or_else(|| t.word("quality_score", NAME));
    Some(Template {
        external_id: t.id("id")?,
        name: t.word("name", ID)?,
        language: t.word("language", NAME)?,
        category: lower("category").unwrap_or_else(|| "unknown".to_owned()),
        status: lower("status").unwrap_or_else(|| "unknown".to_owned()),
        quality: quality.map(|q| q.to_lowercase()).filter(|q| q != "unknown"),
        named: lower("parameter_format").is_some_and(|f| f == "named"),
        components,
        rejected_reason: t.word("rejected_reason", LINE).filter(|r| !r.eq_ignore_ascii_case("none")),
    })
}

/// Without U+0000, which cannot be stored.
fn clean(value: &Value) -> Option<Value> {
    serde_json::from_str(&value.to_string().replace("\\u0000", "")).ok()
}

/// Whether a change of this field is about a template.
pub(super) fn is_notice(field: &str) -> bool {
    matches!(
        field,
        "message_template_status_update"
            | "message_template_quality_update"
            | "template_category_update"
            | "message_template_components_update"
    )
}

/// Reads a notice about a template.
pub(super) fn notice(entry: Wire<'_>, field: &str, value: Wire<'_>) -> ElementBody {
    let (Some(owner), Some(name), Some(language)) =
        (entry.id("id"), value.word("message_template_name", ID), value.word("message_template_language", NAME))
    else {
        return ElementBody::Unreadable(format!("{field} does not say which template it is about"));
    };
    let lower = |name: &str| value.word(name, NAME).map(|w| w.to_lowercase());
    let change = match field {
        "message_template_status_update" => {
            let Some(event) = lower("event") else {
                return ElementBody::Unreadable(format!("{field} does not say what happened"));
            };
            // These two say how a template came back, not what it is from then on.
            let status = match event.as_str() {
                "reinstated" | "unarchived" => "approved".to_owned(),
                _ => event,
            };
            let told = value.object("rejection_info").and_then(|i| i.word("reason", LINE));
            let reason = told.or_else(|| value.word("reason", LINE)).filter(|r| !r.eq_ignore_ascii_case("none"));
            TemplateChange::Status { status, reason }
        }
        "message_template_quality_update" => match lower("new_quality_score") {
            Some(quality) => TemplateChange::Quality(quality),
            None => return ElementBody::Unreadable(format!("{field} does not say the quality")),
        },
        "template_category_update" => match (lower("new_category"), value.get("correct_category")) {
            (_, Some(_)) => {
                return ElementBody::Ignored(format!("{field}: announced for later, and told again when it is done"));
            }
            (Some(category), None) => TemplateChange::Category(category),
            (None, None) => return ElementBody::Unreadable(format!("{field} does not say the category")),
        },
        _ => TemplateChange::Components,
    };
    ElementBody::Template(TemplateNotice {
        owner,
        external_id: value.id("message_template_id"),
        name,
        language,
        at: entry.time("time"),
        change,
    })
}

/// The `template` of a send; `file` is the one on top, which was handed over before.
pub(super) fn body(template: &TemplateMessage, file: Option<&OutgoingMedia>) -> Value {
    let text = |value: &str, name: &Option<String>| {
        let mut parameter = json!({ "type": "text", "text": value });
        if let Some(name) = name {
            parameter["parameter_name"] = name.as_str().into();
        }
        parameter
    };
    let (mut header, mut words, mut components) = (Vec::new(), Vec::new(), Vec::new());
    for value in &template.values {
        match &value.place {
            TemplatePlace::Header { kind } if kind == "text" => header.push(text(&value.value, &value.name)),
            TemplatePlace::Header { kind } => header.push(json!({ "type": kind, kind: { "link": value.value } })),
            TemplatePlace::Body => words.push(text(&value.value, &value.name)),
            TemplatePlace::Button { index, kind } => {
                let parameter = match kind.as_str() {
                    "quick_reply" => json!({ "type": "payload", "payload": value.value }),
                    "copy_code" => json!({ "type": "coupon_code", "coupon_code": value.value }),
                    _ => json!({ "type": "text", "text": value.value }),
                };
                components
                    .push(json!({ "type": "button", "sub_type": kind, "index": index.to_string(), "parameters": [parameter] }));
            }
        }
    }
    if let Some(file) = file {
        let (kind, file) = media::body(&OutgoingMedia { caption: None, ..file.clone() });
        header.push(json!({ "type": kind, kind: file }));
    }
    for (kind, parameters) in [("body", words), ("header", header)] {
        if !parameters.is_empty() {
            components.insert(0, json!({ "type": kind, "parameters": parameters }));
        }
    }
    let mut body = json!({ "name": template.name, "language": { "code": template.language } });
    if !components.is_empty() {
        body["components"] = components.into();
    }
    body
}
