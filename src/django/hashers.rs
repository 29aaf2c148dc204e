//! `django.contrib.auth.hashers` (Django 5.2): which hasher a stored password belongs to, whether
//! a password matches it, whether it should be encoded anew.
//!
//! Usable on its own:
//!
//! ```
//! use drf_auth::django::{Release, hashers::Hashers};
//!
//! // What a project on Django 5.2 has where settings.py says nothing of PASSWORD_HASHERS.
//! let hashers = Hashers::of(Release::V5_2);
//!
//! let encoded = "pbkdf2_sha256$1000$seasalt$JgZryXe2Ga8ysg6XbzkLpTdyPQrHqsinbL9BnnhgX4A=";
//! assert_eq!(hashers.check_password("l\u{e8}tmein", encoded), Ok(true));
//! assert_eq!(hashers.check_password("letmein", encoded), Ok(false));
//!
//! // Fewer iterations than 5.2 has, and a short salt: Django would encode it anew.
//! let verdict = hashers.verify_password("l\u{e8}tmein", encoded)?;
//! assert!(verdict.is_correct && verdict.must_update);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! # Stored strings that no hasher wrote
//!
//! A text matches exactly where Django says so: encoding the password anew with the stored
//! parameters gives the very same text (Argon2: its library verifies it). Where Django raises, and
//! where checking would cost more than the limits in [`Parameters`], the answer is a
//! [`MalformedPassword`]. Every refusal, of whatever kind, costs at least one encoding by the
//! preferred hasher. One of each kind, the hasher it names preferred:
//!
#![doc = include_str!("hashers/malformed.md")]

mod argon2;
mod bcrypt;
mod cost;
mod digest;
mod encoded;
mod error;
mod integer;
mod parameters;
mod pbkdf2;
mod registry;
mod scrypt;
mod steps;
mod work;

use std::{fmt, sync::Arc};

pub use self::{
    argon2::{Argon2Limits, Argon2Parameters, Argon2PasswordHasher},
    bcrypt::{BCryptPasswordHasher, DEFAULT_ROUNDS, MAX_ROUNDS},
    cost::{Cost, Strength},
    digest::DigestPasswordHasher,
    error::{EncodeError, InvalidParameters, MalformedPassword, NoMemory, UnknownHasher},
    parameters::{Parameters, default_hashers, has_hasher},
    pbkdf2::{DEFAULT_ITERATIONS, MAX_ITERATIONS, PBKDF2PasswordHasher, default_iterations},
    registry::{Hashers, MAX_ENCODED_LENGTH, StoredPassword, Verdict},
    scrypt::{MAX_SCRYPT_WORK, ScryptParameters, ScryptPasswordHasher},
    steps::{Derivation, Secret, Steps},
};
use super::crypto::get_random_string;

/// `UNUSABLE_PASSWORD_PREFIX`: what `set_unusable_password()` puts first.
const UNUSABLE_PASSWORD_PREFIX: char = '!';

/// `UNUSABLE_PASSWORD_SUFFIX_LENGTH`: random characters behind it.
const UNUSABLE_PASSWORD_SUFFIX_LENGTH: usize = 40;

/// Characters in a new salt: `BasePasswordHasher.salt()` asks for 128 bits of 62 characters.
const SALT_LENGTH: usize = 22;

/// A salt for work whose result is thrown away.
const DISCARDED_SALT: &str = "0123456789abcdefABCDEF";

