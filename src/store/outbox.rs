//! The outbox: tasks put in, claimed, ended, and listed for operators. Shared by all databases as
//! `queries` is.

use super::super::StoreError;
use super::super::row::{Claimed, Doubt, Finish, Queue, Stuck, TaskRow, Ts, placeholders, to_json};
use super::super::write::{Insert, Row};
use super::Session;
use crate::domain::effect::Effect;
use chrono::{DateTime, Utc};
use std::collections::HashSet;

type Result<T> = std::result::Result<T, StoreError>;

/// Puts tasks into the outbox. A task whose `once` key is known is dropped; a refresh that waits already is brought
/// forward instead of doubled.
pub(crate) async fn enqueue(conn: &mut Session<'_>, effects: &[Effect], now: DateTime<Utc>) -> Result<()> {
    let mut tasks: Vec<Put<'_>> = effects.iter().map(|effect| Put::new(conn, effect)).collect();
    // The earliest of several refreshes of one card is the one that counts.
    tasks.sort_by_key(|task| task.effect.due_at);
    let mut refreshed = HashSet::new();
    tasks.retain(|task| !task.effect.task.is_refresh() || refreshed.insert(task.topic.clone()));
    if tasks.is_empty() {
        return Ok(());
    }
    conn.ring();
    bring_forward(conn, &tasks)?;
    put(conn, &tasks, now)
}

/// A task on its way in.
struct Put<'e> {
    effect: &'e Effect,
    topic: String,
    /// May the same wait already? Then one is enough.
    may_wait: bool,
}

impl<'e> Put<'e> {
    fn new(conn: &Session<'_>, effect: &'e Effect) -> Self {
        let task = &effect.task;
        Put {
            effect,
            topic: task.topic(),
            may_wait: task.is_refresh() && !conn.is_new(task.request_id().map(|id| id.0)),
        }
    }
}

/// Brings forward the refreshes that wait already and nobody has begun.
fn bring_forward(conn: &mut Session<'_>, tasks: &[Put<'_>]) -> Result<()> {
    let refreshes: Vec<&Put<'_>> = tasks.iter().filter(|task| task.may_wait).collect();
    for together in refreshes.chunk_by(|a, b| a.effect.due_at == b.effect.due_at) {
        let topics = placeholders(1, 1, together.len());
        let sql = format!(
            "update outbox set due_at = $1
             where state = 'queued' and attempts = 0 and due_at > $1 and topic in {topics}"
        );
        let due_at = Ts::from(together[0].effect.due_at);
        let update = conn.write("outbox", sql, None)?.bind(due_at);
        for task in together {
            update.bind(task.topic.as_str());
        }
    }
    Ok(())
}

static TASK: Insert = Insert {
    table: "outbox",
    columns: "task, topic, once_key, is_timer, request_id, due_at, created_at, state, attempts",
    otherwise: "on conflict (once_key) where once_key is not null do nothing",
};

fn put(conn: &mut Session<'_>, tasks: &[Put<'_>], now: DateTime<Utc>) -> Result<()> {
    if !tasks.iter().any(|task| task.may_wait) {
        for task in tasks {
            task.bind(conn.insert(&TASK, None)?, now);
        }
        return Ok(());
    }
    // What waits already is left out; the rest keeps its order, which is the order in which it is done.
    let Insert {
        columns, otherwise, ..
    } = TASK;
    let values = placeholders(0, tasks.len(), 11);
    let sql = format!(
        "insert into outbox ({columns})
         select column3, column4, column5, column6, column7, column8, column9, column10, column11
         from (values {values}) task
         where not (column2 and exists (
             select 1 from outbox o where o.topic = task.column4 and o.state = 'queued' and o.attempts = 0))
         order by column1 {otherwise}"
    );
    let mut row = conn.write("outbox", sql, None)?;
    for (place, task) in (0_i64..).zip(tasks) {
        row = task.bind(row.bind(place).bind(task.may_wait), now);
    }
    Ok(())
}

impl Put<'_> {
    /// As [`TASK`] has it.
    fn bind<'r>(&self, row: &'r mut Row, now: DateTime<Utc>) -> &'r mut Row {
        let Put { effect, topic, .. } = self;
        row.bind(to_json(&effect.task))
            .bind(topic.as_str())
            .bind(effect.task.once())
            .bind(effect.task.is_timer())
            .bind(effect.task.request_id().map(|id| id.0))
            .bind(Ts::from(effect.due_at))
            .bind(Ts::from(now))
            .bind("queued")
            .bind(0)
    }
}

