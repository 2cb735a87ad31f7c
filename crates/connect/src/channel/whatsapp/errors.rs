//! The one table of Meta's error codes: what a code means for a send, and what it means in words, for the agent who reads it at a message and
//! for the admin who reads it at the channel. The same codes come in answers to sends, in `failed` statuses and as trouble with the
//! account, so the words fit all three and promise nothing about what happens next. What goes wrong on our own side of the call has
//! rows of the same kind, by name.

use std::{ops::RangeInclusive, time::Duration};

use super::{
    super::{Explanation, Limit, ProviderError},
    wire::{self, LINE, NAME, Wire},
};

/// What a code means for the message whose sending it answers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Class {
    /// Not sent; may go later.
    Retry,
    /// Not sent, for too much was sent; may go later, and more slowly.
    Slow(Limit),
    /// Not sent; nothing goes over this account until an admin acts.
    Account,
    /// Not sent, and never will be in this form.
    Final,
    /// Nobody knows whether it was sent.
    Unconfirmed,
}

/// What a code means.
pub(super) struct Meaning {
    pub(super) class: Class,
    /// In words for the agent whose message it is.
    pub(super) agent: &'static str,
    /// In words for the admin who may mend it.
    pub(super) admin: &'static str,
    /// The shortest pause before the message may be tried again.
    pub(super) pause: Option<Duration>,
}

/// One code or run of codes.
pub(super) struct Row {
    pub(super) codes: RangeInclusive<i64>,
    pub(super) meaning: Meaning,
}

