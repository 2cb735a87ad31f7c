use std::{
    collections::HashMap,
    io,
    net::IpAddr,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use async_trait::async_trait;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpListener,
};
use wiremock::{Mock, MockServer, ResponseTemplate, matchers};

use super::*;

/// Answers each question with the next of its lists, the last one for ever: a resolver that lies.
struct Scripted {
    answers: HashMap<&'static str, Vec<Vec<&'static str>>>,
    asked: AtomicUsize,
}

impl Scripted {
    fn new(answers: &[(&'static str, &[&[&'static str]])]) -> Arc<Self> {
        let answers = answers.iter().map(|(host, rounds)| (*host, rounds.iter().map(|r| r.to_vec()).collect())).collect();
        Arc::new(Self { answers, asked: AtomicUsize::new(0) })
    }
}

#[async_trait]
impl Lookup for Scripted {
    async fn lookup(&self, host: &str) -> io::Result<Vec<IpAddr>> {
        let round = self.asked.fetch_add(1, Ordering::SeqCst);
        let rounds = self.answers.get(host).ok_or_else(|| io::Error::other("no such name"))?;
        Ok(rounds[round.min(rounds.len() - 1)].iter().map(|ip| ip.parse().unwrap()).collect())
    }
}

fn options(allow: &[&str]) -> OutboundOptions {
    OutboundOptions { allow: allow.iter().map(|n| n.parse().unwrap()).collect(), timeout: Duration::from_millis(400) }
}

fn outbound(allow: &[&str]) -> Outbound {
    Outbound::with_lookup(options(allow), &Scripted::new(&[])).unwrap()
}

async fn get(net: &Outbound, url: &str) -> Result<Answer, NetError> {
    net.send(Call::get(url)?).await
}

/// Literal addresses in every spelling a URL knows, each inside a forbidden range.
const HOSTILE: &[&str] = &[
    "https://127.0.0.1/",
    "https://127.1/",
    "https://127.0.1/",
    "https://127.255.255.254/",
    "https://2130706433/",
    "https://0x7f000001/",
    "https://0x7f.0.0.1/",
    "https://0x7f.1/",
    "https://0177.0.0.1/",
    "https://017700000001/",
    "https://127.0.0.1./",
    "https://%31%32%37.0.0.1/",
    "https://127\u{3002}0\u{3002}0\u{3002}1/",
    "https://\u{ff11}\u{ff12}\u{ff17}.0.0.1/",
    "https://\u{2460}\u{2461}\u{2466}.0.0.1/",
    "https://0/",
    "https://0.0.0.0/",
    "https://0.1.2.3/",
    "https://10.0.0.1/",
    "https://10.255.255.255/",
    "https://0xa000001/",
    "https://167772161/",
    "https://012.0.0.1/",
    "https://100.64.0.1/",
    "https://100.127.255.255/",
    "https://169.254.169.254/latest/meta-data/",
    "https://2852039166/",
    "https://0xA9FEA9FE/",
    "https://0251.0376.0251.0376/",
    "https://169.254.43518/",
    "https://172.16.0.1/",
    "https://172.31.255.255/",
    "https://192.0.0.170/",
    "https://192.0.2.1/",
    "https://192.88.99.1/",
    "https://192.168.0.1/",
    "https://192.168.257/",
    "https://3232235521/",
    "https://198.18.0.1/",
    "https://198.19.255.255/",
    "https://198.51.100.7/",
    "https://203.0.113.9/",
    "https://224.0.0.1/",
    "https://239.255.255.250/",
    "https://240.0.0.1/",
    "https://255.255.255.255/",
    "https://4294967295/",
    "https://[::]/",
    "https://[::1]/",
    "https://[0:0:0:0:0:0:0:1]/",
    "https://[::ffff:127.0.0.1]/",
    "https://[::ffff:7f00:1]/",
    "https://[::ffff:10.0.0.1]/",
    "https://[::ffff:169.254.169.254]/",
    "https://[::ffff:8.8.8.8]/",
    "https://[::ffff:0:127.0.0.1]/",
    "https://[::127.0.0.1]/",
    "https://[64:ff9b::127.0.0.1]/",
    "https://[64:ff9b::a9fe:a9fe]/",
    "https://[64:ff9b:1::10.0.0.1]/",
    "https://[2002:7f00:1::]/",
    "https://[2002:a9fe:a9fe::1]/",
    "https://[2001::1]/",
    "https://[2001:0:7f00:1::]/",
    "https://[2001:20::1]/",
    "https://[2001:db8::1]/",
    "https://[3fff::1]/",
    "https://[3fff:fff::1]/",
    "https://[100::1]/",
    "https://[5f00::1]/",
    "https://[fc00::1]/",
    "https://[fd00:ec2::254]/",
    "https://[fe80::1]/",
    "https://[fec0::1]/",
    "https://[ff02::1]/",
    "https://[4000::1]/",
    "https://127.0.0.1:443@10.0.0.1/",
    "http://127.0.0.1/",
    "http://8.8.8.8/",
    "http://[2606:4700::1111]/",
    "http:127.0.0.1",
    "https:///127.0.0.1/",
    "HTTPS://LOCALHOST.:443/",
];

