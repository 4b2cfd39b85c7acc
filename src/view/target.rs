//! What a button or a form is about. Opaque to Slack and without authority: who may do what is decided at
//! the click (R5).

use crate::domain::command::LaneRef;
use crate::domain::ids::{LaneKey, RequestId};
use crate::domain::request::{Lane, Request};
use std::fmt;
use std::str::FromStr;

/// The request, and the lane and round where it is about one: `42` or `42/director/1`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Target {
    /// Which request.
    pub request_id: RequestId,
    /// Which lane and round of it.
    pub lane: Option<LaneRef>,
}

impl Target {
    /// The request as a whole.
    pub fn request(request: &Request) -> Self {
        Self {
            request_id: request.request_id,
            lane: None,
        }
    }

    /// A lane of it, in the round it is in now.
    pub fn lane(request: &Request, lane: &Lane) -> Self {
        Self::at(request, &lane.at())
    }

    /// A lane of it, in the given round.
    pub fn at(request: &Request, at: &LaneRef) -> Self {
        Self {
            request_id: request.request_id,
            lane: Some(at.clone()),
        }
    }
}

impl fmt::Display for Target {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.request_id.0)?;
        match &self.lane {
            Some(at) => write!(f, "/{}/{}", at.lane, at.round),
            None => Ok(()),
        }
    }
}

/// The text is not a target: an old button, or nobody's.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("not a target")]
pub struct NotATarget;

impl FromStr for Target {
    type Err = NotATarget;

    fn from_str(text: &str) -> Result<Self, NotATarget> {
        let request_id = |number: &str| number.parse().map(RequestId).map_err(|_| NotATarget);
        match text.split('/').collect::<Vec<_>>().as_slice() {
            [number] => Ok(Self {
                request_id: request_id(number)?,
                lane: None,
            }),
            [number, lane, round] if !lane.is_empty() => Ok(Self {
                request_id: request_id(number)?,
                lane: Some(LaneRef {
                    lane: LaneKey::new(*lane),
                    round: round.parse().map_err(|_| NotATarget)?,
                }),
            }),
            _ => Err(NotATarget),
        }
    }
}
