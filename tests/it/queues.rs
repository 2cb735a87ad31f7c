//! Queues: what waits, how long, who is there for it, and to whom it could go.

use serde_json::{Value, json};
use tests::TestApp;
use uuid::Uuid;

#[tokio::test]
async fn queues_tell_what_waits_how_long_and_how_long_it_will_take() {
    let mut app = TestApp::start().await;
    let [transfers, support] = app.teams;
    let people = app.people().clone();
    let ids: Vec<Uuid> = app.plant_many(5, Some(transfers), None).await.iter().map(|p| p.id).collect();
    app.plant(Some(support), None).await;
    let mine = app.plant(Some(transfers), Some(people.colleague.id)).await.id;
    let (agent, lead, admin) = (app.agent().await, app.login(&people.lead).await, app.admin().await);

    let queues = agent.get("/api/v1/queues").await;
    let list = queues.ok();
    assert_eq!(list["items"].as_array().unwrap().len(), 1, "one's own teams");
    let first: chrono::DateTime<chrono::Utc> = app.probe.of(ids[0], "select waiting_since from conversation where id = $1").await;
    let queue = &list["items"][0];
    assert_eq!((&queue["team"]["name"], &queue["waiting"]), (&json!("Transfers"), &json!(5)));
    assert_eq!(queue["longest_waiting_since"].as_str().unwrap().parse::<chrono::DateTime<chrono::Utc>>().unwrap(), first);
    assert_eq!(
        (&queue["over_target"], &queue["target_seconds"], &queue["expected_wait_seconds"]),
        (&json!(0), &Value::Null, &Value::Null)
    );
    assert_eq!(admin.get("/api/v1/queues").await.ok()["items"].as_array().unwrap().len(), 2);
    assert!(!queues.cursor().is_empty());

    // Urgent first, then the longest waiting.
    lead.step(ids[3], "priority", json!({ "priority": "urgent" })).await.ok();
    lead.step(ids[0], "priority", json!({ "priority": "low" })).await.ok();
    let next = format!("/api/v1/queues/{transfers}/take-next");
    for expected in [ids[3], ids[1], ids[2]] {
        assert_eq!(agent.post(&next, json!({})).await.ok()["id"], json!(expected));
    }
    // Two waiting, and one take every ten seconds of late.
    app.probe
        .run("update conversation_assignment set at = now() - interval '60 seconds' + interval '10 seconds' * position")
        .await;
    // The target is the lead's to set.
    let path = format!("/api/v1/queues/{transfers}");
    agent.patch(&path, json!({ "target_seconds": 60 })).await.refused(403, "forbidden");
    lead.patch(&format!("/api/v1/queues/{support}"), json!({ "target_seconds": 60 })).await.refused(404, "not_found");
    assert_eq!(lead.patch(&path, json!({ "target_seconds": 0 })).await.fields(), ["target_seconds"]);
    let queue = lead.patch(&path, json!({ "target_seconds": 300 })).await.ok();
    assert_eq!((&queue["waiting"], &queue["expected_wait_seconds"]), (&json!(2), &json!(20)));
    assert_eq!((&queue["over_target"], &queue["target_seconds"]), (&json!(2), &json!(300)));
    assert_eq!(lead.patch(&path, json!({ "target_seconds": null })).await.ok()["over_target"], 0);

    let detail = agent.get(&path).await.ok();
    let agents: Vec<(&str, i64, &str)> = detail["agents"]
        .as_array()
        .unwrap()
        .iter()
        .map(|a| (a["name"].as_str().unwrap(), a["open_conversations"].as_i64().unwrap(), a["presence"].as_str().unwrap()))
        .collect();
    assert_eq!(
        agents,
        [
            ("Devon Supervisor", 0, "offline"),
            ("Yuki Lead", 0, "offline"),
            ("Omar Colleague", 1, "offline"),
            ("Leila Agent", 3, "offline")
        ]
    );
    agent.get(&format!("/api/v1/queues/{support}")).await.refused(404, "not_found");
    admin.get(&format!("/api/v1/queues/{}", Uuid::now_v7())).await.refused(404, "not_found");

    // To whom it could go.
    let assignees = async |client: &tests::Client| {
        let items =
            client.get(&format!("/api/v1/conversations/{mine}/assignees")).await.ok()["items"].as_array().unwrap().clone();
        items
            .iter()
            .map(|a| {
                assert_eq!(a["eligible"], a["reason"].is_null());
                format!("{} {} {}", a["name"].as_str().unwrap(), a["open_conversations"], a["reason"].as_str().unwrap_or("-"))
            })
            .collect::<Vec<_>>()
    };
    let team = ["Devon Supervisor 0 -", "Sofia Admin 0 -", "Yuki Lead 0 -", "Leila Agent 3 -", "Omar Colleague 1 has it already"];
    assert_eq!(assignees(&lead).await, team);
    let mut all = team.map(str::to_owned).to_vec();
    all.insert(4, "Nora Stranger 0 is not in this team".to_owned());
    assert_eq!(assignees(&admin).await, all);
    agent.get(&format!("/api/v1/conversations/{mine}/assignees")).await.refused(404, "not_found");
    app.finish().await;
}
