//! Templates: read from the provider, told live, filled in and sent past a closed window.

#[path = "templates/files.rs"]
mod files;

use std::time::Duration;

use reqwest::Method;
use serde_json::{Value, json};
use tests::{Answer, Channel, Client, TestApp, eventually, webhook};
use uuid::Uuid;

const WHO: &str = "15550002222";
const LIST: &str = "/api/v1/templates";

fn order() -> Value {
    template(
        "order_update",
        "APPROVED",
        &json!([
            { "type": "HEADER", "format": "TEXT", "text": "Order {{1}}" },
            { "type": "BODY", "text": "Hi {{1}}, your parcel {{2}} left." },
            { "type": "FOOTER", "text": "Max Store" },
            { "type": "BUTTONS", "buttons": [
                { "type": "QUICK_REPLY", "text": "Stop" },
                { "type": "URL", "text": "Track", "url": "https://max.example/t/{{1}}" }] }
        ]),
    )
}

fn template(name: &str, status: &str, components: &Value) -> Value {
    json!({ "id": format!("id-{name}"), "name": name, "language": "en", "status": status, "category": "UTILITY",
        "parameter_format": "POSITIONAL", "components": components, "quality_score": { "score": "GREEN" } })
}

fn plain(name: &str, status: &str) -> Value {
    template(name, status, &json!([{ "type": "BODY", "text": format!("Words of {name}") }]))
}

/// Has the provider's templates read, and waits until this many may be seen.
async fn synced(app: &TestApp, admin: &Client, templates: Vec<Value>) {
    let count = i64::try_from(templates.len()).unwrap();
    app.graph.templates(templates);
    let answer = admin.post(&format!("/api/v1/channels/{}/templates/sync", app.channel.id), json!({})).await;
    assert_eq!(answer.status, 202, "{}", answer.text());
    eventually("the templates are read", async || {
        (app.probe.one::<i64>("select count(*) from template").await == count).then_some(())
    })
    .await;
}

/// The provider tells something about a template.
async fn notice(app: &TestApp, field: &str, at: i64, value: Value) {
    let mut value = value;
    value["message_template_name"] = json!("order_update");
    value["message_template_language"] = json!("en");
    value["message_template_id"] = json!(123_456_789_012_345_678_i64);
    let envelope = json!({ "object": "whatsapp_business_account", "entry": [{ "id": Channel::ACCOUNT, "time": at,
        "changes": [{ "field": field, "value": value }] }] });
    app.deliver_bytes(0, &app.channel, webhook::bytes(&envelope)).await.ok_text();
}

fn body(client_id: &str, variables: &Value) -> Value {
    json!({ "client_id": client_id, "kind": "reply", "template": { "name": "order_update", "language": "en", "variables": variables } })
}

fn variables() -> Value {
    json!({ "header": ["A-17"], "body": ["Ana", "X9"], "buttons": [{ "index": 1, "value": "X9" }] })
}

async fn put(client: &Client, url: &str, body: Value) -> Answer {
    Answer::of(client.request(Method::PUT, url).json(&body)).await
}

fn path(id: Uuid) -> String {
    format!("/api/v1/conversations/{id}/messages")
}

async fn close_window(app: &TestApp) {
    app.probe.run("update conversation set window_expires_at = now() - interval '1 hour'").await;
}

