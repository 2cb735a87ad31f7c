use std::time::Duration;

use base::Time;
use serde_json::{Value, json};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpListener,
};
use wiremock::{Mock, MockServer, ResponseTemplate, matchers};

use super::{
    super::{WhatsApp, errors},
    *,
};
use crate::{
    channel::{Channel, Condition, ConversationRef, Limit, OutboundMessage, Outgoing, Place, Receipt, SendError},
    net::{Outbound, OutboundOptions},
};

const OUR_ID: &str = "018f4e5c-7a3b-7c21-9d10-0123456789ab";

fn net() -> Outbound {
    Outbound::new(OutboundOptions { allow: vec!["127.0.0.0/8".parse().unwrap()], timeout: Duration::from_millis(500) }).unwrap()
}

fn message() -> OutboundMessage {
    OutboundMessage {
        id: OUR_ID.parse().unwrap(),
        to: "15550002222".into(),
        phone: None,
        content: Outgoing::Text { text: "Hello 😀".into() },
        reply_to: None,
        now: Time::UNIX_EPOCH,
        conversation: ConversationRef::default(),
        agent: None,
    }
}

fn at(base: &str) -> Settings {
    settings_with(json!({ "phone_number_id": "700800900100200", "business_account_id": "9", "api_base": base }))
}

async fn send_to(base: &str, message: &OutboundMessage) -> Result<Receipt, SendError> {
    let outcome = WhatsApp.send(&net(), &at(base), message).await;
    assert!(!format!("{outcome:?}").contains(TOKEN), "{outcome:?}");
    outcome
}

async fn answered(answer: ResponseTemplate) -> Result<Receipt, SendError> {
    let server = MockServer::start().await;
    Mock::given(matchers::method("POST"))
        .and(matchers::path("/v23.0/700800900100200/messages"))
        .and(matchers::header("authorization", format!("Bearer {TOKEN}").as_str()))
        .respond_with(answer)
        .expect(1)
        .mount(&server)
        .await;
    send_to(&server.uri(), &message()).await
}

fn envelope(status: u16, code: i64) -> ResponseTemplate {
    let error = json!({ "message": format!("(#{code}) Something"), "type": "OAuthException", "code": code,
        "error_data": { "messaging_product": "whatsapp", "details": "what went wrong" }, "error_subcode": 0, "fbtrace_id": "Ab1" });
    ResponseTemplate::new(status).set_body_json(json!({ "error": error }))
}

fn name(outcome: &Result<Receipt, SendError>) -> &'static str {
    match outcome {
        Ok(_) => "sent",
        Err(SendError::Retry { .. }) => "retry",
        Err(SendError::Slow { limit: Limit::Account, .. }) => "slow",
        Err(SendError::Slow { limit: Limit::Recipient, .. }) => "slow to them",
        Err(SendError::Account { .. }) => "account",
        Err(SendError::Final { .. }) => "final",
        Err(SendError::Unconfirmed { .. }) => "unconfirmed",
    }
}

fn after(outcome: &Result<Receipt, SendError>) -> Option<u64> {
    match outcome {
        Err(SendError::Retry { after, .. } | SendError::Slow { after, .. }) => after.map(|d| d.as_secs()),
        other => panic!("{other:?}"),
    }
}

async fn body_of(message: &OutboundMessage) -> Value {
    let server = MockServer::start().await;
    let answer = ResponseTemplate::new(200).set_body_json(json!({ "messages": [{ "id": "wamid.OUT1" }] }));
    Mock::given(matchers::any()).respond_with(answer).mount(&server).await;
    assert_eq!(send_to(&server.uri(), message).await, Ok(Receipt { external_id: "wamid.OUT1".into() }));
    server.received_requests().await.unwrap()[0].body_json().unwrap()
}

#[tokio::test]
async fn a_text_is_sent_as_the_reference_shows() {
    let tag = format!("msg_{OUR_ID}");
    let expected = json!({ "messaging_product": "whatsapp", "recipient_type": "individual", "to": "15550002222", "type": "text",
        "text": { "body": "Hello 😀", "preview_url": false }, "biz_opaque_callback_data": tag });
    assert_eq!(body_of(&message()).await, expected);

    let reply = body_of(&OutboundMessage { reply_to: Some("wamid.QUOTED".into()), ..message() }).await;
    assert_eq!(reply["context"], json!({ "message_id": "wamid.QUOTED" }));

    let known =
        body_of(&OutboundMessage { to: "US.7001".into(), phone: Some("+1 555-000-2222".to_owned().into()), ..message() }).await;
    assert_eq!((&known["to"], known.get("recipient")), (&json!("15550002222"), None));

    let hidden = body_of(&OutboundMessage { to: "US.7001".into(), ..message() }).await;
    assert_eq!((hidden.get("to"), &hidden["recipient"]), (None, &json!("US.7001")));
}

