//! Where the private database lives on disk: made ready by blocking calls before a server starts.

use std::{
    fs::{self, DirBuilder, File, OpenOptions, Permissions},
    io::{self, Read as _, Seek as _, Write as _},
    os::unix::fs::{DirBuilderExt as _, MetadataExt as _, OpenOptionsExt as _, PermissionsExt as _, fchown, lchown, symlink},
    path::{Path, PathBuf},
    process::Command,
    thread,
    time::{Duration, Instant},
};

use nix::{sys::signal::Signal, unistd::Pid};

use super::{
    Binaries, PORT, StartError, binaries,
    process::{self, RunAs, can_reach, guarded},
    tuning,
};

/// Where clusters live when MAX runs as root and the unprivileged user cannot reach the data directory.
const SYSTEM_HOME: &str = "/var/lib/max";

/// Longest path of a socket: the kernel takes 107 bytes, and a lock file's name is a little longer than the socket's.
const LONGEST_SOCKET: usize = 100;

/// How long a lock that was just given up may take to show as free: a process that is being killed gives up its
/// files a moment before or after it is seen as dead.
const LOCK_PATIENCE: Duration = Duration::from_millis(300);

/// Folders and programs of one private database. Holding it means owning the data directory.
pub(super) struct Site {
    data_dir: PathBuf,
    lock: File,
    binaries: Binaries,
    user: Option<RunAs>,
    /// The cluster, all symbolic links resolved.
    pub(super) cluster: PathBuf,
    /// Folder of the server's socket.
    pub(super) socket_dir: PathBuf,
    /// Folder of the server's log.
    pub(super) log_dir: PathBuf,
}

/// What `postmaster.pid` says of the server that wrote it.
pub(super) struct PidFile {
    pub(super) pid: Pid,
    /// Port and socket folder, once they are known.
    pub(super) place: Option<(u16, PathBuf)>,
    /// Whether it takes connections.
    pub(super) ready: bool,
}

impl Site {
    /// Takes possession of the data directory and makes everything ready that a server needs, the cluster included.
    pub(super) fn prepare(data_dir: &Path) -> Result<Self, StartError> {
        if !data_dir.is_dir() {
            DirBuilder::new().recursive(true).create(data_dir).map_err(StartError::io("creating", data_dir))?;
            // Others may pass through, not look in.
            set_mode(data_dir, 0o711)?;
        }
        let data_dir = fs::canonicalize(data_dir).map_err(StartError::io("opening", data_dir))?;
        let lock = take_lock(&data_dir)?;
        let link = data_dir.join("pg");
        let user = RunAs::choose(fs::metadata(&link).ok().map(|cluster| cluster.uid()))?;
        let binaries = Binaries::find(&link)?;
        let cluster = place(&data_dir, &binaries, user.as_ref())?;
        let home = cluster.parent().unwrap_or(&data_dir).to_owned();
        let log_dir = home.join("pg-log");
        make_private(&log_dir, user.as_ref())?;
        let socket_dir = socket_dir(&home);
        make_private(&socket_dir, user.as_ref())?;
        let site = Self { data_dir, lock, binaries, user, cluster, socket_dir, log_dir };
        if binaries::cluster_major(&site.cluster).is_none() {
            site.create_cluster(&home)?;
        }
        own_private(&site.cluster, site.user.as_ref())?;
        Ok(site)
    }

    /// Creates the cluster beside its place and moves it there when it is whole, so that a start that was cut off leaves
    /// nothing half made.
    fn create_cluster(&self, home: &Path) -> Result<(), StartError> {
        let beside = home.join("pg.new");
        remove_all(&beside)?;
        make_private(&beside, self.user.as_ref())?;
        let program = self.binaries.initdb();
        let mut initdb = guarded(&program, self.user.as_ref(), Signal::SIGKILL);
        initdb.args(["--username=max", "--auth=trust", "--data-checksums", "--encoding=UTF8", "--locale=C.UTF-8"]);
        let output =
            initdb.arg("--no-instructions").arg("-D").arg(&beside).output().map_err(StartError::io("running", &program))?;
        if !output.status.success() {
            let said = last_lines(&String::from_utf8_lossy(&output.stderr));
            return Err(StartError::Initdb { said });
        }
        fs::rename(&beside, &self.cluster).map_err(StartError::io("renaming", &beside))?;
        File::open(home).and_then(|home| home.sync_all()).map_err(StartError::io("writing", home))?;
        tracing::info!(cluster = %self.cluster.display(), major = self.binaries.major, "created the private database");
        Ok(())
    }

