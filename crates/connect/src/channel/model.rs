//! The normalised model: what arrives and what leaves, the same for every channel.

use std::{fmt, time::Duration};

use base::{Pii, Time};
use schemars::JsonSchema;
use secrecy::SecretString;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::{AccountNotice, Buttons, DailyLimit, Interactive, List, Place, StructuredLimits, TemplateMessage, TemplateNotice};
use crate::net::Streamed;

/// What a kind of channel can do. The core and the composer read this and never ask for the channel's name.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Capabilities {
    /// How long after the customer's last message free text may be sent, in seconds; `None` where there is no such limit.
    #[serde(rename = "reply_window_seconds", serialize_with = "in_seconds")]
    #[schemars(with = "Option<u64>")]
    pub reply_window: Option<Duration>,
    /// The longest text, in Unicode characters.
    pub max_text_chars: usize,
    /// Templates may be sent, whether the window is open or not.
    pub templates: bool,
    /// Messages can be reacted to.
    pub reactions: bool,
    /// A reply can quote an earlier message.
    pub reply_to: bool,
    /// The provider reports `delivered`.
    pub delivery_receipts: bool,
    /// The provider reports `read`.
    pub read_receipts: bool,
    /// The customer can be shown that their messages were read.
    pub marks_read: bool,
    /// The customer can be shown that somebody is typing.
    pub shows_typing: bool,
    /// The provider itself drops a second send with the same id, so an unconfirmed send may be repeated.
    pub dedupes_sends: bool,
    /// Default pace for one account, in messages a second.
    pub sends_per_second: u32,
    /// What files it takes.
    pub media: MediaLimits,
    /// Most files of one message; 0: it sends none.
    pub media_per_message: usize,
    /// What places and questions with ready answers it takes.
    pub structured: StructuredLimits,
    /// A file goes as an address of MAX's from which the other side fetches it ([`OutgoingMedia::link`]), instead of being handed over first.
    pub media_by_link: bool,
    /// A send that fails is tried for a day rather than for some minutes: the other side is a server of the company's own, which gets
    /// everything in its order when it is back.
    pub persists: bool,
    /// What happens in a conversation can be told ([`super::Channel::notify`]).
    pub notices: bool,
    /// Customers write from the company's own pages, and what they do there can be known ([`super::Channel::widget`]).
    pub visits: bool,
}

/// What files a channel sends, kind by kind; a kind that is absent is not sent at all.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, JsonSchema)]
pub struct MediaLimits {
    /// Pictures.
    pub image: Option<KindLimits>,
    /// Films.
    pub video: Option<KindLimits>,
    /// Recordings and audio files.
    pub audio: Option<KindLimits>,
    /// Any other files.
    pub document: Option<KindLimits>,
    /// Stickers.
    pub sticker: Option<KindLimits>,
}

/// What files of one kind a channel sends.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, JsonSchema)]
pub struct KindLimits {
    /// The MIME types it takes.
    pub mime_types: &'static [&'static str],
    /// The largest file, in bytes.
    pub max_bytes: u64,
    /// The longest caption, in Unicode characters; 0: it carries none.
    pub caption_chars: usize,
}

impl MediaLimits {
    /// A channel that sends no files.
    pub const NONE: Self = Self { image: None, video: None, audio: None, document: None, sticker: None };

    /// What is taken of a kind.
    pub fn of(&self, kind: MediaKind) -> Option<&KindLimits> {
        match kind {
            MediaKind::Image => self.image.as_ref(),
            MediaKind::Video => self.video.as_ref(),
            MediaKind::Audio => self.audio.as_ref(),
            MediaKind::Document => self.document.as_ref(),
            MediaKind::Sticker => self.sticker.as_ref(),
        }
    }
}

fn in_seconds<S: serde::Serializer>(time: &Option<Duration>, serializer: S) -> Result<S::Ok, S::Error> {
    time.map(|t| t.as_secs()).serialize(serializer)
}

/// One configured account of a channel, decrypted. Debug prints no secret.
#[derive(Clone)]
pub struct Settings {
    /// The channel's id in MAX.
    pub channel_id: Uuid,
    /// What an admin may see: `phone_number_id`, `api_base`, …
    pub config: serde_json::Value,
    /// What nobody may see: `access_token`, `app_secret`, …; name and value. While a replaced one still holds, its name is there twice, the
    /// one in use first.
    pub credentials: Vec<(String, SecretString)>,
}

