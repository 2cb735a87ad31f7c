//! Saying something: what goes over the wire, once, to whom, and who may.

#[path = "messages/held.rs"]
mod held;
#[path = "messages/rescue.rs"]
mod rescue;
#[path = "messages/structured.rs"]
mod structured;

use futures_util::future::join_all;
use serde_json::{Value, json};
use tests::{Answer, Channel, Client, TestApp};
use uuid::Uuid;

const WHO: &str = "15550002222";

fn path(id: Uuid) -> String {
    format!("/api/v1/conversations/{id}/messages")
}

fn reply(client_id: &str, text: &str) -> Value {
    json!({ "client_id": client_id, "kind": "reply", "text": text })
}

#[tokio::test]
async fn messages_a_reply_goes_out_as_the_provider_expects_it() {
    let app = TestApp::start().await;
    let agent = app.agent().await;
    let mut socket = agent.socket(None).await;
    let id = app.opens(WHO).await;
    let answer = agent.post(&path(id), reply("c-1", "Zoë, *done* 😀\nline two")).await;
    assert_eq!(answer.status, 201, "{}", answer.text());
    let message = answer.json();
    assert_eq!((&message["status"], &message["seq"], &message["client_id"]), (&json!("queued"), &json!(2), &json!("c-1")));
    assert_eq!(message["author"], json!({ "type": "user", "id": agent.me["id"], "name": "Leila Agent" }));
    assert_eq!(message["conversation_id"], id.to_string());

    let call = app.graph.call("Zoë, *done* 😀\nline two").await;
    assert_eq!(call.path, format!("/v23.0/{}/messages", app.channel.phone_number_id));
    assert_eq!(call.authorization, format!("Bearer {}", Channel::ACCESS_TOKEN));
    let expected = json!({
        "messaging_product": "whatsapp",
        "recipient_type": "individual",
        "to": WHO,
        "type": "text",
        "text": { "body": "Zoë, *done* 😀\nline two", "preview_url": false },
        "biz_opaque_callback_data": format!("msg_{}", message["id"].as_str().unwrap()),
    });
    assert_eq!(call.body, expected);

    // The ticks: sent with the answer, then as the provider reports.
    let of_ours = |status: &'static str| {
        let id = message["id"].clone();
        move |data: &Value| data["message"]["id"] == id && data["message"]["status"] == status
    };
    socket.expect("message.created", of_ours("queued")).await;
    socket.expect("message.updated", of_ours("sent")).await;
    for status in ["delivered", "read"] {
        app.report(call.wamid(), status, None).await;
        socket.expect("message.updated", of_ours(status)).await;
    }
    assert_eq!(agent.messages(id).await[1]["status"], "read");
    assert_eq!(app.graph.calls().len(), 1);
    app.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn messages_the_same_client_id_is_the_same_message() {
    let mut app = TestApp::with().nodes(2).start().await;
    let agent = app.agent().await;
    let id = app.opens(WHO).await;
    let at = [agent.at(&app.bases[0]), agent.at(&app.bases[1])];
    for n in 0..10 {
        // A double click, and a repeat after a lost answer that reaches the other node.
        let body = reply(&format!("click-{n}"), &format!("text {n}"));
        let answers: Vec<Answer> = join_all((0..3).map(|k| {
            let (client, path, body) = (&at[k % 2], path(id), body.clone());
            async move { client.post(&path, body).await }
        }))
        .await;
        let mut statuses: Vec<u16> = answers.iter().map(|a| a.status).collect();
        statuses.sort_unstable();
        assert_eq!(statuses, [200, 200, 201]);
        let ids: Vec<Value> = answers.iter().map(|a| a.ok()["id"].clone()).collect();
        assert!(ids.iter().all(|i| *i == ids[0]), "{ids:?}");
    }
    assert_eq!(app.probe.one::<i64>("select count(*) from message where direction = 'out'").await, 10);
    // Much later, and whatever became of it, the answer is that message; with other words it is a conflict.
    app.graph.wait_for(10).await;
    assert_eq!(agent.post(&path(id), reply("click-3", "text 3")).await.status, 200);
    agent.post(&path(id), reply("click-3", "other words")).await.refused(409, "idempotency_conflict");
    agent
        .post(&path(id), json!({ "client_id": "click-3", "kind": "note", "text": "text 3" }))
        .await
        .refused(409, "idempotency_conflict");
    let first = agent.messages(id).await[0]["id"].clone();
    let mut quoting = reply("click-3", "text 3");
    quoting["reply_to"] = first;
    agent.post(&path(id), quoting).await.refused(409, "idempotency_conflict");
    // The id belongs to the conversation.
    let other = app.opens("15550003333").await;
    assert_eq!(agent.post(&path(other), reply("click-3", "text 3")).await.status, 201);
    assert_eq!(app.graph.wait_for(11).await.len(), 11);
    app.stop_node(1).await;
    app.finish().await;
}

