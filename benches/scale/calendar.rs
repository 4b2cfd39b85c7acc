//! Deadlines a second, over the cases with which the calendar is tested.

use chrono::{DateTime, NaiveDate, Utc};
use serde::Deserialize;
use serde_json::json;
use signoff::domain::calendar::{Calendar, Counting, Weekdays, deadline};
use signoff::domain::holidays::{Region, holidays};
use signoff::domain::zone::Zone;
use std::collections::BTreeMap;
use std::time::{Duration, Instant};

const CASES: &str = include_str!("../../tests/data/deadlines.jsonl");
/// How long each way of counting is measured.
const LONG: Duration = Duration::from_secs(2);

#[derive(Deserialize)]
struct Case {
    requested_at: DateTime<Utc>,
    tz: String,
    holidays: Vec<NaiveDate>,
    weekend: Vec<i64>,
    business_days: u32,
}

type Cases = Vec<(Calendar, u32, DateTime<Utc>)>;

pub(crate) fn measure() -> anyhow::Result<()> {
    let own = cases(|case| case.holidays.iter().map(|day| (*day, "off".to_owned())).collect())?;
    let national = holidays(Region::parse("US")?);
    let national = cases(|_| national.clone())?;
    for (what, counting, cases) in [
        ("whole_days", Counting::WholeDays, &own),
        ("elapsed", Counting::Elapsed, &own),
        (
            "whole_days_with_eight_years_of_holidays",
            Counting::WholeDays,
            &national,
        ),
    ] {
        let rate = rate(cases, counting)?;
        println!(
            "{}",
            json!({ "what": what, "cases": cases.len(), "deadlines_a_second": rate.round() })
        );
    }
    Ok(())
}

fn cases(holidays: impl Fn(&Case) -> BTreeMap<NaiveDate, String>) -> anyhow::Result<Cases> {
    let read = |line| {
        let case: Case = serde_json::from_str(line)?;
        let weekend = Weekdays::from_iso(case.weekend.iter().copied())?;
        let calendar = Calendar::new(Zone::parse(&case.tz)?, weekend, holidays(&case))?;
        Ok((calendar, case.business_days, case.requested_at))
    };
    CASES.lines().map(read).collect()
}

fn rate(cases: &Cases, counting: Counting) -> anyhow::Result<f64> {
    let (start, mut done) = (Instant::now(), 0);
    while start.elapsed() < LONG {
        for (calendar, business_days, from) in cases {
            std::hint::black_box(deadline(calendar, counting, *business_days, *from)?);
        }
        done += cases.len();
    }
    Ok(done as f64 / start.elapsed().as_secs_f64())
}
