//! Endpoints of users, for admins.

use axum::extract::State;
use kernel::{
    audit::Record,
    auth::{Actor, Can, On, Role, Row},
    event::log,
    http::{Created, Csv, Doc, Json, NoContent, Page, PageQuery, Problem, Query, Routes, WithCursor, search_words},
};
use schemars::JsonSchema;
use secrecy::SecretString;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::{
    User, UserStatus,
    create::NewUser,
    export,
    import::{self, ImportResult},
    invite::OneTimeLink,
    load_user, service,
    store::{self, Filter},
};
use crate::{
    App,
    accounts::{policy, sessions::forget},
    settings::{self, Settings, SettingsManage},
};

kernel::permissions! {
    /// Make, change, invite and deactivate users.
    UsersManage = "users.manage";
}

pub(super) fn routes() -> Routes<App> {
    Routes::new()
        .get("/api/v1/users", Doc::new("users.list", "Users by name"), list)
        .post("/api/v1/users", Doc::new("users.create", "Make a user, or invite one"), create)
        .get("/api/v1/users/summary", Doc::new("users.summary", "How many users there are"), summary)
        .get("/api/v1/users.csv", Doc::new("users.export", "Users as a CSV file"), export)
        .post("/api/v1/users/import", Doc::new("users.import", "Invite many users from a CSV file, or look it over"), import)
        .get("/api/v1/users/{id}", Doc::new("users.get", "One user"), get)
        .patch("/api/v1/users/{id}", Doc::new("users.update", "Change, deactivate or reactivate a user"), update)
        .post("/api/v1/users/{id}/link", Doc::new("users.link", "A link with which a user chooses a password"), link)
        .post(
            "/api/v1/users/{id}/two-factor/reset",
            Doc::new("users.reset_two_factor", "Take the second factor of somebody who lost theirs"),
            reset_two_factor,
        )
        .patch("/api/v1/settings", Doc::new("settings.update", "Decide for the whole installation"), update_settings)
        .post("/api/v1/users/{id}/sessions/end", Doc::new("users.end_sessions", "Sign a user out everywhere"), end_sessions)
}

/// A user by their id: enough for the guard, since the right to users reaches all or none.
#[derive(Debug, Clone, Copy)]
pub struct UserId(pub Uuid);

impl Row<App> for UserId {
    async fn load(app: &App, actor: &Actor, id: Uuid, permission: &'static str) -> Result<Option<Self>, Problem> {
        if !policy::allows(actor, permission) {
            // Whoever may not manage users learns nothing about which exist.
            return Err(Problem::forbidden());
        }
        Ok(store::exists(&mut *app.db.read().await?, id).await?.then_some(Self(id)))
    }

    fn permits(&self, _: &App, _: &Actor, _: &'static str) -> bool {
        true
    }
}

type OnUser = On<UserId, UsersManage>;

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "UserQuery")]
struct ListQuery {
    /// In the name, the e-mail or the name of a team.
    q: Option<String>,
    /// Only this role.
    role: Option<Role>,
    /// Only members of this team.
    team_id: Option<Uuid>,
    /// Only who stands like this.
    status: Option<UserStatus>,
    /// Rows per page, 1 to 200; 50 unless said.
    limit: Option<u32>,
    /// `next_cursor` of the page before.
    cursor: Option<String>,
}

#[derive(Debug, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct ExportQuery {
    /// In the name, the e-mail or the name of a team.
    #[serde(skip_serializing_if = "Option::is_none")]
    q: Option<String>,
    /// Only this role.
    #[serde(skip_serializing_if = "Option::is_none")]
    role: Option<Role>,
    /// Only members of this team.
    #[serde(skip_serializing_if = "Option::is_none")]
    team_id: Option<Uuid>,
    /// Only who stands like this.
    #[serde(skip_serializing_if = "Option::is_none")]
    status: Option<UserStatus>,
}

