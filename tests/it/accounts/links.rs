//! One-time links: invitations and forgotten passwords, by an admin and by mail.

use std::time::{Duration, Instant};

use features::accounts::{self, Purpose};
use futures_util::future::join_all;
use serde_json::{Value, json};
use simulator::{Options, Simulator};
use tests::{Answer, Client, PASSWORD, Person, TestApp};

use super::{LOGIN, ME, NEW_PASSWORD, login, mails, records};

const LINK: &str = "/api/v1/auth/link";
const SET: &str = "/api/v1/auth/link/password";
const FORGOT: &str = "/api/v1/auth/password/forgot";

/// A link as an admin's endpoint makes it; its token.
async fn make(app: &TestApp, person: &Person, purpose: Purpose) -> String {
    let node = &app.nodes[0].app;
    let mut tx = node.db.begin().await.unwrap();
    let (url, _) = accounts::make_link(node, &mut tx, person.id, purpose, Some(app.people().admin.id)).await.unwrap();
    tx.commit().await.unwrap();
    let page = if purpose == Purpose::Invite { "welcome" } else { "reset" };
    let token = url.strip_prefix(&format!("{}/{page}#", node.public_url)).unwrap_or_else(|| panic!("{url}"));
    token.to_owned()
}

async fn look(at: &Client, token: &str) -> Answer {
    at.post(LINK, json!({ "token": token })).await
}

async fn set(at: &Client, token: &str, password: &str) -> Answer {
    at.post(SET, json!({ "token": token, "password": password })).await
}

#[tokio::test]
async fn accounts_a_link_sets_a_password_once_and_ends_what_was() {
    let app = TestApp::start().await;
    let anonymous = Client::anonymous(&app.bases[0]);
    let person = app.people().agent.clone();
    let (one, other) = (app.agent().await, app.agent().await);
    let mut socket = other.socket(None).await;
    // Locked out, too.
    for _ in 0..10 {
        login(&anonymous, person.email, "wrong wrong wrong").await.refused(401, "invalid_credentials");
    }
    login(&anonymous, person.email, PASSWORD).await.refused(429, "too_many_requests");

    let token = make(&app, &person, Purpose::Reset).await;
    assert!(token.len() >= 43, "256 bits");
    let looked = look(&anonymous, &token).await.ok();
    assert_eq!(
        (&looked["purpose"], &looked["name"], &looked["email"]),
        (&json!("reset"), &json!(person.name), &json!(person.email))
    );
    assert!(looked["expires_at"].is_string());
    // Looking uses nothing up, nor does a password that will not do.
    look(&anonymous, &token).await.ok();
    for bad in ["short", "aaaaaaaaaaaaaaaa", "agent@test.example", &"x".repeat(73)] {
        assert_eq!(set(&anonymous, &token, bad).await.fields(), ["password"], "{bad}");
    }
    assert_eq!(set(&anonymous, &token, NEW_PASSWORD).await.status, 204);
    for answer in [look(&anonymous, &token).await, set(&anonymous, &token, PASSWORD).await] {
        answer.refused(410, "link_invalid");
    }
    // All sessions and sockets end, the old password is none any more, and the lock is off.
    assert_eq!(socket.closed().await, Some(4401));
    for client in [&one, &other] {
        client.refresh(&client.cookie).await.refused(401, "unauthenticated");
        client.get(ME).await.refused(401, "unauthenticated");
    }
    login(&anonymous, person.email, NEW_PASSWORD).await.ok();
    login(&anonymous, person.email, PASSWORD).await.refused(401, "invalid_credentials");
    assert!(records(&app).await.contains(&"password.reset".to_owned()));
    // Only its hash is kept.
    let kept: Vec<u8> = app.probe.one("select hash from one_time_link").await;
    assert_eq!(kept, kernel::crypto::hash_token(token.as_bytes()));
    app.finish().await;
}

