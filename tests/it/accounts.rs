//! Accounts: signing in and out, the second factor, one-time links, sessions, one's own account.

#[path = "accounts/links.rs"]
mod links;
#[path = "accounts/photo.rs"]
mod photo;
#[path = "accounts/profile.rs"]
mod profile;
#[path = "accounts/refresh.rs"]
mod refresh;
#[path = "accounts/revocation.rs"]
mod revocation;
#[path = "accounts/sessions.rs"]
mod sessions;
#[path = "accounts/sign_in.rs"]
mod sign_in;
#[path = "accounts/tokens.rs"]
pub(crate) mod tokens;
#[path = "accounts/two_factor.rs"]
mod two_factor;

use reqwest::Method;
use serde_json::{Value, json};
use simulator::Simulator;
use tests::{Answer, Client, PASSWORD, TestApp, eventually, http};
use totp_rs::{Builder, Secret};

const LOGIN: &str = "/api/v1/auth/login";
const ME: &str = "/api/v1/me";
const NEW_PASSWORD: &str = "another test passphrase";

/// A try to sign in.
async fn login(at: &Client, email: &str, password: &str) -> Answer {
    at.post(LOGIN, json!({ "email": email, "password": password })).await
}

/// A try to sign in with a code.
async fn login_with(at: &Client, email: &str, code: &str) -> Answer {
    at.post(LOGIN, json!({ "email": email, "password": PASSWORD, "totp": code })).await
}

/// Who signed in, at that node.
fn signed_in(at: &Client, answer: &Answer) -> Client {
    let body = answer.ok();
    let mut client = at.with_token(body["access_token"].as_str().unwrap());
    (client.cookie, client.me) = (answer.refresh_cookie(), body["user"].clone());
    client
}

async fn delete(client: &Client, path: &str) -> Answer {
    Answer::of(client.request(Method::DELETE, path)).await
}

/// The code that an authenticator app shows at that time.
fn code(secret: &str, unix: i64) -> String {
    let secret = Secret::try_from_base32(secret).unwrap();
    Builder::new().with_secret(secret).build().unwrap().generate(u64::try_from(unix).unwrap()).to_string()
}

/// Sets up a second factor with the code of now; its secret, and the recovery codes.
async fn set_up(app: &TestApp, client: &Client) -> (String, Vec<String>) {
    let secret =
        client.post("/api/v1/me/totp", json!({ "password": PASSWORD })).await.ok()["secret"].as_str().unwrap().to_owned();
    let confirmed = client.post("/api/v1/me/totp/confirm", json!({ "code": code(&secret, app.unix()) })).await.ok();
    let codes = confirmed["recovery_codes"].as_array().unwrap().iter().map(|code| code.as_str().unwrap().to_owned()).collect();
    (secret, codes)
}

/// What the audit log was told, by kind, in order.
async fn records(app: &TestApp) -> Vec<String> {
    let rows: Vec<(String,)> =
        app.probe.all("select data ->> 'kind' from event where kind = 'audit.recorded' order by xid, position").await;
    rows.into_iter().map(|(kind,)| kind).collect()
}

/// The mails that were caught, oldest first; waits until there are so many.
async fn mails(simulator: &Simulator, count: usize) -> Vec<Value> {
    eventually("the mails arrive", async || {
        let caught = Answer::of(http().get(format!("{}/_sim/mails", simulator.url()))).await.ok();
        let mut mails = caught["data"].as_array().unwrap().clone();
        mails.sort_by_key(|mail| mail["id"].as_u64());
        (mails.len() >= count).then_some(mails)
    })
    .await
}
