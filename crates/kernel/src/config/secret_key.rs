//! The key that everything secret in the database is encrypted with: given, or made once and kept in the data directory.

use std::{
    fs::{self, DirBuilder, File, OpenOptions},
    io::{self, Read as _, Write as _},
    os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _},
    path::{Path, PathBuf},
};

use base::Ids;
use base64::{
    Engine as _,
    alphabet::{STANDARD, URL_SAFE},
    engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig},
};
use secrecy::{ExposeSecret as _, SecretBox, SecretString};
use zeroize::Zeroizing;

use super::Settings;

/// 32 secret bytes from which every other key is derived.
pub type MasterKey = SecretBox<[u8; 32]>;

/// The key could not be read or kept.
#[derive(Debug, thiserror::Error)]
pub enum SecretKeyError {
    /// The file exists but does not hold a key.
    #[error(
        "{0} does not hold a key (32 bytes in base64); restore it from a backup, for without it the secrets kept in the database cannot be read"
    )]
    Damaged(PathBuf),
    /// The file system refused.
    #[error("the secret key {path} cannot be {deed}: {source}")]
    Io {
        /// The file.
        path: PathBuf,
        /// What was tried.
        deed: &'static str,
        /// The system's answer.
        source: io::Error,
    },
}

impl Settings {
    /// Where the key is kept when none is given.
    pub fn secret_key_path(&self) -> PathBuf {
        self.data_dir.join("secret.key")
    }

    /// The key: the one given, else the one in the data directory, which is made on first use. Processes that race to
    /// make it agree on one.
    ///
    /// # Errors
    /// When the file cannot be read, holds no key, or cannot be written.
    pub fn master_key(&self, ids: &Ids) -> Result<MasterKey, SecretKeyError> {
        match &self.secret_key {
            Some(given) => decode(given.expose_secret()).ok_or_else(|| SecretKeyError::Damaged("MAX_SECRET_KEY".into())),
            None => keep(&self.secret_key_path(), ids),
        }
    }
}

/// Whether the text is 32 bytes in base64 (either alphabet, padded or not) or hex.
pub(super) fn is_key(text: &str) -> bool {
    decode(text).is_some()
}

fn decode(text: &str) -> Option<MasterKey> {
    let text = text.trim();
    let lenient = GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent);
    let bytes = match text.len() {
        64 => hex::decode(text).ok(),
        _ => [STANDARD, URL_SAFE].iter().find_map(|alphabet| GeneralPurpose::new(alphabet, lenient).decode(text).ok()),
    };
    let bytes = Zeroizing::new(bytes?);
    let key: [u8; 32] = bytes.as_slice().try_into().ok()?;
    Some(SecretBox::new(Box::new(key)))
}

fn keep(path: &Path, ids: &Ids) -> Result<MasterKey, SecretKeyError> {
    let io = |deed| move |source| SecretKeyError::Io { path: path.to_owned(), deed, source };
    if let Some(key) = read(path)? {
        return Ok(key);
    }
    let folder = path.parent().unwrap_or(Path::new("."));
    // Others may pass through, not look in: the database below runs as another user when MAX runs as root.
    DirBuilder::new().recursive(true).mode(0o711).create(folder).map_err(io("created"))?;

    let key = SecretString::from(base64::engine::general_purpose::STANDARD.encode(ids.token()));
    let beside = folder.join(format!(".secret.key.{}.{:016x}", std::process::id(), ids.fraction().to_bits()));
    let written = write(&beside, &key)
        // A link, unlike a rename, fails when another process was first; then its key counts.
        .and_then(|()| match fs::hard_link(&beside, path) {
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => Ok(()),
            other => other,
        });
    let removed = fs::remove_file(&beside);
    written.and(removed).and_then(|()| File::open(folder)?.sync_all()).map_err(io("created"))?;
    read(path)?.ok_or_else(|| io("read")(io::ErrorKind::NotFound.into()))
}

fn write(path: &Path, key: &SecretString) -> io::Result<()> {
    let mut file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(path)?;
    file.write_all(key.expose_secret().as_bytes())?;
    file.write_all(b"\n")?;
    file.sync_all()
}

fn read(path: &Path) -> Result<Option<MasterKey>, SecretKeyError> {
    let mut text = Zeroizing::new(String::new());
    match File::open(path).and_then(|mut file| file.read_to_string(&mut text)) {
        Ok(_) => decode(&text).map(Some).ok_or_else(|| SecretKeyError::Damaged(path.to_owned())),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(source) => Err(SecretKeyError::Io { path: path.to_owned(), deed: "read", source }),
    }
}