#[tokio::test]
async fn accounts_72_bytes_of_a_password_are_read_to_the_end() {
    let app = TestApp::start().await;
    let anonymous = Client::anonymous(&app.bases[0]);
    let person = app.people().agent.clone();
    let longest: String = ('!'..='~').cycle().step_by(7).take(72).collect();
    let token = make(&app, &person, Purpose::Reset).await;
    assert_eq!(set(&anonymous, &token, &longest).await.status, 204);
    login(&anonymous, person.email, &longest).await.ok();
    login(&anonymous, person.email, &format!("{longest}!")).await.refused(401, "invalid_credentials");
    login(&anonymous, person.email, &longest[..71]).await.refused(401, "invalid_credentials");
    app.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn accounts_a_link_that_does_not_hold_has_one_answer() {
    let app = TestApp::with().manual_clock().start().await;
    let anonymous = Client::anonymous(&app.bases[0]);
    let (agent, lead) = (app.people().agent.clone(), app.people().lead.clone());
    let mut dead = vec![String::new(), "x".to_owned(), "A".repeat(43), "%00".to_owned(), "A".repeat(10_000)];
    // An older one, once there is a newer, whatever each is for.
    dead.push(make(&app, &agent, Purpose::Invite).await);
    dead.push(make(&app, &agent, Purpose::Reset).await);
    let newest = make(&app, &agent, Purpose::Reset).await;
    look(&anonymous, &newest).await.ok();
    dead.push(newest);
    // An hour for a forgotten password, seven days for an invitation.
    app.advance(Duration::from_secs(3600 - 1));
    look(&anonymous, dead.last().unwrap()).await.ok();
    app.advance(Duration::from_secs(1));
    let invitation = make(&app, &lead, Purpose::Invite).await;
    app.advance(Duration::from_secs(7 * 24 * 3600 - 1));
    assert_eq!(look(&anonymous, &invitation).await.ok()["purpose"], "invite");
    app.advance(Duration::from_secs(1));
    dead.push(invitation);
    // Of somebody who may not sign in.
    let token = make(&app, &app.people().stranger, Purpose::Reset).await;
    app.probe.run("update app_user set active = false where email = 'stranger@test.example'").await;
    dead.push(token);
    let mut answers = Vec::new();
    for token in &dead {
        for answer in [look(&anonymous, token).await, set(&anonymous, token, NEW_PASSWORD).await] {
            let mut problem = answer.refused(410, "link_invalid");
            problem.as_object_mut().unwrap().remove("request_id");
            answers.push(problem);
        }
    }
    assert!(answers.windows(2).all(|pair| pair[0] == pair[1]), "{answers:#?}");
    // Of two that use it at once, one wins.
    let token = make(&app, &agent, Purpose::Reset).await;
    let app_bus = &app.nodes[0].app.bus;
    app_bus.remove("link:address:127.0.0.1").await;
    let passwords: Vec<String> = (0..6).map(|n| format!("{NEW_PASSWORD} {n}")).collect();
    let answers = join_all(passwords.iter().map(|password| set(&anonymous, &token, password))).await;
    let won: Vec<usize> = answers.iter().enumerate().filter(|(_, a)| a.status == 204).map(|(n, _)| n).collect();
    assert_eq!(won.len(), 1, "{:?}", answers.iter().map(|a| a.status).collect::<Vec<_>>());
    login(&anonymous, agent.email, &passwords[won[0]]).await.ok();
    // Nor can they be tried out.
    for _ in 0..24 {
        look(&anonymous, "x").await.refused(410, "link_invalid");
    }
    look(&anonymous, "x").await.refused(429, "too_many_requests");
    app.finish().await;
}

#[tokio::test]
async fn accounts_a_forgotten_password_is_mailed_to_whoever_has_an_account() {
    let simulator = Simulator::start(Options::default()).await.unwrap();
    let app = TestApp::with().smtp_url(&simulator.smtp_url()).start().await;
    let anonymous = Client::anonymous(&app.bases[0]);
    assert_eq!(anonymous.get("/api/v1/auth/options").await.ok()["password_reset_by_email"], true);
    app.probe.run("update app_user set active = false where email = 'stranger@test.example'").await;
    app.probe.run("update app_user set password_hash = null where email = 'lead@test.example'").await;
    let forgot = async |email: &str| {
        let answer = anonymous.post(FORGOT, json!({ "email": email })).await;
        assert_eq!((answer.status, answer.json()), (202, json!({})), "{email}");
    };
    for email in
        ["nobody@test.example", "stranger@test.example", "no address", "", "nobody\0@test.example\n", " AGENT@test.example "]
    {
        forgot(email).await;
    }
    let caught = mails(&simulator, 1).await;
    assert_eq!(caught.len(), 1, "{caught:#?}");
    assert_eq!((&caught[0]["to"], &caught[0]["subject"]), (&json!(["agent@test.example"]), &json!("A new password for MAX")));
    let text = caught[0]["text"].as_str().unwrap();
    assert!(text.starts_with("Hello Leila Agent,"), "{text}");
    let token = text.split_once(&format!("{}/reset#", app.bases[0])).unwrap().1.lines().next().unwrap();

    // In the job table nothing of it could be read: neither addresses nor what opens the account.
    assert_eq!(set(&anonymous, token, NEW_PASSWORD).await.status, 204);
    login(&anonymous, "agent@test.example", NEW_PASSWORD).await.ok();
    // The owner is told that it happened.
    let caught = mails(&simulator, 2).await;
    assert_eq!(caught[1]["subject"], "Your password for MAX was changed");
    assert_eq!(records(&app).await.iter().filter(|kind| *kind == "password.reset_asked").count(), 1);

    // Whoever was invited and never came is invited anew, so nobody can shorten their invitation.
    forgot("lead@test.example").await;
    let caught = mails(&simulator, 3).await;
    let text = caught[2]["text"].as_str().unwrap();
    let token = text.split_once(&format!("{}/welcome#", app.bases[0])).unwrap().1.lines().next().unwrap();
    assert_eq!(look(&anonymous, token).await.ok()["purpose"], "invite");

    // Nobody's mailbox is flooded: four an hour, and the rest is answered in the same way.
    for _ in 0..6 {
        forgot("colleague@test.example").await;
    }
    mails(&simulator, 7).await;
    tokio::time::sleep(Duration::from_millis(300)).await;
    assert_eq!(mails(&simulator, 7).await.len(), 7);
    // And one address asks no more than twenty times in ten minutes.
    let mut statuses: Vec<u16> = Vec::new();
    for n in 0..10 {
        statuses.push(anonymous.post(FORGOT, json!({ "email": format!("n{n}@test.example") })).await.status);
    }
    assert_eq!(statuses.last(), Some(&429));
    simulator.stop().await;
    app.finish().await;
}

#[tokio::test]
async fn accounts_what_is_mailed_lies_sealed_until_it_goes_out() {
    let simulator = Simulator::start(Options::default()).await.unwrap();
    let mut app = TestApp::with().smtp_url(&simulator.smtp_url()).start().await;
    app.expect_complaint("jobs that failed");
    app.expect_error("does not take a mail now (451)");
    let anonymous = Client::anonymous(&app.bases[0]);
    // The mail server takes nothing for now, so that the job stays.
    let fault = json!({ "kind": "mail_refuse", "count": 1, "code": 451 });
    Answer::of(tests::http().post(format!("{}/_sim/faults", simulator.url())).json(&fault)).await.ok();
    anonymous.post(FORGOT, json!({ "email": "agent@test.example" })).await.ok();
    let payload: Value = tests::eventually("the mail waits to be tried again", async || {
        let rows: Vec<(Value,)> = app
            .probe
            .all("select payload::jsonb from graphile_worker._private_jobs where attempts > 0 and last_error is not null")
            .await;
        rows.into_iter().next().map(|(payload,)| payload)
    })
    .await;
    let payload = payload.to_string();
    for secret in ["agent", "test.example", "reset", "http", "Leila"] {
        assert!(!payload.contains(secret), "{secret} in {payload}");
    }
    // Tried again, the very same mail arrives.
    app.probe.run("update graphile_worker._private_jobs set run_at = now() where last_error is not null").await;
    let caught = mails(&simulator, 1).await;
    assert!(caught[0]["text"].as_str().unwrap().contains("/reset#"));
    simulator.stop().await;
    app.finish().await;
}

#[tokio::test]
async fn accounts_asking_for_a_forgotten_password_takes_the_same_time_for_everybody() {
    let simulator = Simulator::start(Options::default()).await.unwrap();
    let app = TestApp::with().smtp_url(&simulator.smtp_url()).start().await;
    let anonymous = Client::anonymous(&app.bases[0]);
    let mut times = [Vec::new(), Vec::new()];
    for n in 0..8 {
        for (times, email) in times.iter_mut().zip(["agent@test.example", "nobody@test.example"]) {
            let begun = Instant::now();
            let email = if n < 3 { email.to_owned() } else { format!("{n}{email}") };
            anonymous.post(FORGOT, json!({ "email": email })).await.ok();
            times.push(begun.elapsed());
        }
    }
    let [known, unknown] = times.map(|t| t.into_iter().min().unwrap());
    assert!(unknown * 4 > known && known * 4 > unknown, "{known:?} for a known user, {unknown:?} for an unknown one");
    mails(&simulator, 3).await;
    simulator.stop().await;
    app.finish().await;
}

#[tokio::test]
async fn accounts_without_a_mail_server_nothing_is_promised() {
    let app = TestApp::start().await;
    let anonymous = Client::anonymous(&app.bases[0]);
    for email in ["agent@test.example", "nobody@test.example"] {
        assert_eq!(anonymous.post(FORGOT, json!({ "email": email })).await.status, 202);
    }
    assert_eq!(
        app.probe.one::<i64>("select count(*) from graphile_worker._private_jobs where payload::text like '%sealed%'").await,
        0
    );
    anonymous.post(FORGOT, json!({ "email": "a@b.c", "more": 1 })).await.refused(422, "invalid");
    anonymous.post(LOGIN, json!({})).await.refused(422, "invalid");
    app.finish().await;
}
