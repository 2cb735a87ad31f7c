//! What the customer sees of us besides messages: that theirs were read, and that somebody is typing. Best effort: noted down before the
//! provider is called and never repeated, so that nobody is told twice, and a call that is lost is lost.

use std::{collections::HashMap, sync::Arc, time::Duration};

use chrono::TimeDelta;
use connect::channel::{Agent, ConversationRef, Notice, NoticeKind};
use kernel::auth::{Actor, Role};
use tokio::{
    sync::{Semaphore, broadcast::error::RecvError},
    task::JoinSet,
    time::Instant,
};
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

use super::store::receipts as store;
use crate::{
    App,
    accounts::{self, policy},
    channels::{self, Live},
    conversations::{self, Card, Glimpse, Seen},
};

/// Calls under way at once on this node.
const AT_ONCE: usize = 16;
/// How long the provider may take to be told.
const LONGEST: Duration = Duration::from_secs(5);
/// How often a customer is shown at most that somebody is typing.
const TYPING_EVERY: Duration = Duration::from_secs(20);

/// Silence after which somebody who typed does not any more: their screens say every few seconds that they do.
const TYPING_HOLDS: Duration = Duration::from_secs(6);
/// How often it is looked at who has stopped.
const LOOK: Duration = Duration::from_millis(500);

/// Whether the actor may answer this conversation, and so may be seen reading and typing by the customer. A blocked customer sees nothing.
pub fn may_be_seen(actor: &Actor, card: &Card) -> bool {
    let reach = policy::reach(actor, "conversations.reply");
    let somebody_elses = card.assignee_id.is_some_and(|assignee| Some(assignee) != actor.user_id());
    !card.blocked
        && policy::covers(reach, actor, &conversations::audience(card))
        && !(somebody_elses && actor.role() == Some(Role::Agent))
        && (card.assignee_id.is_some() || policy::decides(actor, "conversations.reply", card.team_id, None))
}

/// Somebody was told that an answer is being typed, and is to be told when that is over.
struct Typist {
    channel: Live,
    notice: Notice,
    /// When it was heard last.
    heard: Instant,
}

/// Shows customers what there is to be seen, until stopped. Each is a call of its own, a few at once.
pub async fn show_glimpses(app: App, stop: CancellationToken) {
    let mut glimpses = app.glimpses.subscribe();
    let slots = Arc::new(Semaphore::new(AT_ONCE));
    let mut under_way: JoinSet<Option<Typist>> = JoinSet::new();
    // When each conversation showed its typing last, as far as this node knows: most signs need no look at the database.
    let mut typed: HashMap<Uuid, Instant> = HashMap::new();
    let mut typists: HashMap<Uuid, Typist> = HashMap::new();
    let mut look = tokio::time::interval(LOOK);
    loop {
        let glimpse = tokio::select! {
            () = stop.cancelled() => break,
            Some(done) = under_way.join_next(), if !under_way.is_empty() => {
                if let Ok(Some(typist)) = done {
                    typists.insert(typist.notice.conversation.id, typist);
                }
                continue;
            }
            _ = look.tick(), if !typists.is_empty() => {
                for (id, typist) in typists.extract_if(|_, typist| typist.heard.elapsed() >= TYPING_HOLDS) {
                    typed.remove(&id);
                    let app = app.clone();
                    under_way.spawn(async move {
                        end_typing(&app, &typist).await;
                        None
                    });
                }
                continue;
            }
            glimpse = glimpses.recv() => match glimpse {
                Ok(glimpse) => glimpse,
                Err(RecvError::Lagged(_)) => continue,
                Err(RecvError::Closed) => break,
            },
        };
        if matches!(glimpse.of, Seen::Typing) {
            if let Some(typist) = typists.get_mut(&glimpse.conversation_id) {
                typist.heard = Instant::now();
            }
            typed.retain(|_, at| at.elapsed() < TYPING_EVERY);
            if typed.contains_key(&glimpse.conversation_id) {
                continue;
            }
            typed.insert(glimpse.conversation_id, Instant::now());
        }
        // What cannot be shown at once is not worth showing later.
        let Ok(slot) = slots.clone().try_acquire_owned() else { continue };
        let app = app.clone();
        under_way.spawn(async move {
            let _slot = slot;
            show(&app, &glimpse).await
        });
    }
    while under_way.join_next().await.is_some() {}
}

/// What a customer, or the company's app for them, is told.
enum Shown {
    /// By the message of theirs that was read.
    Mark(Live, String),
    /// In words of the channel's own.
    Notice(Live, Notice),
}

