//! One webhook call: its bytes, its signature, its tries, its line in the ledger.

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use serde_json::json;

use crate::faults::Kind;
use crate::hub::Hub;
use crate::ledger::WebhookEntry;
use crate::webhook::queue::{Element, Item};
use crate::webhook::{envelope, sign};
use crate::world::World;

/// How a body is signed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Signature {
    #[default]
    Right,
    Wrong,
    Missing,
}

/// What came of a try.
pub(crate) enum Outcome {
    Acked,
    Again,
    Hopeless,
}

/// A call with everything needed to repeat it byte for byte.
pub(crate) struct Call {
    pub hub: Arc<Hub>,
    /// The phone number id.
    pub number: String,
    pub items: Vec<Item>,
    body: Bytes,
    entry: u64,
}

impl Call {
    /// Builds the body and opens the ledger entry; `None` when the number is gone or there is nothing to say.
    pub(crate) fn new(hub: &Arc<Hub>, number: &str, items: Vec<Item>, kind: &'static str) -> Option<Call> {
        if items.is_empty() {
            return None;
        }
        let mut world = hub.world();
        let body = sign::escaped(&envelope::build(&world.lines.get(number)?.number, &items)).into();
        let contents = items.iter().map(Item::label).collect();
        let wamids = items.iter().map(|item| item.wamid.clone()).collect();
        let entry = open_entry(&mut world, hub.clock.now_ms(), number, kind, contents, wamids);
        drop(world);
        Some(Call { hub: hub.clone(), number: number.to_owned(), items, body, entry })
    }

    /// One try, written into the ledger.
    pub(crate) async fn attempt(&self) -> Outcome {
        let Some(epoch) = self.items.first().map(|item| &item.epoch) else { return Outcome::Hopeless };
        if epoch.is_cancelled() {
            return Outcome::Hopeless;
        }
        let Some((url, secret, signature)) = self.target() else {
            self.update(|entry| {
                entry.error = Some("the number is gone or has no webhook_url".into());
                entry.given_up = true;
            });
            return Outcome::Hopeless;
        };
        let answer = tokio::select! {
            () = epoch.cancelled() => return Outcome::Hopeless,
            answer = post(&self.hub, &url, &secret, self.body.clone(), signature) => answer,
        };
        let tries = self.hub.world().settings.retry_tries;
        let now = self.hub.clock.now_ms();
        let mut outcome = Outcome::Again;
        self.update(|entry| {
            entry.attempts += 1;
            match &answer {
                Ok((status, _)) => {
                    entry.status = Some(*status);
                    entry.error = None;
                }
                Err(error) => {
                    entry.status = None;
                    entry.error = Some(error.clone());
                }
            }
            if entry.status == Some(200) {
                entry.acked = true;
                entry.acked_at = Some(now);
                outcome = Outcome::Acked;
            } else if entry.attempts >= tries {
                entry.given_up = true;
                outcome = Outcome::Hopeless;
            }
        });
        outcome
    }

    /// Where to, with which key, and how signed; `None` when there is nowhere to call.
    fn target(&self) -> Option<(String, String, Signature)> {
        let mut world = self.hub.world();
        let line = world.lines.get(&self.number)?;
        let (url, secret) = (line.webhook_url()?.to_owned(), line.number.app_secret.clone());
        let ids: Vec<&str> = self.items.iter().flat_map(|item| item.customer.iter().map(String::as_str)).collect();
        let signature = if world.faults.strike(Kind::SignatureMissing, &self.number, &ids).is_some() {
            Signature::Missing
        } else if world.faults.strike(Kind::SignatureWrong, &self.number, &ids).is_some() {
            Signature::Wrong
        } else {
            Signature::Right
        };
        Some((url, secret, signature))
    }

