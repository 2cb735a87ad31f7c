//! The matrix: every operation of the API document, for everybody, on every kind of conversation.

use std::collections::BTreeMap;

use connect::channel::Registry;
use serde_json::{Value, json};
use tests::{Client, TestApp, root, webhook};
use uuid::Uuid;

/// What an answer means for the matrix.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Verdict {
    /// Let through: it worked, or failed for a reason that only somebody who may do it hears.
    Allowed,
    /// 401.
    SignIn,
    /// 403.
    Forbidden,
    /// 404: does not exist for them.
    NotFound,
    /// 409 with who has it: of their team, but taken.
    Taken,
}

fn verdict(status: u16, body: &Value) -> Verdict {
    match status {
        401 => Verdict::SignIn,
        403 => Verdict::Forbidden,
        // Only who may take from a queue hears that it is empty.
        404 if body["code"] == "queue_empty" => Verdict::Allowed,
        404 => Verdict::NotFound,
        409 if body["code"] == "conversation_taken" => Verdict::Taken,
        200..=499 => Verdict::Allowed,
        other => panic!("{other}: {body}"),
    }
}

/// Whose conversation it is, seen from the agent.
const PLACES: [&str; 6] = ["own", "own team's queue", "own team, another agent's", "other team's", "closed", "nonexistent"];

/// What a role may do with conversations of each place, for reading and writing notes, and for steps that can lose a race.
fn expected(role: &str, place: &str, races: bool) -> Verdict {
    match (role, place) {
        ("anonymous" | "ended session" | "forged token" | "refresh token", _) => Verdict::SignIn,
        (_, "nonexistent") => Verdict::NotFound,
        ("admin", _) => Verdict::Allowed,
        (_, "other team's") => Verdict::NotFound,
        ("agent", "own team, another agent's") => {
            if races {
                Verdict::Taken
            } else {
                Verdict::NotFound
            }
        }
        _ => Verdict::Allowed,
    }
}

