//! The way of an event to the business: one queue per number, a bounded number of calls at once, repeats until a 200.
//!
//! First tries of one customer's events keep their order (a demonstration where every third chat is scrambled helps nobody);
//! repeats and delayed calls do not, and the faults break the order on purpose.

use std::collections::hash_map::DefaultHasher;
use std::hash::{Hash, Hasher};
use std::sync::Arc;
use std::time::Duration;

use serde_json::{Value, json};
use tokio::sync::{Semaphore, mpsc, oneshot};
use tokio_util::sync::CancellationToken;

use crate::faults::Kind;
use crate::hub::Hub;
use crate::webhook::call::{Call, Outcome};

/// How long an event that must come late waits for one to overtake it.
const OVERTAKE_WAIT: Duration = Duration::from_secs(2);
/// How many delivered events of a number are kept for a redelivery batched differently.
const RECENT: usize = 4;

/// What an event is.
#[derive(Clone)]
pub(crate) enum Element {
    Message(Value),
    Status(Value),
}

/// One event on its way.
pub(crate) struct Item {
    pub element: Element,
    pub contact: Option<Value>,
    /// Every id of the customer it is about; the first decides the order.
    pub customer: Vec<String>,
    pub wamid: String,
    /// Told the number of tries when the event was answered 200.
    pub ack: Option<oneshot::Sender<u32>>,
    /// Cancelled by a reset.
    pub epoch: CancellationToken,
}

impl Item {
    /// `message:text` or `status:read`, for the ledger.
    pub(crate) fn label(&self) -> String {
        let (kind, part) = match &self.element {
            Element::Message(message) => ("message", &message["type"]),
            Element::Status(status) => ("status", &status["status"]),
        };
        format!("{kind}:{}", part.as_str().unwrap_or("?"))
    }

    pub(crate) fn copy(&self) -> Item {
        Item {
            element: self.element.clone(),
            contact: self.contact.clone(),
            customer: self.customer.clone(),
            wamid: self.wamid.clone(),
            ack: None,
            epoch: self.epoch.clone(),
        }
    }

    fn stamp(&mut self, change: impl FnOnce(i64) -> i64) {
        let (Element::Message(value) | Element::Status(value)) = &mut self.element;
        if let Some(stamp) = value["timestamp"].as_str().and_then(|text| text.parse().ok()) {
            value["timestamp"] = json!(change(stamp).to_string());
        }
    }
}

/// Puts an event into its number's queue, after the faults that change its time stamp. False when there is no such number.
pub(crate) fn push(hub: &Hub, number: &str, mut item: Item) -> bool {
    let mut world = hub.world();
    let ids: Vec<&str> = item.customer.iter().map(String::as_str).collect();
    let old = world.faults.strike(Kind::TimestampsOld, number, &ids);
    let ms = world.faults.strike(Kind::TimestampsMs, number, &ids);
    if let Some(order) = old {
        item.stamp(|stamp| stamp - order.seconds.unwrap_or(7 * 86_400));
    }
    if ms.is_some() {
        item.stamp(|stamp| stamp * 1000);
    }
    world.lines.get(number).is_some_and(|line| line.queue.send(item).is_ok())
}

/// Starts the workers of a number; they end when the number is deleted or the simulator stops.
pub(crate) fn run(hub: &Arc<Hub>, number: String, items: mpsc::UnboundedReceiver<Item>, shards: usize) {
    let repeats = Arc::new(Semaphore::new(shards));
    let senders = (0..shards)
        .map(|_| {
            let (sender, parcels) = mpsc::unbounded_channel();
            hub.spawn(shard(hub.clone(), number.clone(), parcels, repeats.clone()));
            sender
        })
        .collect();
    hub.spawn(dispatch(hub.clone(), number, items, senders));
}

type Parcel = Vec<Item>;

