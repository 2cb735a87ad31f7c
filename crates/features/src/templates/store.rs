//! SQL of templates.

use base::Time;
use connect::channel::Template;
use sqlx::PgConnection;
use uuid::Uuid;

pub(super) struct TemplateRow {
    pub id: Uuid,
    pub channel_id: Uuid,
    pub name: String,
    pub language: String,
    pub category: String,
    pub status: String,
    pub quality: Option<String>,
    pub named: bool,
    pub components: serde_json::Value,
    pub rejected_reason: Option<String>,
    pub synced_at: Time,
    pub defaults: Option<serde_json::Value>,
}

macro_rules! select_templates {
    ($tail:literal $(, $arg:expr)* $(,)?) => {
        sqlx::query_as!(
            TemplateRow,
            r#"select t.id, t.channel_id, t.name, t.language, t.category, t.status, t.quality, t.named, t.components, t.rejected_reason,
                      t.synced_at, d.variables as "defaults?"
                 from template t
                 left join template_default d on d.template_id = t.id and d.user_id = $1 "# + $tail
            $(, $arg)*
        )
    };
}

/// What a list is narrowed to.
#[derive(Debug, Default)]
pub(super) struct Filter {
    pub channel_id: Option<Uuid>,
    pub q: Option<String>,
    pub language: Option<String>,
    pub status: Option<String>,
}

/// By name and language, after a place in that order.
pub(super) async fn page(
    conn: &mut PgConnection,
    reader: Option<Uuid>,
    filter: &Filter,
    after: Option<(String, String, Uuid)>,
    limit: i64,
) -> Result<Vec<TemplateRow>, sqlx::Error> {
    let plain = filter.q.as_deref().map(|q| q.replace('\\', "\\\\").replace('%', "\\%").replace('_', "\\_"));
    let words: Vec<String> = plain.iter().flat_map(|q| q.split_whitespace()).map(|word| format!("%{word}%")).collect();
    let (name, language, id) = match after {
        Some((name, language, id)) => (Some(name), Some(language), Some(id)),
        None => (None, None, None),
    };
    select_templates!(
        "where ($2::uuid is null or t.channel_id = $2) and ($3::text is null or t.language = $3) and ($4::text is null or t.status = $4)
           and not exists (select from unnest($5::text[]) as w (word)
                            where not (t.name ilike w.word
                                       or exists (select from jsonb_array_elements(t.components) c where c ->> 'text' ilike w.word)))
           and ($6::text is null or (t.name, t.language, t.id) > ($6, $7, $8))
         order by t.name, t.language, t.id limit $9",
        reader,
        filter.channel_id,
        filter.language,
        filter.status,
        &words,
        name,
        language,
        id,
        limit
    )
    .fetch_all(conn)
    .await
}

pub(super) async fn one(conn: &mut PgConnection, reader: Option<Uuid>, id: Uuid) -> Result<Option<TemplateRow>, sqlx::Error> {
    select_templates!("where t.id = $2", reader, id).fetch_optional(conn).await
}

/// The language in which a template of this name may be sent without filling anything in: the channel's own, else English, else any.
pub(super) async fn hello_language(conn: &mut PgConnection, channel_id: Uuid, name: &str) -> Result<Option<String>, sqlx::Error> {
    sqlx::query_scalar!(
        "select t.language from template t join channel c on c.id = t.channel_id
          where t.channel_id = $1 and t.name = $2 and t.status = 'approved' and position('{{' in t.components::text) = 0
          order by t.language is distinct from c.language, t.language not like 'en%', t.language limit 1",
        channel_id,
        name
    )
    .fetch_optional(conn)
    .await
}

/// By what a send names.
pub(super) async fn named(
    conn: &mut PgConnection,
    channel_id: Uuid,
    name: &str,
    language: &str,
) -> Result<Option<TemplateRow>, sqlx::Error> {
    select_templates!("where t.channel_id = $2 and t.name = $3 and t.language = $4", None::<Uuid>, channel_id, name, language)
        .fetch_optional(conn)
        .await
}

