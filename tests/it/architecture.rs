//! The floors: who may use whom, where SQL lives, who writes which table, what a migration may be called. Crates make the few big walls
//! compiler law; this test holds the smaller ones inside them. It needs the standard library alone, for `script/check` compiles it by
//! itself. Every rule is a function from source text to complaints, and the last test breaks each rule once.

#[path = "architecture/source.rs"]
mod source;

use std::collections::BTreeMap;

use source::{
    Kind, Token, created_tables, dependencies, entries, feature_of, folders, modules, name_of, owned_tables, packages, paths,
    read, sources, tokens,
};

/// Each crate and what it may use of ours.
const CRATES: &[(&str, &[&str])] = &[
    ("base", &[]),
    ("kernel", &["base"]),
    ("connect", &["base"]),
    ("features", &["base", "kernel", "connect"]),
    // The simulator is here for `max demo` alone.
    ("max", &["base", "kernel", "connect", "features", "simulator"]),
    ("simulator", &[]),
    ("bench", &[]),
    ("tests", &["base", "kernel", "connect", "features", "max", "simulator"]),
];

/// What a crate may not use of others, and why.
const STRANGERS: &[(&str, &str, &str)] = &[
    ("connect", "sqlx", "an adapter translates and cannot see the database"),
    ("connect", "axum", "an adapter gets bytes and headers; the webhook route is in `ingest`"),
    ("base", "tokio", "base is what everything waits for when it is built: types only"),
    ("base", "sqlx", "base is what everything waits for when it is built: types only"),
    ("simulator", "sqlx", "the simulator speaks to MAX over the wire only"),
];

/// Where SQL may stand outside the features' stores.
const SQL_ELSEWHERE: &[&str] = &[
    "crates/kernel/src/db.rs",
    "crates/kernel/src/event/",
    "crates/kernel/src/job.rs",
    // The program asks the server about itself.
    "crates/max/src/",
    // These speak to any database, as tools.
    "crates/bench/",
    "tests/",
];

/// Nouns of migrations whose tables belong to the kernel.
const KERNEL_NOUNS: &[&str] = &["event", "access"];
/// Tables of the kernel.
const KERNEL_TABLES: &[&str] = &["event", "event_reader", "event_horizon", "event_other"];

#[test]
fn crates_use_only_what_lies_below_them() {
    let root = read("Cargo.toml");
    let mut complaints = Vec::new();
    for (name, _) in CRATES {
        let folder = if *name == "tests" { "tests".to_owned() } else { format!("crates/{name}") };
        complaints.extend(crate_complaints(name, &read(&format!("{folder}/Cargo.toml"))));
    }
    for folder in folders("crates") {
        if !CRATES.iter().any(|(name, _)| *name == folder) || !root.contains(&format!("\"crates/{folder}\"")) {
            complaints.push(format!("crates/{folder} is new: list it in Cargo.toml and, with what it may use, in {}", file!()));
        }
    }
    none(&complaints);
}

#[test]
fn features_use_only_those_named_before_them_through_their_front_door() {
    let house = House::read();
    let mut complaints = Vec::new();
    for folder in folders("crates/features/src") {
        if !house.order.contains(&folder) {
            complaints.push(format!("crates/features/src/{folder} is not listed in lib.rs: name it there, on its floor"));
        }
    }
    for (path, text) in sources("crates/features/src") {
        complaints.extend(house.import_complaints(&path, &text));
    }
    none(&complaints);
}

#[test]
fn sql_is_in_stores() {
    let mut complaints = Vec::new();
    for (path, text) in sources("crates").into_iter().chain(sources("tests")) {
        complaints.extend(sql_complaints(&path, &text));
    }
    none(&complaints);
}

#[test]
fn services_and_stores_never_see_http_and_handlers_never_see_the_pool() {
    let mut complaints = Vec::new();
    for (path, text) in sources("crates/features/src") {
        complaints.extend(layer_complaints(&path, &text));
    }
    none(&complaints);
}

