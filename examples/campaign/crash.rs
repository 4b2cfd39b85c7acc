//! The crash campaign: one bot after the other on the same database, each killed.

use crate::bot::Bot;
use crate::judge::judge;
use crate::ledger::{Answer, Ledger};
use crate::load::Team;
use crate::stage::{Stage, free_port, quiet};
use chrono::TimeDelta;
use clap::Args;
use serde_json::json;
use signoff::sandbox::workspace::{Commit, Fault, Workspace};
use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::{Duration, Instant};
use tokio::sync::watch;

/// Where a bot can be made to fall, between a person's click and the last proof that everybody was told.
const POINTS: [&str; 17] = [
    "at-start",
    "decided",
    "before-commit",
    "after-commit",
    "before-ack",
    "after-claim",
    "after-look",
    "before-send",
    "after-send",
    "before-update",
    "after-update",
    "before-end",
    "in-end",
    "after-end",
    "in-timer",
    "after-timer",
    // Not a point: a signal at any moment.
    "SIGKILL",
];
/// The late commits of the workspace are over by then: no clock is moved before.
const LATEST_COMMIT: Duration = Duration::from_millis(80);

/// How to go about it.
#[derive(Debug, Args)]
pub(crate) struct Arguments {
    /// How often a bot is killed.
    #[arg(long, default_value_t = 1000)]
    kills: usize,
    /// What people do, where bots fall and how Slack misbehaves follow from it, as far as time lets them.
    #[arg(long, default_value_t = 7)]
    seed: u64,
    /// `postgres` for a server of its own, or an address; a new SQLite file otherwise.
    #[arg(long)]
    database: Option<String>,
    /// Bots send again without looking first. The campaign must fail.
    #[arg(long)]
    no_look: bool,
}

/// Plays the campaign. `true` when nothing was lost, doubled or illegal.
pub(crate) async fn run(arguments: Arguments) -> anyhow::Result<bool> {
    let stage = Arc::new(Stage::new(arguments.database.as_deref()).await?);
    let port = free_port()?;
    stage
        .ws
        .set_bot_url(&format!("http://127.0.0.1:{port}/slack/events"));
    let http = reqwest::Client::builder().pool_max_idle_per_host(0).build()?;
    let (ledger, mut rng) = (Ledger::default(), fastrand::Rng::with_seed(arguments.seed));
    let (doors, open) = watch::channel(false);
    let teams: [&[&str]; 3] = [&["U0PM"], &["U0DIRECTOR", "U0DEPUTY"], &["U0MARK", "U0MIA"]];
    let mut work = tokio::task::JoinSet::new();
    for people in teams {
        let team = Team::new(&stage, &ledger, rng.fork(), people, open.clone());
        work.spawn(team.work());
    }
    let (mut kills, mut returns) = (BTreeMap::<&str, usize>::new(), Vec::new());
    let began = Instant::now();
    for kill in 1..=arguments.kills {
        misbehave(&stage.ws, &mut rng);
        let point = *POINTS.get(rng.usize(..POINTS.len() + 6)).unwrap_or(&"SIGKILL");
        if point.ends_with("-timer") {
            // A night, so that something is due.
            stage.later(TimeDelta::hours(rng.i64(12..40)));
        }
        let armed = arm(point, arguments.no_look, &mut rng);
        let mut bot = Bot::start(&stage, port, &armed, &[])?;
        if let Some(after) = bot.answers(&http).await? {
            returns.push(after);
            let _ = doors.send(true);
        }
        let limit = match point {
            "SIGKILL" => rng.u64(20..900),
            _ => 1200,
        };
        let fell = bot.falls_within(Duration::from_millis(limit)).await?;
        let _ = doors.send(false);
        *kills.entry(if fell { point } else { "SIGKILL" }).or_default() += 1;
        tokio::time::sleep(LATEST_COMMIT).await;
        stage.later(pass(&mut rng));
        if kill % 50 == 0 {
            println!(
                "{kill} kills after {} s, it is {}",
                began.elapsed().as_secs(),
                stage.now().format("%a %F %R")
            );
        }
    }
    drop(doors);
    while work.join_next().await.is_some() {}
    settle(&stage, port, arguments.no_look, &http).await?;
    let verdict = judge(&stage, &ledger).await?;
    verdict.print();
    let slowest = returns.iter().max().copied().unwrap_or_default();
    let report = json!({
        "campaign": "crash", "database": arguments.database.as_deref().unwrap_or("sqlite"), "seed": arguments.seed,
        "look_before_resend": !arguments.no_look, "kills": arguments.kills, "kills_by_point": kills,
        "acknowledged": ledger.acknowledged(), "late": ledger.answered(Answer::Later),
        "requests": verdict.requests, "events": verdict.events,
        "messages": verdict.messages, "lapses": verdict.lapses, "lost": verdict.lost.len(),
        "duplicated": verdict.duplicated.len(), "illegal_transitions": verdict.illegal.len(),
        "in_doubt": verdict.in_doubt.len(), "slowest_return_ms": slowest.as_millis(),
        "seconds": began.elapsed().as_secs(),
    });
    println!("{report}");
    if !verdict.is_good() {
        stage.keep_log()?;
    }
    Ok(verdict.is_good())
}

