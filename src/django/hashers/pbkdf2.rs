//! `PBKDF2PasswordHasher` (Django 5.2): PBKDF2 with HMAC-SHA256.

use std::num::NonZeroU32;

use base64::{Engine as _, engine::general_purpose::STANDARD};
use pbkdf2::pbkdf2_hmac;
use sha2::Sha256;

use super::{Hasher, MalformedPassword, encoded::Pbkdf2Encoded, must_update_salt};
use crate::django::{Release, crypto::constant_time_compare};

/// `iterations` of the release that the service speaks for where nothing else is written (5.2).
pub const DEFAULT_ITERATIONS: NonZeroU32 = default_iterations(Release::V5_2);

/// The most iterations of a stored password that are worked off: ten times Django 5.2's own.
pub const MAX_ITERATIONS: u32 = 10_000_000;

const ALGORITHM: &str = "pbkdf2_sha256";

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

/// `pbkdf2_sha256`, Django's default hasher.
#[derive(Clone, Copy, Debug)]
pub struct PBKDF2PasswordHasher {
    iterations: NonZeroU32,
}

impl PBKDF2PasswordHasher {
    /// A hasher that encodes with this many iterations.
    pub const fn new(iterations: NonZeroU32) -> Self {
        Self { iterations }
    }

    /// The iterations of a stored password of this algorithm; `None` for any other text.
    pub fn stored_iterations(encoded: &str) -> Option<NonZeroU32> {
        if super::identify_algorithm(encoded) != ALGORITHM {
            return None;
        }
        Pbkdf2Encoded::parse(encoded).ok().map(|decoded| decoded.iterations)
    }
}

impl Hasher for PBKDF2PasswordHasher {
    fn algorithm(&self) -> &'static str {
        ALGORITHM
    }

    fn encode(&self, password: &[u8], salt: &str) -> String {
        encode(password, salt, self.iterations)
    }

    fn verify(&self, password: &[u8], encoded: &str) -> Result<bool, MalformedPassword> {
        let decoded = Pbkdf2Encoded::parse(encoded)?;
        let again = encode(password, decoded.salt, decoded.iterations);
        Ok(constant_time_compare(encoded, &again))
    }

    fn must_update(&self, encoded: &str) -> Result<bool, MalformedPassword> {
        let decoded = Pbkdf2Encoded::parse(encoded)?;
        Ok(decoded.iterations != self.iterations || must_update_salt(decoded.salt))
    }

    fn harden_runtime(&self, password: &[u8], encoded: &str) -> Result<(), MalformedPassword> {
        let decoded = Pbkdf2Encoded::parse(encoded)?;
        let missing = self.iterations.get().saturating_sub(decoded.iterations.get());
        if let Some(missing) = NonZeroU32::new(missing) {
            std::hint::black_box(encode(password, decoded.salt, missing));
        }
        Ok(())
    }

    fn would_lower_cost(&self, encoded: &str) -> bool {
        Pbkdf2Encoded::parse(encoded).is_ok_and(|decoded| decoded.iterations > self.iterations)
    }
}

fn encode(password: &[u8], salt: &str, iterations: NonZeroU32) -> String {
    let mut hash = [0_u8; 32];
    pbkdf2_hmac::<Sha256>(password, salt.as_bytes(), iterations.get(), &mut hash);
    format!("{ALGORITHM}${iterations}${salt}${}", STANDARD.encode(hash))
}