#[tokio::test]
async fn places_and_questions_are_sent_as_the_reference_shows() {
    let sent = async |content: Outgoing| body_of(&OutboundMessage { content, ..message() }).await;
    let place = Place { latitude: -23.5, longitude: -46.6, name: Some("Depot".into()), address: None };
    let body = sent(Outgoing::Location(place)).await;
    assert_eq!(
        (&body["type"], &body["location"]),
        (&json!("location"), &json!({ "latitude": -23.5, "longitude": -46.6, "name": "Depot" }))
    );

    let question = |value: Value| Outgoing::Interactive(serde_json::from_value(value).unwrap());
    let body = sent(question(json!({ "type": "buttons", "text": "Really?", "footer": "Max Store",
        "buttons": [{ "id": "y", "title": "Yes" }] })))
    .await;
    assert_eq!(
        (&body["type"], &body["interactive"]),
        (
            &json!("interactive"),
            &json!({ "type": "button", "body": { "text": "Really?" }, "footer": { "text": "Max Store" },
                "action": { "buttons": [{ "type": "reply", "reply": { "id": "y", "title": "Yes" } }] } })
        )
    );
    let body = sent(question(json!({ "type": "list", "text": "Which?", "header": "Orders", "button": "Choose",
        "sections": [{ "title": "Old", "rows": [{ "id": "1", "title": "One", "description": "The first" }] },
            { "title": "New", "rows": [{ "id": "2", "title": "Two" }] }] })))
    .await;
    assert_eq!(
        body["interactive"],
        json!({ "type": "list", "header": { "type": "text", "text": "Orders" }, "body": { "text": "Which?" },
            "action": { "button": "Choose", "sections": [
                { "title": "Old", "rows": [{ "id": "1", "title": "One", "description": "The first" }] },
                { "title": "New", "rows": [{ "id": "2", "title": "Two" }] }] } })
    );
}

#[tokio::test]
async fn codes_decide_whatever_the_status() {
    for (code, status, class) in [
        (190, 401, "account"),
        (0, 401, "account"),
        (200, 403, "account"),
        (131_042, 400, "account"),
        (133_010, 400, "account"),
        (131_031, 403, "account"),
        (100, 400, "final"),
        (131_047, 400, "final"),
        (131_026, 400, "final"),
        (132_001, 404, "final"),
        (1, 400, "retry"),
        (2, 503, "retry"),
        (4, 400, "slow"),
        (130_429, 400, "slow"),
        (130_429, 429, "slow"),
        (131_056, 403, "slow to them"),
        (131_000, 500, "retry"),
        (131_016, 500, "retry"),
        (133_004, 503, "retry"),
        (131_047, 200, "final"),
        // Codes of next year: the status decides.
        (999_999, 400, "final"),
        (999_999, 401, "account"),
        (999_999, 429, "retry"),
        (999_999, 503, "retry"),
        (999_999, 500, "unconfirmed"),
        (999_999, 200, "unconfirmed"),
    ] {
        let outcome = answered(envelope(status, code)).await;
        assert_eq!(name(&outcome), class, "{code} with {status}");
        let error = outcome.unwrap_err().error().clone();
        assert_eq!(error.code, code.to_string());
        assert!(error.detail.unwrap().contains("what went wrong"));
    }
}

#[tokio::test]
async fn subcodes_and_details_refine_codes() {
    let with = |error: Value| ResponseTemplate::new(400).set_body_json(json!({ "error": error }));
    let cases = [
        (json!({ "code": 100, "error_subcode": 33 }), "account"),
        (json!({ "code": 999_999, "is_transient": true }), "retry"),
        (json!({ "code": "131047" }), "final"),
        (json!({ "code": 131_053, "error_data": { "details": "Media download failed with HTTP code 503" } }), "retry"),
        (json!({ "code": 131_053, "error_data": { "details": "Media download failed with HTTP code 404" } }), "final"),
        (json!({ "message": "no code at all" }), "final"),
    ];
    for (error, class) in cases {
        assert_eq!(name(&answered(with(error.clone())).await), class, "{error}");
    }
}

