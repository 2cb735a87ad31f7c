//! Coming back: a client that was away has, after its resume, what a client has that loads everything afresh.

use std::{
    collections::{BTreeMap, HashSet},
    sync::atomic::{AtomicBool, Ordering},
    time::Duration,
};

use kernel::realtime::SocketLimits;
use rand::{RngExt, SeedableRng, rngs::StdRng};
use serde_json::{Value, json};
use tests::{Channel, Client, Incoming, Socket, TestApp, webhook};
use uuid::Uuid;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn realtime_resuming_under_load_misses_nothing_and_repeats_nothing() {
    let mut app = TestApp::with().nodes(2).start().await;
    let lead = app.login(&app.people().lead).await;
    let (seed, done) = (Uuid::new_v4().as_u128() as u64, AtomicBool::new(false));
    let first = lead.socket(None).await.cursor.clone();
    let load = async {
        let writers = (0..6).map(|writer| {
            let app = &app;
            async move {
                for n in 0..50 {
                    let who = format!("1555700{writer}{:02}", n % 7);
                    let message = webhook::text(&who, &format!("load-{writer}-{n}"), app.unix(), "load");
                    let value = webhook::value(&app.channel.phone_number_id, &[webhook::contact(&who, &who)], &[message], &[]);
                    let body = webhook::bytes(&webhook::envelope(Channel::ACCOUNT, &value));
                    app.deliver_bytes((writer + n) % 2, &app.channel, body).await.ok_text();
                }
            }
        });
        futures_util::future::join_all(writers).await;
        done.store(true, Ordering::Relaxed);
    };
    // Three clients that lose their connection all the time, now at one node, now at the other.
    let clients = (0..3u64).map(|k| {
        let (app, lead, done, mut cursor) = (&app, &lead, &done, first.clone());
        async move {
            let mut rng = StdRng::seed_from_u64(seed + k);
            let mut seen: Vec<String> = Vec::new();
            loop {
                let last = done.load(Ordering::Relaxed);
                let mut socket = lead.at(&app.bases[rng.random_range(0..2)]).socket(Some(&cursor)).await;
                let fence = if last { Some(app.fence().await) } else { None };
                let mut left: usize = rng.random_range(1..25);
                while left > 0 {
                    match socket.next_within(Duration::from_millis(300)).await {
                        Some(Incoming::Json(event)) => {
                            if event["kind"] == "message.created" {
                                seen.push(event["data"]["message"]["id"].as_str().unwrap().to_owned());
                                left -= usize::from(fence.is_none());
                            }
                            if event["kind"] == "fence" && Some(event["data"]["id"].as_str().unwrap()) == fence.as_deref() {
                                return seen;
                            }
                        }
                        Some(other) => panic!("{other:?}, seed {seed}"),
                        None if fence.is_none() => break,
                        None => {}
                    }
                }
                cursor = socket.cursor.clone();
            }
        }
    });
    let (_, seen) = tokio::join!(load, futures_util::future::join_all(clients));
    let all: Vec<(Uuid,)> = app.probe.all("select id from message").await;
    assert_eq!(all.len(), 300);
    for seen in seen {
        let distinct: HashSet<&String> = seen.iter().collect();
        assert_eq!(distinct.len(), seen.len(), "nothing twice, seed {seed}");
        assert!(all.iter().all(|(id,)| distinct.contains(&id.to_string())), "nothing missing, seed {seed}");
    }
    app.stop_node(1).await;
    app.finish().await;
}

#[tokio::test]
async fn realtime_a_cursor_that_leads_nowhere_means_reload() {
    let app = TestApp::with().sockets(SocketLimits { resume: 20, ..SocketLimits::default() }).start().await;
    let agent = app.agent().await;
    app.say("15550002222", "before").await;
    let resumes = async |after: &str| {
        let mut socket = Socket::open(&app.bases[0], None).await.unwrap();
        socket.hello(&agent.token, Some(after)).await;
        let resync = socket.ready().await;
        // From then on it is live, whatever it was told.
        let fence = app.fence().await;
        (resync, socket.until(&fence).await.len())
    };
    // A cursor stays before whatever transaction is still open, in any database of the server.
    let old = tests::eventually("nothing comes after the cursor", async || {
        let cursor = agent.get("/api/v1/conversations").await.cursor();
        (resumes(&cursor).await == (false, 0)).then_some(cursor)
    })
    .await;
    // Garbage, another database's, the future's.
    for after in ["", "x", "1", "-", "1-2-3", "99999999999999999999-1", "9999999999-1", "-5-1"] {
        assert_eq!(resumes(after).await, (true, 0), "{after:?}");
    }
    // Older than what is kept.
    let (xid, position): (String, i64) =
        sqlx::query_as("select xid::text, position from event order by xid desc, position desc limit 1")
            .fetch_one(&app.probe.0)
            .await
            .unwrap();
    sqlx::query("update event_horizon set dropped_xid = $1::xid8, dropped_position = $2")
        .bind(&xid)
        .bind(position)
        .execute(&app.probe.0)
        .await
        .unwrap();
    assert!(resumes(&old).await.0);
    assert!(!resumes(&format!("{xid}-{position}")).await.0, "the horizon itself still holds");
    // More than it is worth to read through.
    let here = agent.get("/api/v1/conversations").await.cursor();
    for n in 0..25 {
        app.say("15550002222", &format!("message {n}")).await;
    }
    // They are seen once no older transaction is open, in any database of the server.
    tests::eventually("what came since is too much", async || resumes(&here).await.0.then_some(())).await;
    app.finish().await;
}

