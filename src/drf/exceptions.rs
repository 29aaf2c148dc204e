//! `rest_framework.exceptions`: the refusals, with their texts (3.16, 3.18).

use http::StatusCode;
use serde_json::{Map, Value};

/// A refusal as the client sees it (`APIException`).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ApiException {
    /// The status, before [`Self::with_authenticate_header`] makes a 403 of a 401.
    pub status: StatusCode,
    /// What the body says.
    pub detail: Detail,
    /// Whether it is the kind that tells how to authenticate: `AuthenticationFailed` and
    /// `NotAuthenticated`.
    pub wants_authenticate: bool,
    /// The seconds in `Retry-After`.
    pub retry_after: Option<u64>,
}

/// What the body of a refusal says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Detail {
    /// One text, the value of `detail`.
    Text(String),
    /// The texts of each field, in order; the body keeps it with the feature `server`.
    Fields(Vec<(String, Vec<String>)>),
}

/// The key of texts that belong to no field (`NON_FIELD_ERRORS_KEY`).
pub const NON_FIELD_ERRORS: &str = "non_field_errors";

impl ApiException {
    fn new(status: StatusCode, text: impl Into<String>) -> Self {
        let detail = Detail::Text(text.into());
        Self { status, detail, wants_authenticate: false, retry_after: None }
    }

    /// `ParseError(text)`: 400.
    pub fn parse_error(text: impl Into<String>) -> Self {
        Self::new(StatusCode::BAD_REQUEST, text)
    }

    /// `ValidationError({field: [text, …], …})`: 400.
    pub fn validation_error(fields: Vec<(String, Vec<String>)>) -> Self {
        let detail = Detail::Fields(fields);
        Self { detail, ..Self::new(StatusCode::BAD_REQUEST, "") }
    }

    /// `ValidationError` of a serializer as a whole: 400.
    pub fn non_field_error(text: impl Into<String>) -> Self {
        Self::validation_error(vec![(NON_FIELD_ERRORS.to_owned(), vec![text.into()])])
    }

    /// `AuthenticationFailed(text)`: 401.
    pub fn authentication_failed(text: impl Into<String>) -> Self {
        Self { wants_authenticate: true, ..Self::new(StatusCode::UNAUTHORIZED, text) }
    }

    /// `NotAuthenticated()`: 401.
    pub fn not_authenticated() -> Self {
        let text = "Authentication credentials were not provided.";
        Self { wants_authenticate: true, ..Self::new(StatusCode::UNAUTHORIZED, text) }
    }

    /// `PermissionDenied()`: 403.
    pub fn permission_denied() -> Self {
        let text = "You do not have permission to perform this action.";
        Self::new(StatusCode::FORBIDDEN, text)
    }

    /// `NotFound()`, which DRF makes of `Http404` too: 404.
    pub fn not_found() -> Self {
        Self::new(StatusCode::NOT_FOUND, "Not found.")
    }

    /// `MethodNotAllowed(method)`: 405.
    pub fn method_not_allowed(method: &str) -> Self {
        let text = format!("Method \"{method}\" not allowed.");
        Self::new(StatusCode::METHOD_NOT_ALLOWED, text)
    }

    /// `NotAcceptable()`: 406.
    pub fn not_acceptable() -> Self {
        let text = "Could not satisfy the request Accept header.";
        Self::new(StatusCode::NOT_ACCEPTABLE, text)
    }

    /// `UnsupportedMediaType(media_type)`: 415.
    pub fn unsupported_media_type(media_type: &str) -> Self {
        let text = format!("Unsupported media type \"{media_type}\" in request.");
        Self::new(StatusCode::UNSUPPORTED_MEDIA_TYPE, text)
    }

    /// Ours, where Django would answer 500 or not at all: 503, to be tried again.
    pub fn service_unavailable(retry_after: u64) -> Self {
        let text = "Service temporarily unavailable, try again later.";
        let refusal = Self::new(StatusCode::SERVICE_UNAVAILABLE, text);
        Self { retry_after: Some(retry_after), ..refusal }
    }

    /// `APIView.handle_exception`: the value of `WWW-Authenticate`, from the first authenticator.
    /// Without one, what would be 401 is 403.
    #[must_use]
    pub fn with_authenticate_header(mut self, header: Option<&str>) -> Self {
        if self.wants_authenticate && header.is_none_or(str::is_empty) {
            self.status = StatusCode::FORBIDDEN;
            self.wants_authenticate = false;
        }
        self
    }

    /// `exception_handler`: the body.
    pub fn body(&self) -> Value {
        let text = |text: &String| Value::String(text.clone());
        let members: Map<String, Value> = match &self.detail {
            Detail::Text(detail) => [("detail".to_owned(), text(detail))].into_iter().collect(),
            Detail::Fields(fields) => fields
                .iter()
                .map(|(name, texts)| (name.clone(), texts.iter().map(text).collect()))
                .collect(),
        };
        Value::Object(members)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    // In order, which is the server's.
    #[cfg(feature = "server")]
    #[test]
    fn bodies() {
        let fields = vec![
            ("username".to_owned(), vec!["a".to_owned(), "b".to_owned()]),
            ("password".to_owned(), vec!["c".to_owned()]),
        ];
        let refusal = ApiException::validation_error(fields);
        assert_eq!(refusal.body().to_string(), r#"{"username":["a","b"],"password":["c"]}"#);
        let refusal = ApiException::method_not_allowed("GET");
        assert_eq!(refusal.body().to_string(), r#"{"detail":"Method \"GET\" not allowed."}"#);
    }

    #[test]
    fn without_a_way_to_authenticate_it_is_403() {
        let refusal = ApiException::not_authenticated();
        let told = refusal.clone().with_authenticate_header(Some("Token"));
        assert_eq!((told.status.as_u16(), told.wants_authenticate), (401, true));
        let untold = refusal.with_authenticate_header(None);
        assert_eq!((untold.status.as_u16(), untold.wants_authenticate), (403, false));
    }
}
