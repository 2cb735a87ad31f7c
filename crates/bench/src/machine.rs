//! What a figure was measured on: the machine, how busy it was, how fast its disk promises.

use std::{
    fs::{self, File},
    io::Write as _,
    os::unix::fs::FileExt as _,
    path::Path,
    time::{Duration, Instant},
};

use anyhow::Context as _;
use serde::Serialize;

/// The machine.
#[derive(Debug, Clone, Serialize)]
pub struct Machine {
    cpu: String,
    cores: usize,
    memory_mib: u64,
    kernel: String,
}

impl Machine {
    /// This one.
    pub fn here() -> Self {
        let read = |path: &str| fs::read_to_string(path).unwrap_or_default();
        let field = |text: &str, name: &str| {
            let line = text.lines().find(|line| line.starts_with(name))?.split_once(':')?.1.trim().to_owned();
            Some(line)
        };
        let memory = field(&read("/proc/meminfo"), "MemTotal").and_then(|m| m.trim_end_matches(" kB").parse::<u64>().ok());
        Self {
            cpu: field(&read("/proc/cpuinfo"), "model name").unwrap_or_else(|| "unknown".to_owned()),
            cores: std::thread::available_parallelism().map_or(1, usize::from),
            memory_mib: memory.unwrap_or_default() / 1024,
            kernel: read("/proc/sys/kernel/osrelease").trim().to_owned(),
        }
    }
}

impl std::fmt::Display for Machine {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} cores of {}, {} MiB, Linux {}", self.cores, self.cpu, self.memory_mib, self.kernel)
    }
}

/// The machine's load average over one minute.
pub fn load() -> f64 {
    let text = fs::read_to_string("/proc/loadavg").unwrap_or_default();
    text.split_whitespace().next().and_then(|load| load.parse().ok()).unwrap_or_default()
}

/// Milliseconds that a small overwrite takes until the disk has it, as PostgreSQL's log does it: the median of `tries` in this folder.
pub fn fsync_ms(folder: &Path, tries: usize) -> anyhow::Result<f64> {
    const PAGE: usize = 8192;
    const PAGES: usize = 256;
    let path = folder.join("fsync-probe");
    let mut file = File::create(&path).with_context(|| format!("{} cannot be written", path.display()))?;
    file.write_all(&vec![1; PAGE * PAGES])?;
    file.sync_all()?;
    let page = [2; PAGE];
    let mut times = Vec::with_capacity(tries);
    for number in 0..tries {
        let begun = Instant::now();
        file.write_all_at(&page, (number % PAGES * PAGE) as u64)?;
        file.sync_data()?;
        times.push(begun.elapsed());
    }
    fs::remove_file(&path)?;
    times.sort_unstable();
    Ok(times.get(tries / 2).map_or(0.0, Duration::as_secs_f64) * 1e3)
}

/// Resident memory of a process, in KiB.
pub fn resident_kib(pid: u32) -> anyhow::Result<u64> {
    kib(&format!("/proc/{pid}/status"), "VmRSS:")
}

/// Lets the highest resident memory of a process be counted from now on.
pub fn forget_peak(pid: u32) -> anyhow::Result<()> {
    let path = format!("/proc/{pid}/clear_refs");
    fs::write(&path, "5").with_context(|| format!("{path} cannot be written"))
}

/// The highest resident memory of a process, in KiB.
pub fn peak_kib(pid: u32) -> anyhow::Result<u64> {
    kib(&format!("/proc/{pid}/status"), "VmHWM:")
}

/// Memory of a process and its children in KiB, where shared pages count once.
pub fn family_kib(pid: u32) -> anyhow::Result<u64> {
    let mut sum = kib(&format!("/proc/{pid}/smaps_rollup"), "Pss:")?;
    for entry in fs::read_dir("/proc")?.flatten() {
        let stat = fs::read_to_string(entry.path().join("stat")).unwrap_or_default();
        // The name in brackets may hold spaces; the parent is the second word after it.
        let parent = stat.rsplit_once(')').and_then(|(_, rest)| rest.split_whitespace().nth(1)?.parse::<u32>().ok());
        if parent == Some(pid) {
            // A child that has just ended has no memory.
            sum += kib(&entry.path().join("smaps_rollup").to_string_lossy(), "Pss:").unwrap_or_default();
        }
    }
    Ok(sum)
}

fn kib(path: &str, field: &str) -> anyhow::Result<u64> {
    let text = fs::read_to_string(path).with_context(|| format!("{path} cannot be read"))?;
    let line = text.lines().find_map(|line| line.strip_prefix(field)).with_context(|| format!("{path} has no {field}"))?;
    Ok(line.trim().trim_end_matches("kB").trim().parse()?)
}

/// How many files this process may open.
pub fn open_files_limit() -> u64 {
    let limits = fs::read_to_string("/proc/self/limits").unwrap_or_default();
    let line = limits.lines().find_map(|line| line.strip_prefix("Max open files"));
    line.and_then(|line| line.split_whitespace().next()?.parse().ok()).unwrap_or(1024)
}
