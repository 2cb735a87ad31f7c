//! The mail server's address, taken apart.

use std::net::IpAddr;

use lettre::transport::smtp::authentication::Credentials;
use percent_encoding::percent_decode_str;
use url::{Host, Url};

/// Where submissions go: with STARTTLS, and with TLS from the start.
const SUBMISSION: u16 = 587;
const SUBMISSIONS: u16 = 465;

/// Whether a connection is encrypted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Tls {
    /// Before the first word.
    FromTheStart,
    /// By STARTTLS, or there is no connection.
    Required,
    /// By STARTTLS if the server offers it.
    Offered,
    /// Not.
    Never,
}

/// A mail server as its URL names it.
pub(super) struct Server {
    /// Name or address, without brackets.
    pub(super) host: String,
    pub(super) port: u16,
    pub(super) tls: Tls,
    pub(super) credentials: Option<Credentials>,
    /// It is this machine.
    pub(super) here: bool,
}

impl Server {
    /// Takes the URL apart. The error says what is wrong, and holds nothing of the URL.
    pub(super) fn parse(text: &str) -> Result<Self, String> {
        let url = Url::parse(text).map_err(|e| format!("the mail server's address is not a URL: {e}"))?;
        if !matches!(url.path(), "" | "/") || url.fragment().is_some() {
            return Err("the mail server's address has no path".to_owned());
        }
        let host = url.host_str().filter(|host| !host.is_empty()).ok_or("the mail server's address names no host")?;
        let host = Host::parse(host).map_err(|e| format!("the mail server's host is none: {e}"))?;
        let here = match &host {
            Host::Domain(name) => name == "localhost" || name.ends_with(".localhost"),
            Host::Ipv4(ip) => ip.is_loopback(),
            Host::Ipv6(ip) => ip.is_loopback(),
        };
        let (tls, port) = match (url.scheme(), url.query()) {
            ("smtps", None) => (Tls::FromTheStart, SUBMISSIONS),
            ("smtp", None) if here => (Tls::Offered, SUBMISSION),
            ("smtp", None | Some("tls=required")) => (Tls::Required, SUBMISSION),
            ("smtp", Some("tls=none")) => (Tls::Never, SUBMISSION),
            ("smtp" | "smtps", _) => return Err("after the ? only tls=none or tls=required may stand, with smtp://".to_owned()),
            _ => return Err("the mail server's address begins with smtp:// or smtps://".to_owned()),
        };
        let host = match host {
            Host::Domain(name) => name,
            Host::Ipv4(ip) => IpAddr::V4(ip).to_string(),
            Host::Ipv6(ip) => IpAddr::V6(ip).to_string(),
        };
        Ok(Self { host, port: url.port().unwrap_or(port), tls, credentials: credentials(&url)?, here })
    }
}

fn credentials(url: &Url) -> Result<Option<Credentials>, String> {
    let decode = |part: &str| percent_decode_str(part).decode_utf8().map(|text| text.into_owned());
    match (url.username(), url.password()) {
        ("", None) => Ok(None),
        ("", Some(_)) | (_, None) => Err("the mail server's address has a user without a password, or the reverse".to_owned()),
        (user, Some(password)) => {
            let not_text = |_| "the mail server's user or password is not UTF-8 after decoding its % signs".to_owned();
            Ok(Some(Credentials::new(decode(user).map_err(not_text)?, decode(password).map_err(not_text)?)))
        }
    }
}
