//! What people ask for.

use super::{Context, hand_over, more_time, nudge};
use crate::domain::command::{Command, LaneRef, Rejection};
use crate::domain::event::Event;
use crate::domain::filing::{self, Draft, Field, FieldError, Problem};
use crate::domain::ids::{LaneKey, UserId};
use crate::domain::request::{Gate, Lane, Request, Standing};
use crate::domain::reviewers;
use crate::domain::text::{Link, LinkProblem};

/// Anything but filing, on a request that exists.
pub(super) fn act(
    context: Context<'_>,
    request: &Request,
    command: &Command,
) -> Result<Vec<Event>, Rejection> {
    let user = context.actor.user().ok_or(Rejection::NotInvolved)?;
    if let Some(end) = &request.end {
        return Err(Rejection::Ended(end.clone()));
    }
    match command {
        Command::Approve { lane, note } => approve(context, request, lane, user, note.as_deref()),
        Command::RequestChanges { lane, reason } => request_changes(context, request, lane, user, reason),
        Command::HandOver { lane, to, reason } => {
            hand_over::not_me(context, request, lane, user, to, reason.as_deref())
        }
        Command::Reassign { lane, to, reason } => {
            hand_over::reassign(context, request, lane, user, to, reason)
        }
        Command::Nudge => nudge::nudge(context, request, user),
        Command::AskMoreTime(lane) => more_time::ask(context, request, lane, user),
        Command::AnswerMoreTime { lane, grant } => more_time::answer(context, request, lane, user, *grant),
        Command::RaiseWideImpact => raise_wide_impact(context, request, user),
        Command::LowerWideImpact { reason } => lower_wide_impact(context, request, user, reason),
        Command::Resubmit {
            what_changed,
            ask_everyone,
        } => resubmit(request, user, what_changed, *ask_everyone),
        Command::Edit(draft) => edit(context, request, user, draft),
        Command::Withdraw { reason } => withdraw(context, request, user, reason.as_deref()),
        Command::Publish { link } => publish(context, request, user, link.as_deref()),
        Command::File(_)
        | Command::AssignReviewers
        | Command::RecordPing { .. }
        | Command::RecordUnreachable { .. }
        | Command::RecordLeft { .. }
        | Command::StepAside { .. }
        | Command::Escalate(_)
        | Command::Lapse(_) => Err(Rejection::NotInvolved),
    }
}

pub(super) fn file(context: Context<'_>, draft: &Draft) -> Result<Vec<Event>, Rejection> {
    let requester = context.actor.user().ok_or(Rejection::NotInvolved)?;
    let details = draft
        .parse(context.rules, requester, None, context.now)
        .map_err(Rejection::Invalid)?;
    let category = context
        .rules
        .category(&details.category)
        .ok_or(Rejection::NotInvolved)?;
    Ok(vec![Event::Filed {
        requester: requester.clone(),
        lanes: category.lanes.clone(),
        gated: category.gated,
        wide_impact: draft.wide_impact && category.gated,
        details,
    }])
}

fn approve(
    context: Context<'_>,
    request: &Request,
    at: &LaneRef,
    user: &UserId,
    note: Option<&str>,
) -> Result<Vec<Event>, Rejection> {
    let lane = decidable(context, request, at, user)?;
    let note = filing::optional_prose(note).map_err(|problem| invalid(Field::Reason, problem))?;
    // Adding a note to one's own approval is a change; a second click is none.
    if let Standing::Approved { decision, .. } = &lane.standing
        && (note.is_none() || decision.text == note)
    {
        return Err(Rejection::Unchanged);
    }
    Ok(vec![Event::Approved {
        lane: lane.key.clone(),
        note,
    }])
}

fn request_changes(
    context: Context<'_>,
    request: &Request,
    at: &LaneRef,
    user: &UserId,
    reason: &str,
) -> Result<Vec<Event>, Rejection> {
    let lane = decidable(context, request, at, user)?;
    let reason = filing::required_reason(reason).map_err(Rejection::Invalid)?;
    if lane
        .decision()
        .is_some_and(|decision| decision.text.as_deref() == Some(&reason))
        && !matches!(lane.standing, Standing::Approved { .. })
    {
        return Err(Rejection::Unchanged);
    }
    Ok(vec![Event::ChangesRequested {
        lane: lane.key.clone(),
        reason,
    }])
}

/// R4, R5, R7, R8: the lane of the button, if this person may decide it and nobody else has.
pub(super) fn decidable<'r>(
    context: Context<'_>,
    request: &'r Request,
    at: &LaneRef,
    user: &UserId,
) -> Result<&'r Lane, Rejection> {
    let lane = request.lane(&at.lane).ok_or(Rejection::NoSuchLane)?;
    reviewers::may_decide(context.rules, request, &at.lane, user, context.facts)?;
    if lane.round != at.round {
        return Err(Rejection::Superseded);
    }
    match lane.decided_by() {
        Some(by) if by != user => Err(Rejection::DecidedBy(by.clone())),
        _ => Ok(lane),
    }
}

/// R16: the requester, or anybody who was asked or may decide.
fn raise_wide_impact(
    context: Context<'_>,
    request: &Request,
    user: &UserId,
) -> Result<Vec<Event>, Rejection> {
    if &request.requester != user {
        reviewer(context, request, user, Rejection::NotInvolved)?;
    }
    if !request.gated {
        return Err(Rejection::Voluntary);
    }
    if request.is_wide() {
        Err(Rejection::AlreadyWide)
    } else {
        Ok(vec![Event::WideImpactRaised])
    }
}

