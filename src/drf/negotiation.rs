//! `rest_framework.negotiation`: `Accept` and `?format=` (3.16, 3.18).

use super::Release;
use super::exceptions::ApiException;
use super::renderers::{self, Renderer};
use crate::django::http::header::strip;
use crate::django::http::request::latin1;
use crate::django::http::{BadRequest, ContentType, Limits, Platform, QueryDict};
use crate::python::{PyString, Value};

mod mediatypes;

pub(super) use mediatypes::MediaType;

/// How long an `Accept` header is read (`max_accept_header_length`, 3.18).
const MAX_HEADER: usize = 8192;
/// How many media types of it count (`max_accept_tokens`, 3.18).
const MAX_TOKENS: usize = 64;
/// How long a media type may be (`max_media_type_length`, 3.18).
pub(super) const MAX_MEDIA_TYPE: usize = 256;

/// What a response is rendered with (`accepted_renderer`, `accepted_media_type`).
#[derive(Clone, Debug, PartialEq)]
pub struct Accepted {
    /// The renderer.
    pub renderer: Renderer,
    /// The media type, with the parameters that the client gave.
    pub media_type: PyString,
    /// What the media type says of the indent of JSON.
    pub indent: Option<usize>,
}

impl Accepted {
    fn new(renderer: Renderer, media_type: PyString, platform: Platform) -> Self {
        let indent = renderers::indent(&media_type, platform.django);
        Self { renderer, media_type, indent }
    }

    /// `perform_content_negotiation(request, force=True)` where there is nothing to agree on: what
    /// a refusal of the request's wishes is rendered with.
    pub fn forced(renderers: &[Renderer]) -> Self {
        let renderer = renderers.first().copied().unwrap_or(Renderer::Json);
        Self { renderer, media_type: renderer.media_type().into(), indent: None }
    }

    /// The bytes of a body.
    pub fn render(&self, data: &serde_json::Value) -> Vec<u8> {
        renderers::render(data, self.indent)
    }
}

/// The last `format` of a query (`URL_FORMAT_OVERRIDE`); the query is read in the charset of the
/// content type.
///
/// # Errors
///
/// [`BadRequest::TooManyFieldsSent`].
pub fn format_override(
    query: &[u8],
    content_type: &ContentType,
    limits: &Limits,
) -> Result<Option<PyString>, BadRequest> {
    if query.is_empty() {
        return Ok(None);
    }
    let query = QueryDict::parse(query, content_type.text_codec(), limits.max_number_fields)?;
    Ok(match query.get("format") {
        Some(Value::Str(format)) if !format.is_empty() => Some(format.clone()),
        _ => None,
    })
}

/// `DefaultContentNegotiation.select_renderer`: several `Accept` headers are given joined by `,`.
///
/// # Errors
///
/// 404 for a format that no renderer has, 406 where no media type fits.
pub fn select_renderer(
    renderers: &[Renderer],
    accept: Option<&[u8]>,
    format: Option<&PyString>,
    platform: Platform,
) -> Result<Accepted, ApiException> {
    let fits = |renderer: &&Renderer| format.is_none_or(|format| *format == renderer.format());
    let renderers: Vec<Renderer> = renderers.iter().filter(fits).copied().collect();
    if renderers.is_empty() && format.is_some() {
        return Err(ApiException::not_found());
    }
    let header = accept.map_or_else(|| "*/*".to_owned(), latin1);
    let wishes = wishes(&header, platform);
    for precedence in (0..=3).rev() {
        for renderer in &renderers {
            let offer = MediaType::new(renderer.media_type(), platform.django);
            // Among wishes of one precedence Python's choice is as its hashes fall.
            let wish = wishes
                .iter()
                .find(|(_, wish)| wish.precedence() == precedence && offer.matches(wish));
            if let Some((token, wish)) = wish {
                let media_type = if offer.precedence() > precedence {
                    wish.completed(renderer.media_type())
                } else {
                    PyString::from(*token)
                };
                return Ok(Accepted::new(*renderer, media_type, platform));
            }
        }
    }
    Err(ApiException::not_acceptable())
}

/// The media types of an `Accept` header.
fn wishes(header: &str, platform: Platform) -> Vec<(&str, MediaType)> {
    let parsed = |token| (token, MediaType::new(token, platform.django));
    let tokens = header.split(',').map(strip);
    if Release::on(platform.django) < Release::V3_18 {
        return tokens.map(parsed).collect();
    }
    let tokens = cut(header).split(',').map(strip);
    tokens
        .filter(|token| !token.is_empty() && token.chars().count() <= MAX_MEDIA_TYPE)
        .take(MAX_TOKENS)
        .map(parsed)
        .collect()
}

