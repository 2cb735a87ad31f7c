//! Use cases of tags: keep them, and put them on conversations.

use base::Code;
use kernel::{
    audit::Record,
    auth::Actor,
    db::{Tx, constraint, contains_pattern},
    event::{Audience, NewEvent},
    http::Problem,
    job,
};
use serde_json::json;
use sqlx::PgConnection;
use uuid::Uuid;

use super::{CHANGED, DELETED, Tag, jobs::Sweep, model, store};
use crate::{
    App,
    accounts::{
        self,
        policy::{self, Reach},
    },
    conversations::{self, Card, Happening, Scope},
    teams,
};

/// Most tags of an installation: a list to choose from, not a dictionary.
const MOST: i64 = 2_000;
/// Most tags on a conversation.
const MOST_ON_ONE: usize = 30;
/// Conversations of one transaction when a tag goes: their locks are held until it commits.
const BATCH: i64 = 100;

/// A new tag.
pub(super) struct NewTag {
    pub name: String,
    pub color: String,
    pub team_id: Option<Uuid>,
}

/// What somebody changes of a tag.
pub(super) struct Changes {
    pub name: Option<String>,
    pub color: Option<String>,
}

/// The tags that the actor may use, by name: those for all and those of their teams, or of one of them.
pub(super) async fn list(
    conn: &mut PgConnection,
    actor: &Actor,
    team_id: Option<Uuid>,
    q: Option<&str>,
) -> Result<Vec<Tag>, Problem> {
    let team_ids = match team_id {
        Some(team) if in_reach(actor, Some(team)) => Some(vec![team]),
        // Another team's tags are none of their business; those for all are.
        Some(_) => Some(Vec::new()),
        None if sees_all(actor) => None,
        None => Some(actor.team_ids().to_vec()),
    };
    let pattern = q.map(contains_pattern);
    Ok(store::list(conn, team_ids.as_deref(), pattern.as_deref(), MOST).await?)
}

/// Adds a tag.
pub(super) async fn create(app: &App, tx: &mut Tx, actor: &Actor, new: NewTag) -> Result<Tag, Problem> {
    if let Some(team) = new.team_id
        && (!in_reach(actor, Some(team)) || teams::by_ids(tx, &[team]).await?.is_empty())
    {
        return Err(Problem::field("team_id", "There is no such team among yours."));
    }
    may_manage(actor, new.team_id)?;
    let tag = Tag { id: app.new_id(), name: name(&new.name)?, color: color(&new.color)?, team_id: new.team_id, uses: 0 };
    if store::count(tx).await? >= MOST {
        return Err(Problem::field("name", format!("There are {MOST} tags already. Merge or delete some first.")));
    }
    store::insert(tx, &tag, app.now()).await.map_err(taken)?;
    tell(app, tx, &tag).await?;
    record(app, tx, actor, "tag.created", &tag);
    Ok(tag)
}

/// Renames a tag, or colours it anew.
pub(super) async fn update(app: &App, tx: &mut Tx, actor: &Actor, id: Uuid, changes: Changes) -> Result<Tag, Problem> {
    let before = managed(tx, actor, id).await?;
    let mut tag = before.clone();
    if let Some(given) = changes.name {
        tag.name = name(&given)?;
    }
    if let Some(given) = changes.color {
        tag.color = color(&given)?;
    }
    if tag != before {
        store::update(tx, &tag).await.map_err(taken)?;
        tell(app, tx, &tag).await?;
        record(app, tx, actor, "tag.changed", &tag);
    }
    Ok(tag)
}

/// Deletes a tag. It is gone at once; the conversations that carry it lose it in the background.
pub(super) async fn delete(app: &App, tx: &mut Tx, actor: &Actor, id: Uuid) -> Result<(), Problem> {
    let tag = managed(tx, actor, id).await?;
    retire(app, tx, &tag, None).await?;
    record(app, tx, actor, "tag.deleted", &tag);
    Ok(())
}

/// Merges a tag into another, which stands in its place from then on: wherever it is shown at once, in the rows of the conversations in
/// the background. Asking again, when it is done already, answers the same.
pub(super) async fn merge(app: &App, tx: &mut Tx, actor: &Actor, id: Uuid, into: Uuid) -> Result<Tag, Problem> {
    let unknown = || Problem::field("into", "There is no such tag among yours.");
    if id == into {
        return Err(Problem::field("into", "Choose another tag."));
    }
    let locked = store::lock_family(tx, id, Some(into)).await?;
    let [tag, target] = [id, into].map(|id| locked.iter().find(|tag| tag.id == id).cloned());
    let target = target.filter(|t| in_reach(actor, t.team_id));
    let Some(tag) = tag.filter(|t| in_reach(actor, t.team_id)) else {
        // A merge that is asked for again is done.
        let done = store::fate(tx, id).await?.flatten() == Some(into);
        return target.filter(|_| done).ok_or_else(Problem::not_found);
    };
    may_manage(actor, tag.team_id)?;
    let target = target.ok_or_else(unknown)?;
    if target.team_id.is_some() && target.team_id != tag.team_id {
        return Err(Problem::field("into", "Choose a tag of the same team, or one for all."));
    }
    retire(app, tx, &tag, Some(into)).await?;
    let data = Record::by(actor, "tag.merged").about("tag", tag.id, &tag.name);
    tx.record(app.now(), &data.with("into", json!({ "id": target.id, "name": target.name })));
    Ok(target)
}

