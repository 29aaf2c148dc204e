//! `django.http`: what Django makes of a request's content type, query and body (4.2, 5.2, 6.0,
//! 6.1).

pub mod cookie;
pub mod header;
pub mod multipartparser;
pub mod request;

mod base64;
mod entities;

use super::Release;
use crate::python;

pub use request::{BadRequest, ContentType, Limits, QueryDict};

/// The Django and the Python whose reading of a request is mirrored.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Platform {
    /// The release series of Django.
    pub django: Release,
    /// The running Python.
    pub python: python::Version,
}

impl Platform {
    /// Both together.
    pub const fn new(django: Release, python: python::Version) -> Self {
        Self { django, python }
    }
}
