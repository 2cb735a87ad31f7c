//! Users as admins manage them: who there is, what they may, how they come and go.

#[path = "users/files.rs"]
mod files;
#[path = "users/leaving.rs"]
mod leaving;

use std::{
    collections::BTreeSet,
    time::{Duration, Instant},
};

use serde_json::{Value, json};
use simulator::{Options, Simulator};
use tests::{Answer, Client, Incoming, PASSWORD, Socket, TestApp, eventually};
use uuid::Uuid;

const USERS: &str = "/api/v1/users";

fn path(id: impl std::fmt::Display) -> String {
    format!("{USERS}/{id}")
}

fn names(rows: &[Value]) -> Vec<&str> {
    rows.iter().map(|row| row["name"].as_str().unwrap()).collect()
}

/// What the audit log was told of this kind, oldest first.
pub async fn records(app: &TestApp, kind: &str) -> Vec<Value> {
    let all: Vec<(Value,)> = app.probe.all("select data from event where kind = 'audit.recorded' order by position").await;
    all.into_iter().map(|(data,)| data).filter(|data| data["kind"] == kind).collect()
}

/// What a socket heard, but for who signed in: that comes to one's other screens, sometimes a moment later.
pub fn kinds_but_sign_ins(events: &[Value]) -> Vec<&str> {
    events.iter().map(|e| e["kind"].as_str().unwrap()).filter(|kind| *kind != "session.started").collect()
}

/// Makes a user with a password and signs them in.
async fn hire(app: &TestApp, admin: &Client, name: &str, role: &str, teams: &[Uuid]) -> Client {
    let email = format!("{}@test.example", name.to_lowercase().replace(' ', "."));
    let body = json!({ "name": name, "email": email, "role": role, "team_ids": teams, "password": PASSWORD });
    let answer = admin.post(USERS, body).await;
    assert_eq!(answer.status, 201, "{}", answer.text());
    Client::login(&app.bases[0], &email, PASSWORD).await
}

/// Their token is as good as before: whoever may still come, comes back with it. For most of a second a node may send them away once more.
async fn comes_back(client: &Client) -> Socket {
    eventually("they are back", async || {
        let mut socket = Socket::open(&client.base, None).await.unwrap();
        socket.hello(&client.token, None).await;
        matches!(socket.next().await, Incoming::Json(message) if message["type"] == "ready").then_some(socket)
    })
    .await
}

