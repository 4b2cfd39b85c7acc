//! Signed requests over kept-alive connections, one after another on each.

use anyhow::{Context, bail};
use hmac::{Hmac, KeyInit, Mac};
use serde_json::{Value, json};
use sha2::Sha256;
use signoff::clock::Clock;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::task::JoinSet;
use url::form_urlencoded;

/// The signing secret of all servers measured here.
pub(crate) const SECRET: &str = "load-generator";

/// What is sent.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Traffic {
    /// `/review-request press LINK TITLE`.
    Filings,
    /// The director's *Approve*, each on another request.
    Clicks {
        /// The highest number there is.
        up_to: u64,
    },
}

/// A stretch of load.
pub(crate) struct Phase {
    pub(crate) port: u16,
    pub(crate) connections: usize,
    pub(crate) length: Duration,
    pub(crate) traffic: Traffic,
}

/// What came of it.
pub(crate) struct Outcome {
    pub(crate) done: u64,
    took: Duration,
    /// Sorted.
    latencies: Vec<Duration>,
}

impl Phase {
    pub(crate) async fn run(&self) -> anyhow::Result<Outcome> {
        let (next, start) = (Arc::new(AtomicU64::new(1)), Instant::now());
        let mut connections = JoinSet::new();
        for _ in 0..self.connections {
            let connection = Connection::open(self.port).await?;
            connections.spawn(connection.work(self.traffic, next.clone(), start + self.length));
        }
        let mut latencies = Vec::new();
        while let Some(ended) = connections.join_next().await {
            latencies.extend(ended.context("a connection's task failed")??);
        }
        latencies.sort_unstable();
        Ok(Outcome {
            done: latencies.len() as u64,
            took: start.elapsed(),
            latencies,
        })
    }
}

impl Outcome {
    pub(crate) fn rate(&self) -> f64 {
        self.done as f64 / self.took.as_secs_f64()
    }

    pub(crate) fn json(&self, what: &str, rss_mb: f64) -> Value {
        let quantile = |share: f64| {
            let at = (self.latencies.len() as f64 * share) as usize;
            self.latencies
                .get(at)
                .or(self.latencies.last())
                .map(|latency| latency.as_secs_f64() * 1000.0)
        };
        json!({
            "phase": what, "done": self.done, "a_second": self.rate().round(),
            "p50_ms": quantile(0.5), "p99_ms": quantile(0.99), "max_ms": quantile(1.0), "rss_mb": rss_mb,
        })
    }
}

struct Connection {
    stream: TcpStream,
    buffer: Vec<u8>,
}

impl Connection {
    async fn open(port: u16) -> anyhow::Result<Connection> {
        let stream = TcpStream::connect(("127.0.0.1", port)).await?;
        stream.set_nodelay(true)?;
        Ok(Connection {
            stream,
            buffer: vec![0; 64 * 1024],
        })
    }

    async fn work(
        mut self,
        traffic: Traffic,
        next: Arc<AtomicU64>,
        until: Instant,
    ) -> anyhow::Result<Vec<Duration>> {
        let mut latencies = Vec::new();
        while Instant::now() < until {
            let number = next.fetch_add(1, Ordering::Relaxed);
            let body = match traffic {
                Traffic::Filings => filing(number),
                Traffic::Clicks { up_to } if number > up_to => break,
                Traffic::Clicks { .. } => click(number),
            };
            let request = signed(&body);
            let sent = Instant::now();
            self.stream.write_all(&request).await?;
            let answer = self.answer().await?;
            latencies.push(sent.elapsed());
            if matches!(traffic, Traffic::Filings) && !answer.contains("R-") {
                bail!("a filing was not answered with its number: {answer}");
            }
        }
        Ok(latencies)
    }

    /// Reads one answer; a refusal is an error.
    async fn answer(&mut self) -> anyhow::Result<String> {
        let mut have = 0;
        loop {
            let read = self.stream.read(&mut self.buffer[have..]).await?;
            if read == 0 {
                bail!("the server closed a connection");
            }
            have += read;
            let text = std::str::from_utf8(&self.buffer[..have]).unwrap_or_default();
            let Some((head, body)) = text.split_once("\r\n\r\n") else {
                continue;
            };
            let length = head
                .lines()
                .filter_map(|line| line.split_once(':'))
                .find(|(name, _)| name.eq_ignore_ascii_case("content-length"))
                .and_then(|(_, value)| value.trim().parse::<usize>().ok())
                .unwrap_or(0);
            if body.len() >= length {
                if !head.starts_with("HTTP/1.1 200") {
                    bail!("refused: {head} {body}");
                }
                return Ok(body.to_owned());
            }
        }
    }
}

fn signed(body: &str) -> Vec<u8> {
    let timestamp = Clock::System.now().timestamp();
    let mut mac = Hmac::<Sha256>::new_from_slice(SECRET.as_bytes()).expect("any length will do");
    mac.update(format!("v0:{timestamp}:{body}").as_bytes());
    let signature = hex::encode(mac.finalize().into_bytes());
    format!(
        "POST /slack/events HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/x-www-form-urlencoded\r\n\
         X-Slack-Request-Timestamp: {timestamp}\r\nX-Slack-Signature: v0={signature}\r\nContent-Length: {}\r\n\r\n{body}",
        body.len()
    )
    .into_bytes()
}

/// Unlike all others, in this run and in those before.
fn trigger(number: u64) -> String {
    format!("{}.{number}.load", Clock::System.now().timestamp_micros())
}

fn filing(number: u64) -> String {
    let text =
        format!("press https://example.com/draft/{number} Interview number {number} about the new search");
    form_urlencoded::Serializer::new(String::new())
        .append_pair("command", "/review-request")
        .append_pair("team_id", "T0SANDBOX")
        .append_pair("channel_id", "C0GENERAL")
        .append_pair("user_id", "U0PM")
        .append_pair("user_name", "priya")
        .append_pair("text", &text)
        .append_pair("trigger_id", &trigger(number))
        .append_pair("response_url", "http://127.0.0.1:9/response")
        .finish()
}

fn click(number: u64) -> String {
    let payload = json!({
        "type": "block_actions", "team": {"id": "T0SANDBOX"}, "user": {"id": "U0DIRECTOR", "team_id": "T0SANDBOX"},
        "api_app_id": "A0", "container": {"type": "message", "message_ts": "1.1", "channel_id": "D0"},
        "channel": {"id": "D0", "name": "directmessage"}, "trigger_id": trigger(number),
        "response_url": "http://127.0.0.1:9/response",
        "actions": [{
            "type": "button", "action_id": "approve", "block_id": format!("r{number}.director.1.decide"),
            "value": format!("{number}/director/1"), "action_ts": trigger(number),
        }],
    });
    form_urlencoded::Serializer::new(String::new())
        .append_pair("payload", &payload.to_string())
        .finish()
}
