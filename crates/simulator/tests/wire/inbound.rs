//! What customers send: every type, user ids without phones, escaping, replies.

use reqwest::Method;
use serde_json::{Value, json};

use crate::harness::{AMARA, MEI_LING, NUMBER, SECRET, Stage, signature};

#[tokio::test]
async fn the_signature_has_its_known_answer() {
    let stage = Stage::new().await;
    // Given as JSON with real characters; the simulator must escape and sign exactly the bytes of the reference.
    let body = json!({ "object": "whatsapp_business_account", "entry": [{ "id": "900100200300400", "changes": [{
        "field": "messages", "value": { "messaging_product": "whatsapp",
        "metadata": { "display_phone_number": "15550001111", "phone_number_id": "700800900100200" },
        "contacts": [{ "profile": { "name": "Zoë Park" }, "wa_id": "15550002222" }],
        "messages": [{ "from": "15550002222", "id": "wamid.MAXDEMO0001", "timestamp": "1767225600", "type": "text",
            "text": { "body": "café 😀" } }] } }] }] });
    let answer = stage.control(Method::POST, "deliver", json!({ "phone_number_id": NUMBER, "body": body })).await;
    assert_eq!(answer["status"], 200);
    let call = &stage.calls()[0];
    assert_eq!(call.body.len(), 446);
    let text = std::str::from_utf8(&call.body).unwrap();
    assert!(text.contains(r"Zo\u00eb Park") && text.contains(r"caf\u00e9 \ud83d\ude00"), "{text}");
    assert_eq!(call.signature.as_deref(), Some("sha256=5d864b77d7dfe5e35c7444c1c4214b52a44486a93372639b2f14a3f3a70bb266"));
    assert_eq!(call.json, body);
}

#[tokio::test]
async fn a_text_with_a_phone() {
    let stage = Stage::new().await;
    let wamid = stage.customer_writes(AMARA, "Ça va?").await;
    let call = &stage.calls()[0];
    assert_eq!(call.signature, Some(signature(SECRET, &call.body)));
    assert!(call.body.is_ascii());
    let value = &call.json["entry"][0]["changes"][0]["value"];
    let message = &value["messages"][0];
    assert_eq!((&message["from"], &message["id"], &message["text"]["body"]), (&json!(AMARA), &json!(wamid), &json!("Ça va?")));
    assert_eq!(value["contacts"][0]["profile"]["name"], "Amara Okafor");
    assert_eq!(value["contacts"][0]["user_id"], message["from_user_id"], "phones have user ids as well");
    assert!(message["from_user_id"].as_str().unwrap().starts_with("GB."));
    stage.settings(json!({ "user_ids": false })).await;
    stage.customer_writes(AMARA, "as before").await;
    let message = &stage.elements("messages")[1];
    assert!(message.get("from_user_id").is_none());
    let webhooks = stage.control(Method::GET, &format!("webhooks?wamid={}", wamid.replace('+', "%2B")), Value::Null).await;
    assert_eq!((&webhooks["data"][0]["acked"], &webhooks["data"][0]["contents"]), (&json!(true), &json!(["message:text"])));
}

#[tokio::test]
async fn somebody_without_a_phone() {
    let stage = Stage::new().await;
    stage.customer_writes(MEI_LING, "hello").await;
    let call = stage.calls()[0].json.clone();
    let value = &call["entry"][0]["changes"][0]["value"];
    assert!(value["messages"][0].get("from").is_none());
    assert_eq!(value["messages"][0]["from_user_id"], MEI_LING);
    assert_eq!(
        value["contacts"][0],
        json!({ "profile": { "name": "Mei-Ling Chua", "username": "meiling" }, "user_id": MEI_LING })
    );

    let (status, answer) = stage.send(json!({ "recipient": MEI_LING, "text": { "body": "Hi" } })).await;
    assert_eq!((status, &answer["contacts"][0]), (200, &json!({ "input": MEI_LING, "user_id": MEI_LING })));
    stage.until_statuses(&["sent", "delivered", "read"]).await;
    let status = &stage.elements("statuses")[0];
    assert_eq!(status["recipient_user_id"], MEI_LING);
    assert!(status.get("recipient_id").is_none());

    stage.control(Method::PATCH, &format!("customers/{MEI_LING}"), json!({ "user_id_in_from": true })).await;
    stage.customer_writes(MEI_LING, "again").await;
    let message = &stage.elements("messages")[1];
    assert_eq!(message["from"], MEI_LING, "the id may stand where the phone should");
}

#[tokio::test]
async fn parent_ids_and_new_customers() {
    let stage = Stage::new().await;
    let new = json!({ "user_id": "US.70011223344556677", "parent_user_id": "US.ENT.889900", "name": "Jo", "username": "@jo" });
    stage.control(Method::POST, "customers", new.clone()).await;
    assert_eq!(stage.try_control(Method::POST, "customers", new).await.0, 400, "twice");
    assert_eq!(stage.try_control(Method::POST, "customers", json!({ "wa_id": "12" })).await.0, 400);
    assert_eq!(stage.try_control(Method::POST, "customers", json!({ "nome": "Jo" })).await.0, 400, "a misspelt field");
    stage.customer_writes("US.70011223344556677", "hi").await;
    let call = stage.calls()[0].json.clone();
    let value = &call["entry"][0]["changes"][0]["value"];
    assert_eq!(value["messages"][0]["from_parent_user_id"], "US.ENT.889900");
    assert_eq!(
        (&value["contacts"][0]["parent_user_id"], &value["contacts"][0]["profile"]["username"]),
        (&json!("US.ENT.889900"), &json!("jo"))
    );
    let invented = stage.control(Method::POST, "customers", json!({ "name": "Invented" })).await;
    assert!(invented["wa_id"].as_str().unwrap().starts_with("447700900"));
}

