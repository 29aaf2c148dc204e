//! Tokens that a remote drf-auth checks: a [`VerifyToken`] over its verify view.
//!
//! For a backend that may not reach the database. It keeps connections, waits for no answer longer than
//! it was told, and asks once for all who wait with the same token, but never hands out an answer that
//! was asked for before they came. Whatever is not clearly the verify view's own yes or no (an outage, a
//! redirect, another server's page, a gateway's 401) is an error, which the guard answers 503: no client
//! drops its token because something between the two is broken.

mod answer;
mod client;
mod flights;

use std::{collections::BTreeMap, fmt, sync::Arc, time::Duration};

use async_trait::async_trait;
use http::{HeaderName, Uri};

use self::{answer::Names, client::Client, flights::Flights};
use crate::accounts::{
    TokenOwner,
    grants::Permission,
    keyword::Keyword,
    verify::{VerifyError, VerifyToken},
};

/// Where the verify view is, and what its configuration says.
#[derive(Clone, Debug)]
pub struct RemoteOptions {
    /// The verify view: `http://drf-auth:8001/verify/`, or `https://…`, whose certificate is checked
    /// against the system's authorities.
    pub url: String,
    /// How long to wait for a connection.
    pub connect_timeout: Duration,
    /// How long to wait for an answer, the connection included.
    pub timeout: Duration,
    /// At most so many questions at a time; the next waits.
    pub max_connections: usize,
    /// `token_model.keyword` there, and the word before a token here.
    pub keyword: Keyword,
    /// `verify.email_header` there; empty where it is left out.
    pub email_header: String,
    /// `verify.staff_header` there; empty where it is left out: nobody is staff then.
    pub staff_header: String,
    /// `verify.superuser_header` there; empty where it is left out: nobody is a superuser then.
    pub superuser_header: String,
    /// `verify.groups_header` there, without which nobody can be asked for groups.
    pub groups_header: String,
    /// Which verify route there asks for which permission (`app_label.codename`), by its whole URL.
    pub permission_routes: BTreeMap<String, String>,
}

impl RemoteOptions {
    /// The defaults for a drf-auth whose configuration says nothing of `[verify]`.
    pub fn new(url: impl Into<String>) -> Self {
        Self {
            url: url.into(),
            connect_timeout: Duration::from_secs(2),
            timeout: Duration::from_secs(5),
            max_connections: 64,
            keyword: Keyword::default(),
            email_header: "X-Auth-Email".to_owned(),
            staff_header: "X-Auth-Staff".to_owned(),
            superuser_header: "X-Auth-Superuser".to_owned(),
            groups_header: "X-Auth-Groups".to_owned(),
            permission_routes: BTreeMap::new(),
        }
    }
}

/// Why there is no [`RemoteVerifier`]: something to be changed in its options.
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
    /// The certificate authorities of the system cannot be read.
    #[error("the system's certificate authorities cannot be read")]
    Authorities(#[source] std::io::Error),
}

/// Asks a remote drf-auth's verify view whose token it is.
///
/// ```no_run
/// use std::sync::Arc;
///
/// use drf_auth::{
///     accounts::verify::VerifyToken,
///     remote::{RemoteOptions, RemoteVerifier},
/// };
///
/// # fn main() -> Result<(), drf_auth::remote::RemoteOptionsError> {
/// let mut options = RemoteOptions::new("http://drf-auth:8001/verify/");
/// // Asks for a permission what a route of the remote's configuration asks for it:
/// // "/verify/editors/" = { view = "verify", perm = "blog.change_entry" }
/// options.permission_routes.insert(
///     "blog.change_entry".to_owned(),
///     "http://drf-auth:8001/verify/editors/".to_owned(),
/// );
/// let tokens: Arc<dyn VerifyToken> = Arc::new(RemoteVerifier::new(&options)?);
/// # Ok(())
/// # }
/// ```
#[derive(Clone)]
pub struct RemoteVerifier {
    flights: Arc<Flights>,
    url: Uri,
    keyword: Keyword,
    permission_routes: BTreeMap<String, Uri>,
}

impl RemoteVerifier {
    /// Gets ready; nobody is asked yet.
    ///
    /// # Errors
    /// When the options cannot be right.
    pub fn new(options: &RemoteOptions) -> Result<Self, RemoteOptionsError> {
        let url = parse(&options.url)?;
        let routes = options.permission_routes.iter();
        let permission_routes = routes
            .map(|(name, url)| Ok((name.clone(), parse(url)?)))
            .collect::<Result<BTreeMap<_, _>, RemoteOptionsError>>()?;
        let keyword = options.keyword.clone();
        let names = Names {
            email: header(&options.email_header)?,
            staff: header(&options.staff_header)?,
            superuser: header(&options.superuser_header)?,
            groups: header(&options.groups_header)?,
        };
        let is_https = |url: &Uri| url.scheme_str() == Some("https");
        let tls = is_https(&url) || permission_routes.values().any(is_https);
        let client = Client::new(options, tls, names)?;
        Ok(Self { flights: Flights::new(client), url, keyword, permission_routes })
    }
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

fn header(name: &str) -> Result<Option<HeaderName>, RemoteOptionsError> {
    if name.is_empty() {
        return Ok(None);
    }
    name.parse().map(Some).map_err(|_| RemoteOptionsError::Header(name.to_owned()))
}

#[async_trait]
impl VerifyToken for RemoteVerifier {
    async fn verify_token(&self, key: &str) -> Result<TokenOwner, VerifyError> {
        Ok(self.flights.ask(&self.url, key).await?.owner)
    }

    fn keyword(&self) -> &Keyword {
        &self.keyword
    }

    async fn has_permission(
        &self,
        owner: &TokenOwner,
        permission: &Permission,
    ) -> Result<bool, VerifyError> {
        let name = permission.to_string();
        let Some(url) = self.permission_routes.get(&name) else {
            return Err(VerifyError::Unanswerable(format!("who has the permission {name}")));
        };
        match self.flights.ask(url, owner.key.expose()).await {
            Ok(_) => Ok(true),
            Err(answer::No::Forbidden) => Ok(false),
            Err(no) => Err(no.into()),
        }
    }

    async fn groups_of(&self, owner: &TokenOwner) -> Result<Vec<String>, VerifyError> {
        let yes = self.flights.ask(&self.url, owner.key.expose()).await?;
        let nobody = || VerifyError::Unanswerable("who is in which group".to_owned());
        yes.groups.ok_or_else(nobody)
    }
}

impl fmt::Debug for RemoteVerifier {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RemoteVerifier")
            .field("url", &self.url)
            .field("permission_routes", &self.permission_routes)
            .finish_non_exhaustive()
    }
}
