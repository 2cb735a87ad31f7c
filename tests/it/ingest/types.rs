//! Every kind of message a customer can send becomes something an agent can see.

use serde_json::{Value, json};
use tests::{TestApp, webhook};

const WHO: &str = "15550002222";

/// Type, the part beside the common one, and what an agent sees of it at least.
fn kinds() -> Vec<(&'static str, Value, &'static str)> {
    let media = |id: &str, mime: &str| json!({ "id": id, "mime_type": mime, "sha256": "c2hh" });
    let with = |mut value: Value, more: Value| {
        value.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        value
    };
    let tapped = |kind: &str, body: Value| json!({ "type": kind, kind: body });
    vec![
        ("text", json!({ "body": "Is it in stock?" }), "Is it in stock?"),
        ("image", with(media("m1", "image/jpeg"), json!({ "caption": "broken part" })), "broken part"),
        ("image", media("m1b", "image/jpeg"), ""),
        ("video", media("m2", "video/mp4"), ""),
        ("document", with(media("m3", "application/pdf"), json!({ "filename": "invoice.pdf" })), "invoice.pdf"),
        ("audio", with(media("m4", "audio/ogg; codecs=opus"), json!({ "voice": true })), ""),
        ("audio", with(media("m5", "audio/mpeg"), json!({ "voice": false })), ""),
        ("voice", media("m6", "audio/ogg"), ""),
        ("sticker", with(media("m7", "image/webp"), json!({ "animated": false })), ""),
        (
            "location",
            json!({ "latitude": -23.5, "longitude": -46.6, "name": "Depot", "address": "Rua A 1", "url": "https://maps.example" }),
            "Depot",
        ),
        ("location", json!({ "latitude": -23.5, "longitude": -46.6 }), ""),
        (
            "contacts",
            json!([{ "name": { "formatted_name": "Bo Li", "first_name": "Bo" }, "phones": [{ "phone": "+1 555", "wa_id": "1555", "type": "CELL" }], "birthday": "2001-01-31" }]),
            "Bo Li",
        ),
        ("interactive", tapped("button_reply", json!({ "id": "btn-1", "title": "Yes" })), "Yes"),
        ("interactive", tapped("list_reply", json!({ "id": "row-3", "title": "Billing", "description": "Invoices" })), "Billing"),
        (
            "interactive",
            tapped(
                "nfm_reply",
                json!({ "name": "flow", "body": "Sent", "response_json": "{\"flow_token\":\"t9\",\"rating\":\"4\"}" }),
            ),
            "Sent",
        ),
        (
            "interactive",
            tapped("nfm_reply", json!({ "name": "address_message", "body": "Sent", "response_json": "not an object" })),
            "Sent",
        ),
        (
            "interactive",
            tapped(
                "call_permission_reply",
                json!({ "response": "accept", "expiration_timestamp": 1_767_830_400, "response_source": "user_action" }),
            ),
            "Calls allowed",
        ),
        ("interactive", tapped("hologram_reply", json!({ "id": "new" })), ""),
        ("button", json!({ "payload": "STOP_PROMO", "text": "Stop promotions" }), "Stop promotions"),
        ("reaction", json!({ "message_id": "wamid.TARGET", "emoji": "🙏" }), "🙏"),
        ("reaction", json!({ "message_id": "wamid.TARGET", "emoji": "" }), ""),
        ("reaction", json!({ "message_id": "wamid.TARGET" }), ""),
        (
            "order",
            json!({ "catalog_id": "c1", "text": "", "product_items": [{ "product_retailer_id": "SKU1", "quantity": 2, "item_price": 30, "currency": "BRL" }] }),
            "",
        ),
        ("system", json!({ "type": "customer_identity_changed", "body": "New device" }), "New device"),
        (
            "edit",
            json!({ "original_message_id": "wamid.O", "message": { "type": "text", "text": { "body": "new words" } } }),
            "new words",
        ),
        ("revoke", json!({ "original_message_id": "wamid.O" }), ""),
        ("request_welcome", json!({}), ""),
        ("unsupported", json!({ "type": "poll" }), ""),
        ("unknown", json!({}), ""),
        ("holography", json!({ "depth": 3 }), ""),
        // Typed objects that are missing or not what they should be.
        ("image", Value::Null, ""),
        ("text", json!({ "body": 7 }), ""),
        ("location", json!({ "latitude": 400, "longitude": 0 }), ""),
        ("contacts", json!([]), ""),
    ]
}

