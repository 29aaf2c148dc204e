//! `MD5PasswordHasher` (Django 5.2), and the hashers that Django 5.0 had for the last time:
//! `SHA1PasswordHasher`, `UnsaltedSHA1PasswordHasher`, `UnsaltedMD5PasswordHasher`.

use std::fmt::Write as _;

use md5::Md5;
use sha1::{Digest as _, Sha1};

use super::{
    Cost, DISCARDED_SALT, EncodeError, Hasher, MalformedPassword, NoMemory, Secret, Strength,
    Verification, check_salt, encoded::digest_salt, must_update_salt, work,
};
use crate::django::crypto::constant_time_compare;

/// One pass of a digest over salt and password: as good as no hashing at all. For test settings,
/// and for passwords that wait for their owners' next login.
#[derive(Clone, Copy, Debug)]
pub struct DigestPasswordHasher {
    digest: Digest,
    is_salted: bool,
}

#[derive(Clone, Copy, Debug)]
enum Digest {
    Md5,
    Sha1,
}

impl DigestPasswordHasher {
    /// `md5`: `MD5PasswordHasher`.
    pub const MD5: Self = Self { digest: Digest::Md5, is_salted: true };
    /// `sha1`: `SHA1PasswordHasher` (Django 5.0).
    pub const SHA1: Self = Self { digest: Digest::Sha1, is_salted: true };
    /// `unsalted_sha1`: `UnsaltedSHA1PasswordHasher` (Django 5.0).
    pub const UNSALTED_SHA1: Self = Self { digest: Digest::Sha1, is_salted: false };
    /// `unsalted_md5`: `UnsaltedMD5PasswordHasher` (Django 5.0).
    pub const UNSALTED_MD5: Self = Self { digest: Digest::Md5, is_salted: false };

    fn encode_with(self, password: &[u8], salt: &str) -> String {
        work::done(self.algorithm(), 1);
        let hex = match self.digest {
            Digest::Md5 => hex(&Md5::new().chain_update(salt).chain_update(password).finalize()),
            Digest::Sha1 => hex(&Sha1::new().chain_update(salt).chain_update(password).finalize()),
        };
        match (self.is_salted, self.digest) {
            (true, _) => format!("{}${salt}${hex}", self.algorithm()),
            (false, Digest::Sha1) => format!("sha1$${hex}"),
            (false, Digest::Md5) => hex,
        }
    }

    /// The salt of a stored password, and what encoding anew must give.
    fn stored(self, encoded: &str) -> Result<(&str, &str), MalformedPassword> {
        if self.is_salted {
            let salt = digest_salt(encoded)?;
            return if salt.is_empty() {
                Err(MalformedPassword::EmptySalt)
            } else {
                Ok((salt, encoded))
            };
        }
        // Written with an empty salt by the oldest Djangos.
        let hex = encoded.strip_prefix("md5$$").filter(|hex| hex.chars().count() == 32);
        Ok(("", hex.unwrap_or(encoded)))
    }
}

impl Hasher for DigestPasswordHasher {
    fn algorithm(&self) -> &'static str {
        match (self.is_salted, self.digest) {
            (true, Digest::Md5) => "md5",
            (true, Digest::Sha1) => "sha1",
            (false, Digest::Md5) => "unsalted_md5",
            (false, Digest::Sha1) => "unsalted_sha1",
        }
    }

    fn salt(&self) -> Result<String, getrandom::Error> {
        if self.is_salted { super::new_salt() } else { Ok(String::new()) }
    }

    fn encode(&self, password: &Secret, salt: &str) -> Result<String, EncodeError> {
        if self.is_salted {
            check_salt(salt)?;
        } else if !salt.is_empty() {
            return Err(EncodeError::SaltGiven);
        }
        Ok(self.encode_with(password, salt))
    }

    fn run(&self, password: &Secret) -> Result<(), NoMemory> {
        std::hint::black_box(
            self.encode_with(password, if self.is_salted { DISCARDED_SALT } else { "" }),
        );
        Ok(())
    }

    fn verify(&self, password: &Secret, encoded: &str) -> Result<Verification, MalformedPassword> {
        let (salt, encoded) = self.stored(encoded)?;
        let again = self.encode_with(password, salt);
        Ok(constant_time_compare(encoded, &again).into())
    }

    fn must_update(&self, encoded: &str) -> Result<bool, MalformedPassword> {
        if self.is_salted { digest_salt(encoded).map(must_update_salt) } else { Ok(false) }
    }

    fn harden_runtime(&self, _password: &Secret, _encoded: &str) -> Result<(), MalformedPassword> {
        Ok(())
    }

    fn cost(&self) -> Cost {
        Cost {
            kind: self.algorithm().to_owned(),
            strength: if self.is_salted { Strength::Salted } else { Strength::Unsalted },
            family: self.algorithm(),
            work: 1,
            memory: 0,
        }
    }

    fn stored_cost(&self, encoded: &str) -> Result<Option<Cost>, MalformedPassword> {
        self.stored(encoded).map(|_| Some(self.cost()))
    }
}

pub(super) fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::with_capacity(2 * bytes.len()), |mut hex, byte| {
        // Writing to a String cannot fail.
        let _ = write!(hex, "{byte:02x}");
        hex
    })
}
