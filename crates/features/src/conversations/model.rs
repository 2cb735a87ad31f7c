//! What a conversation is, in the database and on a screen.

use base::Time;
use connect::channel::{Channel, Registry};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::{channels::Pause, teams::Team};

macro_rules! text_enum {
    ($(#[$doc:meta])* $name:ident { $($(#[$vdoc:meta])* $variant:ident = $text:literal,)* }) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, serde::Serialize, serde::Deserialize, schemars::JsonSchema)]
        pub enum $name { $($(#[$vdoc])* #[serde(rename = $text)] $variant,)* }

        impl $name {
            /// The name in the API and the database.
            pub const fn as_str(self) -> &'static str { match self { $($name::$variant => $text,)* } }
            /// What a column holds. Its check constraint lets nothing else in; if it did, the first of the values stands in, and the log
            /// says so.
            pub fn of_column(text: &str) -> Self {
                Self::parse(text).unwrap_or_else(|| {
                    tracing::error!(column = stringify!($name), "a column holds an unknown value");
                    [$($name::$variant),*][0]
                })
            }
            /// By its name.
            pub fn parse(text: &str) -> Option<Self> { match text { $($text => Some($name::$variant),)* _ => None } }
        }
    };
}
pub(crate) use text_enum;

text_enum! {
    /// Where a conversation stands.
    State {
        /// Nobody has looked and no team has it.
        New = "new",
        /// Being sorted.
        Triage = "triage",
        /// Waits in a team's queue.
        Queued = "queued",
        /// Somebody has it.
        Assigned = "assigned",
        /// Put aside until a time or the next message.
        Snoozed = "snoozed",
        /// Done.
        Closed = "closed",
    }
}

text_enum! {
    /// How urgent it is.
    Priority {
        /// Can wait.
        Low = "low",
        /// As usual.
        Normal = "normal",
        /// Before the usual.
        High = "high",
        /// Now.
        Urgent = "urgent",
    }
}

/// A conversation with the names a screen shows, as the view `conversation_card` gives it.
#[derive(Debug, Clone)]
#[expect(missing_docs, reason = "the columns of the view of the same names")]
pub struct Card {
    pub id: Uuid,
    pub number: i64,
    pub state: String,
    pub priority: String,
    pub participant_ids: Vec<Uuid>,
    pub last_seq: i64,
    pub inbound_count: i64,
    pub last_message: Option<serde_json::Value>,
    pub last_activity_at: Time,
    pub window_expires_at: Option<Time>,
    pub waiting_since: Option<Time>,
    pub created_at: Time,
    pub channel_id: Uuid,
    pub channel_kind: String,
    pub channel_name: String,
    pub channel_paused_at: Option<Time>,
    pub channel_paused_reason: Option<String>,
    pub contact_id: Uuid,
    pub contact_name: String,
    pub contact_phone: Option<String>,
    pub contact_username: Option<String>,
    pub team_id: Option<Uuid>,
    pub team_name: Option<String>,
    pub team_color: Option<String>,
    pub assignee_id: Option<Uuid>,
    pub assignee_name: Option<String>,
    pub read_count: i64,
    pub scheduled: i32,
    pub snoozed_until: Option<Time>,
    pub closed_at: Option<Time>,
    pub close_reason_id: Option<Uuid>,
    pub close_reason_name: Option<String>,
    pub tags: sqlx::types::Json<Vec<TagRef>>,
    pub tag_ids: Vec<Uuid>,
    pub mentioned: bool,
    pub pinned_notes: i32,
    pub blocked: bool,
    pub folded_count: i32,
    pub reply_waits: bool,
}

/// A conversation as the API shows it.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct ConversationView {
    /// Its id.
    pub id: Uuid,
    /// The number people call it by.
    pub number: i64,
    /// Where it stands.
    pub state: State,
    /// The customer.
    pub contact: ContactRef,
    /// Over which channel.
    pub channel: ChannelRef,
    /// Whose queue it is in.
    pub team: Option<Team>,
    /// Who has it.
    pub assignee: Option<Assignee>,
    /// How urgent it is.
    pub priority: Priority,
    /// Its tags, by name.
    pub tags: Vec<TagRef>,
    /// Messages of the customer that the caller has not read. Absent in events, which go to many.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub unread: Option<i64>,
    /// Messages of the caller that wait for their time. Absent in events, which go to many.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub scheduled: Option<i32>,
    /// Messages of the customer so far.
    pub inbound_count: i64,
    /// The last thing said.
    #[schemars(with = "Option<LastMessage>")]
    pub last_message: Option<serde_json::Value>,
    /// When the last thing happened.
    pub last_activity_at: Time,
    /// Until when free text may be sent; `null` where the channel knows no limit or the customer has not written.
    pub window_expires_at: Option<Time>,
    /// Since when the customer waits for an answer.
    pub waiting_since: Option<Time>,
    /// When it began.
    pub created_at: Time,
    /// Until when it is put aside; `null` while it is not, or until the customer writes.
    pub snoozed_until: Option<Time>,
    /// It is put aside until the customer writes, however long that takes.
    pub snoozed_until_reply: bool,
    /// When it was closed; `null` while it is open.
    pub closed_at: Option<Time>,
    /// Why it was closed.
    pub close_reason: Option<CloseReasonRef>,
    /// How many notes are pinned.
    pub pinned_notes: i32,
    /// Whether the caller was mentioned and has not read it. Absent in events, which go to many.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub mentioned: Option<bool>,
    /// Whether the customer is blocked: what they write is kept, and asks for nobody's attention.
    pub blocked: bool,
    /// Messages of a flood, kept and folded, that nobody who has it has looked at.
    pub folded_count: i32,
    /// Whether a reply waits for the customer to write, for its reply window is closed.
    pub reply_waits: bool,
}

/// Why a conversation was closed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct CloseReasonRef {
    /// The reason's id.
    pub id: Uuid,
    /// Its name when it was picked.
    pub name: String,
}

/// The customer of a conversation.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct ContactRef {
    /// Their id.
    pub id: Uuid,
    /// Their name.
    pub name: String,
    /// Their phone number, if known.
    pub phone: Option<String>,
    /// Their user name, if known.
    pub username: Option<String>,
}

/// The channel of a conversation.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct ChannelRef {
    /// Its id.
    pub id: Uuid,
    /// `whatsapp`, …
    pub kind: String,
    /// How people call it.
    pub name: String,
    /// How long after the customer's last message free text may be sent, in seconds; `null` where there is no such limit.
    pub reply_window_seconds: Option<u64>,
    /// The longest text it takes, in Unicode characters.
    pub max_text_chars: usize,
    /// Whether a reply can quote an earlier message.
    pub can_quote: bool,
    /// Whether templates may be sent over it, whether its reply window is open or not.
    pub can_send_templates: bool,
    /// It sends nothing for the moment: what is written waits and leaves when it goes on. `null` while it sends.
    pub paused: Option<Pause>,
}

