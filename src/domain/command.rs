//! What somebody asks for: commands in the imperative, refusals with their reasons.

use super::filing::{Draft, FieldError};
use super::ids::{LaneKey, RequestId, UserId};
use super::people::Kind;
use super::request::End;
use chrono::{DateTime, NaiveDate, Utc};
use serde::{Deserialize, Serialize};

/// Who asks.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "is", content = "id")]
pub enum Actor {
    /// A person in Slack.
    User(UserId),
    /// Signoff itself: a timer, a proof of delivery.
    Signoff,
}

impl Actor {
    /// The person, if it is one.
    pub fn user(&self) -> Option<&UserId> {
        match self {
            Actor::User(user) => Some(user),
            Actor::Signoff => None,
        }
    }
}

/// The lane and round that a button or timer was made for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LaneRef {
    /// Which lane.
    pub lane: LaneKey,
    /// The lane's round at that time.
    pub round: u32,
}

/// Something to do with a request.
#[derive(Debug, Clone, PartialEq)]
pub enum Command {
    /// File it.
    File(Box<Draft>),
    /// Find out whom to ask in every lane that nobody can answer yet, and ask them.
    AssignReviewers,
    /// Slack returned the `ts` of a reviewer's card (R17).
    RecordPing {
        /// Where.
        lane: LaneRef,
        /// Whom.
        user: UserId,
        /// When the answer came.
        delivered_at: DateTime<Utc>,
    },
    /// Slack says that a reviewer cannot be reached.
    RecordUnreachable {
        /// Where.
        lane: LaneRef,
        /// Whom.
        user: UserId,
    },
    /// Somebody went away: whatever waits for them alone is for others to answer (R6).
    StepAside {
        /// Who.
        user: UserId,
    },
    /// Somebody who was asked no longer belongs to the lane (R5).
    RecordLeft {
        /// Where.
        lane: LaneRef,
        /// Whom.
        user: UserId,
    },
    /// Approve a lane (R8).
    Approve {
        /// Which.
        lane: LaneRef,
        /// An optional note.
        note: Option<String>,
    },
    /// Object in a lane (R8, R9).
    RequestChanges {
        /// Which.
        lane: LaneRef,
        /// Required.
        reason: String,
    },
    /// Block until people decide (R16).
    RaiseWideImpact,
    /// The requester asks those who are waited for.
    Nudge,
    /// A reviewer needs more time (R18).
    AskMoreTime(LaneRef),
    /// The requester gives one more business day, or keeps the deadline (R18).
    AnswerMoreTime {
        /// In which lane.
        lane: LaneRef,
        /// Do they give it?
        grant: bool,
    },
    /// "Not me": somebody else of the lane is to look at it (R8).
    HandOver {
        /// Which lane.
        lane: LaneRef,
        /// Who.
        to: UserId,
        /// Why.
        reason: Option<String>,
    },
    /// An admin decides who is to look at it (R8).
    Reassign {
        /// Which lane.
        lane: LaneKey,
        /// Who.
        to: UserId,
        /// Required.
        reason: String,
    },
    /// Let silence count again (R16).
    LowerWideImpact {
        /// Required.
        reason: String,
    },
    /// Ask again, saying what changed (R10).
    Resubmit {
        /// Required.
        what_changed: String,
        /// Void the approvals too.
        ask_everyone: bool,
    },
    /// Change what was filed (R11).
    Edit(Box<Draft>),
    /// Take it back (R13).
    Withdraw {
        /// Why.
        reason: Option<String>,
    },
    /// It went out (R13).
    Publish {
        /// Where it can be seen.
        link: Option<String>,
    },
    /// The deadline of a lane came (R14).
    Lapse(LaneRef),
    /// A wide-impact lane has been silent for long: others are to know (R22).
    Escalate(LaneRef),
}

/// Why a command was refused. The words are in `view`; here is what they need.
#[derive(Debug, Clone, PartialEq)]
pub enum Rejection {
    /// There is no such request.
    NotFound(RequestId),
    /// It was withdrawn or published.
    Ended(End),
    /// The request has no such lane.
    NoSuchLane,
    /// The button is of a round that is over.
    Superseded,
    /// R4: nobody reviews their own request.
    OwnRequest,
    /// R4: they decided in another lane of this request.
    FillsOtherLane(LaneKey),
    /// R5: Slack could not be asked about them.
    CannotVerify,
    /// R5: a guest, an outsider, a bot, deactivated.
    NotEligible(Kind),
    /// R5: not one of those who may decide this lane now.
    NotInLane(LaneKey),
    /// Somebody else of the lane decided first (R7, R8).
    DecidedBy(UserId),
    /// They said the same before.
    Unchanged,
    /// Only the requester (or an admin) may.
    NotRequester,
    /// Only the requester may: nobody else speaks for them.
    OnlyRequester,
    /// Only an admin may.
    OnlyAdmin,
    /// The lane waits for nobody's answer any more.
    NotPending(LaneKey),
    /// Nobody's answer is waited for.
    NobodyToNudge,
    /// They nudged before; not again before this instant.
    NudgedLately(DateTime<Utc>),
    /// Nobody who is waited for is at work; somebody is from this instant on, if it is known.
    NobodyAtWork(Option<DateTime<Utc>>),
    /// No deadline runs, so no time can be added to it (R18).
    NoDeadline(LaneKey),
    /// R18: once a lane and round.
    MoreTimeOnce(LaneKey),
    /// They are not asked in this lane, or no longer.
    NotAsked(LaneKey),
    /// Only the requester or a reviewer may.
    NotInvolved,
    /// R16: only a reviewer who is not the requester, or an admin, may lower it.
    MayNotLower,
    /// It is raised already.
    AlreadyWide,
    /// It is not raised.
    NotWide,
    /// Nothing waits on a voluntary request, so there is nothing to raise (R1, R16).
    Voluntary,
    /// R10: nobody asked for changes.
    NothingToAnswer,
    /// R6: the day on which they say they are back has come.
    BackAlready(NaiveDate),
    /// The person they name cannot do it.
    Unfit(UserId, Unfit),
    /// What was typed cannot be taken.
    Invalid(Vec<FieldError>),
}

/// Why somebody who was named cannot stand in or take over.
#[derive(Debug, Clone, PartialEq)]
pub enum Unfit {
    /// They are the one who asks.
    Oneself,
    /// R5: a guest, an outsider, a bot, deactivated.
    Kind(Kind),
    /// R6: away themselves, until this day if it is known.
    Away(Option<NaiveDate>),
    /// R4: they filed it.
    Requester,
    /// R4: they answered, or are asked, in another lane.
    OtherLane(LaneKey),
    /// R5: not one of those who answer for this lane.
    NotInLane(LaneKey),
}
