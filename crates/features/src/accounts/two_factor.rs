//! The second factor: six digits of an authenticator app, each good once, and ten recovery codes for the day the phone is lost.

use fast_qr::{
    ECL,
    convert::{Builder as _, svg::SvgBuilder},
    qr::QRBuilder,
};
use kernel::{audit::Record, auth::Actor, db::Tx};
use schemars::JsonSchema;
use secrecy::SecretString;
use serde::Serialize;
use totp_rs::{Builder, Secret, Totp};
use uuid::Uuid;

use super::{
    AccountError, passwords, profile,
    sessions::acting,
    store::{self, two_factor::Factor},
    throttle,
    users::{self, TwoFactor},
};
use crate::App;

/// Who issues the codes, as authenticator apps show it.
const ISSUER: &str = "MAX";
/// Bytes of a secret: as many as its hash has, which the standard recommends.
const SECRET_BYTES: usize = 20;
/// Recovery codes that are handed out.
const RECOVERY_CODES: usize = 10;

/// What one needs to set up an authenticator app.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "TotpSetup")]
pub(super) struct Setup {
    /// The secret in base32, to be typed where nothing can be scanned.
    pub secret: String,
    /// The same as an `otpauth://` address.
    pub uri: String,
    /// That address as a QR code, an SVG picture.
    pub qr_svg: String,
}

/// Begins to set up a second factor. It counts once a code of it was shown ([`confirm`]).
pub(super) async fn begin(app: &App, actor: &Actor, password: SecretString) -> Result<Setup, AccountError> {
    let (user_id, _) = acting(actor)?;
    passwords::check_own(app, user_id, password, "password").await?;
    let bytes = app.ids.token();
    let sealed = app.vault.seal(&bytes[..SECRET_BYTES], &aad(user_id), &app.ids).map_err(AccountError::internal)?;
    let mut tx = app.db.begin().await?;
    let factor = store::two_factor::factor(&mut tx, user_id).await?.ok_or(AccountError::SessionEnded)?;
    if !store::two_factor::begin(&mut tx, user_id, &sealed, app.now()).await? {
        return Err(AccountError::TwoFactorOn);
    }
    tx.commit().await?;
    let totp = totp(&bytes[..SECRET_BYTES], &factor.email)?;
    let uri = totp.to_url().map_err(AccountError::internal)?;
    let qr = QRBuilder::new(uri.as_str()).ecl(ECL::M).build().map_err(|e| AccountError::Internal(format!("{e:?}")))?;
    Ok(Setup { secret: totp.secret().to_base32(), qr_svg: SvgBuilder::default().margin(2).to_str(&qr), uri })
}

/// The first code of the app: from now on it is asked for. The recovery codes are told this once.
pub(super) async fn confirm(app: &App, actor: &Actor, code: &str) -> Result<Vec<String>, AccountError> {
    let (user_id, session_id) = acting(actor)?;
    throttle::CODES.take(app, &user_id.simple().to_string()).await?;
    let mut tx = app.db.begin().await?;
    let factor = store::two_factor::factor(&mut tx, user_id).await?.ok_or(AccountError::SessionEnded)?;
    if factor.on {
        return Err(AccountError::TwoFactorOn);
    }
    let sealed = factor.secret.as_deref().ok_or_else(|| AccountError::field("code", "Ask for a new square to scan first."))?;
    let step = step_of(app, &factor, user_id, code)?.ok_or_else(|| {
        AccountError::field("code", "This is not the code that the app shows now. Check that the phone's clock is right.")
    })?;
    if !store::two_factor::confirm(&mut tx, user_id, sealed, step, app.now()).await? {
        return Err(AccountError::TwoFactorOn);
    }
    let codes = make_codes(app, &mut tx, user_id).await?;
    tx.record(app.now(), &Record::by(actor, "two_factor.on").about("user", user_id, actor.name()));
    profile::tell(app, &mut tx, user_id).await?;
    tx.commit().await?;
    throttle::CODES.forget(app, &user_id.simple().to_string()).await;
    app.principals.invalidate(&session_id).await;
    Ok(codes)
}

