//! What somebody must hear at once (R23, R12, R16, R4).

use super::text::{capitalised, instant, link, list, mention};
use super::words::{self, Reader, lane_name, subject};
use super::{Message, action, kit, more_time, target::Target};
use crate::domain::event::{Entry, Event};
use crate::domain::ids::{LaneKey, RequestId, UserId};
use crate::domain::policy::Rules;
use crate::domain::request::{Gate, Lane, Request, Standing};
use crate::domain::text::Link;
use chrono::{DateTime, Utc};
use slack_morphism::blocks::SlackBlock;

/// What happened, told to one person; how things stand is looked up when it is sent.
pub fn notice(rules: &Rules, request: &Request, to: &UserId, about: &Entry, now: DateTime<Utc>) -> Message {
    let id = |part: &str| format!("r{}.notice.{part}", request.request_id.0);
    let reader = if to == &request.requester {
        Reader::Requester
    } else {
        Reader::Other
    };
    let (headline, said) = headline(rules, request, about, reader);
    let mut blocks = vec![kit::section(&id("what"), &headline)];
    blocks.extend(kit::said(&id("said"), said));
    let then = then(rules, request, about, reader, now);
    if !then.is_empty() {
        blocks.push(kit::section(&id("then"), &then));
    }
    blocks.push(kit::context(&id("which"), &which(rules, request)));
    blocks.extend(ask_again(request, about, reader, &id));
    if let Event::MoreTimeAsked { lane, .. } = &about.event
        && let Some(lane) = request
            .lane(lane)
            .filter(|lane| more_time::is_asked(request, lane).is_some())
    {
        blocks.push(more_time::buttons(request, lane, &id));
    }
    Message::new(format!("{headline} {then}").trim_end(), blocks)
}

/// What the marketing channel must hear before the digest: a lane that nobody can fill (R4).
pub fn channel_notice(rules: &Rules, request: &Request, about: &Entry, now: DateTime<Utc>) -> Message {
    let id = |part: &str| format!("r{}.channel_notice.{part}", request.request_id.0);
    let (headline, said) = headline(rules, request, about, Reader::Other);
    let then = then(rules, request, about, Reader::Other, now);
    let mut blocks = vec![kit::section(&id("what"), format!("{headline} {then}").trim_end())];
    blocks.extend(kit::said(&id("said"), said));
    let from = format!("{} · from {}", which(rules, request), mention(&request.requester));
    blocks.push(kit::context(&id("which"), &from));
    Message::new(format!("{headline} {then}").trim_end(), blocks)
}

fn which(rules: &Rules, request: &Request) -> String {
    format!(
        "{} · {} · {}",
        request.request_id,
        subject(rules, request),
        link(&request.details.link)
    )
}

/// What happened, and what was written with it.
fn headline<'e>(
    rules: &Rules,
    request: &Request,
    about: &'e Entry,
    reader: Reader,
) -> (String, Option<&'e str>) {
    let id = request.request_id;
    let who = about.actor.user().map_or_else(|| "Signoff".to_owned(), mention);
    let at = instant(about.at);
    let name = |lane: &LaneKey| lane_name(rules, lane);
    match &about.event {
        Event::Approved { lane, note } => (approved(rules, request, lane, &who, reader), note.as_deref()),
        Event::ChangesRequested { lane, reason } => (objected(rules, request, lane, &who), Some(reason)),
        Event::Lapsed { lane } => (lapsed(rules, request, lane, reader), None),
        Event::LaneUnfillable { lane, .. } => {
            let could = who_could(rules, request, lane);
            (
                format!("*Nobody can review {id} for {}.*{could}", name(lane)),
                None,
            )
        }
        Event::WideImpactRaised => (raised(request, &who, reader), None),
        Event::Nudged { .. } => (format!("*{who} asks for your answer on {id}.*"), None),
        Event::MoreTimeAsked { lane, .. } => {
            let says = format!("*{who} asks for more time* to answer {id} for {}.", name(lane));
            (says, None)
        }
        Event::MoreTimeGranted { lane, deadline, .. } => {
            let says = format!(
                "*{who} gives you one more business day for {id}:* {} lapses {}.",
                name(lane),
                instant(*deadline)
            );
            (says, None)
        }
        Event::MoreTimeDeclined { lane, .. } => {
            let lapses = request.lane(lane).and_then(Lane::deadline).map(instant);
            let says = format!(
                "*{who} keeps the deadline for {id}:* {} lapses {} as before.",
                name(lane),
                lapses.unwrap_or_default()
            );
            (says, None)
        }
        Event::HandedOver { lane, to, reason, .. } => {
            let (to, lane) = (mention(&to.user), name(lane));
            let says = match reader {
                Reader::Requester => format!("*{who} handed {id} over to {to}* for {lane}."),
                Reader::Other => format!("*{who} leaves {id} to you* for {lane}."),
            };
            (says, reason.as_deref())
        }
        Event::Escalated { lane, .. } => (escalated(rules, request, lane), None),
        Event::WideImpactLowered { reason } => (
            format!("*{id} is no longer wide-impact:* {who} lowered it. Silence counts again."),
            Some(reason),
        ),
        Event::Withdrawn { reason } => (format!("*{id} was withdrawn* by {who} {at}."), reason.as_deref()),
        Event::Published { link, while_blocked } => {
            (published(&id, &who, &at, link.as_ref(), *while_blocked), None)
        }
        Event::Resubmitted {
            what_changed,
            reopened,
        } => {
            let lanes: Vec<String> = reopened.iter().map(name).collect();
            let says = format!(
                "*{who} changed {id} and asks {} again.* What changed:",
                list(&lanes)
            );
            (says, Some(what_changed))
        }
        other => (step(rules, &id, &who, other), None),
    }
}

