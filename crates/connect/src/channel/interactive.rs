//! What is said that is neither text nor file: a place, and questions with ready answers. What a channel takes of them is data
//! ([`StructuredLimits`]), so that one check serves all channels and the composer counts along.

use std::collections::HashSet;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::FieldError;

/// A place to be sent.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Place {
    /// Degrees north.
    pub latitude: f64,
    /// Degrees east.
    pub longitude: f64,
    /// The place's name.
    #[serde(default)]
    pub name: Option<String>,
    /// The place's address.
    #[serde(default)]
    pub address: Option<String>,
}

/// A question with ready answers.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum Interactive {
    /// Answered by a button below the words.
    Buttons(Buttons),
    /// Answered by a row of a list that opens.
    List(List),
}

/// Words with buttons below.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Buttons {
    /// The words.
    pub text: String,
    /// A line on top.
    #[serde(default)]
    pub header: Option<String>,
    /// A line below.
    #[serde(default)]
    pub footer: Option<String>,
    /// The buttons.
    pub buttons: Vec<ReplyButton>,
}

/// Words with a button that opens a list.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct List {
    /// The words.
    pub text: String,
    /// A line on top.
    #[serde(default)]
    pub header: Option<String>,
    /// A line below.
    #[serde(default)]
    pub footer: Option<String>,
    /// What stands on the button that opens the list.
    pub button: String,
    /// What the list holds.
    pub sections: Vec<ListSection>,
}

/// A button.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ReplyButton {
    /// What the answer names it by.
    pub id: String,
    /// What stands on it.
    pub title: String,
}

/// A part of a list.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ListSection {
    /// What stands above it; needed where there are several.
    #[serde(default)]
    pub title: Option<String>,
    /// Its rows.
    pub rows: Vec<ListRow>,
}

/// A row of a list.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ListRow {
    /// What the answer names it by.
    pub id: String,
    /// What stands in it.
    pub title: String,
    /// A second line.
    #[serde(default)]
    pub description: Option<String>,
}

/// What a channel takes of places and questions; what is absent is not sent at all. Lengths are Unicode characters.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, JsonSchema)]
pub struct StructuredLimits {
    /// Places.
    pub location: Option<PlaceLimits>,
    /// Questions with buttons.
    pub buttons: Option<ButtonsLimits>,
    /// Questions with a list.
    pub list: Option<ListLimits>,
}

/// What a channel takes of a place.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, JsonSchema)]
pub struct PlaceLimits {
    /// The longest name.
    pub name_chars: usize,
    /// The longest address.
    pub address_chars: usize,
}

/// What a channel takes of buttons.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, JsonSchema)]
pub struct ButtonsLimits {
    /// The longest words.
    pub text_chars: usize,
    /// The longest line on top, or below.
    pub edge_chars: usize,
    /// Most buttons.
    pub max_buttons: usize,
    /// The longest title of a button.
    pub title_chars: usize,
    /// The longest id of a button.
    pub id_chars: usize,
}

/// What a channel takes of a list.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, JsonSchema)]
pub struct ListLimits {
    /// The longest words.
    pub text_chars: usize,
    /// The longest line on top, or below.
    pub edge_chars: usize,
    /// The longest text of the button that opens the list.
    pub button_chars: usize,
    /// Most sections.
    pub max_sections: usize,
    /// Most rows, of all sections together.
    pub max_rows: usize,
    /// The longest title of a section.
    pub section_title_chars: usize,
    /// The longest title of a row.
    pub row_title_chars: usize,
    /// The longest second line of a row.
    pub row_description_chars: usize,
    /// The longest id of a row.
    pub row_id_chars: usize,
}

impl StructuredLimits {
    /// A channel that sends none of them.
    pub const NONE: Self = Self { location: None, buttons: None, list: None };

    /// What is wrong with a place, field by field.
    pub fn check_place(&self, place: &Place) -> Result<(), Vec<FieldError>> {
        let mut wrong = Wrong::default();
        match self.location {
            None => wrong.say("location", "This channel sends no locations. Write where it is."),
            Some(limits) => {
                for (field, value, most) in [("latitude", place.latitude, 90.0), ("longitude", place.longitude, 180.0)] {
                    if !value.is_finite() || value.abs() > most {
                        wrong.say(format!("location.{field}"), format!("Give a number of degrees from -{most} to {most}."));
                    }
                }
                wrong.maybe("location.name", place.name.as_deref(), limits.name_chars);
                wrong.maybe("location.address", place.address.as_deref(), limits.address_chars);
            }
        }
        wrong.verdict()
    }

