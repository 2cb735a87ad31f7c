//! One's own sessions: seen, ended, and told of when one begins.

use std::time::Duration;

use serde_json::json;
use simulator::{Options, Simulator};
use tests::{Answer, Client, PASSWORD, TestApp};

use super::{LOGIN, ME, delete, mails, records, signed_in};

const SESSIONS: &str = "/api/v1/me/sessions";
const FIREFOX: &str = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0";
const SAFARI: &str = "Mozilla/5.0 (iPhone; CPU iPhone OS 18_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.5 Mobile/15E148 Safari/604.1";

/// The agent, signed in with that browser.
async fn with_browser(app: &TestApp, browser: &str) -> Client {
    let anonymous = Client::anonymous(&app.bases[0]);
    let body = json!({ "email": "agent@test.example", "password": PASSWORD });
    let answer = Answer::of(anonymous.request(reqwest::Method::POST, LOGIN).header("user-agent", browser).json(&body)).await;
    signed_in(&anonymous, &answer)
}

#[tokio::test]
async fn accounts_sessions_are_listed_and_ended_by_their_owner() {
    let app = TestApp::with().manual_clock().start().await;
    let old = with_browser(&app, FIREFOX).await;
    app.advance(Duration::from_secs(100));
    let phone = with_browser(&app, SAFARI).await;
    app.advance(Duration::from_secs(100));
    let mine = with_browser(&app, "curl/8.14.1").await;
    let strange = app.colleague().await;

    // The one that asks first, then those used last.
    let list = phone.pages(&format!("{SESSIONS}?limit=1")).await;
    let shown: Vec<_> = list.iter().map(|s| (s["device"].as_str().unwrap(), s["current"].as_bool().unwrap())).collect();
    assert_eq!(shown, [("Safari on iPhone", true), ("curl", false), ("Firefox on Linux", false)]);
    assert!(list.iter().all(|s| s["address"] == "127.0.0.1" && s["created_at"].is_string()));
    assert_eq!(list, phone.get(SESSIONS).await.ok()["items"].as_array().unwrap().clone());
    let id = |n: usize| list[n]["id"].as_str().unwrap().to_owned();

    // One of them ends, with its socket; what is not one's own does not exist.
    let mut socket = mine.socket(None).await;
    strange.get(ME).await.ok();
    let theirs = strange.get(SESSIONS).await.ok()["items"][0]["id"].as_str().unwrap().to_owned();
    for path in [theirs.as_str(), "00000000-0000-0000-0000-000000000000", "x", "1"] {
        delete(&phone, &format!("{SESSIONS}/{path}")).await.refused(404, "not_found");
    }
    strange.get(ME).await.ok();
    assert_eq!(delete(&phone, &format!("{SESSIONS}/{}", id(1))).await.status, 204);
    assert_eq!(socket.closed().await, Some(4401));
    mine.get(ME).await.refused(401, "unauthenticated");
    mine.refresh(&mine.cookie).await.refused(401, "unauthenticated");
    delete(&phone, &format!("{SESSIONS}/{}", id(1))).await.refused(404, "not_found");

    // All others.
    let mut kept = phone.socket(None).await;
    assert_eq!(phone.post("/api/v1/me/sessions/end-others", json!({})).await.status, 204);
    old.get(ME).await.refused(401, "unauthenticated");
    phone.get(ME).await.ok();
    let fence = app.fence().await;
    kept.until(&fence).await;
    assert_eq!(phone.get(SESSIONS).await.ok()["items"].as_array().unwrap().len(), 1);
    strange.get(ME).await.ok();
    // And this one.
    assert_eq!(delete(&phone, &format!("{SESSIONS}/{}", id(0))).await.status, 204);
    phone.get(ME).await.refused(401, "unauthenticated");
    assert_eq!(records(&app).await.iter().filter(|kind| *kind == "session.ended").count(), 3);
    // Those that ran out are none.
    app.advance(Duration::from_secs(31 * 24 * 3600));
    let again = app.agent().await;
    assert_eq!(again.get(SESSIONS).await.ok()["items"].as_array().unwrap().len(), 1);
    app.finish().await;
}

