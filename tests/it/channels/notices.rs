//! What the provider says of an account: warnings stand beside, what stops it pauses it, and everybody who writes knows at once.

use serde_json::{Value, json};
use tests::{Channel, Client, Reply, TestApp};

async fn channel(app: &TestApp, admin: &Client) -> Value {
    admin.get(&format!("/api/v1/channels/{}", app.channel.id)).await.ok()
}

/// The provider says something of the account, then of the clock.
async fn says(app: &TestApp, field: &str, time: i64, value: Value) {
    let notice = json!({ "object": "whatsapp_business_account", "entry": [
        { "id": Channel::ACCOUNT, "time": time, "changes": [{ "field": field, "value": value }] }] });
    app.deliver(&notice).await.ok_text();
}

fn codes(channel: &Value) -> Vec<&str> {
    channel["warnings"].as_array().unwrap().iter().map(|warning| warning["code"].as_str().unwrap()).collect()
}

#[tokio::test]
async fn channels_warnings_of_the_provider_stand_until_it_takes_them_back_and_pause_nothing() {
    let app = TestApp::start().await;
    let (admin, agent) = (app.admin().await, app.agent().await);
    let mut socket = admin.socket(None).await;
    let quality = |event: &str| json!({ "display_phone_number": "1 555-000-1111", "event": event, "current_limit": "TIER_2K" });
    says(&app, "phone_number_quality_update", 100, quality("FLAGGED")).await;
    let told = socket.expect("channel.updated", |data| data["channel"]["warnings"][0]["code"] == "quality_low").await;
    let told = &told["data"]["channel"];
    assert_eq!((&told["health"], &told["paused_at"]), (&json!("ok"), &Value::Null));
    assert!(told["warnings"][0]["words"].as_str().unwrap().contains("quality"), "{told}");
    // What is written goes out, and being taken does not make the warning go.
    let id = app.opens("15550000001").await;
    let message = agent.reply(id, "still here").await;
    app.probe.becomes(message["id"].as_str().unwrap().parse().unwrap(), "sent").await;
    assert_eq!(codes(&channel(&app, &admin).await), ["quality_low"]);
    says(&app, "phone_number_name_update", 101, json!({ "decision": "REJECTED", "rejection_reason": "BAD" })).await;
    says(&app, "phone_number_quality_update", 102, quality("UPGRADE")).await;
    says(&app, "business_capability_update", 103, json!({ "max_daily_conversation_per_phone": 250 })).await;
    let now = channel(&app, &admin).await;
    let mut all = codes(&now);
    all.sort_unstable();
    assert_eq!((all, &now["daily_limit"]), (vec!["limit_lowered", "name_rejected", "quality_low"], &json!(250)));
    // A late one undoes nothing; what is newer does.
    says(&app, "phone_number_quality_update", 99, quality("UNFLAGGED")).await;
    assert_eq!(codes(&channel(&app, &admin).await).len(), 3);
    says(&app, "phone_number_quality_update", 104, quality("UNFLAGGED")).await;
    assert!(!codes(&channel(&app, &admin).await).contains(&"quality_low"));
    let journal: Vec<(String, String, Option<String>)> =
        app.probe.all("select external_id, fate, reason from webhook_element where kind = 'account' order by delivery_id").await;
    assert_eq!(journal[0].0, "phone_number_quality_update FLAGGED");
    assert_eq!(journal.iter().filter(|row| row.1 == "stored").count(), 5);
    assert!(journal.iter().any(|row| row.2.as_deref().is_some_and(|reason| reason.contains("newer"))), "{journal:?}");
    app.finish().await;
}

