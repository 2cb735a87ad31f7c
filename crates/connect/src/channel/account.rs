//! What providers tell of the accounts themselves: how good they are thought to be, how much they may send, and what stands against them.

use base::Time;

use super::ProviderError;

/// The provider says that something about an account changed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AccountNotice {
    /// What it is, as the provider names it: for whoever looks into the journal.
    pub name: String,
    /// The account that owns those it concerns (WhatsApp: the business account's id), all of them unless [`AccountNotice::number`] says which.
    pub owner: String,
    /// The number it concerns, as customers see it, in digits.
    pub number: Option<String>,
    /// When.
    pub at: Option<Time>,
    /// What.
    pub change: AccountChange,
}

/// What may change about an account.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum AccountChange {
    /// Nothing goes over it until the provider, or a person, says otherwise.
    Stopped(ProviderError),
    /// It may send again.
    Restored,
    /// Something is not as it should be, and it sends all the same. There is one warning of each topic at a time.
    Warned {
        /// What it is about.
        topic: String,
        /// What, with a code of the channel's own table.
        error: ProviderError,
    },
    /// That is over.
    Cleared {
        /// What it was about.
        topic: String,
    },
    /// So many customers a day may be written to first.
    Limit {
        /// How many.
        limit: DailyLimit,
        /// It is fewer than before, where the provider says so.
        lowered: Option<bool>,
    },
    /// So many messages a second may be sent.
    Throughput(u32),
}

/// How many customers a day an account may write to first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum DailyLimit {
    /// So many.
    Customers(u32),
    /// As many as one likes.
    Unlimited,
}

/// What warnings are about that the core knows by name, for it learns the same by asking.
pub mod topic {
    /// The provider thinks little of what the account sends.
    pub const QUALITY: &str = "quality";
    /// It may write to fewer customers than before.
    pub const LIMIT: &str = "limit";
}
