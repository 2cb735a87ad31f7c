//! Our own reactions. The company has one on each message. It stands there at once, and a job tells the provider what stands: telling the same
//! twice does no harm, so nothing is lost and nothing has to be decided by a person.

use std::time::Duration;

use base::Code;
use connect::channel::{Agent, ConversationRef, OutboundMessage, Outgoing, SendError};
use kernel::{
    auth::Access,
    db::Tx,
    http::Problem,
    job::{self, Job},
};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::{AuthorType, Kind, MessageRow, MessageView, Reaction, emit_updated, folding, service, store};
use crate::{
    App, channels,
    conversations::{self, ConversationRow},
};

/// Longest emoji, in characters: families and flags are several.
const LONGEST: usize = 16;
/// Pauses before the provider is told again.
const PAUSES: [Duration; 3] = [Duration::from_millis(500), Duration::from_secs(2), Duration::from_secs(8)];

/// An emoji as it may be.
pub(super) fn checked(emoji: &str) -> Result<String, Problem> {
    let emoji = emoji.trim();
    let strange = |c: char| c.is_control() || c.is_whitespace() || c.is_ascii_alphabetic();
    if emoji.is_empty() || emoji.is_ascii() || emoji.chars().count() > LONGEST || emoji.chars().any(strange) {
        return Err(Problem::field("emoji", "Choose one emoji; null takes it back."));
    }
    Ok(emoji.to_owned())
}

/// Reacts to a message, or takes that back.
pub(super) async fn react(
    app: &App,
    tx: &mut Tx,
    who: &Access<ConversationRow>,
    message_id: Uuid,
    emoji: Option<String>,
) -> Result<MessageView, Problem> {
    let locked = conversations::lock(tx, who.row().0.id).await?.ok_or_else(Problem::not_found)?;
    service::may_answer(tx, who.actor(), &locked).await?;
    let row = store::one(tx, locked.id, message_id).await?.ok_or_else(Problem::not_found)?;
    service::answerable(&locked, Kind::Reply)?;
    service::may_react(app, tx, &locked).await?;
    if row.external_id.is_none() {
        return Err(Problem::new(
            Code::NotSupportedByChannel,
            "The customer does not have this message, so it takes no reaction.",
        ));
    }
    let known = row.reactions.as_ref().map_or(&[][..], |kept| kept.0.as_slice());
    let ours = known.iter().find(|r| r.by == AuthorType::User.as_str());
    if ours.is_none_or(|r| r.emoji.is_none()) && emoji.is_none() {
        return Ok(row.view(app));
    }
    let reaction = Reaction {
        emoji,
        by: AuthorType::User.as_str().to_owned(),
        author_id: who.actor().user_id(),
        author_name: who.actor().name().to_owned(),
        // Never before the one it replaces, whatever the clock says.
        at: ours.map_or_else(|| app.now(), |r| r.at.max(app.now())),
        external_id: None,
        error: None,
    };
    let Some(reactions) = folding::react(known, reaction) else { return Ok(row.view(app)) };
    store::folding::set_reactions(tx, row.id, &reactions).await?;
    let tell = TellReaction { conversation_id: locked.id, message_id };
    job::enqueue::<App, TellReaction>(app.db.pool(), tx, tell).await.map_err(Problem::internal)?;
    let row = store::one(tx, locked.id, message_id).await?.ok_or_else(Problem::not_found)?;
    let card = service::the_card(tx, locked.id).await?;
    emit_updated(app, tx, &row, &card);
    Ok(row.view(app))
}

/// Tells the provider how we react to a message now.
#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
pub(super) struct TellReaction {
    conversation_id: Uuid,
    message_id: Uuid,
}

impl Job<App> for TellReaction {
    const NAME: &'static str = "messages:react";

    async fn run(self, app: App) -> anyhow::Result<()> {
        let mut tries = PAUSES.iter();
        loop {
            let Some((row, ours)) = self.ours(&app).await? else { return Ok(()) };
            let outcome = self.tell(&app, &row, &ours).await?;
            // It may have changed while the provider was told; the last word has to be the one that stands.
            if self.ours(&app).await?.is_none_or(|(_, now)| now != ours) {
                continue;
            }
            match (outcome, tries.next()) {
                (Ok(()), _) => return Ok(()),
                (Err(SendError::Retry { .. } | SendError::Unconfirmed { .. }), Some(pause)) => tokio::time::sleep(*pause).await,
                (Err(error), _) => return self.failed(&app, &ours, &error.error().message).await,
            }
        }
    }
}

impl TellReaction {
    async fn ours(&self, app: &App) -> Result<Option<(MessageRow, Reaction)>, sqlx::Error> {
        let row = store::one(&mut *app.db.begin().await?, self.conversation_id, self.message_id).await?;
        Ok(row.and_then(|row| {
            let ours = row.reactions.as_ref()?.0.iter().find(|r| r.by == AuthorType::User.as_str())?.clone();
            Some((row, ours))
        }))
    }

    async fn tell(&self, app: &App, row: &MessageRow, ours: &Reaction) -> anyhow::Result<Result<(), SendError>> {
        let Some(channel) = channels::live(app, row.channel_id).await? else { return Ok(Ok(())) };
        let recipient = store::folding::recipient(&mut *app.db.read().await?, self.conversation_id).await?;
        let (Some((to, phone)), Some(external_id)) = (recipient, row.external_id.clone()) else { return Ok(Ok(())) };
        let number = store::folding::number(&mut *app.db.read().await?, self.conversation_id).await?;
        let message = OutboundMessage {
            id: app.new_id(),
            to,
            phone: phone.map(base::Pii),
            content: Outgoing::Reaction { to: external_id, emoji: ours.emoji.clone() },
            reply_to: None,
            now: app.now(),
            conversation: ConversationRef { id: self.conversation_id, number },
            agent: Some(Agent { name: ours.author_name.clone(), photo_url: None }),
        };
        Ok(channel.kind.send(&app.net, &channel.settings, &message).await.map(|_| ()))
    }

    /// Says beside the reaction why the customer does not see it.
    async fn failed(&self, app: &App, ours: &Reaction, words: &str) -> anyhow::Result<()> {
        let mut tx = app.db.begin().await?;
        conversations::lock(&mut tx, self.conversation_id).await?;
        let row = store::one(&mut tx, self.conversation_id, self.message_id).await?;
        let Some(mut reactions) = row.and_then(|row| row.reactions).map(|kept| kept.0) else { return Ok(()) };
        let Some(kept) = reactions.iter_mut().find(|r| *r == ours) else { return Ok(()) };
        kept.error = Some(words.to_owned());
        store::folding::set_reactions(&mut tx, self.message_id, &reactions).await?;
        let row = store::one(&mut tx, self.conversation_id, self.message_id).await?;
        let card = conversations::cards(&mut tx, &[self.conversation_id]).await?.pop();
        if let (Some(row), Some(card)) = (row, card) {
            emit_updated(app, &mut tx, &row, &card);
        }
        Ok(tx.commit().await?)
    }
}
