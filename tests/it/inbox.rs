//! Lists of conversations: who sees what, in which order, page by page; what is read and what is not.

use std::collections::BTreeSet;

use serde_json::{Value, json};
use tests::{Client, TestApp, eventually};
use uuid::Uuid;

const LIST: &str = "/api/v1/conversations";

fn ids(rows: &[Value]) -> Vec<Uuid> {
    rows.iter().map(|row| row["id"].as_str().unwrap().parse().unwrap()).collect()
}

async fn list(client: &Client, query: &str) -> Vec<Uuid> {
    ids(&client.pages(&format!("{LIST}?{query}")).await)
}

#[tokio::test]
async fn inbox_lists_show_each_role_what_it_may_see() {
    let mut app = TestApp::start().await;
    let [transfers, support] = app.teams;
    let people = app.people().clone();
    let queued = app.plant(Some(transfers), None).await.id;
    let mine = app.plant(Some(transfers), Some(people.agent.id)).await.id;
    let colleagues = app.plant(Some(transfers), Some(people.colleague.id)).await.id;
    let support_queued = app.plant(Some(support), None).await.id;
    let strangers = app.plant(Some(support), Some(people.stranger.id)).await.id;
    let lent = app.plant(Some(support), Some(people.agent.id)).await.id;
    let nobodys = app.plant(None, None).await.id;
    let leads = app.plant(Some(transfers), Some(people.lead.id)).await.id;
    let noted = app.plant(Some(support), Some(people.stranger.id)).await.id;
    sqlx::query("update conversation set participant_ids = array[$1] where id = $2")
        .bind(people.colleague.id)
        .bind(noted)
        .execute(&app.probe.0)
        .await
        .unwrap();
    let everything = [queued, mine, colleagues, support_queued, strangers, lent, nobodys, leads, noted];
    let names = ["queued", "mine", "colleagues", "support_queued", "strangers", "lent", "nobodys", "leads", "noted"];

    let team = [queued, mine, colleagues, leads];
    // Who; all; mine; queue.
    let expected = [
        (&people.agent, vec![queued, mine, lent], vec![mine, lent], vec![queued]),
        (&people.colleague, vec![queued, colleagues, noted], vec![colleagues], vec![queued]),
        (&people.stranger, vec![support_queued, strangers, noted], vec![strangers, noted], vec![support_queued]),
        (&people.lead, team.to_vec(), vec![leads], vec![queued]),
        (&people.supervisor, team.to_vec(), vec![], vec![queued]),
        (&people.admin, everything.to_vec(), vec![], vec![queued, support_queued, nobodys]),
    ];
    for (person, all, mine, queue) in expected {
        let client = app.login(person).await;
        let set = |ids: Vec<Uuid>| ids.into_iter().collect::<BTreeSet<_>>();
        assert_eq!(set(list(&client, "view=all").await), set(all.clone()), "{} all", person.name);
        assert_eq!(set(list(&client, "view=mine").await), set(mine), "{} mine", person.name);
        assert_eq!(list(&client, "view=queue").await, queue, "{} queue, longest waiting first", person.name);
        let of_team: Vec<Uuid> = all.iter().copied().filter(|id| team.contains(id)).collect();
        assert_eq!(set(list(&client, &format!("view=team&team_id={transfers}")).await), set(of_team), "{} team", person.name);
        // A single read agrees with the list, and so do the messages.
        for (id, name) in everything.iter().zip(names) {
            let status = if all.contains(id) { 200 } else { 404 };
            assert_eq!(client.get(&format!("{LIST}/{id}")).await.status, status, "{} reads {name}", person.name);
            assert_eq!(
                client.get(&format!("{LIST}/{id}/messages")).await.status,
                status,
                "{} reads messages of {name}",
                person.name
            );
        }
    }
    app.finish().await;
}

