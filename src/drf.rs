//! What Django REST framework does on the wire.
//!
//! A mirror room: the files carry the names of `rest_framework`'s modules (3.16 on Django 4.2, 3.18
//! on Django 5.2, 6.0 and 6.1). Pure. Rust backends have of it what a refusal is made of; the
//! views' own is the feature `server`'s, and so is the order of members in JSON: `serde_json` keeps it for
//! a whole program or not at all, and a backend's answers are its own.

pub mod authentication;
#[cfg(feature = "server")]
pub mod authtoken;
pub mod exceptions;
#[cfg(feature = "server")]
pub mod fields;
#[cfg(feature = "server")]
pub mod metadata;
pub mod negotiation;
#[cfg(feature = "server")]
pub mod parsers;
pub mod renderers;
#[cfg(feature = "server")]
pub mod views;

use crate::django;

pub use exceptions::ApiException;

/// A release of Django REST framework.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Release {
    /// 3.16, the last for Django 4.2.
    V3_16,
    /// 3.18, for Django 5.2 and later.
    V3_18,
}

impl Release {
    /// The newest that runs on that Django.
    pub fn on(django: django::Release) -> Self {
        if django >= django::Release::V5_2 { Self::V3_18 } else { Self::V3_16 }
    }
}
