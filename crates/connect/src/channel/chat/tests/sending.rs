use std::time::Duration;

use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpListener,
};
use wiremock::{Mock, MockServer, ResponseTemplate, matchers};

use super::{
    super::{Chat, sign},
    *,
};
use crate::{
    channel::{
        Agent, Buttons, Channel, ConversationRef, Interactive, Notice, NoticeKind, OutboundMessage, Outgoing, Place, Receipt,
        ReplyButton, SendError,
    },
    net::{Outbound, OutboundOptions},
};

const OUR_ID: &str = "018f4e5c-7a3b-7c21-9d10-0123456789ab";
const NOW: i64 = 1_767_225_600;

fn net() -> Outbound {
    Outbound::new(OutboundOptions { allow: vec!["127.0.0.0/8".parse().unwrap()], timeout: Duration::from_millis(500) }).unwrap()
}

fn message() -> OutboundMessage {
    OutboundMessage {
        id: OUR_ID.parse().unwrap(),
        to: "user:customer-42".into(),
        phone: None,
        content: Outgoing::Text { text: "Hello 😀".into() },
        reply_to: None,
        now: at(NOW),
        conversation: ConversationRef { id: Uuid::nil(), number: 7 },
        agent: Some(Agent { name: "Kim".into(), photo_url: None }),
    }
}

fn called(url: &str) -> Settings {
    settings_with(json!({ "callback_url": url }), &[("signing_secret", SECRET)])
}

async fn send_to(url: &str, message: &OutboundMessage) -> Result<Receipt, SendError> {
    Chat.send(&net(), &called(url), message).await
}

async fn answered(answer: ResponseTemplate) -> Result<Receipt, SendError> {
    let server = MockServer::start().await;
    Mock::given(matchers::method("POST")).and(matchers::path("/max")).respond_with(answer).expect(1).mount(&server).await;
    send_to(&format!("{}/max", server.uri()), &message()).await
}

fn name<T>(outcome: &Result<T, SendError>) -> &'static str {
    match outcome {
        Ok(_) => "sent",
        Err(SendError::Retry { .. }) => "retry",
        Err(SendError::Slow { .. }) => "slow",
        Err(SendError::Account { .. }) => "account",
        Err(SendError::Final { .. }) => "final",
        Err(SendError::Unconfirmed { .. }) => "unconfirmed",
    }
}

/// What the app got, after its signature was checked as the app would.
async fn body_of(call: impl AsyncFnOnce(&Settings)) -> Value {
    let server = MockServer::start().await;
    Mock::given(matchers::any()).respond_with(ResponseTemplate::new(204)).mount(&server).await;
    let settings = called(&server.uri());
    call(&settings).await;
    let requests = server.received_requests().await.unwrap();
    assert_eq!(sign::verify(&settings, &requests[0].headers, &requests[0].body, at(NOW)), Ok(()));
    assert_eq!(requests[0].headers["content-type"], "application/json");
    requests[0].body_json().unwrap()
}

#[tokio::test]
async fn places_and_questions_come_as_they_are_and_in_words() {
    let place = Place { latitude: 52.5, longitude: 13.4, name: Some("Shop".into()), address: None };
    let said = body_of(async |settings| {
        let content = Outgoing::Location(place.clone());
        Chat.send(&net(), settings, &OutboundMessage { content, ..message() }).await.unwrap();
    });
    assert_eq!(said.await["data"]["location"], json!({ "latitude": 52.5, "longitude": 13.4, "name": "Shop", "address": null }));
    let yes = ReplyButton { id: "y".into(), title: "Yes".into() };
    let question = Buttons { text: "Is it urgent?".into(), header: None, footer: None, buttons: vec![yes] };
    let said = body_of(async |settings| {
        let content = Outgoing::Interactive(Interactive::Buttons(question.clone()));
        Chat.send(&net(), settings, &OutboundMessage { content, ..message() }).await.unwrap();
    });
    let said = said.await["data"].clone();
    assert_eq!(said["text"], "Is it urgent?");
    assert_eq!((&said["interactive"]["type"], &said["interactive"]["buttons"][0]["title"]), (&json!("buttons"), &json!("Yes")));
}