#[tokio::test]
async fn templates_are_read_and_told_live() {
    let app = TestApp::start().await;
    let (admin, agent) = (app.admin().await, app.agent().await);
    synced(&app, &admin, vec![order(), plain("winter", "PAUSED"), plain("autumn", "APPROVED")]).await;
    let names = async |query: &str| -> Vec<String> {
        let list = agent.get(&format!("{LIST}?{query}")).await.ok();
        list["items"].as_array().unwrap().iter().map(|t| t["name"].as_str().unwrap().to_owned()).collect()
    };
    assert_eq!(names("").await, ["autumn", "order_update"], "what may be sent, by name");
    assert_eq!(names("status=any").await, ["autumn", "order_update", "winter"]);
    assert_eq!(names("status=paused").await, ["winter"]);
    assert_eq!(names("q=parcel").await, ["order_update"]);
    assert_eq!(names("q=UPPER_not%25there").await, Vec::<String>::new());
    assert_eq!(names("language=pt_BR").await, Vec::<String>::new());
    assert_eq!(names(&format!("channel_id={}", app.channel.id)).await.len(), 2);
    let page = agent.get(&format!("{LIST}?limit=1")).await.ok();
    assert_eq!(names(&format!("limit=1&cursor={}", page["next_cursor"].as_str().unwrap())).await, ["order_update"]);

    let list = agent.get(&format!("{LIST}?q=parcel")).await.ok();
    let shown = &list["items"][0];
    assert_eq!(
        (&shown["quality"], &shown["category"], &shown["parameter_format"]),
        (&json!("green"), &json!("utility"), &json!("positional"))
    );
    let one = format!("{LIST}/{}", shown["id"].as_str().unwrap());

    // What the provider tells counts at once; an older word about the status changes nothing.
    let mut socket = agent.socket(None).await;
    notice(&app, "message_template_status_update", 2_000, json!({ "event": "PAUSED", "reason": "NONE" })).await;
    let event = socket.expect("template.updated", |data| data["template"]["name"] == "order_update").await;
    assert_eq!(event["data"]["template"]["status"], "paused");
    notice(&app, "message_template_status_update", 1_000, json!({ "event": "REJECTED", "reason": "SCAM" })).await;
    assert_eq!(agent.get(&one).await.ok()["status"], "paused");
    notice(&app, "message_template_status_update", 3_000, json!({ "event": "REINSTATED", "reason": "NONE" })).await;
    notice(&app, "message_template_quality_update", 3_000, json!({ "new_quality_score": "RED" })).await;
    notice(&app, "template_category_update", 3_000, json!({ "previous_category": "UTILITY", "new_category": "MARKETING" })).await;
    notice(&app, "template_category_update", 3_000, json!({ "correct_category": "UTILITY", "new_category": "UTILITY" })).await;
    let shown = agent.get(&one).await.ok();
    assert_eq!(
        (&shown["status"], &shown["quality"], &shown["category"]),
        (&json!("approved"), &json!("red"), &json!("marketing"))
    );

    // Other words are read again; what is gone there is gone here.
    app.graph.templates(vec![template("order_update", "APPROVED", &json!([{ "type": "BODY", "text": "Shorter" }]))]);
    notice(&app, "message_template_components_update", 4_000, json!({ "message_template_element": "Shorter" })).await;
    eventually("the new words are here", async || (names("status=any").await == ["order_update"]).then_some(())).await;
    assert_eq!(agent.get(&one).await.ok()["components"][0]["text"], "Shorter");

    // Somebody else's account is nobody here.
    let envelope = json!({ "object": "whatsapp_business_account", "entry": [{ "id": "111", "changes": [{ "field": "message_template_status_update",
        "value": { "event": "DISABLED", "message_template_name": "order_update", "message_template_language": "en" } }] }] });
    app.deliver_bytes(0, &app.channel, webhook::bytes(&envelope)).await.ok_text();
    assert_eq!(agent.get(&one).await.ok()["status"], "approved");
    assert_eq!(app.probe.fates().await.last().unwrap(), "template ignored");
    agent.post(&format!("/api/v1/channels/{}/templates/sync", app.channel.id), json!({})).await.refused(403, "forbidden");
    app.finish().await;
}

#[tokio::test]
async fn templates_keep_what_each_person_fills_in() {
    let app = TestApp::start().await;
    let (admin, agent) = (app.admin().await, app.agent().await);
    synced(&app, &admin, vec![order()]).await;
    let id = agent.get(LIST).await.ok()["items"][0]["id"].as_str().unwrap().to_owned();
    let url = format!("{LIST}/{id}/defaults");
    let saved = put(&agent, &url, json!({ "variables": { "body": ["Ana", ""] } })).await.ok();
    assert_eq!(saved["defaults"]["body"], json!(["Ana", ""]));
    assert_eq!(agent.get(LIST).await.ok()["items"][0]["defaults"]["body"][0], "Ana");
    assert!(admin.get(LIST).await.ok()["items"][0]["defaults"].is_null(), "theirs alone");
    put(&agent, &url, json!({ "variables": { "body": ["x".repeat(2001)] } })).await.refused(422, "invalid");
    put(&agent, &url, json!({ "variables": { "other": [] } })).await.refused(422, "invalid");
    app.finish().await;
}

