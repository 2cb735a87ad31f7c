//! What arrives: the webhook address, and what a delivery becomes.

#[path = "ingest/bad.rs"]
mod bad;
#[path = "ingest/journal.rs"]
mod journal;
#[path = "ingest/races.rs"]
mod races;
#[path = "ingest/refused.rs"]
mod refused;
#[path = "ingest/trouble.rs"]
mod trouble;
#[path = "ingest/types.rs"]
mod types;

use serde_json::{Value, json};
use tests::{Answer, Channel, Client, TestApp, http, webhook};

/// The known answer of the provider's documentation: secret, body, signature.
const KNOWN: (&str, &str, &str) = (
    "max-demo-app-secret",
    r#"{"object":"whatsapp_business_account","entry":[{"id":"900100200300400","changes":[{"field":"messages","value":{"messaging_product":"whatsapp","metadata":{"display_phone_number":"15550001111","phone_number_id":"700800900100200"},"contacts":[{"profile":{"name":"Zo\u00eb Park"},"wa_id":"15550002222"}],"messages":[{"from":"15550002222","id":"wamid.MAXDEMO0001","timestamp":"1767225600","type":"text","text":{"body":"caf\u00e9 \ud83d\ude00"}}]}}]}]}"#,
    "sha256=5d864b77d7dfe5e35c7444c1c4214b52a44486a93372639b2f14a3f3a70bb266",
);

#[tokio::test]
async fn ingest_answers_the_handshake() {
    let app = TestApp::start().await;
    let anonymous = Client::anonymous(&app.bases[0]);
    let address = format!("/webhooks/whatsapp/{}", app.channel.id);
    let ask = async |query: String| anonymous.get(&format!("{address}?{query}")).await;
    let right = format!("hub.mode=subscribe&hub.verify_token={}&hub.challenge=1158201444", Channel::VERIFY_TOKEN);
    let answer = ask(right.clone()).await;
    assert_eq!((answer.status, answer.text()), (200, "1158201444".to_owned()));
    assert_eq!(answer.header("content-type"), Some("text/plain; charset=utf-8"));
    for wrong in [
        right.replace(Channel::VERIFY_TOKEN, "another"),
        right.replace("subscribe", "unsubscribe"),
        right.replace("hub.challenge=1158201444", ""),
        right.replace("1158201444", "%3Cscript%3E"),
        String::new(),
    ] {
        ask(wrong).await.refused(403, "verify_token_wrong");
    }
    for nowhere in ["/webhooks/whatsapp/00000000-0000-7000-8000-000000000000", "/webhooks/whatsapp/x"] {
        anonymous.get(&format!("{nowhere}?{right}")).await.refused(404, "not_found");
    }
    app.finish().await;
}

#[tokio::test]
async fn ingest_believes_signed_bytes_alone() {
    let app = TestApp::start().await;
    let known = app.add_channel("Known", "700800900100201", KNOWN.0, None).await;
    let post = async |body: &[u8], signature: Option<&str>| {
        let request = http().post(format!("{}/webhooks/whatsapp/{}", app.bases[0], known.id)).body(body.to_vec());
        Answer::of(if let Some(signature) = signature { request.header("x-hub-signature-256", signature) } else { request }).await
    };
    let body = KNOWN.1.as_bytes();
    post(body, None).await.refused(401, "signature_missing");
    let reserialised = serde_json::from_str::<Value>(KNOWN.1).unwrap().to_string();
    for (body, signature) in [
        (body, "sha256=5d864b77d7dfe5e35c7444c1c4214b52a44486a93372639b2f14a3f3a70bb267"),
        (body, "5d864b77d7dfe5e35c7444c1c4214b52a44486a93372639b2f14a3f3a70bb266"),
        (body, "sha256="),
        (body, ""),
        (reserialised.as_bytes(), KNOWN.2),
        (&body[1..], KNOWN.2),
    ] {
        post(body, Some(signature)).await.refused(403, "signature_wrong");
    }
    assert_eq!(app.probe.one::<i64>("select count(*) from webhook_delivery").await, 0, "nothing of that was kept");
    // The known answer of the documentation. Its number is that of the other channel, whose app has another secret.
    assert_eq!(post(body, Some(KNOWN.2)).await.ok_text(), "ok");
    assert_eq!(app.probe.fates().await, ["message ignored"]);
    // With that channel's secret it is a message.
    app.probe.run("update channel set account = null where name = 'Known'").await;
    app.deliver_bytes(0, &app.channel, body.to_vec()).await.ok_text();
    let text: String = app.probe.one("select content ->> 'text' from message").await;
    assert_eq!(text, "café 😀");
    assert_eq!(app.probe.one::<String>("select name from contact").await, "Zoë Park");
    // The journal has the bytes as they came.
    let bodies: Vec<(Vec<u8>,)> = app.probe.all("select body from webhook_delivery").await;
    assert!(bodies.iter().all(|(stored,)| stored == body));
    app.finish().await;
}

