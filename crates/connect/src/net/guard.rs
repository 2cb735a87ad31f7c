//! Which addresses may be called at all.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use ipnet::{IpNet, Ipv4Net, Ipv6Net};
use url::{Host, Url};

use super::NetError;

/// An address or name the guard forbids, with the reason in words.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub(super) struct Refused(pub(super) String);

/// How a call travels; plain HTTP reaches allowed networks only.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Scheme {
    /// With TLS.
    Https,
    /// Without.
    Http,
}

const fn v4(a: u8, b: u8, c: u8, d: u8, prefix: u8) -> Ipv4Net {
    Ipv4Net::new_assert(Ipv4Addr::new(a, b, c, d), prefix)
}

const fn v6(first: u16, second: u16, prefix: u8) -> Ipv6Net {
    Ipv6Net::new_assert(Ipv6Addr::new(first, second, 0, 0, 0, 0, 0, 0), prefix)
}

/// What is not public in IPv4 (the IANA special-purpose registry).
const SPECIAL_V4: [(Ipv4Net, &str); 16] = [
    (v4(0, 0, 0, 0, 8), "an unspecified address"),
    (v4(10, 0, 0, 0, 8), "a private address"),
    (v4(100, 64, 0, 0, 10), "an address inside a provider's network"),
    (v4(127, 0, 0, 0, 8), "this machine"),
    (v4(169, 254, 0, 0, 16), "a link-local address"),
    (v4(172, 16, 0, 0, 12), "a private address"),
    (v4(192, 0, 0, 0, 24), "a protocol address"),
    (v4(192, 0, 2, 0, 24), "a documentation address"),
    (v4(192, 88, 99, 0, 24), "a 6to4 relay"),
    (v4(192, 168, 0, 0, 16), "a private address"),
    (v4(198, 18, 0, 0, 15), "a benchmark address"),
    (v4(198, 51, 100, 0, 24), "a documentation address"),
    (v4(203, 0, 113, 0, 24), "a documentation address"),
    (v4(224, 0, 0, 0, 4), "a multicast address"),
    (v4(255, 255, 255, 255, 32), "the broadcast address"),
    (v4(240, 0, 0, 0, 4), "a reserved address"),
];

/// The only part of IPv6 that is routed on the public Internet. Loopback, unspecified, mapped and compatible IPv4, NAT64, unique
/// local, link-local, site-local and multicast addresses all lie outside.
const PUBLIC_V6: Ipv6Net = v6(0x2000, 0, 3);

/// What is not public within [`PUBLIC_V6`].
const SPECIAL_V6: [(Ipv6Net, &str); 4] = [
    (v6(0x2001, 0, 23), "a protocol or Teredo address"),
    (v6(0x2001, 0xdb8, 32), "a documentation address"),
    (v6(0x2002, 0, 16), "a 6to4 address"),
    (v6(0x3fff, 0, 20), "a documentation address"),
];

/// Says why an address is not public; `None` for public ones.
fn special(ip: IpAddr) -> Option<&'static str> {
    match ip {
        IpAddr::V4(ip) => SPECIAL_V4.iter().find(|(net, _)| net.contains(&ip)).map(|(_, what)| *what),
        IpAddr::V6(ip) if !PUBLIC_V6.contains(&ip) => Some("not a public IPv6 address"),
        IpAddr::V6(ip) => SPECIAL_V6.iter().find(|(net, _)| net.contains(&ip)).map(|(_, what)| *what),
    }
}

/// The rules, with the operator's exceptions.
#[derive(Debug)]
pub(super) struct Guard {
    allow: Vec<IpNet>,
}

impl Guard {
    pub(super) fn new(allow: Vec<IpNet>) -> Self {
        Self { allow }
    }

    /// Judges one address.
    pub(super) fn check_ip(&self, ip: IpAddr, scheme: Scheme) -> Result<(), Refused> {
        // ::ffff:10.0.0.1 connects to 10.0.0.1, so an exception for one is an exception for the other.
        if self.allow.iter().any(|net| net.contains(&ip) || net.contains(&ip.to_canonical())) {
            return Ok(());
        }
        match (special(ip), scheme) {
            (Some(what), _) => {
                Err(Refused(format!("{ip} is {what}, and MAX calls such addresses only when MAX_NET_ALLOW names their network")))
            }
            (None, Scheme::Http) => {
                Err(Refused(format!("{ip} may only be called over https; plain http is for networks that MAX_NET_ALLOW names")))
            }
            (None, Scheme::Https) => Ok(()),
        }
    }

    /// Judges a URL as far as that is possible before its name is resolved, and says how the call travels.
    pub(super) fn check_url(&self, url: &Url) -> Result<Scheme, NetError> {
        let scheme = match url.scheme() {
            "https" => Scheme::Https,
            "http" => Scheme::Http,
            other => return Err(NetError::Invalid(format!("the scheme {other} is not supported; use https"))),
        };
        if !url.username().is_empty() || url.password().is_some() {
            return Err(NetError::Invalid("a URL with a user name or password in it is not supported".to_owned()));
        }
        let ip = match url.host() {
            Some(Host::Ipv4(ip)) => IpAddr::V4(ip),
            Some(Host::Ipv6(ip)) => IpAddr::V6(ip),
            Some(Host::Domain(name)) if !name.is_empty() => return Ok(scheme),
            _ => return Err(NetError::Invalid("the URL names no host".to_owned())),
        };
        self.check_ip(ip, scheme).map_err(|r| NetError::Refused(r.to_string()))?;
        Ok(scheme)
    }
}