/// Never a call at all.
const INVALID: &[&str] = &[
    "",
    "/path",
    "127.0.0.1",
    "//127.0.0.1/",
    "file:///etc/passwd",
    "ftp://8.8.8.8/",
    "gopher://127.0.0.1:6379/_FLUSHALL",
    "dict://127.0.0.1:11211/",
    "data:text/plain,x",
    "javascript:alert(1)",
    "ws://127.0.0.1/",
    "unix:/var/run/docker.sock",
    "jar:https://127.0.0.1!/",
    "ldap://127.0.0.1/",
    "https://",
    "https://user@graph.example/",
    "https://user:secret@graph.example/",
    "https://[::1",
    "https://[fe80::1%25eth0]/",
    "https://[::ffff:127.0.0.1%eth0]/",
    "https://256.256.256.256/",
    "https://1.2.3.4.5/",
    "https://0x100000000/",
    "https://4294967296/",
    "https://exa mple/",
    "https://a.example:99999/",
    "https://127.0.0.1\u{0}.example/",
];

/// Names that resolve into forbidden ranges.
const LYING: &[(&str, &[&str])] = &[
    ("localhost", &["127.0.0.1"]),
    ("localhost.", &["::1", "127.0.0.1"]),
    ("ip6-localhost", &["::1"]),
    ("metadata.google.internal", &["169.254.169.254"]),
    ("a.127-0-0-1.example", &["127.0.0.1"]),
    ("mapped.example", &["::ffff:127.0.0.1"]),
    ("nat64.example", &["64:ff9b::7f00:1"]),
    ("sixtofour.example", &["2002:7f00:1::1"]),
    ("ula.example", &["fd00::1"]),
    ("linklocal.example", &["fe80::1"]),
    ("cgnat.example", &["100.100.100.200"]),
    ("zero.example", &["0.0.0.0"]),
    ("multicast.example", &["224.0.0.251", "ff02::fb"]),
    ("all-of-them.example", &["10.1.1.1", "172.20.0.1", "192.168.1.1", "127.0.0.53"]),
];

#[tokio::test]
async fn hostile_urls_never_leave() {
    let names: Vec<(&'static str, Vec<&[&'static str]>)> = LYING.iter().map(|(h, ips)| (*h, vec![*ips])).collect();
    let scripted: Vec<(&'static str, &[&[&'static str]])> = names.iter().map(|(h, r)| (*h, r.as_slice())).collect();
    let net = Outbound::with_lookup(options(&[]), &Scripted::new(&scripted)).unwrap();

    assert!(HOSTILE.len() + INVALID.len() + LYING.len() >= 120);
    for url in HOSTILE {
        let error = get(&net, url).await.expect_err(url);
        let refused = matches!(error, NetError::Refused(_) | NetError::Invalid(_));
        assert!(refused && error.certainly_not_sent(), "{url}: {error:?}");
    }
    for url in INVALID {
        let error = get(&net, url).await.expect_err(url);
        assert!(matches!(error, NetError::Invalid(_)), "{url:?}: {error:?}");
    }
    for (host, _) in LYING {
        for scheme in ["https", "http"] {
            let error = get(&net, &format!("{scheme}://{host}/")).await.expect_err(host);
            assert!(matches!(error, NetError::Refused(_)), "{scheme} {host}: {error:?}");
        }
    }
}

