//! Servers, signatures and tokens for the tests.

use axum::{
    Router,
    body::{Body, Bytes},
    extract::{Request, State},
    http::{HeaderMap, Method, Uri},
    response::Response,
};
use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;
use signoff::slack::{DeliveryError, Gateway, ReqwestConnector};
use slack_morphism::prelude::*;
use std::{
    net::SocketAddr,
    sync::{Arc, Mutex},
    time::Duration,
};
use tokio::net::TcpListener;

pub(crate) const TOKEN: &str = "xoxb-11111-secret-bot-token";
pub(crate) const SECRET: &str = "8f742231b10e8888abcd99yyyzzz85a5";

/// Serves a router on a free local port.
pub(crate) async fn serve(router: Router) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
    let address = listener.local_addr().expect("bound");
    tokio::spawn(async move { axum::serve(listener, router).await.expect("serving") });
    address
}

pub(crate) fn gateway(address: SocketAddr) -> Gateway {
    gateway_within(address, Duration::from_secs(10))
}

pub(crate) fn gateway_within(address: SocketAddr, timeout: Duration) -> Gateway {
    let connector = ReqwestConnector::new(&format!("http://{address}/api")).expect("an http address");
    Gateway::new(connector.with_timeout(timeout), TOKEN.to_owned().into())
}

/// A request as a fake Slack saw it.
#[derive(Debug, Clone)]
pub(crate) struct Seen {
    pub(crate) method: Method,
    pub(crate) uri: Uri,
    pub(crate) headers: HeaderMap,
    pub(crate) body: String,
}

impl Seen {
    pub(crate) fn json(&self) -> serde_json::Value {
        serde_json::from_str(&self.body).expect("a JSON body")
    }

    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).map(|v| v.to_str().expect("a text header"))
    }
}

type Answerer = Arc<dyn Fn(&Seen) -> Response + Send + Sync>;

/// A Slack that writes down what it is asked and answers whatever the test wants.
#[derive(Clone)]
pub(crate) struct FakeSlack {
    pub(crate) address: SocketAddr,
    seen: Arc<Mutex<Vec<Seen>>>,
}

impl FakeSlack {
    pub(crate) async fn answering(answer: impl Fn(&Seen) -> Response + Send + Sync + 'static) -> Self {
        let seen: Arc<Mutex<Vec<Seen>>> = Arc::default();
        let state = (Arc::clone(&seen), Arc::new(answer) as Answerer);
        let router = Router::new().fallback(Self::handle).with_state(state);
        Self {
            address: serve(router).await,
            seen,
        }
    }

    /// Answers everything with this JSON.
    pub(crate) async fn json(value: serde_json::Value) -> Self {
        Self::answering(move |_| axum::response::IntoResponse::into_response(axum::Json(value.clone()))).await
    }

    async fn handle(
        State((seen, answer)): State<(Arc<Mutex<Vec<Seen>>>, Answerer)>,
        request: Request,
    ) -> Response {
        let (parts, body) = request.into_parts();
        let body: Bytes = axum::body::to_bytes(body, usize::MAX).await.expect("a body");
        let body = String::from_utf8(body.to_vec()).expect("UTF-8");
        let this = Seen {
            method: parts.method,
            uri: parts.uri,
            headers: parts.headers,
            body,
        };
        let response = answer(&this);
        seen.lock().expect("not poisoned").push(this);
        response
    }

    pub(crate) fn seen(&self) -> Vec<Seen> {
        self.seen.lock().expect("not poisoned").clone()
    }

    pub(crate) fn gateway(&self) -> Gateway {
        gateway(self.address)
    }
}

/// Slack's signature, as its documentation describes it.
pub(crate) fn sign(secret: &str, timestamp: &str, body: &[u8]) -> String {
    let mut mac = Hmac::<Sha256>::new_from_slice(secret.as_bytes()).expect("any length will do");
    mac.update(format!("v0:{timestamp}:").as_bytes());
    mac.update(body);
    format!("v0={}", hex::encode(mac.finalize().into_bytes()))
}

/// Seconds since 1970, by the clock the verifier reads.
#[allow(
    clippy::disallowed_methods,
    reason = "a signature must be fresh by the machine's clock"
)]
pub(crate) fn unix_now() -> i64 {
    chrono::Utc::now().timestamp()
}

pub(crate) fn message() -> SlackApiChatPostMessageRequest {
    let content = SlackMessageContent::new().with_text("Secret title".into());
    SlackApiChatPostMessageRequest::new("C1".into(), content)
}

pub(crate) fn answer(status: u16, headers: &[(&str, &str)], body: &str) -> Response {
    let mut response = Response::builder().status(status);
    for (name, value) in headers {
        response = response.header(*name, *value);
    }
    response.body(Body::from(body.to_owned())).expect("a response")
}

pub(crate) fn retry(seconds: Option<u64>, code: &str) -> DeliveryError {
    DeliveryError::Retry {
        after: seconds.map(Duration::from_secs),
        code: code.into(),
    }
}

pub(crate) fn in_doubt(code: &str) -> DeliveryError {
    DeliveryError::InDoubt { code: code.into() }
}
