//! `[django]`: what the project's settings.py says, as far as it changes an answer or a row.

use super::{
    error::{Problem, quote},
    hashers::{self, HasherParameters},
    password_validators::password_validators,
    reader::Reader,
    value::{self, Value, boolean, integer, limit, one_of},
};
use crate::django::{
    Release,
    hashers::has_hasher,
    password_validation::{Validator, default_validators},
};

/// A version of Python that a known Django runs on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct PythonVersion {
    minor: u8,
}

impl PythonVersion {
    const NAMES: [&str; 7] = ["3.8", "3.9", "3.10", "3.11", "3.12", "3.13", "3.14"];

    /// The 13 of Python 3.13.
    pub fn minor(self) -> u8 {
        self.minor
    }
}

impl Default for PythonVersion {
    fn default() -> Self {
        Self { minor: 13 }
    }
}

/// `[django]`.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Django {
    /// The version whose hashers' parameters hold. `None` where it is not written.
    ///
    /// Unit: one of [`Release::ALL`]. Default: 5.2. In settings.py: the installed Django.
    pub version: Option<Release>,
    /// The version of Python whose wording of JSON errors holds.
    ///
    /// Unit: 3.8 to 3.14. Default: 3.13. In settings.py: the Python that runs it.
    pub python: PythonVersion,
    /// The hashers a stored password may be of, by algorithm; the first is the preferred one.
    ///
    /// Unit: names of algorithms. Default: `["pbkdf2_sha256", "pbkdf2_sha1", "argon2",
    /// "bcrypt_sha256", "scrypt"]`, without `scrypt` for 3.2. In settings.py: `PASSWORD_HASHERS`.
    pub password_hashers: Vec<String>,
    /// What a new password must be, for the commands that take one.
    ///
    /// Unit: names of Django's validators, or tables of a name and its options. Default: the four
    /// that `startproject` writes. In settings.py: `AUTH_PASSWORD_VALIDATORS`.
    pub password_validators: Vec<Validator>,
    /// What a project's own subclasses of the hashers say otherwise.
    pub hashers: HasherParameters,
    /// The iterations of PBKDF2 in a project with a hasher of its own. `None` where not written.
    ///
    /// Unit: iterations, 1 to 10,000,000. Default: those of `version`.
    /// In settings.py: `iterations` of a subclass of `PBKDF2PasswordHasher`.
    pub pbkdf2_iterations: Option<u32>,
    /// Whether a login rewrites a password of lower cost. `None` where not written.
    ///
    /// Unit: none. Default: true where `version` or `pbkdf2_iterations` is written, else false.
    /// In settings.py: nothing, Django always does.
    pub upgrade_passwords: Option<bool>,
    /// Whether datetimes are stored in UTC.
    ///
    /// Unit: none. Default: true. In settings.py: `USE_TZ`.
    pub use_tz: bool,
    /// The zone of stored datetimes where `use_tz` is false.
    ///
    /// Unit: a name of the tz database. Default: `UTC`. In settings.py: `TIME_ZONE`.
    pub time_zone: String,
    /// The zone of stored datetimes where `use_tz` is true and the database knows no zones.
    ///
    /// Unit: a name of the tz database, or empty. Default: none.
    /// In settings.py: `DATABASES["default"]["TIME_ZONE"]`.
    pub database_time_zone: Option<String>,
    /// Whether a path without its slash is redirected to the route that has it.
    ///
    /// Unit: none. Default: true. In settings.py: `APPEND_SLASH`.
    pub append_slash: bool,
    /// The Host headers that are served; any where the list is empty.
    ///
    /// Unit: host names, `.example.com` with its subdomains, `*` any. Default: empty.
    /// In settings.py: `ALLOWED_HOSTS`.
    pub allowed_hosts: Vec<String>,
    /// The largest request body. `None`, written `"none"`, sets no limit.
    ///
    /// Unit: bytes, 0 to 2,147,483,647. Default: 2,621,440.
    /// In settings.py: `DATA_UPLOAD_MAX_MEMORY_SIZE`.
    pub data_upload_max_memory_size: Option<u32>,
    /// The most fields of a form. `None`, written `"none"`, sets no limit.
    ///
    /// Unit: fields, 0 to 1,000,000. Default: 1000. In settings.py: `DATA_UPLOAD_MAX_NUMBER_FIELDS`.
    pub data_upload_max_number_fields: Option<u32>,
}

