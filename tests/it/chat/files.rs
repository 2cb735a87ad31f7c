//! Files: of visitors, of colleagues for visitors and for the company's app, and of the app.

use std::time::Duration;

use features::media::clear_away;
use serde_json::{Value, json};
use tests::{Answer, Client, TestApp, eventually, files, http};
use uuid::Uuid;
use wiremock::{Mock, MockServer, ResponseTemplate, matchers};

use super::{
    Chat, PAGE, Visit, event, frame,
    visitors::{conversation_of, jwt},
};

/// A chat whose pages take files of up to this many bytes.
async fn with_files(app: TestApp, max_bytes: u64) -> Chat {
    let mut chat = Chat::start(app).await;
    let config = json!({ "callback_url": chat.company.url(), "allowed_origins": [PAGE], "upload": { "on": true, "max_bytes": max_bytes } });
    chat.channel = Chat::channel(&chat.app, config).await;
    chat
}

async fn upload(chat: &Chat, visit: &Visit, name: &str, bytes: Vec<u8>) -> Answer {
    let part = reqwest::multipart::Part::bytes(bytes).file_name(name.to_owned()).mime_str("image/png").unwrap();
    let form = reqwest::multipart::Form::new().part("file", part);
    let url = format!("{}/chat/{}/media", chat.app.bases[0], chat.channel);
    Answer::of(http().post(url).header("origin", PAGE).bearer_auth(&visit.token).multipart(form)).await
}

fn with_file(file: &Value) -> Value {
    json!({ "id": Uuid::new_v4(), "media_id": file["id"] })
}

async fn unsent(chat: &Chat) -> i64 {
    chat.app.probe.one("select count(*) from media where message_id is null").await
}

#[tokio::test]
async fn chat_visitors_send_files_and_get_them() {
    let chat = with_files(TestApp::start().await, 200_000).await;
    let agent = chat.app.agent().await;
    let config = chat.visit("GET", "config", None, None).await.ok();
    assert_eq!((&config["upload"]["on"], &config["upload"]["max_bytes"]), (&json!(true), &json!(200_000)));
    assert!(config["upload"]["mime_types"].as_array().unwrap().contains(&json!("image/png")), "{config}");

    let visit = chat.begin(json!({})).await;
    let mut socket = visit.socket(&chat, None).await;
    let bytes = files::png(400, 300);
    let file = upload(&chat, &visit, "../<script>alert(1)</script>.png", bytes.clone()).await.ok();
    assert_eq!((&file["kind"], &file["mime_type"], &file["size"]), (&json!("image"), &json!("image/png"), &json!(bytes.len())));
    let name = file["name"].as_str().unwrap();
    assert!(!name.contains(['<', '>', '/']), "{name}");
    let say = json!({ "id": Uuid::new_v4(), "media_id": file["id"], "text": "Is this the one?" });
    let said = visit.post(&chat, "messages", say.clone()).await.ok();
    assert_eq!((&said["type"], &said["text"], &said["media"]["state"]), (&json!("media"), &say["text"], &json!("ready")));
    assert_eq!(visit.post(&chat, "messages", say).await.ok()["id"], said["id"], "the same id is the same message, file or not");
    assert_eq!(frame(&mut socket, "message", |_| true).await["message"]["media"]["name"], file["name"]);
    let again = visit.post(&chat, "messages", with_file(&file)).await;
    assert_eq!(again.fields(), ["media_id"], "it was sent");

    // Anybody who was given its address has it, on the company's pages too.
    let anybody = Client::anonymous(&chat.app.bases[0]);
    let got = anybody.get(said["media"]["url"].as_str().unwrap()).await;
    assert_eq!((got.status, &got.body[..]), (200, &bytes[..]));
    assert_eq!(got.header("cross-origin-resource-policy"), Some("cross-origin"));
    assert_eq!(anybody.get(said["media"]["thumbnail_url"].as_str().unwrap()).await.status, 200);

    // Colleagues have it like any other file.
    let conversation = conversation_of(&chat, &visit).await;
    let seen = agent.messages(conversation).await.pop().unwrap();
    assert_eq!((&seen["content"]["type"], &seen["text"]), (&json!("media"), &json!("Is this the one?")));
    let attachment = &seen["attachments"][0];
    assert_eq!(agent.get(&format!("/api/v1/media/{}", attachment["id"].as_str().unwrap())).await.body, bytes);

    // And the other way.
    let sent = agent.uploads("offer.pdf", files::pdf()).await;
    let body =
        json!({ "client_id": Uuid::new_v4().to_string(), "kind": "reply", "text": "Our offer", "media_ids": [sent["id"]] });
    agent.post(&format!("/api/v1/conversations/{conversation}/messages"), body).await.ok();
    let told = frame(&mut socket, "message", |f| f["message"]["from"] == "agent").await;
    let media = &told["message"]["media"];
    assert_eq!(
        (&media["kind"], &media["name"], &told["message"]["text"]),
        (&json!("document"), &json!("offer.pdf"), &json!("Our offer"))
    );
    assert_eq!(anybody.get(media["url"].as_str().unwrap()).await.body, files::pdf());
    let page = visit.get(&chat, "messages").await.ok();
    assert_eq!(page["items"].as_array().unwrap().iter().filter(|m| m["media"]["state"] == "ready").count(), 2, "{page}");
    assert!(chat.company.taken("message.created").is_empty());
    chat.app.finish().await;
}