    /// Writes the configuration and returns the command that starts the server. Its first words (until its own log is
    /// open) go to a file that [`Site::last_words`] reads.
    pub(super) fn server(&self) -> Result<Command, StartError> {
        self.write_configuration()?;
        let program = self.binaries.postgres();
        let mut server = guarded(&program, self.user.as_ref(), Signal::SIGINT);
        let socket_setting = format!("unix_socket_directories={}", quoted_item(&self.socket_dir.display().to_string()));
        server.arg("-D").arg(&self.cluster).args(["-p", &PORT.to_string()]);
        server.args(["-c", "listen_addresses=", "-c", &socket_setting, "-c", "unix_socket_permissions=0700"]);
        let path = self.first_words();
        let file = OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(&path);
        file.and_then(|file| process::log_to(&mut server, file)).map_err(StartError::io("writing", path))?;
        Ok(server)
    }

    /// What a server that has ended said last: before it opened its log, and there.
    pub(super) fn last_words(&self, pid: u32) -> String {
        let mut said = fs::read_to_string(self.first_words()).unwrap_or_default();
        let logs = fs::read_dir(&self.log_dir).into_iter().flatten().flatten();
        let newest = logs.max_by_key(|log| log.metadata().and_then(|meta| meta.modified()).ok());
        let log = newest.and_then(|log| fs::read_to_string(log.path()).ok()).unwrap_or_default();
        let own = format!("[{pid}]");
        for line in log.lines().filter(|line| line.contains(&own)) {
            said.push_str(line);
            said.push('\n');
        }
        last_lines(&said)
    }

    fn first_words(&self) -> PathBuf {
        self.data_dir.join("postgres-start.log")
    }

    fn write_configuration(&self) -> Result<(), StartError> {
        let own_path = self.data_dir.join("postgres.conf");
        let own = match fs::read_to_string(&own_path) {
            Ok(text) => Some(text),
            Err(error) if error.kind() == io::ErrorKind::NotFound => None,
            Err(error) => return Err(StartError::io("reading", own_path)(error)),
        };
        let text = tuning::configuration(&self.log_dir, tuning::memory(), own.as_deref());
        let (path, beside) = (self.cluster.join("postgresql.conf"), self.cluster.join("postgresql.conf.new"));
        let write = || {
            fs::remove_file(&beside).or_else(absent_is_fine)?;
            let mut file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(&beside)?;
            file.write_all(text.as_bytes())?;
            if let Some(user) = &self.user {
                fchown(&file, Some(user.uid), Some(user.gid))?;
            }
            file.sync_all()?;
            fs::rename(&beside, &path)
        };
        write().map_err(StartError::io("writing", &path))
    }

    /// The server that claims this cluster, if its file is there.
    pub(super) fn pid_file(&self) -> Option<PidFile> {
        pid_file(&self.cluster)
    }

    /// Removes the claim of a server that is none: PostgreSQL would take any living process of that number for it.
    pub(super) fn remove_claim(&self) -> Result<(), StartError> {
        let path = self.cluster.join("postmaster.pid");
        fs::remove_file(&path).or_else(absent_is_fine).map_err(StartError::io("removing", path))
    }

    /// Removes the claim on the socket, for the same reason, when no server runs. The folder is ours alone.
    pub(super) fn remove_socket_claim(&self) -> Result<(), StartError> {
        let path = self.socket_dir.join(format!(".s.PGSQL.{PORT}.lock"));
        fs::remove_file(&path).or_else(absent_is_fine).map_err(StartError::io("removing", path))
    }

    /// Gives the data directory up. Dropping would do, were it not that a process being forked right now holds the file too.
    pub(super) fn release(self) {
        self.lock.unlock().ok();
    }
}

/// Reads `postmaster.pid`.
pub(super) fn pid_file(cluster: &Path) -> Option<PidFile> {
    let text = fs::read_to_string(cluster.join("postmaster.pid")).ok()?;
    let mut lines = text.lines().map(str::trim);
    let pid = lines.next()?.parse().ok().filter(|pid| *pid > 0)?;
    let (port, socket) = (lines.nth(2).and_then(|port| port.parse().ok()), lines.next());
    let place = port.zip(socket.filter(|folder| !folder.is_empty()).map(PathBuf::from));
    let ready = lines.nth(2).is_some_and(|status| status == "ready");
    Some(PidFile { pid: Pid::from_raw(pid), place, ready })
}

