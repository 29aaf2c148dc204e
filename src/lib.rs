//! Django REST framework's token login in Rust, on Django's own database.
//!
//! The service shares a Django project's database: it reads the user and token tables, checks
//! Django's encoded passwords, and issues the 40-hex-character keys of DRF's token authentication.
//! What one accepts, the other accepts, because they are the same rows.
//!
//! # For Rust backends
//!
//! A backend next to Django adds one dependency, `default-features = false` with the features
//! `guard` and its database's, and one argument to a handler ([`guard`] has the rest):
//!
#![cfg_attr(all(feature = "guard", feature = "_database"), doc = "```no_run")]
#![cfg_attr(not(all(feature = "guard", feature = "_database")), doc = "```ignore")]
//! use std::{error::Error, sync::Arc};
//!
//! use axum::{Router, routing::get};
//! use drf_auth::guard::{AuthenticatedUser, Database, VerifyToken};
//!
//! async fn hello(user: AuthenticatedUser) -> String {
//!     format!("Hello {}", user.username)
//! }
//!
//! #[tokio::main]
//! async fn main() -> Result<(), Box<dyn Error>> {
//!     let tokens: Arc<dyn VerifyToken> = Arc::new(Database::connect("postgres://app@db/app")?);
//!     let app = Router::new().route("/hello", get(hello)).with_state(tokens);
//!     axum::serve(tokio::net::TcpListener::bind("127.0.0.1:8002").await?, app).await?;
//!     Ok(())
//! }
//! ```
//!
//! Without any feature there are [`django::hashers`] alone:
//!
//! ```
//! use drf_auth::django::{Release, hashers::Hashers};
//!
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let hashers = Hashers::of(Release::V5_2);
//! let encoded = hashers.make_password("mypassword")?;
//! assert!(encoded.starts_with("pbkdf2_sha256$1000000$"));
//! assert!(hashers.check_password("mypassword", &encoded)?);
//! # Ok(())
//! # }
//! ```
//!
//! | Cargo feature | brings |
//! | --- | --- |
//! | `guard` | [`guard`]: axum's extractor (by `axum-core`, which tower services do not mind), tower's layer |
//! | `remote` | `remote`: a remote drf-auth instead of the database |
//! | `postgres`, `mysql`, `sqlite` | [`store`], and with `guard` its `Database` |
//! | `server` | the service and its commands |
//!
//! # The map
//!
//! Two kinds of rooms. **Mirror rooms** carry upstream's module names and are pure (no async, no
//! database, no domain): someone with upstream's source in the other window can compare.
//! **Our rooms** carry words of the domain.
//!
//! | room | what is in it | may use |
//! | --- | --- | --- |
//! | [`python`] | mirror of CPython: `str`, `json`, `codecs`, `urllib.parse`, `repr` of floats | |
//! | [`django`] | mirror of Django: hashers, `QueryDict`, the multipart parser, middleware, error pages | python, lanes |
//! | [`lanes`] | many PBKDF2-HMAC-SHA256 derivations side by side; the one room with `unsafe` | |
//! | [`drf`] | mirror of DRF: negotiation, parsers, fields, serializers, exceptions, renderers | python, django |
//! | [`corsheaders`] | mirror of django-cors-headers | python |
//! | [`accounts`] | the domain: users, tokens, the [`Authenticator`], the port to the database | django, lanes, metrics |
//! | [`config`] | configuration from file, environment and flags | django (names), python (regular expressions) |
//! | [`store`] | the port on PostgreSQL, MySQL and SQLite; all SQL | accounts, metrics |
//! | [`remote`] | whose token is this, asked of a remote drf-auth | accounts |
//! | [`guard`] | whose token is this, and what is the answer if nobody's; the library's front | store, accounts, drf, django, python, lanes, telemetry |
//! | [`http`] | the route table and the views | guard and below |
//! | [`app`] | composition root: configuration → store → authenticator → router → sockets | all but cli |
//! | [`cli`] | one file a subcommand; `main` only opens the door | app, config, telemetry |
//! | [`telemetry`] | the log | |
//! | [`metrics`] | what every room counts, and how Prometheus reads it | |
//!
//! `tests/it/architecture.rs` reads `src/` and holds every file to this table.
//!
//! Why the mirror rooms stand on each other: DRF's parsers are Django's `QueryDict` and multipart
//! parser behind a few lines, and both read their text through Python's codecs. One room for each
//! layer of upstream keeps every rule in the file where upstream has it, and gives what is CPython's
//! own (JSON's error texts, numbers' `str()`, lone surrogates) a place that neither framework owns.
//!
//! [`Authenticator`]: accounts::authenticator::Authenticator
#![cfg_attr(
    not(all(feature = "server", feature = "remote")),
    allow(
        rustdoc::broken_intra_doc_links,
        rustdoc::private_intra_doc_links,
        reason = "the map names rooms that were left out"
    )
)]

#[cfg(feature = "_accounts")]
pub mod accounts;
#[cfg(feature = "server")]
pub mod app;
#[cfg(feature = "server")]
pub mod cli;
#[cfg(feature = "server")]
pub mod config;
#[cfg(feature = "server")]
pub mod corsheaders;
pub mod django;
#[cfg(feature = "guard")]
pub mod drf;
#[cfg(feature = "guard")]
pub mod guard;
#[cfg(feature = "server")]
pub mod http;
pub mod lanes;
#[cfg(feature = "server")]
pub mod metrics;
#[cfg(all(feature = "_accounts", not(feature = "server")))]
#[path = "metrics/none.rs"]
mod metrics;
pub mod python;
#[cfg(feature = "remote")]
pub mod remote;
#[cfg(feature = "_store")]
pub mod store;
#[cfg(feature = "server")]
pub mod telemetry;
#[cfg(all(feature = "guard", not(feature = "server")))]
#[path = "telemetry/seldom.rs"]
mod telemetry;
