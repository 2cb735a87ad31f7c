//! How a mail fares with servers good and bad.

use std::time::{Duration, Instant};

use super::{
    super::{MailError, MailOptions, Mailer, server::Server, server::Tls},
    mail, mailer, options,
    stand_in::{Reply, StandIn},
};

#[tokio::test]
async fn a_mail_is_taken() {
    let server = StandIn::new(&[]).await;
    mailer(&server.url).send(&mail("lea@example.com")).await.unwrap();
    server.heard(|heard| {
        let said: Vec<&str> = heard.commands.iter().skip(1).map(String::as_str).collect();
        assert!(heard.commands[0].starts_with("EHLO "));
        assert_eq!(said, ["MAIL FROM:<max@example.com>", "RCPT TO:<lea@example.com>", "DATA", "QUIT"]);
        assert_eq!(heard.mails.len(), 1);
    });
}

#[tokio::test]
async fn a_server_that_refuses_the_address_has_the_last_word() {
    let server = StandIn::new(&[("RCPT", Reply::Say("550 5.1.1 nobody of that name"))]).await;
    let error = mailer(&server.url).send(&mail("gone@example.com")).await.unwrap_err();
    assert_eq!(error, MailError::Refused { code: 550, words: "5.1.1 nobody of that name".to_owned() });
    assert!(error.is_final());
    server.heard(|heard| assert!(heard.mails.is_empty()));
}

