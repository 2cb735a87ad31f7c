//! The throwaway PostgreSQL, and databases cloned from a template that holds the schema.

use std::{
    process::Command,
    str::FromStr,
    sync::atomic::{AtomicU32, Ordering},
    time::{Duration, Instant},
};

use base::SystemClock;
use sha2::{Digest, Sha256};
use sqlx::{
    AssertSqlSafe, ConnectOptions, Connection, Executor, PgConnection, PgPool,
    postgres::{PgConnectOptions, PgPoolOptions},
};

use crate::root;

/// Names of databases begin with this; then comes the process that made them.
const PREFIX: &str = "max_test_";
/// Held while the template is made, and while leftovers are cleared away.
const TEMPLATE_LOCK: i64 = 7_001;
const SWEEP_LOCK: i64 = 7_002;

/// A database of one test's own, with the schema in it.
#[derive(Debug)]
pub struct Database {
    name: String,
    server: PgConnectOptions,
    url: String,
}

impl Database {
    /// Clones the template.
    pub async fn create() -> Self {
        static COUNT: AtomicU32 = AtomicU32::new(0);
        let address = server_url();
        let server = PgConnectOptions::from_str(&address)
            .expect("MAX_TEST_DATABASE_URL is a postgres:// address")
            .disable_statement_logging();
        let mut admin = PgConnection::connect_with(&server).await.expect("the test database server answers");
        sweep(&mut admin).await;
        let template = template(&mut admin, &server).await;
        let name = format!("{PREFIX}{}_{}", std::process::id(), COUNT.fetch_add(1, Ordering::Relaxed));
        run(&mut admin, format!("drop database if exists {name} with (force)")).await.unwrap();
        run(&mut admin, format!("create database {name} template {template} strategy wal_log")).await.unwrap();
        let (before, query) = address.split_once('?').unwrap_or((&address, ""));
        let url = format!("{}/{name}?{query}", before.rsplit_once('/').unwrap().0);
        Self { name, server, url }
    }

    /// Its address.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// Connections for probing.
    pub async fn pool(&self, connections: u32) -> PgPool {
        let options = self.server.clone().database(&self.name).application_name("probe");
        PgPoolOptions::new().max_connections(connections).connect_with(options).await.unwrap()
    }

    /// Ends every connection of the nodes and lets no new one in, or lets them in again.
    pub async fn shut(&self, shut: bool) {
        let mut admin = PgConnection::connect_with(&self.server).await.unwrap();
        run(&mut admin, format!("alter database {} allow_connections {}", self.name, !shut)).await.unwrap();
        if shut {
            sqlx::query("select pg_terminate_backend(pid) from pg_stat_activity where datname = $1 and application_name = 'max'")
                .bind(&self.name)
                .execute(&mut admin)
                .await
                .unwrap();
        }
    }

    /// Removes it, whoever is still connected.
    pub async fn remove(self) {
        let mut admin = PgConnection::connect_with(&self.server).await.unwrap();
        run(&mut admin, format!("drop database if exists {} with (force)", self.name)).await.unwrap();
    }
}

/// `MAX_TEST_DATABASE_URL`, else the server that `script/testdb` starts, shared by all tests and left running.
fn server_url() -> String {
    if let Ok(url) = std::env::var("MAX_TEST_DATABASE_URL") {
        return url;
    }
    let output = Command::new(root().join("script/testdb")).arg("url").current_dir(root()).output().expect("script/testdb runs");
    assert!(output.status.success(), "script/testdb url: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap().trim().to_owned()
}

async fn run(conn: &mut PgConnection, sql: String) -> Result<(), sqlx::Error> {
    conn.execute(AssertSqlSafe(sql)).await.map(drop)
}

/// The database with the schema of this build, made by whoever comes first.
async fn template(admin: &mut PgConnection, server: &PgConnectOptions) -> String {
    let mut hash = Sha256::new();
    for migration in max::MIGRATIONS.iter() {
        // A name that changes is another migration, though it does the same.
        hash.update(migration.version.to_le_bytes());
        hash.update(&*migration.checksum);
    }
    let name = format!("max_template_{}", &hex::encode(hash.finalize())[..16]);
    if exists(admin, &name).await {
        return name;
    }
    sqlx::query("select pg_advisory_lock($1)").bind(TEMPLATE_LOCK).execute(&mut *admin).await.unwrap();
    if !exists(admin, &name).await {
        let fresh = format!("{name}_new");
        run(admin, format!("drop database if exists {fresh} with (force)")).await.unwrap();
        run(admin, format!("create database {fresh}")).await.unwrap();
        let pool = PgPoolOptions::new().connect_with(server.clone().database(&fresh)).await.unwrap();
        max::node::migrate(&pool, &SystemClock).await.expect("the migrations run");
        pool.close().await;
        let begun = Instant::now();
        // The last connection takes a moment to go.
        while let Err(error) = run(admin, format!("alter database {fresh} rename to {name}")).await {
            assert!(begun.elapsed() < Duration::from_secs(5), "{error}");
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }
    sqlx::query("select pg_advisory_unlock($1)").bind(TEMPLATE_LOCK).execute(&mut *admin).await.unwrap();
    name
}

async fn exists(admin: &mut PgConnection, name: &str) -> bool {
    sqlx::query_scalar("select exists (select from pg_database where datname = $1)").bind(name).fetch_one(admin).await.unwrap()
}

/// Drops databases of processes that are no more.
async fn sweep(admin: &mut PgConnection) {
    let ours: bool = sqlx::query_scalar("select pg_try_advisory_lock($1)").bind(SWEEP_LOCK).fetch_one(&mut *admin).await.unwrap();
    if !ours {
        return;
    }
    let names: Vec<String> = sqlx::query_scalar("select datname from pg_database where starts_with(datname, $1)")
        .bind(PREFIX)
        .fetch_all(&mut *admin)
        .await
        .unwrap();
    for name in names {
        let pid = name[PREFIX.len()..].split('_').next().and_then(|pid| pid.parse::<u32>().ok());
        if pid.is_some_and(|pid| !std::path::Path::new(&format!("/proc/{pid}")).exists()) {
            // Another sweep of the same leftovers may have been faster.
            let _ = run(admin, format!("drop database if exists {name} with (force)")).await;
        }
    }
    sqlx::query("select pg_advisory_unlock($1)").bind(SWEEP_LOCK).execute(admin).await.unwrap();
}
