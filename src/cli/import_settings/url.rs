//! `database_url` and `[database]`.

use std::path::Path;

use super::{
    database::Database,
    facts::Facts,
    former::{Former, Url},
    sheet::Sheet,
};
use crate::app;

/// Writes both. The answer is the URL with its password, where a file of its own is to hold it.
///
/// # Errors
/// A sentence, where this program has no such database.
pub(super) fn write(
    sheet: &mut Sheet,
    facts: Facts<'_>,
    secret_file: Option<&Path>,
    former: &Former,
) -> Result<Option<String>, String> {
    let aliases = facts.at("aliases");
    let (user, token) = (aliases.text("user_write"), aliases.text("token_write"));
    let mut database = Database::read(facts.at("user"))?;
    if facts.at("token").is_there() {
        let other = Database::read(facts.at("token"))?;
        if (other.url(), other.secret_url()) != (database.url(), database.secret_url()) {
            return Err(format!(
                "its users are in the database {user:?} and its tokens in {token:?}, and this service \
                 reads one database"
            ));
        }
    }
    if let Err(error) = app::check_database_url(&database.url()) {
        if !database.has_options() {
            return Err(format!("its database cannot be used: {error:#}"));
        }
        database.without_options();
        sheet.decide("database_options", format!("{error:#}."));
        app::check_database_url(&database.url())
            .map_err(|error| format!("its database cannot be used: {error:#}"))?;
    }
    sheet.comment(format!("DATABASES[{user:?}], ENGINE {}.", facts.at("user").text("engine")));
    let read = aliases.text("user_read");
    if read != user {
        sheet.comment(format!(
            "Django reads users from {read:?}; this service reads what it writes, as one database."
        ));
    }
    let url = url_of(sheet, &database, former);
    let secret = write_url(sheet, url, secret_file);
    sheet.section("database");
    if !database.prepared_statements {
        sheet.set("prepared_statements", false);
    }
    if !facts.at("user").flag("is_known") {
        sheet
            .decide("database_engine", format!("ENGINE is {:?}.", facts.at("user").text("engine")));
    }
    for unused in &database.unused {
        sheet.decide("database_options", format!("{unused}."));
    }
    Ok(secret)
}

/// The project's own URL, or that of an account with fewer rights which the file named before.
fn url_of(sheet: &mut Sheet, database: &Database, former: &Former) -> Url {
    let url = database.url();
    if let Some(own) = former.account_of_its_own(&url) {
        sheet.comment(format!(
            "The project's own URL is {url}. The account on it that the file named before is kept."
        ));
        return own;
    }
    if let Some(other) = former.other_account(&url) {
        sheet.note(format!(
            "database_url is the project's again: the former file named {other}, see the .old file"
        ));
    }
    match database.secret_url() {
        Some(secret) => {
            sheet.comment(format!("{url} with its password, which is not written here."));
            Url::Secret(secret)
        }
        None => Url::Plain(url),
    }
}

fn write_url(sheet: &mut Sheet, url: Url, secret_file: Option<&Path>) -> Option<String> {
    let secret = match url {
        Url::Plain(url) => {
            sheet.set_essential("database_url", &*url);
            return None;
        }
        Url::InFile(path) => {
            sheet.set("database_url_file", &*path);
            return None;
        }
        Url::Secret(secret) => secret,
    };
    sheet.comment(
        "DRF_AUTH_DATABASE_URL or DATABASE_URL in the environment stand above what is written here.",
    );
    if let Some(file) = secret_file {
        sheet.set("database_url_file", &*file.display().to_string());
    } else {
        sheet.comment(
            "Write the URL with the password into a file of its own, readable by this service alone, and \
             name it:",
        );
        sheet.comment("database_url_file = \"/run/secrets/drf-auth.database-url\"");
    }
    Some(secret)
}
