//! The shop of the usual tutorial, its orders in Rust: Django logs users in, and on the same database
//! this answers `GET /api/orders`, `GET /api/orders/1` and `GET /api/me` to whoever holds one of Django's
//! tokens.
//!
//! ```console
//! $ cargo run --example orders -- db.sqlite3 127.0.0.1:8002
//! $ curl -H "Authorization: Token $TOKEN" http://127.0.0.1:8002/api/orders
//! ```
//!
//! `compat/orders.py` runs it beside a live Django.
#![allow(clippy::disallowed_types, reason = "a backend answers with what JSON it likes")]

use std::{env, error::Error, sync::Arc};

use axum::{
    Json, Router,
    extract::{FromRef, Path, State},
    http::StatusCode,
    response::Result,
    routing::get,
};
use drf_auth::{
    guard::{AuthenticatedUser, Database, UserId, VerifyToken},
    store::Tables,
};
use serde_json::{Value, json};
use sqlx::{SqlitePool, sqlite::SqliteConnectOptions};
use tokio::net::TcpListener;

/// What every request has at hand.
#[derive(Clone)]
struct Shop {
    pool: SqlitePool,
    tokens: Arc<dyn VerifyToken>,
}

/// Where the extractor finds whom to ask.
impl FromRef<Shop> for Arc<dyn VerifyToken> {
    fn from_ref(shop: &Shop) -> Self {
        Self::clone(&shop.tokens)
    }
}

/// The orders of the token's owner; without a good token nobody comes this far.
async fn orders(user: AuthenticatedUser, State(shop): State<Shop>) -> Result<Json<Value>> {
    let UserId::Int(owner) = *user.id() else { return Err(user.not_found().into()) };
    let select = "SELECT id, item FROM shop_order WHERE user_id = ? ORDER BY id";
    let found = sqlx::query_as::<_, (i64, String)>(select).bind(owner).fetch_all(&shop.pool).await;
    let orders =
        found.map_err(broken)?.into_iter().map(|(id, item)| json!({ "id": id, "item": item }));
    Ok(Json(json!({ "customer": user.username, "orders": orders.collect::<Vec<_>>() })))
}

/// One order: its owner's, and staff's. What the backend refuses itself, it refuses as DRF does.
async fn order(
    user: AuthenticatedUser,
    State(shop): State<Shop>,
    Path(id): Path<i64>,
) -> Result<Json<Value>> {
    let select = "SELECT user_id, item FROM shop_order WHERE id = ?";
    let found =
        sqlx::query_as::<_, (i64, String)>(select).bind(id).fetch_optional(&shop.pool).await;
    let Some((owner, item)) = found.map_err(broken)? else {
        return Err(user.not_found().with_detail("No Order matches the given query.").into());
    };
    if UserId::Int(owner) != *user.id() && !user.is_staff {
        return Err(user.denied().into());
    }
    Ok(Json(json!({ "id": id, "item": item })))
}

/// What a frontend asks to know which buttons to show.
async fn me(user: AuthenticatedUser) -> Result<Json<Value>> {
    let (permissions, groups) = (user.permissions().await?, user.groups().await?);
    Ok(Json(json!({ "username": user.username, "permissions": permissions, "groups": groups })))
}

fn broken(_: sqlx::Error) -> StatusCode {
    StatusCode::INTERNAL_SERVER_ERROR
}

#[tokio::main]
async fn main() -> std::result::Result<(), Box<dyn Error>> {
    let mut arguments = env::args().skip(1);
    let file = arguments.next().unwrap_or_else(|| "db.sqlite3".to_owned());
    let address = arguments.next().unwrap_or_else(|| "127.0.0.1:8002".to_owned());

    let pool = SqlitePool::connect_with(SqliteConnectOptions::new().filename(file)).await?;
    // The tokens are asked for on the pool that the shop has anyway.
    let tokens = Arc::new(Database::from_pool(pool.clone(), &Tables::default())?);
    let app = Router::new()
        .route("/api/orders", get(orders))
        .route("/api/orders/{id}", get(order))
        .route("/api/me", get(me))
        .with_state(Shop { pool, tokens });
    axum::serve(TcpListener::bind(address).await?, app).await?;
    Ok(())
}
