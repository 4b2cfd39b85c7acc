//! The HTTP way in: `POST /slack/events` for commands, interactions and events alike.
//!
//! The order is the security: limit the body, verify the signature over the raw bytes, and only then
//! parse. `GET` and the rest are answered 405 by the router.

use axum::{
    Json, Router,
    body::to_bytes,
    extract::{Request, State},
    http::{HeaderMap, StatusCode, header::CONTENT_TYPE, request::Parts},
    response::{IntoResponse, Response},
    routing::post,
};
use serde_json::json;
use slack_morphism::{prelude::*, signature_verifier::SlackEventSignatureVerifier};
use std::{
    fmt,
    sync::Arc,
    time::{Duration, Instant},
};
use tracing::Instrument;

use super::{
    dispatch::{Ephemeral, Handler, Reply, Surface, dispatch},
    inbound::{self, Inbound},
};

/// Slack's largest payloads are views of 250 KB; the rest is somebody else's.
const BODY_LIMIT: usize = 1024 * 1024;
/// Slack waits 3 s for the answer; a body that takes longer than this is not Slack's.
const BODY_TIMEOUT: Duration = Duration::from_secs(5);

/// What the route needs. Cheap to clone.
#[derive(Clone)]
pub struct HttpState {
    verifiers: Arc<[SlackEventSignatureVerifier]>,
    handler: Handler,
}

impl fmt::Debug for HttpState {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("HttpState")
            .field("secrets", &self.verifiers.len())
            .finish_non_exhaustive()
    }
}

impl HttpState {
    /// A state that accepts what any of `secrets` signed: one, or two while a secret is being rotated.
    /// Empty secrets are dropped; without any, everything is refused.
    pub fn new(secrets: impl IntoIterator<Item = SlackSigningSecret>, handler: Handler) -> Self {
        let secrets = secrets.into_iter().filter(|s| !s.value().is_empty());
        Self {
            verifiers: secrets.map(|s| SlackEventSignatureVerifier::new(&s)).collect(),
            handler,
        }
    }

    /// Whether the body was signed by Slack less than 5 minutes ago, by the machine's clock.
    fn verify(&self, headers: &HeaderMap, body: &str) -> bool {
        let header = |name| headers.get(name).and_then(|v| v.to_str().ok());
        let signature = header(SlackEventSignatureVerifier::SLACK_SIGNED_HASH_HEADER);
        let timestamp = header(SlackEventSignatureVerifier::SLACK_SIGNED_TIMESTAMP);
        let (Some(signature), Some(timestamp)) = (signature, timestamp) else {
            return false;
        };
        // The crate subtracts the timestamp unchecked: more digits than time has would overflow.
        let plausible = (1..=12).contains(&timestamp.len()) && timestamp.bytes().all(|b| b.is_ascii_digit());
        plausible
            && self
                .verifiers
                .iter()
                .any(|v| v.verify(signature, body, timestamp).is_ok())
    }
}

/// The route, ready to be merged into the application's router.
///
/// | answer | when |
/// |---|---|
/// | 200 | handled; also `ssl_check` (unsigned, as in Bolt) and `url_verification` |
/// | 400 | too long, not UTF-8, or signed but not a payload of Slack's |
/// | 401 | the signature or its timestamp is missing, wrong or stale |
/// | 405 | not a `POST` |
/// | 408 | the body took too long |
/// | 503 | the handler answered [`Reply::Unavailable`], or panicked |
pub fn router(state: HttpState) -> Router {
    Router::new()
        .route("/slack/events", post(receive))
        .with_state(state)
}

async fn receive(State(state): State<HttpState>, request: Request) -> Response {
    let started = Instant::now();
    let span = tracing::info_span!(
        "slack_request",
        surface = Surface::Http.as_str(),
        kind = tracing::field::Empty,
        retry = retry_number(request.headers()),
        status = tracing::field::Empty,
        ms = tracing::field::Empty,
    );
    let response = match answer(&state, request).instrument(span.clone()).await {
        Ok(response) => response,
        Err(status) => {
            metrics::counter!("signoff_inbound_refused_total", "status" => status.as_u16().to_string())
                .increment(1);
            status.into_response()
        }
    };
    span.record("status", response.status().as_u16());
    span.record(
        "ms",
        u64::try_from(started.elapsed().as_millis()).unwrap_or(u64::MAX),
    );
    span.in_scope(|| tracing::debug!("slack request answered"));
    response
}

/// Which repetition of an event this is; `None` for a first attempt.
fn retry_number(headers: &HeaderMap) -> Option<u8> {
    headers.get("x-slack-retry-num")?.to_str().ok()?.parse().ok()
}

async fn answer(state: &HttpState, request: Request) -> Result<Response, StatusCode> {
    let (Parts { headers, .. }, body) = request.into_parts();
    let body = tokio::time::timeout(BODY_TIMEOUT, to_bytes(body, BODY_LIMIT)).await;
    let body = body
        .map_err(|_| StatusCode::REQUEST_TIMEOUT)?
        .map_err(|_| StatusCode::BAD_REQUEST)?;
    let text = std::str::from_utf8(&body).map_err(|_| StatusCode::BAD_REQUEST)?;
    let content_type = headers.get(CONTENT_TYPE).and_then(|v| v.to_str().ok());
    if inbound::is_ssl_check(content_type, text) {
        return Ok(StatusCode::OK.into_response());
    }
    if !state.verify(&headers, text) {
        return Err(StatusCode::UNAUTHORIZED);
    }
    let inbound = inbound::parse(content_type, &body).map_err(|error| {
        tracing::warn!(%error, "a signed request was no payload of Slack's");
        StatusCode::BAD_REQUEST
    })?;
    tracing::Span::current().record("kind", inbound.kind());
    if let Inbound::UrlVerification { challenge } = inbound {
        return Ok(Json(json!({ "challenge": challenge })).into_response());
    }
    Ok(dispatch(&state.handler, inbound, Surface::Http)
        .await
        .into_response())
}

impl IntoResponse for Reply {
    fn into_response(self) -> Response {
        match self {
            Self::Empty => StatusCode::OK.into_response(),
            Self::Message(message) => Json(Ephemeral::from(&message)).into_response(),
            Self::Json(value) => Json(value).into_response(),
            Self::Text(text) => text.into_response(),
            Self::Unavailable => StatusCode::SERVICE_UNAVAILABLE.into_response(),
        }
    }
}
