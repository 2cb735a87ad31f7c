//! Endpoints of teams, for admins.

use axum::extract::State;
use kernel::{
    auth::Can,
    auth::{Actor, On, Row},
    event::log,
    http::{Created, Doc, Json, NoContent, ParamName, PathParam, Problem, Routes, WithCursor},
};
use schemars::JsonSchema;
use serde::Deserialize;
use uuid::Uuid;

use super::{TeamFull, service};
use crate::{
    App,
    accounts::{policy, sessions::forget},
    teams::{self, Draft},
};

kernel::permissions! {
    /// Make, change and delete teams, and say who is in them.
    TeamsManage = "teams.manage";
}

pub(super) fn routes() -> Routes<App> {
    Routes::new()
        .post("/api/v1/teams", Doc::new("teams.create", "Make a team"), create)
        .get("/api/v1/teams/{id}", Doc::new("teams.get", "One team with its members"), get)
        .patch("/api/v1/teams/{id}", Doc::new("teams.update", "Change a team"), update)
        .delete("/api/v1/teams/{id}", Doc::new("teams.delete", "Delete a team to which nothing belongs"), delete)
        .put("/api/v1/teams/{id}/members/{user_id}", Doc::new("teams.add_member", "Put somebody into a team"), add)
        .delete("/api/v1/teams/{id}/members/{user_id}", Doc::new("teams.remove_member", "Take somebody out of a team"), remove)
}

/// A team by its id: enough for the guard, since the right to teams reaches all or none.
struct TeamId(Uuid);

impl Row<App> for TeamId {
    async fn load(app: &App, actor: &Actor, id: Uuid, permission: &'static str) -> Result<Option<Self>, Problem> {
        if !policy::allows(actor, permission) {
            return Err(Problem::forbidden());
        }
        Ok(teams::view(&mut *app.db.read().await?, id).await?.map(|team| Self(team.id)))
    }

    fn permits(&self, _: &App, _: &Actor, _: &'static str) -> bool {
        true
    }
}

type OnTeam = On<TeamId, TeamsManage>;

/// The user beside the team in the path.
struct Member;

impl ParamName for Member {
    const NAME: &'static str = "user_id";
}

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct CreateTeam {
    /// Its name.
    name: String,
    /// `blue` unless said; green, amber, red, violet, teal, orange, pink or gray.
    color: Option<String>,
    /// What it is for.
    description: Option<String>,
}

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct UpdateTeam {
    name: Option<String>,
    /// `blue`, `green`, `amber`, `red`, `violet`, `teal`, `orange`, `pink` or `gray`.
    color: Option<String>,
    description: Option<String>,
}

async fn create(
    who: Can<TeamsManage>,
    State(app): State<App>,
    Json(body): Json<CreateTeam>,
) -> Result<Created<TeamFull>, Problem> {
    let draft = Draft {
        name: body.name,
        color: body.color.unwrap_or_else(|| teams::COLORS[0].to_owned()),
        description: body.description.unwrap_or_default(),
    };
    let mut tx = app.db.begin().await?;
    let team = service::create(&app, &mut tx, &who.actor, draft).await?;
    tx.commit().await?;
    Ok(Created::New(team))
}

async fn get(who: OnTeam, State(app): State<App>) -> Result<WithCursor<TeamFull>, Problem> {
    let mut conn = app.db.read().await?;
    let cursor = log::end(&mut conn).await?;
    Ok(WithCursor(cursor, service::full(&mut conn, &app.public_url, who.access.row().0).await?))
}

async fn update(who: OnTeam, State(app): State<App>, Json(body): Json<UpdateTeam>) -> Result<Json<TeamFull>, Problem> {
    let changes = service::Changes { name: body.name, color: body.color, description: body.description };
    let mut tx = app.db.begin().await?;
    let team = service::update(&app, &mut tx, who.access.actor(), who.access.row().0, changes).await?;
    tx.commit().await?;
    Ok(Json(team))
}

async fn delete(who: OnTeam, State(app): State<App>) -> Result<NoContent, Problem> {
    let mut tx = app.db.begin().await?;
    let sessions = service::delete(&app, &mut tx, who.access.actor(), who.access.row().0).await?;
    tx.commit().await?;
    forget(&app, &sessions).await;
    Ok(NoContent)
}

async fn add(who: OnTeam, State(app): State<App>, member: PathParam<Member>) -> Result<NoContent, Problem> {
    let mut tx = app.db.begin().await?;
    let sessions = service::add(&app, &mut tx, who.access.actor(), who.access.row().0, member.id).await?;
    tx.commit().await?;
    forget(&app, &sessions).await;
    Ok(NoContent)
}

async fn remove(who: OnTeam, State(app): State<App>, member: PathParam<Member>) -> Result<NoContent, Problem> {
    let mut tx = app.db.begin().await?;
    let sessions = service::remove(&app, &mut tx, who.access.actor(), who.access.row().0, member.id).await?;
    tx.commit().await?;
    forget(&app, &sessions).await;
    Ok(NoContent)
}
