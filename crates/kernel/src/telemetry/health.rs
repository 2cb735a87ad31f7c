//! Is the process alive, and should it get requests? A load balancer asks the second question every few seconds.

use std::{
    collections::BTreeMap,
    future::Future,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicBool, Ordering::Relaxed},
    },
    time::Duration,
};

use futures_util::{
    FutureExt,
    future::{BoxFuture, join_all},
};
use schemars::JsonSchema;
use serde::Serialize;
use tokio::time::{Instant, timeout};

/// The longest a check may take before its part counts as down.
const TIME_LIMIT: Duration = Duration::from_secs(2);
/// Answers are reused for this long: anybody may ask, and must not be able to keep the database busy with it.
const FRESH: Duration = Duration::from_secs(1);

/// What a check found. The detail is shown to anybody who asks: one plain sentence, nothing confidential.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Check {
    /// All is well.
    Ok,
    /// Something is missing, but requests can be served.
    Degraded(String),
    /// Requests cannot be served.
    Down(String),
}

/// How a part is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum PartState {
    /// All is well.
    Ok,
    /// Something is missing, but requests can be served.
    Degraded,
    /// Requests cannot be served.
    Down,
}

/// A part of `/readyz`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Part {
    /// How it is.
    pub status: PartState,
    /// What is wrong.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub detail: Option<String>,
}

/// The body of `/healthz`: the process runs and answers.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Live {
    /// Always `ok`.
    pub status: PartState,
    /// The program's version.
    pub version: &'static str,
}

/// The body of `/readyz`: whether this node should get requests, and how each of its parts is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Ready {
    /// The worst of the parts.
    pub status: PartState,
    /// The parts by name.
    pub parts: BTreeMap<&'static str, Part>,
}

impl Ready {
    /// The HTTP status to answer: 200, or 503 when a part is down.
    pub fn status_code(&self) -> http::StatusCode {
        match self.status {
            PartState::Down => http::StatusCode::SERVICE_UNAVAILABLE,
            PartState::Ok | PartState::Degraded => http::StatusCode::OK,
        }
    }
}

type Ask = Arc<dyn Fn() -> BoxFuture<'static, Check> + Send + Sync>;

/// The checks of this process. Clones share them.
#[derive(Clone)]
pub struct Health(Arc<Inner>);

