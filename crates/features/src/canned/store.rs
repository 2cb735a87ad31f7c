//! SQL of canned responses.

use base::Time;
use sqlx::PgConnection;
use uuid::Uuid;

use super::{Canned, Sharing, access::Reader};

/// Places in which the uses of one canned response are counted.
pub(super) const SLOTS: i16 = 8;
/// Most canned responses in an answer.
const LIMIT: i64 = 1_000;

struct Row {
    id: Uuid,
    shortcut: String,
    title: String,
    text: String,
    scope: String,
    team_id: Option<Uuid>,
    owner_id: Option<Uuid>,
    uses: i64,
    updated_at: Time,
}

impl From<Row> for Canned {
    fn from(row: Row) -> Self {
        Self {
            id: row.id,
            shortcut: row.shortcut,
            title: row.title,
            text: row.text,
            scope: Sharing::of_column(&row.scope),
            team_id: row.team_id,
            owner_id: row.owner_id,
            attachments: Vec::new(),
            uses: row.uses,
            updated_at: row.updated_at,
        }
    }
}

macro_rules! select_canned {
    ($tail:literal $(, $arg:expr)* $(,)?) => {
        sqlx::query_as!(
            Row,
            r#"select c.id, c.shortcut, c.title, c.text, c.scope, c.team_id, c.owner_id, c.updated_at,
                      coalesce((select sum(u.uses) from canned_use u where u.canned_id = c.id), 0)::bigint as "uses!"
                 from canned_response c
                where (c.scope = 'global' or c.owner_id = $1 or (c.scope = 'team' and ($3 or c.team_id = any($2)))) "# + $tail
            $(, $arg)*
        )
    };
}

/// One that the reader sees.
pub(super) async fn one(conn: &mut PgConnection, reader: &Reader, id: Uuid) -> Result<Option<Canned>, sqlx::Error> {
    let row =
        select_canned!("and c.id = $4", reader.user_id, &reader.team_ids, reader.all_teams, id).fetch_optional(conn).await?;
    Ok(row.map(Canned::from))
}

/// Those that the reader sees and that hold all words of `q`, the best first: by the shortcut, then by the title, then by the text; among
/// equals what is used most.
pub(super) async fn list(
    conn: &mut PgConnection,
    reader: &Reader,
    q: Option<&str>,
    team_id: Option<Uuid>,
) -> Result<Vec<Canned>, sqlx::Error> {
    let plain = q.map(|q| q.replace('\\', "\\\\").replace('%', "\\%").replace('_', "\\_"));
    let words: Vec<String> = plain.iter().flat_map(|q| q.split_whitespace()).map(|word| format!("%{word}%")).collect();
    let rows = select_canned!(
        "and (c.scope <> 'team' or $4::uuid is null or c.team_id = $4)
         and not exists (select from unnest($5::text[]) as w (word)
                          where not (c.shortcut ilike w.word or c.title ilike w.word or c.text ilike w.word))
         order by case when $6::text is null then 0
                       when c.shortcut ilike $6 then 0
                       when c.shortcut ilike $6 || '%' then 1
                       when c.title ilike $6 || '%' then 2
                       when c.shortcut ilike '%' || $6 || '%' then 3
                       when c.title ilike '%' || $6 || '%' then 4
                       when not exists (select from unnest($5::text[]) as w (word) where not c.title ilike w.word) then 5
                       else 6 end,
                  9 desc, lower(c.title), c.id
         limit $7",
        reader.user_id,
        &reader.team_ids,
        reader.all_teams,
        team_id,
        &words,
        plain,
        LIMIT
    )
    .fetch_all(conn)
    .await?;
    Ok(rows.into_iter().map(Canned::from).collect())
}

pub(super) async fn insert(conn: &mut PgConnection, canned: &Canned, now: Time) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "insert into canned_response (id, scope, team_id, owner_id, shortcut, title, text, created_at, updated_at)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $8)",
        canned.id,
        canned.scope.as_str(),
        canned.team_id,
        canned.owner_id,
        canned.shortcut,
        canned.title,
        canned.text,
        now
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// Whether it was still there.
pub(super) async fn update(conn: &mut PgConnection, canned: &Canned) -> Result<bool, sqlx::Error> {
    let done = sqlx::query!(
        "update canned_response set scope = $2, team_id = $3, owner_id = $4, shortcut = $5, title = $6, text = $7, updated_at = $8
          where id = $1",
        canned.id,
        canned.scope.as_str(),
        canned.team_id,
        canned.owner_id,
        canned.shortcut,
        canned.title,
        canned.text,
        canned.updated_at
    )
    .execute(conn)
    .await?;
    Ok(done.rows_affected() == 1)
}

pub(super) async fn delete(conn: &mut PgConnection, id: Uuid) -> Result<(), sqlx::Error> {
    sqlx::query!("delete from canned_response where id = $1", id).execute(conn).await?;
    Ok(())
}

/// Counts a use, in one of the places.
pub(super) async fn count_use(conn: &mut PgConnection, id: Uuid, slot: i16) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "insert into canned_use as u (canned_id, slot, uses) values ($1, $2, 1)
         on conflict (canned_id, slot) do update set uses = u.uses + 1",
        id,
        slot
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// How the company is called, if somebody has said.
pub(super) async fn company(conn: &mut PgConnection) -> Result<Option<serde_json::Value>, sqlx::Error> {
    sqlx::query_scalar!("select value from setting where name = 'company_name'").fetch_optional(conn).await
}
