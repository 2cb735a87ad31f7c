//! Uploads: what is taken, what it is taken for, and whose it is.

use image::ImageFormat;
use reqwest::{
    Body, Method,
    multipart::{Form, Part},
};
use serde_json::{Value, json};
use tests::{
    Answer, TestApp, eventually,
    files::{self, upload},
};

use super::MB;

#[tokio::test]
async fn media_uploads_are_what_their_bytes_say() {
    let app = TestApp::start().await;
    let agent = app.agent().await;
    let picture = agent.uploads("holiday.png", files::png(1_200, 300)).await;
    let expected = json!({
        "kind": "image", "state": "ready", "name": "holiday.png", "mime_type": "image/png", "width": 1200, "height": 300,
        "duration_ms": null, "voice": false, "animated": false, "error": null, "offers": [], "unfit": null,
    });
    for (key, value) in expected.as_object().unwrap() {
        assert_eq!(&picture[key], value, "{key} of {picture}");
    }
    assert!(picture["url"].as_str().unwrap().starts_with("/media/") && picture["thumbnail_url"].is_string());
    let film = agent.uploads("clip.mp4", files::film(200_000)).await;
    assert_eq!((&film["kind"], &film["duration_ms"], &film["width"]), (&json!("video"), &json!(7_500), &json!(640)));
    assert_eq!(film["thumbnail_url"], Value::Null);

    // What a name or a browser says about a file changes nothing.
    let html = b"<html><script>alert(1)</script>".to_vec();
    let svg = br#"<?xml version="1.0"?><svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)"/>"#.to_vec();
    let polyglot = [b"GIF89a/*".as_slice(), b"*/=1;alert(1)//<script>alert(1)</script>"].concat();
    let zipped = [files::pdf(), b"PK\x03\x04payload".to_vec()].concat();
    for (name, bytes, kind, mime) in [
        ("photo.png", html, "document", "text/plain"),
        ("logo.png", svg.clone(), "document", "text/plain"),
        ("logo.svg", svg, "document", "text/plain"),
        ("page.html", files::jpeg(20, 20), "image", "image/jpeg"),
        ("x.gif", polyglot, "image", "image/gif"),
        ("bill.exe", zipped, "document", "application/pdf"),
        ("tool.pdf", b"MZ\x90\0rest of a program".to_vec(), "document", "application/vnd.microsoft.portable-executable"),
        ("noise", vec![0, 159, 146, 150], "document", "application/octet-stream"),
        ("voice.ogg", files::recording(), "audio", "audio/ogg"),
        ("s.webp", files::picture(ImageFormat::WebP, 64, 64), "image", "image/webp"),
    ] {
        let file = agent.uploads(name, bytes).await;
        assert_eq!((&file["kind"], &file["mime_type"]), (&json!(kind), &json!(mime)), "{name}");
    }
    for (name, shown) in [
        ("../../etc/passwd", "passwd"),
        ("C:\\temp\\report.pdf", "report.pdf"),
        ("invoice\u{202e}fdp.exe", "invoicefdp.exe"),
        ("Übersicht – 2026.pdf", "Übersicht – 2026.pdf"),
        (".htaccess", "htaccess"),
    ] {
        assert_eq!(agent.uploads(name, files::pdf()).await["name"], shown);
    }
    app.finish().await;
}

