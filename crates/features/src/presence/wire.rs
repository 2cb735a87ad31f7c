//! What nodes tell each other over the bus.

use base::Time;
use bytes::Bytes;
use chrono::TimeDelta;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::{
    board::{BEAT_HOLDS, Entry, TYPING_HOLDS, Typing},
    model::{Availability, Person},
};
use crate::messages::Kind;

/// The topic on the bus.
pub(super) const TOPIC: &str = "presence";
/// Largest payload, well within what the bus takes.
const FULL: usize = 32 * 1024;

/// A message between nodes.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Letter {
    /// Who writes.
    pub node: String,
    /// What its screens say.
    #[serde(default)]
    pub screens: Vec<Said>,
    /// Screens that are gone.
    #[serde(default)]
    pub gone: Vec<u64>,
    /// It has missed something: everybody tells everything again.
    #[serde(default)]
    pub ask: bool,
    /// It stops: all its screens are gone.
    #[serde(default)]
    pub bye: bool,
}

/// What a screen says, with how long it still holds: clocks of two machines need not agree.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Said {
    pub socket: u64,
    person: Person,
    state: Availability,
    left_ms: i64,
    viewing: Option<Uuid>,
    typing: Option<(Uuid, Kind, i64)>,
}

impl Said {
    pub(super) fn of(socket: u64, entry: &Entry, now: Time) -> Self {
        Self {
            socket,
            person: entry.person.clone(),
            state: entry.state,
            left_ms: (entry.until - now).num_milliseconds(),
            viewing: entry.viewing,
            typing: entry.typing.map(|t| (t.conversation_id, t.kind, (t.until - now).num_milliseconds())),
        }
    }

    pub(super) fn entry(self, now: Time) -> Entry {
        // Whatever another node says, nothing holds for longer than it may.
        let until = |left: i64, most: TimeDelta| now + TimeDelta::milliseconds(left.clamp(0, most.num_milliseconds()));
        Entry {
            person: self.person,
            state: self.state,
            until: until(self.left_ms, BEAT_HOLDS),
            viewing: self.viewing,
            typing: self.typing.map(|(conversation_id, kind, left)| Typing {
                conversation_id,
                kind,
                until: until(left, TYPING_HOLDS),
            }),
        }
    }
}

impl Letter {
    pub(super) fn from(node: &str) -> Self {
        Self { node: node.to_owned(), screens: Vec::new(), gone: Vec::new(), ask: false, bye: false }
    }

    /// As payloads that the bus takes.
    pub(super) fn payloads(mut self) -> Vec<Bytes> {
        let mut payloads = Vec::new();
        let mut next = Self::from(&self.node);
        let mut size = 0;
        for screen in std::mem::take(&mut self.screens) {
            let length = serde_json::to_vec(&screen).map_or(0, |json| json.len());
            if size + length > FULL && !next.screens.is_empty() {
                payloads.push(bytes(&std::mem::replace(&mut next, Self::from(&self.node))));
                size = 0;
            }
            size += length;
            next.screens.push(screen);
        }
        payloads.push(bytes(&Self { screens: next.screens, ..self }));
        payloads
    }

    pub(super) fn read(payload: &[u8]) -> Option<Self> {
        serde_json::from_slice(payload).ok()
    }
}

fn bytes(letter: &Letter) -> Bytes {
    serde_json::to_vec(letter).unwrap_or_default().into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_long_letter_goes_in_parts_and_arrives_whole() {
        let now = chrono::DateTime::from_timestamp(1_800_000_000, 0).unwrap();
        let person = |n: u128| Person { id: Uuid::from_u128(n), name: "é".repeat(200), team_ids: vec![Uuid::nil(); 50] };
        let entry = |n| Entry {
            person: person(n),
            state: Availability::Busy,
            until: now + TimeDelta::hours(1),
            viewing: Some(Uuid::from_u128(7)),
            typing: None,
        };
        let screens = (0..100).map(|n| Said::of(n, &entry(n.into()), now)).collect();
        let payloads = Letter { screens, gone: vec![5], ask: true, ..Letter::from("here") }.payloads();
        assert!(payloads.len() > 1);
        assert!(payloads.iter().all(|payload| payload.len() <= kernel::bus::MAX_SIZE));
        let letters: Vec<_> = payloads.iter().map(|payload| Letter::read(payload).unwrap()).collect();
        assert_eq!(letters.iter().filter(|letter| letter.ask).count(), 1);
        assert_eq!(letters.iter().map(|letter| letter.gone.len()).sum::<usize>(), 1);
        let said: Vec<_> = letters.into_iter().flat_map(|letter| letter.screens).collect();
        assert!(said.iter().map(|said| said.socket).eq(0..100));
        let first = said.into_iter().next().unwrap().entry(now);
        assert_eq!(first.until, now + BEAT_HOLDS, "for no longer than it may");
        assert_eq!(first.person, person(0));
        assert!(Letter::read(b"{}").is_none());
    }
}
