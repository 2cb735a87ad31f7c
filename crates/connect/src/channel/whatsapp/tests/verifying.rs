use http::{HeaderMap, HeaderValue};
use serde_json::Value;

use super::{super::verify::*, *};
use crate::channel::Rejected;

const KNOWN: &str = "sha256=5d864b77d7dfe5e35c7444c1c4214b52a44486a93372639b2f14a3f3a70bb266";

fn check(claimed: &str, body: &[u8]) -> Result<(), Rejected> {
    let headers = HeaderMap::from_iter([("x-hub-signature-256".parse().unwrap(), HeaderValue::from_str(claimed).unwrap())]);
    signature(&settings(), &headers, body)
}

#[test]
fn the_known_answer_holds_for_the_raw_bytes_only() {
    let body = fixture("signed");
    assert_eq!(body.len(), 446);
    assert_eq!(check(KNOWN, body.as_bytes()), Ok(()));
    // Meta escapes what is not ASCII; written again by us the same JSON has other bytes.
    let again = serde_json::from_str::<Value>(body).unwrap().to_string();
    assert_ne!(again, body);
    assert_eq!(check(KNOWN, again.as_bytes()), Err(Rejected::SignatureWrong));
}

#[test]
fn every_other_signature_is_refused() {
    let body = fixture("signed").as_bytes();
    let (first, rest) = KNOWN.split_at(8);
    for wrong in [
        "",
        "sha256=",
        "sha1=5d864b",
        "5d864b77",
        &KNOWN[..KNOWN.len() - 2],
        &format!("{first}0{}", &rest[1..]),
        &format!("{KNOWN}00"),
        &format!(" {KNOWN}"),
    ] {
        assert_eq!(check(wrong, body), Err(Rejected::SignatureWrong), "{wrong}");
    }
    assert_eq!(check(KNOWN, &body[1..]), Err(Rejected::SignatureWrong));
    assert_eq!(signature(&settings(), &HeaderMap::new(), body), Err(Rejected::SignatureMissing));

    let mut without_secret = settings();
    without_secret.credentials.retain(|(name, _)| name != "app_secret");
    let headers = HeaderMap::from_iter([("x-hub-signature-256".parse().unwrap(), HeaderValue::from_static(KNOWN))]);
    assert_eq!(signature(&without_secret, &headers, body), Err(Rejected::SignatureWrong));
}

#[test]
fn a_replaced_secret_holds_while_it_is_kept() {
    let body = fixture("signed").as_bytes();
    let headers = HeaderMap::from_iter([("x-hub-signature-256".parse().unwrap(), HeaderValue::from_static(KNOWN))]);
    let mut both = settings();
    both.credentials.retain(|(name, _)| name != "app_secret");
    both.credentials.extend(["a-new-secret", "max-demo-app-secret"].map(|secret| ("app_secret".to_owned(), secret.into())));
    assert_eq!(signature(&both, &headers, body), Ok(()));
    both.credentials.pop();
    assert_eq!(signature(&both, &headers, body), Err(Rejected::SignatureWrong));
    both.credentials.push(("app_secret".to_owned(), "".into()));
    assert_eq!(signature(&both, &headers, body), Err(Rejected::SignatureWrong), "nothing is no secret");
}

#[test]
fn the_handshake_returns_the_challenge_to_who_knows_the_token() {
    let ok = |query: &str| handshake(&settings(), query);
    assert_eq!(ok("hub.mode=subscribe&hub.verify_token=open-sesame&hub.challenge=1158201444").as_deref(), Ok("1158201444"));
    assert_eq!(ok("hub.challenge=1158201444&hub.verify%5Ftoken=open%2Dsesame&hub.mode=subscribe").as_deref(), Ok("1158201444"));
    for wrong in [
        "",
        "hub.mode=subscribe&hub.verify_token=open-sesam&hub.challenge=1",
        "hub.mode=subscribe&hub.verify_token=&hub.challenge=1",
        "hub.mode=subscribe&hub.challenge=1",
        "hub.mode=unsubscribe&hub.verify_token=open-sesame&hub.challenge=1",
        "hub.verify_token=open-sesame&hub.challenge=1",
        "hub.mode=subscribe&hub.verify_token=open-sesame",
        "hub.mode=subscribe&hub.verify_token=open-sesame&hub.challenge=",
        "hub.mode=subscribe&hub.verify_token=open-sesame&hub.challenge=%3Cscript%3E",
        "hub_mode=subscribe&hub_verify_token=open-sesame&hub_challenge=1",
    ] {
        assert_eq!(ok(wrong), Err(Rejected::VerifyToken), "{wrong}");
    }
}
