//! The only SQL. One write transaction saves what happened and what must follow; reads never wait for it.
//!
//! `queries` holds the statements that every database shares; a module a backend holds its
//! connections and the few that differ.

mod audit;
mod row;
mod sqlite;

pub use audit::{AuditRow, Recorded, Verifier};
pub use row::{Card, Claimed, Doubt, Stuck};
pub use sqlite::{Claim, Conn, Store, lists, outbox, queries};

use std::sync::Arc;

/// What can go wrong with the database. Says what to do, never what was in a row.
#[derive(Debug, Clone, thiserror::Error)]
pub enum StoreError {
    /// The address names no database this program knows.
    #[error("database.url is {0:?}: it must start with sqlite://")]
    Address(String),
    /// It could not be opened.
    #[error("cannot open the database {path}: {reason}. Check that its folder exists and can be written to")]
    Open {
        /// The file.
        path: String,
        /// The database's own words.
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
        // SQLITE_BUSY (5), SQLITE_LOCKED (6) and their extended codes.
        let locked = code
            .as_deref()
            .and_then(|code| code.parse::<u32>().ok())
            .is_some_and(|code| matches!(code & 0xff, 5 | 6));
        if locked {
            StoreError::Locked
        } else {
            StoreError::Database(Arc::new(error))
        }
    }
}
