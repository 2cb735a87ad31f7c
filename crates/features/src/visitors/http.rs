//! The visitors' addresses. They are open to the world: the guards let in who may, and each answers with the visitor's own.

use axum::extract::{DefaultBodyLimit, State};
use connect::channel::{MediaKind, VisitorProfile};
use http::{HeaderMap, header};
use kernel::{
    auth::Visiting,
    http::{Created, Doc, Json, NoContent, Problem, Query, Routes},
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use uuid::Uuid;

use super::{
    color, files,
    guard::{Page, Visitor},
    model::{Conv, Msg, PageConfig, UploadView, direction, language},
    service, sessions,
};
use crate::{
    App,
    media::{FileForm, MediaView},
    presence,
};

/// Messages with a session, and on a page of the history unless said.
const PAGE: i64 = 30;
const MAX_PAGE: i64 = 100;
/// Faces a page shows.
const FACES: usize = 3;

pub(super) fn routes() -> Routes<App> {
    let files = Routes::new()
        .post("/chat/{id}/media", Doc::new("visitors.upload", "Upload a file, to be sent with a message"), upload)
        // The file is counted while it arrives.
        .map(|router| router.layer(DefaultBodyLimit::disable()));
    Routes::new()
        .merge(files)
        .get("/chat/{id}/config", Doc::new("visitors.config", "What a page shows"), config)
        .post(
            "/chat/{id}/session",
            Doc::new("visitors.begin", "Begin a visit, or go on with one: the token before ends soon"),
            begin,
        )
        .delete("/chat/{id}/session", Doc::new("visitors.end", "Forget this device"), end)
        .get("/chat/{id}/messages", Doc::new("visitors.messages", "What was said, oldest first"), list)
        .post("/chat/{id}/messages", Doc::new("visitors.say", "Say something; the same `id` again is the same message"), say)
        .post("/chat/{id}/read", Doc::new("visitors.read", "Everything up to here was seen"), read)
        .post("/chat/{id}/typing", Doc::new("visitors.typing", "The visitor types, or stopped"), typing)
        .patch("/chat/{id}/me", Doc::new("visitors.introduce", "What the visitor tells about themselves"), introduce)
}

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct ConfigQuery {
    /// The page's language.
    language: Option<String>,
}

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Begin {
    /// The token of the visit before, on this device.
    token: Option<String>,
    /// A token that the company's server signed: who this is.
    user_token: Option<String>,
    /// The page.
    page: Option<PageSeen>,
    /// The visitor's time zone.
    time_zone: Option<String>,
    /// The visitor's language.
    language: Option<String>,
}

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct PageSeen {
    /// Its address.
    url: Option<String>,
    /// Its title.
    title: Option<String>,
    /// Where the visitor came from.
    referrer: Option<String>,
}

/// A visit.
#[derive(Serialize, JsonSchema)]
struct Session {
    /// What to show from now on: `Authorization: Bearer …`.
    token: String,
    /// Until when it holds.
    expires_at: base::Time,
    /// Who.
    visitor: Me,
    /// The latest conversation.
    conversation: Option<Conv>,
    /// The last of what was said, oldest first.
    messages: Vec<Msg>,
    /// How much of it was not read.
    unread: usize,
    /// The place of the last message, for the socket's hello.
    cursor: String,
}

/// A visitor, as they are known.
#[derive(Serialize, JsonSchema)]
struct Me {
    /// Their id.
    id: Uuid,
    /// Their name.
    name: Option<String>,
    /// Their e-mail address.
    email: Option<String>,
    /// The company has proven who they are.
    known: bool,
}

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct ListQuery {
    /// Only what was said before this place.
    before: Option<i64>,
    /// How many, up to 100.
    limit: Option<i64>,
}

/// A page of what was said.
#[derive(Serialize, JsonSchema)]
struct History {
    /// Oldest first.
    items: Vec<Msg>,
    /// Whether more was said before.
    more: bool,
}

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Say {
    /// The visitor's own id of it.
    id: Uuid,
    /// The words; beside a file, its caption.
    text: Option<String>,
    /// A file that was uploaded.
    media_id: Option<Uuid>,
    /// What was tapped.
    choice: Option<Choice>,
    /// The message it answers.
    reply_to: Option<Uuid>,
}

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Choice {
    /// Its id.
    id: String,
    /// What stood on it.
    title: String,
}

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Read {
    /// The place of the last message that was seen.
    seq: i64,
}

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Typing {
    /// Whether they do.
    on: bool,
}

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Introduce {
    /// Their name.
    name: Option<String>,
    /// Their e-mail address.
    email: Option<String>,
    /// Their phone number.
    phone: Option<String>,
    /// Further details by their keys.
    #[serde(default)]
    #[schemars(with = "Option<std::collections::BTreeMap<String, Value>>")]
    attributes: Map<String, Value>,
}

async fn config(
    visit: Visiting<Page>,
    State(app): State<App>,
    Query(query): Query<ConfigQuery>,
) -> Result<Json<PageConfig>, Problem> {
    let max_bytes = files::most(&app, &visit.source);
    let Page { channel, widget, .. } = visit.source;
    let mime_types = files::types(channel.kind.capabilities());
    let language = language(query.language.as_deref(), &widget.languages).to_owned();
    let mut there = presence::available(&app, channel.team_id);
    let online = !there.is_empty();
    there.truncate(FACES);
    let ids: Vec<Uuid> = there.iter().map(|(id, _)| *id).collect();
    let photos = service::photos(&app, &mut *app.db.read().await?, &ids).await?;
    let agents = there.into_iter().map(|(id, name)| connect::channel::Agent { name, photo_url: photos.get(&id).cloned() });
    Ok(Json(PageConfig {
        accent_text: color::text_on(&widget.accent),
        direction: direction(&language),
        texts: widget.texts.get(&language).cloned().unwrap_or_default(),
        language,
        title: widget.title,
        accent: widget.accent,
        position: widget.position,
        branding: widget.branding,
        prechat: widget.prechat,
        collect: widget.collect,
        upload: UploadView { on: widget.upload.on, max_bytes, mime_types },
        online,
        reply_time_minutes: None,
        agents: agents.collect(),
    }))
}

async fn begin(
    visit: Visiting<Page>,
    State(app): State<App>,
    headers: HeaderMap,
    Json(body): Json<Begin>,
) -> Result<Json<Session>, Problem> {
    let page = visit.source;
    let context = noted(&page, &headers, &body);
    let begun = sessions::begin(&app, &page, body.token.as_deref(), body.user_token.as_deref(), &context).await?;
    let row = begun.row;
    let mut conn = app.db.read().await?;
    let past = service::past(&app, &mut conn, row.channel_id, &row.external_id).await?;
    let (messages, _) = service::history(&app, &mut conn, &past.cards, None, PAGE).await?;
    let unread = service::unread(&mut conn, &row, app.now()).await?;
    drop(conn);
    if past.contact_id.is_some() && !row.told {
        service::tell(&app, &page.channel, &row, &row.profile.0).await?;
    }
    Ok(Json(Session {
        token: begun.token,
        expires_at: begun.expires_at,
        visitor: me(&row),
        conversation: past.conversation,
        cursor: messages.last().map_or(0, |last| last.seq).to_string(),
        messages,
        unread,
    }))
}

fn me(row: &super::store::VisitorRow) -> Me {
    Me { id: row.id, name: row.profile.name.clone(), email: row.profile.email.clone(), known: sessions::is_proven(row) }
}

/// What the channel allows to be noted of a visit, by the keys of the contact's details.
fn noted(page: &Page, headers: &HeaderMap, body: &Begin) -> VisitorProfile {
    let allowed = page.widget.collect;
    let seen = body.page.as_ref();
    let browser = headers.get(header::USER_AGENT).and_then(|v| v.to_str().ok()).map(str::to_owned);
    let noted = [
        ("page", allowed.page, seen.and_then(|p| p.url.clone())),
        ("page_title", allowed.page, seen.and_then(|p| p.title.clone())),
        ("referrer", allowed.referrer, seen.and_then(|p| p.referrer.clone())),
        ("browser", allowed.browser, browser),
        ("time_zone", allowed.time_zone, body.time_zone.clone()),
        ("language", true, body.language.clone()),
    ];
    let mut attributes = Map::new();
    for (key, allowed, value) in noted {
        if let Some(value) = value.filter(|v| allowed && !v.is_empty()) {
            attributes.insert(key.to_owned(), value.chars().filter(|c| !c.is_control()).take(1000).collect::<String>().into());
        }
    }
    VisitorProfile { attributes, ..VisitorProfile::default() }
}

async fn end(visit: Visiting<Visitor>, State(app): State<App>) -> Result<NoContent, Problem> {
    let mut tx = app.db.begin().await?;
    super::store::end_token(&mut tx, &visit.source.hash, app.now()).await?;
    tx.commit().await?;
    app.visitors.end(&visit.source.hash);
    Ok(NoContent)
}

async fn list(
    visit: Visiting<Visitor>,
    State(app): State<App>,
    Query(query): Query<ListQuery>,
) -> Result<Json<History>, Problem> {
    let row = visit.source.row;
    let limit = query.limit.unwrap_or(PAGE);
    if !(1..=MAX_PAGE).contains(&limit) {
        return Err(Problem::field("limit", format!("Use 1 to {MAX_PAGE}.")));
    }
    let mut conn = app.db.read().await?;
    let past = service::past(&app, &mut conn, row.channel_id, &row.external_id).await?;
    let (items, more) = service::history(&app, &mut conn, &past.cards, query.before, limit).await?;
    Ok(Json(History { items, more }))
}

async fn say(visit: Visiting<Visitor>, State(app): State<App>, Json(body): Json<Say>) -> Result<Created<Msg>, Problem> {
    let Visitor { page, row, .. } = visit.source;
    let choice = body.choice.map(|choice| (choice.id, choice.title));
    let text = body.text.filter(|text| body.media_id.is_none() || !text.is_empty());
    let said = service::Said { id: body.id, text, file: body.media_id, choice, reply_to: body.reply_to };
    Ok(Created::New(service::say(&app, &page.channel, &row, said).await?))
}

/// A file that was uploaded.
#[derive(Serialize, JsonSchema)]
struct Uploaded {
    /// Its id, for a message.
    id: Uuid,
    /// As what it is shown.
    kind: MediaKind,
    /// What it is called.
    name: String,
    /// How many bytes it has.
    size: Option<i64>,
    /// What its bytes are.
    mime_type: Option<String>,
    /// Where it lies, for an hour at least; `null` until it is known to be clean.
    url: Option<String>,
}

async fn upload(visit: Visiting<Visitor>, State(app): State<App>, form: FileForm) -> Result<Created<Uploaded>, Problem> {
    let Visitor { page, row, .. } = visit.source;
    let file = files::take(&app, &page, &row, form).await?.view(&app);
    let MediaView { id, kind, name, size, mime_type, url, .. } = file;
    Ok(Created::New(Uploaded { id, kind, name, size, mime_type, url }))
}

async fn read(visit: Visiting<Visitor>, State(app): State<App>, Json(body): Json<Read>) -> Result<NoContent, Problem> {
    let Visitor { page, row, .. } = visit.source;
    service::seen(&app, &page.channel, &row, body.seq, true).await?;
    Ok(NoContent)
}

async fn typing(visit: Visiting<Visitor>, State(app): State<App>, Json(body): Json<Typing>) -> Result<NoContent, Problem> {
    service::typing(&app, &visit.source.row, body.on).await;
    Ok(NoContent)
}

async fn introduce(visit: Visiting<Visitor>, State(app): State<App>, Json(body): Json<Introduce>) -> Result<Json<Me>, Problem> {
    let Visitor { page, row, .. } = visit.source;
    let Introduce { name, email, phone, attributes } = body;
    let told = VisitorProfile { name, email, phone, attributes, verified: false };
    Ok(Json(me(&service::introduce(&app, &page.channel, &row, told).await?)))
}
