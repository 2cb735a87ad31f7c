//! Keyset paging: `?limit=&cursor=` → `{"items":[…],"next_cursor":…}`. The cursor is the last row's sort key, so a page costs the same
//! wherever it lies, and rows that arrive meanwhile neither shift nor repeat.

use base::Code;
use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize, de::DeserializeOwned};

use super::Problem;

/// The most rows a page may hold.
const MAX_LIMIT: u32 = 200;
const DEFAULT_LIMIT: u32 = 50;

/// One page of a list.
#[derive(Debug, Serialize, JsonSchema)]
pub struct Page<T> {
    /// The rows.
    pub items: Vec<T>,
    /// Pass it as `cursor` for the next page; `null` on the last.
    pub next_cursor: Option<String>,
}

/// The paging parameters of a list.
#[derive(Debug, Default, Clone, Deserialize, JsonSchema)]
pub struct PageQuery {
    /// Rows per page, 1 to 200; 50 unless said.
    pub limit: Option<u32>,
    /// `next_cursor` of the page before.
    pub cursor: Option<String>,
}

/// What somebody typed into a search field, as a statement can look for it; `None` when that is nothing.
pub fn search_words(typed: Option<&str>) -> Option<String> {
    // PostgreSQL takes no NUL in a text.
    let words: String = typed?.trim().chars().filter(|c| *c != '\0').take(200).collect();
    (!words.is_empty()).then_some(words)
}

/// A row's sort key, as it travels in a cursor.
pub trait Keyset: Serialize + DeserializeOwned {}
impl<K: Serialize + DeserializeOwned> Keyset for K {}

impl PageQuery {
    /// Rows asked for, within bounds.
    pub fn limit(&self) -> Result<i64, Problem> {
        match self.limit.unwrap_or(DEFAULT_LIMIT) {
            n @ 1..=MAX_LIMIT => Ok(i64::from(n)),
            _ => Err(Problem::field("limit", format!("Use a number from 1 to {MAX_LIMIT}."))),
        }
    }

    /// The key to start after.
    pub fn after<K: Keyset>(&self) -> Result<Option<K>, Problem> {
        let Some(cursor) = self.cursor.as_deref().filter(|c| !c.is_empty()) else { return Ok(None) };
        let bytes = BASE64_URL_SAFE_NO_PAD.decode(cursor).map_err(|_| Self::invalid_cursor())?;
        serde_json::from_slice(&bytes).map(Some).map_err(|_| Self::invalid_cursor())
    }

    /// The answer to a cursor that no page of this list gave out.
    pub fn invalid_cursor() -> Problem {
        Problem::new(Code::InvalidCursor, "This page link is not valid. Load the list from its beginning.")
    }
}

impl<T> Page<T> {
    /// A page from `limit + 1` rows: the extra one only says that there is more.
    pub fn from_rows<K: Keyset>(mut rows: Vec<T>, limit: i64, key: impl Fn(&T) -> K) -> Self {
        let limit = usize::try_from(limit).unwrap_or_default();
        let more = rows.len() > limit;
        rows.truncate(limit);
        let next_cursor = rows
            .last()
            .filter(|_| more)
            .map(|last| BASE64_URL_SAFE_NO_PAD.encode(serde_json::to_vec(&key(last)).unwrap_or_default()));
        Self { items: rows, next_cursor }
    }

    /// The same page with other rows.
    pub fn map<U>(self, f: impl FnMut(T) -> U) -> Page<U> {
        Page { items: self.items.into_iter().map(f).collect(), next_cursor: self.next_cursor }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pages_join_without_gap_or_repeat() {
        let all: Vec<i64> = (0..10).collect();
        let (mut seen, mut query) = (Vec::new(), PageQuery { limit: Some(3), cursor: None });
        loop {
            let (limit, after) = (query.limit().unwrap(), query.after::<i64>().unwrap());
            let rows = all.iter().copied().filter(|n| after.is_none_or(|a| *n > a)).take(limit as usize + 1).collect();
            let page = Page::from_rows(rows, limit, |n| *n);
            seen.extend(page.items);
            match page.next_cursor {
                Some(cursor) => query.cursor = Some(cursor),
                None => break,
            }
        }
        assert_eq!(seen, all);
    }

    #[test]
    fn garbage_is_a_clear_error() {
        for cursor in ["%%%", "AAAA", "e30"] {
            let query = PageQuery { limit: None, cursor: Some(cursor.into()) };
            assert_eq!(query.after::<i64>().unwrap_err().code(), Code::InvalidCursor);
        }
        for limit in [0, 201] {
            assert_eq!(PageQuery { limit: Some(limit), cursor: None }.limit().unwrap_err().code(), Code::Invalid);
        }
    }
}