#[tokio::test]
async fn inbox_filters_and_refuses_what_it_does_not_know() {
    let mut app = TestApp::start().await;
    let [transfers, support] = app.teams;
    let agent_id = app.people().agent.id;
    let second = app.add_channel("Second", "700800900100111", "s", None).await;
    let plants = app.plant_many(4, Some(transfers), None).await;
    let assigned = app.plant(Some(support), Some(agent_id)).await.id;
    let closed = app.plant(Some(transfers), None).await.id;
    for (id, sql) in [
        (closed, "update conversation set state = 'closed', closed_at = now() where id = $1"),
        (
            plants[1].id,
            "update contact set name = '100% Ana_Maria \\ Co' where id = (select contact_id from conversation where id = $1)",
        ),
    ] {
        sqlx::query(sql).bind(id).execute(&app.probe.0).await.unwrap();
    }
    sqlx::query("update conversation set channel_id = $1 where id = $2")
        .bind(second.id)
        .bind(plants[2].id)
        .execute(&app.probe.0)
        .await
        .unwrap();
    let admin = app.admin().await;
    let number: i64 = app.probe.of(plants[3].id, "select number from conversation where id = $1").await;
    let queued: BTreeSet<Uuid> = plants.iter().map(|p| p.id).collect();
    for (query, expected) in [
        ("state=closed".to_owned(), vec![closed]),
        ("state=assigned".to_owned(), vec![assigned]),
        ("state=open".to_owned(), queued.iter().copied().chain([assigned]).collect()),
        (format!("team_id={support}"), vec![assigned]),
        (format!("assignee_id={agent_id}"), vec![assigned]),
        (format!("channel_id={}", second.id), vec![plants[2].id]),
        ("q=ana_maria".to_owned(), vec![plants[1].id]),
        ("q=100%25".to_owned(), vec![plants[1].id]),
        ("q=%5C".to_owned(), vec![plants[1].id]),
        ("q=a%25a".to_owned(), vec![]),
        ("q=_".to_owned(), vec![plants[1].id]),
        (format!("q={number}"), vec![plants[3].id]),
        (format!("q=%23{number}"), vec![plants[3].id]),
        ("tag=vip".to_owned(), vec![]),
        (format!("state=queued&channel_id={}&q=planted", second.id), vec![plants[2].id]),
    ] {
        let found: BTreeSet<Uuid> = list(&admin, &query).await.into_iter().collect();
        assert_eq!(found, expected.into_iter().collect(), "{query}");
    }
    for (query, field) in [("state=asleep", "state"), ("view=team", "team_id"), ("limit=0", "limit"), ("limit=201", "limit")] {
        assert_eq!(admin.get(&format!("{LIST}?{query}")).await.fields(), [field], "{query}");
    }
    for query in ["view=everything", "team_id=7", "colour=blue", "limit=x"] {
        admin.get(&format!("{LIST}?{query}")).await.refused(422, "invalid");
    }
    for cursor in ["%25%25", "AAAA", "e30"] {
        admin.get(&format!("{LIST}?cursor={cursor}")).await.refused(400, "invalid_cursor");
    }
    app.finish().await;
}

#[tokio::test]
async fn inbox_pages_have_neither_gap_nor_repeat_while_things_happen() {
    let mut app = TestApp::start().await;
    let transfers = app.teams[0];
    let lead_id = app.people().lead.id;
    let waiting: Vec<Uuid> = app.plant_many(23, Some(transfers), None).await.iter().map(|p| p.id).collect();
    let owned: Vec<Uuid> = app.plant_many(11, Some(transfers), Some(lead_id)).await.iter().map(|p| p.id).collect();
    // Some with the very same time, so that only the id tells them apart.
    app.probe
        .run(
            "update conversation set last_activity_at = '2026-06-01', waiting_since = '2026-06-01'
              where number in (3, 4, 5, 6, 25, 26, 27, 28, 29)",
        )
        .await;
    let lead = app.login(&app.people().lead).await;
    let everything = [&waiting[..], &owned].concat();
    for (round, (view, expected)) in [("all", &everything), ("queue", &waiting), ("mine", &owned)].into_iter().enumerate() {
        let (mut seen, mut cursor, mut newcomers) = (Vec::new(), String::new(), 0);
        loop {
            let page = lead.get(&format!("{LIST}?view={view}&limit=4{cursor}")).await.ok();
            seen.extend(ids(page["items"].as_array().unwrap()));
            // Newcomers between the pages; the newest activity comes first, so those on later pages do not move.
            app.say(&format!("15557{round}{newcomers:05}"), "a newcomer").await;
            newcomers += 1;
            match page["next_cursor"].as_str() {
                Some(next) => cursor = format!("&cursor={next}"),
                None => break,
            }
        }
        let distinct: BTreeSet<Uuid> = seen.iter().copied().collect();
        assert_eq!(distinct.len(), seen.len(), "{view}: nothing twice");
        assert!(expected.iter().all(|id| distinct.contains(id)), "{view}: nothing is missing");
    }
    // Messages, newest first, while more arrive.
    let id = app.opens("15550001234").await;
    for n in 0..20 {
        app.say("15550001234", &format!("message {n}")).await;
    }
    let (mut seqs, mut cursor) = (Vec::new(), String::new());
    loop {
        let page = lead.get(&format!("{LIST}/{id}/messages?limit=6{cursor}")).await.ok();
        seqs.extend(page["items"].as_array().unwrap().iter().map(|m| m["seq"].as_i64().unwrap()));
        app.say("15550001234", "one more").await;
        match page["next_cursor"].as_str() {
            Some(next) => cursor = format!("&cursor={next}"),
            None => break,
        }
    }
    assert_eq!(seqs, (1..=21).rev().collect::<Vec<_>>());
    app.finish().await;
}

