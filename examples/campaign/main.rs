//! Nothing lost, nothing twice (R29), rehearsed: a bot under load is killed a thousand times, and a local Slack
//! workspace, the other side of the wire, says afterwards what it received. See `docs/campaigns.md`.
//!
//! ```text
//! cargo run --release --features failpoints --example campaign -- crash --kills 1000 --seed 7
//! cargo run --release --features failpoints --example campaign -- crash --kills 60 --seed 7 --no-look
//! cargo run --release --features failpoints --example campaign -- crash --kills 300 --database postgres
//! cargo run --release --features failpoints --example campaign -- replicas --processes 3 --timers 3000
//! ```

mod bot;
mod crash;
mod judge;
mod ledger;
mod load;
#[path = "../../tests/postgres/mod.rs"]
mod postgres;
mod replicas;
mod stage;

use clap::Parser;
use std::process::ExitCode;

/// Kills bots and counts what was lost and what came twice.
#[derive(Debug, Parser)]
#[command(name = "campaign")]
enum Campaign {
    /// One bot, killed at named points and at random moments.
    Crash(crash::Arguments),
    /// Several bots on one PostgreSQL, some of which sleep through their claims.
    Replicas(replicas::Arguments),
}

fn main() -> ExitCode {
    // The bots are this program too, so that they are always of the same build: it starts itself as `signoff`.
    if std::env::var_os(bot::AS_SIGNOFF).is_some() {
        return signoff::cli::main();
    }
    let campaign = Campaign::parse();
    signoff::slack::install_tls();
    let runtime = tokio::runtime::Runtime::new().expect("a runtime");
    let verdict = runtime.block_on(async {
        match campaign {
            Campaign::Crash(arguments) => crash::run(arguments).await,
            Campaign::Replicas(arguments) => replicas::run(arguments).await,
        }
    });
    match verdict {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::from(1),
        Err(error) => {
            eprintln!("campaign: {error:#}");
            ExitCode::from(2)
        }
    }
}
