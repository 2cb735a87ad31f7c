//! What a contact is on a screen, and which values its further details take.

use base::Time;
use schemars::JsonSchema;
use serde::Serialize;
use serde_json::{Map, Value};
use uuid::Uuid;

use crate::conversations::{Assignee, CloseReasonRef, ConversationView, State, text_enum};

/// A contact as the API shows it.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct ContactView {
    /// Its id.
    pub id: Uuid,
    /// How the customer is called.
    pub name: String,
    /// Their phone number, if known.
    pub phone: Option<String>,
    /// Their user name, if known.
    pub username: Option<String>,
    /// Their e-mail, if a colleague has written it down.
    pub email: Option<String>,
    /// Further details by their keys.
    #[schemars(with = "std::collections::BTreeMap<String, Value>")]
    pub attributes: Map<String, Value>,
    /// Whether they are blocked: what they write is kept, and asks for nobody's attention.
    pub blocked: bool,
    /// Since when they are.
    pub blocked_at: Option<Time>,
    /// Until when; `null`: until somebody unblocks them.
    pub blocked_until: Option<Time>,
    /// Who blocked them; `null`: MAX itself.
    pub blocked_by: Option<kernel::audit::Named>,
    /// Why they are, if somebody said; `flood` where MAX did it.
    pub block_reason: Option<String>,
    /// How many messages of theirs came since they were blocked last and were not brought back.
    pub came: i64,
    /// The ids by which the providers know them.
    pub identities: Vec<IdentityView>,
    /// The last conversations with them that the caller may see, newest activity first. Absent in events, which go to many.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub conversations: Option<Vec<ContactConversation>>,
    /// When they first wrote.
    pub created_at: Time,
}

/// Somebody who is blocked.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct BlockedContact {
    /// Their id.
    pub id: Uuid,
    /// How they are called.
    pub name: String,
    /// Their phone number, if known.
    pub phone: Option<String>,
    /// Their user name, if known.
    pub username: Option<String>,
    /// Since when they are blocked.
    pub blocked_at: Time,
    /// Until when; `null`: until somebody unblocks them.
    pub blocked_until: Option<Time>,
    /// Who blocked them; `null`: MAX itself.
    pub blocked_by: Option<kernel::audit::Named>,
    /// Why, if somebody said; `flood` where MAX did it.
    pub blocked_reason: Option<String>,
    /// How many messages of theirs came since.
    pub came: i64,
}

/// An id by which a provider knows a contact.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct IdentityView {
    /// Its id here.
    pub id: Uuid,
    /// The channel.
    pub channel: IdentityChannel,
    /// The provider's id.
    pub external_id: String,
    /// When it was first seen.
    pub created_at: Time,
}

/// The channel of an identity.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct IdentityChannel {
    /// Its id.
    pub id: Uuid,
    /// `whatsapp`, …
    pub kind: String,
    /// How people call it.
    pub name: String,
}

/// A conversation with a contact, in short.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct ContactConversation {
    /// Its id.
    pub id: Uuid,
    /// The number people call it by.
    pub number: i64,
    /// Where it stands.
    pub state: State,
    /// When the last thing happened.
    pub last_activity_at: Time,
    /// Who has it.
    pub assignee: Option<Assignee>,
    /// Why it was closed.
    pub close_reason: Option<CloseReasonRef>,
    /// The last thing said.
    pub preview: Option<String>,
}

impl From<ConversationView> for ContactConversation {
    fn from(view: ConversationView) -> Self {
        let preview = view.last_message.as_ref().and_then(|last| last["preview"].as_str()).map(str::to_owned);
        Self {
            id: view.id,
            number: view.number,
            state: view.state,
            last_activity_at: view.last_activity_at,
            assignee: view.assignee,
            close_reason: view.close_reason,
            preview,
        }
    }
}

/// Something that happened to a contact's details.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct Activity {
    /// Its id.
    pub id: Uuid,
    /// When.
    pub at: Time,
    /// What: `renamed`, `email_changed`, `attribute_changed`, `blocked`, `unblocked`.
    pub kind: String,
    /// Who did it, by the name of that time; `null`: the customer.
    pub actor: Option<kernel::audit::Named>,
    /// What else is known: before and after, why.
    #[schemars(with = "std::collections::BTreeMap<String, Value>")]
    pub data: Value,
}

text_enum! {
    /// What kind of value a detail takes.
    AttributeKind {
        /// Words.
        Text = "text",
        /// A number.
        Number = "number",
        /// A day, as 2026-11-25.
        Date = "date",
        /// Yes or no.
        Boolean = "boolean",
        /// One of several words.
        Choice = "choice",
    }
}

/// A further detail that is kept of contacts.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Attribute {
    /// Its id.
    pub id: Uuid,
    /// What programs and placeholders call it.
    pub key: String,
    /// What people call it.
    pub name: String,
    /// What it takes.
    pub kind: AttributeKind,
    /// What there is to choose from, for `choice`.
    pub choices: Vec<String>,
}

/// Longest text of a detail, in characters.
const MAX_TEXT: usize = 1000;
/// Most to choose from.
const MAX_CHOICES: usize = 100;
/// Numbers beyond this lose digits on their way through a browser.
const MAX_NUMBER: f64 = 9_007_199_254_740_991.0;

