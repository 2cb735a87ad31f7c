//! Addresses of clients: how many connections each has, and whose request it is when a proxy stands between.

use std::{
    collections::HashMap,
    net::{IpAddr, Ipv6Addr},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use http::HeaderMap;
use ipnet::IpNet;

/// Counts open connections per address.
pub(super) struct Addresses {
    limit: usize,
    open: Mutex<HashMap<IpAddr, usize>>,
}

impl Addresses {
    /// At most `limit` at once per address; 0: any number.
    pub(super) fn new(limit: usize) -> Self {
        Self { limit, open: Mutex::default() }
    }

    /// A seat for one more connection of `address`, unless it has its share.
    pub(super) fn enter(self: &Arc<Self>, address: IpAddr) -> Option<Seat> {
        if self.limit == 0 {
            return Some(Seat(None));
        }
        let address = site(address);
        let mut open = self.lock();
        let count = open.entry(address).or_default();
        if *count >= self.limit {
            return None;
        }
        *count += 1;
        Some(Seat(Some((Arc::clone(self), address))))
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<IpAddr, usize>> {
        self.open.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A connection that is counted until this is dropped.
pub(super) struct Seat(Option<(Arc<Addresses>, IpAddr)>);

impl Drop for Seat {
    fn drop(&mut self) {
        if let Some((addresses, address)) = &self.0 {
            let mut open = addresses.lock();
            if let Some(count) = open.get_mut(address) {
                *count -= 1;
                if *count == 0 {
                    open.remove(address);
                }
            }
        }
    }
}

/// The address as callers are counted by: one customer of an IPv6 provider has at least a /64, and would otherwise have 2^64 shares.
pub fn site(address: IpAddr) -> IpAddr {
    match address {
        IpAddr::V6(v6) => IpAddr::V6(Ipv6Addr::from_bits(v6.to_bits() & (u128::MAX << 64))),
        v4 => v4,
    }
}

/// The address of whoever made the request: the peer, or when the peer is one of the `trusted` proxies what it says in
/// `X-Forwarded-For`, read from the right until the first address that is no trusted proxy. What stands left of that is
/// hearsay; an entry that is no address ends the search.
pub fn client_ip(peer: IpAddr, headers: &HeaderMap, trusted: &[IpNet]) -> IpAddr {
    let is_trusted = |address: &IpAddr| trusted.iter().any(|net| net.contains(address));
    let mut client = peer.to_canonical();
    let lines = headers.get_all("x-forwarded-for").iter().collect::<Vec<_>>();
    let hops = lines.iter().rev().flat_map(|line| line.to_str().unwrap_or("?").rsplit(','));
    for hop in hops {
        if !is_trusted(&client) {
            break;
        }
        let Some(address) = forwarded(hop.trim()) else { break };
        client = address;
    }
    client
}

/// An address as proxies write it: bare, in brackets, or with a port.
fn forwarded(text: &str) -> Option<IpAddr> {
    let bare = || text.parse::<IpAddr>().ok();
    let with_port = || text.parse::<std::net::SocketAddr>().ok().map(|address| address.ip());
    let bracketed = || text.strip_prefix('[')?.strip_suffix(']')?.parse::<Ipv6Addr>().ok().map(IpAddr::V6);
    bare().or_else(with_port).or_else(bracketed).map(|address| address.to_canonical())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn client(peer: &str, forwarded: &[&str]) -> String {
        let trusted = ["10.0.0.0/8".parse().unwrap(), "fd00::/8".parse().unwrap()];
        let mut headers = HeaderMap::new();
        for line in forwarded {
            headers.append("x-forwarded-for", line.parse().unwrap());
        }
        client_ip(peer.parse().unwrap(), &headers, &trusted).to_string()
    }

    #[test]
    fn only_trusted_proxies_are_believed() {
        assert_eq!(client("198.51.100.7", &["203.0.113.1"]), "198.51.100.7", "anybody can write a header");
        assert_eq!(client("10.0.0.1", &[]), "10.0.0.1");
        assert_eq!(client("10.0.0.1", &["203.0.113.1"]), "203.0.113.1");
        assert_eq!(client("10.0.0.1", &["1.2.3.4, 203.0.113.1"]), "203.0.113.1", "the client wrote the left one");
        assert_eq!(client("10.0.0.1", &["1.2.3.4, 203.0.113.1, 10.9.9.9"]), "203.0.113.1");
        assert_eq!(client("10.0.0.1", &["1.2.3.4", "203.0.113.1", "10.9.9.9"]), "203.0.113.1", "lines make one list");
        assert_eq!(client("10.0.0.1", &["10.2.2.2, 10.3.3.3"]), "10.2.2.2");
        assert_eq!(client("10.0.0.1", &["203.0.113.1, unknown"]), "10.0.0.1");
        assert_eq!(client("10.0.0.1", &["203.0.113.1, unknown, 10.3.3.3"]), "10.3.3.3");
        assert_eq!(client("10.0.0.1", &[""]), "10.0.0.1");
    }

    #[test]
    fn addresses_come_in_several_forms() {
        assert_eq!(client("10.0.0.1", &["203.0.113.1:4711"]), "203.0.113.1");
        assert_eq!(client("10.0.0.1", &["[2001:db8::1]:443"]), "2001:db8::1");
        assert_eq!(client("10.0.0.1", &["[2001:db8::1]"]), "2001:db8::1");
        assert_eq!(client("10.0.0.1", &["2001:db8::1"]), "2001:db8::1");
        assert_eq!(client("10.0.0.1", &["::ffff:203.0.113.1"]), "203.0.113.1");
        assert_eq!(client("::ffff:10.0.0.1", &["203.0.113.1"]), "203.0.113.1");
        assert_eq!(client("fd00::1", &["2001:db8::1"]), "2001:db8::1");
    }

    #[test]
    fn seats_are_per_site_and_given_back() {
        let addresses = Arc::new(Addresses::new(2));
        let at = |text: &str| addresses.enter(text.parse().unwrap());
        let (first, second) = (at("2001:db8::1"), at("2001:db8::2"));
        assert!(first.is_some() && second.is_some());
        assert!(at("2001:db8::3").is_none(), "the same /64");
        assert!(at("2001:db8:0:1::1").is_some());
        drop(first);
        assert!(at("2001:db8::3").is_some());
        drop(second);
        assert!(addresses.lock().is_empty());
    }
}
