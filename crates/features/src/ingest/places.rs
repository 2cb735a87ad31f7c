//! Where messages land: each sender's conversation, found, woken, reopened or opened, and locked.

use std::collections::{BTreeMap, HashMap, HashSet};

use base::Time;
use kernel::{auth::Actor, db::Tx};
use uuid::Uuid;

use super::apply::Arrival;
use crate::{
    App,
    contacts::{self, Identity},
    conversations::{self, Locked, Opening, State, Step, StepError, Waker, Wanted},
    messages,
};

/// Where messages land.
pub(super) struct Places {
    /// The conversation of each sender on each channel, locked.
    pub of: HashMap<(Uuid, Uuid), Locked>,
    /// Messages that are here already and so change nothing.
    pub known: HashSet<(Uuid, String)>,
}

/// The conversation of each sender, locked: the open one, woken if it sleeps and they say something; else the one closed lately, reopened;
/// else a new one, where the message may open one.
pub(super) async fn lock_conversations<'a>(
    app: &App,
    tx: &mut Tx,
    arrivals: &[Arrival],
    identity_of: &impl Fn(&Arrival) -> Option<&'a Identity>,
    also: &[Uuid],
) -> Result<Places, sqlx::Error> {
    let blocked: HashSet<Uuid> = arrivals.iter().filter_map(identity_of).filter(|i| i.blocked).map(|i| i.contact_id).collect();
    let mut wanted: HashMap<(Uuid, Uuid), Wanted> = HashMap::new();
    for arrival in arrivals {
        let Some(identity) = identity_of(arrival) else { continue };
        let pair = (arrival.channel_id, identity.contact_id);
        let entry = wanted.entry(pair).or_insert(Wanted { channel_id: pair.0, contact_id: pair.1, closed_after: None });
        if arrival.opens {
            // What a blocked contact writes goes to where they last wrote, however long ago, and leaves it as it stands.
            entry.closed_after = Some(if identity.blocked { Time::UNIX_EPOCH } else { arrival.closed_after });
        }
    }
    let asked: Vec<_> = wanted.values().copied().collect();
    let mut of: HashMap<(Uuid, Uuid), Locked> = HashMap::new();
    for row in conversations::lock_for(tx, &asked, also).await? {
        let pair = (row.channel_id, row.contact_id);
        let Some(wanted) = wanted.get(&pair) else { continue };
        let fits = is_open(&row) || wanted.closed_after.is_some_and(|after| row.closed_at.is_some_and(|at| at > after));
        let better = of.get(&pair).is_none_or(|known| !is_open(known) && (is_open(&row) || row.closed_at > known.closed_at));
        if fits && better {
            of.insert(pair, row);
        }
    }
    // What is open and awake needs no more. Elsewhere a repeat of what was said before neither opens nor wakes anything.
    let settled = |pair: &(Uuid, Uuid)| of.get(pair).is_some_and(|c| is_open(c) && c.state != State::Snoozed.as_str());
    let unsettled: Vec<(&Arrival, &Identity)> = arrivals
        .iter()
        .filter_map(|a| identity_of(a).map(|identity| (a, identity)))
        .filter(|(a, identity)| !settled(&(a.channel_id, identity.contact_id)))
        .collect();
    if unsettled.is_empty() {
        return Ok(Places { of, known: HashSet::new() });
    }
    let asked: Vec<_> = unsettled.iter().map(|(a, _)| a.key()).collect();
    let known: HashSet<(Uuid, String)> = messages::known(tx, &asked).await?.into_keys().collect();
    // By contact: what they say, and what else may open a conversation (a reaction, which asks for no answer).
    let mut openings: BTreeMap<(Uuid, Uuid), (Opening, bool)> = BTreeMap::new();
    for (arrival, identity) in unsettled.into_iter().filter(|(a, _)| a.opens && !known.contains(&a.key())) {
        let pair = (arrival.channel_id, identity.contact_id);
        let opening = Opening { channel_id: pair.0, contact_id: pair.1, identity_id: identity.id, team_id: arrival.team_id };
        openings.entry(pair).or_insert((opening, false)).1 |= arrival.message.opens_window;
    }
    let mut missing = Vec::new();
    for (pair, (opening, speaks)) in openings {
        match of.get(&pair) {
            None if blocked.contains(&pair.1) => {
                of.extend(open_closed(app, tx, &opening).await?.map(|conversation| (pair, conversation)));
            }
            Some(_) if blocked.contains(&pair.1) => {}
            None => missing.push(opening),
            Some(row) if speaks => {
                if !stir(app, tx, row).await? {
                    of.remove(&pair);
                    missing.push(opening);
                }
            }
            // It lands where it belongs and changes nothing there.
            Some(_) => {}
        }
    }
    for _ in 0..OPENING_TRIES {
        if missing.is_empty() {
            return Ok(Places { of, known });
        }
        let open = conversations::open_missing(app, tx, &missing).await?;
        of.extend(open.into_iter().filter(is_open).map(|c| ((c.channel_id, c.contact_id), c)));
        missing.retain(|o| !of.contains_key(&(o.channel_id, o.contact_id)));
    }
    // Somebody opens and closes as fast as we look. The delivery has to come again.
    Err(sqlx::Error::PoolTimedOut)
}

/// How often a conversation that another node opened may be closed again before it was locked here.
const OPENING_TRIES: u32 = 4;

fn is_open(row: &Locked) -> bool {
    row.state != State::Closed.as_str()
}

/// Wakes or reopens a locked conversation because its customer says something. `false`: another node has opened another one meanwhile.
async fn stir(app: &App, tx: &mut Tx, row: &Locked) -> Result<bool, sqlx::Error> {
    let actor = Actor::system("customer");
    let step = if is_open(row) { Step::Wake(Waker::Customer) } else { Step::Reopen { by_customer: true } };
    let savepoint = tx.savepoint().await?;
    match conversations::make(app, tx, &actor, row, step).await {
        Ok(()) => {
            tx.keep(savepoint).await?;
            Ok(true)
        }
        Err(StepError::AnotherOpen) => {
            tx.undo(savepoint).await?;
            Ok(false)
        }
        Err(StepError::Database(error)) => Err(error),
        Err(StepError::Refused(refusal)) => Err(sqlx::Error::Protocol(refusal.to_string())),
    }
}

/// Where a blocked contact has no conversation yet, what they write lands in one that is closed from the start. Looked for again under the
/// contact's lock, for another node may have made it meanwhile.
async fn open_closed(app: &App, tx: &mut Tx, opening: &Opening) -> Result<Option<Locked>, sqlx::Error> {
    contacts::lock(tx, opening.contact_id).await?;
    let wanted = Wanted { channel_id: opening.channel_id, contact_id: opening.contact_id, closed_after: Some(Time::UNIX_EPOCH) };
    match conversations::lock_for(tx, &[wanted], &[]).await?.pop() {
        Some(known) => Ok(Some(known)),
        None => conversations::open_closed(app, tx, opening).await,
    }
}
