//! Processes that die with us: the server, started from a thread that outlives it, and the signals it is sent.

use std::{
    ffi::OsStr,
    fs::{self, File},
    io,
    os::unix::{ffi::OsStrExt as _, process::CommandExt as _},
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    sync::{Arc, Mutex, PoisonError, mpsc},
    thread,
    time::Duration,
};

use nix::{
    errno::Errno,
    sys::{
        prctl,
        signal::{Signal, kill},
        wait::{Id, WaitPidFlag, waitid},
    },
    unistd::{Pid, User, geteuid, getpid, getppid},
};
use tokio::sync::{oneshot, watch};

use super::StartError;

/// What of our own environment the server sees: nothing of MAX's, which holds secrets, and nothing of libpq's.
const PASSED_ON: [&str; 2] = ["PATH", "LD_LIBRARY_PATH"];

/// How often a server that is not our child is looked at.
const GLANCE: Duration = Duration::from_millis(200);

/// The user that PostgreSQL runs as when MAX runs as root.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct RunAs {
    pub(super) uid: u32,
    pub(super) gid: u32,
    pub(super) name: String,
}

impl RunAs {
    /// `None` when MAX is no root and PostgreSQL runs as the same user; else the owner of the cluster if there is one,
    /// else `postgres`, else `nobody`.
    pub(super) fn choose(owner: Option<u32>) -> Result<Option<Self>, StartError> {
        if !geteuid().is_root() {
            return Ok(None);
        }
        let of_cluster = owner.filter(|uid| *uid != 0).and_then(|uid| User::from_uid(uid.into()).ok().flatten());
        let by_name = || ["postgres", "nobody"].iter().find_map(|name| User::from_name(name).ok().flatten());
        let user = of_cluster.or_else(by_name).ok_or(StartError::NoUser)?;
        Ok(Some(Self { uid: user.uid.as_raw(), gid: user.gid.as_raw(), name: user.name }))
    }
}

/// A command that runs as `user`, outside our process group (the terminal's Ctrl-C is for us: the database goes last),
/// with a clean environment, and that gets `on_death` when the thread that spawned it ends.
#[expect(unsafe_code, reason = "the death signal must be set between fork and exec, after the change of user that clears it")]
pub(super) fn guarded(program: &Path, user: Option<&RunAs>, on_death: Signal) -> Command {
    let mut command = Command::new(program);
    command.env_clear().env("LC_ALL", "C.UTF-8").env("TZ", "UTC").current_dir("/").process_group(0).stdin(Stdio::null());
    for name in PASSED_ON {
        if let Some(value) = std::env::var_os(name) {
            command.env(name, value);
        }
    }
    if let Some(user) = user {
        command.uid(user.uid).gid(user.gid);
    }
    let parent = getpid();
    let set_death_signal = move || {
        prctl::set_pdeathsig(on_death)?;
        // If the parent died before the line above, nobody would send the signal any more.
        if getppid() == parent { Ok(()) } else { Err(io::Error::from_raw_os_error(Errno::ESRCH as i32)) }
    };
    // SAFETY: the closure only makes system calls; it neither allocates nor takes a lock.
    unsafe { command.pre_exec(set_death_signal) };
    command
}

/// Whether `user` may pass into `folder` (and run `program`): found by trying, which no reading of modes replaces.
pub(super) fn can_reach(program: &Path, user: &RunAs, folder: &Path) -> io::Result<bool> {
    let mut attempt = guarded(program, Some(user), Signal::SIGKILL);
    match attempt.arg("--version").current_dir(folder).stdout(Stdio::null()).stderr(Stdio::null()).status() {
        Ok(status) => Ok(status.success()),
        Err(error) if error.kind() == io::ErrorKind::PermissionDenied => Ok(false),
        Err(error) => Err(error),
    }
}

/// The thread that all servers are started from. The death signal follows the thread, and threads of the async runtime
/// come and go; this one waits for its server's end.
pub(super) struct Keeper(mpsc::Sender<Order>);

struct Order {
    command: Command,
    started: oneshot::Sender<io::Result<OurChild>>,
}

impl Keeper {
    pub(super) fn start() -> io::Result<Self> {
        let (orders, inbox) = mpsc::channel();
        thread::Builder::new().name("postgres".to_owned()).spawn(move || {
            for order in inbox {
                serve(order);
            }
        })?;
        Ok(Self(orders))
    }

    pub(super) async fn spawn(&self, command: Command) -> io::Result<Server> {
        let (started, answer) = oneshot::channel();
        let gone = || io::Error::other("the thread that starts PostgreSQL is gone");
        self.0.send(Order { command, started }).map_err(|_| gone())?;
        answer.await.map_err(|_| gone())?.map(Server::Child)
    }
}

