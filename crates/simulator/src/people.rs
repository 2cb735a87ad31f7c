//! The customers: who they are on the wire, and the four one starts with.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};
use sha2::{Digest, Sha256};

use crate::chance;

/// When a customer's phone reports a business message as read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum ReadReceipts {
    /// By itself, `read_ms` after delivery.
    Automatic,
    /// When the phone page shows the chat.
    WhenShown,
    /// Never: receipts are off in their settings.
    Never,
}

/// Someone with a phone.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct Customer {
    /// `wa_id` if they have a phone number, else `user_id`.
    pub id: String,
    pub name: String,
    /// The digits of the phone number; absent for people known by user id only.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub wa_id: Option<String>,
    /// The business-scoped user id.
    pub user_id: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub parent_user_id: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub username: Option<String>,
    /// Absent: as the settings say.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub read_receipts: Option<ReadReceipts>,
    /// Sends to them fail with 131026.
    pub unreachable: bool,
    /// Without a phone number `from` and `wa_id` are absent; with this they hold the user id instead. Both occur.
    pub user_id_in_from: bool,
}

/// A customer as ordered over the control API.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct NewCustomer {
    pub wa_id: Option<String>,
    pub user_id: Option<String>,
    pub parent_user_id: Option<String>,
    pub name: Option<String>,
    pub username: Option<String>,
    pub read_receipts: Option<ReadReceipts>,
    #[serde(default)]
    pub unreachable: bool,
    #[serde(default)]
    pub user_id_in_from: bool,
}

/// A change to a customer.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct CustomerPatch {
    pub name: Option<String>,
    pub username: Option<String>,
    pub read_receipts: Option<ReadReceipts>,
    pub unreachable: Option<bool>,
    pub user_id_in_from: Option<bool>,
}

impl Customer {
    /// Someone new. Without `wa_id` and `user_id` a phone number of the range reserved for fiction is given.
    pub(crate) fn new(new: NewCustomer, others: &[Customer]) -> Result<Customer, String> {
        let wa_id = match (&new.wa_id, &new.user_id) {
            (Some(given), _) => Some(digits(given).ok_or("wa_id: must be a phone number of 7 to 15 digits")?),
            (None, Some(_)) => None,
            (None, None) => Some(free_number(others).ok_or("all invented phone numbers are taken")?),
        };
        let user_id = match (&new.user_id, &wa_id) {
            (Some(given), _) if is_user_id(given) => given.clone(),
            (Some(_), _) => return Err("user_id: must be a country code, a dot and an id, as in US.70011223344556677".into()),
            (None, Some(phone)) => user_id_of(phone),
            (None, None) => return Err("give a wa_id or a user_id".into()),
        };
        let id = wa_id.clone().unwrap_or_else(|| user_id.clone());
        if others.iter().any(|other| other.answers_to(&id) || other.answers_to(&user_id)) {
            return Err(format!("there is a customer {id} already"));
        }
        let name = new.name.filter(|name| !name.trim().is_empty()).unwrap_or_else(|| id.clone());
        Ok(Customer {
            id,
            name,
            wa_id,
            user_id,
            parent_user_id: new.parent_user_id,
            username: new.username.map(|name| name.trim_start_matches('@').to_owned()),
            read_receipts: new.read_receipts,
            unreachable: new.unreachable,
            user_id_in_from: new.user_id_in_from,
        })
    }

    pub(crate) fn patch(&mut self, patch: CustomerPatch) {
        if let Some(name) = patch.name {
            self.name = name;
        }
        if let Some(username) = patch.username {
            self.username = Some(username.trim_start_matches('@').to_owned()).filter(|name| !name.is_empty());
        }
        if patch.read_receipts.is_some() {
            self.read_receipts = patch.read_receipts;
        }
        self.unreachable = patch.unreachable.unwrap_or(self.unreachable);
        self.user_id_in_from = patch.user_id_in_from.unwrap_or(self.user_id_in_from);
    }

    /// The customer with another number, and what the notice of it says beside its type. Their place in the simulator stays the same.
    pub(crate) fn with_new_number(&self, others: &[Customer]) -> Result<(Customer, Map<String, Value>), String> {
        let old = self.wa_id.as_deref().ok_or("the customer has no phone number to change")?;
        let new = free_number(others).ok_or("all invented phone numbers are taken")?;
        let user_id = user_id_of(&new);
        let body = format!("User {} changed from {old} to {new}", self.name);
        let told = [("body", json!(body)), ("wa_id", json!(new)), ("user_id", json!(user_id))];
        let moved = Customer { wa_id: Some(new), user_id, ..self.clone() };
        Ok((moved, told.map(|(name, value)| (name.to_owned(), value)).into_iter().collect()))
    }

    /// The customer with another user id, and what the notice of it says beside its type.
    pub(crate) fn with_new_user_id(&self) -> (Customer, Map<String, Value>) {
        let country = self.user_id.split('.').next().unwrap_or("US");
        let user_id = format!("{country}.{}", chance::numeric_id());
        let told = [("previous_user_id", json!(self.user_id)), ("user_id", json!(user_id))];
        let moved = Customer { user_id, ..self.clone() };
        (moved, told.map(|(name, value)| (name.to_owned(), value)).into_iter().collect())
    }

