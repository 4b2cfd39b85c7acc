//! How many filings and clicks a second, and at what cost: one real `signoff serve` with a durable database on one
//! core, this generator and a Slack that answers everything at once on the other.
//!
//! ```text
//! cargo bench --bench load                                   # this build, beside a bare one-commit-a-request server
//! cargo bench --bench load -- --server OLD --server NEW      # two builds in one run
//! cargo bench --bench load -- --database postgres://…        # an empty database of a PostgreSQL
//! ```
//!
//! Every request has its own body, time and signature, as Slack's have. The output is a line of JSON a phase,
//! then the ratios. Figures depend on the disk and the machine; ratios of one run less so.

mod bare;
mod generator;
mod server;
mod slack;

use clap::Parser;
use generator::{Phase, Traffic};
use serde_json::json;
use server::Server;
use std::path::PathBuf;
use std::time::Duration;

#[derive(Debug, Parser)]
struct Arguments {
    /// Seconds a phase.
    #[arg(long, default_value_t = 10)]
    seconds: u64,
    /// Connections, each with one request at a time.
    #[arg(long, default_value_t = 64)]
    connections: usize,
    /// How often all is repeated.
    #[arg(long, default_value_t = 1)]
    rounds: usize,
    /// A `signoff` to measure; several are compared with the first. Left out: this build.
    #[arg(long)]
    server: Vec<PathBuf>,
    /// An empty database for every server to make its tables in, instead of SQLite files.
    #[arg(long)]
    database: Option<String>,
    /// Run the bare server that others are compared with (used by this program itself).
    #[arg(long, hide = true)]
    bare: Option<PathBuf>,
    /// Cargo says this to every benchmark.
    #[arg(long, hide = true)]
    bench: bool,
}

fn main() -> anyhow::Result<()> {
    let arguments = Arguments::parse();
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?;
    match &arguments.bare {
        Some(file) => runtime.block_on(bare::serve(file)),
        None => runtime.block_on(measure(&arguments)),
    }
}

async fn measure(arguments: &Arguments) -> anyhow::Result<()> {
    signoff::slack::install_tls();
    server::pin_this_process();
    let slack = slack::start().await?;
    let mut servers = arguments.server.clone();
    if servers.is_empty() {
        servers.push(PathBuf::from(env!("CARGO_BIN_EXE_signoff")));
    }
    let mut filings: Vec<Vec<f64>> = vec![Vec::new(); servers.len() + 1];
    for _ in 0..arguments.rounds {
        let rate = one(arguments, Server::bare().await?, "bare").await?;
        filings[0].push(rate);
        for (number, path) in servers.iter().enumerate() {
            let server = Server::signoff(path, &slack, arguments.database.as_deref()).await?;
            let rate = one(arguments, server, &path.display().to_string()).await?;
            filings[number + 1].push(rate);
        }
    }
    let medians: Vec<f64> = filings.iter_mut().map(|rates| median(rates)).collect();
    println!("{}", json!({ "filings_to_bare": medians[1] / medians[0] }));
    for later in 2..medians.len() {
        println!(
            "{}",
            json!({ "filings_of_server": later, "to_the_first": medians[later] / medians[1] })
        );
    }
    Ok(())
}

/// All phases on one server. Filings a second.
async fn one(arguments: &Arguments, mut server: Server, name: &str) -> anyhow::Result<f64> {
    println!(
        "{}",
        json!({ "server": name, "first_answer_ms": server.first_answer.as_secs_f64() * 1000.0, "rss_mb": server.resident_mb() })
    );
    let phase = |traffic, length| Phase {
        port: server.port,
        connections: arguments.connections,
        length: Duration::from_secs(length),
        traffic,
    };
    phase(Traffic::Filings, 1).run().await?;
    let filed = phase(Traffic::Filings, arguments.seconds).run().await?;
    println!("{}", filed.json("filings", server.resident_mb()));
    if !server.is_bare {
        let clicked = phase(Traffic::Clicks { up_to: filed.done }, arguments.seconds)
            .run()
            .await?;
        println!("{}", clicked.json("clicks", server.resident_mb()));
    }
    let rate = filed.rate();
    server.stop();
    Ok(rate)
}

fn median(values: &mut [f64]) -> f64 {
    values.sort_by(f64::total_cmp);
    values.get(values.len() / 2).copied().unwrap_or(f64::NAN)
}
