//! The whole way over the wire, against the provider's simulator with everything it can do wrong.

use std::collections::BTreeMap;

use connect::mail::{Mail, MailError};
use features::channels::{self, NewChannel};
use serde_json::{Value, json};
use simulator::{Number, Options, Simulator};
use tests::{Answer, Channel, TestApp, eventually, files, http};
use uuid::Uuid;

const NUMBER: &str = "700800900100500";

/// The simulator with one number, and the channel that speaks for it.
pub(crate) struct Provider {
    pub(crate) simulator: Simulator,
    pub(crate) channel: Uuid,
}

impl Provider {
    pub(crate) async fn start(app: &TestApp) -> Self {
        let simulator = Simulator::start(Options::default()).await.unwrap();
        let node = &app.nodes[0].app;
        let credentials = [("access_token", "sim-token"), ("app_secret", "sim-secret"), ("verify_token", "sim-verify")];
        let new = NewChannel {
            kind: "whatsapp".into(),
            name: "Simulator".into(),
            team_id: Some(app.teams[0]),
            config: json!({ "phone_number_id": NUMBER, "business_account_id": Channel::ACCOUNT, "api_base": simulator.url() }),
            credentials: credentials.into_iter().map(|(n, v)| (n.to_owned(), v.into())).collect::<BTreeMap<_, _>>(),
            reopen_hours: None,
        };
        let mut tx = node.db.begin().await.unwrap();
        let channel = channels::create(node, &mut tx, &kernel::auth::Actor::system("test"), new).await.unwrap().id;
        tx.commit().await.unwrap();
        simulator.add_number(Number {
            phone_number_id: NUMBER.into(),
            business_account_id: Channel::ACCOUNT.into(),
            display_phone_number: "+1 555 000 1111".into(),
            name: "Test".into(),
            access_token: "sim-token".into(),
            app_secret: "sim-secret".into(),
            webhook_url: Some(format!("{}/webhooks/whatsapp/{channel}", app.bases[0])),
            verify_token: Some("sim-verify".into()),
        });
        let provider = Self { simulator, channel };
        let quick = json!({ "sent_ms": 20, "delivered_ms": 30, "read_ms": 40, "jitter_ms": 30, "retry_first_ms": 50, "retry_max_ms": 400 });
        Answer::of(http().patch(provider.url("settings")).json(&quick)).await.ok();
        provider
    }

    pub(crate) fn url(&self, path: &str) -> String {
        format!("{}/_sim/{path}", self.simulator.url())
    }

    pub(crate) async fn post(&self, path: &str, body: Value) -> Value {
        Answer::of(http().post(self.url(path)).json(&body)).await.ok()
    }

    pub(crate) async fn get(&self, path: &str) -> Value {
        Answer::of(http().get(self.url(path))).await.ok()
    }

    /// A customer, by their id.
    pub(crate) async fn customer(&self, wa_id: &str) -> String {
        self.post("customers", json!({ "wa_id": wa_id, "name": format!("Customer {wa_id}") })).await["id"]
            .as_str()
            .unwrap()
            .to_owned()
    }

    pub(crate) async fn settled(&self) {
        eventually("the provider has delivered everything", async || {
            (self.get("healthz").await["pending_webhooks"] == 0).then_some(())
        })
        .await;
    }
}

#[tokio::test]
async fn simulator_a_conversation_from_the_handshake_to_the_ticks() {
    let app = TestApp::start().await;
    let provider = Provider::start(&app).await;
    assert_eq!(provider.post(&format!("numbers/{NUMBER}/verify"), json!({})).await["verified"], true);
    let agent = app.agent().await;
    let mut socket = agent.socket(None).await;
    let customer = provider.customer("447700900123").await;
    let sent =
        provider.post(&format!("customers/{customer}/send"), json!({ "text": "Olá, é o António 😀", "wait_ms": 5000 })).await;
    assert_eq!(sent["delivered"], true);
    let event = socket.expect("message.created", |data| data["message"]["text"] == "Olá, é o António 😀").await;
    let conversation: Uuid = event["data"]["conversation"]["id"].as_str().unwrap().parse().unwrap();
    assert_eq!(event["data"]["conversation"]["channel"]["id"], provider.channel.to_string());

    let body = json!({ "client_id": "1", "kind": "reply", "text": "Olá António", "reply_to": event["data"]["message"]["id"] });
    let reply = agent.post(&format!("/api/v1/conversations/{conversation}/messages"), body).await.ok();
    for status in ["sent", "delivered", "read"] {
        socket
            .expect("message.updated", |data| data["message"]["id"] == reply["id"] && data["message"]["status"] == status)
            .await;
    }
    let chat = provider.get(&format!("chats?customer={customer}")).await;
    let shown = chat["data"].as_array().unwrap();
    assert_eq!(shown.len(), 2);
    assert_eq!(shown[1]["reply_to"], sent["wamid"]);
    // Every kind of message the phone can send arrives.
    for sample in [
        "image",
        "voice",
        "audio",
        "video",
        "document",
        "sticker",
        "location",
        "contact",
        "reaction",
        "button_reply",
        "list_reply",
        "template_button",
        "order",
        "advert",
        "edit",
        "revoke",
        "unsupported",
    ] {
        let sent = provider.post(&format!("customers/{customer}/send"), json!({ "sample": sample, "wait_ms": 5000 })).await;
        assert_eq!(sent["delivered"], true, "{sample}");
    }
    // A reaction, an edit and a message taken back stand at the message they are about.
    assert_eq!(agent.messages(conversation).await.len(), 2 + 14);
    assert_eq!(
        app.probe.one::<i64>("select count(*) from webhook_element where fate not in ('stored', 'folded', 'duplicate')").await,
        0
    );
    provider.settled().await;
    provider.simulator.stop().await;
    app.finish().await;
}

