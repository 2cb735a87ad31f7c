//! Writes down what is to be told, from what the log says.

use std::collections::{BTreeSet, HashMap};

use async_trait::async_trait;
use connect::channel::{Agent, Channel, NoticeKind};
use kernel::{
    db::Tx,
    event::{Event, reader::Reader},
};
use serde_json::Value;
use uuid::Uuid;

use super::{
    TOPIC,
    store::{self, NewNotice},
};
use crate::{
    App, accounts,
    conversations::{self, Card, Happening},
};

/// Follows what happens to conversations.
pub(super) struct Happenings(pub App);

/// Something to tell, before it is known of which channel it is.
struct Told {
    id: Option<Uuid>,
    conversation_id: Uuid,
    kind: NoticeKind,
    /// Who read, where it is about that.
    reader: Option<Uuid>,
    at: base::Time,
}

fn uuid(value: &Value) -> Option<Uuid> {
    value.as_str()?.parse().ok()
}

fn told(event: &Event) -> Option<Told> {
    let conversation_id = uuid(&event.data["conversation_id"])?;
    if event.kind == conversations::READ {
        let reader = event.audience.user_ids.first().copied();
        return Some(Told { id: None, conversation_id, kind: NoticeKind::Read, reader, at: event.at });
    }
    let entry = &event.data["entry"];
    let kind = match Happening::parse(entry["kind"].as_str()?)? {
        Happening::Opened | Happening::Reopened => NoticeKind::Opened,
        Happening::Taken | Happening::Assigned => NoticeKind::Assigned,
        Happening::Closed => NoticeKind::Closed,
        _ => return None,
    };
    Some(Told { id: uuid(&entry["id"]), conversation_id, kind, reader: None, at: event.at })
}

#[async_trait]
impl Reader for Happenings {
    fn name(&self) -> &'static str {
        "notices"
    }

    fn kinds(&self) -> &'static [&'static str] {
        &[conversations::TIMELINE_ADDED, conversations::READ]
    }

    async fn handle(&self, tx: &mut Tx, events: &[Event]) -> anyhow::Result<()> {
        let told: Vec<Told> = events.iter().filter_map(told).collect();
        let ids: BTreeSet<Uuid> = told.iter().map(|t| t.conversation_id).collect();
        if ids.is_empty() {
            return Ok(());
        }
        let cards = conversations::cards(tx, &ids.into_iter().collect::<Vec<_>>()).await?;
        let can_tell =
            |card: &Card| self.0.channels.get(&card.channel_kind).map(Channel::capabilities).is_some_and(|c| c.notices);
        let cards: HashMap<Uuid, Card> = cards.into_iter().filter(can_tell).map(|card| (card.id, card)).collect();
        let assignees: Vec<Uuid> = cards.values().filter_map(|card| card.assignee_id).collect();
        let photos: HashMap<Uuid, String> = if assignees.is_empty() {
            HashMap::new()
        } else {
            accounts::photo_tokens(tx, &assignees).await?.into_iter().collect()
        };
        let now = self.0.now();
        let mut notices = Vec::new();
        for told in told {
            let Some(card) = cards.get(&told.conversation_id) else { continue };
            // What the one who has the conversation has read counts; who else looked is nobody's business.
            // A blocked customer sees nothing of us.
            if told.kind == NoticeKind::Read && (card.blocked || told.reader.is_none() || told.reader != card.assignee_id) {
                continue;
            }
            let agent = card.assignee_id.map(|id| Agent {
                name: card.assignee_name.clone().unwrap_or_default(),
                photo_url: photos.get(&id).map(|token| format!("{}/api/v1/photos/{token}", self.0.public_url)),
            });
            notices.push(NewNotice {
                // The entry's own id: a reader may see an event twice.
                id: told.id.unwrap_or_else(|| self.0.new_id()),
                channel_id: card.channel_id,
                conversation_id: card.id,
                kind: told.kind,
                agent,
                at: told.at,
            });
        }
        if !notices.is_empty() {
            store::insert(tx, &notices, now).await?;
            tx.wake(TOPIC);
        }
        Ok(())
    }
}