#[tokio::test]
async fn ingest_a_text_becomes_a_conversation_and_an_event() {
    let app = TestApp::start().await;
    let agent = app.agent().await;
    let mut socket = agent.socket(None).await;
    let sent_at = app.unix() - 5;
    let message = webhook::text("15550002222", "wamid.FIRST", sent_at, "Is it in stock?");
    app.deliver_messages("15550002222", &[message]).await.ok_text();

    let event = socket.expect("message.created", |data| data["message"]["preview"] == "Is it in stock?").await;
    let (message, conversation) = (&event["data"]["message"], &event["data"]["conversation"]);
    assert_eq!((&message["seq"], &message["direction"], &message["kind"]), (&json!(1), &json!("in"), &json!("reply")));
    assert_eq!((&message["status"], &message["text"]), (&json!("received"), &json!("Is it in stock?")));
    assert_eq!((&message["author"]["type"], &message["author"]["name"]), (&json!("contact"), &json!("Customer 2222")));
    let time = |value: &Value| chrono::DateTime::parse_from_rfc3339(value.as_str().unwrap()).unwrap().timestamp();
    assert_eq!(time(&message["sent_at"]), sent_at);
    assert_eq!(conversation["state"], "queued");
    assert_eq!(conversation["team"]["name"], "Transfers");
    assert_eq!(conversation["contact"]["phone"], "+15550002222");
    assert_eq!(conversation["assignee"], Value::Null);
    assert_eq!(conversation["inbound_count"], 1);
    assert!(conversation.get("unread").is_none(), "an event goes to many");
    assert_eq!(time(&conversation["window_expires_at"]), sent_at + 24 * 3600);
    assert!(conversation["waiting_since"].is_string());
    assert_eq!(conversation["last_message"]["preview"], "Is it in stock?");

    // A fresh load shows the same (state plus events is what a reload gives).
    let id = app.probe.conversation_of("15550002222").await;
    let mut loaded = agent.conversation(id).await;
    assert_eq!(loaded.as_object_mut().unwrap().remove("unread"), Some(json!(1)));
    for (own, none) in [("mentioned", json!(false)), ("scheduled", json!(0))] {
        assert_eq!(loaded.as_object_mut().unwrap().remove(own), Some(none), "{own}");
    }
    assert_eq!(&loaded, conversation);
    assert_eq!(agent.messages(id).await, std::slice::from_ref(message));

    // The second one goes where the first is, and the customer still waits since the first.
    app.say("15550002222", "Hello?").await;
    let event = socket.expect("message.created", |data| data["message"]["preview"] == "Hello?").await;
    assert_eq!(event["data"]["message"]["seq"], 2);
    assert_eq!(event["data"]["conversation"]["id"], conversation["id"]);
    assert_eq!(event["data"]["conversation"]["waiting_since"], conversation["waiting_since"]);
    assert_eq!(app.probe.fates().await, ["message stored", "message stored"]);
    app.finish().await;
}

