//! Finds the PostgreSQL programs of this machine.

use std::{
    env, fs,
    path::{Path, PathBuf},
    process::Command,
};

use super::{OLDEST_MAJOR, StartError};

/// Names a folder with `postgres` and `initdb`; then no other is looked at.
pub const OVERRIDE: &str = "MAX_POSTGRES_BIN";

/// Folders that hold one folder per major version, newest wins, and what stands around the version's number.
const VERSIONED: [(&str, &str, &str); 2] = [("/usr/lib/postgresql", "", "bin"), ("/usr", "pgsql-", "bin")];

/// The programs of one PostgreSQL installation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Binaries {
    /// Their folder, symbolic links resolved.
    pub folder: PathBuf,
    /// The major version, such as 15.
    pub major: u32,
}

impl Binaries {
    /// The newest installation, or the one that made the cluster in `cluster` if there is one.
    pub(super) fn find(cluster: &Path) -> Result<Self, StartError> {
        let installed = installed()?;
        let all = || installed.iter().map(|found| found.major.to_string()).collect::<Vec<_>>().join(", ");
        let chosen = match cluster_major(cluster) {
            Some(needed) => installed.iter().find(|found| found.major == needed).ok_or_else(|| StartError::OtherMajor {
                cluster: cluster.to_owned(),
                needed,
                found: all(),
            })?,
            None => {
                installed.iter().find(|found| found.major >= OLDEST_MAJOR).ok_or_else(|| StartError::TooOld { found: all() })?
            }
        };
        Ok(chosen.clone())
    }

    /// The server.
    pub(super) fn postgres(&self) -> PathBuf {
        self.folder.join("postgres")
    }

    /// The program that creates a cluster.
    pub(super) fn initdb(&self) -> PathBuf {
        self.folder.join("initdb")
    }

    /// The installation in a folder. Distributions link single programs into the PATH, so links are followed first:
    /// the server finds its libraries and `initdb` beside its real place.
    fn in_folder(folder: &Path) -> Option<Self> {
        let postgres = fs::canonicalize(folder.join("postgres")).ok()?;
        let folder = postgres.parent()?.to_owned();
        if !folder.join("initdb").is_file() {
            return None;
        }
        let said = Command::new(&postgres).arg("--version").output().ok()?.stdout;
        let major = major_of(&String::from_utf8_lossy(&said))?;
        Some(Self { folder, major })
    }
}

/// The major version that made a cluster, if one is there.
pub(super) fn cluster_major(cluster: &Path) -> Option<u32> {
    fs::read_to_string(cluster.join("PG_VERSION")).ok()?.trim().parse().ok()
}

/// Every installation, in order of preference; never empty.
fn installed() -> Result<Vec<Binaries>, StartError> {
    let folders = match env::var_os(OVERRIDE).filter(|folder| !folder.is_empty()) {
        Some(folder) => vec![PathBuf::from(folder)],
        None => {
            let path = env::var_os("PATH").unwrap_or_default();
            env::split_paths(&path).filter(|folder| folder.is_absolute()).chain(versioned()).collect()
        }
    };
    let mut found: Vec<Binaries> = Vec::new();
    for binaries in folders.iter().filter_map(|folder| Binaries::in_folder(folder)) {
        if !found.contains(&binaries) {
            found.push(binaries);
        }
    }
    if found.is_empty() {
        let searched = folders.iter().map(|folder| folder.display().to_string()).collect::<Vec<_>>().join(", ");
        return Err(StartError::NotFound { searched });
    }
    Ok(found)
}

fn versioned() -> Vec<PathBuf> {
    let mut folders: Vec<(u32, PathBuf)> = VERSIONED
        .iter()
        .flat_map(|(above, before, below)| {
            let entries = fs::read_dir(above).into_iter().flatten().flatten();
            entries.filter_map(move |entry| {
                let major = entry.file_name().to_str()?.strip_prefix(before)?.parse().ok()?;
                Some((major, entry.path().join(below)))
            })
        })
        .collect();
    folders.sort_by_key(|(major, _)| std::cmp::Reverse(*major));
    folders.into_iter().map(|(_, folder)| folder).collect()
}

/// `postgres (PostgreSQL) 15.18 (Debian 15.18-0+deb12u1)` or `... 18beta1` to the major version.
fn major_of(said: &str) -> Option<u32> {
    let version = said.split_once("(PostgreSQL) ")?.1;
    let end = version.find(|c: char| !c.is_ascii_digit()).unwrap_or(version.len());
    version[..end].parse().ok()
}

#[cfg(test)]
mod tests {
    use super::major_of;

    #[test]
    fn versions_are_read() {
        assert_eq!(major_of("postgres (PostgreSQL) 15.18 (Debian 15.18-0+deb12u1)\n"), Some(15));
        assert_eq!(major_of("postgres (PostgreSQL) 18beta1"), Some(18));
        assert_eq!(major_of("something else"), None);
    }
}
