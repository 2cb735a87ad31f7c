//! PostgreSQL: pools, and the one kind of write transaction.
//!
//! A [`Tx`] is where all change happens. Business code appends events to it and calls nobody; after the commit the node wakes its own
//! readers and, through the [`Waker`], the other nodes. There is no NOTIFY in a business transaction (it would take a database-wide
//! lock at commit and end group commit).

use std::{
    ops::{Deref, DerefMut},
    time::Duration,
};

use secrecy::{ExposeSecret, SecretString};
use sqlx::{
    PgConnection, PgPool, Postgres,
    pool::PoolConnection,
    postgres::{PgConnectOptions, PgPoolOptions},
};

use crate::{
    audit::Record,
    event::{NewEvent, Waker, log},
};

/// The role in which MAX uses its database: it may do everything that features do, and no more. It cannot change the audit log.
pub const ROLE: &str = "max_app";
/// Connections for routine: one for each of the two workers of ingest, one for the hub, and one while another is being given back.
const ROUTINE: u32 = 4;

/// How the pools behave.
#[derive(Debug, Clone)]
pub struct DbOptions {
    /// The primary.
    pub url: SecretString,
    /// A replica for reads that tolerate lag; the primary where absent.
    pub replica_url: Option<SecretString>,
    /// Most connections in the write pool (the read pool has as many; what arrives has four more).
    pub max_connections: u32,
    /// Longest a query may run.
    pub statement_timeout: Duration,
    /// Act as [`ROLE`] rather than as the user of the address.
    pub restricted: bool,
}

impl DbOptions {
    /// The defaults for a database.
    pub fn new(url: SecretString) -> Self {
        Self { url, replica_url: None, max_connections: 16, statement_timeout: Duration::from_secs(15), restricted: false }
    }
}

/// The database as features see it: begin a transaction, or borrow a connection to read.
#[derive(Clone)]
pub struct Db {
    primary: PgPool,
    replica: Option<PgPool>,
    routine: PgPool,
    waker: Waker,
}

impl Db {
    /// Connects. Fails when the database cannot be reached within a few seconds.
    pub async fn connect(options: &DbOptions, waker: Waker) -> Result<Self, sqlx::Error> {
        let primary = pool(options).connect_with(address(&options.url, options)?).await?;
        let replica = match &options.replica_url {
            Some(url) => Some(pool(options).connect_with(address(url, options)?).await?),
            None => None,
        };
        let routine = address(&options.url, options)?.options([("plan_cache_mode", "force_generic_plan")]);
        let routine = pool(options).min_connections(0).max_connections(ROUTINE).connect_lazy_with(routine);
        Ok(Self { primary, replica, routine, waker })
    }

    /// Begins a write transaction.
    pub async fn begin(&self) -> Result<Tx, sqlx::Error> {
        self.begin_on(&self.primary).await
    }

    /// Begins a write transaction of work that is always the same and comes in great numbers, whose statements take their rows as arrays:
    /// each is planned once on a connection, for any number of rows. Left to itself, the database finds the plan for exactly these few a
    /// little cheaper and makes a new one each time, which takes longer than the work. It has few connections, and these for itself: a pool
    /// hands out all its connections in turn, so that each process of the database would begin with everything forgotten by its processor.
    pub async fn begin_routine(&self) -> Result<Tx, sqlx::Error> {
        self.begin_on(&self.routine).await
    }

    async fn begin_on(&self, pool: &PgPool) -> Result<Tx, sqlx::Error> {
        let inner = pool.begin().await?;
        Ok(Tx { inner, events: Vec::new(), appended: false, woken: Vec::new(), waker: self.waker.clone() })
    }

    /// A connection for reading what was just written, as often as something is: with the same few statements, planned once.
    pub async fn read_routine(&self) -> Result<PoolConnection<Postgres>, sqlx::Error> {
        self.routine.acquire().await
    }

    /// A connection for reading what was just written too.
    pub async fn read(&self) -> Result<PoolConnection<Postgres>, sqlx::Error> {
        self.primary.acquire().await
    }

