//! What Signoff itself asks for: reviewers to be found, proofs to be kept, deadlines to be met.

use super::Context;
use crate::domain::command::{LaneRef, Rejection};
use crate::domain::event::Event;
use crate::domain::evolve::evolve;
use crate::domain::ids::{RequestId, UserId};
use crate::domain::request::{Asked, Lane, Request};
use crate::domain::reviewers;
use chrono::{DateTime, Utc};

/// R4: every lane gets somebody, or its emptiness is announced once. Decided lane by lane, so that the
/// second lane sees whom the first one took.
pub(super) fn assign(context: Context<'_>, request: &Request) -> Result<Vec<Event>, Rejection> {
    let (mut events, mut unknown) = (Vec::new(), false);
    let mut request = request.clone();
    for key in reviewers::unassigned(context.rules, &request) {
        let (Some(rule), Some(lane)) = (context.rules.lane(&key), request.lane(&key)) else {
            continue;
        };
        // A lane about whose people nothing is known yet does not hold up the others.
        let Ok(asked) = reviewers::choose(context.rules, &request, rule, context.facts) else {
            unknown = true;
            continue;
        };
        let round = lane.round;
        let event = match asked.is_empty() {
            true if lane.unfillable => continue,
            true => Event::LaneUnfillable { lane: key, round },
            false => Event::ReviewersAsked {
                lane: key,
                round,
                asked,
            },
        };
        request = evolve(Some(request), &context.entry(event.clone()), RequestId(0));
        events.push(event);
    }
    if unknown && events.is_empty() {
        Err(Rejection::CannotVerify)
    } else {
        Ok(events)
    }
}

/// R17: the first proof starts the clock, at filing if it came within the grace, else at the proof.
pub(super) fn record_ping(
    context: Context<'_>,
    request: &Request,
    at: &LaneRef,
    user: &UserId,
    delivered_at: DateTime<Utc>,
) -> Result<Vec<Event>, Rejection> {
    let Some(lane) = current_lane(request, at) else {
        return Ok(Vec::new());
    };
    if !lane
        .asked
        .iter()
        .any(|asked| &asked.user == user && asked.delivered_at.is_none())
    {
        return Ok(Vec::new());
    }
    let (key, round) = (lane.key.clone(), lane.round);
    let mut events = vec![Event::PingDelivered {
        lane: key.clone(),
        round,
        user: user.clone(),
        delivered_at,
    }];
    if request.gated && lane.deadline().is_none() {
        let in_grace = delivered_at - lane.opened_at <= context.rules.deadline.delivery_grace;
        let started_at = if in_grace { lane.opened_at } else { delivered_at };
        // A calendar without a working day left cannot count: the lane then waits for a person.
        let area = request.details.area.as_ref();
        if let Ok((deadline, policy)) = context.rules.lane_clock(&key, area, &lane.asked, started_at) {
            events.push(Event::ClockStarted {
                lane: key,
                round,
                started_at,
                deadline,
                policy,
            });
        }
    }
    Ok(events)
}

pub(super) fn record_unreachable(request: &Request, at: &LaneRef, user: &UserId) -> Vec<Event> {
    let lane = current_lane(request, at);
    let asked = lane.is_some_and(|lane| {
        lane.asked
            .iter()
            .any(|asked| &asked.user == user && !asked.unreachable)
    });
    match asked {
        true => vec![Event::PingFailed {
            lane: at.lane.clone(),
            round: at.round,
            user: user.clone(),
        }],
        false => Vec::new(),
    }
}

pub(super) fn record_left(request: &Request, at: &LaneRef, user: &UserId) -> Vec<Event> {
    let lane = current_lane(request, at).filter(|lane| lane.is_pending() && lane.waits_for(user));
    let left = |lane: &Lane| Event::LeftLane {
        lane: lane.key.clone(),
        round: lane.round,
        user: user.clone(),
    };
    lane.map(left).into_iter().collect()
}

/// R6: in every lane of theirs in which everybody is away by now. Somebody who is not known to be away counts
/// as there, and so does whoever has come back meanwhile.
pub(super) fn step_aside(context: Context<'_>, request: &Request, user: &UserId) -> Vec<Event> {
    let away = |user: &UserId| context.facts.person(user).and_then(|person| person.away.as_ref());
    let mut events = Vec::new();
    for lane in request.pending().filter(|lane| lane.waits_for(user)) {
        let aside = |asked: &Asked| {
            Some(Event::SteppedAside {
                lane: lane.key.clone(),
                round: lane.round,
                until: away(&asked.user)?.until,
                user: asked.user.clone(),
            })
        };
        let all: Option<Vec<Event>> = lane.waited_for().map(aside).collect();
        events.extend(all.unwrap_or_default());
    }
    events
}

/// R14: closed at the deadline itself. Anything else that happened in the meantime wins: a late timer
/// changes nothing.
pub(super) fn lapse(context: Context<'_>, request: &Request, at: &LaneRef) -> Vec<Event> {
    let counts = request.is_open() && request.gated && !request.is_wide();
    let is_due =
        |lane: &&Lane| lane.is_pending() && lane.deadline().is_some_and(|deadline| context.now >= deadline);
    if !counts || current_lane(request, at).filter(is_due).is_none() {
        return Vec::new();
    }
    // Whatever is due with it lapses with it, so that the requester hears of one moment once.
    request
        .lanes
        .iter()
        .filter(is_due)
        .map(|lane| Event::Lapsed {
            lane: lane.key.clone(),
        })
        .collect()
}

/// R22: those named for the lane hear of it, save the requester and whoever is asked anyway.
pub(super) fn escalate(context: Context<'_>, request: &Request, at: &LaneRef) -> Vec<Event> {
    let waits = |lane: &&Lane| request.is_open() && request.is_wide() && lane.is_pending();
    let Some(lane) = current_lane(request, at).filter(waits) else {
        return Vec::new();
    };
    let named = context
        .rules
        .lane(&lane.key)
        .map(|rule| rule.escalation.as_slice())
        .unwrap_or_default();
    let others = |user: &&UserId| **user != request.requester && !lane.waits_for(user);
    let to: Vec<UserId> = named.iter().filter(others).cloned().collect();
    match to.is_empty() {
        true => Vec::new(),
        false => vec![Event::Escalated {
            lane: lane.key.clone(),
            round: lane.round,
            to,
        }],
    }
}

fn current_lane<'r>(request: &'r Request, at: &LaneRef) -> Option<&'r Lane> {
    request.lane(&at.lane).filter(|lane| lane.round == at.round)
}
