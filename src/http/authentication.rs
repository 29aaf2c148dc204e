//! `TokenAuthentication` (DRF 3.18) of a view: as Rust backends have it from `guard`.

use super::{AppState, request::Request};
use crate::{
    accounts::TokenOwner, drf::exceptions::ApiException, guard::authentication::authenticate as by,
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
    let mut all = vec![state.keyword()];
    all.extend(keywords.iter().map(String::as_str));
    by(&*state.authenticator, request.headers(), &all).await
}
