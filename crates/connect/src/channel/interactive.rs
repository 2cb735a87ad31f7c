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
mod tests;
