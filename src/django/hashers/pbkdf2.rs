//! `PBKDF2PasswordHasher` and `PBKDF2SHA1PasswordHasher` (Django 5.2).

use std::{num::NonZeroU32, sync::Arc};

use base64::{Engine as _, engine::general_purpose::STANDARD};
use pbkdf2::pbkdf2_hmac;
use sha1::Sha1;

use super::{
    Cost, DISCARDED_SALT, Derivation, EncodeError, Hasher, MalformedPassword, NoMemory, Secret,
    Steps, Strength, Verification, check_salt, encoded::Pbkdf2Encoded, identify_algorithm,
    must_update_salt, work,
};
use crate::django::{Release, crypto::constant_time_compare};

/// `iterations` of the release that the service speaks for where nothing else is written (5.2).
pub const DEFAULT_ITERATIONS: NonZeroU32 = default_iterations(Release::V5_2);

/// The most iterations of a stored password that are worked off where nothing else is configured:
/// ten times Django 5.2's own.
pub const MAX_ITERATIONS: u32 = 10_000_000;

/// `PBKDF2PasswordHasher.iterations` of each release series.
pub const fn default_iterations(release: Release) -> NonZeroU32 {
    let iterations = match release {
        Release::V3_2 => 260_000,
        Release::V4_0 => 320_000,
        Release::V4_1 => 390_000,
        Release::V4_2 => 600_000,
        Release::V5_0 => 720_000,
        Release::V5_1 => 870_000,
        Release::V5_2 => 1_000_000,
        Release::V6_0 => 1_200_000,
        Release::V6_1 => 1_500_000,
    };
    match NonZeroU32::new(iterations) {
        Some(iterations) => iterations,
        None => NonZeroU32::MIN,
    }
}

/// `pbkdf2_sha256`, Django's default hasher, and `pbkdf2_sha1`.
#[derive(Clone, Copy, Debug)]
pub struct PBKDF2PasswordHasher {
    digest: Digest,
    iterations: NonZeroU32,
    limit: u32,
}

#[derive(Clone, Copy, Debug)]
enum Digest {
    Sha256,
    Sha1,
}

impl PBKDF2PasswordHasher {
    /// `pbkdf2_sha256`, encoding with this many iterations.
    pub const fn new(iterations: NonZeroU32) -> Self {
        Self { digest: Digest::Sha256, iterations, limit: MAX_ITERATIONS }
    }

    /// `pbkdf2_sha1`: upstream's `PBKDF2SHA1PasswordHasher`.
    pub const fn sha1(iterations: NonZeroU32) -> Self {
        Self { digest: Digest::Sha1, ..Self::new(iterations) }
    }

    /// Refuses stored passwords with more iterations than this; its own are never too many.
    #[must_use]
    pub const fn with_limit(self, limit: u32) -> Self {
        Self { limit, ..self }
    }

    /// The iterations of a stored `pbkdf2_sha256`; `None` for any other text, and for one that is
    /// out of bounds.
    pub fn stored_iterations(encoded: &str) -> Option<NonZeroU32> {
        let hasher = Self::new(DEFAULT_ITERATIONS);
        if identify_algorithm(encoded) != hasher.algorithm() {
            return None;
        }
        hasher.stored(encoded).ok().flatten().map(|(iterations, _)| iterations)
    }

    /// The work and the salt of a stored password, `None` where no encoding can give its text.
    fn stored<'a>(
        &self,
        encoded: &'a str,
    ) -> Result<Option<(NonZeroU32, &'a str)>, MalformedPassword> {
        let decoded = Pbkdf2Encoded::parse(encoded)?;
        if decoded.salt.is_empty() {
            return Err(MalformedPassword::EmptySalt);
        }
        let iterations = self.bounded(decoded.iterations)?;
        // Zero stands for the hasher's own number, which is then written in its place.
        Ok(iterations.filter(|_| decoded.is_canonical).map(|iterations| (iterations, decoded.salt)))
    }

    fn bounded(&self, iterations: i64) -> Result<Option<NonZeroU32>, MalformedPassword> {
        if iterations < 0 {
            return Err(MalformedPassword::Parameter);
        }
        let limit = self.limit.max(self.iterations.get());
        let iterations = u32::try_from(iterations).map_err(|_| MalformedPassword::TooCostly)?;
        if iterations > limit {
            Err(MalformedPassword::TooCostly)
        } else {
            Ok(NonZeroU32::new(iterations))
        }
    }

    fn cost_of(&self, iterations: NonZeroU32) -> Cost {
        Cost {
            kind: format!("{}${iterations}", self.algorithm()),
            strength: Strength::Adaptive,
            family: "pbkdf2",
            work: iterations.get().into(),
            memory: 0,
        }
    }

    /// The text of a password with this salt, after this much work.
    fn encoded(self, password: Secret, salt: &str, iterations: NonZeroU32) -> Steps<String> {
        let (algorithm, salt) = (self.algorithm(), salt.to_owned());
        let text = move |salt: &str, hash: &[u8]| {
            format!("{algorithm}${iterations}${salt}${}", STANDARD.encode(hash))
        };
        match self.digest {
            Digest::Sha256 => {
                let salt_bytes = salt.as_bytes().into();
                let derivation = Derivation { password, salt: salt_bytes, iterations };
                Steps::derive(derivation, move |hash| text(&salt, &hash))
            }
            Digest::Sha1 => Steps::run(0, move || {
                work::done(algorithm, u64::from(iterations.get()));
                let mut hash = [0; 20];
                let key = password.hmac_sha1_key();
                pbkdf2_hmac::<Sha1>(key, salt.as_bytes(), iterations.get(), &mut hash);
                text(&salt, &hash)
            }),
        }
    }
}

