//! Every statement that all databases share. Compiled once for each backend, which brings `Conn`.

use super::super::StoreError;
use super::super::audit::{AuditRow, GENESIS, Recorded, chain};
use super::super::row::{AbsenceRow, Card, RequestRow, Ts, to_json};
use super::{Conn, Db};
use crate::domain::away::{Absence, Absences};
use crate::domain::ids::{LaneKey, RequestId, UserId};
use crate::domain::request::Request;
use chrono::{DateTime, NaiveDate, Utc};
use sqlx::QueryBuilder;

type Result<T> = std::result::Result<T, StoreError>;

/// The number for a new request. It is taken with the first save; a rolled-back one is given again.
pub(crate) async fn next_request_id(conn: &mut Conn) -> Result<RequestId> {
    let sql = "select coalesce(max(request_id), 0) + 1 from request";
    Ok(RequestId(sqlx::query_scalar(sql).fetch_one(conn).await?))
}

/// A request and the version it has now.
pub(crate) async fn load(conn: &mut Conn, request_id: RequestId) -> Result<Option<(Request, i64)>> {
    let sql = "select request_id, version, document from request where request_id = $1";
    let row: Option<RequestRow> = sqlx::query_as(sql)
        .bind(request_id.0)
        .fetch_optional(conn)
        .await?;
    row.map(RequestRow::read).transpose()
}

/// Saves a request that was loaded at `version` (`None`: it is new), and on whom it waits.
///
/// # Errors
/// [`StoreError::Conflict`] when somebody else saved it since.
pub(crate) async fn save(conn: &mut Conn, request: &Request, version: Option<i64>) -> Result<()> {
    let sql = match version {
        None => {
            "insert into request (request_id, version, requester, is_open, updated_at, document,
                 stage, stage_since, lapses_at)
             values ($1, $2, $3, $4, $5, $6, $7, $8, $9)"
        }
        Some(_) => {
            "update request set version = $2, requester = $3, is_open = $4, updated_at = $5, document = $6,
                 stage = $7, stage_since = $8, lapses_at = $9
             where request_id = $1 and version = $2 - 1"
        }
    };
    let done = sqlx::query(sql)
        .bind(request.request_id.0)
        .bind(version.unwrap_or(0) + 1)
        .bind(request.requester.as_str())
        .bind(request.is_open())
        .bind(Ts::from(request.updated_at))
        .bind(to_json(request))
        .bind(request.stage().as_str())
        .bind(Ts::from(request.stage_since()))
        .bind(request.lapses_at().map(Ts::from))
        .execute(&mut *conn)
        .await?;
    if done.rows_affected() == 0 {
        return Err(StoreError::Conflict);
    }
    save_waiting(conn, request, version.is_none()).await
}

async fn save_waiting(conn: &mut Conn, request: &Request, new: bool) -> Result<()> {
    if !new {
        let sql = "delete from waiting where request_id = $1";
        sqlx::query(sql)
            .bind(request.request_id.0)
            .execute(&mut *conn)
            .await?;
    }
    if !request.is_open() {
        return Ok(());
    }
    for lane in request.pending() {
        for asked in lane.waited_for() {
            let sql = "insert into waiting (user_id, request_id, lane) values ($1, $2, $3)";
            let insert = sqlx::query(sql)
                .bind(asked.user.as_str())
                .bind(request.request_id.0)
                .bind(lane.key.as_str());
            insert.execute(&mut *conn).await?;
        }
    }
    Ok(())
}

