//! `PASSWORD_HASHERS`, and the functions of upstream's module that work on all of it.

use std::{iter, sync::Arc};

use super::{
    EncodeError, Hasher, MalformedPassword, PBKDF2PasswordHasher, Parameters, Strength,
    UnknownHasher, Verification, default_hashers, error::MAX_LENGTH, identify_algorithm,
    is_password_usable,
};
use crate::django::Release;

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

/// What `get_hasher()` takes for the preferred hasher's name.
const DEFAULT: &str = "default";

const REFUSED: Verdict = Verdict { is_correct: false, must_update: false };

impl Hashers {
    /// A registry whose first hasher encodes new passwords.
    pub fn new(preferred: Arc<dyn Hasher>, others: Vec<Arc<dyn Hasher>>) -> Self {
        Self { preferred, others }
    }

    /// What a project of a release series has that does not set `PASSWORD_HASHERS`.
    pub fn of(release: Release) -> Self {
        let parameters = Parameters::of(release);
        let preferred = PBKDF2PasswordHasher::new(parameters.pbkdf2_sha256);
        Self::named(default_hashers(release).iter().copied(), &parameters)
            // No release's own parameters are refused.
            .unwrap_or_else(|_| Self::new(Arc::new(preferred), Vec::new()))
    }

    /// The named algorithms, the first preferred.
    ///
    /// ```
    /// use drf_auth::django::{Release, hashers::{Hashers, Parameters}};
    ///
    /// let mut parameters = Parameters::of(Release::V5_2);
    /// parameters.argon2.memory_cost = 64; // KiB: far too little, but quick
    /// let hashers = Hashers::named(["argon2", "pbkdf2_sha256"], &parameters)?;
    ///
    /// let encoded = hashers.make_password("correct horse")?;
    /// assert!(encoded.starts_with("argon2$argon2id$v=19$m=64,t=2,p=8$"));
    /// assert_eq!(hashers.check_password("correct horse", &encoded), Ok(true));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// Where there is no such algorithm, or it is not defined for these parameters, or no name.
    pub fn named<'a>(
        names: impl IntoIterator<Item = &'a str>,
        parameters: &Parameters,
    ) -> Result<Self, UnknownHasher> {
        let mut names = names.into_iter();
        let preferred = parameters.hasher(names.next().ok_or(UnknownHasher::None)?)?;
        let others = names.map(|name| parameters.hasher(name)).collect::<Result<_, _>>()?;
        Ok(Self { preferred, others })
    }

    /// `check_password(password, encoded)`: whether the password matches.
    ///
    /// # Errors
    /// As [`Hashers::verify_password`].
    pub fn check_password(&self, password: &str, encoded: &str) -> Result<bool, MalformedPassword> {
        self.verify_password(password, encoded).map(|verdict| verdict.is_correct)
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
        let verdict = if encoded.len() > MAX_LENGTH {
            Err(MalformedPassword::TooLong)
        } else if identify_algorithm(encoded) == DEFAULT && hasher.strength() > Strength::Unsalted {
            // Upstream takes this for a name of the preferred hasher, which then does not find its own.
            Err(MalformedPassword::Parts)
        } else {
            self.verify_with(hasher, password, encoded)
        };
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
        let verification = hasher.verify(password, encoded)?;
        match verification {
            Verification::Correct => {}
            Verification::Wrong if !hasher_changed => hasher.harden_runtime(password, encoded)?,
            // Django leaves it at the other hasher's work.
            Verification::Wrong | Verification::Impossible => self.run_once(password),
        }
        Ok(Verdict { is_correct: verification == Verification::Correct, must_update })
    }

    /// `make_password(password)`: encoded by the preferred hasher with a new salt.
    ///
    /// # Errors
    /// When the operating system has no randomness or no memory to give, or the hasher is `bcrypt`
    /// and the password too long for it.
    pub fn make_password(&self, password: &str) -> Result<String, EncodeError> {
        self.make_password_with(password, None, None)
    }

    /// `make_password(password, salt, hasher)`: without a salt, or with an empty one, a new one is
    /// made; without a hasher the preferred one encodes.
    ///
    /// ```
    /// use drf_auth::django::{Release, hashers::{Hashers, Parameters}};
    ///
    /// let hashers = Hashers::named(["pbkdf2_sha256", "md5"], &Parameters::of(Release::V5_2))?;
    /// let encoded = hashers.make_password_with("l\u{e8}tmein", Some("seasalt"), Some("md5"))?;
    /// assert_eq!(encoded, "md5$seasalt$3f86d0d3d465b7b458c231bf3555c0e3");
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// As [`Hashers::make_password`], and where Django raises: no such hasher, a salt that it does
    /// not take.
    pub fn make_password_with(
        &self,
        password: &str,
        salt: Option<&str>,
        hasher: Option<&str>,
    ) -> Result<String, EncodeError> {
        let hasher = match hasher {
            None => &*self.preferred,
            Some(name) => self.hasher(name).ok_or(EncodeError::UnknownHasher)?,
        };
        match salt.filter(|salt| !salt.is_empty()) {
            Some(salt) => hasher.encode(password.as_bytes(), salt),
            None => hasher.encode(password.as_bytes(), &hasher.salt()?),
        }
    }

    /// One encoding by the preferred hasher, its result thrown away: what a refusal costs where
    /// there is nothing to verify.
    pub fn run_once(&self, password: &[u8]) {
        self.preferred.run(password);
    }

    /// The work by which a password that matched falls short of what a refusal costs.
    pub fn harden_runtime(&self, password: &str, encoded: &str) {
        if self.is_preferred(encoded) {
            // A malformed one never came this far.
            let _ = self.preferred.harden_runtime(password.as_bytes(), encoded);
        } else {
            self.run_once(password.as_bytes());
        }
    }

    /// Whether [`Hashers::make_password`] would make this password cheaper to guess.
    pub fn would_lower_cost(&self, encoded: &str) -> bool {
        if self.is_preferred(encoded) {
            return self.preferred.would_lower_cost(encoded);
        }
        self.usable_hasher(encoded)
            .is_some_and(|hasher| hasher.strength() > self.preferred.strength())
    }

    /// `get_hashers_by_algorithm()`'s names, the preferred one first.
    pub fn algorithms(&self) -> impl Iterator<Item = &'static str> {
        self.all().map(Hasher::algorithm)
    }

    fn is_preferred(&self, encoded: &str) -> bool {
        identify_algorithm(encoded) == self.preferred.algorithm()
    }

    fn usable_hasher(&self, encoded: &str) -> Option<&dyn Hasher> {
        if is_password_usable(encoded) { self.hasher(identify_algorithm(encoded)) } else { None }
    }

    /// `get_hasher(algorithm)`.
    fn hasher(&self, algorithm: &str) -> Option<&dyn Hasher> {
        if algorithm == DEFAULT {
            return Some(&*self.preferred);
        }
        self.all().find(|hasher| hasher.algorithm() == algorithm)
    }

    fn all(&self) -> impl Iterator<Item = &dyn Hasher> {
        iter::once(&self.preferred).chain(&self.others).map(|hasher| &**hasher)
    }
}
