//! PostgreSQL: a pool that only reads, one connection that writes, one that listens.
//!
//! Writers of all processes take turns under one advisory lock. The audit trail is a single chain, so its
//! commits have an order in any case; taken for the whole transaction, the lock makes every rule hold
//! between processes just as it does within one. A process that stalls in its turn loses it: the server ends
//! a transaction that stays idle.

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
use super::row::push_placeholders;
use super::write::{Insert, Sql, Value, Write, numbered};
use super::{StoreError, Ts, migrate_error};
use chrono::{DateTime, Utc};
use futures_util::future::BoxFuture;
use sqlx::error::BoxDynError;
use sqlx::migrate::Migrator;
use sqlx::postgres::{PgArguments, PgConnectOptions, PgListener, PgPool, PgPoolOptions};
use sqlx::{Arguments as _, AssertSqlSafe, ConnectOptions, Connection, Executor, Row};
use std::future::Future;
use std::str::FromStr;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::Notify;
use tokio::time::{Instant, sleep, timeout};

/// This database, to sqlx.
pub(super) type Db = sqlx::Postgres;
/// A connection to this database.
pub(super) type Conn = sqlx::PgConnection;

static MIGRATIONS: Migrator = sqlx::migrate!("migrations/postgres");

/// The turn of a writer: the lock's number is the word "signoff" in ASCII. The savepoint is for a
/// group that fails.
const BEGIN: &str = "begin;
    select pg_advisory_xact_lock(x'7369676e6f6666'::bigint);
    savepoint operation;
    select pg_current_xact_id()::text as xid";

/// Were the transaction aborted by something that nobody told, a bare `commit` would roll it back and report no
/// error.
const COMMIT: &str = "release savepoint operation; commit";
/// Other processes hear, once it is committed, that there is work.
const COMMIT_AND_RING: &str = "release savepoint operation; notify signoff_outbox; commit";

/// Of a writer. A commit is on the disk before it is acknowledged, whatever the server's default. Each of its
/// statements has an index in whose order it can stop early; but the outbox is empty at one moment and full at the
/// next, so that by its statistics it is never worth while.
const WRITER: &str = "set enable_bitmapscan = off;
    set enable_seqscan = off;
    set lock_timeout = '5s';
    set statement_timeout = '10s';
    set idle_in_transaction_session_timeout = '5s';
    set synchronous_commit = on";

/// Of a connection that only reads.
const READER: &str = "set default_transaction_read_only = on; set statement_timeout = '30s'";

/// How long to wait for a connection.
const CONNECT: Duration = Duration::from_secs(5);
/// How long a group may take, the wait for its turn included.
const GROUP: Duration = Duration::from_secs(20);
/// How long to ask whether a commit took effect whose answer was lost.
const OUTCOME: Duration = Duration::from_secs(15);
/// A pause before asking again.
const PAUSE: Duration = Duration::from_millis(250);
/// Where processes tell each other that there is work.
const CHANNEL: &str = "signoff_outbox";

/// Opens the database and migrates it. Processes that start together take turns.
pub(super) async fn open(url: &str) -> Result<(PgPool, Postgres), StoreError> {
    let options = options(url)?;
    let mut conn = in_time(CONNECT, Conn::connect_with(&options))
        .await
        .map_err(|error| cannot_open(&options, &error))?;
    MIGRATIONS.run(&mut conn).await.map_err(migrate_error)?;
    let read = PgPoolOptions::new()
        .max_connections(8)
        .acquire_timeout(CONNECT)
        .after_connect(|conn, _| {
            Box::pin(async move {
                conn.execute(READER).await?;
                Ok(())
            })
        })
        .connect_lazy_with(options.clone());
    conn.execute(WRITER).await?;
    let conn = Some(conn);
    Ok((read, Postgres { options, conn }))
}

/// Takes back what was done, and keeps the turn and the savepoint.
async fn start_over(conn: &mut Conn) -> Result<(), sqlx::Error> {
    conn.execute("rollback to savepoint operation").await?;
    Ok(())
}

/// Does the transaction still take statements? After one that failed, be it a read, it takes none until a rollback.
async fn is_open(conn: &mut Conn) -> bool {
    conn.execute("select 1").await.is_ok()
}

