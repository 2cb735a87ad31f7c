//! Drafts: there on every screen of their author and on nobody else's, and gone when they were sent.

use std::time::Duration;

use reqwest::Method;
use serde_json::{Value, json};
use tests::{Answer, Client, Incoming, TestApp, eventually};
use uuid::Uuid;

async fn save(client: &Client, conversation: Uuid, body: Value) -> Answer {
    Answer::of(client.request(Method::PUT, &format!("/api/v1/conversations/{conversation}/draft")).json(&body)).await
}

async fn drafts(client: &Client, conversation: Uuid) -> Value {
    client.get(&format!("/api/v1/conversations/{conversation}/drafts")).await.ok()
}

fn draft(kind: &str, text: &str, seq: i64) -> Value {
    json!({ "kind": kind, "text": text, "seq": seq, "origin": "screen one" })
}

#[tokio::test]
async fn drafts_are_one_for_each_conversation_person_and_kind() {
    let app = TestApp::start().await;
    let (agent, lead) = (app.agent().await, app.login(&app.people().lead).await);
    let (one, two) = (app.opens("15550002222").await, app.opens("15550003333").await);
    let (mut mine, mut theirs) = (agent.socket(None).await, lead.socket(None).await);
    let quoted = agent.messages(one).await[0]["id"].clone();
    let mut reply = draft("reply", "Dear secret", 1);
    reply["reply_to"] = quoted.clone();
    let saved = save(&agent, one, reply).await.ok();
    save(&agent, one, draft("note", "He sounds secret", 1)).await.ok();
    save(&agent, two, draft("reply", "Another secret", 1)).await.ok();
    save(&lead, one, draft("reply", "The lead's own", 1)).await.ok();
    let here = drafts(&agent, one).await;
    assert_eq!((&here["reply"]["text"], &here["note"]["text"]), (&json!("Dear secret"), &json!("He sounds secret")));
    assert_eq!((&here["reply"]["reply_to"], &here["reply"]["updated_at"]), (&quoted, &saved["updated_at"]));
    assert_eq!(drafts(&lead, one).await["reply"]["text"], "The lead's own");
    assert_eq!(drafts(&lead, two).await, json!({}));
    let list = agent.get("/api/v1/me/drafts").await.ok()["items"].clone();
    let seen: Vec<_> = list.as_array().unwrap().iter().map(|d| (d["conversation_id"].clone(), d["preview"].clone())).collect();
    assert_eq!(
        seen,
        [(json!(two), json!("Another secret")), (json!(one), json!("He sounds secret")), (json!(one), json!("Dear secret")),]
    );
    // Their author's other screens are told, by which screen; nobody else is.
    let told = mine.expect("draft.changed", |data| data["text"] == "Dear secret").await["data"].clone();
    assert_eq!((&told["conversation_id"], &told["kind"], &told["origin"]), (&json!(one), &json!("reply"), &json!("screen one")));
    let fence = app.fence().await;
    assert!(theirs.until(&fence).await.iter().all(|event| !event.to_string().contains("secret")));
    // Who may not see a conversation writes nothing into it.
    let stranger = app.login(&app.people().stranger).await;
    save(&stranger, one, draft("reply", "Hi", 1)).await.refused(404, "not_found");
    stranger.get(&format!("/api/v1/conversations/{one}/drafts")).await.refused(404, "not_found");
    // Nothing left is no draft.
    save(&agent, one, draft("reply", "  ", 2)).await.ok();
    assert_eq!(drafts(&agent, one).await["reply"], Value::Null);
    app.finish().await;
}

#[tokio::test]
async fn drafts_that_arrive_late_do_not_undo_a_later_one() {
    let app = TestApp::start().await;
    let agent = app.agent().await;
    let id = app.opens("15550002222").await;
    save(&agent, id, draft("reply", "Hello", 5)).await.ok();
    let kept = save(&agent, id, draft("reply", "Hell", 4)).await.ok();
    assert_eq!(drafts(&agent, id).await["reply"]["updated_at"], kept["updated_at"]);
    assert_eq!(drafts(&agent, id).await["reply"]["text"], "Hello");
    // Deleted, then a save that was on its way.
    save(&agent, id, draft("reply", "", 7)).await.ok();
    save(&agent, id, draft("reply", "Hello y", 6)).await.ok();
    assert_eq!(drafts(&agent, id).await, json!({}));
    // Another screen counts for itself: whoever wrote last wrote last.
    save(&agent, id, json!({ "kind": "reply", "text": "from the phone", "seq": 1, "origin": "phone" })).await.ok();
    assert_eq!(drafts(&agent, id).await["reply"]["text"], "from the phone");
    for (body, field) in [
        (draft("reply", &"x".repeat(20_001), 9), "text"),
        (json!({ "kind": "note", "text": "x", "seq": 9, "reply_to": id }), "reply_to"),
        (json!({ "kind": "note", "text": "x", "seq": 9, "origin": "x".repeat(65) }), "origin"),
    ] {
        assert_eq!(save(&agent, id, body).await.fields(), [field]);
    }
    app.finish().await;
}

