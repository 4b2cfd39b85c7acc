//! A local Slack workspace as plain data: the other side of the wire.
//!
//! It imports nothing of the bot. The bot talks to it over HTTP (or Socket Mode) as it talks to Slack,
//! and is refused what Slack refuses. People in it ([`Actor`]) do what people do in a client.
//!
//! ```text
//! bot ── api/ (Web API) ──────────→ state ←── actor.rs ── people, tests, the sandbox
//!  ↑                                  │
//!  └── delivery.rs, socket.rs ── payload.rs;  the answer goes to ack.rs, which changes the state
//! ```
//!
//! In reading order: [`builder`](Builder), [`people`](User), [`channel`](Channel), [`message`](Message),
//! [`view`](View), `state`; `api`, [`validate`], [`faults`](Faults), `rates`, `wire`; `payload`,
//! `delivery`, `socket`, `ack`; `actor`, `modal`; [`text`], [`render`].

mod ack;
mod actor;
mod admin;
mod api;
mod builder;
mod channel;
mod date;
mod delivery;
mod faults;
pub(crate) mod fill;
mod leftovers;
mod message;
mod modal;
mod payload;
mod people;
mod place;
mod rates;
pub mod render;
mod secrets;
mod socket;
mod state;
pub mod text;
pub mod validate;
mod view;
mod wire;

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use chrono::{DateTime, Utc};
use tokio::net::TcpListener;
use tokio::sync::{broadcast, watch};

pub use ack::{Ack, Failure, Outcome};
pub use actor::{ActError, Actor};
pub use builder::{Builder, DEFAULT_SCOPES};
pub use channel::{Channel, Reach};
pub use delivery::{Delivery, RawAnswer, sign};
pub use faults::{Commit, Fault, Faults};
pub use leftovers::{Leftover, Why};
pub use message::{Button, Message, Version};
pub use people::{Group, Kind, User};
pub use place::ChannelView;
pub use socket::SocketSwitches;
pub use state::SLACKBOT;
pub use view::{FieldErrors, View};
pub use wire::{Direction, WireCall};

use delivery::Settings;
use rates::Rates;
use socket::Hub;
use state::State;
use wire::Wire;

/// The workspace's clock.
pub type Now = Arc<dyn Fn() -> DateTime<Utc> + Send + Sync>;

/// How deliveries reach the bot.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Transport {
    /// Signed HTTP requests to this URL.
    Http(String),
    /// Envelopes over the WebSockets that the bot has opened.
    Socket,
}

/// A handle to one workspace; clones share it.
#[derive(Clone)]
pub struct Workspace {
    inner: Arc<Inner>,
}

struct Inner {
    state: Mutex<State>,
    settings: Mutex<Settings>,
    rates: Mutex<Rates>,
    faults: Faults,
    wire: Wire,
    hub: Hub,
    now: Now,
    version: watch::Sender<u64>,
    client: reqwest::Client,
}

impl Workspace {
    /// Starts describing a workspace.
    pub fn builder() -> Builder {
        Builder::default()
    }

    fn new(state: State, now: Now, transport: Transport) -> Self {
        let inner = Inner {
            state: Mutex::new(state),
            settings: Mutex::new(Settings::new(transport)),
            rates: Mutex::default(),
            faults: Faults::default(),
            wire: Wire::default(),
            hub: Hub::default(),
            now,
            version: watch::Sender::new(0),
            client: delivery::client(),
        };
        Self {
            inner: Arc::new(inner),
        }
    }

    /// Serves the Web API on `listener` until the task is dropped or fails.
    pub async fn serve(&self, listener: TcpListener) -> std::io::Result<()> {
        let address = listener.local_addr()?;
        self.settings().origin = format!("http://{address}");
        axum::serve(listener, api::router(self.clone())).await
    }

    /// Serves the Web API on a free port of 127.0.0.1 and returns its base URL, `http://127.0.0.1:PORT/api/`.
    /// The server lives as long as the runtime.
    pub async fn spawn(&self) -> std::io::Result<String> {
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        let origin = format!("http://{}", listener.local_addr()?);
        self.settings().origin.clone_from(&origin);
        let workspace = self.clone();
        tokio::spawn(async move {
            if let Err(error) = workspace.serve(listener).await {
                tracing::error!(%error, "the local workspace stopped serving");
            }
        });
        Ok(format!("{origin}/api/"))
    }

    /// The time by the workspace's clock.
    pub fn now(&self) -> DateTime<Utc> {
        (self.inner.now)()
    }

    /// The fault switches of the Web API.
    pub fn faults(&self) -> &Faults {
        &self.inner.faults
    }

    /// All calls so far, oldest first (the last 20,000).
    pub fn wire(&self) -> Vec<WireCall> {
        self.inner.wire.all()
    }

    /// The last calls, at most so many, newest first.
    pub fn newest_calls(&self, most: usize) -> Vec<WireCall> {
        self.inner.wire.newest(most)
    }

    /// The calls of one method (`chat.postMessage`) or kind of delivery (`block_actions`).
    pub fn calls(&self, method: &str) -> Vec<WireCall> {
        self.inner
            .wire
            .all()
            .into_iter()
            .filter(|call| call.method == method)
            .collect()
    }

    /// Calls as they happen.
    pub fn wire_stream(&self) -> broadcast::Receiver<WireCall> {
        self.inner.wire.subscribe()
    }

    /// A counter that grows with every change of the state.
    pub fn changes(&self) -> watch::Receiver<u64> {
        self.inner.version.subscribe()
    }

    /// Waits in real time until `found` finds something, looking again after every change.
    /// Nothing after `limit`.
    pub async fn until<T>(&self, limit: Duration, mut found: impl FnMut(&Self) -> Option<T>) -> Option<T> {
        let mut changes = self.changes();
        let look = async {
            loop {
                changes.mark_unchanged();
                if let Some(value) = found(self) {
                    return value;
                }
                // The sender lives in `self`, so this cannot fail.
                let _ = changes.changed().await;
            }
        };
        tokio::time::timeout(limit, look).await.ok()
    }

    /// What should not have happened: unknown methods, refused payloads, failed acks.
    pub fn unexpected(&self) -> Vec<Leftover> {
        self.state().leftovers.clone()
    }

    /// Forgets what was unexpected, for a test that provoked it.
    pub fn forgive(&self) -> Vec<Leftover> {
        std::mem::take(&mut self.state().leftovers)
    }

    /// A person, whether or not they exist yet.
    pub fn user(&self, user_id: &str) -> Actor {
        Actor::new(self.clone(), user_id)
    }

    /// A channel, seen by the whole workspace.
    pub fn channel(&self, channel_id: &str) -> ChannelView {
        ChannelView::new(self.clone(), channel_id)
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.inner.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn settings(&self) -> MutexGuard<'_, Settings> {
        self.inner.settings.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn rates(&self) -> MutexGuard<'_, Rates> {
        self.inner.rates.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Tells watchers that something changed.
    fn touch(&self) {
        self.inner.version.send_modify(|version| *version += 1);
    }

    fn leave(&self, why: Why, what: &str, detail: impl Into<String>) {
        let leftover = Leftover {
            why,
            what: what.to_owned(),
            detail: detail.into(),
            at: self.now(),
        };
        self.state().leftovers.push(leftover);
        self.touch();
    }
}
