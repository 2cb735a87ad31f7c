//! The matrix: every operation of the API document, for everybody, on every kind of conversation.

#[path = "permissions/others.rs"]
mod others;
#[path = "permissions/scope.rs"]
mod scope;
#[path = "permissions/sockets.rs"]
mod sockets;

use std::collections::BTreeMap;

use connect::channel::Registry;
use futures_util::future::join_all;
use serde_json::{Value, json};
use tests::{Client, TestApp, root, webhook};
use uuid::Uuid;

use crate::accounts::tokens;

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

/// What is said of what does not exist, and of what is hidden.
const ABSENT: &str = "It does not exist, or you may not see it.";

/// Those who have signed in, by their roles.
const SIGNED_IN: [&str; 4] = ["agent", "team_lead", "supervisor", "admin"];

/// What a role may do with conversations of each place, for reading and writing notes, and for steps that can lose a race.
fn expected(role: &str, place: &str, races: bool) -> Verdict {
    match (role, place) {
        ("anonymous" | "deactivated" | "ended session" | "expired" | "forged token" | "refresh token", _) => Verdict::SignIn,
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

/// An operation of the API document.
struct Operation<'a> {
    path: &'a str,
    method: &'a str,
    id: &'a str,
    permission: &'a str,
    /// What there is in the place of its id and belongs to somebody else.
    foreign: Option<String>,
    /// The agent's team.
    team: Uuid,
}

/// What came of a cell.
struct Cell {
    /// In words, what is not as it must be.
    wrong: Vec<String>,
    /// Somebody was let through who must not be.
    wrongly_allowed: bool,
    /// An id of somebody else was tried too.
    foreign: bool,
}

impl Operation<'_> {
    fn about_conversation(&self) -> bool {
        self.path.contains("/conversations/{id}")
    }

    async fn call(&self, client: &Client, url: &str) -> (u16, Value) {
        let request = client.request(self.method.to_uppercase().parse().unwrap(), url);
        let request = match body_of(self.id) {
            Some(body) => request.json(&body),
            None => request,
        };
        let answer = tests::Answer::of(request).await;
        (answer.status, serde_json::from_slice(&answer.body).unwrap_or_default())
    }

    async fn walk(&self, client: &Client, role: &str, place: &str, conversation: Uuid) -> Cell {
        let (method, path) = (self.method, self.path);
        let url = path.replace("{id}", &conversation.to_string()).replace("{team_id}", &self.team.to_string());
        let url = ["{message_id}", "{user_id}", "{tag_id}", "{attribute_id}", "{canned_id}"]
            .iter()
            .fold(url, |url, name| url.replace(name, &Uuid::now_v7().to_string()));
        let (status, body) = self.call(client, &url).await;
        let got = verdict(status, &body);
        let want = wanted(self.permission, path, role, place, got);
        let mut wrong = Vec::new();
        if got != want {
            wrong.push(format!("{method} {path} as {role} on {place}: {got:?}, not {want:?}: {status} {body}"));
        }
        // Hidden and absent look the same, to the letter.
        if want == Verdict::NotFound && status == 404 && path.starts_with("/api/") && body["detail"] != ABSENT {
            wrong.push(format!("{method} {path} as {role} on {place} says more than that it does not exist: {body}"));
        }
        // What belongs to somebody else looks the same as what does not exist. What an admin may do with it is walked in `others`.
        let foreign = self.foreign.as_ref().filter(|_| !self.about_conversation() && role != "admin");
        if let Some(theirs) = foreign {
            let url = ["{id}", "{user_id}", "{tag_id}", "{attribute_id}"]
                .iter()
                .fold(path.to_owned(), |url, name| url.replace(name, theirs));
            let (other, told) = self.call(client, &url).await;
            if (status, &body["code"], &body["detail"]) != (other, &told["code"], &told["detail"]) {
                wrong.push(format!("{method} {path} as {role} with an id of somebody else: {other} {told}, not {body}"));
            }
        }
        Cell { wrong, wrongly_allowed: got == Verdict::Allowed && want != got, foreign: foreign.is_some() }
    }
}

