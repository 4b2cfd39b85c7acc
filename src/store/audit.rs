//! The hash chain of the audit trail (R31).

use super::row::to_json;
use crate::domain::command::Actor;
use crate::domain::event::Entry;
use crate::domain::ids::RequestId;
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

/// What the chain starts from.
pub(super) const GENESIS: &str = "signoff";

impl Recorded<'_> {
    /// Who, as the trail writes it.
    pub(super) fn actor(&self) -> String {
        match &self.entry.actor {
            Actor::User(user) => user.to_string(),
            Actor::Signoff => "signoff".to_owned(),
        }
    }

    /// The event, as the trail writes it.
    pub(super) fn body(&self) -> String {
        to_json(&self.entry.event)
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
