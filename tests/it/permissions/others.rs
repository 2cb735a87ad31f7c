//! The matrix of ids that exist: what is somebody else's, or another team's, beside what nobody has. Where it is not for somebody to know that
//! there is such a thing, both answers are the same to the letter.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value, json};
use tests::{Answer, Channel, Client, TestApp, eventually, files, root};
use uuid::Uuid;

use super::{Verdict, body_of, say_at, verdict};

/// What somebody may make of a thing that exists.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum May {
    /// It does not exist for them.
    Nothing,
    /// They may know of it, or of all such things, and not do this.
    Look,
    /// It is theirs too.
    Act,
}

use May::{Act as A, Look as L, Nothing as N};

const ROLES: [&str; 4] = ["agent", "team_lead", "supervisor", "admin"];

/// What there is, seen from the agent of Transfers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Thing {
    ColleaguesSession,
    ColleaguesBulk,
    ColleaguesView,
    TheirTeamsView,
    OurTeamsView,
    EverybodysView,
    ColleaguesCanned,
    TheirTeamsCanned,
    OurTeamsCanned,
    EverybodysCanned,
    TheirTeamsTag,
    OurTeamsTag,
    EverybodysTag,
    TheirTeam,
    OurTeam,
    TheirContact,
    ColleaguesContact,
    OurContact,
    /// A note in a conversation of the other team.
    TheirMessage,
    /// A template of the channel, which everybody may send.
    Template,
    /// A file that the colleague has not sent.
    ColleaguesUpload,
    /// One that the admin put into a note of the other team's conversation.
    TheirFile,
    /// One that the lead put into a note of the agent's conversation.
    LeadsFile,
    /// What the lead has written in the agent's conversation and not said yet.
    LeadsHeld,
}

use Thing::{
    ColleaguesBulk, ColleaguesCanned, ColleaguesContact, ColleaguesSession, ColleaguesUpload, ColleaguesView, EverybodysCanned,
    EverybodysTag, EverybodysView, LeadsFile, LeadsHeld, OurContact, OurTeam, OurTeamsCanned, OurTeamsTag, OurTeamsView,
    Template, TheirContact, TheirFile, TheirMessage, TheirTeam, TheirTeamsCanned, TheirTeamsTag, TheirTeamsView,
};