#[tokio::test]
async fn users_are_listed_filtered_and_counted() {
    let app = TestApp::start().await;
    let admin = app.admin().await;
    for (name, role) in [("zoë Ångström", "agent"), ("Zoe Young", "supervisor"), ("=Éva", "agent")] {
        let email = format!("u{}@other.example", name.len());
        let answer = admin.post(USERS, json!({ "name": name, "email": email, "role": role, "team_ids": [app.teams[1]] })).await;
        assert_eq!(answer.status, 201, "{}", answer.text());
    }
    admin.patch(&path(app.people().colleague.id), json!({ "active": false })).await.ok();

    // Page by page as all at once, by name without regard to case.
    let all = admin.pages(&format!("{USERS}?limit=200")).await;
    assert_eq!(all.len(), 9);
    for limit in [1, 2, 4] {
        assert_eq!(admin.pages(&format!("{USERS}?limit={limit}")).await, all, "by {limit}");
    }
    let position = |name: &str| names(&all).iter().position(|n| *n == name).unwrap();
    assert!(
        position("Yuki Lead") < position("Zoe Young") && position("Sofia Admin") < position("zoë Ångström"),
        "{:?}",
        names(&all)
    );

    let found = async |query: &str| {
        let rows = admin.pages(&format!("{USERS}?limit=200&{query}")).await;
        rows.iter().map(|row| row["name"].as_str().unwrap().to_owned()).collect::<BTreeSet<_>>()
    };
    let set = |names: &[&str]| names.iter().map(|n| (*n).to_owned()).collect::<BTreeSet<_>>();
    assert_eq!(found("q=ZO").await, set(&["zoë Ångström", "Zoe Young"]), "in the name");
    assert_eq!(found("q=Other.Example").await.len(), 3, "in the e-mail");
    assert_eq!(found("q=suppo").await, set(&["zoë Ångström", "Zoe Young", "=Éva", "Nora Stranger"]), "in a team's name");
    assert_eq!(found("q=%25").await, set(&[]), "a percent sign is one");
    assert_eq!(found("q=%00").await.len(), 9, "and a NUL is nothing");
    assert_eq!(found("role=agent&status=invited").await, set(&["zoë Ångström", "=Éva"]));
    assert_eq!(found(&format!("team_id={}&role=supervisor", app.teams[1])).await, set(&["Zoe Young"]));
    assert_eq!(found("status=deactivated").await, set(&["Omar Colleague"]));
    assert_eq!(found("status=active&role=agent&q=leila").await, set(&["Leila Agent"]));
    assert_eq!(found(&format!("team_id={}", Uuid::now_v7())).await, set(&[]));

    let agent = all.iter().find(|u| u["name"] == "Leila Agent").unwrap();
    assert_eq!(agent["teams"], json!([{ "id": app.teams[0], "name": "Transfers", "color": "blue" }]));
    assert_eq!((&agent["status"], &agent["active"], &agent["two_factor"]), (&json!("active"), &json!(true), &json!("off")));
    assert_eq!((&agent["photo_url"], &agent["last_seen_at"]), (&Value::Null, &Value::Null));
    let me = all.iter().find(|u| u["name"] == "Sofia Admin").unwrap();
    assert!(me["last_seen_at"].as_str().unwrap().contains(":00Z"), "to the minute: {me}");
    assert_eq!(admin.get(&path(me["id"].as_str().unwrap())).await.ok()["email"], "admin@test.example");

    app.probe.run("update app_user set totp_secret = 'x', totp_since = now() where email in ('admin@test.example', 'colleague@test.example')").await;
    let summary = admin.get("/api/v1/users/summary").await.ok();
    assert_eq!(summary, json!({ "active": 5, "invited": 3, "deactivated": 1, "two_factor_on": 1 }));

    for bad in ["role=boss", "status=asleep", "team_id=x", "limit=0", "limit=201", "limit=x", "sort=email"] {
        admin.get(&format!("{USERS}?{bad}")).await.refused(422, "invalid");
    }
    admin.get(&format!("{USERS}?cursor=nonsense")).await.refused(400, "invalid_cursor");
    admin.get(&path("not-an-id")).await.refused(404, "not_found");
    app.finish().await;
}