/// Starts one server and waits for its end.
fn serve(Order { mut command, started }: Order) {
    let mut child = match command.spawn() {
        Ok(child) => child,
        Err(error) => return drop(started.send(Err(error))),
    };
    drop(command);
    let (ended, end) = watch::channel(None);
    let reaped = Arc::new(Mutex::new(false));
    let pid = pid_of(&child);
    // If nobody takes it any more, dropping it stops the server.
    drop(started.send(Ok(OurChild { pid, reaped: Arc::clone(&reaped), end })));
    // First wait without reaping: until signals are locked out, the process id must not pass to a stranger.
    while waitid(Id::Pid(pid), WaitPidFlag::WEXITED | WaitPidFlag::WNOWAIT) == Err(Errno::EINTR) {}
    *reaped.lock().unwrap_or_else(PoisonError::into_inner) = true;
    let how = child.wait().map_or_else(|error| error.to_string(), |status| status.to_string());
    ended.send_replace(Some(how));
}

fn pid_of(child: &Child) -> Pid {
    Pid::from_raw(child.id().cast_signed())
}

/// A running server. Dropping it asks it to stop.
pub(super) enum Server {
    /// Started by us.
    Child(OurChild),
    /// Found running on our cluster.
    Adopted(Adopted),
}

pub(super) struct OurChild {
    pid: Pid,
    reaped: Arc<Mutex<bool>>,
    end: watch::Receiver<Option<String>>,
}

pub(super) struct Adopted {
    pub(super) pid: Pid,
    pub(super) cluster: PathBuf,
}

impl Server {
    pub(super) fn pid(&self) -> u32 {
        let pid = match self {
            Self::Child(child) => child.pid,
            Self::Adopted(adopted) => adopted.pid,
        };
        pid.as_raw().cast_unsigned()
    }

    /// Waits for the end; tells how it came.
    pub(super) async fn ended(&mut self) -> String {
        match self {
            Self::Child(child) => match child.end.wait_for(Option::is_some).await {
                Ok(how) => how.clone().unwrap_or_default(),
                Err(_) => "its keeper is gone".to_owned(),
            },
            Self::Adopted(adopted) => {
                while is_postmaster(adopted.pid, &adopted.cluster) {
                    tokio::time::sleep(GLANCE).await;
                }
                "not our child, so nobody knows how".to_owned()
            }
        }
    }

    /// Sends a signal, unless the server has ended already.
    pub(super) fn signal(&self, signal: Signal) {
        match self {
            Self::Child(child) => {
                let reaped = child.reaped.lock().unwrap_or_else(PoisonError::into_inner);
                if !*reaped {
                    kill(child.pid, signal).ok();
                }
            }
            Self::Adopted(adopted) => signal_postmaster(adopted.pid, &adopted.cluster, signal),
        }
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.signal(Signal::SIGINT);
    }
}

/// Sends a signal to a server that is not our child, if it still is the server of this cluster.
pub(super) fn signal_postmaster(pid: Pid, cluster: &Path, signal: Signal) {
    if is_postmaster(pid, cluster) {
        kill(pid, signal).ok();
    }
}

/// Whether the process is a PostgreSQL server that works in `cluster`. A zombie is none.
pub(super) fn is_postmaster(pid: Pid, cluster: &Path) -> bool {
    let of_process = |what: &str| PathBuf::from(format!("/proc/{pid}/{what}"));
    let name = fs::read_to_string(of_process("comm")).unwrap_or_default();
    let works_here = match fs::read_link(of_process("cwd")) {
        Ok(folder) => folder == cluster,
        // Root in a container may often not look into another user's process; but a server names its folder.
        Err(error) if error.kind() == io::ErrorKind::PermissionDenied => {
            let line = fs::read(of_process("cmdline")).unwrap_or_default();
            line.split(|byte| *byte == 0).any(|word| fs::canonicalize(OsStr::from_bytes(word)).is_ok_and(|path| path == cluster))
        }
        Err(_) => false,
    };
    works_here && matches!(name.trim(), "postgres" | "postmaster")
}

/// Whether the process exists, even as a zombie.
pub(super) fn exists(pid: Pid) -> bool {
    kill(pid, None) != Err(Errno::ESRCH)
}

/// Sends the output of a command to a file.
pub(super) fn log_to(command: &mut Command, file: File) -> io::Result<()> {
    command.stdout(file.try_clone()?).stderr(file);
    Ok(())
}
