//! The list of reasons to close a conversation.

use serde_json::json;
use tests::TestApp;

const LIST: &str = "/api/v1/close-reasons";

#[tokio::test]
async fn close_reasons_are_kept_by_admins_and_seen_by_all() {
    let app = TestApp::start().await;
    let (agent, admin) = (app.agent().await, app.admin().await);
    let keys = async || {
        let list = agent.get(LIST).await.ok();
        list["items"].as_array().unwrap().iter().map(|r| r["key"].as_str().unwrap().to_owned()).collect::<Vec<_>>()
    };
    assert_eq!(keys().await, ["resolved", "no_reply_needed", "spam", "duplicate", "other"]);
    agent.post(LIST, json!({ "name": "Mine" })).await.refused(403, "forbidden");
    let new = admin.post(LIST, json!({ "name": "Refund sent" })).await.ok();
    assert_eq!((&new["key"], &new["position"], &new["active"]), (&json!("refund_sent"), &json!(6), &json!(true)));
    admin.post(LIST, json!({ "name": "refund SENT" })).await.refused(409, "already_exists");
    assert_eq!(admin.post(LIST, json!({ "name": "  " })).await.fields(), ["name"]);
    let path = format!("{LIST}/{}", new["id"].as_str().unwrap());
    agent.patch(&path, json!({ "position": 0 })).await.refused(403, "forbidden");
    assert_eq!(admin.patch(&path, json!({ "name": "Refunded", "position": 0 })).await.ok()["name"], "Refunded");
    assert_eq!(keys().await[0], "refund_sent", "the key stays");
    // Switched off, it cannot be picked; what was closed with it says so still.
    let id = app.opens("15550002222").await;
    agent.step(id, "take", json!({})).await.ok();
    agent.step(id, "close", json!({ "reason": "refunded" })).await.ok();
    admin.patch(&path, json!({ "active": false })).await.ok();
    assert_eq!(agent.conversation(id).await["close_reason"]["name"], "Refunded");
    agent.step(id, "reopen", json!({})).await.ok();
    assert_eq!(agent.step(id, "close", json!({ "reason": "refunded" })).await.fields(), ["reason"]);
    // The last one stays.
    app.probe.run("update close_reason set active = (key = 'other')").await;
    let list = admin.get(LIST).await.ok();
    let last = list["items"].as_array().unwrap().iter().find(|r| r["key"] == "other").unwrap()["id"].as_str().unwrap().to_owned();
    admin.patch(&format!("{LIST}/{last}"), json!({ "active": false })).await.refused(409, "in_use");
    app.finish().await;
}
