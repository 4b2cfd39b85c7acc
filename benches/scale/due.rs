//! What the worker asks and writes, at 1,000 open requests and at many: it should not notice the difference.

use crate::database::{Database, Direct, Filed, Then};
use crate::{Arguments, Timed, compare};
use chrono::{DateTime, TimeDelta, Utc};
use signoff::clock::Clock;
use signoff::domain::command::LaneRef;
use signoff::domain::effect::{Effect, Task};
use signoff::domain::ids::RequestId;
use signoff::store::{Finish, Store, StoreError, outbox};
use std::time::{Duration, Instant};

/// The smaller database.
const FEW: i64 = 1_000;
/// Calls that are due at once.
const CALLS: i64 = 100;
/// Requests in one transaction while the database is filled.
const AT_ONCE: i64 = 50_000;

pub(crate) async fn measure(arguments: &Arguments) -> anyhow::Result<()> {
    let database = Database::open(arguments.database.as_deref()).await?;
    let mut direct = database.direct().await?;
    let now = Clock::System.now();
    fill(&mut direct, 1, FEW, now).await?;
    overdue_timer(&database.store, now).await?;
    let (names, small) = all(&database.store, FEW, arguments.runs, now).await?;
    let mut from = FEW;
    while from < arguments.most {
        let to = arguments.most.min(from + AT_ONCE);
        fill(&mut direct, from + 1, to, now).await?;
        from = to;
    }
    direct.tidy_up().await?;
    let (_, large) = all(&database.store, arguments.most, arguments.runs, now).await?;
    compare(&names, &small, &large);
    Ok(())
}

/// Every statement, `runs` times. The medians.
async fn all(
    store: &Store,
    open: i64,
    runs: usize,
    now: DateTime<Utc>,
) -> anyhow::Result<(Vec<Timed>, Vec<f64>)> {
    let mut timed = [
        "due_timer",
        "look",
        "oldest_claimable",
        "count_by_state",
        "enqueue_100_refreshes",
        "claim_100_calls",
        "finish_100_calls",
    ]
    .map(Timed::new);
    for run in 0..runs {
        let mut took = reads(store, now).await?.to_vec();
        took.extend(writes(store, run as i64, open, now).await?);
        for (timed, took) in timed.iter_mut().zip(took) {
            timed.took.push(took);
        }
    }
    let medians = timed.iter_mut().map(|timed| timed.report(open)).collect();
    Ok((timed.into(), medians))
}

async fn reads(store: &Store, now: DateTime<Utc>) -> anyhow::Result<[Duration; 4]> {
    let mut conn = store.read().await?;
    let start = Instant::now();
    anyhow::ensure!(outbox::due_timer(&mut conn, now).await?.is_some(), "one is due");
    let due_timer = start.elapsed();
    let start = Instant::now();
    anyhow::ensure!(outbox::look(&mut conn, now).await?.next.is_some(), "more will be");
    let look = start.elapsed();
    let start = Instant::now();
    outbox::oldest_claimable(&mut conn).await?;
    let oldest = start.elapsed();
    let start = Instant::now();
    outbox::count_by_state(&mut conn, now).await?;
    Ok([due_timer, look, oldest, start.elapsed()])
}

/// Puts calls in, claims them and ends them; the commit is not counted.
async fn writes(store: &Store, run: i64, open: i64, now: DateTime<Utc>) -> Result<[Duration; 3], StoreError> {
    // Requests from all over the table.
    let number = move |call| (run * CALLS + call) * 7_919 % open + 1;
    let refresh = move |call| Task::RequesterCard {
        request_id: RequestId(number(call)),
    };
    let effects: Vec<Effect> = (0..CALLS).map(|call| Effect::now(now, refresh(call))).collect();
    store
        .write(move |conn| {
            Box::pin(async move {
                let start = Instant::now();
                outbox::enqueue(conn, &effects, now).await?;
                conn.flush().await?;
                let enqueued = start.elapsed();
                let start = Instant::now();
                let claimed = outbox::claim_calls(conn, now, now + TimeDelta::minutes(2), CALLS).await?;
                let claim = start.elapsed();
                assert_eq!(claimed.len() as i64, CALLS, "all are claimed");
                let start = Instant::now();
                for task in claimed {
                    outbox::finish(conn, &task, Finish::Done).await?;
                }
                conn.flush().await?;
                Ok([enqueued, claim, start.elapsed()])
            })
        })
        .await
}

/// One timer that is due, and stays so.
async fn overdue_timer(store: &Store, now: DateTime<Utc>) -> Result<(), StoreError> {
    let effect = Effect::now(now - TimeDelta::minutes(1), lapse("director"));
    store
        .write(move |conn| Box::pin(async move { outbox::enqueue(conn, &[effect], now).await }))
        .await
}

/// The number that a request's own takes the place of.
const ANY: RequestId = RequestId(987_654_321);

fn lapse(lane: &str) -> Task {
    Task::Lapse {
        request_id: ANY,
        lane: LaneRef {
            lane: lane.into(),
            round: 1,
        },
    }
}

/// Open requests, each with two timers and a call for later, on whom they wait, and nothing that is due.
async fn fill(direct: &mut Direct, from: i64, to: i64, now: DateTime<Utc>) -> anyhow::Result<()> {
    let numbers = format!(
        "with recursive numbers(i) as (select {from} union all select i + 1 from numbers where i < {to})"
    );
    // A text of SQL that makes this text for each request.
    let of_each = |text: String| {
        let text = text.replace('\'', "''");
        format!("'{}'", text.replace(&ANY.0.to_string(), "' || i || '"))
    };
    let seconds = now.timestamp();
    let (past, later) = (
        direct.instant(&format!("{seconds} - i")),
        direct.instant(&format!("{seconds} + 100000 + i")),
    );
    let template = Filed::new(ANY.0, now, now + TimeDelta::days(3), Then::Nothing);
    let document = of_each(serde_json::to_string(&template.request)?);
    direct
        .run(format!(
            "{numbers} insert into request
                 (request_id, version, requester, is_open, updated_at, document, stage, stage_since, lapses_at)
             select i, 1, 'U' || (i % 500), true, {past}, {document}, 'waiting', {past}, {later} from numbers"
        ))
        .await?;
    for (user, lane) in [
        ("U0DIRECTOR", "director"),
        ("U0MARK", "marketing"),
        ("U0MIA", "marketing"),
    ] {
        direct
            .run(format!(
                "{numbers} insert into waiting (user_id, request_id, lane) select '{user}', i, '{lane}' from numbers"
            ))
            .await?;
    }
    let card = Task::ChannelCard { request_id: ANY };
    for task in [lapse("director"), lapse("marketing"), card] {
        let (is_timer, topic) = (task.is_timer(), of_each(task.topic()));
        let task = of_each(serde_json::to_string(&task)?);
        direct
            .run(format!(
                "{numbers} insert into outbox (task, topic, is_timer, request_id, state, due_at, attempts, created_at)
                 select {task}, {topic}, {is_timer}, i, 'queued', {later}, 0, {past} from numbers"
            ))
            .await?;
    }
    Ok(())
}
