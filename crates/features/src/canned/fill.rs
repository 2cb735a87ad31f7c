//! Fills the placeholders of a text. Pure.
//!
//! `{name}` is a placeholder; a name is letters, digits, `_`, `.` and `-`. `\{` and `\}` are plain braces, and so is whatever else stands
//! between braces. What is filled in is never looked at again, so that a customer called `{agent}` stays who they are.

/// A text with its placeholders filled.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Filled {
    /// The text; what could not be filled stands there as it was.
    pub text: String,
    /// The names of what could not be filled, once each, in their order.
    pub unfilled: Vec<String>,
}

/// Fills `text` with what `value` knows. A value of nothing but space fills nothing.
pub(super) fn fill(text: &str, value: impl Fn(&str) -> Option<String>) -> Filled {
    let mut filled = Filled { text: String::with_capacity(text.len()), unfilled: Vec::new() };
    let mut rest = text;
    while let Some(at) = rest.find(['{', '\\']) {
        filled.text.push_str(&rest[..at]);
        rest = &rest[at..];
        if let Some(brace) = rest.strip_prefix('\\').and_then(|after| after.chars().next()).filter(|c| matches!(c, '{' | '}')) {
            filled.text.push(brace);
            rest = &rest[2..];
        } else if let Some((name, after)) = placeholder(rest) {
            match value(name).filter(|value| !value.trim().is_empty()) {
                Some(value) => filled.text.push_str(&value),
                None => {
                    filled.text.push_str(&rest[..rest.len() - after.len()]);
                    if !filled.unfilled.iter().any(|known| known == name) {
                        filled.unfilled.push(name.to_owned());
                    }
                }
            }
            rest = after;
        } else {
            // A brace or a backslash that means nothing.
            filled.text.push_str(&rest[..1]);
            rest = &rest[1..];
        }
    }
    filled.text.push_str(rest);
    filled
}

/// The placeholder that a text begins with, and what follows it.
fn placeholder(text: &str) -> Option<(&str, &str)> {
    let (name, after) = text.strip_prefix('{')?.split_once('}')?;
    let named = !name.is_empty() && name.chars().all(|c| c.is_alphanumeric() || matches!(c, '_' | '.' | '-'));
    named.then_some((name, after))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn known(name: &str) -> Option<String> {
        match name {
            "first_name" => Some("Ana".to_owned()),
            "name" => Some("Ana {agent} Lee".to_owned()),
            "empty" => Some("  ".to_owned()),
            "attribute.plan-2" => Some("gold".to_owned()),
            _ => None,
        }
    }

    #[test]
    fn placeholders_are_filled_or_named() {
        for (text, expected, unfilled) in [
            ("Hi {first_name}!", "Hi Ana!", vec![]),
            ("{name}", "Ana {agent} Lee", vec![]),
            ("{who} {empty} {who} {first_name}", "{who} {empty} {who} Ana", vec!["who", "empty"]),
            ("{attribute.plan-2}/{attribute.other}", "gold/{attribute.other}", vec!["attribute.other"]),
            (r"\{first_name\} \{ } {", "{first_name} { } {", vec![]),
            (r"C:\temp\ \\{first_name}", r"C:\temp\ \{first_name}", vec![]),
            ("{ first_name } {} {a b} {{first_name}}", "{ first_name } {} {a b} {Ana}", vec![]),
            ("{naïve} ¯\\_(ツ)_/¯", "{naïve} ¯\\_(ツ)_/¯", vec!["naïve"]),
            ("open {first_name", "open {first_name", vec![]),
        ] {
            let filled = fill(text, known);
            assert_eq!(
                (filled.text.as_str(), filled.unfilled),
                (expected, unfilled.into_iter().map(str::to_owned).collect()),
                "{text}"
            );
        }
    }

    fn escaped(text: &str) -> String {
        text.replace('{', r"\{").replace('}', r"\}")
    }

    proptest! {
        #[test]
        fn what_is_escaped_comes_out_as_it_was(text in any::<String>()) {
            prop_assert_eq!(fill(&escaped(&text), known), Filled { text, unfilled: Vec::new() });
        }

        #[test]
        fn any_value_goes_in_whole_and_only_once(before in "[^{}\\\\]*", value in "\\PC*[^\\s]", after in "[^{}\\\\]*") {
            let filled = fill(&format!("{before}{{x}}{after}"), |_| Some(value.clone()));
            prop_assert_eq!(filled, Filled { text: format!("{before}{value}{after}"), unfilled: Vec::new() });
        }

        #[test]
        fn what_nobody_knows_stays_and_is_named(text in "([a-z {}\\\\.é]|\\{[a-z]{1,3}\\})*") {
            let filled = fill(&text, |_| None);
            // Filling again, now with values, fills exactly what was named.
            let again = fill(&text, |name| filled.unfilled.iter().any(|u| u == name).then(|| "v".to_owned()));
            prop_assert_eq!(again.unfilled, Vec::<String>::new());
            for name in &filled.unfilled {
                let placeholder = format!("{{{name}}}");
                prop_assert!(filled.text.contains(&placeholder));
            }
        }
    }
}
