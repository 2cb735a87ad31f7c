//! Deliveries that wait share a commit: a worker takes whatever is waiting into one transaction. That is worth several times the throughput,
//! and under no load it changes nothing.

use std::{sync::Arc, time::Duration};

use bytes::Bytes;
use connect::channel::Element;
use kernel::{db, event::log::Columns, http::Problem};
use tokio::sync::{Mutex, mpsc, oneshot};
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

use super::{
    Fate,
    apply::{self, Item},
    refused::Tally,
    store,
};
use crate::{App, channels::Live};

/// Deliveries that may wait; beyond that the provider is told to come back.
const WAITING: usize = 1024;
/// Deliveries in one transaction.
const DELIVERIES: usize = 64;
/// Elements in one transaction, where each delivery has several. More would not be cheaper each, and whoever waits for one of its
/// conversations would wait longer.
const ELEMENTS: usize = 400;
/// Tries of a transaction that lost a race.
const TRIES: u32 = 4;

/// A delivery whose signature was checked, read into elements.
pub(super) struct Delivery {
    channel: Live,
    body: Bytes,
    elements: Vec<Element>,
}

impl Delivery {
    /// Reads the raw bytes.
    pub(super) fn read(channel: Live, body: Bytes) -> Self {
        let elements = channel.kind.parse(&body);
        Self { channel, body, elements }
    }
}

struct Waiting {
    delivery: Delivery,
    done: oneshot::Sender<Result<(), Problem>>,
}

/// Where webhook handlers put deliveries.
#[derive(Clone)]
pub struct Queue(mpsc::Sender<Waiting>, Arc<Tally>);

/// Takes deliveries out; run a few of them.
#[derive(Clone)]
pub struct Worker(Arc<Mutex<mpsc::Receiver<Waiting>>>);

/// A queue and its worker side.
pub fn queue() -> (Queue, Worker) {
    let (sender, receiver) = mpsc::channel(WAITING);
    (Queue(sender, Arc::default()), Worker(Arc::new(Mutex::new(receiver))))
}

impl Queue {
    /// What was refused on this node and is not written yet.
    pub(super) fn refused(&self) -> &Tally {
        &self.1
    }

    /// How many deliveries wait on this node.
    pub(super) fn waiting(&self) -> usize {
        self.0.max_capacity() - self.0.capacity()
    }

    /// Returns when the delivery is committed; an error means that the provider has to send it again.
    pub(super) async fn accept(&self, delivery: Delivery) -> Result<(), Problem> {
        let (done, outcome) = oneshot::channel();
        self.0
            .try_send(Waiting { delivery, done })
            .map_err(|_| Problem::unavailable("Too many deliveries are waiting. Please send it again."))?;
        outcome.await.map_err(|_| Problem::unavailable("The node is restarting. Please send it again."))?
    }
}

impl std::fmt::Debug for Queue {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Queue")
    }
}

impl std::fmt::Debug for Worker {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Worker")
    }
}

impl Worker {
    /// Commits what waits, until stopped; what waits then is still committed.
    pub async fn run(self, app: App, stop: CancellationToken) {
        loop {
            let batch = tokio::select! {
                biased;
                batch = self.take() => batch,
                () = stop.cancelled() => return,
            };
            let Some(batch) = batch else { return };
            commit(&app, batch).await;
        }
    }

    /// Waits for a delivery, then takes whatever else is waiting.
    async fn take(&self) -> Option<Vec<Waiting>> {
        let mut receiver = self.0.lock().await;
        let mut batch = vec![receiver.recv().await?];
        let mut elements = batch[0].delivery.elements.len();
        while batch.len() < DELIVERIES && elements < ELEMENTS {
            let Ok(next) = receiver.try_recv() else { break };
            elements += next.delivery.elements.len();
            batch.push(next);
        }
        Some(batch)
    }
}

async fn commit(app: &App, batch: Vec<Waiting>) {
    metrics::histogram!("ingest_batch_deliveries").record(batch.len() as f64);
    let deliveries: Vec<&Delivery> = batch.iter().map(|w| &w.delivery).collect();
    let together = together_with_retries(app, &deliveries).await;
    let outcomes = match together {
        Ok(()) => batch.iter().map(|_| Ok(())).collect(),
        // That is no element's fault, and taking the batch apart would not help.
        Err(error) if db::is_passing(&error) => batch.iter().map(|_| Err(unavailable(&error))).collect(),
        Err(error) => {
            tracing::error!(error = %error, deliveries = batch.len(), "a batch of deliveries failed; its elements go one by one");
            let mut outcomes = Vec::with_capacity(batch.len());
            for delivery in &deliveries {
                outcomes.push(one_by_one_with_retries(app, delivery).await.map_err(|e| unavailable(&e)));
            }
            outcomes
        }
    };
    drop(deliveries);
    for (waiting, outcome) in batch.into_iter().zip(outcomes) {
        // Whoever waited may have gone; the delivery is stored all the same, and a repeat is a duplicate.
        let _ = waiting.done.send(outcome);
    }
}

