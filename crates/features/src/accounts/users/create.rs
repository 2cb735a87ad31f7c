//! Making users: by an admin, by an import, on the command line, for sample data.

use std::sync::Arc;

use base::{Clock, Ids};
use kernel::{
    audit::Record,
    auth::{Actor, Role},
    db::{Tx, constraint},
};
use secrecy::{ExposeSecret, SecretString};
use tokio::sync::Semaphore;
use uuid::Uuid;

use super::{User, check, load_user, store, tell};
use crate::{
    App,
    accounts::{AccountError, passwords},
    teams,
};

/// A user to create.
#[derive(Debug)]
pub struct NewUser {
    /// How they are shown.
    pub name: String,
    /// What they sign in with.
    pub email: String,
    /// Their role.
    pub role: Role,
    /// Their teams.
    pub team_ids: Vec<Uuid>,
    /// Their password, 12 characters at least and 72 bytes at most; without one they are invited and choose it themselves.
    pub password: Option<SecretString>,
}

/// What making a user takes: less than an application, so that the command line can do it too.
#[derive(Clone)]
pub struct Maker {
    /// Ids.
    pub ids: Ids,
    /// Time.
    pub clock: Arc<dyn Clock>,
    /// Cost of password hashes.
    pub bcrypt_cost: u32,
    /// Bounds the hashing that runs at once.
    pub hashing: Arc<Semaphore>,
    /// Where browsers find this installation.
    pub public_url: String,
}

impl std::fmt::Debug for Maker {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Maker")
    }
}

impl Maker {
    /// The application's.
    pub fn of(app: &App) -> Self {
        Self {
            ids: app.ids.clone(),
            clock: app.clock.clone(),
            bcrypt_cost: app.bcrypt_cost,
            hashing: Arc::clone(&app.hashing),
            public_url: app.public_url.clone(),
        }
    }
}

/// Creates a user.
pub async fn create_user(maker: &Maker, tx: &mut Tx, by: &Actor, new: NewUser) -> Result<User, AccountError> {
    let (name, email) = (check::name(&new.name)?, check::email(&new.email)?);
    let password_hash = match new.password {
        Some(password) => {
            passwords::check(password.expose_secret(), &[&name, &email])?;
            let seat = passwords::seat(&maker.hashing).await?;
            Some(passwords::hash(seat, maker.bcrypt_cost, password).await?)
        }
        None => None,
    };
    let (id, now) = (maker.ids.next(maker.clock.as_ref()), maker.clock.now());
    let row = store::NewRow { id, name: &name, email: &email, role: new.role.as_str(), password_hash: password_hash.as_deref() };
    store::insert(tx, &row, now).await.map_err(email_taken)?;
    for team_id in new.team_ids {
        teams::add_member(tx, team_id, id, now).await.map_err(team_unknown)?;
    }
    let user = load_user(tx, &maker.public_url, id).await?.ok_or_else(|| AccountError::Internal("a new user vanished".into()))?;
    let kind = if password_hash.is_some() { "user.created" } else { "user.invited" };
    let team_names: Vec<_> = user.teams.iter().map(|t| t.name.as_str()).collect();
    let record = Record::by(by, kind).about("user", id, &name);
    tx.record(now, &record.with("email", &email).with("role", user.role).with("teams", team_names));
    let admins = store::admin_ids(tx).await?;
    tell::admins(tx, &admins, now, &user);
    Ok(user)
}

/// The user of that e-mail, created if missing (sample data).
pub async fn ensure_user(app: &App, tx: &mut Tx, new: NewUser) -> Result<Uuid, AccountError> {
    match store::id_by_email(tx, &check::email(&new.email)?).await? {
        Some(id) => Ok(id),
        None => Ok(create_user(&Maker::of(app), tx, &Actor::system("sample data"), new).await?.id),
    }
}

/// Two admins may give the same e-mail at once: the database decides.
pub(super) fn email_taken(error: sqlx::Error) -> AccountError {
    if constraint(&error) == Some("app_user_email_key") { AccountError::EmailTaken } else { error.into() }
}

/// A team that does not exist, or was deleted a moment ago.
pub(super) fn team_unknown(error: sqlx::Error) -> AccountError {
    if constraint(&error) == Some("team_member_team_id_fkey") {
        AccountError::Invalid { field: "team_ids", message: "One of these teams does not exist (any more). Choose again.".into() }
    } else {
        error.into()
    }
}
