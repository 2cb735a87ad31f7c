//! Endpoints of the journal, for admins.

use std::collections::BTreeMap;

use axum::extract::State;
use base::Time;
use kernel::{
    auth::{Actor, Can, On, Row},
    db::contains_pattern,
    http::{Doc, Json, Page, PageQuery, Problem, Query, Routes, search_words},
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::{
    super::store::journal::{self as rows, Filter},
    Delivery, DeliveryDetail, IngestHealth, RawDelivery, detail, health, raw, replay,
};
use crate::{App, accounts::policy};

kernel::permissions! {
    /// Look into the journal and replay what is in it.
    JournalRead = "journal.read";
    /// Read deliveries as they came.
    JournalRaw = "journal.raw";
}

/// Deliveries that one call may replay.
const MOST_REPLAYED: usize = 100;
const FATES: [&str; 7] = ["stored", "folded", "blocked", "duplicate", "ignored", "parked", "dead"];

pub(crate) fn routes() -> Routes<App> {
    Routes::new()
        .get("/api/v1/deliveries", Doc::new("deliveries.list", "What providers delivered, newest first"), list)
        .get("/api/v1/deliveries/{id}", Doc::new("deliveries.get", "One delivery and the fate of everything in it"), get)
        .get(
            "/api/v1/deliveries/{id}/raw",
            Doc::new("deliveries.raw", "One delivery as it came; the audit log notes it"),
            get_raw,
        )
        .post("/api/v1/deliveries/{id}/replay", Doc::new("deliveries.replay", "Do again what a delivery told"), replay_one)
        .post(
            "/api/v1/deliveries/replay",
            Doc::new("deliveries.replay_many", "Do again what several deliveries told"),
            replay_many,
        )
        .get("/api/v1/ingest/health", Doc::new("ingest.health", "How deliveries come in"), get_health)
}

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct DeliveryQuery {
    /// Only those that came at this channel's address.
    channel_id: Option<Uuid>,
    /// Only those with an element of this fate: `stored`, `folded`, `blocked`, `duplicate`, `ignored`, `parked`, `dead`.
    fate: Option<String>,
    /// The number or id of who wrote, a provider's id of a message, or words of a reason.
    q: Option<String>,
    /// Only from then on.
    from: Option<Time>,
    /// Only before then.
    to: Option<Time>,
    /// Rows per page, 1 to 200; 50 unless said.
    limit: Option<u32>,
    /// `next_cursor` of the page before.
    cursor: Option<String>,
}

impl DeliveryQuery {
    fn filter(&self) -> Result<Filter, Problem> {
        let words = self.q.as_deref().map(str::trim).filter(|words| !words.is_empty());
        if self.fate.as_deref().is_some_and(|fate| !FATES.contains(&fate)) {
            return Err(Problem::field("fate", format!("Use one of {}.", FATES.join(", "))));
        }
        Ok(Filter {
            channel_id: self.channel_id,
            fate: self.fate.clone(),
            id: words.map(id_of),
            words: search_words(words).as_deref().map(contains_pattern),
            from: self.from,
            to: self.to,
        })
    }
}

/// A number as providers write it, whatever people put between its digits; anything else as it stands.
fn id_of(typed: &str) -> String {
    let digits: String = typed.chars().filter(char::is_ascii_digit).collect();
    let number = typed.chars().all(|c| c.is_ascii_digit() || " +-().".contains(c));
    if number && !digits.is_empty() { digits } else { typed.to_owned() }
}

/// A delivery by its id: enough for the guard, since the right to the journal reaches all or none.
struct DeliveryId(Uuid);

impl Row<App> for DeliveryId {
    async fn load(app: &App, actor: &Actor, id: Uuid, permission: &'static str) -> Result<Option<Self>, Problem> {
        if !policy::allows(actor, permission) {
            return Err(Problem::forbidden());
        }
        Ok(rows::raw(&mut *app.db.read().await?, id).await?.map(|_| Self(id)))
    }

    fn permits(&self, _: &App, _: &Actor, _: &'static str) -> bool {
        true
    }
}

async fn list(
    _: Can<JournalRead>,
    State(app): State<App>,
    Query(query): Query<DeliveryQuery>,
) -> Result<Json<Page<Delivery>>, Problem> {
    let filter = query.filter()?;
    let page = PageQuery { limit: query.limit, cursor: query.cursor };
    let (limit, before) = (page.limit()?, page.after::<(Time, Uuid)>()?);
    let rows = rows::page(&mut *app.db.read().await?, &filter, before, limit + 1).await?;
    Ok(Json(Page::from_rows(rows, limit, |row| (row.received_at, row.id)).map(Delivery::from)))
}

async fn get(who: On<DeliveryId, JournalRead>, State(app): State<App>) -> Result<Json<DeliveryDetail>, Problem> {
    Ok(Json(detail(&app, &mut *app.db.read().await?, who.access.row().0).await?))
}

async fn get_raw(who: On<DeliveryId, JournalRaw>, State(app): State<App>) -> Result<Json<RawDelivery>, Problem> {
    let mut tx = app.db.begin().await?;
    let view = raw(&app, &mut tx, who.access.actor(), who.access.row().0).await?;
    tx.commit().await?;
    Ok(Json(view))
}

async fn replay_one(who: On<DeliveryId, JournalRead>, State(app): State<App>) -> Result<Json<DeliveryDetail>, Problem> {
    let id = who.access.row().0;
    let mut tx = app.db.begin().await?;
    replay(&app, &mut tx, who.access.actor(), id).await?;
    tx.commit().await?;
    Ok(Json(detail(&app, &mut *app.db.read().await?, id).await?))
}

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Replay {
    /// Which deliveries, 100 at most.
    ids: Vec<Uuid>,
}

/// What became of a replay of several.
#[derive(Debug, Serialize, JsonSchema)]
struct Replayed {
    /// Those that were done again.
    items: Vec<DoneAgain>,
    /// Those that could not be.
    failed: Vec<NotReplayed>,
}

/// A delivery that was done again.
#[derive(Debug, Serialize, JsonSchema)]
struct DoneAgain {
    /// Which.
    id: Uuid,
    /// How many of its elements have which fate now.
    elements: BTreeMap<String, i64>,
}

/// A delivery that could not be replayed.
#[derive(Debug, Serialize, JsonSchema)]
struct NotReplayed {
    /// Which.
    id: Uuid,
    /// Why not.
    detail: String,
}

/// Each in a transaction of its own: one that cannot be done again holds up no other.
async fn replay_many(who: Can<JournalRead>, State(app): State<App>, Json(body): Json<Replay>) -> Result<Json<Replayed>, Problem> {
    if body.ids.is_empty() || body.ids.len() > MOST_REPLAYED {
        return Err(Problem::field("ids", format!("Name 1 to {MOST_REPLAYED} deliveries.")));
    }
    let mut done = Replayed { items: Vec::new(), failed: Vec::new() };
    for id in body.ids {
        let one = async {
            let mut tx = app.db.begin().await?;
            replay(&app, &mut tx, &who.actor, id).await?;
            let mut elements = BTreeMap::new();
            for element in rows::elements(&mut tx, id).await? {
                *elements.entry(element.fate).or_insert(0) += 1;
            }
            tx.commit().await?;
            Ok::<_, Problem>(DoneAgain { id, elements })
        };
        match one.await {
            Ok(view) => done.items.push(view),
            Err(problem) => done.failed.push(NotReplayed { id, detail: problem.detail().to_owned() }),
        }
    }
    Ok(Json(done))
}

async fn get_health(_: Can<JournalRead>, State(app): State<App>) -> Result<Json<IngestHealth>, Problem> {
    Ok(Json(health(&app, &mut *app.db.read().await?).await?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_found_however_they_are_written() {
        for (typed, id) in
            [("+1 (555) 000-2222", "15550002222"), ("wamid.HBg=", "wamid.HBg="), ("US.700", "US.700"), ("...", "...")]
        {
            assert_eq!(id_of(typed), id);
        }
    }
}
