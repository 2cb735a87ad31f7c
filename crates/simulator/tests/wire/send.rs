//! `POST /{phone-number-id}/messages`: acceptance, every refusal, the window, the ledger.

use reqwest::Method;
use serde_json::{Value, json};

use crate::harness::{AMARA, MEI_LING, NUMBER, Stage, TOKEN, WABA, whole};

#[tokio::test]
async fn an_accepted_text_is_sent_delivered_and_read() {
    let stage = Stage::new().await;
    stage.open_window().await;
    let url = format!("{}/v25.0/{NUMBER}/messages", stage.simulator.url());
    let body =
        whole(json!({ "to": "+44 7700 900142", "recipient_type": "individual", "text": { "body": "Hi", "preview_url": false },
        "biz_opaque_callback_data": "msg_1" }));
    let response = stage.http.post(url).bearer_auth(TOKEN).json(&body).send().await.unwrap();
    assert_eq!(response.status(), 200);
    assert_eq!(response.headers()["facebook-api-version"], "v25.0");
    assert!(response.headers().contains_key("x-fb-trace-id") && response.headers().contains_key("x-app-usage"));
    let answer: Value = response.json().await.unwrap();
    let wamid = answer["messages"][0]["id"].as_str().unwrap();
    assert_eq!(
        answer,
        json!({ "messaging_product": "whatsapp", "contacts": [{ "input": "+44 7700 900142", "wa_id": AMARA }],
            "messages": [{ "id": wamid }] })
    );
    stage.until_statuses(&["sent", "delivered", "read"]).await;
    let statuses = stage.elements("statuses");
    for status in &statuses {
        assert_eq!((&status["id"], &status["recipient_id"]), (&json!(wamid), &json!(AMARA)));
        assert_eq!(status["biz_opaque_callback_data"], "msg_1");
        assert!(status["timestamp"].as_str().unwrap().parse::<i64>().unwrap() < 100_000_000_000, "seconds");
        assert!(status.get("recipient_user_id").is_none());
    }
    assert!(statuses[0]["conversation"]["expiration_timestamp"].is_string());
    assert_eq!(statuses[1]["conversation"]["origin"]["type"], "service");
    assert!(statuses[1]["conversation"].get("expiration_timestamp").is_none());
    assert_eq!(
        statuses[0]["pricing"],
        json!({ "billable": false, "pricing_model": "PMP", "type": "free_customer_service", "category": "service" })
    );
    let call = &stage.calls()[0].json;
    assert_eq!(call["entry"][0]["id"], WABA);
    assert_eq!(
        call["entry"][0]["changes"][0]["value"]["metadata"],
        json!({ "display_phone_number": "15550001111", "phone_number_id": NUMBER })
    );
    assert_eq!(call["entry"][0]["changes"][0]["value"]["contacts"][0]["wa_id"], AMARA);

    let sent = stage.control(Method::GET, &format!("sent?phone_number_id={NUMBER}"), Value::Null).await;
    assert_eq!(sent["data"][0]["wamid"], wamid);
    assert_eq!(sent["data"][0]["times_accepted"], 1);
    assert_eq!(sent["data"][0]["body"]["text"]["body"], "Hi");
}

#[tokio::test]
async fn tokens_numbers_and_paths_are_checked() {
    let stage = Stage::new().await;
    let base = format!("{}/v23.0", stage.simulator.url());
    let body = whole(json!({ "text": { "body": "Hi" } }));
    for request in [
        stage.http.post(format!("{base}/{NUMBER}/messages")),
        stage.http.post(format!("{base}/{NUMBER}/messages")).bearer_auth("x"),
    ] {
        let response = request.json(&body).send().await.unwrap();
        assert_eq!(response.status(), 401);
        let error: Value = response.json().await.unwrap();
        assert_eq!((&error["error"]["code"], &error["error"]["type"]), (&json!(190), &json!("OAuthException")));
        assert!(error["error"]["fbtrace_id"].as_str().unwrap().starts_with('A'));
    }
    let (status, answer) = stage.graph(Method::POST, "123/messages", body.clone()).await;
    assert_eq!((status, &answer["error"]["code"], &answer["error"]["error_subcode"]), (400, &json!(100), &json!(33)));
    assert_eq!(answer["error"]["type"], "GraphMethodException");
    let unversioned = stage.http.post(format!("{}/{NUMBER}/messages", stage.simulator.url())).bearer_auth(TOKEN).json(&body);
    assert_eq!(unversioned.send().await.unwrap().status(), 400);

    stage.control(Method::POST, "numbers", json!({ "phone_number_id": "555", "access_token": TOKEN })).await;
    stage.control(Method::DELETE, &format!("numbers/{NUMBER}"), Value::Null).await;
    let (status, answer) = stage.graph(Method::POST, &format!("{NUMBER}/messages"), body).await;
    assert_eq!((status, &answer["error"]["code"]), (400, &json!(33)), "a deleted number");
}

