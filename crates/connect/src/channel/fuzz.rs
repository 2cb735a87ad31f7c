//! Deliveries bred from recorded ones: changed again and again, and whatever makes a parser behave in a new way is bred from in turn. Nothing
//! of it may make a parser panic, lose anything, answer twice in two ways or keep much more than came; and no signature may hold for other
//! bytes than its own.
//!
//! Coverage would be a better guide than behaviour, but the tools for that need another compiler than ours. By itself this is a short test like
//! any other; `MAX_FUZZ_SECONDS=50` lets it breed for so long, as `script/test` does, from another seed each time unless `MAX_FUZZ_SEED` says
//! which. What fails is written to the channel's `corpus/`, which every later run tries first. `MAX_FUZZ_KEEP=1` adds what taught something new.

use std::{
    collections::HashSet,
    env, fs,
    hash::{BuildHasher, DefaultHasher, Hash, Hasher, RandomState},
    panic::{AssertUnwindSafe, catch_unwind},
    time::{Duration, Instant},
};

use http::{HeaderMap, HeaderValue};
use serde_json::{Map, Value};

use super::{
    Element, ElementBody,
    conformance::storable,
    specimen::{NOW, Specimen},
};

/// Deliveries tried where no time is given.
const TRIES: usize = 2_000;
/// The longest that is bred from, in bytes.
const LONGEST: usize = 32 * 1024;
/// The longest that is kept, in bytes.
const KEPT: usize = 2 * 1024;
/// Most that one run keeps.
const MOST: usize = 40;
/// Any delivery of this size is read within this time, on whatever machine.
const SOON: Duration = Duration::from_secs(10);

#[test]
fn bred_deliveries_do_no_harm() {
    let seconds = env::var("MAX_FUZZ_SECONDS").ok().map(|seconds| seconds.parse::<u64>().expect("whole seconds"));
    let any = || RandomState::new().build_hasher().finish();
    let seed = env::var("MAX_FUZZ_SEED").ok().and_then(|seed| seed.parse().ok()).or(seconds.map(|_| any())).unwrap_or(1);
    for specimen in Specimen::all() {
        let mut breeder = Breeder::of(specimen, seed);
        let (begun, mut tried) = (Instant::now(), 0);
        while seconds.map_or(tried < TRIES, |seconds| begun.elapsed().as_secs() < seconds) {
            breeder.breed();
            tried += 1;
        }
        println!(
            "{}: {tried} deliveries in {:.1?}, {} ways to behave, from seed {seed}",
            breeder.specimen.channel.kind(),
            begun.elapsed(),
            breeder.known.len()
        );
        if env::var_os("MAX_FUZZ_KEEP").is_some() {
            breeder.keep();
        }
    }
}

struct Breeder {
    specimen: Specimen,
    chance: Chance,
    /// What is bred from.
    pool: Vec<Vec<u8>>,
    /// Ways to behave that were seen, and how many of them came with the repository.
    known: HashSet<u64>,
    old: HashSet<u64>,
    /// Names of fields.
    keys: Vec<String>,
}

impl Breeder {
    fn of(specimen: Specimen, seed: u64) -> Self {
        let mut breeder = Self {
            specimen,
            chance: Chance(seed),
            pool: Vec::new(),
            known: HashSet::new(),
            old: HashSet::new(),
            keys: Vec::new(),
        };
        for folder in ["fixtures", "corpus"] {
            for (_, body) in breeder.specimen.deliveries(folder) {
                if let Ok(value) = serde_json::from_slice::<Value>(&body) {
                    names(&value, &mut breeder.keys);
                }
                breeder.try_out(body);
            }
        }
        assert!(breeder.pool.len() >= 5, "{} shows too few deliveries", breeder.specimen.channel.kind());
        breeder.keys.sort();
        breeder.keys.dedup();
        breeder.old = breeder.known.clone();
        breeder
    }

    fn breed(&mut self) {
        let parent = self.chance.pick(&self.pool).clone();
        let mut value = serde_json::from_slice::<Value>(&parent).ok();
        if let Some(value) = &mut value {
            for _ in 0..=self.chance.below(4) {
                self.change(value);
            }
        }
        let mut body = value.map_or(parent, |value| value.to_string().into_bytes());
        if self.chance.below(4) == 0 {
            for _ in 0..=self.chance.below(3) {
                self.scratch(&mut body);
            }
        }
        body.truncate(4 * LONGEST);
        self.try_out(body);
    }

