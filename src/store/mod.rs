//! The only SQL. One write transaction saves what happened and what must follow; reads never wait for it.
//!
//! `queries.rs`, `lists.rs` and `outbox.rs` hold the statements, and `session.rs` gathers what they write. They are
//! compiled once for each database, so that every statement is written once and yet uses its database's own types;
//! what differs is in `sqlite.rs` and `postgres.rs`. [`queries`] and [`outbox`] here choose between the two.

#![expect(
    clippy::duplicate_mod,
    reason = "the statements are compiled once for each database"
)]

mod audit;
mod forward;
mod group;
mod postgres;
mod row;
mod sqlite;
mod write;

pub use audit::{AuditRow, Recorded, Verifier};
pub use forward::{lists, outbox, queries};
pub use row::{Card, Claimed, Doubt, Finish, Home, Homes, Queue, Stuck};

use chrono::{DateTime, Utc};
use futures_util::future::BoxFuture;
use group::{Urgency, Writer};
use row::Ts;
use sqlx::migrate::MigrateError;
use sqlx::postgres::PgPool;
use sqlx::sqlite::SqlitePool;
use std::fs::File;
use std::path::Path;
use std::sync::Arc;
use tokio::sync::Notify;

/// The database. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Store {
    read: Read,
    write: Writer,
    wake: Arc<Notify>,
}

#[derive(Clone, Debug)]
enum Read {
    Sqlite(SqlitePool),
    Postgres(PgPool),
}

/// A connection to whichever database it is: one that only reads, or the transaction of a write.
pub enum Conn<'c> {
    /// SQLite.
    Sqlite(sqlite::Session<'c>),
    /// PostgreSQL.
    Postgres(postgres::Session<'c>),
}

impl<'c> From<sqlite::Session<'c>> for Conn<'c> {
    fn from(session: sqlite::Session<'c>) -> Self {
        Conn::Sqlite(session)
    }
}

impl<'c> From<postgres::Session<'c>> for Conn<'c> {
    fn from(session: postgres::Session<'c>) -> Self {
        Conn::Postgres(session)
    }
}

impl Conn<'_> {
    /// Sends what was written and waits. It happens by itself before a read, and at the end of a group.
    pub async fn flush(&mut self) -> Result<(), StoreError> {
        match self {
            Conn::Sqlite(session) => session.flush().await,
            Conn::Postgres(session) => session.flush().await,
        }
    }

    /// Begins the next operation of a group.
    async fn begin(&mut self) -> Result<(), sqlx::Error> {
        match self {
            Conn::Sqlite(session) => session.begin().await,
            Conn::Postgres(session) => session.begin().await,
        }
    }

    /// An operation has done all it does; alone, it learns here what became of it.
    async fn finish(&mut self) -> Result<(), StoreError> {
        match self {
            Conn::Sqlite(session) => session.finish().await,
            Conn::Postgres(session) => session.finish().await,
        }
    }

    /// Ends an operation of a group: what it wrote stays, or nothing of it does. `false`: it cannot be told apart.
    async fn end(&mut self, keep: bool) -> Result<bool, sqlx::Error> {
        match self {
            Conn::Sqlite(session) => session.end(keep).await,
            Conn::Postgres(session) => session.end(keep).await,
        }
    }

    /// Takes back all operations of a group; from now on each has a savepoint of its own.
    async fn start_over(&mut self) -> Result<(), sqlx::Error> {
        match self {
            Conn::Sqlite(session) => session.start_over().await,
            Conn::Postgres(session) => session.start_over().await,
        }
    }

    /// Is there something for other processes to do, once this is committed?
    fn rings(&self) -> bool {
        match self {
            Conn::Sqlite(session) => session.rings(),
            Conn::Postgres(session) => session.rings(),
        }
    }
}

/// A database by its address.
enum Kind {
    Sqlite,
    Postgres,
}

