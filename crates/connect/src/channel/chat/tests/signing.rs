use http::{HeaderMap, HeaderName, HeaderValue};

use super::{super::sign, *};
use crate::channel::Rejected;

// The example of the Standard Webhooks reference.
const ID: &str = "msg_p5jXN8AQM9LWM0D4loKWxJek";
const AT: i64 = 1_614_265_330;
const BODY: &[u8] = br#"{"test": 2432232314}"#;
const KNOWN: &str = "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=";

fn headers(id: &str, timestamp: &str, signature: &str) -> HeaderMap {
    let all = [("webhook-id", id), ("webhook-timestamp", timestamp), ("webhook-signature", signature)];
    HeaderMap::from_iter(all.map(|(name, value)| (HeaderName::from_static(name), HeaderValue::from_str(value).unwrap())))
}

fn check(signature: &str) -> Result<(), Rejected> {
    sign::verify(&settings(), &headers(ID, &AT.to_string(), signature), BODY, at(AT))
}

#[test]
fn the_known_answer_holds_for_these_bytes_this_id_and_this_time_only() {
    assert_eq!(check(KNOWN), Ok(()));
    let with = |id: &str, timestamp: &str, body: &[u8]| sign::verify(&settings(), &headers(id, timestamp, KNOWN), body, at(AT));
    assert_eq!(with("msg_other", &AT.to_string(), BODY), Err(Rejected::SignatureWrong));
    assert_eq!(with(ID, &(AT + 1).to_string(), BODY), Err(Rejected::SignatureWrong));
    assert_eq!(with(ID, &AT.to_string(), br#"{"test":2432232314}"#), Err(Rejected::SignatureWrong));
    assert_eq!(with(ID, &format!("{AT}.0"), BODY), Err(Rejected::SignatureWrong));
    // And we sign as the reference does.
    let ours = sign::headers(&settings(), ID, at(AT), BODY).unwrap();
    assert_eq!(ours.map(|(_, v)| v.to_str().unwrap().to_owned()), [ID.to_owned(), AT.to_string(), KNOWN.to_owned()]);
}

#[test]
fn every_other_signature_is_refused() {
    let cut = &KNOWN[..KNOWN.len() - 4];
    let hex = "v1,8348";
    let bare = KNOWN.trim_start_matches("v1,");
    let asymmetric = format!("v1a,{bare}");
    for wrong in ["", "v1,", "v1", cut, hex, bare, asymmetric.as_str(), "v2,AAAA v1,AAAA"] {
        assert_eq!(check(wrong), Err(Rejected::SignatureWrong), "{wrong}");
    }
    for missing in ["webhook-id", "webhook-timestamp", "webhook-signature"] {
        let mut headers = headers(ID, &AT.to_string(), KNOWN);
        headers.remove(missing);
        assert_eq!(sign::verify(&settings(), &headers, BODY, at(AT)), Err(Rejected::SignatureMissing), "{missing}");
    }
    let without = settings_with(json!({}), &[]);
    assert_eq!(sign::verify(&without, &headers(ID, &AT.to_string(), KNOWN), BODY, at(AT)), Err(Rejected::SignatureWrong));
}

#[test]
fn the_time_may_be_five_minutes_off_and_no_more() {
    let when = |now: i64| sign::verify(&settings(), &headers(ID, &AT.to_string(), KNOWN), BODY, at(now));
    for near in [AT - 300, AT, AT + 300] {
        assert_eq!(when(near), Ok(()), "{near}");
    }
    for far in [AT - 301, AT + 301, 0, i64::from(i32::MAX)] {
        assert_eq!(when(far), Err(Rejected::SignatureStale), "{far}");
    }
    // Who does not know the secret learns nothing of clocks.
    let forged = headers(ID, "0", KNOWN);
    assert_eq!(sign::verify(&settings(), &forged, BODY, at(AT)), Err(Rejected::SignatureWrong));
    for odd in ["9223372036854775807", "-9223372036854775808", "1e9", " 1"] {
        assert_eq!(sign::verify(&settings(), &headers(ID, odd, KNOWN), BODY, at(AT)), Err(Rejected::SignatureWrong), "{odd}");
    }
}

#[test]
fn several_secrets_and_several_signatures_go_together() {
    let both_in_one = settings_with(json!({}), &[("signing_secret", &format!("{OLD_SECRET} {SECRET}"))]);
    let beside = settings_with(json!({}), &[("signing_secret", OLD_SECRET), ("signing_secret", SECRET)]);
    for settings in [both_in_one, beside] {
        let verify = |signature: &str| sign::verify(&settings, &headers(ID, &AT.to_string(), signature), BODY, at(AT));
        assert_eq!(verify(KNOWN), Ok(()));
        assert_eq!(verify(&format!("v1,AAAA v1a,x {KNOWN}")), Ok(()));
        let ours = sign::headers(&settings, ID, at(AT), BODY).unwrap();
        let signed = ours[2].1.to_str().unwrap();
        assert!(signed.ends_with(KNOWN) && signed.split(' ').count() == 2, "{signed}");
        assert_eq!(verify(signed), Ok(()));
        let many = format!("{} {KNOWN}", "v1,AAAA ".repeat(40));
        assert_eq!(verify(&many), Err(Rejected::SignatureWrong), "a heap of signatures is not worked off");
    }
    let only_new = settings_with(json!({}), &[("signing_secret", OLD_SECRET)]);
    assert_eq!(sign::verify(&only_new, &headers(ID, &AT.to_string(), KNOWN), BODY, at(AT)), Err(Rejected::SignatureWrong));
}
