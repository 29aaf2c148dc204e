//! Mirrors what user fields need of `django.core.validators` and `django.contrib.auth.validators`
//! (4.2 to 6.1).

use std::net::{Ipv4Addr, Ipv6Addr};

use crate::python::unicodedata;

/// `UnicodeUsernameValidator`: the message where it refuses.
///
/// # Errors
/// Where the name holds something else than `\w` and `@.+-`.
pub fn validate_username(name: &str) -> Result<(), String> {
    let lawful = |c: char| unicodedata::is_word(c) || "@.+-".contains(c);
    if !name.is_empty() && name.chars().all(lawful) {
        return Ok(());
    }
    Err("Enter a valid username. This value may contain only letters, numbers, and @/./+/-/_ \
         characters."
        .to_owned())
}

/// `MaxLengthValidator(limit)`: the message where it refuses.
///
/// # Errors
/// Where the value has more characters.
pub fn validate_max_length(value: &str, limit: usize) -> Result<(), String> {
    let length = value.chars().count();
    if length <= limit {
        return Ok(());
    }
    let characters = if limit == 1 { "character" } else { "characters" };
    Err(format!("Ensure this value has at most {limit} {characters} (it has {length})."))
}

/// `EmailValidator`: the message where it refuses.
///
/// # Errors
/// Where the value is no address.
pub fn validate_email(value: &str) -> Result<(), String> {
    let is_address = |value: &str| {
        let (user, domain) = value.rsplit_once('@')?;
        let lawful = (is_dot_atom(user) || is_quoted_string(user))
            && (domain == "localhost" || is_domain(domain) || is_address_literal(domain));
        lawful.then_some(())
    };
    if value.chars().count() <= 320 && is_address(value).is_some() {
        return Ok(());
    }
    Err("Enter a valid email address.".to_owned())
}

/// What `re.IGNORECASE` takes for one of the letters i, k, s.
fn is_letter(c: char) -> bool {
    c.is_ascii_alphabetic() || matches!(c, '\u{130}' | '\u{131}' | '\u{17F}' | '\u{212A}')
}

fn is_dot_atom(user: &str) -> bool {
    let lawful = |c: char| is_letter(c) || c.is_ascii_digit() || "-!#$%&'*+/=?^_`{}|~".contains(c);
    user.split('.').all(|atom| !atom.is_empty() && atom.chars().all(lawful))
}

fn is_quoted_string(user: &str) -> bool {
    let Some(inner) = user.strip_prefix('"').and_then(|rest| rest.strip_suffix('"')) else {
        return false;
    };
    // `"` alone is both the first and the last.
    if user.len() < 2 {
        return false;
    }
    let plain = |c: char| {
        is_letter(c)
            || matches!(c, '\u{1}'..='\u{8}' | '\u{B}' | '\u{C}' | '\u{E}'..='\u{1F}' | '!' | '#'..='[' | ']'..='\u{7F}')
    };
    let escaped = |c: char| {
        is_letter(c) || matches!(c, '\u{1}'..='\u{9}' | '\u{B}' | '\u{C}' | '\u{E}'..='\u{7F}')
    };
    let mut characters = inner.chars();
    while let Some(c) = characters.next() {
        let lawful = if c == '\\' { characters.next().is_some_and(escaped) } else { plain(c) };
        if !lawful {
            return false;
        }
    }
    true
}

fn is_domain(domain: &str) -> bool {
    let Some((rest, top)) = domain.rsplit_once('.') else { return false };
    rest.split('.').all(is_label) && is_top_level(top)
}

/// What a label of a domain holds beside `-`: letters of all scripts, as far as 16 bits reach.
fn is_domain_letter(c: char) -> bool {
    c.is_ascii_alphanumeric() || matches!(c, '\u{A1}'..='\u{FFFF}')
}

fn is_label(label: &str) -> bool {
    let lawful = |c: char| is_domain_letter(c) || c == '-';
    (1..=63).contains(&label.chars().count()) && label.chars().all(lawful) && !has_outer_dash(label)
}

fn is_top_level(label: &str) -> bool {
    let letter = |c: char| is_domain_letter(c) && !c.is_ascii_digit();
    let is_plain =
        (2..=63).contains(&label.chars().count()) && label.chars().all(|c| letter(c) || c == '-');
    let prefix = label.get(..4).filter(|prefix| prefix.eq_ignore_ascii_case("xn--"));
    let encoded = prefix.and_then(|_| label.get(4..)).unwrap_or_default();
    let is_encoded = (1..=59).contains(&encoded.chars().count())
        && encoded.chars().all(|c| is_letter(c) || c.is_ascii_digit());
    (is_plain || is_encoded) && !has_outer_dash(label)
}

fn has_outer_dash(label: &str) -> bool {
    label.starts_with('-') || label.ends_with('-')
}

fn is_address_literal(domain: &str) -> bool {
    let inner = domain.strip_prefix('[').and_then(|rest| rest.strip_suffix(']'));
    inner.is_some_and(|address| {
        address.parse::<Ipv4Addr>().is_ok() || address.parse::<Ipv6Addr>().is_ok()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn usernames() {
        for name in ["ayush", "a.b@c+d-e_f", "Ünïcode", "用户", "٣"] {
            assert_eq!(validate_username(name), Ok(()), "{name}");
        }
        for name in ["", "a b", "a\n", "a/b", "e\u{301}", "€"] {
            assert!(validate_username(name).is_err(), "{name}");
        }
    }

    #[test]
    fn lengths_count_characters() {
        assert_eq!(validate_max_length("üü", 2), Ok(()));
        assert_eq!(
            validate_max_length(&"x".repeat(151), 150).unwrap_err(),
            "Ensure this value has at most 150 characters (it has 151)."
        );
    }

    /// What Django's own `validate_email` said of each.
    #[test]
    fn addresses_are_django_s() {
        let vectors = include_str!("../../fixtures/validators/email.jsonl");
        let mut count = 0;
        for line in vectors.lines() {
            let (value, valid): (String, bool) = serde_json::from_str(line).unwrap();
            assert_eq!(validate_email(&value).is_ok(), valid, "{value:?}");
            count += 1;
        }
        assert!(count > 1000, "{count}");
    }
}
