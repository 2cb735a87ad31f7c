//! Each fault does what the table says, as often as it was told, and to whom.

use std::time::{Duration, Instant};

use reqwest::Method;
use serde_json::{Value, json};

use crate::harness::{AMARA, NUMBER, SECRET, Stage, TOKEN, elements, signature, whole};

async fn ready() -> Stage {
    let stage = Stage::new().await;
    stage.open_window().await;
    stage
}

fn text() -> Value {
    json!({ "text": { "body": "x" }, "biz_opaque_callback_data": "cb" })
}

async fn accepted(stage: &Stage) -> usize {
    stage.control(Method::GET, "sent", Value::Null).await["data"].as_array().unwrap().len()
}

#[tokio::test]
async fn refusals_with_and_without_envelope() {
    let stage = ready().await;
    for (code, http) in [(131_047, 400), (131_056, 400), (130_429, 400), (131_026, 400), (190, 401), (131_000, 500)] {
        stage.fault(json!({ "kind": "refuse", "code": code, "count": 1 })).await;
        let (status, answer) = stage.send(text()).await;
        assert_eq!((status, &answer["error"]["code"]), (http, &json!(code)), "{answer}");
    }
    stage.fault(json!({ "kind": "refuse", "code": 130_429, "http": 429, "retry_after": 7, "count": 1 })).await;
    stage.fault(json!({ "kind": "refuse", "http": 503, "envelope": false, "retry_after": 3, "count": 1 })).await;
    for (http, wait, kind) in [(429, "7", "application/json; charset=UTF-8"), (503, "3", "text/html")] {
        let url = format!("{}/v23.0/{NUMBER}/messages", stage.simulator.url());
        let response = stage.http.post(url).bearer_auth(TOKEN).json(&whole(text())).send().await.unwrap();
        assert_eq!(response.status().as_u16(), http);
        assert_eq!(
            (&response.headers()["retry-after"], &response.headers()["content-type"]),
            (&wait.parse().unwrap(), &kind.parse().unwrap())
        );
    }
    assert_eq!(accepted(&stage).await, 0);
    stage.fault(json!({ "kind": "refuse", "http": 500, "accepted": true, "count": 1 })).await;
    assert_eq!(stage.send(text()).await.0, 500);
    assert_eq!(accepted(&stage).await, 1, "an error, yet the message goes out");
    stage.until_statuses(&["sent", "delivered", "read"]).await;
    assert_eq!(stage.send(text()).await.0, 200, "all faults are used up");
    let sent = stage.control(Method::GET, "sent", Value::Null).await;
    assert_eq!(sent["data"][0]["times_accepted"], 2, "the same callback data twice is a duplicate");
}

#[tokio::test]
async fn answers_that_never_come() {
    let stage = ready().await;
    stage.fault(json!({ "kind": "answer_dropped", "count": 1 })).await;
    stage.fault(json!({ "kind": "answer_hang", "ms": 300, "count": 1 })).await;
    let url = format!("{}/v23.0/{NUMBER}/messages", stage.simulator.url());
    let post = || stage.http.post(&url).bearer_auth(TOKEN).json(&whole(text()));
    // One send meets both: the hang comes first and ends in silence.
    let start = Instant::now();
    let error = post().send().await.unwrap_err();
    assert!(!error.is_timeout() && start.elapsed() >= Duration::from_millis(290));
    stage.until_statuses(&["sent", "delivered", "read"]).await;
    stage.fault(json!({ "kind": "answer_dropped", "count": 1 })).await;
    let error = post().send().await.unwrap_err();
    assert!(error.is_request() && !error.is_timeout() && !error.is_connect(), "{error:?}");
    stage.fault(json!({ "kind": "answer_hang", "count": 1 })).await;
    assert!(post().timeout(Duration::from_millis(100)).send().await.unwrap_err().is_timeout());
    assert_eq!(accepted(&stage).await, 3);
    stage.until("all statuses", |stage| stage.statuses().len() == 9).await;
    stage.fault(json!({ "kind": "answer_delay", "ms": 200, "count": 1 })).await;
    let start = Instant::now();
    assert_eq!(stage.send(text()).await.0, 200);
    assert!(start.elapsed() >= Duration::from_millis(200));
}

