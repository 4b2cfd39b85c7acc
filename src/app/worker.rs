//! The loop that does what the outbox holds. First every timer that is due, in order: they need only the
//! database. Then the calls to Slack, side by side, each in its topic's order. So whatever is told is told
//! after all that was due before it happened.

use super::delivery::{DatabaseClock, Deliver, Delivered, End, Probe, Recall, SLOWEST_COMMIT};
use super::timekeeper::{Agreement, Apart, Timekeeper};
use super::{App, HandleError, Incoming, REMEMBERED, handle};
use crate::domain::command::{Actor, Command, Rejection};
use crate::domain::effect::{Effect, Task};
use crate::domain::ids::{RequestId, UserId};
use crate::domain::people::Facts;
use crate::domain::policy::Rules;
use crate::rehearsal;
use crate::store::{Claimed, Conn, Finish, Queue, StoreError, lists, outbox, queries};
use chrono::{DateTime, TimeDelta, Utc};
use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

/// Calls under way at once.
const MOST_AT_ONCE: usize = 32;
/// Nothing is claimed for fewer free places than this: to claim costs the same for one call as for many.
const FEWEST_AT_ONCE: usize = 8;
/// How long a claim holds: nothing is sent in its last [`SLOWEST_COMMIT`].
const LEASE: TimeDelta = TimeDelta::seconds(120);
/// A sleep is cut to this, because it is measured by a clock that stands still while a machine is
/// suspended and knows nothing of a stepped one.
const LONGEST_SLEEP: Duration = Duration::from_secs(5);
/// How long to stay silent after Slack refused the token.
const CREDENTIALS_PAUSE: TimeDelta = TimeDelta::seconds(60);

/// Is there room for as many calls as are worth a claim?
fn has_room(calls: &JoinSet<()>) -> bool {
    calls.len() + FEWEST_AT_ONCE <= MOST_AT_ONCE
}

/// What one look at the outbox came to.
struct Pass {
    /// Timers run and calls started.
    started: usize,
    /// How long there is nothing further to start.
    next: Duration,
}

/// The worker: the loop and what it knows of Slack's state.
#[derive(Clone)]
pub struct Worker {
    app: App,
    deliver: Deliver,
    recall: Recall,
    timekeeper: Timekeeper,
    probe: Probe,
    /// Unix seconds until which nothing is sent and nothing lapses; 0 when Slack takes the token.
    paused_until: Arc<AtomicI64>,
}

impl Worker {
    /// A worker that makes its calls with `deliver`, takes back with `recall` what came too late, and asks
    /// Slack about token and time with `probe`, the database about the time with `database`.
    pub fn new(app: App, deliver: Deliver, recall: Recall, probe: Probe, database: DatabaseClock) -> Self {
        Worker {
            timekeeper: Timekeeper::new(probe.clone(), database),
            app,
            deliver,
            recall,
            probe,
            paused_until: Arc::default(),
        }
    }

    /// Does Slack refuse the token at the moment?
    pub fn credentials_refused(&self) -> bool {
        self.paused_until.load(Ordering::Relaxed) != 0
    }

    /// Runs until `stop`. What is under way then is finished; what is not waits in the database.
    pub async fn run(&self, stop: CancellationToken) {
        let mut calls = JoinSet::new();
        loop {
            let next = match self.start_due(&mut calls).await {
                Ok(pass) => pass.next,
                Err(error) => {
                    tracing::error!(%error, "the outbox could not be read");
                    LONGEST_SLEEP
                }
            };
            if self.wait(next.min(LONGEST_SLEEP), &mut calls, &stop).await {
                break;
            }
        }
        while calls.join_next().await.is_some() {}
    }

    /// Waits until there may be something to start; `true`: it is time to stop. While there is too little room to
    /// claim for, neither new work nor the end of a call changes anything.
    async fn wait(&self, next: Duration, calls: &mut JoinSet<()>, stop: &CancellationToken) -> bool {
        let mut next = pin!(tokio::time::sleep(next));
        loop {
            tokio::select! {
                () = stop.cancelled() => return true,
                () = self.app.wake.notified(), if has_room(calls) => return false,
                Some(_) = calls.join_next() => {
                    if has_room(calls) {
                        return false;
                    }
                }
                () = &mut next => return false,
            }
        }
    }