fn kind(url: &str) -> Result<Kind, StoreError> {
    match url.split_once(':').map_or(url, |(scheme, _)| scheme) {
        "sqlite" => Ok(Kind::Sqlite),
        "postgres" | "postgresql" => Ok(Kind::Postgres),
        other => Err(StoreError::Address(other.to_owned())),
    }
}

impl Store {
    /// Opens the database and migrates it; a SQLite file is made if there is none.
    ///
    /// # Errors
    /// Says which one and why, or that another process holds it, or that it is of a newer version.
    pub async fn open(url: &str) -> Result<Store, StoreError> {
        let wake = Arc::new(Notify::new());
        let (read, write) = match kind(url)? {
            Kind::Sqlite => {
                let (pool, database) = sqlite::open(url).await?;
                (Read::Sqlite(pool), Writer::spawn(database))
            }
            Kind::Postgres => {
                let (pool, database) = postgres::open(url).await?;
                (Read::Postgres(pool), Writer::spawn(database))
            }
        };
        Ok(Store { read, write, wake })
    }

    /// As [`Store::open`], for whoever looks at what a bot has written: where there is no file, none is made.
    ///
    /// # Errors
    /// As for [`Store::open`], and when there is no such file.
    pub async fn open_existing(url: &str) -> Result<Store, StoreError> {
        match kind(url)? {
            Kind::Sqlite => sqlite::must_exist(url)?,
            Kind::Postgres => {}
        }
        Store::open(url).await
    }

    /// Runs an operation in a write transaction. When this returns `Ok`, it is on the disk; when it returns
    /// an error, nothing of it was kept — but see [`StoreError::Uncertain`]. It may be run a second time, with
    /// nothing left of the first, if another one fails that shares its transaction.
    pub async fn write<T, E, F>(&self, operation: F) -> Result<T, E>
    where
        T: Send + 'static,
        E: From<StoreError> + Send + 'static,
        F: for<'a, 'c> FnOnce(&'a mut Conn<'c>) -> BoxFuture<'a, Result<T, E>> + Clone + Send + 'static,
    {
        self.write.write(Urgency::Urgent, operation).await
    }

    /// As [`Store::write`], for work that nobody waits for: while people wait for answers, only a little of it
    /// goes along with what they wait for.
    pub async fn write_patiently<T, E, F>(&self, operation: F) -> Result<T, E>
    where
        T: Send + 'static,
        E: From<StoreError> + Send + 'static,
        F: for<'a, 'c> FnOnce(&'a mut Conn<'c>) -> BoxFuture<'a, Result<T, E>> + Clone + Send + 'static,
    {
        self.write.write(Urgency::Patient, operation).await
    }

    /// A connection that can only read.
    pub async fn read(&self) -> Result<Conn<'static>, StoreError> {
        // To acquire is boxed: it takes four kilobytes, and so would whatever may read.
        Ok(match &self.read {
            Read::Sqlite(pool) => Conn::Sqlite(sqlite::Session::reading(match pool.try_acquire() {
                Some(idle) => idle,
                None => Box::pin(pool.acquire()).await?,
            })),
            Read::Postgres(pool) => {
                Conn::Postgres(postgres::Session::reading(Box::pin(pool.acquire()).await?))
            }
        })
    }

    /// Claims the database for this process, as long as what is returned lives: two bots on one SQLite file
    /// would each send everything. Other commands may look into it meanwhile. PostgreSQL is for any number.
    ///
    /// # Errors
    /// [`StoreError::InUse`].
    pub fn claim(url: &str) -> Result<Claim, StoreError> {
        let lock = match kind(url)? {
            Kind::Sqlite => sqlite::claim(url)?,
            Kind::Postgres => None,
        };
        Ok(Claim { lock })
    }

    /// Writes a consistent copy of a SQLite database to a new file, also while a bot uses it.
    ///
    /// # Errors
    /// When there is no such database, or the copy cannot be written; an existing file is never overwritten.
    /// PostgreSQL has a tool of its own for this.
    pub async fn backup(url: &str, to: &Path) -> Result<(), StoreError> {
        match kind(url)? {
            Kind::Sqlite => sqlite::backup(url, to).await,
            Kind::Postgres => Err(StoreError::NoBackup),
        }
    }

    /// Rung when there may be work in the outbox.
    pub fn wake(&self) -> Arc<Notify> {
        self.wake.clone()
    }

    /// Hears of work that other processes put into the outbox, as long as the future is polled.
    pub async fn listen(&self) {
        match &self.read {
            Read::Sqlite(_) => std::future::pending().await,
            Read::Postgres(pool) => postgres::listen(pool.clone(), self.wake.clone()).await,
        }
    }

    /// The database server's clock (R19). `None` for SQLite, whose clock is this machine's.
    pub async fn clock(&self) -> Result<Option<DateTime<Utc>>, StoreError> {
        match &self.read {
            Read::Sqlite(_) => Ok(None),
            Read::Postgres(pool) => postgres::clock(pool).await.map(Some),
        }
    }
}

