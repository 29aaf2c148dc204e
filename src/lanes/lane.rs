//! One derivation between its start and its end.

use std::{fmt, num::NonZeroU32};

use zeroize::{Zeroize, Zeroizing};

use super::sha256::{INITIAL, Words, digest, keyed, to_bytes};

/// One derivation of 32 bytes by PBKDF2-HMAC-SHA256 (RFC 8018), somewhere on its way. Wiped on drop.
pub struct Lane {
    pub(super) chain: Chain,
    pub(super) left: u32,
}

/// The words of a derivation; the first two are as good as the password. Wiped on drop.
#[derive(Default)]
pub(super) struct Chain {
    /// SHA-256 after the block of the key, inside and outside.
    pub(super) inner: Words,
    pub(super) outer: Words,
    /// The newest HMAC (U in the RFC), and all of them so far under exclusive or (T).
    pub(super) last: Words,
    pub(super) sum: Words,
}

impl Lane {
    /// Keys the HMAC and does the first iteration.
    pub fn new(password: &[u8], salt: &[u8], iterations: NonZeroU32) -> Self {
        // A key that is longer than a block is hashed first.
        let long = (password.len() > 64).then(|| {
            let mut words = digest(INITIAL, 0, password);
            let bytes = Zeroizing::new(to_bytes(&words));
            words.zeroize();
            bytes
        });
        let key = long.as_ref().map_or(password, |digest| digest.as_slice());
        let mut chain =
            Chain { inner: keyed(key, 0x36), outer: keyed(key, 0x5c), ..Chain::default() };
        // The output is as long as one HMAC, so the only block is the first.
        let message = [salt, &1_u32.to_be_bytes()].concat();
        chain.last = digest(chain.inner, 64, &message);
        let inside = Zeroizing::new(to_bytes(&chain.last));
        chain.last = digest(chain.outer, 64, inside.as_slice());
        chain.sum = chain.last;
        Self { chain, left: iterations.get() - 1 }
    }

    /// Iterations still to do.
    pub const fn left(&self) -> u32 {
        self.left
    }

    /// The derived key, once nothing is left to do.
    pub fn output(&self) -> Option<[u8; 32]> {
        (self.left == 0).then(|| self.sum())
    }

    /// What is derived so far.
    pub(super) fn sum(&self) -> [u8; 32] {
        to_bytes(&self.chain.sum)
    }
}

impl fmt::Debug for Lane {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Lane").field("left", &self.left).finish_non_exhaustive()
    }
}

impl Zeroize for Chain {
    fn zeroize(&mut self) {
        let Self { inner, outer, last, sum } = self;
        for words in [inner, outer, last, sum] {
            words.zeroize();
        }
    }
}

impl Drop for Chain {
    fn drop(&mut self) {
        self.zeroize();
    }
}
