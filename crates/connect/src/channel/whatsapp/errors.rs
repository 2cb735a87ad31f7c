//! The one table of Meta's error codes: what a code means for a send, and what it means in words for the person who reads it. The
//! same codes come in answers to sends, in `failed` statuses and as trouble with the account, so the words fit all three and promise
//! nothing about what happens next.

use std::{ops::RangeInclusive, time::Duration};

use super::{
    super::ProviderError,
    wire::{self, LINE, NAME, Wire},
};

/// What a code means for the message whose sending it answers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Class {
    /// Not sent; may go later, at the earliest after this time where it is known.
    Retry(Option<Duration>),
    /// Not sent; nothing goes until an admin acts.
    Account,
    /// Not sent, and never will be in this form.
    Final,
}

/// One code or run of codes.
pub(super) struct Row {
    pub(super) codes: RangeInclusive<i64>,
    pub(super) class: Class,
    pub(super) words: &'static str,
}

const fn row(code: i64, class: Class, words: &'static str) -> Row {
    Row { codes: code..=code, class, words }
}

const SOON: Class = Class::Retry(None);
const fn after(seconds: u64) -> Class {
    Class::Retry(Some(Duration::from_secs(seconds)))
}

const TOKEN: &str =
    "WhatsApp no longer accepts this channel's access token. An admin has to enter a new one in the channel's settings.";
const PERMISSION: &str =
    "The access token lacks a permission for this WhatsApp account. An admin has to grant it in Meta's business settings.";
const BUSY: &str = "WhatsApp allows no more calls for the moment. Sending again later usually works.";
const TROUBLE: &str = "WhatsApp has a problem of its own. Sending again later usually works.";
const INVALID: &str =
    "WhatsApp does not accept this message as it is. Change it and send it again; if that fails, tell an admin.";
const NUMBER_GONE: &str = "WhatsApp does not know this channel's phone number id, or the token may not use it. An admin has to check the channel's settings.";
const LOCKED: &str = "WhatsApp has locked this business account over a policy or security matter. An admin has to settle it in Meta's business settings.";
const TEMPLATE: &str =
    "The values do not fit the message template, which may have changed meanwhile. Open it again and fill it in anew.";
const TEMPLATE_GONE: &str =
    "WhatsApp does not have this message template in this language, or has not approved it. Choose another or tell an admin.";
const TEMPLATE_OFF: &str = "WhatsApp has paused or disabled this message template. Choose another one.";
const REGISTRATION: &str =
    "This channel's phone number is not fully registered with WhatsApp. An admin has to finish it in WhatsApp Manager.";

/// All codes MAX knows.
pub(super) static TABLE: &[Row] = &[
    row(0, Class::Account, TOKEN),
    row(1, SOON, TROUBLE),
    row(2, SOON, TROUBLE),
    row(3, Class::Account, PERMISSION),
    row(4, after(60), BUSY),
    row(10, Class::Account, PERMISSION),
    row(17, after(60), BUSY),
    row(33, Class::Account, NUMBER_GONE),
    row(100, Class::Final, INVALID),
    row(190, Class::Account, TOKEN),
    Row { codes: 200..=299, class: Class::Account, words: PERMISSION },
    row(368, Class::Account, LOCKED),
    row(613, after(60), BUSY),
    Row { codes: 80_007..=80_008, class: after(60), words: BUSY },
    row(130_429, SOON, "This channel sends faster than WhatsApp allows. Sending again later usually works."),
    row(
        130_472,
        Class::Final,
        "WhatsApp does not deliver this kind of message to this customer (a test group of Meta). Reach them another way.",
    ),
    row(
        130_497,
        Class::Final,
        "WhatsApp does not let this business write to people in the customer's country. Reach them another way.",
    ),
    row(131_000, SOON, TROUBLE),
    row(131_005, Class::Account, PERMISSION),
    row(131_008, Class::Final, INVALID),
    row(131_009, Class::Final, INVALID),
    row(131_016, SOON, TROUBLE),
    row(131_021, Class::Final, "The customer's number is this channel's own number, and WhatsApp does not write to itself."),
    row(
        131_026,
        Class::Final,
        "WhatsApp cannot deliver to this customer: they may not use WhatsApp, have blocked the business, or have an old app. Reach them another way.",
    ),
    row(
        131_030,
        Class::Final,
        "This channel uses a test number, which writes only to numbers on its list. An admin can add the customer's number at Meta.",
    ),
    row(131_031, Class::Account, LOCKED),
    row(
        131_037,
        Class::Account,
        "WhatsApp has not approved this number's display name. An admin has to settle it in WhatsApp Manager.",
    ),
    row(
        131_042,
        Class::Account,
        "WhatsApp has a problem with the payment method. An admin has to settle it in Meta's billing settings.",
    ),
    row(131_045, Class::Account, REGISTRATION),
    row(
        131_047,
        Class::Final,
        "More than 24 hours have passed since the customer's last message. Send a message template, or wait until they write.",
    ),
    row(
        131_048,
        Class::Account,
        "WhatsApp limits this number because too many people blocked it or reported it as spam. An admin has to look at its quality in WhatsApp Manager.",
    ),
    row(
        131_049,
        Class::Final,
        "WhatsApp held this message back so that the customer does not get too many of its kind. Try again in 24 hours at the earliest.",
    ),
    row(131_050, Class::Final, "The customer does not want marketing messages from this business. Do not send any."),
    row(131_051, Class::Final, "WhatsApp does not support this kind of message."),
    row(131_052, Class::Final, "WhatsApp could not download the customer's file. Ask them to send it again."),
    row(131_053, Class::Final, "WhatsApp could not use the attached file. Check its type and size and attach it again."),
    row(131_056, after(4), "Too many messages went to this customer in a short time. Sending again later usually works."),
    row(
        131_057,
        after(60),
        "WhatsApp is maintaining this number, which takes about a minute. Sending again after that usually works.",
    ),
    row(131_062, Class::Final, "WhatsApp does not send this kind of message to a customer whose phone number is hidden."),
    row(131_063, Class::Final, "Marketing messages are switched off for this number."),
    row(
        131_064,
        Class::Final,
        "WhatsApp limits templates of this kind for this business at present. Choose another one or try later.",
    ),
    row(132_000, Class::Final, TEMPLATE),
    row(132_001, Class::Final, TEMPLATE_GONE),
    row(132_005, Class::Final, "With its values filled in, the message template is too long. Shorten the values."),
    row(132_007, Class::Final, "The message template breaks a WhatsApp policy. Choose another one."),
    row(132_012, Class::Final, TEMPLATE),
    row(132_015, Class::Final, TEMPLATE_OFF),
    row(132_016, Class::Final, TEMPLATE_OFF),
    row(132_018, Class::Final, TEMPLATE),
    row(132_068, Class::Final, "WhatsApp has blocked the form in this message. Tell an admin."),
    row(132_069, Class::Final, "WhatsApp has slowed down the form in this message. Try later or tell an admin."),
    row(133_000, Class::Account, REGISTRATION),
    row(133_004, SOON, TROUBLE),
    Row { codes: 133_005..=133_006, class: Class::Account, words: REGISTRATION },
    Row { codes: 133_008..=133_010, class: Class::Account, words: REGISTRATION },
    Row { codes: 133_015..=133_016, class: Class::Account, words: REGISTRATION },
    row(134_011, Class::Final, "The terms for payments in WhatsApp have not been accepted. An admin has to do so at Meta."),
    row(135_000, Class::Final, "WhatsApp could not send this message and does not say why. Change it and send it again."),
    row(
        137_000,
        Class::Final,
        "The customer's security code has changed since you last wrote. Make sure who they are before you write again.",
    ),
];

