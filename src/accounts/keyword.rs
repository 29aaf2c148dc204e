//! The word before a token in the `Authorization` header.

use std::{borrow::Cow, fmt, str::FromStr};

/// `TokenAuthentication.keyword`: one word of ASCII, for with another no request could be accepted, or
/// no refusal could say how to authenticate.
///
/// ```
/// use drf_auth::accounts::keyword::Keyword;
///
/// assert_eq!(Keyword::default().as_str(), "Token");
/// let bearer: Keyword = "Bearer".parse().unwrap();
/// assert_eq!(bearer.as_str(), "Bearer");
/// assert!("My Token".parse::<Keyword>().is_err());
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Keyword(Cow<'static, str>);

/// A text that cannot be a [`Keyword`].
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the keyword {0:?} is not one word of ASCII, such as \"Token\" or \"Bearer\"")]
pub struct KeywordError(String);

impl Keyword {
    /// The keyword, as `WWW-Authenticate` says it.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// DRF's own, `Token`.
impl Default for Keyword {
    fn default() -> Self {
        Self(Cow::Borrowed("Token"))
    }
}

impl FromStr for Keyword {
    type Err = KeywordError;

    fn from_str(word: &str) -> Result<Self, KeywordError> {
        if !word.is_empty() && word.bytes().all(|byte| byte.is_ascii_graphic()) {
            Ok(Self(Cow::Owned(word.to_owned())))
        } else {
            Err(KeywordError(word.to_owned()))
        }
    }
}

impl fmt::Display for Keyword {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_keyword_is_one_word() {
        for right in ["Token", "Bearer", "x-token", "~"] {
            assert_eq!(right.parse::<Keyword>().unwrap().to_string(), right);
        }
        for wrong in ["", " ", "Token ", "My Token", "T\u{e9}", "a\nb", "a\r\nb", "a\u{a0}b", "\0"]
        {
            let error = wrong.parse::<Keyword>().unwrap_err();
            assert!(error.to_string().contains(&format!("{wrong:?}")), "{error}");
        }
    }
}
