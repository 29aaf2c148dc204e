//! `[cors]` around the views: the answers of django-cors-headers 4.9 as the first middleware of a
//! default project on Django 5.2. `compat/cors.sh` compares with the live one.

use std::{collections::BTreeMap, ffi::OsString, fs};

use axum::{
    Router,
    body::Body,
    http::{Request, Response},
};
use drf_auth::{
    app,
    config::{Config, Overrides},
};
use tower::ServiceExt as _;

use crate::harness::{self, Backend};

const CORS: &str = "[cors]\nallowed_origins = [\"https://a.example\"]\nallow_credentials = true\n\
                    expose_headers = [\"X-Total\"]\nurls_regex = \"^/(login|verify|nowhere)/\"\n";

async fn router(toml: &str) -> anyhow::Result<Router> {
    let database = harness::database(Backend::Sqlite).await.unwrap();
    let folder = std::env::temp_dir().join(format!("{}-cors", database.name()));
    fs::create_dir_all(&folder).unwrap();
    fs::write(folder.join("drf-auth.toml"), toml).unwrap();
    let environment: BTreeMap<String, OsString> =
        BTreeMap::from([("DATABASE_URL".to_owned(), database.url().into())]);
    let config = Config::load(&Overrides::default(), &environment, &folder);
    fs::remove_dir_all(&folder).unwrap();
    app::router(&config?)
}

async fn ask(
    router: &Router,
    method: &str,
    path: &str,
    headers: &[(&str, &str)],
) -> Response<Body> {
    let mut request = Request::builder().method(method).uri(path).header("host", "x");
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    router.clone().oneshot(request.body(Body::empty()).unwrap()).await.unwrap()
}

/// All headers of an answer but those that are not about CORS.
fn cors(response: &Response<Body>) -> Vec<String> {
    let mut found: Vec<_> = response
        .headers()
        .iter()
        .filter(|(name, _)| name.as_str().starts_with("access-control") || *name == "vary")
        .map(|(name, value)| format!("{name}: {}", value.to_str().unwrap()))
        .collect();
    found.sort();
    found
}

const ORIGIN: (&str, &str) = ("origin", "https://a.example");
const PREFLIGHT: (&str, &str) = ("access-control-request-method", "POST");

#[tokio::test]
async fn a_preflight_is_answered_before_anything_else() {
    let router = router(CORS).await.unwrap();
    let response = ask(&router, "OPTIONS", "/login/", &[ORIGIN, PREFLIGHT]).await;
    assert_eq!(response.status(), 200);
    assert_eq!(
        cors(&response),
        [
            "access-control-allow-credentials: true",
            "access-control-allow-headers: accept, authorization, content-type, user-agent, x-csrftoken, x-requested-with",
            "access-control-allow-methods: DELETE, GET, OPTIONS, PATCH, POST, PUT",
            "access-control-allow-origin: https://a.example",
            "access-control-expose-headers: X-Total",
            "access-control-max-age: 86400",
            "vary: origin",
        ]
    );
    assert!(!response.headers().contains_key("x-frame-options"), "no other middleware saw it");
}

#[tokio::test]
async fn every_answer_of_the_paths_varies_and_only_theirs() {
    let router = router(CORS).await.unwrap();
    let allowed = [
        "access-control-allow-credentials: true",
        "access-control-allow-origin: https://a.example",
        "access-control-expose-headers: X-Total",
    ];
    let response = ask(&router, "GET", "/login/", &[ORIGIN]).await;
    assert_eq!(response.status(), 405);
    assert_eq!(cors(&response)[..3], allowed);
    assert_eq!(cors(&response)[3], "vary: Accept, origin");
    let response = ask(&router, "GET", "/nowhere/", &[ORIGIN]).await;
    assert_eq!(response.status(), 404);
    assert_eq!(cors(&response)[3], "vary: origin");
    let response = ask(&router, "GET", "/login/", &[("origin", "https://b.example")]).await;
    assert_eq!(cors(&response), ["vary: Accept, origin"]);
    let response = ask(&router, "GET", "/profile/", &[ORIGIN]).await;
    assert_eq!(cors(&response), ["vary: Accept"]);
}

/// A gateway that hears 200 lets the request through.
#[tokio::test]
async fn a_gateway_hears_no_yes_to_a_preflight() {
    let router = router(CORS).await.unwrap();
    let response = ask(&router, "OPTIONS", "/verify/", &[ORIGIN, PREFLIGHT]).await;
    assert_eq!(response.status(), 401);
    assert_eq!(cors(&response), ["vary: Authorization"]);
}

#[tokio::test]
async fn without_the_section_there_is_none() {
    let router = router("").await.unwrap();
    let response = ask(&router, "OPTIONS", "/login/", &[ORIGIN, PREFLIGHT]).await;
    assert_eq!(cors(&response), ["vary: Accept"]);
}

#[tokio::test]
async fn an_expression_that_needs_backtracking_is_refused_at_start() {
    for (key, value) in
        [("urls_regex", "\"^/(?!verify)\""), ("allowed_origin_regexes", "[\"(a)\\\\1\"]")]
    {
        let error = router(&format!("[cors]\n{key} = {value}\n")).await.unwrap_err();
        assert!(format!("{error:#}").contains(&format!("cors.{key}")), "{error:#}");
    }
}
