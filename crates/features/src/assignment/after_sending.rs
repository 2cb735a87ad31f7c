//! Closes what its author wanted closed as soon as their answer was sent.

use std::collections::BTreeSet;

use async_trait::async_trait;
use base::Code;
use kernel::{
    db::Tx,
    event::{Event, reader::Reader},
    http::Problem,
};
use uuid::Uuid;

use super::service;
use crate::{
    App, accounts, conversations,
    messages::{self, CloseOrder, Status},
};

/// Follows what becomes of messages.
pub(super) struct AfterSending(pub App);

/// The message of an event that says that the provider has it.
fn sent(event: &Event) -> Option<Uuid> {
    let message = event.data.get("message")?;
    let status = Status::parse(message.get("status")?.as_str()?)?;
    let there = matches!(status, Status::Sent | Status::Delivered | Status::Read);
    message.get("id")?.as_str()?.parse().ok().filter(|_| there)
}

#[async_trait]
impl Reader for AfterSending {
    fn name(&self) -> &'static str {
        "after_sending"
    }

    fn kinds(&self) -> &'static [&'static str] {
        &[messages::UPDATED]
    }

    /// What was sent before there were orders closes nothing, and what is sent while a node starts is not missed.
    fn begins_with_the_oldest(&self) -> bool {
        true
    }

    async fn handle(&self, tx: &mut Tx, events: &[Event]) -> anyhow::Result<()> {
        let sent: BTreeSet<Uuid> = events.iter().filter_map(sent).collect();
        if sent.is_empty() {
            return Ok(());
        }
        let mut orders = messages::take_closes(tx, &sent.into_iter().collect::<Vec<_>>()).await?;
        // Several locks are taken in the order of the conversations' ids.
        orders.sort_by_key(|order| order.conversation_id);
        for order in orders {
            let before = tx.savepoint().await?;
            match close(&self.0, tx, &order).await {
                Ok(()) => tx.keep(before).await?,
                // The database is away: all of it again, later.
                Err(problem) if matches!(problem.code(), Code::Unavailable | Code::Timeout) => return Err(problem.into()),
                Err(problem) => {
                    tx.undo(before).await?;
                    tracing::info!(conversation_id = %order.conversation_id, why = %problem, "a conversation stays open after its answer was sent");
                }
            }
        }
        Ok(())
    }
}

/// Closes the conversation with the rights its author has now, unless the customer has written since: then somebody has to look.
async fn close(app: &App, tx: &mut Tx, order: &CloseOrder) -> Result<(), Problem> {
    conversations::lock(tx, order.conversation_id).await?.ok_or_else(Problem::not_found)?;
    if messages::answered_since(tx, order.conversation_id, order.message_id).await? {
        return Ok(());
    }
    let actor = accounts::absent(app, tx, order.user_id).await?;
    service::close(app, tx, &actor, order.conversation_id, &order.reason, order.note.as_deref()).await
}
