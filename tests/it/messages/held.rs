//! Messages that wait: taken back in time or not, released once whatever happens, and refused in words when their time has passed.

use std::{collections::BTreeSet, time::Duration};

use base::Time;
use features::messages::RELEASE;
use futures_util::future::join_all;
use reqwest::Method;
use serde_json::{Value, json};
use tests::{Answer, Client, TestApp, eventually};
use uuid::Uuid;

use super::{WHO, path, reply};

/// A reply with more to it.
fn with(client_id: &str, text: &str, more: Value) -> Value {
    let mut body = reply(client_id, text);
    let Value::Object(more) = more else { panic!("{more} is no object") };
    body.as_object_mut().unwrap().extend(more);
    body
}

async fn hold(client: &Client, id: Uuid, client_id: &str, text: &str, more: Value) -> Value {
    let answer = client.post(&path(id), with(client_id, text, more)).await;
    assert_eq!(answer.status, 201, "{}", answer.text());
    answer.json()
}

fn one(conversation: Uuid, message: &Value) -> String {
    format!("{}/{}", path(conversation), message["id"].as_str().unwrap())
}

async fn take_back(client: &Client, conversation: Uuid, message: &Value) -> Answer {
    Answer::of(client.request(Method::DELETE, &one(conversation, message))).await
}

async fn waiting(client: &Client, id: Uuid) -> Vec<Value> {
    client.get(&format!("/api/v1/conversations/{id}/held")).await.ok()["items"].as_array().unwrap().clone()
}

fn id_of(message: &Value) -> Uuid {
    message["id"].as_str().unwrap().parse().unwrap()
}

fn time(value: &Value) -> Time {
    value.as_str().unwrap().parse().unwrap()
}

/// Waits until a held message was refused; why.
async fn refused(client: &Client, id: Uuid) -> Value {
    eventually("it is refused", async || waiting(client, id).await.into_iter().find(|m| m["status"] == "failed")).await["error"]
        .clone()
}

fn wake(app: &TestApp) {
    app.nodes.iter().for_each(|node| node.app.db.waker().wake(RELEASE));
}

#[tokio::test]
async fn messages_held_are_their_authors_alone_and_can_be_taken_back() {
    let app = TestApp::start().await;
    let (agent, lead) = (app.agent().await, app.login(&app.people().lead).await);
    let id = app.opens(WHO).await;
    let (mut mine, mut theirs) = (agent.socket(None).await, lead.socket(None).await);
    let held = hold(&agent, id, "h-1", "wait a moment", json!({ "hold_seconds": 60 })).await;
    assert_eq!((&held["status"], &held["seq"]), (&json!("held"), &Value::Null), "it has no place yet");
    assert!((time(&held["release_at"]) - time(&held["created_at"])).num_milliseconds() > 55_000);
    let told = mine.expect("message.held", |data| data["message"]["id"] == held["id"]).await;
    assert_eq!(told["data"]["message"], held);
    // Whoever holds a reply is answering: the conversation is theirs.
    assert_eq!(lead.conversation(id).await["assignee"]["id"], agent.me["id"]);
    assert_eq!((&agent.conversation(id).await["scheduled"], &lead.conversation(id).await["scheduled"]), (&json!(1), &json!(0)));
    let rows = |list: Value| list["items"][0]["scheduled"].clone();
    assert_eq!(rows(agent.get("/api/v1/conversations?view=mine").await.ok()), 1);
    assert_eq!(rows(lead.get("/api/v1/conversations?view=all").await.ok()), 0);
    assert_eq!(waiting(&agent, id).await, std::slice::from_ref(&held));
    assert!(waiting(&lead, id).await.is_empty());
    assert_eq!(lead.messages(id).await.len(), 1);
    // The same click again is the same message; other words are not.
    let again = agent.post(&path(id), with("h-1", "wait a moment", json!({ "hold_seconds": 60 }))).await;
    assert_eq!((again.status, again.json()["id"].clone()), (200, held["id"].clone()));
    agent.post(&path(id), reply("h-1", "other words")).await.refused(409, "idempotency_conflict");
    lead.post(&path(id), reply("h-1", "wait a moment")).await.refused(409, "idempotency_conflict");
    // Nobody else changes it or takes it back.
    lead.patch(&one(id, &held), json!({ "text": "I know better" })).await.refused(404, "not_found");
    take_back(&lead, id, &held).await.refused(404, "not_found");
    let changed = agent.patch(&one(id, &held), json!({ "text": "wait two moments" })).await.ok();
    assert_eq!((&changed["text"], &changed["release_at"]), (&json!("wait two moments"), &held["release_at"]));
    assert_eq!(agent.patch(&one(id, &held), json!({ "text": " " })).await.fields(), ["text"]);
    assert_eq!(take_back(&agent, id, &held).await.status, 204);
    let gone = mine.expect("message.deleted", |_| true).await;
    assert_eq!(gone["data"], json!({ "conversation_id": id, "id": held["id"] }));
    take_back(&agent, id, &held).await.refused(404, "not_found");
    // A send that is repeated late, for its answer was lost, does not send it after all.
    agent.post(&path(id), with("h-1", "wait a moment", json!({ "hold_seconds": 60 }))).await.refused(409, "idempotency_conflict");
    assert_eq!(agent.conversation(id).await["scheduled"], 0);
    let fence = app.fence().await;
    assert!(theirs.until(&fence).await.iter().all(|event| !event.to_string().contains("moment")), "nobody else hears of it");
    assert!(app.graph.calls().is_empty());
    app.finish().await;
}

