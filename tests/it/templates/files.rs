//! Templates that begin with a file: it is uploaded like any other, handed over before the message, and is the message's attachment.

use std::time::Duration;

use serde_json::{Value, json};
use tests::{TestApp, files};
use uuid::Uuid;

use super::{WHO, close_window, path, synced, template};
use crate::simulator::Provider;

fn of(format: &str) -> Value {
    json!([{ "type": "HEADER", "format": format }, { "type": "BODY", "text": "Look, {{1}}" }])
}

fn asked(client_id: &str, name: &str, media: &Value) -> Value {
    let template = json!({ "name": name, "language": "en", "variables": { "body": ["Ana"] }, "media_id": media });
    json!({ "client_id": client_id, "kind": "reply", "template": template })
}

fn id_of(thing: &Value) -> Uuid {
    thing["id"].as_str().unwrap().parse().unwrap()
}

#[tokio::test]
async fn templates_take_their_file_along() {
    let app = TestApp::start().await;
    let (admin, agent) = (app.admin().await, app.agent().await);
    let all = ["IMAGE", "VIDEO", "DOCUMENT", "TEXT"].map(|format| template(&format.to_lowercase(), "APPROVED", &of(format)));
    synced(&app, &admin, all.to_vec()).await;
    let id = app.opens(WHO).await;
    close_window(&app).await;
    for (n, (name, file, bytes)) in
        [("image", "a.png", files::png(30, 20)), ("video", "b.mp4", files::film(4_000)), ("document", "Bill 7.pdf", files::pdf())]
            .into_iter()
            .enumerate()
    {
        let media = agent.uploads(file, bytes.clone()).await;
        let said = agent.post(&path(id), asked(name, name, &media["id"])).await.ok();
        assert_eq!((&said["content"]["header"], &said["content"]["header_file"]), (&Value::Null, &json!(name)));
        assert_eq!((&said["attachments"][0]["id"], &said["preview"]), (&media["id"], &json!("Look, Ana")));
        let call = app.graph.wait_for(n + 1).await.pop().unwrap();
        let upload = app.graph.uploads().pop().unwrap();
        assert!(upload.holds(&bytes), "{name}");
        let mut object = json!({ "id": upload.id });
        if name == "document" {
            object["filename"] = json!("Bill 7.pdf");
        }
        assert_eq!(
            call.body["template"]["components"],
            json!([
                { "type": "header", "parameters": [{ "type": name, name: object }] },
                { "type": "body", "parameters": [{ "type": "text", "text": "Ana" }] }])
        );
        app.probe.becomes(id_of(&said), "sent").await;
        // Said twice it is said once; with another file it is another message.
        assert_eq!(agent.post(&path(id), asked(name, name, &media["id"])).await.ok()["id"], said["id"]);
        agent.post(&path(id), asked(name, name, &Value::Null)).await.refused(409, "idempotency_conflict");
        agent.post(&path(id), asked(name, name, &json!(Uuid::now_v7()))).await.refused(409, "idempotency_conflict");
        assert_eq!(agent.post(&path(id), asked("again", name, &media["id"])).await.fields(), ["template.media_id"], "it is sent");
    }

    let picture = agent.uploads("c.png", files::png(31, 20)).await;
    let theirs = app.colleague().await.uploads("d.png", files::png(32, 20)).await;
    let moving = agent.uploads("e.gif", files::picture(image::ImageFormat::Gif, 20, 20)).await;
    for (name, media, field) in [
        ("image", &theirs["id"], "template.media_id"),
        ("image", &json!(Uuid::now_v7()), "template.media_id"),
        ("image", &moving["id"], "template.media_id"),
        ("video", &picture["id"], "template.media_id"),
        ("document", &picture["id"], "template.media_id"),
        ("text", &picture["id"], "template.media_id"),
        ("image", &Value::Null, "template.variables.header"),
    ] {
        assert_eq!(agent.post(&path(id), asked("c-9", name, media)).await.fields(), [field], "{name} {media}");
    }
    let mut both = asked("c-9", "image", &picture["id"]);
    both["template"]["variables"]["header"] = json!(["https://max.example/a.png"]);
    assert_eq!(agent.post(&path(id), both).await.fields(), ["template.variables.header"]);
    let mut beside = asked("c-9", "image", &picture["id"]);
    beside["media_ids"] = json!([picture["id"]]);
    assert_eq!(agent.post(&path(id), beside).await.fields(), ["media_ids"]);
    assert_eq!(app.graph.calls().len(), 3);
    app.finish().await;
}

