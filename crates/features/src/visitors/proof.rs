//! Proof that a visitor is a user of the company: a token that its server signed. The key says which algorithm holds, never the token.

use base::Time;
use connect::channel::{VisitorKey, VisitorProfile};
use jsonwebtoken::{Algorithm, DecodingKey, EncodingKey, Header, Validation, decode, encode};
use secrecy::ExposeSecret;
use serde::Deserialize;
use serde_json::{Map, Value};
use uuid::Uuid;

/// The longest such a token may hold, in seconds.
const LONGEST: i64 = 24 * 3600;
/// How far the company's clock may be from ours, in seconds.
const LEEWAY: i64 = 60;
/// The longest id of a user, in characters.
const MAX_ID: usize = 200;
/// The longest token, in bytes.
const MAX_TOKEN: usize = 8 * 1024;

#[derive(Deserialize)]
struct Claims {
    sub: Value,
    exp: i64,
    nbf: Option<i64>,
    #[serde(default)]
    name: Option<String>,
    #[serde(default)]
    email: Option<String>,
    #[serde(default)]
    phone: Option<String>,
    #[serde(default)]
    attributes: Map<String, Value>,
}

/// Whom a token proves.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Proof {
    /// The company's own id of the user.
    pub user_id: String,
    /// What the company tells about them.
    pub profile: VisitorProfile,
}

/// Whom the token proves, or why nobody.
pub(super) fn check(keys: &[VisitorKey], channel_id: Uuid, token: &str, now: Time) -> Result<Proof, &'static str> {
    if keys.is_empty() {
        return Err("This channel has no key that could prove users. An admin can enter one.");
    }
    if token.len() > MAX_TOKEN {
        return Err("The user's token is too long.");
    }
    let claims = keys.iter().find_map(|key| read(key, channel_id, token));
    let claims =
        claims.ok_or("The user's token is not signed with this channel's key for this channel (`aud` is the channel's id).")?;
    let now = now.timestamp();
    if claims.exp.saturating_add(LEEWAY) <= now {
        return Err("The user's token has expired. Ask the company's server for a new one.");
    }
    if claims.exp > now + LONGEST + LEEWAY {
        return Err("The user's token holds for longer than 24 hours. Sign one that expires sooner.");
    }
    if claims.nbf.is_some_and(|from| from > now + LEEWAY) {
        return Err("The user's token does not hold yet.");
    }
    let user_id = match claims.sub {
        Value::String(id) => id,
        Value::Number(id) => id.to_string(),
        _ => String::new(),
    };
    if user_id.is_empty() || user_id.chars().count() > MAX_ID || user_id.chars().any(char::is_control) {
        return Err("The user's token does not say which user: `sub` is 1 to 200 characters.");
    }
    let Claims { name, email, phone, attributes, .. } = claims;
    Ok(Proof { user_id, profile: VisitorProfile { name, email, phone, attributes, verified: true } })
}

/// A token that proves a user for an hour: what the company's server makes, for the sample data's shop, which has none.
pub fn prove(secret: &str, channel_id: Uuid, user_id: &str, name: &str, now: Time) -> String {
    let claims = serde_json::json!({ "aud": channel_id, "sub": user_id, "name": name, "exp": now.timestamp() + 3600 });
    encode(&Header::new(Algorithm::HS256), &claims, &EncodingKey::from_secret(secret.as_bytes())).unwrap_or_default()
}

fn read(key: &VisitorKey, channel_id: Uuid, token: &str) -> Option<Claims> {
    let (algorithm, key) = match key {
        VisitorKey::Secret(secret) => (Algorithm::HS256, DecodingKey::from_secret(secret.expose_secret().as_bytes())),
        VisitorKey::Public(pem) => (Algorithm::ES256, DecodingKey::from_ec_pem(pem.as_bytes()).ok()?),
    };
    let mut validation = Validation::new(algorithm);
    // `sub` may be a number, which the library does not count as one; the type asks for it.
    validation.set_required_spec_claims(&["exp", "aud"]);
    validation.set_audience(&[channel_id.to_string()]);
    // Against the application's clock, above.
    validation.validate_exp = false;
    validation.validate_nbf = false;
    decode::<Claims>(token, &key, &validation).ok().map(|token| token.claims)
}

#[cfg(test)]
mod tests {
    use base64::{Engine, prelude::BASE64_STANDARD};
    use serde_json::json;

    use super::*;

