//! Statuses: in any order, twice, too early.

use std::collections::HashMap;

use serde_json::Value;
use tests::{Gate, Reply, TestApp};

use super::{WHO, id_of};

/// Every order of the four statuses.
fn orders() -> Vec<Vec<&'static str>> {
    fn extend(begun: &[&'static str], left: &[&'static str], orders: &mut Vec<Vec<&'static str>>) {
        if left.is_empty() {
            orders.push(begun.to_vec());
        }
        for next in left {
            let rest: Vec<_> = left.iter().copied().filter(|s| s != next).collect();
            extend(&[begun, &[next]].concat(), &rest, orders);
        }
    }
    let mut orders_found = Vec::new();
    extend(&[], &["sent", "delivered", "read", "failed"], &mut orders_found);
    orders_found
}

#[tokio::test]
async fn delivery_statuses_in_any_order_lead_to_the_same_end() {
    let app = TestApp::start().await;
    let agent = app.agent().await;
    let mut socket = agent.socket(None).await;
    let id = app.opens(WHO).await;
    let orders = orders();
    assert_eq!(orders.len(), 24);
    for n in 0..orders.len() {
        agent.reply(id, &format!("{n}")).await;
    }
    let calls = app.graph.wait_for(orders.len()).await;
    // One status a delivery, the messages interleaved, each said twice.
    for step in 0..4 {
        for (n, order) in orders.iter().enumerate() {
            let call = calls.iter().find(|call| call.text() == n.to_string()).unwrap();
            app.report(call.wamid(), order[step], None).await;
            app.report(call.wamid(), order[step], Some(call.our_id())).await;
        }
    }
    for call in &calls {
        assert_eq!(app.probe.status(call.our_id()).await, "read");
        assert_eq!(app.probe.of::<Option<Value>>(call.our_id(), "select error from message where id = $1").await, None);
    }
    // Nobody saw any of them go back.
    let fence = app.fence().await;
    let rank = |status: &str| ["queued", "sent", "failed", "delivered", "read"].iter().position(|s| *s == status).unwrap();
    let mut seen: HashMap<String, usize> = HashMap::new();
    for event in socket.until(&fence).await.iter().filter(|e| e["kind"] == "message.updated") {
        let message = &event["data"]["message"];
        let now = rank(message["status"].as_str().unwrap());
        let before = seen.insert(message["id"].as_str().unwrap().to_owned(), now);
        assert!(before.is_none_or(|before| before < now), "{before:?} to {now}");
    }
    assert_eq!(seen.len(), orders.len());
    app.finish().await;
}

#[tokio::test]
async fn delivery_a_failure_ends_it_unless_it_arrived_after_all() {
    let app = TestApp::start().await;
    let agent = app.agent().await;
    let id = app.opens(WHO).await;
    let message = agent.reply(id, "fails later").await;
    let call = app.graph.call("fails later").await;
    // Until the answer is written down, statuses are parked.
    app.probe.becomes(id_of(&message), "sent").await;
    app.report(call.wamid(), "sent", None).await;
    app.report(call.wamid(), "failed", None).await;
    let shown = agent.messages(id).await.pop().unwrap();
    assert_eq!(shown["status"], "failed");
    assert_eq!(shown["error"]["code"], "131026");
    assert!(shown["error"]["message"].as_str().unwrap().len() > 20);
    app.report(call.wamid(), "sent", None).await;
    assert_eq!(app.probe.status(id_of(&message)).await, "failed");
    app.report(call.wamid(), "delivered", None).await;
    let shown = agent.messages(id).await.pop().unwrap();
    assert_eq!((&shown["status"], &shown["error"]), (&Value::from("delivered"), &Value::Null));
    // Values nobody knows are ignored, and disturb nothing beside them.
    let unknown = tests::webhook::status(call.wamid(), "pondered", app.unix(), None);
    let read = tests::webhook::status(call.wamid(), "played", app.unix(), None);
    app.deliver(&app.envelope(&[], &[], &[unknown, read])).await.ok_text();
    assert_eq!(app.probe.status(id_of(&message)).await, "read");
    app.finish().await;
}

#[tokio::test]
async fn delivery_statuses_that_overtake_the_answer_wait_for_it() {
    let app = TestApp::start().await;
    let agent = app.agent().await;
    // In four conversations, for one waits for its answer.
    let mut held = Vec::new();
    for (n, text) in ["by our id", "by its own id", "both failed", "crossed"].into_iter().enumerate() {
        let id = app.opens(&format!("1555000000{n}")).await;
        let gate = Gate::default();
        app.graph.for_text(text, Reply::AcceptAfter(gate.clone()));
        let message = agent.reply(id, text).await;
        held.push((id_of(&message), app.graph.call(text).await, gate));
    }
    // With our id echoed, the status finds its message though the answer is still on its way.
    let (message, call, gate) = &held[0];
    app.report(call.wamid(), "delivered", Some(*message)).await;
    assert_eq!(app.probe.status(*message).await, "delivered");
    gate.open();
    // Without it, it is parked and applied when the answer tells the id.
    let (message, call, gate) = &held[1];
    app.report(call.wamid(), "read", None).await;
    app.report(call.wamid(), "sent", None).await;
    assert_eq!(app.probe.status(*message).await, "queued");
    assert_eq!(app.probe.one::<i64>("select count(*) from parked_status").await, 2);
    gate.open();
    app.probe.becomes(*message, "read").await;
    // A failure waits as well, with its words.
    let (message, call, gate) = &held[2];
    app.report(call.wamid(), "failed", None).await;
    gate.open();
    app.probe.becomes(*message, "failed").await;
    let error: Value = app.probe.of(*message, "select error from message where id = $1").await;
    assert_eq!(error["code"], "131026");
    // A status whose transaction crosses that of the answer is found by the dispatcher's tidying.
    let (message, call, gate) = &held[3];
    gate.open();
    app.probe.becomes(*message, "sent").await;
    sqlx::query(
        "insert into parked_status (channel_id, external_id, status, at, parked_at) values ($1, $2, 'delivered', now(), now())",
    )
    .bind(app.channel.id)
    .bind(call.wamid())
    .execute(&app.probe.0)
    .await
    .unwrap();
    app.probe.becomes(*message, "delivered").await;
    for (message, call, _) in &held {
        let external: String = app.probe.of(*message, "select external_id from message where id = $1").await;
        assert_eq!(external, call.wamid());
    }
    assert_eq!(app.probe.one::<i64>("select count(*) from parked_status").await, 0);
    app.probe.becomes(held[0].0, "delivered").await;
    assert_eq!(app.graph.calls().len(), 4);
    app.finish().await;
}
