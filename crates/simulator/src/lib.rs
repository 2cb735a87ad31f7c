//! A stand-in for Meta's WhatsApp Cloud API: the Graph API with its checks, signed webhooks with their repeats, a phone page
//! on which one types as the customer, and a mailbox that catches what MAX sends by mail. It is written from the provider's wire protocol alone and shares no types with MAX's
//! client, so that both cannot be wrong alike. The README has the table of the control API.

mod answer;
mod catalogue;
mod chance;
mod clock;
mod control;
mod faults;
mod graph;
mod hub;
mod inbound;
mod ledger;
mod limits;
mod mail;
mod media;
mod people;
mod phone;
mod sample;
mod server;
mod settings;
mod webhook;
mod world;

use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use anyhow::Context as _;
use serde::{Deserialize, Serialize};
use tokio::net::TcpListener;

use hub::Hub;

/// How long `stop` waits for background tasks; they end at once unless something is badly stuck.
const STOP_PATIENCE: Duration = Duration::from_secs(5);

/// How to start a simulator.
#[derive(Clone, Debug)]
pub struct Options {
    /// Where to listen; port 0 takes any free one.
    pub listen: SocketAddr,
    /// Where mail is caught; port 0 takes any free one. For a loopback address: it takes everything from everybody.
    pub smtp_listen: SocketAddr,
}

impl Default for Options {
    /// Free ports of this machine.
    fn default() -> Self {
        let free = SocketAddr::from((Ipv4Addr::LOCALHOST, 0));
        Self { listen: free, smtp_listen: free }
    }
}

/// A business phone number with what its owner knows about it.
#[derive(Clone, Serialize, Deserialize)]
pub struct Number {
    /// The id in the send path and in `metadata.phone_number_id`: digits.
    pub phone_number_id: String,
    /// The WhatsApp business account (WABA) the number belongs to: digits.
    pub business_account_id: String,
    /// The number people see, with or without spaces and `+`.
    pub display_phone_number: String,
    /// The verified name.
    pub name: String,
    /// The bearer token calls for this number must carry.
    pub access_token: String,
    /// The key webhooks are signed with.
    pub app_secret: String,
    /// Where webhooks go; without it events are lost, as with an app that is not subscribed.
    pub webhook_url: Option<String>,
    /// The token of the verification handshake.
    pub verify_token: Option<String>,
}

/// A running simulator. Dropping it stops it without waiting.
pub struct Simulator {
    hub: Arc<Hub>,
    smtp_url: String,
}

impl Simulator {
    /// Starts listening and serving. Must be called inside a tokio runtime. Fails when the address is taken.
    pub async fn start(options: Options) -> anyhow::Result<Simulator> {
        let (listener, address) = listen(options.listen).await?;
        let (mail_listener, mail_address) = listen(options.smtp_listen).await?;
        let hub = Hub::new(format!("http://{address}"))?;
        hub.spawn(server::serve(hub.clone(), listener));
        hub.spawn(mail::serve(hub.clone(), mail_listener));
        Ok(Simulator { hub, smtp_url: format!("smtp://{mail_address}") })
    }

    /// The base of the Graph API and of the control API, without a slash at the end: `http://127.0.0.1:PORT`.
    pub fn url(&self) -> String {
        self.hub.url.clone()
    }

    /// The address of the phone page.
    pub fn phone_url(&self) -> String {
        format!("{}/", self.hub.url)
    }

    /// The mail server that catches everything: `smtp://127.0.0.1:PORT`.
    pub fn smtp_url(&self) -> String {
        self.smtp_url.clone()
    }

    /// The address of the page on which caught mail is read.
    pub fn mail_url(&self) -> String {
        format!("{}/mail", self.hub.url)
    }

    /// Adds a number, or replaces what is known of the one with the same id.
    pub fn add_number(&self, number: Number) {
        self.hub.add_number(number);
    }

    /// Closes every connection, stops repeating webhooks, and waits until all is quiet.
    pub async fn stop(self) {
        self.hub.stop.cancel();
        self.hub.tasks.close();
        if tokio::time::timeout(STOP_PATIENCE, self.hub.tasks.wait()).await.is_err() {
            tracing::warn!("some tasks of the simulator did not end in time");
        }
    }
}

/// Listens; answers also the address at which that can be reached.
async fn listen(wanted: SocketAddr) -> anyhow::Result<(TcpListener, SocketAddr)> {
    let listener = TcpListener::bind(wanted).await.with_context(|| format!("cannot listen on {wanted}"))?;
    let mut address = listener.local_addr()?;
    if address.ip().is_unspecified() {
        address.set_ip(IpAddr::V4(Ipv4Addr::LOCALHOST));
    }
    Ok((listener, address))
}

impl Drop for Simulator {
    fn drop(&mut self) {
        self.hub.stop.cancel();
    }
}