/// Switches the second factor off, unless the role asks for it.
pub(super) async fn disable(app: &App, actor: &Actor, password: SecretString, code: &str) -> Result<(), AccountError> {
    let (user_id, _) = acting(actor)?;
    passwords::check_own(app, user_id, password, "password").await?;
    throttle::CODES.take(app, &user_id.simple().to_string()).await?;
    let mut tx = app.db.begin().await?;
    let factor = store::two_factor::factor(&mut tx, user_id).await?.ok_or(AccountError::SessionEnded)?;
    if !factor.on {
        return Err(AccountError::TwoFactorOff);
    }
    // Without one, would they have to set one up?
    if users::two_factor(&mut tx, &app.public_url, users::role(&factor.role)?, false).await? == TwoFactor::Required {
        return Err(AccountError::TwoFactorByRole);
    }
    if !use_code(app, &mut tx, user_id, code, Record::by(actor, "two_factor.recovery_used")).await? {
        return Err(AccountError::field("code", "This code does not hold, or was used already. Wait for the next one."));
    }
    store::two_factor::remove(&mut tx, user_id, app.now()).await?;
    tx.record(app.now(), &Record::by(actor, "two_factor.off").about("user", user_id, actor.name()));
    profile::tell(app, &mut tx, user_id).await?;
    tx.commit().await?;
    throttle::CODES.forget(app, &user_id.simple().to_string()).await;
    Ok(())
}

/// Ten new recovery codes; the old ones end.
pub(super) async fn renew_codes(app: &App, actor: &Actor, password: SecretString) -> Result<Vec<String>, AccountError> {
    let (user_id, _) = acting(actor)?;
    passwords::check_own(app, user_id, password, "password").await?;
    let mut tx = app.db.begin().await?;
    let factor = store::two_factor::factor(&mut tx, user_id).await?.ok_or(AccountError::SessionEnded)?;
    if !factor.on {
        return Err(AccountError::TwoFactorOff);
    }
    let codes = make_codes(app, &mut tx, user_id).await?;
    tx.record(app.now(), &Record::by(actor, "recovery_codes.made").about("user", user_id, actor.name()));
    profile::tell(app, &mut tx, user_id).await?;
    tx.commit().await?;
    Ok(codes)
}

/// Takes somebody's second factor away, with what was not finished of it; whether there was one. Their sessions are the caller's to end,
/// and the record the caller's to write.
pub(super) async fn remove(app: &App, tx: &mut Tx, user_id: Uuid) -> Result<bool, AccountError> {
    Ok(store::two_factor::remove(tx, user_id, app.now()).await?)
}

/// Uses a code up, of the app or for recovery; whether it held. `recovery` is recorded when it was one of those.
pub(super) async fn use_code(app: &App, tx: &mut Tx, user_id: Uuid, code: &str, recovery: Record) -> Result<bool, AccountError> {
    let factor = store::two_factor::factor(tx, user_id).await?.ok_or(AccountError::SessionEnded)?;
    if let Some(code) = recovery_code(code) {
        let hash = app.vault.fingerprint(code.as_bytes(), &aad(user_id));
        if !store::two_factor::use_code(tx, user_id, &hash, app.now()).await? {
            return Ok(false);
        }
        let left = store::two_factor::codes_left(tx, user_id).await?;
        tx.record(app.now(), &recovery.about("user", user_id, &factor.name).with("left", left));
        profile::tell(app, tx, user_id).await?;
        return Ok(true);
    }
    match step_of(app, &factor, user_id, code)? {
        Some(step) => Ok(store::two_factor::use_step(tx, user_id, step).await?),
        None => Ok(false),
    }
}

/// The 30-second step whose code this is: the present one or a neighbour, for clocks differ.
fn step_of(app: &App, factor: &Factor, user_id: Uuid, code: &str) -> Result<Option<i64>, AccountError> {
    let Some(sealed) = &factor.secret else { return Ok(None) };
    let digits: String = code.chars().filter(|c| !c.is_whitespace()).collect();
    let secret = app.vault.open(sealed, &aad(user_id)).map_err(AccountError::internal)?;
    let now = u64::try_from(app.now().timestamp()).unwrap_or_default();
    Ok(totp(&secret, &factor.email)?.check(&digits, now).and_then(|step| i64::try_from(step).ok()))
}