/// What goes into `FAILPOINTS`: the point, the n-th time it is come to.
fn arm(point: &str, no_look: bool, rng: &mut fastrand::Rng) -> String {
    let look = if no_look { "look=return" } else { "" };
    match (point, rng.u32(..8)) {
        ("SIGKILL", _) => look.to_owned(),
        ("at-start" | "in-timer" | "after-timer", _) | (_, 0) => format!("{point}=panic;{look}"),
        (_, nth) => format!("{point}={nth}*off->panic;{look}"),
    }
}

/// Slack on a bad day: it commits before or after it answers, or much later, and loses answers.
fn misbehave(ws: &Workspace, rng: &mut fastrand::Rng) {
    if rng.bool() {
        return;
    }
    let ms = Duration::from_millis;
    for _ in 0..rng.u32(1..4) {
        let fault = match rng.u32(..11) {
            0 => Fault::Reset(Commit::Before),
            1 => Fault::Reset(Commit::After),
            2 => Fault::Status(503, Commit::After),
            3 => Fault::Status(500, Commit::Before),
            4 => Fault::NotJson,
            5 => Fault::Error("internal_error".to_owned()),
            6 => Fault::Hang(Commit::After),
            7 => Fault::RateLimited {
                retry_after: Some("1".to_owned()),
            },
            8 => Fault::Delay(ms(rng.u64(10..400))),
            _ => Fault::Late(ms(rng.u64(1..60))),
        };
        let method = match rng.u32(..10) {
            0 => "conversations.history",
            1..3 => "chat.update",
            _ => "chat.postMessage",
        };
        ws.faults().next(method, fault);
    }
}

/// How long nobody was there.
fn pass(rng: &mut fastrand::Rng) -> TimeDelta {
    match rng.u32(..20) {
        0..5 => TimeDelta::zero(),
        5..15 => TimeDelta::seconds(rng.i64(100..400)),
        15..19 => TimeDelta::minutes(rng.i64(20..180)),
        _ => TimeDelta::hours(rng.i64(5..30)),
    }
}

/// Nothing is killed any more: all that waits is done, then silence ends wherever it can, and all is done again.
async fn settle(stage: &Stage, port: u16, no_look: bool, http: &reqwest::Client) -> anyhow::Result<()> {
    stage.ws.faults().clear();
    for pause in [
        TimeDelta::minutes(10),
        TimeDelta::minutes(10),
        TimeDelta::minutes(10),
        TimeDelta::days(6),
        TimeDelta::minutes(10),
        TimeDelta::minutes(10),
    ] {
        stage.later(pause);
        let look = if no_look { "look=return" } else { "" };
        let mut bot = Bot::start(stage, port, look, &[])?;
        bot.answers(http).await?;
        quiet(&stage.ws).await;
        bot.stop().await?;
    }
    Ok(())
}
