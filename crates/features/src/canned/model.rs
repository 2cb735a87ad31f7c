//! What a canned response is, and who it is for.

use base::Time;
use schemars::JsonSchema;
use serde::Serialize;
use uuid::Uuid;

use crate::{conversations::text_enum, media::MediaView};

text_enum! {
    /// Who a canned response is for.
    Sharing {
        /// Its owner.
        Personal = "personal",
        /// The members of a team.
        Team = "team",
        /// Everybody.
        Global = "global",
    }
}

/// A canned response as the API shows it.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct Canned {
    /// Its id.
    pub id: Uuid,
    /// What one types after `/` to find it.
    pub shortcut: String,
    /// How it is called.
    pub title: String,
    /// The words, with placeholders such as `{first_name}`.
    pub text: String,
    /// Who it is for.
    pub scope: Sharing,
    /// The team it is for.
    pub team_id: Option<Uuid>,
    /// Whose it is, if it is personal.
    pub owner_id: Option<Uuid>,
    /// Files that go with it.
    pub attachments: Vec<MediaView>,
    /// How often it was used.
    pub uses: i64,
    /// When it was last changed.
    pub updated_at: Time,
}
