//! The private database with real processes: started, killed at every bad moment, and started again.

#![expect(clippy::unwrap_used, reason = "helpers of tests fail as tests do")]

use std::{
    ffi::OsStr,
    fs::{self, Permissions},
    io::{BufRead as _, BufReader, Read as _, Write as _},
    os::unix::{
        fs::{MetadataExt as _, PermissionsExt as _, chown},
        process::CommandExt as _,
    },
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    sync::atomic::{AtomicU32, Ordering},
    thread::sleep,
    time::{Duration, Instant},
};

use max::postgres::{Durability, DurabilityError, Managed, StartError, State, check_durability, running};
use nix::{
    sys::signal::{Signal, kill},
    unistd::{Pid, User, geteuid},
};
use sqlx::{AssertSqlSafe, Connection as _, Executor as _, PgConnection, PgPool, Row as _, postgres::PgPoolOptions};

static FOLDERS: AtomicU32 = AtomicU32::new(0);

/// A folder of one test, anyone may pass; goes with what runs in it when the test ends.
struct Folder(PathBuf);

impl Folder {
    fn new() -> Self {
        let number = FOLDERS.fetch_add(1, Ordering::Relaxed);
        let path = PathBuf::from(format!("/tmp/max-pg-{}-{number}", std::process::id()));
        fs::remove_dir_all(&path).ok();
        fs::create_dir(&path).unwrap();
        fs::set_permissions(&path, Permissions::from_mode(0o755)).unwrap();
        Self(path)
    }

    fn data(&self) -> PathBuf {
        self.0.join("data")
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let data = self.data();
        if let Some((pid, _)) = running(&data) {
            signal(pid, Signal::SIGQUIT);
            let begun = Instant::now();
            while alive(pid) && begun.elapsed() < Duration::from_secs(5) {
                sleep(Duration::from_millis(10));
            }
        }
        if let Ok(elsewhere) = fs::read_link(data.join("pg")) {
            elsewhere.parent().map(fs::remove_dir_all);
        }
        fs::remove_dir_all(&self.0).ok();
    }
}

/// The program that owns a database for us. Running all tests builds it; a run of this file alone does not.
fn example() -> PathBuf {
    let target = std::env::current_exe().unwrap().parent().unwrap().parent().unwrap().to_owned();
    let path = target.join("examples/managed_postgres");
    if !path.exists() {
        let mut build = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
        assert!(build.args(["build", "-q", "-p", "max", "--example", "managed_postgres"]).status().unwrap().success());
    }
    assert!(path.exists(), "cargo build -p max --example managed_postgres did not make {}", path.display());
    path
}

fn server_programs() -> PathBuf {
    max::postgres::installed(Path::new("/nonexistent")).unwrap().folder
}

/// A process that owns a private database.
struct Owner {
    process: Child,
    postgres: u32,
    url: String,
}

impl Owner {
    fn start(data: &Path) -> Self {
        Self::of(Command::new(example()).arg(data)).unwrap()
    }

    /// The owner, or what it said instead of starting.
    fn of(command: &mut Command) -> Result<Self, String> {
        let mut process = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        let mut line = String::new();
        BufReader::new(process.stdout.take().unwrap()).read_line(&mut line).unwrap();
        let words: Vec<&str> = line.split_whitespace().collect();
        if let ["ready", pid, url] = words.as_slice() {
            return Ok(Self { postgres: pid.parse().unwrap(), url: (*url).to_owned(), process });
        }
        let mut said = String::new();
        process.stderr.take().unwrap().read_to_string(&mut said).unwrap();
        assert_eq!(process.wait().unwrap().code(), Some(1));
        Err(said)
    }

    fn kill(&mut self) {
        self.process.kill().unwrap();
        self.process.wait().unwrap();
    }

    fn stop(mut self) {
        self.process.stdin.take().unwrap().write_all(b"stop\n").unwrap();
        assert!(self.process.wait().unwrap().success());
        assert!(!alive(self.postgres), "the server went before its owner did");
    }
}

impl Drop for Owner {
    fn drop(&mut self) {
        self.process.kill().ok();
        self.process.wait().ok();
    }
}

fn signal(pid: u32, signal: Signal) {
    kill(Pid::from_raw(pid.cast_signed()), signal).ok();
}

