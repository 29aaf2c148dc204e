//! The hashers that the configuration describes, for the service and for commands.

use std::{io::Write, num::NonZeroU32, sync::Arc};

use anyhow::Context as _;

pub use crate::django::hashers::{Hashers, Secret, Steps, make_unusable_password};
use crate::{
    accounts::passwords,
    config::{Config, Environment, Misconfigured},
    django::{
        Release,
        hashers::{Argon2Limits, Parameters, has_hasher, identify_algorithm, is_password_usable},
    },
    lanes::Engine,
};

/// The hashers of a configuration, whose first encodes new passwords.
///
/// # Errors
/// When an algorithm is not defined for its parameters.
pub fn hashers(config: &Config) -> anyhow::Result<Arc<Hashers>> {
    hashers_with(config, iterations(config))
}

/// The same, but for the iterations of `pbkdf2_sha256`.
pub(super) fn hashers_with(
    config: &Config,
    iterations: NonZeroU32,
) -> anyhow::Result<Arc<Hashers>> {
    let parameters = Parameters { pbkdf2_sha256: iterations, ..parameters(config) };
    let names = config.django.password_hashers.iter().map(String::as_str);
    let hashers = Hashers::named(names, &parameters)
        .context("django.password_hashers")
        .context(Misconfigured)?;
    Ok(Arc::new(hashers))
}

/// The iterations of `pbkdf2_sha256`.
pub(super) fn iterations(config: &Config) -> NonZeroU32 {
    let written = config.django.pbkdf2_iterations.and_then(NonZeroU32::new);
    written.unwrap_or(Parameters::of(config.django.version()).pbkdf2_sha256)
}

/// What derives best on this processor, or what a test asks for.
pub(super) fn engine() -> anyhow::Result<Engine> {
    let Some(name) = Environment::test_engine() else { return Ok(Engine::detect().clone()) };
    let engine = name.parse().ok().and_then(Engine::only);
    engine.with_context(|| format!("DRF_AUTH_TEST_ENGINE: this processor has no {name:?}"))
}

/// Does the work of all inputs, on all cores, and writes what it gives in the order of the inputs.
///
/// # Errors
/// When `output` cannot be written, or there is no thread to be had.
pub fn in_order<T, I>(
    config: &Config,
    inputs: I,
    size: impl Fn(&T) -> usize + Send + 'static,
    work: impl Fn(T) -> Steps<Vec<u8>> + Send + 'static,
    output: &mut dyn Write,
) -> anyhow::Result<()>
where
    T: 'static,
    I: Iterator<Item = T> + Send + 'static,
{
    let memory = memory(config);
    Ok(passwords::in_order(workers(config), memory, engine()?, inputs, size, work, output)?)
}

/// How many threads hash passwords.
pub(super) fn workers(config: &Config) -> usize {
    match config.passwords.workers {
        0 => std::thread::available_parallelism().map_or(1, usize::from),
        workers => usize::try_from(workers).unwrap_or(usize::MAX),
    }
}

/// Bytes that checks may fill at the same time: as written, else a quarter of what there is.
pub(super) fn memory(config: &Config) -> u64 {
    match config.passwords.memory {
        Some(mebibytes) => u64::from(mebibytes) << 20,
        None => passwords::available_memory() / 4,
    }
}

/// Bytes that one check may fill: with more the kernel would rather end the process than give them.
fn most_memory(config: &Config) -> u64 {
    memory(config).max(passwords::available_memory() / 2)
}

/// A sentence for each hasher that fills more memory than one check may.
pub(super) fn of_memory(config: &Config, hashers: &Hashers) -> impl Iterator<Item = String> {
    let most = most_memory(config);
    let dear = hashers.memory_of_each().enumerate().filter(move |(_, (_, one))| *one > most);
    dear.map(move |(place, (algorithm, one))| {
        let then = if place == 0 {
            "every refusal does so: the kernel may end the process"
        } else {
            "nobody who has one logs in here"
        };
        format!(
            "a password of the hasher {algorithm:?} fills {} MiB, and one check may fill {} MiB (passwords.memory, or \
             half of what this machine or control group has): {then}",
            one >> 20,
            most >> 20,
        )
    })
}

