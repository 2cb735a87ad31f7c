//! Teams: making, changing and deleting them, and who is in them.

use std::{
    collections::BTreeSet,
    time::{Duration, Instant},
};

use serde_json::{Value, json};
use tests::{TestApp, eventually};
use uuid::Uuid;

use crate::users::{kinds_but_sign_ins, records};

const TEAMS: &str = "/api/v1/teams";

fn path(id: impl std::fmt::Display) -> String {
    format!("{TEAMS}/{id}")
}

#[tokio::test]
async fn teams_are_made_changed_and_listed() {
    let app = TestApp::start().await;
    let (admin, agent) = (app.admin().await, app.agent().await);
    let mut screen = admin.socket(None).await;
    let answer = admin.post(TEAMS, json!({ "name": " VIP desk ", "color": "violet", "description": "The few\nwho pay" })).await;
    let made = answer.json();
    assert_eq!(answer.status, 201, "{made}");
    assert_eq!(
        (&made["name"], &made["color"], &made["description"]),
        (&json!("VIP desk"), &json!("violet"), &json!("The few\nwho pay"))
    );
    assert_eq!((&made["member_count"], &made["members"]), (&json!(0), &json!([])));
    let id = made["id"].as_str().unwrap().to_owned();
    let event = screen.expect("team.changed", |data| data["team"]["id"] == json!(id)).await;
    assert_eq!(event["data"]["team"]["name"], "VIP desk");
    assert!(event["data"]["team"].get("members").is_none());
    let plain = admin.post(TEAMS, json!({ "name": "accounts" })).await.ok();
    assert_eq!((&plain["color"], &plain["description"]), (&json!("blue"), &json!("")));

    // Everybody sees the list, in the order of the names.
    for client in [&admin, &agent] {
        let all = client.pages(&format!("{TEAMS}?limit=200")).await;
        let names: Vec<_> = all.iter().map(|t| t["name"].as_str().unwrap()).collect();
        assert_eq!(names, ["accounts", "Support", "Transfers", "VIP desk"]);
        assert_eq!(all[2]["member_count"], 4);
        assert_eq!(client.pages(&format!("{TEAMS}?limit=1")).await, all);
        let found = client.pages(&format!("{TEAMS}?limit=200&q=vip")).await;
        assert_eq!((found.len(), &found[0]["id"]), (1, &json!(id)));
        assert_eq!(client.pages(&format!("{TEAMS}?limit=200&q=WHO%20pay")).await.len(), 1, "in the description too");
    }
    let full = admin.get(&path(app.teams[0])).await.ok();
    let members: Vec<_> = full["members"].as_array().unwrap().iter().map(|m| m["name"].as_str().unwrap()).collect();
    assert_eq!(members, ["Devon Supervisor", "Leila Agent", "Omar Colleague", "Yuki Lead"]);
    let leila = &full["members"][1];
    assert_eq!(
        leila,
        &json!({ "id": agent.id(), "name": "Leila Agent", "email": "agent@test.example", "role": "agent", "status": "active", "photo_url": null })
    );

    let changed = admin.patch(&path(&id), json!({ "color": "pink" })).await.ok();
    assert_eq!(
        (&changed["name"], &changed["color"], &changed["description"]),
        (&made["name"], &json!("pink"), &made["description"])
    );
    let changed = admin.patch(&path(&id), json!({ "name": "VIP", "description": "" })).await.ok();
    assert_eq!((&changed["name"], &changed["description"]), (&json!("VIP"), &json!("")));
    assert_eq!(admin.patch(&path(&id), json!({})).await.ok(), changed);
    let told = records(&app, "team.updated").await;
    assert_eq!(told.len(), 2);
    assert_eq!(told[0]["data"], json!({ "color": { "from": "violet", "to": "pink" } }));

    // Names are one whatever their case, also when two come at once.
    for name in ["vip", " SUPPORT "] {
        let problem = admin.post(TEAMS, json!({ "name": name })).await.refused(409, "already_exists");
        assert_eq!(problem["fields"][0]["field"], "name");
    }
    admin.patch(&path(&id), json!({ "name": "support" })).await.refused(409, "already_exists");
    let twice = |name: &str| admin.post(TEAMS, json!({ "name": name }));
    let (one, two) = tokio::join!(twice("Night"), twice("NIGHT"));
    assert_eq!(BTreeSet::from([one.status, two.status]), BTreeSet::from([201, 409]));

    let fields = async |body: Value| admin.post(TEAMS, body).await.fields();
    assert_eq!(
        fields(json!({ "name": "", "color": "mauve", "description": "x".repeat(501) })).await,
        ["name", "color", "description"]
    );
    assert_eq!(fields(json!({ "name": "a;b" })).await, ["name"]);
    assert_eq!(fields(json!({ "name": "a\u{0}b" })).await, ["name"]);
    assert_eq!(admin.patch(&path(&id), json!({ "color": "BLUE" })).await.fields(), ["color"]);
    for body in [json!({ "name": "A", "members": [] }), json!({ "name": "A", "id": Uuid::now_v7() }), json!({})] {
        admin.post(TEAMS, body).await.refused(422, "invalid");
    }
    admin.get(&format!("{TEAMS}?color=red")).await.refused(422, "invalid");
    for method in [reqwest::Method::GET, reqwest::Method::DELETE] {
        tests::Answer::of(admin.request(method, &path(Uuid::now_v7()))).await.refused(404, "not_found");
    }
    // The database knows the colours too.
    let odd = sqlx::query("update team set color = 'mauve'").execute(&app.probe.0).await;
    assert!(odd.unwrap_err().to_string().contains("team_color_known"));
    for client in [&agent, &app.login(&app.people().supervisor).await] {
        client.post(TEAMS, json!({ "name": "Mine" })).await.refused(403, "forbidden");
        client.get(&path(&id)).await.refused(403, "forbidden");
        client.patch(&path(&id), json!({ "name": "Mine" })).await.refused(403, "forbidden");
        client.delete(&path(&id)).await.refused(403, "forbidden");
    }
    app.finish().await;
}