#[tokio::test]
async fn what_is_not_valid_is_refused_with_the_right_code() {
    let stage = Stage::new().await;
    stage.open_window().await;
    let button = |id: &str, title: &str| json!({ "type": "reply", "reply": { "id": id, "title": title } });
    let buttons = |list: Vec<Value>| {
        json!({ "type": "interactive",
            "interactive": { "type": "button", "body": { "text": "Choose" }, "action": { "buttons": list } } })
    };
    let rows = |count: usize| {
        let rows: Vec<Value> = (0..count).map(|n| json!({ "id": format!("r{n}"), "title": format!("Row {n}") })).collect();
        json!({ "type": "interactive", "interactive": { "type": "list", "body": { "text": "Choose" },
            "action": { "button": "Open", "sections": [{ "rows": rows }] } } })
    };
    let location = |latitude: Value| json!({ "type": "location", "location": { "latitude": latitude, "longitude": 0 } });
    let refused = [
        (100, json!({ "messaging_product": null, "text": { "body": "x" } })),
        (100, json!({ "messaging_product": "sms", "text": { "body": "x" } })),
        (100, json!({ "to": null, "text": { "body": "x" } })),
        (100, json!({ "to": 447_700_900_142_i64, "text": { "body": "x" } })),
        (131_009, json!({ "to": "nobody", "text": { "body": "x" } })),
        (131_009, json!({ "to": "123", "text": { "body": "x" } })),
        (131_021, json!({ "to": "15550001111", "text": { "body": "x" } })),
        (131_009, json!({ "recipient": "nobody", "text": { "body": "x" } })),
        (131_026, json!({ "recipient": "US.1", "text": { "body": "x" } })),
        (100, json!({ "recipient_type": "crowd", "text": { "body": "x" } })),
        (100, json!({ "type": "telepathy", "text": { "body": "x" } })),
        (131_008, json!({ "type": "text" })),
        (131_008, json!({ "text": {} })),
        (100, json!({ "text": { "body": "" } })),
        (100, json!({ "text": "x" })),
        (100, json!({ "text": { "body": "x".repeat(4097) } })),
        (100, json!({ "text": { "body": "x", "colour": "red" } })),
        (100, json!({ "text": { "body": "x", "preview_url": "yes" } })),
        (131_009, json!({ "text": { "body": "x" }, "context": { "message_id": "17" } })),
        (131_008, json!({ "text": { "body": "x" }, "context": {} })),
        (100, json!({ "text": { "body": "x" }, "biz_opaque_callback_data": "x".repeat(513) })),
        (131_008, json!({ "type": "image", "image": {} })),
        (131_009, json!({ "type": "image", "image": { "id": "1", "link": "https://example.com/a.png" } })),
        (100, json!({ "type": "image", "image": { "link": "ftp://example.com/a.png" } })),
        (131_009, json!({ "type": "image", "image": { "id": "1" } })),
        (100, json!({ "type": "image", "image": { "link": "https://example.com/a.png", "caption": "x".repeat(1025) } })),
        (100, json!({ "type": "audio", "audio": { "link": "https://example.com/a.ogg", "caption": "x" } })),
        (131_008, json!({ "type": "reaction", "reaction": { "message_id": "wamid.A" } })),
        (131_009, json!({ "type": "reaction", "reaction": { "message_id": "wamid.A", "emoji": "ok" } })),
        (131_009, location(json!("north"))),
        (131_009, location(json!(91))),
        (131_009, json!({ "type": "contacts", "contacts": [] })),
        (131_008, json!({ "type": "contacts", "contacts": [{ "phones": [] }] })),
        (131_009, buttons(vec![])),
        (131_009, buttons(["a", "b", "c", "d"].map(|id| button(id, id)).to_vec())),
        (131_009, buttons(vec![button("a", &"x".repeat(21))])),
        (131_009, buttons(vec![button("a", "One"), button("a", "Two")])),
        (131_009, rows(0)),
        (131_009, rows(11)),
        (132_001, json!({ "type": "template", "template": { "name": "nonesuch", "language": { "code": "en_US" } } })),
        (132_001, json!({ "type": "template", "template": { "name": "hello_world", "language": { "code": "de" } } })),
        (131_008, json!({ "type": "template", "template": { "name": "hello_world" } })),
        (131_008, json!({ "status": "read" })),
        (131_009, json!({ "status": "read", "message_id": "wamid.NONE" })),
        (100, json!({ "status": "eaten", "message_id": "wamid.NONE" })),
    ];
    for (code, body) in refused {
        let (status, answer) = stage.send(body.clone()).await;
        let error = &answer["error"];
        assert_eq!(error["code"], code, "{body} gave {answer}");
        assert_eq!(status, if code == 132_001 { 404 } else { 400 }, "{body}");
        assert_eq!(error["type"], "OAuthException");
        assert!(error["message"].as_str().unwrap().starts_with(&format!("(#{code}) ")), "{answer}");
        if code != 100 {
            assert_eq!(error["error_data"]["messaging_product"], "whatsapp");
            assert!(!error["error_data"]["details"].as_str().unwrap().is_empty());
        }
    }
    assert!(stage.control(Method::GET, "sent", Value::Null).await["data"].as_array().unwrap().is_empty());
}

