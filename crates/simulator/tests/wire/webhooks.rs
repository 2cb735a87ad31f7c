//! Delivery: retries, order, the handshake, reset.

use std::time::Duration;

use reqwest::Method;
use serde_json::{Value, json};

use crate::harness::{AMARA, NUMBER, Stage};

#[tokio::test]
async fn a_call_is_repeated_byte_for_byte_until_200() {
    let stage = Stage::new().await;
    stage.inbox.lock().unwrap().answers.extend([500, 404, 202]);
    let wamid = stage.customer_writes(AMARA, "hello").await;
    let calls = stage.calls();
    assert_eq!(calls.len(), 4, "202 is no acknowledgement either");
    assert!(calls.iter().all(|call| call.body == calls[0].body && call.signature == calls[0].signature));
    let gaps: Vec<Duration> = calls.windows(2).map(|pair| pair[1].at - pair[0].at).collect();
    assert!(
        gaps[0] >= Duration::from_millis(19) && gaps[1] >= Duration::from_millis(39) && gaps[2] >= Duration::from_millis(79),
        "{gaps:?}"
    );
    let webhooks = stage.control(Method::GET, "webhooks", Value::Null).await;
    let entry = &webhooks["data"][0];
    assert_eq!((&entry["attempts"], &entry["status"], &entry["wamids"]), (&json!(4), &json!(200), &json!([wamid])));
    let chat = stage.control(Method::GET, &format!("chats?customer={AMARA}"), Value::Null).await;
    assert_eq!((&chat["data"][0]["state"], &chat["window_open"]), (&json!("acked"), &json!(true)));
}

#[tokio::test]
async fn tries_end_and_time_out() {
    let stage = Stage::new().await;
    stage.settings(json!({ "retry_tries": 3 })).await;
    stage.inbox.lock().unwrap().answers.extend([500; 10]);
    let answer = stage.control(Method::POST, &format!("customers/{AMARA}/send"), json!({ "text": "x", "wait_ms": 5000 })).await;
    assert_eq!(answer["delivered"], false);
    assert_eq!(stage.calls().len(), 3);
    let webhooks = stage.control(Method::GET, "webhooks?pending=false", Value::Null).await;
    assert_eq!(webhooks["data"][0]["given_up"], true);

    let deaf = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/", deaf.local_addr().unwrap());
    stage.settings(json!({ "webhook_timeout_ms": 50, "retry_tries": 1 })).await;
    stage.control(Method::POST, "numbers", json!({ "phone_number_id": "555", "webhook_url": url })).await;
    let order = json!({ "text": "x", "phone_number_id": "555", "wait_ms": 5000 });
    stage.control(Method::POST, &format!("customers/{AMARA}/send"), order).await;
    let webhooks = stage.control(Method::GET, "webhooks?phone_number_id=555", Value::Null).await;
    assert!(webhooks["data"][0]["error"].as_str().unwrap().starts_with("no answer in time"), "{webhooks}");
}

#[tokio::test]
async fn one_customer_keeps_their_order() {
    let stage = Stage::new().await;
    for n in 0..30 {
        stage.control(Method::POST, &format!("customers/{AMARA}/send"), json!({ "text": n.to_string() })).await;
    }
    stage.until("30 messages", |stage| stage.elements("messages").len() == 30).await;
    let texts: Vec<String> = stage.elements("messages").iter().map(|m| m["text"]["body"].as_str().unwrap().to_owned()).collect();
    assert_eq!(texts, (0..30).map(|n| n.to_string()).collect::<Vec<_>>());
}

#[tokio::test]
async fn the_handshake() {
    let stage = Stage::new().await;
    let path = format!("numbers/{NUMBER}/verify");
    assert_eq!(stage.control(Method::POST, &path, Value::Null).await["verified"], true);
    let wrong = json!({ "phone_number_id": "555", "webhook_url": stage.hook, "verify_token": "wrong" });
    stage.control(Method::POST, "numbers", wrong).await;
    let answer = stage.control(Method::POST, "numbers/555/verify", Value::Null).await;
    assert_eq!(answer["verified"], false);
    assert!(answer["error"].as_str().unwrap().contains("403"));
    assert_eq!(stage.try_control(Method::POST, "numbers/556/verify", Value::Null).await.0, 404);
}

