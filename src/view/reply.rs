//! Ephemeral answers to a command or a click.

pub use super::refusal::{failed, field_error, form_hint, rejected, slow, slow_click, slow_form, uncertain};
pub use super::why::why;

use super::notice::lapses_when;
use super::refusal::COMMAND_LINE;
use super::text::{capitalised, instant, link, list, mention, typed};
use super::words::{self, Reader, lane_name, subject};
use super::{Message, kit, list as lists, reminder};
use crate::domain::event::Event;
use crate::domain::ids::{LaneKey, UserId};
use crate::domain::policy::Rules;
use crate::domain::request::{End, Gate, Lane, Request};
use chrono::{DateTime, Utc};
use slack_morphism::blocks::SlackBlock;

/// Lines of a list before the rest is counted.
const LINES_MAX: usize = 25;
/// Lanes in one answer, one block each.
const LANES_MAX: usize = 20;

/// It is filed: its id, who is asked, and when the gate can open at the earliest (R28).
pub fn filed(rules: &Rules, request: &Request, now: DateTime<Utc>) -> Message {
    let id = request.request_id;
    let headline = format!("*{id} is filed.* {}", subject(rules, request));
    let mut sentences = vec![asking(rules, request), silence(rules, request, now)];
    sentences.extend(words::too_early(rules, request, now));
    let says = sentences.join("\n");
    let mut blocks = vec![kit::section("filed", &headline), kit::section("next", &says)];
    let category = rules.category(&request.details.category);
    let hint = category.and_then(|category| category.hint.as_deref());
    blocks.extend(hint.map(|hint| kit::context("hint", &typed(hint, 300))));
    let pointer =
        format!("Your card for {id} is kept up to date. `/review-request show {id}` says how it stands.");
    blocks.push(kit::context("pointer", &pointer));
    Message::new(&format!("{headline}\n{says}"), blocks)
}

/// Who is asked, lane by lane, as far as that is known at this moment.
fn asking(rules: &Rules, request: &Request) -> String {
    let says = |lane: &Lane| {
        let name = lane_name(rules, &lane.key);
        let asked = words::reachable(lane);
        match (lane.unfillable, asked.is_empty()) {
            (true, _) => format!("nobody can be asked for {name} at the moment"),
            (false, true) => name,
            (false, false) => format!("{} ({name})", words::any_of(asked)),
        }
    };
    let lanes: Vec<String> = request.lanes.iter().take(7).map(says).collect();
    if lanes.is_empty() {
        "Nobody has to look at it.".to_owned()
    } else {
        format!("Asking {}.", list(&lanes))
    }
}

/// What silence will mean for the whole request.
fn silence(rules: &Rules, request: &Request, now: DateTime<Utc>) -> String {
    if !request.gated {
        return "Nothing is blocked: this review is voluntary, publish when you like.".to_owned();
    }
    if request.is_wide() {
        return "*Wide-impact:* silence never opens the gate. It waits for every lane, \
                however long that takes."
            .to_owned();
    }
    let policy = words::business_days(rules.deadline.business_days.get(), rules.deadline.counting);
    match words::opens_on_silence_at(rules, request, now) {
        Some(at) => {
            format!(
                "It is blocked until they answer. If nobody does, the gate opens {} at the earliest, \
                 after {policy}.",
                instant(at)
            )
        }
        None => "It is blocked until they answer: silence does not open the gate as it stands.".to_owned(),
    }
}

/// May it be published now; if not, who or what does it wait for, and until when?
pub fn show(rules: &Rules, request: &Request, now: DateTime<Utc>) -> Message {
    show_to(rules, request, &[], now)
}

