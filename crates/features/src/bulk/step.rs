//! The steps that can be taken for many conversations at once: one arm each for its arguments, what it changes, taking it and taking it back.
//! The rights are those of the single step, and its own front door checks them.

use base::Code;
use kernel::{
    auth::{Actor, Permission},
    db::Tx,
    http::Problem,
};
use serde::{Deserialize, de::DeserializeOwned};
use serde_json::{Value, json};
use uuid::Uuid;

use crate::{
    App,
    assignment::{self, ConversationsAssign, ConversationsClose, ConversationsPriority, ConversationsTransfer},
    conversations::{self, Card, ConversationsRead, Priority},
    tags::{self, ConversationsTag},
};

/// What a bulk can do, by its name in the API, with what it needs.
#[derive(Debug, Clone)]
pub(super) enum Step {
    /// Say that one has read all of it.
    Read,
    /// Give it to somebody, or back to its queue.
    Assign(Assign),
    /// Give it to another team.
    Transfer(Transfer),
    /// Close it.
    Close(Close),
    /// Make it more or less urgent.
    Priority(Urgency),
    /// Put a tag on it.
    Tag(Tagging),
    /// Take a tag off it.
    Untag(Tagging),
}

/// All names, for whoever used another.
const KNOWN: &str = "read, assign, transfer, close, priority, tag or untag";

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
struct Nothing {}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Assign {
    /// `null`: back to the queue. Not to be left out.
    #[serde(deserialize_with = "Option::deserialize")]
    user_id: Option<Uuid>,
    note: Option<String>,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Transfer {
    team_id: Uuid,
    user_id: Option<Uuid>,
    note: Option<String>,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Close {
    reason: String,
    note: Option<String>,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Urgency {
    priority: Priority,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Tagging {
    tag_id: Uuid,
}

impl Step {
    /// The step of a request, or of the table.
    pub(super) fn parse(action: &str, args: &Value) -> Result<Self, Problem> {
        match action {
            "read" => arguments(args).map(|Nothing {}| Self::Read),
            "assign" => arguments(args).map(Self::Assign),
            "transfer" => arguments(args).map(Self::Transfer),
            "close" => arguments(args).map(Self::Close),
            "priority" => arguments(args).map(Self::Priority),
            "tag" => arguments(args).map(Self::Tag),
            "untag" => arguments(args).map(Self::Untag),
            _ => Err(Problem::field("action", format!("Use {KNOWN}."))),
        }
    }

    /// The right it takes.
    pub(super) fn permission(&self) -> &'static str {
        match self {
            Self::Read => ConversationsRead::NAME,
            Self::Assign(_) => ConversationsAssign::NAME,
            Self::Transfer(_) => ConversationsTransfer::NAME,
            Self::Close(_) => ConversationsClose::NAME,
            Self::Priority(_) => ConversationsPriority::NAME,
            Self::Tag(_) | Self::Untag(_) => ConversationsTag::NAME,
        }
    }

    /// What it changes, as it is now.
    pub(super) async fn look(&self, tx: &mut Tx, user_id: Uuid, card: &Card) -> Result<Value, Problem> {
        Ok(match self {
            Self::Read => json!({ "seq": conversations::read_seq(tx, card.id, user_id).await? }),
            Self::Assign(_) | Self::Transfer(_) => {
                json!({ "state": card.state, "team_id": card.team_id, "assignee_id": card.assignee_id })
            }
            Self::Close(_) => json!({ "state": card.state, "closed_at": card.closed_at }),
            Self::Priority(_) => json!({ "priority": card.priority }),
            Self::Tag(of) | Self::Untag(of) => json!({ "tagged": tags::is_on(tx, card.id, of.tag_id).await? }),
        })
    }

    /// Takes it, in a conversation whose lock is held and which the actor sees.
    pub(super) async fn take(&self, app: &App, tx: &mut Tx, actor: &Actor, user_id: Uuid, card: &Card) -> Result<(), Problem> {
        let id = card.id;
        match self {
            Self::Read => Ok(conversations::read_up_to(app, tx, id, user_id, i64::MAX).await?),
            Self::Assign(to) => assignment::assign(app, tx, actor, id, to.user_id, to.note.as_deref()).await,
            Self::Transfer(to) => assignment::transfer(app, tx, actor, id, (to.team_id, to.user_id), to.note.as_deref()).await,
            Self::Close(with) => assignment::close(app, tx, actor, id, &with.reason, with.note.as_deref()).await,
            Self::Priority(to) => assignment::prioritise(app, tx, actor, id, to.priority).await,
            Self::Tag(of) => tags::attach(app, tx, actor, id, of.tag_id).await.map(|_| ()),
            Self::Untag(of) => tags::detach(app, tx, actor, id, of.tag_id).await.map(|_| ()),
        }
    }

    /// Puts back what was, as far as a step can: what was put aside comes back as what somebody has, and notes stay.
    pub(super) async fn revert(
        &self,
        app: &App,
        tx: &mut Tx,
        actor: &Actor,
        user_id: Uuid,
        card: &Card,
        was: &Value,
    ) -> Result<(), Problem> {
        let id = card.id;
        let uuid = |name: &str| was[name].as_str().and_then(|id| id.parse::<Uuid>().ok());
        match self {
            Self::Read => {
                let from = was["seq"].as_i64().unwrap_or(0) + 1;
                conversations::unread_from(app, tx, id, user_id, from).await?;
                Ok(())
            }
            Self::Assign(_) => assignment::assign(app, tx, actor, id, uuid("assignee_id"), None).await,
            Self::Transfer(_) => {
                let team_id = uuid("team_id").ok_or_else(|| Problem::new(Code::IllegalTransition, "It was no team's before."))?;
                assignment::transfer(app, tx, actor, id, (team_id, uuid("assignee_id")), None).await
            }
            Self::Close(_) => assignment::reopen(app, tx, actor, id).await,
            Self::Priority(_) => {
                let priority = Priority::of_column(was["priority"].as_str().unwrap_or_default());
                assignment::prioritise(app, tx, actor, id, priority).await
            }
            Self::Tag(of) | Self::Untag(of) if was["tagged"] == true => {
                tags::attach(app, tx, actor, id, of.tag_id).await.map(|_| ())
            }
            Self::Tag(of) | Self::Untag(of) => tags::detach(app, tx, actor, id, of.tag_id).await.map(|_| ()),
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
