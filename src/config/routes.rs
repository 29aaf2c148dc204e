//! `[routes]`: which path is which view, as the project's urls.py would say it.

use super::{
    error::{ConfigError, Origin, Problem, quote},
    reader::{Found, Reader},
    requirement::{KEYS, Requirement},
    suggest::{listed, nearest},
    user_model::UserModel,
    value::Value,
};

const KEY: &str = "routes";

/// A view that a path can be given.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum View {
    /// DRF's `rest_framework.authtoken.views.obtain_auth_token`.
    ObtainAuthToken,
    /// The login view of most tutorials.
    Login,
    /// Who the token's owner is.
    Profile,
    /// Deletes the token.
    Logout,
    /// Tells gateways whose token it is.
    Verify,
}

impl View {
    const ALL: [Self; 5] =
        [Self::ObtainAuthToken, Self::Login, Self::Profile, Self::Logout, Self::Verify];

    /// As the configuration spells it.
    pub fn name(self) -> &'static str {
        match self {
            Self::ObtainAuthToken => "obtain_auth_token",
            Self::Login => "login",
            Self::Profile => "profile",
            Self::Logout => "logout",
            Self::Verify => "verify",
        }
    }
}

/// One path and its view.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Route {
    /// The whole decoded path, from its first slash on; of the verify view also all below it.
    pub path: String,
    /// What answers there.
    pub view: View,
    /// What the verify view asks of a user there.
    pub requirement: Requirement,
}

/// `[routes]`: those written, which replace all others, or the defaults.
///
/// In the project: the `urlpatterns` of urls.py. As a variable: `/login/=login,/logout/=logout`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Routes(Vec<Route>);

impl Default for Routes {
    fn default() -> Self {
        let route = |path: &str, view| Route {
            path: path.to_owned(),
            view,
            requirement: Requirement::default(),
        };
        Self(vec![
            route("/api-token-auth/", View::ObtainAuthToken),
            route("/api/token/login", View::Login),
            route("/login/", View::Login),
            route("/logout/", View::Logout),
            route("/profile/", View::Profile),
            route("/verify/", View::Verify),
        ])
    }
}

impl Routes {
    /// The routes, ordered by path. No path is there twice.
    pub fn iter(&self) -> std::slice::Iter<'_, Route> {
        self.0.iter()
    }

    /// Whether one of them takes passwords.
    pub fn log_in(&self) -> bool {
        self.0.iter().any(|route| matches!(route.view, View::ObtainAuthToken | View::Login))
    }

    pub(super) fn read(reader: &mut Reader, user: &UserModel) -> Self {
        let Some(Found { value, origin, .. }) = reader.take(KEY) else { return Self::default() };
        let mut errors = Vec::new();
        let mut routes = match written(&value, &origin) {
            Ok(written) => collect(written, user, &mut errors),
            Err(problem) => {
                errors.push(ConfigError::new(KEY, Some(origin), problem));
                Vec::new()
            }
        };
        reader.extend(errors);
        routes.sort_by(|left, right| left.path.cmp(&right.path));
        Self(routes)
    }
}

impl<'a> IntoIterator for &'a Routes {
    type Item = &'a Route;
    type IntoIter = std::slice::Iter<'a, Route>;

    fn into_iter(self) -> Self::IntoIter {
        self.iter()
    }
}

/// A route before it is looked at.
struct Written {
    path: String,
    origin: Origin,
    view: Value,
}

fn written(value: &Value, origin: &Origin) -> Result<Vec<Written>, Problem> {
    let routes: Vec<Written> = match value {
        Value::Table(entries) => entries
            .iter()
            .map(|(path, line, view)| Written {
                path: path.clone(),
                origin: origin.at_line(*line),
                view: view.clone(),
            })
            .collect(),
        Value::Untyped(text) if text.trim().is_empty() => Vec::new(),
        Value::Untyped(text) => text
            .split(',')
            .map(|pair| {
                let (path, view) = pair.rsplit_once('=').unwrap_or((pair, ""));
                Written {
                    path: path.trim().to_owned(),
                    origin: origin.clone(),
                    view: Value::Text(view.trim().to_owned()),
                }
            })
            .collect(),
        other => {
            let wrong = format!("is a section, here it is a TOML {}", other.kind());
            return Err(Problem::new(wrong, "write [routes] and \"/path/\" = \"view\" below it"));
        }
    };
    if routes.is_empty() {
        let advice = "write \"/path/\" = \"view\", or leave it out for the default routes";
        return Err(Problem::new("has no route", advice));
    }
    Ok(routes)
}

