//! Every statement that all databases share. Compiled once for each backend, which brings `Conn`.

use super::super::StoreError;
use super::super::audit::{AuditRow, GENESIS, Recorded, chain};
use super::super::row::{AbsenceRow, Card, RequestRow, Ts, placeholders, to_json};
use super::super::write::Insert;
use super::Session;
use super::session::Known;
use crate::domain::away::{Absence, Absences};
use crate::domain::ids::{LaneKey, RequestId, UserId};
use crate::domain::request::Request;
use chrono::{DateTime, NaiveDate, Utc};

type Result<T> = std::result::Result<T, StoreError>;

/// The number for a new request. It is taken with the first save; a rolled-back one is given again.
pub(crate) async fn next_request_id(conn: &mut Session<'_>) -> Result<RequestId> {
    if let Some(Known {
        request_id: Some(last),
        ..
    }) = conn.known()
    {
        return Ok(RequestId(*last + 1));
    }
    let sql = "select coalesce(max(request_id), 0) from request";
    let last: i64 = sqlx::query_scalar(sql).fetch_one(conn.settled().await?).await?;
    if let Some(known) = conn.known() {
        known.request_id = Some(last);
    }
    Ok(RequestId(last + 1))
}

/// A request and the version it has now.
pub(crate) async fn load(conn: &mut Session<'_>, request_id: RequestId) -> Result<Option<(Request, i64)>> {
    let sql = "select request_id, version, document from request where request_id = $1";
    let row: Option<RequestRow> = sqlx::query_as(sql)
        .bind(request_id.0)
        .fetch_optional(conn.settled_for("request", request_id.0).await?)
        .await?;
    row.map(RequestRow::read).transpose()
}

static REQUEST: Insert = Insert {
    table: "request",
    columns: "request_id, version, requester, is_open, updated_at, document, stage, stage_since, lapses_at",
    otherwise: "",
};
const UPDATE_REQUEST: &str =
    "update request set version = $2, requester = $3, is_open = $4, updated_at = $5, document = $6,
         stage = $7, stage_since = $8, lapses_at = $9
     where request_id = $1 and version = $2 - 1";

/// Saves a request that was loaded at `version` (`None`: it is new), and on whom it waits.
///
/// # Errors
/// [`StoreError::Conflict`] when somebody else saved it since.
pub(crate) async fn save(conn: &mut Session<'_>, request: &Request, version: Option<i64>) -> Result<()> {
    let row = match version {
        None => conn.insert(&REQUEST, Some(StoreError::Conflict))?,
        Some(_) => conn.write("request", UPDATE_REQUEST, Some(StoreError::Conflict))?,
    };
    row.bind(request.request_id.0)
        .bind(version.unwrap_or(0) + 1)
        .bind(request.requester.as_str())
        .bind(request.is_open())
        .bind(Ts::from(request.updated_at))
        .bind(to_json(request))
        .bind(request.stage().as_str())
        .bind(Ts::from(request.stage_since()))
        .bind(request.lapses_at().map(Ts::from));
    if version.is_none() {
        conn.filed(request.request_id.0);
    }
    save_waiting(conn, request, version.is_none())
}

static WAITING: Insert = Insert {
    table: "waiting",
    columns: "user_id, request_id, lane",
    otherwise: "on conflict do nothing",
};

/// On whom it waits: what is so already stays untouched.
fn save_waiting(conn: &mut Session<'_>, request: &Request, new: bool) -> Result<()> {
    let lanes = request.pending().filter(|_| request.is_open());
    let waiting: Vec<(&UserId, &LaneKey)> = lanes
        .flat_map(|lane| lane.waited_for().map(|asked| (&asked.user, &lane.key)))
        .collect();
    if !new {
        let mut sql = "delete from waiting where request_id = $1".to_owned();
        if !waiting.is_empty() {
            sql += " and (user_id, lane) not in (values ";
            sql += &placeholders(1, waiting.len(), 2);
            sql += ")";
        }
        let delete = conn.write("waiting", sql, None)?.bind(request.request_id.0);
        for (user, lane) in &waiting {
            delete.bind(user.as_str()).bind(lane.as_str());
        }
    }
    for (user, lane) in waiting {
        conn.insert(&WAITING, None)?
            .bind(user.as_str())
            .bind(request.request_id.0)
            .bind(lane.as_str());
    }
    Ok(())
}

