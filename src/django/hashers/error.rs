//! Why a stored password cannot be checked, and why a new one cannot be encoded.

/// Why a stored password cannot be checked. Quotes nothing of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum MalformedPassword {
    /// Not the algorithm's number of parts between `$`.
    #[error("it does not have the algorithm's number of parts")]
    Parts,
    /// A part that must be a number is none that Python's `int()` reads.
    #[error("a part that must be a number is none")]
    Number,
    /// A number that the algorithm is not defined for.
    #[error("a number in it is not one that the algorithm takes")]
    Parameter,
    /// The salt is empty.
    #[error("the salt is empty")]
    EmptySalt,
    /// The salt is not written as the algorithm writes it.
    #[error("the salt is not written as the algorithm writes it")]
    Salt,
    /// A character beyond ASCII in a format that has none.
    #[error("a character in it is not ASCII")]
    NotAscii,
    /// No variety of Argon2.
    #[error("it names no variety of Argon2")]
    Variety,
    /// Checking it would cost more than any password of this site should.
    #[error("checking it would cost more than the limit")]
    TooCostly,
    /// Checking it would fill more memory than one check may where this runs.
    #[error("checking it would fill more memory than one check may here")]
    TooMuchMemory,
    /// Longer than any password of this site should be.
    #[error("it is longer than the limit")]
    TooLong,
    /// The stored password is sound, but bcrypt takes no password as long as the one given.
    #[error("bcrypt takes no password longer than 72 bytes, and one was given")]
    PasswordTooLong,
    /// The memory that checking it takes is not there.
    #[error("there is not enough memory to check it")]
    NoMemory,
}

/// The memory that hashing takes is not there, which says nothing of any password.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("there is not enough memory to hash a password")]
pub struct NoMemory;

impl From<NoMemory> for MalformedPassword {
    fn from(_: NoMemory) -> Self {
        Self::NoMemory
    }
}

/// Why a password cannot be encoded.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum EncodeError {
    /// The algorithm is not among the hashers at hand.
    #[error("there is no such hasher among the configured ones")]
    UnknownHasher,
    /// The salt is empty or has a `$` in it.
    #[error("a salt must not be empty and must not contain $")]
    Salt,
    /// A hasher without salt was given one.
    #[error("this hasher takes no salt")]
    SaltGiven,
    /// Argon2's salt is too short.
    #[error("a salt for argon2 has at least 8 bytes")]
    ShortSalt,
    /// bcrypt's salt names version and rounds, too.
    #[error("a salt for bcrypt looks like $2b$12$ with 22 characters of bcrypt's base64 behind it")]
    BcryptSalt,
    /// bcrypt takes no more of a password.
    #[error("bcrypt takes no password longer than 72 bytes")]
    PasswordTooLong,
    /// The memory that encoding takes is not there.
    #[error("there is not enough memory to encode it")]
    NoMemory,
    /// The operating system has no randomness to give.
    #[error("there is no randomness for a salt")]
    NoRandomness,
}

impl From<NoMemory> for EncodeError {
    fn from(_: NoMemory) -> Self {
        Self::NoMemory
    }
}

impl From<getrandom::Error> for EncodeError {
    fn from(_: getrandom::Error) -> Self {
        Self::NoRandomness
    }
}

/// An algorithm is not defined for these parameters.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0} is not defined for these parameters")]
pub struct InvalidParameters(pub(super) &'static str);

/// A name that is none of the algorithms of this module.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum UnknownHasher {
    /// No algorithm has this name.
    #[error("{0:?} is no hasher of Django's that is built here")]
    Name(String),
    /// Its parameters are none.
    #[error(transparent)]
    Parameters(#[from] InvalidParameters),
    /// No name at all.
    #[error("there is no hasher at all")]
    None,
}
