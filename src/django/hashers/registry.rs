//! `PASSWORD_HASHERS`, and the functions of upstream's module that work on all of it.

use std::{iter, sync::Arc};

use super::{
    Cost, EncodeError, Hasher, MalformedPassword, NoMemory, PBKDF2PasswordHasher, Parameters,
    Secret, Steps, Strength, UnknownHasher, Verification, default_hashers, identify_algorithm,
    is_password_usable,
};
use crate::django::Release;

/// `PASSWORD_HASHERS`: the preferred hasher, and the others whose passwords may still log in.
#[derive(Clone, Debug)]
pub struct Hashers {
    preferred: Arc<dyn Hasher>,
    others: Vec<Arc<dyn Hasher>>,
    /// Bytes of a stored password.
    longest: usize,
    /// Bytes that verifying one may fill.
    most_memory: u64,
}

/// The most bytes of a stored password that are looked at where nothing else is configured. Django's
/// own column holds 128 characters.
pub const MAX_ENCODED_LENGTH: u32 = 1024;

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

/// A stored password's hasher.
#[derive(Clone, Copy)]
struct Found<'a> {
    hasher: &'a Arc<dyn Hasher>,
    is_preferred: bool,
    must_update: bool,
}

/// What came of a verification.
enum Outcome {
    /// No work is left to do.
    Paid(Result<Verdict, MalformedPassword>),
    /// A refusal that has not cost an encoding by the preferred hasher yet.
    Unpaid(Result<Verdict, MalformedPassword>),
}

impl Hashers {
    /// A registry whose first hasher encodes new passwords.
    pub fn new(preferred: Arc<dyn Hasher>, others: Vec<Arc<dyn Hasher>>) -> Self {
        let longest = bytes(MAX_ENCODED_LENGTH);
        Self { preferred, others, longest, most_memory: u64::MAX }
    }

    /// Refuses stored passwords of more bytes than this.
    #[must_use]
    pub fn with_longest(self, longest: u32) -> Self {
        Self { longest: bytes(longest), ..self }
    }

    /// Refuses stored passwords that fill more bytes than this, and than encoding by the preferred hasher.
    #[must_use]
    pub fn with_most_memory(self, most_memory: u64) -> Self {
        Self { most_memory, ..self }
    }

