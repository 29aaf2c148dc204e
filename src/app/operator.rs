//! What an operator's commands do to the users, behind the prompts.

use std::sync::Arc;

use anyhow::{Context as _, anyhow};

use super::{Hashers, hashing, start};
pub use crate::accounts::admin::{Account, TableFacts};
use crate::{
    accounts::{
        EncodedPassword, TokenKey, UserId,
        admin::{AccountAdmin, NewAccount},
        store::{StoreError, StoreErrorKind},
    },
    config::{Config, Misconfigured, UserModel},
    django::{
        Release,
        base_user::{default_username, normalize_email, normalize_username},
        hashers::make_unusable_password,
        http::header::strip,
        password_validation::{Validator, validate_password, verbose_name},
        validators::{validate_email, validate_max_length, validate_username},
    },
    store::{self, StoreOptions},
};

/// The column of an address, by whose name `AbstractUser` and most others have it.
const EMAIL: &str = "email";

/// The users of a configuration, and what a new name or password of theirs must be.
#[derive(Debug)]
pub struct Operator {
    admin: Arc<dyn AccountAdmin>,
    hashers: Arc<Hashers>,
    validators: Vec<Validator>,
    release: Release,
    model: UserModel,
    is_default_model: bool,
    token_table: String,
    key_length: u8,
}

/// A user to be, every value cleaned.
#[derive(Debug)]
pub struct NewUser<'a> {
    /// For the configured `username_field`.
    pub username: &'a str,
    /// Empty where the model has no other column for it.
    pub email: &'a str,
    /// `None` makes one that nothing matches.
    pub password: Option<&'a str>,
    /// Staff and superuser, or neither.
    pub is_superuser: bool,
}

impl Operator {
    /// The operator of a configuration. The database is not asked yet.
    ///
    /// # Errors
    /// When the configuration cannot be right.
    pub fn connect(config: &Config) -> anyhow::Result<Self> {
        let options = StoreOptions { logs_in: true, ..start::store_options(config)? };
        let default = UserModel::default();
        let model = config.user_model.clone();
        Ok(Self {
            admin: store::connect_admin(&options).context(Misconfigured)?,
            hashers: hashing::hashers(config)?,
            validators: config.django.password_validators.clone(),
            release: config.django.version(),
            is_default_model: model.table == default.table
                && model.username_field == default.username_field,
            model,
            token_table: config.token_model.table.clone(),
            key_length: config.token_model.key_length,
        })
    }

    /// `USERNAME_FIELD`.
    pub fn username_field(&self) -> &str {
        &self.model.username_field
    }

    /// What messages call that field.
    pub fn username_verbose_name(&self) -> String {
        verbose_name(&self.model.username_field)
    }

    /// Whether an address is asked for beside the username.
    pub fn has_email_field(&self) -> bool {
        self.model.email_column.as_ref().is_some_and(|column| *column != self.model.username_field)
    }

    /// Whether a field that may be empty may be left out where nothing is asked (from 5.0 on).
    pub fn may_leave_out_blank_fields(&self) -> bool {
        self.release >= Release::V5_0
    }

    /// What the live user table asks of a new user.
    ///
    /// # Errors
    /// When the database does not answer, or its tables are not those of the configuration.
    pub async fn table_facts(&self) -> anyhow::Result<TableFacts> {
        allowed(self.admin.table_facts().await, || self.reading())
    }

