//! `rest_framework.authtoken.views.obtain_auth_token` (DRF 3.18).

use axum::http::StatusCode;
use serde_json::json;

use super::{
    api_view::{Answer, ApiView, Input, Permission},
    error::{Failure, LoginRefusal, refuse_login},
};
use crate::{
    accounts::{Credentials, Password},
    drf::{authtoken, parsers::Parser, renderers::Renderer},
};

pub(super) const VIEW: ApiView = ApiView {
    class: "ObtainAuthToken",
    handlers: &["POST"],
    renderers: &[Renderer::Json],
    parsers: &[Parser::Form, Parser::MultiPart, Parser::Json],
    permission: Permission::AllowAny,
};

pub(super) async fn post(input: Input<'_>) -> Result<Answer, Failure> {
    let authenticator = &input.state.authenticator;
    let (data, _share) = input.data().await?;
    let (username, password) = authtoken::validate(&data)?;
    drop(data);
    let password = Password::new(password);
    let credentials = Credentials { username, password, password_is_text: true };
    match authenticator.log_in(credentials).await {
        Ok(key) => Ok(Answer::new(StatusCode::OK, json!({ "token": key.expose() }))),
        Err(error) => Err(match refuse_login(&error) {
            LoginRefusal::Credentials => authtoken::unable_to_log_in().into(),
            LoginRefusal::Unavailable(exception) => exception.into(),
        }),
    }
}