#[tokio::test]
async fn messages_held_go_when_their_time_has_come() {
    let app = TestApp::start().await;
    let agent = app.agent().await;
    let mut socket = agent.socket(None).await;
    let mut late = Vec::new();
    for (n, more) in [json!({ "hold_seconds": 2 }), json!({ "send_at": app.clock.now() + chrono::Duration::seconds(6) })]
        .into_iter()
        .enumerate()
    {
        let who = format!("1555000444{n}");
        let id = app.opens(&who).await;
        let held = hold(&agent, id, "h-1", &format!("later {n}"), more).await;
        app.say(&who, "Are you there?").await;
        let taken = agent.conversation(id).await["assignee"].clone();
        assert_eq!(taken.is_null(), n == 1, "what is for later leaves the conversation where it is");
        let call = app.graph.call(&format!("later {n}")).await;
        assert_eq!(call.our_id().to_string(), held["id"], "it keeps its id");
        app.probe.becomes(id_of(&held), "sent").await;
        let said = socket.expect("message.created", |data| data["message"]["id"] == held["id"]).await;
        assert_eq!(said["data"]["message"]["seq"], 3, "its place is that of its sending");
        assert_eq!(said["data"]["message"]["release_at"], Value::Null);
        late.push((time(&said["data"]["message"]["created_at"]) - time(&held["release_at"])).num_milliseconds());
        // What the customer wrote meanwhile has not been read.
        let conversation = agent.conversation(id).await;
        assert_eq!((&conversation["unread"], &conversation["scheduled"]), (&json!(1), &json!(0)));
        let again = agent.post(&path(id), reply("h-1", &format!("later {n}"))).await;
        assert_eq!((again.status, again.json()["id"].clone()), (200, held["id"].clone()));
        take_back(&agent, id, &held).await.refused(409, "message_not_retryable");
        agent.patch(&one(id, &held), json!({ "text": "no" })).await.refused(409, "message_not_retryable");
        assert!(waiting(&agent, id).await.is_empty());
    }
    println!("released {late:?} ms after their time");
    assert!(late.iter().all(|ms| *ms >= 0), "never before");
    assert_eq!(app.graph.calls().len(), 2);
    app.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn messages_taken_back_at_the_last_moment_go_or_do_not_go() {
    let mut app = TestApp::with().nodes(2).manual_clock().start().await;
    let agent = app.agent().await;
    let at = [agent.at(&app.bases[0]), agent.at(&app.bases[1])];
    let mut held = Vec::new();
    for n in 0..16 {
        let id = app.opens(&format!("155500055{n:02}")).await;
        held.push((id, hold(&agent, id, "h", &format!("race {n}"), json!({ "hold_seconds": 5 })).await));
    }
    app.advance(Duration::from_secs(5));
    wake(&app);
    let answers = join_all(held.iter().enumerate().map(|(n, (id, message))| {
        let client = &at[n % 2];
        async move {
            tokio::time::sleep(Duration::from_millis(n as u64 * 3)).await;
            (message["text"].as_str().unwrap().to_owned(), take_back(client, *id, message).await.status)
        }
    }))
    .await;
    let gone: BTreeSet<String> = answers.iter().filter(|(_, status)| *status == 409).map(|(text, _)| text.clone()).collect();
    assert!(answers.iter().all(|(_, status)| matches!(status, 204 | 409)), "{answers:?}");
    println!("{} of {} were taken back in time", answers.len() - gone.len(), answers.len());
    let sent = app.graph.wait_for(gone.len()).await;
    tokio::time::sleep(Duration::from_millis(300)).await;
    assert_eq!(app.graph.calls().len(), sent.len(), "each once");
    assert_eq!(app.graph.texts().into_iter().collect::<BTreeSet<_>>(), gone, "exactly those that were not taken back");
    app.stop_node(1).await;
    app.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn messages_held_are_released_once_in_order_whoever_dies() {
    let mut app = TestApp::with().nodes(2).manual_clock().start().await;
    let agent = app.agent().await;
    let conversations = [app.opens("15550006661").await, app.opens("15550006662").await];
    for n in 0..8 {
        for id in conversations {
            hold(&agent, id, &format!("h-{n}"), &format!("{n}"), json!({ "hold_seconds": 10 + n })).await;
        }
    }
    // Nobody is there when their time comes.
    app.kill_node(1).await;
    app.kill_node(0).await;
    app.advance(Duration::from_secs(30));
    app.add_node().await;
    app.add_node().await;
    app.graph.wait_for(16).await;
    let lead = Client::login(&app.bases[0], app.people().lead.email, tests::PASSWORD).await;
    for id in conversations {
        eventually("all are sent", async || {
            let messages = lead.messages(id).await;
            let texts: Vec<_> = messages.iter().skip(1).map(|m| m["text"].as_str().unwrap().to_owned()).collect();
            let all = messages.iter().skip(1).all(|m| m["status"] == "sent");
            (all && texts == ["0", "1", "2", "3", "4", "5", "6", "7"]).then_some(())
        })
        .await;
    }
    assert_eq!(app.graph.calls().len(), 16);
    app.stop_node(1).await;
    app.finish().await;
}

/// What waits for its time goes with the rights of that time: whoever has since been given a role that asks for a second factor, and has none,
/// could not send it themselves either.
#[tokio::test]
async fn messages_that_are_held_do_not_go_past_a_second_factor_that_is_missing() {
    let app = TestApp::with().manual_clock().start().await;
    let (admin, agent) = (app.admin().await, app.agent().await);
    let id = app.opens("15550007790").await;
    hold(&agent, id, "h", "Not without the second factor", json!({ "hold_seconds": 5 })).await;
    admin.patch("/api/v1/settings", json!({ "two_factor_roles": ["team_lead"] })).await.ok();
    admin.patch(&format!("/api/v1/users/{}", agent.id()), json!({ "role": "team_lead" })).await.ok();
    app.advance(Duration::from_secs(5));
    wake(&app);
    let error: Value = eventually("it stays with its author", async || {
        let row: Option<Value> = app.probe.one("select max(error::text)::jsonb from held_message").await;
        row
    })
    .await;
    assert_eq!(error["code"], "two_factor_required");
    assert!(app.graph.calls().is_empty());
    // Once nothing is missing any more, its author sends it.
    admin.patch("/api/v1/settings", json!({ "two_factor_roles": [] })).await.ok();
    let agent = app.agent().await;
    let [still] = &waiting(&agent, id).await[..] else { panic!() };
    agent.post(&format!("{}/retry", one(id, still)), json!({})).await.ok();
    app.graph.call("Not without the second factor").await;
    app.finish().await;
}

#[tokio::test]
async fn messages_that_may_not_go_any_more_wait_for_their_author_with_the_reason() {
    let app = TestApp::with().manual_clock().start().await;
    let mut agent = app.agent().await;
    let lead = app.login(&app.people().lead).await;
    let ids = join_all((0..4).map(|n| {
        let app = &app;
        async move { app.opens(&format!("1555000777{n}")).await }
    }))
    .await;
    let [stale, closed, taken, window] = ids[..] else { panic!() };
    let mut socket = agent.socket(None).await;
    let held = hold(&agent, stale, "h", "stale", json!({ "hold_seconds": 5, "seen_seq": 1 })).await;
    hold(&agent, closed, "h", "closed", json!({ "hold_seconds": 5 })).await;
    hold(&agent, taken, "h", "taken", json!({ "hold_seconds": 5 })).await;
    app.say("15550007770", "One more thing").await;
    agent.step(closed, "close", json!({ "reason": "resolved" })).await.ok();
    lead.step(taken, "assign", json!({ "user_id": app.people().colleague.id })).await.ok();
    app.advance(Duration::from_secs(5));
    wake(&app);
    let error = refused(&agent, stale).await;
    assert_eq!(error["code"], "stale_view");
    let told = socket.expect("message.updated", |data| data["message"]["id"] == held["id"]).await;
    assert_eq!((&told["data"]["message"]["status"], &told["data"]["message"]["error"]), (&json!("failed"), &error));
    assert_eq!(refused(&agent, closed).await["code"], "illegal_transition");
    assert_eq!(refused(&agent, taken).await["code"], "conversation_taken");
    assert_eq!(agent.conversation(stale).await["scheduled"], 0, "they wait for a person, not for their time");
    // A repeated send is told what became of it.
    let again = agent.post(&path(stale), with("h", "stale", json!({ "hold_seconds": 5, "seen_seq": 1 }))).await;
    assert_eq!((again.status, &again.json()["status"]), (200, &json!("failed")));
    // Send it anyway; or change it and give it another time; or drop it.
    let sent = agent.post(&format!("{}/retry", one(stale, &held)), json!({})).await.ok();
    assert_eq!((&sent["id"], &sent["seq"], &sent["status"]), (&held["id"], &json!(3), &json!("queued")));
    app.graph.call("stale").await;
    let [still] = &waiting(&agent, taken).await[..] else { panic!() };
    agent.post(&format!("{}/retry", one(taken, still)), json!({})).await.refused(409, "conversation_taken");
    assert_eq!(take_back(&agent, taken, still).await.status, 204);

    // The window closes before the time comes; and the customer opens it again.
    let at = app.clock.now() + chrono::Duration::hours(30);
    let later = hold(&agent, window, "w", "tomorrow", json!({ "send_at": at })).await;
    app.advance(Duration::from_secs(30 * 3600));
    wake(&app);
    agent = app.agent().await;
    assert_eq!(refused(&agent, window).await["code"], "window_closed");
    agent.post(&format!("{}/retry", one(window, &later)), json!({})).await.refused(409, "window_closed");
    app.say("15550007773", "Hello again").await;
    let soon = app.clock.now() + chrono::Duration::seconds(10);
    let waits = agent.patch(&one(window, &later), json!({ "send_at": soon })).await.ok();
    assert_eq!((&waits["status"], &waits["error"]), (&json!("held"), &Value::Null));
    app.advance(Duration::from_secs(10));
    wake(&app);
    app.graph.call("tomorrow").await;
    app.graph.wait_for(2).await;
    app.finish().await;
}

#[tokio::test]
async fn messages_are_not_sent_past_what_their_author_has_not_seen() {
    let app = TestApp::start().await;
    let (agent, lead) = (app.agent().await, app.login(&app.people().lead).await);
    let id = app.opens(WHO).await;
    agent.post(&path(id), with("a", "first", json!({ "seen_seq": 1 }))).await.ok();
    // One's own messages and notes do not count.
    lead.send(id, "note", "careful with this one").await.ok();
    agent.post(&path(id), with("b", "second", json!({ "seen_seq": 1 }))).await.ok();
    app.say(WHO, "Wait!").await;
    lead.reply(id, "This is the lead").await;
    let refused = agent.post(&path(id), with("c", "third", json!({ "seen_seq": 4 }))).await.refused(409, "stale_view");
    let said: Vec<&str> = refused["messages"].as_array().unwrap().iter().map(|m| m["text"].as_str().unwrap()).collect();
    assert_eq!(said, ["Wait!", "This is the lead"]);
    let held = with("c", "third", json!({ "seen_seq": 5, "hold_seconds": 30 }));
    assert_eq!(agent.post(&path(id), held).await.refused(409, "stale_view")["messages"].as_array().unwrap().len(), 1);
    assert_eq!(agent.messages(id).await.len(), 6, "nothing was sent");
    agent.post(&path(id), with("c", "third", json!({ "seen_seq": 6 }))).await.ok();
    // Whoever does not ask is not told.
    lead.post(&path(id), reply("d", "fourth")).await.ok();
    assert_eq!(app.graph.wait_for(5).await.len(), 5);
    app.finish().await;
}

#[tokio::test]
async fn messages_say_what_is_wrong_with_a_hold() {
    let app = TestApp::start().await;
    let agent = app.agent().await;
    let id = app.opens(WHO).await;
    let (past, far) = (app.clock.now() - chrono::Duration::seconds(5), app.clock.now() + chrono::Duration::days(31));
    for (more, field) in [
        (json!({ "hold_seconds": 61 }), "hold_seconds"),
        (json!({ "send_at": past }), "send_at"),
        (json!({ "send_at": far }), "send_at"),
        (json!({ "send_at": far, "hold_seconds": 5 }), "send_at"),
        (json!({ "kind": "note", "hold_seconds": 5 }), "hold_seconds"),
        (json!({ "kind": "note", "then_close": { "reason": "resolved" } }), "then_close"),
        (json!({ "then_close": { "reason": " " } }), "then_close.reason"),
        (json!({ "then_close": { "reason": "bored" } }), "reason"),
        (json!({ "hold_seconds": 5, "text": "x".repeat(4097) }), "text"),
        (json!({ "hold_seconds": 5, "reply_to": Uuid::now_v7() }), "reply_to"),
    ] {
        assert_eq!(agent.post(&path(id), with("h", "words", more.clone())).await.fields(), [field], "{more}");
    }
    agent.post(&path(id), with("h", "words", json!({ "hold_seconds": -1 }))).await.refused(422, "invalid");
    assert!(waiting(&agent, id).await.is_empty());
    // No hold is no hold.
    assert_eq!(agent.post(&path(id), with("h", "words", json!({ "hold_seconds": 0 }))).await.json()["status"], "queued");
    app.graph.call("words").await;
    app.finish().await;
}

#[tokio::test]
async fn messages_close_their_conversation_when_they_were_sent() {
    let app = TestApp::start().await;
    let agent = app.agent().await;
    let closed = async |id: Uuid| {
        eventually("it is closed", async || Some(agent.conversation(id).await).filter(|c| c["state"] == "closed")).await
    };
    let order = json!({ "then_close": { "reason": "Resolved", "note": "All done" } });
    let id = app.opens("15550008880").await;
    agent.post(&path(id), with("a", "bye", order.clone())).await.ok();
    assert_eq!(closed(id).await["close_reason"]["name"], "Resolved");
    assert_eq!(agent.messages(id).await.last().unwrap()["text"], "All done");
    // With a hold, too.
    let held = app.opens("15550008881").await;
    hold(&agent, held, "a", "bye in a second", json!({ "hold_seconds": 1, "then_close": { "reason": "spam" } })).await;
    assert_eq!(closed(held).await["close_reason"]["name"], "Spam");
    // What did not go closes nothing, until it goes.
    let failing = app.opens("15550008882").await;
    app.graph.for_text("refused", tests::Reply::refuse(400, 131_026));
    let message = agent.post(&path(failing), with("a", "refused", order.clone())).await.ok();
    app.probe.becomes(id_of(&message), "failed").await;
    // What the customer says after it keeps it open.
    let asks = app.opens("15550008883").await;
    let gate = tests::Gate::default();
    app.graph.for_text("slow", tests::Reply::AcceptAfter(gate.clone()));
    let slow = agent.post(&path(asks), with("a", "slow", order.clone())).await.ok();
    app.graph.call("slow").await;
    app.say("15550008883", "And one more question").await;
    gate.open();
    app.probe.becomes(id_of(&slow), "sent").await;
    // What is taken back closes nothing either.
    let undone = app.opens("15550008884").await;
    let message_back = hold(&agent, undone, "a", "never", json!({ "hold_seconds": 1, "then_close": { "reason": "spam" } })).await;
    take_back(&agent, undone, &message_back).await;
    eventually("all orders are carried out but the failed one's", async || {
        (app.probe.one::<i64>("select count(*) from then_close").await == 1).then_some(())
    })
    .await;
    for open in [failing, asks, undone] {
        assert_eq!(agent.conversation(open).await["state"], "assigned");
    }
    agent.post(&format!("{}/retry", one(failing, &message)), json!({})).await.ok();
    closed(failing).await;
    app.finish().await;
}
