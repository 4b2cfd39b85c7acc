//! What happened: events in the past tense, kept for ever in the audit trail (R31).

use super::command::Actor;
use super::ids::{LaneKey, UserId};
use super::request::{Asked, ClockPolicy, Details};
use super::text::Link;
use chrono::{DateTime, NaiveDate, Utc};
use serde::{Deserialize, Serialize};

/// An event with its who and when.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Entry {
    /// When.
    pub at: DateTime<Utc>,
    /// Who.
    pub actor: Actor,
    /// What.
    pub event: Event,
}

/// Something that happened to a request.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "kind")]
pub enum Event {
    /// It was filed.
    Filed {
        /// By whom.
        requester: UserId,
        /// What it is.
        details: Details,
        /// Who must look.
        lanes: Vec<LaneKey>,
        /// Does it block anything?
        gated: bool,
        /// Was wide-impact raised with it?
        wide_impact: bool,
    },
    /// These people are to be asked in a lane.
    ReviewersAsked {
        /// Which lane.
        lane: LaneKey,
        /// Its round.
        round: u32,
        /// Who, added to those asked before in this round.
        asked: Vec<Asked>,
    },
    /// Somebody who went away is no longer waited for, where they were the only one (R6).
    SteppedAside {
        /// In which lane.
        lane: LaneKey,
        /// Its round.
        round: u32,
        /// Who.
        user: UserId,
        /// The day on which they are back, where it is known.
        until: Option<NaiveDate>,
    },
    /// Somebody who was asked no longer belongs to the lane (R5).
    LeftLane {
        /// Which lane.
        lane: LaneKey,
        /// Its round.
        round: u32,
        /// Who.
        user: UserId,
    },
    /// The actor handed a lane over (R8).
    HandedOver {
        /// Which lane.
        lane: LaneKey,
        /// Its round.
        round: u32,
        /// Who is no longer asked.
        from: Vec<UserId>,
        /// Who is.
        to: Box<Asked>,
        /// Why.
        reason: Option<String>,
        /// They did it for others, as an admin.
        as_admin: bool,
    },
    /// Nobody can fill a lane (R4).
    LaneUnfillable {
        /// Which lane.
        lane: LaneKey,
        /// Its round.
        round: u32,
    },
    /// Somebody was provably told (R17).
    PingDelivered {
        /// In which lane.
        lane: LaneKey,
        /// Its round.
        round: u32,
        /// Who.
        user: UserId,
        /// When Slack answered with the message's `ts`.
        delivered_at: DateTime<Utc>,
    },
    /// Somebody cannot be reached.
    PingFailed {
        /// In which lane.
        lane: LaneKey,
        /// Its round.
        round: u32,
        /// Who.
        user: UserId,
    },
    /// Silence counts from here on (R14, R17).
    ClockStarted {
        /// In which lane.
        lane: LaneKey,
        /// Its round.
        round: u32,
        /// Where counting begins.
        started_at: DateTime<Utc>,
        /// When the lane lapses.
        deadline: DateTime<Utc>,
        /// Under which policy (R20).
        policy: ClockPolicy,
    },
    /// The requester asked for an answer.
    Nudged {
        /// Those who are told.
        to: Vec<UserId>,
        /// Those who are not, being away or not at work.
        spared: Vec<UserId>,
    },
    /// A reviewer needs more time (R18).
    MoreTimeAsked {
        /// In which lane.
        lane: LaneKey,
        /// Its round.
        round: u32,
    },
    /// The requester gave one more business day.
    MoreTimeGranted {
        /// In which lane.
        lane: LaneKey,
        /// Its round.
        round: u32,
        /// When the lane lapses now.
        deadline: DateTime<Utc>,
        /// As counted, the day that was given included.
        policy: ClockPolicy,
    },
    /// The requester keeps the deadline.
    MoreTimeDeclined {
        /// In which lane.
        lane: LaneKey,
        /// Its round.
        round: u32,
    },
    /// A lane was approved.
    Approved {
        /// Which.
        lane: LaneKey,
        /// What they added.
        note: Option<String>,
    },
    /// A lane was objected to.
    ChangesRequested {
        /// Which.
        lane: LaneKey,
        /// Why.
        reason: String,
    },
    /// A lane's reviewers stayed silent to the end.
    Lapsed {
        /// Which.
        lane: LaneKey,
    },
    /// A wide-impact lane stayed silent, and those named for it were told (R22).
    Escalated {
        /// Which lane.
        lane: LaneKey,
        /// Its round.
        round: u32,
        /// Whom it was escalated to.
        to: Vec<UserId>,
    },
    /// It waits for people now, however long it takes (R16).
    WideImpactRaised,
    /// Silence counts again (R16).
    WideImpactLowered {
        /// Why.
        reason: String,
    },
    /// A new round after objections (R10).
    Resubmitted {
        /// What the requester says.
        what_changed: String,
        /// The lanes that are asked anew.
        reopened: Vec<LaneKey>,
    },
    /// It was changed; where that touched link, category or area, every lane is asked anew (R11).
    Edited {
        /// The new details.
        details: Details,
        /// The lanes of the (possibly new) category.
        lanes: Vec<LaneKey>,
        /// Does it block?
        gated: bool,
        /// Are all lanes asked anew?
        new_round: bool,
    },
    /// It was taken back.
    Withdrawn {
        /// Why.
        reason: Option<String>,
    },
    /// It went out.
    Published {
        /// Where.
        link: Option<Link>,
        /// The gate was blocked.
        while_blocked: bool,
    },
    /// The actor is away (R6). About no request: the trail has it under number 0.
    WentAway {
        /// The day on which they are back.
        back_on: NaiveDate,
        /// Who stands in.
        delegate: Option<UserId>,
    },
    /// The actor is back. About no request either.
    CameBack,
}
