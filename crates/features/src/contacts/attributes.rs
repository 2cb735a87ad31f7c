//! Use cases of the further details that are kept of contacts: an admin says which there are.

use base::Code;
use kernel::{
    audit::Record,
    auth::Actor,
    db::{Tx, constraint},
    http::Problem,
    job,
};
use sqlx::PgConnection;
use uuid::Uuid;

use super::{
    Attribute, AttributeKind,
    jobs::ForgetAttribute,
    model::{choices, is_key},
    store::details as store,
};
use crate::App;

/// Most details that are kept.
const MOST: usize = 100;

/// A new detail.
pub(super) struct NewAttribute {
    pub key: String,
    pub name: String,
    pub kind: AttributeKind,
    pub choices: Vec<String>,
}

/// What an admin changes of one. The kind stays: what is kept is of it.
pub(super) struct Changes {
    pub key: Option<String>,
    pub name: Option<String>,
    pub choices: Option<Vec<String>>,
}

/// All of them, in the order in which they were added.
pub(super) async fn list(conn: &mut PgConnection) -> Result<Vec<Attribute>, sqlx::Error> {
    store::attributes(conn).await
}

/// Adds one.
pub(super) async fn create(app: &App, tx: &mut Tx, actor: &Actor, new: NewAttribute) -> Result<Attribute, Problem> {
    let choices = choices(new.kind, &new.choices).map_err(|message| Problem::field("choices", message))?;
    let attribute = Attribute { id: app.new_id(), key: key(&new.key)?, name: name(&new.name)?, kind: new.kind, choices };
    if store::attributes(tx).await?.len() >= MOST {
        return Err(Problem::field("key", format!("There are {MOST} details already. Delete one first.")));
    }
    store::insert_attribute(tx, &attribute, app.now()).await.map_err(taken)?;
    record(app, tx, actor, "contact_attribute.created", &attribute);
    Ok(attribute)
}

/// Changes one.
pub(super) async fn update(app: &App, tx: &mut Tx, actor: &Actor, id: Uuid, changes: Changes) -> Result<Attribute, Problem> {
    let mut attribute = store::lock_attribute(tx, id).await?.ok_or_else(Problem::not_found)?;
    if let Some(given) = changes.key {
        attribute.key = key(&given)?;
    }
    if let Some(given) = changes.name {
        attribute.name = name(&given)?;
    }
    if let Some(given) = changes.choices {
        attribute.choices = choices(attribute.kind, &given).map_err(|message| Problem::field("choices", message))?;
    }
    store::update_attribute(tx, &attribute).await.map_err(taken)?;
    record(app, tx, actor, "contact_attribute.changed", &attribute);
    Ok(attribute)
}

/// Deletes one: nobody sees its values from then on, and a job takes them out of the contacts.
pub(super) async fn delete(app: &App, tx: &mut Tx, actor: &Actor, id: Uuid) -> Result<(), Problem> {
    let attribute = store::lock_attribute(tx, id).await?.ok_or_else(Problem::not_found)?;
    store::delete_attribute(tx, id).await?;
    job::enqueue::<App, _>(app.db.pool(), tx, ForgetAttribute { id }).await.map_err(Problem::internal)?;
    record(app, tx, actor, "contact_attribute.deleted", &attribute);
    Ok(())
}

fn record(app: &App, tx: &mut Tx, actor: &Actor, kind: &'static str, attribute: &Attribute) {
    let record = Record::by(actor, kind).about("contact_attribute", attribute.id, &attribute.name);
    tx.record(app.now(), &record.with("key", &attribute.key).with("choices", &attribute.choices));
}

fn key(given: &str) -> Result<String, Problem> {
    if is_key(given) {
        Ok(given.to_owned())
    } else {
        Err(Problem::field("key", "Use lower-case letters, digits and _, beginning with a letter; at most 40 characters."))
    }
}

fn name(given: &str) -> Result<String, Problem> {
    match super::service::visible(given) {
        Some(name) if name.chars().count() <= 100 => Ok(name),
        _ => Err(Problem::field("name", "Use 1 to 100 characters.")),
    }
}

fn taken(error: sqlx::Error) -> Problem {
    if constraint(&error) == Some("contact_attribute_key_key") {
        return Problem::new(Code::AlreadyExists, "There is a detail with this key already.")
            .with_field("key", "Already in use.");
    }
    error.into()
}
