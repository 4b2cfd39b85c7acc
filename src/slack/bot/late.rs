//! An answer within Slack's 3 s, also when the database takes longer: people are told that it does, and what
//! became of it as soon as that is known. What was begun is never broken off.

use super::{Bot, Person};
use crate::slack::dispatch::{Answer, Reply};
use crate::slack::inbound::Inbound;
use crate::view::{self, Message};
use futures_util::FutureExt;
use serde_json::json;
use std::panic::AssertUnwindSafe;
use std::pin::pin;
use std::time::Duration;
use tokio::time::timeout;

/// When an answer must be on its way: Slack gives up after 3 s, the network's part included.
const ANSWER_WITHIN: Duration = Duration::from_millis(2300);

/// How somebody is told that it takes longer.
enum Late {
    /// In the answer to their command; what became of it follows through its `response_url`.
    Command(Person),
    /// Beside a field of their form, which stays open. Pressed again, the same form is not filed twice.
    Form(String),
    /// By a message to them beside the ack; what became of it shows on the cards.
    Click(Person),
    /// Not at all: without an ack, Slack sends an event again, and keeps a form open.
    Unacknowledged,
    /// Nor is there a need to: nothing is saved by a shortcut, and a form that does not open says so itself.
    Silently,
}

impl Late {
    fn of(inbound: &Inbound) -> Late {
        match inbound {
            Inbound::Command(command) => Late::Command(Person::who_typed(command)),
            Inbound::Action(action) => Late::Click(Person::who_clicked(action)),
            Inbound::Submission(form) => match form.values.keys().next() {
                Some(block) => Late::Form(block.clone()),
                None => Late::Unacknowledged,
            },
            Inbound::Event(_) => Late::Unacknowledged,
            _ => Late::Silently,
        }
    }
}

impl Bot {
    /// The answer if it comes in time, else that it will come.
    pub(super) async fn answer_in_time(self, inbound: Inbound, answer: Answer) {
        let _busy = self.app.busy.enter();
        let late = Late::of(&inbound);
        let mut work = pin!(self.answer(inbound));
        // Nobody hears an answer when the caller has gone; what was done stays.
        let answer = |reply| drop(answer.send(reply));
        if let Ok(reply) = timeout(ANSWER_WITHIN, &mut work).await {
            return answer(reply);
        }
        tracing::warn!("an answer took too long; it follows");
        match late {
            Late::Command(person) => {
                answer(Reply::Text(view::slow()));
                let reply = AssertUnwindSafe(work).catch_unwind().await;
                if let Some(message) = said(reply.unwrap_or(Reply::Unavailable)) {
                    self.tell(person, message);
                }
            }
            Late::Form(block) => {
                let errors = json!({ block: view::slow_form() });
                answer(Reply::Json(
                    json!({ "response_action": "errors", "errors": errors }),
                ));
                work.await;
            }
            Late::Click(person) => {
                self.tell(person, Message::sentence(&view::slow_click()));
                answer(Reply::Empty);
                work.await;
            }
            Late::Unacknowledged => {
                answer(Reply::Unavailable);
                work.await;
            }
            Late::Silently => {
                answer(Reply::Empty);
                work.await;
            }
        }
    }
}

/// A late reply as a message. Without one there was nothing to say: a form opened, or could not and said so.
fn said(reply: Reply) -> Option<Message> {
    match reply {
        Reply::Text(text) => Some(Message::sentence(&text)),
        Reply::Message(message) => Some(message),
        Reply::Json(_) | Reply::Empty => None,
        Reply::Unavailable => Some(Message::sentence(&view::failed())),
    }
}
