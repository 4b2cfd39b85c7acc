//! `decide`: from a request as it stands and a command to what happens, or why not. Pure: no clock, no
//! I/O; the time and the facts about people are arguments.

use super::command::{Actor, Command, LaneRef, Rejection};
use super::event::Event;
use super::evolve::evolve;
use super::filing::{self, Draft, Field, FieldError, Problem};
use super::ids::{LaneKey, RequestId, UserId};
use super::people::Facts;
use super::policy::Rules;
use super::request::{Gate, Lane, Request, Standing};
use super::reviewers;
use super::text::{Link, LinkProblem};
use chrono::{DateTime, Utc};

/// What a decision is made in: the rules, who asks, what is known about people, and the time.
#[derive(Debug, Clone, Copy)]
pub struct Context<'a> {
    /// The configuration in force.
    pub rules: &'a Rules,
    /// Who asks.
    pub actor: &'a Actor,
    /// People and groups that were looked up.
    pub facts: &'a Facts,
    /// Now.
    pub now: DateTime<Utc>,
}

/// Decides a command. `request` is `None` only when filing, and always then.
///
/// An empty list is an answer too: a timer that came late, a second proof of the same ping, news of a
/// request that has ended.
pub fn decide(
    context: Context<'_>,
    request: Option<&Request>,
    command: &Command,
) -> Result<Vec<Event>, Rejection> {
    match (command, request) {
        (Command::File(draft), None) => file(context, draft),
        (_, None) => Err(Rejection::NotFound(RequestId(0))),
        (command, Some(request)) => match command {
            // R13: the end is the end. People hear so, machinery has nothing left to do.
            _ if !request.is_open() && context.actor.user().is_none() => Ok(Vec::new()),
            Command::AssignReviewers => assign(context, request),
            Command::RecordPing {
                lane,
                user,
                delivered_at,
            } => record_ping(context, request, lane, user, *delivered_at),
            Command::RecordUnreachable { lane, user } => Ok(record_unreachable(request, lane, user)),
            Command::Lapse(lane) => Ok(lapse(context, request, lane)),
            _ => by_person(context, request, command),
        },
    }
}

fn by_person(context: Context<'_>, request: &Request, command: &Command) -> Result<Vec<Event>, Rejection> {
    let user = context.actor.user().ok_or(Rejection::NotInvolved)?;
    if let Some(end) = &request.end {
        return Err(Rejection::Ended(end.clone()));
    }
    match command {
        Command::Approve { lane, note } => approve(context, request, lane, user, note.as_deref()),
        Command::RequestChanges { lane, reason } => request_changes(context, request, lane, user, reason),
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
        | Command::Lapse(_) => Err(Rejection::NotInvolved),
    }
}

fn file(context: Context<'_>, draft: &Draft) -> Result<Vec<Event>, Rejection> {
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

/// R4: every lane gets somebody, or its emptiness is announced once. Decided lane by lane, so that the
/// second lane sees whom the first one took.
fn assign(context: Context<'_>, request: &Request) -> Result<Vec<Event>, Rejection> {
    let mut events = Vec::new();
    let mut request = request.clone();
    for key in reviewers::unassigned(context.rules, &request) {
        let (Some(rule), Some(lane)) = (context.rules.lane(&key), request.lane(&key)) else {
            continue;
        };
        let asked = reviewers::choose(context.rules, &request, rule, context.facts)?;
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
    Ok(events)
}

impl Context<'_> {
    /// The event as it would be written down now.
    pub fn entry(&self, event: Event) -> super::event::Entry {
        super::event::Entry {
            at: self.now,
            actor: self.actor.clone(),
            event,
        }
    }
}

/// R17: the first proof starts the clock, at filing if it came within the grace, else at the proof.
fn record_ping(
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

fn record_unreachable(request: &Request, at: &LaneRef, user: &UserId) -> Vec<Event> {
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

/// R14: closed at the deadline itself. Anything else that happened in the meantime wins: a late timer
/// changes nothing.
fn lapse(context: Context<'_>, request: &Request, at: &LaneRef) -> Vec<Event> {
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
fn decidable<'r>(
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
        return Err(Rejection::NotRequester);
    }
    let objected = |lane: &&Lane| {
        lane.is_held()
            || matches!(
                lane.standing,
                Standing::Lapsed {
                    objection: Some(_),
                    ..
                }
            )
    };
    if !request.lanes.iter().any(|lane| objected(&lane)) {
        return Err(Rejection::NothingToAnswer);
    }
    let what_changed = filing::required_reason(what_changed).map_err(Rejection::Invalid)?;
    let reopened: Vec<LaneKey> = request
        .lanes
        .iter()
        .filter(|lane| ask_everyone || objected(lane))
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
        return Err(Rejection::NotRequester);
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
    let old = &request.details;
    let new_round = details.link != old.link || details.category != old.category || details.area != old.area;
    Ok(vec![Event::Edited {
        lanes: category.lanes.clone(),
        gated: category.gated,
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

fn current_lane<'r>(request: &'r Request, at: &LaneRef) -> Option<&'r Lane> {
    request.lane(&at.lane).filter(|lane| lane.round == at.round)
}

fn invalid(field: Field, problem: Problem) -> Rejection {
    Rejection::Invalid(vec![FieldError { field, problem }])
}
