//! Error lines of the log, which fail a test that did not expect them, and what the database says beside its answers.

use std::{
    fmt::{Debug, Write as _},
    sync::{Mutex, MutexGuard, Once, PoisonError},
};

use tracing::{
    Event, Level, Subscriber,
    field::{Field, Visit},
};
use tracing_subscriber::{Layer, layer::Context, layer::SubscriberExt, util::SubscriberInitExt};

static ERRORS: Mutex<Vec<String>> = Mutex::new(Vec::new());
static NOTICES: Mutex<Vec<String>> = Mutex::new(Vec::new());

fn errors() -> MutexGuard<'static, Vec<String>> {
    ERRORS.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Starts collecting. `MAX_TEST_LOG=info` (or any filter) also prints.
pub(crate) fn collect() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        let print = std::env::var("MAX_TEST_LOG").ok().map(|filter| {
            let filter = tracing_subscriber::EnvFilter::new(filter);
            tracing_subscriber::fmt::layer().with_writer(std::io::stderr).with_filter(filter)
        });
        let _ = tracing_subscriber::registry().with(Collector).with(print).try_init();
    });
}

/// The error lines so far that hold none of these words.
pub(crate) fn unexpected(expected: &[String]) -> Vec<String> {
    errors().iter().filter(|line| !expected.iter().any(|words| line.contains(words))).cloned().collect()
}

/// The notices of the database since they were last asked for.
pub(crate) fn take_notices() -> Vec<String> {
    std::mem::take(&mut *NOTICES.lock().unwrap_or_else(PoisonError::into_inner))
}

struct Collector;

impl<S: Subscriber> Layer<S> for Collector {
    fn on_event(&self, event: &Event<'_>, _: Context<'_, S>) {
        if *event.metadata().level() == Level::ERROR {
            let mut line = Line(event.metadata().target().to_owned());
            event.record(&mut line);
            errors().push(line.0);
        }
        if event.metadata().target() == "sqlx::postgres::notice" {
            event.record(&mut Notice);
        }
    }
}

struct Notice;

impl Visit for Notice {
    fn record_str(&mut self, field: &Field, value: &str) {
        if field.name() == "message" {
            NOTICES.lock().unwrap_or_else(PoisonError::into_inner).push(value.to_owned());
        }
    }

    fn record_debug(&mut self, _: &Field, _: &dyn Debug) {}
}

struct Line(String);

impl Visit for Line {
    fn record_debug(&mut self, field: &Field, value: &dyn Debug) {
        let _ = write!(self.0, " {field}={value:?}");
    }
}
