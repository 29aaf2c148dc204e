//! What Django does in memory: hashers, the request's path, the pages and headers of its middleware.
//!
//! A mirror room: the files carry the names of Django's modules (4.2, 5.2, 6.0, 6.1). Pure.

#[cfg(feature = "server")]
pub mod base_user;
pub mod crypto;
pub mod encoding;
pub mod hashers;
pub mod http;
pub mod middleware;
#[cfg(feature = "server")]
pub mod password_validation;
#[cfg(feature = "server")]
pub mod validators;
pub mod views;

use std::{fmt, str::FromStr};

/// A release series of Django that the database may belong to; 5.2 where nothing says another.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[expect(missing_docs, reason = "the names say it")]
pub enum Release {
    V3_2,
    V4_0,
    V4_1,
    V4_2,
    V5_0,
    V5_1,
    #[default]
    V5_2,
    V6_0,
    V6_1,
}

impl Release {
    /// Every known series, oldest first.
    pub const ALL: [Self; 9] = [
        Self::V3_2,
        Self::V4_0,
        Self::V4_1,
        Self::V4_2,
        Self::V5_0,
        Self::V5_1,
        Self::V5_2,
        Self::V6_0,
        Self::V6_1,
    ];

    /// As settings and documentation write it: `5.2`.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::V3_2 => "3.2",
            Self::V4_0 => "4.0",
            Self::V4_1 => "4.1",
            Self::V4_2 => "4.2",
            Self::V5_0 => "5.0",
            Self::V5_1 => "5.1",
            Self::V5_2 => "5.2",
            Self::V6_0 => "6.0",
            Self::V6_1 => "6.1",
        }
    }
}

impl fmt::Display for Release {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// The text names no release series of Django that is known here.
#[derive(Clone, Copy, Debug, thiserror::Error)]
#[error("no known release series of Django")]
pub struct UnknownRelease;

impl FromStr for Release {
    type Err = UnknownRelease;

    fn from_str(text: &str) -> Result<Self, UnknownRelease> {
        Self::ALL.into_iter().find(|release| release.as_str() == text).ok_or(UnknownRelease)
    }
}
