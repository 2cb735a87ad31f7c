//! WhatsApp over Meta's Cloud API. Limits, error classes and quirks are in the README beside this file.

mod account;
mod config;
mod content;
mod errors;
mod media;
mod parse;
mod probe;
mod send;
mod status;
mod structured;
mod templates;
mod verify;

#[cfg(test)]
mod tests;
#[cfg(test)]
pub(super) use tests::specimen;

use std::time::Duration;

use async_trait::async_trait;
use base::Time;

use super::{
    Capabilities, Channel, Condition, Draft, Element, Explanation, FetchError, FieldError, Finding, IncomingMedia,
    OutboundMessage, Receipt, Rejected, SendError, Settings, TemplatePage, UploadedMedia, wire,
};
use crate::net::{FormFile, Outbound};

const MAX_TEXT_CHARS: usize = 4096;

static CAPABILITIES: Capabilities = Capabilities {
    reply_window: Some(Duration::from_hours(24)),
    max_text_chars: MAX_TEXT_CHARS,
    templates: true,
    reactions: true,
    reply_to: true,
    delivery_receipts: true,
    read_receipts: true,
    marks_read: true,
    shows_typing: true,
    dedupes_sends: false,
    sends_per_second: 80,
    media: media::LIMITS,
    media_per_message: 1,
    structured: structured::LIMITS,
    media_by_link: false,
    persists: false,
    notices: false,
    visits: false,
};

/// WhatsApp Cloud API.
#[derive(Debug, Default, Clone, Copy)]
pub struct WhatsApp;

#[async_trait]
impl Channel for WhatsApp {
    fn kind(&self) -> &'static str {
        "whatsapp"
    }

    fn capabilities(&self) -> &'static Capabilities {
        &CAPABILITIES
    }

    fn check_config(&self, settings: &Settings) -> Result<(), Vec<FieldError>> {
        config::check(settings)
    }

    fn handshake(&self, settings: &Settings, query: &str) -> Result<String, Rejected> {
        verify::handshake(settings, query)
    }

    fn overlapping_secrets(&self) -> &'static [&'static str] {
        &[config::APP_SECRET]
    }

    fn verify(&self, settings: &Settings, headers: &http::HeaderMap, body: &[u8], _now: Time) -> Result<(), Rejected> {
        verify::signature(settings, headers, body)
    }

    fn parse(&self, body: &[u8]) -> Vec<Element> {
        parse::delivery(body)
    }

    fn account<'a>(&self, settings: &'a Settings) -> Option<&'a str> {
        settings.text(config::PHONE_NUMBER_ID)
    }

    fn origin(&self, settings: &Settings) -> Option<String> {
        config::origin(settings)
    }

    fn plain_keys(&self) -> &'static [&'static str] {
        parse::PLAIN_KEYS
    }

    async fn probe(&self, net: &Outbound, settings: &Settings, _now: Time) -> Vec<Finding> {
        probe::all(net, settings).await
    }

    fn explain(&self, code: &str) -> Option<Explanation> {
        errors::explain(code)
    }

    async fn condition(&self, net: &Outbound, settings: &Settings, _now: Time) -> Result<Condition, SendError> {
        probe::condition(net, settings).await
    }

    fn template_owner<'a>(&self, settings: &'a Settings) -> Option<&'a str> {
        settings.text(config::BUSINESS_ACCOUNT_ID)
    }

    async fn list_templates(&self, net: &Outbound, settings: &Settings, after: Option<&str>) -> Result<TemplatePage, SendError> {
        templates::list(net, settings, after).await
    }

    fn check(&self, draft: &Draft) -> Result<(), Vec<FieldError>> {
        send::check(draft)
    }

    async fn mark_read(&self, net: &Outbound, settings: &Settings, external_id: &str, typing: bool) -> Result<(), SendError> {
        send::mark_read(net, settings, external_id, typing).await
    }

    async fn send(&self, net: &Outbound, settings: &Settings, message: &OutboundMessage) -> Result<Receipt, SendError> {
        send::send(net, settings, message).await
    }

    async fn fetch_media(
        &self,
        net: &Outbound,
        settings: &Settings,
        external_id: &str,
        max_bytes: u64,
    ) -> Result<IncomingMedia, FetchError> {
        media::fetch(net, settings, external_id, max_bytes).await
    }

    async fn upload_media(&self, net: &Outbound, settings: &Settings, file: FormFile) -> Result<UploadedMedia, SendError> {
        media::upload(net, settings, file).await
    }
}
