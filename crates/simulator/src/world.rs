//! Everything the simulator knows, behind one lock.

use std::collections::{BTreeMap, HashMap, HashSet, VecDeque};
use std::sync::Arc;

use serde::Serialize;
use serde_json::Value;
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;

use crate::Number;
use crate::chance;
use crate::faults::Faults;
use crate::ledger::{Ledger, SentEntry, WebhookEntry};
use crate::limits::Limits;
use crate::mail::CaughtMail;
use crate::media::Media;
use crate::people::{self, Customer, NewCustomer};
use crate::settings::Settings;
use crate::webhook::queue::Item;
use crate::webhook::status::Flow;

/// The customer service window, in seconds.
pub(crate) const WINDOW_SECONDS: i64 = 24 * 3600;

/// A number and what belongs to it.
pub(crate) struct Line {
    pub number: Number,
    /// Set through `subscribed_apps` or `webhook_configuration`; wins over the number's own address.
    pub override_url: Option<String>,
    /// What the provider says of the number where it is not what it says of any: `quality_rating`, `throughput`, …
    pub facts: BTreeMap<String, Value>,
    pub queue: mpsc::UnboundedSender<Item>,
    /// The last events delivered, for a redelivery that is batched differently.
    pub recent: VecDeque<Item>,
}

impl Line {
    /// Where webhooks of this number go.
    pub(crate) fn webhook_url(&self) -> Option<&str> {
        self.override_url.as_deref().or(self.number.webhook_url.as_deref())
    }
}

/// One bubble on the phone.
#[derive(Clone, Serialize)]
pub(crate) struct ChatMessage {
    pub wamid: String,
    /// `customer` or `business`.
    pub from: &'static str,
    /// Unix milliseconds of the virtual clock.
    pub at: i64,
    /// The typed message object as it went over the wire.
    pub message: Value,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reply_to: Option<String>,
    /// The customer's: `sent`, `acked`, `read`. The business's: `accepted`, `sent`, `delivered`, `read`, `failed`.
    pub state: &'static str,
    /// Emoji by `customer` and `business`.
    pub reactions: BTreeMap<&'static str, String>,
    pub edited: bool,
    pub revoked: bool,
    /// Whether the phone shows it: a business message that failed never arrives.
    #[serde(skip)]
    pub shown: bool,
    #[serde(skip)]
    pub flow: Option<Arc<Flow>>,
}

impl ChatMessage {
    /// A plain bubble. The customer's own are on their phone at once, the business's when they are delivered.
    pub(crate) fn new(wamid: String, from: &'static str, at: i64, message: Value) -> Self {
        let own = from == "customer";
        Self {
            wamid,
            from,
            at,
            message,
            reply_to: None,
            state: if own { "sent" } else { "accepted" },
            reactions: BTreeMap::new(),
            edited: false,
            revoked: false,
            shown: own,
            flow: None,
        }
    }

    /// Puts `who`'s emoji on the bubble; an empty one takes it away.
    pub(crate) fn react(&mut self, who: &'static str, emoji: &str) {
        if emoji.is_empty() {
            self.reactions.remove(who);
        } else {
            self.reactions.insert(who, emoji.to_owned());
        }
    }
}

/// What one customer and one number said to each other.
#[derive(Default)]
pub(crate) struct Chat {
    pub messages: VecDeque<ChatMessage>,
    /// Unix seconds of the customer's last message.
    pub last_inbound: Option<i64>,
}

impl Chat {
    pub(crate) fn find(&mut self, wamid: &str) -> Option<&mut ChatMessage> {
        self.messages.iter_mut().rev().find(|message| message.wamid == wamid)
    }

    /// Whether the 24 hours after the customer's last message are still running at `now` (Unix seconds).
    pub(crate) fn window_open(&self, now: i64) -> bool {
        self.last_inbound.is_some_and(|last| now < last + WINDOW_SECONDS)
    }
}

/// A message template, reduced to what sends are checked against and lists show.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct Template {
    pub id: String,
    pub name: String,
    pub language: String,
    pub status: String,
    pub category: String,
    /// `POSITIONAL` or `NAMED`.
    pub parameter_format: String,
    pub components: Value,
    /// Why it was rejected.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub rejected_reason: Option<String>,
}

impl Template {
    /// An approved one.
    pub(crate) fn new(name: &str, language: &str, components: Value) -> Self {
        Self {
            id: chance::numeric_id(),
            name: name.to_owned(),
            language: language.to_owned(),
            status: "APPROVED".into(),
            category: "UTILITY".into(),
            parameter_format: "POSITIONAL".into(),
            components,
            rejected_reason: None,
        }
    }
}

/// Key of a chat: phone number id and customer id.
pub(crate) type ChatKey = (String, String);

