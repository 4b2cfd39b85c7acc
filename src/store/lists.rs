//! Lists of requests, none of which reads more documents than it shows, and what the App Home remembers.
//! Shared by all databases as `queries` is.

use super::super::StoreError;
use super::super::audit::AuditRow;
use super::super::row::{Home, Homes, Ts, read_all};
use super::super::write::Row;
use super::Session;
use super::session::Known;
use crate::domain::figures::{Counter, Figures};
use crate::domain::ids::{RequestId, UserId};
use crate::domain::page::Page;
use crate::domain::request::Request;
use crate::domain::stage::Stage;
use chrono::{DateTime, Utc};
use futures_util::TryStreamExt;

type Result<T> = std::result::Result<T, StoreError>;

/// How many requests are open.
pub(crate) async fn count_open(conn: &mut Session<'_>) -> Result<usize> {
    let sql = "select count(*) from request where is_open = true";
    Ok(size(
        sqlx::query_scalar(sql).fetch_one(conn.settled().await?).await?,
    ))
}

/// Open requests, the newest first, without the first `skip`.
pub(crate) async fn open_page(conn: &mut Session<'_>, skip: usize, most: i64) -> Result<Page<Request>> {
    let total = count_open(conn).await?;
    let skip = Page::<Request>::start(skip, size(most), total);
    let sql = "select request_id, version, document from request where is_open = true
               order by request_id desc limit $1 offset $2";
    let rows = sqlx::query_as(sql).bind(most).bind(offset(skip));
    Ok(Page::at(
        skip,
        size(most),
        read_all(rows.fetch_all(conn.settled().await?).await?)?,
        total,
    ))
}

/// Open requests after `request_id`, in the order of their ids.
pub(crate) async fn open_after(
    conn: &mut Session<'_>,
    request_id: RequestId,
    most: i64,
) -> Result<Vec<Request>> {
    let sql = "select request_id, version, document from request where is_open = true and request_id > $1
               order by request_id limit $2";
    let rows = sqlx::query_as(sql).bind(request_id.0).bind(most);
    read_all(rows.fetch_all(conn.settled().await?).await?)
}

/// A requester's own requests: open ones first, the newest first, without the first `skip`.
pub(crate) async fn requested_by(
    conn: &mut Session<'_>,
    user: &UserId,
    open_only: bool,
    skip: usize,
    most: i64,
) -> Result<Page<Request>> {
    let sql = "select count(*) from request where requester = $1 and (is_open = true or $2 = false)";
    let count = sqlx::query_scalar(sql).bind(user.as_str()).bind(open_only);
    let total = size(count.fetch_one(conn.settled().await?).await?);
    let skip = Page::<Request>::start(skip, size(most), total);
    let sql = "select request_id, version, document from request
               where requester = $1 and (is_open = true or $2 = false)
               order by is_open desc, request_id desc limit $3 offset $4";
    let rows = sqlx::query_as(sql)
        .bind(user.as_str())
        .bind(open_only)
        .bind(most)
        .bind(offset(skip));
    Ok(Page::at(
        skip,
        size(most),
        read_all(rows.fetch_all(conn.settled().await?).await?)?,
        total,
    ))
}

/// Requests that stand at `stage` and lapse after `horizon` or never, oldest first.
pub(crate) async fn standing(
    conn: &mut Session<'_>,
    stage: Stage,
    horizon: DateTime<Utc>,
    most: i64,
) -> Result<Page<Request>> {
    let sql = "select count(*) from request where stage = $1 and (lapses_at is null or lapses_at > $2)";
    let count = sqlx::query_scalar(sql)
        .bind(stage.as_str())
        .bind(Ts::from(horizon));
    let total = size(count.fetch_one(conn.settled().await?).await?);
    let sql = "select request_id, version, document from request
               where stage = $1 and (lapses_at is null or lapses_at > $2) order by request_id limit $3";
    let rows = sqlx::query_as(sql)
        .bind(stage.as_str())
        .bind(Ts::from(horizon))
        .bind(most);
    Ok(Page::first(
        read_all(rows.fetch_all(conn.settled().await?).await?)?,
        total,
    ))
}