impl Default for Django {
    fn default() -> Self {
        Self {
            version: None,
            python: PythonVersion::default(),
            password_hashers: hashers::default_hashers(Release::default()),
            password_validators: default_validators(),
            hashers: HasherParameters::default(),
            pbkdf2_iterations: None,
            upgrade_passwords: None,
            use_tz: true,
            time_zone: "UTC".to_owned(),
            database_time_zone: None,
            append_slash: true,
            allowed_hosts: Vec::new(),
            data_upload_max_memory_size: Some(2_621_440),
            data_upload_max_number_fields: Some(1000),
        }
    }
}

impl Django {
    /// The version that holds: the one written, or the default.
    pub fn version(&self) -> Release {
        self.version.unwrap_or_default()
    }

    /// Whether the configuration says what a password costs: `version` or `pbkdf2_iterations`.
    pub fn cost_is_written(&self) -> bool {
        self.version.is_some() || self.pbkdf2_iterations.is_some()
    }

    /// Whether a login rewrites a password of lower cost: as written, else where the cost is.
    pub fn upgrades_passwords(&self) -> bool {
        self.upgrade_passwords.unwrap_or_else(|| self.cost_is_written())
    }

    /// Those of `password_hashers` that the version written here has not: the project may have a copy.
    pub fn hashers_of_other_versions(&self) -> impl Iterator<Item = &str> {
        let names = self.password_hashers.iter().map(String::as_str);
        let is_here = |name| self.version.is_none_or(|version| has_hasher(version, name));
        names.filter(move |name| !is_here(name))
    }

    pub(super) fn read(reader: &mut Reader) -> Self {
        let mut read = Self {
            version: reader.read("django.version", version),
            pbkdf2_iterations: reader
                .read("django.pbkdf2_iterations", |v| integer(v, &(1..=10_000_000))),
            upgrade_passwords: reader.read("django.upgrade_passwords", boolean),
            hashers: HasherParameters::read(reader),
            ..Self::default()
        };
        read.password_hashers = hashers::default_hashers(read.version());
        reader.set(&mut read.python, "django.python", python);
        let names = "django.password_hashers";
        reader.set(&mut read.password_hashers, names, hashers::password_hashers);
        let validators = "django.password_validators";
        reader.set(&mut read.password_validators, validators, password_validators);
        reader.set(&mut read.use_tz, "django.use_tz", boolean);
        reader.set(&mut read.time_zone, "django.time_zone", time_zone);
        reader.set(&mut read.database_time_zone, "django.database_time_zone", no_or_time_zone);
        reader.set(&mut read.append_slash, "django.append_slash", boolean);
        reader.set(&mut read.allowed_hosts, "django.allowed_hosts", allowed_hosts);
        reader.set(
            &mut read.data_upload_max_memory_size,
            "django.data_upload_max_memory_size",
            |v| limit(v, &(0..=i32::MAX.unsigned_abs())),
        );
        reader.set(
            &mut read.data_upload_max_number_fields,
            "django.data_upload_max_number_fields",
            |v| limit(v, &(0..=1_000_000)),
        );
        read
    }
}

fn version(value: &Value) -> Result<Release, Problem> {
    let names = Release::ALL.map(Release::as_str);
    let name = one_of(value, &names)?;
    Ok(Release::ALL.into_iter().find(|version| version.as_str() == name).unwrap_or_default())
}

fn python(value: &Value) -> Result<PythonVersion, Problem> {
    let name = one_of(value, &PythonVersion::NAMES)?;
    let minor = name.split_once('.').and_then(|(_, minor)| minor.parse().ok());
    Ok(minor.map_or_else(PythonVersion::default, |minor| PythonVersion { minor }))
}

fn time_zone(value: &Value) -> Result<String, Problem> {
    let name = value::text(value)?;
    let advice = "write a name of the tz database, e.g. \"UTC\" or \"Europe/Berlin\"";
    let known = jiff::tz::TimeZoneDatabase::bundled().get(name).ok();
    // jiff overlooks case, Python's zoneinfo does not.
    match known.as_ref().map(|zone| zone.iana_name().unwrap_or(name)) {
        Some(known) if known == name => Ok(name.to_owned()),
        Some(known) => Err(Problem::new(
            format!("{} is not spelled so", quote(name)),
            format!("write {known:?}"),
        )),
        None => Err(Problem::new(format!("the time zone {} is not known", quote(name)), advice)),
    }
}

fn no_or_time_zone(value: &Value) -> Result<Option<String>, Problem> {
    if value::text(value)?.is_empty() { Ok(None) } else { time_zone(value).map(Some) }
}

