//! Places and questions with ready answers: they go out as the provider takes them, the customer's choice comes back, and what does not fit
//! never leaves.

use std::time::Duration;

use serde_json::{Value, json};
use tests::{TestApp, eventually};
use uuid::Uuid;

use super::{WHO, path, reply};
use crate::simulator::Provider;

fn buttons() -> Value {
    json!({ "type": "buttons", "text": "When shall we call?", "header": "Your call", "footer": "Max Store", "buttons": [
        { "id": "today", "title": "Today" }, { "id": "tomorrow", "title": "Tomorrow" }, { "id": "never", "title": "Não 😀" }] })
}

fn list() -> Value {
    json!({ "type": "list", "text": "What is it about?", "header": null, "footer": null, "button": "Choose", "sections": [
        { "title": "Orders", "rows": [{ "id": "late", "title": "It is late", "description": "The parcel is not here" }] },
        { "title": "Money", "rows": [{ "id": "bill", "title": "My bill", "description": null }] }] })
}

fn depot() -> Value {
    json!({ "latitude": -23.550_52, "longitude": -46.633_308, "name": "Depot", "address": "Rua A 1" })
}

fn asks(client_id: &str, question: &Value) -> Value {
    json!({ "client_id": client_id, "kind": "reply", "interactive": question })
}

fn places(client_id: &str, place: &Value) -> Value {
    json!({ "client_id": client_id, "kind": "reply", "location": place })
}

fn id_of(message: &Value) -> Uuid {
    message["id"].as_str().unwrap().parse().unwrap()
}

#[tokio::test]
async fn structured_they_arrive_and_the_choice_comes_back() {
    let app = TestApp::start().await;
    let provider = Provider::start(&app).await;
    let agent = app.agent().await;
    let mut socket = agent.socket(None).await;
    let customer = provider.customer("447700900123").await;
    let send = format!("customers/{customer}/send");
    provider.post(&send, json!({ "text": "Hello", "wait_ms": 5000 })).await;
    let event = socket.expect("message.created", |data| data["message"]["text"] == "Hello").await;
    let conversation: Uuid = event["data"]["conversation"]["id"].as_str().unwrap().parse().unwrap();
    let shown = async |wamid: &str| {
        let chat = provider.get(&format!("chats?customer={customer}")).await;
        chat["data"].as_array().unwrap().iter().find(|message| message["wamid"] == wamid).unwrap()["message"].clone()
    };
    let wamid = async |message: &Value| -> String {
        app.probe.becomes(id_of(message), "read").await;
        app.probe.of(id_of(message), "select external_id from message where id = $1").await
    };

    let place = agent.post(&path(conversation), places("c-1", &depot())).await.ok();
    assert_eq!((&place["preview"], &place["text"]), (&json!("Location · Depot"), &Value::Null));
    assert_eq!((&place["content"]["type"], &place["content"]["address"]), (&json!("location"), &json!("Rua A 1")));
    assert_eq!(shown(&wamid(&place).await).await, json!({ "type": "location", "location": depot() }));

    for (question, tapped, content) in [
        (
            buttons(),
            json!({ "type": "button_reply", "button_reply": { "id": "never", "title": "Não 😀" } }),
            json!({ "type": "choice", "kind": "button", "id": "never", "title": "Não 😀", "description": null, "form": null }),
        ),
        (
            list(),
            json!({ "type": "list_reply", "list_reply": { "id": "late", "title": "It is late", "description": "The parcel is not here" } }),
            json!({ "type": "choice", "kind": "list", "id": "late", "title": "It is late", "description": "The parcel is not here", "form": null }),
        ),
    ] {
        let said = agent.post(&path(conversation), asks(&question["text"].to_string(), &question)).await.ok();
        assert_eq!((&said["preview"], &said["text"]), (&question["text"], &question["text"]));
        assert_eq!(said["content"], question, "what was asked is what the message holds");
        let wamid = wamid(&said).await;
        let phone = shown(&wamid).await;
        assert_eq!((&phone["type"], &phone["interactive"]["body"]["text"]), (&json!("interactive"), &question["text"]));
        let tap = json!({ "message": { "type": "interactive", "interactive": tapped }, "reply_to": wamid, "wait_ms": 5000 });
        provider.post(&send, tap).await;
        let told = socket.expect("message.created", |data| data["message"]["content"]["type"] == "choice").await;
        let answer = &told["data"]["message"];
        assert_eq!(answer["content"], content);
        assert_eq!(answer["reply_to"], json!({ "id": said["id"], "preview": question["text"] }));
    }
    provider.settled().await;
    provider.simulator.stop().await;
    app.finish().await;
}

