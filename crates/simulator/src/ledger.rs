//! Bounded logs: what was sent through us, and what we called.

use std::collections::VecDeque;

use serde::Serialize;

/// A list that drops its oldest entries over a cap. Entries have consecutive ids, so finding one is arithmetic.
pub(crate) struct Ledger<T> {
    entries: VecDeque<T>,
    first_id: u64,
}

impl<T> Default for Ledger<T> {
    fn default() -> Self {
        Self { entries: VecDeque::new(), first_id: 1 }
    }
}

impl<T> Ledger<T> {
    /// Adds the entry made from its id; answers the id and what fell out.
    pub(crate) fn push(&mut self, cap: usize, make: impl FnOnce(u64) -> T) -> (u64, Vec<T>) {
        let id = self.first_id + self.entries.len() as u64;
        self.entries.push_back(make(id));
        let mut dropped = Vec::new();
        while self.entries.len() > cap.max(1) {
            dropped.extend(self.entries.pop_front());
            self.first_id += 1;
        }
        (id, dropped)
    }

    pub(crate) fn get_mut(&mut self, id: u64) -> Option<&mut T> {
        let index = usize::try_from(id.checked_sub(self.first_id)?).ok()?;
        self.entries.get_mut(index)
    }

    /// Oldest first.
    pub(crate) fn iter(&self) -> impl DoubleEndedIterator<Item = &T> {
        self.entries.iter()
    }

    /// Forgets everything; ids go on counting, so that a late update cannot hit a newer entry.
    pub(crate) fn clear(&mut self) {
        self.first_id += self.entries.len() as u64;
        self.entries.clear();
    }
}

/// One accepted send.
#[derive(Clone, Serialize)]
pub(crate) struct SentEntry {
    pub id: u64,
    pub wamid: String,
    pub phone_number_id: String,
    pub customer: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub biz_opaque_callback_data: Option<String>,
    /// The request body as it came.
    pub body: serde_json::Value,
    /// Unix milliseconds of the virtual clock.
    pub accepted_at: i64,
}

/// One webhook call with all its tries.
#[derive(Clone, Serialize)]
pub(crate) struct WebhookEntry {
    pub id: u64,
    pub phone_number_id: String,
    /// `delivery`, `duplicate`, `rebatched` or `raw`.
    pub kind: &'static str,
    /// What it carries, as `message:text` or `status:delivered`.
    pub contents: Vec<String>,
    /// The message ids in it, in order.
    pub wamids: Vec<String>,
    pub attempts: u32,
    /// The last HTTP status answered.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub status: Option<u16>,
    /// Why the last try had no answer.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub error: Option<String>,
    /// Whether it was answered 200.
    pub acked: bool,
    /// Whether the tries are used up.
    pub given_up: bool,
    /// Unix milliseconds of the virtual clock.
    pub started_at: i64,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub acked_at: Option<i64>,
}
