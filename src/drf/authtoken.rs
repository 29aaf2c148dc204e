//! `rest_framework.authtoken.serializers`: `AuthTokenSerializer` (3.16, 3.18).

use super::exceptions::ApiException;
use super::fields::CharField;
use crate::python::Value;

/// The user name and the password that the data holds, before anyone looks whether they are right.
///
/// # Errors
///
/// `ValidationError` with the texts of both fields.
pub fn validate(data: &Value) -> Result<(String, String), ApiException> {
    let members = match data {
        Value::Dict(members) => members,
        Value::None => return Err(ApiException::non_field_error("No data provided")),
        other => {
            let kind = other.type_name();
            let text = format!("Invalid data. Expected a dictionary, but got {kind}.");
            return Err(ApiException::non_field_error(text));
        }
    };
    let member =
        |name: &str| members.iter().rev().find(|(key, _)| key == name).map(|(_, value)| value);
    let username = CharField { trim_whitespace: true }.run_validation(member("username"));
    let password = CharField { trim_whitespace: false }.run_validation(member("password"));
    match (username, password) {
        (Ok(username), Ok(password)) => Ok((username, password)),
        (username, password) => {
            let errors = [("username", username), ("password", password)];
            let texts = errors
                .into_iter()
                .filter_map(|(name, result)| result.err().map(|texts| (name.to_owned(), texts)));
            Err(ApiException::validation_error(texts.collect()))
        }
    }
}

/// The credentials are wrong, or their user may not log in.
pub fn unable_to_log_in() -> ApiException {
    ApiException::non_field_error("Unable to log in with provided credentials.")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn body(data: &Value) -> String {
        validate(data).unwrap_err().body().to_string()
    }

    fn dict(members: &[(&str, Value)]) -> Value {
        Value::Dict(members.iter().map(|(name, value)| ((*name).into(), value.clone())).collect())
    }

    #[test]
    fn data_that_is_no_object() {
        let expected =
            r#"{"non_field_errors":["Invalid data. Expected a dictionary, but got list."]}"#;
        assert_eq!(body(&Value::List(Vec::new())), expected);
        assert_eq!(body(&Value::Bool(true)), expected.replace("list", "bool"));
        assert_eq!(body(&Value::None), r#"{"non_field_errors":["No data provided"]}"#);
    }

    #[test]
    fn fields() {
        let required =
            r#"{"username":["This field is required."],"password":["This field is required."]}"#;
        assert_eq!(body(&dict(&[])), required);
        let text = |text: &str| Value::Str(text.into());
        let data = dict(&[("password", text("\0")), ("username", text("a"))]);
        assert_eq!(body(&data), r#"{"password":["Null characters are not allowed."]}"#);
        let data = dict(&[("password", text(" p ")), ("username", text(" a "))]);
        assert_eq!(validate(&data), Ok(("a".into(), " p ".into())));
    }
}
