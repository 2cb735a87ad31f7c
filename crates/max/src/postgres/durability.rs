//! Whether a database keeps what it acknowledges.

use sqlx::PgPool;

use super::OLDEST_MAJOR;

/// What a database says about itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Durability {
    /// The version's number, such as 150018.
    pub version: u32,
    /// Whether writes are forced to disk.
    pub fsync: bool,
    /// Whether a page half written in a power cut can be repaired.
    pub full_page_writes: bool,
    /// How far a commit goes before it is acknowledged; `off` promises nothing.
    pub synchronous_commit: String,
    /// Whether silent changes on the disk are noticed.
    pub data_checksums: bool,
}

/// The database may not be used.
#[derive(Debug, thiserror::Error)]
pub enum DurabilityError {
    /// Older than MAX can use.
    #[error("the database is PostgreSQL {found}; MAX needs {OLDEST_MAJOR} or newer")]
    TooOld {
        /// Its major version.
        found: u32,
    },
    /// It acknowledges what it may lose.
    #[error(
        "the database runs with {}, so it can lose messages that MAX has acknowledged; turn it on (alter system set ..., \
         select pg_reload_conf()) - tests may set MAX_UNSAFE_DURABILITY=true", .off.join(" and ")
    )]
    Unsafe {
        /// The settings that are off, as `name = off`.
        off: Vec<String>,
    },
    /// It could not be asked.
    #[error("the database could not be asked how it keeps data: {0}")]
    Unasked(#[from] sqlx::Error),
}

impl Durability {
    /// Asks the database, with the settings that hold for this pool's user.
    ///
    /// # Errors
    /// When the database does not answer.
    #[expect(clippy::disallowed_methods, reason = "it asks a server about itself; no schema is involved that could be checked")]
    pub async fn read(pool: &PgPool) -> Result<Self, sqlx::Error> {
        let names = ["server_version_num", "fsync", "full_page_writes", "synchronous_commit", "data_checksums"];
        let values: Vec<String> = sqlx::query_scalar(
            "select array(select current_setting(name) from unnest($1::text[]) with ordinality as n(name, at) order by at)",
        )
        .bind(&names[..])
        .fetch_one(pool)
        .await?;
        let [version, fsync, full_page_writes, synchronous_commit, data_checksums] = <[String; 5]>::try_from(values)
            .map_err(|values| sqlx::Error::Protocol(format!("5 settings asked, {} told", values.len())))?;
        Ok(Self {
            version: version.parse().map_err(|_| sqlx::Error::Protocol(format!("{version} is no version number")))?,
            fsync: fsync == "on",
            full_page_writes: full_page_writes == "on",
            synchronous_commit,
            data_checksums: data_checksums == "on",
        })
    }

    /// The major version, such as 15.
    pub fn major(&self) -> u32 {
        self.version / 10_000
    }

    /// The settings that make an acknowledgement worthless, as `name = off`.
    pub fn off(&self) -> Vec<String> {
        let settings = [
            ("fsync", self.fsync),
            ("full_page_writes", self.full_page_writes),
            ("synchronous_commit", self.synchronous_commit != "off"),
        ];
        settings.iter().filter(|(_, on)| !on).map(|(name, _)| format!("{name} = off")).collect()
    }

    /// Whether MAX may acknowledge anything on this database.
    ///
    /// # Errors
    /// When it is too old, or keeps its word only until the next power cut (unless `allow_unsafe`).
    pub fn verdict(&self, allow_unsafe: bool) -> Result<(), DurabilityError> {
        if self.major() < OLDEST_MAJOR {
            return Err(DurabilityError::TooOld { found: self.major() });
        }
        let off = self.off();
        if off.is_empty() || allow_unsafe { Ok(()) } else { Err(DurabilityError::Unsafe { off }) }
    }
}

/// Refuses a database on which nothing may be acknowledged; warns of one without checksums.
///
/// # Errors
/// When the database is too old, keeps its word only until the next power cut (unless `allow_unsafe`, the switch of the
/// tests), or does not answer.
pub async fn check_durability(pool: &PgPool, allow_unsafe: bool) -> Result<(), DurabilityError> {
    let durability = Durability::read(pool).await?;
    durability.verdict(allow_unsafe)?;
    if !durability.off().is_empty() {
        tracing::warn!(off = durability.off().join(", "), "the database can lose acknowledged messages; accepted by a setting");
    }
    if !durability.data_checksums {
        tracing::warn!("the database has no data checksums, so damage on the disk goes unnoticed (pg_checksums --enable)");
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sound() -> Durability {
        Durability {
            version: 150_018,
            fsync: true,
            full_page_writes: true,
            synchronous_commit: "on".into(),
            data_checksums: true,
        }
    }

    #[test]
    fn only_a_database_that_keeps_its_word_is_accepted() {
        for level in ["local", "remote_write", "on", "remote_apply"] {
            assert!(Durability { synchronous_commit: level.into(), ..sound() }.verdict(false).is_ok(), "{level}");
        }
        let careless = Durability { fsync: false, synchronous_commit: "off".into(), ..sound() };
        let told = careless.verdict(false).unwrap_err().to_string();
        assert!(told.contains("fsync = off and synchronous_commit = off"), "{told}");
        assert!(careless.verdict(true).is_ok());
        assert!(Durability { full_page_writes: false, ..sound() }.verdict(false).is_err());
        let old = Durability { version: 140_009, ..sound() }.verdict(true).unwrap_err().to_string();
        assert_eq!(old, "the database is PostgreSQL 14; MAX needs 15 or newer");
    }
}
