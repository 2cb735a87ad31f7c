//! What the other side sees of colleagues between messages: who types, and what was read.

use serde_json::{Value, json};
use tests::{Client, Socket, TestApp, eventually};
use tokio_tungstenite::tungstenite::Message;
use uuid::Uuid;

use super::{Chat, frame, visitors::conversation_of};

/// Says on a colleague's screen that they type an answer.
async fn types(socket: &mut Socket, conversation: Uuid) {
    for said in [
        json!({ "type": "presence", "state": "online" }),
        json!({ "type": "typing", "conversation_id": conversation, "kind": "reply" }),
    ] {
        socket.send(Message::text(said.to_string())).await;
    }
}

async fn block(admin: &Client, conversation: Uuid) {
    let contact = admin.conversation(conversation).await["contact"]["id"].as_str().unwrap().to_owned();
    admin.post(&format!("/api/v1/contacts/{contact}/block"), json!({})).await.ok();
}

#[tokio::test]
async fn chat_the_app_is_told_who_types_and_when_they_stop() {
    let chat = Chat::start(TestApp::start().await).await;
    let agent = chat.app.agent().await;
    chat.says("41", "m-1", "hi").await;
    chat.says("42", "m-2", "hi").await;
    let (blocked, open) = (chat.conversation("user:41").await, chat.conversation("user:42").await);
    block(&chat.app.admin().await, blocked).await;
    let (mut screen, mut elsewhere) = (agent.socket(None).await, agent.socket(None).await);
    types(&mut elsewhere, blocked).await;
    types(&mut screen, open).await;
    let on = eventually("the app is told who types", async || chat.company.taken("typing").pop()).await;
    assert_eq!(
        (&on.body["data"]["user"]["id"], &on.body["data"]["on"], &on.body["data"]["agent"]["name"]),
        (&json!("42"), &json!(true), &json!("Leila Agent"))
    );
    assert_eq!(on.body["data"]["conversation"]["id"], json!(open));
    types(&mut screen, open).await;
    let off = eventually("and that they stopped", async || chat.company.taken("typing").into_iter().nth(1)).await;
    assert_eq!((&off.body["data"]["user"]["id"], &off.body["data"]["on"]), (&json!("42"), &json!(false)), "once each");
    // Whoever goes on typing is shown at once.
    types(&mut screen, open).await;
    eventually("they type again", async || chat.company.taken("typing").into_iter().nth(2)).await;
    assert!(chat.company.taken("typing").iter().all(|t| t.body["data"]["user"]["id"] == "42"), "a blocked customer sees nothing");
    chat.app.finish().await;
}

#[tokio::test]
async fn chat_a_blocked_visitor_sees_nobody_type_or_read() {
    let chat = Chat::start(TestApp::start().await).await;
    let agent = chat.app.agent().await;
    let (ana, ben) = (chat.begin(json!({})).await, chat.begin(json!({})).await);
    let said = ana.says(&chat, "rude").await;
    ben.says(&chat, "kind").await;
    let (blocked, open) = (conversation_of(&chat, &ana).await, conversation_of(&chat, &ben).await);
    for conversation in [blocked, open] {
        agent.step(conversation, "take", json!({})).await.ok();
    }
    let (mut ana_socket, mut ben_socket) = (ana.socket(&chat, None).await, ben.socket(&chat, None).await);
    block(&chat.app.admin().await, blocked).await;
    let mut screen = agent.socket(None).await;
    let mut elsewhere = agent.socket(None).await;
    types(&mut screen, blocked).await;
    types(&mut elsewhere, open).await;
    frame(&mut ben_socket, "typing", |f| f["on"] == true).await;
    for conversation in [blocked, open] {
        agent.post(&format!("/api/v1/conversations/{conversation}/read"), json!({})).await.ok();
    }
    frame(&mut ben_socket, "read", |_| true).await;
    // The next thing that Ana is shown is what she writes herself.
    let own = json!({ "id": Uuid::new_v4(), "text": "rude again" });
    ana.post(&chat, "messages", own.clone()).await.ok();
    let told = loop {
        let told: Value = ana_socket.message().await;
        assert!(!["typing", "read"].contains(&told["type"].as_str().unwrap()), "{told}");
        if told["type"] == "message" && told["message"]["id"] == own["id"] {
            break told;
        }
    };
    assert!(told["message"]["seq"].as_i64() > said["seq"].as_i64());
    chat.app.finish().await;
}
