//! Whether an account works as it was entered: three calls that change nothing.

use serde_json::Value;

use super::{
    super::{Finding, Settings},
    config, errors,
    wire::Wire,
};
use crate::net::{Call, Outbound};

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
