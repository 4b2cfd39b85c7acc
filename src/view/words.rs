//! Sentences that several messages share: who is asked, how a lane stands, what the gate waits for. All
//! of them are escaped mrkdwn.

mod silence;

pub(super) use silence::{business_days, counted_days, opens_on_silence_at, silence, too_early};

use super::text::{self, capitalised, count, date, day, instant, list, mention, typed};
use crate::domain::ids::{CategoryKey, LaneKey, UserId};
use crate::domain::policy::Rules;
use crate::domain::request::{Decision, End, Gate, InPlaceOf, Lane, Request, Standing};
use chrono::{DateTime, Utc};

/// Of the people in a list, so many are named.
const PEOPLE_SHOWN: usize = 4;
/// Of a title in a list, so many characters are shown.
const TITLE_SHOWN: usize = 80;
/// Of a configured name, so many.
const NAME_SHOWN: usize = 40;
/// Of the lanes that a gate waits for, so many are named.
const LANES_SHOWN: usize = 4;

/// What people call a lane: `product director`.
pub(super) fn lane_name(rules: &Rules, key: &LaneKey) -> String {
    typed(
        rules.lane(key).map_or(key.as_str(), |rule| &rule.name),
        NAME_SHOWN,
    )
}

/// What people call a category.
pub(super) fn category_name(rules: &Rules, key: &CategoryKey) -> String {
    typed(
        rules
            .category(key)
            .map_or(key.as_str(), |category| &category.name),
        NAME_SHOWN,
    )
}

/// Category and title, for lists: `Press: interview …`.
pub(super) fn subject(rules: &Rules, request: &Request) -> String {
    let category = capitalised(&category_name(rules, &request.details.category));
    format!("{category}: {}", typed(&request.details.title, TITLE_SHOWN))
}

/// Names the first few, counts the rest.
pub(super) fn people<'u>(users: impl IntoIterator<Item = &'u UserId>) -> String {
    named(users, "and")
}

/// As [`people`], where any one of them will do.
pub(super) fn any_of<'u>(users: impl IntoIterator<Item = &'u UserId>) -> String {
    named(users, "or")
}

fn named<'u>(users: impl IntoIterator<Item = &'u UserId>, last: &str) -> String {
    let mut all: Vec<String> = users.into_iter().map(mention).collect();
    if all.len() > PEOPLE_SHOWN + 1 {
        let hidden = all.len() - PEOPLE_SHOWN;
        all.truncate(PEOPLE_SHOWN);
        all.push(format!("{hidden} more"));
    }
    match all.as_slice() {
        [] => String::new(),
        [only] => only.clone(),
        [first @ .., end] => format!("{} {last} {end}", first.join(", ")),
    }
}

/// Those who were asked and can be reached.
pub(super) fn reachable(lane: &Lane) -> Vec<&UserId> {
    lane.waited_for().map(|asked| &asked.user).collect()
}

/// `for @Dana, who is away until Wed 9 Dec 2026` (R6).
pub(super) fn in_place_of(away: &InPlaceOf) -> String {
    let until = away.until.map(|on| format!(" until {}", date(on)));
    format!(
        "for {}, who is away{}",
        mention(&away.user),
        until.unwrap_or_default()
    )
}

/// The same of whoever answers a lane in somebody's place, after their names.
fn stands_in(lane: &Lane) -> String {
    let mut waited = lane.waited_for();
    match (
        waited.next().and_then(|asked| asked.in_place_of.as_ref()),
        waited.next(),
    ) {
        (Some(away), None) => format!(" ({})", in_place_of(away)),
        _ => String::new(),
    }
}

/// The state of a lane, in the words of the contract.
pub(super) fn state(lane: &Lane) -> &'static str {
    match lane.standing {
        Standing::Pending => "pending",
        Standing::Approved { .. } => "approved",
        Standing::ChangesRequested { .. } => "changes requested",
        Standing::Lapsed { .. } => "lapsed",
    }
}

/// A sign for a lane's state; that of a lapse is never the one of an approval.
pub(super) fn sign(lane: &Lane) -> &'static str {
    match lane.standing {
        Standing::Pending => "…",
        Standing::Approved { .. } => "✓",
        Standing::ChangesRequested { .. } => "✗",
        Standing::Lapsed { .. } => "–",
    }
}

/// `blocked` or `clear`.
pub(super) fn gate(request: &Request) -> &'static str {
    match request.gate() {
        Gate::Blocked => "blocked",
        Gate::Clear => "clear",
    }
}