#[tokio::test]
async fn reading_waits_for_the_phone_when_it_is_not_automatic() {
    let stage = Stage::new().await;
    stage.open_window().await;
    stage.settings(json!({ "auto_read": false })).await;
    stage.send_text(AMARA, "look").await;
    stage.until_statuses(&["sent", "delivered"]).await;
    stage.control(Method::POST, &format!("customers/{AMARA}/read"), json!({})).await;
    stage.control(Method::POST, &format!("customers/{AMARA}/read"), json!({})).await;
    stage.until_statuses(&["sent", "delivered", "read"]).await;
    stage.control(Method::PATCH, &format!("customers/{AMARA}"), json!({ "read_receipts": "never" })).await;
    stage.inbox.lock().unwrap().calls.clear();
    stage.send_text(AMARA, "again").await;
    stage.until("delivery", |stage| stage.statuses().len() == 2).await;
    stage.control(Method::POST, &format!("customers/{AMARA}/read"), json!({})).await;
    stage.until_statuses(&["sent", "delivered"]).await;
}

#[tokio::test]
async fn reset_stops_what_is_under_way_and_keeps_numbers() {
    let stage = Stage::new().await;
    stage.open_window().await;
    stage.settings(json!({ "delivered_ms": 200 })).await;
    stage.control(Method::POST, "clock", json!({ "advance_seconds": 3600 })).await;
    stage.fault(json!({ "kind": "signature_wrong" })).await;
    stage.send_text(AMARA, "x").await;
    stage.until("sent", |stage| stage.statuses().len() == 1).await;
    stage.control(Method::POST, "reset", Value::Null).await;
    tokio::time::sleep(Duration::from_millis(400)).await;
    assert_eq!(stage.statuses(), ["sent"], "delivered never comes");
    assert_eq!(stage.control(Method::GET, "faults", Value::Null).await["data"], json!([]));
    assert_eq!(stage.control(Method::GET, "clock", Value::Null).await["offset_seconds"], 0);
    assert_eq!(stage.control(Method::GET, "numbers", Value::Null).await["data"][0]["phone_number_id"], NUMBER);
    let health = stage.control(Method::GET, "healthz", Value::Null).await;
    assert_eq!((&health["status"], &health["pending_webhooks"]), (&json!("ok"), &json!(0)));
}

#[tokio::test]
async fn the_page_the_feed_and_a_clean_stop() {
    let stage = Stage::new().await;
    let page = stage.http.get(stage.simulator.phone_url()).send().await.unwrap();
    assert!(page.headers().contains_key("content-security-policy"));
    assert!(page.text().await.unwrap().contains("phone.js"));
    let mut feed = stage.http.get(format!("{}/_sim/events", stage.simulator.url())).send().await.unwrap();
    stage.customer_writes(AMARA, "hello").await;
    let mut seen = String::new();
    while !seen.contains("\"acked\"") {
        seen.push_str(std::str::from_utf8(&feed.chunk().await.unwrap().unwrap()).unwrap());
    }
    assert!(seen.contains("\"type\":\"message\"") && seen.contains("hello"));
    tokio::time::timeout(Duration::from_secs(2), stage.simulator.stop()).await.unwrap();
    while let Ok(Some(_)) = feed.chunk().await {}
}

#[tokio::test]
async fn ledgers_forget_the_oldest() {
    let stage = Stage::new().await;
    stage.settings(json!({ "ledger_cap": 3, "chat_cap": 2, "enforce_window": false })).await;
    for n in 0..5 {
        stage.send_text(AMARA, &format!("m{}", n / 4)).await;
    }
    let sent = stage.control(Method::GET, "sent", Value::Null).await;
    let data = sent["data"].as_array().unwrap();
    assert_eq!(data.len(), 3);
    assert_eq!((&data[0]["times_accepted"], &data[2]["times_accepted"]), (&json!(2), &json!(1)), "only what is kept is counted");
    let last = stage.control(Method::GET, "sent?limit=1", Value::Null).await;
    assert_eq!(last["data"][0]["wamid"], data[2]["wamid"]);
}
