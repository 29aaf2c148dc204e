//! `BCryptSHA256PasswordHasher` and `BCryptPasswordHasher` (Django 5.2), over what the Python
//! package `bcrypt` (5.0) makes of a salt.

use base64::{
    Engine as _,
    alphabet::BCRYPT,
    engine::{GeneralPurpose, general_purpose::NO_PAD},
};
use sha2::{Digest as _, Sha256};

use super::{
    EncodeError, Hasher, InvalidParameters, MalformedPassword, Strength, Verification,
    integer::int, work,
};
use crate::django::crypto::constant_time_compare;

/// `rounds` of every release.
pub const DEFAULT_ROUNDS: u32 = 12;

/// The most rounds of a stored password that are worked off where nothing else is configured.
pub const MAX_ROUNDS: u32 = 15;

const BASE_64: GeneralPurpose = GeneralPurpose::new(&BCRYPT, NO_PAD);

/// What bcrypt takes of a password.
const MAX_PASSWORD: usize = 72;

/// `$2b$12$` and 22 characters: what `harden_runtime()` and every check take for the salt.
const SALT_LENGTH: usize = 29;

/// `bcrypt_sha256`, over the hexadecimal SHA-256 of a password, and `bcrypt`, over the password.
#[derive(Clone, Copy, Debug)]
pub struct BCryptPasswordHasher {
    is_sha256: bool,
    rounds: u32,
    limit: u32,
    truncates: bool,
}

impl BCryptPasswordHasher {
    /// `bcrypt`: `BCryptPasswordHasher`.
    ///
    /// # Errors
    /// Where `rounds` is none of 4 to 31.
    pub fn new(rounds: u32) -> Result<Self, InvalidParameters> {
        let hasher = Self { is_sha256: false, rounds, limit: MAX_ROUNDS, truncates: false };
        if (4..=31).contains(&rounds) { Ok(hasher) } else { Err(InvalidParameters("bcrypt")) }
    }

    /// `bcrypt_sha256`: `BCryptSHA256PasswordHasher`.
    ///
    /// # Errors
    /// As [`BCryptPasswordHasher::new`].
    pub fn sha256(rounds: u32) -> Result<Self, InvalidParameters> {
        Ok(Self { is_sha256: true, ..Self::new(rounds)? })
    }

    /// Refuses stored passwords with more rounds than this; its own are never too many.
    #[must_use]
    pub fn with_limit(self, limit: u32) -> Self {
        Self { limit, ..self }
    }

    /// Takes the first 72 bytes of a longer password, as the Python package `bcrypt` did before 5.0;
    /// since then it raises.
    #[must_use]
    pub fn truncating(self, truncates: bool) -> Self {
        Self { truncates, ..self }
    }

    /// The bytes that bcrypt is run over; `None` where they are too many.
    fn key(&self, password: &[u8]) -> Option<Vec<u8>> {
        let mut key = if self.is_sha256 {
            super::digest::hex(&Sha256::digest(password)).into_bytes()
        } else if password.len() <= MAX_PASSWORD || self.truncates {
            password.get(..MAX_PASSWORD).unwrap_or(password).to_vec()
        } else {
            return None;
        };
        // The text ends with its NUL where there is room for it.
        if key.len() < MAX_PASSWORD {
            key.push(0);
        }
        Some(key)
    }

    fn run_with(&self, key: &[u8], salt: &Salt<'_>) -> String {
        work::done(self.algorithm(), 1 << salt.rounds);
        let hash = bcrypt::bcrypt(salt.rounds, salt.bytes, key);
        let (hash, _) = hash.split_at(23);
        format!(
            "{}$${}${:02}${}{}",
            self.algorithm(),
            salt.version,
            salt.rounds,
            BASE_64.encode(salt.bytes),
            BASE_64.encode(hash)
        )
    }

    /// `encoded` behind the algorithm: what upstream hands to the package as a salt.
    fn stored<'a>(&self, encoded: &'a str) -> Result<Salt<'a>, MalformedPassword> {
        let (_, data) = encoded.split_once('$').ok_or(MalformedPassword::Parts)?;
        let salt = Salt::parse(data)?;
        let limit = self.limit.max(self.rounds);
        if salt.rounds > limit { Err(MalformedPassword::TooCostly) } else { Ok(salt) }
    }
}

