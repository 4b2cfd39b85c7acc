//! The channel's digest: one message a day instead of a hundred pings (R24).

use super::text::{count, date, instant, mention, quoted};
use super::words::{self, lane_name, subject};
use super::{Message, kit, list};
use crate::domain::digest::{Digest, next_lapse};
use crate::domain::policy::Rules;
use crate::domain::request::{End, Intervened, Intervention, Lane, Request, Standing};
use chrono::{DateTime, Utc};
use slack_morphism::blocks::SlackBlock;

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
    blocks.extend(by_admins(rules, digest));
    Message::new(&format!("{head}: {summary}"), blocks)
}

/// What admins did for others, and why.
fn by_admins(rules: &Rules, digest: &Digest) -> Option<SlackBlock> {
    let done = &digest.by_admins;
    let says = |(request, done): &(Request, Intervention)| {
        let did = match &done.what {
            Intervened::Reassigned { lane, to } => {
                format!("handed {} over to {}", lane_name(rules, lane), mention(to))
            }
            Intervened::LoweredWideImpact => "lowered wide-impact".to_owned(),
            Intervened::Withdrew => "withdrew it".to_owned(),
        };
        format!(
            "• *{}* {} {did}: {}",
            request.request_id,
            mention(&done.by),
            quoted(&done.reason, 120)
        )
    };
    let mut lines = vec![format!("*By admins since the last digest* ({})", done.len())];
    lines.extend(done.iter().map(says));
    let (mut shown, hidden) = list::first_lines(&lines, LINES_MAX + 1);
    if hidden > 0 {
        shown.push_str(&format!("\nand {hidden} more"));
    }
    (!done.is_empty()).then(|| kit::section("digest.by_admins", &shown))
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
        "*{}* {} · {}",
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
        Some(End::Published { .. }) => each_lane(rules, request),
        Some(End::Withdrawn { by, .. }) => format!("withdrawn by {}", mention(by)),
        None => open(rules, request, now),
    }
}

fn open(rules: &Rules, request: &Request, now: DateTime<Utc>) -> String {
    let waits = words::waits_for(rules, request);
    let late: Vec<String> = request
        .lanes
        .iter()
        .filter_map(|lane| late_objection(rules, lane))
        .take(4)
        .collect();
    if waits.is_empty() && late.is_empty() {
        return each_lane(rules, request);
    }
    let mut said = late;
    if !waits.is_empty() {
        let lapses = next_lapse(request).map(|due| format!(", lapses {}", instant(due)));
        said.push(format!("waits for {waits}{}", lapses.unwrap_or_default()));
    }
    if !request.gated {
        said.push("voluntary".to_owned());
    }
    if let days @ 1.. = (now - request.filed_at).num_days() {
        said.push(format!("filed {} ago", count(days as usize, "day", "days")));
    }
    said.join(" · ")
}

/// The gate stays clear, and the channel hears of it all the same (R12).
fn late_objection(rules: &Rules, lane: &Lane) -> Option<String> {
    let name = lane_name(rules, &lane.key);
    match &lane.standing {
        Standing::Lapsed {
            objection: Some(late),
            ..
        } => Some(format!(
            "{name} *lapsed*, then {} asked for changes",
            mention(&late.by)
        )),
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
