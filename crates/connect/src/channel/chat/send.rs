//! Sending: one signed call, and what its outcome means. A message for somebody on a web page, or of a company without an app, needs no call:
//! its row is the delivery, and the page fetches it.

use std::time::Duration;

use base::Time;
use http::{HeaderMap, StatusCode, header};
use serde_json::Value;
use url::Url;

use super::{
    super::{Draft, FieldError, Notice, NoticeKind, OutboundMessage, Outgoing, ProviderError, Receipt, SendError, Settings},
    MAX_TEXT_CHARS, config,
    protocol::{AppConversation, AppEvent, AppMessage, AppReaction, AppTyping, AppUser, SOURCE, ToApp, USER},
    sign,
    wire::{self, LINE, NAME, Wire},
};
use crate::net::{Answer, Call, NetError, Outbound};

/// The longest pause taken from the app's word.
const LONGEST_PAUSE: Duration = Duration::from_hours(1);
/// An answer says an id or an error, no more.
const MAX_ANSWER: usize = 64 << 10;

pub(super) fn check(draft: &Draft) -> Result<(), FieldError> {
    match &draft.content {
        Outgoing::Text { text } => check_text(text),
        Outgoing::Reaction { .. } => Ok(()),
        Outgoing::Media(_) => Err(FieldError::new("media_ids", "This channel sends no files.")),
        Outgoing::Template(_) => Err(FieldError::new("template", "This channel has no templates.")),
    }
}

fn check_text(text: &str) -> Result<(), FieldError> {
    let chars = text.chars().count();
    if text.trim().is_empty() {
        return Err(FieldError::new("text", "must not be empty"));
    }
    if text.contains('\0') {
        return Err(FieldError::new("text", "must not contain the character U+0000"));
    }
    if chars > MAX_TEXT_CHARS {
        let message = format!("has {chars} characters; at most {MAX_TEXT_CHARS} go. Send it in parts");
        return Err(FieldError::new("text", message));
    }
    Ok(())
}

/// Where to say something to this person; `None` where no call is needed.
fn address(settings: &Settings, to: &str) -> Result<Option<(Url, AppUser)>, SendError> {
    if config::signing_keys(settings).is_empty() {
        return Err(incomplete());
    }
    let callback = config::callback(settings).map_err(|_| incomplete())?;
    Ok(callback.zip(to.strip_prefix(USER).map(|id| AppUser { id: id.to_owned() })))
}

pub(super) async fn send(net: &Outbound, settings: &Settings, message: &OutboundMessage) -> Result<Receipt, SendError> {
    let address = address(settings, &message.to)?;
    check(&Draft { content: message.content.clone(), is_reply: message.reply_to.is_some() })
        .map_err(|error| never("not_possible", &error.message))?;
    let own = Receipt { external_id: message.id.to_string() };
    let Some((url, user)) = address else { return Ok(own) };
    let (conversation, agent) = (message.conversation.clone(), message.agent.clone());
    let said = |text: String| {
        let reply_to = message.reply_to.clone();
        let (conversation, agent) = (conversation.clone(), agent.clone());
        AppEvent::MessageCreated(AppMessage {
            id: message.id.to_string(),
            user: user.clone(),
            conversation,
            agent,
            text: Some(text),
            reply_to,
        })
    };
    let event = match &message.content {
        Outgoing::Text { text } => said(text.clone()),
        Outgoing::Media(_) | Outgoing::Template(_) => return Ok(own),
        Outgoing::Reaction { to, emoji } => AppEvent::MessageReaction(AppReaction {
            message_id: to.clone(),
            user: user.clone(),
            conversation: conversation.clone(),
            agent: agent.clone(),
            emoji: emoji.clone(),
        }),
    };
    let answer = post(net, settings, &url, &message.id.to_string(), message.now, message.now, event).await?;
    // The app may have an id of its own for it, by which it speaks of the message later.
    let told = serde_json::from_slice::<Value>(&answer.body).ok().and_then(|body| Wire::new(&body).id("id"));
    Ok(told.map_or(own, |external_id| Receipt { external_id }))
}

pub(super) async fn notify(net: &Outbound, settings: &Settings, notice: &Notice) -> Result<(), SendError> {
    let Some((url, user)) = address(settings, &notice.to)? else { return Ok(()) };
    let (conversation, agent) = (notice.conversation.clone(), notice.agent.clone());
    let event = match notice.what {
        NoticeKind::Opened => AppEvent::Opened(AppConversation { user, conversation, agent }),
        NoticeKind::Assigned => AppEvent::Assigned(AppConversation { user, conversation, agent }),
        NoticeKind::Closed => AppEvent::Closed(AppConversation { user, conversation, agent }),
        NoticeKind::Read => AppEvent::Read(AppConversation { user, conversation, agent }),
        NoticeKind::Typing => AppEvent::Typing(AppTyping { user, conversation, agent, on: true }),
        NoticeKind::TypingStopped => AppEvent::Typing(AppTyping { user, conversation, agent, on: false }),
    };
    post(net, settings, &url, &notice.id.to_string(), notice.now, notice.at, event).await.map(drop)
}