/// Takes back what is queued under a topic and nobody has begun.
pub(crate) async fn cancel(conn: &mut Session<'_>, topic: &str) -> Result<()> {
    let sql = "delete from outbox where topic = $1 and state = 'queued' and attempts = 0";
    conn.write("outbox", sql, None)?.bind(topic);
    Ok(())
}

/// The timer that was due first, at or before `now`.
pub(crate) async fn due_timer(
    conn: &mut Session<'_>,
    now: DateTime<Utc>,
) -> Result<Option<(i64, Result<Claimed>)>> {
    let sql = "select outbox_id, task, due_at, attempts, unsure_since, sent_ts from outbox
               where is_timer = true and state = 'queued' and due_at <= $1
               order by due_at, outbox_id limit 1";
    let row: Option<TaskRow> = sqlx::query_as(sql)
        .bind(Ts::from(now))
        .fetch_optional(conn.settled().await?)
        .await?;
    Ok(row.map(|row| (row.outbox_id, row.read(now))))
}

/// Claims calls that are due, oldest first and of each topic only the first: nobody else gets them before
/// `lease_until`. A card whose first post is in doubt waits: a second one would double it. A row that
/// cannot be read is put aside as dead and does not hold up the rest.
///
/// A claim that is never ended (the process was killed) runs out. Whoever claims the row then learns since
/// when nobody knows whether Slack has the message.
pub(crate) async fn claim_calls(
    conn: &mut Session<'_>,
    now: DateTime<Utc>,
    lease_until: DateTime<Utc>,
    most: i64,
) -> Result<Vec<Claimed>> {
    let sql = "update outbox
               set attempts = attempts + 1, due_at = $2, unsure_since = coalesce(unsure_since, $1)
               where outbox_id in (
                   select o.outbox_id from outbox o
                   where o.is_timer = false and o.state = 'queued' and o.due_at <= $1
                     and not exists (
                         select 1 from outbox p
                         where p.topic = o.topic and p.outbox_id < o.outbox_id
                           and (p.state = 'queued' or p.state = 'in_doubt' and p.topic like 'card:%'))
                   order by o.due_at, o.outbox_id limit $3)
               returning outbox_id, task, due_at, attempts, unsure_since, sent_ts";
    let claim = sqlx::query_as(sql)
        .bind(Ts::from(now))
        .bind(Ts::from(lease_until))
        .bind(most);
    let mut rows: Vec<TaskRow> = claim.fetch_all(conn.direct().await?).await?;
    rows.sort_by_key(|row| row.outbox_id);
    let mut claimed = Vec::new();
    for row in rows {
        let (outbox_id, attempts) = (row.outbox_id, row.attempts);
        match row.read(now) {
            Ok(task) => claimed.push(task),
            Err(error) => bury(conn, outbox_id, attempts, &error.to_string()).await?,
        }
    }
    Ok(claimed)
}

/// Ends a claim, when the operation does. If an earlier attempt may have reached Slack, that stays so until the task
/// is done, since this attempt may have failed before it looked. To look once more costs one call.
///
/// # Errors
/// [`StoreError::Conflict`], when the operation ends, if the claim had passed to somebody else: then nothing of the
/// same operation is kept.
pub(crate) async fn finish(conn: &mut Session<'_>, claimed: &Claimed, how: Finish<'_>) -> Result<()> {
    let Claimed {
        outbox_id,
        attempts,
        task,
        ..
    } = claimed;
    let sure = claimed.doubt == Doubt::None;
    let to = |state, due_at, attempts, unsure, error| Ended {
        state,
        due_at,
        attempts,
        unsure,
        error,
    };
    let ended = match how {
        Finish::Done => return done(conn, *outbox_id, *attempts, task.once().is_some()),
        Finish::Again(at, why) => to("queued", Some(at), *attempts, !sure, Some(why)),
        Finish::Untouched(at) => to("queued", Some(at), attempts - 1, !sure, None),
        Finish::Unsure(at, why) => to("queued", Some(at), *attempts, true, Some(why)),
        Finish::InDoubt(why) => to("in_doubt", None, *attempts, true, Some(why)),
        Finish::Dead(why) => to("dead", None, *attempts, !sure, Some(why)),
    };
    end(conn, *outbox_id, *attempts, ended)
}

