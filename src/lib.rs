//! Django REST framework's token login in Rust, on Django's own database.
//!
//! The service shares a Django project's database: it reads the user and token tables, checks
//! Django's encoded passwords, and issues the 40-hex-character keys of DRF's token authentication.
//! What one accepts, the other accepts, because they are the same rows.
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
//! | [`config`] | configuration from file, environment and flags | django (names) |
//! | [`store`] | the port on PostgreSQL, MySQL and SQLite; all SQL | accounts, metrics |
//! | [`guard`] | whose token is this, and what is the answer if nobody's | accounts, drf |
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

pub mod accounts;
pub mod app;
pub mod cli;
pub mod config;
pub mod corsheaders;
pub mod django;
pub mod drf;
pub mod guard;
pub mod http;
pub mod lanes;
pub mod metrics;
pub mod python;
pub mod store;
pub mod telemetry;