/// A sentence for each configured hasher that the configured Django has not.
pub(super) fn of_other_versions(config: &Config) -> impl Iterator<Item = String> {
    let release = config.django.version();
    config.django.hashers_of_other_versions().map(move |name| {
        format!(
            "Django {release} has no hasher {name:?}: users who have its passwords log in here, and \
             in Django only if the project has such a hasher of its own"
        )
    })
}

/// Why no password can match a stored one, where it is its hasher that is not at hand.
pub fn unsupported(config: &Config, hashers: &Hashers, encoded: &str) -> Option<String> {
    let algorithm = identify_algorithm(encoded);
    let known = hashers.algorithms().any(|known| known == algorithm);
    if known || !is_password_usable(encoded) {
        return None;
    }
    let release = config.django.version();
    if encoded.starts_with("$2") {
        return Some(
            "a bcrypt hash without Django's \"bcrypt$\" before it is not supported".into(),
        );
    }
    let is_django_s = algorithm != encoded
        && [release, Release::V3_2].iter().any(|of| has_hasher(*of, algorithm));
    if !(is_django_s || looks_encoded(algorithm, encoded)) {
        return None;
    }
    Some(if Parameters::of(release).hasher(algorithm).is_err() {
        format!("the hasher {algorithm:?} is not supported")
    } else if has_hasher(release, algorithm) {
        format!("the hasher {algorithm:?} is not among django.password_hashers")
    } else {
        format!("Django {release} has no hasher {algorithm:?}")
    })
}

/// Whether it is what a hasher writes: a plain name first, and a digest last. Anything else may be a
/// password in clear, of which nothing is to be repeated.
fn looks_encoded(algorithm: &str, encoded: &str) -> bool {
    let is_plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_';
    let is_digest = |c: char| c.is_ascii_alphanumeric() || "+/=.-_".contains(c);
    let digest = encoded.rsplit('$').next().unwrap_or_default();
    (1..=40).contains(&algorithm.len())
        && algorithm.chars().all(is_plain)
        && encoded.split('$').count() >= 3
        && digest.len() >= 20
        && digest.chars().all(is_digest)
}

fn parameters(config: &Config) -> Parameters {
    let written = &config.django.hashers;
    let mut parameters = Parameters::of(config.django.version());
    let set = |target: &mut u32, written: Option<u32>| *target = written.unwrap_or(*target);
    let sha1 = written.pbkdf2_sha1_iterations.and_then(NonZeroU32::new);
    parameters.pbkdf2_sha1 = sha1.unwrap_or(parameters.pbkdf2_sha1);
    set(&mut parameters.argon2.time_cost, written.argon2_time_cost);
    set(&mut parameters.argon2.memory_cost, written.argon2_memory_cost);
    set(&mut parameters.argon2.parallelism, written.argon2_parallelism);
    set(&mut parameters.argon2.hash_length, written.argon2_hash_length);
    set(&mut parameters.bcrypt_sha256, written.bcrypt_sha256_rounds);
    set(&mut parameters.bcrypt, written.bcrypt_rounds);
    set(&mut parameters.scrypt.work_factor, written.scrypt_work_factor);
    set(&mut parameters.scrypt.block_size, written.scrypt_block_size);
    set(&mut parameters.scrypt.parallelism, written.scrypt_parallelism);
    set(&mut parameters.scrypt.maxmem, written.scrypt_maxmem);
    parameters.bcrypt_truncates = written.bcrypt_truncates.unwrap_or_default();
    parameters.max_pbkdf2_iterations = written.limits.pbkdf2_iterations;
    parameters.max_bcrypt_rounds = written.limits.bcrypt_rounds;
    parameters.max_argon2 = Argon2Limits {
        memory_cost: written.limits.argon2_memory_cost,
        parallelism: written.limits.argon2_parallelism,
        work: written.limits.argon2_work,
    };
    parameters.max_scrypt_work = written.limits.scrypt_work;
    parameters.max_encoded_length = written.limits.encoded_length;
    parameters.max_memory = most_memory(config);
    parameters
}
