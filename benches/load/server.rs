//! The servers that are measured: child processes on a core of their own.

use crate::generator::SECRET;
use anyhow::{Context, bail};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};
use tempfile::TempDir;

/// Which core the server has; everything else has the other.
const SERVER_CORE: &str = "0";
const OTHER_CORE: &str = "1";

/// A running server.
pub(crate) struct Server {
    child: Child,
    pub(crate) port: u16,
    /// From the start of the process to its first answer.
    pub(crate) first_answer: Duration,
    /// The one that others are compared with.
    pub(crate) is_bare: bool,
    _data: TempDir,
}

/// Leaves the server's core alone. Without `taskset` nothing is pinned, and figures vary more.
pub(crate) fn pin_this_process() {
    let pid = std::process::id().to_string();
    let pinned = Command::new("taskset")
        .args(["-a", "-c", "-p", OTHER_CORE, &pid])
        .stdout(Stdio::null())
        .status();
    if !pinned.is_ok_and(|status| status.success()) {
        eprintln!("taskset is missing: generator and server share the cores");
    }
}

fn pinned(program: &Path) -> Command {
    match Command::new("taskset")
        .arg("--version")
        .stdout(Stdio::null())
        .status()
    {
        Ok(_) => {
            let mut command = Command::new("taskset");
            command.args(["-c", SERVER_CORE]).arg(program);
            command
        }
        Err(_) => Command::new(program),
    }
}

impl Server {
    /// `signoff serve` with the sandbox's people.
    pub(crate) async fn signoff(
        program: &Path,
        slack: &str,
        database: Option<&str>,
    ) -> anyhow::Result<Server> {
        let data = tempfile::tempdir_in(".").context("a folder beside the project, for its disk")?;
        let config = data.path().join("signoff.toml");
        std::fs::write(&config, signoff::sandbox::CONFIG)?;
        let file = format!("sqlite://{}", data.path().join("signoff.db").display());
        let mut command = pinned(program);
        command
            .arg("serve")
            .env_clear()
            .env("PATH", std::env::var_os("PATH").unwrap_or_default())
            .env("SIGNOFF_CONFIG", config)
            .env("DATABASE_URL", database.unwrap_or(&file))
            .env("SLACK_API_URL", slack)
            .env("SLACK_BOT_TOKEN", "xoxb-load")
            .env("SLACK_SIGNING_SECRET", SECRET)
            .env("RUST_LOG", "error");
        Server::start(command, data, false).await
    }

    /// The least that does the same job: axum, one insert of a request, an audit and an outbox row a
    /// transaction, one commit a request.
    pub(crate) async fn bare() -> anyhow::Result<Server> {
        let data = tempfile::tempdir_in(".").context("a folder beside the project, for its disk")?;
        let mut command = pinned(&std::env::current_exe()?);
        command.arg("--bare").arg(data.path().join("bare.db"));
        Server::start(command, data, true).await
    }

    async fn start(mut command: Command, data: TempDir, is_bare: bool) -> anyhow::Result<Server> {
        let port = std::net::TcpListener::bind("127.0.0.1:0")?.local_addr()?.port();
        command
            .env("PORT", port.to_string())
            .stdin(Stdio::null())
            .stdout(Stdio::null());
        let start = Instant::now();
        let child = command.spawn().context("the server does not start")?;
        let mut server = Server {
            child,
            port,
            first_answer: Duration::ZERO,
            is_bare,
            _data: data,
        };
        let client = reqwest::Client::new();
        while start.elapsed() < Duration::from_secs(20) {
            let asked = client
                .get(format!("http://127.0.0.1:{port}/healthz"))
                .send()
                .await;
            if asked.is_ok_and(|answer| answer.status().is_success()) {
                server.first_answer = start.elapsed();
                return Ok(server);
            }
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
        bail!("the server does not answer")
    }

    /// Resident memory, in megabytes (Linux).
    pub(crate) fn resident_mb(&self) -> f64 {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.child.id())).unwrap_or_default();
        let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
        let kilobytes = line.and_then(|line| line.trim().trim_end_matches(" kB").parse::<f64>().ok());
        kilobytes.unwrap_or(f64::NAN) / 1024.0
    }

    pub(crate) fn stop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.stop();
    }
}
