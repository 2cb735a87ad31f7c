//! Closing and reopening, by hand and by the customer.

use futures_util::future::join_all;
use serde_json::{Value, json};
use tests::{TestApp, webhook};
use uuid::Uuid;

const WHO: &str = "15550002222";

#[tokio::test]
async fn assignment_a_close_has_a_reason_of_the_list() {
    let app = TestApp::start().await;
    let agent = app.agent().await;
    let id = app.opens(WHO).await;
    agent.step(id, "close", json!({ "reason": "resolved" })).await.refused(403, "forbidden");
    agent.step(id, "take", json!({})).await.ok();
    let unknown = agent.step(id, "close", json!({ "reason": "bored" })).await;
    assert_eq!(unknown.fields(), ["reason"]);
    assert!(unknown.text().contains("Resolved, No reply needed, Spam, Duplicate, Other"), "{}", unknown.text());
    let closed = agent.step(id, "close", json!({ "reason": " SPAM ", "note": "An advert" })).await.ok();
    assert_eq!((&closed["state"], &closed["close_reason"]["name"]), (&json!("closed"), &json!("Spam")));
    assert!(closed["closed_at"].is_string() && closed["waiting_since"].is_null());
    assert_eq!(closed["assignee"]["id"], agent.me["id"], "whose it was");
    assert_eq!(agent.messages(id).await.last().unwrap()["text"], "An advert");
    for (step, body) in [
        ("close", json!({ "reason": "spam" })),
        ("take", json!({})),
        ("snooze", json!({})),
        ("unsnooze", json!({})),
        ("transfer", json!({ "team_id": app.teams[1] })),
        ("priority", json!({ "priority": "low" })),
    ] {
        agent.step(id, step, body).await.refused(409, "illegal_transition");
    }
    // By name and by id, too.
    let reasons = agent.get("/api/v1/close-reasons").await.ok();
    let by_id = reasons["items"][1]["id"].clone();
    agent.step(id, "reopen", json!({})).await.ok();
    assert_eq!(agent.step(id, "close", json!({ "reason": by_id })).await.ok()["close_reason"]["name"], "No reply needed");
    assert_eq!(agent.happenings(id).await, ["opened", "taken", "closed", "reopened", "closed"]);
    app.finish().await;
}

#[tokio::test]
async fn assignment_reopening_by_hand_gives_it_back_with_the_clock_as_it_was() {
    let app = TestApp::start().await;
    let (agent, lead) = (app.agent().await, app.login(&app.people().lead).await);
    let id = app.opens(WHO).await;
    let waiting = agent.step(id, "take", json!({})).await.ok()["waiting_since"].clone();
    agent.step(id, "reopen", json!({})).await.refused(409, "illegal_transition");
    let close = || agent.step(id, "close", json!({ "reason": "resolved" }));
    close().await.ok();
    let open = agent.step(id, "reopen", json!({})).await.ok();
    assert_eq!((&open["state"], &open["assignee"]["id"]), (&json!("assigned"), &agent.me["id"]));
    assert_eq!((&open["closed_at"], &open["close_reason"], &open["waiting_since"]), (&Value::Null, &Value::Null, &waiting));
    // Too late for an agent, not for a lead; and back to the queue when whoever had it has left.
    close().await.ok();
    app.probe.run("update conversation set closed_at = now() - interval '25 hours'").await;
    let late = agent.step(id, "reopen", json!({})).await.refused(409, "illegal_transition");
    assert!(late["detail"].as_str().unwrap().contains("24 hours"), "{late}");
    assert_eq!(lead.step(id, "reopen", json!({})).await.ok()["assignee"]["id"], agent.me["id"]);
    close().await.ok();
    app.probe.run("delete from team_member where user_id = (select id from app_user where email = 'agent@test.example')").await;
    let queued = lead.step(id, "reopen", json!({})).await.ok();
    assert_eq!((&queued["state"], &queued["assignee"]), (&json!("queued"), &Value::Null));
    assert_eq!(super::records(&lead, id).await.last().unwrap(), "reopened - - Yuki");
    // One open conversation per customer and channel, whoever reopens.
    lead.step(id, "close", json!({ "reason": "resolved" })).await.ok();
    app.probe.run("update conversation set closed_at = now() - interval '25 hours'").await;
    let newer = app.opens(WHO).await;
    assert_ne!(newer, id);
    lead.step(id, "reopen", json!({})).await.refused(409, "illegal_transition");
    app.finish().await;
}