    /// What is wrong with a question, field by field.
    pub fn check_interactive(&self, of: &Interactive) -> Result<(), Vec<FieldError>> {
        let mut wrong = Wrong::default();
        match (of, self.buttons, self.list) {
            (Interactive::Buttons(of), Some(limits), _) => check_buttons(of, &limits, &mut wrong),
            (Interactive::List(of), _, Some(limits)) => check_list(of, &limits, &mut wrong),
            (Interactive::Buttons(_), None, _) => wrong.say("interactive", "This channel sends no buttons. Ask in words."),
            (Interactive::List(_), _, None) => wrong.say("interactive", "This channel sends no lists. Ask in words."),
        }
        wrong.verdict()
    }
}

/// Errors by the name of their field.
#[derive(Default)]
struct Wrong(Vec<FieldError>);

impl Wrong {
    fn say(&mut self, field: impl Into<String>, message: impl Into<String>) {
        self.0.push(FieldError::new(field, message));
    }

    /// A line that has to be there, in so many characters.
    fn line(&mut self, field: &str, text: &str, most: usize) {
        let chars = text.chars().count();
        if text.trim().is_empty() {
            self.say(field, "Fill this in.");
        } else if text.contains('\0') {
            self.say(field, "The character U+0000 cannot be sent.");
        } else if chars > most {
            self.say(field, format!("This has {chars} characters; at most {most} go."));
        }
    }

    /// One that may be absent.
    fn maybe(&mut self, field: &str, text: Option<&str>, most: usize) {
        if let Some(text) = text {
            self.line(field, text, most);
        }
    }

    fn count(&mut self, field: &str, count: usize, most: usize, what: &str) {
        if count == 0 {
            self.say(field, format!("Give at least one of the {what}."));
        } else if count > most {
            self.say(field, format!("At most {most} {what} go; these are {count}."));
        }
    }

    fn verdict(self) -> Result<(), Vec<FieldError>> {
        if self.0.is_empty() { Ok(()) } else { Err(self.0) }
    }
}

fn check_buttons(of: &Buttons, limits: &ButtonsLimits, wrong: &mut Wrong) {
    wrong.line("interactive.text", &of.text, limits.text_chars);
    wrong.maybe("interactive.header", of.header.as_deref(), limits.edge_chars);
    wrong.maybe("interactive.footer", of.footer.as_deref(), limits.edge_chars);
    wrong.count("interactive.buttons", of.buttons.len(), limits.max_buttons, "buttons");
    let (mut ids, mut titles) = (HashSet::new(), HashSet::new());
    // Beyond what goes, no more is said of each than that there are too many.
    for (n, button) in of.buttons.iter().enumerate().take(limits.max_buttons) {
        let field = |name: &str| format!("interactive.buttons.{n}.{name}");
        wrong.line(&field("id"), &button.id, limits.id_chars);
        wrong.line(&field("title"), &button.title, limits.title_chars);
        if !ids.insert(&button.id) {
            wrong.say(field("id"), "Another button has this id.");
        }
        if !button.title.trim().is_empty() && !titles.insert(button.title.trim()) {
            wrong.say(field("title"), "Another button says the same.");
        }
    }
}

fn check_list(of: &List, limits: &ListLimits, wrong: &mut Wrong) {
    wrong.line("interactive.text", &of.text, limits.text_chars);
    wrong.maybe("interactive.header", of.header.as_deref(), limits.edge_chars);
    wrong.maybe("interactive.footer", of.footer.as_deref(), limits.edge_chars);
    wrong.line("interactive.button", &of.button, limits.button_chars);
    wrong.count("interactive.sections", of.sections.len(), limits.max_sections, "sections");
    let rows: usize = of.sections.iter().map(|section| section.rows.len()).sum();
    if rows > limits.max_rows {
        wrong.say("interactive.sections", format!("At most {} rows go in all; these are {rows}.", limits.max_rows));
    }
    let mut ids = HashSet::new();
    for (n, section) in of.sections.iter().enumerate().take(limits.max_sections) {
        let title = format!("interactive.sections.{n}.title");
        match section.title.as_deref() {
            None if of.sections.len() > 1 => wrong.say(title, "Each of several sections needs a title."),
            given => wrong.maybe(&title, given, limits.section_title_chars),
        }
        wrong.count(&format!("interactive.sections.{n}.rows"), section.rows.len(), usize::MAX, "rows");
        for (k, row) in section.rows.iter().enumerate().take(limits.max_rows) {
            let field = |name: &str| format!("interactive.sections.{n}.rows.{k}.{name}");
            wrong.line(&field("id"), &row.id, limits.row_id_chars);
            wrong.line(&field("title"), &row.title, limits.row_title_chars);
            wrong.maybe(&field("description"), row.description.as_deref(), limits.row_description_chars);
            if !ids.insert(&row.id) {
                wrong.say(field("id"), "Another row has this id.");
            }
        }
    }
}

