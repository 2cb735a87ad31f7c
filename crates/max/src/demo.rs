//! `max demo`: a server, the provider simulator beside it, and sample data. The sample messages come over the wire, like everything else.

use std::{collections::BTreeMap, net::SocketAddr, time::Duration};

use anyhow::Context;
use connect::net::{Call, Outbound, OutboundOptions};
use features::{
    App,
    accounts::{self, NewUser},
    channels::{self, NewChannel},
    teams,
};
use kernel::{
    auth::{Actor, Role},
    config::Settings,
};
use simulator::{Number, Options, Simulator};
use uuid::Uuid;

/// The password of every demo user.
pub const PASSWORD: &str = "demo-password";
const MAIL_FROM: &str = "MAX <max@demo.test>";
const PHONE_NUMBER_ID: &str = "700800900100200";
const BUSINESS_ACCOUNT_ID: &str = "900100200300400";
const ACCESS_TOKEN: &str = "max-demo-access-token";
const APP_SECRET: &str = "max-demo-app-secret";
const VERIFY_TOKEN: &str = "max-demo-verify-token";
/// Signs what goes to and comes from the demo's own app, of which there is none.
const SIGNING_SECRET: &str = "whsec_bWF4LWRlbW8tc2lnbmluZy1zZWNyZXQtMDAwMDAx";
/// Proves the users of the demo's shop. It stands here for everybody to read, so it proves nothing to anybody else.
pub(crate) const VISITOR_KEY: &str = "max-demo-visitor-key-known-to-all";
/// Who may be signed in at the demo's shop: the shop's own id of them, and their name.
pub(crate) const SHOPPERS: [(&str, &str); 2] = [("amara", "Amara Okafor"), ("tomas", "Tomás Ferreira")];

/// E-mail, name, role, teams.
const USERS: [(&str, &str, Role, &[&str]); 4] = [
    ("admin@demo.test", "Sofia Nunes", Role::Admin, &[]),
    ("supervisor@demo.test", "Devon Kim", Role::Supervisor, &["Transfers", "Support"]),
    ("lead@demo.test", "Yuki Tanaka", Role::TeamLead, &["Transfers"]),
    ("agent@demo.test", "Leila Moreno", Role::Agent, &["Transfers"]),
];

/// The channels of the sample data.
#[derive(Debug)]
pub struct Stage {
    /// WhatsApp, whose provider is the simulator.
    pub whatsapp: channels::Channel,
    /// The chat on web pages.
    pub chat: channels::Channel,
}

/// The sample data's stage: teams, users, a WhatsApp channel whose provider is the simulator, and a chat. Safe to run again.
pub async fn prepare(app: &App, simulator_url: &str) -> anyhow::Result<Stage> {
    let mut tx = app.db.begin().await?;
    let now = app.now();
    let mut team_ids = BTreeMap::new();
    for (name, color) in [("Transfers", "blue"), ("Support", "green")] {
        team_ids.insert(name, teams::ensure(&mut tx, app.new_id(), name, color, now).await?);
    }
    for (email, name, role, member_of) in USERS {
        let team_ids = member_of.iter().map(|team| team_ids[team]).collect();
        let new = NewUser { name: name.to_owned(), email: email.to_owned(), role, team_ids, password: Some(PASSWORD.into()) };
        accounts::ensure_user(app, &mut tx, new).await?;
    }
    let credentials = [("access_token", ACCESS_TOKEN), ("app_secret", APP_SECRET), ("verify_token", VERIFY_TOKEN)];
    let new = NewChannel {
        kind: "whatsapp".to_owned(),
        name: "WhatsApp".to_owned(),
        team_id: team_ids.get("Transfers").copied(),
        config: serde_json::json!({
            "phone_number_id": PHONE_NUMBER_ID,
            "business_account_id": BUSINESS_ACCOUNT_ID,
            "api_base": format!("{simulator_url}/v23.0"),
        }),
        credentials: credentials.into_iter().map(|(name, value)| (name.to_owned(), value.into())).collect(),
        reopen_hours: None,
    };
    let actor = Actor::system("sample data");
    let whatsapp = channels::ensure(app, &mut tx, &actor, new).await?;
    let chat = channels::ensure(app, &mut tx, &actor, chat(team_ids.get("Support").copied())).await?;
    tx.commit().await?;
    for channel in [&whatsapp, &chat] {
        app.live_channels.invalidate(&channel.id).await;
    }
    Ok(Stage { whatsapp, chat })
}

