//! The `LoginView` that most tutorials teach: `authenticate`, then `Token.objects.get_or_create`.

use axum::http::StatusCode;
use serde_json::json;

use super::{
    api_view::{Answer, ApiView, Input, Permission},
    error::{Failure, LoginRefusal, refuse_login},
};
use crate::{
    accounts::{Credentials, Password},
    drf::{parsers, renderers},
    python::Value,
};

pub(super) const VIEW: ApiView = ApiView {
    class: "LoginView",
    handlers: &["POST"],
    renderers: renderers::DEFAULT,
    parsers: parsers::DEFAULT,
    permission: Permission::AllowAny,
};

pub(super) async fn post(input: Input<'_>) -> Result<Answer, Failure> {
    let authenticator = &input.state.authenticator;
    let (data, _share) = input.data().await?;
    let Some(credentials) = credentials(&data) else { return Ok(invalid_credentials()) };
    drop(data);
    match authenticator.log_in(credentials).await {
        Ok(key) => Ok(Answer::new(StatusCode::OK, json!({ "token": key.expose() }))),
        Err(error) => match refuse_login(&error) {
            LoginRefusal::Credentials => Ok(invalid_credentials()),
            LoginRefusal::Unavailable(exception) => Err(exception.into()),
        },
    }
}

/// What the view hands to `authenticate()`. Django turns values of other types into text on the
/// way to the database and to the hasher; where it would raise, or return without a look at any
/// account, there are no credentials.
fn credentials(data: &Value) -> Option<Credentials> {
    let username = text(data.get("username")?)?;
    let password = data.get("password")?;
    let password_is_text = matches!(password, Value::Str(_));
    let password = Password::new(text(password)?);
    Some(Credentials { username, password, password_is_text })
}

/// `str(value)`, where it can be encoded; not of `None`, for which `authenticate()` returns at once.
fn text(value: &Value) -> Option<String> {
    if *value == Value::None {
        return None;
    }
    value.str().as_str().map(str::to_owned)
}

fn invalid_credentials() -> Answer {
    Answer::new(StatusCode::BAD_REQUEST, json!({ "error": "Invalid Credentials" }))
}
