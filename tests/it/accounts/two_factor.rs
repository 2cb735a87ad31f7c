//! The second factor: set up, asked for, good once, lost, required by the role.

use std::time::Duration;

use base64::{Engine, prelude::BASE64_STANDARD};
use futures_util::future::join_all;
use serde_json::json;
use tests::{Client, PASSWORD, Socket, TestApp};

use super::{LOGIN, ME, code, login, login_with, records, set_up, signed_in};

const TOTP: &str = "/api/v1/me/totp";
const CONFIRM: &str = "/api/v1/me/totp/confirm";
const DISABLE: &str = "/api/v1/me/totp/disable";
const CODES: &str = "/api/v1/me/totp/recovery-codes";
const STEP: Duration = Duration::from_secs(30);

#[tokio::test]
async fn accounts_a_second_factor_is_set_up_asked_for_and_switched_off() {
    let app = TestApp::with().manual_clock().start().await;
    let (agent, anonymous) = (app.agent().await, Client::anonymous(&app.bases[0]));
    let mut screen = agent.socket(None).await;
    assert_eq!(agent.me["two_factor"], "off");

    // The password once more; a half-finished set-up changes nothing.
    assert_eq!(agent.post(TOTP, json!({ "password": "not my password" })).await.fields(), ["password"]);
    assert_eq!(agent.post(CONFIRM, json!({ "code": "123456" })).await.fields(), ["code"]);
    let setup = agent.post(TOTP, json!({ "password": PASSWORD })).await.ok();
    let stale = setup["secret"].as_str().unwrap().to_owned();
    login(&anonymous, "agent@test.example", PASSWORD).await.ok();
    // Beginning again replaces the secret.
    let setup = agent.post(TOTP, json!({ "password": PASSWORD })).await.ok();
    let secret = setup["secret"].as_str().unwrap().to_owned();
    assert_eq!(setup["uri"], format!("otpauth://totp/MAX:agent%40test.example?secret={secret}&issuer=MAX"));
    let svg = setup["qr_svg"].as_str().unwrap();
    assert!(svg.starts_with("<svg") && svg.trim_end().ends_with("</svg>") && svg.len() > 1_000, "{svg}");
    let wrong = code(&stale, app.unix());
    assert_ne!(wrong, code(&secret, app.unix()));
    assert_eq!(agent.post(CONFIRM, json!({ "code": wrong })).await.fields(), ["code"]);
    let confirmed = agent.post(CONFIRM, json!({ "code": code(&secret, app.unix()) })).await.ok();
    let codes: Vec<&str> = confirmed["recovery_codes"].as_array().unwrap().iter().map(|c| c.as_str().unwrap()).collect();
    assert_eq!(codes.len(), 10);
    assert!(codes.iter().all(|c| c.len() == 11 && &c[5..6] == "-"), "{codes:?}");
    screen.expect("me.changed", |data| *data == json!({})).await;
    let me = agent.get(ME).await.ok();
    assert_eq!((&me["two_factor"], &me["recovery_codes_left"]), (&json!("on"), &json!(10)));
    agent.post(TOTP, json!({ "password": PASSWORD })).await.refused(409, "already_exists");
    agent.post(CONFIRM, json!({ "code": code(&secret, app.unix()) })).await.refused(409, "already_exists");

    // From now on the password alone is not enough, and a wrong one is told without a word about the code.
    login(&anonymous, "agent@test.example", PASSWORD).await.refused(401, "totp_required");
    login_with(&anonymous, "agent@test.example", "").await.refused(401, "totp_required");
    let body = json!({ "email": "agent@test.example", "password": "wrong wrong wrong", "totp": code(&secret, app.unix()) });
    anonymous.post(LOGIN, body).await.refused(401, "invalid_credentials");
    // The code that set it up was used.
    login_with(&anonymous, "agent@test.example", &code(&secret, app.unix())).await.refused(401, "totp_wrong");
    app.advance(STEP);
    let now = code(&secret, app.unix());
    let spaced = format!(" {} {} ", &now[..3], &now[3..]);
    login_with(&anonymous, "agent@test.example", &spaced).await.ok();
    login_with(&anonymous, "agent@test.example", &now).await.refused(401, "totp_wrong");
    // Clocks may differ by a step, either way; what lies before a used one is used.
    app.advance(STEP * 3);
    login_with(&anonymous, "agent@test.example", &code(&secret, app.unix() + 30)).await.ok();
    login_with(&anonymous, "agent@test.example", &code(&secret, app.unix())).await.refused(401, "totp_wrong");
    app.advance(STEP * 10);
    login_with(&anonymous, "agent@test.example", &code(&secret, app.unix() - 60)).await.refused(401, "totp_wrong");
    login_with(&anonymous, "agent@test.example", &code(&secret, app.unix() + 60)).await.refused(401, "totp_wrong");
    login_with(&anonymous, "agent@test.example", &code(&secret, app.unix() - 30)).await.ok();

    // New recovery codes end the old ones.
    let renewed = agent.with_token(login_token(&app, &anonymous, &secret).await.as_str());
    assert_eq!(renewed.post(CODES, json!({ "password": "not my password" })).await.fields(), ["password"]);
    let fresh = renewed.post(CODES, json!({ "password": PASSWORD })).await.ok();
    login_with(&anonymous, "agent@test.example", codes[0]).await.refused(401, "totp_wrong");
    login_with(&anonymous, "agent@test.example", fresh["recovery_codes"][0].as_str().unwrap()).await.ok();

    // Off again: with password and code.
    app.advance(STEP * 2);
    let off = |password: &str, code: &str| renewed.post(DISABLE, json!({ "password": password, "code": code }));
    assert_eq!(off("not my password", &code(&secret, app.unix())).await.fields(), ["password"]);
    assert_eq!(off(PASSWORD, "000000").await.fields(), ["code"]);
    assert_eq!(off(PASSWORD, &code(&secret, app.unix())).await.status, 204);
    login(&anonymous, "agent@test.example", PASSWORD).await.ok();
    let me = renewed.get(ME).await.ok();
    assert_eq!((&me["two_factor"], &me["recovery_codes_left"]), (&json!("off"), &json!(0)));
    renewed.post(CODES, json!({ "password": PASSWORD })).await.refused(403, "two_factor_required");

    let kinds = records(&app).await;
    for kind in ["two_factor.on", "recovery_codes.made", "two_factor.recovery_used", "two_factor.off"] {
        assert_eq!(kinds.iter().filter(|k| *k == kind).count(), 1, "{kind} in {kinds:?}");
    }
    app.finish().await;
}