#[tokio::test]
async fn users_are_made_with_a_password_or_invited() {
    let app = TestApp::start().await;
    let (admin, transfers) = (app.admin().await, app.teams[0]);
    let mut screen = admin.socket(None).await;

    let body = json!({ "name": " Mei 蔡 ", "email": " Mei@Company.Example", "role": "team_lead", "team_ids": [transfers], "password": PASSWORD });
    let answer = admin.post(USERS, body.clone()).await;
    assert_eq!(answer.status, 201, "{}", answer.text());
    let made = answer.json();
    assert_eq!(
        (&made["name"], &made["email"], &made["status"]),
        (&json!("Mei 蔡"), &json!("mei@company.example"), &json!("active"))
    );
    assert_eq!((&made["role"], &made["teams"][0]["id"], made.get("link")), (&json!("team_lead"), &json!(transfers), None));
    assert!(!answer.text().contains(PASSWORD));
    let mei = Client::login(&app.bases[0], "MEI@company.example", PASSWORD).await;
    assert_eq!(mei.me["teams"][0]["name"], "Transfers");
    let event = screen.expect("user.changed", |data| data["user"]["email"] == "mei@company.example").await;
    assert_eq!(event["data"]["user"]["name"], "Mei 蔡");

    let answer = admin.post(USERS, json!({ "name": "Bo", "email": "bo@company.example", "role": "agent" })).await;
    let invited = answer.json();
    assert_eq!((answer.status, &invited["status"], &invited["teams"]), (201, &json!("invited"), &json!([])));
    let link = &invited["link"];
    assert!(link["url"].as_str().unwrap().starts_with(&format!("{}/welcome#", app.bases[0])), "{link}");
    assert!(link["expires_at"].is_string() && link["emailed"].is_boolean(), "{link}");
    let token = link["url"].as_str().unwrap().split_once('#').unwrap().1;
    let told: i64 = app.probe.one("select count(*) from event where data::text like '%welcome#%'").await;
    assert!(told == 0 && token.len() > 40, "a link is told to nobody else");
    Client::anonymous(&app.bases[0])
        .post("/api/v1/auth/login", json!({ "email": "bo@company.example", "password": "" }))
        .await
        .refused(401, "invalid_credentials");

    // The same address in another form, from two admins at once.
    for email in ["mei@company.example", "MEI@COMPANY.EXAMPLE", " Mei@company.example "] {
        let problem =
            admin.post(USERS, json!({ "name": "X", "email": email, "role": "agent" })).await.refused(409, "already_exists");
        assert_eq!(problem["fields"][0]["field"], "email");
    }
    let race = |n: usize| admin.post(USERS, json!({ "name": n.to_string(), "email": "twice@company.example", "role": "agent" }));
    let (one, two) = tokio::join!(race(1), race(2));
    assert_eq!(BTreeSet::from([one.status, two.status]), BTreeSet::from([201, 409]));

    // What is wrong is marked, all at once; what nobody asked for is refused.
    let fields = async |body: Value| admin.post(USERS, body).await.fields();
    assert_eq!(fields(json!({ "name": " ", "email": "nobody", "role": "agent" })).await, ["name", "email"]);
    assert_eq!(fields(json!({ "name": "A\u{0}", "email": "a\u{0}@b.example", "role": "agent" })).await, ["name", "email"]);
    assert_eq!(
        fields(json!({ "name": "A", "email": "a@b.example", "role": "agent", "team_ids": [Uuid::now_v7()] })).await,
        ["team_ids"]
    );
    assert_eq!(fields(json!({ "name": "A", "email": "a@b.example", "role": "agent", "password": "short" })).await, ["password"]);
    for body in [
        json!({ "name": "A", "email": "a@b.example", "role": "owner" }),
        json!({ "name": "A", "email": "a@b.example" }),
        json!({ "name": "A", "email": "a@b.example", "role": "agent", "active": false }),
        json!({ "name": "A", "email": "a@b.example", "role": "agent", "id": Uuid::now_v7() }),
        json!({ "name": "A", "email": "a@b.example", "role": "agent", "team_ids": "all" }),
    ] {
        admin.post(USERS, body).await.refused(422, "invalid");
    }
    let left: i64 = app.probe.one("select count(*) from app_user where email = 'a@b.example'").await;
    assert_eq!(left, 0);
    assert_eq!(records(&app, "user.created").await.iter().filter(|r| r["subject"]["name"] == "Mei 蔡").count(), 1);
    let record = &records(&app, "user.invited").await[0];
    assert_eq!((&record["actor"]["name"], &record["data"]["email"]), (&json!("Sofia Admin"), &json!("bo@company.example")));
    assert_eq!(record["address"], "127.0.0.1");
    app.finish().await;
}

#[tokio::test]
async fn users_invitations_go_out_by_mail_and_open_an_account() {
    let simulator = Simulator::start(Options::default()).await.unwrap();
    let app = TestApp::with().smtp_url(&simulator.smtp_url()).start().await;
    let admin = app.admin().await;
    let mut screen = admin.socket(None).await;
    let made = admin.post(USERS, json!({ "name": "Bo Lind", "email": "bo@company.example", "role": "agent" })).await.ok();
    assert_eq!(made["link"]["emailed"], true);
    let url = made["link"]["url"].as_str().unwrap();
    let mail = eventually("the invitation arrives", async || {
        let caught = Answer::of(tests::http().get(format!("{}/_sim/mails", simulator.url()))).await.ok();
        caught["data"].as_array().unwrap().iter().find(|mail| mail.to_string().contains("bo@company.example")).cloned()
    });
    assert!(mail.await.to_string().contains(url), "with the link in it");
    let body = json!({ "token": url.split_once('#').unwrap().1, "password": PASSWORD });
    let anonymous = Client::anonymous(&app.bases[0]);
    assert_eq!(anonymous.post("/api/v1/auth/link/password", body.clone()).await.status, 204);
    anonymous.post("/api/v1/auth/link/password", body).await.refused(410, "link_invalid");
    screen.expect("user.changed", |data| data["user"]["id"] == made["id"] && data["user"]["status"] == "active").await;
    Client::login(&app.bases[0], "bo@company.example", PASSWORD).await;

    // What was sent to an address opens nothing once that is no longer theirs.
    let made = admin.post(USERS, json!({ "name": "Cy", "email": "cy@company.example", "role": "agent" })).await.ok();
    let token = made["link"]["url"].as_str().unwrap().split_once('#').unwrap().1.to_owned();
    admin.patch(&path(made["id"].as_str().unwrap()), json!({ "email": "cy@other.example" })).await.ok();
    anonymous.post("/api/v1/auth/link", json!({ "token": token })).await.refused(410, "link_invalid");
    app.finish().await;
    simulator.stop().await;
}

