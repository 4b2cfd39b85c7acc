//! A log of what went over the wire, without tokens, signatures or response URLs.

use std::collections::VecDeque;
use std::sync::{Mutex, MutexGuard, PoisonError};

use chrono::{DateTime, Utc};
use serde::Serialize;
use serde_json::Value;
use tokio::sync::broadcast;

/// How many calls are kept.
const KEPT: usize = 20_000;

/// Who called whom.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Direction {
    /// The bot called Slack.
    ToSlack,
    /// Slack delivered something to the bot.
    ToBot,
}

/// One call and its answer.
#[derive(Clone, Debug, Serialize)]
pub struct WireCall {
    /// 1, 2, 3 …
    pub seq: u64,
    /// Who called whom.
    pub direction: Direction,
    /// A Web API method (`chat.postMessage`), `response_url`, or a kind of delivery (`block_actions`).
    pub method: String,
    /// Arguments or payload.
    pub request: Value,
    /// The answer; `null` if there was none.
    pub response: Value,
    /// The HTTP status; 0 if there was no answer.
    pub status: u16,
    /// Workspace clock.
    pub at: DateTime<Utc>,
}

pub(crate) struct Wire {
    calls: Mutex<(u64, VecDeque<WireCall>)>,
    stream: broadcast::Sender<WireCall>,
}

impl Default for Wire {
    fn default() -> Self {
        Self {
            calls: Mutex::default(),
            stream: broadcast::channel(1024).0,
        }
    }
}

impl Wire {
    pub(crate) fn record(&self, mut call: WireCall) {
        redact(&mut call.request);
        redact(&mut call.response);
        let mut calls = self.lock();
        calls.0 += 1;
        call.seq = calls.0;
        if calls.1.len() == KEPT {
            calls.1.pop_front();
        }
        calls.1.push_back(call.clone());
        // No listener is fine.
        let _ = self.stream.send(call);
    }

    pub(crate) fn all(&self) -> Vec<WireCall> {
        self.lock().1.iter().cloned().collect()
    }

    pub(crate) fn newest(&self, most: usize) -> Vec<WireCall> {
        self.lock().1.iter().rev().take(most).cloned().collect()
    }

    pub(crate) fn subscribe(&self) -> broadcast::Receiver<WireCall> {
        self.stream.subscribe()
    }

    fn lock(&self) -> MutexGuard<'_, (u64, VecDeque<WireCall>)> {
        self.calls.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn redact(value: &mut Value) {
    match value {
        Value::Object(object) => {
            for (key, value) in object {
                match key.as_str() {
                    "token" | "response_url" | "trigger_id" | "url"
                        if value.is_string() && secret(key, value) =>
                    {
                        *value = Value::from("…");
                    }
                    _ => redact(value),
                }
            }
        }
        Value::Array(items) => items.iter_mut().for_each(redact),
        _ => {}
    }
}

/// `url` is a secret only when it is a Socket Mode ticket.
fn secret(key: &str, value: &Value) -> bool {
    key != "url" || value.as_str().is_some_and(|url| url.starts_with("ws"))
}
