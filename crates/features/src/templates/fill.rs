//! Filling a template in: which variables it has, whether what was given fits, and what comes of it. Pure.

use std::collections::{BTreeMap, HashSet};

use connect::channel::{MediaKind, TemplateButton, TemplateMessage, TemplatePlace, TemplateValue};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// Longest header, body and address of a button when filled, in characters.
const HEADER: usize = 60;
const BODY: usize = 1024;
const ADDRESS: usize = 2000;
/// Longest value that is given, in characters.
const VALUE: usize = 2000;
/// Longest code that a button copies.
const CODE: usize = 15;
/// Spaces in a row that a value may not have.
const SPACES: &str = "     ";
/// Most values in saved defaults.
const MOST: usize = 100;

/// A template that somebody wants to send.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Asked {
    /// Its name.
    pub name: String,
    /// Its language, as the provider writes it.
    pub language: String,
    /// What to fill in.
    #[serde(default)]
    pub variables: Variables,
    /// A file that you uploaded and that is ready, for a template that begins with one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub media_id: Option<Uuid>,
}

/// What to fill into a template.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Variables {
    /// The header's: its one variable, or the web address of its picture, film or document where that was not uploaded.
    #[serde(default)]
    pub header: TextVariables,
    /// The body's.
    #[serde(default)]
    pub body: TextVariables,
    /// The buttons'.
    #[serde(default)]
    pub buttons: Vec<ButtonVariable>,
}

/// Values in their order, or by name where the template's variables have names.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(untagged)]
pub enum TextVariables {
    /// In the order of the numbers.
    Listed(Vec<String>),
    /// By name.
    Named(BTreeMap<String, String>),
}

impl Default for TextVariables {
    fn default() -> Self {
        Self::Listed(Vec::new())
    }
}

impl TextVariables {
    fn len(&self) -> usize {
        match self {
            Self::Listed(values) => values.len(),
            Self::Named(values) => values.len(),
        }
    }

    fn values(&self) -> Vec<&String> {
        match self {
            Self::Listed(values) => values.iter().collect(),
            Self::Named(values) => values.values().collect(),
        }
    }
}

/// What belongs to one button: the end of its address, the code it copies, or what a quick reply tells us.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ButtonVariable {
    /// Which button, from 0.
    pub index: u32,
    /// The value.
    pub value: String,
}

impl Asked {
    /// Whether a message is what this asked for, whatever the template says by now. Which file is on top, its attachments say.
    pub fn made(&self, message: &TemplateMessage) -> bool {
        let of = |wanted: &dyn Fn(&TemplatePlace) -> bool| {
            message.values.iter().filter(|v| wanted(&v.place)).collect::<Vec<&TemplateValue>>()
        };
        let same = |given: &TextVariables, kept: Vec<&TemplateValue>| match given {
            TextVariables::Listed(values) => values.iter().eq(kept.iter().map(|v| &v.value)),
            TextVariables::Named(values) => {
                values.len() == kept.len() && kept.iter().all(|v| v.name.as_ref().and_then(|n| values.get(n)) == Some(&v.value))
            }
        };
        let buttons: BTreeMap<u32, &str> = self.variables.buttons.iter().map(|b| (b.index, b.value.as_str())).collect();
        let kept: BTreeMap<u32, &str> = message
            .values
            .iter()
            .filter_map(|v| match &v.place {
                TemplatePlace::Button { index, .. } => Some((*index, v.value.as_str())),
                _ => None,
            })
            .collect();
        self.name == message.name
            && self.language == message.language
            && self.media_id.is_some() == message.header_file.is_some()
            && same(&self.variables.header, of(&|p| matches!(p, TemplatePlace::Header { .. })))
            && same(&self.variables.body, of(&|p| *p == TemplatePlace::Body))
            && buttons == kept
    }
}

/// A template as it is known.
pub(super) struct Template<'a> {
    pub name: &'a str,
    pub language: &'a str,
    pub named: bool,
    pub components: &'a serde_json::Value,
}

/// A field below `template` and what is wrong with it.
type Wrong = (String, String);

