//! What settings.py says of password hashers: which ones, and what a project's own subclasses of
//! Django's change. And how much a stored password may cost to check.

use std::collections::BTreeSet;

use super::{
    error::{Problem, quote},
    reader::Reader,
    suggest::listed,
    value::{self, Value, boolean, integer},
};
use crate::django::{Release, hashers};

/// The algorithms that this program computes, with the end of their dotted path in Django.
const BUILT: &[(&str, &str)] = &[
    ("pbkdf2_sha256", "PBKDF2PasswordHasher"),
    ("pbkdf2_sha1", "PBKDF2SHA1PasswordHasher"),
    ("argon2", "Argon2PasswordHasher"),
    ("bcrypt_sha256", "BCryptSHA256PasswordHasher"),
    ("bcrypt", "BCryptPasswordHasher"),
    ("scrypt", "ScryptPasswordHasher"),
    ("md5", "MD5PasswordHasher"),
    ("sha1", "SHA1PasswordHasher"),
    ("unsalted_sha1", "UnsaltedSHA1PasswordHasher"),
    ("unsalted_md5", "UnsaltedMD5PasswordHasher"),
];

/// Where Django's own hashers live.
const DJANGO_S: &str = "django.contrib.auth.hashers.";

/// The most iterations that may be configured.
const MOST_ITERATIONS: u32 = 100_000_000;

/// The most blocks of argon2 or scrypt that may be configured.
const MOST_BLOCKS: u32 = 1 << 30;

/// What a project's own subclasses of Django's hashers say otherwise. `None` is the version's.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct HasherParameters {
    /// `django.pbkdf2_sha1_iterations`: the iterations of `pbkdf2_sha1`.
    ///
    /// Unit: iterations, 1 to 10,000,000. Default: those of `version`.
    /// In settings.py: `iterations` of a subclass of `PBKDF2SHA1PasswordHasher`.
    pub pbkdf2_sha1_iterations: Option<u32>,
    /// `django.argon2_time_cost`: passes over the memory.
    ///
    /// Unit: passes, 1 to 1000. Default: 2.
    /// In settings.py: `time_cost` of a subclass of `Argon2PasswordHasher`.
    pub argon2_time_cost: Option<u32>,
    /// `django.argon2_memory_cost`: memory of one password.
    ///
    /// Unit: KiB, 8 to 4,194,304. Default: 102,400.
    /// In settings.py: `memory_cost` of a subclass of `Argon2PasswordHasher`.
    pub argon2_memory_cost: Option<u32>,
    /// `django.argon2_parallelism`: lanes.
    ///
    /// Unit: lanes, 1 to 256. Default: 8.
    /// In settings.py: `parallelism` of a subclass of `Argon2PasswordHasher`.
    pub argon2_parallelism: Option<u32>,
    /// `django.argon2_hash_length`: the length of a new hash.
    ///
    /// Unit: bytes, 4 to 64. Default: 32. In settings.py: nothing; `argon2.DEFAULT_HASH_LENGTH`,
    /// which is 16 before argon2-cffi 21.2.
    pub argon2_hash_length: Option<u32>,
    /// `django.bcrypt_sha256_rounds`: the work factor of `bcrypt_sha256`.
    ///
    /// Unit: the logarithm of the rounds, 4 to 31. Default: 12.
    /// In settings.py: `rounds` of a subclass of `BCryptSHA256PasswordHasher`.
    pub bcrypt_sha256_rounds: Option<u32>,
    /// `django.bcrypt_rounds`: the work factor of `bcrypt`.
    ///
    /// Unit: the logarithm of the rounds, 4 to 31. Default: 12.
    /// In settings.py: `rounds` of a subclass of `BCryptPasswordHasher`.
    pub bcrypt_rounds: Option<u32>,
    /// `django.bcrypt_truncates`: whether `bcrypt` takes the first 72 bytes of a longer password,
    /// where it is refused otherwise.
    ///
    /// Unit: none. Default: false. In settings.py: nothing; true of the Python package `bcrypt`
    /// before 5.0, which raises since then.
    pub bcrypt_truncates: Option<bool>,
    /// `django.scrypt_work_factor`: N.
    ///
    /// Unit: a power of two, 2 to 1,048,576. Default: 16,384.
    /// In settings.py: `work_factor` of a subclass of `ScryptPasswordHasher`.
    pub scrypt_work_factor: Option<u32>,
    /// `django.scrypt_block_size`: r.
    ///
    /// Unit: blocks, 1 to 1024. Default: 8.
    /// In settings.py: `block_size` of a subclass of `ScryptPasswordHasher`.
    pub scrypt_block_size: Option<u32>,
    /// `django.scrypt_parallelism`: p.
    ///
    /// Unit: 1 to 256. Default: 5, and 1 up to Django 5.0.
    /// In settings.py: `parallelism` of a subclass of `ScryptPasswordHasher`.
    pub scrypt_parallelism: Option<u32>,
    /// `django.scrypt_maxmem`: the most memory that scrypt may take, for stored passwords, too.
    ///
    /// Unit: bytes, 0 to 1,073,741,824; 0 stands for OpenSSL's 33,554,432. Default: 0.
    /// In settings.py: `maxmem` of a subclass of `ScryptPasswordHasher`.
    pub scrypt_maxmem: Option<u32>,
    /// `[hash_limits]`.
    pub limits: HashLimits,
}

