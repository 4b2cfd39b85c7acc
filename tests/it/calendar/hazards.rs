//! What clocks and dates have done to calendars, by name.

use signoff::domain::calendar::{Counting, Day, DayCount, timeline};
use signoff::domain::zone;

use super::{at, calendar, elapsed, on, time, whole_days, zone};

#[test]
fn vancouver_stays_on_summer_time_in_december_2026() {
    assert_eq!(
        zone("America/Vancouver").offset_seconds(at("2026-12-01T12:00:00Z")),
        -7 * 3600
    );
    assert_eq!(zone::database_version(), "2026e");
}

#[test]
fn a_missing_midnight_starts_the_day_at_the_end_of_the_gap() {
    for (name, date, first) in [
        ("Africa/Cairo", "2027-04-30", "2027-04-29T22:00:00Z"),
        ("America/Santiago", "2026-09-06", "2026-09-06T04:00:00Z"),
        ("Asia/Beirut", "2027-03-28", "2027-03-27T22:00:00Z"),
    ] {
        let zone = zone(name);
        assert_eq!(zone.start_of_day(on(date)), at(first), "{name}");
        assert_eq!(
            zone.local(at(first)),
            on(date).and_time(time("01:00:00")),
            "{name}"
        );
        assert_eq!(zone.at(on(date), time("00:30:00")), at(first), "{name}");
    }
}

#[test]
fn a_gap_can_begin_before_the_midnight_it_swallows() {
    // Toronto, 1919: 30 March 23:30 became 31 March 00:30.
    let zone = zone("America/Toronto");
    assert_eq!(zone.start_of_day(on("1919-03-31")), at("1919-03-31T04:30:00Z"));
    assert_eq!(
        zone.local(at("1919-03-31T04:30:00Z")),
        on("1919-03-31").and_time(time("00:30:00"))
    );
}

#[test]
fn midnight_twice_in_havana_is_the_first() {
    assert_eq!(
        zone("America/Havana").start_of_day(on("2025-11-02")),
        at("2025-11-02T04:00:00Z")
    );
    assert_eq!(
        zone("America/Havana").at(on("2025-11-02"), time("00:30:00")),
        at("2025-11-02T05:30:00Z")
    );
}

#[test]
fn midnight_twice_in_st_johns_2010_is_the_second_because_the_old_day_returns() {
    let zone = zone("America/St_Johns");
    assert_eq!(
        zone.local_date(at("2010-11-07T02:30:30Z")),
        on("2010-11-07"),
        "the first midnight"
    );
    assert_eq!(
        zone.local_date(at("2010-11-07T02:31:30Z")),
        on("2010-11-06"),
        "the old day returns"
    );
    assert_eq!(zone.start_of_day(on("2010-11-07")), at("2010-11-07T03:30:00Z"));
}

#[test]
fn the_date_apia_skipped_is_no_business_day() {
    let apia = calendar("Pacific/Apia", &[], &[]);
    assert_eq!(apia.day(on("2011-12-30")), Day::Skipped);
    assert!(!apia.zone().date_exists(on("2011-12-30")) && apia.zone().date_exists(on("2011-12-31")));
    assert_eq!(
        apia.zone().start_of_day(on("2011-12-30")),
        apia.zone().start_of_day(on("2011-12-31"))
    );
    assert_eq!(apia.next_business_day(on("2011-12-29")), Ok(on("2011-12-31")));
    assert_eq!(apia.previous_business_day(on("2011-12-31")), Ok(on("2011-12-29")));
    assert_eq!(apia.business_days_between(on("2011-12-28"), on("2011-12-31")), 2);
    let days = timeline(&apia, Counting::WholeDays, 1, at("2011-12-29T20:00:00Z")).expect("a timeline");
    let what: Vec<DayCount> = days.into_iter().map(|day| day.what).collect();
    assert_eq!(
        what,
        [DayCount::FilingDay, DayCount::Skipped, DayCount::Counted(1)]
    );
}

#[test]
fn lord_howe_changes_by_half_an_hour() {
    let howe = calendar("Australia/Lord_Howe", &[6, 7], &[]);
    // 2026-10-04, 02:00 +10:30 becomes 02:30 +11:00; both Mondays begin at their own midnight.
    assert_eq!(
        whole_days(&howe, 1, "2026-10-01T02:00:00Z"),
        at("2026-10-02T13:30:00Z")
    );
    assert_eq!(
        whole_days(&howe, 2, "2026-10-01T02:00:00Z"),
        at("2026-10-05T13:00:00Z")
    );
    let gap = howe.zone().at(on("2026-10-04"), time("02:15:00"));
    assert_eq!(gap, at("2026-10-03T15:30:00Z"));
}

#[test]
fn a_missing_hour_ends_at_its_gap_and_a_double_hour_is_the_later() {
    let every_day = calendar("America/New_York", &[], &[]);
    assert_eq!(
        elapsed(&every_day, 1, "2026-03-07T07:30:00Z"),
        at("2026-03-08T07:00:00Z")
    );
    assert_eq!(
        elapsed(&every_day, 1, "2026-10-31T05:30:00Z"),
        at("2026-11-01T06:30:00Z")
    );
}
