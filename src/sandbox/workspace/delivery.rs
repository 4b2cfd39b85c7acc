//! Sends deliveries to the bot: signed HTTP, or an envelope over Socket Mode.
//!
//! <https://docs.slack.dev/authentication/verifying-requests-from-slack/>

use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use hmac::{Hmac, KeyInit, Mac};
use serde_json::{Value, json};
use sha2::Sha256;
use url::form_urlencoded;

use super::ack::Failure;
use super::wire::{Direction, WireCall};
use super::{Transport, Why, Workspace};

/// How the payload is packed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Shape {
    /// Form fields.
    Command,
    /// A form whose field `payload` is JSON.
    Interactive,
    /// A JSON body.
    Event,
}

/// One delivery; kept by an [`Ack`](super::Ack) so that a test can send it again.
#[derive(Clone)]
pub struct Delivery {
    /// `slash_command`, an interaction's type, or an event's type.
    pub kind: String,
    pub(super) shape: Shape,
    /// The payload, capabilities included: never print it.
    pub payload: Value,
}

impl std::fmt::Debug for Delivery {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Delivery")
            .field("kind", &self.kind)
            .finish_non_exhaustive()
    }
}

impl Delivery {
    /// The content type and body of the HTTP request.
    pub fn encode(&self) -> (&'static str, String) {
        const FORM: &str = "application/x-www-form-urlencoded";
        match self.shape {
            Shape::Event => ("application/json", self.payload.to_string()),
            Shape::Interactive => (FORM, encode_form([("payload", self.payload.to_string())])),
            Shape::Command => {
                let fields = self.payload.as_object().into_iter().flatten();
                (
                    FORM,
                    encode_form(fields.map(|(key, value)| (key, value.as_str().unwrap_or_default()))),
                )
            }
        }
    }

    /// The type of the Socket Mode envelope.
    pub(super) fn envelope_type(&self) -> &'static str {
        match self.shape {
            Shape::Command => "slash_commands",
            Shape::Interactive => "interactive",
            Shape::Event => "events_api",
        }
    }
}

fn encode_form<K: AsRef<str>, V: AsRef<str>>(fields: impl IntoIterator<Item = (K, V)>) -> String {
    form_urlencoded::Serializer::new(String::new())
        .extend_pairs(fields)
        .finish()
}

/// How deliveries are made; changeable at any time.
pub(super) struct Settings {
    pub(super) transport: Transport,
    /// Where the Web API is served, `http://127.0.0.1:PORT`.
    pub(super) origin: String,
    /// How long Slack waits for an ack, in real time: 3 s.
    pub(super) ack_limit: Duration,
    /// Sign with this Unix time instead of the machine's.
    pub(super) timestamp: Option<i64>,
}

impl Settings {
    pub(super) fn new(transport: Transport) -> Self {
        let origin = "http://127.0.0.1:0".to_owned();
        Self {
            transport,
            origin,
            ack_limit: Duration::from_secs(3),
            timestamp: None,
        }
    }
}

/// The bot's answer to a raw delivery.
#[derive(Clone, Debug)]
pub struct RawAnswer {
    /// The HTTP status (200 over Socket Mode).
    pub status: u16,
    /// The `Content-Type`, empty if missing.
    pub content_type: String,
    /// The body.
    pub body: String,
    /// From sending to the last byte, in real time.
    pub elapsed: Duration,
}

impl RawAnswer {
    /// The body as Slack reads it: `null` if empty, JSON if it says so, else a string.
    pub fn value(&self) -> Value {
        if self.body.is_empty() {
            return Value::Null;
        }
        let json = self
            .content_type
            .starts_with("application/json")
            .then_some(&self.body);
        json.and_then(|body| serde_json::from_str(body).ok())
            .unwrap_or_else(|| json!(self.body))
    }
}

/// A client without proxy, redirects or its own time limit: deliveries have theirs.
pub(super) fn client() -> reqwest::Client {
    // Only plain HTTP is spoken here, but reqwest wants a provider; the first to install one wins.
    let _ = rustls::crypto::ring::default_provider().install_default();
    reqwest::Client::builder()
        .no_proxy()
        .redirect(reqwest::redirect::Policy::none())
        .build()
        .expect("a client without TLS settings, with a provider installed, always builds")
}

/// `v0=` and the HMAC-SHA256 of `v0:{timestamp}:{body}`, in hex.
pub fn sign(secret: &str, timestamp: &str, body: &[u8]) -> String {
    let mut mac = Hmac::<Sha256>::new_from_slice(secret.as_bytes()).expect("HMAC takes keys of any length");
    mac.update(format!("v0:{timestamp}:").as_bytes());
    mac.update(body);
    format!("v0={}", hex::encode(mac.finalize().into_bytes()))
}

/// The machine's clock in Unix seconds: the bot verifies signatures against it.
#[expect(
    clippy::disallowed_methods,
    reason = "the bot checks signatures against the machine's clock"
)]
fn machine_time() -> i64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH);
    since.map_or(0, |since| i64::try_from(since.as_secs()).unwrap_or(i64::MAX))
}

