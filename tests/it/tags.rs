//! Tags: who keeps them, who puts them where, and what becomes of conversations when one is merged or deleted.

use std::collections::HashSet;

use futures_util::future::join_all;
use serde_json::{Value, json};
use tests::{Answer, Client, TestApp, eventually};
use uuid::Uuid;

async fn tag(by: &Client, name: &str, team: Option<Uuid>) -> Value {
    let answer = by.post("/api/v1/tags", json!({ "name": name, "color": "teal", "team_id": team })).await;
    assert_eq!(answer.status, 201, "{}", answer.text());
    answer.json()
}

fn one(tag: &Value) -> String {
    format!("/api/v1/tags/{}", tag["id"].as_str().unwrap())
}

fn on(conversation: Uuid, tag: &Value) -> String {
    format!("/api/v1/conversations/{conversation}/tags/{}", tag["id"].as_str().unwrap())
}

async fn names(client: &Client, path: &str) -> Vec<String> {
    let list = client.get(path).await.ok();
    list["items"].as_array().unwrap().iter().map(|t| t["name"].as_str().unwrap().to_owned()).collect()
}

fn of(conversation: &Value) -> Vec<&str> {
    conversation["tags"].as_array().unwrap().iter().map(|t| t["name"].as_str().unwrap()).collect()
}

/// Waits until no conversation carries a tag that is gone.
async fn swept(app: &TestApp) {
    eventually("no conversation carries a tag that is gone", async || {
        let left: i64 = app
            .probe
            .one("select count(*) from tag t where t.gone_at is not null and exists (select from conversation c where c.tag_ids @> array[t.id])")
            .await;
        (left == 0).then_some(())
    })
    .await;
}

#[tokio::test]
async fn tags_are_kept_by_admins_and_those_of_a_team_by_its_leads() {
    let app = TestApp::start().await;
    let people = app.people().clone();
    let (admin, lead, agent) = (app.admin().await, app.login(&people.lead).await, app.agent().await);
    let stranger = app.login(&people.stranger).await;
    let (mut agents, mut strangers) = (agent.socket(None).await, stranger.socket(None).await);
    let [transfers, support] = app.teams;

    let global = tag(&admin, "  VIP\u{202e}\n ", None).await;
    assert_eq!((&global["name"], &global["team_id"], &global["uses"]), (&json!("VIP"), &Value::Null, &json!(0)));
    let ours = tag(&lead, "Card lost", Some(transfers)).await;
    let theirs = tag(&admin, "Login", Some(support)).await;
    agents.expect("tag.changed", |data| data["tag"] == ours).await;
    let fence = app.fence().await;
    let told = strangers.until(&fence).await;
    assert!(told.iter().any(|e| e["data"]["tag"] == global) && told.iter().any(|e| e["data"]["tag"] == theirs));
    assert!(!told.iter().any(|e| e["data"]["tag"] == ours), "another team's is not theirs to know");

    assert_eq!(names(&agent, "/api/v1/tags").await, ["Card lost", "VIP"]);
    assert_eq!(names(&stranger, "/api/v1/tags").await, ["Login", "VIP"]);
    assert_eq!(names(&admin, "/api/v1/tags").await, ["Card lost", "Login", "VIP"]);
    assert_eq!(names(&admin, &format!("/api/v1/tags?team_id={support}")).await, ["Login", "VIP"]);
    assert_eq!(names(&agent, &format!("/api/v1/tags?team_id={support}")).await, ["VIP"]);
    assert_eq!(names(&admin, "/api/v1/tags?q=LO").await, ["Card lost", "Login"]);
    assert_eq!(names(&admin, "/api/v1/tags?q=%25").await, Vec::<String>::new(), "a wildcard is a character");

    let new = |name: &str, team: Option<Uuid>| json!({ "name": name, "color": "red", "team_id": team });
    agent.post("/api/v1/tags", new("x", Some(transfers))).await.refused(403, "forbidden");
    lead.post("/api/v1/tags", new("x", None)).await.refused(403, "forbidden");
    for team in [support, Uuid::from_u128(7)] {
        assert_eq!(lead.post("/api/v1/tags", new("x", Some(team))).await.fields(), ["team_id"]);
    }
    for name in ["", " \0\u{200b}", &"x".repeat(51)] {
        assert_eq!(admin.post("/api/v1/tags", new(name, None)).await.fields(), ["name"]);
    }
    assert_eq!(admin.post("/api/v1/tags", json!({ "name": "x", "color": "url(x)" })).await.fields(), ["color"]);
    admin.post("/api/v1/tags", new("vip", None)).await.refused(409, "already_exists");
    lead.post("/api/v1/tags", new("CARD LOST", Some(transfers))).await.refused(409, "already_exists");

    for (client, at, code, status) in [
        (&agent, &ours, "forbidden", 403),
        (&lead, &global, "forbidden", 403),
        (&lead, &theirs, "not_found", 404),
        (&stranger, &theirs, "forbidden", 403),
        (&admin, &json!({ "id": Uuid::from_u128(7) }), "not_found", 404),
    ] {
        client.patch(&one(at), json!({ "name": "mine" })).await.refused(status, code);
        client.delete(&one(at)).await.refused(status, code);
    }
    let renamed = lead.patch(&one(&ours), json!({ "name": "Card stolen", "color": "red" })).await.ok();
    assert_eq!((&renamed["name"], &renamed["color"]), (&json!("Card stolen"), &json!("red")));
    agents.expect("tag.changed", |data| data["tag"] == renamed).await;
    admin.patch(&one(&theirs), json!({ "color": "plaid" })).await.refused(422, "invalid");
    app.finish().await;
}