#[tokio::test]
async fn simulator_whatever_goes_wrong_each_message_arrives_once() {
    let mut app = TestApp::with().nodes(2).start().await;
    let provider = Provider::start(&app).await;
    let agent = app.agent().await;
    for fault in [
        json!({ "kind": "webhook_duplicate", "percent": 25 }),
        json!({ "kind": "webhook_reorder", "percent": 15 }),
        json!({ "kind": "webhook_batch", "percent": 20, "size": 12, "ms": 150 }),
        json!({ "kind": "webhook_rebatched", "percent": 20 }),
        json!({ "kind": "webhook_delay", "percent": 10, "ms": 300 }),
        json!({ "kind": "signature_wrong", "percent": 5 }),
        json!({ "kind": "status_before_answer", "percent": 20 }),
        json!({ "kind": "statuses_reversed", "percent": 20 }),
        json!({ "kind": "delivered_missing", "percent": 10 }),
        json!({ "kind": "callback_data_missing", "percent": 30 }),
        json!({ "kind": "timestamps_ms", "percent": 20 }),
        // Few enough that the breaker stays closed.
        json!({ "kind": "answer_dropped", "percent": 6 }),
        json!({ "kind": "refuse", "code": 130429, "http": 429, "percent": 6 }),
    ] {
        provider.post("faults", fault).await;
    }
    const CUSTOMERS: usize = 6;
    const EACH: usize = 8;
    let customers = futures_util::future::join_all((0..CUSTOMERS).map(async |n| {
        let wa_id = format!("44770090100{n}");
        let id = provider.customer(&wa_id).await;
        let first = provider.post(&format!("customers/{id}/send"), json!({ "text": "first", "wait_ms": 8000 })).await;
        assert_eq!(first["delivered"], true);
        let conversation: Uuid = sqlx::query_scalar("select conversation_id from message where external_id = $1")
            .bind(first["wamid"].as_str().unwrap())
            .fetch_one(&app.probe.0)
            .await
            .unwrap();
        (id, conversation)
    }))
    .await;
    let at = [agent.at(&app.bases[0]), agent.at(&app.bases[1])];
    let talk = customers.iter().enumerate().map(|(n, (customer, conversation))| {
        let (provider, at) = (&provider, &at);
        async move {
            let mut said = Vec::new();
            for k in 0..EACH {
                let sent = provider.post(&format!("customers/{customer}/send"), json!({ "text": format!("{n}-{k}") })).await;
                said.push(sent["wamid"].as_str().unwrap().to_owned());
                at[(n + k) % 2].reply(*conversation, &format!("answer {n}-{k}")).await;
            }
            said
        }
    });
    let said: Vec<String> = futures_util::future::join_all(talk).await.into_iter().flatten().collect();
    eventually("nothing is on its way", async || {
        let open: i64 = app.probe.one("select count(*) from message where status = 'queued'").await;
        // Repeats that the fault for signatures spoils are not sent again, so only first deliveries count.
        let pending = provider.get("webhooks?pending=true").await;
        let pending = pending["data"].as_array().unwrap().iter().filter(|call| call["kind"] == "delivery").count();
        (open == 0 && pending == 0).then_some(())
    })
    .await;

    // In: each once.
    for wamid in &said {
        let count: i64 = sqlx::query_scalar("select count(*) from message where external_id = $1")
            .bind(wamid)
            .fetch_one(&app.probe.0)
            .await
            .unwrap();
        assert_eq!(count, 1, "{wamid}");
    }
    assert_eq!(app.probe.one::<i64>("select count(*) from conversation").await, CUSTOMERS as i64);
    // Out: each accepted once and known to have been, or marked as unknown.
    let sent = provider.get("sent").await["data"].as_array().unwrap().clone();
    assert!(sent.iter().all(|entry| entry["times_accepted"] == 1), "nothing twice");
    let ours: Vec<(Uuid, String)> = app.probe.all("select id, status from message where direction = 'out'").await;
    assert_eq!(ours.len(), CUSTOMERS * EACH);
    for (id, status) in &ours {
        let accepted = sent.iter().any(|entry| entry["biz_opaque_callback_data"] == format!("msg_{id}"));
        match status.as_str() {
            "sent" | "delivered" | "read" => assert!(accepted, "{id} {status}"),
            "unconfirmed" => assert!(accepted, "only a lost answer leaves a doubt here"),
            other => panic!("{id} is {other}"),
        }
    }
    // In order, as far as the provider took them.
    for (customer, _) in &customers {
        let texts: Vec<usize> = sent
            .iter()
            .filter(|entry| entry["customer"] == customer.as_str())
            .map(|entry| entry["body"]["text"]["body"].as_str().unwrap().rsplit_once('-').unwrap().1.parse().unwrap())
            .collect();
        assert!(texts.is_sorted(), "{customer}: {texts:?}");
    }
    provider.simulator.stop().await;
    app.stop_node(1).await;
    app.finish().await;
}

