//! SQL of files.

use base::Time;
use sqlx::PgConnection;
use uuid::Uuid;

use super::MediaRow;

macro_rules! select_media {
    ($tail:literal $(, $arg:expr)* $(,)?) => {
        sqlx::query_as!(
            MediaRow,
            r#"select m.id, m.origin, m.channel_id, m.conversation_id, m.message_id, m.held_id, m.canned_id, m.uploader_id, m.kind, m.state,
                      m.external_id, m.declared_type, m.declared_sha256, m.filename, m.voice, m.animated, m.mime_type, m.size, m.sha256,
                      m.width, m.height, m.duration_ms, m.storage_key, m.thumbnail_key, m.error, m.attempts, m.created_at
                 from media m "# + $tail
            $(, $arg)*
        )
    };
}

/// One file.
pub async fn by_id(conn: &mut PgConnection, id: Uuid) -> Result<Option<MediaRow>, sqlx::Error> {
    select_media!("where m.id = $1", id).fetch_optional(conn).await
}

/// The files of a message, in their order.
pub async fn of_message(conn: &mut PgConnection, message_id: Uuid) -> Result<Vec<MediaRow>, sqlx::Error> {
    select_media!("where m.message_id = $1 order by m.position, m.id", message_id).fetch_all(conn).await
}

/// The files of a held message, in their order.
pub async fn of_held(conn: &mut PgConnection, held_id: Uuid) -> Result<Vec<MediaRow>, sqlx::Error> {
    select_media!("where m.held_id = $1 order by m.position, m.id", held_id).fetch_all(conn).await
}

/// The files of these canned responses, in their order.
pub async fn of_canned(conn: &mut PgConnection, canned_ids: &[Uuid]) -> Result<Vec<MediaRow>, sqlx::Error> {
    select_media!("where m.canned_id = any($1) order by m.canned_id, m.position, m.id", canned_ids).fetch_all(conn).await
}

/// These files, locked in the order of their ids.
pub(super) async fn lock(conn: &mut PgConnection, ids: &[Uuid]) -> Result<Vec<MediaRow>, sqlx::Error> {
    select_media!("where m.id = any($1) order by m.id for update", ids).fetch_all(conn).await
}

/// A file that a provider announced.
pub(super) struct NewInbound {
    pub id: Uuid,
    pub channel_id: Uuid,
    pub conversation_id: Uuid,
    pub message_id: Uuid,
    pub kind: &'static str,
    pub external_id: String,
    pub declared_type: Option<String>,
    pub declared_sha256: Option<String>,
    pub filename: Option<String>,
    pub voice: bool,
    pub animated: bool,
}

