//! Use cases of blocking: by somebody, until they think better of it; or by MAX for a flood, for a while.

use base::Time;
use kernel::{
    audit::{Named, Record},
    auth::{Access, Actor},
    db::Tx,
    http::Problem,
};
use serde_json::json;
use sqlx::PgConnection;
use uuid::Uuid;

use super::{
    BlockedContact, ContactRow, ContactView, details,
    store::details::{self as store, Block},
};
use crate::{
    App, accounts,
    conversations::{self, Happening, Scope},
};

/// Longest reason for a block, in characters.
const MAX_REASON: usize = 500;
/// Why MAX blocks somebody by itself.
pub(super) const FLOOD: &str = "flood";

/// Blocks a contact or lets them in again, for somebody. Doing it again changes nothing.
pub(super) async fn by_hand(
    app: &App,
    tx: &mut Tx,
    who: &Access<ContactRow>,
    blocked: bool,
    reason: Option<String>,
) -> Result<ContactView, Problem> {
    let (id, actor) = (who.row().id, who.actor());
    let reason = reason.map(|r| r.replace('\0', "").trim().to_owned()).filter(|r| !r.is_empty());
    if reason.as_ref().is_some_and(|r| r.chars().count() > MAX_REASON) {
        return Err(Problem::field("reason", format!("Use at most {MAX_REASON} characters.")));
    }
    let block = blocked.then(|| Block { at: app.now(), until: None, by: actor.user_id(), reason: reason.as_deref() });
    if !set(app, tx, actor, id, block).await? && store::one(tx, id).await?.is_none() {
        return Err(Problem::not_found());
    }
    details::get(tx, actor, id).await
}

/// Blocks somebody who floods a conversation, until then.
pub async fn block_flooder(app: &App, tx: &mut Tx, id: Uuid, until: Time) -> Result<(), sqlx::Error> {
    let block = Block { at: app.now(), until: Some(until), by: None, reason: Some(FLOOD) };
    if !set(app, tx, &Actor::system(FLOOD), id, Some(block)).await? {
        // Somebody was faster. What made it due is done with all the same.
        let conversations = conversations::lock_of_contact(tx, id).await?;
        conversations::forget_floods(tx, &conversations).await?;
    }
    Ok(())
}

/// Lets one in again whose block has ended. `false`: nobody's has.
pub async fn end_block(app: &App, tx: &mut Tx) -> Result<bool, sqlx::Error> {
    let Some(id) = store::ended(tx, app.now()).await? else { return Ok(false) };
    // Another node may have done it, or somebody may have blocked them for longer, while we waited for the lock.
    let ended = store::lock(tx, id).await?.and_then(|row| row.blocked_until).is_some_and(|until| until <= app.now());
    if ended {
        set(app, tx, &Actor::system("the block has ended"), id, None).await?;
    }
    Ok(true)
}

/// Blocks a contact or lets them in again, and tells the screens and the audit log. `false`: nothing changed.
async fn set(app: &App, tx: &mut Tx, actor: &Actor, id: Uuid, block: Option<Block<'_>>) -> Result<bool, sqlx::Error> {
    let Some(before) = store::lock(tx, id).await? else { return Ok(false) };
    let blocked = block.is_some();
    if before.blocked_at.is_some() == blocked {
        return Ok(false);
    }
    let now = app.now();
    store::set_blocked(tx, id, block).await?;
    let conversations = conversations::lock_of_contact(tx, id).await?;
    conversations::set_blocked(tx, &conversations, blocked).await?;
    let (kind, happening) = if blocked { ("blocked", Happening::Blocked) } else { ("unblocked", Happening::Unblocked) };
    let data = match block {
        Some(Block { until: Some(until), reason, .. }) => json!({ "reason": reason, "until": until }),
        Some(Block { reason, .. }) => json!({ "reason": reason }),
        None => json!({}),
    };
    store::note(tx, app.new_id(), id, kind, Some(actor), &data, now).await?;
    let record = Record::by(actor, if blocked { "contact.blocked" } else { "contact.unblocked" });
    let record = record.about("contact", id, &before.name);
    tx.record(
        now,
        &match block {
            Some(block) => record.with("reason", block.reason).with("until", block.until),
            None => record,
        },
    );
    let cards = conversations::cards_to_tell(tx, &conversations).await?;
    for card in &cards {
        conversations::happened(app, tx, card, actor, happening, data.clone()).await?;
    }
    details::tell(tx, &cards, id, now).await?;
    Ok(true)
}

/// Those who are blocked, as far as the actor may let them in, blocked last first.
pub(super) async fn list(
    conn: &mut PgConnection,
    actor: &Actor,
    before: Option<(Time, Uuid)>,
    limit: i64,
) -> Result<Vec<BlockedContact>, sqlx::Error> {
    let rows = store::blocked(conn, &Scope::of(actor, "contacts.block"), before, limit).await?;
    let by: Vec<Uuid> = rows.iter().filter_map(|row| row.blocked_by).collect();
    let names = accounts::names(conn, &by).await?;
    let ids: Vec<Uuid> = rows.iter().map(|row| row.id).collect();
    let came = conversations::came(conn, &ids).await?;
    let came_of = |id: Uuid| came.iter().find(|(of, _)| *of == id).map_or(0, |(_, came)| *came);
    let view = |row: store::BlockedRow| BlockedContact {
        id: row.id,
        name: row.name,
        phone: row.phone,
        username: row.username,
        blocked_at: row.blocked_at,
        blocked_until: row.blocked_until,
        blocked_by: row.blocked_by.map(|id| Named { id, name: names.get(&id).cloned().unwrap_or_default() }),
        blocked_reason: row.block_reason,
        came: came_of(row.id),
    };
    Ok(rows.into_iter().map(view).collect())
}
