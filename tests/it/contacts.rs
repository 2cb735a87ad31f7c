//! A contact's page: who sees it, what they may change, and what blocking does.

use futures_util::future::join_all;
use serde_json::{Value, json};
use tests::{Channel, Client, TestApp, eventually, webhook};
use uuid::Uuid;

const WHO: &str = "15550002222";

async fn contact_of(app: &TestApp, conversation: Uuid) -> String {
    let id: Uuid = app.probe.of(conversation, "select contact_id from conversation where id = $1").await;
    format!("/api/v1/contacts/{id}")
}

async fn attribute(admin: &Client, body: Value) -> Value {
    let answer = admin.post("/api/v1/contact-attributes", body).await;
    assert_eq!(answer.status, 201, "{}", answer.text());
    answer.json()
}

#[tokio::test]
async fn contacts_are_visible_when_one_of_their_conversations_is() {
    let app = TestApp::start().await;
    let people = app.people().clone();
    let (agent, colleague, lead) = (app.agent().await, app.colleague().await, app.login(&people.lead).await);
    let (stranger, admin) = (app.login(&people.stranger).await, app.admin().await);
    let first = app.opens(WHO).await;
    let path = contact_of(&app, first).await;
    for client in [&agent, &colleague, &lead, &admin] {
        let contact = client.get(&path).await.ok();
        assert_eq!((&contact["name"], &contact["blocked"]), (&json!("Customer 2222"), &json!(false)));
        assert_eq!(contact["identities"][0]["external_id"], WHO);
        assert_eq!(contact["identities"][0]["channel"]["kind"], "whatsapp");
        assert_eq!(contact["conversations"][0]["id"], first.to_string());
    }
    agent.post(&format!("/api/v1/conversations/{first}/take"), json!({})).await.ok();
    let activity = format!("{path}/activity");
    for (client, status) in [(&agent, 200), (&lead, 200), (&admin, 200), (&colleague, 404), (&stranger, 404)] {
        assert_eq!(client.get(&path).await.status, status);
        assert_eq!(client.get(&activity).await.status, status);
        assert_eq!(client.patch(&path, json!({})).await.status, status);
        let may_block = if status == 200 && client.me["role"] == "agent" { 403 } else { status };
        assert_eq!(client.post(&format!("{path}/unblock"), json!({})).await.status, may_block);
    }
    agent.get(&format!("/api/v1/contacts/{}", Uuid::from_u128(7))).await.refused(404, "not_found");

    // The same customer wrote to Support too: each sees what they may of what was said before.
    let support = app.add_channel("Support line", "700800900100299", "test-app-secret", Some(app.teams[1])).await;
    app.probe
        .run(
            "insert into contact_identity (id, contact_id, channel_id, external_id, created_at)
             select gen_random_uuid(), i.contact_id, c.id, i.external_id, now()
               from contact_identity i join channel c on c.name = 'Support line'",
        )
        .await;
    let value = webhook::value(
        &support.phone_number_id,
        &[webhook::contact(WHO, "Customer 2222")],
        &[webhook::text(WHO, &webhook::wamid(), app.unix(), "help")],
        &[],
    );
    app.deliver_bytes(0, &support, webhook::bytes(&webhook::envelope(Channel::ACCOUNT, &value))).await.ok_text();
    let seen = async |client: &Client| {
        let contact = client.get(&path).await.ok();
        assert_eq!(contact["identities"].as_array().unwrap().len(), 2);
        contact["conversations"].as_array().unwrap().len()
    };
    assert_eq!((seen(&agent).await, seen(&stranger).await, seen(&admin).await), (1, 1, 2));
    colleague.get(&path).await.refused(404, "not_found");
    app.finish().await;
}