fn take_lock(data_dir: &Path) -> Result<File, StartError> {
    let path = data_dir.join("max.lock");
    let mut options = OpenOptions::new();
    let options = options.read(true).write(true).create(true).truncate(false).mode(0o600);
    let mut lock = options.open(&path).map_err(StartError::io("opening", &path))?;
    let begun = Instant::now();
    loop {
        match lock.try_lock() {
            Ok(()) => break,
            Err(fs::TryLockError::WouldBlock) if begun.elapsed() < LOCK_PATIENCE => thread::sleep(Duration::from_millis(10)),
            Err(fs::TryLockError::WouldBlock) => {
                let mut text = String::new();
                lock.read_to_string(&mut text).ok();
                return Err(StartError::InUse { data_dir: data_dir.to_owned(), pid: text.trim().parse().ok() });
            }
            Err(fs::TryLockError::Error(error)) => return Err(StartError::io("locking", path)(error)),
        }
    }
    let pid = format!("{}\n", std::process::id());
    lock.set_len(0)
        .and_then(|()| lock.rewind())
        .and_then(|()| lock.write_all(pid.as_bytes()))
        .map_err(StartError::io("writing", path))?;
    Ok(lock)
}

/// Where the cluster lives, existing or not, symbolic links resolved: `pg` in the data directory, or where a link of that
/// name leads (an operator's choice, or our own when PostgreSQL's user cannot reach the data directory). Socket and log lie
/// beside it.
fn place(data_dir: &Path, binaries: &Binaries, user: Option<&RunAs>) -> Result<PathBuf, StartError> {
    let link = data_dir.join("pg");
    let target = match fs::read_link(&link) {
        Ok(target) => Some(target),
        Err(_) => system_place(data_dir, &link, binaries, user)?,
    };
    let Some(target) = target else { return Ok(link) };
    let home = data_dir.join(target.parent().unwrap_or(data_dir));
    let home = fs::canonicalize(&home).map_err(StartError::io("opening", &home))?;
    if let Some(user) = user
        && !reaches(user, binaries, &home)?
    {
        return Err(StartError::Unreachable { path: home, user: user.name.clone() });
    }
    Ok(home.join(target.file_name().unwrap_or("pg".as_ref())))
}

/// A place in the system's folder, linked to from the data directory, if PostgreSQL's user cannot reach the latter.
fn system_place(data_dir: &Path, link: &Path, binaries: &Binaries, user: Option<&RunAs>) -> Result<Option<PathBuf>, StartError> {
    let Some(user) = user else { return Ok(None) };
    let unreachable = |path: PathBuf| StartError::Unreachable { path, user: user.name.clone() };
    if !reaches(user, binaries, Path::new("/"))? {
        return Err(unreachable(binaries.postgres()));
    }
    if reaches(user, binaries, data_dir)? {
        return Ok(None);
    }
    if link.exists() {
        return Err(unreachable(data_dir.to_owned()));
    }
    let target = system_home(data_dir)?.join("pg");
    symlink(&target, link).map_err(StartError::io("linking", link))?;
    tracing::info!(
        data_dir = %data_dir.display(), place = %target.display(), user = user.name,
        "PostgreSQL's user cannot reach the data directory: the private database lives in the system's folder"
    );
    Ok(Some(target))
}

fn reaches(user: &RunAs, binaries: &Binaries, folder: &Path) -> Result<bool, StartError> {
    can_reach(&binaries.postgres(), user, folder).map_err(StartError::io("trying", folder))
}

/// A fresh folder for this data directory. Never one that exists: a data directory that was removed to start anew must
/// not meet its old database again.
fn system_home(data_dir: &Path) -> Result<PathBuf, StartError> {
    let above = Path::new(SYSTEM_HOME);
    DirBuilder::new().recursive(true).create(above).map_err(StartError::io("creating", above))?;
    set_mode(above, 0o711)?;
    let name = fingerprint(data_dir);
    for number in 1_u32.. {
        let home = above.join(format!("{name}-{number}"));
        match DirBuilder::new().create(&home) {
            Ok(()) => {
                set_mode(&home, 0o711)?;
                return Ok(home);
            }
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
            Err(error) => return Err(StartError::io("creating", home)(error)),
        }
    }
    Err(StartError::io("creating", above)(io::ErrorKind::AlreadyExists.into()))
}

