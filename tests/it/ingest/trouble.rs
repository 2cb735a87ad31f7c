//! What cannot be processed, and what cannot be stored.

use std::time::Duration;

use serde_json::{Value, json};
use tests::{Channel, TestApp, eventually, webhook};
use uuid::Uuid;

/// Makes the database refuse messages with certain words, as a bug of ours or a value it cannot hold would.
const POISON: &str = "create function poison() returns trigger language plpgsql as $$
    begin
        if new.content ->> 'text' = 'poison' then raise exception 'poisoned on purpose' using errcode = 'XX000'; end if;
        if new.content ->> 'text' = 'locked' then raise exception 'canceling statement due to lock timeout' using errcode = '55P03'; end if;
        if new.content ->> 'text' = 'slow' then raise exception 'canceling statement due to statement timeout' using errcode = '57014'; end if;
        if new.content ->> 'text' = 'full' then raise exception 'no space left on device' using errcode = '53100'; end if;
        return new;
    end $$;
    create trigger poison before insert on message for each row execute function poison();";

#[tokio::test]
async fn ingest_poison_becomes_a_dead_letter_and_its_neighbours_are_stored() {
    let mut app = TestApp::start().await;
    app.expect_error("a batch of deliveries failed");
    app.expect_error("became a dead letter");
    app.probe.run(POISON).await;
    let who = ["15550000001", "15550000002", "15550000003"];
    let message = |n: usize, id: &str, text: &str| webhook::text(who[n], id, app.unix(), text);
    let contacts = who.map(|w| webhook::contact(w, w));
    let messages =
        [message(0, "p1", "before"), message(1, "p2", "poison"), message(1, "p3", "after"), message(2, "p4", "poison")];
    let broken = json!("not a message");
    let delivery =
        app.envelope(&contacts, &[&messages[..], &[broken]].concat(), &[webhook::status("wamid.NONE", "sent", app.unix(), None)]);
    app.deliver(&delivery).await.ok_text();
    assert_eq!(
        app.probe.fates().await,
        ["message stored", "message dead", "message stored", "message dead", "unreadable dead", "status parked"]
    );
    let reason: String = app.probe.one("select reason from webhook_element where external_id = 'p2'").await;
    assert!(reason.contains("poisoned on purpose"), "{reason}");
    // The undone elements left nothing: no conversation for the third, no event.
    assert_eq!(app.probe.one::<i64>("select count(*) from conversation").await, 2);
    assert_eq!(app.probe.one::<i64>("select count(*) from event where kind = 'message.created'").await, 2);
    // Others that come at the same moment are not harmed either.
    let value = |n: usize, id: &str, text: &str| app.envelope(&[], &[message(n, id, text)], &[]);
    let (a, b, c) = (value(0, "q1", "fine"), value(1, "q2", "poison"), value(2, "q3", "fine too"));
    let (a, b, c) = tokio::join!(app.deliver(&a), app.deliver(&b), app.deliver(&c));
    for answer in [a, b, c] {
        answer.ok_text();
    }
    assert_eq!(app.probe.one::<i64>("select count(*) from message").await, 4);
    // Mended, the provider's repeat finds its place.
    app.probe.run("drop trigger poison on message").await;
    app.deliver(&delivery).await.ok_text();
    assert_eq!(app.probe.one::<i64>("select count(*) from message where content ->> 'text' = 'poison'").await, 2);
    app.finish().await;
}