async fn retire(app: &App, tx: &mut Tx, tag: &Tag, into: Option<Uuid>) -> Result<(), Problem> {
    store::retire(tx, tag.id, into, app.now()).await?;
    let audience = Audience { user_ids: accounts::who_sees_team(tx, tag.team_id).await?, ..Audience::default() };
    tx.emit(NewEvent::new(app.now(), DELETED, audience, &json!({ "id": tag.id, "merged_into": into })));
    job::enqueue::<App, _>(app.db.pool(), tx, Sweep { id: tag.id }).await.map_err(Problem::internal)
}

/// What became of a batch of a sweep.
pub(super) enum Swept {
    /// Commit it; there may be more.
    Some,
    /// Give it up and look again: what the tag became went meanwhile.
    Again,
    /// None is left.
    Done,
}

/// Takes a tag that is out of use off the next batch of conversations, and puts what it became in its place.
pub(super) async fn sweep(app: &App, tx: &mut Tx, id: Uuid) -> Result<Swept, sqlx::Error> {
    let ids = conversations::tagged(tx, id, BATCH).await?;
    if ids.is_empty() {
        return Ok(Swept::Done);
    }
    conversations::lock_for(tx, &[], &ids).await?;
    let into = store::fate(tx, id).await?.flatten();
    let changed = conversations::replace_tag(tx, &ids, id, into).await?;
    let count = |n: usize| i64::try_from(n).unwrap_or_default();
    let (lost, gained) = (count(changed.len()), count(changed.iter().filter(|c| c.gained).count()));
    // In the order of their ids, like everybody who counts several.
    if into.is_none_or(|into| id < into) {
        store::lose(tx, id, lost).await?;
    }
    if let Some(into) = into
        && !store::gain(tx, into, gained).await?
    {
        return Ok(Swept::Again);
    }
    if into.is_some_and(|into| into < id) {
        store::lose(tx, id, lost).await?;
    }
    let changed: Vec<Uuid> = changed.into_iter().map(|c| c.id).collect();
    for card in conversations::cards(tx, &changed).await? {
        conversations::emit_updated(app, tx, &card);
    }
    Ok(Swept::Some)
}

/// Puts a tag on a conversation that the actor sees. One that was merged stands for what it became. `false`: it is on it already.
pub async fn attach(app: &App, tx: &mut Tx, actor: &Actor, id: Uuid, tag_id: Uuid) -> Result<bool, Problem> {
    let locked = conversations::lock(tx, id).await?.ok_or_else(Problem::not_found)?;
    let on_it = conversations::tag_ids(tx, id).await?;
    // It may go between the look and the count; then it is something else by the next look, or nothing.
    for _ in 0..3 {
        let tag = store::live(tx, tag_id).await?.filter(|tag| in_reach(actor, tag.team_id)).ok_or_else(Problem::not_found)?;
        if tag.team_id.is_some() && tag.team_id != locked.team_id {
            return Err(Problem::new(Code::Invalid, "This tag is for the conversations of its own team."));
        }
        if !store::standing_for(tx, &on_it, tag.id).await?.is_empty() {
            return Ok(false);
        }
        if on_it.len() >= MOST_ON_ONE {
            let detail = format!("This conversation has {MOST_ON_ONE} tags already. Take one off first.");
            return Err(Problem::new(Code::IllegalTransition, detail));
        }
        if store::gain(tx, tag.id, 1).await? {
            let tags: Vec<Uuid> = on_it.iter().copied().chain([tag.id]).collect();
            conversations::set_tags(tx, id, &tags).await?;
            changed(app, tx, actor, id, Happening::Tagged, &tag).await?;
            return Ok(true);
        }
    }
    Err(Problem::not_found())
}

/// Takes a tag off a conversation that the actor sees, whoever may still use it. `false`: it is off already.
pub async fn detach(app: &App, tx: &mut Tx, actor: &Actor, id: Uuid, tag_id: Uuid) -> Result<bool, Problem> {
    conversations::lock(tx, id).await?.ok_or_else(Problem::not_found)?;
    let on_it = conversations::tag_ids(tx, id).await?;
    let tag = store::live(tx, tag_id).await?.ok_or_else(Problem::not_found)?;
    let off = store::standing_for(tx, &on_it, tag.id).await?;
    if off.is_empty() {
        return if in_reach(actor, tag.team_id) { Ok(false) } else { Err(Problem::not_found()) };
    }
    let left: Vec<Uuid> = on_it.into_iter().filter(|on| !off.contains(on)).collect();
    conversations::set_tags(tx, id, &left).await?;
    for id in off {
        store::lose(tx, id, 1).await?;
    }
    changed(app, tx, actor, id, Happening::Untagged, &tag).await?;
    Ok(true)
}