#[tokio::test]
async fn limits_count_characters_and_every_type_passes() {
    let stage = Stage::new().await;
    let question = stage.customer_writes(AMARA, "Is it in stock?").await;
    let accepted = [
        json!({ "text": { "body": "é".repeat(4096) }, "context": { "message_id": question },
            "biz_opaque_callback_data": "ü".repeat(512) }),
        json!({ "type": "image", "image": { "link": "https://example.com/a.png", "caption": "é".repeat(1024) } }),
        json!({ "type": "document", "document": { "link": "https://example.com/a.pdf", "filename": "a.pdf" } }),
        json!({ "type": "location", "location": { "latitude": "-23.5", "longitude": -46.6, "name": "Depot" } }),
        json!({ "type": "contacts", "contacts": [{ "name": { "formatted_name": "Bo Li" } }] }),
        json!({ "type": "reaction", "reaction": { "message_id": question, "emoji": "👍🏽" } }),
        json!({ "type": "reaction", "reaction": { "message_id": question, "emoji": "" } }),
        json!({ "type": "template", "template": { "name": "hello_world", "language": { "code": "en_US" } } }),
        json!({ "type": "interactive", "interactive": { "type": "cta_url", "body": { "text": "See" },
            "action": { "name": "cta_url", "parameters": { "display_text": "Open", "url": "https://example.com" } } } }),
    ];
    for body in accepted {
        let (status, answer) = stage.send(body.clone()).await;
        assert_eq!(status, 200, "{body} gave {answer}");
    }
    let (_, answer) = stage.send(json!({ "to": AMARA, "recipient": MEI_LING, "text": { "body": "for Amara" } })).await;
    assert_eq!(answer["contacts"][0]["wa_id"], AMARA, "`to` wins over `recipient`");
}

#[tokio::test]
async fn the_window_closes_after_24_hours_of_the_virtual_clock() {
    let stage = Stage::new().await;
    stage.open_window().await;
    stage.control(Method::POST, "clock", json!({ "advance_seconds": 24 * 3600 - 60 })).await;
    stage.send_text(AMARA, "still open").await;
    stage.until_statuses(&["sent", "delivered", "read"]).await;
    stage.control(Method::POST, "clock", json!({ "advance_seconds": 61 })).await;
    stage.inbox.lock().unwrap().calls.clear();
    let wamid = stage.send_text(AMARA, "too late").await;
    stage.until_statuses(&["failed"]).await;
    let call = stage.calls()[0].json.clone();
    let value = &call["entry"][0]["changes"][0]["value"];
    assert!(value.get("contacts").is_none(), "failed comes without contacts");
    let status = &value["statuses"][0];
    assert_eq!((&status["id"], &status["errors"][0]["code"]), (&json!(wamid), &json!(131_047)));
    assert_eq!(status["biz_opaque_callback_data"], "too late");
    assert!(status["errors"][0]["title"].is_string() && status["errors"][0]["error_data"]["details"].is_string());
    assert!(status.get("conversation").is_none() && status.get("pricing").is_none());

    stage.fault(json!({ "kind": "window_sync" })).await;
    let (status, answer) = stage.send(json!({ "text": { "body": "too late" } })).await;
    assert_eq!((status, &answer["error"]["code"]), (400, &json!(131_047)));
    let template = json!({ "type": "template", "template": { "name": "hello_world", "language": { "code": "en_US" } } });
    let (status, answer) = stage.send(template).await;
    assert_eq!((status, &answer["messages"][0]["message_status"]), (200, &json!("accepted")), "templates pass a closed window");

    stage.control(Method::POST, &format!("customers/{AMARA}/send"), json!({ "text": "I am back", "wait_ms": 5000 })).await;
    assert_eq!(stage.send(json!({ "text": { "body": "Welcome" } })).await.0, 200, "writing opens it again");
}