#[tokio::test]
async fn templates_with_a_file_may_be_held_and_may_ask() {
    let app = TestApp::with().manual_clock().start().await;
    let (admin, agent) = (app.admin().await, app.agent().await);
    synced(&app, &admin, vec![template("image", "APPROVED", &of("IMAGE"))]).await;
    let id = app.opens(WHO).await;
    let media = agent.uploads("a.png", files::png(30, 20)).await;
    let mut later = asked("c-1", "image", &media["id"]);
    later["hold_seconds"] = json!(30);
    let held = agent.post(&path(id), later.clone()).await.ok();
    assert_eq!((&held["status"], &held["attachments"][0]["id"]), (&json!("held"), &media["id"]));
    assert_eq!(agent.post(&path(id), later).await.ok()["id"], held["id"], "the same again");
    app.advance(Duration::from_secs(31));
    let call = app.graph.wait_for(1).await.remove(0);
    let uploaded = app.graph.uploads().remove(0).id;
    assert_eq!(call.body["template"]["components"][0]["parameters"][0]["image"]["id"], json!(uploaded));
    app.probe.becomes(call.our_id(), "sent").await;

    // The template that asks a customer to write carries its file too, and the reply waits.
    app.probe.run("update conversation set window_expires_at = '2020-01-01'").await;
    let media = agent.uploads("b.png", files::png(33, 20)).await;
    let reply = json!({ "client_id": "r-1", "kind": "reply", "text": "Later",
        "ask_to_reopen": { "template": asked("", "image", &media["id"])["template"] } });
    let sent = agent.post(&path(id), reply.clone()).await.ok();
    assert_eq!((&sent["attachments"][0]["id"], &sent["waiting"]["text"]), (&media["id"], &json!("Later")));
    assert_eq!(agent.post(&path(id), reply.clone()).await.ok()["id"], sent["id"]);
    let mut other = reply;
    other["ask_to_reopen"]["template"]["media_id"] = json!(Uuid::now_v7());
    agent.post(&path(id), other).await.refused(409, "idempotency_conflict");
    app.graph.wait_for(2).await;
    app.finish().await;
}

#[tokio::test]
async fn templates_with_a_file_show_it_on_the_phone() {
    let app = TestApp::start().await;
    let provider = Provider::start(&app).await;
    let (admin, agent) = (app.admin().await, app.agent().await);
    let mut socket = agent.socket(None).await;
    provider
        .post(
            "templates",
            json!({ "name": "look", "language": "en", "status": "APPROVED", "components": of("IMAGE"), "notify": false }),
        )
        .await;
    let sync = format!("/api/v1/channels/{}/templates/sync", provider.channel);
    assert_eq!(admin.post(&sync, json!({})).await.status, 202);
    tests::eventually("the template is read", async || {
        (app.probe.one::<i64>("select count(*) from template where name = 'look'").await == 1).then_some(())
    })
    .await;
    let customer = provider.customer("447700900124").await;
    provider.post(&format!("customers/{customer}/send"), json!({ "text": "Hello", "wait_ms": 5000 })).await;
    let event = socket.expect("message.created", |data| data["message"]["text"] == "Hello").await;
    let conversation: Uuid = event["data"]["conversation"]["id"].as_str().unwrap().parse().unwrap();
    let media = agent.uploads("a.png", files::png(30, 20)).await;
    let said = agent.post(&path(conversation), asked("c-1", "look", &media["id"])).await.ok();
    app.probe.becomes(id_of(&said), "read").await;
    let chat = provider.get(&format!("chats?customer={customer}")).await;
    let shown = &chat["data"].as_array().unwrap().last().unwrap()["message"]["filled"];
    assert_eq!((&shown["body"], &shown["header"]["type"]), (&json!("Look, Ana"), &json!("image")));
    let file = shown["header"]["image"]["id"].as_str().unwrap();
    let bytes = tests::http().get(provider.url(&format!("media/{file}"))).send().await.unwrap().bytes().await.unwrap();
    assert_eq!(bytes[..], files::png(30, 20));
    provider.settled().await;
    provider.simulator.stop().await;
    app.finish().await;
}
