//! Message templates: texts that the provider has approved and that may go out when the reply window is closed.

use base::Time;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::MediaKind;

/// A template as the provider lists it.
#[derive(Debug, Clone, PartialEq)]
pub struct Template {
    /// The provider's id.
    pub external_id: String,
    /// Its name.
    pub name: String,
    /// Its language, as the provider writes it (`pt_BR`).
    pub language: String,
    /// `marketing`, `utility`, …
    pub category: String,
    /// `approved`, `pending`, …
    pub status: String,
    /// `green`, `yellow`, `red`, where the provider says.
    pub quality: Option<String>,
    /// Its variables have names rather than numbers.
    pub named: bool,
    /// Header, body, footer and buttons as the provider describes them.
    pub components: serde_json::Value,
    /// Why it was rejected.
    pub rejected_reason: Option<String>,
}

/// One page of the provider's list.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct TemplatePage {
    /// The templates.
    pub templates: Vec<Template>,
    /// What to ask for next; `None` at the end.
    pub next: Option<String>,
}

/// The provider says that something about a template changed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TemplateNotice {
    /// The account that owns the template, which several channels may share (WhatsApp: the business account's id).
    pub owner: String,
    /// The provider's id of the template.
    pub external_id: Option<String>,
    /// Its name.
    pub name: String,
    /// Its language.
    pub language: String,
    /// When.
    pub at: Option<Time>,
    /// What.
    pub change: TemplateChange,
}

/// What may change about a template.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum TemplateChange {
    /// It may be used, or not any more.
    Status {
        /// The new status, in lower case.
        status: String,
        /// Why.
        reason: Option<String>,
    },
    /// How customers receive it.
    Quality(String),
    /// The provider put it into another category.
    Category(String),
    /// What it says was changed elsewhere: read it again.
    Components,
}

/// A template with everything filled in, as the customer reads it and as it is sent.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct TemplateMessage {
    /// Its name.
    pub name: String,
    /// Its language.
    pub language: String,
    /// The line on top, filled; for a file its address.
    pub header: Option<String>,
    /// What the file on top is, where one was uploaded: the message's attachment.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub header_file: Option<MediaKind>,
    /// The words, filled.
    pub body: String,
    /// The line below.
    pub footer: Option<String>,
    /// The buttons, filled.
    #[serde(default)]
    pub buttons: Vec<TemplateButton>,
    /// What was filled in.
    #[serde(default)]
    pub values: Vec<TemplateValue>,
}

/// A button as the customer sees it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct TemplateButton {
    /// `quick_reply`, `url`, `phone_number`, `copy_code`, …
    pub kind: String,
    /// What stands on it.
    pub text: String,
    /// Where it leads, filled; the number it calls or the code it copies.
    pub value: Option<String>,
}

/// One value that was filled in.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct TemplateValue {
    /// Where.
    pub place: TemplatePlace,
    /// The variable's name, where it has one.
    pub name: Option<String>,
    /// The value: words, or the address of a file.
    pub value: String,
}

/// Where a value stands.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "in", rename_all = "snake_case")]
pub enum TemplatePlace {
    /// In the header.
    Header {
        /// `text`, `image`, `video` or `document`.
        kind: String,
    },
    /// In the body.
    Body,
    /// On a button.
    Button {
        /// Which one, from 0.
        index: u32,
        /// `quick_reply`, `url` or `copy_code`.
        kind: String,
    },
}
