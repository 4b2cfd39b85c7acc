//! A review goes to somebody else (R8): "not me", or an admin's word.

use super::Context;
use super::by_person::{decidable, invalid};
use crate::domain::command::{LaneRef, Rejection, Unfit};
use crate::domain::event::Event;
use crate::domain::filing::{self, Field};
use crate::domain::ids::{LaneKey, UserId};
use crate::domain::request::{Asked, HandedBy, Lane, Request};
use crate::domain::reviewers;

/// By somebody who is asked, to another who can answer for the lane.
pub(super) fn not_me(
    context: Context<'_>,
    request: &Request,
    at: &LaneRef,
    user: &UserId,
    to: &UserId,
    reason: Option<&str>,
) -> Result<Vec<Event>, Rejection> {
    let lane = decidable(context, request, at, user)?;
    if !lane.is_pending() {
        return Err(Rejection::NotPending(lane.key.clone()));
    }
    if !lane.waits_for(user) {
        return Err(Rejection::NotAsked(lane.key.clone()));
    }
    // Last of what concerns them: a form can be offered once nothing else is in the way.
    if to == user {
        return Err(Rejection::Unfit(to.clone(), Unfit::Oneself));
    }
    let reason = filing::optional_prose(reason).map_err(|problem| invalid(Field::Reason, problem))?;
    handed(
        context,
        request,
        lane,
        user,
        to,
        reason,
        vec![user.clone()],
        false,
    )
}

/// By an admin, from everybody who is asked: always with a reason, always in the digest.
pub(super) fn reassign(
    context: Context<'_>,
    request: &Request,
    lane: &LaneKey,
    user: &UserId,
    to: &UserId,
    reason: &str,
) -> Result<Vec<Event>, Rejection> {
    if !context.rules.is_admin(user) {
        return Err(Rejection::OnlyAdmin);
    }
    let lane = request.lane(lane).ok_or(Rejection::NoSuchLane)?;
    if !lane.is_pending() {
        return Err(Rejection::NotPending(lane.key.clone()));
    }
    let reason = filing::required_reason(reason).map_err(Rejection::Invalid)?;
    let others = lane
        .waited_for()
        .map(|asked| &asked.user)
        .filter(|asked| *asked != to);
    let from: Vec<UserId> = others.cloned().collect();
    if from.is_empty() && lane.waits_for(to) {
        return Err(Rejection::Unchanged);
    }
    handed(context, request, lane, user, to, Some(reason), from, true)
}

#[expect(clippy::too_many_arguments, reason = "the two ways above share all of it")]
fn handed(
    context: Context<'_>,
    request: &Request,
    lane: &Lane,
    by: &UserId,
    to: &UserId,
    reason: Option<String>,
    from: Vec<UserId>,
    as_admin: bool,
) -> Result<Vec<Event>, Rejection> {
    let asked = reviewers::named(context.rules, request, &lane.key, to, context.facts)?;
    let to = Asked {
        handed_by: Some(HandedBy {
            user: by.clone(),
            reason: reason.clone(),
        }),
        ..asked
    };
    Ok(vec![Event::HandedOver {
        lane: lane.key.clone(),
        round: lane.round,
        from,
        to: Box::new(to),
        reason,
        as_admin,
    }])
}
