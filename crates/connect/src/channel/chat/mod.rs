//! The company's own app and web pages. The app speaks a small signed protocol (docs/channels/chat-app.md), the pages carry the widget. What
//! is signed how, and what an answer means, is in the README beside this file.

mod config;
mod content;
mod media;
mod page;
mod parse;
mod probe;
mod protocol;
mod send;
mod sign;

#[cfg(test)]
mod tests;
#[cfg(test)]
pub(super) use tests::specimen;

use async_trait::async_trait;
use base::Time;
use uuid::Uuid;

use super::{
    ButtonsLimits, Capabilities, Channel, Condition, Draft, Element, FetchError, FieldError, Finding, IncomingMedia, ListLimits,
    Notice, OutboundMessage, PlaceLimits, Receipt, Rejected, SendError, Settings, StructuredLimits, UploadedMedia, VisitorSaid,
    Widget, wire,
};
use crate::net::{FormFile, Outbound};

const MAX_TEXT_CHARS: usize = 10_000;

const EDGE_CHARS: usize = 120;
const CHOICE_CHARS: usize = 60;
const ID_CHARS: usize = 256;

/// What pages can show; the app does as it likes.
const STRUCTURED: StructuredLimits = StructuredLimits {
    location: Some(PlaceLimits { name_chars: 1000, address_chars: 1000 }),
    buttons: Some(ButtonsLimits {
        text_chars: MAX_TEXT_CHARS,
        edge_chars: EDGE_CHARS,
        max_buttons: 10,
        title_chars: CHOICE_CHARS,
        id_chars: ID_CHARS,
    }),
    list: Some(ListLimits {
        text_chars: MAX_TEXT_CHARS,
        edge_chars: EDGE_CHARS,
        button_chars: CHOICE_CHARS,
        max_sections: 10,
        max_rows: 30,
        section_title_chars: CHOICE_CHARS,
        row_title_chars: CHOICE_CHARS,
        row_description_chars: EDGE_CHARS,
        row_id_chars: ID_CHARS,
    }),
};

static CAPABILITIES: Capabilities = Capabilities {
    reply_window: None,
    max_text_chars: MAX_TEXT_CHARS,
    templates: false,
    reactions: true,
    reply_to: true,
    delivery_receipts: true,
    read_receipts: true,
    marks_read: true,
    shows_typing: true,
    dedupes_sends: true,
    sends_per_second: 50,
    media: media::LIMITS,
    media_per_message: 1,
    structured: STRUCTURED,
    media_by_link: true,
    persists: true,
    notices: true,
    visits: true,
};

/// The company's own app and web pages.
#[derive(Debug, Default, Clone, Copy)]
pub struct Chat;

#[async_trait]
impl Channel for Chat {
    fn kind(&self) -> &'static str {
        "chat"
    }

    fn capabilities(&self) -> &'static Capabilities {
        &CAPABILITIES
    }

    fn check_config(&self, settings: &Settings) -> Result<(), Vec<FieldError>> {
        config::check(settings)
    }

    /// There is none: nobody but the company's own app calls.
    fn handshake(&self, _settings: &Settings, _query: &str) -> Result<String, Rejected> {
        Err(Rejected::VerifyToken)
    }

    fn overlapping_secrets(&self) -> &'static [&'static str] {
        &[config::SIGNING_SECRET, config::VISITOR_KEY]
    }

    fn verify(&self, settings: &Settings, headers: &http::HeaderMap, body: &[u8], now: Time) -> Result<(), Rejected> {
        sign::verify(settings, headers, body, now)
    }

    fn parse(&self, body: &[u8]) -> Vec<Element> {
        parse::delivery(body)
    }

    /// Each channel has an address and a secret of its own.
    fn account<'a>(&self, _settings: &'a Settings) -> Option<&'a str> {
        None
    }

    /// No secret ever leaves: calls are signed with it, wherever they go.
    fn origin(&self, _settings: &Settings) -> Option<String> {
        None
    }

    fn plain_keys(&self) -> &'static [&'static str] {
        parse::PLAIN_KEYS
    }

    async fn probe(&self, net: &Outbound, settings: &Settings, now: Time) -> Vec<Finding> {
        probe::all(net, settings, now).await
    }

    async fn condition(&self, net: &Outbound, settings: &Settings, now: Time) -> Result<Condition, SendError> {
        probe::condition(net, settings, now).await
    }

    fn check(&self, draft: &Draft) -> Result<(), Vec<FieldError>> {
        send::check(draft)
    }

    async fn send(&self, net: &Outbound, settings: &Settings, message: &OutboundMessage) -> Result<Receipt, SendError> {
        send::send(net, settings, message).await
    }

    async fn fetch_media(
        &self,
        net: &Outbound,
        _settings: &Settings,
        external_id: &str,
        max_bytes: u64,
    ) -> Result<IncomingMedia, FetchError> {
        media::fetch(net, external_id, max_bytes).await
    }

    fn uploaded(&self, external_id: &str) -> Option<Uuid> {
        media::uploaded(external_id)
    }

    /// Never asked for: files go by their address.
    async fn upload_media(&self, _net: &Outbound, _settings: &Settings, _file: FormFile) -> Result<UploadedMedia, SendError> {
        Err(send::never("no_files", "This channel takes files by their address."))
    }

    async fn notify(&self, net: &Outbound, settings: &Settings, notice: &Notice) -> Result<(), SendError> {
        send::notify(net, settings, notice).await
    }

    fn write_down(&self, visitor: &str, said: &VisitorSaid, at: Time) -> Option<Vec<u8>> {
        Some(page::write_down(visitor, said, at))
    }

    fn widget(&self, settings: &Settings) -> Option<Widget> {
        Some(config::widget(settings))
    }
}