#[tokio::test]
async fn teams_membership_reaches_sockets_and_queues_at_once() {
    let app = TestApp::with().nodes(2).start().await;
    let admin = app.admin().await;
    let stranger = app.login(&app.people().stranger).await.at(&app.bases[1]);
    let waiting = app.opens("46700000010").await;
    let view = format!("/api/v1/conversations/{waiting}");
    stranger.get(&view).await.refused(404, "not_found");
    let mut screen = admin.socket(None).await;
    let mut lead_screen = app.login(&app.people().lead).await.socket(None).await;
    let mut socket = stranger.socket(None).await;

    let member = format!("{}/members/{}", path(app.teams[0]), stranger.id());
    let begun = Instant::now();
    assert_eq!(admin.put(&member).await.status, 204);
    socket.expect("me.changed", |_| true).await;
    assert_eq!(socket.closed().await, Some(4401));
    eventually("the queue is theirs", async || (stranger.get(&view).await.status == 200).then_some(())).await;
    assert!(begun.elapsed() < Duration::from_secs(3), "{:?}", begun.elapsed());
    for screen in [&mut screen, &mut lead_screen] {
        let event = screen.expect("team.changed", |data| data["team"]["id"] == json!(app.teams[0])).await;
        assert_eq!(event["data"]["team"]["member_count"], 5);
    }
    let event = screen.expect("user.changed", |data| data["user"]["id"] == json!(stranger.id())).await;
    assert_eq!(event["data"]["user"]["teams"].as_array().unwrap().len(), 2);

    // Again changes and tells nothing.
    let mut socket = stranger.socket(None).await;
    assert_eq!(admin.put(&member).await.status, 204);
    let fence = app.fence().await;
    assert_eq!(kinds_but_sign_ins(&socket.until(&fence).await), Vec::<&str>::new());
    assert_eq!(records(&app, "team.member_added").await.len(), 1);

    let begun = Instant::now();
    assert_eq!(admin.delete(&member).await.status, 204);
    assert_eq!(socket.closed().await, Some(4401));
    eventually("and no more", async || (stranger.get(&view).await.status == 404).then_some(())).await;
    assert!(begun.elapsed() < Duration::from_secs(3), "{:?}", begun.elapsed());
    assert_eq!(admin.delete(&member).await.status, 204, "again is no error");
    assert_eq!(records(&app, "team.member_removed").await.len(), 1);

    let nobody = format!("{}/members/{}", path(app.teams[0]), Uuid::now_v7());
    admin.put(&nobody).await.refused(404, "not_found");
    admin.delete(&nobody).await.refused(404, "not_found");
    admin.put(&format!("{}/members/{}", path(Uuid::now_v7()), stranger.id())).await.refused(404, "not_found");
    admin.put(&format!("{}/members/x", path(app.teams[0]))).await.refused(404, "not_found");
    stranger.put(&member).await.refused(403, "forbidden");
    app.finish().await;
}

#[tokio::test]
async fn teams_are_deleted_once_nothing_belongs_to_them() {
    let app = TestApp::with().nodes(2).start().await;
    let admin = app.admin().await;
    let stranger = app.login(&app.people().stranger).await.at(&app.bases[1]);
    let [transfers, support] = app.teams;
    // A channel and then its conversations hold a team.
    let problem = admin.delete(&path(transfers)).await.refused(409, "in_use");
    assert!(problem["detail"].as_str().unwrap().contains("channel"), "{problem}");
    app.opens("46700000011").await;
    admin.patch(&format!("/api/v1/channels/{}", app.channel.id), json!({ "team_id": null })).await.ok();
    let problem = admin.delete(&path(transfers)).await.refused(409, "in_use");
    assert!(problem["detail"].as_str().unwrap().contains("conversations"), "{problem}");
    assert_eq!(admin.get(&path(transfers)).await.ok()["member_count"], 4, "nobody has left it for that");

    let mut screen = admin.socket(None).await;
    let mut socket = stranger.socket(None).await;
    assert_eq!(admin.delete(&path(support)).await.status, 204);
    for told in [&mut screen, &mut socket] {
        assert_eq!(told.expect("team.deleted", |_| true).await["data"], json!({ "id": support }));
    }
    assert_eq!(socket.closed().await, Some(4401), "their teams changed");
    screen.expect("user.changed", |data| data["user"]["teams"] == json!([])).await;
    eventually("they know", async || (stranger.get("/api/v1/me").await.ok()["teams"] == json!([])).then_some(())).await;
    admin.get(&path(support)).await.refused(404, "not_found");
    admin.delete(&path(support)).await.refused(404, "not_found");
    assert_eq!(records(&app, "team.deleted").await[0]["subject"]["name"], "Support");

    // Somebody joins while it is deleted: one of both, never half.
    let team = admin.post(TEAMS, json!({ "name": "Short-lived" })).await.ok()["id"].as_str().unwrap().to_owned();
    let (member, team) = (format!("{}/members/{}", path(&team), stranger.id()), path(&team));
    let (joined, deleted) = tokio::join!(admin.put(&member), admin.delete(&team));
    assert_eq!(deleted.status, 204);
    assert!([204, 404].contains(&joined.status), "{}", joined.text());
    let left: i64 =
        app.probe.one("select count(*) from team_member m where not exists (select from team t where t.id = m.team_id)").await;
    assert_eq!(left, 0);
    app.finish().await;
}
