//! What the worker and the edge to Slack tell each other: a task and what became of it, a probe and what it
//! learned.

use crate::domain::command::Command;
use crate::domain::effect::Effect;
use crate::domain::ids::{RequestId, UserId};
use crate::domain::people::Facts;
use crate::store::{Card, Claimed};
use chrono::{DateTime, NaiveDate, TimeDelta, Utc};
use futures_util::future::BoxFuture;
use std::sync::Arc;
use std::time::Duration;

/// Makes a call to Slack and says what became of it. It never touches the database's write side.
pub type Deliver = Arc<dyn Fn(Claimed) -> BoxFuture<'static, Delivered> + Send + Sync>;

/// Takes a message back that was sent after the claim on it had run out: whoever holds it now has sent it too.
pub type Recall = Arc<dyn Fn(Sent) -> BoxFuture<'static, ()> + Send + Sync>;

/// Slack's slowest commit after we gave up on it: nothing is looked for, and no claim runs out, sooner than
/// this after the last moment at which a call may have been begun.
pub const SLOWEST_COMMIT: TimeDelta = TimeDelta::seconds(70);

/// Asks Slack for nothing in particular, to learn whether it takes the token and what time it has.
pub type Probe = Arc<dyn Fn() -> BoxFuture<'static, Probed> + Send + Sync>;

/// What Slack said to a [`Probe`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Probed {
    /// It takes the token.
    pub token_taken: bool,
    /// It refuses the token; neither is known when it does not answer.
    pub token_refused: bool,
    /// It answered at all.
    pub answered: bool,
    /// The `Date` of its answer.
    pub date: Option<DateTime<Utc>>,
}

/// The database server's clock; `None` when it is the machine's own, or does not answer.
pub type DatabaseClock = Arc<dyn Fn() -> BoxFuture<'static, Option<DateTime<Utc>>> + Send + Sync>;

/// A message that this attempt brought into Slack.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sent {
    /// The delivery's identity, in the message's metadata.
    pub delivery: String,
    /// The conversation's id.
    pub channel: String,
    /// The message's `ts`.
    pub ts: String,
    /// Whoever took over the claim sent nothing earlier than this, however long this process slept.
    pub since: DateTime<Utc>,
}

/// What became of a call.
#[derive(Debug, Default)]
pub struct Delivered {
    /// How the task ends.
    pub end: End,
    /// Where the card is now, under its topic.
    pub card: Option<(String, Card)>,
    /// What Signoff now knows about a request.
    pub commands: Vec<(RequestId, Command)>,
    /// Facts for those commands.
    pub facts: Facts,
    /// What comes next.
    pub follow: Vec<Effect>,
    /// The message that was new in Slack.
    pub sent: Option<Sent>,
    /// The digest of this day was posted; it told what had happened until then.
    pub digest_on: Option<(NaiveDate, DateTime<Utc>)>,
    /// Whose App Home was published, turned to which pages, and a fingerprint of what it shows; `None`: it is
    /// gone.
    pub home: Option<(UserId, String, Option<String>)>,
}

/// How a call ends.
#[derive(Debug, Default, Clone, PartialEq)]
pub enum End {
    /// Done.
    #[default]
    Done,
    /// Again after a while: as long as Slack said, else with growing pauses.
    Again {
        /// What Slack asked for.
        after: Option<Duration>,
        /// Why.
        why: String,
    },
    /// It was not its turn yet.
    NotYet(Duration),
    /// Slack may or may not have it: to be looked for once the slowest commit must be over.
    Unsure(String),
    /// Slack may or may not have it, and cannot be asked: an operator must look.
    InDoubt(String),
    /// Whoever it is for cannot be reached, or what it is about is gone.
    Gone(String),
    /// It can never succeed as it is: our mistake, or a missing scope.
    Dead(String),
    /// Slack refuses the token: stop sending, and let nothing lapse.
    Credentials(String),
}

impl Delivered {
    /// Nothing but an end.
    pub fn end(end: End) -> Self {
        Delivered {
            end,
            ..Delivered::default()
        }
    }
}
