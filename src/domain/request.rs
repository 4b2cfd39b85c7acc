//! A request for review: its lanes, their clocks, and the gate (the one answer people come for).

mod asked;

pub use asked::{Aside, Asked, HandedBy, InPlaceOf, Role};

use super::calendar::{CountedDay, Counting};
use super::command::LaneRef;
use super::ids::{AreaKey, CategoryKey, LaneKey, RequestId, UserId};
use super::text::Link;
use super::zone::{self, Zone};
use chrono::{DateTime, NaiveDate, Utc};
use serde::{Deserialize, Serialize};

/// What the requester said about it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Details {
    /// One of the configured categories (R1).
    pub category: CategoryKey,
    /// One line, at most [`super::text::TITLE_MAX`] characters.
    pub title: String,
    /// Where the draft is.
    pub link: Link,
    /// The product area whose director must look (R2); `None` where no director is asked.
    pub area: Option<AreaKey>,
    /// The day it is meant to go out.
    pub publish_on: Option<NaiveDate>,
    /// Anything else for the reviewers.
    pub notes: Option<String>,
}

/// A request and all that was decided about it. Built only by [`super::evolve()`].
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Request {
    /// `R-42`.
    pub request_id: RequestId,
    /// Who filed it.
    pub requester: UserId,
    /// When it was filed.
    pub filed_at: DateTime<Utc>,
    /// What it is about.
    pub details: Details,
    /// Does it gate anything? `other` does not (R1).
    pub gated: bool,
    /// 1 on filing, one more with each resubmission or edit (R10, R11).
    pub round: u32,
    /// What the requester changed, latest last.
    #[serde(default)]
    pub changes: Vec<Change>,
    /// Raised while `Some` (R16).
    pub wide_impact: Option<WideImpact>,
    /// In the order of the category's configuration.
    pub lanes: Vec<Lane>,
    /// Withdrawn or published.
    pub end: Option<End>,
    /// Since when the gate stands as it stands.
    pub gate_since: DateTime<Utc>,
    /// When anything last happened to it.
    pub updated_at: DateTime<Utc>,
    /// When the requester last asked for an answer.
    #[serde(default)]
    pub nudged_at: Option<DateTime<Utc>>,
    /// What was done to it for others, as an admin may: the digest shows it.
    #[serde(default)]
    pub interventions: Vec<Intervention>,
}

/// Something that may be an admin's doing, with the reason given.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Intervention {
    /// Who.
    pub by: UserId,
    /// When.
    pub at: DateTime<Utc>,
    /// What.
    pub what: Intervened,
    /// Why.
    pub reason: String,
}

/// What was done for others.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "did")]
pub enum Intervened {
    /// A lane was handed to somebody.
    Reassigned {
        /// Which.
        lane: LaneKey,
        /// Whom.
        to: UserId,
    },
    /// Silence counts again (R16).
    LoweredWideImpact,
    /// It was taken back (R13).
    Withdrew,
}

/// Something the requester changed (R10, R11).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Change {
    /// From 1.
    pub number: u32,
    /// What.
    pub what: Changed,
}

/// How a change came to be known.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "how")]
pub enum Changed {
    /// They said so when they asked again.
    Said {
        /// In their words.
        text: String,
    },
    /// They edited the request.
    Edited {
        /// As it was.
        from: Box<Details>,
        /// As it is since.
        to: Box<Details>,
    },
}

/// Who raised wide-impact, and when.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct WideImpact {
    /// The requester or a reviewer.
    pub by: UserId,
    /// When.
    pub at: DateTime<Utc>,
}