#[test]
fn the_core_never_asks_which_channel_it_is() {
    let kinds = folders("crates/connect/src/channel");
    let mut complaints = Vec::new();
    for (path, text) in sources("crates/features/src").into_iter().chain(sources("crates/kernel/src")) {
        complaints.extend(channel_complaints(&kinds, &path, &text));
    }
    none(&complaints);
}

#[test]
fn each_table_has_one_writer_and_each_migration_a_noun() {
    let house = House::read();
    let mut complaints = Vec::new();
    let mut owners: BTreeMap<String, String> = KERNEL_TABLES.iter().map(|t| ((*t).to_owned(), "the kernel".to_owned())).collect();
    for feature in &house.order {
        for table in owned_tables(&read(&format!("crates/features/src/{feature}/mod.rs"))) {
            if let Some(other) = owners.insert(table.clone(), feature.clone()) {
                complaints.push(format!("both {other} and {feature} say that they own `{table}`: one table has one writer"));
            }
        }
    }
    let mut last = String::new();
    for entry in entries("migrations") {
        let name = name_of(&entry);
        let Some(stem) = name.strip_suffix(".sql") else { continue };
        complaints.extend(migration_complaints(&house.order, stem, &last));
        last = stem.to_owned();
        for table in created_tables(&read(&format!("migrations/{name}"))) {
            if !owners.contains_key(&table) {
                complaints.push(format!(
                    "migrations/{name}: nobody owns `{table}`. Say \"Owns `{table}`.\" in the mod.rs of its feature"
                ));
            }
        }
    }
    for (path, text) in sources("crates/features/src").into_iter().chain(sources("crates/max/src")) {
        complaints.extend(writer_complaints(&owners, &path, &text));
    }
    none(&complaints);
}

#[test]
fn every_dependency_says_why_it_is_there() {
    let page = read("docs/dependencies.md");
    let mut used: Vec<String> = dependencies(&read("Cargo.toml"));
    used.retain(|name| !CRATES.iter().any(|(ours, _)| ours == name));
    for manifest in ["web", "web/apps/agent", "web/apps/widget", "web/packages/api", "web/packages/ui", "web/e2e"]
        .map(|folder| format!("{folder}/package.json"))
    {
        used.extend(packages(&read(&manifest)));
    }
    used.sort();
    used.dedup();
    let missing: Vec<_> = used.iter().filter(|name| !page.contains(&format!("`{name}`"))).collect();
    assert!(missing.is_empty(), "docs/dependencies.md does not say why these are there: {missing:?}");
}