const fn run(from: i64, to: i64, class: Class, words: [&'static str; 2]) -> Row {
    Row { codes: from..=to, meaning: Meaning { class, agent: words[0], admin: words[1], pause: None } }
}

const fn row(code: i64, class: Class, words: [&'static str; 2]) -> Row {
    run(code, code, class, words)
}

const fn after(seconds: u64, row: Row) -> Row {
    Row { meaning: Meaning { pause: Some(Duration::from_secs(seconds)), ..row.meaning }, ..row }
}

const fn own(name: &'static str, class: Class, words: [&'static str; 2]) -> (&'static str, Meaning) {
    (name, Meaning { class, agent: words[0], admin: words[1], pause: None })
}

use Class::{Account, Final, Retry, Slow, Unconfirmed};

const NUMBER: Class = Slow(Limit::Account);
const PAIR: Class = Slow(Limit::Recipient);

/// What an agent reads where only an admin can do something.
const ADMIN_FIRST: &str =
    "WhatsApp takes no messages from this channel for the moment. MAX keeps it; an admin has to look at the channel.";

/// What an agent would read of a warning, which is at no message.
const WARNED: &str = "WhatsApp has a warning for this channel. An admin has to look at it; messages go out as usual.";
const NO_TEMPLATES: &str = "WhatsApp lets this channel begin no conversations for the moment. Replies go out as usual.";

const TOKEN: [&str; 2] = [
    "WhatsApp no longer accepts this channel's access token. MAX keeps the message; an admin has to enter a new token.",
    "WhatsApp no longer accepts this channel's access token: it has expired or was withdrawn. Make a new one for the system user in Meta's \
     business settings and enter it here.",
];
const PERMISSION: [&str; 2] = [
    ADMIN_FIRST,
    "The access token lacks a permission for this WhatsApp account. Grant the system user whatsapp_business_messaging and access to the \
     account in Meta's business settings.",
];
const BUSY: [&str; 2] = [
    "WhatsApp allows no more calls for the moment. Sending again later usually works.",
    "This app or account makes more calls than WhatsApp allows. Find out what else calls with the same app, or ask Meta for more.",
];
const TROUBLE: [&str; 2] = [
    "WhatsApp has a problem of its own. Sending again later usually works.",
    "WhatsApp has a problem of its own. Meta's status page says more; there is nothing to do here.",
];
const INVALID: [&str; 2] = [
    "WhatsApp does not accept this message as it is. Change it and send it again; if that fails, tell an admin.",
    "WhatsApp does not accept a message as MAX sent it. Its details say which part; if several fail so, report it to whoever runs MAX.",
];
const NUMBER_GONE: [&str; 2] = [
    ADMIN_FIRST,
    "WhatsApp does not know this channel's phone number id, or the token may not use it. Compare both with WhatsApp Manager.",
];
const LOCKED: [&str; 2] = [
    ADMIN_FIRST,
    "WhatsApp has locked this business account over a policy or security matter. Settle it in Meta's business settings (Business Support \
     Home shows the case), then try the channel again.",
];
const TEMPLATE: [&str; 2] = [
    "The values do not fit the message template, which may have changed meanwhile. Open it again and fill it in anew.",
    "The values sent do not fit the message template. Have the channel's templates read anew.",
];
const TEMPLATE_GONE: [&str; 2] = [
    "WhatsApp does not have this message template in this language, or has not approved it. Choose another or tell an admin.",
    "WhatsApp does not have a template that was sent, or has not approved it. Have the channel's templates read anew.",
];
const TEMPLATE_OFF: [&str; 2] = [
    "WhatsApp has paused or disabled this message template. Choose another one.",
    "WhatsApp has paused or disabled a message template over its quality. Edit it in WhatsApp Manager, or use another.",
];
const REGISTRATION: [&str; 2] = [
    ADMIN_FIRST,
    "This channel's phone number is not fully registered with WhatsApp. Finish the registration in WhatsApp Manager.",
];

/// All codes of Meta's that MAX knows.
pub(super) static TABLE: &[Row] = &[
    row(0, Account, TOKEN),
    row(1, Retry, TROUBLE),
    row(2, Retry, TROUBLE),
    row(3, Account, PERMISSION),
    after(60, row(4, NUMBER, BUSY)),
    row(10, Account, PERMISSION),
    after(60, row(17, NUMBER, BUSY)),
    row(33, Account, NUMBER_GONE),
    row(100, Final, INVALID),
    row(190, Account, TOKEN),
    run(200, 299, Account, PERMISSION),
    row(368, Account, LOCKED),
    after(60, row(613, NUMBER, BUSY)),
    after(60, run(80_007, 80_008, NUMBER, BUSY)),
    row(
        130_429,
        NUMBER,
        [
            "This channel sends faster than WhatsApp allows. MAX slows down; sending again later usually works.",
            "This number sends faster than WhatsApp allows. MAX slows down by itself; Meta raises the limit of numbers in good standing.",
        ],
    ),
    row(
        130_472,
        Final,
        [
            "WhatsApp does not deliver this kind of message to this customer (a test group of Meta). Reach them another way.",
            "Meta keeps some customers out of marketing messages for a test. There is nothing to do here.",
        ],
    ),
    row(
        130_497,
        Final,
        [
            "WhatsApp does not let this business write to people in the customer's country. Reach them another way.",
            "WhatsApp does not let this business write to people in some countries. Meta's commerce policy says which.",
        ],
    ),
    row(131_000, Retry, TROUBLE),
    row(131_005, Account, PERMISSION),
    row(131_008, Final, INVALID),
    row(131_009, Final, INVALID),
    row(131_016, Retry, TROUBLE),
    row(
        131_021,
        Final,
        [
            "The customer's number is this channel's own number, and WhatsApp does not write to itself.",
            "Somebody wrote to this channel's own number. WhatsApp does not write to itself.",
        ],
    ),
    row(
        131_026,
        Final,
        [
            "WhatsApp cannot deliver to this customer: they may not use WhatsApp, have blocked the business, or have an old app. Reach them another way.",
            "WhatsApp cannot deliver to a customer: they may not use WhatsApp, have blocked the business, or have an old app.",
        ],
    ),
    row(
        131_030,
        Final,
        [
            "This channel uses a test number, which writes only to numbers on its list. An admin can add the customer's number at Meta.",
            "This is a test number, which writes only to numbers on its list. Add them in the app's WhatsApp settings at Meta.",
        ],
    ),
    row(131_031, Account, LOCKED),
    row(
        131_037,
        Account,
        [
            ADMIN_FIRST,
            "WhatsApp has not approved this number's display name. Settle it in WhatsApp Manager, under phone numbers.",
        ],
    ),
    row(
        131_042,
        Account,
        [
            ADMIN_FIRST,
            "WhatsApp has a problem with the payment method. Settle it in Meta's billing settings of this business account.",
        ],
    ),
    row(131_045, Account, REGISTRATION),
    row(
        131_047,
        Final,
        [
            "More than 24 hours have passed since the customer's last message. Send a message template, or wait until they write.",
            "A reply went out when more than 24 hours had passed since the customer's last message. Only templates pass then.",
        ],
    ),
    row(
        131_048,
        Account,
        [
            ADMIN_FIRST,
            "WhatsApp limits this number because too many people blocked it or reported it as spam. Look at its quality in WhatsApp Manager, and \
             send less of what people did not ask for.",
        ],
    ),
    row(
        131_049,
        Final,
        [
            "WhatsApp held this message back so that the customer does not get too many of its kind. Try again in 24 hours at the earliest.",
            "WhatsApp holds marketing messages back from customers who get many. There is nothing to do here.",
        ],
    ),
    row(
        131_050,
        Final,
        [
            "The customer does not want marketing messages from this business. Do not send any.",
            "A customer has stopped marketing messages from this business. Do not send them any.",
        ],
    ),
    row(
        131_051,
        Final,
        ["WhatsApp does not support this kind of message.", "WhatsApp does not support a kind of message that was sent."],
    ),
    row(
        131_052,
        Final,
        [
            "WhatsApp could not download the customer's file. Ask them to send it again.",
            "WhatsApp could not download a customer's file. They have to send it again.",
        ],
    ),
    row(
        131_053,
        Final,
        [
            "WhatsApp could not use the attached file. Check its type and size and attach it again.",
            "WhatsApp could not use an attached file. Its details say why.",
        ],
    ),
    after(
        4,
        row(
            131_056,
            PAIR,
            [
                "Too many messages went to this customer in a short time. Sending again later usually works.",
                "WhatsApp takes about one message in six seconds to one customer. MAX slows down by itself.",
            ],
        ),
    ),
    after(
        60,
        row(
            131_057,
            Retry,
            [
                "WhatsApp is maintaining this number, which takes about a minute. Sending again after that usually works.",
                "WhatsApp is maintaining this number, usually to raise its throughput. It takes about a minute.",
            ],
        ),
    ),
    row(
        131_062,
        Final,
        [
            "WhatsApp does not send this kind of message to a customer whose phone number is hidden.",
            "WhatsApp does not send some kinds of messages to customers whose phone number is hidden.",
        ],
    ),
    row(
        131_063,
        Final,
        [
            "Marketing messages are switched off for this number.",
            "Marketing messages are switched off for this number in WhatsApp Manager.",
        ],
    ),
    row(
        131_064,
        Final,
        [
            "WhatsApp limits templates of this kind for this business at present. Choose another one or try later.",
            "WhatsApp limits a kind of template for this business, because some were put into the wrong category. WhatsApp Manager says more.",
        ],
    ),
    row(132_000, Final, TEMPLATE),
    row(132_001, Final, TEMPLATE_GONE),
    row(
        132_005,
        Final,
        [
            "With its values filled in, the message template is too long. Shorten the values.",
            "With its values filled in, a message template was too long.",
        ],
    ),
    row(
        132_007,
        Final,
        [
            "The message template breaks a WhatsApp policy. Choose another one.",
            "A message template breaks a WhatsApp policy. Edit it in WhatsApp Manager, or use another.",
        ],
    ),
    row(132_012, Final, TEMPLATE),
    row(132_015, Final, TEMPLATE_OFF),
    row(132_016, Final, TEMPLATE_OFF),
    row(132_018, Final, TEMPLATE),
    row(
        132_068,
        Final,
        [
            "WhatsApp has blocked the form in this message. Tell an admin.",
            "WhatsApp has blocked a form (flow) of this account. WhatsApp Manager says why.",
        ],
    ),
    row(
        132_069,
        Final,
        [
            "WhatsApp has slowed down the form in this message. Try later or tell an admin.",
            "WhatsApp has slowed down a form (flow) of this account, for its endpoint fails too often.",
        ],
    ),
    row(133_000, Account, REGISTRATION),
    row(133_004, Retry, TROUBLE),
    run(133_005, 133_006, Account, REGISTRATION),
    run(133_008, 133_010, Account, REGISTRATION),
    run(133_015, 133_016, Account, REGISTRATION),
    row(
        134_011,
        Final,
        [
            "The terms for payments in WhatsApp have not been accepted. An admin has to do so at Meta.",
            "The terms for payments in WhatsApp have not been accepted. Accept them in WhatsApp Manager.",
        ],
    ),
    row(
        135_000,
        Final,
        [
            "WhatsApp could not send this message and does not say why. Change it and send it again.",
            "WhatsApp could not send a message and does not say why. If several fail so, ask Meta's support.",
        ],
    ),
    row(
        137_000,
        Final,
        [
            "The customer's security code has changed since you last wrote. Make sure who they are before you write again.",
            "A customer's security code has changed since they were last written to. Make sure who they are.",
        ],
    ),
];

const LOST: [&str; 2] = [
    "The answer from WhatsApp was lost, so it is not known whether the customer got this message. Ask or look before sending it again.",
    "Answers from WhatsApp were lost on the way. If it happens often, look at this server's connection to the internet.",
];

/// What goes wrong without a word of Meta's.
static OWN: &[(&str, Meaning)] = &[
    own(
        "settings",
        Account,
        [
            ADMIN_FIRST,
            "This channel's settings are incomplete. Enter the phone number id, the business account id and the access token.",
        ],
    ),
    own(
        "address_refused",
        Account,
        [
            ADMIN_FIRST,
            "MAX may not call the address of this channel's WhatsApp interface. Check it; addresses that are not public need MAX_NET_ALLOW.",
        ],
    ),
    own(
        "moved",
        Account,
        [ADMIN_FIRST, "The address of this channel's WhatsApp interface has moved. Correct it in the channel's settings."],
    ),
    own(
        "no_connection",
        Retry,
        [
            "WhatsApp could not be reached. Sending again later usually works.",
            "WhatsApp could not be reached. Look at this server's connection to the internet.",
        ],
    ),
    own(
        "busy",
        Retry,
        ["WhatsApp is busy. Sending again later usually works.", "WhatsApp is busy. There is nothing to do here."],
    ),
    own(
        "refused",
        Final,
        [
            "WhatsApp refused this message without saying why. If it happens again, an admin has to check the channel's settings.",
            "WhatsApp refuses messages without saying why. Check the address of the interface and the phone number id.",
        ],
    ),
    own(
        "account_restricted",
        Account,
        [
            ADMIN_FIRST,
            "Meta has restricted this WhatsApp account, and it can send nothing for the moment. Business Support Home at Meta says why, for how \
             long, and how to ask for a review.",
        ],
    ),
    own(
        "account_disabled",
        Account,
        [
            ADMIN_FIRST,
            "Meta has disabled this WhatsApp account. Ask for a review in Business Support Home at Meta; what is written here waits.",
        ],
    ),
    own(
        "account_deleted",
        Account,
        [
            ADMIN_FIRST,
            "This WhatsApp account was deleted at Meta, or taken off this app. Connect it again there, or set up another number.",
        ],
    ),
    own(
        "account_limited",
        Final,
        [
            NO_TEMPLATES,
            "Meta lets this WhatsApp account begin no conversations for the moment. Replies to customers go out as usual; templates do not. \
             Business Support Home at Meta says why and for how long.",
        ],
    ),
    own(
        "account_violation",
        Final,
        [
            WARNED,
            "Meta says that this WhatsApp account broke one of its rules. See to it in Business Support Home at Meta before it is restricted.",
        ],
    ),
    own(
        "account_ban_announced",
        Final,
        [
            WARNED,
            "Meta is about to disable this WhatsApp account. Ask for a review in Business Support Home at Meta now: after that day nothing is \
             sent.",
        ],
    ),
    own(
        "account_alert",
        Final,
        [WARNED, "Meta has an alert for this WhatsApp account. WhatsApp Manager shows it, with what to do."],
    ),
    own(
        "review_rejected",
        Final,
        [WARNED, "Meta did not approve this business. Business Support Home at Meta says why, and how to ask again."],
    ),
    own(
        "name_rejected",
        Final,
        [WARNED, "Meta did not approve this number's display name. Choose another one in WhatsApp Manager."],
    ),
    own(
        "quality_low",
        Final,
        [
            WARNED,
            "Customers block or report what this number sends, and Meta rates its quality low. Send fewer templates, and only to those who \
             asked for them; else Meta lowers the number's limit.",
        ],
    ),
    own(
        "limit_lowered",
        Final,
        [
            WARNED,
            "Meta lets this number begin conversations with fewer customers a day than before. Replies are not counted. It rises again with \
             better quality.",
        ],
    ),
    own("timeout", Unconfirmed, LOST),
    own("connection_broken", Unconfirmed, LOST),
    own("no_answer", Unconfirmed, LOST),
];

/// What MAX itself says of a name in its own rows.
pub(super) fn named(name: &str) -> Option<&'static Meaning> {
    OWN.iter().find(|(own, _)| *own == name).map(|(_, meaning)| meaning)
}

