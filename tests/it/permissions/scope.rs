//! The matrix of what is many: lists, search, counts, what a bulk finds, contacts and exports show what single reads show, and nothing else.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value, json};
use tests::{Answer, Client, TestApp, eventually};
use uuid::Uuid;

use super::say_at;

const WORD: &str = "Quillfeather";

async fn status(client: &Client, path: &str) -> u16 {
    client.get(path).await.status
}

fn ids(rows: &[Value]) -> BTreeSet<Uuid> {
    rows.iter().map(|row| row["id"].as_str().unwrap().parse().unwrap()).collect()
}

#[tokio::test]
async fn permissions_of_lists_search_and_counts_are_those_of_single_reads() {
    let app = TestApp::start().await;
    let who = app.people().clone();
    let mut people: BTreeMap<&str, Client> = BTreeMap::new();
    for (name, person) in [
        ("admin", &who.admin),
        ("agent", &who.agent),
        ("colleague", &who.colleague),
        ("lead", &who.lead),
        ("stranger", &who.stranger),
        ("supervisor", &who.supervisor),
    ] {
        people.insert(name, app.login(person).await);
    }
    let [admin, agent, colleague, stranger] = ["admin", "agent", "colleague", "stranger"].map(|name| &people[name]);
    let elsewhere = app.add_channel("Support line", "700800900100299", "test-app-secret", Some(app.teams[1])).await;
    // Waiting, had and closed, by the agent, a colleague and another team; one in which the agent only takes part.
    let mut all = Vec::new();
    for (n, holder) in [None, Some(agent), Some(agent), Some(colleague), Some(colleague)].into_iter().enumerate() {
        let id = app.opens(&format!("4670400000{n}")).await;
        if let Some(holder) = holder {
            holder.step(id, "take", json!({})).await.ok();
            if n % 2 == 0 {
                holder.step(id, "close", json!({ "reason": "resolved" })).await.ok();
            }
        }
        all.push(id);
    }
    for n in 0..4 {
        let id = say_at(&app, &elsewhere, &format!("4670500000{n}")).await;
        if n > 0 {
            stranger.step(id, "take", json!({})).await.ok();
        }
        if n == 3 {
            stranger.step(id, "close", json!({ "reason": "resolved" })).await.ok();
        }
        all.push(id);
    }
    stranger.send(all[6], "note", &format!("@[you](user:{})", who.agent.id)).await.ok();
    let tag = admin.post("/api/v1/tags", json!({ "name": "Everywhere", "color": "blue" })).await.ok();
    let tag = tag["id"].as_str().unwrap();
    let mut contacts = BTreeMap::new();
    for id in &all {
        let put = admin.request(reqwest::Method::PUT, &format!("/api/v1/conversations/{id}/tags/{tag}"));
        Answer::of(put).await.ok();
        let contact = admin.conversation(*id).await["contact"]["id"].as_str().unwrap().to_owned();
        admin.patch(&format!("/api/v1/contacts/{contact}"), json!({ "name": format!("{WORD} {contact}") })).await.ok();
        contacts.insert(*id, contact);
    }
    let view = json!({ "name": "All of it", "shared": "everybody", "filter": { "view": "all", "tag": tag } });
    let view = admin.post("/api/v1/views", view).await.ok();
    let mut cells = 0;
    let mut sights = BTreeSet::new();
    for (name, client) in &people {
        let mut seen = BTreeSet::new();
        for id in &all {
            if status(client, &format!("/api/v1/conversations/{id}")).await == 200 {
                seen.insert(*id);
            }
        }
        let list = async |query: &str| ids(&client.pages(&format!("/api/v1/conversations?limit=3&{query}")).await);
        // Whatever finds everything finds what they see.
        for query in ["view=all", "view=all&sort=oldest", &format!("q={WORD}"), &format!("tag={tag}")] {
            assert_eq!(list(query).await, seen, "{name}: {query}");
            cells += 1;
        }
        // Whatever narrows finds no more than that.
        for query in [
            "view=mine".to_owned(),
            "view=queue".to_owned(),
            "view=mentions".to_owned(),
            "view=snoozed".to_owned(),
            "sort=waiting".to_owned(),
            "state=closed".to_owned(),
            "unread=true".to_owned(),
            "waiting=true".to_owned(),
            "assignee_id=none".to_owned(),
            format!("assignee_id={}", who.colleague.id),
            format!("assignee_id={}", who.stranger.id),
            format!("channel_id={}", elsewhere.id),
            format!("team_id={}", app.teams[1]),
            format!("view=team&team_id={}", app.teams[0]),
            format!("view=team&team_id={}", app.teams[1]),
            format!("view=queue&team_id={}", app.teams[1]),
        ] {
            let found = list(&query).await;
            assert!(found.is_subset(&seen), "{name}: {query} finds {:?}", found.difference(&seen));
            cells += 1;
        }
        // Search by number, by the words of a name and by the customer's id: no hit, and no sign of one.
        for id in &all {
            let number: i64 = app.probe.of(*id, "select number from conversation where id = $1").await;
            for q in [number.to_string(), contacts[id].clone()] {
                assert_eq!(list(&format!("q={q}")).await.contains(id), seen.contains(id), "{name}: q={q}");
                cells += 1;
            }
            // A contact is there for those who see a conversation with them.
            let contact = format!("/api/v1/contacts/{}", contacts[id]);
            assert_eq!(status(client, &contact).await, if seen.contains(id) { 200 } else { 404 }, "{name}: {contact}");
            cells += 1;
        }
        // Counts count what the lists show.
        let counts = client.get("/api/v1/conversations/counts?views").await.ok();
        let saved = counts["saved"].as_array().unwrap().iter().find(|v| v["id"] == view["id"]).unwrap();
        assert_eq!(saved["count"], json!(seen.len()), "{name}");
        assert_eq!(counts["mine_open"], json!(list("view=mine&state=open").await.len()), "{name}");
        assert_eq!(counts["mine_unread"], json!(list("view=mine&state=open&unread=true").await.len()), "{name}");
        let queues = counts["queues"].as_array().unwrap();
        for queue in queues {
            let team = queue["team_id"].as_str().unwrap();
            assert_eq!(queue["waiting"], json!(list(&format!("view=queue&team_id={team}")).await.len()), "{name}: {team}");
        }
        let told = client.get("/api/v1/queues").await.ok();
        let of_teams = |rows: &Value, team: fn(&Value) -> &Value| -> BTreeSet<String> {
            rows.as_array().unwrap().iter().map(|row| team(row).as_str().unwrap().to_owned()).collect()
        };
        let reached = of_teams(&told["items"], |row| &row["team"]["id"]);
        assert!(of_teams(&counts["queues"], |row| &row["team_id"]).is_subset(&reached), "{name}");
        assert_eq!(reached.contains(&app.teams[1].to_string()), ["admin", "stranger"].contains(name), "{name}");
        // A step for all that match is for all that they see.
        let bulk = client.post("/api/v1/bulk", json!({ "action": "read", "filter": { "view": "all" } })).await.ok();
        assert_eq!(bulk["total"], json!(seen.len()), "{name}");
        let path = format!("/api/v1/bulk/{}", bulk["id"].as_str().unwrap());
        eventually("the bulk is done", async || (client.get(&path).await.ok()["state"] == "done").then_some(())).await;
        cells += 6;
        // Exports are the admin's, and hold what their lists hold.
        for export in ["/api/v1/users.csv", "/api/v1/audit.csv", "/api/v1/users.csv?q=Nora", "/api/v1/users.csv?role=agent"] {
            let answer = client.get(export).await;
            if *name != "admin" {
                answer.refused(403, "forbidden");
            } else if export.starts_with("/api/v1/users") {
                let listed = client
                    .pages(&format!("{}{}limit=50", export.replace(".csv", ""), if export.contains('?') { "&" } else { "?" }))
                    .await;
                assert_eq!(answer.ok_text().trim_end().lines().count(), listed.len() + 1, "{export}");
            } else {
                answer.ok_text();
            }
            cells += 1;
        }
        sights.insert(seen);
    }
    assert_eq!(sights.len(), 5, "those of a team who lead it see the same, everybody else something of their own");
    assert_eq!(cells, people.len() * (4 + 16 + all.len() * 3 + 6 + 4));
    app.finish().await;
}

