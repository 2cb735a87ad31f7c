//! Conversation lists over a large database: each view as each role sees it, beside a plain query that finds the same page, in the same
//! seconds; and what the database touched for MAX's own statement.

use std::{
    fmt::Write as _,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::{Duration, Instant},
};

use anyhow::{Context as _, ensure};
use http::{Method, StatusCode};
use sqlx::{AssertSqlSafe, PgConnection, Row as _};
use tokio::sync::Mutex;
use uuid::Uuid;

use super::plans::{LOG_PLANS, Log, Plan};
use crate::{
    Bench,
    client::{Pool, request},
    load::{Latencies, open},
    report::Table,
    stage::Stage,
};

const HISTORY: &str = include_str!("../../sql/conversations.sql");
/// Requests a second, and as many plain queries between them.
const RATE: f64 = 20.0;
/// Connections of the plain queries.
const PLAIN: usize = 4;
/// So many times a list is asked for before its plan is looked at: by then the database has settled for one.
const SETTLED: usize = 12;

/// A view as one user asks for it, and the plain form of its query.
struct List {
    view: &'static str,
    /// One of the stage's users, who are called by their roles.
    role: &'static str,
    plain: String,
}

impl List {
    fn name(&self) -> String {
        format!("{} as {}", self.view, self.role)
    }

    /// As the agent app asks.
    fn path(&self, team_id: Uuid) -> String {
        match self.view {
            "mine" => "/api/v1/conversations?view=mine&state=open".to_owned(),
            "team" => format!("/api/v1/conversations?view=team&state=open&team_id={team_id}"),
            view => format!("/api/v1/conversations?view={view}"),
        }
    }
}