/// A database that is this process's own, until this is dropped or the process ends, however it ends.
#[derive(Debug)]
pub struct Claim {
    lock: Option<File>,
}

impl Claim {
    /// Is it proven that no other process serves from the database?
    pub fn is_exclusive(&self) -> bool {
        self.lock.is_some()
    }
}

/// What can go wrong with the database. Says what to do, never what was in a row.
#[derive(Debug, Clone, thiserror::Error)]
pub enum StoreError {
    /// The address names no database this program knows.
    #[error("database.url is {0:?}: it must start with sqlite:// or postgres://")]
    Address(String),
    /// It could not be opened.
    #[error("cannot open the database {what}: {reason}")]
    Open {
        /// The file, or the name and the server; never a password.
        what: String,
        /// The database's own words, and what to check.
        reason: String,
    },
    /// Another bot serves from it.
    #[error(
        "another signoff process serves from this database. Stop that one first, or give this one a database of its own"
    )]
    InUse,
    /// Another process holds it.
    #[error("the database is locked by another process. Stop that process, or wait for it, and start again")]
    Locked,
    /// It was written by a later version of this program.
    #[error("the database was migrated by a newer version of signoff. Run that version, or restore a backup")]
    Newer,
    /// A migration failed.
    #[error("migrating the database failed: {0}")]
    Migrate(String),
    /// A row cannot be read: it was written by something else, or damaged.
    #[error("{what} in the database cannot be read: {reason}")]
    Unreadable {
        /// Which row.
        what: String,
        /// Why.
        reason: String,
    },
    /// Somebody else saved the request in between.
    #[error("the request was changed by somebody else at the same time")]
    Conflict,
    /// The same thing came before, and was acted on then.
    #[error("the same thing came before")]
    Repeated,
    /// A write where only reads are.
    #[error("this connection only reads")]
    ReadOnly,
    /// The database went away between a commit and its answer, and has not come back to tell.
    #[error("the database went away while it saved; whether it did is not known yet")]
    Uncertain,
    /// A backup of a database that has a tool for it.
    #[error("signoff backup is for SQLite. Use pg_dump for PostgreSQL: it also works while bots run")]
    NoBackup,
    /// Everything else the database says.
    #[error("the database says: {0}")]
    Database(Arc<sqlx::Error>),
    /// The operation panicked; it was rolled back.
    #[error("an operation on the database panicked and was rolled back")]
    Panicked,
    /// The store was closed.
    #[error("the database was closed")]
    Closed,
}

impl From<sqlx::Error> for StoreError {
    fn from(error: sqlx::Error) -> Self {
        let code = error.as_database_error().and_then(|database| database.code());
        let locked = match code.as_deref() {
            // PostgreSQL's codes have five characters. lock_not_available: another writer's turn lasts.
            Some(code) if code.len() == 5 => code == "55P03",
            // SQLITE_BUSY (5), SQLITE_LOCKED (6) and their extended codes.
            Some(code) => code.parse().is_ok_and(|code: u32| matches!(code & 0xff, 5 | 6)),
            None => false,
        };
        if locked {
            StoreError::Locked
        } else {
            StoreError::Database(Arc::new(error))
        }
    }
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
