//! `PASSWORD_HASHERS`, and the functions of upstream's module that work on all of it.

use std::{iter, sync::Arc};

use super::{
    EncodeError, Hasher, MalformedPassword, PBKDF2PasswordHasher, Parameters, Secret, Steps,
    Strength, UnknownHasher, Verification, default_hashers, encoded::parameters, error::MAX_LENGTH,
    identify_algorithm, is_password_usable,
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

/// What [`Hashers::look_at`] sees. Quotes neither salt nor hash.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum StoredPassword {
    /// Made by `set_unusable_password()`: nobody logs in.
    Unusable,
    /// Of a hasher that is not among these: nobody logs in.
    OfNoHasher,
    /// Django raises, or the cost is out of bounds: nobody logs in.
    Malformed(MalformedPassword),
    /// A text that its hasher never writes: nobody logs in.
    Impossible,
    /// One that a password may match.
    Sound {
        /// The algorithm and its parameters.
        kind: String,
        /// Whether Django would encode it anew at a login.
        must_update: bool,
        /// Whether that would make it cheaper to guess.
        would_lower_cost: bool,
    },
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
        self.verify_password_steps(&Secret::new(password.into()), encoded).finish()
    }

    /// [`Hashers::verify_password`], to be done in pieces.
    pub fn verify_password_steps(
        &self,
        password: &Secret,
        encoded: &str,
    ) -> Steps<Result<Verdict, MalformedPassword>> {
        let Some(hasher) = self.usable_hasher(encoded) else {
            return self.run_once_steps(password).map(|()| Ok(REFUSED));
        };
        let verdict = if encoded.len() > MAX_LENGTH {
            Steps::Done(Err(MalformedPassword::TooLong))
        } else if identify_algorithm(encoded) == DEFAULT && hasher.strength() > Strength::Unsalted {
            // Upstream takes this for a name of the preferred hasher, which then does not find its own.
            Steps::Done(Err(MalformedPassword::Parts))
        } else {
            self.verify_with(hasher, password, encoded)
        };
        let run_once = self.run_once_later(password);
        verdict.and_then(move |verdict| match verdict {
            Ok(_) => Steps::Done(verdict),
            Err(_) => run_once().map(move |()| verdict),
        })
    }

    fn verify_with(
        &self,
        hasher: &Arc<dyn Hasher>,
        password: &Secret,
        encoded: &str,
    ) -> Steps<Result<Verdict, MalformedPassword>> {
        let hasher_changed = hasher.algorithm() != self.preferred.algorithm();
        let must_update = match self.preferred.must_update(encoded) {
            _ if hasher_changed => true,
            Ok(must_update) => must_update,
            Err(reason) => return Steps::Done(Err(reason)),
        };
        let run_once = self.run_once_later(password);
        let harden_runtime = {
            let (hasher, password) = (Arc::clone(hasher), password.clone());
            let encoded = encoded.to_owned();
            move || hasher.harden_runtime_steps(password, &encoded)
        };
        let verification = Arc::clone(hasher).verify_steps(password.clone(), encoded);
        verification.and_then(move |verification| match verification {
            Ok(Verification::Correct) => Steps::Done(Ok(Verdict { is_correct: true, must_update })),
            Ok(Verification::Wrong) if !hasher_changed => harden_runtime()
                .map(move |hardened| hardened.map(|()| Verdict { is_correct: false, must_update })),
            // Django leaves it at the other hasher's work.
            Ok(Verification::Wrong | Verification::Impossible) => {
                run_once().map(move |()| Ok(Verdict { is_correct: false, must_update }))
            }
            Err(reason) => Steps::Done(Err(reason)),
        })
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
        self.make_password_steps(&Secret::new(password.into()), salt, hasher).finish()
    }

    /// [`Hashers::make_password_with`], to be done in pieces.
    pub fn make_password_steps(
        &self,
        password: &Secret,
        salt: Option<&str>,
        hasher: Option<&str>,
    ) -> Steps<Result<String, EncodeError>> {
        let hasher = match hasher {
            None => Some(&self.preferred),
            Some(name) => self.hasher(name),
        };
        let Some(hasher) = hasher else { return Steps::Done(Err(EncodeError::UnknownHasher)) };
        let (encoder, password) = (Arc::clone(hasher), password.clone());
        match salt.filter(|salt| !salt.is_empty()) {
            Some(salt) => encoder.encode_steps(password, salt),
            None => match hasher.salt() {
                Ok(salt) => encoder.encode_steps(password, &salt),
                Err(error) => Steps::Done(Err(error.into())),
            },
        }
    }

    /// One encoding by the preferred hasher, its result thrown away: what a refusal costs where
    /// there is nothing to verify.
    pub fn run_once(&self, password: &[u8]) {
        self.run_once_steps(&Secret::new(password.to_vec())).finish();
    }

    /// [`Hashers::run_once`], to be done in pieces.
    pub fn run_once_steps(&self, password: &Secret) -> Steps<()> {
        self.run_once_later(password)()
    }

    fn run_once_later(&self, password: &Secret) -> impl FnOnce() -> Steps<()> + Send + 'static {
        let (preferred, password) = (Arc::clone(&self.preferred), password.clone());
        move || preferred.run_steps(password)
    }

    /// The work by which a password that matched falls short of what a refusal costs. To be done in
    /// pieces.
    pub fn harden_runtime_steps(&self, password: &Secret, encoded: &str) -> Steps<()> {
        if self.is_preferred(encoded) {
            let preferred = Arc::clone(&self.preferred);
            // A malformed one never came this far.
            preferred.harden_runtime_steps(password.clone(), encoded).map(|_| ())
        } else {
            self.run_once_steps(password)
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

    /// What a refusal of this stored password costs on top of the preferred hasher's work: the
    /// algorithm and its parameters, `None` where it costs nothing more. A name to tell kinds of
    /// rows apart, without salt and hash.
    pub fn extra_cost(&self, encoded: &str) -> Option<String> {
        let algorithm = self.usable_hasher(encoded)?.algorithm();
        let is_dear = !self.is_preferred(encoded) || self.preferred.would_lower_cost(encoded);
        is_dear.then(|| parameters(algorithm, encoded))
    }

    /// Whether a stored password is of a hasher that is not among these. One that cannot be used at
    /// all is of none.
    pub fn is_of_another_hasher(&self, encoded: &str) -> bool {
        is_password_usable(encoded) && self.usable_hasher(encoded).is_none()
    }

    /// What a stored password is, without any of the work that checking it takes. Django has no such
    /// function.
    pub fn look_at(&self, encoded: &str) -> StoredPassword {
        if !is_password_usable(encoded) {
            return StoredPassword::Unusable;
        }
        let Some(hasher) = self.usable_hasher(encoded) else { return StoredPassword::OfNoHasher };
        if encoded.len() > MAX_LENGTH {
            return StoredPassword::Malformed(MalformedPassword::TooLong);
        }
        let verification = Arc::clone(hasher).verify_steps(Secret::default(), encoded);
        match (verification, hasher.must_update(encoded)) {
            (Steps::Done(Err(reason)), _) | (_, Err(reason)) => StoredPassword::Malformed(reason),
            (Steps::Done(Ok(Verification::Impossible)), _) => StoredPassword::Impossible,
            (_, Ok(must_update)) => StoredPassword::Sound {
                kind: parameters(hasher.algorithm(), encoded),
                must_update: must_update || !self.is_preferred(encoded),
                would_lower_cost: self.would_lower_cost(encoded),
            },
        }
    }

    /// `get_hashers_by_algorithm()`'s names, the preferred one first.
    pub fn algorithms(&self) -> impl Iterator<Item = &'static str> {
        self.all().map(|hasher| hasher.algorithm())
    }

    fn is_preferred(&self, encoded: &str) -> bool {
        identify_algorithm(encoded) == self.preferred.algorithm()
    }

    fn usable_hasher(&self, encoded: &str) -> Option<&Arc<dyn Hasher>> {
        if is_password_usable(encoded) { self.hasher(identify_algorithm(encoded)) } else { None }
    }

    /// `get_hasher(algorithm)`.
    fn hasher(&self, algorithm: &str) -> Option<&Arc<dyn Hasher>> {
        if algorithm == DEFAULT {
            return Some(&self.preferred);
        }
        self.all().find(|hasher| hasher.algorithm() == algorithm)
    }

    fn all(&self) -> impl Iterator<Item = &Arc<dyn Hasher>> {
        iter::once(&self.preferred).chain(&self.others)
    }
}
