//! A mail, written out as it travels.

use std::time::SystemTime;

use lettre::{
    Address, Message,
    message::{
        Mailbox, MultiPart,
        header::{HeaderName, HeaderValue},
    },
};
use url::Host;

use super::{Mail, MailError, html};

/// Tells other programs not to answer: no "out of office", no loops.
const AUTO_SUBMITTED: HeaderName = HeaderName::new_from_ascii_str("Auto-Submitted");

/// The sender as the settings give it; the error says what would be right.
pub(super) fn sender(text: &str) -> Result<Mailbox, String> {
    let (name, address) = match text.trim().strip_suffix('>').and_then(|text| text.rsplit_once('<')) {
        Some((name, address)) => (name.trim().trim_matches('"'), address),
        None => ("", text),
    };
    mailbox(name, address).ok_or_else(|| "the sender of mails must be an address, such as MAX <max@example.com>".to_owned())
}

pub(super) fn compose(from: &Mailbox, mail: &Mail) -> Result<Message, MailError> {
    let to = mailbox(&mail.to_name, &mail.to_address).ok_or_else(|| MailError::Invalid("this is no mail address".to_owned()))?;
    let text = mail.text.replace("\r\n", "\n");
    Message::builder()
        .message_id(Some(format!("<{}@{}>", mail.id, from.email.domain())))
        .date(SystemTime::from(mail.at))
        .from(from.clone())
        .to(to)
        .subject(one_line(&mail.subject))
        .raw_header(HeaderValue::new(AUTO_SUBMITTED, "auto-generated".to_owned()))
        .multipart(MultiPart::alternative_plain_html(text.clone(), html::from_text(&text)))
        .map_err(|e| MailError::Invalid(format!("the mail cannot be written: {e}")))
}

/// `None` when the address is none.
fn mailbox(name: &str, address: &str) -> Option<Mailbox> {
    let name = Some(one_line(name)).filter(|name| !name.is_empty());
    Some(Mailbox::new(name, parse(address.trim())?))
}

/// Stricter than the standards: nobody's address has spaces or brackets in it, and the commands and headers it will stand in do.
fn parse(address: &str) -> Option<Address> {
    if address.len() > 254 || address.chars().any(|c| c.is_control() || c.is_whitespace() || "<>\"(),:;[]\\".contains(c)) {
        return None;
    }
    let (user, domain) = address.rsplit_once('@')?;
    // A name in another script has a form that every server understands.
    match Host::parse(domain).ok()? {
        Host::Domain(domain) => Address::new(user, domain).ok(),
        Host::Ipv4(_) | Host::Ipv6(_) => None,
    }
}

/// Line breaks and other control characters become spaces: what a person wrote cannot begin a header of its own.
fn one_line(text: &str) -> String {
    let plain = text.replace(|c: char| c.is_control() || matches!(c, '\u{2028}' | '\u{2029}'), " ");
    plain.trim().to_owned()
}
