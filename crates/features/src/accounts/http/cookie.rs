//! The refresh cookie: read by refresh and logout alone, and for pages of our own origin.

use axum_extra::extract::cookie::{Cookie, SameSite};
use base::Code;
use http::{HeaderMap, HeaderValue, header};
use kernel::http::Problem;

use crate::{
    App,
    accounts::{SESSION_DAYS, same_origin},
};

/// What our own pages say with whatever reads the cookie. No page of another site can add a header without asking us first.
const OWN_REQUEST: &str = "x-max-request";

/// Refuses a browser that acts for a page of another site. Programs without a browser send neither of these headers.
pub(super) fn check_origin(app: &App, headers: &HeaderMap) -> Result<(), Problem> {
    let strange_origin =
        headers.get(header::ORIGIN).is_some_and(|v| !same_origin(&app.public_url, v.to_str().unwrap_or_default()));
    // "none": typed or bookmarked, which no script can bring about.
    let strange_site = headers.get("sec-fetch-site").is_some_and(|v| v != "same-origin" && v != "none");
    if strange_origin || strange_site { Err(wrong_origin()) } else { Ok(()) }
}

/// The same for what reads the cookie: a browser must also say that it is our own page which asks.
pub(super) fn check_own_page(app: &App, headers: &HeaderMap) -> Result<(), Problem> {
    check_origin(app, headers)?;
    let browser = headers.contains_key(header::ORIGIN) || headers.contains_key("sec-fetch-site");
    if browser && headers.get(OWN_REQUEST).is_none_or(|v| v != "1") { Err(wrong_origin()) } else { Ok(()) }
}

fn wrong_origin() -> Problem {
    Problem::new(Code::WrongOrigin, "Open MAX at its own address; this page belongs to another site.")
}

/// Browsers keep `__Host-` cookies on https and on loopback; on a plain-http address in a private network, which cannot have them, the
/// cookie goes without the prefix.
fn name(app: &App) -> (&'static str, bool) {
    let secure = app.public_url.starts_with("https://") || is_loopback(&app.public_url);
    if secure { ("__Host-max_refresh", true) } else { ("max_refresh", false) }
}

fn is_loopback(url: &str) -> bool {
    ["http://127.0.0.1", "http://localhost", "http://[::1]"].iter().any(|own| url.starts_with(own))
}

/// The refresh token that the browser keeps.
pub(super) fn token(app: &App, headers: &HeaderMap) -> Option<String> {
    let (name, _) = name(app);
    headers
        .get_all(header::COOKIE)
        .iter()
        .filter_map(|v| v.to_str().ok())
        .flat_map(Cookie::split_parse)
        .filter_map(Result::ok)
        .find(|c| c.name() == name)
        .map(|c| c.value().to_owned())
}

/// How long a browser keeps the cookie.
#[derive(Debug, Clone, Copy)]
pub(super) enum Keep {
    /// As long as a session lasts.
    Remembered,
    /// Until it is closed.
    UntilClosed,
    /// Not at all.
    Forget,
}

/// The header that sets the cookie.
pub(super) fn set(app: &App, token: &str, keep: Keep) -> Result<HeaderValue, Problem> {
    let (name, secure) = name(app);
    let mut cookie = Cookie::new(name, token);
    cookie.set_http_only(true);
    cookie.set_secure(secure);
    cookie.set_same_site(SameSite::Strict);
    cookie.set_path("/");
    let text = match keep {
        Keep::Remembered => format!("{cookie}; Max-Age={}", SESSION_DAYS * 24 * 60 * 60),
        Keep::UntilClosed => cookie.to_string(),
        Keep::Forget => format!("{cookie}; Max-Age=0"),
    };
    HeaderValue::from_str(&text).map_err(Problem::internal)
}
