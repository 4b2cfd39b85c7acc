//! The morning's reminder (R22): one a working day, everything in it, in the receiver's own hours.

use super::{Courier, Outcome};
use crate::app::away::Lanes;
use crate::app::delivery::{Delivered, End};
use crate::domain::calendar::Calendar;
use crate::domain::command::{Command, LaneRef, Rejection};
use crate::domain::effect::{Effect, Task, reminder_topic};
use crate::domain::ids::{LaneKey, RequestId, UserId};
use crate::domain::people::Kind;
use crate::domain::react;
use crate::domain::request::{Lane, Request};
use crate::domain::reviewers;
use crate::domain::schedule::{Slot, Turn};
use crate::slack::outlet::{Delivery, Failure, fingerprint};
use crate::store::Card;
use crate::view;
use chrono::{DateTime, NaiveDate, Utc};

impl Courier {
    /// R22. Whoever cannot be looked up now is reminded by the company's calendar.
    pub(super) async fn first_reminder(&self, user: &UserId, asked_at: DateTime<Utc>) -> Option<Effect> {
        let zone = self
            .directory
            .person(user)
            .await
            .ok()
            .and_then(|person| person.zone);
        let calendar = self.app.rules.person_calendar(user, zone.as_ref());
        remind(user, self.app.rules.first_reminder(&calendar, asked_at))
    }

    /// R22: one a working day, everything in it, in their own hours.
    pub(super) async fn remind(&self, user: UserId, on: NaiveDate, delivery: &Delivery) -> Outcome {
        let person = self.directory.person(&user).await.map_err(Failure::of_lookup)?;
        let person = self.app.absences().await?.mark(&user, person);
        let waiting = self.app.all_waiting(&user).await?;
        if person.kind != Kind::Member {
            // They can no longer answer: somebody else is asked (R4).
            let commands = waiting
                .iter()
                .filter_map(|(request, lane)| unreachable(request, lane, &user))
                .collect();
            return Ok(Delivered {
                commands,
                ..Delivered::default()
            });
        }
        if waiting.is_empty() {
            return Ok(Delivered::default());
        }
        let (rules, now) = (&self.app.rules, self.now());
        let (waiting, commands) = self.still_theirs(&user, waiting).await;
        let calendar = rules.person_calendar(&user, person.zone.as_ref());
        match rules.reminder_turn(&calendar, on, now) {
            Turn::Now => {}
            Turn::At(due) => return Err(End::NotYet((due - now).to_std().unwrap_or_default())),
            Turn::Missed(next) => {
                return Ok(Delivered {
                    commands,
                    follow: remind(&user, next).into_iter().collect(),
                    ..Delivered::default()
                });
            }
        }
        let mut follow: Vec<Effect> = remind(&user, rules.first_reminder(&calendar, now))
            .into_iter()
            .collect();
        // R6: a status was set after they were asked. Where nobody else is there and the lane lapses before they
        // are back, others are asked.
        if let Some(away) = &person.away {
            let back = away.until.map(|on| calendar.zone().start_of_day(on));
            let missed = |(request, lane): &&(Request, LaneKey)| {
                let counts = request.gated && !request.is_wide();
                let deadline = request.lane(lane).filter(|_| counts).and_then(Lane::deadline);
                deadline.is_some_and(|deadline| back.is_none_or(|back| deadline <= back))
            };
            let aside = |(request, _): &(Request, LaneKey)| Task::StepAside {
                request_id: request.request_id,
                user: user.clone(),
            };
            let asides = waiting.iter().filter(missed).map(aside);
            follow.extend(asides.map(|task| Effect::now(now, task)));
        }
        let due: Vec<_> = waiting
            .into_iter()
            .filter(|waits| told_before(waits, &user, &calendar, on))
            .collect();
        if due.is_empty() || person.away.is_some() {
            return Ok(Delivered {
                commands,
                follow,
                ..Delivered::default()
            });
        }
        // The cards and the App Home too: on the last day they say so.
        follow.push(Effect::now(now, Task::Home { user: user.clone() }));
        follow.extend(
            due.iter()
                .filter_map(|(request, lane)| refresh(request, lane, &user, now)),
        );
        let delivered = self.send(user, &due, follow, delivery).await?;
        Ok(Delivered {
            commands,
            ..delivered
        })
    }

    /// What they may still answer (R5), and the news of what they may not, having left the lane: nobody is
    /// reminded of what they cannot do.
    async fn still_theirs(&self, user: &UserId, waiting: Lanes) -> (Lanes, Vec<(RequestId, Command)>) {
        let (mut theirs, mut left) = (Vec::new(), Vec::new());
        for (request, lane) in waiting {
            let rules = &self.app.rules;
            let facts = self.directory.about(rules, &request, user).await;
            let may = reviewers::may_decide(rules, &request, &lane, user, &facts);
            let (id, round) = (
                request.request_id,
                request.lane(&lane).map_or(0, |lane| lane.round),
            );
            match may {
                Err(Rejection::NotInLane(_)) => {
                    let (lane, user) = (LaneRef { lane, round }, user.clone());
                    left.push((id, Command::RecordLeft { lane, user }));
                }
                _ => theirs.push((request, lane)),
            }
        }
        (theirs, left)
    }