#[tokio::test]
async fn contacts_are_changed_by_whoever_sees_them() {
    let app = TestApp::start().await;
    let (agent, lead, admin) = (app.agent().await, app.login(&app.people().lead).await, app.admin().await);
    let id = app.opens(WHO).await;
    let path = contact_of(&app, id).await;
    attribute(&admin, json!({ "key": "plan", "name": "Plan", "kind": "choice", "choices": ["Gold", "Silver"] })).await;
    attribute(&admin, json!({ "key": "limit", "name": "Limit", "kind": "number" })).await;
    attribute(&admin, json!({ "key": "remark", "name": "Remark", "kind": "text" })).await;
    attribute(&admin, json!({ "key": "born", "name": "Born", "kind": "date" })).await;
    let mut socket = lead.socket(None).await;
    let hostile = "<img src=x onerror=alert(1)> '; drop table contact; -- \u{202e}{{7*7}}";
    let changed = agent
        .patch(
            &path,
            json!({
                "name": " Zoë\u{202e} Kraft\u{0} ",
                "email": "zoe@example.com",
                "attributes": { "plan": "Gold", "limit": 2.5, "remark": hostile, "born": "1990-02-28" },
            }),
        )
        .await
        .ok();
    assert_eq!((&changed["name"], &changed["email"]), (&json!("Zoë Kraft"), &json!("zoe@example.com")));
    assert_eq!(changed["attributes"], json!({ "plan": "Gold", "limit": 2.5, "remark": hostile, "born": "1990-02-28" }));
    socket.expect("conversation.updated", |data| data["conversation"]["contact"]["name"] == "Zoë Kraft").await;
    let told = socket.expect("contact.updated", |data| data["contact"]["name"] == "Zoë Kraft").await;
    assert_eq!(told["data"]["contact"].get("conversations"), None, "what one may see of them differs");
    assert_eq!(agent.conversation(id).await["contact"]["name"], "Zoë Kraft");
    // What the customer calls themselves does not replace what a colleague wrote.
    app.say(WHO, "hi again").await;
    assert_eq!(agent.get(&path).await.ok()["name"], "Zoë Kraft");
    // Partial: what is not named stays, null takes away.
    let less = agent.patch(&path, json!({ "email": null, "attributes": { "plan": null } })).await.ok();
    assert_eq!((&less["name"], &less["email"]), (&json!("Zoë Kraft"), &Value::Null));
    assert_eq!(less["attributes"], json!({ "limit": 2.5, "remark": hostile, "born": "1990-02-28" }));
    for (body, field) in [
        (json!({ "name": "" }), "name"),
        (json!({ "name": "\u{200b}\u{202e}" }), "name"),
        (json!({ "name": "x".repeat(201) }), "name"),
        (json!({ "email": "zoe" }), "email"),
        (json!({ "email": "zoe@example" }), "email"),
        (json!({ "email": "a b@example.com" }), "email"),
        (json!({ "email": "zoe@exa\u{202e}mple.com" }), "email"),
        (json!({ "email": "<zoe@example.com>" }), "email"),
        (json!({ "attributes": { "plan": "Platinum" } }), "attributes.plan"),
        (json!({ "attributes": { "limit": "2" } }), "attributes.limit"),
        (json!({ "attributes": { "limit": 1e300 } }), "attributes.limit"),
        (json!({ "attributes": { "born": "1990-02-30" } }), "attributes.born"),
        (json!({ "attributes": { "remark": ["x"] } }), "attributes.remark"),
        (json!({ "attributes": { "remark": "x".repeat(1001) } }), "attributes.remark"),
        (json!({ "attributes": { "nothing": 1 } }), "attributes.nothing"),
        (json!({ "attributes": { "__proto__": 1 } }), "attributes.__proto__"),
    ] {
        assert_eq!(agent.patch(&path, body.clone()).await.fields(), [field], "{body}");
    }
    agent.patch(&path, json!({ "blocked": true })).await.refused(422, "invalid");
    let activity = agent.pages(&format!("{path}/activity?limit=3")).await;
    let kinds: Vec<&str> = activity.iter().map(|e| e["kind"].as_str().unwrap()).collect();
    assert_eq!(kinds.len(), 8, "{kinds:?}");
    // What one change did to several details happened at one time.
    assert!(activity[3..].iter().any(|e| e["kind"] == "renamed" && e["data"]["to"] == "Zoë Kraft"), "{kinds:?}");
    assert!(activity.iter().all(|e| e["actor"]["name"] == app.people().agent.name));
    // Two who change different details at once lose neither.
    for n in 0..8 {
        let (a, b) = tokio::join!(
            agent.patch(&path, json!({ "attributes": { "limit": n } })),
            lead.patch(&path, json!({ "attributes": { "remark": format!("r{n}") } }))
        );
        assert_eq!((a.status, b.status), (200, 200));
        let now = agent.get(&path).await.ok();
        assert_eq!((&now["attributes"]["limit"], &now["attributes"]["remark"]), (&json!(n), &json!(format!("r{n}"))));
    }
    app.finish().await;
}

