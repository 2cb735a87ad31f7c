//! The socket: who may open it, what it tells, and that nothing is missed or said twice.

#[path = "realtime/resume.rs"]
mod resume;

use std::{
    collections::BTreeSet,
    time::{Duration, Instant},
};

use kernel::realtime::SocketLimits;
use serde_json::{Value, json};
use tests::{Client, Incoming, Socket, TestApp, eventually};
use tokio_tungstenite::tungstenite::Message;

fn short() -> SocketLimits {
    SocketLimits { hello: Duration::from_millis(300), ping: Duration::from_millis(200), ..SocketLimits::default() }
}

#[tokio::test]
async fn realtime_hello_comes_first_and_in_time() {
    let app = TestApp::with().sockets(short()).start().await;
    let base = &app.bases[0];
    let agent = app.agent().await;
    let open = async || Socket::open(base, None).await.unwrap();

    let mut socket = open().await;
    socket.hello(&agent.token, None).await;
    let ready = socket.message().await;
    assert_eq!(ready["type"], "ready");
    assert!(ready["cursor"].is_string());
    socket.send(Message::text(r#"{"type":"ping"}"#)).await;
    assert_eq!(socket.message().await, json!({ "type": "pong" }));

    for token in ["", "x.y.z", &agent.cookie] {
        let mut socket = open().await;
        socket.hello(token, None).await;
        let error = socket.message().await;
        assert_eq!((&error["type"], &error["code"]), (&json!("error"), &json!("unauthenticated")));
        assert_eq!(socket.closed().await, Some(4401));
    }
    // Nothing at all.
    assert_eq!(open().await.closed().await, Some(4408));
    // Anything else first, or anything that is no message of ours.
    for (message, code) in [
        (Message::text(r#"{"type":"ping"}"#), 4400),
        (Message::text("hello"), 4400),
        (Message::text(r#"{"type":"subscribe","to":"everything"}"#), 4400),
        (Message::text(r#"{"type":"hello"}"#), 4400),
        (Message::binary(vec![1, 2, 3]), 4400),
    ] {
        let mut socket = open().await;
        socket.send(message.clone()).await;
        assert_eq!(socket.closed().await, Some(code), "{message:?}");
    }
    let mut socket = agent.socket(None).await;
    socket.send(Message::binary(vec![0; 16])).await;
    assert_eq!(socket.closed().await, Some(4400));
    // More than a hello needs is not read.
    let mut socket = agent.socket(None).await;
    socket.send(Message::text(format!(r#"{{"type":"hello","token":"{}"}}"#, "x".repeat(9_000)))).await;
    assert!(!matches!(socket.closed().await, Some(1000)));
    eventually("every socket has left the hub", async || (app.nodes[0].app.hub.len() <= 1).then_some(())).await;
    app.finish().await;
}

#[tokio::test]
async fn realtime_only_our_own_pages_open_sockets() {
    let app = TestApp::with().public_url("https://inbox.test.example").start().await;
    let base = &app.bases[0];
    for origin in ["https://evil.example", "http://inbox.test.example", "https://inbox.test.example.evil.example", "null"] {
        assert_eq!(Socket::open(base, Some(origin)).await.err(), Some(403), "{origin}");
    }
    Socket::open(base, Some("https://inbox.test.example")).await.unwrap();
    // A plain request to the address is no way in.
    let plain = Client::anonymous(base).get("/api/v1/events").await;
    assert!((400..500).contains(&plain.status), "{}", plain.status);
    app.finish().await;
}

#[tokio::test]
async fn realtime_a_socket_lives_as_long_as_its_token_or_a_fresh_one() {
    let app = TestApp::with().manual_clock().sockets(short()).start().await;
    let (agent, colleague) = (app.agent().await, app.colleague().await);
    let (mut idle, mut renewed, mut swapped) = (agent.socket(None).await, agent.socket(None).await, agent.socket(None).await);
    // Somebody else's token needs a socket of its own.
    swapped.hello(&colleague.token, None).await;
    assert_eq!(swapped.closed().await, Some(4401));

    app.advance(Duration::from_secs(590));
    let fresh = agent.refresh(&agent.cookie).await.ok();
    renewed.hello(fresh["access_token"].as_str().unwrap(), None).await;
    app.advance(Duration::from_secs(20));
    assert_eq!(idle.closed().await, Some(4401));
    let fence = app.fence().await;
    renewed.until(&fence).await;
    // A token that is no more cannot renew.
    renewed.hello(&agent.token, None).await;
    assert_eq!(renewed.closed().await, Some(4401));
    app.finish().await;
}

#[tokio::test]
async fn realtime_signing_out_closes_the_sockets_of_that_session_on_every_node() {
    let mut app = TestApp::with().nodes(2).start().await;
    let (agent, again) = (app.agent().await, app.agent().await);
    let mut here = agent.socket(None).await;
    let mut there = agent.at(&app.bases[1]).socket(None).await;
    let mut other_session = again.at(&app.bases[1]).socket(None).await;
    let begun = Instant::now();
    agent.logout().await;
    assert_eq!(here.closed().await, Some(4401));
    assert_eq!(there.closed().await, Some(4401));
    // Within a second; half of one more for what else runs on this machine.
    assert!(begun.elapsed() < Duration::from_millis(1_500), "{:?}", begun.elapsed());
    let fence = app.fence().await;
    other_session.until(&fence).await;
    // Nor does it open again.
    let mut late = Socket::open(&app.bases[0], None).await.unwrap();
    late.hello(&agent.token, None).await;
    assert_eq!(late.closed().await, Some(4401));
    app.stop_node(1).await;
    app.finish().await;
}

#[tokio::test]
async fn realtime_a_node_that_stops_sends_its_sockets_away() {
    let mut app = TestApp::with().nodes(2).start().await;
    let agent = app.agent().await;
    let mut socket = agent.at(&app.bases[1]).socket(None).await;
    let (cursor, node) = (socket.cursor.clone(), app.nodes.remove(1));
    app.bases.remove(1);
    let (stopped, closed) = tokio::join!(tokio::time::timeout(Duration::from_secs(5), node.stop()), socket.closed());
    assert_eq!((closed, stopped.is_ok()), (Some(1012), true));
    // The other node goes on from there.
    app.say("15550002222", "meanwhile").await;
    agent.socket(Some(&cursor)).await.expect("message.created", |data| data["message"]["text"] == "meanwhile").await;
    app.finish().await;
}

#[tokio::test]
async fn realtime_everybody_hears_what_they_may_read() {
    let mut app = TestApp::start().await;
    let [transfers, support] = app.teams;
    let people = app.people().clone();
    let planted = [
        app.plant(Some(transfers), None).await.id,
        app.plant(Some(transfers), Some(people.agent.id)).await.id,
        app.plant(Some(transfers), Some(people.colleague.id)).await.id,
        app.plant(Some(support), None).await.id,
        app.plant(Some(support), Some(people.stranger.id)).await.id,
        app.plant(None, None).await.id,
    ];
    let admin = app.admin().await;
    let start = admin.get("/api/v1/conversations").await.cursor();
    let mut sockets = Vec::new();
    for person in people.all() {
        let client = app.login(person).await;
        let socket = client.socket(None).await;
        sockets.push((person.name, client, socket));
    }
    // A note in each, by the admin, who sees all; it changes nothing about who has it (but the admin takes part from then on).
    for id in planted {
        admin.send(id, "note", "for your eyes only").await.ok();
    }
    // And something of the customer in each.
    for id in planted {
        let who: String = app
            .probe
            .of(id, "select i.external_id from conversation c join contact_identity i on i.id = c.identity_id where c.id = $1")
            .await;
        app.say(&who, "to whom it may concern").await;
    }
    let fence = app.fence().await;
    for (name, client, socket) in &mut sockets {
        // Of messages; that somebody signed in is another matter.
        let messages = |mut events: Vec<Value>| {
            events.retain(|event| event["data"]["message"].is_object());
            events
        };
        let heard = messages(socket.until(&fence).await);
        // The same from the log.
        let resumed = messages(client.socket(Some(&start)).await.until(&fence).await);
        let of = |events: &[Value]| -> BTreeSet<String> {
            let about = |data: &Value| {
                [&data["message"]["conversation_id"], &data["conversation"]["id"]].map(|id| id.as_str().map(str::to_owned))
            };
            events.iter().map(|e| about(&e["data"]).into_iter().flatten().next().unwrap_or("?".to_owned())).collect()
        };
        let mut readable = BTreeSet::new();
        for id in planted {
            if client.get(&format!("/api/v1/conversations/{id}")).await.status == 200 {
                readable.insert(id.to_string());
            }
        }
        assert_eq!(of(&heard), readable, "{name}");
        let said = heard.iter().filter(|event| event["kind"] == "message.created").count();
        assert_eq!(said, readable.len() * 2, "{name}");
        assert_eq!(heard, resumed, "{name}");
        for event in &heard {
            assert!(event["data"]["conversation"].get("unread").is_none());
        }
    }
    app.finish().await;
}

#[tokio::test]
async fn realtime_a_team_is_told_who_took_what_and_nothing_more() {
    let app = TestApp::start().await;
    let (agent, colleague) = (app.agent().await, app.colleague().await);
    let mut mine = agent.socket(None).await;
    let mut theirs = colleague.socket(None).await;
    let mut strangers = app.login(&app.people().stranger).await.socket(None).await;
    let id = app.opens("15550002222").await;
    agent.post(&format!("/api/v1/conversations/{id}/take"), json!({})).await.ok();
    app.say("15550002222", "a secret").await;
    let reply = agent.reply(id, "another").await;
    // The provider has the call a moment before its answer is written down and told.
    app.probe.becomes(reply["id"].as_str().unwrap().parse().unwrap(), "sent").await;
    let fence = app.fence().await;
    let heard = theirs.until(&fence).await;
    let kinds: Vec<&str> = heard.iter().map(|e| e["kind"].as_str().unwrap()).collect();
    assert_eq!(kinds, ["timeline.added", "message.created", "conversation.taken"], "while it was in their queue, and its end");
    let number = agent.conversation(id).await["number"].clone();
    assert_eq!(
        heard[2]["data"],
        json!({ "id": id, "number": number, "assignee": { "id": agent.me["id"], "name": "Leila Agent" }, "team_id": app.teams[0], "state": "assigned" })
    );
    let kinds: Vec<String> = mine.until(&fence).await.iter().map(|e| e["kind"].as_str().unwrap().to_owned()).collect();
    for kind in ["conversation.taken", "conversation.updated", "timeline.added", "message.created", "message.updated"] {
        assert!(kinds.iter().any(|k| k == kind), "{kind} among {kinds:?}");
    }
    assert_eq!(strangers.until(&fence).await, Vec::<Value>::new());
    app.finish().await;
}

#[tokio::test]
async fn realtime_whoever_does_not_read_is_dropped_and_resumes() {
    let app = TestApp::start().await;
    let agent = app.agent().await;
    let mut slow = agent.socket(None).await;
    let mut quick = agent.socket(None).await;
    // More than any buffer on the way holds: 500 events of 40 kB.
    let insert = "insert into event (at, kind, user_ids, data)
                  select now(), 'flood', array[$1::uuid], jsonb_build_object('n', n, 'padding', repeat('x', 40000)) from generate_series(1, 50) n";
    for _ in 0..10 {
        sqlx::query(insert).bind(agent.id()).execute(&app.probe.0).await.unwrap();
        for n in 1..=50 {
            quick.expect("flood", |data| data["n"] == n).await;
        }
    }
    eventually("the slow one was dropped", async || (app.nodes[0].app.hub.len() == 1).then_some(())).await;
    let mut got = 0;
    let end = loop {
        match slow.next().await {
            Incoming::Json(json) if json["kind"] == "flood" => got += 1,
            Incoming::Json(_) => {}
            end => break end,
        }
    };
    assert_eq!(end, Incoming::Closed(4429));
    assert!((1..500).contains(&got), "{got}");
    // What is missing comes out of the log, from where it stopped.
    let mut resumed = agent.socket(Some(&slow.cursor.clone())).await;
    let fence = app.fence().await;
    let rest = resumed.until(&fence).await;
    assert_eq!(got + rest.len(), 500);
    assert_eq!(rest[0]["data"]["n"].as_i64().unwrap(), (got % 50) as i64 + 1);
    app.finish().await;
}
