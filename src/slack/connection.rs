//! One Socket Mode connection: read, hand over, acknowledge, ping, and leave in good order.

use futures_util::{SinkExt, StreamExt};
use serde::Deserialize;
use serde_json::{Value, json};
use std::{sync::Arc, time::Duration};
use tokio::{
    sync::{oneshot, watch},
    task::JoinSet,
    time::{Instant, MissedTickBehavior, interval_at, sleep_until, timeout},
};
use tokio_tungstenite::tungstenite::{self, Message, Utf8Bytes};
use tokio_util::sync::CancellationToken;
use tracing::Instrument;

use super::{
    dispatch::{Ephemeral, Handler, Reply, Surface, dispatch},
    inbound, loose,
    socket::{Socket, SocketSettings, SocketStatus},
};

/// A write that takes longer goes nowhere: the other side has stopped reading.
const WRITE_TIMEOUT: Duration = Duration::from_secs(5);
/// Slack answers the closing handshake and leaves TCP open; there is nothing to wait for.
const CLOSE_TIMEOUT: Duration = Duration::from_secs(1);

/// Why a connection needs a successor.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Ended {
    /// Slack announced that it will close it: `warning`, `refresh_requested`, or a reason to come.
    Refresh,
    /// Slack has too many of ours (`too_many_websockets`).
    TooMany,
    /// Socket Mode was switched off (`link_disabled`).
    Disabled,
    /// It broke, fell silent, or was closed without a word.
    Lost,
}

impl Ended {
    pub(super) fn as_str(self) -> &'static str {
        match self {
            Self::Refresh => "refresh",
            Self::TooMany => "too_many",
            Self::Disabled => "disabled",
            Self::Lost => "lost",
        }
    }
}

/// Counts a greeted connection for as long as it lives.
struct Greeted(watch::Sender<SocketStatus>);

impl Greeted {
    fn new(status: watch::Sender<SocketStatus>) -> Self {
        status.send_modify(|s| {
            *s = match *s {
                SocketStatus::Reconnecting => SocketStatus::Connected(1),
                SocketStatus::Connected(n) => SocketStatus::Connected(n + 1),
            };
        });
        Self(status)
    }
}

impl Drop for Greeted {
    fn drop(&mut self) {
        self.0.send_modify(|s| {
            *s = match *s {
                SocketStatus::Connected(n) if n > 1 => SocketStatus::Connected(n - 1),
                _ => SocketStatus::Reconnecting,
            };
        });
    }
}

pub(super) struct Connection {
    socket: Socket,
    handler: Handler,
    settings: Arc<SocketSettings>,
    status: watch::Sender<SocketStatus>,
    leave: CancellationToken,
    successor: Option<oneshot::Sender<Ended>>,
    /// Handlers under way; each yields the ack to be sent, if any.
    answers: JoinSet<Option<String>>,
    greeted: Option<Greeted>,
    /// No longer reading: only answers under way are awaited.
    closing: bool,
    /// When patience with the present state ends: no `hello`, drained, or not finished.
    deadline: Option<Instant>,
    unanswered_pings: u32,
}

impl Connection {
    pub(super) fn new(
        socket: Socket,
        handler: Handler,
        settings: Arc<SocketSettings>,
        status: watch::Sender<SocketStatus>,
        leave: CancellationToken,
        successor: oneshot::Sender<Ended>,
    ) -> Self {
        let deadline = Some(Instant::now() + settings.connect_within);
        Self {
            socket,
            handler,
            settings,
            status,
            leave,
            successor: Some(successor),
            answers: JoinSet::new(),
            greeted: None,
            closing: false,
            deadline,
            unanswered_pings: 0,
        }
    }

    /// Runs to the end of the connection. Dropping `successor` unused tells that it was lost.
    pub(super) async fn run(mut self) {
        let mut ping = interval_at(
            Instant::now() + self.settings.ping_every,
            self.settings.ping_every,
        );
        ping.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let leave = self.leave.clone();
        while !(self.closing && self.answers.is_empty()) {
            let room = !self.closing && self.answers.len() < self.settings.in_flight;
            let deadline = self.deadline;
            let patience = async {
                match deadline {
                    Some(at) => sleep_until(at).await,
                    None => std::future::pending().await,
                }
            };
            let going_on = tokio::select! {
                Some(answer) = self.answers.join_next() => self.acknowledge(answer.ok().flatten()).await,
                frame = self.socket.next(), if room => self.take(frame),
                _ = ping.tick(), if !self.closing => self.ping(room).await,
                () = leave.cancelled(), if !self.closing => self.close(),
                () = patience => self.out_of_patience(),
            };
            if !going_on {
                return;
            }
        }
        let _ = timeout(CLOSE_TIMEOUT, self.socket.close(None)).await;
    }

    /// Without an ack (unsaved, unreadable, panicked) there is nothing to send, and Slack tries again.
    async fn acknowledge(&mut self, ack: Option<String>) -> bool {
        match ack {
            Some(ack) => self.send(Message::text(ack)).await,
            None => true,
        }
    }

    async fn send(&mut self, message: Message) -> bool {
        matches!(
            timeout(WRITE_TIMEOUT, self.socket.send(message)).await,
            Ok(Ok(()))
        )
    }

