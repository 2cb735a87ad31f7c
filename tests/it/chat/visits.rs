//! What colleagues see of a visit, and what a visitor is told of their wait.

use serde_json::{Value, json};
use tests::{Socket, TestApp, eventually};
use tokio_tungstenite::tungstenite::Message;

use super::{Chat, PAGE, Visit, frame, visitors::conversation_of};

async fn say(socket: &mut Socket, what: Value) {
    socket.send(Message::text(what.to_string())).await;
}

async fn with_collect(app: TestApp, collect: Value) -> Chat {
    let mut chat = Chat::start(app).await;
    chat.channel = Chat::channel(&chat.app, json!({ "allowed_origins": [PAGE], "collect": collect })).await;
    chat
}

fn lamps() -> Value {
    json!({
        "page": { "url": "https://shop.example/lamps?token=secret", "title": "<b>Lamps</b>", "referrer": "https://search.example/?q=lamp" },
        "time_zone": "Europe/Lisbon", "language": "pt",
    })
}

#[tokio::test]
async fn chat_colleagues_see_where_a_visitor_is_while_they_are_there() {
    let all = json!({ "page": true, "referrer": true, "browser": true, "time_zone": true });
    let chat = with_collect(TestApp::start().await, all).await;
    let agent = chat.app.agent().await;
    let visit = chat.begin(lamps()).await;
    visit.says(&chat, "hi").await;
    let conversation = conversation_of(&chat, &visit).await;
    let path = format!("/api/v1/conversations/{conversation}/visit");
    let seen = agent.get(&path).await.ok();
    assert_eq!(seen["page"], json!({ "url": "https://shop.example/lamps", "title": "<b>Lamps</b>" }));
    assert_eq!(
        (&seen["referrer"], &seen["time_zone"], &seen["language"], &seen["online"]),
        (&json!("https://search.example/"), &json!("Europe/Lisbon"), &json!("pt"), &json!(false))
    );
    assert!(!seen.to_string().contains("secret") && seen["seen_at"].is_string());

    let mut screen = agent.socket(None).await;
    let mut socket = visit.socket(&chat, None).await;
    let told = frame(&mut screen, "visit", |f| f["visit"]["online"] == true).await;
    assert_eq!((&told["conversation_id"], &told["cursor"]), (&json!(conversation), &Value::Null));
    // What leads nowhere good is not noted.
    say(&mut socket, json!({ "type": "page", "page": { "url": "javascript:alert(1)", "title": "x" } })).await;
    say(&mut socket, json!({ "type": "page", "page": { "url": "https://shop.example/basket#pay", "title": "Basket" } })).await;
    let told = frame(&mut screen, "visit", |f| f["visit"]["page"]["title"] != "<b>Lamps</b>").await;
    assert_eq!(told["visit"]["page"], json!({ "url": "https://shop.example/basket", "title": "Basket" }));
    assert_eq!(told["visit"]["referrer"], "https://search.example/");
    assert_eq!(agent.get(&path).await.ok(), told["visit"]);
    drop(socket);
    frame(&mut screen, "visit", |f| f["visit"]["online"] == false).await;
    assert_eq!(agent.get(&path).await.ok()["online"], false);

    // On return they are where they are then.
    chat.begin(
        json!({ "token": visit.token, "page": { "url": "https://shop.example/", "referrer": "https://shop.example/basket" } }),
    )
    .await;
    let seen = agent.get(&path).await.ok();
    assert_eq!((&seen["page"]["url"], &seen["referrer"]), (&json!("https://shop.example/"), &json!("https://search.example/")));
    // Who writes over another channel visits nothing.
    let other = chat.app.opens("15550002222").await;
    let seen = agent.get(&format!("/api/v1/conversations/{other}/visit")).await.ok();
    assert_eq!((&seen["online"], &seen["seen_at"], &seen["page"]), (&json!(false), &Value::Null, &Value::Null));
    chat.app.finish().await;
}

#[tokio::test]
async fn chat_nothing_is_noted_of_a_visit_that_the_channel_does_not_collect() {
    let chat = with_collect(TestApp::start().await, json!({ "time_zone": true })).await;
    let agent = chat.app.agent().await;
    let visit = chat.begin(lamps()).await;
    assert_eq!(chat.visit("GET", "config", None, None).await.ok()["collect"]["page"], false);
    visit.says(&chat, "hi").await;
    let mut socket = visit.socket(&chat, None).await;
    say(&mut socket, json!({ "type": "page", "page": { "url": "https://shop.example/secret" } })).await;
    say(&mut socket, json!({ "type": "ping" })).await;
    frame(&mut socket, "pong", |_| true).await;
    let seen = agent.get(&format!("/api/v1/conversations/{}/visit", conversation_of(&chat, &visit).await)).await.ok();
    assert_eq!((&seen["time_zone"], &seen["online"]), (&json!("Europe/Lisbon"), &json!(true)));
    for nothing in ["page", "referrer", "browser"] {
        assert_eq!(seen[nothing], Value::Null, "{nothing}");
    }
    let kept: String = chat.app.probe.one("select coalesce(string_agg(v::text, ''), '') from visitor v").await;
    assert!(!kept.contains("shop.example") && !kept.contains("search.example"), "{kept}");
    chat.app.finish().await;
}

#[tokio::test]
async fn chat_visitors_know_their_place_in_the_queue_and_how_long_it_takes() {
    let chat = Chat::start(TestApp::start().await).await;
    let agent = chat.app.agent().await;
    let mut visits = Vec::new();
    for _ in 0..5 {
        let visit = chat.begin(json!({})).await;
        visit.says(&chat, "hi").await;
        visits.push(visit);
    }
    let place = async |visit: &Visit| {
        let session = chat.begin(json!({ "token": visit.token })).await;
        session.session["conversation"]["waiting_position"].clone()
    };
    let (first, second) = (&visits[0], &visits[1]);
    let mut socket = second.socket(&chat, Some("0")).await;
    let told = frame(&mut socket, "conversation", |_| true).await;
    assert_eq!(told["conversation"]["waiting_position"], 2);
    let conversation = conversation_of(&chat, first).await;
    agent.step(conversation, "take", json!({})).await.ok();
    let told = frame(&mut socket, "conversation", |_| true).await;
    assert_eq!(told["conversation"]["waiting_position"], 1, "they have come forward");
    assert_eq!(place(first).await, Value::Null, "somebody has it");
    assert_eq!(place(&visits[4]).await, 4);

    for visit in &visits {
        agent.reply(conversation_of(&chat, visit).await, "yes?").await;
    }
    eventually("how long an answer takes is known", async || {
        let config = chat.visit("GET", "config", None, None).await.ok();
        (config["reply_time_minutes"] == 1).then_some(())
    })
    .await;
    chat.app.finish().await;
}