/// Operations, with which thing in their last place, and what agent, team lead, supervisor and admin may make of that.
const TABLE: &[(&[&str], Thing, [May; 4])] = &[
    (&["me.end_session"], ColleaguesSession, [N, N, N, N]),
    (&["bulk.get", "bulk.undo"], ColleaguesBulk, [N, N, N, N]),
    (&["views.update", "views.delete"], ColleaguesView, [N, N, N, N]),
    (&["views.update", "views.delete"], TheirTeamsView, [N, N, N, A]),
    (&["views.update", "views.delete"], OurTeamsView, [L, A, A, A]),
    (&["views.update", "views.delete"], EverybodysView, [L, L, L, A]),
    (&["canned.update", "canned.delete", "canned.fill", "canned.use"], ColleaguesCanned, [N, N, N, N]),
    (&["canned.update", "canned.delete", "canned.fill", "canned.use"], TheirTeamsCanned, [N, N, N, A]),
    (&["canned.update", "canned.delete"], OurTeamsCanned, [L, A, A, A]),
    (&["canned.update", "canned.delete"], EverybodysCanned, [L, L, L, A]),
    (&["canned.fill", "canned.use"], OurTeamsCanned, [A, A, A, A]),
    (&["templates.get", "templates.save_defaults"], Template, [A, A, A, A]),
    (&["media.get", "media.link", "media.delete", "media.convert", "media.fetch"], ColleaguesUpload, [N, N, N, N]),
    (&["media.get", "media.link", "media.delete", "media.convert", "media.fetch"], TheirFile, [N, N, N, A]),
    (&["media.get", "media.link", "media.fetch"], LeadsFile, [A, A, A, A]),
    (&["media.delete", "media.convert"], LeadsFile, [L, A, L, L]),
    (&["tags.update", "tags.delete", "tags.merge"], TheirTeamsTag, [L, N, N, A]),
    (&["tags.update", "tags.delete", "tags.merge"], OurTeamsTag, [L, A, A, A]),
    (&["tags.update", "tags.delete", "tags.merge"], EverybodysTag, [L, L, L, A]),
    (&["tags.attach", "tags.detach"], TheirTeamsTag, [N, N, N, A]),
    (&["tags.attach", "tags.detach"], OurTeamsTag, [A, A, A, A]),
    (&["queues.get", "queues.take_next"], TheirTeam, [N, N, N, A]),
    (&["queues.update"], TheirTeam, [L, N, N, A]),
    (&["queues.get", "queues.take_next"], OurTeam, [A, A, A, A]),
    (&["queues.update"], OurTeam, [L, A, A, A]),
    (
        &["contacts.get", "contacts.activity", "contacts.update", "contacts.block", "contacts.unblock", "contacts.bring_back"],
        TheirContact,
        [N, N, N, A],
    ),
    (
        &["contacts.get", "contacts.activity", "contacts.update", "contacts.block", "contacts.unblock", "contacts.bring_back"],
        ColleaguesContact,
        [N, A, A, A],
    ),
    (&["contacts.get", "contacts.activity", "contacts.update"], OurContact, [A, A, A, A]),
    (&["contacts.block", "contacts.unblock", "contacts.bring_back"], OurContact, [L, A, A, A]),
    (
        &[
            "messages.change",
            "messages.take_back",
            "messages.retry",
            "messages.rescue",
            "messages.confirm",
            "messages.react",
            "notes.pin",
            "notes.unpin",
        ],
        TheirMessage,
        [N, N, N, N],
    ),
    (&["notes.feedback"], TheirMessage, [N, N, N, N]),
    (&["notes.give_feedback"], TheirMessage, [L, N, N, N]),
    (&["messages.change", "messages.take_back", "messages.retry", "messages.rescue"], LeadsHeld, [N, A, N, N]),
    // It is no message yet, for its author neither.
    (&["messages.confirm", "messages.react", "notes.pin", "notes.unpin", "notes.feedback"], LeadsHeld, [N, N, N, N]),
    (&["notes.give_feedback"], LeadsHeld, [L, N, N, N]),
];

/// The nouns whose things are the admin's alone to know, walked in the matrix of operations.
const ADMINS: [&str; 6] = ["users", "teams", "channels", "close-reasons", "contact-attributes", "deliveries"];

fn id_of(thing: &Value) -> Uuid {
    thing["id"].as_str().unwrap().parse().unwrap()
}

struct World {
    app: TestApp,
    people: BTreeMap<&'static str, Client>,
    colleague: Client,
    elsewhere: Channel,
    /// The agent's, which all four see.
    seen: Uuid,
    theirs: Uuid,
    customers: std::cell::Cell<u32>,
}

impl World {
    async fn begin() -> Self {
        let app = TestApp::start().await;
        let who = app.people().clone();
        let mut people = BTreeMap::new();
        for (role, person) in ROLES.into_iter().zip([&who.agent, &who.lead, &who.supervisor, &who.admin]) {
            people.insert(role, app.login(person).await);
        }
        let colleague = app.colleague().await;
        let elsewhere = app.add_channel("Support line", "700800900100299", "test-app-secret", Some(app.teams[1])).await;
        let seen = app.opens("46702000001").await;
        people["agent"].step(seen, "take", json!({})).await.ok();
        let theirs = say_at(&app, &elsewhere, "46702000002").await;
        Self { app, people, colleague, elsewhere, seen, theirs, customers: 0.into() }
    }