    /// Half-open sockets happen. Whatever comes in proves life; unless we are too busy to look.
    async fn ping(&mut self, looking: bool) -> bool {
        if !looking {
            self.unanswered_pings = 0;
        }
        if self.unanswered_pings >= self.settings.missed_pings {
            tracing::warn!("socket fell silent");
            return false;
        }
        self.unanswered_pings += 1;
        self.send(Message::Ping(Vec::new().into())).await
    }

    fn close(&mut self) -> bool {
        self.closing = true;
        self.deadline = Some(Instant::now() + self.settings.finish_within);
        true
    }

    fn out_of_patience(&mut self) -> bool {
        if self.closing {
            tracing::warn!(
                unfinished = self.answers.len(),
                "socket closed before all was acknowledged"
            );
            return false;
        }
        if self.greeted.is_none() && self.successor.is_some() {
            tracing::warn!("socket was never greeted");
            return false;
        }
        self.close() // drained
    }

    fn take(&mut self, frame: Option<Result<Message, tungstenite::Error>>) -> bool {
        self.unanswered_pings = 0;
        match frame {
            Some(Ok(Message::Text(text))) => self.read(&text),
            Some(Ok(Message::Close(_)) | Err(_)) | None => return false,
            Some(Ok(_)) => {}
        }
        true
    }

    fn read(&mut self, text: &Utf8Bytes) {
        let Ok(frame) = serde_json::from_str::<Frame>(text) else {
            tracing::warn!(bytes = text.len(), "socket frame is not a JSON object");
            metrics::counter!("signoff_socket_unreadable_total").increment(1);
            return;
        };
        match (frame.kind.as_str(), frame.envelope_id.is_empty()) {
            ("hello", _) => {
                if self.greeted.is_none() {
                    self.greeted = Some(Greeted::new(self.status.clone()));
                    // Unless it is already being drained: a greeting is no reason to stay.
                    self.deadline = self.deadline.filter(|_| self.successor.is_none());
                }
            }
            ("disconnect", _) => self.prepare_to_leave(&frame.reason),
            (_, false) => self.hand_over(frame),
            (kind, true) => {
                tracing::warn!(kind = inbound::tame(kind), "socket frame without an envelope");
                metrics::counter!("signoff_socket_unreadable_total").increment(1);
            }
        }
    }

    /// Calls for a successor, and goes on reading: until Slack closes, anything may still come here.
    fn prepare_to_leave(&mut self, reason: &str) {
        let ended = match reason {
            "link_disabled" => Ended::Disabled,
            "too_many_websockets" => Ended::TooMany,
            _ => Ended::Refresh,
        };
        if let Some(successor) = self.successor.take() {
            let _ = successor.send(ended); // nobody listens when the client is stopping
            self.deadline = Some(Instant::now() + self.settings.drain);
        }
    }

    fn hand_over(&mut self, frame: Frame) {
        let handler = Arc::clone(&self.handler);
        let span = tracing::info_span!(
            "slack_envelope",
            surface = Surface::Socket.as_str(),
            kind = tracing::field::Empty,
            reply = tracing::field::Empty,
            ms = tracing::field::Empty,
        );
        self.answers.spawn(answer(handler, frame).instrument(span));
    }
}

/// The ack of an envelope; `None` when it is not to be acknowledged.
async fn answer(handler: Handler, frame: Frame) -> Option<String> {
    let (started, span) = (Instant::now(), tracing::Span::current());
    let inbound = match inbound::parse_envelope(&frame.kind, frame.payload) {
        Ok(inbound) => inbound,
        Err(error) => {
            tracing::warn!(kind = inbound::tame(&frame.kind), %error, "envelope cannot be read; not acknowledged");
            metrics::counter!("signoff_socket_unreadable_total").increment(1);
            return None;
        }
    };
    span.record("kind", inbound.kind());
    let reply = dispatch(&handler, inbound, Surface::Socket).await;
    span.record("reply", reply.kind());
    span.record(
        "ms",
        u64::try_from(started.elapsed().as_millis()).unwrap_or(u64::MAX),
    );
    tracing::debug!("slack envelope answered");
    let payload = match reply {
        Reply::Unavailable => return None,
        Reply::Empty => None,
        Reply::Message(message) => Some(json!(Ephemeral::from(&message))),
        Reply::Json(value) => Some(value),
        Reply::Text(text) => Some(json!({ "text": text })),
    };
    let mut ack = json!({ "envelope_id": frame.envelope_id });
    if let Some(payload) = payload.filter(|_| frame.accepts_response_payload != Some(false)) {
        ack["payload"] = payload;
    }
    Some(ack.to_string())
}

/// What comes over the socket: an envelope, or a word about the connection itself.
#[derive(Default, Deserialize)]
#[serde(default)]
struct Frame {
    #[serde(rename = "type", deserialize_with = "loose::field")]
    kind: String,
    #[serde(deserialize_with = "loose::field")]
    envelope_id: String,
    #[serde(deserialize_with = "loose::field")]
    accepts_response_payload: Option<bool>,
    #[serde(deserialize_with = "loose::field")]
    reason: String,
    payload: Value,
}
