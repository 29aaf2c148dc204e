//! The parameters of all hashers, by release and as a project's own subclasses change them.

use std::{num::NonZeroU32, sync::Arc};

use super::{
    Argon2Limits, Argon2Parameters, Argon2PasswordHasher, BCryptPasswordHasher, DEFAULT_ROUNDS,
    DigestPasswordHasher, Hasher, MAX_ENCODED_LENGTH, MAX_ITERATIONS, MAX_ROUNDS, MAX_SCRYPT_WORK,
    PBKDF2PasswordHasher, ScryptParameters, ScryptPasswordHasher, UnknownHasher,
    default_iterations,
};
use crate::django::Release;

/// What the hashers of a project encode with, and how much a stored password may cost to check.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Parameters {
    /// `PBKDF2PasswordHasher.iterations`.
    pub pbkdf2_sha256: NonZeroU32,
    /// `PBKDF2SHA1PasswordHasher.iterations`.
    pub pbkdf2_sha1: NonZeroU32,
    /// The attributes of `Argon2PasswordHasher`.
    pub argon2: Argon2Parameters,
    /// `BCryptSHA256PasswordHasher.rounds`.
    pub bcrypt_sha256: u32,
    /// `BCryptPasswordHasher.rounds`.
    pub bcrypt: u32,
    /// Whether `bcrypt` takes the first 72 bytes of a longer password (the package before 5.0).
    pub bcrypt_truncates: bool,
    /// The attributes of `ScryptPasswordHasher`; its `maxmem` is its limit, too.
    pub scrypt: ScryptParameters,
    /// The most iterations of a stored `pbkdf2_…`.
    pub max_pbkdf2_iterations: u32,
    /// The most that a stored `argon2` may cost.
    pub max_argon2: Argon2Limits,
    /// The most rounds of a stored `bcrypt…`.
    pub max_bcrypt_rounds: u32,
    /// The most blocks (N·r·p) of a stored `scrypt`.
    pub max_scrypt_work: u32,
    /// The most bytes of any stored password.
    pub max_encoded_length: u32,
}

impl Parameters {
    /// Those of a release series, with limits far above them.
    pub fn of(release: Release) -> Self {
        Self {
            pbkdf2_sha256: default_iterations(release),
            pbkdf2_sha1: default_iterations(release),
            argon2: Argon2Parameters::of(release),
            bcrypt_sha256: DEFAULT_ROUNDS,
            bcrypt: DEFAULT_ROUNDS,
            bcrypt_truncates: false,
            scrypt: ScryptParameters::of(release),
            max_pbkdf2_iterations: MAX_ITERATIONS,
            max_argon2: Argon2Limits::default(),
            max_bcrypt_rounds: MAX_ROUNDS,
            max_scrypt_work: MAX_SCRYPT_WORK,
            max_encoded_length: MAX_ENCODED_LENGTH,
        }
    }

    /// The hasher of an algorithm.
    ///
    /// # Errors
    /// Where there is no such algorithm, or it is not defined for these parameters.
    pub fn hasher(&self, algorithm: &str) -> Result<Arc<dyn Hasher>, UnknownHasher> {
        let pbkdf2_limit = self.max_pbkdf2_iterations;
        let rounds_limit = self.max_bcrypt_rounds;
        Ok(match algorithm {
            "pbkdf2_sha256" => {
                Arc::new(PBKDF2PasswordHasher::new(self.pbkdf2_sha256).with_limit(pbkdf2_limit))
            }
            "pbkdf2_sha1" => {
                Arc::new(PBKDF2PasswordHasher::sha1(self.pbkdf2_sha1).with_limit(pbkdf2_limit))
            }
            "argon2" => Arc::new(Argon2PasswordHasher::new(self.argon2, self.max_argon2)?),
            "bcrypt_sha256" => {
                Arc::new(BCryptPasswordHasher::sha256(self.bcrypt_sha256)?.with_limit(rounds_limit))
            }
            "bcrypt" => {
                let hasher = BCryptPasswordHasher::new(self.bcrypt)?.with_limit(rounds_limit);
                Arc::new(hasher.truncating(self.bcrypt_truncates))
            }
            "scrypt" => {
                Arc::new(ScryptPasswordHasher::new(self.scrypt)?.with_limit(self.max_scrypt_work))
            }
            "md5" => Arc::new(DigestPasswordHasher::MD5),
            "sha1" => Arc::new(DigestPasswordHasher::SHA1),
            "unsalted_sha1" => Arc::new(DigestPasswordHasher::UNSALTED_SHA1),
            "unsalted_md5" => Arc::new(DigestPasswordHasher::UNSALTED_MD5),
            _ => return Err(UnknownHasher::Name(algorithm.to_owned())),
        })
    }
}

/// `PASSWORD_HASHERS` of a project that does not set it.
pub fn default_hashers(release: Release) -> &'static [&'static str] {
    match release {
        Release::V3_2 => &["pbkdf2_sha256", "pbkdf2_sha1", "argon2", "bcrypt_sha256"],
        _ => &["pbkdf2_sha256", "pbkdf2_sha1", "argon2", "bcrypt_sha256", "scrypt"],
    }
}

/// Whether a release series has the hasher of an algorithm.
pub fn has_hasher(release: Release, algorithm: &str) -> bool {
    match algorithm {
        "scrypt" => release >= Release::V4_0,
        "sha1" | "unsalted_sha1" | "unsalted_md5" => release <= Release::V5_0,
        "crypt" => release <= Release::V4_2,
        "pbkdf2_sha256" | "pbkdf2_sha1" | "argon2" | "bcrypt_sha256" | "bcrypt" | "md5" => true,
        _ => false,
    }
}