#[test]
fn confusing_authorities_are_judged_by_what_the_client_would_call() {
    // A backslash ends the host and a fragment is none: both call 8.8.8.8, which is what the guard judges too.
    let guard = Guard::new(Vec::new());
    for url in ["https://8.8.8.8\\@127.0.0.1/", "https://8.8.8.8#@127.0.0.1/"] {
        let url = Url::parse(url).unwrap();
        assert_eq!(url.host_str(), Some("8.8.8.8"));
        assert_eq!(guard.check_url(&url), Ok(Scheme::Https));
    }
}

#[test]
fn public_addresses_pass_with_tls_only() {
    let guard = Guard::new(Vec::new());
    for ip in [
        "8.8.8.8",
        "1.1.1.1",
        "157.240.1.1",
        "100.63.255.255",
        "172.32.0.1",
        "192.0.1.1",
        "2606:4700::1111",
        "2a03:2880::1",
        "2001:200::1",
    ] {
        let ip: IpAddr = ip.parse().unwrap();
        assert!(guard.check_ip(ip, Scheme::Https).is_ok(), "{ip}");
        assert!(guard.check_ip(ip, Scheme::Http).is_err(), "{ip}");
    }
}

#[test]
fn the_allow_list_opens_exactly_its_networks() {
    let guard = Guard::new(vec!["127.0.0.0/8".parse().unwrap(), "fd00:1::/32".parse().unwrap()]);
    for (ip, allowed) in [
        ("127.0.0.1", true),
        ("::ffff:127.0.0.1", true),
        ("fd00:1::9", true),
        ("fd00:2::9", false),
        ("10.0.0.1", false),
        ("::1", false),
        ("64:ff9b::7f00:1", false),
    ] {
        let ip: IpAddr = ip.parse().unwrap();
        for scheme in [Scheme::Https, Scheme::Http] {
            assert_eq!(guard.check_ip(ip, scheme).is_ok(), allowed, "{ip}");
        }
    }
}

#[tokio::test]
async fn a_name_that_changes_its_mind_gains_nothing() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    // Round one looks harmless (and is unreachable: nothing public can be called from a test), round two points at us.
    let lookup = Scripted::new(&[("rebind.example", &[&["10.0.0.1"], &["127.0.0.1"]])]);
    let net = Outbound::with_lookup(options(&["192.168.0.0/16"]), &lookup).unwrap();
    for _ in 0..3 {
        let error = get(&net, &format!("http://rebind.example:{port}/")).await.unwrap_err();
        assert!(matches!(error, NetError::Refused(_)), "{error:?}");
    }
    assert_eq!(lookup.asked.load(Ordering::SeqCst), 3);
    assert!(tokio::time::timeout(Duration::from_millis(50), listener.accept()).await.is_err(), "somebody connected");
}

#[tokio::test]
async fn of_mixed_addresses_only_the_passed_ones_are_called() {
    let server = MockServer::start().await;
    Mock::given(matchers::any()).respond_with(ResponseTemplate::new(200).set_body_string("here")).mount(&server).await;
    let lookup = Scripted::new(&[("mixed.example", &[&["::1", "10.0.0.1", "127.0.0.1", "169.254.169.254"]])]);
    let net = Outbound::with_lookup(options(&["127.0.0.1/32"]), &lookup).unwrap();
    let answer = get(&net, &format!("http://mixed.example:{}/", server.address().port())).await.unwrap();
    assert_eq!(&answer.body[..], b"here");
}