/// What an answer must be. `got` is taken for what needs no sign-in at all.
fn wanted(permission: &str, path: &str, role: &str, place: &str, got: Verdict) -> Verdict {
    let about_conversation = path.contains("/conversations/{id}");
    match permission {
        // A webhook without a signature is nobody's; which channels exist is not told.
        "signed_webhook" => Verdict::NotFound,
        // An address without a signature is nobody's either.
        "signed_link" => Verdict::NotFound,
        // Neither is a conversation a channel with pages, whoever asks; what there is for visitors is tried in `chat`.
        "page" | "visitor" => Verdict::NotFound,
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
        "presence.read" | "canned.read" | "media.upload" => expected(role, "own", false),
        // There is no file and no channel with this id; those that there are, are walked in `others` and in `media`.
        "media.read" | "channels.capabilities" => expected(role, "nonexistent", false),
        // Everybody writes canned responses of their own; there is none with this id.
        "canned.write" => match expected(role, "own", false) {
            Verdict::Allowed if path.contains("{id}") => Verdict::NotFound,
            other => other,
        },
        // Own team's queue; somebody else's work; whoever is signed in has work of their own to hand over.
        "queues.manage" => match expected(role, "own", false) {
            Verdict::Allowed if role == "agent" => Verdict::Forbidden,
            other => other,
        },
        "conversations.take" | "conversations.transfer" if !about_conversation => expected(role, "own", false),
        "conversations.assign" => match expected(role, place, false) {
            Verdict::Allowed if role == "agent" => Verdict::Forbidden,
            other => other,
        },
        // What nobody has is to be taken first.
        "conversations.transfer"
        | "conversations.close"
        | "conversations.reopen"
        | "conversations.snooze"
        | "conversations.priority" => match expected(role, place, false) {
            Verdict::Allowed if role == "agent" && place == "own team's queue" => Verdict::Forbidden,
            other => other,
        },
        "signed_in" | "teams.read" | "close_reasons.read" | "queues.read" => expected(role, "own", false),
        "channels.manage"
        | "users.manage"
        | "teams.manage"
        | "settings.manage"
        | "audit.read"
        | "journal.read"
        | "journal.raw"
        | "close_reasons.manage" => match (role, expected(role, "own", false)) {
            (_, Verdict::SignIn) => Verdict::SignIn,
            // What exists is the admin's to know: there is nothing with this id.
            ("admin", _) if path.contains("{id}") => Verdict::NotFound,
            ("admin", _) => Verdict::Allowed,
            _ => Verdict::Forbidden,
        },
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
            Verdict::Allowed if role == "agent" => Verdict::Forbidden,
            Verdict::Allowed => Verdict::NotFound,
            other => other,
        },
        "tags.read" => expected(role, "own", false),
        "contacts.read" if !path.contains("{id}") => expected(role, "own", false),
        "contacts.block" if !path.contains("{id}") => match expected(role, "own", false) {
            Verdict::Allowed if role == "agent" => Verdict::Forbidden,
            other => other,
        },
        // There is no contact with this id; those that there are, are walked in `contacts`.
        "contacts.read" | "contacts.update" | "contacts.block" => expected(role, "nonexistent", false),
        "tags.manage" | "contacts.define" => match expected(role, "own", false) {
            Verdict::SignIn => Verdict::SignIn,
            _ if role == "agent" => Verdict::Forbidden,
            _ if permission == "contacts.define" && role != "admin" => Verdict::Forbidden,
            _ if path.ends_with("_id}") || path.ends_with("/merge") => Verdict::NotFound,
            // Those for all are the admin's.
            _ if role != "admin" => Verdict::Forbidden,
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
            Verdict::Allowed if place == "own team, another agent's" => Verdict::Taken,
            other => other,
        },
        unknown => panic!("{path}: the matrix does not know the permission {unknown}; say here who may"),
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
    people.insert("expired", ended.with_token(&tokens::expired(&people["agent"].token)));
    let deactivated = app.login(&app.people().stranger).await;
    people["admin"].patch(&format!("/api/v1/users/{}", deactivated.id()), json!({ "active": false })).await.ok();
    people.insert("deactivated", deactivated);
    people.insert("anonymous", Client::anonymous(&app.bases[0]));

    let elsewhere = app.add_channel("Support line", "700800900100299", "test-app-secret", Some(app.teams[1])).await;
    let document: Value = serde_json::from_str(&std::fs::read_to_string(root().join("openapi.json")).unwrap()).unwrap();
    // Who has not signed in comes no further whatever it is about, so all of them are shown the same one.
    let unseen = app.opens("46709999998").await;
    let foreign = Foreign::plant(&app, &people["admin"], &elsewhere).await;
    let mut cells = Vec::new();
    // Reading changes nothing, so what is only read may be read again; a step that works changes what it is about.
    let mut read = BTreeMap::new();
    let mut customers = 0;
    for (path, item) in document["paths"].as_object().unwrap() {
        for (method, operation) in item.as_object().unwrap() {
            let permission = operation["x-permission"].as_str().unwrap_or_else(|| panic!("{method} {path} names no permission"));
            let operation = Operation {
                path,
                method,
                id: operation["operationId"].as_str().unwrap(),
                permission,
                foreign: foreign.of(path),
                team: app.teams[0],
            };
            let places: &[&str] = if operation.about_conversation() { &PLACES } else { &["-"] };
            if !operation.about_conversation() {
                // These may move any conversation.
                read.clear();
            }
            for place in places {
                // Each of the people in a conversation of their own, so all at once.
                let walks = people.iter().map(|(role, client)| {
                    customers += 1;
                    let (wa_id, known) = (format!("4670{customers:07}"), read.get(&(*role, *place)).copied());
                    let (app, elsewhere, colleague, operation) = (&app, &elsewhere, &colleague, &operation);
                    async move {
                        let conversation = match (known, *place) {
                            (_, "-" | "nonexistent") => Uuid::now_v7(),
                            _ if !SIGNED_IN.contains(role) => unseen,
                            (Some(known), _) if method == "get" => known,
                            (_, "other team's") => say_at(app, elsewhere, &wa_id).await,
                            _ => {
                                let id = app.opens(&wa_id).await;
                                let holder = match *place {
                                    "own" | "closed" => Some(client),
                                    "own team, another agent's" => Some(colleague),
                                    _ => None,
                                };
                                if let Some(holder) = holder {
                                    holder.step(id, "take", json!({})).await.ok();
                                    if *place == "closed" {
                                        holder.step(id, "close", json!({ "reason": "resolved" })).await.ok();
                                    }
                                }
                                id
                            }
                        };
                        (*role, conversation, operation.walk(client, role, place, conversation).await)
                    }
                });
                for (role, conversation, walked) in join_all(walks.collect::<Vec<_>>()).await {
                    if method == "get" {
                        read.insert((role, *place), conversation);
                    }
                    cells.push(walked);
                }
            }
        }
    }
    let wrong: Vec<&str> = cells.iter().flat_map(|cell| &cell.wrong).map(String::as_str).collect();
    let allows = cells.iter().filter(|cell| cell.wrongly_allowed).count();
    assert_eq!((allows, wrong.len()), (0, 0), "wrong allows, and wrong cells of {}:\n{}", cells.len(), wrong.join("\n"));
    let others = cells.iter().filter(|cell| cell.foreign).count();
    assert!(others > 250, "only {others} cells with ids of somebody else");
    let operations = document["paths"].as_object().unwrap().iter().map(|(path, item)| {
        item.as_object().unwrap().len() * if path.contains("/conversations/{id}") { PLACES.len() } else { 1 }
    });
    assert_eq!(cells.len(), operations.sum::<usize>() * people.len(), "as many cells as there are");
    app.finish().await;
}

