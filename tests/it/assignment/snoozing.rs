//! Snoozing: until a time, until the customer writes, and on which node it ends.

use std::time::{Duration, Instant};

use chrono::TimeDelta;
use serde_json::{Value, json};
use tests::{TestApp, eventually};

const WHO: &str = "15550002222";

#[tokio::test]
async fn assignment_a_snooze_ends_on_time_by_the_clock() {
    let app = TestApp::with().manual_clock().start().await;
    let (agent, lead) = (app.agent().await, app.login(&app.people().lead).await);
    let (mine, queued) = (app.opens(WHO).await, app.opens("15550003333").await);
    agent.step(mine, "take", json!({})).await.ok();
    let until = app.clock.now() + TimeDelta::minutes(5);
    for wrong in [until - TimeDelta::minutes(5), until - TimeDelta::days(1), until + TimeDelta::days(90)] {
        assert_eq!(agent.step(mine, "snooze", json!({ "until": wrong })).await.fields(), ["until"], "{wrong}");
    }
    agent.step(queued, "snooze", json!({})).await.refused(403, "forbidden");
    let asleep = agent.step(mine, "snooze", json!({ "until": until })).await.ok();
    assert_eq!((&asleep["state"], &asleep["assignee"]["id"]), (&json!("snoozed"), &agent.me["id"]));
    assert_eq!(asleep["snoozed_until"].as_str().unwrap().parse::<chrono::DateTime<chrono::Utc>>().unwrap(), until);
    assert_eq!(asleep["snoozed_until_reply"], false);
    lead.step(queued, "snooze", json!({ "until": until })).await.ok();
    // Another time, and what one has is still one's own.
    let later = until + TimeDelta::minutes(1);
    agent.step(mine, "snooze", json!({ "until": later })).await.ok();
    agent.step(mine, "take", json!({})).await.ok();

    let state = async |id| lead.conversation(id).await["state"].as_str().unwrap().to_owned();
    app.advance(Duration::from_secs(5 * 60 - 1));
    tokio::time::sleep(Duration::from_millis(1100)).await;
    assert_eq!((state(mine).await, state(queued).await), ("snoozed".to_owned(), "snoozed".to_owned()), "a second before");
    app.advance(Duration::from_secs(1));
    eventually("the queue has it back", async || (state(queued).await == "queued").then_some(())).await;
    assert_eq!(state(mine).await, "snoozed");
    app.advance(Duration::from_secs(60));
    eventually("its agent has it back", async || (state(mine).await == "assigned").then_some(())).await;
    let awake = agent.conversation(mine).await;
    assert_eq!((&awake["snoozed_until"], &awake["assignee"]["id"]), (&Value::Null, &agent.me["id"]));
    assert_eq!(agent.happenings(mine).await, ["opened", "taken", "snoozed", "snoozed", "woken"]);
    assert_eq!(agent.timeline(mine).await.last().unwrap()["data"]["by"], "time");
    agent.step(mine, "unsnooze", json!({})).await.refused(409, "illegal_transition");
    app.finish().await;
}

#[tokio::test]
async fn assignment_the_customer_wakes_what_sleeps() {
    let app = TestApp::start().await;
    let agent = app.agent().await;
    let id = app.opens(WHO).await;
    agent.step(id, "take", json!({})).await.ok();
    let until = app.clock.now() + TimeDelta::days(1);
    for body in [json!({}), json!({ "until": null }), json!({ "until": until })] {
        let asleep = agent.step(id, "snooze", body.clone()).await.ok();
        assert_eq!(asleep["snoozed_until_reply"], asleep["snoozed_until"].is_null());
        // A thumb asks for nothing.
        let first: String = app.probe.of(id, "select external_id from message where conversation_id = $1 and seq = 1").await;
        let thumb = tests::webhook::message(
            WHO,
            &tests::webhook::wamid(),
            app.unix(),
            "reaction",
            json!({ "message_id": first, "emoji": "👍" }),
        );
        app.deliver_messages(WHO, &[thumb]).await.ok_text();
        assert_eq!(agent.conversation(id).await["state"], "snoozed", "{body}");
        app.say(WHO, "Here I am again").await;
        let awake = agent.conversation(id).await;
        assert_eq!((&awake["state"], &awake["snoozed_until_reply"]), (&json!("assigned"), &json!(false)), "{body}");
        assert_eq!(agent.timeline(id).await.last().unwrap()["data"]["by"], "customer");
    }
    agent.step(id, "snooze", json!({})).await.ok();
    assert_eq!(agent.step(id, "unsnooze", json!({})).await.ok()["state"], "assigned");
    app.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn assignment_snoozes_end_once_and_within_a_second_on_any_node() {
    let mut app = TestApp::with().nodes(2).start().await;
    let lead_id = app.people().lead.id;
    let ids: Vec<_> = app.plant_many(60, Some(app.teams[0]), Some(lead_id)).await.iter().map(|p| p.id).collect();
    let lead = app.login(&app.people().lead).await;
    // The last one by hand, the rest as if set before: due together. The node on which it is set dies.
    let until = app.clock.now() + TimeDelta::milliseconds(2500);
    sqlx::query("update conversation set state = 'snoozed', snoozed_until = $1 where id <> $2")
        .bind(until)
        .bind(ids[0])
        .execute(&app.probe.0)
        .await
        .unwrap();
    lead.step(ids[0], "snooze", json!({ "until": until })).await.ok();
    app.kill_node(0).await;
    assert_eq!(app.probe.one::<i64>("select count(*) from conversation where state = 'snoozed'").await, 60);
    let begun = Instant::now();
    eventually("all are awake", async || {
        (app.probe.one::<i64>("select count(*) from conversation where state = 'snoozed'").await == 0).then_some(())
    })
    .await;
    assert!(begun.elapsed() < Duration::from_secs(10));
    // By the rows' own times, so that a busy machine that looks late does not count.
    let late: f64 = app
        .probe
        .one("select extract(epoch from max(t.at) - max((data ->> 'until')::timestamptz))::double precision from conversation_timeline t where kind in ('woken', 'snoozed')")
        .await;
    assert!((0.0..1.0).contains(&late), "{late} s late");
    assert_eq!(app.probe.one::<i64>("select count(*) from conversation_timeline where kind = 'woken'").await, 60);
    app.finish().await;
}