/// Sends writes, as many at once as change different tables: the parts of one statement do not see each other's
/// changes, and have no order.
async fn send(conn: &mut Conn, writes: Vec<Write>) -> Result<(), StoreError> {
    let mut writes = writes.into_iter().peekable();
    while writes.peek().is_some() {
        let mut tables = Vec::new();
        let batch = std::iter::from_fn(|| {
            let write = writes.next_if(|write| !tables.contains(&write.table))?;
            tables.push(write.table);
            Some(write)
        });
        execute(conn, batch.collect()).await?;
    }
    Ok(())
}

/// Runs a batch as one statement, which counts the rows that each part changed.
async fn execute(conn: &mut Conn, mut batch: Vec<Write>) -> Result<(), StoreError> {
    let mut arguments = PgArguments::default();
    let (mut parts, mut counts) = (Vec::new(), Vec::new());
    for (place, write) in batch.iter_mut().enumerate() {
        let before = arguments.len();
        let sql = match &write.sql {
            Sql::Once(sql) => numbered(sql, before),
            Sql::Insert(insert) => compose(insert, write.columns(), before),
        };
        parts.push(format!("s{place} as ({sql} returning 1)"));
        counts.push(format!("(select count(*) from s{place})"));
        let rows = write.rows.iter_mut().map(|row| std::mem::take(&mut row.values));
        let added = match write.sql {
            Sql::Once(_) => rows
                .flatten()
                .try_for_each(|value| session::add(&mut arguments, value)),
            Sql::Insert(_) => columns(rows).try_for_each(|column| add_all(&mut arguments, column)),
        };
        added.map_err(sqlx::Error::Encode)?;
    }
    let sql = format!("with {} select array[{}]", parts.join(", "), counts.join(", "));
    let counts: Vec<i64> = sqlx::query_scalar_with(AssertSqlSafe(sql), arguments)
        .fetch_one(conn)
        .await?;
    let mut counted = batch.iter().zip(counts);
    counted.try_for_each(|(write, count)| write.check(count.unsigned_abs()))
}

/// An insert of any number of rows, each column an array; its arguments are counted on from those before.
fn compose(insert: &Insert, columns: usize, before: usize) -> String {
    let Insert {
        table,
        columns: names,
        otherwise,
    } = insert;
    let mut arrays = String::new();
    push_placeholders(&mut arrays, before, columns);
    // In the order of the rows, in which they are numbered: the audit trail is a chain.
    format!(
        "insert into {table} ({names})
         select {names} from unnest({arrays}) with ordinality as new ({names}, place) order by place {otherwise}"
    )
}

/// Rows as columns.
fn columns(rows: impl Iterator<Item = Vec<Value>>) -> impl Iterator<Item = Vec<Value>> {
    let mut columns: Vec<Vec<Value>> = Vec::new();
    for row in rows {
        columns.resize_with(row.len(), Vec::new);
        for (column, value) in columns.iter_mut().zip(row) {
            column.push(value);
        }
    }
    columns.into_iter()
}

/// A column, whose values are all of one kind.
fn add_all(arguments: &mut PgArguments, column: Vec<Value>) -> Result<(), BoxDynError> {
    macro_rules! array {
        ($kind:ident) => {{
            let value = |value| match value {
                Value::$kind(value) => Ok(value),
                // Not which: it may be what somebody typed (R32).
                _ => Err(BoxDynError::from("a column has values of two kinds")),
            };
            let array: Result<Vec<_>, BoxDynError> = column.into_iter().map(value).collect();
            arguments.add(array?)
        }};
    }
    match column.first() {
        None => Ok(()),
        Some(Value::Integer(_)) => array!(Integer),
        Some(Value::Text(_)) => array!(Text),
        Some(Value::Flag(_)) => array!(Flag),
        Some(Value::Instant(_)) => array!(Instant),
    }
}

/// Rings `wake` whenever a process has put work into the outbox, and after each gap in listening. Ends with
/// the pool.
pub(super) async fn listen(pool: PgPool, wake: Arc<Notify>) {
    while !pool.is_closed() {
        if let Err(error) = listen_once(&pool, &wake).await {
            tracing::warn!(%error, "cannot hear of other processes' work; looking for it from time to time");
        }
        sleep(CONNECT).await;
    }
}

async fn listen_once(pool: &PgPool, wake: &Notify) -> Result<(), sqlx::Error> {
    let mut listener = PgListener::connect_with(pool).await?;
    listener.listen(CHANNEL).await?;
    loop {
        wake.notify_one();
        // `None`: the connection was lost and is back. Something may have been said meanwhile.
        listener.try_recv().await?;
    }
}

