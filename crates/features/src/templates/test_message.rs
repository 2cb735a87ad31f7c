//! A message to oneself, by which an admin sees that a channel works. It goes straight to the provider: it is no conversation with anybody.

use axum::extract::State;
use base::Pii;
use connect::channel::{ConversationRef, OutboundMessage, Outgoing, SendError};
use kernel::{
    audit::Record,
    auth::{Actor, On},
    http::{Doc, Json, Problem, Routes},
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::{Asked, Variables, http::ChannelId, service, store};
use crate::{
    App,
    channels::{self, ChannelsManage},
};

/// The template every account begins with.
const HELLO: &str = "hello_world";
/// What is said where there is none.
const TEXT: &str = "This is a test message from MAX. The channel works.";

pub(super) fn routes() -> Routes<App> {
    Routes::new().post("/api/v1/channels/{id}/test", Doc::new("channels.test", "Send a test message over a channel"), test)
}

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct TestMessage {
    /// The number it goes to, with its country code, however it is written.
    to: String,
}

/// A test message that the provider took.
#[derive(Debug, Serialize, JsonSchema)]
struct Tested {
    /// The provider's id of it.
    message_id: String,
    /// The template that was sent; `null`: a text.
    template: Option<String>,
}

async fn test(
    who: On<ChannelId, ChannelsManage>,
    State(app): State<App>,
    Json(body): Json<TestMessage>,
) -> Result<Json<Tested>, Problem> {
    let number =
        number(&body.to).ok_or_else(|| Problem::field("to", "Enter a number with its country code, such as +1 555 000 2222."))?;
    Ok(Json(send(&app, who.access.actor(), who.access.row().0, number).await?))
}

async fn send(app: &App, actor: &Actor, channel_id: Uuid, number: String) -> Result<Tested, Problem> {
    let channel = channels::live(app, channel_id).await?.ok_or_else(Problem::not_found)?;
    let hello = hello(app, channel_id).await?;
    let template = hello.as_ref().map(|asked| asked.name.clone());
    let content = match hello {
        Some(asked) => {
            let template = service::filled(&mut *app.db.read().await?, channel_id, &asked, None).await?;
            Outgoing::Template { template, file: None }
        }
        None => Outgoing::Text { text: TEXT.to_owned() },
    };
    let message = OutboundMessage {
        id: app.new_id(),
        phone: Some(Pii(format!("+{number}"))),
        to: number,
        content,
        reply_to: None,
        now: app.now(),
        // It belongs to none, and nobody in particular wrote it.
        conversation: ConversationRef::default(),
        agent: None,
    };
    let sent = channel.kind.send(&app.net, &channel.settings, &message).await;
    let mut tx = app.db.begin().await?;
    let record = Record::by(actor, "channel.tested").about("channel", channel_id, "").with("ok", sent.is_ok());
    tx.record(app.now(), &record.with("code", sent.as_ref().err().map(|error| error.error().code.clone())));
    tx.commit().await?;
    match sent {
        Ok(receipt) => Ok(Tested { message_id: receipt.external_id, template }),
        Err(error) => Err(in_words(&error)),
    }
}

/// A template that says hello and asks for nothing to be filled in, in the channel's language where there is one.
async fn hello(app: &App, channel_id: Uuid) -> Result<Option<Asked>, Problem> {
    let language = store::hello_language(&mut *app.db.read().await?, channel_id, HELLO).await?;
    Ok(language.map(|language| Asked { name: HELLO.to_owned(), language, variables: Variables::default(), media_id: None }))
}

fn in_words(error: &SendError) -> Problem {
    let told = error.error();
    let problem = match error {
        SendError::Retry { .. } | SendError::Slow { .. } => {
            Problem::unavailable(format!("{} Try again in a moment.", sentence(&told.message)))
        }
        SendError::Unconfirmed { .. } => {
            Problem::unavailable(format!("{} It may have arrived all the same.", sentence(&told.message)))
        }
        SendError::Account { .. } | SendError::Final { .. } => Problem::field("to", sentence(&told.message)),
    };
    problem.with("provider_code", &told.code).with("provider_detail", &told.detail)
}

fn sentence(words: &str) -> String {
    let words = words.trim();
    if words.ends_with(['.', '!', '?']) { words.to_owned() } else { format!("{words}.") }
}

/// The digits of a number that was typed.
fn number(typed: &str) -> Option<String> {
    let digits: String = typed.chars().filter(char::is_ascii_digit).collect();
    let clean = typed.trim().strip_prefix('+').unwrap_or(typed.trim()).chars().all(|c| c.is_ascii_digit() || " -().".contains(c));
    (clean && (7..=15).contains(&digits.len())).then_some(digits)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_taken_as_people_write_them() {
        for (typed, digits) in [("+1 (555) 000-2222", Some("15550002222")), ("46701234567", Some("46701234567"))] {
            assert_eq!(number(typed).as_deref(), digits);
        }
        for wrong in ["", "+", "123456", "1234567890123456", "15550002222; drop", "+1+5550002222", "anna@example.com"] {
            assert_eq!(number(wrong), None, "{wrong}");
        }
    }
}
