//! `ScryptPasswordHasher` (Django 5.2), within the bounds that OpenSSL sets.

use base64::{Engine as _, engine::general_purpose::STANDARD};

use super::{
    Cost, EncodeError, Hasher, InvalidParameters, MalformedPassword, NoMemory, Secret, Strength,
    Verification, check_salt, encoded::ScryptEncoded, work,
};
use crate::django::{Release, crypto::constant_time_compare};

const ALGORITHM: &str = "scrypt";

/// The attributes of `ScryptPasswordHasher`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ScryptParameters {
    /// `work_factor`: N, a power of two.
    pub work_factor: u32,
    /// `block_size`: r.
    pub block_size: u32,
    /// `parallelism`: p.
    pub parallelism: u32,
    /// `maxmem`: the most bytes of memory; 0 stands for OpenSSL's 32 MiB.
    pub maxmem: u32,
}

impl ScryptParameters {
    /// Those of a release series; 3.2 has no such hasher and gets 4.0's.
    pub const fn of(release: Release) -> Self {
        let parallelism = match release {
            Release::V3_2 | Release::V4_0 | Release::V4_1 | Release::V4_2 | Release::V5_0 => 1,
            Release::V5_1 | Release::V5_2 | Release::V6_0 | Release::V6_1 => 5,
        };
        Self { work_factor: 1 << 14, block_size: 8, parallelism, maxmem: 0 }
    }
}

/// `scrypt`.
#[derive(Clone, Copy, Debug)]
pub struct ScryptPasswordHasher {
    own: Numbers,
    /// Bytes.
    memory: u64,
    limit: u32,
}

/// OpenSSL's `SCRYPT_MAX_MEM`.
const MEMORY: u64 = 32 << 20;

/// The most blocks (N·r·p) of a stored password that are mixed where nothing else is configured:
/// sixteen times those of Django 5.0, three times those of 5.1.
pub const MAX_SCRYPT_WORK: u32 = 16 * (1 << 14) * 8;

impl ScryptPasswordHasher {
    /// A hasher that encodes with these parameters, and works off no stored ones that take more
    /// memory than `maxmem`.
    ///
    /// # Errors
    /// Where OpenSSL would not run with them.
    pub fn new(parameters: ScryptParameters) -> Result<Self, InvalidParameters> {
        let ScryptParameters { work_factor, block_size, parallelism, maxmem } = parameters;
        let memory = if maxmem == 0 { MEMORY } else { u64::from(maxmem) };
        let [n, r, p] = [work_factor, block_size, parallelism].map(i64::from);
        let own = Numbers::new(n, r, p, memory).map_err(|_| InvalidParameters(ALGORITHM))?;
        Ok(Self { own, memory, limit: MAX_SCRYPT_WORK })
    }

    /// Refuses stored passwords with more blocks (N·r·p) than this; its own are never too many.
    #[must_use]
    pub const fn with_limit(self, limit: u32) -> Self {
        Self { limit, ..self }
    }

    /// Numbers and salt of a stored password, `None` where no encoding can give its text.
    fn stored<'a>(
        &self,
        encoded: &'a str,
    ) -> Result<Option<(Numbers, &'a str)>, MalformedPassword> {
        let decoded = ScryptEncoded::parse(encoded)?;
        if decoded.salt.is_empty() {
            return Err(MalformedPassword::EmptySalt);
        }
        // Zero stands for the hasher's own number, which is then written in its place.
        let or = |stored: i64, own: u64| {
            if stored == 0 { i64::try_from(own).unwrap_or(i64::MAX) } else { stored }
        };
        let (n, r, p) = (decoded.n, decoded.r, decoded.p);
        let Self { own, memory, limit } = self;
        let numbers = Numbers::new(or(n, own.n), or(r, own.r), or(p, own.p), *memory)?;
        if numbers.work() > own.work().max(u64::from(*limit)) {
            return Err(MalformedPassword::TooCostly);
        }
        let possible = decoded.is_canonical && n != 0 && r != 0 && p != 0;
        Ok(possible.then_some((numbers, decoded.salt)))
    }
}

