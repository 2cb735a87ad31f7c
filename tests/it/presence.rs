//! Presence: who is there, who looks, who types, on one node and on two, and that nobody hears of what they may not see.

use std::time::Duration;

use serde_json::{Value, json};
use tests::{Buses, Client, Incoming, PATIENCE, RedisServer, Socket, TestApp, buses_up, eventually};
use tokio::time::Instant;
use tokio_tungstenite::tungstenite::Message;
use uuid::Uuid;

async fn say(socket: &mut Socket, message: Value) {
    socket.send(Message::text(message.to_string())).await;
}

async fn beat(socket: &mut Socket, state: &str) {
    say(socket, json!({ "type": "presence", "state": state })).await;
}

async fn view(socket: &mut Socket, conversation: Option<Uuid>) {
    say(socket, json!({ "type": "viewing", "conversation_id": conversation })).await;
}

async fn types(socket: &mut Socket, conversation: Uuid, kind: &str) {
    say(socket, json!({ "type": "typing", "conversation_id": conversation, "kind": kind })).await;
}

/// Waits for a message of this type that fits.
async fn told(socket: &mut Socket, kind: &str, fits: impl Fn(&Value) -> bool) -> Value {
    let deadline = Instant::now() + PATIENCE;
    loop {
        match socket.next_within(deadline.saturating_duration_since(Instant::now())).await {
            Some(Incoming::Json(message)) if message["type"] == kind && fits(&message) => return message,
            Some(Incoming::Json(_)) => {}
            other => panic!("{other:?} instead of {kind}"),
        }
    }
}

/// Waits until somebody is told to be like this.
async fn sees(socket: &mut Socket, who: &Client, state: &str) {
    let is = |user: &Value| user["id"] == who.me["id"] && user["state"] == state;
    told(socket, "presence", |m| m["users"].as_array().unwrap().iter().any(is)).await;
}

/// Waits until these, by name, are told to look at a conversation and to type in it.
async fn there(socket: &mut Socket, conversation: Uuid, viewers: &[&str], typing: &[(&str, &str)]) {
    told(socket, "conversation_presence", |m| {
        let named = |list: &Value| list.as_array().unwrap().iter().map(|v| v["name"].clone()).collect::<Vec<_>>();
        let kinds = m["typing"].as_array().unwrap().iter().map(|t| (t["name"].as_str().unwrap(), t["kind"].as_str().unwrap()));
        m["conversation_id"] == json!(conversation) && named(&m["viewers"]) == viewers && kinds.eq(typing.iter().copied())
    })
    .await;
}

/// Everything that comes within a while.
async fn rest(socket: &mut Socket, patience: Duration) -> Vec<Value> {
    let mut all = Vec::new();
    while let Some(Incoming::Json(message)) = socket.next_within(patience).await {
        all.push(message);
    }
    all
}

#[tokio::test]
async fn presence_comes_changes_expires_and_leaves() {
    let app = TestApp::with().manual_clock().start().await;
    let (agent, lead) = (app.agent().await, app.login(&app.people().lead).await);
    let (mut mine, mut theirs) = (agent.socket(None).await, lead.socket(None).await);
    beat(&mut mine, "online").await;
    sees(&mut theirs, &agent, "online").await;
    sees(&mut mine, &agent, "online").await;
    for state in ["busy", "away", "online"] {
        beat(&mut mine, state).await;
        sees(&mut theirs, &agent, state).await;
    }
    let users = lead.get("/api/v1/presence").await.ok()["users"].clone();
    assert_eq!(
        users,
        json!([{ "id": agent.me["id"], "name": "Leila Agent", "state": "online" }]),
        "the lead has not said anything"
    );
    // Fourteen seconds of silence are none, fifteen are the end.
    app.advance(Duration::from_secs(14));
    tokio::time::sleep(Duration::from_millis(700)).await;
    assert_eq!(lead.get("/api/v1/presence").await.ok()["users"].as_array().unwrap().len(), 1);
    app.advance(Duration::from_secs(1));
    sees(&mut theirs, &agent, "offline").await;
    assert_eq!(lead.get("/api/v1/presence").await.ok()["users"], json!([]));
    // Two screens: the one that says most counts, and whoever leaves is gone at once.
    let mut second = agent.socket(None).await;
    beat(&mut mine, "away").await;
    sees(&mut theirs, &agent, "away").await;
    beat(&mut second, "busy").await;
    sees(&mut theirs, &agent, "busy").await;
    drop(second);
    sees(&mut theirs, &agent, "away").await;
    drop(mine);
    sees(&mut theirs, &agent, "offline").await;
    app.finish().await;
}

