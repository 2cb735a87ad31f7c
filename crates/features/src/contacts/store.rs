//! SQL of contacts.

use base::Time;
use sqlx::PgConnection;
use uuid::Uuid;

use super::IdentityKey;

pub(super) mod details;

/// Somebody known on a channel.
#[derive(Debug, Clone)]
pub struct Identity {
    /// The identity.
    pub id: Uuid,
    /// Its channel.
    pub channel_id: Uuid,
    /// The provider's id.
    pub external_id: String,
    /// The person.
    pub contact_id: Uuid,
    /// Their name as we show it.
    pub name: String,
    /// Their phone number, if known.
    pub phone: Option<String>,
    /// Their user name, if known.
    pub username: Option<String>,
    /// A colleague has written the name, and it stays.
    pub name_kept: bool,
    /// Nobody wants to hear from them.
    pub blocked: bool,
}

/// The identities that exist among the keys.
pub async fn find(conn: &mut PgConnection, keys: &[IdentityKey]) -> Result<Vec<Identity>, sqlx::Error> {
    let (channels, ids): (Vec<_>, Vec<_>) = keys.iter().map(|k| (k.channel_id, k.external_id.clone())).unzip();
    sqlx::query_as!(
        Identity,
        r#"select i.id, i.channel_id, i.external_id, i.contact_id, c.name, c.phone, c.username, c.name_kept, c.blocked_at is not null as "blocked!"
           from unnest($1::uuid[], $2::text[]) as k (channel_id, external_id)
           join contact_identity i on i.channel_id = k.channel_id and i.external_id = k.external_id
           join contact c on c.id = i.contact_id"#,
        &channels,
        &ids
    )
    .fetch_all(conn)
    .await
}

/// Locks a contact. Whoever locks its conversations too does so afterwards.
pub async fn lock(conn: &mut PgConnection, id: Uuid) -> Result<(), sqlx::Error> {
    sqlx::query!("select id from contact where id = $1 for update", id).fetch_optional(conn).await?;
    Ok(())
}

/// Whether nobody wants to hear from a contact.
pub async fn is_blocked(conn: &mut PgConnection, id: Uuid) -> Result<bool, sqlx::Error> {
    let blocked = sqlx::query_scalar!(r#"select blocked_at is not null as "blocked!" from contact where id = $1"#, id);
    Ok(blocked.fetch_optional(conn).await?.unwrap_or_default())
}

pub(super) struct NewContact {
    pub id: Uuid,
    pub name: String,
    pub phone: Option<String>,
    pub username: Option<String>,
}

pub(super) async fn insert_contacts(conn: &mut PgConnection, contacts: &[NewContact], now: Time) -> Result<(), sqlx::Error> {
    let ids: Vec<_> = contacts.iter().map(|c| c.id).collect();
    let names: Vec<_> = contacts.iter().map(|c| c.name.clone()).collect();
    let phones: Vec<_> = contacts.iter().map(|c| c.phone.clone()).collect();
    let usernames: Vec<_> = contacts.iter().map(|c| c.username.clone()).collect();
    sqlx::query!(
        "insert into contact (id, name, phone, username, created_at, updated_at)
         select id, name, phone, username, $5, $5 from unnest($1::uuid[], $2::text[], $3::text[], $4::text[]) as c (id, name, phone, username)",
        &ids,
        &names,
        &phones as &[Option<String>],
        &usernames as &[Option<String>],
        now
    )
    .execute(conn)
    .await?;
    Ok(())
}

pub(super) struct NewIdentity {
    pub id: Uuid,
    pub contact_id: Uuid,
    pub key: IdentityKey,
}

/// Inserts identities, in key order so that two nodes that meet the same newcomers cannot deadlock. What exists already stays as it is.
pub(super) async fn insert_identities(conn: &mut PgConnection, identities: &[NewIdentity], now: Time) -> Result<(), sqlx::Error> {
    let ids: Vec<_> = identities.iter().map(|i| i.id).collect();
    let contacts: Vec<_> = identities.iter().map(|i| i.contact_id).collect();
    let channels: Vec<_> = identities.iter().map(|i| i.key.channel_id).collect();
    let externals: Vec<_> = identities.iter().map(|i| i.key.external_id.clone()).collect();
    sqlx::query!(
        "insert into contact_identity (id, contact_id, channel_id, external_id, created_at)
         select id, contact_id, channel_id, external_id, $5
           from unnest($1::uuid[], $2::uuid[], $3::uuid[], $4::text[]) as i (id, contact_id, channel_id, external_id)
          order by channel_id, external_id
         on conflict (channel_id, external_id) do nothing",
        &ids,
        &contacts,
        &channels,
        &externals,
        now
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// Removes contacts that no identity points to: the losers of a race between two nodes.
pub(super) async fn delete_orphans(conn: &mut PgConnection, ids: &[Uuid]) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "delete from contact c where c.id = any($1) and not exists (select from contact_identity i where i.contact_id = c.id)",
        ids
    )
    .execute(conn)
    .await?;
    Ok(())
}

pub(super) async fn update(
    conn: &mut PgConnection,
    id: Uuid,
    name: Option<&str>,
    phone: Option<&str>,
    username: Option<&str>,
    now: Time,
) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "update contact set name = coalesce($2, name), phone = coalesce($3, phone), username = coalesce($4, username), updated_at = $5 where id = $1",
        id,
        name,
        phone,
        username,
        now
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// The ids by which a contact is known on a channel.
pub async fn identities_on(conn: &mut PgConnection, contact_id: Uuid, channel_id: Uuid) -> Result<Vec<String>, sqlx::Error> {
    sqlx::query_scalar!(
        "select external_id from contact_identity where contact_id = $1 and channel_id = $2",
        contact_id,
        channel_id
    )
    .fetch_all(conn)
    .await
}
