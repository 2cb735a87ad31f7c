//! Taking, assigning, transferring, handing over.

use serde_json::{Value, json};
use tests::TestApp;
use uuid::Uuid;

use super::records;

const WHO: &str = "15550002222";

#[tokio::test]
async fn assignment_each_change_of_hands_is_a_line_a_record_and_an_event() {
    let app = TestApp::start().await;
    let (agent, colleague, lead) = (app.agent().await, app.colleague().await, app.login(&app.people().lead).await);
    let id = app.opens(WHO).await;
    let waiting = agent.conversation(id).await["waiting_since"].clone();
    let mut heard = colleague.socket(None).await;

    let taken = agent.step(id, "take", json!({})).await.ok();
    assert_eq!((&taken["state"], &taken["assignee"]["id"]), (&json!("assigned"), &agent.me["id"]));
    assert_eq!(agent.step(id, "take", json!({})).await.ok()["state"], "assigned", "again changes nothing");
    // The lead gives it to the colleague with a word, then back to the queue.
    let given = lead.step(id, "assign", json!({ "user_id": colleague.id(), "note": "You know her" })).await.ok();
    assert_eq!(given["assignee"]["id"], colleague.me["id"]);
    assert_eq!(given["last_message"]["preview"], "You know her");
    assert_eq!(given["last_message"]["kind"], "note");
    let back = lead.step(id, "assign", json!({ "user_id": null })).await.ok();
    assert_eq!((&back["state"], &back["assignee"]), (&json!("queued"), &Value::Null));
    lead.step(id, "assign", json!({ "user_id": null })).await.refused(409, "illegal_transition");
    // Whoever answers what nobody has, has it.
    colleague.reply(id, "Hello").await;
    app.graph.call("Hello").await;

    let timeline = lead.timeline(id).await;
    let line = |n: usize| {
        (timeline[n]["kind"].as_str().unwrap(), timeline[n]["after_seq"].as_i64().unwrap(), &timeline[n]["actor"]["name"])
    };
    assert_eq!(timeline.len(), 5);
    assert_eq!(line(0), ("opened", 0, &Value::Null));
    assert_eq!(line(1), ("taken", 1, &json!("Leila Agent")));
    assert_eq!(line(2), ("assigned", 1, &json!("Yuki Lead")));
    assert_eq!(line(3), ("unassigned", 2, &json!("Yuki Lead")));
    assert_eq!(line(4), ("taken", 2, &json!("Omar Colleague")));
    assert_eq!(timeline[2]["data"]["from"]["name"], "Leila Agent");
    assert_eq!(timeline[2]["data"]["to"]["name"], "Omar Colleague");
    assert_eq!(
        records(&lead, id).await,
        ["taken - Leila Leila", "assigned Leila Omar Yuki", "assigned Omar - Yuki", "reply - Omar Omar"]
    );
    let why = lead.get(&format!("/api/v1/conversations/{id}/assignments")).await.ok();
    let names: Vec<_> = why["items"][0]["eligible"].as_array().unwrap().iter().map(|p| p["name"].as_str().unwrap()).collect();
    assert_eq!(
        names,
        ["Devon Supervisor", "Leila Agent", "Omar Colleague", "Sofia Admin", "Yuki Lead"],
        "the team, and who reaches all"
    );
    // The clock was the customer's all along, until they were answered.
    assert_eq!(back["waiting_since"], waiting);
    let fence = app.fence().await;
    let kinds: Vec<String> = heard
        .until(&fence)
        .await
        .iter()
        .map(|e| e["kind"].as_str().unwrap().to_owned())
        .filter(|k| k.starts_with("conversation."))
        .collect();
    // Taken out of the queue; given to her; back in the queue; and her own answer.
    let expected = ["taken", "updated", "updated", "taken", "updated", "read"].map(|k| format!("conversation.{k}"));
    assert_eq!(kinds, expected);
    app.finish().await;
}