#[tokio::test]
async fn presence_in_a_conversation_is_told_to_whoever_may_see_it() {
    let app = TestApp::with().manual_clock().start().await;
    let (agent, lead, stranger) =
        (app.agent().await, app.login(&app.people().lead).await, app.login(&app.people().stranger).await);
    let (colleague, admin) = (app.colleague().await, app.admin().await);
    let id = app.opens("15550002222").await;
    // What changes at one moment is told in the order of the ids, and those go by the time, which stands still here.
    app.advance(Duration::from_millis(5));
    let other = app.opens("15550003333").await;
    let (mut mine, mut theirs) = (agent.socket(None).await, lead.socket(None).await);
    let (mut outside, mut beside) = (stranger.socket(None).await, colleague.socket(None).await);
    view(&mut mine, Some(id)).await;
    there(&mut theirs, id, &["Leila Agent"], &[]).await;
    there(&mut mine, id, &["Leila Agent"], &[]).await;
    view(&mut theirs, Some(id)).await;
    there(&mut mine, id, &["Leila Agent", "Yuki Lead"], &[]).await;
    types(&mut mine, id, "reply").await;
    there(&mut theirs, id, &["Leila Agent", "Yuki Lead"], &[("Leila Agent", "reply")]).await;
    there(&mut beside, id, &["Leila Agent", "Yuki Lead"], &[("Leila Agent", "reply")]).await;
    let picture = lead.get("/api/v1/presence").await.ok()["conversations"].clone();
    assert_eq!(picture[0]["viewers"].as_array().unwrap().len(), 2);
    assert_eq!(picture[0]["typing"], json!([{ "id": agent.me["id"], "name": "Leila Agent", "kind": "reply" }]));
    assert_eq!(admin.get("/api/v1/presence").await.ok()["conversations"].as_array().unwrap().len(), 1);
    // Typing ends by itself.
    app.advance(Duration::from_secs(6));
    there(&mut theirs, id, &["Leila Agent", "Yuki Lead"], &[]).await;
    // Going elsewhere, and out.
    view(&mut mine, Some(other)).await;
    there(&mut theirs, id, &["Yuki Lead"], &[]).await;
    there(&mut theirs, other, &["Leila Agent"], &[]).await;
    view(&mut mine, None).await;
    there(&mut theirs, other, &[], &[]).await;
    // What is taken is no longer the colleague's to see.
    agent.step(id, "take", json!({})).await.ok();
    rest(&mut beside, Duration::from_millis(800)).await;
    types(&mut mine, id, "note").await;
    there(&mut theirs, id, &["Yuki Lead"], &[("Leila Agent", "note")]).await;
    view(&mut beside, Some(id)).await;
    types(&mut beside, id, "note").await;
    let heard = rest(&mut beside, Duration::from_millis(800)).await;
    assert!(heard.iter().all(|m| m["type"] != "conversation_presence"), "{heard:?}");
    assert_eq!(colleague.get("/api/v1/presence").await.ok()["conversations"], json!([]));
    // Whoever looks where they may not is seen nowhere; a stranger has heard nothing at all.
    view(&mut outside, Some(id)).await;
    view(&mut outside, Some(Uuid::now_v7())).await;
    types(&mut outside, id, "reply").await;
    let heard = rest(&mut outside, Duration::from_millis(800)).await;
    assert!(heard.iter().all(|m| !m.to_string().contains("Leila") && !m.to_string().contains(&id.to_string())), "{heard:?}");
    for message in rest(&mut theirs, Duration::from_millis(300)).await {
        assert!(!message.to_string().contains("Nora") && !message.to_string().contains("Omar\",\"kind"), "{message}");
    }
    let users = |client: Client| async move {
        let users = client.get("/api/v1/presence").await.ok()["users"].clone();
        users.as_array().unwrap().iter().map(|u| u["name"].as_str().unwrap().to_owned()).collect::<Vec<_>>()
    };
    assert_eq!(users(agent.clone()).await, ["Leila Agent", "Omar Colleague", "Yuki Lead"]);
    assert_eq!(users(stranger.clone()).await, ["Nora Stranger"]);
    assert_eq!(users(admin.clone()).await.len(), 4, "admins see everybody");
    app.finish().await;
}