fn alive(pid: u32) -> bool {
    let stat = fs::read_to_string(format!("/proc/{pid}/stat")).unwrap_or_default();
    stat.rsplit(')').next().is_some_and(|rest| !rest.is_empty() && !rest.starts_with(" Z"))
}

/// What was acknowledged, one row per call, and how many rows there are.
fn add_row(url: &str) -> i64 {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        let mut connection = PgConnection::connect(url).await.unwrap();
        connection.execute("create table if not exists kept (n bigint)").await.unwrap();
        connection.execute("insert into kept values (1)").await.unwrap();
        connection.fetch_one("select count(*) from kept").await.unwrap().get(0)
    })
}

fn setting(url: &str, name: &str) -> String {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        let mut connection = PgConnection::connect(url).await.unwrap();
        connection.fetch_one(AssertSqlSafe(format!("show {name}"))).await.unwrap().get(0)
    })
}

#[test]
fn first_start_later_start_and_clean_stop() {
    let folder = Folder::new();
    let owner = Owner::start(&folder.data());
    assert_eq!(add_row(&owner.url), 1);
    for (name, value) in [
        ("data_checksums", "on"),
        ("listen_addresses", ""),
        ("fsync", "on"),
        ("server_encoding", "UTF8"),
        ("lc_collate", "C.UTF-8"),
        ("unix_socket_permissions", "0700"),
    ] {
        assert_eq!(setting(&owner.url, name), value, "{name}");
    }
    let cluster = fs::metadata(folder.data().join("pg")).unwrap();
    assert_eq!(cluster.permissions().mode() & 0o777, 0o700);
    assert_eq!(fs::metadata(folder.data().join("pg-run")).unwrap().permissions().mode() & 0o777, 0o700);
    if geteuid().is_root() {
        assert_ne!(cluster.uid(), 0, "root hands the database to an unprivileged user");
    }
    let environment = fs::read(format!("/proc/{}/environ", owner.postgres)).unwrap();
    assert!(!environment.split(|byte| *byte == 0).any(|variable| variable.starts_with(b"CARGO")), "a clean environment");
    owner.stop();

    let begun = Instant::now();
    let owner = Owner::start(&folder.data());
    assert!(begun.elapsed() < Duration::from_secs(3), "a later start is quick: {:?}", begun.elapsed());
    assert_eq!(add_row(&owner.url), 2);
    owner.stop();
    assert!(!folder.data().join("pg/postmaster.pid").exists());
}

#[test]
fn a_second_instance_is_refused_and_told_who_is_there() {
    let folder = Folder::new();
    let owner = Owner::start(&folder.data());
    let said = Owner::of(Command::new(example()).arg(folder.data())).err().unwrap();
    assert!(said.contains("already running on") && said.contains(&format!("(process {})", owner.process.id())), "{said}");
    assert_eq!(add_row(&owner.url), 1, "the first is not disturbed");
    owner.stop();
}

#[test]
fn the_owner_killed() {
    let folder = Folder::new();
    let mut owner = Owner::start(&folder.data());
    add_row(&owner.url);
    owner.kill();
    let next = Owner::start(&folder.data());
    assert_eq!(add_row(&next.url), 2);
    assert!(!alive(owner.postgres) || owner.postgres == next.postgres);
    next.stop();
}

#[test]
fn the_server_does_not_outlive_its_owner() {
    let folder = Folder::new();
    let mut owner = Owner::start(&folder.data());
    owner.kill();
    let begun = Instant::now();
    while alive(owner.postgres) {
        assert!(begun.elapsed() < Duration::from_secs(4), "the server shuts down when its owner is killed");
        sleep(Duration::from_millis(10));
    }
    assert!(!folder.data().join("pg/postmaster.pid").exists(), "cleanly");
}

#[test]
fn owner_and_server_killed_together() {
    let folder = Folder::new();
    let mut owner = Owner::start(&folder.data());
    add_row(&owner.url);
    signal(owner.postgres, Signal::SIGKILL);
    owner.kill();
    let next = Owner::start(&folder.data());
    assert_eq!(add_row(&next.url), 2, "what was acknowledged is there");
    next.stop();
}

