//! The cards: one message each, kept up to date for as long as the request is open (R7, R21, R25).

mod overview;

pub use overview::{channel_card, requester_card};

use super::changed::changed;
use super::text::{self, date, day, instant, mention};
use super::words::{self, category_name, lane_name};
use super::{Message, action, kit, more_time, target::Target};
use crate::domain::command::LaneRef;
use crate::domain::ids::UserId;
use crate::domain::policy::{Pool, Rules};
use crate::domain::request::{Aside, Decision, Lane, Request, Role, Standing};
use chrono::{DateTime, Utc};
use slack_morphism::blocks::{SlackBlock, SlackBlockButtonElement};

/// What a reviewer's card is for, at this moment.
enum Stage<'r> {
    /// Their answer is wanted.
    Wanted(&'r Lane),
    /// The lane lapsed; a late answer is still taken (R12).
    Lapsed(&'r Lane),
    /// They decided; they may change it (R8).
    Theirs(&'r Lane, &'r Decision),
    /// Nothing is left to do; why not.
    Spent(String, Option<&'r str>),
}

/// The card of somebody who was asked to review.
pub fn reviewer_card(
    rules: &Rules,
    request: &Request,
    at: &LaneRef,
    user: &UserId,
    now: DateTime<Utc>,
) -> Message {
    let id = |part: &str| format!("r{}.{}.{}.{part}", request.request_id.0, at.lane, at.round);
    let mut blocks = vec![kit::header(&id("head"), &heading(request))];
    let text = match stage(rules, request, at, user) {
        Stage::Wanted(lane) => {
            let asks = asks(rules, request, lane, user);
            blocks.push(kit::section(&id("asks"), &asks));
            blocks.extend(kit::said(&id("handed"), handed_because(lane, user)));
            blocks.extend(material(rules, request, lane, &id));
            blocks.push(kit::section(&id("until"), &until(rules, request, lane, now)));
            blocks.push(kit::actions(&id("decide"), decide_buttons(request, at)));
            blocks.push(kit::actions(&id("else"), other_buttons(request, at, Some(lane))));
            // On a locked phone the beginning is all there is to read.
            format!(
                "*{}* {}: {asks}",
                request.request_id,
                words::subject(rules, request)
            )
        }
        Stage::Lapsed(lane) => {
            let says = lapsed(rules, lane);
            blocks.push(kit::section(&id("lapsed"), &says));
            blocks.extend(material(rules, request, lane, &id));
            blocks.push(kit::actions(&id("decide"), decide_buttons(request, at)));
            blocks.push(kit::actions(&id("else"), other_buttons(request, at, None)));
            format!("{}: {says}", request.request_id)
        }
        Stage::Theirs(lane, decision) => {
            let says = theirs(rules, request, lane, decision);
            blocks.push(kit::section(&id("decided"), &says));
            blocks.push(kit::context(
                &id("which"),
                &words::facts(rules, request).join(" · "),
            ));
            blocks.extend(kit::said(&id("said"), decision.text.as_deref()));
            let change = kit::button(
                action::CHANGE_DECISION,
                "Change my answer",
                &Target::at(request, at),
            );
            blocks.push(kit::actions(&id("change"), vec![change]));
            format!("{}: {says}", request.request_id)
        }
        Stage::Spent(says, said) => {
            blocks.push(kit::section(&id("spent"), &says));
            blocks.extend(kit::said(&id("said"), said));
            format!("{}: {says}", request.request_id)
        }
    };
    Message::new(&text, blocks)
}

/// Nothing is left for this person to do: a card that was never posted need not be.
pub fn is_spent(request: &Request, at: &LaneRef, user: &UserId) -> bool {
    !matches!(standing(request, at, user), Some((_, Part::Wanted | Part::Late)))
}

/// `R-42 · title`, plain.
pub(super) fn heading(request: &Request) -> String {
    format!("{} · {}", request.request_id, request.details.title)
}

enum Part<'r> {
    Wanted,
    Aside(&'r Aside),
    Late,
    Decided(&'r Decision),
    OtherLane,
    NotAsked,
}

/// The lane of the card and this person's part in it; `None` when the request or the round is over.
fn standing<'r>(request: &'r Request, at: &LaneRef, user: &UserId) -> Option<(&'r Lane, Part<'r>)> {
    let lane = request
        .lane(&at.lane)
        .filter(|lane| request.is_open() && lane.round == at.round)?;
    let elsewhere = request
        .lanes
        .iter()
        .any(|other| other.key != lane.key && other.decided_by() == Some(user));
    let part = match (&lane.standing, lane.decision()) {
        (_, Some(decision)) => Part::Decided(decision),
        _ if elsewhere => Part::OtherLane,
        _ if !lane.was_asked(user) => Part::NotAsked,
        _ if let Some(why) = aside(lane, user) => Part::Aside(why),
        (Standing::Lapsed { .. }, None) => Part::Late,
        _ => Part::Wanted,
    };
    Some((lane, part))
}

fn aside<'r>(lane: &'r Lane, user: &UserId) -> Option<&'r Aside> {
    let asked = lane.asked.iter().find(|asked| &asked.user == user)?;
    asked.aside.as_ref()
}

