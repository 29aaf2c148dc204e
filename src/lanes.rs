//! Many derivations of PBKDF2-HMAC-SHA256 side by side, as fast as the processor can.
//!
//! A Django site's login capacity is its PBKDF2 capacity: a million iterations a login, two blocks
//! of SHA-256 an iteration, each waiting for the one before. One derivation cannot be made parallel,
//! but several can share the processor's units. A [`Lane`] is one derivation; an [`Engine`] moves any
//! mixture of lanes on by some iterations, so that lanes join and leave between two calls.
//!
//! [`Path::Portable`] is safe code over the `sha2` crate and runs everywhere. The other paths keep
//! the state in registers and know the padding beforehand; the engine takes them where the
//! processor has them, they gave the right answers, and a measurement at the start says that they
//! are sooner done. None branches on a secret or uses one as an address.
//!
//! This is the one room with `unsafe`, all of it in `x86_64.rs` and below.

mod engine;
mod lane;
mod path;
mod portable;
mod sha256;
#[cfg(target_arch = "x86_64")]
mod x86_64;

#[cfg(test)]
mod tests;

use std::num::NonZeroU32;

pub use engine::Engine;
pub use lane::Lane;
pub use path::{Path, UnknownPath};

/// One whole derivation by the best path for a single lane.
pub fn pbkdf2_hmac_sha256(password: &[u8], salt: &[u8], iterations: NonZeroU32) -> [u8; 32] {
    let mut lane = Lane::new(password, salt, iterations);
    Engine::detect().advance(&mut [&mut lane], iterations.get());
    lane.sum()
}
