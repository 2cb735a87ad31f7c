//! The table of contents of the HTTP interface.

use std::sync::Arc;

use aide::openapi::{Info, OpenApi, SecurityScheme};
use axum::{
    Extension, Router,
    extract::{State, WebSocketUpgrade},
    http::{HeaderMap, StatusCode, header},
    middleware,
    response::{Html, IntoResponse, Response},
    routing::{any, get},
};
use connect::channel::Registry;
use features::{
    App, accounts, assignment, attachments, audit, bulk, canned, channels, close_reasons, contacts, conversations, delivery,
    drafts, inbox, ingest, media, messages, notes, presence, queues, settings, tags, teams, templates, views, visitors,
};
use ipnet::IpNet;
use kernel::{
    http::{BodyLimits, ClientAddress, Json, ParamName, PathParam, Problem, Routes, client_address, layers},
    realtime,
    telemetry::{self, Health, RequestTelemetry},
};
use secrecy::{ExposeSecret, SecretString};

use crate::{shop, web, widget};

/// The API: one line a feature.
pub fn api(channels: Registry) -> Routes<App> {
    Routes::new()
        .merge(accounts::routes())
        .merge(teams::routes())
        .merge(settings::routes())
        .merge(channels::routes())
        .merge(templates::routes())
        .merge(inbox::routes())
        .merge(views::routes())
        .merge(bulk::routes())
        .merge(conversations::routes())
        .merge(messages::routes())
        .merge(media::routes())
        .merge(attachments::routes())
        .merge(delivery::routes())
        .merge(assignment::routes())
        .merge(presence::routes())
        .merge(canned::routes())
        .merge(drafts::routes())
        .merge(close_reasons::routes())
        .merge(queues::routes())
        .merge(audit::routes())
        .merge(contacts::routes())
        .merge(notes::routes())
        .merge(tags::routes())
        .merge(visitors::routes())
        .merge(ingest::routes(channels))
}

/// The API document.
pub fn document(channels: Registry) -> OpenApi {
    build(channels).1
}

fn build(channels: Registry) -> (Router<App>, OpenApi) {
    aide::generate::infer_responses(true);
    aide::generate::extract_schemas(true);
    let mut document = OpenApi {
        info: Info {
            title: "MAX".to_owned(),
            version: crate::VERSION.to_owned(),
            description: Some(
                "The inbox in which a company answers all its customers. Errors are application/problem+json with a stable `code`. \
                 Lists are paged by `limit` and `cursor`. Live updates come over the WebSocket at /api/v1/events; reads carry the \
                 header X-Event-Cursor to start it from."
                    .to_owned(),
            ),
            ..Info::default()
        },
        ..OpenApi::default()
    };
    let router = api(channels).finish(&mut document);
    let bearer = SecurityScheme::Http {
        scheme: "bearer".to_owned(),
        bearer_format: Some("JWT".to_owned()),
        description: Some("The access token of POST /api/v1/auth/login.".to_owned()),
        extensions: Default::default(),
    };
    document
        .components
        .get_or_insert_with(Default::default)
        .security_schemes
        .insert("bearer".to_owned(), aide::openapi::ReferenceOr::Item(bearer));
    (router, document)
}

/// Who may do what, as a readable table: every operation of the API, its permission, and how far that reaches for each role.
pub fn permissions(channels: Registry) -> String {
    use std::fmt::Write as _;
    let document = serde_json::to_value(document(channels)).unwrap_or_default();
    let mut rows = Vec::new();
    for (path, item) in document["paths"].as_object().into_iter().flatten() {
        for (method, operation) in item.as_object().into_iter().flatten() {
            let permission = operation["x-permission"].as_str().unwrap_or("?").to_owned();
            rows.push((path.clone(), method.to_uppercase(), permission));
        }
    }
    rows.sort();
    let mut text =
        format!("{:<7}{:<66}{:<24}{:<16}{:<16}{:<16}admin\n", "", "operation", "permission", "agent", "team_lead", "supervisor");
    for (path, method, permission) in rows {
        let reaches = accounts::policy::TABLE
            .iter()
            .find(|(name, _)| *name == permission)
            .map(|(_, reaches)| reaches.map(|r| format!("{r:?}")));
        let everybody = std::array::from_fn(|_| permission.clone());
        let [agent, lead, supervisor, admin] = reaches.unwrap_or(everybody);
        let line = format!("{method:<7}{path:<66}{permission:<24}{agent:<16}{lead:<16}{supervisor:<16}{admin}");
        let _ = writeln!(text, "{}", line.trim_end());
    }
    text.push_str(&heard());
    text.trim_end().to_owned()
}

