//! R14 and R27 in plain cases.

use std::collections::BTreeMap;

use chrono::{DateTime, NaiveDate, Utc};
use serde_json::json;
use signoff::domain::calendar::{
    Calendar, CalendarError, CountedDay, Counting, Day, DayCount, MAX_COUNT, Weekdays, deadline, timeline,
};

use super::{at, calendar, days_off, elapsed, on, whole_days, zone};

#[test]
fn wednesday_afternoon_lapses_on_tuesday_midnight_or_monday_afternoon() {
    let berlin = calendar("Europe/Berlin", &[6, 7], &[]);
    assert_eq!(
        whole_days(&berlin, 3, "2026-11-25T14:00:00Z"),
        at("2026-11-30T23:00:00Z")
    );
    assert_eq!(
        elapsed(&berlin, 3, "2026-11-25T14:00:00Z"),
        at("2026-11-30T14:00:00Z")
    );
}

#[test]
fn elapsed_from_a_weekend_ends_with_the_last_full_day() {
    let berlin = calendar("Europe/Berlin", &[6, 7], &[]);
    // Saturday noon: the clock starts on Monday 00:00, five days end with Friday.
    assert_eq!(
        elapsed(&berlin, 5, "2026-11-21T11:00:00Z"),
        at("2026-11-27T23:00:00Z")
    );
    // Monday 00:00 sharp: the same time on the fifth business day after, which is the next Monday.
    assert_eq!(
        elapsed(&berlin, 5, "2026-11-22T23:00:00Z"),
        at("2026-11-29T23:00:00Z")
    );
}

#[test]
fn a_fraction_of_a_second_survives_elapsed_counting_only() {
    let berlin = calendar("Europe/Berlin", &[6, 7], &[]);
    let from = "2026-11-25T14:00:00.123456789Z";
    assert_eq!(elapsed(&berlin, 1, from), at("2026-11-26T14:00:00.123456789Z"));
    assert_eq!(whole_days(&berlin, 1, from), at("2026-11-26T23:00:00Z"));
}

#[test]
fn friday_and_saturday_can_be_the_weekend() {
    let riyadh = calendar("Asia/Riyadh", &[5, 6], &[]);
    assert_eq!(riyadh.day(on("2026-11-27")), Day::Weekend);
    assert_eq!(riyadh.day(on("2026-11-29")), Day::Business);
    assert_eq!(
        whole_days(&riyadh, 1, "2026-11-26T10:00:00Z"),
        at("2026-11-29T21:00:00Z")
    );
}

#[test]
fn without_a_weekend_every_day_counts() {
    let utc = calendar("UTC", &[], &[]);
    assert_eq!(
        whole_days(&utc, 7, "2026-11-20T10:00:00Z"),
        at("2026-11-28T00:00:00Z")
    );
}

#[test]
fn a_two_week_shutdown_is_waited_out() {
    let days: Vec<String> = (19..=31).map(|day| format!("2026-12-{day}")).collect();
    let mut days: Vec<&str> = days.iter().map(String::as_str).collect();
    days.push("2027-01-01");
    let berlin = calendar("Europe/Berlin", &[6, 7], &days);
    assert_eq!(
        whole_days(&berlin, 2, "2026-12-17T10:00:00Z"),
        at("2027-01-04T23:00:00Z")
    );
    assert_eq!(berlin.next_business_day(on("2026-12-18")), Ok(on("2027-01-04")));
    assert_eq!(
        berlin.previous_business_day(on("2027-01-04")),
        Ok(on("2026-12-18"))
    );
}

#[test]
fn a_leap_day_counts() {
    let utc = calendar("UTC", &[6, 7], &[]);
    assert_eq!(
        whole_days(&utc, 2, "2028-02-28T10:00:00Z"),
        at("2028-03-02T00:00:00Z")
    );
    assert_eq!(utc.business_days_between(on("2028-02-28"), on("2028-03-01")), 2);
}