#[tokio::test]
async fn users_change_only_as_asked() {
    let app = TestApp::start().await;
    let (admin, id) = (app.admin().await, app.people().agent.id);
    let before = admin.get(&path(id)).await.ok();
    let nothing = admin.patch(&path(id), json!({})).await.ok();
    assert_eq!(nothing, before, "absent fields stay");
    let quiet: i64 = app.probe.one("select count(*) from event where kind = 'me.changed'").await;
    assert_eq!(quiet, 0, "and nothing is told");

    let changed = admin.patch(&path(id), json!({ "name": "Leila M." })).await.ok();
    assert_eq!(changed, {
        let mut user = before.clone();
        user["name"] = json!("Leila M.");
        user
    });
    let changed = admin.patch(&path(id), json!({ "email": " LEILA@Company.Example " })).await.ok();
    assert_eq!(changed["email"], "leila@company.example");
    Client::login(&app.bases[0], "leila@company.example", PASSWORD).await;
    let problem = admin.patch(&path(id), json!({ "email": "Admin@Test.Example" })).await.refused(409, "already_exists");
    assert_eq!(problem["fields"][0]["field"], "email");

    // The teams are exactly those that were sent.
    let [transfers, support] = app.teams;
    let changed = admin.patch(&path(id), json!({ "team_ids": [support, support] })).await.ok();
    assert_eq!(changed["teams"].as_array().unwrap().iter().map(|t| t["id"].clone()).collect::<Vec<_>>(), [json!(support)]);
    assert_eq!(admin.patch(&path(id), json!({ "team_ids": [] })).await.ok()["teams"], json!([]));
    let both = admin.patch(&path(id), json!({ "team_ids": [transfers, support] })).await.ok();
    assert_eq!(names(both["teams"].as_array().unwrap()), ["Support", "Transfers"], "by name");
    assert_eq!(admin.patch(&path(id), json!({ "team_ids": [Uuid::now_v7()] })).await.fields(), ["team_ids"]);
    assert_eq!(admin.get(&path(id)).await.ok()["teams"], both["teams"], "all or nothing");

    assert_eq!(admin.patch(&path(id), json!({ "name": "", "email": "x" })).await.fields(), ["name", "email"]);
    for body in [
        json!({ "id": Uuid::now_v7() }),
        json!({ "password": PASSWORD }),
        json!({ "password_hash": "x" }),
        json!({ "two_factor": "off" }),
        json!({ "status": "active" }),
        json!({ "role": "root" }),
        json!({ "active": "yes" }),
    ] {
        admin.patch(&path(id), body).await.refused(422, "invalid");
    }
    admin.patch(&path(Uuid::now_v7()), json!({ "name": "Nobody" })).await.refused(404, "not_found");

    let record = &records(&app, "user.updated").await[1];
    assert_eq!(record["data"], json!({ "email": { "from": "agent@test.example", "to": "leila@company.example" } }));
    assert_eq!(record["subject"]["id"], json!(id));
    let added = records(&app, "team.member_added").await;
    assert!(added.iter().any(|r| r["subject"]["id"] == json!(support) && r["data"]["user"]["id"] == json!(id)), "{added:?}");
    let removed = records(&app, "team.member_removed").await.len();
    assert_eq!(removed, 2);
    app.finish().await;
}

