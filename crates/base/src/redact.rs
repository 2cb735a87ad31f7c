//! Types that keep personal data out of logs. Secrets use `secrecy::SecretString`.

use std::fmt;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Personal data: it serialises (a screen needs it) but prints as `[pii]`, so neither `{}` nor `{:?}` nor a tracing field
/// can carry it into a log.
#[derive(Clone, Default, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(transparent)]
pub struct Pii<T>(pub T);

impl<T> Pii<T> {
    /// The value itself. Named so that a reader sees where personal data is handled.
    pub fn reveal(&self) -> &T {
        &self.0
    }

    /// The value itself, owned.
    pub fn into_inner(self) -> T {
        self.0
    }
}

impl<T> fmt::Debug for Pii<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("[pii]")
    }
}

impl<T> fmt::Display for Pii<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("[pii]")
    }
}

impl<T> From<T> for Pii<T> {
    fn from(value: T) -> Self {
        Self(value)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn personal_data_never_prints() {
        let phone = Pii("+15550002222".to_owned());
        assert_eq!(format!("{phone} {phone:?}"), "[pii] [pii]");
        assert_eq!(serde_json::to_string(&phone).ok().as_deref(), Some("\"+15550002222\""));
    }
}