pub(super) async fn insert_inbound(conn: &mut PgConnection, new: &[NewInbound], now: Time) -> Result<(), sqlx::Error> {
    macro_rules! column {
        ($field:ident) => {
            &new.iter().map(|m| m.$field.clone()).collect::<Vec<_>>()[..]
        };
    }
    sqlx::query!(
        "insert into media (id, origin, channel_id, conversation_id, message_id, kind, state, external_id, declared_type, declared_sha256,
                            filename, voice, animated, next_attempt_at, created_at)
         select n.id, 'inbound', n.channel_id, n.conversation_id, n.message_id, n.kind, 'pending', n.external_id, n.declared_type,
                n.declared_sha256, n.filename, n.voice, n.animated, $12, $12
           from unnest($1::uuid[], $2::uuid[], $3::uuid[], $4::uuid[], $5::text[], $6::text[], $7::text[], $8::text[], $9::text[],
                       $10::boolean[], $11::boolean[])
                as n (id, channel_id, conversation_id, message_id, kind, external_id, declared_type, declared_sha256, filename, voice,
                      animated)",
        column!(id),
        column!(channel_id),
        column!(conversation_id),
        column!(message_id),
        &new.iter().map(|m| m.kind.to_owned()).collect::<Vec<_>>()[..],
        column!(external_id),
        column!(declared_type) as &[Option<String>],
        column!(declared_sha256) as &[Option<String>],
        column!(filename) as &[Option<String>],
        column!(voice),
        column!(animated),
        now
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// The files of these messages are fetched from then on only.
pub(super) async fn postpone(conn: &mut PgConnection, messages: &[(Uuid, Time)]) -> Result<(), sqlx::Error> {
    let (ids, times): (Vec<_>, Vec<_>) = messages.iter().copied().unzip();
    sqlx::query!(
        "update media m set next_attempt_at = n.at from unnest($1::uuid[], $2::timestamptz[]) as n (id, at)
          where m.message_id = n.id and m.state = 'pending'",
        &ids,
        &times
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// A file that somebody uploads, before its bytes are kept.
pub(super) struct NewUpload<'a> {
    pub id: Uuid,
    pub uploader_id: Option<Uuid>,
    pub kind: &'a str,
    pub declared_type: Option<&'a str>,
    pub filename: Option<&'a str>,
    pub voice: bool,
    pub mime_type: &'a str,
    pub size: i64,
    pub sha256: &'a str,
    pub storage_key: &'a str,
}

pub(super) async fn insert_upload(conn: &mut PgConnection, new: &NewUpload<'_>, now: Time) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "insert into media (id, origin, uploader_id, kind, state, declared_type, filename, voice, mime_type, size, sha256, storage_key,
                            created_at)
         values ($1, 'upload', $2, $3, 'pending', $4, $5, $6, $7, $8, $9, $10, $11)",
        new.id,
        new.uploader_id,
        new.kind,
        new.declared_type,
        new.filename,
        new.voice,
        new.mime_type,
        new.size,
        new.sha256,
        new.storage_key,
        now
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// A file of a visitor: who they are at which channel.
pub(super) async fn set_visitor(conn: &mut PgConnection, id: Uuid, channel_id: Uuid, visitor: &str) -> Result<(), sqlx::Error> {
    sqlx::query!("update media set channel_id = $2, visitor = $3 where id = $1", id, channel_id, visitor).execute(conn).await?;
    Ok(())
}

/// How many files a visitor uploaded and has not sent.
pub(super) async fn unsent_of_visitor(conn: &mut PgConnection, channel_id: Uuid, visitor: &str) -> Result<i64, sqlx::Error> {
    sqlx::query_scalar!(
        r#"select count(*) as "count!" from media where channel_id = $1 and visitor = $2 and message_id is null"#,
        channel_id,
        visitor
    )
    .fetch_one(conn)
    .await
}

/// A visitor's file that is not sent.
pub async fn of_visitor(
    conn: &mut PgConnection,
    id: Uuid,
    channel_id: Uuid,
    visitor: &str,
) -> Result<Option<MediaRow>, sqlx::Error> {
    select_media!("where m.id = $1 and m.channel_id = $2 and m.visitor = $3 and m.message_id is null", id, channel_id, visitor)
        .fetch_optional(conn)
        .await
}

/// Gives a visitor's file that is not sent to a message of theirs. `false`: they have no such file.
pub(super) async fn send_along(conn: &mut PgConnection, id: Uuid, visitor: &str, to: Place) -> Result<bool, sqlx::Error> {
    let done = sqlx::query!(
        "update media set conversation_id = $4, message_id = $5
          where id = $1 and channel_id = $2 and visitor = $3 and message_id is null and held_id is null and canned_id is null",
        id,
        to.channel_id,
        visitor,
        to.conversation_id,
        to.message_id
    )
    .execute(conn)
    .await?;
    Ok(done.rows_affected() == 1)
}

/// What a visitor uploaded and has not sent is another's: the same person under another name.
pub async fn move_visitor(conn: &mut PgConnection, channel_id: Uuid, from: &str, to: &str) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "update media set visitor = $3 where channel_id = $1 and visitor = $2 and message_id is null",
        channel_id,
        from,
        to
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// What was found out about a file whose bytes are kept.
#[derive(Debug, Clone, Default)]
pub(super) struct Found {
    pub kind: &'static str,
    pub mime_type: &'static str,
    pub size: i64,
    pub sha256: String,
    pub storage_key: String,
    pub width: Option<i32>,
    pub height: Option<i32>,
    pub duration_ms: Option<i64>,
    pub animated: bool,
    pub thumbnail_key: Option<String>,
}

/// It is there. `false`: somebody has settled it meanwhile.
pub(super) async fn set_ready(conn: &mut PgConnection, id: Uuid, found: &Found, now: Time) -> Result<bool, sqlx::Error> {
    let done = sqlx::query!(
        "update media set state = 'ready', kind = $2, mime_type = $3, size = $4, sha256 = $5, storage_key = $6, width = $7, height = $8,
                duration_ms = $9, animated = $10, thumbnail_key = $11, error = null, next_attempt_at = null, lease_until = null, ready_at = $12
          where id = $1 and state = 'pending'",
        id,
        found.kind,
        found.mime_type,
        found.size,
        found.sha256,
        found.storage_key,
        found.width,
        found.height,
        found.duration_ms,
        found.animated,
        found.thumbnail_key,
        now
    )
    .execute(conn)
    .await?;
    Ok(done.rows_affected() == 1)
}

/// Its bytes are kept, and wait for the scanner.
pub(super) async fn set_waiting(
    conn: &mut PgConnection,
    id: Uuid,
    found: &Found,
    at: Time,
    error: &serde_json::Value,
) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "update media set kind = $2, mime_type = $3, size = $4, sha256 = $5, storage_key = $6, next_attempt_at = $7, error = $8,
                lease_until = null
          where id = $1 and state = 'pending'",
        id,
        found.kind,
        found.mime_type,
        found.size,
        found.sha256,
        found.storage_key,
        at,
        error
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// It is tried again then.
pub(super) async fn set_retry(conn: &mut PgConnection, id: Uuid, at: Time, error: &serde_json::Value) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "update media set next_attempt_at = $2, error = $3, lease_until = null where id = $1 and state = 'pending'",
        id,
        at,
        error
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// It will not be there: `failed`, or `blocked`. The place of its bytes, if there are any, becomes garbage.
pub(super) async fn set_lost(
    conn: &mut PgConnection,
    id: Uuid,
    state: &str,
    error: &serde_json::Value,
    now: Time,
) -> Result<bool, sqlx::Error> {
    let before = sqlx::query!(
        "with old as (select id, storage_key from media where id = $1 and state = 'pending' for update)
         update media m set state = $2, error = $3, next_attempt_at = null, lease_until = null, storage_key = null, thumbnail_key = null
           from old where m.id = old.id returning old.storage_key",
        id,
        state,
        error
    )
    .fetch_optional(&mut *conn)
    .await?;
    let Some(before) = before else { return Ok(false) };
    if let Some(key) = before.storage_key {
        note_garbage(conn, &[key], now).await?;
    }
    Ok(true)
}

/// Takes what is due; whoever takes it has it until the lease ends.
pub(super) async fn claim(
    conn: &mut PgConnection,
    limit: i64,
    now: Time,
    lease_until: Time,
) -> Result<Vec<MediaRow>, sqlx::Error> {
    sqlx::query_as!(
        MediaRow,
        "with due as (
             select id from media
              where state = 'pending' and next_attempt_at <= $1 and (lease_until is null or lease_until < $1)
              order by next_attempt_at limit $2 for update skip locked)
         update media m set lease_until = $3, attempts = m.attempts + 1 from due where m.id = due.id
         returning m.id, m.origin, m.channel_id, m.conversation_id, m.message_id, m.held_id, m.canned_id, m.uploader_id, m.kind, m.state,
                   m.external_id, m.declared_type, m.declared_sha256, m.filename, m.voice, m.animated, m.mime_type, m.size, m.sha256,
                   m.width, m.height, m.duration_ms, m.storage_key, m.thumbnail_key, m.error, m.attempts, m.created_at",
        now,
        limit,
        lease_until
    )
    .fetch_all(conn)
    .await
}

/// Whoever has these has them until then.
pub(super) async fn keep(conn: &mut PgConnection, ids: &[Uuid], lease_until: Time) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "update media set lease_until = $2 where id = any($1) and state = 'pending' and lease_until is not null",
        ids,
        lease_until
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// Nobody has these any more; what was begun with them counts as no attempt.
pub(super) async fn give_back(conn: &mut PgConnection, ids: &[Uuid]) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "update media set lease_until = null, attempts = attempts - 1
          where id = any($1) and state = 'pending' and lease_until is not null",
        ids
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// When the next is due.
pub(super) async fn next_due(conn: &mut PgConnection) -> Result<Option<Time>, sqlx::Error> {
    sqlx::query_scalar!(
        r#"select greatest(next_attempt_at, lease_until) as "at!" from media
            where state = 'pending' and next_attempt_at is not null order by 1 limit 1"#
    )
    .fetch_optional(conn)
    .await
}

/// A failed fetch begins anew. `false`: there is nothing to try again.
pub(super) async fn set_again(conn: &mut PgConnection, id: Uuid, now: Time) -> Result<bool, sqlx::Error> {
    // Its bytes may come to lie where they lay before.
    sqlx::query!("delete from media_garbage where storage_key like '%/' || $1::text || '/%'", id.to_string())
        .execute(&mut *conn)
        .await?;
    let done = sqlx::query!(
        "update media set state = 'pending', error = null, attempts = 0, next_attempt_at = $2, lease_until = null
          where id = $1 and state = 'failed' and origin = 'inbound'",
        id,
        now
    )
    .execute(conn)
    .await?;
    Ok(done.rows_affected() == 1)
}

/// Where files go.
#[derive(Debug, Clone, Copy)]
pub(super) struct Place {
    pub channel_id: Uuid,
    pub conversation_id: Uuid,
    pub message_id: Option<Uuid>,
    pub held_id: Option<Uuid>,
}

/// Puts files, in this order, to a message or to one that is held.
pub(super) async fn place(conn: &mut PgConnection, ids: &[Uuid], to: Place) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "update media m set channel_id = $2, conversation_id = $3, message_id = $4, held_id = $5, position = (n.ord - 1)::smallint
           from unnest($1::uuid[]) with ordinality as n (id, ord) where m.id = n.id",
        ids,
        to.channel_id,
        to.conversation_id,
        to.message_id,
        to.held_id
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// Files of a message that was taken back are nobody's again, for a day.
pub(super) async fn unplace(conn: &mut PgConnection, held_id: Uuid, now: Time) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "update media set channel_id = null, conversation_id = null, held_id = null, created_at = $2 where held_id = $1",
        held_id,
        now
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// A file with the same bytes, somebody's own.
pub(super) struct Copy<'a> {
    pub id: Uuid,
    pub of: Uuid,
    pub uploader_id: Option<Uuid>,
    pub canned_id: Option<Uuid>,
    pub position: i16,
    /// Another kind than the original's.
    pub kind: Option<&'a str>,
}