fn collect(written: Vec<Written>, user: &UserModel, errors: &mut Vec<ConfigError>) -> Vec<Route> {
    let mut routes: Vec<Route> = Vec::with_capacity(written.len());
    for Written { path, origin, view } in written {
        let twice = routes.iter().any(|route| route.path == path);
        let problems = [
            check_path(&path).err(),
            twice.then(|| Problem::new("is there twice", "keep one of the two")),
        ];
        let mut refuse = |problem| {
            errors.push(ConfigError::new(
                format!("{KEY}.{}", quote(&path)),
                Some(origin.clone()),
                problem,
            ));
        };
        problems.into_iter().flatten().for_each(&mut refuse);
        match read_view(&view, user) {
            Ok((view, requirement)) => routes.push(Route { path, view, requirement }),
            Err(problem) => refuse(problem),
        }
    }
    keep_clear(&routes, errors);
    routes
}

/// A gateway may append what its client asked for: below a verify route nothing else may answer.
fn keep_clear(routes: &[Route], errors: &mut Vec<ConfigError>) {
    for route in routes.iter().filter(|route| route.view != View::Verify) {
        let mut verifying = routes.iter().filter(|other| other.view == View::Verify);
        if let Some(above) = verifying.find(|above| is_below(&route.path, &above.path)) {
            let wrong = format!("is below {}, where the verify view answers", quote(&above.path));
            let problem = Problem::new(wrong, "write another path for one of the two");
            errors.push(ConfigError::new(format!("{KEY}.{}", quote(&route.path)), None, problem));
        }
    }
}

fn is_below(path: &str, above: &str) -> bool {
    let rest = path.strip_prefix(above.trim_end_matches('/'));
    rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}

fn check_path(path: &str) -> Result<(), Problem> {
    if !path.starts_with('/') {
        let advice = format!("write {}", quote(&format!("/{path}")));
        return Err(Problem::new("does not begin with a slash", advice));
    }
    if path.contains(['?', '#']) {
        return Err(Problem::new("has a query or fragment", "write the path alone"));
    }
    if path.contains(['<', '>']) {
        return Err(Problem::new("has a pattern in it", "write every path in full"));
    }
    if path.chars().any(char::is_control) {
        return Err(Problem::new("has a control character in it", "write a path without"));
    }
    if has_escape(path) {
        return Err(Problem::new("is percent-encoded", "write it decoded: \"é\" for \"%C3%A9\""));
    }
    Ok(())
}

fn has_escape(path: &str) -> bool {
    path.as_bytes().windows(3).any(|window| {
        matches!(window, [b'%', high, low] if high.is_ascii_hexdigit() && low.is_ascii_hexdigit())
    })
}

/// `"login"` or `{ view = "login" }`; for the verify view with what it asks.
fn read_view(value: &Value, user: &UserModel) -> Result<(View, Requirement), Problem> {
    let names = View::ALL.map(View::name);
    let advice = || format!("write one of {}", listed(&names));
    match value {
        Value::Text(name) => Ok((named(name, &names)?, Requirement::default())),
        Value::Table(entries) => {
            let view = match entries.iter().find(|(key, ..)| key == "view") {
                Some((_, _, Value::Text(name))) => named(name, &names)?,
                Some(_) => return Err(Problem::new("its view is a string in quotes", advice())),
                None => return Err(Problem::new("names no view", advice())),
            };
            let requirement = read_requirement(view, entries)?;
            requirement.check(user)?;
            Ok((view, requirement))
        }
        other => {
            let wrong = format!("names a view in quotes, here it is a TOML {}", other.kind());
            Err(Problem::new(wrong, advice()))
        }
    }
}

fn read_requirement(
    view: View,
    entries: &[(String, usize, Value)],
) -> Result<Requirement, Problem> {
    let mut requirement = Requirement::default();
    for (key, _, value) in entries.iter().filter(|(key, ..)| key != "view") {
        if !KEYS.contains(&key.as_str()) {
            let wrong = format!("there is no such key as {} in a route", quote(key));
            let advice = format!("write view, and for \"verify\" some of {}", listed(&KEYS));
            return Err(Problem::new(wrong, advice));
        }
        if view != View::Verify {
            let wrong = format!("{} is for the view \"verify\" alone", quote(key));
            return Err(Problem::new(wrong, "write { view = \"…\" } and nothing else"));
        }
        requirement.set(key, value).map_err(|problem| problem.of(key))?;
    }
    Ok(requirement)
}

