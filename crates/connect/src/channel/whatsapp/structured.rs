//! Places and questions with ready answers: what WhatsApp takes of them, and how it takes them.

use serde_json::{Value, json};

use super::super::{
    ButtonsLimits, Interactive, ListLimits, ListRow, ListSection, Place, PlaceLimits, ReplyButton, StructuredLimits,
};

/// Meta names no limit for a place's words; nobody reads more.
const PLACE_CHARS: usize = 1000;
const EDGE_CHARS: usize = 60;

/// What WhatsApp takes.
pub(super) const LIMITS: StructuredLimits = StructuredLimits {
    location: Some(PlaceLimits { name_chars: PLACE_CHARS, address_chars: PLACE_CHARS }),
    buttons: Some(ButtonsLimits { text_chars: 1024, edge_chars: EDGE_CHARS, max_buttons: 3, title_chars: 20, id_chars: 256 }),
    list: Some(ListLimits {
        // Meta's pages say 4096, its schema 1024: what both take.
        text_chars: 1024,
        edge_chars: EDGE_CHARS,
        button_chars: 20,
        max_sections: 10,
        max_rows: 10,
        section_title_chars: 24,
        row_title_chars: 24,
        row_description_chars: 72,
        row_id_chars: 200,
    }),
};

/// A place as Meta takes it.
pub(super) fn location(place: &Place) -> Value {
    let mut body = json!({ "latitude": place.latitude, "longitude": place.longitude });
    for (key, text) in [("name", &place.name), ("address", &place.address)] {
        if let Some(text) = text {
            body[key] = text.as_str().into();
        }
    }
    body
}

/// A question as Meta takes it.
pub(super) fn interactive(of: &Interactive) -> Value {
    let (mut body, header, footer) = match of {
        Interactive::Buttons(of) => {
            let buttons: Vec<Value> = of.buttons.iter().map(button).collect();
            (json!({ "type": "button", "action": { "buttons": buttons } }), &of.header, &of.footer)
        }
        Interactive::List(of) => {
            let sections: Vec<Value> = of.sections.iter().map(section).collect();
            let action = json!({ "button": of.button, "sections": sections });
            (json!({ "type": "list", "action": action }), &of.header, &of.footer)
        }
    };
    body["body"] = json!({ "text": of.text() });
    if let Some(text) = header {
        body["header"] = json!({ "type": "text", "text": text });
    }
    if let Some(text) = footer {
        body["footer"] = json!({ "text": text });
    }
    body
}

fn button(of: &ReplyButton) -> Value {
    json!({ "type": "reply", "reply": { "id": of.id, "title": of.title } })
}

fn section(of: &ListSection) -> Value {
    let mut body = json!({ "rows": of.rows.iter().map(row).collect::<Vec<_>>() });
    if let Some(title) = &of.title {
        body["title"] = title.as_str().into();
    }
    body
}

fn row(of: &ListRow) -> Value {
    match &of.description {
        Some(description) => json!({ "id": of.id, "title": of.title, "description": description }),
        None => json!({ "id": of.id, "title": of.title }),
    }
}