#[tokio::test]
async fn permissions_hold_in_every_cell() {
    let app = TestApp::start().await;
    let mut people: BTreeMap<&str, Client> = BTreeMap::new();
    for (role, person) in [
        ("agent", &app.people().agent),
        ("team_lead", &app.people().lead),
        ("supervisor", &app.people().supervisor),
        ("admin", &app.people().admin),
    ] {
        people.insert(role, app.login(person).await);
    }
    let colleague = app.colleague().await;
    let ended = app.agent().await;
    assert_eq!(ended.logout().await.status, 204);
    let cookie = ended.cookie.split_once('=').unwrap().1.to_owned();
    people.insert("ended session", ended.clone());
    people.insert("refresh token", ended.with_token(&cookie));
    people.insert("forged token", ended.with_token("eyJhbGciOiJub25lIn0.eyJzdWIiOiJ4In0."));
    people.insert("anonymous", Client::anonymous(&app.bases[0]));

    let elsewhere = app.add_channel("Support line", "700800900100299", "test-app-secret", Some(app.teams[1])).await;
    let document: Value = serde_json::from_str(&std::fs::read_to_string(root().join("openapi.json")).unwrap()).unwrap();
    // Who has not signed in comes no further whatever it is about, so all of them are shown the same one.
    let signed_in = ["agent", "team_lead", "supervisor", "admin"];
    let unseen = app.opens("46709999998").await;
    let (mut cells, mut customers) = (0, 0);
    for (path, item) in document["paths"].as_object().unwrap() {
        for (method, operation) in item.as_object().unwrap() {
            let permission = operation["x-permission"].as_str().unwrap_or_else(|| panic!("{method} {path} names no permission"));
            let about_conversation = path.contains("/conversations/{id}");
            let places: &[&str] = if about_conversation { &PLACES } else { &["-"] };
            for place in places {
                for (role, client) in &people {
                    // A fresh conversation for each cell: a step that works changes it.
                    customers += 1;
                    let wa_id = format!("4670{customers:07}");
                    let conversation = match *place {
                        "-" | "nonexistent" => Uuid::now_v7(),
                        _ if !signed_in.contains(role) => unseen,
                        "other team's" => {
                            let value = webhook::value(
                                &elsewhere.phone_number_id,
                                &[webhook::contact(&wa_id, "Elsewhere")],
                                &[webhook::text(&wa_id, &webhook::wamid(), app.unix(), "Hello")],
                                &[],
                            );
                            let body = webhook::bytes(&webhook::envelope(tests::Channel::ACCOUNT, &value));
                            app.deliver_bytes(0, &elsewhere, body).await.ok_text();
                            app.probe.conversation_of(&wa_id).await
                        }
                        _ => app.opens(&wa_id).await,
                    };
                    let holder = match *place {
                        "own" | "closed" => people.get(role).filter(|c| !c.me.is_null() && *role != "ended session"),
                        "own team, another agent's" => Some(&colleague),
                        _ => None,
                    };
                    if let Some(holder) = holder.filter(|h| !h.me.is_null())
                        && signed_in.contains(role)
                    {
                        holder.step(conversation, "take", json!({})).await.ok();
                        if *place == "closed" {
                            holder.step(conversation, "close", json!({ "reason": "resolved" })).await.ok();
                        }
                    }
                    let url = path.replace("{id}", &conversation.to_string()).replace("{team_id}", &app.teams[0].to_string());
                    let url = ["{message_id}", "{user_id}", "{tag_id}", "{attribute_id}", "{canned_id}"]
                        .iter()
                        .fold(url, |url, name| url.replace(name, &Uuid::now_v7().to_string()));
                    let request = client.request(method.to_uppercase().parse().unwrap(), &url);
                    let request = match body_of(operation["operationId"].as_str().unwrap()) {
                        Some(body) => request.json(&body),
                        None => request,
                    };
                    let answer = tests::Answer::of(request).await;
                    let body: Value = serde_json::from_slice(&answer.body).unwrap_or_default();
                    let got = verdict(answer.status, &body);
                    let want = match permission {
                        // A webhook without a signature is nobody's; which channels exist is not told.
                        "signed_webhook" => Verdict::NotFound,
                        // Not signed in is what these are for: no token matters, only their own cookie or password.
                        "public" if path.starts_with("/webhooks/") => Verdict::NotFound,
                        "public" => got,
                        // What is one's own is nobody else's: with this id there is nothing of theirs.
                        "signed_in" if path.contains("{id}") => match expected(role, "own", false) {
                            Verdict::Allowed => Verdict::NotFound,
                            other => other,
                        },
                        // Views and bulks are looked up by their ids, which are nobody's here.
                        "views.use" | "bulk.run" if path.contains("{id}") => match expected(role, "own", false) {
                            Verdict::Allowed => Verdict::NotFound,
                            other => other,
                        },
                        "views.use" | "bulk.run" => expected(role, "own", false),
                        // Read by everybody; there is none with this id.
                        "templates.use" => match expected(role, "own", false) {
                            Verdict::Allowed if path.contains("{id}") => Verdict::NotFound,
                            other => other,
                        },
                        "presence.read" | "canned.read" => expected(role, "own", false),
                        // Everybody writes canned responses of their own; there is none with this id.
                        "canned.write" => match expected(role, "own", false) {
                            Verdict::Allowed if path.contains("{id}") => Verdict::NotFound,
                            other => other,
                        },
                        // Own team's queue; somebody else's work; whoever is signed in has work of their own to hand over.
                        "queues.manage" => match expected(role, "own", false) {
                            Verdict::Allowed if *role == "agent" => Verdict::Forbidden,
                            other => other,
                        },
                        "conversations.take" | "conversations.transfer" if !about_conversation => expected(role, "own", false),
                        "conversations.assign" => match expected(role, place, false) {
                            Verdict::Allowed if *role == "agent" => Verdict::Forbidden,
                            other => other,
                        },
                        // What nobody has is to be taken first.
                        "conversations.transfer"
                        | "conversations.close"
                        | "conversations.reopen"
                        | "conversations.snooze"
                        | "conversations.priority" => match expected(role, place, false) {
                            Verdict::Allowed if *role == "agent" && *place == "own team's queue" => Verdict::Forbidden,
                            other => other,
                        },
                        "signed_in" | "teams.read" | "close_reasons.read" | "queues.read" => expected(role, "own", false),
                        "channels.manage"
                        | "users.manage"
                        | "teams.manage"
                        | "settings.manage"
                        | "audit.read"
                        | "close_reasons.manage" => {
                            match (*role, expected(role, "own", false)) {
                                (_, Verdict::SignIn) => Verdict::SignIn,
                                // What exists is the admin's to know: there is nothing with this id.
                                ("admin", _) if path.contains("{id}") => Verdict::NotFound,
                                ("admin", _) => Verdict::Allowed,
                                _ => Verdict::Forbidden,
                            }
                        }
                        // The list is everybody's; what is in it is the scope's affair, tested in `inbox`.
                        "conversations.read" if !about_conversation => expected(role, "own", false),
                        // Beside a conversation these name a message, a tag or a text that does not exist.
                        "conversations.read" | "conversations.note" | "conversations.tag" if path.contains("_id}") => {
                            match expected(role, place, false) {
                                Verdict::Allowed => Verdict::NotFound,
                                other => other,
                            }
                        }
                        // Whoever leads and sees it hears that the message does not exist, an agent that it is not for them.
                        "feedback.give" => match expected(role, place, false) {
                            Verdict::Allowed if *role == "agent" => Verdict::Forbidden,
                            Verdict::Allowed => Verdict::NotFound,
                            other => other,
                        },
                        "tags.read" => expected(role, "own", false),
                        "contacts.read" if !path.contains("{id}") => expected(role, "own", false),
                        // There is no contact with this id; those that there are, are walked in `contacts`.
                        "contacts.read" | "contacts.update" | "contacts.block" => expected(role, "nonexistent", false),
                        "tags.manage" | "contacts.define" => match expected(role, "own", false) {
                            Verdict::SignIn => Verdict::SignIn,
                            _ if *role == "agent" => Verdict::Forbidden,
                            _ if permission == "contacts.define" && *role != "admin" => Verdict::Forbidden,
                            _ if path.ends_with("_id}") || path.ends_with("/merge") => Verdict::NotFound,
                            // Those for all are the admin's.
                            _ if *role != "admin" => Verdict::Forbidden,
                            _ => Verdict::Allowed,
                        },
                        "conversations.read" => expected(role, place, false),
                        // These name a message that does not exist: whoever gets as far hears that, or that somebody else has it.
                        "conversations.reply" if path.contains("{message_id}") => match expected(role, place, true) {
                            Verdict::Allowed => Verdict::NotFound,
                            other => other,
                        },
                        "conversations.reply" => expected(role, place, true),
                        "conversations.take" => match expected(role, place, true) {
                            Verdict::Allowed if *place == "own team, another agent's" => Verdict::Taken,
                            other => other,
                        },
                        unknown => panic!("{method} {path}: the matrix does not know the permission {unknown}; say here who may"),
                    };
                    assert_eq!(got, want, "{method} {path} as {role} on {place}: {} {body}", answer.status);
                    if want == Verdict::NotFound && answer.status == 404 && path.starts_with("/api/") {
                        // Hidden and absent look the same, to the letter.
                        assert_eq!(body["detail"], "It does not exist, or you may not see it.");
                    }
                    cells += 1;
                }
            }
        }
    }
    let operations = document["paths"].as_object().unwrap().iter().map(|(path, item)| {
        item.as_object().unwrap().len() * if path.contains("/conversations/{id}") { PLACES.len() } else { 1 }
    });
    assert_eq!(cells, operations.sum::<usize>() * people.len(), "as many cells as there are");
    app.finish().await;
}

