//! What Meta says of the account and of its numbers, on the wire.

use super::{
    super::{AccountChange, AccountNotice, DailyLimit, ElementBody, ProviderError, topic},
    errors, parse,
    wire::{LINE, NAME, Wire},
};

/// Messages a second after Meta has raised a number.
const RAISED: u32 = 1000;
/// The topic of warnings about the account as a whole; what Meta gives back ends them.
const ACCOUNT: &str = "account";

/// Whether a change of this field is about the account.
pub(super) fn is_notice(field: &str) -> bool {
    matches!(
        field,
        "phone_number_quality_update"
            | "phone_number_name_update"
            | "account_update"
            | "account_review_update"
            | "account_alerts"
            | "business_capability_update"
    )
}

/// Reads a notice about the account.
pub(super) fn notice(entry: Wire<'_>, field: &str, value: Wire<'_>) -> ElementBody {
    let Some(owner) = entry.id("id") else {
        return ElementBody::Unreadable(format!("{field} does not say which account it is about"));
    };
    let event = value.word("event", NAME).or_else(|| value.word("decision", NAME)).map(|event| event.to_uppercase());
    let name = event.as_ref().map_or_else(|| field.to_owned(), |event| format!("{field} {event}"));
    let change = match field {
        "phone_number_quality_update" => quality(event.as_deref(), value),
        "phone_number_name_update" => display_name(event.as_deref(), value),
        "account_update" => account(event.as_deref(), value),
        "account_review_update" => review(event.as_deref()),
        "account_alerts" => alert(value),
        _ => daily_limit(value).map(|limit| AccountChange::Limit { limit, lowered: None }),
    };
    let Some(change) = change else {
        return ElementBody::Ignored(format!("{name}: MAX does not act on this kind of notice"));
    };
    let number = value.word("display_phone_number", NAME).and_then(|number| parse::digits(&number));
    ElementBody::Account(AccountNotice { name, owner, number, at: entry.time("time"), change })
}

fn warned(topic: &str, name: &str, detail: Option<String>) -> AccountChange {
    AccountChange::Warned { topic: topic.to_owned(), error: error(name, detail) }
}

fn error(name: &str, detail: Option<String>) -> ProviderError {
    errors::own_error(name, name, detail)
}

fn cleared(topic: &str) -> AccountChange {
    AccountChange::Cleared { topic: topic.to_owned() }
}

fn quality(event: Option<&str>, value: Wire<'_>) -> Option<AccountChange> {
    let limit = |lowered| daily_limit(value).map(|limit| AccountChange::Limit { limit, lowered });
    match event? {
        "FLAGGED" => Some(warned(topic::QUALITY, "quality_low", None)),
        "UNFLAGGED" => Some(cleared(topic::QUALITY)),
        "DOWNGRADE" => limit(Some(true)).or_else(|| Some(warned(topic::LIMIT, "limit_lowered", None))),
        "UPGRADE" => limit(Some(false)).or_else(|| Some(cleared(topic::LIMIT))),
        "THROUGHPUT_UPGRADE" => Some(AccountChange::Throughput(RAISED)),
        _ => limit(None),
    }
}

fn display_name(decision: Option<&str>, value: Wire<'_>) -> Option<AccountChange> {
    match decision? {
        "APPROVED" => Some(cleared("name")),
        "REJECTED" | "DECLINED" => {
            let told = [value.word("requested_verified_name", NAME), value.word("rejection_reason", LINE)];
            let told =
                told.into_iter().flatten().filter(|word| !word.eq_ignore_ascii_case("none")).collect::<Vec<_>>().join(" · ");
            Some(warned("name", "name_rejected", Some(told).filter(|told| !told.is_empty())))
        }
        _ => None,
    }
}

fn account(event: Option<&str>, value: Wire<'_>) -> Option<AccountChange> {
    match event? {
        "ACCOUNT_RESTRICTION" => Some(restricted(value)),
        "ACCOUNT_VIOLATION" => {
            let kind = value.object("violation_info").and_then(|info| info.word("violation_type", LINE));
            Some(warned(ACCOUNT, "account_violation", kind))
        }
        "DISABLED_UPDATE" => {
            let ban = value.object("ban_info");
            let state = ban.and_then(|ban| ban.word("waba_ban_state", NAME)).unwrap_or_default().to_uppercase();
            let date = ban.and_then(|ban| ban.word("waba_ban_date", NAME));
            Some(match state.as_str() {
                "REINSTATE" | "REINSTATED" => AccountChange::Restored,
                "SCHEDULE_FOR_DISABLE" => warned(ACCOUNT, "account_ban_announced", date),
                _ => AccountChange::Stopped(error("account_disabled", date)),
            })
        }
        "ACCOUNT_DELETED" | "ACCOUNT_OFFBOARDED" => Some(AccountChange::Stopped(error("account_deleted", None))),
        "ACCOUNT_RECONNECTED" | "ACCOUNT_REINSTATED" => Some(AccountChange::Restored),
        _ => None,
    }
}

