//! The matrix of the socket: who is told what. Whatever a screen hears about a conversation is what reading it would show, and the rest is
//! for those it names.

use std::collections::{BTreeMap, BTreeSet};

use features::accounts::policy;
use reqwest::Method;
use serde_json::{Value, json};
use tests::{Answer, Client, PASSWORD, Socket, TestApp, eventually, root, webhook};
use uuid::Uuid;

use crate::accounts::tokens;

/// Who hears of a kind of event in this story.
#[derive(Debug, Clone, Copy)]
enum Hears {
    /// Whoever may read the conversation.
    Readers,
    /// These and nobody else, each of at least one.
    Only(&'static [&'static str]),
    /// No screen: it is for readers of the log alone.
    Nobody,
}

/// Every kind of event there is. What this table does not know fails the test.
const TABLE: &[(&str, Hears)] = &[
    ("access.changed", Hears::Nobody),
    ("audit.recorded", Hears::Nobody),
    ("bulk.progress", Hears::Only(&["lead"])),
    ("channel.created", Hears::Nobody),
    // Whoever writes may have a conversation of any channel in a moment.
    ("channel.paused", Hears::Only(&["admin", "agent", "colleague", "lead", "stranger", "supervisor"])),
    ("channel.updated", Hears::Only(&["admin"])),
    ("contact.updated", Hears::Readers),
    ("conversation.flood", Hears::Readers),
    ("conversation.mentioned", Hears::Only(&["colleague"])),
    ("conversation.read", Hears::Only(&["agent"])),
    // All who could have taken it drop it from their lists.
    ("conversation.taken", Hears::Only(&["admin", "agent", "colleague", "lead", "supervisor"])),
    ("conversation.updated", Hears::Readers),
    ("draft.changed", Hears::Only(&["agent"])),
    ("feedback.created", Hears::Only(&["agent", "lead"])),
    // Whose theme it is, and who is in the team that changes.
    ("me.changed", Hears::Only(&["agent", "stranger"])),
    ("message.created", Hears::Readers),
    ("message.deleted", Hears::Only(&["agent"])),
    ("message.held", Hears::Only(&["agent"])),
    ("message.updated", Hears::Readers),
    // The sign-in of this story is one of the agent's.
    ("session.started", Hears::Only(&["agent"])),
    ("tag.changed", Hears::Only(&["admin", "agent", "colleague", "lead", "stranger", "supervisor"])),
    ("tag.deleted", Hears::Only(&["admin", "agent", "colleague", "lead", "stranger", "supervisor"])),
    ("team.changed", Hears::Only(&["admin", "stranger"])),
    ("team.deleted", Hears::Only(&["admin"])),
    ("template.updated", Hears::Only(&["admin", "agent", "colleague", "lead", "stranger", "supervisor"])),
    ("timeline.added", Hears::Readers),
    ("user.changed", Hears::Only(&["admin"])),
    ("user.deactivated", Hears::Nobody),
    ("view.changed", Hears::Only(&["lead"])),
    ("view.deleted", Hears::Only(&["lead"])),
];

