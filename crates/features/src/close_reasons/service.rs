//! Use cases of close reasons.

use base::Code;
use kernel::{
    audit::Record,
    auth::Actor,
    db::{Tx, constraint},
    http::Problem,
};
use sqlx::PgConnection;
use uuid::Uuid;

use super::{CloseReason, store};
use crate::App;

/// Changes to a reason; what is absent stays.
#[derive(Debug, Default)]
pub(super) struct Changes {
    pub name: Option<String>,
    pub active: Option<bool>,
    pub position: Option<i32>,
}

/// The active reason that is meant: by its id, its key or its name, in whatever case.
pub async fn find(conn: &mut PgConnection, meant: &str) -> Result<CloseReason, Problem> {
    let meant = meant.trim().to_lowercase();
    let active: Vec<CloseReason> = store::all(conn).await?.into_iter().filter(|r| r.active).collect();
    let known = active.iter().map(|r| r.name.as_str()).collect::<Vec<_>>().join(", ");
    let found = active.iter().find(|r| r.id.to_string() == meant || r.key == meant || r.name.to_lowercase() == meant).cloned();
    found.ok_or_else(|| Problem::field("reason", format!("Pick one of the reasons: {known}.")))
}

pub(super) async fn all(app: &App) -> Result<Vec<CloseReason>, Problem> {
    Ok(store::all(&mut *app.db.read_relaxed().await?).await?)
}

pub(super) async fn exists(app: &App, id: Uuid) -> Result<bool, Problem> {
    Ok(store::exists(&mut *app.db.read().await?, id).await?)
}

pub(super) async fn create(
    app: &App,
    tx: &mut Tx,
    actor: &Actor,
    name: &str,
    position: Option<i32>,
) -> Result<CloseReason, Problem> {
    let known = store::lock_all(tx).await?;
    let name = check_name(name)?;
    let last = known.iter().map(|r| r.position).max().unwrap_or(0);
    let row = CloseReason {
        id: app.new_id(),
        key: key(&name, &known),
        position: check_position(position.unwrap_or(last + 1))?,
        name,
        active: true,
    };
    let now = app.now();
    store::insert(tx, &row, now).await.map_err(taken)?;
    tx.record(now, &Record::by(actor, "close_reason.created").about("close_reason", row.id, &row.name));
    Ok(row)
}

pub(super) async fn update(app: &App, tx: &mut Tx, actor: &Actor, id: Uuid, changes: Changes) -> Result<CloseReason, Problem> {
    let known = store::lock_all(tx).await?;
    let before = known.iter().find(|r| r.id == id).cloned().ok_or_else(Problem::not_found)?;
    let mut row = before.clone();
    if let Some(name) = changes.name {
        row.name = check_name(&name)?;
    }
    if let Some(position) = changes.position {
        row.position = check_position(position)?;
    }
    row.active = changes.active.unwrap_or(row.active);
    if !row.active && known.iter().all(|r| r.id == id || !r.active) {
        return Err(Problem::new(Code::InUse, "This is the last reason. Without one nobody could close a conversation."));
    }
    if row == before {
        return Ok(row);
    }
    let now = app.now();
    store::update(tx, &row, now).await.map_err(taken)?;
    let record = Record::by(actor, "close_reason.updated").about("close_reason", id, &row.name);
    tx.record(now, &record.with("before", &before).with("after", &row));
    Ok(row)
}

fn check_name(name: &str) -> Result<String, Problem> {
    let name = name.trim();
    if name.is_empty() || name.chars().count() > 100 || name.contains('\0') {
        return Err(Problem::field("name", "Enter a name of 1 to 100 characters."));
    }
    Ok(name.to_owned())
}

fn check_position(position: i32) -> Result<i32, Problem> {
    if (0..=10_000).contains(&position) { Ok(position) } else { Err(Problem::field("position", "Use 0 to 10000.")) }
}

/// A key that says what the name says and that nobody has.
fn key(name: &str, known: &[CloseReason]) -> String {
    let plain: String = name.to_lowercase().chars().map(|c| if c.is_ascii_alphanumeric() { c } else { '_' }).collect();
    let words: Vec<&str> = plain.split('_').filter(|word| !word.is_empty()).collect();
    let base: String = words.join("_").chars().take(50).collect();
    let base = if base.is_empty() { "reason".to_owned() } else { base };
    let free = |key: &str| known.iter().all(|r| r.key != key);
    if free(&base) {
        return base;
    }
    (2..).map(|n| format!("{base}_{n}")).find(|key| free(key)).unwrap_or(base)
}

fn taken(error: sqlx::Error) -> Problem {
    match constraint(&error) {
        Some("close_reason_name_key") => {
            Problem::new(Code::AlreadyExists, "There already is a reason of this name.").with_field("name", "Already in use.")
        }
        _ => error.into(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_are_plain_words_and_never_twice() {
        let reason = |key: &str| CloseReason { id: Uuid::nil(), key: key.into(), name: String::new(), active: true, position: 0 };
        assert_eq!(key("Refund  sent!", &[]), "refund_sent");
        assert_eq!(key("Решено", &[]), "reason");
        assert_eq!(key("Spam", &[reason("spam"), reason("spam_2")]), "spam_3");
        assert!(key(&"long ".repeat(40), &[]).len() <= 50);
    }
}
