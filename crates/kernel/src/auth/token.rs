//! Access tokens: short-lived JWTs of one fixed algorithm, issuer and audience.

use std::{sync::Arc, time::Duration};

use base::Time;
use jsonwebtoken::{Algorithm, DecodingKey, EncodingKey, Header, Validation};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

const ISSUER: &str = "max";
const AUDIENCE: &str = "max-api";

/// Makes and reads access tokens.
#[derive(Clone)]
pub struct Tokens(Arc<Keys>);

struct Keys {
    encode: EncodingKey,
    decode: DecodingKey,
    lifetime: Duration,
}

/// What an access token says.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AccessToken {
    /// The user.
    pub sub: Uuid,
    /// The session.
    pub sid: Uuid,
    /// Issued at, Unix seconds.
    pub iat: i64,
    /// Valid until, Unix seconds.
    pub exp: i64,
    iss: String,
    aud: String,
    /// Always `access`, so that no other token of ours can serve as one.
    typ: String,
}

impl Tokens {
    /// Tokens signed with the key, valid for `lifetime` (at most ten minutes).
    pub fn new(key: &[u8], lifetime: Duration) -> Self {
        Self(Arc::new(Keys {
            encode: EncodingKey::from_secret(key),
            decode: DecodingKey::from_secret(key),
            lifetime: lifetime.min(Duration::from_secs(600)),
        }))
    }

    /// How long a fresh token is valid.
    pub fn lifetime(&self) -> Duration {
        self.0.lifetime
    }

    /// A fresh token.
    pub fn issue(&self, user: Uuid, session: Uuid, now: Time) -> Result<String, jsonwebtoken::errors::Error> {
        let iat = now.timestamp();
        let claims = AccessToken {
            sub: user,
            sid: session,
            iat,
            exp: iat + i64::try_from(self.0.lifetime.as_secs()).unwrap_or(600),
            iss: ISSUER.into(),
            aud: AUDIENCE.into(),
            typ: "access".into(),
        };
        jsonwebtoken::encode(&Header::new(Algorithm::HS256), &claims, &self.0.encode)
    }

    /// What the token says, if it is ours and still valid at `now`. The clock is the application's, so the library's own check of the
    /// expiry is off and done here.
    pub fn verify(&self, token: &str, now: Time) -> Option<AccessToken> {
        let mut validation = Validation::new(Algorithm::HS256);
        validation.validate_exp = false;
        validation.set_issuer(&[ISSUER]);
        validation.set_audience(&[AUDIENCE]);
        validation.set_required_spec_claims(&["exp", "iss", "aud", "sub"]);
        let claims = jsonwebtoken::decode::<AccessToken>(token, &self.0.decode, &validation).ok()?.claims;
        let fresh = now.timestamp() < claims.exp && claims.iat <= now.timestamp() + 60;
        (fresh && claims.typ == "access").then_some(claims)
    }
}

impl std::fmt::Debug for Tokens {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Tokens")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(seconds: i64) -> Time {
        chrono::DateTime::from_timestamp(seconds, 0).unwrap()
    }

    #[test]
    fn a_token_holds_until_it_expires_and_only_with_its_key() {
        let tokens = Tokens::new(&[1; 32], Duration::from_secs(300));
        let (user, session) = (Uuid::from_u128(1), Uuid::from_u128(2));
        let token = tokens.issue(user, session, at(1_000)).unwrap();
        assert_eq!(tokens.verify(&token, at(1_299)).map(|c| (c.sub, c.sid)), Some((user, session)));
        assert_eq!(tokens.verify(&token, at(1_300)), None);
        assert_eq!(tokens.verify(&token, at(900)), None, "issued in the future");
        assert_eq!(Tokens::new(&[2; 32], Duration::from_secs(300)).verify(&token, at(1_000)), None);
    }

    #[test]
    fn forgeries_are_refused() {
        use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD as B64};
        let tokens = Tokens::new(&[1; 32], Duration::from_secs(300));
        let token = tokens.issue(Uuid::from_u128(1), Uuid::from_u128(2), at(1_000)).unwrap();
        let (_, payload, signature) = match token.split('.').collect::<Vec<_>>()[..] {
            [h, p, s] => (h, p, s),
            _ => unreachable!(),
        };
        let none = B64.encode(r#"{"alg":"none","typ":"JWT"}"#);
        let hs512 = B64.encode(r#"{"alg":"HS512","typ":"JWT"}"#);
        for forged in [
            format!("{none}.{payload}."),
            format!("{none}.{payload}.{signature}"),
            format!("{hs512}.{payload}.{signature}"),
            String::new(),
            "a.b.c".into(),
        ] {
            assert_eq!(tokens.verify(&forged, at(1_000)), None, "{forged}");
        }
    }
}
