//! Files of colleagues on their way to customers, and in notes.

use std::time::Duration;

use serde_json::{Value, json};
use tests::{Channel, Reply, TestApp, eventually, files};

use super::{MB, WHO, id_of, messages, with_files};

#[tokio::test]
async fn media_a_file_is_handed_over_once_and_sent_with_its_caption() {
    let app = TestApp::start().await;
    let agent = app.agent().await;
    let conversation = app.opens(WHO).await;
    let bytes = files::png(300, 200);
    let file = agent.uploads("plan.png", bytes.clone()).await;
    let said = agent.post(&messages(conversation), with_files("reply", Some("The plan"), &[&file])).await.ok();
    assert_eq!(
        (&said["text"], &said["content"]["type"], &said["attachments"][0]["id"]),
        (&json!("The plan"), &json!("media"), &file["id"])
    );
    assert_eq!(said["preview"], "Photo: The plan");
    app.probe.becomes(id_of(&said), "sent").await;
    let upload = app.graph.uploads().pop().unwrap();
    assert!(upload.mime_type == "image/png" && upload.holds(&bytes), "{}", upload.mime_type);
    let call = app.graph.wait_for(1).await.pop().unwrap();
    assert_eq!(call.body["type"], "image");
    assert_eq!(call.body["image"], json!({ "id": upload.id, "caption": "The plan" }));
    let asked = app.graph.file_calls().pop().unwrap();
    assert_eq!(
        (asked.path, asked.authorization),
        (format!("/v23.0/{}/media", app.channel.phone_number_id), format!("Bearer {}", Channel::ACCESS_TOKEN),)
    );

    // The same bytes again, under another name: the provider has them. A document shows its name.
    let again = agent.uploads("the same.png", bytes.clone()).await;
    agent.post(&messages(conversation), with_files("reply", None, &[&again])).await.ok();
    let call = app.graph.wait_for(2).await.pop().unwrap();
    assert_eq!(call.body["image"], json!({ "id": upload.id }));
    let bill = agent.uploads("Bill 7.pdf", files::pdf()).await;
    agent.post(&messages(conversation), with_files("reply", Some("Please pay"), &[&bill])).await.ok();
    let call = app.graph.wait_for(3).await.pop().unwrap();
    assert_eq!(
        (&call.body["document"]["filename"], &call.body["document"]["caption"]),
        (&json!("Bill 7.pdf"), &json!("Please pay"))
    );
    assert_eq!(app.graph.uploads().len(), 2);
    // Another number of the company is another matter.
    app.finish().await;
}

#[tokio::test]
async fn media_a_file_is_sent_once_and_by_its_uploader() {
    let app = TestApp::start().await;
    let agent = app.agent().await;
    let conversation = app.opens(WHO).await;
    let file = agent.uploads("a.png", files::png(30, 20)).await;
    let body = with_files("reply", Some("Look"), &[&file]);
    let first = agent.post(&messages(conversation), body.clone()).await;
    assert_eq!(first.status, 201, "{}", first.text());
    let again = agent.post(&messages(conversation), body.clone()).await;
    assert_eq!((again.status, &again.json()["id"]), (200, &first.json()["id"]), "the same said twice is said once");
    let mut other = body.clone();
    other["media_ids"] = json!([]);
    agent.post(&messages(conversation), other).await.refused(409, "idempotency_conflict");
    let field = |problem: &Value| problem["errors"][0]["field"].as_str().unwrap().to_owned();
    let refused = async |body: Value| field(&agent.post(&messages(conversation), body).await.refused(422, "invalid"));
    assert_eq!(refused(with_files("reply", None, &[&file])).await, "media_ids", "it was sent already");
    let two = [agent.uploads("b.png", files::png(31, 20)).await, agent.uploads("c.png", files::png(32, 20)).await];
    assert_eq!(refused(with_files("reply", None, &[&two[0], &two[1]])).await, "media_ids", "one file a message");
    assert_eq!(refused(with_files("reply", None, &[&two[0], &two[0]])).await, "media_ids");
    assert_eq!(refused(with_files("reply", None, &[&json!({ "id": uuid::Uuid::now_v7() })])).await, "media_ids");
    let voice = agent.uploads("v.ogg", files::recording()).await;
    assert_eq!(refused(with_files("reply", Some("Words"), &[&voice])).await, "text", "a recording carries no words");
    let long = with_files("reply", Some(&"x".repeat(1_025)), &[&two[0]]);
    assert_eq!(refused(long).await, "text");
    assert_eq!(refused(with_files("reply", Some(" "), &[])).await, "text");
    for (name, bytes) in [
        ("a.webm", [&[0x1a, 0x45, 0xdf, 0xa3][..], &[0x42, 0x82, 0x84], b"webm"].concat()),
        ("a.zip", b"PK\x03\x04..........................".to_vec()),
        ("large.mp4", files::film(16 * MB + 1)),
    ] {
        let file = agent.uploads(name, bytes).await;
        let problem = agent.post(&messages(conversation), with_files("reply", None, &[&file])).await.refused(422, "invalid");
        assert_eq!(field(&problem), "media_ids", "{name}");
        assert!(problem["errors"][0]["message"].as_str().unwrap().contains("WhatsApp takes"), "{problem}");
    }
    assert_eq!(app.graph.wait_for(1).await.len(), 1);
    app.finish().await;
}

