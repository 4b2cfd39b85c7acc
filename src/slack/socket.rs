//! Socket Mode: the way in without a public address. Keeps one connection up and opens the next before
//! the old one goes; what happens on a connection is in `connection`.

use slack_morphism::prelude::*;
use std::{fmt, sync::Arc, time::Duration};
use tokio::{
    net::TcpStream,
    sync::{oneshot, watch},
    task::JoinSet,
    time::{Instant, sleep, timeout},
};
use tokio_tungstenite::{
    MaybeTlsStream, WebSocketStream, connect_async_with_config, tungstenite::protocol::WebSocketConfig,
};
use tokio_util::sync::CancellationToken;

use super::{
    answer::DeliveryError,
    connection::{Connection, Ended},
    dispatch::Handler,
    gateway::Gateway,
};

pub(super) type Socket = WebSocketStream<MaybeTlsStream<TcpStream>>;

/// Views have 250 KB at most, and an envelope adds little.
const FRAME_LIMIT: usize = 4 * 1024 * 1024;

/// Whether payloads can reach us, for `/readyz`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SocketStatus {
    /// Not at the moment.
    Reconnecting,
    /// So many connections were greeted and live: one, and two for a moment when one replaces another.
    Connected(usize),
}

/// Why Socket Mode ended by itself: waiting would not help.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SocketError {
    /// Slack does not accept the app token (`SLACK_APP_TOKEN`, `xapp-…` with `connections:write`).
    #[error("Slack refuses the app token ({code}); check SLACK_APP_TOKEN and its scope connections:write")]
    Refused {
        /// Slack's code, such as `invalid_auth`.
        code: String,
    },
}

/// Times and limits; the defaults are what Slack documents or what `notes/slack.md` measured.
#[derive(Debug, Clone)]
pub struct SocketSettings {
    /// How often we ping (10 s).
    pub ping_every: Duration,
    /// So many pings without any frame in between, and the connection counts as dead (2).
    pub missed_pings: u32,
    /// The longest to connect, and again to be greeted with `hello` (10 s).
    pub connect_within: Duration,
    /// How long a connection that will be closed is still read (30 s); Slack closes it after about 10.
    pub drain: Duration,
    /// How long handlers under way are waited for when we close (5 s).
    pub finish_within: Duration,
    /// Handlers at once on a connection (64). When all are busy, nothing is read.
    pub in_flight: usize,
    /// The first back-off (0.5 s); doubled each time, less up to half by chance.
    pub backoff_min: Duration,
    /// The longest back-off (30 s).
    pub backoff_max: Duration,
    /// A connection that lived so long was a good one: the back-off starts over (30 s).
    pub settled_after: Duration,
    /// The wait when only an operator can help: Socket Mode is switched off in the app's settings (60 s).
    pub disabled_wait: Duration,
    /// Asks Slack for connections of 360 s, to see reconnects happen.
    pub debug_reconnects: bool,
}

impl Default for SocketSettings {
    fn default() -> Self {
        Self {
            ping_every: Duration::from_secs(10),
            missed_pings: 2,
            connect_within: Duration::from_secs(10),
            drain: Duration::from_secs(30),
            finish_within: Duration::from_secs(5),
            in_flight: 64,
            backoff_min: Duration::from_millis(500),
            backoff_max: Duration::from_secs(30),
            settled_after: Duration::from_secs(30),
            disabled_wait: Duration::from_secs(60),
            debug_reconnects: false,
        }
    }
}

/// A Socket Mode client, to be [run](SocketMode::run) once.
#[derive(Clone)]
pub struct SocketMode {
    gateway: Gateway,
    app_token: SlackApiTokenValue,
    handler: Handler,
    settings: Arc<SocketSettings>,
    status: watch::Sender<SocketStatus>,
}

impl fmt::Debug for SocketMode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SocketMode")
            .field("settings", &self.settings)
            .finish_non_exhaustive()
    }
}

impl SocketMode {
    /// A client that asks `gateway`'s API for sockets with `app_token` and answers by `handler`.
    pub fn new(gateway: Gateway, app_token: SlackApiTokenValue, handler: Handler) -> Self {
        let status = watch::Sender::new(SocketStatus::Reconnecting);
        Self {
            gateway,
            app_token,
            handler,
            settings: Arc::default(),
            status,
        }
    }

    /// The same with other times and limits.
    pub fn with_settings(self, settings: SocketSettings) -> Self {
        Self {
            settings: Arc::new(settings),
            ..self
        }
    }

    /// The status, to be watched while the client runs.
    pub fn status(&self) -> watch::Receiver<SocketStatus> {
        self.status.subscribe()
    }