/// Copies a file that is there. `false`: it is not there (any more).
pub(super) async fn copy(conn: &mut PgConnection, copy: &Copy<'_>, now: Time) -> Result<bool, sqlx::Error> {
    let done = sqlx::query!(
        "insert into media (id, origin, uploader_id, canned_id, position, kind, state, filename, voice, animated, mime_type, size, sha256,
                            width, height, duration_ms, storage_key, thumbnail_key, created_at, ready_at)
         select $1, 'upload', $3, $4, $5, coalesce($6, m.kind), 'ready', m.filename, m.voice, m.animated, m.mime_type, m.size, m.sha256,
                m.width, m.height, m.duration_ms, m.storage_key, m.thumbnail_key, $7, $7
           from media m where m.id = $2 and m.state = 'ready' for share",
        copy.id,
        copy.of,
        copy.uploader_id,
        copy.canned_id,
        copy.position,
        copy.kind,
        now
    )
    .execute(conn)
    .await?;
    Ok(done.rows_affected() == 1)
}

/// How many files somebody uploaded and has not sent.
pub(super) async fn unsent_of(conn: &mut PgConnection, uploader_id: Uuid) -> Result<i64, sqlx::Error> {
    sqlx::query_scalar!(
        r#"select count(*) as "count!" from media
            where uploader_id = $1 and message_id is null and held_id is null and canned_id is null"#,
        uploader_id
    )
    .fetch_one(conn)
    .await
}