#[tokio::test]
async fn ingest_every_type_becomes_a_visible_message() {
    let app = TestApp::start().await;
    let agent = app.agent().await;
    let kinds = kinds();
    let messages: Vec<Value> = kinds
        .iter()
        .enumerate()
        .map(|(n, (kind, body, _))| {
            let mut message = webhook::message(WHO, &format!("t{n}"), app.unix(), kind, body.clone());
            if body.is_null() {
                message.as_object_mut().unwrap().remove(*kind);
            }
            message
        })
        .collect();
    app.deliver_messages(WHO, &messages).await.ok_text();
    assert_eq!(app.probe.fates().await, vec!["message stored"; kinds.len()]);

    let shown = agent.messages(app.probe.conversation_of(WHO).await).await;
    assert_eq!(shown.len(), kinds.len());
    for (shown, (kind, body, words)) in shown.iter().zip(&kinds) {
        let preview = shown["preview"].as_str().unwrap();
        assert!(!preview.trim().is_empty() && preview.contains(words), "{kind} {body}: {shown}");
        assert!(shown["content"]["type"].is_string(), "{shown}");
        assert_eq!(shown["status"], "received");
    }
    let types: Vec<_> = shown.iter().map(|m| m["content"]["type"].as_str().unwrap()).collect();
    for known in
        ["text", "media", "location", "contacts", "choice", "reaction", "order", "edit", "revoke", "notice", "unsupported"]
    {
        assert!(types.contains(&known), "{known} among {types:?}");
    }
    app.finish().await;
}

#[tokio::test]
async fn ingest_quotes_forwards_and_advertisements_are_kept() {
    let app = TestApp::start().await;
    let agent = app.agent().await;
    app.say(WHO, "the first").await;
    let first: String = app.probe.one("select external_id from message").await;
    let answering = |id: &str, context: Value| {
        let mut message = webhook::text(WHO, id, app.unix(), id);
        message["context"] = context;
        message
    };
    let mut advert = webhook::text(WHO, "advert", app.unix(), "from an advertisement");
    advert["referral"] =
        json!({ "source_url": "https://fb.me/x", "source_id": "1", "source_type": "ad", "headline": "Cheap transfers" });
    app.deliver_messages(
        WHO,
        &[
            answering("quoting", json!({ "from": "15550001111", "id": first })),
            answering("quoting nobody", json!({ "from": "15550001111", "id": "wamid.UNKNOWN" })),
            answering("forwarded", json!({ "forwarded": true })),
            advert,
        ],
    )
    .await
    .ok_text();
    let shown = agent.messages(app.probe.conversation_of(WHO).await).await;
    assert_eq!(shown[1]["reply_to"], json!({ "id": shown[0]["id"], "preview": "the first" }));
    assert_eq!(shown[2]["reply_to"], json!({ "id": null, "preview": null }), "unavailable, and said so");
    assert_eq!(shown[3]["reply_to"], Value::Null);
    assert_eq!((&shown[2]["forwarded"], &shown[2]["referral"]), (&json!(false), &Value::Null));
    assert_eq!(shown[3]["forwarded"], true);
    assert_eq!(
        (&shown[4]["referral"]["source_type"], &shown[4]["referral"]["headline"]),
        (&json!("ad"), &json!("Cheap transfers"))
    );

    // An agent's answer quotes over the wire.
    let id = app.probe.conversation_of(WHO).await;
    let body = json!({ "client_id": "q", "kind": "reply", "text": "about that", "reply_to": shown[0]["id"] });
    let reply = agent.post(&format!("/api/v1/conversations/{id}/messages"), body).await.ok();
    assert_eq!(reply["reply_to"]["preview"], "the first");
    assert_eq!(app.graph.call("about that").await.body["context"]["message_id"], first.as_str());
    app.finish().await;
}

