//! `django.http.request`: the content type and its charset, `QueryDict`, the limits of a body.

use std::collections::HashMap;

use super::Platform;
use super::header::{HeaderError, Parameters, lookup, parse_header_parameters};
use crate::python::codecs::Codec;
use crate::python::{PyString, Value, urllib};

/// Django answers with its own page for status 400: `SuspiciousOperation` and `BadRequest`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BadRequest {
    /// `BadRequest("Invalid Content-Type header.")` of Django 6.1; before, the server's own 500.
    #[error("Invalid Content-Type header.")]
    ContentType,
    /// `RequestDataTooBig`.
    #[error("Request body exceeded settings.DATA_UPLOAD_MAX_MEMORY_SIZE.")]
    RequestDataTooBig,
    /// `TooManyFieldsSent`.
    #[error("The number of GET/POST parameters exceeded settings.DATA_UPLOAD_MAX_NUMBER_FIELDS.")]
    TooManyFieldsSent,
    /// `TooManyFilesSent`.
    #[error("The number of files exceeded settings.DATA_UPLOAD_MAX_NUMBER_FILES.")]
    TooManyFilesSent,
}

/// The settings that limit a request's body (Django 4.2 to 6.1); `None` is no limit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// `DATA_UPLOAD_MAX_MEMORY_SIZE`.
    pub max_memory_size: Option<usize>,
    /// `DATA_UPLOAD_MAX_NUMBER_FIELDS`.
    pub max_number_fields: Option<usize>,
    /// `DATA_UPLOAD_MAX_NUMBER_FILES`.
    pub max_number_files: Option<usize>,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            max_memory_size: Some(2_621_440),
            max_number_fields: Some(1000),
            max_number_files: Some(100),
        }
    }
}

/// A request's `Content-Type` and the encoding that it asks for (`HttpRequest.content_type`,
/// `.encoding`, Django 4.2 to 6.1).
#[derive(Clone, Debug)]
pub struct ContentType {
    /// The header as it came, each byte a character; empty where there was none.
    pub header: String,
    /// What it says.
    pub parameters: Parameters,
    /// The `charset`, where Python knows it.
    pub charset: Option<(PyString, Codec)>,
}

impl ContentType {
    /// `HttpRequest._set_content_type_params`.
    ///
    /// # Errors
    ///
    /// [`BadRequest::ContentType`] for a header that Django cannot read, as Django 6.1 has it.
    pub fn new(header: Option<&[u8]>, platform: Platform) -> Result<Self, BadRequest> {
        let header = latin1(header.unwrap_or_default());
        let parameters = parse_header_parameters(&header, platform.django)
            .map_err(|_| BadRequest::ContentType)?;
        let charset = match parameters.get("charset") {
            None => None,
            Some(charset) => {
                let codec = charset.as_str().ok_or(HeaderError).and_then(lookup);
                let codec = codec.map_err(|_| BadRequest::ContentType)?;
                codec.map(|codec| (charset.clone(), codec))
            }
        };
        Ok(Self { header, parameters, charset })
    }

    /// The codec of forms and queries: the request's, or UTF-8.
    ///
    /// Where the charset is one of Python's that is not for text, Django fails; here it is UTF-8.
    pub fn text_codec(&self) -> Codec {
        let charset = self.charset.as_ref().map(|(_, codec)| *codec);
        charset.filter(Codec::is_supported).unwrap_or(Codec::UTF_8)
    }
}

/// A header's bytes as WSGI gives them: each a character.
pub fn latin1(bytes: &[u8]) -> String {
    bytes.iter().copied().map(char::from).collect()
}

/// `QueryDict` and `MultiValueDict`, as far as their last values go (Django 4.2 to 6.1).
#[derive(Clone, Debug, Default, PartialEq)]
pub struct QueryDict {
    items: Vec<(PyString, Value)>,
    places: HashMap<PyString, usize>,
}

impl QueryDict {
    /// `QueryDict(bytes, encoding=…)`: what the codec cannot read as a whole is taken as Latin-1.
    ///
    /// # Errors
    ///
    /// [`BadRequest::TooManyFieldsSent`].
    pub fn parse(
        query: &[u8],
        codec: Codec,
        max_number_fields: Option<usize>,
    ) -> Result<Self, BadRequest> {
        let text = codec.decode(query).unwrap_or_else(|_| latin1(query).into());
        let fields = urllib::parse_qsl(&text, codec, max_number_fields)
            .map_err(|_| BadRequest::TooManyFieldsSent)?;
        let mut dict = Self::default();
        for (name, value) in fields {
            dict.append(name, Value::Str(value));
        }
        Ok(dict)
    }

    /// `appendlist`: the value comes last, so it is what the name is worth.
    pub fn append(&mut self, name: PyString, value: Value) {
        if let Some(entry) = self.places.get(&name).and_then(|place| self.items.get_mut(*place)) {
            entry.1 = value;
        } else {
            self.places.insert(name.clone(), self.items.len());
            self.items.push((name, value));
        }
    }

    /// `get`: the last value of that name.
    pub fn get(&self, name: &str) -> Option<&Value> {
        let place = self.places.get(&PyString::from(name))?;
        self.items.get(*place).map(|(_, value)| value)
    }

    /// `update`: the other's values come after these.
    pub fn update(&mut self, other: Self) {
        for (name, value) in other.items {
            self.append(name, value);
        }
    }

    /// As a `dict`.
    pub fn into_value(self) -> Value {
        Value::Dict(self.items)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::django::Release;
    use crate::python::Version;

    const PLATFORM: Platform = Platform::new(Release::V5_2, Version::new(11));

    #[test]
    fn charsets() {
        let codec = |header: &str| {
            let content_type = ContentType::new(Some(header.as_bytes()), PLATFORM).unwrap();
            content_type.text_codec().name()
        };
        let utf8 = Codec::UTF_8.name();
        assert_eq!(codec("text/plain"), utf8);
        assert_eq!(codec("text/plain; charset=bogus"), utf8);
        assert_eq!(codec("text/plain; charset=base64"), utf8);
        assert_eq!(codec("text/plain; Charset=\"LATIN-1\""), Codec::LATIN_1.name());
        let unreadable = ContentType::new(Some(b"a; x*=bogus''y"), PLATFORM);
        assert_eq!(unreadable.unwrap_err(), BadRequest::ContentType);
    }

    #[test]
    fn the_last_value_counts() {
        let mut dict = QueryDict::parse(b"a=1&b=2&a=3", Codec::UTF_8, Some(3)).unwrap();
        let mut files = QueryDict::default();
        files.append("b".into(), Value::File("x".into()));
        dict.update(files);
        assert_eq!(dict.get("a"), Some(&Value::Str("3".into())));
        let members = [("a", Value::Str("3".into())), ("b", Value::File("x".into()))];
        let members = members.map(|(name, value)| (name.into(), value));
        assert_eq!(dict.into_value(), Value::Dict(members.to_vec()));
        let refusal = QueryDict::parse(b"a&b", Codec::UTF_8, Some(1));
        assert_eq!(refusal, Err(BadRequest::TooManyFieldsSent));
    }

    #[test]
    fn a_query_that_is_no_utf_8_is_latin_1() {
        let dict = QueryDict::parse(b"a=\xe9%C3%A9", Codec::UTF_8, None).unwrap();
        assert_eq!(dict.get("a"), Some(&Value::Str("éé".into())));
    }
}
