//! Use cases of contacts: find or make the person behind a message.

use std::collections::{BTreeMap, HashMap};

use connect::channel::Sender;
use kernel::db::Tx;
use uuid::Uuid;

use super::{Identity, IdentityKey, store};
use crate::App;

/// The identities of these senders, made where they are new. A sender known under an alias (the phone-based id beside the user id) is the
/// same person; two ids that already belong to two people stay two people, for a merge is a human's decision.
pub async fn resolve(app: &App, tx: &mut Tx, senders: &[(Uuid, Sender)]) -> Result<HashMap<IdentityKey, Identity>, sqlx::Error> {
    let wanted: BTreeMap<IdentityKey, &Sender> = senders.iter().map(|(channel, s)| (key(*channel, &s.external_id), s)).collect();
    let with_aliases: Vec<IdentityKey> = senders
        .iter()
        .flat_map(|(channel, s)| std::iter::once(&s.external_id).chain(&s.aliases).map(|id| key(*channel, id)))
        .collect();
    let mut known = by_key(store::find(tx, &with_aliases).await?);

    let (mut contacts, mut identities) = (Vec::new(), Vec::new());
    for (wanted_key, sender) in &wanted {
        let ids: Vec<IdentityKey> =
            std::iter::once(&sender.external_id).chain(&sender.aliases).map(|id| key(wanted_key.channel_id, id)).collect();
        let contact_id = match ids.iter().find_map(|id| known.get(id)) {
            Some(person) => person.contact_id,
            None => {
                let id = app.new_id();
                contacts.push(store::NewContact {
                    id,
                    name: display_name(sender),
                    phone: sender.phone.as_ref().map(|p| p.reveal().clone()),
                    username: sender.username.as_ref().map(|u| u.reveal().clone()),
                });
                id
            }
        };
        // A new alias of somebody known is remembered too, for the next message may carry only that.
        let new = ids.into_iter().filter(|id| !known.contains_key(id));
        identities.extend(new.map(|key| store::NewIdentity { id: app.new_id(), contact_id, key }));
    }
    if identities.is_empty() {
        return Ok(known);
    }
    let now = app.now();
    store::insert_contacts(tx, &contacts, now).await?;
    store::insert_identities(tx, &identities, now).await?;
    // Another node may have been faster with some of them: what is in the table now is the truth.
    known.extend(by_key(store::find(tx, &with_aliases).await?));
    let lost: Vec<Uuid> = contacts.iter().map(|c| c.id).filter(|id| !known.values().any(|i| i.contact_id == *id)).collect();
    if !lost.is_empty() {
        store::delete_orphans(tx, &lost).await?;
    }
    Ok(known)
}

/// What a sender said about themselves that was new. Conversations show it too: whoever gets this changes it there.
#[derive(Debug, Clone)]
pub struct Renamed {
    /// Their new name, if that is among it.
    pub name: Option<String>,
}

/// Takes over what a sender says about themselves, where it is new.
pub async fn rename(app: &App, tx: &mut Tx, identity: &Identity, sender: &Sender) -> Result<Option<Renamed>, sqlx::Error> {
    let said = sender.name.as_ref().and_then(|n| visible(n.reveal()));
    let name = said.as_deref().filter(|n| *n != identity.name && !identity.name_kept);
    let phone = sender.phone.as_ref().map(|p| p.reveal().as_str()).filter(|p| Some(*p) != identity.phone.as_deref());
    let username = sender.username.as_ref().map(|u| u.reveal().as_str()).filter(|u| Some(*u) != identity.username.as_deref());
    if name.is_none() && phone.is_none() && username.is_none() {
        return Ok(None);
    }
    store::update(tx, identity.contact_id, name, phone, username, app.now()).await?;
    Ok(Some(Renamed { name: name.map(str::to_owned) }))
}

/// The provider says that the person known as `old` is now known as `new`. Returns the identity under its new id, or `None` when nobody
/// was known as `old`. If `new` already belongs to somebody else, both stay as they are.
pub async fn change_identity(
    app: &App,
    tx: &mut Tx,
    channel_id: Uuid,
    old: &str,
    new: &str,
    phone: Option<&str>,
) -> Result<Option<Identity>, sqlx::Error> {
    let (old, new) = (key(channel_id, old), key(channel_id, new));
    let known = by_key(store::find(tx, &[old.clone(), new.clone()]).await?);
    let Some(person) = known.get(&old) else { return Ok(known.get(&new).cloned()) };
    if !known.contains_key(&new) {
        let identity = store::NewIdentity { id: app.new_id(), contact_id: person.contact_id, key: new.clone() };
        store::insert_identities(tx, &[identity], app.now()).await?;
        store::update(tx, person.contact_id, None, phone, None, app.now()).await?;
    }
    Ok(by_key(store::find(tx, std::slice::from_ref(&new)).await?).remove(&new))
}

/// How to call somebody who has not told their name.
fn display_name(sender: &Sender) -> String {
    let said = |value: &Option<base::Pii<String>>| value.as_ref().and_then(|v| visible(v.reveal()));
    said(&sender.name)
        .or_else(|| said(&sender.username).map(|u| format!("@{}", u.trim_start_matches('@'))))
        .or_else(|| said(&sender.phone))
        .unwrap_or_else(|| "Unknown customer".to_owned())
}

/// What a person sees of a name: without control characters, characters of no width, and those that turn the direction of the text
/// around them. `None` when nothing is left, so that nobody hides behind an empty name.
pub(super) fn visible(name: &str) -> Option<String> {
    let shown = |c: &char| {
        !c.is_control()
            && !matches!(*c, '\u{ad}' | '\u{61c}' | '\u{180e}' | '\u{200b}' | '\u{200e}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}' | '\u{fff9}'..='\u{fffb}' | '\u{e0000}'..='\u{e0fff}')
    };
    let name: String = name.chars().filter(shown).collect();
    let name = name.trim();
    // Joiners shape letters and emoji, but alone they are nothing to see; neither are blanks of other scripts.
    let anything = name.chars().any(|c| {
        !c.is_whitespace()
            && !matches!(c, '\u{200c}' | '\u{200d}' | '\u{2800}' | '\u{3164}' | '\u{115f}' | '\u{1160}' | '\u{fe00}'..='\u{fe0f}')
    });
    anything.then(|| name.to_owned())
}

fn key(channel_id: Uuid, external_id: &str) -> IdentityKey {
    IdentityKey { channel_id, external_id: external_id.to_owned() }
}

fn by_key(identities: Vec<Identity>) -> HashMap<IdentityKey, Identity> {
    identities.into_iter().map(|i| (key(i.channel_id, &i.external_id), i)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nobody_hides_behind_an_invisible_name() {
        for nothing in ["", "  ", "\u{200b}\u{200d}\u{2060}", "\u{202e}", "\u{3164}", "\n\t", "\u{2800}"] {
            assert_eq!(visible(nothing), None, "{nothing:?}");
        }
        assert_eq!(visible(" Zoë \u{202e}kraP\u{202c} ").as_deref(), Some("Zoë kraP"), "nor turns the text around it");
        assert_eq!(visible("👩\u{200d}🚀 Ana").as_deref(), Some("👩\u{200d}🚀 Ana"), "joined emoji stay joined");
        assert_eq!(visible("می\u{200c}خواهم").as_deref(), Some("می\u{200c}خواهم"));
    }
}
