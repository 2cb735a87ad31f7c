//! What a team may look like.

use base::Code;
use kernel::{db::constraint, http::Problem};

use super::{COLORS, Draft};

/// The longest name, in characters.
const MAX_NAME: usize = 100;
/// The longest description, in characters.
const MAX_DESCRIPTION: usize = 500;

impl Draft {
    /// The draft as it can be kept, or every field that needs attention.
    pub fn check(self) -> Result<Self, Problem> {
        let (name, description) = (self.name.trim().to_owned(), self.description.trim().replace('\0', ""));
        let mut wrong = Vec::new();
        if name.is_empty() || name.chars().count() > MAX_NAME || name.contains(|c: char| c.is_control() || c == ';') {
            // A semicolon stands between teams in imports and exports.
            wrong.push(("name", "Enter a name of 1 to 100 characters, on one line and without semicolons.".to_owned()));
        }
        if !COLORS.contains(&self.color.as_str()) {
            wrong.push(("color", format!("Use one of {}.", COLORS.join(", "))));
        }
        if description.chars().count() > MAX_DESCRIPTION {
            wrong.push(("description", format!("Use at most {MAX_DESCRIPTION} characters.")));
        }
        let mut wrong = wrong.into_iter();
        match wrong.next() {
            None => Ok(Self { name, color: self.color, description }),
            Some((field, message)) => {
                Err(wrong.fold(Problem::field(field, message), |problem, (field, message)| problem.with_field(field, message)))
            }
        }
    }
}

/// Two people may give a name at once: the database decides.
pub fn name_taken(error: sqlx::Error) -> Problem {
    if constraint(&error) == Some("team_name_key") {
        Problem::new(Code::AlreadyExists, "There already is a team of this name.").with_field("name", "Already in use.")
    } else {
        error.into()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn draft(name: &str, color: &str, description: &str) -> Draft {
        Draft { name: name.into(), color: color.into(), description: description.into() }
    }

    #[test]
    fn drafts_are_checked_whole() {
        assert_eq!(draft(" Équipe 蔡 ", "teal", " Money\nin ").check().unwrap(), draft("Équipe 蔡", "teal", "Money\nin"));
        let problem = draft("", "mauve", &"é".repeat(501)).check().unwrap_err();
        let told = format!("{problem:?}");
        assert!(["name", "color", "description"].iter().all(|field| told.contains(&format!("field: \"{field}\""))), "{told}");
        for name in ["a;b", "a\nb", "a\0b", &"é".repeat(101)] {
            assert!(draft(name, "blue", "").check().is_err(), "{name:?}");
        }
    }
}