#[tokio::test]
async fn tags_are_put_on_conversations_by_those_who_see_them() {
    let app = TestApp::start().await;
    let people = app.people().clone();
    let (admin, lead, agent, colleague) =
        (app.admin().await, app.login(&people.lead).await, app.agent().await, app.colleague().await);
    let [transfers, support] = app.teams;
    let (vip, ours, theirs) =
        (tag(&admin, "vip", None).await, tag(&lead, "Card", Some(transfers)).await, tag(&admin, "Login", Some(support)).await);
    let id = app.opens("15550002222").await;
    let mut socket = lead.socket(None).await;
    let tagged = agent.put(&on(id, &vip)).await.ok();
    assert_eq!(tagged["tags"], json!([{ "id": vip["id"], "name": "vip", "color": "teal" }]));
    socket
        .expect("timeline.added", |data| data["entry"]["kind"] == "tagged" && data["entry"]["data"]["tag"]["id"] == vip["id"])
        .await;
    socket.expect("conversation.updated", |data| data["conversation"]["tags"][0]["id"] == vip["id"]).await;
    let both = agent.put(&on(id, &ours)).await.ok();
    assert_eq!(of(&both), ["Card", "vip"], "by name");
    assert_eq!(of(&agent.put(&on(id, &ours)).await.ok()), ["Card", "vip"], "once");
    let counted = lead.get("/api/v1/tags").await.ok();
    assert!(counted["items"].as_array().unwrap().iter().all(|t| t["uses"] == 1), "{counted}");
    // A team's own, on its own conversations.
    agent.put(&on(id, &theirs)).await.refused(404, "not_found");
    admin.put(&on(id, &theirs)).await.refused(422, "invalid");
    agent.put(&on(id, &json!({ "id": Uuid::from_u128(7) }))).await.refused(404, "not_found");
    agent.delete(&on(id, &theirs)).await.refused(404, "not_found");
    // Lists show and find them.
    let other = app.opens("15550003333").await;
    let path = |tag: &Value| format!("/api/v1/conversations?tag={}&limit=10", tag["id"].as_str().unwrap());
    let found = agent.pages(&path(&vip)).await;
    assert_eq!((found.len(), of(&found[0])), (1, vec!["Card", "vip"]));
    assert_eq!(agent.pages(&path(&theirs)).await.len(), 0);
    let all = lead.pages("/api/v1/conversations?limit=10").await;
    assert_eq!(all.iter().map(|c| of(c).len()).collect::<HashSet<_>>(), HashSet::from([0, 2]));
    // Whoever does not see it does not tag it.
    agent.post(&format!("/api/v1/conversations/{id}/take"), json!({})).await.ok();
    colleague.put(&on(id, &vip)).await.refused(404, "not_found");
    colleague.delete(&on(id, &vip)).await.refused(404, "not_found");
    assert_eq!(of(&agent.delete(&on(id, &vip)).await.ok()), ["Card"]);
    assert_eq!(of(&agent.delete(&on(id, &vip)).await.ok()), ["Card"], "off is off");
    socket.expect("conversation.updated", |data| of(&data["conversation"]) == ["Card"]).await;
    assert_eq!(of(&agent.conversation(other).await), Vec::<&str>::new());
    // So many and no more.
    for n in 0..29 {
        let more = tag(&admin, &format!("t{n}"), None).await;
        agent.put(&on(id, &more)).await.ok();
    }
    agent.put(&on(id, &vip)).await.refused(409, "illegal_transition");
    app.finish().await;
}

