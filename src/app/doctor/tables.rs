//! The tables: whether they fit, what this account may do on them, and what their columns are.

use super::{Diagnosis, Level, Patient};
use crate::{
    accounts::{
        inspection::{ColumnFacts, Deed, Table},
        store::SchemaError,
    },
    app::{
        token_table::{self, find},
        verify,
    },
    config::View,
};

/// What Django's column for a password holds, and its own hashers need.
const PASSWORD_LENGTH: u32 = 128;

impl Patient<'_> {
    /// Whether there is more to look at.
    pub(super) async fn tables(&self, diagnosis: &mut Diagnosis, account: &str) -> bool {
        // Whoever lacks grants needs to know them most.
        let tables = verify::tables(self.config);
        match self.inspector.least_grants(&self.deeds(), tables, account).await {
            Ok(grants) => diagnosis.grants = grants,
            Err(error) => diagnosis.say(Level::Warning, "grants", error.to_string()),
        }
        if !self.schema(diagnosis).await {
            return false;
        }
        self.grants(diagnosis).await;
        self.user_columns(diagnosis).await;
        self.token_columns(diagnosis).await;
        true
    }

    async fn schema(&self, diagnosis: &mut Diagnosis) -> bool {
        let mut fits = self.store.check_schema().await;
        let tables = verify::tables(self.config);
        if fits.is_ok() && tables.any() {
            fits = self.store.check_grants(tables).await;
        }
        match fits {
            Ok(()) => {
                diagnosis.say(
                    Level::Ok,
                    "schema",
                    "the tables and their columns fit the configuration",
                );
                return true;
            }
            Err(SchemaError::Mismatch(sentences)) => {
                for text in sentences {
                    diagnosis.say(Level::Error, "schema", text);
                }
            }
            Err(error) => diagnosis.say(Level::Error, "schema", error.to_string()),
        }
        false
    }

    /// What the configuration makes the service do.
    fn deeds(&self) -> Vec<Deed> {
        let logs_in = self.logs_in();
        let logs_out = self.config.routes.iter().any(|route| route.view == View::Logout);
        let upgrades = logs_in && self.config.django.upgrades_passwords();
        [
            (Deed::ReadUsers, logs_in),
            (Deed::ReadTokens, true),
            (Deed::AddTokens, logs_in),
            (Deed::DeleteTokens, logs_out),
            (Deed::UpgradePasswords, upgrades),
        ]
        .into_iter()
        .filter_map(|(deed, is_done)| is_done.then_some(deed))
        .collect()
    }

    async fn grants(&self, diagnosis: &mut Diagnosis) {
        let mut may_all = true;
        for deed in self.deeds() {
            let problem = match self.inspector.may(deed).await {
                Ok(true) => continue,
                Ok(false) => format!("this account may not {}", needed(deed)),
                Err(error) => format!("whether it may {} is not known: {error}", needed(deed)),
            };
            may_all = false;
            diagnosis.say(Level::Error, "grants", problem);
        }
        if may_all {
            let text = "the account may do all that the configuration asks of it";
            diagnosis.say(Level::Ok, "grants", text);
        }
    }

    async fn user_columns(&self, diagnosis: &mut Diagnosis) {
        let columns = match self.inspector.columns(Table::Users).await {
            Ok(columns) => columns,
            Err(error) => return diagnosis.say(Level::Warning, "columns", error.to_string()),
        };
        let user = &self.config.user_model;
        if let Some(id) = find(&columns, &user.id_column) {
            diagnosis.say(Level::Ok, "ids", format!("users' keys are of the type {}", id.sql_type));
        }
        if let Some(name) = find(&columns, &user.username_field) {
            compared(diagnosis, "collation", name);
            if self.logs_in() && !name.is_unique {
                let text = format!(
                    "the column {} is not unique: whoever shares a name with another cannot log in",
                    name.name
                );
                diagnosis.say(Level::Warning, "names", text);
            }
        }
        let password = find(&columns, &user.password_column).filter(|_| self.logs_in());
        let length = password.and_then(|column| column.length);
        if let Some(length) = length.filter(|length| *length < PASSWORD_LENGTH) {
            let text = format!(
                "the column {} holds {length} characters, fewer than Django's {PASSWORD_LENGTH}: a \
                 login cannot store what is longer",
                user.password_column
            );
            diagnosis.say(Level::Warning, "columns", text);
        }
    }

    async fn token_columns(&self, diagnosis: &mut Diagnosis) {
        let columns = match self.inspector.columns(Table::Tokens).await {
            Ok(columns) => columns,
            Err(error) => return diagnosis.say(Level::Warning, "columns", error.to_string()),
        };
        let token = &self.config.token_model;
        if let Some(key) = find(&columns, &token.key_column) {
            compared(diagnosis, "collation", key);
        }
        if !self.logs_in() {
            return;
        }
        match token_table::unfit(self.config, &*self.inspector).await {
            Ok(sentences) => {
                for text in sentences {
                    diagnosis.say(Level::Error, "columns", text);
                }
            }
            Err(error) => diagnosis.say(Level::Warning, "columns", error.to_string()),
        }
        if find(&columns, &token.user_column).is_some_and(|column| !column.is_unique) {
            let text = format!(
                "a user may have several tokens (the column {} of {} is not unique): a login of one \
                 who has is answered 503, as it is 500 in Django",
                token.user_column, token.table
            );
            diagnosis.say(Level::Warning, "tokens", text);
        }
    }
}

/// How a column's texts are compared.
fn compared(diagnosis: &mut Diagnosis, subject: &'static str, column: &ColumnFacts) {
    let Some(collation) = &column.collation else { return };
    let text = format!("the column {} is compared by {collation}", column.name);
    if collation.contains("_ci") {
        let text = format!("{text}: without regard to case, as in Django on this database");
        diagnosis.say(Level::Note, subject, text);
    } else {
        diagnosis.say(Level::Ok, subject, text);
    }
}

fn needed(deed: Deed) -> &'static str {
    match deed {
        Deed::ReadUsers => "read users (GRANT SELECT)",
        Deed::ReadTokens => "read tokens (GRANT SELECT)",
        Deed::AddTokens => "make tokens (GRANT INSERT)",
        Deed::DeleteTokens => "delete tokens (GRANT DELETE)",
        Deed::UpgradePasswords => {
            "replace stored passwords (GRANT UPDATE on that column, or upgrade_passwords = false)"
        }
    }
}
