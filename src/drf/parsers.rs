//! `rest_framework.parsers` and `Request.data`: a request's body as data (3.16, 3.18).

use super::Release;
use super::exceptions::ApiException;
use super::negotiation::{MAX_MEDIA_TYPE, MediaType};
use crate::django::http::multipartparser::{self, Error};
use crate::django::http::{BadRequest, ContentType, Limits, Platform, QueryDict};
use crate::python::codecs::Codec;
use crate::python::{Value, json};

/// A class among `parser_classes`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Parser {
    /// `JSONParser`.
    Json,
    /// `FormParser`.
    Form,
    /// `MultiPartParser`.
    MultiPart,
}

/// `DEFAULT_PARSER_CLASSES`.
pub const DEFAULT: &[Parser] = &[Parser::Json, Parser::Form, Parser::MultiPart];

impl Parser {
    /// `media_type`.
    pub const fn media_type(self) -> &'static str {
        match self {
            Self::Json => "application/json",
            Self::Form => "application/x-www-form-urlencoded",
            Self::MultiPart => "multipart/form-data",
        }
    }
}

/// Why there is no data.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ParseFailure {
    /// DRF's answer.
    Api(ApiException),
    /// Django's page for status 400.
    BadRequest(BadRequest),
}

impl From<ApiException> for ParseFailure {
    fn from(refusal: ApiException) -> Self {
        Self::Api(refusal)
    }
}

impl From<BadRequest> for ParseFailure {
    fn from(refusal: BadRequest) -> Self {
        Self::BadRequest(refusal)
    }
}

/// `Request.data`: the body as the first parser reads it that takes the content type.
///
/// A form is a `dict` of each name's last value; a file is worth more than a field. An empty body
/// is an empty `dict`, whatever its type.
///
/// # Errors
///
/// 415 where no parser takes the content type, 400 for what it cannot read, Django's 400 for what
/// is over a limit.
pub fn parse(
    parsers: &[Parser],
    content_type: &ContentType,
    body: &[u8],
    limits: &Limits,
    platform: Platform,
) -> Result<Value, ParseFailure> {
    if body.is_empty() {
        return Ok(Value::Dict(Vec::new()));
    }
    let Some(parser) = select_parser(parsers, content_type, platform) else {
        return Err(ApiException::unsupported_media_type(&content_type.header).into());
    };
    let newer = Release::on(platform.django) >= Release::V3_18;
    let too_big = limits.max_memory_size.is_some_and(|most| most < body.len());
    if newer && too_big && parser != Parser::MultiPart {
        return Err(BadRequest::RequestDataTooBig.into());
    }
    let codec = match &content_type.charset {
        // Up to 3.16 JSON meets the codec that refuses everything as any other.
        Some((_, codec)) if !newer && parser == Parser::Json && codec.name() == "undefined" => {
            *codec
        }
        _ => encoding(content_type)?,
    };
    match parser {
        Parser::Json => Ok(parse_json(body, codec, platform)?),
        Parser::Form => Ok(QueryDict::parse(body, codec, limits.max_number_fields)?.into_value()),
        Parser::MultiPart => {
            match multipartparser::parse(&content_type.header, body, codec, limits, platform) {
                Ok(data) => Ok(data.into_value()),
                Err(Error::BadRequest(refusal)) => Err(refusal.into()),
                Err(Error::Parse(text)) => {
                    let text = format!("Multipart form parse error - {text}");
                    Err(ApiException::parse_error(text).into())
                }
            }
        }
    }
}

/// `DefaultContentNegotiation.select_parser`.
fn select_parser(
    parsers: &[Parser],
    content_type: &ContentType,
    platform: Platform,
) -> Option<Parser> {
    let newer = Release::on(platform.django) >= Release::V3_18;
    if newer && content_type.header.chars().count() > MAX_MEDIA_TYPE {
        return None;
    }
    let theirs = MediaType::new(&content_type.header, platform.django);
    let takes =
        |parser: &&Parser| MediaType::new(parser.media_type(), platform.django).matches(&theirs);
    parsers.iter().find(takes).copied()
}

/// `get_encoding` of 3.18: the request's charset, if it is one for text. Before, DRF fails where
/// the charset is another.
fn encoding(content_type: &ContentType) -> Result<Codec, ApiException> {
    match &content_type.charset {
        None => Ok(Codec::UTF_8),
        Some((_, codec)) if codec.is_supported() => Ok(*codec),
        Some((name, _)) => {
            let name = String::from_utf8_lossy(name.as_bytes());
            let text = format!("Unsupported charset \"{name}\" in request Content-Type header.");
            Err(ApiException::parse_error(text))
        }
    }
}