#[tokio::test]
async fn channels_a_number_that_is_not_ours_is_not_blamed_on_another() {
    let app = TestApp::start().await;
    let admin = app.admin().await;
    app.add_channel("Other", "700800900100999", "test-app-secret", None).await;
    let flagged = json!({ "display_phone_number": "15550001111", "event": "FLAGGED" });
    says(&app, "phone_number_quality_update", 100, flagged.clone()).await;
    assert!(codes(&channel(&app, &admin).await).is_empty(), "which of the two is not known");
    // Asked how they are, they say their numbers.
    app.graph.condition(Reply::Raw(200, r#"{ "display_phone_number": "+1 555 000 1111", "quality_rating": "GREEN" }"#));
    admin.post(&format!("/api/v1/channels/{}/probe", app.channel.id), json!({})).await.ok();
    app.graph.condition(Reply::Accept);
    says(&app, "phone_number_quality_update", 101, flagged).await;
    let warned: i64 = app.probe.one("select count(*) from channel where notices -> 'quality' ->> 'stands' = 'true'").await;
    assert_eq!((codes(&channel(&app, &admin).await), warned), (vec!["quality_low"], 1));
    assert_eq!(channel(&app, &admin).await["number"], "+15550001111");
    // Whoever signs with another app's secret says nothing of ours.
    let foreign = app.add_channel("Foreign", "700800900100888", "another-secret", None).await;
    let ban = json!({ "object": "whatsapp_business_account", "entry": [{ "id": Channel::ACCOUNT, "time": 200, "changes": [
        { "field": "account_update", "value": { "event": "DISABLED_UPDATE", "ban_info": { "waba_ban_state": "DISABLE" } } }] }] });
    app.deliver_bytes(0, &foreign, tests::webhook::bytes(&ban)).await.ok_text();
    assert_eq!(channel(&app, &admin).await["health"], "ok");
    app.finish().await;
}

#[tokio::test]
async fn channels_a_banned_account_keeps_what_is_written_and_everybody_knows_at_once() {
    let mut app = TestApp::start().await;
    app.expect_error("a channel is in trouble");
    let (admin, agent) = (app.admin().await, app.agent().await);
    let id = app.opens("15550000001").await;
    let path = format!("/api/v1/conversations/{id}");
    let mut socket = agent.socket(None).await;
    assert_eq!(agent.get(&path).await.ok()["channel"]["paused"], Value::Null);
    app.graph.condition(Reply::refuse(403, 131_031));
    let ban = |state: &str| json!({ "event": "DISABLED_UPDATE", "ban_info": { "waba_ban_state": state } });
    says(&app, "account_update", 100, ban("DISABLE")).await;
    let told = socket.expect("channel.paused", |data| data["channel_id"] == app.channel.id.to_string()).await;
    assert_eq!((&told["data"]["paused"]["by_person"], &told["data"]["paused"]["reason"]), (&json!(false), &Value::Null));
    let shown = agent.get(&path).await.ok()["channel"]["paused"].clone();
    assert_eq!(shown, told["data"]["paused"]);
    let listed = agent.get("/api/v1/conversations?view=queue").await.ok()["items"][0]["channel"]["paused"].clone();
    assert_eq!(listed, shown);
    let message = agent.reply(id, "does it wait?").await;
    let now = channel(&app, &admin).await;
    assert_eq!((&now["health_code"], now["paused_at"].is_string()), (&json!("account_disabled"), true));
    assert_eq!(app.probe.status(message["id"].as_str().unwrap().parse().unwrap()).await, "queued");
    assert!(app.graph.calls().is_empty());
    // Given back, it goes on by itself.
    says(&app, "account_update", 101, ban("REINSTATE")).await;
    socket.expect("channel.paused", |data| data["paused"].is_null()).await;
    app.graph.call("does it wait?").await;
    // A person's pause says who wants it so, and why.
    admin.post(&format!("/api/v1/channels/{}/pause", app.channel.id), json!({ "reason": "Moving house" })).await.ok();
    let told = socket.expect("channel.paused", |data| data["paused"]["by_person"] == true).await;
    assert_eq!(told["data"]["paused"]["reason"], "Moving house");
    // One click, whatever the account says.
    admin.post(&format!("/api/v1/channels/{}/resume", app.channel.id), json!({})).await.ok();
    socket.expect("channel.paused", |data| data["paused"].is_null()).await;
    app.finish().await;
}
