//! `Argon2PasswordHasher` (Django 5.2), over what the Python package `argon2-cffi` (25.1) reads.

mod phc;

use ::argon2::{Algorithm, Argon2, Params, Version};
use base64::{Engine as _, engine::general_purpose::STANDARD_NO_PAD};
use subtle::ConstantTimeEq as _;

use self::phc::{Decoded, Phc};
use super::{
    Cost, EncodeError, Hasher, InvalidParameters, MalformedPassword, NoMemory, Secret, Strength,
    Verification, must_update_salt_length, work,
};
use crate::django::Release;

const ALGORITHM: &str = "argon2";

/// The attributes of `Argon2PasswordHasher`, the same in every release, and argon2-cffi's
/// `DEFAULT_HASH_LENGTH`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Argon2Parameters {
    /// `time_cost`: passes over the memory.
    pub time_cost: u32,
    /// `memory_cost`, in KiB.
    pub memory_cost: u32,
    /// `parallelism`: lanes. They are worked off one after the other.
    pub parallelism: u32,
    /// Bytes of a new hash; 16 before argon2-cffi 21.2.
    pub hash_length: u32,
    /// Whether the salt's base64 is read strictly by `must_update()`, as from Django 6.1 on.
    pub is_strict: bool,
}

impl Argon2Parameters {
    /// Those of a release series.
    pub fn of(release: Release) -> Self {
        Self {
            time_cost: 2,
            memory_cost: 102_400,
            parallelism: 8,
            hash_length: 32,
            is_strict: release >= Release::V6_1,
        }
    }
}

/// How much a stored password of this algorithm may cost.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Argon2Limits {
    /// KiB.
    pub memory_cost: u32,
    /// Lanes.
    pub parallelism: u32,
    /// KiB that are filled in all passes: many passes over little memory are no more than few over
    /// much.
    pub work: u32,
}

impl Default for Argon2Limits {
    fn default() -> Self {
        Self { memory_cost: 256 << 10, parallelism: 16, work: 1 << 20 }
    }
}

/// `argon2`: encodes Argon2id, verifies Argon2i and Argon2d, too.
#[derive(Clone, Copy, Debug)]
pub struct Argon2PasswordHasher {
    own: Argon2Parameters,
    limits: Argon2Limits,
}

/// Passes, KiB and lanes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Numbers {
    time: u32,
    memory: u32,
    lanes: u32,
}

impl Numbers {
    /// Blocks that are filled.
    fn work(self) -> u64 {
        // Each lane has four segments of the same length.
        let segments = self.lanes.saturating_mul(4).max(1);
        u64::from(self.memory / segments * segments) * u64::from(self.time)
    }

    /// What stands before salt and hash.
    fn kind(self, algorithm: Algorithm, version: Version) -> String {
        let Self { time, memory, lanes } = self;
        let version = u32::from(version);
        format!("{ALGORITHM}${algorithm}$v={version}$m={memory},t={time},p={lanes}")
    }

    fn cost(self, algorithm: Algorithm, version: Version) -> Cost {
        Cost {
            kind: self.kind(algorithm, version),
            strength: Strength::Adaptive,
            family: ALGORITHM,
            work: self.work(),
            memory: u64::from(self.memory) << 10,
        }
    }
}

impl Argon2PasswordHasher {
    /// A hasher that encodes with these parameters, and works off no stored ones beyond the limits;
    /// its own are never too many.
    ///
    /// # Errors
    /// Where Argon2 is not defined for them.
    pub fn new(own: Argon2Parameters, limits: Argon2Limits) -> Result<Self, InvalidParameters> {
        let limits = Argon2Limits {
            work: limits.work,
            memory_cost: limits.memory_cost.max(own.memory_cost),
            parallelism: limits.parallelism.max(own.parallelism),
        };
        let hasher = Self { own, limits };
        let length = usize::try_from(own.hash_length).unwrap_or(usize::MAX);
        // A product that overflows is no cost that a machine bears.
        let sound = own.parallelism <= 1024 && length <= 512;
        if sound
            && Params::new(own.memory_cost, own.time_cost, own.parallelism, Some(length)).is_ok()
        {
            Ok(hasher)
        } else {
            Err(InvalidParameters(ALGORITHM))
        }
    }

    fn numbers(&self) -> Numbers {
        let Argon2Parameters { time_cost: time, memory_cost: memory, parallelism: lanes, .. } =
            self.own;
        Numbers { time, memory, lanes }
    }

