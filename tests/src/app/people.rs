//! Who and what every test finds: people of every role, and a channel.

use uuid::Uuid;

/// A user of the test.
#[derive(Debug, Clone)]
pub struct Person {
    /// Their id.
    pub id: Uuid,
    /// What they sign in with.
    pub email: &'static str,
    /// How they are shown.
    pub name: &'static str,
}

/// The users of every test.
#[derive(Debug, Clone)]
pub struct People {
    /// Admin, in no team.
    pub admin: Person,
    /// Supervisor of Transfers.
    pub supervisor: Person,
    /// Leads Transfers.
    pub lead: Person,
    /// Agent in Transfers.
    pub agent: Person,
    /// Another agent in Transfers.
    pub colleague: Person,
    /// Agent in Support.
    pub stranger: Person,
}

impl People {
    /// Everybody.
    pub fn all(&self) -> [&Person; 6] {
        [&self.admin, &self.supervisor, &self.lead, &self.agent, &self.colleague, &self.stranger]
    }
}

/// A WhatsApp channel and its secrets.
#[derive(Debug, Clone)]
pub struct Channel {
    /// Its id in MAX.
    pub id: Uuid,
    /// The number's id at the provider.
    pub phone_number_id: String,
    /// The key its deliveries are signed with.
    pub app_secret: String,
}

impl Channel {
    /// The business account of all test channels.
    pub const ACCOUNT: &str = "900100200300400";
    /// The access token of all test channels.
    pub const ACCESS_TOKEN: &str = "test-access-token";
    /// The verify token of all test channels.
    pub const VERIFY_TOKEN: &str = "test-verify-token";
}
