//! What DRF answers to a token that is not accepted.

use crate::{
    accounts::verify::VerifyError,
    drf::{authentication, exceptions::ApiException},
};

/// Seconds after which a client may try again.
pub const RETRY_AFTER: u64 = 1;

/// Translates the domain's reason into DRF's answer, and logs what is no client's fault.
pub fn refuse(error: &VerifyError) -> ApiException {
    match error {
        VerifyError::UnknownToken => authentication::invalid_token(),
        VerifyError::InactiveUser => authentication::user_inactive(),
        VerifyError::Store(error) => {
            tracing::error!(%error, "a token could not be checked");
            ApiException::service_unavailable(RETRY_AFTER)
        }
    }
}
