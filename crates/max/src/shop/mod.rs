//! A page on which a chat channel is tried: that of a made-up shop, with the widget as any customer's page would carry it.

use axum::{
    extract::State,
    http::{HeaderValue, header},
    response::{Html, IntoResponse, Response},
};
use connect::channel::VisitorKey;
use features::{App, visitors};
use kernel::http::{Problem, Query};
use secrecy::ExposeSecret;
use serde::Deserialize;
use uuid::Uuid;

use crate::demo;

const PAGE: &str = include_str!("shop.html");
const STYLES: &str = include_str!("shop.css");

#[derive(Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Which {
    /// The chat channel.
    channel: Uuid,
    /// Who is signed in at the shop; only where the channel's key is that of the sample data, which is no secret.
    user: Option<String>,
}

/// The page. There is none for a channel that is not there, is switched off or has no pages.
pub(crate) async fn page(State(app): State<App>, Query(which): Query<Which>) -> Result<Response, Problem> {
    let widget = visitors::widget(&app, which.channel).await?;
    let known = |key: &VisitorKey| matches!(key, VisitorKey::Secret(key) if key.expose_secret() == demo::VISITOR_KEY);
    let is_demo = widget.keys.iter().any(known);
    let shopper = which.user.as_deref().filter(|_| is_demo).and_then(|id| demo::SHOPPERS.iter().find(|(known, _)| *known == id));
    let token = shopper.map(|(id, name)| visitors::prove(demo::VISITOR_KEY, which.channel, id, name, app.now()));
    let mut response = Html(fill(which.channel, is_demo, shopper.map(|(id, _)| *id), token.as_deref())).into_response();
    let headers = response.headers_mut();
    if let Ok(policy) = HeaderValue::from_str(&policy(&app.public_url)) {
        headers.insert(header::CONTENT_SECURITY_POLICY, policy);
    }
    // The settings of a channel show it beside themselves.
    headers.insert(header::X_FRAME_OPTIONS, HeaderValue::from_static("SAMEORIGIN"));
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    Ok(response)
}

/// How the page looks.
pub(crate) async fn styles() -> Response {
    ([(header::CONTENT_TYPE, "text/css; charset=utf-8"), (header::CACHE_CONTROL, "no-cache")], STYLES).into_response()
}

/// What a customer's page has to allow for the widget, and nothing more.
fn policy(public_url: &str) -> String {
    let socket = public_url.replacen("http", "ws", 1);
    let socket = socket.split('/').take(3).collect::<Vec<_>>().join("/");
    format!(
        "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self' {socket}; img-src 'self'; media-src 'self'; \
         base-uri 'none'; form-action 'none'; frame-ancestors 'self'; require-trusted-types-for 'script'"
    )
}

fn fill(channel: Uuid, is_demo: bool, shopper: Option<&str>, token: Option<&str>) -> String {
    // All that stands in it is ours: an id, a signed token, names of the sample data.
    let attribute = token.map(|token| format!(" data-user-token=\"{token}\"")).unwrap_or_default();
    let person = |id: Option<&str>, name: &str| {
        let user = id.map(|id| format!("&amp;user={id}")).unwrap_or_default();
        let here = if id == shopper { " aria-current=\"page\"" } else { "" };
        format!("<a href=\"/demo/site?channel={channel}{user}\"{here}>{name}</a>")
    };
    let people = demo::SHOPPERS.iter().map(|(id, name)| person(Some(id), name));
    let people: Vec<String> = std::iter::once(person(None, "Guest")).chain(people).collect();
    let account = match is_demo {
        true => format!("<nav class=\"account\" aria-label=\"Signed in as\">{}</nav>", people.join("")),
        false => String::new(),
    };
    PAGE.replace("{account}", &account).replace("{channel}", &channel.to_string()).replace("{token}", &attribute)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_policy_names_the_socket_of_this_server() {
        assert!(policy("https://max.example").contains("connect-src 'self' wss://max.example;"));
        assert!(policy("http://127.0.0.1:8080/").contains("connect-src 'self' ws://127.0.0.1:8080;"));
    }

    #[test]
    fn who_is_signed_in_is_only_offered_with_the_key_of_the_sample_data() {
        let page = fill(Uuid::nil(), false, None, None);
        assert!(page.contains(&format!("data-channel=\"{}\"></script>", Uuid::nil())) && !page.contains("user="), "{page}");
        let page = fill(Uuid::nil(), true, Some(demo::SHOPPERS[0].0), Some("a.b.c"));
        assert!(page.contains("data-user-token=\"a.b.c\"") && page.contains("user=amara\" aria-current=\"page\""), "{page}");
        assert!(!page.contains('{'), "nothing is left to be filled in");
    }
}
