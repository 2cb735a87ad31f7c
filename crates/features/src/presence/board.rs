//! The picture itself: what every screen of every node last said, until when that holds, and what has changed since it was last told. Pure.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use base::Time;
use chrono::TimeDelta;
use uuid::Uuid;

use super::model::{Availability, ConversationPresence, Person, Typist, UserPresence, Viewer};
use crate::messages::Kind;

/// How long a beat holds.
pub(super) const BEAT_HOLDS: TimeDelta = TimeDelta::seconds(15);
/// How long somebody is typing after they said so.
pub(super) const TYPING_HOLDS: TimeDelta = TimeDelta::seconds(6);

/// A screen: the node it is connected to, and its number there.
pub(super) type Screen = (String, u64);

/// What a screen last said.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Entry {
    pub person: Person,
    pub state: Availability,
    /// Until when all of it holds.
    pub until: Time,
    pub viewing: Option<Uuid>,
    pub typing: Option<Typing>,
}

/// Where somebody is typing what, and until when that holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Typing {
    pub conversation_id: Uuid,
    pub kind: Kind,
    pub until: Time,
}

impl Entry {
    fn conversations(&self) -> impl Iterator<Item = Uuid> {
        self.viewing.into_iter().chain(self.typing.map(|t| t.conversation_id))
    }
}

/// Everything this node knows.
#[derive(Debug, Default)]
pub(super) struct Board {
    screens: BTreeMap<Screen, Entry>,
    /// What the sockets were told last, where it is not "nobody".
    told_people: HashMap<Uuid, (Person, Availability)>,
    told_conversations: HashMap<Uuid, ConversationPresence>,
    /// What may differ from that by now.
    people: BTreeSet<Uuid>,
    conversations: BTreeSet<Uuid>,
}

impl Board {
    /// What a screen said last.
    pub(super) fn get(&self, screen: &Screen) -> Option<&Entry> {
        self.screens.get(screen)
    }

    /// Takes what a screen says, in place of what it said before.
    pub(super) fn put(&mut self, screen: Screen, entry: Entry) {
        self.touch(&entry);
        if let Some(before) = self.screens.insert(screen, entry) {
            self.touch(&before);
        }
    }

    /// Forgets a screen.
    pub(super) fn remove(&mut self, screen: &Screen) {
        if let Some(entry) = self.screens.remove(screen) {
            self.touch(&entry);
        }
    }

    /// Forgets all screens of a node.
    pub(super) fn remove_node(&mut self, node: &str) {
        let screens: Vec<_> = self.of_node(node).map(|(screen, _)| screen.clone()).collect();
        screens.iter().for_each(|screen| self.remove(screen));
    }

    /// The screens of a node.
    pub(super) fn of_node(&self, node: &str) -> impl Iterator<Item = (&Screen, &Entry)> {
        self.screens.range((node.to_owned(), 0)..).take_while(move |((of, _), _)| of == node)
    }

    /// Forgets what no longer holds; the screens that fell silent.
    pub(super) fn expire(&mut self, now: Time) -> Vec<Screen> {
        let silent: Vec<_> = self.screens.iter().filter(|(_, e)| e.until <= now).map(|(screen, _)| screen.clone()).collect();
        silent.iter().for_each(|screen| self.remove(screen));
        for entry in self.screens.values_mut() {
            if let Some(typing) = entry.typing.filter(|typing| typing.until <= now) {
                entry.typing = None;
                self.conversations.insert(typing.conversation_id);
            }
        }
        silent
    }

    fn touch(&mut self, entry: &Entry) {
        self.people.insert(entry.person.id);
        self.conversations.extend(entry.conversations());
    }

    /// Whether somebody is there.
    pub(super) fn availability(&self, user_id: Uuid) -> Availability {
        let states = self.screens.values().filter(|e| e.person.id == user_id).map(|e| e.state);
        states.max_by_key(|state| state.weight()).unwrap_or(Availability::Offline)
    }

    /// Who types an answer there: no note.
    pub(super) fn typist(&self, id: Uuid) -> Option<&Person> {
        let types = |entry: &&Entry| entry.typing.is_some_and(|t| t.conversation_id == id && t.kind == Kind::Reply);
        self.screens.values().find(types).map(|entry| &entry.person)
    }

    /// Everybody who is there.
    pub(super) fn everybody(&self) -> Vec<(Person, Availability)> {
        let mut people: BTreeMap<Uuid, (Person, Availability)> = BTreeMap::new();
        for entry in self.screens.values() {
            let known = people.entry(entry.person.id).or_insert_with(|| (entry.person.clone(), entry.state));
            if entry.state.weight() > known.1.weight() {
                known.1 = entry.state;
            }
        }
        people.into_values().collect()
    }

    /// Who is in a conversation. Each is named once, on however many screens they have it.
    pub(super) fn conversation(&self, id: Uuid) -> ConversationPresence {
        let (mut viewers, mut typing) = (BTreeMap::new(), BTreeMap::new());
        for entry in self.screens.values() {
            let by_name = (entry.person.name.clone(), entry.person.id);
            if entry.viewing == Some(id) {
                viewers.insert(by_name.clone(), Viewer { id: entry.person.id, name: entry.person.name.clone() });
            }
            if let Some(t) = entry.typing.filter(|t| t.conversation_id == id) {
                typing.insert(by_name, Typist { id: entry.person.id, name: entry.person.name.clone(), kind: t.kind });
            }
        }
        ConversationPresence {
            conversation_id: id,
            viewers: viewers.into_values().collect(),
            typing: typing.into_values().collect(),
        }
    }

