//! SQL of channels.

use base::Time;
use sqlx::PgConnection;
use uuid::Uuid;

#[derive(Debug, Clone)]
pub(super) struct ChannelRow {
    pub id: Uuid,
    pub kind: String,
    pub name: String,
    pub team_id: Option<Uuid>,
    pub config: serde_json::Value,
    pub credentials: Vec<u8>,
    pub account: Option<String>,
    pub active: bool,
    pub health: String,
    pub health_detail: Option<String>,
    pub created_at: Time,
    pub updated_at: Time,
    pub reopen_hours: i32,
    pub previous_secret: Option<Vec<u8>>,
    pub previous_secret_until: Option<Time>,
    pub language: Option<String>,
    pub health_code: Option<String>,
    pub health_words: Option<String>,
    pub paused_at: Option<Time>,
    pub paused_reason: Option<String>,
    pub paused_by: Option<Uuid>,
    pub troubled: i32,
    pub probe_at: Option<Time>,
    pub throughput: Option<i32>,
    pub paused_by_name: Option<String>,
}

macro_rules! select_channels {
    ($tail:literal $(, $arg:expr)* $(,)?) => {
        sqlx::query_as!(
            ChannelRow,
            r#"select c.*, u.name as "paused_by_name?" from channel c left join app_user u on u.id = c.paused_by "# + $tail
            $(, $arg)*
        )
    };
}

pub(super) async fn get(conn: &mut PgConnection, id: Uuid) -> Result<Option<ChannelRow>, sqlx::Error> {
    select_channels!("where c.id = $1", id).fetch_optional(conn).await
}

pub(super) async fn lock(conn: &mut PgConnection, id: Uuid) -> Result<Option<ChannelRow>, sqlx::Error> {
    select_channels!("where c.id = $1 for update of c", id).fetch_optional(conn).await
}

pub(super) async fn page(
    conn: &mut PgConnection,
    after: Option<(String, Uuid)>,
    limit: i64,
) -> Result<Vec<ChannelRow>, sqlx::Error> {
    let (name, id) = after.unzip();
    select_channels!(
        "where $1::text is null or (lower(c.name), c.id) > ($1, $2) order by lower(c.name), c.id limit $3",
        name,
        id,
        limit
    )
    .fetch_all(conn)
    .await
}

pub(super) async fn insert(conn: &mut PgConnection, row: &ChannelRow) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "insert into channel (id, kind, name, team_id, config, credentials, account, active, created_at, updated_at,
                              reopen_hours, language)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)",
        row.id,
        row.kind,
        row.name,
        row.team_id,
        row.config,
        row.credentials,
        row.account,
        row.active,
        row.created_at,
        row.updated_at,
        row.reopen_hours,
        row.language
    )
    .execute(conn)
    .await?;
    Ok(())
}

pub(super) async fn update(conn: &mut PgConnection, row: &ChannelRow) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "update channel set name = $2, team_id = $3, config = $4, credentials = $5, account = $6, active = $7, health = $8, health_detail = $9,
                updated_at = $10, reopen_hours = $11, previous_secret = $12, previous_secret_until = $13, language = $14, health_code = $15,
                health_words = $16, paused_at = $17, paused_reason = $18, paused_by = $19, troubled = $20, probe_at = $21
          where id = $1",
        row.id,
        row.name,
        row.team_id,
        row.config,
        row.credentials,
        row.account,
        row.active,
        row.health,
        row.health_detail,
        row.updated_at,
        row.reopen_hours,
        row.previous_secret,
        row.previous_secret_until,
        row.language,
        row.health_code,
        row.health_words,
        row.paused_at,
        row.paused_reason,
        row.paused_by,
        row.troubled,
        row.probe_at
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// Writes whether it works and sends, as the row says; the caller has it locked.
pub(super) async fn set_health(conn: &mut PgConnection, row: &ChannelRow) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "update channel set health = $2, health_detail = $3, health_code = $4, health_words = $5, paused_at = $6, paused_reason = $7,
                paused_by = $8, troubled = $9, probe_at = $10, throughput = $11, updated_at = $12
          where id = $1",
        row.id,
        row.health,
        row.health_detail,
        row.health_code,
        row.health_words,
        row.paused_at,
        row.paused_reason,
        row.paused_by,
        row.troubled,
        row.probe_at,
        row.throughput,
        row.updated_at
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// Whether there is any trouble to be forgotten, without a lock: asked after every message that went out.
pub(super) async fn is_well(conn: &mut PgConnection, id: Uuid) -> Result<bool, sqlx::Error> {
    sqlx::query_scalar!(r#"select exists (select from channel where id = $1 and health = 'ok' and troubled = 0) as "well!""#, id)
        .fetch_one(conn)
        .await
}

/// The accounts in trouble whose time to be probed has come.
pub(super) async fn to_probe(conn: &mut PgConnection, now: Time, limit: i64) -> Result<Vec<Uuid>, sqlx::Error> {
    sqlx::query_scalar!(
        "select id from channel
          where active and (health = 'trouble' or (paused_at is not null and paused_by is null)) and coalesce(probe_at, $1) <= $1
          order by probe_at nulls first, id limit $2",
        now,
        limit
    )
    .fetch_all(conn)
    .await
}

/// What a channel is called.
#[derive(Debug, Clone)]
pub struct Brief {
    /// Its id.
    pub id: Uuid,
    /// How people call it.
    pub name: String,
    /// `whatsapp`, …
    pub kind: String,
}

/// What this channel is called, switched on or not.
pub async fn brief(conn: &mut PgConnection, id: Uuid) -> Result<Option<Brief>, sqlx::Error> {
    sqlx::query_as!(Brief, "select id, name, kind from channel where id = $1", id).fetch_optional(conn).await
}

/// Where to route a delivery's elements: an account and its channel.
#[derive(Debug, Clone)]
pub struct Route {
    /// The provider's account id.
    pub account: String,
    /// The channel that speaks for it.
    pub channel_id: Uuid,
    /// The team its new conversations join.
    pub team_id: Option<Uuid>,
    /// Whether it is switched on.
    pub active: bool,
    /// How long after the close a message still belongs to the closed conversation, in hours.
    pub reopen_hours: i32,
}

/// The channels of a kind that speak for these accounts.
pub async fn routes_for(conn: &mut PgConnection, kind: &str, accounts: &[String]) -> Result<Vec<Route>, sqlx::Error> {
    sqlx::query_as!(
        Route,
        r#"select account as "account!", id as channel_id, team_id, active, reopen_hours from channel where kind = $1 and account = any($2)"#,
        kind,
        accounts
    )
    .fetch_all(conn)
    .await
}

/// The oldest channel of a kind with this name.
pub(super) async fn by_name(conn: &mut PgConnection, kind: &str, name: &str) -> Result<Option<Uuid>, sqlx::Error> {
    sqlx::query_scalar!("select id from channel where kind = $1 and name = $2 order by id limit 1", kind, name)
        .fetch_optional(conn)
        .await
}

/// How long after the close a conversation of this channel may be reopened, in hours.
pub async fn reopen_hours(conn: &mut PgConnection, id: Uuid) -> Result<i32, sqlx::Error> {
    sqlx::query_scalar!("select reopen_hours from channel where id = $1", id).fetch_one(conn).await
}

/// The channels that are switched on, or those of one kind.
pub async fn active(conn: &mut PgConnection, kind: Option<&str>) -> Result<Vec<Uuid>, sqlx::Error> {
    sqlx::query_scalar!("select id from channel where active and ($1::text is null or kind = $1) order by id", kind)
        .fetch_all(conn)
        .await
}