/// Takes the tags of other teams off a locked conversation that is about to go to this team: they are for conversations of their own team, and
/// no other knows them. Before the step, so that the team it comes to is never shown them.
pub async fn stay_behind(app: &App, tx: &mut Tx, actor: &Actor, id: Uuid, team_id: Uuid) -> Result<(), Problem> {
    let on_it = conversations::tag_ids(tx, id).await?;
    let off = store::of_other_teams(tx, &on_it, team_id).await?;
    if off.is_empty() {
        return Ok(());
    }
    let left: Vec<Uuid> = on_it.into_iter().filter(|on| !off.iter().any(|(put, _)| put == on)).collect();
    conversations::set_tags(tx, id, &left).await?;
    for (put, _) in &off {
        store::lose(tx, *put, 1).await?;
    }
    let mut tags: Vec<Tag> = off.into_iter().map(|(_, tag)| tag).collect();
    // Two that were put on it may have become one.
    tags.sort_by_key(|tag| tag.id);
    tags.dedup_by_key(|tag| tag.id);
    for tag in &tags {
        changed(app, tx, actor, id, Happening::Untagged, tag).await?;
    }
    Ok(())
}

/// Whether a tag is on a conversation, under whatever name.
pub async fn is_on(tx: &mut Tx, id: Uuid, tag_id: Uuid) -> Result<bool, sqlx::Error> {
    let Some(tag) = store::live(tx, tag_id).await? else { return Ok(false) };
    let on_it = conversations::tag_ids(tx, id).await?;
    Ok(!store::standing_for(tx, &on_it, tag.id).await?.is_empty())
}

async fn changed(app: &App, tx: &mut Tx, actor: &Actor, id: Uuid, kind: Happening, tag: &Tag) -> Result<(), Problem> {
    let card = conversations::cards(tx, &[id]).await?.pop().ok_or_else(Problem::not_found)?;
    let data = json!({ "tag": { "id": tag.id, "name": tag.name, "color": tag.color } });
    Ok(conversations::happened(app, tx, &card, actor, kind, data).await?)
}

/// The conversation as the actor sees it now.
pub(super) async fn shown(tx: &mut Tx, actor: &Actor, id: Uuid) -> Result<Card, Problem> {
    conversations::card(tx, id, &Scope::of(actor, "conversations.read")).await?.ok_or_else(Problem::not_found)
}

/// A locked tag that the actor may manage: another team's does not exist for them, and those for all are for admins.
async fn managed(tx: &mut Tx, actor: &Actor, id: Uuid) -> Result<Tag, Problem> {
    let tag = store::lock(tx, id).await?.filter(|tag| in_reach(actor, tag.team_id)).ok_or_else(Problem::not_found)?;
    may_manage(actor, tag.team_id)?;
    Ok(tag)
}

fn name(given: &str) -> Result<String, Problem> {
    model::name(given).map_err(|message| Problem::field("name", message))
}

fn color(given: &str) -> Result<String, Problem> {
    model::color(given).map_err(|message| Problem::field("color", message))
}

fn may_manage(actor: &Actor, team_id: Option<Uuid>) -> Result<(), Problem> {
    if policy::reaches_whole_team(actor, "tags.manage", team_id) { Ok(()) } else { Err(Problem::forbidden()) }
}

/// Whether the actor may know of a tag: those for all, and those of their teams.
fn in_reach(actor: &Actor, team_id: Option<Uuid>) -> bool {
    team_id.is_none_or(|team| sees_all(actor) || actor.team_ids().contains(&team))
}

fn sees_all(actor: &Actor) -> bool {
    policy::reach(actor, "conversations.read") == Reach::All
}

async fn tell(app: &App, tx: &mut Tx, tag: &Tag) -> Result<(), sqlx::Error> {
    let audience = Audience { user_ids: accounts::who_sees_team(tx, tag.team_id).await?, ..Audience::default() };
    tx.emit(NewEvent::new(app.now(), CHANGED, audience, &json!({ "tag": tag })));
    Ok(())
}

fn record(app: &App, tx: &mut Tx, actor: &Actor, kind: &'static str, tag: &Tag) {
    tx.record(app.now(), &Record::by(actor, kind).about("tag", tag.id, &tag.name).with("team_id", tag.team_id));
}

fn taken(error: sqlx::Error) -> Problem {
    if constraint(&error) == Some("tag_name_key") {
        return Problem::new(Code::AlreadyExists, "There is a tag of this name already.").with_field("name", "Already in use.");
    }
    error.into()
}
