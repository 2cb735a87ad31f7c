//! `max doctor`: looks at everything MAX needs and says in words what is wrong and how to put it right. It changes nothing
//! and starts nothing.

mod machine;
mod services;

use std::fmt;

use base::{Clock, Ids};
use futures_util::future::BoxFuture;
use kernel::config::{ConfigErrors, Settings};
use serde::Serialize;
use sqlx::PgPool;

/// How a check came out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// As it should be.
    Ok,
    /// MAX runs, but not as well or as safely as it could.
    Warn,
    /// MAX does not run so, or not safely.
    Fail,
}

/// One thing that was looked at.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Check {
    /// What was looked at.
    pub name: &'static str,
    /// How it came out.
    pub outcome: Outcome,
    /// What was found.
    pub sentence: String,
    /// What to do about it, if there is something to do.
    pub fix: Option<String>,
}

impl Check {
    fn ok(name: &'static str, sentence: impl Into<String>) -> Self {
        Self { name, outcome: Outcome::Ok, sentence: sentence.into(), fix: None }
    }

    fn warn(name: &'static str, sentence: impl Into<String>, fix: impl Into<String>) -> Self {
        Self { name, outcome: Outcome::Warn, sentence: sentence.into(), fix: Some(fix.into()) }
    }

    fn fail(name: &'static str, sentence: impl Into<String>, fix: impl Into<String>) -> Self {
        Self { name, outcome: Outcome::Fail, sentence: sentence.into(), fix: Some(fix.into()) }
    }
}

/// What a look at the migrations finds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Migrations {
    /// How many the database has.
    pub applied: usize,
    /// How many this program knows and the database lacks.
    pub pending: usize,
}

/// Looks at the migrations of the database behind the pool, without applying any; an error says why it cannot.
pub type LookAtMigrations = dyn Fn(PgPool) -> BoxFuture<'static, Result<Migrations, String>> + Send + Sync;

/// Everything that was looked at. `Display` is a table for people; it serialises for machines.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Report {
    /// The checks, in the order of a start.
    pub checks: Vec<Check>,
}

impl Report {
    /// The report when the settings cannot be read, so that nothing else can be looked at.
    pub fn of_errors(errors: &ConfigErrors) -> Self {
        let fix = "see max.default.toml for every setting";
        Self { checks: errors.0.iter().map(|error| Check::fail("configuration", error.to_string(), fix)).collect() }
    }

    /// The worst outcome.
    pub fn outcome(&self) -> Outcome {
        self.checks.iter().map(|check| check.outcome).max().unwrap_or(Outcome::Ok)
    }

    /// The program's exit code: 1 if anything failed.
    pub fn exit_code(&self) -> u8 {
        u8::from(self.outcome() == Outcome::Fail)
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let width = self.checks.iter().map(|check| check.name.len()).max().unwrap_or(0);
        for Check { name, outcome, sentence, fix } in &self.checks {
            let mark = match outcome {
                Outcome::Ok => "ok  ",
                Outcome::Warn => "WARN",
                Outcome::Fail => "FAIL",
            };
            let below = format!("\n{:indent$}", "", indent = width + 8);
            writeln!(f, "{mark}  {name:width$}  {}", sentence.replace('\n', &below))?;
            if let Some(fix) = fix {
                writeln!(f, "{:indent$}-> {}", "", fix.replace('\n', &below), indent = width + 8)?;
            }
        }
        match self.outcome() {
            Outcome::Ok => write!(f, "\nAll is well."),
            Outcome::Warn => write!(f, "\nMAX runs; the warnings are worth a look."),
            Outcome::Fail => write!(f, "\nSomething has to be put right first."),
        }
    }
}

/// Looks at everything; takes a few seconds at most.
///
/// `migrations` is how the program looks at its migrations.
pub async fn run(settings: &Settings, clock: &dyn Clock, ids: &Ids, migrations: &LookAtMigrations) -> Report {
    let mut checks = vec![configuration(settings), machine::data_directory(settings, ids), machine::secret_key(settings, ids)];
    checks.push(machine::disk(settings, ids).await);
    checks.extend(services::database(settings, clock, migrations).await);
    checks.extend(services::replica(settings).await);
    checks.push(services::redis(settings).await);
    checks.push(services::media(settings, ids, clock).await);
    checks.extend(services::scanner(settings).await);
    checks.push(services::mail(settings).await);
    checks.push(machine::public_url(settings));
    checks.push(machine::listen(settings).await);
    checks.push(machine::open_files());
    Report { checks }
}

fn configuration(settings: &Settings) -> Check {
    let name = "configuration";
    if settings.unsafe_durability {
        let fix = "remove unsafe_durability, which is for tests";
        return Check::warn(name, "a database that may lose acknowledged messages is accepted", fix);
    }
    Check::ok(name, format!("valid; data in {}", settings.data_dir.display()))
}
