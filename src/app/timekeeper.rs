//! A clock that jumps is not consent (R19): before silence counts, the machine's clock and Slack's must
//! agree.

use super::delivery::{Probe, Probed};
use chrono::{DateTime, TimeDelta, Utc};
use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};

/// How far the clocks may be apart.
const TOLERANCE: TimeDelta = TimeDelta::minutes(1);
/// How long an agreement holds.
const GOOD_FOR: TimeDelta = TimeDelta::minutes(10);
/// How soon Slack is asked again after it did not answer, or disagreed.
const ASK_AGAIN: TimeDelta = TimeDelta::seconds(20);

/// What comparing came to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Agreement {
    /// The clocks agree.
    Agreed,
    /// They are apart: ours is ahead by this much, or behind if negative.
    Apart {
        /// Ours less Slack's.
        by: TimeDelta,
    },
    /// Slack refuses the token: nobody can be told that silence has ended.
    TokenRefused,
    /// Slack does not answer; nobody can be told anything now either.
    Unknown,
}

#[derive(Debug, Clone, Copy)]
struct Compared {
    at: DateTime<Utc>,
    agreement: Agreement,
}

/// Compares the clocks, and remembers for a while.
#[derive(Clone)]
pub struct Timekeeper {
    ask: Probe,
    last: Arc<Mutex<Option<Compared>>>,
}

impl fmt::Debug for Timekeeper {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Timekeeper")
            .field("last", &self.last())
            .finish_non_exhaustive()
    }
}

impl Timekeeper {
    /// Nothing was compared yet.
    pub fn new(ask: Probe) -> Self {
        Timekeeper {
            ask,
            last: Arc::default(),
        }
    }

    /// Do the clocks agree at `now`?
    pub async fn agreement(&self, now: DateTime<Utc>) -> Agreement {
        if let Some(Compared { at, agreement }) = self.last() {
            let age = now - at;
            let good_for = if agreement == Agreement::Agreed {
                GOOD_FOR
            } else {
                ASK_AGAIN
            };
            // A clock that was set back, or far ahead, is just what must be noticed.
            if (TimeDelta::zero()..good_for).contains(&age) {
                return agreement;
            }
        }
        let agreement = match (self.ask)().await {
            Probed {
                date: Some(slack), ..
            } if (now - slack).abs() > TOLERANCE => Agreement::Apart { by: now - slack },
            Probed {
                token_refused: true, ..
            } => Agreement::TokenRefused,
            // Without a `Date` there is nothing to compare with.
            Probed { answered: true, .. } => Agreement::Agreed,
            Probed { answered: false, .. } => Agreement::Unknown,
        };
        if let Agreement::Apart { by } = agreement {
            let seconds = by.num_seconds();
            tracing::error!(
                seconds,
                "the machine's clock and Slack's disagree: nothing lapses until they agree"
            );
        }
        metrics::gauge!("signoff_clocks_apart_seconds").set(match agreement {
            Agreement::Apart { by } => by.num_seconds() as f64,
            Agreement::Agreed | Agreement::TokenRefused | Agreement::Unknown => 0.0,
        });
        *self.last.lock().unwrap_or_else(PoisonError::into_inner) = Some(Compared { at: now, agreement });
        agreement
    }

    /// By how much the clocks were apart when they were compared last.
    pub fn apart(&self) -> Option<TimeDelta> {
        match self.last() {
            Some(Compared {
                agreement: Agreement::Apart { by },
                ..
            }) => Some(by),
            _ => None,
        }
    }

    fn last(&self) -> Option<Compared> {
        *self.last.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
