//! `react`: from what happened to what must follow. Cards are brought up to date as a whole; notices are
//! for what somebody must hear at once.

use super::calendar::Calendar;
use super::command::{Actor, LaneRef};
use super::effect::{Effect, Task};
use super::event::{Entry, Event};
use super::ids::{RequestId, UserId};
use super::policy::Rules;
use super::request::{Lane, Request};
use super::reviewers;
use super::schedule::Slot;
use chrono::{DateTime, TimeDelta, Utc};
use std::collections::BTreeSet;

/// How long the overview cards wait while people are asked; the first clock that starts brings them forward.
const ASKED_WITHIN: TimeDelta = TimeDelta::seconds(5);

/// What follows from `entries`, which turned `before` into `after`.
pub fn react(rules: &Rules, before: Option<&Request>, after: &Request, entries: &[Entry]) -> Vec<Effect> {
    let Some(now) = entries.last().map(|entry| entry.at) else {
        return Vec::new();
    };
    let mut effects = Vec::new();
    for (place, entry) in entries.iter().enumerate() {
        effects.extend(timers(rules, after, entry));
        // Lanes that lapse together are told together: the notice says how every lane stands.
        let lapse = |entry: &Entry| matches!(entry.event, Event::Lapsed { .. });
        if !(lapse(entry) && entries[place + 1..].iter().any(lapse)) {
            effects.extend(notices(after, entry));
        }
    }
    if entries.iter().any(|entry| changes_reviewer_cards(&entry.event)) {
        effects.extend(reviewer_cards(before, after, now));
    }
    let nobody_to_ask = entries.iter().any(|entry| is_unfillable(&entry.event));
    let to_be_asked = !reviewers::unassigned(rules, after).is_empty() && !nobody_to_ask;
    // Whoever filed has just read how it stands. What more there is to say is known once people are asked, and then
    // it is said: the courier says it, should they not be found.
    if !(to_be_asked && before.is_none()) {
        let gated = after.gated || before.is_some_and(|before| before.gated);
        effects.extend(overviews(rules, after.request_id, gated, shown_at(entries, now)));
    }
    if to_be_asked {
        let request_id = after.request_id;
        effects.push(Effect::now(now, Task::AssignReviewers { request_id }));
    }
    effects
}

/// The cards that show how a whole request stands: its requester's (R21) and, of a gated one, the channel's (R25).
pub fn overviews(
    rules: &Rules,
    request_id: RequestId,
    gated: bool,
    due_at: DateTime<Utc>,
) -> impl Iterator<Item = Effect> {
    let channel = (rules.announce && gated).then_some(Task::ChannelCard { request_id });
    let tasks = std::iter::once(Task::RequesterCard { request_id }).chain(channel);
    tasks.map(move |task| Effect { due_at, task })
}

/// When whatever shows all of a request is brought up to date with what happened at `now`. In a new round it waits
/// a moment for the pings to be delivered, or each card would be edited time and again while they are.
pub fn shown_at(entries: &[Entry], now: DateTime<Utc>) -> DateTime<Utc> {
    let settling = entries.iter().all(|entry| is_asking(&entry.event));
    if settling { now + ASKED_WITHIN } else { now }
}

/// Asking is under way: more follows within moments.
fn is_asking(event: &Event) -> bool {
    matches!(
        event,
        Event::Filed { .. } | Event::ReviewersAsked { .. } | Event::PingDelivered { .. }
    )
}

fn is_unfillable(event: &Event) -> bool {
    matches!(event, Event::LaneUnfillable { .. })
}

/// A proof of delivery shows on the requester's card only; everything else a reviewer may see.
fn changes_reviewer_cards(event: &Event) -> bool {
    !matches!(
        event,
        Event::PingDelivered { .. }
            | Event::PingFailed { .. }
            | Event::LaneUnfillable { .. }
            | Event::Escalated { .. }
            | Event::Nudged { .. }
    )
}