#[test]
fn a_stale_claim_of_a_foreign_process() {
    let folder = Folder::new();
    Owner::start(&folder.data()).stop();
    // A living process of the server's own user, which PostgreSQL by itself would take for a running server.
    let pg = folder.data().join("pg");
    let owner = fs::metadata(&pg).unwrap();
    let mut foreign = Command::new("sleep").arg("60").uid(owner.uid()).gid(owner.gid()).spawn().unwrap();
    fs::write(pg.join("postmaster.pid"), format!("{}\n{}\n1\n5432\n\n\n\n", foreign.id(), pg.display())).unwrap();
    chown(pg.join("postmaster.pid"), Some(owner.uid()), Some(owner.gid())).unwrap();
    let next = Owner::start(&folder.data());
    add_row(&next.url);
    next.stop();
    assert!(foreign.try_wait().unwrap().is_none(), "the foreign process is left alone");
    foreign.kill().unwrap();
    foreign.wait().unwrap();
}

/// Starts the server on an existing cluster as somebody other than MAX would.
fn start_by_hand(data: &Path, socket_dir: &Path) -> Child {
    let pg = fs::canonicalize(data.join("pg")).unwrap();
    let owner = fs::metadata(&pg).unwrap();
    let mut server = Command::new(server_programs().join("postgres"));
    server.arg("-D").arg(&pg).args(["-c", "listen_addresses=", "-c", "logging_collector=off", "-k"]).arg(socket_dir);
    let server = server.uid(owner.uid()).gid(owner.gid()).current_dir("/").stderr(Stdio::null()).spawn().unwrap();
    let begun = Instant::now();
    while !fs::read_to_string(pg.join("postmaster.pid")).is_ok_and(|text| text.contains("ready")) {
        assert!(begun.elapsed() < Duration::from_secs(5));
        sleep(Duration::from_millis(10));
    }
    server
}

#[test]
fn an_orphan_is_adopted_and_stopped_in_the_end() {
    let folder = Folder::new();
    Owner::start(&folder.data()).stop();
    let mut orphan = start_by_hand(&folder.data(), &folder.data().join("pg-run"));
    let owner = Owner::start(&folder.data());
    assert_eq!(owner.postgres, orphan.id());
    add_row(&owner.url);
    // It is our child, so it must be reaped for its end to show; its owner sees a zombie as ended all the same.
    owner.stop();
    assert!(orphan.wait().unwrap().success());
}

#[test]
fn an_orphan_is_recognised_without_the_right_to_look_into_processes() {
    assert!(geteuid().is_root(), "this test drops a capability, so it needs root");
    let folder = Folder::new();
    Owner::start(&folder.data()).stop();
    let mut orphan = start_by_hand(&folder.data(), &folder.data().join("pg-run"));
    let mut contained = Command::new("setpriv");
    contained.args(["--bounding-set=-sys_ptrace", "--inh-caps=-sys_ptrace"]).arg(example()).arg(folder.data());
    let owner = Owner::of(&mut contained).unwrap();
    assert_eq!(owner.postgres, orphan.id());
    owner.stop();
    assert!(orphan.wait().unwrap().success());
}

#[test]
fn an_orphan_out_of_reach_is_replaced() {
    let folder = Folder::new();
    Owner::start(&folder.data()).stop();
    let elsewhere = folder.data().join("pg-log");
    let mut orphan = start_by_hand(&folder.data(), &elsewhere);
    let owner = Owner::start(&folder.data());
    assert_ne!(owner.postgres, orphan.id());
    assert!(orphan.wait().unwrap().success(), "it was shut down, not killed");
    add_row(&owner.url);
    owner.stop();
}

#[test]
fn a_first_start_that_was_cut_off() {
    let folder = Folder::new();
    let half = folder.data().join("pg.new");
    fs::create_dir_all(half.join("base/1")).unwrap();
    fs::write(half.join("PG_VERSION"), "15\n").unwrap();
    fs::write(half.join("base/1/1259"), [0; 100]).unwrap();
    let owner = Owner::start(&folder.data());
    assert_eq!(add_row(&owner.url), 1);
    owner.stop();
    assert!(!half.exists());
}

#[test]
fn killed_in_the_middle_of_the_first_start() {
    let folder = Folder::new();
    let mut process = Command::new(example()).arg(folder.data()).stdout(Stdio::null()).spawn().unwrap();
    let begun = Instant::now();
    while !folder.data().join("pg.new/PG_VERSION").exists() {
        assert!(begun.elapsed() < Duration::from_secs(5));
        sleep(Duration::from_millis(2));
    }
    process.kill().unwrap();
    process.wait().unwrap();
    assert!(!folder.data().join("pg").exists());
    let owner = Owner::start(&folder.data());
    assert_eq!(add_row(&owner.url), 1);
    owner.stop();
}

