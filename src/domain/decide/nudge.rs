//! The requester asks for an answer, at most once in four hours, and only those who are at work (R6, R22).

use super::Context;
use crate::domain::command::Rejection;
use crate::domain::event::Event;
use crate::domain::ids::UserId;
use crate::domain::people::Kind;
use crate::domain::request::{Lane, Request};
use chrono::TimeDelta;

/// So long a request rests after a nudge.
const EVERY: TimeDelta = TimeDelta::hours(4);

pub(super) fn nudge(context: Context<'_>, request: &Request, user: &UserId) -> Result<Vec<Event>, Rejection> {
    if &request.requester != user {
        return Err(Rejection::OnlyRequester);
    }
    let mut asked: Vec<&UserId> = request
        .pending()
        .flat_map(Lane::waited_for)
        .map(|asked| &asked.user)
        .collect();
    asked.sort();
    asked.dedup();
    if asked.is_empty() {
        return Err(Rejection::NobodyToNudge);
    }
    let again_at = request.nudged_at.map(|at| at + EVERY);
    if let Some(again_at) = again_at.filter(|again_at| context.now < *again_at) {
        return Err(Rejection::NudgedLately(again_at));
    }
    let (mut to, mut spared, mut at_work_from, mut unknown) = (Vec::new(), Vec::new(), None, false);
    for user in asked {
        let Some(person) = context.facts.person(user) else {
            unknown = true;
            continue;
        };
        let calendar = context.rules.person_calendar(user, person.zone.as_ref());
        let there = person.kind == Kind::Member && person.away.is_none();
        if there && context.rules.is_at_work(&calendar, context.now) {
            to.push(user.clone());
            continue;
        }
        spared.push(user.clone());
        if there {
            let from = context
                .rules
                .next_reminder(&calendar, context.now)
                .map(|slot| slot.due_at);
            at_work_from = from.into_iter().chain(at_work_from).min();
        }
    }
    match to.is_empty() {
        true if unknown => Err(Rejection::CannotVerify),
        true => Err(Rejection::NobodyAtWork(at_work_from)),
        false => Ok(vec![Event::Nudged { to, spared }]),
    }
}
