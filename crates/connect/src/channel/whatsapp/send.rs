//! Sending: one call, and what its outcome means.

use std::time::Duration;

use http::{HeaderMap, StatusCode, header};
use secrecy::{ExposeSecret, SecretString};
use serde_json::{Value, json};

use super::{
    super::{Draft, FieldError, OutboundMessage, Outgoing, Receipt, SendError, Settings},
    MAX_TEXT_CHARS, config,
    errors::{self, Class, own_error},
    media,
    parse::digits,
    status, structured, templates,
    wire::Wire,
};
use crate::net::{Answer, Call, NetError, Outbound};

/// The longest pause taken from a provider's word. Beyond it we ask again.
const LONGEST_PAUSE: Duration = Duration::from_hours(24);

pub(super) fn check(draft: &Draft) -> Result<(), Vec<FieldError>> {
    let one = |error: FieldError| vec![error];
    match &draft.content {
        Outgoing::Text { text } => check_text(text).map_err(one),
        Outgoing::Media(file) | Outgoing::Template { file: Some(file), .. } => media::check(file).map_err(one),
        Outgoing::Location(place) => structured::LIMITS.check_place(place),
        Outgoing::Interactive(question) => structured::LIMITS.check_interactive(question),
        // Filled as the provider described it, or one emoji.
        Outgoing::Template { file: None, .. } | Outgoing::Reaction { .. } => Ok(()),
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
        let message = format!("has {chars} characters; WhatsApp takes at most {MAX_TEXT_CHARS}. Send it in parts");
        return Err(FieldError::new("text", message));
    }
    Ok(())
}

pub(super) async fn send(net: &Outbound, settings: &Settings, message: &OutboundMessage) -> Result<Receipt, SendError> {
    let (Some(url), Some(token)) = (config::messages_url(settings), settings.secret(config::ACCESS_TOKEN)) else {
        return Err(incomplete());
    };
    let call = Call::post(&url).and_then(|c| c.bearer(token)).map(|c| c.json(&body(message)));
    let outcome = match call {
        Ok(call) => net.send(call).await,
        Err(e) => Err(e),
    };
    match outcome {
        Ok(answer) => classify(&answer, token),
        Err(error) => Err(unanswered(&error)),
    }
}

/// Marks a message of the customer's, and those before it, as read. The typing sign lasts up to 25 seconds, or until something is sent.
pub(super) async fn mark_read(net: &Outbound, settings: &Settings, external_id: &str, typing: bool) -> Result<(), SendError> {
    let (Some(url), Some(token)) = (config::messages_url(settings), settings.secret(config::ACCESS_TOKEN)) else {
        return Err(incomplete());
    };
    let mut body = json!({ "messaging_product": "whatsapp", "status": "read", "message_id": external_id });
    if typing {
        body["typing_indicator"] = json!({ "type": "text" });
    }
    let call = Call::post(&url).and_then(|c| c.bearer(token)).map(|c| c.json(&body));
    let outcome = match call {
        Ok(call) => net.send(call).await,
        Err(e) => Err(e),
    };
    match outcome {
        Ok(answer) if answer.status.is_success() => Ok(()),
        Ok(answer) => Err(failure(&answer, token)),
        Err(error) => Err(unanswered(&error)),
    }
}

/// The request body. A text has no parse mode; the customer's app renders `*bold*` and the like.
fn body(message: &OutboundMessage) -> Value {
    let mut body = json!({
        "messaging_product": "whatsapp",
        "recipient_type": "individual",
        "biz_opaque_callback_data": status::tag(message.id),
    });
    let (kind, content) = match &message.content {
        Outgoing::Text { text } => ("text", json!({ "body": text, "preview_url": false })),
        Outgoing::Media(file) => media::body(file),
        Outgoing::Template { template, file } => ("template", templates::body(template, file.as_ref())),
        Outgoing::Location(place) => ("location", structured::location(place)),
        Outgoing::Interactive(question) => ("interactive", structured::interactive(question)),
        Outgoing::Reaction { to, emoji } => {
            ("reaction", json!({ "message_id": to, "emoji": emoji.as_deref().unwrap_or_default() }))
        }
    };
    body["type"] = kind.into();
    body[kind] = content;
    let number = digits(&message.to).or_else(|| message.phone.as_ref().and_then(|p| digits(p.reveal())));
    match number {
        Some(number) => body["to"] = number.into(),
        None => body["recipient"] = message.to.as_str().into(),
    }
    if let Some(quoted) = &message.reply_to {
        body["context"] = json!({ "message_id": quoted });
    }
    body
}

/// Nothing can be called with these settings.
pub(super) fn incomplete() -> SendError {
    SendError::Account { error: own_error("settings", "settings", None) }
}

