//! What changes a message that is here already: a reaction to it, other words, its being taken back. It is no message of its own then. What
//! comes before its message, or is about one that nobody knows, stays visible as a message.

use connect::channel::Content;
use kernel::db::Tx;

use super::{Fate, apply::Arrival};
use crate::{
    App,
    messages::{self, Change, Fold, FoldTarget, Folded},
};

/// A change whose message is known.
pub(super) struct Folding {
    /// Which item it was.
    pub item: usize,
    pub target: FoldTarget,
    fold: Fold,
}

/// Takes those out of what arrived that change a message of the same customer.
pub(super) async fn take(app: &App, tx: &mut Tx, arrivals: &mut Vec<Arrival>) -> Result<Vec<Folding>, sqlx::Error> {
    let folds: Vec<(usize, Fold)> = arrivals.iter().filter_map(|a| Some((a.item, fold_of(app, a)?))).collect();
    if folds.is_empty() {
        return Ok(Vec::new());
    }
    let asked: Vec<Fold> = folds.iter().map(|(_, fold)| fold.clone()).collect();
    let mut found = messages::fold_targets(tx, &asked).await?;
    let mut taken = Vec::new();
    for (ord, (item, fold)) in (1i64..).zip(folds) {
        if let Some(at) = found.iter().position(|target| target.ord == ord) {
            taken.push(Folding { item, target: found.swap_remove(at), fold });
        }
    }
    arrivals.retain(|a| !taken.iter().any(|folding| folding.item == a.item));
    Ok(taken)
}

fn fold_of(app: &App, arrival: &Arrival) -> Option<Fold> {
    let message = &arrival.message;
    let (target, change) = match &message.content {
        Content::Reaction { to, emoji } => (to, Change::Reaction(emoji.clone())),
        Content::Edit { of, text: Some(text) } => (of, Change::Words(text.clone())),
        Content::Revoke { of } => (of, Change::TakenBack),
        _ => return None,
    };
    Some(Fold {
        channel_id: arrival.channel_id,
        external_id: message.external_id.clone(),
        target: target.clone(),
        senders: std::iter::once(&message.sender.external_id).chain(&message.sender.aliases).cloned().collect(),
        at: message.sent_at.unwrap_or_else(|| app.now()).min(app.now()),
        change,
    })
}

/// Changes the message; the caller holds its conversation's lock.
pub(super) async fn apply(app: &App, tx: &mut Tx, folding: &Folding) -> Result<Fate, sqlx::Error> {
    Ok(match messages::fold(app, tx, &folding.target, &folding.fold).await? {
        Folded::Told => Fate::Folded,
        Folded::Quietly => Fate::Quiet,
        Folded::Known => Fate::Duplicate,
    })
}