/// A client's own picture, kept by events alone.
#[derive(Default)]
struct Mirror {
    conversations: BTreeMap<String, Value>,
    messages: BTreeMap<String, Value>,
    read: BTreeMap<String, i64>,
    /// The conversations of messages that wait for their time.
    held: BTreeMap<String, String>,
    timelines: BTreeMap<String, Vec<Value>>,
}

impl Mirror {
    fn apply(&mut self, event: &Value) {
        let data = &event["data"];
        if let Some(message) = data["message"].as_object() {
            let id = message["id"].as_str().unwrap().to_owned();
            if message["status"] == "held" {
                self.held.insert(id, message["conversation_id"].as_str().unwrap().to_owned());
            } else {
                self.held.remove(&id);
                self.messages.insert(id, data["message"].clone());
            }
        }
        if let Some(conversation) = data["conversation"].as_object() {
            self.conversations.insert(conversation["id"].as_str().unwrap().to_owned(), data["conversation"].clone());
        }
        // Tags change on every conversation at once; one that went takes itself off, and the conversations say what came instead.
        let tag = match event["kind"].as_str() {
            Some("tag.changed") => Some((data["tag"]["id"].clone(), Some(data["tag"].clone()))),
            Some("tag.deleted") => Some((data["id"].clone(), None)),
            _ => None,
        };
        for conversation in self.conversations.values_mut().filter(|_| tag.is_some()) {
            let (id, new) = tag.as_ref().unwrap();
            let tags = conversation["tags"].as_array_mut().unwrap();
            match new {
                Some(new) => tags.iter_mut().filter(|t| t["id"] == *id).for_each(|t| {
                    (t["name"], t["color"]) = (new["name"].clone(), new["color"].clone());
                }),
                None => tags.retain(|t| t["id"] != *id),
            }
        }
        if event["kind"] == "timeline.added" {
            let id = data["conversation_id"].as_str().unwrap().to_owned();
            self.timelines.entry(id).or_default().push(data["entry"].clone());
        }
        if event["kind"] == "message.deleted" {
            self.held.remove(data["id"].as_str().unwrap());
        }
        if event["kind"] == "conversation.read" {
            self.read.insert(data["conversation_id"].as_str().unwrap().to_owned(), data["inbound_count"].as_i64().unwrap());
        }
    }

    /// What a fresh load gives, put in the same form, must be the same.
    async fn must_equal_a_fresh_load(&self, client: &Client, after: &str) {
        let rows = client.pages("/api/v1/conversations?limit=200").await;
        assert_eq!(rows.len(), self.conversations.len(), "after {after}");
        for mut row in rows {
            let id = row["id"].as_str().unwrap().to_owned();
            let scheduled = row.as_object_mut().unwrap().remove("scheduled").unwrap();
            assert_eq!(scheduled, json!(self.held.values().filter(|of| **of == id).count()), "after {after}");
            let unread = row.as_object_mut().unwrap().remove("unread").unwrap();
            row.as_object_mut().unwrap().remove("mentioned").unwrap();
            let read = self.read.get(&id).copied().unwrap_or(0);
            assert_eq!(unread, json!(row["inbound_count"].as_i64().unwrap() - read), "after {after}");
            assert_eq!(self.conversations[&id], row, "after {after}");
            assert_eq!(self.timelines[&id], client.timeline(id.parse().unwrap()).await, "after {after}");
            for mut message in client.messages(id.parse().unwrap()).await {
                message.as_object_mut().unwrap().remove("feedback_count");
                assert_eq!(self.messages[message["id"].as_str().unwrap()], message, "after {after}");
            }
        }
    }
}