impl Hasher for PBKDF2PasswordHasher {
    fn algorithm(&self) -> &'static str {
        match self.digest {
            Digest::Sha256 => "pbkdf2_sha256",
            Digest::Sha1 => "pbkdf2_sha1",
        }
    }

    fn encode(&self, password: &Secret, salt: &str) -> Result<String, EncodeError> {
        Arc::new(*self).encode_steps(password.clone(), salt).finish()
    }

    fn run(&self, password: &Secret) -> Result<(), NoMemory> {
        Arc::new(*self).run_steps(password.clone()).finish()
    }

    fn verify(&self, password: &Secret, encoded: &str) -> Result<Verification, MalformedPassword> {
        Arc::new(*self).verify_steps(password.clone(), encoded).finish()
    }

    fn must_update(&self, encoded: &str) -> Result<bool, MalformedPassword> {
        let decoded = Pbkdf2Encoded::parse(encoded)?;
        let outdated = decoded.iterations != i64::from(self.iterations.get());
        Ok(outdated || must_update_salt(decoded.salt))
    }

    fn harden_runtime(&self, password: &Secret, encoded: &str) -> Result<(), MalformedPassword> {
        Arc::new(*self).harden_runtime_steps(password.clone(), encoded).finish()
    }

    fn encode_steps(
        self: Arc<Self>,
        password: Secret,
        salt: &str,
    ) -> Steps<Result<String, EncodeError>> {
        match check_salt(salt) {
            Ok(()) => self.encoded(password, salt, self.iterations).map(Ok),
            Err(error) => Steps::Done(Err(error)),
        }
    }

    fn run_steps(self: Arc<Self>, password: Secret) -> Steps<Result<(), NoMemory>> {
        self.encoded(password, DISCARDED_SALT, self.iterations).map(|_| Ok(()))
    }

    fn verify_steps(
        self: Arc<Self>,
        password: Secret,
        encoded: &str,
    ) -> Steps<Result<Verification, MalformedPassword>> {
        let (iterations, salt) = match self.stored(encoded) {
            Ok(Some(stored)) => stored,
            Ok(None) => return Steps::Done(Ok(Verification::Impossible)),
            Err(reason) => return Steps::Done(Err(reason)),
        };
        let encoded = encoded.to_owned();
        self.encoded(password, salt, iterations)
            .map(move |again| Ok(constant_time_compare(&encoded, &again).into()))
    }

    fn harden_runtime_steps(
        self: Arc<Self>,
        password: Secret,
        encoded: &str,
    ) -> Steps<Result<(), MalformedPassword>> {
        let (iterations, salt) = match self.stored(encoded) {
            Ok(Some(stored)) => stored,
            Ok(None) => return Steps::Done(Ok(())),
            Err(reason) => return Steps::Done(Err(reason)),
        };
        match NonZeroU32::new(self.iterations.get().saturating_sub(iterations.get())) {
            Some(missing) => self.encoded(password, salt, missing).map(|_| Ok(())),
            None => Steps::Done(Ok(())),
        }
    }

    fn cost(&self) -> Cost {
        self.cost_of(self.iterations)
    }

    fn stored_cost(&self, encoded: &str) -> Result<Option<Cost>, MalformedPassword> {
        Ok(self.stored(encoded)?.map(|(iterations, _)| self.cost_of(iterations)))
    }
}
