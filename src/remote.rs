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
mod options;
mod tls;

use std::{collections::BTreeMap, fmt, iter, sync::Arc};

pub use self::options::{RemoteOptions, RemoteOptionsError};
use self::{
    answer::{Names, No},
    client::Client,
    flights::Flights,
    options::{Route, header},
};
use crate::accounts::{
    TokenOwner,
    grants::{Permission, Requirement},
    keyword::Keyword,
    verify::{VerifyError, VerifyToken},
};
use async_trait::async_trait;

/// A key that no row has.
const NOBODYS_KEY: &str = "nobody";

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
/// // "/verify-editors/" = { view = "verify", perm = "blog.change_entry" }
/// options.permission_routes.insert(
///     "blog.change_entry".to_owned(),
///     "http://drf-auth:8001/verify-editors/".to_owned(),
/// );
/// let tokens: Arc<dyn VerifyToken> = Arc::new(RemoteVerifier::new(&options)?);
/// # Ok(())
/// # }
/// ```
#[derive(Clone)]
pub struct RemoteVerifier {
    flights: Arc<Flights>,
    view: Route,
    keyword: Keyword,
    /// Whether an answer may name the user's groups.
    names_groups: bool,
    permission_routes: BTreeMap<String, Route>,
}

impl RemoteVerifier {
    /// Gets ready; nobody is asked yet.
    ///
    /// # Errors
    /// When the options cannot be right.
    pub fn new(options: &RemoteOptions) -> Result<Self, RemoteOptionsError> {
        let (view, permission_routes) = (options.view()?, options.routes()?);
        let names = Names {
            text_ids: options.text_ids,
            email: header(&options.email_header)?,
            staff: header(&options.staff_header)?,
            superuser: header(&options.superuser_header)?,
            groups: header(&options.groups_header)?,
        };
        let names_groups = names.groups.is_some();
        let is_https = |route: &Route| route.url.scheme_str() == Some("https");
        let is_needed = is_https(&view) || permission_routes.values().any(is_https);
        let tls = tls::config(is_needed, options.ca_file.as_deref())?;
        let flights = Flights::new(Client::new(options, tls, names));
        let keyword = options.keyword.clone();
        Ok(Self { flights, view, keyword, names_groups, permission_routes })
    }

    /// Looks whether a verify view answers, and whether it can be asked for `requirement`: worth a look at
    /// start for each that a backend has, for then the error says what to change, and not every request is
    /// answered 503. A token that is nobody's is asked for; whether the answers to good ones name groups, it
    /// does not show.
    ///
    /// ```no_run
    /// # use drf_auth::{accounts::{grants::Requirement, verify::VerifyError}, remote::RemoteVerifier};
    /// # async fn check(remote: RemoteVerifier) -> Result<(), VerifyError> {
    /// remote.check(&Requirement::default().permission("blog.change_entry")).await?;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// [`VerifyError::Unanswerable`] where a permission has no route, or a group no header;
    /// [`VerifyError::Unavailable`] where the answer is not a verify view's, or that of a route that does not
    /// ask for the permission.
    pub async fn check(&self, requirement: &Requirement) -> Result<(), VerifyError> {
        if !requirement.groups.is_empty() && !self.names_groups {
            return Err(nobody_knows_groups());
        }
        let asked = requirement.permissions.iter().filter(|permission| permission.has_two_parts());
        let routes =
            asked.map(|permission| self.route(permission)).collect::<Result<Vec<_>, _>>()?;
        for route in iter::once(&self.view).chain(routes) {
            match self.flights.ask(route, NOBODYS_KEY).await {
                Ok(_) | Err(No::Unknown | No::Inactive) => {}
                Err(no) => return Err(no.into()),
            }
        }
        Ok(())
    }

    fn route(&self, permission: &Permission) -> Result<&Route, VerifyError> {
        let name = permission.to_string();
        let nobody =
            || format!("who has the permission {name}: permission_routes has no route for it");
        self.permission_routes.get(&name).ok_or_else(|| VerifyError::Unanswerable(nobody()))
    }
}

fn nobody_knows_groups() -> VerifyError {
    let where_to = "groups_header is not written, here or in the remote's configuration";
    VerifyError::Unanswerable(format!("who is in which group: {where_to}"))
}

#[async_trait]
impl VerifyToken for RemoteVerifier {
    async fn verify_token(&self, key: &str) -> Result<TokenOwner, VerifyError> {
        Ok(self.flights.ask(&self.view, key).await?)
    }

    fn keyword(&self) -> &Keyword {
        &self.keyword
    }

    async fn has_permission(
        &self,
        owner: &TokenOwner,
        permission: &Permission,
    ) -> Result<bool, VerifyError> {
        let route = self.route(permission)?;
        match self.flights.ask(route, owner.key.expose()).await {
            Ok(_) => Ok(true),
            Err(No::Forbidden) => Ok(false),
            Err(no) => Err(no.into()),
        }
    }

    /// Those that the answer about the token named: nobody is asked again.
    async fn groups_of(&self, owner: &TokenOwner) -> Result<Vec<String>, VerifyError> {
        owner.groups.clone().ok_or_else(nobody_knows_groups)
    }
}

impl fmt::Debug for RemoteVerifier {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RemoteVerifier")
            .field("url", &self.view.url)
            .field("permission_routes", &self.permission_routes)
            .finish_non_exhaustive()
    }
}
