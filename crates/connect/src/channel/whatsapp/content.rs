//! What a message says, one function per type. A type that is new, or that comes without its object, becomes a placeholder.

use serde_json::Value;

use super::{
    super::{ChoiceKind, ContactCard, Content, Media, MediaKind, OrderItem},
    errors,
    parse::{digits, unsupported},
    wire::{self, LINE, NAME, TEXT, Wire},
};

/// What to do with a message.
pub(super) enum Meaning {
    /// Show it.
    Said(Said),
    /// The sender has a new number or user id.
    NewNumber { old: Option<String>, number: Option<String>, user_id: Option<String>, text: String },
}

/// Something to show in the conversation.
pub(super) struct Said {
    pub(super) content: Content,
    pub(super) opens_window: bool,
}

/// The types by which a message without `type` is recognised.
const TYPES: [&str; 18] = [
    "text",
    "image",
    "video",
    "audio",
    "voice",
    "document",
    "sticker",
    "location",
    "contacts",
    "interactive",
    "button",
    "reaction",
    "order",
    "edit",
    "revoke",
    "system",
    "unsupported",
    "request_welcome",
];

/// The types that do not open the reply window; only what a person newly says does. Whether Meta counts edits and the like is not
/// documented, and a window taken for closed is the smaller error: MAX then asks for a template where text might have passed.
const SILENT: [&str; 4] = ["reaction", "edit", "revoke", "request_welcome"];

/// Reads the content. `hint` explains an object that is missing.
pub(super) fn read(message: Wire<'_>, hint: Option<&str>) -> Meaning {
    let kind = message.word("type", NAME).or_else(|| TYPES.iter().find(|t| message.get(t).is_some()).map(|t| (*t).to_owned()));
    let kind = kind.unwrap_or_else(|| "unknown".to_owned());
    if kind == "system" {
        return system(message);
    }
    let content = typed(&kind, message).unwrap_or_else(|| {
        let reported = message.list("errors").next().map(errors::from_wire).map(|e| e.detail.unwrap_or(e.message));
        let named = message.object(&kind).and_then(|o| o.word("type", NAME));
        unsupported(named.as_deref().unwrap_or(&kind), reported.or_else(|| hint.map(str::to_owned)))
    });
    Meaning::Said(Said { content, opens_window: !SILENT.contains(&kind.as_str()) })
}

fn typed(kind: &str, message: Wire<'_>) -> Option<Content> {
    if kind == "request_welcome" {
        return Some(Content::Notice { text: "The customer opened the chat for the first time.".to_owned() });
    }
    if kind == "contacts" {
        let contacts: Vec<ContactCard> = message.list("contacts").map(card).collect();
        return (!contacts.is_empty()).then_some(Content::Contacts { contacts });
    }
    let body = message.object(kind)?;
    match kind {
        "text" => Some(Content::Text { text: body.text("body", TEXT)? }),
        "image" => media(MediaKind::Image, body),
        "video" => media(MediaKind::Video, body),
        "document" => media(MediaKind::Document, body),
        "sticker" => media(MediaKind::Sticker, body),
        "audio" => media(MediaKind::Audio, body),
        "voice" => match media(MediaKind::Audio, body)? {
            Content::Media(media) => Some(Content::Media(Media { voice: true, ..media })),
            other => Some(other),
        },
        "location" => location(body),
        "interactive" => interactive(body),
        "button" => {
            let payload = body.word("payload", ID_OR_PAYLOAD);
            let title = body.word("text", NAME).or_else(|| payload.clone())?;
            Some(Content::Choice { kind: ChoiceKind::TemplateButton, id: payload, title, description: None, form: None })
        }
        "reaction" => Some(Content::Reaction { to: body.id("message_id")?, emoji: body.word("emoji", NAME) }),
        "order" => order(body),
        "edit" => Some(Content::Edit { of: body.id("original_message_id")?, text: body.object("message").and_then(new_text) }),
        "revoke" => Some(Content::Revoke { of: body.id("original_message_id")? }),
        _ => None,
    }
}

/// A button's payload is the business's own data and may be longer than an id.
const ID_OR_PAYLOAD: usize = LINE;

fn media(kind: MediaKind, body: Wire<'_>) -> Option<Content> {
    let mime = body.word("mime_type", NAME).map(|m| m.split(';').next().unwrap_or_default().trim().to_ascii_lowercase());
    Some(Content::Media(Media {
        kind,
        external_id: body.id("id")?,
        mime_type: mime.filter(|m| !m.is_empty()),
        caption: body.word("caption", TEXT),
        filename: body.word("filename", NAME),
        sha256: body.word("sha256", NAME),
        voice: body.flag("voice"),
        animated: body.flag("animated"),
    }))
}

fn location(body: Wire<'_>) -> Option<Content> {
    Some(Content::Location {
        latitude: body.number("latitude").filter(|n| n.abs() <= 90.0)?,
        longitude: body.number("longitude").filter(|n| n.abs() <= 180.0)?,
        name: body.word("name", NAME),
        address: body.word("address", LINE),
        url: body.word("url", LINE),
    })
}