/// Shows it; answers who is typing, where the end of that is to be told too.
async fn show(app: &App, glimpse: &Glimpse) -> Option<Typist> {
    match claim(app, glimpse).await {
        Ok(Some(Shown::Mark(channel, external_id))) => {
            tell(app, &channel, &external_id, matches!(glimpse.of, Seen::Typing)).await;
        }
        Ok(Some(Shown::Notice(channel, notice))) => {
            tell_notice(app, &channel, &notice).await;
            return Some(Typist { channel, notice, heard: Instant::now() });
        }
        Ok(None) => {}
        Err(error) => {
            tracing::debug!(conversation_id = %glimpse.conversation_id, %error, "a customer is not shown what there is to see");
        }
    }
    None
}

/// Tells that somebody stopped typing; whoever types next is shown at once.
async fn end_typing(app: &App, typist: &Typist) {
    let ended = async {
        let mut tx = app.db.begin().await?;
        store::end_typing(&mut tx, typist.notice.conversation.id).await?;
        tx.commit().await
    };
    if let Err(error) = ended.await {
        let error: sqlx::Error = error;
        tracing::debug!(%error, "it is not noted down that somebody stopped typing");
    }
    let (id, now) = (app.new_id(), app.now());
    let notice = Notice { id, at: now, now, what: NoticeKind::TypingStopped, ..typist.notice.clone() };
    tell_notice(app, &typist.channel, &notice).await;
}

/// Notes down that this is shown, unless it was before or is not to be; answers by which message. The provider marks what a customer wrote
/// as read when it shows them that somebody types.
async fn claim(app: &App, glimpse: &Glimpse) -> Result<Option<Shown>, sqlx::Error> {
    let mut tx = app.db.begin().await?;
    let Some(card) = conversations::cards(&mut tx, &[glimpse.conversation_id]).await?.pop() else { return Ok(None) };
    let Ok(Some(channel)) = channels::live_in(app, &mut tx, card.channel_id).await else { return Ok(None) };
    let (now, capabilities) = (app.now(), channel.kind.capabilities());
    let offered = match glimpse.of {
        // Where what happens is told, what was read is told with it, in its order.
        Seen::Read(_) => capabilities.marks_read && !capabilities.notices,
        // Nobody is there to see it where nobody has written lately.
        Seen::Typing => capabilities.shows_typing && card.window_expires_at.is_none_or(|at| at > now),
    };
    if !offered || !may_be_seen(&glimpse.actor, &card) {
        return Ok(None);
    }
    let up_to = match glimpse.of {
        Seen::Read(seq) => seq,
        Seen::Typing => i64::MAX,
    };
    let Some(last) = store::last_of_customer(&mut tx, card.id, up_to).await? else { return Ok(None) };
    let new = match glimpse.of {
        Seen::Read(_) => store::mark_read(&mut tx, card.id, last.seq).await?,
        Seen::Typing => {
            let every = TimeDelta::from_std(TYPING_EVERY).unwrap_or(TimeDelta::seconds(20));
            store::type_now(&mut tx, card.id, last.seq, now, now - every).await?
        }
    };
    if !new {
        return Ok(None);
    }
    let shown = match capabilities.notices {
        true => {
            let to = store::identity(&mut tx, card.id).await?;
            let (id, conversation) = (app.new_id(), ConversationRef { id: card.id, number: card.number });
            let agent = agent(app, &mut tx, &glimpse.actor).await?;
            Shown::Notice(channel, Notice { id, at: now, now, to, conversation, what: NoticeKind::Typing, agent })
        }
        false => Shown::Mark(channel, last.external_id),
    };
    tx.commit().await?;
    Ok(Some(shown))
}

/// A colleague as customers may know them.
async fn agent(app: &App, conn: &mut sqlx::PgConnection, actor: &Actor) -> Result<Option<Agent>, sqlx::Error> {
    let Some(principal) = actor.principal() else { return Ok(None) };
    let photo = accounts::photo_tokens(conn, &[principal.user_id]).await?.into_iter().next();
    let photo_url = photo.map(|(_, token)| format!("{}/api/v1/photos/{token}", app.public_url));
    Ok(Some(Agent { name: principal.name.to_string(), photo_url }))
}

async fn tell_notice(app: &App, channel: &Live, notice: &Notice) {
    let told = match tokio::time::timeout(LONGEST, channel.kind.notify(&app.net, &channel.settings, notice)).await {
        Ok(Ok(())) => return,
        Ok(Err(error)) => error.to_string(),
        Err(_) => "it took too long".to_owned(),
    };
    tracing::debug!(channel_id = %channel.id(), error = told, "the other side was not told who types");
}

async fn tell(app: &App, channel: &Live, external_id: &str, typing: bool) {
    let call = channel.kind.mark_read(&app.net, &channel.settings, external_id, typing);
    let told = match tokio::time::timeout(LONGEST, call).await {
        Ok(Ok(())) => return,
        Ok(Err(error)) => error.to_string(),
        Err(_) => "it took too long".to_owned(),
    };
    tracing::debug!(channel_id = %channel.id(), typing, error = told, "the provider was not told what the customer may see");
}
