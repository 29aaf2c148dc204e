//! `django.password_validators`: what settings.py says in `AUTH_PASSWORD_VALIDATORS`.

use super::{
    error::{Problem, quote},
    suggest::listed,
    value::{self, Value, integer},
};
use crate::django::password_validation::{NAMES, Validator};

/// Where Django's own validators live.
const DJANGO_S: &str = "django.contrib.auth.password_validation.";

/// A list of names, or of tables with a name and options.
pub(super) fn password_validators(value: &Value) -> Result<Vec<Validator>, Problem> {
    let Value::List(items) = value else {
        return value::list(value)?.iter().map(|name| named(name)).collect();
    };
    let one = |item: &Value| match item {
        Value::Text(name) => named(name),
        Value::Table(entries) => with_options(entries),
        other => Err(Problem::new(
            format!("is a list of names and tables, a TOML {} is among them", other.kind()),
            advice(),
        )),
    };
    items.iter().map(one).collect()
}

fn advice() -> String {
    format!(
        "write a list of {}, with options as {{ name = \"MinimumLengthValidator\", min_length = 12 }}",
        listed(&NAMES)
    )
}

fn named(name: &str) -> Result<Validator, Problem> {
    let class = name.strip_prefix(DJANGO_S).unwrap_or(name);
    Validator::named(class).ok_or_else(|| {
        let wrong = if class.contains('.') {
            format!(
                "{} is not one of Django's own validators, others are not supported",
                quote(name)
            )
        } else {
            format!("{} is no validator of Django's", quote(name))
        };
        Problem::new(wrong, advice())
    })
}

fn with_options(entries: &[(String, usize, Value)]) -> Result<Validator, Problem> {
    let name = entries.iter().find(|(key, ..)| key == "name");
    let Some((_, _, name)) = name else {
        return Err(Problem::new("a validator has no name", advice()));
    };
    let name = value::text(name)?;
    let mut validator = named(name)?;
    for (option, _, value) in entries.iter().filter(|(key, ..)| key != "name") {
        set(&mut validator, option, value).unwrap_or_else(|| {
            let wrong = format!("{name} has no option {}", quote(option));
            Err(Problem::new(wrong, "write what its OPTIONS in settings.py say, or leave it out"))
        })?;
    }
    Ok(validator)
}

/// `None` where the validator has no such option.
fn set(validator: &mut Validator, option: &str, value: &Value) -> Option<Result<(), Problem>> {
    match (validator, option) {
        (Validator::MinimumLength { min_length }, "min_length") => {
            Some(integer(value, &(0..=4096)).map(|read| {
                *min_length = usize::try_from(read).unwrap_or(usize::MAX);
            }))
        }
        (Validator::UserAttributeSimilarity { max_similarity, .. }, "max_similarity") => {
            Some(similarity(value).map(|read| *max_similarity = read))
        }
        (Validator::UserAttributeSimilarity { user_attributes, .. }, "user_attributes") => {
            Some(value::list(value).map(|read| *user_attributes = read))
        }
        (Validator::CommonPassword, "password_list_path") => Some(Err(Problem::new(
            "password_list_path is not supported: Django's own list is built in",
            "leave it out",
        ))),
        _ => None,
    }
}

fn similarity(value: &Value) -> Result<f64, Problem> {
    let read = match value {
        Value::Float(digits) => digits.replace('_', "").parse().ok(),
        Value::Integer(number) => i32::try_from(*number).ok().map(f64::from),
        _ => None,
    };
    let in_range = read.filter(|number: &f64| (0.1..=10.0).contains(number));
    in_range.ok_or_else(|| {
        Problem::new("max_similarity is no number from 0.1 on", "write a number like 0.7")
    })
}

#[cfg(test)]
mod tests {
    use toml::de::DeValue;

    use super::*;
    use crate::django::password_validation::default_validators;

    fn read(text: &str) -> Result<Vec<Validator>, Problem> {
        let value = DeValue::parse(text).unwrap();
        password_validators(&Value::from_toml(value.get_ref(), &|at| at))
    }

    #[test]
    fn names_and_options() {
        let written = "[\"UserAttributeSimilarityValidator\", {name=\"MinimumLengthValidator\"}, \
             \"CommonPasswordValidator\", \
             \"django.contrib.auth.password_validation.NumericPasswordValidator\"]";
        assert_eq!(read(written), Ok(default_validators()));
        assert_eq!(read("[]"), Ok(Vec::new()));
        let options = "[{name=\"MinimumLengthValidator\", min_length=12}, \
             {name=\"UserAttributeSimilarityValidator\", max_similarity=0.5, user_attributes=[\"a\"]}]";
        let similar = Validator::UserAttributeSimilarity {
            user_attributes: vec!["a".into()],
            max_similarity: 0.5,
        };
        assert_eq!(read(options), Ok(vec![Validator::MinimumLength { min_length: 12 }, similar]));
        let variable = Value::Untyped("MinimumLengthValidator, NumericPasswordValidator".into());
        let both = vec![Validator::MinimumLength { min_length: 8 }, Validator::NumericPassword];
        assert_eq!(password_validators(&variable), Ok(both));
    }

    #[test]
    fn what_is_not_known_is_refused() {
        for (text, part) in [
            ("[\"MinLength\"]", "is no validator of Django's"),
            ("[\"shop.validators.Zxcvbn\"]", "is not one of Django's own"),
            ("[{min_length=3}]", "has no name"),
            ("[{name=\"NumericPasswordValidator\", min_length=3}]", "has no option"),
            ("[{name=\"CommonPasswordValidator\", password_list_path=\"x\"}]", "built in"),
            ("[{name=\"UserAttributeSimilarityValidator\", max_similarity=0.05}]", "from 0.1 on"),
            ("[{name=\"UserAttributeSimilarityValidator\", max_similarity=\"0.5\"}]", "number"),
            ("[{name=\"MinimumLengthValidator\", min_length=-1}]", "out of range"),
            ("[1]", "a TOML integer is among them"),
            ("\"MinimumLengthValidator\"", "is a list"),
        ] {
            let shown = read(text).unwrap_err().to_string();
            assert!(shown.contains(part), "{text}: {shown}");
        }
    }
}
