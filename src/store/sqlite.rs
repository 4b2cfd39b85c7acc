//! SQLite: a pool that only reads, and one writer that commits in groups.
//!
//! A commit with `synchronous=FULL` waits for the disk. While it does, further operations gather, and the
//! next transaction carries them all, each in a savepoint of its own. A lone caller pays nothing for it.

#[path = "lists.rs"]
pub mod lists;
#[path = "outbox.rs"]
pub mod outbox;
#[path = "queries.rs"]
pub mod queries;

use super::StoreError;
use futures_util::FutureExt;
use futures_util::future::BoxFuture;
use sqlx::migrate::{MigrateError, Migrator};
use sqlx::sqlite::{
    SqliteConnectOptions, SqliteJournalMode, SqlitePool, SqlitePoolOptions, SqliteSynchronous,
};
use sqlx::{ConnectOptions, Connection};
use std::fs::{File, TryLockError};
use std::panic::AssertUnwindSafe;
use std::path::Path;
use std::str::FromStr;
use std::time::Duration;
use tokio::sync::{mpsc, oneshot};

/// A connection to this database.
pub type Conn = sqlx::SqliteConnection;

static MIGRATIONS: Migrator = sqlx::migrate!("migrations/sqlite");

/// How many operations one transaction may carry.
const GROUP: usize = 128;

/// The database. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Store {
    read: SqlitePool,
    write: mpsc::Sender<Box<dyn Operation>>,
}

impl Store {
    /// Opens the database, makes the file if there is none, and migrates it.
    ///
    /// # Errors
    /// Says which file and why, or that another process holds it, or that it is of a newer version.
    pub async fn open(url: &str) -> Result<Store, StoreError> {
        let options = options(url)?;
        let mut conn = connect(&options, url).await?;
        MIGRATIONS.run(&mut conn).await.map_err(migrate_error)?;
        let read_only = options
            .clone()
            .create_if_missing(false)
            .pragma("query_only", "ON");
        let read = SqlitePoolOptions::new()
            .max_connections(4)
            .connect_with(read_only)
            .await?;
        let (write, operations) = mpsc::channel(1024);
        tokio::spawn(writer(conn, operations));
        Ok(Store { read, write })
    }

    /// Runs an operation in a write transaction. When this returns `Ok`, it is on the disk; when it returns
    /// an error, nothing of it was kept.
    pub async fn write<T, E, F>(&self, operation: F) -> Result<T, E>
    where
        T: Send + 'static,
        E: From<StoreError> + Send + 'static,
        F: for<'c> FnOnce(&'c mut Conn) -> BoxFuture<'c, Result<T, E>> + Send + 'static,
    {
        let (reply, answer) = oneshot::channel();
        let job = Job {
            operation: Some(operation),
            result: None,
            reply,
        };
        self.write
            .send(Box::new(job))
            .await
            .map_err(|_| StoreError::Closed)?;
        answer.await.map_err(|_| StoreError::Closed)?
    }

    /// Claims the database for this process, as long as what is returned lives: two bots on one file would
    /// each send everything. Other commands may look into it meanwhile.
    ///
    /// # Errors
    /// [`StoreError::InUse`].
    pub fn claim(url: &str) -> Result<Claim, StoreError> {
        let file = options(url)?.get_filename().with_extension("lock");
        let lock = File::options()
            .create(true)
            .write(true)
            .truncate(false)
            .open(&file);
        match lock.map(|lock| (lock.try_lock(), lock)) {
            Ok((Ok(()), lock)) => Ok(Claim { _lock: Some(lock) }),
            Ok((Err(TryLockError::WouldBlock), _)) => Err(StoreError::InUse),
            // Opening it will say what is wrong with the folder.
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(Claim { _lock: None }),
            // A file system without locks keeps nobody from running.
            Ok((Err(TryLockError::Error(error)), _)) | Err(error) => {
                tracing::warn!(%error, "the database cannot be locked: see to it that only one bot uses it");
                Ok(Claim { _lock: None })
            }
        }
    }

    /// Writes a consistent copy of a database to a new file, also while a bot uses it.
    ///
    /// # Errors
    /// When there is no such database, or the copy cannot be written; an existing file is never overwritten.
    pub async fn backup(url: &str, to: &Path) -> Result<(), StoreError> {
        // Read-only rather than query_only, which VACUUM INTO refuses.
        let options = options(url)?.create_if_missing(false).read_only(true);
        let mut conn = connect(&options, url).await?;
        let sql = sqlx::query("vacuum into $1").bind(to.to_string_lossy().into_owned());
        sql.execute(&mut conn).await?;
        Ok(())
    }

    /// A connection that can only read.
    pub async fn read(&self) -> Result<sqlx::pool::PoolConnection<sqlx::Sqlite>, StoreError> {
        Ok(self.read.acquire().await?)
    }
}