#[tokio::test]
async fn chat_files_are_nobody_elses_and_what_they_are() {
    let mut chat = with_files(TestApp::with().manual_clock().start().await, 50_000).await;
    let (ana, ben) = (chat.begin(json!({})).await, chat.begin(json!({})).await);
    let file = upload(&chat, &ana, "a.png", files::png(20, 20)).await.ok();
    assert_eq!(ben.post(&chat, "messages", with_file(&file)).await.fields(), ["media_id"], "of another visitor");
    let colleague = chat.app.agent().await;
    let theirs = colleague.uploads("b.png", files::png(20, 20)).await;
    assert_eq!(ana.post(&chat, "messages", with_file(&theirs)).await.fields(), ["media_id"], "of a colleague");
    colleague.get(&format!("/api/v1/media/{}", file["id"].as_str().unwrap())).await.refused(404, "not_found");
    // The app speaks for its own users only.
    let media = json!({ "id": "m-1", "user": { "id": "42" }, "media": { "id": file["id"] } });
    chat.tell(&event("message.created", &media)).await.ok_text();
    let stolen = chat.conversation("user:42").await;
    let shown = colleague.messages(stolen).await.pop().unwrap();
    assert_ne!(shown["attachments"][0]["id"], file["id"]);
    assert_ne!(shown["attachments"][0]["state"], "ready");

    // Too large, of a type that is not taken whatever it is called, empty, no file at all.
    upload(&chat, &ana, "large.png", files::film(60_000)).await.refused(413, "too_large");
    let program = [b"\x7fELF\x02\x01\x01\0".as_slice(), &[0; 100]].concat();
    assert_eq!(upload(&chat, &ana, "harmless.png", program).await.fields(), ["file"]);
    assert_eq!(upload(&chat, &ana, "empty.png", Vec::new()).await.fields(), ["file"]);
    let page = upload(&chat, &ana, "page.html", b"<!doctype html><script>alert(1)</script>".to_vec()).await.ok();
    let got = Client::anonymous(&chat.app.bases[0]).get(page["url"].as_str().unwrap()).await;
    assert_eq!(got.header("content-type"), Some("application/octet-stream"), "nothing of it runs");
    assert!(got.header("content-disposition").unwrap().starts_with("attachment"));
    chat.visit("POST", "media", Some(&ana.token), Some(json!({}))).await.refused(415, "unsupported_media_type");
    chat.visit("POST", "media", None, None).await.refused(401, "unauthenticated");
    for body in [
        json!({ "id": Uuid::new_v4() }),
        json!({ "id": Uuid::new_v4(), "media_id": file["id"], "choice": { "id": "1", "title": "x" } }),
    ] {
        ana.post(&chat, "messages", body).await.refused(422, "invalid");
    }

    // Where the channel takes none.
    let with = chat.channel;
    chat.channel = Chat::channel(&chat.app, json!({ "allowed_origins": [PAGE] })).await;
    let none = chat.begin(json!({})).await;
    upload(&chat, &none, "a.png", files::png(20, 20)).await.refused(422, "not_supported_by_channel");
    assert_eq!(none.post(&chat, "messages", with_file(&file)).await.fields(), ["media_id"], "of another channel");
    chat.channel = with;

    // What nobody sends goes after a day.
    assert!(unsent(&chat).await >= 2);
    chat.app.advance(Duration::from_secs(25 * 3600));
    clear_away(&chat.app.nodes[0].app).await.unwrap();
    assert_eq!(unsent(&chat).await, 0);
    chat.app.finish().await;
}

