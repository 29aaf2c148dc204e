//! From the domain's reasons to the wire.

use crate::{
    accounts::{authenticator::LoginError, store::StoreError},
    django::http::BadRequest,
    drf::{exceptions::ApiException, parsers::ParseFailure},
    guard::refusal::RETRY_AFTER,
    telemetry::Seldom,
};

/// Why a view returned no answer of its own.
#[derive(Debug)]
pub(super) enum Failure {
    /// DRF's exception handler answers.
    Api(ApiException),
    /// Django answers with its 400 page (`SuspiciousOperation`).
    BadRequest(BadRequest),
    /// The body did not arrive: nobody is there to read the answer.
    BrokenBody,
}

impl From<ApiException> for Failure {
    fn from(exception: ApiException) -> Self {
        Self::Api(exception)
    }
}

impl From<BadRequest> for Failure {
    fn from(reason: BadRequest) -> Self {
        Self::BadRequest(reason)
    }
}

impl From<ParseFailure> for Failure {
    fn from(failure: ParseFailure) -> Self {
        match failure {
            ParseFailure::Api(exception) => Self::Api(exception),
            ParseFailure::BadRequest(reason) => Self::BadRequest(reason),
        }
    }
}

/// Nobody was logged in, and why is not the client's business.
#[derive(Debug)]
pub(super) enum LoginRefusal {
    /// The credentials are not good; the view has its own words for it.
    Credentials,
    /// Nobody can say.
    Unavailable(ApiException),
}

/// Tells the two kinds apart. The [`Authenticator`] has logged it.
///
/// [`Authenticator`]: crate::accounts::authenticator::Authenticator
pub(super) fn refuse_login(error: &LoginError) -> LoginRefusal {
    if error.is_refusal() {
        LoginRefusal::Credentials
    } else {
        LoginRefusal::Unavailable(ApiException::service_unavailable(RETRY_AFTER))
    }
}

/// The database did not answer a view.
pub(super) fn unavailable(error: &StoreError) -> ApiException {
    static SELDOM: Seldom = Seldom::new();
    if let Some(unsaid) = SELDOM.unsaid() {
        tracing::error!(%error, unsaid, "request not answered");
    }
    ApiException::service_unavailable(RETRY_AFTER)
}
