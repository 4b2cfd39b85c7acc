//! The calendar against its oracle, its hazards by name, and its laws.

mod batch;
mod deadlines;
mod hazards;
mod holidays;
mod laws;
mod names;
mod oracle;

use std::collections::BTreeMap;

use chrono::{DateTime, NaiveDate, NaiveTime, Utc};
use signoff::domain::calendar::{Calendar, Counting, Weekdays, deadline};
use signoff::domain::zone::Zone;

pub(crate) fn at(text: &str) -> DateTime<Utc> {
    text.parse().expect("an instant")
}

pub(crate) fn on(text: &str) -> NaiveDate {
    text.parse().expect("a date")
}

pub(crate) fn time(text: &str) -> NaiveTime {
    text.parse().expect("a time")
}

pub(crate) fn zone(name: &str) -> Zone {
    Zone::parse(name).expect("a zone")
}

pub(crate) fn days_off(days: &[&str]) -> BTreeMap<NaiveDate, String> {
    days.iter()
        .map(|day| (on(day), format!("off on {day}")))
        .collect()
}

pub(crate) fn calendar(zone_name: &str, weekend: &[i64], off: &[&str]) -> Calendar {
    let weekend = Weekdays::from_iso(weekend.iter().copied()).expect("a weekend");
    Calendar::new(zone(zone_name), weekend, days_off(off)).expect("a working day")
}

pub(crate) fn whole_days(calendar: &Calendar, n: u32, from: &str) -> DateTime<Utc> {
    deadline(calendar, Counting::WholeDays, n, at(from)).expect("a deadline")
}

pub(crate) fn elapsed(calendar: &Calendar, n: u32, from: &str) -> DateTime<Utc> {
    deadline(calendar, Counting::Elapsed, n, at(from)).expect("a deadline")
}