#[tokio::test]
async fn chat_files_come_along_when_a_visitor_signs_in() {
    let chat = with_files(TestApp::start().await, 50_000).await;
    let visit = chat.begin(json!({})).await;
    let file = upload(&chat, &visit, "a.png", files::png(20, 20)).await.ok();
    let user_token = jwt(chat.channel, "77", 3600);
    let visit = chat.begin(json!({ "token": visit.token, "user_token": user_token })).await;
    // The app may send what its user uploaded.
    let media = json!({ "id": "m-1", "user": { "id": "77" }, "text": "as we said", "media": { "id": file["id"], "mime_type": "image/png" } });
    chat.tell(&event("message.created", &media)).await.ok_text();
    let agent = chat.app.agent().await;
    let shown = agent.messages(chat.conversation("user:77").await).await.pop().unwrap();
    assert_eq!((&shown["attachments"][0]["id"], &shown["text"]), (&file["id"], &json!("as we said")));
    let page = visit.get(&chat, "messages").await.ok();
    assert_eq!(page["items"][0]["media"]["name"], "a.png", "{page}");
    chat.app.finish().await;
}

#[tokio::test]
async fn chat_files_and_the_app_go_by_their_addresses() {
    let chat = Chat::start(TestApp::start().await).await;
    let agent = chat.app.agent().await;
    // From the app.
    let server = MockServer::start().await;
    let bytes = files::png(60, 40);
    let answer = ResponseTemplate::new(200).set_body_raw(bytes.clone(), "text/html");
    Mock::given(matchers::path("/a.png")).respond_with(answer).mount(&server).await;
    let media = json!({ "url": format!("{}/a.png", server.uri()), "name": "a.png", "mime_type": "image/png" });
    let with = |id: &str, more: Value| {
        let mut media = media.clone();
        media.as_object_mut().unwrap().extend(more.as_object().cloned().unwrap());
        event("message.created", &json!({ "id": id, "user": { "id": "42" }, "media": media }))
    };
    chat.tell(&with("m-1", json!({ "caption": "this one" }))).await.ok_text();
    let conversation = chat.conversation("user:42").await;
    let file = eventually("the file is there", async || {
        let message = agent.messages(conversation).await.pop()?;
        let file = message["attachments"][0].clone();
        (file["state"] == "ready").then_some(file)
    })
    .await;
    assert_eq!((&file["mime_type"], &file["size"]), (&json!("image/png"), &json!(bytes.len())));
    // One that is not what the app announced is not shown, and the tries end.
    chat.tell(&with("m-2", json!({ "sha256": "00".repeat(32) }))).await.ok_text();
    eventually("it is not what was announced", async || {
        let message = agent.messages(conversation).await.pop()?;
        (message["attachments"][0]["error"]["code"] == "damaged" && message["attachments"][0]["url"].is_null()).then_some(())
    })
    .await;

    // To the app.
    let sent = agent.uploads("offer.pdf", files::pdf()).await;
    let body =
        json!({ "client_id": Uuid::new_v4().to_string(), "kind": "reply", "text": "Our offer", "media_ids": [sent["id"]] });
    agent.post(&format!("/api/v1/conversations/{conversation}/messages"), body).await.ok();
    let told = eventually("the app gets the file", async || chat.company.taken("message.created").pop()).await;
    let media = &told.body["data"]["media"];
    assert_eq!(
        (&media["kind"], &media["mime_type"], &media["name"], &media["caption"], &media["size"]),
        (&json!("document"), &json!("application/pdf"), &json!("offer.pdf"), &json!("Our offer"), &json!(files::pdf().len()))
    );
    assert!(told.body["data"]["text"].is_null());
    let public = &chat.app.nodes[0].app.public_url;
    let path = media["url"].as_str().unwrap().strip_prefix(public.as_str()).unwrap();
    assert_eq!(Client::anonymous(&chat.app.bases[0]).get(path).await.body, files::pdf());
    chat.app.finish().await;
}
