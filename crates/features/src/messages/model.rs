//! What a message is, on a screen; and the reply window.

use base::Time;
use chrono::Duration;
use connect::channel::{Content, ProviderError};
use schemars::JsonSchema;
use serde::Serialize;
use uuid::Uuid;

use super::{
    Mention, Status,
    origin::{self, Referral},
    store::MessageRow,
};
use crate::{
    App,
    conversations::text_enum,
    media::{MediaRow, MediaView},
};

text_enum! {
    /// Which way a message went.
    Direction {
        /// From the customer.
        In = "in",
        /// From the company.
        Out = "out",
    }
}

text_enum! {
    /// Whether the customer sees it.
    Kind {
        /// Said between customer and company.
        Reply = "reply",
        /// Among colleagues only.
        Note = "note",
    }
}

text_enum! {
    /// What said it.
    AuthorType {
        /// The customer.
        Contact = "contact",
        /// A colleague.
        User = "user",
        /// MAX.
        System = "system",
    }
}

/// A message as the API shows it.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct MessageView {
    /// Its id.
    pub id: Uuid,
    /// Where it was said.
    pub conversation_id: Uuid,
    /// Its place there: the order everyone sees. `null` while it is held: order is that of sending.
    pub seq: Option<i64>,
    /// The sender's own id for it, for sends.
    pub client_id: Option<String>,
    /// Which way it went.
    pub direction: Direction,
    /// Whether the customer sees it.
    pub kind: Kind,
    /// Who said it.
    pub author: Author,
    /// The words, where there are any.
    pub text: Option<String>,
    /// What it holds.
    #[schemars(with = "Content")]
    pub content: serde_json::Value,
    /// One line that says what it is, for kinds without a rich view.
    pub preview: String,
    /// Files that came with it.
    pub attachments: Vec<MediaView>,
    /// What it answers.
    pub reply_to: Option<Quote>,
    /// What became of it.
    pub status: Status,
    /// When it will be said, while it is held.
    pub release_at: Option<Time>,
    /// What it waits for, where that is no time: `customer`, whose next message releases it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub waits_for: Option<&'static str>,
    /// When it stops waiting for that.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub expires_at: Option<Time>,
    /// Why it failed, in words.
    #[schemars(with = "Option<MessageError>")]
    pub error: Option<serde_json::Value>,
    /// The provider's time of it.
    pub sent_at: Option<Time>,
    /// When it was written to MAX.
    pub created_at: Time,
    /// Who is mentioned in it, for notes.
    pub mentions: Vec<Mention>,
    /// Whether it is pinned, for notes.
    pub pinned: bool,
    /// When its words were last changed, if they were.
    pub edited_at: Option<Time>,
    /// Who reacted how, the first first.
    pub reactions: Vec<ReactionView>,
    /// What it said before its words were changed.
    pub original_text: Option<String>,
    /// When the customer took it back.
    pub revoked_at: Option<Time>,
    /// It was handed on from another chat.
    pub forwarded: bool,
    /// What the customer pressed before they wrote it.
    pub referral: Option<Referral>,
    /// Part of a flood: more than a customer may write in a while. Screens fold what lies one after the other.
    pub folded: bool,
    /// How much feedback it has. Only for its author and for those who may give feedback; absent in events, which go to many.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub feedback_count: Option<i32>,
}

/// Who said something.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct Author {
    /// What said it.
    pub r#type: AuthorType,
    /// Their id.
    pub id: Option<Uuid>,
    /// Their name then.
    pub name: String,
}

/// An emoji on a message.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct ReactionView {
    /// The emoji.
    pub emoji: String,
    /// The customer, or a colleague for the company.
    pub by: AuthorType,
    /// Their name then.
    pub author_name: String,
    /// When.
    pub at: Time,
    /// Why the customer does not see it, in words.
    pub error: Option<String>,
}

/// What a message answers.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct Quote {
    /// The message, where MAX has it.
    pub id: Option<Uuid>,
    /// One line of it; `null` where it is unavailable.
    pub preview: Option<String>,
}

/// Why a message failed: the shape of the JSON that rows hold.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct MessageError {
    /// The provider's code.
    pub code: String,
    /// What happened and what to do.
    pub message: String,
    /// The provider's own words.
    pub detail: Option<String>,
    /// What it comes down to, whatever the channel calls it: `window_closed` (the customer has to write first), `account` (an admin has to act);
    /// absent for all else.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Option<String>")]
    pub reason: Option<&'static str>,
}

/// What an error comes down to.
fn reason_of(app: &App, code: &str) -> Option<&'static str> {
    if code == "window_closed" {
        return Some("window_closed");
    }
    let explained = app.channels.all().into_iter().find_map(|kind| kind.explain(code))?;
    match (explained.window, explained.account) {
        (true, _) => Some("window_closed"),
        (_, true) => Some("account"),
        _ => None,
    }
}