impl Settings {
    /// A text setting, empty counts as absent.
    pub fn text(&self, name: &str) -> Option<&str> {
        self.config.get(name).and_then(|v| v.as_str()).filter(|s| !s.is_empty())
    }

    /// A secret by name, empty counts as absent.
    pub fn secret(&self, name: &str) -> Option<&SecretString> {
        use secrecy::ExposeSecret;
        self.credentials.iter().find(|(n, v)| n == name && !v.expose_secret().is_empty()).map(|(_, v)| v)
    }
}

impl Settings {
    /// Every secret of this name that holds: the one in use first, then one that was replaced a while ago. Empty counts as absent.
    pub fn secrets<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a SecretString> {
        use secrecy::ExposeSecret;
        self.credentials.iter().filter(move |(n, v)| n == name && !v.expose_secret().is_empty()).map(|(_, v)| v)
    }
}

impl fmt::Debug for Settings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Settings").field("channel_id", &self.channel_id).finish_non_exhaustive()
    }
}

/// A field an admin or agent has to mend.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FieldError {
    /// The field's path in the request: `config.phone_number_id`, `text`.
    pub field: String,
    /// What is wrong and what is expected, in words.
    pub message: String,
}

impl FieldError {
    /// A field and what is wrong with it.
    pub fn new(field: impl Into<String>, message: impl Into<String>) -> Self {
        Self { field: field.into(), message: message.into() }
    }
}

/// What a look at one part of an account found.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Finding {
    /// The part: `number`, `account`, `templates`.
    pub check: &'static str,
    /// Whether it works.
    pub ok: bool,
    /// What was found, or what is wrong and what to do.
    pub words: String,
    /// The provider's own words.
    pub detail: Option<String>,
}

/// Why a delivery or handshake was refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Rejected {
    /// No signature header: 401.
    #[error("the signature header is missing")]
    SignatureMissing,
    /// The signature is not the bytes' own, or not a signature at all: 403.
    #[error("the signature does not match the body")]
    SignatureWrong,
    /// Signed, but too long ago or in the future: 403.
    #[error("the signature's time is more than five minutes from ours")]
    SignatureStale,
    /// The handshake's token is not ours, or it is no handshake: 403.
    #[error("the verify token does not match")]
    VerifyToken,
}

/// One thing a delivery told us.
#[derive(Debug, Clone, PartialEq)]
pub struct Element {
    /// The account it belongs to (WhatsApp: `metadata.phone_number_id`), by which it is routed to a channel.
    pub account: Option<String>,
    /// What it is.
    pub body: ElementBody,
}

/// The kinds of things a delivery can tell.
#[derive(Debug, Clone, PartialEq)]
pub enum ElementBody {
    /// A customer wrote.
    Message(Box<InboundMessage>),
    /// Something became of a message we sent.
    Status(StatusUpdate),
    /// A customer's identity changed: the new id belongs to the person who had the old one.
    IdentityChange(IdentityChange),
    /// Something about a template changed.
    Template(TemplateNotice),
    /// A customer types, or stopped. Lost without harm.
    Typing(Typing),
    /// A customer has, or has seen, what we said.
    Read(ReadMark),
    /// What is known of a customer changed.
    Profile(Box<Profile>),
    /// Trouble with the account as a whole.
    AccountProblem(ProviderError),
    /// Something about the account changed.
    Account(AccountNotice),
    /// Understood and deliberately without effect; the reason in words.
    Ignored(String),
    /// Not understood. Kept as a dead letter with the reason in words, for replay after a fix.
    Unreadable(String),
}

/// Who wrote, as the provider knows them.
#[derive(Debug, Clone, PartialEq)]
pub struct Sender {
    /// The provider's opaque id, the key of the identity. WhatsApp: the business-scoped user id where there is one, else the `wa_id`.
    pub external_id: String,
    /// Other ids by which the same person may already be known, newest custom first (WhatsApp: the `wa_id` beside a user id).
    pub aliases: Vec<String>,
    /// The phone number, an attribute and never the key: digits with a leading `+`.
    pub phone: Option<Pii<String>>,
    /// The name the person gave themselves.
    pub name: Option<Pii<String>>,
    /// The public user name, where the channel has them.
    pub username: Option<Pii<String>>,
}

/// A customer types, or stopped.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Typing {
    /// Who.
    pub external_id: String,
    /// Whether they do.
    pub on: bool,
}

