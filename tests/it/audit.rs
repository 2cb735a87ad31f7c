//! The audit log: what gets in, that it stays, and who may read it.

use features::audit::{self, Head};
use kernel::{audit::Record, auth::Actor};
use serde_json::{Value, json};
use tests::{TestApp, eventually};
use uuid::Uuid;

/// Records that many entries, a transaction each, and waits until they are in the chain.
async fn record(app: &TestApp, count: i64) {
    let node = &app.nodes[0].app;
    let before = app.probe.one::<i64>("select count(*) from audit_entry where kind = 'test.happened'").await;
    for n in 0..count {
        let mut tx = node.db.begin().await.unwrap();
        let record = Record::by(&Actor::system("a test"), "test.happened").about("thing", Uuid::from_u128(n as u128), "Thing");
        tx.record(node.now(), &record.with("n", n).with("b", "after n").with("a", "after b"));
        tx.commit().await.unwrap();
    }
    entries(app, before + count).await;
}

/// Waits for so many entries of the tests' own kind; what was recorded before them is in the chain then too.
async fn entries(app: &TestApp, count: i64) {
    eventually("the entries are in the chain", async || {
        let known = app.probe.one::<i64>("select count(*) from audit_entry where kind = 'test.happened'").await;
        (known >= count).then_some(())
    })
    .await;
}

async fn broken(app: &TestApp, noted: Option<&Head>) -> Option<i64> {
    let node = &app.nodes[0].app;
    audit::verify(&mut node.db.read().await.unwrap(), &node.audit_key, noted).await.unwrap().first_broken
}

