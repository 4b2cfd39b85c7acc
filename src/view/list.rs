//! Long lists, cut before Slack refuses them.

use super::text::{capitalised, instant, link, mention};
use super::words::{reachable, subject};
use super::{action, kit, target::Target};
use crate::domain::ids::LaneKey;
use crate::domain::policy::Rules;
use crate::domain::request::{Lane, Request};
use chrono::{DateTime, Utc};
use slack_morphism::blocks::{SlackBlock, SlackBlockButtonElement};

/// Reviews with buttons in one message: two blocks each, of the 50 that Slack takes.
const ITEMS_MAX: usize = 20;
/// Longest paragraph of lines, below the 3,000 of a section.
const LINES_MAX: usize = 2700;

/// The first lines, as many as fit into one section and at most `max`, and how many were left out.
pub(super) fn first_lines(lines: &[String], max: usize) -> (String, usize) {
    let mut shown = String::new();
    for (index, line) in lines.iter().enumerate() {
        if index == max || super::text::width(&shown) + super::text::width(line) > LINES_MAX {
            return (shown, lines.len() - index);
        }
        if index > 0 {
            shown.push('\n');
        }
        shown.push_str(line);
    }
    (shown, 0)
}

/// All lines, in as many sections as they need.
pub(super) fn sections(id: &str, lines: &[String]) -> Vec<SlackBlock> {
    let (mut blocks, mut rest) = (Vec::new(), lines);
    while !rest.is_empty() {
        let (shown, hidden) = first_lines(rest, rest.len());
        // A line that is too long for a section of its own is cut by it.
        let taken = (rest.len() - hidden).max(1);
        let shown = if shown.is_empty() { &rest[0] } else { &shown };
        blocks.push(kit::section(&format!("{id}.{}", blocks.len()), shown));
        rest = &rest[taken..];
    }
    blocks
}

/// What waits on somebody, what lapses first on top, each with its buttons. `more` are those that the
/// caller left out; `None` when nothing is left to show.
pub(super) fn items(
    rules: &Rules,
    waiting: &[(Request, LaneKey)],
    more: usize,
    now: DateTime<Utc>,
) -> Vec<SlackBlock> {
    let open = in_order(waiting);
    let hidden = more + open.len().saturating_sub(ITEMS_MAX);
    let mut blocks: Vec<SlackBlock> = open
        .iter()
        .take(ITEMS_MAX)
        .flat_map(|(request, lane)| item(rules, request, lane, now))
        .collect();
    if hidden > 0 {
        let pointer =
            format!("and {hidden} more: `/review-request waiting` shows them as these are answered.");
        blocks.push(kit::context("more", &pointer));
    }
    blocks
}

/// Soonest deadline first; what never lapses comes last, oldest first.
pub(super) fn in_order(waiting: &[(Request, LaneKey)]) -> Vec<(&Request, &Lane)> {
    let mut open: Vec<(&Request, &Lane)> = waiting
        .iter()
        .filter_map(|(request, key)| Some((request, request.lane(key)?)))
        .collect();
    open.sort_by_key(|(request, lane)| {
        let due = lane.deadline().filter(|_| request.gated && !request.is_wide());
        (due.is_none(), due, !request.is_wide(), request.filed_at)
    });
    open
}

fn item(rules: &Rules, request: &Request, lane: &Lane, now: DateTime<Utc>) -> [SlackBlock; 2] {
    let id = format!("r{}.{}.{}", request.request_id.0, lane.key, lane.round);
    [
        kit::section(&format!("{id}.item"), &item_text(rules, request, lane, now)),
        kit::actions(&format!("{id}.decide"), decide_buttons(request, lane)),
    ]
}

/// What it is, how soon an answer is wanted, from whom, and where the draft is.
pub(super) fn item_text(rules: &Rules, request: &Request, lane: &Lane, now: DateTime<Utc>) -> String {
    format!(
        "*{}* {}\n{} · from {} · {}",
        request.request_id,
        subject(rules, request),
        capitalised(&urgency(request, lane, now)),
        mention(&request.requester),
        link(&request.details.link),
    )
}

pub(super) fn decide_buttons(request: &Request, lane: &Lane) -> Vec<SlackBlockButtonElement> {
    let target = Target::lane(request, lane);
    vec![
        kit::primary(kit::button(action::APPROVE, "Approve", &target)),
        kit::button(action::REQUEST_CHANGES, "Request changes", &target),
    ]
}

/// How soon a lane wants an answer.
fn urgency(request: &Request, lane: &Lane, now: DateTime<Utc>) -> String {
    match lane.deadline() {
        _ if !request.gated => "voluntary: nothing waits on it".to_owned(),
        _ if request.is_wide() => "wide-impact: waits for you, however long it takes".to_owned(),
        Some(deadline) if request.is_last_call(&lane.key, now) => {
            format!("last business day to answer, lapses {}", instant(deadline))
        }
        Some(deadline) => format!("lapses {} if nobody answers", instant(deadline)),
        None if reachable(lane).is_empty() => "nobody is asked yet".to_owned(),
        None => "silence does not count yet".to_owned(),
    }
}
