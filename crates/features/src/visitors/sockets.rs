//! The visitors' sockets of this node: who is connected, as whom, and what they are handed. Small, for there are many and most are silent.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use axum::extract::ws::Utf8Bytes;
use futures_channel::mpsc;
use uuid::Uuid;

use super::store::VisitorRow;

/// Frames a socket may have waiting; whoever is slower comes back and is served from the database.
const QUEUE: usize = 32;

/// Somebody's conversation on a channel: the contact behind an identity.
pub(super) type Person = (Uuid, Uuid);

struct Member {
    visitor_id: Uuid,
    channel_id: Uuid,
    external_id: Arc<str>,
    /// Known from their first message on.
    contact_id: Option<Uuid>,
    /// Of the token they showed.
    hash: [u8; 32],
    queue: mpsc::Sender<Utf8Bytes>,
}

/// The node's list. Cheap to clone.
#[derive(Clone, Default)]
pub struct Sockets(Arc<Mutex<List>>);

#[derive(Default)]
struct List {
    next: u64,
    members: HashMap<u64, Member>,
    people: HashMap<Person, Vec<u64>>,
    /// Those who have not said anything yet, by channel and identity.
    strangers: HashMap<Uuid, HashMap<Arc<str>, Vec<u64>>>,
    /// Whose conversation it is, for those that were told of.
    conversations: HashMap<Uuid, (Person, i64)>,
    /// Those that wait for a colleague, and the place in the queue that the visitor was told last.
    waiting: HashMap<Uuid, (Person, i64)>,
}

/// A socket's place in the list; dropping it leaves.
pub(super) struct Place {
    sockets: Sockets,
    id: u64,
    pub queue: mpsc::Receiver<Utf8Bytes>,
}

impl Drop for Place {
    fn drop(&mut self) {
        self.sockets.list().remove(self.id);
        self.sockets.count();
    }
}

impl List {
    fn remove(&mut self, id: u64) {
        let Some(member) = self.members.remove(&id) else { return };
        match member.contact_id {
            Some(contact_id) => {
                let person = (member.channel_id, contact_id);
                if let Some(ids) = self.people.get_mut(&person) {
                    ids.retain(|other| *other != id);
                    if ids.is_empty() {
                        self.people.remove(&person);
                        self.conversations.retain(|_, (whose, _)| *whose != person);
                        self.waiting.retain(|_, (whose, _)| *whose != person);
                    }
                }
            }
            None => {
                if let Some(strangers) = self.strangers.get_mut(&member.channel_id) {
                    if let Some(ids) = strangers.get_mut(&member.external_id) {
                        ids.retain(|other| *other != id);
                        if ids.is_empty() {
                            strangers.remove(&member.external_id);
                        }
                    }
                    if strangers.is_empty() {
                        self.strangers.remove(&member.channel_id);
                    }
                }
            }
        }
    }
}

