//! The one message of the morning, with everything that waits on a person (R22).

use super::text::{count, instant};
use super::{Message, kit, list};
use crate::domain::ids::LaneKey;
use crate::domain::policy::Rules;
use crate::domain::request::Request;
use chrono::{DateTime, Utc};

/// What waits on somebody: requests, each with the lane that they can answer for.
pub fn reminder(rules: &Rules, waiting: &[(Request, LaneKey)], now: DateTime<Utc>) -> Message {
    let headline = headline(waiting, 0, now);
    let mut blocks = vec![kit::section("reminder.head", &headline)];
    blocks.extend(list::items(rules, waiting, 0, now));
    Message::new(&headline, blocks)
}

/// How many wait, and how long the first of them does.
pub(super) fn headline(waiting: &[(Request, LaneKey)], more: usize, now: DateTime<Utc>) -> String {
    let open = list::in_order(waiting);
    let wait = count(open.len() + more, "review waits", "reviews wait");
    let Some((request, lane)) = open.first() else {
        return "Nothing waits for you.".to_owned();
    };
    let due = lane.deadline().filter(|_| request.gated && !request.is_wide());
    let first = if open.len() + more == 1 { "It" } else { "The first" };
    match due {
        Some(due) if request.is_last_call(&lane.key, now) => {
            format!(
                "*{wait} for you.* {first} lapses {}: this is the last business day to answer.",
                instant(due)
            )
        }
        Some(due) => format!("*{wait} for you.* {first} lapses {}.", instant(due)),
        None => format!("*{wait} for you.*"),
    }
}