#[tokio::test]
async fn users_the_last_admin_stays_though_two_demote_each_other_at_once() {
    let app = TestApp::with().nodes(2).start().await;
    let admin = app.admin().await;
    let second = hire(&app, &admin, "Second Admin", "admin", &[]).await.at(&app.bases[1]);
    let (one, two) = (admin.id(), second.id());
    for (round, change) in
        [json!({ "role": "agent" }), json!({ "active": false }), json!({ "role": "supervisor" })].iter().enumerate()
    {
        app.probe.run("update app_user set role = 'admin', active = true where name in ('Sofia Admin', 'Second Admin')").await;
        app.probe.run("update session set ended_at = null").await;
        for client in [&admin, &second] {
            eventually("both may again", async || (client.get(USERS).await.status == 200).then_some(())).await;
        }
        let (his, hers) = (path(two), path(one));
        let (a, b) = tokio::join!(admin.patch(&his, change.clone()), second.patch(&hers, change.clone()));
        let left: i64 = app.probe.one("select count(*) from app_user where role = 'admin' and active").await;
        assert_eq!(left, 1, "round {round}: {} {}", a.text(), b.text());
        let (won, lost) = if a.status == 200 { (a, b) } else { (b, a) };
        won.ok();
        // Too late: either seen under the lock, or already at the door.
        match lost.status {
            409 => drop(lost.refused(409, "last_admin")),
            403 => drop(lost.refused(403, "forbidden")),
            _ => drop(lost.refused(401, "unauthenticated")),
        }
    }
    app.finish().await;
}

/// The same without luck: the second waits for the first one's lock, and then sees what the first did.
#[tokio::test]
async fn users_whoever_waits_for_the_lock_sees_that_nobody_else_is_left() {
    let app = TestApp::start().await;
    let admin = app.admin().await;
    let second = hire(&app, &admin, "Second Admin", "admin", &[]).await;
    let mut first = app.probe.0.begin().await.unwrap();
    let demote = "update app_user set role = 'agent' where name = 'Second Admin'";
    sqlx::query("select id from app_user where role = 'admin' order by id for no key update").execute(&mut *first).await.unwrap();
    let hers = path(admin.id());
    let waiting = second.patch(&hers, json!({ "role": "agent" }));
    let release = async {
        tokio::time::sleep(Duration::from_millis(300)).await;
        sqlx::query(demote).execute(&mut *first).await.unwrap();
        first.commit().await.unwrap();
    };
    let (answer, ()) = tokio::join!(waiting, release);
    answer.refused(409, "last_admin");

    // An invitation that nobody has accepted yet is no admin who could help.
    app.probe.run("update app_user set role = 'admin', password_hash = null where name = 'Omar Colleague'").await;
    app.probe.run("update app_user set role = 'admin' where name = 'Second Admin'").await;
    eventually("she may again", async || (second.get(USERS).await.status == 200).then_some(())).await;
    app.probe.run("update app_user set password_hash = null where name = 'Second Admin'").await;
    second.patch(&hers, json!({ "active": false })).await.refused(409, "last_admin");
    app.finish().await;
}

#[tokio::test]
async fn users_nobody_changes_their_own_role_or_shuts_themselves_out() {
    let app = TestApp::start().await;
    let admin = app.admin().await;
    hire(&app, &admin, "Second Admin", "admin", &[]).await;
    let me = path(admin.id());
    for body in [json!({ "role": "agent" }), json!({ "role": "supervisor", "name": "Me" }), json!({ "active": false })] {
        admin.patch(&me, body).await.refused(403, "own_role");
    }
    admin.post(&format!("{me}/two-factor/reset"), json!({})).await.refused(403, "own_role");
    let same = admin.patch(&me, json!({ "role": "admin", "active": true, "name": "Sofia A." })).await.ok();
    assert_eq!((&same["name"], &same["role"]), (&json!("Sofia A."), &json!("admin")));

    // And nobody else gets near.
    for client in [app.agent().await, app.login(&app.people().lead).await, app.login(&app.people().supervisor).await] {
        let own = path(client.id());
        client.patch(&own, json!({ "role": "admin" })).await.refused(403, "forbidden");
        client.patch(&me, json!({ "role": "agent" })).await.refused(403, "forbidden");
        client.get(USERS).await.refused(403, "forbidden");
        client.get(&path(Uuid::now_v7())).await.refused(403, "forbidden");
        client.post(USERS, json!({ "name": "A", "email": "a@b.example", "role": "admin" })).await.refused(403, "forbidden");
    }
    app.finish().await;
}

