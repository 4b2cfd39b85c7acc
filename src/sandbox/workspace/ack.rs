//! The bot's answer to a delivery, applied as Slack applies it.

use std::time::Duration;

use serde_json::{Value, json};
use thiserror::Error;

use super::api::{Refusal, respond, views};
use super::delivery::{Delivery, RawAnswer};
use super::message::{Message, string};
use super::state::{SLACKBOT, State};
use super::validate::Surface;
use super::view::FieldErrors;
use super::{Why, Workspace};

/// Why a delivery failed in Slack's eyes.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum Failure {
    /// No answer within 3 s.
    #[error("operation_timeout")]
    Timeout,
    /// Nobody listens, or the connection broke.
    #[error("dispatch_failed: {0}")]
    Unreachable(String),
    /// A status other than 200.
    #[error("dispatch_failed: HTTP {0}")]
    Status(u16),
    /// Socket Mode without a socket.
    #[error("dispatch_failed: no open connection")]
    NoConnection,
    /// A body that Slack cannot use.
    #[error("unusable ack: {0}")]
    Body(String),
}

impl Failure {
    /// The code that Slackbot shows.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Timeout => "operation_timeout",
            Self::Body(_) => "invalid_response",
            _ => "dispatch_failed",
        }
    }
}

/// What the ack did.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// Received, nothing to show.
    Received,
    /// A command was answered at once; see `Ack::ephemeral`.
    Replied,
    /// The modal closed.
    Closed,
    /// The modal shows these errors, by `block_id`.
    Errors(FieldErrors),
    /// The modal shows another view.
    Updated,
    /// A view was put on top.
    Pushed,
    /// All modals closed.
    Cleared,
    /// Slack shows an error of its own.
    Failed(Failure),
}

/// What came of one act of a person.
#[derive(Clone, Debug)]
pub struct Ack {
    /// The HTTP status; 0 if there was no answer.
    pub status: u16,
    /// `null` if empty, JSON, or a string.
    pub body: Value,
    /// How long the bot took, in real time.
    pub elapsed: Duration,
    /// The message the ack itself showed (`in_channel` replies too); later ones are in the inbox.
    pub ephemeral: Option<Message>,
    /// What the ack did.
    pub outcome: Outcome,
    /// What was sent, to send it again.
    pub delivery: Delivery,
}

impl Ack {
    /// The failure, if Slack would show one.
    pub fn failure(&self) -> Option<&Failure> {
        match &self.outcome {
            Outcome::Failed(failure) => Some(failure),
            _ => None,
        }
    }

    /// The field errors of a refused submission, empty if there are none.
    pub fn errors(&self) -> FieldErrors {
        match &self.outcome {
            Outcome::Errors(errors) => errors.clone(),
            _ => FieldErrors::new(),
        }
    }

    /// The text of the immediate reply, empty if there is none.
    pub fn text(&self) -> String {
        self.ephemeral.as_ref().map(Message::text).unwrap_or_default()
    }
}

/// Whose act it was, and where a failure or a reply shows.
pub(super) struct Origin<'a> {
    pub(super) user: &'a str,
    pub(super) channel: Option<&'a str>,
    /// The view submitted.
    pub(super) view_id: Option<&'a str>,
    /// The command, for Slackbot's sentence.
    pub(super) command: Option<&'a str>,
}

impl Workspace {
    /// Sends the delivery and applies the answer.
    pub(super) async fn deliver(&self, delivery: Delivery, origin: Origin<'_>) -> Ack {
        let answer = self.send(&delivery, None).await;
        let mut ack = Ack {
            status: 0,
            body: Value::Null,
            elapsed: Duration::ZERO,
            ephemeral: None,
            outcome: Outcome::Received,
            delivery,
        };
        match answer {
            Ok(answer) => {
                (ack.status, ack.body, ack.elapsed) = (answer.status, answer.value(), answer.elapsed);
                self.apply(&mut ack, &answer, &origin);
            }
            Err(failure) => {
                if let Failure::Status(status) = failure {
                    ack.status = status;
                }
                ack.ephemeral = self.slackbot(&origin, &failure);
                ack.outcome = Outcome::Failed(failure);
            }
        }
        self.touch();
        ack
    }

