//! How near messages come to Slack's limits, and that none crosses them: a hundred filings at once, and a local
//! workspace that answers 429 to whatever is too much.

use anyhow::Context;
use chrono::{DateTime, Utc};
use serde_json::{Value, json};
use signoff::clock::Clock;
use signoff::config::{Secret, Secrets, Settings};
use signoff::sandbox::workspace::{Direction, WireCall, Workspace};
use signoff::service::Service;
use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::{Duration, Instant};
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;

/// Each brings a card to five people and places.
const FILINGS: usize = 100;
/// What Slack documents: a message a second and channel, with short bursts; several hundred a minute in all.
const ALL_A_MINUTE: usize = 300;

pub(crate) async fn measure(length: Duration) -> anyhow::Result<()> {
    let start: DateTime<Utc> = signoff::sandbox::START.parse()?;
    let clock = Clock::manual(start);
    let now = clock.clone();
    let ws = Workspace::builder()
        .with_cast()
        .now(Arc::new(move || now.now()))
        .build();
    let api_url = ws.spawn().await?;
    ws.enforce_rates(true);
    let folder = tempfile::tempdir_in(".")?;
    let (stop, running) = bot(&ws, &api_url, &clock, folder.path()).await?;
    // It is always a Wednesday morning, and time goes by.
    let began = Instant::now();
    let ticking = tokio::spawn(async move {
        loop {
            clock.set(start + began.elapsed());
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    });
    let requester = ws.user("U0PM");
    for number in 0..FILINGS {
        let text = format!("press https://example.com/draft/{number} Interview number {number}");
        let filed = requester.command("/review-request", &text, "C0GENERAL").await;
        filed.map_err(|error| anyhow::anyhow!("{error:?}"))?;
    }
    tokio::time::sleep_until((began + length).into()).await;
    let calls = ws.wire();
    ticking.abort();
    stop.cancel();
    running.await.context("the bot failed")??;
    report(&calls, start, length);
    Ok(())
}

async fn bot(
    ws: &Workspace,
    api_url: &str,
    clock: &Clock,
    data: &std::path::Path,
) -> anyhow::Result<(
    CancellationToken,
    tokio::task::JoinHandle<Result<(), signoff::service::ServiceError>>,
)> {
    let file = format!("sqlite://{}", data.join("signoff.db").display());
    let settings = Settings::parse(signoff::sandbox::CONFIG, &|name| match name {
        "SLACK_API_URL" => Some(api_url.to_owned()),
        "DATABASE_URL" => Some(file.clone()),
        _ => None,
    })?;
    let secrets = Secrets {
        bot_token: Secret::new(ws.bot_token()),
        signing: vec![Secret::new(ws.signing_secret())],
        app_token: None,
    };
    let service = Service::new(&settings, &secrets, clock.clone(), true).await?;
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    ws.set_bot_url(&format!("http://{}/slack/events", listener.local_addr()?));
    let stop = CancellationToken::new();
    Ok((stop.clone(), tokio::spawn(service.run(listener, stop))))
}

fn report(calls: &[WireCall], start: DateTime<Utc>, length: Duration) {
    let to_slack: Vec<&WireCall> = calls
        .iter()
        .filter(|call| call.direction == Direction::ToSlack)
        .collect();
    let mut methods: BTreeMap<&str, usize> = BTreeMap::new();
    let mut channels: BTreeMap<&str, usize> = BTreeMap::new();
    for call in &to_slack {
        *methods.entry(&call.method).or_default() += 1;
        if call.method == "chat.postMessage" {
            let channel = call.request.get("channel").and_then(Value::as_str);
            *channels.entry(channel.unwrap_or_default()).or_default() += 1;
        }
    }
    let refused = to_slack.iter().filter(|call| call.status == 429).count();
    let posted: usize = channels.values().sum();
    let last = to_slack.last().map_or(0, |call| (call.at - start).num_seconds());
    let limit = ALL_A_MINUTE as f64 * length.as_secs_f64() / 60.0;
    println!(
        "{}",
        json!({ "seconds": length.as_secs(), "last_call_at": last, "calls": methods, "posted_to": channels })
    );
    println!(
        "{}",
        json!({ "posted": posted, "of_what_slack_takes": posted as f64 / limit, "answered_429": refused })
    );
}
