//! Names to addresses, and only to those the guard lets pass.

use std::{
    io,
    net::{IpAddr, SocketAddr},
    sync::Arc,
};

use async_trait::async_trait;
use reqwest::dns::{Addrs, Name, Resolve, Resolving};

use super::guard::{Guard, Refused, Scheme};

/// Asks for the addresses of a name.
#[async_trait]
pub(super) trait Lookup: Send + Sync + 'static {
    async fn lookup(&self, host: &str) -> io::Result<Vec<IpAddr>>;
}

/// The machine's own resolver.
pub(super) struct SystemLookup;

#[async_trait]
impl Lookup for SystemLookup {
    async fn lookup(&self, host: &str) -> io::Result<Vec<IpAddr>> {
        Ok(tokio::net::lookup_host((host, 0)).await?.map(|a| a.ip()).collect())
    }
}

/// Hands the HTTP client judged addresses only; what it connects to is therefore always what was checked.
pub(super) struct GuardedResolver {
    guard: Arc<Guard>,
    scheme: Scheme,
    lookup: Arc<dyn Lookup>,
}

impl GuardedResolver {
    pub(super) fn new(guard: Arc<Guard>, scheme: Scheme, lookup: Arc<dyn Lookup>) -> Self {
        Self { guard, scheme, lookup }
    }
}

impl Resolve for GuardedResolver {
    fn resolve(&self, name: Name) -> Resolving {
        let (guard, scheme, lookup) = (self.guard.clone(), self.scheme, self.lookup.clone());
        Box::pin(async move {
            let found = lookup.lookup(name.as_str()).await?;
            let (mut passed, mut refused) = (Vec::new(), None);
            for ip in found {
                match guard.check_ip(ip, scheme) {
                    Ok(()) => passed.push(SocketAddr::new(ip, 0)),
                    Err(why) => refused = Some(why),
                }
            }
            match (passed.is_empty(), refused) {
                (false, _) => Ok(Box::new(passed.into_iter()) as Addrs),
                (true, Some(Refused(why))) => Err(Refused(format!("{} was refused: {why}", name.as_str())).into()),
                (true, None) => Err("the name has no address".into()),
            }
        })
    }
}
