//! Where settings come from, and the reader that collects every mistake instead of stopping at the first.

use std::{
    collections::HashMap,
    path::{Path, PathBuf},
};

use config::{Config, Environment, File, FileFormat, Source, Value, ValueKind};
use secrecy::SecretString;

use super::{ConfigError, ConfigErrors, KEYS, OTHER_VARIABLES};

/// What settings are read from. Tests make their own; the program takes the process's.
pub(super) struct Sources {
    /// `MAX_*` variables, by name.
    pub(super) env: HashMap<String, String>,
    /// Where `max.toml` is looked for.
    pub(super) working_dir: PathBuf,
    /// From the command line, by setting.
    pub(super) overrides: HashMap<String, String>,
}

impl Sources {
    pub(super) fn of_process(overrides: impl IntoIterator<Item = (&'static str, String)>) -> Result<Self, ConfigErrors> {
        let mut env = HashMap::new();
        let mut errors = Vec::new();
        for (name, value) in std::env::vars_os() {
            let Some(name) = name.to_str().filter(|name| name.starts_with("MAX_")) else { continue };
            match value.into_string() {
                Ok(value) => drop(env.insert(name.to_owned(), value)),
                Err(_) => errors.push(whole_source(name, "is not valid UTF-8")),
            }
        }
        if !errors.is_empty() {
            return Err(ConfigErrors(errors));
        }
        let overrides = overrides.into_iter().map(|(key, value)| (key.to_owned(), value)).collect();
        Ok(Self { env, working_dir: PathBuf::from("."), overrides })
    }

    /// The file named by `MAX_CONFIG`, else `./max.toml`, else `max.toml` in the data directory.
    fn file(&self) -> Result<Option<PathBuf>, ConfigError> {
        if let Some(named) = self.env.get("MAX_CONFIG").filter(|path| !path.is_empty()) {
            let path = self.working_dir.join(named);
            return match path.is_file() {
                true => Ok(Some(path)),
                false => Err(whole_source("MAX_CONFIG", &format!("there is no file {named:?}"))),
            };
        }
        let data_dir = self.overrides.get("data_dir").or_else(|| self.env.get("MAX_DATA_DIR")).filter(|dir| !dir.is_empty());
        let data_dir = data_dir.map_or("./data", String::as_str);
        let places = [self.working_dir.join("max.toml"), self.working_dir.join(data_dir).join("max.toml")];
        Ok(places.into_iter().find(|path| path.is_file()))
    }
}

/// A value as text, and where it was written.
struct Given {
    text: String,
    source: String,
}

/// The merged settings as text, and the mistakes found so far.
pub(super) struct Reader {
    given: HashMap<String, Given>,
    errors: Vec<ConfigError>,
}

impl Reader {
    pub(super) fn new(sources: &Sources) -> Result<Self, ConfigErrors> {
        let mut reader = Self { given: HashMap::new(), errors: Vec::new() };
        let merged = reader.merge(sources);
        let merged = merged.map_err(|error| ConfigErrors(vec![error]))?;
        for (key, value) in merged {
            let source = match value.origin() {
                Some("the environment") => variable(&key),
                Some(file) => format!("in {file}"),
                None if sources.overrides.contains_key(&key) => "on the command line".to_owned(),
                None => "default".to_owned(),
            };
            match text_of(value.kind) {
                Some(text) if text.is_empty() && default_of(&key).is_none() => {}
                Some(text) => drop(reader.given.insert(key, Given { text, source })),
                None => {
                    reader.errors.push(ConfigError { key: Some(key), source, sentence: "must be one value or a list".into() });
                }
            }
        }
        Ok(reader)
    }

    /// One value per known setting, the strongest source's; unknown names become errors.
    fn merge(&mut self, sources: &Sources) -> Result<HashMap<String, Value>, ConfigError> {
        let mut builder = Config::builder();
        for (key, default) in KEYS {
            if let Some(default) = default {
                builder = builder.set_default(key, default).map_err(|e| whole_source("defaults", &e.to_string()))?;
            }
        }
        if let Some(path) = sources.file()? {
            let name = path.display().to_string();
            let file = File::from(path.as_path()).format(FileFormat::Toml);
            let mut content = file.collect().map_err(|error| whole_source(&name, &file_error(&error, &path)))?;
            content.retain(|key, _| {
                let known = default_of(key).is_some() || is_setting(key);
                if !known {
                    self.unknown(key, format!("in {name}"), str::to_owned);
                }
                known
            });
            let known = content.into_iter().map(|(key, value)| (key, Value::new(Some(&name), value.kind)));
            builder = builder.add_source(Known(known.collect()));
        }
        let mut env = HashMap::new();
        for (name, value) in &sources.env {
            let key = name.strip_prefix("MAX_").unwrap_or(name).to_lowercase();
            if is_setting(&key) {
                env.insert(name.clone(), value.clone());
            } else if !OTHER_VARIABLES.contains(&key.as_str()) && nearest(&key, 2).is_some() {
                // Other variables may share the prefix; only what looks like a slip of the pen is refused.
                self.unknown(&key, variable(&key), variable);
            }
        }
        builder = builder.add_source(Environment::with_prefix("MAX").ignore_empty(true).source(Some(env)));
        for (key, value) in &sources.overrides {
            builder = builder.set_override(key, value.as_str()).map_err(|e| whole_source("command line", &e.to_string()))?;
        }
        builder.build().and_then(|config| config.collect()).map_err(|e| whole_source("configuration", &e.to_string()))
    }