/// A customer has, or has seen, everything that was said to them until a moment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReadMark {
    /// Who.
    pub external_id: String,
    /// Until when, by the provider's clock; until now where it does not say.
    pub at: Option<Time>,
    /// Seen; otherwise they only have it.
    pub read: bool,
    /// It was shown straight out of MAX, so what still waits to be sent counts too.
    pub shown: bool,
}

/// What a channel knows of a customer beside their name and number.
#[derive(Debug, Clone, PartialEq)]
pub struct Profile {
    /// Who.
    pub sender: Sender,
    /// Their e-mail address.
    pub email: Option<Pii<String>>,
    /// Further details by their keys. `null` takes one away.
    pub attributes: serde_json::Map<String, serde_json::Value>,
    /// They say so themselves and nobody vouches for it: it fills in what is not known, and changes nothing that is.
    pub claimed: bool,
}

/// A message from a customer, the same for every channel.
#[derive(Debug, Clone, PartialEq)]
pub struct InboundMessage {
    /// The provider's id of the message: the key of deduplication together with the channel.
    pub external_id: String,
    /// Who wrote.
    pub sender: Sender,
    /// When, by the provider's clock.
    pub sent_at: Option<Time>,
    /// What.
    pub content: Content,
    /// The provider's id of the message it answers, where it answers one.
    pub reply_to: Option<String>,
    /// Forwarded rather than written.
    pub forwarded: bool,
    /// The advertisement or post that led here, as the provider told it.
    pub referral: Option<serde_json::Value>,
    /// Whether it opens the reply window (a reaction does not).
    pub opens_window: bool,
}

/// What a message says. `type` and the fields are what the API and the web app see (`content` of a message).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum Content {
    /// Plain text.
    Text {
        /// The words, at most 65,536 characters.
        text: String,
    },
    /// A template of ours, filled.
    Template(TemplateMessage),
    /// A picture, film, recording, file or sticker, by the provider's id.
    Media(Media),
    /// A place.
    Location {
        /// Degrees north.
        latitude: f64,
        /// Degrees east.
        longitude: f64,
        /// The place's name.
        name: Option<String>,
        /// The place's address.
        address: Option<String>,
        /// The place's web page. Comes from the customer's side: show it, never fetch it.
        url: Option<String>,
    },
    /// A question of ours that is answered by a button.
    Buttons(Buttons),
    /// A question of ours that is answered from a list.
    List(List),
    /// One or more address-book cards.
    Contacts {
        /// The cards.
        contacts: Vec<ContactCard>,
    },
    /// A tap on a button or list row, or a filled form.
    Choice {
        /// What was tapped or filled.
        kind: ChoiceKind,
        /// The id the business gave it.
        id: Option<String>,
        /// What the customer saw on it.
        title: String,
        /// The second line of a list row.
        description: Option<String>,
        /// What the form holds, as the provider told it.
        form: Option<serde_json::Value>,
    },
    /// An emoji on another message; `None` takes it back.
    Reaction {
        /// The provider's id of the message reacted to, the customer's or ours.
        to: String,
        /// The emoji.
        emoji: Option<String>,
    },
    /// A basket.
    Order {
        /// The catalogue's id.
        catalog_id: Option<String>,
        /// What the customer wrote along.
        note: Option<String>,
        /// The lines.
        items: Vec<OrderItem>,
    },
    /// The customer changed what a message says.
    Edit {
        /// The provider's id of the message that was changed.
        of: String,
        /// Its new text or caption.
        text: Option<String>,
    },
    /// The customer took a message back.
    Revoke {
        /// The provider's id of the message taken back.
        of: String,
    },
    /// Something the service says about the customer (a new number, a new identity), in words.
    Notice {
        /// The words.
        text: String,
    },
    /// A kind MAX does not know yet. Shown as a placeholder with what the provider said, never dropped.
    Unsupported {
        /// The provider's name of the kind.
        kind: String,
        /// What the provider says about it.
        detail: Option<String>,
    },
}

/// A media attachment by reference; the bytes are fetched later.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Media {
    /// What it is.
    pub kind: MediaKind,
    /// The provider's media id; empty for what we send, which the message's attachments name.
    #[serde(default)]
    pub external_id: String,
    /// The declared MIME type, without parameters.
    pub mime_type: Option<String>,
    /// The caption.
    pub caption: Option<String>,
    /// The declared file name.
    pub filename: Option<String>,
    /// The declared SHA-256, base64 or hex as it came.
    pub sha256: Option<String>,
    /// A recording made in the chat rather than an audio file.
    #[serde(default)]
    pub voice: bool,
    /// A moving sticker.
    #[serde(default)]
    pub animated: bool,
}

