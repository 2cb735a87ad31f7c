//! How many requests a caller may make. Counted on the bus, so that nodes that share one count together. Provider webhooks are not
//! counted: their guard does not ask.

use std::time::Duration;

use base::Code;

use super::{Problem, serve::site};
use crate::{auth::Caller, bus::Bus};

/// The window in which requests are counted.
pub const WINDOW: Duration = Duration::from_secs(10);

/// Most requests in a [`WINDOW`]; 0: any number.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RateLimits {
    /// Of one user, over all their sessions.
    pub user: u64,
    /// Of one session, that is of one browser or program and its tokens.
    pub session: u64,
    /// From one network address, of those who have not signed in.
    pub address: u64,
}

impl RateLimits {
    /// No limits.
    pub const NONE: Self = Self { user: 0, session: 0, address: 0 };

    /// Counts one more request; a 429 with `Retry-After` when it is one too many.
    pub async fn admit(&self, bus: &dyn Bus, caller: Caller<'_>) -> Result<(), Problem> {
        match caller {
            Caller::User(principal) => {
                self.count(bus, self.session, "session", || format!("rate:session:{}", principal.session_id.simple())).await?;
                self.count(bus, self.user, "user", || format!("rate:user:{}", principal.user_id.simple())).await
            }
            Caller::Address(address) => {
                self.count(bus, self.address, "address", || format!("rate:address:{}", site(address))).await
            }
        }
    }

    async fn count(&self, bus: &dyn Bus, limit: u64, who: &'static str, key: impl FnOnce() -> String) -> Result<(), Problem> {
        if limit == 0 || bus.increment(&key(), WINDOW).await <= limit {
            return Ok(());
        }
        metrics::counter!("requests_refused_total", "limit" => who).increment(1);
        let problem = Problem::new(Code::TooManyRequests, "That were too many requests at once. Wait a few seconds, then go on.");
        Err(problem.with_retry_after(WINDOW))
    }
}
