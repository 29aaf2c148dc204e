//! The library for Rust backends: extractor and layer beside the service's own profile view, the guards,
//! and what a tower service may rely on.

use std::{
    collections::BTreeMap,
    convert::Infallible,
    ffi::OsString,
    fs,
    future::{Ready, ready},
    sync::{
        Arc, LazyLock,
        atomic::{AtomicUsize, Ordering},
    },
    task::{Context, Poll},
    time::{Duration, Instant},
};

use async_trait::async_trait;
use axum::{Extension, Router, body::Body, extract::FromRef, routing::any};
use bytes::Bytes;
use drf_auth::{
    accounts::{TokenOwner, authenticator::LoginError, grants::GrantTables},
    app,
    config::{Config, Overrides},
    django::hashers::{Hashers, Parameters},
    guard::{
        AuthenticatedUser, Database, FixedTokens, Keyword, LoginOptions, Refusal, RequireToken,
        Requirement, User, UserId, VerifyError, VerifyToken,
    },
    store::{DatabaseUrl, SqlxPool, StoreOptions, Tables},
};
use http::{HeaderMap, HeaderValue, Request, Response, StatusCode, Uri, header};
use http_body_util::{BodyExt as _, Empty, Full};
use insta::assert_snapshot;
use tower::{Layer as _, Service, ServiceBuilder, ServiceExt as _, service_fn};
use tower_http::{
    compression::CompressionLayer, cors::CorsLayer, timeout::TimeoutLayer, trace::TraceLayer,
};

use crate::harness::{self, Backend, NewUser, TestDatabase};

/// Whoever protects a route, by the extractor.
fn by_extractor(tokens: Arc<dyn VerifyToken>) -> Router {
    let hello = async |user: AuthenticatedUser| user.username.clone();
    Router::new().route("/profile/", any(hello)).with_state(tokens)
}

/// The same by the layer.
fn by_layer(tokens: Arc<dyn VerifyToken>) -> Router {
    let hello = async |Extension(user): Extension<AuthenticatedUser>| user.username.clone();
    Router::new().route("/profile/", any(hello)).layer(RequireToken::new(tokens))
}

async fn ask(router: &Router, request: Request<Body>) -> (StatusCode, HeaderMap, String) {
    let response = router.clone().oneshot(request).await.unwrap();
    let (head, body) = response.into_parts();
    let body = body.collect().await.unwrap().to_bytes();
    (head.status, head.headers, String::from_utf8(body.to_vec()).unwrap())
}

fn with(authorizations: &[&[u8]], accept: &[&str], query: &str) -> Request<Body> {
    let mut request = Request::new(Body::empty());
    *request.uri_mut() = format!("/profile/{query}").parse().unwrap();
    for value in authorizations {
        let value = HeaderValue::from_bytes(value).unwrap();
        request.headers_mut().append(header::AUTHORIZATION, value);
    }
    for value in accept {
        request.headers_mut().append(header::ACCEPT, value.parse().unwrap());
    }
    request
}

fn bearing(token: &str) -> Request<Body> {
    with(&[format!("Token {token}").as_bytes()], &[], "")
}

/// The service itself on the same database.
fn service(database: &TestDatabase) -> Router {
    service_of(database, "Token")
}

/// The same where the project's tokens come after another word.
fn service_of(database: &TestDatabase, keyword: &str) -> Router {
    let folder = std::env::temp_dir().join(format!("{}-guard", database.name()));
    fs::create_dir_all(&folder).unwrap();
    let environment: BTreeMap<String, OsString> = BTreeMap::from([
        ("DATABASE_URL".to_owned(), database.url().into()),
        ("DRF_AUTH_TOKEN_MODEL__KEYWORD".to_owned(), keyword.into()),
    ]);
    let config = Config::load(&Overrides::default(), &environment, &folder);
    fs::remove_dir_all(&folder).unwrap();
    app::router(&config.unwrap()).unwrap()
}

/// Every `Authorization` that somebody may send.
const AUTHORIZATIONS: &[&[&[u8]]] = &[
    &[],
    &[b""],
    &[b"Token"],
    &[b"Token "],
    &[b"Token nonsense"],
    &[b"token nonsense"],
    &[b"Token a b"],
    &[b"Token \xff\xfe"],
    &[b"Token \xc3\xa9"],
    &[b"\xff"],
    &[b"Bearer token-of-ayush"],
    &[b"Tokentoken-of-ayush"],
    &[b"Token token-of-gone"],
    &[b"Token token-of-ayush", b"Token token-of-ayush"],
    &[b"Token token-of-ayush", b""],
    &[b"Basic x", b"Token token-of-ayush"],
    &[b"Token,", b"token-of-ayush"],
];