fn stage<'r>(rules: &Rules, request: &'r Request, at: &LaneRef, user: &UserId) -> Stage<'r> {
    if let Some(end) = words::end_says(request) {
        return Stage::Spent(
            format!("{end} Nothing left for you here."),
            words::end_reason(request),
        );
    }
    match standing(request, at, user) {
        None => Stage::Spent(superseded(request, at, user), None),
        Some((lane, Part::Wanted)) => Stage::Wanted(lane),
        Some((lane, Part::Late)) => Stage::Lapsed(lane),
        Some((lane, Part::Decided(decision))) if &decision.by == user => Stage::Theirs(lane, decision),
        Some((lane, Part::Decided(decision))) => {
            Stage::Spent(taken_care_of(lane, decision), decision.text.as_deref())
        }
        Some((lane, Part::OtherLane)) => {
            let name = lane_name(rules, &lane.key);
            Stage::Spent(
                format!(
                    "You answered in another lane of this request, so somebody else answers for {name}. \
                     Nothing left for you here."
                ),
                None,
            )
        }
        Some((lane, Part::Aside(why))) => {
            let because = match why {
                Aside::HandedOver { reason, .. } => reason.as_deref(),
                Aside::Away { .. } | Aside::Left => None,
            };
            Stage::Spent(handed_over(lane, user, why), because)
        }
        Some((_, Part::NotAsked)) => Stage::Spent(
            "Somebody else is asked now. Nothing left for you here.".to_owned(),
            None,
        ),
    }
}

fn superseded(request: &Request, at: &LaneRef, user: &UserId) -> String {
    let asked_again = request.lane(&at.lane).is_some_and(|lane| lane.was_asked(user));
    let next = if asked_again {
        "Please use your newer card."
    } else {
        "Nothing left for you here."
    };
    format!(
        "{} changed it and asked anew: round {} has begun. {next}",
        mention(&request.requester),
        request.round
    )
}

/// Why this person is no longer waited for, and who is.
fn handed_over(lane: &Lane, user: &UserId, why: &Aside) -> String {
    let others = words::reachable(lane);
    let is = if others.len() == 1 { "is" } else { "are" };
    let others = match others.is_empty() {
        true => "somebody else is looked for".to_owned(),
        false => format!("{} {is} asked in your place", words::people(others)),
    };
    match why {
        Aside::Away { until } => {
            let until = until.map(|on| format!(" until {}", date(on))).unwrap_or_default();
            format!("You are away{until}: {others}. Nothing left for you here.")
        }
        Aside::Left => format!("You no longer answer for this lane: {others}. Nothing left for you here."),
        Aside::HandedOver { by, to, .. } if by == user => {
            format!(
                "You handed this over to {}. Nothing left for you here.",
                mention(to)
            )
        }
        Aside::HandedOver { by, to, .. } => format!(
            "{} handed this over to {}. Nothing left for you here.",
            mention(by),
            mention(to)
        ),
    }
}

fn taken_care_of(lane: &Lane, decision: &Decision) -> String {
    let did = did(lane);
    format!(
        "Taken care of: {} {did} {}. Nothing left for you here.",
        mention(&decision.by),
        instant(decision.at)
    )
}

fn did(lane: &Lane) -> &'static str {
    match lane.standing {
        Standing::Approved { .. } => "approved",
        _ => "asked for changes",
    }
}

