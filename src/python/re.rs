//! `re.match` (CPython 3.10 to 3.13), for the patterns that need no backtracking.

use regex::Regex;

/// A compiled pattern.
#[derive(Clone, Debug)]
pub struct Pattern(Regex);

/// A pattern of a kind that is not reproduced (look-around, references back), or none at all.
#[derive(Debug, thiserror::Error)]
#[error("this regular expression cannot be used: {0}")]
pub struct PatternError(#[from] regex::Error);

impl Pattern {
    /// `re.compile(pattern)`.
    ///
    /// # Errors
    /// When the pattern cannot be used.
    pub fn compile(pattern: &str) -> Result<Self, PatternError> {
        Ok(Self(Regex::new(&format!("^(?:{})", translated(pattern)))?))
    }

    /// Whether `re.match(pattern, text)` matches: from the beginning, not necessarily to the end.
    pub fn matches(&self, text: &str) -> bool {
        self.0.is_match(text)
    }
}

/// The pattern in the other language: what both write alike, and mean differently.
fn translated(pattern: &str) -> String {
    let mut written = String::with_capacity(pattern.len());
    let mut characters = pattern.chars();
    let mut is_class = false;
    while let Some(character) = characters.next() {
        match character {
            '\\' => escape(characters.next(), &mut written),
            // Python's `$` stands before a last line feed, too.
            '$' if !is_class => written.push_str(r"(?:$|\n\z)"),
            // No class in a class, and no operators.
            '[' | '&' | '~' if is_class => written.extend(['\\', character]),
            '[' => {
                is_class = true;
                written.push('[');
                begin_class(&mut characters, &mut written);
            }
            _ => {
                is_class &= character != ']';
                written.push(character);
            }
        }
    }
    written
}

/// A class may be of all but what follows, and a bracket that comes first does not end it.
fn begin_class(characters: &mut std::str::Chars<'_>, written: &mut String) {
    for first in ['^', ']'] {
        if let Some(rest) = characters.as_str().strip_prefix(first) {
            *characters = rest.chars();
            written.extend(if first == ']' { Some('\\') } else { None });
            written.push(first);
        }
    }
}

fn escape(escaped: Option<char>, written: &mut String) {
    match escaped {
        Some('Z') => written.push_str(r"\z"),
        // `str.isalnum` and the underscore; `str.isspace`.
        Some('w') => written.push_str(r"[\p{L}\p{N}_]"),
        Some('W') => written.push_str(r"[^\p{L}\p{N}_]"),
        Some('s') => written.push_str(r"[\s\x1c-\x1f]"),
        Some('S') => written.push_str(r"[^\s\x1c-\x1f]"),
        // The ends of a word elsewhere.
        Some(plain @ ('<' | '>')) => written.push(plain),
        Some(other) => written.extend(['\\', other]),
        None => written.push('\\'),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_matches_from_the_beginning() {
        for (pattern, text, expected) in [
            ("^.*$", "/a/b", true),
            ("^.*$", "", true),
            // As Python does it: `.` is no line feed, and `$` stands before the last one.
            ("^.*$", "/a\n", true),
            ("^.*$", "/a\nb", false),
            ("/api/", "/api/x", true),
            ("/api/", "/x/api/", false),
            ("a|b", "b", true),
            ("a|b", "xb", false),
            (r"^https://\w+\.example\.com$", "https://a.example.com", true),
            (r"^https://\w+\.example\.com$", "https://a.example.com.evil", false),
            (r"https://x\Z", "https://x", true),
            (r"https://x\Z", "https://x.evil", false),
            (r"(?i)HTTPS://X", "https://x", true),
            (r"\\Z", r"\Z", true),
            (r"x\Z", "x\n", false),
            (r"x$", "x\n\n", false),
            (r"\w+$", "a\u{b2}\u{e9}_", true),
            (r"\W$", "\u{bd}", false),
            (r"[\w.-]+$", "a-b.\u{b9}", true),
            (r"[^\W_]+$", "a_b", false),
            (r"\s$", "\x1f", true),
            (r"\S", "\u{85}", false),
            (r"[[a]$", "[", true),
            (r"[a&&b]$", "&", true),
            (r"[a~~b]$", "a", true),
            (r"[]a]+$", "]a", true),
            (r"[^]a]$", "]", false),
            (r"[$]x", "$x", true),
            (r"\<a\>", "<a>", true),
        ] {
            assert_eq!(
                Pattern::compile(pattern).unwrap().matches(text),
                expected,
                "{pattern} {text:?}"
            );
        }
        for unusable in ["(", "(?=a)", r"(a)\1", "(?<!b)a"] {
            assert!(Pattern::compile(unusable).is_err(), "{unusable}");
        }
    }
}