/// `[hash_limits]`: how much a stored password may cost to check; one that costs more is refused.
///
/// The hashers' own parameters are never too many. In settings.py: nothing, Django has no limits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct HashLimits {
    /// The longest stored password that is looked at.
    ///
    /// Unit: bytes, 256 to 65,536. Default: 1024.
    pub encoded_length: u32,
    /// The most iterations of a stored `pbkdf2_…`.
    ///
    /// Unit: iterations, 1 to 100,000,000. Default: 10,000,000.
    pub pbkdf2_iterations: u32,
    /// The most memory of a stored `argon2`.
    ///
    /// Unit: KiB, 8 to 4,194,304. Default: 262,144.
    pub argon2_memory_cost: u32,
    /// The most lanes of a stored `argon2`.
    ///
    /// Unit: lanes, 1 to 256. Default: 16.
    pub argon2_parallelism: u32,
    /// The most memory that a stored `argon2` fills in all its passes.
    ///
    /// Unit: KiB times passes, 8 to 1,073,741,824. Default: 1,048,576.
    pub argon2_work: u32,
    /// The highest work factor of a stored `bcrypt…`.
    ///
    /// Unit: the logarithm of the rounds, 4 to 31. Default: 15.
    pub bcrypt_rounds: u32,
    /// The most blocks of a stored `scrypt`. Its memory is bounded by `django.scrypt_maxmem`.
    ///
    /// Unit: N times r times p, 2 to 1,073,741,824. Default: 2,097,152.
    pub scrypt_work: u32,
}

impl Default for HashLimits {
    fn default() -> Self {
        let argon2 = hashers::Argon2Limits::default();
        Self {
            encoded_length: hashers::MAX_ENCODED_LENGTH,
            pbkdf2_iterations: hashers::MAX_ITERATIONS,
            argon2_memory_cost: argon2.memory_cost,
            argon2_parallelism: argon2.parallelism,
            argon2_work: argon2.work,
            bcrypt_rounds: hashers::MAX_ROUNDS,
            scrypt_work: hashers::MAX_SCRYPT_WORK,
        }
    }
}

impl HasherParameters {
    pub(super) fn read(reader: &mut Reader) -> Self {
        let mut number = |key, range| reader.read(key, |v| integer(v, &range));
        let mut read = Self {
            pbkdf2_sha1_iterations: number("django.pbkdf2_sha1_iterations", 1..=10_000_000),
            argon2_time_cost: number("django.argon2_time_cost", 1..=1000),
            argon2_memory_cost: number("django.argon2_memory_cost", 8..=4 << 20),
            argon2_parallelism: number("django.argon2_parallelism", 1..=256),
            argon2_hash_length: number("django.argon2_hash_length", 4..=64),
            bcrypt_sha256_rounds: number("django.bcrypt_sha256_rounds", 4..=31),
            bcrypt_rounds: number("django.bcrypt_rounds", 4..=31),
            scrypt_work_factor: number("django.scrypt_work_factor", 2..=1 << 20),
            scrypt_block_size: number("django.scrypt_block_size", 1..=1024),
            scrypt_parallelism: number("django.scrypt_parallelism", 1..=256),
            scrypt_maxmem: number("django.scrypt_maxmem", 0..=1 << 30),
            bcrypt_truncates: None,
            limits: HashLimits::default(),
        };
        read.bcrypt_truncates = reader.read("django.bcrypt_truncates", boolean);
        read.limits = HashLimits::read(reader);
        read
    }
}

