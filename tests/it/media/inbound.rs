//! Files of customers: fetched while the provider has them, whatever goes wrong on the way.

use std::time::Duration;

use serde_json::{Value, json};
use tests::{Channel, Gate, Graph, TestApp, Trouble, eventually, files, webhook};
use uuid::Uuid;

use super::{MB, WHO, becomes, id_of, sends};

/// Lets the pauses between tries pass, until the only file stands as wanted; what it says went wrong.
async fn in_time(app: &TestApp, state: &str) -> Option<Value> {
    eventually(&format!("the file is {state}"), async || {
        type Row = (String, Option<chrono::DateTime<chrono::Utc>>);
        let (now, next): Row =
            app.probe.all("select state, case when lease_until is null then next_attempt_at end from media").await.pop()?;
        if let Some(next) = next {
            // Once its own pause is over, its provider may be left alone for a while yet.
            app.advance((next - app.clock.now()).to_std().unwrap_or_default() + Duration::from_millis(50));
        }
        (now == state).then_some(())
    })
    .await;
    app.probe.one("select error from media").await
}

#[tokio::test]
async fn media_what_customers_send_is_there_a_moment_later() {
    let app = TestApp::start().await;
    let agent = app.agent().await;
    let mut socket = agent.socket(None).await;
    for (number, (kind, mime, bytes, more, expected)) in [
        (
            "image",
            "image/jpeg",
            files::jpeg(900, 600),
            json!({ "caption": "Look" }),
            json!({ "kind": "image", "mime_type": "image/jpeg", "width": 900 }),
        ),
        (
            "audio",
            "audio/ogg; codecs=opus",
            files::recording(),
            json!({ "voice": true }),
            json!({ "kind": "audio", "voice": true, "duration_ms": 2_000 }),
        ),
        ("video", "video/mp4", files::film(90_000), json!({}), json!({ "kind": "video", "duration_ms": 7_500, "height": 360 })),
        (
            "document",
            "application/pdf",
            files::pdf(),
            json!({ "filename": "Bill\u{202e}.pdf" }),
            json!({ "kind": "document", "mime_type": "application/pdf", "name": "Bill.pdf" }),
        ),
        (
            "sticker",
            "image/webp",
            files::picture(image::ImageFormat::WebP, 512, 512),
            json!({ "animated": false }),
            json!({ "kind": "sticker", "mime_type": "image/webp" }),
        ),
        // Whoever lies about what it is gets a file to be saved.
        (
            "image",
            "image/png",
            b"<svg onload='x()'/>".to_vec(),
            json!({}),
            json!({ "kind": "document", "mime_type": "text/plain" }),
        ),
    ]
    .into_iter()
    .enumerate()
    {
        let id = app.graph.keep(u32::try_from(number).unwrap(), mime, bytes.clone());
        let conversation = sends(&app, kind, &id, more).await;
        let event = socket.expect("message.created", |data| data["conversation"]["id"] == conversation.to_string()).await;
        let message = event["data"]["message"].clone();
        let pending = &message["attachments"][0];
        assert_eq!(
            (&pending["state"], &pending["kind"], &pending["url"]),
            (&json!("pending"), &json!(kind), &Value::Null),
            "{message}"
        );
        let event = socket
            .expect("message.updated", |data| {
                data["message"]["id"] == message["id"] && data["message"]["attachments"][0]["state"] == "ready"
            })
            .await;
        let file = &event["data"]["message"]["attachments"][0];
        for (key, value) in expected.as_object().unwrap() {
            assert_eq!(&file[key], value, "{key} of {file}");
        }
        assert_eq!(agent.get(file["url"].as_str().unwrap()).await.ok_bytes(), &bytes);
        assert_eq!(agent.messages(conversation).await.pop().unwrap()["attachments"][0], *file);
    }
    // The token goes to the provider and nowhere else.
    let calls = app.graph.file_calls();
    assert_eq!(calls.len(), 12, "{calls:?}");
    assert!(calls.iter().all(|call| call.authorization == format!("Bearer {}", Channel::ACCESS_TOKEN)));
    app.finish().await;
}

#[tokio::test]
async fn media_the_same_delivery_again_brings_no_second_file() {
    let app = TestApp::start().await;
    let agent = app.agent().await;
    let id = app.graph.keep(1, "image/png", files::png(40, 40));
    let message = webhook::message(WHO, &webhook::wamid(), app.unix(), "image", app.graph.announced(&id));
    for _ in 0..3 {
        app.deliver_messages(WHO, std::slice::from_ref(&message)).await.ok_text();
    }
    becomes(&agent, app.probe.conversation_of(WHO).await, "ready").await;
    assert_eq!(app.probe.one::<i64>("select count(*) from media").await, 1);
    assert_eq!(app.graph.file_calls().len(), 2);
    app.finish().await;
}