#[test]
fn a_long_data_path() {
    let folder = Folder::new();
    let data = folder.data().join("long/".repeat(30));
    let owner = Owner::start(&data);
    assert_eq!(add_row(&owner.url), 1);
    let socket_dir = owner.url.split_once("host=").unwrap().1.split('&').next().unwrap().to_owned();
    assert!(Path::new(&socket_dir).starts_with(std::env::temp_dir()), "{socket_dir}");
    assert_eq!(fs::metadata(&socket_dir).unwrap().permissions().mode() & 0o777, 0o700);
    owner.stop();
    fs::remove_dir_all(socket_dir).unwrap();
}

#[test]
fn a_socket_folder_of_a_stranger_is_refused() {
    assert!(geteuid().is_root(), "this test plays two users, so it needs root");
    let folder = Folder::new();
    Owner::start(&folder.data()).stop();
    let stranger = User::from_name("daemon").unwrap().unwrap();
    chown(folder.data().join("pg-run"), Some(stranger.uid.as_raw()), None).unwrap();
    let said = Owner::of(Command::new(example()).arg(folder.data())).err().unwrap();
    assert!(said.contains("pg-run belongs to another user"), "{said}");
}

#[test]
fn as_an_ordinary_user() {
    assert!(geteuid().is_root(), "this test becomes nobody, so it needs root");
    let folder = Folder::new();
    let program = folder.0.join("managed_postgres");
    fs::copy(example(), &program).unwrap();
    let nobody = User::from_name("nobody").unwrap().unwrap();
    fs::create_dir(folder.data()).unwrap();
    chown(folder.data(), Some(nobody.uid.as_raw()), Some(nobody.gid.as_raw())).unwrap();
    let start = || {
        let mut command = Command::new("setpriv");
        command.args(["--reuid=nobody", "--regid=nogroup", "--clear-groups"]).arg(&program).arg(folder.data());
        Owner::of(&mut command).unwrap()
    };
    let mut owner = start();
    assert_eq!(add_row(&owner.url), 1);
    assert_eq!(fs::metadata(folder.data().join("pg")).unwrap().uid(), nobody.uid.as_raw());
    owner.kill();
    let owner = start();
    assert_eq!(add_row(&owner.url), 2);
    owner.stop();
    // Root finds nobody's cluster and leaves it to nobody.
    let owner = Owner::start(&folder.data());
    assert_eq!(add_row(&owner.url), 3);
    owner.stop();
    assert_eq!(fs::metadata(folder.data().join("pg/PG_VERSION")).unwrap().uid(), nobody.uid.as_raw());
}

#[test]
fn root_with_a_data_directory_that_only_root_can_reach() {
    assert!(geteuid().is_root(), "this test needs root");
    let folder = Folder::new();
    fs::set_permissions(&folder.0, Permissions::from_mode(0o700)).unwrap();
    let owner = Owner::start(&folder.data());
    assert_eq!(add_row(&owner.url), 1);
    let place = fs::read_link(folder.data().join("pg")).unwrap();
    assert!(place.starts_with("/var/lib/max"), "{}", place.display());
    owner.stop();
    let owner = Owner::start(&folder.data());
    assert_eq!(add_row(&owner.url), 2);
    owner.stop();

    // Removed to start anew: the old database does not come back.
    fs::remove_dir_all(folder.data()).unwrap();
    let owner = Owner::start(&folder.data());
    assert_eq!(add_row(&owner.url), 1);
    owner.stop();
    fs::remove_dir_all(place.parent().unwrap()).unwrap();
}

#[test]
fn a_cluster_that_root_copied_back_is_handed_over() {
    assert!(geteuid().is_root(), "this test needs root");
    let folder = Folder::new();
    let owner = Owner::start(&folder.data());
    add_row(&owner.url);
    owner.stop();
    let root = |path: &OsStr| Command::new("chown").args(["-R", "root:root"]).arg(path).status().unwrap();
    assert!(root(folder.data().join("pg").as_os_str()).success());
    let owner = Owner::start(&folder.data());
    assert_eq!(add_row(&owner.url), 2);
    owner.stop();
}

