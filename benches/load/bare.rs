//! What the throughput is compared with: the least server that saves a filing durably, one commit each.

use crate::generator::SECRET;
use axum::Router;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::routing::{get, post};
use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;
use sqlx::sqlite::{
    SqliteConnectOptions, SqliteJournalMode, SqlitePool, SqlitePoolOptions, SqliteSynchronous,
};
use std::path::Path;
use std::time::Duration;
use tokio::net::TcpListener;

/// Serves on `PORT` until it is killed.
pub(crate) async fn serve(file: &Path) -> anyhow::Result<()> {
    let options = SqliteConnectOptions::new()
        .filename(file)
        .create_if_missing(true)
        .journal_mode(SqliteJournalMode::Wal)
        .synchronous(SqliteSynchronous::Full);
    let pool = SqlitePoolOptions::new()
        .max_connections(1)
        .acquire_timeout(Duration::from_secs(30))
        .connect_with(options)
        .await?;
    for table in ["request", "audit", "outbox"] {
        let sql = format!("create table {table} (id integer primary key, body text not null) strict");
        sqlx::query(sqlx::AssertSqlSafe(sql)).execute(&pool).await?;
    }
    let router = Router::new()
        .route("/healthz", get(|| async { "ok" }))
        .route("/slack/events", post(file_request))
        .with_state(pool);
    let port: u16 = std::env::var("PORT")?.parse()?;
    axum::serve(TcpListener::bind(("127.0.0.1", port)).await?, router).await?;
    Ok(())
}

async fn file_request(
    State(pool): State<SqlitePool>,
    headers: HeaderMap,
    body: Bytes,
) -> Result<String, StatusCode> {
    let header = |name: &str| {
        headers
            .get(name)
            .and_then(|value| value.to_str().ok())
            .unwrap_or_default()
    };
    let mut mac = Hmac::<Sha256>::new_from_slice(SECRET.as_bytes()).map_err(|_| StatusCode::BAD_REQUEST)?;
    mac.update(format!("v0:{}:", header("x-slack-request-timestamp")).as_bytes());
    mac.update(&body);
    let expected = format!("v0={}", hex::encode(mac.finalize().into_bytes()));
    if header("x-slack-signature") != expected {
        return Err(StatusCode::UNAUTHORIZED);
    }
    let text = std::str::from_utf8(&body).map_err(|_| StatusCode::BAD_REQUEST)?;
    let id = insert(&pool, text)
        .await
        .map_err(|_| StatusCode::INTERNAL_SERVER_ERROR)?;
    Ok(format!("R-{id}"))
}

async fn insert(pool: &SqlitePool, text: &str) -> Result<i64, sqlx::Error> {
    let mut transaction = pool.begin_with("begin immediate").await?;
    let sql = "insert into request (body) values ($1)";
    let id = sqlx::query(sql)
        .bind(text)
        .execute(&mut *transaction)
        .await?
        .last_insert_rowid();
    for sql in [
        "insert into audit (body) values ($1)",
        "insert into outbox (body) values ($1)",
    ] {
        sqlx::query(sql).bind(text).execute(&mut *transaction).await?;
    }
    transaction.commit().await?;
    Ok(id)
}