#[tokio::test]
async fn a_message_is_one_signed_call() {
    let body = body_of(async |settings| {
        let sent = Chat.send(&net(), settings, &OutboundMessage { reply_to: Some("m-1".into()), ..message() }).await;
        assert_eq!(sent, Ok(Receipt { external_id: OUR_ID.into() }), "without an id of the app's own it is ours");
    })
    .await;
    let expected = json!({ "timestamp": "2026-01-01T00:00:00Z", "source": "max", "type": "message.created", "data": {
        "id": OUR_ID, "user": { "id": "customer-42" }, "conversation": { "id": Uuid::nil(), "number": 7 },
        "agent": { "name": "Kim", "photo_url": null }, "text": "Hello 😀", "reply_to": "m-1" } });
    assert_eq!(body, expected);
    // Sent back to us, it says nothing of a customer.
    assert!(matches!(parse(&body.to_string()).as_slice(), [Element { body: ElementBody::Ignored(_), .. }]));

    let reaction = OutboundMessage { content: Outgoing::Reaction { to: "m-1".into(), emoji: None }, ..message() };
    let body = body_of(async |settings| assert!(Chat.send(&net(), settings, &reaction).await.is_ok())).await;
    assert_eq!(
        (&body["type"], &body["data"]["message_id"], &body["data"]["emoji"]),
        (&json!("message.reaction"), &json!("m-1"), &Value::Null)
    );
}

#[tokio::test]
async fn what_happens_in_a_conversation_is_told() {
    for (what, kind, on) in [
        (NoticeKind::Opened, "conversation.opened", None),
        (NoticeKind::Assigned, "conversation.assigned", None),
        (NoticeKind::Closed, "conversation.closed", None),
        (NoticeKind::Read, "conversation.read", None),
        (NoticeKind::Typing, "typing", Some(true)),
        (NoticeKind::TypingStopped, "typing", Some(false)),
    ] {
        let OutboundMessage { id, to, conversation, agent, now, .. } = message();
        let notice = Notice { id, at: at(NOW - 60), now, to, conversation, what, agent };
        let body = body_of(async |settings| assert_eq!(Chat.notify(&net(), settings, &notice).await, Ok(()))).await;
        assert_eq!((&body["type"], &body["timestamp"]), (&json!(kind), &json!("2025-12-31T23:59:00Z")));
        assert_eq!(body["data"].get("on").and_then(Value::as_bool), on);
        let visitor = Notice { to: "visitor:1".into(), ..notice };
        assert_eq!(Chat.notify(&net(), &called("http://127.0.0.1:1"), &visitor).await, Ok(()));
    }
}

#[tokio::test]
async fn the_app_may_have_an_id_of_its_own() {
    for (answer, id) in [
        (json!({ "id": "app-7" }), "app-7"),
        (json!({ "id": 7 }), "7"),
        (json!({ "id": "" }), OUR_ID),
        (json!({ "id": null }), OUR_ID),
        (json!([1]), OUR_ID),
    ] {
        let outcome = answered(ResponseTemplate::new(200).set_body_json(&answer)).await;
        assert_eq!(outcome, Ok(Receipt { external_id: id.into() }), "{answer}");
    }
    assert_eq!(name(&answered(ResponseTemplate::new(202).set_body_string("<ok>")).await), "sent");
}

#[tokio::test]
async fn nobody_is_called_for_visitors_and_companies_without_an_app() {
    let sent = Ok(Receipt { external_id: OUR_ID.into() });
    let to_visitor = OutboundMessage { to: "visitor:018f4e5c".into(), ..message() };
    assert_eq!(send_to("http://127.0.0.1:1/nobody", &to_visitor).await, sent);
    assert_eq!(Chat.send(&net(), &settings(), &message()).await, sent);
}