/// The kinds of media.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum MediaKind {
    /// A picture.
    Image,
    /// A film.
    Video,
    /// A recording or audio file.
    Audio,
    /// Any other file.
    Document,
    /// A sticker.
    Sticker,
}

/// One card of a shared address book.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct ContactCard {
    /// The name as it should be shown.
    pub name: String,
    /// Phone numbers as they came.
    pub phones: Vec<String>,
    /// E-mail addresses as they came.
    pub emails: Vec<String>,
}

/// What was tapped.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum ChoiceKind {
    /// A reply button.
    Button,
    /// A list row.
    List,
    /// A quick reply of a template.
    TemplateButton,
    /// A form (WhatsApp flow, address).
    Form,
    /// An answer to "may we call you".
    CallPermission,
}

/// One line of a basket.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct OrderItem {
    /// The article's id in the catalogue.
    pub product_id: String,
    /// How many.
    pub quantity: f64,
    /// Price of one, in `currency`.
    pub price: Option<f64>,
    /// ISO 4217.
    pub currency: Option<String>,
}

impl Content {
    /// One line that says what this is, for lists, notifications and screen readers.
    pub fn preview(&self) -> String {
        let named = |what: &str, detail: &Option<String>| match detail.as_deref().filter(|d| !d.is_empty()) {
            Some(d) => format!("{what} · {d}"),
            None => what.to_owned(),
        };
        match self {
            Content::Text { text } => text.clone(),
            Content::Template(template) => template.body.clone(),
            Content::Media(m) => match (m.kind, m.voice) {
                (MediaKind::Image, _) => named("Photo", &m.caption),
                (MediaKind::Video, _) => named("Video", &m.caption),
                (MediaKind::Audio, true) => "Voice message".to_owned(),
                (MediaKind::Audio, false) => named("Audio", &m.filename),
                (MediaKind::Document, _) => m.filename.clone().filter(|f| !f.is_empty()).unwrap_or_else(|| "Document".to_owned()),
                (MediaKind::Sticker, _) => "Sticker".to_owned(),
            },
            Content::Location { name, address, .. } => named("Location", &name.clone().or_else(|| address.clone())),
            Content::Buttons(of) => of.text.clone(),
            Content::List(of) => of.text.clone(),
            Content::Contacts { contacts } => named("Contact", &contacts.first().map(|c| c.name.clone())),
            Content::Choice { title, .. } => title.clone(),
            Content::Reaction { emoji: Some(e), .. } => format!("Reacted {e}"),
            Content::Reaction { emoji: None, .. } => "Took a reaction back".to_owned(),
            Content::Order { items, .. } => {
                format!("Order · {} {}", items.len(), if items.len() == 1 { "item" } else { "items" })
            }
            Content::Edit { text, .. } => named("Edited a message", text),
            Content::Revoke { .. } => "Deleted a message".to_owned(),
            Content::Notice { text } => text.clone(),
            Content::Unsupported { .. } => "Unsupported message".to_owned(),
        }
    }

    /// The words a person wrote, where there are any: what search and the text field of the API hold.
    pub fn text(&self) -> Option<&str> {
        match self {
            Content::Text { text } | Content::Notice { text } => Some(text),
            Content::Template(template) => Some(&template.body),
            Content::Buttons(of) => Some(&of.text),
            Content::List(of) => Some(&of.text),
            Content::Media(m) => m.caption.as_deref(),
            Content::Choice { title, .. } => Some(title),
            Content::Edit { text, .. } => text.as_deref(),
            Content::Order { note, .. } => note.as_deref(),
            _ => None,
        }
    }

    /// The name of the kind, as in the API's `content.type`.
    pub fn kind(&self) -> &'static str {
        match self {
            Content::Text { .. } => "text",
            Content::Template(_) => "template",
            Content::Media(_) => "media",
            Content::Location { .. } => "location",
            Content::Buttons(_) => "buttons",
            Content::List(_) => "list",
            Content::Contacts { .. } => "contacts",
            Content::Choice { .. } => "choice",
            Content::Reaction { .. } => "reaction",
            Content::Order { .. } => "order",
            Content::Edit { .. } => "edit",
            Content::Revoke { .. } => "revoke",
            Content::Notice { .. } => "notice",
            Content::Unsupported { .. } => "unsupported",
        }
    }
}