    /// A stored password as the package reads it, `None` where it verifies nothing.
    fn stored(&self, encoded: &str) -> Result<Option<Phc>, MalformedPassword> {
        let Some(phc) = Phc::parse(encoded)? else { return Ok(None) };
        let Numbers { memory, lanes, .. } = phc.numbers;
        let Argon2Limits { memory_cost, parallelism, work } = self.limits;
        let most = u64::from(work).max(self.numbers().work());
        if memory > memory_cost || lanes > parallelism || phc.numbers.work() > most {
            return Err(MalformedPassword::TooCostly);
        }
        Ok(Some(phc))
    }

    fn id(&self, password: &Secret, salt: &[u8]) -> Result<String, EncodeError> {
        let mut hash = vec![0; usize::try_from(self.own.hash_length).unwrap_or_default()];
        let numbers = self.numbers();
        fill(Algorithm::Argon2id, Version::V0x13, numbers, password, salt, &mut hash)?;
        let kind = numbers.kind(Algorithm::Argon2id, Version::V0x13);
        let (salt, hash) = (STANDARD_NO_PAD.encode(salt), STANDARD_NO_PAD.encode(hash));
        Ok(format!("{kind}${salt}${hash}"))
    }
}

/// Runs Argon2, its parameters within bounds.
fn fill(
    algorithm: Algorithm,
    version: Version,
    numbers: Numbers,
    password: &[u8],
    salt: &[u8],
    hash: &mut [u8],
) -> Result<(), NoMemory> {
    work::done(ALGORITHM, numbers.work());
    let Numbers { time, memory, lanes } = numbers;
    Params::new(memory, time, lanes, Some(hash.len()))
        .and_then(|parameters| {
            Argon2::new(algorithm, version, parameters).hash_password_into(password, salt, hash)
        })
        // Within bounds nothing else goes wrong.
        .map_err(|_| NoMemory)
}

impl Hasher for Argon2PasswordHasher {
    fn algorithm(&self) -> &'static str {
        ALGORITHM
    }

    fn encode(&self, password: &Secret, salt: &str) -> Result<String, EncodeError> {
        // Upstream does not look for `$` here: the salt stands in base64.
        if salt.len() < ::argon2::MIN_SALT_LEN {
            return Err(EncodeError::ShortSalt);
        }
        self.id(password, salt.as_bytes())
    }

    fn verify(&self, password: &Secret, encoded: &str) -> Result<Verification, MalformedPassword> {
        let Some(Phc { algorithm, version, numbers, salt, hash }) = self.stored(encoded)? else {
            return Ok(Verification::Impossible);
        };
        let mut again = vec![0; hash.len()];
        fill(algorithm, version, numbers, password, &salt, &mut again)?;
        Ok(bool::from(again.ct_eq(&hash)).into())
    }

    fn must_update(&self, encoded: &str) -> Result<bool, MalformedPassword> {
        let decoded = Decoded::parse(encoded, self.own.is_strict)?;
        let Numbers { time, memory, lanes } = self.numbers();
        let current = decoded.is_id
            && decoded.version == 19
            && decoded.time == i64::from(time)
            && decoded.memory == i64::from(memory)
            && decoded.lanes == i64::from(lanes)
            && decoded.hash_length == usize::try_from(self.own.hash_length).unwrap_or_default();
        Ok(!current || must_update_salt_length(decoded.salt_length))
    }

    /// Upstream does nothing here. What is missing is a run with as many passes as the missing
    /// blocks need in no more memory than the hasher's own.
    fn harden_runtime(&self, _password: &Secret, encoded: &str) -> Result<(), MalformedPassword> {
        let Some(stored) = self.stored(encoded)? else { return Ok(()) };
        let missing = self.numbers().work().saturating_sub(stored.numbers.work());
        if missing == 0 {
            return Ok(());
        }
        let time = missing.div_ceil(u64::from(self.own.memory_cost));
        let memory = missing.div_ceil(time).next_multiple_of(4).max(8);
        let narrow = |n| u32::try_from(n).unwrap_or(u32::MAX);
        let numbers = Numbers { time: narrow(time), memory: narrow(memory), lanes: 1 };
        let mut hash = [0; 32];
        // Over no password: to digest a long one again would tell of this run.
        fill(Algorithm::Argon2id, Version::V0x13, numbers, &[], &stored.salt, &mut hash)?;
        std::hint::black_box(hash);
        Ok(())
    }

    fn cost(&self) -> Cost {
        self.numbers().cost(Algorithm::Argon2id, Version::V0x13)
    }

    fn stored_cost(&self, encoded: &str) -> Result<Option<Cost>, MalformedPassword> {
        let stored = self.stored(encoded)?;
        Ok(stored.map(|Phc { algorithm, version, numbers, .. }| numbers.cost(algorithm, version)))
    }
}
