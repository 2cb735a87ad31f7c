//! Notes: who is mentioned and what that gives them, pins, and feedback.

use features::accounts::{self, Maker, NewUser};
use futures_util::future::join_all;
use kernel::auth::{Actor, Role};
use serde_json::{Value, json};
use tests::{Answer, Client, PASSWORD, TestApp};
use uuid::Uuid;

const WHO: &str = "15550002222";

fn user(name: &str, id: Uuid) -> String {
    format!("@[{name}](user:{id})")
}

fn team(name: &str, id: Uuid) -> String {
    format!("@[{name}](team:{id})")
}

/// A lead of Support, signed in.
async fn other_lead(app: &TestApp) -> Client {
    let node = &app.nodes[0].app;
    let mut tx = node.db.begin().await.unwrap();
    let new = NewUser {
        name: "Ines Lead".into(),
        email: "ines@test.example".into(),
        role: Role::TeamLead,
        password: Some(PASSWORD.into()),
        team_ids: vec![app.teams[1]],
    };
    accounts::create_user(&Maker::of(node), &mut tx, &Actor::system("test"), new).await.unwrap();
    tx.commit().await.unwrap();
    Client::login(&app.bases[0], "ines@test.example", PASSWORD).await
}

async fn taken(app: &TestApp, by: &Client) -> Uuid {
    let id = app.opens(WHO).await;
    by.post(&format!("/api/v1/conversations/{id}/take"), json!({})).await.ok();
    id
}

#[tokio::test]
async fn notes_mentioning_somebody_lets_them_in() {
    let app = TestApp::start().await;
    let people = app.people().clone();
    let (agent, colleague, stranger) = (app.agent().await, app.colleague().await, app.login(&people.stranger).await);
    let id = taken(&app, &agent).await;
    let path = format!("/api/v1/conversations/{id}");
    colleague.get(&path).await.refused(404, "not_found");
    let (mut theirs, mut strangers) = (colleague.socket(None).await, stranger.socket(None).await);

    // The name in the text is anybody's to write; the id counts.
    let text = format!(
        "{} and {}, look: {}",
        user("The Boss", people.colleague.id),
        team("Support", app.teams[1]),
        user("me", agent.id())
    );
    let note = agent.send(id, "note", &text).await.ok();
    assert_eq!(note["text"], text);
    assert_eq!(
        note["mentions"],
        json!([
            { "type": "user", "id": people.colleague.id, "name": people.colleague.name },
            { "type": "team", "id": app.teams[1], "name": "Support" },
            { "type": "user", "id": agent.id(), "name": people.agent.name },
        ])
    );
    let words = "@Omar Colleague and @Support, look: @Leila Agent";
    assert_eq!(note["preview"], words);
    assert_eq!(agent.conversation(id).await["last_message"]["preview"], words);
    assert_eq!(agent.conversation(id).await["mentioned"], false, "nobody tells themselves");

    let told = theirs.expect("conversation.mentioned", |data| data["message_id"] == note["id"]).await;
    assert_eq!(told["data"]["preview"], words);
    assert_eq!(told["data"]["by"], json!({ "id": agent.id(), "name": people.agent.name }));
    assert_eq!(told["data"]["conversation_id"], id.to_string());
    // Support does not have it: its people hear that they were asked, and no more.
    let told = strangers.expect("conversation.mentioned", |data| data["message_id"] == note["id"]).await;
    assert_eq!(told["data"]["preview"], Value::Null);
    stranger.get(&path).await.refused(404, "not_found");
    assert_eq!(app.probe.one::<i64>("select count(*) from conversation_mention").await, 1);

    // They see it from then on, also what is said later; reading up to the note is having seen it.
    let seen = colleague.conversation(id).await;
    assert_eq!((&seen["mentioned"], &seen["assignee"]["name"]), (&json!(true), &json!(people.agent.name)));
    let listed = colleague.pages("/api/v1/conversations?view=mentions&limit=10").await;
    assert_eq!((listed.len(), &listed[0]["mentioned"]), (1, &json!(true)));
    let read =
        |seq: i64| colleague.post("/api/v1/conversations/ID/read".replace("ID", &id.to_string()).leak(), json!({ "seq": seq }));
    assert_eq!(read(1).await.ok()["mentioned"], true, "the note comes after");
    assert_eq!(read(2).await.ok()["mentioned"], false);
    agent.send(id, "note", &format!("{} again", user("x", people.colleague.id))).await.ok();
    assert_eq!(colleague.conversation(id).await["mentioned"], true);
    assert_eq!(read(9).await.ok()["mentioned"], false);
    assert_eq!(app.probe.one::<i64>("select count(*) from conversation_mention where seen_at is null").await, 0);
    app.finish().await;
}

