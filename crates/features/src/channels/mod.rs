//! Channels: the company's accounts at the providers. Owns `channel`. Credentials are write-only and encrypted at rest.

mod health;
mod http;
mod notices;
mod secrets;
mod service;
mod store;

use std::sync::Arc;

use base::Time;
use connect::channel::{Channel as Adapter, Settings};
use kernel::http::Routes;
use schemars::JsonSchema;
use serde::Serialize;
use uuid::Uuid;

pub use health::{in_trouble, learn, mark_probed, pause, resume, to_probe, works};
pub use http::{ChannelId, ChannelsManage};
pub use notices::{Noticed, Warning, ask_soon, noticed, speaks_for};
pub use service::{NewChannel, create, ensure, get, live, live_in};
pub use store::{Brief, Route, active, brief, reopen_hours, routes_for};

use crate::App;

/// The event that says a channel was set up; its data hold its `id`. For readers of the log, not for screens.
pub const CREATED: &str = "channel.created";

/// The event that tells admins what a channel is now, and whether it works; its data hold the channel.
pub const UPDATED: &str = "channel.updated";

/// The event that tells everybody who writes whether a channel sends; its data hold the `channel_id` and `paused`, a [`Pause`] or null.
pub const PAUSED: &str = "channel.paused";

/// A channel sends nothing for the moment; what is written waits, and leaves when it goes on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Pause {
    /// Since when.
    pub since: Time,
    /// Whether a person paused it; else the provider takes nothing over it.
    pub by_person: bool,
    /// Why, as that person put it.
    pub reason: Option<String>,
}

/// A channel as the API shows it. Its credentials are not here, on purpose.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct Channel {
    /// Its id: part of the webhook address.
    pub id: Uuid,
    /// `whatsapp`, …
    pub kind: String,
    /// How people call it.
    pub name: String,
    /// The team whose queue its new conversations join.
    pub team_id: Option<Uuid>,
    /// What is no secret. WhatsApp: `phone_number_id`, `business_account_id`, `api_base`.
    pub config: serde_json::Value,
    /// The credentials that are set, by name.
    pub credentials_set: Vec<String>,
    /// The address to enter at the provider.
    pub webhook_url: String,
    /// Whether it receives and sends.
    pub active: bool,
    /// `ok`, or `trouble` with `health_words` saying what to do.
    pub health: String,
    /// What is wrong, in words, with the provider's own behind them.
    pub health_detail: Option<String>,
    /// What is wrong, as the provider names it, or MAX.
    pub health_code: Option<String>,
    /// What is wrong and what to do, in words.
    pub health_words: Option<String>,
    /// Since when it sends nothing; what is queued is kept. `null` while it sends.
    pub paused_at: Option<Time>,
    /// Why.
    pub paused_reason: Option<String>,
    /// Who paused it; `null` where MAX did, which then goes on by itself when the account is well.
    pub paused_by: Option<String>,
    /// Messages a second that the provider grants, where it has said so.
    pub throughput: Option<i32>,
    /// Its number as customers see it, where the provider has said so.
    pub number: Option<String>,
    /// What the provider thinks of what is sent over it: `good`, `middling`, `low`.
    pub quality: Option<String>,
    /// How many customers may be written to first in a day; 0: as many as one likes.
    pub daily_limit: Option<i32>,
    /// What stands against it and does not keep it from sending.
    pub warnings: Vec<Warning>,
    /// How many hours after the close a customer's message reopens the closed conversation; 0: it always begins a new one.
    pub reopen_hours: i32,
    /// Until when the secret that was replaced last is taken beside the new one; `null`: only the one in use is.
    pub previous_secret_until: Option<Time>,
    /// The language of its templates and texts unless said, as the provider writes it (`pt_BR`).
    pub language: Option<String>,
    /// When it was set up.
    pub created_at: Time,
    /// When it was last changed.
    pub updated_at: Time,
}

/// A channel ready for use: decrypted settings, and the adapter that speaks its provider's language.
#[derive(Clone)]
pub struct Live {
    /// Configuration and secrets.
    pub settings: Arc<Settings>,
    /// The adapter.
    pub kind: &'static dyn Adapter,
    /// The team whose queue its new conversations join.
    pub team_id: Option<Uuid>,
    /// How many hours after the close a message reopens the closed conversation.
    pub reopen_hours: i32,
    /// Messages a second that the provider grants, where it has said so.
    pub throughput: Option<u32>,
}

impl Live {
    /// The channel's id.
    pub fn id(&self) -> Uuid {
        self.settings.channel_id
    }
}

impl std::fmt::Debug for Live {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Live({})", self.id())
    }
}

/// The routes.
pub fn routes() -> Routes<App> {
    http::routes()
}
