//! Whether an account works as it was entered: three calls that change nothing.

use serde_json::Value;

use super::{
    super::{Condition, DailyLimit, Finding, ProviderError, Quality, SendError, Settings},
    account, config, errors, parse, send,
    wire::{LINE, NAME, Wire},
};
use crate::net::{Call, Outbound};

/// Messages a second of an account of each level; what Meta calls otherwise stays as it is by default.
const LEVELS: [(&str, u32); 2] = [("STANDARD", 80), ("HIGH", 1000)];

/// The number, the business account it belongs to, and the account's templates.
pub(super) async fn all(net: &Outbound, settings: &Settings) -> Vec<Finding> {
    let (number, account) = (id(settings, config::PHONE_NUMBER_ID), id(settings, config::BUSINESS_ACCOUNT_ID));
    let asked = [
        ("number", format!("{number}?fields=verified_name,display_phone_number,quality_rating")),
        ("account", format!("{account}/phone_numbers?fields=id&limit=100")),
        ("templates", format!("{account}/message_templates?limit=1")),
    ];
    let mut findings = Vec::with_capacity(asked.len());
    for (check, path) in asked {
        let answer = ask(net, settings, &path).await;
        findings.push(match answer {
            Err((words, detail)) => Finding { check, ok: false, words, detail },
            Ok(found) => judge(check, &found, &number),
        });
    }
    findings
}

/// Whether the number can send, how fast, and what Meta thinks of it: calls that change nothing.
pub(super) async fn condition(net: &Outbound, settings: &Settings) -> Result<Condition, SendError> {
    let (Ok(base), Some(token)) = (config::api_base(settings), settings.secret(config::ACCESS_TOKEN)) else {
        return Err(send::incomplete());
    };
    let number = id(settings, config::PHONE_NUMBER_ID);
    let call = Call::get(&format!("{base}/{number}?fields=status,display_phone_number,quality_rating,throughput,health_status"));
    let answer = match call.and_then(|call| call.bearer(token)) {
        Ok(call) => net.send(call).await,
        Err(error) => Err(error),
    };
    let answer = answer.map_err(|error| send::unanswered(&error))?;
    let found = serde_json::from_slice::<Value>(&answer.body).ok().filter(|_| answer.status.is_success());
    match found.as_ref().map(Wire::new).filter(|found| found.object("error").is_none()) {
        Some(found) => Ok(Condition {
            trouble: blocked(found),
            throughput: throughput(found),
            number: found.word("display_phone_number", NAME).and_then(|number| parse::digits(&number)),
            quality: found.word("quality_rating", NAME).and_then(|rating| quality(&rating)),
            limit: daily_limit(net, settings, &number).await,
        }),
        None => match send::failure(&answer, token) {
            SendError::Account { error } => Ok(Condition { trouble: Some(error), ..Condition::default() }),
            error => Err(error),
        },
    }
}

/// By a call of its own, for older interfaces do not know the question and would answer nothing at all.
async fn daily_limit(net: &Outbound, settings: &Settings, number: &str) -> Option<DailyLimit> {
    let found = ask(net, settings, &format!("{number}?fields=whatsapp_business_manager_messaging_limit")).await.ok()?;
    account::tier_of(&Wire::new(&found).word("whatsapp_business_manager_messaging_limit", NAME)?)
}

/// What Meta calls by colours; what it does not know yet says nothing.
fn quality(rating: &str) -> Option<Quality> {
    [("GREEN", Quality::Good), ("YELLOW", Quality::Middling), ("RED", Quality::Low)]
        .into_iter()
        .find_map(|(name, quality)| rating.eq_ignore_ascii_case(name).then_some(quality))
}

fn throughput(found: Wire<'_>) -> Option<u32> {
    let level = found.object("throughput")?.word("level", NAME)?;
    LEVELS.iter().find(|(name, _)| level.eq_ignore_ascii_case(name)).map(|(_, per_second)| *per_second)
}

/// What Meta says keeps the number, its business or its app from sending.
fn blocked(found: Wire<'_>) -> Option<ProviderError> {
    let health = found.object("health_status")?;
    if !health.word("can_send_message", NAME)?.eq_ignore_ascii_case("BLOCKED") {
        return None;
    }
    let reasons = health.list("entities").filter_map(|entity| {
        entity.list("errors").find_map(|error| {
            let told = [error.word("error_description", LINE), error.word("possible_solution", LINE)];
            let code = error.integer("error_code")?.to_string();
            Some((code, told.into_iter().flatten().collect::<Vec<_>>().join(" · ")))
        })
    });
    let (code, detail) = reasons.into_iter().next().unwrap_or_else(|| ("blocked".to_owned(), String::new()));
    let message = errors::unexplained().message;
    Some(ProviderError { code, message, detail: Some(detail).filter(|detail| !detail.is_empty()) })
}

fn id(settings: &Settings, name: &str) -> String {
    settings.text(name).unwrap_or_default().to_owned()
}

/// One `GET`; what went wrong in words, with the provider's own.
async fn ask(net: &Outbound, settings: &Settings, path: &str) -> Result<Value, (String, Option<String>)> {
    let base = config::api_base(settings).map_err(|why| (format!("The address of WhatsApp's interface {why}."), None))?;
    let token = settings.secret(config::ACCESS_TOKEN).ok_or_else(|| ("Enter the access token first.".to_owned(), None))?;
    let call = Call::get(&format!("{base}/{path}")).and_then(|call| call.bearer(token));
    let sent = match call {
        Ok(call) => net.send(call).await,
        Err(error) => Err(error),
    };
    let answer =
        sent.map_err(|error| ("WhatsApp could not be reached. Try again in a moment.".to_owned(), Some(error.to_string())))?;
    let body: Value = serde_json::from_slice(&answer.body).unwrap_or_default();
    if let Some(envelope) = Wire::new(&body).object("error") {
        let error = errors::from_wire(envelope);
        use secrecy::ExposeSecret as _;
        // Graph quotes a malformed token in its answer.
        let detail = error.detail.map(|detail| detail.replace(token.expose_secret(), "[access token]"));
        return Err((error.message, detail));
    }
    if !answer.status.is_success() || !body.is_object() {
        let words = "What answers at this address does not speak WhatsApp's language. Check the address of the interface.";
        return Err((words.to_owned(), Some(format!("HTTP {}", answer.status.as_u16()))));
    }
    Ok(body)
}

/// What an answer says.
fn judge(check: &'static str, found: &Value, number: &str) -> Finding {
    let found_ok = |words: String| Finding { check, ok: true, words, detail: None };
    match check {
        "number" => {
            let text = |name: &str| found[name].as_str().unwrap_or_default().to_owned();
            let (name, shown) = (text("verified_name"), text("display_phone_number"));
            found_ok(format!("{name} {shown}").trim().to_owned())
        }
        "account" => {
            let has = found["data"].as_array().is_some_and(|all| all.iter().any(|one| one["id"].as_str() == Some(number)));
            if has {
                return found_ok("The number belongs to this business account.".to_owned());
            }
            let words = "This business account does not have the number. Copy both ids from the same page at Meta.";
            Finding { check, ok: false, words: words.to_owned(), detail: None }
        }
        _ => found_ok("The account's message templates can be read.".to_owned()),
    }
}
