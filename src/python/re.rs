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
        Ok(Self(Regex::new(&format!("^(?:{})", rust_escapes(pattern)))?))
    }

    /// Whether `re.match(pattern, text)` matches: from the beginning, not necessarily to the end.
    pub fn matches(&self, text: &str) -> bool {
        // Python's `$` stands before a last line feed, too.
        self.0.is_match(text) || text.strip_suffix('\n').is_some_and(|text| self.0.is_match(text))
    }
}

/// Python's `\Z`, the end of the text, is `\z` elsewhere.
fn rust_escapes(pattern: &str) -> String {
    let mut written = String::with_capacity(pattern.len());
    let mut characters = pattern.chars();
    while let Some(character) = characters.next() {
        written.push(character);
        if character == '\\' {
            written.extend(
                characters.next().map(|escaped| if escaped == 'Z' { 'z' } else { escaped }),
            );
        }
    }
    written
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
