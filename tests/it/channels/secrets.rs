//! Two secrets at once, a test message, and the language of a channel.

use std::time::Duration;

use serde_json::{Value, json};
use tests::{Channel, Graph, Reply, TestApp, eventually, webhook};

use crate::users::records;

const NEW: &str = "CANARY-a-new-secret";

fn signed_with(app: &TestApp, secret: &str) -> Channel {
    Channel { app_secret: secret.to_owned(), ..app.channel.clone() }
}

fn body(app: &TestApp) -> Vec<u8> {
    webhook::bytes(&app.envelope(&[], &[webhook::text("15550000001", &webhook::wamid(), app.unix(), "hello")], &[]))
}

#[tokio::test]
async fn channels_take_two_secrets_for_a_day() {
    let app = TestApp::with().nodes(2).manual_clock().start().await;
    let admin = app.admin().await;
    let path = format!("/api/v1/channels/{}", app.channel.id);
    let old = app.channel.app_secret.clone();
    assert_eq!(admin.get(&path).await.ok()["previous_secret_until"], Value::Null);
    app.deliver_bytes(1, &signed_with(&app, &old), body(&app)).await.ok_text();

    let answer = admin.post(&format!("{path}/secrets"), json!({ "name": "app_secret", "value": NEW })).await;
    assert!(!answer.text().contains(NEW));
    let until = answer.ok()["previous_secret_until"].as_str().unwrap().parse::<chrono::DateTime<chrono::Utc>>().unwrap();
    assert_eq!((until - app.clock.now()).num_hours(), 24);
    // Here at once, on the other node within a second, and nobody is turned away meanwhile.
    app.deliver_bytes(0, &signed_with(&app, NEW), body(&app)).await.ok_text();
    let begun = std::time::Instant::now();
    eventually("the other node knows it", async || {
        app.deliver_bytes(1, &signed_with(&app, &old), body(&app)).await.ok_text();
        (app.deliver_bytes(1, &signed_with(&app, NEW), body(&app)).await.status == 200).then_some(())
    })
    .await;
    assert!(begun.elapsed() < Duration::from_millis(1500), "{:?}", begun.elapsed());
    app.deliver_bytes(0, &signed_with(&app, "neither"), body(&app)).await.refused(403, "signature_wrong");

    for (wrong, field) in [
        (json!({ "name": "access_token", "value": "x" }), "name"),
        (json!({ "name": "app_secret", "value": NEW }), "value"),
        (json!({ "name": "app_secret", "value": "two words" }), "value"),
        (json!({ "name": "app_secret", "value": "" }), "value"),
    ] {
        assert_eq!(admin.post(&format!("{path}/secrets"), wrong.clone()).await.fields(), [field], "{wrong}");
    }
    // Ended by hand the old one holds no longer; a second time there is nothing to end.
    for _ in 0..2 {
        assert_eq!(admin.delete(&format!("{path}/secrets/previous")).await.ok()["previous_secret_until"], Value::Null);
    }
    app.deliver_bytes(0, &signed_with(&app, &old), body(&app)).await.refused(403, "signature_wrong");
    app.deliver_bytes(0, &signed_with(&app, NEW), body(&app)).await.ok_text();

    // By itself after a day.
    admin.post(&format!("{path}/secrets"), json!({ "name": "app_secret", "value": old })).await.ok();
    app.deliver_bytes(0, &signed_with(&app, NEW), body(&app)).await.ok_text();
    app.advance(Duration::from_secs(24 * 3600 + 1));
    let admin = app.admin().await;
    eventually("the old one holds no longer", async || {
        (app.deliver_bytes(0, &signed_with(&app, NEW), body(&app)).await.status == 403).then_some(())
    })
    .await;
    assert_eq!(admin.get(&path).await.ok()["previous_secret_until"], Value::Null);
    // Whoever enters one as a credential wants no other to hold.
    admin.post(&format!("{path}/secrets"), json!({ "name": "app_secret", "value": NEW })).await.ok();
    let third = admin.patch(&path, json!({ "credentials": { "app_secret": "a-third" } })).await.ok();
    assert_eq!(third["previous_secret_until"], Value::Null);
    app.deliver_bytes(0, &signed_with(&app, NEW), body(&app)).await.refused(403, "signature_wrong");

    let replaced = records(&app, "channel.secret_replaced").await;
    assert_eq!(replaced.len(), 3);
    assert_eq!(records(&app, "channel.previous_secret_ended").await.len(), 1);
    assert!(!replaced.iter().any(|record| record.to_string().contains("CANARY")));
    let clear: i64 = app
        .probe
        .one("select count(*) from channel c where c::text like '%CANARY%' or encode(previous_secret, 'escape') like '%CANARY%'")
        .await;
    assert_eq!(clear, 0);
    app.finish().await;
}