/// Fills a template in, with a file on top of this kind, or says of each field what is wrong.
pub(super) fn fill(template: &Template<'_>, given: &Variables, file: Option<MediaKind>) -> Result<TemplateMessage, Vec<Wrong>> {
    let mut filling = Filling { named: template.named, file, values: Vec::new(), wrong: Vec::new() };
    let mut message = TemplateMessage {
        name: template.name.to_owned(),
        language: template.language.to_owned(),
        header: None,
        header_file: None,
        body: String::new(),
        footer: None,
        buttons: Vec::new(),
        values: Vec::new(),
    };
    let text = |c: &serde_json::Value| c["text"].as_str().unwrap_or_default().to_owned();
    let (mut has_header, mut has_buttons) = (false, false);
    for component in template.components.as_array().into_iter().flatten() {
        match component["type"].as_str().unwrap_or_default().to_ascii_uppercase().as_str() {
            "HEADER" => {
                has_header = true;
                let format = component["format"].as_str().unwrap_or("TEXT").to_ascii_lowercase();
                message.header = filling.header(&format, &text(component), &given.header);
                message.header_file = file.filter(|file| kind_on_top(&format) == Some(*file));
            }
            "BODY" => message.body = filling.text("body", &TemplatePlace::Body, &text(component), &given.body, BODY),
            "FOOTER" => message.footer = Some(text(component)).filter(|t| !t.is_empty()),
            "BUTTONS" => {
                has_buttons = true;
                message.buttons = filling.buttons(component["buttons"].as_array().map_or(&[], Vec::as_slice), &given.buttons);
            }
            other => filling.refuse(
                "name",
                format!("This template has a part ({}) that MAX cannot send yet. Choose another one.", other.to_lowercase()),
            ),
        }
    }
    if !has_header && given.header.len() > 0 {
        filling.refuse("variables.header", "This template has no header.");
    }
    if !has_buttons && !given.buttons.is_empty() {
        filling.refuse("variables.buttons", "This template has no buttons.");
    }
    if message.body.is_empty() && given.body.len() > 0 && filling.wrong.is_empty() {
        filling.refuse("variables.body", "This template has no text to fill in.");
    }
    if file.is_some() && message.header_file.is_none() && filling.wrong.iter().all(|(field, _)| field != "media_id") {
        filling.refuse("media_id", "This template does not begin with a file.");
    }
    message.values = filling.values;
    if filling.wrong.is_empty() { Ok(message) } else { Err(filling.wrong) }
}

/// Whether values may be kept as defaults: they are looked at closely when they are sent.
pub(super) fn check_defaults(given: &Variables) -> Result<(), Wrong> {
    let values = || given.header.values().into_iter().chain(given.body.values()).chain(given.buttons.iter().map(|b| &b.value));
    if values().count() > MOST {
        return Err(("variables".to_owned(), format!("Keep at most {MOST} values.")));
    }
    if values().any(|v| v.chars().count() > VALUE || v.contains('\0')) {
        return Err(("variables".to_owned(), format!("Keep at most {VALUE} characters in each value.")));
    }
    Ok(())
}

struct Filling {
    named: bool,
    file: Option<MediaKind>,
    values: Vec<TemplateValue>,
    wrong: Vec<Wrong>,
}

impl Filling {
    fn refuse(&mut self, field: impl Into<String>, message: impl Into<String>) {
        self.wrong.push((field.into(), message.into()));
    }

