//! Use cases of saved views.

use base::Code;
use kernel::{
    auth::Actor,
    db::{Tx, constraint},
    event::{Audience, NewEvent},
    http::Problem,
};
use sqlx::PgConnection;
use uuid::Uuid;

use super::{
    CHANGED, DELETED, SavedView, Shared,
    model::{may_edit, may_share},
    store::{self, ViewRow},
};
use crate::{
    App,
    accounts::policy::{self, Reach},
    conversations::Assignee,
    inbox::{self, ListFilter, Sort},
};

/// The most views one person may keep.
const MOST: i64 = 50;

/// A view to keep, or what to change of one.
#[derive(Debug, Default)]
pub(super) struct Changes {
    pub name: Option<String>,
    pub shared: Option<Shared>,
    pub team_id: Option<Uuid>,
    pub filter: Option<ListFilter>,
    pub sort: Option<Sort>,
}

/// The actor's views, with how many each shows.
pub(super) async fn list(conn: &mut PgConnection, actor: &Actor) -> Result<Vec<SavedView>, sqlx::Error> {
    let mut views = Vec::new();
    for row in rows(conn, actor).await? {
        let mut view = shown(&row);
        let (count, more) = count(conn, actor, &mut view).await?;
        let may_edit = may_edit(actor, row.owner_id, Shared::of_column(&row.shared), row.team_id);
        (view.count, view.more, view.may_edit) = (Some(count), Some(more), Some(may_edit));
        views.push(view);
    }
    Ok(views)
}

async fn rows(conn: &mut PgConnection, actor: &Actor) -> Result<Vec<ViewRow>, sqlx::Error> {
    let all_teams = policy::reach(actor, "views.share_team") == Reach::All;
    store::of_user(conn, actor.user_id().unwrap_or_default(), actor.team_ids(), all_teams).await
}

/// How many conversations the actor sees in a view; none where its filter no longer holds, and the view then says why.
async fn count(conn: &mut PgConnection, actor: &Actor, view: &mut SavedView) -> Result<(i64, bool), sqlx::Error> {
    if view.problem.is_some() {
        return Ok((0, false));
    }
    match view.filter.question(Some(view.sort), actor) {
        Ok(question) => inbox::count(conn, actor, &question).await,
        Err(error) => {
            view.problem = Some(error.to_string());
            Ok((0, false))
        }
    }
}

/// Keeps a view.
pub(super) async fn create(app: &App, tx: &mut Tx, actor: &Actor, new: Changes) -> Result<SavedView, Problem> {
    let owner_id = actor.user_id().ok_or_else(Problem::forbidden)?;
    if store::count_of(tx, owner_id).await? >= MOST {
        return Err(Problem::field("name", format!("You keep {MOST} views. Delete one first.")));
    }
    let blank = ViewRow {
        id: app.new_id(),
        owner_id,
        owner_name: actor.name().to_owned(),
        name: String::new(),
        shared: Shared::Private.as_str().to_owned(),
        team_id: None,
        filter: serde_json::json!({}),
        sort: String::new(),
    };
    let row = changed(actor, blank, new)?;
    write(app, tx, actor, &row).await
}

/// Changes a view.
pub(super) async fn update(app: &App, tx: &mut Tx, actor: &Actor, id: Uuid, changes: Changes) -> Result<SavedView, Problem> {
    let known = visible(tx, actor, id).await?;
    // Whoever made a view that others have may always take it back for themselves.
    let taken_back = actor.user_id() == Some(known.owner_id) && changes.shared == Some(Shared::Private);
    if !taken_back && !may_edit(actor, known.owner_id, Shared::of_column(&known.shared), known.team_id) {
        return Err(Problem::forbidden());
    }
    let row = changed(actor, known.clone(), changes)?;
    let before = store::readers(tx, &known).await?;
    let view = write(app, tx, actor, &row).await?;
    let after = store::readers(tx, &row).await?;
    gone(app, tx, id, before.into_iter().filter(|user| !after.contains(user)).collect());
    Ok(view)
}

/// Deletes a view: one's own, or one that one may change.
pub(super) async fn delete(app: &App, tx: &mut Tx, actor: &Actor, id: Uuid) -> Result<(), Problem> {
    let known = visible(tx, actor, id).await?;
    let own = actor.user_id() == Some(known.owner_id);
    if !own && !may_edit(actor, known.owner_id, Shared::of_column(&known.shared), known.team_id) {
        return Err(Problem::forbidden());
    }
    let readers = store::readers(tx, &known).await?;
    store::delete(tx, id).await?;
    gone(app, tx, id, readers);
    Ok(())
}

