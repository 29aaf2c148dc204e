//! The route table, matched as Django matches it, and every view, on one page.
//!
//! One fallback service stands for all paths: axum's own router matches raw paths, Django matches
//! decoded ones.

mod api_view;
mod authentication;
mod body;
mod cors;
mod error;
mod login;
mod logout;
mod metrics;
mod observe;
mod obtain_auth_token;
mod openapi;
mod profile;
mod request;
mod response;
mod verify;

use std::{panic::AssertUnwindSafe, sync::Arc, time::Instant};

use axum::{
    Router,
    body::Body,
    extract::State,
    http::{Request as HttpRequest, Response, header},
};
use futures_util::FutureExt as _;
use tracing::Instrument as _;

use self::{
    api_view::Call,
    cors::Cors,
    observe::{RequestId, peer},
    request::Request,
};
pub use self::{
    body::Bodies,
    metrics::Answers,
    observe::Peer,
    openapi::{Described, openapi},
    response::{Middleware, page},
    verify::{IdentityHeaders, VerifySettings},
};
use crate::{
    accounts::{authenticator::Authenticator, grants::Requirement, verify::VerifyToken as _},
    corsheaders::conf::Conf,
    django::{
        http::{Limits, Platform, request::latin1},
        middleware, views,
    },
};

/// A view of DRF's kind that a route can name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum View {
    /// `rest_framework.authtoken.views.obtain_auth_token`.
    ObtainAuthToken,
    /// The tutorials' `LoginView`.
    Login,
    /// The tutorials' `ProfileView`.
    Profile,
    /// The tutorials' `LogoutView`.
    Logout,
}

impl View {
    /// As configuration and logs name it.
    pub const fn name(self) -> &'static str {
        match self {
            Self::ObtainAuthToken => "obtain_auth_token",
            Self::Login => "login",
            Self::Profile => "profile",
            Self::Logout => "logout",
        }
    }
}

/// A path and what answers there.
#[derive(Clone, Debug)]
pub struct Route {
    /// Decoded, slash first.
    pub path: String,
    /// What answers.
    pub target: Target,
}

/// What answers a route.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum Target {
    /// A view, at the path itself.
    View(View),
    /// Whose token it is, for gateways: at the path and below it, where the user meets this.
    Verify(Requirement),
}

impl Target {
    /// As configuration and logs name it.
    pub const fn name(&self) -> &'static str {
        match self {
            Self::View(view) => view.name(),
            Self::Verify(_) => "verify",
        }
    }
}

/// What the Django project's settings say about its answers.
#[derive(Clone, Debug)]
pub struct Settings {
    /// `APPEND_SLASH`.
    pub append_slash: bool,
    /// `ALLOWED_HOSTS`; empty takes any host.
    pub allowed_hosts: Vec<String>,
    /// `SERVER_NAME`: the address that is listened on, which stands for a missing `Host`; empty for
    /// a Unix socket.
    pub server_name: String,
    /// `DATA_UPLOAD_MAX_*`.
    pub limits: Limits,
    /// Whether `DEFAULT_AUTHENTICATION_CLASSES` holds `TokenAuthentication`: the login views then
    /// refuse a bad `Authorization` header.
    pub authenticate_logins: bool,
    /// Which Django on which Python answers.
    pub platform: Platform,
}

/// Everything that a request needs.
#[derive(Clone, Debug)]
pub struct AppState {
    /// Logs in, verifies tokens, and says what their owners may do.
    pub authenticator: Arc<Authenticator>,
    /// What the project's settings say.
    pub settings: Arc<Settings>,
    /// How the verify view hears and tells.
    pub verify: Arc<VerifySettings>,
    /// Every path that is answered.
    pub routes: Arc<[Route]>,
    /// What reads the bodies.
    pub bodies: Bodies,
    /// `CorsMiddleware`, where the project has it.
    pub cors: Option<Arc<Conf>>,
    /// What counts the answers.
    pub answers: Arc<Answers>,
}

impl AppState {
    /// `TokenAuthentication.keyword`.
    fn keyword(&self) -> &str {
        self.authenticator.keyword().as_str()
    }
}

/// The service over all routes.
pub fn router(state: AppState) -> Router {
    Router::new().fallback(answer).with_state(state)
}

async fn answer(State(state): State<AppState>, request: HttpRequest<Body>) -> Response<Body> {
    let started = Instant::now();
    let (parts, body) = request.into_parts();
    let request = Request::new(parts);
    let target = find_target(&state, &request.path_info);
    let span = tracing::info_span!(
        "http.request",
        id = %RequestId::of(request.headers()),
        client = %peer(request.extensions()),
        view = target.map_or("none", Target::name),
        method = %request.method,
    );
    // Whatever Django answers has passed it. A gateway that heard yes to a preflight would let it through.
    let gateway = matches!(target, Some(Target::Verify(_)));
    let cors =
        state.cors.as_deref().filter(|_| !gateway).and_then(|conf| Cors::new(conf, &request));
    let preflight = cors.as_ref().and_then(Cors::preflight);
    let answering = async {
        match preflight {
            Some(response) => response,
            None => route(&state, target, request, body).await,
        }
    };
    let answering = answering.instrument(span.clone());
    // The last resort: a fault of ours costs this request, and nothing else.
    let mut response = AssertUnwindSafe(answering).catch_unwind().await.unwrap_or_else(|_| {
        span.in_scope(|| tracing::error!("a request was broken off by a panic"));
        Middleware::new(None).all(response::page(500, views::server_error()))
    });
    if let Some(cors) = cors {
        cors.add(&mut response);
    }
    state.answers.count(target, response.status());
    span.in_scope(|| {
        let duration_ms = started.elapsed().as_secs_f64() * 1000.0;
        tracing::debug!(status = response.status().as_u16(), duration_ms, "answered");
    });
    response
}

/// `CommonMiddleware` and the URL resolver: host, then path, then the slash that is missing.
async fn route(
    state: &AppState,
    target: Option<&Target>,
    request: Request,
    body: Body,
) -> Response<Body> {
    // Whatever host a gateway names; and the browser's cookies are for those behind it.
    if let Some(Target::Verify(_)) = target {
        return Middleware::new(None).all(verify::answer(state, &request).await);
    }
    let settings = &*state.settings;
    let middleware = Middleware::new(request.header(header::COOKIE).as_deref());
    let host = request.host().unwrap_or_else(|| settings.server_name.clone());
    let any_host = settings.allowed_hosts.is_empty();
    if !any_host && !middleware::host_is_allowed(&host, &settings.allowed_hosts) {
        return middleware.refusal(response::page(400, views::bad_request()));
    }
    if let Some(&Target::View(view)) = target {
        return middleware.all(api_view::dispatch(Call { state, view, request, body }).await);
    }
    let with_slash = format!("{}/", request.path_info);
    let redirect = settings.append_slash
        && !request.path_info.ends_with('/')
        && find_target(state, &with_slash).is_some();
    if !redirect {
        return middleware.all(response::page(404, views::page_not_found()));
    }
    let query = latin1(request.query_string());
    match middleware::full_path_with_slash(&request.path_info, &query) {
        Some(location) => middleware.outer(response::redirect(&location)),
        None => middleware.refusal(response::page(400, views::bad_request())),
    }
}

fn find_target<'a>(state: &'a AppState, path_info: &str) -> Option<&'a Target> {
    let answers = |route: &&Route| match route.target {
        Target::View(_) => route.path == path_info,
        Target::Verify(_) => verify::is_below(path_info, &route.path),
    };
    state.routes.iter().find(answers).map(|route| &route.target)
}