#[tokio::test]
async fn messages_say_which_field_is_wrong() {
    let app = TestApp::start().await;
    let agent = app.agent().await;
    let (id, other) = (app.opens(WHO).await, app.opens("15550003333").await);
    let elsewhere = agent.messages(other).await[0]["id"].clone();
    let long = "é".repeat(4097);
    for (body, field) in [
        (reply("", "x"), "client_id"),
        (reply(&"x".repeat(65), "x"), "client_id"),
        (reply("a", ""), "text"),
        (reply("a", " \n\t "), "text"),
        (reply("a", "\0"), "text"),
        (json!({ "client_id": "a", "kind": "reply" }), "text"),
        (reply("a", &long), "text"),
        (json!({ "client_id": "a", "kind": "note", "text": "x".repeat(20_001) }), "text"),
        (json!({ "client_id": "a", "kind": "reply", "text": "x", "reply_to": elsewhere }), "reply_to"),
        (json!({ "client_id": "a", "kind": "reply", "text": "x", "reply_to": Uuid::from_u128(7) }), "reply_to"),
        (json!({ "client_id": "a", "kind": "note", "text": "x", "reply_to": elsewhere }), "reply_to"),
    ] {
        assert_eq!(agent.post(&path(id), body.clone()).await.fields(), [field], "{body}");
    }
    for body in [
        json!({ "client_id": "a", "kind": "shout", "text": "x" }),
        json!({ "client_id": "a", "kind": "reply", "text": "x", "bold": true }),
        json!({ "client_id": 7, "kind": "reply", "text": "x" }),
        json!({ "kind": "reply", "text": "x" }),
    ] {
        agent.post(&path(id), body).await.refused(422, "invalid");
    }
    // As long as the channel takes, counted in characters.
    agent.reply(id, &long[..long.len() - 2]).await;
    assert_eq!(app.graph.wait_for(1).await[0].text().chars().count(), 4096);
    app.finish().await;
}