/// A view that is in the actor's list, locked.
async fn visible(tx: &mut Tx, actor: &Actor, id: Uuid) -> Result<ViewRow, Problem> {
    let row = store::lock(tx, id).await?.ok_or_else(Problem::not_found)?;
    let own = actor.user_id() == Some(row.owner_id);
    let seen = match Shared::of_column(&row.shared) {
        Shared::Private => own,
        Shared::Team => {
            own || policy::reach(actor, "views.share_team") == Reach::All
                || row.team_id.is_some_and(|team| actor.team_ids().contains(&team))
        }
        Shared::Everybody => true,
    };
    if seen { Ok(row) } else { Err(Problem::not_found()) }
}

/// The view with the changes, if they are valid and the actor may make them.
fn changed(actor: &Actor, mut row: ViewRow, changes: Changes) -> Result<ViewRow, Problem> {
    if let Some(name) = changes.name {
        row.name = name.trim().to_owned();
    }
    if row.name.is_empty() || row.name.chars().count() > 100 || row.name.chars().any(char::is_control) {
        return Err(Problem::field("name", "Enter a name of 1 to 100 characters."));
    }
    let shared = changes.shared.unwrap_or_else(|| Shared::of_column(&row.shared));
    row.team_id = if shared == Shared::Team { changes.team_id.or(row.team_id) } else { None };
    row.shared = shared.as_str().to_owned();
    if shared == Shared::Team && row.team_id.is_none() {
        return Err(Problem::field("team_id", "Say which team."));
    }
    if shared != Shared::Team && changes.team_id.is_some() {
        return Err(Problem::field("team_id", "Only a view shared with a team has one."));
    }
    if !may_share(actor, shared, row.team_id) {
        return Err(Problem::forbidden());
    }
    if let Some(filter) = changes.filter {
        filter.question(None, actor)?;
        if changes.sort.is_none() && row.sort.is_empty() {
            row.sort = sort_name(Sort::of(filter.view));
        }
        row.filter = serde_json::to_value(filter).map_err(Problem::internal)?;
    }
    if let Some(sort) = changes.sort {
        row.sort = sort_name(sort);
    }
    Ok(row)
}

async fn write(app: &App, tx: &mut Tx, actor: &Actor, row: &ViewRow) -> Result<SavedView, Problem> {
    store::put(tx, row, app.now()).await.map_err(|error| match constraint(&error) {
        Some("saved_view_name_key") => Problem::new(Code::AlreadyExists, "There is already a view of this name among yours.")
            .with_field("name", "Already in use."),
        Some("saved_view_team_id_fkey") => Problem::field("team_id", "There is no such team."),
        _ => error.into(),
    })?;
    let mut view = shown(row);
    let audience = Audience { user_ids: store::readers(tx, row).await?, ..Audience::default() };
    tx.emit(NewEvent::new(app.now(), CHANGED, audience, &serde_json::json!({ "view": view })));
    let (count, more) = count(tx, actor, &mut view).await?;
    let may_edit = may_edit(actor, row.owner_id, Shared::of_column(&row.shared), row.team_id);
    Ok(SavedView { count: Some(count), more: Some(more), may_edit: Some(may_edit), ..view })
}

fn gone(app: &App, tx: &mut Tx, id: Uuid, user_ids: Vec<Uuid>) {
    if !user_ids.is_empty() {
        let audience = Audience { user_ids, ..Audience::default() };
        tx.emit(NewEvent::new(app.now(), DELETED, audience, &serde_json::json!({ "id": id })));
    }
}

/// A view as kept, without what differs from reader to reader. What is valid may have changed since it was saved.
fn shown(row: &ViewRow) -> SavedView {
    let filter = serde_json::from_value::<ListFilter>(row.filter.clone());
    let sort = serde_json::from_value::<Sort>(row.sort.clone().into());
    let problem = match (&filter, &sort) {
        (Ok(_), Ok(_)) => None,
        _ => Some("This view was saved by another version of MAX. Save it again.".to_owned()),
    };
    let filter = filter.unwrap_or_default();
    SavedView {
        id: row.id,
        name: row.name.clone(),
        shared: Shared::of_column(&row.shared),
        team_id: row.team_id,
        owner: Assignee { id: row.owner_id, name: row.owner_name.clone() },
        sort: sort.unwrap_or_else(|_| Sort::of(filter.view)),
        filter,
        count: None,
        more: None,
        may_edit: None,
        problem,
    }
}

fn sort_name(sort: Sort) -> String {
    serde_json::to_value(sort).ok().and_then(|name| name.as_str().map(str::to_owned)).unwrap_or_default()
}
