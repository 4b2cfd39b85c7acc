//! `signoff sandbox`: the bot, unchanged, against a local Slack workspace with a clock that can be moved.
//!
//! [`workspace`] is the other side of the wire and knows nothing of the bot. This module alone boots both
//! and joins them: real HTTP (or Socket Mode) in both directions, one clock for the two. [`page`] shows them
//! in a browser, [`console`] at a prompt, and [`story`] plays a request's life in them.

pub mod console;
pub mod moves;
pub mod page;
pub mod story;
pub mod workspace;

use crate::clock::Clock;
use crate::config::{ConfigError, Secret, Secrets, Settings};
use crate::service::{Service, ServiceError};
use crate::store::StoreError;
use chrono::{DateTime, Utc};
use std::net::{Ipv4Addr, SocketAddr};
use std::path::Path;
use std::sync::Arc;
use tokio::net::TcpListener;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;
use workspace::{Builder, Channel, Kind, User, Workspace};

/// The sandbox's configuration, compiled in.
pub const CONFIG: &str = include_str!("../../config/sandbox.toml");

/// When the sandbox's clock starts unless told otherwise: a Wednesday, 10:00 in California.
pub const START: &str = "2026-12-02T18:00:00Z";

/// A running bot and workspace.
pub struct Sandbox {
    /// The other side of the wire.
    pub workspace: Workspace,
    /// Of both.
    pub clock: Clock,
    /// Where the bot listens.
    pub bot: SocketAddr,
    /// Where the clock started.
    pub started_at: DateTime<Utc>,
    service: Service,
    stop: CancellationToken,
    running: JoinHandle<Result<(), ServiceError>>,
}

