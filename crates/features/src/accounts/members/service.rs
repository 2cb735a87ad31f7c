//! Use cases of teams and their members.

use base::{Code, Time};
use kernel::{
    audit::Record,
    auth::Actor,
    db::{Tx, constraint},
    http::Problem,
};
use sqlx::PgConnection;
use uuid::Uuid;

use super::{TeamFull, TeamMember};
use crate::{
    App,
    accounts::users::{self, load_user, load_users, tell},
    teams::{self, Draft, TeamView},
};

/// What to do with a team; what is absent stays.
#[derive(Debug, Default)]
pub(super) struct Changes {
    pub name: Option<String>,
    pub color: Option<String>,
    pub description: Option<String>,
}

/// A team with its members.
pub(super) async fn full(conn: &mut PgConnection, public_url: &str, id: Uuid) -> Result<TeamFull, Problem> {
    let view = teams::view(conn, id).await?.ok_or_else(Problem::not_found)?;
    let ids = teams::member_ids(conn, id).await?;
    let members = load_users(conn, public_url, &ids).await?;
    let member = |user: users::User| TeamMember {
        id: user.id,
        name: user.name,
        email: user.email,
        role: user.role,
        status: user.status,
        photo_url: user.photo_url,
    };
    Ok(TeamFull { view, members: members.into_iter().map(member).collect() })
}

/// A new team, with nobody in it.
pub(super) async fn create(app: &App, tx: &mut Tx, actor: &Actor, draft: Draft) -> Result<TeamFull, Problem> {
    let draft = draft.check()?;
    let (id, now) = (app.new_id(), app.now());
    teams::create(tx, id, &draft, now).await.map_err(teams::name_taken)?;
    tx.record(now, &Record::by(actor, "team.created").about("team", id, &draft.name));
    tell::team_changed(tx, id, now).await?;
    full(tx, &app.public_url, id).await
}

/// A team as changed.
pub(super) async fn update(app: &App, tx: &mut Tx, actor: &Actor, id: Uuid, changes: Changes) -> Result<TeamFull, Problem> {
    if !teams::lock(tx, id).await? {
        return Err(Problem::not_found());
    }
    let before = teams::view(tx, id).await?.ok_or_else(Problem::not_found)?;
    let before = Draft { name: before.name, color: before.color, description: before.description };
    let after = Draft {
        name: changes.name.unwrap_or_else(|| before.name.clone()),
        color: changes.color.unwrap_or_else(|| before.color.clone()),
        description: changes.description.unwrap_or_else(|| before.description.clone()),
    };
    let after = after.check()?;
    if before != after {
        let now = app.now();
        teams::update(tx, id, &after).await.map_err(teams::name_taken)?;
        let mut record = Record::by(actor, "team.updated").about("team", id, &after.name);
        for (field, old, new) in [
            ("name", &before.name, &after.name),
            ("color", &before.color, &after.color),
            ("description", &before.description, &after.description),
        ] {
            if old != new {
                record = record.with(field, serde_json::json!({ "from": old, "to": new }));
            }
        }
        tx.record(now, &record);
        tell::team_changed(tx, id, now).await?;
        // Their own teams are part of what their screens know of them.
        let members = teams::member_ids(tx, id).await?;
        tell::me_changed(tx, members, now);
    }
    full(tx, &app.public_url, id).await
}

/// Deletes a team to which nothing belongs any more. The sessions of those who were in it.
pub(super) async fn delete(app: &App, tx: &mut Tx, actor: &Actor, id: Uuid) -> Result<Vec<Uuid>, Problem> {
    if !teams::lock_to_delete(tx, id).await? {
        return Err(Problem::not_found());
    }
    let team = teams::view(tx, id).await?.ok_or_else(Problem::not_found)?;
    let (members, now) = (teams::member_ids(tx, id).await?, app.now());
    teams::delete(tx, id).await.map_err(|error| in_use(error, &team))?;
    tx.record(now, &Record::by(actor, "team.deleted").about("team", id, &team.name).with("members", members.len()));
    tell::team_deleted(tx, id, &members, now).await?;
    moved(app, tx, &members, now).await
}

/// Foreign keys decide: no look before could be sure.
fn in_use(error: sqlx::Error, team: &TeamView) -> Problem {
    let what = match constraint(&error) {
        Some("channel_team_id_fkey") => "A channel still sends its new conversations to",
        Some("conversation_team_id_fkey") => "There are conversations of",
        Some(name) if name.ends_with("_team_id_fkey") => "Something still belongs to",
        _ => return error.into(),
    };
    Problem::new(Code::InUse, format!("{what} the team {}. Give them to another team first.", team.name))
}

/// Puts somebody into a team; their sessions, where that changed anything.
pub(super) async fn add(app: &App, tx: &mut Tx, actor: &Actor, id: Uuid, user_id: Uuid) -> Result<Vec<Uuid>, Problem> {
    let user = load_user(tx, &app.public_url, user_id).await?.ok_or_else(Problem::not_found)?;
    let now = app.now();
    let gone = |error: sqlx::Error| if constraint(&error).is_some() { Problem::not_found() } else { error.into() };
    if !teams::add_member(tx, id, user_id, now).await.map_err(gone)? {
        return Ok(Vec::new());
    }
    tell::membership(tx, actor, "team.member_added", id, &user, now).await?;
    moved(app, tx, &[user_id], now).await
}

/// Takes somebody out of a team; their sessions, where that changed anything.
pub(super) async fn remove(app: &App, tx: &mut Tx, actor: &Actor, id: Uuid, user_id: Uuid) -> Result<Vec<Uuid>, Problem> {
    let user = load_user(tx, &app.public_url, user_id).await?.ok_or_else(Problem::not_found)?;
    let now = app.now();
    if !teams::remove_member(tx, id, user_id).await? {
        return Ok(Vec::new());
    }
    tell::membership(tx, actor, "team.member_removed", id, &user, now).await?;
    moved(app, tx, &[user_id], now).await
}

/// Tells what follows for those whose teams changed: what they see is another thing from now on.
async fn moved(app: &App, tx: &mut Tx, user_ids: &[Uuid], now: Time) -> Result<Vec<Uuid>, Problem> {
    let admins = users::admin_ids(tx).await?;
    for user in load_users(tx, &app.public_url, user_ids).await? {
        tell::admins(tx, &admins, now, &user);
    }
    let mut sessions = Vec::new();
    for user_id in user_ids {
        sessions.extend(users::live_sessions(tx, *user_id).await?);
    }
    tell::me_changed(tx, user_ids.to_vec(), now);
    tell::access_changed(tx, user_ids.to_vec(), now);
    Ok(sessions)
}