#[tokio::test]
async fn permissions_hold_for_every_event_of_a_socket() {
    let app = TestApp::start().await;
    let people = app.people().clone();
    let mut clients: BTreeMap<&str, Client> = BTreeMap::new();
    for (name, person) in [
        ("admin", &people.admin),
        ("agent", &people.agent),
        ("colleague", &people.colleague),
        ("lead", &people.lead),
        ("stranger", &people.stranger),
        ("supervisor", &people.supervisor),
    ] {
        clients.insert(name, app.login(person).await);
    }
    let [admin, agent, colleague, lead] = ["admin", "agent", "colleague", "lead"].map(|name| clients[name].clone());

    // One conversation of each place, seen from the agent.
    let elsewhere = app.add_channel("Support line", "700800900100299", "test-app-secret", Some(app.teams[1])).await;
    let say_elsewhere = async |words: &str| {
        let wa_id = "46701000005";
        let message = webhook::text(wa_id, &webhook::wamid(), app.unix(), words);
        let value = webhook::value(&elsewhere.phone_number_id, &[webhook::contact(wa_id, "Elsewhere")], &[message], &[]);
        app.deliver_bytes(0, &elsewhere, webhook::bytes(&webhook::envelope(tests::Channel::ACCOUNT, &value))).await.ok_text();
        app.probe.conversation_of(wa_id).await
    };
    let own = app.opens("46701000001").await;
    let queue = app.opens("46701000002").await;
    let taken = app.opens("46701000003").await;
    let closed = app.opens("46701000004").await;
    let others = say_elsewhere("Hello").await;
    let leaving = app.opens("46701000006").await;
    agent.step(own, "take", json!({})).await.ok();
    colleague.step(taken, "take", json!({})).await.ok();
    agent.step(closed, "take", json!({})).await.ok();
    agent.step(closed, "close", json!({ "reason": "resolved" })).await.ok();
    let places = [own, queue, taken, closed, others];
    // Who was mentioned reads it from then on, so that stands before anybody listens.
    let mention = format!("@[them](user:{})", people.colleague.id);
    agent.send(own, "note", &mention).await.ok();

    let mut sockets: BTreeMap<&str, Socket> = BTreeMap::new();
    for (name, client) in &clients {
        sockets.insert(name, client.socket(None).await);
    }
    let begin = app.fence().await;
    for socket in sockets.values_mut() {
        socket.until(&begin).await;
    }

    // Everything that happens to conversations, in each place.
    let tag = admin.post("/api/v1/tags", json!({ "name": "Everywhere", "color": "blue" })).await.ok();
    for id in places {
        let note = admin.send(id, "note", "For colleagues").await.ok();
        let message = note["id"].as_str().unwrap();
        admin.post(&format!("/api/v1/conversations/{id}/messages/{message}/pin"), json!({})).await.ok();
        put(&admin, &format!("/api/v1/conversations/{id}/tags/{}", tag["id"].as_str().unwrap()), None).await;
        if id != closed {
            admin.step(id, "priority", json!({ "priority": "high" })).await.ok();
        }
        let contact = admin.conversation(id).await["contact"]["id"].as_str().unwrap().to_owned();
        admin.patch(&format!("/api/v1/contacts/{contact}"), json!({ "name": format!("Renamed {contact}") })).await.ok();
    }
    for wa_id in ["46701000001", "46701000002", "46701000003"] {
        app.say(wa_id, "Are you there?").await;
    }
    say_elsewhere("Are you there?").await;
    for wa_id in ["46701000001", "46701000002", "46701000003"] {
        app.floods(wa_id, 30).await;
    }
    agent.step(leaving, "take", json!({})).await.ok();
    // And what is somebody's own.
    let path = format!("/api/v1/conversations/{own}");
    put(&agent, &format!("{path}/draft"), Some(json!({ "kind": "reply", "text": "I was", "seq": 1 }))).await;
    let held = json!({ "client_id": "held", "kind": "reply", "text": "Wait", "hold_seconds": 60 });
    let held = agent.post(&format!("{path}/messages"), held).await.ok();
    agent.delete(&format!("{path}/messages/{}", held["id"].as_str().unwrap())).await;
    let reply = agent.reply(own, "Here I am").await;
    agent.post(&format!("{path}/read"), json!({})).await.ok();
    agent.send(own, "note", &mention).await.ok();
    let feedback = format!("{path}/messages/{}/feedback", reply["id"].as_str().unwrap());
    lead.post(&feedback, json!({ "text": "Well said" })).await.ok();
    let bulk = json!({ "action": "priority", "args": { "priority": "low" }, "ids": [queue] });
    let bulk = format!("/api/v1/bulk/{}", lead.post("/api/v1/bulk", bulk).await.ok()["id"].as_str().unwrap());
    eventually("the bulk is done", async || (lead.get(&bulk).await.ok()["state"] == "done").then_some(())).await;
    admin.patch(&format!("/api/v1/channels/{}", app.channel.id), json!({ "reopen_hours": 25 })).await.ok();
    for what in ["pause", "resume"] {
        admin.post(&format!("/api/v1/channels/{}/{what}", app.channel.id), json!({})).await.ok();
    }
    app.add_channel("Third line", "700800900100298", "test-app-secret", None).await;
    app.graph
        .templates(vec![json!({ "id": "t1", "name": "hello", "language": "en", "status": "APPROVED", "category": "UTILITY",
        "components": [{ "type": "BODY", "text": "Hello" }] })]);
    assert_eq!(admin.post(&format!("/api/v1/channels/{}/templates/sync", app.channel.id), json!({})).await.status, 202);
    eventually("the templates are read", async || {
        (app.probe.one::<i64>("select count(*) from template").await == 1).then_some(())
    })
    .await;
    let view = lead.post("/api/v1/views", json!({ "name": "Mine", "filter": { "view": "mine" } })).await.ok();
    lead.delete(&format!("/api/v1/views/{}", view["id"].as_str().unwrap())).await;
    agent.patch("/api/v1/me", json!({ "theme": "dark" })).await.ok();
    app.agent().await;
    admin.patch(&format!("/api/v1/teams/{}", app.teams[1]), json!({ "description": "Answers what Transfers cannot" })).await.ok();
    let team = admin.post("/api/v1/teams", json!({ "name": "For a moment" })).await.ok();
    admin.delete(&format!("/api/v1/teams/{}", team["id"].as_str().unwrap())).await;
    let new = json!({ "name": "New", "email": "new@test.example", "role": "agent", "password": PASSWORD });
    let new = admin.post("/api/v1/users", new).await.ok();
    let gone = Client::login(&app.bases[0], "new@test.example", PASSWORD).await;
    admin.patch(&format!("/api/v1/users/{}", new["id"].as_str().unwrap()), json!({ "active": false })).await.ok();
    admin.delete(&format!("/api/v1/tags/{}", tag["id"].as_str().unwrap())).await;
    // What follows by itself has happened before the end.
    app.probe.becomes(reply["id"].as_str().unwrap().parse().unwrap(), "sent").await;
    eventually("no conversation carries the tag", async || {
        (app.probe.one::<i64>("select count(*) from conversation where tag_ids <> '{}'").await == 0).then_some(())
    })
    .await;

    let end = app.fence().await;
    let mut heard: BTreeMap<&str, BTreeSet<String>> = BTreeMap::new();
    let mut told: BTreeMap<&str, Vec<Value>> = BTreeMap::new();
    for (name, socket) in &mut sockets {
        let events = socket.until(&end).await;
        heard.insert(name, events.iter().map(|event| event["cursor"].as_str().unwrap().to_owned()).collect());
        told.insert(name, events);
    }
    let mut readers: BTreeMap<Uuid, BTreeSet<&str>> = BTreeMap::new();
    for id in places.into_iter().chain([leaving]) {
        for (name, client) in &clients {
            if client.get(&format!("/api/v1/conversations/{id}")).await.status == 200 {
                readers.entry(id).or_default().insert(name);
            }
        }
    }
    let log: Vec<(String, String, Option<Uuid>)> = sqlx::query_as(
        "select e.xid::text || '-' || e.position, e.kind, e.conversation_id from event e, event f, event l
          where f.data ->> 'id' = $1 and l.data ->> 'id' = $2 and e.kind <> 'fence'
            and (e.xid, e.position) > (f.xid, f.position) and (e.xid, e.position) < (l.xid, l.position)",
    )
    .bind(&begin)
    .bind(&end)
    .fetch_all(&app.probe.0)
    .await
    .unwrap();
    what_is_told_is_what_reading_shows(&clients, &told).await;
    let (mut cells, mut once) = (0, BTreeMap::<&str, BTreeSet<&str>>::new());
    for (cursor, kind, conversation) in &log {
        let (kind, hears) = TABLE
            .iter()
            .find(|(known, _)| known == kind)
            .unwrap_or_else(|| panic!("the table does not know {kind}; say who hears it"));
        for name in clients.keys() {
            let got = heard[name].contains(cursor);
            match hears {
                Hears::Readers => {
                    let reads = readers[&conversation.unwrap()].contains(name);
                    assert_eq!(got, reads, "{name} hears {kind} of {conversation:?}, and reading it says {reads}");
                }
                Hears::Only(names) => assert!(!got || names.contains(name), "{name} hears {kind}"),
                Hears::Nobody => assert!(!got, "{name} hears {kind}"),
            }
            if got {
                once.entry(kind).or_default().insert(name);
            }
            cells += 1;
        }
    }
    told_as_the_policy_says(&app).await;
    for (kind, hears) in TABLE {
        assert!(log.iter().any(|(_, known, _)| known == kind), "nothing in this story is a {kind}");
        if let Hears::Only(names) = hears {
            assert_eq!(once[kind], names.iter().copied().collect(), "{kind}");
        }
    }
    assert_eq!(cells, log.len() * clients.len());
    // Each place is told to different people, or this shows nothing.
    assert_eq!(readers.values().collect::<BTreeSet<_>>().len(), 4, "{readers:?}");

    // Those who may not come in hear nothing at all.
    for (who, token) in
        [("deactivated", gone.token.clone()), ("expired", tokens::expired(&agent.token)), ("anonymous", String::new())]
    {
        let mut socket = Socket::open(&app.bases[0], None).await.unwrap();
        socket.hello(&token, None).await;
        assert_eq!(socket.closed().await, Some(4401), "{who}");
    }
    app.finish().await;
}