#[tokio::test]
async fn the_table_of_answers() {
    for (status, class) in [
        (200, "sent"),
        (204, "sent"),
        (301, "account"),
        (401, "account"),
        (403, "account"),
        (404, "account"),
        (405, "account"),
        (400, "final"),
        (409, "final"),
        (410, "final"),
        (422, "final"),
        (408, "retry"),
        (425, "retry"),
        (429, "retry"),
        (500, "retry"),
        (502, "retry"),
        (503, "retry"),
        (504, "retry"),
    ] {
        let outcome = answered(ResponseTemplate::new(status).insert_header("location", "http://127.0.0.1:1/")).await;
        assert_eq!(name(&outcome), class, "{status}");
        if let Err(error) = outcome {
            assert_eq!(error.error().code, format!("http_{status}"));
            assert!(include_str!("../README.md").contains(&status.to_string()) || status >= 500, "the README lacks {status}");
        }
    }
}

#[tokio::test]
async fn the_app_says_why_and_how_long() {
    for body in [
        json!({ "error": { "message": "No such user" } }),
        json!({ "error": "No such user" }),
        json!({ "detail": "No such user" }),
    ] {
        let outcome = answered(ResponseTemplate::new(422).set_body_json(&body)).await;
        assert_eq!(outcome.unwrap_err().error().detail.as_deref(), Some("No such user"), "{body}");
    }
    for (header, seconds) in [("17", Some(17)), ("0", None), ("soon", None), ("999999", Some(3600))] {
        match answered(ResponseTemplate::new(503).insert_header("retry-after", header)).await {
            Err(SendError::Retry { after, .. }) => assert_eq!(after.map(|d| d.as_secs()), seconds, "{header}"),
            other => panic!("{other:?}"),
        }
    }
}

#[tokio::test]
async fn what_may_have_arrived_is_sent_again() {
    let slow = answered(ResponseTemplate::new(200).set_delay(Duration::from_secs(30))).await;
    assert_eq!((name(&slow), slow.unwrap_err().error().code.as_str()), ("retry", "timeout"));
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    tokio::spawn(async move {
        let (mut socket, _) = listener.accept().await.unwrap();
        let _ = socket.read(&mut [0; 2048]).await;
        let _ = socket.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 500\r\n\r\n{\"i").await;
    });
    assert_eq!(name(&send_to(&url, &message()).await), "retry");
    let closed = TcpListener::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap();
    assert_eq!(name(&send_to(&format!("http://{closed}"), &message()).await), "retry");
    assert_eq!(name(&answered(ResponseTemplate::new(200).set_body_string("x".repeat(100_000))).await), "retry");
}

#[tokio::test]
async fn our_own_network_is_not_called() {
    for forbidden in ["http://10.0.0.1/", "https://169.254.169.254/latest", "https://[::ffff:10.0.0.1]/", "https://[::1]/"] {
        let outcome = send_to(forbidden, &message()).await;
        assert_eq!((name(&outcome), outcome.unwrap_err().error().code.as_str()), ("account", "address_refused"), "{forbidden}");
    }
    // A name that cannot have been saved.
    assert_eq!(name(&send_to("ftp://app.example", &message()).await), "account");
}

#[tokio::test]
async fn an_admin_learns_whether_the_app_answers() {
    let server = MockServer::start().await;
    Mock::given(matchers::any()).respond_with(ResponseTemplate::new(401)).up_to_n_times(1).mount(&server).await;
    Mock::given(matchers::any()).respond_with(ResponseTemplate::new(204)).mount(&server).await;
    let settings = called(&server.uri());
    let found = Chat.probe(&net(), &settings, at(NOW)).await;
    assert!(matches!(found.as_slice(), [f] if !f.ok && f.detail.as_deref() == Some("http_401")), "{found:?}");
    let found = Chat.probe(&net(), &settings, at(NOW)).await;
    assert!(matches!(found.as_slice(), [f] if f.ok), "{found:?}");
    let body: Value = server.received_requests().await.unwrap()[1].body_json().unwrap();
    assert_eq!(body["type"], "ping");
    assert!(Chat.probe(&net(), &super::settings(), at(NOW)).await[0].ok, "no app is no fault");
}