/// The steps in between, which no one has to hear at once.
fn step(rules: &Rules, id: &RequestId, who: &str, event: &Event) -> String {
    let name = |lane: &LaneKey| lane_name(rules, lane);
    match event {
        Event::Edited { new_round: true, .. } => format!("*{who} edited {id}*, so every lane is asked anew."),
        Event::Edited { .. } => format!("*{who} edited {id}.*"),
        Event::LeftLane { lane, user, .. } => {
            format!(
                "*{} no longer answers for {}*, so {id} does not wait for them.",
                mention(user),
                name(lane)
            )
        }
        Event::SteppedAside { lane, user, .. } => {
            format!(
                "*{} is away*, so {id} no longer waits for them ({}).",
                mention(user),
                name(lane)
            )
        }
        Event::ReviewersAsked { lane, .. } => {
            format!("*{id} waits for your answer again* ({}).", name(lane))
        }
        Event::PingDelivered { lane, user, .. } => {
            format!("*{} has the card of {id}* for {}.", mention(user), name(lane))
        }
        Event::PingFailed { lane, user, .. } => {
            format!(
                "*{} cannot be reached* about {id} for {}.",
                mention(user),
                name(lane)
            )
        }
        Event::ClockStarted { lane, deadline, .. } => {
            format!(
                "*Silence counts now* on {id}: {} lapses {}.",
                name(lane),
                instant(*deadline)
            )
        }
        _ => format!("*{who} filed {id}.*"),
    }
}

fn escalated(rules: &Rules, request: &Request, lane: &LaneKey) -> String {
    let (id, name) = (request.request_id, lane_name(rules, lane));
    let waits = request
        .lane(lane)
        .map(|lane| (words::people(words::reachable(lane)), lane.first_told_at()));
    let since = match waits {
        Some((people, Some(at))) if !people.is_empty() => {
            format!(" since {}, when {people} got the card", instant(at))
        }
        _ => String::new(),
    };
    format!(
        "*{id} needs your help:* it is wide-impact and has waited for {name}{since}. Please see that somebody answers."
    )
}

fn published(id: &RequestId, who: &str, at: &str, seen: Option<&Link>, while_blocked: bool) -> String {
    let blocked = if while_blocked { " while blocked" } else { "" };
    let seen = seen
        .map(|seen| format!(" See {}.", link(seen)))
        .unwrap_or_default();
    format!("*{id} was published{blocked}*, says {who} {at}.{seen}")
}

fn approved(rules: &Rules, request: &Request, lane: &LaneKey, who: &str, reader: Reader) -> String {
    let (id, name) = (request.request_id, lane_name(rules, lane));
    let standing = request.lane(lane).map(|lane| &lane.standing);
    if let Some(Standing::Approved {
        lapsed_at: Some(lapsed_at),
        ..
    }) = standing
    {
        let was = format!("{} had lapsed {}", capitalised(&name), instant(*lapsed_at));
        return format!("*A late approval for {id}:* {who} ({name}) approved. {was}.");
    }
    match clear(request, reader) {
        Some(clear) => format!("*{id} is clear: {clear}.* {who} ({name}) approved."),
        None => format!("*{who} ({name}) approved {id}.*"),
    }
}

