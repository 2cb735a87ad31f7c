//! What the signed address lets in.

use serde_json::json;
use tests::{TestApp, signature};

use super::{Chat, event};

#[tokio::test]
async fn chat_lets_in_what_is_signed_now_and_nothing_else() {
    let chat = Chat::start(TestApp::with().manual_clock().start().await).await;
    let body = event("message.created", &json!({ "id": "m-1", "user": { "id": "42" }, "text": "hi" })).to_string();
    let (body, now) = (body.as_bytes(), chat.app.unix());
    let good = signature("call_1", now, body);

    chat.call("call_1", now, "", body).await.refused(403, "signature_wrong");
    chat.call("call_2", now, &good, body).await.refused(403, "signature_wrong");
    chat.call("call_1", now + 1, &good, body).await.refused(403, "signature_wrong");
    chat.call("call_1", now, &good, b"{}").await.refused(403, "signature_wrong");
    for off in [-301, 301] {
        let late = signature("call_1", now + off, body);
        chat.call("call_1", now + off, &late, body).await.refused(403, "signature_stale");
    }
    let missing = tests::http().post(format!("{}/webhooks/chat/{}", chat.app.bases[0], chat.channel)).body(body.to_vec());
    tests::Answer::of(missing).await.refused(401, "signature_missing");
    assert!(chat.app.probe.fates().await.is_empty(), "nothing of it was looked at");

    // One of several signatures is enough, as while secrets are replaced.
    chat.call("call_1", now, &format!("v1,AAAA v1a,x {good}"), body).await.ok_text();
    // The same call once more changes nothing.
    chat.call("call_1", now, &good, body).await.ok_text();
    // Both at one moment of the clock: which is listed first is chance.
    let mut fates = chat.app.probe.fates().await;
    fates.sort();
    assert_eq!(fates, ["message duplicate", "message stored"]);
    chat.app.finish().await;
}

#[tokio::test]
async fn chat_keeps_what_it_does_not_know_in_the_journal() {
    let chat = Chat::start(TestApp::start().await).await;
    let admin = chat.app.admin().await;
    let told = json!({ "events": [
        { "type": "order.shipped", "data": { "order": "o-7" } },
        { "type": "message.created", "data": { "id": "m-1", "user": { "id": "42" }, "text": "<b>hi</b>", "mood": "sunny" } },
        { "type": "message.created", "data": { "user": { "id": "42" }, "text": "no id" } },
        { "type": "message.created", "source": "max", "data": { "id": "m-2", "user": { "id": "42" }, "text": "our own" } },
    ] });
    chat.tell(&told).await.ok_text();
    assert_eq!(chat.app.probe.fates().await, ["other ignored", "message stored", "unreadable dead", "other ignored"]);
    let list = admin.get("/api/v1/deliveries").await.ok();
    let id = list["items"][0]["id"].as_str().unwrap();
    let raw = admin.get(&format!("/api/v1/deliveries/{id}/raw")).await.ok();
    assert!(raw["body"].as_str().unwrap().contains("sunny"), "{raw}");
    let detail = admin.get(&format!("/api/v1/deliveries/{id}")).await.ok();
    assert_eq!(detail["elements"][0]["reason"], "order.shipped: MAX does not act on this type of event");
    let shown = detail["body"].as_str().unwrap();
    assert!(!shown.contains("<b>hi</b>") && shown.contains("message.created"), "{shown}");
    chat.app.finish().await;
}
