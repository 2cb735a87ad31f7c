//! Staying signed in: refresh tokens, each good for one more.

use std::time::{Duration, Instant};

use futures_util::future::join_all;
use tests::{Answer, Client, PASSWORD, Socket, TestApp, eventually};

use super::{ME, records};

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
        (thief.with_token(&token).get(ME).await.status == 401).then_some(())
    })
    .await;
    assert!(begun.elapsed() < Duration::from_secs(2));
    assert_eq!(app.probe.one::<String>("select ended_why from session").await, "refresh token reused");
    assert_eq!(records(&app).await.last().unwrap(), "session.reused");

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

/// Every state that a token can be in, and what it is worth there.
#[tokio::test]
async fn accounts_refresh_tokens_in_each_of_their_states() {
    let app = TestApp::with().manual_clock().start().await;
    let live = async || app.agent().await;

    // Unknown: nothing, and nothing ends.
    let client = live().await;
    client
        .refresh("__Host-max_refresh=bm9ib2R5J3MgdG9rZW4gYW55d2hlcmUgYXQgYWxsLCByZWFsbHk")
        .await
        .refused(401, "unauthenticated");
    client.get(ME).await.ok();
    // Unused: the next one.
    let next = client.refresh(&client.cookie).await;
    next.ok();
    // Used, and its successor not: the answer was lost, so another successor; the lost one is dead, and using it ends the session.
    let other = client.refresh(&client.cookie).await;
    other.ok();
    client.refresh(&other.refresh_cookie()).await.ok();
    client.refresh(&next.refresh_cookie()).await.refused(401, "unauthenticated");
    client.get(ME).await.refused(401, "unauthenticated");
    // Used, and its successor too: the session ends.
    let client = live().await;
    let second = client.refresh(&client.cookie).await.refresh_cookie();
    let third = client.refresh(&second).await.refresh_cookie();
    client.refresh(&client.cookie).await.refused(401, "unauthenticated");
    client.refresh(&third).await.refused(401, "unauthenticated");
    client.get(ME).await.refused(401, "unauthenticated");
    // Of a session that was ended: nothing.
    let client = live().await;
    client.logout().await;
    client.refresh(&client.cookie).await.refused(401, "unauthenticated");
    // Of somebody who may not sign in any more: nothing.
    let client = app.colleague().await;
    app.probe.run("update app_user set active = false where email = 'colleague@test.example'").await;
    client.refresh(&client.cookie).await.refused(401, "unauthenticated");
    // Of a session that nobody used for thirty days: nothing, to the second.
    let (client, late) = (live().await, live().await);
    app.advance(Duration::from_secs(30 * 24 * 3600 - 1));
    client.refresh(&client.cookie).await.ok();
    app.advance(Duration::from_secs(1));
    late.refresh(&late.cookie).await.refused(401, "unauthenticated");
    assert_eq!(records(&app).await.iter().filter(|kind| *kind == "session.reused").count(), 2);
    app.finish().await;
}

/// However much a session is used, and however it is: nothing of it outlives its greatest age, to the second.
#[tokio::test]
async fn accounts_sessions_end_at_their_greatest_age_however_much_they_are_used() {
    let app = TestApp::with().manual_clock().session_days(3).start().await;
    let client = app.agent().await;
    let mut cookie = client.cookie.clone();
    // Used all the time, by people who come back within the twelve hours of sessions that are not remembered, too.
    for _ in 0..7 {
        app.advance(Duration::from_secs(10 * 3600));
        let answer = client.refresh(&cookie).await;
        answer.ok();
        cookie = answer.refresh_cookie();
    }
    app.advance(Duration::from_secs(2 * 3600 - 1));
    let last = client.refresh(&cookie).await;
    let token = last.ok()["access_token"].as_str().unwrap().to_owned();
    let client = client.with_token(&token);
    let mut socket = client.socket(None).await;
    client.get(ME).await.ok();
    let younger = app.agent().await;
    app.advance(Duration::from_secs(1));
    // The access token would hold for minutes yet; this node has forgotten the session within a second.
    eventually("the access token is worthless", async || (client.get(ME).await.status == 401).then_some(())).await;
    client.refresh(&last.refresh_cookie()).await.refused(401, "unauthenticated");
    let sessions = younger.get("/api/v1/me/sessions").await.ok();
    assert_eq!(sessions["items"].as_array().unwrap().len(), 1, "it is in no list");
    // Its socket asks for a fresh token within the life of the last one, and there is none.
    socket.hello(&token, None).await;
    assert_eq!(socket.closed().await, Some(4401));
    // Whoever signs in again begins anew.
    app.agent().await.get(ME).await.ok();
    app.finish().await;
}

/// Where the greatest age was made less, sessions that were written with a longer one end at the new one.
#[tokio::test]
async fn accounts_sessions_of_a_longer_age_end_when_it_was_made_less() {
    let app = TestApp::with().manual_clock().session_days(2).start().await;
    let client = app.agent().await;
    app.probe.run("update session set expires_at = expires_at + interval '100 days'").await;
    app.advance(Duration::from_secs(2 * 24 * 3600));
    client.refresh(&client.cookie).await.refused(401, "unauthenticated");
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
async fn accounts_access_ends_with_the_token_the_session_and_the_user() {
    let app = TestApp::with().manual_clock().start().await;
    let client = app.agent().await;
    client.get(ME).await.ok();
    // The token after ten minutes; the session goes on.
    app.advance(Duration::from_secs(601));
    client.get(ME).await.refused(401, "unauthenticated");
    let answer = client.refresh(&client.cookie).await;
    let client = client.with_token(answer.ok()["access_token"].as_str().unwrap());
    client.get(ME).await.ok();
    // The session after thirty days without use.
    app.advance(Duration::from_secs(30 * 24 * 3600 + 1));
    client.refresh(&answer.refresh_cookie()).await.refused(401, "unauthenticated");

    // Somebody switched off is out within a second, and stays out.
    let client = app.colleague().await;
    client.get(ME).await.ok();
    app.probe.run("update app_user set active = false where email = 'colleague@test.example'").await;
    let begun = Instant::now();
    eventually("the token is worthless", async || (client.get(ME).await.status == 401).then_some(())).await;
    assert!(begun.elapsed() < Duration::from_millis(1500), "{:?}", begun.elapsed());
    client.refresh(&client.cookie).await.refused(401, "unauthenticated");

    // Roles and teams are the present ones, not those of the sign-in.
    let client = app.login(&app.people().stranger).await;
    client.get("/api/v1/channels").await.refused(403, "forbidden");
    app.probe.run("update app_user set role = 'admin' where email = 'stranger@test.example'").await;
    eventually("the new role counts", async || (client.get("/api/v1/channels").await.status == 200).then_some(())).await;

    let basic =
        Client::anonymous(&app.bases[0]).request(reqwest::Method::GET, ME).basic_auth("agent@test.example", Some(PASSWORD));
    Answer::of(basic).await.refused(401, "unauthenticated");
    app.finish().await;
}
