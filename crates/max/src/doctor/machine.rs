//! What MAX needs of the machine: a place to write, a disk that keeps its word, a port, file handles.

use std::{
    fs::{self, File, OpenOptions},
    io::{self, Write as _},
    net::{IpAddr, Ipv4Addr, SocketAddr},
    os::unix::fs::{OpenOptionsExt as _, PermissionsExt as _},
    path::{Path, PathBuf},
    time::{Duration, Instant},
};

use base::Ids;
use kernel::config::Settings;
use nix::sys::statvfs::statvfs;
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::{TcpListener, TcpStream},
    time::timeout,
};

use super::Check;

const GIB: u64 = 1 << 30;
/// Below this much free space PostgreSQL soon stops; below the second one somebody should look.
const LEAST_SPACE: u64 = GIB / 2;
const LITTLE_SPACE: u64 = 5 * GIB;
/// How often the disk is tried, and from which median on it holds up every acknowledgement.
const DISK_TRIES: usize = 21;
const SLOW_DISK: Duration = Duration::from_millis(20);
/// One socket per agent and a database connection or two: less is too few, and below the second one it shows.
const LEAST_FILES: u64 = 1024;
const FEW_FILES: u64 = 16_384;
const ANSWER_LIMIT: Duration = Duration::from_secs(3);

pub(super) fn data_directory(settings: &Settings, ids: &Ids) -> Check {
    let name = "data directory";
    let folder = existing(&settings.data_dir);
    let shown = settings.data_dir.display();
    let written = scratch(&folder, ids).and_then(|(path, file)| {
        drop(file);
        fs::remove_file(path)
    });
    if let Err(error) = written {
        let fix = "make it writable for the user MAX runs as, or name another folder in MAX_DATA_DIR";
        return Check::fail(name, format!("{} cannot be written: {error}", folder.display()), fix);
    }
    let free = match statvfs(&folder) {
        Ok(disk) => disk.blocks_available() * disk.fragment_size(),
        Err(error) => return Check::warn(name, format!("the free space of {shown} cannot be told: {error}"), "check it by hand"),
    };
    let found = match folder == settings.data_dir {
        true => format!("{shown} can be written; {:.1} GiB are free", gib(free)),
        false => format!("{shown} is made at the first start; {:.1} GiB are free", gib(free)),
    };
    match free {
        ..LEAST_SPACE => Check::fail(name, found, "free some space: a full disk stops the database"),
        LEAST_SPACE..LITTLE_SPACE => Check::warn(name, found, "free some space before the database stops for want of it"),
        _ => Check::ok(name, found),
    }
}

pub(super) fn secret_key(settings: &Settings, ids: &Ids) -> Check {
    let name = "secret key";
    if settings.secret_key.is_some() {
        return Check::ok(name, "given in the settings");
    }
    let path = settings.secret_key_path();
    let mode = match fs::metadata(&path) {
        Ok(meta) => meta.permissions().mode() & 0o777,
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            return Check::ok(name, format!("{} is made at the first start", path.display()));
        }
        Err(error) => {
            return Check::fail(name, format!("{} cannot be read: {error}", path.display()), "start MAX as the file's owner");
        }
    };
    match settings.master_key(ids) {
        Err(error) => Check::fail(name, error.to_string(), "restore the file from a backup"),
        Ok(_) if mode != 0o600 => {
            let found = format!("{} can be read by others (mode {mode:04o})", path.display());
            Check::fail(name, found, format!("chmod 600 {}", path.display()))
        }
        Ok(_) => Check::ok(name, format!("{}, readable by its owner only; keep a copy with the backups", path.display())),
    }
}

/// How long the disk takes until a write is safe: every acknowledgement waits for it.
pub(super) async fn disk(settings: &Settings, ids: &Ids) -> Check {
    let name = "disk";
    let (folder, ids) = (existing(&settings.data_dir), ids.clone());
    let measured = tokio::task::spawn_blocking(move || median_sync(&folder, &ids)).await;
    match measured.map_err(io::Error::from).flatten() {
        Err(error) => {
            Check::fail(name, format!("writing through to the disk fails: {error}"), "look at the disk and its mount options")
        }
        Ok(median) => {
            let found = format!("a write is safe after {:.2} ms (median of {DISK_TRIES})", median.as_secs_f64() * 1000.0);
            match median > SLOW_DISK {
                true => Check::warn(name, found, "use a faster disk: every acknowledged message waits for it"),
                false => Check::ok(name, found),
            }
        }
    }
}

