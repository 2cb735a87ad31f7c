//! What a visitor does on the company's pages: where they are, where they came from, whether they are there now. Only what their channel
//! notes, and of addresses never what stands after `?` and `#`, which may be secret.

use std::time::Duration;

use base::Time;
use chrono::TimeDelta;
use connect::channel::Collect;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use sqlx::PgConnection;
use uuid::Uuid;

use super::store::{self, VisitorRow};
use crate::{App, contacts, conversations::Card};

/// What carries changes of visits between nodes.
pub(super) const CHANGED: &str = "visits";
/// How long a visitor counts as there after a node said so.
const ONLINE: TimeDelta = TimeDelta::seconds(75);
/// How often nodes say so.
pub(super) const SAY_AGAIN: Duration = Duration::from_secs(30);
/// The longest of what is noted, in characters.
const LONGEST: usize = 1000;

/// What is noted of a visit.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
pub(super) struct Visit {
    /// The page they are on, or were last.
    pub page: Option<VisitPage>,
    /// The page of another site that they came from.
    pub referrer: Option<String>,
    /// Their browser, as it calls itself.
    pub browser: Option<String>,
    /// Their time zone.
    pub time_zone: Option<String>,
    /// Their language.
    pub language: Option<String>,
}

/// A page.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub(super) struct VisitPage {
    /// Its address, without what stands after `?` and `#`.
    pub url: String,
    /// Its title.
    pub title: Option<String>,
}

/// A visit as colleagues see it.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub(super) struct VisitView {
    /// Whether they have the page open right now.
    pub online: bool,
    /// When they were last there; `null` where nobody ever was.
    pub seen_at: Option<Time>,
    /// What is noted.
    #[serde(flatten)]
    pub visit: Visit,
}

/// What a browser told of a visit.
#[derive(Debug, Default)]
pub(super) struct Told {
    pub url: Option<String>,
    pub title: Option<String>,
    pub referrer: Option<String>,
    pub browser: Option<String>,
    pub time_zone: Option<String>,
    pub language: Option<String>,
}

/// What may be noted of what was told, after what was noted before.
pub(super) fn noted(before: &Visit, told: &Told, allowed: Collect) -> Visit {
    let page = told.url.as_deref().and_then(address).map(|url| VisitPage { url, title: told.title.as_deref().and_then(words) });
    let came_from = told.referrer.as_deref().and_then(address);
    // Within a site every page but the first was come to from the one before.
    let inside = came_from.as_deref().zip(page.as_ref()).is_some_and(|(from, page)| origin(from) == origin(&page.url));
    let referrer = if inside { before.referrer.clone() } else { came_from };
    Visit {
        page: page.filter(|_| allowed.page),
        referrer: referrer.filter(|_| allowed.referrer),
        browser: told.browser.as_deref().and_then(words).filter(|_| allowed.browser),
        time_zone: told.time_zone.as_deref().and_then(words).filter(|_| allowed.time_zone),
        language: told.language.as_deref().and_then(words),
    }
}

/// A web address without what may be secret in it; `None` for anything that a link must not lead to.
fn address(url: &str) -> Option<String> {
    let url = url.split(['?', '#']).next().unwrap_or_default();
    let rest = url.strip_prefix("https://").or_else(|| url.strip_prefix("http://"))?;
    let host = rest.split('/').next().unwrap_or_default();
    // Who is named before an @ may be a password.
    (!host.is_empty() && !host.contains('@')).then(|| words(url)).flatten()
}

fn origin(url: &str) -> &str {
    let host_at = url.find("://").map_or(0, |at| at + 3);
    let end = url[host_at..].find('/').map_or(url.len(), |at| host_at + at);
    &url[..end]
}

fn words(text: &str) -> Option<String> {
    let text: String = text.chars().filter(|c| !c.is_control()).take(LONGEST).collect();
    (!text.trim().is_empty()).then_some(text)
}

/// The visit of a conversation's customer.
pub(super) async fn of_customer(app: &App, conn: &mut PgConnection, card: &Card) -> Result<VisitView, sqlx::Error> {
    let identities = contacts::identities_on(conn, card.contact_id, card.channel_id).await?;
    let found = store::visit_of(conn, card.channel_id, &identities).await?;
    Ok(match found {
        Some(row) => VisitView {
            online: row.online_until.is_some_and(|until| until > app.now()),
            seen_at: Some(row.seen_at),
            visit: row.visit.0,
        },
        None => VisitView { online: false, seen_at: None, visit: Visit::default() },
    })
}

