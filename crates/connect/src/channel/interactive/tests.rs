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
    let sections: Vec<Value> = (0..4).map(|n| json!({ "title": "T", "rows": [{ "id": n.to_string(), "title": "x" }] })).collect();
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
