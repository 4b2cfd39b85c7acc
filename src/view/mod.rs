//! From state to Block Kit, pure: every sentence the bot says is a function here (STYLE, rule 7).
//!
//! [`card`] are the messages that are kept up to date, [`mod@notice`], [`mod@reminder`] and [`digest`] the ones
//! that are sent once, [`modal`] the forms, [`mod@home`] the App Home, [`reply`] the answers to a command or a click. All of them
//! build on [`text`] (escaping, people, instants) and on the sentences that several share.

pub mod action;
pub mod admin;
pub mod away;
pub mod card;
mod changed;
pub mod digest;
pub mod home;
mod kit;
mod list;
pub mod mistake;
pub mod modal;
mod more_time;
pub mod notice;
mod quiet;
mod refusal;
pub mod reminder;
pub mod reply;
pub mod target;
pub mod text;
mod why;
mod words;

pub use admin::{channel_gone, clocks_apart, requester_gone};
pub use away::{came_back, went_away};
pub use card::{channel_card, is_spent, requester_card, reviewer_card};
pub use digest::digest_message;
pub use home::{home, no_home};
pub use mistake::{
    answer, field_errors, form_did_not_open, mistake, outcome, plain, unknown_button, unknown_form, wrong,
};
pub use modal::{
    PERSON, ReasonFor, change_form, edit_form, filed_confirmation, hand_over_form, reason_form, request_form,
};
pub use notice::{channel_notice, notice};
pub use reminder::{reminder, reminder_over, snoozed};
pub use reply::{
    done, failed, field_error, filed, help, mine, rejected, show, show_to, slow, slow_click, slow_form,
    uncertain, waiting, why,
};
pub use target::Target;

use slack_morphism::blocks::SlackBlock;

/// A message for `chat.postMessage`, `chat.update`, `chat.postEphemeral` or a `response_url`.
#[derive(Debug, Clone, PartialEq)]
pub struct Message {
    /// What a phone shows before the message is opened: escaped mrkdwn, at most 4,000 characters.
    pub text: String,
    /// The message itself.
    pub blocks: Vec<SlackBlock>,
}

/// Longest `text` of a message; `chat.update` fails above 4,000.
const TEXT_MAX: usize = 3000;

impl Message {
    fn new(text: &str, blocks: Vec<SlackBlock>) -> Self {
        Self {
            text: text::cut(text, TEXT_MAX),
            blocks,
        }
    }

    /// One paragraph of escaped mrkdwn.
    pub fn sentence(text: &str) -> Self {
        Self::new(text, vec![kit::section("said", text)])
    }
}
