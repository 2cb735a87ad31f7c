//! One's own account.

use serde_json::{Value, json};
use tests::{PASSWORD, TestApp};

use super::{ME, NEW_PASSWORD, login, records};

#[tokio::test]
async fn accounts_everybody_arranges_their_own_account() {
    let app = TestApp::start().await;
    let (agent, again) = (app.agent().await, app.agent().await);
    let me = agent.get(ME).await.ok();
    for (field, value) in [
        ("name", json!("Leila Agent")),
        ("status", json!("active")),
        ("two_factor", json!("off")),
        ("photo_url", Value::Null),
        ("language", json!("en")),
        ("time_zone", Value::Null),
        ("signature", json!("")),
        ("theme", json!("system")),
        ("density", json!("comfortable")),
        ("single_keys", json!(true)),
        ("recovery_codes_left", json!(0)),
        (
            "notifications",
            json!({ "assigned": true, "replies": true, "mentions": true, "sound": true, "desktop": false, "hide_text": false, "sign_ins": true }),
        ),
    ] {
        assert_eq!(me[field], value, "{field}");
    }

    // Every choice, on every screen.
    let mut screen = again.socket(None).await;
    let changes = json!({
        "name": " Leila Haddad ", "language": "pt-BR", "time_zone": "Europe/Lisbon", "signature": "Best,\r\nLeila", "theme": "dark",
        "density": "compact", "single_keys": false, "notifications": { "sound": false, "hide_text": true },
    });
    let changed = agent.patch(ME, changes).await.ok();
    screen.expect("me.changed", |_| true).await;
    let expected = [
        ("name", json!("Leila Haddad")),
        ("language", json!("pt-BR")),
        ("time_zone", json!("Europe/Lisbon")),
        ("signature", json!("Best,\nLeila")),
        ("theme", json!("dark")),
        ("density", json!("compact")),
        ("single_keys", json!(false)),
    ];
    for (field, value) in &expected {
        assert_eq!(changed[field], *value, "{field}");
    }
    assert_eq!(changed["notifications"]["sound"], false);
    assert_eq!(changed["notifications"]["hide_text"], true);
    assert_eq!(changed["notifications"]["assigned"], true, "what is absent stays");
    assert_eq!(again.get(ME).await.ok(), changed);
    // One at a time; null gives the time zone back to the browser, and absence leaves it.
    assert_eq!(agent.patch(ME, json!({ "theme": "light" })).await.ok()["time_zone"], "Europe/Lisbon");
    assert_eq!(agent.patch(ME, json!({ "time_zone": null })).await.ok()["time_zone"], Value::Null);
    assert_eq!(agent.patch(ME, json!({})).await.ok()["theme"], "light");
    assert_eq!(records(&app).await.iter().filter(|kind| *kind == "user.updated").count(), 1, "the name is everybody's business");

    // What will not do, and what is not theirs to change.
    for (field, value) in [
        ("name", json!("  ")),
        ("name", json!("x".repeat(201))),
        ("name", json!("two\nlines")),
        ("language", json!("english")),
        ("time_zone", json!("Mars/Olympus")),
        ("signature", json!("x".repeat(1001))),
        ("signature", json!("bell \u{7}")),
    ] {
        assert_eq!(agent.patch(ME, json!({ field: value })).await.fields(), [field], "{field}");
    }
    for body in [
        json!({ "role": "admin" }),
        json!({ "email": "boss@test.example" }),
        json!({ "active": false }),
        json!({ "id": app.people().admin.id }),
        json!({ "teams": [] }),
        json!({ "two_factor": "off" }),
        json!({ "password_hash": "x" }),
        json!({ "theme": "pink" }),
        json!({ "notifications": { "everything": true } }),
    ] {
        agent.patch(ME, body).await.refused(422, "invalid");
    }
    let now = agent.get(ME).await.ok();
    assert_eq!((&now["role"], &now["email"]), (&json!("agent"), &json!("agent@test.example")));
    app.finish().await;
}

#[tokio::test]
async fn accounts_a_password_is_changed_by_whoever_knows_it_and_ends_the_other_sessions() {
    let app = TestApp::start().await;
    let (agent, other) = (app.agent().await, app.agent().await);
    let (mut here, mut there) = (agent.socket(None).await, other.socket(None).await);
    let change = |current: &str, new: &str| agent.post("/api/v1/me/password", json!({ "current": current, "password": new }));
    assert_eq!(change("not my password", NEW_PASSWORD).await.fields(), ["current"]);
    for bad in ["short", "qwertyuiopasdf", "agent@test.example", &"é".repeat(37)] {
        assert_eq!(change(PASSWORD, bad).await.fields(), ["password"], "{bad}");
    }
    assert_eq!(change(PASSWORD, NEW_PASSWORD).await.status, 204);
    assert_eq!(there.closed().await, Some(4401));
    other.get(ME).await.refused(401, "unauthenticated");
    other.refresh(&other.cookie).await.refused(401, "unauthenticated");
    // This one goes on.
    agent.get(ME).await.ok();
    agent.refresh(&agent.cookie).await.ok();
    let fence = app.fence().await;
    here.until(&fence).await;
    let anonymous = tests::Client::anonymous(&app.bases[0]);
    login(&anonymous, "agent@test.example", PASSWORD).await.refused(401, "invalid_credentials");
    login(&anonymous, "agent@test.example", NEW_PASSWORD).await.ok();
    assert!(records(&app).await.contains(&"password.changed".to_owned()));
    // Guessing is throttled, and the right one waits too.
    for _ in 0..10 {
        assert_eq!(change(PASSWORD, "yet another passphrase").await.fields(), ["current"]);
    }
    change(NEW_PASSWORD, "yet another passphrase").await.refused(429, "too_many_requests");
    app.finish().await;
}
