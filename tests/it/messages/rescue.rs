//! Replies that the closed window keeps back: the customer is asked, and what they write lets the reply out, once.

use std::time::Duration;

use features::messages::release_due;
use reqwest::Method;
use serde_json::{Value, json};
use tests::{Answer, Client, Reply, TestApp, eventually};
use uuid::Uuid;

use super::{WHO, path};

fn ask() -> Value {
    json!({ "template": { "name": "still_there", "language": "en", "variables": { "body": ["Ana"] } } })
}

fn asking(client_id: &str, text: &str) -> Value {
    json!({ "client_id": client_id, "kind": "reply", "text": text, "ask_to_reopen": ask() })
}

async fn templates(app: &TestApp, admin: &Client) {
    let words = "Hi {{1}}, we have an answer for you. May we send it?";
    app.graph.templates(vec![
        json!({ "id": "t1", "name": "still_there", "language": "en", "status": "APPROVED", "category": "UTILITY",
        "components": [{ "type": "BODY", "text": words }] }),
    ]);
    admin.post(&format!("/api/v1/channels/{}/templates/sync", app.channel.id), json!({})).await;
    eventually("the templates are read", async || {
        (app.probe.one::<i64>("select count(*) from template").await == 1).then_some(())
    })
    .await;
}

async fn waiting(client: &Client, id: Uuid) -> Vec<Value> {
    client.get(&format!("/api/v1/conversations/{id}/held")).await.ok()["items"].as_array().unwrap().clone()
}

/// Waits until one that is held could not go.
async fn failed(client: &Client, id: Uuid) -> Value {
    eventually("it is refused", async || waiting(client, id).await.into_iter().find(|m| m["status"] == "failed")).await
}

fn one(id: Uuid, message: &Value) -> String {
    format!("{}/{}", path(id), message["id"].as_str().unwrap())
}

