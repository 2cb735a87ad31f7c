//! `max doctor` on real folders, ports and databases.

#![expect(clippy::unwrap_used, reason = "helpers of tests fail as tests do")]

use std::{
    fs::{self, Permissions},
    os::unix::fs::PermissionsExt as _,
    path::PathBuf,
};

use base::{Ids, SystemClock};
use connect::mail::{MailOptions, Mailer};
use kernel::config::Settings;
use max::{
    doctor::{self, Check, Migrations, Outcome, Report},
    postgres::Managed,
};
use simulator::{Options, Simulator};
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpListener,
};

/// A folder that goes when the test ends.
struct Folder(PathBuf);

impl Folder {
    fn new() -> Self {
        let path = std::env::temp_dir().join(format!("max-doctor-{}", Ids::from_system().next(&SystemClock)));
        fs::create_dir(&path).unwrap();
        fs::set_permissions(&path, Permissions::from_mode(0o755)).unwrap();
        Self(path)
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        fs::remove_dir_all(&self.0).ok();
    }
}

fn settings(folder: &Folder) -> Settings {
    let data_dir = folder.0.join("data").display().to_string();
    Settings::load([("data_dir", data_dir), ("listen", "127.0.0.1:0".to_owned())]).unwrap()
}

async fn examine(settings: &Settings) -> Report {
    let look: &doctor::LookAtMigrations = &|_| Box::pin(async { Ok(Migrations { applied: 3, pending: 1 }) });
    doctor::run(settings, &SystemClock, &Ids::from_system(), look).await
}

fn check<'a>(report: &'a Report, name: &str) -> &'a Check {
    report.checks.iter().find(|check| check.name == name).unwrap_or_else(|| panic!("no {name} in\n{report}"))
}

#[tokio::test]
async fn before_the_first_start_nothing_is_wrong_and_nothing_is_made() {
    let folder = Folder::new();
    let settings = settings(&folder);
    let report = examine(&settings).await;
    assert_ne!(report.outcome(), Outcome::Fail, "{report}");
    assert_eq!(report.exit_code(), 0);
    assert!(check(&report, "database").sentence.contains("not running"));
    assert_eq!(fs::read_dir(&folder.0).unwrap().count(), 0, "the doctor leaves nothing behind");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_running_private_database_is_looked_into() {
    let folder = Folder::new();
    let settings = settings(&folder);
    let managed = Managed::start(&settings.data_dir).await.unwrap();
    let report = examine(&settings).await;
    assert!(check(&report, "database").sentence.contains("keeps what it acknowledges; checksums are on"), "{report}");
    assert_eq!(check(&report, "clocks").outcome, Outcome::Ok, "{report}");
    assert_eq!(check(&report, "migrations").sentence, "3 applied, 1 to come");
    assert!(report.to_string().contains("-> max serve applies them"), "{report}");
    managed.stop().await.unwrap();
}

#[tokio::test]
async fn what_is_wrong_is_told_with_what_to_do() {
    let folder = Folder::new();
    let mut settings = settings(&folder);
    settings.master_key(&Ids::from_system()).unwrap();
    fs::set_permissions(settings.secret_key_path(), Permissions::from_mode(0o644)).unwrap();
    settings.database_url = Some("postgres://max@127.0.0.1:1/max".into());
    settings.redis_url = Some("redis://127.0.0.1:1".into());
    settings.smtp_url = Some("smtp://127.0.0.1:1".into());
    settings.mail_from = Some("max@example.com".to_owned());
    settings.public_url = "http://inbox.example.com/".parse().unwrap();
    let report = examine(&settings).await;
    for name in ["secret key", "database", "Redis", "mail", "public address"] {
        let check = check(&report, name);
        assert!(check.outcome == Outcome::Fail && check.fix.is_some(), "{report}");
    }
    assert_eq!(report.exit_code(), 1);
    let json = serde_json::to_value(&report).unwrap();
    assert_eq!(json["checks"][2]["name"], "secret key");
    assert_eq!(json["checks"][2]["outcome"], "fail");
}

#[tokio::test]
async fn who_is_on_the_port_is_found_out() {
    let folder = Folder::new();
    for (answer, outcome) in [
        ("HTTP/1.1 200 OK\r\n\r\n", Outcome::Ok),
        ("HTTP/1.1 503 Service Unavailable\r\n\r\n", Outcome::Warn),
        ("HTTP/1.1 404 Not Found\r\n\r\n", Outcome::Fail),
        ("SSH-2.0-OpenSSH_9.2\r\n", Outcome::Fail),
    ] {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let mut settings = settings(&folder);
        settings.listen = listener.local_addr().unwrap();
        let server = tokio::spawn(async move {
            let (mut stream, _) = listener.accept().await.unwrap();
            let mut asked = [0; 1024];
            let length = stream.read(&mut asked).await.unwrap();
            assert!(asked[..length].starts_with(b"GET /readyz "));
            stream.write_all(answer.as_bytes()).await.unwrap();
        });
        let report = examine(&settings).await;
        server.await.unwrap();
        assert_eq!(check(&report, "web server").outcome, outcome, "{report}");
    }
}

#[tokio::test]
async fn the_mail_server_is_greeted_and_gets_no_mail() {
    let folder = Folder::new();
    let load = |url: &str| {
        let data_dir = folder.0.join("data").display().to_string();
        let mail = [("smtp_url", url.to_owned()), ("mail_from", "MAX <max@example.com>".to_owned())];
        let rest = [("data_dir", data_dir), ("listen", "127.0.0.1:0".to_owned())];
        Settings::load(mail.into_iter().chain(rest)).unwrap()
    };
    let simulator = Simulator::start(Options::default()).await.unwrap();
    let report = examine(&load(&simulator.smtp_url())).await;
    let found = check(&report, "mail");
    assert_eq!(found.outcome, Outcome::Ok, "{report}");
    assert!(found.sentence.contains(" answers, not encrypted"), "{report}");

    // This one cannot be signed in to.
    let report = examine(&load(&simulator.smtp_url().replace("//", "//user:hunter2@"))).await;
    let found = check(&report, "mail");
    assert!(found.outcome == Outcome::Fail && found.sentence.contains("does not let us in"), "{report}");
    assert!(!report.to_string().contains("hunter2"));

    // What the settings take, the client takes: they are read in two places.
    for url in ["smtp://mail.example.com", "smtp://u:p%40@10.0.0.7:25/?tls=none", "smtps://u:p@mail.example.com", "smtp://[::1]"]
    {
        let settings = load(url);
        let options = MailOptions::new(settings.smtp_url.unwrap(), settings.mail_from.unwrap());
        assert!(Mailer::new(&options).is_ok(), "{url}");
    }
}
