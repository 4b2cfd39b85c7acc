//! The only reader of the machine's clock, but for the local workspace, which signs by it as Slack does. Everything
//! else is handed the time.

use chrono::{DateTime, TimeDelta, Utc};
use std::sync::{Arc, Mutex, PoisonError};

/// Where the time comes from: the machine, or a hand that a test or the sandbox moves.
#[derive(Debug, Clone)]
pub enum Clock {
    /// The machine's clock.
    System,
    /// A clock that stands still until it is moved.
    Manual(Arc<Mutex<DateTime<Utc>>>),
    /// The machine's clock and so much more: a rehearsal's process lives in another time.
    #[cfg(feature = "failpoints")]
    Ahead(TimeDelta),
}

impl Clock {
    /// A clock that stands at `at`.
    pub fn manual(at: DateTime<Utc>) -> Self {
        Clock::Manual(Arc::new(Mutex::new(at)))
    }

    /// Now, to the microsecond: what the databases keep.
    pub fn now(&self) -> DateTime<Utc> {
        let now = match self {
            #[expect(clippy::disallowed_methods, reason = "this is the place")]
            Clock::System => Utc::now(),
            #[cfg(feature = "failpoints")]
            Clock::Ahead(by) => Clock::System.now() + *by,
            Clock::Manual(at) => *at.lock().unwrap_or_else(PoisonError::into_inner),
        };
        now - TimeDelta::nanoseconds(i64::from(now.timestamp_subsec_nanos()) % 1_000)
    }

    /// Moves a manual clock; a system clock cannot be moved and stays.
    pub fn set(&self, to: DateTime<Utc>) {
        if let Clock::Manual(at) = self {
            *at.lock().unwrap_or_else(PoisonError::into_inner) = to;
        }
    }
}