    /// A text with variables.
    fn text(&mut self, part: &str, place: &TemplatePlace, text: &str, given: &TextVariables, longest: usize) -> String {
        let names = variables(text);
        let field = format!("variables.{part}");
        let mut filled: BTreeMap<&str, &str> = BTreeMap::new();
        match given {
            TextVariables::Named(values) if self.named => {
                for name in values.keys().filter(|name| !names.contains(&name.as_str())) {
                    self.refuse(format!("{field}.{name}"), "This template has no variable of this name.");
                }
                for name in &names {
                    match values.get(*name) {
                        Some(value) => drop(filled.insert(name, value)),
                        None => self.refuse(format!("{field}.{name}"), "Fill this in."),
                    }
                }
            }
            TextVariables::Listed(values) if !self.named || values.is_empty() => {
                if values.len() > names.len() || (values.is_empty() && !names.is_empty()) {
                    let expected = names.len();
                    let words = if self.named {
                        format!("Give a value for each of: {}.", names.join(", "))
                    } else {
                        format!("This template takes {expected} values here; you gave {}.", values.len())
                    };
                    self.refuse(field.clone(), words);
                }
                for (n, name) in names.iter().enumerate() {
                    match values.get(n) {
                        Some(value) => drop(filled.insert(name, value)),
                        None if values.is_empty() => {}
                        None => self.refuse(format!("{field}.{n}"), "Fill this in."),
                    }
                }
            }
            TextVariables::Named(values) if values.is_empty() && names.is_empty() => {}
            TextVariables::Named(_) => {
                self.refuse(field.clone(), "The variables of this template have numbers: give its values as a list.");
            }
            TextVariables::Listed(_) => {
                self.refuse(field.clone(), format!("The variables of this template have names: {}.", names.join(", ")));
            }
        }
        for (n, name) in names.iter().enumerate() {
            let Some(value) = filled.get(name).copied() else { continue };
            let at = if self.named { format!("{field}.{name}") } else { format!("{field}.{n}") };
            if let Some(words) = unfit(value) {
                self.refuse(at, words);
            }
            let name = self.named.then(|| (*name).to_owned());
            self.values.push(TemplateValue { place: place.clone(), name, value: value.to_owned() });
        }
        let whole = replaced(text, &filled);
        let chars = whole.chars().count();
        // Only what was filled in can be shortened.
        if !names.is_empty() && chars > longest {
            self.refuse(
                field,
                format!("Filled in, this has {chars} characters; at most {longest} can be sent. Shorten a value."),
            );
        }
        whole
    }

    fn header(&mut self, format: &str, text: &str, given: &TextVariables) -> Option<String> {
        match format {
            "text" => {
                let place = TemplatePlace::Header { kind: "text".to_owned() };
                Some(self.text("header", &place, text, given, HEADER))
            }
            "image" | "video" | "document" => {
                let what = match format {
                    "image" => "a picture",
                    "video" => "a film",
                    _ => "a document",
                };
                if let Some(file) = self.file {
                    if given.len() > 0 {
                        self.refuse("variables.header", "Give either a file or its web address.");
                    }
                    if kind_on_top(format) != Some(file) {
                        self.refuse("media_id", format!("This template begins with {what}, and this file is none."));
                    }
                    return None;
                }
                let link = match given {
                    TextVariables::Listed(values) => values.as_slice(),
                    TextVariables::Named(_) => &[],
                };
                match link {
                    [link] if is_link(link) => {
                        let place = TemplatePlace::Header { kind: format.to_owned() };
                        self.values.push(TemplateValue { place, name: None, value: link.clone() });
                        Some(link.clone())
                    }
                    _ => {
                        let words = format!(
                            "This template begins with {what}. Attach it, or give its web address with https:// in front."
                        );
                        self.refuse("variables.header", words);
                        None
                    }
                }
            }
            other => {
                let words = format!("This template begins with a part ({other}) that MAX cannot send yet. Choose another one.");
                self.refuse("name", words);
                None
            }
        }
    }

    fn buttons(&mut self, buttons: &[serde_json::Value], given: &[ButtonVariable]) -> Vec<TemplateButton> {
        let mut seen = HashSet::new();
        for one in given {
            let field = format!("variables.buttons.{}", one.index);
            if usize::try_from(one.index).map_or(true, |index| index >= buttons.len()) {
                self.refuse(field, format!("This template has {} buttons; they are counted from 0.", buttons.len()));
            } else if !seen.insert(one.index) {
                self.refuse(field, "This button has a value already.");
            }
        }
        (0u32..).zip(buttons).map(|(index, button)| self.button(index, button, given)).collect()
    }

