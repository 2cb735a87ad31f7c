mod config;
mod hostile;
mod parsing;
mod sending;
mod verifying;

use serde_json::{Value, json};
use uuid::Uuid;

use super::super::{Element, ElementBody, InboundMessage, Settings};

const TOKEN: &str = "EAAB-test-token-1234567890";

macro_rules! fixtures {
    ($($name:literal),* $(,)?) => {
        /// All recorded deliveries, by name.
        const FIXTURES: &[(&str, &str)] = &[$(($name, include_str!(concat!("../fixtures/", $name, ".json")))),*];
    };
}

fixtures!(
    "account_error",
    "account_notices",
    "batch",
    "broken_neighbours",
    "button",
    "contacts",
    "echoes",
    "edit_revoke",
    "group",
    "interactive",
    "interactive_missing",
    "location",
    "media",
    "order",
    "reaction",
    "signed",
    "statuses",
    "system_number",
    "system_user_id",
    "text",
    "timestamps",
    "unsupported",
    "user_id",
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

pub(super) fn settings_with(config: Value) -> Settings {
    let credentials = [("access_token", TOKEN), ("app_secret", "max-demo-app-secret"), ("verify_token", "open-sesame")];
    let credentials = credentials.map(|(n, v)| (n.to_owned(), v.into())).into();
    Settings { channel_id: Uuid::nil(), config, credentials }
}

fn settings() -> Settings {
    settings_with(json!({ "phone_number_id": "700800900100200", "business_account_id": "900100200300400" }))
}