fn filter(q: Option<&str>, role: Option<Role>, team_id: Option<Uuid>, status: Option<UserStatus>) -> Filter {
    Filter { q: search_words(q), role: role.map(Role::as_str), team_id, status: status.map(UserStatus::as_str) }
}

async fn list(
    _: Can<UsersManage>,
    State(app): State<App>,
    Query(query): Query<ListQuery>,
) -> Result<WithCursor<Page<User>>, Problem> {
    let page = PageQuery { limit: query.limit, cursor: query.cursor };
    let (limit, after) = (page.limit()?, page.after()?);
    let filter = filter(query.q.as_deref(), query.role, query.team_id, query.status);
    let mut conn = app.db.read().await?;
    let cursor = log::end(&mut conn).await?;
    let rows = service::page(&mut conn, &app.public_url, &filter, after, limit + 1).await?;
    Ok(WithCursor(cursor, Page::from_rows(rows, limit, |(name, user)| (name.clone(), user.id)).map(|(_, user)| user)))
}

/// How many users there are.
#[derive(Debug, Serialize, JsonSchema)]
struct UserSummary {
    /// Who may sign in.
    active: i64,
    /// Who has not chosen a password yet.
    invited: i64,
    /// Who may not sign in.
    deactivated: i64,
    /// Of the active ones, who has a second factor.
    two_factor_on: i64,
}

async fn summary(_: Can<UsersManage>, State(app): State<App>) -> Result<Json<UserSummary>, Problem> {
    let counts = store::counts(&mut *app.db.read().await?).await?;
    Ok(Json(UserSummary {
        active: counts.active,
        invited: counts.invited,
        deactivated: counts.deactivated,
        two_factor_on: counts.two_factor_on,
    }))
}

async fn export(who: Can<UsersManage>, State(app): State<App>, Query(query): Query<ExportQuery>) -> Result<Csv, Problem> {
    let mut tx = app.db.begin().await?;
    tx.record(app.now(), &Record::by(&who.actor, "users.exported").with("filters", &query));
    tx.commit().await?;
    Ok(export::file(&app, filter(query.q.as_deref(), query.role, query.team_id, query.status)))
}

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct CreateUser {
    /// How they are shown to colleagues.
    name: String,
    /// What they sign in with.
    email: String,
    /// Their role.
    role: Role,
    /// Their teams.
    #[serde(default)]
    team_ids: Option<Vec<Uuid>>,
    /// Their first password; without one they are invited and choose it themselves.
    #[schemars(with = "Option<String>")]
    password: Option<SecretString>,
}

/// A new user, with the invitation's link where no password was given.
#[derive(Serialize, JsonSchema)]
struct CreatedUser {
    #[serde(flatten)]
    user: User,
    /// To be given to them; it is not shown again.
    #[serde(skip_serializing_if = "Option::is_none")]
    link: Option<OneTimeLink>,
}

async fn create(
    who: Can<UsersManage>,
    State(app): State<App>,
    Json(body): Json<CreateUser>,
) -> Result<Created<CreatedUser>, Problem> {
    let new = NewUser {
        name: body.name,
        email: body.email,
        role: body.role,
        team_ids: body.team_ids.unwrap_or_default(),
        password: body.password,
    };
    let mut tx = app.db.begin().await?;
    let (user, link) = service::create(&app, &mut tx, &who.actor, new).await?;
    tx.commit().await?;
    Ok(Created::New(CreatedUser { user, link }))
}

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct ImportUsers {
    /// The file. Its first line is `name,email,role,teams`; teams go by name, with semicolons between.
    csv: String,
    /// Only look it over and say what is wrong.
    dry_run: bool,
}

async fn import(
    who: Can<UsersManage>,
    State(app): State<App>,
    Json(body): Json<ImportUsers>,
) -> Result<Json<ImportResult>, Problem> {
    if body.dry_run {
        return Ok(Json(import::dry_run(&mut *app.db.read().await?, &body.csv).await?));
    }
    let mut tx = app.db.begin().await?;
    let result = import::import(&app, &mut tx, &who.actor, &body.csv).await?;
    tx.commit().await?;
    Ok(Json(result))
}

