//! SQLite: a pool that only reads, and one connection that writes.

#[path = "lists.rs"]
pub(super) mod lists;
#[path = "outbox.rs"]
pub(super) mod outbox;
#[path = "queries.rs"]
pub(super) mod queries;
#[path = "savepoints.rs"]
mod savepoints;
#[path = "session.rs"]
mod session;

pub(super) use session::Session;

use super::group::{Commit, Operation};
use super::row::placeholders;
use super::write::{Insert, Sql, Value, Write, numbered};
use super::{StoreError, migrate_error};
use futures_util::TryStreamExt;
use futures_util::future::BoxFuture;
use sqlx::migrate::Migrator;
use sqlx::sqlite::{
    SqliteArguments, SqliteConnectOptions, SqliteJournalMode, SqlitePool, SqlitePoolOptions,
    SqliteSynchronous,
};
use sqlx::{AssertSqlSafe, ConnectOptions, Connection, Executor};
use std::fs::{File, TryLockError};
use std::path::Path;
use std::str::FromStr;
use std::time::Duration;

/// This database, to sqlx.
pub(super) type Db = sqlx::Sqlite;
/// A connection to this database.
pub(super) type Conn = sqlx::SqliteConnection;

static MIGRATIONS: Migrator = sqlx::migrate!("migrations/sqlite");

/// Opens the database, makes the file if there is none, and migrates it.
pub(super) async fn open(url: &str) -> Result<(SqlitePool, Sqlite), StoreError> {
    let options = options(url)?;
    let mut conn = connect(&options, url).await?;
    MIGRATIONS.run(&mut conn).await.map_err(migrate_error)?;
    let read_only = options
        .clone()
        .create_if_missing(false)
        // Half of what SQLite takes by itself, in KiB: there are several of these, and what they read is small.
        .pragma("cache_size", "-1000")
        .pragma("query_only", "ON");
    let read = SqlitePoolOptions::new()
        .max_connections(4)
        // A file does not hang up: to ask whether a connection lives would be one more way to its thread.
        .test_before_acquire(false)
        .connect_with(read_only)
        .await?;
    Ok((read, Sqlite(conn)))
}

/// Claims the file for this process, as long as what is returned lives. `None` on a file system without locks.
pub(super) fn claim(url: &str) -> Result<Option<File>, StoreError> {
    let file = options(url)?.get_filename().with_extension("lock");
    let lock = File::options()
        .create(true)
        .write(true)
        .truncate(false)
        .open(&file);
    match lock.map(|lock| (lock.try_lock(), lock)) {
        Ok((Ok(()), lock)) => Ok(Some(lock)),
        Ok((Err(TryLockError::WouldBlock), _)) => Err(StoreError::InUse),
        // Opening it will say what is wrong with the folder.
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(None),
        // A file system without locks keeps nobody from running.
        Ok((Err(TryLockError::Error(error)), _)) | Err(error) => {
            tracing::warn!(%error, "the database cannot be locked: see to it that only one bot uses it");
            Ok(None)
        }
    }
}

/// An error where there is no file.
pub(super) fn must_exist(url: &str) -> Result<(), StoreError> {
    let options = options(url)?;
    let file = options.get_filename();
    if file.exists() {
        return Ok(());
    }
    Err(StoreError::Open {
        what: file.display().to_string(),
        reason: "there is no such file. Does DATABASE_URL say the same as for the bot? `signoff migrate` makes a new one"
            .to_owned(),
    })
}

/// Writes a consistent copy to a new file.
pub(super) async fn backup(url: &str, to: &Path) -> Result<(), StoreError> {
    // Read-only rather than query_only, which VACUUM INTO refuses.
    let options = options(url)?.create_if_missing(false).read_only(true);
    let mut conn = connect(&options, url).await?;
    let sql = sqlx::query("vacuum into $1").bind(to.to_string_lossy().into_owned());
    sql.execute(&mut conn).await?;
    Ok(())
}

/// Immediate: a deferred transaction that reads and then writes fails at once under any other writer. Without a
/// savepoint: with one, a copy is kept of each page that is changed.
const BEGIN: &str = "begin immediate";

/// Takes back what was done, and begins again with a savepoint.
async fn start_over(conn: &mut Conn) -> Result<(), sqlx::Error> {
    // After some errors (a full disk) SQLite has rolled back already and says so.
    let _ = conn.execute("rollback").await;
    conn.execute("begin immediate; savepoint operation").await?;
    Ok(())
}

/// Is the transaction still open? SQLite ends it by itself when the disk fails, even one that is only read from, and
/// what came after would be kept without a commit. Inside a transaction none can begin.
async fn is_open(conn: &mut Conn) -> bool {
    conn.execute("begin").await.is_err()
}

/// Sends writes, in their order.
async fn send(conn: &mut Conn, mut writes: Vec<Write>) -> Result<(), StoreError> {
    for together in writes.chunk_by_mut(|a, b| of_one(a).is_some() && of_one(a) == of_one(b)) {
        match together {
            [write] if of_one(write).is_none() => insert(conn, write).await?,
            // What one operation alone wrote is always of the same few shapes.
            together => {
                let mut before = 0;
                let statements = together.iter().map(|write| {
                    let (rows, columns) = (write.rows.len(), write.columns());
                    let sql = statement(&write.sql, before, || placeholders(before, rows, columns));
                    before += rows * columns;
                    sql
                });
                let sql = statements.collect::<Vec<_>>().join("; ");
                let all = together.len();
                let rows = together.iter_mut().flat_map(|write| &mut write.rows);
                let values = rows.flat_map(|row| std::mem::take(&mut row.values));
                let changed = execute(conn, sql, values, all).await?;
                let mut changed = together.iter().zip(changed);
                changed.try_for_each(|(write, changed)| write.check(changed))?;
            }
        }
    }
    Ok(())
}

