//! What is said is no draft any more.

use async_trait::async_trait;
use base::Time;
use kernel::{
    db::Tx,
    event::{Event, reader::Reader},
};
use serde::Deserialize;
use uuid::Uuid;

use super::{
    service,
    store::{self, Written},
};
use crate::{
    App,
    messages::{self, Kind},
};

/// Empties the drafts of what was said or held to be said.
pub(super) struct Sent(pub App);

/// What of an event's message matters here.
#[derive(Deserialize)]
struct Message {
    conversation_id: Uuid,
    kind: Kind,
    author: Author,
    created_at: Time,
}

#[derive(Deserialize)]
struct Author {
    r#type: String,
    id: Option<Uuid>,
}

fn written(event: &Event) -> Option<Written> {
    // What was held is told when it is written and when it is released, and a note beside a step was never in the composer.
    if event.data["composed"] == false {
        return None;
    }
    let message = Message::deserialize(event.data.get("message")?).ok()?;
    let user_id = message.author.id.filter(|_| message.author.r#type == "user")?;
    Some(Written { user_id, conversation_id: message.conversation_id, kind: message.kind, at: message.created_at })
}

#[async_trait]
impl Reader for Sent {
    fn name(&self) -> &'static str {
        "drafts"
    }

    fn kinds(&self) -> &'static [&'static str] {
        &[messages::CREATED, messages::HELD]
    }

    /// What was said before there were drafts empties none, and what is said while a node starts is not missed.
    fn begins_with_the_oldest(&self) -> bool {
        true
    }

    async fn handle(&self, tx: &mut Tx, events: &[Event]) -> anyhow::Result<()> {
        let written: Vec<_> = events.iter().filter_map(written).collect();
        if written.is_empty() {
            return Ok(());
        }
        for (user_id, draft) in store::empty(tx, &written, self.0.now()).await? {
            service::emit(&self.0, tx, user_id, &draft);
        }
        Ok(())
    }
}