impl Place {
    /// Whether it is the same spot with the same words. Coordinates are compared to a hundredth of a metre, for what passed through a database
    /// may differ in its last digit.
    pub fn same(&self, other: &Self) -> bool {
        let near = |a: f64, b: f64| (a - b).abs() < 1e-7;
        near(self.latitude, other.latitude)
            && near(self.longitude, other.longitude)
            && (&self.name, &self.address) == (&other.name, &other.address)
    }
}

impl Interactive {
    /// The words.
    pub fn text(&self) -> &str {
        match self {
            Self::Buttons(of) => &of.text,
            Self::List(of) => &of.text,
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::{Value, json};

    use super::*;

    const LIMITS: StructuredLimits = StructuredLimits {
        location: Some(PlaceLimits { name_chars: 10, address_chars: 12 }),
        buttons: Some(ButtonsLimits { text_chars: 20, edge_chars: 6, max_buttons: 3, title_chars: 5, id_chars: 4 }),
        list: Some(ListLimits {
            text_chars: 20,
            edge_chars: 6,
            button_chars: 5,
            max_sections: 3,
            max_rows: 4,
            section_title_chars: 5,
            row_title_chars: 6,
            row_description_chars: 8,
            row_id_chars: 4,
        }),
    };

    fn fields(result: Result<(), Vec<FieldError>>) -> Vec<String> {
        result.err().into_iter().flatten().map(|error| error.field).collect()
    }

    fn checked(value: Value) -> Vec<String> {
        fields(LIMITS.check_interactive(&serde_json::from_value(value).unwrap()))
    }

    fn buttons() -> Value {
        json!({ "type": "buttons", "text": "Which?", "buttons": [{ "id": "a", "title": "Red" }, { "id": "b", "title": "Blue" }] })
    }

    fn list() -> Value {
        json!({ "type": "list", "text": "Which?", "button": "Pick", "sections": [
            { "title": "Warm", "rows": [{ "id": "a", "title": "Red", "description": "Like a" }] },
            { "title": "Cold", "rows": [{ "id": "b", "title": "Blue" }] }] })
    }

    #[test]
    fn what_fits_goes() {
        assert_eq!(checked(buttons()), [""; 0]);
        assert_eq!(checked(list()), [""; 0]);
        let mut one = list();
        one["sections"] = json!([{ "rows": [{ "id": "a", "title": "Red" }] }]);
        assert_eq!(checked(one), [""; 0], "one section needs no title");
    }

    #[test]
    fn each_field_that_does_not_fit_is_named() {
        for (path, value, field) in [
            ("/text", json!(""), "interactive.text"),
            ("/text", json!("x".repeat(21)), "interactive.text"),
            ("/text", json!("a\u{0}"), "interactive.text"),
            ("/header", json!("toolong"), "interactive.header"),
            ("/header", json!(" "), "interactive.header"),
            ("/footer", json!("toolong"), "interactive.footer"),
            ("/buttons", json!([]), "interactive.buttons"),
            ("/buttons/1/title", json!("Bluish"), "interactive.buttons.1.title"),
            ("/buttons/1/title", json!("Red "), "interactive.buttons.1.title"),
            ("/buttons/1/id", json!("a"), "interactive.buttons.1.id"),
            ("/buttons/0/id", json!("12345"), "interactive.buttons.0.id"),
        ] {
            assert_eq!(checked(with(buttons(), path, &value)), [field], "{path} {value}");
        }
        for (path, value, field) in [
            ("/button", json!("Choose"), "interactive.button"),
            ("/sections", json!([]), "interactive.sections"),
            ("/sections/0/title", json!(null), "interactive.sections.0.title"),
            ("/sections/0/title", json!("Warmer"), "interactive.sections.0.title"),
            ("/sections/0/rows", json!([]), "interactive.sections.0.rows"),
            ("/sections/0/rows/0/title", json!("Reddish"), "interactive.sections.0.rows.0.title"),
            ("/sections/0/rows/0/description", json!("Like fire"), "interactive.sections.0.rows.0.description"),
            ("/sections/1/rows/0/id", json!("a"), "interactive.sections.1.rows.0.id"),
            ("/sections/1/rows/0/id", json!("12345"), "interactive.sections.1.rows.0.id"),
        ] {
            assert_eq!(checked(with(list(), path, &value)), [field], "{path} {value}");
        }
        let five: Vec<Value> = (0..5).map(|n| json!({ "id": n.to_string(), "title": n.to_string() })).collect();
        assert_eq!(checked(with(buttons(), "/buttons", &json!(five))), ["interactive.buttons"]);
        assert_eq!(checked(with(list(), "/sections/0/rows", &json!(five))), ["interactive.sections"]);
        let sections: Vec<Value> =
            (0..4).map(|n| json!({ "title": "T", "rows": [{ "id": n.to_string(), "title": "x" }] })).collect();
        assert_eq!(checked(with(list(), "/sections", &json!(sections))), ["interactive.sections"]);
    }

    fn with(mut value: Value, path: &str, part: &Value) -> Value {
        match value.pointer_mut(path) {
            Some(at) => *at = part.clone(),
            None => value[&path[1..]] = part.clone(),
        }
        value
    }

    #[test]
    fn a_channel_without_them_says_so() {
        let of = |value| serde_json::from_value::<Interactive>(value).unwrap();
        assert_eq!(fields(StructuredLimits::NONE.check_interactive(&of(buttons()))), ["interactive"]);
        assert_eq!(fields(StructuredLimits::NONE.check_interactive(&of(list()))), ["interactive"]);
        let place = Place { latitude: 1.0, longitude: 2.0, name: None, address: None };
        assert_eq!(fields(StructuredLimits::NONE.check_place(&place)), ["location"]);
    }

    #[test]
    fn places_are_on_earth() {
        let place = |latitude, longitude| Place { latitude, longitude, name: Some("Depot".into()), address: None };
        assert_eq!(fields(LIMITS.check_place(&place(-90.0, 180.0))), [""; 0]);
        assert_eq!(fields(LIMITS.check_place(&place(90.000_1, 0.0))), ["location.latitude"]);
        assert_eq!(fields(LIMITS.check_place(&place(0.0, -180.5))), ["location.longitude"]);
        assert_eq!(fields(LIMITS.check_place(&place(f64::NAN, f64::INFINITY))), ["location.latitude", "location.longitude"]);
        let named = Place { name: Some(" ".into()), address: Some("x".repeat(13)), ..place(0.0, 0.0) };
        assert_eq!(fields(LIMITS.check_place(&named)), ["location.name", "location.address"]);
        assert!(place(1.0, 2.0).same(&place(1.000_000_01, 2.0)) && !place(1.0, 2.0).same(&place(1.000_001, 2.0)));
    }

    proptest! {
        /// Whatever is asked: never a panic, and what passes is within every limit.
        #[test]
        fn what_passes_fits(
            text in "\\PC{0,24}",
            titles in proptest::collection::vec("\\PC{0,7}", 0..5),
            rows in proptest::collection::vec(proptest::collection::vec("\\PC{0,8}", 0..4), 0..5),
        ) {
            let buttons = titles.iter().enumerate().map(|(n, title)| ReplyButton { id: n.to_string(), title: title.clone() }).collect();
            let of = Buttons { text: text.clone(), header: None, footer: None, buttons };
            if LIMITS.check_interactive(&Interactive::Buttons(of)).is_ok() {
                prop_assert!((1..=3).contains(&titles.len()) && titles.iter().all(|t| (1..=5).contains(&t.chars().count())));
                prop_assert!((1..=20).contains(&text.chars().count()));
            }
            let sections = rows.iter().enumerate().map(|(n, rows)| ListSection {
                title: Some("T".into()),
                rows: rows.iter().enumerate().map(|(k, title)| ListRow { id: format!("{n}.{k}"), title: title.clone(), description: None }).collect(),
            });
            let of = List { text, header: None, footer: None, button: "Pick".into(), sections: sections.collect() };
            if LIMITS.check_interactive(&Interactive::List(of)).is_ok() {
                prop_assert!((1..=3).contains(&rows.len()) && rows.iter().all(|rows| !rows.is_empty()));
                prop_assert!(rows.iter().map(Vec::len).sum::<usize>() <= 4);
                prop_assert!(rows.iter().flatten().all(|title| title.chars().count() <= 6));
            }
        }
    }
}
