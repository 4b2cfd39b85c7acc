//! What silence will do, and when.

use crate::domain::calendar::Counting;
use crate::domain::policy::Rules;
use crate::domain::request::{Clock, ClockPolicy, Gate, Lane, Request};
use crate::view::text::{count, date};
use chrono::{DateTime, NaiveDate, Utc};

/// Of counted days, so many are named.
const DAYS_SHOWN: usize = 5;

/// `3 full business days`.
pub(in crate::view) fn business_days(days: u32, counting: Counting) -> String {
    let days = days as usize;
    match counting {
        Counting::WholeDays => count(days, "full business day", "full business days"),
        Counting::Elapsed => count(days, "business day", "business days"),
    }
}

/// How long silence takes in this lane: under the policy of its clock, else under today's (R20).
pub(in crate::view) fn silence(rules: &Rules, lane: &Lane) -> String {
    let (days, counting) = policy(rules, lane);
    business_days(days, counting)
}

fn policy(rules: &Rules, lane: &Lane) -> (u32, Counting) {
    match &lane.clock {
        Clock::Running { policy, .. } => (policy.business_days, policy.counting),
        Clock::NotStarted => (rules.deadline.business_days.get(), rules.deadline.counting),
    }
}

/// The days that count, where they are few: ` (Thu 26, Fri 27, Mon 30 Nov)`.
pub(in crate::view) fn counted_days(policy: &ClockPolicy) -> String {
    let dates: Vec<NaiveDate> = policy.counted_days().collect();
    if dates.len() > DAYS_SHOWN {
        return String::new();
    }
    let names: Vec<String> = dates
        .iter()
        .map(|date| date.format("%a %-d").to_string())
        .collect();
    let month = dates.last().map(|date| date.format(" %b").to_string());
    format!(" ({}{})", names.join(", "), month.unwrap_or_default())
}

/// When silence would open the gate, clocks that are about to start included; `None` when it would not.
pub(in crate::view) fn opens_on_silence_at(
    rules: &Rules,
    request: &Request,
    now: DateTime<Utc>,
) -> Option<DateTime<Utc>> {
    if request.is_wide() || !request.gated || request.lanes.iter().any(Lane::is_held) {
        return None;
    }
    let deadlines: Option<Vec<_>> = request
        .pending()
        .map(|lane| rules.expected_deadline(request, lane, now))
        .collect();
    deadlines?.into_iter().max()
}

/// Points out a publish date that comes before silence can open the gate (R28).
pub(in crate::view) fn too_early(rules: &Rules, request: &Request, now: DateTime<Utc>) -> Option<String> {
    let planned = request
        .details
        .publish_on
        .filter(|_| request.is_open() && request.gate() == Gate::Blocked)?;
    let opens_on = rules
        .calendar
        .zone()
        .local_date(opens_on_silence_at(rules, request, now)?);
    let says = "before silence can open the gate: the answers are needed by then";
    (planned < opens_on).then(|| format!("Planned for {}, {says}.", date(planned)))
}
