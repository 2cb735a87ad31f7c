//! Addresses of files: signed, so that nobody can guess or prolong one, and bound to the bytes, so that one never shows anything else. The
//! same address is given for an hour, so that browsers and caches keep what they have.

use std::fmt::Write as _;

use base::Time;
use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};
use hmac::{Hmac, KeyInit, Mac};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use sha2::Sha256;
use uuid::Uuid;

/// How long an address holds at the least; it is then rounded up to a whole one of these.
const HOLDS: i64 = 3_600;
/// How long an address for another server holds, in seconds.
const LASTING: i64 = 7 * 86_400;
/// The longest name, in characters.
const LONGEST_NAME: usize = 120;
/// What stands in a name as it is.
const PLAIN: &AsciiSet = &NON_ALPHANUMERIC.remove(b'.').remove(b'-').remove(b'_');

/// Which form of a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Variant {
    /// As it came.
    Original,
    /// A small picture of it, made here.
    Thumbnail,
}

impl Variant {
    /// As addresses name it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Variant::Original => "original",
            Variant::Thumbnail => "thumbnail",
        }
    }

    /// By its name.
    pub fn parse(name: &str) -> Option<Self> {
        [Variant::Original, Variant::Thumbnail].into_iter().find(|v| v.as_str() == name)
    }
}

/// Makes addresses of files, and checks them.
#[derive(Clone)]
pub struct Links(Hmac<Sha256>);

impl std::fmt::Debug for Links {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Links")
    }
}

impl Links {
    /// Addresses signed with this key.
    #[expect(clippy::expect_used, reason = "HMAC takes a key of any length")]
    pub fn new(key: &[u8; 32]) -> Self {
        Self(Hmac::new_from_slice(key).expect("a key of any length"))
    }

    /// The address of a file, good for one to two hours from `now`.
    pub fn url(&self, id: Uuid, variant: Variant, sha256: &str, name: &str, now: Time) -> String {
        self.url_until(id, variant, sha256, name, (now.timestamp() + 2 * HOLDS - 1).div_euclid(HOLDS) * HOLDS)
    }

    /// The address of a file for another server, which may come for it late: good for a week.
    pub fn lasting_url(&self, id: Uuid, sha256: &str, name: &str, now: Time) -> String {
        self.url_until(id, Variant::Original, sha256, name, now.timestamp() + LASTING)
    }

    fn url_until(&self, id: Uuid, variant: Variant, sha256: &str, name: &str, expires: i64) -> String {
        let signature = BASE64_URL_SAFE_NO_PAD.encode(self.sign(id, variant, expires, sha256).finalize().into_bytes());
        let name = utf8_percent_encode(name, PLAIN);
        format!("/media/{id}/{}/{name}?expires={expires}&signature={signature}", variant.as_str())
    }

    /// Whether MAX made this address and it still holds. Compared in constant time.
    pub(super) fn holds(&self, id: Uuid, variant: Variant, sha256: &str, expires: i64, signature: &str, now: Time) -> bool {
        let Ok(signature) = BASE64_URL_SAFE_NO_PAD.decode(signature) else { return false };
        self.sign(id, variant, expires, sha256).verify_slice(&signature).is_ok() && now.timestamp() < expires
    }

    fn sign(&self, id: Uuid, variant: Variant, expires: i64, sha256: &str) -> Hmac<Sha256> {
        // Each part has one length or one form, so no two addresses read the same.
        let mut mac = self.0.clone();
        let mut said = String::new();
        let _ = write!(said, "{}.{}.{expires}.{sha256}", id.simple(), variant.as_str());
        mac.update(said.as_bytes());
        mac
    }
}

