//! Keys and ciphers: every key MAX uses is derived from the one secret key of the installation, and secrets at rest
//! (access tokens of channels, TOTP seeds) are sealed so that a copied database row gives nothing away.

use aes_gcm::{
    Aes256Gcm, KeyInit, Nonce,
    aead::{Aead, Payload},
};
use base::Ids;
use hkdf::Hkdf;
use hmac::{Hmac, Mac};
use secrecy::{ExposeSecret, SecretString};
use sha2::{Digest, Sha256};
use subtle::ConstantTimeEq;
use zeroize::Zeroizing;

/// The first byte of everything [`Vault`] seals: AES-256-GCM, laid out as version, key id, nonce, ciphertext and tag.
const VERSION: u8 = 1;
const KEY_ID: usize = 4;
const NONCE: usize = 12;
const TAG: usize = 16;
const HEADER: usize = 1 + KEY_ID + NONCE;

/// The shortest secret key accepted, in bytes.
pub const SECRET_MIN: usize = 32;

/// Why a key could not be made or a secret could not be opened.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum CryptoError {
    /// The secret key is too short to be unguessable.
    #[error("the secret key is too short: it needs at least {SECRET_MIN} characters of chance")]
    ShortSecret,
    /// HKDF refused (it does so only for outputs longer than 8 kB).
    #[error("a key could not be derived")]
    Derivation,
    /// The plaintext is too long for AES-GCM (64 GiB).
    #[error("the secret is too long to be sealed")]
    TooLong,
    /// The bytes are not something a vault made, or made by a later version.
    #[error("the stored secret has an unknown form")]
    UnknownForm,
    /// Sealed under another secret key.
    #[error("the stored secret was sealed with another secret key; is this the secret key it was saved with?")]
    OtherKey,
    /// The bytes were changed, or belong to another row.
    #[error("the stored secret was changed or belongs to another record")]
    Tampered,
}

/// A derived 256-bit key. Wiped from memory when dropped.
pub type Key = Zeroizing<[u8; 32]>;

/// The independent keys of an installation. Knowing one tells nothing of the others, nor of the secret key.
#[derive(Clone)]
pub struct Keys {
    tokens: Key,
    secrets: Key,
    cursors: Key,
    audit: Key,
    media: Key,
}

impl Keys {
    /// Derives the keys from the configured secret key. White space around it does not count, for files end in newlines.
    ///
    /// # Errors
    /// [`CryptoError::ShortSecret`] below [`SECRET_MIN`] bytes.
    pub fn from_secret(secret: &SecretString) -> Result<Self, CryptoError> {
        Self::derive(secret.expose_secret().trim().as_bytes())
    }

    /// Derives the keys from 32 bytes of chance, as [`Ids::token`] makes them.
    ///
    /// # Errors
    /// Never in practice; see [`CryptoError::Derivation`].
    pub fn from_bytes(secret: &[u8; 32]) -> Result<Self, CryptoError> {
        Self::derive(secret)
    }

    /// The key that signs access tokens (JWT, HS256).
    pub fn tokens(&self) -> &[u8; 32] {
        &self.tokens
    }

    /// The key that authenticates what is handed to clients only to be given back, such as page cursors.
    pub fn cursors(&self) -> &[u8; 32] {
        &self.cursors
    }

    /// The key under which the entries of the audit log are chained.
    pub fn audit(&self) -> &[u8; 32] {
        &self.audit
    }

    /// The key that signs the addresses of files.
    pub fn media(&self) -> &[u8; 32] {
        &self.media
    }

    /// The vault for secrets at rest.
    pub fn vault(&self) -> Vault {
        Vault::new(&self.secrets)
    }

    fn derive(secret: &[u8]) -> Result<Self, CryptoError> {
        if secret.len() < SECRET_MIN {
            return Err(CryptoError::ShortSecret);
        }
        let hkdf = Hkdf::<Sha256>::new(Some(b"max/keys/1"), secret);
        let key = |label: &str| {
            let mut key = Zeroizing::new([0; 32]);
            hkdf.expand(label.as_bytes(), key.as_mut_slice()).map_err(|_| CryptoError::Derivation)?;
            Ok(key)
        };
        Ok(Self {
            tokens: key("tokens")?,
            secrets: key("secrets")?,
            cursors: key("cursors")?,
            audit: key("audit")?,
            media: key("media")?,
        })
    }
}

