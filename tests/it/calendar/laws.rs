//! What holds for every calendar and every instant.

use std::collections::BTreeMap;
use std::sync::Arc;

use chrono::{DateTime, TimeDelta, Utc};
use proptest::prelude::*;
use signoff::domain::calendar::{Calendar, Counting, DayCount, Weekdays, deadline, timeline};
use signoff::domain::zone::Zone;

use super::{at, on, zone};

const ZONES: [&str; 14] = [
    "Africa/Cairo",
    "Africa/Casablanca",
    "America/Havana",
    "America/Los_Angeles",
    "America/Nuuk",
    "America/Santiago",
    "America/St_Johns",
    "Asia/Beirut",
    "Asia/Gaza",
    "Atlantic/Azores",
    "Australia/Lord_Howe",
    "Europe/Berlin",
    "Pacific/Apia",
    "Pacific/Chatham",
];

fn any_zone() -> impl Strategy<Value = Zone> {
    proptest::sample::select(&ZONES[..]).prop_map(zone)
}

/// From 2012 to 2036, after the last local date that came back (see the next test).
fn any_instant() -> impl Strategy<Value = DateTime<Utc>> {
    (0..25 * 365 * 24 * 60_i64, 0..60_000_000_000_i64).prop_map(|(minutes, nanoseconds)| {
        at("2012-01-01T12:00:00Z") + TimeDelta::minutes(minutes) + TimeDelta::nanoseconds(nanoseconds)
    })
}

fn any_calendar() -> impl Strategy<Value = Calendar> {
    let weekend = proptest::collection::vec(1..=7_i64, 0..=4);
    let off = proptest::collection::btree_set(0..25 * 365_u64, 0..900);
    (any_zone(), weekend, off).prop_map(|(zone, weekend, off)| {
        let first = on("2012-01-01");
        let off: BTreeMap<_, _> = off
            .into_iter()
            .map(|day| (first + chrono::Days::new(day), "off".to_owned()))
            .collect();
        Calendar::new(
            zone,
            Weekdays::from_iso(weekend).expect("weekdays"),
            Arc::new(off),
        )
        .expect("open")
    })
}

fn any_counting() -> impl Strategy<Value = Counting> {
    proptest::sample::select(&[Counting::WholeDays, Counting::Elapsed][..])
}

/// The premise of "a later filing never lapses earlier": where a local date comes back, as in St John's until
/// 2011, the date that R14 says never counts is for some minutes the later one. No zone does so any more.
#[test]
fn no_local_date_comes_back_since_2012() {
    let rules = jiff::tz::TimeZoneDatabase::bundled();
    let (start, end): (jiff::Timestamp, jiff::Timestamp) = (
        "2012-01-01T00:00:00Z".parse().expect("a time"),
        "2060-01-01T00:00:00Z".parse().expect("a time"),
    );
    let mut changes = 0;
    for name in rules.available() {
        let zone = rules.get(name.as_str()).expect("a zone");
        for change in zone
            .following(start)
            .take_while(|change| change.timestamp() < end)
        {
            let before = change.timestamp() - jiff::SignedDuration::from_nanos(1);
            let date = |at| zone.to_datetime(at).date();
            assert!(
                date(before) <= date(change.timestamp()),
                "{name} {}",
                change.timestamp()
            );
            changes += 1;
        }
    }
    assert!(changes > 10_000, "{changes}");
}

proptest! {
    #[test]
    fn a_later_filing_never_lapses_earlier(
        calendar in any_calendar(), n in 1..=10_u32, from in any_instant(), later in 0..200 * 3600_i64,
    ) {
        let first = deadline(&calendar, Counting::WholeDays, n, from).expect("a deadline");
        let second =
            deadline(&calendar, Counting::WholeDays, n, from + TimeDelta::seconds(later)).expect("a deadline");
        prop_assert!(first <= second);
    }

    #[test]
    fn a_whole_days_deadline_begins_the_day_after_n_business_days(
        calendar in any_calendar(), n in 1..=10_u32, from in any_instant(),
    ) {
        let zone = calendar.zone();
        let end = deadline(&calendar, Counting::WholeDays, n, from).expect("a deadline");
        let last = zone.local_date(end - TimeDelta::nanoseconds(1));
        prop_assert!(calendar.is_business_day(last));
        prop_assert_eq!(calendar.business_days_between(zone.local_date(from), last), n as usize);
        prop_assert_eq!(calendar.last_business_day_before(end), Ok(last));
        prop_assert_ne!(zone.local_date(end), last);
    }

    #[test]
    fn an_elapsed_deadline_keeps_the_local_time_of_a_business_day(
        calendar in any_calendar(), n in 1..=10_u32, from in any_instant(),
    ) {
        let zone = calendar.zone();
        let end = deadline(&calendar, Counting::Elapsed, n, from).expect("a deadline");
        if calendar.is_business_day(zone.local_date(from)) {
            prop_assert!(calendar.is_business_day(zone.local_date(end)));
            prop_assert_eq!(calendar.business_days_between(zone.local_date(from), zone.local_date(end)), n as usize);
            // In a gap the time does not exist: the deadline is the first one after it.
            let late = zone.local(end).time() - zone.local(from).time();
            prop_assert!(late >= TimeDelta::zero() && late <= TimeDelta::hours(1), "{}", late);
        } else {
            prop_assert_eq!(Ok(end), deadline(&calendar, Counting::WholeDays, n, from));
        }
    }

    #[test]
    fn a_timeline_has_every_date_and_n_counted_ones(
        calendar in any_calendar(), n in 1..=10_u32, from in any_instant(), counting in any_counting(),
    ) {
        let days = timeline(&calendar, counting, n, from).expect("a timeline");
        prop_assert_eq!(days[0].date, calendar.zone().local_date(from));
        prop_assert!(days.windows(2).all(|pair| pair[0].date.succ_opt() == Some(pair[1].date)));
        let counted: Vec<u32> =
            days.iter().filter_map(|day| if let DayCount::Counted(k) = day.what { Some(k) } else { None }).collect();
        prop_assert_eq!(counted, (1..=n).collect::<Vec<u32>>());
        let end = deadline(&calendar, counting, n, from).expect("a deadline");
        let last = days[days.len() - 1].date;
        prop_assert!(calendar.zone().start_of_day(last) < end || counting == Counting::Elapsed);
        prop_assert!(end <= calendar.zone().start_of_day(last.succ_opt().expect("a next day")));
    }

    #[test]
    fn the_start_of_a_day_is_its_first_instant(zone in any_zone(), around in any_instant()) {
        let date = zone.local_date(around);
        let start = zone.start_of_day(date);
        prop_assert_eq!(zone.local_date(start), date);
        prop_assert!(zone.local_date(start - TimeDelta::nanoseconds(1)) < date);
        prop_assert!(start <= around);
        prop_assert!(zone.date_exists(date));
    }
}

/// The same law on every date on which some zone changes its clocks, which chance would miss.
#[test]
fn every_day_of_a_change_starts_at_its_first_instant() {
    for name in ZONES {
        let zone = zone(name);
        for date in on("2005-01-01").iter_days().take(32 * 365) {
            let start = zone.start_of_day(date);
            assert!(zone.local_date(start) >= date, "{name} {date}");
            assert!(
                zone.local_date(start - TimeDelta::nanoseconds(1)) < date,
                "{name} {date}"
            );
            let quarters = (0..12).map(|quarter| start + TimeDelta::minutes(15 * quarter));
            assert!(
                quarters.map(|at| zone.local_date(at)).all(|local| local >= date),
                "{name} {date}"
            );
        }
    }
}
