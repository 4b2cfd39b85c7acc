//! What each task of the outbox means in Slack. Everything is looked up and rendered at the moment it is
//! sent, so that nobody reads what was true an hour ago.

mod digest;
mod home;

use super::directory::{Directory, needs_loads};
use super::gateway::Posted;
use super::outlet::{Delivery, Failure, Outlet, fingerprint};
use crate::app::App;
use crate::app::delivery::{Deliver, Delivered, End, Recall};
use crate::domain::calendar::Calendar;
use crate::domain::command::{Command, LaneRef};
use crate::domain::effect::{Effect, Task};
use crate::domain::ids::{LaneKey, RequestId, UserId};
use crate::domain::people::Kind;
use crate::domain::request::Request;
use crate::domain::reviewers;
use crate::domain::schedule::{Slot, Turn};
use crate::store::{Card, Claimed, Doubt, StoreError};
use crate::view::{self, Message};
use chrono::{DateTime, NaiveDate, Utc};
use std::sync::Arc;
use std::time::Duration;
use tokio::time::timeout;

/// Delivers tasks. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Courier {
    /// To read what is to be told.
    pub app: App,
    /// To look people up.
    pub directory: Directory,
    /// The way out.
    pub outlet: Outlet,
    /// The marketing channel's id.
    pub channel: String,
}

/// How long a message waits for the names of the people in it; those who are not known by then are mentioned.
const NAMES_WITHIN: Duration = Duration::from_secs(3);

/// A task ends early for a reason that is its outcome.
type Outcome = Result<Delivered, End>;

impl From<StoreError> for End {
    fn from(error: StoreError) -> Self {
        End::Again {
            after: None,
            why: error.to_string(),
        }
    }
}

impl Courier {
    /// As the worker wants it.
    pub fn deliver(self) -> Deliver {
        Arc::new(move |claimed| {
            let courier = self.clone();
            Box::pin(async move { courier.run_checked(claimed).await.unwrap_or_else(Delivered::end) })
        })
    }

    /// Takes back what was sent too late.
    pub fn recall(&self) -> Recall {
        let outlet = self.outlet.clone();
        Arc::new(move |sent| {
            let outlet = outlet.clone();
            Box::pin(async move { outlet.recall(sent).await })
        })
    }

    /// A card that was found shows what an earlier attempt said: it is written anew.
    async fn run_checked(&self, claimed: Claimed) -> Outcome {
        let (task, found, now) = (claimed.task.clone(), claimed.doubt != Doubt::None, self.now());
        let delivery = Delivery::of(&claimed);
        let mut delivered = self.run(claimed.task, &delivery).await?;
        delivered.sent = delivery.sent();
        if let Some((_, card)) = delivered.card.as_mut().filter(|_| found) {
            card.fingerprint.clear();
            delivered.follow.push(Effect::now(now, task));
        }
        Ok(delivered)
    }

    async fn run(&self, task: Task, delivery: &Delivery) -> Outcome {
        let topic = task.topic();
        match task {
            Task::AssignReviewers { request_id } => self.assign(request_id).await,
            Task::ReviewerCard {
                request_id,
                lane,
                user,
            } => self.reviewer_card(request_id, lane, user, &topic, delivery).await,
            Task::RequesterCard { request_id } => {
                let request = self.request(request_id).await?;
                let message = view::requester_card(&self.app.rules, &request, self.now());
                self.upsert(request.requester.as_str(), message, &topic, delivery)
                    .await
                    .map(|(delivered, _)| delivered)
            }
            Task::ChannelCard { request_id } => {
                let request = self.request(request_id).await?;
                let message = self.quiet(view::channel_card(&self.app.rules, &request)).await;
                self.upsert(&self.channel, message, &topic, delivery)
                    .await
                    .map(|(delivered, _)| delivered)
            }
            Task::Notice {
                request_id,
                to,
                about,
            } => {
                let request = self.request(request_id).await?;
                let message = view::notice(&self.app.rules, &request, &to, &about, self.now());
                self.say(to.as_str(), &message, delivery).await
            }
            Task::ChannelNotice { request_id, about } => {
                let request = self.request(request_id).await?;
                let message = view::channel_notice(&self.app.rules, &request, &about, self.now());
                self.say(&self.channel, &message, delivery).await
            }
            Task::Remind { user, on } => self.remind(user, on, delivery).await,
            Task::Home { user } => self.home(user).await,
            Task::Digest { on } => self.digest(on, delivery).await,
            Task::ClocksApart {
                to, seconds, whose, ..
            } => {
                self.say(to.as_str(), &view::clocks_apart(seconds, whose), delivery)
                    .await
            }
            Task::Lapse { .. } | Task::Escalate { .. } => Err(End::Dead("a timer is not a call".to_owned())),
        }
    }

