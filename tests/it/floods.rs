//! Floods: what one customer writes beyond the measure is kept and disturbs nobody, in the same conversation or in others.

use std::time::Duration;

use serde_json::{Value, json};
use tests::{Client, TestApp, eventually, webhook};
use uuid::Uuid;

const WHO: &str = "15550002222";
const SETTINGS: &str = "/api/v1/settings";

async fn contact_of(app: &TestApp, conversation: Uuid) -> String {
    let id: Uuid = app.probe.of(conversation, "select contact_id from conversation where id = $1").await;
    format!("/api/v1/contacts/{id}")
}

async fn folded(app: &TestApp) -> i64 {
    app.probe.one("select count(*) from message where folded").await
}

fn count_of(events: &[Value], kind: &str) -> usize {
    events.iter().filter(|event| event["kind"] == kind).count()
}

#[tokio::test]
async fn floods_are_kept_and_folded() {
    let app = TestApp::with().manual_clock().start().await;
    let agent = app.agent().await;
    let mut socket = agent.socket(None).await;
    // Fifty at once: twenty are heard, nobody's list moves for the rest.
    app.floods(WHO, 50).await;
    let id = app.probe.conversation_of(WHO).await;
    let fence = app.fence().await;
    let events = socket.until(&fence).await;
    assert_eq!((count_of(&events, "message.created"), count_of(&events, "conversation.flood")), (20, 1));
    let told = events.iter().find(|event| event["kind"] == "conversation.flood").unwrap();
    assert_eq!(told["data"], json!({ "conversation_id": id, "folded_count": 30 }));
    let card = agent.conversation(id).await;
    assert_eq!((&card["unread"], &card["inbound_count"], &card["folded_count"]), (&json!(20), &json!(20), &json!(30)));
    assert_eq!(card["last_message"]["preview"], "flood 49", "what was said last is what was said last");
    // The list of messages has all of them, in their order, and says which are folded.
    let messages = agent.pages(&format!("/api/v1/conversations/{id}/messages?limit=7")).await;
    let of: Vec<(i64, bool)> = messages.iter().map(|m| (m["seq"].as_i64().unwrap(), m["folded"].as_bool().unwrap())).collect();
    assert_eq!(of, (1..=50).rev().map(|seq| (seq, seq > 20)).collect::<Vec<_>>());
    assert!(app.probe.fates().await.iter().all(|fate| fate == "message stored"), "each has its fate in the journal");

    // A repeat takes nothing from anybody.
    let again = webhook::text(WHO, "wamid.AGAIN", app.unix(), "again");
    app.advance(Duration::from_secs(3));
    for _ in 0..5 {
        app.deliver_messages(WHO, std::slice::from_ref(&again)).await.ok_text();
    }
    assert_eq!(folded(&app).await, 30, "after three seconds there is room for one");
    app.say(WHO, "one too many").await;
    assert_eq!(folded(&app).await, 31);
    // What was folded within the second after is told soon.
    app.advance(Duration::from_secs(2));
    socket.expect("conversation.flood", |data| data["folded_count"] == 31).await;

    // Whoever answers is not held up by it; reading it to its end is seeing it.
    agent.step(id, "take", json!({})).await.ok();
    assert_eq!(agent.conversation(id).await["folded_count"], 31);
    app.say(WHO, "and another").await;
    let reply = json!({ "client_id": "seen", "kind": "reply", "text": "Slowly, please", "seen_seq": 51 });
    assert_eq!(agent.post(&format!("/api/v1/conversations/{id}/messages"), reply).await.status, 201);
    let after = agent.conversation(id).await;
    assert_eq!((&after["folded_count"], &after["unread"]), (&json!(0), &json!(0)));
    app.advance(Duration::from_secs(3600));
    app.say(WHO, "sorry").await;
    let (agent, colleague) = (app.agent().await, app.colleague().await);
    let calm = agent.conversation(id).await;
    assert_eq!((&calm["unread"], &calm["folded_count"]), (&json!(1), &json!(0)), "an hour later all is forgotten");

    // Closing gives nobody more: what follows lands in what is open next.
    app.floods(WHO, 19).await;
    agent.step(id, "close", json!({ "reason": "resolved" })).await.ok();
    app.admin().await.patch(&format!("/api/v1/channels/{}", app.channel.id), json!({ "reopen_hours": 0 })).await.ok();
    let before = folded(&app).await;
    app.floods(WHO, 10).await;
    assert_eq!(folded(&app).await, before + 10);
    let next = app.probe.conversation_of(WHO).await;
    assert_eq!(colleague.conversation(next).await["folded_count"], 10);
    app.finish().await;
}

/// What a list holds about one contact of those who are blocked.
async fn listed(client: &Client) -> Vec<Value> {
    client.pages("/api/v1/contacts?blocked=true&limit=1").await
}

