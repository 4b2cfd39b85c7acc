//! Names and numbers that people type.

use chrono::Weekday;
use serde_json::json;
use signoff::domain::calendar::{BusinessDays, Counting, Weekdays};
use signoff::domain::zone::Zone;

use super::zone;

#[test]
fn a_zone_is_exactly_an_iana_name() {
    for name in ["Europe/Berlin", "US/Pacific", "UTC", "Etc/GMT+5", "EST5EDT"] {
        assert_eq!(zone(name).to_string(), name);
        let json = serde_json::to_string(&zone(name)).expect("JSON");
        assert_eq!(serde_json::from_str::<Zone>(&json).expect("a zone"), zone(name));
    }
    let refused = [
        "",
        "+02:00",
        "europe/berlin",
        "utc",
        "EST5EDT,M3.2.0,M11.1.0",
        "Factory",
        "Etc/Unknown",
        "../UTC",
        " UTC",
    ];
    for name in refused {
        assert!(Zone::parse(name).is_err(), "{name}");
    }
    let message = |name: &str| Zone::parse(name).expect_err("unknown").to_string();
    assert_eq!(
        message("+02:00"),
        "unknown time zone \"+02:00\"; use an IANA name such as Europe/Berlin"
    );
    for typo in ["Europe/Berln", "europe/berlin", "Berlin"] {
        let error = Zone::parse(typo).expect_err("unknown");
        assert_eq!(
            error.near.first().map(String::as_str),
            Some("Europe/Berlin"),
            "{error}"
        );
        assert!(error.near.len() <= 3);
    }
    let error = serde_json::from_str::<Zone>("\"Europe/Berln\"")
        .expect_err("unknown")
        .to_string();
    assert!(
        error.starts_with("unknown time zone \"Europe/Berln\"; did you mean Europe/Berlin"),
        "{error}"
    );
    assert!(message(&"x".repeat(100_000)).len() < 300);
}

#[test]
fn weekdays_are_english_names_or_iso_numbers() {
    let friday_saturday = Weekdays::from_names(["Saturday", "friday"]).expect("weekdays");
    assert_eq!(Weekdays::from_iso([5, 6]), Ok(friday_saturday));
    assert_eq!(
        serde_json::to_value(friday_saturday).expect("JSON"),
        json!(["friday", "saturday"])
    );
    assert_eq!(
        serde_json::from_value::<Weekdays>(json!(["friday", "saturday"])).expect("days"),
        friday_saturday
    );
    assert!(friday_saturday.contains(Weekday::Fri) && !friday_saturday.contains(Weekday::Sun));
    for number in [0, 8, -1] {
        assert!(Weekdays::from_iso([number]).is_err());
    }
    let error = Weekdays::from_names(["caturday"])
        .expect_err("no weekday")
        .to_string();
    assert!(error.starts_with("unknown weekday \"caturday\""), "{error}");
}

#[test]
fn a_lane_waits_1_to_365_business_days() {
    assert_eq!(BusinessDays::new(3).map(BusinessDays::get), Ok(3));
    assert!(BusinessDays::new(1).is_ok() && BusinessDays::new(365).is_ok());
    for bad in [0, 366, 400, -3, i64::MAX] {
        let error = serde_json::from_value::<BusinessDays>(json!(bad))
            .expect_err("refused")
            .to_string();
        assert_eq!(error, format!("business_days must be 1 to 365, not {bad}"));
    }
}

#[test]
fn counting_is_spelt_the_same_everywhere() {
    for counting in [Counting::WholeDays, Counting::Elapsed] {
        assert_eq!(counting.to_string().parse(), Ok(counting));
        assert_eq!(
            serde_json::to_value(counting).expect("JSON"),
            json!(counting.to_string())
        );
    }
    let error = "hours".parse::<Counting>().expect_err("unknown").to_string();
    assert_eq!(
        error,
        "unknown counting \"hours\"; use \"whole-days\" or \"elapsed\""
    );
}
