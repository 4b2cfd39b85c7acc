//! The channel's digest: one message a day instead of a hundred pings (R24).

use super::text::{count, date, elapsed, instant, mention, quoted};
use super::words::{self, lane_name, subject};
use super::{Message, kit, list};
use crate::domain::digest::{Digest, Stuck};
use crate::domain::figures::Figures;
use crate::domain::policy::Rules;
use crate::domain::request::{End, Intervened, Intervention, Lane, Request, Standing};
use chrono::{DateTime, Utc};
use slack_morphism::blocks::SlackBlock;

/// Lines in one section before the rest is counted.
const LINES_MAX: usize = 10;
/// Of the requests that are only counted, so many are named.
const IDS_MAX: usize = 10;

/// One day's digest as a message. People are mentioned in it; see [`Message::with_names`].
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
    for (key, title, page) in sections {
        if page.total() == 0 {
            continue;
        }
        let mut lines = vec![format!("*{title}* ({})", page.total())];
        lines.extend(
            page.items
                .iter()
                .map(|request| format!("• {}", line(rules, request, now))),
        );
        let (shown, hidden) = list::first_lines(&lines, LINES_MAX + 1);
        blocks.push(kit::section(&format!("digest.{key}"), &shown));
        let named = &page.items[page.items.len() - hidden..];
        if hidden + page.more > 0 {
            blocks.push(kit::context(
                &format!("digest.{key}.more"),
                &more(named, hidden + page.more),
            ));
        }
    }
    blocks.extend(by_admins(rules, digest));
    let week = digest.last_week.as_ref().filter(|figures| !figures.is_empty());
    blocks.extend(week.map(|figures| kit::section("digest.week", &last_week(rules, figures))));
    blocks.extend(stuck(digest.stuck).map(|says| kit::context("digest.operators", &says)));
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
    let lapsed = if digest.lapsed == 1 {
        "lane lapsed"
    } else {
        "lanes lapsed"
    };
    let figures = [
        (digest.open, "open"),
        (digest.wide.total(), "wide-impact"),
        (digest.lapsing.total(), "lapsing by tomorrow"),
        (digest.objected.total(), "with changes requested"),
        (digest.cleared.total(), "newly clear"),
        (digest.lapsed, lapsed),
    ];
    let said = figures
        .iter()
        .filter(|(number, what)| *number > 0 || *what == "open");
    said.map(|(number, what)| format!("{number} {what}"))
        .collect::<Vec<_>>()
        .join(" · ")
}

/// What happened in the week before, and how long people wait for a first answer.
fn last_week(rules: &Rules, figures: &Figures) -> String {
    let (requests, answers) = (figures.all_requests(), figures.all_answers());
    let mut said = vec![
        format!("{} filed", requests.filed),
        format!("{} approved", count(answers.approved, "lane", "lanes")),
    ];
    let lapsed: Vec<String> = figures
        .by_lane()
        .iter()
        .filter(|(_, answers)| answers.lapsed > 0)
        .map(|(lane, answers)| format!("{} {}", lane_name(rules, lane), answers.lapsed))
        .take(7)
        .collect();
    said.push(match answers.lapsed {
        0 => "none lapsed".to_owned(),
        all => format!("{all} *lapsed* ({})", lapsed.join(", ")),
    });
    if requests.published_while_blocked > 0 {
        said.push(format!(
            "{} *published while blocked*",
            requests.published_while_blocked
        ));
    }
    let median = answers.within(50);
    said.extend(median.map(|time| format!("median time to first answer {}", elapsed(time))));
    format!("*Last week:* {}.", said.join(" · "))
}

/// What an operator must look at (R29).
fn stuck(stuck: Stuck) -> Option<String> {
    let doubt = count(stuck.in_doubt, "message in doubt", "messages in doubt");
    let dead = count(
        stuck.dead,
        "message that Slack refused",
        "messages that Slack refused",
    );
    let which = match (stuck.in_doubt, stuck.dead) {
        (0, 0) => return None,
        (_, 0) => doubt,
        (0, _) => dead,
        _ => format!("{doubt} and {dead}"),
    };
    Some(format!("{which}: an operator should run `signoff outbox list`."))
}

fn more(named: &[Request], hidden: usize) -> String {
    let ids: Vec<String> = named
        .iter()
        .take(IDS_MAX)
        .map(|request| request.request_id.to_string())
        .collect();
    let dots = if hidden > ids.len() { ", …" } else { "" };
    format!(
        "and {hidden} more: {}{dots} · `/review-request show ID`",
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
            while_blocked: false, ..
        }) => each_lane(rules, request),
        Some(_) => outcome(rules, request),
        None => open(rules, request, now),
    }
}

/// How it ended, or how each lane of it stands: for a list in which that is not said above it.
pub(super) fn outcome(rules: &Rules, request: &Request) -> String {
    match &request.end {
        Some(End::Published {
            while_blocked: true, ..
        }) => "*published while blocked*".to_owned(),
        Some(End::Published { .. }) => format!("published: {}", each_lane(rules, request)),
        Some(End::Withdrawn { by, .. }) => format!("withdrawn by {}", mention(by)),
        None => each_lane(rules, request),
    }
}

fn open(rules: &Rules, request: &Request, now: DateTime<Utc>) -> String {
    let waits = words::waits_briefly(rules, request);
    let late = request.lanes.iter().any(Lane::has_objection);
    if waits.is_empty() && !late {
        return each_lane(rules, request);
    }
    let lapsed = request.lanes.iter().filter_map(|lane| lapsed(rules, lane));
    let mut said: Vec<String> = lapsed.take(4).collect();
    if !waits.is_empty() {
        let lapses = request
            .lapses_at()
            .map(|due| format!(", lapses {}", instant(due)));
        said.push(format!("waits for {waits}{}", lapses.unwrap_or_default()));
    }
    if !request.gated {
        said.push("voluntary".to_owned());
    }
    let zone = rules.calendar.zone();
    if let days @ 1.. = (zone.local_date(now) - zone.local_date(request.filed_at)).num_days() {
        said.push(format!("filed {} ago", count(days as usize, "day", "days")));
    }
    said.join(" · ")
}

/// The channel hears of a lane that lapsed while others still wait, and of an objection after a lapse (R12).
fn lapsed(rules: &Rules, lane: &Lane) -> Option<String> {
    let name = lane_name(rules, &lane.key);
    match &lane.standing {
        Standing::Lapsed { objection: None, .. } => Some(format!("{name} *lapsed*")),
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
pub(super) fn each_lane(rules: &Rules, request: &Request) -> String {
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
