//! SQL of notices.

use base::Time;
use connect::channel::{Agent, NoticeKind};
use sqlx::{PgConnection, types::Json};
use uuid::Uuid;

pub(super) struct NewNotice {
    pub id: Uuid,
    pub channel_id: Uuid,
    pub conversation_id: Uuid,
    pub kind: NoticeKind,
    pub agent: Option<Agent>,
    pub at: Time,
}

/// A notice whose time has come.
#[derive(Debug)]
pub(super) struct Due {
    pub id: Uuid,
    pub channel_id: Uuid,
    pub conversation_id: Uuid,
    pub number: i64,
    pub kind: String,
    pub agent: Option<Json<Agent>>,
    pub at: Time,
    pub attempts: i32,
    pub to: String,
}

impl Due {
    /// What it tells; `None` for what another version wrote down.
    pub fn kind(&self) -> Option<NoticeKind> {
        serde_json::from_value(self.kind.as_str().into()).ok()
    }
}

/// Writes notices down; those that are there stay as they are.
pub(super) async fn insert(conn: &mut PgConnection, notices: &[NewNotice], now: Time) -> Result<(), sqlx::Error> {
    let name = |kind: NoticeKind| serde_json::to_value(kind).ok().and_then(|v| v.as_str().map(str::to_owned)).unwrap_or_default();
    let ids: Vec<_> = notices.iter().map(|n| n.id).collect();
    let channels: Vec<_> = notices.iter().map(|n| n.channel_id).collect();
    let conversations: Vec<_> = notices.iter().map(|n| n.conversation_id).collect();
    let kinds: Vec<_> = notices.iter().map(|n| name(n.kind)).collect();
    let agents: Vec<_> = notices.iter().map(|n| n.agent.as_ref().and_then(|a| serde_json::to_value(a).ok())).collect();
    let at: Vec<_> = notices.iter().map(|n| n.at).collect();
    sqlx::query!(
        "insert into notice (id, channel_id, conversation_id, kind, agent, at, due_at)
         select id, channel_id, conversation_id, kind, agent, at, $7
           from unnest($1::uuid[], $2::uuid[], $3::uuid[], $4::text[], $5::jsonb[], $6::timestamptz[])
                with ordinality as n (id, channel_id, conversation_id, kind, agent, at, ord)
          order by ord
         on conflict (id) do nothing",
        &ids,
        &channels,
        &conversations,
        &kinds,
        &agents as &[Option<serde_json::Value>],
        &at,
        now
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// Takes what is due until `lease`: the oldest of each conversation only, so that they are told in their order.
pub(super) async fn claim(conn: &mut PgConnection, now: Time, lease: Time, limit: i64) -> Result<Vec<Due>, sqlx::Error> {
    sqlx::query_as!(
        Due,
        r#"with due as (
               select n.id from notice n
                where n.due_at <= $1 and not exists (select from notice e where e.conversation_id = n.conversation_id and e.position < n.position)
                order by n.due_at limit $3 for update skip locked),
           taken as (
               update notice n set attempts = n.attempts + 1, due_at = $2 from due d where n.id = d.id returning n.*)
           select t.id as "id!", t.channel_id as "channel_id!", t.conversation_id as "conversation_id!", c.number as "number!", t.kind as "kind!",
                  t.agent as "agent: Json<Agent>", t.at as "at!", t.attempts as "attempts!", i.external_id as "to!"
             from taken t
             join conversation c on c.id = t.conversation_id
             join contact_identity i on i.id = c.identity_id"#,
        now,
        lease,
        limit
    )
    .fetch_all(conn)
    .await
}

pub(super) async fn delete(conn: &mut PgConnection, id: Uuid) -> Result<(), sqlx::Error> {
    sqlx::query!("delete from notice where id = $1", id).execute(conn).await?;
    Ok(())
}

pub(super) async fn postpone(conn: &mut PgConnection, id: Uuid, due_at: Time) -> Result<(), sqlx::Error> {
    sqlx::query!("update notice set due_at = $2 where id = $1", id, due_at).execute(conn).await?;
    Ok(())
}
