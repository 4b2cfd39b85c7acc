//! How the days of each lane count, one by one (R27).

use super::text::{capitalised, day, instant, mention, typed, width};
use super::words::{self, Reader, lane_name, subject};
use super::{Message, kit};
use crate::domain::calendar::{CountedDay, DayCount};
use crate::domain::policy::Rules;
use crate::domain::request::{Clock, Lane, MoreTime, Request, Standing};
use chrono::{DateTime, NaiveDate, Utc};

/// Lanes in one answer, one block each.
const LANES_MAX: usize = 40;
/// Days in one lane; of a longer row the middle is counted only.
const DAYS_MAX: usize = 40;
/// Of a long row, so many of the last days are shown.
const DAYS_AT_END: usize = 5;

/// For every lane each calendar day and whether it counts; then when it lapses, or why never.
pub fn why(rules: &Rules, request: &Request, now: DateTime<Utc>) -> Message {
    let gate = words::end_says(request).unwrap_or_else(|| words::gate_says(rules, request, Reader::Other));
    let mut blocks = vec![kit::section(
        "gate",
        &format!("{gate}\n{}", subject(rules, request)),
    )];
    for lane in request.lanes.iter().take(LANES_MAX) {
        blocks.push(kit::section(
            &format!("lane.{}", lane.key),
            &lane_why(rules, request, lane, now),
        ));
    }
    Message::new(&gate, blocks)
}

fn lane_why(rules: &Rules, request: &Request, lane: &Lane, now: DateTime<Utc>) -> String {
    let name = capitalised(&lane_name(rules, &lane.key));
    let asked = words::reachable(lane);
    let asked = if asked.is_empty() {
        "nobody asked yet".to_owned()
    } else {
        format!("asked {}", words::people(asked))
    };
    let mut lines = vec![format!("*{name}* (`{}`), {asked}", typed(lane.key.as_str(), 60))];
    if request.gated {
        lines.extend(days(rules, request, lane, now));
    }
    lines.push(format!("→ {}", conclusion(request, lane)));
    lines.join("\n")
}

/// One line a day, as they were counted when the clock started (R20). Days before anybody was told, and days
/// under an objection, are said to be such.
fn days(rules: &Rules, request: &Request, lane: &Lane, now: DateTime<Utc>) -> Vec<String> {
    let Clock::Running {
        started_at,
        policy,
        deadline,
    } = &lane.clock
    else {
        let zone = rules
            .lane_calendar(&lane.key, request.details.area.as_ref())
            .zone();
        return undelivered(zone.local_date(lane.opened_at), zone.local_date(now), true);
    };
    let zone = &policy.timezone;
    let mut lines = undelivered(
        zone.local_date(lane.opened_at),
        zone.local_date(*started_at),
        false,
    );
    let held_on = lane
        .decision()
        .filter(|_| lane.is_held())
        .map(|held| zone.local_date(held.at));
    let started = match (*started_at == lane.opened_at, lane.round) {
        (false, _) => "first card delivered",
        (true, 1) => "filing day",
        (true, _) => "asked again",
    };
    let counted = policy
        .days
        .iter()
        .take_while(|row| held_on.is_none_or(|held_on| row.date < held_on));
    lines.extend(counted.map(|row| says(row, started)));
    lines.extend(held_on.map(|held_on| format!("{}: held by the objection from here on", day(held_on))));
    if lane.more_time.as_ref().is_some_and(MoreTime::is_granted) {
        lines.push(format!(
            "The last of these was given by {}",
            mention(&request.requester)
        ));
    }
    if rules.clock_now(request, lane).is_some_and(|now| now != *deadline) {
        let kept = instant(*deadline);
        lines.push(format!(
            "The configuration has changed since; the deadline of then holds: {kept}"
        ));
    }
    middle_counted(lines)
}

fn undelivered(from: NaiveDate, until: NaiveDate, until_too: bool) -> Vec<String> {
    let days = from
        .iter_days()
        .take_while(|date| *date < until || (until_too && *date == until));
    middle_counted(
        days.map(|date| format!("{}: not yet delivered, does not count", day(date)))
            .collect(),
    )
}

fn says(row: &CountedDay, started: &str) -> String {
    let what = match &row.what {
        DayCount::FilingDay => format!("{started}, does not count"),
        DayCount::Counted(number) => format!("*counts {number}*"),
        DayCount::Weekend => "weekend".to_owned(),
        DayCount::Holiday(name) => format!("holiday, {}", typed(name, 60)),
        DayCount::Skipped => "this date does not exist there".to_owned(),
    };
    format!("{}: {what}", day(row.date))
}

/// Long rows lose their middle, never their end.
fn middle_counted(mut lines: Vec<String>) -> Vec<String> {
    const ROOM: usize = 2000;
    let long = |lines: &[String]| lines.iter().map(|line| width(line) + 1).sum::<usize>() > ROOM;
    if lines.len() <= DAYS_MAX && !long(&lines) {
        return lines;
    }
    let last = lines.split_off(lines.len().saturating_sub(DAYS_AT_END));
    let all = lines.len();
    lines.truncate(DAYS_MAX - DAYS_AT_END);
    while long(&lines) {
        lines.pop();
    }
    lines.push(format!("… {} more days …", all - lines.len()));
    lines.extend(last);
    lines
}

/// When it lapses, or why never.
fn conclusion(request: &Request, lane: &Lane) -> String {
    if !request.gated {
        return "voluntary: it never lapses, and nothing waits on it".to_owned();
    }
    match &lane.standing {
        Standing::Approved { decision, .. } => {
            format!("approved by {} {}", mention(&decision.by), instant(decision.at))
        }
        Standing::ChangesRequested { decision } => {
            format!(
                "does not lapse while the objection of {} stands",
                mention(&decision.by)
            )
        }
        Standing::Lapsed { at, objection } => {
            let later = objection
                .as_ref()
                .map(|late| format!("; {} asked for changes after that", mention(&late.by)));
            format!("*lapsed* {}{}", instant(*at), later.unwrap_or_default())
        }
        Standing::Pending if !request.is_open() => "nobody had answered when the request ended".to_owned(),
        Standing::Pending => pending(request, lane),
    }
}

fn pending(request: &Request, lane: &Lane) -> String {
    match lane.deadline() {
        _ if request.is_wide() => "never lapses: wide-impact waits for an answer".to_owned(),
        Some(deadline) => format!("lapses {} if nobody answers", instant(deadline)),
        None if lane.unfillable => "does not lapse: nobody can fill this lane".to_owned(),
        None => "does not lapse yet: nobody was reached, so silence does not count yet".to_owned(),
    }
}
