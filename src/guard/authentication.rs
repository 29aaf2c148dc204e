//! `TokenAuthentication` (DRF 3.18) over any [`VerifyToken`]: the one reader of `Authorization`.

use std::borrow::Cow;

use http::{
    HeaderMap,
    header::{self, AsHeaderName},
};

use super::refusal;
use crate::{
    accounts::{TokenOwner, verify::VerifyToken},
    drf::{authentication, exceptions::ApiException},
};

/// `request.user` and `request.auth`; `None` where no token was presented after one of the keywords.
///
/// # Errors
/// What DRF answers to a header that holds no token, and to a token that is nobody's.
pub async fn authenticate(
    verifier: &dyn VerifyToken,
    headers: &HeaderMap,
    keywords: &[&str],
) -> Result<Option<TokenOwner>, ApiException> {
    let authorization = joined(headers, header::AUTHORIZATION);
    for keyword in keywords {
        let Some(key) = authentication::token_from(authorization.as_deref(), keyword)? else {
            continue;
        };
        let owner = verifier.verify_token(&key).await;
        return owner.map(Some).map_err(|error| refusal::refuse(&error));
    }
    Ok(None)
}

/// A header as WSGI has it: several of one name are one, joined by commas.
pub fn joined(headers: &HeaderMap, name: impl AsHeaderName) -> Option<Cow<'_, [u8]>> {
    let mut values = headers.get_all(name).iter();
    let mut joined = Cow::Borrowed(values.next()?.as_bytes());
    for value in values {
        let joined = joined.to_mut();
        joined.push(b',');
        joined.extend_from_slice(value.as_bytes());
    }
    Some(joined)
}