#[tokio::test]
async fn plain_http_reaches_allowed_networks_and_says_who_calls() {
    let server = MockServer::start().await;
    Mock::given(matchers::header("user-agent", concat!("MAX/", env!("CARGO_PKG_VERSION"))))
        .and(matchers::header("authorization", "Bearer t0ken"))
        .respond_with(ResponseTemplate::new(418).insert_header("x-note", "kept").set_body_string("teapot"))
        .mount(&server)
        .await;
    let call = Call::get(&server.uri()).unwrap().bearer(&"t0ken".into()).unwrap();
    assert!(!format!("{call:?}").contains("t0ken"));
    let answer = outbound(&["127.0.0.0/8"]).send(call).await.unwrap();
    assert_eq!((answer.status.as_u16(), &answer.body[..]), (418, &b"teapot"[..]));
    assert_eq!(answer.headers["x-note"], "kept");
}

#[tokio::test]
async fn redirects_are_answers() {
    let server = MockServer::start().await;
    let home = format!("{}/secret", server.uri());
    let targets = ["http://169.254.169.254/", "https://[::1]/", "file:///etc/passwd", home.as_str()];
    for (status, to) in [301, 302, 307, 308].into_iter().zip(targets) {
        let route = format!("/{status}");
        let redirect = ResponseTemplate::new(status).insert_header("location", to);
        Mock::given(matchers::path(route.as_str())).respond_with(redirect).mount(&server).await;
        let answer = get(&outbound(&["127.0.0.0/8"]), &format!("{}{route}", server.uri())).await.unwrap();
        assert_eq!(answer.status.as_u16(), status);
    }
    assert!(server.received_requests().await.unwrap().iter().all(|r| r.url.path() != "/secret"));
}

#[tokio::test]
async fn large_answers_are_cut_off() {
    let server = MockServer::start().await;
    Mock::given(matchers::any()).respond_with(ResponseTemplate::new(200).set_body_bytes(vec![b'x'; 4096])).mount(&server).await;
    let net = outbound(&["127.0.0.0/8"]);
    let call = |limit| Call::get(&server.uri()).unwrap().max_answer(limit);
    assert_eq!(net.send(call(4095)).await.unwrap_err(), NetError::TooLarge { limit: 4095 });
    assert_eq!(net.send(call(4096)).await.unwrap().body.len(), 4096);
}

#[tokio::test]
async fn failures_before_the_request_left_are_told_from_those_after() {
    let net = outbound(&["127.0.0.0/8"]);

    let closed = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = closed.local_addr().unwrap();
    drop(closed);
    let error = get(&net, &format!("http://{address}/")).await.unwrap_err();
    assert!(matches!(error, NetError::Connect(_)) && error.certainly_not_sent(), "{error:?}");

    let error = get(&net, "https://nowhere.example/").await.unwrap_err();
    assert!(matches!(error, NetError::Dns(_)) && error.certainly_not_sent(), "{error:?}");

    // Not TLS at all: the handshake fails before the request is written.
    let error = get(&net, &format!("https://{}/", answering(b"SSH-2.0-nope\r\n").await)).await.unwrap_err();
    assert!(matches!(error, NetError::Connect(_)) && error.certainly_not_sent(), "{error:?}");

    for (what, reply) in [
        ("reset", &b""[..]),
        ("garbage", b"\0\0\0 not http\r\n\r\n"),
        ("half", b"HTTP/1.1 200 OK\r\ncontent-length: 99\r\n\r\n{"),
    ] {
        let error = get(&net, &format!("http://{}/", answering(reply).await)).await.unwrap_err();
        assert!(matches!(error, NetError::Broken(_)) && !error.certainly_not_sent(), "{what}: {error:?}");
    }

    let server = MockServer::start().await;
    Mock::given(matchers::any()).respond_with(ResponseTemplate::new(200).set_delay(Duration::from_secs(30))).mount(&server).await;
    let error = get(&net, &server.uri()).await.unwrap_err();
    assert_eq!(error, NetError::Timeout);
    assert!(!error.certainly_not_sent());
}

/// A server that reads a little, says `reply` and hangs up.
async fn answering(reply: &'static [u8]) -> std::net::SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move {
        while let Ok((mut socket, _)) = listener.accept().await {
            let mut buffer = [0; 1024];
            let _ = socket.read(&mut buffer).await;
            let _ = socket.write_all(reply).await;
        }
    });
    address
}