#[tokio::test]
async fn media_uploads_that_are_too_large_or_no_files_are_refused_in_words() {
    let app = TestApp::with().media_max_bytes(2 * MB as u64).start().await;
    let agent = app.agent().await;
    assert_eq!(agent.uploads("fits.mp4", files::film(2 * MB)).await["size"], 2 * MB);
    let problem = upload(&agent, "large.mp4", files::film(2 * MB + 1), &[]).await.refused(413, "too_large");
    assert_eq!(problem["max_bytes"], 2 * MB);
    assert!(problem["detail"].as_str().unwrap().contains("2 MB"), "{problem}");
    upload(&agent, "empty", Vec::new(), &[]).await.refused(422, "invalid");
    agent.post("/api/v1/media", json!({ "file": "x" })).await.refused(415, "unsupported_media_type");
    let form = |form: Form| agent.request(Method::POST, "/api/v1/media").multipart(form);
    let file = || Part::bytes(files::pdf()).file_name("a.pdf");
    for (wrong, parts) in [
        ("no file", Form::new().text("voice", "true")),
        ("two files", Form::new().part("file", file()).part("file", file())),
        ("an unknown field", Form::new().part("file", file()).text("owner", "me")),
        ("no id", Form::new().text("channel_id", "x").part("file", file())),
        ("nobody's conversation", Form::new().text("conversation_id", uuid::Uuid::now_v7().to_string()).part("file", file())),
    ] {
        assert_eq!(Answer::of(form(parts)).await.refused(422, "invalid")["code"], "invalid", "{wrong}");
    }
    // A line that breaks in the middle leaves nothing behind.
    let before: i64 = app.probe.one("select count(*) from media").await;
    let (half, _) = tokio::sync::mpsc::channel::<Result<Vec<u8>, std::io::Error>>(1);
    drop(half);
    let torn = b"--b\r\ncontent-disposition: form-data; name=\"file\"; filename=\"a\"\r\n\r\nhalf of it".to_vec();
    let request = agent.request(Method::POST, "/api/v1/media").header("content-type", "multipart/form-data; boundary=b");
    Answer::of(request.body(torn)).await.refused(400, "bad_request");
    assert_eq!(app.probe.one::<i64>("select count(*) from media").await, before);
    assert_eq!(files::arriving(&app.folder), [0; 0]);
    app.finish().await;
}

/// A film arrives in pieces: what has come is on the disk before the rest is sent, and nowhere else.
#[tokio::test]
async fn media_uploads_go_to_the_disk_as_they_arrive() {
    let app = TestApp::start().await;
    let agent = app.agent().await;
    let film = files::film(16 * MB);
    let head = b"--b\r\ncontent-disposition: form-data; name=\"file\"; filename=\"film.mp4\"\r\n\r\n".to_vec();
    let (pieces, mut rest) = tokio::sync::mpsc::channel::<Vec<u8>>(1);
    let body = futures_util::stream::poll_fn(move |cx| rest.poll_recv(cx).map(|piece| piece.map(Ok::<_, std::io::Error>)));
    let request = agent.request(Method::POST, "/api/v1/media").header("content-type", "multipart/form-data; boundary=b");
    let answer = tokio::spawn(Answer::of(request.body(Body::wrap_stream(body))));
    pieces.send(head).await.unwrap();
    pieces.send(film[..15 * MB].to_vec()).await.unwrap();
    eventually("nearly all of it is on the disk", async || {
        files::arriving(&app.folder).iter().any(|size| *size > 14 * MB as u64).then_some(())
    })
    .await;
    pieces.send(film[15 * MB..].to_vec()).await.unwrap();
    pieces.send(b"\r\n--b--\r\n".to_vec()).await.unwrap();
    drop(pieces);
    let file = answer.await.unwrap().ok();
    assert_eq!((&file["size"], &file["duration_ms"]), (&json!(16 * MB), &json!(7_500)));
    assert_eq!(agent.get(&format!("/api/v1/media/{}", file["id"].as_str().unwrap())).await.body.len(), 16 * MB);
    app.finish().await;
}