#[tokio::test]
async fn the_pace_limits_hold_when_switched_on() {
    let stage = Stage::new().await;
    stage.open_window().await;
    stage.settings(json!({ "enforce_throughput": true, "throughput_per_second": 2 })).await;
    let mut codes = Vec::new();
    for _ in 0..3 {
        codes.push(stage.send(json!({ "text": { "body": "x" } })).await.1["error"]["code"].clone());
    }
    assert!(codes.contains(&json!(130_429)), "{codes:?}");
    stage.settings(json!({ "enforce_throughput": false, "enforce_pair_rate": true })).await;
    let mut refused = Value::Null;
    for _ in 0..46 {
        refused = stage.send(json!({ "text": { "body": "x" } })).await.1;
    }
    assert_eq!(refused["error"]["code"], 131_056);
}

#[tokio::test]
async fn reading_and_typing() {
    let stage = Stage::new().await;
    let first = stage.customer_writes(AMARA, "one").await;
    let second = stage.customer_writes(AMARA, "two").await;
    let read = json!({ "to": null, "status": "read", "message_id": second, "typing_indicator": { "type": "text" } });
    let body = whole(read);
    let (status, answer) = stage.graph(Method::POST, &format!("{NUMBER}/messages"), body).await;
    assert_eq!((status, answer), (200, json!({ "success": true })));
    let chat = stage.control(Method::GET, &format!("chats?customer={AMARA}"), Value::Null).await;
    for (message, wamid) in chat["data"].as_array().unwrap().iter().zip([first, second]) {
        assert_eq!((&message["wamid"], &message["state"]), (&json!(wamid), &json!("read")), "earlier messages are read too");
    }
}

#[tokio::test]
async fn templates_are_created_listed_matched_and_deleted() {
    let stage = Stage::new().await;
    let template = json!({ "name": "order_update", "language": "pt_BR", "category": "UTILITY",
        "components": [{ "type": "BODY", "text": "Hi {{1}}, your parcel {{2}} left." }] });
    let (status, created) = stage.graph(Method::POST, &format!("{WABA}/message_templates"), template.clone()).await;
    assert_eq!((status, &created["status"]), (200, &json!("APPROVED")));
    assert_eq!(stage.graph(Method::POST, &format!("{WABA}/message_templates"), template).await.0, 400, "it exists");
    let (_, listed) = stage.graph(Method::GET, &format!("{WABA}/message_templates?limit=1"), Value::Null).await;
    assert_eq!(listed["data"].as_array().unwrap().len(), 1);
    assert!(listed["paging"]["next"].as_str().unwrap().contains("after=1"));
    let send = |values: &[&str]| {
        let parameters: Vec<Value> = values.iter().map(|text| json!({ "type": "text", "text": text })).collect();
        json!({ "type": "template", "template": { "name": "order_update", "language": { "code": "pt_BR" },
            "components": [{ "type": "body", "parameters": parameters }] } })
    };
    assert_eq!(stage.send(send(&["Ana", "X9"])).await.0, 200);
    assert_eq!(stage.send(send(&["Ana"])).await.1["error"]["code"], 132_000);
    stage.graph(Method::DELETE, &format!("{WABA}/message_templates?name=order_update"), Value::Null).await;
    assert_eq!(stage.send(send(&["Ana", "X9"])).await.1["error"]["code"], 132_001);
}