    /// A connection for reads that tolerate a replica's lag.
    pub async fn read_relaxed(&self) -> Result<PoolConnection<Postgres>, sqlx::Error> {
        self.replica.as_ref().unwrap_or(&self.primary).acquire().await
    }

    /// The primary's pool, for the composition root (migrations, job library, health). Features use [`Db::begin`] and [`Db::read`].
    pub fn pool(&self) -> &PgPool {
        &self.primary
    }

    /// The wake-up line between commits and readers.
    pub fn waker(&self) -> &Waker {
        &self.waker
    }

    /// Gives [`ROLE`] what it may do, new tables included, as their owner. `false`: there is no such role or the user of the address may
    /// not act as it, and MAX goes on as that user.
    pub async fn grant(&self) -> Result<bool, sqlx::Error> {
        sqlx::query_scalar!(r#"select max_grant() as "granted!""#).fetch_one(&self.primary).await
    }

    /// Closes the pools, waiting at most five seconds for borrowed connections.
    pub async fn close(&self) {
        let closing = async {
            self.primary.close().await;
            self.routine.close().await;
            if let Some(replica) = &self.replica {
                replica.close().await;
            }
        };
        if tokio::time::timeout(Duration::from_secs(5), closing).await.is_err() {
            tracing::warn!("the database pool did not close in time");
        }
    }
}

impl std::fmt::Debug for Db {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Db")
    }
}

/// Where a pool connects to, and how its connections behave.
fn address(url: &SecretString, options: &DbOptions) -> Result<PgConnectOptions, sqlx::Error> {
    let statement = options.statement_timeout.as_millis().to_string();
    let connect = url.expose_secret().parse::<PgConnectOptions>()?.application_name("max").options([
        ("statement_timeout", statement.as_str()),
        ("lock_timeout", "10000"),
        // Write transactions are short: the oldest open one holds the readers' horizon.
        ("idle_in_transaction_session_timeout", "10000"),
        ("timezone", "UTC"),
        // What is asked for is in memory, or on a disk that seeks for nothing: a few rows in order are cheaper than many to be sorted.
        ("random_page_cost", "1.1"),
        // Several workers for one small page would each read ahead.
        ("max_parallel_workers_per_gather", "0"),
        // Ingest and list queries are tiny; compiling them costs more than running them.
        ("jit", "off"),
    ]);
    Ok(if options.restricted { connect.options([("role", ROLE)]) } else { connect })
}

fn pool(options: &DbOptions) -> PgPoolOptions {
    PgPoolOptions::new()
        .max_connections(options.max_connections)
        .min_connections(1)
        // Beyond this the caller gets a 503 with Retry-After rather than an endless queue.
        .acquire_timeout(Duration::from_secs(5))
        // A connection is proven by its first use; a ping before each one would double the round trips.
        .test_before_acquire(false)
}

/// A write transaction. Dropped without [`Tx::commit`], it changes nothing.
pub struct Tx {
    inner: sqlx::Transaction<'static, Postgres>,
    events: Vec<NewEvent>,
    /// Events were appended already.
    appended: bool,
    woken: Vec<&'static str>,
    waker: Waker,
}

impl Tx {
    /// Appends an event to the log, in this transaction.
    pub fn emit(&mut self, event: NewEvent) {
        self.events.push(event);
    }

    /// Tells the audit log, in this transaction.
    pub fn record(&mut self, at: base::Time, record: &Record) {
        self.emit(record.event(at));
    }

    /// After the commit, wakes a background loop of this name (the outbox dispatcher), here and on other nodes.
    pub fn wake(&mut self, topic: &'static str) {
        if !self.woken.contains(&topic) {
            self.woken.push(topic);
        }
    }

    /// Hands over the events so far to a caller whose own statement appends them, which saves a way to the database.
    pub fn hand_over(&mut self) -> Vec<NewEvent> {
        self.appended |= !self.events.is_empty();
        std::mem::take(&mut self.events)
    }

