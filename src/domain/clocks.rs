//! When silence ends: the clock of a lane, under the policy in force when it starts (R14, R15, R20).

use super::calendar::{Calendar, CalendarError, Counting, DayCount, deadline, timeline};
use super::ids::{AreaKey, LaneKey};
use super::policy::{Pool, Rules, WhoseClock};
use super::request::{Asked, Clock, ClockPolicy, Details, Lane, MoreTime, Request};
use super::zone;
use chrono::{DateTime, NaiveDate, Utc};
use std::borrow::Cow;

impl Rules {
    /// Whose business days count for a lane (R15): of the area for its director, of the lane, of the company.
    pub fn lane_calendar(&self, lane: &LaneKey, area: Option<&AreaKey>) -> &Calendar {
        let rule = self.lane(lane);
        let directed = rule.is_some_and(|rule| rule.pool == Pool::AreaDirector);
        let area = area.filter(|_| directed).and_then(|area| self.area(area));
        let own = area.and_then(|area| area.calendar.as_ref());
        own.or(rule.and_then(|rule| rule.calendar.as_ref()))
            .unwrap_or(&self.calendar)
    }

    /// The deadline of a lane whose clock starts at `started_at`, with the policy it was computed under. With
    /// `asked` empty, or a company clock, by the lane's calendar; per reviewer, by that of whoever's days end
    /// last.
    ///
    /// # Errors
    /// When a calendar has no working day left to count.
    pub fn lane_clock(
        &self,
        lane: &LaneKey,
        area: Option<&AreaKey>,
        asked: &[Asked],
        started_at: DateTime<Utc>,
    ) -> Result<(DateTime<Utc>, ClockPolicy), CalendarError> {
        let (counting, business_days) = (self.deadline.counting, self.deadline.business_days.get());
        let (end, calendar) = self.lane_end(lane, area, asked, started_at)?;
        let policy = ClockPolicy {
            business_days,
            counting,
            timezone: calendar.zone().clone(),
            tzdb: zone::database_version(),
            days: timeline(&calendar, counting, business_days, started_at)?,
        };
        Ok((end, policy))
    }

    /// The deadline alone, and whose days it is counted in.
    fn lane_end(
        &self,
        lane: &LaneKey,
        area: Option<&AreaKey>,
        asked: &[Asked],
        started_at: DateTime<Utc>,
    ) -> Result<(DateTime<Utc>, Cow<'_, Calendar>), CalendarError> {
        let (counting, business_days) = (self.deadline.counting, self.deadline.business_days.get());
        let end = |calendar: &Calendar| deadline(calendar, counting, business_days, started_at);
        if self.deadline.clock == WhoseClock::PerReviewer {
            let of = |asked: &Asked| self.person_calendar(&asked.user, asked.zone.as_ref());
            let mut ends = Vec::new();
            for calendar in asked.iter().filter(|asked| asked.is_waited_for()).map(of) {
                ends.push((end(&calendar)?, calendar));
            }
            if let Some((end, calendar)) = ends.into_iter().max_by_key(|(end, _)| *end) {
                return Ok((end, Cow::Owned(calendar)));
            }
        }
        let calendar = self.lane_calendar(lane, area);
        Ok((end(calendar)?, Cow::Borrowed(calendar)))
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
        let end = |lane| {
            self.lane_end(lane, details.area.as_ref(), &[], filed_at)
                .map(|(deadline, _)| deadline)
        };
        let ends: Result<Vec<_>, _> = category.lanes.iter().map(end).collect();
        ends.ok()?.into_iter().max()
    }

    /// The clock of a lane: as it runs, or as it would if somebody were told now (R17).
    pub fn expected_clock(
        &self,
        request: &Request,
        lane: &Lane,
        now: DateTime<Utc>,
    ) -> Option<(DateTime<Utc>, ClockPolicy)> {
        if let Clock::Running { deadline, policy, .. } = &lane.clock {
            return Some((*deadline, policy.clone()));
        }
        let (area, started_at) = (request.details.area.as_ref(), self.expected_start(lane, now));
        self.lane_clock(&lane.key, area, &lane.asked, started_at).ok()
    }