struct Inner {
    version: &'static str,
    checks: Mutex<Vec<(&'static str, Ask)>>,
    draining: AtomicBool,
    latest: tokio::sync::Mutex<Option<(Instant, BTreeMap<&'static str, Part>)>>,
}

impl Health {
    /// No checks yet. `version` is what `/healthz` tells.
    pub fn new(version: &'static str) -> Self {
        Self(Arc::new(Inner {
            version,
            checks: Mutex::default(),
            draining: AtomicBool::new(false),
            latest: tokio::sync::Mutex::default(),
        }))
    }

    /// Adds a check. A check that takes longer than two seconds or panics counts as down.
    pub fn register<F, A>(&self, name: &'static str, ask: F)
    where
        F: Fn() -> A + Send + Sync + 'static,
        A: Future<Output = Check> + Send + 'static,
    {
        let ask: Ask = Arc::new(move || ask().boxed());
        self.0.checks.lock().unwrap_or_else(PoisonError::into_inner).push((name, ask));
    }

    /// From now on the node is not ready: it is about to stop and finishes what it has.
    pub fn drain(&self) {
        self.0.draining.store(true, Relaxed);
    }

    /// Whether [`Health::drain`] was called.
    pub fn is_draining(&self) -> bool {
        self.0.draining.load(Relaxed)
    }

    /// For `/healthz`, which always answers 200.
    pub fn live(&self) -> Live {
        Live { status: PartState::Ok, version: self.0.version }
    }

    /// For `/readyz`: asks all checks at once; answers are at most a second old.
    pub async fn ready(&self) -> Ready {
        let mut parts = self.parts().await;
        if self.is_draining() {
            let detail = Some("This node is about to stop.".to_owned());
            parts.insert("draining", Part { status: PartState::Down, detail });
        } else {
            parts.insert("draining", Part { status: PartState::Ok, detail: None });
        }
        let status = parts.values().map(|part| part.status).max().unwrap_or(PartState::Ok);
        Ready { status, parts }
    }

    async fn parts(&self) -> BTreeMap<&'static str, Part> {
        // Held while asking, so that whoever comes in the meantime shares the answer.
        let mut latest = self.0.latest.lock().await;
        if let Some((at, parts)) = &*latest
            && at.elapsed() < FRESH
        {
            return parts.clone();
        }
        let checks = self.0.checks.lock().unwrap_or_else(PoisonError::into_inner).clone();
        let answers = checks.into_iter().map(|(name, ask)| async move {
            // In a task of its own: a check that panics is down, and takes nothing else with it.
            let mut asking = tokio::spawn(async move { ask().await });
            let check = match timeout(TIME_LIMIT, &mut asking).await {
                Ok(Ok(check)) => check,
                Ok(Err(_)) => Check::Down("The check failed.".to_owned()),
                Err(_) => {
                    asking.abort();
                    Check::Down("It did not answer in time.".to_owned())
                }
            };
            (name, check.into())
        });
        let parts: BTreeMap<_, _> = join_all(answers).await.into_iter().collect();
        *latest = Some((Instant::now(), parts.clone()));
        parts
    }
}

impl From<Check> for Part {
    fn from(check: Check) -> Self {
        match check {
            Check::Ok => Self { status: PartState::Ok, detail: None },
            Check::Degraded(detail) => Self { status: PartState::Degraded, detail: Some(detail) },
            Check::Down(detail) => Self { status: PartState::Down, detail: Some(detail) },
        }
    }
}

impl std::fmt::Debug for Health {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Health")
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::AtomicUsize;

    use super::*;

    #[tokio::test(start_paused = true)]
    async fn readiness_is_the_worst_part() {
        let health = Health::new("1.2.3");
        health.register("database", async || Check::Ok);
        assert_eq!(health.ready().await.status_code(), 200);
        health.register("bus", async || Check::Degraded("Redis is down.".to_owned()));
        tokio::time::advance(FRESH).await;
        let ready = health.ready().await;
        assert_eq!((ready.status, ready.status_code().as_u16()), (PartState::Degraded, 200));
        insta::assert_snapshot!(serde_json::to_string(&ready).unwrap(), @r#"{"status":"degraded","parts":{"bus":{"status":"degraded","detail":"Redis is down."},"database":{"status":"ok"},"draining":{"status":"ok"}}}"#);
        health.drain();
        let ready = health.ready().await;
        assert_eq!((ready.status, ready.status_code().as_u16()), (PartState::Down, 503));
        assert_eq!(serde_json::to_string(&health.live()).unwrap(), r#"{"status":"ok","version":"1.2.3"}"#);
    }

    #[tokio::test(start_paused = true)]
    async fn slow_and_broken_checks_are_down() {
        let health = Health::new("1");
        health.register("slow", std::future::pending::<Check>);
        health.register("broken", async || panic!("a bug"));
        health.register("fine", async || Check::Ok);
        let begun = Instant::now();
        let ready = health.ready().await;
        assert!(begun.elapsed() < TIME_LIMIT * 2);
        assert_eq!(ready.parts["slow"].detail.as_deref(), Some("It did not answer in time."));
        assert_eq!(ready.parts["broken"].status, PartState::Down);
        assert_eq!(ready.parts["fine"].status, PartState::Ok);
    }

    #[tokio::test(start_paused = true)]
    async fn answers_are_shared_for_a_moment() {
        let asked = Arc::new(AtomicUsize::new(0));
        let health = Health::new("1");
        let count = Arc::clone(&asked);
        health.register("database", move || {
            count.fetch_add(1, Relaxed);
            async { Check::Ok }
        });
        join_all((0..100).map(|_| health.ready())).await;
        assert_eq!(asked.load(Relaxed), 1);
        tokio::time::advance(FRESH).await;
        health.ready().await;
        assert_eq!(asked.load(Relaxed), 2);
    }
}