/// One lane of review.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Lane {
    /// Its key in the configuration.
    pub key: LaneKey,
    /// The round in which this lane was last asked anew; a button of an older round is stale.
    pub round: u32,
    /// When this round of the lane was opened: filing, resubmission or edit.
    pub opened_at: DateTime<Utc>,
    /// The number of the last change made before this round was opened.
    #[serde(default)]
    pub opened_with: u32,
    /// The same of the round before: what came later is new to its reviewers.
    #[serde(default)]
    pub seen: u32,
    /// Who answered or took it over in the round before: they are asked again before everybody else (R10).
    #[serde(default)]
    pub before: Option<UserId>,
    /// Who was asked, in this round.
    pub asked: Vec<Asked>,
    /// Nobody could be found to fill it, and that was said (R4).
    pub unfillable: bool,
    /// Does silence count down, and to when?
    pub clock: Clock,
    /// Somebody asked for more time, in this round (R18).
    #[serde(default)]
    pub more_time: Option<MoreTime>,
    /// What was decided.
    pub standing: Standing,
}

/// Somebody needs more time, and what the requester said (R18).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct MoreTime {
    /// Who asked.
    pub by: UserId,
    /// When.
    pub at: DateTime<Utc>,
    /// One more business day or not, once the requester answered.
    pub answer: Option<bool>,
}

impl MoreTime {
    /// The day was given.
    pub fn is_granted(&self) -> bool {
        self.answer == Some(true)
    }
}

/// The clock of a lane (R14, R17).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "is")]
pub enum Clock {
    /// Nobody was provably told yet, so silence means nothing yet.
    NotStarted,
    /// Running to a deadline that no later configuration moves (R20).
    Running {
        /// Where counting began.
        started_at: DateTime<Utc>,
        /// The first instant at which the lane may lapse.
        deadline: DateTime<Utc>,
        /// The policy it was computed under.
        policy: ClockPolicy,
    },
}

/// The policy under which a deadline was computed, kept with it (R20).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ClockPolicy {
    /// Full business days.
    pub business_days: u32,
    /// How they were counted.
    pub counting: Counting,
    /// The calendar's time zone.
    #[serde(deserialize_with = "zone::known_or_utc")]
    pub timezone: Zone,
    /// The version of the zone rules.
    pub tzdb: String,
    /// Each day from the start to the last one counted, for whoever asks why (R27).
    pub days: Vec<CountedDay>,
}

/// Somebody's decision.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Decision {
    /// Who.
    pub by: UserId,
    /// When.
    pub at: DateTime<Utc>,
    /// Their note (approval) or reason (objection).
    pub text: Option<String>,
}

/// Where a lane stands.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "is")]
pub enum Standing {
    /// Nobody decided yet.
    Pending,
    /// Approved; `lapsed_at` is set when that came after the lapse (R12).
    Approved {
        /// The approval.
        decision: Decision,
        /// When the lane had lapsed before.
        lapsed_at: Option<DateTime<Utc>>,
    },
    /// Held by an objection (R9).
    ChangesRequested {
        /// The objection.
        decision: Decision,
    },
    /// The reviewers stayed silent to the end of the deadline. Never to be shown as approved.
    Lapsed {
        /// When.
        at: DateTime<Utc>,
        /// An objection that came later (R12): told, but the gate stays clear.
        objection: Option<Decision>,
    },
}

/// How a request ended (R13).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "how")]
pub enum End {
    /// The requester or an admin took it back.
    Withdrawn {
        /// Who.
        by: UserId,
        /// When.
        at: DateTime<Utc>,
        /// Why, if they said.
        reason: Option<String>,
    },
    /// It went out.
    Published {
        /// Who said so.
        by: UserId,
        /// When.
        at: DateTime<Utc>,
        /// Where it can be seen.
        link: Option<Link>,
        /// The gate was blocked at that moment, and the ledger says so.
        while_blocked: bool,
    },
}

/// May it be published?
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Gate {
    /// No: a lane is pending or held.
    Blocked,
    /// Yes: every lane approved or lapsed, or nothing is gated.
    Clear,
}

impl Request {
    /// The one answer: may it be published?
    pub fn gate(&self) -> Gate {
        let open = |lane: &Lane| matches!(lane.standing, Standing::Approved { .. } | Standing::Lapsed { .. });
        if !self.gated || self.lanes.iter().all(open) {
            Gate::Clear
        } else {
            Gate::Blocked
        }
    }

