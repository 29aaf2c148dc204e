//! tower's side: [`RequireToken`], before any HTTP service.

use std::{
    fmt,
    future::Future,
    mem,
    pin::Pin,
    sync::Arc,
    task::{Context, Poll, ready},
};

use http::{Request, Response, request::Parts};
use pin_project_lite::pin_project;
use tower_layer::Layer;
use tower_service::Service;

use super::{AuthenticatedUser, Refusal, ResponseBody, VerifyToken};
use crate::accounts::grants::Requirement;

/// Lets no request through without a good token, and puts the [`AuthenticatedUser`] into the
/// extensions of those it lets through.
///
/// It stands before any tower service that takes an `http::Request` and answers an
/// `http::Response`: axum's, tonic's, plain hyper's. A refusal is DRF's ([`Refusal`]). Every
/// method is refused alike, as DRF does: a browser's CORS preflight carries no token, so a CORS
/// layer belongs outside of this one, where it answers the preflight itself.
///
/// ```
/// use std::{convert::Infallible, sync::Arc};
///
/// use drf_auth::guard::{AuthenticatedUser, FixedTokens, RequireToken};
/// use http::{Request, Response, StatusCode};
/// use http_body_util::Empty;
/// use tower::{ServiceBuilder, ServiceExt as _, service_fn};
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() {
/// let tokens = Arc::new(FixedTokens::new().user("key", "ayush"));
/// let service = ServiceBuilder::new().layer(RequireToken::new(tokens)).service(service_fn(
///     async |request: Request<Empty<bytes::Bytes>>| {
///         let user = request.extensions().get::<AuthenticatedUser>().unwrap();
///         assert_eq!(user.username, "ayush");
///         Ok::<_, Infallible>(Response::new(Empty::<bytes::Bytes>::new()))
///     },
/// ));
/// let request = |authorization| {
///     Request::get("/").header("authorization", authorization).body(Empty::new()).unwrap()
/// };
/// let answer = service.clone().oneshot(request("Token key")).await.unwrap();
/// assert_eq!(answer.status(), StatusCode::OK);
/// let answer = service.oneshot(request("Token other")).await.unwrap();
/// assert_eq!(answer.status(), StatusCode::UNAUTHORIZED);
/// assert_eq!(answer.headers()["www-authenticate"], "Token");
/// # }
/// ```
#[derive(Clone, Debug)]
#[must_use]
pub struct RequireToken {
    verifier: Arc<dyn VerifyToken>,
    requirement: Arc<Requirement>,
}

impl RequireToken {
    /// Asks for a good token, and nothing beside it.
    pub fn new(verifier: Arc<dyn VerifyToken>) -> Self {
        Self { verifier, requirement: Arc::default() }
    }

    /// Asks for `requirement`, too, in the place of what was asked for before: 403 where the user
    /// does not meet it.
    pub fn requirement(self, requirement: Requirement) -> Self {
        Self { requirement: Arc::new(requirement), ..self }
    }

    /// Asks for a permission, too: `app_label.codename`.
    pub fn permission(self, permission: &str) -> Self {
        self.and(|requirement| requirement.permission(permission))
    }

    /// Asks for membership in this group, or in another that was named before.
    pub fn group(self, group: &str) -> Self {
        self.and(|requirement| requirement.group(group))
    }

    /// Asks for `is_staff`, too.
    pub fn staff(self) -> Self {
        self.and(Requirement::staff)
    }

    /// Asks for `is_superuser`, too.
    pub fn superuser(self) -> Self {
        self.and(Requirement::superuser)
    }

    fn and(self, more: impl FnOnce(Requirement) -> Requirement) -> Self {
        let requirement = more(Arc::unwrap_or_clone(self.requirement));
        Self { verifier: self.verifier, requirement: Arc::new(requirement) }
    }

    /// The head of a request that may pass, its user among the extensions.
    async fn admit(self, mut parts: Parts) -> Result<Parts, Refusal> {
        let user = AuthenticatedUser::required(&parts, &self.verifier).await?;
        user.require(&self.requirement).await?;
        parts.extensions.insert(user);
        Ok(parts)
    }
}

impl<S> Layer<S> for RequireToken {
    type Service = RequireTokenService<S>;

    fn layer(&self, inner: S) -> Self::Service {
        RequireTokenService { inner, guard: self.clone() }
    }
}

/// The service that [`RequireToken`] makes.
#[derive(Clone, Debug)]
pub struct RequireTokenService<S> {
    inner: S,
    guard: RequireToken,
}

impl<S, RequestBody, Answer> Service<Request<RequestBody>> for RequireTokenService<S>
where
    S: Service<Request<RequestBody>, Response = Response<Answer>> + Clone,
{
    type Response = Response<ResponseBody<Answer>>;
    type Error = S::Error;
    type Future = RequireTokenFuture<S, RequestBody>;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), S::Error>> {
        self.inner.poll_ready(context)
    }

    fn call(&mut self, request: Request<RequestBody>) -> Self::Future {
        // The one that is ready goes with the request; the next is asked for its readiness anew.
        let next = self.inner.clone();
        let inner = mem::replace(&mut self.inner, next);
        let (parts, body) = request.into_parts();
        let admitting = Box::pin(self.guard.clone().admit(parts));
        RequireTokenFuture { state: State::Admitting { admitting, then: Some((inner, body)) } }
    }
}

pin_project! {
    /// The answer of [`RequireTokenService`].
    pub struct RequireTokenFuture<S, RequestBody>
    where
        S: Service<Request<RequestBody>>,
    {
        #[pin]
        state: State<S, RequestBody>,
    }
}

type Admitting = Pin<Box<dyn Future<Output = Result<Parts, Refusal>> + Send>>;

pin_project! {
    #[project = StateProjection]
    enum State<S, RequestBody>
    where
        S: Service<Request<RequestBody>>,
    {
        Admitting { admitting: Admitting, then: Option<(S, RequestBody)> },
        Answering { #[pin] answering: S::Future },
    }
}

impl<S, RequestBody, Answer> Future for RequireTokenFuture<S, RequestBody>
where
    S: Service<Request<RequestBody>, Response = Response<Answer>>,
{
    type Output = Result<Response<ResponseBody<Answer>>, S::Error>;

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        let mut state = self.project().state;
        loop {
            match state.as_mut().project() {
                StateProjection::Admitting { admitting, then } => {
                    let parts = match ready!(admitting.as_mut().poll(context)) {
                        Ok(parts) => parts,
                        Err(refusal) => {
                            return Poll::Ready(Ok(refusal.into_http().map(ResponseBody::refusal)));
                        }
                    };
                    // It is there: a request is admitted once, and the state is another afterwards.
                    let Some((mut inner, body)) = then.take() else { return Poll::Pending };
                    let answering = inner.call(Request::from_parts(parts, body));
                    state.set(State::Answering { answering });
                }
                StateProjection::Answering { answering } => {
                    let response = ready!(answering.poll(context))?;
                    return Poll::Ready(Ok(response.map(ResponseBody::answer)));
                }
            }
        }
    }
}

impl<S, RequestBody> fmt::Debug for RequireTokenFuture<S, RequestBody>
where
    S: Service<Request<RequestBody>>,
{
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RequireTokenFuture").finish_non_exhaustive()
    }
}