/// A customer's id changed at the provider.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct IdentityChange {
    /// The message id of the notice, so that a redelivery is a duplicate.
    pub external_id: String,
    /// What they were known by.
    pub old: String,
    /// What they are known by now.
    pub new: String,
    /// Further ids of the same person from before and after the change (a user id beside a number): the one on file may be any of
    /// these.
    pub aliases: Vec<String>,
    /// The new phone number, where it is one.
    pub phone: Option<Pii<String>>,
    /// When.
    pub at: Option<Time>,
    /// What to show in the conversation.
    pub text: String,
}

/// Something became of a message we sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StatusUpdate {
    /// The provider's id of our message.
    pub external_id: String,
    /// Our own id, echoed back (WhatsApp: `biz_opaque_callback_data`).
    pub our_id: Option<Uuid>,
    /// The new status.
    pub status: DeliveryStatus,
    /// When, by the provider's clock.
    pub at: Option<Time>,
    /// Why it failed.
    pub error: Option<ProviderError>,
}

/// A delivery status a provider reports.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DeliveryStatus {
    /// Left the provider.
    Sent,
    /// On the customer's device.
    Delivered,
    /// Seen (or played) by the customer.
    Read,
    /// Not delivered.
    Failed,
}

/// A provider's error, put into words.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ProviderError {
    /// The provider's code, as text ("131047").
    pub code: String,
    /// What happened and what to do, in words for an agent.
    pub message: String,
    /// The provider's own words, for admins.
    pub detail: Option<String>,
}

/// What a message says on its way out.
#[derive(Debug, Clone, PartialEq)]
pub enum Outgoing {
    /// Plain text.
    Text {
        /// The words.
        text: String,
    },
    /// A file.
    Media(OutgoingMedia),
    /// A template, filled.
    Template {
        /// The template.
        template: TemplateMessage,
        /// The file on top, where it was uploaded.
        file: Option<OutgoingMedia>,
    },
    /// A place.
    Location(Place),
    /// A question with ready answers.
    Interactive(Interactive),
    /// An emoji on a message of theirs or ours; `None` takes it back. Sending the same again changes nothing.
    Reaction {
        /// The provider's id of the message.
        to: String,
        /// The emoji.
        emoji: Option<String>,
    },
}

/// A file in a message on its way out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OutgoingMedia {
    /// As what it is sent.
    pub kind: MediaKind,
    /// The provider's id of it, from [`UploadedMedia`]; empty before it was uploaded.
    pub external_id: String,
    /// Its MIME type, as its bytes say.
    pub mime_type: String,
    /// How many bytes it has.
    pub size: u64,
    /// The words that go along.
    pub caption: Option<String>,
    /// What the customer sees as its name, where the kind shows one.
    pub filename: Option<String>,
    /// A recording made for this message rather than an audio file.
    pub voice: bool,
    /// Where it can be fetched for a week, for channels that take files so.
    pub link: Option<String>,
}

/// What a provider's code tells whoever looks after a channel.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Explanation {
    /// What is wrong and what to do, in words for an admin.
    pub words: &'static str,
    /// It is about the account as a whole: nothing goes over it until somebody acts.
    pub account: bool,
    /// It says that the reply window is closed.
    pub window: bool,
}

/// A message an agent wants to send, before it has an id.
#[derive(Debug, Clone, PartialEq)]
pub struct Draft {
    /// What it says.
    pub content: Outgoing,
    /// It quotes an earlier message.
    pub is_reply: bool,
}

/// A message on its way out.
#[derive(Debug, Clone, PartialEq)]
pub struct OutboundMessage {
    /// Our id, which the provider echoes where it can.
    pub id: Uuid,
    /// The identity's opaque id.
    pub to: String,
    /// The phone number, where the identity has one.
    pub phone: Option<Pii<String>>,
    /// What it says.
    pub content: Outgoing,
    /// The provider's id of the message it quotes.
    pub reply_to: Option<String>,
    /// The moment of this call, for channels that sign it.
    pub now: Time,
    /// Where it belongs.
    pub conversation: ConversationRef,
    /// Who wrote it, as customers may know them; `None`: MAX itself.
    pub agent: Option<Agent>,
}

/// A conversation, by the names that the other side may use for it.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, JsonSchema)]
pub struct ConversationRef {
    /// Its id.
    pub id: Uuid,
    /// The number people call it by.
    pub number: i64,
}

/// A colleague as customers may know them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Agent {
    /// How they are shown.
    pub name: String,
    /// The address of their picture.
    pub photo_url: Option<String>,
}