impl std::fmt::Debug for Keys {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Keys")
    }
}

/// Seals secrets for storage with AES-256-GCM. What is sealed for one record opens for no other.
#[derive(Clone)]
pub struct Vault {
    cipher: Aes256Gcm,
    key_id: [u8; KEY_ID],
    fingerprints: Hmac<Sha256>,
}

impl Vault {
    /// A vault with this key.
    pub fn new(key: &[u8; 32]) -> Self {
        let digest = Sha256::new_with_prefix(b"max/key-id").chain_update(key).finalize();
        let mut key_id = [0; KEY_ID];
        key_id.copy_from_slice(&digest[..KEY_ID]);
        let mut derive = mac(key);
        derive.update(b"max/fingerprints");
        let fingerprints = mac(&derive.finalize().into_bytes());
        Self { cipher: Aes256Gcm::new(key.into()), key_id, fingerprints }
    }

    /// Seals `plaintext` for the record that `aad` names (its row id, say), which must be given again to open it.
    ///
    /// # Errors
    /// [`CryptoError::TooLong`] beyond 64 GiB.
    pub fn seal(&self, plaintext: &[u8], aad: &[u8], ids: &Ids) -> Result<Vec<u8>, CryptoError> {
        let mut nonce = [0; NONCE];
        nonce.copy_from_slice(&ids.token()[..NONCE]);
        let ciphertext =
            self.cipher.encrypt(&Nonce::from(nonce), Payload { msg: plaintext, aad }).map_err(|_| CryptoError::TooLong)?;
        let mut sealed = Vec::with_capacity(HEADER + ciphertext.len());
        sealed.push(VERSION);
        sealed.extend_from_slice(&self.key_id);
        sealed.extend_from_slice(&nonce);
        sealed.extend_from_slice(&ciphertext);
        Ok(sealed)
    }

    /// Opens what [`Vault::seal`] made with the same `aad`.
    ///
    /// # Errors
    /// Says whether the bytes are of no known form, sealed with another key, or changed (or moved to another record).
    pub fn open(&self, sealed: &[u8], aad: &[u8]) -> Result<Zeroizing<Vec<u8>>, CryptoError> {
        if sealed.len() < HEADER + TAG || sealed[0] != VERSION {
            return Err(CryptoError::UnknownForm);
        }
        let (header, ciphertext) = sealed.split_at(HEADER);
        let (key_id, nonce) = header[1..].split_at(KEY_ID);
        if key_id != self.key_id {
            return Err(CryptoError::OtherKey);
        }
        let nonce = Nonce::try_from(nonce).map_err(|_| CryptoError::UnknownForm)?;
        let plaintext = self.cipher.decrypt(&nonce, Payload { msg: ciphertext, aad }).map_err(|_| CryptoError::Tampered)?;
        Ok(Zeroizing::new(plaintext))
    }
}

impl Vault {
    /// What is stored of a secret that is too short for a plain hash and only ever compared (a recovery code): whoever has nothing but the
    /// database cannot try them all out. Differs by the record that `aad` names.
    pub fn fingerprint(&self, secret: &[u8], aad: &[u8]) -> [u8; 32] {
        let mut mac = self.fingerprints.clone();
        // The length keeps "a" of "bc" and "ab" of "c" apart.
        mac.update(&(aad.len() as u64).to_be_bytes());
        mac.update(aad);
        mac.update(secret);
        mac.finalize().into_bytes().into()
    }
}

#[expect(clippy::expect_used, reason = "HMAC takes a key of any length")]
fn mac(key: &[u8]) -> Hmac<Sha256> {
    Hmac::new_from_slice(key).expect("a key of any length")
}

impl std::fmt::Debug for Vault {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Vault")
    }
}

/// What is stored of a token: its SHA-256. Tokens are 256 bits of chance, so no salt and no slow hash are needed.
pub fn hash_token(token: &[u8]) -> [u8; 32] {
    Sha256::digest(token).into()
}

/// Compares without telling by its duration where the difference is. The lengths are not hidden.
pub fn constant_time_eq(left: &[u8], right: &[u8]) -> bool {
    left.ct_eq(right).into()
}

#[cfg(test)]
mod tests {
    use super::*;

    const ROW: &[u8] = b"018f0000-0000-7000-8000-000000000001";
    const SECRET: &[u8] = b"an access token";

