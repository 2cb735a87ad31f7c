//! The same things at the same moment, on two nodes.

use futures_util::future::join_all;
use tests::{Channel, TestApp, eventually, webhook};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn ingest_ten_webhooks_at_once_of_each_new_contact_open_one_conversation() {
    const CONTACTS: usize = 50;
    const EACH: usize = 10;
    let mut app = TestApp::with().nodes(2).start().await;
    let deliveries = (0..EACH).flat_map(|n| (0..CONTACTS).map(move |c| (c, n))).map(|(c, n)| {
        let who = format!("1555100{c:04}");
        let message = webhook::text(&who, &format!("race-{c}-{n}"), app.unix(), &format!("{n}"));
        let value = webhook::value(&app.channel.phone_number_id, &[webhook::contact(&who, &who)], &[message], &[]);
        let body = webhook::bytes(&webhook::envelope(Channel::ACCOUNT, &value));
        let (app, node) = (&app, (c + n) % 2);
        async move { app.deliver_bytes(node, &app.channel, body).await }
    });
    for answer in join_all(deliveries).await {
        answer.ok_text();
    }
    assert_eq!(app.probe.one::<i64>("select count(*) from conversation").await, CONTACTS as i64);
    assert_eq!(app.probe.one::<i64>("select count(*) from contact").await, CONTACTS as i64);
    assert_eq!(app.probe.one::<i64>("select count(*) from message").await, (CONTACTS * EACH) as i64);
    assert_eq!(app.probe.one::<i64>("select min(last_seq) from conversation").await, EACH as i64);
    app.stop_node(1).await;
    app.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn ingest_the_same_deliveries_on_both_nodes_at_once_count_once() {
    let mut app = TestApp::with().nodes(2).start().await;
    // Everything three times, in batches of different sizes that overlap.
    let ids: Vec<usize> = (0..240).collect();
    let mut batches = Vec::new();
    for (round, size) in [7, 16, 40].into_iter().enumerate() {
        for (n, batch) in ids.chunks(size).enumerate() {
            let who = |id: usize| format!("1555200{:04}", id % 12);
            let contacts: Vec<_> = batch.iter().map(|id| webhook::contact(&who(*id), "Somebody")).collect();
            let messages: Vec<_> =
                batch.iter().map(|id| webhook::text(&who(*id), &format!("dup-{id}"), app.unix(), &id.to_string())).collect();
            let value = webhook::value(&app.channel.phone_number_id, &contacts, &messages, &[]);
            batches.push(((round + n) % 2, webhook::bytes(&webhook::envelope(Channel::ACCOUNT, &value))));
        }
    }
    let answers = join_all(batches.into_iter().map(|(node, body)| app.deliver_bytes(node, &app.channel, body))).await;
    answers.iter().for_each(|answer| drop(answer.ok_text()));
    assert_eq!(app.probe.one::<i64>("select count(*) from message").await, 240);
    assert_eq!(app.probe.one::<i64>("select count(*) from conversation").await, 12);
    assert_eq!(app.probe.one::<i64>("select count(*) from webhook_element where fate = 'stored'").await, 240);
    assert_eq!(app.probe.one::<i64>("select count(*) from webhook_element where fate = 'duplicate'").await, 480);
    app.stop_node(1).await;
    app.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn ingest_statuses_replies_and_messages_of_the_same_conversations_do_not_deadlock() {
    let mut app = TestApp::with().nodes(2).start().await;
    let agent = app.agent().await;
    let mut conversations = Vec::new();
    for n in 0..6 {
        conversations.push((format!("1555300000{n}"), app.opens(&format!("1555300000{n}")).await));
    }
    for (_, id) in &conversations {
        agent.reply(*id, &format!("take {id}")).await;
    }
    let calls = app.graph.wait_for(6).await;
    let wamids: Vec<String> = calls.iter().map(|call| call.wamid().to_owned()).collect();
    let rounds = (0..12usize).map(|round| {
        let (app, agent, conversations, wamids) = (&app, agent.at(&app.bases[round % 2]), &conversations, &wamids);
        async move {
            let mut order: Vec<usize> = (0..6).collect();
            order.rotate_left(round % 6);
            if round % 3 == 0 {
                order.reverse();
            }
            let messages: Vec<_> = order
                .iter()
                .map(|n| webhook::text(&conversations[*n].0, &format!("mixed-{round}-{n}"), app.unix(), "mixed"))
                .collect();
            let status = ["sent", "delivered", "read"][round % 3];
            let statuses: Vec<_> = order.iter().map(|n| webhook::status(&wamids[*n], status, app.unix(), None)).collect();
            let body = webhook::bytes(&app.envelope(&[], &messages, &statuses));
            let (answer, _) = tokio::join!(
                app.deliver_bytes(round % 2, &app.channel, body),
                join_all(order.iter().map(|n| agent.reply(conversations[*n].1, "mixed reply")))
            );
            answer.ok_text();
        }
    });
    join_all(rounds).await;
    assert_eq!(app.probe.one::<i64>("select count(*) from message where content ->> 'text' = 'mixed'").await, 72);
    for call in &calls {
        app.probe.becomes(call.our_id(), "read").await;
    }
    app.graph.wait_for(6 + 72).await;
    app.stop_node(1).await;
    app.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn ingest_what_waited_for_conversations_finds_them_and_uses_up_no_number() {
    let app = TestApp::start().await;
    let customers: Vec<String> = (1..=5).map(|n| format!("1555400000{n}")).collect();
    for customer in &customers {
        app.opens(customer).await;
    }
    // As many as the database needs to see before it reaches each by its index.
    app.plant_plain(2_000, app.teams[0]).await;
    app.probe.run("analyze conversation").await;
    let mut holder = app.probe.0.begin().await.unwrap();
    sqlx::query("update conversation set priority = 'high'").execute(&mut *holder).await.unwrap();
    let messages: Vec<_> = customers.iter().map(|who| webhook::text(who, &format!("{who}-again"), app.unix(), "again")).collect();
    let delivery = app.envelope(&[], &messages, &[]);
    let (answer, ()) = tokio::join!(app.deliver(&delivery), async {
        eventually("the delivery waits for the lock", async || {
            let waiting: i64 = app
                .probe
                .one("select count(*) from pg_stat_activity where wait_event_type = 'Lock' and datname = current_database()")
                .await;
            (waiting > 0).then_some(())
        })
        .await;
        holder.commit().await.unwrap();
    });
    answer.ok_text();
    assert_eq!(app.probe.one::<i64>("select count(*) from message where external_id like '%-again'").await, 5);
    // An attempt to open others would have left a gap.
    app.opens("15554000009").await;
    assert_eq!(app.probe.one::<i64>("select max(number) - count(*) from conversation").await, 0);
    app.finish().await;
}