    fn apply(&self, ack: &mut Ack, answer: &RawAnswer, origin: &Origin<'_>) {
        let applied = match (ack.delivery.kind.as_str(), origin.view_id) {
            ("slash_command", _) => self.reply(&ack.body, origin).map(|message| {
                ack.outcome = if message.is_some() {
                    Outcome::Replied
                } else {
                    Outcome::Received
                };
                ack.ephemeral = message;
            }),
            ("view_submission", Some(view_id)) => {
                let body = if answer.body.trim().is_empty() {
                    &Value::Null
                } else {
                    &ack.body
                };
                submitted(&mut self.state(), origin.user, view_id, body).map(|outcome| ack.outcome = outcome)
            }
            _ => Ok(()),
        };
        if let Err(refusal) = applied {
            let failure = Failure::Body(format!("{} {}", refusal.code, refusal.extra));
            self.leave(Why::FailedAck, &ack.delivery.kind, failure.to_string());
            ack.ephemeral = self.slackbot(origin, &failure);
            ack.outcome = Outcome::Failed(failure);
        }
    }

    /// The body of a command's ack is a message: <https://docs.slack.dev/interactivity/implementing-slash-commands/>.
    fn reply(&self, body: &Value, origin: &Origin<'_>) -> Result<Option<Message>, Refusal> {
        let reply = match body {
            Value::Null => return Ok(None),
            Value::String(text) => json!({"text": text}),
            Value::Object(fields) if fields.get("text").is_none() && fields.get("blocks").is_none() => {
                return Ok(None);
            }
            other => other.clone(),
        };
        let reply = serde_json::from_value(reply)
            .map_err(|error| Refusal::payload("invalid_response", &[error.to_string()]))?;
        let now = self.now();
        let mut state = self.state();
        let channel = origin.channel.unwrap_or_default();
        let mut message = respond::say(&mut state, origin.user, channel, reply, now, false)?;
        message.reader = state.reader(Some(origin.user), now);
        Ok(Some(message))
    }

    /// Slackbot's note that something failed, where the person is; nothing in a modal or Home.
    fn slackbot(&self, origin: &Origin<'_>, failure: &Failure) -> Option<Message> {
        let now = self.now();
        let mut state = self.state();
        let ts = state.next_ts(now);
        let mut message = Message::new(origin.channel?, ts, SLACKBOT, now);
        let what = origin.command.unwrap_or("That");
        message.text = format!("{what} failed with the error \"{}\"", failure.code());
        state.whisper(origin.user, message.clone());
        message.ephemeral_to = Some(origin.user.to_owned());
        message.reader = state.reader(Some(origin.user), now);
        Some(message)
    }
}

/// <https://docs.slack.dev/surfaces/modals/#response_actions>
fn submitted(state: &mut State, user: &str, view_id: &str, body: &Value) -> Result<Outcome, Refusal> {
    let action = body["response_action"].as_str();
    match (body, action) {
        (Value::Null, _) => {
            state
                .stacks
                .entry(user.to_owned())
                .or_default()
                .retain(|view| view.id != view_id);
            Ok(Outcome::Closed)
        }
        (_, Some("clear")) => {
            state.stacks.remove(user);
            Ok(Outcome::Cleared)
        }
        (_, Some("errors")) => show_errors(state, view_id, &body["errors"]),
        (_, Some("update")) => {
            let spec = views::checked(body.get("view"), Surface::Modal)?;
            let (_, view) = state.view_mut(view_id).ok_or("not_found")?;
            views::replace(view, spec);
            Ok(Outcome::Updated)
        }
        (_, Some("push")) => {
            let spec = views::checked(body.get("view"), Surface::Modal)?;
            views::add(state, user, spec, true)?;
            Ok(Outcome::Pushed)
        }
        (Value::Object(fields), None) if fields.is_empty() => {
            state
                .stacks
                .entry(user.to_owned())
                .or_default()
                .retain(|view| view.id != view_id);
            Ok(Outcome::Closed)
        }
        _ => Err(Refusal::payload(
            "invalid_response",
            &["[ERROR] no known response_action".to_owned()],
        )),
    }
}

/// Every key must be the `block_id` of an input, every value a sentence.
fn show_errors(state: &mut State, view_id: &str, errors: &Value) -> Result<Outcome, Refusal> {
    let (_, view) = state.view_mut(view_id).ok_or("not_found")?;
    let inputs = view.inputs();
    let fields = errors.as_object().filter(|fields| !fields.is_empty());
    let fields = fields.ok_or_else(|| Refusal::payload("invalid_response", &["no errors".to_owned()]))?;
    let mut shown = FieldErrors::new();
    for (block_id, error) in fields {
        let sentence = string(error);
        if !inputs.contains(block_id) || sentence.is_empty() {
            let problem = format!("[ERROR] {block_id} is no input block, or its error is empty");
            return Err(Refusal::payload("invalid_response", &[problem]));
        }
        shown.insert(block_id.clone(), sentence);
    }
    view.errors.clone_from(&shown);
    Ok(Outcome::Errors(shown))
}
