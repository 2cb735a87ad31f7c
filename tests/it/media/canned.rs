//! Canned responses with files.

use serde_json::{Value, json};
use tests::{TestApp, files};
use uuid::Uuid;

use super::{WHO, id_of, messages};

#[tokio::test]
async fn media_canned_responses_carry_files_of_their_own() {
    let app = TestApp::start().await;
    let (agent, lead) = (app.agent().await, app.login(&app.people().lead).await);
    let conversation = app.opens(WHO).await;
    let price = lead.uploads("prices.pdf", files::pdf()).await;
    let new = json!({ "shortcut": "prices", "title": "Prices", "text": "Here they are", "scope": "team", "team_id": app.teams[0],
                      "attachments": [price["id"]] });
    let canned = lead.post("/api/v1/canned", new).await.ok();
    let own = &canned["attachments"][0];
    assert_eq!((&own["name"], &own["state"]), (&json!("prices.pdf"), &json!("ready")));
    assert_ne!(own["id"], price["id"], "a copy, which nobody sends away");
    let path = format!("/api/v1/canned/{}", id_of(&canned));
    // Everybody who finds it gets copies of their own.
    let listed = agent.get("/api/v1/canned").await.ok()["items"][0]["attachments"][0].clone();
    agent.get(listed["url"].as_str().unwrap()).await.ok_bytes();
    let fill = async || {
        let path = format!("/api/v1/conversations/{conversation}/canned/{}/use", id_of(&canned));
        let filled = agent.post(&path, json!({})).await.ok();
        assert_eq!(filled["text"], "Here they are");
        filled["attachments"][0].clone()
    };
    // Looking at it leaves nothing behind, and shows what would go.
    let files = async || app.probe.one::<i64>("select count(*) from media").await;
    let before = files().await;
    let look = agent.get(&format!("/api/v1/conversations/{conversation}/canned/{}", id_of(&canned))).await.ok();
    assert_eq!((&look["attachments"][0]["name"], files().await), (&json!("prices.pdf"), before));
    assert_eq!(agent.get("/api/v1/canned").await.ok()["items"][0]["uses"], 0);
    let (first, second) = (fill().await, fill().await);
    assert_ne!(first["id"], second["id"]);
    for file in [&first, &second] {
        agent.post(&messages(conversation), super::with_files("reply", Some("Here they are"), &[file])).await.ok();
    }
    app.graph.wait_for(2).await;
    assert_eq!(app.graph.uploads().len(), 1, "the same bytes");
    // What it has may be kept, and joined by more.
    let more = lead.uploads("more.png", files::png(20, 20)).await;
    let changed = lead.patch(&path, json!({ "attachments": [more["id"], own["id"]] })).await.ok();
    let names: Vec<&Value> = changed["attachments"].as_array().unwrap().iter().map(|file| &file["name"]).collect();
    assert_eq!(names, ["more.png", "prices.pdf"]);
    for wrong in [json!([Uuid::now_v7()]), json!([own["id"], own["id"]]), json!([first["id"]])] {
        let problem = lead.patch(&path, json!({ "attachments": wrong })).await.refused(422, "invalid");
        assert_eq!(problem["fields"][0]["field"], "attachments", "{problem}");
    }
    // Without it, its files go; what was sent of them stays.
    assert_eq!(lead.delete(&path).await.status, 204);
    for file in [&price, &more] {
        lead.delete(&format!("/api/v1/media/{}", id_of(file))).await;
    }
    features::media::clear_away(&app.nodes[0].app).await.unwrap();
    assert_eq!(files::kept(&app.folder.join("media")), 1);
    let sent = agent.messages(conversation).await.pop().unwrap();
    agent.get(sent["attachments"][0]["url"].as_str().unwrap()).await.ok_bytes();
    app.finish().await;
}