#[tokio::test]
async fn realtime_state_and_events_are_a_fresh_load_after_every_action() {
    let app = TestApp::start().await;
    let agent = app.agent().await;
    let lead = app.login(&app.people().lead).await;
    let mut mirrors = [
        (agent.clone(), agent.socket(None).await, Mirror::default()),
        (lead.clone(), lead.socket(None).await, Mirror::default()),
    ];
    let who = "15550002222";
    let mut id = Uuid::nil();
    let mut ours = json!(null);
    let admin = app.admin().await;
    let mut tags = [json!("one"), json!("two")];
    app.graph.for_text("unclear", tests::Reply::Drop);
    app.graph.for_text("refused", tests::Reply::refuse(400, 131_026));
    for action in [
        "message",
        "second message",
        "new name",
        "note",
        "read",
        "take",
        "reply",
        "sent",
        "delivered",
        "read status",
        "unclear",
        "confirm",
        "refused",
        "retry",
        "failed status",
        "reaction",
        "new number",
        "held",
        "changed",
        "taken back",
        "held and sent",
        "draft",
        "lead replies",
        "batch",
        "mention",
        "pin",
        "unpin",
        "feedback",
        "tag",
        "tag renamed",
        "tag merged",
        "untag",
        "contact changed",
        "block",
        "blocked says",
        "unblock",
        "snooze",
        "customer wakes",
        "snooze until",
        "unsnooze",
        "priority",
        "lead assigns",
        "lead takes back",
        "take next",
        "close",
        "customer reopens",
        "close again",
        "reopen",
        "hand over",
        "transfer",
    ] {
        let verdict =
            |verdict: &str| format!("/api/v1/conversations/{id}/messages/{}/{verdict}", ours["id"].as_str().unwrap_or_default());
        match action {
            "message" => id = app.opens(who).await,
            "mention" => {
                ours = agent.send(id, "note", &format!("@[x](user:{}) look", lead.id())).await.ok();
            }
            "pin" | "unpin" => drop(agent.post(&verdict(action), json!({})).await.ok()),
            "feedback" => drop(lead.post(&verdict("feedback"), json!({ "text": "good note" })).await.ok()),
            "tag" => {
                for tag in &mut tags {
                    let new = json!({ "name": format!("tag {}", tag.as_str().unwrap()), "color": "red" });
                    *tag = admin.post("/api/v1/tags", new).await.ok();
                }
                let path = format!("/api/v1/conversations/{id}/tags/{}", tags[0]["id"].as_str().unwrap());
                agent.put(&path).await.ok();
            }
            "tag renamed" => {
                let path = format!("/api/v1/tags/{}", tags[0]["id"].as_str().unwrap());
                admin.patch(&path, json!({ "name": "renamed", "color": "blue" })).await.ok();
            }
            "tag merged" => {
                let path = format!("/api/v1/tags/{}/merge", tags[0]["id"].as_str().unwrap());
                admin.post(&path, json!({ "into": tags[1]["id"] })).await.ok();
                // Its conversations follow in the background.
                let into: Uuid = tags[1]["id"].as_str().unwrap().parse().unwrap();
                tests::eventually("the tag is swept", async || {
                    let on: i64 = app.probe.of(into, "select count(*) from conversation where tag_ids = array[$1]").await;
                    (on == 1).then_some(())
                })
                .await;
            }
            "untag" => {
                let path = format!("/api/v1/conversations/{id}/tags/{}", tags[1]["id"].as_str().unwrap());
                agent.delete(&path).await.ok();
            }
            "contact changed" | "block" | "unblock" => {
                let contact: Uuid = app.probe.of(id, "select contact_id from conversation where id = $1").await;
                let path = format!("/api/v1/contacts/{contact}");
                match action {
                    "contact changed" => lead.patch(&path, json!({ "name": "Zoë Kraft" })).await.ok(),
                    _ => lead.post(&format!("{path}/{action}"), json!({})).await.ok(),
                };
            }
            "blocked says" => drop(app.say("15550003333", "let me in").await),
            "second message" => drop(app.say(who, "second").await),
            "new name" => {
                let message = webhook::text(who, "named", app.unix(), "I am Zoë now");
                app.deliver(&app.envelope(&[webhook::contact(who, "Zoë")], &[message], &[])).await.ok_text();
            }
            "note" => drop(agent.send(id, "note", "a note").await.ok()),
            "read" => drop(agent.post(&format!("/api/v1/conversations/{id}/read"), json!({ "seq": 2 })).await.ok()),
            "take" => drop(agent.post(&format!("/api/v1/conversations/{id}/take"), json!({})).await.ok()),
            "reply" | "unclear" | "refused" => {
                ours = agent.reply(id, action).await;
                app.graph.call(action).await;
                let status = [("reply", "sent"), ("unclear", "unconfirmed"), ("refused", "failed")]
                    .iter()
                    .find(|(a, _)| *a == action)
                    .unwrap()
                    .1;
                app.probe.becomes(ours["id"].as_str().unwrap().parse().unwrap(), status).await;
            }
            "sent" => app.report(app.graph.call("reply").await.wamid(), "sent", None).await,
            "delivered" => app.report(app.graph.call("reply").await.wamid(), "delivered", None).await,
            "read status" => app.report(app.graph.call("reply").await.wamid(), "read", None).await,
            "confirm" => drop(agent.post(&verdict("confirm"), json!({})).await.ok()),
            "retry" => {
                agent.post(&verdict("retry"), json!({})).await.ok();
                app.probe.becomes(ours["id"].as_str().unwrap().parse().unwrap(), "sent").await;
            }
            "failed status" => {
                let call = app.graph.calls().into_iter().rfind(|call| call.text() == "refused").unwrap();
                app.report(call.wamid(), "failed", None).await;
            }
            "reaction" => {
                let reaction =
                    webhook::message(who, "reaction", app.unix(), "reaction", json!({ "message_id": "named", "emoji": "👍" }));
                app.deliver_messages(who, &[reaction]).await.ok_text();
            }
            "new number" => {
                let notice = webhook::message(
                    who,
                    "moved",
                    app.unix(),
                    "system",
                    json!({ "type": "user_changed_number", "body": "moved", "wa_id": "15550003333" }),
                );
                app.deliver(&app.envelope(&[], &[notice], &[])).await.ok_text();
            }
            "held" | "held and sent" => {
                let seconds = if action == "held" { 60 } else { 1 };
                let body = json!({ "client_id": action, "kind": "reply", "text": action, "hold_seconds": seconds });
                ours = agent.post(&format!("/api/v1/conversations/{id}/messages"), body).await.ok();
                if action == "held and sent" {
                    app.graph.call(action).await;
                    app.probe.becomes(ours["id"].as_str().unwrap().parse().unwrap(), "sent").await;
                }
            }
            "changed" => drop(agent.patch(verdict("").trim_end_matches('/'), json!({ "text": "other words" })).await.ok()),
            "taken back" => {
                let request = agent.request(reqwest::Method::DELETE, verdict("").trim_end_matches('/'));
                drop(tests::Answer::of(request).await.ok());
            }
            "draft" => {
                let body = json!({ "kind": "reply", "text": "I was about to", "seq": 1 });
                let request = agent.request(reqwest::Method::PUT, &format!("/api/v1/conversations/{id}/draft"));
                drop(tests::Answer::of(request.json(&body)).await.ok());
            }
            "lead replies" => {
                let reply = lead.reply(id, "the lead").await;
                app.probe.becomes(reply["id"].as_str().unwrap().parse().unwrap(), "sent").await;
            }
            "snooze" => drop(agent.step(id, "snooze", json!({})).await.ok()),
            "snooze until" => {
                let until = app.clock.now() + chrono::Duration::hours(3);
                drop(agent.step(id, "snooze", json!({ "until": until })).await.ok());
            }
            "customer wakes" | "customer reopens" => drop(app.say("15550003333", action).await),
            "unsnooze" | "reopen" => drop(agent.step(id, action, json!({})).await.ok()),
            "priority" => drop(agent.step(id, "priority", json!({ "priority": "high" })).await.ok()),
            "lead assigns" => {
                let to = app.people().colleague.id;
                drop(lead.step(id, "assign", json!({ "user_id": to, "note": "Please look" })).await.ok());
            }
            "lead takes back" => drop(lead.step(id, "assign", json!({ "user_id": null })).await.ok()),
            "take next" => drop(agent.post(&format!("/api/v1/queues/{}/take-next", app.teams[0]), json!({})).await.ok()),
            "close" | "close again" => {
                let body = json!({ "reason": "resolved", "note": "All is said" });
                drop(agent.step(id, "close", body).await.ok());
            }
            "hand over" => drop(agent.post("/api/v1/me/hand-over", json!({ "to": "queue" })).await.ok()),
            "transfer" => {
                let body = json!({ "team_id": app.teams[1], "note": "Yours, I think" });
                drop(lead.step(id, "transfer", body).await.ok());
            }
            _ => {
                let messages: Vec<Value> =
                    (0..5).map(|n| webhook::text("15550003333", &format!("batch{n}"), app.unix(), "batch")).collect();
                app.deliver_messages("15550003333", &messages).await.ok_text();
            }
        }
        let fence = app.fence().await;
        for (client, socket, mirror) in &mut mirrors {
            for event in socket.until(&fence).await {
                mirror.apply(&event);
            }
            mirror.must_equal_a_fresh_load(client, action).await;
        }
    }
    app.finish().await;
}