#[test]
fn no_programs_or_other_ones() {
    let folder = Folder::new();
    let said = Owner::of(Command::new(example()).arg(folder.data()).env("MAX_POSTGRES_BIN", "/nowhere")).err().unwrap();
    assert!(said.contains("no PostgreSQL found (looked in /nowhere); install PostgreSQL 15 or newer"), "{said}");

    let old = folder.0.join("old");
    fs::create_dir(&old).unwrap();
    for name in ["postgres", "initdb"] {
        fs::write(old.join(name), "#!/bin/sh\necho 'postgres (PostgreSQL) 14.9'\n").unwrap();
        fs::set_permissions(old.join(name), Permissions::from_mode(0o755)).unwrap();
    }
    let said = Owner::of(Command::new(example()).arg(folder.data()).env("MAX_POSTGRES_BIN", &old)).err().unwrap();
    assert!(said.contains("PostgreSQL 14 is too old"), "{said}");

    Owner::start(&folder.data()).stop();
    let said = Owner::of(Command::new(example()).arg(folder.data()).env("MAX_POSTGRES_BIN", &old)).err().unwrap();
    assert!(said.contains("only 14 is installed"), "{said}");
}

#[test]
fn a_configuration_the_server_refuses_is_told() {
    let folder = Folder::new();
    fs::create_dir(folder.data()).unwrap();
    fs::write(folder.data().join("postgres.conf"), "work_mem = 33MB\n").unwrap();
    let owner = Owner::start(&folder.data());
    assert_eq!(setting(&owner.url, "work_mem"), "33MB", "the operator's file wins");
    owner.stop();
    fs::write(folder.data().join("postgres.conf"), "no_such_setting = 1\n").unwrap();
    let said = Owner::of(Command::new(example()).arg(folder.data())).err().unwrap();
    assert!(said.contains("no_such_setting"), "{said}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_server_that_dies_is_brought_back_and_the_pool_with_it() {
    let folder = Folder::new();
    let managed = Managed::start(&folder.data()).await.unwrap();
    let mut state = managed.state();
    let pool = PgPool::connect(&managed.url()).await.unwrap();
    let first = managed.pid().unwrap();
    signal(first, Signal::SIGKILL);
    state.wait_for(|state| matches!(state, State::Down { .. })).await.unwrap();
    state.wait_for(|state| matches!(state, State::Running { pid } if *pid != first)).await.unwrap();
    let mut tries = 0;
    while let Err(error) = pool.execute("select 1").await {
        tries += 1;
        assert!(tries < 20, "{error}");
    }
    assert!(matches!(Managed::start(&folder.data()).await, Err(StartError::InUse { pid: Some(_), .. })));
    pool.close().await;
    managed.stop().await.unwrap();
    // The folder is free at once.
    Managed::start(&folder.data()).await.unwrap().stop().await.unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_careless_server_is_refused() {
    let folder = Folder::new();
    let managed = Managed::start(&folder.data()).await.unwrap();
    let pool = PgPool::connect(&managed.url()).await.unwrap();
    check_durability(&pool, false).await.unwrap();
    let durability = Durability::read(&pool).await.unwrap();
    assert!(durability.data_checksums && durability.major() >= 15, "{durability:?}");
    pool.close().await;

    let careless = PgPoolOptions::new()
        .after_connect(|connection, _| {
            Box::pin(async move { connection.execute("set synchronous_commit = off").await.map(drop) })
        })
        .connect(&managed.url())
        .await
        .unwrap();
    let refused = check_durability(&careless, false).await.unwrap_err();
    assert!(matches!(&refused, DurabilityError::Unsafe { off } if off == &["synchronous_commit = off"]), "{refused}");
    check_durability(&careless, true).await.unwrap();
    careless.close().await;
    managed.stop().await.unwrap();

    fs::write(folder.data().join("postgres.conf"), "fsync = off\nfull_page_writes = off\n").unwrap();
    let managed = Managed::start(&folder.data()).await.unwrap();
    let pool = PgPool::connect(&managed.url()).await.unwrap();
    let refused = check_durability(&pool, false).await.unwrap_err().to_string();
    assert!(refused.contains("fsync = off and full_page_writes = off"), "{refused}");
    pool.close().await;
    managed.stop().await.unwrap();
}
