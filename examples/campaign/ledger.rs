//! What people did and what they were told, kept outside the bot.

use chrono::{DateTime, Utc};
use signoff::domain::command::Command;
use signoff::domain::ids::{RequestId, UserId};
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// A filing, known by its link, which no other has.
#[derive(Debug, Clone)]
pub(crate) struct Filing {
    /// The number that the person was told: then it must exist.
    pub(crate) told: Option<RequestId>,
}

/// What somebody was told at once about what they did.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Answer {
    /// Nothing, or that it failed.
    None,
    /// That it is not saved yet.
    Later,
    /// Nothing more: it is done.
    Done,
}

/// Something done about a request.
#[derive(Debug, Clone)]
pub(crate) struct Deed {
    pub(crate) request_id: RequestId,
    pub(crate) by: UserId,
    pub(crate) command: Command,
    pub(crate) from: DateTime<Utc>,
    pub(crate) to: DateTime<Utc>,
    pub(crate) answer: Answer,
}

/// Everything. Cheap to clone.
#[derive(Clone, Default)]
pub(crate) struct Ledger(Arc<Mutex<Pages>>);

#[derive(Default)]
pub(crate) struct Pages {
    pub(crate) filings: BTreeMap<String, Filing>,
    pub(crate) deeds: Vec<Deed>,
}

impl Ledger {
    /// To read or write.
    pub(crate) fn open(&self) -> MutexGuard<'_, Pages> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// How much was acknowledged.
    pub(crate) fn acknowledged(&self) -> usize {
        let filings = self
            .open()
            .filings
            .values()
            .filter(|filing| filing.told.is_some())
            .count();
        filings + self.answered(Answer::Done)
    }

    /// How often somebody was answered so.
    pub(crate) fn answered(&self, answer: Answer) -> usize {
        let pages = self.open();
        pages.deeds.iter().filter(|deed| deed.answer == answer).count()
    }
}
