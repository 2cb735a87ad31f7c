//! What customers see of us besides messages: that theirs were read, and that somebody types an answer.

use serde_json::{Value, json};
use tests::{Client, Socket, TestApp, eventually, webhook};
use tokio_tungstenite::tungstenite::Message;
use uuid::Uuid;

use super::WHO;

async fn open(client: &Client, conversation: Uuid) {
    client.post(&format!("/api/v1/conversations/{conversation}/read"), json!({})).await.ok();
}

async fn say(socket: &mut Socket, what: &Value) {
    socket.send(Message::text(what.to_string())).await;
}

#[tokio::test]
async fn delivery_customers_see_once_that_they_were_read_and_that_somebody_types() {
    let app = TestApp::start().await;
    let agent = app.agent().await;
    let first = webhook::text(WHO, "wamid.first", app.unix(), "hello");
    app.deliver_messages(WHO, &[first]).await.ok_text();
    let conversation: Uuid = app.probe.one("select id from conversation").await;

    open(&agent, conversation).await;
    let told =
        eventually("the customer sees that they were read", async || Some(app.graph.reads()).filter(|r| !r.is_empty())).await;
    assert_eq!(told, [json!({ "messaging_product": "whatsapp", "status": "read", "message_id": "wamid.first" })]);
    // However often it is opened, and by whoever: one message is marked once.
    open(&agent, conversation).await;
    open(&app.colleague().await, conversation).await;

    let second = webhook::text(WHO, "wamid.second", app.unix(), "are you there?");
    app.deliver_messages(WHO, &[second]).await.ok_text();
    let mut socket = agent.socket(None).await;
    for _ in 0..3 {
        say(&mut socket, &json!({ "type": "viewing", "conversation_id": conversation })).await;
        say(&mut socket, &json!({ "type": "typing", "conversation_id": conversation, "kind": "reply" })).await;
    }
    let told =
        eventually("the customer sees that somebody types", async || Some(app.graph.reads()).filter(|r| r.len() > 1)).await;
    assert_eq!(told[1]["message_id"], "wamid.second");
    assert_eq!(told[1]["typing_indicator"], json!({ "type": "text" }));
    // Typing has marked it as read by the way.
    open(&agent, conversation).await;
    let fence = app.fence().await;
    socket.until(&fence).await;
    assert_eq!(app.graph.reads().len(), 2);
    assert_eq!(app.graph.calls().len(), 0, "nothing was sent");
    app.finish().await;
}

#[tokio::test]
async fn delivery_customers_see_nothing_of_who_may_not_answer_and_blocked_ones_nothing_at_all() {
    let app = TestApp::start().await;
    let (agent, other, admin) = (app.agent().await, app.colleague().await, app.admin().await);
    let theirs = app.opens("15550000001").await;
    let blocked = app.opens("15550000002").await;
    let open_to_all = app.opens("15550000003").await;
    agent.post(&format!("/api/v1/conversations/{theirs}/take"), json!({})).await.ok();
    let contact: Uuid =
        admin.get(&format!("/api/v1/conversations/{blocked}")).await.ok()["contact"]["id"].as_str().unwrap().parse().unwrap();
    admin.post(&format!("/api/v1/contacts/{contact}/block"), json!({})).await.ok();

    // Another agent of the team does not even see what is somebody's; a stranger to the team sees nothing of it.
    for id in [theirs, blocked] {
        let answer = other.post(&format!("/api/v1/conversations/{id}/read"), json!({})).await;
        assert!(id == blocked || answer.status == 404);
    }
    // What is shown after it is the only thing that is shown.
    open(&other, open_to_all).await;
    let told = eventually("somebody is shown as read", async || Some(app.graph.reads()).filter(|r| !r.is_empty())).await;
    let query =
        "select m.external_id from message m join conversation c on c.id = m.conversation_id order by c.number desc limit 1";
    let external: String = app.probe.one(query).await;
    assert_eq!(told.iter().map(|read| &read["message_id"]).collect::<Vec<_>>(), [&json!(external)]);
    app.finish().await;
}