#[tokio::test]
async fn notes_mentioning_the_team_that_has_it_lets_its_people_in() {
    let app = TestApp::start().await;
    let (agent, colleague) = (app.agent().await, app.colleague().await);
    let id = taken(&app, &agent).await;
    let mut socket = colleague.socket(None).await;
    agent.send(id, "note", &format!("{} who knows?", team("Transfers", app.teams[0]))).await.ok();
    let told = socket.expect("conversation.mentioned", |_| true).await;
    assert_eq!(told["data"]["preview"], "@Transfers who knows?");
    assert_eq!(colleague.conversation(id).await["mentioned"], true);
    // Twice in one note is once.
    let me = user("x", colleague.id());
    let note = agent.send(id, "note", &format!("{me}{me} {}", team("T", app.teams[0]))).await.ok();
    assert_eq!(note["mentions"].as_array().unwrap().len(), 2);
    let participants: i64 = app.probe.of(id, "select cardinality(participant_ids)::bigint from conversation where id = $1").await;
    let distinct: i64 =
        app.probe.of(id, "select count(distinct p) from conversation, unnest(participant_ids) as p where id = $1").await;
    assert_eq!(participants, distinct);
    app.finish().await;
}

#[tokio::test]
async fn notes_mention_only_whom_one_can_ask() {
    let app = TestApp::start().await;
    let people = app.people().clone();
    let agent = app.agent().await;
    let id = taken(&app, &agent).await;
    app.probe.run("update app_user set active = false where email = 'colleague@test.example'").await;
    for text in [
        user("Nobody", Uuid::from_u128(7)),
        user("Omar", people.colleague.id),
        team("Nothing", Uuid::from_u128(7)),
        // Each kind of id is its own.
        team("Omar", people.stranger.id),
        user("Support", app.teams[1]),
        format!("{} {}", user("Nora", people.stranger.id), user("<b>", Uuid::from_u128(8))),
    ] {
        assert_eq!(agent.send(id, "note", &text).await.fields(), ["text"], "{text}");
    }
    let many: String = (0..51).map(|n| user("x", Uuid::from_u128(n))).collect();
    assert_eq!(agent.send(id, "note", &many).await.fields(), ["text"]);
    assert_eq!(agent.messages(id).await.len(), 1, "nothing of it was written");
    // What goes to the customer mentions nobody, whatever it looks like.
    let text = format!("see {}", user("Nora", people.stranger.id));
    let reply = agent.reply(id, &text).await;
    assert_eq!((&reply["mentions"], &reply["preview"]), (&json!([]), &json!(text)));
    app.graph.call(&text).await;
    app.login(&people.stranger).await.get(&format!("/api/v1/conversations/{id}")).await.refused(404, "not_found");
    app.finish().await;
}

