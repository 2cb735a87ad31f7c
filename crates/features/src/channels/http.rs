//! Endpoints of channels, for admins.

use std::collections::BTreeMap;

use axum::extract::State;
use kernel::{
    auth::{Actor, Can, On, Row},
    http::{Created, Doc, Json, Page, PageQuery, Problem, Query, Routes},
};
use schemars::JsonSchema;
use secrecy::SecretString;
use serde::Deserialize;
use uuid::Uuid;

use super::{Channel, secrets, service};
use crate::App;

kernel::permissions! {
    /// Set up channels.
    ChannelsManage = "channels.manage";
}

pub(super) fn routes() -> Routes<App> {
    Routes::new()
        .get("/api/v1/channels", Doc::new("channels.list", "Channels by name"), list)
        .post("/api/v1/channels", Doc::new("channels.create", "Set up a channel"), create)
        .post(
            "/api/v1/channels/check",
            Doc::new("channels.check", "Try an account as it was entered, at its provider; nothing is saved"),
            check,
        )
        .post(
            "/api/v1/channels/{id}/secrets",
            Doc::new("channels.replace_secret", "Replace a secret; the old one holds for a day yet"),
            replace_secret,
        )
        .delete(
            "/api/v1/channels/{id}/secrets/previous",
            Doc::new("channels.end_previous_secret", "Let only the secret in use hold"),
            end_previous_secret,
        )
        .get("/api/v1/channels/{id}", Doc::new("channels.get", "One channel"), get)
        .patch("/api/v1/channels/{id}", Doc::new("channels.update", "Change a channel"), update)
}

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct CreateChannel {
    /// `whatsapp`, …
    kind: String,
    /// How people call it.
    name: String,
    /// The team whose queue its new conversations join.
    #[serde(default)]
    team_id: Option<Uuid>,
    /// What is no secret. WhatsApp: `phone_number_id`, `business_account_id`, `api_base`.
    config: serde_json::Value,
    /// What is, write-only. WhatsApp: `access_token`, `app_secret`, `verify_token`.
    #[schemars(with = "BTreeMap<String, String>")]
    credentials: BTreeMap<String, SecretString>,
    /// How many hours after the close a customer's message reopens the closed conversation, up to a year; 24 unless said, 0: never.
    reopen_hours: Option<i32>,
}

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct UpdateChannel {
    name: Option<String>,
    /// `null` takes the team away.
    #[serde(default, deserialize_with = "present")]
    #[schemars(with = "Option<Uuid>")]
    team_id: Option<Option<Uuid>>,
    /// Replaces the whole configuration.
    config: Option<serde_json::Value>,
    /// Replaces the named credentials only.
    #[serde(default)]
    #[schemars(with = "Option<BTreeMap<String, String>>")]
    credentials: BTreeMap<String, SecretString>,
    /// Switches it off or on.
    active: Option<bool>,
    /// How many hours after the close a customer's message reopens the closed conversation; 0: never.
    reopen_hours: Option<i32>,
    /// The language of its templates and texts unless said (`pt_BR`); `null` takes it away.
    #[serde(default, deserialize_with = "present")]
    #[schemars(with = "Option<String>")]
    language: Option<Option<String>>,
}

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct ReplaceSecret {
    /// Which. WhatsApp: `app_secret`.
    name: String,
    /// The new one.
    #[schemars(with = "String")]
    value: SecretString,
}

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct CheckChannel {
    /// `whatsapp`, …
    kind: String,
    /// What is no secret.
    config: serde_json::Value,
    /// What is.
    #[serde(default)]
    #[schemars(with = "BTreeMap<String, String>")]
    credentials: BTreeMap<String, SecretString>,
    /// A channel that is there already: credentials that are not named are taken from it, if they go to the same address.
    channel_id: Option<Uuid>,
}

/// What a look at an account found, part by part.
#[derive(serde::Serialize, JsonSchema)]
struct ChannelChecks {
    /// In the order in which they build on each other.
    checks: Vec<connect::channel::Finding>,
}