    fn vault(byte: u8) -> Vault {
        Keys::from_bytes(&[byte; 32]).unwrap().vault()
    }

    #[test]
    fn sealed_secrets_open_again_and_never_look_alike() {
        let (vault, ids) = (vault(1), Ids::seeded(1));
        let (first, second) = (vault.seal(SECRET, ROW, &ids).unwrap(), vault.seal(SECRET, ROW, &ids).unwrap());
        assert_ne!(first, second);
        assert_eq!(vault.open(&first, ROW).unwrap().as_slice(), SECRET);
        assert_eq!(vault.open(&second, ROW).unwrap().as_slice(), SECRET);
        let empty = vault.seal(b"", ROW, &ids).unwrap();
        assert!(vault.open(&empty, ROW).unwrap().is_empty());
        assert!(!first.windows(SECRET.len()).any(|part| part == SECRET));
    }

    #[test]
    fn a_change_of_any_bit_is_noticed() {
        let vault = vault(1);
        let sealed = vault.seal(SECRET, ROW, &Ids::seeded(1)).unwrap();
        for at in 0..sealed.len() {
            for bit in 0..8 {
                let mut changed = sealed.clone();
                changed[at] ^= 1 << bit;
                assert!(vault.open(&changed, ROW).is_err(), "byte {at} bit {bit}");
            }
        }
        for length in 0..sealed.len() {
            assert!(vault.open(&sealed[..length], ROW).is_err(), "cut to {length}");
        }
    }

    #[test]
    fn other_rows_and_other_keys_do_not_open_it() {
        let sealed = vault(1).seal(SECRET, ROW, &Ids::seeded(1)).unwrap();
        assert_eq!(vault(1).open(&sealed, b"another row").unwrap_err(), CryptoError::Tampered);
        assert_eq!(vault(2).open(&sealed, ROW).unwrap_err(), CryptoError::OtherKey);
        let mut forged = sealed;
        forged[1..=KEY_ID].copy_from_slice(&vault(2).key_id);
        assert_eq!(vault(2).open(&forged, ROW).unwrap_err(), CryptoError::Tampered);
        assert_eq!(vault(1).open(b"plain", ROW).unwrap_err(), CryptoError::UnknownForm);
    }

    #[test]
    fn fingerprints_differ_by_secret_record_and_key() {
        let print = |key, secret: &[u8], aad: &[u8]| vault(key).fingerprint(secret, aad);
        assert_eq!(print(1, b"code", ROW), print(1, b"code", ROW));
        let all = [print(1, b"code", ROW), print(1, b"cods", ROW), print(1, b"code", b"row"), print(2, b"code", ROW)];
        assert!((0..4).all(|i| (0..i).all(|j| all[i] != all[j])));
        assert_ne!(print(1, b"bc", b"a"), print(1, b"c", b"ab"));
    }

    #[test]
    fn keys_are_stable_and_independent() {
        let secret = SecretString::from("0123456789abcdef0123456789abcdef\n");
        let keys = Keys::from_secret(&secret).unwrap();
        let again = Keys::from_bytes(b"0123456789abcdef0123456789abcdef").unwrap();
        assert_eq!(keys.tokens(), again.tokens());
        assert_ne!(keys.tokens(), keys.cursors());
        assert_ne!(keys.tokens(), &*keys.secrets);
        assert_eq!(Keys::from_secret(&"short".into()).unwrap_err(), CryptoError::ShortSecret);
        assert_eq!(format!("{keys:?} {:?}", keys.vault()), "Keys Vault");
        // Fixed for ever: another derivation would sign out everybody and lose every stored secret.
        assert_eq!(hex::encode(keys.tokens()), "4d6e0328496b9874ea65da2e88e836969727871f477345820a1e29ccce8395fe");
        assert_eq!(hex::encode(*keys.secrets), "9f472620912b4c0c7f76a268d892611fdb67f4847f7f5d0c1d091eb08237c766");
    }

    #[test]
    fn tokens_are_hashed_and_compared() {
        assert_eq!(hex::encode(hash_token(b"abc")), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
        assert!(constant_time_eq(b"same", b"same"));
        assert!(!constant_time_eq(b"same", b"sane"));
        assert!(!constant_time_eq(b"same", b"sam"));
    }
}