    /// The second one of a day, which they asked for: only as long as it is that day, and they are there.
    pub(super) async fn remind_again(&self, user: UserId, on: NaiveDate, delivery: &Delivery) -> Outcome {
        let person = self.directory.person(&user).await.map_err(Failure::of_lookup)?;
        let person = self.app.absences().await?.mark(&user, person);
        let (rules, now) = (&self.app.rules, self.now());
        let calendar = rules.person_calendar(&user, person.zone.as_ref());
        let due = self.due(&user, &calendar, on).await?;
        let in_time = rules.reminder_turn(&calendar, on, now) == Turn::Now;
        if due.is_empty() || !in_time || person.kind != Kind::Member || person.away.is_some() {
            return Ok(Delivered::default());
        }
        self.send(user, &due, Vec::new(), delivery).await
    }

    async fn due(&self, user: &UserId, calendar: &Calendar, on: NaiveDate) -> Result<Lanes, End> {
        let waiting = self.app.all_waiting(user).await?.into_iter();
        Ok(waiting
            .filter(|waits| told_before(waits, user, calendar, on))
            .collect())
    }

    /// Posts a reminder; the one before it loses its buttons.
    async fn send(
        &self,
        user: UserId,
        due: &[(Request, LaneKey)],
        mut follow: Vec<Effect>,
        delivery: &Delivery,
    ) -> Outcome {
        let now = self.now();
        let message = view::reminder(&self.app.rules, due, now);
        let posted = self.outlet.post(user.as_str(), &message, delivery).await;
        match posted.map_err(End::from) {
            Ok(posted) => {
                let topic = reminder_topic(&user);
                let old = self.app.card(&topic).await?.filter(|old| old.ts != posted.ts);
                follow.extend(old.map(|Card { channel, ts, .. }| {
                    Effect::now(now, Task::ReminderOver { user, channel, ts })
                }));
                let card = Card {
                    channel: posted.channel,
                    ts: posted.ts,
                    fingerprint: fingerprint(&message),
                };
                Ok(Delivered {
                    card: Some((topic, card)),
                    follow,
                    ..Delivered::default()
                })
            }
            // One that may have arrived is not repeated, but tomorrow is another day.
            Err(end @ (End::InDoubt(_) | End::Gone(_) | End::Dead(_))) => Ok(Delivered {
                end,
                follow,
                ..Delivered::default()
            }),
            Err(end) => Err(end),
        }
    }

    /// The newest reminder, without what was decided since.
    pub(super) async fn reminder_card(&self, user: UserId, topic: &str) -> Outcome {
        let Some(card) = self.app.card(topic).await? else {
            return Ok(Delivered::default());
        };
        let person = self.directory.person(&user).await.map_err(Failure::of_lookup)?;
        let calendar = self.app.rules.person_calendar(&user, person.zone.as_ref());
        let on = posted_on(&card.ts, &calendar);
        let due = self.due(&user, &calendar, on).await?;
        let message = view::reminder(&self.app.rules, &due, self.now());
        let fingerprint = fingerprint(&message);
        if fingerprint == card.fingerprint {
            return Ok(Delivered::default());
        }
        match self.outlet.update(&card.channel, &card.ts, &message).await {
            Ok(()) | Err(Failure::Gone(_)) => Ok(Delivered {
                card: Some((topic.to_owned(), Card { fingerprint, ..card })),
                ..Delivered::default()
            }),
            Err(failure) => Err(failure.into()),
        }
    }

    pub(super) async fn reminder_over(&self, user: UserId, channel: &str, ts: &str) -> Outcome {
        let waiting = self.app.all_waiting(&user).await?;
        match self
            .outlet
            .update(channel, ts, &view::reminder_over(&waiting))
            .await
        {
            Ok(()) | Err(Failure::Gone(_)) => Ok(Delivered::default()),
            Err(failure) => Err(failure.into()),
        }
    }
}

/// The receiver's date on which a message was posted.
fn posted_on(ts: &str, calendar: &Calendar) -> NaiveDate {
    let seconds = ts.split('.').next().and_then(|seconds| seconds.parse().ok());
    let at = seconds.and_then(|seconds| DateTime::from_timestamp(seconds, 0));
    calendar.zone().local_date(at.unwrap_or_default())
}

fn remind(user: &UserId, slot: Option<Slot>) -> Option<Effect> {
    slot.map(|slot| Effect {
        due_at: slot.due_at,
        task: Task::Remind {
            user: user.clone(),
            on: slot.on,
        },
    })
}

/// R22: reminders begin on the first business day after the ping.
fn told_before(
    (request, lane): &(Request, LaneKey),
    user: &UserId,
    calendar: &Calendar,
    on: NaiveDate,
) -> bool {
    let asked = request
        .lane(lane)
        .and_then(|lane| lane.asked.iter().find(|asked| &asked.user == user));
    let told_at = asked.and_then(|asked| asked.delivered_at);
    told_at.is_some_and(|at| calendar.zone().local_date(at) < on)
}

fn unreachable(request: &Request, lane: &LaneKey, user: &UserId) -> Option<(RequestId, Command)> {
    let lane = request.lane(lane)?.at();
    Some((
        request.request_id,
        Command::RecordUnreachable {
            lane,
            user: user.clone(),
        },
    ))
}

fn refresh(request: &Request, lane: &LaneKey, user: &UserId, now: DateTime<Utc>) -> Option<Effect> {
    let lane = request.lane(lane)?.at();
    Some(react::refresh(request.request_id, lane, user.clone(), now))
}
