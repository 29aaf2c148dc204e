//! Hashing that can be done in pieces, so that whoever does many can do them side by side.
//!
//! Django hashes in one go. What is here are the same functions, cut where a PBKDF2-HMAC-SHA256
//! derivation begins: most of the work of most sites. [`Steps::finish`] puts the pieces together
//! again; that is what the functions under Django's own names do.

use std::{
    fmt,
    num::NonZeroU32,
    ops::Deref,
    sync::{Arc, OnceLock},
};

use sha1::Sha1;
use sha2::{Digest as _, Sha256};
use zeroize::Zeroizing;

use super::work;
use crate::lanes::pbkdf2_hmac_sha256;

/// A password that several pieces of work share; wiped when the last is done.
#[derive(Clone, Default)]
pub struct Secret(Arc<Shared>);

/// A password, and its digests once they were asked for. It is digested once, so that the time of a
/// long one does not tell how often a stored password asked for a digest.
#[derive(Default)]
struct Shared {
    password: Zeroizing<Vec<u8>>,
    sha256: OnceLock<Zeroizing<[u8; 32]>>,
    sha1: OnceLock<Zeroizing<[u8; 20]>>,
}

/// Bytes of a block of SHA-256, and of SHA-1.
const BLOCK: usize = 64;

impl Secret {
    /// A password to share.
    pub fn new(password: Vec<u8>) -> Self {
        Self(Arc::new(Shared { password: Zeroizing::new(password), ..Shared::default() }))
    }

    /// What HMAC-SHA256 takes for the password: its digest where it is longer than a block.
    pub fn hmac_key(&self) -> &[u8] {
        if self.is_long() { self.sha256() } else { self }
    }

    /// What HMAC-SHA1 takes for the password.
    pub fn hmac_sha1_key(&self) -> &[u8] {
        if !self.is_long() {
            return self;
        }
        let Shared { password, sha1, .. } = &*self.0;
        sha1.get_or_init(|| {
            work::done("digest", 1);
            Zeroizing::new(Sha1::digest(&**password).into())
        })
        .as_slice()
    }

    /// Its SHA-256.
    pub(super) fn sha256(&self) -> &[u8] {
        let Shared { password, sha256, .. } = &*self.0;
        sha256
            .get_or_init(|| {
                work::done("digest", u64::from(self.is_long()));
                Zeroizing::new(Sha256::digest(&**password).into())
            })
            .as_slice()
    }

    fn is_long(&self) -> bool {
        self.len() > BLOCK
    }
}

impl From<&str> for Secret {
    fn from(password: &str) -> Self {
        Self::new(password.into())
    }
}

impl Deref for Secret {
    type Target = [u8];

    fn deref(&self) -> &[u8] {
        &self.0.password
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret(…)")
    }
}

/// One PBKDF2-HMAC-SHA256 derivation of 32 bytes, not done yet.
#[derive(Clone)]
pub struct Derivation {
    /// What is derived from.
    pub password: Secret,
    /// The salt's bytes.
    pub salt: Box<[u8]>,
    /// How often HMAC is applied.
    pub iterations: NonZeroU32,
}

impl fmt::Debug for Derivation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Derivation").field("iterations", &self.iterations).finish_non_exhaustive()
    }
}

/// Work that ends in a `T`, up to the next piece of it.
///
/// ```
/// use drf_auth::django::{Release, hashers::{Hashers, Secret, Steps}};
///
/// let hashers = Hashers::of(Release::V5_2);
/// let encoded = "pbkdf2_sha256$1000$seasalt$JgZryXe2Ga8ysg6XbzkLpTdyPQrHqsinbL9BnnhgX4A=";
/// let password = Secret::from("l\u{e8}tmein");
/// let Steps::Derive(derivation, then) = hashers.verify_password_steps(&password, encoded) else {
///     panic!("nothing was done yet");
/// };
/// assert_eq!(derivation.iterations.get(), 1000);
/// // Any other way to derive will do as well.
/// let verdict = then(derivation.derive()).finish();
/// assert!(verdict.is_ok_and(|verdict| verdict.is_correct));
/// ```
#[must_use = "nothing is done before it is asked for"]
pub enum Steps<T> {
    /// Nothing is left to do.
    Done(T),
    /// A derivation, and what to do with its 32 bytes.
    Derive(Derivation, Box<dyn FnOnce([u8; 32]) -> Steps<T> + Send>),
    /// Work that cannot be cut.
    Run {
        /// Bytes that it fills meanwhile; 0 where they are few.
        memory: u64,
        /// The work.
        work: Box<dyn FnOnce() -> Steps<T> + Send>,
    },
}

impl<T> fmt::Debug for Steps<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Done(_) => "Done(…)",
            Self::Derive(..) => "Derive(…)",
            Self::Run { .. } => "Run(…)",
        })
    }
}

impl Derivation {
    /// Does it, here and now.
    pub fn derive(&self) -> [u8; 32] {
        work::done("pbkdf2_sha256", u64::from(self.iterations.get()));
        pbkdf2_hmac_sha256(self.password.hmac_key(), &self.salt, self.iterations)
    }
}

impl<T: 'static> Steps<T> {
    /// Work that cannot be cut, and fills so many bytes meanwhile.
    pub fn run(memory: u64, work: impl FnOnce() -> T + Send + 'static) -> Self {
        Self::Run { memory, work: Box::new(|| Self::Done(work())) }
    }

    /// A derivation whose bytes make a `T`.
    pub fn derive(
        derivation: Derivation,
        then: impl FnOnce([u8; 32]) -> T + Send + 'static,
    ) -> Self {
        Self::Derive(derivation, Box::new(|hash| Self::Done(then(hash))))
    }

    /// The same work with other work behind it, which depends on what came out.
    pub fn and_then<U: 'static>(
        self,
        next: impl FnOnce(T) -> Steps<U> + Send + 'static,
    ) -> Steps<U> {
        match self {
            Self::Done(value) => next(value),
            Self::Derive(derivation, then) => {
                Steps::Derive(derivation, Box::new(|hash| then(hash).and_then(next)))
            }
            Self::Run { memory, work } => {
                Steps::Run { memory, work: Box::new(|| work().and_then(next)) }
            }
        }
    }

    /// The same work, what comes out made into something else.
    pub fn map<U: 'static>(self, change: impl FnOnce(T) -> U + Send + 'static) -> Steps<U> {
        self.and_then(|value| Steps::Done(change(value)))
    }

    /// Does all of it, here and now.
    pub fn finish(self) -> T {
        let mut steps = self;
        loop {
            steps = match steps {
                Self::Done(value) => return value,
                Self::Derive(derivation, then) => then(derivation.derive()),
                Self::Run { work, .. } => work(),
            }
        }
    }
}