#[tokio::test]
async fn assignment_a_customer_who_writes_within_the_window_goes_on_where_they_were() {
    let app = TestApp::start().await;
    let (agent, admin) = (app.agent().await, app.admin().await);
    let id = app.opens(WHO).await;
    let first: String = app.probe.of(id, "select external_id from message where conversation_id = $1").await;
    agent.step(id, "take", json!({})).await.ok();
    let close = async |id: Uuid| agent.step(id, "close", json!({ "reason": "resolved" })).await.ok();
    close(id).await;
    // Neither a repeat of what was said nor a thumb reopens it; the thumb is kept where it belongs.
    app.deliver_messages(WHO, &[webhook::text(WHO, &first, app.unix(), "Hello, is anybody there?")]).await.ok_text();
    let thumb = webhook::message(WHO, "thumb", app.unix(), "reaction", json!({ "message_id": first, "emoji": "👍" }));
    app.deliver_messages(WHO, &[thumb]).await.ok_text();
    assert_eq!(agent.conversation(id).await["state"], "closed");
    assert_eq!(app.probe.one::<i64>("select count(*) from conversation").await, 1);
    let said = agent.messages(id).await;
    assert_eq!((said.len(), &said[0]["reactions"][0]["emoji"]), (1, &json!("👍")));
    let mut socket = agent.socket(None).await;
    app.say(WHO, "one more thing").await;
    let open = agent.conversation(id).await;
    assert_eq!(
        (&open["state"], &open["assignee"]["id"], open["waiting_since"].is_string()),
        (&json!("assigned"), &agent.me["id"], true)
    );
    assert_eq!(agent.happenings(id).await.last().unwrap(), "reopened");
    assert_eq!(agent.timeline(id).await.last().unwrap()["data"]["by_customer"], true);
    assert_eq!(super::records(&agent, id).await.last().unwrap(), "reopened - Leila -");
    socket.expect("conversation.updated", |data| data["conversation"]["state"] == "assigned").await;
    // Whoever had it is gone: it waits for the team.
    close(id).await;
    app.probe.run("update app_user set active = false where email = 'agent@test.example'").await;
    app.say(WHO, "and another").await;
    let open = admin.conversation(id).await;
    assert_eq!((&open["state"], &open["assignee"]), (&json!("queued"), &Value::Null));
    // A channel that never reopens; a repeat then opens nothing either.
    admin.step(id, "close", json!({ "reason": "resolved" })).await.ok();
    let channel = format!("/api/v1/channels/{}", app.channel.id);
    assert_eq!(admin.patch(&channel, json!({ "reopen_hours": -1 })).await.fields(), ["reopen_hours"]);
    assert_eq!(admin.patch(&channel, json!({ "reopen_hours": 0 })).await.ok()["reopen_hours"], 0);
    app.deliver_messages(WHO, &[webhook::text(WHO, &first, app.unix(), "Hello, is anybody there?")]).await.ok_text();
    assert_eq!(app.probe.one::<i64>("select count(*) from conversation").await, 1);
    app.say(WHO, "from the beginning").await;
    assert_ne!(app.probe.conversation_of(WHO).await, id);
    assert_eq!(app.probe.fates().await.iter().filter(|f| *f == "message duplicate").count(), 2);
    app.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn assignment_messages_that_arrive_together_never_open_two() {
    const CONTACTS: usize = 24;
    let mut app = TestApp::with().nodes(2).start().await;
    let admin = app.admin().await;
    let who = |c: usize| format!("1555400{c:04}");
    for c in 0..CONTACTS {
        app.say(&who(c), "first").await;
    }
    // A third was closed a moment ago, a third long ago, and for a third the window ends about now.
    app.probe
        .run(
            "update conversation set state = 'closed', waiting_since = null, closed_at = case number % 3
                when 0 then now() when 1 then now() - interval '2 days' else now() - interval '24 hours' + interval '300 milliseconds' end",
        )
        .await;
    let deliveries = (0..6).flat_map(|n| (0..CONTACTS).map(move |c| (c, n))).map(|(c, n)| {
        let message = webhook::text(&who(c), &format!("again-{c}-{n}"), app.unix(), "again");
        let value = webhook::value(&app.channel.phone_number_id, &[webhook::contact(&who(c), &who(c))], &[message], &[]);
        let body = webhook::bytes(&webhook::envelope(tests::Channel::ACCOUNT, &value));
        let (app, node) = (&app, (c + n) % 2);
        async move { app.deliver_bytes(node, &app.channel, body).await }
    });
    // A lead reopens by hand what the customers reopen with their words.
    let closed: Vec<(Uuid,)> = app.probe.all("select id from conversation where number % 3 > 0").await;
    let by_hand = join_all(closed.iter().map(|(id,)| admin.step(*id, "reopen", json!({}))));
    let (answers, by_hand) = tokio::join!(join_all(deliveries), by_hand);
    answers.iter().for_each(|answer| drop(answer.ok_text()));
    assert!(by_hand.iter().all(|a| a.status == 200 || a.status == 409), "{by_hand:?}");
    assert_eq!(app.probe.one::<i64>("select count(*) from conversation where state <> 'closed'").await, CONTACTS as i64);
    assert_eq!(app.probe.one::<i64>("select count(*) from message").await, (CONTACTS * 7) as i64);
    assert_eq!(app.probe.one::<i64>("select count(*) from webhook_element where fate <> 'stored'").await, 0);
    let twice: i64 = app
        .probe
        .one("select count(*) from (select from conversation_timeline where kind = 'reopened' group by conversation_id having count(*) > 1) t")
        .await;
    assert_eq!(twice, 0);
    app.stop_node(1).await;
    app.finish().await;
}