/// The whole state.
pub(crate) struct World {
    pub lines: BTreeMap<String, Line>,
    /// Numbers that were there and were deleted: they answer 33, not "never heard of".
    pub retired: HashSet<String>,
    pub customers: Vec<Customer>,
    pub chats: HashMap<ChatKey, Chat>,
    /// Which chat a message id belongs to, for as long as the chat keeps the message.
    pub wamids: HashMap<String, ChatKey>,
    pub media: HashMap<String, Media>,
    /// By business account.
    pub templates: HashMap<String, Vec<Template>>,
    /// Business accounts an app is subscribed to, with the override address if there is one.
    pub subscriptions: BTreeMap<String, Option<String>>,
    pub faults: Faults,
    pub settings: Settings,
    pub sent: Ledger<SentEntry>,
    /// How often the same callback data was accepted, by number and data.
    pub callback_counts: HashMap<(String, String), u32>,
    pub webhooks: Ledger<WebhookEntry>,
    pub mails: Ledger<CaughtMail>,
    pub limits: Limits,
    /// Cancelled by a reset: what was under way then stops.
    pub epoch: CancellationToken,
}

impl World {
    pub(crate) fn new(epoch: CancellationToken) -> Self {
        Self {
            lines: BTreeMap::new(),
            retired: HashSet::new(),
            customers: people::seed(),
            chats: HashMap::new(),
            wamids: HashMap::new(),
            media: HashMap::new(),
            templates: HashMap::new(),
            subscriptions: BTreeMap::new(),
            faults: Faults::default(),
            settings: Settings::default(),
            sent: Ledger::default(),
            callback_counts: HashMap::new(),
            webhooks: Ledger::default(),
            mails: Ledger::default(),
            limits: Limits::default(),
            epoch,
        }
    }

    pub(crate) fn customer(&self, id: &str) -> Option<&Customer> {
        self.customers.iter().find(|customer| customer.answers_to(id))
    }

    /// The customer with this phone number, made on the spot if nobody has it: everybody dialled is on WhatsApp unless told
    /// otherwise.
    pub(crate) fn customer_by_phone(&mut self, wa_id: &str) -> Option<Customer> {
        if let Some(found) = self.customers.iter().find(|customer| customer.wa_id.as_deref() == Some(wa_id)) {
            return Some(found.clone());
        }
        let new = NewCustomer { wa_id: Some(wa_id.to_owned()), name: Some(format!("+{wa_id}")), ..NewCustomer::default() };
        let customer = Customer::new(new, &self.customers).ok()?;
        self.customers.push(customer.clone());
        Some(customer)
    }

    /// Puts a bubble into a chat, dropping the oldest over the cap.
    pub(crate) fn record(&mut self, key: &ChatKey, message: ChatMessage) {
        let cap = self.settings.chat_cap.max(1);
        self.wamids.insert(message.wamid.clone(), key.clone());
        let chat = self.chats.entry(key.clone()).or_default();
        chat.messages.push_back(message);
        while chat.messages.len() > cap {
            if let Some(gone) = chat.messages.pop_front() {
                self.wamids.remove(&gone.wamid);
            }
        }
    }

    /// The bubble with this id, wherever it is.
    pub(crate) fn message(&mut self, wamid: &str) -> Option<(ChatKey, &mut ChatMessage)> {
        let key = self.wamids.get(wamid)?.clone();
        let message = self.chats.get_mut(&key)?.find(wamid)?;
        Some((key, message))
    }

    /// Writes an accepted send into the ledger.
    pub(crate) fn note_sent(&mut self, make: impl FnOnce(u64) -> SentEntry) {
        let (id, dropped) = self.sent.push(self.settings.ledger_cap, make);
        if let Some(entry) = self.sent.get_mut(id)
            && let Some(data) = &entry.biz_opaque_callback_data
        {
            *self.callback_counts.entry((entry.phone_number_id.clone(), data.clone())).or_default() += 1;
        }
        for entry in dropped {
            let Some(data) = entry.biz_opaque_callback_data else { continue };
            let key = (entry.phone_number_id, data);
            if let Some(count) = self.callback_counts.get_mut(&key) {
                *count -= 1;
                if *count == 0 {
                    self.callback_counts.remove(&key);
                }
            }
        }
    }

    /// Back to the beginning, keeping only the numbers (with what they were told about webhooks).
    pub(crate) fn reset(&mut self, epoch: CancellationToken) {
        let old = std::mem::replace(&mut self.epoch, epoch);
        old.cancel();
        self.customers = people::seed();
        self.chats.clear();
        self.wamids.clear();
        self.media.clear();
        self.templates.clear();
        self.faults.clear();
        self.settings = Settings::default();
        self.sent.clear();
        self.callback_counts.clear();
        self.webhooks.clear();
        self.mails.clear();
        self.limits = Limits::default();
        for line in self.lines.values_mut() {
            line.recent.clear();
            line.facts.clear();
        }
    }
}
