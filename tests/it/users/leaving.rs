//! What becomes of the conversations of those who leave.

use serde_json::{Value, json};
use tests::{TestApp, eventually};
use uuid::Uuid;

use super::path;

async fn holder(app: &TestApp, conversation: Uuid) -> (Option<Uuid>, String) {
    sqlx::query_as("select assignee_id, state from conversation where id = $1")
        .bind(conversation)
        .fetch_one(&app.probe.0)
        .await
        .unwrap()
}

async fn all_handed_over(app: &TestApp, from: Uuid) {
    eventually("nothing is theirs any more", async || {
        let open: i64 =
            app.probe.of(from, "select count(*) from conversation where assignee_id = $1 and state <> 'closed'").await;
        (open == 0).then_some(())
    })
    .await;
}

#[tokio::test]
async fn users_who_leave_hand_their_conversations_over() {
    let mut app = TestApp::start().await;
    let (admin, agent, colleague) = (app.admin().await, app.agent().await, app.colleague().await);
    let [transfers, support] = app.teams;
    let (id, heir) = (agent.id(), colleague.id());
    let mine = app.opens("46700000001").await;
    agent.post(&format!("/api/v1/conversations/{mine}/take"), json!({})).await.ok();
    let elsewhere = app.plant(Some(support), Some(id)).await.id;
    let teamless = app.plant(None, Some(id)).await.id;
    let snoozed = app.plant(Some(transfers), Some(id)).await.id;
    sqlx::query("update conversation set state = 'snoozed' where id = $1").bind(snoozed).execute(&app.probe.0).await.unwrap();
    let closed = app.plant(Some(transfers), Some(id)).await.id;
    sqlx::query("update conversation set state = 'closed', closed_at = now() where id = $1")
        .bind(closed)
        .execute(&app.probe.0)
        .await
        .unwrap();
    assert_eq!(admin.get(&format!("{}/workload", path(id))).await.ok(), json!({ "open_conversations": 4 }));
    assert_eq!(admin.get(&format!("{}/workload", path(heir))).await.ok(), json!({ "open_conversations": 0 }));
    admin.get(&format!("{}/workload", path(Uuid::now_v7()))).await.refused(404, "not_found");

    // Who gets them must be there to answer them.
    let own = path(id);
    let hand_over = |to: Value| admin.patch(&own, json!({ "active": false, "hand_over_to": to }));
    assert_eq!(hand_over(json!(Uuid::now_v7())).await.fields(), ["hand_over_to"]);
    assert_eq!(hand_over(json!(id)).await.fields(), ["hand_over_to"]);
    assert_eq!(admin.patch(&path(id), json!({ "hand_over_to": heir })).await.fields(), ["hand_over_to"]);
    app.probe.run("update app_user set active = false where email = 'lead@test.example'").await;
    assert_eq!(hand_over(json!(app.people().lead.id)).await.fields(), ["hand_over_to"]);
    assert_eq!(holder(&app, mine).await.0, Some(id), "and none of that changed anything");

    let mut screen = colleague.socket(None).await;
    let mut support_screen = app.login(&app.people().stranger).await.socket(None).await;
    hand_over(json!(heir)).await.ok();
    let event = screen.expect("conversation.updated", |data| data["conversation"]["id"] == json!(mine)).await;
    assert_eq!(event["data"]["conversation"]["assignee"]["id"], json!(heir));
    let event = support_screen.expect("conversation.updated", |data| data["conversation"]["id"] == json!(elsewhere)).await;
    assert_eq!(
        (&event["data"]["conversation"]["assignee"], &event["data"]["conversation"]["state"]),
        (&Value::Null, &json!("queued"))
    );
    all_handed_over(&app, id).await;
    assert_eq!(holder(&app, mine).await, (Some(heir), "assigned".into()));
    assert_eq!(holder(&app, snoozed).await, (Some(heir), "snoozed".into()), "it wakes for the heir");
    assert_eq!(holder(&app, elsewhere).await, (None, "queued".into()), "not of the heir's team: back to its own");
    assert_eq!(holder(&app, teamless).await, (Some(heir), "assigned".into()), "what no team has is for anybody");
    assert_eq!(holder(&app, closed).await, (Some(id), "closed".into()), "what is closed stays as it was");
    assert_eq!(colleague.conversation(mine).await["assignee"]["id"], json!(heir));

    // Once more changes nothing: not what somebody has taken since.
    let stranger = app.login(&app.people().stranger).await;
    stranger.post(&format!("/api/v1/conversations/{elsewhere}/take"), json!({})).await.ok();
    let events = "select count(*) from event where kind = 'conversation.updated'";
    let before: i64 = app.probe.one(events).await;
    app.probe
        .run("insert into event (at, kind, user_ids, data) select now(), kind, '{}', data from event where kind = 'user.deactivated'")
        .await;
    app.nodes[0].app.db.waker().wake(kernel::event::TOPIC);
    eventually("it was read again", async || {
        let behind: i64 = app.probe.one("select count(*) from event e, event_reader r where r.name = 'assignment' and e.kind = 'user.deactivated' and (e.xid, e.position) > (r.xid, r.position)").await;
        let jobs: i64 = app.probe.one("select count(*) from graphile_worker._private_jobs").await;
        (behind == 0 && jobs == 0).then_some(())
    })
    .await;
    assert_eq!(holder(&app, elsewhere).await.0, Some(app.people().stranger.id));
    assert_eq!(app.probe.one::<i64>(events).await, before);
    app.finish().await;
}

#[tokio::test]
async fn users_who_leave_without_an_heir_give_back_to_the_queue() {
    let mut app = TestApp::start().await;
    let (admin, id) = (app.admin().await, app.people().agent.id);
    let many = app.plant_many(230, Some(app.teams[0]), Some(id)).await;
    admin.patch(&path(id), json!({ "active": false, "hand_over_to": null })).await.ok();
    all_handed_over(&app, id).await;
    for planted in [&many[0], &many[229]] {
        assert_eq!(holder(&app, planted.id).await, (None, "queued".into()));
    }
    // To somebody in no team of theirs whose role reaches everything.
    app.probe.run("update app_user set active = true where email = 'agent@test.example'").await;
    let back = app.plant(Some(app.teams[0]), Some(id)).await.id;
    admin.patch(&path(id), json!({ "active": false, "hand_over_to": admin.id() })).await.ok();
    all_handed_over(&app, id).await;
    assert_eq!(holder(&app, back).await.0, Some(admin.id()));
    app.finish().await;
}

/// A node may think for most of a second that somebody is still there. What they take in that time would be nobody's to hand over.
#[tokio::test]
async fn users_who_just_left_take_nothing_more() {
    let app = TestApp::with().nodes(2).start().await;
    let admin = app.admin().await;
    let agent = app.agent().await.at(&app.bases[1]);
    let conversation = app.opens("46700000002").await;
    agent.get("/api/v1/me").await.ok();
    admin.patch(&path(agent.id()), json!({ "active": false })).await.ok();
    agent.post(&format!("/api/v1/conversations/{conversation}/take"), json!({})).await.refused(401, "unauthenticated");
    agent.send(conversation, "reply", "One more thing").await.refused(401, "unauthenticated");
    assert_eq!(holder(&app, conversation).await, (None, "queued".into()));
    app.finish().await;
}
