//! SQL of queues.

use base::Time;
use sqlx::PgConnection;
use uuid::Uuid;

#[derive(Debug)]
pub(super) struct QueueRow {
    pub team_id: Uuid,
    pub team_name: String,
    pub team_color: String,
    pub target_seconds: Option<i32>,
    pub waiting: i64,
    pub longest_waiting_since: Option<Time>,
    pub over_target: i64,
}

/// The queues of these teams (or of all), by name.
pub(super) async fn queues(conn: &mut PgConnection, teams: &[Uuid], all: bool, now: Time) -> Result<Vec<QueueRow>, sqlx::Error> {
    sqlx::query_as!(
        QueueRow,
        r#"select t.id as team_id, t.name as team_name, t.color as team_color, g.seconds as "target_seconds?",
                  s.waiting as "waiting!", s.longest as longest_waiting_since, s.over as "over_target!"
             from team t
             left join queue_target g on g.team_id = t.id
            cross join lateral (
                select count(*) as waiting, min(c.waiting_since) as longest,
                       count(*) filter (where c.waiting_since < $3::timestamptz - make_interval(secs => g.seconds)) as over
                  from conversation c
                 where c.team_id = t.id and c.assignee_id is null and c.state in ('new', 'triage', 'queued')) s
            where $2 or t.id = any($1)
            order by lower(t.name)"#,
        teams,
        all,
        now
    )
    .fetch_all(conn)
    .await
}

/// The median time between two takes of each of these teams since then, in seconds; absent where fewer than two were taken.
pub(super) async fn paces(conn: &mut PgConnection, teams: &[Uuid], since: Time) -> Result<Vec<(Uuid, f64)>, sqlx::Error> {
    let rows = sqlx::query!(
        r#"select team_id as "team_id!", percentile_cont(0.5) within group (order by gap) as "median!"
             from (select a.team_id, extract(epoch from a.at - lag(a.at) over (partition by a.team_id order by a.at))::double precision as gap
                     from conversation_assignment a
                    where a.team_id = any($1) and a.at > $2 and a.from_id is null and a.to_id is not null and a.rule <> 'reopened') g
            where gap is not null group by team_id"#,
        teams,
        since
    )
    .fetch_all(conn)
    .await?;
    Ok(rows.into_iter().map(|row| (row.team_id, row.median)).collect())
}

/// The active members of these teams.
pub(super) async fn members(conn: &mut PgConnection, teams: &[Uuid]) -> Result<Vec<(Uuid, Uuid)>, sqlx::Error> {
    let rows = sqlx::query!(
        "select m.team_id, m.user_id from team_member m join app_user u on u.id = m.user_id where m.team_id = any($1) and u.active",
        teams
    )
    .fetch_all(conn)
    .await?;
    Ok(rows.into_iter().map(|row| (row.team_id, row.user_id)).collect())
}

/// How many conversations each of these users has and is not done with.
pub(super) async fn loads(conn: &mut PgConnection, users: &[Uuid]) -> Result<Vec<(Uuid, i64)>, sqlx::Error> {
    let rows = sqlx::query!(
        r#"select u.id as "id!", l.open as "open!"
             from unnest($1::uuid[]) as u (id)
            cross join lateral (select count(*) as open from conversation c where c.assignee_id = u.id and c.state <> 'closed') l"#,
        users
    )
    .fetch_all(conn)
    .await?;
    Ok(rows.into_iter().map(|row| (row.id, row.open)).collect())
}

/// Sets a team's target, or takes it away.
pub(super) async fn set_target(
    conn: &mut PgConnection,
    team_id: Uuid,
    seconds: Option<i32>,
    now: Time,
) -> Result<(), sqlx::Error> {
    match seconds {
        Some(seconds) => {
            sqlx::query!(
                "insert into queue_target (team_id, seconds, updated_at) values ($1, $2, $3)
                 on conflict (team_id) do update set seconds = excluded.seconds, updated_at = excluded.updated_at",
                team_id,
                seconds,
                now
            )
            .execute(conn)
            .await?
        }
        None => sqlx::query!("delete from queue_target where team_id = $1", team_id).execute(conn).await?,
    };
    Ok(())
}
