//! `[rest_framework]`: what settings.py's `REST_FRAMEWORK` says.

use super::{
    error::{Problem, quote},
    reader::Reader,
    value::{self, Value},
};

/// The one class that is built.
const TOKEN: &str = "TokenAuthentication";

/// `[rest_framework]`.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct RestFramework {
    /// The classes that look at a request's `Authorization` header; with an empty list the login
    /// views ignore it.
    ///
    /// Unit: names of classes, `TokenAuthentication` or none. Default: `["TokenAuthentication"]`.
    /// In settings.py: `REST_FRAMEWORK["DEFAULT_AUTHENTICATION_CLASSES"]`.
    pub authentication_classes: Vec<String>,
}

impl Default for RestFramework {
    fn default() -> Self {
        Self { authentication_classes: vec![TOKEN.to_owned()] }
    }
}

impl RestFramework {
    /// Whether a token in the `Authorization` header is looked at on every view.
    pub fn token_authentication(&self) -> bool {
        self.authentication_classes.iter().any(|class| class == TOKEN)
    }

    pub(super) fn read(reader: &mut Reader) -> Self {
        let mut read = Self::default();
        let key = "rest_framework.authentication_classes";
        reader.set(&mut read.authentication_classes, key, authentication_classes);
        read
    }
}

fn authentication_classes(value: &Value) -> Result<Vec<String>, Problem> {
    let classes = value::list(value)?;
    let advice = "write [\"TokenAuthentication\"], or [] where the login views ignore the header";
    let Some(wrong) = classes.iter().find(|class| *class != TOKEN) else {
        return if classes.len() > 1 {
            Err(Problem::new(format!("{TOKEN:?} is named twice"), "name it once"))
        } else {
            Ok(classes)
        };
    };
    let class = wrong.rsplit('.').next().unwrap_or(wrong);
    let problem = match class {
        TOKEN => format!("{} is a path, classes are named without it here", quote(wrong)),
        "SessionAuthentication" | "BasicAuthentication" | "RemoteUserAuthentication" => {
            format!("the class {} is not built", quote(wrong))
        }
        _ => format!("the class {} is not known", quote(wrong)),
    };
    Err(Problem::new(problem, advice))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(classes: &str) -> Result<Vec<String>, Problem> {
        authentication_classes(&Value::Untyped(classes.into()))
    }

    #[test]
    fn token_authentication_or_nothing() {
        assert_eq!(read("TokenAuthentication"), Ok(vec![TOKEN.to_owned()]));
        assert_eq!(read(""), Ok(Vec::new()));
        for (classes, part) in [
            ("TokenAuthentication,SessionAuthentication", "is not built"),
            ("rest_framework.authentication.TokenAuthentication", "is a path"),
            ("JWTAuthentication", "is not known"),
            ("TokenAuthentication,TokenAuthentication", "twice"),
        ] {
            let shown = read(classes).unwrap_err().to_string();
            assert!(shown.contains(part), "{shown}");
        }
    }

    #[test]
    fn the_default_looks_at_the_header() {
        assert!(RestFramework::default().token_authentication());
        assert!(!RestFramework { authentication_classes: Vec::new() }.token_authentication());
    }
}
