//! What a tag is.

use schemars::JsonSchema;
use serde::Serialize;
use uuid::Uuid;

/// The colours there are, by the same names as those of teams; what they look like is the theme's affair.
pub const COLORS: [&str; 9] = ["blue", "green", "amber", "red", "violet", "teal", "orange", "pink", "gray"];

/// Longest name, in characters.
const MAX_NAME: usize = 50;

/// A tag as the API shows it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Tag {
    /// Its id.
    pub id: Uuid,
    /// Its name.
    pub name: String,
    /// Its colour, by name.
    pub color: String,
    /// The team whose conversations it is for; `null`: for all.
    pub team_id: Option<Uuid>,
    /// On how many conversations it is.
    pub uses: i64,
}

/// A name as it is kept: one line, without what nobody sees. Or what is wrong with it.
pub(super) fn name(given: &str) -> Result<String, String> {
    let shown = |c: &char| !matches!(*c, '\u{ad}' | '\u{61c}' | '\u{200b}' | '\u{200e}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}');
    let line =
        given.split(|c: char| c.is_whitespace() || c.is_control()).filter(|word| !word.is_empty()).collect::<Vec<_>>().join(" ");
    let name: String = line.chars().filter(shown).collect();
    let name = name.trim().to_owned();
    match name.chars().count() {
        1..=MAX_NAME => Ok(name),
        _ => Err(format!("Use 1 to {MAX_NAME} characters.")),
    }
}

/// A colour by its name. Or what is wrong with it.
pub(super) fn color(given: &str) -> Result<String, String> {
    if COLORS.contains(&given) { Ok(given.to_owned()) } else { Err(format!("Use one of {}.", COLORS.join(", "))) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_one_line_that_one_can_see() {
        assert_eq!(name(" Card \n\t refund ").ok().as_deref(), Some("Card refund"));
        assert_eq!(name("\u{202e}VIP\u{200b}").ok().as_deref(), Some("VIP"));
        assert_eq!(name("<b>é😀</b>").ok().as_deref(), Some("<b>é😀</b>"));
        for nothing in ["", " ", "\0", "\u{200b}\u{2060}", &"x".repeat(51)] {
            assert!(name(nothing).is_err(), "{nothing:?}");
        }
        assert!(color("teal").is_ok() && color("Teal").is_err() && color("#fff").is_err());
    }
}