#[tokio::test]
async fn accounts_use_is_known_to_the_minute_without_a_write_per_request() {
    let app = TestApp::with().manual_clock().start().await;
    let agent = app.agent().await;
    let seen = async || {
        app.probe
            .one::<chrono::DateTime<chrono::Utc>>("select last_seen_at from app_user where email = 'agent@test.example'")
            .await
    };
    let used = async || app.probe.one::<chrono::DateTime<chrono::Utc>>("select last_used_at from session").await;
    let begun = app.clock.now();
    assert_eq!((seen().await, used().await), (begun, begun));
    let node = &app.nodes[0].app;
    let use_it = async || {
        node.principals.invalidate_all();
        node.principals.run_pending_tasks().await;
        agent.get(ME).await.ok();
    };
    app.advance(Duration::from_secs(59));
    use_it().await;
    assert_eq!((seen().await, used().await), (begun, begun), "not within the minute");
    app.advance(Duration::from_secs(2));
    use_it().await;
    let at = app.clock.now();
    assert_eq!((seen().await, used().await), (at, at));
    app.advance(Duration::from_secs(5));
    use_it().await;
    assert_eq!((seen().await, used().await), (at, at));
    let shown: chrono::DateTime<chrono::Utc> = agent.get(ME).await.ok()["last_seen_at"].as_str().unwrap().parse().unwrap();
    assert!(shown <= at && (at - shown).num_seconds() < 60 && shown.timestamp() % 60 == 0, "{shown} of {at}, to the minute");
    // Whoever changes the user meanwhile holds nobody up.
    app.advance(Duration::from_secs(61));
    let mut lock = app.probe.0.begin().await.unwrap();
    sqlx::query("select id from app_user for update").execute(&mut *lock).await.unwrap();
    tokio::time::timeout(Duration::from_secs(5), use_it()).await.expect("no wait for the row's lock");
    lock.rollback().await.unwrap();
    assert_eq!(seen().await, at);
    app.finish().await;
}

#[tokio::test]
async fn accounts_a_new_sign_in_is_told_on_other_screens_and_by_mail() {
    let simulator = Simulator::start(Options::default()).await.unwrap();
    let app = TestApp::with().smtp_url(&simulator.smtp_url()).start().await;
    // The very first one is news to nobody.
    let first = with_browser(&app, FIREFOX).await;
    let mut screen = first.socket(None).await;
    let mut colleague = app.colleague().await.socket(None).await;
    let before = first.get("/api/v1/conversations").await.cursor();
    // The same again: told on the screen, but no mail.
    with_browser(&app, FIREFOX).await;
    let event = screen.expect("session.started", |_| true).await;
    assert_eq!((&event["data"]["device"], &event["data"]["address"]), (&json!("Firefox on Linux"), &json!("127.0.0.1")));
    assert!(event["data"]["at"].is_string());
    // Another device: by mail too, once.
    let phone = with_browser(&app, SAFARI).await;
    let sessions = phone.get(SESSIONS).await.ok();
    let id = sessions["items"][0]["id"].clone();
    screen.expect("session.started", |data| data["session_id"] == id && data["device"] == "Safari on iPhone").await;
    // Its own screen hears nothing of it, from the log either.
    let mut own = phone.socket(Some(&before)).await;
    let fence = app.fence().await;
    let heard = own.until(&fence).await;
    assert!(heard.iter().any(|event| event["kind"] == "session.started"), "of the one before");
    assert!(heard.iter().all(|event| event["data"]["session_id"] != id), "{heard:?}");
    with_browser(&app, SAFARI).await;
    // Not for those who want none.
    phone.request(reqwest::Method::PATCH, ME).json(&json!({ "notifications": { "sign_ins": false } })).send().await.unwrap();
    with_browser(&app, "curl/8.14.1").await;
    let fence = app.fence().await;
    assert!(colleague.until(&fence).await.iter().all(|event| event["kind"] != "session.started"), "nobody else's business");
    let caught = mails(&simulator, 1).await;
    tokio::time::sleep(Duration::from_millis(300)).await;
    assert_eq!(mails(&simulator, 1).await.len(), 1);
    assert_eq!((&caught[0]["to"], &caught[0]["subject"]), (&json!(["agent@test.example"]), &json!("New sign-in to MAX")));
    let text = caught[0]["text"].as_str().unwrap();
    assert!(text.contains("Safari on iPhone\nfrom 127.0.0.1\n"), "{text}");
    simulator.stop().await;
    app.finish().await;
}