/// A tag on a conversation.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct TagRef {
    /// Its id.
    pub id: Uuid,
    /// What it says.
    pub name: String,
    /// Its colour, by name.
    pub color: String,
}

/// Who has a conversation.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct Assignee {
    /// Their id.
    pub id: Uuid,
    /// Their name.
    pub name: String,
}

/// The last thing said, as a list shows it.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
pub struct LastMessage {
    /// The message.
    pub id: Uuid,
    /// Its place in the conversation.
    pub seq: i64,
    /// `in` or `out`.
    pub direction: String,
    /// `reply` or `note`.
    pub kind: String,
    /// One line.
    pub preview: String,
    /// Who said it.
    pub author_name: String,
    /// Who said it, if a colleague.
    pub author_id: Option<Uuid>,
    /// When.
    pub created_at: Time,
}

impl Card {
    /// As events show it, without what differs from reader to reader.
    pub fn shared(&self) -> ConversationView {
        let capabilities = Registry.get(&self.channel_kind).map(Channel::capabilities);
        ConversationView {
            id: self.id,
            number: self.number,
            state: State::of_column(&self.state),
            contact: ContactRef {
                id: self.contact_id,
                name: self.contact_name.clone(),
                phone: self.contact_phone.clone(),
                username: self.contact_username.clone(),
            },
            channel: ChannelRef {
                id: self.channel_id,
                kind: self.channel_kind.clone(),
                name: self.channel_name.clone(),
                reply_window_seconds: capabilities.and_then(|c| c.reply_window).map(|w| w.as_secs()),
                max_text_chars: capabilities.map_or(0, |c| c.max_text_chars),
                can_quote: capabilities.is_some_and(|c| c.reply_to),
                can_send_templates: capabilities.is_some_and(|c| c.templates),
                paused: self.channel_paused_at.map(|since| Pause {
                    since,
                    by_person: self.channel_paused_reason.is_some(),
                    reason: self.channel_paused_reason.clone().filter(|reason| !reason.is_empty()),
                }),
            },
            team: self.team_id.map(|id| Team {
                id,
                name: self.team_name.clone().unwrap_or_default(),
                color: self.team_color.clone().unwrap_or_default(),
            }),
            assignee: self.assignee_id.map(|id| Assignee { id, name: self.assignee_name.clone().unwrap_or_default() }),
            priority: Priority::of_column(&self.priority),
            tags: self.tags.0.clone(),
            unread: None,
            scheduled: None,
            inbound_count: self.inbound_count,
            last_message: self.last_message.clone(),
            last_activity_at: self.last_activity_at,
            window_expires_at: self.window_expires_at,
            waiting_since: self.waiting_since,
            created_at: self.created_at,
            snoozed_until: self.snoozed_until,
            snoozed_until_reply: self.state == State::Snoozed.as_str() && self.snoozed_until.is_none(),
            closed_at: self.closed_at,
            close_reason: self
                .close_reason_id
                .map(|id| CloseReasonRef { id, name: self.close_reason_name.clone().unwrap_or_default() }),
            pinned_notes: self.pinned_notes,
            mentioned: None,
            blocked: self.blocked,
            folded_count: self.folded_count,
            reply_waits: self.reply_waits,
        }
    }

    /// Fills in its tags from those of a page, as they were put and as they are now, in the order in which they are shown.
    pub fn show_tags(&mut self, tags: &[(Uuid, TagRef)]) {
        self.tags.0.clear();
        for (_, tag) in tags.iter().filter(|(put, _)| self.tag_ids.contains(put)) {
            if !self.tags.0.contains(tag) {
                self.tags.0.push(tag.clone());
            }
        }
    }

    /// As the caller sees it.
    pub fn personal(&self) -> ConversationView {
        ConversationView {
            unread: Some((self.inbound_count - self.read_count).max(0)),
            scheduled: Some(self.scheduled),
            mentioned: Some(self.mentioned),
            ..self.shared()
        }
    }
}

/// The one-line preview a list can show.
pub fn shorten(preview: &str) -> String {
    const MAX: usize = 160;
    let line: String = preview.split_whitespace().collect::<Vec<_>>().join(" ");
    if line.chars().count() <= MAX { line } else { line.chars().take(MAX - 1).chain(['…']).collect() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn previews_are_one_short_line_whatever_the_customer_sends() {
        assert_eq!(shorten("a\n\n b\tc"), "a b c");
        assert_eq!(shorten(&"é".repeat(500)).chars().count(), 160);
        assert_eq!(State::parse(State::Snoozed.as_str()), Some(State::Snoozed));
    }
}