#[tokio::test]
async fn a_status_overtakes_the_answer() {
    let stage = ready().await;
    stage.fault(json!({ "kind": "status_before_answer", "count": 1 })).await;
    let wamid = stage.send_text(AMARA, "x").await;
    let first = stage.elements("statuses");
    assert_eq!((first.len(), &first[0]["status"], &first[0]["id"]), (1, &json!("sent"), &json!(wamid)));
    stage.until_statuses(&["sent", "delivered", "read"]).await;
}

#[tokio::test]
async fn statuses_go_wrong() {
    for (fault, wanted) in [
        (json!({ "kind": "statuses_reversed" }), vec!["read", "delivered", "sent"]),
        (json!({ "kind": "delivered_missing" }), vec!["sent", "read"]),
        (json!({ "kind": "failed_after_sent", "code": 131_049 }), vec!["sent", "failed"]),
        (json!({ "kind": "failed" }), vec!["failed"]),
    ] {
        let stage = ready().await;
        stage.fault(fault.clone()).await;
        stage.send_text(AMARA, "x").await;
        stage.until_statuses(&wanted).await;
        if let Some(failed) = stage.elements("statuses").iter().find(|status| status["status"] == "failed") {
            assert_eq!(failed["errors"][0]["code"], fault.get("code").cloned().unwrap_or(json!(131_026)));
        }
    }
}

#[tokio::test]
async fn no_echo_of_the_callback_data() {
    let stage = ready().await;
    stage.fault(json!({ "kind": "callback_data_missing", "count": 2 })).await;
    stage.send_text(AMARA, "x").await;
    stage.until_statuses(&["sent", "delivered", "read"]).await;
    let echoes: Vec<bool> =
        stage.elements("statuses").iter().map(|status| status.get("biz_opaque_callback_data").is_some()).collect();
    assert_eq!(echoes, [false, false, true]);
}

#[tokio::test]
async fn duplicates_delays_and_disorder() {
    let stage = ready().await;
    stage.fault(json!({ "kind": "webhook_duplicate", "times": 2, "count": 1 })).await;
    stage.customer_writes(AMARA, "thrice").await;
    stage.until("three copies", |stage| stage.calls().len() == 3).await;
    assert!(stage.calls().iter().all(|call| call.body == stage.calls()[0].body));

    stage.inbox.lock().unwrap().calls.clear();
    stage.fault(json!({ "kind": "webhook_delay", "ms": 150, "count": 1 })).await;
    stage.fault(json!({ "kind": "webhook_reorder", "count": 1 })).await;
    let path = format!("customers/{AMARA}/send");
    for body in ["b late", "a", "c"] {
        stage.control(Method::POST, &path, json!({ "text": body })).await;
    }
    stage.until("three messages", |stage| stage.calls().len() == 3).await;
    let order: Vec<Value> = stage.elements("messages").iter().map(|message| message["text"]["body"].clone()).collect();
    // The pair swaps, so it is the overtaker that meets the delay and comes last of all.
    assert_eq!(order, ["b late", "c", "a"]);
}

#[tokio::test]
async fn a_batch_mixes_messages_and_statuses_over_entries_and_changes() {
    let stage = ready().await;
    stage.fault(json!({ "kind": "webhook_batch", "size": 6, "ms": 2000, "count": 1 })).await;
    stage.send_text(AMARA, "x").await;
    let path = format!("customers/{AMARA}/send");
    for n in 0..3 {
        stage.control(Method::POST, &path, json!({ "text": n.to_string() })).await;
    }
    stage.until("the batch", |stage| !stage.calls().is_empty()).await;
    let envelope = stage.calls()[0].json.clone();
    assert_eq!((elements(&envelope, "messages").len(), elements(&envelope, "statuses").len()), (3, 3));
    let entries = envelope["entry"].as_array().unwrap();
    assert_eq!(entries.len(), 2);
    assert_eq!(entries[0]["changes"].as_array().unwrap().len(), 2);
    let mixed = entries.iter().flat_map(|entry| entry["changes"].as_array().unwrap());
    assert!(
        mixed.clone().any(|change| change["value"]["messages"].is_array() && change["value"]["statuses"].is_array()),
        "{envelope}"
    );
    let contacts = mixed.map(|change| change["value"]["contacts"].as_array().unwrap().len()).max();
    assert_eq!(contacts, Some(1), "a contact is named once per change");
}

