//! The rules in force: who reviews what, how long silence counts, when people are told. Built from the
//! configuration, handed to every decision.

use super::calendar::{BusinessDays, Calendar, CalendarError, Counting, deadline};
use super::ids::{AreaKey, CategoryKey, GroupId, LaneKey, UserId};
use super::request::{ClockPolicy, Details, Request};
use super::zone::{self, Zone};
use chrono::{DateTime, NaiveDate, NaiveTime, TimeDelta, Utc};
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
}

/// What the configuration says about a person.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct PersonRule {
    /// Preselected in the form.
    pub area: Option<AreaKey>,
    /// Their own public holidays; the company's where `None`.
    pub calendar: Option<Calendar>,
}

/// How long silence takes (R14, R17).
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct DeadlineRule {
    /// Full business days.
    pub business_days: BusinessDays,
    /// How they are counted.
    pub counting: Counting,
    /// A ping proven within this time after filing starts the clock at filing.
    pub delivery_grace: TimeDelta,
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

    /// Whose business days count for a lane (R15).
    pub fn lane_calendar(&self, lane: &LaneKey) -> &Calendar {
        self.lane(lane)
            .and_then(|rule| rule.calendar.as_ref())
            .unwrap_or(&self.calendar)
    }

    /// When a lane whose clock starts at `started_at` lapses (R14).
    pub fn lane_deadline(
        &self,
        lane: &LaneKey,
        started_at: DateTime<Utc>,
    ) -> Result<DateTime<Utc>, CalendarError> {
        deadline(
            self.lane_calendar(lane),
            self.deadline.counting,
            self.deadline.business_days.get(),
            started_at,
        )
    }

    /// The policy to keep beside a deadline (R20).
    pub fn clock_policy(&self, lane: &LaneKey) -> ClockPolicy {
        ClockPolicy {
            business_days: self.deadline.business_days.get(),
            counting: self.deadline.counting,
            timezone: self.lane_calendar(lane).zone().name().to_owned(),
            tzdb: zone::database_version(),
        }
    }

    /// The earliest instant at which the gate of a request filed at `filed_at` can open on silence (R28).
    /// `None` when it never can.
    pub fn opens_on_silence_at(
        &self,
        details: &Details,
        wide: bool,
        filed_at: DateTime<Utc>,
    ) -> Option<DateTime<Utc>> {
        let category = self
            .category(&details.category)
            .filter(|category| category.gated && !wide)?;
        let ends: Result<Vec<_>, _> = category
            .lanes
            .iter()
            .map(|lane| self.lane_deadline(lane, filed_at))
            .collect();
        ends.ok()?.into_iter().max()
    }

    /// The business days of a person's own reminders: their holidays if configured, in their own zone.
    pub fn person_calendar(&self, user: &UserId, zone: Option<&Zone>) -> Calendar {
        let calendar = self
            .people
            .get(user)
            .and_then(|person| person.calendar.as_ref())
            .unwrap_or(&self.calendar);
        match zone {
            Some(zone) => calendar.in_zone(zone.clone()),
            None => calendar.clone(),
        }
    }

    /// The first reminder after somebody was asked at `asked_at`: on the first business day after that
    /// day, in their own zone (R22). `None` only when their calendar has no working day left.
    pub fn first_reminder(&self, calendar: &Calendar, asked_at: DateTime<Utc>) -> Option<Slot> {
        self.slot(
            calendar,
            calendar
                .next_business_day(calendar.zone().local_date(asked_at))
                .ok()?,
        )
    }

    /// The next reminder that can still be sent at or after `now`: today's, if today is a working day and
    /// it is not too late, else that of the next working day.
    pub fn next_reminder(&self, calendar: &Calendar, now: DateTime<Utc>) -> Option<Slot> {
        let local = calendar.zone().local(now);
        if calendar.is_business_day(local.date()) && local.time() < self.reminders.until {
            return self.slot(calendar, local.date());
        }
        self.first_reminder(calendar, now)
    }

    fn slot(&self, calendar: &Calendar, on: NaiveDate) -> Option<Slot> {
        Some(Slot {
            on,
            due_at: calendar.zone().at(on, self.reminders.at),
        })
    }

    /// The first digest at or after `now`. On a day whose hour has passed it is still that day's, due at
    /// once: what was missed is posted once, if it is still the same day (R24).
    pub fn next_digest(&self, now: DateTime<Utc>) -> Option<Slot> {
        let today = self.calendar.zone().local_date(now);
        if self.calendar.is_business_day(today) {
            return Some(self.digest_slot(today));
        }
        self.digest_after(today)
    }

    /// The digest of the first business day after `date`.
    pub fn digest_after(&self, date: NaiveDate) -> Option<Slot> {
        self.calendar
            .next_business_day(date)
            .ok()
            .map(|on| self.digest_slot(on))
    }

    fn digest_slot(&self, on: NaiveDate) -> Slot {
        Slot {
            on,
            due_at: self.calendar.zone().at(on, self.digest_at),
        }
    }

    /// Is this the last business day on which a lane can still be answered (R22)? True also later, up
    /// to the deadline itself.
    pub fn is_last_call(&self, request: &Request, lane: &LaneKey, now: DateTime<Utc>) -> bool {
        let pending = request
            .lane(lane)
            .filter(|lane| lane.is_pending() && !request.is_wide());
        let Some(deadline) = pending.and_then(|lane| lane.deadline()) else {
            return false;
        };
        let calendar = self.lane_calendar(lane);
        let last = calendar.last_business_day_before(deadline);
        last.is_ok_and(|last| calendar.zone().local_date(now) >= last)
    }
}

/// A day on which something is said, and the instant.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Slot {
    /// The receiver's own date.
    pub on: NaiveDate,
    /// When it is due.
    pub due_at: DateTime<Utc>,
}