/// Requests of which a lane lapses until `horizon`, soonest first.
pub(crate) async fn lapsing(
    conn: &mut Session<'_>,
    horizon: DateTime<Utc>,
    most: i64,
) -> Result<Page<Request>> {
    let sql = "select count(*) from request where lapses_at is not null and lapses_at <= $1";
    let count = sqlx::query_scalar(sql).bind(Ts::from(horizon));
    let total = size(count.fetch_one(conn.settled().await?).await?);
    let sql = "select request_id, version, document from request
               where lapses_at is not null and lapses_at <= $1 order by lapses_at, request_id limit $2";
    let rows = sqlx::query_as(sql).bind(Ts::from(horizon)).bind(most);
    Ok(Page::first(
        read_all(rows.fetch_all(conn.settled().await?).await?)?,
        total,
    ))
}

/// Open requests in which somebody is named, in whatever part.
pub(crate) async fn open_naming(conn: &mut Session<'_>, user: &UserId, most: i64) -> Result<Vec<Request>> {
    let sql = "select request_id, version, document from request
               where is_open = true and document like $1 order by request_id limit $2";
    let rows = sqlx::query_as(sql).bind(format!("%\"{user}\"%")).bind(most);
    read_all(rows.fetch_all(conn.settled().await?).await?)
}

/// When the next lane lapses, after `after`.
pub(crate) async fn next_lapse(
    conn: &mut Session<'_>,
    after: DateTime<Utc>,
) -> Result<Option<DateTime<Utc>>> {
    let sql = "select min(lapses_at) from request where lapses_at > $1";
    let at: Option<Ts> = sqlx::query_scalar(sql)
        .bind(Ts::from(after))
        .fetch_one(conn.settled().await?)
        .await?;
    Ok(at.map(DateTime::from))
}

/// Requests in which somebody did something after `since` that may have been for others. A busy admin's own
/// answers must not crowd it out.
pub(crate) async fn touched_by(
    conn: &mut Session<'_>,
    user: &UserId,
    since: DateTime<Utc>,
    most: i64,
) -> Result<Vec<Request>> {
    let sql = r#"select request_id, version, document from request
               where request_id in (
                   select request_id from event where at > $1 and actor = $2 and (
                       body like '{"kind":"handed_over"%' or body like '{"kind":"withdrawn"%'
                       or body like '{"kind":"wide_impact_lowered"%'))
               order by request_id limit $3"#;
    let rows = sqlx::query_as(sql)
        .bind(Ts::from(since))
        .bind(user.as_str())
        .bind(most);
    read_all(rows.fetch_all(conn.settled().await?).await?)
}

/// Requests that came to stand at `stage` after `since`, in the order in which they did.
pub(crate) async fn news(
    conn: &mut Session<'_>,
    stage: Stage,
    since: DateTime<Utc>,
    most: i64,
) -> Result<Page<Request>> {
    let sql = "select count(*) from request where stage = $1 and stage_since > $2";
    let count = sqlx::query_scalar(sql).bind(stage.as_str()).bind(Ts::from(since));
    let total = size(count.fetch_one(conn.settled().await?).await?);
    let sql = "select request_id, version, document from request where stage = $1 and stage_since > $2
               order by stage_since, request_id limit $3";
    let rows = sqlx::query_as(sql)
        .bind(stage.as_str())
        .bind(Ts::from(since))
        .bind(most);
    Ok(Page::first(
        read_all(rows.fetch_all(conn.settled().await?).await?)?,
        total,
    ))
}

/// The requests that came to stand at `stage` last, the newest first.
pub(crate) async fn latest(conn: &mut Session<'_>, stage: Stage, most: i64) -> Result<Vec<Request>> {
    let sql = "select request_id, version, document from request where stage = $1
               order by stage_since desc, request_id desc limit $2";
    let rows = sqlx::query_as(sql).bind(stage.as_str()).bind(most);
    read_all(rows.fetch_all(conn.settled().await?).await?)
}