/// What a socket told of a conversation that its user still reads is in what they get by reading it: nothing more, and nothing that only the
/// others are shown. The last event of each thing, for earlier ones tell what it was then.
async fn what_is_told_is_what_reading_shows(clients: &BTreeMap<&str, Client>, told: &BTreeMap<&str, Vec<Value>>) {
    let mut compared: BTreeMap<&str, usize> = BTreeMap::new();
    for (name, events) in told {
        let client = &clients[name];
        let mut latest: BTreeMap<(&str, String), &Value> = BTreeMap::new();
        for event in events {
            let data = &event["data"];
            for (noun, thing) in [
                ("conversation", &data["conversation"]),
                ("message", &data["message"]),
                ("entry", &data["entry"]),
                ("contact", &data["contact"]),
            ] {
                if let Some(id) = thing["id"].as_str() {
                    latest.insert((noun, id.to_owned()), if noun == "entry" { data } else { thing });
                }
            }
        }
        for ((noun, id), told) in latest {
            let of = told["conversation_id"].as_str().unwrap_or(&id).to_owned();
            let path = match noun {
                "contact" => format!("/api/v1/contacts/{id}"),
                _ => format!("/api/v1/conversations/{of}"),
            };
            let read = match noun {
                "conversation" | "contact" => client.get(&path).await.ok(),
                "entry" => find(client.timeline(of.parse().unwrap()).await, told["entry"]["id"].as_str().unwrap()),
                // What was held was taken back: it is in no list, and was its author's alone.
                _ if told["seq"].is_null() => continue,
                _ => find(client.messages(of.parse().unwrap()).await, &id),
            };
            let told = if noun == "entry" { &told["entry"] } else { told };
            for (field, value) in told.as_object().unwrap() {
                assert_eq!(&read[field], value, "{name} is told another {field} of {noun} {id} than they read");
            }
            *compared.entry(noun).or_default() += 1;
        }
    }
    for noun in ["conversation", "message", "entry", "contact"] {
        assert!(compared.get(noun).is_some_and(|count| *count >= 10), "{noun}: {compared:?}");
    }
}

