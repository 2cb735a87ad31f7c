//! Steps for many conversations: each once, each with the rights of its moment, and back again.

use serde_json::{Value, json};
use sqlx::{Postgres, Transaction};
use tests::{Client, TestApp, eventually};
use uuid::Uuid;

const BULK: &str = "/api/v1/bulk";

async fn ends(client: &Client, bulk: &Value, state: &str) -> Value {
    let path = format!("{BULK}/{}", bulk["id"].as_str().unwrap());
    eventually(&format!("the bulk is {state}"), async || {
        let now = client.get(&path).await.ok();
        (now["state"] == state).then_some(now)
    })
    .await
}

/// Holds a conversation, so that a bulk that goes by the order of ids stops there.
async fn hold(app: &TestApp, id: Uuid) -> Transaction<'static, Postgres> {
    let mut tx = app.probe.0.begin().await.unwrap();
    sqlx::query("select from conversation where id = $1 for update").bind(id).execute(&mut *tx).await.unwrap();
    tx
}

async fn reaches(app: &TestApp, done: i64) {
    eventually("the bulk comes to what is held", async || {
        (app.probe.one::<i64>("select count(*) from bulk_item where outcome is not null").await == done).then_some(())
    })
    .await;
}

#[tokio::test]
async fn bulk_goes_on_where_a_crash_left_it_and_takes_no_step_twice() {
    let mut app = TestApp::with().nodes(2).start().await;
    let transfers = app.teams[0];
    let mut ids: Vec<Uuid> = app.plant_many(30, Some(transfers), None).await.iter().map(|p| p.id).collect();
    ids.sort();
    for words in ["a job failed", "job", "database", "connection", "pool"] {
        app.expect_error(words);
    }
    let lead = app.login(&app.people().lead).await;
    let held = hold(&app, ids[12]).await;
    let bulk = lead.post(BULK, json!({ "action": "priority", "args": { "priority": "urgent" }, "ids": ids })).await;
    assert_eq!(bulk.status, 201);
    let bulk = bulk.ok();
    assert_eq!((&bulk["total"], &bulk["state"]), (&json!(30), &json!("running")));
    reaches(&app, 12).await;
    // Both nodes die in the middle of the thirteenth.
    app.kill_node(0).await;
    app.kill_node(0).await;
    app.database().shut(true).await;
    held.rollback().await.unwrap();
    app.database().shut(false).await;
    assert_eq!(app.probe.one::<i64>("select count(*) from conversation where priority = 'urgent'").await, 12);
    let node = app.add_node().await;
    // What a worker that is no more holds is freed after half a minute; not waiting for that.
    app.probe.run("update graphile_worker._private_jobs set locked_at = null, locked_by = null, run_at = now(), attempts = 0, last_error = null").await;
    let lead = lead.at(&app.bases[node]);
    let done = ends(&lead, &bulk, "done").await;
    assert_eq!((&done["done"], &done["failed"], &done["failures"]), (&json!(30), &json!(0), &json!([])));
    let lines: i64 = app.probe.one("select count(*) from conversation_timeline where kind = 'priority_changed'").await;
    assert_eq!(lines, 30, "each was made urgent once");
    app.finish().await;
}