impl Sockets {
    fn list(&self) -> MutexGuard<'_, List> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn count(&self) {
        metrics::gauge!("visitor_sockets_open").set(self.list().members.len() as f64);
    }

    /// Joins.
    pub(super) fn join(&self, row: &VisitorRow, contact_id: Option<Uuid>, hash: [u8; 32]) -> Place {
        let (visitor_id, channel_id, external_id) = (row.id, row.channel_id, row.external_id.as_str());
        // Each sender has a place beside those that are asked for.
        let (sender, queue) = mpsc::channel(QUEUE - 1);
        let external_id: Arc<str> = external_id.into();
        let id = {
            let mut list = self.list();
            list.next += 1;
            let id = list.next;
            match contact_id {
                Some(contact_id) => list.people.entry((channel_id, contact_id)).or_default().push(id),
                None => {
                    list.strangers.entry(channel_id).or_default().entry(external_id.clone()).or_default().push(id);
                }
            }
            list.members.insert(id, Member { visitor_id, channel_id, external_id, contact_id, hash, queue: sender });
            id
        };
        self.count();
        Place { sockets: self.clone(), id, queue }
    }

    /// The visitors who are connected.
    pub(super) fn visitors(&self) -> Vec<Uuid> {
        let mut ids: Vec<Uuid> = self.list().members.values().map(|member| member.visitor_id).collect();
        ids.sort_unstable();
        ids.dedup();
        ids
    }

    /// Whether this visitor is connected.
    pub(super) fn is_here(&self, visitor_id: Uuid) -> bool {
        self.list().members.values().any(|member| member.visitor_id == visitor_id)
    }

    /// What place in the queue a person was told for this conversation, if it waits.
    pub(super) fn wait(&self, conversation_id: Uuid, person: Person, place: Option<i64>) {
        let mut list = self.list();
        match place.filter(|_| list.people.contains_key(&person)) {
            Some(place) => drop(list.waiting.insert(conversation_id, (person, place))),
            None => drop(list.waiting.remove(&conversation_id)),
        }
    }

    /// The conversations that wait, whose they are, and the place that was told last.
    pub(super) fn waiting(&self) -> Vec<(Uuid, Person, i64)> {
        self.list().waiting.iter().map(|(id, (person, place))| (*id, *person, *place)).collect()
    }

    /// Whether anybody is connected.
    pub(super) fn is_empty(&self) -> bool {
        self.list().members.is_empty()
    }

    /// Whether somebody of this channel is connected who has not said anything yet.
    pub(super) fn has_strangers(&self, channel_id: Uuid) -> bool {
        self.list().strangers.contains_key(&channel_id)
    }

    /// Whether this person is connected.
    pub(super) fn has(&self, person: Person) -> bool {
        self.list().people.contains_key(&person)
    }

    /// A stranger has become a contact.
    pub(super) fn meet(&self, channel_id: Uuid, external_id: &str, contact_id: Uuid) {
        let mut list = self.list();
        let Some(ids) = list.strangers.get_mut(&channel_id).and_then(|s| s.remove(external_id)) else { return };
        if list.strangers.get(&channel_id).is_some_and(HashMap::is_empty) {
            list.strangers.remove(&channel_id);
        }
        for id in &ids {
            if let Some(member) = list.members.get_mut(id) {
                member.contact_id = Some(contact_id);
            }
        }
        list.people.entry((channel_id, contact_id)).or_default().extend(ids);
    }

    /// Remembers whose conversation it is, while they are connected, and the number people call it by.
    pub(super) fn learn(&self, conversation_id: Uuid, person: Person, number: i64) {
        let mut list = self.list();
        if list.people.contains_key(&person) {
            list.conversations.insert(conversation_id, (person, number));
        }
    }

    /// Whose conversation it is, and its number, where that person is connected and it was told of.
    pub(super) fn whose(&self, conversation_id: Uuid) -> Option<(Person, i64)> {
        self.list().conversations.get(&conversation_id).copied()
    }

    /// The conversations of those who are connected.
    pub(super) fn conversations(&self) -> Vec<(Uuid, Person)> {
        self.list().conversations.iter().map(|(id, (person, _))| (*id, *person)).collect()
    }

    /// Hands every screen of a person a frame. Who is too slow is let go.
    pub(super) fn hand(&self, person: Person, frame: &Utf8Bytes) {
        let mut list = self.list();
        let mut slow = list.people.get(&person).cloned().unwrap_or_default();
        slow.retain(|id| list.members.get_mut(id).is_some_and(|member| member.queue.try_send(frame.clone()).is_err()));
        for id in slow {
            list.remove(id);
        }
    }

    /// Lets go of the sockets of a token.
    pub(super) fn end(&self, hash: &[u8; 32]) {
        let mut list = self.list();
        let gone: Vec<u64> = list.members.iter().filter(|(_, m)| m.hash == *hash).map(|(id, _)| *id).collect();
        for id in gone {
            list.remove(id);
        }
    }
}

impl std::fmt::Debug for Sockets {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Sockets")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(channel_id: Uuid, identity: &str) -> VisitorRow {
        VisitorRow {
            id: Uuid::from_u128(identity.len() as u128),
            channel_id,
            external_id: identity.to_owned(),
            profile: Default::default(),
            told: true,
            visit: Default::default(),
        }
    }

    #[test]
    fn frames_reach_one_person_only_and_nothing_is_left_behind() {
        let sockets = Sockets::default();
        let (channel, ana, ben) = (Uuid::from_u128(1), Uuid::from_u128(2), Uuid::from_u128(3));
        let mut known = sockets.join(&row(channel, "visitor:a"), Some(ana), [1; 32]);
        let mut other = sockets.join(&row(channel, "visitor:b"), None, [2; 32]);
        assert!(sockets.has_strangers(channel) && !sockets.has((channel, ben)));
        sockets.meet(channel, "visitor:b", ben);
        assert!(!sockets.has_strangers(channel) && sockets.has((channel, ben)));
        sockets.learn(Uuid::from_u128(9), (channel, ana), 7);
        sockets.wait(Uuid::from_u128(9), (channel, ana), Some(2));
        assert_eq!(sockets.waiting(), [(Uuid::from_u128(9), (channel, ana), 2)]);
        assert_eq!(sockets.whose(Uuid::from_u128(9)), Some(((channel, ana), 7)));
        sockets.hand((channel, ana), &"for Ana".into());
        assert_eq!(known.queue.try_recv().unwrap().as_str(), "for Ana");
        assert!(other.queue.try_recv().is_err());
        drop(known);
        assert_eq!(sockets.whose(Uuid::from_u128(9)), None);
        sockets.end(&[2; 32]);
        assert!(matches!(other.queue.try_recv(), Err(mpsc::TryRecvError::Closed)) && sockets.is_empty());
        drop(other);
        let list = sockets.list();
        assert!(list.people.is_empty() && list.strangers.is_empty() && list.conversations.is_empty() && list.waiting.is_empty());
    }

    #[test]
    fn who_does_not_read_is_let_go() {
        let sockets = Sockets::default();
        let (channel, ana) = (Uuid::from_u128(1), Uuid::from_u128(2));
        let mut place = sockets.join(&row(channel, "visitor:a"), Some(ana), [1; 32]);
        for _ in 0..=QUEUE {
            sockets.hand((channel, ana), &"x".into());
        }
        assert!(sockets.is_empty());
        let mut got = 0;
        while place.queue.try_recv().is_ok() {
            got += 1;
        }
        assert_eq!(got, QUEUE);
    }
}
