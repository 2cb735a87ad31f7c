//! What a delivery's elements do to the database: a handful of statements for any number of elements.
//!
//! Order of locks, here and everywhere: conversations by id, then what is in them.

use std::collections::{BTreeMap, HashMap, HashSet};

use base::Time;
use connect::channel::{
    Content, DeliveryStatus, Element, ElementBody, IdentityChange, InboundMessage, Profile, Sender, StatusUpdate,
};
use kernel::db::Tx;
use secrecy::{ExposeSecret, SecretString};
use uuid::Uuid;

use super::{
    CustomerTypes, Fate,
    flood::Floods,
    places::lock_conversations,
    said::{own_ids, take_profiles},
};
use crate::{
    App,
    channels::{self, Live, Route},
    contacts::{self, Identity, IdentityKey},
    conversations::{self, Card, LastMessage},
    media,
    messages::{self, Applied, MessageRow},
    settings,
};

/// An element and the channel at whose address it arrived.
pub(super) struct Item<'a> {
    pub channel: &'a Live,
    pub element: &'a Element,
}

/// What became of an item, and on which channel.
pub(super) struct Outcome {
    pub channel_id: Option<Uuid>,
    pub fate: Fate,
}

impl Outcome {
    pub(super) fn of(fate: Fate) -> Self {
        Self { channel_id: None, fate }
    }
}

/// A message on its way into its conversation.
pub(super) struct Arrival {
    pub item: usize,
    pub channel_id: Uuid,
    pub team_id: Option<Uuid>,
    /// How long a message keeps the channel's reply window open.
    window: Option<std::time::Duration>,
    pub message: InboundMessage,
    /// A file it brings that was uploaded to MAX before.
    file: Option<Uuid>,
    /// A notice (a new number) lands in an open conversation but opens none.
    pub opens: bool,
    /// A conversation closed after this is still the one it belongs to.
    pub closed_after: Time,
}

impl Arrival {
    pub fn key(&self) -> (Uuid, String) {
        (self.channel_id, self.message.external_id.clone())
    }
}

