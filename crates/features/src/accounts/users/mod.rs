//! Users as others see them, and how they are made.

use std::sync::Arc;

use base::{Clock, Ids, Time};
use kernel::{
    auth::Role,
    db::{Tx, constraint},
};
use schemars::JsonSchema;
use secrecy::{ExposeSecret, SecretString};
use serde::Serialize;
use sqlx::PgConnection;
use tokio::sync::Semaphore;
use uuid::Uuid;

use super::{AccountError, normalise_email, passwords, photo, store};
use crate::{
    App, settings,
    teams::{self, Team},
};

/// A user as the API shows them.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct User {
    /// Their id.
    pub id: Uuid,
    /// How they are shown to colleagues.
    pub name: String,
    /// What they sign in with.
    pub email: String,
    /// Their role.
    pub role: Role,
    /// Whether they may sign in.
    pub active: bool,
    /// The same in more detail.
    pub status: Status,
    /// Their teams, by name.
    pub teams: Vec<Team>,
    /// Whether they sign in with a second factor.
    pub two_factor: TwoFactor,
    /// Where their photo is, on this server.
    pub photo_url: Option<String>,
    /// When they last used MAX, to the minute.
    pub last_seen_at: Option<Time>,
    /// Since when they exist.
    pub created_at: Time,
}

/// Whether somebody can sign in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Status {
    /// Yes.
    Active,
    /// Once they have chosen a password.
    Invited,
    /// No.
    Deactivated,
}

/// Whether somebody signs in with a second factor.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum TwoFactor {
    /// Yes.
    On,
    /// No.
    Off,
    /// Their role asks for it and they have set up none: nothing is open to them but their own account.
    Required,
}

/// A user in full.
pub(super) async fn load_user(conn: &mut PgConnection, public_url: &str, id: Uuid) -> Result<User, AccountError> {
    let row = store::users::user(conn, id).await?.ok_or(AccountError::SessionEnded)?;
    let role = role(&row.role)?;
    let two_factor = two_factor(conn, public_url, role, row.two_factor).await?;
    Ok(User {
        id,
        name: row.name,
        email: row.email,
        role,
        active: row.active,
        status: match (row.active, row.has_password) {
            (false, _) => Status::Deactivated,
            (true, false) => Status::Invited,
            (true, true) => Status::Active,
        },
        teams: teams::of_user(conn, id).await?,
        two_factor,
        photo_url: row.photo_token.as_deref().map(photo::url),
        last_seen_at: row.last_seen_at,
        created_at: row.created_at,
    })
}

/// Whether somebody of this role signs in with a second factor, or must set one up first. Asks for the setting only where that decides.
pub(super) async fn two_factor(
    conn: &mut PgConnection,
    public_url: &str,
    role: Role,
    on: bool,
) -> Result<TwoFactor, sqlx::Error> {
    Ok(if on {
        TwoFactor::On
    } else if settings::two_factor_roles(conn, public_url).await?.contains(&role) {
        TwoFactor::Required
    } else {
        TwoFactor::Off
    })
}

/// The role of that name.
pub(super) fn role(name: &str) -> Result<Role, AccountError> {
    Role::parse(name).ok_or_else(|| AccountError::Internal(format!("unknown role {name}")))
}

/// A user to create.
#[derive(Debug)]
pub struct NewUser {
    /// How they are shown.
    pub name: String,
    /// What they sign in with.
    pub email: String,
    /// Their role.
    pub role: Role,
    /// Their password, 12 characters at least and 72 bytes at most.
    pub password: SecretString,
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
}

impl std::fmt::Debug for Maker {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Maker")
    }
}

impl Maker {
    /// The application's.
    pub fn of(app: &App) -> Self {
        Self { ids: app.ids.clone(), clock: app.clock.clone(), bcrypt_cost: app.bcrypt_cost, hashing: Arc::clone(&app.hashing) }
    }
}

/// Creates a user.
pub async fn create_user(maker: &Maker, tx: &mut Tx, new: NewUser) -> Result<Uuid, AccountError> {
    let name = check_name(&new.name)?;
    let email = new.email.trim().to_owned();
    let plausible = email
        .split_once('@')
        .is_some_and(|(local, domain)| !local.is_empty() && domain.contains('.') && !email.contains(char::is_whitespace));
    if !plausible || email.len() > 320 {
        return Err(AccountError::field("email", "Enter an e-mail address such as ana@company.example."));
    }
    passwords::check(new.password.expose_secret(), &[&name, &email])?;
    let seat = passwords::seat(&maker.hashing).await?;
    let row = store::users::NewRow {
        id: maker.ids.next(maker.clock.as_ref()),
        name,
        email: normalise_email(&email),
        role: new.role.as_str().to_owned(),
        password_hash: Some(passwords::hash(seat, maker.bcrypt_cost, new.password).await?),
    };
    match store::users::insert_user(tx, &row, maker.clock.now()).await {
        Ok(()) => Ok(row.id),
        Err(error) if constraint(&error) == Some("app_user_email_key") => Err(AccountError::EmailTaken),
        Err(error) => Err(error.into()),
    }
}

/// The user of that e-mail, created if missing (sample data).
pub async fn ensure_user(app: &App, tx: &mut Tx, new: NewUser) -> Result<Uuid, AccountError> {
    match store::users::id_by_email(tx, &normalise_email(&new.email)).await? {
        Some(id) => Ok(id),
        None => create_user(&Maker::of(app), tx, new).await,
    }
}

/// A name as it is kept.
pub(super) fn check_name(name: &str) -> Result<String, AccountError> {
    let name = name.trim();
    if name.is_empty() || name.chars().count() > 200 || name.contains(char::is_control) {
        return Err(AccountError::field("name", "Enter a name of 1 to 200 characters."));
    }
    Ok(name.to_owned())
}