#[tokio::test]
async fn tags_that_are_deleted_or_merged_are_gone_at_once() {
    let app = TestApp::start().await;
    let (admin, agent) = (app.admin().await, app.agent().await);
    let (a, b, c) = (tag(&admin, "Refund", None).await, tag(&admin, "Money back", None).await, tag(&admin, "Spam", None).await);
    let (one_id, two_id) = (app.opens("15550002222").await, app.opens("15550003333").await);
    for (id, tag) in [(one_id, &a), (one_id, &b), (two_id, &a), (two_id, &c)] {
        agent.put(&on(id, tag)).await.ok();
    }
    let mut socket = agent.socket(None).await;
    let merge = |from: &Value, into: &Value| admin.post(format!("{}/merge", one(from)).leak(), json!({ "into": into["id"] }));
    assert_eq!(merge(&a, &b).await.ok()["id"], b["id"]);
    socket.expect("tag.deleted", |data| data["id"] == a["id"] && data["merged_into"] == b["id"]).await;
    // Before any row was touched and after.
    assert_eq!(of(&agent.conversation(one_id).await), ["Money back"]);
    assert_eq!(of(&agent.conversation(two_id).await), ["Money back", "Spam"]);
    socket
        .expect("conversation.updated", |data| {
            data["conversation"]["id"] == two_id.to_string() && of(&data["conversation"]) == ["Money back", "Spam"]
        })
        .await;
    swept(&app).await;
    assert_eq!(of(&agent.conversation(two_id).await), ["Money back", "Spam"]);
    let counted = admin.get("/api/v1/tags").await.ok();
    assert_eq!(counted["items"][0]["uses"], 2, "{counted}");
    // Asked again it is done; a screen that shows the old one means the new one.
    assert_eq!(merge(&a, &b).await.ok()["id"], b["id"]);
    merge(&a, &c).await.refused(404, "not_found");
    let third = app.opens("15550004444").await;
    assert_eq!(of(&agent.put(&on(third, &a)).await.ok()), ["Money back"]);
    assert_eq!(of(&agent.delete(&on(third, &a)).await.ok()), Vec::<&str>::new());
    for into in [&b, &json!({ "id": Uuid::from_u128(7) }), &a] {
        assert_eq!(merge(&b, into).await.fields(), ["into"]);
    }
    let teams = tag(&admin, "Ours", Some(app.teams[0])).await;
    assert_eq!(merge(&c, &teams).await.fields(), ["into"], "what is everybody's does not become a team's");
    let lead = app.login(&app.people().lead).await;
    lead.post(&format!("{}/merge", one(&c)), json!({ "into": teams["id"] })).await.refused(403, "forbidden");
    assert_eq!(lead.post(&format!("{}/merge", one(&teams)), json!({ "into": c["id"] })).await.ok()["id"], c["id"]);

    assert_eq!(admin.delete(&one(&c)).await.status, 204);
    socket.expect("tag.deleted", |data| data["id"] == c["id"] && data["merged_into"].is_null()).await;
    assert_eq!(of(&agent.conversation(two_id).await), ["Money back"]);
    admin.delete(&one(&c)).await.refused(404, "not_found");
    agent.put(&on(third, &c)).await.refused(404, "not_found");
    agent.put(&on(third, &teams)).await.refused(404, "not_found");
    tag(&admin, "Spam", None).await;
    swept(&app).await;
    app.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn tags_merged_while_everybody_tags_lose_nothing() {
    let mut app = TestApp::with().nodes(2).start().await;
    let planted = app.plant_many(40, Some(app.teams[0]), None).await;
    let (admin, lead) = (app.admin().await, app.login(&app.people().lead).await);
    let (a, b, c) = (tag(&admin, "a", None).await, tag(&admin, "b", None).await, tag(&admin, "c", None).await);
    let at = [lead.at(&app.bases[0]), lead.at(&app.bases[1])];
    let tagging = join_all(planted.iter().enumerate().flat_map(|(n, planted)| {
        let (at, tags) = (&at, [&a, &b]);
        (0..2).map(move |k| {
            let (client, path) = (&at[(n + k) % 2], on(planted.id, tags[k]));
            async move { client.put(&path).await }
        })
    }));
    let merging = async {
        let merge = async |from: &Value, into: &Value| {
            admin.post(&format!("{}/merge", one(from)), json!({ "into": into["id"] })).await.ok();
        };
        tokio::time::sleep(std::time::Duration::from_millis(60)).await;
        merge(&a, &b).await;
        tokio::time::sleep(std::time::Duration::from_millis(60)).await;
        merge(&b, &c).await;
    };
    let (answers, ()) = tokio::join!(tagging, merging);
    assert!(answers.iter().all(|answer| answer.status == 200), "{:?}", answers.iter().map(Answer::text).collect::<Vec<_>>());
    for planted in &planted {
        assert_eq!(of(&lead.conversation(planted.id).await), ["c"]);
    }
    swept(&app).await;
    let rows: Vec<(Vec<Uuid>,)> = app.probe.all("select tag_ids from conversation").await;
    let c_id: Uuid = c["id"].as_str().unwrap().parse().unwrap();
    assert!(rows.len() == 40 && rows.iter().all(|(tags,)| *tags == [c_id]), "{rows:?}");

    // Two that are merged into each other at once: one wins.
    for round in 0..6 {
        let (x, y) = (tag(&admin, &format!("x{round}"), None).await, tag(&admin, &format!("y{round}"), None).await);
        let merge = |client: Client, from: &Value, into: &Value| {
            let (path, body) = (format!("{}/merge", one(from)), json!({ "into": into["id"] }));
            async move { client.post(&path, body).await.status }
        };
        let (one, two) = tokio::join!(merge(admin.at(&app.bases[0]), &x, &y), merge(admin.at(&app.bases[1]), &y, &x));
        assert!(matches!((one, two), (200, 404 | 422) | (404 | 422, 200)), "{one} {two}");
    }
    // A node that stops in the middle of a sweep leaves it locked for a while.
    eventually("no sweep is under way", async || {
        (app.probe.one::<i64>("select count(*) from graphile_worker._private_jobs").await == 0).then_some(())
    })
    .await;
    app.stop_node(1).await;
    app.finish().await;
}

#[tokio::test]
async fn tags_of_a_team_stay_behind_when_a_conversation_leaves_it() {
    let app = TestApp::start().await;
    let people = app.people().clone();
    let (admin, lead, agent) = (app.admin().await, app.login(&people.lead).await, app.agent().await);
    let stranger = app.login(&people.stranger).await;
    let [transfers, support] = app.teams;
    let (vip, ours, twin) =
        (tag(&admin, "vip", None).await, tag(&lead, "Fraud", Some(transfers)).await, tag(&lead, "Scam", Some(transfers)).await);
    let theirs = tag(&admin, "Login", Some(support)).await;
    let (id, other) = (app.opens("15550002222").await, app.opens("15550003333").await);
    for on_it in [&vip, &ours, &twin] {
        agent.put(&on(id, on_it)).await.ok();
    }
    agent.put(&on(other, &ours)).await.ok();
    agent.step(id, "take", json!({})).await.ok();
    let uses = async |tag: &Value| -> i64 {
        app.probe.of(tag["id"].as_str().unwrap().parse().unwrap(), "select uses from tag where id = $1").await
    };

    // To its own team it moves with all of them.
    agent.step(id, "transfer", json!({ "team_id": transfers })).await.ok();
    assert_eq!(of(&lead.conversation(id).await), ["Fraud", "Scam", "vip"]);
    // What does not happen takes nothing off.
    let wrong = json!({ "team_id": support, "user_id": people.colleague.id });
    assert_eq!(lead.step(id, "transfer", wrong).await.fields(), ["user_id"]);
    assert_eq!(of(&lead.conversation(id).await), ["Fraud", "Scam", "vip"]);

    let (mut here, mut there) = (lead.socket(None).await, stranger.socket(None).await);
    let moved = lead.step(id, "transfer", json!({ "team_id": support, "note": "Yours" })).await.ok();
    assert_eq!(of(&moved), ["vip"], "those for all go with it");
    assert_eq!((uses(&vip).await, uses(&ours).await, uses(&twin).await), (1, 1, 0));
    // Those it leaves see them go; those it comes to are never shown them.
    here.expect("timeline.added", |data| data["entry"]["kind"] == "untagged" && data["entry"]["data"]["tag"]["name"] == "Fraud")
        .await;
    here.expect("timeline.added", |data| data["entry"]["kind"] == "untagged" && data["entry"]["data"]["tag"]["name"] == "Scam")
        .await;
    let fence = app.fence().await;
    for event in there.until(&fence).await {
        assert!(event["data"]["conversation"].is_null() || of(&event["data"]["conversation"]) == ["vip"], "{event}");
    }
    assert_eq!(of(&stranger.conversation(id).await), ["vip"]);
    let timeline = stranger.happenings(id).await;
    assert_eq!(timeline[timeline.len() - 3..], ["untagged", "untagged", "transferred"]);

    // One that was merged goes as what it became: with those for all it stays, with a team's it goes.
    stranger.put(&on(id, &theirs)).await.ok();
    admin.post(&format!("{}/merge", one(&theirs)), json!({ "into": vip["id"] })).await.ok();
    agent.put(&on(other, &twin)).await.ok();
    lead.post(&format!("{}/merge", one(&twin)), json!({ "into": ours["id"] })).await.ok();
    swept(&app).await;
    stranger.step(id, "take", json!({})).await.ok();
    assert_eq!(of(&stranger.step(id, "transfer", json!({ "team_id": transfers })).await.ok()), ["vip"]);
    // And the same for many at once.
    let bulk = json!({ "action": "transfer", "args": { "team_id": support }, "ids": [other] });
    lead.post("/api/v1/bulk", bulk).await.ok();
    eventually("it was transferred", async || {
        let team: Uuid = app.probe.of(other, "select team_id from conversation where id = $1").await;
        (team == support).then_some(())
    })
    .await;
    assert_eq!(of(&stranger.conversation(other).await), Vec::<&str>::new());
    assert_eq!((uses(&vip).await, uses(&ours).await, uses(&twin).await), (1, 0, 0));
    eventually("no bulk is under way", async || {
        (app.probe.one::<String>("select state from bulk_job").await == "done").then_some(())
    })
    .await;
    app.finish().await;
}