const ACCEPTS: &[(&[&str], &str)] = &[
    (&[], ""),
    (&["application/json; indent=4"], ""),
    (&["text/html", "application/json; Indent=\"2\""], ""),
    (&["text/html;indent=3"], ""),
    (&["application/json; indent=4"], "?format=json&x=%FF"),
    (&["text/html; indent=4, */*; q=0.1"], "?format=api"),
    (&["*/*; indent=8"], "?a=indent"),
];

#[tokio::test]
async fn refusals_are_those_of_the_profile_view() {
    let database = harness::database(Backend::Sqlite).await.unwrap();
    fill(&database).await;
    let service = service(&database);
    let tokens: Arc<dyn VerifyToken> = Arc::new(Database::connect(&database.url()).unwrap());
    for (name, backend) in
        [("extractor", by_extractor(tokens.clone())), ("layer", by_layer(tokens.clone()))]
    {
        for authorizations in AUTHORIZATIONS {
            for (accept, query) in ACCEPTS {
                let (status, headers, body) =
                    ask(&service, with(authorizations, accept, query)).await;
                let ours = ask(&backend, with(authorizations, accept, query)).await;
                let what = format!("{name}: {authorizations:?} {accept:?} {query}");
                assert_eq!(status, 401, "{what}");
                assert_eq!((ours.0, ours.2), (status, body), "{what}");
                // What is the endpoint's and its middleware's is not the guard's.
                let endpoint = [
                    "allow",
                    "x-frame-options",
                    "x-content-type-options",
                    "referrer-policy",
                    "cross-origin-opener-policy",
                    "content-length",
                ];
                let left = |headers: HeaderMap| {
                    let left = headers.into_iter().map(|(name, value)| (name.unwrap(), value));
                    left.filter(|(name, _)| !endpoint.contains(&name.as_str()))
                        .map(|(name, value)| (name.to_string(), value))
                        .collect::<BTreeMap<_, _>>()
                };
                assert_eq!(left(ours.1), left(headers), "{what}");
            }
        }
        for ours in ["Token token-of-ayush", "tOKEN\ttoken-of-ayush ", "token   token-of-ayush"] {
            let answer = ask(&backend, with(&[ours.as_bytes()], &["x/y"], "?format=nothing")).await;
            assert_eq!((answer.0, answer.2.as_str()), (StatusCode::OK, "ayush"), "{name} {ours}");
        }
    }
}

