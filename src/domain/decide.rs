//! `decide`: from a request as it stands and a command to what happens, or why not. Pure: no clock, no
//! I/O; the time and the facts about people are arguments.

mod by_person;
mod by_signoff;
mod hand_over;
mod more_time;
mod nudge;

use super::command::{Actor, Command, Rejection};
use super::event::{Entry, Event};
use super::ids::RequestId;
use super::people::Facts;
use super::policy::Rules;
use super::request::Request;
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
        (Command::File(draft), None) => by_person::file(context, draft),
        (_, None) => Err(Rejection::NotFound(RequestId(0))),
        (command, Some(request)) => match command {
            // R13: the end is the end. People hear so, machinery has nothing left to do.
            _ if !request.is_open() && context.actor.user().is_none() => Ok(Vec::new()),
            Command::AssignReviewers => by_signoff::assign(context, request),
            Command::RecordPing {
                lane,
                user,
                delivered_at,
            } => by_signoff::record_ping(context, request, lane, user, *delivered_at),
            Command::RecordUnreachable { lane, user } => {
                Ok(by_signoff::record_unreachable(request, lane, user))
            }
            Command::RecordLeft { lane, user } => Ok(by_signoff::record_left(request, lane, user)),
            Command::StepAside { user } => Ok(by_signoff::step_aside(context, request, user)),
            Command::Escalate(lane) => Ok(by_signoff::escalate(context, request, lane)),
            Command::Lapse(lane) => Ok(by_signoff::lapse(context, request, lane)),
            _ => by_person::act(context, request, command),
        },
    }
}

impl Context<'_> {
    /// The event as it would be written down now.
    pub fn entry(&self, event: Event) -> Entry {
        Entry {
            at: self.now,
            actor: self.actor.clone(),
            event,
        }
    }
}