async fn get(who: OnUser, State(app): State<App>) -> Result<WithCursor<User>, Problem> {
    let mut conn = app.db.read().await?;
    let cursor = log::end(&mut conn).await?;
    let user = load_user(&mut conn, &app.public_url, who.access.row().0).await?.ok_or_else(Problem::not_found)?;
    Ok(WithCursor(cursor, user))
}

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct UpdateUser {
    name: Option<String>,
    email: Option<String>,
    role: Option<Role>,
    /// `false` ends every session of theirs, `true` lets them in again.
    active: Option<bool>,
    /// Replaces all teams.
    team_ids: Option<Vec<Uuid>>,
    /// Who gets their open conversations when they are deactivated; else those go back to their queues.
    hand_over_to: Option<Uuid>,
}

async fn update(who: OnUser, State(app): State<App>, Json(body): Json<UpdateUser>) -> Result<Json<User>, Problem> {
    let changes = service::Changes {
        name: body.name,
        email: body.email,
        role: body.role,
        active: body.active,
        team_ids: body.team_ids,
        hand_over_to: body.hand_over_to,
    };
    let mut tx = app.db.begin().await?;
    let (user, sessions) = service::update(&app, &mut tx, who.access.actor(), who.access.row().0, changes).await?;
    tx.commit().await?;
    forget(&app, &sessions).await;
    Ok(Json(user))
}

async fn link(who: OnUser, State(app): State<App>) -> Result<Json<OneTimeLink>, Problem> {
    let mut tx = app.db.begin().await?;
    let link = service::link(&app, &mut tx, who.access.actor(), who.access.row().0).await?;
    tx.commit().await?;
    Ok(Json(link))
}

async fn reset_two_factor(who: OnUser, State(app): State<App>) -> Result<NoContent, Problem> {
    let mut tx = app.db.begin().await?;
    let sessions = service::reset_two_factor(&app, &mut tx, who.access.actor(), who.access.row().0).await?;
    tx.commit().await?;
    forget(&app, &sessions).await;
    Ok(NoContent)
}

async fn end_sessions(who: OnUser, State(app): State<App>) -> Result<NoContent, Problem> {
    let mut tx = app.db.begin().await?;
    let sessions = service::end_sessions(&app, &mut tx, who.access.actor(), who.access.row().0).await?;
    tx.commit().await?;
    forget(&app, &sessions).await;
    Ok(NoContent)
}

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct UpdateSettings {
    /// The company's name, 1 to 100 characters.
    company_name: Option<String>,
    /// Roles whose users must set up a second factor before they can work.
    two_factor_roles: Option<Vec<Role>>,
    /// Messages that a customer may write on a channel within `flood_seconds`, 1 to 1,000; more are folded.
    flood_messages: Option<u32>,
    /// Seconds, 1 to 3,600.
    flood_seconds: Option<u32>,
    /// Messages of one run after which the customer is blocked: more than `flood_messages`, up to 100,000.
    flood_block_messages: Option<u32>,
    /// How long that block lasts, in hours: 1 to 720.
    flood_block_hours: Option<u32>,
}

async fn update_settings(
    who: Can<SettingsManage>,
    State(app): State<App>,
    Json(body): Json<UpdateSettings>,
) -> Result<Json<Settings>, Problem> {
    let flood = settings::FloodChanges {
        flood_messages: body.flood_messages,
        flood_seconds: body.flood_seconds,
        flood_block_messages: body.flood_block_messages,
        flood_block_hours: body.flood_block_hours,
    };
    let changes = settings::Changes { company_name: body.company_name, two_factor_roles: body.two_factor_roles, flood };
    let mut tx = app.db.begin().await?;
    let settings = service::update_settings(&app, &mut tx, &who.actor, changes).await?;
    tx.commit().await?;
    app.flood_limits.invalidate(&()).await;
    Ok(Json(settings))
}