#[tokio::test]
async fn assignment_only_to_whom_it_may_go_and_only_by_whom_it_may() {
    let app = TestApp::start().await;
    let people = app.people().clone();
    let (agent, colleague, lead, admin) =
        (app.agent().await, app.colleague().await, app.login(&people.lead).await, app.admin().await);
    let id = app.opens(WHO).await;
    let give = |to: Uuid| json!({ "user_id": to });
    // Not in the team; nobody; gone; a field left out.
    assert_eq!(lead.step(id, "assign", give(people.stranger.id)).await.fields(), ["user_id"]);
    assert_eq!(admin.step(id, "assign", give(people.stranger.id)).await.fields(), ["user_id"]);
    assert_eq!(lead.step(id, "assign", give(Uuid::now_v7())).await.fields(), ["user_id"]);
    app.probe.run("update app_user set active = false where email = 'supervisor@test.example'").await;
    let gone = lead.step(id, "assign", give(people.supervisor.id)).await;
    assert_eq!(gone.fields(), ["user_id"]);
    assert!(gone.text().contains("Devon Supervisor is deactivated"), "{}", gone.text());
    lead.step(id, "assign", json!({})).await.refused(422, "invalid");
    // Who reaches every team may have what is of any.
    assert_eq!(lead.step(id, "assign", give(people.admin.id)).await.ok()["assignee"]["name"], "Sofia Admin");
    // Agents assign nothing, and give away only what they have.
    agent.step(id, "assign", give(people.agent.id)).await.refused(404, "not_found");
    admin.step(id, "assign", give(people.agent.id)).await.ok();
    agent.step(id, "assign", give(people.colleague.id)).await.refused(403, "forbidden");
    colleague.step(id, "transfer", json!({ "team_id": app.teams[1] })).await.refused(404, "not_found");
    // Somebody who had it and does not know yet that it was given away is told who has it.
    lead.step(id, "assign", give(people.colleague.id)).await.ok();
    for (step, body) in [
        ("transfer", json!({ "team_id": app.teams[1] })),
        ("close", json!({ "reason": "resolved" })),
        ("snooze", json!({})),
        ("priority", json!({ "priority": "low" })),
    ] {
        let problem = agent.step(id, step, body).await.refused(409, "conversation_taken");
        assert_eq!(problem["winner"]["name"], "Omar Colleague", "{step}");
    }
    // A lead who only takes part in a conversation of another team decides nothing there.
    let elsewhere = app.plant_elsewhere(people.stranger.id, people.lead.id).await;
    lead.step(elsewhere, "assign", give(people.lead.id)).await.refused(409, "conversation_taken");
    lead.step(elsewhere, "transfer", json!({ "team_id": app.teams[0] })).await.refused(409, "conversation_taken");
    app.finish().await;
}

#[tokio::test]
async fn assignment_a_transfer_tells_both_teams_and_keeps_the_clock() {
    let app = TestApp::start().await;
    let (agent, lead) = (app.agent().await, app.login(&app.people().lead).await);
    let stranger = app.login(&app.people().stranger).await;
    let [transfers, support] = app.teams;
    let id = app.opens(WHO).await;
    let before = agent.step(id, "take", json!({})).await.ok();
    agent.step(id, "priority", json!({ "priority": "urgent" })).await.ok();
    stranger.get(&format!("/api/v1/conversations/{id}")).await.refused(404, "not_found");
    assert_eq!(agent.step(id, "transfer", json!({ "team_id": Uuid::now_v7() })).await.fields(), ["team_id"]);
    let wrong = json!({ "team_id": support, "user_id": app.people().colleague.id });
    assert_eq!(agent.step(id, "transfer", wrong).await.fields(), ["user_id"]);

    let (mut there, mut here, mut mine) = (stranger.socket(None).await, lead.socket(None).await, agent.socket(None).await);
    let moved = agent.step(id, "transfer", json!({ "team_id": support, "note": "A card, not a transfer" })).await.ok();
    assert_eq!(
        (&moved["state"], &moved["assignee"], &moved["team"]["name"]),
        (&json!("queued"), &Value::Null, &json!("Support"))
    );
    assert_eq!((&moved["waiting_since"], &moved["priority"]), (&before["waiting_since"], &json!("urgent")));
    there.expect("conversation.updated", |data| data["conversation"]["team"]["name"] == "Support").await;
    there.expect("message.created", |data| data["message"]["text"] == "A card, not a transfer").await;
    let dropped = here.expect("conversation.taken", |data| data["state"] == "queued").await;
    assert_eq!((&dropped["data"]["team_id"], &dropped["data"]["state"]), (&json!(transfers), &json!("queued")));
    // The one who had it goes on reading, and cannot take it back from the other team's queue.
    mine.expect("conversation.updated", |data| data["conversation"]["team"]["name"] == "Support").await;
    assert_eq!(agent.conversation(id).await["team"]["name"], "Support");
    agent.step(id, "take", json!({})).await.refused(403, "forbidden");
    agent.send(id, "reply", "Still here").await.refused(403, "forbidden");
    lead.get(&format!("/api/v1/conversations/{id}")).await.refused(404, "not_found");
    let rows = stranger.pages("/api/v1/conversations?view=queue").await;
    assert_eq!(rows.iter().map(|r| r["id"].clone()).collect::<Vec<_>>(), [json!(id)]);
    let timeline = stranger.timeline(id).await;
    let last = timeline.last().unwrap();
    assert_eq!((&last["kind"], &last["data"]["from_team"]["name"]), (&json!("transferred"), &json!("Transfers")));
    assert_eq!(last["data"]["from"]["name"], "Leila Agent");
    // To somebody there, by whoever may.
    stranger.step(id, "take", json!({})).await.ok();
    let to = json!({ "team_id": transfers, "user_id": app.people().colleague.id });
    let given = stranger.step(id, "transfer", to).await.ok();
    assert_eq!((&given["state"], &given["assignee"]["name"]), (&json!("assigned"), &json!("Omar Colleague")));
    app.finish().await;
}

