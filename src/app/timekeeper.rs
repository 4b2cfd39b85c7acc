//! A clock that jumps is not consent (R19): before silence counts, the machine's clock must agree with the
//! database server's and with Slack's.

use super::delivery::{DatabaseClock, Probe, Probed};
use crate::domain::effect::OtherClock;
use chrono::{DateTime, TimeDelta, Utc};
use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};

/// How far the clocks may be apart.
const TOLERANCE: TimeDelta = TimeDelta::minutes(1);
/// How long what was found holds. By the clock in question: no step that is longer than this can hide in it.
const GOOD_FOR: TimeDelta = TimeDelta::seconds(20);

/// What comparing came to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Agreement {
    /// The clocks agree.
    Agreed,
    /// They are apart.
    Apart(Apart),
    /// Slack refuses the token: nobody can be told that silence has ended.
    TokenRefused,
    /// Slack does not answer; nobody can be told anything now either.
    Unknown,
}

/// A disagreement.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Apart {
    /// Ours less the other: ours is ahead by this much, or behind if negative.
    pub by: TimeDelta,
    /// The other.
    pub whose: OtherClock,
}

impl Apart {
    fn of(ours: DateTime<Utc>, other: Option<DateTime<Utc>>, whose: OtherClock) -> Option<Apart> {
        let by = ours - other?;
        (by.abs() > TOLERANCE).then_some(Apart { by, whose })
    }
}

impl fmt::Display for Apart {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let whose = match self.whose {
            OtherClock::Slack => "Slack's",
            OtherClock::Database => "the database server's",
        };
        write!(f, "{} s apart from {whose}", self.by.num_seconds())
    }
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
    database: DatabaseClock,
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
    pub fn new(ask: Probe, database: DatabaseClock) -> Self {
        Timekeeper {
            ask,
            database,
            last: Arc::default(),
        }
    }

    /// Do the clocks agree at `now`?
    pub async fn agreement(&self, now: DateTime<Utc>) -> Agreement {
        if let Some(Compared { at, agreement }) = self.last() {
            // A clock that was set back, or ahead, is just what must be noticed.
            if (TimeDelta::zero()..GOOD_FOR).contains(&(now - at)) {
                return agreement;
            }
        }
        let agreement = self.compare(now).await;
        let by = match agreement {
            Agreement::Apart(apart) => {
                tracing::error!(%apart, "the clocks disagree: nothing lapses until they agree");
                apart.by
            }
            Agreement::Agreed | Agreement::TokenRefused | Agreement::Unknown => TimeDelta::zero(),
        };
        metrics::gauge!("signoff_clocks_apart_seconds").set(by.num_seconds() as f64);
        *self.last.lock().unwrap_or_else(PoisonError::into_inner) = Some(Compared { at: now, agreement });
        agreement
    }

    async fn compare(&self, now: DateTime<Utc>) -> Agreement {
        let database = (self.database)().await;
        if let Some(apart) = Apart::of(now, database, OtherClock::Database) {
            return Agreement::Apart(apart);
        }
        match (self.ask)().await {
            Probed { date, .. } if let Some(apart) = Apart::of(now, date, OtherClock::Slack) => {
                Agreement::Apart(apart)
            }
            Probed {
                token_refused: true, ..
            } => Agreement::TokenRefused,
            // Without a `Date` there is nothing to compare with.
            Probed { answered: true, .. } => Agreement::Agreed,
            Probed { answered: false, .. } => Agreement::Unknown,
        }
    }

    /// By how much the clocks were apart when they were compared last.
    pub fn apart(&self) -> Option<Apart> {
        match self.last()?.agreement {
            Agreement::Apart(apart) => Some(apart),
            Agreement::Agreed | Agreement::TokenRefused | Agreement::Unknown => None,
        }
    }

    fn last(&self) -> Option<Compared> {
        *self.last.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn noon() -> DateTime<Utc> {
        DateTime::UNIX_EPOCH + TimeDelta::days(20_000)
    }

    /// A timekeeper whose database and Slack are ahead of noon by so much.
    fn timekeeper(database: Option<TimeDelta>, slack: TimeDelta) -> Timekeeper {
        let probe: Probe = Arc::new(move || {
            Box::pin(async move {
                Probed {
                    token_taken: true,
                    token_refused: false,
                    answered: true,
                    date: Some(noon() + slack),
                }
            })
        });
        Timekeeper::new(
            probe,
            Arc::new(move || Box::pin(async move { database.map(|by| noon() + by) })),
        )
    }

    /// Lanes that lapse within minutes of each other are each worth a comparison.
    #[tokio::test]
    async fn r19_a_step_soon_after_an_agreement_is_noticed() {
        let keeper = timekeeper(None, TimeDelta::zero());
        assert_eq!(keeper.agreement(noon()).await, Agreement::Agreed);
        for by in [2, 9].map(TimeDelta::minutes) {
            let apart = Apart {
                by,
                whose: OtherClock::Slack,
            };
            assert_eq!(keeper.agreement(noon() + by).await, Agreement::Apart(apart));
        }
    }

    #[tokio::test]
    async fn r19_each_other_clock_may_be_a_minute_away() {
        let apart = |seconds, whose| {
            Agreement::Apart(Apart {
                by: TimeDelta::seconds(seconds),
                whose,
            })
        };
        for (database, slack, expected) in [
            (None, 60, Agreement::Agreed),
            (Some(-60), 60, Agreement::Agreed),
            (Some(61), 0, apart(-61, OtherClock::Database)),
            (Some(-61), 0, apart(61, OtherClock::Database)),
            (Some(0), 61, apart(-61, OtherClock::Slack)),
            (None, -61, apart(61, OtherClock::Slack)),
        ] {
            let keeper = timekeeper(database.map(TimeDelta::seconds), TimeDelta::seconds(slack));
            assert_eq!(keeper.agreement(noon()).await, expected, "{database:?} {slack}");
            let told = keeper.apart().map(Agreement::Apart);
            assert_eq!(told.unwrap_or(Agreement::Agreed), expected);
        }
    }
}