    /// A new one, for what is done to it may change it.
    async fn make(&self, thing: Thing) -> Uuid {
        let [ours, theirs] = self.app.teams;
        let (admin, lead, colleague) = (&self.people["admin"], &self.people["team_lead"], &self.colleague);
        let name = Uuid::new_v4().simple().to_string();
        let made = async |by: &Client, path: &str, body: Value| -> Uuid {
            by.post(path, body).await.ok()["id"].as_str().unwrap().parse().unwrap()
        };
        let view = |shared: &str, team: Option<Uuid>| match team {
            Some(team) => json!({ "name": name, "shared": shared, "team_id": team, "filter": {} }),
            None => json!({ "name": name, "shared": shared, "filter": {} }),
        };
        let canned = |scope: &str, team: Option<Uuid>| json!({ "shortcut": name, "title": "T", "text": "T", "scope": scope, "team_id": team });
        let tag = |team: Option<Uuid>| json!({ "name": name, "color": "blue", "team_id": team });
        let (views, texts, tags) = ("/api/v1/views", "/api/v1/canned", "/api/v1/tags");
        match thing {
            ColleaguesSession => {
                let sessions = self.app.colleague().await.get("/api/v1/me/sessions").await.ok();
                sessions["items"][0]["id"].as_str().unwrap().parse().unwrap()
            }
            ColleaguesBulk => made(colleague, "/api/v1/bulk", json!({ "action": "read", "ids": [self.theirs] })).await,
            ColleaguesView => made(colleague, views, view("private", None)).await,
            TheirTeamsView => made(admin, views, view("team", Some(theirs))).await,
            OurTeamsView => made(admin, views, view("team", Some(ours))).await,
            EverybodysView => made(admin, views, view("everybody", None)).await,
            ColleaguesCanned => made(colleague, texts, canned("personal", None)).await,
            TheirTeamsCanned => made(admin, texts, canned("team", Some(theirs))).await,
            OurTeamsCanned => made(admin, texts, canned("team", Some(ours))).await,
            EverybodysCanned => made(admin, texts, canned("global", None)).await,
            TheirTeamsTag => made(admin, tags, tag(Some(theirs))).await,
            OurTeamsTag => made(admin, tags, tag(Some(ours))).await,
            EverybodysTag => made(admin, tags, tag(None)).await,
            TheirTeam => theirs,
            OurTeam => ours,
            TheirContact | ColleaguesContact | OurContact => {
                self.customers.set(self.customers.get() + 1);
                let wa_id = format!("46703{:06}", self.customers.get());
                let conversation = match thing {
                    TheirContact => say_at(&self.app, &self.elsewhere, &wa_id).await,
                    _ => self.app.opens(&wa_id).await,
                };
                if thing == ColleaguesContact {
                    colleague.step(conversation, "take", json!({})).await.ok();
                }
                self.app.probe.of(conversation, "select contact_id from conversation where id = $1").await
            }
            TheirMessage => {
                let note = admin.send(self.theirs, "note", "Between us").await.ok();
                note["id"].as_str().unwrap().parse().unwrap()
            }
            ColleaguesUpload => id_of(&colleague.uploads("a.png", files::png(8, 8)).await),
            TheirFile | LeadsFile => {
                let (by, conversation) = if thing == TheirFile { (admin, self.theirs) } else { (lead, self.seen) };
                let file = by.uploads("a.png", files::png(8, 8)).await;
                let body = json!({ "client_id": name, "kind": "note", "media_ids": [file["id"]] });
                made(by, &format!("/api/v1/conversations/{conversation}/messages"), body).await;
                id_of(&file)
            }
            Template => {
                let hello = json!([{ "type": "BODY", "text": "Hello" }]);
                self.app.graph.templates(vec![json!({ "id": "t1", "name": "hello", "language": "en", "status": "APPROVED",
                    "category": "UTILITY", "components": hello })]);
                let sync = format!("/api/v1/channels/{}/templates/sync", self.app.channel.id);
                assert_eq!(admin.post(&sync, json!({})).await.status, 202);
                eventually("the template is read", async || {
                    self.app.probe.all::<(Uuid,)>("select id from template").await.first().map(|row| row.0)
                })
                .await
            }
            LeadsHeld => {
                let at = self.app.clock.now() + chrono::Duration::days(1);
                let body = json!({ "client_id": name, "kind": "reply", "text": "Later", "send_at": at });
                made(lead, &format!("/api/v1/conversations/{}/messages", self.seen), body).await
            }
        }
    }

