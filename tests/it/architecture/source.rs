//! How the floors test reads the project: manifests, module lists, and Rust source as tokens and paths.

use std::{
    fs,
    path::{Path, PathBuf},
};

/// The names of a manifest's dependencies of all kinds, by their package's name.
pub fn dependencies(manifest: &str) -> Vec<String> {
    let mut found = Vec::new();
    let mut table = String::new();
    for line in manifest.lines().map(str::trim) {
        let package = line.split_once("package = \"").and_then(|(_, rest)| rest.split('"').next());
        if let Some(header) = line.strip_prefix('[') {
            table = header.trim_end_matches(']').to_owned();
            if let Some((_, name)) = table.split_once("dependencies.") {
                found.push(name.to_owned());
            }
        } else if let (true, Some(name)) = (table.contains("dependencies"), package) {
            found.push(name.to_owned());
        } else if table.ends_with("dependencies") && !line.starts_with('#') {
            let name = line.split([' ', '.', '=']).next().unwrap_or_default().trim_matches('"');
            if !name.is_empty() {
                found.push(name.to_owned());
            }
        }
    }
    found
}

/// The names of what a `package.json` depends on, our own packages left out.
pub fn packages(manifest: &str) -> Vec<String> {
    let mut inside = false;
    let mut found = Vec::new();
    for line in manifest.lines().map(str::trim) {
        if line.ends_with('{') {
            inside = line.to_lowercase().contains("dependencies\"");
        } else if let (true, Some(name)) = (inside, line.split('"').nth(1).filter(|name| !name.starts_with("@max/"))) {
            found.push(name.to_owned());
        }
    }
    found
}

/// `mod name;` declarations with their visibility (empty, `pub`, `pub(crate)`), in order.
pub fn modules(text: &str) -> Vec<(String, String)> {
    text.lines()
        .filter_map(|line| {
            let (visibility, name) = line.strip_suffix(';')?.split_once("mod ")?;
            let plain = name.chars().all(|c| c.is_alphanumeric() || c == '_');
            (plain && (visibility.is_empty() || visibility.starts_with("pub")))
                .then(|| (name.to_owned(), visibility.trim().to_owned()))
        })
        .collect()
}

/// The tables a feature says it owns: the names in backticks in the sentence of its module's documentation that begins with "Owns".
pub fn owned_tables(front: &str) -> Vec<String> {
    let doc: String = front.lines().filter_map(|line| line.strip_prefix("//!")).collect::<Vec<_>>().join("");
    let Some((_, owns)) = doc.split_once("Owns ") else { return Vec::new() };
    owns.split('.').next().unwrap_or_default().split('`').skip(1).step_by(2).map(str::to_owned).collect()
}

/// The tables a migration makes.
pub fn created_tables(sql: &str) -> Vec<String> {
    sql.lines()
        .filter_map(|line| {
            let rest = line.trim().strip_prefix("create table ")?;
            rest.strip_prefix("if not exists ").unwrap_or(rest).split([' ', '(']).next().map(str::to_owned)
        })
        .collect()
}

/// The feature of a source file, and the file's path inside the feature's folder.
pub fn feature_of(path: &str) -> Option<(&str, &str)> {
    path.strip_prefix("crates/features/src/")?.split_once('/')
}

/// A piece of source.
pub struct Token {
    /// Where it begins.
    pub line: usize,
    /// What it is.
    pub kind: Kind,
}

/// What a token is.
pub enum Kind {
    /// A name, a keyword or a number.
    Word(String),
    /// A string, without its quotes.
    Text(String),
    /// Any other character.
    Sign(char),
}

/// Rust source as words, strings and signs; comments, characters and lifetimes are left out.
pub fn tokens(source: &str) -> Vec<Token> {
    let text: Vec<char> = source.chars().collect();
    let at = |i: usize| text.get(i).copied().unwrap_or('\0');
    let mut found = Vec::new();
    let (mut i, mut line) = (0, 1);
    while i < text.len() {
        let (start, first) = (i, at(i));
        let begun = line;
        let kind = if first == '/' && at(i + 1) == '/' {
            while i < text.len() && at(i) != '\n' {
                i += 1;
            }
            None
        } else if first == '/' && at(i + 1) == '*' {
            let mut depth = 0;
            while i < text.len() {
                match (at(i), at(i + 1)) {
                    ('/', '*') => (depth, i) = (depth + 1, i + 2),
                    ('*', '/') => (depth, i) = (depth - 1, i + 2),
                    _ => i += 1,
                }
                if depth == 0 {
                    break;
                }
            }
            None
        } else if first == '"' {
            i += 1;
            while i < text.len() && at(i) != '"' {
                i += if at(i) == '\\' { 2 } else { 1 };
            }
            i += 1;
            Some(Kind::Text(text[start + 1..(i - 1).clamp(start + 1, text.len())].iter().collect()))
        } else if first == '\'' {
            // A character has its closing quote near; a lifetime has none.
            if at(i + 1) == '\\' {
                i += 3;
                while i < text.len() && at(i) != '\'' {
                    i += 1;
                }
                i += 1;
            } else {
                i += if at(i + 2) == '\'' { 3 } else { 1 };
            }
            None
        } else if first.is_alphanumeric() || first == '_' {
            while at(i).is_alphanumeric() || at(i) == '_' {
                i += 1;
            }
            let word: String = text[start..i].iter().collect();
            let hashes = (i..).take_while(|j| at(*j) == '#').count();
            if matches!(word.as_str(), "r" | "br" | "cr") && at(i + hashes) == '"' {
                let begin = i + hashes + 1;
                let close = |j: usize| at(j) == '"' && (1..=hashes).all(|k| at(j + k) == '#');
                let end = (begin..text.len()).find(|j| close(*j)).unwrap_or(text.len());
                i = end + 1 + hashes;
                Some(Kind::Text(text[begin..end].iter().collect()))
            } else {
                Some(Kind::Word(word))
            }
        } else {
            i += 1;
            (!first.is_whitespace()).then_some(Kind::Sign(first))
        };
        i = i.min(text.len());
        line += text[start..i].iter().filter(|c| **c == '\n').count();
        found.extend(kind.map(|kind| Token { line: begun, kind }));
    }
    found
}