async fn login_token(app: &TestApp, anonymous: &Client, secret: &str) -> String {
    app.advance(STEP * 2);
    let answer = login_with(anonymous, "agent@test.example", &code(secret, app.unix())).await;
    answer.ok()["access_token"].as_str().unwrap().to_owned()
}

#[tokio::test]
async fn accounts_nothing_of_a_second_factor_can_be_read_in_the_database() {
    let app = TestApp::start().await;
    let agent = app.agent().await;
    let (secret, codes) = set_up(&app, &agent).await;
    let raw = totp_rs::Secret::try_from_base32(&secret).unwrap().as_bytes().to_vec();
    let kept: Vec<u8> = app.probe.one("select totp_secret from app_user where totp_since is not null").await;
    assert!(kept.len() > raw.len() && !kept.windows(raw.len()).any(|w| w == raw), "the secret is sealed");
    let hashes: Vec<(Vec<u8>,)> = app.probe.all("select hash from recovery_code").await;
    assert_eq!(hashes.len(), 10);
    for code in &codes {
        let plain = code.replace('-', "");
        let sha256 = kernel::crypto::hash_token(plain.as_bytes());
        // Fifty bits are too few for a plain hash.
        assert!(hashes.iter().all(|(hash,)| hash.as_slice() != sha256 && hash != plain.as_bytes() && hash != code.as_bytes()));
    }
    // Nor did it leave through the event log.
    let log: String = app.probe.one("select coalesce(string_agg(data::text, ' '), '') from event").await;
    assert!(
        !log.contains(&secret) && !codes.iter().any(|code| log.contains(code)) && !log.contains(&BASE64_STANDARD.encode(&raw))
    );
    // Moved to somebody else's row, it opens nothing.
    app.probe
        .run(
            "update app_user c set totp_secret = a.totp_secret, totp_since = a.totp_since from app_user a
               where a.email = 'agent@test.example' and c.email = 'colleague@test.example'",
        )
        .await;
    let mut app = app;
    app.expect_error("belongs to another record");
    let anonymous = Client::anonymous(&app.bases[0]);
    login_with(&anonymous, "colleague@test.example", &code(&secret, app.unix() + 30)).await.refused(500, "internal");
    app.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn accounts_a_code_is_good_once_on_all_nodes_together() {
    let mut app = TestApp::with().nodes(2).start().await;
    let agent = app.agent().await;
    let (secret, codes) = set_up(&app, &agent).await;
    let at = [Client::anonymous(&app.bases[0]), Client::anonymous(&app.bases[1])];
    // The next code (clocks may differ by a step), and a recovery code: each from both nodes at once, a few times over.
    for code in [code(&secret, app.unix() + 30), codes[3].clone()] {
        let answers = join_all((0..6).map(|n| login_with(&at[n % 2], "agent@test.example", &code))).await;
        let mut statuses: Vec<u16> = answers.iter().map(|answer| answer.status).collect();
        statuses.sort_unstable();
        assert_eq!(statuses.iter().filter(|s| **s == 200).count(), 1, "{statuses:?}");
        assert!(statuses.iter().all(|s| [200, 401, 429].contains(s)), "{statuses:?}");
    }
    assert_eq!(app.probe.one::<i64>("select count(*) from recovery_code where used_at is not null").await, 1);
    app.stop_node(1).await;
    app.finish().await;
}

#[tokio::test]
async fn accounts_recovery_codes_work_once_each_in_any_spelling() {
    let app = TestApp::start().await;
    let (agent, anonymous) = (app.agent().await, Client::anonymous(&app.bases[0]));
    let (_, codes) = set_up(&app, &agent).await;
    let spellings =
        [codes[0].clone(), codes[1].to_uppercase(), codes[2].replace('-', ""), format!(" {} ", codes[3].replace('-', " - "))];
    for (used, spelling) in spellings.iter().enumerate() {
        let answer = login_with(&anonymous, "agent@test.example", spelling).await;
        assert_eq!(answer.ok()["user"]["recovery_codes_left"], 9 - used);
        login_with(&anonymous, "agent@test.example", spelling).await.refused(401, "totp_wrong");
    }
    // Somebody else's are nobody's.
    let colleague = app.colleague().await;
    let (_, theirs) = set_up(&app, &colleague).await;
    login_with(&anonymous, "agent@test.example", &theirs[0]).await.refused(401, "totp_wrong");
    app.finish().await;
}

#[tokio::test]
async fn accounts_codes_cannot_be_tried_out() {
    let app = TestApp::start().await;
    let (agent, anonymous) = (app.agent().await, Client::anonymous(&app.bases[0]));
    let (secret, _) = set_up(&app, &agent).await;
    let right = code(&secret, app.unix() + 30);
    let wrong = if right == "000000" { "000001" } else { "000000" };
    for _ in 0..5 {
        login_with(&anonymous, "agent@test.example", wrong).await.refused(401, "totp_wrong");
    }
    // The right one waits too, at the sign-in and in the settings.
    let answer = login_with(&anonymous, "agent@test.example", &right).await;
    let problem = answer.refused(429, "too_many_requests");
    assert!(problem["detail"].as_str().unwrap().starts_with("Too many wrong codes. Wait 15 minutes"), "{problem}");
    assert!(answer.header("retry-after").unwrap().parse::<u64>().unwrap() > 800);
    agent.post(DISABLE, json!({ "password": PASSWORD, "code": right })).await.refused(429, "too_many_requests");
    assert_eq!(records(&app).await.iter().filter(|kind| *kind == "sign_in.locked").count(), 1);
    // So do passwords of somebody who is signed in.
    let colleague = app.colleague().await;
    for _ in 0..10 {
        assert_eq!(colleague.post(TOTP, json!({ "password": "not my password" })).await.fields(), ["password"]);
    }
    colleague.post(TOTP, json!({ "password": PASSWORD })).await.refused(429, "too_many_requests");
    app.finish().await;
}

#[tokio::test]
async fn accounts_a_role_that_needs_a_second_factor_opens_nothing_else_before() {
    let mut app = TestApp::with().nodes(2).public_url("https://inbox.test.example").start().await;
    // Over https, as in production, admins need one.
    let (admin, there) = (app.admin().await, app.bases[1].clone());
    assert_eq!(admin.me["two_factor"], "required");
    let there = admin.at(&there);
    for client in [&admin, &there] {
        for path in ["/api/v1/channels", "/api/v1/conversations", "/api/v1/teams"] {
            client.get(path).await.refused(403, "two_factor_required");
        }
        client.get(ME).await.ok();
        client.get("/api/v1/me/sessions").await.ok();
    }
    let mut socket = Socket::open(&app.bases[0], None).await.unwrap();
    socket.hello(&admin.token, None).await;
    assert_eq!(socket.message().await["code"], "two_factor_required");
    assert_eq!(socket.closed().await, Some(4403));
    // Whoever need none is not asked.
    let agent = app.agent().await;
    assert_eq!(agent.me["two_factor"], "off");
    agent.get("/api/v1/teams").await.ok();

    // Set up, and at once, on every node and with the same token, all is open.
    let (secret, _) = set_up(&app, &admin).await;
    there.get("/api/v1/channels").await.ok();
    admin.get("/api/v1/channels").await.ok();
    admin.socket(None).await;
    // It stays on.
    let body = json!({ "password": PASSWORD, "code": code(&secret, app.unix() + 30) });
    admin.post(DISABLE, body).await.refused(403, "two_factor_required");
    // Signed in with it, nothing is closed.
    let answer = login_with(&Client::anonymous(&app.bases[0]), "admin@test.example", &code(&secret, app.unix() + 30)).await;
    let again = signed_in(&Client::anonymous(&app.bases[0]), &answer);
    assert_eq!(again.me["two_factor"], "on");
    again.get("/api/v1/channels").await.ok();

    // Another role that is asked from now on: closed within a second.
    agent.get("/api/v1/teams").await.ok();
    app.probe.run("insert into setting (name, value, updated_at) values ('two_factor_roles', '[\"agent\"]', now())").await;
    tests::eventually("the agent is asked too", async || (agent.get("/api/v1/teams").await.status == 403).then_some(())).await;
    assert_eq!(agent.get(ME).await.ok()["two_factor"], "required");
    app.stop_node(1).await;
    app.finish().await;
}