fn theirs(rules: &Rules, request: &Request, lane: &Lane, decision: &Decision) -> String {
    let name = lane_name(rules, &lane.key);
    let what = match &lane.standing {
        Standing::Approved {
            lapsed_at: Some(_), ..
        } => format!("You approved for {name}, a late approval after the lapse"),
        Standing::Approved { .. } => format!("You approved for {name}"),
        Standing::Lapsed { .. } => format!("You asked for changes for {name} after the lapse"),
        _ => format!("You asked for changes for {name}"),
    };
    let then = match &lane.standing {
        Standing::Approved { .. } => String::new(),
        Standing::Lapsed { .. } => {
            format!(
                " {} was told at once; the gate stays as it is.",
                mention(&request.requester)
            )
        }
        _ if request.gated => " The lane does not lapse while that stands.".to_owned(),
        _ => String::new(),
    };
    format!(
        "{what}, {}.{then} You can change your answer until it is published or withdrawn.",
        instant(decision.at)
    )
}

/// Who asks whom, as what, for what.
fn asks(rules: &Rules, request: &Request, lane: &Lane, user: &UserId) -> String {
    let name = lane_name(rules, &lane.key);
    let area = request.details.area.as_ref().and_then(|key| rules.area(key));
    let of_area = area
        .map(|area| format!(" of {}", text::typed(&area.name, 60)))
        .unwrap_or_default();
    let asked = lane.asked.iter().find(|asked| &asked.user == user);
    let away = asked.and_then(|asked| asked.in_place_of.as_ref());
    let away = away.map(|away| format!(": you stand in {}", words::in_place_of(away)));
    let directed = rules
        .lane(&lane.key)
        .is_some_and(|rule| rule.pool == Pool::AreaDirector);
    let handed = asked.and_then(|asked| asked.handed_by.as_ref());
    let role = match (asked.map(|asked| &asked.role), away) {
        _ if handed.is_some() && directed => format!("as *{name}{of_area}*"),
        _ if handed.is_some() => format!("for *{name}*"),
        (Some(_), Some(away)) if directed => format!("as *{name}{of_area}*{away}"),
        (Some(_), Some(away)) => format!("for *{name}*{away}"),
        (Some(Role::Director), None) => format!("as *{name}{of_area}*"),
        (Some(Role::Deputy), None) => {
            let director = area.map(|area| format!(", standing in for {}", mention(&area.director)));
            format!("as *{name}{of_area}*{}", director.unwrap_or_default())
        }
        (Some(Role::Fallback), None) if lane.before.as_ref() == Some(user) => {
            format!("for *{name}*, as in the round before")
        }
        (Some(Role::Fallback), None) => {
            format!("for *{name}*, standing in because nobody else there can answer")
        }
        (Some(Role::Member | Role::Delegate) | None, _) => format!("for *{name}*"),
    };
    let again = if lane.round > 1 { " again" } else { "" };
    let requester = mention(&request.requester);
    let handed = handed.map(|handed| format!(" {} handed it over to you.", mention(&handed.user)));
    format!(
        "{requester} asks{again} for your review {role}.{}{}",
        handed.unwrap_or_default(),
        also_asked(lane, user)
    )
}

/// What they wrote who handed it over to this person.
fn handed_because<'r>(lane: &'r Lane, user: &UserId) -> Option<&'r str> {
    let asked = lane.asked.iter().find(|asked| &asked.user == user)?;
    asked.handed_by.as_ref()?.reason.as_deref()
}

/// Whoever shares a lane may leave it to the others, and should know them.
fn also_asked(lane: &Lane, user: &UserId) -> String {
    let others: Vec<&UserId> = words::reachable(lane)
        .into_iter()
        .filter(|other| *other != user)
        .collect();
    match others.len() {
        0 => String::new(),
        1 => format!(" One answer is enough: {} is asked too.", words::people(others)),
        _ => format!(" One answer is enough: {} are asked too.", words::people(others)),
    }
}