fn named(name: &str, names: &[&'static str]) -> Result<View, Problem> {
    if let Some(view) = View::ALL.into_iter().find(|view| view.name() == name) {
        return Ok(view);
    }
    let wrong = match name {
        "" => "names no view".to_owned(),
        _ => format!("the view {} is not known", quote(name)),
    };
    let remedy = match nearest(name, names) {
        Some(near) => format!("did you mean {near:?}?"),
        None => format!("write one of {}", listed(names)),
    };
    Err(Problem::new(wrong, remedy))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(value: &Value) -> Result<Vec<Route>, String> {
        let origin = Origin::File { name: "f".into(), line: 1 };
        let written = written(value, &origin).map_err(|problem| problem.to_string())?;
        let mut errors = Vec::new();
        let routes = collect(written, &UserModel::default(), &mut errors);
        if errors.is_empty() {
            Ok(routes)
        } else {
            Err(errors.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n"))
        }
    }

    fn table(path: &str, view: &str) -> Value {
        Value::Table(vec![(path.into(), 1, Value::Text(view.into()))])
    }

    fn shown(routes: &[Route]) -> Vec<(&str, &str)> {
        routes.iter().map(|route| (route.path.as_str(), route.view.name())).collect()
    }

    #[test]
    fn a_view_is_a_name_or_a_table() {
        let routes = read(&table("/a/", "login")).unwrap();
        assert_eq!(shown(&routes), [("/a/", "login")]);
        let view = |key: &str, view| Value::Table(vec![(key.into(), 1, view)]);
        let inline = |value| read(&Value::Table(vec![("/a/".into(), 1, value)]));
        let routes = inline(view("view", Value::Text("logout".into()))).unwrap();
        assert_eq!(shown(&routes), [("/a/", "logout")]);
        assert!(inline(view("staff", Value::Boolean(true))).unwrap_err().contains("names no view"));
        let two = |view, key: &str, value| {
            let entry = |key: &str, value| (key.to_owned(), 1, value);
            let entries = vec![entry("view", Value::Text(view)), entry(key, value)];
            read(&Value::Table(vec![("/a/".into(), 1, Value::Table(entries))]))
        };
        assert!(two("verify".into(), "staff", Value::Boolean(true)).unwrap()[0].requirement.staff);
        let unknown = two("verify".into(), "stafff", Value::Boolean(true)).unwrap_err();
        assert!(unknown.contains("there is no such key as \"stafff\""), "{unknown}");
        assert!(inline(view("view", Value::Integer(1))).is_err());
        assert!(inline(Value::Table(Vec::new())).is_err());
        assert!(inline(Value::Integer(1)).is_err());
    }

    #[test]
    fn a_variable_lists_paths_and_views() {
        let routes = read(&Value::Untyped("/a/=login, /b=c/ = profile".into())).unwrap();
        assert_eq!(shown(&routes), [("/a/", "login"), ("/b=c/", "profile")]);
        assert!(
            read(&Value::Untyped("/a/=login,/a/=logout".into())).unwrap_err().contains("twice")
        );
        assert!(read(&Value::Untyped("/a/".into())).unwrap_err().contains("names no view"));
        assert!(read(&Value::Untyped(String::new())).unwrap_err().contains("has no route"));
    }

    #[test]
    fn unknown_views_are_refused() {
        for (view, part) in [
            ("verfy", "did you mean \"verify\"?"),
            ("obtain-auth-token", "did you mean \"obtain_auth_token\"?"),
            ("signup", "write one of \"obtain_auth_token\", \"login\""),
        ] {
            let shown = read(&table("/a/", view)).unwrap_err();
            assert!(shown.contains(part), "{shown}");
        }
    }

    #[test]
    fn paths_are_whole_and_decoded() {
        for right in ["/", "/login", "/é/", "/100%/", "//a//", "/a b/"] {
            assert!(read(&table(right, "login")).is_ok(), "{right}");
        }
        for (wrong, part) in [
            ("login/", "write \"/login/\""),
            ("", "does not begin with a slash"),
            ("/a?b", "has a query"),
            ("/<int:pk>/", "has a pattern"),
            ("/%C3%A9/", "write it decoded"),
            ("/a\nb/", "control character"),
        ] {
            let shown = read(&table(wrong, "login")).unwrap_err();
            assert!(shown.contains(part), "{shown}");
        }
    }
}