#[tokio::test]
async fn a_redelivery_is_batched_differently() {
    let stage = ready().await;
    let first = stage.customer_writes(AMARA, "one").await;
    stage.fault(json!({ "kind": "webhook_rebatched", "count": 1 })).await;
    let second = stage.customer_writes(AMARA, "two").await;
    stage.until("the redelivery", |stage| stage.calls().len() == 3).await;
    let again: Vec<Value> = elements(&stage.calls()[2].json, "messages").iter().map(|message| message["id"].clone()).collect();
    assert_eq!(again[again.len() - 2..], [json!(first), json!(second)]);
    let webhooks = stage.control(Method::GET, "webhooks", Value::Null).await;
    assert_eq!(webhooks["data"].as_array().unwrap().last().unwrap()["kind"], "rebatched");
}

#[tokio::test]
async fn signatures_go_wrong_and_the_repeat_is_right() {
    for kind in ["signature_wrong", "signature_missing"] {
        let stage = ready().await;
        stage.fault(json!({ "kind": kind, "count": 1 })).await;
        stage.inbox.lock().unwrap().answers.push_back(403);
        stage.customer_writes(AMARA, "x").await;
        let calls = stage.calls();
        let right = Some(signature(SECRET, &calls[0].body));
        assert_eq!(calls[0].signature.is_none(), kind == "signature_missing");
        assert!(calls[0].signature != right && calls[1].signature == right);
    }
}

#[tokio::test]
async fn odd_time_stamps() {
    let stage = ready().await;
    stage.fault(json!({ "kind": "timestamps_ms", "count": 1 })).await;
    stage.customer_writes(AMARA, "x").await;
    stage.fault(json!({ "kind": "timestamps_old", "count": 1 })).await;
    stage.customer_writes(AMARA, "x").await;
    stage.customer_writes(AMARA, "x").await;
    let stamps: Vec<i64> =
        stage.elements("messages").iter().map(|message| message["timestamp"].as_str().unwrap().parse().unwrap()).collect();
    assert!(stamps[0] > 1_000_000_000_000);
    assert!((stamps[2] - stamps[1] - 7 * 86_400).abs() <= 1, "{stamps:?}");
}

#[tokio::test]
async fn faults_have_a_scope_and_are_listed_and_cleared() {
    let stage = ready().await;
    stage.fault(json!({ "kind": "refuse", "code": 131_026, "customer": "447700900143" })).await;
    assert_eq!(stage.send(text()).await.0, 200, "not for Amara");
    assert_eq!(stage.send(json!({ "to": "+447700900143", "text": { "body": "x" } })).await.1["error"]["code"], 131_026);
    stage.fault(json!({ "kind": "refuse", "http": 500, "phone_number_id": "1" })).await;
    assert_eq!(stage.send(text()).await.0, 200, "not for this number");
    let faults = stage.control(Method::GET, "faults", Value::Null).await;
    assert_eq!(faults["data"].as_array().unwrap().len(), 2);
    stage.control(Method::DELETE, &format!("faults/{}", faults["data"][0]["id"]), Value::Null).await;
    assert_eq!(stage.try_control(Method::DELETE, "faults/99", Value::Null).await.0, 404);
    stage.control(Method::DELETE, "faults", Value::Null).await;
    assert_eq!(stage.control(Method::GET, "faults", Value::Null).await["data"], json!([]));
    for wrong in [
        json!({ "kind": "nonsense" }),
        json!({ "kind": "refuse" }),
        json!({ "kind": "failed", "count": 0 }),
        json!({ "kind": "failed", "cuont": 1 }),
    ] {
        assert_eq!(stage.try_control(Method::POST, "faults", wrong).await.0, 400);
    }
    assert_eq!(stage.try_control(Method::PATCH, "settings", json!({ "sent_ms": "soon" })).await.0, 400);
    assert_eq!(stage.try_control(Method::PATCH, "settings", json!({ "snet_ms": 1 })).await.0, 400);
}