/// Things that are there and belong to somebody else: the admin, or another team.
struct Foreign(BTreeMap<&'static str, String>);

impl Foreign {
    async fn plant(app: &TestApp, admin: &Client, elsewhere: &tests::Channel) -> Self {
        let id = |made: Value| made["id"].as_str().unwrap().to_owned();
        let conversation = say_at(app, elsewhere, "46700000009").await;
        let bulk = json!({ "action": "read", "ids": [conversation] });
        let canned = json!({ "shortcut": "theirs", "title": "Theirs", "text": "Hi", "scope": "personal" });
        let tag = json!({ "name": "Theirs", "color": "blue", "team_id": app.teams[1] });
        let attribute = json!({ "key": "theirs", "name": "Theirs", "kind": "text" });
        Self(BTreeMap::from([
            ("users", app.people().colleague.id.to_string()),
            ("teams", app.teams[1].to_string()),
            ("channels", elsewhere.id.to_string()),
            ("close-reasons", admin.get("/api/v1/close-reasons").await.ok()["items"][0]["id"].as_str().unwrap().to_owned()),
            ("contacts", admin.conversation(conversation).await["contact"]["id"].as_str().unwrap().to_owned()),
            ("me", admin.get("/api/v1/me/sessions").await.ok()["items"][0]["id"].as_str().unwrap().to_owned()),
            ("bulk", id(admin.post("/api/v1/bulk", bulk).await.ok())),
            ("views", id(admin.post("/api/v1/views", json!({ "name": "Theirs", "filter": {} })).await.ok())),
            ("canned", id(admin.post("/api/v1/canned", canned).await.ok())),
            ("tags", id(admin.post("/api/v1/tags", tag).await.ok())),
            ("contact-attributes", id(admin.post("/api/v1/contact-attributes", attribute).await.ok())),
            ("media", id(admin.uploads("theirs.png", tests::files::png(8, 8)).await)),
        ]))
    }

    /// The one that a path is about, where it is about one.
    fn of(&self, path: &str) -> Option<String> {
        let noun = path.strip_prefix("/api/v1/")?.split('/').next()?;
        self.0.get(noun).filter(|_| path.contains("{id}") || path.contains("_id}")).cloned()
    }
}

/// A customer writes to a channel; their conversation.
async fn say_at(app: &TestApp, channel: &tests::Channel, wa_id: &str) -> Uuid {
    let message = webhook::text(wa_id, &webhook::wamid(), app.unix(), "Hello");
    let value = webhook::value(&channel.phone_number_id, &[webhook::contact(wa_id, "Elsewhere")], &[message], &[]);
    app.deliver_bytes(0, channel, webhook::bytes(&webhook::envelope(tests::Channel::ACCOUNT, &value))).await.ok_text();
    app.probe.conversation_of(wa_id).await
}

/// A body that the operation takes, so that it is the permission that decides.
fn body_of(operation: &str) -> Option<Value> {
    Some(match operation {
        "auth.login" => json!({ "email": "nobody@test.example", "password": "nothing at all" }),
        "me.update" => json!({ "theme": "dark", "notifications": { "sound": false } }),
        "channels.create" => json!({ "kind": "whatsapp", "name": "", "config": {}, "credentials": {} }),
        "channels.check" => json!({ "kind": "whatsapp", "config": {} }),
        "channels.update" => json!({ "name": "Renamed" }),
        "channels.replace_secret" => json!({ "name": "app_secret", "value": "new" }),
        "channels.test" => json!({ "to": "+1 555 000 2222" }),
        "channels.pause" => json!({}),
        "deliveries.replay_many" => json!({ "ids": [Uuid::now_v7()] }),
        "messages.rescue" => json!({ "template": { "name": "still_there", "language": "en" } }),
        "messages.react" => json!({ "emoji": "👍" }),
        "media.convert" => json!({ "to": "document" }),
        "templates.save_defaults" => json!({ "variables": {} }),
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
