//! What MAX needs of others: its database, a replica, Redis, a mail server.

use std::time::{Duration, Instant};

use base::{Clock, Ids, Time};
use features::media::{Files, Scanner};
use kernel::config::Settings;
use secrecy::ExposeSecret as _;
use sqlx::{
    ConnectOptions as _, Connection as _, PgPool,
    postgres::{PgConnectOptions, PgPoolOptions},
};
use tokio::time::timeout;

use super::{Check, LookAtMigrations};
use crate::{
    node,
    postgres::{self, Durability},
};

const ANSWER_LIMIT: Duration = Duration::from_secs(5);
/// Tokens, windows and schedules are reckoned by both clocks: from here on it shows, and from here on it is wrong.
const CLOCKS_DIFFER: Duration = Duration::from_secs(1);
const CLOCKS_DISAGREE: Duration = Duration::from_secs(30);

pub(super) async fn database(settings: &Settings, clock: &dyn Clock, migrations: &LookAtMigrations) -> Vec<Check> {
    let name = "database";
    let mut checks = Vec::new();
    let url = match &settings.database_url {
        Some(url) => url.expose_secret().to_owned(),
        None => {
            match postgres::installed(&settings.data_dir) {
                Ok(found) => {
                    checks.push(Check::ok("PostgreSQL", format!("version {} in {}", found.major, found.folder.display())));
                }
                Err(error) => {
                    checks.push(Check::fail("PostgreSQL", error.to_string(), "without it the private database cannot run"));
                }
            }
            match postgres::running(&settings.data_dir) {
                Some((_, url)) => url,
                None => {
                    checks.push(Check::ok(name, "private, and not running: MAX starts it with itself"));
                    return checks;
                }
            }
        }
    };
    let pool = match connect(&url).await {
        Ok(pool) => pool,
        Err(error) => {
            let fix = "check MAX_DATABASE_URL, that the server runs, and that it lets this machine in";
            checks.push(Check::fail(name, format!("it cannot be reached: {error}"), fix));
            return checks;
        }
    };
    checks.push(durability(&pool, settings.unsafe_durability).await);
    checks.push(clocks(&pool, clock).await);
    checks.push(migrated(pool.clone(), migrations).await);
    timeout(ANSWER_LIMIT, pool.close()).await.ok();
    checks
}

async fn durability(pool: &PgPool, allow_unsafe: bool) -> Check {
    let name = "database";
    let found = match Durability::read(pool).await {
        Ok(found) => found,
        Err(error) => return Check::fail(name, format!("it does not answer: {error}"), "look into the server's log"),
    };
    let version = format!("PostgreSQL {}", found.major());
    if let Err(error) = found.verdict(allow_unsafe) {
        return Check::fail(name, error.to_string(), "MAX does not start on it");
    }
    if !found.off().is_empty() {
        let what = format!("{version} runs with {}, which a setting accepts", found.off().join(" and "));
        return Check::warn(name, what, "for tests only: acknowledged messages can be lost");
    }
    if !found.data_checksums {
        let fix = "stop the server and run pg_checksums --enable";
        return Check::warn(name, format!("{version} keeps what it acknowledges, but without data checksums"), fix);
    }
    Check::ok(name, format!("{version} keeps what it acknowledges; checksums are on"))
}

async fn clocks(pool: &PgPool, clock: &dyn Clock) -> Check {
    let name = "clocks";
    let before = clock.now();
    #[expect(clippy::disallowed_methods, reason = "it asks for the server's time; no schema is involved that could be checked")]
    let there: Result<Time, _> = sqlx::query_scalar("select clock_timestamp()").fetch_one(pool).await;
    let here = before + (clock.now() - before) / 2;
    match there {
        Err(error) => Check::fail(name, format!("the database does not tell its time: {error}"), "look into the server's log"),
        Ok(there) => {
            let apart = (there - here).abs().to_std().unwrap_or_default();
            let found = format!("this machine and the database are {:.3} s apart", apart.as_secs_f64());
            let fix = "set both clocks by NTP";
            match apart {
                _ if apart > CLOCKS_DISAGREE => Check::fail(name, found, fix),
                _ if apart > CLOCKS_DIFFER => Check::warn(name, found, fix),
                _ => Check::ok(name, found),
            }
        }
    }
}

async fn migrated(pool: PgPool, look: &LookAtMigrations) -> Check {
    let name = "migrations";
    match timeout(ANSWER_LIMIT, look(pool)).await {
        Err(_) => Check::fail(name, "the database does not tell which it has", "look into the server's log"),
        Ok(Err(error)) => Check::fail(name, error, "run max migrate with the newest version"),
        Ok(Ok(found)) if found.pending > 0 => {
            let what = format!("{} applied, {} to come", found.applied, found.pending);
            Check::warn(name, what, "max serve applies them at its start, max migrate does without starting")
        }
        Ok(Ok(found)) => Check::ok(name, format!("all {} applied", found.applied)),
    }
}