/// An insert with rows of several operations, in as many statements as it takes.
async fn insert(conn: &mut Conn, write: &mut Write) -> Result<(), StoreError> {
    // Unnumbered: of numbered ones SQLite is asked for each name, and looks through all of them.
    let row = format!("({})", vec!["?"; write.columns()].join(", "));
    let (mut changed, mut sent) = (0, 0);
    while sent < write.rows.len() {
        let now = at_once(write.rows.len() - sent);
        let sql = statement(&write.sql, 0, || vec![&*row; now].join(", "));
        let rows = &mut write.rows[sent..sent + now];
        let values = rows.iter_mut().flat_map(|row| std::mem::take(&mut row.values));
        changed += execute(conn, sql, values, 1).await?[0];
        sent += now;
    }
    write.check(changed)
}

/// The operation whose own a write is, if it is of a size that may come again.
fn of_one(write: &Write) -> Option<usize> {
    write.only().filter(|_| write.rows.len() <= MOST_ROWS)
}

/// Of so many rows, how many one statement takes: a few sizes are enough, and each remains prepared.
fn at_once(rows: usize) -> usize {
    1 << rows.min(MOST_ROWS).ilog2()
}

/// The most rows of a statement.
const MOST_ROWS: usize = 32;

/// The statement of a write: an insert with places for these values, or one with its arguments counted on.
fn statement(sql: &Sql, before: usize, places: impl FnOnce() -> String) -> String {
    match sql {
        Sql::Once(sql) => numbered(sql, before),
        Sql::Insert(insert) => {
            let Insert {
                table,
                columns,
                otherwise,
            } = insert;
            // Whatever fails is taken back as a whole, so no copy is kept of what a single statement changes.
            let places = places();
            format!("insert or fail into {table} ({columns}) values {places} {otherwise}")
        }
    }
}

/// Runs so many statements; how many rows each changed.
async fn execute(
    conn: &mut Conn,
    sql: String,
    values: impl Iterator<Item = Value>,
    statements: usize,
) -> Result<Vec<u64>, sqlx::Error> {
    let mut arguments = SqliteArguments::default();
    for value in values {
        session::add(&mut arguments, value).map_err(sqlx::Error::Encode)?;
    }
    let mut changed = Vec::with_capacity(statements);
    // Several statements in one are something that only SQLite's driver takes. It keeps them prepared.
    let query = sqlx::query_with(AssertSqlSafe(sql), arguments);
    let mut results = conn.execute_many(query);
    while let Some(result) = results.try_next().await? {
        changed.push(result.rows_affected());
    }
    // Should it ever run only the first one, nothing may be taken for written.
    if changed.len() != statements {
        let ran = format!("{} of {statements} statements were run", changed.len());
        return Err(sqlx::Error::Protocol(ran));
    }
    Ok(changed)
}

fn options(url: &str) -> Result<SqliteConnectOptions, StoreError> {
    let options = SqliteConnectOptions::from_str(url).map_err(|error| StoreError::Open {
        what: url.to_owned(),
        reason: error.to_string(),
    })?;
    Ok(options
        .create_if_missing(true)
        .journal_mode(SqliteJournalMode::Wal)
        .synchronous(SqliteSynchronous::Full)
        .foreign_keys(true)
        .busy_timeout(Duration::from_secs(5))
        .pragma("trusted_schema", "OFF")
        // What a savepoint would need to be taken back stays in memory, instead of being written to a file page by page.
        .pragma("temp_store", "MEMORY")
        .disable_statement_logging())
}

async fn connect(options: &SqliteConnectOptions, url: &str) -> Result<Conn, StoreError> {
    Conn::connect_with(options)
        .await
        .map_err(|error| match StoreError::from(error) {
            StoreError::Locked => StoreError::Locked,
            other => StoreError::Open {
                what: url.trim_start_matches("sqlite://").to_owned(),
                reason: format!("{other}. Check that its folder exists and can be written to"),
            },
        })
}

/// The connection that writes.
pub(super) struct Sqlite(Conn);

impl Commit for Sqlite {
    fn commit<'a>(
        &'a mut self,
        group: &'a mut [Box<dyn Operation>],
    ) -> BoxFuture<'a, Result<(), StoreError>> {
        Box::pin(async move {
            let committed = transact(&mut self.0, group).await;
            if committed.is_err() {
                // After some errors (a full disk) SQLite has rolled back already and says so.
                let _ = self.0.execute("rollback").await;
            }
            Ok(committed?)
        })
    }
}

async fn transact(conn: &mut Conn, group: &mut [Box<dyn Operation>]) -> Result<(), sqlx::Error> {
    conn.execute(BEGIN).await?;
    savepoints::run(conn, group).await?;
    fail_point!("before-commit");
    // Were the transaction gone, by an error that nobody told, this would fail.
    conn.execute("commit").await?;
    Ok(())
}
