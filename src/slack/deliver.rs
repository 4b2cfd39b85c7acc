//! What each task of the outbox means in Slack. Everything is looked up and rendered at the moment it is
//! sent, so that nobody reads what was true an hour ago.

mod gone;
mod reminder;

use super::directory::{Directory, needs_loads};
use super::gateway::Posted;
use super::outlet::{Delivery, Failure, Outlet, fingerprint};
use crate::app::App;
use crate::app::delivery::{Deliver, Delivered, End};
use crate::domain::command::{Command, LaneRef};
use crate::domain::effect::{Effect, Task};
use crate::domain::ids::{RequestId, UserId};
use crate::domain::request::{Lane, Request};
use crate::domain::reviewers;
use crate::domain::schedule::Slot;
use crate::store::{Card, Claimed, Doubt, StoreError};
use crate::view::{self, Message};
use chrono::{DateTime, NaiveDate, Utc};
use std::sync::Arc;

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

    /// A card that was found shows what an earlier attempt said: it is written anew.
    async fn run_checked(&self, claimed: Claimed) -> Outcome {
        let (task, now) = (claimed.task.clone(), self.now());
        let found = claimed.doubt != Doubt::None && task.is_refresh();
        let mut delivered = self.run(claimed).await?;
        if let Some((_, card)) = delivered.card.as_mut().filter(|_| found) {
            card.fingerprint.clear();
            delivered.follow.push(Effect::now(now, task));
        }
        Ok(delivered)
    }

    async fn run(&self, claimed: Claimed) -> Outcome {
        let id = format!("{}.{}", claimed.task.topic(), claimed.outbox_id);
        let delivery = Delivery {
            id,
            doubt: claimed.doubt,
        };
        let topic = claimed.task.topic();
        match claimed.task {
            Task::AssignReviewers { request_id } => self.assign(request_id).await,
            Task::StepAside { request_id, user } => self.step_aside(request_id, user).await,
            Task::ReviewerCard {
                request_id,
                lane,
                user,
            } => {
                self.reviewer_card(request_id, lane, user, &topic, &delivery)
                    .await
            }
            Task::RequesterCard { request_id } => {
                let request = self.request(request_id).await?;
                let message = view::requester_card(&self.app.rules, &request, self.now());
                let card = self.upsert(request.requester.as_str(), message, &topic, &delivery);
                let outcome = card.await.map(|(delivered, _)| delivered);
                self.requester_gone(request_id, outcome)
            }
            Task::ChannelCard { request_id } => {
                let request = self.request(request_id).await?;
                let message = view::channel_card(&self.app.rules, &request);
                let card = self.upsert(&self.channel, message, &topic, &delivery).await;
                self.channel_gone(card.map(|(delivered, _)| delivered)).await
            }
            Task::Notice {
                request_id,
                to,
                about,
            } => {
                let request = self.request(request_id).await?;
                let message = view::notice(&self.app.rules, &request, &to, &about, self.now());
                let said = self.say(to.as_str(), &message, &delivery).await;
                match to == request.requester {
                    true => self.requester_gone(request_id, said),
                    false => said,
                }
            }
            Task::ChannelNotice { request_id, about } => {
                let request = self.request(request_id).await?;
                let message = view::channel_notice(&self.app.rules, &request, &about, self.now());
                let said = self.say(&self.channel, &message, &delivery).await;
                self.channel_gone(said).await
            }
            Task::ChannelGone { to, why, .. } => {
                self.say(to.as_str(), &view::channel_gone(&self.channel, &why), &delivery)
                    .await
            }
            Task::RequesterGone { request_id, to } => {
                let request = self.request(request_id).await?;
                let message = view::requester_gone(&self.app.rules, &request);
                self.say(to.as_str(), &message, &delivery).await
            }
            Task::Remind { user, on } => self.remind(user, on, &delivery).await,
            Task::RemindAgain { user, on } => self.remind_again(user, on, &delivery).await,
            Task::ReminderCard { user } => self.reminder_card(user, &topic).await,
            Task::ReminderOver { user, channel, ts } => self.reminder_over(user, &channel, &ts).await,
            Task::Digest { on } => {
                let posted = self.digest(on, &delivery).await;
                self.channel_gone(posted).await
            }
            Task::ClocksApart { to, seconds, .. } => {
                self.say(to.as_str(), &view::clocks_apart(seconds), &delivery)
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
        let absences = self.app.absences().await?;
        let looked_up = self
            .directory
            .candidates(&self.app.rules, &request, &lanes, &absences);
        let (mut facts, unknown) = looked_up.await;
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

    /// R6: who else is asked in the lanes of somebody who went away, and are they there?
    async fn step_aside(&self, request_id: RequestId, user: UserId) -> Outcome {
        let request = self.request(request_id).await?;
        let lanes = request.pending().filter(|lane| lane.waits_for(&user));
        let people: Vec<UserId> = lanes
            .flat_map(Lane::waited_for)
            .map(|asked| asked.user.clone())
            .collect();
        let absences = self.app.absences().await?;
        Ok(Delivered {
            facts: self.directory.several(&people, &absences).await,
            commands: vec![(request_id, Command::StepAside { user })],
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
                let task = Task::ReminderCard { user: user.clone() };
                if delivered.card.is_some() && self.app.card(&task.topic()).await?.is_some() {
                    delivered.follow.push(Effect::now(self.now(), task));
                }
                // A lane that lapsed waits again under wide-impact, and its reminders had ended (R16, R22).
                // So had those of somebody who is asked once more (R6).
                let again = request
                    .lane(&lane.lane)
                    .is_some_and(|lane| lane.waited_for().any(|asked| asked.again && asked.user == user));
                if (request.is_wide() || again) && !view::is_spent(&request, &lane, &user) {
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
                Err(Failure::Gone(why)) if channel == self.channel && gone::is_conversation(&why) => {
                    Err(End::Gone(why))
                }
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

    /// R24: one a business day; what was missed is posted once, if it is still the same day.
    async fn digest(&self, on: NaiveDate, delivery: &Delivery) -> Outcome {
        let (rules, now) = (&self.app.rules, self.now());
        let arm = |slot: Option<Slot>| -> Vec<Effect> {
            slot.map(|slot| Effect {
                due_at: slot.due_at,
                task: Task::Digest { on: slot.on },
            })
            .into_iter()
            .collect()
        };
        if rules.calendar.zone().local_date(now) != on {
            return Ok(Delivered {
                follow: arm(rules.next_digest(now)),
                ..Delivered::default()
            });
        }
        let follow = arm(rules.digest_after(on));
        // What happens from here on is for the next one, also when an earlier attempt said this one.
        let told_until = match &delivery.doubt {
            Doubt::Since(since) => now.min(*since),
            Doubt::None | Doubt::Sent(_) => now,
        };
        let digest = self.app.digest(on).await?;
        if digest.is_empty() && !rules.digest_empty {
            return Ok(Delivered {
                follow,
                ..Delivered::default()
            });
        }
        let message = view::digest_message(rules, &digest, now);
        match self
            .outlet
            .post(&self.channel, &message, delivery)
            .await
            .map_err(End::from)
        {
            Ok(_) => Ok(Delivered {
                follow,
                digest_on: Some((on, told_until)),
                ..Delivered::default()
            }),
            Err(end @ (End::InDoubt(_) | End::Gone(_) | End::Dead(_))) => Ok(Delivered {
                end,
                follow,
                ..Delivered::default()
            }),
            Err(end) => Err(end),
        }
    }
}
