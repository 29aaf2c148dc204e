//! Mirrors `django.contrib.auth.password_validation` (4.2 to 6.1): what a new password must be.

mod common;
mod similarity;

use self::similarity::is_similar;
use super::Release;
use crate::python::unicodedata;

/// One of `AUTH_PASSWORD_VALIDATORS`, with its `OPTIONS`.
#[derive(Clone, Debug, PartialEq)]
pub enum Validator {
    /// `UserAttributeSimilarityValidator`.
    UserAttributeSimilarity {
        /// `user_attributes`.
        user_attributes: Vec<String>,
        /// `max_similarity`, at least 0.1.
        max_similarity: f64,
    },
    /// `MinimumLengthValidator`.
    MinimumLength {
        /// `min_length`, in characters.
        min_length: usize,
    },
    /// `CommonPasswordValidator` with Django's own list.
    CommonPassword,
    /// `NumericPasswordValidator`.
    NumericPassword,
}

// No similarity is NaN.
impl Eq for Validator {}

/// The names of the validators, in the order of [`default_validators`].
pub const NAMES: [&str; 4] = [
    "UserAttributeSimilarityValidator",
    "MinimumLengthValidator",
    "CommonPasswordValidator",
    "NumericPasswordValidator",
];

impl Validator {
    /// The validator of that name without `OPTIONS`.
    pub fn named(name: &str) -> Option<Self> {
        let at = NAMES.iter().position(|known| *known == name)?;
        default_validators().into_iter().nth(at)
    }
}

/// What `startproject` writes to `AUTH_PASSWORD_VALIDATORS`.
pub fn default_validators() -> Vec<Validator> {
    let attributes = ["username", "first_name", "last_name", "email"];
    vec![
        Validator::UserAttributeSimilarity {
            user_attributes: attributes.map(str::to_owned).into(),
            max_similarity: 0.7,
        },
        Validator::MinimumLength { min_length: 8 },
        Validator::CommonPassword,
        Validator::NumericPassword,
    ]
}

/// `validate_password(password, user)`: the message of each validator that refuses the password.
///
/// `user` holds the attributes that are texts, by name; those that are missing are overlooked.
pub fn validate_password(
    password: &str,
    user: &[(String, String)],
    validators: &[Validator],
    release: Release,
) -> Vec<String> {
    let refusal = |validator: &Validator| validate(validator, password, user, release);
    validators.iter().filter_map(refusal).collect()
}

fn validate(
    validator: &Validator,
    password: &str,
    user: &[(String, String)],
    release: Release,
) -> Option<String> {
    match validator {
        Validator::UserAttributeSimilarity { user_attributes, max_similarity } => {
            let lower = password.to_lowercase();
            let mut attributes = user_attributes.iter().filter_map(|name| {
                let (_, value) = user.iter().find(|(attribute, _)| attribute == name)?;
                Some((name, value))
            });
            let (name, _) =
                attributes.find(|(_, value)| is_similar(&lower, value, *max_similarity))?;
            let verbose_name = verbose_name(name);
            Some(format!("The password is too similar to the {verbose_name}."))
        }
        Validator::MinimumLength { min_length } if password.chars().count() < *min_length => {
            let characters = if *min_length == 1 { "character" } else { "characters" };
            Some(format!(
                "This password is too short. It must contain at least {min_length} {characters}."
            ))
        }
        Validator::CommonPassword if common::contains(password, release) => {
            Some("This password is too common.".to_owned())
        }
        Validator::NumericPassword
            if !password.is_empty() && password.chars().all(unicodedata::is_digit) =>
        {
            Some("This password is entirely numeric.".to_owned())
        }
        _ => None,
    }
}

/// A field's `verbose_name`: that of `AbstractUser`'s, else what Django makes of a name.
pub fn verbose_name(field: &str) -> String {
    if field == "email" { "email address".to_owned() } else { field.replace('_', " ") }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn messages(password: &str, user: &[(&str, &str)]) -> Vec<String> {
        let user: Vec<_> = user.iter().map(|(a, v)| ((*a).to_owned(), (*v).to_owned())).collect();
        validate_password(password, &user, &default_validators(), Release::V5_2)
    }

    #[test]
    fn each_validator_says_what_it_misses() {
        let user = [("username", "ayush"), ("email", "ayush.kumar@example.com")];
        assert_eq!(
            messages("ayush", &user),
            [
                "The password is too similar to the username.",
                "This password is too short. It must contain at least 8 characters.",
            ]
        );
        assert_eq!(
            messages("EXAMPLE1", &user),
            ["The password is too similar to the email address."]
        );
        assert_eq!(
            messages("12345678", &[]),
            ["This password is too common.", "This password is entirely numeric."]
        );
        assert_eq!(messages("٣٤٥٦٧٨٩٠²", &[]), ["This password is entirely numeric."]);
        assert_eq!(messages("correct horse", &user), [""; 0]);
    }

    #[test]
    fn options_count() {
        let short = [Validator::MinimumLength { min_length: 1 }];
        assert_eq!(
            validate_password("", &[], &short, Release::V5_2),
            ["This password is too short. It must contain at least 1 character."]
        );
        let nickname = [Validator::UserAttributeSimilarity {
            user_attributes: vec!["nick_name".into()],
            max_similarity: 1.0,
        }];
        let user = [("nick_name".to_owned(), "Zaphod".to_owned())];
        assert_eq!(
            validate_password("zaphod", &user, &nickname, Release::V5_2),
            ["The password is too similar to the nick name."]
        );
        assert_eq!(validate_password("zaphod1", &user, &nickname, Release::V5_2), [""; 0]);
    }

    #[test]
    fn validators_have_names() {
        let named: Vec<_> = NAMES.iter().filter_map(|name| Validator::named(name)).collect();
        assert_eq!(named, default_validators());
        assert_eq!(Validator::named("x"), None);
    }
}