#[tokio::test]
async fn contacts_details_are_the_admins_to_choose() {
    let app = TestApp::start().await;
    let (admin, lead, agent) = (app.admin().await, app.login(&app.people().lead).await, app.agent().await);
    let id = app.opens(WHO).await;
    let path = contact_of(&app, id).await;
    let plan =
        attribute(&admin, json!({ "key": "plan", "name": "Plan", "kind": "choice", "choices": ["Gold", "Gold", " Silver "] }))
            .await;
    assert_eq!(plan["choices"], json!(["Gold", "Silver"]));
    let at = format!("/api/v1/contact-attributes/{}", plan["id"].as_str().unwrap());
    for client in [&lead, &agent] {
        client
            .post("/api/v1/contact-attributes", json!({ "key": "x", "name": "X", "kind": "text" }))
            .await
            .refused(403, "forbidden");
        client.patch(&at, json!({ "name": "X" })).await.refused(403, "forbidden");
        client.delete(&at).await.refused(403, "forbidden");
        assert_eq!(client.get("/api/v1/contact-attributes").await.ok()["items"], json!([plan]));
    }
    for (body, field) in [
        (json!({ "key": "Plan", "name": "X", "kind": "text" }), "key"),
        (json!({ "key": "", "name": "X", "kind": "text" }), "key"),
        (json!({ "key": "x", "name": " ", "kind": "text" }), "name"),
        (json!({ "key": "x", "name": "X", "kind": "choice" }), "choices"),
        (json!({ "key": "x", "name": "X", "kind": "text", "choices": ["a"] }), "choices"),
    ] {
        assert_eq!(admin.post("/api/v1/contact-attributes", body.clone()).await.fields(), [field], "{body}");
    }
    admin
        .post("/api/v1/contact-attributes", json!({ "key": "plan", "name": "X", "kind": "text" }))
        .await
        .refused(409, "already_exists");
    admin.post("/api/v1/contact-attributes", json!({ "key": "x", "name": "X", "kind": "colour" })).await.refused(422, "invalid");
    agent.patch(&path, json!({ "attributes": { "plan": "Silver" } })).await.ok();
    // A key may change and a choice may go: what contacts have stays.
    admin.patch(&at, json!({ "key": "tier", "choices": ["Gold"] })).await.ok();
    assert_eq!(agent.get(&path).await.ok()["attributes"], json!({ "tier": "Silver" }));
    assert_eq!(agent.patch(&path, json!({ "attributes": { "tier": "Silver" } })).await.fields(), ["attributes.tier"]);
    assert_eq!(admin.delete(&at).await.status, 204);
    assert_eq!(agent.get(&path).await.ok()["attributes"], json!({}));
    // One of the same key is another one.
    attribute(&admin, json!({ "key": "tier", "name": "Tier", "kind": "number" })).await;
    assert_eq!(agent.get(&path).await.ok()["attributes"], json!({}));
    eventually("the values are forgotten", async || {
        (app.probe.one::<i64>("select count(*) from contact where attributes <> '{}'").await == 0).then_some(())
    })
    .await;
    admin.patch(&at, json!({ "name": "X" })).await.refused(404, "not_found");
    app.finish().await;
}