impl Hasher for BCryptPasswordHasher {
    fn algorithm(&self) -> &'static str {
        if self.is_sha256 { "bcrypt_sha256" } else { "bcrypt" }
    }

    fn salt(&self) -> Result<String, getrandom::Error> {
        let mut bytes = [0_u8; 16];
        getrandom::fill(&mut bytes)?;
        Ok(format!("$2b${:02}${}", self.rounds, BASE_64.encode(bytes)))
    }

    fn encode(&self, password: &[u8], salt: &str) -> Result<String, EncodeError> {
        let salt = Salt::parse(salt).map_err(|_| EncodeError::BcryptSalt)?;
        if salt.rounds > self.limit.max(self.rounds) {
            return Err(EncodeError::BcryptSalt);
        }
        let key = self.key(password).ok_or(EncodeError::PasswordTooLong)?;
        Ok(self.run_with(&key, &salt))
    }

    fn run(&self, password: &[u8]) {
        let key = self.truncating(true).key(password).unwrap_or_default();
        let salt = Salt { version: "2b", rounds: self.rounds, bytes: [0x5A; 16] };
        std::hint::black_box(self.run_with(&key, &salt));
    }

    fn verify(&self, password: &[u8], encoded: &str) -> Result<Verification, MalformedPassword> {
        let key = self.key(password).ok_or(MalformedPassword::PasswordTooLong)?;
        let salt = self.stored(encoded)?;
        let again = self.run_with(&key, &salt);
        Ok(constant_time_compare(encoded, &again).into())
    }

    fn must_update(&self, encoded: &str) -> Result<bool, MalformedPassword> {
        let mut parts = encoded.splitn(5, '$').skip(3);
        let (Some(rounds), Some(_)) = (parts.next(), parts.next()) else {
            return Err(MalformedPassword::Parts);
        };
        let rounds = int(rounds).ok_or(MalformedPassword::Number)?;
        if rounds < i64::from(self.rounds) {
            // What upstream's harden_runtime() takes for the salt: behind `$2b$+12$` it is none. No
            // password matches what is written like that, so harden_runtime() always follows.
            let (_, data) = encoded.split_once('$').ok_or(MalformedPassword::Parts)?;
            Salt::parse(data.get(..SALT_LENGTH).unwrap_or(data))?;
        }
        Ok(rounds != i64::from(self.rounds))
    }

    fn harden_runtime(&self, password: &[u8], encoded: &str) -> Result<(), MalformedPassword> {
        let key = self.key(password).ok_or(MalformedPassword::PasswordTooLong)?;
        let salt = self.stored(encoded)?;
        let missing = (1_u64 << self.rounds).saturating_sub(1 << salt.rounds);
        // As many hashes at the stored cost as make up the difference.
        for _ in 0..missing >> salt.rounds {
            std::hint::black_box(self.run_with(&key, &salt));
        }
        Ok(())
    }

    fn would_lower_cost(&self, encoded: &str) -> bool {
        self.stored(encoded).is_ok_and(|salt| salt.rounds > self.rounds)
    }

    fn strength(&self) -> Strength {
        Strength::Adaptive
    }
}

/// Version, rounds and bytes of a salt.
struct Salt<'a> {
    version: &'a str,
    rounds: u32,
    bytes: [u8; 16],
}

impl<'a> Salt<'a> {
    /// Reads `$2b$12$…` as the package does, a hash behind the salt ignored: empty parts do not
    /// count, and the number may have a sign or zeros before it. Only what it is written back as
    /// can match.
    fn parse(text: &'a str) -> Result<Self, MalformedPassword> {
        if !text.is_ascii() {
            return Err(MalformedPassword::NotAscii);
        }
        let mut parts = text.split('$').filter(|part| !part.is_empty());
        let (Some(version), Some(rounds), Some(rest), None) =
            (parts.next(), parts.next(), parts.next(), parts.next())
        else {
            return Err(MalformedPassword::Parts);
        };
        if !matches!(version, "2a" | "2b" | "2x" | "2y") {
            return Err(MalformedPassword::Parameter);
        }
        let rounds: u32 = rounds.parse().map_err(|_| MalformedPassword::Number)?;
        if !(4..=31).contains(&rounds) {
            return Err(MalformedPassword::Parameter);
        }
        let salt = rest.get(..SALT_LENGTH - "$2b$12$".len()).ok_or(MalformedPassword::Salt)?;
        let mut bytes = [0_u8; 16];
        match BASE_64.decode_slice(salt, &mut bytes) {
            Ok(16) => Ok(Self { version, rounds, bytes }),
            Ok(_) | Err(_) => Err(MalformedPassword::Salt),
        }
    }
}
