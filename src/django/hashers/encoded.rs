//! The formats of stored passwords. Parsing is total: no text makes it panic.

use std::num::NonZeroU32;

use super::MAX_ITERATIONS;

/// Why a stored password cannot be checked. Quotes nothing of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum MalformedPassword {
    /// Fewer parts between `$` than the algorithm has.
    #[error("a part is missing")]
    MissingPart,
    /// The number of iterations is not a positive decimal number as Django writes it.
    #[error("the number of iterations is not one that Django writes")]
    Iterations,
    /// Checking it would cost more than any password of this site should.
    #[error("the number of iterations is above {MAX_ITERATIONS}")]
    TooManyIterations,
    /// The salt is empty.
    #[error("the salt is empty")]
    EmptySalt,
}

/// `pbkdf2_sha256$<iterations>$<salt>$<hash>`, split as `decode()` splits it.
#[derive(Clone, Copy, Debug)]
pub(super) struct Pbkdf2Encoded<'a> {
    pub(super) iterations: NonZeroU32,
    pub(super) salt: &'a str,
}

impl<'a> Pbkdf2Encoded<'a> {
    /// Reads a stored password whose algorithm was already identified.
    ///
    /// Django parses the number with `int()`, which takes ` 1_000 ` and Arabic digits too, and then
    /// never finds the re-encoded string equal. Here they are malformed: refused all the same.
    pub(super) fn parse(encoded: &'a str) -> Result<Self, MalformedPassword> {
        let mut parts = encoded.splitn(4, '$').skip(1);
        let (Some(iterations), Some(salt), Some(_hash)) =
            (parts.next(), parts.next(), parts.next())
        else {
            return Err(MalformedPassword::MissingPart);
        };
        let iterations = parse_iterations(iterations)?;
        if salt.is_empty() {
            return Err(MalformedPassword::EmptySalt);
        }
        Ok(Self { iterations, salt })
    }
}

fn parse_iterations(text: &str) -> Result<NonZeroU32, MalformedPassword> {
    let canonical = !text.is_empty()
        && !text.starts_with('0')
        && text.bytes().all(|byte| byte.is_ascii_digit());
    if !canonical {
        return Err(MalformedPassword::Iterations);
    }
    text.parse()
        .ok()
        .filter(|iterations: &NonZeroU32| iterations.get() <= MAX_ITERATIONS)
        .ok_or(MalformedPassword::TooManyIterations)
}
