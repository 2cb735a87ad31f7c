//! Lists of conversations: who sees what, in which order, page by page; what is read and what is not.

#[path = "inbox/pages.rs"]
mod pages;

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
        (plants[1].id, "update conversation set contact_name = '100% Ana_Maria \\ Co' where id = $1"),
    ] {
        sqlx::query(sql).bind(id).execute(&app.probe.0).await.unwrap();
    }
    sqlx::query("update conversation set channel_id = $1 where id = $2")
        .bind(second.id)
        .bind(plants[2].id)
        .execute(&app.probe.0)
        .await
        .unwrap();
    app.probe
        .run(
            "update conversation set tag_ids = array['00000000-0000-0000-0000-000000000007'::uuid] where number = 1;
             update conversation set priority = 'urgent' where number = 4;
             insert into conversation_read (conversation_id, user_id, seq, inbound_count, at)
             select c.id, u.id, 3, 1, now() from conversation c, app_user u where c.state = 'assigned' and u.role = 'admin'",
        )
        .await;
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
        (format!("tag={}", Uuid::from_u128(7)), vec![plants[0].id]),
        (format!("tag={}", Uuid::from_u128(8)), vec![]),
        ("assignee_id=none&state=queued,new".to_owned(), queued.iter().copied().collect()),
        ("priority=urgent,high".to_owned(), vec![plants[3].id]),
        ("waiting=true&state=assigned".to_owned(), vec![assigned]),
        ("unread=true&state=assigned".to_owned(), vec![]),
        (format!("state=queued&channel_id={}&q=planted", second.id), vec![plants[2].id]),
    ] {
        let found: BTreeSet<Uuid> = list(&admin, &query).await.into_iter().collect();
        assert_eq!(found, expected.into_iter().collect(), "{query}");
    }
    for (query, field) in [
        ("state=asleep", "state"),
        ("priority=asap", "priority"),
        ("assignee_id=me", "assignee_id"),
        ("view=team", "team_id"),
        ("limit=0", "limit"),
        ("limit=201", "limit"),
    ] {
        assert_eq!(admin.get(&format!("{LIST}?{query}")).await.fields(), [field], "{query}");
    }
    for query in ["view=everything", "team_id=7", "colour=blue", "limit=x", "tag=vip", "sort=random"] {
        admin.get(&format!("{LIST}?{query}")).await.refused(422, "invalid");
    }
    for cursor in ["%25%25", "AAAA", "e30"] {
        admin.get(&format!("{LIST}?cursor={cursor}")).await.refused(400, "invalid_cursor");
    }
    // Nor the cursor of another order.
    let newest = admin.get(&format!("{LIST}?limit=1")).await.ok()["next_cursor"].as_str().unwrap().to_owned();
    admin.get(&format!("{LIST}?limit=1&sort=waiting&cursor={newest}")).await.refused(400, "invalid_cursor");
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

#[tokio::test]
async fn inbox_the_queue_goes_by_priority_and_every_order_pages_without_gap() {
    let mut app = TestApp::start().await;
    let transfers = app.teams[0];
    let lead_id = app.people().lead.id;
    let waiting: Vec<Uuid> = app.plant_many(9, Some(transfers), None).await.iter().map(|p| p.id).collect();
    let owned: Vec<Uuid> = app.plant_many(5, Some(transfers), Some(lead_id)).await.iter().map(|p| p.id).collect();
    app.probe
        .run(
            "update conversation set priority = 'urgent' where number in (5, 8, 11);
             update conversation set priority = 'high' where number = 3;
             update conversation set priority = 'low' where number = 1;
             update conversation set waiting_since = null where number in (6, 12);
             insert into conversation_mention (user_id, conversation_id, seq, at)
             select u.id, c.id, 1, '2026-06-01'::timestamptz + (c.number % 3) * interval '1 day'
               from conversation c, app_user u where u.email = 'lead@test.example' and c.number <= 7;
             update conversation c set unread_mention_ids = array[u.id]
               from app_user u where u.email = 'lead@test.example' and c.number <= 7",
        )
        .await;
    let (lead, agent, admin) = (app.login(&app.people().lead).await, app.agent().await, app.admin().await);
    let w = |n: usize| waiting[n - 1];
    // Urgent first, then who waits longest; who does not wait comes last of their priority.
    let queue = vec![w(5), w(8), w(3), w(2), w(4), w(7), w(9), w(6), w(1)];
    for client in [&agent, &lead, &admin] {
        assert_eq!(list(client, "view=queue&limit=2").await, queue);
        assert_eq!(list(client, &format!("view=queue&team_id={transfers}&limit=4")).await, queue);
        let by_age = vec![w(1), w(2), w(3), w(4), w(5), w(7), w(8), w(9), w(6)];
        assert_eq!(list(client, "view=queue&sort=waiting&limit=2").await, by_age);
        assert_eq!(list(client, "view=queue&sort=newest&limit=3").await, waiting.iter().rev().copied().collect::<Vec<_>>());
    }
    let all: Vec<Uuid> = waiting.iter().chain(&owned).copied().collect();
    for client in [&lead, &admin] {
        // Planted a second apart, twice over: times repeat, and the id tells them apart.
        let mut newest = all.clone();
        let of = async |sort: &str| list(client, &format!("view=all&sort={sort}&limit=3")).await;
        newest.sort();
        let mut found = of("oldest").await;
        let reverse: Vec<Uuid> = of("newest").await.into_iter().rev().collect();
        assert_eq!(found, reverse);
        found.sort();
        assert_eq!(found, newest, "each once");
        assert_eq!(of("priority").await[..3], [owned[1], w(5), w(8)], "the second of the lead's is urgent too");
        assert_eq!(of("waiting").await.len(), 14);
    }
    let mentioned = list(&lead, "view=mentions&limit=2").await;
    assert_eq!(mentioned.iter().copied().collect::<BTreeSet<_>>(), waiting[..7].iter().copied().collect());
    assert_eq!(list(&lead, "view=mentions&sort=oldest&limit=2").await, mentioned.into_iter().rev().collect::<Vec<_>>());
    assert!(list(&agent, "view=mentions").await.is_empty());
    // Seen is seen, as far as one has read.
    assert_eq!(lead.get("/api/v1/conversations/counts").await.ok()["mentions"], 7);
    lead.post(&format!("{LIST}/{}/read", w(1)), json!({})).await.ok();
    assert_eq!(lead.get("/api/v1/conversations/counts").await.ok()["mentions"], 6);
    app.finish().await;
}

