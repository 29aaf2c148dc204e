//! What a login here does not ask: other authentication backends, and applications that guard
//! Django's own login. Each must be acknowledged before the service opens a second door.

use super::{
    error::{ConfigError, Problem, quote},
    reader::Reader,
    routes::Routes,
    suggest::{listed, nearest},
    value::{self, Value},
};

/// The backends that are reproduced.
const MODEL: &str = "django.contrib.auth.backends.ModelBackend";
const ALLOW_ALL: &str = "django.contrib.auth.backends.AllowAllUsersModelBackend";

/// An application that guards Django's login by signals, middleware, backends or views, none of
/// which a login made here passes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Guard {
    /// As `acknowledge` names it.
    pub name: &'static str,
    /// What it is, and what it does in Django.
    pub about: &'static str,
    /// Tables that its migrations make, without which it is not in use.
    pub tables: &'static [&'static str],
    /// What the paths of its authentication backends begin with.
    package: &'static str,
}

const fn guard(
    name: &'static str,
    package: &'static str,
    about: &'static str,
    tables: &'static [&'static str],
) -> Guard {
    Guard { name, about, tables, package }
}

/// The guards that are known, with the tables that their releases of 2026 and before make.
pub const GUARDS: [Guard; 12] = [
    guard(
        "axes",
        "axes.",
        "django-axes, which locks out who fails too often",
        &["axes_accessattempt"],
    ),
    guard(
        "defender",
        "defender.",
        "django-defender, which locks out who fails too often",
        &["defender_accessattempt"],
    ),
    guard(
        "otp",
        "django_otp",
        "django-otp (or django-two-factor-auth, django-allauth-2fa), a second factor",
        &[
            "otp_totp_totpdevice",
            "otp_static_staticdevice",
            "otp_hotp_hotpdevice",
            "otp_email_emaildevice",
            "otp_twilio_twiliosmsdevice",
            "otp_yubikey_yubikeydevice",
            "otp_yubikey_remoteyubikeydevice",
            "two_factor_phonedevice",
            "two_factor_webauthn_webauthndevice",
            "django_otp_webauthn_webauthncredential",
        ],
    ),
    guard("allauth_mfa", "allauth.mfa", "django-allauth's second factor", &["mfa_authenticator"]),
    guard(
        "mfa",
        "mfa.",
        "django-mfa2 or django-mfa3, a second factor",
        &["mfa_user_keys", "mfa_mfakey"],
    ),
    guard(
        "django_mfa",
        "django_mfa.",
        "django-mfa, a second factor",
        &["django_mfa_authenticator", "django_mfa_userotp", "django_mfa_u2fkey"],
    ),
    guard("kagi", "kagi.", "kagi, a second factor", &["kagi_totpdevice", "kagi_webauthnkey"]),
    guard("trench", "trench.", "django-trench, a second factor", &["trench_mfamethod"]),
    guard(
        "multifactor",
        "multifactor.",
        "django-multifactor, a second factor",
        &["multifactor_userkey"],
    ),
    guard(
        "django_fido",
        "django_fido.",
        "django-fido, a second factor",
        &["django_fido_authenticator"],
    ),
    guard(
        "django_u2f",
        "django_u2f.",
        "django-u2f, a second factor",
        &["django_u2f_u2fkey", "django_u2f_totpdevice"],
    ),
    guard(
        "lokdown",
        "lokdown.",
        "django-lokdown, a second factor",
        &["lokdown_usertimebasedonetimepasswords", "lokdown_passkeycredential"],
    ),
];

/// Three keys of `[django]`.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct SecondDoor {
    /// What Django asks at a login.
    ///
    /// Unit: paths of classes. Default: `ModelBackend`. In settings.py: `AUTHENTICATION_BACKENDS`.
    pub authentication_backends: Vec<String>,
    /// Django's applications. Those that guard its login are found by their tables, too, but an
    /// account of a database may not be shown them.
    ///
    /// Unit: paths of packages. Default: none is known. In settings.py: `INSTALLED_APPS`.
    pub installed_apps: Vec<String>,
    /// What logins here may bypass.
    ///
    /// Unit: names of [`GUARDS`], paths of backends. Default: nothing. In settings.py: nothing.
    pub acknowledge: Vec<String>,
    /// Whether somebody has written one of these two, and be it that there is nothing.
    pub is_told: bool,
    open: Vec<ConfigError>,
}

impl Default for SecondDoor {
    fn default() -> Self {
        Self {
            authentication_backends: vec![MODEL.to_owned()],
            installed_apps: Vec::new(),
            acknowledge: Vec::new(),
            is_told: false,
            open: Vec::new(),
        }
    }
}

impl SecondDoor {
    /// Whether users who are not active may log in.
    pub fn inactive_may_log_in(&self) -> bool {
        self.authentication_backends.iter().any(|backend| backend == ALLOW_ALL)
    }