impl Attribute {
    /// The value as it is kept, or what it should be. `null` and an empty text take it away.
    pub fn check(&self, value: &Value) -> Result<Option<Value>, String> {
        match (self.kind, value) {
            (_, Value::Null) => Ok(None),
            (AttributeKind::Text, Value::String(text)) => {
                let text = text.replace('\0', "");
                let text = text.trim();
                if text.chars().count() > MAX_TEXT {
                    return Err(format!("Use at most {MAX_TEXT} characters."));
                }
                Ok((!text.is_empty()).then(|| text.into()))
            }
            (AttributeKind::Text, _) => Err("Use a text.".to_owned()),
            (AttributeKind::Number, Value::Number(number)) if number.as_f64().is_some_and(|n| n.abs() <= MAX_NUMBER) => {
                Ok(Some(value.clone()))
            }
            (AttributeKind::Number, _) => Err("Use a number of at most 15 digits.".to_owned()),
            (AttributeKind::Date, Value::String(text)) if is_day(text) => Ok(Some(value.clone())),
            (AttributeKind::Date, _) => Err("Use a day, as 2026-11-25.".to_owned()),
            (AttributeKind::Boolean, Value::Bool(_)) => Ok(Some(value.clone())),
            (AttributeKind::Boolean, _) => Err("Use true or false.".to_owned()),
            (AttributeKind::Choice, Value::String(text)) if self.choices.contains(text) => Ok(Some(value.clone())),
            (AttributeKind::Choice, _) => Err(format!("Use one of {}.", self.choices.join(", "))),
        }
    }
}

fn is_day(text: &str) -> bool {
    text.len() == 10
        && chrono::NaiveDate::parse_from_str(text, "%Y-%m-%d").is_ok_and(|day| day.format("%Y-%m-%d").to_string() == text)
}

/// A key as programs write it: `[a-z][a-z0-9_]*`, at most 40 characters.
pub(super) fn is_key(key: &str) -> bool {
    let mut chars = key.chars();
    key.len() <= 40
        && chars.next().is_some_and(|c| c.is_ascii_lowercase())
        && chars.all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_')
}

/// What to choose from, tidied: each once, none empty. Or what is wrong with it.
pub(super) fn choices(kind: AttributeKind, given: &[String]) -> Result<Vec<String>, String> {
    let mut choices: Vec<String> = Vec::new();
    for choice in given.iter().map(|c| c.replace('\0', "")) {
        let choice = choice.trim().to_owned();
        if choice.is_empty() || choice.chars().count() > 100 {
            return Err("Use 1 to 100 characters for each choice.".to_owned());
        }
        if !choices.contains(&choice) {
            choices.push(choice);
        }
    }
    match (kind, choices.len()) {
        (AttributeKind::Choice, 1..=MAX_CHOICES) => Ok(choices),
        (AttributeKind::Choice, _) => Err(format!("Give 1 to {MAX_CHOICES} choices.")),
        (_, 0) => Ok(choices),
        _ => Err("Only a choice has choices.".to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;

    fn attribute(kind: AttributeKind) -> Attribute {
        Attribute { id: Uuid::nil(), key: "k".into(), name: "K".into(), kind, choices: vec!["Gold".into(), "Silver".into()] }
    }

    #[test]
    fn values_are_of_their_kind() {
        use AttributeKind::{Boolean, Choice, Date, Number, Text};
        for (kind, value, kept) in [
            (Text, json!(" a\0b "), Some(json!("ab"))),
            (Text, json!("  "), None),
            (Number, json!(1.5), Some(json!(1.5))),
            (Date, json!("2024-02-29"), Some(json!("2024-02-29"))),
            (Boolean, json!(false), Some(json!(false))),
            (Choice, json!("Gold"), Some(json!("Gold"))),
            (Choice, json!(null), None),
        ] {
            assert_eq!(attribute(kind).check(&value), Ok(kept), "{kind:?} {value}");
        }
        for (kind, value) in [
            (Text, json!(1)),
            (Text, json!("x".repeat(1001))),
            (Text, json!(["x"])),
            (Number, json!("1")),
            (Number, json!(1e300)),
            (Date, json!("2023-02-29")),
            (Date, json!("2024-2-9")),
            (Date, json!("02/29/2024")),
            (Date, json!("+024-01-01")),
            (Boolean, json!("true")),
            (Choice, json!("gold")),
            (Choice, json!({})),
        ] {
            assert!(attribute(kind).check(&value).is_err(), "{kind:?} {value}");
        }
        assert!(
            is_key("plan_2")
                && !is_key("2plan")
                && !is_key("")
                && !is_key("Plan")
                && !is_key("pl an")
                && !is_key(&"a".repeat(41))
        );
        assert_eq!(choices(Choice, &["a ".into(), "a".into()]), Ok(vec!["a".to_owned()]));
        assert!(
            choices(Choice, &[]).is_err() && choices(Text, &["a".into()]).is_err() && choices(Choice, &[" ".into()]).is_err()
        );
    }

    proptest! {
        #[test]
        fn what_is_kept_is_taken_again(text in ".{0,40}", number in any::<f64>()) {
            use AttributeKind::{Choice, Date, Number, Text};
            for (kind, value) in [(Text, json!(text)), (Date, json!(text)), (Choice, json!(text)), (Number, json!(number))] {
                if let Ok(Some(kept)) = attribute(kind).check(&value) {
                    prop_assert_eq!(attribute(kind).check(&kept), Ok(Some(kept.clone())));
                    prop_assert!(!kept.to_string().contains("\\u0000"), "PostgreSQL takes no NUL");
                }
            }
        }
    }
}