#[tokio::test]
async fn account_calls() {
    let stage = Stage::new().await;
    let (_, number) =
        stage.graph(Method::GET, &format!("{NUMBER}?fields=verified_name,display_phone_number,throughput"), Value::Null).await;
    assert_eq!(
        number,
        json!({ "verified_name": "Max Store", "display_phone_number": "+1 555-000-1111",
            "throughput": { "level": "STANDARD" }, "id": NUMBER })
    );
    assert_eq!(stage.graph(Method::GET, &format!("{NUMBER}?fields=shoe_size"), Value::Null).await.0, 400);
    let (_, numbers) = stage.graph(Method::GET, &format!("{WABA}/phone_numbers"), Value::Null).await;
    assert_eq!(numbers["data"][0]["id"], NUMBER);
    let apps = format!("{WABA}/subscribed_apps");
    assert_eq!(stage.graph(Method::POST, &apps, Value::Null).await, (200, json!({ "success": true })));
    assert!(stage.graph(Method::GET, &apps, Value::Null).await.1["data"][0]["whatsapp_business_api_data"]["id"].is_string());
    let wrong = json!({ "override_callback_uri": stage.hook, "verify_token": "wrong" });
    assert_eq!(stage.graph(Method::POST, &apps, wrong).await.1["error"]["code"], 2200);
    let right = json!({ "override_callback_uri": stage.hook, "verify_token": "verify-me" });
    assert_eq!(stage.graph(Method::POST, &apps, right).await.0, 200);
    stage.graph(Method::DELETE, &apps, Value::Null).await;
    assert_eq!(stage.graph(Method::GET, &apps, Value::Null).await.1["data"], json!([]));
}

#[tokio::test]
async fn a_template_stands_on_the_phone_as_the_customer_reads_it() {
    let stage = Stage::new().await;
    let components = json!([{ "type": "HEADER", "format": "IMAGE" }, { "type": "BODY", "text": "Hi {{first_name}}, {{what}} is here." },
        { "type": "FOOTER", "text": "Max Store" }, { "type": "BUTTONS", "buttons": [
            { "type": "QUICK_REPLY", "text": "Thanks" }, { "type": "URL", "text": "Track", "url": "https://max.example/t/{{1}}" }] }]);
    let template = json!({ "name": "parcel", "language": "en", "category": "UTILITY", "parameter_format": "NAMED", "components": components });
    assert_eq!(stage.graph(Method::POST, &format!("{WABA}/message_templates"), template).await.0, 200);
    let named = |name: &str, text: &str| json!({ "type": "text", "parameter_name": name, "text": text });
    let body = json!({ "type": "body", "parameters": [named("what", "your parcel"), named("first_name", "Amara")] });
    let send = |components: Value| json!({ "type": "template", "template": { "name": "parcel", "language": { "code": "en" }, "components": components } });
    assert_eq!(stage.send(send(json!([body]))).await.1["error"]["code"], 132_012, "the picture is missing");
    let header =
        json!({ "type": "header", "parameters": [{ "type": "image", "image": { "link": "https://max.example/p.png" } }] });
    let reply = json!({ "type": "button", "sub_type": "quick_reply", "index": "0", "parameters": [{ "type": "payload", "payload": "THX" }] });
    let track = json!({ "type": "button", "sub_type": "url", "index": 1, "parameters": [{ "type": "text", "text": "A-17" }] });
    assert_eq!(stage.send(send(json!([header, body, reply, track]))).await.0, 200);
    stage.until_statuses(&["sent", "delivered", "read"]).await;
    let chat = stage.control(Method::GET, &format!("chats?customer={AMARA}"), Value::Null).await;
    let filled = &chat["data"][0]["message"]["filled"];
    assert_eq!(filled["body"], "Hi Amara, your parcel is here.");
    assert_eq!((&filled["header"]["type"], &filled["footer"]), (&json!("image"), &json!("Max Store")));
    assert_eq!(
        (&filled["buttons"][0]["payload"], &filled["buttons"][1]["url"]),
        (&json!("THX"), &json!("https://max.example/t/A-17"))
    );
}

#[tokio::test]
async fn what_the_provider_says_of_a_number_can_change() {
    let stage = Stage::new().await;
    let ask = async || stage.graph(Method::GET, &format!("{NUMBER}?fields=quality_rating,throughput"), Value::Null).await.1;
    assert_eq!(ask().await["quality_rating"], "GREEN");
    stage.control(Method::PATCH, &format!("numbers/{NUMBER}"), json!({ "quality_rating": "RED", "throughput": "HIGH" })).await;
    assert_eq!((&ask().await["quality_rating"], &ask().await["throughput"]["level"]), (&json!("RED"), &json!("HIGH")));
    assert_eq!(stage.try_control(Method::PATCH, "numbers/1", json!({})).await.0, 404);
}
