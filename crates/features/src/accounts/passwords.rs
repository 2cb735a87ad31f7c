//! Passwords: which may be chosen, and hashing in a bounded pool, so that neither sign-ins nor new passwords starve the rest.

use std::sync::Arc;

use kernel::{audit::Record, auth::Actor};
use secrecy::{ExposeSecret, SecretString};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use uuid::Uuid;
use zxcvbn::matching::{Match, patterns::MatchPattern};

use super::{
    AccountError, mails, sessions,
    store::{self, credentials::Credentials},
    throttle,
};
use crate::App;

/// A hash nobody's password has, so that an unknown user costs the same time as a known one. Cost 12, as real ones.
const NOBODY: &str = "$2b$12$KIXQx0oC5ZpX4kzqYb9lUuJm5nq1x0mC0c9p3bqzS6jvE4wGgqS1e";
/// Fewest characters.
const FEWEST: usize = 12;
/// Longest password bcrypt reads to its end.
const MOST_BYTES: usize = 72;
/// What an attacker who knows the usual lists gets through before long, throttled as they are.
const EASY_GUESSES: u64 = 1_000_000;

/// A seat in the pool.
pub(super) struct Seat {
    _permit: OwnedSemaphorePermit,
}

/// Waits for a seat in the pool.
pub(super) async fn seat(pool: &Arc<Semaphore>) -> Result<Seat, AccountError> {
    Ok(Seat { _permit: Arc::clone(pool).acquire_owned().await.map_err(AccountError::internal)? })
}

/// Whether the password is the hash's; where there is no hash it is nobody's, and that takes as long.
pub(super) async fn is_right(seat: Seat, password: SecretString, hash: Option<String>) -> Result<(bool, Seat), AccountError> {
    blocking(move || {
        let hash = hash.as_deref().unwrap_or(NOBODY);
        // bcrypt would look at the first 72 bytes only: a longer password is nobody's.
        let fits = password.expose_secret().len() <= MOST_BYTES;
        let matches = bcrypt::verify(password.expose_secret(), hash).unwrap_or(false);
        Ok((fits && matches && hash != NOBODY, seat))
    })
    .await
}

/// The hash to keep of a password.
pub(super) async fn hash(seat: Seat, cost: u32, password: SecretString) -> Result<String, AccountError> {
    blocking(move || {
        let hash = bcrypt::hash(password.expose_secret(), cost).map_err(AccountError::internal);
        drop(seat);
        hash
    })
    .await
}

/// The hash to keep of a password, in the application's pool.
pub(super) async fn hash_in_pool(app: &App, password: SecretString) -> Result<String, AccountError> {
    hash(seat(&app.hashing).await?, app.bcrypt_cost, password).await
}

/// Refuses unless it is the password of somebody who is signed in and asked for it once more; `field` is where they typed it. What is known of
/// them.
pub(super) async fn check_own(
    app: &App,
    user_id: Uuid,
    password: SecretString,
    field: &'static str,
) -> Result<Credentials, AccountError> {
    let whom = user_id.simple().to_string();
    let seat = seat(&app.hashing).await?;
    throttle::PASSWORD_FAILURES.check(app, &whom).await?;
    let known = store::credentials::by_id(&mut *app.db.read().await?, user_id).await?.ok_or(AccountError::SessionEnded)?;
    let (right, seat) = is_right(seat, password, known.password_hash.clone()).await?;
    if right {
        throttle::PASSWORD_FAILURES.forget(app, &whom).await;
        return Ok(known);
    }
    throttle::PASSWORD_FAILURES.failed(app, &whom).await;
    drop(seat);
    Err(AccountError::field(field, "This is not your password."))
}