    /// Tries one delivery; what behaves in a new way is bred from later.
    fn try_out(&mut self, body: Vec<u8>) {
        let (specimen, at) = (&self.specimen, self.chance.next());
        match catch_unwind(AssertUnwindSafe(|| judge(specimen, &body, at))) {
            Ok(ways) => {
                let before = self.known.len();
                self.known.extend(ways);
                if self.known.len() > before && body.len() <= LONGEST {
                    self.pool.push(body);
                }
            }
            Err(panic) => {
                let words = panic.downcast_ref::<String>().cloned();
                let words = words.or_else(|| panic.downcast_ref::<&str>().map(|s| (*s).to_owned())).unwrap_or_default();
                let path = self.write("found", &body);
                panic!("{words}\nThe delivery is in {path}; leave it there, so that every later run tries it.");
            }
        }
    }

    /// Writes what taught something that the repository's own deliveries do not: those that taught most.
    fn keep(&mut self) {
        let mut covered = self.old.clone();
        let short = self.pool.iter().filter(|body| body.len() <= KEPT);
        let taught: Vec<(&Vec<u8>, Vec<u64>)> = short.map(|body| (body, judge(&self.specimen, body, 0))).collect();
        let new =
            |ways: &[u64], covered: &HashSet<u64>| ways.iter().filter(|way| !covered.contains(way)).collect::<HashSet<_>>().len();
        for _ in 0..MOST {
            let best = taught.iter().max_by_key(|(_, ways)| new(ways, &covered));
            let Some((body, ways)) = best.filter(|(_, ways)| new(ways, &covered) > 0) else { return };
            covered.extend(ways);
            self.write("bred", body);
        }
    }

    fn write(&self, name: &str, body: &[u8]) -> String {
        let path = self.specimen.folder("corpus").join(format!("{name}-{:016x}", hash(&body)));
        fs::create_dir_all(path.parent().unwrap()).and_then(|()| fs::write(&path, body)).unwrap();
        path.display().to_string()
    }

    /// Changes something about a document.
    fn change(&mut self, document: &mut Value) {
        let mut nth = self.chance.below(count(document));
        let place = nth_of(document, &mut nth).unwrap();
        match (self.chance.below(9), place) {
            (0 | 1, place) => *place = self.scalar(),
            (2, place) => *place = self.piece(),
            (3, Value::Array(items)) => {
                let some = if items.is_empty() { self.piece() } else { self.chance.pick(items).clone() };
                let times = 1 << self.chance.below(6);
                items.extend(std::iter::repeat_n(some, times));
            }
            (4, Value::Array(items)) if !items.is_empty() => drop(items.remove(self.chance.below(items.len()))),
            (3 | 4, Value::Object(fields)) if !fields.is_empty() => {
                let name = self.chance.pick(&fields.keys().cloned().collect::<Vec<_>>()).clone();
                let value = fields.remove(&name).unwrap();
                if self.chance.below(2) == 0 {
                    fields.insert(self.chance.pick(&self.keys).clone(), value);
                }
            }
            (5, Value::Object(fields)) => drop(fields.insert(self.chance.pick(&self.keys).clone(), self.piece())),
            (6, place) => {
                for _ in 0..1 << self.chance.below(8) {
                    let inner = place.take();
                    *place = match self.chance.below(2) {
                        0 => Value::Array(vec![inner]),
                        _ => Value::Object(Map::from_iter([(self.chance.pick(&self.keys).clone(), inner)])),
                    };
                }
            }
            (_, place) => self.write_otherwise(place),
        }
    }

    /// The same value written in another way, or a text with something strange in it.
    fn write_otherwise(&mut self, place: &mut Value) {
        match place {
            Value::Number(number) => *place = Value::String(number.to_string()),
            Value::String(text) => match text.parse::<i64>() {
                Ok(number) if self.chance.below(2) == 0 => *place = Value::from(number),
                _ => {
                    let ends: Vec<usize> = text.char_indices().map(|(at, _)| at).chain([text.len()]).collect();
                    let strange = STRANGE[self.chance.below(STRANGE.len())];
                    text.insert_str(*self.chance.pick(&ends), strange);
                }
            },
            other => *other = Value::Null,
        }
    }