fn allowed_hosts(value: &Value) -> Result<Vec<String>, Problem> {
    let hosts = value::list(value)?;
    match hosts.iter().find(|host| !is_host(host)) {
        None => Ok(hosts),
        Some(wrong) => Err(Problem::new(
            format!("{} is no host name", quote(wrong)),
            "write names without scheme, port and path: \"example.com\", \".example.com\" with its \
             subdomains, or \"*\"",
        )),
    }
}

fn is_host(host: &str) -> bool {
    let plain = |text: &str, more: &[u8]| {
        !text.is_empty() && text.bytes().all(|b| b.is_ascii_alphanumeric() || more.contains(&b))
    };
    let address = host.strip_prefix('[').and_then(|host| host.strip_suffix(']'));
    host == "*" || plain(host, b"-._") || address.is_some_and(|address| plain(address, b":."))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(text: &str) -> Value {
        Value::Text(text.into())
    }

    fn list(items: &[&str]) -> Value {
        Value::List(items.iter().copied().map(text).collect())
    }

    #[test]
    fn versions() {
        assert_eq!(version(&text("4.2")), Ok(Release::V4_2));
        assert!(Release::V4_2 < Release::V5_0);
        for known in Release::ALL {
            assert_eq!(version(&Value::Untyped(known.as_str().into())), Ok(known));
        }
        for wrong in [text("5"), text("5.3"), text("5.2.1"), text(""), Value::Other("float")] {
            let shown = version(&wrong).unwrap_err().to_string();
            assert!(shown.contains("write one of \"3.2\", \"4.0\""), "{shown}");
        }
    }

    #[test]
    fn pythons() {
        assert_eq!(python(&text("3.8")).map(PythonVersion::minor), Ok(8));
        assert_eq!(python(&text("3.14")).map(PythonVersion::minor), Ok(14));
        assert!(python(&text("3.7")).is_err() && python(&text("3.15")).is_err());
        assert_eq!(PythonVersion::default().minor(), 13);
    }

    #[test]
    fn time_zones_are_spelled_as_zoneinfo_spells_them() {
        for name in ["UTC", "Europe/Berlin", "America/Argentina/Buenos_Aires", "Etc/GMT+5", "GMT"] {
            assert_eq!(time_zone(&text(name)), Ok(name.into()));
        }
        assert_eq!(
            time_zone(&text("europe/berlin")).unwrap_err().to_string(),
            "\"europe/berlin\" is not spelled so; write \"Europe/Berlin\""
        );
        for wrong in ["", "Berlin", "+01:00", "../UTC"] {
            assert!(time_zone(&text(wrong)).is_err(), "{wrong}");
        }
        assert_eq!(no_or_time_zone(&text("")), Ok(None));
        assert_eq!(no_or_time_zone(&text("UTC")), Ok(Some("UTC".into())));
    }

    #[test]
    fn hosts() {
        let right = ["example.com", ".example.com", "*", "127.0.0.1", "[::1]", "my_host"];
        assert!(allowed_hosts(&list(&right)).is_ok());
        for wrong in ["", "https://example.com", "example.com:80", "a b", "*.example.com", "[]"] {
            assert!(allowed_hosts(&list(&[wrong])).is_err(), "{wrong}");
        }
    }

    #[test]
    fn hashers_may_be_of_other_versions() {
        let others = |version, names: &[&str]| {
            let password_hashers = names.iter().map(|&name| name.to_owned()).collect();
            let django = Django { version, password_hashers, ..Django::default() };
            django.hashers_of_other_versions().map(str::to_owned).collect::<Vec<_>>()
        };
        let old = ["sha1", "unsalted_sha1", "unsalted_md5"];
        let names = ["md5", "scrypt", old[0], old[1], old[2]];
        assert_eq!(others(Some(Release::V5_0), &names), [""; 0]);
        assert_eq!(others(Some(Release::V5_1), &names), old);
        assert_eq!(others(Some(Release::V3_2), &names), ["scrypt"]);
        assert_eq!(others(None, &names), [""; 0]);
    }

    #[test]
    fn upgrades_follow_what_is_written() {
        let mut django = Django::default();
        assert!(!django.upgrades_passwords() && !django.cost_is_written());
        assert_eq!(django.version(), Release::V5_2);
        django.pbkdf2_iterations = Some(1);
        assert!(django.upgrades_passwords());
        django.upgrade_passwords = Some(false);
        assert!(!django.upgrades_passwords() && django.cost_is_written());
        let written = Django { version: Some(Release::V4_2), ..Django::default() };
        assert!(written.upgrades_passwords());
    }
}
