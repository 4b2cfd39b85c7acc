//! Every row through the whole of `explain --batch`, in both countings.

use std::collections::BTreeSet;

use serde_json::{Value, json};
use signoff::domain::batch::explain_batch_line;
use signoff::domain::calendar::{Counting, DayCount, timeline};

use super::{at, calendar};

const ORACLE: &str = include_str!("../../data/deadlines.jsonl");
const CURRENT_RULES: &str = include_str!("../../data/deadlines-current-tzdata.jsonl");

/// The ids of the rows answered otherwise than expected, in either counting.
fn wrong_rows(rows: &str) -> BTreeSet<String> {
    let mut wrong = BTreeSet::new();
    for row in rows.lines() {
        let mut question: Value = serde_json::from_str(row).expect("JSON");
        for (counting, expected) in [
            ("whole-days", "expected_deadline_whole_days"),
            ("elapsed", "expected_deadline_elapsed"),
        ] {
            question["counting"] = json!(counting);
            let answer: Value =
                serde_json::from_str(&explain_batch_line(&question.to_string())).expect("JSON");
            if answer != json!({ "deadline": question[expected] }) {
                wrong.insert(question["id"].as_str().expect("an id").to_owned());
            }
        }
    }
    wrong
}

#[test]
fn every_oracle_row_is_exact() {
    assert_eq!(ORACLE.lines().count(), 3000);
    assert_eq!(wrong_rows(ORACLE), BTreeSet::new());
}

/// Cuba's change of rules is in IANA 2026f; jiff bundles 2026e. When this fails because fewer rows are wrong,
/// jiff has caught up: shorten the list.
const NEEDS_2026F: &str = "\
    t00002 t00004 t00005 t00007 t00011 t00013 t00014 t00015 t00016 t00017 t00263 t00265 \
    t00266 t00267 t00276 t00279 t00281 t00283 t00287 t00291 t00292 t00293 t00296 t00297 \
    t00299 t00300 t00301 t00302 t00303 t00304 t00305 t00311 t00313 t00314 t00315";

#[test]
fn every_row_that_needs_current_rules_is_exact() {
    assert_eq!(CURRENT_RULES.lines().count(), 150);
    assert_eq!(
        wrong_rows(CURRENT_RULES),
        NEEDS_2026F.split_whitespace().map(str::to_owned).collect()
    );
}

#[test]
fn timelines_agree_with_every_oracle_row() {
    for row in ORACLE.lines() {
        let row: Value = serde_json::from_str(row).expect("JSON");
        let text = |key: &str| row[key].as_str().expect("a string").to_owned();
        let off: Vec<String> = serde_json::from_value(row["holidays"].clone()).expect("dates");
        let weekend: Vec<i64> = serde_json::from_value(row["weekend"].clone()).expect("numbers");
        let off: Vec<&str> = off.iter().map(String::as_str).collect();
        let calendar = calendar(&text("tz"), &weekend, &off);
        let n = u32::try_from(row["business_days"].as_u64().expect("a count")).expect("small");
        let from = at(&text("requested_at"));
        let days = timeline(&calendar, Counting::WholeDays, n, from).expect("a timeline");
        let last = days.last().expect("a last day");
        assert_eq!(last.what, DayCount::Counted(n));
        let after = last.date.succ_opt().expect("a next day");
        assert_eq!(
            calendar.zone().start_of_day(after),
            at(&text("expected_deadline_whole_days")),
            "{row}"
        );
        assert_eq!(
            timeline(&calendar, Counting::Elapsed, n, from).expect("a timeline"),
            days
        );
    }
}