pub(super) async fn replica(settings: &Settings) -> Option<Check> {
    let name = "replica";
    let url = settings.database_replica_url.as_ref()?;
    let fix = "check MAX_DATABASE_REPLICA_URL; reads that tolerate lag need it";
    let ask = async {
        let pool = connect(url.expose_secret()).await?;
        #[expect(
            clippy::disallowed_methods,
            reason = "it asks a server about itself; no schema is involved that could be checked"
        )]
        let follows: bool = sqlx::query_scalar("select pg_is_in_recovery()").fetch_one(&pool).await?;
        timeout(ANSWER_LIMIT, pool.close()).await.ok();
        Ok::<_, sqlx::Error>(follows)
    };
    Some(match ask.await {
        Ok(true) => Check::ok(name, "it follows its primary"),
        Ok(false) => Check::warn(name, "it is a primary, not a replica: what it shows may be another database", fix),
        Err(error) => Check::fail(name, format!("it cannot be reached: {error}"), fix),
    })
}

pub(super) async fn redis(settings: &Settings) -> Check {
    let name = "Redis";
    let Some(url) = &settings.redis_url else {
        return Check::ok(name, "not used: right for one process");
    };
    let begun = Instant::now();
    let ask = async {
        let mut connection = redis::Client::open(url.expose_secret())?.get_multiplexed_async_connection().await?;
        redis::cmd("PING").query_async::<String>(&mut connection).await
    };
    let fix = "check MAX_REDIS_URL and that the server runs; until then there is no presence, and wake-ups are slower";
    match timeout(ANSWER_LIMIT, ask).await {
        Ok(Ok(_)) => Check::ok(name, format!("it answers ({:.1} ms with connecting)", begun.elapsed().as_secs_f64() * 1000.0)),
        Ok(Err(error)) => Check::fail(name, format!("it cannot be reached: {error}"), fix),
        Err(_) => Check::fail(name, "it does not answer", fix),
    }
}

/// Writes, reads and deletes a small file where files are kept.
pub(super) async fn media(settings: &Settings, ids: &Ids, clock: &dyn Clock) -> Check {
    let name = "files";
    let place = &settings.media_url;
    let fix = "check MAX_MEDIA_URL, the rights of its folder, or the AWS_* variables of its bucket; until then files neither come nor go";
    // A folder that is not there yet is made at the first start; this changes nothing.
    if let Ok(folder) = place.to_file_path()
        && place.scheme() == "file"
        && !folder.exists()
    {
        return Check::ok(name, format!("{} is not there yet: MAX makes it at its start", folder.display()));
    }
    let files = match Files::open(place, &std::env::temp_dir()) {
        Ok(files) => files,
        Err(error) => return Check::fail(name, format!("{error:#}"), fix),
    };
    let begun = Instant::now();
    match timeout(ANSWER_LIMIT * 2, files.check(&ids.next(clock).to_string())).await {
        Ok(Ok(())) => Check::ok(name, format!("{place} keeps and gives back ({:.0} ms)", begun.elapsed().as_secs_f64() * 1000.0)),
        Ok(Err(error)) => Check::fail(name, format!("{place}: {error}"), fix),
        Err(_) => Check::fail(name, format!("{place} does not answer"), fix),
    }
}

/// Whether the virus scanner answers, where there is one.
pub(super) async fn scanner(settings: &Settings) -> Option<Check> {
    let name = "virus scanner";
    let at = settings.clamd.clone()?;
    let shown = at.to_string();
    Some(match Scanner::new(at).check().await {
        Ok(()) => Check::ok(name, format!("{shown} answers")),
        Err(error) => {
            let fix = "check MAX_CLAMD and that clamd runs; until it answers, nobody sees a new file";
            Check::fail(name, format!("{shown}: {error}"), fix)
        }
    })
}

/// Says hello and signs in, as before a mail; sends none.
pub(super) async fn mail(settings: &Settings) -> Check {
    let name = "mail";
    let mailer = match node::mailer(settings, ANSWER_LIMIT) {
        Ok(Some(mailer)) => mailer,
        Ok(None) => return Check::ok(name, "not sent: an admin passes on the links of invitations and new passwords"),
        Err(error) => return Check::fail(name, error.to_string(), "correct MAX_SMTP_URL or MAX_MAIL_FROM"),
    };
    let server = mailer.server();
    match mailer.check().await {
        Ok(true) => Check::ok(name, format!("{server} answers, encrypted")),
        Ok(false) if mailer.tells_password() => {
            let fix = "take ?tls=none out of MAX_SMTP_URL, unless nobody else is on the network between";
            Check::warn(name, format!("{server} answers, and is told our password in the clear"), fix)
        }
        Ok(false) => Check::ok(name, format!("{server} answers, not encrypted")),
        Err(error) => {
            let fix = "check MAX_SMTP_URL and that the server lets this machine in; until then mail waits";
            Check::fail(name, format!("{server}: {error}"), fix)
        }
    }
}

/// A pool of one. The first connection is made without the pool, which would try again and again and tell only that it
/// took too long.
async fn connect(url: &str) -> Result<PgPool, sqlx::Error> {
    let options: PgConnectOptions = url.parse()?;
    let too_long = |_| sqlx::Error::Io(std::io::ErrorKind::TimedOut.into());
    timeout(ANSWER_LIMIT, options.connect()).await.map_err(too_long)??.close().await?;
    PgPoolOptions::new().max_connections(1).acquire_timeout(ANSWER_LIMIT).connect_with(options).await
}