#[tokio::test]
async fn media_uploads_are_their_uploaders_until_they_are_sent() {
    let app = TestApp::start().await;
    let (agent, colleague, admin) = (app.agent().await, app.colleague().await, app.admin().await);
    let conversation = app.opens(super::WHO).await;
    let file = agent.uploads("a.png", files::png(10, 10)).await;
    let path = format!("/api/v1/media/{}", file["id"].as_str().unwrap());
    for other in [&colleague, &admin] {
        for (method, tail) in [(Method::GET, ""), (Method::GET, "/link"), (Method::DELETE, ""), (Method::POST, "/fetch")] {
            Answer::of(other.request(method, &format!("{path}{tail}"))).await.refused(404, "not_found");
        }
        other.post(&format!("{path}/convert"), json!({ "to": "document" })).await.refused(404, "not_found");
        let body = super::with_files("reply", None, &[&file]);
        let problem = other.post(&super::messages(conversation), body).await.refused(422, "invalid");
        assert_eq!(problem["errors"][0]["field"], "media_ids", "{problem}");
    }
    assert_eq!(agent.get(&format!("{path}/link")).await.ok()["state"], "ready");
    assert_eq!(agent.delete(&path).await.status, 204);
    agent.get(&path).await.refused(404, "not_found");

    // Once sent it is everybody's who reads the conversation, and stays.
    let file = agent.uploads("b.png", files::png(10, 10)).await;
    let path = format!("/api/v1/media/{}", file["id"].as_str().unwrap());
    agent.post(&super::messages(conversation), super::with_files("reply", None, &[&file])).await.ok();
    admin.get(&path).await.ok_bytes();
    // The agent has the conversation now, so it is not their colleague's to read.
    colleague.get(&path).await.refused(404, "not_found");
    app.login(&app.people().stranger).await.get(&path).await.refused(404, "not_found");
    agent.delete(&path).await.refused(409, "in_use");
    admin.delete(&path).await.refused(403, "forbidden");
    app.finish().await;
}

#[tokio::test]
async fn media_offers_say_what_would_fit_the_channel() {
    let app = TestApp::start().await;
    let agent = app.agent().await;
    let conversation = app.opens(super::WHO).await;
    let to = [("conversation_id", conversation.to_string())];
    let fits = upload(&agent, "a.jpg", files::jpeg(50, 50), &to).await.ok();
    assert_eq!((&fits["unfit"], &fits["offers"]), (&Value::Null, &json!([])));
    let sticker = upload(&agent, "a.webp", files::picture(ImageFormat::WebP, 50, 40), &to).await.ok();
    assert_eq!(sticker["offers"][0]["to"], "jpeg", "{sticker}");
    assert!(sticker["unfit"].as_str().unwrap().contains("webp"), "{sticker}");
    let made = agent.post(&format!("/api/v1/media/{}/convert", sticker["id"].as_str().unwrap()), json!({ "to": "jpeg" })).await;
    assert_eq!(made.status, 201, "{}", made.text());
    let made = made.json();
    assert_eq!((&made["mime_type"], &made["name"], &made["width"]), (&json!("image/jpeg"), &json!("a.jpg"), &json!(50)));
    let problem =
        agent.post(&super::messages(conversation), super::with_files("reply", None, &[&sticker])).await.refused(422, "invalid");
    assert_eq!(problem["errors"][0]["field"], "media_ids");
    agent.post(&super::messages(conversation), super::with_files("reply", None, &[&made])).await.ok();
    app.graph.wait_for_uploads(1).await;
    app.finish().await;
}

#[tokio::test]
async fn media_what_nobody_sends_goes_after_a_day_with_its_bytes() {
    let app = TestApp::with().manual_clock().start().await;
    let agent = app.agent().await;
    let conversation = app.opens(super::WHO).await;
    let (left, sent) = (agent.uploads("left.png", files::png(10, 10)).await, agent.uploads("sent.png", files::png(11, 11)).await);
    agent.post(&super::messages(conversation), super::with_files("note", None, &[&sent])).await.ok();
    let folder = app.folder.join("media");
    assert_eq!(files::kept(&folder), 4, "two pictures and two small ones");
    app.advance(std::time::Duration::from_secs(23 * 3600));
    features::media::clear_away(&app.nodes[0].app).await.unwrap();
    assert_eq!(files::kept(&folder), 4);
    app.advance(std::time::Duration::from_secs(2 * 3600));
    features::media::clear_away(&app.nodes[0].app).await.unwrap();
    assert_eq!(files::kept(&folder), 2);
    let agent = app.agent().await;
    agent.get(&format!("/api/v1/media/{}", left["id"].as_str().unwrap())).await.refused(404, "not_found");
    agent.get(&format!("/api/v1/media/{}", sent["id"].as_str().unwrap())).await.ok_bytes();
    app.finish().await;
}
