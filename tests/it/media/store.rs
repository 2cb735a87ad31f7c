//! The store of files: a folder that is away, and a bucket.

use reqwest::Method;
use serde_json::json;
use tests::{
    Answer, Buckets, TestApp,
    files::{self, upload},
};

use super::{MB, WHO, becomes, id_of, messages, sends, with_files};

#[tokio::test]
async fn media_lie_in_a_bucket_as_well_as_in_a_folder() {
    let mut buckets = Buckets::start().await;
    let mut app = TestApp::with().bucket(&format!("s3://{}/some/folder", Buckets::NAME), buckets.variables()).start().await;
    let agent = app.agent().await;
    // More than one part, and no multiple of one.
    let film = files::film(17 * MB + 321);
    let file = agent.uploads("film.mp4", film.clone()).await;
    let url = file["url"].as_str().unwrap();
    assert_eq!(agent.get(url).await.ok_bytes(), &film);
    let part = Answer::of(agent.request(Method::GET, url).header("range", "bytes=8388600-8388619")).await;
    assert_eq!((part.status, &part.body[..]), (206, &film[8_388_600..8_388_620]));
    let picture = agent.uploads("a.png", files::png(900, 700)).await;
    assert_eq!(agent.get(picture["thumbnail_url"].as_str().unwrap()).await.header("content-type"), Some("image/jpeg"));
    let id = app.graph.keep(1, "application/pdf", files::pdf());
    let conversation = sends(&app, "document", &id, json!({})).await;
    let inbound = becomes(&agent, conversation, "ready").await;
    assert_eq!(agent.get(inbound["url"].as_str().unwrap()).await.ok_bytes(), &files::pdf());
    agent.post(&messages(conversation), with_files("reply", None, &[&picture])).await.ok();
    assert!(app.graph.wait_for_uploads(1).await[0].holds(&files::png(900, 700)));
    assert_eq!(agent.delete(&format!("/api/v1/media/{}", id_of(&file))).await.status, 204);
    features::media::clear_away(&app.nodes[0].app).await.unwrap();
    assert_eq!(files::kept(&app.folder.join("media")), 0);

    // Away: in words, and nothing is half there. What customers send waits.
    app.expect_error("files");
    buckets.kill();
    let before: i64 = app.probe.one("select count(*) from media").await;
    upload(&agent, "b.png", files::png(30, 30), &[]).await.refused(503, "unavailable");
    assert_eq!(app.probe.one::<i64>("select count(*) from media").await, before);
    agent.get(&format!("/api/v1/media/{}", id_of(&picture))).await.refused(503, "unavailable");
    app.finish().await;
}

#[tokio::test]
async fn media_files_that_vanished_from_the_store_are_not_there() {
    let app = TestApp::start().await;
    let agent = app.agent().await;
    let conversation = app.opens(WHO).await;
    let file = agent.uploads("a.png", files::png(30, 30)).await;
    std::fs::remove_dir_all(app.folder.join("media")).unwrap();
    agent.get(&format!("/api/v1/media/{}", id_of(&file))).await.refused(404, "not_found");
    agent.get(file["url"].as_str().unwrap()).await.refused(404, "not_found");
    // The message does not go out without its file, and the next one does.
    let said = agent.post(&messages(conversation), with_files("note", None, &[&file])).await.ok();
    assert_eq!(said["attachments"][0]["id"], file["id"]);
    let other = agent.uploads("b.png", files::png(31, 30)).await;
    assert_eq!(other["state"], "ready", "the folder is made anew");
    app.finish().await;
}
