//! `[decisions]`: what the service does not do as a project does, each accepted by a person.
//!
//! `import-settings` writes a key for each difference that it sees, with nothing in it. The service
//! starts when every one of them has a text: whose, and what it says, is the operator's affair.

use super::{
    error::{ConfigError, ConfigErrors, Problem},
    reader::{Found, Reader},
    value,
};

/// A decision, and what it is about.
struct Decision {
    key: &'static str,
    about: &'static str,
}

const fn about(key: &'static str, about: &'static str) -> Decision {
    Decision { key, about }
}

const DECISIONS: [Decision; 25] = [
    about(
        "decisions.allowed_hosts",
        "Django serves no host with ALLOWED_HOSTS empty, and here any is served",
    ),
    about(
        "decisions.authentication_classes",
        "the project's login views look at requests with other authentication classes than here",
    ),
    about(
        "decisions.check_password",
        "the user model checks or sets passwords in a way of its own, which no login here does",
    ),
    about("decisions.cors", "django-cors-headers is used in a way that is not reproduced"),
    about(
        "decisions.database_engine",
        "the database engine is not Django's own, and what it does beside is not done here",
    ),
    about("decisions.database_options", "some of the database's OPTIONS are not used here"),
    about(
        "decisions.exception_handler",
        "an EXCEPTION_HANDLER of the project's own makes its errors, here they are DRF's",
    ),
    about(
        "decisions.is_active",
        "the user model's is_active is code, which no login here runs: everyone may log in",
    ),
    about("decisions.language", "the project's answers are not English, here they are"),
    about("decisions.left_out", "the project says things that no key of this configuration holds"),
    about(
        "decisions.manager",
        "the user model's manager says which users there are, and logins here see every row",
    ),
    about(
        "decisions.middleware",
        "middleware of the project sees its logins, and none sees those made here",
    ),
    about(
        "decisions.non_field_errors_key",
        "NON_FIELD_ERRORS_KEY is another in the project, here it is \"non_field_errors\"",
    ),
    about(
        "decisions.obtain_auth_token",
        "the project's login view is not DRF's own, which answers here",
    ),
    about(
        "decisions.password_hashers",
        "some of PASSWORD_HASHERS are not Django's own, and whoever has a password of theirs cannot \
         log in here",
    ),
    about(
        "decisions.password_validators",
        "some of AUTH_PASSWORD_VALIDATORS are not reproduced, and the commands that take a new password \
         do not ask them",
    ),
    about("decisions.rest_framework", "REST_FRAMEWORK says things that are not reproduced"),
    about(
        "decisions.routes",
        "the project does not say of every path, or of any, that it is DRF's login view",
    ),
    about("decisions.security_headers", "the project sends other security headers than here"),
    about("decisions.settings", "the project has settings that are not reproduced"),
    about(
        "decisions.signals",
        "signals of the project have receivers, and nothing done here sends one",
    ),
    about("decisions.throttles", "the project's login view is throttled, here none is"),
    about(
        "decisions.token_authentication",
        "the project decides in a way of its own which tokens are good, here every row of the table is",
    ),
    about(
        "decisions.token_model",
        "the token model makes or saves its rows in a way of its own, here they are made as DRF's",
    ),
    about(
        "decisions.username_lookup",
        "the project finds users by name in a way of its own, here the column's value is compared",
    ),
];

/// `[decisions]`: which of them nobody has made.
///
/// Unit: texts. Default: none to make. In settings.py: nothing.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Decisions {
    open: Vec<ConfigError>,
}

impl Decisions {
    /// `Ok` where none is open.
    ///
    /// # Errors
    /// Each that nobody has made, with what it is about.
    pub fn check(&self) -> Result<(), ConfigErrors> {
        ConfigErrors::check(self.open.clone())
    }

    /// Those that nobody has made, with what they are about.
    pub fn open(&self) -> &[ConfigError] {
        &self.open
    }

    pub(super) fn read(reader: &mut Reader) -> Self {
        let mut open = Vec::new();
        for Decision { key, about } in &DECISIONS {
            let Some(Found { value, origin, .. }) = reader.take(key) else { continue };
            match value::text(&value) {
                Ok(text) if text.trim().is_empty() => {
                    let advice =
                        "write between the quotes why that is right here, in words of your own";
                    open.push(ConfigError::new(*key, Some(origin), Problem::new(*about, advice)));
                }
                Ok(_) => {}
                Err(problem) => reader.refuse(key, Some(origin), problem),
            }
        }
        Self { open }
    }
}

/// Whether there is a decision of this name.
pub fn is_decision(name: &str) -> bool {
    DECISIONS.iter().any(|decision| decision.key.strip_prefix("decisions.") == Some(name))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::Config;

    #[test]
    fn a_decision_is_open_until_it_has_words() {
        let text = "[decisions]\nmanager = \"\"\nlanguage = \"our clients show none of the texts\"\n\
            throttles = \" \"\n";
        let config = Config::check(text).unwrap();
        let errors = config.decisions.check().unwrap_err().to_string();
        assert!(errors.starts_with("the configuration has 2 mistakes:"), "{errors}");
        assert!(
            errors.contains("decisions.manager (drf-auth.toml, line 2): the user model's"),
            "{errors}"
        );
        assert!(errors.contains("decisions.throttles (drf-auth.toml, line 4)"), "{errors}");
        assert!(Config::check("").unwrap().decisions.check().is_ok());
    }

    #[test]
    fn others_are_no_decisions() {
        for wrong in ["[decisions]\nmanger = \"x\"", "[decisions]\nmanager = true"] {
            assert!(Config::check(wrong).is_err(), "{wrong}");
        }
        assert!(is_decision("manager") && !is_decision("decisions.manager"));
        assert!(DECISIONS.is_sorted_by_key(|decision| decision.key));
    }
}