    /// Runs until `stop` is cancelled; handlers under way are then finished and acknowledged.
    ///
    /// Envelopes may come twice, after a reconnect or a lost ack; telling them apart is the inbox's work.
    ///
    /// # Errors
    /// [`SocketError`] when the token is refused at the start. Everything else is retried with a jittered back-off, a
    /// token that is refused later too: what needs only the bot's own token goes on.
    pub async fn run(self, stop: CancellationToken) -> Result<(), SocketError> {
        let (mut connections, leave) = (JoinSet::new(), stop.child_token());
        let mut backoff = Backoff::new(Arc::clone(&self.settings));
        let mut was_connected = false;
        let outcome = loop {
            let attempt = tokio::select! {
                () = stop.cancelled() => break Ok(()),
                attempt = self.connect() => attempt,
            };
            let wait = match attempt {
                Ok(socket) => {
                    was_connected = true;
                    let (successor, needed) = oneshot::channel();
                    let (up, connection) = (Instant::now(), self.serve(socket, &leave, successor));
                    connections.spawn(connection.run());
                    let ended = tokio::select! {
                        () = stop.cancelled() => break Ok(()),
                        // A connection that says nothing has ended, or panicked.
                        ended = needed => ended.unwrap_or(Ended::Lost),
                    };
                    backoff.after_connection(ended, up.elapsed())
                }
                Err(error) if fatal(&error) && !was_connected => {
                    break Err(SocketError::Refused {
                        code: error.code().to_owned(),
                    });
                }
                Err(error) => backoff.after_failure(&error),
            };
            while connections.try_join_next().is_some() {}
            tokio::select! {
                () = stop.cancelled() => break Ok(()),
                () = sleep(wait) => {}
            }
        };
        leave.cancel();
        while connections.join_next().await.is_some() {}
        outcome
    }

    async fn connect(&self) -> Result<Socket, DeliveryError> {
        let mut url = self.gateway.open_socket(&self.app_token).await?;
        if self.settings.debug_reconnects {
            url.query_pairs_mut().append_pair("debug_reconnects", "true");
        }
        let mut config = WebSocketConfig::default();
        config.max_message_size = Some(FRAME_LIMIT);
        let connecting = connect_async_with_config(url.as_str(), Some(config), true);
        // The error is dropped on purpose: it may quote the address, which holds a ticket.
        let failed = |code: &str| DeliveryError::Retry {
            after: None,
            code: code.to_owned(),
        };
        match timeout(self.settings.connect_within, connecting).await {
            Ok(Ok((socket, _))) => Ok(socket),
            Ok(Err(_)) => Err(failed("socket_refused")),
            Err(_) => Err(failed("socket_timeout")),
        }
    }

    fn serve(
        &self,
        socket: Socket,
        leave: &CancellationToken,
        successor: oneshot::Sender<Ended>,
    ) -> Connection {
        let settings = Arc::clone(&self.settings);
        Connection::new(
            socket,
            Arc::clone(&self.handler),
            settings,
            self.status.clone(),
            leave.clone(),
            successor,
        )
    }
}

/// Whether nothing but another token can help.
fn fatal(error: &DeliveryError) -> bool {
    matches!(error, DeliveryError::Credentials { .. })
        || matches!(
            error.code(),
            "not_allowed_token_type" | "missing_scope" | "app_not_found"
        )
}

/// How long to wait before the next connection.
struct Backoff {
    settings: Arc<SocketSettings>,
    failures: u32,
    disabled: bool,
}

impl Backoff {
    fn new(settings: Arc<SocketSettings>) -> Self {
        Self {
            settings,
            failures: 0,
            disabled: false,
        }
    }

    fn after_connection(&mut self, ended: Ended, lived: Duration) -> Duration {
        metrics::counter!("signoff_socket_connections_ended_total", "why" => ended.as_str()).increment(1);
        if ended == Ended::Disabled {
            return self.wait_for_operator("link_disabled");
        }
        tracing::info!(
            why = ended.as_str(),
            lived_s = lived.as_secs(),
            "socket is replaced"
        );
        self.disabled = false;
        if lived >= self.settings.settled_after {
            self.failures = 0;
            // A warning leaves about 10 s: no reason to wait. A lost one may be lost for everybody.
            return if ended == Ended::Refresh {
                Duration::ZERO
            } else {
                self.next()
            };
        }
        self.next()
    }

    fn after_failure(&mut self, error: &DeliveryError) -> Duration {
        let code = error.code();
        metrics::counter!("signoff_socket_connect_failures_total", "class" => error.class()).increment(1);
        if let DeliveryError::Ours { .. } | DeliveryError::Gone { .. } | DeliveryError::Credentials { .. } =
            error
        {
            return self.wait_for_operator(code);
        }
        tracing::warn!(code, "cannot open a socket; trying again");
        self.next().max(error.retry_after().unwrap_or_default())
    }

    /// Logged once, or the log would fill until somebody looks into it.
    fn wait_for_operator(&mut self, code: &str) -> Duration {
        if !self.disabled {
            tracing::error!(
                code,
                "Slack keeps us from Socket Mode; is it enabled in the app's settings, and SLACK_APP_TOKEN still good?"
            );
        }
        self.disabled = true;
        jittered(self.settings.disabled_wait)
    }

    fn next(&mut self) -> Duration {
        let doubled = self
            .settings
            .backoff_min
            .saturating_mul(1 << self.failures.min(16));
        self.failures += 1;
        jittered(doubled.min(self.settings.backoff_max))
    }
}

/// Between a half and the whole, so that replicas that fell together do not rise together.
fn jittered(whole: Duration) -> Duration {
    whole.mul_f64(0.5 + fastrand::f64() / 2.0)
}
