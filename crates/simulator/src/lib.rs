//! A stand-in for Meta's WhatsApp Cloud API: the Graph API with its checks, signed webhooks with their repeats, and a phone page
//! on which one types as the customer. It is written from the provider's wire protocol alone and shares no types with MAX's
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
}

impl Simulator {
    /// Starts listening and serving. Must be called inside a tokio runtime. Fails when the address is taken.
    pub async fn start(options: Options) -> anyhow::Result<Simulator> {
        let listener = TcpListener::bind(options.listen).await.with_context(|| format!("cannot listen on {}", options.listen))?;
        let mut address = listener.local_addr()?;
        if address.ip().is_unspecified() {
            address.set_ip(IpAddr::V4(Ipv4Addr::LOCALHOST));
        }
        let hub = Hub::new(format!("http://{address}"))?;
        hub.spawn(server::serve(hub.clone(), listener));
        Ok(Simulator { hub })
    }

    /// The base of the Graph API and of the control API, without a slash at the end: `http://127.0.0.1:PORT`.
    pub fn url(&self) -> String {
        self.hub.url.clone()
    }

    /// The address of the phone page.
    pub fn phone_url(&self) -> String {
        format!("{}/", self.hub.url)
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

impl Drop for Simulator {
    fn drop(&mut self) {
        self.hub.stop.cancel();
    }
}
