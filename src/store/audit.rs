//! The hash chain of the audit trail (R31).

use super::StoreError;
use super::row::{Ts, from_json, to_json};
use crate::domain::command::Actor;
use crate::domain::event::Entry;
use crate::domain::ids::{RequestId, UserId};
use chrono::DateTime;
use sha2::{Digest, Sha256};

/// An entry with what the trail keeps beside it.
#[derive(Debug, Clone)]
pub struct Recorded<'a> {
    /// Of which request.
    pub request_id: RequestId,
    /// What happened.
    pub entry: &'a Entry,
    /// Where it came from.
    pub surface: &'a str,
    /// Under which configuration.
    pub policy_id: &'a str,
}

/// Signoff itself, as the trail writes it.
const SIGNOFF: &str = "signoff";

/// What the chain starts from.
pub(super) const GENESIS: &str = "signoff";

impl Recorded<'_> {
    /// Who, as the trail writes it.
    pub(super) fn actor(&self) -> String {
        match &self.entry.actor {
            Actor::User(user) => user.to_string(),
            Actor::Signoff => SIGNOFF.to_owned(),
        }
    }

    /// The event, as the trail writes it.
    pub(super) fn body(&self) -> String {
        to_json(&self.entry.event)
    }
}

/// A row of the trail, as it is kept.
#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow)]
pub struct AuditRow {
    /// Its place.
    pub event_id: i64,
    /// Of which request.
    pub request_id: i64,
    /// When, in microseconds since 1970.
    #[sqlx(try_from = "Ts")]
    pub at: i64,
    /// A Slack user id, or `signoff`.
    pub actor: String,
    /// Where it came from.
    pub surface: String,
    /// The configuration in force.
    pub policy_id: String,
    /// The event, as JSON.
    pub body: String,
    /// Over this row and the hash before it.
    pub hash: String,
}

impl AuditRow {
    /// The row as the domain has it.
    ///
    /// # Errors
    /// [`StoreError::Unreadable`].
    pub fn entry(&self) -> Result<Entry, StoreError> {
        Ok(Entry {
            at: DateTime::from_timestamp_micros(self.at).unwrap_or_default(),
            actor: match self.actor.as_str() {
                SIGNOFF => Actor::Signoff,
                user => Actor::User(UserId::new(user)),
            },
            event: from_json(&self.body, || format!("event {}", self.event_id))?,
        })
    }
}

/// Walks the trail from its beginning and proves each row (R31).
#[derive(Debug, Clone)]
pub struct Verifier {
    head: String,
    rows: u64,
}

impl Default for Verifier {
    fn default() -> Self {
        Verifier {
            head: GENESIS.to_owned(),
            rows: 0,
        }
    }
}

impl Verifier {
    /// Checks the next row. `false` when it is not what was written there, or a row before it is missing.
    pub fn check(&mut self, row: &AuditRow) -> bool {
        let (id, at) = (row.request_id.to_string(), row.at.to_string());
        let hash = chain(
            &self.head,
            &[&id, &at, &row.actor, &row.surface, &row.policy_id, &row.body],
        );
        self.rows += 1;
        self.head = hash;
        self.head == row.hash
    }

    /// How many rows were checked.
    pub fn rows(&self) -> u64 {
        self.rows
    }

    /// The hash of the last row: to be compared with one noted elsewhere, since a cut tail leaves a whole
    /// chain.
    pub fn head(&self) -> &str {
        &self.head
    }
}

/// The hash of a row: of the hash before it and of every column, each closed by a byte that none contains.
pub(super) fn chain(previous: &str, columns: &[&str]) -> String {
    let mut hash = Sha256::new();
    for part in std::iter::once(&previous).chain(columns) {
        hash.update(part.as_bytes());
        hash.update([0x1f]);
    }
    hex::encode(hash.finalize())
}
