//! Use cases of canned responses.

use base::Code;
use kernel::{
    auth::{Access, Actor},
    db::{Tx, constraint},
    http::Problem,
};
use sqlx::PgConnection;
use uuid::Uuid;

use super::{
    Canned, Sharing,
    access::{CannedRow, Reader},
    fill::{Filled, fill},
    store,
};
use crate::{
    App,
    accounts::policy::{self, Reach},
    contacts,
    conversations::Card,
    media::{self, MediaView},
    messages::MAX_TEXT,
};

/// Longest shortcut and title, in characters.
const MAX_SHORTCUT: usize = 40;
const MAX_TITLE: usize = 100;
/// Most files.
const MAX_FILES: usize = 5;

/// Adds a canned response.
pub(super) async fn create(app: &App, tx: &mut Tx, actor: &Actor, canned: Canned, media_ids: &[Uuid]) -> Result<Canned, Problem> {
    let canned = checked(actor, &canned)?;
    store::insert(tx, &canned, app.now()).await.map_err(explained)?;
    media::adopt(app, tx, actor, canned.id, media_ids, MAX_FILES).await?;
    with_files(app, tx, vec![canned]).await?.pop().ok_or_else(Problem::not_found)
}

/// Changes one. Who shares it with others needs the right to do so before and after.
pub(super) async fn update(
    app: &App,
    tx: &mut Tx,
    who: &Access<CannedRow>,
    canned: Canned,
    media_ids: Option<&[Uuid]>,
) -> Result<Canned, Problem> {
    let canned = checked(who.actor(), &canned)?;
    if !store::update(tx, &canned).await.map_err(explained)? {
        return Err(Problem::not_found());
    }
    if let Some(ids) = media_ids {
        media::adopt(app, tx, who.actor(), canned.id, ids, MAX_FILES).await?;
    }
    with_files(app, tx, vec![canned]).await?.pop().ok_or_else(Problem::not_found)
}

/// Deletes one, with its files.
pub(super) async fn delete(app: &App, tx: &mut Tx, id: Uuid) -> Result<(), sqlx::Error> {
    media::forsake(app, tx, id).await?;
    store::delete(tx, id).await
}

/// These, with their files.
pub(super) async fn with_files(app: &App, conn: &mut PgConnection, mut canned: Vec<Canned>) -> Result<Vec<Canned>, sqlx::Error> {
    let ids: Vec<Uuid> = canned.iter().map(|c| c.id).collect();
    for file in media::of_canned(conn, &ids).await? {
        if let Some(owner) = canned.iter_mut().find(|c| Some(c.id) == file.canned_id) {
            owner.attachments.push(file.view(app));
        }
    }
    Ok(canned)
}

/// As it may be stored by the actor.
fn checked(actor: &Actor, canned: &Canned) -> Result<Canned, Problem> {
    let clean = |text: &str| text.replace('\0', "").trim().to_owned();
    let shortcut = clean(canned.shortcut.trim_start_matches('/'));
    if shortcut.is_empty()
        || shortcut.chars().count() > MAX_SHORTCUT
        || shortcut.contains(|c: char| c.is_whitespace() || c == '/')
    {
        return Err(Problem::field("shortcut", format!("Use 1 to {MAX_SHORTCUT} characters without spaces or slashes.")));
    }
    let title = clean(&canned.title);
    if title.is_empty() || title.chars().count() > MAX_TITLE {
        return Err(Problem::field("title", format!("Use 1 to {MAX_TITLE} characters.")));
    }
    let text = canned.text.replace('\0', "");
    if text.trim().is_empty() || text.chars().count() > MAX_TEXT {
        return Err(Problem::field("text", format!("Use 1 to {MAX_TEXT} characters.")));
    }
    let team_id = match (canned.scope, canned.team_id) {
        (Sharing::Team, None) => return Err(Problem::field("team_id", "Say which team it is for.")),
        (Sharing::Team, team_id) => team_id,
        (_, Some(_)) => return Err(Problem::field("team_id", "Only what is for a team names one.")),
        (_, None) => None,
    };
    let owner_id = actor.user_id().filter(|_| canned.scope == Sharing::Personal);
    may_share(actor, canned.scope, team_id)?;
    Ok(Canned { shortcut, title, text, team_id, owner_id, ..canned.clone() })
}