#[tokio::test]
async fn media_several_files_and_words_go_into_a_note() {
    let app = TestApp::start().await;
    let (agent, lead) = (app.agent().await, app.login(&app.people().lead).await);
    let conversation = app.opens(WHO).await;
    let some = [
        agent.uploads("a.zip", b"PK\x03\x04.........................".to_vec()).await,
        agent.uploads("b.png", files::png(32, 20)).await,
    ];
    let note = agent.post(&messages(conversation), with_files("note", Some("See both"), &[&some[0], &some[1]])).await.ok();
    assert_eq!((&note["text"], &note["kind"]), (&json!("See both"), &json!("note")));
    let seen = lead.messages(conversation).await.pop().unwrap();
    let ids: Vec<_> = seen["attachments"].as_array().unwrap().iter().map(|file| file["id"].clone()).collect();
    assert_eq!(ids, [some[0]["id"].clone(), some[1]["id"].clone()], "in their order");
    let one = agent.uploads("c.png", files::png(33, 20)).await;
    let bare = agent.post(&messages(conversation), with_files("note", None, &[&one])).await.ok();
    assert_eq!((&bare["text"], &bare["preview"]), (&Value::Null, &json!("Photo")));
    assert!(app.graph.uploads().is_empty() && app.graph.calls().is_empty(), "nothing of it leaves the house");
    app.finish().await;
}

#[tokio::test]
async fn media_what_the_provider_does_not_take_fails_in_words_or_is_tried_again() {
    let app = TestApp::start().await;
    let agent = app.agent().await;
    let conversation = app.opens(WHO).await;
    // A bad moment: the upload is tried again, and the message goes once.
    app.graph.refuse_uploads([(503, 2)]);
    let file = agent.uploads("a.png", files::png(30, 20)).await;
    let said = agent.post(&messages(conversation), with_files("reply", None, &[&file])).await.ok();
    app.probe.becomes(id_of(&said), "sent").await;
    assert_eq!((app.graph.uploads().len(), app.graph.calls().len()), (1, 1));
    // A refusal for good: the message says why, and nothing was sent.
    app.graph.refuse_uploads([(400, 100)]);
    let file = agent.uploads("b.png", files::png(31, 20)).await;
    let said = agent.post(&messages(conversation), with_files("reply", Some("b"), &[&file])).await.ok();
    app.probe.becomes(id_of(&said), "failed").await;
    assert_eq!(app.graph.calls().len(), 1);
    let shown = agent.messages(conversation).await.pop().unwrap();
    assert!(shown["error"]["message"].is_string() && shown["attachments"][0]["state"] == "ready", "{shown}");
    // Sent again by hand it goes, as it is.
    agent.post(&format!("{}/{}/retry", messages(conversation), id_of(&said)), json!({})).await.ok();
    app.probe.becomes(id_of(&said), "sent").await;
    assert_eq!(app.graph.calls().pop().unwrap().body["image"]["caption"], "b");
    // An id that the provider has forgotten is not used for ever.
    let same = agent.uploads("c.png", files::png(31, 20)).await;
    app.graph.next([Reply::refuse(400, 131_052)]);
    let said = agent.post(&messages(conversation), with_files("reply", None, &[&same])).await.ok();
    app.probe.becomes(id_of(&said), "failed").await;
    let before = app.graph.uploads().len();
    agent.post(&format!("{}/{}/retry", messages(conversation), id_of(&said)), json!({})).await.ok();
    app.probe.becomes(id_of(&said), "sent").await;
    assert_eq!(app.graph.uploads().len(), before + 1);
    app.finish().await;
}

#[tokio::test]
async fn media_a_held_message_keeps_its_file_and_gives_it_back() {
    let app = TestApp::with().manual_clock().start().await;
    let agent = app.agent().await;
    let conversation = app.opens(WHO).await;
    let file = agent.uploads("a.png", files::png(30, 20)).await;
    let mut body = with_files("reply", Some("Later"), &[&file]);
    body["hold_seconds"] = json!(30);
    let held = agent.post(&messages(conversation), body.clone()).await.ok();
    assert_eq!((&held["status"], &held["attachments"][0]["id"]), (&json!("held"), &file["id"]));
    let path = format!("/api/v1/media/{}", id_of(&file));
    agent.delete(&path).await.refused(409, "in_use");
    // Not said yet, so nobody else's.
    app.admin().await.get(&path).await.refused(404, "not_found");
    assert_eq!(agent.delete(&format!("{}/{}", messages(conversation), id_of(&held))).await.status, 204);
    body["client_id"] = json!("again");
    let held = agent.post(&messages(conversation), body).await.ok();
    app.advance(Duration::from_secs(31));
    app.probe.becomes(id_of(&held), "sent").await;
    let call = app.graph.wait_for(1).await.pop().unwrap();
    assert_eq!(call.body["image"]["caption"], "Later");
    app.admin().await.get(&path).await.ok_bytes();
    app.finish().await;
}

#[tokio::test]
async fn media_files_wait_for_a_window_like_words_do() {
    let app = TestApp::with().manual_clock().start().await;
    let conversation = app.opens(WHO).await;
    app.advance(Duration::from_secs(25 * 3_600));
    let agent = app.agent().await;
    let file = agent.uploads("a.png", files::png(30, 20)).await;
    agent.post(&messages(conversation), with_files("reply", None, &[&file])).await.refused(409, "window_closed");
    agent.post(&messages(conversation), with_files("note", None, &[&file])).await.ok();
    eventually("nothing goes out", async || app.graph.calls().is_empty().then_some(())).await;
    app.finish().await;
}
