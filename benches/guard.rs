//! What the layer costs a request, with a fixed table, against no layer: a service that does nothing answers
//! a request that is there already, so a figure less that of `no_layer` is the layer's own work, without a
//! network, a database or a task that waits.
//!
//!     cargo bench --no-default-features --features guard --bench guard
#![allow(clippy::unwrap_used, missing_docs, reason = "a measurement")]

use std::{
    convert::Infallible,
    pin::pin,
    sync::Arc,
    task::{Context, Poll, Waker},
};

use bytes::Bytes;
use divan::{Bencher, black_box};
use drf_auth::guard::{AuthenticatedUser, FixedTokens, RequireToken};
use http::{Request, Response};
use http_body_util::Empty;
use tower::{Layer as _, Service, service_fn};

type Body = Empty<Bytes>;

fn main() {
    divan::main();
}

/// A request as curl and browsers send it, with a token as DRF makes them.
fn request(token: &str) -> Request<Body> {
    Request::get("http://127.0.0.1:8000/api/orders?page=2")
        .header("host", "127.0.0.1:8000")
        .header("user-agent", "curl/8.5.0")
        .header("accept", "application/json, text/plain, */*")
        .header("authorization", format!("Token {token}"))
        .body(Empty::new())
        .unwrap()
}

const KEY: &str = "9944b09199c62bcf9418ad846dd0e4bbdfc6ee4b";

fn tokens() -> Arc<FixedTokens> {
    // As many as make the table a table.
    let tokens = (0..1000).fold(FixedTokens::new(), |tokens, number| {
        tokens.user(&format!("{number:040x}"), &format!("user{number}"))
    });
    Arc::new(tokens.user(KEY, "ayush"))
}

async fn answer(request: Request<Body>) -> Result<Response<Body>, Infallible> {
    black_box(request.extensions().get::<AuthenticatedUser>());
    Ok(Response::new(Empty::new()))
}

/// Nothing here ever waits.
fn run<S: Service<Request<Body>>>(service: &mut S, request: Request<Body>) {
    let mut context = Context::from_waker(Waker::noop());
    assert!(service.poll_ready(&mut context).is_ready());
    let answering = pin!(service.call(request));
    let Poll::Ready(answer) = answering.poll(&mut context) else { panic!("it waits") };
    black_box(answer.ok());
}

#[divan::bench(sample_size = 200)]
fn no_layer(bencher: Bencher<'_, '_>) {
    let mut service = service_fn(answer);
    bencher.with_inputs(|| request(KEY)).bench_local_values(|request| run(&mut service, request));
}

#[divan::bench(sample_size = 200)]
fn accepted(bencher: Bencher<'_, '_>) {
    let mut service = RequireToken::new(tokens()).layer(service_fn(answer));
    bencher.with_inputs(|| request(KEY)).bench_local_values(|request| run(&mut service, request));
}

#[divan::bench(sample_size = 200)]
fn accepted_with_a_permission(bencher: Bencher<'_, '_>) {
    let tokens = Arc::new(FixedTokens::clone(&tokens()).permission(KEY, "shop.view_order"));
    let layer = RequireToken::new(tokens).permission("shop.view_order");
    let mut service = layer.layer(service_fn(answer));
    bencher.with_inputs(|| request(KEY)).bench_local_values(|request| run(&mut service, request));
}

#[divan::bench(sample_size = 200)]
fn refused(bencher: Bencher<'_, '_>) {
    let mut service = RequireToken::new(tokens()).layer(service_fn(answer));
    let unknown = "0".repeat(39) + "x";
    let input = || request(&unknown);
    bencher.with_inputs(input).bench_local_values(|request| run(&mut service, request));
}
