//! Setting channels up, and what never comes out again.

#[path = "channels/notices.rs"]
mod notices;
#[path = "channels/secrets.rs"]
mod secrets;

use serde_json::{Value, json};
use tests::{Channel, TestApp};
use uuid::Uuid;

const CANARY: &str = "CANARY-f3b1c9-secret";

fn new(app: &TestApp, number: &str) -> Value {
    json!({
        "kind": "whatsapp",
        "name": "Second number",
        "team_id": app.teams[1],
        "config": { "phone_number_id": number, "business_account_id": Channel::ACCOUNT, "api_base": app.graph.api_base() },
        "credentials": {
            "access_token": format!("{CANARY}-token"),
            "app_secret": format!("{CANARY}-app"),
            "verify_token": format!("{CANARY}-verify"),
        },
    })
}

#[tokio::test]
async fn channels_are_set_up_and_keep_their_secrets() {
    let app = TestApp::start().await;
    let admin = app.admin().await;
    let mut answers = Vec::new();

    let answer = admin.post("/api/v1/channels", new(&app, "700800900100999")).await;
    assert_eq!(answer.status, 201, "{}", answer.text());
    answers.push(answer.text());
    let made = answer.json();
    let id: Uuid = made["id"].as_str().unwrap().parse().unwrap();
    assert_eq!(made["config"]["phone_number_id"], "700800900100999");
    assert_eq!(made["credentials_set"], json!(["access_token", "app_secret", "verify_token"]));
    assert_eq!(made["webhook_url"], format!("{}/webhooks/whatsapp/{id}", app.bases[0]));
    assert_eq!((&made["active"], &made["health"]), (&json!(true), &json!("ok")));
    let path = format!("/api/v1/channels/{id}");
    let read = admin.get(&path).await;
    assert_eq!(read.ok(), made);
    answers.push(read.text());

    // It works with them.
    let channel = Channel { id, phone_number_id: "700800900100999".into(), app_secret: format!("{CANARY}-app") };
    let value = tests::webhook::value(
        &channel.phone_number_id,
        &[tests::webhook::contact("15550007777", "Zoë")],
        &[tests::webhook::text("15550007777", "wamid.SECOND", app.unix(), "hello")],
        &[],
    );
    let body = tests::webhook::bytes(&tests::webhook::envelope(Channel::ACCOUNT, &value));
    app.deliver_bytes(0, &channel, body.clone()).await.ok_text();
    let stranger = app.login(&app.people().stranger).await;
    let conversation = app.probe.conversation_of("15550007777").await;
    assert_eq!(stranger.conversation(conversation).await["team"]["id"], app.teams[1].to_string(), "in the channel's team");
    stranger.reply(conversation, "hello yourself").await;
    let call = app.graph.call("hello yourself").await;
    assert_eq!(call.authorization, format!("Bearer {CANARY}-token"));
    assert_eq!(call.path, "/v23.0/700800900100999/messages");

    // A change of one credential leaves the others; the rest stays as it was.
    let changed =
        admin.patch(&path, json!({ "credentials": { "app_secret": format!("{CANARY}-new-app") }, "name": "Renamed" })).await;
    assert_eq!(changed.ok()["name"], "Renamed");
    assert_eq!(changed.ok()["team_id"], made["team_id"]);
    answers.push(changed.text());
    app.deliver_bytes(0, &channel, body.clone()).await.refused(403, "signature_wrong");
    app.deliver_bytes(0, &Channel { app_secret: format!("{CANARY}-new-app"), ..channel.clone() }, body.clone()).await.ok_text();
    stranger.reply(conversation, "still the same token").await;
    assert_eq!(app.graph.call("still the same token").await.authorization, format!("Bearer {CANARY}-token"));

    // `null` takes the team away, absence leaves it.
    assert_eq!(admin.patch(&path, json!({ "team_id": null })).await.ok()["team_id"], Value::Null);
    assert_eq!(admin.patch(&path, json!({ "name": "Again" })).await.ok()["team_id"], Value::Null);

    // Switched off, it neither receives nor takes replies.
    admin.patch(&path, json!({ "active": false })).await.ok();
    app.deliver_bytes(0, &Channel { app_secret: format!("{CANARY}-new-app"), ..channel.clone() }, body)
        .await
        .refused(404, "not_found");
    stranger.send(conversation, "reply", "into the void").await.refused(422, "not_supported_by_channel");

    // No answer and no table holds a secret in clear.
    answers.push(admin.get("/api/v1/channels").await.text());
    answers.push(admin.patch(&path, json!({ "credentials": { "access_token": format!("{CANARY} with blanks") } })).await.text());
    for answer in &answers {
        assert!(!answer.contains(CANARY), "{answer}");
    }
    let tables: Vec<(String,)> = app
        .probe
        .all("select quote_ident(table_schema) || '.' || quote_ident(table_name) from information_schema.tables where table_type = 'BASE TABLE' and table_schema not in ('pg_catalog', 'information_schema')")
        .await;
    assert!(tables.len() > 10);
    for (table,) in tables {
        let sql = format!(
            "select count(*) from {table} t where t::text like $1 or encode(convert_to(t::text, 'UTF8'), 'escape') like $1"
        );
        let found: i64 =
            sqlx::query_scalar(sqlx::AssertSqlSafe(sql)).bind(format!("%{CANARY}%")).fetch_one(&app.probe.0).await.unwrap();
        assert_eq!(found, 0, "{table}");
        // Byte columns print as hex.
        let sql = format!("select count(*) from {table} t where t::text like $1");
        let pattern = format!("%{}%", hex::encode(CANARY));
        let found: i64 = sqlx::query_scalar(sqlx::AssertSqlSafe(sql)).bind(pattern).fetch_one(&app.probe.0).await.unwrap();
        assert_eq!(found, 0, "{table}");
    }
    app.finish().await;
}

