//! `[token_model]`.

use super::{facts::Facts, sheet::Sheet};

/// How many digits DRF's keys have.
const DRF_DIGITS: i64 = 40;

/// How many digits the configuration lets keys have.
const DIGITS: std::ops::RangeInclusive<i64> = 32..=128;

/// Writes the section.
///
/// # Errors
/// A sentence, where the model is of a kind that this program cannot serve.
pub(super) fn write(sheet: &mut Sheet, token: Facts<'_>) -> Result<(), String> {
    if !token.is_there() {
        return Err(
            "it has no token model: rest_framework.authtoken is not in INSTALLED_APPS, and no \
             TokenAuthentication reads a model of the project's own"
                .to_owned(),
        );
    }
    let label = token.text("label");
    let elsewhere = token.texts("columns_elsewhere");
    if !elsewhere.is_empty() {
        return Err(format!(
            "its token model {label} inherits {} from another model's table (multi-table inheritance), \
             and this service reads one table",
            elsewhere.join(", ")
        ));
    }
    if !token.flag("refers_to_user_model") || !token.flag("refers_to_id") {
        return Err(format!(
            "its token model {label} does not refer to the user model's primary key"
        ));
    }
    sheet.section("token_model");
    sheet.comment(format!("The model of the tokens: {label}."));
    sheet.set_essential("table", token.text("table"));
    sheet.set_beside_default("key_column", token.text("key_column"), "key");
    sheet.set_beside_default("user_column", token.text("user_column"), "user_id");
    sheet.set_beside_default("created_column", token.text("created_column"), "created");
    keys(sheet, token);
    readers(sheet, token);
    rows(sheet, token);
    Ok(())
}

/// What the keys are that are made here.
fn keys(sheet: &mut Sheet, token: Facts<'_>) {
    let (made, longest) = (token.number("key_digits"), token.number("key_max_length"));
    let digits = made.or(longest).filter(|digits| DIGITS.contains(digits)).unwrap_or(DRF_DIGITS);
    sheet.set_beside_default("key_length", digits, DRF_DIGITS);
    if made != Some(digits) {
        sheet.decide(
            "token_model",
            match made {
                Some(made) => {
                    format!("Keys have {made} hexadecimal digits, those made here {digits}.")
                }
                None => format!(
                    "How the project makes its keys could not be told, or they are no hexadecimal \
                     digits: those made here are {digits} of them."
                ),
            },
        );
    }
}

/// The word before a token, and who else reads tokens.
fn readers(sheet: &mut Sheet, token: Facts<'_>) {
    let mut readers = token.list("readers");
    let first = readers.next();
    let keyword = first.map_or("Token", |first| first.text("keyword"));
    sheet.set("keyword", keyword);
    for own in first.iter().flat_map(|first| first.texts("own")) {
        sheet.decide("token_authentication", format!("{own} is the project's own."));
    }
    for other in readers {
        let path = other.text("path");
        let of = match other.texts("views").join(", ") {
            views if views.is_empty() => path.to_owned(),
            views => format!("{path} (at {views})"),
        };
        if other.text("keyword") != keyword {
            sheet.decide(
                "token_authentication",
                format!(
                    "{of} takes the word {:?} before a token, here it is {keyword:?}. The view verify \
                     takes more of them: [verify] keywords.",
                    other.text("keyword")
                ),
            );
        }
        if other.text("model") != token.text("label") {
            sheet.decide(
                "token_model",
                format!("{of} takes tokens of {:?}, which are none here.", other.text("model")),
            );
        }
        for own in other.texts("own") {
            sheet.decide("token_authentication", format!("{of}: {own} is the project's own."));
        }
    }
}

/// What the rows are that are made here.
fn rows(sheet: &mut Sheet, token: Facts<'_>) {
    let mut own = token.texts("own");
    own.extend(token.texts("manager"));
    if !own.is_empty() {
        sheet.decide("token_model", format!("{} is the project's own.", own.join(", ")));
    }
    let further = token.texts("further_columns");
    if !further.is_empty() {
        // The database may have a default that no model tells of: `serve` looks there, and refuses.
        sheet.comment(format!(
            "Rows must have a value in {}, and those made here have none: where no default in the \
             database (db_default) gives it, no route here can log in.",
            further.join(", ")
        ));
    }
    if !token.flag("user_is_unique") {
        sheet.decide(
            "token_model",
            "A user may have several tokens. A login here gives the one that is there, makes the first, and \
             is answered 503 where there are several (get_or_create raises there).",
        );
    }
}
