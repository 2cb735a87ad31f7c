//! The one way out. Every call to the outside goes through [`Outbound`], which has the time-outs, the size limits and the guard
//! against being tricked into calling our own network (SSRF).
//!
//! What it promises:
//! * only `https`, or `http` to networks an operator allowed by name (`MAX_NET_ALLOW`);
//! * a name is resolved by us, every address is judged, and the connection is made to a judged address, so that a resolver that
//!   changes its answer between check and use (DNS rebinding) gains nothing;
//! * no proxies from the environment, no redirects, no repeated requests;
//! * an error says whether the request certainly never left ([`NetError::certainly_not_sent`]).

mod form;
mod guard;
mod resolver;
mod streamed;
#[cfg(test)]
mod tests;

use std::{error::Error as StdError, sync::Arc, time::Duration};

use bytes::Bytes;
pub use form::{FileBody, Form, FormFile};
use guard::{Guard, Refused, Scheme};
use http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, header};
use ipnet::IpNet;
use resolver::{GuardedResolver, Lookup, SystemLookup};
use secrecy::{ExposeSecret, SecretString};
pub use streamed::Streamed;
use url::Url;

const CONNECT_TIMEOUT: Duration = Duration::from_secs(3);
const DEFAULT_MAX_ANSWER: usize = 1 << 20;
/// Shorter than the idle time of common servers, so that we seldom write into a connection the other side is just closing: such
/// a request would count as "may have arrived".
const POOL_IDLE: Duration = Duration::from_secs(30);

/// How [`Outbound`] behaves.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OutboundOptions {
    /// Networks that may be called although they are not public, and the only ones that may be called without TLS.
    pub allow: Vec<IpNet>,
    /// The longest a call may take from the first packet to the last byte of the answer.
    pub timeout: Duration,
}

impl Default for OutboundOptions {
    fn default() -> Self {
        Self { allow: Vec::new(), timeout: Duration::from_secs(15) }
    }
}

/// Why a call gave no answer. The texts hold no URL and no header, so they may be logged.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NetError {
    /// The client could not be set up.
    #[error("the outbound client could not be set up: {0}")]
    Setup(String),
    /// The call cannot be made as it stands: not a URL, a scheme other than http(s), a header that is none.
    #[error("{0}")]
    Invalid(String),
    /// The guard forbids the address.
    #[error("{0}")]
    Refused(String),
    /// The name has no address, or could not be asked for.
    #[error("the host name could not be resolved: {0}")]
    Dns(String),
    /// No connection: refused, unreachable, no answer within the connect time-out, TLS failed.
    #[error("no connection: {0}")]
    Connect(String),
    /// The time was up after the connection stood. The request may have arrived.
    #[error("no answer within the time allowed")]
    Timeout,
    /// The connection broke, or the answer is not HTTP. The request may have arrived.
    #[error("the connection broke: {0}")]
    Broken(String),
    /// The answer is larger than the caller takes. The request has arrived.
    #[error("the answer is larger than {limit} bytes")]
    TooLarge {
        /// The limit in bytes, after decompression.
        limit: usize,
    },
}

impl NetError {
    /// The request certainly never reached anyone, so repeating it cannot do anything twice.
    pub fn certainly_not_sent(&self) -> bool {
        match self {
            NetError::Setup(_) | NetError::Invalid(_) | NetError::Refused(_) | NetError::Dns(_) | NetError::Connect(_) => true,
            NetError::Timeout | NetError::Broken(_) | NetError::TooLarge { .. } => false,
        }
    }
}

/// One request to the outside.
#[derive(Debug)]
pub struct Call {
    method: Method,
    url: Url,
    headers: HeaderMap,
    body: CallBody,
    max_answer: usize,
    within: Option<Duration>,
}

/// What a request carries.
#[derive(Debug)]
enum CallBody {
    Bytes(Bytes),
    Form(Form),
}

impl Call {
    /// A request without headers or body. Errors when `url` is not an absolute URL.
    pub fn new(method: Method, url: &str) -> Result<Self, NetError> {
        let url = Url::parse(url).map_err(|e| NetError::Invalid(format!("this is not a URL: {e}")))?;
        let body = CallBody::Bytes(Bytes::new());
        Ok(Self { method, url, headers: HeaderMap::new(), body, max_answer: DEFAULT_MAX_ANSWER, within: None })
    }

    /// A `GET`.
    pub fn get(url: &str) -> Result<Self, NetError> {
        Self::new(Method::GET, url)
    }

    /// A `POST`.
    pub fn post(url: &str) -> Result<Self, NetError> {
        Self::new(Method::POST, url)
    }

    /// Adds a header.
    #[must_use]
    pub fn header(mut self, name: HeaderName, value: HeaderValue) -> Self {
        self.headers.append(name, value);
        self
    }

    /// Adds `Authorization: Bearer …`, marked so that no log prints it. Errors when the token cannot stand in a header.
    pub fn bearer(mut self, token: &SecretString) -> Result<Self, NetError> {
        let mut value = HeaderValue::from_str(&format!("Bearer {}", token.expose_secret()))
            .map_err(|_| NetError::Invalid("the access token holds characters that no header can carry".to_owned()))?;
        value.set_sensitive(true);
        self.headers.insert(header::AUTHORIZATION, value);
        Ok(self)
    }