#[tokio::test]
async fn audit_whatever_is_done_to_an_entry_is_found() {
    let app = TestApp::start().await;
    record(&app, 12).await;
    let head: Head = {
        let (seq, hash) = app.probe.all::<(i64, Vec<u8>)>("select seq, hash from audit_head").await.pop().unwrap();
        Head { seq, hash }
    };
    assert_eq!(broken(&app, None).await, None);
    assert_eq!(broken(&app, Some(&head)).await, None);
    // As the owner of the tables, with the trigger out of the way; each is undone after.
    app.probe
        .run("create table kept as table audit_entry; create table kept_head as table audit_head; alter table audit_entry disable trigger user")
        .await;
    for (what, tampering, noted) in [
        ("edited data", r#"update audit_entry set data = '{"n":99}' where seq = 5"#, None),
        (
            "the same data in other words",
            r#"update audit_entry set data = '{"n": 4,"b":"after n","a":"after b"}' where seq = 5"#,
            None,
        ),
        ("another actor", "update audit_entry set actor_name = 'Somebody Else' where seq = 5", None),
        ("a later time", "update audit_entry set at = at + interval '1 microsecond' where seq = 5", None),
        ("removed", "delete from audit_entry where seq = 5", None),
        (
            "removed and closed up",
            "delete from audit_entry where seq = 5; update audit_entry set seq = seq + 999 where seq > 5; update audit_entry set seq = seq - 1000 where seq > 999",
            None,
        ),
        (
            "swapped",
            "update audit_entry set seq = case seq when 5 then 1005 else 5 end where seq in (5, 6); update audit_entry set seq = 6 where seq = 1005",
            None,
        ),
        ("the first removed", "delete from audit_entry where seq = 1", None),
        ("cut off", "delete from audit_entry where seq > 9", None),
        (
            "cut off, head and all",
            "delete from audit_entry where seq > 9; update audit_head set seq = 9, hash = (select hash from audit_entry where seq = 9)",
            Some(&head),
        ),
        ("emptied", "delete from audit_entry", None),
    ] {
        app.probe.run(tampering).await;
        assert!(broken(&app, noted).await.is_some(), "{what}");
        app.probe
            .run("delete from audit_entry; insert into audit_entry table kept; delete from audit_head; insert into audit_head table kept_head")
            .await;
        assert_eq!(broken(&app, None).await, None, "as before: {what}");
    }
    app.probe.run("alter table audit_entry enable trigger user; drop table kept; drop table kept_head").await;
    // The chain goes on.
    record(&app, 3).await;
    assert_eq!(broken(&app, Some(&head)).await, None);
    app.finish().await;
}

#[tokio::test]
async fn audit_the_application_cannot_change_an_entry() {
    let app = TestApp::start().await;
    record(&app, 2).await;
    let pool = app.nodes[0].app.db.pool();
    let who: String = sqlx::query_scalar("select current_user::text").fetch_one(pool).await.unwrap();
    assert_eq!(who, kernel::db::ROLE);
    for statement in [
        "update audit_entry set kind = 'nothing'",
        "delete from audit_entry",
        "truncate audit_entry",
        "drop table audit_entry",
        "alter table audit_entry disable trigger all",
        "delete from _sqlx_migrations",
        "create table mine (id int)",
    ] {
        let error = sqlx::query(statement).execute(pool).await.expect_err(statement);
        assert_eq!(error.as_database_error().and_then(|e| e.code()).as_deref(), Some("42501"), "{statement}: {error}");
    }
    // The owner is stopped too, unless they mean it.
    for statement in ["update audit_entry set kind = 'nothing'", "delete from audit_entry", "truncate audit_entry"] {
        let error = sqlx::query(statement).execute(&app.probe.0).await.expect_err(statement);
        assert!(error.to_string().contains("append-only"), "{statement}: {error}");
    }
    app.finish().await;
}

#[tokio::test]
async fn audit_two_nodes_append_each_entry_once() {
    let mut app = TestApp::with().nodes(2).start().await;
    let both: Vec<_> = (0..2).map(|n| app.nodes[n].app.clone()).collect();
    let work = both.into_iter().map(|node| async move {
        for n in 0..100 {
            let mut tx = node.db.begin().await.unwrap();
            tx.record(node.now(), &Record::by(&Actor::system("a test"), "test.happened").with("n", n));
            tx.commit().await.unwrap();
        }
    });
    futures_util::future::join_all(work).await;
    entries(&app, 200).await;
    assert_eq!(app.probe.one::<i64>("select count(*) from audit_entry where kind = 'test.happened'").await, 200);
    assert_eq!(broken(&app, None).await, None);
    app.stop_node(1).await;
    app.finish().await;
}

#[tokio::test]
async fn audit_is_read_by_admins_with_filters_pages_and_as_a_file() {
    let app = TestApp::start().await;
    let admin = app.admin().await;
    let people = app.people();
    for person in [&people.agent, &people.lead, &people.supervisor] {
        let client = app.login(person).await;
        for path in ["/api/v1/audit", "/api/v1/audit.csv", "/api/v1/audit/verify"] {
            client.get(path).await.refused(403, "forbidden");
        }
    }
    let name = "=cmd() \"quoted\", and a comma";
    let body = json!({ "name": name, "team_id": app.teams[1], "credentials": { "access_token": "CANARY-secret" } });
    admin.patch(&format!("/api/v1/channels/{}", app.channel.id), body).await.ok();
    record(&app, 5).await;

    let all = admin.pages("/api/v1/audit?limit=3").await;
    let seqs: Vec<i64> = all.iter().map(|e| e["seq"].as_i64().unwrap()).collect();
    assert!(seqs.windows(2).all(|pair| pair[0] == pair[1] + 1), "{seqs:?}");
    assert_eq!(seqs.last(), Some(&1));
    let kinds = async |query: &str| -> Vec<String> {
        let items = admin.get(&format!("/api/v1/audit?{query}")).await.ok()["items"].as_array().unwrap().clone();
        items.iter().map(|e| e["kind"].as_str().unwrap().to_owned()).collect()
    };
    assert_eq!(kinds("kind=channel").await, ["channel.credentials_changed", "channel.updated", "channel.created"]);
    assert_eq!(kinds("kind=channel.updated").await, ["channel.updated"]);
    assert_eq!(kinds("kind=chan").await, Vec::<String>::new(), "a part is a whole word");
    assert_eq!(kinds("kind=%25").await, Vec::<String>::new(), "wildcards are plain");
    assert_eq!(kinds(&format!("actor_id={}&kind=channel", admin.id())).await.len(), 2);
    assert_eq!(kinds(&format!("subject_id={}&q=cmd()", app.channel.id)).await.len(), 2, "as it was called then");
    assert_eq!(kinds("q=no%20such%20words").await.len(), 0);
    assert_eq!(kinds("q=CANARY").await.len(), 0, "no credential is in any entry");
    assert_eq!(kinds("to=2020-01-01T00:00:00Z").await.len(), 0);
    assert_eq!(kinds("from=2020-01-01T00:00:00Z&kind=channel").await.len(), 3);

    // Who was put into a team is a detail of what was done to the team.
    let agent = &people.agent;
    admin.put(&format!("/api/v1/teams/{}/members/{}", app.teams[1], agent.id)).await.ok();
    record(&app, 1).await;
    assert_eq!(kinds(&format!("subject_id={}&kind=team", agent.id)).await, ["team.member_added"]);
    assert_eq!(kinds(&format!("q={}&kind=team", agent.name.replace(' ', "%20"))).await, ["team.member_added"]);

    admin.get("/api/v1/audit?from=yesterday").await.refused(422, "invalid");
    admin.get("/api/v1/audit?sort=kind").await.refused(422, "invalid");

    let entry = admin.get("/api/v1/audit?kind=channel.updated").await.ok()["items"][0].clone();
    assert_eq!(entry["actor"], json!({ "id": admin.id(), "name": people.admin.name }));
    assert_eq!(entry["address"], "127.0.0.1");
    assert_eq!(entry["subject"], json!({ "type": "channel", "id": app.channel.id, "name": name }));
    assert_eq!((&entry["data"]["before"]["name"], &entry["data"]["after"]["name"]), (&json!("WhatsApp"), &json!(name)));
    let credentials = admin.get("/api/v1/audit?kind=channel.credentials_changed").await;
    assert_eq!(credentials.ok()["items"][0]["data"], json!({ "credentials": ["access_token"] }));
    assert!(!credentials.text().contains("CANARY"));

    let answer = admin.get("/api/v1/audit.csv?kind=channel").await;
    assert_eq!(answer.status, 200);
    assert_eq!(answer.header("content-type"), Some("text/csv; charset=utf-8"));
    assert_eq!(answer.header("content-disposition"), Some("attachment; filename=\"audit.csv\""));
    let text = answer.text();
    assert_eq!(text.lines().count(), 4, "{text}");
    assert!(text.contains("\"'=cmd() \"\"quoted\"\", and a comma\""), "{text}");
    eventually("the export is in the log", async || (!kinds("kind=audit.exported").await.is_empty()).then_some(())).await;
    let verdict = admin.get("/api/v1/audit/verify").await.ok();
    assert_eq!((&verdict["ok"], &verdict["first_broken_seq"]), (&json!(true), &Value::Null));
    assert_eq!(verdict["head"].as_str().unwrap().split_once(':').unwrap().0, verdict["entries"].to_string());
    // Entries reach no screen.
    let mut socket = admin.socket(None).await;
    record(&app, 1).await;
    let fence = app.fence().await;
    assert_eq!(socket.until(&fence).await, Vec::<Value>::new());
    app.finish().await;
}