    /// Writes the events and commits; then wakes the readers.
    pub async fn commit(mut self) -> Result<(), sqlx::Error> {
        let events = self.hand_over();
        if !events.is_empty() {
            log::append(&mut self.inner, &events).await?;
        }
        self.inner.commit().await?;
        if self.appended {
            self.waker.wake(crate::event::TOPIC);
        }
        for topic in self.woken {
            self.waker.wake(topic);
        }
        Ok(())
    }

    /// Gives the transaction up. Dropping does the same, later.
    pub async fn rollback(self) -> Result<(), sqlx::Error> {
        self.inner.rollback().await
    }

    /// Marks a place to come back to, in case what follows fails.
    pub async fn savepoint(&mut self) -> Result<Savepoint, sqlx::Error> {
        sqlx::query!("savepoint here").execute(&mut **self).await?;
        Ok(Savepoint { events: self.events.len(), woken: self.woken.len() })
    }

    /// Keeps what was done since the savepoint.
    pub async fn keep(&mut self, _: Savepoint) -> Result<(), sqlx::Error> {
        sqlx::query!("release savepoint here").execute(&mut **self).await?;
        Ok(())
    }

    /// Undoes what was done since the savepoint, events included; the transaction stays usable.
    pub async fn undo(&mut self, to: Savepoint) -> Result<(), sqlx::Error> {
        sqlx::query!("rollback to savepoint here").execute(&mut **self).await?;
        sqlx::query!("release savepoint here").execute(&mut **self).await?;
        self.events.truncate(to.events);
        self.woken.truncate(to.woken);
        Ok(())
    }
}

/// A place in a transaction to come back to.
#[derive(Debug)]
pub struct Savepoint {
    events: usize,
    woken: usize,
}

impl Deref for Tx {
    type Target = PgConnection;
    fn deref(&self) -> &PgConnection {
        &self.inner
    }
}

impl DerefMut for Tx {
    fn deref_mut(&mut self) -> &mut PgConnection {
        &mut self.inner
    }
}

impl std::fmt::Debug for Tx {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Tx")
    }
}

/// Whether the error is a lost race (serialisation failure, deadlock) that the same work may simply repeat.
pub fn is_retryable(error: &sqlx::Error) -> bool {
    matches!(error, sqlx::Error::Database(e) if matches!(e.code().as_deref(), Some("40001" | "40P01")))
}

/// Whether the database is away rather than the request wrong.
pub fn is_unavailable(error: &sqlx::Error) -> bool {
    match error {
        sqlx::Error::PoolTimedOut
        | sqlx::Error::PoolClosed
        | sqlx::Error::Io(_)
        | sqlx::Error::WorkerCrashed
        | sqlx::Error::Tls(_) => true,
        // 57P0x: shutting down; 53xxx: out of resources (disk, connections); 08xxx: connection trouble; 25006: a standby; 28xxx, 3D000,
        // 55000: it lets nobody in, which only connecting meets.
        sqlx::Error::Database(e) => e
            .code()
            .is_some_and(|code| ["57P", "53", "08", "28", "25006", "3D000", "55000"].iter().any(|class| code.starts_with(class))),
        _ => false,
    }
}

/// Whether the error passes by itself: the database is away, or a lock or the statement took too long. It says nothing about the work.
pub fn is_passing(error: &sqlx::Error) -> bool {
    // 55P03: our lock time-out; 57014: our statement time-out.
    is_unavailable(error) || matches!(error, sqlx::Error::Database(e) if matches!(e.code().as_deref(), Some("55P03" | "57014")))
}

/// The name of the constraint the error ran into, so that a feature can turn it into its own error.
pub fn constraint(error: &sqlx::Error) -> Option<&str> {
    match error {
        sqlx::Error::Database(e) => e.constraint(),
        _ => None,
    }
}

/// A pattern for `ilike` that finds texts with these words in them; the wildcards in what was typed are made plain.
pub fn contains_pattern(words: &str) -> String {
    format!("%{}%", words.replace('\\', "\\\\").replace('%', "\\%").replace('_', "\\_"))
}