    fn now(&self) -> DateTime<Utc> {
        self.app.clock.now()
    }

    async fn request(&self, request_id: RequestId) -> Result<Request, End> {
        self.app
            .request(request_id)
            .await?
            .ok_or_else(|| End::Dead(format!("there is no {request_id}")))
    }

    /// For the channel, where a mention would ping somebody who has a card of their own: people by their names.
    async fn quiet(&self, message: Message) -> Message {
        let names = self.directory.names(message.mentioned());
        let names = timeout(NAMES_WITHIN, names).await.unwrap_or_default();
        message.with_names(&names)
    }

    async fn say(&self, channel: &str, message: &Message, delivery: &Delivery) -> Outcome {
        self.outlet.post(channel, message, delivery).await?;
        Ok(Delivered::default())
    }

    /// R2–R6: looks up everybody who could be asked and lets the rules choose.
    async fn assign(&self, request_id: RequestId) -> Outcome {
        let request = self.request(request_id).await?;
        let lanes = reviewers::unassigned(&self.app.rules, &request);
        if lanes.is_empty() {
            return Ok(Delivered::default());
        }
        let (mut facts, unknown) = self.directory.candidates(&self.app.rules, &request, &lanes).await;
        if needs_loads(&self.app.rules, &lanes) {
            for user in facts.people().cloned().collect::<Vec<_>>() {
                let load = self.app.count_waiting(&user).await?;
                facts = facts.with_load(user, load);
            }
        }
        // The lanes whose people are known are asked now; for the others Slack is asked again.
        let end = unknown.map_or(End::Done, Failure::of_lookup);
        let commands = vec![(request_id, Command::AssignReviewers)];
        Ok(Delivered {
            end,
            commands,
            facts,
            ..Delivered::default()
        })
    }

    /// R21, R7, R17: the first time it is the ping, and its `ts` the proof; later the card is rewritten. A
    /// card that has nothing left to ask is never posted for the first time.
    async fn reviewer_card(
        &self,
        request_id: RequestId,
        lane: LaneRef,
        user: UserId,
        topic: &str,
        delivery: &Delivery,
    ) -> Outcome {
        let request = self.request(request_id).await?;
        let posted = self.app.card(topic).await?.is_some() || delivery.doubt != Doubt::None;
        if !posted && view::is_spent(&request, &lane, &user) {
            return Ok(Delivered::default());
        }
        let message = view::reviewer_card(&self.app.rules, &request, &lane, &user, self.now());
        match self.upsert(user.as_str(), message, topic, delivery).await {
            Ok((mut delivered, Some(posted))) => {
                let delivered_at = delivery.delivered_at(&posted, self.now());
                delivered
                    .follow
                    .extend(self.first_reminder(&user, delivered_at).await);
                let command = Command::RecordPing {
                    lane,
                    user,
                    delivered_at,
                };
                delivered.commands.push((request_id, command));
                Ok(delivered)
            }
            Ok((mut delivered, None)) => {
                // A lane that lapsed waits again under wide-impact, and its reminders had ended (R16, R22).
                if request.is_wide() && !view::is_spent(&request, &lane, &user) {
                    delivered
                        .follow
                        .extend(self.first_reminder(&user, self.now()).await);
                }
                Ok(delivered)
            }
            Err(End::Gone(why)) => {
                tracing::warn!(%why, %topic, "a reviewer cannot be reached; somebody else is asked");
                let command = Command::RecordUnreachable { lane, user };
                Ok(Delivered {
                    commands: vec![(request_id, command)],
                    ..Delivered::default()
                })
            }
            Err(end) => Err(end),
        }
    }

