//! Accounts in trouble: what is queued is kept, nothing is tried meanwhile, and all of it goes in order when the trouble is over.

use features::delivery::probe_troubled;
use serde_json::{Value, json};
use tests::{Client, Reply, TestApp, eventually};

use super::{id_of, pass_by};

async fn channel(app: &TestApp, admin: &Client) -> Value {
    admin.get(&format!("/api/v1/channels/{}", app.channel.id)).await.ok()
}

async fn order(app: &TestApp, admin: &Client, what: &str, body: Value) -> Value {
    admin.post(&format!("/api/v1/channels/{}/{what}", app.channel.id), body).await.ok()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn delivery_a_dead_token_pauses_the_channel_and_what_is_queued_goes_in_order() {
    const CONVERSATIONS: usize = 5;
    const EACH: usize = 10;
    let mut app = TestApp::with().nodes(2).start().await;
    app.expect_error("a channel is in trouble");
    let (agent, admin) = (app.agent().await, app.admin().await);
    let mut socket = admin.socket(None).await;
    let mut conversations = Vec::new();
    for n in 0..CONVERSATIONS {
        conversations.push(app.opens(&format!("1555600000{n}")).await);
    }
    app.graph.otherwise(Reply::refuse(401, 190));
    app.graph.condition(Reply::refuse(401, 190));
    let first = agent.reply(conversations[0], "0").await;
    let told = socket.expect("channel.updated", |data| data["channel"]["health"] == "trouble").await;
    let told = &told["data"]["channel"];
    assert_eq!((&told["health_code"], &told["paused_by"]), (&json!("190"), &Value::Null));
    assert!(told["paused_at"].is_string() && told["paused_reason"] == told["health_words"]);
    assert!(told["health_words"].as_str().unwrap().contains("token"), "{told}");

    let mut waiting = Vec::new();
    for k in 1..=EACH {
        for id in &conversations {
            waiting.push(agent.reply(*id, &k.to_string()).await);
        }
    }
    // A probe that finds the same changes nothing, and nothing is tried meanwhile on either node.
    for node in &app.nodes {
        probe_troubled(&node.app).await.unwrap();
    }
    assert!(channel(&app, &admin).await["paused_at"].is_string());
    assert_eq!(app.graph.calls().len(), 1);
    assert!(app.probe.one::<i64>("select count(*) from message where status = 'queued' and lease_until is null").await == 51);

    app.graph.otherwise(Reply::Accept);
    app.graph.condition(Reply::Accept);
    probe_troubled(&app.nodes[1].app).await.unwrap();
    let well = socket.expect("channel.updated", |data| data["channel"]["health"] == "ok").await;
    assert_eq!((&well["data"]["channel"]["paused_at"], &well["data"]["channel"]["throughput"]), (&Value::Null, &json!(80)));
    for message in waiting.iter().chain([&first]) {
        app.probe.becomes(id_of(message), "sent").await;
    }
    // By the customer's number, in the order in which they were written.
    for n in 0..CONVERSATIONS {
        let to = format!("1555600000{n}");
        let calls = app.graph.calls();
        let sent = calls.iter().filter(|call| call.wamid.is_some() && call.body["to"] == to.as_str());
        let sent: Vec<i32> = sent.map(|call| call.text().parse().unwrap()).collect();
        let from = if n == 0 { 0 } else { 1 };
        assert_eq!(sent, (from..=EACH as i32).collect::<Vec<_>>(), "{to}");
    }
    app.stop_node(1).await;
    app.finish().await;
}

#[tokio::test]
async fn delivery_a_pause_by_a_person_ends_by_a_persons_word() {
    let mut app = TestApp::start().await;
    app.expect_error("a channel is in trouble");
    let (agent, admin) = (app.agent().await, app.admin().await);
    let id = app.opens(super::WHO).await;
    for what in ["pause", "resume", "probe"] {
        agent.post(&format!("/api/v1/channels/{}/{what}", app.channel.id), json!({})).await.refused(403, "forbidden");
    }
    let too_long = json!({ "reason": "x".repeat(201) });
    assert_eq!(admin.post(&format!("/api/v1/channels/{}/pause", app.channel.id), too_long).await.fields(), ["reason"]);

    let paused = order(&app, &admin, "pause", json!({ "reason": "Moving house" })).await;
    assert_eq!((&paused["paused_reason"], &paused["health"]), (&json!("Moving house"), &json!("ok")));
    assert_eq!(paused["paused_by"], app.people().admin.name);
    let message = agent.reply(id, "later").await;
    // The account is well, and then it is not, and then it is again: none of it ends the pause.
    order(&app, &admin, "probe", json!({})).await;
    app.graph.condition(Reply::refuse(403, 131_031));
    assert_eq!(order(&app, &admin, "probe", json!({})).await["health_code"], "131031");
    app.graph.condition(Reply::Accept);
    probe_troubled(&app.nodes[0].app).await.unwrap();
    let still = channel(&app, &admin).await;
    assert_eq!((&still["paused_at"], &still["health"]), (&paused["paused_at"], &json!("ok")));
    assert!(app.graph.calls().is_empty());
    assert_eq!(app.probe.status(id_of(&message)).await, "queued");

    // One that MAX has paused can be made one's own.
    assert_eq!(order(&app, &admin, "resume", json!({})).await["paused_by"], Value::Null);
    app.probe.becomes(id_of(&message), "sent").await;
    app.graph.condition(Reply::refuse(503, 2));
    admin.post(&format!("/api/v1/channels/{}/probe", app.channel.id), json!({})).await.refused(503, "unavailable");
    app.graph.otherwise(Reply::refuse(400, 131_042));
    let message = agent.reply(id, "unpaid").await;
    eventually("it is paused", async || channel(&app, &admin).await["paused_at"].is_string().then_some(())).await;
    order(&app, &admin, "pause", json!({})).await;
    app.graph.otherwise(Reply::Accept);
    app.graph.condition(Reply::Accept);
    probe_troubled(&app.nodes[0].app).await.unwrap();
    assert_eq!(channel(&app, &admin).await["paused_by"], app.people().admin.name);
    order(&app, &admin, "resume", json!({})).await;
    app.probe.becomes(id_of(&message), "sent").await;

    let kinds: Vec<(String,)> = app
        .probe
        .all("select data ->> 'kind' from event where kind = 'audit.recorded' and data ->> 'kind' like 'channel.%' order by position")
        .await;
    let count = |kind: &str| kinds.iter().filter(|(k,)| k == kind).count();
    assert_eq!((count("channel.paused"), count("channel.resumed"), count("channel.probed")), (3, 2, 2), "{kinds:?}");
    app.finish().await;
}

#[tokio::test]
async fn delivery_trouble_that_a_probe_does_not_see_is_tried_ever_later() {
    let mut app = TestApp::with().manual_clock().start().await;
    app.expect_error("a channel is in trouble");
    let (agent, admin) = (app.agent().await, app.admin().await);
    let id = app.opens(super::WHO).await;
    // The number answers, and takes no message.
    app.graph.otherwise(Reply::refuse(400, 131_042));
    app.graph.condition(Reply::Accept);
    let message = agent.reply(id, "unpaid").await;
    let paused = || async {
        eventually("it is paused", async || channel(&app, &admin).await["paused_at"].is_string().then_some(())).await;
    };
    paused().await;
    for minutes in [0u64, 2, 4] {
        if minutes > 0 {
            app.advance(std::time::Duration::from_secs(minutes * 60 - 1));
            probe_troubled(&app.nodes[0].app).await.unwrap();
            assert!(channel(&app, &admin).await["paused_at"].is_string(), "not before {minutes} minutes");
            app.advance(std::time::Duration::from_secs(1));
        }
        let calls = app.graph.calls().len();
        probe_troubled(&app.nodes[0].app).await.unwrap();
        app.graph.wait_for(calls + 1).await;
        paused().await;
        assert_eq!(app.graph.calls().len(), calls + 1, "one try");
    }
    assert_eq!(app.probe.status(id_of(&message)).await, "queued", "it is kept, however often");
    app.graph.otherwise(Reply::Accept);
    app.advance(std::time::Duration::from_secs(8 * 60));
    probe_troubled(&app.nodes[0].app).await.unwrap();
    app.probe.becomes(id_of(&message), "sent").await;
    eventually("it is well", async || (app.probe.one::<i32>("select max(troubled) from channel").await == 0).then_some(())).await;
    pass_by(&app, &app.agent().await, "15550000001").await;
    app.finish().await;
}
