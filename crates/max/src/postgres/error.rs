//! Why the private database cannot start or stop, in words that say what to do.

use std::{fmt, io, path::PathBuf, time::Duration};

/// The private database could not be started.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// Another process owns the data directory.
    #[error("MAX is already running on {}{}; stop it first, or give this one a data directory of its own (MAX_DATA_DIR)", data_dir.display(), by(*pid))]
    InUse {
        /// The directory.
        data_dir: PathBuf,
        /// The process that owns it, as far as known.
        pid: Option<u32>,
    },
    /// No PostgreSQL is installed.
    #[error(
        "no PostgreSQL found (looked in {searched}); install PostgreSQL 15 or newer (Debian: apt-get install postgresql), \
         or name the folder of its programs in MAX_POSTGRES_BIN, or name a running database in MAX_DATABASE_URL"
    )]
    NotFound {
        /// Where was looked.
        searched: String,
    },
    /// What is installed cannot open the database that exists.
    #[error(
        "the database in {} was made by PostgreSQL {needed}, and only {found} is installed; install PostgreSQL {needed} again \
         (Debian: apt-get install postgresql-{needed}), or move the data with pg_upgrade", cluster.display()
    )]
    OtherMajor {
        /// The database's folder.
        cluster: PathBuf,
        /// The version that made it.
        needed: u32,
        /// The versions installed.
        found: String,
    },
    /// What is installed is older than MAX can use.
    #[error("PostgreSQL {found} is too old; install PostgreSQL {needed} or newer", needed = super::OLDEST_MAJOR)]
    TooOld {
        /// The versions installed.
        found: String,
    },
    /// PostgreSQL refuses to run as root, and there is nobody else to run it as.
    #[error(
        "PostgreSQL does not run as root, and this machine has neither a user postgres nor nobody; start MAX as an ordinary user"
    )]
    NoUser,
    /// The unprivileged user cannot get at the data or the programs.
    #[error(
        "{} cannot be reached by the user {user}, as whom PostgreSQL runs when MAX is started by root; open its folders for \
         passing through (chmod o+x), or start MAX as the folder's owner", path.display()
    )]
    Unreachable {
        /// The folder or program.
        path: PathBuf,
        /// The user.
        user: String,
    },
    /// A folder that must be private belongs to somebody else.
    #[error("{} belongs to another user (uid {owner}); remove it, or start MAX as its owner", path.display())]
    Foreign {
        /// The folder.
        path: PathBuf,
        /// Who owns it.
        owner: u32,
    },
    /// `initdb` failed.
    #[error("initdb could not create the database: {said}")]
    Initdb {
        /// Its last words.
        said: String,
    },
    /// The server ended instead of starting.
    #[error("PostgreSQL ended while starting ({how}); its log is in {}; it said: {said}", log_dir.display())]
    Failed {
        /// How it ended.
        how: String,
        /// Its last words.
        said: String,
        /// Where the rest is.
        log_dir: PathBuf,
    },
    /// The server runs but takes no connections.
    #[error("PostgreSQL takes no connections after {} s ({last}); its log is in {}", after.as_secs(), log_dir.display())]
    NotReady {
        /// How long was waited.
        after: Duration,
        /// The last attempt's error.
        last: String,
        /// Where the server says why.
        log_dir: PathBuf,
    },
    /// The file system or the system refused.
    #[error("{deed} {} failed: {source}", path.display())]
    Io {
        /// What was tried.
        deed: &'static str,
        /// On what.
        path: PathBuf,
        /// The answer.
        source: io::Error,
    },
    /// The server refused a statement of the set-up.
    #[error("the private database could not be set up: {0}")]
    Database(#[from] sqlx::Error),
}

impl StartError {
    /// For `map_err`: an input or output error with what was tried on what.
    pub(super) fn io(deed: &'static str, path: impl Into<PathBuf>) -> impl FnOnce(io::Error) -> Self {
        let path = path.into();
        move |source| Self::Io { deed, path, source }
    }
}

/// The private database could not be stopped.
#[derive(Debug, thiserror::Error)]
pub enum StopError {
    /// Neither a fast nor an immediate shutdown ended it.
    #[error("PostgreSQL (process {pid}) does not stop; no data is at risk: kill it, and it recovers at the next start")]
    Stuck {
        /// The server's process.
        pid: u32,
    },
    /// The task that watches over the server is gone.
    #[error("the task that watches over PostgreSQL ended early: {0}")]
    Unwatched(#[from] tokio::task::JoinError),
}

fn by(pid: Option<u32>) -> impl fmt::Display {
    pid.map_or_else(String::new, |pid| format!(" (process {pid})"))
}