    fn unknown(&mut self, key: &str, source: String, spell: impl Fn(&str) -> String) {
        let sentence = match nearest(key, 4) {
            Some(near) => format!("is no setting; did you mean {}?", spell(near)),
            None => "is no setting; max.default.toml lists them all".to_owned(),
        };
        self.errors.push(ConfigError { key: Some(key.to_owned()), source, sentence });
    }

    /// Whether a source gives this setting, rightly or wrongly.
    pub(super) fn is_set(&self, key: &str) -> bool {
        self.given.contains_key(key)
    }

    /// A value that may be shown: the error quotes it.
    pub(super) fn value<T>(&mut self, key: &str, must_be: &str, parse: impl FnOnce(&str) -> Option<T>) -> Option<T> {
        let given = self.given.get(key)?;
        let value = parse(given.text.trim());
        if value.is_none() {
            let sentence = format!("must be {must_be}; it is {:?}", given.text);
            self.refuse(key, &sentence);
        }
        value
    }

    /// A value that may not be shown.
    pub(super) fn secret(&mut self, key: &str, must_be: &str, valid: impl FnOnce(&str) -> bool) -> Option<SecretString> {
        let text = self.given.get(key)?.text.trim().to_owned();
        if valid(&text) {
            return Some(text.into());
        }
        self.refuse(key, &format!("must be {must_be} (its value is not shown)"));
        None
    }

    /// Values divided by commas.
    pub(super) fn list<T>(&mut self, key: &str, must_be: &str, parse: impl Fn(&str) -> Option<T>) -> Option<Vec<T>> {
        self.value(key, must_be, |text| {
            text.split(',').map(str::trim).filter(|item| !item.is_empty()).map(parse).collect::<Option<Vec<T>>>()
        })
    }

    /// Notes a mistake in a setting.
    pub(super) fn refuse(&mut self, key: &str, sentence: &str) {
        let source = self.given.get(key).map_or_else(|| "default".to_owned(), |given| given.source.clone());
        self.errors.push(ConfigError { key: Some(key.to_owned()), source, sentence: sentence.to_owned() });
    }

    /// The settings if nothing was refused.
    pub(super) fn finish<T>(mut self, settings: Option<T>) -> Result<T, ConfigErrors> {
        match settings {
            Some(settings) if self.errors.is_empty() => Ok(settings),
            _ => {
                let place = |error: &ConfigError| KEYS.iter().position(|(key, _)| Some(*key) == error.key.as_deref());
                self.errors.sort_by_key(|error| (place(error), error.key.clone()));
                Err(ConfigErrors(self.errors))
            }
        }
    }
}

/// The settings of a file that are known, as a source of its own.
#[derive(Debug, Clone)]
struct Known(config::Map<String, Value>);

impl Source for Known {
    fn clone_into_box(&self) -> Box<dyn Source + Send + Sync> {
        Box::new(self.clone())
    }

    fn collect(&self) -> Result<config::Map<String, Value>, config::ConfigError> {
        Ok(self.0.clone())
    }
}

fn whole_source(source: &str, sentence: &str) -> ConfigError {
    ConfigError { key: None, source: source.to_owned(), sentence: sentence.to_owned() }
}

/// The parser's words without the file name, which stands before them anyway, and without the offending line: it may
/// hold a secret.
fn file_error(error: &config::ConfigError, path: &Path) -> String {
    if let Err(error) = std::fs::read_to_string(path) {
        return format!("cannot be read: {error}");
    }
    let text = match error {
        config::ConfigError::FileParse { cause, .. } => cause.to_string(),
        other => other.to_string(),
    };
    let mut lines = text.lines();
    let place = lines.next().unwrap_or_default();
    let reason = lines.rfind(|line| !line.trim().is_empty() && !line.contains('|')).unwrap_or_default();
    format!("{place}: {reason}")
}

fn default_of(key: &str) -> Option<&'static str> {
    KEYS.iter().find(|(known, _)| *known == key).and_then(|(_, default)| *default)
}

fn is_setting(key: &str) -> bool {
    KEYS.iter().any(|(known, _)| *known == key)
}

fn variable(key: &str) -> String {
    format!("MAX_{}", key.to_uppercase())
}

fn text_of(kind: ValueKind) -> Option<String> {
    match kind {
        ValueKind::Nil => Some(String::new()),
        ValueKind::Table(_) => None,
        ValueKind::Array(items) => {
            let items: Option<Vec<String>> = items.into_iter().map(|item| text_of(item.kind)).collect();
            items.map(|items| items.join(","))
        }
        plain => Some(plain.to_string()),
    }
}

/// The setting whose name is closest, if it differs in at most `limit` letters and no more than half of them.
fn nearest(key: &str, limit: usize) -> Option<&'static str> {
    let key = key.to_lowercase();
    let (distance, name) = KEYS.iter().map(|(name, _)| (letters_apart(&key, name), *name)).min()?;
    (distance <= limit.min(name.len() / 2)).then_some(name)
}

/// Levenshtein distance.
fn letters_apart(a: &str, b: &str) -> usize {
    let mut row: Vec<usize> = (0..=b.chars().count()).collect();
    for (i, left) in a.chars().enumerate() {
        let mut diagonal = std::mem::replace(&mut row[0], i + 1);
        for (j, right) in b.chars().enumerate() {
            let replaced = diagonal + usize::from(left != right);
            diagonal = row[j + 1];
            row[j + 1] = replaced.min(row[j] + 1).min(diagonal + 1);
        }
    }
    row.last().copied().unwrap_or_default()
}