#[tokio::test]
async fn inbox_the_queue_is_in_order_of_waiting() {
    let app = TestApp::start().await;
    let agent = app.agent().await;
    let mut opened = Vec::new();
    for n in 0..4 {
        opened.push(app.opens(&format!("1555000000{n}")).await);
    }
    assert_eq!(list(&agent, "view=queue").await, opened);
    // Writing again does not send anybody back; the list by activity turns round.
    app.say("15550000000", "still waiting").await;
    assert_eq!(list(&agent, "view=queue").await, opened);
    assert_eq!(list(&agent, "view=all").await[0], opened[0]);
    // Whoever is answered leaves the queue and is somebody's.
    agent.reply(opened[1], "here I am").await;
    assert_eq!(list(&agent, "view=queue").await, [opened[0], opened[2], opened[3]]);
    assert_eq!(list(&agent, "view=mine").await, [opened[1]]);
    let answered = agent.conversation(opened[1]).await;
    assert_eq!((&answered["state"], &answered["waiting_since"]), (&json!("assigned"), &Value::Null));
    assert_eq!(answered["assignee"]["id"], agent.me["id"]);
    app.graph.call("here I am").await;
    app.finish().await;
}

#[tokio::test]
async fn inbox_what_is_read_is_each_users_own_and_goes_forward_only() {
    let app = TestApp::start().await;
    let (agent, lead) = (app.agent().await, app.login(&app.people().lead).await);
    let id = app.opens("15550002222").await;
    for n in 2..=5 {
        app.say("15550002222", &format!("message {n}")).await;
    }
    let read = |client: &Client, body: Value| {
        let client = client.clone();
        async move { client.post(&format!("{LIST}/{id}/read"), body).await }
    };
    let unread = async |client: &Client| client.conversation(id).await["unread"].as_i64().unwrap();
    let (mut mine, mut same, mut others) = (agent.socket(None).await, agent.socket(None).await, lead.socket(None).await);

    assert_eq!((unread(&agent).await, unread(&lead).await), (5, 5));
    assert_eq!(read(&agent, json!({ "seq": 3 })).await.ok()["unread"], 2);
    assert_eq!(read(&agent, json!({ "seq": 1 })).await.ok()["unread"], 2, "never back");
    assert_eq!((unread(&agent).await, unread(&lead).await), (2, 5));
    assert_eq!(app.probe.one::<i64>("select seq from conversation_read").await, 3);
    assert_eq!(app.probe.one::<i64>("select count(*) from event where kind = 'conversation.read'").await, 1, "nothing to tell");
    for socket in [&mut mine, &mut same] {
        let event = socket.expect("conversation.read", |_| true).await;
        assert_eq!(event["data"], json!({ "conversation_id": id, "inbound_count": 3, "seq": 3 }));
    }
    // Beyond the end means everything there is, not what is still to come.
    assert_eq!(read(&agent, json!({ "seq": 1_000_000 })).await.ok()["unread"], 0);
    app.say("15550002222", "message 6").await;
    assert_eq!(unread(&agent).await, 1);
    assert_eq!(read(&agent, json!({})).await.ok()["unread"], 0);
    assert_eq!(read(&agent, json!({ "seq": -1 })).await.fields(), ["seq"]);
    // Our own words are nothing to be read.
    agent.reply(id, "an answer").await;
    assert_eq!((unread(&agent).await, unread(&lead).await), (0, 6));
    let row = agent.get(&format!("{LIST}?view=mine")).await.ok();
    assert_eq!(row["items"][0]["unread"], 0);
    let fence = app.fence().await;
    assert!(others.until(&fence).await.iter().all(|e| e["kind"] != "conversation.read"), "nobody else's affair");
    app.graph.call("an answer").await;
    app.finish().await;
}

#[tokio::test]
async fn inbox_load_then_subscribe_has_no_gap() {
    let app = TestApp::start().await;
    let agent = app.agent().await;
    let id = app.opens("15550002222").await;
    for path in [LIST.to_owned(), format!("{LIST}/{id}"), format!("{LIST}/{id}/messages")] {
        let before: i64 = app.probe.of(id, "select last_seq from conversation where id = $1").await;
        let loaded = agent.get(&path).await;
        loaded.ok();
        // Something happens between the load and the subscription.
        app.say("15550002222", "in between").await;
        let mut socket = agent.socket(Some(&loaded.cursor())).await;
        socket.expect("message.created", |data| data["message"]["seq"] == before + 1).await;
        // Once. What was loaded already may come again, where another transaction of this server was open meanwhile.
        let new = |e: &&Value| e["kind"] == "message.created" && e["data"]["message"]["seq"].as_i64() > Some(before);
        assert_eq!(socket.events.iter().filter(new).count(), 1, "{path}");
    }
    // While writers hold transactions open, the cursor stays before them.
    let mut writer = app.probe.0.begin().await.unwrap();
    let everybody: Vec<Uuid> = app.people().all().iter().map(|p| p.id).collect();
    sqlx::query("insert into event (at, kind, user_ids, data) values (now(), 'fence', $1, '{\"id\": \"slow\"}')")
        .bind(everybody)
        .execute(&mut *writer)
        .await
        .unwrap();
    let cursor = agent.get(LIST).await.cursor();
    writer.commit().await.unwrap();
    let mut socket = agent.socket(Some(&cursor)).await;
    eventually("the slow writer's event comes", async || {
        socket.expect("fence", |data| data["id"] == "slow").await;
        Some(())
    })
    .await;
    app.finish().await;
}