/// Every path in the source, `use` trees taken apart: `use a::{b, c::{self, d}}` gives `a::b`, `a::c::self`, `a::c::d`.
pub fn paths(tokens: &[Token]) -> Vec<(usize, Vec<String>)> {
    let mut found = Vec::new();
    let mut i = 0;
    while i < tokens.len() {
        let follows = i > 0 && (matches!(tokens[i - 1].kind, Kind::Sign('.')) || separates(tokens, i.wrapping_sub(2)));
        i = if matches!(tokens[i].kind, Kind::Word(_)) && !follows { path(tokens, i, &[], &mut found) } else { i + 1 };
    }
    found
}

fn path(tokens: &[Token], mut i: usize, prefix: &[String], found: &mut Vec<(usize, Vec<String>)>) -> usize {
    let mut segments = prefix.to_vec();
    let line = tokens.get(i).map_or(0, |token| token.line);
    loop {
        match tokens.get(i).map(|token| &token.kind) {
            Some(Kind::Word(word)) => segments.push(word.clone()),
            Some(Kind::Sign('*')) => segments.push("*".to_owned()),
            Some(Kind::Sign('{')) => {
                i += 1;
                loop {
                    match tokens.get(i).map(|token| &token.kind) {
                        None => return i,
                        Some(Kind::Sign('}')) => return i + 1,
                        Some(Kind::Word(word)) if word != "as" => i = path(tokens, i, &segments, found),
                        Some(Kind::Sign('*' | '{')) => i = path(tokens, i, &segments, found),
                        // A comma, or the other name after `as`.
                        Some(Kind::Word(_)) => i += 2,
                        Some(_) => i += 1,
                    }
                }
            }
            _ => break,
        }
        i += 1;
        let goes_on = matches!(tokens.get(i + 2).map(|token| &token.kind), Some(Kind::Word(_) | Kind::Sign('*' | '{')));
        if !(separates(tokens, i) && goes_on) {
            break;
        }
        i += 2;
    }
    found.push((line, segments));
    i
}

fn separates(tokens: &[Token], i: usize) -> bool {
    let colon = |i: usize| matches!(tokens.get(i).map(|token| &token.kind), Some(Kind::Sign(':')));
    colon(i) && i.checked_add(1).is_some_and(colon)
}

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap_or(Path::new("."))
}

/// A file of the project.
pub fn read(path: &str) -> String {
    fs::read_to_string(root().join(path)).unwrap_or_else(|error| panic!("{path}: {error}"))
}

/// What is in a folder, by name.
pub fn entries(folder: &str) -> Vec<PathBuf> {
    let listing = fs::read_dir(root().join(folder)).unwrap_or_else(|error| panic!("{folder}: {error}"));
    let mut found: Vec<_> = listing.flatten().map(|entry| entry.path()).collect();
    found.sort();
    found
}

/// A path's last part.
pub fn name_of(path: &Path) -> String {
    path.file_name().unwrap_or_default().to_string_lossy().into_owned()
}

/// The folders in a folder, by name.
pub fn folders(folder: &str) -> Vec<String> {
    entries(folder).iter().filter(|path| path.is_dir()).map(|path| name_of(path)).collect()
}

/// The Rust files below a folder, by their path from the root.
pub fn sources(folder: &str) -> Vec<(String, String)> {
    let mut found = Vec::new();
    for entry in entries(folder) {
        let path = format!("{folder}/{}", name_of(&entry));
        if entry.is_dir() {
            found.extend(sources(&path));
        } else if path.ends_with(".rs") && !path.contains("it/architecture") {
            let text = read(&path);
            found.push((path, text));
        }
    }
    found
}