#[tokio::test]
async fn media_whatever_goes_wrong_on_the_way_is_tried_again_with_a_fresh_address() {
    let app = TestApp::with().manual_clock().start().await;
    let id = app.graph.keep(1, "image/png", files::png(400, 400));
    let others = files::png(401, 400);
    app.graph.trouble(&id, [Trouble::RunOut, Trouble::Cut, Trouble::Others(others), Trouble::RunOut]);
    sends(&app, "image", &id, json!({})).await;
    assert_eq!(in_time(&app, "ready").await, None);
    let calls = app.graph.file_calls();
    let asked = calls.iter().filter(|call| !call.path.starts_with("/files/")).count();
    assert_eq!(asked, 5, "each try asks anew where it lies");
    let mut addresses: Vec<_> = calls.iter().filter(|call| call.path.starts_with("/files/")).map(|call| &call.path).collect();
    assert_eq!(addresses.len(), 5);
    addresses.sort();
    addresses.dedup();
    assert_eq!(addresses.len(), 5, "no address is used twice");
    app.finish().await;
}

#[tokio::test]
async fn media_a_provider_in_trouble_is_asked_again() {
    let app = TestApp::with().manual_clock().start().await;
    let id = app.graph.keep(1, "image/png", files::png(400, 400));
    // In trouble, busy, the token is not taken (which an admin may mend), and not itself.
    app.graph.trouble(&id, [Trouble::Asked(500, 1), Trouble::Asked(429, 4), Trouble::Asked(401, 190), Trouble::Nonsense]);
    sends(&app, "image", &id, json!({})).await;
    assert_eq!(in_time(&app, "ready").await, None);
    assert_eq!(app.graph.file_calls().len(), 6);
    app.finish().await;
}

#[tokio::test]
async fn media_what_the_provider_has_no_more_says_so_until_somebody_tries_again() {
    let app = TestApp::with().manual_clock().start().await;
    let id = app.graph.keep(1, "image/png", files::png(40, 40));
    let announced = app.graph.announced(&id);
    app.graph.lose(&id);
    let message = webhook::message(WHO, &webhook::wamid(), app.unix(), "image", announced);
    app.deliver_messages(WHO, &[message]).await.ok_text();
    let conversation = app.probe.conversation_of(WHO).await;
    let error = in_time(&app, "failed").await.unwrap();
    assert!(error["message"].as_str().unwrap().contains("no longer has this file"), "{error}");
    assert_eq!(app.graph.file_calls().len(), 3, "it may not have had it yet");
    let agent = app.agent().await;
    let file = agent.messages(conversation).await.pop().unwrap()["attachments"][0].clone();
    assert_eq!((&file["error"]["message"], &file["url"]), (&error["message"], &Value::Null));
    let path = format!("/api/v1/media/{}", file["id"].as_str().unwrap());
    agent.get(&path).await.refused(404, "not_found");
    app.login(&app.people().stranger).await.post(&format!("{path}/fetch"), json!({})).await.refused(404, "not_found");

    app.graph.keep(1, "image/png", files::png(40, 40));
    let mut socket = agent.socket(None).await;
    assert_eq!(agent.post(&format!("{path}/fetch"), json!({})).await.ok()["state"], "pending");
    socket.expect("message.updated", |data| data["message"]["attachments"][0]["state"] == "pending").await;
    socket.expect("message.updated", |data| data["message"]["attachments"][0]["state"] == "ready").await;
    agent.post(&format!("{path}/fetch"), json!({})).await.refused(409, "illegal_transition");
    app.finish().await;
}

#[tokio::test]
async fn media_nobody_tries_longer_than_the_provider_keeps_files() {
    let app = TestApp::with().manual_clock().start().await;
    let id = app.graph.keep(1, "image/png", files::png(40, 40));
    app.graph.trouble(&id, vec![Trouble::Asked(503, 2); 400]);
    sends(&app, "image", &id, json!({})).await;
    eventually("a first try", async || (!app.graph.file_calls().is_empty()).then_some(())).await;
    app.advance(Duration::from_secs(7 * 86_400 + 60));
    let error = in_time(&app, "failed").await.unwrap();
    assert!(!error["message"].as_str().unwrap().is_empty());
    assert!(app.graph.file_calls().len() < 5);
    app.finish().await;
}

#[tokio::test]
async fn media_the_token_is_shown_to_no_other_server() {
    let app = TestApp::with().manual_clock().start().await;
    let elsewhere = Graph::start().await;
    let id = app.graph.keep(1, "image/png", files::png(40, 40));
    let to = elsewhere.api_base().replace("/v23.0", "/files/1/1");
    app.graph.trouble(&id, vec![Trouble::Elsewhere(to); 3]);
    sends(&app, "image", &id, json!({})).await;
    let error = in_time(&app, "failed").await.unwrap();
    assert_eq!(error["code"], "foreign_host", "{error}");
    assert!(elsewhere.file_calls().is_empty() && elsewhere.calls().is_empty());
    app.finish().await;
}

