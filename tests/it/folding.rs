//! What changes a message after it was said: reactions both ways, other words, being taken back.

use reqwest::Method;
use serde_json::{Value, json};
use tests::{Answer, Client, Reply, TestApp, eventually, webhook};
use uuid::Uuid;

const WHO: &str = "15550002222";

async fn change(app: &TestApp, who: &str, id: &str, at: i64, kind: &str, body: Value) {
    app.deliver_messages(who, &[webhook::message(who, id, at, kind, body)]).await.ok_text();
}

async fn react(client: &Client, conversation: Uuid, message: &Value, emoji: Value) -> Answer {
    let url = format!("/api/v1/conversations/{conversation}/messages/{}/reaction", message["id"].as_str().unwrap());
    Answer::of(client.request(Method::PUT, &url).json(&json!({ "emoji": emoji }))).await
}

#[tokio::test]
async fn folding_a_reaction_stands_at_its_message() {
    let app = TestApp::start().await;
    let agent = app.agent().await;
    let id = app.opens(WHO).await;
    let sent = agent.send(id, "reply", "Is it there?").await.ok();
    let call = app.graph.call("Is it there?").await;
    app.probe.becomes(call.our_id(), "sent").await;
    let mut socket = agent.socket(None).await;
    let now = app.unix();
    let (first, second) = (webhook::wamid(), webhook::wamid());
    change(&app, WHO, &first, now - 2, "reaction", json!({ "message_id": call.wamid(), "emoji": "👍" })).await;
    let event = socket.expect("message.updated", |data| data["message"]["reactions"][0]["emoji"] == "👍").await;
    assert_eq!(event["data"]["message"]["id"], sent["id"]);
    assert_eq!(event["data"]["message"]["reactions"][0]["by"], "contact");
    // The same again, and one that is older than what stands, change nothing; taking it back does.
    change(&app, WHO, &second, now - 1, "reaction", json!({ "message_id": call.wamid() })).await;
    change(&app, WHO, &first, now - 2, "reaction", json!({ "message_id": call.wamid(), "emoji": "👍" })).await;
    change(&app, WHO, &second, now - 1, "reaction", json!({ "message_id": call.wamid() })).await;
    let shown = agent.messages(id).await;
    assert_eq!(shown.len(), 2, "a reaction is no message of its own");
    assert_eq!(shown[1]["reactions"], json!([]));
    let fates = app.probe.fates().await;
    assert_eq!(fates[1..], ["message folded", "message folded", "message duplicate", "message duplicate"]);
    // Somebody else's reaction is not this customer's, and one to an unknown message stays visible.
    change(&app, "15550003333", &webhook::wamid(), now, "reaction", json!({ "message_id": call.wamid(), "emoji": "😡" })).await;
    change(&app, WHO, &webhook::wamid(), now, "reaction", json!({ "message_id": "wamid.UNKNOWN", "emoji": "😡" })).await;
    let shown = agent.messages(id).await;
    assert_eq!((shown.len(), &shown[1]["reactions"], &shown[2]["content"]["type"]), (3, &json!([]), &json!("reaction")));
    app.finish().await;
}

#[tokio::test]
async fn folding_other_words_and_being_taken_back() {
    let app = TestApp::start().await;
    let agent = app.agent().await;
    let first = app.say(WHO, "The 5th").await;
    let id = app.probe.conversation_of(WHO).await;
    let now = app.unix();
    let edit = |words: &str| json!({ "original_message_id": first, "message": { "type": "text", "text": { "body": words } } });
    change(&app, WHO, &webhook::wamid(), now - 5, "edit", edit("The 6th")).await;
    change(&app, WHO, &webhook::wamid(), now - 9, "edit", edit("The 4th")).await;
    let shown = agent.messages(id).await;
    assert_eq!(shown.len(), 1);
    assert_eq!((&shown[0]["text"], &shown[0]["original_text"]), (&json!("The 6th"), &json!("The 5th")), "the newest words stand");
    assert!(shown[0]["edited_at"].is_string());
    let card = agent.get(&format!("/api/v1/conversations/{id}")).await.ok();
    assert_eq!(card["last_message"]["preview"], "The 6th");
    // Only who wrote it changes it.
    change(&app, "15550003333", &webhook::wamid(), now, "revoke", json!({ "original_message_id": first })).await;
    assert!(agent.messages(id).await[0]["revoked_at"].is_null());
    change(&app, WHO, &webhook::wamid(), now, "revoke", json!({ "original_message_id": first })).await;
    let shown = agent.messages(id).await;
    assert!(shown[0]["revoked_at"].is_string());
    assert_eq!(shown[0]["preview"], "Deleted message");
    change(&app, WHO, &webhook::wamid(), now, "edit", edit("The 7th")).await;
    assert_eq!(agent.messages(id).await[0]["text"], "The 6th", "what is taken back has no other words");
    app.finish().await;
}

