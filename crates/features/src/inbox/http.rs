//! The list endpoint.

use axum::extract::State;
use kernel::{
    auth::Can,
    event::log,
    http::{Doc, Page, PageQuery, Problem, Query, Routes, WithCursor},
};
use schemars::JsonSchema;
use serde::Deserialize;
use uuid::Uuid;

use super::{
    ListFilter, Sort, View,
    model::{FilterError, Place},
    service,
};
use crate::{
    App,
    conversations::{Card, ConversationView, ConversationsRead},
};

pub(super) fn routes() -> Routes<App> {
    Routes::new().get("/api/v1/conversations", Doc::new("inbox.list", "Conversations of a view"), list)
}

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "ConversationQuery")]
struct ListQuery {
    /// Which list; `all` unless said.
    #[serde(default)]
    view: View,
    /// Only this team's; needed for `view=team`.
    team_id: Option<Uuid>,
    /// Only these states, with commas between; `open` means all but closed.
    state: Option<String>,
    /// Only this channel.
    channel_id: Option<Uuid>,
    /// Only what this user has; `none`: what nobody has.
    assignee_id: Option<String>,
    /// Only with this tag.
    tag: Option<Uuid>,
    /// Only these priorities, with commas between.
    priority: Option<String>,
    /// Only what you have not read to its end.
    #[serde(default)]
    unread: bool,
    /// Only where the customer waits for an answer.
    #[serde(default)]
    waiting: bool,
    /// Words in the customer's name, or a conversation's number.
    q: Option<String>,
    /// The order; `priority` for the queue, else `newest`, unless said.
    sort: Option<Sort>,
    /// Rows per page, 1 to 200; 50 unless said.
    limit: Option<u32>,
    /// `next_cursor` of the page before.
    cursor: Option<String>,
}

impl From<FilterError> for Problem {
    fn from(error: FilterError) -> Self {
        Problem::field(error.field, error.message)
    }
}

async fn list(
    who: Can<ConversationsRead>,
    State(app): State<App>,
    Query(query): Query<ListQuery>,
) -> Result<WithCursor<Page<ConversationView>>, Problem> {
    let page = PageQuery { limit: query.limit, cursor: query.cursor };
    let (limit, after) = (page.limit()?, page.after::<Place>()?);
    let filter = ListFilter {
        view: query.view,
        team_id: query.team_id,
        state: query.state,
        channel_id: query.channel_id,
        assignee_id: query.assignee_id,
        tag: query.tag,
        priority: query.priority,
        unread: query.unread,
        waiting: query.waiting,
        q: query.q,
    };
    let question = filter.question(query.sort, &who.actor)?;
    if after.is_some_and(|place| place.sort != question.sort) {
        return Err(PageQuery::invalid_cursor());
    }
    let mut conn = app.db.read().await?;
    let cursor = log::end(&mut conn).await?;
    let found = service::list(&mut conn, &who.actor, &question, after, limit).await?;
    let place = |card: &Card| found.end.unwrap_or_else(|| Place::of(card, question.sort));
    Ok(WithCursor(cursor, Page::from_rows(found.cards, limit, place).map(|card| card.personal())))
}
