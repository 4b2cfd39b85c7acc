//! What people read, at 100 open requests and at 10,000. Both have the same news: a week with more of them is
//! another question.

use crate::database::{Database, Filed, Then};
use crate::{Arguments, Timed, compare};
use chrono::{DateTime, NaiveDate, TimeDelta, Utc};
use serde_json::json;
use signoff::app::App;
use signoff::app::busy::Busy;
use signoff::clock::Clock;
use signoff::config::Settings;
use signoff::domain::home::{Home, Turned};
use signoff::domain::ids::UserId;
use signoff::store::{Recorded, Store, StoreError, queries};
use std::sync::Arc;
use std::time::Instant;

const FEW: i64 = 100;
const MANY: i64 = 10_000;
/// Requests in one transaction while the database is filled.
const AT_ONCE: i64 = 1_000;

pub(crate) async fn measure(arguments: &Arguments) -> anyhow::Result<()> {
    let database = Database::open(arguments.database.as_deref()).await?;
    let settings = Settings::parse(signoff::sandbox::CONFIG, &|_| None)?;
    let app = App {
        rules: Arc::new(settings.rules),
        wake: database.store.wake(),
        store: database.store.clone(),
        clock: Clock::manual(signoff::sandbox::START.parse()?),
        busy: Busy::default(),
    };
    let now = app.clock.now();
    fill(&database.store, 1, FEW, now).await?;
    let (names, small) = all(&app, FEW, arguments.runs).await?;
    for from in (FEW..MANY).step_by(AT_ONCE as usize) {
        fill(&database.store, from + 1, MANY.min(from + AT_ONCE), now).await?;
    }
    database.direct().await?.tidy_up().await?;
    let (_, large) = all(&app, MANY, arguments.runs).await?;
    compare(&names, &small, &large);
    Ok(())
}

/// Every list, `runs` times, and how many documents of requests it read. The medians.
async fn all(app: &App, open: i64, runs: usize) -> anyhow::Result<(Vec<Timed>, Vec<f64>)> {
    let mut timed = [
        "digest",
        "home_of_a_reviewer",
        "home_of_a_requester",
        "mine",
        "waiting",
    ]
    .map(Timed::new);
    let (on, mark, priya) = (
        app.rules.calendar.zone().local_date(app.clock.now()),
        UserId::new("U0MARK"),
        UserId::new("U0PM"),
    );
    let mut read = [0; 5];
    for _ in 0..runs {
        for (number, timed) in timed.iter_mut().enumerate() {
            let start = Instant::now();
            read[number] = match number {
                0 => digest(app, on).await?,
                1 => documents(&app.home_lists(&mark, Turned::default()).await?),
                2 => documents(&app.home_lists(&priya, Turned::default()).await?),
                3 => app.mine(&priya).await?.items.len(),
                _ => app.waiting(&mark).await?.items.len(),
            };
            timed.took.push(start.elapsed());
        }
    }
    let medians = timed.iter_mut().map(|timed| timed.report(open)).collect();
    for (timed, read) in timed.iter().zip(read) {
        println!(
            "{}",
            json!({ "what": timed.name, "open": open, "documents_read": read })
        );
    }
    Ok((timed.into(), medians))
}

async fn digest(app: &App, on: NaiveDate) -> Result<usize, StoreError> {
    let digest = app.digest(on).await?;
    Ok(digest.sections().iter().map(|section| section.items.len()).sum())
}

fn documents(home: &Home) -> usize {
    home.waiting.items.len() + home.mine.items.len() + home.open.items.len() + home.outcomes.len()
}

/// Of ten requests one is wide-impact, one is objected to and one is clear; the first hundred are of this week,
/// all others of the months before, with long clocks.
async fn fill(store: &Store, from: i64, to: i64, now: DateTime<Utc>) -> Result<(), StoreError> {
    let story = move |number: i64| {
        let then = match number % 10 {
            0 => Then::RaisedWide,
            1 => Then::Objected,
            2 => Then::Approved,
            _ => Then::Nothing,
        };
        let (at, deadline) = match number <= FEW {
            true => (now - TimeDelta::hours(1), now + TimeDelta::hours(12 + number)),
            false => (now - TimeDelta::days(30), now + TimeDelta::days(30)),
        };
        Filed::new(number, at + TimeDelta::seconds(number % 3_000), deadline, then)
    };
    store
        .write(move |conn| {
            Box::pin(async move {
                for filed in (from..=to).map(story) {
                    queries::save(conn, &filed.request, None).await?;
                    let recorded = |entry| Recorded {
                        request_id: filed.request.request_id,
                        entry,
                        surface: "command",
                        policy_id: "bench",
                    };
                    let entries: Vec<_> = filed.entries.iter().map(recorded).collect();
                    queries::append(conn, &entries).await?;
                }
                Ok(())
            })
        })
        .await
}
