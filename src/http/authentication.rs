//! `TokenAuthentication` (DRF 3.18) against the database: the one reader of `Authorization`.

use axum::http::header;

use super::{AppState, request::Request};
use crate::{
    accounts::{TokenOwner, verify::VerifyToken as _},
    drf::{authentication, exceptions::ApiException},
    guard::refusal,
};

/// `request.user` and `request.auth`; `None` where no token was presented.
pub(super) async fn authenticate(
    state: &AppState,
    request: &Request,
) -> Result<Option<TokenOwner>, ApiException> {
    authenticate_by(state, request, &[]).await
}

/// As [`authenticate`], where `keywords` may stand before a token, too.
pub(super) async fn authenticate_by(
    state: &AppState,
    request: &Request,
    keywords: &[String],
) -> Result<Option<TokenOwner>, ApiException> {
    let authorization = request.header(header::AUTHORIZATION);
    for keyword in std::iter::once(&state.settings.keyword).chain(keywords) {
        let Some(key) = authentication::token_from(authorization.as_deref(), keyword)? else {
            continue;
        };
        let owner = state.authenticator.verify_token(&key).await;
        return owner.map(Some).map_err(|error| refusal::refuse(&error));
    }
    Ok(None)
}