    /// Neither withdrawn nor published.
    pub fn is_open(&self) -> bool {
        self.end.is_none()
    }

    /// Is wide-impact raised (R16)?
    pub fn is_wide(&self) -> bool {
        self.wide_impact.is_some()
    }

    /// The lane with this key.
    pub fn lane(&self, key: &LaneKey) -> Option<&Lane> {
        self.lanes.iter().find(|lane| &lane.key == key)
    }

    /// The lanes nobody decided yet.
    pub fn pending(&self) -> impl Iterator<Item = &Lane> {
        self.lanes.iter().filter(|lane| lane.is_pending())
    }

    /// The latest deadline among pending lanes: when silence would open the gate. `None` when it never
    /// would (it ended, wide-impact, an objection, a clock that has not started) or when nothing is pending.
    pub fn opens_on_silence_at(&self) -> Option<DateTime<Utc>> {
        if !self.is_open() || self.is_wide() || !self.gated || self.lanes.iter().any(Lane::is_held) {
            return None;
        }
        let deadlines: Option<Vec<_>> = self.pending().map(Lane::deadline).collect();
        deadlines?.into_iter().max()
    }

    /// Whether this person was asked in, or decided, any lane.
    pub fn is_reviewer(&self, user: &UserId) -> bool {
        self.lanes
            .iter()
            .any(|lane| lane.was_asked(user) || lane.decided_by() == Some(user))
    }
}

impl Lane {
    /// It, in the round it is in.
    pub fn at(&self) -> LaneRef {
        LaneRef {
            lane: self.key.clone(),
            round: self.round,
        }
    }

    /// Nobody decided yet.
    pub fn is_pending(&self) -> bool {
        self.standing == Standing::Pending
    }

    /// Held by an objection that blocks (R9).
    pub fn is_held(&self) -> bool {
        matches!(self.standing, Standing::ChangesRequested { .. })
    }

    /// An objection stands, whether it blocks (R9) or came after the lapse (R12).
    pub fn has_objection(&self) -> bool {
        self.is_held()
            || matches!(
                self.standing,
                Standing::Lapsed {
                    objection: Some(_),
                    ..
                }
            )
    }

    /// When it lapses, if its clock runs.
    pub fn deadline(&self) -> Option<DateTime<Utc>> {
        match self.clock {
            Clock::Running { deadline, .. } => Some(deadline),
            Clock::NotStarted => None,
        }
    }

    /// Those whose answer is waited for, in the order in which they were asked.
    pub fn waited_for(&self) -> impl Iterator<Item = &Asked> {
        self.asked.iter().filter(|asked| asked.is_waited_for())
    }

    /// Is this person's answer waited for in this round?
    pub fn waits_for(&self, user: &UserId) -> bool {
        self.waited_for().any(|asked| &asked.user == user)
    }

    /// Was this person asked in this round?
    pub fn was_asked(&self, user: &UserId) -> bool {
        self.asked.iter().any(|asked| &asked.user == user)
    }

    /// The decision that stands, an objection after a lapse included.
    pub fn decision(&self) -> Option<&Decision> {
        match &self.standing {
            Standing::Approved { decision, .. } | Standing::ChangesRequested { decision } => Some(decision),
            Standing::Lapsed { objection, .. } => objection.as_ref(),
            Standing::Pending => None,
        }
    }

    /// Who filled the lane.
    pub fn decided_by(&self) -> Option<&UserId> {
        self.decision().map(|decision| &decision.by)
    }

    /// Whose lane it is by now: whoever answered, else whoever took it over, else whose it was before.
    pub fn whose(&self) -> Option<&UserId> {
        let took_over = |asked: &&Asked| asked.handed_by.is_some();
        let took_over = self.waited_for().filter(took_over).last();
        self.decided_by()
            .or(took_over.map(|asked| &asked.user))
            .or(self.before.as_ref())
    }

    /// The first proof that somebody was told, in this round.
    pub fn first_told_at(&self) -> Option<DateTime<Utc>> {
        self.asked.iter().filter_map(|asked| asked.delivered_at).min()
    }
}