#[tokio::test]
async fn users_changes_reach_every_session_and_socket_within_a_second() {
    let app = TestApp::with().nodes(2).start().await;
    let admin = app.admin().await;
    let agent = app.agent().await.at(&app.bases[1]);
    let mut screen = admin.socket(None).await;
    let id = agent.id();
    agent.get("/api/v1/channels").await.refused(403, "forbidden");

    // A name closes nothing, and is told.
    let mut socket = agent.socket(None).await;
    admin.patch(&path(id), json!({ "name": "Leila M." })).await.ok();
    assert_eq!(socket.expect("me.changed", |_| true).await["data"], json!({}));
    screen.expect("user.changed", |data| data["user"]["name"] == "Leila M.").await;
    let fence = app.fence().await;
    socket.until(&fence).await;

    for (change, effect) in [
        (json!({ "role": "admin" }), "/api/v1/channels"),
        (json!({ "team_ids": [app.teams[1]] }), "/api/v1/channels"),
        (json!({ "email": "leila@company.example" }), "/api/v1/channels"),
    ] {
        let begun = Instant::now();
        admin.patch(&path(id), change.clone()).await.ok();
        socket.expect("me.changed", |_| true).await;
        assert_eq!(socket.closed().await, Some(4401), "{change}");
        eventually("the present counts", async || (agent.get(effect).await.status == 200).then_some(())).await;
        // `accounts::revocation` measures the second; here many things happen on a busy machine.
        assert!(begun.elapsed() < Duration::from_secs(3), "{change}: {:?}", begun.elapsed());
        socket = comes_back(&agent).await;
    }
    screen.expect("user.changed", |data| data["user"]["email"] == "leila@company.example").await;

    let again = Client::login(&app.bases[0], "leila@company.example", PASSWORD).await;
    let mut other = again.socket(None).await;
    let begun = Instant::now();
    admin.patch(&path(id), json!({ "active": false })).await.ok();
    assert_eq!((socket.closed().await, other.closed().await), (Some(4401), Some(4401)));
    // On the node that did it, at once; on the other within a second.
    again.get("/api/v1/me").await.refused(401, "unauthenticated");
    eventually("the token is worthless", async || (agent.get("/api/v1/me").await.status == 401).then_some(())).await;
    assert!(begun.elapsed() < Duration::from_secs(3), "{:?}", begun.elapsed());
    agent.refresh(&agent.cookie).await.refused(401, "unauthenticated");
    let live: i64 = app.probe.of(id, "select count(*) from session where user_id = $1 and ended_at is null").await;
    assert_eq!(live, 0);
    let login = || Client::anonymous(&app.bases[0]);
    let credentials = json!({ "email": "leila@company.example", "password": PASSWORD });
    login().post("/api/v1/auth/login", credentials.clone()).await.refused(401, "invalid_credentials");

    // Back again, with the same password but none of the old sessions.
    let back = admin.patch(&path(id), json!({ "active": true })).await.ok();
    assert_eq!(back["status"], "active");
    login().post("/api/v1/auth/login", credentials).await.ok();
    agent.get("/api/v1/me").await.refused(401, "unauthenticated");
    let kinds: Vec<usize> = [
        records(&app, "user.role_changed").await.len(),
        records(&app, "user.deactivated").await.len(),
        records(&app, "user.reactivated").await.len(),
    ]
    .into();
    assert_eq!(kinds, [1, 1, 1]);
    // None of this was for other screens.
    let heard: BTreeSet<_> = kinds_but_sign_ins(&screen.events).into_iter().collect();
    assert_eq!(heard, BTreeSet::from(["fence", "team.changed", "user.changed"]));
    app.finish().await;
}