#[tokio::test]
async fn media_files_that_are_too_large_are_not_fetched() {
    let app = TestApp::with().media_max_bytes(MB as u64).start().await;
    let agent = app.agent().await;
    let (large, liar) = (app.graph.keep(1, "video/mp4", files::film(100)), app.graph.keep(2, "video/mp4", files::film(2 * MB)));
    app.graph.trouble(&large, [Trouble::Announced(200 * MB as u64)]);
    let conversation = sends(&app, "video", &large, json!({})).await;
    let file = becomes(&agent, conversation, "failed").await;
    assert_eq!(file["error"]["code"], "too_large");
    assert!(!app.graph.file_calls().iter().any(|call| call.path.starts_with("/files/")), "not a byte of it");
    // Whatever is announced, no more is taken.
    app.graph.trouble(&liar, [Trouble::Announced(1_000)]);
    sends(&app, "video", &liar, json!({})).await;
    let file = becomes(&agent, conversation, "failed").await;
    assert_eq!(file["error"]["code"], "too_large");
    assert_eq!(files::kept(&app.folder.join("media")), 0);
    app.finish().await;
}

/// What has come of a film is on the disk before the rest is sent: it never stands in memory whole.
#[tokio::test]
async fn media_a_film_of_a_customer_goes_to_the_disk_as_it_arrives() {
    let app = TestApp::start().await;
    let agent = app.agent().await;
    let film = files::film(16 * MB);
    let id = app.graph.keep(1, "video/mp4", film.clone());
    let gate = Gate::default();
    app.graph.trouble(&id, [Trouble::Held(gate.clone())]);
    let conversation = sends(&app, "video", &id, json!({})).await;
    eventually("the first half is on the disk", async || {
        files::arriving(&app.folder).iter().any(|size| *size > 7 * MB as u64).then_some(())
    })
    .await;
    gate.open();
    let file = becomes(&agent, conversation, "ready").await;
    assert_eq!(file["size"], film.len());
    assert_eq!(agent.get(file["url"].as_str().unwrap()).await.ok_bytes(), &film);
    assert_eq!(files::arriving(&app.folder), [0; 0]);
    app.finish().await;
}

#[tokio::test]
async fn media_hostile_pictures_have_no_small_one_and_harm_nobody() {
    let app = TestApp::start().await;
    let agent = app.agent().await;
    let whole = files::jpeg(800, 800);
    for (number, bytes) in
        [files::bomb(), whole[..whole.len() / 3].to_vec(), whole[..40].to_vec(), b"GIF89a\xff\xff\xff\xff\xff\xff\xff".to_vec()]
            .into_iter()
            .enumerate()
    {
        let id = app.graph.keep(u32::try_from(number).unwrap(), "image/png", bytes.clone());
        let conversation = sends(&app, "image", &id, json!({})).await;
        let file = becomes(&agent, conversation, "ready").await;
        assert_eq!(file["size"], bytes.len(), "{file}");
        assert_eq!(agent.get(file["url"].as_str().unwrap()).await.ok_bytes(), &bytes);
        // Of one that was cut off later on, what is there is shown.
        assert!(number == 1 || file["thumbnail_url"].is_null(), "{number}");
    }
    app.finish().await;
}

#[tokio::test]
async fn media_a_look_that_hangs_fails_or_talks_for_ever_fails_no_message() {
    for program in [&["/bin/sleep", "600"][..], &["/bin/false"], &["/usr/bin/yes"], &["/nonexistent/program"]] {
        let app = TestApp::with().looks_with(program).start().await;
        let agent = app.agent().await;
        let id = app.graph.keep(1, "image/png", files::png(40, 40));
        let conversation = sends(&app, "image", &id, json!({})).await;
        let file = becomes(&agent, conversation, "ready").await;
        assert_eq!((&file["thumbnail_url"], &file["width"]), (&Value::Null, &Value::Null), "{program:?}");
        app.finish().await;
    }
}

#[tokio::test]
async fn media_a_node_that_stops_gives_back_what_it_was_fetching() {
    let mut app = TestApp::with().nodes(2).start().await;
    let agent = app.login(&app.people().agent).await.at(&app.bases[1]);
    let id = app.graph.keep(1, "video/mp4", files::film(MB));
    let (first, second) = (Gate::default(), Gate::default());
    app.graph.trouble(&id, [Trouble::Held(first), Trouble::Held(second.clone())]);
    let conversation = sends(&app, "video", &id, json!({})).await;
    eventually("somebody fetches it", async || (app.graph.file_calls().len() == 2).then_some(())).await;
    // Whichever it was: both are stopped, one after the other, and a third takes over.
    let third = app.add_node().await;
    assert_eq!(third, 2);
    app.stop_node(0).await;
    second.open();
    app.stop_node(0).await;
    let agent = agent.at(&app.bases[0]);
    becomes(&agent, conversation, "ready").await;
    assert_eq!(
        app.probe.one::<Uuid>("select id from media").await,
        id_of(&agent.messages(conversation).await.pop().unwrap()["attachments"][0])
    );
    app.finish().await;
}
