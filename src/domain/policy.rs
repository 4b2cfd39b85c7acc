//! The rules in force: who reviews what, how long silence counts, when people are told. Built from the
//! configuration, handed to every decision.

use super::calendar::{BusinessDays, Calendar, Counting};
use super::ids::{AreaKey, CategoryKey, GroupId, LaneKey, UserId};
use super::zone::Zone;
use chrono::{NaiveTime, TimeDelta};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// Everything a decision needs to know of the configuration.
#[derive(Debug, Clone, PartialEq)]
pub struct Rules {
    /// In the order in which they are offered.
    pub categories: Vec<Category>,
    /// Every lane that any category names.
    pub lanes: Vec<LaneRule>,
    /// In the order in which they are offered.
    pub areas: Vec<Area>,
    /// What the configuration says about single people.
    pub people: BTreeMap<UserId, PersonRule>,
    /// Who may withdraw, publish and lower wide-impact for others.
    pub admins: Vec<UserId>,
    /// How long silence takes.
    pub deadline: DeadlineRule,
    /// The company's own calendar.
    pub calendar: Calendar,
    /// When a morning reminder is due, and when it is too late for one that was missed (R22).
    pub reminders: ReminderRule,
    /// When the digest is due, in the company's zone (R24).
    pub digest_at: NaiveTime,
    /// Post a digest that has nothing to say.
    pub digest_empty: bool,
    /// Post a card for each request in the marketing channel (R25).
    pub announce: bool,
    /// A short name of this very configuration, written into every audit entry (R31).
    pub policy_id: String,
}

/// A kind of communication (R1).
#[derive(Debug, Clone, PartialEq)]
pub struct Category {
    /// Its key.
    pub key: CategoryKey,
    /// What people call it.
    pub name: String,
    /// Who must look.
    pub lanes: Vec<LaneKey>,
    /// What counts as wide-impact here (R16), as a hint for the form.
    pub wide_impact: Option<String>,
    /// A remark shown when it is picked.
    pub hint: Option<String>,
    /// Does it block? `other` does not.
    pub gated: bool,
}

/// A lane of review (R2, R3).
#[derive(Debug, Clone, PartialEq)]
pub struct LaneRule {
    /// Its key.
    pub key: LaneKey,
    /// What people call it, as in "waiting for …".
    pub name: String,
    /// Who fills it.
    pub pool: Pool,
    /// Who of them is pinged; any of them may decide.
    pub ping: Ping,
    /// Who stands in when nobody of the pool can (R4).
    pub fallback: Vec<UserId>,
    /// Who hears of a wide-impact request that stays unanswered here (R22).
    pub escalation: Vec<UserId>,
    /// Whose business days count for it (R15); the company's where `None`.
    pub calendar: Option<Calendar>,
}

/// Who fills a lane.
#[derive(Debug, Clone, PartialEq)]
pub enum Pool {
    /// The director of the request's product area (R2).
    AreaDirector,
    /// Any member of a Slack user group (R3).
    Group(GroupId),
    /// Any of a list (R3).
    Members(Vec<UserId>),
}

/// Who of a lane's pool is pinged (R3).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ping {
    /// Everybody.
    All,
    /// One, in turn from request to request.
    RoundRobin,
    /// The one on whom the fewest open requests wait.
    LeastLoaded,
}

/// A product area (R2).
#[derive(Debug, Clone, PartialEq)]
pub struct Area {
    /// Its key.
    pub key: AreaKey,
    /// What people call it.
    pub name: String,
    /// Fills the director lane.
    pub director: UserId,
    /// Stands in for the director.
    pub deputy: Option<UserId>,
    /// Whose business days count for the director's lane (R15); the lane's or company's where `None`.
    pub calendar: Option<Calendar>,
}

/// What the configuration says about a person.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct PersonRule {
    /// Preselected in the form.
    pub area: Option<AreaKey>,
    /// Their own holidays and weekend; the company's where `None`.
    pub calendar: Option<Calendar>,
    /// Their time zone, where it is not what Slack says.
    pub zone: Option<Zone>,
}

/// How long silence takes (R14, R17).
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct DeadlineRule {
    /// Full business days.
    pub business_days: BusinessDays,
    /// How they are counted.
    pub counting: Counting,
    /// Whose they are (R15).
    pub clock: WhoseClock,
    /// A ping proven within this time after filing starts the clock at filing.
    pub delivery_grace: TimeDelta,
}

/// Whose business days a deadline counts (R15).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum WhoseClock {
    /// The lane's calendar: its own, its area's, else the company's.
    #[default]
    Company,
    /// Of everybody who was asked, the one whose days end last.
    PerReviewer,
}

/// When reminders are sent, in their receiver's own zone (R22).
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct ReminderRule {
    /// When they are due.
    pub at: NaiveTime,
    /// After this, one that was missed waits for the next morning.
    pub until: NaiveTime,
}

impl Rules {
    /// The category with this key.
    pub fn category(&self, key: &CategoryKey) -> Option<&Category> {
        self.categories.iter().find(|category| &category.key == key)
    }

    /// The rule of a lane.
    pub fn lane(&self, key: &LaneKey) -> Option<&LaneRule> {
        self.lanes.iter().find(|lane| &lane.key == key)
    }

    /// The area with this key.
    pub fn area(&self, key: &AreaKey) -> Option<&Area> {
        self.areas.iter().find(|area| &area.key == key)
    }

    /// The area that is preselected for this person: their own, or the only one there is.
    pub fn own_area(&self, user: &UserId) -> Option<&AreaKey> {
        let own = self.people.get(user).and_then(|person| person.area.as_ref());
        own.or(match self.areas.as_slice() {
            [only] => Some(&only.key),
            _ => None,
        })
    }

    /// May this person act for others?
    pub fn is_admin(&self, user: &UserId) -> bool {
        self.admins.contains(user)
    }

    /// The business days of a person's own reminders: their holidays if configured, in their own zone: the
    /// configured one, else Slack's (`zone`), else the company's.
    pub fn person_calendar(&self, user: &UserId, zone: Option<&Zone>) -> Calendar {
        let person = self.people.get(user);
        let calendar = person
            .and_then(|person| person.calendar.as_ref())
            .unwrap_or(&self.calendar);
        match person.and_then(|person| person.zone.as_ref()).or(zone) {
            Some(zone) => calendar.in_zone(zone.clone()),
            None => calendar.clone(),
        }
    }
}