fn card(card: Wire<'_>) -> ContactCard {
    let name = card.object("name");
    let part = |key| name.and_then(|n| n.word(key, NAME));
    let joined = || {
        let parts: Vec<String> = ["first_name", "middle_name", "last_name"].into_iter().filter_map(part).collect();
        (!parts.is_empty()).then(|| wire::clean(&parts.join(" "), NAME))
    };
    let phones: Vec<String> =
        card.list("phones").filter_map(|p| p.word("phone", NAME).or_else(|| p.word("wa_id", NAME))).collect();
    let emails: Vec<String> = card.list("emails").filter_map(|e| e.word("email", NAME)).collect();
    let company = || card.object("org").and_then(|o| o.word("company", NAME));
    let shown = part("formatted_name").or_else(joined).or_else(company).or_else(|| phones.first().cloned());
    ContactCard { name: shown.or_else(|| emails.first().cloned()).unwrap_or_else(|| "Contact".to_owned()), phones, emails }
}

fn interactive(body: Wire<'_>) -> Option<Content> {
    let kind = body.word("type", NAME)?;
    let reply = body.object(&kind)?;
    let tapped = |kind| {
        let id = reply.word("id", ID_OR_PAYLOAD);
        let title = reply.word("title", NAME).or_else(|| id.clone())?;
        Some(Content::Choice { kind, id, title, description: reply.word("description", LINE), form: None })
    };
    match kind.as_str() {
        "button_reply" => tapped(ChoiceKind::Button),
        "list_reply" => tapped(ChoiceKind::List),
        "nfm_reply" => {
            let form = match reply.get("response_json") {
                Some(Value::String(json)) => Some(wire::nested(json)),
                other => other.map(|v| Wire::new(v).keep()),
            };
            let name = reply.word("name", NAME);
            let title = reply.word("body", LINE).or_else(|| name.clone()).unwrap_or_else(|| "Form".to_owned());
            Some(Content::Choice { kind: ChoiceKind::Form, id: name, title, description: None, form })
        }
        "call_permission_reply" => {
            let title = match reply.word("response", NAME)?.as_str() {
                "accept" => "Calls allowed".to_owned(),
                "reject" => "Calls not allowed".to_owned(),
                other => format!("Answer to the request to call: {other}"),
            };
            Some(Content::Choice {
                kind: ChoiceKind::CallPermission,
                id: None,
                title,
                description: None,
                form: Some(reply.keep()),
            })
        }
        _ => None,
    }
}

fn order(body: Wire<'_>) -> Option<Content> {
    body.get("product_items")?.as_array()?;
    let items = body.list("product_items").map(|item| OrderItem {
        product_id: item.id("product_retailer_id").unwrap_or_else(|| "?".to_owned()),
        quantity: item.number("quantity").unwrap_or(1.0),
        price: item.number("item_price"),
        currency: item.word("currency", NAME),
    });
    Some(Content::Order { catalog_id: body.id("catalog_id"), note: body.word("text", TEXT), items: items.collect() })
}

/// The words of an edited message: its text, or the caption of its picture, film or file.
fn new_text(message: Wire<'_>) -> Option<String> {
    let body = message.object(&message.word("type", NAME).unwrap_or_else(|| "text".to_owned()))?;
    body.text("body", TEXT).or_else(|| body.text("caption", TEXT))
}

/// What WhatsApp itself says about a customer.
fn system(message: Wire<'_>) -> Meaning {
    let Some(system) = message.object("system") else {
        let notice = Content::Unsupported { kind: "system".to_owned(), detail: None };
        return Meaning::Said(Said { content: notice, opens_window: false });
    };
    let kind = system.word("type", NAME).unwrap_or_default();
    let words = |otherwise: &str| system.word("body", LINE).unwrap_or_else(|| otherwise.to_owned());
    let number = system.id("wa_id").or_else(|| system.id("new_wa_id")).map(|n| digits(&n).unwrap_or(n));
    let user_id = system.id("user_id");
    let old_number = || message.id("from").or_else(|| system.id("customer")).map(|n| digits(&n).unwrap_or(n));
    match kind.as_str() {
        "user_changed_number" | "customer_changed_number" if number.is_some() || user_id.is_some() => {
            let text = words("The customer has a new phone number.");
            Meaning::NewNumber { old: old_number(), number, user_id, text }
        }
        "user_changed_user_id" if user_id.is_some() => {
            let old = system.id("previous_user_id").or_else(|| message.id("from_user_id"));
            let text = words("WhatsApp gave the customer a new user id. It is still the same person.");
            Meaning::NewNumber { old, number, user_id, text }
        }
        other => {
            let text = words(match other {
                "customer_identity_changed" => "The customer's security code changed: they may have a new device.",
                "user_changed_number" | "customer_changed_number" => {
                    "The customer has a new phone number, which WhatsApp does not tell."
                }
                _ => "WhatsApp sent a notice without words.",
            });
            Meaning::Said(Said { content: Content::Notice { text }, opens_window: false })
        }
    }
}
