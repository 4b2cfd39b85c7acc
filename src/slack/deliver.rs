//! What each task of the outbox means in Slack. Everything is looked up and rendered at the moment it is
//! sent, so that nobody reads what was true an hour ago.

mod digest;
mod gone;
mod home;
mod reminder;

use super::directory::{Directory, needs_loads};
use super::gateway::Posted;
use super::outlet::{Delivery, Failure, Outlet, fingerprint};
use crate::app::App;
use crate::app::delivery::{Deliver, Delivered, End, Recall};
use crate::domain::command::{Command, LaneRef};
use crate::domain::effect::{Effect, Task};
use crate::domain::ids::{RequestId, UserId};
use crate::domain::react;
use crate::domain::request::{Lane, Request};
use crate::domain::reviewers;
use crate::store::{Card, Claimed, Doubt, StoreError};
use crate::view::{self, Message};
use chrono::{DateTime, Utc};
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
        let (task, now) = (claimed.task.clone(), self.now());
        let found = claimed.doubt != Doubt::None && task.is_refresh();
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
            Task::StepAside { request_id, user } => self.step_aside(request_id, user).await,
            Task::ReviewerCard {
                request_id,
                lane,
                user,
            } => self.reviewer_card(request_id, lane, user, &topic, delivery).await,
            Task::LastCall { request_id, lane } => Ok(Delivered {
                follow: react::last_call(&self.request(request_id).await?, &lane, self.now()),
                ..Delivered::default()
            }),
            Task::RequesterCard { request_id } => {
                let request = self.request(request_id).await?;
                let message = view::requester_card(&self.app.rules, &request, self.now());
                let card = self.upsert(request.requester.as_str(), message, &topic, delivery);
                let outcome = card.await.map(|(delivered, _)| delivered);
                self.requester_gone(request_id, outcome)
            }
            Task::ChannelCard { request_id } => {
                let request = self.request(request_id).await?;
                let message = self.quiet(view::channel_card(&self.app.rules, &request)).await;
                let card = self.upsert(&self.channel, message, &topic, delivery).await;
                self.channel_gone(card.map(|(delivered, _)| delivered)).await
            }
            Task::Notice {
                request_id,
                to,
                about,
            } => {
                let request = self.request(request_id).await?;
                let message = view::notice(&self.app.rules, &request, &to, &about, self.now());
                let said = self.say(to.as_str(), &message, delivery).await;
                match to == request.requester {
                    true => self.requester_gone(request_id, said),
                    false => said,
                }
            }
            Task::ChannelNotice { request_id, about } => {
                let request = self.request(request_id).await?;
                let message = view::channel_notice(&self.app.rules, &request, &about, self.now());
                let said = self.say(&self.channel, &message, delivery).await;
                self.channel_gone(said).await
            }
            Task::ChannelGone { to, why, .. } => {
                self.say(to.as_str(), &view::channel_gone(&self.channel, &why), delivery)
                    .await
            }
            Task::RequesterGone { request_id, to } => {
                let request = self.request(request_id).await?;
                let message = view::requester_gone(&self.app.rules, &request);
                self.say(to.as_str(), &message, delivery).await
            }
            Task::Remind { user, on } => self.remind(user, on, delivery).await,
            Task::RemindAgain { user, on } => self.remind_again(user, on, delivery).await,
            Task::ReminderCard { user } => self.reminder_card(user, &topic).await,
            Task::ReminderOver { user, channel, ts } => self.reminder_over(user, &channel, &ts).await,
            Task::Digest { on } => {
                let posted = self.digest(on, delivery).await;
                self.channel_gone(posted).await
            }
            Task::Home { user } => self.home(user).await,
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
        // The lanes whose people are known are asked now; for the others Slack is asked again, and meanwhile nobody
        // is left without a card.
        let cards = || react::overviews(&self.app.rules, request_id, request.gated, self.now()).collect();
        let follow = unknown.as_ref().map(|_| cards()).unwrap_or_default();
        let end = unknown.map_or(End::Done, Failure::of_lookup);
        let commands = vec![(request_id, Command::AssignReviewers)];
        Ok(Delivered {
            end,
            commands,
            facts,
            follow,
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
        // Whoever is not known counts as there: nobody would ever step aside for them, so Slack is asked again.
        for user in &people {
            self.directory.person(user).await.map_err(Failure::of_lookup)?;
        }
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
}
