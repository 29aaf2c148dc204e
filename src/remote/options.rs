//! What is written of a remote drf-auth.

use std::{collections::BTreeMap, fmt, io, path::PathBuf, time::Duration};

use http::{HeaderName, Uri};

use crate::accounts::{grants::Permission, keyword::Keyword};

/// Where the verify view is, and what its configuration says.
///
/// ```
/// use std::time::Duration;
///
/// use drf_auth::remote::RemoteOptions;
///
/// let mut options = RemoteOptions::new("https://drf-auth.internal/verify/");
/// options.timeout = Duration::from_secs(2);
/// options.ca_file = Some("/etc/ssl/internal-ca.pem".into());
/// ```
#[derive(Clone)]
#[non_exhaustive]
pub struct RemoteOptions {
    /// The verify view: `http://drf-auth:8001/verify/`, or `https://…`. One that listens on a Unix socket
    /// cannot be asked.
    pub url: String,
    /// Whose certificates are believed: a file of the authorities' own, in PEM. Without one those of the
    /// system; the variables `SSL_CERT_FILE` and `SSL_CERT_DIR` name others to the whole process, as they do
    /// to OpenSSL.
    pub ca_file: Option<PathBuf>,
    /// How long to wait for a connection.
    pub connect_timeout: Duration,
    /// How long to wait for an answer, the connection and the wait for one included.
    pub timeout: Duration,
    /// At most so many questions at a time; the next waits.
    pub max_connections: usize,
    /// `token_model.keyword` there, and the word before a token here.
    pub keyword: Keyword,
    /// Whether the primary keys there are text: each is a [`UserId::Text`] then. Else one that an integer
    /// column could hold is taken for an integer, and only others are text, as a UUID is.
    ///
    /// [`UserId::Text`]: crate::accounts::UserId::Text
    pub text_ids: bool,
    /// `verify.email_header` there; empty where it is left out.
    pub email_header: String,
    /// `verify.staff_header` there; empty where it is left out: nobody is staff then.
    pub staff_header: String,
    /// `verify.superuser_header` there; empty where it is left out: nobody is a superuser then.
    pub superuser_header: String,
    /// `verify.groups_header` there, without which nobody can be asked for groups.
    pub groups_header: String,
    /// Which verify route there asks for which permission (`app_label.codename`), by its whole URL. A route
    /// whose answers do not say so (`X-Auth-Required`) is none: it would be met by every token.
    pub permission_routes: BTreeMap<String, String>,
}

impl RemoteOptions {
    /// The defaults for a drf-auth whose configuration says nothing of `[verify]`.
    pub fn new(url: impl Into<String>) -> Self {
        Self {
            url: url.into(),
            ca_file: None,
            connect_timeout: Duration::from_secs(2),
            timeout: Duration::from_secs(5),
            max_connections: 64,
            keyword: Keyword::default(),
            text_ids: false,
            email_header: "X-Auth-Email".to_owned(),
            staff_header: "X-Auth-Staff".to_owned(),
            superuser_header: "X-Auth-Superuser".to_owned(),
            groups_header: "X-Auth-Groups".to_owned(),
            permission_routes: BTreeMap::new(),
        }
    }

    pub(super) fn view(&self) -> Result<Route, RemoteOptionsError> {
        Ok(Route { url: parse(&self.url)?, permission: None })
    }

    pub(super) fn routes(&self) -> Result<BTreeMap<String, Route>, RemoteOptionsError> {
        let route = |(name, url): (&String, &String)| {
            if Permission::parse(name).is_none() {
                return Err(RemoteOptionsError::Permission(name.clone()));
            }
            let route = Route { url: parse(url)?, permission: Some(name.clone()) };
            Ok((name.clone(), route))
        };
        self.permission_routes.iter().map(route).collect()
    }
}

/// A verify route.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) struct Route {
    pub(super) url: Uri,
    /// What its answers must say that it asks for.
    pub(super) permission: Option<String>,
}

/// A URL that cannot be asked is not shown: it may hold a password.
impl fmt::Debug for RemoteOptions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let routes: Vec<_> =
            self.permission_routes.iter().map(|(name, url)| (name, parse(url))).collect();
        f.debug_struct("RemoteOptions")
            .field("url", &parse(&self.url))
            .field("ca_file", &self.ca_file)
            .field("timeout", &self.timeout)
            .field("max_connections", &self.max_connections)
            .field("keyword", &self.keyword)
            .field("permission_routes", &routes)
            .finish_non_exhaustive()
    }
}

/// Why there is no [`RemoteVerifier`](super::RemoteVerifier): something to be changed in its options.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum RemoteOptionsError {
    /// A URL that cannot be asked. What it holds is not repeated: it may be a password.
    #[error(
        "the URL of a verify view is http://… or https://…, without a user and without a query"
    )]
    Url,
    /// A header that cannot be.
    #[error("no header has the name {0:?}")]
    Header(String),
    /// A permission that cannot be.
    #[error("{0:?} is no permission: it is called app_label.codename")]
    Permission(String),
    /// There are no certificate authorities to check an `https://` view by.
    #[error("the certificate authorities cannot be read")]
    Authorities(#[source] io::Error),
}

/// A URL that can be asked as it stands.
fn parse(url: &str) -> Result<Uri, RemoteOptionsError> {
    let parsed: Uri = url.parse().map_err(|_| RemoteOptionsError::Url)?;
    let plain = parsed.authority().is_some_and(|authority| !authority.as_str().contains('@'));
    let known = matches!(parsed.scheme_str(), Some("http" | "https"));
    if known && plain && parsed.query().is_none() {
        Ok(parsed)
    } else {
        Err(RemoteOptionsError::Url)
    }
}

pub(super) fn header(name: &str) -> Result<Option<HeaderName>, RemoteOptionsError> {
    if name.is_empty() {
        return Ok(None);
    }
    name.parse().map(Some).map_err(|_| RemoteOptionsError::Header(name.to_owned()))
}