/// A file's name without what could lead into folders, break a header or turn the text around on a screen.
pub fn safe_name(name: &str) -> String {
    let last = name.rsplit(['/', '\\']).next().unwrap_or_default();
    let harmless = |c: char| {
        let turns = matches!(c, '\u{200e}' | '\u{200f}' | '\u{061c}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
        let unseen =
            matches!(c, '\u{200b}'..='\u{200d}' | '\u{2060}' | '\u{feff}' | '\u{2028}' | '\u{2029}' | '\u{fff9}'..='\u{fffb}');
        !c.is_control() && !turns && !unseen && !matches!(c, '"' | '<' | '>' | '|' | ':' | '*' | '?')
    };
    let clean: String = last.chars().filter(|c| harmless(*c)).collect();
    let clean = clean.trim_start_matches(|c: char| c == '.' || c.is_whitespace()).trim_end();
    let count = clean.chars().count();
    if count <= LONGEST_NAME {
        return clean.to_owned();
    }
    // The end says what it is.
    let ending: String = clean.rsplit_once('.').map(|(_, e)| e.chars().take(10).collect()).unwrap_or_default();
    let kept: String = clean.chars().take(LONGEST_NAME - ending.chars().count() - 2).collect();
    if ending.is_empty() { kept } else { format!("{kept}….{ending}") }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const SHA: &str = "aa11";

    fn at(seconds: i64) -> Time {
        chrono::DateTime::from_timestamp(seconds, 0).unwrap()
    }

    /// The parts of an address.
    fn parts(url: &str) -> (i64, String) {
        let (_, query) = url.split_once("?expires=").unwrap();
        let (expires, signature) = query.split_once("&signature=").unwrap();
        (expires.parse().unwrap(), signature.to_owned())
    }

    proptest! {
        #[test]
        fn an_address_holds_for_one_to_two_hours_and_is_the_same_within_the_hour(now in 0i64..4_000_000_000, id in any::<u128>()) {
            let (links, id) = (Links::new(&[7; 32]), Uuid::from_u128(id));
            let url = links.url(id, Variant::Original, SHA, "a b.png", at(now));
            let (expires, signature) = parts(&url);
            prop_assert!(expires - now >= HOLDS && expires - now <= 2 * HOLDS, "{}", expires - now);
            let holds = |seconds| links.holds(id, Variant::Original, SHA, expires, &signature, at(seconds));
            prop_assert!(holds(now) && holds(expires - 1) && !holds(expires) && !holds(expires + 1));
            // Until the next full hour, which still gets this one.
            let last = (now + HOLDS - 1) / HOLDS * HOLDS;
            prop_assert_eq!(&links.url(id, Variant::Original, SHA, "a b.png", at(last)), &url);
            // Nothing of it can be changed.
            prop_assert!(!links.holds(id, Variant::Thumbnail, SHA, expires, &signature, at(now)));
            prop_assert!(!links.holds(id, Variant::Original, "aa12", expires, &signature, at(now)));
            prop_assert!(!links.holds(id, Variant::Original, SHA, expires + 3600, &signature, at(now)));
            prop_assert!(!links.holds(Uuid::from_u128(!id.as_u128()), Variant::Original, SHA, expires, &signature, at(now)));
            prop_assert!(!Links::new(&[8; 32]).holds(id, Variant::Original, SHA, expires, &signature, at(now)));
            prop_assert!(!links.holds(id, Variant::Original, SHA, expires, "", at(now)));
        }

        #[test]
        fn names_are_harmless(name in "\\PC{0,300}|[\\u{0}-\\u{20}\\u{2000}-\\u{2070}\"/.\\\\a]{0,60}") {
            let safe = safe_name(&name);
            prop_assert!(safe.chars().count() <= LONGEST_NAME);
            prop_assert!(!safe.chars().any(|c| c.is_control() || "/\\\"<>|:*?\u{202e}\u{2066}".contains(c)), "{safe:?}");
            prop_assert!(!safe.starts_with('.'));
            prop_assert_eq!(safe_name(&safe), safe);
        }
    }

    #[test]
    fn names_that_lie_are_set_right() {
        for (given, safe) in [
            ("holiday.png", "holiday.png"),
            ("../../etc/passwd", "passwd"),
            ("C:\\Users\\me\\übersicht 2.pdf", "übersicht 2.pdf"),
            ("invoice\u{202e}fdp.exe", "invoicefdp.exe"),
            ("a\r\nSet-Cookie: x=1.png", "aSet-Cookie x=1.png"),
            ("..", ""),
            ("\u{0}", ""),
        ] {
            assert_eq!(safe_name(given), safe);
        }
        let long = format!("{}.pdf", "x".repeat(400));
        assert!(safe_name(&long).ends_with("….pdf"));
    }
}
