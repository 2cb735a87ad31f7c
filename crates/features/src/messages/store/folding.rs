//! SQL of what changes a message after it was said.

use base::Time;
use sqlx::{PgConnection, types::Json};
use uuid::Uuid;

use crate::messages::{Change, Fold, FoldTarget, Reaction};

/// The messages that these changes are about: of the same customer, and theirs unless it is a reaction. A change that is a message here
/// already is left out.
pub async fn targets(conn: &mut PgConnection, folds: &[Fold]) -> Result<Vec<FoldTarget>, sqlx::Error> {
    let channels: Vec<_> = folds.iter().map(|f| f.channel_id).collect();
    let externals: Vec<_> = folds.iter().map(|f| f.external_id.clone()).collect();
    let wanted: Vec<_> = folds.iter().map(|f| f.target.clone()).collect();
    let senders: Vec<_> = folds.iter().map(|f| serde_json::json!(f.senders)).collect();
    let any: Vec<_> = folds.iter().map(|f| matches!(f.change, Change::Reaction(_))).collect();
    sqlx::query_as!(
        FoldTarget,
        r#"select f.ord as "ord!", m.id as message_id, m.conversation_id, c.contact_id, ct.name as contact_name
             from unnest($1::uuid[], $2::text[], $3::text[], $4::jsonb[], $5::boolean[])
                  with ordinality as f (channel_id, external_id, target, senders, any_direction, ord)
             join message m on m.channel_id = f.channel_id and m.external_id = f.target and (f.any_direction or m.direction = 'in')
             join conversation c on c.id = m.conversation_id
             join contact ct on ct.id = c.contact_id
            where exists (select from contact_identity i
                           where i.contact_id = c.contact_id and i.channel_id = f.channel_id and jsonb_exists(f.senders, i.external_id))
              and not exists (select from message k where k.channel_id = f.channel_id and k.external_id = f.external_id)"#,
        &channels,
        &externals,
        &wanted,
        &senders,
        &any
    )
    .fetch_all(conn)
    .await
}

pub(in crate::messages) async fn set_reactions(
    conn: &mut PgConnection,
    id: Uuid,
    reactions: &[Reaction],
) -> Result<(), sqlx::Error> {
    sqlx::query!("update message set reactions = $2 where id = $1", id, Json(reactions) as _).execute(conn).await?;
    Ok(())
}

pub(in crate::messages) async fn reword(
    conn: &mut PgConnection,
    id: Uuid,
    content: &serde_json::Value,
    preview: &str,
    at: Time,
) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "update message set original_content = coalesce(original_content, content), content = $2, preview = $3, edited_at = $4 where id = $1",
        id,
        content,
        preview,
        at
    )
    .execute(conn)
    .await?;
    Ok(())
}

pub(in crate::messages) async fn revoke(conn: &mut PgConnection, id: Uuid, preview: &str, at: Time) -> Result<(), sqlx::Error> {
    sqlx::query!("update message set revoked_at = $2, preview = $3 where id = $1", id, at, preview).execute(conn).await?;
    Ok(())
}

/// The number people call a conversation by.
pub(in crate::messages) async fn number(conn: &mut PgConnection, conversation_id: Uuid) -> Result<i64, sqlx::Error> {
    sqlx::query_scalar!("select number from conversation where id = $1", conversation_id).fetch_one(conn).await
}

/// To whom a conversation's messages go: the identity's id at the provider, and their phone number.
pub(in crate::messages) async fn recipient(
    conn: &mut PgConnection,
    conversation_id: Uuid,
) -> Result<Option<(String, Option<String>)>, sqlx::Error> {
    let row = sqlx::query!(
        "select i.external_id, ct.phone from conversation c
           join contact_identity i on i.id = c.identity_id
           join contact ct on ct.id = c.contact_id
          where c.id = $1",
        conversation_id
    )
    .fetch_optional(conn)
    .await?;
    Ok(row.map(|row| (row.external_id, row.phone)))
}