/// As [`show`], for somebody who may answer in these lanes.
pub fn show_to(rules: &Rules, request: &Request, theirs: &[LaneKey], now: DateTime<Utc>) -> Message {
    let gate = format!(
        "*{}: gate `{}`.* {}",
        request.request_id,
        words::gate(request),
        answer(rules, request)
    );
    let mut blocks = vec![kit::section("gate", &gate)];
    blocks.extend(words::too_early(rules, request, now).map(|says| kit::section("early", &says)));
    for lane in request.lanes.iter().take(LANES_MAX) {
        let says = words::lane_says(request, lane, rules);
        let (state, name) = (words::state(lane), lane_name(rules, &lane.key));
        let text = format!(
            "`{}`: `{state}` · {}: {says}.",
            typed(lane.key.as_str(), 60),
            capitalised(&name)
        );
        blocks.push(kit::section(&format!("lane.{}", lane.key), &text));
        let said = lane.decision().and_then(|decision| decision.text.as_deref());
        blocks.extend(kit::said(&format!("lane.{}.said", lane.key), said));
        if theirs.contains(&lane.key) {
            let buttons = lists::decide_buttons(request, lane);
            blocks.push(kit::actions(&format!("lane.{}.decide", lane.key), buttons));
        }
    }
    let from = format!("from {}", mention(&request.requester));
    let facts = [subject(rules, request), link(&request.details.link), from];
    blocks.push(kit::context("facts", &facts.join(" · ")));
    Message::new(&gate, blocks)
}

fn answer(rules: &Rules, request: &Request) -> String {
    if let Some(end) = words::end_says(request) {
        return end;
    }
    if !request.gated {
        return "It may be published: the review is voluntary, nothing waits on it.".to_owned();
    }
    if request.gate() == Gate::Clear {
        let note = words::lapsed_note(rules, request, Reader::Other);
        return format!("It may be published.{note}");
    }
    let waits = format!("Not yet. Waiting for {}.", words::waits_for(rules, request));
    match request.opens_on_silence_at() {
        Some(at) => format!("{waits} If nobody answers, the gate opens {}.", instant(at)),
        None if request.is_wide() => format!("{waits} It is wide-impact: silence never opens the gate."),
        None if request.lanes.iter().any(Lane::is_held) => {
            format!("{waits} Silence does not open the gate while the changes are outstanding.")
        }
        None => format!("{waits} Silence does not count yet."),
    }
}

/// The requests of the person who asks.
pub fn mine(rules: &Rules, requests: &[Request], more: usize, _now: DateTime<Utc>) -> Message {
    if requests.is_empty() {
        return Message::sentence("You have no open requests. `/review-request` files one.");
    }
    let lines: Vec<String> = requests.iter().map(|request| mine_line(rules, request)).collect();
    let (shown, hidden) = lists::first_lines(&lines, LINES_MAX);
    let headline = format!("*Your requests ({})*", requests.len() + more);
    let mut blocks = vec![kit::section("mine", &headline), kit::section("requests", &shown)];
    blocks.extend(and_more(
        hidden + more,
        "`/review-request show ID` shows any of them.",
    ));
    Message::new(&format!("{headline}\n{shown}"), blocks)
}

fn mine_line(rules: &Rules, request: &Request) -> String {
    let stands = match (&request.end, request.gate()) {
        (Some(End::Withdrawn { at, .. }), _) => format!("withdrawn {}.", instant(*at)),
        (
            Some(End::Published {
                at,
                while_blocked: true,
                ..
            }),
            _,
        ) => format!("published while blocked, {}.", instant(*at)),
        (Some(End::Published { at, .. }), _) => format!("published {}.", instant(*at)),
        (None, Gate::Blocked) => format!("*blocked*, waiting for {}.", words::waits_until(rules, request)),
        (None, Gate::Clear) => format!("*clear*.{}", words::lapsed_note(rules, request, Reader::Other)),
    };
    format!(
        "• *{}* {} · {stands}",
        request.request_id,
        subject(rules, request)
    )
}

/// What waits on the person who asks, with buttons.
pub fn waiting(
    rules: &Rules,
    _user: &UserId,
    waiting: &[(Request, LaneKey)],
    more: usize,
    now: DateTime<Utc>,
) -> Message {
    let headline = reminder::headline(waiting, more, now);
    let mut blocks = vec![kit::section("waiting", &headline)];
    blocks.extend(lists::items(rules, waiting, more, now));
    Message::new(&headline, blocks)
}

fn and_more(hidden: usize, pointer: &str) -> Option<SlackBlock> {
    (hidden > 0).then(|| kit::context("more", &format!("and {hidden} more. {pointer}")))
}