    /// Sends this JSON.
    #[must_use]
    pub fn json(mut self, body: &serde_json::Value) -> Self {
        self.headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
        self.body = CallBody::Bytes(body.to_string().into());
        self
    }

    /// Sends this form. Its file is read while it is sent, so it never stands in memory whole.
    #[must_use]
    pub fn form(mut self, form: Form) -> Self {
        self.body = CallBody::Form(form);
        self
    }

    /// Gives the call this long altogether, for what is larger than usual; else [`OutboundOptions::timeout`] holds.
    #[must_use]
    pub fn within(mut self, time: Duration) -> Self {
        self.within = Some(time);
        self
    }

    /// Sends these bytes, which are JSON: what is signed must be what is sent.
    #[must_use]
    pub fn json_bytes(mut self, body: impl Into<Bytes>) -> Self {
        self.headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
        self.body = CallBody::Bytes(body.into());
        self
    }

    /// Takes answers up to this many bytes after decompression (1 MiB unless told).
    #[must_use]
    pub fn max_answer(mut self, bytes: usize) -> Self {
        self.max_answer = bytes;
        self
    }
}

/// What came back, whatever its status. Redirects are answers like any other.
#[derive(Debug, Clone)]
pub struct Answer {
    /// The status.
    pub status: StatusCode,
    /// The headers.
    pub headers: HeaderMap,
    /// The whole body, decompressed.
    pub body: Bytes,
}

/// The one outbound client. Cheap to clone; make one per process, for it holds the connection pools.
#[derive(Debug, Clone)]
pub struct Outbound {
    guard: Arc<Guard>,
    // A resolver learns only the name it is asked for, and plain HTTP reaches fewer addresses than HTTPS: hence one client for each.
    https: reqwest::Client,
    http: reqwest::Client,
}

impl Outbound {
    /// Sets up the client. Errors when the machine offers no trusted certificate authorities.
    pub fn new(options: OutboundOptions) -> Result<Self, NetError> {
        Self::with_lookup(options, &Arc::new(SystemLookup))
    }

    fn with_lookup<L: Lookup>(options: OutboundOptions, lookup: &Arc<L>) -> Result<Self, NetError> {
        let guard = Arc::new(Guard::new(options.allow));
        let client = |scheme| client(GuardedResolver::new(guard.clone(), scheme, lookup.clone()), options.timeout);
        Ok(Self { https: client(Scheme::Https)?, http: client(Scheme::Http)?, guard })
    }

    /// Makes one call and reads its answer. Never follows a redirect, never repeats a request.
    pub async fn send(&self, call: Call) -> Result<Answer, NetError> {
        self.open(call).await?.whole().await
    }

    /// Makes one call and answers as soon as the head of its answer is there; the body is the caller's to read. Never follows a
    /// redirect, never repeats a request.
    pub async fn open(&self, call: Call) -> Result<Streamed, NetError> {
        let client = match self.guard.check_url(&call.url)? {
            Scheme::Https => &self.https,
            Scheme::Http => &self.http,
        };
        let request = client.request(call.method, call.url).headers(call.headers);
        let request = match call.within {
            Some(time) => request.timeout(time),
            None => request,
        };
        let request = match call.body {
            CallBody::Bytes(bytes) => request.body(bytes),
            CallBody::Form(form) => request.multipart(form.into_parts()?),
        };
        let response = request.send().await.map_err(|e| explain(&e))?;
        Ok(Streamed::new(response, call.max_answer))
    }
}

#[expect(clippy::disallowed_methods, reason = "the one place that makes an HTTP client")]
fn client(resolver: GuardedResolver, timeout: Duration) -> Result<reqwest::Client, NetError> {
    reqwest::Client::builder()
        .user_agent(concat!("MAX/", env!("CARGO_PKG_VERSION")))
        .dns_resolver(resolver)
        .no_proxy() // a proxy would resolve names in our stead, past the guard
        .redirect(reqwest::redirect::Policy::none())
        .retry(reqwest::retry::never())
        .referer(false)
        .connect_timeout(CONNECT_TIMEOUT)
        .timeout(timeout)
        .pool_idle_timeout(POOL_IDLE)
        .build()
        .map_err(|e| NetError::Setup(format!("{} (is the package ca-certificates installed?)", root_cause(&e))))
}

fn explain(error: &reqwest::Error) -> NetError {
    if let Some(refused) = causes(error).find_map(|e| e.downcast_ref::<Refused>()) {
        NetError::Refused(refused.to_string())
    } else if error.is_builder() {
        NetError::Invalid(root_cause(error))
    } else if error.is_dns() {
        NetError::Dns(root_cause(error))
    } else if error.is_connect() {
        NetError::Connect(if error.is_timeout() { "no answer within the time allowed".to_owned() } else { root_cause(error) })
    } else if error.is_timeout() {
        NetError::Timeout
    } else {
        NetError::Broken(root_cause(error))
    }
}

fn causes<'a>(error: &'a (dyn StdError + 'static)) -> impl Iterator<Item = &'a (dyn StdError + 'static)> {
    std::iter::successors(Some(error), |e: &&'a (dyn StdError + 'static)| (*e).source())
}

/// The innermost cause: the outer ones repeat the URL.
fn root_cause(error: &(dyn StdError + 'static)) -> String {
    causes(error).last().map(ToString::to_string).unwrap_or_default()
}