/// What keeps only new conversations or new numbers from beginning stops no reply.
fn restricted(value: Wire<'_>) -> AccountChange {
    let kinds: Vec<String> = value.list("restriction_info").filter_map(|info| info.word("restriction_type", NAME)).collect();
    let replies_go = |kind: &String| kind.contains("BIZ_INITIATED") || kind.contains("ADD_PHONE_NUMBER");
    let until = value.list("restriction_info").filter_map(|info| info.time("expiration")).max();
    let mut told = kinds.clone();
    told.extend(until.map(|at| format!("until {}", at.format("%Y-%m-%d %H:%M UTC"))));
    let detail = Some(told.join(", ")).filter(|told| !told.is_empty());
    if !kinds.is_empty() && kinds.iter().all(replies_go) {
        return warned(ACCOUNT, "account_limited", detail);
    }
    AccountChange::Stopped(error("account_restricted", detail))
}

fn review(decision: Option<&str>) -> Option<AccountChange> {
    match decision? {
        "APPROVED" => Some(cleared("review")),
        "REJECTED" => Some(warned("review", "review_rejected", None)),
        _ => None,
    }
}

/// An alert stands in the value itself or in an object of its own.
fn alert(value: Wire<'_>) -> Option<AccountChange> {
    let alert = value.object("alert_info").unwrap_or(value);
    let kind = alert.word("alert_type", 100)?;
    let word = |name: &str| alert.word(name, NAME).unwrap_or_default().to_uppercase();
    let (severity, status) = (word("alert_severity"), word("alert_status"));
    let about = format!("alert {}", kind.to_lowercase());
    if matches!(status.as_str(), "RESOLVED" | "INACTIVE" | "CLEARED") {
        return Some(cleared(&about));
    }
    matches!(severity.as_str(), "CRITICAL" | "WARNING").then(|| {
        let detail = [Some(kind), alert.word("alert_description", LINE)].into_iter().flatten().collect::<Vec<_>>().join(" · ");
        warned(&about, "account_alert", Some(detail))
    })
}

/// How many customers may be written to first in a day, by whichever name it goes.
fn daily_limit(value: Wire<'_>) -> Option<DailyLimit> {
    ["max_daily_conversations_per_business", "max_daily_conversation_per_phone", "current_limit"]
        .into_iter()
        .find_map(|name| value.word(name, NAME))
        .and_then(|tier| tier_of(&tier))
}

