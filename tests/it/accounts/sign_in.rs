//! Signing in with e-mail and password: what is answered, what it costs, how often one may be wrong.

use std::time::{Duration, Instant};

use futures_util::future::join_all;
use serde_json::json;
use tests::{Answer, Client, PASSWORD, TestApp};

use super::{LOGIN, ME, login, records, signed_in};

#[tokio::test]
async fn accounts_sign_in_and_out() {
    let app = TestApp::start().await;
    let anonymous = Client::anonymous(&app.bases[0]);
    let person = app.people().agent.clone();

    let options = anonymous.get("/api/v1/auth/options").await.ok();
    assert_eq!(options, json!({ "company_name": "MAX", "password_reset_by_email": false }));

    // The e-mail's case and blanks do not matter; the answer says who it is and sets the cookie.
    let answer = login(&anonymous, " AGENT@test.example ", PASSWORD).await;
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
    let me = client.get(ME).await.ok();
    assert_eq!(me["id"], person.id.to_string());
    assert_eq!(me, client.me);

    // Signing out ends the session at once, here.
    let answer = client.logout().await;
    assert_eq!(answer.status, 204);
    assert!(answer.set_cookie().unwrap().contains("Max-Age=0"));
    client.get(ME).await.refused(401, "unauthenticated");
    client.refresh(&client.cookie).await.refused(401, "unauthenticated");
    assert_eq!(client.logout().await.status, 204, "signing out twice is no error");
    assert_eq!(app.probe.one::<String>("select ended_why from session where ended_at is not null").await, "signed out");
    let kinds = records(&app).await;
    assert_eq!(
        kinds.iter().filter(|kind| kind.starts_with("sign_")).collect::<Vec<_>>(),
        ["sign_in.ok", "sign_in.ok", "sign_out"]
    );
    app.finish().await;
}

#[tokio::test]
async fn accounts_refuse_everybody_else_in_the_same_words() {
    let app = TestApp::start().await;
    app.probe.run("update app_user set active = false where email = 'stranger@test.example'").await;
    app.probe.run("update app_user set password_hash = null where email = 'lead@test.example'").await;
    let anonymous = Client::anonymous(&app.bases[0]);
    let mut answers = Vec::new();
    for (email, password) in [
        ("nobody@test.example", PASSWORD),
        ("agent@test.example", "a wrong test password"),
        ("stranger@test.example", PASSWORD),
        // Invited, and has not chosen a password yet.
        ("lead@test.example", PASSWORD),
        ("lead@test.example", ""),
        ("", ""),
        ("hunter2", PASSWORD),
        ("nul\0@test.example", PASSWORD),
        // bcrypt would look at the first 72 bytes only.
        ("agent@test.example", &format!("{PASSWORD}{}", "x".repeat(72))),
    ] {
        let answer = login(&anonymous, email, password).await;
        let mut problem = answer.refused(401, "invalid_credentials");
        assert!(answer.set_cookie().is_none());
        problem.as_object_mut().unwrap().remove("request_id");
        answers.push(problem);
    }
    assert!(answers.windows(2).all(|pair| pair[0] == pair[1]), "{answers:#?}");
    // Each was recorded, by whom it was about; what may be a password typed into the wrong field was not.
    let reasons: Vec<(String, Option<String>, Option<String>)> = app
        .probe
        .all(
            "select data -> 'data' ->> 'reason', data -> 'data' ->> 'email', data -> 'subject' ->> 'name'
               from event where kind = 'audit.recorded' and data ->> 'kind' = 'sign_in.refused' order by xid, position",
        )
        .await;
    let shown: Vec<_> = reasons.iter().map(|(reason, email, name)| (&**reason, email.as_deref(), name.as_deref())).collect();
    assert_eq!(
        shown,
        [
            ("unknown", Some("nobody@test.example"), None),
            ("password", None, Some("Leila Agent")),
            ("deactivated", None, Some("Nora Stranger")),
            ("password", None, Some("Yuki Lead")),
            ("password", None, Some("Yuki Lead")),
            ("unknown", None, None),
            ("unknown", None, None),
            ("unknown", Some("nul@test.example"), None),
            ("password", None, Some("Leila Agent")),
        ]
    );

    // What is no sign-in at all.
    anonymous.post(LOGIN, json!({ "email": "a@b.c" })).await.refused(422, "invalid");
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
            login(&anonymous, email, "wrong wrong wrong").await.refused(401, "invalid_credentials");
            times.push(begun.elapsed());
        }
    }
    let [known, unknown] = times.map(|t| t.into_iter().min().unwrap());
    // An answer without any hashing would take a hundredth.
    assert!(unknown * 3 > known && known * 3 > unknown, "{known:?} for a known user, {unknown:?} for an unknown one");
    app.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn accounts_ten_wrong_passwords_lock_for_a_while() {
    // Five "minutes" are three seconds.
    let app = TestApp::with().throttle_minute(Duration::from_millis(600)).start().await;
    let anonymous = Client::anonymous(&app.bases[0]);
    let begun = Instant::now();
    for n in 0..10 {
        login(&anonymous, "agent@test.example", "wrong wrong wrong").await.refused(401, "invalid_credentials");
        assert!(begun.elapsed() < Duration::from_millis(2_900), "too slow a machine for this test, after {n}");
    }
    // The right password waits too, whatever the e-mail's case.
    let answer = login(&anonymous, "Agent@Test.example", PASSWORD).await;
    let problem = answer.refused(429, "too_many_requests");
    let seconds: u64 = answer.header("retry-after").unwrap().parse().unwrap();
    assert!((1..=3).contains(&seconds), "{seconds}");
    let detail = problem["detail"].as_str().unwrap();
    assert!(detail.starts_with("Too many wrong passwords for this account. Wait ") && detail.contains("second"), "{detail}");
    // Others do not.
    app.colleague().await;
    assert_eq!(records(&app).await.iter().filter(|kind| *kind == "sign_in.locked").count(), 1, "told once");
    // It opens by time alone.
    let answer = tests::eventually("the account opens", async || {
        let answer = login(&anonymous, "agent@test.example", PASSWORD).await;
        (answer.status == 200).then_some(answer)
    })
    .await;
    answer.ok();
    assert!(begun.elapsed() > Duration::from_millis(2_500), "after {:?}", begun.elapsed());
    app.finish().await;
}