    /// Bytes that encoding by the preferred hasher fills; 0 where they are few.
    pub fn memory(&self) -> u64 {
        self.preferred.cost().memory
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
        Ok(Self::new(preferred, others)
            .with_longest(parameters.max_encoded_length)
            .with_most_memory(parameters.max_memory))
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
    /// Where Django raises, and where the stored cost is out of bounds: the work was done. And where the
    /// memory for it is not there: it was not.
    pub fn verify_password(
        &self,
        password: &str,
        encoded: &str,
    ) -> Result<Verdict, MalformedPassword> {
        self.verify_password_steps(&password.into(), encoded).finish()
    }

    /// [`Hashers::verify_password`], to be done in pieces.
    pub fn verify_password_steps(
        &self,
        password: &Secret,
        encoded: &str,
    ) -> Steps<Result<Verdict, MalformedPassword>> {
        let outcome = match self.find(encoded) {
            Ok(Some(found)) => found.verify(password, encoded),
            Ok(None) => Steps::Done(Outcome::Unpaid(Ok(REFUSED))),
            Err(reason) => Steps::Done(Outcome::Unpaid(Err(reason))),
        };
        let run_once = self.run_once_later(password);
        outcome.and_then(move |outcome| match outcome {
            Outcome::Paid(verdict) => Steps::Done(verdict),
            Outcome::Unpaid(verdict) => {
                run_once().map(move |ran| ran.map_err(Into::into).and(verdict))
            }
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
        self.make_password_steps(&password.into(), salt, hasher).finish()
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
    ///
    /// # Errors
    /// Where the memory for it is not there: then no work was done.
    pub fn run_once(&self, password: &Secret) -> Result<(), NoMemory> {
        self.run_once_steps(password).finish()
    }

    /// [`Hashers::run_once`], to be done in pieces.
    pub fn run_once_steps(&self, password: &Secret) -> Steps<Result<(), NoMemory>> {
        self.run_once_later(password)()
    }

    fn run_once_later(
        &self,
        password: &Secret,
    ) -> impl FnOnce() -> Steps<Result<(), NoMemory>> + Send + 'static {
        let (preferred, password) = (Arc::clone(&self.preferred), password.clone());
        move || preferred.run_steps(password)
    }

    /// The work by which a password that matched falls short of what a refusal costs. To be done in
    /// pieces.
    pub fn harden_runtime_steps(
        &self,
        password: &Secret,
        encoded: &str,
    ) -> Steps<Result<(), NoMemory>> {
        if identify_algorithm(encoded) != self.preferred.algorithm() {
            return self.run_once_steps(password);
        }
        let hardened = Arc::clone(&self.preferred).harden_runtime_steps(password.clone(), encoded);
        hardened.map(|hardened| match hardened {
            Err(MalformedPassword::NoMemory) => Err(NoMemory),
            // A malformed one never came this far.
            Ok(()) | Err(_) => Ok(()),
        })
    }

    /// Whether [`Hashers::make_password`] would make this password cheaper to guess, as far as
    /// numbers say so: it costs more than its own hasher's parameters, or than the preferred hasher,
    /// if that is of the same family.
    pub fn would_lower_cost(&self, encoded: &str) -> bool {
        self.stored(encoded).is_some_and(|(found, cost)| self.is_dear(found, &cost))
    }

    fn is_dear(&self, found: Found<'_>, cost: &Cost) -> bool {
        [found.hasher, &self.preferred].into_iter().any(|hasher| cost.exceeds(&hasher.cost()))
    }

    /// What a refusal of this stored password costs on top of the preferred hasher's work: the
    /// algorithm and its parameters, `None` where it costs nothing more. A name to tell kinds of
    /// rows apart, without salt and hash.
    pub fn extra_cost(&self, encoded: &str) -> Option<String> {
        let (found, cost) = self.stored(encoded)?;
        let is_extra = !found.is_preferred || cost.exceeds(&self.preferred.cost());
        is_extra.then_some(cost.kind)
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
        let found = match self.find(encoded) {
            Ok(Some(found)) => found,
            Ok(None) => return StoredPassword::OfNoHasher,
            Err(reason) => return StoredPassword::Malformed(reason),
        };
        match found.hasher.stored_cost(encoded) {
            Err(reason) => StoredPassword::Malformed(reason),
            Ok(None) => StoredPassword::Impossible,
            Ok(Some(cost)) => StoredPassword::Sound {
                would_lower_cost: self.is_dear(found, &cost),
                must_update: found.must_update,
                kind: cost.kind,
            },
        }
    }

    /// Whose a stored password is: `None` where it is nobody's.
    fn find(&self, encoded: &str) -> Result<Option<Found<'_>>, MalformedPassword> {
        let Some(hasher) = self.usable_hasher(encoded) else { return Ok(None) };
        if encoded.len() > self.longest {
            return Err(MalformedPassword::TooLong);
        }
        // Upstream takes this for a name of the preferred hasher, which then does not find its own.
        if identify_algorithm(encoded) == DEFAULT && hasher.cost().strength > Strength::Unsalted {
            return Err(MalformedPassword::Parts);
        }
        if hasher.stored_memory(encoded) > self.most_memory.max(self.memory()) {
            return Err(MalformedPassword::TooMuchMemory);
        }
        let is_preferred = hasher.algorithm() == self.preferred.algorithm();
        let must_update = !is_preferred || hasher.must_update(encoded)?;
        Ok(Some(Found { hasher, is_preferred, must_update }))
    }

    /// The same with what it costs to verify; `None` where nothing is verified.
    fn stored(&self, encoded: &str) -> Option<(Found<'_>, Cost)> {
        let found = self.find(encoded).ok()??;
        let cost = found.hasher.stored_cost(encoded).ok()??;
        Some((found, cost))
    }

    /// Bytes that a new password of each hasher fills, the preferred one first.
    pub fn memory_of_each(&self) -> impl Iterator<Item = (&'static str, u64)> {
        self.all().map(|hasher| (hasher.algorithm(), hasher.cost().memory))
    }

    /// `get_hashers_by_algorithm()`'s names, the preferred one first.
    pub fn algorithms(&self) -> impl Iterator<Item = &'static str> {
        self.all().map(|hasher| hasher.algorithm())
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

impl Found<'_> {
    /// `verify()`, and what upstream does after it.
    fn verify(self, password: &Secret, encoded: &str) -> Steps<Outcome> {
        let Self { hasher, is_preferred, must_update } = self;
        let harden_runtime = {
            let (hasher, password) = (Arc::clone(hasher), password.clone());
            let encoded = encoded.to_owned();
            move || hasher.harden_runtime_steps(password, &encoded)
        };
        let verdict = move |is_correct| Verdict { is_correct, must_update };
        let verification = Arc::clone(hasher).verify_steps(password.clone(), encoded);
        verification.and_then(move |verification| match verification {
            Ok(Verification::Correct) => Steps::Done(Outcome::Paid(Ok(verdict(true)))),
            Ok(Verification::Wrong) if is_preferred => harden_runtime()
                .map(move |hardened| Outcome::Paid(hardened.map(|()| verdict(false)))),
            // Django leaves it at the other hasher's work.
            Ok(Verification::Wrong | Verification::Impossible) => {
                Steps::Done(Outcome::Unpaid(Ok(verdict(false))))
            }
            Err(reason) => Steps::Done(Outcome::Unpaid(Err(reason))),
        })
    }
}

fn bytes(count: u32) -> usize {
    usize::try_from(count).unwrap_or(usize::MAX)
}
