//! Interactive messages: buttons, lists, links, and the kinds only looked at from afar.

use std::collections::HashSet;

use serde_json::{Map, Value};

use super::check::{at_most, media, missing, object, string};
use super::error::GraphError;

type Object = Map<String, Value>;
type Checked = Result<(), GraphError>;

/// Checks the object under `interactive`.
pub(super) fn interactive(whole: &Object) -> Checked {
    let kind = string(whole, "type", "interactive['type']")?;
    let action = whole.get("action").ok_or_else(|| missing("interactive['action']"))?;
    let action = object(action, "interactive['action']")?;
    header(whole, kind)?;
    if let Some(footer) = whole.get("footer") {
        let footer = object(footer, "interactive['footer']")?;
        length(string(footer, "text", "interactive['footer']['text']")?, 60, "Footer text")?;
    }
    match kind {
        "button" => {
            body(whole, 1024)?;
            buttons(action)
        }
        "list" => {
            body(whole, 4096)?;
            list(action)
        }
        "cta_url" => {
            body(whole, 1024)?;
            link(action)
        }
        "location_request_message" => body(whole, 1024),
        "flow" | "product" | "product_list" | "catalog_message" | "call_permission_request" | "carousel" | "address_message" => {
            Ok(())
        }
        _ => Err(GraphError::with(131_009, format!("interactive.type {kind} is not known."))),
    }
}

fn body(whole: &Object, limit: usize) -> Checked {
    let body = whole.get("body").ok_or_else(|| missing("interactive['body']"))?;
    at_most(
        string(object(body, "interactive['body']")?, "text", "interactive['body']['text']")?,
        limit,
        "interactive['body']['text']",
    )
}

fn header(whole: &Object, interactive: &str) -> Checked {
    let Some(header) = whole.get("header") else { return Ok(()) };
    let header = object(header, "interactive['header']")?;
    let kind = string(header, "type", "interactive['header']['type']")?;
    match kind {
        "text" => length(string(header, "text", "interactive['header']['text']")?, 60, "Header text"),
        _ if interactive == "list" => Err(GraphError::with(131_009, "The header of a list must be text.")),
        "image" | "video" | "document" => {
            let content = header.get(kind).ok_or_else(|| missing(&format!("interactive['header']['{kind}']")))?;
            media(kind, object(content, kind)?)
        }
        _ => Err(GraphError::with(131_009, "interactive.header.type must be text, image, video or document.")),
    }
}

fn buttons(action: &Object) -> Checked {
    let buttons = array(action, "buttons")?;
    if buttons.is_empty() || buttons.len() > 3 {
        return Err(GraphError::with(131_009, "Invalid buttons count. Min allowed buttons: 1, Max allowed buttons: 3"));
    }
    let (mut ids, mut titles) = (HashSet::new(), HashSet::new());
    for button in buttons {
        let button = object(button, "button")?;
        if string(button, "type", "button['type']")? != "reply" {
            return Err(GraphError::with(131_009, "button.type must be reply."));
        }
        let reply = object(button.get("reply").ok_or_else(|| missing("button['reply']"))?, "button['reply']")?;
        let (id, title) = (string(reply, "id", "button['reply']['id']")?, string(reply, "title", "button['reply']['title']")?);
        length(id, 256, "Button id")?;
        length(title, 20, "Button title")?;
        if !ids.insert(id) || !titles.insert(title) {
            return Err(GraphError::with(131_009, "Button ids and titles must be unique."));
        }
    }
    Ok(())
}

fn list(action: &Object) -> Checked {
    length(string(action, "button", "interactive['action']['button']")?, 20, "List button")?;
    let sections = array(action, "sections")?;
    if sections.is_empty() || sections.len() > 10 {
        return Err(GraphError::with(131_009, "A list must have 1 to 10 sections."));
    }
    let (mut ids, mut rows) = (HashSet::new(), 0);
    for section in sections {
        let section = object(section, "section")?;
        match section.get("title") {
            Some(_) => length(string(section, "title", "section['title']")?, 24, "Section title")?,
            None if sections.len() > 1 => {
                return Err(GraphError::with(131_009, "Section titles are required in a list of several."));
            }
            None => {}
        }
        for row in array(section, "rows")? {
            let row = object(row, "row")?;
            let id = string(row, "id", "row['id']")?;
            length(id, 200, "Row id")?;
            length(string(row, "title", "row['title']")?, 24, "Row title")?;
            if row.contains_key("description") {
                length(string(row, "description", "row['description']")?, 72, "Row description")?;
            }
            if !ids.insert(id) {
                return Err(GraphError::with(131_009, "Row ids must be unique."));
            }
            rows += 1;
        }
    }
    if rows == 0 || rows > 10 {
        return Err(GraphError::with(131_009, "Total row count exceed max allowed count: 10"));
    }
    Ok(())
}

fn link(action: &Object) -> Checked {
    let parameters = object(action.get("parameters").ok_or_else(|| missing("action['parameters']"))?, "action['parameters']")?;
    length(string(parameters, "display_text", "parameters['display_text']")?, 20, "Link text")?;
    let url = string(parameters, "url", "parameters['url']")?;
    if !(url.starts_with("https://") || url.starts_with("http://")) {
        return Err(GraphError::with(131_009, "parameters.url is not a valid URI."));
    }
    Ok(())
}

fn array<'a>(object: &'a Object, key: &str) -> Result<&'a Vec<Value>, GraphError> {
    let value = object.get(key).ok_or_else(|| missing(key))?;
    value.as_array().ok_or_else(|| GraphError::parameter(format!("Param {key} must be an array.")))
}

fn length(text: &str, limit: usize, what: &str) -> Checked {
    if text.chars().count() > limit {
        return Err(GraphError::with(131_009, format!("{what} length invalid. Min length: 1, Max length: {limit}")));
    }
    Ok(())
}
