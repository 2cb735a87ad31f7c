//! Use cases of settings.

use kernel::{
    audit::Record,
    auth::{Actor, Role},
    db::Tx,
    http::Problem,
};
use sqlx::PgConnection;

use super::{FloodChanges, FloodLimits, Settings, store};
use crate::App;

/// What the company is called until somebody says.
const NAMELESS: &str = "MAX";
/// The longest name, in characters.
const MAX_NAME: usize = 100;

/// Changes; what is absent stays.
#[derive(Debug, Clone, Default)]
pub struct Changes {
    /// The company's name.
    pub company_name: Option<String>,
    /// Roles whose users must set up a second factor.
    pub two_factor_roles: Option<Vec<Role>>,
    /// What is a flood.
    pub flood: FloodChanges,
}

/// All settings, as set or by default.
pub async fn load(conn: &mut PgConnection, public_url: &str) -> Result<Settings, sqlx::Error> {
    Ok(of_rows(store::all(conn).await?, public_url))
}

/// The roles whose users must set up a second factor. By default admins where MAX is served over https, that is in earnest.
pub async fn two_factor_roles(conn: &mut PgConnection, public_url: &str) -> Result<Vec<Role>, sqlx::Error> {
    Ok(load(conn, public_url).await?.two_factor_roles)
}

/// How the company is called, on the sign-in page and in mails.
pub async fn company_name(conn: &mut PgConnection) -> Result<String, sqlx::Error> {
    Ok(load(conn, "").await?.company_name)
}

/// What is a flood. Read with every delivery, so it is remembered for a moment.
pub async fn flood_limits(app: &App, conn: &mut PgConnection) -> Result<FloodLimits, sqlx::Error> {
    if let Some(known) = app.flood_limits.get(&()).await {
        return Ok(known);
    }
    let limits = load(conn, "").await?.flood;
    app.flood_limits.insert((), limits).await;
    Ok(limits)
}

fn of_rows(rows: Vec<store::SettingRow>, public_url: &str) -> Settings {
    let in_earnest = public_url.starts_with("https://");
    let mut settings = Settings {
        company_name: NAMELESS.to_owned(),
        two_factor_roles: if in_earnest { vec![Role::Admin] } else { Vec::new() },
        flood: FloodLimits::default(),
    };
    for row in rows {
        match row.name.as_str() {
            store::COMPANY_NAME => {
                if let Some(name) = row.value.as_str() {
                    name.clone_into(&mut settings.company_name);
                }
            }
            store::TWO_FACTOR_ROLES => {
                let names = row.value.as_array().into_iter().flatten().filter_map(|v| v.as_str());
                settings.two_factor_roles = names.filter_map(Role::parse).collect();
            }
            store::FLOOD => {
                if let Ok(limits) = serde_json::from_value(row.value) {
                    settings.flood = limits;
                }
            }
            // Of a newer version, which may run beside this one.
            _ => {}
        }
    }
    settings
}

/// Changes settings; what they were and what they are.
pub async fn update(app: &App, tx: &mut Tx, actor: &Actor, changes: Changes) -> Result<(Settings, Settings), Problem> {
    // One change after the other, so that "before" is true.
    store::lock(tx).await?;
    let before = load(tx, &app.public_url).await?;
    let (now, by) = (app.now(), actor.user_id());
    if let Some(name) = changes.company_name {
        store::set(tx, store::COMPANY_NAME, &check_name(&name)?.into(), by, now).await?;
    }
    if let Some(roles) = changes.two_factor_roles {
        // In their own order and once each, whatever was sent.
        let roles: Vec<_> = Role::ALL.into_iter().filter(|role| roles.contains(role)).map(Role::as_str).collect();
        store::set(tx, store::TWO_FACTOR_ROLES, &roles.into(), by, now).await?;
    }
    let flood = before.flood.with(changes.flood)?;
    if flood != before.flood {
        store::set(tx, store::FLOOD, &serde_json::to_value(flood).unwrap_or_default(), by, now).await?;
    }
    let after = load(tx, &app.public_url).await?;
    if before != after {
        tx.record(now, &Record::by(actor, "settings.updated").with("before", &before).with("after", &after));
    }
    Ok((before, after))
}

fn check_name(name: &str) -> Result<String, Problem> {
    let name = name.trim();
    let fits = !name.is_empty() && name.chars().count() <= MAX_NAME && !name.contains(char::is_control);
    if fits {
        Ok(name.to_owned())
    } else {
        Err(Problem::field("company_name", "Enter a name of 1 to 100 characters, on one line."))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn admins_need_a_second_factor_by_default_where_max_is_used_in_earnest() {
        assert_eq!(of_rows(Vec::new(), "https://max.example").two_factor_roles, [Role::Admin]);
        assert_eq!(of_rows(Vec::new(), "http://127.0.0.1:8080").two_factor_roles, []);
        let none = store::SettingRow { name: store::TWO_FACTOR_ROLES.into(), value: serde_json::json!([]) };
        assert_eq!(of_rows(vec![none], "https://max.example").two_factor_roles, [], "an admin may decide otherwise");
    }

    #[test]
    fn names_are_one_line() {
        assert_eq!(check_name("  Zelmira Pay ").ok().as_deref(), Some("Zelmira Pay"));
        for bad in ["", "  ", "a\nb", "a\0", &"é".repeat(101)] {
            assert!(check_name(bad).is_err(), "{bad:?}");
        }
    }
}
