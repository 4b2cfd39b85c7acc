//! A Slack that takes everything at once. It is no judge of anything: for that there is the local workspace.

use axum::Router;
use axum::extract::Path;
use axum::response::Json;
use axum::routing::post;
use serde_json::{Value, json};
use std::sync::atomic::{AtomicU64, Ordering};
use tokio::net::TcpListener;

/// Starts it; the address of its Web API.
pub(crate) async fn start() -> anyhow::Result<String> {
    let router = Router::new().route("/api/{method}", post(answer).get(answer));
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    let address = listener.local_addr()?;
    tokio::spawn(async move { axum::serve(listener, router).await });
    Ok(format!("http://{address}/api/"))
}

async fn answer(Path(method): Path<String>) -> Json<Value> {
    static NEXT: AtomicU64 = AtomicU64::new(1);
    let number = NEXT.fetch_add(1, Ordering::Relaxed);
    Json(match method.as_str() {
        "auth.test" => json!({"ok": true, "team_id": "T0SANDBOX", "user_id": "U0BOT", "bot_id": "B0BOT"}),
        "users.info" => json!({"ok": true, "user": {
            "id": "U0DIRECTOR", "team_id": "T0SANDBOX", "name": "dana", "real_name": "Dana",
            "tz": "America/Los_Angeles", "tz_offset": -28800, "profile": {},
        }}),
        "usergroups.users.list" => json!({"ok": true, "users": ["U0MARK", "U0MIA"]}),
        "conversations.open" => json!({"ok": true, "channel": {"id": "D0"}}),
        "conversations.history" => json!({"ok": true, "messages": [], "has_more": false}),
        _ => json!({"ok": true, "channel": "D0", "ts": format!("1700000000.{number:06}")}),
    })
}