#[test]
fn every_rule_bites() {
    let one = |complaints: Vec<String>, says: &str| {
        assert!(
            complaints.len() == 1 && complaints[0].contains(says),
            "expected one complaint with {says:?}, got {complaints:#?}"
        );
    };
    one(crate_complaints("kernel", "[dependencies]\nfeatures.workspace = true\n"), "kernel may not use features");
    one(crate_complaints("base", "[dev-dependencies.x]\npackage = \"kernel\"\n"), "base may not use kernel");
    one(
        crate_complaints("simulator", "[dependencies]\nc = { path = \"../connect\", package = \"connect\" }\n"),
        "simulator may not use connect",
    );
    one(crate_complaints("connect", "[dependencies]\nsqlx = \"1\"\n"), "cannot see the database");

    let house = House {
        order: ["teams", "tags", "inbox"].map(str::to_owned).to_vec(),
        hidden: [("tags".to_owned(), vec!["store".to_owned(), "service".to_owned()])].into(),
    };
    let inbox = "crates/features/src/inbox/http.rs";
    let tags = "crates/features/src/tags/service.rs";
    one(house.import_complaints(tags, "use crate::{App, teams::Team, inbox::{self}};"), "tags may not use inbox");
    one(house.import_complaints(tags, "fn f() { crate::inbox::list(); }"), "tags may not use inbox");
    one(house.import_complaints(tags, "use super::super::inbox;"), "crate::inbox");
    one(house.import_complaints(tags, "use crate::app::App;"), "crate::App");
    one(house.import_complaints(inbox, "use crate::tags::{Tag, store::{all}};"), "front door");
    one(house.import_complaints("crates/features/src/tags/mod.rs", "pub(crate) mod store;"), "private");
    none(&house.import_complaints(
        inbox,
        "use crate::{App, tags::{self, Tag}}; // crate::nothing\nfn f() { crate::teams::all(\"crate::x\"); }",
    ));

    one(sql_complaints(inbox, "fn f() { sqlx::query!(\"select 1\"); }"), "store.rs");
    one(sql_complaints(inbox, "use sqlx::{PgConnection, query_as};"), "store.rs");
    one(sql_complaints("crates/kernel/src/bus/mod.rs", "sqlx::raw_sql(x)"), "SQL");
    none(&sql_complaints("crates/features/src/inbox/store.rs", "sqlx::query!(\"select 1\")"));
    none(&sql_complaints("crates/features/src/inbox/views/store.rs", "sqlx::query!(\"select 1\")"));
    one(sql_complaints("crates/features/src/inbox/views/service.rs", "sqlx::query!(\"select 1\")"), "store.rs");

    one(layer_complaints(tags, "use axum::extract::State;"), "HTTP");
    one(layer_complaints(tags, "use kernel::{http::{Json, Problem}};"), "kernel::http::Json");
    one(layer_complaints("crates/features/src/tags/store.rs", "use crate::App;"), "store");
    one(layer_complaints("crates/features/src/tags/rules/store.rs", "use crate::App;"), "store");
    one(layer_complaints(inbox, "use sqlx::PgPool;"), "pool");
    one(layer_complaints(inbox, "async fn f(app: App) { app.db.pool(); }"), "pool");

    let kinds = ["whatsapp".to_owned()];
    one(channel_complaints(&kinds, tags, "if kind == \"whatsapp\" {}"), "capabilities");
    none(&channel_complaints(&kinds, tags, "/// \"whatsapp\"\n#[cfg(test)]\nmod tests { const A: &str = \"whatsapp\"; }"));

    one(migration_complaints(&house.order, "202611230900_gadgets_create", ""), "no feature");
    one(migration_complaints(&house.order, "20261123_tags_create", ""), "YYYYMMDDHHMM");
    one(migration_complaints(&house.order, "202611230900_tags_create", "202611230900_event_create"), "two migrations");
    assert_eq!(owned_tables("//! Tags. Owns `tag`\n//! and `tag_use`. See `other`.\n\nmod x;"), ["tag", "tag_use"]);
    assert_eq!(created_tables("create table if not exists a (\ncreate table b partition of c;\n-- create table d"), ["a", "b"]);

    let owners = [("tag".to_owned(), "tags".to_owned())].into();
    for sql in
        ["insert into tag (id) values (1)", "update only tag set a = 1", "with x as (delete\n from tag where true) select 1"]
    {
        one(
            writer_complaints(&owners, "crates/features/src/inbox/store.rs", &format!("sqlx::query!(r#\"{sql}\"#)")),
            "belongs to tags",
        );
    }
    none(&writer_complaints(&owners, "crates/features/src/inbox/store.rs", "q!(\"select 1 from tag for update\")"));
}

// ---- The rules

fn crate_complaints(name: &str, manifest: &str) -> Vec<String> {
    let may = CRATES.iter().find(|(crate_name, _)| *crate_name == name).map_or(&[][..], |(_, may)| *may);
    let mut complaints = Vec::new();
    for used in dependencies(manifest) {
        if CRATES.iter().any(|(ours, _)| *ours == used) && !may.contains(&used.as_str()) {
            complaints.push(format!(
                "{name} may not use {used}. The way down is tests, max, features, kernel and connect, base: move what both need to a lower crate, or \
                 pass it in from above"
            ));
        }
        if let Some((_, _, why)) = STRANGERS.iter().find(|(ours, other, _)| *ours == name && *other == used) {
            complaints.push(format!("{name} may not use {used}: {why}"));
        }
    }
    complaints
}

/// The features in their order, and the modules that each keeps to itself.
struct House {
    order: Vec<String>,
    hidden: BTreeMap<String, Vec<String>>,
}

