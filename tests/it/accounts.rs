//! Signing in, staying signed in, and being signed out.

use std::time::{Duration, Instant};

use features::accounts::{self, Maker, NewUser};
use futures_util::future::join_all;
use kernel::auth::{Actor, Role};
use serde_json::json;
use tests::{Answer, Client, PASSWORD, Socket, TestApp, eventually};

const LOGIN: &str = "/api/v1/auth/login";

#[tokio::test]
async fn accounts_sign_in_and_out() {
    let app = TestApp::start().await;
    let anonymous = Client::anonymous(&app.bases[0]);
    let person = app.people().agent.clone();

    // The e-mail's case and blanks do not matter; the answer says who it is and sets the cookie.
    let answer = anonymous.post(LOGIN, json!({ "email": " AGENT@test.example ", "password": PASSWORD })).await;
    let body = answer.ok();
    assert_eq!(body["expires_in"], 600);
    assert_eq!(body["user"]["role"], "agent");
    assert_eq!(body["user"]["teams"][0]["name"], "Transfers");
    let cookie = answer.set_cookie().unwrap();
    assert!(cookie.starts_with("__Host-max_refresh="), "{cookie}");
    for attribute in ["HttpOnly", "Secure", "SameSite=Strict", "Path=/", "Max-Age=2592000"] {
        assert!(cookie.contains(attribute), "{attribute} in {cookie}");
    }
    assert!(!cookie.contains("Domain"), "{cookie}");
    assert!(!answer.text().contains(&answer.refresh_cookie()), "the refresh token is in the cookie alone");

    let client = Client::login(&app.bases[0], person.email, PASSWORD).await;
    let me = client.get("/api/v1/me").await.ok();
    assert_eq!(me["id"], person.id.to_string());
    assert_eq!(me, client.me);

    // Signing out ends the session at once, here.
    let answer = client.logout().await;
    assert_eq!(answer.status, 204);
    assert!(answer.set_cookie().unwrap().contains("Max-Age=0"));
    client.get("/api/v1/me").await.refused(401, "unauthenticated");
    client.refresh(&client.cookie).await.refused(401, "unauthenticated");
    assert_eq!(client.logout().await.status, 204, "signing out twice is no error");
    assert_eq!(app.probe.one::<String>("select ended_why from session where ended_at is not null").await, "signed out");
    app.finish().await;
}

#[tokio::test]
async fn accounts_refuse_everybody_else_in_the_same_words() {
    let app = TestApp::start().await;
    app.probe.run("update app_user set active = false where email = 'stranger@test.example'").await;
    let anonymous = Client::anonymous(&app.bases[0]);
    let mut answers = Vec::new();
    for (email, password) in [
        ("nobody@test.example", PASSWORD),
        ("agent@test.example", "a wrong test password"),
        ("stranger@test.example", PASSWORD),
        ("", ""),
        // bcrypt would look at the first 72 bytes only.
        ("agent@test.example", &format!("{PASSWORD}{}", "x".repeat(72))),
    ] {
        let answer = anonymous.post(LOGIN, json!({ "email": email, "password": password })).await;
        let mut problem = answer.refused(401, "invalid_credentials");
        assert!(answer.set_cookie().is_none());
        problem.as_object_mut().unwrap().remove("request_id");
        answers.push(problem);
    }
    assert!(answers.windows(2).all(|pair| pair[0] == pair[1]), "{answers:#?}");

    // 72 bytes are read to the end, and what is longer is nobody's password, though it begins like one.
    let longest = "p".repeat(72);
    let node = &app.nodes[0].app;
    let mut tx = node.db.begin().await.unwrap();
    let new = |password: &str| NewUser {
        name: "Long".into(),
        email: "long@test.example".into(),
        role: Role::Agent,
        team_ids: Vec::new(),
        password: Some(password.into()),
    };
    accounts::create_user(&Maker::of(node), &mut tx, &Actor::system("test"), new(&longest)).await.unwrap();
    assert!(accounts::create_user(&Maker::of(node), &mut tx, &Actor::system("test"), new(&"p".repeat(73))).await.is_err());
    tx.commit().await.unwrap();
    let sign_in = |password: String| anonymous.post(LOGIN, json!({ "email": "long@test.example", "password": password }));
    sign_in(longest.clone()).await.ok();
    sign_in(longest.clone() + "p").await.refused(401, "invalid_credentials");
    sign_in("p".repeat(71)).await.refused(401, "invalid_credentials");

    // What is no sign-in at all.
    assert_eq!(anonymous.post(LOGIN, json!({ "email": "a@b.c" })).await.refused(422, "invalid")["status"], 422);
    anonymous.post(LOGIN, json!({ "email": "a@b.c", "password": "x", "admin": true })).await.refused(422, "invalid");
    app.finish().await;
}

