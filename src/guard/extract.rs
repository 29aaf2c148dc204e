//! axum's side: [`AuthenticatedUser`] as an extractor.

use std::sync::Arc;

use axum_core::extract::{FromRef, FromRequestParts, OptionalFromRequestParts};
use http::request::Parts;

use super::{AuthenticatedUser, Refusal, VerifyToken};

impl<S> FromRequestParts<S> for AuthenticatedUser
where
    S: Send + Sync,
    Arc<dyn VerifyToken>: FromRef<S>,
{
    type Rejection = Refusal;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Refusal> {
        Self::required(parts, &FromRef::from_ref(state)).await
    }
}

/// Absent is `None`; bad still refuses.
impl<S> OptionalFromRequestParts<S> for AuthenticatedUser
where
    S: Send + Sync,
    Arc<dyn VerifyToken>: FromRef<S>,
{
    type Rejection = Refusal;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Option<Self>, Refusal> {
        Self::of(parts, &FromRef::from_ref(state)).await
    }
}