/// `TIER_2K`, `TIER_UNLIMITED`, `2000`, `-1` for no limit.
pub(super) fn tier_of(tier: &str) -> Option<DailyLimit> {
    let tier = tier.trim().to_uppercase();
    let tier = tier.strip_prefix("TIER_").unwrap_or(&tier);
    if matches!(tier, "UNLIMITED" | "-1") {
        return Some(DailyLimit::Unlimited);
    }
    let (digits, times) = tier.strip_suffix('K').map_or((tier, 1), |digits| (digits, 1_000));
    let customers = digits.parse::<u32>().ok()?.checked_mul(times)?;
    (customers > 0).then_some(DailyLimit::Customers(customers))
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    #[expect(clippy::needless_pass_by_value, reason = "values are written where they are read")]
    fn read(field: &str, value: Value) -> ElementBody {
        let entry = json!({ "id": "9001", "time": 1_767_225_600 });
        notice(Wire::new(&entry), field, Wire::new(&value))
    }

    fn change(field: &str, value: Value) -> Option<AccountChange> {
        match read(field, value) {
            ElementBody::Account(notice) => Some(notice.change),
            ElementBody::Ignored(reason) => {
                assert!(reason.contains(field), "{reason}");
                None
            }
            other => panic!("{other:?}"),
        }
    }

    /// What it does and the code of it.
    fn fate(field: &str, value: Value) -> String {
        match change(field, value) {
            None => "nothing".to_owned(),
            Some(AccountChange::Stopped(error)) => format!("stopped {}", error.code),
            Some(AccountChange::Warned { topic, error }) => {
                assert!(errors::explain(&error.code).is_some_and(|explained| !explained.account), "{}", error.code);
                format!("warned {topic}: {}", error.code)
            }
            Some(AccountChange::Cleared { topic }) => format!("cleared {topic}"),
            Some(other) => format!("{other:?}"),
        }
    }

    #[test]
    fn each_notice_has_a_fate() {
        let quality = |event: &str| fate("phone_number_quality_update", json!({ "event": event, "display_phone_number": "1" }));
        assert_eq!(quality("FLAGGED"), "warned quality: quality_low");
        assert_eq!(quality("UNFLAGGED"), "cleared quality");
        assert_eq!(quality("DOWNGRADE"), "warned limit: limit_lowered");
        assert_eq!(quality("THROUGHPUT_UPGRADE"), "Throughput(1000)");
        assert_eq!(quality("SOMETHING"), "nothing");
        let lowered = json!({ "event": "DOWNGRADE", "current_limit": "TIER_250" });
        assert_eq!(fate("phone_number_quality_update", lowered), "Limit { limit: Customers(250), lowered: Some(true) }");
        let capability = json!({ "max_daily_conversation_per_phone": 2000, "max_phone_numbers_per_business": 25 });
        assert_eq!(fate("business_capability_update", capability), "Limit { limit: Customers(2000), lowered: None }");
        assert_eq!(fate("business_capability_update", json!({})), "nothing");

        let name = |decision: &str| fate("phone_number_name_update", json!({ "decision": decision, "rejection_reason": "NONE" }));
        assert_eq!((name("APPROVED"), name("REJECTED")), ("cleared name".into(), "warned name: name_rejected".into()));
        let restriction = |kinds: &[&str]| {
            let info: Vec<Value> =
                kinds.iter().map(|kind| json!({ "restriction_type": kind, "expiration": 1_767_312_000 })).collect();
            fate("account_update", json!({ "event": "ACCOUNT_RESTRICTION", "restriction_info": info }))
        };
        assert_eq!(restriction(&[]), "stopped account_restricted");
        assert_eq!(restriction(&["RESTRICTED_CUSTOMER_INITIATED_MESSAGING"]), "stopped account_restricted");
        assert_eq!(restriction(&["RESTRICTED_BIZ_INITIATED_MESSAGING"]), "warned account: account_limited");
        let ban =
            |state: &str| fate("account_update", json!({ "event": "DISABLED_UPDATE", "ban_info": { "waba_ban_state": state } }));
        assert_eq!((ban("DISABLE"), ban("REINSTATE")), ("stopped account_disabled".into(), "Restored".into()));
        assert_eq!(ban("SCHEDULE_FOR_DISABLE"), "warned account: account_ban_announced");
        assert_eq!(fate("account_update", json!({ "event": "PARTNER_ADDED" })), "nothing");
        let alert = |severity: &str, status: &str| {
            let info = json!({ "alert_severity": severity, "alert_status": status, "alert_type": "OVERDUE", "alert_description": "Pay" });
            fate("account_alerts", json!({ "entity_type": "BUSINESS", "alert_info": info }))
        };
        assert_eq!(alert("CRITICAL", "ACTIVE"), "warned alert overdue: account_alert");
        assert_eq!(
            (alert("CRITICAL", "RESOLVED"), alert("INFORMATIONAL", "ACTIVE")),
            ("cleared alert overdue".into(), "nothing".into())
        );
        assert!(matches!(
            notice(Wire::new(&json!({})), "account_update", Wire::new(&json!({ "event": "X" }))),
            ElementBody::Unreadable(_)
        ));
    }

    #[test]
    fn what_stops_an_account_is_trouble_of_the_account() {
        for name in ["account_restricted", "account_disabled", "account_deleted"] {
            assert!(errors::explain(name).is_some_and(|explained| explained.account), "{name}");
        }
    }

    #[test]
    fn limits_go_by_several_names() {
        assert_eq!(tier_of("TIER_2K"), Some(DailyLimit::Customers(2_000)));
        assert_eq!(tier_of("tier_unlimited"), Some(DailyLimit::Unlimited));
        assert_eq!(tier_of("-1"), Some(DailyLimit::Unlimited));
        assert_eq!(tier_of("100000"), Some(DailyLimit::Customers(100_000)));
        for bad in ["", "TIER_NOT_SET", "K", "99999999K", "0", "-2"] {
            assert_eq!(tier_of(bad), None, "{bad}");
        }
        assert!(DailyLimit::Customers(u32::MAX) < DailyLimit::Unlimited);
    }
}