/// `BasePasswordHasher`: one algorithm with its current parameters.
///
/// A trait because `PASSWORD_HASHERS` is an open set.
pub trait Hasher: fmt::Debug + Send + Sync + 'static {
    /// `algorithm`: what stands before the first `$`.
    fn algorithm(&self) -> &'static str;

    /// `salt()`: a new one.
    ///
    /// # Errors
    /// When the operating system has no randomness to give.
    fn salt(&self) -> Result<String, getrandom::Error> {
        new_salt()
    }

    /// `encode(password, salt)` with the current parameters.
    ///
    /// # Errors
    /// Where upstream raises: a salt or a password that the algorithm does not take.
    fn encode(&self, password: &Secret, salt: &str) -> Result<String, EncodeError>;

    /// One encoding of whatever password, its result thrown away.
    ///
    /// # Errors
    /// Where the memory for it is not there: then no work was done.
    fn run(&self, password: &Secret) -> Result<(), NoMemory> {
        // A salt or a password that is refused would be no work at all: hashers that refuse this
        // salt, or any password, have a `run` of their own.
        match std::hint::black_box(self.encode(password, DISCARDED_SALT)) {
            Err(EncodeError::NoMemory) => Err(NoMemory),
            Ok(_) | Err(_) => Ok(()),
        }
    }

    /// `verify(password, encoded)`: encodes with the stored parameters and compares all of it.
    ///
    /// # Errors
    /// Where upstream raises, and where the stored cost is out of bounds. No work was done then.
    fn verify(&self, password: &Secret, encoded: &str) -> Result<Verification, MalformedPassword>;

    /// `must_update(encoded)`: whether the stored parameters are not the current ones.
    ///
    /// # Errors
    /// Where upstream raises.
    fn must_update(&self, encoded: &str) -> Result<bool, MalformedPassword>;

    /// `harden_runtime(password, encoded)`: the work by which the stored parameters fall short of
    /// the current ones.
    ///
    /// # Errors
    /// As [`Hasher::verify`].
    fn harden_runtime(&self, password: &Secret, encoded: &str) -> Result<(), MalformedPassword>;

    /// What encoding costs. Django does not ask.
    fn cost(&self) -> Cost;

    /// What verifying a stored password costs, `None` where no password can match its text and no work
    /// is done. Django does not ask.
    ///
    /// # Errors
    /// As [`Hasher::verify`].
    fn stored_cost(&self, encoded: &str) -> Result<Option<Cost>, MalformedPassword>;

    /// [`Hasher::encode`], to be done in pieces where the algorithm can.
    fn encode_steps(
        self: Arc<Self>,
        password: Secret,
        salt: &str,
    ) -> Steps<Result<String, EncodeError>> {
        let salt = salt.to_owned();
        Steps::run(self.cost().memory, move || self.encode(&password, &salt))
    }

    /// [`Hasher::run`], to be done in pieces where the algorithm can.
    fn run_steps(self: Arc<Self>, password: Secret) -> Steps<Result<(), NoMemory>> {
        Steps::run(self.cost().memory, move || self.run(&password))
    }

    /// [`Hasher::verify`], to be done in pieces where the algorithm can.
    fn verify_steps(
        self: Arc<Self>,
        password: Secret,
        encoded: &str,
    ) -> Steps<Result<Verification, MalformedPassword>> {
        let encoded = encoded.to_owned();
        Steps::run(self.stored_memory(&encoded), move || self.verify(&password, &encoded))
    }

    /// [`Hasher::harden_runtime`], to be done in pieces where the algorithm can.
    fn harden_runtime_steps(
        self: Arc<Self>,
        password: Secret,
        encoded: &str,
    ) -> Steps<Result<(), MalformedPassword>> {
        let encoded = encoded.to_owned();
        let memory = self.cost().memory.max(self.stored_memory(&encoded));
        Steps::run(memory, move || self.harden_runtime(&password, &encoded))
    }

    /// Bytes that are filled while a stored password is verified; 0 where it would be refused.
    fn stored_memory(&self, encoded: &str) -> u64 {
        self.stored_cost(encoded).ok().flatten().map_or(0, |cost| cost.memory)
    }
}

/// What [`Hasher::verify`] found out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[must_use]
pub enum Verification {
    /// The password matches.
    Correct,
    /// It does not, as the work has shown.
    Wrong,
    /// No password can match: the text is not one that the hasher writes. No work was done.
    Impossible,
}

impl From<bool> for Verification {
    fn from(is_correct: bool) -> Self {
        if is_correct { Self::Correct } else { Self::Wrong }
    }
}

/// `is_password_usable(encoded)`: whether it was not made by `set_unusable_password()`.
///
/// ```
/// use drf_auth::django::hashers::is_password_usable;
///
/// assert!(!is_password_usable("!VtOiXtO7Ha7"));
/// assert!(is_password_usable(""));
/// ```
pub fn is_password_usable(encoded: &str) -> bool {
    !encoded.starts_with(UNUSABLE_PASSWORD_PREFIX)
}

/// `make_password(None)`: a text that no password matches.
///
/// # Errors
/// When the operating system has no randomness to give.
pub fn make_unusable_password() -> Result<String, getrandom::Error> {
    let suffix = get_random_string(UNUSABLE_PASSWORD_SUFFIX_LENGTH)?;
    Ok(format!("{UNUSABLE_PASSWORD_PREFIX}{suffix}"))
}

/// `identify_hasher(encoded).algorithm`: the text before the first `$`, but for the oldest formats,
/// which have no such text. It need not be the name of any hasher.
///
/// ```
/// use drf_auth::django::hashers::identify_algorithm;
///
/// assert_eq!(identify_algorithm("argon2$argon2id$v=19$m=102400,t=2,p=8$c2FsdA$"), "argon2");
/// assert_eq!(identify_algorithm("88a434c88cca4e900f7874cd98123f43"), "unsalted_md5");
/// ```
pub fn identify_algorithm(encoded: &str) -> &str {
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
    must_update_salt_length(salt.chars().count())
}

fn must_update_salt_length(length: usize) -> bool {
    length < SALT_LENGTH
}

/// `_check_encode_args()`, as far as the salt goes.
fn check_salt(salt: &str) -> Result<(), EncodeError> {
    if salt.is_empty() || salt.contains('$') { Err(EncodeError::Salt) } else { Ok(()) }
}

fn new_salt() -> Result<String, getrandom::Error> {
    get_random_string(SALT_LENGTH)
}

#[cfg(test)]
mod tests;
