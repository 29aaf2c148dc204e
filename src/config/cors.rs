//! `[cors]`: django-cors-headers, where the project has it.

use super::{
    error::{Problem, quote},
    reader::Reader,
    value::{self, Value, boolean, integer},
};
use crate::python::re::Pattern;

/// `[cors]`: what settings.py says to django-cors-headers. There is such a middleware where any of its
/// keys is written, and it is the first.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Cors {
    /// Origins that may read answers, as `https://host` or `https://host:port`.
    ///
    /// Default: none. In settings.py: `CORS_ALLOWED_ORIGINS`.
    pub allowed_origins: Vec<String>,
    /// Regular expressions of further origins, matched from the beginning.
    ///
    /// Default: none. In settings.py: `CORS_ALLOWED_ORIGIN_REGEXES`.
    pub allowed_origin_regexes: Vec<String>,
    /// Whether every origin may.
    ///
    /// Default: false. In settings.py: `CORS_ALLOW_ALL_ORIGINS`.
    pub allow_all_origins: bool,
    /// Whether browsers may send cookies along.
    ///
    /// Default: false. In settings.py: `CORS_ALLOW_CREDENTIALS`.
    pub allow_credentials: bool,
    /// Methods that other origins may use.
    ///
    /// Default: those of django-cors-headers. In settings.py: `CORS_ALLOW_METHODS`.
    pub allow_methods: Vec<String>,
    /// Headers that other origins may send.
    ///
    /// Default: those of django-cors-headers. In settings.py: `CORS_ALLOW_HEADERS`.
    pub allow_headers: Vec<String>,
    /// Headers of answers that other origins may read.
    ///
    /// Default: none. In settings.py: `CORS_EXPOSE_HEADERS`.
    pub expose_headers: Vec<String>,
    /// How long browsers may remember what they were allowed; 0 does not say.
    ///
    /// Unit: seconds. Default: 86400. In settings.py: `CORS_PREFLIGHT_MAX_AGE`.
    pub preflight_max_age: u32,
    /// A regular expression of the paths that all this is about.
    ///
    /// Default: `^.*$`. In settings.py: `CORS_URLS_REGEX`.
    pub urls_regex: String,
    /// Whether pages of public addresses may ask private ones.
    ///
    /// Default: false. In settings.py: `CORS_ALLOW_PRIVATE_NETWORK`.
    pub allow_private_network: bool,
}

impl Default for Cors {
    fn default() -> Self {
        let words = |words: &[&str]| words.iter().map(|&word| word.to_owned()).collect();
        Self {
            allowed_origins: Vec::new(),
            allowed_origin_regexes: Vec::new(),
            allow_all_origins: false,
            allow_credentials: false,
            allow_methods: words(&["DELETE", "GET", "OPTIONS", "PATCH", "POST", "PUT"]),
            allow_headers: words(&[
                "accept",
                "authorization",
                "content-type",
                "user-agent",
                "x-csrftoken",
                "x-requested-with",
            ]),
            expose_headers: Vec::new(),
            preflight_max_age: 86_400,
            urls_regex: "^.*$".to_owned(),
            allow_private_network: false,
        }
    }
}

impl Cors {
    /// `None` where no key of the section is written.
    pub(super) fn read(reader: &mut Reader) -> Option<Self> {
        let is_written = reader.has_section("cors");
        let mut read = Self::default();
        let seconds = 0..=2_147_483_647;
        reader.set(&mut read.allowed_origins, "cors.allowed_origins", origins);
        reader.set(&mut read.allowed_origin_regexes, "cors.allowed_origin_regexes", regexes);
        reader.set(&mut read.allow_all_origins, "cors.allow_all_origins", boolean);
        reader.set(&mut read.allow_credentials, "cors.allow_credentials", boolean);
        reader.set(&mut read.allow_methods, "cors.allow_methods", tokens);
        reader.set(&mut read.allow_headers, "cors.allow_headers", tokens);
        reader.set(&mut read.expose_headers, "cors.expose_headers", tokens);
        let max_age = |value: &Value| integer(value, &seconds);
        reader.set(&mut read.preflight_max_age, "cors.preflight_max_age", max_age);
        reader.set(&mut read.urls_regex, "cors.urls_regex", regex);
        reader.set(&mut read.allow_private_network, "cors.allow_private_network", boolean);
        is_written.then_some(read)
    }
}

