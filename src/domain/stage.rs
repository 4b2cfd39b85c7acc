//! Where a request stands, in one word: what lists of requests are made of (R24, R26).

use super::request::{End, Gate, Lane, Request};
use chrono::{DateTime, Utc};

/// The one list that a request is in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stage {
    /// Blocked, and wide-impact: it waits however long it takes.
    Wide,
    /// Somebody asked for changes, after a lapse included (R12).
    Objected,
    /// A lane waits for an answer; of a voluntary request too.
    Waiting,
    /// The gate is open.
    Clear,
    /// Voluntary, and answered: there is no gate that could open.
    Answered,
    /// It went out.
    Published,
    /// It was taken back.
    Withdrawn,
}

impl Stage {
    /// The word by which it is kept.
    pub fn as_str(self) -> &'static str {
        match self {
            Stage::Wide => "wide",
            Stage::Objected => "objected",
            Stage::Waiting => "waiting",
            Stage::Clear => "clear",
            Stage::Answered => "answered",
            Stage::Published => "published",
            Stage::Withdrawn => "withdrawn",
        }
    }
}

impl Request {
    /// Where it stands.
    pub fn stage(&self) -> Stage {
        match &self.end {
            Some(End::Published { .. }) => return Stage::Published,
            Some(End::Withdrawn { .. }) => return Stage::Withdrawn,
            None => {}
        }
        if self.is_wide() && self.gate() == Gate::Blocked {
            Stage::Wide
        } else if self.lanes.iter().any(Lane::has_objection) {
            Stage::Objected
        } else if self.pending().next().is_some() {
            Stage::Waiting
        } else if self.gated {
            Stage::Clear
        } else {
            Stage::Answered
        }
    }

    /// Since when the gate stands as it stands, or when the request ended.
    pub fn stage_since(&self) -> DateTime<Utc> {
        match self.end {
            Some(End::Withdrawn { at, .. } | End::Published { at, .. }) => at,
            None => self.gate_since,
        }
    }

    /// The soonest deadline of a lane that waits; `None` when silence opens nothing.
    pub fn lapses_at(&self) -> Option<DateTime<Utc>> {
        let counts = self.is_open() && self.gated && !self.is_wide();
        self.pending().filter(|_| counts).filter_map(Lane::deadline).min()
    }
}
