//! The operator's door: whether the process lives, whether it is ready, and what it counts, on an
//! address of its own.

use std::{sync::Arc, time::Duration};

use axum::{
    Router,
    body::Body,
    extract::State,
    http::{HeaderValue, Response, StatusCode, header},
    routing::get,
};

use super::{
    readiness::Readiness,
    serve::{self, Listener},
};
use crate::{
    config::Listen,
    metrics::{self, Registry},
};

/// How often a taken address is tried again: with socket activation the process before this one has it
/// until its last request is answered.
const AGAIN: Duration = Duration::from_secs(1);

/// What is told.
#[derive(Debug)]
pub(super) struct Admin {
    pub(super) readiness: Arc<Readiness>,
    pub(super) metrics: Registry,
}

/// Answers on `address` for as long as it is polled. That it cannot is no reason to stop: a warning
/// says so, and it tries again.
pub(super) async fn serve(address: Listen, admin: Admin) {
    let router = router(Arc::new(admin));
    let mut said = false;
    loop {
        match serve::bind(&address) {
            Ok(listener) => return listen(listener, router).await,
            Err(error) if !said => {
                tracing::warn!(
                    %address, %error,
                    "admin_listen: no health, readiness and metrics until this address can be bound"
                );
                said = true;
            }
            Err(_) => {}
        }
        tokio::time::sleep(AGAIN).await;
    }
}

async fn listen(listener: Listener, router: Router) {
    tracing::info!(address = listener.address(), "health, readiness and metrics");
    serve::serve_admin(listener, router).await;
}

fn router(admin: Arc<Admin>) -> Router {
    Router::new()
        .route("/healthz", get(async || text(StatusCode::OK, "ok\n".to_owned())))
        .route("/readyz", get(readyz))
        .route("/metrics", get(metrics))
        .with_state(admin)
}

async fn readyz(State(admin): State<Arc<Admin>>) -> Response<Body> {
    match admin.readiness.look().await {
        Ok(()) => text(StatusCode::OK, "ready\n".to_owned()),
        Err(unready) => text(StatusCode::SERVICE_UNAVAILABLE, format!("{}\n", unready.words())),
    }
}

async fn metrics(State(admin): State<Arc<Admin>>) -> Response<Body> {
    let Ok(exposed) = metrics::expose(&admin.metrics) else {
        return text(StatusCode::INTERNAL_SERVER_ERROR, "no metrics\n".to_owned());
    };
    let mut response = text(StatusCode::OK, exposed);
    let media_type = HeaderValue::from_static(metrics::CONTENT_TYPE);
    response.headers_mut().insert(header::CONTENT_TYPE, media_type);
    response
}

fn text(status: StatusCode, text: String) -> Response<Body> {
    let mut response = Response::new(Body::from(text));
    *response.status_mut() = status;
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("text/plain; charset=utf-8"));
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response
}
