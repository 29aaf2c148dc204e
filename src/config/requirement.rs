//! What a route of the verify view asks of a user: `{ view = "verify", staff = true }`.

use super::{
    error::{Problem, quote},
    user_model::UserModel,
    value::{self, Value},
};

/// The keys beside `view`.
pub(super) const KEYS: [&str; 4] = ["staff", "superuser", "perm", "group"];

/// What is asked of a user beside a token. All of it must be met.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Requirement {
    /// `staff = true`: `is_staff`.
    pub staff: bool,
    /// `superuser = true`: `is_superuser`.
    pub superuser: bool,
    /// `perm = "app_label.codename"`, or a list: every one of these.
    pub permissions: Vec<String>,
    /// `group = "name"`, or a list: one of these at least.
    pub groups: Vec<String>,
}

impl Requirement {
    /// Sets what `key`, one of [`KEYS`], asks.
    pub(super) fn set(&mut self, key: &str, value: &Value) -> Result<(), Problem> {
        match key {
            "staff" => self.staff = asked(value)?,
            "superuser" => self.superuser = asked(value)?,
            "perm" => self.permissions = names(value, is_permission, "\"app_label.codename\"")?,
            "group" => self.groups = names(value, |name| !name.is_empty(), "\"name\"")?,
            _ => return Err(Problem::new("is not known", "remove it")),
        }
        Ok(())
    }

    /// Whether nothing is asked.
    pub fn is_none(&self) -> bool {
        *self == Self::default()
    }

    /// What nobody could ever meet.
    pub(super) fn check(&self, user: &UserModel) -> Result<(), Problem> {
        let missing = |key: &str| {
            let wrong = format!("asks what the user model cannot say: {key} is \"\"");
            Err(Problem::new(wrong, "write that column's name, or ask something else"))
        };
        if self.staff && user.is_staff_column.is_none() {
            return missing("user_model.is_staff_column");
        }
        if self.superuser && user.is_superuser_column.is_none() {
            return missing("user_model.is_superuser_column");
        }
        Ok(())
    }
}

/// `false` could be meant as "no staff", which is nothing that can be asked.
fn asked(value: &Value) -> Result<bool, Problem> {
    if value::boolean(value)? {
        return Ok(true);
    }
    Err(Problem::new("asks for nothing with false", "write true, or leave it out"))
}

fn names(
    value: &Value,
    is_name: impl Fn(&str) -> bool,
    example: &str,
) -> Result<Vec<String>, Problem> {
    let names = match value {
        Value::Text(name) => vec![name.clone()],
        other => value::list(other)?,
    };
    if names.is_empty() {
        return Err(Problem::new("names nothing", format!("write {example}, or leave it out")));
    }
    match names.iter().find(|name| !is_name(name)) {
        Some(wrong) => {
            let problem = format!("cannot be asked for as {}", quote(wrong));
            Err(Problem::new(problem, format!("write {example} or a list of them")))
        }
        None => Ok(names),
    }
}

fn is_permission(name: &str) -> bool {
    name.split_once('.').is_some_and(|(app, codename)| !app.is_empty() && !codename.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(text: &str) -> Value {
        Value::Text(text.into())
    }

    #[test]
    fn all_that_can_be_asked() {
        let mut asked = Requirement::default();
        assert!(asked.is_none());
        asked.set("staff", &Value::Boolean(true)).unwrap();
        asked.set("superuser", &Value::Boolean(true)).unwrap();
        asked.set("perm", &text("blog.add_entry")).unwrap();
        asked.set("group", &Value::List(vec![text("a, b"), text("é")])).unwrap();
        let Requirement { staff, superuser, permissions, groups } = asked;
        assert!(staff && superuser);
        assert_eq!(permissions, ["blog.add_entry"]);
        assert_eq!(groups, ["a, b", "é"]);
    }

    #[test]
    fn what_cannot_be_asked_is_refused() {
        for (key, value) in [
            ("staff", Value::Boolean(false)),
            ("staff", text("true")),
            ("perm", text("add_entry")),
            ("perm", text(".add_entry")),
            ("perm", Value::List(Vec::new())),
            ("perm", Value::Boolean(true)),
            ("group", text("")),
            ("group", Value::List(vec![Value::Integer(1)])),
        ] {
            assert!(Requirement::default().set(key, &value).is_err(), "{key}");
        }
        let user = UserModel { is_staff_column: None, ..UserModel::default() };
        let staff = Requirement { staff: true, ..Requirement::default() };
        assert!(staff.check(&user).is_err() && staff.check(&UserModel::default()).is_ok());
    }
}