#[tokio::test]
async fn drafts_go_when_they_were_sent_and_stay_when_not() {
    let app = TestApp::start().await;
    let (agent, lead) = (app.agent().await, app.login(&app.people().lead).await);
    let id = app.opens("15550002222").await;
    let gone =
        async |what: &str| eventually(what, async || (drafts(&agent, id).await.get("reply").is_none()).then_some(())).await;
    save(&agent, id, draft("reply", "Hello", 1)).await.ok();
    save(&agent, id, draft("note", "A note", 1)).await.ok();
    save(&lead, id, draft("reply", "The lead's", 1)).await.ok();
    let mut socket = agent.socket(None).await;
    // What is not sent is kept.
    agent.send(id, "reply", &"x".repeat(4097)).await.refused(422, "invalid");
    tokio::time::sleep(Duration::from_millis(200)).await;
    assert_eq!(drafts(&agent, id).await["reply"]["text"], "Hello");
    agent.reply(id, "Hello").await;
    gone("a sent draft").await;
    let told = socket.expect("draft.changed", |data| data["text"] == "").await["data"].clone();
    assert_eq!((&told["text"], &told["kind"], &told["origin"]), (&json!(""), &json!("reply"), &Value::Null));
    assert_eq!(drafts(&agent, id).await["note"]["text"], "A note", "only what was sent");
    assert_eq!(drafts(&lead, id).await["reply"]["text"], "The lead's", "and only who sent it");
    // A hold takes it at once; what is written while it waits stays when it is released.
    save(&agent, id, draft("reply", "Later", 3)).await.ok();
    let body = json!({ "client_id": "h", "kind": "reply", "text": "Later", "hold_seconds": 2 });
    assert_eq!(agent.post(&format!("/api/v1/conversations/{id}/messages"), body).await.status, 201);
    gone("a held draft").await;
    save(&agent, id, draft("reply", "Even later", 4)).await.ok();
    app.graph.call("Later").await;
    // And a note beside a step is not what stands in the composer.
    agent.step(id, "transfer", json!({ "team_id": app.teams[0], "note": "Please" })).await.ok();
    tokio::time::sleep(Duration::from_millis(500)).await;
    let here = drafts(&agent, id).await;
    assert_eq!((&here["reply"]["text"], &here["note"]["text"]), (&json!("Even later"), &json!("A note")));
    app.graph.wait_for(2).await;
    // Nothing of it is in what others can read.
    while let Some(Incoming::Json(_)) = socket.next_within(Duration::from_millis(50)).await {}
    app.finish().await;
}

#[tokio::test]
async fn drafts_stay_when_something_else_than_words_is_sent() {
    let app = TestApp::start().await;
    let agent = app.agent().await;
    let (one, two) = (app.opens("15550002222").await, app.opens("15550003333").await);
    let send = async |id: Uuid, body: Value| agent.post(&format!("/api/v1/conversations/{id}/messages"), body).await.ok();
    save(&agent, one, draft("reply", "Not done yet", 1)).await.ok();
    save(&agent, two, draft("reply", "Done", 1)).await.ok();
    let place = json!({ "latitude": 1, "longitude": 2 });
    send(one, json!({ "client_id": "1", "kind": "reply", "location": place })).await;
    send(one, json!({ "client_id": "2", "kind": "reply", "location": place, "hold_seconds": 60 })).await;
    // What came later was looked at, so that was too.
    send(two, json!({ "client_id": "3", "kind": "reply", "text": "Done" })).await;
    eventually("the other draft was sent", async || drafts(&agent, two).await["reply"].is_null().then_some(())).await;
    assert_eq!(drafts(&agent, one).await["reply"]["text"], "Not done yet");
    app.finish().await;
}