    /// Whether logins here may bypass a guard.
    pub fn acknowledges(&self, guard: &Guard) -> bool {
        self.acknowledge.iter().any(|name| name == guard.name)
    }

    /// What to write so that logins may bypass these, too.
    pub fn acknowledgement(&self, names: &[&str]) -> String {
        let written = self.acknowledge.iter().map(String::as_str);
        let all: Vec<_> = written.chain(names.iter().copied()).collect();
        format!("acknowledge = [{}]", listed(&all))
    }

    /// What Django asks at a login, and neither is asked here nor acknowledged.
    pub fn open(&self) -> &[ConfigError] {
        &self.open
    }

    pub(super) fn read(reader: &mut Reader, routes: &Routes) -> Self {
        let mut read = Self { is_told: reader.is_written("django.acknowledge"), ..Self::default() };
        reader.set(&mut read.acknowledge, "django.acknowledge", acknowledge);
        let backends_key = "django.authentication_backends";
        reader.set(&mut read.authentication_backends, backends_key, backends);
        let apps_key = "django.installed_apps";
        read.is_told |= reader.is_written(apps_key);
        reader.set(&mut read.installed_apps, apps_key, value::list);
        if routes.log_in() {
            let open =
                [(backends_key, read.unasked_backends()), (apps_key, read.unpassed_guards())];
            read.open = open
                .into_iter()
                .filter_map(|(key, problem)| Some(ConfigError::new(key, None, problem?)))
                .collect();
        }
        read
    }

    /// The guards among the applications that nobody has said a login may bypass, but for those that
    /// their backends tell of.
    fn unpassed_guards(&self) -> Option<Problem> {
        let is_installed = |guard: &&Guard| {
            self.installed_apps.iter().any(|app| format!("{app}.").starts_with(guard.package))
        };
        let is_told = |guard: &Guard| {
            let mut backends = self.authentication_backends.iter();
            self.acknowledges(guard) || backends.any(|backend| backend.starts_with(guard.package))
        };
        let unpassed: Vec<&Guard> =
            GUARDS.iter().filter(is_installed).filter(|guard| !is_told(guard)).collect();
        if unpassed.is_empty() {
            return None;
        }
        let about: Vec<&str> = unpassed.iter().map(|guard| guard.about).collect();
        let names: Vec<&str> = unpassed.iter().map(|guard| guard.name).collect();
        Some(Problem::new(
            format!("no login here passes {}", about.join("; ")),
            format!(
                "write django.{} where logins here may bypass that",
                self.acknowledgement(&names)
            ),
        ))
    }

    /// The backends that nobody has said a login may bypass.
    fn unasked_backends(&self) -> Option<Problem> {
        // A guard's own name stands for its tables, too.
        let name = |backend: &'_ str| {
            let guard = GUARDS.iter().find(|guard| backend.starts_with(guard.package));
            guard.map(|guard| guard.name)
        };
        let unasked = |backend: &&String| {
            let reproduced = [MODEL, ALLOW_ALL].contains(&backend.as_str());
            let by_name =
                name(backend).is_some_and(|name| self.acknowledge.iter().any(|n| n == name));
            !(reproduced || by_name || self.acknowledge.contains(backend))
        };
        let unasked: Vec<_> =
            self.authentication_backends.iter().filter(unasked).map(String::as_str).collect();
        if unasked.is_empty() {
            return None;
        }
        let mut names: Vec<_> =
            unasked.iter().map(|backend| name(backend).unwrap_or(backend)).collect();
        names.dedup();
        let acknowledgement = self.acknowledgement(&names);
        Some(Problem::new(
            format!("a login here does not ask {}, only what ModelBackend does", listed(&unasked)),
            format!("write django.{acknowledgement} where logins here may bypass that"),
        ))
    }
}

fn backends(value: &Value) -> Result<Vec<String>, Problem> {
    let backends = value::list(value)?;
    let advice = format!("write AUTHENTICATION_BACKENDS as settings.py has it, e.g. [{MODEL:?}]");
    if backends.is_empty() {
        return Err(Problem::new("with no backend nobody logs in", advice));
    }
    match backends.iter().find(|backend| !is_path(backend)) {
        Some(wrong) => Err(Problem::new(format!("{} is no path of a class", quote(wrong)), advice)),
        None => Ok(backends),
    }
}

fn acknowledge(value: &Value) -> Result<Vec<String>, Problem> {
    let names = value::list(value)?;
    let known = GUARDS.map(|guard| guard.name);
    let is_known = |name: &String| known.contains(&name.as_str()) || is_path(name);
    match names.iter().find(|name| !is_known(name)) {
        Some(wrong) => {
            let advice = match nearest(wrong, &known) {
                Some(near) => format!("did you mean {near:?}?"),
                None => format!("write one of {}, or the path of a backend", listed(&known)),
            };
            Err(Problem::new(format!("{} is not known", quote(wrong)), advice))
        }
        None => Ok(names),
    }
}

