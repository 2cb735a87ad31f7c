//! What ends access ends it everywhere: measured, over REST and the socket, on the node that did it and on another.

use std::time::{Duration, Instant};

use features::accounts::{self, Purpose};
use serde_json::json;
use tests::{Client, PASSWORD, TestApp};

use super::{ME, NEW_PASSWORD, delete};

/// Time until the session's token was worth nothing and its socket was closed, here and there.
#[expect(clippy::print_stdout, reason = "the figures are what this test is run for")]
async fn measure(what: &str, app: &TestApp, client: &Client, act: impl AsyncFnOnce()) {
    let nodes = [client.clone(), client.at(&app.bases[1])];
    let mut sockets = Vec::new();
    for node in &nodes {
        // Both have just looked it up, so both remember it for as long as they ever do.
        node.get(ME).await.ok();
        sockets.push(node.socket(None).await);
    }
    for node in &nodes {
        node.get(ME).await.ok();
    }
    let begun = Instant::now();
    act().await;
    let gone = async |node: &Client| {
        loop {
            if node.get(ME).await.status == 401 {
                return begun.elapsed();
            }
            assert!(begun.elapsed() < Duration::from_secs(10), "{what}: it still opens");
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    };
    let closed = async |mut socket: tests::Socket| {
        assert_eq!(socket.closed().await, Some(4401), "{what}");
        begun.elapsed()
    };
    let (mut sockets, [here, there]) = (sockets.into_iter(), &nodes);
    let (first, second) = (sockets.next().unwrap(), sockets.next().unwrap());
    let (rest_here, rest_there, socket_here, socket_there) = tokio::join!(gone(here), gone(there), closed(first), closed(second));
    println!(
        "{what}: REST {:.3} s here, {:.3} s there; socket {:.3} s here, {:.3} s there",
        rest_here.as_secs_f64(),
        rest_there.as_secs_f64(),
        socket_here.as_secs_f64(),
        socket_there.as_secs_f64()
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn accounts_revocation_reaches_every_node_and_socket() {
    let mut app = TestApp::with().nodes(2).start().await;
    let [admin, keeper] = [app.admin().await, app.agent().await];

    let client = app.agent().await;
    let list = client.get("/api/v1/me/sessions").await.ok();
    let id = list["items"][0]["id"].as_str().unwrap().to_owned();
    measure("a session that was ended", &app, &client, async || {
        assert_eq!(delete(&keeper, &format!("/api/v1/me/sessions/{id}")).await.status, 204);
    })
    .await;

    let client = app.agent().await;
    measure("all other sessions ended", &app, &client, async || {
        assert_eq!(keeper.post("/api/v1/me/sessions/end-others", json!({})).await.status, 204);
    })
    .await;

    let client = app.agent().await;
    measure("signed out", &app, &client, async || {
        assert_eq!(client.logout().await.status, 204);
    })
    .await;

    let client = app.agent().await;
    measure("a password that was changed", &app, &client, async || {
        let body = json!({ "current": PASSWORD, "password": NEW_PASSWORD });
        assert_eq!(keeper.post("/api/v1/me/password", body).await.status, 204);
    })
    .await;

    let client = app.colleague().await;
    let node = &app.nodes[0].app;
    let mut tx = node.db.begin().await.unwrap();
    let (url, _) = accounts::make_link(node, &mut tx, app.people().colleague.id, Purpose::Reset, None).await.unwrap();
    tx.commit().await.unwrap();
    measure("a password that was reset", &app, &client, async || {
        let body = json!({ "token": url.rsplit('#').next().unwrap(), "password": NEW_PASSWORD });
        assert_eq!(Client::anonymous(&app.bases[0]).post("/api/v1/auth/link/password", body).await.status, 204);
    })
    .await;

    let client = app.login(&app.people().lead).await;
    let lead = format!("/api/v1/users/{}", client.id());
    measure("somebody who was deactivated", &app, &client, async || {
        admin.patch(&lead, json!({ "active": false })).await.ok();
    })
    .await;
    client.refresh(&client.cookie).await.refused(401, "unauthenticated");

    admin.get(ME).await.ok();
    keeper.get(ME).await.ok();
    app.stop_node(1).await;
    app.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn accounts_another_role_counts_on_every_node_and_socket() {
    let mut app = TestApp::with().nodes(2).start().await;
    let admin = app.admin().await;
    let client = app.login(&app.people().stranger).await;
    let nodes = [client.clone(), client.at(&app.bases[1])];
    let user = format!("/api/v1/users/{}", client.id());
    for (role, status) in [("admin", 200), ("agent", 403)] {
        let mut sockets = Vec::new();
        for node in &nodes {
            sockets.push(node.socket(None).await);
        }
        for node in &nodes {
            assert_ne!(node.get("/api/v1/channels").await.status, status);
        }
        let begun = Instant::now();
        admin.patch(&user, json!({ "role": role })).await.ok();
        let mut times = Vec::new();
        for node in &nodes {
            tests::eventually("the new role counts", async || {
                (node.get("/api/v1/channels").await.status == status).then_some(())
            })
            .await;
            times.push(begun.elapsed());
        }
        for mut socket in sockets {
            assert_eq!(socket.closed().await, Some(4401));
            times.push(begun.elapsed());
        }
        let seconds: Vec<_> = times.iter().map(|t| format!("{:.3} s", t.as_secs_f64())).collect();
        println!("{role}: REST here and there, socket here and there, at the latest after {}", seconds.join(", "));
    }
    app.stop_node(1).await;
    app.finish().await;
}
