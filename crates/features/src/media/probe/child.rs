//! The process that looks. It reads the file from its standard input, says what it finds on its standard output, and has as little as
//! possible to do harm with.

use std::{
    fs::File,
    io::{self, BufReader, Read, Seek, Write},
    os::fd::AsFd,
    process::ExitCode,
};

use nix::sys::resource::{Resource, setrlimit};

use super::{Facts, container, picture};
use crate::media::sniff;

/// The most memory it may ask for, in bytes, with its own code.
const MEMORY: u64 = 768 * 1024 * 1024;
/// The most time of a processor, in seconds.
const SECONDS: u64 = 15;
/// Files it may have open: the three it is given, and a copy of the first.
const OPEN_FILES: u64 = 8;

/// What `max media-probe` does; `task` is `look`, or `jpeg=` and the most bytes.
pub fn run(task: &str) -> ExitCode {
    match limit().map_err(io::Error::from).and_then(|()| look(task)) {
        Ok(()) => ExitCode::SUCCESS,
        Err(_) => ExitCode::FAILURE,
    }
}

/// Gives up what looking does not need. First of all, before a byte is read.
fn limit() -> nix::Result<()> {
    for (resource, most) in [
        (Resource::RLIMIT_AS, MEMORY),
        (Resource::RLIMIT_CPU, SECONDS),
        (Resource::RLIMIT_NOFILE, OPEN_FILES),
        (Resource::RLIMIT_FSIZE, 0),
        (Resource::RLIMIT_CORE, 0),
        (Resource::RLIMIT_NPROC, 0),
    ] {
        setrlimit(resource, most, most)?;
    }
    Ok(())
}

fn look(task: &str) -> io::Result<()> {
    let mut file = BufReader::with_capacity(64 * 1024, File::from(io::stdin().as_fd().try_clone_to_owned()?));
    let mut head = Vec::new();
    (&mut file).take(sniff::HEAD as u64).read_to_end(&mut head)?;
    file.rewind()?;
    let mime = sniff::mime_of(&head);
    let (facts, bytes) = match task.strip_prefix("jpeg=").map(str::parse::<u64>) {
        Some(Ok(most)) => picture::as_jpeg(file, mime, most)?,
        Some(Err(_)) => return Err(io::Error::other("no number of bytes")),
        None if mime.starts_with("image/") => picture::look(file, mime)?,
        None => (container::look(&mut file, &head, mime), Vec::new()),
    };
    say(&facts, &bytes)
}

fn say(facts: &Facts, bytes: &[u8]) -> io::Result<()> {
    let mut out = io::stdout().lock();
    out.write_all(&serde_json::to_vec(facts)?)?;
    out.write_all(b"\n")?;
    out.write_all(bytes)?;
    out.flush()
}