#[tokio::test]
async fn assignment_a_shift_is_handed_over_in_one_action() {
    let mut app = TestApp::start().await;
    let people = app.people().clone();
    let [transfers, support] = app.teams;
    let agent = app.agent().await;
    let mine: Vec<Uuid> = app.plant_many(4, Some(transfers), Some(people.agent.id)).await.iter().map(|p| p.id).collect();
    let foreign = app.plant(Some(support), Some(people.agent.id)).await.id;
    let others = app.plant(Some(transfers), Some(people.lead.id)).await.id;
    agent.step(mine[1], "snooze", json!({})).await.ok();
    agent.step(mine[2], "close", json!({ "reason": "other" })).await.ok();
    let hand_over = async |to: &str| agent.post("/api/v1/me/hand-over", json!({ "to": to, "note": "Good night" })).await;
    for to in ["somebody", &Uuid::now_v7().to_string(), &people.agent.id.to_string()] {
        assert_eq!(hand_over(to).await.fields(), ["to"], "{to}");
    }
    assert_eq!(hand_over(&people.colleague.id.to_string()).await.ok(), json!({ "moved": 4 }));
    let admin = app.admin().await;
    let stands = async |id: Uuid| {
        let c = admin.conversation(id).await;
        format!("{} {}", c["state"].as_str().unwrap(), c["assignee"]["name"].as_str().unwrap_or("-"))
    };
    assert_eq!(stands(mine[0]).await, "assigned Omar Colleague");
    assert_eq!(stands(mine[1]).await, "snoozed Omar Colleague", "it sleeps on");
    assert_eq!(stands(mine[2]).await, "closed Leila Agent");
    assert_eq!(stands(foreign).await, "queued -", "not for the colleague, who is not of that team");
    assert_eq!(stands(others).await, "assigned Yuki Lead");
    assert_eq!(agent.messages(mine[0]).await.last().unwrap()["text"], "Good night");
    assert_eq!(records(&admin, mine[3]).await, ["hand_over Leila Omar Leila"]);
    // To the queue, and again with nothing left.
    let colleague = app.colleague().await;
    assert_eq!(colleague.post("/api/v1/me/hand-over", json!({ "to": "queue" })).await.ok()["moved"], 3);
    assert_eq!(colleague.post("/api/v1/me/hand-over", json!({ "to": "queue" })).await.ok()["moved"], 0);
    assert_eq!(stands(mine[1]).await, "snoozed -");
    assert_eq!(stands(mine[0]).await, "queued -");
    app.finish().await;
}