/// R14: one timer for each deadline that may come, also for one that stood still while wide-impact was up, and a call
/// for the day before it.
/// R22: while it is up, one for the next escalation.
fn timers(rules: &Rules, request: &Request, entry: &Entry) -> Vec<Effect> {
    let request_id = request.request_id;
    let lapse = |lane: &Lane| {
        lane.deadline().map(|due_at| Effect {
            due_at,
            task: Task::Lapse {
                request_id,
                lane: lane.at(),
            },
        })
    };
    // From then on a card says something else; where that is now, it is refreshed with the event.
    let last_call = |lane: &Lane| {
        let due_at = lane.last_call().filter(|due_at| *due_at > entry.at)?;
        let task = Task::LastCall {
            request_id,
            lane: lane.at(),
        };
        Some(Effect { due_at, task })
    };
    let escalate = |lane: &Lane, slot: fn(&Rules, &Calendar, DateTime<Utc>) -> Option<Slot>| {
        let named = rules
            .lane(&lane.key)
            .is_some_and(|rule| !rule.escalation.is_empty());
        let calendar = rules.lane_calendar(&lane.key, request.details.area.as_ref());
        let slot = slot(rules, calendar, entry.at).filter(|_| named && request.is_wide())?;
        let task = Task::Escalate {
            request_id,
            lane: lane.at(),
            on: slot.on,
        };
        Some(Effect {
            due_at: slot.due_at,
            task,
        })
    };
    match &entry.event {
        Event::ClockStarted { lane, .. } | Event::MoreTimeGranted { lane, .. } => {
            let lane = request.lane(lane);
            let (end, last) = (lane.and_then(lapse), lane.and_then(last_call));
            end.into_iter().chain(last).collect()
        }
        // Whether or not anybody could be asked: a lane without reviewers needs it most.
        Event::Filed { .. } | Event::Resubmitted { .. } | Event::Edited { .. } => request
            .pending()
            .filter(|lane| lane.opened_at == entry.at)
            .filter_map(|lane| escalate(lane, Rules::first_escalation))
            .collect(),
        Event::WideImpactLowered { .. } => {
            let lasts = request.pending().filter_map(last_call);
            request.pending().filter_map(lapse).chain(lasts).collect()
        }
        Event::WideImpactRaised => request
            .pending()
            .filter_map(|lane| escalate(lane, Rules::first_escalation))
            .collect(),
        Event::Escalated { lane, .. } => request
            .lane(lane)
            .and_then(|lane| escalate(lane, Rules::next_escalation))
            .into_iter()
            .collect(),
        _ => Vec::new(),
    }
}

/// Every card of every lane: of this round to show how things stand, of an earlier one to lose its
/// buttons (R7).
fn reviewer_cards(before: Option<&Request>, after: &Request, now: DateTime<Utc>) -> Vec<Effect> {
    let mut cards: Vec<(LaneRef, UserId)> = Vec::new();
    for lane in before
        .into_iter()
        .chain([after])
        .flat_map(|request| &request.lanes)
    {
        for asked in &lane.asked {
            let card = (lane.at(), asked.user.clone());
            if !cards.contains(&card) {
                cards.push(card);
            }
        }
    }
    let refresh = |(lane, user)| refresh(after.request_id, lane, user, now);
    cards.into_iter().map(refresh).collect()
}

/// Brings the card of a reviewer up to date.
pub fn refresh(request_id: RequestId, lane: LaneRef, user: UserId, now: DateTime<Utc>) -> Effect {
    let task = Task::ReviewerCard {
        request_id,
        lane,
        user,
    };
    Effect::now(now, task)
}

/// R22: on a lane's last day the cards of those it waits for say so, whether or not anybody is reminded.
pub fn last_call(request: &Request, at: &LaneRef, now: DateTime<Utc>) -> Vec<Effect> {
    let lane = request.lane(&at.lane).filter(|lane| lane.round == at.round);
    let last = lane.filter(|lane| request.is_open() && request.is_last_call(&lane.key, now));
    let waited_for = last.into_iter().flat_map(Lane::waited_for);
    waited_for
        .map(|asked| refresh(request.request_id, at.clone(), asked.user.clone(), now))
        .collect()
}

