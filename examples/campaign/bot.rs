//! One process of `signoff serve`.

use crate::stage::Stage;
use anyhow::{Context, bail};
use std::os::unix::process::ExitStatusExt;
use std::process::{Child, Command, ExitStatus};
use std::time::{Duration, Instant};

/// Set in the environment of a child that is to be `signoff`.
pub(crate) const AS_SIGNOFF: &str = "CAMPAIGN_AS_SIGNOFF";

/// A bot that was started.
pub(crate) struct Bot {
    child: Child,
    port: u16,
    started: Instant,
}

impl Bot {
    /// Starts one; `armed` goes into `FAILPOINTS`, `more` into its environment.
    pub(crate) fn start(stage: &Stage, port: u16, armed: &str, more: &[(&str, &str)]) -> anyhow::Result<Bot> {
        let mut command = stage.signoff(&["serve"], port)?;
        command.env("FAILPOINTS", armed).envs(more.iter().copied());
        Ok(Bot {
            child: command.spawn().context("the bot does not start")?,
            port,
            started: Instant::now(),
        })
    }

    /// Waits until it answers; how long that took, or `None` when it ended before.
    pub(crate) async fn answers(&mut self, http: &reqwest::Client) -> anyhow::Result<Option<Duration>> {
        let url = format!("http://127.0.0.1:{}/healthz", self.port);
        while self.started.elapsed() < Duration::from_secs(30) {
            if self.ended()?.is_some() {
                return Ok(None);
            }
            if http
                .get(&url)
                .send()
                .await
                .is_ok_and(|answer| answer.status().is_success())
            {
                return Ok(Some(self.started.elapsed()));
            }
            tokio::time::sleep(Duration::from_millis(2)).await;
        }
        bail!("the bot does not come back within 30 s")
    }

    /// How it ended, if it has.
    pub(crate) fn ended(&mut self) -> anyhow::Result<Option<ExitStatus>> {
        Ok(self.child.try_wait()?)
    }

    /// Waits for its end, at most so long, and then kills it. `true` when it fell by itself, by abort.
    pub(crate) async fn falls_within(&mut self, limit: Duration) -> anyhow::Result<bool> {
        let until = Instant::now() + limit;
        while Instant::now() < until {
            if let Some(status) = self.ended()? {
                if status.signal() != Some(6) {
                    bail!("the bot ended by itself: {status}");
                }
                return Ok(true);
            }
            tokio::time::sleep(Duration::from_millis(2)).await;
        }
        self.child.kill()?;
        self.child.wait()?;
        Ok(false)
    }

    /// Sends a signal by its name, such as `STOP`.
    pub(crate) fn signal(&self, name: &str) -> anyhow::Result<()> {
        let id = self.child.id().to_string();
        let sent = Command::new("kill").args([&format!("-{name}"), &id]).status()?;
        if !sent.success() {
            bail!("kill -{name} {id} failed");
        }
        Ok(())
    }

    /// Asks it to stop and waits for it.
    pub(crate) async fn stop(mut self) -> anyhow::Result<()> {
        self.signal("TERM")?;
        let until = Instant::now() + Duration::from_secs(30);
        while self.ended()?.is_none() {
            if Instant::now() > until {
                bail!("the bot does not stop");
            }
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        Ok(())
    }
}

impl Drop for Bot {
    fn drop(&mut self) {
        // A child that has ended already cannot be killed.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