#[tokio::test]
async fn floods_end_in_a_block_that_ends_by_itself() {
    let app = TestApp::with().manual_clock().start().await;
    let people = app.people().clone();
    let (admin, agent, lead) = (app.admin().await, app.agent().await, app.login(&people.lead).await);
    admin.patch(SETTINGS, json!({ "flood_messages": 5, "flood_block_messages": 40, "flood_block_hours": 2 })).await.ok();
    let other = app.opens("15550009999").await;
    app.floods(WHO, 40).await;
    let id = app.probe.conversation_of(WHO).await;
    let path = contact_of(&app, id).await;
    app.probe.settled().await;
    assert_eq!(lead.get(&path).await.ok()["blocked"], false, "forty are as many as there may be");
    app.say(WHO, "the last straw").await;
    eventually("MAX blocks them", async || (lead.get(&path).await.ok()["blocked"] == true).then_some(())).await;
    let contact = lead.get(&path).await.ok();
    assert_eq!((&contact["blocked_by"], &contact["block_reason"]), (&Value::Null, &json!("flood")));
    let until = (app.clock.now() + chrono::TimeDelta::hours(2)).timestamp();
    let said = contact["blocked_until"].as_str().unwrap().parse::<chrono::DateTime<chrono::Utc>>().unwrap().timestamp();
    assert!((said - until).abs() <= 1, "{contact}");
    assert_eq!(agent.happenings(id).await.last().unwrap(), "blocked");

    // What comes now lands there, in few lines of the log, and the list says how much it is.
    app.floods(WHO, 100).await;
    assert_eq!(app.probe.one::<i64>("select count(*) from message").await, 142);
    let list = listed(&lead).await;
    assert_eq!(list.len(), 1);
    assert_eq!((&list[0]["blocked_reason"], &list[0]["came"]), (&json!("flood"), &json!(100)));
    agent.get("/api/v1/contacts?blocked=true").await.refused(403, "forbidden");
    assert_eq!(listed(&app.login(&people.supervisor).await).await.len(), 1);
    assert_eq!(lead.get("/api/v1/contacts?blocked=false").await.fields(), ["blocked"]);
    lead.post(&format!("{path}/bring-back"), json!({})).await.refused(409, "illegal_transition");

    // Two hours later nobody has to do anything.
    app.advance(Duration::from_secs(2 * 3600 - 10));
    app.say(WHO, "am I back?").await;
    let (agent, lead) = (app.agent().await, app.login(&people.lead).await);
    assert_eq!(lead.get(&path).await.ok()["blocked"], true);
    app.advance(Duration::from_secs(11));
    eventually("the block ends", async || (lead.get(&path).await.ok()["blocked"] == false).then_some(())).await;
    assert_eq!(listed(&lead).await, Vec::<Value>::new());
    let records: Vec<(String, Option<String>)> = eventually("both are in the audit log", async || {
        let rows =
            app.probe.all("select kind, data ->> 'reason' from audit_entry where kind like 'contact.%' order by seq").await;
        (rows.len() >= 2).then_some(rows)
    })
    .await;
    let kinds: Vec<&str> = records.iter().map(|(kind, _)| kind.as_str()).collect();
    assert_eq!((kinds, records[0].1.as_deref()), (vec!["contact.blocked", "contact.unblocked"], Some("flood")));
    app.advance(Duration::from_secs(60));
    app.say(WHO, "I am back").await;
    let heard = agent.conversation(id).await;
    assert_eq!((&heard["last_message"]["preview"], &heard["unread"]), (&json!("I am back"), &json!(6)));
    // And a new flood is a new block.
    app.advance(Duration::from_secs(3600));
    app.floods(WHO, 41).await;
    let (agent, lead) = (app.agent().await, app.login(&people.lead).await);
    eventually("MAX blocks them again", async || (lead.get(&path).await.ok()["blocked"] == true).then_some(())).await;
    assert_eq!(agent.conversation(other).await["unread"], 1, "nobody else notices");
    app.finish().await;
}

