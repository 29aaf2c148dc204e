//! For the live comparison: drf-auth, but `/profile/` is answered as a Rust backend would.
//!
//! `GUARDED_BY=extractor` and `GUARDED_BY=layer` choose what asks for the token. What is the endpoint's own
//! is here: negotiation before the token is looked at (406, `?format=`), the methods, OPTIONS, `Allow`, and
//! the middleware around it. So the comparison shows whose token the guard accepts, and that its refusal of
//! a request that was negotiated is DRF's to the byte; not that a backend without these lines answers what
//! they do. That the guard's own refusal is the profile view's is for `tests/it/guard.rs`.

#![allow(clippy::disallowed_methods, reason = "a program of the tests")]

use std::{convert::Infallible, sync::Arc};

use axum::{
    Extension, Router,
    body::Body,
    extract::{Request, State},
    http::{HeaderValue, Method, Response, StatusCode, header},
    middleware::{Next, from_fn_with_state},
    routing::any,
};
use drf_auth::{
    app,
    config::{Config, Environment, Overrides},
    django::{
        Release,
        http::{ContentType, Limits, Platform, request::latin1},
        middleware::host_is_allowed,
        views,
    },
    drf::{
        ApiException, metadata,
        negotiation::{Accepted, format_override, select_renderer},
        parsers,
        renderers::{CONTENT_TYPE, DEFAULT},
        views::allow,
    },
    guard::{AuthenticatedUser, RequireToken, VerifyToken, authentication::joined},
    http::{Middleware, page},
    python::Version,
};
use serde_json::{Value, json};

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [_, _, config] = arguments.as_slice() else {
        anyhow::bail!("usage: GUARDED_BY=extractor|layer guarded serve --config FILE");
    };
    let overrides = Overrides { config: Some(config.into()), ..Overrides::default() };
    let config = Config::load(&overrides, &Environment, &Environment::working_directory()?)?;
    let hosts: Arc<[String]> = config.django.allowed_hosts.clone().into();
    app::serve_behind(config, |rest, tokens| front(&rest, tokens, hosts)).await
}

/// `/profile/` by the guard, and all the rest by drf-auth.
fn front(rest: &Router, tokens: Arc<dyn VerifyToken>, hosts: Arc<[String]>) -> Router {
    let by_layer = std::env::var("GUARDED_BY").as_deref() == Ok("layer");
    let profile = if by_layer {
        any(layered).layer(RequireToken::new(Arc::clone(&tokens)))
    } else {
        any(extracted)
    };
    let profile = profile.with_state(tokens).layer(from_fn_with_state(hosts, around));
    let (profile, rest) = (profile, rest.clone());
    Router::new().fallback(async move |request: Request| -> Result<_, Infallible> {
        use tower::ServiceExt as _;
        if request.uri().path() == "/profile/" {
            profile.clone().oneshot(request).await
        } else {
            rest.clone().oneshot(request).await
        }
    })
}

async fn extracted(
    user: AuthenticatedUser,
    Extension(accepted): Extension<Arc<Accepted>>,
    method: Method,
) -> Response<Body> {
    profile(&user, &accepted, &method)
}

async fn layered(
    Extension(user): Extension<AuthenticatedUser>,
    Extension(accepted): Extension<Arc<Accepted>>,
    method: Method,
) -> Response<Body> {
    profile(&user, &accepted, &method)
}

/// The tutorials' `ProfileView`.
fn profile(user: &AuthenticatedUser, accepted: &Accepted, method: &Method) -> Response<Body> {
    match method.as_str().to_ascii_uppercase().as_str() {
        "GET" | "HEAD" => {
            let profile = json!({ "username": user.username, "email": user.email });
            rendered(StatusCode::OK, accepted, &profile)
        }
        "OPTIONS" => {
            let description = metadata::simple("ProfileView", "", DEFAULT, parsers::DEFAULT);
            rendered(StatusCode::OK, accepted, &Value::Object(description))
        }
        method => refused(accepted, &ApiException::method_not_allowed(method)),
    }
}

/// What a Django project does around every view, and a DRF view before it looks for a token.
async fn around(
    State(hosts): State<Arc<[String]>>,
    mut request: Request,
    next: Next,
) -> Response<Body> {
    let headers = request.headers();
    let middleware = Middleware::new(joined(headers, header::COOKIE).as_deref());
    let host =
        joined(headers, header::HOST).map_or_else(|| "127.0.0.1".to_owned(), |host| latin1(&host));
    if !host_is_allowed(&host, &hosts) {
        return middleware.refusal(page(400, views::bad_request()));
    }
    let platform = Platform::new(Release::V5_2, Version::new(11));
    let content_type = headers.get_all(header::CONTENT_TYPE).iter().next_back();
    let Ok(content_type) = ContentType::new(content_type.map(HeaderValue::as_bytes), platform)
    else {
        return middleware.all(page(400, views::bad_request()));
    };
    let query = request.uri().query().unwrap_or_default().as_bytes();
    let Ok(format) = format_override(query, &content_type, &Limits::default()) else {
        return middleware.all(page(400, views::bad_request()));
    };
    let accept = joined(headers, header::ACCEPT);
    let mut response = match select_renderer(DEFAULT, accept.as_deref(), format.as_ref(), platform)
    {
        Ok(accepted) => {
            request.extensions_mut().insert(Arc::new(accepted));
            next.run(request).await
        }
        Err(exception) => refused(&Accepted::forced(DEFAULT), &exception),
    };
    let methods = HeaderValue::from_str(&allow(&["GET"]));
    response.headers_mut().insert(header::ALLOW, methods.unwrap_or(HeaderValue::from_static("")));
    middleware.all(response)
}

fn refused(accepted: &Accepted, exception: &ApiException) -> Response<Body> {
    rendered(exception.status, accepted, &exception.body())
}

fn rendered(status: StatusCode, accepted: &Accepted, data: &Value) -> Response<Body> {
    let mut response = Response::new(Body::from(accepted.render(data)));
    *response.status_mut() = status;
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(CONTENT_TYPE));
    headers.insert(header::VARY, HeaderValue::from_static("Accept"));
    response
}