/// Deletes these rows that nobody sent; the places of their bytes become garbage where nobody else needs them.
pub(super) async fn delete_unsent(conn: &mut PgConnection, ids: &[Uuid], now: Time) -> Result<u64, sqlx::Error> {
    let gone = sqlx::query!(
        "delete from media where id = any($1) and message_id is null and held_id is null and canned_id is null
         returning storage_key, thumbnail_key",
        ids
    )
    .fetch_all(&mut *conn)
    .await?;
    let keys: Vec<String> = gone.iter().flat_map(|row| [&row.storage_key, &row.thumbnail_key]).flatten().cloned().collect();
    note_garbage(conn, &keys, now).await?;
    Ok(gone.len() as u64)
}

/// Files of a canned response that are not its own any more.
pub(super) async fn forsake_canned(conn: &mut PgConnection, canned_id: Uuid, but: &[Uuid]) -> Result<Vec<Uuid>, sqlx::Error> {
    sqlx::query_scalar!(
        "update media set canned_id = null where canned_id = $1 and not id = any($2) returning id",
        canned_id,
        but
    )
    .fetch_all(conn)
    .await
}

/// Sets the order of a canned response's files.
pub(super) async fn reorder_canned(conn: &mut PgConnection, canned_id: Uuid, ids: &[Uuid]) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "update media m set position = (n.ord - 1)::smallint from unnest($2::uuid[]) with ordinality as n (id, ord)
          where m.id = n.id and m.canned_id = $1",
        canned_id,
        ids
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// What was uploaded before then and never sent.
pub(super) async fn stale(conn: &mut PgConnection, before: Time, limit: i64) -> Result<Vec<Uuid>, sqlx::Error> {
    sqlx::query_scalar!(
        "select id from media where message_id is null and held_id is null and canned_id is null and created_at < $1
          order by created_at limit $2",
        before,
        limit
    )
    .fetch_all(conn)
    .await
}