    /// A value that parsers stumble over.
    fn scalar(&mut self) -> Value {
        match self.chance.below(6) {
            0 => Value::Null,
            1 => Value::from([0, 1, -1, i64::MAX, i64::MIN, 1_767_225_600, 1_767_225_600_000, 131_047][self.chance.below(8)]),
            2 => Value::from([0.0, -0.5, 1e300, f64::MIN_POSITIVE][self.chance.below(4)]),
            3 => Value::from(self.chance.below(2) == 0),
            4 => Value::from(self.chance.pick(&STRANGE).repeat(1 << self.chance.below(12))),
            _ => Value::from(self.chance.pick(&self.keys).clone()),
        }
    }

    /// A part of another delivery.
    fn piece(&mut self) -> Value {
        let mut other = serde_json::from_slice::<Value>(&self.chance.pick(&self.pool).clone()).unwrap_or_default();
        let mut nth = self.chance.below(count(&other));
        nth_of(&mut other, &mut nth).map(Value::take).unwrap_or_default()
    }

    /// Changes bytes, whatever they mean.
    fn scratch(&mut self, body: &mut Vec<u8>) {
        let from = self.chance.below(body.len() + 1);
        let to = (from + self.chance.below(64)).min(body.len());
        match self.chance.below(5) {
            0 if from < body.len() => body[from] ^= 1 << self.chance.below(8),
            1 => drop(body.drain(from..to)),
            2 => body.extend_from_within(from..to),
            3 => {
                let token = self.chance.pick(&STRANGE).as_bytes().to_vec();
                drop(body.splice(from..from, token));
            }
            _ => {
                let other = self.chance.pick(&self.pool).clone();
                body.truncate(from);
                body.extend_from_slice(&other[self.chance.below(other.len() + 1)..]);
            }
        }
    }
}

/// What texts and bytes are made strange with.
const STRANGE: [&str; 20] = [
    "\0",
    "\u{202e}",
    "\u{200b}",
    "😀",
    "\u{ffff}",
    "e\u{301}",
    "\\ud83d",
    "\\u0000",
    "\"",
    "\\",
    "{",
    "[",
    "]",
    "}",
    ",",
    "null",
    "15550002222",
    "US.70011223344556677",
    "wamid.X",
    " ",
];

/// Holds a channel to its promise for one delivery; the ways in which it behaved.
fn judge(specimen: &Specimen, body: &[u8], at: u64) -> Vec<u64> {
    let begun = Instant::now();
    let elements = specimen.channel.parse(body);
    assert!(begun.elapsed() < SOON, "{} bytes took {:?}", body.len(), begun.elapsed());
    assert!(storable(&elements), "nothing, or what cannot be stored: {elements:?}");
    assert_eq!(specimen.channel.parse(body), elements, "read again it says something else");
    let kept: usize = elements.iter().map(|element| format!("{element:?}").len()).sum();
    assert!(kept <= 64 * body.len() + 16 * 1024, "{kept} bytes came of {}", body.len());

    let headers = (specimen.sign)(&specimen.settings, body);
    let verify = |headers: &HeaderMap, body: &[u8]| specimen.channel.verify(&specimen.settings, headers, body, NOW);
    assert_eq!(verify(&headers, body), Ok(()));
    let mut other = body.to_vec();
    match other.len() {
        0 => other.push(0),
        len => other[at as usize % len] ^= 1 << ((at >> 60) & 7),
    }
    assert!(verify(&headers, &other).is_err(), "a signature holds for other bytes");
    for (name, value) in &headers {
        let mut bytes = value.as_bytes().to_vec();
        let place = at as usize % bytes.len();
        bytes[place] = if bytes[place] == b'0' { b'1' } else { b'0' };
        let mut forged = headers.clone();
        forged.insert(name, HeaderValue::from_bytes(&bytes).unwrap());
        assert!(verify(&forged, body).is_err(), "another signature holds");
    }
    let mut ways: Vec<u64> = elements.iter().flat_map(ways_of).collect();
    ways.push(hash(&("elements", elements.len().next_power_of_two())));
    ways
}

