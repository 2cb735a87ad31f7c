//! Use cases of users: change, deactivate, help back in. Making them is in `create`, making many in `import`.

use std::collections::BTreeSet;

use base::{Code, Time};
use kernel::{
    audit::Record,
    auth::{Actor, Role},
    db::Tx,
    event::{Audience, NewEvent},
    http::Problem,
};
use serde_json::json;
use sqlx::PgConnection;
use uuid::Uuid;

use super::{
    User, UserStatus, check,
    create::{Maker, NewUser, create_user, email_taken, team_unknown},
    invite::{OneTimeLink, link_for},
    load_user, store, tell,
};
use crate::{
    App,
    accounts::{AccountError, DEACTIVATED, links::Purpose, sessions, store::links as links_of, two_factor},
    settings::{self, Settings},
    teams,
};

/// What to do with a user; what is absent stays.
#[derive(Debug, Default)]
pub(super) struct Changes {
    pub name: Option<String>,
    pub email: Option<String>,
    pub role: Option<Role>,
    pub active: Option<bool>,
    pub team_ids: Option<Vec<Uuid>>,
    pub hand_over_to: Option<Uuid>,
}

/// A page of users and the keys they are ordered by.
pub(super) async fn page(
    conn: &mut PgConnection,
    public_url: &str,
    filter: &store::Filter,
    after: Option<(String, Uuid)>,
    limit: i64,
) -> Result<Vec<(String, User)>, Problem> {
    let required = settings::two_factor_roles(conn, public_url).await?;
    let rows = store::page(conn, filter, after, limit).await?;
    let users = rows.into_iter().map(|row| Ok((row.sort_name.clone(), User::of_row(row, &required)?)));
    users.collect::<Result<_, AccountError>>().map_err(Into::into)
}

/// A new user, and the link to send them where they have no password yet.
pub(super) async fn create(app: &App, tx: &mut Tx, actor: &Actor, new: NewUser) -> Result<(User, Option<OneTimeLink>), Problem> {
    check::all([check::name(&new.name).map(drop), check::email(&new.email).map(drop)])?;
    let user = create_user(&Maker::of(app), tx, actor, new).await?;
    let link = match user.status {
        UserStatus::Invited => Some(link_for(app, tx, &user, Purpose::Invite, actor).await?),
        _ => None,
    };
    Ok((user, link))
}

/// A user as changed, and those sessions of theirs that nodes must not take for what they were.
pub(super) async fn update(
    app: &App,
    tx: &mut Tx,
    actor: &Actor,
    id: Uuid,
    changes: Changes,
) -> Result<(User, Vec<Uuid>), Problem> {
    let (name, email) = (changes.name.as_deref().map(check::name), changes.email.as_deref().map(check::email));
    check::all([name.as_ref(), email.as_ref()].map(|checked| match checked {
        Some(Err(AccountError::Invalid { field, message })) => Err(AccountError::Invalid { field, message: message.clone() }),
        _ => Ok(()),
    }))?;
    // Who may administer must not change while we look whether somebody else still does.
    let decides = changes.role.is_some() || changes.active.is_some();
    let locked = store::lock(tx, id, decides).await?;
    let before = load_user(tx, &app.public_url, id).await?.ok_or_else(Problem::not_found)?;
    let now = app.now();
    let after = store::Changed {
        id,
        name: name.transpose()?.unwrap_or_else(|| before.name.clone()),
        email: email.transpose()?.unwrap_or_else(|| before.email.clone()),
        role: changes.role.unwrap_or(before.role),
        active: changes.active.unwrap_or(before.active),
    };
    if decides {
        may_decide(actor, &locked, &before, &after)?;
    }
    if let Some(heir) = changes.hand_over_to {
        check_heir(tx, &before, &after, heir).await?;
    }
    store::update(tx, &after, now).await.map_err(email_taken)?;
    let moved = match changes.team_ids {
        Some(ids) => move_to(tx, actor, &before, ids.into_iter().collect(), now).await?,
        None => false,
    };
    let (left, other_email) = (before.active && !after.active, before.email != after.email);
    if left || other_email {
        // What was sent to the old address, or to somebody who is to stay out, opens nothing any more.
        links_of::end_of(tx, id, None, now).await?;
    }
    let mut ended = store::live_sessions(tx, id).await?;
    if left {
        ended = sessions::end_all(app, tx, id, None, "deactivated").await?;
        let data = json!({ "user_id": id, "hand_over_to": changes.hand_over_to });
        // For no screen: what follows from it is the affair of those who read the log.
        tx.emit(NewEvent::new(now, DEACTIVATED, Audience::default(), &data));
    }
    record(tx, actor, &before, &after, changes.hand_over_to, now);
    let changed = before.name != after.name || other_email || before.role != after.role || before.active != after.active || moved;
    if !changed {
        return Ok((before, Vec::new()));
    }
    let user = tell::user_changed(tx, &app.public_url, id, now).await?;
    if other_email || before.role != after.role || before.active != after.active || moved {
        tell::access_changed(tx, vec![id], now);
        return Ok((user, ended));
    }
    Ok((user, Vec::new()))
}

