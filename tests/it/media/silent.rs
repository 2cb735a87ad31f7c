//! A provider that hands out no files: nobody waits for it but the files themselves.

use std::{ops::Range, time::Duration};

use serde_json::Value;
use tests::{Channel, Client, TestApp, Trouble, eventually, files, webhook};

/// What one channel may fetch at once.
const OF_ONE: usize = 4;

/// Customers send a picture each in one delivery of the channel, and something goes wrong with every try of each.
async fn pictures(app: &TestApp, channel: &Channel, numbers: Range<u32>, troubles: &[Trouble]) {
    let (mut people, mut messages) = (Vec::new(), Vec::new());
    for number in numbers {
        let who = format!("1555001{number:04}");
        let id = app.graph.keep(number, "image/png", files::png(20, 20));
        app.graph.trouble(&id, troubles.iter().cloned());
        people.push(webhook::contact(&who, "Customer"));
        messages.push(webhook::message(&who, &webhook::wamid(), app.unix(), "image", app.graph.announced(&id)));
    }
    let value = webhook::value(&channel.phone_number_id, &people, &messages, &[]);
    app.deliver_bytes(0, channel, webhook::bytes(&webhook::envelope(Channel::ACCOUNT, &value))).await.ok_text();
}

/// How many files of a channel are there.
async fn ready(app: &TestApp, channel: &Channel) -> i64 {
    app.probe.of(channel.id, "select count(*) from media where state = 'ready' and channel_id = $1").await
}

#[tokio::test]
async fn media_nobody_waits_for_a_provider_that_says_nothing() {
    let mut app = TestApp::start().await;
    app.expect_complaint("files under a lease");
    let other = app.add_channel("Other", "700800900100999", "test-app-secret", Some(app.teams[0])).await;
    let agent = app.agent().await;
    let mut socket = agent.socket(None).await;
    pictures(&app, &app.channel, 100..160, &[Trouble::Silent]).await;
    eventually("all places are taken", async || (app.graph.file_calls().len() == OF_ONE).then_some(())).await;

    // Words of others are there at once, and so are the files of another channel.
    for (number, who) in ["15550070001", "15550070002"].into_iter().enumerate() {
        app.say(who, &format!("words {number}")).await;
        socket.expect("message.created", |data| data["message"]["content"]["text"] == format!("words {number}")).await;
    }
    pictures(&app, &other, 200..212, &[]).await;
    eventually("the other channel's files are there", async || (ready(&app, &other).await == 12).then_some(())).await;
    assert_eq!(app.graph.file_calls().len(), OF_ONE + 2 * 12, "and nobody else took a place beside those that wait");
    // Nobody holds a connection or a lock while waiting.
    let held = "select count(*) from pg_stat_activity where datname = current_database() and state like 'idle in transaction%'";
    eventually("nothing is held", async || (app.probe.one::<i64>(held).await == 0).then_some(())).await;
    assert_eq!(ready(&app, &app.channel).await, 0);
    app.finish().await;
}

#[tokio::test]
async fn media_a_provider_that_fails_is_asked_for_one_now_and_then_until_it_is_back() {
    const TOKEN: &str = "a token for scrapers";
    let app = TestApp::with().manual_clock().metrics_token(TOKEN).start().await;
    pictures(&app, &app.channel, 100..140, &[Trouble::Asked(503, 2)]).await;
    eventually("the circuit opens", async || {
        let metrics = Client::anonymous(&app.bases[0]).with_token(TOKEN).get("/metrics").await;
        metrics.text().contains("media_circuits_opened_total 1").then_some(())
    })
    .await;
    let settled = async || {
        eventually("nothing is under way", async || {
            (app.probe.one::<i64>("select count(*) from media where lease_until is not null").await == 0).then_some(())
        })
        .await;
        app.graph.file_calls().len()
    };
    // Those under way when the last of the row failed are the last for now, however many wait.
    let asked = settled().await;
    assert!((OF_ONE..2 * OF_ONE).contains(&asked), "{asked}");
    app.advance(Duration::from_millis(4_900));
    assert_eq!(settled().await, asked);
    for tries in 1..=2 {
        // Each pause is longer than a step, so that no step can let two of them go.
        eventually("one tries", async || {
            app.advance(Duration::from_millis(4_900));
            (app.graph.file_calls().len() >= asked + tries).then_some(())
        })
        .await;
        assert_eq!(settled().await, asked + tries);
    }
    // It is back: what comes of the one opens the way for all.
    let seen: Vec<(Value,)> = app.probe.all("select error from media where error is not null").await;
    assert!(!seen.is_empty() && seen.iter().all(|(error,)| error["message"].is_string()), "{seen:?}");
    for number in 100..140 {
        app.graph.forgive(number);
    }
    eventually("all files are there", async || {
        app.advance(Duration::from_secs(7));
        (ready(&app, &app.channel).await == 40).then_some(())
    })
    .await;
    app.finish().await;
}

#[tokio::test]
async fn media_what_nobody_has_any_more_is_asked_for_in_peace() {
    let app = TestApp::start().await;
    pictures(&app, &app.channel, 100..130, &[]).await;
    for number in 100..130 {
        app.graph.lose(&format!("9900{number}"));
    }
    // Beside them, who writes is heard.
    let begun = std::time::Instant::now();
    app.say("15550070001", "Hello").await;
    eventually("some are asked for", async || (app.graph.file_calls().len() >= 8).then_some(())).await;
    let calls = app.graph.file_calls();
    let pace = calls.windows(2).skip(6).all(|pair| pair[1].at - pair[0].at >= Duration::from_millis(200));
    assert!(pace, "{:?}", calls.iter().map(|call| call.at - begun).collect::<Vec<_>>());
    app.finish().await;
}
