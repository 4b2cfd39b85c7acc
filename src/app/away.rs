//! Going away, coming back (R6), being reminded later (R22): about a person, not about one request.

use super::App;
use crate::domain::away::{Absence, Absences};
use crate::domain::command::Actor;
use crate::domain::effect::{Effect, Task, again_topic};
use crate::domain::event::{Entry, Event};
use crate::domain::ids::{LaneKey, RequestId, UserId};
use crate::domain::request::{Aside, Request};
use crate::domain::schedule::Slot;
use crate::store::{Conn, Recorded, StoreError, lists, outbox, queries};
use chrono::{DateTime, Utc};

/// Requests, each with a lane of theirs that matters to a person.
pub type Lanes = Vec<(Request, LaneKey)>;

/// The number under which the trail has what is about no request.
const NO_REQUEST: RequestId = RequestId(0);
/// The most of a person's waiting requests that are looked at.
const MOST: i64 = 500;

impl App {
    /// Everybody who is away now because they said so.
    pub async fn absences(&self) -> Result<Absences, StoreError> {
        let mut conn = self.store.read().await?;
        queries::absences(&mut conn, self.clock.now()).await
    }

    /// Somebody goes away, or says so anew. What waits for them, to be handed over where nobody else is asked.
    pub async fn go_away(&self, key: Option<String>, absence: Absence) -> Result<Lanes, StoreError> {
        let (app, now) = (self.clone(), self.clock.now());
        let waiting = self.store.write(move |conn| {
            Box::pin(async move {
                let waiting = queries::waiting_on(conn, &absence.user, 0, MOST).await?;
                if is_new(conn, key, now).await? {
                    let event = Event::WentAway {
                        back_on: absence.back_on,
                        delegate: absence.delegate.clone(),
                    };
                    app.record(conn, &absence.user, event, now).await?;
                    queries::save_absence(conn, &absence).await?;
                    let aside = |(request, _): &(Request, LaneKey)| Task::StepAside {
                        request_id: request.request_id,
                        user: absence.user.clone(),
                    };
                    let effects: Vec<Effect> = waiting
                        .iter()
                        .map(aside)
                        .map(|task| Effect::now(now, task))
                        .collect();
                    outbox::enqueue(conn, &effects, now).await?;
                }
                Ok::<_, StoreError>(waiting)
            })
        });
        let waiting = waiting.await?;
        self.wake.notify_one();
        Ok(waiting)
    }

    /// Somebody is back. Whether they had been away, and the lanes that were handed to others meanwhile and
    /// still wait: an answer of theirs is as good.
    pub async fn come_back(&self, key: Option<String>, user: UserId) -> Result<(bool, Lanes), StoreError> {
        let (app, now) = (self.clone(), self.clock.now());
        let mut conn = self.store.read().await?;
        let open = lists::open_naming(&mut conn, &user, MOST).await?;
        drop(conn);
        let back = self.store.write(move |conn| {
            Box::pin(async move {
                let was_away = queries::end_absence(conn, &user, now).await?;
                if was_away && is_new(conn, key, now).await? {
                    app.record(conn, &user, Event::CameBack, now).await?;
                }
                let handed: Lanes = open
                    .into_iter()
                    .flat_map(|request| handed_over(&request, &user))
                    .collect();
                // A lane that nobody could fill meanwhile may be theirs again.
                let again = handed.iter().map(|(request, _)| Task::AssignReviewers {
                    request_id: request.request_id,
                });
                let effects: Vec<Effect> = again.map(|task| Effect::now(now, task)).collect();
                outbox::enqueue(conn, &effects, now).await?;
                Ok::<_, StoreError>((was_away, handed))
            })
        });
        let back = back.await?;
        self.wake.notify_one();
        Ok(back)
    }

    /// Reminds somebody again at `slot`, or not before tomorrow's reminder, whatever they chose before.
    pub async fn snooze(
        &self,
        key: Option<String>,
        user: UserId,
        slot: Option<Slot>,
    ) -> Result<(), StoreError> {
        let now = self.clock.now();
        let snoozed = self.store.write(move |conn| {
            Box::pin(async move {
                if !is_new(conn, key, now).await? {
                    return Ok(());
                }
                outbox::cancel(conn, &again_topic(&user)).await?;
                let again = slot.map(|slot| Effect {
                    due_at: slot.due_at,
                    task: Task::RemindAgain { user, on: slot.on },
                });
                outbox::enqueue(conn, again.as_slice(), now).await
            })
        });
        snoozed.await?;
        self.wake.notify_one();
        Ok(())
    }

    async fn record(
        &self,
        conn: &mut Conn<'_>,
        user: &UserId,
        event: Event,
        at: DateTime<Utc>,
    ) -> Result<(), StoreError> {
        let entry = Entry {
            at,
            actor: Actor::User(user.clone()),
            event,
        };
        let recorded = Recorded {
            request_id: NO_REQUEST,
            entry: &entry,
            surface: "command",
            policy_id: &self.rules.policy_id,
        };
        queries::append(conn, &[recorded]).await
    }
}

async fn is_new(conn: &mut Conn<'_>, key: Option<String>, now: DateTime<Utc>) -> Result<bool, StoreError> {
    match key {
        Some(key) if queries::known(conn, &key).await?.is_some() => return Ok(false),
        Some(key) => queries::remember(conn, &key, None, now).await?,
        None => {}
    }
    Ok(true)
}

fn handed_over(request: &Request, user: &UserId) -> Lanes {
    let away = |aside: &Option<Aside>| matches!(aside, Some(Aside::Away { .. }));
    let theirs = request.pending().filter(|lane| {
        lane.asked
            .iter()
            .any(|asked| &asked.user == user && away(&asked.aside))
    });
    theirs.map(|lane| (request.clone(), lane.key.clone())).collect()
}
