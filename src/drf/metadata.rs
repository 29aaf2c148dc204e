//! `rest_framework.metadata`: what OPTIONS answers (3.16, 3.18).

use serde_json::{Map, Value, json};

use super::parsers::Parser;
use super::renderers::Renderer;
use super::views::view_name;

/// `SimpleMetadata.determine_metadata` of a view without a serializer: its class's name, its
/// docstring, its renderers and its parsers.
pub fn simple(
    class: &str,
    description: &str,
    renderers: &[Renderer],
    parsers: &[Parser],
) -> Map<String, Value> {
    let renders: Vec<&str> = renderers.iter().map(|renderer| renderer.media_type()).collect();
    let takes: Vec<&str> = parsers.iter().map(|parser| parser.media_type()).collect();
    [
        ("name", json!(view_name(class))),
        ("description", json!(description)),
        ("renders", json!(renders)),
        ("parses", json!(takes)),
    ]
    .into_iter()
    .map(|(name, value)| (name.to_owned(), value))
    .collect()
}

/// The same of `ObtainAuthToken`, with the fields of its serializer.
pub fn obtain_auth_token() -> Value {
    let parsers = [Parser::Form, Parser::MultiPart, Parser::Json];
    let mut metadata = simple("ObtainAuthToken", "", &[Renderer::Json], &parsers);
    let field = |label: &str, required: bool| json!({"type": "string", "required": required, "read_only": !required, "label": label});
    let fields = json!({
        "username": field("Username", true),
        "password": field("Password", true),
        "token": field("Token", false),
    });
    metadata.insert("actions".to_owned(), json!({ "POST": fields }));
    Value::Object(metadata)
}

#[cfg(test)]
mod tests {
    use super::*;

    // Expected: OPTIONS of DRF 3.18.
    #[test]
    fn as_drf_describes() {
        let expected = concat!(
            r#"{"name":"Obtain Auth Token","description":"","renders":["application/json"],"#,
            r#""parses":["application/x-www-form-urlencoded","multipart/form-data","application/json"],"#,
            r#""actions":{"POST":{"username":{"type":"string","required":true,"read_only":false,"label":"Username"},"#,
            r#""password":{"type":"string","required":true,"read_only":false,"label":"Password"},"#,
            r#""token":{"type":"string","required":false,"read_only":true,"label":"Token"}}}}"#,
        );
        assert_eq!(obtain_auth_token().to_string(), expected);
    }
}