/// R16: never by the requester as such: whoever wants it out does not say how far it reaches.
fn lower_wide_impact(
    context: Context<'_>,
    request: &Request,
    user: &UserId,
    reason: &str,
) -> Result<Vec<Event>, Rejection> {
    if !context.rules.is_admin(user) {
        if &request.requester == user {
            return Err(Rejection::MayNotLower);
        }
        reviewer(context, request, user, Rejection::MayNotLower)?;
    }
    if !request.is_wide() {
        return Err(Rejection::NotWide);
    }
    Ok(vec![Event::WideImpactLowered {
        reason: filing::required_reason(reason).map_err(Rejection::Invalid)?,
    }])
}

/// Somebody who may decide a lane of this request now, or decided one and still is a member (R5).
fn reviewer(
    context: Context<'_>,
    request: &Request,
    user: &UserId,
    otherwise: Rejection,
) -> Result<(), Rejection> {
    match context.facts.is_member(user) {
        None => return Err(Rejection::CannotVerify),
        Some(false) => {
            let kind = context.facts.person(user).map(|person| person.kind);
            return Err(kind.map_or(otherwise, Rejection::NotEligible));
        }
        Some(true) => {}
    }
    let answers: Vec<Result<(), Rejection>> = request
        .lanes
        .iter()
        .map(|lane| reviewers::may_decide(context.rules, request, &lane.key, user, context.facts))
        .collect();
    if answers.contains(&Ok(())) {
        Ok(())
    } else if answers.contains(&Err(Rejection::CannotVerify)) {
        // They may belong to a lane whose members Slack could not tell us.
        Err(Rejection::CannotVerify)
    } else {
        Err(otherwise)
    }
}

/// R10: the lanes that objected are asked anew; with `ask_everyone` all of them are.
fn resubmit(
    request: &Request,
    user: &UserId,
    what_changed: &str,
    ask_everyone: bool,
) -> Result<Vec<Event>, Rejection> {
    if &request.requester != user {
        return Err(Rejection::OnlyRequester);
    }
    if !request.lanes.iter().any(Lane::has_objection) {
        return Err(Rejection::NothingToAnswer);
    }
    let what_changed = filing::required_reason(what_changed).map_err(Rejection::Invalid)?;
    let reopened: Vec<LaneKey> = request
        .lanes
        .iter()
        .filter(|lane| ask_everyone || lane.has_objection())
        .map(|lane| lane.key.clone())
        .collect();
    Ok(vec![Event::Resubmitted {
        what_changed,
        reopened,
    }])
}

/// R11: a new link, category or area voids what was said about the old one; title, notes and date do not.
fn edit(
    context: Context<'_>,
    request: &Request,
    user: &UserId,
    draft: &Draft,
) -> Result<Vec<Event>, Rejection> {
    if &request.requester != user {
        return Err(Rejection::OnlyRequester);
    }
    let details = draft
        .parse(context.rules, user, Some(&request.details), context.now)
        .map_err(Rejection::Invalid)?;
    if details == request.details {
        return Err(Rejection::Unchanged);
    }
    let category = context
        .rules
        .category(&details.category)
        .ok_or(Rejection::NotInvolved)?;
    // R16: who wants it out does not say how far it reaches, also not by calling it something else.
    if request.is_wide() && !category.gated {
        return Err(Rejection::MayNotLower);
    }
    let old = &request.details;
    let new_round = details.link != old.link || details.category != old.category || details.area != old.area;
    Ok(vec![Event::Edited {
        lanes: category.lanes.clone(),
        // Without a new round the lanes stay as they are, and so does what they hold back.
        gated: if new_round { category.gated } else { request.gated },
        details,
        new_round,
    }])
}

fn withdraw(
    context: Context<'_>,
    request: &Request,
    user: &UserId,
    reason: Option<&str>,
) -> Result<Vec<Event>, Rejection> {
    requester_or_admin(context, request, user)?;
    // Who does it for another says why.
    if &request.requester != user {
        filing::required_reason(reason.unwrap_or_default()).map_err(Rejection::Invalid)?;
    }
    let reason = filing::optional_prose(reason).map_err(|problem| invalid(Field::Reason, problem))?;
    Ok(vec![Event::Withdrawn { reason }])
}

/// R13: accepted while blocked, and recorded as such.
fn publish(
    context: Context<'_>,
    request: &Request,
    user: &UserId,
    link: Option<&str>,
) -> Result<Vec<Event>, Rejection> {
    requester_or_admin(context, request, user)?;
    let link = match link.map(Link::parse) {
        None | Some(Err(LinkProblem::Missing)) => None,
        Some(Ok(link)) => Some(link),
        Some(Err(problem)) => return Err(invalid(Field::Link, problem.into())),
    };
    Ok(vec![Event::Published {
        link,
        while_blocked: request.gate() == Gate::Blocked,
    }])
}

fn requester_or_admin(context: Context<'_>, request: &Request, user: &UserId) -> Result<(), Rejection> {
    let may = &request.requester == user || context.rules.is_admin(user);
    if may { Ok(()) } else { Err(Rejection::NotRequester) }
}

pub(super) fn invalid(field: Field, problem: Problem) -> Rejection {
    Rejection::Invalid(vec![FieldError { field, problem }])
}