/// Notes places whose bytes nobody needs, except where another row does.
pub(super) async fn note_garbage(conn: &mut PgConnection, keys: &[String], now: Time) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "insert into media_garbage (storage_key, noted_at)
         select distinct k.key, $2::timestamptz from unnest($1::text[]) as k (key)
          where not exists (select from media m where m.storage_key = k.key)
            and not exists (select from media m where m.storage_key is not null and k.key = m.storage_key || '.small')
         on conflict do nothing",
        keys,
        now
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// Takes the oldest place that waits to be emptied; whoever takes it empties it before the commit.
pub(super) async fn take_garbage(conn: &mut PgConnection) -> Result<Option<String>, sqlx::Error> {
    sqlx::query_scalar!(
        "delete from media_garbage where storage_key =
             (select storage_key from media_garbage order by noted_at limit 1 for update skip locked)
         returning storage_key"
    )
    .fetch_optional(conn)
    .await
}

/// The provider's id of these bytes, if it was given them lately.
pub async fn uploaded(
    conn: &mut PgConnection,
    channel_id: Uuid,
    sha256: &str,
    mime_type: &str,
    now: Time,
) -> Result<Option<String>, sqlx::Error> {
    sqlx::query_scalar!(
        "select external_id from media_upload where channel_id = $1 and sha256 = $2 and mime_type = $3 and expires_at > $4",
        channel_id,
        sha256,
        mime_type,
        now
    )
    .fetch_optional(conn)
    .await
}

/// Remembers the provider's id of these bytes.
pub async fn remember_upload(
    conn: &mut PgConnection,
    channel_id: Uuid,
    sha256: &str,
    mime_type: &str,
    external_id: &str,
    expires_at: Time,
) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "insert into media_upload (channel_id, sha256, mime_type, external_id, expires_at) values ($1, $2, $3, $4, $5)
         on conflict (channel_id, sha256, mime_type) do update set external_id = excluded.external_id, expires_at = excluded.expires_at",
        channel_id,
        sha256,
        mime_type,
        external_id,
        expires_at
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// Forgets an id that the provider does not take any more.
pub async fn forget_upload(conn: &mut PgConnection, channel_id: Uuid, external_id: &str) -> Result<(), sqlx::Error> {
    sqlx::query!("delete from media_upload where channel_id = $1 and external_id = $2", channel_id, external_id)
        .execute(conn)
        .await?;
    Ok(())
}

/// Forgets ids that have run out.
pub(super) async fn forget_expired_uploads(conn: &mut PgConnection, now: Time) -> Result<(), sqlx::Error> {
    sqlx::query!("delete from media_upload where expires_at < $1", now).execute(conn).await?;
    Ok(())
}