/// `JSONParser.parse`.
fn parse_json(body: &[u8], codec: Codec, platform: Platform) -> Result<Value, ApiException> {
    let error = |text: String| ApiException::parse_error(format!("JSON parse error - {text}"));
    let text =
        codec.read_stream(body).map_err(|refusal| error(refusal.wording(platform.python)))?;
    json::loads(&text, true, platform.python).map_err(|refusal| error(refusal.to_string()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::django::Release as Django;
    use crate::python::Version;

    fn parse_on(django: Django, content_type: &str, body: &[u8]) -> Result<Value, ParseFailure> {
        let platform = Platform::new(django, Version::new(11));
        let content_type = ContentType::new(Some(content_type.as_bytes()), platform).unwrap();
        let limits = Limits { max_memory_size: Some(40), ..Limits::default() };
        let parsers = [Parser::Form, Parser::MultiPart, Parser::Json];
        parse(&parsers, &content_type, body, &limits, platform)
    }

    fn shown(content_type: &str, body: &[u8]) -> String {
        match parse_on(Django::V5_2, content_type, body) {
            Ok(value) => value.str().as_str().unwrap().to_owned(),
            Err(ParseFailure::Api(refusal)) => {
                format!("{} {}", refusal.status.as_u16(), refusal.body())
            }
            Err(ParseFailure::BadRequest(refusal)) => format!("{refusal:?}"),
        }
    }

    // Expected: Request.data of DRF 3.18.
    #[test]
    fn as_drf_parses() {
        for (content_type, body, data) in [
            ("application/json", &b"[1]"[..], "[1]"),
            ("APPLICATION/Json; x=y", b"{\"a\": null}", "{'a': None}"),
            ("application/x-www-form-urlencoded", b"a=%C3%A9&a=b+c", "{'a': 'b c'}"),
            ("*/*", b"[1]=2", "{'[1]': '2'}"),
            ("text/plain", b"", "{}"),
            (
                "text/plain",
                b"x",
                r#"415 {"detail":"Unsupported media type \"text/plain\" in request."}"#,
            ),
            ("", b"x", r#"415 {"detail":"Unsupported media type \"\" in request."}"#),
            ("application/json; charset=latin-1", b"\"\xe9\"", "é"),
            ("application/json; charset=utf-16-le", b"1\0", "1"),
            ("application/json; charset=bogus", b"\"\xc3\xa9\"", "é"),
            (
                "application/json; charset=HEX",
                b"31",
                r#"400 {"detail":"Unsupported charset \"HEX\" in request Content-Type header."}"#,
            ),
            (
                "application/json",
                b"[",
                r#"400 {"detail":"JSON parse error - Expecting value: line 1 column 2 (char 1)"}"#,
            ),
            (
                "application/json",
                b"\xff",
                r#"400 {"detail":"JSON parse error - 'utf-8' codec can't decode byte 0xff in position 0: invalid start byte"}"#,
            ),
            (
                "multipart/form-data",
                b"x",
                r#"400 {"detail":"Multipart form parse error - Invalid boundary in multipart: None"}"#,
            ),
        ] {
            assert_eq!(shown(content_type, body), data, "{content_type} {body:?}");
        }
    }

    #[test]
    fn sizes() {
        let json = format!("\"{}\"", "a".repeat(39));
        let form = "a=".to_owned() + &"b".repeat(39);
        let form_type = "application/x-www-form-urlencoded";
        let too_big = Err(ParseFailure::BadRequest(BadRequest::RequestDataTooBig));
        assert_eq!(parse_on(Django::V5_2, "application/json", json.as_bytes()), too_big);
        assert_eq!(parse_on(Django::V5_2, form_type, form.as_bytes()), too_big);
        // DRF 3.16 reads both past Django's check.
        assert!(parse_on(Django::V4_2, "application/json", json.as_bytes()).is_ok());
        assert!(parse_on(Django::V4_2, form_type, form.as_bytes()).is_ok());
        // The size comes before the charset, the type before the size.
        let bad = "application/json; charset=hex";
        assert_eq!(parse_on(Django::V5_2, bad, json.as_bytes()), too_big);
        assert!(shown("text/plain", json.as_bytes()).starts_with("415"));
        let long = "application/json;".to_owned() + &"x".repeat(240);
        assert!(shown(&long, b"1").starts_with("415"));
        assert_eq!(shown(&long[..256], b"1"), "1");
    }
}