/// Whether this actor may make this of the user, seen under the locks of all who administer.
fn may_decide(actor: &Actor, locked: &[store::Locked], before: &User, after: &store::Changed) -> Result<(), Problem> {
    let runs = |role: Role, active: bool| role == Role::Admin && active;
    if actor.user_id() == Some(before.id) && (before.role != after.role || before.active != after.active) {
        return Err(Problem::new(
            Code::OwnRole,
            "Nobody changes their own role or deactivates themselves. Ask another admin to do it.",
        ));
    }
    let admins = || locked.iter().filter(|row| row.is_admin && row.active);
    if runs(before.role, before.active)
        && !runs(after.role, after.active)
        && !admins().any(|row| row.id != before.id && row.has_password)
    {
        return Err(Problem::new(
            Code::LastAdmin,
            "This is the last active admin: nobody else could administer MAX. Make somebody else an admin first.",
        ));
    }
    // The actor may have been demoted since the guard looked.
    match actor.user_id() {
        Some(id) if !admins().any(|row| row.id == id) => Err(Problem::forbidden()),
        _ => Ok(()),
    }
}

/// Conversations go to somebody who is there to answer them.
async fn check_heir(tx: &mut Tx, before: &User, after: &store::Changed, heir: Uuid) -> Result<(), Problem> {
    let message = if after.active || !before.active {
        "Conversations are handed over when somebody is deactivated; send `active: false` with it."
    } else if heir == before.id {
        "Choose somebody else."
    } else if !hold_active(tx, heir).await? {
        "This person does not exist or may not sign in. Choose somebody else."
    } else {
        return Ok(());
    };
    Err(Problem::field("hand_over_to", message))
}

/// Whether a user may sign in; and if they may, so it stays until the end of the transaction. Who gives somebody work asks first, so that
/// nothing is given to people who just left.
pub async fn hold_active(conn: &mut PgConnection, user_id: Uuid) -> Result<bool, sqlx::Error> {
    store::hold_active(conn, user_id).await
}

/// The role of a user and the ids of their teams.
pub async fn role_and_teams(conn: &mut PgConnection, user_id: Uuid) -> Result<Option<(Role, Vec<Uuid>)>, sqlx::Error> {
    let found = store::role_and_teams(conn, user_id).await?;
    Ok(found.and_then(|(role, team_ids)| Some((Role::parse(&role)?, team_ids))))
}

/// Puts a user into exactly these teams; whether that changed anything.
async fn move_to(tx: &mut Tx, actor: &Actor, user: &User, wanted: BTreeSet<Uuid>, now: Time) -> Result<bool, Problem> {
    let have: BTreeSet<Uuid> = user.teams.iter().map(|t| t.id).collect();
    for team_id in wanted.difference(&have) {
        teams::add_member(tx, *team_id, user.id, now).await.map_err(team_unknown)?;
        tell::membership(tx, actor, "team.member_added", *team_id, user, now).await?;
    }
    for team_id in have.difference(&wanted) {
        teams::remove_member(tx, *team_id, user.id).await?;
        tell::membership(tx, actor, "team.member_removed", *team_id, user, now).await?;
    }
    Ok(wanted != have)
}

