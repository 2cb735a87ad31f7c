//! Whatever comes to the webhook's address: it has a fate in the journal that says why, it costs little, and what comes beside it is stored.

use std::time::{Duration, Instant};

use serde_json::{Value, json};
use tests::{Answer, Channel, TestApp, http, webhook};

/// The most that anything may take, on a machine that does much else.
const SOON: Duration = Duration::from_secs(5);

fn deep(levels: usize) -> String {
    format!("{}1{}", "[".repeat(levels), "]".repeat(levels))
}

/// Posts signed bytes with any further headers.
async fn post(app: &TestApp, body: Vec<u8>, headers: &[(&'static str, &str)]) -> Answer {
    let url = format!("{}/webhooks/whatsapp/{}", app.bases[0], app.channel.id);
    let mut request = http().post(url).header("x-hub-signature-256", webhook::sign(&app.channel.app_secret, &body)).body(body);
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    Answer::of(request).await
}

#[tokio::test]
async fn ingest_bad_bodies_are_dead_letters_and_their_neighbours_are_stored() {
    let app = TestApp::start().await;
    let admin = app.admin().await;
    let good = webhook::bytes(&app.envelope(
        &[webhook::contact("15550000001", "Zoë 😀")],
        &[webhook::text("15550000001", "wamid.CUT", app.unix(), "a text that is cut")],
        &[],
    ));
    let mut bad: Vec<(&str, Vec<u8>)> = vec![
        ("nothing", b"".to_vec()),
        ("noise", (0..4096u32).map(|n| (n.wrapping_mul(2_654_435_761) >> 13) as u8).collect()),
        ("zeros", vec![0; 1024]),
        ("deep", deep(10_000).into_bytes()),
        ("deep and never closed", "{\"entry\":[".repeat(10_000).into_bytes()),
        ("a number beyond all numbers", format!(r#"{{"entry":[{{"changes":{}}}]}}"#, "9".repeat(100_000)).into_bytes()),
        ("another document", br#"{"object":"page","entry":[]}"#.to_vec()),
        ("a web page", b"<html><body>Bad gateway</body></html>".to_vec()),
        ("a form", b"entry=1&object=whatsapp_business_account".to_vec()),
        ("two documents", [&good[..], &good[..]].concat()),
    ];
    bad.extend([1, 20, good.len() / 2, good.len() - 1].map(|at| ("cut off", good[..at].to_vec())));
    for (n, (what, body)) in bad.iter().enumerate() {
        let beside = webhook::bytes(&app.envelope(
            &[],
            &[webhook::text("15550000009", &format!("wamid.BESIDE{n}"), app.unix(), "beside it")],
            &[],
        ));
        let begun = Instant::now();
        let (answer, neighbour) = tokio::join!(post(&app, body.clone(), &[]), post(&app, beside, &[]));
        neighbour.ok_text();
        // It is kept, so the provider need not send it again.
        assert_eq!(answer.status, 200, "{what}");
        assert!(begun.elapsed() < SOON, "{what} took {:?}", begun.elapsed());
    }
    assert_eq!(app.probe.one::<i64>("select count(*) from message").await, bad.len() as i64);
    let dead = admin.pages("/api/v1/deliveries?fate=dead").await;
    assert_eq!(dead.len(), bad.len());
    for delivery in &dead {
        assert_eq!(delivery["elements"], json!({ "dead": 1 }));
        let reason = delivery["reason"].as_str().unwrap();
        assert!((10..=2048).contains(&reason.chars().count()), "{reason}");
        // It can be looked at, and tried again.
        let path = format!("/api/v1/deliveries/{}", delivery["id"].as_str().unwrap());
        assert_eq!(admin.get(&path).await.status, 200);
        assert_eq!(admin.post(&format!("{path}/replay"), json!({})).await.ok()["elements"][0]["fate"], "dead");
    }
    app.finish().await;
}

#[tokio::test]
async fn ingest_bad_things_in_a_delivery_leave_its_other_things_alone() {
    let app = TestApp::start().await;
    let who = "15550000001";
    let text = |id: &str| webhook::text(who, id, app.unix(), "fine").to_string();
    let strange = [
        format!(r#"{{"from":"{who}","id":"deep","timestamp":"1","type":"text","text":{{"body":{}}}}}"#, deep(10_000)),
        deep(10_000),
        "null".to_owned(),
        r#""a message""#.to_owned(),
        format!(r#"{{"from":{{}},"id":["x"],"type":7,"text":{}}}"#, deep(50)),
        format!(
            r#"{{"from":"{who}","id":"long","timestamp":"99999999999999999999","type":"text","text":{{"body":"{}"}}}}"#,
            "x".repeat(500_000)
        ),
        format!(r#"{{"from":"{who}","id":"{}","type":"text","text":{{"body":"an id of a million"}}}}"#, "i".repeat(1_000_000)),
        format!(r#"{{"from":"{who}","id":"half","timestamp":"-5","type":"text","text":{{"body":"half \ud83d of it"}}}}"#),
        format!(r#"{{"from":"{who}","id":"twice","id":"twice","type":"text","type":"image","text":{{"body":"which?"}}}}"#),
    ];
    let mut messages = vec![text("first")];
    for (n, strange) in strange.iter().enumerate() {
        messages.extend([strange.clone(), text(&format!("after{n}"))]);
    }
    let body = format!(
        r#"{{"object":"whatsapp_business_account","entry":[{{"id":"{}","changes":[{{"field":"messages","value":{{"messaging_product":"whatsapp","metadata":{{"phone_number_id":"{}"}},"messages":[{}]}}}}]}}]}}"#,
        Channel::ACCOUNT,
        app.channel.phone_number_id,
        messages.join(",")
    );
    let begun = Instant::now();
    post(&app, body.into_bytes(), &[]).await.ok_text();
    assert!(begun.elapsed() < SOON, "{:?}", begun.elapsed());
    let fine: i64 = app.probe.one("select count(*) from message where content ->> 'text' = 'fine'").await;
    assert_eq!(fine, strange.len() as i64 + 1);
    let fates = app.probe.fates().await;
    assert_eq!(fates.len(), messages.len(), "each has a fate");
    let of: Vec<&str> = fates.iter().skip(1).step_by(2).map(String::as_str).collect();
    let (stored, dead) = ("message stored", "unreadable dead");
    assert_eq!(of, [stored, dead, dead, dead, dead, stored, stored, stored, stored]);
    let longest: i64 = app.probe.one("select max(length(content ->> 'text'))::bigint from message").await;
    assert!(longest <= 65_536, "{longest}");
    app.finish().await;
}

#[tokio::test]
async fn ingest_bad_headers_change_nothing_about_signed_bytes() {
    let app = TestApp::start().await;
    let body = |id: &str| webhook::bytes(&app.envelope(&[], &[webhook::text("15550000001", id, app.unix(), "hello")], &[]));
    // What is signed is what counts, whatever it is called.
    for (n, kind) in
        ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data", "application/json; charset=utf-16", "x"]
            .into_iter()
            .enumerate()
    {
        post(&app, body(&format!("kind{n}")), &[("content-type", kind)]).await.ok_text();
    }
    assert_eq!(app.probe.one::<i64>("select count(*) from message").await, 5);
    // Nothing is unpacked: a small body stays one.
    post(&app, b"\x1f\x8b\x08 packed".to_vec(), &[("content-encoding", "gzip")]).await.ok_text();
    assert_eq!(app.probe.fates().await.last().unwrap(), "unreadable dead");

    // Without a signature of its own nothing is looked at, and nothing is kept.
    let before: i64 = app.probe.one("select count(*) from webhook_delivery").await;
    let url = format!("{}/webhooks/whatsapp/{}", app.bases[0], app.channel.id);
    let bytes = body("forged");
    Answer::of(http().post(&url).body(bytes.clone())).await.refused(401, "signature_missing");
    for (secret, of) in [("another-secret", &bytes), (app.channel.app_secret.as_str(), &body("another body"))] {
        let request = http().post(&url).header("x-hub-signature-256", webhook::sign(secret, of)).body(bytes.clone());
        Answer::of(request).await.refused(403, "signature_wrong");
    }
    for signature in ["", "sha256=", "sha256=xyz", "sha1=00", &"sha256=0".repeat(500)] {
        let request = http().post(&url).header("x-hub-signature-256", signature).body(bytes.clone());
        Answer::of(request).await.refused(403, "signature_wrong");
    }
    // Too large is too large, said beforehand or not, signed or not.
    let huge = vec![b' '; 5 * 1024 * 1024];
    post(&app, huge.clone(), &[]).await.refused(413, "too_large");
    let pieces = huge.chunks(64 * 1024).map(|piece| Ok::<_, std::io::Error>(piece.to_vec())).collect::<Vec<_>>();
    let streamed = http()
        .post(&url)
        .header("x-hub-signature-256", webhook::sign(&app.channel.app_secret, &huge))
        .body(reqwest::Body::wrap_stream(futures_util::stream::iter(pieces)));
    // The answer may be there before all was sent.
    if let Ok(answer) = Answer::try_of(streamed).await {
        answer.refused(413, "too_large");
    }
    assert_eq!(app.probe.one::<i64>("select count(*) from webhook_delivery").await, before);
    app.finish().await;
}

#[tokio::test]
async fn ingest_what_comes_again_a_week_later_changes_nothing() {
    let app = TestApp::with().manual_clock().start().await;
    let who = "15550000001";
    let delivery = app.envelope(&[webhook::contact(who, "Ana")], &[webhook::text(who, "wamid.OLD", app.unix(), "hello")], &[]);
    let old = app.unix();
    app.deliver(&delivery).await.ok_text();
    let id = app.probe.conversation_of(who).await;
    let agent = app.agent().await;
    agent.step(id, "take", json!({})).await.ok();
    agent.step(id, "close", json!({ "reason": "resolved" })).await.ok();
    app.advance(Duration::from_secs(7 * 24 * 3600));
    let agent = app.agent().await;
    let before = agent.conversation(id).await;
    let events: i64 = app.probe.one("select count(*) from event where kind like 'message.%' or kind like 'conversation.%'").await;
    for _ in 0..3 {
        app.deliver(&delivery).await.ok_text();
    }
    assert_eq!(agent.conversation(id).await, before);
    assert_eq!(
        app.probe.one::<i64>("select count(*) from event where kind like 'message.%' or kind like 'conversation.%'").await,
        events
    );
    assert_eq!(app.probe.fates().await, ["message stored", "message duplicate", "message duplicate", "message duplicate"]);

    // One that comes for the first time after a week is heard, and opens no window that closed long ago.
    let late = webhook::text(who, "wamid.LATE", old, "did you get this?");
    app.deliver_messages(who, &[late]).await.ok_text();
    let conversation = agent.conversation(app.probe.conversation_of(who).await).await;
    assert_eq!((&conversation["unread"], &conversation["last_message"]["preview"]), (&json!(1), &json!("did you get this?")));
    let message = json!({ "client_id": "late", "kind": "reply", "text": "we did" });
    let path = format!("/api/v1/conversations/{}/messages", conversation["id"].as_str().unwrap());
    agent.step(conversation["id"].as_str().unwrap().parse().unwrap(), "take", json!({})).await.ok();
    agent.post(&path, message).await.refused(409, "window_closed");
    app.finish().await;
}

#[tokio::test]
async fn ingest_names_hide_nobody_and_turn_nothing_around() {
    let app = TestApp::start().await;
    let agent = app.agent().await;
    let long = "x".repeat(100_000);
    for (n, (name, shown)) in [
        ("Ana\u{0}\u{7}\u{1b}[31m", "Ana[31m"),
        ("\u{202e}gnp.exe", "gnp.exe"),
        ("\u{2066}Bo\u{2069}\r\n\tLi", "BoLi"),
        ("\u{200b}\u{feff}\u{2060}", "+15551000003"),
        ("", "+15551000004"),
        ("👩\u{200d}🚀", "👩\u{200d}🚀"),
        (long.as_str(), &format!("{}…", "x".repeat(255))),
    ]
    .into_iter()
    .enumerate()
    {
        let who = format!("1555100000{n}");
        let delivery = app.envelope(
            &[webhook::contact(&who, name)],
            &[webhook::text(&who, &webhook::wamid(), app.unix(), "\u{202e}who am I?\u{0}")],
            &[],
        );
        app.deliver(&delivery).await.ok_text();
        let id = app.probe.conversation_of(&who).await;
        let conversation = agent.conversation(id).await;
        assert_eq!(conversation["contact"]["name"], shown, "{name:?}");
        assert_eq!(conversation["last_message"]["author_name"], shown);
        let messages: Vec<Value> = agent.messages(id).await;
        assert_eq!(messages[0]["author"]["name"], shown);
        assert!(!messages[0]["text"].as_str().unwrap().contains('\0'));
    }
    assert!(app.probe.fates().await.iter().all(|fate| fate == "message stored"));
    app.finish().await;
}