fn find(rows: Vec<Value>, id: &str) -> Value {
    rows.into_iter().find(|row| row["id"] == id).unwrap_or_else(|| panic!("{id} is told, and not in what is read"))
}

/// The audience of every event in the log is of the sort that the policy says of its kind.
async fn told_as_the_policy_says(app: &TestApp) {
    let log: Vec<(String, Option<Uuid>, i32, Value)> = app
        .probe
        .all("select kind, conversation_id, coalesce(cardinality(user_ids), 0), data from event where kind <> 'fence'")
        .await;
    for (kind, conversation, named, data) in log {
        let known = policy::EVENTS.iter().find(|(known, _)| *known == kind);
        let (_, hears) = known.unwrap_or_else(|| panic!("the policy does not know {kind}; say who hears it"));
        let held = kind == "message.updated" && data["message"]["seq"].is_null();
        let fits = match hears {
            _ if held => conversation.is_none() && named == 1,
            policy::Hears::Readers | policy::Hears::FormerReaders => conversation.is_some(),
            policy::Hears::Own => conversation.is_none() && named == 1,
            // A team may have nobody.
            policy::Hears::Named(_) => conversation.is_none(),
            // Whose sockets close is said by name; the socket itself never tells of it.
            policy::Hears::Nobody => conversation.is_none() && (named == 0 || kind == "access.changed"),
        };
        assert!(fits, "{kind} went to {conversation:?} and {named} people, not as {hears:?}: {data}");
    }
}

