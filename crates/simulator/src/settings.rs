//! What can be tuned at run time, as `GET` and `PATCH /_sim/settings` show it.

use serde::{Deserialize, Serialize};

/// Tunable behaviour. Times are milliseconds of real time.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct Settings {
    /// From the accepted send to the `sent` status.
    pub sent_ms: u64,
    /// From `sent` to `delivered`.
    pub delivered_ms: u64,
    /// From `delivered` to `read`, where reading is automatic.
    pub read_ms: u64,
    /// Up to this much is added to each of the three at random.
    pub jitter_ms: u64,
    /// Customers read by themselves; otherwise when the phone page shows the chat. A customer's own setting wins.
    pub auto_read: bool,
    /// Wait before the first repeat of a webhook that was not answered 200; doubles up to `retry_max_ms`.
    pub retry_first_ms: u64,
    /// Longest wait between two tries of a webhook.
    pub retry_max_ms: u64,
    /// Tries of one webhook before it is given up.
    pub retry_tries: u32,
    /// Time a webhook call may take.
    pub webhook_timeout_ms: u64,
    /// Webhook calls under way at once per number. Read when a number is added.
    pub concurrency: usize,
    /// Entries kept in each ledger (sends, webhook calls); the oldest go first.
    pub ledger_cap: usize,
    /// Mails kept in the mailbox.
    pub mail_cap: usize,
    /// Messages kept per chat.
    pub chat_cap: usize,
    /// Bytes of files kept; the oldest go first.
    pub media_cap: usize,
    /// How long the download address of a file lives, in seconds of the virtual clock.
    pub media_url_seconds: i64,
    /// Where downloads are, if not under the simulator's own address: the provider has another host for them.
    pub media_origin: Option<String>,
    /// Free messages need an open 24 h window (131047).
    pub enforce_window: bool,
    /// Templates must exist and match (132001, 132000).
    pub enforce_templates: bool,
    /// At most one message per six seconds to one user, with a burst of 45 (131056).
    pub enforce_pair_rate: bool,
    /// At most `throughput_per_second` messages per number (130429).
    pub enforce_throughput: bool,
    /// The throughput limit, in messages per second.
    pub throughput_per_second: u32,
    /// Webhooks carry business-scoped user ids, as they do since spring 2026. Customers without a phone keep theirs anyway.
    pub user_ids: bool,
    /// Statuses carry the `conversation` object, as they did before v24.
    pub conversation_objects: bool,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            sent_ms: 150,
            delivered_ms: 400,
            read_ms: 1500,
            jitter_ms: 100,
            auto_read: true,
            retry_first_ms: 500,
            retry_max_ms: 10_000,
            retry_tries: 200,
            webhook_timeout_ms: 10_000,
            concurrency: 8,
            ledger_cap: 100_000,
            mail_cap: 200,
            chat_cap: 500,
            media_cap: 512 * 1024 * 1024,
            media_url_seconds: 5 * 60,
            media_origin: None,
            enforce_window: true,
            enforce_templates: true,
            enforce_pair_rate: false,
            enforce_throughput: false,
            throughput_per_second: 80,
            user_ids: true,
            conversation_objects: true,
        }
    }
}

impl Settings {
    /// The settings with the keys of `patch` put over them; an unknown key or a wrong type is an error that names it.
    pub(crate) fn patched(&self, patch: &serde_json::Map<String, serde_json::Value>) -> Result<Self, serde_json::Error> {
        let mut whole = serde_json::to_value(self)?;
        if let Some(object) = whole.as_object_mut() {
            object.extend(patch.clone());
        }
        serde_json::from_value(whole)
    }
}
