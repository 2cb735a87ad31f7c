//! Nodes that end in the middle of a send, politely or not.

use std::time::Duration;

use serde_json::json;
use tests::{Gate, Reply, TestApp, eventually};

use super::{WHO, error_of, id_of, pass_by};

#[tokio::test]
async fn delivery_a_node_that_stops_records_what_it_sent() {
    let mut app = TestApp::start().await;
    let agent = app.agent().await;
    let id = app.opens(WHO).await;
    let gate = Gate::default();
    app.graph.for_text("on its way", Reply::AcceptAfter(gate.clone()));
    let message = agent.reply(id, "on its way").await;
    app.graph.call("on its way").await;
    let node = app.nodes.remove(0);
    let stopping = tokio::spawn(async move { node.stop().await });
    tokio::time::sleep(Duration::from_millis(200)).await;
    assert!(!stopping.is_finished(), "it waits for the call under way");
    gate.open();
    stopping.await.unwrap();
    let (status, external): (String, Option<String>) = sqlx::query_as("select status, external_id from message where id = $1")
        .bind(id_of(&message))
        .fetch_one(&app.probe.0)
        .await
        .unwrap();
    assert_eq!((status.as_str(), external.is_some()), ("sent", true));
    app.finish().await;
}

#[tokio::test]
async fn delivery_a_node_that_dies_in_a_call_leaves_it_unconfirmed() {
    let mut app = TestApp::with().manual_clock().start().await;
    let agent = app.agent().await;
    let (id, other) = (app.opens(WHO).await, app.opens("15550003333").await);
    let gate = Gate::default();
    for text in ["it went out", "it went out too"] {
        app.graph.for_text(text, Reply::AcceptAfter(gate.clone()));
    }
    let message = agent.reply(id, "it went out").await;
    let behind = agent.reply(id, "behind it").await;
    let second = agent.reply(other, "it went out too").await;
    let call = app.graph.call("it went out").await;
    let second_call = app.graph.call("it went out too").await;
    app.kill_node(0).await;
    let at = app.add_node().await;
    let agent = agent.at(&app.bases[at]);
    gate.open();

    // As long as the lease holds, nobody touches it; then it is unconfirmed, and what waited behind it goes.
    pass_by(&app, &agent, "15550000001").await;
    assert_eq!(app.probe.status(id_of(&message)).await, "queued");
    // A status that comes meanwhile settles it before that.
    app.report(second_call.wamid(), "delivered", Some(id_of(&second))).await;
    assert_eq!(app.probe.status(id_of(&second)).await, "delivered");
    app.advance(Duration::from_secs(21));
    app.probe.becomes(id_of(&message), "unconfirmed").await;
    app.probe.becomes(id_of(&behind), "sent").await;
    assert_eq!(error_of(&app, &message).await["code"], "interrupted");
    app.advance(Duration::from_secs(300));
    pass_by(&app, &agent, "15550000001").await;
    for text in ["it went out", "it went out too"] {
        assert_eq!(app.graph.texts().iter().filter(|t| *t == text).count(), 1, "nothing is sent again by itself");
    }
    // The provider's word, late.
    app.report(call.wamid(), "read", Some(id_of(&message))).await;
    assert_eq!(app.probe.status(id_of(&message)).await, "read");
    // One attempt was given up when its lease ended, the other was settled by the provider before.
    app.expect_complaint("attempts without an outcome");
    let outcomes: Vec<(Option<String>,)> = app
        .probe
        .all("select a.outcome from send_attempt a join message m on m.id = a.message_id where m.content ->> 'text' like 'it went out%' order by 1")
        .await;
    assert_eq!(outcomes, [(Some("lost".to_owned()),), (None,)]);
    app.finish().await;
}

#[tokio::test]
async fn delivery_an_answer_after_a_persons_word_settles_nothing_of_theirs() {
    // The first call hangs so long that its lease ends; a person says "send again"; then both are answered.
    let app = TestApp::with().manual_clock().sending(Duration::from_secs(30), Duration::from_secs(5)).start().await;
    let agent = app.agent().await;
    let id = app.opens(WHO).await;
    let (slow, quick) = (Gate::default(), Gate::default());
    app.graph.for_text("twice, on purpose", Reply::AcceptAfter(slow.clone()));
    app.graph.for_text("twice, on purpose", Reply::AcceptAfter(quick.clone()));
    let message = agent.reply(id, "twice, on purpose").await;
    let first = app.graph.call("twice, on purpose").await;
    app.advance(Duration::from_secs(6));
    app.probe.becomes(id_of(&message), "unconfirmed").await;
    let retry = format!("/api/v1/conversations/{id}/messages/{}/retry", id_of(&message));
    agent.post(&retry, json!({})).await.ok();
    let calls = app.graph.wait_for(2).await;
    assert_eq!(calls[1].our_id(), first.our_id());
    quick.open();
    app.probe.becomes(id_of(&message), "sent").await;
    slow.open();
    let both = async || {
        app.probe
            .of::<i64>(id_of(&message), "select count(*) from send_attempt where message_id = $1 and outcome = 'accepted'")
            .await
    };
    eventually("both are on record", async || (both().await == 2).then_some(())).await;
    assert_eq!(app.probe.status(id_of(&message)).await, "sent");
    // Statuses of either find the message.
    app.report(first.wamid(), "delivered", Some(id_of(&message))).await;
    app.report(calls[1].wamid(), "read", None).await;
    assert_eq!(app.probe.status(id_of(&message)).await, "read");
    app.finish().await;
}
