//! What is wrong with a command line, and what would be right.

use super::reply::{field_error, form_hint};
use super::text::{capitalised, escape, typed};
use super::{Message, kit};
use crate::domain::filing::FieldError;
use crate::domain::ids::LaneKey;
use crate::domain::policy::Rules;
use crate::domain::words::Wrong;
use slack_morphism::prelude::*;

/// How to go away, for whoever mistyped it.
const AWAY: &str = "`/review-request away until 2026-12-02 @deputy`";

/// One sentence about a mistake, escaped mrkdwn.
pub fn wrong(rules: &Rules, wrong: &Wrong) -> String {
    match wrong {
        Wrong::UnknownWord(word) => {
            let keys: Vec<&str> = rules
                .categories
                .iter()
                .map(|category| category.key.as_str())
                .collect();
            format!(
                "“{}” is neither a category nor a command. Categories: {}.",
                typed(word, 60),
                escape(&keys.join(", "))
            )
        }
        Wrong::UnknownOption(option) => {
            format!(
                "There is no option “{}”. The options are --wide, --area and --publish.",
                typed(option, 60)
            )
        }
        Wrong::OptionWithoutValue(option) if option == "--publish" => {
            "Say when after --publish, as in --publish 2026-12-02.".into()
        }
        Wrong::OptionWithoutValue(option) => {
            format!("Say which after {}, as in {0} search.", typed(option, 60))
        }
        Wrong::OptionTwice(option) => {
            format!("There are two of {}: say only one.", typed(option, 60))
        }
        Wrong::NotAnId {
            command,
            typed: nothing,
        } if nothing.is_empty() => {
            format!("Which request? Say its id, as in `/review-request {command} R-42`.")
        }
        Wrong::NotAnId { command, typed: text } => {
            format!(
                "“{}” is not the id of a request. Ids look like R-42, as in `/review-request {command} R-42`.",
                typed(text, 60)
            )
        }
        Wrong::NothingSaid(id) => {
            format!("Say what you changed, as in `/review-request resubmit {id} new price on slide 4`.")
        }
        Wrong::NotADay(nothing) if nothing.is_empty() => {
            format!("Until when? Say the day on which you are back, as in {AWAY}.")
        }
        Wrong::NotADay(text) => {
            format!("“{}” is not a date. Write it as in {AWAY}.", typed(text, 60))
        }
        Wrong::NoReason { command, request_id } if command == "lower" => {
            format!("Say why, as in `/review-request lower {request_id} a small outlet after all`.")
        }
        Wrong::NoReason { command, request_id } => {
            format!(
                "Say why, as in `/review-request {command} {request_id} marketing @mia she knows the story`."
            )
        }
        Wrong::UnknownLane(text, known) => {
            let keys: Vec<&str> = known.iter().take(12).map(LaneKey::as_str).collect();
            let keys = escape(&keys.join(", "));
            match text.is_empty() {
                true => format!("Which lane? There are: {keys}."),
                false => format!("“{}” is not a lane. There are: {keys}.", typed(text, 60)),
            }
        }
        Wrong::NotAPerson(nothing) if nothing.is_empty() => {
            "Whom? Name them by typing @ and choosing from Slack's list.".to_owned()
        }
        Wrong::NotAPerson(text) => format!(
            "Slack does not know “{}” as one person. Name one by typing @ and choosing from Slack's list.",
            typed(text, 60)
        ),
    }
}

/// The faults of a request by words, as sentences, escaped mrkdwn.
pub fn field_errors(rules: &Rules, errors: &[FieldError]) -> String {
    let sentences: Vec<String> = errors
        .iter()
        .map(|error| escape(&field_error(rules, error)))
        .collect();
    sentences.join(" ")
}

/// A mistake with the right form under it.
pub fn mistake(sentence: String) -> Message {
    Message::sentence(&format!("{sentence} Nothing was filed.\n{}", form_hint()))
}

/// A trigger that was too slow, or Slack that was.
pub fn form_did_not_open() -> Message {
    Message::sentence("Slack did not open the form in time. Please try again.")
}

/// A button of an older version of Signoff.
pub fn unknown_button() -> String {
    "This button no longer works. `/review-request waiting` shows what waits for you.".into()
}

/// A form of an older version of Signoff.
pub fn unknown_form() -> String {
    "This form no longer works. Copy what you wrote, close it and press the button again.".into()
}

/// Mrkdwn as the plain text that errors in a form are shown as: without escapes, people as “somebody else”.
pub fn plain(mrkdwn: &str) -> String {
    let mut text = String::new();
    let mut rest = mrkdwn;
    while let Some((before, mention)) = rest.split_once("<@") {
        text.push_str(before);
        text.push_str("a colleague");
        rest = mention.split_once('>').map_or("", |(_, after)| after);
    }
    text.push_str(rest);
    let plain = text
        .replace(['*', '`'], "")
        .replace("&lt;", "<")
        .replace("&gt;", ">")
        .replace("&amp;", "&");
    capitalised(&plain)
}

/// The page that takes the place of a form whose outcome is worth reading.
pub fn outcome(message: &Message) -> SlackView {
    page("Done", message)
}

/// The page that answers a click in a view.
pub fn answer(message: &Message) -> SlackView {
    page("Signoff", message)
}

fn page(title: &str, message: &Message) -> SlackView {
    SlackView::Modal(
        SlackModalView::new(kit::plain_text(title), message.blocks.clone())
            .with_callback_id("done".into())
            .with_close(kit::plain_text("Close")),
    )
}