#[tokio::test]
async fn bulk_takes_each_step_with_the_rights_of_its_moment() {
    let mut app = TestApp::start().await;
    let [transfers, support] = app.teams;
    let mut ids: Vec<Uuid> = app.plant_many(6, Some(transfers), None).await.iter().map(|p| p.id).collect();
    ids.sort();
    let theirs = app.plant(Some(support), None).await.id;
    let (lead, agent) = (app.login(&app.people().lead).await, app.agent().await);
    let agent_id = app.people().agent.id;
    let (mut lead_hears, mut agent_hears) = (lead.socket(None).await, agent.socket(None).await);

    // What one may not do at all is refused at once; what is not there, or nobody's business, fails for itself.
    agent.post(BULK, json!({ "action": "assign", "args": { "user_id": agent_id }, "ids": ids })).await.refused(403, "forbidden");
    for (body, field) in [
        (json!({ "action": "explode", "ids": ids }), "action"),
        (json!({ "action": "assign", "args": {}, "ids": ids }), "args"),
        (json!({ "action": "priority", "args": { "priority": "asap" }, "ids": ids }), "args"),
        (json!({ "action": "read", "args": { "seq": 3 }, "ids": ids }), "args"),
        (json!({ "action": "read", "ids": [] }), "ids"),
        (json!({ "action": "read" }), "ids"),
        (json!({ "action": "read", "ids": ids, "filter": {} }), "ids"),
        (json!({ "action": "read", "filter": { "view": "team" } }), "team_id"),
    ] {
        assert_eq!(lead.post(BULK, body.clone()).await.fields(), [field], "{body}");
    }
    let some =
        json!({ "action": "assign", "args": { "user_id": agent_id }, "ids": [ids[0], ids[0], theirs, Uuid::from_u128(1)] });
    let bulk = lead.post(BULK, some).await.ok();
    assert_eq!(bulk["total"], 3, "nothing twice");
    let done = ends(&lead, &bulk, "done").await;
    assert_eq!((&done["done"], &done["failed"]), (&json!(1), &json!(2)));
    for failure in done["failures"].as_array().unwrap() {
        assert_eq!((&failure["code"], &failure["number"]), (&json!("not_found"), &Value::Null), "nothing is told of them");
    }
    agent.get(&format!("{BULK}/{}", bulk["id"].as_str().unwrap())).await.refused(404, "not_found");
    let heard = lead_hears.expect("bulk.progress", |data| data["state"] == "done").await;
    assert_eq!((&heard["data"]["done"], &heard["data"]["failed"]), (&json!(1), &json!(2)));

    // The lead is taken out of the team while the bulk is under way.
    let held = hold(&app, ids[3]).await;
    let bulk =
        lead.post(BULK, json!({ "action": "assign", "args": { "user_id": agent_id }, "filter": { "view": "queue" } })).await.ok();
    assert_eq!(bulk["total"], 5);
    eventually("the bulk comes to what is held", async || {
        (app.probe.one::<i64>("select count(*) from conversation where assignee_id is not null").await == 3).then_some(())
    })
    .await;
    sqlx::query("delete from team_member where user_id = $1").bind(lead.id()).execute(&app.probe.0).await.unwrap();
    held.rollback().await.unwrap();
    let done = ends(&lead, &bulk, "done").await;
    // The one that waited for the lock had looked before; at most it went through.
    assert!(done["failed"].as_i64().unwrap() >= 2 && done["done"].as_i64().unwrap() >= 2, "{done}");
    assert!(done["failures"].as_array().unwrap().iter().all(|f| f["code"] == "not_found" || f["code"] == "forbidden"));
    let fence = app.fence().await;
    assert!(agent_hears.until(&fence).await.iter().all(|e| e["kind"] != "bulk.progress"), "nobody else's affair");
    app.finish().await;
}