fn unavailable(error: &sqlx::Error) -> Problem {
    tracing::error!(error = %error, "a delivery could not be stored");
    Problem::unavailable("The delivery could not be stored. Please send it again.")
}

async fn together_with_retries(app: &App, deliveries: &[&Delivery]) -> Result<(), sqlx::Error> {
    for try_no in 1..TRIES {
        match together(app, deliveries).await {
            Err(error) if db::is_retryable(&error) => pause(try_no).await,
            outcome => return outcome,
        }
    }
    together(app, deliveries).await
}

async fn one_by_one_with_retries(app: &App, delivery: &Delivery) -> Result<(), sqlx::Error> {
    for try_no in 1..TRIES {
        match one_by_one(app, delivery).await {
            Err(error) if db::is_retryable(&error) => pause(try_no).await,
            outcome => return outcome,
        }
    }
    one_by_one(app, delivery).await
}

/// Lets whoever won the race finish.
async fn pause(try_no: u32) {
    tokio::time::sleep(Duration::from_millis(u64::from(try_no) * 5)).await;
}

/// All elements of all deliveries in one transaction.
async fn together(app: &App, deliveries: &[&Delivery]) -> Result<(), sqlx::Error> {
    let mut tx = app.db.begin_routine().await?;
    let items: Vec<Item<'_>> =
        deliveries.iter().flat_map(|d| d.elements.iter().map(|element| Item { channel: &d.channel, element })).collect();
    let mut fates = apply::apply(app, &mut tx, &items).await?.into_iter();
    let journal: Vec<_> = deliveries.iter().map(|d| (*d, fates.by_ref().take(d.elements.len()).collect())).collect();
    record(app, &mut tx, &journal).await?;
    tx.commit().await
}

/// One delivery, each element by itself.
async fn one_by_one(app: &App, delivery: &Delivery) -> Result<(), sqlx::Error> {
    let mut tx = app.db.begin_routine().await?;
    let fates = each(app, &mut tx, &delivery.channel, &delivery.elements).await?;
    record(app, &mut tx, &[(delivery, fates)]).await?;
    tx.commit().await
}

/// Applies each element in a savepoint of its own: what fails becomes a dead letter, its neighbours are stored.
pub(super) async fn each(
    app: &App,
    tx: &mut db::Tx,
    channel: &Live,
    elements: &[Element],
) -> Result<Vec<apply::Outcome>, sqlx::Error> {
    let mut fates = Vec::with_capacity(elements.len());
    for element in elements {
        let item = Item { channel, element };
        let savepoint = tx.savepoint().await?;
        fates.push(match apply::apply(app, tx, std::slice::from_ref(&item)).await {
            Ok(mut fates) => {
                tx.keep(savepoint).await?;
                fates.pop().unwrap_or_else(|| apply::Outcome::of(Fate::Dead("no outcome".to_owned())))
            }
            Err(error) if db::is_retryable(&error) || db::is_passing(&error) => return Err(error),
            Err(error) => {
                tx.undo(savepoint).await?;
                tracing::error!(channel_id = %channel.id(), error = %error, "an element of a delivery became a dead letter");
                apply::Outcome::of(Fate::Dead(error.to_string()))
            }
        });
    }
    Ok(fates)
}

async fn record(app: &App, tx: &mut db::Tx, journal: &[(&Delivery, Vec<apply::Outcome>)]) -> Result<(), sqlx::Error> {
    let (mut deliveries, mut elements) = (Vec::with_capacity(journal.len()), Vec::new());
    for (delivery, outcomes) in journal {
        let id: Uuid = app.new_id();
        deliveries.push(store::DeliveryRow { id, channel_id: delivery.channel.id(), body: delivery.body.to_vec() });
        for ((idx, element), outcome) in (0i32..).zip(&delivery.elements).zip(outcomes) {
            let row = store::ElementRow::of(id, idx, &element.body, outcome);
            metrics::counter!("ingest_elements_total", "kind" => row.kind, "fate" => row.fate).increment(1);
            elements.push(row);
        }
    }
    let events = Columns::of(tx.hand_over());
    store::record(tx, deliveries, elements, &events, app.now()).await
}