fn totp(secret: &[u8], email: &str) -> Result<Totp, AccountError> {
    let builder = Builder::new().with_secret(Secret::from(secret)).with_issuer(Some(ISSUER));
    // The parts of its address are parted by colons.
    builder.with_account_name(email.replace(':', "_")).build().map_err(AccountError::internal)
}

/// What a secret is sealed for.
fn aad(user_id: Uuid) -> Vec<u8> {
    [b"two_factor:".as_slice(), user_id.as_bytes()].concat()
}

async fn make_codes(app: &App, tx: &mut Tx, user_id: Uuid) -> Result<Vec<String>, AccountError> {
    let codes: Vec<String> = (0..RECOVERY_CODES).map(|_| spell(&app.ids.token())).collect();
    let hashes: Vec<Vec<u8>> = codes
        .iter()
        .filter_map(|code| recovery_code(code))
        .map(|code| app.vault.fingerprint(code.as_bytes(), &aad(user_id)).to_vec())
        .collect();
    store::two_factor::replace_codes(tx, user_id, &hashes).await?;
    Ok(codes)
}

/// Letters and digits of recovery codes: 32 that nobody takes for another.
const ALPHABET: &[u8; 32] = b"abcdefghjkmnpqrstuvwxyz023456789";
/// Characters of a recovery code: 50 bits.
const CODE_LENGTH: usize = 10;

/// A recovery code as it is shown: `xxxxx-xxxxx`.
fn spell(chance: &[u8; 32]) -> String {
    let mut code: String = chance.iter().take(CODE_LENGTH).map(|byte| char::from(ALPHABET[usize::from(byte % 32)])).collect();
    code.insert(CODE_LENGTH / 2, '-');
    code
}

/// What somebody typed as a recovery code, without what does not matter; `None` when it cannot be one.
fn recovery_code(typed: &str) -> Option<String> {
    let code: String = typed.chars().filter(|c| *c != '-' && !c.is_whitespace()).flat_map(char::to_lowercase).collect();
    (code.len() == CODE_LENGTH).then_some(code)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn recovery_codes_are_forgiving_about_form_alone() {
        let code = spell(&[0, 1, 2, 3, 4, 31, 30, 29, 28, 27, 9, 9, 9, 9, 9, 9, 9, 9, 9, 9, 9, 9, 9, 9, 9, 9, 9, 9, 9, 9, 9, 9]);
        assert_eq!(code, "abcde-98765");
        for typed in ["abcde-98765", "ABCDE98765", " abcde - 98765 ", "AbCdE-98765"] {
            assert_eq!(recovery_code(typed).as_deref(), Some("abcde98765"), "{typed}");
        }
        for typed in ["", "123456", "abcde-9876", "abcde-987654", "éééééééééé"] {
            assert_eq!(recovery_code(typed), None, "{typed}");
        }
        let distinct: std::collections::BTreeSet<_> = ALPHABET.iter().collect();
        assert_eq!(distinct.len(), 32);
    }

    #[test]
    fn codes_are_those_of_the_standard() {
        // RFC 6238, appendix B, the last six digits.
        let totp = totp(b"12345678901234567890", "ana@company.example").unwrap();
        for (at, code) in [(59, "287082"), (1_111_111_109, "081804"), (20_000_000_000, "353130")] {
            assert_eq!(totp.check(code, at), Some(at / 30));
            assert_eq!(totp.check(code, at + 30), Some(at / 30), "one step late");
            assert_eq!(totp.check(code, at + 60), None, "two steps late");
        }
        for wrong in ["", "28708", "2870822", "28708a", "２８７０８２"] {
            assert_eq!(totp.check(wrong, 59), None, "{wrong}");
        }
        assert_eq!(
            totp.to_url().unwrap(),
            "otpauth://totp/MAX:ana%40company.example?secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ&issuer=MAX"
        );
    }
}
