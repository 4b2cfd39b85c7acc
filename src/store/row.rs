//! Rows as the database has them, and back.

use super::StoreError;
use crate::domain::away::Absence;
use crate::domain::effect::Task;
use crate::domain::ids::{RequestId, UserId};
use crate::domain::request::Request;
use chrono::{DateTime, Utc};
use serde::{Serialize, de::DeserializeOwned};
use sqlx::encode::IsNull;
use sqlx::error::BoxDynError;
use sqlx::postgres::{PgArgumentBuffer, PgHasArrayType, PgTypeInfo, PgValueRef};
use sqlx::sqlite::{SqliteArgumentsBuffer, SqliteTypeInfo, SqliteValueRef};
use sqlx::{Decode, Encode, Postgres, Sqlite, Type};

/// An instant as the database keeps it, to the microsecond: a number in SQLite, `timestamptz` in PostgreSQL.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Ts(i64);

/// PostgreSQL counts from 2000-01-01.
const POSTGRES_EPOCH: i64 = 946_684_800_000_000;

impl Type<Sqlite> for Ts {
    fn type_info() -> SqliteTypeInfo {
        <i64 as Type<Sqlite>>::type_info()
    }

    fn compatible(ty: &SqliteTypeInfo) -> bool {
        <i64 as Type<Sqlite>>::compatible(ty)
    }
}

impl Encode<'_, Sqlite> for Ts {
    fn encode_by_ref(&self, buffer: &mut SqliteArgumentsBuffer) -> Result<IsNull, BoxDynError> {
        <i64 as Encode<Sqlite>>::encode_by_ref(&self.0, buffer)
    }
}

impl Decode<'_, Sqlite> for Ts {
    fn decode(value: SqliteValueRef<'_>) -> Result<Self, BoxDynError> {
        <i64 as Decode<Sqlite>>::decode(value).map(Ts)
    }
}

impl Type<Postgres> for Ts {
    fn type_info() -> PgTypeInfo {
        PgTypeInfo::with_name("timestamptz")
    }
}

impl PgHasArrayType for Ts {
    fn array_type_info() -> PgTypeInfo {
        PgTypeInfo::array_of("timestamptz")
    }
}

impl Encode<'_, Postgres> for Ts {
    fn encode_by_ref(&self, buffer: &mut PgArgumentBuffer) -> Result<IsNull, BoxDynError> {
        <i64 as Encode<Postgres>>::encode_by_ref(&(self.0 - POSTGRES_EPOCH), buffer)
    }
}

impl Decode<'_, Postgres> for Ts {
    fn decode(value: PgValueRef<'_>) -> Result<Self, BoxDynError> {
        <i64 as Decode<Postgres>>::decode(value).map(|micros| Ts(micros + POSTGRES_EPOCH))
    }
}

impl From<DateTime<Utc>> for Ts {
    fn from(at: DateTime<Utc>) -> Self {
        Ts(at.timestamp_micros())
    }
}

impl From<Ts> for i64 {
    fn from(ts: Ts) -> Self {
        ts.0
    }
}

impl From<Ts> for DateTime<Utc> {
    fn from(ts: Ts) -> Self {
        DateTime::from_timestamp_micros(ts.0).unwrap_or_default()
    }
}

/// A request with the version it was loaded at.
#[derive(sqlx::FromRow)]
pub(super) struct RequestRow {
    pub(super) request_id: i64,
    pub(super) version: i64,
    pub(super) document: String,
}

impl RequestRow {
    pub(super) fn read(self) -> Result<(Request, i64), StoreError> {
        Ok((
            from_json(&self.document, || RequestId(self.request_id).to_string())?,
            self.version,
        ))
    }
}

/// The requests of these rows.
pub(super) fn read_all(rows: Vec<RequestRow>) -> Result<Vec<Request>, StoreError> {
    rows.into_iter()
        .map(|row| row.read().map(|(request, _)| request))
        .collect()
}

/// Somebody who said that they are away.
#[derive(sqlx::FromRow)]
pub(super) struct AbsenceRow {
    user_id: String,
    back_on: String,
    ends_at: Ts,
    delegate: Option<String>,
}

impl AbsenceRow {
    pub(super) fn read(self) -> Result<Absence, StoreError> {
        let back_on = self.back_on.parse().map_err(|_| StoreError::Unreadable {
            what: format!("the absence of {}", self.user_id),
            reason: "back_on is no date".to_owned(),
        })?;
        Ok(Absence {
            user: UserId::new(self.user_id),
            back_on,
            ends_at: self.ends_at.into(),
            delegate: self.delegate.map(UserId::new),
        })
    }
}

/// A task of the outbox.
#[derive(sqlx::FromRow)]
pub(super) struct TaskRow {
    pub(super) outbox_id: i64,
    pub(super) task: String,
    pub(super) due_at: Ts,
    pub(super) attempts: i64,
    pub(super) unsure_since: Option<Ts>,
    pub(super) sent_ts: Option<String>,
}

