//! What was sent, what was called.

use std::sync::Arc;

use axum::extract::{Query, State};
use axum::response::Response;
use serde::Deserialize;
use serde_json::{Value, json};

use crate::answer::ok;
use crate::hub::Hub;

/// Narrows a ledger; with `limit` only the newest so many are shown. Oldest first in any case.
#[derive(Deserialize)]
pub(super) struct Filter {
    phone_number_id: Option<String>,
    wamid: Option<String>,
    biz_opaque_callback_data: Option<String>,
    /// Webhooks neither acknowledged nor given up.
    pending: Option<bool>,
    limit: Option<usize>,
}

impl Filter {
    fn number(&self, id: &str) -> bool {
        self.phone_number_id.as_deref().is_none_or(|wanted| wanted == id)
    }

    fn answer(&self, mut newest_first: Vec<Value>) -> Response {
        newest_first.reverse();
        ok(&json!({ "data": newest_first }))
    }
}

pub(super) async fn sent(State(hub): State<Arc<Hub>>, Query(filter): Query<Filter>) -> Response {
    let world = hub.world();
    let entries = world.sent.iter().rev().filter(|entry| {
        filter.number(&entry.phone_number_id)
            && filter.wamid.as_ref().is_none_or(|wamid| *wamid == entry.wamid)
            && filter.biz_opaque_callback_data.as_ref().is_none_or(|data| Some(data) == entry.biz_opaque_callback_data.as_ref())
    });
    let shown = entries.take(filter.limit.unwrap_or(usize::MAX)).map(|entry| {
        let mut shown = json!(entry);
        if let Some(data) = &entry.biz_opaque_callback_data {
            let key = (entry.phone_number_id.clone(), data.clone());
            shown["times_accepted"] = json!(world.callback_counts.get(&key).copied().unwrap_or(1));
        }
        shown
    });
    filter.answer(shown.collect())
}

pub(super) async fn webhooks(State(hub): State<Arc<Hub>>, Query(filter): Query<Filter>) -> Response {
    let world = hub.world();
    let entries = world.webhooks.iter().rev().filter(|entry| {
        filter.number(&entry.phone_number_id)
            && filter.wamid.as_ref().is_none_or(|wamid| entry.wamids.contains(wamid))
            && filter.pending.is_none_or(|pending| pending != (entry.acked || entry.given_up))
    });
    filter.answer(entries.take(filter.limit.unwrap_or(usize::MAX)).map(|entry| json!(entry)).collect())
}
