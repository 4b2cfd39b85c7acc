//! Sentences that several messages share: who is asked, how a lane stands, what the gate waits for. All
//! of them are escaped mrkdwn.

use super::text::{self, capitalised, count, date, instant, list, mention, typed};
use crate::domain::calendar::{self, Counting, DayCount};
use crate::domain::ids::{CategoryKey, LaneKey, UserId};
use crate::domain::policy::Rules;
use crate::domain::request::{Clock, Decision, End, Gate, Lane, Request, Standing};
use chrono::{DateTime, NaiveDate, Utc};

/// Of the people in a list, so many are named.
const PEOPLE_SHOWN: usize = 4;
/// Of a title in a list, so many characters are shown.
const TITLE_SHOWN: usize = 80;
/// Of a configured name, so many.
const NAME_SHOWN: usize = 40;
/// Of counted days, so many are named.
const DAYS_SHOWN: u32 = 5;

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
    let all: Vec<String> = users.into_iter().map(mention).collect();
    if all.len() <= PEOPLE_SHOWN + 1 {
        return list(&all);
    }
    format!(
        "{} and {} more",
        all[..PEOPLE_SHOWN].join(", "),
        all.len() - PEOPLE_SHOWN
    )
}

/// Those who were asked and can be reached.
pub(super) fn reachable(lane: &Lane) -> Vec<&UserId> {
    lane.asked
        .iter()
        .filter(|asked| !asked.unreachable)
        .map(|asked| &asked.user)
        .collect()
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

/// `3 full business days`.
pub(super) fn business_days(days: u32, counting: Counting) -> String {
    let days = days as usize;
    match counting {
        Counting::WholeDays => count(days, "full business day", "full business days"),
        Counting::Elapsed => count(days, "business day", "business days"),
    }
}

/// How long silence takes in this lane: under the policy of its clock, else under today's.
pub(super) fn silence(rules: &Rules, lane: &Lane) -> String {
    match &lane.clock {
        Clock::Running { policy, .. } => business_days(policy.business_days, policy.counting),
        Clock::NotStarted => business_days(rules.deadline.business_days.get(), rules.deadline.counting),
    }
}

/// The days that count, where they are few: ` (Thu 26, Fri 27, Mon 30 Nov)`.
pub(super) fn counted_days(rules: &Rules, key: &LaneKey, from: DateTime<Utc>, lane: &Lane) -> String {
    let (days, counting) = match &lane.clock {
        Clock::Running { policy, .. } => (policy.business_days, policy.counting),
        Clock::NotStarted => (rules.deadline.business_days.get(), rules.deadline.counting),
    };
    if days > DAYS_SHOWN {
        return String::new();
    }
    let rows = calendar::timeline(rules.lane_calendar(key), counting, days, from).unwrap_or_default();
    let counted = |what: &DayCount| matches!(what, DayCount::Counted(_));
    let dates: Vec<NaiveDate> = rows
        .iter()
        .filter(|row| counted(&row.what))
        .map(|row| row.date)
        .collect();
    let names: Vec<String> = dates
        .iter()
        .map(|date| date.format("%a %-d").to_string())
        .collect();
    let month = dates
        .last()
        .map(|date| date.format(" %b").to_string())
        .unwrap_or_default();
    if names.is_empty() {
        String::new()
    } else {
        format!(" ({}{month})", names.join(", "))
    }
}

/// When this lane lapses: its deadline, or what it would be if somebody were told now (R17).
pub(super) fn expected_deadline(rules: &Rules, lane: &Lane, now: DateTime<Utc>) -> Option<DateTime<Utc>> {
    lane.deadline().or_else(|| {
        rules
            .lane_deadline(&lane.key, expected_start(rules, lane, now))
            .ok()
    })
}

/// Where counting began, or would begin if somebody were told now.
pub(super) fn expected_start(rules: &Rules, lane: &Lane, now: DateTime<Utc>) -> DateTime<Utc> {
    match lane.clock {
        Clock::Running { started_at, .. } => started_at,
        Clock::NotStarted if now - lane.opened_at <= rules.deadline.delivery_grace => lane.opened_at,
        Clock::NotStarted => now,
    }
}

/// How a lane stands, to follow its name and a colon. What people wrote is left to the caller.
pub(super) fn lane_says(request: &Request, lane: &Lane, rules: &Rules) -> String {
    match &lane.standing {
        Standing::Pending => pending_says(request, lane),
        Standing::Approved { decision, lapsed_at } => {
            let late = lapsed_at
                .map(|at| format!(", late: it had lapsed {}", instant(at)))
                .unwrap_or_default();
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

/// Who was asked when, and did not answer for how long.
pub(super) fn stayed_silent(rules: &Rules, lane: &Lane) -> String {
    let told: Vec<&UserId> = lane
        .asked
        .iter()
        .filter(|asked| asked.delivered_at.is_some())
        .map(|asked| &asked.user)
        .collect();
    let told = if told.is_empty() { reachable(lane) } else { told };
    let (were, since) = (
        if told.len() == 1 { "was" } else { "were" },
        lane.first_told_at().unwrap_or(lane.opened_at),
    );
    let days = silence(rules, lane);
    format!(
        "{} {were} asked {} and did not answer in {days}",
        people(told),
        instant(since)
    )
}

fn by_and_when(decision: &Decision) -> String {
    format!("{} {}", mention(&decision.by), instant(decision.at))
}

fn pending_says(request: &Request, lane: &Lane) -> String {
    let asked = people(reachable(lane));
    if !request.is_open() {
        return "nobody had answered".to_owned();
    }
    if lane.unfillable {
        return match lane.deadline().filter(|_| !request.is_wide()) {
            Some(deadline) => format!("nobody can fill it now; it lapses {}", instant(deadline)),
            None => "nobody can fill it now, and it does not lapse".to_owned(),
        };
    }
    if asked.is_empty() {
        return "looking up whom to ask; silence does not count yet".to_owned();
    }
    match lane.deadline() {
        _ if !request.gated => format!("{asked} asked; nothing waits on it"),
        _ if request.is_wide() => format!("waits for {asked}, however long it takes"),
        Some(deadline) => format!(
            "waits for {asked}; lapses {} if nobody answers",
            instant(deadline)
        ),
        None => format!("{asked} not reached yet, so silence does not count yet"),
    }
}

/// What a blocked gate waits for: whom, and until when.
pub(super) fn waits_for(rules: &Rules, request: &Request) -> String {
    let blocking = |lane: &&Lane| lane.is_pending() || lane.is_held();
    let mut parts: Vec<String> = request
        .lanes
        .iter()
        .filter(blocking)
        .map(|lane| lane_waits(rules, request, lane))
        .collect();
    const LANES_SHOWN: usize = 4;
    let hidden = parts.len().saturating_sub(LANES_SHOWN);
    parts.truncate(LANES_SHOWN);
    if hidden > 0 {
        parts.push(count(hidden, "more lane", "more lanes"));
    }
    parts.join("; ")
}

fn lane_waits(rules: &Rules, request: &Request, lane: &Lane) -> String {
    let name = lane_name(rules, &lane.key);
    if let Some(decision) = lane.decision().filter(|_| lane.is_held()) {
        return format!(
            "an answer to the changes that {} asked for ({name})",
            mention(&decision.by)
        );
    }
    let asked = people(reachable(lane));
    if lane.unfillable || asked.is_empty() {
        let why = if lane.unfillable {
            "nobody can fill it now"
        } else {
            "being looked up"
        };
        return format!("{name} ({why})");
    }
    match lane.deadline() {
        _ if request.is_wide() => format!("{asked} ({name}), however long it takes"),
        Some(deadline) => format!("{asked} ({name}), until {} at the latest", instant(deadline)),
        None => format!("{asked} ({name}), not reached yet"),
    }
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
        Gate::Blocked => format!("*{id} is blocked.* Waiting for {}.", waits_for(rules, request)),
    }
}

/// Says for whom nobody answered; an objection after the lapse is said by [`lane_says`].
pub(super) fn lapsed_note(rules: &Rules, request: &Request, reader: Reader) -> String {
    let silent = |lane: &&Lane| matches!(lane.standing, Standing::Lapsed { objection: None, .. });
    let names: Vec<String> = request
        .lanes
        .iter()
        .filter(silent)
        .map(|lane| lane_name(rules, &lane.key))
        .collect();
    match (names.is_empty(), reader) {
        (true, _) => String::new(),
        (false, Reader::Requester) => format!(" Nobody answered for {}: it is your call.", list(&names)),
        (false, Reader::Other) => format!(" Nobody answered for {}.", list(&names)),
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

/// Points out a publish date that comes before silence can open the gate (R28).
pub(super) fn too_early(rules: &Rules, request: &Request, now: DateTime<Utc>) -> Option<String> {
    let planned = request
        .details
        .publish_on
        .filter(|_| request.is_open() && request.gate() == Gate::Blocked)?;
    let deadlines = request
        .pending()
        .filter_map(|lane| expected_deadline(rules, lane, now));
    let opens_at = deadlines.max().filter(|_| !request.is_wide())?;
    let opens_on = rules.calendar.zone().local_date(opens_at);
    (planned < opens_on).then(|| {
        format!(
            "You plan to publish on {}, before silence can open the gate: you need the answers by then.",
            date(planned)
        )
    })
}