    /// The user of that name.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn find(&self, username: &str) -> anyhow::Result<Option<Account>> {
        let names = self.validators.iter().filter_map(|validator| match validator {
            Validator::UserAttributeSimilarity { user_attributes, .. } => Some(user_attributes),
            _ => None,
        });
        let attributes: Vec<String> = names.flatten().cloned().collect();
        allowed(self.admin.find(username, &attributes).await, || self.reading())
    }

    /// Every user, by primary key.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn list(&self) -> anyhow::Result<Vec<Account>> {
        allowed(self.admin.list().await, || self.reading())
    }

    /// The name of the system's user as a username, where Django would offer it
    /// (`get_default_username`): it must be lawful, and free.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn default_username(&self, system: &str) -> anyhow::Result<Option<String>> {
        let name = default_username(system);
        let is_lawful = validate_username(&name).is_ok() && validate_max_length(&name, 150).is_ok();
        if !self.is_default_model || !is_lawful || self.find(&name).await?.is_some() {
            return Ok(None);
        }
        Ok(Some(name))
    }

    /// The message where no new user can have this name (`_validate_username`).
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn refuse_username(
        &self,
        username: &str,
        facts: &TableFacts,
    ) -> anyhow::Result<Option<String>> {
        let verbose_name = self.username_verbose_name();
        if self.find(username).await?.is_some() {
            return Ok(Some(format!("Error: That {verbose_name} is already taken.")));
        }
        if username.is_empty() {
            return Ok(Some(format!("{} cannot be blank.", capfirst(&verbose_name))));
        }
        let messages = self.clean_username(username, facts);
        Ok((!messages.is_empty()).then(|| messages.join("; ")))
    }

    /// The messages of the username field's `clean`.
    pub fn clean_username(&self, username: &str, facts: &TableFacts) -> Vec<String> {
        if username.is_empty() {
            return vec!["This field cannot be blank.".to_owned()];
        }
        let field = &*self.model.username_field;
        let lawful = match field {
            EMAIL => validate_email(username),
            _ if self.is_default_model => validate_username(username),
            _ => Ok(()),
        };
        messages(lawful, username, facts.username_length)
    }

    /// The messages of the email field's `clean`; an empty one is in order.
    pub fn clean_email(email: &str, facts: &TableFacts) -> Vec<String> {
        if email.is_empty() {
            return Vec::new();
        }
        messages(validate_email(email), email, facts.email_length)
    }

    /// The messages of the validators that refuse the password of a user with these attributes.
    pub fn refuse_password(&self, password: &str, user: &[(String, String)]) -> Vec<String> {
        validate_password(password, user, &self.validators, self.release)
    }

    /// Inserts the user. `false` where the name is taken.
    ///
    /// # Errors
    /// When the password cannot be encoded, or the database does not answer.
    pub async fn create(&self, user: NewUser<'_>) -> anyhow::Result<bool> {
        let encoded = match user.password {
            Some(password) => self.hashers.make_password(password)?,
            None => make_unusable_password()?,
        };
        // What the managers of users who log in by their address do, as Django's documentation shows it.
        let is_address = self.model.username_field == EMAIL;
        let normalize = if is_address { normalize_email } else { normalize_username };
        let account = NewAccount {
            username: normalize(user.username),
            email: normalize_email(user.email),
            password: EncodedPassword::new(encoded),
            is_superuser: user.is_superuser,
        };
        allowed(self.admin.create(&account).await, || format!("INSERT on {}", self.model.table))
    }

    /// Replaces the user's password. `false` where it is another than when the account was read.
    ///
    /// # Errors
    /// When the password cannot be encoded, or the database does not answer.
    pub async fn set_password(&self, account: &Account, password: &str) -> anyhow::Result<bool> {
        let new = EncodedPassword::new(self.hashers.make_password(password)?);
        allowed(self.admin.set_password(&account.id, &account.password, &new).await, || {
            self.updating(&self.model.password_column)
        })
    }

    /// Lets the user in, or keeps the user out. `false` where the user has vanished.
    ///
    /// # Errors
    /// When the database does not answer, or the model has no such column.
    pub async fn set_active(&self, user: &UserId, is_active: bool) -> anyhow::Result<bool> {
        allowed(self.admin.set_active(user, is_active).await, || {
            self.updating(self.model.is_active_column.as_deref().unwrap_or_default())
        })
    }

    /// Deletes the user's token. `false` where there is none.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn delete_token(&self, user: &UserId) -> anyhow::Result<bool> {
        allowed(self.admin.delete_token(user).await, || format!("DELETE on {}", self.token_table))
    }

    fn reading(&self) -> String {
        format!("SELECT on {} and {}", self.model.table, self.token_table)
    }

    fn updating(&self, column: &str) -> String {
        format!("SELECT and UPDATE of the column {column} of {}", self.model.table)
    }

    /// The user's token in clear, a new one where there is none. `None` where the user has vanished.
    ///
    /// # Errors
    /// When the database does not answer, or the system has no randomness.
    pub async fn token(&self, user: &UserId) -> anyhow::Result<Option<String>> {
        let fresh = TokenKey::generate_of(self.key_length)?;
        let key = self.admin.get_or_create_token(user, &fresh).await;
        let key = allowed(key, || format!("INSERT on {}", self.token_table))?;
        Ok(key.map(|key| key.expose().to_owned()))
    }
}

/// Says what an account would have needed that was not allowed to do it.
pub(super) fn allowed<T, E>(done: Result<T, E>, needs: impl FnOnce() -> String) -> anyhow::Result<T>
where
    E: Into<anyhow::Error>,
{
    done.map_err(|error| {
        let error = error.into();
        let denied = |error: &StoreError| error.kind() == StoreErrorKind::Denied;
        match error.chain().find_map(|cause| cause.downcast_ref::<StoreError>()) {
            Some(cause) if denied(cause) => anyhow!("{cause}; this needs {}", needs()),
            _ => error,
        }
    })
}

fn messages(lawful: Result<(), String>, value: &str, limit: Option<usize>) -> Vec<String> {
    let length = limit.map_or(Ok(()), |limit| validate_max_length(value, limit));
    [lawful, length].into_iter().filter_map(Result::err).collect()
}

/// Whether Python's `strip()` leaves nothing.
pub fn is_blank(text: &str) -> bool {
    strip(text).is_empty()
}

/// `django.utils.text.capfirst`.
pub fn capfirst(text: &str) -> String {
    let mut characters = text.chars();
    let first = characters.next().into_iter().flat_map(char::to_uppercase);
    first.chain(characters).collect()
}
