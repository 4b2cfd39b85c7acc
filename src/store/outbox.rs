//! The outbox: tasks put in, claimed, ended, and listed for operators. Shared by all databases as
//! `queries` is.

use super::super::StoreError;
use super::super::row::{Claimed, Finish, Stuck, TaskRow, Ts, to_json};
use super::{Conn, Db, announce};
use crate::domain::effect::Effect;
use chrono::{DateTime, Utc};
use sqlx::QueryBuilder;
use std::collections::HashSet;

type Result<T> = std::result::Result<T, StoreError>;

/// Puts tasks into the outbox, in two statements however many they are. A task whose `once` key is known is
/// dropped; a refresh that waits already is brought forward instead of doubled.
pub(crate) async fn enqueue(conn: &mut Conn, effects: &[Effect], now: DateTime<Utc>) -> Result<()> {
    let mut topics: Vec<(String, &Effect)> = effects
        .iter()
        .map(|effect| (effect.task.topic(), effect))
        .collect();
    // The earliest of several refreshes of one card is the one that counts.
    topics.sort_by_key(|(_, effect)| effect.due_at);
    let mut waiting = bring_forward(conn, &topics).await?;
    topics.retain(|(topic, effect)| !effect.task.is_refresh() || waiting.insert(topic.clone()));
    if topics.is_empty() {
        return Ok(());
    }
    let mut sql = QueryBuilder::<Db>::new(
        "insert into outbox (task, topic, once_key, is_timer, request_id, state, due_at, attempts, created_at) ",
    );
    sql.push_values(topics, |mut row, (topic, Effect { due_at, task })| {
        row.push_bind(to_json(task))
            .push_bind(topic)
            .push_bind(task.once())
            .push_bind(task.is_timer())
            .push_bind(task.request_id().map(|id| id.0))
            .push("'queued'")
            .push_bind(Ts::from(*due_at))
            .push("0")
            .push_bind(Ts::from(now));
    });
    sql.push(" on conflict (once_key) where once_key is not null do nothing");
    sql.build().execute(&mut *conn).await?;
    announce(conn).await
}

/// Brings forward the refreshes that wait already and nobody has begun. Their topics.
async fn bring_forward(conn: &mut Conn, topics: &[(String, &Effect)]) -> Result<HashSet<String>> {
    let mut waiting = HashSet::new();
    let refreshes = topics.iter().filter(|(_, effect)| effect.task.is_refresh());
    let refreshes: Vec<_> = refreshes.collect();
    for together in refreshes.chunk_by(|(_, a), (_, b)| a.due_at == b.due_at) {
        let due_at = Ts::from(together[0].1.due_at);
        let mut sql = QueryBuilder::<Db>::new("update outbox set due_at = case when due_at > ");
        sql.push_bind(due_at).push(" then ").push_bind(due_at);
        sql.push(" else due_at end where state = 'queued' and attempts = 0 and topic in (");
        let mut list = sql.separated(", ");
        for (topic, _) in together {
            list.push_bind(topic.clone());
        }
        sql.push(") returning topic");
        let found: Vec<String> = sql.build_query_scalar().fetch_all(&mut *conn).await?;
        if !found.is_empty() {
            announce(conn).await?;
        }
        waiting.extend(found);
    }
    Ok(waiting)
}

/// Takes back what is queued under a topic and nobody has begun.
pub(crate) async fn cancel(conn: &mut Conn, topic: &str) -> Result<()> {
    let sql = "delete from outbox where topic = $1 and state = 'queued' and attempts = 0";
    sqlx::query(sql).bind(topic).execute(conn).await?;
    Ok(())
}