static EVENT: Insert = Insert {
    table: "event",
    columns: "request_id, at, actor, surface, policy_id, body, hash",
    otherwise: "",
};

/// Appends to the audit trail, each entry chained to the one before (R31).
pub(crate) async fn append(conn: &mut Session<'_>, entries: &[Recorded<'_>]) -> Result<()> {
    if entries.is_empty() {
        return Ok(());
    }
    let mut head = match conn.known().and_then(|known| known.head.take()) {
        Some(head) => head,
        None => {
            let sql = "select hash from event order by event_id desc limit 1";
            let head: Option<String> = sqlx::query_scalar(sql)
                .fetch_optional(conn.settled().await?)
                .await?;
            head.unwrap_or_else(|| GENESIS.to_owned())
        }
    };
    for recorded in entries {
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
        conn.insert(&EVENT, None)?
            .bind(recorded.request_id.0)
            .bind(Ts::from(recorded.entry.at))
            .bind(actor)
            .bind(recorded.surface)
            .bind(recorded.policy_id)
            .bind(body)
            .bind(head.as_str());
    }
    if let Some(known) = conn.known() {
        known.head = Some(head);
    }
    Ok(())
}

/// The next rows of the audit trail after `event_id`.
pub(crate) async fn trail(conn: &mut Session<'_>, event_id: i64, most: i64) -> Result<Vec<AuditRow>> {
    let sql = "select event_id, request_id, at, actor, surface, policy_id, body, hash from event
               where event_id > $1 order by event_id limit $2";
    Ok(sqlx::query_as(sql)
        .bind(event_id)
        .bind(most)
        .fetch_all(conn.settled().await?)
        .await?)
}

static INBOX: Insert = Insert {
    table: "inbox",
    columns: "inbox_key, received_at, request_id",
    otherwise: "on conflict do nothing",
};

/// Remembers an inbound key, with the request that it makes or touches.
///
/// # Errors
/// [`StoreError::Repeated`], when the operation ends, if it was known: the same thing came twice.
pub(crate) async fn remember(
    conn: &mut Session<'_>,
    key: &str,
    request_id: Option<RequestId>,
    now: DateTime<Utc>,
) -> Result<()> {
    conn.insert(&INBOX, Some(StoreError::Repeated))?
        .bind(key)
        .bind(Ts::from(now))
        .bind(request_id.map(|id| id.0));
    Ok(())
}

/// Is an inbound key known? Then `Some`, with the request that it made or touched, if any.
pub(crate) async fn known(conn: &mut Session<'_>, key: &str) -> Result<Option<Option<RequestId>>> {
    let sql = "select request_id from inbox where inbox_key = $1";
    let known: Option<Option<i64>> = sqlx::query_scalar(sql)
        .bind(key)
        .fetch_optional(conn.settled().await?)
        .await?;
    Ok(known.map(|request_id| request_id.map(RequestId)))
}

/// Forgets what came in before `before`: Slack repeats nothing for longer than a day.
pub(crate) async fn forget(conn: &mut Session<'_>, before: DateTime<Utc>) -> Result<()> {
    let sql = "delete from inbox where received_at < $1";
    conn.write("inbox", sql, None)?.bind(Ts::from(before));
    Ok(())
}

/// Where a card is, if it was posted.
pub(crate) async fn card(conn: &mut Session<'_>, topic: &str) -> Result<Option<Card>> {
    let sql = "select channel, ts, fingerprint from card where topic = $1";
    Ok(sqlx::query_as(sql)
        .bind(topic)
        .fetch_optional(conn.settled().await?)
        .await?)
}