fn may_share(actor: &Actor, scope: Sharing, team_id: Option<Uuid>) -> Result<(), Problem> {
    let reach = policy::reach(actor, "canned.write");
    let may = match scope {
        Sharing::Personal => reach != Reach::None,
        Sharing::Team => reach == Reach::All || (reach == Reach::Teams && team_id.is_some_and(|t| actor.team_ids().contains(&t))),
        Sharing::Global => reach == Reach::All,
    };
    let words = match scope {
        Sharing::Global => "Only admins write canned responses for everybody.",
        _ => "Only leads of a team, supervisors and admins write canned responses for it.",
    };
    if may { Ok(()) } else { Err(Problem::new(Code::Forbidden, words)) }
}

fn explained(error: sqlx::Error) -> Problem {
    match constraint(&error) {
        Some("canned_response_personal_key" | "canned_response_team_key" | "canned_response_global_key") => {
            Problem::new(Code::AlreadyExists, "There is already a canned response with this shortcut.")
                .with_field("shortcut", "Already in use.")
        }
        Some("canned_response_team_id_fkey") => Problem::field("team_id", "There is no such team."),
        _ => error.into(),
    }
}

/// How a canned response is to be filled: to be looked at, or to be sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum To {
    /// Nothing is kept of it.
    Look,
    /// It counts as a use, and its files are copies, the actor's own.
    Use,
}

/// The text of a canned response for a conversation, what could not be filled, and its files.
pub(super) async fn filled(
    app: &App,
    tx: &mut Tx,
    actor: &Actor,
    card: &Card,
    id: Uuid,
    to: To,
) -> Result<(Filled, Vec<MediaView>), Problem> {
    let canned = store::one(tx, &Reader::of(actor), id).await?.ok_or_else(Problem::not_found)?;
    let company = store::company(tx).await?;
    let attributes = contacts::attributes_of(tx, card.contact_id).await?;
    let files = match to {
        To::Look => media::of_canned(tx, &[id]).await?,
        To::Use => {
            let slot = (app.ids.fraction() * f64::from(store::SLOTS)) as i16;
            store::count_use(tx, id, slot.min(store::SLOTS - 1)).await?;
            media::canned_copies(app, tx, actor, id).await?
        }
    };
    let filled = fill(&canned.text, |name| value(name, actor, card, company.as_ref(), &attributes));
    Ok((filled, files.iter().map(|file| file.view(app)).collect()))
}

/// What a placeholder stands for.
fn value(
    name: &str,
    actor: &Actor,
    card: &Card,
    company: Option<&serde_json::Value>,
    attributes: &serde_json::Map<String, serde_json::Value>,
) -> Option<String> {
    // Somebody without a name is called by their number, which is no way to greet them.
    let called = Some(card.contact_name.as_str()).filter(|name| name.chars().any(char::is_alphabetic));
    let first = |name: &str| name.split_whitespace().next().map(str::to_owned);
    match name.to_lowercase().as_str() {
        "first_name" => called.and_then(first),
        "name" => called.map(str::to_owned),
        "agent" => Some(actor.name().to_owned()),
        "agent_first_name" => first(actor.name()),
        "company" => company.and_then(plain),
        "number" => Some(card.number.to_string()),
        "channel" => Some(card.channel_name.clone()),
        "phone" => card.contact_phone.clone(),
        _ => attributes.get(name.strip_prefix("attribute.")?).and_then(plain),
    }
}

/// A value as one would write it.
fn plain(value: &serde_json::Value) -> Option<String> {
    match value {
        serde_json::Value::String(text) => Some(text.clone()),
        serde_json::Value::Number(number) => Some(number.to_string()),
        serde_json::Value::Bool(yes) => Some(if *yes { "yes" } else { "no" }.to_owned()),
        _ => None,
    }
}
