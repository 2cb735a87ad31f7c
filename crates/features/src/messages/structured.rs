//! Places and questions with ready answers, as somebody asks to send them. Pure.

use connect::channel::{Content, Interactive, Place};
use kernel::http::Problem;

use super::Kind;

/// Digits behind the point that a coordinate keeps: a centimetre.
const PRECISION: f64 = 1e7;

/// What is asked for, as a message holds it; `None`: words, files or a template.
pub(super) fn asked(location: Option<Place>, interactive: Option<Interactive>) -> Result<Option<Content>, Problem> {
    match (location, interactive) {
        (Some(_), Some(_)) => Err(Problem::field("interactive", "Send either a location or a question.")),
        (Some(Place { latitude, longitude, name, address }), None) => {
            Ok(Some(Content::Location { latitude: rounded(latitude), longitude: rounded(longitude), name, address, url: None }))
        }
        (None, Some(Interactive::Buttons(of))) => Ok(Some(Content::Buttons(of))),
        (None, Some(Interactive::List(of))) => Ok(Some(Content::List(of))),
        (None, None) => Ok(None),
    }
}

/// Finer than anybody can stand, and the same after a database had it.
fn rounded(degrees: f64) -> f64 {
    (degrees * PRECISION).round() / PRECISION
}

/// Whether it may stand in such a message, with nothing else in it where it is `alone`.
pub(super) fn may_stand(content: &Content, kind: Kind, alone: bool) -> Result<(), Problem> {
    let (field, what) = match content {
        Content::Location { .. } => ("location", "A location"),
        _ => ("interactive", "A question with ready answers"),
    };
    if kind == Kind::Note {
        return Err(Problem::field(field, format!("{what} is for customers. Write the note in words.")));
    }
    if !alone {
        return Err(Problem::field(field, format!("{what} goes alone. Send words, files and templates before or after it.")));
    }
    Ok(())
}

/// Whether it is a place or a question of ours.
pub(super) fn is(content: &Content) -> bool {
    matches!(content, Content::Location { .. } | Content::Buttons(_) | Content::List(_))
}

/// Whether two say the same.
pub(super) fn same(one: &Content, other: &Content) -> bool {
    match (place(one), place(other)) {
        (Some(one), Some(other)) => one.same(&other),
        (None, None) => one == other,
        _ => false,
    }
}

/// The place in it.
fn place(content: &Content) -> Option<Place> {
    let Content::Location { latitude, longitude, name, address, .. } = content else { return None };
    Some(Place { latitude: *latitude, longitude: *longitude, name: name.clone(), address: address.clone() })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn at(latitude: f64, longitude: f64) -> Content {
        asked(Some(Place { latitude, longitude, name: None, address: None }), None).unwrap().unwrap()
    }

    fn field(result: Result<(), Problem>) -> Option<String> {
        result.err().map(|problem| problem.fields()[0].field.clone())
    }

    #[test]
    fn it_goes_alone_and_to_customers() {
        let place = at(1.0, 2.0);
        assert_eq!(field(may_stand(&place, Kind::Reply, true)), None);
        assert_eq!(field(may_stand(&place, Kind::Reply, false)), Some("location".to_owned()));
        assert_eq!(field(may_stand(&place, Kind::Note, true)), Some("location".to_owned()));
        let question: Interactive =
            serde_json::from_value(serde_json::json!({ "type": "buttons", "text": "?", "buttons": [] })).unwrap();
        let content = asked(None, Some(question.clone())).unwrap().unwrap();
        assert_eq!(field(may_stand(&content, Kind::Note, true)), Some("interactive".to_owned()));
        let both = asked(Some(Place { latitude: 1.0, longitude: 2.0, name: None, address: None }), Some(question));
        assert!(both.is_err() && is(&content) && !same(&content, &place));
    }

    proptest! {
        /// What passed through JSON and the database is still the same place.
        #[test]
        fn a_place_that_was_stored_is_the_same(latitude in -90.0f64..=90.0, longitude in -180.0f64..=180.0) {
            let before = at(latitude, longitude);
            let stored: Content = serde_json::from_str(&serde_json::to_string(&before).unwrap()).unwrap();
            prop_assert!(same(&before, &stored));
            prop_assert!(!same(&at((latitude / 2.0) + 0.1, longitude), &at(latitude / 2.0, longitude)));
        }
    }
}
