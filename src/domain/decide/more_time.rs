//! "I need more time" (R18): asked with one click, answered by the requester with one click, once a lane
//! and round.

use super::Context;
use super::by_person::decidable;
use crate::domain::command::{LaneRef, Rejection};
use crate::domain::event::Event;
use crate::domain::ids::UserId;
use crate::domain::request::{Lane, Request};

pub(super) fn ask(
    context: Context<'_>,
    request: &Request,
    at: &LaneRef,
    user: &UserId,
) -> Result<Vec<Event>, Rejection> {
    let lane = runs(context, request, decidable(context, request, at, user)?)?;
    if lane.more_time.is_some() {
        return Err(Rejection::MoreTimeOnce(lane.key.clone()));
    }
    Ok(vec![Event::MoreTimeAsked {
        lane: lane.key.clone(),
        round: lane.round,
    }])
}

/// The requester has the last word, and may think better of a no; a yes was promised.
pub(super) fn answer(
    context: Context<'_>,
    request: &Request,
    at: &LaneRef,
    user: &UserId,
    grant: bool,
) -> Result<Vec<Event>, Rejection> {
    if &request.requester != user {
        return Err(Rejection::OnlyRequester);
    }
    let lane = request.lane(&at.lane).ok_or(Rejection::NoSuchLane)?;
    if lane.round != at.round {
        return Err(Rejection::Superseded);
    }
    let asked = lane.more_time.as_ref().ok_or(Rejection::Superseded)?;
    if asked.is_granted() || (asked.answer.is_some() && !grant) {
        return Err(Rejection::Unchanged);
    }
    let lane = runs(context, request, lane)?;
    let (key, round) = (lane.key.clone(), lane.round);
    if !grant {
        return Ok(vec![Event::MoreTimeDeclined { lane: key, round }]);
    }
    let more = context.rules.one_more_day(request, lane);
    let (deadline, policy) = more.ok_or(Rejection::NoDeadline(key.clone()))?;
    Ok(vec![Event::MoreTimeGranted {
        lane: key,
        round,
        deadline,
        policy,
    }])
}

/// The lane, if it waits and its deadline is still to come.
fn runs<'r>(context: Context<'_>, request: &Request, lane: &'r Lane) -> Result<&'r Lane, Rejection> {
    if !lane.is_pending() {
        return Err(Rejection::NotPending(lane.key.clone()));
    }
    let counts = request.gated && !request.is_wide();
    match lane.deadline() {
        Some(deadline) if counts && context.now < deadline => Ok(lane),
        _ => Err(Rejection::NoDeadline(lane.key.clone())),
    }
}
