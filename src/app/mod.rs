//! One command, one transaction: look up, decide, save what happened and what must follow, commit.
//!
//! [`App::handle`] is the only way anything changes. [`query`] reads, [`worker`] does what the outbox holds.

pub mod away;
pub mod busy;
pub mod delivery;
mod home;
pub mod query;
pub mod timekeeper;
pub mod worker;

use self::busy::Busy;
use crate::clock::Clock;
use crate::domain::command::{Actor, Command, Rejection};
use crate::domain::effect::{Effect, Task};
use crate::domain::event::{Entry, Event};
use crate::domain::ids::RequestId;
use crate::domain::people::Facts;
use crate::domain::policy::Rules;
use crate::domain::request::Request;
use crate::domain::{Context, decide, evolve, react};
use crate::store::{Conn, Recorded, Store, StoreError, outbox, queries};
use chrono::{DateTime, TimeDelta, Utc};
use std::sync::Arc;
use tokio::sync::Notify;

/// The application: rules, database, clock. Cheap to clone.
#[derive(Clone, Debug)]
pub struct App {
    /// The configuration in force.
    pub rules: Arc<Rules>,
    /// The database.
    pub store: Store,
    /// The time.
    pub clock: Clock,
    /// Rung when there may be work, so that the worker need not ask.
    pub wake: Arc<Notify>,
    /// What is under way besides the answers themselves.
    pub busy: Busy,
}

/// A command with where it comes from.
#[derive(Debug, Clone)]
pub struct Incoming {
    /// What makes it recognisable if it comes twice; `None` for what Signoff tells itself.
    pub key: Option<String>,
    /// Where from, for the audit trail: `command`, `button`, `form`, `timer`, `delivery`.
    pub surface: &'static str,
    /// Who.
    pub actor: Actor,
    /// About which request; `None` to file a new one.
    pub request_id: Option<RequestId>,
    /// What.
    pub command: Command,
    /// What was looked up about people beforehand.
    pub facts: Facts,
}

/// What became of a command.
#[derive(Debug, Clone)]
pub enum Handled {
    /// It was decided and saved. `events` may be empty: a timer that came late.
    Done {
        /// The request after it.
        request: Request,
        /// What happened.
        events: Vec<Event>,
    },
    /// The same thing came before; nothing was done again. The request that it touched then.
    Duplicate(Option<Request>),
}

/// Why nothing was saved.
#[derive(Debug, Clone)]
pub enum HandleError {
    /// Refused by the rules; the request as it stands.
    Rejected {
        /// Why.
        rejection: Rejection,
        /// The request it was about, if there is one.
        request: Option<Box<Request>>,
    },
    /// The database failed.
    Store(StoreError),
}

impl From<StoreError> for HandleError {
    fn from(error: StoreError) -> Self {
        HandleError::Store(error)
    }
}

impl App {
    /// Decides a command and saves everything about it in one transaction. After `Ok`, nothing is lost.
    pub async fn handle(&self, incoming: Incoming) -> Result<Handled, HandleError> {
        let (rules, now) = (self.rules.clone(), self.clock.now());
        let (key, incoming) = (incoming.key.clone(), Arc::new(incoming));
        let handled = self
            .store
            .write(move |conn| Box::pin(async move { handle(conn, &rules, &incoming, now).await }))
            .await;
        let handled = match (handled, key) {
            (Err(HandleError::Store(StoreError::Repeated)), Some(key)) => Box::pin(self.came_before(&key))
                .await?
                .ok_or(StoreError::Repeated)?,
            (handled, _) => handled?,
        };
        self.wake.notify_one();
        Ok(handled)
    }

    async fn came_before(&self, key: &str) -> Result<Option<Handled>, StoreError> {
        repeated(&mut self.store.read().await?, key).await
    }

    /// Would this command be refused? Decides it on the request as it stands and saves nothing.
    pub async fn would(
        &self,
        request_id: RequestId,
        actor: &Actor,
        command: &Command,
        facts: &Facts,
    ) -> Result<Request, HandleError> {
        let rejected = |rejection, request| HandleError::Rejected { rejection, request };
        let request = self
            .request(request_id)
            .await?
            .ok_or_else(|| rejected(Rejection::NotFound(request_id), None))?;
        let context = Context {
            rules: &self.rules,
            actor,
            facts,
            now: self.clock.now(),
        };
        match decide(context, Some(&request), command) {
            Ok(_) => Ok(request),
            Err(rejection) => Err(rejected(rejection, Some(Box::new(request)))),
        }
    }