#[tokio::test]
async fn accounts_that_do_not_exist_are_locked_too() {
    let app = TestApp::start().await;
    let anonymous = Client::anonymous(&app.bases[0]);
    for _ in 0..10 {
        login(&anonymous, "nobody@test.example", PASSWORD).await.refused(401, "invalid_credentials");
    }
    let answer = login(&anonymous, " NOBODY@test.example", PASSWORD).await;
    let detail = answer.refused(429, "too_many_requests")["detail"].as_str().unwrap().to_owned();
    assert!(detail.contains(" 5 minutes") || detail.contains(" 4 minutes"), "{detail}");
    app.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn accounts_right_sign_ins_are_never_locked_out_and_forgive_wrong_ones() {
    let app = TestApp::start().await;
    let anonymous = Client::anonymous(&app.bases[0]);
    for _ in 0..2 {
        for _ in 0..9 {
            login(&anonymous, "agent@test.example", "wrong wrong wrong").await.refused(401, "invalid_credentials");
        }
        // Forty screens at once: more than failures are allowed.
        let answers = join_all((0..40).map(|_| login(&anonymous, "agent@test.example", PASSWORD))).await;
        assert!(answers.iter().all(|answer| answer.status == 200));
    }
    // Many wrong ones at once get no further than one at a time, but for those that the pool holds.
    let answers = join_all((0..40).map(|_| login(&anonymous, "colleague@test.example", "wrong wrong wrong"))).await;
    let tried = answers.iter().filter(|answer| answer.status == 401).count();
    let seats = std::thread::available_parallelism().unwrap().get().max(2);
    assert!((10..10 + seats).contains(&tried), "{tried} were tried");
    app.finish().await;
}

#[tokio::test]
async fn accounts_an_address_may_try_so_many_accounts() {
    let app = TestApp::start().await;
    let anonymous = Client::anonymous(&app.bases[0]);
    // As many as the budget of an address has, less what the setting up took; hashing them all would take minutes.
    for n in 0..300 {
        app.nodes[0].app.bus.increment("sign_in:address:127.0.0.1", Duration::from_secs(60)).await;
        assert!(n < 300);
    }
    let answer = login(&anonymous, "agent@test.example", PASSWORD).await;
    let problem = answer.refused(429, "too_many_requests");
    assert!(problem["detail"].as_str().unwrap().contains("from your network"), "{problem}");
    app.finish().await;
}

#[tokio::test]
async fn accounts_are_remembered_only_when_asked() {
    let app = TestApp::with().manual_clock().start().await;
    let anonymous = Client::anonymous(&app.bases[0]);
    let body = json!({ "email": "agent@test.example", "password": PASSWORD, "remember": false });
    let answer = anonymous.post(LOGIN, body).await;
    let client = signed_in(&anonymous, &answer);
    let cookie = answer.set_cookie().unwrap();
    assert!(cookie.contains("HttpOnly") && !cookie.contains("Max-Age") && !cookie.contains("Expires"), "{cookie}");
    // Twelve hours without use end it; use goes on.
    app.advance(Duration::from_secs(11 * 3600));
    let answer = client.refresh(&client.cookie).await;
    answer.ok();
    assert!(!answer.set_cookie().unwrap().contains("Max-Age"));
    app.advance(Duration::from_secs(11 * 3600));
    let answer = client.refresh(&answer.refresh_cookie()).await;
    answer.ok();
    app.advance(Duration::from_secs(12 * 3600 + 1));
    client.refresh(&answer.refresh_cookie()).await.refused(401, "unauthenticated");
    app.finish().await;
}

#[tokio::test]
async fn accounts_the_cookie_answers_only_to_our_own_pages() {
    let own = "http://inbox.test.example:8080";
    let app = TestApp::with().public_url(own).start().await;
    let anonymous = Client::anonymous(&app.bases[0]);
    let credentials = json!({ "email": "agent@test.example", "password": PASSWORD });
    let answer = anonymous.post(LOGIN, credentials.clone()).await;
    // Over plain http in a private network browsers keep no `__Host-` cookie.
    let cookie = answer.set_cookie().unwrap();
    assert!(cookie.starts_with("max_refresh=") && !cookie.contains("Secure"), "{cookie}");
    let cookie = answer.refresh_cookie();
    let ask = |path: &'static str, headers: &[(&'static str, &'static str)]| {
        let mut request = anonymous.request(reqwest::Method::POST, path).header("cookie", &cookie);
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        Answer::of(if path == LOGIN { request.json(&credentials) } else { request })
    };
    const REFRESH: &str = "/api/v1/auth/refresh";
    const LOGOUT: &str = "/api/v1/auth/logout";
    for path in [LOGIN, REFRESH, LOGOUT] {
        for headers in [
            [("origin", "https://evil.example"), ("x-max-request", "1")],
            [("origin", "null"), ("x-max-request", "1")],
            [("origin", "http://inbox.test.example"), ("x-max-request", "1")],
            [("origin", "https://inbox.test.example:8080"), ("x-max-request", "1")],
            // Without an Origin, browsers say where they come from in another way.
            [("sec-fetch-site", "cross-site"), ("x-max-request", "1")],
            [("sec-fetch-site", "same-site"), ("x-max-request", "1")],
        ] {
            let answer = ask(path, &headers).await;
            answer.refused(403, "wrong_origin");
            assert!(answer.set_cookie().is_none());
        }
    }
    // A browser must say that it is our page which asks: no form and no image can.
    for headers in [
        &[("origin", own)][..],
        &[("sec-fetch-site", "same-origin")],
        &[("sec-fetch-site", "none")],
        &[("origin", own), ("x-max-request", "0")],
    ] {
        for path in [REFRESH, LOGOUT] {
            ask(path, headers).await.refused(403, "wrong_origin");
        }
    }
    // None of that has used it up.
    let answer = ask(REFRESH, &[("origin", own), ("sec-fetch-site", "same-origin"), ("x-max-request", "1")]).await;
    answer.ok();
    // Programs send none of these headers and need none.
    anonymous.refresh(&answer.refresh_cookie()).await.ok();
    ask(LOGIN, &[("origin", own), ("sec-fetch-site", "same-origin")]).await.ok();
    app.finish().await;
}
