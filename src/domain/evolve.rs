//! `evolve`: from a request and one more entry to the request after it. It cannot fail and decides nothing.

use super::command::Actor;
use super::event::{Entry, Event};
use super::ids::{LaneKey, RequestId, UserId};
use super::request::{
    Aside, Asked, Change, Changed, Clock, Decision, Details, End, Intervened, Intervention, Lane, MoreTime,
    Request, Standing, WideImpact,
};
use chrono::{DateTime, Utc};

/// Folds an entry into a request. `request_id` is used only by [`Event::Filed`], which makes one.
pub fn evolve(request: Option<Request>, entry: &Entry, request_id: RequestId) -> Request {
    match (request, &entry.event) {
        (
            _,
            Event::Filed {
                requester,
                details,
                lanes,
                gated,
                wide_impact,
            },
        ) => filed(
            entry.at,
            request_id,
            requester,
            details,
            lanes,
            *gated,
            *wide_impact,
        ),
        (Some(mut request), event) => {
            let gate = request.gate();
            apply(&mut request, entry, event);
            request.updated_at = entry.at;
            if request.gate() != gate {
                request.gate_since = entry.at;
            }
            request
        }
        (None, _) => unreachable!("the first event of every request is Filed: decide() refuses all else"),
    }
}

fn filed(
    at: DateTime<Utc>,
    request_id: RequestId,
    requester: &UserId,
    details: &Details,
    lanes: &[LaneKey],
    gated: bool,
    wide_impact: bool,
) -> Request {
    Request {
        request_id,
        requester: requester.clone(),
        filed_at: at,
        details: details.clone(),
        gated,
        round: 1,
        changes: Vec::new(),
        wide_impact: wide_impact.then(|| WideImpact {
            by: requester.clone(),
            at,
        }),
        lanes: lanes
            .iter()
            .map(|key| opened(key.clone(), 1, at, 0, None))
            .collect(),
        end: None,
        gate_since: at,
        updated_at: at,
        nudged_at: None,
        interventions: Vec::new(),
    }
}

/// A lane in a new round. `before` is the lane as it was in the round before, if it was asked then.
fn opened(key: LaneKey, round: u32, at: DateTime<Utc>, changes: u32, before: Option<&Lane>) -> Lane {
    Lane {
        key,
        round,
        opened_at: at,
        opened_with: changes,
        seen: before.map_or(changes, |before| before.opened_with),
        before: before.and_then(Lane::whose).cloned(),
        asked: Vec::new(),
        unfillable: false,
        clock: Clock::NotStarted,
        more_time: None,
        standing: Standing::Pending,
    }
}