    /// Does everything that is due now, and what that brings, until nothing is left. For a clock that is
    /// moved by hand.
    pub async fn settle(&self) -> Result<(), StoreError> {
        let (mut calls, mut quiet) = (JoinSet::new(), 0);
        // Twice in a row: the other loop may have been about to bring more when this one first looked.
        while quiet < 2 {
            let pass = self.start_due(&mut calls).await?;
            while calls.join_next().await.is_some() {}
            self.app.busy.idle().await;
            quiet = if pass.started == 0 { quiet + 1 } else { 0 };
        }
        Ok(())
    }

    /// Runs due timers and starts due calls.
    async fn start_due(&self, calls: &mut JoinSet<()>) -> Result<Pass, StoreError> {
        let _busy = self.app.busy.enter();
        let mut pass = Pass {
            started: 0,
            next: LONGEST_SLEEP,
        };
        if self.is_paused() {
            return Ok(pass);
        }
        // With a refused token one call is tried; time goes on only once Slack takes the token again.
        let room = if self.credentials_refused() {
            1
        } else {
            MOST_AT_ONCE
        };
        let (mut now, mut queue) = self.look().await?;
        if queue.timer_is_due && !self.credentials_refused() && self.may_lapse(now).await? {
            while self.run_timer().await? {
                pass.started += 1;
            }
            (now, queue) = self.look().await?;
        }
        // What is due and could not be claimed waits for a call to end, which wakes the loop.
        pass.next = queue
            .next
            .and_then(|due| (due - now).to_std().ok())
            .unwrap_or(LONGEST_SLEEP);
        while calls.try_join_next().is_some() {}
        let free = room.saturating_sub(calls.len());
        if free < FEWEST_AT_ONCE.min(room) {
            return Ok(pass);
        }
        if queue.call_is_due {
            let (most, until) = (i64::try_from(free).unwrap_or(1), now + rehearsal::lease(LEASE));
            let claim = self
                .app
                .store
                .write_patiently(move |conn| Box::pin(outbox::claim_calls(conn, now, until, most)));
            let claimed = claim.await?;
            fail_point!("after-claim");
            for task in claimed {
                pass.started += 1;
                let (worker, busy) = (self.clone(), self.app.busy.enter());
                calls.spawn(async move {
                    worker.call(task).await;
                    drop(busy);
                });
            }
        }
        if self.credentials_refused() && calls.is_empty() && self.ask_again().await {
            pass.started += 1;
        }
        Ok(pass)
    }

    /// What there is to do, and at which time it was looked.
    async fn look(&self) -> Result<(DateTime<Utc>, Queue), StoreError> {
        let mut conn = self.app.store.read().await?;
        let now = self.app.clock.now();
        Ok((now, outbox::look(&mut conn, now).await?))
    }

    /// A refused token: is it taken again? If not, the silence goes on.
    async fn ask_again(&self) -> bool {
        let taken = (self.probe)().await.token_taken;
        let until = self.app.clock.now() + CREDENTIALS_PAUSE;
        self.paused_until
            .store(if taken { 0 } else { until.timestamp() }, Ordering::Relaxed);
        taken
    }

    /// Stays silent for a while: Slack does not take the token.
    fn pause(&self, why: &str) {
        let until = self.app.clock.now() + CREDENTIALS_PAUSE;
        self.paused_until.store(until.timestamp(), Ordering::Relaxed);
        tracing::error!(
            why,
            "Slack refuses the bot token: nothing is sent and nothing lapses until it is accepted"
        );
    }

    fn is_paused(&self) -> bool {
        self.app.clock.now().timestamp() < self.paused_until.load(Ordering::Relaxed)
    }

    /// R19: before anything lapses, the machine's clock and Slack's agree. Asked only when a timer is due.
    async fn may_lapse(&self, now: DateTime<Utc>) -> Result<bool, StoreError> {
        let agreement = self.timekeeper.agreement(now).await;
        match agreement {
            Agreement::Apart(apart) => self.tell_operators(now, apart).await?,
            Agreement::TokenRefused => self.pause("the token is refused"),
            Agreement::Agreed | Agreement::Unknown => {}
        }
        Ok(agreement == Agreement::Agreed)
    }