    /// Waits before the next try, longer each time; false when the call is off.
    pub(crate) async fn back_off(&self) -> bool {
        let (first, longest, attempts) = {
            let mut world = self.hub.world();
            let attempts = world.webhooks.get_mut(self.entry).map_or(1, |entry| entry.attempts);
            (world.settings.retry_first_ms, world.settings.retry_max_ms, attempts)
        };
        let wait = first.saturating_mul(1 << attempts.saturating_sub(1).min(20)).min(longest);
        self.sleep(Duration::from_millis(wait)).await
    }

    /// Waits; false when a reset or the end came first.
    pub(crate) async fn sleep(&self, wait: Duration) -> bool {
        let Some(epoch) = self.items.first().map(|item| &item.epoch) else { return false };
        tokio::select! {
            () = epoch.cancelled() => false,
            () = tokio::time::sleep(wait) => true,
        }
    }

    /// The second tick on the customer's messages, and the news to whoever waits for it.
    pub(crate) fn acknowledge(self) {
        let attempts = self.hub.world().webhooks.get_mut(self.entry).map_or(1, |entry| entry.attempts);
        for item in self.items {
            if matches!(item.element, Element::Message(_)) {
                if let Some((_, message)) = self.hub.world().message(&item.wamid)
                    && message.state == "sent"
                {
                    message.state = "acked";
                }
                self.hub.say_message(&item.wamid);
            }
            if let Some(ack) = item.ack {
                // Whoever waited may have left.
                let _ = ack.send(attempts);
            }
        }
    }

    fn update(&self, change: impl FnOnce(&mut WebhookEntry)) {
        update_entry(&self.hub, self.entry, change);
    }
}

/// Opens a ledger entry and answers its id.
pub(crate) fn open_entry(
    world: &mut World,
    now_ms: i64,
    number: &str,
    kind: &'static str,
    contents: Vec<String>,
    wamids: Vec<String>,
) -> u64 {
    let cap = world.settings.ledger_cap;
    let make = |id| WebhookEntry {
        id,
        phone_number_id: number.to_owned(),
        kind,
        contents,
        wamids,
        attempts: 0,
        status: None,
        error: None,
        acked: false,
        given_up: false,
        started_at: now_ms,
        acked_at: None,
    };
    world.webhooks.push(cap, make).0
}

/// Changes a ledger entry and tells the phone pages.
pub(crate) fn update_entry(hub: &Hub, id: u64, change: impl FnOnce(&mut WebhookEntry)) {
    let entry = {
        let mut world = hub.world();
        let Some(entry) = world.webhooks.get_mut(id) else { return };
        change(entry);
        entry.clone()
    };
    hub.say(&json!({ "type": "webhook", "entry": entry }));
}

/// Signs and posts a body once; answers the status and the answer's text, or why there was none.
pub(crate) async fn post(
    hub: &Hub,
    url: &str,
    app_secret: &str,
    body: Bytes,
    signature: Signature,
) -> Result<(u16, String), String> {
    let timeout = Duration::from_millis(hub.world().settings.webhook_timeout_ms);
    let mut request = hub.http.post(url).timeout(timeout).header(http::header::CONTENT_TYPE, "application/json");
    match signature {
        Signature::Right => request = request.header("X-Hub-Signature-256", sign::signature(app_secret, &body)),
        Signature::Wrong => request = request.header("X-Hub-Signature-256", sign::signature("not the app secret", &body)),
        Signature::Missing => {}
    }
    let response = request.body(body).send().await.map_err(|error| reason(&error))?;
    let status = response.status().as_u16();
    let text = response.text().await.map_err(|error| reason(&error))?;
    Ok((status, text.chars().take(4096).collect()))
}

/// An error with its causes, without the address (the reader knows it).
fn reason(error: &reqwest::Error) -> String {
    let mut text = if error.is_timeout() { "no answer in time".to_owned() } else { "no answer".to_owned() };
    let mut cause = std::error::Error::source(error);
    while let Some(inner) = cause {
        text.push_str(": ");
        text.push_str(&inner.to_string());
        cause = inner.source();
    }
    text
}