fn apply(request: &mut Request, entry: &Entry, event: &Event) {
    let at = entry.at;
    match event {
        Event::Filed { .. } => {}
        Event::ReviewersAsked { lane, asked, .. } => with_lane(request, lane, |lane| {
            for new in asked {
                ask(lane, new);
            }
            lane.unfillable = false;
        }),
        Event::SteppedAside {
            lane, user, until, ..
        } => set_aside(request, lane, user, &Aside::Away { until: *until }),
        Event::LaneUnfillable { lane, .. } => with_lane(request, lane, |lane| lane.unfillable = true),
        Event::PingDelivered {
            lane,
            user,
            delivered_at,
            ..
        } => with_lane(request, lane, |lane| {
            lane.asked
                .iter_mut()
                .filter(|asked| &asked.user == user)
                .for_each(|asked| asked.delivered_at = Some(*delivered_at));
        }),
        Event::PingFailed { lane, user, .. } => with_lane(request, lane, |lane| {
            lane.asked
                .iter_mut()
                .filter(|asked| &asked.user == user)
                .for_each(|asked| asked.unreachable = true);
        }),
        Event::ClockStarted {
            lane,
            started_at,
            deadline,
            policy,
            ..
        } => with_lane(request, lane, |lane| {
            lane.clock = Clock::Running {
                started_at: *started_at,
                deadline: *deadline,
                policy: policy.clone(),
            };
        }),
        Event::Nudged { .. } => request.nudged_at = Some(at),
        Event::MoreTimeAsked { lane, .. } => {
            let asked = who(entry).map(|by| MoreTime { by, at, answer: None });
            with_lane(request, lane, |lane| lane.more_time = asked);
        }
        Event::MoreTimeGranted {
            lane,
            deadline: later,
            policy: longer,
            ..
        } => with_lane(request, lane, |lane| {
            if let Clock::Running { deadline, policy, .. } = &mut lane.clock {
                (*deadline, *policy) = (*later, longer.clone());
            }
            answer(lane, true);
        }),
        Event::MoreTimeDeclined { lane, .. } => with_lane(request, lane, |lane| answer(lane, false)),
        Event::Approved { lane, note } => decided(request, lane, entry, note.clone(), approved),
        Event::ChangesRequested { lane, reason } => {
            decided(request, lane, entry, Some(reason.clone()), objected)
        }
        Event::Lapsed { lane } => {
            with_lane(request, lane, |lane| {
                lane.standing = Standing::Lapsed { at, objection: None }
            });
        }
        Event::LeftLane { lane, user, .. } => set_aside(request, lane, user, &Aside::Left),
        Event::Escalated { .. } | Event::WentAway { .. } | Event::CameBack => {}
        Event::WideImpactRaised => raise(request, entry),
        Event::WideImpactLowered { reason } => {
            request.wide_impact = None;
            intervene(request, entry, Intervened::LoweredWideImpact, reason);
        }
        Event::HandedOver {
            lane,
            from,
            to,
            reason,
            as_admin,
            ..
        } => {
            let Some(by) = who(entry) else { return };
            for user in from {
                let (by, to, reason) = (by.clone(), to.user.clone(), reason.clone());
                set_aside(request, lane, user, &Aside::HandedOver { by, to, reason });
            }
            with_lane(request, lane, |lane| {
                ask(lane, to);
                lane.unfillable = false;
            });
            if *as_admin {
                let (lane, to) = (lane.clone(), to.user.clone());
                let reason = reason.as_deref().unwrap_or_default();
                intervene(request, entry, Intervened::Reassigned { lane, to }, reason);
            }
        }
        Event::Resubmitted {
            what_changed,
            reopened,
        } => {
            request.round += 1;
            let text = what_changed.clone();
            let changes = change(request, Changed::Said { text });
            let round = request.round;
            for key in reopened {
                with_lane(request, key, |lane| {
                    *lane = opened(lane.key.clone(), round, at, changes, Some(lane));
                });
            }
        }
        Event::Edited {
            details,
            lanes,
            gated,
            new_round,
        } => {
            let from = Box::new(std::mem::replace(&mut request.details, details.clone()));
            let to = Box::new(details.clone());
            let changes = change(request, Changed::Edited { from, to });
            request.gated = *gated;
            if *new_round {
                request.round += 1;
                // Whoever never saw it needs no list of what is different.
                let before = |key: &LaneKey| request.lane(key);
                let reopened = |key: &LaneKey| opened(key.clone(), request.round, at, changes, before(key));
                request.lanes = lanes.iter().map(reopened).collect();
            }
        }
        Event::Withdrawn { reason } => {
            if who(entry).is_some_and(|by| by != request.requester) {
                let reason = reason.as_deref().unwrap_or_default();
                intervene(request, entry, Intervened::Withdrew, reason);
            }
            request.end = who(entry).map(|by| End::Withdrawn {
                by,
                at,
                reason: reason.clone(),
            });
        }
        Event::Published { link, while_blocked } => {
            let while_blocked = *while_blocked;
            request.end = who(entry).map(|by| End::Published {
                by,
                at,
                link: link.clone(),
                while_blocked,
            });
        }
    }
}

/// Changes kept with a request; older ones are in the audit trail.
const CHANGES_KEPT: usize = 20;

