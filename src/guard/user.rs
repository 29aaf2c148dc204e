//! The user whose token came with a request.

use std::{fmt, ops::Deref, ptr, sync::Arc};

use http::request::Parts;

use super::{
    authentication::authenticate,
    refusal::{self, Refusal},
};
use crate::{
    accounts::{
        TokenKey, TokenOwner, User, UserId,
        grants::Requirement,
        verify::{VerifyError, VerifyToken},
    },
    drf::exceptions::ApiException,
};

/// The user whose token came with a request: DRF's `request.user`, with `request.auth`.
///
/// In axum it is an extractor, where the state yields an `Arc<dyn VerifyToken>` (axum's `FromRef`):
/// a request without a good token never reaches the handler. `Option<AuthenticatedUser>` lets a
/// request without a token through, and still refuses one with a bad one, as DRF does with
/// `AllowAny`. Behind [`RequireToken`](super::RequireToken) it is also among the request's extensions.
///
/// The fields of [`User`] are there by dereference; what else may be asked (groups, permissions) is
/// asked of the database when it is.
///
/// ```
/// use std::sync::Arc;
///
/// use axum::{Router, routing::get};
/// use drf_auth::guard::{AuthenticatedUser, FixedTokens, Refusal, VerifyToken};
///
/// async fn hello(user: AuthenticatedUser) -> String {
///     format!("Hello {}", user.username)
/// }
///
/// async fn reports(user: AuthenticatedUser) -> Result<&'static str, Refusal> {
///     user.require_permission("shop.view_report").await?;
///     Ok("…")
/// }
///
/// async fn front_page(user: Option<AuthenticatedUser>) -> &'static str {
///     if user.is_some() { "Welcome back" } else { "Welcome" }
/// }
///
/// let tokens: Arc<dyn VerifyToken> = Arc::new(FixedTokens::new().user("key", "ayush"));
/// let app: Router = Router::new()
///     .route("/hello", get(hello))
///     .route("/reports", get(reports))
///     .route("/", get(front_page))
///     .with_state(tokens);
/// ```
#[derive(Clone)]
pub struct AuthenticatedUser {
    owner: Arc<TokenOwner>,
    verifier: Arc<dyn VerifyToken>,
    /// Of the refusals that may follow.
    indent: Option<usize>,
}

impl AuthenticatedUser {
    /// The user of a request; `None` where it came without a token.
    ///
    /// For frameworks that this crate knows nothing of; axum's extractor and
    /// [`RequireToken`](super::RequireToken) do the same.
    ///
    /// # Errors
    /// The refusal of a bad token.
    pub async fn of(
        parts: &Parts,
        verifier: &Arc<dyn VerifyToken>,
    ) -> Result<Option<Self>, Refusal> {
        if let Some(known) = parts.extensions.get::<Self>()
            && ptr::addr_eq(Arc::as_ptr(&known.verifier), Arc::as_ptr(verifier))
        {
            return Ok(Some(known.clone()));
        }
        let keyword = verifier.keyword();
        let refused = |exception| Refusal::new(exception, keyword, refusal::indent(parts));
        let owner = authenticate(&**verifier, &parts.headers, &[keyword.as_str()])
            .await
            .map_err(refused)?;
        Ok(owner.map(|owner| Self {
            owner: Arc::new(owner),
            verifier: Arc::clone(verifier),
            indent: refusal::indent(parts),
        }))
    }

    /// As [`AuthenticatedUser::of`], of a request that must have a user.
    ///
    /// # Errors
    /// The refusal of a bad token, or of none.
    pub async fn required(parts: &Parts, verifier: &Arc<dyn VerifyToken>) -> Result<Self, Refusal> {
        Self::of(parts, verifier).await?.ok_or_else(|| {
            let exception = ApiException::not_authenticated();
            Refusal::new(exception, verifier.keyword(), refusal::indent(parts))
        })
    }

    /// The row's primary key.
    pub fn id(&self) -> &UserId {
        &self.owner.user.id
    }

    /// The user as the row says.
    pub fn user(&self) -> &User {
        &self.owner.user
    }

    /// The token that the request came with (`request.auth`), to revoke it for instance.
    pub fn token(&self) -> &TokenKey {
        &self.owner.key
    }

