mod config;
mod hostile;
mod media;
mod parsing;
mod schema;
mod sending;
mod signing;

use base::Time;
use http::HeaderMap;
use serde_json::{Value, json};
use uuid::Uuid;

use super::super::{
    Channel, Element, ElementBody, InboundMessage, Settings,
    specimen::{NOW, Specimen},
};

/// The example secret of the Standard Webhooks reference.
const SECRET: &str = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
const OLD_SECRET: &str = "whsec_AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=";

macro_rules! fixtures {
    ($($name:literal),* $(,)?) => {
        /// All example deliveries, by name.
        const FIXTURES: &[(&str, &str)] = &[$(($name, include_str!(concat!("../fixtures/", $name, ".json")))),*];
    };
}

fixtures!(
    "broken_neighbours",
    "choice",
    "edit_delete",
    "full",
    "location",
    "media",
    "own_echo",
    "presence",
    "profile",
    "reaction",
    "statuses",
    "text",
    "unknown",
);

fn fixture(name: &str) -> &'static str {
    FIXTURES.iter().find(|(n, _)| *n == name).map(|(_, body)| *body).unwrap()
}

fn parse(body: &str) -> Vec<Element> {
    super::parse::delivery(body.as_bytes())
}

fn messages(elements: &[Element]) -> Vec<&InboundMessage> {
    elements
        .iter()
        .filter_map(|e| match &e.body {
            ElementBody::Message(m) => Some(&**m),
            _ => None,
        })
        .collect()
}

fn settings_with(config: Value, credentials: &[(&str, &str)]) -> Settings {
    let credentials = credentials.iter().map(|(n, v)| ((*n).to_owned(), (*v).into())).collect();
    Settings { channel_id: Uuid::nil(), config, credentials }
}

fn settings() -> Settings {
    settings_with(json!({}), &[("signing_secret", SECRET)])
}

fn at(seconds: i64) -> Time {
    Time::from_timestamp(seconds, 0).unwrap()
}

/// This channel for the tests that all channels share.
pub(in crate::channel) fn specimen(channel: &'static dyn Channel) -> Specimen {
    Specimen { channel, settings: settings(), sign, times: &["timestamp", "sent_at", "at"] }
}

/// As the app signs.
fn sign(settings: &Settings, body: &[u8]) -> HeaderMap {
    super::sign::headers(settings, "msg_1", NOW, body).unwrap().into_iter().collect()
}