/// The folder of the socket: short, because the kernel limits the length of a socket's path.
fn socket_dir(home: &Path) -> PathBuf {
    let fits = |folder: &Path| folder.join(format!(".s.PGSQL.{PORT}")).as_os_str().len() <= LONGEST_SOCKET;
    let name = format!("max-{}", fingerprint(home));
    [home.join("pg-run"), std::env::temp_dir().join(&name)]
        .into_iter()
        .find(|folder| fits(folder))
        .unwrap_or_else(|| Path::new("/tmp").join(name))
}

/// Sixteen letters that stand for a path (FNV-1a: no secret, only short and always the same).
fn fingerprint(path: &Path) -> String {
    let hash = path
        .as_os_str()
        .as_encoded_bytes()
        .iter()
        .fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| (hash ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3));
    format!("{hash:016x}")
}

/// Makes a folder that only PostgreSQL's user enters.
fn make_private(folder: &Path, user: Option<&RunAs>) -> Result<(), StartError> {
    match DirBuilder::new().mode(0o700).create(folder) {
        Err(error) if error.kind() != io::ErrorKind::AlreadyExists => Err(StartError::io("creating", folder)(error)),
        _ => own_private(folder, user),
    }
}

/// Makes a folder PostgreSQL's user's own; refuses one of a stranger, who might have laid it out as a trap.
fn own_private(folder: &Path, user: Option<&RunAs>) -> Result<(), StartError> {
    let meta = fs::symlink_metadata(folder).map_err(StartError::io("opening", folder))?;
    let me = nix::unistd::geteuid().as_raw();
    let owner = user.map_or(me, |user| user.uid);
    if !meta.is_dir() || (meta.uid() != owner && meta.uid() != me) {
        return Err(StartError::Foreign { path: folder.to_owned(), owner: meta.uid() });
    }
    if meta.permissions().mode() & 0o777 != 0o700 {
        set_mode(folder, 0o700)?;
    }
    match user {
        Some(user) if meta.uid() != user.uid => give(folder, user).map_err(StartError::io("giving away", folder)),
        _ => Ok(()),
    }
}

/// Changes the owner of everything in a folder: one that root copied back from a backup is root's throughout.
fn give(path: &Path, user: &RunAs) -> io::Result<()> {
    lchown(path, Some(user.uid), Some(user.gid))?;
    if fs::symlink_metadata(path)?.is_dir() {
        for entry in fs::read_dir(path)? {
            give(&entry?.path(), user)?;
        }
    }
    Ok(())
}

fn set_mode(path: &Path, mode: u32) -> Result<(), StartError> {
    fs::set_permissions(path, Permissions::from_mode(mode)).map_err(StartError::io("opening", path))
}

/// Removes what an earlier start left. It may still be growing for a moment, if that start was killed just now.
fn remove_all(folder: &Path) -> Result<(), StartError> {
    let begun = Instant::now();
    loop {
        match fs::remove_dir_all(folder).or_else(absent_is_fine) {
            Ok(()) => return Ok(()),
            Err(error) if begun.elapsed() > Duration::from_secs(5) => return Err(StartError::io("removing", folder)(error)),
            Err(_) => thread::sleep(Duration::from_millis(50)),
        }
    }
}

fn absent_is_fine(error: io::Error) -> io::Result<()> {
    if error.kind() == io::ErrorKind::NotFound { Ok(()) } else { Err(error) }
}

/// One item of a PostgreSQL list setting, in double quotes.
fn quoted_item(item: &str) -> String {
    format!("\"{}\"", item.replace('"', "\"\""))
}

fn last_lines(text: &str) -> String {
    let lines: Vec<&str> = text.lines().filter(|line| !line.trim().is_empty()).collect();
    lines[lines.len().saturating_sub(12)..].join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_long_home_gets_a_short_socket_folder() {
        assert_eq!(socket_dir(Path::new("/data")), Path::new("/data/pg-run"));
        let long = PathBuf::from(format!("/{}", "long/".repeat(30)));
        let short = socket_dir(&long);
        assert!(short.as_os_str().len() < 60 && short == socket_dir(&long), "{}", short.display());
        assert_ne!(short, socket_dir(&long.join("other")));
    }
}
