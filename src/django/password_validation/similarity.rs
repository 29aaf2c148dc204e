//! `UserAttributeSimilarityValidator`'s measure: `difflib.SequenceMatcher.quick_ratio()`.

use std::collections::HashMap;

use crate::python::unicodedata;

/// Whether the password, in lower case, is too close to an attribute's value or to one of its words.
pub(super) fn is_similar(password: &str, value: &str, max_similarity: f64) -> bool {
    let value = value.to_lowercase();
    let words = value.split(|c| !unicodedata::is_word(c));
    !value.is_empty()
        && words.chain([&*value]).any(|part| {
            !exceeds_maximum_length_ratio(password, max_similarity, part)
                && quick_ratio(password, part) >= max_similarity
        })
}

/// `exceeds_maximum_length_ratio`: one so much longer than the other cannot be similar.
fn exceeds_maximum_length_ratio(password: &str, max_similarity: f64, value: &str) -> bool {
    let (password, value) = (password.chars().count(), value.chars().count());
    password >= 10 * value && float(value) < max_similarity / 2.0 * float(password)
}

/// `SequenceMatcher(a=a, b=b).quick_ratio()`: how many characters the two have in common, in whatever
/// order, of those they have together.
fn quick_ratio(a: &str, b: &str) -> f64 {
    let mut left: HashMap<char, usize> = HashMap::new();
    for c in b.chars() {
        *left.entry(c).or_default() += 1;
    }
    let mut matches = 0;
    for c in a.chars() {
        if let Some(count) = left.get_mut(&c).filter(|count| **count > 0) {
            *count -= 1;
            matches += 1;
        }
    }
    let length = a.chars().count() + b.chars().count();
    if length == 0 { 1.0 } else { 2.0 * float(matches) / float(length) }
}

#[expect(clippy::cast_precision_loss, reason = "no password has 2^52 characters")]
fn float(number: usize) -> f64 {
    number as f64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ratios_are_difflib_s() {
        // SequenceMatcher(a=a, b=b).quick_ratio(), CPython 3.11.
        for (a, b, ratio) in [
            ("abcd", "bcde", 0.75),
            ("", "", 1.0),
            ("a", "", 0.0),
            ("aab", "abb", 2.0 / 3.0),
            ("A", "AAAAAAAAAA", 0.181_818_181_818_181_82),
            ("überfluss", "flussüber", 1.0),
        ] {
            assert!((quick_ratio(a, b) - ratio).abs() < 1e-15, "{a} {b}");
        }
    }

    /// What Django's own validator said of each.
    #[test]
    fn verdicts_are_django_s() {
        let vectors = include_str!("../../../fixtures/validators/similarity.jsonl");
        for line in vectors.lines() {
            let (password, value, limit, similar): (String, String, f64, bool) =
                serde_json::from_str(line).unwrap();
            assert_eq!(is_similar(&password.to_lowercase(), &value, limit), similar, "{line}");
        }
    }

    #[test]
    fn words_of_a_value_count() {
        assert!(is_similar("example1", "ayush@Example.com", 0.7));
        assert!(is_similar("ayush@example", "ayush@example.com", 0.7));
        assert!(!is_similar("example1", "", 0.1));
        assert!(!is_similar(&"a".repeat(100), "a", 0.1));
        // An empty word is close to nothing but an empty password.
        assert!(!is_similar("x", "@", 0.7));
    }
}