    /// Posts a card the first time and rewrites it later; says where it was posted if it was.
    async fn upsert(
        &self,
        channel: &str,
        message: Message,
        topic: &str,
        delivery: &Delivery,
    ) -> Result<(Delivered, Option<Posted>), End> {
        let fingerprint = fingerprint(&message);
        let save = |channel: &str, ts: &str| {
            let card = Card {
                channel: channel.to_owned(),
                ts: ts.to_owned(),
                fingerprint: fingerprint.clone(),
            };
            Delivered {
                card: Some((topic.to_owned(), card)),
                ..Delivered::default()
            }
        };
        match self.app.card(topic).await? {
            Some(card) if card.fingerprint == fingerprint => Ok((Delivered::default(), None)),
            Some(card) => match self.outlet.update(&card.channel, &card.ts, &message).await {
                // Somebody deleted the card, or the conversation is gone: nothing is left to keep up to date.
                Ok(()) | Err(Failure::Gone(_)) => Ok((save(&card.channel, &card.ts), None)),
                Err(failure) => Err(failure.into()),
            },
            None => {
                let posted = self.outlet.post(channel, &message, delivery).await?;
                Ok((save(&posted.channel, &posted.ts), Some(posted)))
            }
        }
    }

    /// R22. Whoever cannot be looked up now is reminded by the company's calendar.
    async fn first_reminder(&self, user: &UserId, asked_at: DateTime<Utc>) -> Option<Effect> {
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
    async fn remind(&self, user: UserId, on: NaiveDate, delivery: &Delivery) -> Outcome {
        let person = self.directory.person(&user).await.map_err(Failure::of_lookup)?;
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
        let calendar = rules.person_calendar(&user, person.zone.as_ref());
        match rules.reminder_turn(&calendar, on, now) {
            Turn::Now => {}
            Turn::At(due) => return Err(End::NotYet((due - now).to_std().unwrap_or_default())),
            Turn::Missed(next) => {
                return Ok(Delivered {
                    follow: remind(&user, next).into_iter().collect(),
                    ..Delivered::default()
                });
            }
        }
        let mut follow: Vec<Effect> = remind(&user, rules.first_reminder(&calendar, now))
            .into_iter()
            .collect();
        let due: Vec<_> = waiting
            .into_iter()
            .filter(|waits| told_before(waits, &user, &calendar, on))
            .collect();
        if due.is_empty() || person.away {
            return Ok(Delivered {
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
        let message = view::reminder(rules, &due, now);
        match self
            .outlet
            .post(user.as_str(), &message, delivery)
            .await
            .map_err(End::from)
        {
            Ok(_) => Ok(Delivered {
                follow,
                ..Delivered::default()
            }),
            // One that may have arrived is not repeated, but tomorrow is another day.
            Err(end @ (End::InDoubt(_) | End::Gone(_) | End::Dead(_))) => Ok(Delivered {
                end,
                follow,
                ..Delivered::default()
            }),
            Err(end) => Err(end),
        }
    }
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
    let lane = LaneRef {
        lane: lane.clone(),
        round: request.lane(lane)?.round,
    };
    Some((
        request.request_id,
        Command::RecordUnreachable {
            lane,
            user: user.clone(),
        },
    ))
}

fn refresh(request: &Request, lane: &LaneKey, user: &UserId, now: DateTime<Utc>) -> Option<Effect> {
    let lane = LaneRef {
        lane: lane.clone(),
        round: request.lane(lane)?.round,
    };
    Some(Effect::now(
        now,
        Task::ReviewerCard {
            request_id: request.request_id,
            lane,
            user: user.clone(),
        },
    ))
}