    async fn ask(&self, role: &str, operation: &Operation, id: Uuid) -> (Verdict, u16, Value) {
        let last = operation.path.rfind('{').unwrap();
        let path = operation.path[..last].replace("{id}", &self.seen.to_string());
        let after = operation.path[last..].split_once('}').unwrap().1;
        let request = self.people[role].request(operation.method.parse().unwrap(), &format!("{path}{id}{after}"));
        let answer = Answer::of(match body_of(&operation.id) {
            Some(body) => request.json(&body),
            None => request,
        })
        .await;
        let mut body: Value = serde_json::from_slice(&answer.body).unwrap_or_default();
        if let Some(body) = body.as_object_mut() {
            body.remove("request_id");
        }
        (verdict(answer.status, &body), answer.status, body)
    }
}

struct Operation {
    id: String,
    method: String,
    path: String,
}

/// The operations that name something beside a conversation.
fn operations() -> BTreeMap<String, Operation> {
    let document: Value = serde_json::from_str(&std::fs::read_to_string(root().join("openapi.json")).unwrap()).unwrap();
    let mut operations = BTreeMap::new();
    for (path, item) in document["paths"].as_object().unwrap() {
        for (method, operation) in item.as_object().unwrap() {
            // No user is who these are for.
            let public = ["public", "signed_webhook", "signed_link", "page", "visitor"];
            let public = public.contains(&operation["x-permission"].as_str().unwrap());
            let noun = path.trim_start_matches("/api/v1/").split('/').next().unwrap();
            let named = path.matches('{').count() - usize::from(path.contains("/conversations/{id}"));
            if named > 0 && !public && !ADMINS.contains(&noun) {
                let id = operation["operationId"].as_str().unwrap().to_owned();
                operations.insert(id.clone(), Operation { id, method: method.to_uppercase(), path: path.clone() });
            }
        }
    }
    operations
}

#[tokio::test]
async fn permissions_hold_for_ids_of_others() {
    let world = World::begin().await;
    let operations = operations();
    let known: BTreeSet<&str> = TABLE.iter().flat_map(|(names, ..)| names.iter().copied()).collect();
    let all: BTreeSet<&str> = operations.keys().map(String::as_str).collect();
    assert_eq!(known, all, "an operation that names something is in the table, with what there may be in its place");

    let (mut cells, mut hidden, mut wrong) = (0, 0, Vec::new());
    for (names, thing, row) in TABLE {
        for operation in names.iter().map(|name| &operations[*name]) {
            for (role, may) in ROLES.into_iter().zip(row) {
                let id = world.make(*thing).await;
                let (got, status, told) = world.ask(role, operation, id).await;
                let want = match may {
                    N => Verdict::NotFound,
                    L => Verdict::Forbidden,
                    A => Verdict::Allowed,
                };
                if got != want {
                    wrong.push(format!("{} with {thing:?} as {role}: {got:?}, not {want:?}: {status} {told}", operation.id));
                }
                if *may == N {
                    let (_, absent, nothing) = world.ask(role, operation, Uuid::now_v7()).await;
                    if (status, &told) != (absent, &nothing) {
                        wrong.push(format!("{} tells {role} that {thing:?} exists: {told}, not {nothing}", operation.id));
                    }
                    hidden += 1;
                }
                cells += 1;
            }
        }
    }
    assert!(wrong.is_empty(), "{} of {cells} cells are wrong:\n{}", wrong.len(), wrong.join("\n"));
    assert_eq!(cells, TABLE.iter().map(|(names, ..)| names.len() * ROLES.len()).sum::<usize>(), "as many cells as there are");
    assert!(hidden > 100, "only {hidden} of {cells} are hidden");
    // What bulks still have to do would be left behind.
    eventually("no bulk is under way", async || {
        (world.app.probe.one::<i64>("select count(*) from bulk_job where state <> 'done'").await == 0).then_some(())
    })
    .await;
    world.app.finish().await;
}