#[tokio::test]
async fn channels_are_tested_with_a_message() {
    let app = TestApp::start().await;
    let admin = app.admin().await;
    let path = format!("/api/v1/channels/{}", app.channel.id);
    let test = format!("{path}/test");
    let said = admin.post(&test, json!({ "to": "+1 (555) 000-2222" })).await.ok();
    assert!(said["message_id"].as_str().unwrap().starts_with("wamid."), "{said}");
    assert_eq!(said["template"], Value::Null);
    let call = app.graph.call("This is a test message from MAX. The channel works.").await;
    assert_eq!(call.body["to"], "15550002222");
    assert_eq!(app.probe.one::<i64>("select count(*) from contact").await, 0, "it is no conversation");

    // Where the account has the usual template, that goes, in the channel's language.
    let hello = |id: &str, language: &str| {
        json!({ "id": id, "name": "hello_world", "language": language, "status": "APPROVED", "category": "UTILITY",
                "components": [{ "type": "BODY", "text": "Hello" }] })
    };
    app.graph.templates(vec![hello("t1", "en_US"), hello("t2", "pt_BR")]);
    assert_eq!(admin.post(&format!("{path}/templates/sync"), json!({})).await.status, 202);
    eventually("the templates are read", async || {
        (app.probe.one::<i64>("select count(*) from template").await == 2).then_some(())
    })
    .await;
    assert_eq!(admin.patch(&path, json!({ "language": "pt_BR" })).await.ok()["language"], "pt_BR");
    assert_eq!(admin.post(&test, json!({ "to": "15550002222" })).await.ok()["template"], "hello_world");
    assert_eq!(sent_template(&app.graph)["language"]["code"], "pt_BR");
    assert_eq!(admin.patch(&path, json!({ "language": null })).await.ok()["language"], Value::Null);
    admin.post(&test, json!({ "to": "15550002222" })).await.ok();
    assert_eq!(sent_template(&app.graph)["language"]["code"], "en_US");
    for wrong in ["", "english", "EN", "pt-BR", "de_"] {
        assert_eq!(admin.patch(&path, json!({ "language": wrong })).await.fields(), ["language"], "{wrong}");
    }

    for wrong in ["", "me", "123", "+1 555 000 2222, and others"] {
        assert_eq!(admin.post(&test, json!({ "to": wrong })).await.fields(), ["to"]);
    }
    app.graph.next([Reply::refuse(400, 131030)]);
    let refused = admin.post(&test, json!({ "to": "15550002222" })).await.refused(422, "invalid");
    assert_eq!(refused["provider_code"], "131030");
    assert!(refused["fields"][0]["message"].as_str().unwrap().len() > 10, "{refused}");
    app.graph.next([Reply::refuse(503, 2)]);
    admin.post(&test, json!({ "to": "15550002222" })).await.refused(503, "unavailable");
    assert_eq!(records(&app, "channel.tested").await.len(), 5);
    app.finish().await;
}

/// The template of the last call.
fn sent_template(graph: &Graph) -> Value {
    graph.calls().last().unwrap().body["template"].clone()
}