    fn button(&mut self, index: u32, button: &serde_json::Value, given: &[ButtonVariable]) -> TemplateButton {
        let word = |name: &str| button[name].as_str().unwrap_or_default().to_owned();
        let kind = word("type").to_ascii_lowercase();
        let value = given.iter().find(|v| v.index == index).map(|v| v.value.clone());
        let field = format!("variables.buttons.{index}");
        if let Some(words) = value.as_deref().and_then(unfit) {
            self.refuse(field.clone(), words);
        }
        // What is sent for it, by the name it has there; and what it shows.
        let (sent, shown, needed) = match kind.as_str() {
            "quick_reply" => (Some("quick_reply"), None, None),
            "url" if !variables(&word("url")).is_empty() => {
                let address = word("url");
                let filled: BTreeMap<&str, &str> =
                    variables(&address).into_iter().map(|name| (name, value.as_deref().unwrap_or_default())).collect();
                let whole = replaced(&address, &filled);
                if whole.chars().count() > ADDRESS || value.as_deref().is_some_and(|v| v.contains(char::is_whitespace)) {
                    self.refuse(
                        field.clone(),
                        format!("Give the end of a web address: no spaces, at most {ADDRESS} characters in all."),
                    );
                }
                (Some("url"), Some(whole), Some("Fill in the end of this button's web address."))
            }
            "url" => (None, Some(word("url")), None),
            // The button that copies or fills in a one-time code is sent as an address with the code at its end.
            "otp" => (Some("url"), None, Some("Give the code that this button copies.")),
            "copy_code" => {
                if value.as_ref().is_some_and(|v| v.chars().count() > CODE) {
                    self.refuse(field.clone(), format!("Use at most {CODE} characters."));
                }
                (Some("copy_code"), value.clone(), Some("Give the code that this button copies."))
            }
            "phone_number" => (None, Some(word("phone_number")), None),
            _ => (None, None, None),
        };
        match (sent, &value, needed) {
            (Some(sent), Some(value), _) => {
                let place = TemplatePlace::Button { index, kind: sent.to_owned() };
                self.values.push(TemplateValue { place, name: None, value: value.clone() });
            }
            (Some(_), None, Some(words)) => self.refuse(field, words),
            (None, Some(_), _) => self.refuse(field, "This button takes no value."),
            _ => {}
        }
        TemplateButton { text: word("text"), kind, value: shown }
    }
}

/// What a file has to be that goes on top.
fn kind_on_top(format: &str) -> Option<MediaKind> {
    match format {
        "image" => Some(MediaKind::Image),
        "video" => Some(MediaKind::Video),
        "document" => Some(MediaKind::Document),
        _ => None,
    }
}

/// Why a value cannot stand in a template.
fn unfit(value: &str) -> Option<&'static str> {
    if value.trim().is_empty() {
        Some("Fill this in.")
    } else if value.chars().any(char::is_control) {
        Some("Line breaks, tabs and other control characters cannot stand in a template. Write it in one line.")
    } else if value.contains(SPACES) {
        Some("At most four spaces in a row can stand in a template.")
    } else if value.chars().count() > VALUE {
        Some("This is too long for a template.")
    } else {
        None
    }
}

/// Whether it is an address that the provider can fetch.
fn is_link(link: &str) -> bool {
    link.len() <= ADDRESS
        && !link.contains(|c: char| c.is_whitespace() || c.is_control())
        && link
            .strip_prefix("https://")
            .is_some_and(|rest| rest.split(['/', '?', '#']).next().is_some_and(|host| host.contains('.')))
}

/// The variables of a text, each once: numbers in their order, names as they come.
fn variables(text: &str) -> Vec<&str> {
    let mut names: Vec<&str> = Vec::new();
    for (_, name, _) in parts(text) {
        if let Some(name) = name.filter(|name| !names.contains(name)) {
            names.push(name);
        }
    }
    if names.iter().all(|name| name.parse::<u32>().is_ok()) {
        names.sort_by_key(|name| name.parse::<u32>().unwrap_or_default());
    }
    names
}

/// The text with its variables replaced; what has no value stays.
fn replaced(text: &str, values: &BTreeMap<&str, &str>) -> String {
    let mut out = String::with_capacity(text.len());
    for (before, name, raw) in parts(text) {
        out.push_str(before);
        out.push_str(name.and_then(|name| values.get(name).copied()).unwrap_or(raw));
    }
    out
}

