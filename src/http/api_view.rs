//! `APIView.dispatch` (DRF 3.18): negotiation, authentication, permission, method, and only then the
//! body.

use axum::{
    body::Body,
    http::{HeaderValue, Response, StatusCode, header},
};
use serde_json::Value as Json;

use super::{
    AppState, View, authentication, body::Share, error::Failure, login, logout, obtain_auth_token,
    profile, request::Request, response,
};
use crate::{
    accounts::TokenOwner,
    django::{
        http::{ContentType, Limits},
        views,
    },
    drf::{
        authentication::authenticate_header,
        exceptions::ApiException,
        metadata,
        negotiation::{self, Accepted},
        parsers::{self, Parser},
        renderers::{self, Renderer},
        views::{allow, vary},
    },
    guard::refusal,
    python::Value,
};

/// The attributes of an `APIView` subclass.
#[derive(Debug)]
pub(super) struct ApiView {
    /// The class's name, from which OPTIONS tells the view's.
    pub(super) class: &'static str,
    /// The methods it defines, beside `options`.
    pub(super) handlers: &'static [&'static str],
    /// `renderer_classes`.
    pub(super) renderers: &'static [Renderer],
    /// `parser_classes`.
    pub(super) parsers: &'static [Parser],
    /// `permission_classes`.
    pub(super) permission: Permission,
}

/// A class among `permission_classes`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Permission {
    /// `AllowAny`.
    AllowAny,
    /// `IsAuthenticated`.
    IsAuthenticated,
}

/// A request on its way to a view.
pub(super) struct Call<'a> {
    pub(super) state: &'a AppState,
    pub(super) view: View,
    pub(super) request: Request,
    pub(super) body: Body,
}

/// What a view's method returns.
pub(super) struct Answer {
    pub(super) status: StatusCode,
    /// `None` renders as an empty body.
    pub(super) data: Option<Json>,
}

impl Answer {
    pub(super) fn new(status: StatusCode, data: Json) -> Self {
        Self { status, data: Some(data) }
    }
}

/// Answers one request as the view's `APIView` does.
pub(super) async fn dispatch(call: Call<'_>) -> Response<Body> {
    let state = call.state;
    let api_view = api_view(call.view);
    let content_type = ContentType::new(call.request.content_type(), state.settings.platform);
    let Ok(content_type) = content_type else { return response::page(400, views::bad_request()) };
    // `finalize_response` falls back to the first renderer where negotiation failed.
    let mut accepted = Accepted::forced(api_view.renderers);
    match handle(call, api_view, content_type, &mut accepted).await {
        Ok(answer) => render(api_view, &accepted, answer),
        Err(Failure::Api(exception)) => {
            refuse(api_view, &accepted, exception, authenticate_header(state.keyword()))
        }
        Err(Failure::BadRequest(reason)) => {
            tracing::debug!(%reason, "request refused");
            response::page(400, views::bad_request())
        }
        Err(Failure::BrokenBody) => response::page(400, views::bad_request()),
    }
}

const fn api_view(view: View) -> &'static ApiView {
    match view {
        View::ObtainAuthToken => &obtain_auth_token::VIEW,
        View::Login => &login::VIEW,
        View::Profile => &profile::VIEW,
        View::Logout => &logout::VIEW,
    }
}

/// `initial()`, then the method's handler.
async fn handle(
    call: Call<'_>,
    api_view: &'static ApiView,
    content_type: ContentType,
    accepted: &mut Accepted,
) -> Result<Answer, Failure> {
    let Call { state, view, request, body } = call;
    *accepted = negotiate(state, &request, &content_type, api_view)?;
    let guarded = api_view.permission == Permission::IsAuthenticated;
    let owner = if guarded || state.settings.authenticate_logins {
        authentication::authenticate(state, &request).await?
    } else {
        None
    };
    if guarded && owner.is_none() {
        return Err(ApiException::not_authenticated().into());
    }
    // HEAD is answered by the handler of GET.
    let handler = if request.method == "HEAD" { "GET" } else { request.method.as_str() };
    if handler == "OPTIONS" {
        return Ok(Answer::new(StatusCode::OK, describe(view, api_view)));
    }
    if !api_view.handlers.contains(&handler) {
        return Err(ApiException::method_not_allowed(&request.method).into());
    }
    let input = Input { state, api_view, content_type, body, owner };
    match view {
        View::ObtainAuthToken => obtain_auth_token::post(input).await,
        View::Login => login::post(input).await,
        View::Profile => profile::get(&input),
        View::Logout => logout::post(input).await,
    }
}

