//! `TokenAuthentication` (DRF 3.18) against the database: the one reader of `Authorization`.

use axum::http::header;

use super::{AppState, error::Failure, request::Request};
use crate::{
    accounts::{TokenOwner, verify::VerifyToken as _},
    drf::authentication,
    guard::refusal,
};

/// `request.user` and `request.auth`; `None` where no token was presented.
pub(super) async fn authenticate(
    state: &AppState,
    request: &Request,
) -> Result<Option<TokenOwner>, Failure> {
    let authorization = request.header(header::AUTHORIZATION);
    let keyword = &state.settings.keyword;
    let Some(key) = authentication::token_from(authorization.as_deref(), keyword)? else {
        return Ok(None);
    };
    match state.authenticator.verify_token(&key).await {
        Ok(owner) => Ok(Some(owner)),
        Err(error) => Err(refusal::refuse(&error).into()),
    }
}