/// An error of our own side: the row of this name, under this code.
pub(super) fn own_error(name: &str, code: &str, detail: Option<String>) -> ProviderError {
    let message = named(name).map_or_else(|| unexplained().message, |meaning| meaning.agent.to_owned());
    ProviderError { code: code.to_owned(), message, detail: detail.map(|d| wire::clean(&d, LINE)) }
}

/// What the code of a [`ProviderError`] tells whoever looks after the channel.
pub(super) fn explain(code: &str) -> Option<Explanation> {
    let meaning = match code.parse().ok() {
        Some(code) => find(code).map(|row| &row.meaning),
        None => named(if code.starts_with("http_3") { "moved" } else { code }),
    }?;
    Some(Explanation { words: meaning.admin, account: meaning.class == Account, window: code == WINDOW_CLOSED })
}

/// Meta's clock says that the reply window is closed.
const WINDOW_CLOSED: &str = "131047";

/// The row of a code.
pub(super) fn find(code: i64) -> Option<&'static Row> {
    TABLE.iter().find(|row| row.codes.contains(&code))
}

/// The object id in the address does not exist or is not ours: Graph answers so to a wrong phone number id.
const SUBCODE_NO_SUCH_OBJECT: i64 = 33;

/// What an error in the answer to a send means, and the shortest pause; `None` where the code is new to us and says nothing of itself.
pub(super) fn class(error: Wire<'_>) -> Option<(Class, Option<Duration>)> {
    let code = meant(error)?;
    match find(code).map(|row| &row.meaning) {
        // Their fetching our file failed for the moment: the details name the status they met.
        Some(_) if code == 131_053 && details(error).is_some_and(|d| names_passing_status(&d)) => Some((Retry, None)),
        Some(meaning) => Some((meaning.class, meaning.pause)),
        None => error.flag("is_transient").then_some((Retry, None)),
    }
}

