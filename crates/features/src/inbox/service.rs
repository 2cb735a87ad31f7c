//! Use cases of lists: a page, which match, how many there are.

use std::collections::{BTreeSet, HashMap, HashSet};

use kernel::auth::Actor;
use sqlx::PgConnection;
use uuid::Uuid;

use super::{
    model::{Place, Question, Sort, View, Way},
    store::{self, Ask, Name},
};
use crate::{
    accounts::policy::{self, Reach},
    conversations::{self, Card, Scope},
};

/// Numbers on screens stop here.
pub const COUNT_CAP: i64 = 1000;

/// Rows of a list.
pub(super) struct Found {
    pub cards: Vec<Card>,
    /// The place of the row that ends the page, where the row does not say it itself.
    pub end: Option<Place>,
}

/// The next `limit` rows, and one more if there are more.
pub(super) async fn list(
    conn: &mut PgConnection,
    actor: &Actor,
    question: &Question,
    after: Option<Place>,
    limit: i64,
) -> Result<Found, sqlx::Error> {
    let scope = Scope::of(actor, "conversations.read");
    let ask = Ask { question, scope: &scope, after, limit: limit + 1 };
    let oldest = question.sort == Sort::Oldest;
    let mut end = None;
    let mut cards = match question.way(&scope) {
        Way::Plain => store::plain(conn, ask, oldest).await?,
        Way::Queue => store::queue(conn, ask).await?,
        Way::Sorted => store::sorted(conn, ask, question.sort == Sort::Priority, question.view == View::Mentions).await?,
        Way::Mentions => {
            let cards = store::mentions(conn, ask, oldest).await?;
            if let Some(last) =
                usize::try_from(limit - 1).ok().and_then(|at| cards.get(at)).filter(|_| cards.len() as i64 > limit)
            {
                let at = store::mentioned_at(conn, scope.user_id, last.id).await?;
                end = Some(Place { at, ..Place::of(last, question.sort) });
            }
            cards
        }
        Way::Reachable(teams) => {
            let mut all = Vec::new();
            for teams in chunks(&teams) {
                all.push(store::reachable(conn, ask, teams, oldest).await?);
            }
            merge(all, ask.limit, |a, b| {
                let newest = (b.last_activity_at, b.id).cmp(&(a.last_activity_at, a.id));
                if oldest { newest.reverse() } else { newest }
            })
        }
        Way::TeamQueues(teams) => {
            let mut all = Vec::new();
            for teams in chunks(&teams) {
                all.push(store::team_queues(conn, ask, teams).await?);
            }
            let key = |card: &Card| {
                let place = Place::of(card, Sort::Priority);
                (place.rank, place.at.is_none(), place.at, place.id)
            };
            merge(all, ask.limit, |a, b| key(a).cmp(&key(b)))
        }
    };
    name(conn, &mut cards).await?;
    Ok(Found { cards, end })
}

/// Which conversations the question finds for the actor, at most `limit`.
pub(crate) async fn ids(
    conn: &mut PgConnection,
    actor: &Actor,
    question: &Question,
    limit: i64,
) -> Result<Vec<Uuid>, sqlx::Error> {
    let scope = Scope::of(actor, "conversations.read");
    // Which they are does not depend on their order.
    let question = &question.in_own_order(scope.user_id);
    let ask = Ask { question, scope: &scope, after: None, limit };
    let mut found: Vec<Uuid> = Vec::new();
    match question.way(&scope) {
        Way::Plain => found = store::plain_ids(conn, ask).await?,
        // Not the way of any view's own order.
        Way::Sorted => {}
        Way::Queue => found = store::queue_ids(conn, ask).await?,
        Way::Mentions => found = store::mention_ids(conn, ask).await?,
        Way::Reachable(teams) => {
            for teams in chunks(&teams) {
                found.extend(store::reachable_ids(conn, ask, teams).await?);
            }
        }
        Way::TeamQueues(teams) => {
            for teams in chunks(&teams) {
                found.extend(store::team_queue_ids(conn, ask, teams).await?);
            }
        }
    }
    let mut seen = HashSet::new();
    found.retain(|id| seen.insert(*id));
    found.truncate(usize::try_from(limit).unwrap_or_default());
    Ok(found)
}

