//! Settings: read once at start from defaults, `max.toml`, the environment and the command line, in rising order, and
//! checked whole, so that a wrong set-up is told in one go rather than one error per restart.

mod read;
mod secret_key;
#[cfg(test)]
mod tests;

use std::{
    fmt,
    net::{IpAddr, SocketAddr},
    path::PathBuf,
    str::FromStr,
};

use ipnet::IpNet;
use secrecy::SecretString;
use url::Url;

use crate::http::RateLimits;
use read::{Reader, Sources};
pub use secret_key::{MasterKey, SecretKeyError};

/// Every setting by its name in `max.toml` (in the environment: upper case after `MAX_`), with its default. One without
/// a default here is unset by default, or its default follows from other settings.
const KEYS: [(&str, Option<&str>); 25] = [
    ("listen", Some("127.0.0.1:8080")),
    ("public_url", None),
    ("trusted_proxies", Some("")),
    ("drain_seconds", Some("25")),
    ("rate_limit_user", Some("2000")),
    ("rate_limit_session", Some("1000")),
    ("rate_limit_address", Some("500")),
    ("data_dir", Some("./data")),
    ("database_url", None),
    ("database_replica_url", None),
    ("database_pool_size", Some("16")),
    ("unsafe_durability", Some("false")),
    ("redis_url", None),
    ("media_url", None),
    ("media_max_mb", Some("100")),
    ("clamd", None),
    ("smtp_url", None),
    ("mail_from", None),
    ("session_days", Some("30")),
    ("secret_key", None),
    ("net_allow", Some("")),
    ("log", Some("info")),
    ("log_format", Some("json")),
    ("metrics_listen", None),
    ("metrics_token", None),
];

/// Environment variables of the `MAX_` family that are not settings: they say where to look before settings are read.
const OTHER_VARIABLES: [&str; 2] = ["config", "postgres_bin"];

/// The largest pool that the private server has room for: its 100 connections less those of ingest, listeners and people.
const LARGEST_PRIVATE_POOL: u32 = 90;

/// How MAX is set up. `Debug` prints no secret.
#[derive(Debug, Clone)]
pub struct Settings {
    /// Address and port of the web server.
    pub listen: SocketAddr,
    /// Where browsers and providers reach MAX: scheme, host and port, no path.
    pub public_url: Url,
    /// Proxies whose `X-Forwarded-For` is believed.
    pub trusted_proxies: Vec<IpNet>,
    /// Seconds that requests in flight get to end when MAX stops.
    pub drain_seconds: u64,
    /// Most requests within ten seconds.
    pub rate_limits: RateLimits,
    /// Folder of everything MAX keeps on this machine; absolute.
    pub data_dir: PathBuf,
    /// The database; `None`: a private one under the data directory, run by MAX itself.
    pub database_url: Option<SecretString>,
    /// A replica for reads that tolerate lag.
    pub database_replica_url: Option<SecretString>,
    /// Most database connections of one process.
    pub database_pool_size: u32,
    /// Accept a database that may lose acknowledged writes. For tests.
    pub unsafe_durability: bool,
    /// Redis or Valkey; `None`: everything in process.
    pub redis_url: Option<SecretString>,
    /// Where media are kept: `file://` and an absolute folder, or `s3://` and a bucket.
    pub media_url: Url,
    /// The largest file that MAX takes, from customers and from colleagues, in bytes.
    pub media_max_bytes: u64,
    /// The virus scanner (clamd) that looks at each file first; `None`: none does.
    pub clamd: Option<Scanner>,
    /// The server that mail goes out through; `None`: no mail is sent.
    pub smtp_url: Option<SecretString>,
    /// The sender of mail, an address with or without a name; set when `smtp_url` is.
    pub mail_from: Option<String>,
    /// Most days from a sign-in until the next, however much the session is used.
    pub session_days: u32,
    /// The key that encrypts secrets in the database, as given; `None`: kept in the data directory. Code that needs the
    /// key takes [`Settings::master_key`].
    pub secret_key: Option<SecretString>,
    /// Private networks that outgoing calls may reach.
    pub net_allow: Vec<IpNet>,
    /// What is logged: a level, or `tracing` directives such as `info,sqlx=warn`.
    pub log: String,
    /// How log lines look.
    pub log_format: LogFormat,
    /// An address of its own for `/metrics`.
    pub metrics_listen: Option<SocketAddr>,
    /// A bearer token that opens `/metrics` on the main address.
    pub metrics_token: Option<SecretString>,
}

/// Where a virus scanner listens.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Scanner {
    /// Host and port.
    Tcp(String),
    /// A Unix socket.
    Unix(PathBuf),
}

impl fmt::Display for Scanner {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Scanner::Tcp(address) => f.write_str(address),
            Scanner::Unix(path) => write!(f, "{}", path.display()),
        }
    }
}

/// How log lines look.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LogFormat {
    /// One JSON object a line, for machines.
    Json,
    /// Plain text, for people.
    Text,
}