/// All that are measured. The plain queries know which case they are for, so they need no general filters. They find the page first and
/// then what it shows; where a role reaches conversations in several ways, each way brings its newest and the page is taken from them.
fn lists(users: &[(&'static str, Uuid)], team: Uuid) -> Vec<List> {
    const NEWEST: &str = "order by last_activity_at desc, id desc limit 51";
    const LONGEST: &str = "order by coalesce(waiting_since, 'infinity'), id limit 51";
    let of = |role: &'static str, user: &Uuid| {
        let cards = |tail: String| {
            format!(
                "select c.*, coalesce(r.inbound_count, 0) as read_count from conversation_card c
                   left join conversation_read r on r.conversation_id = c.id and r.user_id = '{user}' where {tail}"
            )
        };
        let queued = "assignee_id is null and state in ('new', 'triage', 'queued')";
        let waiting = if role == "admin" { String::new() } else { format!("and team_id = '{team}'") };
        let ways = |and: &str| match role {
            "admin" => vec![format!("true {and}")],
            "newcomer" => {
                ["assignee_id = '{user}'", "participant_ids @> array['{user}'::uuid]"].map(|way| format!("{way} {and}")).to_vec()
            }
            "supervisor" => ["assignee_id = '{user}'", "participant_ids @> array['{user}'::uuid]", "team_id = '{team}'"]
                .map(|way| format!("{way} {and}"))
                .to_vec(),
            _ => [
                "assignee_id = '{user}'",
                "participant_ids @> array['{user}'::uuid]",
                "team_id = '{team}' and assignee_id is null",
            ]
            .map(|way| format!("{way} {and}"))
            .to_vec(),
        };
        let page = |and: &str| {
            let branches: Vec<String> =
                ways(and).iter().map(|way| format!("(select id from conversation where {way} {NEWEST})")).collect();
            let ids = branches.join(" union ").replace("{user}", &user.to_string()).replace("{team}", &team.to_string());
            cards(format!("c.id in ({ids}) {NEWEST}"))
        };
        let team_open = format!("and team_id = '{team}' and state <> 'closed'");
        [
            (
                "mine",
                cards(format!(
                    "c.id in (select id from conversation where assignee_id = '{user}' and state <> 'closed' {NEWEST}) {NEWEST}"
                )),
            ),
            ("queue", cards(format!("c.id in (select id from conversation where {queued} {waiting} {LONGEST}) {LONGEST}"))),
            ("team", page(&team_open)),
            ("all", page("")),
        ]
        .map(|(view, plain)| List { view, role, plain })
    };
    // The others of the newcomer are empty at once, and only agents have conversations of their own.
    let of_interest = |list: &List| match list.role {
        "agent" => true,
        "newcomer" => list.view == "all",
        _ => list.view != "mine",
    };
    users.iter().flat_map(|(role, user)| of(role, user)).filter(of_interest).collect()
}

pub(super) async fn run(bench: &mut Bench, stage: &mut Stage) -> anyhow::Result<()> {
    let seconds = fill(bench, stage).await?;
    let users = users(stage).await?;
    let lists = lists(&users, stage.team_id);
    let plans = plans(stage, &lists).await?;
    bench.probe_disk(&stage.server)?;

    let count = bench.plan.calls * 3 / 4;
    let note = format!(
        "{} conversations with ten messages each (made in {seconds:.0} s); the first 50 of each view, {RATE} requests a second, begun on time \
         whatever happens. Plain: a query for just this case, over a connection of its own in the same seconds. Pages: shared buffers \
         that MAX's statement touched.",
        bench.plan.conversations
    );
    let mut table = Table::new(
        "Conversation lists",
        note,
        &["", "p50 ms", "p99 ms", "plain p50 ms", "p99 ms", "p50 ÷ plain", "p99 ÷ plain", "pages", "in the database ms"],
    );
    for (list, plan) in lists.iter().zip(&plans) {
        let (ours, plain) = measure(stage, list, count).await?;
        let figures = [ours.ms(50.0), ours.ms(99.0), plain.ms(50.0), plain.ms(99.0), ours.ms(50.0) / plain.ms(50.0)];
        let figures = figures.into_iter().chain([ours.ms(99.0) / plain.ms(99.0), plan.buffers, plan.ms]);
        table.row(list.name(), figures.map(Into::into).collect());
        bench.report.at_most(format!("list p99 ms, {}", list.name()), ours.ms(99.0), 50.0);
    }
    bench.report.tables.push(table);
    let mut note = "How MAX's statement reached the conversations, after the database had settled for a plan.\n".to_owned();
    for (list, plan) in lists.iter().zip(&plans) {
        let _ = write!(note, "\n- {}, {} pages: {}", list.name(), plan.buffers, plan.how);
    }
    bench.report.tables.push(Table::new("Plans of the lists", note, &[]));
    Ok(())
}

/// Writes the history straight into the database; returns how many seconds it took.
async fn fill(bench: &Bench, stage: &Stage) -> anyhow::Result<f64> {
    let begun = Instant::now();
    let mut database = stage.server.database("max").await?;
    let seed = (bench.seed % 1_000) as f64 / 1_000.0;
    for (name, value) in [
        ("bench.conversations", bench.plan.conversations.to_string()),
        ("bench.channel", stage.channel_id.to_string()),
        ("bench.seed", seed.to_string()),
    ] {
        sqlx::query("select set_config($1, $2, false)").bind(name).bind(value).execute(&mut database).await?;
    }
    sqlx::raw_sql(HISTORY).execute(&mut database).await?;
    sqlx::query("vacuum analyze").execute(&mut database).await?;
    Ok(begun.elapsed().as_secs_f64())
}

/// The bench's own users.
async fn users(stage: &Stage) -> anyhow::Result<Vec<(&'static str, Uuid)>> {
    let mut database = stage.server.database("max").await?;
    let mut users = Vec::new();
    for user in crate::stage::USERS {
        let id = sqlx::query_scalar("select id from app_user where email = $1").bind(format!("{user}@bench.test"));
        users.push((user, id.fetch_one(&mut database).await?));
    }
    Ok(users)
}

/// The plan of each list, taken by a MAX whose database logs them; the one that is measured does not.
async fn plans(stage: &mut Stage, lists: &[List]) -> anyhow::Result<Vec<Plan>> {
    stage.server.stop().await?;
    stage.server.configure_database(LOG_PLANS)?;
    stage.server.start().await?;
    let mut plans = Vec::with_capacity(lists.len());
    for list in lists {
        let token = stage.login(list.role).await?;
        let pool = Pool::new(stage.server.address());
        let log = Log::here(&stage.server)?;
        for _ in 0..SETTLED {
            let path = list.path(stage.team_id);
            pool.call(request(pool.address(), Method::GET, &path, Some(&token), None)?, StatusCode::OK).await?;
        }
        plans.push(log.last_plan("/* list */").await.with_context(|| list.name())?);
    }
    stage.server.stop().await?;
    stage.server.configure_database("")?;
    stage.server.start().await?;
    Ok(plans)
}

/// Asks MAX and the database for the same page, in turns within the same seconds.
async fn measure(stage: &Stage, list: &List, count: usize) -> anyhow::Result<(Latencies, Latencies)> {
    let token: Arc<str> = stage.login(list.role).await?.into();
    let pool = Arc::new(Pool::new(stage.server.address()));
    let path: Arc<str> = list.path(stage.team_id).into();
    let sql: Arc<str> = list.plain.as_str().into();
    let mut connections = Vec::with_capacity(PLAIN);
    for _ in 0..PLAIN {
        let mut connection = stage.server.database("max").await?;
        sqlx::query("set jit = off").execute(&mut connection).await?;
        connections.push(Mutex::new(connection));
    }
    let connections = Arc::new(connections);
    let rows_shown = same_page(&pool, &path, &token, &connections, &sql).await.with_context(|| list.name())?;
    ensure!((rows_shown == 0) == (list.role == "newcomer"), "{} shows {rows_shown} conversations", list.name());

    let next = AtomicUsize::new(0);
    let ours = open(RATE, count, |_, _| {
        let (pool, token, path) = (pool.clone(), token.clone(), path.clone());
        async move {
            pool.call(request(pool.address(), Method::GET, &path, Some(&token), None)?, StatusCode::OK).await?;
            Ok(())
        }
    });
    let plain = async {
        // Between two requests.
        tokio::time::sleep(Duration::from_secs_f64(0.5 / RATE)).await;
        open(RATE, count, |_, _| {
            let (connections, sql) = (connections.clone(), sql.clone());
            let number = next.fetch_add(1, Ordering::Relaxed) % PLAIN;
            async move {
                let connection = connections.get(number).context("no connection")?;
                rows(&mut *connection.lock().await, &sql).await?;
                Ok(())
            }
        })
        .await
    };
    tokio::try_join!(ours, plain)
}

async fn rows(connection: &mut PgConnection, sql: &Arc<str>) -> anyhow::Result<Vec<sqlx::postgres::PgRow>> {
    Ok(sqlx::query(AssertSqlSafe(sql.clone())).fetch_all(connection).await?)
}

/// Fails unless both show the same conversations in the same order; returns how many. Warms every connection on the way.
async fn same_page(
    pool: &Pool,
    path: &str,
    token: &str,
    connections: &[Mutex<PgConnection>],
    sql: &Arc<str>,
) -> anyhow::Result<usize> {
    let body = pool.call(request(pool.address(), Method::GET, path, Some(token), None)?, StatusCode::OK).await?;
    let page: serde_json::Value = serde_json::from_slice(&body)?;
    let shown: Vec<&str> = page["items"].as_array().into_iter().flatten().filter_map(|item| item["id"].as_str()).collect();
    for connection in connections {
        let found = rows(&mut *connection.lock().await, sql).await?;
        let found: Vec<String> = found.iter().take(50).map(|row| row.get::<Uuid, _>("id").to_string()).collect();
        ensure!(found == shown, "MAX shows {} conversations, the plain query finds {} others", shown.len(), found.len());
    }
    Ok(shown.len())
}
