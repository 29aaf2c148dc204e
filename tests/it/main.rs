//! One integration binary: it links once. Its files mirror the rooms they test.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::print_stdout,
    clippy::panic,
    clippy::disallowed_methods,
    clippy::disallowed_types,
    missing_docs,
    reason = "a test fails by panicking"
)]

mod architecture;
mod authenticator;
mod check;
mod config;
mod cors;
mod exchanges;
mod guard;
mod harness;
mod hashers;
mod operator;
mod passwords;
mod python;
#[cfg(feature = "remote")]
mod remote;
mod serve;
mod store;
mod verify;
