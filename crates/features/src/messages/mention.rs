//! Mentions in the words of a note: `@[Name](user:ID)` for a person, `@[Name](team:ID)` for a team. Pure.
//!
//! The name in the text is what the writer's screen showed; what counts is the id. A name may hold brackets, for the end of a mention is
//! looked for first and its beginning from there.

use std::ops::Range;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::conversations::text_enum;

/// Longest name that is looked for, in bytes: four times that of a user.
const LONGEST_NAME: usize = 800;
const BEGIN: &str = "@[";

text_enum! {
    /// Who is mentioned.
    MentionType {
        /// A person.
        User = "user",
        /// Everybody in a team.
        Team = "team",
    }
}

/// Who is mentioned in a note.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Mention {
    /// A person or a team.
    pub r#type: MentionType,
    /// Their id.
    pub id: Uuid,
    /// Their name when it was written.
    pub name: String,
}

/// A mention as it stands in a text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Found {
    /// Where, in bytes.
    pub at: Range<usize>,
    pub r#type: MentionType,
    pub id: Uuid,
}

/// The mentions in a text, in their order.
pub(super) fn find(text: &str) -> Vec<Found> {
    let mut found: Vec<Found> = Vec::new();
    let mut from = 0;
    while let Some(close) = text[from..].find("](").map(|at| from + at) {
        // Whatever this is, the search goes on behind it.
        let free = found.last().map_or(0, |last: &Found| last.at.end);
        from = close + 2;
        let Some((r#type, id, end)) = target(text, from) else { continue };
        let Some(begin) = text[free..close].rfind(BEGIN).map(|at| free + at) else { continue };
        let name = &text[begin + BEGIN.len()..close];
        if !name.trim().is_empty() && name.len() <= LONGEST_NAME && !name.contains(['\n', '\r']) {
            found.push(Found { at: begin..end, r#type, id });
            from = end;
        }
    }
    found
}

/// `user:ID)` or `team:ID)` from here on: what it names and where it ends.
fn target(text: &str, from: usize) -> Option<(MentionType, Uuid, usize)> {
    let (kind, rest) = text[from..].split_once(':').filter(|(kind, _)| kind.len() == 4)?;
    let id = rest.get(..36).filter(|_| rest.as_bytes().get(36) == Some(&b')'))?;
    Some((MentionType::parse(kind)?, Uuid::try_parse(id).ok()?, from + 4 + 1 + 36 + 1))
}

/// The text as one line of a list shows it: a name instead of each mention.
pub(super) fn plain(text: &str, found: &[Found], name: impl Fn(&Found) -> Option<String>) -> String {
    let (mut plain, mut from) = (String::with_capacity(text.len()), 0);
    for mention in found {
        plain.push_str(&text[from..mention.at.start]);
        plain.push('@');
        plain.push_str(&name(mention).unwrap_or_default());
        from = mention.at.end;
    }
    plain.push_str(&text[from..]);
    plain
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn written(kind: MentionType, id: Uuid, name: &str) -> String {
        format!("@[{name}]({}:{id})", kind.as_str())
    }

    #[test]
    fn what_looks_nearly_like_a_mention_is_none() {
        let id = Uuid::from_u128(7);
        for text in [
            "@Leila".to_owned(),
            format!("@[](user:{id})"),
            format!("@[  ](user:{id})"),
            format!("@[Leila](group:{id})"),
            format!("@[Leila](user:{id}"),
            format!("@[Leila](user: {id})"),
            format!("@[Leila](User:{id})"),
            format!("@[Leila](user:{})", id.simple()),
            format!("[Leila](user:{id})"),
            format!("@[Lei\nla](user:{id})"),
            format!("@[{}](user:{id})", "é".repeat(401)),
            "@[Leila](user:not-a-uuid-not-a-uuid-not-a-uuid-no)".to_owned(),
            "@[L](user:ééééééééééééééééééé)".to_owned(),
        ] {
            assert_eq!(find(&text), [], "{text}");
        }
        // The innermost counts, and one that ended takes part in no other.
        let text = format!("@[a @[Bob [HR]](user:{id})](team:{id})");
        let found = find(&text);
        assert_eq!(found.len(), 1);
        assert_eq!(&text[found[0].at.clone()], format!("@[Bob [HR]](user:{id})"));
    }

    proptest! {
        #[test]
        fn mentions_are_found_where_they_were_put(
            pieces in prop::collection::vec(("[^@\\[\\]()]{0,20}", any::<bool>(), any::<u128>(), "[^\\[\\]@()\\r\\n]{0,20}[a-zé😀]"), 0..6),
            end in "[^@\\[\\]()]{0,20}",
        ) {
            let (mut text, mut shown, mut expected) = (String::new(), String::new(), Vec::new());
            for (before, team, id, name) in &pieces {
                let (kind, id) = (if *team { MentionType::Team } else { MentionType::User }, Uuid::from_u128(*id));
                text.push_str(before);
                let start = text.len();
                text.push_str(&written(kind, id, name));
                expected.push(Found { at: start..text.len(), r#type: kind, id });
                shown.push_str(&format!("{before}@{}", id.simple()));
            }
            text.push_str(&end);
            shown.push_str(&end);
            prop_assert_eq!(find(&text), expected.clone());
            prop_assert_eq!(plain(&text, &expected, |m| Some(m.id.simple().to_string())), shown);
        }

        #[test]
        fn no_text_breaks_it(text in "(@\\[|\\]\\(|user:|team:|\\)|[a-f0-9-]{36}|00000000-0000-0000-0000-000000000007|.|\\n){0,30}") {
            let found = find(&text);
            for pair in found.windows(2) {
                prop_assert!(pair[0].at.end <= pair[1].at.start);
            }
            for mention in &found {
                let written = &text[mention.at.clone()];
                prop_assert!(written.starts_with(BEGIN) && written.ends_with(')') && written.contains(&mention.id.to_string()) || !written.is_ascii() || written.to_lowercase().contains(&mention.id.to_string()));
            }
            plain(&text, &found, |_| None);
        }
    }
}
