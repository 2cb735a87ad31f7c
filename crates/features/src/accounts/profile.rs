//! One's own account: who one is, and how one likes MAX.

use kernel::{audit::Record, auth::Actor, db::Tx};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use sqlx::PgConnection;
use uuid::Uuid;

use super::{
    AccountError,
    sessions::acting,
    store::{self, profile::ProfileRow},
    users::{self, User},
};
use crate::App;

/// Longest signature, in characters.
const LONGEST_SIGNATURE: usize = 1000;

/// Who is signed in, and how they like MAX.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub(super) struct Me {
    #[serde(flatten)]
    user: User,
    /// The language of the screens, as in `en` or `pt-BR`.
    language: String,
    /// Their time zone by its IANA name; `null`: the browser's.
    time_zone: Option<String>,
    /// What is put under their mails.
    signature: String,
    /// Light or dark.
    theme: Theme,
    /// How closely lists are set.
    density: Density,
    /// Whether single keys do things.
    single_keys: bool,
    /// What they want to be told of, and how.
    notifications: Notifications,
    /// Recovery codes that are left.
    recovery_codes_left: i64,
}

/// Light or dark.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub(super) enum Theme {
    /// As the machine is set.
    System,
    /// Light.
    Light,
    /// Dark.
    Dark,
}

/// How closely lists are set.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub(super) enum Density {
    /// With room.
    Comfortable,
    /// More on a screen.
    Compact,
}