/// Everything needed to decide: what it is, where the draft is, what changed, what the requester adds.
fn material(rules: &Rules, request: &Request, lane: &Lane, id: &impl Fn(&str) -> String) -> Vec<SlackBlock> {
    let details = &request.details;
    let mut facts = vec![text::capitalised(&category_name(rules, &details.category))];
    facts.extend(text::markup(&details.link));
    facts.extend(details.publish_on.map(|on| format!("planned for {}", date(on))));
    facts.push(format!(
        "filed {}",
        day(rules.calendar.zone().local_date(request.filed_at))
    ));
    if request.round > 1 {
        facts.push(format!("round {}", request.round));
    }
    let mut blocks = vec![kit::section(&id("facts"), &facts.join(" · "))];
    if text::markup(&details.link).is_none() {
        blocks.push(kit::plain(&id("link"), details.link.as_str()));
    }
    blocks.extend(changed(rules, request, lane, id));
    if let Some(notes) = &details.notes {
        blocks.push(kit::context(
            &id("noted"),
            &format!("{} adds:", mention(&request.requester)),
        ));
        blocks.push(kit::plain(&id("notes"), notes));
    }
    blocks
}

/// What silence will mean in this lane, and when.
fn until(rules: &Rules, request: &Request, lane: &Lane, now: DateTime<Utc>) -> String {
    if !request.gated {
        return "This review is voluntary: nothing waits on it, and nothing lapses.".to_owned();
    }
    if request.is_wide() {
        return "*Wide-impact:* this waits for you, however long it takes. Silence never opens the gate."
            .to_owned();
    }
    let Some((deadline, policy)) = rules.expected_clock(request, lane, now) else {
        return "This waits for you: there is no business day ahead that could count.".to_owned();
    };
    let days = words::business_days(policy.business_days, policy.counting);
    let counted = words::counted_days(&policy);
    let lapses = format!(
        "If nobody answers, this lane *lapses* {}, after {days}{counted}.",
        instant(deadline)
    );
    let more = more_time::on_card(request, lane);
    if request.is_last_call(&lane.key, now) {
        return format!("*This is the last business day to answer.* {lapses}{more}");
    }
    format!("{lapses}{more}")
}

fn lapsed(rules: &Rules, lane: &Lane) -> String {
    let at = match lane.standing {
        Standing::Lapsed { at, .. } => instant(at),
        _ => String::new(),
    };
    let days = words::silence(rules, lane);
    let late = "You can still answer: it is passed on at once, and the gate stays as it is.";
    format!(
        "This lane *lapsed* {at}: nobody answered in {days}. {late} \
         If this must not go out, raise wide-impact."
    )
}

/// The two answers.
fn decide_buttons(request: &Request, at: &LaneRef) -> Vec<SlackBlockButtonElement> {
    let target = Target::at(request, at);
    vec![
        kit::primary(kit::button(action::APPROVE, "Approve", &target)),
        kit::button(action::REQUEST_CHANGES, "Request changes", &target),
    ]
}

/// What else a reviewer can do, in a row of its own, while `lane` waits; one that lapsed has nothing to put
/// off or to hand over.
fn other_buttons(request: &Request, at: &LaneRef, lane: Option<&Lane>) -> Vec<SlackBlockButtonElement> {
    let target = Target::at(request, at);
    let mut buttons = Vec::new();
    let runs = |lane: &Lane| lane.deadline().is_some() && lane.more_time.is_none();
    if request.gated && !request.is_wide() && lane.is_some_and(runs) {
        buttons.push(kit::button(action::MORE_TIME, "More time", &target));
    }
    if lane.is_some() {
        buttons.push(kit::button(action::NOT_ME, "Not me", &target));
    }
    if request.gated {
        buttons.push(wide_impact_button(request, &target));
        buttons.push(kit::button(action::WHY, "Why", &target));
    }
    buttons
}

fn wide_impact_button(request: &Request, target: &Target) -> SlackBlockButtonElement {
    if request.is_wide() {
        return kit::button(action::LOWER_WIDE_IMPACT, "Lower wide-impact", target);
    }
    raise_button(target)
}

/// Raises wide-impact, after asking back: only a reviewer or an admin can undo it.
fn raise_button(target: &Target) -> SlackBlockButtonElement {
    kit::confirmed(
        kit::button(action::RAISE_WIDE_IMPACT, "Raise wide-impact", target),
        "Raise wide-impact?",
        "Silence will no longer open the gate: it waits for every lane, however long that takes. Lanes that \
         lapsed wait again. Only a reviewer other than the requester, or an admin, can lower it.",
        "Raise it",
    )
}