/// The same for events: whom the socket tells of each kind, and of which conversations.
fn heard() -> String {
    use std::fmt::Write as _;

    use accounts::policy::{EVENTS, Hears, hears_of};
    use kernel::auth::Role;

    let mut text = String::from("\n       event                             told to\n");
    for (kind, hears) in EVENTS {
        let whom = match hears {
            Hears::Readers => "who reads the conversation",
            Hears::FormerReaders => "who read the conversation where it was",
            Hears::Own => "the user's own screens",
            Hears::Named(whom) => whom,
            Hears::Nobody => "-",
        };
        let _ = writeln!(text, "       {kind:<34}{whom}");
    }
    text.push_str("\n       who reads                         of which conversations\n");
    for role in Role::ALL {
        let _ = writeln!(text, "       {:<34}{}", role.as_str(), hears_of(role).join(", "));
    }
    text
}

/// What the routes beside the API need.
#[derive(Clone)]
pub struct Outside {
    /// Health of the parts.
    pub health: Health,
    /// Opens `/metrics` here; without it they are on an address of their own, or nowhere.
    pub metrics_token: Option<SecretString>,
    /// Proxies whose `X-Forwarded-For` is believed.
    pub trusted_proxies: Arc<[IpNet]>,
    /// Request ids and logs.
    pub telemetry: RequestTelemetry,
}

/// The whole web server.
pub fn router(app: App, outside: Outside) -> Router {
    let (api, document) = build(app.channels);
    let document = serde_json::to_string(&document).unwrap_or_default();
    let health = outside.health.clone();
    let ready = outside.health.clone();
    let token = outside.metrics_token.clone();
    let router = api
        // The socket is no operation of the API document: its messages are described in docs/api.md.
        .route("/api/v1/events", get(socket))
        .route("/chat/{id}/socket", get(visitor_socket))
        .route("/demo/site", get(shop::page))
        .layer(middleware::from_fn_with_state(app.clone(), visitors::cors))
        .with_state(app)
        .route("/demo/site.css", get(shop::styles))
        // Beside the visitors' addresses, which begin with a channel's id.
        .route("/chat/{id}", get(widget::serve))
        .route("/api/openapi.json", get(move || async move { ([(header::CONTENT_TYPE, "application/json")], document) }))
        .route("/api/docs", get(docs))
        .route("/healthz", get(move || async move { Json(health.live()) }))
        .route(
            "/readyz",
            get(move || async move {
                let ready = ready.ready().await;
                (ready.status_code(), Json(ready))
            }),
        )
        .route("/metrics", get(move |headers: HeaderMap| async move { metrics(token.as_ref(), &headers) }))
        .route("/api/{*rest}", any(async || Problem::not_found()))
        .fallback(web::serve);
    let router = router.layer(middleware::from_fn_with_state(outside.trusted_proxies, client_address));
    layers(router, BodyLimits::default(), |router| {
        router.layer(middleware::from_fn_with_state(outside.telemetry, telemetry::request_span))
    })
}

/// The metrics on an address of their own, for scrapers in a private network.
pub fn metrics_router() -> Router {
    Router::new().route("/metrics", get(async || telemetry::metrics_text()))
}

async fn socket(State(app): State<App>, headers: HeaderMap, request: WebSocketUpgrade) -> Result<Response, Problem> {
    let origin = headers.get(header::ORIGIN).map(|v| v.to_str().unwrap_or(""));
    realtime::upgrade(app, request, origin)
}

struct ChannelId;

impl ParamName for ChannelId {
    const NAME: &'static str = "id";
}

async fn visitor_socket(
    State(app): State<App>,
    channel: PathParam<ChannelId>,
    Extension(address): Extension<ClientAddress>,
    headers: HeaderMap,
    request: WebSocketUpgrade,
) -> Result<Response, Problem> {
    visitors::upgrade(app, channel.id, address.0, &headers, request).await
}

fn metrics(token: Option<&SecretString>, headers: &HeaderMap) -> Response {
    let shown = headers.get(header::AUTHORIZATION).and_then(|v| v.to_str().ok()).and_then(|v| v.strip_prefix("Bearer "));
    match (token, shown) {
        (Some(token), Some(shown)) if kernel::crypto::constant_time_eq(token.expose_secret().as_bytes(), shown.as_bytes()) => {
            telemetry::metrics_text().into_response()
        }
        // Without a token nothing is here to be found.
        _ => Problem::not_found().into_response(),
    }
}

/// A live page of the API that works offline: its script comes out of the binary, and it asks no other server for fonts.
async fn docs() -> Response {
    const STYLE: &str =
        ":root { --scalar-font: ui-sans-serif, system-ui, sans-serif; --scalar-font-code: ui-monospace, monospace }";
    let page = aide::scalar::Scalar::new("/api/openapi.json").with_title("MAX API").html();
    let page = match (page.find("theme: 'purple'"), page.find("spec: {")) {
        (Some(from), Some(to)) if from < to => {
            format!("{}theme: 'default', withDefaultFonts: false, customCss: `{STYLE}`, {}", &page[..from], &page[to..])
        }
        _ => page,
    };
    let policy = "default-src 'self'; script-src 'unsafe-inline' 'self'; style-src 'unsafe-inline'; img-src 'self' data:; font-src 'self' data:";
    (StatusCode::OK, [(header::CONTENT_SECURITY_POLICY, policy)], Html(page)).into_response()
}