#[tokio::test]
async fn templates_pass_a_closed_window() {
    let app = TestApp::start().await;
    let (admin, agent) = (app.admin().await, app.agent().await);
    synced(&app, &admin, vec![order(), plain("winter", "PAUSED")]).await;
    let id = app.opens(WHO).await;
    close_window(&app).await;
    let refused = agent.post(&path(id), json!({ "client_id": "t", "kind": "reply", "text": "Hello?" })).await;
    refused.refused(409, "window_closed");

    let answer = agent.post(&path(id), body("c-1", &variables())).await;
    assert_eq!(answer.status, 201, "{}", answer.text());
    let message = answer.json();
    assert_eq!(message["preview"], "Hi Ana, your parcel X9 left.");
    assert_eq!(message["content"]["type"], "template");
    assert_eq!((&message["content"]["header"], &message["content"]["footer"]), (&json!("Order A-17"), &json!("Max Store")));
    assert_eq!(message["content"]["buttons"][1]["value"], "https://max.example/t/X9");
    let call = app.graph.wait_for(1).await.remove(0);
    assert_eq!(call.body["type"], "template");
    assert_eq!(
        call.body["template"],
        json!({ "name": "order_update", "language": { "code": "en" }, "components": [
            { "type": "header", "parameters": [{ "type": "text", "text": "A-17" }] },
            { "type": "body", "parameters": [{ "type": "text", "text": "Ana" }, { "type": "text", "text": "X9" }] },
            { "type": "button", "sub_type": "url", "index": "1", "parameters": [{ "type": "text", "text": "X9" }] }] })
    );
    let sent: Uuid = message["id"].as_str().unwrap().parse().unwrap();
    app.probe.becomes(sent, "sent").await;
    // The same again is the same; other values are another message.
    assert_eq!(agent.post(&path(id), body("c-1", &variables())).await.ok()["id"], message["id"]);
    let mut other = variables();
    other["body"][1] = "X8".into();
    agent.post(&path(id), body("c-1", &other)).await.refused(409, "idempotency_conflict");
    agent
        .post(&path(id), json!({ "client_id": "c-1", "kind": "reply", "text": "Hi Ana, your parcel X9 left." }))
        .await
        .refused(409, "idempotency_conflict");

    for (variables, field) in [
        (json!({ "header": ["A"], "body": ["Ana"], "buttons": [{ "index": 1, "value": "X9" }] }), "template.variables.body.1"),
        (
            json!({ "header": ["A"], "body": ["a\nb", "c"], "buttons": [{ "index": 1, "value": "X9" }] }),
            "template.variables.body.0",
        ),
        (json!({ "header": ["A"], "body": ["a", "c"] }), "template.variables.buttons.1"),
    ] {
        let refused = agent.post(&path(id), body("c-2", &variables)).await.refused(422, "invalid");
        assert_eq!(refused["fields"][0]["field"], field, "{refused}");
    }
    for (name, language) in [("order_update", "pt_BR"), ("no_such", "en"), ("winter", "en")] {
        let asked = json!({ "client_id": "c-3", "kind": "reply", "template": { "name": name, "language": language } });
        let refused = agent.post(&path(id), asked).await.refused(422, "invalid");
        assert_eq!(refused["fields"][0]["field"], "template.name");
    }
    let both =
        json!({ "client_id": "c-4", "kind": "reply", "text": "x", "template": { "name": "order_update", "language": "en" } });
    agent.post(&path(id), both).await.refused(422, "invalid");
    let note = json!({ "client_id": "c-4", "kind": "note", "template": { "name": "order_update", "language": "en" } });
    agent.post(&path(id), note).await.refused(422, "invalid");
    assert_eq!(app.graph.calls().len(), 1);
    app.finish().await;
}

#[tokio::test]
async fn templates_that_were_refused_go_again_while_they_are_approved() {
    let app = TestApp::start().await;
    let (admin, agent) = (app.admin().await, app.agent().await);
    synced(&app, &admin, vec![order()]).await;
    let id = app.opens(WHO).await;
    close_window(&app).await;
    app.graph.next([tests::Reply::refuse(400, 132_015)]);
    let message = agent.post(&path(id), body("c-1", &variables())).await.ok();
    let failed: Uuid = message["id"].as_str().unwrap().parse().unwrap();
    app.probe.becomes(failed, "failed").await;
    let shown = agent.messages(id).await;
    assert_eq!(shown.last().unwrap()["error"]["code"], "132015");
    let retry = format!("{}/{failed}/retry", path(id));
    notice(&app, "message_template_status_update", 2_000, json!({ "event": "PAUSED", "reason": "NONE" })).await;
    agent.post(&retry, json!({})).await.refused(422, "invalid");
    notice(&app, "message_template_status_update", 3_000, json!({ "event": "APPROVED", "reason": "NONE" })).await;
    agent.post(&retry, json!({})).await.ok();
    app.probe.becomes(failed, "sent").await;
    app.finish().await;
}

#[tokio::test]
async fn templates_may_be_held() {
    let app = TestApp::with().manual_clock().start().await;
    let (admin, agent) = (app.admin().await, app.agent().await);
    synced(&app, &admin, vec![order()]).await;
    let id = app.opens(WHO).await;
    let mut later = body("c-1", &variables());
    later["hold_seconds"] = json!(30);
    let held = agent.post(&path(id), later.clone()).await.ok();
    assert_eq!((&held["status"], &held["preview"]), (&json!("held"), &json!("Hi Ana, your parcel X9 left.")));
    assert_eq!(agent.post(&path(id), later).await.ok()["id"], held["id"], "the same again");
    let url = format!("{}/{}", path(id), held["id"].as_str().unwrap());
    agent.patch(&url, json!({ "text": "other words" })).await.refused(422, "invalid");
    app.advance(Duration::from_secs(31));
    let call = app.graph.wait_for(1).await.remove(0);
    assert_eq!(call.body["template"]["name"], "order_update");
    assert_eq!(call.our_id().to_string(), held["id"].as_str().unwrap());
    app.probe.becomes(call.our_id(), "sent").await;
    app.finish().await;
}