/// What somebody had and gave to another team is told to those who saw it go, and not to whoever never saw it; and where it went is not
/// told to those whom it has left.
#[tokio::test]
async fn permissions_hold_for_what_leaves_a_team() {
    let app = TestApp::start().await;
    let people = app.people().clone();
    let mut sockets = Vec::new();
    let agent = app.agent().await;
    let id = app.opens("46701000001").await;
    agent.step(id, "take", json!({})).await.ok();
    for (person, hears) in [
        (&people.agent, true),
        (&people.colleague, false),
        (&people.lead, true),
        (&people.supervisor, true),
        (&people.admin, true),
        (&people.stranger, false),
    ] {
        sockets.push((person.name, hears, app.login(person).await.socket(None).await));
    }
    let begin = app.fence().await;
    for (_, _, socket) in &mut sockets {
        socket.until(&begin).await;
    }
    let to = json!({ "team_id": app.teams[1], "user_id": people.stranger.id });
    agent.step(id, "transfer", to).await.ok();
    let end = app.fence().await;
    for (name, hears, socket) in &mut sockets {
        let events = socket.until(&end).await;
        let told: Vec<&Value> = events.iter().filter(|e| e["kind"] == "conversation.taken").map(|e| &e["data"]).collect();
        assert_eq!(told.len(), usize::from(*hears), "{name}: {told:?}");
        for data in told {
            assert_eq!((&data["assignee"], &data["team_id"]), (&Value::Null, &json!(app.teams[0])), "{name}");
        }
    }
    app.finish().await;
}

/// The table holds every kind that the code names.
#[test]
fn permissions_know_every_kind_of_event() {
    let mut named = BTreeSet::new();
    for folder in ["crates/kernel/src", "crates/features/src"] {
        let mut folders = vec![root().join(folder)];
        while let Some(folder) = folders.pop() {
            for entry in std::fs::read_dir(folder).unwrap() {
                let path = entry.unwrap().path();
                if path.is_dir() {
                    folders.push(path);
                } else if path.extension().is_some_and(|e| e == "rs") {
                    named.extend(std::fs::read_to_string(path).unwrap().lines().filter_map(kind_of).map(str::to_owned));
                }
            }
        }
    }
    assert_eq!(named, TABLE.iter().map(|(kind, _)| (*kind).to_owned()).collect());
    assert_eq!(named, policy::EVENTS.iter().map(|(kind, _)| (*kind).to_owned()).collect());
}

/// The kind of event that a line of code gives a name to.
fn kind_of(line: &str) -> Option<&str> {
    let (name, value) = line.trim().strip_prefix("pub ")?.split_once("const ")?.1.split_once(": &str = \"")?;
    let value = value.strip_suffix("\";")?;
    (!name.is_empty()
        && value.split_once('.').is_some_and(|(noun, verb)| !noun.is_empty() && verb.chars().all(|c| c.is_ascii_lowercase())))
    .then_some(value)
}

async fn put(client: &Client, path: &str, body: Option<Value>) {
    let request = client.request(Method::PUT, path);
    let answer = Answer::of(match body {
        Some(body) => request.json(&body),
        None => request,
    })
    .await;
    assert!(answer.status < 300, "{path}: {}", answer.text());
}