/// Notes a change and says its number.
fn change(request: &mut Request, what: Changed) -> u32 {
    let number = request.changes.last().map_or(0, |last| last.number) + 1;
    request.changes.push(Change { number, what });
    let surplus = request.changes.len().saturating_sub(CHANGES_KEPT);
    request.changes.drain(..surplus);
    number
}

fn answer(lane: &mut Lane, granted: bool) {
    if let Some(asked) = &mut lane.more_time {
        asked.answer = Some(granted);
    }
}

fn intervene(request: &mut Request, entry: &Entry, what: Intervened, reason: &str) {
    request.interventions.extend(who(entry).map(|by| Intervention {
        by,
        at: entry.at,
        what,
        reason: reason.to_owned(),
    }));
}

/// Whoever was asked before in this round keeps their card, and the proof that they were told.
fn ask(lane: &mut Lane, new: &Asked) {
    match lane.asked.iter_mut().find(|old| old.user == new.user) {
        Some(old) => {
            let delivered_at = old.delivered_at;
            *old = Asked {
                delivered_at,
                again: true,
                ..new.clone()
            };
        }
        None => lane.asked.push(new.clone()),
    }
}

fn set_aside(request: &mut Request, key: &LaneKey, user: &UserId, why: &Aside) {
    with_lane(request, key, |lane| {
        lane.asked
            .iter_mut()
            .filter(|asked| &asked.user == user)
            .for_each(|asked| asked.aside = Some(why.clone()));
    });
}

fn with_lane(request: &mut Request, key: &LaneKey, change: impl FnOnce(&mut Lane)) {
    if let Some(lane) = request.lanes.iter_mut().find(|lane| &lane.key == key) {
        change(lane);
    }
}

fn who(entry: &Entry) -> Option<UserId> {
    match &entry.actor {
        Actor::User(user) => Some(user.clone()),
        Actor::Signoff => None,
    }
}

fn decided(
    request: &mut Request,
    key: &LaneKey,
    entry: &Entry,
    text: Option<String>,
    standing: fn(Option<DateTime<Utc>>, Decision) -> Standing,
) {
    let Some(by) = who(entry) else { return };
    let decision = Decision {
        by,
        at: entry.at,
        text,
    };
    with_lane(request, key, |lane| {
        // A lane that lapsed once answers late from then on, however often the answer changes (R12).
        let lapsed_at = match lane.standing {
            Standing::Lapsed { at, .. } => Some(at),
            Standing::Approved { lapsed_at, .. } => lapsed_at,
            Standing::Pending | Standing::ChangesRequested { .. } => None,
        };
        lane.standing = standing(lapsed_at, decision);
    });
}

fn approved(lapsed_at: Option<DateTime<Utc>>, decision: Decision) -> Standing {
    Standing::Approved { decision, lapsed_at }
}

fn objected(lapsed_at: Option<DateTime<Utc>>, decision: Decision) -> Standing {
    match lapsed_at {
        Some(at) => Standing::Lapsed {
            at,
            objection: Some(decision),
        },
        None => Standing::ChangesRequested { decision },
    }
}

/// R16: lapsed lanes wait again; an objection that came after the lapse now holds its lane, and a late
/// approval is one like any other: from here on nothing counts as answered by silence.
fn raise(request: &mut Request, entry: &Entry) {
    let Some(by) = who(entry) else { return };
    request.wide_impact = Some(WideImpact { by, at: entry.at });
    for lane in &mut request.lanes {
        lane.standing = match std::mem::replace(&mut lane.standing, Standing::Pending) {
            Standing::Lapsed { objection: None, .. } => Standing::Pending,
            Standing::Lapsed {
                objection: Some(decision),
                ..
            } => Standing::ChangesRequested { decision },
            Standing::Approved { decision, .. } => Standing::Approved {
                decision,
                lapsed_at: None,
            },
            held => held,
        };
    }
}