/// How a lane stands, to follow its name and a colon. What people wrote is left to the caller.
pub(super) fn lane_says(request: &Request, lane: &Lane, rules: &Rules) -> String {
    match &lane.standing {
        Standing::Pending => pending_says(rules, request, lane),
        Standing::Approved { decision, lapsed_at } => {
            let late = lapsed_at.map(|at| format!(": a late approval, the lane had lapsed {}", instant(at)));
            let late = late.unwrap_or_default();
            format!("approved by {}{late}", by_and_when(decision))
        }
        Standing::ChangesRequested { decision } => {
            let held = if request.is_open() {
                ". It does not lapse while that stands"
            } else {
                ""
            };
            format!("changes requested by {}{held}", by_and_when(decision))
        }
        Standing::Lapsed { at, objection } => {
            let later = objection.as_ref().map(|objection| {
                format!(
                    ". After that, changes requested by {}; the gate stays as it is",
                    by_and_when(objection)
                )
            });
            format!(
                "*lapsed* {}. {}{}",
                instant(*at),
                stayed_silent(rules, lane),
                later.unwrap_or_default()
            )
        }
    }
}

/// Who was asked when, and did not answer for how long. Whoever handed it on was not silent.
pub(super) fn stayed_silent(rules: &Rules, lane: &Lane) -> String {
    let told: Vec<&UserId> = lane
        .waited_for()
        .filter(|asked| asked.delivered_at.is_some())
        .map(|asked| &asked.user)
        .collect();
    let told = if told.is_empty() { reachable(lane) } else { told };
    let (were, since) = (
        if told.len() == 1 { "was" } else { "were" },
        asked_at(lane).or(lane.first_told_at()).unwrap_or(lane.opened_at),
    );
    let days = silence(rules, lane);
    let told = people(told);
    match (first_asked(lane), lane.first_told_at()) {
        (Some(first), Some(at)) if at < since => format!(
            "{} was asked {}, {told} from {} on, and nobody answered in {days}",
            mention(first),
            instant(at),
            instant(since)
        ),
        _ => format!(
            "{told} {were} asked {} and did not answer in {days}",
            instant(since)
        ),
    }
}

/// When the first of those whose answer is waited for was told.
fn asked_at(lane: &Lane) -> Option<DateTime<Utc>> {
    lane.waited_for().filter_map(|asked| asked.delivered_at).min()
}

/// Who was told first, though their answer is no longer waited for.
fn first_asked(lane: &Lane) -> Option<&UserId> {
    let told = lane.asked.iter().filter(|asked| asked.delivered_at.is_some());
    told.min_by_key(|asked| asked.delivered_at)
        .map(|asked| &asked.user)
}

fn by_and_when(decision: &Decision) -> String {
    format!("{} {}", mention(&decision.by), instant(decision.at))
}

fn pending_says(rules: &Rules, request: &Request, lane: &Lane) -> String {
    let asked = format!("{}{}", any_of(reachable(lane)), stands_in(lane));
    let told_on = asked_at(lane).map(|at| rules.calendar.zone().local_date(at));
    let since = told_on
        .map(|on| format!(", asked {}", day(on)))
        .unwrap_or_default();
    if !request.is_open() {
        return "nobody had answered".to_owned();
    }
    if lane.unfillable {
        return match lane.deadline().filter(|_| !request.is_wide()) {
            Some(deadline) => format!("nobody can fill it now; it lapses {}", instant(deadline)),
            None => "nobody can fill it now, so it does not lapse".to_owned(),
        };
    }
    if asked.is_empty() {
        return "looking up whom to ask; silence does not count yet".to_owned();
    }
    match lane.deadline() {
        _ if !request.gated => format!("asked {asked}; nothing waits on it"),
        _ if request.is_wide() => format!("waits for {asked}{since}, however long it takes"),
        Some(deadline) => format!(
            "waits for {asked}{since}; lapses {} if nobody answers",
            instant(deadline)
        ),
        None => format!("asked {asked}, not reached yet, so silence does not count yet"),
    }
}

/// Whom a blocked gate waits for, lane by lane, and which changes.
pub(super) fn waits_for(rules: &Rules, request: &Request) -> String {
    waits(rules, request, usize::MAX)
}

/// As [`waits_for`], for a long list: of a lane that many can answer for, only how many.
pub(super) fn waits_briefly(rules: &Rules, request: &Request) -> String {
    waits(rules, request, 2)
}

fn waits(rules: &Rules, request: &Request, named: usize) -> String {
    let pending = request.pending().map(|lane| answer_of(rules, lane, named));
    let held = request
        .lanes
        .iter()
        .filter(|lane| lane.is_held())
        .map(|lane| changes_for(rules, lane));
    let mut parts: Vec<String> = pending.chain(held).collect();
    let hidden = parts.len().saturating_sub(LANES_SHOWN);
    parts.truncate(LANES_SHOWN);
    if hidden > 0 {
        parts.push(count(hidden, "more lane", "more lanes"));
    }
    list(&parts)
}

