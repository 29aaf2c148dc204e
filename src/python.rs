//! What Python's own library does to a request before Django and DRF see it.
//!
//! A mirror room: the files carry the names of CPython's modules (3.10 to 3.13). Pure.

pub mod codecs;
pub mod float;
pub mod json;
#[cfg(feature = "server")]
pub mod re;
pub mod string;
pub mod unicodedata;
pub mod urllib;
pub mod value;

pub use string::PyString;
pub use value::Value;

/// The running Python, as far as its wording differs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Version {
    /// 3.
    pub major: u8,
    /// 8 to 14.
    pub minor: u8,
}

impl Version {
    /// Python 3.`minor`.
    pub const fn new(minor: u8) -> Self {
        Self { major: 3, minor }
    }
}
