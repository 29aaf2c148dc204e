//! `[user_model]`.

use super::{facts::Facts, literal::Literal, sheet::Sheet};

/// Writes the section.
///
/// # Errors
/// A sentence, where the model is of a kind that this program cannot serve.
pub(super) fn write(sheet: &mut Sheet, user: Facts<'_>) -> Result<(), String> {
    let label = user.text("label");
    let elsewhere = user.texts("columns_elsewhere");
    let needed =
        |name: &&str| [user.text("username_field"), "password", "is_active"].contains(name);
    if elsewhere.iter().any(needed) {
        return Err(format!(
            "its user model {label} inherits {} from another model's table (multi-table inheritance), \
             and this service reads one table",
            elsewhere.join(", ")
        ));
    }
    if user.flag("username_is_relation") || user.flag("id_is_relation") {
        return Err(format!(
            "the name or the primary key of its user model {label} is a relation to another table, and \
             this service reads one table"
        ));
    }
    sheet.section("user_model");
    sheet.comment(format!(
        "AUTH_USER_MODEL: {label}; its primary key is a {}.",
        user.text("id_type")
    ));
    for (key, fact) in [
        ("table", "table"),
        ("id_column", "id_column"),
        ("username_field", "username_column"),
        ("password_column", "password_column"),
    ] {
        sheet.set_essential(key, user.text(fact));
    }
    for key in ["is_active_column", "is_staff_column", "is_superuser_column", "email_column"] {
        sheet.set(key, user.text(key));
    }
    relations(sheet, user);
    manager(sheet, user);
    checks(sheet, user);
    Ok(())
}

/// The tables of `groups` and `user_permissions`, which only verify routes ask.
fn relations(sheet: &mut Sheet, user: Facts<'_>) {
    let (groups, permissions) = (user.at("groups"), user.at("user_permissions"));
    if !groups.is_there() && !permissions.is_there() {
        sheet.comment(
            "The model has neither groups nor user_permissions: no verify route can ask for them.",
        );
        return;
    }
    if groups.is_there() {
        sheet.set("groups_table", groups.text("table"));
    }
    if permissions.is_there() {
        sheet.set("user_permissions_table", permissions.text("table"));
    }
    let column = if groups.is_there() { groups } else { permissions };
    sheet.set("relation_column", column.text("user_column"));
    if groups.is_there() && groups.text("other_table") != "auth_group" {
        sheet.comment(format!(
            "Its groups are {} in the table {:?}: the verify view's group = … asks auth_group, do not \
             use it.",
            groups.text("other_model"),
            groups.text("other_table")
        ));
    }
    let own = user.texts("permissions");
    if !own.is_empty() {
        sheet.comment(format!(
            "Permissions are decided by code ({}), which no verify route runs: do not use its perm = ….",
            own.join(", ")
        ));
    }
}

/// Which users there are, and how they are found.
fn manager(sheet: &mut Sheet, user: Facts<'_>) {
    let manager = user.at("manager");
    let (hides, name) = (manager.texts("hides"), manager.text("name"));
    let filters = manager.at("filters");
    let conditions = Literal::of_json(filters.value());
    match conditions {
        Some(Literal::Table(conditions)) if !conditions.is_empty() => {
            sheet.comment(format!(
                "What the query of {name} asks of every user. Look whether it is always the same."
            ));
            sheet.set_or_decide("require", Literal::Table(conditions), "manager");
        }
        Some(_) if hides.is_empty() => {}
        Some(_) => sheet.decide(
            "manager",
            format!(
                "{} is the project's own. Asked now it hides no user: look whether it does so in a request.",
                first(&hides, name)
            ),
        ),
        None => sheet.decide(
            "manager",
            format!(
                "{}: what its query asks of a user could not be put into require = {{ … }}.",
                first(&hides, name)
            ),
        ),
    }
    let own = manager.texts("own_lookup");
    match manager.text("matches") {
        "iexact" => {
            sheet.comment(format!("{} compares names whatever their case.", first(&own, name)));
            sheet.set("username_match", "iexact");
        }
        "exact" => sheet.set_beside_default("username_match", "exact", "exact"),
        _ => sheet.decide(
            "username_lookup",
            format!(
                "{} looks for a user in a way that could not be understood. Where it changes the name first, or \
                 looks in several columns, logins here will refuse some that Django takes.",
                first(&own, name)
            ),
        ),
    }
}

/// Code of the model that no login here runs.
fn checks(sheet: &mut Sheet, user: Facts<'_>) {
    let own = user.texts("check_password");
    if !own.is_empty() {
        sheet.decide("check_password", format!("{} is the project's own.", own.join(", ")));
    }
    if user.flag("is_active_is_code") {
        sheet.decide(
            "is_active",
            format!("{} has an is_active that is no column.", user.text("label")),
        );
    }
    for name in ["is_staff", "is_superuser"] {
        if user.flag(&format!("{name}_is_code")) {
            sheet.comment(format!(
                "{name} is code, which is not run here: to the verify view nobody is."
            ));
        }
    }
    let save = user.texts("save");
    if !save.is_empty() {
        sheet.comment(format!(
            "{} does not run when a login here upgrades a password's hash (upgrade_passwords).",
            save.join(", ")
        ));
    }
}

fn first<'a>(names: &[&'a str], otherwise: &'a str) -> &'a str {
    names.first().copied().unwrap_or(otherwise)
}
