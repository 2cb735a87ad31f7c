//! What the other side says of us and of its people, in its own words: our ids of messages, details of a person.

use std::collections::HashMap;

use connect::channel::{Content, Profile};
use kernel::db::Tx;
use uuid::Uuid;

use super::{Fate, apply::Arrival};
use crate::{
    App,
    contacts::{self, Identity, IdentityKey},
    messages,
};

/// Whoever speaks of one of our messages may do so by our id, where the other side has another one for it.
pub(super) async fn own_ids(tx: &mut Tx, arrivals: &mut [Arrival]) -> Result<(), sqlx::Error> {
    let named = |text: &str| Uuid::parse_str(text).ok();
    let mut asked: Vec<(Uuid, Uuid)> = Vec::new();
    for arrival in arrivals.iter() {
        let about = match &arrival.message.content {
            Content::Reaction { to, .. } => named(to),
            _ => None,
        };
        let quoted = arrival.message.reply_to.as_deref().and_then(named);
        asked.extend(about.into_iter().chain(quoted).map(|id| (arrival.channel_id, id)));
    }
    if asked.is_empty() {
        return Ok(());
    }
    let known = messages::external_ids(tx, &asked).await?;
    for arrival in arrivals {
        let channel_id = arrival.channel_id;
        let of = |text: &str| known.get(&(channel_id, named(text)?)).cloned();
        if let Content::Reaction { to, .. } = &mut arrival.message.content
            && let Some(theirs) = of(to)
        {
            *to = theirs;
        }
        if let Some(theirs) = arrival.message.reply_to.as_deref().and_then(of) {
            arrival.message.reply_to = Some(theirs);
        }
    }
    Ok(())
}

/// Takes over what is told about people who are known, before their conversations are locked: a contact comes before its conversations.
/// Gives those of whom something is new.
pub(super) async fn take_profiles(
    app: &App,
    tx: &mut Tx,
    profiles: &[(usize, Uuid, &Profile)],
    fates: &mut HashMap<usize, Fate>,
) -> Result<Vec<Uuid>, sqlx::Error> {
    let key = |channel_id: &Uuid, profile: &Profile| IdentityKey {
        channel_id: *channel_id,
        external_id: profile.sender.external_id.clone(),
    };
    let keys: Vec<IdentityKey> = profiles.iter().map(|(_, channel_id, profile)| key(channel_id, profile)).collect();
    if keys.is_empty() {
        return Ok(Vec::new());
    }
    let known: HashMap<(Uuid, String), Identity> =
        contacts::find(tx, &keys).await?.into_iter().map(|i| ((i.channel_id, i.external_id.clone()), i)).collect();
    let mut told = Vec::new();
    for (index, channel_id, profile) in profiles {
        let Some(identity) = known.get(&(*channel_id, profile.sender.external_id.clone())) else {
            fates.insert(*index, Fate::Ignored("nobody here is known under that id".to_owned()));
            continue;
        };
        if contacts::take_profile(app, tx, identity, profile).await? {
            fates.insert(*index, Fate::Stored);
            if !told.contains(&identity.contact_id) {
                told.push(identity.contact_id);
            }
        }
    }
    Ok(told)
}
