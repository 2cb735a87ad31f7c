//! What a mail looks like when it arrives, read by somebody else's parser.

use mail_parser::MessageParser;

use super::{
    super::{MailError, html, message},
    mail,
};

fn sent(mail: &super::Mail) -> String {
    let from = message::sender("MAX <max@example.com>").unwrap();
    String::from_utf8(message::compose(&from, mail).unwrap().formatted()).unwrap()
}

#[test]
fn it_says_the_same_as_text_and_as_html() {
    let raw = sent(&mail("lea@example.com"));
    let read = MessageParser::default().parse(raw.as_bytes()).unwrap();
    let to = read.to().unwrap().first().unwrap();
    assert_eq!((to.name(), to.address()), (Some("Léa Moreno"), Some("lea@example.com")));
    let from = read.from().unwrap().first().unwrap();
    assert_eq!((from.name(), from.address()), (Some("MAX"), Some("max@example.com")));
    assert_eq!(read.subject(), Some("Set your password"));
    assert_eq!(read.message_id(), Some("00000000-0000-0000-0000-000000000007@example.com"));
    assert_eq!(read.date().unwrap().to_rfc3339(), "2026-11-25T10:00:00Z");
    assert_eq!(read.header_raw("Auto-Submitted").map(str::trim), Some("auto-generated"));
    assert_eq!(read.body_text(0).unwrap().replace("\r\n", "\n"), mail("").text);
    let html = read.body_html(0).unwrap();
    assert!(html.contains("<a href=\"https://inbox.example.com/reset#abc\""), "{html}");
    assert!(raw.is_ascii() && raw.lines().all(|line| line.len() <= 998), "every server can carry it");
}

#[test]
fn nothing_becomes_a_header() {
    let mut evil = mail("lea@example.com");
    evil.to_name = "Léa\r\nBcc: thief@example.com\r\n".to_owned();
    evil.subject = "Hi\r\nBcc: thief@example.com\n\n<script>\u{2028}\0".to_owned();
    evil.text = "Bcc: thief@example.com\r\n.\r\nMAIL FROM:<thief@example.com>\r\n".to_owned();
    let raw = sent(&evil);
    let head = raw.split_once("\r\n\r\n").unwrap().0;
    let names: Vec<&str> =
        head.split("\r\n").filter(|l| !l.starts_with([' ', '\t'])).map(|l| l.split_once(':').unwrap().0).collect();
    let expected = ["Message-ID", "Date", "From", "To", "Subject", "Auto-Submitted", "MIME-Version", "Content-Type"];
    assert_eq!(names, expected, "{head}");
    let read = MessageParser::default().parse(raw.as_bytes()).unwrap();
    assert!(read.bcc().is_none());
    assert_eq!(read.subject(), Some("Hi  Bcc: thief@example.com  <script>"));
    assert!(read.body_text(0).unwrap().contains("MAIL FROM:<thief@example.com>"));
}

#[test]
fn an_address_that_is_none_is_final() {
    let from = message::sender("max@example.com").unwrap();
    let long = format!("{}@example.com", "a".repeat(300));
    for address in [
        "",
        "lea",
        "@example.com",
        "lea@",
        "lea@example.com\r\nRCPT TO:<thief@example.com>",
        "lea@example.com>, <thief@example.com",
        "lea example@example.com",
        "\"lea\"@example.com",
        "lea@exa mple.com",
        "lea@127.0.0.1",
        "lea@[127.0.0.1]",
        "a@b@example.com",
        &long,
    ] {
        let error = message::compose(&from, &mail(address)).unwrap_err();
        assert!(matches!(error, MailError::Invalid(_)) && error.is_final(), "{address}");
    }
    // A domain in another script goes out in the form that every server understands.
    assert!(sent(&mail("lea@bücher.example")).contains("<lea@xn--bcher-kva.example>"));
    assert!(message::compose(&from, &mail("lea+max@mail.example.com")).is_ok());
}

#[test]
fn the_sender_is_an_address_with_or_without_a_name() {
    for (text, shown) in [
        ("max@example.com", "max@example.com"),
        (" <max@example.com> ", "max@example.com"),
        ("MAX <max@example.com>", "MAX <max@example.com>"),
        ("\"Acme, Inc.\" <max@example.com>", "\"Acme, Inc.\" <max@example.com>"),
        ("Acme, Inc. <max@example.com>", "\"Acme, Inc.\" <max@example.com>"),
    ] {
        assert_eq!(message::sender(text).unwrap().to_string(), shown, "{text}");
    }
    for text in ["", "MAX", "MAX <max>", "max@example.com, b@example.com", "MAX <max@example.com> x"] {
        assert!(message::sender(text).is_err(), "{text}");
    }
}

#[test]
fn html_is_the_text_escaped_with_links() {
    let shown = html::from_text("<b>Tom & Co</b>\n\n\n\nSee https://a.example/x?a=1&b=\"2.\nand javascript:alert(1)");
    assert!(shown.contains("<p style=\"margin:0 0 16px\">&lt;b&gt;Tom &amp; Co&lt;/b&gt;</p>"), "{shown}");
    assert!(shown.contains("href=\"https://a.example/x?a=1&amp;b=&quot;2\""), "{shown}");
    assert!(shown.contains("</a>.<br>\nand javascript:alert(1)</p>"), "{shown}");
    assert_eq!(shown.matches("<p ").count(), 2, "empty paragraphs are none: {shown}");
    assert_eq!(shown.matches("<a ").count(), 1);
}
