//! The channel's digest: one message a day instead of a hundred pings (R24).

use super::text::{count, date, instant, mention};
use super::words::{self, lane_name, subject};
use super::{Message, kit, list};
use crate::domain::digest::{Digest, next_lapse};
use crate::domain::policy::Rules;
use crate::domain::request::{End, Lane, Request, Standing};
use chrono::{DateTime, Utc};

/// Lines in one section before the rest is counted.
const LINES_MAX: usize = 10;
/// Of the requests that are only counted, so many are named.
const IDS_MAX: usize = 10;

/// One day's digest as a message.
pub fn digest_message(rules: &Rules, digest: &Digest, now: DateTime<Utc>) -> Message {
    let head = format!("Reviews, {}", date(digest.on));
    let summary = summary(digest);
    let mut blocks = vec![
        kit::header("digest.head", &head),
        kit::section("digest.summary", &summary),
    ];
    let sections = [
        ("wide", "Wide-impact, blocked", &digest.wide),
        ("lapsing", "Lapsing today or tomorrow", &digest.lapsing),
        ("waiting", "Waiting, oldest first", &digest.waiting),
        ("objected", "Changes requested", &digest.objected),
        ("cleared", "Clear since the last digest", &digest.cleared),
        ("published", "Published since the last digest", &digest.published),
        ("withdrawn", "Withdrawn since the last digest", &digest.withdrawn),
    ];
    for (key, title, requests) in sections {
        if requests.is_empty() {
            continue;
        }
        let title = format!("*{title}* ({})", requests.len());
        let mut lines = vec![title];
        lines.extend(
            requests
                .iter()
                .map(|request| format!("• {}", line(rules, request, now))),
        );
        let (shown, hidden) = list::first_lines(&lines, LINES_MAX + 1);
        blocks.push(kit::section(&format!("digest.{key}"), &shown));
        if hidden > 0 {
            blocks.push(kit::context(
                &format!("digest.{key}.more"),
                &more(&requests[requests.len() - hidden..]),
            ));
        }
    }
    Message::new(&format!("{head}: {summary}"), blocks)
}

/// The figures of the day.
fn summary(digest: &Digest) -> String {
    if digest.is_empty() {
        let open = match digest.open {
            0 => String::new(),
            open => format!(" {} open and clear.", count(open, "request is", "requests are")),
        };
        return format!("Nothing waits, and nothing went out since the last digest.{open}");
    }
    let figures = [
        (digest.open, "open"),
        (digest.wide.len(), "wide-impact"),
        (digest.lapsing.len(), "lapsing by tomorrow"),
        (digest.objected.len(), "with changes requested"),
        (digest.cleared.len(), "newly clear"),
    ];
    let said = figures
        .iter()
        .filter(|(number, what)| *number > 0 || *what == "open");
    said.map(|(number, what)| format!("{number} {what}"))
        .collect::<Vec<_>>()
        .join(" · ")
}

fn more(hidden: &[Request]) -> String {
    let ids: Vec<String> = hidden
        .iter()
        .take(IDS_MAX)
        .map(|request| request.request_id.to_string())
        .collect();
    let dots = if hidden.len() > IDS_MAX { ", …" } else { "" };
    format!(
        "and {} more: {}{dots} · `/review-request show ID`",
        hidden.len(),
        ids.join(", ")
    )
}

fn line(rules: &Rules, request: &Request, now: DateTime<Utc>) -> String {
    format!(
        "*{}* {}: {}",
        request.request_id,
        subject(rules, request),
        what(rules, request, now)
    )
}

/// What the line says after the title, by where the request stands.
fn what(rules: &Rules, request: &Request, now: DateTime<Utc>) -> String {
    match &request.end {
        Some(End::Published {
            while_blocked: true, ..
        }) => "*published while blocked*".to_owned(),
        Some(End::Published { .. }) => format!("published; {}", each_lane(rules, request)),
        Some(End::Withdrawn { by, .. }) => format!("withdrawn by {}", mention(by)),
        None => open(rules, request, now),
    }
}

fn open(rules: &Rules, request: &Request, now: DateTime<Utc>) -> String {
    let waits: Vec<String> = request
        .lanes
        .iter()
        .filter_map(|lane| waits(rules, lane).or_else(|| objected(rules, lane)))
        .take(4)
        .collect();
    if waits.is_empty() {
        return each_lane(rules, request);
    }
    let age = match (now - request.filed_at).num_days() {
        days @ 1.. => format!(" ({})", count(days as usize, "day", "days")),
        _ => String::new(),
    };
    let lapses = next_lapse(request)
        .map(|due| format!(", lapses {}", instant(due)))
        .unwrap_or_default();
    let voluntary = if request.gated { "" } else { ", voluntary" };
    format!("{}{lapses}{voluntary}{age}", waits.join("; "))
}

fn waits(rules: &Rules, lane: &Lane) -> Option<String> {
    let name = lane_name(rules, &lane.key);
    let asked = words::reachable(lane);
    match (lane.is_pending(), lane.unfillable || asked.is_empty()) {
        (false, _) => None,
        (true, true) => Some(format!("*nobody can fill {name}*")),
        (true, false) => Some(format!("waits for {} ({name})", words::people(asked))),
    }
}

fn objected(rules: &Rules, lane: &Lane) -> Option<String> {
    let decision = lane.decision()?;
    let (by, name) = (mention(&decision.by), lane_name(rules, &lane.key));
    match &lane.standing {
        Standing::ChangesRequested { .. } => Some(format!("{by} asks for changes ({name})")),
        Standing::Lapsed { .. } => Some(format!("clear, {name} *lapsed*, then {by} asked for changes")),
        _ => None,
    }
}

/// Each lane of a request that waits for nobody; a lapse is said as such.
fn each_lane(rules: &Rules, request: &Request) -> String {
    let says = |lane: &Lane| {
        let name = lane_name(rules, &lane.key);
        match &lane.standing {
            Standing::Lapsed { .. } => format!("*{name} lapsed*"),
            _ => format!("{name} {}", words::state(lane)),
        }
    };
    request
        .lanes
        .iter()
        .take(7)
        .map(says)
        .collect::<Vec<_>>()
        .join(", ")
}
