//! What can be made to go wrong, for whom, and how often.

use serde::{Deserialize, Serialize};

use crate::chance;

/// The kinds of trouble. The README's table says what each does.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Kind {
    /// The send is answered with an error (`code`, `http`, `envelope`, `retry_after`); with `accepted` it was taken all the same.
    Refuse,
    /// The send is answered after `ms`.
    AnswerDelay,
    /// The send is accepted, then the connection closes without an answer.
    AnswerDropped,
    /// The send is accepted, then nothing comes for `ms`, then the connection closes.
    AnswerHang,
    /// The `sent` status reaches the webhook before the send is answered.
    StatusBeforeAnswer,
    /// A closed window is refused in the answer, not by a later `failed` status.
    WindowSync,
    /// Statuses come in the order read, delivered, sent.
    StatusesReversed,
    /// `delivered` never comes.
    DeliveredMissing,
    /// `sent`, then `failed` with `code`.
    FailedAfterSent,
    /// `failed` with `code`, nothing before it.
    Failed,
    /// Statuses do not echo `biz_opaque_callback_data`.
    CallbackDataMissing,
    /// The webhook call comes `ms` late; later ones overtake it.
    WebhookDelay,
    /// The acknowledged webhook call comes `times` more times.
    WebhookDuplicate,
    /// The event comes after the one that follows it.
    WebhookReorder,
    /// Events of the number are gathered (`size`, at most `ms`) into one call of several entries and changes.
    WebhookBatch,
    /// The acknowledged event comes again, mixed with earlier ones in one call.
    WebhookRebatched,
    /// The signature does not match the body.
    SignatureWrong,
    /// The signature header is absent.
    SignatureMissing,
    /// Time stamps are in milliseconds.
    TimestampsMs,
    /// Time stamps are `seconds` old.
    TimestampsOld,
    /// Every call for the number, of whatever kind, is answered with an error (`code`, `http`, `envelope`, `retry_after`).
    Outage,
    /// The upload of a file is answered with an error (`code`, `http`).
    UploadRefuse,
    /// The provider no longer has the file that a customer sent.
    MediaGone,
    /// The address just given of a file is dead already.
    MediaExpired,
    /// The file's information carries another digest than the file's.
    MediaHashWrong,
    /// The file's information carries another size than the file's.
    MediaSizeWrong,
    /// The download is answered with an error (`http`, 500).
    MediaRefuse,
    /// The download takes `ms`.
    MediaSlow,
    /// The download breaks off half-way.
    MediaCut,
    /// Mail to this address (`customer`) is refused with `code` (550; a 4xx may pass).
    MailRefuse,
    /// A mail is caught and the answer comes `ms` late.
    MailSlow,
}

/// One fault as ordered over the control API.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Order {
    pub kind: Kind,
    /// Only for this number.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub phone_number_id: Option<String>,
    /// Only for this customer (any of its ids).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub customer: Option<String>,
    /// Only the next so many; without it until cleared.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub count: Option<u32>,
    /// Only in so many of a hundred cases.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub percent: Option<u8>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub code: Option<i64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub http: Option<u16>,
    /// Whether a refusal carries the error envelope; without it the body is plain text.
    #[serde(default = "yes")]
    pub envelope: bool,
    /// `Retry-After` of a refusal, in seconds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub retry_after: Option<u32>,
    #[serde(default)]
    pub accepted: bool,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub details: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ms: Option<u64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub seconds: Option<i64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub size: Option<usize>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub times: Option<u32>,
}

fn yes() -> bool {
    true
}

impl Order {
    /// Refuses values that could not do anything sensible, naming the field.
    pub(crate) fn check(&self) -> Result<(), String> {
        if self.count == Some(0) {
            return Err("count: must be at least 1".into());
        }
        if self.percent.is_some_and(|percent| !(1..=100).contains(&percent)) {
            return Err("percent: must be 1 to 100".into());
        }
        if self.http.is_some_and(|http| !(400..=599).contains(&http)) {
            return Err("http: must be 400 to 599".into());
        }
        if self.size.is_some_and(|size| !(2..=1000).contains(&size)) {
            return Err("size: must be 2 to 1000".into());
        }
        if matches!(self.kind, Kind::Refuse | Kind::Outage) && self.code.is_none() && self.http.is_none() {
            return Err("refuse, outage: give a code, an http status, or both".into());
        }
        if self.kind == Kind::MailRefuse && self.code.is_some_and(|code| !(400..=599).contains(&code)) {
            return Err("code: a mail server refuses with 400 to 599".into());
        }
        Ok(())
    }
}

/// A fault in force.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct Fault {
    pub id: u64,
    /// How often it still strikes; absent = until cleared.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub remaining: Option<u32>,
    #[serde(flatten)]
    pub order: Order,
}

/// The faults in force, oldest first.
#[derive(Default)]
pub(crate) struct Faults {
    list: Vec<Fault>,
    last_id: u64,
}

impl Faults {
    pub(crate) fn add(&mut self, order: Order) -> Fault {
        self.last_id += 1;
        let fault = Fault { id: self.last_id, remaining: order.count, order };
        self.list.push(fault.clone());
        fault
    }

    pub(crate) fn list(&self) -> &[Fault] {
        &self.list
    }

    pub(crate) fn clear(&mut self) {
        self.list.clear();
    }

    /// Takes one fault out of force; answers whether it was there.
    pub(crate) fn remove(&mut self, id: u64) -> bool {
        let before = self.list.len();
        self.list.retain(|fault| fault.id != id);
        self.list.len() != before
    }

    /// The oldest fault of this kind that strikes here, if any; strikes are counted. `customer` holds every id the customer goes
    /// by.
    pub(crate) fn strike(&mut self, kind: Kind, phone_number_id: &str, customer: &[&str]) -> Option<Order> {
        let index = self.list.iter().position(|fault| {
            let order = &fault.order;
            order.kind == kind
                && order.phone_number_id.as_deref().is_none_or(|id| id == phone_number_id)
                && order.customer.as_deref().is_none_or(|id| customer.contains(&id))
                && order.percent.is_none_or(|percent| chance::below(100) < u64::from(percent))
        })?;
        let fault = self.list.get_mut(index)?;
        let order = fault.order.clone();
        if let Some(remaining) = &mut fault.remaining {
            *remaining -= 1;
            if *remaining == 0 {
                self.list.remove(index);
            }
        }
        Some(order)
    }
}
