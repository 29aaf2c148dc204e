//! `Argon2PasswordHasher` (Django 5.2), over what the Python package `argon2-cffi` (25.1) reads.

mod phc;

use ::argon2::{Algorithm, Argon2, Params, Version};
use base64::{Engine as _, engine::general_purpose::STANDARD_NO_PAD};
use subtle::ConstantTimeEq as _;

use self::phc::{Decoded, Phc};
use super::{
    EncodeError, Hasher, InvalidParameters, MalformedPassword, Strength, Verification,
    must_update_salt_length, work,
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
    /// Passes.
    pub time_cost: u32,
    /// KiB; passes times KiB may be four times as many.
    pub memory_cost: u32,
    /// Lanes.
    pub parallelism: u32,
}

impl Default for Argon2Limits {
    fn default() -> Self {
        Self { time_cost: 10, memory_cost: 256 << 10, parallelism: 16 }
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
struct Cost {
    time: u32,
    memory: u32,
    lanes: u32,
}

impl Cost {
    /// Blocks that are filled.
    fn work(self) -> u64 {
        // Each lane has four segments of the same length.
        let segments = self.lanes.saturating_mul(4).max(1);
        u64::from(self.memory / segments * segments) * u64::from(self.time)
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
            time_cost: limits.time_cost.max(own.time_cost),
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

    fn cost(&self) -> Cost {
        let Argon2Parameters { time_cost: time, memory_cost: memory, parallelism: lanes, .. } =
            self.own;
        Cost { time, memory, lanes }
    }

    /// A stored password as the package reads it, `None` where it verifies nothing.
    fn stored(&self, encoded: &str) -> Result<Option<Phc>, MalformedPassword> {
        let Some(phc) = Phc::parse(encoded)? else { return Ok(None) };
        let Cost { time, memory, lanes } = phc.cost;
        let Argon2Limits { time_cost, memory_cost, parallelism } = self.limits;
        let work = u64::from(memory) * u64::from(time);
        let most = (u64::from(memory_cost) * 4).max(self.cost().work());
        if time > time_cost || memory > memory_cost || lanes > parallelism || work > most {
            return Err(MalformedPassword::TooCostly);
        }
        Ok(Some(phc))
    }

    fn id(&self, password: &[u8], salt: &[u8]) -> Result<String, EncodeError> {
        let mut hash = vec![0; usize::try_from(self.own.hash_length).unwrap_or_default()];
        let cost = self.cost();
        fill(Algorithm::Argon2id, Version::V0x13, cost, password, salt, &mut hash)
            .map_err(|_| EncodeError::NoMemory)?;
        let Cost { time, memory, lanes } = cost;
        let (salt, hash) = (STANDARD_NO_PAD.encode(salt), STANDARD_NO_PAD.encode(hash));
        Ok(format!("{ALGORITHM}$argon2id$v=19$m={memory},t={time},p={lanes}${salt}${hash}"))
    }
}

/// Runs Argon2, its parameters within bounds.
fn fill(
    algorithm: Algorithm,
    version: Version,
    cost: Cost,
    password: &[u8],
    salt: &[u8],
    hash: &mut [u8],
) -> Result<(), ::argon2::Error> {
    work::done(ALGORITHM, cost.work());
    let parameters = Params::new(cost.memory, cost.time, cost.lanes, Some(hash.len()))?;
    Argon2::new(algorithm, version, parameters).hash_password_into(password, salt, hash)
}

impl Hasher for Argon2PasswordHasher {
    fn algorithm(&self) -> &'static str {
        ALGORITHM
    }

    fn encode(&self, password: &[u8], salt: &str) -> Result<String, EncodeError> {
        // Upstream does not look for `$` here: the salt stands in base64.
        if salt.len() < ::argon2::MIN_SALT_LEN {
            return Err(EncodeError::ShortSalt);
        }
        self.id(password, salt.as_bytes())
    }

    fn verify(&self, password: &[u8], encoded: &str) -> Result<Verification, MalformedPassword> {
        let Some(Phc { algorithm, version, cost, salt, hash }) = self.stored(encoded)? else {
            return Ok(Verification::Impossible);
        };
        let mut again = vec![0; hash.len()];
        match fill(algorithm, version, cost, password, &salt, &mut again) {
            Ok(()) => Ok(bool::from(again.ct_eq(&hash)).into()),
            Err(_) => Err(MalformedPassword::NoMemory),
        }
    }

    fn must_update(&self, encoded: &str) -> Result<bool, MalformedPassword> {
        let decoded = Decoded::parse(encoded, self.own.is_strict)?;
        let Cost { time, memory, lanes } = self.cost();
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
    fn harden_runtime(&self, password: &[u8], encoded: &str) -> Result<(), MalformedPassword> {
        let Some(stored) = self.stored(encoded)? else { return Ok(()) };
        let missing = self.cost().work().saturating_sub(stored.cost.work());
        if missing == 0 {
            return Ok(());
        }
        let time = missing.div_ceil(u64::from(self.own.memory_cost));
        let memory = missing.div_ceil(time).next_multiple_of(4).max(8);
        let narrow = |n| u32::try_from(n).unwrap_or(u32::MAX);
        let cost = Cost { time: narrow(time), memory: narrow(memory), lanes: 1 };
        let mut hash = [0; 32];
        let run =
            fill(Algorithm::Argon2id, Version::V0x13, cost, password, &stored.salt, &mut hash);
        std::hint::black_box(hash);
        run.map_err(|_| MalformedPassword::NoMemory)
    }

    fn memory(&self, encoded: Option<&str>) -> u64 {
        let kibibytes = match encoded.map(|encoded| self.stored(encoded)) {
            None => self.own.memory_cost,
            Some(Ok(Some(stored))) => stored.cost.memory,
            Some(Ok(None) | Err(_)) => 0,
        };
        u64::from(kibibytes) << 10
    }

    fn would_lower_cost(&self, encoded: &str) -> bool {
        let Ok(Some(Phc { cost, .. })) = self.stored(encoded) else { return false };
        cost.work() > self.cost().work() || cost.memory > self.own.memory_cost
    }

    fn strength(&self) -> Strength {
        Strength::Adaptive
    }
}