#[tokio::test]
async fn without_an_envelope_the_status_decides() {
    for (status, class) in [
        (429, "retry"),
        (503, "retry"),
        (500, "unconfirmed"),
        (502, "unconfirmed"),
        (504, "unconfirmed"),
        (400, "final"),
        (401, "final"),
        (404, "final"),
        (302, "account"),
        (200, "unconfirmed"),
        (204, "unconfirmed"),
    ] {
        let page =
            ResponseTemplate::new(status).set_body_string("<html>a page</html>").insert_header("location", "http://127.0.0.1:1/");
        let outcome = answered(page).await;
        assert_eq!(name(&outcome), class, "{status}");
        assert_eq!(outcome.unwrap_err().error().code, format!("http_{status}"));
    }
}

#[tokio::test]
async fn a_success_without_an_id_is_unconfirmed() {
    for body in [
        "",
        "null",
        "{}",
        "garbage",
        r#"{"messages":[]}"#,
        r#"{"messages":[{}]}"#,
        r#"{"messages":[{"id":""}]}"#,
        r#"{"messages":"x"}"#,
    ] {
        let outcome = answered(ResponseTemplate::new(200).set_body_string(body)).await;
        assert_eq!(name(&outcome), "unconfirmed", "{body}");
    }
}

#[tokio::test]
async fn the_provider_says_how_long_to_wait() {
    assert_eq!(after(&answered(envelope(429, 131_056)).await), Some(4));
    assert_eq!(after(&answered(envelope(429, 80_007)).await), Some(60));
    assert_eq!(after(&answered(envelope(429, 130_429)).await), None);
    assert_eq!(after(&answered(envelope(429, 131_056).insert_header("retry-after", "17")).await), Some(17));
    assert_eq!(after(&answered(ResponseTemplate::new(503).insert_header("retry-after", "9")).await), Some(9));
    assert_eq!(after(&answered(ResponseTemplate::new(503).insert_header("retry-after", "soon")).await), None);
    assert_eq!(after(&answered(ResponseTemplate::new(503).insert_header("retry-after", "99999999999")).await), Some(86_400));
    let usage = r#"{"900":[{"type":"whatsapp","call_count":100,"estimated_time_to_regain_access":0},{"estimated_time_to_regain_access":7}]}"#;
    assert_eq!(after(&answered(envelope(400, 80_007).insert_header("x-business-use-case-usage", usage)).await), Some(420));
    let idle = r#"{"900":[{"call_count":1,"estimated_time_to_regain_access":0}]}"#;
    assert_eq!(after(&answered(envelope(400, 80_007).insert_header("x-business-use-case-usage", idle)).await), Some(60));
}

#[tokio::test]
async fn the_token_never_comes_back_in_an_error() {
    let error = json!({ "code": 190, "message": format!("Malformed access token {TOKEN}"), "error_data": { "details": TOKEN } });
    let outcome = answered(ResponseTemplate::new(401).set_body_json(json!({ "error": error }))).await;
    let detail = outcome.unwrap_err().error().detail.clone().unwrap();
    assert!(detail.contains("Malformed access token [access token]"), "{detail}");
}

#[tokio::test]
async fn a_lost_answer_is_unconfirmed() {
    let hang = ResponseTemplate::new(200)
        .set_body_json(json!({ "messages": [{ "id": "wamid.OUT1" }] }))
        .set_delay(Duration::from_secs(30));
    let outcome = answered(hang).await;
    assert_eq!((name(&outcome), outcome.unwrap_err().error().code.as_str()), ("unconfirmed", "timeout"));

    for reply in [&b""[..], b"HTTP/1.1 200 OK\r\ncontent-length: 500\r\n\r\n{\"mess", b"not http at all\r\n\r\n"] {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let base = format!("http://{}", listener.local_addr().unwrap());
        tokio::spawn(async move {
            let (mut socket, _) = listener.accept().await.unwrap();
            let _ = socket.read(&mut [0; 2048]).await;
            let _ = socket.write_all(reply).await;
        });
        let outcome = send_to(&base, &message()).await;
        assert_eq!((name(&outcome), outcome.unwrap_err().error().code.as_str()), ("unconfirmed", "connection_broken"));
    }
}

#[tokio::test]
async fn what_never_left_may_be_repeated_or_needs_an_admin() {
    let closed = TcpListener::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap();
    let outcome = send_to(&format!("http://{closed}"), &message()).await;
    assert_eq!((name(&outcome), outcome.unwrap_err().error().code.as_str()), ("retry", "no_connection"));

    for forbidden in ["http://10.0.0.1", "https://169.254.169.254", "https://[::ffff:10.0.0.1]"] {
        let outcome = send_to(forbidden, &message()).await;
        assert_eq!((name(&outcome), outcome.unwrap_err().error().code.as_str()), ("account", "address_refused"), "{forbidden}");
    }
}

