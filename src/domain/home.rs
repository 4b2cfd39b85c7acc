//! What somebody's App Home has to show (R26).

use super::ids::LaneKey;
use super::page::Page;
use super::request::Request;
use std::fmt;
use std::str::FromStr;

/// The lists of somebody's App Home.
#[derive(Debug, Clone)]
pub struct Home {
    /// What waits on them, what lapses first on top.
    pub waiting: Page<(Request, LaneKey)>,
    /// Their own open requests, the newest first.
    pub mine: Page<Request>,
    /// All open requests, the newest first.
    pub open: Page<Request>,
    /// What cleared, went out or was withdrawn last, the newest first.
    pub outcomes: Vec<Request>,
}

/// How far the long lists are turned: so many items come before those that are shown. Kept and sent as
/// `8.0.15`.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Turned {
    /// Of what waits on the person.
    pub waiting: usize,
    /// Of their own requests.
    pub mine: usize,
    /// Of all that is open.
    pub open: usize,
}

impl fmt::Display for Turned {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}.{}", self.waiting, self.mine, self.open)
    }
}

impl FromStr for Turned {
    type Err = std::num::ParseIntError;

    /// Missing numbers are 0, so that nothing at all is the beginning of each list.
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let mut numbers = text.split('.').filter(|part| !part.is_empty());
        let mut next = || numbers.next().map_or(Ok(0), |number| number.parse::<u32>());
        Ok(Self {
            waiting: next()? as usize,
            mine: next()? as usize,
            open: next()? as usize,
        })
    }
}
