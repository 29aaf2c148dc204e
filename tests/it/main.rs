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
mod config;
mod cors;
mod exchanges;
mod harness;
mod hashers;
mod passwords;
mod python;
mod serve;
mod store;
mod verify;
