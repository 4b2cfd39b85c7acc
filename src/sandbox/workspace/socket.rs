//! Socket Mode: <https://docs.slack.dev/apis/events-api/using-socket-mode/>

use std::collections::{BTreeMap, HashMap, HashSet};
use std::future::pending;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use axum::extract::ws::{Message as Frame, WebSocket, WebSocketUpgrade};
use axum::extract::{RawQuery, State as Extract};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use serde_json::{Value, json};
use tokio::sync::{mpsc, oneshot};
use url::form_urlencoded;

use super::ack::Failure;
use super::delivery::{Delivery, RawAnswer};
use super::secrets::random;
use super::{Why, Workspace};

/// The most connections an app may have.
const MOST_CONNECTIONS: usize = 10;

enum Order {
    Send(Value),
    /// Keep the connection open and do nothing with it any more.
    Silence,
    /// End the connection with a closing handshake.
    Close,
    /// Drop the connection without one.
    Drop,
}

/// All open connections and the envelopes in flight.
#[derive(Default)]
pub(super) struct Hub {
    inner: Mutex<HubState>,
}

#[derive(Default)]
struct HubState {
    next: u64,
    connections: BTreeMap<u64, mpsc::UnboundedSender<Order>>,
    waiting: HashMap<String, oneshot::Sender<Value>>,
    sent: HashSet<String>,
    duplicates: u32,
    drops: u32,
    timeouts: u64,
}

impl Hub {
    fn lock(&self) -> MutexGuard<'_, HubState> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The switches that make Socket Mode misbehave.
pub struct SocketSwitches<'a> {
    hub: &'a Hub,
}

impl SocketSwitches<'_> {
    /// How many connections are open.
    pub fn connections(&self) -> usize {
        self.hub.lock().connections.len()
    }

    /// How many envelopes were not acked in time.
    pub fn timeouts(&self) -> u64 {
        self.hub.lock().timeouts
    }

    /// Sends each of the next `n` envelopes twice.
    pub fn duplicate_next(&self, n: u32) {
        self.hub.lock().duplicates += n;
    }

    /// Loses the next `n` acks on their way.
    pub fn drop_acks(&self, n: u32) {
        self.hub.lock().drops += n;
    }

    /// Half-opens all connections: they stay up, but nothing is read, answered or sent any more.
    pub fn go_silent(&self) {
        self.order(|| Order::Silence);
    }

    /// Breaks all connections.
    pub fn drop_all(&self) {
        self.order(|| Order::Drop);
    }

    /// Sends a `disconnect` with `warning`, `refresh_requested` or `link_disabled` on all connections;
    /// only the first leaves them open.
    pub fn disconnect(&self, reason: &str) {
        let note = json!({"type": "disconnect", "reason": reason, "debug_info": {"host": "sandbox"}});
        self.order(|| Order::Send(note.clone()));
        if reason != "warning" {
            self.order(|| Order::Close);
        }
    }

    /// Sends anything on all connections, such as an envelope of an unknown type.
    pub fn send_raw(&self, frame: Value) {
        if let Some(id) = frame["envelope_id"].as_str() {
            self.hub.lock().sent.insert(id.to_owned());
        }
        self.order(|| Order::Send(frame.clone()));
    }

    fn order(&self, order: impl Fn() -> Order) {
        for connection in self.hub.lock().connections.values() {
            // A connection that has just closed is fine.
            let _ = connection.send(order());
        }
    }
}

impl Workspace {
    /// The switches of Socket Mode.
    pub fn socket(&self) -> SocketSwitches<'_> {
        SocketSwitches { hub: &self.inner.hub }
    }

    /// Sends an envelope on one connection, any of them, and waits for its ack.
    pub(super) async fn send_envelope(
        &self,
        delivery: &Delivery,
        retry: Option<(u32, &str)>,
    ) -> Result<RawAnswer, Failure> {
        let limit = self.settings().ack_limit;
        let id = format!("{}-{}", random(8), random(12));
        let envelope = envelope(&id, delivery, retry);
        let (sender, acked) = oneshot::channel();
        {
            let mut hub = self.inner.hub.lock();
            let open: Vec<_> = hub.connections.values().cloned().collect();
            let connection = fastrand::choice(&open).ok_or(Failure::NoConnection)?;
            hub.waiting.insert(id.clone(), sender);
            hub.sent.insert(id.clone());
            let copies = if hub.duplicates > 0 { 2 } else { 1 };
            hub.duplicates = hub.duplicates.saturating_sub(1);
            for _ in 0..copies {
                // A connection that has just closed loses the envelope, as in life.
                let _ = connection.send(Order::Send(envelope.clone()));
            }
        }
        let started = Instant::now();
        let ack = tokio::time::timeout(limit, acked).await;
        let mut hub = self.inner.hub.lock();
        hub.waiting.remove(&id);
        let Ok(Ok(payload)) = ack else {
            hub.timeouts += 1;
            return Err(Failure::Timeout);
        };
        let body = if payload.is_null() {
            String::new()
        } else {
            payload.to_string()
        };
        let content_type = "application/json".to_owned();
        Ok(RawAnswer {
            status: 200,
            content_type,
            body,
            elapsed: started.elapsed(),
        })
    }

    fn acked(&self, text: &str) {
        let ack: Value = serde_json::from_str(text).unwrap_or_default();
        let id = ack["envelope_id"].as_str().unwrap_or_default();
        let mut hub = self.inner.hub.lock();
        if !hub.sent.contains(id) {
            drop(hub);
            return self.leave(Why::BadCall, "socket", "an ack for no envelope");
        }
        // The ack of a copy does not count: nobody waits for it.
        if hub.drops > 0 && hub.waiting.contains_key(id) {
            hub.drops -= 1;
            return;
        }
        if let Some(waiting) = hub.waiting.remove(id) {
            // Nobody waits any more after a time-out.
            let _ = waiting.send(ack.get("payload").cloned().unwrap_or_default());
        }
    }
}