impl HashLimits {
    fn read(reader: &mut Reader) -> Self {
        let mut read = Self::default();
        let mut set = |target, key, range| reader.set(target, key, |v| integer(v, &range));
        set(&mut read.encoded_length, "hash_limits.encoded_length", 256..=1 << 16);
        set(&mut read.pbkdf2_iterations, "hash_limits.pbkdf2_iterations", 1..=MOST_ITERATIONS);
        set(&mut read.argon2_memory_cost, "hash_limits.argon2_memory_cost", 8..=4 << 20);
        set(&mut read.argon2_parallelism, "hash_limits.argon2_parallelism", 1..=256);
        set(&mut read.argon2_work, "hash_limits.argon2_work", 8..=MOST_BLOCKS);
        set(&mut read.bcrypt_rounds, "hash_limits.bcrypt_rounds", 4..=31);
        set(&mut read.scrypt_work, "hash_limits.scrypt_work", 2..=MOST_BLOCKS);
        read
    }
}

/// `PASSWORD_HASHERS` of a project of this version that does not set it.
pub(super) fn default_hashers(version: Release) -> Vec<String> {
    hashers::default_hashers(version).iter().map(|&name| name.to_owned()).collect()
}

/// The algorithms of a list, all of them built. Whether a version has them is another question: a project
/// may have copied a hasher that Django gave up.
pub(super) fn password_hashers(value: &Value) -> Result<Vec<String>, Problem> {
    let names = value::list(value)?;
    if names.is_empty() {
        return Err(Problem::new("names no hasher", advice()));
    }
    let mut seen = BTreeSet::new();
    for name in &names {
        if !BUILT.iter().any(|(algorithm, _)| algorithm == name) {
            return Err(not_built(name));
        }
        if !seen.insert(name) {
            return Err(Problem::new(format!("{} is named twice", quote(name)), "name it once"));
        }
    }
    Ok(names)
}

fn not_built(name: &str) -> Problem {
    let class = name.strip_prefix(DJANGO_S).unwrap_or(name);
    if let Some((algorithm, _)) = BUILT.iter().find(|(_, known)| *known == class) {
        let wrong = format!("{} is a class, hashers are named by algorithm here", quote(name));
        return Problem::new(wrong, format!("write {algorithm:?}"));
    }
    if matches!(class, "crypt" | "CryptPasswordHasher") {
        return Problem::new(
            format!("{} is not supported: it needs the C library's crypt()", quote(name)),
            "leave it out; its users log in through Django, which then stores another hash",
        );
    }
    if name.contains('.') {
        return Problem::new(
            format!("{} is not one of Django's own hashers, others are not supported", quote(name)),
            "leave it out; its users log in through Django alone. Where it only changes a number of \
             one of Django's, name that algorithm and write the number, e.g. pbkdf2_iterations",
        );
    }
    Problem::new(format!("{} is no hasher of Django's", quote(name)), advice())
}

fn advice() -> String {
    let names: Vec<&str> = BUILT.iter().map(|(algorithm, _)| *algorithm).collect();
    format!("write a list of {}", listed(&names))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn list(items: &[&str]) -> Value {
        Value::List(items.iter().map(|&item| Value::Text(item.into())).collect())
    }

    #[test]
    fn hashers_are_named_by_algorithm() {
        let all: Vec<&str> = BUILT.iter().map(|(algorithm, _)| *algorithm).collect();
        assert_eq!(password_hashers(&list(&all)).unwrap(), all);
        for (names, part) in [
            (&["django.contrib.auth.hashers.PBKDF2PasswordHasher"][..], "write \"pbkdf2_sha256\""),
            (&["BCryptSHA256PasswordHasher"], "write \"bcrypt_sha256\""),
            (&["argon3"], "is no hasher of Django's"),
            (&["argon2", "crypt"], "needs the C library's crypt()"),
            (&["accounts.hashers.PBKDF2WrappedMD5PasswordHasher"], "is not one of Django's own"),
            (&["accounts.hashers.PBKDF2PasswordHasher"], "is not one of Django's own"),
            (&["pbkdf2_sha256", "pbkdf2_sha256"], "is named twice"),
            (&[], "names no hasher"),
        ] {
            let shown = password_hashers(&list(names)).unwrap_err().to_string();
            assert!(shown.contains(part), "{names:?}: {shown}");
        }
    }

    #[test]
    fn each_version_has_its_own() {
        assert_eq!(default_hashers(Release::V3_2).len(), 4);
        assert_eq!(default_hashers(Release::V6_1).len(), 5);
    }
}