    /// The conversations that somebody is in.
    pub(super) fn conversations(&self) -> BTreeSet<Uuid> {
        self.screens.values().flat_map(Entry::conversations).collect()
    }

    /// Says a conversation again, though nothing may have changed: somebody new looks at it.
    pub(super) fn say_again(&mut self, id: Uuid) {
        self.told_conversations.remove(&id);
        self.conversations.insert(id);
    }

    /// The conversations that may differ from what was told.
    pub(super) fn unsaid(&self) -> BTreeSet<Uuid> {
        self.conversations.clone()
    }

    /// What to tell about these conversations by now; it then counts as told.
    pub(super) fn tell_conversations(&mut self, ids: &BTreeSet<Uuid>) -> Vec<ConversationPresence> {
        let mut changed = Vec::new();
        for id in ids {
            self.conversations.remove(id);
            let now = self.conversation(*id);
            let before = if now.is_empty() {
                self.told_conversations.remove(id)
            } else {
                self.told_conversations.insert(*id, now.clone())
            };
            if before.as_ref() != Some(&now) && !(before.is_none() && now.is_empty()) {
                changed.push(now);
            }
        }
        changed
    }

    /// Who has come, gone or changed; it then counts as told.
    pub(super) fn tell_people(&mut self) -> Vec<(Person, UserPresence)> {
        let mut changed = Vec::new();
        for id in std::mem::take(&mut self.people) {
            let state = self.availability(id);
            let person = self.screens.values().find(|e| e.person.id == id).map(|e| e.person.clone());
            let told = self.told_people.get(&id);
            if told.map_or(Availability::Offline, |(_, state)| *state) == state {
                continue;
            }
            // Whoever is gone is known by what was told.
            let Some(person) = person.or_else(|| told.map(|(person, _)| person.clone())) else { continue };
            if state == Availability::Offline {
                self.told_people.remove(&id);
            } else {
                self.told_people.insert(id, (person.clone(), state));
            }
            changed.push((person.clone(), UserPresence { id, name: person.name, state }));
        }
        changed
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn at(seconds: i64) -> Time {
        chrono::DateTime::from_timestamp(1_800_000_000 + seconds, 0).unwrap()
    }

    fn entry(user: u128, state: Availability, until: i64, viewing: Option<u128>) -> Entry {
        let person = Person { id: Uuid::from_u128(user), name: format!("User {user}"), team_ids: Vec::new() };
        Entry { person, state, until: at(until), viewing: viewing.map(Uuid::from_u128), typing: None }
    }

    #[test]
    fn of_several_screens_the_one_that_says_most_counts_and_silence_ends_it() {
        let mut board = Board::default();
        let user = Uuid::from_u128(1);
        board.put(("a".into(), 1), entry(1, Availability::Away, 15, None));
        board.put(("b".into(), 1), entry(1, Availability::Online, 10, None));
        assert_eq!(board.tell_people()[0].1.state, Availability::Online);
        assert!(board.tell_people().is_empty(), "what is told is not told again");
        board.expire(at(10));
        assert_eq!(board.tell_people()[0].1.state, Availability::Away);
        board.expire(at(14));
        assert!(board.tell_people().is_empty());
        assert_eq!(board.expire(at(15)), [("a".to_owned(), 1)]);
        let gone = board.tell_people();
        assert_eq!((gone[0].1.state, gone[0].1.name.as_str()), (Availability::Offline, "User 1"));
        assert_eq!(board.availability(user), Availability::Offline);
    }

    #[test]
    fn whoever_comes_and_goes_between_two_looks_is_not_told() {
        let mut board = Board::default();
        board.put(("a".into(), 1), entry(1, Availability::Online, 15, Some(7)));
        board.remove(&("a".into(), 1));
        assert!(board.tell_people().is_empty());
        let unsaid = board.unsaid();
        assert!(board.tell_conversations(&unsaid).is_empty());
    }

    proptest! {
        /// Whatever the screens say in whatever order: who was told only the changes knows what the board knows.
        #[test]
        fn telling_changes_tells_everything(
            steps in proptest::collection::vec((0u128..3, 0u64..3, 0u8..4, proptest::option::of(0u128..3), 1i64..20), 1..60)
        ) {
            let mut board = Board::default();
            let (mut people, mut conversations) = (HashMap::new(), HashMap::new());
            for (now, (user, socket, what, viewing, holds)) in steps.into_iter().enumerate() {
                let (now, screen) = (now as i64, (format!("node {}", user % 2), socket));
                match what {
                    0 => board.remove(&screen),
                    1 => drop(board.expire(at(now))),
                    2 => {
                        let mut typing = entry(user, Availability::Online, now + holds, viewing);
                        typing.typing = viewing.map(|id| Typing { conversation_id: Uuid::from_u128(id), kind: Kind::Note, until: at(now + 2) });
                        board.put(screen, typing);
                    }
                    _ => board.put(screen, entry(user, Availability::Busy, now + holds, viewing)),
                }
                for (_, told) in board.tell_people() {
                    people.insert(told.id, told.state);
                }
                let unsaid = board.unsaid();
                for told in board.tell_conversations(&unsaid) {
                    conversations.insert(told.conversation_id, told);
                }
                for id in (0..3).map(Uuid::from_u128) {
                    prop_assert_eq!(people.get(&id).copied().unwrap_or(Availability::Offline), board.availability(id));
                    let known = conversations.get(&id).cloned();
                    let now = board.conversation(id);
                    prop_assert!(known.as_ref() == Some(&now) || (known.is_none() && now.is_empty()));
                }
            }
        }
    }
}