impl Hasher for ScryptPasswordHasher {
    fn algorithm(&self) -> &'static str {
        ALGORITHM
    }

    fn encode(&self, password: &Secret, salt: &str) -> Result<String, EncodeError> {
        check_salt(salt)?;
        Ok(self.own.encode(password.hmac_key(), salt)?)
    }

    fn verify(&self, password: &Secret, encoded: &str) -> Result<Verification, MalformedPassword> {
        let Some((numbers, salt)) = self.stored(encoded)? else {
            return Ok(Verification::Impossible);
        };
        let again = numbers.encode(password.hmac_key(), salt)?;
        Ok(constant_time_compare(encoded, &again).into())
    }

    fn must_update(&self, encoded: &str) -> Result<bool, MalformedPassword> {
        let decoded = ScryptEncoded::parse(encoded)?;
        let own = [self.own.n, self.own.r, self.own.p].map(|n| i64::try_from(n).ok());
        Ok([decoded.n, decoded.r, decoded.p].map(Some) != own)
    }

    /// Upstream does nothing here. The missing work is made up by runs over half as many blocks as
    /// the run before, so that what is missing is matched to the last block.
    fn harden_runtime(&self, password: &Secret, encoded: &str) -> Result<(), MalformedPassword> {
        let Some((stored, salt)) = self.stored(encoded)? else { return Ok(()) };
        let Numbers { r, .. } = self.own;
        let mut missing = self.own.work().saturating_sub(stored.work()).div_ceil(r);
        let mut n = self.own.n;
        while missing > 0 && n >= 2 {
            // No run for less than two blocks.
            let p = if n == 2 { missing.div_ceil(n) } else { missing / n };
            if p > 0 {
                std::hint::black_box(Numbers { n, r, p }.encode(password.hmac_key(), salt)?);
            }
            missing = missing.saturating_sub(p.saturating_mul(n));
            n /= 2;
        }
        Ok(())
    }

    fn cost(&self) -> Cost {
        self.own.cost()
    }

    fn stored_cost(&self, encoded: &str) -> Result<Option<Cost>, MalformedPassword> {
        Ok(self.stored(encoded)?.map(|(numbers, _)| numbers.cost()))
    }
}

/// N, r and p within bounds: their products overflow nothing.
#[derive(Clone, Copy, Debug)]
struct Numbers {
    n: u64,
    r: u64,
    p: u64,
}

impl Numbers {
    /// The checks of CPython's `hashlib.scrypt` and OpenSSL's `EVP_PBE_scrypt`.
    fn new(n: i64, r: i64, p: i64, most: u64) -> Result<Self, MalformedPassword> {
        let number = |n: i64| u64::try_from(n).map_err(|_| MalformedPassword::Parameter);
        let (n, r, p) = (number(n)?, number(r)?, number(p)?);
        if n < 2 || !n.is_power_of_two() || r == 0 || p == 0 {
            return Err(MalformedPassword::Parameter);
        }
        if r < 4 && n.ilog2() >= u32::try_from(16 * r).unwrap_or(u32::MAX) {
            return Err(MalformedPassword::Parameter);
        }
        let blocks = p.checked_mul(r).and_then(|blocks| blocks.checked_mul(128));
        let table =
            n.checked_add(2).and_then(|n| n.checked_mul(r)).and_then(|n| n.checked_mul(128));
        let memory = blocks.zip(table).and_then(|(blocks, table)| blocks.checked_add(table));
        if memory.is_none_or(|memory| memory > most) {
            return Err(MalformedPassword::TooCostly);
        }
        Ok(Self { n, r, p })
    }

    fn cost(self) -> Cost {
        let Self { n, r, p } = self;
        Cost {
            kind: format!("{ALGORITHM}${n}${r}${p}"),
            strength: Strength::Adaptive,
            family: ALGORITHM,
            work: self.work(),
            memory: self.memory(),
        }
    }

    fn work(self) -> u64 {
        self.n * self.r * self.p
    }

    /// Bytes: the table, and the blocks.
    fn memory(self) -> u64 {
        128 * self.r * (self.n + 2 + self.p)
    }

    fn encode(self, key: &[u8], salt: &str) -> Result<String, NoMemory> {
        work::done(ALGORITHM, self.work());
        let Self { n, r, p } = self;
        // The crate does not ask before it takes: without memory the process would end.
        let memory = usize::try_from(self.memory()).map_err(|_| NoMemory)?;
        Vec::<u8>::new().try_reserve_exact(memory).map_err(|_| NoMemory)?;
        let mut hash = [0_u8; 64];
        // Numbers within bounds are within these, too, and 64 is a length that scrypt has.
        let log_n = u8::try_from(n.ilog2()).map_err(|_| NoMemory)?;
        let small = |n| u32::try_from(n).map_err(|_| NoMemory);
        let parameters = scrypt::Params::new(log_n, small(r)?, small(p)?).map_err(|_| NoMemory)?;
        scrypt::scrypt(key, salt.as_bytes(), &parameters, &mut hash).map_err(|_| NoMemory)?;
        Ok(format!("{ALGORITHM}${n}${salt}${r}${p}${}", STANDARD.encode(hash)))
    }
}
