//! What changes a message after it was said: reactions, other words, its being taken back.

use base::Time;
use connect::channel::Content;
use kernel::db::Tx;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::{AuthorType, emit_updated, store};
use crate::{App, conversations, settings};

/// How one person reacted to a message, as its row keeps it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reaction {
    /// The emoji; `None`: taken back.
    pub emoji: Option<String>,
    /// `contact`, or `user` for the company, which has one reaction whoever of it reacts.
    pub by: String,
    /// Who.
    pub author_id: Option<Uuid>,
    /// Their name then.
    pub author_name: String,
    /// When.
    pub at: Time,
    /// The provider's id of the reaction.
    pub external_id: Option<String>,
    /// Why it did not reach the customer.
    #[serde(default)]
    pub error: Option<String>,
}

/// What the customer changes about a message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Change {
    /// They react to it, or take that back.
    Reaction(Option<String>),
    /// It has other words.
    Words(String),
    /// It is taken back.
    TakenBack,
}

/// A change as it arrived.
#[derive(Debug, Clone)]
pub struct Fold {
    /// The channel.
    pub channel_id: Uuid,
    /// The provider's id of the change itself.
    pub external_id: String,
    /// The provider's id of the message.
    pub target: String,
    /// The ids of who made it.
    pub senders: Vec<String>,
    /// When, by the provider's clock.
    pub at: Time,
    /// What.
    pub change: Change,
}

/// The message that a change is about.
#[derive(Debug, Clone)]
pub struct FoldTarget {
    /// Which of the changes asked about, by position from 1.
    pub ord: i64,
    /// The message.
    pub message_id: Uuid,
    /// Its conversation.
    pub conversation_id: Uuid,
    /// The customer.
    pub contact_id: Uuid,
    /// Their name.
    pub contact_name: String,
}

/// What became of a change.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Folded {
    /// It was made, and the screens were told.
    Told,
    /// It was made; there were so many that the screens were not told of this one.
    Quietly,
    /// It came before, or something newer did.
    Known,
}

/// Changes a message; the caller holds its conversation's lock.
pub async fn fold(app: &App, tx: &mut Tx, target: &FoldTarget, fold: &Fold) -> Result<Folded, sqlx::Error> {
    if !change(tx, target, fold).await? {
        return Ok(Folded::Known);
    }
    let limits = settings::flood_limits(app, tx).await?;
    let (most, seconds) = (limits.flood_messages, limits.flood_seconds);
    if !conversations::count_change(tx, target.conversation_id, most, seconds, app.now()).await? {
        return Ok(Folded::Quietly);
    }
    let row = store::one(tx, target.conversation_id, target.message_id).await?;
    let card = conversations::cards(tx, &[target.conversation_id]).await?.pop();
    if let (Some(row), Some(card)) = (row, card) {
        emit_updated(app, tx, &row, &card);
        if !matches!(fold.change, Change::Reaction(_)) {
            conversations::emit_updated(app, tx, &card);
        }
    }
    Ok(Folded::Told)
}

/// Writes a change down. `false`: there is nothing to change.
async fn change(tx: &mut Tx, target: &FoldTarget, fold: &Fold) -> Result<bool, sqlx::Error> {
    let Some(row) = store::one(tx, target.conversation_id, target.message_id).await? else { return Ok(false) };
    match &fold.change {
        Change::Reaction(emoji) => {
            let reaction = Reaction {
                emoji: emoji.clone(),
                by: AuthorType::Contact.as_str().to_owned(),
                author_id: Some(target.contact_id),
                author_name: target.contact_name.clone(),
                at: fold.at,
                external_id: Some(fold.external_id.clone()),
                error: None,
            };
            let known = row.reactions.as_ref().map_or(&[][..], |kept| kept.0.as_slice());
            let Some(reactions) = react(known, reaction) else { return Ok(false) };
            store::folding::set_reactions(tx, row.id, &reactions).await?;
        }
        Change::Words(words) => {
            let same = row.edited_at == Some(fold.at) && row.text().as_ref() == Some(words);
            if row.revoked_at.is_some() || same || row.edited_at.is_some_and(|at| at > fold.at) {
                return Ok(false);
            }
            let Some(content) = reworded(&row.content, words) else { return Ok(false) };
            let preview = content.preview();
            let json = serde_json::to_value(&content).unwrap_or_default();
            store::folding::reword(tx, row.id, &json, &preview, fold.at).await?;
            conversations::retitle_last(tx, row.conversation_id, row.id, &preview).await?;
        }
        Change::TakenBack => {
            if row.revoked_at.is_some() {
                return Ok(false);
            }
            let preview = "Deleted message";
            store::folding::revoke(tx, row.id, preview, fold.at).await?;
            conversations::retitle_last(tx, row.conversation_id, row.id, preview).await?;
        }
    }
    Ok(true)
}

/// The reactions with this one: one of each side, the newest. `None` when it tells nothing new.
pub(super) fn react(known: &[Reaction], new: Reaction) -> Option<Vec<Reaction>> {
    let mut all = known.to_vec();
    match all.iter_mut().find(|r| r.by == new.by) {
        Some(old) if old.at > new.at || (old.external_id.is_some() && old.external_id == new.external_id) => return None,
        Some(old) => *old = new,
        None => all.push(new),
    }
    Some(all)
}

/// The content with other words, where it has words.
fn reworded(content: &serde_json::Value, words: &str) -> Option<Content> {
    match serde_json::from_value(content.clone()).ok()? {
        Content::Text { .. } => Some(Content::Text { text: words.to_owned() }),
        Content::Media(mut media) => {
            media.caption = Some(words.to_owned());
            Some(Content::Media(media))
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn reaction(second: i64, emoji: Option<&str>) -> Reaction {
        Reaction {
            emoji: emoji.map(str::to_owned),
            by: "contact".to_owned(),
            author_id: None,
            author_name: "Ana".to_owned(),
            at: chrono::DateTime::from_timestamp(1_800_000_000 + second, 0).unwrap(),
            external_id: Some(format!("wamid.{second}")),
            error: None,
        }
    }

    proptest! {
        /// In whatever order and however often they come: the newest stands.
        #[test]
        fn the_newest_reaction_stands(order in proptest::collection::vec(0i64..6, 1..20)) {
            let newest = *order.iter().max().unwrap();
            let mut kept: Vec<Reaction> = Vec::new();
            for second in order {
                kept = react(&kept, reaction(second, (second % 2 == 0).then_some("x"))).unwrap_or(kept);
            }
            prop_assert_eq!(kept, vec![reaction(newest, (newest % 2 == 0).then_some("x"))]);
        }
    }

    #[test]
    fn each_side_has_one() {
        let ours = Reaction { by: "user".to_owned(), ..reaction(1, Some("y")) };
        let both = react(&[reaction(2, Some("x"))], ours).unwrap();
        assert_eq!(both.len(), 2);
    }
}
