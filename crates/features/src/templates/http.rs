//! Endpoints of templates.

use axum::extract::State;
use kernel::{
    auth::{Actor, Can, On, Row},
    http::{Accepted, Doc, Json, Page, PageQuery, Problem, Query, Routes, search_words},
};
use schemars::JsonSchema;
use serde::Deserialize;
use uuid::Uuid;

use super::{TemplateView, Variables, service, store};
use crate::{App, accounts::policy, channels::ChannelsManage};

kernel::permissions! {
    /// Look at templates and send them.
    TemplatesUse = "templates.use";
}

pub(super) fn routes() -> Routes<App> {
    Routes::new()
        .get("/api/v1/templates", Doc::new("templates.list", "Templates by name"), list)
        .get("/api/v1/templates/{id}", Doc::new("templates.get", "One template"), get)
        .put("/api/v1/templates/{id}/defaults", Doc::new("templates.save_defaults", "Save what you fill in"), save_defaults)
        .post("/api/v1/channels/{id}/templates/sync", Doc::new("templates.sync", "Read a channel's templates now"), sync)
}

/// A template by its id: every channel's templates may be read by whoever answers customers.
struct TemplateId(Uuid);

impl Row<App> for TemplateId {
    async fn load(app: &App, _: &Actor, id: Uuid, _: &'static str) -> Result<Option<Self>, Problem> {
        Ok(store::one(&mut *app.db.read().await?, None, id).await?.map(|row| Self(row.id)))
    }

    fn permits(&self, _: &App, actor: &Actor, permission: &'static str) -> bool {
        policy::allows(actor, permission)
    }
}

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct ListQuery {
    /// Of this channel only.
    channel_id: Option<Uuid>,
    /// Words in the name or the text.
    q: Option<String>,
    /// In this language only, as the provider writes it.
    language: Option<String>,
    /// With this status; `approved` unless said, `any` for all.
    status: Option<String>,
    /// Most in one page.
    limit: Option<u32>,
    /// Where to go on.
    cursor: Option<String>,
}

async fn list(
    who: Can<TemplatesUse>,
    State(app): State<App>,
    Query(query): Query<ListQuery>,
) -> Result<Json<Page<TemplateView>>, Problem> {
    let word = |text: Option<String>| text.map(|t| t.replace('\0', "").trim().to_owned()).filter(|t| !t.is_empty());
    let page = PageQuery { limit: query.limit, cursor: query.cursor };
    let limit = page.limit()?;
    let status = word(query.status).map_or_else(|| "approved".to_owned(), |status| status.to_lowercase());
    let filter = store::Filter {
        channel_id: query.channel_id,
        q: search_words(query.q.as_deref()),
        language: word(query.language),
        status: Some(status).filter(|status| status != "any"),
    };
    let mut conn = app.db.read().await?;
    let rows = store::page(&mut conn, who.actor.user_id(), &filter, page.after()?, limit + 1).await?;
    Ok(Json(Page::from_rows(rows, limit, |t| (t.name.clone(), t.language.clone(), t.id)).map(store::TemplateRow::view)))
}

async fn get(who: On<TemplateId, TemplatesUse>, State(app): State<App>) -> Result<Json<TemplateView>, Problem> {
    let (reader, id) = (who.access.actor().user_id(), who.access.row().0);
    let row = store::one(&mut *app.db.read().await?, reader, id).await?.ok_or_else(Problem::not_found)?;
    Ok(Json(row.view()))
}

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct SaveDefaults {
    /// What to fill in.
    variables: Variables,
}

async fn save_defaults(
    who: On<TemplateId, TemplatesUse>,
    State(app): State<App>,
    Json(body): Json<SaveDefaults>,
) -> Result<Json<TemplateView>, Problem> {
    let user_id = who.access.actor().user_id().ok_or_else(Problem::forbidden)?;
    let mut tx = app.db.begin().await?;
    let view = service::save_defaults(&app, &mut tx, user_id, who.access.row().0, &body.variables).await?;
    tx.commit().await?;
    Ok(Json(view))
}

/// The channel in the path, whose templates an admin wants read.
pub(super) struct ChannelId(pub Uuid);

impl Row<App> for ChannelId {
    async fn load(app: &App, actor: &Actor, id: Uuid, permission: &'static str) -> Result<Option<Self>, Problem> {
        if !policy::allows(actor, permission) {
            // Whoever may not manage channels learns nothing about which exist.
            return Err(Problem::forbidden());
        }
        Ok(crate::channels::live(app, id).await?.map(|_| Self(id)))
    }

    fn permits(&self, _: &App, _: &Actor, _: &'static str) -> bool {
        true
    }
}

async fn sync(who: On<ChannelId, ChannelsManage>, State(app): State<App>) -> Result<Accepted, Problem> {
    let mut tx = app.db.begin().await?;
    service::sync_now(&app, &mut tx, who.access.row().0).await?;
    tx.commit().await?;
    Ok(Accepted)
}