#[tokio::test]
async fn floods_what_came_while_they_were_blocked_can_be_brought_back() {
    let mut app = TestApp::with().manual_clock().start().await;
    let people = app.people().clone();
    let (agent, lead) = (app.agent().await, app.login(&people.lead).await);
    let id = app.opens(WHO).await;
    let path = contact_of(&app, id).await;
    agent.step(id, "take", json!({})).await.ok();
    agent.step(id, "close", json!({ "reason": "resolved" })).await.ok();
    agent.post(&format!("/api/v1/conversations/{id}/read"), json!({})).await.ok();
    let blocked = lead.post(&format!("{path}/block"), json!({ "reason": "rude" })).await.ok();
    assert_eq!((&blocked["blocked_by"]["name"], &blocked["blocked_until"]), (&json!(people.lead.name), &Value::Null));
    for n in 0..3 {
        app.say(WHO, &format!("please {n}")).await;
    }
    agent.post(&format!("/api/v1/conversations/{id}/read"), json!({})).await.ok();
    assert_eq!(listed(&lead).await[0]["came"], 3);
    let unblocked = lead.post(&format!("{path}/unblock"), json!({})).await.ok();
    assert_eq!((&unblocked["came"], &unblocked["blocked_by"]), (&json!(3), &Value::Null));
    let before = agent.conversation(id).await;
    assert_eq!((&before["state"], &before["unread"]), (&json!("closed"), &json!(0)));

    agent.post(&format!("{path}/bring-back"), json!({})).await.refused(403, "forbidden");
    let mut socket = agent.socket(None).await;
    assert_eq!(lead.post(&format!("{path}/bring-back"), json!({})).await.ok(), json!({ "messages": 3 }));
    socket.expect("conversation.updated", |data| data["conversation"]["inbound_count"] == 4).await;
    let after = agent.conversation(id).await;
    assert_eq!(
        (&after["state"], &after["unread"], &after["assignee"]["name"]),
        (&json!("assigned"), &json!(3), &json!(people.agent.name))
    );
    assert!(after["waiting_since"].is_string());
    // Read again they are read, and they come back once.
    assert_eq!(agent.post(&format!("/api/v1/conversations/{id}/read"), json!({})).await.ok()["unread"], 0);
    assert_eq!(lead.post(&format!("{path}/bring-back"), json!({})).await.ok(), json!({ "messages": 0 }));
    assert_eq!(lead.get(&path).await.ok()["came"], 0);
    // The journal goes on saying what became of them when they came.
    app.expect_complaint("inbound messages that no delivery accounts for");
    app.finish().await;
}

#[tokio::test]
async fn floods_of_ten_thousand_leave_few_traces_and_others_alone() {
    const FLOOD: usize = 10_000;
    let app = TestApp::with().nodes(2).start().await;
    let (admin, agent) = (app.admin().await, app.agent().await);
    // So high that the block does not come in between.
    admin.patch(SETTINGS, json!({ "flood_block_messages": 100_000, "flood_seconds": 3_600 })).await.ok();
    let before: i64 = app.probe.one("select count(*) from event").await;
    let pour = async |node: usize| {
        for batch in 0..FLOOD / 500 {
            let texts: Vec<Value> = (0..250)
                .map(|n| webhook::text(WHO, &format!("wamid.F{node}.{batch}.{n}"), app.unix(), "again and again"))
                .collect();
            let body = webhook::bytes(&app.envelope(&[webhook::contact(WHO, "Flood")], &texts, &[]));
            app.deliver_bytes(node, &app.channel, body).await.ok_text();
        }
    };
    let others = async {
        for n in 0..20 {
            app.say(&format!("1555000{:04}", 3000 + n), "may I ask something?").await;
        }
    };
    tokio::join!(pour(0), pour(1), others);
    let id = app.probe.conversation_of(WHO).await;
    let card = agent.conversation(id).await;
    // In an hour twenty, and what trickled in while it lasted.
    let heard = card["inbound_count"].as_i64().unwrap();
    assert!((20..=22).contains(&heard), "{heard}");
    assert_eq!(card["folded_count"].as_i64().unwrap(), FLOOD as i64 - heard);
    assert_eq!(app.probe.one::<i64>("select count(*) from message").await, FLOOD as i64 + 20, "nothing is lost");
    let after: i64 = app.probe.one("select count(*) from event").await;
    assert!(after - before < 300, "{} events", after - before);
    for n in 0..20 {
        let other = app.probe.conversation_of(&format!("1555000{:04}", 3000 + n)).await;
        assert_eq!(agent.conversation(other).await["unread"], 1);
    }
    app.finish().await;
}

#[tokio::test]
async fn floods_cost_each_query_a_few_pages() {
    let mut app = TestApp::start().await;
    for n in 0..30 {
        app.opens(&format!("1555000{:04}", 4000 + n)).await;
    }
    app.probe.run("update contact set blocked_at = now(), block_reason = 'test'").await;
    app.probe.run("update conversation set blocked = true").await;
    let node = app.add_measured_node().await;
    let lead = app.login(&app.people().lead).await.at(&app.bases[node]);
    app.plans(&[""]);
    assert_eq!(lead.get("/api/v1/contacts?blocked=true&limit=10").await.ok()["items"].as_array().unwrap().len(), 10);
    let plans = app.plans(&["from contact k"]);
    assert_eq!(plans.len(), 1);
    assert!(plans[0].nodes.iter().any(|node| node.contains("contact_blocked")), "{:?}", plans[0].nodes);
    app.finish().await;
}
