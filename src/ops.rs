//! For operators: is it up, is it ready, what does it count. Nothing of people's texts is in any of it (R32).

use crate::app::App;
use crate::app::worker::Worker;
use crate::slack::{DeliveryError, Gateway, SocketStatus};
use axum::Router;
use axum::extract::State as Shared;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use chrono::TimeDelta;
use metrics::{describe_counter, describe_gauge, describe_histogram};
use metrics_exporter_prometheus::{PrometheusBuilder, PrometheusHandle};
use std::sync::{Arc, OnceLock};
use std::time::{Duration, Instant};
use tokio::sync::{Mutex, watch};

/// How late the oldest task may be before the queue counts as stuck.
const QUEUE_LATE: TimeDelta = TimeDelta::minutes(5);

/// What the answers are made of.
#[derive(Clone)]
pub struct State {
    /// The database.
    pub app: App,
    /// The outbox.
    pub worker: Worker,
    /// Slack.
    pub gateway: Gateway,
    /// What Slack said last.
    pub slack: SlackHealth,
    /// The connection, in Socket Mode.
    pub socket: Option<watch::Receiver<SocketStatus>>,
}

/// Whether Slack answers, asked at most every two seconds: anybody may ask `/readyz`, as often as they like.
#[derive(Clone, Default)]
pub struct SlackHealth(Arc<Mutex<Option<Asked>>>);

struct Asked {
    at: Instant,
    fault: Option<String>,
}

impl SlackHealth {
    async fn fault(&self, gateway: &Gateway) -> Option<String> {
        // Held while Slack is asked: those who come meanwhile wait for the same answer.
        let mut last = self.0.lock().await;
        let fresh = |asked: &&Asked| asked.at.elapsed() < Duration::from_secs(2);
        if let Some(asked) = last.as_ref().filter(fresh) {
            return asked.fault.clone();
        }
        let fault = match gateway.quick().auth_test().await {
            // Too many calls are answered, too.
            Ok(_) | Err(DeliveryError::Retry { after: Some(_), .. }) => None,
            Err(error) => Some(format!("{} ({})", error.class(), error.code())),
        };
        *last = Some(Asked {
            at: Instant::now(),
            fault: fault.clone(),
        });
        fault
    }
}

/// `GET /healthz`, `/readyz`, `/metrics`.
pub fn router(state: State) -> Router {
    Router::new()
        .route("/healthz", get(|| async { "ok\n" }))
        .route("/readyz", get(ready))
        .route("/metrics", get(metrics))
        .with_state(state)
}

/// Where the buckets of what takes time end, in seconds: Slack waits 3 s for an answer, and a call to it may take 10.
const BUCKETS: [f64; 12] = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.0, 3.0, 5.0, 10.0];

/// Starts counting. Later calls return the same counters.
pub fn recorder() -> Option<&'static PrometheusHandle> {
    static RECORDER: OnceLock<Option<PrometheusHandle>> = OnceLock::new();
    RECORDER
        .get_or_init(|| {
            // Buckets rather than quantiles: those of several processes can be added up, and they take no more memory
            // the more is measured.
            let builder = PrometheusBuilder::new().set_buckets(&BUCKETS).ok()?;
            let recorder = builder.install_recorder().ok()?;
            describe();
            Some(recorder)
        })
        .as_ref()
}

/// What each measurement means; Prometheus shows it beside the name.
fn describe() {
    describe_counter!(
        "signoff_inbound_total",
        "Commands, clicks, forms and events from Slack, and how they were answered."
    );
    describe_counter!(
        "signoff_inbound_refused_total",
        "Requests that were not taken from Slack, by HTTP status: 401 is a wrong signature."
    );
    describe_histogram!(
        "signoff_ack_seconds",
        "From a request's arrival to its acknowledgement. Slack waits 3 seconds."
    );
    describe_counter!(
        "signoff_slack_calls_total",
        "Calls to Slack's Web API, and what came of them."
    );
    describe_histogram!(
        "signoff_slack_call_seconds",
        "How long calls to Slack's Web API took."
    );
    describe_gauge!(
        "signoff_outbox_tasks",
        "Tasks that are due now, in doubt (sent, and no answer came), or dead (given up: see `signoff outbox list`)."
    );
    describe_gauge!(
        "signoff_clocks_apart_seconds",
        "By how much the clock here differs from Slack's or the database's, where that is too much: nothing lapses until it is 0."
    );
    describe_counter!(
        "signoff_socket_connections_ended_total",
        "Socket Mode connections that ended, and why."
    );
    describe_counter!(
        "signoff_socket_connect_failures_total",
        "Socket Mode connections that were not made, by the class of the error."
    );
    describe_counter!(
        "signoff_socket_unreadable_total",
        "Socket Mode messages that could not be read."
    );
}

/// Sums up what was measured since the last time: until then each measurement is kept.
pub fn sum_up() {
    if let Some(recorder) = recorder() {
        recorder.run_upkeep();
    }
}

async fn metrics(Shared(state): Shared<State>) -> Response {
    if let Ok(stuck) = state.app.stuck_counts().await {
        for (name, count) in stuck {
            metrics::gauge!("signoff_outbox_tasks", "state" => name).set(count as f64);
        }
    }
    match recorder() {
        Some(recorder) => recorder.render().into_response(),
        None => (StatusCode::SERVICE_UNAVAILABLE, "another recorder is installed\n").into_response(),
    }
}

/// Database and Slack reachable, queue moving. Says what is wrong, a line each.
async fn ready(Shared(state): Shared<State>) -> Response {
    let mut wrong = Vec::new();
    match state.app.oldest_due().await {
        Err(error) => wrong.push(format!("database: {error}")),
        Ok(Some(due)) if state.app.clock.now() - due > QUEUE_LATE => {
            wrong.push(format!("outbox: the oldest task is due since {due}"));
        }
        Ok(_) => {}
    }
    if let Some(apart) = state.worker.clocks_apart() {
        wrong.push(format!("clock: {apart}; nothing lapses until they agree"));
    }
    if state.worker.credentials_refused() {
        wrong.push("slack: the bot token is refused; nothing is sent and nothing lapses".to_owned());
    } else if let Some(fault) = state.slack.fault(&state.gateway).await {
        wrong.push(format!("slack: {fault}"));
    }
    if state
        .socket
        .is_some_and(|status| *status.borrow() == SocketStatus::Reconnecting)
    {
        wrong.push("slack: Socket Mode is reconnecting".to_owned());
    }
    match wrong.is_empty() {
        true => "ready\n".into_response(),
        false => (StatusCode::SERVICE_UNAVAILABLE, wrong.join("\n") + "\n").into_response(),
    }
}