impl House {
    fn read() -> Self {
        let list = modules(&read("crates/features/src/lib.rs"));
        let order: Vec<String> = list.into_iter().map(|(name, _)| name).filter(|name| name != "app").collect();
        let hidden = order
            .iter()
            .map(|feature| {
                let front = modules(&read(&format!("crates/features/src/{feature}/mod.rs")));
                (feature.clone(), front.into_iter().filter(|(_, visibility)| visibility != "pub").map(|(name, _)| name).collect())
            })
            .collect();
        Self { order, hidden }
    }

    fn import_complaints(&self, path: &str, text: &str) -> Vec<String> {
        let Some((feature, file)) = feature_of(path) else { return Vec::new() };
        let own = self.order.iter().position(|name| name == feature);
        let mut complaints = Vec::new();
        if file == "mod.rs" {
            for (name, visibility) in modules(text) {
                if !visibility.is_empty() && matches!(name.as_str(), "store" | "service" | "http") {
                    complaints
                        .push(format!("{path}: keep `mod {name}` private and re-export what others need (`pub use {name}::…`)"));
                }
            }
        }
        for (line, segments) in paths(&tokens(text)) {
            let at = format!("{path}:{line}");
            match segments.iter().map(String::as_str).collect::<Vec<_>>().as_slice() {
                ["crate", "app", ..] => complaints.push(format!("{at}: write `crate::App`")),
                ["crate", other, rest @ ..] if *other != feature => {
                    let Some(place) = self.order.iter().position(|name| name == other) else { continue };
                    if own.is_some_and(|own| place > own) {
                        complaints.push(format!(
                            "{at}: {feature} may not use {other}, which lib.rs names after it. Move the use case up into {other}, pass the \
                             value in, or append an event that {other} reads"
                        ));
                    }
                    if let Some(inner) =
                        rest.first().filter(|inner| self.hidden.get(*other).is_some_and(|h| h.iter().any(|name| name == *inner)))
                    {
                        complaints.push(format!(
                            "{at}: `crate::{other}::{inner}` goes round the front door. Use what {other}/mod.rs exports, or export it there"
                        ));
                    }
                }
                ["super", rest @ ..] => {
                    let other = rest.iter().find(|segment| **segment != "super");
                    if let Some(other) =
                        other.filter(|other| **other != feature && rest[0] == "super" && self.order.iter().any(|f| f == *other))
                    {
                        complaints.push(format!("{at}: write `crate::{other}`, so that one sees which feature is meant"));
                    }
                }
                _ => {}
            }
        }
        complaints
    }
}

/// The layer of a feature's file: by its name or its folder's, also within a feature that is split by use case (`users/store.rs`).
fn layer_of(file: &str) -> &str {
    let mut names = file.split(['/', '.']);
    names.find(|name| matches!(*name, "http" | "service" | "store" | "model" | "jobs")).unwrap_or_default()
}

fn sql_complaints(path: &str, text: &str) -> Vec<String> {
    let store = feature_of(path).is_some_and(|(_, file)| layer_of(file) == "store");
    if store || SQL_ELSEWHERE.iter().any(|allowed| path.starts_with(allowed)) || path.contains("/tests/") {
        return Vec::new();
    }
    paths(&tokens(text))
        .into_iter()
        .filter(|(_, segments)| segments[0] == "sqlx")
        .filter_map(|(line, segments)| {
            let sql = segments.iter().find(|s| s.starts_with("query") || matches!(s.as_str(), "raw_sql" | "QueryBuilder"))?;
            Some(format!(
                "{path}:{line}: `{sql}` is SQL, which stands in the feature's store.rs and nowhere else: give it a function there"
            ))
        })
        .collect()
}