/// Ends a claim on a row that cannot be read: an operator must look at it.
pub(crate) async fn bury(conn: &mut Session<'_>, outbox_id: i64, attempts: i64, why: &str) -> Result<()> {
    let ended = Ended {
        state: "dead",
        due_at: None,
        attempts,
        unsure: false,
        error: Some(why),
    };
    end(conn, outbox_id, attempts, ended)
}

/// A task that is not done, as it stands at the end of a claim.
struct Ended<'e> {
    state: &'static str,
    due_at: Option<DateTime<Utc>>,
    attempts: i64,
    /// May Slack have it?
    unsure: bool,
    error: Option<&'e str>,
}

fn end(conn: &mut Session<'_>, outbox_id: i64, attempts: i64, ended: Ended<'_>) -> Result<()> {
    let sql = "update outbox set state = $3, due_at = coalesce($4, due_at), last_error = $5, attempts = $6,
                   unsure_since = case when $7 then unsure_since else null end
               where outbox_id = $1 and attempts = $2 and state = 'queued'";
    conn.write("outbox", sql, Some(StoreError::Conflict))?
        .bind(outbox_id)
        .bind(attempts)
        .bind(ended.state)
        .bind(ended.due_at.map(Ts::from))
        .bind(ended.error.map(printable))
        .bind(ended.attempts)
        .bind(ended.unsure);
    Ok(())
}

/// What came from outside, without the one character that PostgreSQL's text cannot hold.
fn printable(text: &str) -> String {
    text.replace('\0', " ")
}

/// A done task is deleted, unless its `once` key must go on to forbid a second.
fn done(conn: &mut Session<'_>, outbox_id: i64, attempts: i64, once: bool) -> Result<()> {
    let sql = match once {
        false => "delete from outbox where outbox_id = $1 and attempts = $2 and state = 'queued'",
        true => {
            "update outbox set state = 'done' where outbox_id = $1 and attempts = $2 and state = 'queued'"
        }
    };
    conn.write("outbox", sql, Some(StoreError::Conflict))?
        .bind(outbox_id)
        .bind(attempts);
    Ok(())
}

/// When the oldest task that could be worked on was due: what waits behind a card that is in doubt waits for
/// an operator, not for the worker.
pub(crate) async fn oldest_claimable(conn: &mut Session<'_>) -> Result<Option<DateTime<Utc>>> {
    // Calls are looked at from the oldest on until the first that will do. No timer waits behind another task.
    let sql = "select min(due_at) from (
                   select min(due_at) as due_at from outbox where is_timer = true and state = 'queued'
                   union all
                   select * from (
                       select o.due_at from outbox o
                       where o.is_timer = false and o.state = 'queued' and not exists (
                           select 1 from outbox p
                           where p.topic = o.topic and p.state = 'in_doubt' and p.outbox_id < o.outbox_id)
                       order by o.due_at limit 1) call) due";
    let due: Option<Ts> = sqlx::query_scalar(sql).fetch_one(conn.settled().await?).await?;
    Ok(due.map(DateTime::from))
}

/// What there is to do at `now`, and when there will be more.
pub(crate) async fn look(conn: &mut Session<'_>, now: DateTime<Utc>) -> Result<Queue> {
    let sql = "select
                   (select min(due_at) from outbox where is_timer = true and state = 'queued'),
                   (select min(due_at) from outbox where is_timer = false and state = 'queued'),
                   (select min(due_at) from outbox where is_timer = true and state = 'queued' and due_at > $1),
                   (select min(due_at) from outbox where is_timer = false and state = 'queued' and due_at > $1)";
    let at: [Option<Ts>; 4] = sqlx::query_as(sql)
        .bind(Ts::from(now))
        .fetch_one(conn.settled().await?)
        .await
        .map(|(timer, call, later_timer, later_call)| [timer, call, later_timer, later_call])?;
    let [timer, call, later_timer, later_call] = at.map(|at| at.map(DateTime::from));
    Ok(Queue {
        timer_is_due: timer.is_some_and(|due_at| due_at <= now),
        call_is_due: call.is_some_and(|due_at| due_at <= now),
        next: later_timer.into_iter().chain(later_call).min(),
    })
}

/// When the next person is due to be reminded, after `after`.
pub(crate) async fn next_reminder(
    conn: &mut Session<'_>,
    after: DateTime<Utc>,
) -> Result<Option<DateTime<Utc>>> {
    let sql = "select due_at from outbox
               where is_timer = false and state = 'queued' and due_at > $1 and topic like 'remind:%'
               order by due_at, outbox_id limit 1";
    let due: Option<Ts> = sqlx::query_scalar(sql)
        .bind(Ts::from(after))
        .fetch_optional(conn.settled().await?)
        .await?;
    Ok(due.map(DateTime::from))
}