/// R23, R16, R4: who must hear of it at once, besides whoever did it.
fn notices(request: &Request, entry: &Entry) -> Vec<Effect> {
    let request_id = request.request_id;
    let notice = |to: UserId| {
        Effect::now(
            entry.at,
            Task::Notice {
                request_id,
                to,
                about: entry.clone(),
            },
        )
    };
    let mut effects: Vec<Effect> = hearers(request, entry)
        .into_iter()
        .filter(|to| entry.actor != Actor::User(to.clone()))
        .map(notice)
        .collect();
    if is_unfillable(&entry.event) {
        effects.push(Effect::now(
            entry.at,
            Task::ChannelNotice {
                request_id,
                about: entry.clone(),
            },
        ));
    }
    effects
}

fn hearers(request: &Request, entry: &Entry) -> Vec<UserId> {
    let requester = || vec![request.requester.clone()];
    match &entry.event {
        Event::Approved { .. }
        | Event::ChangesRequested { .. }
        | Event::Lapsed { .. }
        | Event::LaneUnfillable { .. }
        | Event::MoreTimeAsked { .. }
        | Event::WideImpactLowered { .. }
        | Event::Withdrawn { .. }
        | Event::Published { .. } => requester(),
        // Those whose silence had counted as leave, or soon would, must know that it no longer does.
        Event::WideImpactRaised => {
            let told = |lane: &Lane| told(lane).collect::<Vec<_>>();
            requester()
                .into_iter()
                .chain(request.pending().flat_map(told))
                .collect()
        }
        Event::Escalated { to, .. } | Event::Nudged { to, .. } => to.clone(),
        Event::MoreTimeGranted { lane, .. } | Event::MoreTimeDeclined { lane, .. } => {
            let asked = request.lane(lane).and_then(|lane| lane.more_time.as_ref());
            asked.map(|asked| asked.by.clone()).into_iter().collect()
        }
        // Whoever takes it over is pinged by their card, unless that is there already.
        Event::HandedOver { lane, to, .. } => {
            let told = request.lane(lane).into_iter().flat_map(told);
            requester()
                .into_iter()
                .chain(told.filter(|told| *told == to.user))
                .collect()
        }
        // Their card is there already: that it wants an answer again would go unnoticed.
        Event::ReviewersAsked { lane, asked, .. } => {
            let again = |user: &UserId| {
                let mut asked = request.lane(lane).into_iter().flat_map(Lane::waited_for);
                asked.any(|asked| asked.again && &asked.user == user)
            };
            let asked = asked.iter().map(|asked| asked.user.clone());
            asked.filter(again).collect()
        }
        _ => Vec::new(),
    }
}

/// Those who have a card and whose answer is waited for: whoever went away, left or handed it over has not (R6).
fn told(lane: &Lane) -> impl Iterator<Item = UserId> + '_ {
    lane.waited_for()
        .filter(|asked| asked.delivered_at.is_some())
        .map(|asked| asked.user.clone())
}

/// Whose own lists a change shows in (R26): the requester's, and those of everybody who is or was asked.
pub fn concerned(before: Option<&Request>, after: &Request) -> BTreeSet<UserId> {
    let requests = before.into_iter().chain([after]);
    let asked = requests
        .flat_map(|request| &request.lanes)
        .flat_map(|lane| &lane.asked);
    asked
        .map(|asked| asked.user.clone())
        .chain([after.requester.clone()])
        .collect()
}

/// When to look again for somebody who can fill a lane that nobody can (R4): a group gains members.
pub fn look_again(rules: &Rules, request: &Request, now: DateTime<Utc>) -> Vec<Effect> {
    if reviewers::unassigned(rules, request).is_empty() {
        return Vec::new();
    }
    let task = Task::AssignReviewers {
        request_id: request.request_id,
    };
    vec![Effect {
        due_at: now + TimeDelta::hours(1),
        task,
    }]
}