/// What django-cors-headers' own checks let through: a scheme and a host, and nothing after them.
fn origins(value: &Value) -> Result<Vec<String>, Problem> {
    let origins = value::list(value)?;
    let is_origin = |origin: &String| {
        let host = origin.split_once("://").map(|(_, host)| host);
        ["null", "file://"].contains(&origin.as_str())
            || host.is_some_and(|host| !host.is_empty() && !host.contains(['/', '?', '#']))
                && origin.bytes().all(|byte| byte.is_ascii_graphic())
    };
    match origins.iter().find(|origin| !is_origin(origin)) {
        None => Ok(origins),
        Some(wrong) => Err(Problem::new(
            format!("{} is no origin", quote(wrong)),
            "write scheme, host and perhaps a port, without a path: \"https://app.example.com\"",
        )),
    }
}

/// Regular expressions that the middleware will be able to use.
fn regexes(value: &Value) -> Result<Vec<String>, Problem> {
    let regexes = value::list(value)?;
    regexes.iter().try_for_each(|regex| compiled(regex))?;
    Ok(regexes)
}

fn regex(value: &Value) -> Result<String, Problem> {
    let regex = value::text(value)?;
    compiled(regex)?;
    Ok(regex.to_owned())
}

fn compiled(regex: &str) -> Result<(), Problem> {
    let advice = "write it without look-around and references back";
    let unusable = |_| {
        let wrong = format!("{} is no regular expression that can be used", quote(regex));
        Problem::new(wrong, advice)
    };
    Pattern::compile(regex).map(|_| ()).map_err(unusable)
}

/// Names of methods or headers.
fn tokens(value: &Value) -> Result<Vec<String>, Problem> {
    let tokens = value::list(value)?;
    let is_token = |token: &String| {
        !token.is_empty()
            && token.bytes().all(|b| b.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&b))
    };
    match tokens.iter().find(|token| !is_token(token)) {
        None => Ok(tokens),
        Some(wrong) => Err(Problem::new(
            format!("{} is no name of a method or header", quote(wrong)),
            "write a list of names like [\"authorization\", \"content-type\"]",
        )),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn list(items: &[&str]) -> Value {
        Value::List(items.iter().map(|&item| Value::Text(item.into())).collect())
    }

    #[test]
    fn origins_have_a_scheme_a_host_and_no_path() {
        for right in ["https://a.example", "http://localhost:3000", "null", "file://", "app://x"] {
            assert!(origins(&list(&[right])).is_ok(), "{right}");
        }
        for wrong in
            ["", "*", "a.example", "https://", "https://a.example/", "https://a b", "https://a?x"]
        {
            assert!(origins(&list(&[wrong])).is_err(), "{wrong}");
        }
    }

    #[test]
    fn regular_expressions_can_be_used() {
        for unusable in ["^https://(?!evil)", r"(a)\1", "("] {
            assert!(regexes(&list(&["^https://a$", unusable])).is_err(), "{unusable}");
            assert!(regex(&Value::Text(unusable.into())).is_err(), "{unusable}");
        }
        assert!(regexes(&list(&[r"^https://\w+\.example\.com$"])).is_ok());
        let text = "[cors]\nallowed_origin_regexes = [\"^https://(?!evil)\"]\nurls_regex = \"(\"\n";
        let errors = crate::config::Config::check(text).unwrap_err().to_string();
        assert_eq!(
            errors,
            "the configuration has 2 mistakes:\n  cors.allowed_origin_regexes (drf-auth.toml, line 2): \
             \"^https://(?!evil)\" is no regular expression that can be used; write it without \
             look-around and references back\n  cors.urls_regex (drf-auth.toml, line 3): \"(\" is no \
             regular expression that can be used; write it without look-around and references back"
        );
    }

    #[test]
    fn names_are_tokens() {
        assert!(tokens(&list(&["x-csrftoken", "PATCH"])).is_ok() && tokens(&list(&[])).is_ok());
        for wrong in ["", "a b", "a:b", "a\r\nb", "ü"] {
            assert!(tokens(&list(&[wrong])).is_err(), "{wrong}");
        }
    }
}
