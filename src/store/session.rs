//! A connection, and what an operation of a group has written but not yet sent. Shared by all databases as
//! `queries` is.
//!
//! A statement costs its way to the database and back, whatever it does. So writes wait until a read could see them
//! or their operation ends, and then go together.

use super::super::StoreError;
use super::super::row::{Homes, push_number};
use super::{Conn, Db, READ_MAY_ABORT, execute, goes_along};
use chrono::{DateTime, Utc};
use sqlx::pool::{MaybePoolConnection, PoolConnection};
use sqlx::{Arguments as _, Database, Encode, Executor, Type};

type Arguments = <Db as Database>::Arguments;

/// Begins the next operation's savepoint.
pub(super) const RENEW: &str = "release savepoint operation; savepoint operation";

/// A connection that only reads, or the transaction of a group of operations.
pub struct Session<'c> {
    conn: MaybePoolConnection<'c, Db>,
    turn: Option<Turn>,
}

/// What is kept while a group of operations has its turn.
#[derive(Default)]
struct Turn {
    /// Written by the operation under way, not yet sent.
    waiting: Vec<Batch>,
    /// What the operation under way has done to the database.
    done: Done,
    /// Is in the savepoint what an earlier operation wrote, which must stay?
    stale: bool,
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

/// Statements that are sent together, in order, and their arguments.
#[derive(Default)]
pub(super) struct Batch {
    pub(super) statements: Vec<String>,
    pub(super) arguments: Arguments,
    /// The table that each changes.
    pub(super) tables: Vec<&'static str>,
    /// What it means when a statement changes no row.
    unchanged: Vec<Option<StoreError>>,
}

/// A statement that waits, for its arguments.
pub(super) struct Waiting<'t>(&'t mut Arguments);

impl Waiting<'_> {
    /// The value of its next `$n`.
    pub(super) fn bind<'v>(self, value: impl Encode<'v, Db> + Type<Db>) -> Self {
        let added = self.0.add(value);
        added.expect("numbers, texts and instants are encoded without fail");
        self
    }
}

impl<'c> Session<'c> {
    /// One that only reads.
    pub(in crate::store) fn reading(conn: PoolConnection<Db>) -> Self {
        let conn = conn.into();
        Session { conn, turn: None }
    }

    /// One that has its turn to write: a transaction and a savepoint are open.
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
            if READ_MAY_ABORT {
                renew(&mut self.conn, turn).await?;
            }
        }
        Ok(&mut self.conn)
    }

    /// The connection, for a write whose outcome is needed at once.
    pub async fn direct(&mut self) -> Result<&mut Conn, StoreError> {
        self.flush().await?;
        let turn = self.turn.as_mut().ok_or(StoreError::ReadOnly)?;
        renew(&mut self.conn, turn).await?;
        turn.done.wrote = true;
        Ok(&mut self.conn)
    }

    /// Writes to `table`, at the latest when the operation ends. `unchanged`: what it means when no row is.
    ///
    /// # Errors
    /// [`StoreError::ReadOnly`].
    pub(super) fn write(
        &mut self,
        table: &'static str,
        sql: &str,
        unchanged: Option<StoreError>,
    ) -> Result<Waiting<'_>, StoreError> {
        let turn = self.turn.as_mut().ok_or(StoreError::ReadOnly)?;
        if !turn.waiting.last().is_some_and(|batch| goes_along(batch, table)) {
            turn.waiting.push(Batch::default());
        }
        let last = turn.waiting.len() - 1;
        let batch = &mut turn.waiting[last];
        batch.statements.push(numbered(sql, batch.arguments.len()));
        batch.tables.push(table);
        batch.unchanged.push(unchanged);
        Ok(Waiting(&mut batch.arguments))
    }

    /// Sends what waits.
    pub(in crate::store) async fn flush(&mut self) -> Result<(), StoreError> {
        let Some(turn) = &mut self.turn else { return Ok(()) };
        if turn.waiting.is_empty() {
            return Ok(());
        }
        for mut batch in std::mem::take(&mut turn.waiting) {
            let renewing = std::mem::take(&mut turn.stale);
            turn.done.wrote = true;
            let unchanged = std::mem::take(&mut batch.unchanged);
            let changed = execute(&mut self.conn, batch, renewing).await?;
            for (rows, unchanged) in changed.into_iter().zip(unchanged) {
                if let (0, Some(error)) = (rows, unchanged) {
                    return Err(error);
                }
            }
        }
        Ok(())
    }

    /// Ends an operation: what it wrote stays, or nothing of it does.
    pub(in crate::store) async fn end(&mut self, keep: bool) -> Result<(), sqlx::Error> {
        let Some(turn) = &mut self.turn else { return Ok(()) };
        let done = std::mem::take(&mut turn.done);
        if keep {
            turn.stale |= done.wrote;
            return Ok(());
        }
        if done.wrote || !turn.waiting.is_empty() {
            turn.known = Known::default();
            turn.waiting.clear();
        }
        if done.wrote || done.asked && READ_MAY_ABORT {
            self.conn.execute("rollback to savepoint operation").await?;
        }
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

/// Begins a savepoint anew, so that what is written from now on can be taken back alone.
async fn renew(conn: &mut Conn, turn: &mut Turn) -> Result<(), StoreError> {
    if std::mem::take(&mut turn.stale) {
        conn.execute(RENEW).await?;
    }
    Ok(())
}

/// A statement of a batch, its arguments counted on from those before.
fn numbered(sql: &str, before: usize) -> String {
    if before == 0 {
        return sql.to_owned();
    }
    let mut numbered = String::with_capacity(sql.len() + 32);
    let mut parts = sql.split('$');
    numbered.push_str(parts.next().unwrap_or_default());
    for part in parts {
        let digits = part.bytes().take_while(u8::is_ascii_digit);
        let (number, digits) = digits.fold((0, 0), |(number, digits), digit| {
            (number * 10 + usize::from(digit - b'0'), digits + 1)
        });
        numbered.push('$');
        push_number(&mut numbered, number + before);
        numbered.push_str(&part[digits..]);
    }
    numbered
}