#[tokio::test]
async fn every_sample_arrives_with_its_object() {
    let stage = Stage::new().await;
    let own = stage.customer_writes(AMARA, "first").await;
    let theirs = stage.send_text(AMARA, "answer").await;
    stage.until("delivery", |stage| stage.statuses().len() == 3).await;
    let state: Value =
        stage.http.get(format!("{}/_sim/state", stage.simulator.url())).send().await.unwrap().json().await.unwrap();
    for name in state["samples"].as_array().unwrap() {
        let answer =
            stage.control(Method::POST, &format!("customers/{AMARA}/send"), json!({ "sample": name, "wait_ms": 5000 })).await;
        assert_eq!(answer["delivered"], true, "{name}");
        let message = stage.elements("messages").pop().unwrap();
        let kind = message["type"].as_str().unwrap();
        assert!(!message[kind].is_null(), "{message}");
        match name.as_str().unwrap() {
            "image" => assert_eq!(message["image"]["mime_type"], "image/png"),
            "voice" => assert_eq!(
                (&message["audio"]["voice"], &message["audio"]["mime_type"]),
                (&json!(true), &json!("audio/ogg; codecs=opus"))
            ),
            "reaction" => assert_eq!(message["reaction"]["message_id"], theirs),
            "button_reply" => assert_eq!(message["context"], json!({ "from": "15550001111", "id": theirs })),
            "unsupported" => assert_eq!(message["errors"][0]["code"], 131_051),
            "reaction_removed" => assert!(message["reaction"].get("emoji").is_none()),
            "forwarded" => assert_eq!(message["context"], json!({ "frequently_forwarded": true })),
            "number_change" => {
                assert_eq!(message["from"], AMARA, "the old number says it");
                let phone = message["system"]["wa_id"].as_str().unwrap();
                assert!(message["system"]["body"].as_str().unwrap().ends_with(phone));
                stage.customer_writes(AMARA, "from my new number").await;
                assert_eq!(stage.elements("messages").pop().unwrap()["from"], phone);
            }
            "id_change" => {
                assert_eq!(message["system"]["previous_user_id"], message["from_user_id"]);
                stage.customer_writes(AMARA, "still me").await;
                assert_eq!(stage.elements("messages").pop().unwrap()["from_user_id"], message["system"]["user_id"]);
            }
            "edit" => assert_ne!(message["edit"]["original_message_id"], own, "the last one is edited"),
            _ => {}
        }
    }
}

#[tokio::test]
async fn raw_messages_replies_and_raw_bodies() {
    let stage = Stage::new().await;
    let own = stage.customer_writes(AMARA, "one").await;
    let path = format!("customers/{AMARA}/send");
    stage.control(Method::POST, &path, json!({ "text": "as I said", "reply_to": own, "wait_ms": 5000 })).await;
    let odd =
        json!({ "type": "hologram", "hologram": { "depth": 3 }, "id": "wamid.FIXED", "timestamp": "1767225600", "from": null });
    stage.control(Method::POST, &path, json!({ "message": odd, "wait_ms": 5000 })).await;
    let messages = stage.elements("messages");
    assert_eq!(messages[1]["context"], json!({ "from": AMARA, "id": own }));
    assert_eq!(
        (&messages[2]["id"], &messages[2]["timestamp"], &messages[2]["hologram"]["depth"]),
        (&json!("wamid.FIXED"), &json!("1767225600"), &json!(3))
    );
    assert!(messages[2].get("from").is_none());
    assert_eq!(stage.try_control(Method::POST, &path, json!({ "text": "a", "sample": "image" })).await.0, 400);
    assert_eq!(stage.try_control(Method::POST, &path, json!({ "sample": "nonsense" })).await.0, 400);
    assert_eq!(stage.try_control(Method::POST, "customers/1234567/send", json!({ "text": "a" })).await.0, 404);

    stage.inbox.lock().unwrap().answers.push_back(403);
    let trouble = json!({ "errors": [{ "code": 130_429, "title": "Rate limit hit" }] });
    let answer = stage.control(Method::POST, "deliver", json!({ "body": trouble, "signature": "wrong" })).await;
    assert_eq!(answer["status"], 403);
    let call = stage.calls().pop().unwrap();
    assert_ne!(call.signature, Some(signature(SECRET, &call.body)));
    assert_eq!(call.json["entry"][0]["changes"][0]["value"]["metadata"]["phone_number_id"], NUMBER);
    stage.control(Method::POST, "deliver", json!({ "body": "not json", "signature": "missing" })).await;
    let call = stage.calls().pop().unwrap();
    assert_eq!((call.signature, &call.body[..]), (None, b"not json".as_slice()));
    let update = json!({ "body": { "event": "APPROVED" }, "field": "message_template_status_update" });
    stage.control(Method::POST, "deliver", update).await;
    let change = stage.calls().pop().unwrap().json["entry"][0]["changes"][0].clone();
    assert_eq!(change, json!({ "field": "message_template_status_update", "value": { "event": "APPROVED" } }));
}
