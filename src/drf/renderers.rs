//! `rest_framework.renderers`: data as JSON (3.16, 3.18).

use std::fmt::Write as _;

use serde_json::Value;

use crate::django::{Release, http::header::parse_header_parameters};
use crate::python::PyString;

mod indent;

/// A class among `renderer_classes`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Renderer {
    /// `JSONRenderer`.
    Json,
    /// `BrowsableAPIRenderer`: chosen as upstream, but what it renders here is JSON.
    BrowsableApi,
}

/// `DEFAULT_RENDERER_CLASSES`.
pub const DEFAULT: &[Renderer] = &[Renderer::Json, Renderer::BrowsableApi];

/// The `Content-Type` of every response with a body.
pub const CONTENT_TYPE: &str = "application/json";

impl Renderer {
    /// `media_type`.
    pub const fn media_type(self) -> &'static str {
        match self {
            Self::Json => CONTENT_TYPE,
            Self::BrowsableApi => "text/html",
        }
    }

    /// `format`, which `?format=` names.
    pub const fn format(self) -> &'static str {
        match self {
            Self::Json => "json",
            Self::BrowsableApi => "api",
        }
    }
}

/// `JSONRenderer.get_indent`: 1 to 8, or none for the compact form.
pub fn indent(accepted_media_type: &PyString, django: Release) -> Option<usize> {
    let parameters = parse_header_parameters(accepted_media_type.as_str()?, django).ok()?;
    indent::clamp(parameters.get("indent")?)
}

/// `JSONRenderer.render`.
pub fn render(data: &Value, indent: Option<usize>) -> Vec<u8> {
    let mut text = String::new();
    write_value(data, indent, 0, &mut text);
    text.into_bytes()
}

fn write_value(value: &Value, indent: Option<usize>, depth: usize, text: &mut String) {
    let inner = depth + 1;
    match value {
        Value::Array(items) if !items.is_empty() => {
            text.push('[');
            for (at, item) in items.iter().enumerate() {
                separate(at != 0, indent, inner, text);
                write_value(item, indent, inner, text);
            }
            separate(false, indent, depth, text);
            text.push(']');
        }
        Value::Object(members) if !members.is_empty() => {
            text.push('{');
            for (at, (name, item)) in members.iter().enumerate() {
                separate(at != 0, indent, inner, text);
                write_string(name, text);
                text.push_str(if indent.is_some() { ": " } else { ":" });
                write_value(item, indent, inner, text);
            }
            separate(false, indent, depth, text);
            text.push('}');
        }
        Value::String(string) => write_string(string, text),
        other => text.push_str(&other.to_string()),
    }
}

fn separate(comma: bool, indent: Option<usize>, depth: usize, text: &mut String) {
    if comma {
        text.push(',');
    }
    if let Some(width) = indent {
        text.push('\n');
        text.extend(std::iter::repeat_n(' ', width * depth));
    }
}

/// As `json.dumps` with `ensure_ascii=False`, and the two line ends that JavaScript does not take
/// in a string escaped.
fn write_string(string: &str, text: &mut String) {
    text.push('"');
    for c in string.chars() {
        match c {
            '"' => text.push_str("\\\""),
            '\\' => text.push_str("\\\\"),
            '\n' => text.push_str("\\n"),
            '\r' => text.push_str("\\r"),
            '\t' => text.push_str("\\t"),
            '\u{8}' => text.push_str("\\b"),
            '\u{c}' => text.push_str("\\f"),
            '\0'..='\u{1f}' | '\u{2028}' | '\u{2029}' => {
                // Writing to a String cannot fail.
                let _ = write!(text, "\\u{:04x}", u32::from(c));
            }
            _ => text.push(c),
        }
    }
    text.push('"');
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn text(data: &Value, indent: Option<usize>) -> String {
        String::from_utf8(render(data, indent)).unwrap()
    }

    // Expected: JSONRenderer().render(data, "application/json; indent=2") of DRF 3.18.
    #[test]
    fn as_drf_renders() {
        let data = json!({"a": [1, {}, []], "b": {"c": null, "d": true}, "e": "é\u{2028}\u{7f}\u{1}\n\"\\/"});
        let compact = "{\"a\":[1,{},[]],\"b\":{\"c\":null,\"d\":true},\
                       \"e\":\"é\\u2028\u{7f}\\u0001\\n\\\"\\\\/\"}";
        assert_eq!(text(&data, None), compact);
        let indented = "{\n  \"a\": [\n    1,\n    {},\n    []\n  ],\n  \"b\": {\n    \"c\": null,\
                        \n    \"d\": true\n  },\n  \"e\": \"é\\u2028\u{7f}\\u0001\\n\\\"\\\\/\"\n}";
        assert_eq!(text(&data, Some(2)), indented);
        assert_eq!(text(&json!([]), Some(2)), "[]");
    }

    #[test]
    fn indents() {
        let indent = |accepted: &str| super::indent(&accepted.into(), Release::V5_2);
        assert_eq!(indent("application/json; indent=4"), Some(4));
        assert_eq!(indent("application/json;Indent=\" +0_3 \""), Some(3));
        assert_eq!(indent("application/json; indent=99999999999999999999"), Some(8));
        for none in
            ["application/json", "*/*; indent=0", "x; indent=-3", "x; indent=x", "x; indent="]
        {
            assert_eq!(indent(none), None, "{none}");
        }
        assert_eq!(indent("x; indent*=utf-8''%D9%A4"), Some(4));
    }
}
