//! What every measurement stands on: a fresh MAX with a team, a few users, a channel whose provider answers at once, and customers.

use std::{net::SocketAddr, path::Path};

use anyhow::Context as _;
use bytes::Bytes;
use http::{Method, StatusCode};
use sqlx::Row as _;
use uuid::Uuid;

use crate::{
    client::{Pool, request},
    server::Server,
    whatsapp::{self, Provider, Webhook},
};

const PASSWORD: &str = "a bench needs no secret";

/// The users, each with its own reach: `email` without its domain. The newcomer is an agent of no team who has nothing yet.
pub const USERS: [&str; 4] = ["agent", "supervisor", "admin", "newcomer"];

/// A MAX ready to be measured.
pub struct Stage {
    /// It.
    pub server: Server,
    /// Its provider.
    pub provider: Provider,
    /// The channel's address.
    pub webhook: Webhook,
    /// The channel.
    pub channel_id: Uuid,
    /// The team of agent and supervisor, whose queue the channel feeds.
    pub team_id: Uuid,
}

impl Stage {
    /// Sets it up in a fresh folder.
    pub async fn set(program: &Path, folder: &Path) -> anyhow::Result<Self> {
        let mut server = Server::new(program, folder)?;
        server.start().await?;
        for user in USERS {
            let role = if user == "newcomer" { "agent" } else { user };
            server.create_user(&format!("{user}@bench.test"), &format!("Bench {user}"), role, PASSWORD).await?;
        }
        let mut database = server.database("max").await?;
        let team_id: Uuid = sqlx::query_scalar(
            "with t as (insert into team (id, name, created_at) values (gen_random_uuid(), 'Bench', now()) returning id),
                  m as (insert into team_member (team_id, user_id, created_at)
                        select t.id, u.id, now() from t, app_user u where u.email in ('agent@bench.test', 'supervisor@bench.test'))
             select id from t",
        )
        .fetch_one(&mut database)
        .await?;
        let provider = Provider::start().await?;
        let token = login(server.address(), "admin").await?;
        let channel = serde_json::json!({
            "kind": "whatsapp",
            "name": "Bench",
            "team_id": team_id,
            "config": {
                "phone_number_id": whatsapp::PHONE_NUMBER_ID,
                "business_account_id": whatsapp::BUSINESS_ACCOUNT_ID,
                "api_base": provider.url(),
            },
            "credentials": {
                "access_token": whatsapp::ACCESS_TOKEN,
                "app_secret": whatsapp::APP_SECRET,
                "verify_token": whatsapp::VERIFY_TOKEN,
            },
        });
        let pool = Pool::new(server.address());
        let body = Bytes::from(channel.to_string());
        let create = request(server.address(), Method::POST, "/api/v1/channels", Some(&token), Some(body))?;
        let channel: serde_json::Value = serde_json::from_slice(&pool.call(create, StatusCode::CREATED).await?)?;
        let channel_id: Uuid = channel["id"].as_str().context("a channel without an id")?.parse()?;
        let webhook = Webhook::new(server.address(), &channel_id.to_string());
        let stage = Self { server, provider, webhook, channel_id, team_id };
        // A thousand customers stand for many more.
        stage.floods_from(1_000, 1, 100_000).await?;
        Ok(stage)
    }

    /// So many messages of one customer within so many seconds are no flood yet, and so many of a run no block. Holds when this returns.
    pub async fn floods_from(&self, messages: u32, seconds: u32, block: u32) -> anyhow::Result<()> {
        let token = self.login("admin").await?;
        let limits = serde_json::json!({ "flood_messages": messages, "flood_seconds": seconds, "flood_block_messages": block });
        let address = self.server.address();
        let change = request(address, Method::PATCH, "/api/v1/settings", Some(&token), Some(Bytes::from(limits.to_string())))?;
        Pool::new(address).call(change, StatusCode::OK).await?;
        Ok(())
    }

    /// Lets this many customers write once each, so that their conversations are open.
    pub async fn welcome(&self, customers: u64) -> anyhow::Result<()> {
        let pool = Pool::new(self.server.address());
        let all: Vec<u64> = (0..customers).collect();
        for some in all.chunks(50) {
            let (delivery, _) = self.webhook.delivery(some)?;
            pool.call(delivery, StatusCode::OK).await?;
            self.webhook.acknowledge(some.len());
        }
        Ok(())
    }

    /// A fresh access token, good for ten minutes.
    pub async fn login(&self, user: &str) -> anyhow::Result<String> {
        login(self.server.address(), user).await
    }

    /// Fails unless every acknowledged message is there exactly once.
    pub async fn check_messages(&self) -> anyhow::Result<()> {
        let mut database = self.server.database("max").await?;
        let row = sqlx::query(
            "select count(*), count(distinct external_id) from message where direction = 'in' and external_id like 'wamid.BENCH%'",
        )
        .fetch_one(&mut database)
        .await?;
        let (rows, distinct): (i64, i64) = (row.get(0), row.get(1));
        let acknowledged = self.webhook.acknowledged();
        anyhow::ensure!(
            u64::try_from(rows).is_ok_and(|rows| rows == acknowledged) && rows == distinct,
            "{acknowledged} messages were acknowledged, {rows} are kept, {distinct} of them different"
        );
        Ok(())
    }

    /// Stops MAX and removes its data.
    pub async fn strike(mut self, keep: bool) -> anyhow::Result<()> {
        self.server.stop().await?;
        if keep { Ok(()) } else { self.server.remove() }
    }
}

/// Signs a user of the bench in; their access token.
pub async fn login(address: SocketAddr, user: &str) -> anyhow::Result<String> {
    let body = serde_json::json!({ "email": format!("{user}@bench.test"), "password": PASSWORD });
    let call = request(address, Method::POST, "/api/v1/auth/login", None, Some(Bytes::from(body.to_string())))?;
    let answer: serde_json::Value = serde_json::from_slice(&Pool::new(address).call(call, StatusCode::OK).await?)?;
    Ok(answer["access_token"].as_str().context("a login without a token")?.to_owned())
}