/// No answer: what that means hangs on whether the request can have arrived.
pub(super) fn unanswered(error: &NetError) -> SendError {
    let detail = Some(error.to_string());
    match error {
        NetError::Invalid(_) | NetError::Refused(_) | NetError::Setup(_) => {
            SendError::Account { error: own_error("address_refused", "address_refused", detail) }
        }
        e if e.certainly_not_sent() => {
            SendError::Retry { error: own_error("no_connection", "no_connection", detail), after: None }
        }
        NetError::Timeout => SendError::Unconfirmed { error: own_error("timeout", "timeout", detail) },
        _ => SendError::Unconfirmed { error: own_error("connection_broken", "connection_broken", detail) },
    }
}

fn classify(answer: &Answer, token: &SecretString) -> Result<Receipt, SendError> {
    let parsed = serde_json::from_slice::<Value>(&answer.body).ok();
    let accepted = parsed.as_ref().and_then(|p| Wire::new(p).list("messages").find_map(|m| m.id("id")));
    match accepted.filter(|_| answer.status.is_success()) {
        Some(external_id) => Ok(Receipt { external_id }),
        None => Err(failure(answer, token)),
    }
}

/// What an answer means that does not say what was asked for.
pub(super) fn failure(answer: &Answer, token: &SecretString) -> SendError {
    let parsed = serde_json::from_slice::<Value>(&answer.body).ok();
    let parsed = parsed.as_ref().map(Wire::new);
    let envelope = parsed.and_then(|p| p.object("error")).filter(|e| e.integer("code").is_some());
    match envelope {
        Some(envelope) => refused(answer, envelope, token),
        None => no_envelope(answer),
    }
}

/// A proper error envelope: Meta took note of the request and says it did not send the message.
fn refused(answer: &Answer, envelope: Wire<'_>, token: &SecretString) -> SendError {
    let mut error = errors::from_wire(envelope);
    // Graph quotes a malformed token in its answer.
    error.detail = error.detail.map(|d| d.replace(token.expose_secret(), "[access token]"));
    let asked = pause(&answer.headers);
    match (errors::class(envelope), answer.status) {
        (Some((Class::Retry, after)), _) => SendError::Retry { error, after: asked.or(after) },
        (Some((Class::Slow(limit), after)), _) => SendError::Slow { error, limit, after: asked.or(after) },
        (Some((Class::Account, _)), _) => SendError::Account { error },
        (Some((Class::Final, _)), _) => SendError::Final { error },
        (Some((Class::Unconfirmed, _)), _) => SendError::Unconfirmed { error },
        (None, StatusCode::TOO_MANY_REQUESTS | StatusCode::SERVICE_UNAVAILABLE) => SendError::Retry { error, after: asked },
        (None, StatusCode::UNAUTHORIZED) => SendError::Account { error },
        (None, status) if status.is_client_error() => SendError::Final { error },
        // A code we do not know together with a status of success or of a server in trouble does not say "not sent".
        (None, _) => SendError::Unconfirmed { error },
    }
}

/// Something answered that is not the Graph API as we know it: a proxy, a load balancer, a page.
fn no_envelope(answer: &Answer) -> SendError {
    let status = answer.status;
    let error = |name: &str, detail| own_error(name, &format!("http_{}", status.as_u16()), detail);
    match status {
        StatusCode::TOO_MANY_REQUESTS | StatusCode::SERVICE_UNAVAILABLE => {
            SendError::Retry { error: error("busy", None), after: pause(&answer.headers) }
        }
        _ if status.is_client_error() => SendError::Final { error: error("refused", None) },
        _ if status.is_redirection() => SendError::Account { error: error("moved", None) },
        _ => {
            let detail = format!("status {} without a message id or an error that MAX can read", status.as_u16());
            SendError::Unconfirmed { error: error("no_answer", Some(detail)) }
        }
    }
}

/// How long the provider asks us to wait: `Retry-After` in seconds, or the longest time (in minutes) that its report on our use
/// of the interface names.
fn pause(headers: &HeaderMap) -> Option<Duration> {
    let text = |name: &str| headers.get(name).and_then(|v| v.to_str().ok());
    let retry_after = text(header::RETRY_AFTER.as_str()).and_then(|s| s.trim().parse().ok()).map(Duration::from_secs);
    let regain = || {
        let usage: Value = serde_json::from_str(text("x-business-use-case-usage")?).ok()?;
        let reports = usage.as_object()?.values().filter_map(Value::as_array).flatten();
        let minutes = reports.filter_map(|r| Wire::new(r).integer("estimated_time_to_regain_access")).max()?;
        Some(Duration::from_secs(u64::try_from(minutes).ok()?.saturating_mul(60)))
    };
    retry_after.or_else(regain).filter(|d| !d.is_zero()).map(|d| d.min(LONGEST_PAUSE))
}