#[tokio::test]
async fn structured_they_go_over_the_wire_once_as_the_provider_expects_them() {
    let app = TestApp::start().await;
    let agent = app.agent().await;
    let id = app.opens(WHO).await;
    let first = agent.post(&path(id), asks("c-1", &buttons())).await.ok();
    let call = app.graph.wait_for(1).await.remove(0);
    let reply = |id: &str, title: &str| json!({ "type": "reply", "reply": { "id": id, "title": title } });
    assert_eq!(
        (&call.body["type"], &call.body["interactive"]),
        (
            &json!("interactive"),
            &json!({ "type": "button", "header": { "type": "text", "text": "Your call" }, "footer": { "text": "Max Store" },
                "body": { "text": "When shall we call?" },
                "action": { "buttons": [reply("today", "Today"), reply("tomorrow", "Tomorrow"), reply("never", "Não 😀")] } })
        )
    );
    app.probe.becomes(id_of(&first), "sent").await;
    // The same again is the same message; anything else under its id is another one.
    let again = agent.post(&path(id), asks("c-1", &buttons())).await;
    assert_eq!((again.status, &again.json()["id"]), (200, &first["id"]));
    let mut other = buttons();
    other["buttons"][0]["title"] = json!("Now");
    for body in [asks("c-1", &other), asks("c-1", &list()), places("c-1", &depot()), super::reply("c-1", "When shall we call?")] {
        agent.post(&path(id), body).await.refused(409, "idempotency_conflict");
    }
    let place = agent.post(&path(id), places("c-2", &depot())).await.ok();
    assert_eq!(agent.post(&path(id), places("c-2", &depot())).await.ok()["id"], place["id"]);
    let mut elsewhere = depot();
    elsewhere["latitude"] = json!(-23.550_53);
    agent.post(&path(id), places("c-2", &elsewhere)).await.refused(409, "idempotency_conflict");
    assert_eq!(app.graph.wait_for(2).await[1].body["location"], depot());

    // A quote goes along, and what the provider refused goes again as it was.
    app.graph.next([tests::Reply::refuse(400, 131_026)]);
    let mut quoting = asks("c-3", &list());
    quoting["reply_to"] = agent.messages(id).await[0]["id"].clone();
    let failed = agent.post(&path(id), quoting).await.ok();
    app.probe.becomes(id_of(&failed), "failed").await;
    agent.post(&format!("{}/{}/retry", path(id), id_of(&failed)), json!({})).await.ok();
    app.probe.becomes(id_of(&failed), "sent").await;
    let calls = app.graph.wait_for(4).await;
    assert_eq!(calls[2].body["interactive"], calls[3].body["interactive"]);
    assert!(calls[3].body["context"]["message_id"].is_string());
    assert_eq!(calls[3].body["interactive"]["action"]["sections"][1]["rows"], json!([{ "id": "bill", "title": "My bill" }]));
    app.finish().await;
}

