//! The simulator as a program.

use std::net::SocketAddr;

use anyhow::Context as _;
use clap::Parser;
use simulator::{Number, Options, Simulator};

/// Plays Meta's WhatsApp Cloud API, with a phone page to type on as the customer.
#[derive(Parser)]
#[command(version)]
struct Arguments {
    /// Where to listen; port 0 takes any free one.
    #[arg(long, default_value = "127.0.0.1:4010", env = "SIMULATOR_LISTEN")]
    listen: SocketAddr,
    /// Where mail is caught; port 0 takes any free one.
    #[arg(long, default_value = "127.0.0.1:4025", env = "SIMULATOR_SMTP_LISTEN")]
    smtp_listen: SocketAddr,
    /// Open a number with this phone number id at the start; the options below belong to it.
    #[arg(long, value_name = "PHONE_NUMBER_ID")]
    open_number: Option<String>,
    /// Its business account.
    #[arg(long, default_value = "900100200300400", requires = "open_number")]
    business_account_id: String,
    /// The number people see.
    #[arg(long, default_value = "15550001111", requires = "open_number")]
    display_phone_number: String,
    /// Its verified name.
    #[arg(long, default_value = "Demo", requires = "open_number")]
    name: String,
    /// The bearer token its callers use.
    #[arg(long, env = "SIMULATOR_ACCESS_TOKEN", default_value = "simulator-access-token", hide_env_values = true)]
    access_token: String,
    /// The key its webhooks are signed with.
    #[arg(long, env = "SIMULATOR_APP_SECRET", default_value = "simulator-app-secret", hide_env_values = true)]
    app_secret: String,
    /// Where its webhooks go.
    #[arg(long, requires = "open_number")]
    webhook_url: Option<String>,
    /// The token of its verification handshake.
    #[arg(long, requires = "open_number")]
    verify_token: Option<String>,
}

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    tracing_subscriber::fmt()
        .with_env_filter(tracing_subscriber::EnvFilter::from_default_env())
        .with_writer(std::io::stderr)
        .init();
    let arguments = Arguments::parse();
    let simulator = Simulator::start(Options { listen: arguments.listen, smtp_listen: arguments.smtp_listen }).await?;
    if let Some(phone_number_id) = arguments.open_number {
        simulator.add_number(Number {
            phone_number_id,
            business_account_id: arguments.business_account_id,
            display_phone_number: arguments.display_phone_number,
            name: arguments.name,
            access_token: arguments.access_token,
            app_secret: arguments.app_secret,
            webhook_url: arguments.webhook_url,
            verify_token: arguments.verify_token,
        });
    }
    announce(&simulator)?;
    tokio::signal::ctrl_c().await.context("cannot listen for Ctrl-C")?;
    simulator.stop().await;
    Ok(())
}

/// Tells scripts and people where it runs.
fn announce(simulator: &Simulator) -> std::io::Result<()> {
    use std::io::Write as _;
    let mut out = std::io::stdout().lock();
    writeln!(out, "Graph API   {}", simulator.url())?;
    writeln!(out, "Phone page  {}", simulator.phone_url())?;
    writeln!(out, "Mail server {}", simulator.smtp_url())?;
    writeln!(out, "Mail page   {}", simulator.mail_url())?;
    out.flush()
}