#[test]
fn a_calendar_without_a_working_day_is_an_error_not_a_loop() {
    let all = Weekdays::from_iso(1..=7).expect("weekdays");
    assert_eq!(
        Calendar::new(zone("UTC"), all, days_off(&[])),
        Err(CalendarError::NoWorkingWeekday)
    );

    let filed_on = on("2026-11-20");
    let off: BTreeMap<_, _> = filed_on
        .iter_days()
        .take(3000)
        .map(|day| (day, "shut".to_owned()))
        .collect();
    let shut = Calendar::new(zone("UTC"), Weekdays::default(), off).expect("open some day");
    let no_day = CalendarError::NoBusinessDay(filed_on);
    assert_eq!(shut.next_business_day(filed_on), Err(no_day.clone()));
    assert_eq!(
        deadline(&shut, Counting::WholeDays, 1, at("2026-11-20T10:00:00Z")),
        Err(no_day.clone())
    );
    assert_eq!(
        timeline(&shut, Counting::Elapsed, 1, at("2026-11-20T10:00:00Z")),
        Err(no_day)
    );
    let last = on("2034-01-01");
    assert_eq!(
        shut.previous_business_day(last),
        Err(CalendarError::NoBusinessDay(last))
    );
}

#[test]
fn the_ends_of_time_are_errors_not_panics() {
    for weekend in [&[][..], &[6, 7]] {
        for name in ["America/Los_Angeles", "Pacific/Apia", "UTC"] {
            let calendar = calendar(name, weekend, &[]);
            for from in [DateTime::<Utc>::MAX_UTC, DateTime::<Utc>::MIN_UTC] {
                for counting in [Counting::WholeDays, Counting::Elapsed] {
                    let end = deadline(&calendar, counting, 3, from);
                    assert_eq!(
                        end.is_err(),
                        from == DateTime::<Utc>::MAX_UTC,
                        "{name} {from} {end:?}"
                    );
                    assert_eq!(timeline(&calendar, counting, 3, from).is_err(), end.is_err());
                }
            }
            assert!(calendar.next_business_day(NaiveDate::MAX).is_err());
            assert!(calendar.previous_business_day(NaiveDate::MIN).is_err());
            assert!(
                calendar
                    .last_business_day_before(DateTime::<Utc>::MIN_UTC)
                    .is_err()
            );
        }
    }
    let utc = calendar("UTC", &[], &[]);
    for count in [0, MAX_COUNT + 1, u32::MAX] {
        let refused = deadline(&utc, Counting::WholeDays, count, at("2026-11-20T10:00:00Z"));
        assert_eq!(refused, Err(CalendarError::Count(count)));
    }
}

#[test]
fn the_last_day_to_warn_begins_before_the_deadline() {
    let berlin = calendar("Europe/Berlin", &[6, 7], &["2026-11-27"]);
    let last = |deadline: &str| berlin.last_business_day_before(at(deadline));
    assert_eq!(
        last("2026-11-30T23:00:00Z"),
        Ok(on("2026-11-30")),
        "whole days, Tuesday 00:00"
    );
    assert_eq!(
        last("2026-11-30T14:00:00Z"),
        Ok(on("2026-11-30")),
        "elapsed, Monday 15:00"
    );
    assert_eq!(
        last("2026-11-29T23:00:00Z"),
        Ok(on("2026-11-26")),
        "Monday 00:00, past a holiday and a weekend"
    );
}

#[test]
fn the_timeline_names_every_day() {
    let berlin = calendar("Europe/Berlin", &[6, 7], &["2026-11-26"]);
    let days = timeline(&berlin, Counting::WholeDays, 2, at("2026-11-25T14:00:00Z")).expect("a timeline");
    let expected = [
        ("2026-11-25", DayCount::FilingDay),
        ("2026-11-26", DayCount::Holiday("off on 2026-11-26".to_owned())),
        ("2026-11-27", DayCount::Counted(1)),
        ("2026-11-28", DayCount::Weekend),
        ("2026-11-29", DayCount::Weekend),
        ("2026-11-30", DayCount::Counted(2)),
    ];
    assert_eq!(
        days,
        expected.map(|(date, what)| CountedDay { date: on(date), what })
    );
    let json = serde_json::to_value(&days[..3]).expect("JSON");
    let expected = json!([
        { "date": "2026-11-25", "what": "filing-day" },
        { "date": "2026-11-26", "what": { "holiday": "off on 2026-11-26" } },
        { "date": "2026-11-27", "what": { "counted": 1 } },
    ]);
    assert_eq!(json, expected);
}