/// Applies all items in the caller's transaction and says what became of each.
pub(super) async fn apply(app: &App, tx: &mut Tx, items: &[Item<'_>]) -> Result<Vec<Outcome>, sqlx::Error> {
    let targets = route(app, tx, items).await?;
    let mut outcomes: Vec<Outcome> = Vec::with_capacity(items.len());
    let (mut arrivals, mut statuses) = (Vec::new(), Vec::new());
    let mut profiles: Vec<(usize, Uuid, &Profile)> = Vec::new();
    for (index, (item, target)) in items.iter().zip(&targets).enumerate() {
        let target = match target {
            Ok(target) => target,
            Err(reason) => {
                outcomes.push(Outcome::of(Fate::Ignored(reason.clone())));
                continue;
            }
        };
        let mut fate = Fate::Stored;
        match &item.element.body {
            ElementBody::Message(message) => arrivals.push(Arrival {
                item: index,
                channel_id: target.channel_id,
                team_id: target.team_id,
                window: item.channel.kind.capabilities().reply_window,
                message: (**message).clone(),
                file: match &message.content {
                    Content::Media(media) => item.channel.kind.uploaded(&media.external_id),
                    _ => None,
                },
                opens: true,
                closed_after: closed_after(app, target),
            }),
            ElementBody::Status(update) => statuses.push((index, target.channel_id, update.clone())),
            ElementBody::Read(mark) => {
                // Nothing new, unless a message below says otherwise.
                fate = Fate::Duplicate;
                let until = mark.at.unwrap_or_else(|| app.now());
                let status = if mark.read { DeliveryStatus::Read } else { DeliveryStatus::Delivered };
                let (channel_id, external_id) = (target.channel_id, mark.external_id.as_str());
                let seen = messages::Seen { channel_id, external_id, until, status, queued: mark.shown };
                for id in messages::unseen(tx, &seen).await? {
                    let update = StatusUpdate { external_id: id.to_string(), our_id: Some(id), status, at: mark.at, error: None };
                    statuses.push((index, target.channel_id, update));
                }
            }
            ElementBody::Typing(typing) => {
                let letter =
                    CustomerTypes { channel_id: target.channel_id, external_id: typing.external_id.clone(), on: typing.on };
                let app = app.clone();
                // Nothing waits for it, and nothing is lost with it.
                tokio::spawn(async move { letter.publish(&app).await });
                fate = Fate::Ignored("shown to whoever looks at the conversation".to_owned());
            }
            ElementBody::Profile(profile) => profiles.push((index, target.channel_id, profile)),
            ElementBody::IdentityChange(change) => match change_identity(app, tx, target, change, index).await? {
                Some(arrival) => arrivals.push(arrival),
                None => fate = Fate::Ignored("nobody here is known under that id".to_owned()),
            },
            ElementBody::Template(notice) => fate = super::templates::apply(app, tx, item.channel, notice).await?,
            ElementBody::AccountProblem(error) => {
                let pauses = item.channel.kind.explain(&error.code).is_some_and(|explained| explained.account);
                channels::in_trouble(app, tx, target.channel_id, error, pauses).await?;
            }
            ElementBody::Ignored(reason) => fate = Fate::Ignored(reason.clone()),
            ElementBody::Unreadable(reason) => fate = Fate::Dead(reason.clone()),
        }
        outcomes.push(Outcome { channel_id: Some(target.channel_id), fate });
    }

    own_ids(tx, &mut arrivals).await?;
    let updates: Vec<(Uuid, StatusUpdate)> = statuses.iter().map(|(_, channel, update)| (*channel, update.clone())).collect();
    let asked: Vec<_> = updates.iter().map(|(channel, u)| (*channel, u.external_id.clone(), u.our_id)).collect();
    let status_targets = if asked.is_empty() { Vec::new() } else { messages::status_targets(tx, &asked).await? };
    let folds = super::folding::take(app, tx, &mut arrivals).await?;
    let touched = status_targets.iter().map(|t| t.conversation_id).chain(folds.iter().map(|f| f.target.conversation_id));
    let also: Vec<Uuid> = touched.collect::<HashSet<_>>().into_iter().collect();

    // The same message twice in one batch: the first counts.
    let mut seen = HashSet::new();
    arrivals.retain(|a| {
        let first = seen.insert((a.channel_id, a.message.external_id.clone()));
        if !first {
            outcomes[a.item].fate = Fate::Duplicate;
        }
        first
    });

    let fresh = store_messages(app, tx, &arrivals, &profiles, &also).await?;
    for arrival in &arrivals {
        match fresh.fates.get(&arrival.item) {
            Some(Landing::Stored) => {}
            Some(Landing::Blocked) => outcomes[arrival.item].fate = Fate::Blocked,
            Some(Landing::Duplicate) => outcomes[arrival.item].fate = Fate::Duplicate,
            None => outcomes[arrival.item].fate = Fate::Ignored("there is no open conversation to show it in".to_owned()),
        }
    }
    for (index, ..) in &profiles {
        outcomes[*index].fate = fresh.told.get(index).cloned().unwrap_or(Fate::Duplicate);
    }
    for fold in &folds {
        outcomes[fold.item].fate = super::folding::apply(app, tx, fold).await?;
    }
    if !updates.is_empty() {
        let conversations: Vec<Uuid> = also.clone();
        let cards: HashMap<Uuid, Card> = if conversations.is_empty() {
            HashMap::new()
        } else {
            conversations::cards(tx, &conversations).await?.into_iter().map(|c| (c.id, c)).collect()
        };
        let applied = messages::apply_statuses(app, tx, &updates, &status_targets, &cards).await?;
        for ((index, _, _), applied) in statuses.iter().zip(applied) {
            let one_of_several = matches!(items[*index].element.body, ElementBody::Read(_));
            outcomes[*index].fate = match applied {
                Applied::Changed => Fate::Stored,
                Applied::Duplicate if one_of_several && outcomes[*index].fate == Fate::Stored => Fate::Stored,
                Applied::Duplicate => Fate::Duplicate,
                Applied::Parked => Fate::Parked,
            };
        }
    }
    Ok(outcomes)
}

/// The channel of each item: the one at whose address it arrived, or another of the same provider app. One app posts all its numbers to
/// one address; but a signature with one app's secret must not speak for another app's numbers.
async fn route(app: &App, tx: &mut Tx, items: &[Item<'_>]) -> Result<Vec<Result<Route, String>>, sqlx::Error> {
    let own = |item: &Item<'_>| match (&item.element.account, item.channel.kind.account(&item.channel.settings)) {
        (None, _) => true,
        (Some(account), Some(mine)) => account == mine,
        (Some(_), None) => false,
    };
    let mut others: HashMap<(&str, &str), Route> = HashMap::new();
    for item in items.iter().filter(|i| !own(i)) {
        let (kind, Some(account)) = (item.channel.kind.kind(), item.element.account.as_deref()) else { continue };
        if !others.contains_key(&(kind, account)) {
            let found = channels::routes_for(tx, kind, &[account.to_owned()]).await?.pop();
            others.extend(found.map(|route| ((kind, account), route)));
        }
    }
    let mut routes = Vec::with_capacity(items.len());
    for item in items {
        if own(item) {
            routes.push(Ok(Route {
                account: item.element.account.clone().unwrap_or_default(),
                channel_id: item.channel.id(),
                team_id: item.channel.team_id,
                active: true,
                reopen_hours: item.channel.reopen_hours,
            }));
            continue;
        }
        let found = item.element.account.as_deref().and_then(|account| others.get(&(item.channel.kind.kind(), account)));
        routes.push(match found {
            Some(route) if !route.active => Err("its channel is switched off".to_owned()),
            Some(route) if same_app(app, tx, item.channel, route.channel_id).await? => Ok(route.clone()),
            Some(_) => Err("its number belongs to another app than the one that signed".to_owned()),
            None => Err("no channel speaks for this number".to_owned()),
        });
    }
    Ok(routes)
}

/// Whether both channels belong to one app of the provider. Not being able to tell is an error: the delivery has to come again.
pub(super) async fn same_app(app: &App, tx: &mut Tx, signer: &Live, channel_id: Uuid) -> Result<bool, sqlx::Error> {
    let other = match channels::live_in(app, tx, channel_id).await {
        Ok(Some(other)) => other,
        Ok(None) => return Ok(false),
        Err(problem) if problem.code() == base::Code::Unavailable => return Err(sqlx::Error::PoolTimedOut),
        Err(problem) => return Err(sqlx::Error::Protocol(problem.to_string())),
    };
    // While a secret is replaced, one channel of the app may have the new one already and the other not yet.
    let same = |a: &SecretString, b: &SecretString| {
        kernel::crypto::constant_time_eq(a.expose_secret().as_bytes(), b.expose_secret().as_bytes())
    };
    Ok(signer.settings.secrets("app_secret").any(|a| other.settings.secrets("app_secret").any(|b| same(a, b))))
}

/// Moves a person to their new id, and makes the notice that tells it in their open conversation.
async fn change_identity(
    app: &App,
    tx: &mut Tx,
    target: &Route,
    change: &IdentityChange,
    item: usize,
) -> Result<Option<Arrival>, sqlx::Error> {
    let phone = change.phone.as_ref().map(|p| p.reveal().as_str());
    let mut person = None;
    for old in std::iter::once(&change.old).chain(&change.aliases) {
        person = contacts::change_identity(app, tx, target.channel_id, old, &change.new, phone).await?;
        if person.is_some() {
            break;
        }
    }
    Ok(person.map(|identity| Arrival {
        item,
        channel_id: target.channel_id,
        team_id: target.team_id,
        window: None,
        message: InboundMessage {
            external_id: change.external_id.clone(),
            sender: Sender { external_id: identity.external_id, aliases: Vec::new(), phone: None, name: None, username: None },
            sent_at: change.at,
            content: Content::Notice { text: change.text.clone() },
            reply_to: None,
            forwarded: false,
            referral: None,
            opens_window: false,
        },
        file: None,
        opens: false,
        closed_after: closed_after(app, target),
    }))
}

enum Landing {
    Stored,
    Blocked,
    Duplicate,
}

struct Landed {
    /// By item; a message that found no conversation is absent.
    fates: HashMap<usize, Landing>,
    /// By item: what became of what was told about somebody.
    told: HashMap<usize, Fate>,
}

/// Finds or makes contacts and conversations, locks the conversations (and those in `also`), stores what is new, moves the conversations
/// on, and tells the world.
async fn store_messages(
    app: &App,
    tx: &mut Tx,
    arrivals: &[Arrival],
    profiles: &[(usize, Uuid, &Profile)],
    also: &[Uuid],
) -> Result<Landed, sqlx::Error> {
    let mut landed = Landed { fates: HashMap::new(), told: HashMap::new() };
    if arrivals.is_empty() && profiles.is_empty() {
        if !also.is_empty() {
            conversations::lock_for(tx, &[], also).await?;
        }
        return Ok(landed);
    }
    let senders: Vec<(Uuid, Sender)> = arrivals.iter().map(|a| (a.channel_id, a.message.sender.clone())).collect();
    let identities = contacts::resolve(app, tx, &senders).await?;
    let identity_of = |a: &Arrival| {
        identities.get(&IdentityKey { channel_id: a.channel_id, external_id: a.message.sender.external_id.clone() })
    };
    let mut renamed: HashMap<Uuid, String> = HashMap::new();
    // Whose conversations show something old now.
    let mut changed: HashSet<Uuid> = HashSet::new();
    // What they last said about themselves will do, however many names a flood brings; in one order, so that two nodes cannot deadlock.
    let mut said: BTreeMap<Uuid, (&Identity, &Sender)> = BTreeMap::new();
    for arrival in arrivals {
        let Some(identity) = identity_of(arrival) else { continue };
        if !arrival.opens {
            changed.insert(identity.contact_id);
        }
        let last = said.entry(identity.contact_id).or_insert((identity, &arrival.message.sender));
        if arrival.message.sender.name.is_some() {
            *last = (identity, &arrival.message.sender);
        }
    }
    for (contact_id, (identity, sender)) in said {
        if let Some(new) = contacts::rename(app, tx, identity, sender).await? {
            changed.insert(contact_id);
            renamed.extend(new.name.map(|name| (contact_id, name)));
        }
    }

    let told = take_profiles(app, tx, profiles, &mut landed.told).await?;
    changed.extend(&told);

    let changed: Vec<Uuid> = changed.into_iter().collect();
    let also = match changed.as_slice() {
        [] => also.to_vec(),
        changed => [also, &conversations::of_contacts(tx, changed).await?].concat(),
    };
    let places = lock_conversations(app, tx, arrivals, &identity_of, &also).await?;
    conversations::take_over_names(app, tx, &changed).await?;
    for contact in &told {
        contacts::tell_changed(app, tx, *contact).await?;
    }
    let now = app.now();
    let mut floods = Floods::of(places.of.values(), settings::flood_limits(app, tx).await?, now);
    let mut new = Vec::with_capacity(arrivals.len());
    let mut arrival_of: HashMap<Uuid, &Arrival> = HashMap::new();
    for arrival in arrivals {
        let Some(identity) = identity_of(arrival) else { continue };
        let Some(conversation) = places.of.get(&(arrival.channel_id, identity.contact_id)) else {
            if places.known.contains(&arrival.key()) {
                landed.fates.insert(arrival.item, Landing::Duplicate);
            }
            continue;
        };
        let id = app.new_id();
        arrival_of.insert(id, arrival);
        landed.fates.insert(arrival.item, Landing::Duplicate);
        let message = &arrival.message;
        new.push(messages::NewInbound {
            id,
            conversation_id: conversation.id,
            base_seq: conversation.last_seq,
            channel_id: arrival.channel_id,
            external_id: message.external_id.clone(),
            contact_id: identity.contact_id,
            author_name: renamed.get(&identity.contact_id).cloned().unwrap_or_else(|| identity.name.clone()),
            content: serde_json::to_value(&message.content).unwrap_or_default(),
            preview: message.content.preview(),
            reply_to_external: message.reply_to.clone(),
            meta: meta(message),
            sent_at: message.sent_at,
            quiet: identity.blocked,
            free: arrival.opens.then(|| floods.free(conversation.id)),
        });
    }
    let mut fresh: HashMap<Uuid, MessageRow> =
        messages::insert_inbound(tx, &new, now).await?.into_iter().map(|m| (m.id, m)).collect();
    let uploads = arrival_of.iter().filter_map(|(id, a)| Some((*id, (a.file?, a.message.sender.external_id.clone()))));
    messages::expect_files(app, tx, &mut fresh, &uploads.collect()).await?;
    let mut changes: HashMap<Uuid, conversations::Inbound> = HashMap::new();
    for message in &new {
        let (Some(row), Some(arrival)) = (fresh.get(&message.id), arrival_of.get(&message.id)) else { continue };
        let Some(identity) = identity_of(arrival) else { continue };
        landed.fates.insert(arrival.item, if identity.blocked { Landing::Blocked } else { Landing::Stored });
        floods.note(row, arrival.opens, identity.blocked);
        let quiet = identity.blocked || row.folded;
        let (counted, waits) = (i64::from(!quiet), arrival.message.opens_window && !quiet);
        let last = LastMessage {
            id: message.id,
            seq: row.seq,
            direction: "in".to_owned(),
            kind: "reply".to_owned(),
            preview: message.preview.clone(),
            author_name: message.author_name.clone(),
            author_id: None,
            created_at: now,
        };
        let window = window_after(arrival, now);
        changes
            .entry(message.conversation_id)
            .and_modify(|change| {
                change.counted += counted;
                change.waits |= waits;
                change.quiet &= quiet;
                change.blocked += i32::from(identity.blocked);
                change.window_expires_at = change.window_expires_at.max(window);
                change.identity_id = identity.id;
                change.last = last.clone();
            })
            .or_insert_with(|| conversations::Inbound {
                id: message.conversation_id,
                identity_id: identity.id,
                last: last.clone(),
                counted,
                waits,
                quiet,
                window_expires_at: window,
                blocked: i32::from(identity.blocked),
                flood: conversations::Flood::default(),
            });
    }
    if changes.is_empty() {
        return Ok(landed);
    }
    media::later(tx, &floods.late_files()).await?;
    for change in changes.values_mut() {
        change.flood = floods.settled(change.id);
    }
    let touched: Vec<Uuid> = changes.keys().copied().collect();
    if changes.values().any(|change| change.flood.due) {
        tx.wake(super::FLOOD);
    }
    let told: Vec<Uuid> = changes.values().filter(|change| change.flood.told).map(|change| change.id).collect();
    let opened = |c: &&conversations::Inbound| c.waits && c.window_expires_at.is_none_or(|at| at > now);
    let answering: Vec<Uuid> = changes.values().filter(opened).map(|c| c.id).collect();
    conversations::advance_inbound(app, tx, &changes.into_values().collect::<Vec<_>>()).await?;
    messages::customers_wrote(tx, &answering, now).await?;
    let cards: HashMap<Uuid, Card> = conversations::cards(tx, &touched).await?.into_iter().map(|c| (c.id, c)).collect();
    // In the order they came, which is the order within each conversation.
    for row in new.iter().filter_map(|m| fresh.remove(&m.id)).filter(|row| !row.folded) {
        if let Some(card) = cards.get(&row.conversation_id) {
            tx.emit(messages::created(app, &row, card));
        }
    }
    for card in told.iter().filter_map(|id| cards.get(id)) {
        conversations::emit_flood(tx, card, now);
    }
    Ok(landed)
}

/// A conversation of this channel that was closed after this goes on when its customer writes.
fn closed_after(app: &App, target: &Route) -> Time {
    app.now() - chrono::Duration::hours(target.reopen_hours.into())
}

/// Until when this message keeps the reply window open: counted from the provider's time of it, or from now where that lies in the future.
fn window_after(arrival: &Arrival, now: Time) -> Option<Time> {
    let window = chrono::Duration::from_std(arrival.window.filter(|_| arrival.message.opens_window)?).ok()?;
    Some(arrival.message.sent_at.unwrap_or(now).min(now) + window)
}

fn meta(message: &InboundMessage) -> Option<serde_json::Value> {
    let mut meta = serde_json::Map::new();
    if message.forwarded {
        meta.insert("forwarded".to_owned(), true.into());
    }
    if let Some(referral) = &message.referral {
        meta.insert("referral".to_owned(), referral.clone());
    }
    (!meta.is_empty()).then_some(meta.into())
}
