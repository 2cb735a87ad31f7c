use std::{
    collections::HashMap,
    fs,
    path::{Path, PathBuf},
};

use base::Ids;
use secrecy::ExposeSecret as _;

use super::{ConfigErrors, KEYS, LogFormat, Settings, read::Sources};

const DEFAULT_FILE: &str = include_str!("../../../../max.default.toml");

/// An empty folder that goes when the test ends.
struct Folder(PathBuf);

impl Folder {
    fn new() -> Self {
        let ids = Ids::from_system();
        let path = std::env::temp_dir().join(format!("max-config-{}", ids.next(&base::SystemClock)));
        fs::create_dir(&path).unwrap();
        Self(path)
    }

    fn path(&self) -> &Path {
        &self.0
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        fs::remove_dir_all(&self.0).ok();
    }
}

fn pairs(pairs: &[(&str, &str)]) -> HashMap<String, String> {
    pairs.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect()
}

fn load(folder: &Folder, env: &[(&str, &str)]) -> Result<Settings, ConfigErrors> {
    Settings::from_sources(&Sources { env: pairs(env), working_dir: folder.path().to_owned(), overrides: HashMap::new() })
}

fn errors(result: Result<Settings, ConfigErrors>) -> String {
    result.unwrap_err().to_string()
}

#[test]
fn nothing_set_gives_the_defaults() {
    let settings = load(&Folder::new(), &[]).unwrap();
    assert_eq!(settings.listen.to_string(), "127.0.0.1:8080");
    assert_eq!(settings.public_url.as_str(), "http://127.0.0.1:8080/");
    assert!(settings.data_dir.is_absolute() && settings.data_dir.ends_with("data"));
    assert_eq!(settings.media_url.to_file_path().unwrap(), settings.data_dir.join("media"));
    assert_eq!((settings.database_pool_size, settings.drain_seconds), (16, 25));
    assert_eq!(settings.log_format, LogFormat::Json);
    assert!(settings.database_url.is_none() && settings.redis_url.is_none() && settings.secret_key.is_none());
    assert!(settings.smtp_url.is_none() && settings.mail_from.is_none());
    assert!(settings.net_allow.is_empty() && settings.trusted_proxies.is_empty() && !settings.unsafe_durability);
}

#[test]
fn the_command_line_wins_over_the_environment_over_the_file() {
    let folder = Folder::new();
    fs::write(
        folder.path().join("max.toml"),
        "listen = \"127.0.0.1:1\"\nlog = \"warn\"\ndrain_seconds = 3\nnet_allow = [\"10.0.0.0/8\", \"192.168.1.7\"]\n",
    )
    .unwrap();
    let settings = Settings::from_sources(&Sources {
        env: pairs(&[("MAX_LISTEN", "127.0.0.1:2"), ("MAX_LOG", "debug"), ("MAX_REDIS_URL", "")]),
        working_dir: folder.path().to_owned(),
        overrides: pairs(&[("listen", "127.0.0.1:3")]),
    })
    .unwrap();
    assert_eq!(settings.listen.port(), 3);
    assert_eq!((settings.log.as_str(), settings.drain_seconds), ("debug", 3));
    assert_eq!(settings.net_allow.iter().map(ToString::to_string).collect::<Vec<_>>(), ["10.0.0.0/8", "192.168.1.7/32"]);
    assert!(settings.redis_url.is_none(), "an empty variable is an unset one");
}

#[test]
fn the_file_is_found_by_name_and_in_the_data_directory() {
    let folder = Folder::new();
    fs::create_dir(folder.path().join("store")).unwrap();
    fs::write(folder.path().join("store/max.toml"), "log = \"warn\"\n").unwrap();
    fs::write(folder.path().join("other.toml"), "log = \"error\"\n").unwrap();
    assert_eq!(load(&folder, &[("MAX_DATA_DIR", "store")]).unwrap().log, "warn");
    assert_eq!(load(&folder, &[("MAX_DATA_DIR", "store"), ("MAX_CONFIG", "other.toml")]).unwrap().log, "error");
    let missing = errors(load(&folder, &[("MAX_CONFIG", "gone.toml")]));
    assert_eq!(missing, "the configuration is wrong: MAX_CONFIG: there is no file \"gone.toml\"");
}