/// What happened from `from` on and before `to`, counted from the audit trail: read are the events of the
/// requests to which something happened then, one at a time.
pub(crate) async fn figures(
    conn: &mut Session<'_>,
    from: DateTime<Utc>,
    to: DateTime<Utc>,
) -> Result<Figures> {
    let sql = "select event_id, request_id, at, actor, surface, policy_id, body, hash from event
               where at < $2 and request_id in (
                   select request_id from event where at >= $1 and at < $2)
               order by request_id, event_id";
    let mut counter = Counter::new(from, to);
    let mut rows = sqlx::query_as::<_, AuditRow>(sql)
        .bind(Ts::from(from))
        .bind(Ts::from(to))
        .fetch(conn.settled().await?);
    while let Some(row) = rows.try_next().await? {
        counter.take(RequestId(row.request_id), &row.entry()?);
    }
    Ok(counter.figures())
}

/// Number and hash of the last row of the audit trail (R31); `None` before the first.
pub(crate) async fn audit_head(conn: &mut Session<'_>) -> Result<Option<(i64, String)>> {
    let sql = "select event_id, hash from event order by event_id desc limit 1";
    Ok(sqlx::query_as(sql).fetch_optional(conn.settled().await?).await?)
}

/// Somebody opened their App Home: it begins at the first pages, and is published in any case.
pub(crate) async fn open_home(conn: &mut Session<'_>, user: &UserId, now: DateTime<Utc>) -> Result<()> {
    let sql = "insert into home (user_id, opened_at, pages, fingerprint) values ($1, $2, '', null)
               on conflict (user_id) do update set opened_at = excluded.opened_at, pages = '', fingerprint = null";
    write_home(conn, sql)?.bind(user.as_str()).bind(Ts::from(now));
    Ok(())
}

/// Somebody turned a list of their App Home.
pub(crate) async fn turn_home(
    conn: &mut Session<'_>,
    user: &UserId,
    pages: &str,
    now: DateTime<Utc>,
) -> Result<()> {
    let sql = "update home set pages = $2, opened_at = $3 where user_id = $1";
    write_home(conn, sql)?
        .bind(user.as_str())
        .bind(pages)
        .bind(Ts::from(now));
    Ok(())
}

/// Somebody's App Home, if they ever opened it.
pub(crate) async fn home(conn: &mut Session<'_>, user: &UserId) -> Result<Option<Home>> {
    let sql = "select pages, fingerprint from home where user_id = $1";
    Ok(sqlx::query_as(sql)
        .bind(user.as_str())
        .fetch_optional(conn.settled().await?)
        .await?)
}

/// Remembers what an App Home shows, if it is still turned to these pages; `None`: it is gone, and forgotten.
pub(crate) async fn save_home(
    conn: &mut Session<'_>,
    user: &UserId,
    pages: &str,
    fingerprint: Option<&str>,
) -> Result<()> {
    let sql = match fingerprint {
        Some(_) => "update home set fingerprint = $3 where user_id = $1 and pages = $2",
        None => "delete from home where user_id = $1",
    };
    let save = write_home(conn, sql)?.bind(user.as_str());
    if let Some(fingerprint) = fingerprint {
        save.bind(pages).bind(fingerprint);
    }
    Ok(())
}

/// A write to what is remembered of App Homes.
fn write_home<'s>(conn: &'s mut Session<'_>, sql: &'static str) -> Result<&'s mut Row> {
    if let Some(known) = conn.known() {
        known.homes = None;
    }
    conn.write("home", sql, None)
}

/// Who opened their App Home since then, and when; the latest first.
pub(crate) async fn homes_since(conn: &mut Session<'_>, since: DateTime<Utc>, most: i64) -> Result<Homes> {
    let asked = (since, most);
    if let Some(Known {
        homes: Some((known, homes)),
        ..
    }) = conn.known()
        && *known == asked
    {
        return Ok(homes.clone());
    }
    let sql = "select user_id, opened_at from home where opened_at > $1 order by opened_at desc limit $2";
    let homes: Vec<(String, Ts)> = sqlx::query_as(sql)
        .bind(Ts::from(since))
        .bind(most)
        .fetch_all(conn.settled().await?)
        .await?;
    let homes: Homes = homes
        .into_iter()
        .map(|(user, opened_at)| (UserId::new(user), opened_at.into()))
        .collect();
    if let Some(known) = conn.known() {
        known.homes = Some((asked, homes.clone()));
    }
    Ok(homes)
}

fn size(count: i64) -> usize {
    usize::try_from(count).unwrap_or(0)
}

fn offset(skip: usize) -> i64 {
    i64::try_from(skip).unwrap_or(i64::MAX)
}
