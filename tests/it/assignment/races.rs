//! Many agents, one queue.

use std::collections::{BTreeMap, BTreeSet};

use features::accounts::{self, Maker, NewUser};
use futures_util::future::join_all;
use kernel::auth::{Actor, Role};
use serde_json::{Value, json};
use tests::{Client, PASSWORD, TestApp};
use uuid::Uuid;

const AGENTS: usize = 50;
const CONVERSATIONS: usize = 1000;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn assignment_fifty_agents_take_a_thousand_conversations_each_once() {
    let mut app = TestApp::with().nodes(2).start().await;
    let agents = hire(&app).await;
    let ids = app.plant_plain(CONVERSATIONS, app.teams[0]).await;
    let next = format!("/api/v1/queues/{}/take-next", app.teams[0]);

    // Half of them as they come; all agents ask at once, on both nodes.
    let taken = join_all(agents.iter().map(|agent| async {
        let mut mine = Vec::new();
        for _ in 0..CONVERSATIONS / 2 / AGENTS {
            mine.push(agent.post(&next, json!({})).await.ok()["id"].as_str().unwrap().parse::<Uuid>().unwrap());
        }
        mine
    }))
    .await;
    let taken: Vec<Uuid> = taken.into_iter().flatten().collect();
    let distinct: BTreeSet<Uuid> = taken.iter().copied().collect();
    assert_eq!((taken.len(), distinct.len()), (CONVERSATIONS / 2, CONVERSATIONS / 2), "never the same for two");
    let oldest: BTreeSet<Uuid> = ids[..CONVERSATIONS / 2].iter().copied().collect();
    assert_eq!(distinct, oldest, "the longest waiting");

    // The rest by name: two agents on two nodes want each.
    let rest = &ids[CONVERSATIONS / 2..];
    let fights = join_all(agents.iter().enumerate().map(|(n, agent)| async move {
        let mut won = Vec::new();
        for (k, id) in rest.iter().enumerate().filter(|(k, _)| k % (AGENTS / 2) == n / 2) {
            let answer = agent.step(*id, "take", json!({})).await;
            if answer.status == 200 {
                won.push((*id, None));
            } else {
                let winner = answer.refused(409, "conversation_taken")["winner"]["name"].as_str().unwrap().to_owned();
                won.push((*id, Some(winner)));
            }
            assert!(k < rest.len());
        }
        (agent.me["name"].as_str().unwrap().to_owned(), won)
    }))
    .await;
    let mut winners: BTreeMap<Uuid, String> = BTreeMap::new();
    for (name, won) in &fights {
        for (id, _) in won.iter().filter(|(_, lost_to)| lost_to.is_none()) {
            assert_eq!(winners.insert(*id, name.clone()), None, "two won {id}");
        }
    }
    assert_eq!(winners.len(), rest.len());
    for (id, lost_to) in fights.iter().flat_map(|(_, won)| won) {
        assert!(lost_to.as_ref().is_none_or(|name| *name == winners[id]), "{lost_to:?} has not won {id}");
    }
    // Nothing is left, and everything is told once.
    agents[0].post(&next, json!({})).await.refused(404, "queue_empty");
    assert_eq!(app.probe.one::<i64>("select count(*) from conversation where state = 'assigned'").await, CONVERSATIONS as i64);
    assert_eq!(app.probe.one::<i64>("select count(*) from conversation_assignment").await, CONVERSATIONS as i64);
    assert_eq!(app.probe.one::<i64>("select count(*) from event where kind = 'conversation.taken'").await, CONVERSATIONS as i64);
    app.stop_node(1).await;
    app.finish().await;
}

/// Fifty agents of the first team, signed in at one node or the other.
async fn hire(app: &TestApp) -> Vec<Client> {
    let node = &app.nodes[0].app;
    let mut tx = node.db.begin().await.unwrap();
    for n in 0..AGENTS {
        let new = NewUser {
            name: format!("Agent {n}"),
            email: format!("agent{n}@test.example"),
            role: Role::Agent,
            password: Some(PASSWORD.into()),
            team_ids: vec![app.teams[0]],
        };
        accounts::create_user(&Maker::of(node), &mut tx, &Actor::system("test"), new).await.unwrap();
    }
    tx.commit().await.unwrap();
    let logins =
        (0..AGENTS).map(|n| async move { Client::login(&app.bases[n % 2], &format!("agent{n}@test.example"), PASSWORD).await });
    join_all(logins).await
}

#[tokio::test]
async fn assignment_take_next_waits_for_what_somebody_holds_and_then_says_that_nothing_waits() {
    let app = TestApp::start().await;
    let agent = app.agent().await;
    let id = app.opens("15550002222").await;
    let next = format!("/api/v1/queues/{}/take-next", app.teams[0]);
    // Somebody holds the only one for a moment, and lets go.
    let mut other = app.probe.0.begin().await.unwrap();
    sqlx::query("select from conversation where id = $1 for update").bind(id).execute(&mut *other).await.unwrap();
    let (got, ()) = tokio::join!(agent.post(&next, json!({})), async {
        tokio::time::sleep(std::time::Duration::from_millis(150)).await;
        other.rollback().await.unwrap();
    });
    assert_eq!(got.ok()["id"], json!(id));
    agent.post(&next, json!({})).await.refused(404, "queue_empty");
    assert_eq!(agent.timeline(id).await.last().unwrap()["data"]["rule"], "take_next");
    // Another team's queue is none of theirs.
    agent.post(&format!("/api/v1/queues/{}/take-next", app.teams[1]), json!({})).await.refused(404, "not_found");
    agent.post(&format!("/api/v1/queues/{}/take-next", Uuid::now_v7()), Value::Null).await.refused(404, "not_found");
    app.finish().await;
}
