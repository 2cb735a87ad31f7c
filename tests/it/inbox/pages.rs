//! What a page of each list costs, in pages of the database that it looks at: few, and no more of them when there is ten times as much.

use std::ops::RangeInclusive;

use serde_json::Value;
use tests::{Client, PASSWORD, Person, TestApp};
use uuid::Uuid;

/// The most pages of the database that a page of a list may look at.
const MOST: i64 = 150;
/// By so much may ten times as many conversations make it dearer.
const GROWTH: f64 = 1.15;
/// So many times a list is asked for before it is measured: by then the database has settled for a plan.
const SETTLED: usize = 6;

const FILL: &str = include_str!("fill.sql");

#[tokio::test]
async fn inbox_a_page_costs_the_same_however_much_there_is() {
    let mut app = TestApp::start().await;
    for what in ["numbering has gaps", "count their inbound messages wrong", "last message is not their last"] {
        app.expect_complaint(what);
    }
    let node = app.add_measured_node().await;
    let people = app.people().clone();
    // The lead is in all twelve teams, the supervisor in three.
    let people = [people.agent, people.lead, people.supervisor, people.admin, people.stranger];
    fill(&app, 1..=2_000).await;
    let small = measure(&app, node, &people).await;
    fill(&app, 2_001..=20_000).await;
    let large = measure(&app, node, &people).await;

    let mut wrong = Vec::new();
    println!("{:<46}{:>8}{:>8}", "pages of the database at", 2_000, 20_000);
    for (small, large) in small.iter().zip(&large) {
        println!("{:<46}{:>8}{:>8}", large.name, small.buffers, large.buffers);
        if large.buffers > MOST {
            wrong.push(format!("{} looks at {} pages: {:?}", large.name, large.buffers, large.nodes));
        }
        if small.rows == 50 && large.buffers as f64 > small.buffers as f64 * GROWTH {
            wrong.push(format!("{} grew from {} to {} pages: {:?}", large.name, small.buffers, large.buffers, large.nodes));
        }
        // Neither is all of it read, nor is there anything to sort: the rows come in order, and a page of them.
        // (A team that is not there leaves an empty result, sorted.)
        let bad = large.nodes.windows(2).find(|pair| {
            pair[0] == "Seq Scan conversation"
                || pair[0].starts_with("Bitmap Heap Scan conversation")
                || (pair[0].ends_with("Sort") && pair[1] != "Result")
        });
        if let Some(bad) = bad.filter(|_| large.rows == 50) {
            wrong.push(format!("{} uses {bad:?}: {:?}", large.name, large.nodes));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    app.finish().await;
}

/// Makes conversations of these numbers, in portions: an open transaction holds back the event log of every test.
async fn fill(app: &TestApp, numbers: RangeInclusive<usize>) {
    let mut conn = app.probe.0.acquire().await.unwrap();
    for from in numbers.clone().step_by(500) {
        let to = numbers.end().min(&(from + 499)).to_string();
        let channel = app.channel.id.to_string();
        for (name, value) in [("fill.from", from.to_string()), ("fill.to", to), ("fill.channel", channel)] {
            sqlx::query("select set_config($1, $2, false)").bind(name).bind(value).execute(&mut *conn).await.unwrap();
        }
        sqlx::raw_sql(FILL).execute(&mut *conn).await.unwrap();
    }
    for table in ["conversation", "conversation_participant", "conversation_mention", "contact", "app_user", "team"] {
        let sql = sqlx::AssertSqlSafe(format!("vacuum analyze {table}"));
        sqlx::raw_sql(sql).execute(&mut *conn).await.unwrap();
    }
}

struct Measured {
    name: String,
    rows: usize,
    buffers: i64,
    /// Of the list's statement.
    nodes: Vec<String>,
}

async fn measure(app: &TestApp, node: usize, people: &[Person]) -> Vec<Measured> {
    let team = app.teams[0];
    let lists = [
        "view=mine&state=open".to_owned(),
        "view=mine".to_owned(),
        "view=queue".to_owned(),
        format!("view=team&team_id={team}&state=open"),
        format!("view=team&team_id={team}"),
        "view=all&state=open".to_owned(),
        "view=all".to_owned(),
        "view=all&sort=oldest".to_owned(),
        "view=mentions".to_owned(),
        "view=snoozed".to_owned(),
    ];
    let mut all = Vec::new();
    for person in people {
        let client = Client::login(&app.bases[node], person.email, PASSWORD).await;
        for list in &lists {
            let path = format!("/api/v1/conversations?{list}");
            let mut page = client.get(&path).await.ok();
            for _ in 0..SETTLED {
                page = client.get(&path).await.ok();
            }
            let name = format!("{} {}", person.email.split('@').next().unwrap(), list.replace(&team.to_string(), "…"));
            all.push(one(app, &client, &path, &name).await);
            let further = ["view=queue", "view=all", "view=mentions"].contains(&list.as_str());
            if let Some(next) = page["next_cursor"].as_str().filter(|_| further) {
                let path = format!("{path}&cursor={next}");
                for _ in 0..SETTLED {
                    client.get(&path).await.ok();
                }
                all.push(one(app, &client, &path, &format!("{name}, second page")).await);
            }
        }
    }
    all
}

async fn one(app: &TestApp, client: &Client, path: &str, name: &str) -> Measured {
    let words = ["/* list */", "/* names */", "from conversation_mention where"];
    let _ = app.plans(&words);
    let page: Value = client.get(path).await.ok();
    let rows: Vec<Uuid> =
        page["items"].as_array().unwrap().iter().map(|row| row["id"].as_str().unwrap().parse().unwrap()).collect();
    let plans = app.plans(&words);
    let list = plans.iter().find(|plan| plan.sql.contains("/* list */")).expect("the list's plan is told");
    Measured {
        name: name.to_owned(),
        rows: rows.len(),
        buffers: plans.iter().map(|plan| plan.buffers).sum(),
        nodes: list.nodes.clone(),
    }
}