/// The digest tasks that wait; there must always be one.
pub(crate) async fn queued_digests(conn: &mut Session<'_>) -> Result<i64> {
    // The key's range, of a kind that every collation has in this order, is for the index.
    let sql = "select count(*) from outbox
               where once_key > 'digest:' and once_key < 'digest:9999' and topic like 'digest:%' and state = 'queued'";
    Ok(sqlx::query_scalar(sql).fetch_one(conn.settled().await?).await?)
}

/// Makes claimable at once what a process that is gone had claimed and what may simply be done again: a lookup,
/// the rewriting of a card. A first post waits for the end of its claim. Only for whoever has the database to
/// itself.
pub(crate) async fn release_repeatable(conn: &mut Session<'_>, now: DateTime<Utc>) -> Result<u64> {
    let sql = "update outbox set due_at = $1
               where state = 'queued' and is_timer = false and due_at > $1 and unsure_since is not null
                 and (topic like 'assign:%' or topic like 'home:%' or exists (select 1 from card where card.topic = outbox.topic))";
    let update = sqlx::query(sql).bind(Ts::from(now));
    Ok(update.execute(conn.direct().await?).await?.rows_affected())
}

/// How many tasks are due, in doubt and dead at `now`; not the many that are queued for later.
pub(crate) async fn count_by_state(conn: &mut Session<'_>, now: DateTime<Utc>) -> Result<Vec<(String, i64)>> {
    let sql = "select 'due', count(*) from (
                   select 1 from outbox where is_timer = true and state = 'queued' and due_at <= $1
                   union all
                   select 1 from outbox where is_timer = false and state = 'queued' and due_at <= $1) due
               union all select 'in_doubt', count(*) from outbox where state = 'in_doubt'
               union all select 'dead', count(*) from outbox where state = 'dead'";
    Ok(sqlx::query_as(sql)
        .bind(Ts::from(now))
        .fetch_all(conn.settled().await?)
        .await?)
}

/// What an operator must look at, oldest first.
pub(crate) async fn stuck(conn: &mut Session<'_>, most: i64) -> Result<Vec<Stuck>> {
    let sql = "select outbox_id, topic, state, last_error from outbox
               where state = 'in_doubt' or state = 'dead' order by outbox_id limit $1";
    Ok(sqlx::query_as(sql)
        .bind(most)
        .fetch_all(conn.settled().await?)
        .await?)
}

/// Whether a message to the marketing channel was given up and nobody has looked at it yet.
pub(crate) async fn channel_is_given_up(conn: &mut Session<'_>) -> Result<bool> {
    let sql = "select count(*) from outbox where state = 'dead'
               and (topic like 'card:%:channel' or topic like 'notice:%:channel' or topic like 'digest:%')";
    let rows: i64 = sqlx::query_scalar(sql).fetch_one(conn.settled().await?).await?;
    Ok(rows > 0)
}

/// Puts a dead task back into the queue. Where a message of it may be in Slack, that is looked for first. `false` when
/// there is no such task.
pub(crate) async fn retry(conn: &mut Session<'_>, outbox_id: i64, now: DateTime<Utc>) -> Result<bool> {
    let sql = "update outbox set state = 'queued', due_at = $2 where outbox_id = $1 and state = 'dead'";
    let update = sqlx::query(sql).bind(outbox_id).bind(Ts::from(now));
    Ok(update.execute(conn.direct().await?).await?.rows_affected() == 1)
}

/// Puts a task that is in doubt or dead back into the queue with what an operator knows about it: `sent_ts` when they
/// found the message in Slack, `None` when it is not there. `false` when there is no such task.
pub(crate) async fn resolve(
    conn: &mut Session<'_>,
    outbox_id: i64,
    sent_ts: Option<&str>,
    now: DateTime<Utc>,
) -> Result<bool> {
    let sql = "update outbox set state = 'queued', due_at = $2, unsure_since = null, sent_ts = $3
               where outbox_id = $1 and state in ('in_doubt', 'dead')";
    let update = sqlx::query(sql).bind(outbox_id).bind(Ts::from(now)).bind(sent_ts);
    Ok(update.execute(conn.direct().await?).await?.rows_affected() == 1)
}