#[tokio::test]
async fn ingest_takes_batches_apart_and_drops_repeats() {
    let mut app = TestApp::with().nodes(2).start().await;
    let other = app.add_channel("Other number, same app", "700800900100299", "test-app-secret", Some(app.teams[1])).await;
    let foreign = app.add_channel("Another app", "700800900100300", "another-secret", None).await;
    let off = app.add_channel("Switched off", "700800900100301", "test-app-secret", None).await;
    app.admin().await.patch(&format!("/api/v1/channels/{}", off.id), json!({ "active": false })).await.ok();
    let now = app.unix();
    let (a, b) = ("15550000001", "15550000002");
    let people = [webhook::contact(a, "Ana"), webhook::contact(b, "Bo")];
    let text = |from: &str, id: &str| webhook::text(from, id, now, id);
    let value = |number: &str, messages: &[Value]| webhook::value(number, &people, messages, &[]);
    let delivery = webhook::entries(&[
        webhook::entry(
            Channel::ACCOUNT,
            &[
                value(&app.channel.phone_number_id, &[text(a, "m1"), text(b, "m2"), text(a, "m3"), text(a, "m1")]),
                // The same person writes to another of our numbers: another conversation.
                value(&other.phone_number_id, &[text(a, "m4")]),
            ],
        ),
        webhook::entry(
            Channel::ACCOUNT,
            &[
                webhook::value(
                    &app.channel.phone_number_id,
                    &[],
                    &[text(b, "m5")],
                    &[webhook::status("wamid.OF-NOBODY", "sent", now, None)],
                ),
                value("700800900100777", &[text(a, "unknown number")]),
                value(&foreign.phone_number_id, &[text(a, "foreign app")]),
                value(&off.phone_number_id, &[text(a, "switched off")]),
            ],
        ),
    ]);
    app.deliver(&delivery).await.ok_text();
    let first = [
        "message stored",
        "message stored",
        "message stored",
        "message duplicate",
        "message stored",
        "message stored",
        "status parked",
        "message ignored",
        "message ignored",
        "message ignored",
    ];
    assert_eq!(app.probe.fates().await, first);
    let reasons: Vec<(String,)> = app.probe.all("select reason from webhook_element where fate = 'ignored' order by idx").await;
    assert_eq!(
        reasons.iter().map(|(r,)| r.as_str()).collect::<Vec<_>>(),
        [
            "no channel speaks for this number",
            "its number belongs to another app than the one that signed",
            "its channel is switched off",
        ]
    );
    let said: Vec<(String, i64)> =
        app.probe.all("select content ->> 'text', seq from message order by channel_id, conversation_id, seq").await;
    let mut said: Vec<_> = said.iter().map(|(text, seq)| format!("{text} {seq}")).collect();
    said.sort();
    assert_eq!(said, ["m1 1", "m2 1", "m3 2", "m4 1", "m5 2"]);

    // Again, to both nodes at once, and once more batched differently.
    let bytes = webhook::bytes(&delivery);
    let (one, two) = tokio::join!(app.deliver_bytes(0, &app.channel, bytes.clone()), app.deliver_bytes(1, &app.channel, bytes));
    one.ok_text();
    two.ok_text();
    let again = webhook::value(&app.channel.phone_number_id, &people, &[text(b, "m5"), text(a, "m6"), text(b, "m2")], &[]);
    app.deliver(&webhook::envelope(Channel::ACCOUNT, &again)).await.ok_text();
    assert_eq!(app.probe.one::<i64>("select count(*) from message").await, 6);
    assert_eq!(app.probe.one::<i64>("select count(*) from webhook_element where fate = 'stored'").await, 6);
    assert_eq!(app.probe.one::<i64>("select count(*) from event where kind = 'message.created'").await, 6);
    app.stop_node(1).await;
    app.finish().await;
}

#[tokio::test]
async fn ingest_old_messages_open_no_window_and_reactions_none_either() {
    let app = TestApp::start().await;
    let agent = app.agent().await;
    let now = app.unix();
    let week = 7 * 24 * 3600;
    app.deliver_messages("15550000001", &[webhook::text("15550000001", "old", now - week, "a week ago")]).await.ok_text();
    let id = app.probe.conversation_of("15550000001").await;
    agent.send(id, "reply", "too late").await.refused(409, "window_closed");
    assert_eq!(agent.conversation(id).await["assignee"], Value::Null, "a refused reply takes nothing");

    let reaction = webhook::message("15550000001", "r1", now, "reaction", json!({ "message_id": "old", "emoji": "👍" }));
    app.deliver_messages("15550000001", &[reaction]).await.ok_text();
    agent.send(id, "reply", "still too late").await.refused(409, "window_closed");

    // A new one opens it; one that arrives late does not close it again.
    app.say("15550000001", "now").await;
    app.deliver_messages("15550000001", &[webhook::text("15550000001", "older", now - 2 * week, "even older")]).await.ok_text();
    agent.reply(id, "in time").await;
    app.graph.call("in time").await;
    // Milliseconds, and a clock that is ahead of ours: the window never reaches beyond a day from now.
    let ahead = webhook::message("15550000002", "ms", (now + 3600) * 1000, "text", json!({ "body": "from the future" }));
    app.deliver_messages("15550000002", &[ahead]).await.ok_text();
    let far: bool =
        app.probe.one("select bool_and(window_expires_at < now() + interval '24 hours 5 seconds') from conversation").await;
    assert!(far);
    app.finish().await;
}