/// A database that is this process's own, until this is dropped or the process ends, however it ends.
#[derive(Debug)]
pub struct Claim {
    _lock: Option<File>,
}

fn options(url: &str) -> Result<SqliteConnectOptions, StoreError> {
    if !url.starts_with("sqlite:") {
        return Err(StoreError::Address(
            url.split_once(':').map_or(url, |(scheme, _)| scheme).to_owned(),
        ));
    }
    let options = SqliteConnectOptions::from_str(url).map_err(|error| StoreError::Open {
        path: url.to_owned(),
        reason: error.to_string(),
    })?;
    Ok(options
        .create_if_missing(true)
        .journal_mode(SqliteJournalMode::Wal)
        .synchronous(SqliteSynchronous::Full)
        .foreign_keys(true)
        .busy_timeout(Duration::from_secs(5))
        .pragma("trusted_schema", "OFF")
        .disable_statement_logging())
}

async fn connect(options: &SqliteConnectOptions, url: &str) -> Result<Conn, StoreError> {
    Conn::connect_with(options)
        .await
        .map_err(|error| match StoreError::from(error) {
            StoreError::Locked => StoreError::Locked,
            other => StoreError::Open {
                path: url.trim_start_matches("sqlite://").to_owned(),
                reason: other.to_string(),
            },
        })
}

fn migrate_error(error: MigrateError) -> StoreError {
    match error {
        MigrateError::VersionMissing(_) | MigrateError::VersionTooNew(..) => StoreError::Newer,
        MigrateError::Execute(error) | MigrateError::ExecuteMigration(error, _) => {
            match StoreError::from(error) {
                StoreError::Locked => StoreError::Locked,
                other => StoreError::Migrate(other.to_string()),
            }
        }
        other => StoreError::Migrate(other.to_string()),
    }
}

/// An operation on its way through the writer: run once, told at the end whether the group was committed.
trait Operation: Send {
    /// Runs it; `true` when it is to be kept.
    fn run<'c>(&'c mut self, conn: &'c mut Conn) -> BoxFuture<'c, bool>;
    /// Answers the caller.
    fn answer(self: Box<Self>, committed: Result<(), StoreError>);
}

struct Job<F, T, E> {
    operation: Option<F>,
    result: Option<Result<T, E>>,
    reply: oneshot::Sender<Result<T, E>>,
}

impl<F, T, E> Operation for Job<F, T, E>
where
    T: Send + 'static,
    E: From<StoreError> + Send + 'static,
    F: for<'c> FnOnce(&'c mut Conn) -> BoxFuture<'c, Result<T, E>> + Send + 'static,
{
    fn run<'c>(&'c mut self, conn: &'c mut Conn) -> BoxFuture<'c, bool> {
        let operation = self.operation.take();
        Box::pin(async move {
            let Some(operation) = operation else { return false };
            let run = AssertUnwindSafe(async move { operation(conn).await }).catch_unwind();
            let result = run.await.unwrap_or_else(|_| Err(StoreError::Panicked.into()));
            let keep = result.is_ok();
            self.result = Some(result);
            keep
        })
    }

    fn answer(self: Box<Self>, committed: Result<(), StoreError>) {
        let result = match (committed, self.result) {
            // An operation that refused changed nothing, committed or not.
            (_, Some(Err(error))) => Err(error),
            (Ok(()), Some(Ok(value))) => Ok(value),
            (Err(error), _) => Err(error.into()),
            (Ok(()), None) => Err(StoreError::Closed.into()),
        };
        // Nobody listens when the caller has gone; what was committed stays.
        let _ = self.reply.send(result);
    }
}

async fn writer(mut conn: Conn, mut operations: mpsc::Receiver<Box<dyn Operation>>) {
    let mut group = Vec::with_capacity(GROUP);
    while operations.recv_many(&mut group, GROUP).await > 0 {
        let committed = commit(&mut conn, &mut group).await;
        if let Err(error) = &committed {
            tracing::error!(%error, operations = group.len(), "a write transaction failed");
        }
        for operation in group.drain(..) {
            operation.answer(committed.clone());
        }
    }
}

async fn commit(conn: &mut Conn, group: &mut [Box<dyn Operation>]) -> Result<(), StoreError> {
    // Immediate: a deferred transaction that reads and then writes fails at once under any other writer.
    let mut transaction = conn.begin_with("begin immediate").await?;
    for operation in group {
        let mut savepoint = transaction.begin().await?;
        if operation.run(&mut savepoint).await {
            savepoint.commit().await?;
        } else {
            savepoint.rollback().await?;
        }
    }
    transaction.commit().await?;
    Ok(())
}