#[tokio::test]
async fn presence_is_bounded_whatever_a_screen_says() {
    let app = TestApp::start().await;
    let (agent, lead) = (app.agent().await, app.login(&app.people().lead).await);
    let (one, two) = (app.opens("15550002222").await, app.opens("15550003333").await);
    let (mut mine, mut theirs) = (agent.socket(None).await, lead.socket(None).await);
    let before = app.probe.one::<i64>("select count(*) from event").await;
    let begun = Instant::now();
    for n in 0..400 {
        view(&mut mine, Some(if n % 2 == 0 { one } else { two })).await;
        types(&mut mine, one, if n % 3 == 0 { "reply" } else { "note" }).await;
    }
    let heard = rest(&mut theirs, Duration::from_millis(1500)).await;
    let most = (begun.elapsed().as_millis() / 250 + 2) * 2;
    println!("800 signals came out as {} frames in {:?}", heard.len(), begun.elapsed());
    assert!(!heard.is_empty() && heard.len() as u128 <= most, "{} in {:?}", heard.len(), begun.elapsed());
    assert_eq!(app.probe.one::<i64>("select count(*) from event").await, before, "and nothing of it is in the log");
    // The socket is as good as ever, and what is no signal ends it as before.
    agent.reply(one, "still here").await;
    mine.expect("message.created", |_| true).await;
    say(&mut mine, json!({ "type": "presence", "state": "dancing" })).await;
    assert_eq!(mine.closed().await, Some(4400));
    let mut early = Socket::open(&app.bases[0], None).await.unwrap();
    beat(&mut early, "online").await;
    assert_eq!(early.closed().await, Some(4400), "hello comes first");
    app.graph.wait_for(1).await;
    app.finish().await;
}

/// Two screens at two nodes see each other.
async fn two_nodes_are_one(app: &TestApp) {
    let (agent, lead) = (app.agent().await, app.login(&app.people().lead).await.at(&app.bases[1]));
    let id = app.opens("15550002222").await;
    let (mut mine, mut theirs) = (agent.socket(None).await, lead.socket(None).await);
    beat(&mut mine, "online").await;
    sees(&mut theirs, &agent, "online").await;
    view(&mut mine, Some(id)).await;
    there(&mut theirs, id, &["Leila Agent"], &[]).await;
    view(&mut theirs, Some(id)).await;
    types(&mut theirs, id, "note").await;
    there(&mut mine, id, &["Leila Agent", "Yuki Lead"], &[("Yuki Lead", "note")]).await;
    for client in [&agent, &lead, &agent.at(&app.bases[1])] {
        let picture = client.get("/api/v1/presence").await.ok();
        assert_eq!((picture["users"].as_array().unwrap().len(), picture["conversations"].as_array().unwrap().len()), (2, 1));
    }
    let there_by_node = app.nodes.iter().map(|node| features::presence::state_of(&node.app, &[agent.id()])[&agent.id()]);
    assert!(there_by_node.into_iter().all(|state| state == features::presence::Availability::Online));
    // Conversations are told before people.
    drop(mine);
    there(&mut theirs, id, &["Yuki Lead"], &[("Yuki Lead", "note")]).await;
    sees(&mut theirs, &agent, "offline").await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn presence_of_two_nodes_over_one_memory() {
    let mut app = TestApp::with().nodes(2).buses(Buses::Shared).start().await;
    two_nodes_are_one(&app).await;
    app.stop_node(1).await;
    app.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn presence_of_two_nodes_over_redis() {
    let redis = RedisServer::start().await;
    let mut app = TestApp::with().nodes(2).buses(Buses::Redis(&redis)).manual_clock().start().await;
    buses_up(&app).await;
    two_nodes_are_one(&app).await;
    // A node that dies says no goodbye: its people are gone when their beats have run out.
    let (agent, lead) = (app.agent().await, app.login(&app.people().lead).await);
    let mut theirs = lead.socket(None).await;
    let mut mine = agent.at(&app.bases[1]).socket(None).await;
    beat(&mut mine, "busy").await;
    sees(&mut theirs, &agent, "busy").await;
    app.kill_node(1).await;
    app.advance(Duration::from_secs(15));
    sees(&mut theirs, &agent, "offline").await;
    app.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn presence_without_a_shared_bus_is_each_nodes_own() {
    let mut app = TestApp::with().nodes(2).start().await;
    let (agent, lead) = (app.agent().await, app.login(&app.people().lead).await);
    let (mut mine, mut theirs) = (agent.socket(None).await, lead.socket(None).await);
    let mut away = lead.at(&app.bases[1]).socket(None).await;
    beat(&mut mine, "online").await;
    sees(&mut theirs, &agent, "online").await;
    assert!(rest(&mut away, Duration::from_millis(800)).await.is_empty());
    app.stop_node(1).await;
    app.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn presence_survives_the_loss_of_redis() {
    let mut redis = RedisServer::start().await;
    let mut app = TestApp::with().nodes(2).buses(Buses::Redis(&redis)).start().await;
    buses_up(&app).await;
    let (agent, lead) = (app.agent().await, app.login(&app.people().lead).await);
    let (mut mine, mut theirs) = (agent.socket(None).await, lead.socket(None).await);
    redis.kill();
    eventually("every node knows", async || app.nodes.iter().all(|n| !n.app.bus.healthy()).then_some(())).await;
    beat(&mut mine, "online").await;
    sees(&mut theirs, &agent, "online").await;
    assert_eq!(lead.get("/api/v1/presence").await.ok()["users"].as_array().unwrap().len(), 1);
    app.stop_node(1).await;
    app.finish().await;
}