/// What a clear gate means to the reader, if the request is open and gated and the gate is clear.
fn clear(request: &Request, reader: Reader) -> Option<&'static str> {
    let clear = request.is_open() && request.gated && request.gate() == Gate::Clear;
    clear.then_some(if reader == Reader::Requester {
        "you may publish"
    } else {
        "it may be published"
    })
}

fn objected(rules: &Rules, request: &Request, lane: &LaneKey, who: &str) -> String {
    let (id, name) = (request.request_id, lane_name(rules, lane));
    let standing = request.lane(lane).map(|lane| &lane.standing);
    if let Some(Standing::Lapsed { at, .. }) = standing {
        let lapsed = format!("{} had lapsed {}", capitalised(&name), instant(*at));
        let stays = if request.gate() == Gate::Clear {
            "clear"
        } else {
            "as it is"
        };
        return format!(
            "*A late objection to {id}:* {who} ({name}) asks for changes. {lapsed}, \
             so the gate stays {stays}."
        );
    }
    match request.gated && request.gate() == Gate::Blocked {
        true => format!("*{id} is blocked: {who} ({name}) asks for changes.*"),
        false => format!("*{who} ({name}) asks for changes to {id}.*"),
    }
}

fn lapsed(rules: &Rules, request: &Request, lane: &LaneKey, reader: Reader) -> String {
    let name = lane_name(rules, lane);
    let silent = request.lane(lane).map(|lane| words::stayed_silent(rules, lane));
    let silent = silent.map(|silent| format!(" {silent}.")).unwrap_or_default();
    let id = request.request_id;
    match clear(request, reader) {
        Some(clear) => format!(
            "*{id} is clear: {clear}.* {} *lapsed*.{silent}",
            capitalised(&name)
        ),
        None => format!("*{id}: {name} lapsed.*{silent}"),
    }
}

/// Why nobody can, in the case that is most common: a director who files and has no deputy.
fn who_could(rules: &Rules, request: &Request, lane: &LaneKey) -> String {
    let area = request
        .details
        .area
        .as_ref()
        .and_then(|area| rules.area(area))
        .filter(|_| lane.is_director());
    match area {
        Some(area) if area.director == request.requester => {
            format!(
                " {} directs this area and filed it, and nobody stands in.",
                mention(&area.director)
            )
        }
        _ => String::new(),
    }
}

fn raised(request: &Request, who: &str, reader: Reader) -> String {
    let id = request.request_id;
    match reader {
        Reader::Requester => {
            format!("*{id} is wide-impact now:* {who} raised it. Silence no longer opens the gate.")
        }
        Reader::Other => format!(
            "*{id} waits for your review:* {who} raised wide-impact, so your silence no longer counts."
        ),
    }
}

/// Where a reviewer answers.
const YOUR_CARD: &str = "Your card has the buttons.";

/// How things stand now, and what the reader can do.
fn then(rules: &Rules, request: &Request, about: &Entry, reader: Reader, now: DateTime<Utc>) -> String {
    if !request.is_open() {
        let over = matches!(about.event, Event::Withdrawn { .. } | Event::Published { .. });
        return if over {
            String::new()
        } else {
            words::end_says(request).unwrap_or_default()
        };
    }
    match &about.event {
        Event::Approved { .. } | Event::Lapsed { .. } if request.gate() == Gate::Clear => {
            others(rules, request, about, reader)
        }
        Event::ChangesRequested { lane, .. } if reader == Reader::Requester => what_now(request, lane),
        Event::LaneUnfillable { lane, .. } => unfillable(rules, request, lane, reader),
        Event::WideImpactRaised if reader == Reader::Other => YOUR_CARD.to_owned(),
        Event::MoreTimeAsked { lane, .. } => {
            let lane = request
                .lane(lane)
                .filter(|lane| more_time::is_asked(request, lane).is_some());
            lane.map(|lane| more_time::what_if(rules, request, lane))
                .unwrap_or_default()
        }
        Event::Nudged { .. } => format!("{} {YOUR_CARD}", words::gate_says(rules, request, reader)),
        Event::MoreTimeGranted { .. } | Event::MoreTimeDeclined { .. } => YOUR_CARD.to_owned(),
        Event::HandedOver { .. } if reader == Reader::Other => YOUR_CARD.to_owned(),
        Event::ReviewersAsked { .. } => YOUR_CARD.to_owned(),
        Event::WideImpactLowered { .. } => lapses_when(rules, request, Some(now)),
        Event::Withdrawn { .. } | Event::Published { .. } => String::new(),
        _ => words::gate_says(rules, request, reader),
    }
}