static CARD: Insert = Insert {
    table: "card",
    columns: "topic, channel, ts, fingerprint, updated_at",
    otherwise: "on conflict (topic) do update set channel = excluded.channel, ts = excluded.ts,
        fingerprint = excluded.fingerprint, updated_at = excluded.updated_at",
};

/// Remembers where a card is and what it shows.
pub(crate) async fn save_card(
    conn: &mut Session<'_>,
    topic: &str,
    card: &Card,
    now: DateTime<Utc>,
) -> Result<()> {
    conn.insert(&CARD, None)?
        .bind(topic)
        .bind(card.channel.as_str())
        .bind(card.ts.as_str())
        .bind(card.fingerprint.as_str())
        .bind(Ts::from(now));
    Ok(())
}

/// Remembers that a day's digest was posted.
pub(crate) async fn save_digest(conn: &mut Session<'_>, on: NaiveDate, now: DateTime<Utc>) -> Result<()> {
    let sql = "insert into digest (digest_on, posted_at) values ($1, $2) on conflict do nothing";
    conn.write("digest", sql, None)?
        .bind(on.to_string())
        .bind(Ts::from(now));
    Ok(())
}

/// When the last digest was posted.
pub(crate) async fn last_digest(conn: &mut Session<'_>) -> Result<Option<DateTime<Utc>>> {
    let sql = "select max(posted_at) from digest";
    let at: Option<Ts> = sqlx::query_scalar(sql).fetch_one(conn.settled().await?).await?;
    Ok(at.map(DateTime::from))
}

/// What waits on a person without the first `skip`: what lapses first, then the oldest.
pub(crate) async fn waiting_on(
    conn: &mut Session<'_>,
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
        .fetch_all(conn.settled().await?)
        .await?;
    rows.into_iter()
        .map(|row| Ok((row.request.read()?.0, LaneKey::new(row.lane))))
        .collect()
}

/// How much waits on a person.
pub(crate) async fn count_waiting_on(conn: &mut Session<'_>, user: &UserId) -> Result<i64> {
    let sql = "select count(*) from waiting where user_id = $1";
    Ok(sqlx::query_scalar(sql)
        .bind(user.as_str())
        .fetch_one(conn.settled().await?)
        .await?)
}

/// Remembers that somebody is away; what they said before no longer counts (R6).
pub(crate) async fn save_absence(conn: &mut Session<'_>, absence: &Absence) -> Result<()> {
    let sql = "insert into absence (user_id, back_on, ends_at, delegate) values ($1, $2, $3, $4)
               on conflict (user_id) do update set back_on = excluded.back_on, ends_at = excluded.ends_at,
                   delegate = excluded.delegate";
    conn.write("absence", sql, None)?
        .bind(absence.user.as_str())
        .bind(absence.back_on.to_string())
        .bind(Ts::from(absence.ends_at))
        .bind(absence.delegate.as_ref().map(UserId::as_str));
    Ok(())
}

/// They are back. `false` when they were not away at `now`.
pub(crate) async fn end_absence(conn: &mut Session<'_>, user: &UserId, now: DateTime<Utc>) -> Result<bool> {
    let sql = "delete from absence where user_id = $1 and ends_at > $2";
    let delete = sqlx::query(sql).bind(user.as_str()).bind(Ts::from(now));
    Ok(delete.execute(conn.direct().await?).await?.rows_affected() == 1)
}

/// Everybody who said that they are away at `now`.
pub(crate) async fn absences(conn: &mut Session<'_>, now: DateTime<Utc>) -> Result<Absences> {
    let sql = "select user_id, back_on, ends_at, delegate from absence where ends_at > $1";
    let rows: Vec<AbsenceRow> = sqlx::query_as(sql)
        .bind(Ts::from(now))
        .fetch_all(conn.settled().await?)
        .await?;
    rows.into_iter().map(AbsenceRow::read).collect()
}

#[derive(sqlx::FromRow)]
struct WaitingRow {
    lane: String,
    #[sqlx(flatten)]
    request: RequestRow,
}
