//! The steps that can be taken for many conversations at once: one arm each for its arguments, for taking it and for taking it back. The
//! rights are those of the single step, and its own front door checks them.

use base::Code;
use kernel::{auth::Actor, db::Tx, http::Problem};
use serde::{Deserialize, de::DeserializeOwned};
use serde_json::{Value, json};
use uuid::Uuid;

use crate::{
    App,
    conversations::{self, Card},
};

/// What a bulk can do, by its name in the API.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Step {
    /// Say that one has read all of it.
    Read,
}

/// All names, for whoever used another.
const KNOWN: &str = "read";

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Nothing {}

impl Step {
    /// The step of a request, or of the table.
    pub(super) fn parse(action: &str, args: &Value) -> Result<Self, Problem> {
        match action {
            "read" => arguments(args).map(|Nothing {}| Self::Read),
            _ => Err(Problem::field("action", format!("Use one of: {KNOWN}."))),
        }
    }

    /// The right it takes.
    pub(super) fn permission(&self) -> &'static str {
        match self {
            Self::Read => "conversations.read",
        }
    }

    /// What it changes, as it is now.
    pub(super) async fn look(&self, tx: &mut Tx, user_id: Uuid, card: &Card) -> Result<Value, Problem> {
        Ok(match self {
            Self::Read => json!({ "seq": conversations::read_seq(tx, card.id, user_id).await? }),
        })
    }

    /// Takes it, in a conversation whose lock is held and which the actor sees.
    pub(super) async fn take(&self, app: &App, tx: &mut Tx, actor: &Actor, user_id: Uuid, card: &Card) -> Result<(), Problem> {
        let _ = actor;
        match self {
            Self::Read => Ok(conversations::read_up_to(app, tx, card.id, user_id, i64::MAX).await?),
        }
    }

    /// Puts back what was.
    pub(super) async fn revert(
        &self,
        app: &App,
        tx: &mut Tx,
        actor: &Actor,
        user_id: Uuid,
        card: &Card,
        was: &Value,
    ) -> Result<(), Problem> {
        let _ = actor;
        match self {
            Self::Read => {
                let from = was["seq"].as_i64().unwrap_or(0) + 1;
                conversations::unread_from(app, tx, card.id, user_id, from).await?;
                Ok(())
            }
        }
    }
}

fn arguments<T: DeserializeOwned>(args: &Value) -> Result<T, Problem> {
    let args = if args.is_null() { json!({}) } else { args.clone() };
    serde_json::from_value(args).map_err(|error| {
        let detail = format!("The arguments do not fit the action: {error}.");
        Problem::new(Code::Invalid, "Please check the marked fields.").with_field("args", detail)
    })
}
