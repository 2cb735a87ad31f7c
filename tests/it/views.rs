//! Saved views: whose they are, who sees them, and what they count.

use serde_json::{Value, json};
use tests::{Client, TestApp};

const VIEWS: &str = "/api/v1/views";

async fn names(client: &Client) -> Vec<String> {
    let views = client.get(VIEWS).await.ok();
    views["items"].as_array().unwrap().iter().map(|view| view["name"].as_str().unwrap().to_owned()).collect()
}

async fn delete(client: &Client, id: &Value) -> tests::Answer {
    tests::Answer::of(client.request("DELETE".parse().unwrap(), &format!("{VIEWS}/{}", id.as_str().unwrap()))).await
}

#[tokio::test]
async fn views_are_kept_shared_and_counted_for_who_looks() {
    let mut app = TestApp::start().await;
    let [transfers, support] = app.teams;
    let agent_id = app.people().agent.id;
    app.plant_many(3, Some(transfers), None).await;
    app.plant_many(2, Some(support), None).await;
    app.plant(Some(transfers), Some(agent_id)).await;
    let (agent, lead, admin) = (app.agent().await, app.login(&app.people().lead).await, app.admin().await);
    let stranger = app.login(&app.people().stranger).await;
    let (mut lead_hears, mut agent_hears, mut stranger_hears) =
        (lead.socket(None).await, agent.socket(None).await, stranger.socket(None).await);

    let waiting = json!({ "view": "all", "state": "queued" });
    let mine = agent.post(VIEWS, json!({ "name": " Waiting ", "filter": waiting })).await;
    assert_eq!(mine.status, 201);
    let mine = mine.ok();
    assert_eq!((&mine["name"], &mine["shared"], &mine["sort"]), (&json!("Waiting"), &json!("private"), &json!("newest")));
    assert_eq!((&mine["count"], &mine["may_edit"]), (&json!(3), &json!(true)), "what the agent sees of it");
    assert_eq!(
        agent.post(VIEWS, json!({ "name": "waiting", "filter": {} })).await.refused(409, "already_exists")["fields"][0]["field"],
        "name"
    );

    // Sharing takes the right to.
    let share = |shared: &str, team: Option<uuid::Uuid>| json!({ "name": "Shared", "shared": shared, "team_id": team, "filter": waiting });
    agent.post(VIEWS, share("team", Some(transfers))).await.refused(403, "forbidden");
    lead.post(VIEWS, share("team", Some(support))).await.refused(403, "forbidden");
    lead.post(VIEWS, share("everybody", None)).await.refused(403, "forbidden");
    let shared = lead.post(VIEWS, share("team", Some(transfers))).await.ok();
    let everybodys = admin.post(VIEWS, json!({ "name": "All waiting", "shared": "everybody", "filter": waiting })).await.ok();
    assert_eq!(everybodys["count"], 5);
    assert_eq!(names(&agent).await, ["All waiting", "Shared", "Waiting"]);
    assert_eq!(names(&lead).await, ["All waiting", "Shared"]);
    assert_eq!(names(&stranger).await, ["All waiting"]);
    assert_eq!(names(&admin).await, ["All waiting", "Shared"], "the admin sees every team's");
    let counts = stranger.get("/api/v1/conversations/counts?views").await.ok();
    assert_eq!(counts["saved"], json!([{ "id": everybodys["id"], "count": 2, "more": false }]), "each counts what they see");

    // The numbers beside the lists.
    let counts = agent.get("/api/v1/conversations/counts").await.ok();
    assert_eq!((&counts["mine_open"], &counts["mine_unread"], &counts["saved"]), (&json!(1), &json!(1), &json!([])));
    assert_eq!(counts["queues"], json!([{ "team_id": transfers, "waiting": 3, "more": false }]));
    let counts = admin.get("/api/v1/conversations/counts").await.ok();
    assert_eq!(counts["queues"].as_array().unwrap().len(), 2);
    assert_eq!(counts["mine_open"], 0);

    // Who may change what.
    let path = |view: &Value| format!("{VIEWS}/{}", view["id"].as_str().unwrap());
    agent.patch(&path(&shared), json!({ "name": "Mine now" })).await.refused(403, "forbidden");
    stranger.patch(&path(&shared), json!({ "name": "Mine now" })).await.refused(404, "not_found");
    lead.patch(&path(&mine), json!({ "name": "Mine now" })).await.refused(404, "not_found");
    assert_eq!(admin.patch(&path(&shared), json!({ "name": "Renamed" })).await.ok()["owner"]["name"], "Yuki Lead");
    delete(&agent, &everybodys["id"]).await.refused(403, "forbidden");

    // Everybody who has it hears of it, and of its going.
    agent_hears.expect("view.changed", |data| data["view"]["name"] == "Renamed").await;
    assert_eq!(lead.patch(&path(&shared), json!({ "shared": "private" })).await.ok()["team_id"], Value::Null);
    agent_hears.expect("view.deleted", |data| data["id"] == shared["id"]).await;
    lead_hears.expect("view.changed", |data| data["view"]["shared"] == "private").await;
    assert_eq!(delete(&admin, &everybodys["id"]).await.status, 204);
    let fence = app.fence().await;
    let heard = stranger_hears.until(&fence).await;
    assert!(heard.iter().any(|e| e["kind"] == "view.deleted" && e["data"]["id"] == everybodys["id"]));
    assert!(!heard.iter().any(|e| e["data"]["view"]["id"] == shared["id"]), "another team's view is nothing to them");
    assert_eq!(names(&agent).await, ["Waiting"]);
    app.finish().await;
}

#[tokio::test]
async fn views_hold_valid_questions_only() {
    let app = TestApp::start().await;
    let agent = app.agent().await;
    for (body, field) in [
        (json!({ "name": "", "filter": {} }), "name"),
        (json!({ "name": "x".repeat(101), "filter": {} }), "name"),
        (json!({ "name": "x", "filter": { "view": "team" } }), "team_id"),
        (json!({ "name": "x", "filter": { "state": "asleep" } }), "state"),
        (json!({ "name": "x", "filter": {}, "team_id": app.teams[0] }), "team_id"),
        (json!({ "name": "x", "filter": {}, "shared": "team" }), "team_id"),
    ] {
        assert_eq!(agent.post(VIEWS, body.clone()).await.fields(), [field], "{body}");
    }
    for filter in [json!({ "colour": "blue" }), json!({ "view": "everything" }), json!({ "unread": "yes" })] {
        agent.post(VIEWS, json!({ "name": "x", "filter": filter })).await.refused(422, "invalid");
    }
    // What was valid once is shown with what is wrong, and can be mended.
    let view = agent.post(VIEWS, json!({ "name": "Old", "filter": { "priority": "urgent" } })).await.ok();
    app.probe.run("update saved_view set filter = '{\"priority\": \"asap\"}'").await;
    let old = agent.get(VIEWS).await.ok()["items"][0].clone();
    assert_eq!(old["count"], 0);
    assert!(old["problem"].as_str().unwrap().contains("priority"));
    let path = format!("{VIEWS}/{}", view["id"].as_str().unwrap());
    let mended = agent.patch(&path, json!({ "filter": { "priority": "high", "unread": true }, "sort": "waiting" })).await.ok();
    assert_eq!((&mended["problem"], &mended["sort"]), (&Value::Null, &json!("waiting")));
    assert_eq!(mended["filter"], json!({ "view": "all", "priority": "high", "unread": true }), "as a link would say it");
    app.finish().await;
}