/// Ids in bodies and queries: of another team or colleague, and of nobody, are answered alike.
#[tokio::test]
async fn permissions_hold_for_ids_of_others_in_bodies_and_queries() {
    let world = World::begin().await;
    let theirs = world.app.teams[1];
    let (their_tag, their_message) = (world.make(TheirTeamsTag).await, world.make(TheirMessage).await);
    let our_tag = world.make(OurTeamsTag).await;
    let mut cells = 0;
    for role in ["agent", "team_lead", "supervisor"] {
        let client = &world.people[role];
        let seen = world.seen;
        let answer_of = async |method: &str, path: String, body: Option<Value>| {
            let request = client.request(method.parse().unwrap(), &path);
            let answer = Answer::of(match &body {
                Some(body) => request.json(body),
                None => request,
            })
            .await;
            let mut told: Value = serde_json::from_slice(&answer.body).unwrap_or_default();
            if let Some(told) = told.as_object_mut() {
                told.remove("request_id");
            }
            (answer.status, told)
        };
        type Ask = Box<dyn Fn(Uuid) -> (&'static str, String, Option<Value>)>;
        let get = |path: &'static str| -> (Uuid, Ask) { (theirs, Box::new(move |id| ("GET", format!("{path}{id}"), None))) };
        let reply = |id: Uuid| json!({ "client_id": "quoting", "kind": "reply", "text": "As said", "reply_to": id });
        let draft = |id: Uuid| json!({ "kind": "reply", "text": "As", "seq": 1, "reply_to": id });
        let asks: Vec<(Uuid, Ask)> = vec![
            get("/api/v1/conversations?view=queue&team_id="),
            get("/api/v1/conversations?view=team&team_id="),
            get("/api/v1/conversations?team_id="),
            get("/api/v1/tags?team_id="),
            (their_tag, Box::new(|id| ("GET", format!("/api/v1/conversations?tag={id}"), None))),
            (world.elsewhere.id, Box::new(|id| ("GET", format!("/api/v1/conversations?channel_id={id}"), None))),
            (world.app.people().stranger.id, Box::new(|id| ("GET", format!("/api/v1/conversations?assignee_id={id}"), None))),
            (
                theirs,
                Box::new(|id| ("POST", "/api/v1/tags".into(), Some(json!({ "name": "x", "color": "blue", "team_id": id })))),
            ),
            (
                theirs,
                Box::new(|id| {
                    let body = json!({ "shortcut": "x", "title": "x", "text": "x", "scope": "team", "team_id": id });
                    ("POST", "/api/v1/canned".into(), Some(body))
                }),
            ),
            (
                theirs,
                Box::new(|id| {
                    ("POST", "/api/v1/views".into(), Some(json!({ "name": "x", "shared": "team", "team_id": id, "filter": {} })))
                }),
            ),
            (their_tag, Box::new(move |id| ("POST", format!("/api/v1/tags/{our_tag}/merge"), Some(json!({ "into": id }))))),
            (their_message, Box::new(move |id| ("POST", format!("/api/v1/conversations/{seen}/messages"), Some(reply(id))))),
            (their_message, Box::new(move |id| ("PUT", format!("/api/v1/conversations/{seen}/draft"), Some(draft(id))))),
        ];
        for (id, ask) in &asks {
            let answer = async |id: Uuid| {
                let (method, path, body) = ask(id);
                let (status, mut told) = answer_of(method, path.clone(), body).await;
                // When a draft was saved.
                if let Some(told) = told.as_object_mut() {
                    told.remove("updated_at");
                }
                (status, told, path)
            };
            let ((status, told, path), (absent, nothing, _)) = (answer(*id).await, answer(Uuid::now_v7()).await);
            assert_eq!((status, told), (absent, nothing), "{path} as {role} with an id of others, and with one of nobody");
            cells += 1;
        }
        // A bulk takes any ids and tells of each for itself: what is theirs is not there, and has no number.
        let bulk = client.post("/api/v1/bulk", json!({ "action": "read", "ids": [world.theirs, Uuid::nil()] })).await.ok();
        let path = format!("/api/v1/bulk/{}", bulk["id"].as_str().unwrap());
        let done = eventually("the bulk is done", async || {
            let bulk = client.get(&path).await.ok();
            (bulk["state"] == "done").then_some(bulk)
        })
        .await;
        let mut told: Vec<Value> = done["failures"].as_array().unwrap().clone();
        for failure in &mut told {
            failure.as_object_mut().unwrap().remove("conversation_id");
        }
        assert_eq!((told.len(), &told[0], told[0]["code"].as_str()), (2, &told[1], Some("not_found")));
        assert_eq!(told[0]["number"], Value::Null);
        cells += 1;
    }
    assert_eq!(cells, 3 * 14);
    world.app.finish().await;
}
