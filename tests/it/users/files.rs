//! Users as CSV files, in and out.

use serde_json::{Value, json};
use tests::{Client, PASSWORD, TestApp};

use super::{USERS, records};

const IMPORT: &str = "/api/v1/users/import";

#[tokio::test]
async fn users_are_exported_whole_and_harmless() {
    let app = TestApp::start().await;
    let admin = app.admin().await;
    for (n, name) in ["=HYPERLINK(\"https://evil.example\")", "+46", "-1", "@sum", "Comma, \"quoted\""].iter().enumerate() {
        let body = json!({ "name": name, "email": format!("u{n}@test.example"), "role": "agent", "team_ids": app.teams });
        assert_eq!(admin.post(USERS, body).await.status, 201);
    }
    // More than one read of the server.
    app.probe
        .run("insert into app_user (id, name, email, role, created_at, updated_at)
              select gen_random_uuid(), 'Many ' || n, 'many' || n || '@test.example', 'agent', now(), now() from generate_series(1, 1200) n")
        .await;
    let answer = admin.get("/api/v1/users.csv").await;
    assert_eq!(answer.status, 200, "{}", answer.text());
    assert_eq!(answer.header("content-type"), Some("text/csv; charset=utf-8"));
    assert!(answer.header("content-disposition").unwrap().contains("users.csv"));
    assert_eq!(answer.header("cache-control"), Some("no-store"));
    let text = answer.text();
    let rows = parse(&text);
    assert_eq!(rows[0], ["name", "email", "role", "status", "teams", "two_factor", "last_seen_at", "created_at"]);
    assert_eq!(rows.len(), 1 + 6 + 5 + 1200);
    let emails: std::collections::BTreeSet<_> = rows[1..].iter().map(|row| row[1].clone()).collect();
    assert_eq!(emails.len(), rows.len() - 1, "everybody once");
    for row in &rows {
        assert!(row.iter().all(|cell| !cell.starts_with(['=', '+', '-', '@'])), "{row:?}");
    }
    let evil = rows.iter().find(|row| row[1] == "u0@test.example").unwrap();
    assert_eq!((evil[0].as_str(), evil[4].as_str()), ("'=HYPERLINK(\"https://evil.example\")", "Support; Transfers"));
    assert!(rows.iter().any(|row| row[0] == "Comma, \"quoted\""));

    let leads = parse(&admin.get("/api/v1/users.csv?role=team_lead&q=yuki").await.text());
    assert_eq!((leads.len(), leads[1][1].as_str()), (2, "lead@test.example"));
    admin.get("/api/v1/users.csv?limit=3").await.refused(422, "invalid");
    app.agent().await.get("/api/v1/users.csv").await.refused(403, "forbidden");
    let told = records(&app, "users.exported").await;
    assert_eq!((told.len(), &told[1]["data"]["filters"]), (2, &json!({ "role": "team_lead", "q": "yuki" })));
    app.finish().await;
}

/// Cells, by the rules of RFC 4180, read here by hand.
fn parse(text: &str) -> Vec<Vec<String>> {
    let (mut rows, mut row, mut cell, mut quoted) = (Vec::new(), Vec::new(), String::new(), false);
    let mut chars = text.trim_start_matches('\u{feff}').chars().peekable();
    while let Some(c) = chars.next() {
        match (quoted, c) {
            (true, '"') if chars.peek() == Some(&'"') => cell.extend(chars.next()),
            (_, '"') => quoted = !quoted,
            (false, ',') => row.push(std::mem::take(&mut cell)),
            (false, '\n') => {
                row.push(std::mem::take(&mut cell));
                rows.push(std::mem::take(&mut row));
            }
            (false, '\r') => {}
            (_, c) => cell.push(c),
        }
    }
    rows
}

#[tokio::test]
async fn users_are_imported_all_or_none() {
    let app = TestApp::start().await;
    let admin = app.admin().await;
    let count = async || app.probe.one::<i64>("select count(*) from app_user").await;
    let bad = "name,email,role,teams\n\
               Ana Silva,ana@company.example,agent,Transfers; support\n\
               ,nobody,chief,Nowhere\n\
               Copy,ANA@company.example,agent,\n\
               Taken,Agent@Test.example,agent,\n";
    let looked = admin.post(IMPORT, json!({ "csv": bad, "dry_run": true })).await.ok();
    assert_eq!((&looked["valid"], &looked["invalid"], &looked["created"]), (&json!(1), &json!(3), &json!(0)));
    let rows = looked["rows"].as_array().unwrap();
    assert_eq!(rows.iter().map(|row| row["line"].as_u64().unwrap()).collect::<Vec<_>>(), [2, 3, 4, 5]);
    assert_eq!(
        rows[0],
        json!({ "line": 2, "name": "Ana Silva", "email": "ana@company.example", "role": "agent", "teams": ["Transfers", "support"], "problems": [] })
    );
    let problems = |row: &Value| row["problems"].as_array().unwrap().len();
    assert_eq!(rows.iter().map(problems).collect::<Vec<_>>(), [0, 4, 1, 1], "{rows:?}");
    let problem = admin.post(IMPORT, json!({ "csv": bad, "dry_run": false })).await.refused(422, "invalid");
    assert_eq!((&problem["fields"][0]["field"], problem["rows"].as_array().unwrap().len()), (&json!("csv"), 3));
    assert_eq!(count().await, 6, "nobody was made");

    let good =
        "name,email,role,teams\nAna Silva,ana@company.example,agent,Transfers;support\nBo Lind,BO@company.example,Team lead,\n";
    let looked = admin.post(IMPORT, json!({ "csv": good, "dry_run": true })).await.ok();
    assert_eq!((&looked["valid"], &looked["created"], count().await), (&json!(2), &json!(0), 6));
    let done = admin.post(IMPORT, json!({ "csv": good, "dry_run": false })).await.ok();
    assert_eq!((&done["valid"], &done["invalid"], &done["created"]), (&json!(2), &json!(0), &json!(2)));
    let page = admin.pages(&format!("{USERS}?limit=200&status=invited")).await;
    assert_eq!(super::names(&page), ["Ana Silva", "Bo Lind"]);
    assert_eq!(super::names(page[0]["teams"].as_array().unwrap()), ["Support", "Transfers"]);
    assert_eq!((&page[1]["role"], &page[1]["email"]), (&json!("team_lead"), &json!("bo@company.example")));
    let links: i64 = app.probe.one("select count(*) from one_time_link where purpose = 'invite' and used_at is null").await;
    assert_eq!(links, 2, "both are invited");
    assert_eq!(records(&app, "users.imported").await[0]["data"]["count"], 2);
    assert_eq!(records(&app, "user.invited").await.len(), 2);
    admin.post(IMPORT, json!({ "csv": good, "dry_run": false })).await.refused(422, "invalid");

    for csv in ["", "name,email\nA,a@b.example", "name;email;role\n", "name,email,role,admin\n", "name,email,role\n"] {
        assert_eq!(admin.post(IMPORT, json!({ "csv": csv, "dry_run": true })).await.fields(), ["csv"], "{csv:?}");
    }
    admin.post(IMPORT, json!({ "csv": good })).await.refused(422, "invalid");
    let lead = Client::login(&app.bases[0], "lead@test.example", PASSWORD).await;
    lead.post(IMPORT, json!({ "csv": good, "dry_run": true })).await.refused(403, "forbidden");
    app.finish().await;
}

/// As many as an import takes, over the socket of an admin who cannot keep up with so many events at once: nothing is lost.
#[tokio::test]
async fn users_are_imported_by_the_hundred() {
    let app = TestApp::start().await;
    let admin = app.admin().await;
    let lines: String = (0..500).map(|n| format!("Person {n},p{n}@company.example,agent,Support\n")).collect();
    let done = admin.post(IMPORT, json!({ "csv": format!("name,email,role,teams\n{lines}"), "dry_run": false })).await.ok();
    assert_eq!(done["created"], 500);
    let too_many = format!("name,email,role,teams\n{lines}One,more@company.example,agent,\n");
    assert_eq!(admin.post(IMPORT, json!({ "csv": too_many, "dry_run": true })).await.fields(), ["csv"]);
    app.finish().await;
}