#[test]
fn all_mistakes_are_told_at_once_and_no_secret_with_them() {
    let folder = Folder::new();
    fs::write(folder.path().join("max.toml"), "databse_url = \"x\"\nlog_format = \"xml\"\ncolour = 1\n[redis]\nurl = 1\n")
        .unwrap();
    let told = errors(load(
        &folder,
        &[
            ("MAX_LISTEN", "8080"),
            ("MAX_PUBLIC_URL", "https://max.example/inbox"),
            ("MAX_DATABASE_URL", "mysql://u:hunter2@db/x"),
            ("MAX_SECRET_KEY", "c2hvcnQ="),
            ("MAX_NET_ALLOW", "10.0.0.0/99"),
            ("MAX_DRAIN_SECONDS", "soon"),
            ("MAX_LISTN", "x"),
            ("MAX_CONCURRENCY", "belongs to somebody else"),
        ],
    ));
    let file = folder.path().join("max.toml").display().to_string();
    assert_eq!(
        told.replace(&file, "max.toml"),
        "the configuration is wrong in 11 places:
  - colour (in max.toml) is no setting; max.default.toml lists them all
  - databse_url (in max.toml) is no setting; did you mean database_url?
  - listn (MAX_LISTN) is no setting; did you mean MAX_LISTEN?
  - redis (in max.toml) is no setting; did you mean redis_url?
  - listen (MAX_LISTEN) must be an address with a port, such as 127.0.0.1:8080; it is \"8080\"
  - public_url (MAX_PUBLIC_URL) must be https:// or http:// and a host name, without a path; it is \"https://max.example/inbox\"
  - drain_seconds (MAX_DRAIN_SECONDS) must be a number of seconds from 0 to 600; it is \"soon\"
  - database_url (MAX_DATABASE_URL) must be a postgres:// address (its value is not shown)
  - secret_key (MAX_SECRET_KEY) must be 32 bytes in base64 or hex (openssl rand -base64 32 makes one) (its value is not shown)
  - net_allow (MAX_NET_ALLOW) must be networks such as 10.0.0.0/8; it is \"10.0.0.0/99\"
  - log_format (in max.toml) must be json or text; it is \"xml\""
    );
}

#[test]
fn settings_that_contradict_each_other_are_refused() {
    let folder = Folder::new();
    let told = errors(load(
        &folder,
        &[
            ("MAX_DATABASE_REPLICA_URL", "postgres://replica/max"),
            ("MAX_DATABASE_POOL_SIZE", "200"),
            ("MAX_METRICS_LISTEN", "127.0.0.1:8080"),
            ("MAX_SMTP_URL", "smtp://mail.example.com"),
        ],
    ));
    assert!(told.contains("database_replica_url (MAX_DATABASE_REPLICA_URL) needs database_url"), "{told}");
    assert!(told.contains("database_pool_size (MAX_DATABASE_POOL_SIZE) may be at most 90"), "{told}");
    assert!(told.contains("metrics_listen (MAX_METRICS_LISTEN) is the same as listen"), "{told}");
    assert!(told.contains("smtp_url (MAX_SMTP_URL) needs mail_from"), "{told}");
}

#[test]
fn where_mail_goes_out_is_told_by_a_url_and_a_sender() {
    let mail = |url: &str, from: &str| load(&Folder::new(), &[("MAX_SMTP_URL", url), ("MAX_MAIL_FROM", from)]);
    for url in [
        "smtp://mail.example.com",
        "smtp://user:p%40ss@mail.example.com:2525?tls=required",
        "smtp://user:password@10.0.0.7:25/?tls=none",
        "smtps://user:password@mail.example.com",
        "smtp://[::1]:25",
    ] {
        let settings = mail(url, "MAX <max@example.com>").unwrap();
        assert_eq!(settings.smtp_url.unwrap().expose_secret(), url);
    }
    for url in [
        "mail.example.com",
        "http://mail.example.com",
        "smtp://",
        "smtp://:25",
        "smtp://mail.example.com/inbox",
        "smtp://mail.example.com?tls=no",
        "smtps://mail.example.com?tls=none",
        "smtp://hunter2@mail.example.com",
        "smtp://:hunter2@mail.example.com",
    ] {
        let told = errors(mail(url, "max@example.com"));
        assert!(
            told.contains("smtp_url (MAX_SMTP_URL) must be smtp:// or smtps://") && !told.contains("hunter2"),
            "{url}: {told}"
        );
    }
    assert_eq!(mail("smtp://localhost", " max@example.com").unwrap().mail_from.as_deref(), Some("max@example.com"));
    for from in
        ["MAX", "MAX <max@example.com", "<max@>", "@example.com", "a@b@example.com", "a@example.com, b@example.com", "M\nX <m@x>"]
    {
        let told = errors(mail("smtp://localhost", from));
        assert!(
            told.contains("mail_from (MAX_MAIL_FROM) must be a mail address, such as MAX <max@example.com>; it is"),
            "{from}: {told}"
        );
        assert!(!told.contains("needs mail_from"), "one mistake is told once: {told}");
    }
}

