//! The parts put together: what `serve`, the sandbox and the tests all run, unchanged.

use crate::app::App;
use crate::app::busy::Busy;
use crate::app::delivery::{DatabaseClock, Probe};
use crate::app::worker::Worker;
use crate::clock::Clock;
use crate::config::{Mode, Secrets, Settings};
use crate::ops::{self, SlackHealth};
use crate::slack::bot::Bot;
use crate::slack::deliver::Courier;
use crate::slack::directory::Directory;
use crate::slack::outlet::Outlet;
use crate::slack::{
    DeliveryError, Gateway, HttpState, ReqwestConnector, SocketError, SocketMode, SocketStatus,
};
use crate::store::{Claim, Store, StoreError};
use axum::Router;
use futures_util::FutureExt;
use futures_util::future::FusedFuture;
use slack_morphism::prelude::{SlackApiTokenValue, SlackSigningSecret};
use std::future::IntoFuture;
use std::sync::Arc;
use std::time::Duration;
use tokio::net::TcpListener;
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;

/// Why the service could not start, or stopped.
#[derive(Debug, thiserror::Error)]
pub enum ServiceError {
    /// The database.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The address of the Web API.
    #[error("SLACK_API_URL: {0}")]
    ApiUrl(String),
    /// Slack does not take a token.
    #[error("Slack refuses {token} ({code}). Copy it again from the app's page, or install the app again")]
    Token {
        /// Which token.
        token: &'static str,
        /// Slack's word for it.
        code: String,
    },
    /// The loop over the outbox.
    #[error("the worker stopped; this is a bug. What was acknowledged is kept; start signoff again")]
    Worker,
    /// The HTTP server.
    #[error("the HTTP server stopped: {0}")]
    Http(#[from] std::io::Error),
}

/// A service that is ready to run.
#[derive(Clone)]
pub struct Service {
    /// The application, for whoever wants to look into it.
    pub app: App,
    /// The loop over the outbox.
    pub worker: Worker,
    gateway: Gateway,
    directory: Directory,
    entrance: Entrance,
    /// Nobody else serves from this database while this lives.
    claim: Arc<Claim>,
}

/// How Slack reaches us.
#[derive(Clone)]
enum Entrance {
    Http(HttpState),
    Socket(SocketMode, watch::Receiver<SocketStatus>),
}

impl Service {
    /// Opens the database and puts everything together. `paced` keeps to Slack's rate limits; a local
    /// workspace has none.
    pub async fn new(
        settings: &Settings,
        secrets: &Secrets,
        clock: Clock,
        paced: bool,
    ) -> Result<Service, ServiceError> {
        let claim = Store::claim(&settings.database_url)?;
        let store = Store::open(&settings.database_url).await?;
        let app = App {
            rules: Arc::new(settings.rules.clone()),
            wake: store.wake(),
            store,
            clock: clock.clone(),
            busy: Busy::default(),
        };
        let connector = ReqwestConnector::new(&settings.api_url)
            .map_err(|error| ServiceError::ApiUrl(error.to_string()))?;
        let gateway = Gateway::new(
            connector,
            SlackApiTokenValue(secrets.bot_token.expose().to_owned()),
        );
        let directory = Directory::new(gateway.clone(), clock.clone(), &settings.away_emoji);
        let bot = Bot::new(app.clone(), &directory, gateway.clone()).handler();
        let outlet = Outlet::new(gateway.clone(), clock.clone(), paced);
        let people = directory.clone();
        let courier = Courier {
            app: app.clone(),
            directory,
            outlet,
            channel: settings.marketing_channel.clone(),
        };
        let entrance = match (settings.mode, &secrets.app_token) {
            (Mode::Socket, Some(token)) => {
                let token = SlackApiTokenValue(token.expose().to_owned());
                let socket = SocketMode::new(gateway.clone(), token, bot);
                let status = socket.status();
                Entrance::Socket(socket, status)
            }
            (Mode::Socket | Mode::Http, _) => {
                let secrets = secrets
                    .signing
                    .iter()
                    .map(|secret| SlackSigningSecret(secret.expose().to_owned()));
                Entrance::Http(HttpState::new(secrets, bot))
            }
        };
        let probe: Probe = Arc::new({
            let gateway = gateway.quick();
            move || {
                let gateway = gateway.clone();
                Box::pin(async move { gateway.probe().await })
            }
        });
        Ok(Service {
            worker: Worker::new(
                app.clone(),
                courier.clone().deliver(),
                courier.recall(),
                probe,
                database_clock(&app),
            ),
            app,
            gateway,
            directory: people,
            entrance,
            claim: Arc::new(claim),
        })
    }

