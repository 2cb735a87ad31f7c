//! Forged access tokens: nothing but a token of ours, for this use, that has not expired, opens anything.

use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD as B64};
use hmac::{Hmac, KeyInit, Mac};
use rand::{RngExt, SeedableRng, rngs::StdRng};
use serde_json::{Value, json};
use sha2::{Sha256, Sha512};
use tests::TestApp;

use super::ME;

fn part(json: &Value) -> String {
    B64.encode(serde_json::to_vec(json).unwrap())
}

fn hs256(key: &[u8], header: &Value, claims: &Value) -> String {
    let signed = format!("{}.{}", part(header), part(claims));
    let mut mac = Hmac::<Sha256>::new_from_slice(key).unwrap();
    mac.update(signed.as_bytes());
    format!("{signed}.{}", B64.encode(mac.finalize().into_bytes()))
}

fn hs512(key: &[u8], header: &Value, claims: &Value) -> String {
    let signed = format!("{}.{}", part(header), part(claims));
    let mut mac = Hmac::<Sha512>::new_from_slice(key).unwrap();
    mac.update(signed.as_bytes());
    format!("{signed}.{}", B64.encode(mac.finalize().into_bytes()))
}

/// The key that the nodes of tests sign with: what a forger would need.
fn own_key() -> [u8; 32] {
    let master: [u8; 32] =
        base64::prelude::BASE64_STANDARD.decode("MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY=").unwrap().try_into().unwrap();
    *kernel::crypto::Keys::from_bytes(&master).unwrap().tokens()
}

/// The same token as it would be if it had expired just now.
pub(crate) fn expired(token: &str) -> String {
    let mut claims: Value = serde_json::from_slice(&B64.decode(token.split('.').nth(1).unwrap()).unwrap()).unwrap();
    claims["exp"] = json!(claims["iat"].as_i64().unwrap() - 1);
    hs256(&own_key(), &json!({ "alg": "HS256", "typ": "JWT" }), &claims)
}

#[tokio::test]
async fn accounts_forged_tokens_open_nothing() {
    let app = TestApp::start().await;
    let agent = app.agent().await;
    let (head, body) = (json!({ "alg": "HS256", "typ": "JWT" }), agent.token.split('.').nth(1).unwrap());
    let claims: Value = serde_json::from_slice(&B64.decode(body).unwrap()).unwrap();
    let key = own_key();
    let with = |name: &str, value: Value| {
        let mut claims = claims.clone();
        claims[name] = value;
        claims
    };
    let without = |name: &str| {
        let mut claims = claims.clone();
        claims.as_object_mut().unwrap().remove(name);
        claims
    };
    // Made in the same way, the genuine one does open: so the others fail for what is wrong with them alone.
    agent.with_token(&format!("{} ", hs256(&key, &head, &claims))).get(ME).await.ok();

    let now = app.unix();
    let stranger = app.login(&app.people().stranger).await;
    let mut forged: Vec<(&str, String)> = vec![
        ("no algorithm", format!("{}.{body}.", part(&json!({ "alg": "none", "typ": "JWT" })))),
        ("no algorithm, in capitals", format!("{}.{body}.", part(&json!({ "alg": "NONE" })))),
        ("no algorithm, with our signature", {
            let signature = agent.token.rsplit('.').next().unwrap();
            format!("{}.{body}.{signature}", part(&json!({ "alg": "none" })))
        }),
        ("no signature", format!("{}.{body}.", part(&head))),
        ("no signature nor dot", format!("{}.{body}", part(&head))),
        ("a foreign key", hs256(&[7; 32], &head, &claims)),
        ("an empty key", hs256(&[], &head, &claims)),
        ("another algorithm with our key", hs512(&key, &json!({ "alg": "HS512", "typ": "JWT" }), &claims)),
        ("says it is another algorithm", hs256(&key, &json!({ "alg": "RS256", "typ": "JWT" }), &claims)),
        ("says nothing of its algorithm", hs256(&key, &json!({ "typ": "JWT" }), &claims)),
        ("a foreign key that it brings along", {
            let header = json!({ "alg": "HS256", "jwk": { "kty": "oct", "k": B64.encode([7; 32]) }, "kid": "../../dev/null" });
            hs256(&[7; 32], &header, &claims)
        }),
        ("expired", hs256(&key, &head, &with("exp", json!(now)))),
        ("expired long ago", hs256(&key, &head, &with("exp", json!(0)))),
        ("never expires", hs256(&key, &head, &without("exp"))),
        ("expires in words", hs256(&key, &head, &with("exp", json!("never")))),
        ("from the future", hs256(&key, &head, &with("iat", json!(now + 3600)))),
        ("another audience", hs256(&key, &head, &with("aud", json!("someone-else")))),
        ("no audience", hs256(&key, &head, &without("aud"))),
        ("another issuer", hs256(&key, &head, &with("iss", json!("mallory")))),
        ("no issuer", hs256(&key, &head, &without("iss"))),
        ("for another use", hs256(&key, &head, &with("typ", json!("refresh")))),
        ("for no use", hs256(&key, &head, &without("typ"))),
        ("somebody else in our session", hs256(&key, &head, &with("sub", json!(stranger.id())))),
        ("nobody", hs256(&key, &head, &with("sub", json!("00000000-0000-0000-0000-000000000000")))),
        ("no session", hs256(&key, &head, &with("sid", json!(app.people().agent.id)))),
        ("the refresh token", agent.cookie.split_once('=').unwrap().1.to_owned()),
        ("the refresh cookie", agent.cookie.clone()),
        ("nothing", String::new()),
        ("a word", "x".to_owned()),
        ("three words", "a.b.c".to_owned()),
        ("dots", "...".to_owned()),
        ("our token twice", format!("{0}.{0}", agent.token)),
        ("our token and more", format!("{}x", agent.token)),
        ("huge", format!("{}.{}.{}", part(&head), "A".repeat(7_000), "A".repeat(43))),
    ];
    // Any bit of ours turned over, and any piece cut off or away.
    let mut chance = StdRng::seed_from_u64(7);
    for _ in 0..100 {
        let mut bytes = agent.token.clone().into_bytes();
        // The last character of a signature holds four bits that count, and two that must be nought.
        let at = chance.random_range(0..bytes.len());
        let other = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_."[chance.random_range(0..65)];
        if bytes[at] != other {
            bytes[at] = other;
            forged.push(("one character changed", String::from_utf8(bytes).unwrap()));
        }
        let cut = chance.random_range(0..agent.token.len());
        forged.push(("cut short", agent.token[..cut].to_owned()));
        forged.push(("begins late", agent.token[cut + 1..].to_owned()));
        let rubbish: String = (0..chance.random_range(1..200)).map(|_| char::from(chance.random_range(0x21..0x7f_u8))).collect();
        forged.push(("rubbish", rubbish));
    }
    for (what, token) in &forged {
        let answer = agent.with_token(&format!("{token} ")).get(ME).await;
        assert_eq!(answer.status, 401, "{what}: {token}: {}", answer.text());
        answer.refused(401, "unauthenticated");
    }
    println!("{} forged tokens were refused", forged.len());
    // Larger than any head may be: refused before anybody looks.
    let answer = agent.with_token(&"A".repeat(100_000)).get(ME).await;
    assert!([400, 401, 431].contains(&answer.status), "{}", answer.status);
    agent.get(ME).await.ok();
    app.finish().await;
}