macro_rules! notifications {
    ($($(#[$doc:meta])* $name:ident = $default:literal;)*) => {
        /// What somebody wants to be told of, and how.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
        #[serde(default)]
        pub(super) struct Notifications { $($(#[$doc])* pub $name: bool,)* }

        impl Default for Notifications {
            fn default() -> Self { Self { $($name: $default,)* } }
        }

        /// Some of these choices.
        #[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize, JsonSchema)]
        #[serde(deny_unknown_fields)]
        pub(super) struct NotificationChanges { $($(#[$doc])* pub $name: Option<bool>,)* }

        impl Notifications {
            /// With some of them changed.
            fn changed(self, changes: NotificationChanges) -> Self {
                Self { $($name: changes.$name.unwrap_or(self.$name),)* }
            }
        }
    };
}

notifications! {
    /// A conversation was given to them.
    assigned = true;
    /// A customer of theirs answered.
    replies = true;
    /// A colleague named them.
    mentions = true;
    /// With a sound.
    sound = true;
    /// On the desktop, where the browser lets us.
    desktop = false;
    /// There without what the message says.
    hide_text = false;
    /// By mail, of sign-ins with a device or from an address not seen before.
    sign_ins = true;
}

/// Changes to one's own account; what is absent stays.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "UpdateMe")]
pub(super) struct Changes {
    /// How they are shown to colleagues.
    name: Option<String>,
    /// The language of the screens, as in `en` or `pt-BR`.
    language: Option<String>,
    /// Their time zone by its IANA name; `null`: the browser's.
    #[serde(default, deserialize_with = "present")]
    #[schemars(with = "Option<String>")]
    time_zone: Option<Option<String>>,
    /// What is put under their mails, up to 1000 characters.
    signature: Option<String>,
    /// Light or dark.
    theme: Option<Theme>,
    /// How closely lists are set.
    density: Option<Density>,
    /// Whether single keys do things.
    single_keys: Option<bool>,
    /// Only those that change.
    notifications: Option<NotificationChanges>,
}

/// Tells `null` (take it away) from absent (leave it).
fn present<'de, D: serde::Deserializer<'de>, T: Deserialize<'de>>(deserializer: D) -> Result<Option<T>, D::Error> {
    T::deserialize(deserializer).map(Some)
}

/// Who the actor is, in full.
pub(super) async fn of_actor(app: &App, actor: &Actor) -> Result<Me, AccountError> {
    let (user_id, _) = acting(actor)?;
    me(app, &mut *app.db.read().await?, user_id).await
}

/// Somebody in full.
pub(super) async fn me(app: &App, conn: &mut PgConnection, user_id: Uuid) -> Result<Me, AccountError> {
    let row = store::profile::get(conn, user_id).await?.ok_or(AccountError::SessionEnded)?;
    Ok(Me {
        user: users::load_user(conn, &app.public_url, user_id).await?.ok_or(AccountError::SessionEnded)?,
        theme: named(&row.theme)?,
        density: named(&row.density)?,
        notifications: choices(row.notifications),
        language: row.language,
        time_zone: row.time_zone,
        signature: row.signature,
        single_keys: row.single_keys,
        recovery_codes_left: store::two_factor::codes_left(conn, user_id).await?,
    })
}

/// What somebody wants to be told of.
pub(super) async fn notifications(conn: &mut PgConnection, user_id: Uuid) -> Result<Notifications, AccountError> {
    let row = store::profile::get(conn, user_id).await?.ok_or(AccountError::SessionEnded)?;
    Ok(choices(row.notifications))
}

/// Changes the actor's own account.
pub(super) async fn change(app: &App, actor: &Actor, changes: Changes) -> Result<Me, AccountError> {
    let (user_id, session_id) = acting(actor)?;
    let mut tx = app.db.begin().await?;
    let row = store::profile::lock(&mut tx, user_id).await?.ok_or(AccountError::SessionEnded)?;
    let name = changes.name.as_deref().map(users::check_name).transpose()?.unwrap_or_else(|| row.name.clone());
    let renamed = name != row.name;
    if renamed {
        let names = serde_json::json!({ "before": row.name, "after": name });
        tx.record(app.now(), &Record::by(actor, "user.updated").about("user", user_id, &name).with("name", names));
    }
    let changed = ProfileRow {
        name,
        language: changes.language.map(check_language).transpose()?.unwrap_or(row.language),
        time_zone: match changes.time_zone {
            Some(zone) => zone.as_deref().map(check_time_zone).transpose()?,
            None => row.time_zone,
        },
        signature: changes.signature.as_deref().map(check_signature).transpose()?.unwrap_or(row.signature),
        theme: changes.theme.map(name_of).transpose()?.unwrap_or(row.theme),
        density: changes.density.map(name_of).transpose()?.unwrap_or(row.density),
        single_keys: changes.single_keys.unwrap_or(row.single_keys),
        notifications: match changes.notifications {
            Some(some) => serde_json::to_value(choices(row.notifications).changed(some)).map_err(AccountError::internal)?,
            None => row.notifications,
        },
    };
    store::profile::put(&mut tx, user_id, &changed, app.now()).await?;
    tell(app, &mut tx, user_id).await?;
    let me = me(app, &mut tx, user_id).await?;
    tx.commit().await?;
    if renamed {
        // What this node does in their name from now on bears the new one.
        app.principals.invalidate(&session_id).await;
    }
    Ok(me)
}

/// Tells the user's screens to fetch their account again, and admins what it looks like now.
pub(super) async fn tell(app: &App, tx: &mut Tx, user_id: Uuid) -> Result<(), AccountError> {
    users::tell::user_changed(tx, &app.public_url, user_id, app.now()).await?;
    Ok(())
}

/// The choices as they were stored, which may be before there was one that is new.
fn choices(stored: serde_json::Value) -> Notifications {
    serde_json::from_value(stored).unwrap_or_default()
}

fn check_language(language: String) -> Result<String, AccountError> {
    let mut parts = language.split('-');
    let first = parts.next().is_some_and(|p| (2..=3).contains(&p.len()) && p.bytes().all(|b| b.is_ascii_lowercase()));
    let rest = parts.all(|p| (2..=8).contains(&p.len()) && p.bytes().all(|b| b.is_ascii_alphanumeric()));
    if first && rest && language.len() <= 35 {
        Ok(language)
    } else {
        Err(AccountError::field("language", "Use a language code such as en or pt-BR."))
    }
}

fn check_time_zone(zone: &str) -> Result<String, AccountError> {
    match zone.parse::<chrono_tz::Tz>() {
        Ok(known) => Ok(known.name().to_owned()),
        Err(_) => Err(AccountError::field("time_zone", "Use the name of a time zone such as Europe/Lisbon.")),
    }
}

fn check_signature(signature: &str) -> Result<String, AccountError> {
    let signature = signature.replace("\r\n", "\n");
    if signature.chars().count() > LONGEST_SIGNATURE {
        return Err(AccountError::field("signature", format!("Use at most {LONGEST_SIGNATURE} characters.")));
    }
    if signature.contains(|c: char| c.is_control() && c != '\n' && c != '\t') {
        return Err(AccountError::field("signature", "Use letters and lines only."));
    }
    Ok(signature)
}

/// The variant of that name.
fn named<T: for<'de> Deserialize<'de>>(name: &str) -> Result<T, AccountError> {
    serde_json::from_value(serde_json::Value::from(name)).map_err(AccountError::internal)
}

/// The name of a variant.
fn name_of(variant: impl Serialize) -> Result<String, AccountError> {
    match serde_json::to_value(variant) {
        Ok(serde_json::Value::String(name)) => Ok(name),
        _ => Err(AccountError::internal("a choice without a name")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn languages_and_time_zones_are_those_there_are() {
        for right in ["en", "pt-BR", "zh-Hant-TW", "fil"] {
            assert!(check_language(right.to_owned()).is_ok(), "{right}");
        }
        for wrong in ["", "e", "EN", "english language", "en_US", "en-", "en-x", "de-<b>"] {
            assert!(check_language(wrong.to_owned()).is_err(), "{wrong}");
        }
        assert!(check_time_zone("Europe/Lisbon").is_ok());
        assert!(check_time_zone("America/Argentina/Buenos_Aires").is_ok());
        for wrong in ["", "Lisbon", "Mars/Olympus", "+01:00", "../etc/localtime"] {
            assert!(check_time_zone(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn choices_stored_before_one_was_new_take_its_default() {
        let stored = serde_json::json!({ "sound": false, "long_gone": true });
        assert_eq!(choices(stored), Notifications { sound: false, ..Notifications::default() });
        assert_eq!(choices(serde_json::json!("rubbish")), Notifications::default());
        let changes = NotificationChanges { desktop: Some(true), ..NotificationChanges::default() };
        assert!(Notifications::default().changed(changes).desktop);
    }
}
