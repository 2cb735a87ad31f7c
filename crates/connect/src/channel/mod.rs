//! What a channel is: a folder that keeps the [`Channel`] promise. The core never asks which channel it talks to, only what it
//! can do ([`Capabilities`]).

mod account;
pub mod chat;
#[cfg(test)]
mod conformance;
#[cfg(test)]
mod fuzz;
mod interactive;
mod model;
mod registry;
#[cfg(test)]
mod specimen;
mod template;
pub mod whatsapp;
mod widget;
mod wire;

pub use account::*;
use async_trait::async_trait;
use base::Time;
pub use interactive::*;
pub use model::*;
pub use registry::Registry;
pub use template::*;
use uuid::Uuid;
pub use widget::*;

use crate::net::{FormFile, Outbound};

/// One kind of channel (WhatsApp, web chat, …). `verify`, `parse`, `check_config` and `check` are pure; `send` makes exactly one call.
/// Files are streamed, both ways.
#[async_trait]
pub trait Channel: Send + Sync + 'static {
    /// The kind's name in the API and the database: `"whatsapp"`.
    fn kind(&self) -> &'static str;

    /// What this kind can do.
    fn capabilities(&self) -> &'static Capabilities;

    /// Checks configuration and credentials as an admin enters them. Each error names the field (`config.phone_number_id`) and says
    /// what is expected.
    fn check_config(&self, settings: &Settings) -> Result<(), Vec<FieldError>>;

    /// Answers the provider's handshake (`GET` on the webhook address): the body to answer with, or why not.
    fn handshake(&self, settings: &Settings, query: &str) -> Result<String, Rejected>;

    /// Credentials of which [`Channel::verify`] takes a replaced one beside the one in use, for as long as the core keeps it
    /// ([`Settings::secrets`]).
    fn overlapping_secrets(&self) -> &'static [&'static str] {
        &[]
    }

    /// Checks the signature over the raw bytes, in constant time; where the provider signs the time too, that it is not long ago.
    fn verify(&self, settings: &Settings, headers: &http::HeaderMap, body: &[u8], now: Time) -> Result<(), Rejected>;

    /// Reads a delivery. Never fails: what cannot be read becomes an [`Element`] with [`ElementBody::Unreadable`], so that nothing vanishes.
    fn parse(&self, body: &[u8]) -> Vec<Element>;

    /// The provider's own id of the account that this channel configuration speaks for, by which elements are routed
    /// (WhatsApp: the phone number id).
    fn account<'a>(&self, settings: &'a Settings) -> Option<&'a str>;

    /// The origin that gets the credentials. Whoever changes it has to enter them anew: what nobody may read must not be sent wherever
    /// somebody likes.
    fn origin(&self, settings: &Settings) -> Option<String>;

    /// Keys of a delivery under which no words about a person stand: the journal shows those values as they came, and hides all others.
    fn plain_keys(&self) -> &'static [&'static str];

    /// Asks the provider whether what an admin entered works, with a few calls that change nothing. `now` is for channels that sign it.
    async fn probe(&self, net: &Outbound, settings: &Settings, now: Time) -> Vec<Finding>;

    /// What the code of one of its errors tells whoever looks after the channel; `None` where there is nothing more to say.
    fn explain(&self, _code: &str) -> Option<Explanation> {
        None
    }

    /// Asks the provider whether the account can send, how fast, and what it thinks of it, with a call or two. An error where it did not say;
    /// trouble of the account is told as [`Condition::trouble`]. `now` is for channels that sign it.
    async fn condition(&self, _net: &Outbound, _settings: &Settings, _now: Time) -> Result<Condition, SendError> {
        Ok(Condition::default())
    }

    /// The provider's own id of the account that owns this channel's templates (WhatsApp: the business account's id). `None` where there
    /// are no templates.
    fn template_owner<'a>(&self, _settings: &'a Settings) -> Option<&'a str> {
        None
    }

    /// Reads one page of the channel's templates, from the start or from where the last page said.
    async fn list_templates(
        &self,
        _net: &Outbound,
        _settings: &Settings,
        _after: Option<&str>,
    ) -> Result<TemplatePage, SendError> {
        Ok(TemplatePage::default())
    }

    /// Whether the message can be sent as it stands (length, capability), else what is wrong, field by field. The reply window is the core's
    /// affair.
    fn check(&self, draft: &Draft) -> Result<(), Vec<FieldError>>;

    /// Sends one message with one call.
    async fn send(&self, net: &Outbound, settings: &Settings, message: &OutboundMessage) -> Result<Receipt, SendError>;

    /// Opens a file that a customer sent, by the provider's id of it. Not more than `max_bytes` come.
    async fn fetch_media(
        &self,
        net: &Outbound,
        settings: &Settings,
        external_id: &str,
        max_bytes: u64,
    ) -> Result<IncomingMedia, FetchError>;

    /// Whether this id of a file that a customer sent names one that was handed to MAX before, and MAX's id of that one. Whose it is, the
    /// core looks at.
    fn uploaded(&self, _external_id: &str) -> Option<Uuid> {
        None
    }

    /// Hands a file to the provider, to be named in a message afterwards. Nobody sees it before, so an error is never
    /// [`SendError::Unconfirmed`].
    async fn upload_media(&self, net: &Outbound, settings: &Settings, file: FormFile) -> Result<UploadedMedia, SendError>;

    /// Shows the customer that this message of theirs and those before it were read, and with `typing` that somebody is typing. One call;
    /// only for channels whose capabilities say so.
    async fn mark_read(&self, _net: &Outbound, _settings: &Settings, _external_id: &str, _typing: bool) -> Result<(), SendError> {
        Ok(())
    }

    /// Tells the other side with one call what happens in a conversation, where the channel can ([`Capabilities::notices`]): what was read and
    /// who types among it, instead of [`Channel::mark_read`]. Errors mean what they mean for a message.
    async fn notify(&self, _net: &Outbound, _settings: &Settings, _notice: &Notice) -> Result<(), SendError> {
        Ok(())
    }

    /// Writes down what somebody on a page says, as a delivery that [`Channel::parse`] reads: `visitor` is their identity's id. `None` where the
    /// channel has no pages.
    fn write_down(&self, _visitor: &str, _said: &VisitorSaid, _at: Time) -> Option<Vec<u8>> {
        None
    }

    /// How people reach this channel from the company's web pages; `None` where they cannot.
    fn widget(&self, _settings: &Settings) -> Option<Widget> {
        None
    }
}