#[tokio::test]
async fn structured_what_does_not_fit_never_leaves() {
    let app = TestApp::start().await;
    let agent = app.agent().await;
    let id = app.opens(WHO).await;
    let with = |mut value: Value, path: &str, part: Value| {
        *value.pointer_mut(path).unwrap() = part;
        value
    };
    let many: Vec<Value> = (0..4).map(|n| json!({ "id": n.to_string(), "title": n.to_string() })).collect();
    let rows: Vec<Value> = (0..10).map(|n| json!({ "id": n.to_string(), "title": "x" })).collect();
    for (question, field) in [
        (with(buttons(), "/text", json!("x".repeat(1025))), "interactive.text"),
        (with(buttons(), "/text", json!(" ")), "interactive.text"),
        (with(buttons(), "/header", json!("x".repeat(61))), "interactive.header"),
        (with(buttons(), "/buttons", json!(many)), "interactive.buttons"),
        (with(buttons(), "/buttons", json!([])), "interactive.buttons"),
        (with(buttons(), "/buttons/0/title", json!("x".repeat(21))), "interactive.buttons.0.title"),
        (with(buttons(), "/buttons/1/title", json!("Today")), "interactive.buttons.1.title"),
        (with(buttons(), "/buttons/1/id", json!("a\u{0}b")), "interactive.buttons.1.id"),
        (with(list(), "/button", json!("x".repeat(21))), "interactive.button"),
        (with(list(), "/sections/1/title", json!(null)), "interactive.sections.1.title"),
        (with(list(), "/sections/1/rows", json!(rows)), "interactive.sections"),
        (with(list(), "/sections/1/rows/0/description", json!("x".repeat(73))), "interactive.sections.1.rows.0.description"),
    ] {
        assert_eq!(agent.post(&path(id), asks("c-1", &question)).await.fields(), [field], "{question}");
    }
    let two = with(with(buttons(), "/text", json!("")), "/buttons/2/title", json!("x".repeat(21)));
    assert_eq!(agent.post(&path(id), asks("c-1", &two)).await.fields(), ["interactive.text", "interactive.buttons.2.title"]);
    for (place, field) in [
        (with(depot(), "/latitude", json!(90.5)), "location.latitude"),
        (with(depot(), "/longitude", json!(-181)), "location.longitude"),
        (with(depot(), "/name", json!("")), "location.name"),
    ] {
        assert_eq!(agent.post(&path(id), places("c-1", &place)).await.fields(), [field], "{place}");
    }
    let beside = |mut body: Value, name: &str, part: Value| {
        body[name] = part;
        body
    };
    for (body, field) in [
        (beside(asks("c-1", &list()), "text", json!("and words")), "interactive"),
        (beside(asks("c-1", &list()), "location", depot()), "interactive"),
        (beside(asks("c-1", &list()), "kind", json!("note")), "interactive"),
        (beside(places("c-1", &depot()), "media_ids", json!([Uuid::now_v7()])), "location"),
        (beside(places("c-1", &depot()), "kind", json!("note")), "location"),
        (beside(places("c-1", &depot()), "template", json!({ "name": "a", "language": "en" })), "location"),
    ] {
        assert_eq!(agent.post(&path(id), body.clone()).await.fields(), [field], "{body}");
    }
    // What is no such thing at all is refused where the request is read.
    for odd in
        [json!({ "type": "buttons" }), json!({ "type": "form", "text": "x" }), json!("x"), with(buttons(), "/buttons", json!({}))]
    {
        agent.post(&path(id), asks("c-1", &odd)).await.refused(422, "invalid");
    }
    agent
        .post(&path(id), beside(asks("c-1", &buttons()), "interactive", beside(buttons(), "more", json!(1))))
        .await
        .refused(422, "invalid");

    // Who may not answer may not ask either, and a closed window lets none of them through.
    let (stranger, colleague) = (app.login(&app.people().stranger).await, app.colleague().await);
    agent.post(&path(id), reply("c-0", "Mine")).await.ok();
    for body in [asks("s-1", &buttons()), asks("s-2", &list()), places("s-3", &depot())] {
        stranger.post(&path(id), body.clone()).await.refused(404, "not_found");
        colleague.post(&path(id), body.clone()).await.refused(409, "conversation_taken");
    }
    app.graph.call("Mine").await;
    app.probe.run("update conversation set window_expires_at = now() - interval '1 hour'").await;
    for body in [asks("w-1", &buttons()), asks("w-2", &list()), places("w-3", &depot())] {
        agent.post(&path(id), body).await.refused(409, "window_closed");
    }
    assert_eq!(app.graph.calls().len(), 1);
    app.finish().await;
}

#[tokio::test]
async fn structured_they_wait_for_their_time() {
    let app = TestApp::with().manual_clock().start().await;
    let agent = app.agent().await;
    let id = app.opens(WHO).await;
    let mut held = Vec::new();
    for (n, mut body) in [asks("c-1", &buttons()), places("c-2", &depot()), asks("c-3", &list())].into_iter().enumerate() {
        body["hold_seconds"] = json!(30 + n);
        let one = agent.post(&path(id), body.clone()).await.ok();
        assert_eq!(one["status"], "held");
        assert_eq!(agent.post(&path(id), body.clone()).await.ok()["id"], one["id"], "the same again");
        let field = if body["location"].is_null() { "/interactive/text" } else { "/location/name" };
        *body.pointer_mut(field).unwrap() = json!("other");
        agent.post(&path(id), body).await.refused(409, "idempotency_conflict");
        held.push(one);
    }
    assert_eq!((&held[0]["content"], &held[1]["content"]["name"]), (&buttons(), &json!("Depot")));
    let url = |one: &Value| format!("{}/{}", path(id), id_of(one));
    assert_eq!(agent.patch(&url(&held[0]), json!({ "text": "other words" })).await.fields(), ["text"]);
    assert_eq!(agent.delete(&url(&held[2])).await.status, 204);
    let content =
        app.probe.one::<bool>("select bool_and(content is null) from held_message where withdrawn_at is not null").await;
    assert!(content, "what was taken back is forgotten");
    app.advance(Duration::from_secs(40));
    let calls = app.graph.wait_for(2).await;
    assert_eq!(calls[0].body["interactive"]["body"]["text"], "When shall we call?");
    assert_eq!(calls[1].body["location"], depot());
    assert_eq!(calls[1].our_id(), id_of(&held[1]));
    eventually("nothing waits", async || {
        agent.get(&format!("/api/v1/conversations/{id}/held")).await.ok()["items"].as_array().unwrap().is_empty().then_some(())
    })
    .await;

    // None of them waits for a customer: they are not asked to open a window for it.
    app.probe.run("update conversation set window_expires_at = '2020-01-01'").await;
    let mut rescue = asks("r-1", &buttons());
    rescue["ask_to_reopen"] = json!({ "template": { "name": "hello_world", "language": "en" } });
    assert_eq!(agent.post(&path(id), rescue).await.fields(), ["ask_to_reopen"]);
    app.finish().await;
}