#[test]
fn a_file_that_is_not_toml_is_told_without_its_content() {
    let folder = Folder::new();
    fs::write(folder.path().join("max.toml"), "log = \"info\"\nsecret_key = hunter2\n").unwrap();
    let told = errors(load(&folder, &[]));
    assert!(told.contains("line 2") && !told.contains("hunter2"), "{told}");
}

#[test]
fn debug_prints_no_secret() {
    let key = "0f".repeat(32);
    let settings = load(
        &Folder::new(),
        &[
            ("MAX_DATABASE_URL", "postgres://u:hunter2@db/x"),
            ("MAX_REDIS_URL", "redis://:hunter2@cache"),
            ("MAX_SECRET_KEY", &key),
            ("MAX_SMTP_URL", "smtp://u:hunter2@mail.example.com"),
            ("MAX_MAIL_FROM", "max@example.com"),
            ("MAX_METRICS_TOKEN", "hunter2hunter2hunter2"),
        ],
    )
    .unwrap();
    let printed = format!("{settings:?}");
    assert!(!printed.contains("hunter2") && !printed.contains(&key), "{printed}");
    assert_eq!(settings.master_key(&Ids::seeded(1)).unwrap().expose_secret(), &[0x0f; 32]);
}

#[test]
fn the_secret_key_is_made_once_and_for_its_owner_only() {
    use std::os::unix::fs::PermissionsExt as _;
    let folder = Folder::new();
    let settings = load(&folder, &[("MAX_DATA_DIR", folder.path().join("new/data").to_str().unwrap())]).unwrap();
    let keys: Vec<[u8; 32]> = std::thread::scope(|scope| {
        let racers: Vec<_> = (0..8)
            .map(|seed| {
                scope.spawn({
                    let settings = &settings;
                    move || *settings.master_key(&Ids::seeded(seed)).unwrap().expose_secret()
                })
            })
            .collect();
        racers.into_iter().map(|racer| racer.join().unwrap()).collect()
    });
    assert!(keys.iter().all(|key| key == &keys[0]), "racing processes agree");
    assert_eq!(settings.master_key(&Ids::seeded(99)).unwrap().expose_secret(), &keys[0]);
    let path = settings.secret_key_path();
    assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
    assert_eq!(fs::read_dir(&settings.data_dir).unwrap().count(), 1, "nothing is left beside it");

    fs::write(&path, "not a key").unwrap();
    let told = settings.master_key(&Ids::seeded(1)).unwrap_err().to_string();
    assert!(told.contains("does not hold a key"), "{told}");
}

#[test]
fn a_key_is_read_in_every_common_spelling() {
    let bytes = [0xfb; 32];
    let padded = base64::Engine::encode(&base64::engine::general_purpose::STANDARD, bytes);
    let url_safe = base64::Engine::encode(&base64::engine::general_purpose::URL_SAFE_NO_PAD, bytes);
    for spelling in [padded.as_str(), padded.trim_end_matches('='), &url_safe, &hex::encode(bytes), &format!(" {padded}\n")] {
        let settings = load(&Folder::new(), &[("MAX_SECRET_KEY", spelling)]).unwrap();
        assert_eq!(settings.master_key(&Ids::seeded(1)).unwrap().expose_secret(), &bytes, "{spelling}");
    }
}

/// The file as it stands gives the defaults, and with every example line switched on it names every setting and is valid.
#[test]
fn the_default_file_and_the_code_agree() {
    let folder = Folder::new();
    let path = folder.path().join("max.toml");
    let example = |line: &str| {
        line.strip_prefix("# ").is_some_and(|rest| KEYS.iter().any(|(key, _)| rest.starts_with(&format!("{key} ="))))
    };

    for (key, default) in KEYS {
        let shown: Vec<&str> =
            DEFAULT_FILE.lines().filter(|line| line.trim_start_matches("# ").starts_with(&format!("{key} ="))).collect();
        let [line] = shown.as_slice() else { panic!("{key} stands {} times in max.default.toml", shown.len()) };
        match default {
            None => assert!(example(line), "{key} has no fixed default, so its line is an example behind a #"),
            Some(default) => {
                let value = line.split_once('=').unwrap().1.trim().trim_matches(['"', '[', ']']);
                assert_eq!(value, default, "the default of {key}");
            }
        }
    }

    fs::write(&path, DEFAULT_FILE).unwrap();
    let (of_file, of_code) = (load(&folder, &[]).unwrap(), load(&Folder::new(), &[]).unwrap());
    assert_eq!(format!("{of_file:?}"), format!("{of_code:?}"));

    let all: String = DEFAULT_FILE.lines().map(|line| format!("{}\n", if example(line) { &line[2..] } else { line })).collect();
    fs::write(&path, all).unwrap();
    load(&folder, &[]).unwrap();
}