#[test]
fn the_table_is_sound_and_the_readme_shows_all_of_it() {
    let readme = include_str!("../README.md");
    let shown: Vec<&str> = readme.split(|c: char| !c.is_ascii_digit()).collect();
    let mut last = -1;
    let sound = |words: &str| words.ends_with('.') && words.len() > 30 && !words.contains("  ");
    for row in errors::TABLE {
        assert!(*row.codes.start() > last && row.codes.end() >= row.codes.start(), "{:?} is out of order", row.codes);
        last = *row.codes.end();
        let meaning = &row.meaning;
        assert!(sound(meaning.agent) && sound(meaning.admin), "{} {}", meaning.agent, meaning.admin);
        for code in [row.codes.start(), row.codes.end()] {
            assert!(shown.contains(&code.to_string().as_str()), "the README lacks {code}");
            let told = errors::explain(&code.to_string()).unwrap();
            assert_eq!((told.words, told.account), (meaning.admin, meaning.class == errors::Class::Account));
        }
    }
    for name in
        ["settings", "address_refused", "moved", "no_connection", "busy", "refused", "timeout", "connection_broken", "no_answer"]
    {
        let meaning = errors::named(name).expect(name);
        assert!(sound(meaning.agent) && sound(meaning.admin), "{name}");
    }
    assert!(errors::explain("131047").unwrap().window && !errors::explain("131026").unwrap().window);
    assert_eq!(errors::explain("http_302").map(|told| told.account), Some(true));
    assert!(errors::explain("nobody knows").is_none());
    // Every code of Meta's documentation has a row.
    let documented = [
        0, 190, 3, 10, 200, 299, 1, 2, 4, 17, 80_007, 80_008, 613, 33, 100, 368, 130_497, 131_031, 130_429, 131_056, 131_048,
        131_064, 130_472, 131_000, 131_016, 131_057, 133_004, 131_005, 131_008, 131_009, 131_021, 131_026, 131_030, 131_037,
        131_042, 131_045, 131_047, 131_049, 131_050, 131_051, 131_062, 131_063, 131_052, 131_053, 132_000, 132_001, 132_005,
        132_007, 132_012, 132_018, 132_015, 132_016, 132_068, 132_069, 133_000, 133_005, 133_006, 133_008, 133_009, 133_010,
        133_015, 133_016, 134_011, 135_000, 137_000,
    ];
    for code in documented {
        assert!(errors::find(code).is_some(), "{code} is missing");
    }
}

#[tokio::test]
async fn an_account_says_how_it_is() {
    let asked = async |answer: ResponseTemplate| {
        let server = MockServer::start().await;
        Mock::given(matchers::method("GET"))
            .and(matchers::path("/v23.0/700800900100200"))
            .and(matchers::header("authorization", format!("Bearer {TOKEN}").as_str()))
            .respond_with(answer)
            .expect(1)
            .mount(&server)
            .await;
        WhatsApp.condition(&net(), &at(&server.uri()), Time::UNIX_EPOCH).await
    };
    let says = |body: Value| asked(ResponseTemplate::new(200).set_body_json(body));
    let well = |throughput| Ok(Condition { trouble: None, throughput });
    assert_eq!(says(json!({ "id": "7", "throughput": { "level": "STANDARD" } })).await, well(Some(80)));
    assert_eq!(
        says(json!({ "throughput": { "level": "HIGH" }, "health_status": { "can_send_message": "LIMITED" } })).await,
        well(Some(1000))
    );
    assert_eq!(says(json!({ "throughput": { "level": "NOT_APPLICABLE" } })).await, well(None));
    let health = json!({ "can_send_message": "BLOCKED", "entities": [
        { "entity_type": "PHONE_NUMBER", "id": "7", "can_send_message": "AVAILABLE" },
        { "entity_type": "WABA", "id": "9", "can_send_message": "BLOCKED", "errors": [
            { "error_code": 131_042, "error_description": "Unpaid", "possible_solution": "Pay" }] }] });
    let trouble = says(json!({ "health_status": health })).await.unwrap().trouble.unwrap();
    assert_eq!((trouble.code.as_str(), trouble.detail.as_deref()), ("131042", Some("Unpaid · Pay")));
    let trouble = asked(envelope(401, 190)).await.unwrap().trouble.unwrap();
    assert_eq!(trouble.code, "190");
    assert_eq!(name(&asked(envelope(503, 2)).await.map(|_| Receipt { external_id: String::new() })), "retry");
    assert_eq!(name(&asked(ResponseTemplate::new(500)).await.map(|_| Receipt { external_id: String::new() })), "unconfirmed");
}