    /// `user.has_perm("app_label.codename")`: the user's own or a group's; a superuser has all.
    ///
    /// # Errors
    /// 503 where the database does not answer.
    pub async fn has_perm(&self, permission: &str) -> Result<bool, Refusal> {
        self.meets(&Requirement::default().permission(permission)).await
    }

    /// The names of the user's groups, in the order of their code points: as they are when the database
    /// is asked; over a remote drf-auth as they were when the token was checked.
    ///
    /// # Errors
    /// 503 where the database does not answer.
    pub async fn groups(&self) -> Result<Vec<String>, Refusal> {
        self.verifier.groups_of(&self.owner).await.map_err(|error| self.unanswered(&error))
    }

    /// Whether the user meets a requirement.
    ///
    /// # Errors
    /// 503 where the database does not answer.
    pub async fn meets(&self, requirement: &Requirement) -> Result<bool, Refusal> {
        let met = requirement.is_met(&self.owner, &*self.verifier).await;
        met.map_err(|error| self.unanswered(&error))
    }

    /// Goes on where the user meets a requirement.
    ///
    /// # Errors
    /// DRF's 403 where not; 503 where the database does not answer.
    pub async fn require(&self, requirement: &Requirement) -> Result<(), Refusal> {
        if self.meets(requirement).await? {
            return Ok(());
        }
        tracing::debug!(user.id = %self.id(), "the user may not do what the route asks");
        Err(self.denied())
    }

    /// Goes on where the user has a permission, `app_label.codename`.
    ///
    /// # Errors
    /// As [`AuthenticatedUser::require`].
    pub async fn require_permission(&self, permission: &str) -> Result<(), Refusal> {
        self.require(&Requirement::default().permission(permission)).await
    }

    /// Goes on where the user is in a group; a superuser must be in it, too.
    ///
    /// # Errors
    /// As [`AuthenticatedUser::require`].
    pub async fn require_group(&self, group: &str) -> Result<(), Refusal> {
        self.require(&Requirement::default().group(group)).await
    }

    /// Goes on where the user is staff (`IsAdminUser`).
    ///
    /// # Errors
    /// As [`AuthenticatedUser::require`].
    pub async fn require_staff(&self) -> Result<(), Refusal> {
        self.require(&Requirement::default().staff()).await
    }

    /// All that the user may do, each as `app_label.codename`, in the order of their code points
    /// (`user.get_all_permissions()`): a superuser everything there is.
    ///
    /// # Errors
    /// 503 where the database does not answer, and over a remote drf-auth always: a verify view does not
    /// list them.
    pub async fn permissions(&self) -> Result<Vec<String>, Refusal> {
        self.verifier.permissions_of(&self.owner).await.map_err(|error| self.unanswered(&error))
    }

    /// DRF's 403, for what the backend itself decides (`self.permission_denied(request)`).
    ///
    /// ```
    /// use drf_auth::guard::{AuthenticatedUser, Refusal, UserId};
    ///
    /// fn see(user: &AuthenticatedUser, owner: Option<&UserId>) -> Result<(), Refusal> {
    ///     match owner {
    ///         Some(owner) if owner == user.id() => Ok(()),
    ///         Some(_) => Err(user.denied()),
    ///         // As get_object_or_404(Order, …) says it.
    ///         None => Err(user.not_found().with_detail("No Order matches the given query.")),
    ///     }
    /// }
    /// ```
    pub fn denied(&self) -> Refusal {
        self.refusal(ApiException::permission_denied())
    }

    /// DRF's 404 (`raise Http404`), for what is not there, or not for this user.
    pub fn not_found(&self) -> Refusal {
        self.refusal(ApiException::not_found())
    }

    fn unanswered(&self, error: &VerifyError) -> Refusal {
        self.refusal(refusal::refuse(error))
    }

    fn refusal(&self, exception: ApiException) -> Refusal {
        Refusal::new(exception, self.verifier.keyword(), self.indent)
    }
}

impl Deref for AuthenticatedUser {
    type Target = User;

    fn deref(&self) -> &User {
        &self.owner.user
    }
}

impl fmt::Debug for AuthenticatedUser {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("AuthenticatedUser").field(&self.owner.user).finish()
    }
}