/// What is known about an earlier attempt at a task.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Doubt {
    /// Slack does not have it.
    None,
    /// Slack may have it since this instant: it must be looked for before it is sent.
    Since(DateTime<Utc>),
    /// An operator found it in Slack, with this `ts`.
    Sent(String),
}

/// What the outbox holds at some instant.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Queue {
    /// Is a timer due?
    pub timer_is_due: bool,
    /// Is a call due? It may be one that cannot be claimed yet.
    pub call_is_due: bool,
    /// When more is due, later than that instant.
    pub next: Option<DateTime<Utc>>,
}

/// A task that was claimed: nobody else works on it until `lease_until`.
#[derive(Debug, Clone, PartialEq)]
pub struct Claimed {
    /// Its row.
    pub outbox_id: i64,
    /// How often it was claimed, this time included; proves at the end that the claim still holds.
    pub attempts: i64,
    /// What to do.
    pub task: Task,
    /// Until when the claim holds (for a timer: when it was due).
    pub until: DateTime<Utc>,
    /// What became of an earlier attempt.
    pub doubt: Doubt,
}

impl TaskRow {
    /// `now` is the instant of the claim: older doubts are of an earlier one.
    pub(super) fn read(self, now: DateTime<Utc>) -> Result<Claimed, StoreError> {
        let task = from_json(&self.task, || format!("task {}", self.outbox_id))?;
        let since = self.unsure_since.map(DateTime::from).filter(|since| *since < now);
        let doubt = match (self.sent_ts, since) {
            (Some(ts), _) => Doubt::Sent(ts),
            (None, Some(since)) => Doubt::Since(since),
            (None, None) => Doubt::None,
        };
        Ok(Claimed {
            outbox_id: self.outbox_id,
            attempts: self.attempts,
            task,
            until: self.due_at.into(),
            doubt,
        })
    }
}

/// How a claimed task ends.
#[derive(Debug, Clone, Copy)]
pub enum Finish<'a> {
    /// It is done.
    Done,
    /// Slack does not have it. Again, not before this instant.
    Again(DateTime<Utc>, &'a str),
    /// As it was before the claim: it was not its turn.
    Untouched(DateTime<Utc>),
    /// Nobody knows whether Slack has it. To be looked for, not before this instant.
    Unsure(DateTime<Utc>, &'a str),
    /// Nobody knows, and Slack does not let us look: an operator must.
    InDoubt(&'a str),
    /// It can never succeed: an operator must look.
    Dead(&'a str),
}

/// Where a card is, and what it showed last.
#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow)]
pub struct Card {
    /// The conversation's id, a `D…` for a direct message.
    pub channel: String,
    /// The message's `ts`.
    pub ts: String,
    /// Of the content sent last.
    pub fingerprint: String,
}

/// What is remembered of somebody's App Home.
#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow)]
pub struct Home {
    /// How far its long lists are turned.
    pub pages: String,
    /// Of what was published last; `None`: publish it in any case.
    pub fingerprint: Option<String>,
}

/// Who opened their App Home and when, the latest first.
pub type Homes = Vec<(UserId, DateTime<Utc>)>;

/// A task that an operator must look at.
#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow)]
pub struct Stuck {
    /// Its row.
    pub outbox_id: i64,
    /// What it is about, without content.
    pub topic: String,
    /// `in_doubt` or `dead`.
    pub state: String,
    /// Why.
    pub last_error: Option<String>,
}

pub(super) fn to_json<T: Serialize>(value: &T) -> String {
    // A request has some 1,500 bytes: begun smaller, it would be moved time and again as it grows.
    let mut json = Vec::with_capacity(2048);
    serde_json::to_writer(&mut json, value)
        .expect("domain types have string keys and no failing serialisers");
    String::from_utf8(json).expect("JSON is UTF-8")
}

pub(super) fn from_json<T: DeserializeOwned>(
    text: &str,
    what: impl FnOnce() -> String,
) -> Result<T, StoreError> {
    serde_json::from_str(text).map_err(|error| StoreError::Unreadable {
        what: what(),
        // Serde's own words quote what people typed (R32).
        reason: format!("{:?} error at column {}", error.classify(), error.column()),
    })
}

/// `($1, $2), ($3, $4)` for two rows of two columns, counted on from the `before` that there are already.
pub(super) fn placeholders(before: usize, rows: usize, columns: usize) -> String {
    let mut text = String::with_capacity(rows * (columns * 6 + 4));
    for row in 0..rows {
        text.push_str(if row == 0 { "(" } else { ", (" });
        push_placeholders(&mut text, before + row * columns, columns);
        text.push(')');
    }
    text
}

/// `$1, $2` for two, counted on from the `before` that there are already.
pub(super) fn push_placeholders(text: &mut String, before: usize, most: usize) {
    for number in 1..=most {
        text.push_str(if number == 1 { "$" } else { ", $" });
        push_number(text, before + number);
    }
}

/// A filing writes some eighty of these: `write!` would be a twentieth of its time.
pub(super) fn push_number(text: &mut String, number: usize) {
    if number >= 10 {
        push_number(text, number / 10);
    }
    let digit = u8::try_from(number % 10).unwrap_or_default();
    text.push(char::from(b'0' + digit));
}
