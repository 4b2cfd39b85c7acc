//! A connection, and what the operations of a group have written but not yet sent. Shared by all databases as
//! `queries` is.
//!
//! A statement costs its way to the database and back, whatever it does. So writes wait until a read could see them
//! or their group ends, and then go together: rows of one table as rows of one statement, whoever wrote them.

use super::super::StoreError;
use super::super::row::Homes;
use super::super::write::{Insert, Row, Value, Writes};
use super::{Conn, Db, is_open, send, start_over};
use chrono::{DateTime, Utc};
use sqlx::error::BoxDynError;
use sqlx::pool::{MaybePoolConnection, PoolConnection};
use sqlx::{Arguments as _, Database, Executor};
use std::borrow::Cow;

/// Begins the next operation's savepoint.
const RENEW: &str = "release savepoint operation; savepoint operation";
/// Takes back what was done since the savepoint.
const TAKE_BACK: &str = "rollback to savepoint operation";

/// A connection that only reads, or the transaction of a group of operations.
pub struct Session<'c> {
    conn: MaybePoolConnection<'c, Db>,
    turn: Option<Turn>,
}

/// What is kept while a group of operations has its turn.
#[derive(Default)]
struct Turn {
    /// Not yet sent.
    writes: Writes,
    /// Which operation is under way.
    operation: usize,
    /// Has each operation a savepoint, and is its own only what is sent?
    alone: bool,
    /// Did something fail that may be any operation's?
    failed: bool,
    /// Is in the savepoint what an earlier operation wrote, which must stay?
    stale: bool,
    /// What the operation under way has done to the database.
    done: Done,
    /// Has something to tell other processes when it is committed.
    rings: bool,
    known: Known,
}

#[derive(Default)]
struct Done {
    wrote: bool,
    asked: bool,
    /// The request that it filed: nothing waits for that one yet.
    filed: Option<i64>,
}

/// What need not be asked twice in one transaction: nobody else writes meanwhile.
#[derive(Default)]
pub(super) struct Known {
    /// The highest number of a request.
    pub(super) request_id: Option<i64>,
    /// The hash of the trail's last row.
    pub(super) head: Option<String>,
    /// Who opened their App Home since an instant, so many at most.
    pub(super) homes: Option<((DateTime<Utc>, i64), Homes)>,
}

impl<'c> Session<'c> {
    /// One that only reads.
    pub(in crate::store) fn reading(conn: PoolConnection<Db>) -> Self {
        let conn = conn.into();
        Session { conn, turn: None }
    }

    /// One that has its turn to write: a transaction is open.
    pub(super) fn writing(conn: &'c mut Conn) -> Self {
        Session {
            conn: conn.into(),
            turn: Some(Turn::default()),
        }
    }

    /// The connection, for a read that sees all that was written.
    pub(super) async fn settled(&mut self) -> Result<&mut Conn, StoreError> {
        self.flush().await?;
        if let Some(turn) = &mut self.turn {
            turn.done.asked = true;
        }
        Ok(&mut self.conn)
    }

    /// The connection, for a read of the one row of `table` with this key; what else was written may wait on. Every
    /// write to `table` must have the key as its first value.
    pub(super) async fn settled_for(
        &mut self,
        table: &'static str,
        key: i64,
    ) -> Result<&mut Conn, StoreError> {
        match &mut self.turn {
            Some(turn) if !turn.writes.touch(table, &key.into()) => {
                turn.done.asked = true;
                Ok(&mut self.conn)
            }
            _ => self.settled().await,
        }
    }

    /// The connection, for a write whose outcome is needed at once.
    pub async fn direct(&mut self) -> Result<&mut Conn, StoreError> {
        self.flush().await?;
        let turn = self.turn.as_mut().ok_or(StoreError::ReadOnly)?;
        turn.done.wrote = true;
        Ok(&mut self.conn)
    }

    /// A row more, written at the latest when the group ends. `unchanged`: what it means when it is not inserted.
    ///
    /// # Errors
    /// [`StoreError::ReadOnly`].
    pub(super) fn insert(
        &mut self,
        insert: &'static Insert,
        unchanged: Option<StoreError>,
    ) -> Result<&mut Row, StoreError> {
        let turn = self.turn.as_mut().ok_or(StoreError::ReadOnly)?;
        Ok(turn.writes.insert(insert, unchanged, turn.operation))
    }