    /// Sees to it that a digest is due one day, and wakes the worker. Called once at start. On the very
    /// first one, the first digest is the next that is still to come; later, one that was missed while
    /// nothing ran is still queued. `alone`: no other process works on this database, so what one had begun
    /// that was killed need not wait where it may be repeated.
    pub async fn start(&self, alone: bool) -> Result<(), StoreError> {
        let (rules, now) = (self.rules.clone(), self.clock.now());
        self.store
            .write(move |conn| {
                Box::pin(async move {
                    if alone {
                        outbox::release_repeatable(conn, now).await?;
                    }
                    arm_digest(conn, rules, now).await
                })
            })
            .await?;
        self.wake.notify_one();
        Ok(())
    }
}

async fn arm_digest(conn: &mut Conn<'_>, rules: Arc<Rules>, now: DateTime<Utc>) -> Result<(), StoreError> {
    queries::forget(conn, now - REMEMBERED).await?;
    if outbox::queued_digests(conn).await? > 0 {
        return Ok(());
    }
    let today = rules.calendar.zone().local_date(now);
    let next = rules
        .next_digest(now)
        .filter(|slot| slot.due_at > now)
        .or_else(|| rules.digest_after(today));
    let task = next.map(|slot| Effect {
        due_at: slot.due_at,
        task: Task::Digest { on: slot.on },
    });
    outbox::enqueue(conn, task.as_slice(), now).await
}

/// How long an inbound key is remembered: Slack repeats an event for up to a day.
const REMEMBERED: TimeDelta = TimeDelta::days(3);

/// What came of the same thing when it came before.
async fn repeated(conn: &mut Conn<'_>, key: &str) -> Result<Option<Handled>, StoreError> {
    let touched = match queries::known(conn, key).await? {
        None => return Ok(None),
        Some(None) => None,
        Some(Some(request_id)) => queries::load(conn, request_id).await?,
    };
    Ok(Some(Handled::Duplicate(touched.map(|(request, _)| request))))
}

/// The body of the transaction, also for callers that have one open.
async fn handle(
    conn: &mut Conn<'_>,
    rules: &Rules,
    incoming: &Incoming,
    now: DateTime<Utc>,
) -> Result<Handled, HandleError> {
    let (before, version, request_id) = match incoming.request_id {
        None => (None, None, queries::next_request_id(conn).await?),
        Some(request_id) => match queries::load(conn, request_id).await? {
            Some((request, version)) => (Some(request), Some(version), request_id),
            None => {
                return Err(HandleError::Rejected {
                    rejection: Rejection::NotFound(request_id),
                    request: None,
                });
            }
        },
    };
    let context = Context {
        rules,
        actor: &incoming.actor,
        facts: &incoming.facts,
        now,
    };
    let events = match decide(context, before.as_ref(), &incoming.command) {
        Ok(events) => events,
        Err(rejection) => {
            // What is refused because it was done already is no refusal.
            if let Some(key) = &incoming.key
                && let Some(duplicate) = repeated(conn, key).await?
            {
                return Ok(duplicate);
            }
            let request = before.map(Box::new);
            return Err(HandleError::Rejected { rejection, request });
        }
    };
    if let Some(key) = &incoming.key {
        queries::remember(conn, key, Some(request_id), now).await?;
    }
    let entries: Vec<Entry> = events.iter().cloned().map(|event| context.entry(event)).collect();
    let after = entries.iter().fold(before.clone(), |request, entry| {
        Some(evolve(request, entry, request_id))
    });
    let Some(after) = after else {
        let rejection = Rejection::NotFound(request_id);
        return Err(HandleError::Rejected {
            rejection,
            request: None,
        });
    };
    let mut effects = react(rules, before.as_ref(), &after, &entries);
    if incoming.command == Command::AssignReviewers {
        effects.extend(react::look_again(rules, &after, now));
    }
    if !entries.is_empty() {
        queries::save(conn, &after, version).await?;
        let recorded = |entry| Recorded {
            request_id,
            entry,
            surface: incoming.surface,
            policy_id: &rules.policy_id,
        };
        queries::append(conn, &entries.iter().map(recorded).collect::<Vec<_>>()).await?;
        let due_at = react::shown_at(&entries, now);
        let concerned = react::concerned(before.as_ref(), &after);
        effects.extend(home::follow(conn, &concerned, due_at, now).await?);
    }
    outbox::enqueue(conn, &effects, now).await?;
    fail_point!("decided");
    Ok(Handled::Done {
        request: after,
        events,
    })
}