fn median_sync(folder: &Path, ids: &Ids) -> io::Result<Duration> {
    let (path, mut file) = scratch(folder, ids)?;
    let mut measure = || {
        let mut times = Vec::with_capacity(DISK_TRIES);
        for _ in 0..DISK_TRIES {
            let begun = Instant::now();
            file.write_all(&[0x5a; 8192])?;
            file.sync_data()?;
            times.push(begun.elapsed());
        }
        times.sort();
        Ok(times[DISK_TRIES / 2])
    };
    let median = measure();
    fs::remove_file(path)?;
    median
}

pub(super) fn public_url(settings: &Settings) -> Check {
    let (name, url) = ("public address", &settings.public_url);
    let local = match url.host() {
        Some(url::Host::Domain(domain)) => domain == "localhost" || domain.ends_with(".localhost"),
        Some(url::Host::Ipv4(ip)) => ip.is_loopback(),
        Some(url::Host::Ipv6(ip)) => ip.is_loopback(),
        None => false,
    };
    match (url.scheme(), local) {
        (_, true) => Check::ok(name, format!("{url}, for this machine only")),
        ("https", false) => Check::ok(name, url.to_string()),
        _ => Check::fail(
            name,
            format!(
                "{url} is not encrypted: passwords and messages can be read on the way, and providers send no webhooks to it"
            ),
            "put a proxy with a certificate in front and set MAX_PUBLIC_URL to its https address",
        ),
    }
}

pub(super) async fn listen(settings: &Settings) -> Check {
    let (name, address) = ("web server", settings.listen);
    match TcpListener::bind(address).await {
        Ok(_) => Check::ok(name, format!("{address} is free: MAX is not running")),
        Err(error) if error.kind() == io::ErrorKind::AddrInUse => match readyz(address).await {
            Ok(200) => Check::ok(name, format!("MAX is running on {address} and ready")),
            Ok(503) => Check::warn(name, format!("MAX is running on {address} and not ready"), "its log says what it waits for"),
            Ok(status) => taken(address, &format!("it answers /readyz with {status}")),
            Err(error) => taken(address, &format!("it does not answer /readyz: {error}")),
        },
        Err(error) => Check::fail(name, format!("MAX cannot listen on {address}: {error}"), "set MAX_LISTEN to another address"),
    }
}

fn taken(address: SocketAddr, how: &str) -> Check {
    let fix = "stop it, or set MAX_LISTEN to another address";
    Check::fail("web server", format!("{address} is taken by another program ({how})"), fix)
}

/// The status that the program on this address answers `/readyz` with.
async fn readyz(address: SocketAddr) -> io::Result<u16> {
    let here =
        if address.ip().is_unspecified() { SocketAddr::new(IpAddr::V4(Ipv4Addr::LOCALHOST), address.port()) } else { address };
    let ask = async {
        let mut stream = TcpStream::connect(here).await?;
        stream.write_all(format!("GET /readyz HTTP/1.1\r\nhost: {here}\r\nconnection: close\r\n\r\n").as_bytes()).await?;
        // The status line, `HTTP/1.1 200`, is all that matters.
        let mut start = [0; 12];
        stream.read_exact(&mut start).await?;
        let status = str::from_utf8(&start).ok().and_then(|line| line.strip_prefix("HTTP/1.")?.get(2..)?.parse().ok());
        status.ok_or_else(|| io::Error::other("it does not speak HTTP"))
    };
    timeout(ANSWER_LIMIT, ask).await?
}

pub(super) fn open_files() -> Check {
    let name = "open files";
    let limits = fs::read_to_string("/proc/self/limits").unwrap_or_default();
    let soft = limits.lines().find_map(|line| line.strip_prefix("Max open files")?.split_whitespace().next());
    let files = match soft {
        Some("unlimited") => return Check::ok(name, "as many as wanted"),
        Some(number) => number.parse::<u64>().unwrap_or(0),
        None => return Check::warn(name, "the limit cannot be told", "check it with ulimit -n"),
    };
    let found = format!("this process may open {files} files and sockets");
    let fix = "raise the limit (ulimit -n 65536; systemd: LimitNOFILE=65536)";
    match files {
        ..LEAST_FILES => Check::fail(name, found, fix),
        LEAST_FILES..FEW_FILES => Check::warn(name, found, fix),
        _ => Check::ok(name, found),
    }
}

/// The folder, or the nearest one above it that exists.
fn existing(folder: &Path) -> PathBuf {
    folder.ancestors().find(|folder| folder.is_dir()).unwrap_or(Path::new("/")).to_owned()
}

fn scratch(folder: &Path, ids: &Ids) -> io::Result<(PathBuf, File)> {
    let path = folder.join(format!(".doctor.{:016x}", ids.fraction().to_bits()));
    let file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(&path)?;
    Ok((path, file))
}

#[expect(clippy::cast_precision_loss, reason = "shown with one decimal")]
fn gib(bytes: u64) -> f64 {
    bytes as f64 / GIB as f64
}
