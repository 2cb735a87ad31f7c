//! A conversation with the company's app.

use std::time::Duration;

use serde_json::{Value, json};
use tests::{TestApp, eventually};
use uuid::Uuid;

use super::{Chat, event};

fn id_of(message: &Value) -> Uuid {
    message["id"].as_str().unwrap().parse().unwrap()
}

#[tokio::test]
async fn chat_is_a_conversation_both_ways() {
    let chat = Chat::start(TestApp::start().await).await;
    let agent = chat.app.agent().await;
    chat.says("42", "m-1", "Where is my order?").await;
    let conversation = chat.conversation("user:42").await;
    let view = agent.conversation(conversation).await;
    assert_eq!((&view["contact"]["name"], &view["channel"]["kind"]), (&json!("User 42"), &json!("chat")));
    assert_eq!(view["window_expires_at"], Value::Null, "there is no window");
    agent.step(conversation, "take", json!({})).await.ok();

    chat.company.answer(200, Some(r#"{"id":"app-7"}"#));
    let reply = agent.reply(conversation, "It left yesterday.").await;
    let told = chat.company.gets("It left yesterday.").await;
    assert_eq!(told.id, reply["id"].as_str().unwrap());
    let data = &told.body["data"];
    assert_eq!((&data["id"], &data["user"]["id"], &data["agent"]["name"]), (&reply["id"], &json!("42"), &json!("Leila Agent")));
    assert_eq!((&data["conversation"]["id"], &data["conversation"]["number"]), (&json!(conversation), &view["number"]));
    chat.app.probe.becomes(id_of(&reply), "sent").await;

    // The app speaks of it by its own id, or by ours.
    chat.tell(&event("message.status", &json!({ "message_id": "app-7", "status": "delivered" }))).await.ok_text();
    assert_eq!(chat.app.probe.status(id_of(&reply)).await, "delivered");
    chat.tell(&event("message.reaction", &json!({ "message_id": reply["id"], "user": { "id": "42" }, "emoji": "👍" })))
        .await
        .ok_text();
    chat.tell(&event(
        "message.created",
        &json!({ "id": "m-2", "user": { "id": "42" }, "text": "Thanks", "reply_to": reply["id"] }),
    ))
    .await
    .ok_text();
    let messages = agent.messages(conversation).await;
    assert_eq!(messages[1]["reactions"][0]["emoji"], "👍", "{messages:?}");
    assert_eq!((&messages[2]["text"], &messages[2]["reply_to"]["id"]), (&json!("Thanks"), &reply["id"]));
    chat.tell(&event("message.status", &json!({ "message_id": reply["id"], "status": "read" }))).await.ok_text();
    assert_eq!(chat.app.probe.status(id_of(&reply)).await, "read");

    // Edits and the like are of their own messages.
    chat.tell(&event("message.edited", &json!({ "message_id": "m-2", "user": { "id": "42" }, "text": "Thank you" })))
        .await
        .ok_text();
    assert_eq!(agent.messages(conversation).await[2]["text"], "Thank you");
    chat.app.finish().await;
}

#[tokio::test]
async fn chat_marks_what_was_read_until_a_moment() {
    let chat = Chat::start(TestApp::start().await).await;
    let agent = chat.app.agent().await;
    chat.says("42", "m-1", "hi").await;
    chat.says("43", "m-2", "hi").await;
    let (mine, other) = (chat.conversation("user:42").await, chat.conversation("user:43").await);
    let replies = [agent.reply(mine, "one").await, agent.reply(mine, "two").await, agent.reply(other, "three").await];
    for reply in &replies {
        chat.app.probe.becomes(id_of(reply), "sent").await;
    }
    let first: chrono::DateTime<chrono::Utc> = replies[0]["created_at"].as_str().unwrap().parse().unwrap();
    chat.tell(&event("conversation.read", &json!({ "user": { "id": "42" }, "at": first }))).await.ok_text();
    let status = async |n: usize| chat.app.probe.status(id_of(&replies[n])).await;
    assert_eq!([status(0).await, status(1).await, status(2).await], ["read", "sent", "sent"]);
    chat.tell(&event("conversation.read", &json!({ "user": { "id": "42" } }))).await.ok_text();
    assert_eq!([status(0).await, status(1).await, status(2).await], ["read", "read", "sent"]);
    chat.tell(&event("conversation.read", &json!({ "user": { "id": "nobody" } }))).await.ok_text();
    let fates = chat.app.probe.fates().await;
    assert_eq!(&fates[2..], ["read stored", "read stored", "read duplicate"]);
    chat.app.finish().await;
}

#[tokio::test]
async fn chat_takes_over_what_the_company_knows() {
    let chat = Chat::start(TestApp::start().await).await;
    let (admin, agent) = (chat.app.admin().await, chat.app.agent().await);
    admin.post("/api/v1/contact-attributes", json!({ "key": "plan", "name": "Plan", "kind": "text" })).await.ok();
    chat.tell(&event("user.updated", &json!({ "user": { "id": "42", "name": "Nobody yet" } }))).await.ok_text();
    let user =
        json!({ "id": "42", "name": "Ana", "email": "ana@shop.example", "attributes": { "plan": "gold", "shoe_size": 38 } });
    chat.tell(&event("message.created", &json!({ "id": "m-1", "user": user, "text": "hi" }))).await.ok_text();
    let conversation = chat.conversation("user:42").await;
    let contact = agent.conversation(conversation).await["contact"]["id"].as_str().unwrap().to_owned();
    let page = agent.get(&format!("/api/v1/contacts/{contact}")).await.ok();
    assert_eq!(
        (&page["name"], &page["email"], &page["attributes"]),
        (&json!("Ana"), &json!("ana@shop.example"), &json!({ "plan": "gold" }))
    );

    let mut socket = agent.socket(None).await;
    let told = json!({ "user": { "id": "42", "name": "Ana Silva", "verified_attributes": { "plan": "silver" } } });
    chat.tell(&event("user.updated", &told)).await.ok_text();
    let event = socket.expect("contact.updated", |data| data["contact"]["attributes"]["plan"] == "silver").await;
    assert_eq!(event["data"]["contact"]["name"], "Ana Silva");
    assert_eq!(agent.conversation(conversation).await["contact"]["name"], "Ana Silva");
    // Said again, it is no news.
    chat.tell(&super::event("user.updated", &told)).await.ok_text();
    let fates = chat.app.probe.fates().await;
    assert_eq!(fates, ["profile ignored", "message stored", "profile stored", "profile stored", "profile duplicate"]);
    chat.app.finish().await;
}

/// Down for long: nothing is lost, and nothing overtakes.
#[tokio::test]
async fn chat_keeps_everything_while_the_app_is_down() {
    let chat = Chat::start(TestApp::with().manual_clock().start().await).await;
    let agent = chat.app.agent().await;
    chat.says("42", "m-1", "hi").await;
    let conversation = chat.conversation("user:42").await;
    chat.company.down(true);
    let mut replies = Vec::new();
    for text in ["one", "two", "three"] {
        replies.push(agent.reply(conversation, text).await);
    }
    let tried = async |tries: usize| {
        eventually("the next try", async || {
            if chat.company.tries("message.created").len() >= tries {
                return Some(());
            }
            chat.app.advance(Duration::from_secs(30));
            None
        })
        .await;
    };
    tried(3).await;
    // An hour later, after more tries than others get; sitting through them would take as long as the breaker waits each time.
    eventually("the outcome of the last try", async || {
        (chat.app.probe.one::<i64>("select count(*) from message where lease_until is not null").await == 0).then_some(())
    })
    .await;
    chat.app.probe.run("update message set attempts = 50 where status = 'queued' and attempts > 0").await;
    tried(4).await;
    assert!(chat.company.tries("message.created").iter().all(|t| t.body["data"]["text"] == "one"), "nothing overtakes");
    assert!(
        chat.company.tries("message.created").iter().all(|t| t.id == replies[0]["id"].as_str().unwrap()),
        "a repeat is known by its id"
    );
    assert_eq!(chat.app.probe.status(id_of(&replies[0])).await, "queued");
    chat.company.down(false);
    eventually("everything arrives", async || {
        chat.app.advance(Duration::from_secs(60));
        (chat.company.taken("message.created").len() == 3).then_some(())
    })
    .await;
    let texts: Vec<Value> = chat.company.taken("message.created").into_iter().map(|t| t.body["data"]["text"].clone()).collect();
    assert_eq!(texts, ["one", "two", "three"]);
    for reply in &replies {
        chat.app.probe.becomes(id_of(reply), "sent").await;
    }
    chat.app.finish().await;
}

#[tokio::test]
async fn chat_gives_up_on_who_is_gone_and_says_why() {
    let chat = Chat::start(TestApp::start().await).await;
    let agent = chat.app.agent().await;
    chat.says("42", "m-1", "hi").await;
    let conversation = chat.conversation("user:42").await;
    chat.company.answer(410, Some(r#"{"error":"deleted their account"}"#));
    let reply = agent.reply(conversation, "are you there?").await;
    chat.app.probe.becomes(id_of(&reply), "failed").await;
    let error = &agent.messages(conversation).await[1]["error"];
    assert_eq!((&error["code"], &error["detail"]), (&json!("http_410"), &json!("deleted their account")));
    // The app may say so later, too.
    let later = agent.reply(conversation, "hello?").await;
    chat.app.probe.becomes(id_of(&later), "sent").await;
    let failed =
        json!({ "message_id": later["id"], "status": "failed", "error": { "code": "no_device", "message": "No device" } });
    chat.tell(&event("message.status", &failed)).await.ok_text();
    assert_eq!(chat.app.probe.status(id_of(&later)).await, "failed");
    chat.app.finish().await;
}

#[tokio::test]
async fn chat_tells_the_app_what_happens_in_order() {
    let chat = Chat::start(TestApp::with().manual_clock().start().await).await;
    let agent = chat.app.agent().await;
    chat.company.down(true);
    chat.says("42", "m-1", "hi").await;
    let conversation = chat.conversation("user:42").await;
    agent.step(conversation, "take", json!({})).await.ok();
    agent.post(&format!("/api/v1/conversations/{conversation}/read"), json!({ "seq": 1 })).await.ok();
    let reasons = agent.get("/api/v1/close-reasons").await.ok();
    let reason = reasons["items"][0]["id"].clone();
    agent.step(conversation, "close", json!({ "reason": reason })).await.ok();
    eventually("it is tried", async || {
        (chat.company.told().len() > 1).then_some(()).or_else(|| {
            chat.app.advance(Duration::from_secs(2));
            None
        })
    })
    .await;
    assert!(chat.company.told().iter().all(|t| t.body["type"] == "conversation.opened"), "nothing overtakes");
    chat.company.down(false);
    let kinds = async || {
        chat.app.advance(Duration::from_secs(10));
        let told: Vec<Value> =
            chat.company.told().into_iter().filter(|t| t.answered < 300).map(|t| t.body["type"].clone()).collect();
        (told.len() == 4).then_some(told)
    };
    let told = eventually("all of it is told", kinds).await;
    assert_eq!(told, ["conversation.opened", "conversation.assigned", "conversation.read", "conversation.closed"]);
    let assigned = &chat.company.taken("conversation.assigned")[0].body["data"];
    assert_eq!((&assigned["user"]["id"], &assigned["conversation"]["id"]), (&json!("42"), &json!(conversation)));
    eventually("nothing is left to tell", async || {
        (chat.app.probe.one::<i64>("select count(*) from notice").await == 0).then_some(())
    })
    .await;
    chat.app.finish().await;
}
