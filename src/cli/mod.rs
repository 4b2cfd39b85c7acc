//! One function a subcommand. Exit codes: 0 done, 1 a finding, 2 usage or configuration.

mod audit;
mod check;
mod explain;
mod holidays;
mod outbox;
mod report;
mod sandbox;

use crate::config::{ConfigError, Secrets, Settings};
use crate::service::Service;
use crate::store::Store;
use crate::{ops, rehearsal, slack, telemetry};
use anyhow::{Context, bail};
use clap::{Args, Parser, Subcommand, ValueEnum};
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;

/// Reviews before a communication goes public, in Slack: who must look, until when, may I publish now.
#[derive(Debug, Parser)]
#[command(name = "signoff", version, about, propagate_version = true)]
struct Cli {
    /// A TOML file over the built-in defaults (config/default.toml documents every key).
    #[arg(long, global = true, env = "SIGNOFF_CONFIG", value_name = "FILE")]
    config: Option<PathBuf>,
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Run the bot.
    Serve,
    /// Try the bot without Slack: a local workspace, a clock that can be moved.
    Sandbox(sandbox::Arguments),
    /// Check configuration, database, token and scopes, and say what is missing and what it costs.
    Check,
    /// Create or update the database and exit.
    Migrate,
    /// Copy the database to a new file while the bot runs.
    Backup {
        /// Where to; it must not exist yet.
        file: PathBuf,
    },
    /// Print the manifest to create the Slack app from.
    Manifest(Manifest),
    /// Prove the audit trail, or write it out.
    #[command(subcommand)]
    Audit(audit::Arguments),
    /// Look at messages that are stuck, and settle them.
    #[command(subcommand)]
    Outbox(outbox::Arguments),
    /// Print what happened in a period: filed, answered, lapsed by lane, how long first answers took.
    Report(report::Arguments),
    /// List public holidays, or turn a calendar file into configuration.
    #[command(subcommand)]
    Holidays(holidays::Arguments),
    /// Print the timeline a request filed at some instant would have.
    Explain(explain::Arguments),
}

#[derive(Debug, Args)]
struct Manifest {
    /// How Slack and Signoff talk.
    #[arg(long, value_enum, default_value_t = ManifestMode::Http)]
    mode: ManifestMode,
    /// The public address of this service, for HTTP mode.
    #[arg(long, default_value = "https://signoff.example.com", value_name = "URL")]
    url: String,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum ManifestMode {
    Http,
    Socket,
}

/// What a subcommand came to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Outcome {
    /// All is well.
    Done,
    /// Something was found that needs attention.
    Finding,
}

/// Reads the arguments and runs the subcommand.
pub fn main() -> ExitCode {
    rehearsal::start();
    let cli = Cli::parse();
    telemetry::start(!matches!(cli.command, Command::Serve));
    slack::install_tls();
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build();
    let result = match runtime {
        Ok(runtime) => runtime.block_on(run(cli)),
        Err(error) => Err(anyhow::Error::from(error).context("cannot start")),
    };
    match result {
        Ok(Outcome::Done) => ExitCode::SUCCESS,
        Ok(Outcome::Finding) => ExitCode::from(1),
        Err(error) => {
            eprintln!("signoff: {error:#}");
            ExitCode::from(2)
        }
    }
}

async fn run(cli: Cli) -> anyhow::Result<Outcome> {
    match cli.command {
        Command::Serve => serve(settings(cli.config)?).await,
        Command::Sandbox(arguments) => sandbox::run(arguments).await,
        Command::Check => check::run(settings(cli.config)?).await,
        Command::Migrate => migrate(settings(cli.config)?).await,
        Command::Backup { file } => backup(settings(cli.config)?, &file).await,
        Command::Manifest(manifest) => {
            print!("{}", manifest.text());
            Ok(Outcome::Done)
        }
        Command::Audit(arguments) => audit::run(arguments, settings(cli.config)?).await,
        Command::Outbox(arguments) => outbox::run(arguments, settings(cli.config)?).await,
        Command::Report(arguments) => report::run(arguments, settings(cli.config)?).await,
        Command::Holidays(arguments) => holidays::run(arguments),
        Command::Explain(arguments) => explain::run(arguments, cli.config),
    }
}

fn env(name: &str) -> Option<String> {
    std::env::var(name).ok()
}

fn settings(file: Option<PathBuf>) -> Result<Settings, ConfigError> {
    Settings::load(file.as_deref(), &env)
}

async fn serve(settings: Settings) -> anyhow::Result<Outcome> {
    let secrets = Secrets::load(settings.mode, &env)?;
    ops::recorder();
    let clock = rehearsal::clock();
    for warning in settings.warnings(clock.now()) {
        tracing::warn!("{warning}");
    }
    let service = Service::new(&settings, &secrets, clock, rehearsal::paced()).await?;
    let listener = TcpListener::bind(settings.listen).await.with_context(|| {
        format!(
            "cannot listen on {}. Set another PORT, or http.listen in the configuration",
            settings.listen
        )
    })?;
    service.check_token().await?;
    tracing::info!(listen = %settings.listen, mode = ?settings.mode, policy = %settings.rules.policy_id, "signoff is running");
    let stop = CancellationToken::new();
    tokio::spawn(stop_on_signal(stop.clone()));
    service.start().await?;
    service.run(listener, stop).await?;
    tracing::info!("signoff has stopped");
    Ok(Outcome::Done)
}

/// Ctrl-C, or the signal with which containers are stopped.
pub(crate) async fn stop_on_signal(stop: CancellationToken) {
    #[cfg(unix)]
    {
        use tokio::signal::unix::{SignalKind, signal};
        match signal(SignalKind::terminate()) {
            Ok(mut terminate) => {
                tokio::select! {
                    _ = terminate.recv() => {}
                    _ = tokio::signal::ctrl_c() => {}
                }
            }
            Err(_) => drop(tokio::signal::ctrl_c().await),
        }
    }
    #[cfg(not(unix))]
    drop(tokio::signal::ctrl_c().await);
    stop.cancel();
}

async fn migrate(settings: Settings) -> anyhow::Result<Outcome> {
    Store::open(&settings.database_url).await?;
    println!("The database is up to date.");
    Ok(Outcome::Done)
}

async fn backup(settings: Settings, file: &Path) -> anyhow::Result<Outcome> {
    if file.exists() {
        bail!("{} exists already; a backup overwrites nothing", file.display());
    }
    Store::backup(&settings.database_url, file).await?;
    println!(
        "The copy is {}. To restore it, stop the bot and let DATABASE_URL name it.",
        file.display()
    );
    Ok(Outcome::Done)
}

impl Manifest {
    fn text(&self) -> String {
        match self.mode {
            ManifestMode::Http => {
                let template = include_str!("../../config/slack-manifest.http.yaml");
                template.replace("https://signoff.example.com", self.url.trim_end_matches('/'))
            }
            ManifestMode::Socket => include_str!("../../config/slack-manifest.socket.yaml").to_owned(),
        }
    }
}
