//! Somebody who was asked to review: as what, in whose place, and whether they still are.

use crate::domain::ids::UserId;
use crate::domain::zone::{self, Zone};
use chrono::{DateTime, NaiveDate, Utc};
use serde::{Deserialize, Serialize};

/// Somebody who was asked to review.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Asked {
    /// Whom.
    pub user: UserId,
    /// As what.
    pub role: Role,
    /// Their own time zone, as Slack knew it then.
    #[serde(default, deserialize_with = "zone::known")]
    pub zone: Option<Zone>,
    /// When Slack returned the `ts` of their card: the proof that they were told (R17).
    pub delivered_at: Option<DateTime<Utc>>,
    /// Slack says that they cannot be reached.
    pub unreachable: bool,
    /// Whose place they take, who is away (R6).
    #[serde(default)]
    pub in_place_of: Option<InPlaceOf>,
    /// They are no longer waited for in this round, and why.
    #[serde(default)]
    pub aside: Option<Aside>,
    /// Who handed it to them (R8).
    #[serde(default)]
    pub handed_by: Option<HandedBy>,
    /// They had been asked in this round before, so their card is there already.
    #[serde(default)]
    pub again: bool,
}

/// Somebody who is away, for whom another is asked (R6).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct InPlaceOf {
    /// Who is away.
    pub user: UserId,
    /// The day on which they are back, where it is known.
    pub until: Option<NaiveDate>,
}

/// By whom, and why, a review was handed to somebody (R8).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct HandedBy {
    /// The reviewer whose it was, or an admin.
    pub user: UserId,
    /// What they said about it.
    pub reason: Option<String>,
}

/// Why somebody who was asked is no longer waited for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "why")]
pub enum Aside {
    /// They went away (R6).
    Away {
        /// The day on which they are back, where it is known.
        until: Option<NaiveDate>,
    },
    /// They no longer belong to the lane (R5).
    Left,
    /// It was handed over (R8).
    HandedOver {
        /// By them, or by an admin.
        by: UserId,
        /// To whom.
        to: UserId,
        /// Why.
        reason: Option<String>,
    },
}

impl Asked {
    /// Is their answer waited for?
    pub fn is_waited_for(&self) -> bool {
        !self.unreachable && self.aside.is_none()
    }
}

/// In which capacity somebody was asked.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Role {
    /// The director of the area (R2).
    Director,
    /// A member of the lane's group or list (R3).
    Member,
    /// The deputy, because the director cannot (R4, R6).
    Deputy,
    /// Of the lane's `fallback` list, because nobody before can.
    Fallback,
    /// Named by somebody of the lane who is away (R6).
    Delegate,
}