    /// Another change of `table`, at the latest when the group ends. `unchanged`: what it means when no row is.
    ///
    /// # Errors
    /// [`StoreError::ReadOnly`].
    pub(super) fn write(
        &mut self,
        table: &'static str,
        sql: impl Into<Cow<'static, str>>,
        unchanged: Option<StoreError>,
    ) -> Result<&mut Row, StoreError> {
        let turn = self.turn.as_mut().ok_or(StoreError::ReadOnly)?;
        Ok(turn.writes.once(table, sql.into(), unchanged, turn.operation))
    }

    /// Sends what waits.
    pub(in crate::store) async fn flush(&mut self) -> Result<(), StoreError> {
        let Some(turn) = &mut self.turn else { return Ok(()) };
        if turn.writes.is_empty() {
            return Ok(());
        }
        turn.done.wrote |= turn.writes.are_by(turn.operation);
        let sent = send(&mut self.conn, turn.writes.take()).await;
        if let Err(error) = &sent {
            turn.failed = true;
            tracing::debug!(%error, alone = turn.alone, "what a group wrote was not taken");
        }
        sent
    }

    /// Begins the next operation of a group.
    pub(in crate::store) async fn begin(&mut self) -> Result<(), sqlx::Error> {
        let Some(turn) = &mut self.turn else { return Ok(()) };
        turn.operation += 1;
        if turn.alone && std::mem::take(&mut turn.stale) {
            self.conn.execute(RENEW).await?;
        }
        Ok(())
    }

    /// An operation has done all it does. Alone, it learns here what became of it.
    pub(in crate::store) async fn finish(&mut self) -> Result<(), StoreError> {
        match &self.turn {
            Some(Turn { alone: true, .. }) => self.flush().await,
            _ => Ok(()),
        }
    }

    /// Ends an operation: what it wrote stays, or nothing of it does. Where several share a savepoint, it can be
    /// taken back only before it is sent; `false`: it was not.
    pub(in crate::store) async fn end(&mut self, keep: bool) -> Result<bool, sqlx::Error> {
        let Some(turn) = &mut self.turn else {
            return Ok(true);
        };
        let done = std::mem::take(&mut turn.done);
        if keep {
            turn.stale |= done.wrote;
            return Ok(!turn.failed);
        }
        if done.wrote || turn.writes.are_by(turn.operation) {
            turn.known = Known::default();
            turn.writes.take_back(turn.operation);
        }
        match turn.alone {
            true if done.wrote || done.asked => {
                turn.failed = false;
                self.conn.execute(TAKE_BACK).await?;
                Ok(true)
            }
            true => Ok(true),
            false if done.wrote || turn.failed => Ok(false),
            // Was it refused, or did what it asked fail?
            false if done.asked => Ok(is_open(&mut self.conn).await),
            false => Ok(true),
        }
    }

    /// Takes back all operations; from now on each has a savepoint of its own.
    pub(in crate::store) async fn start_over(&mut self) -> Result<(), sqlx::Error> {
        start_over(&mut self.conn).await?;
        let alone = true;
        self.turn = self.turn.take().map(|_| Turn {
            alone,
            ..Turn::default()
        });
        Ok(())
    }

    /// What is known since the transaction began; `None` where others may write.
    pub(super) fn known(&mut self) -> Option<&mut Known> {
        self.turn.as_mut().map(|turn| &mut turn.known)
    }

    /// A request was filed in this operation.
    pub(super) fn filed(&mut self, request_id: i64) {
        if let Some(turn) = &mut self.turn {
            turn.done.filed = Some(request_id);
            turn.known.request_id = Some(request_id);
        }
    }

    /// Was it filed in this operation?
    pub(super) fn is_new(&self, request_id: Option<i64>) -> bool {
        let filed = self.turn.as_ref().and_then(|turn| turn.done.filed);
        request_id.is_some() && request_id == filed
    }

    /// There will be something for other processes to do.
    pub(super) fn ring(&mut self) {
        if let Some(turn) = &mut self.turn {
            turn.rings = true;
        }
    }

    /// Will there be?
    pub(in crate::store) fn rings(&self) -> bool {
        self.turn.as_ref().is_some_and(|turn| turn.rings)
    }
}

/// Adds a value to those of a statement.
pub(super) fn add(arguments: &mut <Db as Database>::Arguments, value: Value) -> Result<(), BoxDynError> {
    match value {
        Value::Integer(value) => arguments.add(value),
        Value::Text(value) => arguments.add(value),
        Value::Flag(value) => arguments.add(value),
        Value::Instant(value) => arguments.add(value),
    }
}
