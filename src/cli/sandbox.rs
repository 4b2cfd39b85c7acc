//! `signoff sandbox`.

use super::Outcome;
use crate::sandbox::console::{Console, HELP};
use crate::sandbox::page::Page;
use crate::sandbox::{Options, START, Sandbox, SandboxError, story};
use anyhow::Context;
use chrono::{DateTime, Utc};
use clap::Args;
use std::io::Write;
use std::net::Ipv4Addr;
use std::path::{Path, PathBuf};
use std::time::Duration;
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;

/// What can be said about a sandbox.
#[derive(Debug, Args)]
pub(crate) struct Arguments {
    /// The port of the page; 0 takes a free one.
    #[arg(long, default_value_t = 4390)]
    port: u16,
    /// Play one request's life, print what each person saw, and exit: non-zero if anything is missing.
    #[arg(long)]
    story: bool,
    /// Serve the page while the story is played, at a pace one can follow, and stay.
    #[arg(long, requires = "story")]
    watch: bool,
    /// Obey lines typed here as well: be anybody, click anything, move the clock.
    #[arg(long, conflicts_with = "story")]
    prompt: bool,
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
    if arguments.story && !arguments.watch {
        play(&arguments, data).await
    } else {
        serve(&arguments, data).await
    }
}

impl Arguments {
    fn options(&self) -> Options {
        Options {
            port: 0,
            socket: self.socket,
            at: self.at,
            database: None,
        }
    }
}

async fn play(arguments: &Arguments, data: &Path) -> anyhow::Result<Outcome> {
    let sandbox = Sandbox::start(&arguments.options(), data).await?;
    let missing = story::play(&sandbox, None, &mut std::io::stdout()).await?;
    sandbox.stop().await;
    Ok(verdict(&missing))
}

fn verdict(missing: &[String]) -> Outcome {
    for what in missing {
        eprintln!("missing: {what}");
    }
    if missing.is_empty() {
        println!("Everything the story promises was there.");
        Outcome::Done
    } else {
        Outcome::Finding
    }
}

/// Serves the page until Ctrl-C or SIGTERM; with `--watch` the story is played in it, with `--prompt` lines
/// are obeyed beside it.
async fn serve(arguments: &Arguments, data: &Path) -> anyhow::Result<Outcome> {
    // First, so that a signal right after the address is printed is heard.
    let stop = CancellationToken::new();
    tokio::spawn(super::stop_on_signal(stop.clone()));
    let port = arguments.port;
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, port)).await;
    let listener = listener.map_err(|source| SandboxError::Port { port, source })?;
    let address = listener.local_addr().context("cannot listen")?;
    let page = Page::start(&arguments.options(), data).await?;
    let sandbox = page.sandbox();
    println!(
        "The bot listens on http://{}, its Slack on {}",
        sandbox.bot,
        sandbox.workspace.api_url()
    );
    println!("Open http://{address} in a browser. Ctrl-C ends it.");
    let aside = async {
        if arguments.story {
            let told = story::play(&sandbox, Some(PACE), &mut std::io::stdout()).await;
            // A visitor may well have pressed something that the story does not know.
            let outcome =
                told.map_or_else(|error| verdict(&[error.to_string()]), |missing| verdict(&missing));
            println!("The page stays open: http://{address}. Ctrl-C ends it.");
            stop.cancelled().await;
            return Ok(outcome);
        }
        if arguments.prompt {
            prompt(&page).await?;
            return Ok(Outcome::Done);
        }
        std::future::pending().await
    };
    let outcome = tokio::select! {
        biased;
        outcome = aside => outcome,
        () = stop.cancelled() => Ok(Outcome::Done),
        served = page.clone().serve(listener) => served.map(|()| Outcome::Done).context("the page stopped"),
    };
    page.sandbox().halt();
    outcome
}

/// How long the story waits between its scenes, for people who watch.
const PACE: Duration = Duration::from_secs(3);

/// Obeys lines typed at the terminal, until it is closed or somebody quits.
async fn prompt(page: &Page) -> anyhow::Result<()> {
    println!(
        "It is {}. Type, for example:\n{HELP}\n",
        page.sandbox().clock.now().format("%A %Y-%m-%d %H:%M UTC")
    );
    let mut lines = lines();
    let mut console = Console::new(page.sandbox());
    loop {
        print!("> ");
        std::io::stdout()
            .flush()
            .context("cannot write to the terminal")?;
        let line = lines.recv().await;
        console.follow(page.sandbox());
        match line {
            Some(line) if console.obey(&line, &mut std::io::stdout()).await? => {}
            Some(_) => return Ok(()),
            // The terminal was closed: bot, workspace and page go on until they are stopped.
            None => std::future::pending().await,
        }
    }
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
