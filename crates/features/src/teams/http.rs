//! The list of teams, for everybody.

use axum::extract::State;
use kernel::{
    auth::Can,
    event::log,
    http::{Doc, Page, PageQuery, Problem, Query, Routes, WithCursor, search_words},
};
use schemars::JsonSchema;
use serde::Deserialize;

use super::{TeamView, store};
use crate::App;

kernel::permissions! {
    /// See which teams there are.
    TeamsRead = "teams.read";
}

pub(super) fn routes() -> Routes<App> {
    Routes::new().get("/api/v1/teams", Doc::new("teams.list", "Teams by name"), list)
}

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "TeamQuery")]
struct ListQuery {
    /// In the name or the description.
    q: Option<String>,
    /// Rows per page, 1 to 200; 50 unless said.
    limit: Option<u32>,
    /// `next_cursor` of the page before.
    cursor: Option<String>,
}

async fn list(
    _: Can<TeamsRead>,
    State(app): State<App>,
    Query(query): Query<ListQuery>,
) -> Result<WithCursor<Page<TeamView>>, Problem> {
    let page = PageQuery { limit: query.limit, cursor: query.cursor };
    let (limit, after) = (page.limit()?, page.after::<String>()?);
    let mut conn = app.db.read().await?;
    let cursor = log::end(&mut conn).await?;
    let rows = store::page(&mut conn, search_words(query.q.as_deref()).as_deref(), after.as_deref(), limit + 1).await?;
    Ok(WithCursor(cursor, Page::from_rows(rows, limit, |row| row.sort_name.clone()).map(store::Row::view)))
}
