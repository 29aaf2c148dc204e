//! The domain words: who a user is, what a token is, what someone claims to know.

#[cfg(feature = "server")]
pub mod admin;
pub mod attempt;
pub mod authenticator;
pub mod grants;
pub mod inspection;
pub mod keyword;
pub mod passwords;
pub mod refusal_floor;
pub mod sample;
pub mod store;
pub mod verify;

use std::fmt;

use crate::django::hashers::{MAX_ENCODED_LENGTH, Secret};

/// The primary key of a user, as the user table holds it.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum UserId {
    /// `AutoField`, `BigAutoField` and every other integer key.
    Int(i64),
    /// `UUIDField` (in the engine's own text form) and character keys.
    Text(String),
}

impl fmt::Display for UserId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Int(id) => id.fmt(f),
            Self::Text(id) => id.fmt(f),
        }
    }
}

impl From<i64> for UserId {
    fn from(id: i64) -> Self {
        Self::Int(id)
    }
}

/// A token's key, as its row holds it: 40 lower-case hexadecimal characters where DRF made it.
///
/// `Debug` never shows it.
#[derive(Clone, PartialEq, Eq)]
pub struct TokenKey(String);

impl TokenKey {
    /// Wraps a key read from a row, or made by [`TokenKey::generate`].
    pub fn new(key: impl Into<String>) -> Self {
        Self(key.into())
    }

    /// Digits of the keys that DRF makes.
    pub const LENGTH: u8 = 40;

    /// Makes a key as `Token.generate_key` does (DRF 3.18): 20 random bytes in lower-case hex.
    ///
    /// # Errors
    /// When the operating system has no randomness to give.
    pub fn generate() -> Result<Self, getrandom::Error> {
        Self::generate_of(Self::LENGTH)
    }

    /// Makes a key of so many lower-case hexadecimal digits.
    ///
    /// # Errors
    /// When the operating system has no randomness to give.
    pub fn generate_of(digits: u8) -> Result<Self, getrandom::Error> {
        use fmt::Write as _;

        let mut bytes = vec![0_u8; usize::from(digits).div_ceil(2)];
        getrandom::fill(&mut bytes)?;
        let mut key = String::with_capacity(bytes.len() * 2);
        for byte in bytes {
            // Writing to a String cannot fail.
            let _ = write!(key, "{byte:02x}");
        }
        key.truncate(usize::from(digits));
        Ok(Self(key))
    }

    /// The key in clear, for the answer to its owner and for SQL.
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for TokenKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("TokenKey(…)")
    }
}

/// A password as someone typed it. `Debug` never shows it; its memory is wiped on drop.
#[derive(Clone)]
pub struct Password(Secret);

impl Password {
    /// Wraps a password.
    pub fn new(password: String) -> Self {
        Self(Secret::new(password.into_bytes()))
    }

    /// The password in clear, for hashing.
    pub fn expose(&self) -> &Secret {
        &self.0
    }
}

impl fmt::Debug for Password {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Password(…)")
    }
}

/// The text of a user row's password column. `Debug` never shows it.
#[derive(Clone, PartialEq, Eq)]
pub struct EncodedPassword(String);

impl EncodedPassword {
    /// The most bytes that hashers look at where nothing else is configured.
    pub const LONGEST: u32 = MAX_ENCODED_LENGTH;

    /// Wraps what the column holds.
    pub fn new(encoded: impl Into<String>) -> Self {
        Self(encoded.into())
    }

    /// The encoded string, for the hashers and for SQL.
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for EncodedPassword {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("EncodedPassword(…)")
    }
}

/// What a login presents.
#[derive(Clone, Debug)]
pub struct Credentials {
    /// Compared by the database with the configured `username_field`.
    pub username: String,
    /// Checked against the row's encoded password.
    pub password: Password,
    /// False where the client sent something that Django turned into text on the way to the hasher
    /// (a number): it can match, but Django would raise where it had to encode it anew.
    pub password_is_text: bool,
}

/// What a login needs to know of a user row.
#[derive(Clone, Debug)]
pub struct StoredUser {
    /// The row's primary key.
    pub id: UserId,
    /// False where the column holds NULL; true where the model has no such column.
    pub is_active: bool,
    /// The password column; empty where it holds NULL.
    pub password: EncodedPassword,
}

/// The owner of a token, as the rows said when they were read.
///
/// ```
/// use drf_auth::accounts::User;
///
/// let root = User::new(7, "root").staff().superuser().with_email("root@example.com");
/// assert!(root.is_staff && root.is_active);
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct User {
    /// The row's primary key.
    pub id: UserId,
    /// The configured `username_field`.
    pub username: String,
    /// `None` where the column holds NULL; empty where the model has no such column.
    pub email: Option<String>,
    /// True where the model has no such column.
    pub is_active: bool,
    /// False where the model has no such column.
    pub is_staff: bool,
    /// False where the model has no such column.
    pub is_superuser: bool,
}

impl User {
    /// An active user without an email address, who is neither staff nor superuser.
    pub fn new(id: impl Into<UserId>, username: impl Into<String>) -> Self {
        Self {
            id: id.into(),
            username: username.into(),
            email: Some(String::new()),
            is_active: true,
            is_staff: false,
            is_superuser: false,
        }
    }

    /// One with an email address.
    #[must_use]
    pub fn with_email(self, email: impl Into<String>) -> Self {
        Self { email: Some(email.into()), ..self }
    }

    /// One who is staff.
    #[must_use]
    pub fn staff(self) -> Self {
        Self { is_staff: true, ..self }
    }

    /// One who is a superuser.
    #[must_use]
    pub fn superuser(self) -> Self {
        Self { is_superuser: true, ..self }
    }

    /// One who may not log in.
    #[must_use]
    pub fn inactive(self) -> Self {
        Self { is_active: false, ..self }
    }
}

/// A token that was found, with its owner.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct TokenOwner {
    /// The key as the row holds it. A collation may match other spellings; this is the one to act on.
    pub key: TokenKey,
    /// Its owner.
    pub user: User,
    /// The names of the owner's groups in the order of their code points, where the answer about the token
    /// told them; else they have to be asked for.
    pub groups: Option<Vec<String>>,
}

impl TokenOwner {
    /// A token with its owner, of whose groups nothing was told.
    pub fn new(key: TokenKey, user: User) -> Self {
        Self { key, user, groups: None }
    }
}
