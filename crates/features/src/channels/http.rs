//! Endpoints of channels, for admins.

use std::collections::BTreeMap;

use axum::extract::State;
use connect::channel::Capabilities;
use kernel::{
    auth::{Actor, Can, On, Row},
    http::{Created, Doc, Json, Page, PageQuery, Problem, Query, Routes},
};
use schemars::JsonSchema;
use secrecy::SecretString;
use serde::Deserialize;
use uuid::Uuid;

use super::{Channel, service};
use crate::App;

kernel::permissions! {
    /// Set up channels.
    ChannelsManage = "channels.manage";
    /// See what a channel can do.
    ChannelsCapabilities = "channels.capabilities";
}

pub(super) fn routes() -> Routes<App> {
    Routes::new()
        .get("/api/v1/channels", Doc::new("channels.list", "Channels by name"), list)
        .post("/api/v1/channels", Doc::new("channels.create", "Set up a channel"), create)
        .get("/api/v1/channels/{id}", Doc::new("channels.get", "One channel"), get)
        .get(
            "/api/v1/channels/{id}/capabilities",
            Doc::new("channels.capabilities", "What a channel can do, and what files it takes"),
            capabilities,
        )
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
}

/// Tells `null` (take it away) from absent (leave it).
fn present<'de, D: serde::Deserializer<'de>, T: Deserialize<'de>>(deserializer: D) -> Result<Option<T>, D::Error> {
    T::deserialize(deserializer).map(Some)
}

/// A channel by its id: enough for the guard, since the right to channels reaches all or none.
struct ChannelId(Uuid);

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

async fn get(who: On<ChannelId, ChannelsManage>, State(app): State<App>) -> Result<Json<Channel>, Problem> {
    Ok(Json(service::get(&app, who.access.row().0).await?))
}

/// A channel as everybody may know it: what it can do is no secret of the company's, who may write over it is another matter.
struct Known(&'static Capabilities);

impl Row<App> for Known {
    async fn load(app: &App, _: &Actor, id: Uuid, _: &'static str) -> Result<Option<Self>, Problem> {
        Ok(service::live(app, id).await?.map(|channel| Self(channel.kind.capabilities())))
    }

    fn permits(&self, _: &App, _: &Actor, _: &'static str) -> bool {
        true
    }
}

async fn capabilities(who: On<Known, ChannelsCapabilities>) -> Json<Capabilities> {
    Json(who.access.row().0.clone())
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
    };
    let channel = service::update(&app, &mut tx, who.access.actor(), who.access.row().0, changes).await?;
    tx.commit().await?;
    app.live_channels.invalidate(&channel.id).await;
    Ok(Json(channel))
}
