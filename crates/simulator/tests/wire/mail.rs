//! The mailbox: an SMTP client written here hands mail in, the control API and the page show it.

use std::time::{Duration, Instant};

use reqwest::Method;
use serde_json::{Value, json};
use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader};
use tokio::net::TcpStream;

use crate::harness::Stage;

/// A mail with a subject that is not ASCII, in both forms of text.
const MAIL: &str = "From: MAX <max@example.com>\r\nTo: =?utf-8?q?L=C3=A9a?= <lea@example.com>\r\n\
    Subject: =?utf-8?b?UMOkc3N3b3J0?=\r\nMIME-Version: 1.0\r\nContent-Type: multipart/alternative; boundary=b\r\n\r\n\
    --b\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\n\
    H=C3=A9llo\r\nhttps://x.test/#a\r\n--b\r\nContent-Type: text/html\r\n\r\n<b>Hello</b>\r\n--b--\r\n";

struct Client(BufReader<TcpStream>);

impl Client {
    async fn new(stage: &Stage) -> Client {
        let url = stage.simulator.smtp_url();
        let mut client = Client(BufReader::new(TcpStream::connect(url.strip_prefix("smtp://").unwrap()).await.unwrap()));
        assert_eq!(client.hear().await, "220");
        assert_eq!(client.say("EHLO test").await, "250");
        client
    }

    /// The code of a whole reply.
    async fn hear(&mut self) -> String {
        loop {
            let mut line = String::new();
            self.0.read_line(&mut line).await.unwrap();
            if line.get(3..4) != Some("-") {
                return line.get(..3).unwrap_or_default().to_owned();
            }
        }
    }

    async fn say(&mut self, line: &str) -> String {
        self.0.write_all(format!("{line}\r\n").as_bytes()).await.unwrap();
        self.hear().await
    }

    /// Hands a mail in; answers the first code that is not a yes, or the last.
    async fn send(&mut self, to: &str, mail: &str) -> String {
        for line in ["RSET".to_owned(), "MAIL FROM:<max@example.com>".to_owned(), format!("RCPT TO:<{to}>")] {
            let code = self.say(&line).await;
            if code != "250" {
                return code;
            }
        }
        assert_eq!(self.say("DATA").await, "354");
        self.say(&format!("{mail}.")).await
    }
}

async fn mails(stage: &Stage, query: &str) -> Vec<Value> {
    stage.control(Method::GET, &format!("mails{query}"), Value::Null).await["data"].as_array().unwrap().clone()
}

#[tokio::test]
async fn mail_is_caught_and_shown_newest_first() {
    let stage = Stage::new().await;
    let mut client = Client::new(&stage).await;
    assert_eq!(client.send("lea@example.com", MAIL).await, "250");
    assert_eq!(client.send("hidden@example.com", "no header at all\r\n").await, "250");
    let caught = mails(&stage, "").await;
    assert_eq!(caught.len(), 2);
    assert_eq!((&caught[0]["from"], &caught[0]["to"]), (&json!("max@example.com"), &json!(["hidden@example.com"])));
    let mail = &caught[1];
    assert_eq!(mail["from"], "MAX <max@example.com>");
    assert_eq!(mail["to"], json!(["lea@example.com"]));
    assert_eq!((&mail["subject"], &mail["text"]), (&json!("Pässwort"), &json!("Héllo\nhttps://x.test/#a")));
    assert!(mail["at"].as_i64().unwrap() > 1_600_000_000_000 && mail["id"].as_u64() < caught[0]["id"].as_u64());

    assert_eq!(mails(&stage, "?to=Lea@Example.com").await, std::slice::from_ref(mail));
    assert_eq!(mails(&stage, "?limit=1").await, [caught[0].clone()]);
    stage.control(Method::DELETE, "mails", Value::Null).await;
    assert!(mails(&stage, "").await.is_empty());
    assert_eq!(client.send("lea@example.com", MAIL).await, "250");
    assert!(mails(&stage, "").await[0]["id"].as_u64() > caught[0]["id"].as_u64(), "ids are not used twice");
    stage.control(Method::POST, "reset", Value::Null).await;
    assert!(mails(&stage, "").await.is_empty());
}

#[tokio::test]
async fn the_mailbox_keeps_the_newest() {
    let stage = Stage::new().await;
    stage.settings(json!({ "mail_cap": 2 })).await;
    let mut client = Client::new(&stage).await;
    for subject in ["one", "two", "three"] {
        assert_eq!(client.send("lea@example.com", &format!("Subject: {subject}\r\n\r\nx\r\n")).await, "250");
    }
    let subjects: Vec<Value> = mails(&stage, "").await.iter().map(|mail| mail["subject"].clone()).collect();
    assert_eq!(subjects, ["three", "two"]);
}

#[tokio::test]
async fn addresses_can_be_refused_and_answers_late() {
    let stage = Stage::new().await;
    let mut client = Client::new(&stage).await;
    stage.fault(json!({ "kind": "mail_refuse", "customer": "gone@example.com" })).await;
    stage.fault(json!({ "kind": "mail_refuse", "code": 451, "count": 1 })).await;
    assert_eq!(client.send("gone@example.com", MAIL).await, "550");
    assert_eq!(client.send("lea@example.com", MAIL).await, "451");
    assert_eq!(client.send("lea@example.com", MAIL).await, "250");
    assert_eq!(client.send("gone@example.com", MAIL).await, "550");
    assert_eq!(mails(&stage, "").await.len(), 1);

    stage.fault(json!({ "kind": "mail_slow", "ms": 200, "count": 1 })).await;
    let begun = Instant::now();
    assert_eq!(client.send("lea@example.com", MAIL).await, "250");
    assert!(begun.elapsed() >= Duration::from_millis(200));
    let (status, answer) = stage.try_control(Method::POST, "faults", json!({ "kind": "mail_refuse", "code": 250 })).await;
    assert_eq!(status, 400, "{answer}");
}

#[tokio::test]
async fn the_page_is_there_and_loads_nothing_from_elsewhere() {
    let stage = Stage::new().await;
    assert_eq!(stage.simulator.mail_url(), format!("{}/mail", stage.simulator.url()));
    for (path, kind) in [("/mail", "text/html"), ("/mail.js", "text/javascript"), ("/mail.css", "text/css")] {
        let response = stage.http.get(format!("{}{path}", stage.simulator.url())).send().await.unwrap();
        let headers = response.headers().clone();
        assert!(response.status().is_success() && headers["content-type"].to_str().unwrap().starts_with(kind), "{path}");
        assert!(headers["content-security-policy"].to_str().unwrap().starts_with("default-src 'self'"), "{path}");
    }
}

#[tokio::test]
async fn stopping_cuts_a_session() {
    let stage = Stage::new().await;
    let mut client = Client::new(&stage).await;
    stage.simulator.stop().await;
    assert_eq!(client.hear().await, "", "the connection is closed");
}
