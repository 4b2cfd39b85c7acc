//! The replica campaign: several bots on one database, thousands of timers due at once, and bots that are stopped
//! for longer than their claims hold and then go on as if nothing had happened.

use crate::bot::Bot;
use crate::judge::judge;
use crate::ledger::{Answer, Filing, Ledger};
use crate::load::{Team, number};
use crate::stage::{Stage, free_port, quiet};
use anyhow::ensure;
use chrono::TimeDelta;
use clap::Args;
use serde_json::json;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};
use tokio::sync::watch;
use tokio::task::JoinSet;

/// Short, so that a pause outlasts a claim within seconds.
const WAITS: [(&str, &str); 2] = [("SIGNOFF_REHEARSE_LEASE", "4"), ("SIGNOFF_REHEARSE_DOUBT", "2")];
/// Longer than a claim.
const PAUSE: std::ops::Range<u64> = 4_500..7_000;
/// Besides the signals, now and then a thread sleeps through its claim at the worst places: after it looked
/// for a message, right before it sends one, after it sent one, before it says so.
const DAWDLE: &str = "after-look=1%sleep(4500);after-send=0.5%sleep(4500);before-end=0.5%sleep(4500);before-send=0.5%sleep(4500)";
/// People who file at the same time.
const FILING: usize = 8;

/// How to go about it.
#[derive(Debug, Args)]
pub(crate) struct Arguments {
    /// How many bots.
    #[arg(long, default_value_t = 3)]
    processes: usize,
    /// How many lanes are to lapse: two a request.
    #[arg(long, default_value_t = 3000)]
    timers: usize,
    /// How often a bot is stopped for longer than its claims hold.
    #[arg(long, default_value_t = 12)]
    pauses: usize,
    /// As for `crash`.
    #[arg(long, default_value_t = 7)]
    seed: u64,
    /// `postgres` for a server of its own, or an address.
    #[arg(long, default_value = "postgres")]
    database: String,
}

/// Plays the campaign. `true` when nothing was lost, doubled or illegal.
pub(crate) async fn run(arguments: Arguments) -> anyhow::Result<bool> {
    ensure!(
        !arguments.database.starts_with("sqlite"),
        "one bot serves from one SQLite file"
    );
    let stage = Arc::new(Stage::new(Some(&arguments.database)).await?);
    let http = reqwest::Client::builder().pool_max_idle_per_host(0).build()?;
    let (ledger, mut rng) = (Ledger::default(), fastrand::Rng::with_seed(arguments.seed));
    let ports: Vec<u16> = (0..arguments.processes)
        .map(|_| free_port())
        .collect::<Result<_, _>>()?;
    let began = Instant::now();

    let bots = start(&stage, &ports, "", &http).await?;
    file(&stage, &ledger, &ports, arguments.timers / 2).await;
    quiet(&stage.ws).await;
    stop(bots).await?;
    println!(
        "{} filed after {} s",
        ledger.acknowledged(),
        began.elapsed().as_secs()
    );

    let (doors, open) = watch::channel(false);
    let team = Team::new(&stage, &ledger, rng.fork(), &["U0ADMIN", "U0MARK", "U0MIA"], open);
    let work = tokio::spawn(team.work());
    // Wednesday's requests lapse on Tuesday: all of them, and each day's reminders and digest before that.
    for day in 1..=6 {
        stage.later(TimeDelta::days(1));
        let mut bots = start(&stage, &ports, DAWDLE, &http).await?;
        let _ = doors.send(true);
        for pause in 0..arguments.pauses.div_ceil(6) {
            let at = rng.usize(..bots.len());
            route(&stage, ports[(at + 1) % ports.len()]);
            tokio::time::sleep(Duration::from_millis(rng.u64(0..800))).await;
            bots[at].signal("STOP")?;
            tokio::time::sleep(Duration::from_millis(rng.u64(PAUSE))).await;
            bots[at].signal("CONT")?;
            println!("day {day}, pause {pause}: bot {at}");
        }
        let _ = doors.send(false);
        quiet(&stage.ws).await;
        for bot in &mut bots {
            ensure!(bot.ended()?.is_none(), "a bot ended by itself");
        }
        stop(bots).await?;
    }
    drop(doors);
    work.await?;
    for _ in 0..3 {
        stage.later(TimeDelta::minutes(10));
        let bots = start(&stage, &ports, "", &http).await?;
        quiet(&stage.ws).await;
        stop(bots).await?;
    }

    let verdict = judge(&stage, &ledger).await?;
    verdict.print();
    let log = std::fs::read_to_string(stage.log())?;
    let refused = log
        .lines()
        .filter(|line| line.contains("the claim on a call had run out"))
        .count();
    let taken_back = log.lines().filter(|line| line.contains("taken back")).count();
    let report = json!({
        "campaign": "replicas", "database": arguments.database, "seed": arguments.seed,
        "processes": arguments.processes, "pauses": arguments.pauses, "acknowledged": ledger.acknowledged(),
        "late": ledger.answered(Answer::Later),
        "requests": verdict.requests, "events": verdict.events, "messages": verdict.messages,
        "lapses": verdict.lapses, "stale_writers_refused": refused, "taken_back": taken_back,
        "lost": verdict.lost.len(), "duplicated": verdict.duplicated.len(),
        "illegal_transitions": verdict.illegal.len(), "in_doubt": verdict.in_doubt.len(),
        "seconds": began.elapsed().as_secs(),
    });
    println!("{report}");
    if !verdict.is_good() {
        stage.keep_log()?;
    }
    Ok(verdict.is_good())
}

async fn start(
    stage: &Stage,
    ports: &[u16],
    armed: &str,
    http: &reqwest::Client,
) -> anyhow::Result<Vec<Bot>> {
    let mut bots = Vec::new();
    for port in ports {
        let mut bot = Bot::start(stage, *port, armed, &WAITS)?;
        bot.answers(http).await?;
        bots.push(bot);
    }
    route(stage, ports[0]);
    Ok(bots)
}

async fn stop(bots: Vec<Bot>) -> anyhow::Result<()> {
    for bot in bots {
        bot.stop().await?;
    }
    Ok(())
}

/// Slack's next deliveries go to this bot.
fn route(stage: &Stage, port: u16) {
    stage
        .ws
        .set_bot_url(&format!("http://127.0.0.1:{port}/slack/events"));
}

async fn file(stage: &Arc<Stage>, ledger: &Ledger, ports: &[u16], requests: usize) {
    let next = Arc::new(AtomicUsize::new(0));
    let mut filing = JoinSet::new();
    for _ in 0..FILING {
        let (stage, ledger, next, ports) = (stage.clone(), ledger.clone(), next.clone(), ports.to_vec());
        filing.spawn(async move {
            loop {
                let n = next.fetch_add(1, Ordering::SeqCst);
                if n >= requests {
                    return;
                }
                route(&stage, ports[n % ports.len()]);
                let link = format!("https://example.com/replicas/{n}");
                let words = format!("press {link} --area search Number {n}");
                let ack = stage
                    .ws
                    .user("U0PM")
                    .command("/review-request", &words, "C0GENERAL")
                    .await;
                let told = ack.ok().as_ref().and_then(number);
                ledger.open().filings.insert(link, Filing { told });
            }
        });
    }
    while filing.join_next().await.is_some() {}
}