fn message(id: Uuid, message: &Value, what: &str) -> String {
    format!("/api/v1/conversations/{id}/messages/{}/{what}", message["id"].as_str().unwrap())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn notes_are_pinned_up_to_ten() {
    let mut app = TestApp::with().nodes(2).start().await;
    let (agent, lead) = (app.agent().await, app.login(&app.people().lead).await);
    let id = taken(&app, &agent).await;
    let other = app.opens("15550003333").await;
    let mut socket = lead.socket(None).await;
    let note = agent.send(id, "note", "the contract is 4711").await.ok();
    let pinned = lead.post(&message(id, &note, "pin"), json!({})).await.ok();
    assert_eq!(pinned["pinned_notes"], 1);
    socket.expect("message.updated", |data| data["message"]["id"] == note["id"] && data["message"]["pinned"] == true).await;
    socket.expect("conversation.updated", |data| data["conversation"]["pinned_notes"] == 1).await;
    assert_eq!(agent.post(&message(id, &note, "pin"), json!({})).await.ok()["pinned_notes"], 1, "pinned is pinned");
    // Only notes, only here, only for those who see it.
    let reply = agent.reply(id, "hello").await;
    agent.post(&message(id, &reply, "pin"), json!({})).await.refused(409, "illegal_transition");
    agent.post(&message(other, &note, "pin"), json!({})).await.refused(404, "not_found");
    app.colleague().await.post(&message(id, &note, "unpin"), json!({})).await.refused(404, "not_found");

    let mut notes = Vec::new();
    for n in 0..14 {
        notes.push(agent.send(id, "note", &format!("note {n}")).await.ok());
    }
    let at = [agent.at(&app.bases[0]), lead.at(&app.bases[1])];
    let answers: Vec<Answer> = join_all(notes.iter().enumerate().map(|(n, note)| {
        let (client, path) = (&at[n % 2], message(id, note, "pin"));
        async move { client.post(&path, json!({})).await }
    }))
    .await;
    assert_eq!(answers.iter().filter(|a| a.status == 200).count(), 9);
    for refused in answers.iter().filter(|a| a.status != 200) {
        refused.refused(409, "illegal_transition");
    }
    let pins = agent.get(&format!("/api/v1/conversations/{id}/pins")).await.ok();
    assert_eq!(pins["items"].as_array().unwrap().len(), 10);
    assert!(pins["items"].as_array().unwrap().iter().all(|p| p["pinned"] == true && p["kind"] == "note"));
    assert_eq!(pins["items"][9]["id"], note["id"], "the last pinned first");
    assert_eq!(agent.post(&message(id, &note, "unpin"), json!({})).await.ok()["pinned_notes"], 9);
    assert_eq!(agent.post(&message(id, &note, "unpin"), json!({})).await.ok()["pinned_notes"], 9);
    let timeline = agent.get(&format!("/api/v1/conversations/{id}/timeline")).await.ok();
    let kinds: Vec<&str> = timeline["items"].as_array().unwrap().iter().filter_map(|e| e["kind"].as_str()).collect();
    assert_eq!(kinds.iter().filter(|k| **k == "pinned").count(), 10);
    assert_eq!(kinds.iter().filter(|k| **k == "unpinned").count(), 1);
    app.stop_node(1).await;
    app.finish().await;
}

#[tokio::test]
async fn notes_feedback_is_between_its_author_and_their_leads() {
    let app = TestApp::start().await;
    let people = app.people().clone();
    let (agent, lead, colleague) = (app.agent().await, app.login(&people.lead).await, app.colleague().await);
    let (supervisor, admin) = (app.login(&people.supervisor).await, app.admin().await);
    let outside = other_lead(&app).await;
    let id = taken(&app, &agent).await;
    let reply = agent.reply(id, "whatever").await;
    app.graph.call("whatever").await;
    // Both see the conversation, neither is to see what the lead says to the agent.
    let asked = format!("{} {}", user("Omar", colleague.id()), user("Ines", outside.id()));
    let note = agent.send(id, "note", &asked).await.ok();
    let (mut authors, mut colleagues) = (agent.socket(None).await, colleague.socket(None).await);
    let path = message(id, &reply, "feedback");

    agent.post(&path, json!({ "text": "well done me" })).await.refused(403, "forbidden");
    colleague.post(&path, json!({ "text": "meh" })).await.refused(403, "forbidden");
    outside.post(&path, json!({ "text": "meh" })).await.refused(403, "forbidden");
    app.login(&people.stranger).await.post(&path, json!({ "text": "meh" })).await.refused(404, "not_found");
    let words = "Kinder, please. <script>alert(1)</script> \u{202e}";
    let given = lead.post(&path, json!({ "text": format!("  {words}\0 ") })).await;
    assert_eq!(given.status, 201, "{}", given.text());
    let given = given.json();
    assert_eq!((&given["text"], &given["by"]["name"]), (&json!(words.trim()), &json!(people.lead.name)));
    assert_eq!(given["message"]["id"], reply["id"]);
    let told = authors.expect("feedback.created", |_| true).await;
    assert_eq!(told["data"]["feedback"], given);
    // A double click says it once.
    let again = lead.post(&path, json!({ "text": words })).await;
    assert_eq!((again.status, &again.json()["id"]), (200, &given["id"]));
    lead.post(&message(id, &note, "feedback"), json!({ "text": "good to ask" })).await.ok();
    supervisor.post(&path, json!({ "text": "I agree" })).await.ok();

    for reader in [&agent, &lead, &supervisor, &admin] {
        let items = reader.get(&path).await.ok();
        assert_eq!(items["items"].as_array().unwrap().len(), 2, "{}", reader.me["name"]);
        let shown = reader.messages(id).await;
        assert_eq!(shown[1]["feedback_count"], 2, "{}", reader.me["name"]);
        assert_eq!(shown[0].get("feedback_count"), None, "the customer gets none");
    }
    for reader in [&colleague, &outside] {
        reader.get(&path).await.refused(404, "not_found");
        assert_eq!(reader.messages(id).await[1].get("feedback_count"), None);
    }
    let fence = app.fence().await;
    for event in colleagues.until(&fence).await {
        assert!(!event.to_string().contains("feedback"), "{event}");
    }
    // Only on what a colleague wrote, in this conversation.
    let said = agent.messages(id).await[0].clone();
    lead.post(&message(id, &said, "feedback"), json!({ "text": "rude" })).await.refused(409, "illegal_transition");
    let own = lead.send(id, "note", "mine").await.ok();
    lead.post(&message(id, &own, "feedback"), json!({ "text": "fine" })).await.refused(409, "illegal_transition");
    let other = app.opens("15550003333").await;
    lead.post(&message(other, &reply, "feedback"), json!({ "text": "x" })).await.refused(404, "not_found");
    lead.get(&message(other, &reply, "feedback")).await.refused(404, "not_found");
    for text in ["", " \0 ", &"x".repeat(5001)] {
        assert_eq!(lead.post(&path, json!({ "text": text })).await.fields(), ["text"]);
    }
    // One's own, page by page, newest first.
    let mine = agent.pages("/api/v1/me/feedback?limit=2").await;
    let texts: Vec<&str> = mine.iter().map(|f| f["text"].as_str().unwrap()).collect();
    assert_eq!(texts, ["I agree", "good to ask", words.trim()]);
    assert_eq!(lead.pages("/api/v1/me/feedback?limit=2").await.len(), 0);
    app.finish().await;
}
