mod config;
mod hostile;
mod parsing;
mod schema;
mod sending;
mod signing;

use base::Time;
use serde_json::{Value, json};
use uuid::Uuid;

use super::super::{Element, ElementBody, InboundMessage, Settings};

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
