//! For Rust backends: how a route is protected by the tokens of the Django project.
//!
//! | what | where |
//! | --- | --- |
//! | [`AuthenticatedUser`] | an axum handler's argument; behind the layer, a request's extension |
//! | [`RequireToken`] | a tower layer before any HTTP service |
//! | [`VerifyToken`] | what both ask: the database, a remote drf-auth, or a table in a test |
//! | [`Refusal`] | the answer of DRF to who may not pass |
//!
//! # Types of other crates
//!
//! Public are those of `http`, `http-body` and `bytes` (requests, responses and bodies), `axum-core`
//! (the extractor and the response), `tower-layer` and `tower-service` (the layer), `async-trait` (its
//! attribute, for a verifier of one's own), and of `sqlx` 0.9 the three pools; in the rooms beneath also
//! `serde_json` (`drf`) and `getrandom` (`accounts`, `django`). A new major version of one of them is one
//! of this crate. `compat/public_types.py` reads the public interface, and finds these and no others.

pub mod authentication;
mod body;
#[cfg(feature = "_database")]
mod database;
mod extract;
mod fixed;
mod layer;
pub mod refusal;
mod user;

#[cfg(feature = "_database")]
pub use self::database::{Database, LoginOptions};
pub use self::{
    body::ResponseBody,
    fixed::FixedTokens,
    layer::{RequireToken, RequireTokenFuture, RequireTokenService},
    refusal::Refusal,
    user::AuthenticatedUser,
};
pub use crate::accounts::{
    TokenKey, TokenOwner, User, UserId,
    grants::{Permission, Requirement},
    keyword::{Keyword, KeywordError},
    verify::{VerifyError, VerifyToken, async_trait},
};
