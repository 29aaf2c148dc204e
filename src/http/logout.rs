//! The tutorials' `LogoutView`: deletes the token that the request came with.

use axum::http::StatusCode;

use super::{
    api_view::{Answer, ApiView, Input, Permission},
    error::{Failure, unavailable},
};
use crate::drf::{exceptions::ApiException, parsers, renderers};

pub(super) const VIEW: ApiView = ApiView {
    class: "LogoutView",
    handlers: &["POST"],
    renderers: renderers::DEFAULT,
    parsers: parsers::DEFAULT,
    permission: Permission::IsAuthenticated,
};

pub(super) async fn post(input: Input<'_>) -> Result<Answer, Failure> {
    let Input { state, owner, .. } = input;
    let owner = owner.ok_or_else(ApiException::not_authenticated)?;
    let deleted = state.authenticator.log_out(&owner.key).await;
    deleted.map_err(|error| unavailable(&error))?;
    Ok(Answer { status: StatusCode::NO_CONTENT, data: None })
}
