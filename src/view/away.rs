//! What somebody reads who goes away or comes back (R6).

use super::text::{date, list, mention};
use super::{Message, kit, list as lists};
use crate::domain::away::Absence;
use crate::domain::ids::LaneKey;
use crate::domain::policy::Rules;
use crate::domain::request::Request;
use chrono::{DateTime, Utc};

/// Requests named in one sentence.
const IDS_SHOWN: usize = 10;

/// They are away now. `waiting` is what waited for them until now.
pub fn went_away(absence: &Absence, waiting: &[(Request, LaneKey)]) -> Message {
    let stands_in = match &absence.delegate {
        Some(delegate) => format!("{} is asked in your place", mention(delegate)),
        None => "your deputy or the lane's fallback is asked in your place".to_owned(),
    };
    let mut says = format!(
        "You are away until *{}* and hear nothing of reviews before that morning; {stands_in}.",
        date(absence.back_on)
    );
    let mut ids: Vec<String> = waiting
        .iter()
        .map(|(request, _)| request.request_id.to_string())
        .collect();
    ids.dedup();
    let hidden = ids.len().saturating_sub(IDS_SHOWN);
    ids.truncate(IDS_SHOWN);
    if hidden > 0 {
        ids.push(format!("{hidden} more"));
    }
    if !ids.is_empty() {
        says.push_str(&format!(
            "\nOf {} on your desk, whatever waits for you alone is handed over now.",
            list(&ids)
        ));
    }
    says.push_str("\n`/review-request back` ends it early.");
    Message::sentence(&says)
}

/// They are back. `handed` went to others meanwhile and still waits; `status` says that they are away still.
pub fn came_back(
    rules: &Rules,
    was_away: bool,
    status: bool,
    handed: &[(Request, LaneKey)],
    now: DateTime<Utc>,
) -> Message {
    let mut says = match was_away {
        true => "Welcome back: new requests are sent to you again.".to_owned(),
        false => "You were not away here: new requests are sent to you.".to_owned(),
    };
    if status {
        says.push_str(
            " Your Slack status still says that you are away, and as long as it does you are not asked.",
        );
    }
    if handed.is_empty() {
        return Message::sentence(&says);
    }
    says.push_str(" Others were asked in your place here, and nobody has answered yet; you may:");
    let mut blocks = vec![kit::section("back", &says)];
    blocks.extend(lists::items(rules, handed, 0, now));
    Message::new(&says, blocks)
}
