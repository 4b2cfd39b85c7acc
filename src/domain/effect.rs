//! What must follow from an event: tasks for the outbox, saved in the same transaction as the event.

use super::command::LaneRef;
use super::event::Entry;
use super::ids::{RequestId, UserId};
use chrono::{DateTime, NaiveDate, Utc};
use serde::{Deserialize, Serialize};

/// A task and when it is due.
#[derive(Debug, Clone, PartialEq)]
pub struct Effect {
    /// Not before.
    pub due_at: DateTime<Utc>,
    /// What to do.
    pub task: Task,
}

impl Effect {
    /// A task for now.
    pub fn now(now: DateTime<Utc>, task: Task) -> Self {
        Self { due_at: now, task }
    }
}

/// Something to do later or elsewhere, kept in the outbox until it is done.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "task")]
pub enum Task {
    /// A timer: the deadline of a lane (R14).
    Lapse {
        /// Of which request.
        request_id: RequestId,
        /// Which lane.
        lane: LaneRef,
    },
    /// A timer: a wide-impact lane may have been silent for too long (R22).
    Escalate {
        /// Of which request.
        request_id: RequestId,
        /// Which lane.
        lane: LaneRef,
        /// The date in the lane's calendar: once a day at most.
        on: NaiveDate,
    },
    /// Ask Slack who can fill the lanes, and have them asked (R2–R6).
    AssignReviewers {
        /// For which request.
        request_id: RequestId,
    },
    /// Somebody went away: see whether the request waits for them alone, and for whom then (R6).
    StepAside {
        /// Which request.
        request_id: RequestId,
        /// Who.
        user: UserId,
    },
    /// Bring a reviewer's card up to date; the first time, this is the ping (R21, R7).
    ReviewerCard {
        /// About which request.
        request_id: RequestId,
        /// In which lane and round.
        lane: LaneRef,
        /// Whose card.
        user: UserId,
    },
    /// The last business day of a lane has come: bring the cards of those it waits for up to date (R22).
    LastCall {
        /// About which request.
        request_id: RequestId,
        /// In which lane and round.
        lane: LaneRef,
    },
    /// Bring the requester's card up to date (R21).
    RequesterCard {
        /// About which request.
        request_id: RequestId,
    },
    /// Bring the card in the marketing channel up to date (R25).
    ChannelCard {
        /// About which request.
        request_id: RequestId,
    },
    /// Tell somebody what happened (R23).
    Notice {
        /// About which request.
        request_id: RequestId,
        /// Whom.
        to: UserId,
        /// What. How things stand by then is looked up when it is sent.
        about: Entry,
    },
    /// Tell the marketing channel what cannot wait for the digest (R4).
    ChannelNotice {
        /// About which request.
        request_id: RequestId,
        /// What.
        about: Entry,
    },
    /// A person's one reminder of the day (R22).
    Remind {
        /// Whom.
        user: UserId,
        /// Their own date.
        on: NaiveDate,
    },
    /// The second reminder of a day, because its receiver asked for one (R22).
    RemindAgain {
        /// Whom.
        user: UserId,
        /// Their own date.
        on: NaiveDate,
    },
    /// Bring a person's newest reminder up to date: what is decided leaves it.
    ReminderCard {
        /// Whose.
        user: UserId,
    },
    /// A newer reminder has taken the place of this one.
    ReminderOver {
        /// Whose.
        user: UserId,
        /// Where it is.
        channel: String,
        /// Which it is.
        ts: String,
    },
    /// Tell an operator that the machine's clock is wrong (R19).
    ClocksApart {
        /// Whom.
        to: UserId,
        /// The company's date: said once a day.
        on: NaiveDate,
        /// By how many seconds the machine is ahead of the other clock; negative: behind.
        seconds: i64,
        /// The other clock.
        #[serde(default)]
        whose: OtherClock,
    },
    /// Bring somebody's App Home up to date (R26).
    Home {
        /// Whose.
        user: UserId,
    },
    /// Tell an admin that the marketing channel cannot be posted to.
    ChannelGone {
        /// Whom.
        to: UserId,
        /// The company's date: said once a day.
        on: NaiveDate,
        /// Slack's code.
        why: String,
    },
    /// Tell an admin that a requester cannot be reached any more.
    RequesterGone {
        /// About which request.
        request_id: RequestId,
        /// Whom.
        to: UserId,
    },
    /// The channel's digest of the day (R24).
    Digest {
        /// The company's date.
        on: NaiveDate,
    },
}