    /// Every id the customer goes by.
    pub(crate) fn ids(&self) -> Vec<&str> {
        let mut ids = vec![self.id.as_str(), self.user_id.as_str()];
        ids.extend(self.wa_id.as_deref());
        ids
    }

    pub(crate) fn answers_to(&self, id: &str) -> bool {
        self.id == id || self.user_id == id || self.wa_id.as_deref() == Some(id.trim_start_matches('+'))
    }

    /// What goes into `from` of their messages, if anything.
    pub(crate) fn from(&self) -> Option<&str> {
        self.wa_id.as_deref().or(self.user_id_in_from.then_some(self.user_id.as_str()))
    }

    /// The element of `contacts[]`.
    pub(crate) fn contact(&self, user_ids: bool) -> Value {
        let mut profile = Map::from_iter([("name".to_owned(), json!(self.name))]);
        if let Some(username) = &self.username {
            profile.insert("username".into(), json!(username));
        }
        let mut contact = Map::from_iter([("profile".to_owned(), Value::Object(profile))]);
        if let Some(from) = self.from() {
            contact.insert("wa_id".into(), json!(from));
        }
        if user_ids || self.wa_id.is_none() {
            contact.insert("user_id".into(), json!(self.user_id));
            if let Some(parent) = &self.parent_user_id {
                contact.insert("parent_user_id".into(), json!(parent));
            }
        }
        Value::Object(contact)
    }

    /// The sender's part of a message: `from`, `from_user_id`, `from_parent_user_id`.
    pub(crate) fn sender(&self, user_ids: bool) -> Map<String, Value> {
        let mut sender = Map::new();
        if let Some(from) = self.from() {
            sender.insert("from".into(), json!(from));
        }
        if user_ids || self.wa_id.is_none() {
            sender.insert("from_user_id".into(), json!(self.user_id));
            if let Some(parent) = &self.parent_user_id {
                sender.insert("from_parent_user_id".into(), json!(parent));
            }
        }
        sender
    }
}

/// Who is there before anybody is added.
pub(crate) fn seed() -> Vec<Customer> {
    let phone =
        |name: &str, wa_id: &str| NewCustomer { name: Some(name.into()), wa_id: Some(wa_id.into()), ..NewCustomer::default() };
    let nameless = NewCustomer {
        name: Some("Mei-Ling Chua".into()),
        user_id: Some("SG.70422981550137716".into()),
        username: Some("meiling".into()),
        ..NewCustomer::default()
    };
    let mut people = Vec::new();
    for new in [
        phone("Amara Okafor", "447700900142"),
        phone("Tomás Ferreira", "447700900143"),
        phone("Priya Raman", "447700900164"),
        nameless,
    ] {
        people.extend(Customer::new(new, &people));
    }
    people
}

/// The digits of a phone number written any usual way, if it can be one.
pub(crate) fn digits(number: &str) -> Option<String> {
    let trimmed = number.trim();
    let rest = trimmed.strip_prefix('+').unwrap_or(trimmed);
    if !rest.chars().all(|c| c.is_ascii_digit() || matches!(c, ' ' | '-' | '(' | ')' | '.')) {
        return None;
    }
    let digits: String = rest.chars().filter(char::is_ascii_digit).collect();
    (7..=15).contains(&digits.len()).then_some(digits)
}

/// Whether this can be a business-scoped user id: country code, dot, id, with an optional `ENT` between.
pub(crate) fn is_user_id(id: &str) -> bool {
    let Some((country, rest)) = id.split_once('.') else { return false };
    country.len() == 2
        && country.chars().all(|c| c.is_ascii_uppercase())
        && !rest.is_empty()
        && rest.len() <= 128
        && rest.chars().all(|c| c.is_ascii_alphanumeric() || c == '.')
}

/// The user id of a phone number: always the same, so that a restart does not turn everybody into a stranger.
fn user_id_of(wa_id: &str) -> String {
    let country = [("44", "GB"), ("351", "PT"), ("91", "IN"), ("55", "BR"), ("52", "MX"), ("54", "AR"), ("65", "SG")]
        .iter()
        .find(|(prefix, _)| wa_id.starts_with(prefix))
        .map_or("US", |(_, country)| country);
    let hash = Sha256::digest(wa_id.as_bytes());
    let number = hash.iter().take(7).fold(0_u64, |sum, byte| (sum << 8) | u64::from(*byte));
    format!("{country}.{}", 10_000_000_000_000_000 + number % 89_999_999_999_999_999)
}

/// A number of the United Kingdom's range for drama (07700 900000 to 900999) that nobody has.
fn free_number(others: &[Customer]) -> Option<String> {
    (200..1000).map(|n| format!("447700900{n}")).find(|number| !others.iter().any(|other| other.answers_to(number)))
}