impl Settings {
    /// Reads the settings of this process.
    ///
    /// `overrides` are the command line's, by name as in `max.toml`; they win over everything.
    ///
    /// # Errors
    /// Everything that is wrong, all at once.
    pub fn load(overrides: impl IntoIterator<Item = (&'static str, String)>) -> Result<Self, ConfigErrors> {
        Self::from_sources(&Sources::of_process(overrides)?)
    }

    fn from_sources(sources: &Sources) -> Result<Self, ConfigErrors> {
        let mut read = Reader::new(sources)?;

        let listen = read.value("listen", "an address with a port, such as 127.0.0.1:8080", parse::<SocketAddr>);
        let public_url = read.value("public_url", "https:// or http:// and a host name, without a path", web_origin);
        let trusted_proxies = read.list("trusted_proxies", "networks such as 10.0.0.0/8", network);
        let drain_seconds = read.value("drain_seconds", "a number of seconds from 0 to 600", |text| number(text, 0, 600));
        let mut rate = |name| read.value(name, "a number of requests, 0 for any number", |text| number(text, 0, u64::MAX));
        let rate_limits = (rate("rate_limit_user"), rate("rate_limit_session"), rate("rate_limit_address"));
        let data_dir = read.value("data_dir", "a folder", |text| std::path::absolute(text).ok());
        let database_url = read.secret("database_url", "a postgres:// address", postgres);
        let database_replica_url = read.secret("database_replica_url", "a postgres:// address", postgres);
        let database_pool_size =
            read.value("database_pool_size", "a number of connections from 4 to 1000", |text| number(text, 4, 1000));
        let unsafe_durability = read.value("unsafe_durability", "true or false", parse::<bool>);
        let redis_url = read.secret("redis_url", "a redis://, rediss:// or unix:// address", |text| {
            Url::parse(text).is_ok_and(|url| matches!(url.scheme(), "redis" | "rediss" | "redis+unix" | "unix"))
        });
        let media_url = read.value("media_url", "file:// and an absolute folder, or s3:// and a bucket", media);
        let media_max_mb = read.value("media_max_mb", "a number of megabytes from 1 to 2000", |text| number(text, 1, 2000_u64));
        let clamd = read.value(
            "clamd",
            "tcp:// with a host and a port, or the path of a Unix socket, such as tcp://127.0.0.1:3310",
            scanner,
        );
        let smtp_url = read.secret("smtp_url", "smtp:// or smtps:// and a host name, as in smtp://user:password@host:587", smtp);
        let mail_from = read.value("mail_from", "a mail address, such as MAX <max@example.com>", sender);
        let session_days = read.value("session_days", "a number of days from 1 to 366", |text| number(text, 1, 366));
        let secret_key =
            read.secret("secret_key", "32 bytes in base64 or hex (openssl rand -base64 32 makes one)", secret_key::is_key);
        let net_allow = read.list("net_allow", "networks such as 10.0.0.0/8", network);
        let log = read.value("log", "a level (error, warn, info, debug, trace) or directives such as info,sqlx=warn", |text| {
            tracing_subscriber::EnvFilter::try_new(text).ok().map(|_| text.to_owned())
        });
        let log_format = read.value("log_format", "json or text", |text| match text {
            "json" => Some(LogFormat::Json),
            "text" => Some(LogFormat::Text),
            _ => None,
        });
        let metrics_listen = read.value("metrics_listen", "an address with a port, such as 127.0.0.1:9090", parse::<SocketAddr>);
        let metrics_token = read.secret("metrics_token", "at least 16 characters", |text| text.len() >= 16);

        if database_replica_url.is_some() && database_url.is_none() && !read.is_set("database_url") {
            read.refuse("database_replica_url", "needs database_url: the private database has no replica");
        }
        if database_pool_size > Some(LARGEST_PRIVATE_POOL) && !read.is_set("database_url") {
            let limit = format!("may be at most {LARGEST_PRIVATE_POOL} with the private database, which takes 100 connections");
            read.refuse("database_pool_size", &limit);
        }
        if smtp_url.is_some() && !read.is_set("mail_from") {
            read.refuse("smtp_url", "needs mail_from: the address that mail comes from");
        }
        if metrics_listen.is_some() && metrics_listen == listen {
            read.refuse("metrics_listen", "is the same as listen; give it a port of its own, or set metrics_token instead");
        }

        // Complete exactly when nothing was refused; the defaults that follow from other settings are filled in here.
        let settings = (|| {
            let (listen, data_dir) = (listen?, data_dir?);
            Some(Self {
                public_url: match public_url {
                    Some(url) => url,
                    None => Url::parse(&format!("http://{}", reachable(listen))).ok()?,
                },
                media_url: match media_url {
                    Some(url) => url,
                    None => Url::from_directory_path(data_dir.join("media")).ok()?,
                },
                listen,
                trusted_proxies: trusted_proxies?,
                drain_seconds: drain_seconds?,
                rate_limits: RateLimits { user: rate_limits.0?, session: rate_limits.1?, address: rate_limits.2? },
                data_dir,
                database_url,
                database_replica_url,
                database_pool_size: database_pool_size?,
                unsafe_durability: unsafe_durability?,
                redis_url,
                media_max_bytes: media_max_mb? * 1024 * 1024,
                clamd,
                smtp_url,
                mail_from,
                session_days: session_days?,
                secret_key,
                net_allow: net_allow?,
                log: log?,
                log_format: log_format?,
                metrics_listen,
                metrics_token,
            })
        })();
        read.finish(settings)
    }
}

/// One thing that is wrong with the configuration.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ConfigError {
    /// The setting, by its name in `max.toml`; `None` when a whole source cannot be read.
    pub key: Option<String>,
    /// Where the value came from: an environment variable, a file, the command line.
    pub source: String,
    /// What is wrong and what would be right; never a secret.
    pub sentence: String,
}

