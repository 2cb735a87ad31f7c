//! How people reach a company from its own web pages: what an admin set, in the core's words.

use std::collections::BTreeMap;

use base::Time;
use schemars::JsonSchema;
use secrecy::SecretString;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// What a page shows, and who may speak from it.
#[derive(Debug, Clone)]
pub struct Widget {
    /// The pages that may carry it, as browsers write their origin (`https://shop.example`).
    pub allowed_origins: Vec<String>,
    /// What stands on top.
    pub title: String,
    /// The one colour, `#rrggbb`.
    pub accent: String,
    /// On which side of the page.
    pub position: Side,
    /// Whether it says what it is made with.
    pub branding: bool,
    /// The languages it speaks, the first where a page asks for another.
    pub languages: Vec<String>,
    /// Words by language and place that stand instead of the widget's own.
    pub texts: Texts,
    /// What people are asked before they write.
    pub prechat: Prechat,
    /// Whether people may send files.
    pub upload: Upload,
    /// What may be noted of a visitor.
    pub collect: Collect,
    /// What proves that a visitor is a user of the company; several while one replaces another.
    pub keys: Vec<VisitorKey>,
}

/// Words by language and place.
pub type Texts = BTreeMap<String, BTreeMap<String, String>>;

/// A key of the company's server, which signs who somebody is.
#[derive(Debug, Clone)]
pub enum VisitorKey {
    /// A shared secret; tokens are signed with HS256.
    Secret(SecretString),
    /// A public key in PEM, P-256; tokens are signed with ES256.
    Public(String),
}

/// What somebody on a page says or does. A channel writes it down as a delivery of its own ([`super::Channel::write_down`]), so that it is
/// kept, deduplicated and ordered like everything else that arrives.
#[derive(Debug, Clone, PartialEq)]
pub enum VisitorSaid {
    /// They wrote, or tapped.
    Message {
        /// The id of it that no other visitor can use.
        id: String,
        /// The words.
        text: Option<String>,
        /// A file they uploaded before.
        file: Option<VisitorFile>,
        /// What they tapped: its id and what stood on it.
        choice: Option<(String, String)>,
        /// The id of the message they answer.
        reply_to: Option<String>,
        /// Their name, where they told it.
        name: Option<String>,
    },
    /// They have, or have seen, everything until then.
    Seen {
        /// Until when.
        at: Time,
        /// Seen, not only received.
        read: bool,
    },
    /// What they, or the company for them, tell about them.
    Profile(VisitorProfile),
}

/// A file that somebody on a page uploaded before they sent it.
#[derive(Debug, Clone, PartialEq)]
pub struct VisitorFile {
    /// MAX's id of it.
    pub id: Uuid,
    /// What its bytes are.
    pub mime_type: Option<String>,
    /// What it is called.
    pub name: String,
    /// Its size, in bytes.
    pub size: Option<i64>,
}

/// What is told about a visitor.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct VisitorProfile {
    /// Their name.
    pub name: Option<String>,
    /// Their e-mail address.
    pub email: Option<String>,
    /// Their phone number.
    pub phone: Option<String>,
    /// Further details by their keys.
    pub attributes: serde_json::Map<String, serde_json::Value>,
    /// The company signed it.
    pub verified: bool,
}

impl VisitorProfile {
    /// Whether it tells anything.
    pub fn is_empty(&self) -> bool {
        self.name.is_none() && self.email.is_none() && self.phone.is_none() && self.attributes.is_empty()
    }
}

/// A side of the page.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Side {
    /// Left.
    Left,
    /// Right.
    #[default]
    Right,
}

/// What people are asked before they write.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Prechat {
    /// Whether they are.
    pub on: bool,
    /// What.
    pub fields: Vec<PrechatField>,
}

/// One thing people are asked.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct PrechatField {
    /// `name`, `email`, `phone`, or the key of a further detail.
    pub key: String,
    /// What stands beside it.
    pub label: String,
    /// `text`, `email` or `tel`: what a phone's keyboard offers.
    #[serde(rename = "type", default)]
    pub kind: PrechatKind,
    /// Whether it must be filled in.
    #[serde(default)]
    pub required: bool,
}

/// What is typed into a field.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum PrechatKind {
    /// Words.
    #[default]
    Text,
    /// An e-mail address.
    Email,
    /// A phone number.
    Tel,
}

/// Whether people may send files.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Upload {
    /// Whether they may.
    pub on: bool,
    /// The largest file, in bytes.
    pub max_bytes: u64,
}

impl Default for Upload {
    fn default() -> Self {
        Self { on: false, max_bytes: 10 << 20 }
    }
}

/// What may be noted of a visitor. Nothing unless an admin says so.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Collect {
    /// The page they are on.
    pub page: bool,
    /// Where they came from.
    pub referrer: bool,
    /// Their browser.
    pub browser: bool,
    /// Their time zone.
    pub time_zone: bool,
}
