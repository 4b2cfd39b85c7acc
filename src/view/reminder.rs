//! The one message of the morning, with everything that waits on a person (R22).

use super::text::{self, count, instant};
use super::{Message, action, kit, list};
use crate::domain::ids::LaneKey;
use crate::domain::policy::Rules;
use crate::domain::request::Request;
use chrono::{DateTime, Utc};

/// Requests named in one sentence.
const IDS_SHOWN: usize = 10;

/// What waits on somebody: requests, each with the lane that they can answer for.
pub fn reminder(rules: &Rules, waiting: &[(Request, LaneKey)], now: DateTime<Utc>) -> Message {
    let headline = match waiting.is_empty() {
        true => "Nothing on this reminder waits for you any more.".to_owned(),
        false => headline(waiting, 0, now),
    };
    let mut blocks = vec![kit::section("reminder.head", &headline)];
    blocks.extend(list::items(rules, waiting, 0, now));
    if !waiting.is_empty() {
        // One row each: in one row, Slack wants each button to have a name of its own.
        for (label, when) in [("Later today", LATER), ("Tomorrow", TOMORROW)] {
            let button = kit::plain_button(action::SNOOZE, label, when);
            blocks.push(kit::actions(&format!("reminder.{when}"), vec![button]));
        }
    }
    Message::new(&headline, blocks)
}

/// The value of the snooze button for a second reminder the same day.
pub const LATER: &str = "later";
/// The value of the one for none before tomorrow's.
pub const TOMORROW: &str = "tomorrow";

/// A reminder that a newer one has replaced.
pub fn reminder_over(waiting: &[(Request, LaneKey)]) -> Message {
    let mut ids: Vec<String> = waiting
        .iter()
        .map(|(request, _)| request.request_id.to_string())
        .collect();
    ids.truncate(IDS_SHOWN);
    let says = match ids.is_empty() {
        true => "This reminder is over: nothing waits for you.".to_owned(),
        false => format!(
            "This reminder is over: the newer one has what waits, {}.",
            text::list(&ids)
        ),
    };
    Message::new(&says, vec![kit::section("reminder.head", &says)])
}

/// When they are reminded again. `before` lapse until then.
pub fn snoozed(again_at: Option<DateTime<Utc>>, before: &[(Request, LaneKey)]) -> Message {
    let Some(again_at) = again_at else {
        return Message::sentence("You are not reminded again: no working day is ahead.");
    };
    let mut says = format!("You are reminded again {}.", instant(again_at));
    let lapses = |(request, key): &(Request, LaneKey)| {
        let deadline = request.lane(key).and_then(|lane| lane.deadline());
        let deadline = deadline.filter(|at| request.gated && !request.is_wide() && *at <= again_at)?;
        Some(format!("{} lapses {}", request.request_id, instant(deadline)))
    };
    let lapses: Vec<String> = before.iter().filter_map(lapses).take(IDS_SHOWN).collect();
    if !lapses.is_empty() {
        says.push_str(&format!(" Before that, {}.", text::list(&lapses)));
    }
    Message::sentence(&says)
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
