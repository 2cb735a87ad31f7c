//! What a template is, on a screen.

use base::Time;
use schemars::JsonSchema;
use serde::Serialize;
use uuid::Uuid;

use super::{Variables, store::TemplateRow};

/// A template as the API shows it.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct TemplateView {
    /// Its id.
    pub id: Uuid,
    /// The channel it may be sent over.
    pub channel_id: Uuid,
    /// Its name.
    pub name: String,
    /// Its language, as the provider writes it (`pt_BR`).
    pub language: String,
    /// `marketing`, `utility`, …
    pub category: String,
    /// `approved` may be sent; `pending`, `rejected`, `paused`, … may not.
    pub status: String,
    /// How customers receive it: `green`, `yellow`, `red`; `null` while nobody knows.
    pub quality: Option<String>,
    /// `named` or `positional`: how its variables are called.
    pub parameter_format: String,
    /// Header, body, footer and buttons as the provider describes them.
    pub components: serde_json::Value,
    /// Why it was rejected.
    pub rejected_reason: Option<String>,
    /// When it was last read from the provider.
    pub synced_at: Time,
    /// What you last saved to be filled in. Absent in events, which go to many.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub defaults: Option<Variables>,
}

impl TemplateRow {
    pub(super) fn view(self) -> TemplateView {
        TemplateView {
            id: self.id,
            channel_id: self.channel_id,
            name: self.name,
            language: self.language,
            category: self.category,
            status: self.status,
            quality: self.quality,
            parameter_format: if self.named { "named" } else { "positional" }.to_owned(),
            components: self.components,
            rejected_reason: self.rejected_reason,
            synced_at: self.synced_at,
            defaults: self.defaults.and_then(|d| serde_json::from_value(d).ok()),
        }
    }
}
