//! The tutorials' `ProfileView`: who the token's owner is.

use axum::http::StatusCode;
use serde_json::json;

use super::{
    api_view::{Answer, ApiView, Input, Permission},
    error::Failure,
};
use crate::drf::{exceptions::ApiException, parsers, renderers};

pub(super) const VIEW: ApiView = ApiView {
    class: "ProfileView",
    handlers: &["GET"],
    renderers: renderers::DEFAULT,
    parsers: parsers::DEFAULT,
    permission: Permission::IsAuthenticated,
};

pub(super) fn get(input: &Input<'_>) -> Result<Answer, Failure> {
    let owner = input.owner.as_ref().ok_or_else(ApiException::not_authenticated)?;
    let user = &owner.user;
    Ok(Answer::new(StatusCode::OK, json!({ "username": user.username, "email": user.email })))
}