#[tokio::test]
async fn accounts_an_unknown_user_costs_the_same_work() {
    let app = TestApp::start().await;
    // Real hashes have cost 12, as the stand-in for unknown users has.
    app.probe
        .run("update app_user set password_hash = '$2b$12$KIXQx0oC5ZpX4kzqYb9lUuJm5nq1x0mC0c9p3bqzS6jvE4wGgqS1e' where email = 'agent@test.example'")
        .await;
    let anonymous = Client::anonymous(&app.bases[0]);
    let mut times = [Vec::new(), Vec::new()];
    for _ in 0..3 {
        for (times, email) in times.iter_mut().zip(["agent@test.example", "nobody@test.example"]) {
            let begun = Instant::now();
            anonymous
                .post(LOGIN, json!({ "email": email, "password": "wrong wrong wrong" }))
                .await
                .refused(401, "invalid_credentials");
            times.push(begun.elapsed());
        }
    }
    let [known, unknown] = times.map(|t| t.into_iter().min().unwrap());
    // An answer without any hashing would take a hundredth.
    assert!(unknown * 3 > known && known * 3 > unknown, "{known:?} for a known user, {unknown:?} for an unknown one");
    app.finish().await;
}

#[tokio::test]
async fn accounts_refresh_tokens_rotate() {
    let mut app = TestApp::with().nodes(2).start().await;
    let client = app.agent().await;

    // Each is good for one more.
    let first = client.cookie.clone();
    let second = client.refresh(&first).await;
    assert_eq!(second.ok()["user"]["id"], client.me["id"]);
    let second = second.refresh_cookie();
    let third = client.refresh(&second).await.refresh_cookie();
    assert!(first != second && second != third);

    // The answer with the fourth is lost; the third brings a fifth, and the fourth is dead.
    let fourth = client.refresh(&third).await.refresh_cookie();
    let answer = client.refresh(&third).await;
    let fifth = answer.refresh_cookie();
    let token = answer.ok()["access_token"].as_str().unwrap().to_owned();
    assert_ne!(fourth, fifth);

    // Somebody uses an old token although its successor was used: the session ends, on every node, for everybody who holds a part of it.
    let thief = client.at(&app.bases[1]);
    let mut socket = Socket::open(&app.bases[1], None).await.unwrap();
    socket.hello(&token, None).await;
    socket.ready().await;
    client.refresh(&second).await.refused(401, "unauthenticated");
    assert_eq!(socket.closed().await, Some(4401));
    client.refresh(&fifth).await.refused(401, "unauthenticated");
    let begun = Instant::now();
    eventually("the access token is worthless on the other node", async || {
        (thief.with_token(&token).get("/api/v1/me").await.status == 401).then_some(())
    })
    .await;
    assert!(begun.elapsed() < Duration::from_secs(2));
    assert_eq!(app.probe.one::<String>("select ended_why from session").await, "refresh token reused");

    // Nothing of this is in the database as it was sent.
    for token in [&first, &fifth] {
        let token = token.split_once('=').unwrap().1;
        let dump: String = app
            .probe
            .one("select string_agg(encode(hash, 'escape') || coalesce(encode(successor, 'escape'), ''), '') from refresh_token")
            .await;
        assert!(!dump.contains(token));
    }
    // What is no token of ours.
    for cookie in ["", "__Host-max_refresh=", "__Host-max_refresh=AAAA", "max_refresh=AAAA"] {
        client.refresh(cookie).await.refused(401, "unauthenticated");
    }
    app.stop_node(1).await;
    app.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn accounts_fifty_parallel_refreshes_leave_one_live_branch() {
    let app = TestApp::with().nodes(2).start().await;
    let client = app.agent().await;
    let at = [client.at(&app.bases[0]), client.at(&app.bases[1])];
    let answers: Vec<Answer> = join_all((0..50).map(|n| {
        let client = at[n % 2].clone();
        async move { client.refresh(&client.cookie).await }
    }))
    .await;
    let cookies: Vec<String> = answers.iter().filter(|a| a.status == 200).map(Answer::refresh_cookie).collect();
    assert!(!cookies.is_empty());
    let live: i64 = app
        .probe
        .one("select count(*) from refresh_token t join session s on s.id = t.session_id where s.ended_at is null and t.consumed_at is null")
        .await;
    assert_eq!(live, 1, "one token can still be used");
    // Every answer but the last was superseded; exactly one of the cookies goes on.
    let mut works = 0;
    for cookie in &cookies {
        let hash: bool = sqlx::query_scalar("select consumed_at is null from refresh_token where hash = sha256($1)")
            .bind(cookie.split_once('=').unwrap().1.as_bytes())
            .fetch_one(&app.probe.0)
            .await
            .unwrap();
        works += i32::from(hash);
    }
    assert_eq!(works, 1);
    app.finish().await;
}

#[tokio::test]
async fn accounts_throttle_sign_ins() {
    let app = TestApp::start().await;
    let anonymous = Client::anonymous(&app.bases[0]);
    let wrong = || anonymous.post(LOGIN, json!({ "email": "agent@test.example", "password": "wrong wrong wrong" }));
    for _ in 0..20 {
        wrong().await.refused(401, "invalid_credentials");
    }
    let answer = wrong().await;
    answer.refused(429, "too_many_requests");
    let seconds: u64 = answer.header("retry-after").unwrap().parse().unwrap();
    assert!((1..=60).contains(&seconds));
    // The right password waits too, whatever the e-mail's case; other accounts do not.
    let right = json!({ "email": "Agent@Test.example", "password": PASSWORD });
    anonymous.post(LOGIN, right).await.refused(429, "too_many_requests");
    app.colleague().await;
    app.finish().await;
}

#[tokio::test]
async fn accounts_the_cookie_answers_only_to_our_own_pages() {
    let app = TestApp::with().public_url("http://inbox.test.example:8080").start().await;
    let anonymous = Client::anonymous(&app.bases[0]);
    let credentials = json!({ "email": "agent@test.example", "password": PASSWORD });
    let answer = anonymous.post(LOGIN, credentials.clone()).await;
    // Over plain http in a private network browsers keep no `__Host-` cookie.
    let cookie = answer.set_cookie().unwrap();
    assert!(cookie.starts_with("max_refresh=") && !cookie.contains("Secure"), "{cookie}");
    let cookie = answer.refresh_cookie();
    for path in [LOGIN, "/api/v1/auth/refresh", "/api/v1/auth/logout"] {
        for origin in ["https://evil.example", "null", "http://inbox.test.example", "https://inbox.test.example:8080"] {
            let request = anonymous.request(reqwest::Method::POST, path).header("origin", origin).header("cookie", &cookie);
            let request = if path == LOGIN { request.json(&credentials) } else { request };
            let answer = Answer::of(request).await;
            answer.refused(403, "wrong_origin");
            assert!(answer.set_cookie().is_none());
        }
    }
    // None of that has used it up.
    let own = anonymous.request(reqwest::Method::POST, "/api/v1/auth/refresh").header("origin", "http://inbox.test.example:8080");
    Answer::of(own.header("cookie", cookie)).await.ok();
    app.finish().await;
}

#[tokio::test]
async fn accounts_access_ends_with_the_token_the_session_and_the_user() {
    let app = TestApp::with().manual_clock().start().await;
    let client = app.agent().await;
    client.get("/api/v1/me").await.ok();
    // The token after ten minutes; the session goes on.
    app.advance(Duration::from_secs(601));
    client.get("/api/v1/me").await.refused(401, "unauthenticated");
    let answer = client.refresh(&client.cookie).await;
    let client = client.with_token(answer.ok()["access_token"].as_str().unwrap());
    client.get("/api/v1/me").await.ok();
    // The session after thirty days without use.
    app.advance(Duration::from_secs(30 * 24 * 3600 + 1));
    client.refresh(&answer.refresh_cookie()).await.refused(401, "unauthenticated");

    // Somebody switched off is out within a second, and stays out.
    let client = app.colleague().await;
    client.get("/api/v1/me").await.ok();
    app.probe.run("update app_user set active = false where email = 'colleague@test.example'").await;
    let begun = Instant::now();
    eventually("the token is worthless", async || (client.get("/api/v1/me").await.status == 401).then_some(())).await;
    assert!(begun.elapsed() < Duration::from_millis(1500), "{:?}", begun.elapsed());
    client.refresh(&client.cookie).await.refused(401, "unauthenticated");

    // Roles and teams are the present ones, not those of the sign-in.
    let client = app.login(&app.people().stranger).await;
    client.get("/api/v1/channels").await.refused(403, "forbidden");
    app.probe.run("update app_user set role = 'admin' where email = 'stranger@test.example'").await;
    eventually("the new role counts", async || (client.get("/api/v1/channels").await.status == 200).then_some(())).await;

    // Forged tokens, and ours for something else.
    for token in ["", "x", "a.b.c", &client.cookie] {
        client.with_token(&format!("{token} ")).get("/api/v1/me").await.refused(401, "unauthenticated");
    }
    let basic =
        client.with_token("").request(reqwest::Method::GET, "/api/v1/me").basic_auth("agent@test.example", Some(PASSWORD));
    Answer::of(basic).await.refused(401, "unauthenticated");
    app.finish().await;
}