/// Something that happens in a conversation and that the other side is told.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Notice {
    /// Its id; the same notice told again has the same.
    pub id: Uuid,
    /// When it happened.
    pub at: Time,
    /// The moment of this call, for channels that sign it.
    pub now: Time,
    /// The identity's opaque id.
    pub to: String,
    /// Which conversation.
    pub conversation: ConversationRef,
    /// What.
    pub what: NoticeKind,
    /// Who did it or has the conversation now.
    pub agent: Option<Agent>,
}

/// What the other side is told.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum NoticeKind {
    /// It begins, or goes on after it was closed.
    Opened,
    /// Somebody has it now.
    Assigned,
    /// It is over.
    Closed,
    /// What the customer wrote was read.
    Read,
    /// Somebody types an answer.
    Typing,
    /// They stopped.
    TypingStopped,
}

/// A file that a customer sent, on its way in.
#[derive(Debug)]
pub struct IncomingMedia {
    /// How many bytes the provider says it has.
    pub size: Option<u64>,
    /// The digest the provider says it has, as it came.
    pub sha256: Option<String>,
    /// The bytes.
    pub body: Streamed,
}

/// A file was handed to the provider.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UploadedMedia {
    /// The provider's id of it, good for messages of this account.
    pub external_id: String,
    /// How long that id lives.
    pub lives: Duration,
}

/// Why a customer's file could not be fetched.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum FetchError {
    /// It may work later, not before `after` where the provider said so.
    #[error("retry: {error:?}")]
    Retry {
        /// What happened.
        error: ProviderError,
        /// The shortest pause before the next try.
        after: Option<Duration>,
    },
    /// It is larger than what may come, as the provider says. Nothing of it was fetched.
    #[error("too large")]
    TooLarge,
    /// The provider says that there is no such file (any more).
    #[error("gone: {error:?}")]
    Gone {
        /// What happened.
        error: ProviderError,
    },
}

/// The provider took the message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Receipt {
    /// The provider's id for it.
    pub external_id: String,
}

/// Of what too much was sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Limit {
    /// Of the account as a whole.
    Account,
    /// To this recipient.
    Recipient,
}

/// How an account is. What the provider does not say is absent.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Condition {
    /// What keeps it from sending; `None` where it can.
    pub trouble: Option<ProviderError>,
    /// Messages a second that the provider grants it, where it says so.
    pub throughput: Option<u32>,
    /// The number as customers see it, in digits.
    pub number: Option<String>,
    /// What the provider thinks of what is sent over it.
    pub quality: Option<Quality>,
    /// How many customers a day it may write to first.
    pub limit: Option<DailyLimit>,
}

/// What a provider thinks of what is sent over an account.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Quality {
    /// Well.
    Good,
    /// So so.
    Middling,
    /// Little: limits may fall.
    Low,
}

/// What to do after a send that did not succeed. The dispatcher knows these and nothing of providers.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SendError {
    /// Certainly not sent; may be tried again, not before `after` where the provider said so.
    #[error("retry: {error:?}")]
    Retry {
        /// What happened.
        error: ProviderError,
        /// The shortest pause before the next attempt.
        after: Option<Duration>,
    },
    /// Certainly not sent, for more was sent than the provider takes; may be tried again, and more slowly.
    #[error("slow: {error:?}")]
    Slow {
        /// What happened.
        error: ProviderError,
        /// What is limited.
        limit: Limit,
        /// The shortest pause before the next attempt.
        after: Option<Duration>,
    },
    /// Certainly not sent, and the whole account is in trouble (token expired, payment): nothing will go until an admin acts.
    #[error("account: {error:?}")]
    Account {
        /// What happened.
        error: ProviderError,
    },
    /// Certainly not sent, and never will be in this form.
    #[error("final: {error:?}")]
    Final {
        /// What happened.
        error: ProviderError,
    },
    /// It may have been sent: the answer was lost. Never repeated without a person's word unless the provider dedupes.
    #[error("unconfirmed: {error:?}")]
    Unconfirmed {
        /// What happened.
        error: ProviderError,
    },
}

impl SendError {
    /// The error in words.
    pub fn error(&self) -> &ProviderError {
        match self {
            SendError::Retry { error, .. }
            | SendError::Slow { error, .. }
            | SendError::Account { error }
            | SendError::Final { error }
            | SendError::Unconfirmed { error } => error,
        }
    }
}
