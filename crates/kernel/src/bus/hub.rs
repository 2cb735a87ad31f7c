//! Who listens to what within this process. Both adapters hand messages to it; it never waits for a slow listener.

use std::{
    collections::{HashMap, HashSet},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use tokio::sync::{
    Notify,
    broadcast::{self, error::RecvError},
};

use super::{BusMessage, QUEUE};

/// The topics with at least one listener.
#[derive(Default)]
pub(super) struct Hub {
    topics: Mutex<HashMap<String, broadcast::Sender<BusMessage>>>,
    /// Rung when a topic got its first listener or lost its last.
    pub(super) changed: Notify,
}

impl Hub {
    pub(super) fn subscribe(self: &Arc<Self>, topic: &str) -> Subscription {
        let mut topics = self.lock();
        let receiver = match topics.get(topic) {
            Some(sender) => sender.subscribe(),
            None => {
                let (sender, receiver) = broadcast::channel(QUEUE);
                topics.insert(topic.to_owned(), sender);
                self.changed.notify_one();
                receiver
            }
        };
        Subscription { topic: topic.to_owned(), receiver: Some(receiver), hub: Arc::clone(self) }
    }

    pub(super) fn deliver(&self, topic: &str, message: BusMessage) {
        if let Some(sender) = self.lock().get(topic) {
            // An error means that nobody listens, which is nobody's loss.
            let _ = sender.send(message);
        }
    }

    pub(super) fn topics(&self) -> HashSet<String> {
        self.lock().keys().cloned().collect()
    }

    /// Ends all subscriptions.
    pub(super) fn close(&self) {
        self.lock().clear();
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<String, broadcast::Sender<BusMessage>>> {
        self.topics.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Messages of one topic, from [`super::Bus::subscribe`]. Dropping it unsubscribes.
pub struct Subscription {
    topic: String,
    receiver: Option<broadcast::Receiver<BusMessage>>,
    hub: Arc<Hub>,
}

impl Subscription {
    /// The next message; `None` when the bus has been shut down. May be dropped while waiting without losing a message.
    pub async fn recv(&mut self) -> Option<BusMessage> {
        match self.receiver.as_mut()?.recv().await {
            Ok(message) => Some(message),
            Err(RecvError::Lagged(_)) => Some(BusMessage::Lost),
            Err(RecvError::Closed) => None,
        }
    }

    /// Forgets what is waiting: the caller has not yet been told that it is subscribed.
    pub(super) fn skip_waiting(&mut self) {
        self.receiver = self.receiver.take().map(|receiver| receiver.resubscribe());
    }
}

impl Drop for Subscription {
    fn drop(&mut self) {
        // Under the lock, so that of two listeners leaving at once the last one is seen to be the last.
        let mut topics = self.hub.lock();
        drop(self.receiver.take());
        if topics.get(&self.topic).is_some_and(|sender| sender.receiver_count() == 0) {
            topics.remove(&self.topic);
            self.hub.changed.notify_one();
        }
    }
}

impl std::fmt::Debug for Subscription {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Subscription").field("topic", &self.topic).finish_non_exhaustive()
    }
}