/// The other lanes of a gate that is clear, and whose call it is.
fn others(rules: &Rules, request: &Request, about: &Entry, reader: Reader) -> String {
    let this = match &about.event {
        Event::Approved { lane, .. } | Event::Lapsed { lane } => Some(lane),
        _ => None,
    };
    let rest = request.lanes.iter().filter(|lane| Some(&lane.key) != this);
    let says = |lane: &Lane| {
        let name = capitalised(&lane_name(rules, &lane.key));
        format!("{name}: {}.", words::lane_says(request, lane, rules))
    };
    let rest: Vec<String> = rest.take(6).map(says).collect();
    format!(
        "{}{}",
        rest.join("\n"),
        words::lapsed_note(rules, request, reader)
    )
    .trim()
    .to_owned()
}

fn what_now(request: &Request, lane: &LaneKey) -> String {
    let says = match request.lane(lane).map(|lane| &lane.standing) {
        _ if !request.gated => "Nothing waits on it. To hear them again, change it and press *Ask again*.",
        Some(Standing::Lapsed { .. }) => {
            "It is your call. To hear them again, change it and press *Ask again*."
        }
        _ => "Change it, then press *Ask again*. The lane does not lapse while this stands.",
    };
    says.to_owned()
}

fn unfillable(rules: &Rules, request: &Request, lane: &LaneKey, reader: Reader) -> String {
    if !request.gated {
        return "Nothing waits on it.".to_owned();
    }
    let admins = if rules.admins.is_empty() {
        "an admin of Signoff".to_owned()
    } else {
        words::people(&rules.admins)
    };
    // Somebody had been told before they went: that clock runs on (R17).
    let runs = request
        .lane(lane)
        .and_then(Lane::deadline)
        .filter(|_| !request.is_wide());
    let (id, lane) = (request.request_id, lane_name(rules, lane));
    if let Some(deadline) = runs {
        let lapses = format!(
            "Those who were asked can no longer answer, and {lane} lapses {}",
            instant(deadline)
        );
        return match reader {
            Reader::Requester => format!("{lapses}. Ask {admins} to name a reviewer before that."),
            Reader::Other => format!("{lapses}: {admins} can name a reviewer before that."),
        };
    }
    let stays = format!("*{id}* stays blocked and does not lapse");
    match reader {
        Reader::Requester => {
            format!("{stays} until somebody can: ask {admins} to name a reviewer for {lane}.")
        }
        Reader::Other => format!("{stays} until somebody can: {admins} can name a reviewer for {lane}."),
    }
}

/// When each pending lane lapses (R16). Without `now`, a deadline that has passed is not told apart.
pub(super) fn lapses_when(rules: &Rules, request: &Request, now: Option<DateTime<Utc>>) -> String {
    let says = |lane: &Lane| {
        let name = capitalised(&lane_name(rules, &lane.key));
        match lane.deadline() {
            Some(deadline) if now.is_some_and(|now| deadline <= now) => {
                format!("{name} lapses at once: its deadline was {}.", instant(deadline))
            }
            Some(deadline) => format!("{name} lapses {}.", instant(deadline)),
            None => format!("{name} does not lapse yet: nobody there was reached."),
        }
    };
    let lapses: Vec<String> = request.pending().take(10).map(says).collect();
    let held = request.lanes.iter().filter(|lane| lane.is_held()).map(|lane| {
        format!(
            "{} does not lapse while the objection stands.",
            capitalised(&lane_name(rules, &lane.key))
        )
    });
    lapses
        .into_iter()
        .chain(held.take(10))
        .collect::<Vec<_>>()
        .join(" ")
}

/// The button that answers an objection, where the requester hears of one.
fn ask_again(
    request: &Request,
    about: &Entry,
    reader: Reader,
    id: &impl Fn(&str) -> String,
) -> Option<SlackBlock> {
    let objection = matches!(about.event, Event::ChangesRequested { .. });
    (objection && reader == Reader::Requester && request.is_open()).then(|| {
        let again = kit::button(action::RESUBMIT, "Ask again", &Target::request(request));
        kit::actions(&id("do"), vec![again])
    })
}
