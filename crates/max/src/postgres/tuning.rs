//! The server's own configuration file: what suits a machine that MAX and its database share.

use std::{fs, path::Path};

const MIB: u64 = 1 << 20;

/// The text of `postgresql.conf`. `own` is the operator's file, which stands last and so wins.
///
/// What keeps strangers out (no network, a private socket folder) is not here but on the server's command line, which
/// wins over every file.
pub(super) fn configuration(log_dir: &Path, memory: u64, own: Option<&str>) -> String {
    let shared = (memory / 8).clamp(64 * MIB, 4096 * MIB) / MIB;
    let cached = (memory / 2).max(128 * MIB) / MIB;
    let maintenance = (memory / 64).clamp(32 * MIB, 512 * MIB) / MIB;
    let log_dir = log_dir.display().to_string().replace('\'', "''");
    let own = own.unwrap_or_default();
    format!(
        "# MAX writes this file at every start. Your own settings belong into postgres.conf in the data directory of MAX;
# they are copied to the end of this file.

# Memory: an eighth of the machine's for the server, for MAX and the file cache live here too.
shared_buffers = {shared}MB
effective_cache_size = {cached}MB
maintenance_work_mem = {maintenance}MB
work_mem = 8MB
max_connections = 100

# What is acknowledged is on disk.
fsync = on
full_page_writes = on
synchronous_commit = on
wal_compression = on
checkpoint_timeout = 15min
min_wal_size = 256MB
max_wal_size = 2GB

# Many short statements on a fast disk.
random_page_cost = 1.1
effective_io_concurrency = 100
jit = off
autovacuum_vacuum_scale_factor = 0.05
autovacuum_analyze_scale_factor = 0.05

# A file for each day of the week.
logging_collector = on
log_directory = '{log_dir}'
log_filename = 'postgres-%a.log'
log_file_mode = 0600
log_rotation_age = 1d
log_rotation_size = 0
log_truncate_on_rotation = on
log_line_prefix = '%m [%p] %q%u@%d '
log_checkpoints = on
log_lock_waits = on
log_min_duration_statement = 1s
log_parameter_max_length = 0
log_parameter_max_length_on_error = 0
track_io_timing = on

timezone = 'UTC'
log_timezone = 'UTC'
lc_messages = 'C.UTF-8'
lc_monetary = 'C.UTF-8'
lc_numeric = 'C.UTF-8'
lc_time = 'C.UTF-8'

# From postgres.conf.
{own}
"
    )
}

/// Bytes of memory this process may count on: the machine's, or its container's if that is less.
pub(super) fn memory() -> u64 {
    let machine = fs::read_to_string("/proc/meminfo").ok().and_then(|text| {
        let line = text.lines().find_map(|line| line.strip_prefix("MemTotal:"))?;
        line.trim().trim_end_matches("kB").trim().parse::<u64>().ok().map(|kib| kib * 1024)
    });
    let container = ["/sys/fs/cgroup/memory.max", "/sys/fs/cgroup/memory/memory.limit_in_bytes"]
        .iter()
        .find_map(|path| fs::read_to_string(path).ok()?.trim().parse::<u64>().ok());
    machine.into_iter().chain(container).min().unwrap_or(1024 * MIB)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_operators_settings_stand_last_and_memory_follows_the_machine() {
        let text = configuration(Path::new("/data/it's"), 8 * 1024 * MIB, Some("work_mem = 64MB"));
        assert!(text.contains("shared_buffers = 1024MB\n"));
        assert!(text.contains("log_directory = '/data/it''s'\n"));
        assert!(text.find("work_mem = 64MB").unwrap() > text.find("work_mem = 8MB").unwrap());
        assert!(memory() > 64 * MIB);
    }
}