/// Appends to the audit trail, each entry chained to the one before (R31).
pub(crate) async fn append(conn: &mut Conn, entries: &[Recorded<'_>]) -> Result<()> {
    if entries.is_empty() {
        return Ok(());
    }
    let sql = "select hash from event order by event_id desc limit 1";
    let head: Option<String> = sqlx::query_scalar(sql).fetch_optional(&mut *conn).await?;
    let mut head = head.unwrap_or_else(|| GENESIS.to_owned());
    let mut sql =
        QueryBuilder::<Db>::new("insert into event (request_id, at, actor, surface, policy_id, body, hash) ");
    sql.push_values(entries, |mut row, recorded| {
        let at = recorded.entry.at.timestamp_micros().to_string();
        let (id, actor, body) = (
            recorded.request_id.0.to_string(),
            recorded.actor(),
            recorded.body(),
        );
        head = chain(
            &head,
            &[&id, &at, &actor, recorded.surface, recorded.policy_id, &body],
        );
        row.push_bind(recorded.request_id.0)
            .push_bind(Ts::from(recorded.entry.at))
            .push_bind(actor)
            .push_bind(recorded.surface.to_owned())
            .push_bind(recorded.policy_id.to_owned())
            .push_bind(body)
            .push_bind(head.clone());
    });
    sql.build().execute(conn).await?;
    Ok(())
}

/// The next rows of the audit trail after `event_id`.
pub(crate) async fn trail(conn: &mut Conn, event_id: i64, most: i64) -> Result<Vec<AuditRow>> {
    let sql = "select event_id, request_id, at, actor, surface, policy_id, body, hash from event
               where event_id > $1 order by event_id limit $2";
    Ok(sqlx::query_as(sql)
        .bind(event_id)
        .bind(most)
        .fetch_all(conn)
        .await?)
}

/// Remembers an inbound key. `Some` when it was known: the same thing came twice, and this is the request
/// it touched then, if any.
pub(crate) async fn remember(
    conn: &mut Conn,
    key: &str,
    request_id: Option<RequestId>,
    now: DateTime<Utc>,
) -> Result<Option<Option<RequestId>>> {
    let sql =
        "insert into inbox (inbox_key, received_at, request_id) values ($1, $2, $3) on conflict do nothing";
    let insert = sqlx::query(sql)
        .bind(key)
        .bind(Ts::from(now))
        .bind(request_id.map(|id| id.0));
    if insert.execute(&mut *conn).await?.rows_affected() == 1 {
        return Ok(None);
    }
    let sql = "select request_id from inbox where inbox_key = $1";
    let known: Option<i64> = sqlx::query_scalar(sql).bind(key).fetch_one(conn).await?;
    Ok(Some(known.map(RequestId)))
}

/// Forgets what came in before `before`: Slack repeats nothing for longer than a day.
pub(crate) async fn forget(conn: &mut Conn, before: DateTime<Utc>) -> Result<u64> {
    let sql = "delete from inbox where received_at < $1";
    Ok(sqlx::query(sql)
        .bind(Ts::from(before))
        .execute(conn)
        .await?
        .rows_affected())
}

/// Where a card is, if it was posted.
pub(crate) async fn card(conn: &mut Conn, topic: &str) -> Result<Option<Card>> {
    let sql = "select channel, ts, fingerprint from card where topic = $1";
    Ok(sqlx::query_as(sql).bind(topic).fetch_optional(conn).await?)
}

/// Remembers where a card is and what it shows.
pub(crate) async fn save_card(conn: &mut Conn, topic: &str, card: &Card, now: DateTime<Utc>) -> Result<()> {
    let sql = "insert into card (topic, channel, ts, fingerprint, updated_at) values ($1, $2, $3, $4, $5)
               on conflict (topic) do update set channel = excluded.channel, ts = excluded.ts,
                   fingerprint = excluded.fingerprint, updated_at = excluded.updated_at";
    sqlx::query(sql)
        .bind(topic)
        .bind(&card.channel)
        .bind(&card.ts)
        .bind(&card.fingerprint)
        .bind(Ts::from(now))
        .execute(conn)
        .await?;
    Ok(())
}

/// Remembers that a day's digest was posted.
pub(crate) async fn save_digest(conn: &mut Conn, on: NaiveDate, now: DateTime<Utc>) -> Result<()> {
    let sql = "insert into digest (digest_on, posted_at) values ($1, $2) on conflict do nothing";
    sqlx::query(sql)
        .bind(on.to_string())
        .bind(Ts::from(now))
        .execute(conn)
        .await?;
    Ok(())
}

/// When the last digest was posted.
pub(crate) async fn last_digest(conn: &mut Conn) -> Result<Option<DateTime<Utc>>> {
    let sql = "select max(posted_at) from digest";
    let at: Option<Ts> = sqlx::query_scalar(sql).fetch_one(conn).await?;
    Ok(at.map(DateTime::from))
}

/// What waits on a person without the first `skip`: what lapses first, then the oldest.
pub(crate) async fn waiting_on(
    conn: &mut Conn,
    user: &UserId,
    skip: usize,
    most: i64,
) -> Result<Vec<(Request, LaneKey)>> {
    let sql = "select lane, r.request_id, version, document from waiting w
               join request r on r.request_id = w.request_id
               where w.user_id = $1
               order by case when lapses_at is null then 1 else 0 end, lapses_at, r.request_id, lane
               limit $2 offset $3";
    let rows: Vec<WaitingRow> = sqlx::query_as(sql)
        .bind(user.as_str())
        .bind(most)
        .bind(i64::try_from(skip).unwrap_or(i64::MAX))
        .fetch_all(conn)
        .await?;
    rows.into_iter()
        .map(|row| Ok((row.request.read()?.0, LaneKey::new(row.lane))))
        .collect()
}

/// How much waits on a person.
pub(crate) async fn count_waiting_on(conn: &mut Conn, user: &UserId) -> Result<i64> {
    let sql = "select count(*) from waiting where user_id = $1";
    Ok(sqlx::query_scalar(sql)
        .bind(user.as_str())
        .fetch_one(conn)
        .await?)
}

/// Remembers that somebody is away; what they said before no longer counts (R6).
pub(crate) async fn save_absence(conn: &mut Conn, absence: &Absence) -> Result<()> {
    let sql = "insert into absence (user_id, back_on, ends_at, delegate) values ($1, $2, $3, $4)
               on conflict (user_id) do update set back_on = excluded.back_on, ends_at = excluded.ends_at,
                   delegate = excluded.delegate";
    sqlx::query(sql)
        .bind(absence.user.as_str())
        .bind(absence.back_on.to_string())
        .bind(Ts::from(absence.ends_at))
        .bind(absence.delegate.as_ref().map(UserId::as_str))
        .execute(conn)
        .await?;
    Ok(())
}

/// They are back. `false` when they were not away at `now`.
pub(crate) async fn end_absence(conn: &mut Conn, user: &UserId, now: DateTime<Utc>) -> Result<bool> {
    let sql = "delete from absence where user_id = $1 and ends_at > $2";
    let delete = sqlx::query(sql).bind(user.as_str()).bind(Ts::from(now));
    Ok(delete.execute(conn).await?.rows_affected() == 1)
}

/// Everybody who said that they are away at `now`.
pub(crate) async fn absences(conn: &mut Conn, now: DateTime<Utc>) -> Result<Absences> {
    let sql = "select user_id, back_on, ends_at, delegate from absence where ends_at > $1";
    let rows: Vec<AbsenceRow> = sqlx::query_as(sql).bind(Ts::from(now)).fetch_all(conn).await?;
    rows.into_iter().map(AbsenceRow::read).collect()
}

#[derive(sqlx::FromRow)]
struct WaitingRow {
    lane: String,
    #[sqlx(flatten)]
    request: RequestRow,
}
