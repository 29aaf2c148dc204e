//! The layer before a plain hyper service, without axum: each request is answered by its user's name.
//!
//! ```console
//! $ cargo run --example hyper_and_tower
//! $ curl -H 'Authorization: Token key' http://127.0.0.1:8003/
//! Hello ayush
//! ```

use std::{convert::Infallible, error::Error, sync::Arc};

use bytes::Bytes;
use drf_auth::guard::{AuthenticatedUser, FixedTokens, RequireToken};
use http::{Request, Response, StatusCode};
use http_body_util::Full;
use hyper::{body::Incoming, server::conn::http1};
use hyper_util::{rt::TokioIo, service::TowerToHyperService};
use tokio::net::TcpListener;
use tower::{Layer as _, service_fn};

async fn hello(request: Request<Incoming>) -> Result<Response<Full<Bytes>>, Infallible> {
    let Some(user) = request.extensions().get::<AuthenticatedUser>() else {
        let mut response = Response::default();
        *response.status_mut() = StatusCode::INTERNAL_SERVER_ERROR;
        return Ok(response);
    };
    Ok(Response::new(Full::from(format!("Hello {}\n", user.username))))
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    // In earnest it is `guard::Database::connect("postgres://…")`, or a `remote::RemoteVerifier`.
    let tokens = Arc::new(FixedTokens::new().user("key", "ayush"));
    let service = RequireToken::new(tokens).layer(service_fn(hello));
    let listener = TcpListener::bind("127.0.0.1:8003").await?;
    loop {
        let (stream, _) = listener.accept().await?;
        let service = TowerToHyperService::new(service.clone());
        tokio::spawn(async move {
            let connection = http1::Builder::new().serve_connection(TokioIo::new(stream), service);
            // A client that hangs up is its own affair.
            let _ = connection.await;
        });
    }
}
