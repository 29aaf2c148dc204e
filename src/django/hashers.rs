//! `django.contrib.auth.hashers` (Django 5.2): which hasher a stored password belongs to, whether
//! a password matches it, whether it should be encoded anew.

mod encoded;
mod pbkdf2;

use std::{fmt, sync::Arc};

pub use self::{
    encoded::MalformedPassword,
    pbkdf2::{DEFAULT_ITERATIONS, MAX_ITERATIONS, PBKDF2PasswordHasher, default_iterations},
};
use super::crypto::get_random_string;

/// `UNUSABLE_PASSWORD_PREFIX`: what `set_unusable_password()` puts first.
const UNUSABLE_PASSWORD_PREFIX: char = '!';

/// Characters in a new salt: `BasePasswordHasher.salt()` asks for 128 bits of 62 characters.
const SALT_LENGTH: usize = 22;

/// A salt for work whose result is thrown away.
const DISCARDED_SALT: &str = "0123456789abcdefABCDEF";

/// `BasePasswordHasher`: one algorithm with its current parameters.
///
/// A trait because `PASSWORD_HASHERS` is an open set, and because a hasher that counts its work is
/// the honest test that every refusal costs the same.
pub trait Hasher: fmt::Debug + Send + Sync {
    /// `algorithm`: what stands before the first `$`.
    fn algorithm(&self) -> &'static str;

    /// `encode(password, salt)` with the current parameters. `salt` is not empty and has no `$`.
    fn encode(&self, password: &[u8], salt: &str) -> String;

    /// `verify(password, encoded)`: encodes with the stored parameters and compares all of it.
    ///
    /// # Errors
    /// Where Django would raise, and where the stored cost is out of bounds. No work was done then.
    fn verify(&self, password: &[u8], encoded: &str) -> Result<bool, MalformedPassword>;

    /// `must_update(encoded)`: whether the stored parameters are not the current ones.
    ///
    /// # Errors
    /// As [`Hasher::verify`].
    fn must_update(&self, encoded: &str) -> Result<bool, MalformedPassword>;

    /// `harden_runtime(password, encoded)`: the work by which the stored parameters fall short of
    /// the current ones.
    ///
    /// # Errors
    /// As [`Hasher::verify`].
    fn harden_runtime(&self, password: &[u8], encoded: &str) -> Result<(), MalformedPassword>;

    /// Whether encoding anew would make the stored password cheaper to guess. Django does not ask.
    fn would_lower_cost(&self, encoded: &str) -> bool;
}

/// `PASSWORD_HASHERS`: the preferred hasher, and the others whose passwords may still log in.
#[derive(Clone, Debug)]
pub struct Hashers {
    preferred: Arc<dyn Hasher>,
    others: Vec<Arc<dyn Hasher>>,
}

/// What `verify_password` found out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[must_use]
pub struct Verdict {
    /// Whether the password matches.
    pub is_correct: bool,
    /// Whether the stored password should be encoded anew, by Django's rule.
    pub must_update: bool,
}

const REFUSED: Verdict = Verdict { is_correct: false, must_update: false };

impl Hashers {
    /// A registry whose first hasher encodes new passwords.
    pub fn new(preferred: Arc<dyn Hasher>, others: Vec<Arc<dyn Hasher>>) -> Self {
        Self { preferred, others }
    }

    /// `verify_password(password, encoded)`.
    ///
    /// Whatever the reason of a refusal, it costs at least one encoding by the preferred hasher,
    /// and exactly one where the stored password is of the preferred algorithm at no higher cost.
    ///
    /// # Errors
    /// Where Django raises, and where the stored cost is out of bounds. The work was done.
    pub fn verify_password(
        &self,
        password: &str,
        encoded: &str,
    ) -> Result<Verdict, MalformedPassword> {
        let password = password.as_bytes();
        let Some(hasher) = self.usable_hasher(encoded) else {
            self.run_once(password);
            return Ok(REFUSED);
        };
        let verdict = self.verify_with(hasher, password, encoded);
        if verdict.is_err() {
            self.run_once(password);
        }
        verdict
    }

    fn verify_with(
        &self,
        hasher: &dyn Hasher,
        password: &[u8],
        encoded: &str,
    ) -> Result<Verdict, MalformedPassword> {
        let hasher_changed = hasher.algorithm() != self.preferred.algorithm();
        let must_update = hasher_changed || self.preferred.must_update(encoded)?;
        let is_correct = hasher.verify(password, encoded)?;
        if !is_correct && !hasher_changed && must_update {
            hasher.harden_runtime(password, encoded)?;
        }
        Ok(Verdict { is_correct, must_update })
    }

    /// `make_password(password)`: encoded by the preferred hasher with a new salt.
    ///
    /// # Errors
    /// When the operating system has no randomness to give.
    pub fn make_password(&self, password: &str) -> Result<String, getrandom::Error> {
        let salt = get_random_string(SALT_LENGTH)?;
        Ok(self.preferred.encode(password.as_bytes(), &salt))
    }

    /// One encoding by the preferred hasher, its result thrown away: what a refusal costs where
    /// there is nothing to verify.
    pub fn run_once(&self, password: &[u8]) {
        std::hint::black_box(self.preferred.encode(password, DISCARDED_SALT));
    }

    /// The work by which a stored password of the preferred algorithm falls short of a refusal's.
    pub fn harden_runtime(&self, password: &str, encoded: &str) {
        if self.is_preferred(encoded) {
            // A malformed one never came this far.
            let _ = self.preferred.harden_runtime(password.as_bytes(), encoded);
        }
    }

    /// Whether [`Hashers::make_password`] would make this password cheaper to guess.
    pub fn would_lower_cost(&self, encoded: &str) -> bool {
        self.is_preferred(encoded) && self.preferred.would_lower_cost(encoded)
    }

    fn is_preferred(&self, encoded: &str) -> bool {
        identify_algorithm(encoded) == self.preferred.algorithm()
    }

    fn usable_hasher(&self, encoded: &str) -> Option<&dyn Hasher> {
        if encoded.starts_with(UNUSABLE_PASSWORD_PREFIX) {
            return None;
        }
        let algorithm = identify_algorithm(encoded);
        std::iter::once(&self.preferred)
            .chain(&self.others)
            .find(|hasher| hasher.algorithm() == algorithm)
            .map(|hasher| &**hasher)
    }
}

/// `identify_hasher(encoded).algorithm`: the text before the first `$`, but for the oldest formats,
/// which have no such text.
fn identify_algorithm(encoded: &str) -> &str {
    let length = encoded.chars().take(47).count();
    match (length, encoded) {
        (32, _) if !encoded.contains('$') => "unsalted_md5",
        (37, _) if encoded.starts_with("md5$$") => "unsalted_md5",
        (46, _) if encoded.starts_with("sha1$$") => "unsalted_sha1",
        _ => encoded.split('$').next().unwrap_or_default(),
    }
}

/// `must_update_salt(salt, 128)`: whether a salt holds less than 128 bits of 62 characters.
fn must_update_salt(salt: &str) -> bool {
    salt.chars().take(SALT_LENGTH).count() < SALT_LENGTH
}

#[cfg(test)]
mod tests;