fn negotiate(
    state: &AppState,
    request: &Request,
    content_type: &ContentType,
    api_view: &'static ApiView,
) -> Result<Accepted, Failure> {
    let settings = &*state.settings;
    let query = request.query_string();
    let format = negotiation::format_override(query, content_type, &settings.limits)?;
    let accept = request.header(header::ACCEPT);
    let accepted = negotiation::select_renderer(
        api_view.renderers,
        accept.as_deref(),
        format.as_ref(),
        settings.platform,
    )?;
    Ok(accepted)
}

/// `SimpleMetadata`.
fn describe(view: View, api_view: &ApiView) -> Json {
    if view == View::ObtainAuthToken {
        return metadata::obtain_auth_token();
    }
    let ApiView { class, renderers, parsers, .. } = *api_view;
    Json::Object(metadata::simple(class, "", renderers, parsers))
}

/// What a view's method gets: `request`, before its body was read.
pub(super) struct Input<'a> {
    pub(super) state: &'a AppState,
    api_view: &'static ApiView,
    content_type: ContentType,
    body: Body,
    /// `request.user` with `request.auth`.
    pub(super) owner: Option<TokenOwner>,
}

impl Input<'_> {
    /// `request.data`, with its share of the memory for bodies.
    pub(super) async fn data(self) -> Result<(Value, Share), Failure> {
        let Self { state, api_view, content_type, body, .. } = self;
        let (limits, platform) = (state.settings.limits, state.settings.platform);
        let body = state.bodies.read(body, longest_body(&limits)).await?;
        let parse = move |bytes: &[u8]| {
            parsers::parse(api_view.parsers, &content_type, bytes, &limits, platform)
                .map_err(Failure::from)
        };
        body.parse(&state.bodies, parse).await
    }
}

/// Octets of the longest body that is read at all. Django has no such limit for uploaded files (and
/// DRF 3.16 none for JSON), but spools them to a disk; here a body is in memory.
fn longest_body(limits: &Limits) -> usize {
    limits.max_memory_size.map_or(usize::MAX, |most| most.saturating_mul(4))
}

/// `handle_exception`.
fn refuse(
    api_view: &ApiView,
    accepted: &Accepted,
    exception: ApiException,
    authenticate: &str,
) -> Response<Body> {
    let exception = exception.with_authenticate_header(Some(authenticate));
    let mut response = render(api_view, accepted, Answer::new(exception.status, exception.body()));
    refusal::challenge(response.headers_mut(), &exception, authenticate);
    response
}

/// `finalize_response` and `Response.rendered_content`.
fn render(api_view: &ApiView, accepted: &Accepted, answer: Answer) -> Response<Body> {
    let body = answer.data.map(|data| accepted.render(&data));
    let content_type = body.as_ref().map(|_| HeaderValue::from_static(renderers::CONTENT_TYPE));
    let mut response = Response::new(body.map_or_else(Body::empty, Body::from));
    *response.status_mut() = answer.status;
    let headers = response.headers_mut();
    if let Some(content_type) = content_type {
        headers.insert(header::CONTENT_TYPE, content_type);
    }
    if let Ok(methods) = HeaderValue::from_str(&allow(api_view.handlers)) {
        headers.insert(header::ALLOW, methods);
    }
    if let Some(names) = vary(api_view.renderers) {
        headers.insert(header::VARY, HeaderValue::from_static(names));
    }
    response
}