/// How an element came out, trait by trait, without what it says.
fn ways_of(element: &Element) -> Vec<u64> {
    // Reasons quote the delivery, or begin with words of it; how they end is ours.
    let end = |reason: &str| {
        let own: String = reason.split('"').step_by(2).collect();
        own.chars().rev().filter(char::is_ascii_alphabetic).take(24).collect::<String>()
    };
    let (kind, traits) = match &element.body {
        ElementBody::Message(m) => {
            let sender =
                [m.sender.phone.is_some(), m.sender.name.is_some(), m.sender.username.is_some(), m.sender.aliases.len() > 1];
            let told = [m.sent_at.is_some(), m.reply_to.is_some(), m.forwarded, m.referral.is_some(), m.opens_window];
            let long = m.content.text().map_or(0, str::len) > 4_096;
            (m.content.kind().to_owned(), [&sender[..], &told[..], &[long, m.content.text().is_some()]].concat())
        }
        ElementBody::Status(s) => (format!("status {:?}", s.status), vec![s.our_id.is_some(), s.at.is_some(), s.error.is_some()]),
        ElementBody::IdentityChange(c) => {
            ("identity".to_owned(), vec![c.aliases.len() > 1, c.phone.is_some(), c.at.is_some(), c.old == c.new])
        }
        ElementBody::Typing(t) => ("typing".to_owned(), vec![t.on]),
        ElementBody::Read(r) => ("read".to_owned(), vec![r.at.is_some(), r.read, r.shown]),
        ElementBody::Profile(p) => ("profile".to_owned(), vec![p.email.is_some(), p.attributes.is_empty(), p.claimed]),
        ElementBody::Template(t) => {
            let what = format!("{:?}", t.change).chars().take_while(char::is_ascii_alphabetic).collect::<String>();
            (format!("template {what}"), vec![t.at.is_some(), t.external_id.is_some()])
        }
        ElementBody::Account(a) => {
            let what = format!("{:?}", a.change).chars().take_while(char::is_ascii_alphabetic).collect::<String>();
            (format!("account {what}"), vec![a.at.is_some(), a.number.is_some()])
        }
        ElementBody::AccountProblem(e) => ("problem".to_owned(), vec![e.detail.is_some()]),
        ElementBody::Ignored(reason) => (format!("ignored {}", end(reason)), Vec::new()),
        ElementBody::Unreadable(reason) => (format!("unreadable {}", end(reason)), Vec::new()),
    };
    let account = hash(&(&kind, element.account.is_some()));
    traits.iter().enumerate().map(|(n, is)| hash(&(&kind, n, is))).chain([account]).collect()
}

fn hash(of: &impl Hash) -> u64 {
    let mut hasher = DefaultHasher::new();
    of.hash(&mut hasher);
    hasher.finish()
}

/// How many values there are in a document.
fn count(value: &Value) -> usize {
    1 + match value {
        Value::Array(items) => items.iter().map(count).sum(),
        Value::Object(fields) => fields.values().map(count).sum(),
        _ => 0,
    }
}

/// One of them.
fn nth_of<'a>(value: &'a mut Value, nth: &mut usize) -> Option<&'a mut Value> {
    if *nth == 0 {
        return Some(value);
    }
    *nth -= 1;
    match value {
        Value::Array(items) => items.iter_mut().find_map(|item| nth_of(item, nth)),
        Value::Object(fields) => fields.values_mut().find_map(|field| nth_of(field, nth)),
        _ => None,
    }
}

/// The names of all fields.
fn names(value: &Value, found: &mut Vec<String>) {
    match value {
        Value::Array(items) => items.iter().for_each(|item| names(item, found)),
        Value::Object(fields) => fields.iter().for_each(|(name, field)| {
            found.push(name.clone());
            names(field, found);
        }),
        _ => {}
    }
}

/// Chance that repeats itself for the same seed.
struct Chance(u64);

impl Chance {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut x = self.0;
        x = (x ^ (x >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        x = (x ^ (x >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        x ^ (x >> 31)
    }

    fn below(&mut self, limit: usize) -> usize {
        (self.next() % limit.max(1) as u64) as usize
    }

    fn pick<'a, T>(&mut self, some: &'a [T]) -> &'a T {
        &some[self.below(some.len())]
    }
}