/// Writes what the provider listed, and forgets what it did not; `asked` is when the list was begun, and what a notice changed since then
/// is newer than the list. Says whether anything looks different.
pub(super) async fn replace(
    conn: &mut PgConnection,
    channel_id: Uuid,
    listed: &[(Uuid, Template)],
    asked: Time,
    now: Time,
) -> Result<bool, sqlx::Error> {
    macro_rules! column {
        ($field:ident) => {
            &listed.iter().map(|(_, t)| t.$field.clone()).collect::<Vec<_>>()[..]
        };
    }
    let ids: Vec<Uuid> = listed.iter().map(|(id, _)| *id).collect();
    let changed = sqlx::query!(
        "insert into template as t (id, channel_id, external_id, name, language, category, status, quality, named, components,
                                    rejected_reason, synced_at)
         select n.id, $1, n.external_id, n.name, n.language, n.category, n.status, n.quality, n.named, n.components, n.rejected_reason, $12
           from unnest($2::uuid[], $3::text[], $4::text[], $5::text[], $6::text[], $7::text[], $8::text[], $9::boolean[], $10::jsonb[],
                       $11::text[])
                as n (id, external_id, name, language, category, status, quality, named, components, rejected_reason)
          order by n.name, n.language
         on conflict (channel_id, name, language) do update
            set external_id = excluded.external_id, category = excluded.category, status = excluded.status, quality = excluded.quality,
                named = excluded.named, components = excluded.components, rejected_reason = excluded.rejected_reason
          where (t.changed_at is null or t.changed_at < $13)
            and (t.external_id, t.category, t.status, t.quality, t.named, t.components, t.rejected_reason)
                is distinct from (excluded.external_id, excluded.category, excluded.status, excluded.quality, excluded.named,
                                  excluded.components, excluded.rejected_reason)",
        channel_id,
        &ids,
        column!(external_id),
        column!(name),
        column!(language),
        column!(category),
        column!(status),
        column!(quality) as &[Option<String>],
        column!(named),
        column!(components),
        column!(rejected_reason) as &[Option<String>],
        now,
        asked
    )
    .execute(&mut *conn)
    .await?;
    let gone = sqlx::query!(
        "delete from template t
          where t.channel_id = $1 and (t.changed_at is null or t.changed_at < $4)
            and not exists (select from unnest($2::text[], $3::text[]) as n (name, language)
                             where n.name = t.name and n.language = t.language)",
        channel_id,
        column!(name),
        column!(language),
        asked
    )
    .execute(&mut *conn)
    .await?;
    sqlx::query!("update template set synced_at = $2 where channel_id = $1", channel_id, now).execute(conn).await?;
    Ok(changed.rows_affected() + gone.rows_affected() > 0)
}

/// What a notice changes; what is absent stays.
#[derive(Debug, Default)]
pub(super) struct Change<'a> {
    pub status: Option<&'a str>,
    pub reason: Option<&'a str>,
    pub quality: Option<&'a str>,
    pub category: Option<&'a str>,
}

/// Whether a template of this name is known.
pub(super) async fn lock(
    conn: &mut PgConnection,
    channel_id: Uuid,
    name: &str,
    language: &str,
) -> Result<Option<Uuid>, sqlx::Error> {
    sqlx::query_scalar!(
        "select id from template where channel_id = $1 and name = $2 and language = $3 for update",
        channel_id,
        name,
        language
    )
    .fetch_optional(conn)
    .await
}

/// Applies a notice; `false` when it tells nothing new. `at` is the provider's time of it: what was said about a status later stands.
pub(super) async fn change(
    conn: &mut PgConnection,
    id: Uuid,
    change: &Change<'_>,
    at: Option<Time>,
    now: Time,
) -> Result<bool, sqlx::Error> {
    let done = sqlx::query!(
        "update template
            set status = coalesce($2, status), rejected_reason = case when $2::text is null then rejected_reason else $3 end,
                told_at = case when $2::text is null then told_at else coalesce($6, told_at) end,
                quality = case when $4::text is null then quality else nullif($4, 'unknown') end,
                category = coalesce($5, category), changed_at = $7
          where id = $1 and ($2::text is null or told_at is null or $6::timestamptz is null or told_at <= $6)
            and (($2::text is not null and (status, rejected_reason) is distinct from ($2, $3))
                 or ($4::text is not null and quality is distinct from nullif($4, 'unknown'))
                 or ($5::text is not null and category <> $5))",
        id,
        change.status,
        change.reason,
        change.quality,
        change.category,
        at,
        now
    )
    .execute(conn)
    .await?;
    Ok(done.rows_affected() > 0)
}

pub(super) async fn save_defaults(
    conn: &mut PgConnection,
    template_id: Uuid,
    user_id: Uuid,
    variables: &serde_json::Value,
    now: Time,
) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "insert into template_default (template_id, user_id, variables, updated_at) values ($1, $2, $3, $4)
         on conflict (template_id, user_id) do update set variables = excluded.variables, updated_at = excluded.updated_at",
        template_id,
        user_id,
        variables,
        now
    )
    .execute(conn)
    .await?;
    Ok(())
}
