//! Two token checks to measure drf-auth's against: one query a request, and no work at all.
//!
//! `baseline ADDRESS DATABASE_URL` serves `/query/`, which does what any careful axum handler over sqlx would do with
//! drf-auth's own statement and as many connections, and `/constant/`, which is what HTTP itself costs.

use std::{env, error::Error};

use axum::{
    Router,
    extract::State,
    http::{
        HeaderMap, StatusCode,
        header::{AUTHORIZATION, CONTENT_TYPE},
    },
    response::{IntoResponse, Response},
    routing::get,
    serve::ListenerExt,
};
use serde_json::json;
use sqlx::{PgPool, Row, postgres::PgPoolOptions};
use tokio::net::TcpListener;

/// drf-auth's own default, `database.max_connections`.
const CONNECTIONS: u32 = 10;

const STATEMENT: &str = "SELECT t.key, u.id, u.username, u.email, u.is_active, u.is_staff, u.is_superuser \
    FROM authtoken_token t INNER JOIN auth_user u ON t.user_id = u.id WHERE t.key = $1 LIMIT 2";

async fn query(State(pool): State<PgPool>, headers: HeaderMap) -> Response {
    let token = headers
        .get(AUTHORIZATION)
        .and_then(|value| value.to_str().ok())
        .and_then(|value| value.strip_prefix("Token "));
    let Some(token) = token else { return StatusCode::UNAUTHORIZED.into_response() };
    match sqlx::query(STATEMENT).bind(token).fetch_optional(&pool).await {
        Ok(Some(row)) if row.get::<bool, _>("is_active") => {
            profile(row.get("username"), row.get("email"))
        }
        Ok(_) => StatusCode::UNAUTHORIZED.into_response(),
        Err(_) => StatusCode::SERVICE_UNAVAILABLE.into_response(),
    }
}

async fn constant() -> Response {
    profile("user00000", "")
}

fn profile(username: &str, email: &str) -> Response {
    let body = json!({"username": username, "email": email}).to_string();
    ([(CONTENT_TYPE, "application/json")], body).into_response()
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let mut arguments = env::args().skip(1);
    let (Some(address), Some(url)) = (arguments.next(), arguments.next()) else {
        return Err("usage: baseline ADDRESS DATABASE_URL".into());
    };
    let pool = PgPoolOptions::new()
        .max_connections(CONNECTIONS)
        .min_connections(CONNECTIONS)
        // A ping before each query would be a second query.
        .test_before_acquire(false)
        .connect(&url)
        .await?;
    let router = Router::new()
        .route("/query/", get(query))
        .route("/constant/", get(constant))
        .with_state(pool);
    let listener = TcpListener::bind(address).await?.tap_io(|stream| {
        // As drf-auth does; an answer is one small write.
        let _ = stream.set_nodelay(true);
    });
    Ok(axum::serve(listener, router).await?)
}