fn envelope(id: &str, delivery: &Delivery, retry: Option<(u32, &str)>) -> Value {
    let kind = delivery.envelope_type();
    let mut envelope = json!({
        "envelope_id": id,
        "type": kind,
        "accepts_response_payload": kind != "events_api",
        "payload": delivery.payload,
    });
    if kind == "events_api" {
        envelope["retry_attempt"] = json!(retry.map_or(0, |(number, _)| number));
        envelope["retry_reason"] = json!(retry.map_or("", |(_, reason)| reason));
    }
    envelope
}

/// The WebSocket endpoint; its ticket works once.
pub(super) async fn connect(
    Extract(workspace): Extract<Workspace>,
    RawQuery(query): RawQuery,
    upgrade: WebSocketUpgrade,
) -> Response {
    let query = query.unwrap_or_default();
    let ticket = form_urlencoded::parse(query.as_bytes())
        .find(|(key, _)| key == "ticket")
        .map(|(_, t)| t);
    let known = {
        let tickets = &mut workspace.state().secrets.tickets;
        let at = tickets
            .iter()
            .position(|known| Some(known.as_str()) == ticket.as_deref());
        at.map(|at| tickets.swap_remove(at)).is_some()
    };
    if !known {
        return StatusCode::FORBIDDEN.into_response();
    }
    upgrade.on_upgrade(move |socket| converse(workspace, socket))
}

async fn converse(workspace: Workspace, mut socket: WebSocket) {
    let (sender, orders) = mpsc::unbounded_channel();
    let (id, count) = {
        let mut hub = workspace.inner.hub.lock();
        hub.next += 1;
        let id = hub.next;
        if hub.connections.len() < MOST_CONNECTIONS {
            hub.connections.insert(id, sender);
            (Some(id), hub.connections.len())
        } else {
            (None, MOST_CONNECTIONS)
        }
    };
    let Some(id) = id else {
        let note = json!({"type": "disconnect", "reason": "too_many_websockets"});
        // The bot may be gone already.
        let _ = socket.send(Frame::text(note.to_string())).await;
        return;
    };
    workspace.touch();
    let hello = json!({
        "type": "hello",
        "num_connections": count,
        "debug_info": {"host": "sandbox", "build_number": 1, "approximate_connection_time": 18060},
        "connection_info": {"app_id": workspace.state().app.app_id},
    });
    if socket.send(Frame::text(hello.to_string())).await.is_ok() {
        exchange(&workspace, &mut socket, orders).await;
    }
    workspace.inner.hub.lock().connections.remove(&id);
    workspace.touch();
}

/// Runs one connection until either side ends it. Pings are answered by the WebSocket library.
async fn exchange(workspace: &Workspace, socket: &mut WebSocket, mut orders: mpsc::UnboundedReceiver<Order>) {
    let mut silent = false;
    let mut beat = tokio::time::interval(Duration::from_secs(15));
    loop {
        tokio::select! {
            order = orders.recv() => match order {
                Some(Order::Send(frame)) if !silent => {
                    if socket.send(Frame::text(frame.to_string())).await.is_err() {
                        return;
                    }
                }
                Some(Order::Send(_)) => {}
                Some(Order::Silence) => silent = true,
                Some(Order::Close) => return close(socket).await,
                Some(Order::Drop) | None => return,
            },
            _ = beat.tick(), if !silent => {
                if socket.send(Frame::Ping(Default::default())).await.is_err() {
                    return;
                }
            }
            frame = receive(socket, silent) => match frame {
                Some(Ok(Frame::Text(text))) => workspace.acked(&text),
                Some(Ok(Frame::Close(_)) | Err(_)) | None => return,
                Some(Ok(_)) => {}
            },
        }
    }
}

/// Reads on until the bot has closed too, or for a second.
async fn close(socket: &mut WebSocket) {
    if socket.send(Frame::Close(None)).await.is_ok() {
        let drained = async { while let Some(Ok(_)) = socket.recv().await {} };
        // A bot that does not answer is cut off.
        let _ = tokio::time::timeout(Duration::from_secs(1), drained).await;
    }
}

async fn receive(socket: &mut WebSocket, silent: bool) -> Option<Result<Frame, axum::Error>> {
    if silent {
        pending().await
    } else {
        socket.recv().await
    }
}
