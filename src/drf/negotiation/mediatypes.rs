//! `rest_framework.utils.mediatypes`: media types and how they match (3.16, 3.18).

use crate::django::{
    Release,
    http::header::{Parameters, parse_header_parameters},
};
use crate::python::PyString;

/// `_MediaType`.
pub(in crate::drf) struct MediaType {
    main: String,
    sub: String,
    parameters: Parameters,
}

impl MediaType {
    /// What cannot be read is a media type that fits nothing.
    pub(in crate::drf) fn new(text: &str, django: Release) -> Self {
        let parameters = parse_header_parameters(text, django).unwrap_or_default();
        let (main, sub) = parameters.value.split_once('/').unwrap_or((&parameters.value, ""));
        Self { main: main.to_owned(), sub: sub.to_owned(), parameters }
    }

    /// Whether this satisfies the other, or either is open.
    pub(in crate::drf) fn matches(&self, other: &Self) -> bool {
        let same = |ours: &str, theirs: &str| ours == "*" || theirs == "*" || ours == theirs;
        let parameters = self.parameters.list.iter();
        parameters
            .filter(|(name, _)| name != "q")
            .all(|(name, value)| other.parameters.get(name) == Some(value))
            && same(&self.sub, &other.sub)
            && same(&self.main, &other.main)
    }

    /// How specific it is, 0 to 3.
    pub(in crate::drf) fn precedence(&self) -> u8 {
        if self.main == "*" {
            0
        } else if self.sub == "*" {
            1
        } else if self.parameters.list.iter().all(|(name, _)| name == "q") {
            2
        } else {
            3
        }
    }

    /// This one's parameters behind a media type.
    pub(in crate::drf) fn completed(&self, media_type: &str) -> PyString {
        let mut text = PyString::from(media_type);
        for (name, value) in &self.parameters.list {
            text.push_str(";");
            text.push_str(name);
            text.push_str("=");
            text.push_py(value);
        }
        text
    }
}
