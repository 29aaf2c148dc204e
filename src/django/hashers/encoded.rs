//! The formats of stored passwords that `decode()` splits at `$`. Parsing is total: no text makes
//! it panic, and nothing is allocated in proportion to what a text says.

use super::{
    MalformedPassword,
    integer::{int, is_canonical},
};

/// `pbkdf2_sha256$<iterations>$<salt>$<hash>`, split as `decode()` splits it.
#[derive(Clone, Copy, Debug)]
pub(super) struct Pbkdf2Encoded<'a> {
    pub(super) iterations: i64,
    pub(super) salt: &'a str,
    /// Whether encoding anew could ever give the same text: the number stands as Django writes it.
    pub(super) is_canonical: bool,
}

impl<'a> Pbkdf2Encoded<'a> {
    /// Reads a stored password whose algorithm was already identified.
    pub(super) fn parse(encoded: &'a str) -> Result<Self, MalformedPassword> {
        let mut parts = encoded.splitn(4, '$');
        let (Some(_), Some(iterations), Some(salt), Some(_)) =
            (parts.next(), parts.next(), parts.next(), parts.next())
        else {
            return Err(MalformedPassword::Parts);
        };
        let is_canonical = is_canonical(iterations);
        let iterations = int(iterations).ok_or(MalformedPassword::Number)?;
        Ok(Self { iterations, salt, is_canonical })
    }
}

/// `scrypt$<n>$<salt>$<r>$<p>$<hash>`.
#[derive(Clone, Copy, Debug)]
pub(super) struct ScryptEncoded<'a> {
    pub(super) n: i64,
    pub(super) r: i64,
    pub(super) p: i64,
    pub(super) salt: &'a str,
    pub(super) is_canonical: bool,
}

impl<'a> ScryptEncoded<'a> {
    pub(super) fn parse(encoded: &'a str) -> Result<Self, MalformedPassword> {
        let mut parts = encoded.split('$').skip(1);
        let (Some(n), Some(salt), Some(r), Some(p), Some(_), None) =
            (parts.next(), parts.next(), parts.next(), parts.next(), parts.next(), parts.next())
        else {
            return Err(MalformedPassword::Parts);
        };
        let number = |text| int(text).ok_or(MalformedPassword::Number);
        Ok(Self {
            n: number(n)?,
            r: number(r)?,
            p: number(p)?,
            salt,
            is_canonical: [n, r, p].into_iter().all(is_canonical),
        })
    }
}

/// `md5$<salt>$<hash>`: the salt.
pub(super) fn digest_salt(encoded: &str) -> Result<&str, MalformedPassword> {
    let mut parts = encoded.splitn(3, '$').skip(1);
    match (parts.next(), parts.next()) {
        (Some(salt), Some(_)) => Ok(salt),
        _ => Err(MalformedPassword::Parts),
    }
}
