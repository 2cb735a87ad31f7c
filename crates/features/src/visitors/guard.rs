//! Who is let in. A page may ask what it shows if its origin is allowed; a visitor shows a token besides.

use std::{net::IpAddr, time::Duration};

use base::Code;
use connect::channel::Widget;
use http::{HeaderMap, header};
use kernel::{
    auth::{VisitName, VisitSource},
    crypto::hash_token,
    http::Problem,
};
use uuid::Uuid;

use super::store::{self, VisitorRow};
use crate::{
    App, accounts,
    channels::{self, Live},
};

/// Requests of one visitor in [`WINDOW`].
const VISITOR_REQUESTS: u64 = 60;
const WINDOW: Duration = Duration::from_secs(10);

/// A page that may carry the widget.
pub(super) struct Page {
    pub channel: Live,
    pub widget: Widget,
    pub address: IpAddr,
}

/// Somebody on such a page.
pub(super) struct Visitor {
    pub page: Page,
    pub row: VisitorRow,
    /// Of the token they showed.
    pub hash: [u8; 32],
}

impl VisitName for Page {
    const NAME: &'static str = "page";
}

impl VisitName for Visitor {
    const NAME: &'static str = "visitor";
}

/// A channel with pages, and how they look.
pub(super) async fn channel(app: &App, id: Uuid) -> Result<(Live, Widget), Problem> {
    let channel = channels::live(app, id).await?.ok_or_else(Problem::not_found)?;
    let widget = channel.kind.widget(&channel.settings).ok_or_else(Problem::not_found)?;
    Ok((channel, widget))
}

/// Whether a page of this origin may carry the widget. MAX's own may: it has a page to try it on.
pub(super) fn origin_allowed(app: &App, widget: &Widget, origin: &str) -> bool {
    widget.allowed_origins.iter().any(|allowed| allowed == origin) || accounts::same_origin(&app.public_url, origin)
}

/// The origin that a browser names, if it names one.
pub(super) fn origin(headers: &HeaderMap) -> Option<&str> {
    headers.get(header::ORIGIN).map(|origin| origin.to_str().unwrap_or(""))
}

pub(super) fn wrong_origin() -> Problem {
    Problem::new(
        Code::WrongOrigin,
        "This page may not carry this chat. An admin can add its address to the channel's allowed origins.",
    )
}

impl VisitSource<App> for Page {
    async fn admit(app: &App, id: Uuid, headers: &HeaderMap, address: IpAddr) -> Result<Self, Problem> {
        let (channel, widget) = channel(app, id).await?;
        if origin(headers).is_some_and(|origin| !origin_allowed(app, &widget, origin)) {
            return Err(wrong_origin());
        }
        Ok(Self { channel, widget, address })
    }
}

impl VisitSource<App> for Visitor {
    async fn admit(app: &App, id: Uuid, headers: &HeaderMap, address: IpAddr) -> Result<Self, Problem> {
        let page = Page::admit(app, id, headers, address).await?;
        let token = headers.get(header::AUTHORIZATION).and_then(|v| v.to_str().ok()).and_then(|v| v.split_once(' '));
        let token = token.filter(|(scheme, _)| scheme.eq_ignore_ascii_case("bearer")).map(|(_, token)| token.trim());
        let hash = hash_token(token.ok_or_else(expired)?.as_bytes());
        let row = store::by_token(&mut *app.db.read().await?, id, &hash, app.now()).await?.ok_or_else(expired)?;
        budget(app, &format!("visitor:{}", row.id.simple()), VISITOR_REQUESTS, WINDOW).await?;
        Ok(Self { page, row, hash })
    }
}

/// The token does not hold, whoever it was of.
pub(super) fn expired() -> Problem {
    Problem::new(Code::Unauthenticated, "This visit has ended. Begin a new session.")
}

/// Counts one more; a 429 when it is one too many.
pub(super) async fn budget(app: &App, key: &str, most: u64, window: Duration) -> Result<(), Problem> {
    if app.bus.increment(&format!("rate:{key}"), window).await <= most {
        return Ok(());
    }
    metrics::counter!("requests_refused_total", "limit" => "visitor").increment(1);
    let problem = Problem::new(Code::TooManyRequests, "That was a lot at once. Wait a moment, then go on.");
    Err(problem.with_retry_after(window))
}