#[tokio::test]
async fn ingest_people_are_their_ids_not_their_numbers() {
    let app = TestApp::start().await;
    let agent = app.agent().await;
    // Somebody with a user id only, and a name of their own choice.
    let contact = json!({ "profile": { "name": "Mei", "username": "mei.chua" }, "user_id": "SG.70011223344556677" });
    let message = json!({ "from_user_id": "SG.70011223344556677", "id": "b1", "timestamp": app.unix().to_string(), "type": "text", "text": { "body": "no number here" } });
    app.deliver(&app.envelope(&[contact], &[message], &[])).await.ok_text();
    let id = app.probe.conversation_of("SG.70011223344556677").await;
    let conversation = agent.conversation(id).await;
    assert_eq!((&conversation["contact"]["phone"], &conversation["contact"]["username"]), (&Value::Null, &json!("mei.chua")));
    assert_eq!(conversation["contact"]["name"], "Mei");
    agent.reply(id, "by user id").await;
    let call = app.graph.call("by user id").await;
    assert_eq!(call.body["recipient"], "SG.70011223344556677");
    assert!(call.body.get("to").is_none());
    // An older shape: the user id where a number used to be, and no contacts at all.
    let message = webhook::text("SG.70011223344556677", "b2", app.unix(), "again");
    app.deliver(&app.envelope(&[], &[message], &[])).await.ok_text();
    assert_eq!(agent.messages(id).await.len(), 3);
    assert_eq!(agent.conversation(id).await["contact"]["name"], "Mei", "a delivery without a name takes none away");

    // Somebody known by number who gets a user id is the same person; from then on by either.
    app.say(WHO, "with my number").await;
    let both = json!({ "profile": { "name": "Zoë" }, "wa_id": WHO, "user_id": "US.1" });
    let message = json!({ "from": WHO, "from_user_id": "US.1", "id": "c1", "timestamp": app.unix().to_string(), "type": "text", "text": { "body": "with both" } });
    app.deliver(&app.envelope(&[both], &[message], &[])).await.ok_text();
    let message = json!({ "from_user_id": "US.1", "id": "c2", "timestamp": app.unix().to_string(), "type": "text", "text": { "body": "with the id" } });
    app.deliver(&app.envelope(&[], &[message], &[])).await.ok_text();
    let id = app.probe.conversation_of(WHO).await;
    let texts: Vec<_> = agent.messages(id).await.iter().map(|m| m["text"].as_str().unwrap().to_owned()).collect();
    assert_eq!(texts, ["with my number", "with both", "with the id"]);
    assert_eq!(agent.conversation(id).await["contact"]["name"], "Zoë");
    app.finish().await;
}

#[tokio::test]
async fn ingest_a_new_number_keeps_the_conversation() {
    let app = TestApp::start().await;
    let agent = app.agent().await;
    let id = app.opens(WHO).await;
    let notice = webhook::message(
        WHO,
        "n1",
        app.unix(),
        "system",
        json!({ "type": "user_changed_number", "body": "User Zo changed from 15550002222 to 15550003333", "wa_id": "15550003333" }),
    );
    let delivery = app.envelope(&[], &[notice], &[]);
    app.deliver(&delivery).await.ok_text();
    app.deliver(&delivery).await.ok_text();
    app.say("15550003333", "me again").await;
    assert_eq!(app.probe.conversation_of("15550003333").await, id);
    let shown = agent.messages(id).await;
    let previews: Vec<_> = shown.iter().map(|m| m["preview"].as_str().unwrap()).collect();
    assert_eq!(previews, ["Hello, is anybody there?", "User Zo changed from 15550002222 to 15550003333", "me again"]);
    assert_eq!(shown[1]["content"]["type"], "notice");
    assert_eq!(agent.conversation(id).await["contact"]["phone"], "+15550003333");
    agent.reply(id, "to the new number").await;
    assert_eq!(app.graph.call("to the new number").await.body["to"], "15550003333");
    assert_eq!(app.probe.one::<i64>("select count(*) from contact").await, 1);

    // Never onto an identity that somebody else has.
    let other = app.opens("15550004444").await;
    let theft = webhook::message(
        "15550003333",
        "n2",
        app.unix(),
        "system",
        json!({ "type": "user_changed_number", "body": "moved", "wa_id": "15550004444" }),
    );
    app.deliver(&app.envelope(&[], &[theft], &[])).await.ok_text();
    app.say("15550003333", "still me").await;
    app.say("15550004444", "still the other").await;
    assert_eq!(app.probe.conversation_of("15550003333").await, id);
    assert_eq!(app.probe.conversation_of("15550004444").await, other);
    // Of somebody nobody knows.
    let unknown = webhook::message(
        "15550009999",
        "n3",
        app.unix(),
        "system",
        json!({ "type": "user_changed_number", "body": "?", "wa_id": "15550009998" }),
    );
    app.deliver(&app.envelope(&[], &[unknown], &[])).await.ok_text();
    assert_eq!(app.probe.one::<i64>("select count(*) from contact").await, 2);
    app.finish().await;
}