#[tokio::test]
async fn inbox_marks_unread_from_a_message_on() {
    let app = TestApp::start().await;
    let agent = app.agent().await;
    let id = app.opens("15550003333").await;
    for n in 2..=4 {
        app.say("15550003333", &format!("message {n}")).await;
    }
    let unread = async |seq: i64| agent.post(&format!("{LIST}/{id}/unread"), json!({ "seq": seq })).await;
    agent.post(&format!("{LIST}/{id}/read"), json!({})).await.ok();
    let mut hears = agent.socket(None).await;
    assert_eq!(unread(3).await.ok()["unread"], 2);
    let event = hears.expect("conversation.read", |data| data["seq"] == 2).await;
    assert_eq!(event["data"], json!({ "conversation_id": id, "inbound_count": 2, "seq": 2 }), "other screens go back too");
    assert_eq!(list(&agent, "view=all&unread=true").await, [id]);
    assert_eq!(unread(5).await.fields(), ["seq"], "there is nothing from there on");
    assert_eq!(unread(0).await.fields(), ["seq"]);
    assert_eq!(agent.post(&format!("{LIST}/{id}/read"), json!({})).await.ok()["unread"], 0, "and forward again");
    assert!(list(&agent, "view=all&unread=true").await.is_empty());
    app.finish().await;
}

#[tokio::test]
async fn inbox_rows_show_the_names_that_the_customer_has_now() {
    let app = TestApp::start().await;
    let agent = app.agent().await;
    app.opens("15550004444").await;
    let second = app.add_channel("Second", "700800900100111", "test-app-secret", Some(app.teams[0])).await;
    let mut hears = agent.socket(None).await;
    // A conversation of the same person elsewhere, as after a merge of contacts.
    app.probe
        .run(
            "insert into conversation (id, channel_id, contact_id, identity_id, team_id, state, last_activity_at, created_at)
             select '00000000-0000-7000-8000-00000000abcd', ch.id, c.contact_id, c.identity_id, c.team_id, 'queued', now(), now()
               from conversation c, channel ch where ch.name = 'Second'",
        )
        .await;
    let names = async || -> Vec<Value> {
        let rows = agent.pages(LIST).await;
        rows.iter().map(|row| row["contact"]["name"].clone()).collect()
    };
    assert_eq!(names().await, ["Customer 4444", "Customer 4444"]);
    let renamed = tests::webhook::contact("15550004444", "Ana Maria");
    let text = tests::webhook::text("15550004444", &tests::webhook::wamid(), app.unix(), "I have a new name");
    app.deliver(&app.envelope(&[renamed], &[text], &[])).await.ok_text();
    assert_eq!(names().await, ["Ana Maria", "Ana Maria"]);
    hears
        .expect("conversation.updated", |data| {
            data["conversation"]["id"] == "00000000-0000-7000-8000-00000000abcd"
                && data["conversation"]["contact"]["name"] == "Ana Maria"
        })
        .await;
    assert_ne!(second.id, app.channel.id);
    app.finish().await;
}