/// The command line, and the policy in three sentences.
pub fn help() -> Message {
    let policy = "*Signoff* says whether you may publish. Every lane of a request answers, or stays silent for the \
                  whole deadline and lapses. Wide-impact never opens on silence.";
    let commands = [
        "`/review-request` opens the form",
        &format!("{COMMAND_LINE} files at once"),
        "`/review-request mine` lists your requests, `waiting` what waits for you",
        "`/review-request show ID` says how one stands, `why ID` how its days count",
        "`/review-request nudge ID` asks those who are waited for, at most once in four hours",
        "`/review-request withdraw ID [reason]` takes it back, `published ID [link]` says that it went out",
        "`/review-request resubmit ID &lt;what changed&gt;` asks again after changes",
        "`/review-request reassign ID LANE @person &lt;reason&gt;` has somebody else look at it (admins only)",
        "`/review-request raise ID` makes it wide-impact, so that silence no longer counts; `lower ID &lt;reason&gt;` \
         takes that back (a reviewer or an admin)",
        "`/review-request away until YYYY-MM-DD [@delegate]` has somebody else asked in your place, `back` ends it",
    ];
    let lines = commands.join("\n");
    Message::new(
        &format!("{policy}\n{lines}"),
        vec![kit::section("policy", policy), kit::section("commands", &lines)],
    )
}

/// What the person who did it reads: that it is done, and what it changed.
pub fn done(rules: &Rules, request: &Request, event: &Event, now: DateTime<Utc>) -> Message {
    let id = request.request_id;
    let name = |lane: &LaneKey| lane_name(rules, lane);
    let gate = || words::gate_says(rules, request, Reader::Other);
    let text = match event {
        Event::Filed { .. } => return filed(rules, request, now),
        Event::Approved { lane, .. } => format!("You approved {id} for {}. {}", name(lane), gate()),
        Event::ChangesRequested { lane, .. } => {
            let requester = mention(&request.requester);
            format!(
                "You asked for changes to {id} for {}. {requester} is told at once.",
                name(lane)
            )
        }
        Event::Nudged { to, spared } => {
            let (is, spared) = match spared.as_slice() {
                [] => ("", String::new()),
                [_] => (" is away or not at work now.", words::people(spared)),
                _ => (" are away or not at work now.", words::people(spared)),
            };
            let were = if to.len() == 1 { "was" } else { "were" };
            let told = words::people(to);
            format!("{told} {were} asked for an answer on {id}. {spared}{is}")
        }
        Event::MoreTimeAsked { lane, .. } => {
            let lapses = request.lane(lane).and_then(Lane::deadline).map(instant);
            format!(
                "{} is asked for one more business day for {id}, and you hear the answer. \
                 Until then {} lapses {}.",
                mention(&request.requester),
                name(lane),
                lapses.unwrap_or_default()
            )
        }
        Event::MoreTimeGranted { lane, deadline, .. } => {
            format!(
                "{} has one more business day for {id}: it lapses {}.",
                capitalised(&name(lane)),
                instant(*deadline)
            )
        }
        Event::MoreTimeDeclined { lane, .. } => {
            format!(
                "{} keeps its deadline for {id}, and whoever asked is told.",
                capitalised(&name(lane))
            )
        }
        Event::HandedOver { lane, to, .. } => {
            format!(
                "You handed {id} over to {} for {}: they are asked now.",
                mention(&to.user),
                name(lane)
            )
        }
        Event::WideImpactRaised => {
            format!(
                "{id} is wide-impact now: it waits for every lane, and silence never opens the gate. {}",
                gate()
            )
        }
        Event::WideImpactLowered { .. } => {
            let lapses = lapses_when(rules, request, Some(now));
            format!("{id} is no longer wide-impact: silence counts again, from the original clocks. {lapses}")
        }
        Event::Resubmitted { reopened, .. } => {
            let lanes: Vec<String> = reopened.iter().map(name).collect();
            format!(
                "{id} is asked again, round {}: {}. {}",
                request.round,
                list(&lanes),
                silence(rules, request, now)
            )
        }
        Event::Edited { new_round: true, .. } => {
            format!(
                "{id} is changed, and every lane is asked anew: round {}. {}",
                request.round,
                silence(rules, request, now)
            )
        }
        Event::Edited { .. } => format!("{id} is changed. The lanes stand as they stood."),
        Event::Withdrawn { .. } => format!("{id} is withdrawn: nobody is asked any more."),
        Event::Published {
            while_blocked: true, ..
        } => {
            format!("{id} is marked as published, and recorded as *published while blocked*.")
        }
        Event::Published { .. } => format!("{id} is marked as published."),
        _ => gate(),
    };
    Message::sentence(text.trim_end())
}