fn sent(app: &TestApp, text: &str) -> usize {
    app.graph.texts().iter().filter(|t| *t == text).count()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn messages_that_wait_for_the_customer_go_once_when_they_write() {
    let mut app = TestApp::with().nodes(2).start().await;
    let (agent, admin) = (app.agent().await, app.admin().await);
    templates(&app, &admin).await;
    let id = app.opens(WHO).await;
    agent.post(&path(id), asking("r-0", "The window is open")).await.refused(409, "window_open");
    app.probe.run("update conversation set window_expires_at = now() - interval '1 hour'").await;
    let mut socket = agent.socket(None).await;

    let seen = agent.messages(id).await[0]["seq"].as_i64().unwrap();
    let mut body = asking("r-1", "Your parcel is here");
    body["seen_seq"] = json!(seen);
    let answer = agent.post(&path(id), body.clone()).await;
    assert_eq!(answer.status, 201, "{}", answer.text());
    let template = answer.json();
    assert_eq!((&template["content"]["type"], &template["client_id"]), (&json!("template"), &json!("r-1:ask")));
    let held = template["waiting"].clone();
    assert_eq!((&held["text"], &held["status"]), (&json!("Your parcel is here"), &json!("held")));
    assert_eq!((&held["waits_for"], &held["release_at"]), (&json!("customer"), &Value::Null));
    assert!(held["expires_at"].is_string());
    socket.expect("message.held", |data| data["message"]["id"] == held["id"]).await;
    socket.expect("conversation.updated", |data| data["conversation"]["reply_waits"] == true).await;
    assert_eq!(agent.get("/api/v1/conversations?view=mine").await.ok()["items"][0]["reply_waits"], true);
    // The same click is the same two; other words, another template, somebody else are not.
    let again = agent.post(&path(id), body.clone()).await;
    assert_eq!((again.status, &again.json()["waiting"]["id"]), (200, &held["id"]));
    agent.post(&path(id), asking("r-1", "Other words")).await.refused(409, "idempotency_conflict");
    let mut other = body.clone();
    other["ask_to_reopen"]["template"]["variables"]["body"] = json!(["Bo"]);
    agent.post(&path(id), other).await.refused(409, "idempotency_conflict");
    app.graph.wait_for(1).await;

    // It can be changed while it waits, though the window is closed; it has no other time.
    let changed = agent.patch(&one(id, &held), json!({ "text": "Your parcel is ready" })).await.ok();
    assert_eq!((&changed["text"], &changed["waits_for"]), (&json!("Your parcel is ready"), &json!("customer")));
    let at = app.clock.now() + chrono::Duration::hours(1);
    assert_eq!(agent.patch(&one(id, &held), json!({ "send_at": at })).await.fields(), ["send_at"]);
    let long = json!({ "text": "x".repeat(5_000) });
    assert_eq!(agent.patch(&one(id, &held), long).await.fields(), ["text"]);
    agent.post(&format!("{}/retry", one(id, &held)), json!({})).await.refused(409, "message_not_retryable");

    // What does not open the window releases nothing.
    let on = app.graph.calls()[0].wamid().to_owned();
    let reaction = json!({ "from": WHO, "id": tests::webhook::wamid(), "timestamp": app.unix().to_string(), "type": "reaction",
        "reaction": { "message_id": on, "emoji": "👍" } });
    app.deliver_messages(WHO, &[reaction]).await.ok_text();
    assert_eq!(waiting(&agent, id).await.len(), 1);
    // Their answer does, once, on whichever node, and it is not what its author had not seen.
    let wamid = app.say(WHO, "Yes please").await;
    let call = app.graph.call("Your parcel is ready").await;
    assert_eq!(call.our_id().to_string(), held["id"]);
    let text = tests::webhook::text(WHO, &wamid, app.unix(), "Yes please");
    app.deliver_messages(WHO, &[text]).await.ok_text();
    app.probe.becomes(call.our_id(), "sent").await;
    assert_eq!(sent(&app, "Your parcel is ready"), 1);
    assert!(waiting(&agent, id).await.is_empty());
    assert_eq!(agent.conversation(id).await["reply_waits"], false);
    let kinds: Vec<Value> = agent.messages(id).await.iter().map(|m| m["content"]["type"].clone()).collect();
    assert_eq!(kinds, ["text", "template", "text", "text"]);
    // Repeated after all that, it is still the same.
    body["text"] = json!("Your parcel is ready");
    assert_eq!(agent.post(&path(id), body).await.ok()["waiting"]["status"], "sent");
    app.stop_node(1).await;
    app.finish().await;
}

#[tokio::test]
async fn messages_that_wait_for_the_customer_can_be_taken_back_overtaken_and_waited_for_in_vain() {
    let app = TestApp::with().manual_clock().start().await;
    templates(&app, &app.admin().await).await;
    let late = async |who: &str| {
        let id = app.opens(who).await;
        app.advance(Duration::from_secs(25 * 3600));
        id
    };
    // Taken back, it does not go.
    let id = late(WHO).await;
    let agent = app.agent().await;
    let held = agent.post(&path(id), asking("r-1", "Never mind")).await.ok()["waiting"].clone();
    let delete =
        async |client: &Client, id: Uuid, held: &Value| Answer::of(client.request(Method::DELETE, &one(id, held))).await.status;
    assert_eq!(delete(&agent, id, &held).await, 204);
    assert_eq!(agent.conversation(id).await["reply_waits"], false);
    agent.post(&path(id), asking("r-1", "Never mind")).await.refused(409, "idempotency_conflict");
    app.say(WHO, "What is it?").await;

    // A colleague who answers first keeps it back; the customer does not.
    let id = late("15550003333").await;
    let (agent, lead) = (app.agent().await, app.login(&app.people().lead).await);
    let mut body = asking("r-2", "Here is your answer");
    body["seen_seq"] = json!(1);
    agent.post(&path(id), body).await.ok();
    let template = json!({ "client_id": "l-1", "kind": "reply", "template": ask()["template"] });
    lead.post(&path(id), template).await.ok();
    app.say("15550003333", "I am here").await;
    let refused = failed(&agent, id).await;
    assert_eq!(refused["error"]["code"], "stale_view");
    assert_eq!(agent.post(&format!("{}/retry", one(id, &refused)), json!({})).await.ok()["status"], "queued");
    app.graph.call("Here is your answer").await;

    // In vain: a week later it is its author's again, who asks once more.
    let id = late("15550004444").await;
    let held = app.agent().await.post(&path(id), asking("r-3", "Are you coming?")).await.ok()["waiting"].clone();
    app.advance(Duration::from_secs(7 * 24 * 3600 - 60));
    release_due(&app.nodes[0].app).await.unwrap();
    assert_eq!(waiting(&app.agent().await, id).await[0]["status"], "held");
    app.advance(Duration::from_secs(61));
    let agent = app.agent().await;
    let back = failed(&agent, id).await;
    assert_eq!((&back["error"]["code"], &back["waits_for"]), (&json!("unanswered"), &Value::Null));
    assert_eq!(agent.conversation(id).await["reply_waits"], false);
    let again = agent.post(&format!("{}/rescue", one(id, &held)), ask()).await;
    assert_eq!(again.status, 201, "{}", again.text());
    assert_eq!((&again.json()["waiting"]["id"], &again.json()["waiting"]["waits_for"]), (&held["id"], &json!("customer")));
    assert_eq!(agent.conversation(id).await["reply_waits"], true);
    app.say("15550004444", "Tomorrow").await;
    app.graph.call("Are you coming?").await;
    app.finish().await;
}

#[tokio::test]
async fn messages_that_failed_for_the_window_can_wait_for_the_customer() {
    let app = TestApp::start().await;
    let (agent, admin) = (app.agent().await, app.admin().await);
    templates(&app, &admin).await;
    let id = app.opens(WHO).await;
    // The provider's clock says that it is too late.
    app.graph.for_text("too late", Reply::refuse(400, 131_047));
    app.graph.for_text("nonsense", Reply::refuse(400, 131_026));
    let message = agent.reply(id, "too late").await;
    let nonsense = agent.reply(id, "nonsense").await;
    for message in [&message, &nonsense] {
        app.probe.becomes(message["id"].as_str().unwrap().parse().unwrap(), "failed").await;
    }
    let rescue = format!("{}/rescue", one(id, &message));
    agent.post(&rescue, ask()).await.refused(409, "window_open");
    app.probe.run("update conversation set window_expires_at = now() - interval '1 hour'").await;
    agent.post(&format!("{}/rescue", one(id, &nonsense)), ask()).await.refused(409, "message_not_retryable");
    let wrong = json!({ "template": { "name": "nobody", "language": "en" } });
    assert_eq!(agent.post(&rescue, wrong).await.fields(), ["template.name"]);
    let answer = agent.post(&rescue, ask()).await;
    assert_eq!(answer.status, 201, "{}", answer.text());
    let waits = answer.json()["waiting"].clone();
    assert_eq!((&waits["text"], &waits["waits_for"]), (&json!("too late"), &json!("customer")));
    assert_eq!(agent.post(&rescue, ask()).await.status, 200, "asked once");
    // Where it failed it is not sent again.
    let shown = agent.messages(id).await.into_iter().find(|m| m["id"] == message["id"]).unwrap();
    assert_eq!((&shown["status"], &shown["error"]["code"]), (&json!("failed"), &json!("rescued")));
    app.say(WHO, "Go ahead").await;
    eventually("it goes", async || (sent(&app, "too late") == 2).then_some(())).await;
    app.probe.becomes(waits["id"].as_str().unwrap().parse().unwrap(), "sent").await;
    agent.post(&format!("{}/retry", one(id, &message)), json!({})).await.refused(409, "message_not_retryable");
    assert_eq!(sent(&app, "too late"), 2, "once refused, once taken");
    app.finish().await;
}

#[tokio::test]
async fn messages_a_file_that_the_window_kept_back_waits_with_its_words() {
    let app = TestApp::start().await;
    let (agent, admin) = (app.agent().await, app.admin().await);
    templates(&app, &admin).await;
    let id = app.opens(WHO).await;
    let file = agent.uploads("plan.png", tests::files::png(40, 40)).await;
    app.graph.next([Reply::refuse(400, 131_047)]);
    let body = json!({ "client_id": "f-1", "kind": "reply", "text": "The plan", "media_ids": [file["id"]] });
    let message = agent.post(&path(id), body).await.ok();
    app.probe.becomes(message["id"].as_str().unwrap().parse().unwrap(), "failed").await;
    let shown = agent.messages(id).await.pop().unwrap();
    assert_eq!((&shown["error"]["code"], &shown["error"]["reason"]), (&json!("131047"), &json!("window_closed")));
    app.probe.run("update conversation set window_expires_at = now() - interval '1 hour'").await;
    let rescue = format!("{}/rescue", one(id, &message));
    let first = agent.post(&rescue, ask()).await.ok();
    let waits = &first["waiting"];
    assert_eq!((&waits["text"], &waits["attachments"][0]["name"]), (&json!("The plan"), &json!("plan.png")));
    assert_ne!(waits["attachments"][0]["id"], file["id"], "what failed keeps its own");
    assert_eq!(agent.post(&rescue, ask()).await.ok()["waiting"]["id"], waits["id"], "once, however often it is asked for");
    app.say(WHO, "Yes, please").await;
    eventually("the file goes with its words", async || {
        let calls = app.graph.calls();
        (calls.iter().filter(|call| call.body["image"]["caption"] == "The plan").count() == 2).then_some(())
    })
    .await;
    let failed = agent.messages(id).await.into_iter().find(|m| m["id"] == message["id"]).unwrap();
    assert_eq!((&failed["status"], &failed["attachments"][0]["id"]), (&json!("failed"), &file["id"]));
    app.finish().await;
}