#[tokio::test]
async fn folding_our_reaction_reaches_the_customer() {
    let app = TestApp::start().await;
    let agent = app.agent().await;
    let first = app.say(WHO, "It works!").await;
    let id = app.probe.conversation_of(WHO).await;
    let message = agent.messages(id).await[0].clone();
    let shown = react(&agent, id, &message, json!("🎉")).await.ok();
    assert_eq!((&shown["reactions"][0]["emoji"], &shown["reactions"][0]["by"]), (&json!("🎉"), &json!("user")));
    let call = app.graph.wait_for(1).await.remove(0);
    assert_eq!(
        (&call.body["type"], &call.body["reaction"]),
        (&json!("reaction"), &json!({ "message_id": first, "emoji": "🎉" }))
    );
    assert_eq!(react(&agent, id, &message, Value::Null).await.ok()["reactions"], json!([]));
    assert_eq!(app.graph.wait_for(2).await[1].body["reaction"]["emoji"], "");
    for wrong in ["", "no", "a b", "\u{7}", &"👍".repeat(20)] {
        react(&agent, id, &message, json!(wrong)).await.refused(422, "invalid");
    }
    // What cannot be sent is said beside it.
    app.graph.next([Reply::refuse(400, 131_026)]);
    react(&agent, id, &message, json!("👀")).await.ok();
    eventually("the reaction says why it was not sent", async || {
        agent.messages(id).await[0]["reactions"][0]["error"].is_string().then_some(())
    })
    .await;
    app.probe.run("update conversation set window_expires_at = now() - interval '1 hour'").await;
    react(&agent, id, &message, json!("🎉")).await.refused(409, "window_closed");
    app.finish().await;
}

#[tokio::test]
async fn folding_a_flood_of_changes_is_kept_and_told_to_nobody() {
    let app = TestApp::with().manual_clock().start().await;
    let agent = app.agent().await;
    let first = app.say(WHO, "The 5th").await;
    let id = app.probe.conversation_of(WHO).await;
    let now = app.unix();
    let edit = |n: i64| {
        let body =
            json!({ "original_message_id": first, "message": { "type": "text", "text": { "body": format!("The {n}th") } } });
        webhook::message(WHO, &webhook::wamid(), now - 100 + n, "edit", body)
    };
    let edits: Vec<Value> = (0..60).map(edit).collect();
    app.deliver_messages(WHO, &edits).await.ok_text();
    let told: i64 = app.probe.one("select count(*) from event where kind = 'message.updated'").await;
    assert_eq!(told, 20, "as many as they may write in a minute");
    // All of them were made, and stand in the journal with their reason.
    assert_eq!(agent.messages(id).await[0]["content"]["text"], "The 59th");
    let quiet: i64 =
        app.probe.one("select count(*) from webhook_element where fate = 'folded' and reason like 'more changes%'").await;
    assert_eq!(quiet, 40);
    // What they write is counted apart, and a while later changes are told again.
    app.say(WHO, "Are you there?").await;
    assert!(!agent.messages(id).await[1]["folded"].as_bool().unwrap_or_default());
    app.advance(std::time::Duration::from_secs(61));
    app.deliver_messages(WHO, &[edit(60)]).await.ok_text();
    assert_eq!(app.probe.one::<i64>("select count(*) from event where kind = 'message.updated'").await, 21);
    app.finish().await;
}