/// Sets a password of one's own, and ends all other sessions: whoever knew the old one is out.
pub(super) async fn change(app: &App, actor: &Actor, current: SecretString, new: SecretString) -> Result<(), AccountError> {
    let (user_id, session_id) = sessions::acting(actor)?;
    let known = check_own(app, user_id, current, "current").await?;
    check(new.expose_secret(), &[&known.name, &known.email])?;
    let hash = hash_in_pool(app, new).await?;
    let now = app.now();
    let mut tx = app.db.begin().await?;
    if !store::credentials::change_password(&mut tx, user_id, known.password_hash.as_deref(), &hash, now).await? {
        return Err(AccountError::field("current", "It was changed a moment ago, on another screen."));
    }
    store::links::end_of(&mut tx, user_id, None, now).await?;
    let ended = sessions::end_all(app, &mut tx, user_id, Some(session_id), "password changed").await?;
    tx.record(now, &Record::by(actor, "password.changed").about("user", user_id, &known.name));
    mails::password_changed(app, &mut tx, &known.name, &known.email).await?;
    tx.commit().await?;
    sessions::forget(app, &ended).await;
    Ok(())
}

/// Refuses what is too short, too long or easily guessed. No rules about digits and signs: they make passwords worse. `own` is what
/// others know of the person: name and e-mail.
pub(super) fn check(password: &str, own: &[&str]) -> Result<(), AccountError> {
    let message = if password.chars().count() < FEWEST {
        "Use at least 12 characters; a few words you can remember are fine."
    } else if password.len() > MOST_BYTES {
        "Use at most 72 bytes (72 plain letters; accents and emoji count for more)."
    } else if is_common(password, own) {
        "Others would guess this one first. Put a few unrelated words together."
    } else {
        return Ok(());
    };
    Err(AccountError::field("password", message))
}

/// Whether the whole of it is one known password, name, sequence, date, repetition or walk over the keyboard, or it is guessed at once.
fn is_common(password: &str, own: &[&str]) -> bool {
    // Names and addresses in parts too: "sofia" of "sofia@company.example".
    let split = |text: &&str| text.split(|c: char| !c.is_alphanumeric()).map(str::to_owned).collect::<Vec<_>>();
    let mut known: Vec<String> = own.iter().flat_map(split).filter(|part| part.chars().count() > 2).collect();
    known.extend(own.iter().map(|text| (*text).to_owned()));
    let known: Vec<&str> = known.iter().map(String::as_str).collect();
    let estimate = zxcvbn::zxcvbn(password, &known);
    let single = matches!(estimate.sequence(), [Match { pattern, .. }] if !matches!(pattern, MatchPattern::BruteForce));
    single || estimate.guesses() < EASY_GUESSES
}

/// Runs work off the runtime's threads.
pub(super) async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, AccountError> + Send + 'static,
) -> Result<T, AccountError> {
    tokio::task::spawn_blocking(work).await.map_err(AccountError::internal)?
}

#[cfg(test)]
mod tests {
    use super::*;

    const OWN: [&str; 2] = ["Sofia Marchetti", "sofia.marchetti@company.example"];

    #[test]
    fn passwords_are_long_enough_and_never_cut() {
        for right in
            ["demo-password", "a long test password", "correct-horse-battery", "kein Regen am Sonntag", "tr0mbone Gurke wolke"]
        {
            assert!(check(right, &OWN).is_ok(), "{right}");
        }
        let longest: String = ('!'..='~').cycle().step_by(7).take(72).collect();
        assert!(check(&longest, &OWN).is_ok());
        assert!(check(&format!("{longest}!"), &OWN).is_err());
        assert!(check("elevenchars", &OWN).is_err());
        assert!(check(&"éàü ".repeat(11), &OWN).is_err(), "77 bytes");
    }

    #[test]
    fn what_is_guessed_first_is_refused() {
        for common in [
            "aaaaaaaaaaaa",
            "abcabcabcabc",
            "passwordpassword",
            "abcdefghijklmnop",
            "123456789012",
            "Password2025",
            "iloveyou1234",
            "letmeinletmein1",
            "qwertyuiopasdfgh",
            "1qaz2wsx3edc4rfv",
            "unbelievable",
            "sofia.marchetti@company.example",
            "Sofia Marchetti",
            "IttehcramSofia",
        ] {
            let refused = check(common, &OWN);
            assert!(
                matches!(&refused, Err(AccountError::Invalid { message, .. }) if message.contains("guess")),
                "{common}: {refused:?}"
            );
        }
    }

    #[test]
    fn the_stand_in_hash_is_a_real_one() {
        assert_eq!(bcrypt::verify("anything at all", NOBODY).ok(), Some(false));
    }
}