impl fmt::Display for ConfigError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.key {
            Some(key) => write!(f, "{key} ({}) {}", self.source, self.sentence),
            None => write!(f, "{}: {}", self.source, self.sentence),
        }
    }
}

/// Everything that is wrong with the configuration, in the order of the settings.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ConfigErrors(pub Vec<ConfigError>);

impl fmt::Display for ConfigErrors {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0.as_slice() {
            [only] => write!(f, "the configuration is wrong: {only}"),
            all => {
                write!(f, "the configuration is wrong in {} places:", all.len())?;
                all.iter().try_for_each(|error| write!(f, "\n  - {error}"))
            }
        }
    }
}

impl std::error::Error for ConfigErrors {}

fn parse<T: FromStr>(text: &str) -> Option<T> {
    text.parse().ok()
}

fn number<T: FromStr + PartialOrd>(text: &str, least: T, most: T) -> Option<T> {
    text.parse().ok().filter(|value| (least..=most).contains(value))
}

fn network(text: &str) -> Option<IpNet> {
    text.parse().ok().or_else(|| text.parse::<IpAddr>().ok().map(IpNet::from))
}

/// MAX lives at the root of its host name: links, cookies and the Origin check rely on it.
fn web_origin(text: &str) -> Option<Url> {
    let url = Url::parse(text).ok()?;
    let bare = url.path() == "/" && url.query().is_none() && url.fragment().is_none();
    let anonymous = url.username().is_empty() && url.password().is_none();
    (matches!(url.scheme(), "http" | "https") && url.has_host() && bare && anonymous).then_some(url)
}

fn media(text: &str) -> Option<Url> {
    let url = Url::parse(text).ok().filter(|url| url.username().is_empty() && url.password().is_none())?;
    match url.scheme() {
        "file" => url.to_file_path().is_ok().then_some(url),
        "s3" => url.has_host().then_some(url),
        _ => None,
    }
}

fn scanner(text: &str) -> Option<Scanner> {
    if let Some(address) = text.strip_prefix("tcp://") {
        let (host, port) = address.rsplit_once(':')?;
        let named = !host.is_empty() && !host.contains('/') && port.parse::<u16>().is_ok_and(|port| port > 0);
        return named.then(|| Scanner::Tcp(address.to_owned()));
    }
    let path = PathBuf::from(text.strip_prefix("unix://").unwrap_or(text));
    path.is_absolute().then_some(Scanner::Unix(path))
}

fn postgres(text: &str) -> bool {
    let named = text.starts_with("postgres://") || text.starts_with("postgresql://");
    named && text.parse::<sqlx::postgres::PgConnectOptions>().is_ok()
}

/// The form only; the client of mail servers reads the rest.
fn smtp(text: &str) -> bool {
    let Ok(url) = Url::parse(text) else { return false };
    let addressed = url.host_str().is_some_and(|host| !host.is_empty());
    let bare = matches!(url.path(), "" | "/") && url.fragment().is_none();
    let whole = url.username().is_empty() == url.password().is_none();
    let understood = match url.scheme() {
        "smtp" => matches!(url.query(), None | Some("tls=required" | "tls=none")),
        "smtps" => url.query().is_none(),
        _ => false,
    };
    addressed && bare && whole && understood
}

/// The form only: a name or none, and something with an @ in it.
fn sender(text: &str) -> Option<String> {
    let address = match text.strip_suffix('>') {
        Some(named) => named.rsplit_once('<')?.1,
        None => text,
    };
    let (user, host) = address.split_once('@')?;
    let plain = |part: &str| !part.is_empty() && !part.contains(|c: char| c.is_whitespace() || "<>,;@\"".contains(c));
    (plain(user) && plain(host) && !text.contains(char::is_control)).then(|| text.to_owned())
}

/// An address that listens everywhere is no address to go to.
fn reachable(listen: SocketAddr) -> String {
    if listen.ip().is_unspecified() { format!("localhost:{}", listen.port()) } else { listen.to_string() }
}