/// A body that the operation takes, so that it is the permission that decides.
fn body_of(operation: &str) -> Option<Value> {
    Some(match operation {
        "auth.login" => json!({ "email": "nobody@test.example", "password": "nothing at all" }),
        "me.update" => json!({ "theme": "dark", "notifications": { "sound": false } }),
        "channels.create" => json!({ "kind": "whatsapp", "name": "", "config": {}, "credentials": {} }),
        "channels.update" => json!({ "name": "Renamed" }),
        "conversations.read" | "assignment.take" | "assignment.reopen" | "assignment.snooze" | "assignment.unsnooze" => json!({}),
        "assignment.assign" => json!({ "user_id": null }),
        "assignment.transfer" => json!({ "team_id": Uuid::now_v7() }),
        "assignment.close" => json!({ "reason": "resolved" }),
        "assignment.priority" => json!({ "priority": "high" }),
        "assignment.hand_over" => json!({ "to": "queue" }),
        "close_reasons.create" => json!({ "name": "" }),
        "close_reasons.update" => json!({ "position": 1 }),
        "queues.update" => json!({ "target_seconds": 300 }),
        "messages.change" => json!({}),
        "drafts.save" => json!({ "kind": "reply", "text": "I was", "seq": 1 }),
        "canned.create" => json!({ "shortcut": "hi", "title": "Hi", "text": "Hi!", "scope": "personal" }),
        "canned.update" => json!({ "title": "Hello" }),
        "conversations.unread" => json!({ "seq": 1 }),
        "views.create" => json!({ "name": "Mine", "filter": { "view": "mine" } }),
        "views.update" => json!({ "name": "Renamed" }),
        "bulk.create" => json!({ "action": "read", "ids": [Uuid::now_v7()] }),
        "notes.pin" | "notes.unpin" | "contacts.update" | "contacts.block" | "tags.update" | "contact_attributes.update" => {
            json!({})
        }
        "notes.give_feedback" => json!({ "text": "Well done" }),
        "tags.create" => json!({ "name": Uuid::now_v7().to_string(), "color": "blue" }),
        "tags.merge" => json!({ "into": Uuid::now_v7() }),
        "contact_attributes.create" => json!({ "key": "", "name": "", "kind": "text" }),
        "users.create" => json!({ "name": "New", "email": format!("{}@test.example", Uuid::now_v7()), "role": "admin" }),
        "users.import" => json!({ "csv": "name,email,role\nNew,not an address,admin\n", "dry_run": false }),
        "users.update" => json!({ "role": "admin" }),
        "teams.create" => json!({ "name": Uuid::now_v7().to_string() }),
        "teams.update" => json!({ "name": "Renamed" }),
        "settings.update" => json!({ "company_name": "Theirs" }),
        "messages.react" => json!({ "emoji": "👍" }),
        "templates.save_defaults" => json!({ "variables": {} }),
        "messages.create" => json!({ "client_id": Uuid::now_v7().to_string(), "kind": "reply", "text": "May I?" }),
        _ => return None,
    })
}