impl Workspace {
    /// Signs deliveries with this Unix time from now on, for stale ones; `None` is the machine's clock.
    pub fn sign_at(&self, timestamp: Option<i64>) {
        self.settings().timestamp = timestamp;
    }

    /// How long an ack may take in real time; 3 s unless a test wants it shorter.
    pub fn set_ack_limit(&self, limit: Duration) {
        self.settings().ack_limit = limit;
    }

    /// The headers of a signed delivery of `body`.
    pub fn signed_headers(&self, content_type: &str, body: &[u8]) -> Vec<(String, String)> {
        let timestamp = self.settings().timestamp.unwrap_or_else(machine_time).to_string();
        let signature = sign(&self.signing_secret(), &timestamp, body);
        [
            ("content-type", content_type),
            ("x-slack-request-timestamp", timestamp.as_str()),
            ("x-slack-signature", signature.as_str()),
        ]
        .map(|(key, value)| (key.to_owned(), value.to_owned()))
        .to_vec()
    }

    /// Posts anything to the bot over HTTP, signed or not, and returns what it said. Nothing is recorded.
    pub async fn deliver_raw(
        &self,
        headers: &[(String, String)],
        body: impl Into<Vec<u8>>,
    ) -> Result<RawAnswer, Failure> {
        let (transport, limit) = {
            let settings = self.settings();
            (settings.transport.clone(), settings.ack_limit)
        };
        let Transport::Http(url) = transport else {
            return Err(Failure::NoConnection);
        };
        let started = Instant::now();
        let mut request = self.inner.client.post(url).timeout(limit).body(body.into());
        for (key, value) in headers {
            request = request.header(key, value);
        }
        let failed = |error: reqwest::Error| {
            if error.is_timeout() {
                Failure::Timeout
            } else {
                Failure::Unreachable(error.without_url().to_string())
            }
        };
        let response = request.send().await.map_err(failed)?;
        let status = response.status().as_u16();
        let kind = response
            .headers()
            .get("content-type")
            .and_then(|kind| kind.to_str().ok());
        let content_type = kind.unwrap_or_default().to_owned();
        let body = response.text().await.map_err(failed)?;
        Ok(RawAnswer {
            status,
            content_type,
            body,
            elapsed: started.elapsed(),
        })
    }

    /// Sends a delivery (again, for a retry or a replay) and records it. The ack is not applied.
    /// `retry` is Slack's attempt number and reason.
    pub async fn send(&self, delivery: &Delivery, retry: Option<(u32, &str)>) -> Result<RawAnswer, Failure> {
        let socket = self.settings().transport == Transport::Socket;
        let answer = if socket {
            self.send_envelope(delivery, retry).await
        } else {
            let (content_type, body) = delivery.encode();
            let mut headers = self.signed_headers(content_type, body.as_bytes());
            if let Some((number, reason)) = retry {
                headers.push(("x-slack-retry-num".to_owned(), number.to_string()));
                headers.push(("x-slack-retry-reason".to_owned(), reason.to_owned()));
            }
            self.deliver_raw(&headers, body).await
        };
        let answer = match answer {
            Ok(answer) if answer.status != 200 => Err(Failure::Status(answer.status)),
            other => other,
        };
        self.record_delivery(delivery, &answer);
        answer
    }

    fn record_delivery(&self, delivery: &Delivery, answer: &Result<RawAnswer, Failure>) {
        let (status, response) = match answer {
            Ok(answer) => (answer.status, answer.value()),
            Err(Failure::Status(status)) => (*status, Value::Null),
            Err(failure) => (0, json!({"failure": failure.to_string()})),
        };
        self.inner.wire.record(WireCall {
            seq: 0,
            direction: Direction::ToBot,
            method: delivery.kind.clone(),
            request: delivery.payload.clone(),
            response,
            status,
            at: self.now(),
        });
        if let Err(failure) = answer {
            self.leave(Why::FailedAck, &delivery.kind, failure.to_string());
        }
        self.touch();
    }

    /// Asks the bot's URL to prove itself, as the app's settings page does.
    pub async fn verify_url(&self, challenge: &str) -> Result<RawAnswer, Failure> {
        let token = self.state().app.verification_token.clone();
        let payload = json!({"type": "url_verification", "token": token, "challenge": challenge});
        let delivery = Delivery {
            kind: "url_verification".to_owned(),
            shape: Shape::Event,
            payload,
        };
        self.send(&delivery, None).await
    }

    /// Sends an interaction payload of the caller's making, signed; the ack is not applied.
    pub async fn deliver_interaction(&self, payload: Value) -> Result<RawAnswer, Failure> {
        let kind = super::message::string(&payload["type"]);
        self.send(
            &Delivery {
                kind,
                shape: Shape::Interactive,
                payload,
            },
            None,
        )
        .await
    }
}
