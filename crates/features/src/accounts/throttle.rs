//! How often somebody may be wrong. Counted on the bus, so that nodes that share one count together; every lock opens by time.
//!
//! Failures are counted rather than attempts where the right answer must always get through: whoever knows the password is not kept out
//! by their own many screens. That check comes after a seat in the hashing pool is taken, so at most as many guesses as the pool has
//! seats slip in after the last one allowed.

use std::{net::IpAddr, time::Duration};

use kernel::http::serve::site;

use super::AccountError;
use crate::App;

/// Wrong passwords for one account at the sign-in.
pub(super) const SIGN_IN_FAILURES: Budget =
    Budget { name: "sign_in:account", of: "wrong passwords for this account", limit: 10, minutes: 5 };
/// Sign-ins from one network address: a whole office may share one.
pub(super) const SIGN_INS: Budget = Budget { name: "sign_in:address", of: "sign-ins from your network", limit: 300, minutes: 1 };
/// Codes tried for one account, at the sign-in or in its settings. Few: a code has six digits.
pub(super) const CODES: Budget = Budget { name: "code:user", of: "wrong codes", limit: 5, minutes: 15 };
/// Wrong passwords of somebody who is signed in and asked for it again.
pub(super) const PASSWORD_FAILURES: Budget = Budget { name: "password:user", of: "wrong passwords", limit: 10, minutes: 5 };
/// One-time links tried from one network address.
pub(super) const LINKS: Budget = Budget { name: "link:address", of: "links tried from your network", limit: 30, minutes: 1 };
/// Forgotten passwords from one network address.
pub(super) const FORGOTTEN: Budget =
    Budget { name: "forgotten:address", of: "forgotten passwords from your network", limit: 20, minutes: 10 };
/// Mails about a forgotten password to one account. What is beyond is dropped without a word.
pub(super) const FORGOTTEN_MAILS: Budget =
    Budget { name: "forgotten:account", of: "mails to this account", limit: 4, minutes: 60 };

/// So many within a window that begins with the first.
pub(super) struct Budget {
    name: &'static str,
    of: &'static str,
    limit: u64,
    minutes: u32,
}

impl Budget {
    /// Counts one more, and refuses when that is one too many.
    pub(super) async fn take(&self, app: &App, whom: &str) -> Result<(), AccountError> {
        if app.bus.increment(&self.key(whom), self.window(app)).await <= self.limit {
            return Ok(());
        }
        let left = app.bus.count(&self.key(whom)).await.left;
        Err(self.refusal(app, left))
    }

    /// The same by network address.
    pub(super) async fn take_from(&self, app: &App, address: IpAddr) -> Result<(), AccountError> {
        self.take(app, &site(address).to_string()).await
    }

    /// Refuses when the budget is used up. Counts nothing.
    pub(super) async fn check(&self, app: &App, whom: &str) -> Result<(), AccountError> {
        let counted = app.bus.count(&self.key(whom)).await;
        if counted.count < self.limit { Ok(()) } else { Err(self.refusal(app, counted.left)) }
    }

    /// Whether the next one would be refused.
    pub(super) async fn is_used_up(&self, app: &App, whom: &str) -> bool {
        app.bus.count(&self.key(whom)).await.count >= self.limit
    }

    /// Counts a failure; whether that one used the budget up.
    pub(super) async fn failed(&self, app: &App, whom: &str) -> bool {
        app.bus.increment(&self.key(whom), self.window(app)).await == self.limit
    }

    /// Begins anew: they have shown that it is them.
    pub(super) async fn forget(&self, app: &App, whom: &str) {
        app.bus.remove(&self.key(whom)).await;
    }

    fn key(&self, whom: &str) -> String {
        format!("{}:{whom}", self.name)
    }

    fn window(&self, app: &App) -> Duration {
        app.throttle_minute * self.minutes
    }

    fn refusal(&self, app: &App, left: Duration) -> AccountError {
        metrics::counter!("sign_ins_total", "outcome" => "throttled").increment(1);
        // Not known only when the bus went away in between.
        let retry_after = if left.is_zero() { self.window(app) } else { left };
        AccountError::Throttled { of: self.of, retry_after }
    }
}
