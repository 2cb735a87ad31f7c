//! What names and e-mail addresses must look like.

use kernel::http::Problem;

use crate::accounts::{AccountError, normalise_email};

/// The longest name, in characters.
const MAX_NAME: usize = 200;
/// The longest e-mail address, in bytes.
const MAX_EMAIL: usize = 320;

/// A name, without the spaces around it.
pub fn name(name: &str) -> Result<String, AccountError> {
    let name = name.trim();
    let fits = !name.is_empty() && name.chars().count() <= MAX_NAME && !name.contains(char::is_control);
    let message = "Enter a name of 1 to 200 characters, on one line.";
    if fits { Ok(name.to_owned()) } else { Err(AccountError::Invalid { field: "name", message: message.into() }) }
}

/// An e-mail address as it is kept: trimmed, lower case.
pub fn email(typed: &str) -> Result<String, AccountError> {
    let email = normalise_email(typed);
    let plausible = email.split_once('@').is_some_and(|(local, domain)| {
        !local.is_empty() && domain.contains('.') && domain.split('.').all(|label| !label.is_empty()) && !domain.contains('@')
    });
    let odd = |c: char| c.is_whitespace() || c.is_control() || "<>()[],;:\\\"".contains(c);
    // As typed: signing in overlooks what is invisible, an address to keep must not have it.
    if plausible && !typed.trim().contains(odd) && email.len() <= MAX_EMAIL {
        Ok(email)
    } else {
        Err(AccountError::Invalid { field: "email", message: "Enter an e-mail address such as ana@company.example.".into() })
    }
}

/// Nothing, or one answer that marks every field that needs attention.
pub fn all<const N: usize>(checks: [Result<(), AccountError>; N]) -> Result<(), Problem> {
    let mut answer: Option<Problem> = None;
    for error in checks.into_iter().filter_map(Result::err) {
        answer = Some(match (answer, error) {
            (Some(problem), AccountError::Invalid { field, message }) => problem.with_field(field, message),
            (answer, error) => answer.unwrap_or_else(|| error.into()),
        });
    }
    answer.map_or(Ok(()), Err)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_plausible_and_kept_in_one_form() {
        assert_eq!(email("  Ana.Silva@Company.EXAMPLE ").ok().as_deref(), Some("ana.silva@company.example"));
        assert!(email("josé+sales@empresa.com.br").is_ok());
        for bad in [
            "",
            "ana",
            "@company.example",
            "ana@",
            "ana@company",
            "ana@company.",
            "ana@.example",
            "a na@company.example",
            "ana@b@company.example",
            "ana@company.example,bo@company.example",
            "Ana <ana@company.example>",
            "ana\0@company.example",
        ] {
            assert!(email(bad).is_err(), "{bad:?}");
        }
        assert!(email(&format!("{}@company.example", "a".repeat(310))).is_err());
    }

    #[test]
    fn names_are_one_line_of_any_script() {
        assert_eq!(name(" Mei-Ling 蔡 ").ok().as_deref(), Some("Mei-Ling 蔡"));
        for bad in ["", " \t ", "a\nb", "a\0b", &"é".repeat(201)] {
            assert!(name(bad).is_err(), "{bad:?}");
        }
    }
}