/// The row of a code.
pub(super) fn find(code: i64) -> Option<&'static Row> {
    TABLE.iter().find(|row| row.codes.contains(&code))
}

/// The object id in the address does not exist or is not ours: Graph answers so to a wrong phone number id.
const SUBCODE_NO_SUCH_OBJECT: i64 = 33;

/// What an error in the answer to a send means; `None` where the code is new to us and says nothing of itself.
pub(super) fn class(error: Wire<'_>) -> Option<Class> {
    let code = error.integer("code")?;
    match (code, find(code).map(|row| row.class)) {
        (100, _) if error.integer("error_subcode") == Some(SUBCODE_NO_SUCH_OBJECT) => Some(Class::Account),
        // Their fetching our file failed for the moment: the details name the status they met.
        (131_053, _) if details(error).is_some_and(|d| names_passing_status(&d)) => Some(SOON),
        (_, Some(class)) => Some(class),
        (_, None) => error.flag("is_transient").then_some(SOON),
    }
}

fn names_passing_status(details: &str) -> bool {
    let numbers = details.split(|c: char| !c.is_ascii_digit());
    numbers.filter(|n| n.len() == 3).any(|n| n == "429" || n.starts_with('5'))
}

/// Puts an error object of any origin into words.
pub(super) fn from_wire(error: Wire<'_>) -> ProviderError {
    let code = error.integer("code");
    let known = code.and_then(|code| match (code, error.integer("error_subcode")) {
        (100, Some(SUBCODE_NO_SUCH_OBJECT)) => Some(NUMBER_GONE),
        _ => find(code).map(|row| row.words),
    });
    let message = known.map_or_else(|| unexplained().message, str::to_owned);
    let told =
        [error.word("error_user_msg", LINE), details(error), error.word("message", LINE).or_else(|| error.word("title", LINE))];
    let mut parts: Vec<String> = Vec::new();
    for part in told.into_iter().flatten() {
        if !parts.contains(&part) {
            parts.push(part);
        }
    }
    let detail = (!parts.is_empty()).then(|| wire::clean(&parts.join(" · "), LINE));
    ProviderError { code: error.word("code", NAME).unwrap_or_else(|| "unknown".to_owned()), message, detail }
}

fn details(error: Wire<'_>) -> Option<String> {
    error.object("error_data").and_then(|d| d.word("details", LINE)).or_else(|| error.word("details", LINE))
}

/// An error that says nothing, or nothing we know.
pub(super) fn unexplained() -> ProviderError {
    let message = "WhatsApp reports a problem that MAX does not know. The details are for an admin.".to_owned();
    ProviderError { code: "unknown".to_owned(), message, detail: None }
}