    async fn tell_operators(&self, now: DateTime<Utc>, apart: Apart) -> Result<(), StoreError> {
        let on = self.app.rules.calendar.zone().local_date(now);
        let task = |to: &UserId| Task::ClocksApart {
            to: to.clone(),
            on,
            seconds: apart.by.num_seconds(),
            whose: apart.whose,
        };
        let effects: Vec<Effect> = self
            .app
            .rules
            .admins
            .iter()
            .map(|to| Effect::now(now, task(to)))
            .collect();
        self.app
            .store
            .write_patiently(move |conn| Box::pin(async move { outbox::enqueue(conn, &effects, now).await }))
            .await
    }

    /// By how much the machine's clock and another one are apart, while that keeps lanes from lapsing.
    pub fn clocks_apart(&self) -> Option<Apart> {
        self.timekeeper.apart()
    }

    /// Runs the timer that was due first. `false` when none is due.
    async fn run_timer(&self) -> Result<bool, StoreError> {
        let (rules, now) = (self.app.rules.clone(), self.app.clock.now());
        let ran = self
            .app
            .store
            .write_patiently(move |conn| {
                Box::pin(async move {
                    let Some((outbox_id, task)) = outbox::due_timer(conn, now).await? else {
                        return Ok(false);
                    };
                    let attempts = task.as_ref().map_or(0, |task| task.attempts);
                    let done = match task {
                        Ok(task) => timer(conn, &rules, &task.task, now).await.map(|()| task),
                        Err(error) => Err(error),
                    };
                    // One poisoned row must not stop the clock for all others: it is put aside and named.
                    match done {
                        Ok(task) => outbox::finish(conn, &task, Finish::Done).await?,
                        Err(error @ StoreError::Unreadable { .. }) => {
                            tracing::error!(outbox_id, %error, "a timer was put aside");
                            outbox::bury(conn, outbox_id, attempts, &error.to_string()).await?;
                        }
                        Err(error) => return Err(error),
                    };
                    fail_point!("in-timer");
                    Ok(true)
                })
            })
            .await;
        if let Ok(true) = ran {
            fail_point!("after-timer");
        }
        ran
    }

    async fn call(&self, claimed: Claimed) {
        let topic = claimed.task.topic();
        let delivered = (self.deliver)(claimed.clone()).await;
        fail_point!("before-end");
        match &delivered.end {
            // A task may end well without a word to Slack, so that alone says nothing about the token.
            End::Done if self.credentials_refused() => drop(self.ask_again().await),
            End::Done => {}
            End::Credentials(code) => self.pause(code),
            End::Again { why, .. } => {
                tracing::warn!(%topic, %why, attempts = claimed.attempts, "will try again")
            }
            End::Unsure(why) => {
                tracing::warn!(%topic, %why, "Slack may or may not have it: it is looked for before it is sent again");
            }
            End::InDoubt(why) => {
                tracing::error!(%topic, %why, outbox_id = claimed.outbox_id, "in doubt: Slack may or may not have it")
            }
            End::Gone(why) | End::Dead(why) => {
                tracing::error!(%topic, %why, outbox_id = claimed.outbox_id, "given up")
            }
            End::NotYet(_) => {}
        }
        let sent = delivered.sent.clone();
        let ended = self.end(claimed, delivered).await;
        fail_point!("after-end");
        match ended {
            Ok(()) => {}
            Err(StoreError::Conflict) => {
                tracing::warn!(%topic, "the claim on a call had run out; somebody else has it");
                if let Some(sent) = sent {
                    (self.recall)(sent).await;
                }
            }
            // The claim runs out by itself, and what was sent is looked for.
            Err(error) => tracing::error!(%topic, %error, "the end of a call could not be saved"),
        }
    }

