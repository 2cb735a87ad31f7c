//! What becomes of an accepted send: sent, delivered, read, or failed, each told in its own time.

use std::sync::Arc;
use std::time::Duration;

use serde_json::{Map, Value, json};
use sha2::{Digest, Sha256};
use tokio::sync::oneshot;

use crate::catalogue;
use crate::faults::Kind;
use crate::hub::Hub;
use crate::people::{Customer, ReadReceipts};
use crate::settings::Settings;
use crate::webhook::queue::{self, Element, Item};
use crate::world::{WINDOW_SECONDS, World};

/// How a send named its recipient; statuses name it the same way.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Recipient {
    Phone(String),
    UserId(String),
}

/// What statuses of one send need to know.
#[derive(Clone, Debug)]
pub(crate) struct Flow {
    pub wamid: String,
    pub phone_number_id: String,
    /// The customer's id in the simulator.
    pub customer: String,
    pub recipient: Recipient,
    pub callback_data: Option<String>,
    /// The category of the template, if one was sent.
    pub template_category: Option<String>,
}

/// Why a send fails after it was accepted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Failure {
    pub code: i64,
    pub details: Option<String>,
    /// Whether `sent` comes first.
    pub after_sent: bool,
}

/// One thing that happens to a message.
#[derive(Debug, PartialEq, Eq)]
struct Step {
    gap_ms: u64,
    status: &'static str,
    /// Whether the business is told.
    told: bool,
}

/// What will happen, and how.
#[derive(Debug, Default)]
pub(crate) struct Course {
    pub failure: Option<Failure>,
    pub reversed: bool,
    pub delivered_missing: bool,
    pub automatic_read: bool,
    /// `sent` was told already, before the send was answered.
    pub sent_told: bool,
}

impl Course {
    /// Reads the faults that decide the course of this send.
    pub(crate) fn choose(world: &mut World, flow: &Flow, customer: &Customer, failure: Option<Failure>) -> Course {
        let (number, ids) = (flow.phone_number_id.as_str(), customer.ids());
        let failure = failure.or_else(|| {
            let late = world.faults.strike(Kind::FailedAfterSent, number, &ids).map(|order| (order, true));
            let (order, after_sent) =
                late.or_else(|| world.faults.strike(Kind::Failed, number, &ids).map(|order| (order, false)))?;
            Some(Failure { code: order.code.unwrap_or(131_026), details: order.details, after_sent })
        });
        let receipts = customer.read_receipts.unwrap_or(if world.settings.auto_read {
            ReadReceipts::Automatic
        } else {
            ReadReceipts::WhenShown
        });
        Course {
            failure,
            reversed: world.faults.strike(Kind::StatusesReversed, number, &ids).is_some(),
            delivered_missing: world.faults.strike(Kind::DeliveredMissing, number, &ids).is_some(),
            automatic_read: receipts == ReadReceipts::Automatic,
            sent_told: false,
        }
    }

    fn steps(&self, settings: &Settings) -> Vec<Step> {
        let step = |gap_ms, status, told| Step { gap_ms, status, told };
        if let Some(failure) = &self.failure {
            let mut steps = Vec::new();
            if failure.after_sent {
                steps.push(step(settings.sent_ms, "sent", !self.sent_told));
            }
            steps.push(step(settings.delivered_ms, "failed", true));
            return steps;
        }
        let mut steps = vec![
            step(settings.sent_ms, "sent", !self.sent_told),
            step(settings.delivered_ms, "delivered", !self.delivered_missing),
        ];
        if self.automatic_read {
            steps.push(step(settings.read_ms, "read", true));
        }
        if self.reversed {
            let gaps: Vec<u64> = steps.iter().map(|step| step.gap_ms).collect();
            steps.reverse();
            for (step, gap_ms) in steps.iter_mut().zip(gaps) {
                step.gap_ms = gap_ms;
            }
        }
        steps
    }
}

/// Lets a send take its course in the background.
pub(crate) fn start(hub: &Arc<Hub>, flow: Arc<Flow>, course: Course) {
    let inner = hub.clone();
    hub.spawn(async move {
        let (steps, jitter, epoch) = {
            let world = inner.world();
            (course.steps(&world.settings), world.settings.jitter_ms, world.epoch.clone())
        };
        for step in steps {
            tokio::select! {
                () = epoch.cancelled() => return,
                () = inner.pause(step.gap_ms, jitter) => {}
            }
            happen(&inner, &flow, &step, course.failure.as_ref());
        }
    });
}

/// Tells `sent` now and waits (at most five seconds) until the business has it.
pub(crate) async fn sent_first(hub: &Arc<Hub>, flow: &Flow) {
    let (ack, acked) = oneshot::channel();
    tell(hub, flow, "sent", None, Some(ack));
    // Not acknowledged in time is the receiver's affair; the answer must go out.
    let _ = tokio::time::timeout(Duration::from_secs(5), acked).await;
}

/// The customer looks at the chat: reads what has arrived, if their phone tells so.
pub(crate) fn shown(hub: &Hub, number: &str, customer: &Customer) {
    let automatic = hub.world().settings.auto_read;
    let tells = match customer.read_receipts {
        Some(receipts) => receipts == ReadReceipts::WhenShown,
        None => !automatic,
    };
    if !tells {
        return;
    }
    let flows: Vec<Arc<Flow>> = {
        let mut world = hub.world();
        let Some(chat) = world.chats.get_mut(&(number.to_owned(), customer.id.clone())) else { return };
        let unread = chat.messages.iter_mut().filter(|message| message.shown && message.state == "delivered");
        unread
            .filter_map(|message| {
                message.state = "read";
                message.flow.clone()
            })
            .collect()
    };
    for flow in flows {
        tell(hub, &flow, "read", None, None);
    }
}