/// The text in pieces: words, then the variable behind them and how it is written.
fn parts(text: &str) -> impl Iterator<Item = (&str, Option<&str>, &str)> {
    let mut rest = Some(text);
    std::iter::from_fn(move || {
        let now = rest.take()?;
        let found = now.find("{{").and_then(|start| now[start..].find("}}").map(|end| (start, start + end + 2)));
        Some(match found {
            Some((start, end)) => {
                rest = Some(&now[end..]);
                (&now[..start], Some(now[start + 2..end - 2].trim()), &now[start..end])
            }
            None => (now, None, ""),
        })
    })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::{Value, json};

    use super::*;

    fn order() -> Value {
        json!([
            { "type": "HEADER", "format": "TEXT", "text": "Order {{1}}" },
            { "type": "BODY", "text": "Hi {{1}}, your parcel {{2}} left." },
            { "type": "FOOTER", "text": "Max Store" },
            { "type": "BUTTONS", "buttons": [
                { "type": "QUICK_REPLY", "text": "Stop" },
                { "type": "URL", "text": "Track", "url": "https://max.example/t/{{1}}" },
                { "type": "PHONE_NUMBER", "text": "Call", "phone_number": "15550001111" }] }
        ])
    }

    fn filled(components: &Value, named: bool, given: Value) -> Result<TemplateMessage, Vec<Wrong>> {
        let template = Template { name: "order", language: "en", named, components };
        fill(&template, &serde_json::from_value(given).unwrap(), None)
    }

    fn fields(result: Result<TemplateMessage, Vec<Wrong>>) -> Vec<String> {
        result.unwrap_err().into_iter().map(|(field, _)| field).collect()
    }

    #[test]
    fn everything_is_filled_in() {
        let given = json!({ "header": ["A-17"], "body": ["Ana", "X9"], "buttons": [{ "index": 1, "value": "X9" }] });
        let message = filled(&order(), false, given.clone()).unwrap();
        assert_eq!(message.header.as_deref(), Some("Order A-17"));
        assert_eq!(message.body, "Hi Ana, your parcel X9 left.");
        assert_eq!(message.buttons[1].value.as_deref(), Some("https://max.example/t/X9"));
        assert_eq!(message.buttons[2].value.as_deref(), Some("15550001111"));
        let asked = |variables: Value| Asked {
            name: "order".into(),
            language: "en".into(),
            variables: serde_json::from_value(variables).unwrap(),
            media_id: None,
        };
        assert!(asked(given.clone()).made(&message));
        let mut other = given;
        other["body"][1] = "X8".into();
        assert!(!asked(other).made(&message));
    }

    #[test]
    fn what_is_wrong_is_named() {
        let button = json!([{ "index": 1, "value": "X9" }]);
        for (given, field) in [
            (json!({ "header": ["A"], "body": ["Ana"], "buttons": button }), "variables.body.1"),
            (json!({ "header": ["A"], "body": ["Ana", "b", "c"], "buttons": button }), "variables.body"),
            (json!({ "header": ["A"], "body": ["a\nb", "c"], "buttons": button }), "variables.body.0"),
            (json!({ "header": ["A"], "body": ["a\tb", "c"], "buttons": button }), "variables.body.0"),
            (json!({ "header": ["A"], "body": ["a     b", "c"], "buttons": button }), "variables.body.0"),
            (json!({ "header": ["A"], "body": [" ", "c"], "buttons": button }), "variables.body.0"),
            (json!({ "header": ["A"], "body": ["x".repeat(1010), "c"], "buttons": button }), "variables.body"),
            (json!({ "header": ["x".repeat(60)], "body": ["a", "c"], "buttons": button }), "variables.header"),
            (json!({ "body": ["a", "c"], "buttons": button }), "variables.header"),
            (json!({ "header": ["A"], "body": ["a", "c"] }), "variables.buttons.1"),
            (json!({ "header": ["A"], "body": { "name": "a" }, "buttons": button }), "variables.body"),
            (
                json!({ "header": ["A"], "body": ["a", "c"], "buttons": [{ "index": 1, "value": "a" }, { "index": 2, "value": "a" }] }),
                "variables.buttons.2",
            ),
            (
                json!({ "header": ["A"], "body": ["a", "c"], "buttons": [{ "index": 1, "value": "a" }, { "index": 9, "value": "a" }] }),
                "variables.buttons.9",
            ),
        ] {
            assert_eq!(fields(filled(&order(), false, given.clone())), [field], "{given}");
        }
        let four = json!({ "header": ["A"], "body": ["a    b", "c"], "buttons": button });
        assert!(filled(&order(), false, four).is_ok(), "four spaces may stand");
    }

    #[test]
    fn named_variables_are_given_by_name() {
        let components = json!([{ "type": "BODY", "text": "Hi {{ first_name }}, {{thing}} for {{first_name}}" }]);
        let message = filled(&components, true, json!({ "body": { "first_name": "Ana", "thing": "news" } })).unwrap();
        assert_eq!(message.body, "Hi Ana, news for Ana");
        assert_eq!(message.values.len(), 2);
        assert_eq!(fields(filled(&components, true, json!({ "body": { "first_name": "Ana" } }))), ["variables.body.thing"]);
        assert_eq!(
            fields(filled(&components, true, json!({ "body": { "first_name": "A", "thing": "b", "more": "c" } }))),
            ["variables.body.more"]
        );
        assert_eq!(fields(filled(&components, true, json!({ "body": ["Ana", "news"] }))), ["variables.body"]);
    }

    #[test]
    fn a_file_on_top_is_named_by_its_address() {
        let components = json!([{ "type": "HEADER", "format": "IMAGE" }, { "type": "BODY", "text": "Look" }]);
        let message = filled(&components, false, json!({ "header": ["https://max.example/a.jpg"] })).unwrap();
        assert_eq!(message.values[0].place, TemplatePlace::Header { kind: "image".into() });
        for wrong in [json!({}), json!({ "header": ["http://max.example/a.jpg"] }), json!({ "header": ["https://x y.z/"] })] {
            assert_eq!(fields(filled(&components, false, wrong)), ["variables.header"]);
        }
        for unknown in [json!([{ "type": "CAROUSEL" }]), json!([{ "type": "HEADER", "format": "LOCATION" }])] {
            assert_eq!(fields(filled(&unknown, false, json!({}))), ["name"]);
        }
    }

    #[test]
    fn a_file_on_top_may_be_uploaded() {
        let with = |components: Value, given: Value, file| {
            let template = Template { name: "look", language: "en", named: false, components: &components };
            fill(&template, &serde_json::from_value(given).unwrap(), Some(file))
        };
        let picture = || json!([{ "type": "HEADER", "format": "IMAGE" }, { "type": "BODY", "text": "Look" }]);
        let message = with(picture(), json!({}), MediaKind::Image).unwrap();
        assert_eq!((message.header, message.header_file), (None, Some(MediaKind::Image)));
        assert!(message.values.is_empty(), "the file itself is no value");
        assert_eq!(fields(with(picture(), json!({}), MediaKind::Video)), ["media_id"]);
        let both = json!({ "header": ["https://max.example/a.jpg"] });
        assert_eq!(fields(with(picture(), both, MediaKind::Image)), ["variables.header"]);
        let none = json!([{ "type": "BODY", "text": "Look" }]);
        assert_eq!(fields(with(none, json!({}), MediaKind::Image)), ["media_id"]);
        let words = json!([{ "type": "HEADER", "format": "TEXT", "text": "Hi" }, { "type": "BODY", "text": "Look" }]);
        assert_eq!(fields(with(words, json!({}), MediaKind::Image)), ["media_id"]);
    }

    proptest! {
        /// Whatever a template and its values hold: never a panic, and nothing is sent that cannot stand there.
        #[test]
        fn any_template_and_any_values(text in "[a{}1 ]{0,40}", values in proptest::collection::vec("\\PC{0,12}|a\nb", 0..4)) {
            let components = json!([{ "type": "BODY", "text": text }]);
            if let Ok(message) = filled(&components, false, json!({ "body": values })) {
                prop_assert!(message.values.iter().all(|v| unfit(&v.value).is_none()));
                prop_assert_eq!(message.values.len(), variables(&text).len());
            }
        }
    }
}