/// The chat of the made-up shop. MAX's own pages may carry any chat, so no others are named.
fn chat(team_id: Option<Uuid>) -> NewChannel {
    let credentials = [("signing_secret", SIGNING_SECRET), ("visitor_key", VISITOR_KEY)];
    NewChannel {
        kind: "chat".to_owned(),
        name: "Web chat".to_owned(),
        team_id,
        config: serde_json::json!({
            "title": "Lumen & Loom",
            "languages": ["en", "es", "pt", "fr", "ar"],
            "upload": { "on": true, "max_bytes": 10 << 20 },
            "collect": { "page": true, "referrer": true, "browser": true, "time_zone": true },
        }),
        credentials: credentials.into_iter().map(|(name, value)| (name.to_owned(), value.into())).collect(),
        reopen_hours: None,
    }
}

/// Starts the simulator. It comes before MAX, which is told there where its mail goes.
pub async fn start_simulator(listen: SocketAddr) -> anyhow::Result<Simulator> {
    let options = Options { listen, ..Options::default() };
    Simulator::start(options).await.with_context(|| format!("the phone page cannot listen on {listen}"))
}

/// Lets the simulator catch the mail, unless a mail server is set; answers whether it does.
pub fn catch_mail(settings: &mut Settings, simulator: &Simulator) -> bool {
    let free = settings.smtp_url.is_none();
    if free {
        settings.smtp_url = Some(simulator.smtp_url().into());
        settings.mail_from.get_or_insert_with(|| MAIL_FROM.to_owned());
    }
    free
}

/// Makes the simulator the provider of the demo's WhatsApp channel.
pub async fn join(app: &App, simulator: &Simulator, webhook_base: &str) -> anyhow::Result<Stage> {
    let stage = prepare(app, &simulator.url()).await?;
    let channel = &stage.whatsapp;
    simulator.add_number(Number {
        phone_number_id: PHONE_NUMBER_ID.to_owned(),
        business_account_id: BUSINESS_ACCOUNT_ID.to_owned(),
        display_phone_number: "+1 555 000 1111".to_owned(),
        name: "Zelmira Pay".to_owned(),
        access_token: ACCESS_TOKEN.to_owned(),
        app_secret: APP_SECRET.to_owned(),
        webhook_url: Some(format!("{webhook_base}/webhooks/whatsapp/{}", channel.id)),
        verify_token: Some(VERIFY_TOKEN.to_owned()),
    });
    // The simulator forgets at a restart when customers last wrote, and would refuse every reply; MAX keeps the reply window itself.
    let settings = Call::new(http::Method::PATCH, &format!("{}/_sim/settings", simulator.url()))?;
    loopback()?.send(settings.json(&serde_json::json!({ "enforce_window": false }))).await?;
    Ok(stage)
}

/// A client that reaches the simulator on this machine.
fn loopback() -> anyhow::Result<Outbound> {
    Ok(Outbound::new(OutboundOptions {
        allow: vec!["127.0.0.0/8".parse()?, "::1/128".parse()?],
        timeout: Duration::from_secs(5),
    })?)
}

/// What the demo's customers say first.
const SAMPLES: [(&str, &[&str]); 4] = [
    ("Amara Okafor", &["Hi, I sent money to my brother in Lagos on Friday and it still says processing. TRX-48213"]),
    ("Tomás Ferreira", &["Olá! The pickup code is not working at the branch", "Can you check it please?"]),
    ("Priya Raman", &["Could I have a receipt for order ORD-7741?"]),
    ("Mei-Ling Chua", &["What is the rate for SGD to MYR today?"]),
];

/// Lets the customers say something, once: if there is any conversation already, nothing happens.
pub async fn say_hello(app: &App, simulator_url: &str) -> anyhow::Result<()> {
    let any = sqlx::query_scalar!(r#"select exists (select from conversation) as "any!""#)
        .fetch_one(&mut *app.db.read().await?)
        .await?;
    if any {
        return Ok(());
    }
    let net = Outbound::new(OutboundOptions {
        allow: vec!["127.0.0.0/8".parse()?, "::1/128".parse()?],
        timeout: Duration::from_secs(5),
    })?;
    let customers = net.send(Call::get(&format!("{simulator_url}/_sim/customers"))?).await?;
    let customers: serde_json::Value = serde_json::from_slice(&customers.body)?;
    let list = customers["data"].as_array().cloned().unwrap_or_default();
    for (name, texts) in SAMPLES {
        let Some(id) = list.iter().find(|c| c["name"] == name).and_then(|c| c["id"].as_str()) else { continue };
        for text in texts {
            let body = serde_json::json!({ "phone_number_id": PHONE_NUMBER_ID, "text": text });
            net.send(Call::post(&format!("{simulator_url}/_sim/customers/{id}/send"))?.json(&body)).await?;
        }
    }
    Ok(())
}
