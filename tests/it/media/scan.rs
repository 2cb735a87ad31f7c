//! The virus scanner: nobody sees a file before it has said that it is clean.

use std::time::Duration;

use serde_json::{Value, json};
use tests::{Clamd, TestApp, eventually, files};

use super::{becomes, id_of, sends};

#[tokio::test]
async fn media_what_the_scanner_finds_is_blocked_and_not_kept() {
    let clamd = Clamd::start().await;
    let app = TestApp::with().clamd(clamd.at()).start().await;
    let agent = app.agent().await;
    let clean = agent.uploads("clean.png", files::png(30, 30)).await;
    assert_eq!(clean["state"], "ready");
    let kept = files::kept(&app.folder.join("media"));
    let infected = [vec![7; 70_000], files::eicar()].concat();
    let file = agent.uploads("bill.pdf", infected.clone()).await;
    assert_eq!(
        (&file["state"], &file["url"], &file["error"]["code"]),
        (&json!("blocked"), &Value::Null, &json!("virus")),
        "{file}"
    );
    assert!(file["error"]["message"].as_str().unwrap().contains("EICAR"));
    agent.get(&format!("/api/v1/media/{}", id_of(&file))).await.refused(404, "not_found");
    let id = app.graph.keep(1, "application/pdf", infected);
    let conversation = sends(&app, "document", &id, json!({})).await;
    let inbound = becomes(&agent, conversation, "blocked").await;
    assert_eq!(inbound["url"], Value::Null);
    agent.post(&format!("/api/v1/media/{}/fetch", id_of(&inbound)), json!({})).await.refused(409, "illegal_transition");
    let problem =
        agent.post(&super::messages(conversation), super::with_files("reply", None, &[&file])).await.refused(422, "invalid");
    assert_eq!(problem["errors"][0]["field"], "media_ids");
    features::media::clear_away(&app.nodes[0].app).await.unwrap();
    assert_eq!(files::kept(&app.folder.join("media")), kept, "nothing of it is kept");
    assert_eq!(clamd.scanned(), 3);
    app.finish().await;
}

#[tokio::test]
async fn media_while_the_scanner_says_nothing_files_wait() {
    let clamd = Clamd::start().await;
    clamd.falls_silent();
    let app = TestApp::with().clamd(clamd.at()).manual_clock().start().await;
    let agent = app.agent().await;
    let id = app.graph.keep(1, "image/png", files::png(40, 40));
    let conversation = sends(&app, "image", &id, json!({})).await;
    let waiting = eventually("it waits", async || {
        let file = agent.messages(conversation).await.pop()?["attachments"][0].clone();
        (file["error"]["code"] == "not_scanned").then_some(file)
    })
    .await;
    assert_eq!((&waiting["state"], &waiting["url"]), (&json!("pending"), &Value::Null));
    agent.get(&format!("/api/v1/media/{}", id_of(&waiting))).await.refused(404, "not_found");
    let mine = agent.uploads("a.png", files::png(20, 20)).await;
    assert_eq!((&mine["state"], &mine["url"]), (&json!("pending"), &Value::Null));
    let problem =
        agent.post(&super::messages(conversation), super::with_files("note", None, &[&mine])).await.refused(422, "invalid");
    assert!(problem["errors"][0]["message"].as_str().unwrap().contains("being checked"), "{problem}");
    // What it says of itself is no verdict either.
    clamd.breaks();
    let scanned = clamd.scanned();
    app.advance(Duration::from_secs(20));
    eventually("both are asked about again", async || (clamd.scanned() >= scanned + 2).then_some(())).await;
    assert_eq!(agent.get(&format!("/api/v1/media/{}/link", id_of(&mine))).await.ok()["state"], "pending");
    clamd.recovers();
    eventually("the recovery is noticed", async || {
        app.advance(Duration::from_secs(1));
        (app.probe.one::<i64>("select count(*) from media where state = 'ready'").await == 2).then_some(())
    })
    .await;
    let asked = app.graph.file_calls().len();
    assert_eq!(asked, 2, "its bytes were kept: they are not fetched again");
    let agent = app.agent().await;
    let file = becomes(&agent, conversation, "ready").await;
    assert!(file["thumbnail_url"].is_string());
    agent.post(&super::messages(conversation), super::with_files("note", None, &[&mine])).await.ok();
    app.finish().await;
}