/// Why the sandbox could not start.
#[derive(Debug, thiserror::Error)]
pub enum SandboxError {
    /// A port is taken.
    #[error("cannot listen on port {port}: {source}. Choose another one with --port")]
    Port {
        /// Which.
        port: u16,
        /// Why.
        source: std::io::Error,
    },
    /// The workspace's own server.
    #[error("the local workspace did not start: {0}")]
    Workspace(std::io::Error),
    /// The configuration.
    #[error(transparent)]
    Config(#[from] ConfigError),
    /// The bot.
    #[error(transparent)]
    Service(#[from] ServiceError),
    /// The database.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// How to start.
#[derive(Debug, Clone)]
pub struct Options {
    /// The bot's port; 0 takes a free one.
    pub port: u16,
    /// Socket Mode instead of HTTP.
    pub socket: bool,
    /// Where the clock starts.
    pub at: DateTime<Utc>,
    /// The address of another database than a file in the data folder.
    pub database: Option<String>,
}

impl Sandbox {
    /// Starts bot and workspace with the sandbox's own cast and configuration; data goes to `data`.
    ///
    /// # Errors
    /// A taken port, a folder that cannot be written to.
    pub async fn start(options: &Options, data: &Path) -> Result<Sandbox, SandboxError> {
        let workspace = |clock: Clock| {
            let builder = cast(Workspace::builder().now(Arc::new(move || clock.now())));
            if options.socket {
                builder.socket_mode().build()
            } else {
                builder.build()
            }
        };
        Sandbox::boot(options, CONFIG, data, workspace).await
    }

    /// Starts the bot with any configuration against any workspace.
    ///
    /// # Errors
    /// As [`Sandbox::start`].
    pub async fn boot(
        options: &Options,
        config: &str,
        data: &Path,
        workspace: impl FnOnce(Clock) -> Workspace,
    ) -> Result<Sandbox, SandboxError> {
        let clock = Clock::manual(options.at);
        let workspace = workspace(clock.clone());
        let api_url = workspace.spawn().await.map_err(SandboxError::Workspace)?;
        let database = match &options.database {
            Some(url) => url.clone(),
            None => format!("sqlite://{}", data.join("signoff.db").display()),
        };
        let settings = settings(config, &database, &api_url, options.socket)?;
        let secrets = Secrets {
            bot_token: Secret::new(workspace.bot_token()),
            signing: vec![Secret::new(workspace.signing_secret())],
            app_token: Some(Secret::new(workspace.app_token())),
        };
        let service = Service::new(&settings, &secrets, clock.clone(), false).await?;
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, options.port))
            .await
            .map_err(|source| SandboxError::Port {
                port: options.port,
                source,
            })?;
        let bot = listener.local_addr().map_err(SandboxError::Workspace)?;
        // Naming an address is what makes a workspace deliver over HTTP.
        if !options.socket {
            workspace.set_bot_url(&format!("http://{bot}/slack/events"));
        }
        // Or the clock could be moved before the first digest is queued.
        service.start().await?;
        let stop = CancellationToken::new();
        let running = tokio::spawn(service.clone().run(listener, stop.clone()));
        let sandbox = Sandbox {
            workspace,
            clock,
            bot,
            started_at: options.at,
            service,
            stop,
            running,
        };
        sandbox.keep_zones();
        if options.socket {
            sandbox.connected().await;
        }
        Ok(sandbox)
    }

    async fn connected(&self) {
        let limit = std::time::Duration::from_secs(10);
        self.workspace
            .until(limit, |workspace| {
                (workspace.socket().connections() > 0).then_some(())
            })
            .await;
    }

    /// Waits until the bot has done all that is due now.
    pub async fn settle(&self) -> Result<(), StoreError> {
        self.service.worker.settle().await
    }

    /// Moves the clock to `to`, stopping wherever something is due, so that all happens at its time and in
    /// its order.
    pub async fn advance_to(&self, to: DateTime<Utc>) -> Result<(), StoreError> {
        self.settle().await?;
        while let Some(due) = self.service.app.next_due().await?.filter(|due| *due <= to) {
            self.clock.set(due.max(self.clock.now()));
            self.settle().await?;
            if self.service.app.next_due().await? == Some(due) {
                break; // It waits for something that time alone does not bring.
            }
        }
        self.clock.set(to.max(self.clock.now()));
        self.keep_zones();
        self.settle().await
    }

    /// Moves the clock to the next thing that is due, however far. `None` when nothing is.
    pub async fn advance_to_next(&self) -> Result<Option<DateTime<Utc>>, StoreError> {
        let next = self.service.app.next_due().await?;
        if let Some(due) = next {
            self.advance_to(due).await?;
        }
        Ok(next)
    }

    /// Moves the clock to `to` at once, as if the machine had been off; whatever was missed is caught up.
    pub async fn jump_to(&self, to: DateTime<Utc>) -> Result<(), StoreError> {
        self.clock.set(to);
        self.settle().await
    }

    /// The application, to look into it.
    pub fn app(&self) -> &crate::app::App {
        &self.service.app
    }

    /// Has the bot stop, without waiting for it.
    pub fn halt(&self) {
        self.stop.cancel();
    }

    /// The bot's own addresses.
    pub fn router(&self) -> axum::Router {
        self.service.router()
    }

    /// Stops the bot; the workspace stays as it is.
    pub async fn stop(self) -> Workspace {
        self.halt();
        let _ = self.running.await;
        self.workspace
    }
}

fn settings(config: &str, database: &str, api_url: &str, socket: bool) -> Result<Settings, ConfigError> {
    let environment = |name: &str| match name {
        "SLACK_API_URL" => Some(api_url.to_owned()),
        "DATABASE_URL" => Some(database.to_owned()),
        // Its presence chooses Socket Mode; the token itself comes from the workspace.
        "SLACK_APP_TOKEN" if socket => Some("xapp-sandbox".to_owned()),
        _ => None,
    };
    Settings::parse(config, &environment)
}

/// The people of the sandbox, all in California in winter: the workspace's zones are fixed offsets.
fn cast(builder: Builder) -> Builder {
    let people = [
        ("U0PM", "Priya", Kind::Member),
        ("U0DIRECTOR", "Dana", Kind::Member),
        ("U0DEPUTY", "Devon", Kind::Member),
        ("U0MARK", "Mark", Kind::Member),
        ("U0MIA", "Mia", Kind::Member),
        ("U0ADMIN", "Ada", Kind::Admin),
        ("U0GUEST", "Gus", Kind::Guest),
    ];
    let everyone = people.map(|(id, ..)| id);
    let user = |(id, name, kind): (&str, &str, Kind)| {
        User::new(id)
            .named(name)
            .zone("America/Los_Angeles", -8 * 3600)
            .kind(kind)
    };
    people
        .into_iter()
        .fold(builder, |builder, person| builder.user(user(person)))
        .group("S0MARKETING", "marketing", &["U0MARK", "U0MIA"])
        .channel(Channel::public("C0GENERAL", "general").with(&everyone))
        .channel(Channel::public("C0MARKETING", "marketing").with(&everyone))
}