async fn dispatch(
    hub: Arc<Hub>,
    number: String,
    mut items: mpsc::UnboundedReceiver<Item>,
    shards: Vec<mpsc::UnboundedSender<Parcel>>,
) {
    loop {
        let first = tokio::select! {
            () = hub.stop.cancelled() => return,
            item = items.recv() => match item {
                Some(item) => item,
                None => return,
            },
        };
        let (batch, reorder) = {
            let mut world = hub.world();
            let ids: Vec<&str> = first.customer.iter().map(String::as_str).collect();
            let batch = world.faults.strike(Kind::WebhookBatch, &number, &ids);
            let reorder = batch.is_none() && world.faults.strike(Kind::WebhookReorder, &number, &ids).is_some();
            (batch, reorder)
        };
        let mut hasher = DefaultHasher::new();
        first.customer.first().hash(&mut hasher);
        let index = usize::try_from(hasher.finish() % shards.len().max(1) as u64).unwrap_or(0);
        let Some(shard) = shards.get(index) else { return };
        // A closed shard means the simulator is stopping.
        if let Some(order) = batch {
            let (size, wait) = (order.size.unwrap_or(8), Duration::from_millis(order.ms.unwrap_or(1000)));
            let _ = shard.send(gather(first, &mut items, size, wait).await);
        } else if reorder {
            if let Ok(Some(second)) = tokio::time::timeout(OVERTAKE_WAIT, items.recv()).await {
                let _ = shard.send(vec![second]);
            }
            let _ = shard.send(vec![first]);
        } else {
            let _ = shard.send(vec![first]);
        }
    }
}

async fn gather(first: Item, items: &mut mpsc::UnboundedReceiver<Item>, size: usize, wait: Duration) -> Parcel {
    let mut parcel = vec![first];
    let deadline = tokio::time::Instant::now() + wait;
    while parcel.len() < size {
        match tokio::time::timeout_at(deadline, items.recv()).await {
            Ok(Some(item)) => parcel.push(item),
            Ok(None) | Err(_) => break,
        }
    }
    parcel
}

async fn shard(hub: Arc<Hub>, number: String, mut parcels: mpsc::UnboundedReceiver<Parcel>, repeats: Arc<Semaphore>) {
    loop {
        let mut parcel = tokio::select! {
            () = hub.stop.cancelled() => return,
            parcel = parcels.recv() => match parcel {
                Some(parcel) => parcel,
                None => return,
            },
        };
        parcel.retain(|item| !item.epoch.is_cancelled());
        let Some(first) = parcel.first() else { continue };
        let delay = {
            let ids: Vec<&str> = first.customer.iter().map(String::as_str).collect();
            hub.world().faults.strike(Kind::WebhookDelay, &number, &ids)
        };
        let Some(call) = Call::new(&hub, &number, parcel, "delivery") else { continue };
        if let Some(order) = delay {
            let repeats = repeats.clone();
            let wait = Duration::from_millis(order.ms.unwrap_or(5000));
            hub.spawn(async move {
                if call.sleep(wait).await {
                    deliver(call, repeats, true).await;
                }
            });
        } else {
            match call.attempt().await {
                Outcome::Acked => settle(call).await,
                Outcome::Again => hub.spawn(deliver(call, repeats.clone(), false)),
                Outcome::Hopeless => {}
            }
        }
    }
}

/// Tries until answered 200, hopeless or used up. `fresh`: no try was made yet.
async fn deliver(call: Call, repeats: Arc<Semaphore>, mut fresh: bool) {
    loop {
        if !fresh && !call.back_off().await {
            return;
        }
        fresh = false;
        let outcome = {
            let Ok(_permit) = repeats.acquire().await else { return };
            call.attempt().await
        };
        match outcome {
            Outcome::Acked => return settle(call).await,
            Outcome::Again => {}
            Outcome::Hopeless => return,
        }
    }
}

/// After the 200: the second tick, and the calls that come although nobody needs them.
async fn settle(call: Call) {
    let (hub, number) = (call.hub.clone(), call.number.clone());
    let ids: Vec<String> = call.items.first().map(|item| item.customer.clone()).unwrap_or_default();
    let (duplicate, again) = {
        let ids: Vec<&str> = ids.iter().map(String::as_str).collect();
        let mut world = hub.world();
        let duplicate = world.faults.strike(Kind::WebhookDuplicate, &number, &ids);
        let rebatched = world.faults.strike(Kind::WebhookRebatched, &number, &ids).is_some();
        let mut again = Parcel::new();
        if let Some(line) = world.lines.get_mut(&number) {
            if rebatched {
                again.extend(line.recent.iter().chain(&call.items).map(Item::copy));
            }
            line.recent.extend(call.items.iter().map(Item::copy));
            while line.recent.len() > RECENT {
                line.recent.pop_front();
            }
        }
        (duplicate, again)
    };
    let copies: Vec<Item> = call.items.iter().map(Item::copy).collect();
    call.acknowledge();
    for _ in 0..duplicate.map_or(0, |order| order.times.unwrap_or(1)) {
        if let Some(call) = Call::new(&hub, &number, copies.iter().map(Item::copy).collect(), "duplicate") {
            call.attempt().await;
        }
    }
    if !again.is_empty()
        && let Some(call) = Call::new(&hub, &number, again, "rebatched")
    {
        call.attempt().await;
    }
}