/// `named`: of a lane with more people, they are only counted.
fn answer_of(rules: &Rules, lane: &Lane, named: usize) -> String {
    let name = lane_name(rules, &lane.key);
    let asked = reachable(lane);
    match asked.len() {
        _ if lane.unfillable => format!("{name} (nobody can fill it now)"),
        0 => format!("{name} (being asked)"),
        many if many > named => format!("{name} (any of {many})"),
        _ => format!("{} ({name})", any_of(asked)),
    }
}

fn changes_for(rules: &Rules, lane: &Lane) -> String {
    let by = lane.decided_by().map(mention).unwrap_or_default();
    format!(
        "the changes that {by} asked for ({})",
        lane_name(rules, &lane.key)
    )
}

/// Until when a blocked gate waits, to follow [`waits_for`].
pub(super) fn until(request: &Request) -> String {
    match request.opens_on_silence_at() {
        _ if request.is_wide() => ", however long it takes".to_owned(),
        Some(at) => format!(", until {} at the latest", instant(at)),
        None => String::new(),
    }
}

/// [`waits_for`] and [`until`].
pub(super) fn waits_until(rules: &Rules, request: &Request) -> String {
    format!("{}{}", waits_for(rules, request), until(request))
}

/// Who reads a sentence: the requester decides what to do next, others only hear it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Reader {
    /// Whoever filed it.
    Requester,
    /// Anybody else.
    Other,
}

/// How the gate of an open request stands, and what to do: the answer people come for.
pub(super) fn gate_says(rules: &Rules, request: &Request, reader: Reader) -> String {
    let id = request.request_id;
    let may = if reader == Reader::Requester {
        "you may publish"
    } else {
        "it may be published"
    };
    if !request.gated {
        return format!("*{id} is clear: {may}.* The review is voluntary, nothing waits on it.");
    }
    match request.gate() {
        Gate::Clear => format!("*{id} is clear: {may}.*{}", lapsed_note(rules, request, reader)),
        Gate::Blocked => format!("*{id} is blocked.* Waiting for {}.", waits_until(rules, request)),
    }
}

/// Says for whom nobody answered, and who objected after a lapse (R12): whose call it is then.
pub(super) fn lapsed_note(rules: &Rules, request: &Request, reader: Reader) -> String {
    let mut silent = Vec::new();
    let mut objected = Vec::new();
    for lane in &request.lanes {
        let name = lane_name(rules, &lane.key);
        match &lane.standing {
            Standing::Lapsed { objection: None, .. } => silent.push(name),
            Standing::Lapsed {
                objection: Some(late),
                ..
            } => objected.push(format!("{} ({name})", mention(&late.by))),
            _ => {}
        }
    }
    let mut said = Vec::new();
    if !silent.is_empty() {
        said.push(format!("nobody answered for {}", list(&silent)));
    }
    if !objected.is_empty() {
        said.push(format!("{} asked for changes after the lapse", list(&objected)));
    }
    match (said.is_empty(), reader) {
        (true, _) => String::new(),
        (false, Reader::Requester) => format!(" {}: it is your call.", capitalised(&said.join(", and "))),
        (false, Reader::Other) => format!(" {}.", capitalised(&said.join(", and "))),
    }
}

/// How the request ended, if it did. A reason is left to the caller.
pub(super) fn end_says(request: &Request) -> Option<String> {
    let id = request.request_id;
    Some(match request.end.as_ref()? {
        End::Withdrawn { by, at, .. } => format!("*{id} was withdrawn* by {} {}.", mention(by), instant(*at)),
        End::Published {
            by,
            at,
            link,
            while_blocked,
        } => {
            let blocked = if *while_blocked { " while blocked" } else { "" };
            let seen = link
                .as_ref()
                .map(|link| format!(" See {}.", text::link(link)))
                .unwrap_or_default();
            format!(
                "*{id} was published{blocked}*, says {} {}.{seen}",
                mention(by),
                instant(*at)
            )
        }
    })
}

/// What was written when the request ended.
pub(super) fn end_reason(request: &Request) -> Option<&str> {
    match request.end.as_ref()? {
        End::Withdrawn { reason, .. } => reason.as_deref(),
        End::Published { .. } => None,
    }
}

/// What it is, where the draft is, and when: for one grey line.
pub(super) fn facts(rules: &Rules, request: &Request) -> Vec<String> {
    let details = &request.details;
    let mut facts = vec![
        capitalised(&category_name(rules, &details.category)),
        text::link(&details.link),
    ];
    facts.extend(details.publish_on.map(|on| format!("planned for {}", date(on))));
    facts.push(format!(
        "filed {}",
        day(rules.calendar.zone().local_date(request.filed_at))
    ));
    if request.round > 1 {
        facts.push(format!("round {}", request.round));
    }
    facts
}
