//! What the customer sees of us besides messages: that theirs were read, and that somebody is typing. Best effort: noted down before the
//! provider is called and never repeated, so that nobody is told twice, and a call that is lost is lost.

use std::{collections::HashMap, sync::Arc, time::Duration};

use chrono::TimeDelta;
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
    accounts::policy,
    channels::{self, Live},
    conversations::{self, Card, Glimpse, Seen},
};

/// Calls under way at once on this node.
const AT_ONCE: usize = 16;
/// How long the provider may take to be told.
const LONGEST: Duration = Duration::from_secs(5);
/// How often a customer is shown at most that somebody is typing.
const TYPING_EVERY: Duration = Duration::from_secs(20);

/// Whether the actor may answer this conversation, and so may be seen reading and typing by the customer.
fn may_reply(actor: &Actor, card: &Card) -> bool {
    let reach = policy::reach(actor, "conversations.reply");
    let somebody_elses = card.assignee_id.is_some_and(|assignee| Some(assignee) != actor.user_id());
    !card.blocked
        && policy::covers(reach, actor, &conversations::audience(card))
        && !(somebody_elses && actor.role() == Some(Role::Agent))
        && (card.assignee_id.is_some() || policy::decides(actor, "conversations.reply", card.team_id, None))
}

/// Shows customers what there is to be seen, until stopped. Each is a call of its own, a few at once.
pub async fn show_glimpses(app: App, stop: CancellationToken) {
    let mut glimpses = app.glimpses.subscribe();
    let slots = Arc::new(Semaphore::new(AT_ONCE));
    let mut under_way = JoinSet::new();
    // When each conversation showed its typing last, as far as this node knows: most signs need no look at the database.
    let mut typed: HashMap<Uuid, Instant> = HashMap::new();
    loop {
        let glimpse = tokio::select! {
            () = stop.cancelled() => break,
            glimpse = glimpses.recv() => match glimpse {
                Ok(glimpse) => glimpse,
                Err(RecvError::Lagged(_)) => continue,
                Err(RecvError::Closed) => break,
            },
        };
        if matches!(glimpse.of, Seen::Typing) {
            typed.retain(|_, at| at.elapsed() < TYPING_EVERY);
            if typed.contains_key(&glimpse.conversation_id) {
                continue;
            }
            typed.insert(glimpse.conversation_id, Instant::now());
        }
        while under_way.try_join_next().is_some() {}
        // What cannot be shown at once is not worth showing later.
        let Ok(slot) = slots.clone().try_acquire_owned() else { continue };
        let app = app.clone();
        under_way.spawn(async move {
            let _slot = slot;
            show(&app, &glimpse).await;
        });
    }
    while under_way.join_next().await.is_some() {}
}

async fn show(app: &App, glimpse: &Glimpse) {
    match claim(app, glimpse).await {
        Ok(Some((channel, external_id))) => tell(app, &channel, &external_id, matches!(glimpse.of, Seen::Typing)).await,
        Ok(None) => {}
        Err(error) => {
            tracing::debug!(conversation_id = %glimpse.conversation_id, %error, "a customer is not shown what there is to see");
        }
    }
}

/// Notes down that this is shown, unless it was before or is not to be; answers by which message. The provider marks what a customer wrote
/// as read when it shows them that somebody types.
async fn claim(app: &App, glimpse: &Glimpse) -> Result<Option<(Live, String)>, sqlx::Error> {
    let mut tx = app.db.begin().await?;
    let Some(card) = conversations::cards(&mut tx, &[glimpse.conversation_id]).await?.pop() else { return Ok(None) };
    let Ok(Some(channel)) = channels::live_in(app, &mut tx, card.channel_id).await else { return Ok(None) };
    let (now, capabilities) = (app.now(), channel.kind.capabilities());
    let offered = match glimpse.of {
        Seen::Read(_) => capabilities.marks_read,
        // Nobody is there to see it where nobody has written lately.
        Seen::Typing => capabilities.shows_typing && card.window_expires_at.is_none_or(|at| at > now),
    };
    if !offered || !may_reply(&glimpse.actor, &card) {
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
    tx.commit().await?;
    Ok(Some((channel, last.external_id)))
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