/// How many there are for the actor: at most [`COUNT_CAP`], and whether there are more.
pub(crate) async fn count(conn: &mut PgConnection, actor: &Actor, question: &Question) -> Result<(i64, bool), sqlx::Error> {
    let found = ids(conn, actor, question, COUNT_CAP + 1).await?.len() as i64;
    Ok((found.min(COUNT_CAP), found > COUNT_CAP))
}

/// The numbers beside the lists.
pub(crate) struct Counts {
    pub own_open: i64,
    pub own_unread: i64,
    pub own_snoozed: i64,
    pub mentions: i64,
    /// Team and how many wait there.
    pub queues: Vec<(Uuid, i64)>,
}

/// The numbers beside the actor's lists. What exceeds [`COUNT_CAP`] does so by one.
pub(crate) async fn counts(conn: &mut PgConnection, actor: &Actor) -> Result<Counts, sqlx::Error> {
    let user_id = actor.user_id().unwrap_or_default();
    let cap = COUNT_CAP + 1;
    let own = store::own(conn, user_id, cap).await?;
    let mentions = store::unseen_mentions(conn, user_id, cap).await?;
    let all = policy::reach(actor, "conversations.read") == Reach::All;
    let queues = store::waiting(conn, all, actor.team_ids(), cap).await?;
    Ok(Counts {
        own_open: own.open,
        own_unread: own.unread,
        own_snoozed: own.snoozed,
        mentions,
        queues: queues.into_iter().map(|q| (q.team_id, q.waiting)).collect(),
    })
}

/// The teams in portions that fit into a statement; one empty portion where there are none, for there are other ways than teams.
fn chunks(teams: &[Uuid]) -> impl Iterator<Item = &[Uuid]> {
    let none: &[Uuid] = &[];
    teams.chunks(store::TEAMS).chain(teams.is_empty().then_some(none))
}

/// The first `limit` of several lists of the same order.
fn merge(mut lists: Vec<Vec<Card>>, limit: i64, order: impl Fn(&Card, &Card) -> std::cmp::Ordering) -> Vec<Card> {
    if lists.len() == 1 {
        return lists.pop().unwrap_or_default();
    }
    let mut all: Vec<Card> = lists.into_iter().flatten().collect();
    all.sort_by(order);
    all.dedup_by_key(|card| card.id);
    all.truncate(usize::try_from(limit).unwrap_or_default());
    all
}

/// Fills in the names that do not stand in the conversation's row: few, for rows share them.
async fn name(conn: &mut PgConnection, cards: &mut [Card]) -> Result<(), sqlx::Error> {
    if cards.is_empty() {
        return Ok(());
    }
    let distinct = |ids: BTreeSet<Uuid>| ids.into_iter().collect::<Vec<_>>();
    let channels = distinct(cards.iter().map(|card| card.channel_id).collect());
    let teams = distinct(cards.iter().filter_map(|card| card.team_id).collect());
    let users = distinct(cards.iter().filter_map(|card| card.assignee_id).collect());
    let names: HashMap<Uuid, Name> =
        store::names(conn, &channels, &teams, &users).await?.into_iter().map(|name| (name.id, name)).collect();
    let tags = distinct(cards.iter().flat_map(|card| card.tag_ids.iter().copied()).collect());
    let tags = if tags.is_empty() { Vec::new() } else { conversations::tag_refs(conn, &tags).await? };
    for card in cards {
        card.show_tags(&tags);
        if let Some(channel) = names.get(&card.channel_id) {
            (card.channel_name, card.channel_kind) = (channel.name.clone(), channel.also.clone().unwrap_or_default());
            (card.channel_paused_at, card.channel_paused_reason) = (channel.paused_at, channel.paused_reason.clone());
        }
        if let Some(team) = card.team_id.and_then(|id| names.get(&id)) {
            (card.team_name, card.team_color) = (Some(team.name.clone()), team.also.clone());
        }
        card.assignee_name = card.assignee_id.and_then(|id| names.get(&id)).map(|user| user.name.clone());
    }
    Ok(())
}
