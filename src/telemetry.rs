//! Logs: to standard error, as text on a terminal and as JSON lines elsewhere; `RUST_LOG` sets the level.
//! No field ever holds what people typed, a token, a signature or a `response_url` (R32).

use std::io::IsTerminal;
use tracing_subscriber::EnvFilter;
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::util::SubscriberInitExt;

/// Starts logging. `quiet` shows warnings only, where standard output is a story for people.
pub fn start(quiet: bool) {
    let default = if quiet { "warn" } else { "info" };
    // The crates below us log whole bodies at their debug levels; they never get that far, whatever
    // RUST_LOG says.
    let guard = [
        "hyper",
        "reqwest",
        "h2",
        "rustls",
        "tungstenite",
        "sqlx",
        "slack_morphism",
    ]
    .map(|name| format!("{name}=warn"));
    let wanted = std::env::var("RUST_LOG").unwrap_or_else(|_| default.to_owned());
    let filter = EnvFilter::new(format!("{wanted},{}", guard.join(",")));
    let registry = tracing_subscriber::registry().with(filter);
    let layer = tracing_subscriber::fmt::layer().with_writer(std::io::stderr);
    // A second start (a test in the same process) keeps the first.
    let _ = if std::io::stderr().is_terminal() {
        registry.with(layer).try_init()
    } else {
        registry.with(layer.json()).try_init()
    };
}
