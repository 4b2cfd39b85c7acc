//! When people are told: the next reminder of a person (R22), the next digest (R24).

use super::calendar::{Calendar, deadline};
use super::policy::Rules;
use chrono::{DateTime, NaiveDate, TimeDelta, Utc};

/// How far away "later today" is.
const LATER: TimeDelta = TimeDelta::hours(3);

/// A day on which something is said, and the instant.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Slot {
    /// The receiver's own date.
    pub on: NaiveDate,
    /// When it is due.
    pub due_at: DateTime<Utc>,
}

/// Whether the time of a reminder or a digest has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Turn {
    /// It is their morning, or not too late in their day.
    Now,
    /// Today, but later: they moved to a zone where it is earlier, or the hour was changed.
    At(DateTime<Utc>),
    /// Its day or hour has passed, or it is a day off: this is the next one that can still be sent.
    Missed(Option<Slot>),
}

impl Rules {
    /// Is it the turn of the reminder for the date `on`, in the receiver's own calendar (R22)?
    pub fn reminder_turn(&self, calendar: &Calendar, on: NaiveDate, now: DateTime<Utc>) -> Turn {
        let local = calendar.zone().local(now);
        if local.date() != on || local.time() >= self.reminders.until || !calendar.is_business_day(on) {
            let next = self.next_reminder(calendar, now).filter(|slot| slot.on != on);
            return Turn::Missed(next.or_else(|| self.first_reminder(calendar, now)));
        }
        if local.time() < self.reminders.at {
            return Turn::At(calendar.zone().at(on, self.reminders.at));
        }
        Turn::Now
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

    /// Are these somebody's working hours: a business day, between the hour of reminders and its end?
    pub fn is_at_work(&self, calendar: &Calendar, now: DateTime<Utc>) -> bool {
        let local = calendar.zone().local(now);
        let hours = self.reminders.at..self.reminders.until;
        calendar.is_business_day(local.date()) && hours.contains(&local.time())
    }

    /// When "later today" is: three hours from now, unless their day is over by then (R22).
    pub fn later_today(&self, calendar: &Calendar, now: DateTime<Utc>) -> Option<Slot> {
        let due_at = now + LATER;
        let (local, today) = (calendar.zone().local(due_at), calendar.zone().local_date(now));
        let works = calendar.is_business_day(today);
        let in_time = local.date() == today && local.time() < self.reminders.until;
        (works && in_time).then_some(Slot { on: today, due_at })
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

    /// Is it the turn of the digest for the date `on` (R24)? By the calendar and the hour of the configuration in force,
    /// which it may have been queued before.
    pub fn digest_turn(&self, on: NaiveDate, now: DateTime<Utc>) -> Turn {
        match self.next_digest(now) {
            Some(slot) if slot.on == on && slot.due_at > now => Turn::At(slot.due_at),
            Some(slot) if slot.on == on => Turn::Now,
            another => Turn::Missed(another),
        }
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

    /// When a wide-impact lane that waits since `since` is escalated for the first time (R22): in the
    /// morning, on the first business day after as many business days as silence takes elsewhere.
    pub fn first_escalation(&self, calendar: &Calendar, since: DateTime<Utc>) -> Option<Slot> {
        let (counting, days) = (self.deadline.counting, self.deadline.business_days.get());
        let end = deadline(calendar, counting, days, since).ok()?;
        let on = calendar.zone().local_date(end);
        let on = if calendar.is_business_day(on) {
            on
        } else {
            calendar.next_business_day(on).ok()?
        };
        self.slot(calendar, on)
    }

    /// The escalation after the one at `now`: every second business day (R22).
    pub fn next_escalation(&self, calendar: &Calendar, now: DateTime<Utc>) -> Option<Slot> {
        let next = calendar.next_business_day(calendar.zone().local_date(now)).ok()?;
        self.slot(calendar, calendar.next_business_day(next).ok()?)
    }
}
