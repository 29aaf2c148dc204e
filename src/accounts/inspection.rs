//! What may be asked of the database beside what logins and token checks need. Nothing of it writes.

use std::fmt;

use async_trait::async_trait;

use super::{EncodedPassword, UserId, grants::GrantTables, store::StoreError};

/// Looks at the database as it is. Whatever could take long on a large table looks at its newest rows
/// only, as many as it is told.
#[async_trait]
pub trait Inspect: fmt::Debug + Send + Sync {
    /// Those of the tables that are there, in the schemas in which the session finds tables and in
    /// that of the user table. MySQL shows an account only tables on which it has a privilege.
    async fn existing_tables(&self, names: &[&str]) -> Result<Vec<String>, StoreError>;

    /// Whether no table is kept from this account's sight.
    async fn sees_every_table(&self) -> Result<bool, StoreError>;

    /// Who answers, as whom, and when.
    async fn server(&self) -> Result<Server, StoreError>;

    /// A table's columns.
    async fn columns(&self, table: Table) -> Result<Vec<ColumnFacts>, StoreError>;

    /// Whether this account may do it. Nothing is done.
    async fn may(&self, deed: Deed) -> Result<bool, StoreError>;

    /// The least that an account must be granted to do these and to read those tables, as statements
    /// for `account`. Empty where the engine knows no accounts.
    async fn least_grants(
        &self,
        deeds: &[Deed],
        tables: GrantTables,
        account: &str,
    ) -> Result<Vec<String>, StoreError>;

    /// How many there are among the newest so many rows.
    async fn count(&self, what: Count, among: u32) -> Result<u64, StoreError>;

    /// Primary keys of two users of the same name each who meet what is required of a row, at most so
    /// many pairs.
    async fn same_names(
        &self,
        how: Sameness,
        among: u32,
        pairs: u32,
    ) -> Result<Vec<(String, String)>, StoreError>;

    /// The password columns of so many users in the order of their keys, from the highest down, below
    /// `before` where there is one.
    async fn passwords(
        &self,
        before: Option<&UserId>,
        limit: u32,
    ) -> Result<Vec<(UserId, EncodedPassword)>, StoreError>;

    /// Closes the connection.
    async fn close(&self);
}

/// Who answers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Server {
    /// The engine's name and version.
    pub version: String,
    /// The account as grants name it; empty where the engine knows none.
    pub account: String,
    /// By how many milliseconds its clock is ahead of ours; `None` where it has none of its own.
    pub clock_ahead: Option<i64>,
}

/// One of the two tables.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Table {
    /// Of users.
    Users,
    /// Of tokens.
    Tokens,
}

/// A column of the live schema.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ColumnFacts {
    /// Its name.
    pub name: String,
    /// Its type, as the engine writes it.
    pub sql_type: String,
    /// How its texts are compared; `None` where the engine does not say.
    pub collation: Option<String>,
    /// The most characters it holds; `None` where there is no limit (SQLite keeps none that is declared),
    /// or it is no text.
    pub length: Option<u32>,
    /// Whether a new row must give it a value.
    pub is_required: bool,
    /// Whether no two rows have the same value in it.
    pub is_unique: bool,
}

/// What an account must be allowed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Deed {
    /// To find users.
    ReadUsers,
    /// To find tokens.
    ReadTokens,
    /// To make tokens.
    AddTokens,
    /// To delete tokens.
    DeleteTokens,
    /// To replace stored passwords.
    UpgradePasswords,
}

impl Deed {
    /// Whether it changes the database.
    pub fn writes(self) -> bool {
        !matches!(self, Self::ReadUsers | Self::ReadTokens)
    }
}

/// What is counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Count {
    /// Users.
    Users,
    /// Users that do not meet what is required of a row.
    HiddenUsers,
    /// Tokens.
    Tokens,
    /// Tokens whose user is not there.
    TokensWithoutUser,
    /// Tokens of users that do not meet what is required of a row.
    TokensOfHiddenUsers,
    /// Tokens of users who are not active.
    TokensOfInactiveUsers,
    /// Users who have several tokens.
    UsersOfSeveralTokens,
}

/// When two names are the same.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sameness {
    /// By the column's own rules.
    Column,
    /// Whatever the case of letters.
    Case,
}