/// `package.module.Class`.
fn is_path(path: &str) -> bool {
    let is_name =
        |part: &str| !part.is_empty() && part.chars().all(|c| c.is_alphanumeric() || c == '_');
    path.contains('.') && path.split('.').all(is_name)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn door(backends: &[&str], acknowledge: &[&str]) -> SecondDoor {
        let owned = |names: &[&str]| names.iter().map(|&name| name.to_owned()).collect();
        SecondDoor {
            authentication_backends: owned(backends),
            acknowledge: owned(acknowledge),
            ..SecondDoor::default()
        }
    }

    #[test]
    fn a_guard_is_told_by_its_application() {
        let door = |apps: &[&str], acknowledge: &[&str]| SecondDoor {
            installed_apps: apps.iter().map(|&app| app.to_owned()).collect(),
            ..door(&[MODEL], acknowledge)
        };
        let apps = ["django.contrib.auth", "axes", "django_otp", "django_otp.plugins.otp_totp"];
        assert_eq!(
            door(&apps, &["otp"]).unpassed_guards().unwrap().to_string(),
            "no login here passes django-axes, which locks out who fails too often; write \
             django.acknowledge = [\"otp\", \"axes\"] where logins here may bypass that"
        );
        assert!(door(&apps, &[]).unpassed_guards().unwrap().to_string().contains("\"otp\""));
        assert_eq!(door(&apps, &["otp", "axes"]).unpassed_guards(), None);
        assert!(door(&["allauth.mfa"], &[]).unpassed_guards().is_some());
        assert_eq!(door(&["allauth", "axes_of_ours", "shop.mfa"], &[]).unpassed_guards(), None);
        let read = |routes| {
            crate::config::Config::check(&format!("[django]\ninstalled_apps=[\"axes\"]\n{routes}"))
        };
        let refused = read("").unwrap_err().to_string();
        assert!(refused.contains("django.installed_apps: no login here passes"), "{refused}");
        assert!(read("[routes]\n\"/verify/\" = \"verify\"\n").unwrap().second_door.is_told);
    }

    fn untyped(text: &str) -> Value {
        Value::Untyped(text.into())
    }

    #[test]
    fn what_is_not_asked_must_be_acknowledged() {
        const AXES: &str = "axes.backends.AxesStandaloneBackend";
        const LDAP: &str = "django_auth_ldap.backend.LDAPBackend";
        assert_eq!(SecondDoor::default().unasked_backends(), None);
        assert_eq!(door(&[MODEL, ALLOW_ALL], &[]).unasked_backends(), None);
        assert_eq!(door(&[AXES, MODEL], &["axes"]).unasked_backends(), None);
        assert_eq!(door(&[AXES, MODEL], &[AXES]).unasked_backends(), None);
        assert_eq!(
            door(&[AXES, LDAP, MODEL], &["axes"]).unasked_backends().unwrap().to_string(),
            "a login here does not ask \"django_auth_ldap.backend.LDAPBackend\", only what \
             ModelBackend does; write django.acknowledge = \
             [\"axes\", \"django_auth_ldap.backend.LDAPBackend\"] where logins here may bypass that"
        );
        let both = door(&[AXES, LDAP, MODEL], &[]).unasked_backends().unwrap().to_string();
        assert!(both.contains(&format!("acknowledge = [\"axes\", {LDAP:?}]")), "{both}");
        assert!(door(&[AXES], &["otp"]).unasked_backends().is_some());
    }

    #[test]
    fn only_one_backend_lets_the_inactive_in() {
        assert!(door(&[MODEL, ALLOW_ALL], &[]).inactive_may_log_in());
        assert!(!SecondDoor::default().inactive_may_log_in());
    }

    #[test]
    fn names_that_nobody_knows_are_refused() {
        assert_eq!(acknowledge(&untyped("")), Ok(Vec::new()));
        assert!(acknowledge(&untyped("axes,otp,a.b.C")).is_ok());
        let sentence = acknowledge(&untyped("axs")).unwrap_err().to_string();
        assert!(sentence.ends_with("did you mean \"axes\"?"), "{sentence}");
        for wrong in ["x", "django-axes", "a..b", ".a"] {
            assert!(acknowledge(&untyped(wrong)).is_err(), "{wrong}");
        }
        for wrong in ["", "ModelBackend", "a b.c"] {
            assert!(backends(&untyped(wrong)).is_err(), "{wrong}");
        }
        assert!(backends(&untyped(MODEL)).is_ok());
    }

    #[test]
    fn no_table_is_two_guards_and_every_name_can_be_bound() {
        let mut tables: Vec<_> = GUARDS.iter().flat_map(|guard| guard.tables).collect();
        let count = tables.len();
        tables.sort_unstable();
        tables.dedup();
        assert_eq!(tables.len(), count);
        assert!(tables.iter().all(|name| name.len() <= 64));
    }
}