/// The visitor went to another page without a new session.
pub(super) async fn turn_to(app: &App, row: &VisitorRow, allowed: Collect, url: &str, title: Option<&str>) {
    let Some(url) = address(url).filter(|_| allowed.page) else { return };
    let page = VisitPage { url, title: title.and_then(words) };
    let noted = async {
        let mut tx = app.db.begin().await?;
        let changed = store::set_page(&mut tx, row.id, &page, app.now()).await?;
        tx.commit().await?;
        Ok::<_, sqlx::Error>(changed)
    };
    if matches!(noted.await, Ok(true)) {
        tell(app, row).await;
    }
}

/// A visitor has come.
pub(super) async fn came(app: &App, conn: &mut PgConnection, row: &VisitorRow) -> Result<(), sqlx::Error> {
    store::set_online(conn, row.id, app.now(), app.now() + ONLINE).await
}

/// These visitors still have a socket here.
pub(super) async fn are_here(app: &App, ids: &[Uuid]) -> Result<(), sqlx::Error> {
    if ids.is_empty() {
        return Ok(());
    }
    let mut tx = app.db.begin().await?;
    store::keep_online(&mut tx, ids, app.now(), app.now() + ONLINE).await?;
    tx.commit().await
}

/// The last socket here of a visitor is gone. Where another node has one, it says so again soon.
pub(super) async fn went(app: &App, row: &VisitorRow) {
    let gone = async {
        let mut tx = app.db.begin().await?;
        store::set_online(&mut tx, row.id, app.now(), app.now()).await?;
        tx.commit().await
    };
    let gone: Result<(), sqlx::Error> = gone.await;
    match gone {
        Ok(()) => tell(app, row).await,
        Err(error) => tracing::debug!(%error, "that a visitor went is known a little later"),
    }
}

/// Something about a visit changed.
#[derive(Serialize, Deserialize)]
pub(super) struct Changed {
    pub channel_id: Uuid,
    pub external_id: String,
}

/// Tells all nodes, for the colleagues who look. Lost without harm.
pub(super) async fn tell(app: &App, row: &VisitorRow) {
    let changed = Changed { channel_id: row.channel_id, external_id: row.external_id.clone() };
    app.bus.publish(CHANGED, serde_json::to_vec(&changed).unwrap_or_default().into()).await;
}

#[cfg(test)]
mod tests {
    use super::*;

    const ALL: Collect = Collect { page: true, referrer: true, browser: true, time_zone: true };

    fn told() -> Told {
        let text = |text: &str| Some(text.to_owned());
        Told {
            url: text("https://shop.example/lamps?token=secret#top"),
            title: text("Lamps\u{0}"),
            referrer: text("https://search.example/find?q=lamp"),
            browser: text("Firefox"),
            time_zone: text("Europe/Lisbon"),
            language: text("pt"),
        }
    }

    #[test]
    fn only_what_the_channel_allows_is_noted_and_nothing_secret() {
        let visit = noted(&Visit::default(), &told(), ALL);
        let page = visit.page.clone().unwrap();
        assert_eq!((page.url.as_str(), page.title.as_deref()), ("https://shop.example/lamps", Some("Lamps")));
        assert_eq!(visit.referrer.as_deref(), Some("https://search.example/find"));
        let none = noted(&visit, &told(), Collect::default());
        assert_eq!(none, Visit { language: Some("pt".into()), ..Visit::default() });
    }

    #[test]
    fn where_they_came_from_stays_while_they_walk_about() {
        let first = noted(&Visit::default(), &told(), ALL);
        let walked =
            Told { url: Some("https://shop.example/2".into()), referrer: Some("https://shop.example/lamps".into()), ..told() };
        let second = noted(&first, &walked, ALL);
        assert_eq!((second.page.unwrap().url.as_str(), second.referrer), ("https://shop.example/2", first.referrer.clone()));
        // A site whose name begins with ours is another.
        let other = Told { referrer: Some("https://shop.example.evil.example/".into()), ..told() };
        assert_eq!(noted(&first, &other, ALL).referrer.as_deref(), Some("https://shop.example.evil.example/"));
    }

    #[test]
    fn a_link_leads_to_the_web_or_nowhere() {
        for hostile in
            ["javascript:alert(1)", "data:text/html,x", "//x", "https://", "https://user:secret@shop.example/", "", "ftp://x/"]
        {
            assert_eq!(address(hostile), None, "{hostile}");
        }
        assert_eq!(address(&format!("https://x/{}", "a".repeat(5000))).unwrap().len(), LONGEST);
    }
}
