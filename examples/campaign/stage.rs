//! What a campaign plays on: the workspace, its clock, a database and the environment of the bots.

use crate::bot;
use crate::postgres;
use anyhow::{Context, ensure};
use chrono::{DateTime, TimeDelta, Utc};
use serde_json::Value;
use signoff::clock::Clock;
use signoff::config::Settings;
use signoff::domain::policy::Rules;
use signoff::sandbox::workspace::Workspace;
use signoff::sandbox::{CONFIG, START};
use std::fs::File;
use std::net::TcpListener;
use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

/// Everybody who may be written to.
pub(crate) const PEOPLE: [&str; 6] = ["U0PM", "U0DIRECTOR", "U0DEPUTY", "U0MARK", "U0MIA", "U0ADMIN"];

/// The outside of the bots.
pub(crate) struct Stage {
    pub(crate) ws: Workspace,
    pub(crate) rules: Rules,
    /// Seconds by which the workspace and the bots are ahead of the machine.
    ahead: Arc<AtomicI64>,
    api_url: String,
    database: String,
    folder: tempfile::TempDir,
}

impl Stage {
    /// `database`: nothing for a new SQLite file, `postgres` for a server of our own, else an address.
    pub(crate) async fn new(database: Option<&str>) -> anyhow::Result<Stage> {
        let folder = tempfile::tempdir().context("a temporary folder")?;
        let start: DateTime<Utc> = START.parse().expect("a constant");
        let ahead = Arc::new(AtomicI64::new((start - Clock::System.now()).num_seconds()));
        let now = {
            let ahead = ahead.clone();
            move || Clock::System.now() + TimeDelta::seconds(ahead.load(Ordering::SeqCst))
        };
        let ws = Workspace::builder().with_cast().now(Arc::new(now)).build();
        let api_url = ws.spawn().await.context("the workspace does not listen")?;
        let config = CONFIG.replace(
            "[lanes.marketing]",
            "[lanes.marketing]\nescalation = [\"U0ADMIN\"]",
        );
        std::fs::write(folder.path().join("signoff.toml"), &config)?;
        let rules = Settings::parse(&config, &|_| None)
            .context("the configuration")?
            .rules;
        let database = match database {
            None => format!("sqlite://{}", folder.path().join("signoff.db").display()),
            Some("postgres") => postgres::database()
                .await
                .context("PostgreSQL is not installed")?,
            Some(url) => url.to_owned(),
        };
        Ok(Stage {
            ws,
            rules,
            ahead,
            api_url,
            database,
            folder,
        })
    }

    /// Everybody's time.
    pub(crate) fn now(&self) -> DateTime<Utc> {
        self.ws.now()
    }

    /// Moves the workspace's time; a bot takes it over when it is started.
    pub(crate) fn later(&self, by: TimeDelta) {
        self.ahead.fetch_add(by.num_seconds(), Ordering::SeqCst);
    }

    /// `signoff` with the environment of this stage and nothing else of ours.
    pub(crate) fn signoff(&self, arguments: &[&str], port: u16) -> anyhow::Result<Command> {
        let mut command = Command::new(std::env::current_exe().context("this program")?);
        let log = File::options().create(true).append(true).open(self.log())?;
        command
            .args(arguments)
            .env_clear()
            .env(bot::AS_SIGNOFF, "1")
            .env("RUST_LOG", "warn")
            .env("DATABASE_URL", &self.database)
            .env("SLACK_BOT_TOKEN", self.ws.bot_token())
            .env("SLACK_SIGNING_SECRET", self.ws.signing_secret())
            .env("SLACK_API_URL", &self.api_url)
            .env("SIGNOFF_CONFIG", self.folder.path().join("signoff.toml"))
            .env("PORT", port.to_string())
            .env("SIGNOFF_REHEARSE_UNPACED", "1")
            .env(
                "SIGNOFF_REHEARSE_AHEAD",
                self.ahead.load(Ordering::SeqCst).to_string(),
            )
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(log);
        Ok(command)
    }

    /// What a subcommand prints.
    pub(crate) async fn says(&self, arguments: &[&str]) -> anyhow::Result<String> {
        let mut command = self.signoff(arguments, 0)?;
        command.stdout(Stdio::piped());
        // The workspace must go on answering meanwhile.
        let output = tokio::task::spawn_blocking(move || command.output()).await??;
        Ok(String::from_utf8(output.stdout)?)
    }

    /// The audit trail as `signoff audit export` writes it, once `signoff audit verify` has proven it.
    pub(crate) async fn trail(&self) -> anyhow::Result<Vec<Value>> {
        let verified = self.says(&["audit", "verify"]).await?;
        ensure!(
            verified.contains("each as it was written"),
            "the audit trail is broken: {verified}"
        );
        let exported = self.says(&["audit", "export"]).await?;
        exported
            .lines()
            .map(|line| Ok(serde_json::from_str(line)?))
            .collect()
    }

    /// Saves what the bots logged, for whoever wants to know why.
    pub(crate) fn keep_log(&self) -> anyhow::Result<()> {
        let kept = std::env::temp_dir().join(format!("signoff-campaign-{}.log", std::process::id()));
        std::fs::copy(self.log(), &kept)?;
        println!("what the bots logged is in {}", kept.display());
        Ok(())
    }

    /// Where the bots log.
    pub(crate) fn log(&self) -> PathBuf {
        self.folder.path().join("signoff.log")
    }
}

/// A port that was free a moment ago.
pub(crate) fn free_port() -> anyhow::Result<u16> {
    Ok(TcpListener::bind("127.0.0.1:0")?.local_addr()?.port())
}

/// Waits until the bots have nothing to say for a while (they edit fresh cards a few seconds late).
pub(crate) async fn quiet(ws: &Workspace) {
    let mut changes = ws.changes();
    while tokio::time::timeout(Duration::from_secs(8), changes.changed())
        .await
        .is_ok()
    {}
}
