//! What grows with the number of requests, and what must not: the statements that the worker runs, the lists, the
//! calendar, and how fast messages leave.
//!
//! ```text
//! cargo bench --bench scale                                   # all four, on SQLite
//! cargo bench --bench scale -- due --most 100000              # one of them, smaller
//! cargo bench --bench scale -- due lists --database postgres://…   # an empty database of a PostgreSQL
//! ```
//!
//! The output is a line of JSON a measurement, and a line with the ratio of the larger database to the smaller.
//! To fill the database takes longest, and is not measured.

mod calendar;
mod database;
mod delivery;
mod due;
mod lists;

use clap::{Parser, ValueEnum};
use serde_json::json;
use std::time::Duration;

#[derive(Debug, Parser)]
struct Arguments {
    /// What to measure; all if left out.
    #[arg(value_enum)]
    what: Vec<What>,
    /// An empty PostgreSQL database instead of a SQLite file.
    #[arg(long)]
    database: Option<String>,
    /// Open requests in the larger database that `due` looks at; in the smaller one there are 1,000.
    #[arg(long, default_value_t = 1_000_000)]
    most: i64,
    /// How often everything is repeated.
    #[arg(long, default_value_t = 300)]
    runs: usize,
    /// How long `delivery` looks on.
    #[arg(long, default_value_t = 60)]
    seconds: u64,
    /// Cargo says this to every benchmark.
    #[arg(long, hide = true)]
    bench: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum What {
    /// What the worker asks and writes, at 1,000 and at 1,000,000 open requests.
    Due,
    /// The digest, the App Home, `mine` and `waiting`, at 100 and at 10,000 open requests.
    Lists,
    /// Deadlines a second.
    Calendar,
    /// Messages a minute to a workspace that enforces Slack's limits.
    Delivery,
}

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let arguments = Arguments::parse();
    signoff::slack::install_tls();
    let wanted = |what| arguments.what.is_empty() || arguments.what.contains(&what);
    if wanted(What::Calendar) {
        calendar::measure()?;
    }
    // First, because it wants an empty database with few events.
    if wanted(What::Lists) {
        lists::measure(&arguments).await?;
    }
    if wanted(What::Due) {
        due::measure(&arguments).await?;
    }
    if wanted(What::Delivery) {
        delivery::measure(Duration::from_secs(arguments.seconds)).await?;
    }
    Ok(())
}

/// The time that one thing takes, measured many times.
struct Timed {
    name: &'static str,
    took: Vec<Duration>,
}

impl Timed {
    fn new(name: &'static str) -> Timed {
        Timed {
            name,
            took: Vec::new(),
        }
    }

    /// Prints median and 99th percentile. The median, in microseconds.
    fn report(&mut self, open: i64) -> f64 {
        self.took.sort_unstable();
        let at = |share: f64| {
            let place = (self.took.len() as f64 * share) as usize;
            let took = self.took.get(place).copied().unwrap_or_default();
            took.as_nanos() as f64 / 1000.0
        };
        println!(
            "{}",
            json!({
                "what": self.name, "open": open, "runs": self.took.len(), "median_us": at(0.5), "p99_us": at(0.99),
            })
        );
        at(0.5)
    }
}

/// Prints what has become of the medians.
fn compare(names: &[Timed], small: &[f64], large: &[f64]) {
    for (name, (small, large)) in names.iter().zip(small.iter().zip(large)) {
        println!("{}", json!({ "what": name.name, "ratio": large / small }));
    }
}
