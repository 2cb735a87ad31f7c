//! Sending: one signed call, and what its outcome means. A message for somebody on a web page, or of a company without an app, needs no call:
//! its row is the delivery, and the page fetches it.

use std::time::Duration;

use base::Time;
use http::{HeaderMap, StatusCode, header};
use serde_json::Value;
use url::Url;

use super::{
    super::{
        Draft, FieldError, Notice, NoticeKind, OutboundMessage, Outgoing, OutgoingMedia, ProviderError, Receipt, SendError,
        Settings,
    },
    MAX_TEXT_CHARS, STRUCTURED, config, media,
    protocol::{AppConversation, AppEvent, AppMedia, AppMessage, AppReaction, AppTyping, AppUser, SOURCE, ToApp, USER},
    sign,
    wire::{self, LINE, NAME, Wire},
};
use crate::net::{Answer, Call, NetError, Outbound};

/// The longest pause taken from the app's word.
const LONGEST_PAUSE: Duration = Duration::from_hours(1);
/// An answer says an id or an error, no more.
const MAX_ANSWER: usize = 64 << 10;

pub(super) fn check(draft: &Draft) -> Result<(), Vec<FieldError>> {
    let no = |field: &str, words: &str| Err(vec![FieldError::new(field, words)]);
    match &draft.content {
        Outgoing::Text { text } => check_text(text).map_err(|error| vec![error]),
        Outgoing::Reaction { .. } => Ok(()),
        Outgoing::Media(file) => media::check(file).map_err(|error| vec![error]),
        Outgoing::Template { .. } => no("template", "This channel has no templates."),
        Outgoing::Location(place) => STRUCTURED.check_place(place),
        Outgoing::Interactive(question) => STRUCTURED.check_interactive(question),
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
        .map_err(|wrong| never("not_possible", wrong.first().map_or("", |error| &error.message)))?;
    let own = Receipt { external_id: message.id.to_string() };
    let Some((url, user)) = address else { return Ok(own) };
    let (conversation, agent) = (message.conversation.clone(), message.agent.clone());
    let said = AppMessage {
        id: message.id.to_string(),
        user: user.clone(),
        conversation: conversation.clone(),
        agent: agent.clone(),
        text: None,
        media: None,
        location: None,
        interactive: None,
        reply_to: message.reply_to.clone(),
    };
    let event = match &message.content {
        Outgoing::Text { text } => AppEvent::MessageCreated(AppMessage { text: Some(text.clone()), ..said }),
        Outgoing::Media(file) => AppEvent::MessageCreated(AppMessage { media: Some(linked(file)?), ..said }),
        Outgoing::Location(place) => AppEvent::MessageCreated(AppMessage { location: Some(place.clone()), ..said }),
        Outgoing::Interactive(of) => {
            // An app that shows no buttons shows the words.
            let text = Some(of.text().to_owned());
            AppEvent::MessageCreated(AppMessage { text, interactive: Some(of.clone()), ..said })
        }
        Outgoing::Template { .. } => return Ok(own),
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

/// A file as the app gets it: where it lies, and what it is.
fn linked(file: &OutgoingMedia) -> Result<AppMedia, SendError> {
    let no_link = || never("no_link", "The file of this message has no address. Attach it again.");
    Ok(AppMedia {
        kind: file.kind,
        url: file.link.clone().ok_or_else(no_link)?,
        mime_type: file.mime_type.clone(),
        name: file.filename.clone(),
        size: file.size,
        caption: file.caption.clone().filter(|caption| !caption.is_empty()),
        voice: file.voice,
    })
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