/// Tells `null` (take it away) from absent (leave it).
fn present<'de, D: serde::Deserializer<'de>, T: Deserialize<'de>>(deserializer: D) -> Result<Option<T>, D::Error> {
    T::deserialize(deserializer).map(Some)
}

/// A channel by its id: enough for the guard, since the right to channels reaches all or none.
pub struct ChannelId(pub Uuid);

impl Row<App> for ChannelId {
    async fn load(app: &App, actor: &Actor, id: Uuid, permission: &'static str) -> Result<Option<Self>, Problem> {
        if !crate::accounts::policy::allows(actor, permission) {
            // Whoever may not manage channels learns nothing about which exist.
            return Err(Problem::forbidden());
        }
        service::get(app, id).await.map(|_| Some(Self(id)))
    }

    fn permits(&self, _: &App, _: &Actor, _: &'static str) -> bool {
        true
    }
}

async fn list(
    _: Can<ChannelsManage>,
    State(app): State<App>,
    Query(page): Query<PageQuery>,
) -> Result<Json<Page<Channel>>, Problem> {
    let limit = page.limit()?;
    let rows = service::page(&app, page.after()?, limit + 1).await?;
    Ok(Json(Page::from_rows(rows, limit, |c| (c.name.to_lowercase(), c.id))))
}

async fn create(
    who: Can<ChannelsManage>,
    State(app): State<App>,
    Json(body): Json<CreateChannel>,
) -> Result<Created<Channel>, Problem> {
    let mut tx = app.db.begin().await?;
    let new = service::NewChannel {
        kind: body.kind,
        name: body.name,
        team_id: body.team_id,
        config: body.config,
        credentials: body.credentials,
        reopen_hours: body.reopen_hours,
    };
    let channel = service::create(&app, &mut tx, &who.actor, new).await?;
    tx.commit().await?;
    Ok(Created::New(channel))
}

async fn check(
    _: Can<ChannelsManage>,
    State(app): State<App>,
    Json(body): Json<CheckChannel>,
) -> Result<Json<ChannelChecks>, Problem> {
    let checks = service::probe(&app, &body.kind, body.config, body.credentials, body.channel_id).await?;
    Ok(Json(ChannelChecks { checks }))
}

async fn get(who: On<ChannelId, ChannelsManage>, State(app): State<App>) -> Result<Json<Channel>, Problem> {
    Ok(Json(service::get(&app, who.access.row().0).await?))
}

async fn update(
    who: On<ChannelId, ChannelsManage>,
    State(app): State<App>,
    Json(body): Json<UpdateChannel>,
) -> Result<Json<Channel>, Problem> {
    let mut tx = app.db.begin().await?;
    let changes = service::Changes {
        name: body.name,
        team_id: body.team_id,
        config: body.config,
        credentials: body.credentials,
        active: body.active,
        reopen_hours: body.reopen_hours,
        language: body.language,
    };
    let channel = service::update(&app, &mut tx, who.access.actor(), who.access.row().0, changes).await?;
    tx.commit().await?;
    app.live_channels.invalidate(&channel.id).await;
    Ok(Json(channel))
}

async fn replace_secret(
    who: On<ChannelId, ChannelsManage>,
    State(app): State<App>,
    Json(body): Json<ReplaceSecret>,
) -> Result<Json<Channel>, Problem> {
    let mut tx = app.db.begin().await?;
    let id = who.access.row().0;
    let channel = secrets::replace(&app, &mut tx, who.access.actor(), id, &body.name, body.value).await?;
    tx.commit().await?;
    app.live_channels.invalidate(&id).await;
    Ok(Json(channel))
}

async fn end_previous_secret(who: On<ChannelId, ChannelsManage>, State(app): State<App>) -> Result<Json<Channel>, Problem> {
    let mut tx = app.db.begin().await?;
    let id = who.access.row().0;
    let channel = secrets::end_previous(&app, &mut tx, who.access.actor(), id).await?;
    tx.commit().await?;
    app.live_channels.invalidate(&id).await;
    Ok(Json(channel))
}