/// The server's clock.
pub(super) async fn clock(pool: &PgPool) -> Result<DateTime<Utc>, StoreError> {
    let now: Ts = sqlx::query_scalar("select clock_timestamp()")
        .fetch_one(pool)
        .await?;
    Ok(now.into())
}

fn options(url: &str) -> Result<PgConnectOptions, StoreError> {
    let options = PgConnectOptions::from_str(url).map_err(|error| StoreError::Open {
        what: "the PostgreSQL database that database.url names".to_owned(),
        reason: error.to_string(),
    })?;
    Ok(options.application_name("signoff").disable_statement_logging())
}

fn cannot_open(options: &PgConnectOptions, error: &sqlx::Error) -> StoreError {
    let name = options.get_database().unwrap_or_default();
    StoreError::Open {
        what: format!("{name} on {}:{}", options.get_host(), options.get_port()),
        reason: format!("{error}. Check that the server runs and that name and password are right"),
    }
}

async fn in_time<T>(
    limit: Duration,
    work: impl Future<Output = Result<T, sqlx::Error>>,
) -> Result<T, sqlx::Error> {
    let late = |_| Err(sqlx::Error::Io(std::io::ErrorKind::TimedOut.into()));
    timeout(limit, work).await.unwrap_or_else(late)
}

/// The connection that writes; opened again when it was lost.
pub(super) struct Postgres {
    options: PgConnectOptions,
    conn: Option<Conn>,
}

impl Commit for Postgres {
    fn commit<'a>(
        &'a mut self,
        group: &'a mut [Box<dyn Operation>],
    ) -> BoxFuture<'a, Result<(), StoreError>> {
        Box::pin(async move {
            // Whatever goes wrong, the connection is dropped with it, and the server rolls back.
            let (mut conn, xid) = self.begin().await?;
            let rings = in_time(GROUP, savepoints::run(&mut conn, group)).await?;
            fail_point!("before-commit");
            let commit = if rings { COMMIT_AND_RING } else { COMMIT };
            if let Err(error) = in_time(CONNECT, conn.execute(commit)).await {
                drop(conn);
                return self.outcome(&xid, error).await;
            }
            self.conn = Some(conn);
            Ok(())
        })
    }
}

impl Postgres {
    /// Opens a transaction when it is this process's turn; its id tells later what became of it.
    async fn begin(&mut self) -> Result<(Conn, String), StoreError> {
        if let Some(mut conn) = self.conn.take() {
            match in_time(GROUP, begin(&mut conn)).await {
                Ok(xid) => return Ok((conn, xid)),
                Err(error) if !was_lost(&error) => return Err(error.into()),
                // It died while nobody used it. Nothing was run yet.
                Err(_) => {}
            }
        }
        let mut conn = in_time(CONNECT, Conn::connect_with(&self.options)).await?;
        conn.execute(WRITER).await?;
        let xid = in_time(GROUP, begin(&mut conn)).await?;
        Ok((conn, xid))
    }

    /// What became of a transaction whose commit was sent and never answered.
    async fn outcome(&self, xid: &str, error: sqlx::Error) -> Result<(), StoreError> {
        let until = Instant::now() + OUTCOME;
        while Instant::now() < until {
            match in_time(CONNECT, status(&self.options, xid)).await.as_deref() {
                Ok("committed") => return Ok(()),
                Ok("aborted") => return Err(error.into()),
                // The server has not noticed yet, or is not back.
                Ok(_) | Err(_) => sleep(PAUSE).await,
            }
        }
        Err(StoreError::Uncertain)
    }
}

async fn begin(conn: &mut Conn) -> Result<String, sqlx::Error> {
    let rows = sqlx::raw_sql(BEGIN).fetch_all(conn).await?;
    rows.last().ok_or(sqlx::Error::RowNotFound)?.try_get("xid")
}

async fn status(options: &PgConnectOptions, xid: &str) -> Result<String, sqlx::Error> {
    let mut conn = Conn::connect_with(options).await?;
    let sql = "select coalesce(pg_xact_status($1::text::xid8), 'unknown')";
    sqlx::query_scalar(sql).bind(xid).fetch_one(&mut conn).await
}

/// Did the connection die, rather than the statement fail? (Class 57P: the server is going down, or ended
/// the session.)
fn was_lost(error: &sqlx::Error) -> bool {
    match error.as_database_error().and_then(|error| error.code()) {
        Some(code) => code.starts_with("57P") || code == "25P03",
        None => true,
    }
}