#[tokio::test]
async fn messages_a_note_stays_in_the_house() {
    let app = TestApp::start().await;
    let (agent, lead) = (app.agent().await, app.login(&app.people().lead).await);
    let id = app.opens(WHO).await;
    let before = agent.conversation(id).await;
    let note = agent.send(id, "note", "he sounds upset").await;
    assert_eq!(note.status, 201);
    assert_eq!((&note.json()["kind"], &note.json()["status"]), (&json!("note"), &json!("sent")));
    let after = lead.conversation(id).await;
    assert_eq!(after["assignee"], Value::Null, "a note takes nothing");
    assert_eq!(after["waiting_since"], before["waiting_since"], "and answers nothing");
    assert_eq!(after["last_message"]["kind"], "note");
    agent.reply(id, "and now an answer").await;
    app.graph.call("and now an answer").await;
    assert_eq!(app.graph.texts(), ["and now an answer"]);
    // Nobody can send it out afterwards.
    let note_id = note.json()["id"].as_str().unwrap().to_owned();
    for verdict in ["retry", "confirm"] {
        agent.post(&format!("{}/{note_id}/{verdict}", path(id)), json!({})).await.refused(409, "message_not_retryable");
    }
    // A note cannot be quoted to the customer, for the provider does not know it.
    let mut quoting = reply("q", "as noted");
    quoting["reply_to"] = note.json()["id"].clone();
    assert_eq!(agent.post(&path(id), quoting).await.fields(), ["reply_to"]);
    app.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn messages_one_wins_the_conversation_and_the_others_are_told_who() {
    let mut app = TestApp::with().nodes(2).start().await;
    let people = app.people().clone();
    let agents = [app.agent().await.at(&app.bases[0]), app.colleague().await.at(&app.bases[1])];
    let names = [people.agent.name, people.colleague.name];
    for round in 0..12 {
        let who = format!("1555500{round:04}");
        let id = app.opens(&who).await;
        // Both at once: by taking it, by answering, or one each.
        let attempt = |client: &Client, takes: bool| {
            let client = client.clone();
            async move {
                if takes {
                    client.post(&format!("/api/v1/conversations/{id}/take"), json!({})).await
                } else {
                    client.send(id, "reply", &format!("mine {round}")).await
                }
            }
        };
        let (one, two) = tokio::join!(attempt(&agents[0], round % 3 == 0), attempt(&agents[1], round % 3 != 2));
        let winner = usize::from(!(200..300).contains(&one.status));
        let (won, lost) = if winner == 0 { (one, two) } else { (two, one) };
        won.ok();
        let problem = lost.refused(409, "conversation_taken");
        assert_eq!(problem["winner"], json!({ "id": agents[winner].me["id"], "name": names[winner] }));
        assert!(problem["detail"].as_str().unwrap().contains(names[winner]));
        assert_eq!(agents[winner].conversation(id).await["assignee"]["name"], names[winner]);
        // The loser does not see it any more; taking what one has changes nothing; a lead may answer without taking it over.
        agents[1 - winner].get(&format!("/api/v1/conversations/{id}")).await.refused(404, "not_found");
        agents[winner].post(&format!("/api/v1/conversations/{id}/take"), json!({})).await.ok();
    }
    let lead = app.login(&people.lead).await;
    let id = app.probe.conversation_of("15555000000").await;
    let owner = lead.conversation(id).await["assignee"].clone();
    lead.reply(id, "let me add something").await;
    assert_eq!(lead.conversation(id).await["assignee"], owner);
    lead.post(&format!("/api/v1/conversations/{id}/take"), json!({})).await.refused(409, "conversation_taken");
    app.graph.call("let me add something").await;
    // As many attempts at the provider as replies were accepted, and every round had one winner.
    let replies: i64 = app.probe.one("select count(*) from message where direction = 'out'").await;
    assert_eq!(app.graph.wait_for(replies as usize).await.len(), replies as usize);
    app.stop_node(1).await;
    app.finish().await;
}

#[tokio::test]
async fn messages_an_agent_cannot_act_for_a_colleague() {
    let mut app = TestApp::start().await;
    let people = app.people().clone();
    let planted = app.plant(Some(app.teams[0]), Some(people.colleague.id)).await;
    let agent = app.agent().await;
    let before: String =
        app.probe.of(planted.id, "select string_agg(m::text, '|' order by seq) from message m where conversation_id = $1").await;
    let messages = path(planted.id);
    for answer in [
        agent.send(planted.id, "reply", "let me").await,
        agent.post(&format!("/api/v1/conversations/{}/take", planted.id), json!({})).await,
        agent.post(&format!("{messages}/{}/retry", planted.failed), json!({})).await,
        agent.post(&format!("{messages}/{}/retry", planted.unconfirmed), json!({})).await,
        agent.post(&format!("{messages}/{}/confirm", planted.unconfirmed), json!({})).await,
        agent.post(&format!("{messages}/{}/confirm", planted.inbound), json!({})).await,
        agent.post(&format!("{messages}/{}/confirm", Uuid::from_u128(7)), json!({})).await,
    ] {
        let problem = answer.refused(409, "conversation_taken");
        assert_eq!(problem["winner"]["name"], people.colleague.name);
        assert!(!answer.text().contains("planted"), "nothing of what was said: {}", answer.text());
    }
    agent.send(planted.id, "note", "psst").await.refused(404, "not_found");
    let after: String =
        app.probe.of(planted.id, "select string_agg(m::text, '|' order by seq) from message m where conversation_id = $1").await;
    assert_eq!(before, after);
    app.finish().await;
}

#[tokio::test]
async fn messages_closed_conversations_take_no_reply_and_the_next_word_opens_another() {
    let app = TestApp::start().await;
    let agent = app.agent().await;
    let id = app.opens(WHO).await;
    agent.reply(id, "goodbye").await;
    app.graph.call("goodbye").await;
    // Closed long ago: what the customer says now has nothing to do with it.
    app.probe.run("update conversation set state = 'closed', closed_at = now() - interval '25 hours'").await;
    agent.send(id, "reply", "one more thing").await.refused(409, "illegal_transition");
    assert_eq!(agent.send(id, "note", "for the record").await.status, 201);
    app.say(WHO, "hello again").await;
    let next = app.probe.conversation_of(WHO).await;
    assert_ne!(next, id);
    let fresh = agent.conversation(next).await;
    assert_eq!((&fresh["state"], &fresh["assignee"]), (&json!("queued"), &Value::Null));
    assert!(fresh["number"].as_i64() > agent.conversation(id).await["number"].as_i64());
    assert_eq!(agent.messages(next).await.len(), 1);
    // A late repeat of what came before the close goes nowhere.
    let first: String = app.probe.of(id, "select external_id from message where conversation_id = $1 and seq = 1").await;
    app.deliver_messages(WHO, &[tests::webhook::text(WHO, &first, app.unix(), "Hello, is anybody there?")]).await.ok_text();
    assert_eq!(agent.messages(next).await.len(), 1);
    app.finish().await;
}
