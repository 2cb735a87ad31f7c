//! Endpoints of canned responses.

use axum::extract::State;
use kernel::{
    auth::{Access, Can, On},
    http::{Created, Doc, Json, NoContent, ParamName, PathParam, Problem, Query, Routes},
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::{
    Canned, Sharing,
    access::{CannedRow, Reader},
    service::{self, To},
    store,
};
use crate::{
    App,
    conversations::{ConversationRow, ConversationsRead},
    media::MediaView,
};

kernel::permissions! {
    /// Use canned responses.
    CannedRead = "canned.read";
    /// Write canned responses.
    CannedWrite = "canned.write";
}

pub(super) fn routes() -> Routes<App> {
    Routes::new()
        .get("/api/v1/canned", Doc::new("canned.list", "Canned responses, the best first"), list)
        .post("/api/v1/canned", Doc::new("canned.create", "Add a canned response"), create)
        .patch("/api/v1/canned/{id}", Doc::new("canned.update", "Change a canned response"), update)
        .delete("/api/v1/canned/{id}", Doc::new("canned.delete", "Delete a canned response"), delete)
        .get(
            "/api/v1/conversations/{id}/canned/{canned_id}",
            Doc::new("canned.fill", "A canned response, filled for this conversation"),
            fill,
        )
        .post(
            "/api/v1/conversations/{id}/canned/{canned_id}/use",
            Doc::new("canned.use", "Use a canned response in this conversation: filled, with copies of its files"),
            use_it,
        )
}

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct ListQuery {
    /// Words in the shortcut, the title or the text.
    q: Option<String>,
    /// Of the teams' only this one's.
    team_id: Option<Uuid>,
}

/// Canned responses.
#[derive(Serialize, JsonSchema)]
struct List {
    /// The best match first, then what is used most.
    items: Vec<Canned>,
}

async fn list(who: Can<CannedRead>, State(app): State<App>, Query(query): Query<ListQuery>) -> Result<Json<List>, Problem> {
    let q = query.q.map(|q| q.trim().trim_start_matches('/').replace('\0', "")).filter(|q| !q.is_empty());
    let mut conn = app.db.read().await?;
    let found = store::list(&mut conn, &Reader::of(&who.actor), q.as_deref(), query.team_id).await?;
    Ok(Json(List { items: service::with_files(&app, &mut conn, found).await? }))
}

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct CreateCanned {
    /// What one types after `/` to find it: no spaces, no slashes, at most 40 characters.
    shortcut: String,
    /// How it is called.
    title: String,
    /// The words, with placeholders such as `{first_name}`; `\{` and `\}` are plain braces.
    text: String,
    /// Who it is for.
    scope: Sharing,
    /// The team it is for.
    team_id: Option<Uuid>,
    /// Files that you uploaded, at most 5; it gets copies of its own.
    #[serde(default)]
    attachments: Vec<Uuid>,
}

async fn create(
    who: Can<CannedWrite>,
    State(app): State<App>,
    Json(body): Json<CreateCanned>,
) -> Result<Created<Canned>, Problem> {
    let canned = Canned {
        id: app.new_id(),
        shortcut: body.shortcut,
        title: body.title,
        text: body.text,
        scope: body.scope,
        team_id: body.team_id,
        owner_id: None,
        attachments: Vec::new(),
        uses: 0,
        updated_at: app.now(),
    };
    let mut tx = app.db.begin().await?;
    let canned = service::create(&app, &mut tx, &who.actor, canned, &body.attachments).await?;
    tx.commit().await?;
    Ok(Created::New(canned))
}

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct UpdateCanned {
    /// What one types after `/` to find it.
    shortcut: Option<String>,
    /// How it is called.
    title: Option<String>,
    /// The words.
    text: Option<String>,
    /// Who it is for.
    scope: Option<Sharing>,
    /// The team it is for.
    team_id: Option<Uuid>,
    /// Its files from now on: those of its own that it keeps, and files that you uploaded.
    attachments: Option<Vec<Uuid>>,
}

async fn update(
    who: On<CannedRow, CannedWrite>,
    State(app): State<App>,
    Json(body): Json<UpdateCanned>,
) -> Result<Json<Canned>, Problem> {
    let known = who.access.row().0.clone();
    let scope = body.scope.unwrap_or(known.scope);
    let canned = Canned {
        shortcut: body.shortcut.unwrap_or(known.shortcut),
        title: body.title.unwrap_or(known.title),
        text: body.text.unwrap_or(known.text),
        scope,
        team_id: body.team_id.or(known.team_id.filter(|_| scope == Sharing::Team)),
        updated_at: app.now(),
        ..known
    };
    let mut tx = app.db.begin().await?;
    let canned = service::update(&app, &mut tx, &who.access, canned, body.attachments.as_deref()).await?;
    tx.commit().await?;
    Ok(Json(canned))
}

async fn delete(who: On<CannedRow, CannedWrite>, State(app): State<App>) -> Result<NoContent, Problem> {
    let mut tx = app.db.begin().await?;
    service::delete(&app, &mut tx, who.access.row().0.id).await?;
    tx.commit().await?;
    Ok(NoContent)
}

/// The canned response in the path, beside the conversation.
struct CannedId;

impl ParamName for CannedId {
    const NAME: &'static str = "canned_id";
}

/// A text that is ready but for what is named.
#[derive(Serialize, JsonSchema)]
struct FilledText {
    /// The words.
    text: String,
    /// The names of the placeholders that could not be filled; they stand in the text in braces.
    unfilled: Vec<String>,
    /// Its files; where it is used, copies of them, your own, to be sent with it.
    attachments: Vec<MediaView>,
}

async fn fill(
    who: On<ConversationRow, ConversationsRead>,
    canned: PathParam<CannedId>,
    State(app): State<App>,
) -> Result<Json<FilledText>, Problem> {
    filled(&app, &who.access, canned.id, To::Look).await
}

async fn use_it(
    who: On<ConversationRow, ConversationsRead>,
    canned: PathParam<CannedId>,
    State(app): State<App>,
) -> Result<Json<FilledText>, Problem> {
    filled(&app, &who.access, canned.id, To::Use).await
}

async fn filled(app: &App, who: &Access<ConversationRow>, id: Uuid, to: To) -> Result<Json<FilledText>, Problem> {
    let mut tx = app.db.begin().await?;
    let (filled, attachments) = service::filled(app, &mut tx, who.actor(), &who.row().0, id, to).await?;
    tx.commit().await?;
    Ok(Json(FilledText { text: filled.text, unfilled: filled.unfilled, attachments }))
}