/// The code that says what an error means: a wrong parameter may be the number itself.
fn meant(error: Wire<'_>) -> Option<i64> {
    match (error.integer("code")?, error.integer("error_subcode")) {
        (100, Some(SUBCODE_NO_SUCH_OBJECT)) => Some(SUBCODE_NO_SUCH_OBJECT),
        (code, _) => Some(code),
    }
}

fn names_passing_status(details: &str) -> bool {
    let numbers = details.split(|c: char| !c.is_ascii_digit());
    numbers.filter(|n| n.len() == 3).any(|n| n == "429" || n.starts_with('5'))
}

/// Puts an error object of any origin into words.
pub(super) fn from_wire(error: Wire<'_>) -> ProviderError {
    let code = meant(error);
    let known = code.and_then(|code| find(code).map(|row| row.meaning.agent));
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
    let code = code.map(|code| code.to_string()).or_else(|| error.word("code", NAME)).unwrap_or_else(|| "unknown".to_owned());
    ProviderError { code, message, detail }
}

fn details(error: Wire<'_>) -> Option<String> {
    error.object("error_data").and_then(|d| d.word("details", LINE)).or_else(|| error.word("details", LINE))
}

/// An error that says nothing, or nothing we know.
pub(super) fn unexplained() -> ProviderError {
    let message = "WhatsApp reports a problem that MAX does not know. The details are for an admin.".to_owned();
    ProviderError { code: "unknown".to_owned(), message, detail: None }
}