#[tokio::test]
async fn users_are_helped_back_in_and_signed_out() {
    let app = TestApp::with().nodes(2).start().await;
    let admin = app.admin().await;
    let agent = app.agent().await.at(&app.bases[1]);
    let id = agent.id();
    app.probe.run("update app_user set totp_secret = 'sealed', totp_since = now(), totp_last_step = 5 where email = 'agent@test.example'").await;
    app.probe
        .run("insert into recovery_code (user_id, hash) select id, 'x' from app_user where email = 'agent@test.example'")
        .await;
    assert_eq!(admin.get(&path(id)).await.ok()["two_factor"], "on");
    let mut socket = agent.socket(None).await;
    let post = async |what: &str| admin.post(&format!("{}/{what}", path(id)), json!({})).await;
    assert_eq!(post("two-factor/reset").await.status, 204);
    assert_eq!(socket.closed().await, Some(4401));
    eventually("the session is over", async || (agent.get("/api/v1/me").await.status == 401).then_some(())).await;
    assert_eq!(admin.get(&path(id)).await.ok()["two_factor"], "off");
    let codes: i64 = app.probe.of(id, "select count(*) from recovery_code where user_id = $1").await;
    assert_eq!(codes, 0);
    assert_eq!(post("two-factor/reset").await.status, 204, "again is no error");
    assert_eq!(records(&app, "two_factor.reset").await.len(), 1);

    let (one, two) = (app.agent().await, app.agent().await.at(&app.bases[1]));
    assert_eq!(post("sessions/end").await.status, 204);
    one.get("/api/v1/me").await.refused(401, "unauthenticated");
    eventually("there too", async || (two.get("/api/v1/me").await.status == 401).then_some(())).await;
    assert_eq!(records(&app, "session.ended").await[0]["data"]["sessions"], 2);
    app.agent().await;

    // A link fits where the user stands.
    let link = post("link").await.ok();
    assert!(link["url"].as_str().unwrap().starts_with(&format!("{}/reset#", app.bases[0])), "{link}");
    app.probe.run("update app_user set password_hash = null where email = 'agent@test.example'").await;
    let link = post("link").await.ok();
    assert!(link["url"].as_str().unwrap().starts_with(&format!("{}/welcome#", app.bases[0])), "{link}");
    assert_eq!(records(&app, "user.link_made").await.len(), 2);
    admin.patch(&path(id), json!({ "active": false })).await.ok();
    post("link").await.refused(409, "illegal_transition");
    let open: i64 = app.probe.of(id, "select count(*) from one_time_link where user_id = $1 and used_at is null").await;
    assert_eq!(open, 0, "who left has no way in");
    for what in ["link", "two-factor/reset", "sessions/end"] {
        admin.post(&format!("{}/{what}", path(Uuid::now_v7())), json!({})).await.refused(404, "not_found");
    }
    app.finish().await;
}

/// Whoever answers this may be asked anything; what it must not do is break.
#[tokio::test]
async fn users_endpoints_take_rubbish_with_dignity() {
    let app = TestApp::start().await;
    let admin = app.admin().await;
    let long = "x".repeat(100_000);
    for body in [
        json!(null),
        json!([]),
        json!("x"),
        json!({ "name": long, "email": long, "role": "agent" }),
        json!({ "name": { "a": 1 } }),
    ] {
        for answer in [
            admin.post(USERS, body.clone()).await,
            admin.patch(&path(app.people().agent.id), body.clone()).await,
            admin.post("/api/v1/users/import", body.clone()).await,
            admin.post("/api/v1/teams", body.clone()).await,
            admin.patch("/api/v1/settings", body.clone()).await,
        ] {
            assert!((400..500).contains(&answer.status), "{body:.60}: {} {}", answer.status, answer.text());
        }
    }
    let big = admin.post("/api/v1/users/import", json!({ "csv": "x".repeat(300_000), "dry_run": true })).await;
    big.refused(413, "too_large");
    let form = admin.request(reqwest::Method::POST, USERS).body("name=A");
    Answer::of(form).await.refused(415, "unsupported_media_type");
    app.finish().await;
}
