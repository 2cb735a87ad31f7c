//! What leaves: once, in order, and never in silence.

#[path = "delivery/crashes.rs"]
mod crashes;
#[path = "delivery/health.rs"]
mod health;
#[path = "delivery/statuses.rs"]
mod statuses;

use std::{collections::HashMap, time::Duration};

use futures_util::future::join_all;
use serde_json::{Value, json};
use tests::{Client, Gate, Reply, TestApp, eventually};
use uuid::Uuid;

const WHO: &str = "15550002222";

/// A message's id.
fn id_of(message: &Value) -> Uuid {
    message["id"].as_str().unwrap().parse().unwrap()
}

/// Sends something to somebody else and waits until it is through: by then the dispatcher has looked at everything that is due.
async fn pass_by(app: &TestApp, agent: &Client, who: &str) {
    let id = app.opens(who).await;
    let text = format!("passing by {}", Uuid::new_v4());
    let message = agent.reply(id, &text).await;
    app.graph.call(&text).await;
    app.probe.becomes(id_of(&message), "sent").await;
}

async fn error_of(app: &TestApp, message: &Value) -> Value {
    let (error,): (Option<Value>,) =
        sqlx::query_as("select error from message where id = $1").bind(id_of(message)).fetch_one(&app.probe.0).await.unwrap();
    error.unwrap_or_default()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn delivery_keeps_the_order_of_a_conversation_on_two_nodes() {
    const CONVERSATIONS: usize = 6;
    const EACH: usize = 15;
    let mut app = TestApp::with().nodes(2).start().await;
    let agent = app.agent().await;
    let mut conversations = Vec::new();
    for n in 0..CONVERSATIONS {
        conversations.push(app.opens(&format!("1555600000{n}")).await);
    }
    // Some answers are refused for a moment, so that later messages would like to overtake.
    for n in 0..2 {
        app.graph.for_text(&format!("{n}-4"), Reply::refuse(503, 2));
    }
    let at = [agent.at(&app.bases[0]), agent.at(&app.bases[1])];
    join_all(conversations.iter().enumerate().map(|(n, id)| {
        let at = &at;
        async move {
            for k in 0..EACH {
                at[(n + k) % 2].reply(*id, &format!("{n}-{k}")).await;
            }
        }
    }))
    .await;
    let calls = app.graph.wait_for(CONVERSATIONS * EACH + 2).await;
    let mut taken: HashMap<&str, Vec<&str>> = HashMap::new();
    for call in calls.iter().filter(|call| call.wamid.is_some()) {
        let (conversation, number) = call.text().split_once('-').unwrap();
        taken.entry(conversation).or_default().push(number);
    }
    let expected: Vec<String> = (0..EACH).map(|k| k.to_string()).collect();
    assert_eq!(taken.len(), CONVERSATIONS);
    for (conversation, numbers) in taken {
        assert_eq!(numbers, expected, "conversation {conversation}");
    }
    eventually("all are sent", async || {
        (app.probe.one::<i64>("select count(*) from message where status = 'queued'").await == 0).then_some(())
    })
    .await;
    let nodes: i64 = app.probe.one("select count(distinct node) from send_attempt").await;
    assert_eq!(nodes, 2, "both nodes had a part in it");
    app.stop_node(1).await;
    app.finish().await;
}

#[tokio::test]
async fn delivery_tries_again_when_the_provider_says_so_and_not_before() {
    let app = TestApp::with().manual_clock().start().await;
    let agent = app.agent().await;
    let id = app.opens(WHO).await;
    app.graph.for_text("patience", Reply::Refuse { http: 429, code: 130_429, retry_after: Some(30) });
    app.graph.for_text("patience", Reply::refuse(500, 131_000));
    app.graph.for_text("patience", Reply::Raw(503, "<html>busy</html>"));
    let message = agent.reply(id, "patience").await;
    let behind = agent.reply(id, "one behind").await;
    eventually("the refusal is recorded", async || (error_of(&app, &message).await["code"] == "130429").then_some(())).await;
    // Not before it asks, with nothing else going past it in its conversation; other conversations go on.
    app.advance(Duration::from_secs(29));
    pass_by(&app, &agent, "15550000001").await;
    assert_eq!(app.graph.calls().iter().filter(|call| call.text() == "patience").count(), 1);
    assert_eq!(app.probe.status(id_of(&message)).await, "queued");
    assert!(error_of(&app, &message).await["message"].as_str().unwrap().len() > 20, "why it waits, in words");
    // At most a quarter longer; then our own growing pauses.
    for (tries, advance) in [(2, 9), (3, 4), (4, 8)] {
        app.advance(Duration::from_secs(advance));
        eventually("the next try", async || {
            (app.graph.calls().iter().filter(|c| c.text() == "patience").count() == tries).then_some(())
        })
        .await;
        let seen = async || {
            app.probe
                .of::<i64>(id_of(&message), "select count(*) from send_attempt where message_id = $1 and outcome is not null")
                .await
        };
        eventually("its outcome", async || (seen().await == tries as i64).then_some(())).await;
    }
    app.probe.becomes(id_of(&message), "sent").await;
    app.probe.becomes(id_of(&behind), "sent").await;
    assert_eq!(error_of(&app, &message).await, Value::Null);
    let outcomes: Vec<(i32, String)> = app
        .probe
        .all("select a.number, a.outcome from send_attempt a join message m on m.id = a.message_id where m.content ->> 'text' = 'patience' order by a.number")
        .await;
    let outcomes: Vec<(i32, &str)> = outcomes.iter().map(|(n, o)| (*n, o.as_str())).collect();
    assert_eq!(outcomes, [(1, "retry"), (2, "retry"), (3, "retry"), (4, "accepted")]);
    assert!(app.graph.texts().iter().position(|t| t == "one behind") > app.graph.texts().iter().rposition(|t| t == "patience"));
    app.finish().await;
}

#[tokio::test]
async fn delivery_final_errors_are_told_in_words_and_hold_nobody_up() {
    let app = TestApp::start().await;
    let agent = app.agent().await;
    let mut socket = agent.socket(None).await;
    let id = app.opens(WHO).await;
    for (text, reply, code) in [
        ("undeliverable", Reply::refuse(400, 131_026), "131026"),
        ("too late", Reply::refuse(400, 131_047), "131047"),
        ("nonsense", Reply::Raw(400, "<html>"), "http_400"),
    ] {
        app.graph.for_text(text, reply);
        let message = agent.reply(id, text).await;
        let event = socket
            .expect("message.updated", |data| data["message"]["id"] == message["id"] && data["message"]["status"] == "failed")
            .await;
        let error = &event["data"]["message"]["error"];
        assert_eq!(error["code"], code);
        assert!(error["message"].as_str().unwrap().split(' ').count() >= 5, "{error}");
        assert_eq!(agent.messages(id).await.pop().unwrap()["error"], *error);
    }
    agent.reply(id, "the next one").await;
    app.graph.call("the next one").await;
    assert_eq!(app.graph.calls().len(), 4, "nothing final is tried twice");
    // A person may try again, as often as they like.
    let failed = agent.messages(id).await.into_iter().find(|m| m["text"] == "undeliverable").unwrap();
    let retry = format!("/api/v1/conversations/{id}/messages/{}/retry", failed["id"].as_str().unwrap());
    assert_eq!(agent.post(&retry, json!({})).await.ok()["status"], "queued");
    app.probe.becomes(id_of(&failed), "sent").await;
    agent.post(&retry, json!({})).await.refused(409, "message_not_retryable");
    assert_eq!(app.graph.texts().iter().filter(|t| *t == "undeliverable").count(), 2);
    // "It arrived" is for what nobody knows about.
    agent.post(&retry.replace("retry", "confirm"), json!({})).await.refused(409, "message_not_retryable");
    app.finish().await;
}

#[tokio::test]
async fn delivery_trouble_of_the_account_waits_for_an_admin() {
    let mut app = TestApp::with().manual_clock().start().await;
    app.expect_error("a channel is in trouble");
    let (agent, admin) = (app.agent().await, app.admin().await);
    let path = format!("/api/v1/channels/{}", app.channel.id);
    let id = app.opens(WHO).await;
    app.graph.otherwise(Reply::refuse(401, 190));
    let message = agent.reply(id, "with a dead token").await;
    eventually("the channel is in trouble", async || (admin.get(&path).await.ok()["health"] == "trouble").then_some(())).await;
    assert_eq!(app.probe.status(id_of(&message)).await, "queued");
    assert_eq!(error_of(&app, &message).await["code"], "190");
    // The admin mends it, and it goes on.
    app.graph.otherwise(Reply::Accept);
    let mended = admin.patch(&path, json!({ "credentials": { "access_token": "a-new-token" } })).await.ok();
    assert_eq!((&mended["health"], &mended["paused_at"]), (&json!("ok"), &Value::Null));
    app.probe.becomes(id_of(&message), "sent").await;
    assert_eq!(app.graph.calls().last().unwrap().authorization, "Bearer a-new-token");
    assert_eq!(admin.get(&path).await.ok()["health"], "ok");

    // Switched off with something queued: it waits, and goes when the channel is switched on again.
    app.graph.for_text("waits", Reply::refuse(503, 2));
    let waiting = agent.reply(id, "waits").await;
    eventually("the first try", async || (error_of(&app, &waiting).await["code"] == "2").then_some(())).await;
    admin.patch(&path, json!({ "active": false })).await.ok();
    let other = app.add_channel("Other line", "700800900100222", "test-app-secret", Some(app.teams[0])).await;
    app.advance(Duration::from_secs(20));
    let wa_id = "15550000009";
    let hello = tests::webhook::text(wa_id, &tests::webhook::wamid(), app.unix(), "Hello");
    let value = tests::webhook::value(&other.phone_number_id, &[tests::webhook::contact(wa_id, "Other")], &[hello], &[]);
    app.deliver_bytes(0, &other, tests::webhook::bytes(&tests::webhook::envelope(tests::Channel::ACCOUNT, &value)))
        .await
        .ok_text();
    let passing = agent.reply(app.probe.conversation_of(wa_id).await, "passing by").await;
    app.probe.becomes(id_of(&passing), "sent").await;
    assert_eq!(app.graph.texts().iter().filter(|t| *t == "waits").count(), 1, "nothing is tried over what is off");
    assert_eq!(app.probe.status(id_of(&waiting)).await, "queued");
    admin.patch(&path, json!({ "active": true })).await.ok();
    app.probe.becomes(id_of(&waiting), "sent").await;
    app.finish().await;
}

#[tokio::test]
async fn delivery_a_window_that_closes_while_a_message_waits_is_respected() {
    let app = TestApp::with().manual_clock().start().await;
    let id = app.opens(WHO).await;
    app.advance(Duration::from_secs(24 * 3600 - 60));
    let agent = app.agent().await;
    app.graph.for_text("almost", Reply::Refuse { http: 429, code: 130_429, retry_after: Some(100) });
    let message = agent.reply(id, "almost").await;
    eventually("the refusal", async || (error_of(&app, &message).await["code"] == "130429").then_some(())).await;
    app.advance(Duration::from_secs(200));
    app.probe.becomes(id_of(&message), "failed").await;
    assert_eq!(error_of(&app, &message).await["code"], "window_closed");
    assert_eq!(app.graph.calls().len(), 1, "the provider is not asked to do what it must refuse");
    let problem = agent.send(id, "reply", "too late").await.refused(409, "window_closed");
    assert!(problem["window_expires_at"].is_string());
    let retry = format!("/api/v1/conversations/{id}/messages/{}/retry", id_of(&message));
    agent.post(&retry, json!({})).await.refused(409, "window_closed");
    // Notes may be written at any time.
    assert_eq!(agent.send(id, "note", "call her instead").await.status, 201);
    app.finish().await;
}

#[tokio::test]
async fn delivery_stops_calling_a_provider_that_fails_and_begins_again() {
    let app = TestApp::with().manual_clock().start().await;
    let agent = app.agent().await;
    app.graph.otherwise(Reply::Raw(503, ""));
    let mut messages = Vec::new();
    for n in 0..9 {
        let id = app.opens(&format!("1555000000{n}")).await;
        let message = agent.reply(id, &format!("call {n}")).await;
        eventually("its outcome", async || (error_of(&app, &message).await != Value::Null).then_some(())).await;
        messages.push(message);
    }
    let codes = join_all(messages.iter().map(|m| error_of(&app, m))).await;
    let paused = codes.iter().filter(|error| error["code"] == "paused").count();
    assert!(paused >= 3, "{codes:?}");
    let calls = app.graph.calls().len();
    assert_eq!(calls + paused, 9, "no call while it is open");
    // It works again: one call tries, then all go.
    app.graph.otherwise(Reply::Accept);
    tokio::time::sleep(Duration::from_secs(10)).await;
    for _ in 0..4 {
        app.advance(Duration::from_secs(20));
        tokio::time::sleep(Duration::from_millis(300)).await;
    }
    for message in &messages {
        app.probe.becomes(id_of(message), "sent").await;
    }
    app.finish().await;
}

#[tokio::test]
async fn delivery_a_lost_answer_is_never_repeated_without_a_word() {
    let app = TestApp::with().manual_clock().sending(Duration::from_millis(400), Duration::from_secs(20)).start().await;
    let agent = app.agent().await;
    let id = app.opens(WHO).await;
    let mut unknown = Vec::new();
    for (text, reply) in [
        ("hung up on", Reply::Drop),
        ("never answered", Reply::Hang),
        ("500", Reply::Raw(500, "<html>oops</html>")),
        ("200 without an id", Reply::Raw(200, "{}")),
        ("502", Reply::Raw(502, "")),
    ] {
        app.graph.for_text(text, reply);
        let message = agent.reply(id, text).await;
        app.probe.becomes(id_of(&message), "unconfirmed").await;
        assert!(
            error_of(&app, &message).await["message"].as_str().unwrap().contains("not known"),
            "{}",
            error_of(&app, &message).await
        );
        unknown.push(message);
        // Something that works in between, or the breaker would open.
        pass_by(&app, &agent, "15550000001").await;
    }
    // Time passes, other things are sent, a second node comes: nothing is repeated.
    for _ in 0..3 {
        app.advance(Duration::from_secs(400));
        pass_by(&app, &app.agent().await, "15550000001").await;
    }
    for message in &unknown {
        assert_eq!(app.graph.texts().iter().filter(|t| **t == message["text"]).count(), 1);
    }
    // The provider's echo of our id settles it.
    let agent = app.agent().await;
    let call = app.graph.call("hung up on").await;
    app.report(call.wamid(), "sent", Some(call.our_id())).await;
    assert_eq!(app.probe.status(call.our_id()).await, "sent");
    app.report(call.wamid(), "delivered", None).await;
    assert_eq!(app.probe.status(call.our_id()).await, "delivered", "from then on its own id is known");
    let call = app.graph.call("never answered").await;
    app.report(call.wamid(), "read", Some(call.our_id())).await;
    assert_eq!(app.probe.status(call.our_id()).await, "read");
    // Or a person does: it arrived, or send it again.
    let verdict = |message: &Value, verdict: &str| {
        let path = format!("/api/v1/conversations/{id}/messages/{}/{verdict}", id_of(message));
        let agent = agent.clone();
        async move { agent.post(&path, json!({})).await }
    };
    assert_eq!(verdict(&unknown[2], "confirm").await.ok()["status"], "sent");
    assert_eq!(verdict(&unknown[3], "retry").await.ok()["status"], "queued");
    app.probe.becomes(id_of(&unknown[3]), "sent").await;
    assert_eq!(app.graph.texts().iter().filter(|t| *t == "200 without an id").count(), 2);
    verdict(&unknown[3], "retry").await.refused(409, "message_not_retryable");
    // An echo from another channel settles nothing of ours.
    let other = app.add_channel("Other", "700800900100222", "another-secret", None).await;
    let status = tests::webhook::status("wamid.FOREIGN", "read", app.unix(), Some(&format!("msg_{}", id_of(&unknown[4]))));
    let value = tests::webhook::value(&other.phone_number_id, &[], &[], &[status]);
    let body = tests::webhook::bytes(&tests::webhook::envelope(tests::Channel::ACCOUNT, &value));
    app.deliver_bytes(0, &other, body).await.ok_text();
    assert_eq!(app.probe.status(id_of(&unknown[4])).await, "unconfirmed");
    app.finish().await;
}

#[tokio::test]
async fn delivery_the_attempt_is_on_record_before_the_call() {
    let app = TestApp::start().await;
    let agent = app.agent().await;
    let id = app.opens(WHO).await;
    let gate = Gate::default();
    app.graph.for_text("held", Reply::AcceptAfter(gate.clone()));
    let message = agent.reply(id, "held").await;
    app.graph.call("held").await;
    let attempts: Vec<(i32, Option<String>, bool)> = app
        .probe
        .all("select a.number, a.outcome, m.lease_until is not null from send_attempt a join message m on m.id = a.message_id")
        .await;
    assert_eq!(attempts, [(1, None, true)]);
    // Meanwhile the conversation is nobody's prisoner: the customer writes, a note is taken, another reply is queued behind.
    app.say(WHO, "hello?").await;
    agent.send(id, "note", "waiting for the provider").await.ok();
    let second = agent.reply(id, "second").await;
    pass_by(&app, &agent, "15550000001").await;
    assert_eq!(app.probe.status(id_of(&second)).await, "queued", "it stays behind the first");
    gate.open();
    app.probe.becomes(id_of(&message), "sent").await;
    app.probe.becomes(id_of(&second), "sent").await;
    app.finish().await;
}