    async fn end(&self, claimed: Claimed, delivered: Delivered) -> Result<(), StoreError> {
        let (rules, now) = (self.app.rules.clone(), self.app.clock.now());
        self.app
            .store
            .write_patiently(move |conn| {
                Box::pin(async move {
                    let mut end = delivered.end;
                    for (request_id, command) in delivered.commands {
                        let incoming = told(request_id, command, "delivery", delivered.facts.clone());
                        match handle(conn, &rules, &incoming, now).await {
                            Ok(_) => {}
                            Err(HandleError::Store(error)) => return Err(error),
                            // Slack did not say who they are, and may have said when to ask again.
                            Err(HandleError::Rejected {
                                rejection: Rejection::CannotVerify,
                                ..
                            }) if matches!(end, End::Again { .. }) => {}
                            // The request changed while Slack was asked; ask again.
                            Err(HandleError::Rejected { .. }) => {
                                end = End::Again {
                                    after: None,
                                    why: "the request changed meanwhile".to_owned(),
                                };
                            }
                        }
                    }
                    if let Some((topic, card)) = &delivered.card {
                        queries::save_card(conn, topic, card, now).await?;
                    }
                    if let Some((on, told_until)) = delivered.digest_on {
                        queries::save_digest(conn, on, told_until).await?;
                    }
                    if let Some((user, pages, fingerprint)) = &delivered.home {
                        lists::save_home(conn, user, pages, fingerprint.as_deref()).await?;
                    }
                    if matches!(claimed.task, Task::Digest { .. }) {
                        queries::forget(conn, now - REMEMBERED).await?;
                    }
                    outbox::enqueue(conn, &delivered.follow, now).await?;
                    outbox::finish(conn, &claimed, finish(&end, &claimed, now)).await?;
                    fail_point!("in-end");
                    Ok(())
                })
            })
            .await
    }
}

async fn timer(
    conn: &mut Conn<'_>,
    rules: &Rules,
    task: &Task,
    now: DateTime<Utc>,
) -> Result<(), StoreError> {
    let (request_id, command) = match task {
        Task::Lapse { request_id, lane } => (*request_id, Command::Lapse(lane.clone())),
        Task::Escalate { request_id, lane, .. } => (*request_id, Command::Escalate(lane.clone())),
        other => {
            let (what, reason) = (other.topic(), "it is no timer".to_owned());
            return Err(StoreError::Unreadable { what, reason });
        }
    };
    let incoming = told(request_id, command, "timer", Facts::none());
    match handle(conn, rules, &incoming, now).await {
        Ok(_) | Err(HandleError::Rejected { .. }) => Ok(()),
        Err(HandleError::Store(error)) => Err(error),
    }
}

fn told(request_id: RequestId, command: Command, surface: &'static str, facts: Facts) -> Incoming {
    Incoming {
        key: None,
        surface,
        actor: Actor::Signoff,
        request_id: Some(request_id),
        command,
        facts,
    }
}

fn finish<'e>(end: &'e End, claimed: &Claimed, now: DateTime<Utc>) -> Finish<'e> {
    match end {
        End::Done => Finish::Done,
        End::Again { after, why } => {
            Finish::Again(now + after.map_or_else(|| back_off(claimed.attempts), delta), why)
        }
        End::NotYet(wait) => Finish::Untouched(now + delta(*wait)),
        End::Unsure(why) => Finish::Unsure(now + rehearsal::doubt(SLOWEST_COMMIT), why),
        End::InDoubt(why) => Finish::InDoubt(why),
        End::Gone(why) | End::Dead(why) => Finish::Dead(why),
        End::Credentials(why) => Finish::Again(now + CREDENTIALS_PAUSE, why),
    }
}

fn delta(wait: Duration) -> TimeDelta {
    TimeDelta::from_std(wait).unwrap_or(TimeDelta::hours(1))
}

/// 2 s, 4 s, 8 s … to a quarter of an hour, each spread by half so that many do not come back at once.
fn back_off(attempts: i64) -> TimeDelta {
    let seconds = 2_f64
        .powi(i32::try_from(attempts.clamp(1, 10)).unwrap_or(10))
        .min(900.0);
    let spread = 0.75 + fastrand::f64() * 0.5;
    TimeDelta::milliseconds((seconds * spread * 1000.0) as i64)
}
