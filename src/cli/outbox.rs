//! `signoff outbox`: what is stuck, and what an operator knows about it.

use super::Outcome;
use crate::clock::Clock;
use crate::config::Settings;
use crate::store::{Store, outbox};
use anyhow::bail;
use clap::{Args, Subcommand};

/// What can be done with stuck messages.
#[derive(Debug, Subcommand)]
pub(crate) enum Arguments {
    /// List them: in doubt (Slack may have it and could not be asked) and dead (Slack refused it).
    List,
    /// Try a dead one again, once the reason it was refused for is gone.
    Retry {
        /// Its number in the list.
        id: i64,
    },
    /// Say what became of one that is in doubt, after looking for it in Slack.
    Resolve(Resolve),
}

#[derive(Debug, Args)]
pub(crate) struct Resolve {
    /// Its number in the list.
    id: i64,
    /// It is in Slack, with this ts (the last part of its link: p1733162400000100 is 1733162400.000100).
    #[arg(
        long,
        value_name = "TS",
        conflicts_with = "resend",
        required_unless_present = "resend"
    )]
    sent: Option<String>,
    /// It is not in Slack: send it.
    #[arg(long)]
    resend: bool,
}

pub(crate) async fn run(arguments: Arguments, settings: Settings) -> anyhow::Result<Outcome> {
    let store = Store::open_existing(&settings.database_url).await?;
    match arguments {
        Arguments::List => list(&store).await,
        Arguments::Retry { id } => retry(&store, id).await,
        Arguments::Resolve(Resolve { sent: Some(ts), .. }) if !is_ts(&ts) => {
            bail!("{ts:?} is not a ts such as 1733162400.000100")
        }
        Arguments::Resolve(Resolve { id, sent, .. }) => resolve(&store, id, sent).await,
    }
}

/// A finding when anything is stuck, so that a monitor can ask.
async fn list(store: &Store) -> anyhow::Result<Outcome> {
    let mut conn = store.read().await?;
    let stuck = outbox::stuck(&mut conn, 1000).await?;
    if stuck.is_empty() {
        println!("Nothing is stuck.");
        return Ok(Outcome::Done);
    }
    for task in stuck {
        println!(
            "{}  {}  {}  {}",
            task.outbox_id,
            task.state,
            task.topic,
            task.last_error.unwrap_or_default()
        );
    }
    Ok(Outcome::Finding)
}

async fn retry(store: &Store, id: i64) -> anyhow::Result<Outcome> {
    let now = Clock::System.now();
    let found = store
        .write(move |conn| Box::pin(outbox::retry(conn, id, now)))
        .await?;
    if !found {
        // One that is in doubt may be in Slack already: only somebody who looked can say what to do with it.
        bail!(
            "nothing that was refused has the number {id}: see `signoff outbox list`. What is in doubt is settled by `signoff outbox resolve`"
        );
    }
    Ok(queued(id))
}

async fn resolve(store: &Store, id: i64, sent: Option<String>) -> anyhow::Result<Outcome> {
    let now = Clock::System.now();
    let found = store
        .write(move |conn| Box::pin(async move { outbox::resolve(conn, id, sent.as_deref(), now).await }))
        .await?;
    if !found {
        bail!("nothing that is stuck has the number {id}: see `signoff outbox list`");
    }
    Ok(queued(id))
}

fn queued(id: i64) -> Outcome {
    println!("{id} is in the queue again; the running bot settles it within seconds.");
    Outcome::Done
}

fn is_ts(ts: &str) -> bool {
    let digits = |part: &str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit());
    ts.split_once('.')
        .is_some_and(|(seconds, micros)| digits(seconds) && digits(micros))
}
