//! `BCryptSHA256PasswordHasher` and `BCryptPasswordHasher` (Django 5.2), over what the Python
//! package `bcrypt` (5.0) makes of a salt.

use base64::{
    Engine as _,
    alphabet::BCRYPT,
    engine::{GeneralPurpose, general_purpose::NO_PAD},
};

use super::{
    Cost, EncodeError, Hasher, InvalidParameters, MalformedPassword, NoMemory, Secret, Strength,
    Verification, integer::int, work,
};
use crate::django::crypto::constant_time_compare;

/// `rounds` of every release.
pub const DEFAULT_ROUNDS: u32 = 12;

/// The most rounds of a stored password that are worked off where nothing else is configured.
pub const MAX_ROUNDS: u32 = 15;

const BASE_64: GeneralPurpose = GeneralPurpose::new(&BCRYPT, NO_PAD);

/// What bcrypt takes of a password.
const MAX_PASSWORD: usize = 72;

/// Characters of bcrypt's base64: 22 of the salt, 31 of the hash.
const SALT_AND_HASH: usize = 53;

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

    /// Whether it takes a password of this length.
    fn takes(&self, password: &Secret) -> bool {
        self.is_sha256 || self.truncates || password.len() <= MAX_PASSWORD
    }

    /// The bytes that bcrypt is run over.
    fn key(&self, password: &Secret) -> Vec<u8> {
        let mut key = if self.is_sha256 {
            super::digest::hex(password.sha256()).into_bytes()
        } else {
            password.get(..MAX_PASSWORD).unwrap_or(password).to_vec()
        };
        // The text ends with its NUL where there is room for it.
        if key.len() < MAX_PASSWORD {
            key.push(0);
        }
        key
    }

    fn run_with(&self, key: &[u8], salt: &Salt<'_>) -> String {
        work::done(self.algorithm(), salt.work());
        let hash = bcrypt::bcrypt(salt.rounds, salt.bytes, key);
        let (hash, _) = hash.split_at(23);
        self.before(salt) + &BASE_64.encode(salt.bytes) + &BASE_64.encode(hash)
    }

    /// What stands before the bytes of a salt.
    fn before(&self, salt: &Salt<'_>) -> String {
        format!("{}$${}${:02}$", self.algorithm(), salt.version, salt.rounds)
    }

    fn cost_of(&self, salt: &Salt<'_>) -> Cost {
        Cost {
            kind: format!("{}${}${:02}", self.algorithm(), salt.version, salt.rounds),
            strength: Strength::Adaptive,
            family: "bcrypt",
            work: salt.work(),
            memory: 0,
        }
    }

    /// A salt for work whose result is thrown away.
    fn discarded_salt(&self) -> Salt<'static> {
        Salt { version: "2b", rounds: self.rounds, bytes: [0x5A; 16] }
    }

    /// `encoded` behind the algorithm: what upstream hands to the package as a salt. `None` where
    /// nothing is written back like that.
    fn stored<'a>(&self, encoded: &'a str) -> Result<Option<Salt<'a>>, MalformedPassword> {
        let (_, data) = encoded.split_once('$').ok_or(MalformedPassword::Parts)?;
        let salt = Salt::parse(data)?;
        if salt.rounds > self.limit.max(self.rounds) {
            return Err(MalformedPassword::TooCostly);
        }
        let rest = encoded.strip_prefix(&self.before(&salt));
        Ok(rest.is_some_and(|rest| rest.len() == SALT_AND_HASH).then_some(salt))
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

    fn encode(&self, password: &Secret, salt: &str) -> Result<String, EncodeError> {
        let salt = Salt::parse(salt).map_err(|_| EncodeError::BcryptSalt)?;
        if salt.rounds > self.limit.max(self.rounds) {
            return Err(EncodeError::BcryptSalt);
        }
        if !self.takes(password) {
            return Err(EncodeError::PasswordTooLong);
        }
        Ok(self.run_with(&self.key(password), &salt))
    }

    fn run(&self, password: &Secret) -> Result<(), NoMemory> {
        std::hint::black_box(self.run_with(&self.key(password), &self.discarded_salt()));
        Ok(())
    }

    fn verify(&self, password: &Secret, encoded: &str) -> Result<Verification, MalformedPassword> {
        if !self.takes(password) {
            return Err(MalformedPassword::PasswordTooLong);
        }
        let Some(salt) = self.stored(encoded)? else { return Ok(Verification::Impossible) };
        let again = self.run_with(&self.key(password), &salt);
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

    fn harden_runtime(&self, password: &Secret, encoded: &str) -> Result<(), MalformedPassword> {
        let Some(salt) = self.stored(encoded)? else { return Ok(()) };
        let key = self.key(password);
        let missing = (1_u64 << self.rounds).saturating_sub(salt.work());
        // As many hashes at the stored cost as make up the difference.
        for _ in 0..missing >> salt.rounds {
            std::hint::black_box(self.run_with(&key, &salt));
        }
        Ok(())
    }

    fn cost(&self) -> Cost {
        self.cost_of(&self.discarded_salt())
    }

    fn stored_cost(&self, encoded: &str) -> Result<Option<Cost>, MalformedPassword> {
        Ok(self.stored(encoded)?.map(|salt| self.cost_of(&salt)))
    }
}

/// Version, rounds and bytes of a salt.
struct Salt<'a> {
    version: &'a str,
    rounds: u32,
    bytes: [u8; 16],
}

impl<'a> Salt<'a> {
    fn work(&self) -> u64 {
        1 << self.rounds
    }

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