/// The beginning of a header that is too long, up to a comma.
fn cut(header: &str) -> &str {
    let Some((end, _)) = header.char_indices().nth(MAX_HEADER) else { return header };
    let beginning = header.get(..end).unwrap_or_default();
    beginning.rfind(',').and_then(|comma| beginning.get(..comma)).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::django::Release as Django;
    use crate::python::Version;

    const PLATFORM: Platform = Platform::new(Django::V5_2, Version::new(11));

    fn select(renderers: &[Renderer], accept: &str, format: Option<&str>) -> String {
        let format = format.map(PyString::from);
        match select_renderer(renderers, Some(accept.as_bytes()), format.as_ref(), PLATFORM) {
            Ok(accepted) => format!(
                "{} {} {:?}",
                accepted.renderer.format(),
                accepted.media_type.as_str().unwrap(),
                accepted.indent
            ),
            Err(refusal) => refusal.status.as_u16().to_string(),
        }
    }

    // Expected: select_renderer() and get_indent() of DRF 3.18.
    #[test]
    fn as_drf_chooses() {
        for (accept, json_only, both) in [
            ("*/*", "json application/json None", "json application/json None"),
            ("text/html,*/*;q=0.8", "json application/json;q=0.8 None", "api text/html None"),
            (
                "application/json;q=0",
                "json application/json;q=0 None",
                "json application/json;q=0 None",
            ),
            (
                "application/*; indent=4",
                "json application/json;indent=4 Some(4)",
                "json application/json;indent=4 Some(4)",
            ),
            (
                "text/html, APPLICATION/json",
                "json APPLICATION/json None",
                "json APPLICATION/json None",
            ),
            (
                "*/json; indent=\"2;x\"",
                "json application/json;indent=2;x Some(2)",
                "json application/json;indent=2;x Some(2)",
            ),
            (
                "text/html;level=1, application/json",
                "json application/json None",
                "api text/html;level=1 None",
            ),
            ("text/*", "406", "api text/html None"),
            ("application/xml", "406", "406"),
            ("application/json; a*=bogus''x", "406", "406"),
            ("", "406", "406"),
        ] {
            assert_eq!(select(&[Renderer::Json], accept, None), json_only, "{accept}");
            assert_eq!(select(renderers::DEFAULT, accept, None), both, "{accept}");
        }
    }

    #[test]
    fn formats() {
        let json = "json application/json None";
        assert_eq!(select(renderers::DEFAULT, "*/*", Some("json")), json);
        assert_eq!(select(renderers::DEFAULT, "*/*", Some("api")), "api text/html None");
        assert_eq!(select(&[Renderer::Json], "*/*", Some("api")), "404");
        assert_eq!(select(renderers::DEFAULT, "text/html", Some("json")), "406");
        assert_eq!(select(renderers::DEFAULT, "text/xml", Some("xml")), "404");

        let plain = ContentType::new(None, PLATFORM).unwrap();
        let format = |query: &[u8], content_type: &ContentType| {
            format_override(query, content_type, &Limits::default()).unwrap()
        };
        assert_eq!(format(b"format=a&format=%6ason", &plain), Some("json".into()));
        assert_eq!(format(b"format=", &plain), None);
        assert_eq!(format(b"", &plain), None);
        let utf16 = ContentType::new(Some(b"x/y; charset=utf-16-le"), PLATFORM).unwrap();
        assert_eq!(format(b"f\0o\0r\0m\0a\0t\0=\0x\0", &utf16), Some("x".into()));
    }

    #[test]
    fn the_limits_of_3_18() {
        let select = |accept: &str| select(&[Renderer::Json], accept, None);
        let json = "json application/json None";
        assert_eq!(select(&("a/b,".repeat(63) + "*/*")), json);
        assert_eq!(select(&("a/b,".repeat(64) + "*/*")), "406");
        let long = format!("application/json;a={}", "b".repeat(237));
        assert_eq!(select(&long), format!("json {long} None"));
        assert_eq!(select(&format!("{long}b, */*")), json);
        // Cut at the last comma of the first 8192 characters.
        let filler = "c".repeat(8188);
        assert_eq!(select(&format!("*/*,{filler}")), json);
        assert_eq!(select(&format!("{filler},*/*")), json);
        assert_eq!(select(&format!("{filler}c,*/*")), "406");
        let old = Platform::new(Django::V4_2, Version::new(10));
        let accept = "a/b,".repeat(3000) + "*/*";
        assert!(select_renderer(&[Renderer::Json], Some(accept.as_bytes()), None, old).is_ok());
    }
}