#[tokio::test]
async fn a_refusal_is_never_about_the_endpoints_media_types() {
    let tokens = Arc::new(FixedTokens::new());
    for (accept, query) in [(&["text/csv; indent=2"][..], ""), (&["*/*; indent=2"], "?format=csv")]
    {
        let answer = ask(&by_layer(tokens.clone()), with(&[], accept, query)).await;
        assert_eq!(answer.0, StatusCode::UNAUTHORIZED);
        assert_eq!(answer.2, r#"{"detail":"Authentication credentials were not provided."}"#);
    }
}

#[tokio::test]
async fn an_option_lets_through_who_has_no_token_and_refuses_a_bad_one() {
    let tokens: Arc<dyn VerifyToken> = Arc::new(FixedTokens::new().user("key", "ayush"));
    let hello = async |user: Option<AuthenticatedUser>| {
        user.map_or("nobody".to_owned(), |user| user.username.clone())
    };
    let router = Router::new().route("/profile/", any(hello)).with_state(tokens);
    for (authorizations, status, body) in [
        (&[][..], 200, "nobody"),
        (&[&b"Bearer x"[..]], 200, "nobody"),
        (&[b"Token key"], 200, "ayush"),
        (&[b"Token other"], 401, r#"{"detail":"Invalid token."}"#),
        (&[b"Token"], 401, r#"{"detail":"Invalid token header. No credentials provided."}"#),
    ] {
        let answer = ask(&router, with(authorizations, &[], "")).await;
        assert_eq!((answer.0.as_u16(), answer.2.as_str()), (status, body), "{authorizations:?}");
    }
}

#[tokio::test]
async fn an_outage_is_503() {
    let tokens = Arc::new(FixedTokens::new().away());
    let (status, headers, body) = ask(&by_layer(tokens.clone()), bearing("key")).await;
    assert_eq!(status, StatusCode::SERVICE_UNAVAILABLE);
    let headers: BTreeMap<_, _> =
        headers.iter().map(|(name, value)| (name.as_str(), value.to_str().unwrap())).collect();
    let headers = headers.iter().map(|(name, value)| format!("{name}: {value}\n"));
    assert_snapshot!(headers.collect::<String>() + &body, @r#"
    cache-control: no-store
    content-length: 62
    content-type: application/json
    retry-after: 1
    vary: Accept
    {"detail":"Service temporarily unavailable, try again later."}
    "#);
    // Whoever has no token learns nothing of it.
    assert_eq!(ask(&by_extractor(tokens), with(&[], &[], "")).await.0, 401);
}

#[tokio::test]
async fn another_keyword_is_the_verifiers() {
    let tokens =
        Arc::new(FixedTokens::new().user("key", "ayush").with_keyword("Bearer".parse().unwrap()));
    let router = by_layer(tokens);
    assert_eq!(ask(&router, with(&[b"bearer key"], &[], "")).await.0, 200);
    let (status, headers, _) = ask(&router, with(&[b"Token key"], &[], "")).await;
    assert_eq!(status, 401);
    assert_eq!(headers["www-authenticate"], "Bearer");
}

#[tokio::test]
async fn another_keyword_is_the_services_and_its_tables() {
    let database = harness::database(Backend::Sqlite).await.unwrap();
    fill(&database).await;
    let bearer: Keyword = "Bearer".parse().unwrap();
    let ours = Database::connect(&database.url()).unwrap().with_keyword(bearer);
    for router in [service_of(&database, "Bearer"), by_extractor(Arc::new(ours))] {
        let (status, _, body) = ask(&router, with(&[b"Bearer token-of-ayush"], &[], "")).await;
        assert_eq!(status, 200, "{body}");
        let (status, headers, _) = ask(&router, bearing("token-of-ayush")).await;
        assert_eq!(
            (status.as_u16(), &headers["www-authenticate"]),
            (401, &"Bearer".parse().unwrap())
        );
    }
}

fn table() -> Arc<FixedTokens> {
    let user = |id, username| User::new(id, username);
    Arc::new(
        FixedTokens::new()
            .user("ayush", "ayush")
            .user("own", "own")
            .permission("own", "shop.view_order")
            .user("member", "member")
            .group("member", "team")
            .owner("staff", user(11, "staff").staff())
            .owner("root", user(12, "root").superuser())
            .owner("gone", user(13, "gone").superuser().inactive()),
    )
}

#[tokio::test]
async fn requirements_are_model_backends() {
    let all = ["ayush", "own", "member", "staff", "root"];
    let layer = || RequireToken::new(table());
    let permission = "shop.view_order";
    for (what, layer, requirement, allowed) in [
        ("nothing", layer(), Requirement::default(), &all[..]),
        ("staff", layer().staff(), Requirement::default().staff(), &["staff"]),
        ("superuser", layer().superuser(), Requirement::default().superuser(), &["root"]),
        (
            "permission",
            layer().permission(permission),
            Requirement::default().permission(permission),
            &["own", "root"],
        ),
        // Nobody's in Django, too.
        ("dotless", layer().permission("x"), Requirement::default().permission("x"), &["root"]),
        ("group", layer().group("team"), Requirement::default().group("team"), &["member"]),
        (
            "one of two groups",
            layer().group("x").group("team"),
            Requirement::default().group("x").group("team"),
            &["member"],
        ),
        (
            "all of it",
            layer().staff().permission(permission),
            Requirement::default().staff().permission(permission),
            &[],
        ),
    ] {
        let layered = Router::new().route("/profile/", any(async || "ok")).layer(layer);
        let asked = async move |user: AuthenticatedUser| -> Result<&'static str, Refusal> {
            user.require(&requirement).await?;
            Ok("ok")
        };
        let tokens: Arc<dyn VerifyToken> = table();
        let extracted = Router::new().route("/profile/", any(asked)).with_state(tokens);
        for router in [layered, extracted] {
            for user in all {
                let answer = ask(&router, bearing(user)).await;
                let expected = if allowed.contains(&user) { 200 } else { 403 };
                assert_eq!(answer.0.as_u16(), expected, "{what}: {user}");
                if expected == 403 {
                    let text = r#"{"detail":"You do not have permission to perform this action."}"#;
                    assert_eq!(answer.2, text);
                    assert_eq!(answer.1.get(header::WWW_AUTHENTICATE), None);
                }
            }
            assert_eq!(ask(&router, bearing("gone")).await.0, 401, "{what}");
        }
    }
}

#[tokio::test]
async fn what_a_backend_refuses_itself_is_drfs_too() {
    let tokens: Arc<dyn VerifyToken> = table();
    let refuses = async |user: AuthenticatedUser, uri: Uri| -> Result<&'static str, Refusal> {
        Err(match uri.query() {
            Some("denied") => user.denied(),
            Some("because") => user.denied().with_detail("Not yours."),
            Some("gone") => user.not_found(),
            _ => user.not_found().with_detail("No Order matches the given query."),
        })
    };
    let router = Router::new().route("/profile/", any(refuses)).with_state(tokens);
    for (query, expected, body) in [
        ("?denied", 403, r#"{"detail":"You do not have permission to perform this action."}"#),
        ("?because", 403, r#"{"detail":"Not yours."}"#),
        ("?gone", 404, r#"{"detail":"Not found."}"#),
        ("?none", 404, r#"{"detail":"No Order matches the given query."}"#),
    ] {
        let (status, headers, answer) = ask(&router, with(&[b"Token ayush"], &[], query)).await;
        assert_eq!((status.as_u16(), answer.as_str()), (expected, body));
        assert_eq!((&headers["content-type"], &headers["vary"]), (&JSON, &ACCEPT));
        assert_eq!(headers.get(header::WWW_AUTHENTICATE), None);
    }
    let indented = with(&[b"Token ayush"], &["application/json; indent=2"], "?gone");
    assert_eq!(ask(&router, indented).await.2, "{\n  \"detail\": \"Not found.\"\n}");
}

const JSON: HeaderValue = HeaderValue::from_static("application/json");
const ACCEPT: HeaderValue = HeaderValue::from_static("Accept");

#[tokio::test]
async fn a_fixed_table_numbers_its_users_and_knows_all_permissions() {
    let tokens = FixedTokens::new()
        .user("a", "one")
        .user("a", "two")
        .owner("b", User::new(7, "seven"))
        .user("c", "eight")
        .permission("a", "shop.b")
        .permission("c", "shop.a")
        .owner("root", User::new(UserId::Text("x".to_owned()), "root").superuser());
    let owner = async |token: &str| tokens.verify_token(token).await.unwrap();
    let mut ids = Vec::new();
    for token in ["a", "b", "c"] {
        ids.push(owner(token).await.user.id);
    }
    assert_eq!(ids, [2, 7, 8].map(UserId::Int));
    for (token, expected) in [("a", &["shop.b"][..]), ("b", &[]), ("root", &["shop.a", "shop.b"])] {
        assert_eq!(tokens.permissions_of(&owner(token).await).await.unwrap(), expected);
    }
}

#[test]
#[should_panic(expected = "there is no token \"kye\" yet")]
fn a_fixed_table_gives_nothing_to_a_token_that_is_not_in_it() {
    let _ = FixedTokens::new().user("key", "ayush").permission("kye", "shop.view_order");
}

/// Counts who asks.
#[derive(Debug, Default)]
struct Counting(AtomicUsize);

#[async_trait]
impl VerifyToken for Counting {
    async fn verify_token(&self, key: &str) -> Result<TokenOwner, VerifyError> {
        self.0.fetch_add(1, Ordering::Relaxed);
        FixedTokens::new().user("key", "ayush").verify_token(key).await
    }

    fn keyword(&self) -> &Keyword {
        static TOKEN: LazyLock<Keyword> = LazyLock::new(Keyword::default);
        &TOKEN
    }
}

#[derive(Clone)]
struct State(Arc<dyn VerifyToken>);

impl FromRef<State> for Arc<dyn VerifyToken> {
    fn from_ref(state: &State) -> Self {
        Arc::clone(&state.0)
    }
}

#[tokio::test]
async fn behind_the_layer_nobody_is_asked_twice() {
    for (same, expected) in [(true, 1), (false, 2)] {
        let counting = Arc::new(Counting::default());
        let other = Arc::new(Counting::default());
        let of_state = if same { Arc::clone(&counting) } else { Arc::clone(&other) };
        let hello = async |user: AuthenticatedUser| format!("{user:?}");
        let router = Router::new()
            .route("/profile/", any(hello))
            .with_state(State(of_state))
            .layer(RequireToken::new(counting.clone()));
        let answer = ask(&router, bearing("key")).await;
        assert!(answer.2.contains("ayush") && !answer.2.contains("key"), "{}", answer.2);
        let asked = counting.0.load(Ordering::Relaxed) + other.0.load(Ordering::Relaxed);
        assert_eq!(asked, expected);
    }
    // What nobody can say here is no refusal.
    let router = Router::new()
        .route("/profile/", any(async || "ok"))
        .layer(RequireToken::new(Arc::new(Counting::default())).group("team"));
    assert_eq!(ask(&router, bearing("key")).await.0, 503);
}

/// A service that may be called only where it was found ready, as a limit of concurrency is.
#[derive(Debug, Default)]
struct Strict {
    is_ready: bool,
}

impl Clone for Strict {
    fn clone(&self) -> Self {
        Self::default()
    }
}

impl Service<Request<Empty<Bytes>>> for Strict {
    type Response = Response<Full<Bytes>>;
    type Error = Infallible;
    type Future = Ready<Result<Self::Response, Infallible>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        self.is_ready = true;
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, _: Request<Empty<Bytes>>) -> Self::Future {
        assert!(std::mem::take(&mut self.is_ready), "called without being ready");
        ready(Ok(Response::new(Full::from("ok"))))
    }
}

async fn found_ready<S: Service<Request<Empty<Bytes>>, Error = Infallible>>(
    service: &mut S,
) -> &mut S {
    service.ready().await.unwrap()
}

#[tokio::test]
async fn the_service_that_was_ready_is_the_one_that_is_called() {
    let mut service = RequireToken::new(table()).layer(Strict::default());
    let request = |token: &str| {
        let request = Request::get("/").header("authorization", format!("Token {token}"));
        request.body(Empty::new()).unwrap()
    };
    for _ in 0..2 {
        let (one, two) = {
            let one = found_ready(&mut service).await.call(request("ayush"));
            let two = found_ready(&mut service).await.call(request("own"));
            (one, two)
        };
        // In any order, and one that is given up harms nobody.
        drop(found_ready(&mut service).await.call(request("ayush")));
        for answer in [two.await.unwrap(), one.await.unwrap()] {
            assert_eq!(answer.into_body().collect().await.unwrap().to_bytes(), "ok");
        }
        let refused = service.clone().oneshot(request("nobody")).await.unwrap();
        assert_eq!(refused.status(), 401);
        let body = refused.into_body().collect().await.unwrap().to_bytes();
        assert_eq!(body, r#"{"detail":"Invalid token."}"#);
    }
}

/// What backends put around the layer, as its documentation tells them to.
#[tokio::test]
async fn it_stands_among_the_layers_that_backends_have() {
    let hello = async |Extension(user): Extension<AuthenticatedUser>| user.username.clone();
    let slow = async || std::future::pending::<()>().await;
    let late = Duration::from_millis(20);
    let around = ServiceBuilder::new()
        .layer(TraceLayer::new_for_http())
        .layer(CompressionLayer::new())
        .layer(CorsLayer::permissive())
        .layer(TimeoutLayer::with_status_code(StatusCode::REQUEST_TIMEOUT, late))
        .layer(RequireToken::new(table()))
        .layer(CompressionLayer::new());
    let router =
        Router::new().route("/profile/", any(hello)).route("/slow/", any(slow)).layer(around);
    let (status, headers, body) = ask(&router, bearing("ayush")).await;
    assert_eq!((status.as_u16(), body.as_str()), (200, "ayush"));
    assert_eq!(headers["access-control-allow-origin"], "*");
    let (status, headers, body) = ask(&router, bearing("nobody")).await;
    assert_eq!((status.as_u16(), body.as_str()), (401, r#"{"detail":"Invalid token."}"#));
    assert_eq!(headers["access-control-allow-origin"], "*");
    // A preflight has no token, and is answered before anybody asks for one.
    let preflight = Request::options("/profile/")
        .header("origin", "https://shop.example")
        .header("access-control-request-method", "GET");
    let answer = ask(&router, preflight.body(Body::empty()).unwrap()).await;
    assert_eq!((answer.0.as_u16(), answer.2.as_str()), (200, ""));
    let mut request = bearing("ayush");
    *request.uri_mut() = "/slow/".parse().unwrap();
    let answer = ask(&router, request).await;
    assert_eq!((answer.0.as_u16(), answer.2.as_str()), (408, ""));
}

#[tokio::test]
async fn an_error_of_the_service_is_its_own() {
    let fails = service_fn(async |_: Request<Empty<Bytes>>| Err::<Response<Empty<Bytes>>, _>("x"));
    let service = RequireToken::new(table()).layer(fails);
    let request = Request::get("/").header("authorization", "Token ayush");
    let answer = service.oneshot(request.body(Empty::new()).unwrap()).await;
    assert_eq!(answer.unwrap_err(), "x");
}

/// One user with a password and a token, and one who may not log in.
async fn fill(database: &TestDatabase) -> i64 {
    let encoded = hashers().make_password("mypassword").unwrap();
    let ayush = database.insert_user(NewUser::new("ayush", &encoded)).await;
    database.insert_token("token-of-ayush", ayush).await;
    let gone = NewUser { is_active: false, ..NewUser::new("gone", &encoded) };
    let gone = database.insert_user(gone).await;
    database.insert_token("token-of-gone", gone).await;
    ayush
}

fn hashers() -> Arc<Hashers> {
    let mut parameters = Parameters::of(drf_auth::django::Release::V5_2);
    parameters.pbkdf2_sha256 = 10.try_into().unwrap();
    Arc::new(Hashers::named(["pbkdf2_sha256"], &parameters).unwrap())
}

async fn pool(database: &TestDatabase) -> SqlxPool {
    let url = database.url();
    match database.backend {
        Backend::Postgres => sqlx::PgPool::connect(&url).await.unwrap().into(),
        Backend::MySql => sqlx::MySqlPool::connect(&url).await.unwrap().into(),
        Backend::Sqlite => {
            sqlx::SqlitePool::connect(&format!("sqlite://{}", database.file().display()))
                .await
                .unwrap()
                .into()
        }
    }
}

/// What a backend does with a database, from the login to the logout.
async fn lives(database: &TestDatabase, ours: Database) {
    let ayush = fill(database).await;
    let mut options = LoginOptions::default();
    options.hashers = hashers();
    let ours = ours.with_logins(options);
    ours.check(GrantTables { permissions: true, groups: true }).await.unwrap();
    let user = ours.authenticate("ayush", "mypassword").await.unwrap();
    assert_eq!(user, UserId::Int(ayush));
    for (name, password) in [("ayush", "other"), ("nobody", "x"), ("gone", "mypassword"), ("", "")]
    {
        let refused = ours.authenticate(name, password).await.unwrap_err();
        assert!(refused.is_refusal(), "{name}: {refused}");
    }
    let token = ours.issue_token(&user).await.unwrap();
    assert_eq!(token.expose(), "token-of-ayush");
    let vanished = ours.issue_token(&UserId::Int(4711)).await;
    assert!(matches!(vanished, Err(LoginError::VanishedUser { .. })), "{vanished:?}");

    let owner = ours.verify_token("token-of-ayush").await.unwrap();
    assert_eq!((owner.user.username.as_str(), &owner.user.id), ("ayush", &user));
    assert_eq!(ours.groups_of(&owner).await.unwrap(), Vec::<String>::new());
    let inactive = ours.verify_token("token-of-gone").await;
    assert!(matches!(inactive, Err(VerifyError::InactiveUser)), "{inactive:?}");
    // Many at once share queries, and each gets its own answer.
    let checks: Vec<_> = (0..50)
        .map(|number| {
            let ours = ours.clone();
            let key = if number % 2 == 0 { "token-of-ayush" } else { "other" };
            tokio::spawn(async move { ours.verify_token(key).await.is_ok() })
        })
        .collect();
    for (number, check) in checks.into_iter().enumerate() {
        assert_eq!(check.await.unwrap(), number % 2 == 0);
    }

    assert!(ours.revoke_token(&token).await.unwrap());
    assert!(!ours.revoke_token(&token).await.unwrap());
    let unknown = ours.verify_token("token-of-ayush").await;
    assert!(matches!(unknown, Err(VerifyError::UnknownToken)), "{unknown:?}");
    let fresh = ours.issue_token(&user).await.unwrap();
    assert_eq!(database.tokens().await[0], (fresh.expose().to_owned(), ayush));
    // What a dropped question leaves behind serves the next.
    for _ in 0..20 {
        let check = ours.verify_token(fresh.expose());
        let _ = tokio::time::timeout(Duration::from_micros(50), check).await;
    }
    assert!(ours.verify_token(fresh.expose()).await.is_ok());
    ours.close().await;
    assert!(matches!(ours.verify_token("x").await, Err(VerifyError::Store(_))));
}

macro_rules! on_each {
    ($($name:ident: $backend:ident),*) => {$(
        mod $name {
            use super::*;

            #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn a_backend_lives_on_a_url() {
                if let Some(database) = harness::database(Backend::$backend).await {
                    let ours = Database::connect(&database.url()).unwrap();
                    lives(&database, ours).await;
                }
            }

            #[tokio::test]
            async fn what_a_user_may_do_is_in_the_rows() {
                if let Some(database) = harness::database(Backend::$backend).await {
                    what_a_user_may_do(&database).await;
                }
            }

            #[tokio::test]
            async fn refusals_cost_what_the_oldest_password_does() {
                if let Some(database) = harness::database(Backend::$backend).await {
                    costs_are_learnt(&database).await;
                }
            }

            #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn a_backend_lives_on_a_pool_of_its_own() {
                if let Some(database) = harness::database(Backend::$backend).await {
                    let pool = pool(&database).await;
                    let ours = Database::from_pool(pool.clone(), &Tables::default()).unwrap();
                    lives(&database, ours).await;
                    // It is not ours to close, and nothing of it is kept.
                    still_lives(pool).await;
                }
            }
        }
    )*};
}

on_each! { postgres: Postgres, mysql: MySql, sqlite: Sqlite }

/// By the layer and by the extractor, on Django's own rows.
async fn what_a_user_may_do(database: &TestDatabase) {
    let mut ids = BTreeMap::new();
    for user in [
        NewUser::new("ayush", "!"),
        NewUser::new("own", "!"),
        NewUser::new("member", "!"),
        NewUser { is_staff: true, ..NewUser::new("staff", "!") },
        NewUser { is_superuser: true, ..NewUser::new("root", "!") },
    ] {
        let (name, id) = (user.username.to_owned(), database.insert_user(user).await);
        database.insert_token(&name, id).await;
        ids.insert(name, id);
    }
    let (own, member) = (ids["own"], ids["member"]);
    database
        .execute(&format!(
            "DELETE FROM auth_permission; DELETE FROM django_content_type; \
             INSERT INTO django_content_type (id, app_label, model) \
             VALUES (901, 'blog', 'entry'), (902, 'shop', 'order'); \
             INSERT INTO auth_permission (id, name, content_type_id, codename) VALUES \
             (911, 'x', 902, 'view_order'), (912, 'x', 901, 'add_entry'), (913, 'x', 901, 'é.x'); \
             INSERT INTO auth_group (id, name) VALUES (921, 'team'); \
             INSERT INTO auth_group_permissions (id, group_id, permission_id) \
             VALUES (931, 921, 911), (932, 921, 913); \
             INSERT INTO auth_user_groups (id, user_id, group_id) VALUES (941, {member}, 921); \
             INSERT INTO auth_user_user_permissions (id, user_id, permission_id) \
             VALUES (951, {own}, 911), (952, {member}, 911)"
        ))
        .await;
    let tokens: Arc<dyn VerifyToken> = Arc::new(Database::connect(&database.url()).unwrap());
    let permission = Requirement::default().permission("shop.view_order");
    for (requirement, allowed) in [
        (permission.clone(), &["own", "member", "root"][..]),
        (Requirement::default().permission("shop.View_Order"), &["root"]),
        (Requirement::default().permission("view_order"), &["root"]),
        (Requirement::default().group("team"), &["member"]),
        (Requirement::default().staff(), &["staff"]),
        (Requirement::default().superuser(), &["root"]),
        (permission.group("team"), &["member"]),
    ] {
        let layer = RequireToken::new(Arc::clone(&tokens)).requirement(requirement.clone());
        let layered = Router::new().route("/profile/", any(async || "ok")).layer(layer);
        let what = format!("{:?} {requirement:?}", database.backend);
        let asked = async move |user: AuthenticatedUser| -> Result<&'static str, Refusal> {
            user.require(&requirement).await?;
            Ok("ok")
        };
        let extracted =
            Router::new().route("/profile/", any(asked)).with_state(Arc::clone(&tokens));
        for router in [layered, extracted] {
            for user in ids.keys() {
                let expected = if allowed.contains(&user.as_str()) { 200 } else { 403 };
                assert_eq!(ask(&router, bearing(user)).await.0.as_u16(), expected, "{what} {user}");
            }
            assert_eq!(ask(&router, bearing("nobody")).await.0, 401, "{what}");
        }
    }
    let listed = async |user: AuthenticatedUser| -> Result<String, Refusal> {
        Ok(user.permissions().await?.join(" "))
    };
    let router = Router::new().route("/profile/", any(listed)).with_state(tokens);
    for (user, expected) in [
        ("ayush", ""),
        ("own", "shop.view_order"),
        ("member", "blog.é.x shop.view_order"),
        ("root", "blog.add_entry blog.é.x shop.view_order"),
    ] {
        assert_eq!(ask(&router, bearing(user)).await.2, expected, "{user}");
    }
}

/// A kind of stored password that only the oldest user has, in a database that is away at the first login.
async fn costs_are_learnt(database: &TestDatabase) {
    let dear = "pbkdf2_sha256$200000$salt$2V1L3gqXbMVxYCWIYvaGyTt2KsKjUSoV4XZ4Z3lWPSs=";
    database.insert_user(NewUser::new("oldest", dear)).await;
    let cheap = hashers().make_password("x").unwrap();
    for number in 0..200 {
        database.insert_user(NewUser::new(&format!("user{number}"), &cheap)).await;
    }
    let mut options = LoginOptions::default();
    options.hashers = hashers();
    let ours = Database::connect(&database.url()).unwrap().with_logins(options);
    let refusal = async || {
        let began = Instant::now();
        let refused = ours.authenticate("nobody", "x").await;
        (began.elapsed(), refused.unwrap_err().is_refusal())
    };
    database.execute("ALTER TABLE auth_user RENAME TO elsewhere").await;
    assert!(!refusal().await.1);
    tokio::time::sleep(Duration::from_millis(50)).await;
    database.execute("ALTER TABLE elsewhere RENAME TO auth_user").await;
    // One of 10 iterations takes no time; each takes as long as one of 200,000 once that was measured.
    let mut slow = 0;
    for _ in 0..1000 {
        let (took, is_refusal) = refusal().await;
        assert!(is_refusal);
        slow = if took > Duration::from_millis(20) { slow + 1 } else { 0 };
        if slow == 5 {
            return;
        }
    }
    panic!("the oldest user's password is told from nobody's");
}

async fn still_lives(pool: SqlxPool) {
    macro_rules! check {
        ($pool:expr) => {{
            sqlx::query("SELECT 1").execute(&$pool).await.unwrap();
            // They come back in tasks of their own.
            for _ in 0..200 {
                if $pool.num_idle() == $pool.size() as usize {
                    return;
                }
                tokio::time::sleep(Duration::from_millis(10)).await;
            }
            panic!("{} of {} connections came back", $pool.num_idle(), $pool.size());
        }};
    }
    match pool {
        SqlxPool::Postgres(pool) => check!(pool),
        SqlxPool::MySql(pool) => check!(pool),
        SqlxPool::Sqlite(pool) => check!(pool),
        _ => unreachable!(),
    }
}

#[tokio::test]
async fn options_name_other_tables() {
    let database = harness::database(Backend::Sqlite).await.unwrap();
    let url: DatabaseUrl = database.url().parse().unwrap();
    let mut options = StoreOptions::new(url);
    options.user_model.table = "people".to_owned();
    let ours = Database::new(&options).unwrap();
    let mismatch = ours.check(GrantTables::default()).await.unwrap_err().to_string();
    assert!(mismatch.contains("people"), "{mismatch}");
    assert_eq!(ask(&by_layer(Arc::new(ours)), bearing("x")).await.0, 503);
    assert!(Database::connect("oracle://x/y").is_err());
    assert!(format!("{:?}", Database::new(&options).unwrap()).contains("Database"));
}

#[tokio::test]
async fn a_wait_without_an_end_is_a_wait() {
    for backend in [Backend::Sqlite, Backend::Postgres, Backend::MySql] {
        let Some(database) = harness::database(backend).await else { continue };
        fill(&database).await;
        let mut options = StoreOptions::new(database.url().parse().unwrap());
        (options.acquire_timeout, options.statement_timeout) = (Duration::MAX, Duration::MAX);
        let mut logins = LoginOptions::default();
        (logins.hashers, logins.queue_wait) = (hashers(), Duration::MAX);
        let ours = Database::new(&options).unwrap().with_logins(logins);
        assert!(ours.verify_token("token-of-ayush").await.is_ok());
        assert!(ours.authenticate("ayush", "mypassword").await.is_ok());
    }
}