/// An error as the API shows it.
pub(super) fn shown_error(app: &App, error: Option<&serde_json::Value>) -> Option<serde_json::Value> {
    let mut error = error?.clone();
    if let Some(reason) = error["code"].as_str().and_then(|code| reason_of(app, code)) {
        error["reason"] = reason.into();
    }
    Some(error)
}

impl MessageRow {
    /// Its files, in their order.
    pub fn files(&self) -> &[MediaRow] {
        self.media.as_ref().map_or(&[], |media| &media.0)
    }

    /// The words in it, where there are any.
    pub fn text(&self) -> Option<String> {
        text_of(&self.content)
    }

    /// As the API shows it.
    pub fn view(&self, app: &App) -> MessageView {
        MessageView {
            id: self.id,
            conversation_id: self.conversation_id,
            seq: Some(self.seq),
            client_id: self.client_id.clone(),
            direction: Direction::of_column(&self.direction),
            kind: Kind::of_column(&self.kind),
            author: Author {
                r#type: AuthorType::of_column(&self.author_type),
                id: self.author_id,
                name: self.author_name.clone(),
            },
            text: self.text(),
            content: self.content.clone(),
            preview: self.preview.clone(),
            attachments: self.files().iter().map(|file| file.view(app)).collect(),
            reply_to: self.reply_to_external.as_ref().map(|_| Quote { id: self.quoted_id, preview: self.quoted_preview.clone() }),
            status: self.status(),
            release_at: None,
            waits_for: None,
            expires_at: None,
            error: shown_error(app, self.error.as_ref()),
            sent_at: self.sent_at,
            created_at: self.created_at,
            mentions: self.mentions.as_ref().map(|m| m.0.clone()).unwrap_or_default(),
            pinned: self.pinned_at.is_some(),
            edited_at: self.edited_at,
            reactions: self.reaction_views(),
            original_text: self.original_content.as_ref().and_then(text_of),
            revoked_at: self.revoked_at,
            forwarded: origin::forwarded(self.meta.as_ref()),
            referral: origin::referral(self.meta.as_ref()),
            folded: self.folded,
            feedback_count: None,
        }
    }

    /// As this reader sees it; `judges` are those who may give feedback here.
    pub fn view_for(&self, app: &App, reader: Option<Uuid>, judges: bool) -> MessageView {
        let by_user = self.author_type == AuthorType::User.as_str();
        let feedback_count = (by_user && (judges || self.author_id == reader)).then_some(self.feedback_count);
        MessageView { feedback_count, ..self.view(app) }
    }

    fn reaction_views(&self) -> Vec<ReactionView> {
        let kept = self.reactions.iter().flat_map(|reactions| &reactions.0);
        let view = |r: &super::Reaction| {
            Some(ReactionView {
                emoji: r.emoji.clone()?,
                by: AuthorType::of_column(&r.by),
                author_name: r.author_name.clone(),
                at: r.at,
                error: r.error.clone(),
            })
        };
        kept.filter_map(view).collect()
    }

    /// Its status.
    pub fn status(&self) -> Status {
        Status::of_column(&self.status)
    }
}

/// The words in a message's content.
fn text_of(content: &serde_json::Value) -> Option<String> {
    serde_json::from_value::<Content>(content.clone()).ok().and_then(|c| c.text().map(str::to_owned))
}

/// Whether free text may be sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum WindowState {
    /// Yes: the channel knows no limit, or the customer wrote recently.
    Open,
    /// No, since then; or the customer has never written.
    Closed(Option<Time>),
}

/// The reply window at `now`. The provider's clock decides in the end, so we close a little early.
pub fn window_state(limited: bool, expires_at: Option<Time>, now: Time) -> WindowState {
    match expires_at {
        _ if !limited => WindowState::Open,
        Some(at) if now < at - Duration::seconds(10) => WindowState::Open,
        closed => WindowState::Closed(closed),
    }
}

/// A provider's error as a message keeps it.
pub(super) fn error_json(error: &ProviderError) -> serde_json::Value {
    serde_json::to_value(error).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn the_window_is_open_exactly_until_shortly_before_its_end(offset in -200_000i64..200_000) {
            let expires = chrono::DateTime::from_timestamp(1_800_000_000, 0).unwrap();
            let now = expires + Duration::seconds(offset);
            let open = window_state(true, Some(expires), now) == WindowState::Open;
            prop_assert_eq!(open, offset < -10);
            prop_assert_eq!(window_state(false, None, now), WindowState::Open);
            prop_assert_eq!(window_state(true, None, now), WindowState::Closed(None));
        }
    }
}