/// The timer that was due first, at or before `now`.
pub(crate) async fn due_timer(conn: &mut Conn, now: DateTime<Utc>) -> Result<Option<(i64, Result<Claimed>)>> {
    let sql = "select outbox_id, task, due_at, attempts, unsure_since, sent_ts from outbox
               where is_timer = true and state = 'queued' and due_at <= $1
               order by due_at, outbox_id limit 1";
    let row: Option<TaskRow> = sqlx::query_as(sql)
        .bind(Ts::from(now))
        .fetch_optional(conn)
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
    conn: &mut Conn,
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
    let mut rows: Vec<TaskRow> = claim.fetch_all(&mut *conn).await?;
    rows.sort_by_key(|row| row.outbox_id);
    let mut claimed = Vec::new();
    for row in rows {
        let (outbox_id, attempts) = (row.outbox_id, row.attempts);
        match row.read(now) {
            Ok(task) => claimed.push(task),
            Err(error) => {
                finish(conn, outbox_id, attempts, false, Finish::Dead(&error.to_string())).await?;
            }
        }
    }
    Ok(claimed)
}

/// Ends a claim. `false` when the claim had passed to somebody else: then nothing was changed, and
/// nothing else of the same transaction may be kept.
///
/// With `doubted`, an earlier attempt may have reached Slack: that stays so until the task is done, since this
/// attempt may have failed before it looked. To look once more costs one call.
pub(crate) async fn finish(
    conn: &mut Conn,
    outbox_id: i64,
    attempts: i64,
    doubted: bool,
    how: Finish<'_>,
) -> Result<bool> {
    let (state, due_at, attempts_after, sure, error) = match how {
        Finish::Done => return done(conn, outbox_id, attempts).await,
        Finish::Again(at, why) => ("queued", Some(at), attempts, true, Some(why)),
        Finish::Untouched(at) => ("queued", Some(at), attempts - 1, true, None),
        Finish::Unsure(at, why) => ("queued", Some(at), attempts, false, Some(why)),
        Finish::InDoubt(why) => ("in_doubt", None, attempts, false, Some(why)),
        Finish::Dead(why) => ("dead", None, attempts, true, Some(why)),
    };
    let sql = "update outbox set state = $3, due_at = coalesce($4, due_at), last_error = $5, attempts = $6,
                   unsure_since = case when $7 then null else unsure_since end
               where outbox_id = $1 and attempts = $2 and state = 'queued'";
    let update = sqlx::query(sql)
        .bind(outbox_id)
        .bind(attempts)
        .bind(state)
        .bind(due_at.map(Ts::from))
        .bind(error.map(printable))
        .bind(attempts_after)
        .bind(sure && !doubted);
    Ok(update.execute(conn).await?.rows_affected() == 1)
}

/// What came from outside, without the one character that PostgreSQL's text cannot hold.
fn printable(text: &str) -> String {
    text.replace('\0', " ")
}

/// A done task is deleted, unless its `once` key must go on to forbid a second.
async fn done(conn: &mut Conn, outbox_id: i64, attempts: i64) -> Result<bool> {
    let sql =
        "delete from outbox where outbox_id = $1 and attempts = $2 and state = 'queued' and once_key is null";
    if sqlx::query(sql)
        .bind(outbox_id)
        .bind(attempts)
        .execute(&mut *conn)
        .await?
        .rows_affected()
        == 1
    {
        return Ok(true);
    }
    let sql = "update outbox set state = 'done' where outbox_id = $1 and attempts = $2 and state = 'queued'";
    Ok(sqlx::query(sql)
        .bind(outbox_id)
        .bind(attempts)
        .execute(conn)
        .await?
        .rows_affected()
        == 1)
}

/// When the oldest task that could be worked on was due: what waits behind a card that is in doubt waits for
/// an operator, not for the worker.
pub(crate) async fn oldest_claimable(conn: &mut Conn) -> Result<Option<DateTime<Utc>>> {
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
    let due: Option<Ts> = sqlx::query_scalar(sql).fetch_one(conn).await?;
    Ok(due.map(DateTime::from))
}

/// When the next queued task is due, or the next one later than `after`.
pub(crate) async fn next_due(conn: &mut Conn, after: Option<DateTime<Utc>>) -> Result<Option<DateTime<Utc>>> {
    let sql = "select min(due_at) from (
                   select min(due_at) as due_at from outbox where is_timer = true and state = 'queued' and due_at > $1
                   union all
                   select min(due_at) from outbox where is_timer = false and state = 'queued' and due_at > $1) due";
    let after = Ts::from(after.unwrap_or(DateTime::UNIX_EPOCH));
    let due: Option<Ts> = sqlx::query_scalar(sql).bind(after).fetch_one(conn).await?;
    Ok(due.map(DateTime::from))
}