/// A clock that the machine's is compared with (R19).
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum OtherClock {
    /// Slack's.
    #[default]
    Slack,
    /// The database server's.
    Database,
}

impl Task {
    /// A timer is a command that arrives late: it needs nothing but the database.
    pub fn is_timer(&self) -> bool {
        matches!(self, Task::Lapse { .. } | Task::Escalate { .. })
    }

    /// Tasks with the same topic are done one after another, in order: two updates of one card must not
    /// overtake each other.
    pub fn topic(&self) -> String {
        match self {
            Task::Lapse { request_id, lane } => format!("lapse:{request_id}:{}", lane.lane),
            Task::Escalate { request_id, lane, on } => {
                format!("escalate:{request_id}:{}:{}:{on}", lane.lane, lane.round)
            }
            Task::AssignReviewers { request_id } => format!("assign:{request_id}"),
            Task::StepAside { request_id, user } => format!("aside:{request_id}:{user}"),
            Task::ReviewerCard {
                request_id,
                lane,
                user,
            } => {
                format!("card:{request_id}:{}:{}:{user}", lane.lane, lane.round)
            }
            Task::LastCall { request_id, lane } => format!("last:{request_id}:{}", lane.lane),
            Task::RequesterCard { request_id } => format!("card:{request_id}:requester"),
            Task::ChannelCard { request_id } => format!("card:{request_id}:channel"),
            Task::Notice { request_id, to, .. } => format!("notice:{request_id}:{to}"),
            Task::ChannelNotice { request_id, .. } => format!("notice:{request_id}:channel"),
            Task::Remind { user, on } => format!("remind:{user}:{on}"),
            Task::Home { user } => format!("home:{user}"),
            Task::ChannelGone { to, on, .. } => format!("channel_gone:{to}:{on}"),
            Task::RequesterGone { request_id, to } => format!("requester_gone:{request_id}:{to}"),
            Task::RemindAgain { user, .. } => again_topic(user),
            Task::ReminderCard { user } | Task::ReminderOver { user, .. } => reminder_topic(user),
            Task::Digest { on } => format!("digest:{on}"),
            Task::ClocksApart { to, on, .. } => format!("clock:{to}:{on}"),
        }
    }

    /// At most one task with this key is ever kept: a person is reminded once a day, a day has one digest.
    pub fn once(&self) -> Option<String> {
        match self {
            Task::Remind { user, on } => Some(format!("remind:{user}:{on}")),
            Task::Digest { on } => Some(format!("digest:{on}")),
            Task::Escalate { .. } | Task::ChannelGone { .. } | Task::RequesterGone { .. } => {
                Some(self.topic())
            }
            Task::ClocksApart { to, on, .. } => Some(format!("clock:{to}:{on}")),
            _ => None,
        }
    }

    /// The task brings a card to the state at the time it runs, so one that waits already will do.
    pub fn is_refresh(&self) -> bool {
        use Task::{
            AssignReviewers, ChannelCard, Home, ReminderCard, RequesterCard, ReviewerCard, StepAside,
        };
        matches!(
            self,
            ReviewerCard { .. }
                | RequesterCard { .. }
                | ChannelCard { .. }
                | AssignReviewers { .. }
                | Home { .. }
                | StepAside { .. }
                | ReminderCard { .. }
        )
    }

    /// The request it belongs to.
    pub fn request_id(&self) -> Option<RequestId> {
        match self {
            Task::Lapse { request_id, .. }
            | Task::Escalate { request_id, .. }
            | Task::AssignReviewers { request_id }
            | Task::StepAside { request_id, .. }
            | Task::ReviewerCard { request_id, .. }
            | Task::LastCall { request_id, .. }
            | Task::RequesterCard { request_id }
            | Task::ChannelCard { request_id }
            | Task::Notice { request_id, .. }
            | Task::RequesterGone { request_id, .. }
            | Task::ChannelNotice { request_id, .. } => Some(*request_id),
            Task::Remind { .. }
            | Task::RemindAgain { .. }
            | Task::ReminderCard { .. }
            | Task::ReminderOver { .. }
            | Task::Home { .. }
            | Task::Digest { .. }
            | Task::ChannelGone { .. }
            | Task::ClocksApart { .. } => None,
        }
    }
}

/// The topic of a person's second reminder of the day: there is one at most.
pub fn again_topic(user: &UserId) -> String {
    format!("again:{user}")
}

/// The topic under which a person's newest reminder is kept.
pub fn reminder_topic(user: &UserId) -> String {
    format!("reminder:{user}")
}