#[test]
fn permissions_snap_and_the_api_document_are_fresh() {
    let committed = |name: &str| std::fs::read_to_string(root().join(name)).unwrap();
    assert_eq!(committed("permissions.snap").trim_end(), max::routes::permissions(Registry), "run script/gen");
    let document = serde_json::to_value(max::routes::document(Registry)).unwrap();
    let known: Value = serde_json::from_str(&committed("openapi.json")).unwrap();
    assert!(document == known, "openapi.json is stale: run script/gen");
}

/// A note is for colleagues who see the conversation, and the guard that lets people lose a race for a reply does not open this door.
#[tokio::test]
async fn permissions_for_notes_are_those_for_reading() {
    let app = TestApp::start().await;
    let (agent, colleague) = (app.agent().await, app.colleague().await);
    let conversation = app.opens("46709999999").await;
    assert_eq!(agent.send(conversation, "note", "Who is that?").await.status, 201);
    agent.post(&format!("/api/v1/conversations/{conversation}/take"), json!({})).await.ok();
    colleague.send(conversation, "note", "Me too").await.refused(404, "not_found");
    let lead = app.login(&app.people().lead).await;
    assert_eq!(lead.send(conversation, "note", "Well done").await.status, 201);
    assert!(app.graph.calls().is_empty(), "notes never leave");
    app.finish().await;
}