    const SECRET: &str = "0123456789abcdef0123456789abcdef";
    /// The other half of [`PUBLIC`], which proves nothing outside these tests: its bytes in base64.
    const PRIVATE: &str = include_str!("testdata/es256-private.b64");
    const PUBLIC: &str = include_str!("testdata/es256-public.pem");
    const NOW: i64 = 1_800_000_000;

    fn keys() -> Vec<VisitorKey> {
        vec![VisitorKey::Secret(SECRET.into()), VisitorKey::Public(PUBLIC.to_owned())]
    }

    fn at(seconds: i64) -> Time {
        Time::from_timestamp(seconds, 0).unwrap()
    }

    fn claims() -> Value {
        json!({ "sub": "42", "aud": Uuid::nil(), "exp": NOW + 3600, "name": "Ana", "attributes": { "plan": "gold" } })
    }

    fn with(field: &str, value: Value) -> Value {
        let mut claims = claims();
        claims[field] = value;
        claims
    }

    fn hs256(claims: &Value) -> String {
        encode(&Header::new(Algorithm::HS256), claims, &EncodingKey::from_secret(SECRET.as_bytes())).unwrap()
    }

    fn holds(token: &str) -> bool {
        check(&keys(), Uuid::nil(), token, at(NOW)).is_ok()
    }

    #[test]
    fn both_kinds_of_keys_prove_a_user() {
        let private = BASE64_STANDARD.decode(PRIVATE.split_whitespace().collect::<String>()).unwrap();
        let es256 = encode(&Header::new(Algorithm::ES256), &claims(), &EncodingKey::from_ec_der(&private)).unwrap();
        for token in [hs256(&claims()), es256] {
            let proof = check(&keys(), Uuid::nil(), &token, at(NOW)).unwrap();
            assert_eq!(
                (proof.user_id.as_str(), proof.profile.name.as_deref(), proof.profile.verified),
                ("42", Some("Ana"), true)
            );
        }
        assert_eq!(check(&keys(), Uuid::nil(), &hs256(&with("sub", json!(42))), at(NOW)).unwrap().user_id, "42");
        assert!(check(&[], Uuid::nil(), &hs256(&claims()), at(NOW)).is_err());
    }

    #[test]
    fn the_shop_of_the_sample_data_proves_its_users() {
        let proof = check(&keys(), Uuid::nil(), &prove(SECRET, Uuid::nil(), "ana", "Ana", at(NOW)), at(NOW)).unwrap();
        assert_eq!((proof.user_id.as_str(), proof.profile.name.as_deref()), ("ana", Some("Ana")));
        assert!(!holds(&prove("another-key-of-the-same-length-32", Uuid::nil(), "ana", "Ana", at(NOW))));
    }

    #[test]
    fn every_other_token_is_refused() {
        let wrong = [
            with("aud", json!(Uuid::max())),
            with("aud", json!(null)),
            with("exp", json!(NOW - 61)),
            with("exp", json!(NOW + 24 * 3600 + 61)),
            with("exp", json!(i64::MAX)),
            with("exp", json!("soon")),
            with("nbf", json!(NOW + 61)),
            with("sub", json!("")),
            with("sub", json!(null)),
            with("sub", json!("a\0b")),
            with("sub", json!("x".repeat(201))),
        ];
        for claims in wrong {
            let token = hs256(&claims);
            assert!(std::panic::catch_unwind(|| holds(&token)).is_ok_and(|held| !held), "{claims}");
        }
        let mut without = claims();
        without.as_object_mut().unwrap().remove("exp");
        assert!(!holds(&hs256(&without)));
        // The public key is no secret: signed with it as if it were one, nothing is proven.
        let confused = encode(&Header::new(Algorithm::HS256), &claims(), &EncodingKey::from_secret(PUBLIC.as_bytes())).unwrap();
        assert!(!holds(&confused));
        let other = encode(&Header::new(Algorithm::HS384), &claims(), &EncodingKey::from_secret(SECRET.as_bytes())).unwrap();
        assert!(!holds(&other));
        let (head, rest) = hs256(&claims()).split_once('.').map(|(a, b)| (a.to_owned(), b.to_owned())).unwrap();
        let unsigned = format!("eyJhbGciOiJub25lIn0.{}.", rest.split('.').next().unwrap());
        for token in [unsigned, format!("{head}.{rest}x"), String::new(), "a.b.c".to_owned(), "x".repeat(9000)] {
            assert!(!holds(&token));
        }
    }
}