#[tokio::test]
async fn ingest_what_is_no_delivery_is_kept_as_a_dead_letter() {
    let app = TestApp::start().await;
    let bodies: [&[u8]; 9] = [
        b"",
        b"{",
        b"[]",
        b"null",
        b"\xff\xfe",
        br#"{"object":"page","entry":[]}"#,
        br#"{"entry":7}"#,
        br#"{"entry":[{"changes":[{"field":"messages","value":{"messages":{}}}]}]}"#,
        br#"{"entry":[{"changes":[{"field":"messages"}]}]}"#,
    ];
    for body in bodies {
        app.deliver_bytes(0, &app.channel, body.to_vec()).await.ok_text();
    }
    assert_eq!(app.probe.one::<i64>("select count(*) from webhook_element where fate = 'dead' and reason <> ''").await, 9);
    // Deep nesting and NUL characters are no way in either.
    let deep = format!(r#"{{"entry":{}{}}}"#, "[".repeat(50_000), "]".repeat(50_000));
    app.deliver_bytes(0, &app.channel, deep.into_bytes()).await.ok_text();
    let nul = app.envelope(
        &[webhook::contact("15550000001", "N\0ul")],
        &[webhook::text("15550000001", "n\0", app.unix(), "a\0b")],
        &[],
    );
    app.deliver(&nul).await.ok_text();
    assert_eq!(app.probe.one::<String>("select content ->> 'text' from message").await, "ab");
    // Kinds of notices without effect are no dead letters.
    let notice = json!({ "object": "whatsapp_business_account", "entry": [{ "id": Channel::ACCOUNT, "time": 1, "changes": [
        { "field": "phone_number_name_update", "value": { "decision": "APPROVED" } },
        { "field": "something_new", "value": {} },
    ] }] });
    app.deliver(&notice).await.ok_text();
    assert_eq!(app.probe.fates().await[11..], ["account stored", "other ignored"]);
    app.finish().await;
}

#[tokio::test]
async fn ingest_bodies_have_a_size() {
    let app = TestApp::start().await;
    let message = |size: usize| {
        let mut message = webhook::text("15550000001", &format!("big{size}"), app.unix(), "big");
        message["padding"] = "x".repeat(size).into();
        webhook::bytes(&app.envelope(&[], &[message], &[]))
    };
    app.deliver_bytes(0, &app.channel, message(3 * 1024 * 1024)).await.ok_text();
    app.deliver_bytes(0, &app.channel, message(5 * 1024 * 1024)).await.refused(413, "too_large");
    // A batch as large as the provider makes them.
    let messages: Vec<_> = (0..1000)
        .map(|n| webhook::text(&format!("1555400{:04}", n % 40), &format!("bulk{n}"), app.unix(), &"word ".repeat(100)))
        .collect();
    app.deliver(&app.envelope(&[], &messages, &[])).await.ok_text();
    assert_eq!(app.probe.one::<i64>("select count(*) from message").await, 1001);
    app.finish().await;
}

#[tokio::test]
async fn ingest_what_cannot_be_stored_is_sent_again() {
    let mut app = TestApp::start().await;
    app.expect_error("a delivery could not be stored");
    app.expect_error("a batch of deliveries failed");
    // Deliveries have connections of their own: whoever else finds one that was ended says so.
    app.expect_error("LocalQueue failed to fetch jobs");
    app.probe.run(POISON).await;
    let delivery = |id: &str, text: &str| {
        let contact = webhook::contact("15550000001", "Ana");
        app.envelope(&[contact], &[webhook::text("15550000001", id, app.unix(), text)], &[])
    };
    // A lock that did not come in time, a statement that took too long, a full disk: all of them pass.
    for text in ["locked", "slow", "full"] {
        let answer = app.deliver(&delivery(text, text)).await;
        answer.refused(503, "unavailable");
        assert!(answer.header("retry-after").is_some());
    }
    assert_eq!(app.probe.one::<i64>("select count(*) from webhook_delivery").await, 0);
    app.probe.run("drop trigger poison on message").await;

    // The server ends its connections: 503 at worst, and the repeat is stored once.
    let mut answers = Vec::new();
    for n in 0..6 {
        app.probe.run("select pg_terminate_backend(pid) from pg_stat_activity where datname = current_database() and application_name = 'max'").await;
        let answer = app.deliver(&delivery(&format!("term{n}"), "after all")).await;
        answers.push(answer.status);
        if answer.status != 200 {
            answer.refused(503, "unavailable");
        }
    }
    for n in 0..6 {
        let delivery = delivery(&format!("term{n}"), "after all");
        eventually("the repeat is taken", async || (app.deliver(&delivery).await.status == 200).then_some(())).await;
    }
    assert_eq!(app.probe.one::<i64>("select count(*) from message").await, 6, "{answers:?}");

    // Nobody gets in: every call is refused, none acknowledged.
    app.database().shut(true).await;
    let away = delivery("away", "while the database is away");
    let begun = std::time::Instant::now();
    app.deliver(&away).await.refused(503, "unavailable");
    assert!(begun.elapsed() < Duration::from_secs(12));
    app.database().shut(false).await;
    eventually("it is back", async || (app.deliver(&away).await.status == 200).then_some(())).await;
    app.finish().await;
}

#[tokio::test]
async fn ingest_trouble_of_the_account_is_shown_at_the_channel() {
    let mut app = TestApp::start().await;
    app.expect_error("a channel is in trouble");
    let admin = app.admin().await;
    let path = format!("/api/v1/channels/{}", app.channel.id);
    let mut value = webhook::value(&app.channel.phone_number_id, &[], &[], &[]);
    value["errors"] = json!([{ "code": 131031, "title": "Account locked", "message": "Account has been locked", "error_data": { "details": "for a reason" } }]);
    app.deliver(&webhook::envelope(Channel::ACCOUNT, &value)).await.ok_text();
    let channel = admin.get(&path).await.ok();
    assert_eq!(channel["health"], "trouble");
    assert!(channel["health_detail"].as_str().unwrap().contains("131031"), "{channel}");
    assert_eq!(app.probe.fates().await, ["account_problem stored"]);
    assert_eq!((&channel["health_code"], channel["paused_at"].is_string()), (&json!("131031"), true));
    // What is written meanwhile waits until the account is well.
    let id = app.opens("15550000001").await;
    app.agent().await.reply(id, "does it work?").await;
    let well = admin.post(&format!("{path}/probe"), json!({})).await.ok();
    assert_eq!((&well["health"], &well["paused_at"]), (&json!("ok"), &Value::Null));
    app.graph.call("does it work?").await;
    app.finish().await;
}

#[tokio::test]
async fn ingest_what_was_taken_is_stored_though_the_node_stops() {
    let mut app = TestApp::start().await;
    // A transaction of somebody else holds the conversation while the node is told to stop.
    let id = app.opens("15550000001").await;
    let mut holder = app.probe.0.begin().await.unwrap();
    sqlx::query("select id from conversation where id = $1 for update").bind(id).execute(&mut *holder).await.unwrap();
    let (base, channel) = (app.bases[0].clone(), app.channel.clone());
    let message = webhook::text("15550000001", "last", app.unix(), "just before the end");
    let body = webhook::bytes(&app.envelope(&[], &[message], &[]));
    let delivering = tokio::spawn(async move {
        let request = tests::http().post(format!("{base}/webhooks/whatsapp/{}", channel.id));
        let request = request.header("x-hub-signature-256", webhook::sign(&channel.app_secret, &body)).body(body);
        tests::Answer::of(request).await
    });
    eventually("the delivery waits for the lock", async || {
        let waiting: i64 = app
            .probe
            .one("select count(*) from pg_stat_activity where wait_event_type = 'Lock' and datname = current_database()")
            .await;
        (waiting > 0).then_some(())
    })
    .await;
    let stopping = tokio::spawn({
        let node = app.nodes.remove(0);
        async move { node.stop().await }
    });
    tokio::time::sleep(Duration::from_millis(100)).await;
    holder.commit().await.unwrap();
    delivering.await.unwrap().ok_text();
    stopping.await.unwrap();
    let stored: i64 = app.probe.one("select count(*) from message where external_id = 'last'").await;
    assert_eq!(stored, 1);
    let _: Uuid = id;
    app.finish().await;
}