#[tokio::test]
async fn channels_name_every_wrong_field() {
    let app = TestApp::start().await;
    let admin = app.admin().await;
    let post = |body: Value| admin.post("/api/v1/channels", body);

    let mut all_wrong = new(&app, "+1 555");
    all_wrong["config"] = json!({ "phone_number_id": "+1 555", "api_base": "ftp://example.com", "colour": "blue" });
    all_wrong["credentials"] = json!({ "access_token": "two words", "password": "x" });
    let mut fields = post(all_wrong).await.fields();
    fields.sort();
    assert_eq!(
        fields,
        [
            "config.api_base",
            "config.business_account_id",
            "config.colour",
            "config.phone_number_id",
            "credentials.access_token",
            "credentials.app_secret",
            "credentials.password",
            "credentials.verify_token",
        ]
    );
    let with = |name: &str, value: Value| {
        let mut body = new(&app, "700800900100998");
        body[name] = value;
        post(body)
    };
    assert_eq!(with("kind", json!("telegram")).await.fields(), ["kind"]);
    assert_eq!(with("name", json!("  ")).await.fields(), ["name"]);
    assert_eq!(with("name", json!("x".repeat(101))).await.fields(), ["name"]);
    assert_eq!(with("team_id", json!(Uuid::from_u128(7))).await.fields(), ["team_id"]);
    with("surprise", json!(1)).await.refused(422, "invalid");

    // One channel for an account.
    post(new(&app, "700800900100998")).await.ok();
    let problem = post(new(&app, "700800900100998")).await.refused(409, "already_exists");
    assert_eq!(problem["fields"][0]["field"], "config");
    let first = format!("/api/v1/channels/{}", app.channel.id);
    let config = new(&app, "700800900100998")["config"].clone();
    admin.patch(&first, json!({ "config": config })).await.refused(409, "already_exists");
    assert_eq!(admin.get(&first).await.ok()["config"]["phone_number_id"], "700800900100200", "nothing changed");

    // The list, page by page.
    for n in 0..5 {
        let mut body = new(&app, &format!("70080090010080{n}"));
        body["name"] = json!(format!("channel {n}"));
        post(body).await.ok();
    }
    let names: Vec<String> =
        admin.pages("/api/v1/channels?limit=2").await.iter().map(|c| c["name"].as_str().unwrap().to_owned()).collect();
    assert_eq!(names, ["channel 0", "channel 1", "channel 2", "channel 3", "channel 4", "Second number", "WhatsApp"]);
    admin.get(&format!("/api/v1/channels/{}", Uuid::from_u128(7))).await.refused(404, "not_found");
    app.finish().await;
}
