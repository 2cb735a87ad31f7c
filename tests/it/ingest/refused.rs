//! Calls that are not taken: counted by channel, reason and hour, and shown to admins.

use serde_json::{Value, json};
use tests::{Channel, TestApp, eventually, webhook};

#[tokio::test]
async fn ingest_refused_calls_are_counted_and_never_a_row_each() {
    let app = TestApp::start().await;
    let admin = app.admin().await;
    let url = format!("{}/webhooks/whatsapp/{}", app.bases[0], app.channel.id);
    let forger = Channel { app_secret: "somebody else's".into(), ..app.channel.clone() };
    for _ in 0..30 {
        app.deliver_bytes(0, &forger, b"{}".to_vec()).await.refused(403, "signature_wrong");
    }
    tests::Answer::of(tests::http().post(&url).body("{}")).await.refused(401, "signature_missing");
    let shake = format!("{url}?hub.mode=subscribe&hub.verify_token=guessed&hub.challenge=1");
    tests::Answer::of(tests::http().get(&shake)).await.refused(403, "verify_token_wrong");
    let foreign = webhook::value("999", &[], &[webhook::text("15550000001", "w1", app.unix(), "hi")], &[]);
    app.deliver(&webhook::envelope(Channel::ACCOUNT, &foreign)).await.ok_text();
    let of = |health: &Value, reason: &str| -> i64 {
        let all = health["channels"][0]["refused"].as_array().unwrap().iter();
        all.filter(|one| one["reason"] == reason && one["last_at"].is_string())
            .map(|one| one["count_24h"].as_i64().unwrap())
            .sum()
    };
    eventually("all are counted", async || {
        let health = admin.get("/api/v1/ingest/health").await.ok();
        let counted =
            ["signature_wrong", "signature_missing", "verify_token", "unknown_account"].map(|reason| of(&health, reason));
        (counted == [30, 1, 1, 1]).then_some(())
    })
    .await;
    // More of them add no rows but for a new hour.
    app.deliver_bytes(0, &forger, b"{}".to_vec()).await.refused(403, "signature_wrong");
    eventually("it is added", async || {
        (of(&admin.get("/api/v1/ingest/health").await.ok(), "signature_wrong") == 31).then_some(())
    })
    .await;
    assert!(app.probe.one::<i64>("select count(*) from webhook_refused").await <= 8);
    assert_eq!(
        json!(app.probe.one::<i64>("select count(*) from webhook_delivery").await),
        json!(1),
        "only what was signed is kept"
    );
    app.finish().await;
}