/// One signed call; an answer that says no is an error.
pub(super) async fn post(
    net: &Outbound,
    settings: &Settings,
    url: &Url,
    id: &str,
    now: Time,
    at: Time,
    event: AppEvent,
) -> Result<Answer, SendError> {
    let body = serde_json::to_vec(&ToApp { timestamp: at, source: SOURCE, event }).map_err(|_| incomplete())?;
    let headers = sign::headers(settings, id, now, &body).ok_or_else(incomplete)?;
    let call = Call::post(url.as_str()).map_err(|e| unanswered(&e))?;
    let call =
        headers.into_iter().fold(call.json_bytes(body).max_answer(MAX_ANSWER), |call, (name, value)| call.header(name, value));
    let answer = net.send(call).await.map_err(|e| unanswered(&e))?;
    if answer.status.is_success() { Ok(answer) } else { Err(refused(&answer)) }
}

/// What this channel never does.
pub(super) fn never(code: &str, words: &str) -> SendError {
    SendError::Final { error: own(code, words, None) }
}

/// Nothing can be called with these settings.
fn incomplete() -> SendError {
    let words =
        "This channel's settings are incomplete. An admin has to enter the signing secret and look at the callback address.";
    SendError::Account { error: own("settings", words, None) }
}

/// No answer. The app drops what it has seen before, so whatever may have arrived is sent again.
fn unanswered(error: &NetError) -> SendError {
    let detail = Some(error.to_string());
    match error {
        NetError::Invalid(_) | NetError::Refused(_) | NetError::Setup(_) => {
            let words = "MAX may not call the callback address of this channel. An admin has to check the channel's settings.";
            SendError::Account { error: own("address_refused", words, detail) }
        }
        NetError::Timeout => {
            SendError::Retry { error: own("timeout", "The app did not answer in time. MAX keeps trying.", detail), after: None }
        }
        _ => SendError::Retry {
            error: own("no_connection", "The app could not be reached. MAX keeps trying.", detail),
            after: None,
        },
    }
}

/// The one table of answers that say no.
fn refused(answer: &Answer) -> SendError {
    let status = answer.status;
    let code = format!("http_{}", status.as_u16());
    let error = |words: &str| own(&code, words, said(answer));
    match status {
        StatusCode::REQUEST_TIMEOUT | StatusCode::TOO_EARLY | StatusCode::TOO_MANY_REQUESTS => {
            SendError::Retry { error: error("The app is busy. MAX keeps trying."), after: pause(&answer.headers) }
        }
        _ if status.is_server_error() => {
            SendError::Retry { error: error("The app has a problem. MAX keeps trying."), after: pause(&answer.headers) }
        }
        // What the door says about all calls alike, not the app about this one.
        StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN | StatusCode::NOT_FOUND | StatusCode::METHOD_NOT_ALLOWED => {
            SendError::Account {
                error: error(
                    "The callback address does not take MAX's calls. An admin has to check the address and the signing secret.",
                ),
            }
        }
        _ if status.is_redirection() => SendError::Account {
            error: error("The callback address has moved. An admin has to correct it in the channel's settings."),
        },
        StatusCode::GONE => SendError::Final { error: error("The customer is no longer reachable in the app.") },
        _ => SendError::Final { error: error("The app refused this message.") },
    }
}

/// The app's own words, where its answer has any.
fn said(answer: &Answer) -> Option<String> {
    let body = serde_json::from_slice::<Value>(&answer.body).ok()?;
    let body = Wire::new(&body);
    let error = body.object("error");
    error.and_then(|e| e.word("message", LINE)).or_else(|| ["error", "message", "detail"].iter().find_map(|n| body.word(n, LINE)))
}

/// `Retry-After` in seconds.
fn pause(headers: &HeaderMap) -> Option<Duration> {
    let seconds = headers.get(header::RETRY_AFTER)?.to_str().ok()?.trim().parse().ok()?;
    Some(Duration::from_secs(seconds).min(LONGEST_PAUSE)).filter(|d| !d.is_zero())
}

fn own(code: &str, message: &str, detail: Option<String>) -> ProviderError {
    let detail = detail.map(|d| wire::clean(&d, LINE));
    ProviderError { code: wire::clean(code, NAME), message: message.to_owned(), detail }
}