#[tokio::test]
async fn what_may_pass_is_tried_again() {
    for script in [
        &[("greeting", Reply::Say("421 too many"))],
        &[("MAIL", Reply::Say("452 no room"))],
        &[("RCPT", Reply::Say("450 greylisted"))],
        &[("DATA", Reply::Say("451 in a moment"))],
        &[(".", Reply::Say("451 in a moment"))],
    ] as [&'static [_]; 5]
    {
        let server = StandIn::new(script).await;
        let error = mailer(&server.url).send(&mail("lea@example.com")).await.unwrap_err();
        assert!(matches!(error, MailError::Deferred { code: 421..=452, .. }) && !error.is_final(), "{script:?}: {error:?}");
    }
}

#[tokio::test]
async fn silence_costs_no_more_than_the_time_allowed() {
    for script in
        [&[("greeting", Reply::Silence)], &[("EHLO", Reply::Silence)], &[("RCPT", Reply::Silence)], &[(".", Reply::Silence)]]
            as [&'static [_]; 4]
    {
        let server = StandIn::new(script).await;
        let mailer = Mailer::new(&MailOptions { timeout: Duration::from_millis(150), ..options(&server.url) }).unwrap();
        let begun = Instant::now();
        let error = mailer.send(&mail("lea@example.com")).await.unwrap_err();
        assert!(error == MailError::Timeout && !error.is_final(), "{script:?}: {error:?}");
        assert!(begun.elapsed() < Duration::from_secs(2), "{script:?} took {:?}", begun.elapsed());
    }
    // The mail is through: how the server takes its leave does not matter.
    let server = StandIn::new(&[("QUIT", Reply::Silence)]).await;
    mailer(&server.url).send(&mail("lea@example.com")).await.unwrap();
}

#[tokio::test]
async fn a_broken_connection_may_be_tried_again() {
    for script in [&[("greeting", Reply::Reset)], &[("EHLO", Reply::Reset)], &[("MAIL", Reply::Reset)], &[(".", Reply::Reset)]]
        as [&'static [_]; 4]
    {
        let server = StandIn::new(script).await;
        let error = mailer(&server.url).send(&mail("lea@example.com")).await.unwrap_err();
        assert!(matches!(error, MailError::Unreachable(_)) && !error.is_final(), "{script:?}: {error:?}");
    }
    let server = StandIn::new(&[("greeting", Reply::Say("SSH-2.0-OpenSSH_9.2"))]).await;
    let error = mailer(&server.url).send(&mail("lea@example.com")).await.unwrap_err();
    assert!(matches!(error, MailError::Unreachable(_)), "{error:?}");
    let error = mailer("smtp://127.0.0.1:1").send(&mail("lea@example.com")).await.unwrap_err();
    assert!(matches!(error, MailError::Unreachable(_)) && error.to_string().contains("refused"), "{error}");
}

#[tokio::test]
async fn it_signs_in_and_a_wrong_password_is_not_the_address_s_fault() {
    let server = StandIn::new(&[]).await;
    let url = server.url.replace("smtp://", "smtp://mail%40er:p%2Fw%20%C3%A9@");
    mailer(&url).send(&mail("lea@example.com")).await.unwrap();
    // \0mail@er\0p/w é
    server.heard(|heard| assert_eq!(heard.commands[1], "AUTH PLAIN AG1haWxAZXIAcC93IMOp"));

    for script in [&[("AUTH", Reply::Say("535 no"))], &[("EHLO", Reply::Say("250 stand-in"))]] as [&'static [_]; 2] {
        let server = StandIn::new(script).await;
        let error = mailer(&server.url.replace("//", "//u:hunter2@")).send(&mail("lea@example.com")).await.unwrap_err();
        assert!(matches!(error, MailError::NotLetIn(_)) && !error.is_final(), "{error:?}");
        assert!(!format!("{error} {error:?}").contains("hunter2"));
    }
    let server = StandIn::new(&[("MAIL", Reply::Say("530 sign in first"))]).await;
    let error = mailer(&server.url).send(&mail("lea@example.com")).await.unwrap_err();
    assert!(matches!(error, MailError::NotLetIn(_)) && !error.is_final(), "{error:?}");
}

#[tokio::test]
async fn nothing_is_said_before_starttls_where_it_is_required() {
    let server = StandIn::new(&[]).await;
    let url = server.url.replace("//", "//user:password@");
    let error = mailer(&format!("{url}?tls=required")).send(&mail("lea@example.com")).await.unwrap_err();
    assert!(matches!(&error, MailError::Unreachable(words) if words.contains("?tls=none")), "{error:?}");
    server.heard(|heard| assert_eq!(heard.commands.len(), 1, "only EHLO: {:?}", heard.commands));

    // Offered, even here it is used; this server then does not know how.
    let server = StandIn::new(&[("EHLO", Reply::Say("250-stand-in\r\n250 STARTTLS"))]).await;
    let error = mailer(&server.url).send(&mail("lea@example.com")).await.unwrap_err();
    assert!(matches!(error, MailError::Unreachable(_)), "{error:?}");
    server.heard(|heard| assert_eq!(heard.commands[1], "STARTTLS"));
    mailer(&format!("{}?tls=none", server.url)).send(&mail("lea@example.com")).await.unwrap();
}

#[tokio::test]
async fn a_check_sends_nothing() {
    let server = StandIn::new(&[]).await;
    assert_eq!(mailer(&server.url).check().await, Ok(false));
    server.heard(|heard| {
        assert!(heard.commands[0].starts_with("EHLO ") && heard.commands[1..] == ["QUIT"], "{:?}", heard.commands);
    });
}

#[test]
fn the_server_s_address_says_how_it_is_spoken_to() {
    for (url, host, port, tls) in [
        ("smtp://mail.example.com", "mail.example.com", 587, Tls::Required),
        ("smtp://mail.example.com:25/", "mail.example.com", 25, Tls::Required),
        ("smtp://u:p@mail.example.com?tls=required", "mail.example.com", 587, Tls::Required),
        ("smtp://u:p@10.0.0.7:2525?tls=none", "10.0.0.7", 2525, Tls::Never),
        ("smtps://u:p@mail.example.com", "mail.example.com", 465, Tls::FromTheStart),
        ("smtp://localhost:25", "localhost", 25, Tls::Offered),
        ("smtp://127.0.0.1", "127.0.0.1", 587, Tls::Offered),
        ("smtp://[::1]:2525?tls=required", "::1", 2525, Tls::Required),
    ] {
        let server = Server::parse(url).unwrap_or_else(|words| panic!("{url}: {words}"));
        assert_eq!((server.host.as_str(), server.port, server.tls), (host, port, tls), "{url}");
        assert_eq!(server.credentials.is_some(), url.contains('@'), "{url}");
    }
    for url in [
        "mail.example.com",
        "http://mail.example.com",
        "smtp://",
        "smtp://:25",
        "smtp://mail.example.com/inbox",
        "smtp://mail.example.com?tls=no",
        "smtp://mail.example.com?ssl=none",
        "smtps://mail.example.com?tls=none",
        "smtp://user@mail.example.com",
        "smtp://:password@mail.example.com",
        "smtp://u:%ff@mail.example.com",
    ] {
        assert!(matches!(Mailer::new(&options(url)), Err(MailError::Settings(_))), "{url}");
    }
    let exposed = mailer("smtp://u:p@mail.example.com?tls=none");
    assert!(exposed.tells_password() && !mailer("smtp://u:p@mail.example.com").tells_password());
    assert!(!mailer("smtp://u:p@localhost?tls=none").tells_password() && !format!("{exposed:?}").contains("u:p"));
}