#[tokio::test]
async fn simulator_mail_that_max_sends_is_caught() {
    let simulator = Simulator::start(Options::default()).await.unwrap();
    let app = TestApp::with().smtp_url(&simulator.smtp_url()).start().await;
    let node = &app.nodes[0].app;
    let mailer = node.mailer.as_ref().expect("a mail server is set");
    let mail = |to: &str| Mail {
        id: node.new_id(),
        at: node.now(),
        to_name: "Léa Moreno".to_owned(),
        to_address: to.to_owned(),
        subject: "Bem-vinda 😀".to_owned(),
        text: format!("Olá Léa,\n\n.um ponto\n{}/welcome#abc\n", app.bases[0]),
    };
    mailer.send(&mail("lea@example.com")).await.unwrap();
    let fault = json!({ "kind": "mail_refuse", "count": 1 });
    Answer::of(http().post(format!("{}/_sim/faults", simulator.url())).json(&fault)).await.ok();
    let refused = mailer.send(&mail("gone@example.com")).await.unwrap_err();
    assert!(matches!(refused, MailError::Refused { code: 550, .. }), "{refused:?}");

    let caught = Answer::of(http().get(format!("{}/_sim/mails", simulator.url()))).await.ok();
    assert_eq!(caught["data"].as_array().unwrap().len(), 1);
    let caught = &caught["data"][0];
    assert_eq!((&caught["from"], &caught["to"]), (&json!("MAX <max@example.com>"), &json!(["lea@example.com"])));
    assert_eq!(caught["subject"], "Bem-vinda 😀");
    assert_eq!(caught["text"], mail("").text);
    simulator.stop().await;
    app.finish().await;
}

#[tokio::test]
async fn simulator_an_account_is_tried_before_it_is_saved() {
    let app = TestApp::start().await;
    let provider = Provider::start(&app).await;
    let admin = app.admin().await;
    let config = |account: &str| json!({ "phone_number_id": NUMBER, "business_account_id": account, "api_base": provider.simulator.url() });
    let credentials = |token: &str| json!({ "access_token": token, "app_secret": "sim-secret", "verify_token": "sim-verify" });
    let tried = async |body: Value| {
        let checks = admin.post("/api/v1/channels/check", body).await.ok()["checks"].clone();
        let ok: Vec<bool> = checks.as_array().unwrap().iter().map(|check| check["ok"].as_bool().unwrap()).collect();
        (ok, checks.to_string())
    };
    let whole = json!({ "kind": "whatsapp", "config": config(Channel::ACCOUNT), "credentials": credentials("sim-token") });
    let (ok, words) = tried(whole).await;
    assert_eq!(ok, [true, true, true], "{words}");
    assert!(words.contains("555 000 1111"), "{words}");

    let wrong = json!({ "kind": "whatsapp", "config": config(Channel::ACCOUNT), "credentials": credentials("stolen-token") });
    let (ok, words) = tried(wrong).await;
    assert_eq!(ok, [false, false, false], "{words}");
    assert!(words.contains("access token") && !words.contains("stolen-token"), "{words}");
    let (ok, words) =
        tried(json!({ "kind": "whatsapp", "config": config("900100200300499"), "credentials": credentials("sim-token") })).await;
    assert_eq!(ok[..2], [true, false], "{words}");

    // What a channel has need not be typed again, and goes nowhere but where the channel sends it.
    let known = json!({ "kind": "whatsapp", "config": config(Channel::ACCOUNT), "channel_id": provider.channel });
    assert_eq!(tried(known).await.0, [true, true, true]);
    let mut elsewhere = config(Channel::ACCOUNT);
    elsewhere["api_base"] = json!("https://elsewhere.example/v23.0");
    let body = json!({ "kind": "whatsapp", "config": elsewhere, "channel_id": provider.channel });
    assert!(admin.post("/api/v1/channels/check", body).await.fields().contains(&"credentials.access_token".to_owned()));
    let (path, moved) = (format!("/api/v1/channels/{}", provider.channel), json!({ "config": elsewhere }));
    assert_eq!(admin.patch(&path, moved.clone()).await.fields(), ["credentials"]);
    let mut whole = moved;
    whole["credentials"] = credentials("sim-token");
    admin.patch(&path, whole).await.ok();
    let nobody = json!({ "kind": "whatsapp", "config": config(Channel::ACCOUNT), "channel_id": Uuid::now_v7() });
    assert_eq!(admin.post("/api/v1/channels/check", nobody).await.fields(), ["channel_id"]);
    app.finish().await;
}