fn layer_complaints(path: &str, text: &str) -> Vec<String> {
    let Some((_, file)) = feature_of(path) else { return Vec::new() };
    let layer = layer_of(file);
    let mut complaints = Vec::new();
    let tokens = tokens(text);
    for (line, segments) in paths(&tokens) {
        let at = format!("{path}:{line}");
        let segments: Vec<_> = segments.iter().map(String::as_str).collect();
        match (layer, segments.as_slice()) {
            ("http", ["sqlx", .., "PgPool" | "Pool"]) => {
                complaints.push(format!(
                    "{at}: handlers never see the pool: call the service or the store with `app.db.begin()` or `app.db.read()`"
                ));
            }
            ("store", ["crate", "App"]) => {
                complaints.push(format!(
                    "{at}: a store holds SQL and decides nothing: give it values and a connection, not the application"
                ));
            }
            ("service" | "store" | "model", ["axum" | "axum_extra" | "http", ..]) => {
                complaints.push(format!("{at}: {layer}s never see HTTP: decode and encode in http.rs"));
            }
            ("store" | "model", ["kernel", "http", item]) | ("service", ["kernel", "http", item])
                if !(layer == "service" && *item == "Problem") =>
            {
                complaints.push(format!("{at}: {layer}s never see HTTP, so not `kernel::http::{item}`: that is for http.rs"));
            }
            _ => {}
        }
    }
    if layer == "http" {
        for window in tokens.windows(3) {
            if let [
                Token { kind: Kind::Sign('.'), line },
                Token { kind: Kind::Word(word), .. },
                Token { kind: Kind::Sign('('), .. },
            ] = window
                && word == "pool"
            {
                complaints.push(format!("{path}:{line}: handlers never see the pool: use `app.db.begin()` or `app.db.read()`"));
            }
        }
    }
    complaints
}

fn channel_complaints(kinds: &[String], path: &str, text: &str) -> Vec<String> {
    let code = text.split("#[cfg(test)]").next().unwrap_or_default();
    tokens(code)
        .into_iter()
        .filter_map(|token| match token.kind {
            Kind::Text(text) if kinds.contains(&text) => Some(format!(
                "{path}:{}: \"{text}\" is a kind of channel. Ask what the channel can do (its capabilities), not which one it is",
                token.line
            )),
            _ => None,
        })
        .collect()
}

fn migration_complaints(features: &[String], stem: &str, before: &str) -> Vec<String> {
    let mut complaints = Vec::new();
    let mut parts = stem.splitn(3, '_');
    let (time, rest) = (parts.next().unwrap_or_default(), stem.split_once('_').map_or("", |(_, rest)| rest));
    let named = features
        .iter()
        .map(String::as_str)
        .chain(KERNEL_NOUNS.iter().copied())
        .any(|noun| rest.strip_prefix(noun).is_some_and(|change| change.len() > 1 && change.starts_with('_')));
    if time.len() != 12 || !time.bytes().all(|b| b.is_ascii_digit()) {
        complaints.push(format!("migrations/{stem}.sql: the name begins with its time, YYYYMMDDHHMM"));
    } else if before.starts_with(time) {
        complaints.push(format!("migrations/{stem}.sql: two migrations of one minute have no order; give one another time"));
    }
    if !named {
        complaints.push(format!(
            "migrations/{stem}.sql: no feature has this name. It is <time>_<noun>_<change>.sql, and the noun is the folder of the feature that owns \
             the table"
        ));
    }
    complaints
}

fn writer_complaints(owners: &BTreeMap<String, String>, path: &str, text: &str) -> Vec<String> {
    let feature = feature_of(path).map_or("max", |(feature, _)| feature);
    let mut complaints = Vec::new();
    for token in tokens(text) {
        let Kind::Text(sql) = token.kind else { continue };
        let words: Vec<_> = sql.split(|c: char| !c.is_alphanumeric() && c != '_').filter(|word| !word.is_empty()).collect();
        for at in 0..words.len() {
            let table = match words[at..] {
                ["insert", "into", table, ..] | ["delete", "from", "only", table, ..] => table,
                ["delete", "from", table, ..]
                | ["update", "only", table, ..]
                | ["update", table, ..]
                | ["truncate", table, ..] => table,
                _ => continue,
            };
            if let Some(owner) = owners.get(table).filter(|owner| *owner != feature) {
                complaints.push(format!(
                    "{path}:{}: `{table}` belongs to {owner}. One table has one writer: call a function of {owner}",
                    token.line
                ));
            }
        }
    }
    complaints
}

fn none(complaints: &[String]) {
    assert!(complaints.is_empty(), "\n\n{}\n\nWhy: ARCHITECTURE.md.\n", complaints.join("\n"));
}