    /// Asks Slack whether it takes the bot token. An unreachable Slack is no reason not to start: what
    /// comes in is kept, and sent when it is back.
    ///
    /// # Errors
    /// [`ServiceError::Token`].
    pub async fn check_token(&self) -> Result<(), ServiceError> {
        match self.gateway.auth_test().await {
            Ok(auth) => {
                self.directory.at_home(auth.team_id);
                Ok(())
            }
            Err(DeliveryError::Credentials { code }) => Err(ServiceError::Token {
                token: "SLACK_BOT_TOKEN",
                code,
            }),
            Err(error) => {
                tracing::warn!(
                    code = error.code(),
                    "Slack could not be asked about the bot token; starting all the same"
                );
                Ok(())
            }
        }
    }

    /// Every address: Slack's (in HTTP mode) and the operator's.
    pub fn router(&self) -> Router {
        let socket = match &self.entrance {
            Entrance::Http(_) => None,
            Entrance::Socket(_, status) => Some(status.clone()),
        };
        let operator = ops::router(ops::State {
            app: self.app.clone(),
            worker: self.worker.clone(),
            gateway: self.gateway.clone(),
            slack: SlackHealth::default(),
            socket,
        });
        match &self.entrance {
            Entrance::Http(state) => crate::slack::router(state.clone()).merge(operator),
            Entrance::Socket(..) => operator,
        }
    }

    /// Puts the outbox in order, before [`Service::run`]: the next digest is queued once this returns.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn start(&self) -> Result<(), ServiceError> {
        fail_point!("at-start");
        Ok(self.app.start(self.claim.is_exclusive()).await?)
    }

    /// Runs until `stop`: the addresses, the outbox, and in Socket Mode the connection to Slack.
    ///
    /// # Errors
    /// When the HTTP server fails or Slack refuses the app token.
    pub async fn run(self, listener: TcpListener, stop: CancellationToken) -> Result<(), ServiceError> {
        let worker = tokio::spawn({
            let (worker, stop) = (self.worker.clone(), stop.clone());
            async move { worker.run(stop).await }
        });
        // What other processes put into the outbox is found without it, only later.
        let ears = tokio::spawn({
            let store = self.app.store.clone();
            async move { store.listen().await }
        });
        // What is measured is kept one by one until it is summed up, which else nobody does who asks for no metrics.
        let sums = tokio::spawn(async {
            let mut often = tokio::time::interval(SUM_UP_EVERY);
            loop {
                often.tick().await;
                ops::sum_up();
            }
        });
        let router = self.router();
        let http = axum::serve(listener, router).with_graceful_shutdown(stop.clone().cancelled_owned());
        let http = http.into_future().fuse();
        let connection = connect(self.entrance, stop.clone());
        tokio::pin!(http, connection, worker);
        let result = tokio::select! {
            served = &mut http => served.map_err(ServiceError::from),
            connected = &mut connection => connected,
            // Without it everything would be taken in and nothing go out.
            ended = &mut worker => match stop.is_cancelled() {
                true => ended.map_err(|_| ServiceError::Worker),
                false => Err(ServiceError::Worker),
            },
        };
        // Whichever part ended, the others end with it; what is under way is finished.
        stop.cancel();
        ears.abort();
        sums.abort();
        if !http.is_terminated() {
            http.await?;
        }
        let _ = tokio::time::timeout(FINISH_WITHIN, self.app.busy.idle()).await;
        result
    }
}

/// The database server's clock. A clock that a hand moves (a test's, the sandbox's) has nothing to do with it.
fn database_clock(app: &App) -> DatabaseClock {
    let (store, real) = (app.store.clone(), matches!(app.clock, Clock::System));
    Arc::new(move || {
        let store = store.clone();
        Box::pin(async move {
            match store.clock().await {
                Ok(clock) => clock.filter(|_| real),
                Err(error) => {
                    tracing::warn!(%error, "the database server does not tell the time");
                    None
                }
            }
        })
    })
}

/// In Socket Mode, the connection to Slack; else nothing, until `stop`.
async fn connect(entrance: Entrance, stop: CancellationToken) -> Result<(), ServiceError> {
    match entrance {
        Entrance::Http(_) => {
            stop.cancelled().await;
            Ok(())
        }
        Entrance::Socket(socket, _) => {
            socket
                .run(stop)
                .await
                .map_err(|SocketError::Refused { code }| ServiceError::Token {
                    token: "SLACK_APP_TOKEN",
                    code,
                })
        }
    }
}

/// How often what was measured is summed up.
const SUM_UP_EVERY: Duration = Duration::from_secs(5);

/// How long answers and calls under way may take after a stop.
const FINISH_WITHIN: Duration = Duration::from_secs(15);