/// What is somebody's own is in nobody else's lists, whatever their role: drafts, what waits for its time, sessions, views, texts.
#[tokio::test]
async fn permissions_of_what_is_ones_own_are_ones_own() {
    let app = TestApp::start().await;
    let who = app.people().clone();
    let agent = app.agent().await;
    let id = app.opens("46706000001").await;
    let path = format!("/api/v1/conversations/{id}");
    agent.step(id, "take", json!({})).await.ok();
    let draft = json!({ "kind": "note", "text": WORD, "seq": 1 });
    Answer::of(agent.request(reqwest::Method::PUT, &format!("{path}/draft")).json(&draft)).await.ok();
    let at = app.clock.now() + chrono::Duration::days(1);
    let held = json!({ "client_id": "h", "kind": "reply", "text": WORD, "send_at": at });
    agent.post(&format!("{path}/messages"), held).await.ok();
    agent.post("/api/v1/views", json!({ "name": WORD, "filter": {} })).await.ok();
    let canned = json!({ "shortcut": WORD, "title": WORD, "text": WORD, "scope": "personal" });
    agent.post("/api/v1/canned", canned).await.ok();
    let lists = [
        format!("{path}/drafts"),
        "/api/v1/me/drafts".to_owned(),
        format!("{path}/held"),
        "/api/v1/views".to_owned(),
        "/api/v1/canned".to_owned(),
        format!("/api/v1/canned?q={WORD}"),
    ];
    for list in &lists {
        assert!(agent.get(list).await.ok().to_string().contains(WORD), "{list}");
    }
    let mut cells = 0;
    for person in [&who.lead, &who.supervisor, &who.admin] {
        let client = app.login(person).await;
        for list in lists.iter().chain([&format!("{path}/messages"), &path, &format!("{path}/timeline")]) {
            let told = client.get(list).await.ok().to_string();
            assert!(!told.contains(WORD), "{} reads in {list}: {told}", person.name);
            cells += 1;
        }
        let sessions = client.get("/api/v1/me/sessions").await.ok();
        assert_eq!(sessions["items"].as_array().unwrap().len(), 1, "{}", person.name);
        assert_eq!(client.conversation(id).await["scheduled"], 0);
        cells += 2;
    }
    assert_eq!(cells, 3 * 11);

    // A photo is for whoever knows its address, and the address for whoever sees the person; when it changes, the old one is worth nothing.
    let mut png = std::io::Cursor::new(Vec::new());
    image::RgbImage::new(8, 8).write_to(&mut png, image::ImageFormat::Png).unwrap();
    let put = async || {
        let request = agent.request(reqwest::Method::PUT, "/api/v1/me/photo").header("content-type", "image/png");
        Answer::of(request.body(png.get_ref().clone())).await.ok()["photo_url"].as_str().unwrap().to_owned()
    };
    let anonymous = Client::anonymous(&app.bases[0]);
    let first = put().await;
    assert_eq!(status(&anonymous, &first).await, 200);
    let second = put().await;
    assert_eq!((status(&anonymous, &first).await, status(&anonymous, &second).await), (404, 200));
    let guessed = format!("{}{}", &second[..second.len() - 1], if second.ends_with('A') { 'Q' } else { 'A' });
    assert_eq!(status(&anonymous, &guessed).await, 404);
    agent.delete("/api/v1/me/photo").await.ok();
    assert_eq!(status(&anonymous, &second).await, 404);
    app.finish().await;
}