/// What the audit log is told of a change.
fn record(tx: &mut Tx, actor: &Actor, before: &User, after: &store::Changed, heir: Option<Uuid>, now: Time) {
    let about = |kind| Record::by(actor, kind).about("user", after.id, &after.name);
    let mut updated = about("user.updated");
    for (field, old, new) in [("name", &before.name, &after.name), ("email", &before.email, &after.email)] {
        if old != new {
            updated = updated.with(field, json!({ "from": old, "to": new }));
        }
    }
    if updated.data.contains_key("name") || updated.data.contains_key("email") {
        tx.record(now, &updated);
    }
    if before.role != after.role {
        tx.record(now, &about("user.role_changed").with("from", before.role).with("to", after.role));
    }
    match (before.active, after.active) {
        (true, false) => tx.record(now, &about("user.deactivated").with("hand_over_to", heir)),
        (false, true) => tx.record(now, &about("user.reactivated")),
        _ => {}
    }
}

/// Ends every session of a user; which.
pub(super) async fn end_sessions(app: &App, tx: &mut Tx, actor: &Actor, id: Uuid) -> Result<Vec<Uuid>, Problem> {
    let user = load_user(tx, &app.public_url, id).await?.ok_or_else(Problem::not_found)?;
    let ended = sessions::end_all(app, tx, id, None, "ended by an admin").await?;
    tx.record(app.now(), &Record::by(actor, "session.ended").about("user", id, &user.name).with("sessions", ended.len()));
    Ok(ended)
}

/// Takes the second factor of somebody who lost theirs, and ends their sessions; which.
pub(super) async fn reset_two_factor(app: &App, tx: &mut Tx, actor: &Actor, id: Uuid) -> Result<Vec<Uuid>, Problem> {
    if actor.user_id() == Some(id) {
        // Else whoever finds an admin's screen open could take the factor away without knowing the password.
        return Err(Problem::new(
            Code::OwnRole,
            "Change your own two-factor sign-in in your settings, or ask another admin to reset it.",
        ));
    }
    let user = load_user(tx, &app.public_url, id).await?.ok_or_else(Problem::not_found)?;
    if two_factor::remove(app, tx, id).await? {
        tx.record(app.now(), &Record::by(actor, "two_factor.reset").about("user", id, &user.name));
        tell::user_changed(tx, &app.public_url, id, app.now()).await?;
    }
    Ok(sessions::end_all(app, tx, id, None, "two-factor reset").await?)
}

/// A link with which a user chooses a password: the first one, or a new one.
pub(super) async fn link(app: &App, tx: &mut Tx, actor: &Actor, id: Uuid) -> Result<OneTimeLink, Problem> {
    let user = load_user(tx, &app.public_url, id).await?.ok_or_else(Problem::not_found)?;
    let purpose = match user.status {
        UserStatus::Invited => Purpose::Invite,
        UserStatus::Active => Purpose::Reset,
        UserStatus::Deactivated => {
            let detail = format!("{} is deactivated and may not sign in. Reactivate them first.", user.name);
            return Err(Problem::new(Code::IllegalTransition, detail));
        }
    };
    Ok(link_for(app, tx, &user, purpose, actor).await?)
}

/// Changes what holds for the whole installation. Here, for who needs a second factor from now on may do nothing else before they have one.
pub(super) async fn update_settings(
    app: &App,
    tx: &mut Tx,
    actor: &Actor,
    changes: settings::Changes,
) -> Result<Settings, Problem> {
    let (before, after) = settings::update(app, tx, actor, changes).await?;
    let differs = |role: &Role| before.two_factor_roles.contains(role) != after.two_factor_roles.contains(role);
    let roles: Vec<_> = Role::ALL.into_iter().filter(differs).map(|role| role.as_str().to_owned()).collect();
    let concerned = if roles.is_empty() { Vec::new() } else { store::without_two_factor(tx, &roles).await? };
    if !concerned.is_empty() {
        let now = app.now();
        tell::me_changed(tx, concerned.clone(), now);
        tell::access_changed(tx, concerned, now);
    }
    Ok(after)
}