fn happen(hub: &Hub, flow: &Flow, step: &Step, failure: Option<&Failure>) {
    {
        let mut world = hub.world();
        if let Some((_, message)) = world.message(&flow.wamid) {
            let rank = |state: &str| ["accepted", "sent", "delivered", "read", "failed"].iter().position(|known| *known == state);
            if rank(step.status) > rank(message.state) {
                message.state = step.status;
            }
            message.shown |= matches!(step.status, "delivered" | "read");
        }
    }
    hub.say_message(&flow.wamid);
    if step.told {
        tell(hub, flow, step.status, failure, None);
    }
}

/// Queues one status for the business.
fn tell(hub: &Hub, flow: &Flow, status: &str, failure: Option<&Failure>, ack: Option<oneshot::Sender<u32>>) {
    let item = {
        let mut world = hub.world();
        let Some(customer) = world.customer(&flow.customer).cloned() else { return };
        let silent = world.faults.strike(Kind::CallbackDataMissing, &flow.phone_number_id, &customer.ids()).is_some();
        let settings = &world.settings;
        let body = body(flow, &customer, status, failure, hub.clock.now(), silent, settings);
        Item {
            element: Element::Status(body),
            contact: (status != "failed").then(|| customer.contact(settings.user_ids)),
            customer: customer.ids().into_iter().map(str::to_owned).collect(),
            wamid: flow.wamid.clone(),
            ack,
            epoch: world.epoch.clone(),
        }
    };
    queue::push(hub, &flow.phone_number_id, item);
}

fn body(
    flow: &Flow,
    customer: &Customer,
    status: &str,
    failure: Option<&Failure>,
    now: i64,
    silent: bool,
    settings: &Settings,
) -> Value {
    let mut body = Map::from_iter([
        ("id".to_owned(), json!(flow.wamid)),
        ("status".to_owned(), json!(status)),
        ("timestamp".to_owned(), json!(now.to_string())),
    ]);
    match &flow.recipient {
        Recipient::Phone(phone) => {
            body.insert("recipient_id".into(), json!(phone));
        }
        Recipient::UserId(id) => {
            body.insert("recipient_user_id".into(), json!(id));
            if let Some(parent) = &customer.parent_user_id {
                body.insert("parent_recipient_user_id".into(), json!(parent));
            }
        }
    }
    if let (Some(data), false) = (&flow.callback_data, silent) {
        body.insert("biz_opaque_callback_data".into(), json!(data));
    }
    if let (Some(failure), "failed") = (failure, status) {
        let known = catalogue::find(failure.code);
        body.insert(
            "errors".into(),
            json!([{
                "code": failure.code,
                "title": known.title,
                "message": known.title,
                "error_data": { "details": failure.details.as_deref().unwrap_or(known.details) },
                "href": "https://developers.facebook.com/docs/whatsapp/cloud-api/support/error-codes/"
            }]),
        );
    } else if matches!(status, "sent" | "delivered") {
        let category = flow.template_category.as_deref().map(str::to_lowercase);
        if settings.conversation_objects {
            let mut conversation =
                json!({ "id": conversation_id(flow), "origin": { "type": category.as_deref().unwrap_or("service") } });
            if status == "sent" {
                conversation["expiration_timestamp"] = json!((now + WINDOW_SECONDS).to_string());
            }
            body.insert("conversation".into(), conversation);
        }
        body.insert(
            "pricing".into(),
            json!({
                "billable": category.is_some(),
                "pricing_model": "PMP",
                "type": if category.is_some() { "regular" } else { "free_customer_service" },
                "category": category.as_deref().unwrap_or("service")
            }),
        );
    }
    Value::Object(body)
}

fn conversation_id(flow: &Flow) -> String {
    let key = format!("{}/{}", flow.phone_number_id, flow.customer);
    hex::encode(Sha256::digest(key.as_bytes())).chars().take(32).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(course: &Course) -> Vec<&'static str> {
        course.steps(&Settings::default()).into_iter().filter(|step| step.told).map(|step| step.status).collect()
    }

    #[test]
    fn courses() {
        let read = Course { automatic_read: true, ..Course::default() };
        assert_eq!(told(&read), ["sent", "delivered", "read"]);
        assert_eq!(told(&Course::default()), ["sent", "delivered"]);
        assert_eq!(told(&Course { reversed: true, automatic_read: true, ..Course::default() }), ["read", "delivered", "sent"]);
        assert_eq!(told(&Course { delivered_missing: true, automatic_read: true, ..Course::default() }), ["sent", "read"]);
        assert_eq!(told(&Course { sent_told: true, ..Course::default() }), ["delivered"]);
        let failure = |after_sent| Some(Failure { code: 131_026, details: None, after_sent });
        assert_eq!(told(&Course { failure: failure(true), ..Course::default() }), ["sent", "failed"]);
        assert_eq!(told(&Course { failure: failure(false), ..Course::default() }), ["failed"]);
    }
}
