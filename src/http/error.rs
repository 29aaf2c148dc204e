//! From the domain's reasons to the wire: the one place that logs why a login failed.

use crate::{
    accounts::{authenticator::LoginError, store::StoreError},
    django::http::BadRequest,
    drf::{exceptions::ApiException, parsers::ParseFailure},
    guard::refusal::RETRY_AFTER,
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

/// Logs a failed login and tells the two kinds apart.
pub(super) fn refuse_login(error: &LoginError) -> LoginRefusal {
    match error {
        LoginError::UnknownUser => tracing::info!(reason = %error, "login refused"),
        LoginError::WrongPassword { user }
        | LoginError::InactiveUser { user }
        | LoginError::VanishedUser { user } => {
            tracing::info!(reason = %error, user.id = %user, "login refused");
        }
        LoginError::UnknownHasher { user } => {
            tracing::warn!(reason = %error, user.id = %user, "login refused");
        }
        LoginError::MalformedPassword { user, .. } => {
            tracing::error!(reason = %error, user.id = %user, "login refused");
        }
        LoginError::DamagedRow(_) => tracing::error!(reason = %error, "login refused"),
        LoginError::Overloaded(_) => {
            tracing::warn!(reason = %error, "login not answered");
            return LoginRefusal::Unavailable(ApiException::service_unavailable(RETRY_AFTER));
        }
        LoginError::NoRandomness | LoginError::Store(_) => {
            tracing::error!(reason = %error, "login not answered");
            return LoginRefusal::Unavailable(ApiException::service_unavailable(RETRY_AFTER));
        }
    }
    LoginRefusal::Credentials
}

/// The database did not answer a view.
pub(super) fn unavailable(error: &StoreError) -> ApiException {
    tracing::error!(%error, "request not answered");
    ApiException::service_unavailable(RETRY_AFTER)
}