/// Files both ways, each with something that goes wrong once on its way.
#[tokio::test]
async fn simulator_files_arrive_whole_whatever_goes_wrong_once() {
    let app = TestApp::start().await;
    let provider = Provider::start(&app).await;
    let agent = app.agent().await;
    let faults = [
        json!({ "kind": "media_expired" }),
        json!({ "kind": "media_hash_wrong" }),
        json!({ "kind": "media_size_wrong" }),
        json!({ "kind": "media_refuse", "http": 500 }),
        json!({ "kind": "media_cut" }),
        json!({ "kind": "media_slow", "ms": 300 }),
    ];
    let arrived = faults.into_iter().enumerate().map(|(n, mut fault)| {
        let (app, provider, agent) = (&app, &provider, &agent);
        async move {
            let customer = provider.customer(&format!("44770090200{n}")).await;
            fault["customer"] = customer.as_str().into();
            fault["count"] = 1.into();
            provider.post("faults", fault.clone()).await;
            let bytes = files::png(200 + u32::try_from(n).unwrap(), 100);
            let url = provider.url(&format!("customers/{customer}/file?caption=Look&wait_ms=5000"));
            let sent = http().post(url).header("content-type", "image/png").body(bytes.clone());
            let sent = Answer::of(sent).await.ok();
            assert_eq!(sent["delivered"], true);
            let conversation: Uuid = sqlx::query_scalar("select conversation_id from message where external_id = $1")
                .bind(sent["wamid"].as_str().unwrap())
                .fetch_one(&app.probe.0)
                .await
                .unwrap();
            let file = eventually(&format!("the file arrives in spite of {fault}"), async || {
                let message = agent.messages(conversation).await.pop()?;
                Some(message["attachments"][0].clone()).filter(|file| file["state"] == "ready")
            })
            .await;
            assert_eq!(agent.get(file["url"].as_str().unwrap()).await.ok_bytes(), &bytes);
            (customer, conversation)
        }
    });
    let customers = futures_util::future::join_all(arrived.collect::<Vec<_>>()).await;
    // Back to one of them, past a refusal: the phone shows the very bytes, with the words.
    let (customer, conversation) = &customers[0];
    provider.post("faults", json!({ "kind": "upload_refuse", "code": 2, "http": 503, "count": 1 })).await;
    let bytes = files::jpeg(120, 80);
    let file = agent.uploads("answer.jpg", bytes.clone()).await;
    let body = json!({ "client_id": "1", "kind": "reply", "text": "Like this?", "media_ids": [file["id"]] });
    let said = agent.post(&format!("/api/v1/conversations/{conversation}/messages"), body).await.ok();
    app.probe.becomes(said["id"].as_str().unwrap().parse().unwrap(), "read").await;
    let chat = provider.get(&format!("chats?customer={customer}")).await;
    let shown = &chat["data"].as_array().unwrap().last().unwrap()["message"];
    assert_eq!((&shown["type"], &shown["image"]["caption"]), (&json!("image"), &json!("Like this?")), "{chat}");
    let kept = http().get(provider.url(&format!("media/{}", shown["image"]["id"].as_str().unwrap())));
    assert_eq!(Answer::of(kept).await.ok_bytes(), &bytes);
    provider.settled().await;
    provider.simulator.stop().await;
    app.finish().await;
}
