//! What should not have happened, kept so that a test can end by proving that nothing did.

use chrono::{DateTime, Utc};
use serde::Serialize;

/// Why something is left over.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub enum Why {
    /// The bot called a method that does not exist here.
    UnknownMethod,
    /// The bot sent something Slack refuses to show (`invalid_blocks`, `msg_too_long`, …).
    RefusedPayload,
    /// A delivery was answered too late, with a status other than 200, or with a body Slack cannot use.
    FailedAck,
    /// The bot called with a method, path or arguments that make no sense.
    BadCall,
}

/// One such thing.
#[derive(Clone, Debug, Serialize)]
pub struct Leftover {
    /// Its class.
    pub why: Why,
    /// The method or the kind of delivery.
    pub what: String,
    /// Slack's code and the places it names; no message bodies.
    pub detail: String,
    /// Workspace clock.
    pub at: DateTime<Utc>,
}
