//! `signoff sandbox`.

use super::Outcome;
use crate::sandbox::console::{Console, HELP};
use crate::sandbox::{Options, START, Sandbox, story};
use anyhow::Context;
use chrono::{DateTime, Utc};
use clap::Args;
use std::io::Write;
use std::path::{Path, PathBuf};
use tokio_util::sync::CancellationToken;

/// What can be said about a sandbox.
#[derive(Debug, Args)]
pub(crate) struct Arguments {
    /// The port of the bot.
    #[arg(long, default_value_t = 4390)]
    port: u16,
    /// Play one request's life, print what each person saw, and exit: non-zero if anything is missing.
    #[arg(long)]
    story: bool,
    /// Where the clock starts, such as 2026-12-02T10:00:00-08:00.
    #[arg(long, default_value = START, value_name = "INSTANT")]
    at: DateTime<Utc>,
    /// Keep the data in this folder instead of a temporary one.
    #[arg(long, value_name = "DIR")]
    data: Option<PathBuf>,
    /// Talk over Socket Mode instead of HTTP.
    #[arg(long)]
    socket: bool,
}

pub(crate) async fn run(arguments: Arguments) -> anyhow::Result<Outcome> {
    // Held to the end: it removes the folder.
    let temporary = tempfile::tempdir().context("cannot make a temporary folder")?;
    let data = match &arguments.data {
        Some(folder) => {
            std::fs::create_dir_all(folder)
                .with_context(|| format!("cannot make the folder {}", folder.display()))?;
            folder.as_path()
        }
        None => temporary.path(),
    };
    if arguments.story {
        play(&arguments, data).await
    } else {
        keep_running(&arguments, data).await
    }
}

async fn play(arguments: &Arguments, data: &Path) -> anyhow::Result<Outcome> {
    let options = Options {
        port: 0,
        socket: arguments.socket,
        at: arguments.at,
        database: None,
    };
    let sandbox = Sandbox::start(&options, data).await?;
    let missing = story::play(&sandbox, &mut std::io::stdout()).await?;
    sandbox.stop().await;
    if missing.is_empty() {
        println!("Everything the story promises was there.");
        return Ok(Outcome::Done);
    }
    for what in missing {
        eprintln!("missing: {what}");
    }
    Ok(Outcome::Finding)
}

async fn keep_running(arguments: &Arguments, data: &Path) -> anyhow::Result<Outcome> {
    let options = Options {
        port: arguments.port,
        socket: arguments.socket,
        at: arguments.at,
        database: None,
    };
    let sandbox = Sandbox::start(&options, data).await?;
    println!(
        "The bot listens on http://{}, the local workspace on {}.",
        sandbox.bot,
        sandbox.workspace.api_url()
    );
    println!(
        "It is {}. Type, for example:\n{HELP}\n",
        sandbox.clock.now().format("%A %Y-%m-%d %H:%M UTC")
    );
    let stop = CancellationToken::new();
    tokio::spawn(super::stop_on_signal(stop.clone()));
    let mut lines = lines();
    let mut console = Console::new(&sandbox);
    loop {
        print!("> ");
        std::io::stdout()
            .flush()
            .context("cannot write to the terminal")?;
        let line = tokio::select! {
            () = stop.cancelled() => break,
            line = lines.recv() => line,
        };
        match line {
            Some(line) if console.obey(&line, &mut std::io::stdout()).await? => {}
            Some(_) => break,
            None => {
                // No terminal, or it was closed: bot and workspace go on until they are stopped.
                stop.cancelled().await;
                break;
            }
        }
    }
    println!();
    sandbox.stop().await;
    Ok(Outcome::Done)
}

/// Lines of standard input, read on a thread of their own: a read cannot be cancelled.
fn lines() -> tokio::sync::mpsc::Receiver<String> {
    let (sender, lines) = tokio::sync::mpsc::channel(1);
    std::thread::spawn(move || {
        for line in std::io::stdin().lines().map_while(Result::ok) {
            if sender.blocking_send(line).is_err() {
                return;
            }
        }
    });
    lines
}