/// When the next person is due to be reminded, after `after`.
pub(crate) async fn next_reminder(conn: &mut Conn, after: DateTime<Utc>) -> Result<Option<DateTime<Utc>>> {
    let sql = "select due_at from outbox
               where is_timer = false and state = 'queued' and due_at > $1 and topic like 'remind:%'
               order by due_at, outbox_id limit 1";
    let due: Option<Ts> = sqlx::query_scalar(sql)
        .bind(Ts::from(after))
        .fetch_optional(conn)
        .await?;
    Ok(due.map(DateTime::from))
}

/// The digest tasks that wait; there must always be one.
pub(crate) async fn queued_digests(conn: &mut Conn) -> Result<i64> {
    // The key's range, of a kind that every collation has in this order, is for the index.
    let sql = "select count(*) from outbox
               where once_key > 'digest:' and once_key < 'digest:9999' and topic like 'digest:%' and state = 'queued'";
    Ok(sqlx::query_scalar(sql).fetch_one(conn).await?)
}

/// Makes claimable at once what a process that is gone had claimed and what may simply be done again: a lookup,
/// the rewriting of a card. A first post waits for the end of its claim. Only for whoever has the database to
/// itself.
pub(crate) async fn release_repeatable(conn: &mut Conn, now: DateTime<Utc>) -> Result<u64> {
    let sql = "update outbox set due_at = $1
               where state = 'queued' and is_timer = false and due_at > $1 and unsure_since is not null
                 and (topic like 'assign:%' or topic like 'home:%' or exists (select 1 from card where card.topic = outbox.topic))";
    let update = sqlx::query(sql).bind(Ts::from(now));
    Ok(update.execute(conn).await?.rows_affected())
}

/// How many tasks are due, in doubt and dead at `now`; not the many that are queued for later.
pub(crate) async fn count_by_state(conn: &mut Conn, now: DateTime<Utc>) -> Result<Vec<(String, i64)>> {
    let sql = "select 'due', count(*) from (
                   select 1 from outbox where is_timer = true and state = 'queued' and due_at <= $1
                   union all
                   select 1 from outbox where is_timer = false and state = 'queued' and due_at <= $1) due
               union all select 'in_doubt', count(*) from outbox where state = 'in_doubt'
               union all select 'dead', count(*) from outbox where state = 'dead'";
    Ok(sqlx::query_as(sql).bind(Ts::from(now)).fetch_all(conn).await?)
}

/// What an operator must look at, oldest first.
pub(crate) async fn stuck(conn: &mut Conn, most: i64) -> Result<Vec<Stuck>> {
    let sql = "select outbox_id, topic, state, last_error from outbox
               where state = 'in_doubt' or state = 'dead' order by outbox_id limit $1";
    Ok(sqlx::query_as(sql).bind(most).fetch_all(conn).await?)
}

/// Whether a message to the marketing channel was given up and nobody has looked at it yet.
pub(crate) async fn channel_is_given_up(conn: &mut Conn) -> Result<bool> {
    let sql = "select count(*) from outbox where state = 'dead'
               and (topic like 'card:%:channel' or topic like 'notice:%:channel' or topic like 'digest:%')";
    let rows: i64 = sqlx::query_scalar(sql).fetch_one(conn).await?;
    Ok(rows > 0)
}

/// Puts a task that is in doubt or dead back into the queue. What an operator knows about it goes along:
/// `sent_ts` when they found the message in Slack. `false` when there is no such task.
pub(crate) async fn requeue(
    conn: &mut Conn,
    outbox_id: i64,
    sent_ts: Option<&str>,
    now: DateTime<Utc>,
) -> Result<bool> {
    let sql = "update outbox set state = 'queued', due_at = $2, unsure_since = null, sent_ts = $3
               where outbox_id = $1 and state in ('in_doubt', 'dead')";
    let update = sqlx::query(sql).bind(outbox_id).bind(Ts::from(now)).bind(sent_ts);
    Ok(update.execute(conn).await?.rows_affected() == 1)
}
