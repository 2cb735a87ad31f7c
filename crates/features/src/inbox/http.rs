//! The list endpoint.

use axum::extract::State;
use base::Time;
use kernel::{
    auth::Can,
    event::log,
    http::{Doc, Page, PageQuery, Problem, Query, Routes, WithCursor},
};
use schemars::JsonSchema;
use serde::Deserialize;
use uuid::Uuid;

use super::store::{self, Filter};
use crate::{
    App,
    conversations::{self, Card, ConversationView, ConversationsRead, Scope},
};

pub(super) fn routes() -> Routes<App> {
    Routes::new().get("/api/v1/conversations", Doc::new("inbox.list", "Conversations of a view"), list)
}

/// What a list shows and in which order.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
enum View {
    /// Assigned to you, newest activity first.
    Mine,
    /// Waiting in your teams' queues, longest waiting first.
    Queue,
    /// Of one team (`team_id`), newest activity first.
    Team,
    /// All you may see, newest activity first.
    #[default]
    All,
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
    /// Only this state; `open` means all but closed.
    state: Option<String>,
    /// Only this channel.
    channel_id: Option<Uuid>,
    /// Only what this user has.
    assignee_id: Option<Uuid>,
    /// Only with this tag.
    tag: Option<String>,
    /// Words in the customer's name, or a conversation's number.
    q: Option<String>,
    /// Rows per page, 1 to 200; 50 unless said.
    limit: Option<u32>,
    /// `next_cursor` of the page before.
    cursor: Option<String>,
}

async fn list(
    who: Can<ConversationsRead>,
    State(app): State<App>,
    Query(query): Query<ListQuery>,
) -> Result<WithCursor<Page<ConversationView>>, Problem> {
    let page = PageQuery { limit: query.limit, cursor: query.cursor };
    let (limit, after) = (page.limit()?, page.after::<(Option<Time>, Uuid)>()?);
    if query.view == View::Team && query.team_id.is_none() {
        return Err(Problem::field("team_id", "Say which team."));
    }
    let filter = Filter {
        states: query.state.as_deref().map(states).transpose()?,
        channel_id: query.channel_id,
        team_id: query.team_id,
        assignee_id: query.assignee_id,
        q: query.q.map(|q| q.trim().to_owned()).filter(|q| !q.is_empty()),
    };
    let scope = Scope::of(&who.actor, "conversations.read");
    let mut conn = app.db.read().await?;
    let cursor = log::end(&mut conn).await?;
    // Nothing carries a tag yet, so a list narrowed to one is empty.
    let rows = match query.view {
        _ if query.tag.is_some() => Vec::new(),
        View::Mine => store::mine(&mut conn, &scope, &filter, after, limit + 1).await?,
        View::Queue if scope.all || filter.q.is_some() => store::queue(&mut conn, &scope, &filter, after, limit + 1).await?,
        View::Queue => store::team_queues(&mut conn, &scope, &filter, after, limit + 1).await?,
        View::All if !scope.all && filter.q.is_none() => store::reachable(&mut conn, &scope, &filter, after, limit + 1).await?,
        View::Team | View::All => store::all(&mut conn, &scope, &filter, after, limit + 1).await?,
    };
    let key = |card: &Card| match query.view {
        // Who does not wait comes last.
        View::Queue => (card.waiting_since, card.id),
        _ => (Some(card.last_activity_at), card.id),
    };
    Ok(WithCursor(cursor, Page::from_rows(rows, limit, key).map(|card| card.personal())))
}

fn states(asked: &str) -> Result<Vec<String>, Problem> {
    use conversations::State;
    let all = [State::New, State::Triage, State::Queued, State::Assigned, State::Snoozed, State::Closed];
    if asked == "open" {
        return Ok(all.iter().filter(|s| **s != State::Closed).map(|s| s.as_str().to_owned()).collect());
    }
    let known = State::parse(asked);
    known
        .map(|s| vec![s.as_str().to_owned()])
        .ok_or_else(|| Problem::field("state", "Use new, triage, queued, assigned, snoozed, closed or open."))
}
