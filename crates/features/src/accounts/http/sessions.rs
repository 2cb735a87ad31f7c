//! One's own sessions.

use axum::extract::State;
use base::Time;
use kernel::{
    auth::SignedIn,
    http::{Doc, Json, NoContent, Page, PageQuery, ParamName, PathParam, Problem, Query, Routes},
};
use uuid::Uuid;

use crate::{
    App,
    accounts::sessions::{self, Session},
};

pub(super) fn routes() -> Routes<App> {
    Routes::new()
        .get("/api/v1/me/sessions", Doc::new("me.sessions", "One's own sessions, the current one first"), list)
        .delete("/api/v1/me/sessions/{id}", Doc::new("me.end_session", "End a session of one's own"), end)
        .post(
            "/api/v1/me/sessions/end-others",
            Doc::new("me.end_other_sessions", "End all other sessions of one's own"),
            end_others,
        )
}

/// The session in the path. It is nobody's but its owner's, who asks.
struct SessionId;

impl ParamName for SessionId {
    const NAME: &'static str = "id";
}

async fn list(who: SignedIn, State(app): State<App>, Query(page): Query<PageQuery>) -> Result<Json<Page<Session>>, Problem> {
    let (limit, after) = (page.limit()?, page.after::<(bool, Time, Uuid)>()?);
    let rows = sessions::page(&app, &who.actor, after, limit + 1).await?;
    Ok(Json(Page::from_rows(rows, limit, |s| (s.current, s.last_used_at, s.id))))
}

async fn end(who: SignedIn, State(app): State<App>, session: PathParam<SessionId>) -> Result<NoContent, Problem> {
    sessions::end_own(&app, &who.actor, session.id).await?;
    Ok(NoContent)
}

async fn end_others(who: SignedIn, State(app): State<App>) -> Result<NoContent, Problem> {
    sessions::end_others(&app, &who.actor).await?;
    Ok(NoContent)
}
