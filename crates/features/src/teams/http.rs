//! Endpoints of teams.

use axum::extract::State;
use kernel::{
    auth::Can,
    http::{Doc, Json, Page, PageQuery, Problem, Query, Routes},
};

use super::{Team, store};
use crate::App;

kernel::permissions! {
    /// See which teams there are.
    TeamsRead = "teams.read";
}

pub(super) fn routes() -> Routes<App> {
    Routes::new().get("/api/v1/teams", Doc::new("teams.list", "Teams by name"), list)
}

async fn list(_: Can<TeamsRead>, State(app): State<App>, Query(page): Query<PageQuery>) -> Result<Json<Page<Team>>, Problem> {
    let (limit, after) = (page.limit()?, page.after::<String>()?);
    let mut conn = app.db.read_relaxed().await?;
    let rows = store::page(&mut conn, after.as_deref(), limit + 1).await?;
    Ok(Json(Page::from_rows(rows, limit, |team| team.name.to_lowercase())))
}
