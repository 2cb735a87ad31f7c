//! Who is there. One function, so that there is one place to ask.

use std::collections::HashMap;

use uuid::Uuid;

use crate::{App, conversations::text_enum};

text_enum! {
    /// Whether somebody is there.
    Presence {
        /// Not there, or nothing is known of them.
        Offline = "offline",
        /// There, and ready for work.
        Online = "online",
        /// There, but not at the desk.
        Away = "away",
        /// There, but not for more work.
        Busy = "busy",
    }
}

/// The presence of these users. MAX does not listen for presence yet, so nothing is known of anybody.
pub(super) async fn state_of(_app: &App, user_ids: &[Uuid]) -> HashMap<Uuid, Presence> {
    user_ids.iter().map(|id| (*id, Presence::Offline)).collect()
}