#[tokio::test]
async fn contacts_that_are_blocked_are_stored_and_ask_for_nothing() {
    let app = TestApp::start().await;
    let people = app.people().clone();
    let (agent, lead) = (app.agent().await, app.login(&people.lead).await);
    let id = app.opens(WHO).await;
    let path = contact_of(&app, id).await;
    agent.post(&format!("{path}/block"), json!({})).await.refused(403, "forbidden");
    app.login(&people.stranger).await.post(&format!("{path}/block"), json!({})).await.refused(404, "not_found");
    let mut socket = agent.socket(None).await;
    let blocked = lead.post(&format!("{path}/block"), json!({ "reason": " spam\0 " })).await.ok();
    assert_eq!((&blocked["blocked"], &blocked["block_reason"]), (&json!(true), &json!("spam")));
    assert_eq!(lead.post(&format!("{path}/block"), json!({ "reason": "again" })).await.ok()["block_reason"], "spam");
    socket.expect("conversation.updated", |data| data["conversation"]["blocked"] == true).await;
    socket.expect("contact.updated", |data| data["contact"]["blocked"] == true).await;
    assert_eq!(lead.post(&format!("{path}/block"), json!({ "reason": "x".repeat(501) })).await.fields(), ["reason"]);

    // It lands where it is and moves nothing.
    let before = agent.conversation(id).await;
    assert_eq!((&before["blocked"], &before["waiting_since"]), (&json!(true), &Value::Null));
    for n in 0..3 {
        app.say(WHO, &format!("buy {n}")).await;
    }
    let told = socket.expect("message.created", |data| data["message"]["text"] == "buy 2").await;
    assert_eq!(told["data"]["conversation"]["blocked"], true);
    let mut after = agent.conversation(id).await;
    assert_eq!(after["last_message"]["preview"], "buy 2");
    for field in ["state", "unread", "inbound_count", "waiting_since", "last_activity_at", "assignee"] {
        assert_eq!(after[field], before[field], "{field}");
    }
    assert_eq!(agent.messages(id).await.len(), 4, "nothing is lost");
    let fates = app.probe.fates().await;
    assert_eq!(fates, ["message stored", "message blocked", "message blocked", "message blocked"]);
    agent.post(&format!("/api/v1/conversations/{id}/unread"), json!({ "seq": 2 })).await.refused(422, "invalid");
    assert_eq!(agent.post(&format!("/api/v1/conversations/{id}/unread"), json!({ "seq": 1 })).await.ok()["unread"], 1);

    // It neither wakes nor reopens, nor begins anything.
    agent.post(&format!("/api/v1/conversations/{id}/take"), json!({})).await.ok();
    agent.post(&format!("/api/v1/conversations/{id}/snooze"), json!({})).await.ok();
    app.say(WHO, "wake up").await;
    assert_eq!(agent.conversation(id).await["state"], "snoozed");
    agent.post(&format!("/api/v1/conversations/{id}/unsnooze"), json!({})).await.ok();
    agent.post(&format!("/api/v1/conversations/{id}/close"), json!({ "reason": "spam" })).await.ok();
    app.say(WHO, "come back").await;
    // Through its own door, so that the node knows at once.
    app.admin().await.patch(&format!("/api/v1/channels/{}", app.channel.id), json!({ "reopen_hours": 0 })).await.ok();
    app.say(WHO, "please").await;
    after = agent.conversation(id).await;
    assert_eq!((&after["state"], &after["last_message"]["preview"]), (&json!("closed"), &json!("please")));
    assert_eq!(app.probe.one::<i64>("select count(*) from conversation").await, 1);

    // Both are on record, and each of their kind once.
    lead.post(&format!("{path}/unblock"), json!({})).await.ok();
    lead.post(&format!("{path}/unblock"), json!({})).await.ok();
    let records: Vec<(String, String)> = eventually("both are in the audit log", async || {
        let rows = app.probe.all("select kind, actor_name from audit_entry where kind like 'contact.%' order by seq").await;
        (rows.len() >= 2).then_some(rows)
    })
    .await;
    let by = people.lead.name.to_owned();
    assert_eq!(records, [("contact.blocked".to_owned(), by.clone()), ("contact.unblocked".to_owned(), by)]);
    let timeline = agent.get(&format!("/api/v1/conversations/{id}/timeline")).await.ok();
    let kinds: Vec<&str> = timeline["items"].as_array().unwrap().iter().filter_map(|e| e["kind"].as_str()).collect();
    assert_eq!(kinds.iter().filter(|k| k.ends_with("blocked")).copied().collect::<Vec<_>>(), ["blocked", "unblocked"]);
    // Let in again, they are a customer like any other.
    app.say(WHO, "sorry").await;
    let next = app.probe.conversation_of(WHO).await;
    assert_ne!(next, id);
    let fresh = agent.conversation(next).await;
    assert_eq!((&fresh["state"], &fresh["unread"], &fresh["blocked"]), (&json!("queued"), &json!(1), &json!(false)));
    app.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn contacts_that_are_blocked_never_have_two_conversations_by_one_message_each() {
    let mut app = TestApp::with().nodes(2).start().await;
    let lead = app.login(&app.people().lead).await;
    let second = app.add_channel("Second line", "700800900100299", "test-app-secret", Some(app.teams[0])).await;
    let id = app.opens(WHO).await;
    let path = contact_of(&app, id).await;
    app.probe
        .run(
            "insert into contact_identity (id, contact_id, channel_id, external_id, created_at)
             select gen_random_uuid(), i.contact_id, c.id, i.external_id, now()
               from contact_identity i join channel c on c.name = 'Second line'",
        )
        .await;
    lead.post(&format!("{path}/block"), json!({})).await.ok();
    join_all((0..8).map(|n| {
        let (app, second) = (&app, &second);
        async move {
            let message = webhook::text(WHO, &webhook::wamid(), app.unix(), &format!("first {n}"));
            let value = webhook::value(&second.phone_number_id, &[webhook::contact(WHO, "Customer 2222")], &[message], &[]);
            app.deliver_bytes(n % 2, second, webhook::bytes(&webhook::envelope(Channel::ACCOUNT, &value))).await.ok_text();
        }
    }))
    .await;
    let rows: Vec<(String, i64, i64, bool)> =
        app.probe.all("select state, last_seq, inbound_count, blocked from conversation order by created_at").await;
    assert_eq!(rows[1..], [("closed".to_owned(), 8, 0, true)]);
    // Blocked and let in while they write: whatever comes first, the conversations know what the contact is.
    for round in 0..6 {
        let who = format!("1555900{round:04}");
        app.say(&who, "hello").await;
        let contact = contact_of(&app, app.probe.conversation_of(&who).await).await;
        let step = if round % 2 == 0 { "block" } else { "unblock" };
        let step = format!("{contact}/{step}");
        let (answer, ..) =
            tokio::join!(lead.post(&step, json!({})), app.say(&who, "one"), app.say(&who, "two"), app.say(&who, "three"));
        assert_eq!(answer.status, 200);
        assert_eq!(lead.messages(app.probe.conversation_of(&who).await).await.len(), 4);
    }
    app.stop_node(1).await;
    app.finish().await;
}