#[tokio::test]
async fn bulk_is_taken_back_where_nothing_has_happened_since() {
    let mut app = TestApp::start().await;
    let [transfers, support] = app.teams;
    let agent_id = app.people().agent.id;
    let mut ids: Vec<Uuid> = app.plant_many(3, Some(transfers), Some(agent_id)).await.iter().map(|p| p.id).collect();
    ids.extend(app.plant_many(2, Some(transfers), None).await.iter().map(|p| p.id));
    let (lead, admin) = (app.login(&app.people().lead).await, app.admin().await);
    let path = |bulk: &Value| format!("{BULK}/{}/undo", bulk["id"].as_str().unwrap());
    let stands = async |app: &TestApp| {
        app.probe
            .all::<(Uuid, String, Option<Uuid>, Option<Uuid>, String)>(
                "select id, state, team_id, assignee_id, priority from conversation order by id",
            )
            .await
    };
    let before = stands(&app).await;
    for (action, args) in [
        ("close", json!({ "reason": "Resolved", "note": "All at once" })),
        ("priority", json!({ "priority": "high" })),
        ("assign", json!({ "user_id": app.people().colleague.id })),
        ("assign", json!({ "user_id": null })),
        ("transfer", json!({ "team_id": support })),
    ] {
        // What waits in a queue cannot be put back there.
        let ids = if args == json!({ "user_id": null }) { &ids[..3] } else { &ids[..] };
        let bulk = admin.post(BULK, json!({ "action": action, "args": args, "ids": ids })).await.ok();
        let done = ends(&admin, &bulk, "done").await;
        assert_eq!((&done["done"], &done["failed"]), (&json!(ids.len()), &json!(0)), "{action}: {done}");
        assert_ne!(stands(&app).await, before, "{action}");
        assert_eq!(admin.post(&path(&bulk), json!({})).await.ok()["state"], "undoing");
        let undone = ends(&admin, &bulk, "undone").await;
        assert_eq!((&undone["undone"], &undone["kept"]), (&json!(ids.len()), &json!(0)), "{action}: {undone}");
        assert_eq!(stands(&app).await, before, "{action} is as if it had not been");
        admin.post(&path(&bulk), json!({})).await.refused(409, "illegal_transition");
    }
    // What somebody did since stays.
    let bulk =
        lead.post(BULK, json!({ "action": "priority", "args": { "priority": "low" }, "filter": { "view": "all" } })).await.ok();
    ends(&lead, &bulk, "done").await;
    admin.post(&format!("/api/v1/conversations/{}/priority", ids[0]), json!({ "priority": "urgent" })).await.ok();
    lead.post(&path(&bulk), json!({})).await.ok();
    let undone = ends(&lead, &bulk, "undone").await;
    assert_eq!((&undone["undone"], &undone["kept"]), (&json!(4), &json!(1)));
    assert_eq!(undone["failures"][0]["conversation_id"], json!(ids[0]));
    assert_eq!((&undone["failures"][0]["undo"], &undone["failures"][0]["code"]), (&json!(true), &json!("illegal_transition")));
    assert_eq!(lead.conversation(ids[0]).await["priority"], "urgent");

    // Read for oneself alone, and unread again.
    let agent = app.agent().await;
    let unread = async |client: &Client| client.conversation(ids[0]).await["unread"].clone();
    let bulk = agent.post(BULK, json!({ "action": "read", "filter": { "view": "mine", "unread": true } })).await.ok();
    assert_eq!(bulk["total"], 3);
    ends(&agent, &bulk, "done").await;
    assert_eq!((unread(&agent).await, unread(&lead).await), (json!(0), json!(1)));
    agent.post(&path(&bulk), json!({})).await.ok();
    ends(&agent, &bulk, "undone").await;
    assert_eq!(unread(&agent).await, 1);
    // Nothing matches: done at once.
    let bulk = agent.post(BULK, json!({ "action": "read", "filter": { "view": "snoozed" } })).await.ok();
    assert_eq!((&bulk["total"], &bulk["state"]), (&json!(0), &json!("done")));
    app.finish().await;
}

/// Whoever is made an admin while a bulk of theirs is under way, and has no second factor yet, gets nothing of the admin's reach by it.
#[tokio::test]
async fn bulk_does_not_go_past_a_second_factor_that_is_missing() {
    let mut app = TestApp::start().await;
    let [transfers, support] = app.teams;
    let ours = app.plant(Some(transfers), None).await.id;
    let mut ids = vec![ours, app.plant(Some(support), None).await.id];
    ids.sort();
    let (admin, lead) = (app.admin().await, app.login(&app.people().lead).await);
    admin.patch("/api/v1/settings", json!({ "two_factor_roles": ["admin"] })).await.ok();
    let held = hold(&app, ids[0]).await;
    let body = json!({ "action": "priority", "args": { "priority": "urgent" }, "ids": ids });
    let bulk = lead.post(BULK, body).await.ok();
    eventually("the bulk waits at the first", async || {
        (app.probe.one::<i64>("select count(*) from pg_locks where not granted").await > 0).then_some(())
    })
    .await;
    app.probe.run("update app_user set role = 'admin' where email = 'lead@test.example'").await;
    held.rollback().await.unwrap();
    eventually("the bulk is done", async || {
        (app.probe.one::<String>("select state from bulk_job").await == "done").then_some(())
    })
    .await;
    assert_eq!(app.probe.one::<i64>("select count(*) from conversation where priority = 'urgent'").await, 0);
    let codes: Vec<(String,)> = app.probe.all("select distinct code from bulk_item").await;
    assert_eq!(codes, [("two_factor_required".to_owned(),)]);
    // A lead again, they are not told the number of what is not theirs to see.
    app.probe.run("update app_user set role = 'team_lead' where email = 'lead@test.example'").await;
    eventually("the number of their own alone", async || {
        let told = lead.get(&format!("{BULK}/{}", bulk["id"].as_str().unwrap())).await;
        if told.status == 403 {
            return None;
        }
        let told = told.ok()["failures"].as_array().unwrap().clone();
        let numbered: Vec<&Value> = told.iter().filter(|f| !f["number"].is_null()).map(|f| &f["conversation_id"]).collect();
        (numbered == [&json!(ours)]).then_some(())
    })
    .await;
    app.finish().await;
}
