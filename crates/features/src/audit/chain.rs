//! The chain: what an entry's hash covers.

use std::{fmt, str::FromStr};

use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;
use zeroize::Zeroizing;

use super::store::EntryRow;

/// A link of the chain.
pub(super) type Hash = [u8; 32];

/// The key under which entries are chained, derived from the installation's secret key.
#[derive(Clone)]
pub struct ChainKey(Zeroizing<[u8; 32]>);

impl ChainKey {
    /// The key.
    pub fn new(key: &[u8; 32]) -> Self {
        Self(Zeroizing::new(*key))
    }

    /// The hash of an entry that follows the one with the hash `before`.
    pub(super) fn hash(&self, before: &[u8], entry: &EntryRow) -> Hash {
        // HMAC takes keys of any length, so this cannot fail.
        let Ok(mut mac) = Hmac::<Sha256>::new_from_slice(self.0.as_slice()) else { return Hash::default() };
        mac.update(before);
        let mut part = |bytes: Option<&[u8]>| {
            // Lengths before parts, so that nothing can move from one to the next.
            mac.update(&bytes.map_or(u64::MAX, |b| b.len() as u64).to_be_bytes());
            mac.update(bytes.unwrap_or_default());
        };
        part(Some(&entry.seq.to_be_bytes()));
        part(Some(&entry.at.timestamp_micros().to_be_bytes()));
        part(Some(entry.kind.as_bytes()));
        part(entry.actor_id.as_ref().map(|id| id.as_bytes().as_slice()));
        part(entry.actor_name.as_deref().map(str::as_bytes));
        part(entry.address.as_deref().map(str::as_bytes));
        part(entry.subject_type.as_deref().map(str::as_bytes));
        part(entry.subject_id.as_ref().map(|id| id.as_bytes().as_slice()));
        part(entry.subject_name.as_deref().map(str::as_bytes));
        part(Some(entry.data.as_bytes()));
        mac.finalize().into_bytes().into()
    }
}

impl fmt::Debug for ChainKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ChainKey")
    }
}

/// The end of the chain: a number and a hash. Noted down elsewhere, it proves later that nothing up to here was cut off.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Head {
    /// How many entries there are.
    pub seq: i64,
    /// The hash of the last.
    pub hash: Vec<u8>,
}

impl fmt::Display for Head {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.seq, hex::encode(&self.hash))
    }
}

impl FromStr for Head {
    type Err = &'static str;
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let wrong = "use number:hash, as the log and `max audit verify` print it";
        let (seq, hash) = text.split_once(':').ok_or(wrong)?;
        Ok(Self { seq: seq.parse().map_err(|_| wrong)?, hash: hex::decode(hash).map_err(|_| wrong)? })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entry() -> EntryRow {
        EntryRow {
            seq: 1,
            at: chrono::DateTime::from_timestamp(1_800_000_000, 0).unwrap(),
            kind: "user.updated".into(),
            actor_id: Some(uuid::Uuid::from_u128(7)),
            actor_name: Some("Sofia".into()),
            address: None,
            subject_type: Some("user".into()),
            subject_id: None,
            subject_name: Some("Leila".into()),
            data: r#"{"b":1,"a":2}"#.into(),
            hash: Vec::new(),
        }
    }

    #[test]
    fn every_part_counts_and_none_can_move_into_the_next() {
        let key = ChainKey::new(&[1; 32]);
        let first = key.hash(&[0; 32], &entry());
        assert_eq!(first, key.hash(&[0; 32], &entry()));
        let changes: [fn(&mut EntryRow); 9] = [
            |e| e.seq = 2,
            |e| e.at += chrono::TimeDelta::microseconds(1),
            |e| e.kind = "user.created".into(),
            |e| e.actor_id = None,
            |e| e.address = Some(String::new()),
            |e| e.data = r#"{"a":2,"b":1}"#.into(),
            |e| (e.subject_type, e.subject_name) = (Some("userLeila".into()), Some(String::new())),
            |e| e.subject_id = Some(uuid::Uuid::nil()),
            |e| e.actor_name = Some("Sofia ".into()),
        ];
        for (n, change) in changes.into_iter().enumerate() {
            let mut other = entry();
            change(&mut other);
            assert_ne!(key.hash(&[0; 32], &other), first, "change {n}");
        }
        assert_ne!(key.hash(&[1; 32], &entry()), first, "the entry before");
        assert_ne!(ChainKey::new(&[2; 32]).hash(&[0; 32], &entry()), first, "the key");
    }

    #[test]
    fn a_head_can_be_noted_and_read_back() {
        let head = Head { seq: 12, hash: vec![0xab; 32] };
        assert_eq!(head.to_string().parse(), Ok(head));
        for bad in ["", "12", "x:ab", "12:zz"] {
            assert!(bad.parse::<Head>().is_err(), "{bad}");
        }
    }
}