    /// The deadline of that clock.
    pub fn expected_deadline(
        &self,
        request: &Request,
        lane: &Lane,
        now: DateTime<Utc>,
    ) -> Option<DateTime<Utc>> {
        if let Clock::Running { deadline, .. } = &lane.clock {
            return Some(*deadline);
        }
        let (area, started_at) = (request.details.area.as_ref(), self.expected_start(lane, now));
        let end = self.lane_end(&lane.key, area, &lane.asked, started_at).ok()?;
        Some(end.0)
    }

    fn expected_start(&self, lane: &Lane, now: DateTime<Utc>) -> DateTime<Utc> {
        let in_time = now - lane.opened_at <= self.deadline.delivery_grace;
        if in_time { lane.opened_at } else { now }
    }

    /// What the clock of a running lane would be under these rules, for comparison (R20).
    pub fn clock_now(&self, request: &Request, lane: &Lane) -> Option<DateTime<Utc>> {
        let Clock::Running { started_at, .. } = &lane.clock else {
            return None;
        };
        let area = request.details.area.as_ref();
        let clock = self.lane_clock(&lane.key, area, &lane.asked, *started_at).ok()?;
        match lane.more_time.as_ref().is_some_and(MoreTime::is_granted) {
            true => self
                .longer(&lane.key, area, &clock.0, &clock.1)
                .map(|(deadline, _)| deadline),
            false => Some(clock.0),
        }
    }

    /// The clock of a running lane with one more business day of the lane's calendar (R18).
    pub fn one_more_day(&self, request: &Request, lane: &Lane) -> Option<(DateTime<Utc>, ClockPolicy)> {
        match &lane.clock {
            Clock::Running { deadline, policy, .. } => {
                self.longer(&lane.key, request.details.area.as_ref(), deadline, policy)
            }
            Clock::NotStarted => None,
        }
    }

    fn longer(
        &self,
        lane: &LaneKey,
        area: Option<&AreaKey>,
        deadline: &DateTime<Utc>,
        policy: &ClockPolicy,
    ) -> Option<(DateTime<Utc>, ClockPolicy)> {
        let zone = &policy.timezone;
        let calendar = self.lane_calendar(lane, area).in_zone(zone.clone());
        let last = policy.counted_days().next_back()?;
        let days = timeline(&calendar, Counting::WholeDays, 1, zone.start_of_day(last)).ok()?;
        let next = days.last()?.date;
        let later = match zone.local(*deadline) {
            same_time if same_time.date() <= last => zone.at(next, same_time.time()),
            _ => zone.start_of_day(next.succ_opt()?),
        };
        let mut policy = policy.clone();
        policy.business_days += 1;
        policy.days.extend(days.into_iter().skip(1));
        if let Some(given) = policy.days.last_mut() {
            given.what = DayCount::Counted(policy.business_days);
        }
        Some((later, policy))
    }
}

impl ClockPolicy {
    /// The days that count, in order.
    pub fn counted_days(&self) -> impl DoubleEndedIterator<Item = NaiveDate> + '_ {
        self.days
            .iter()
            .filter(|day| matches!(day.what, DayCount::Counted(_)))
            .map(|day| day.date)
    }
}

impl Lane {
    /// When the last business day begins on which it can be answered, if its clock runs.
    pub fn last_call(&self) -> Option<DateTime<Utc>> {
        let Clock::Running { policy, .. } = &self.clock else {
            return None;
        };
        Some(policy.timezone.start_of_day(policy.counted_days().next_back()?))
    }
}

impl Request {
    /// Is this the last business day on which a lane can still be answered before it lapses (R22)? True
    /// from that day on, up to the deadline itself.
    pub fn is_last_call(&self, lane: &LaneKey, now: DateTime<Utc>) -> bool {
        let pending = self
            .lane(lane)
            .filter(|lane| lane.is_pending() && !self.is_wide());
        pending.and_then(Lane::last_call).is_some_and(|from| now >= from)
    }
}
