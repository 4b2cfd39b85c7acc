//! From what Slack sends to an answer: look people up, hand the command to the core, say what became of
//! it. Whoever waits gets an answer; whatever must not be lost is saved before.

mod action;
mod away;
mod command;
mod late;
mod submission;

use super::answer::DeliveryError;
use super::directory::Directory;
use super::dispatch::{Ephemeral, Handler, Reply};
use super::gateway::Gateway;
use super::inbound::{BlockAction, Inbound, Shortcut, SlackEvent, SlashCommand, ViewKind};
use crate::app::{App, HandleError, Handled, Incoming};
use crate::domain::away::Absences;
use crate::domain::command::{Actor, Command, Rejection};
use crate::domain::event::Event;
use crate::domain::filing::Draft;
use crate::domain::ids::{RequestId, UserId};
use crate::domain::people::Facts;
use crate::domain::request::{Lane, Request};
use crate::domain::text::Link;
use crate::store::StoreError;
use crate::view::{self, Message};
use serde_json::json;
use slack_morphism::prelude::*;
use std::sync::Arc;
use std::time::Duration;
use tokio::time::timeout;

/// All lookups before an answer together: with 1.5 s for a form after them, the ack is inside Slack's 3 s.
const LOOKUPS_WITHIN: Duration = Duration::from_secs(1);

/// Answers people in Slack. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Bot {
    app: App,
    /// With the short time-out of somebody who waits.
    directory: Directory,
    quick: Gateway,
    gateway: Gateway,
}

/// Who did something, and through which door an answer reaches them besides the ack.
#[derive(Clone, Debug)]
struct Person {
    user: UserId,
    response_url: Option<String>,
    channel: Option<String>,
    /// For somebody who clicked in a view, where nothing ephemeral can be shown: an answer opens on top of it.
    trigger_id: Option<String>,
}

impl Person {
    /// Whoever clicked a button.
    fn who_clicked(action: &BlockAction) -> Person {
        // A modal on top of a modal would take its place, with what was typed there.
        let at_home = action
            .view
            .as_ref()
            .is_some_and(|view| view.kind == ViewKind::Home);
        Person {
            user: UserId::new(action.user_id.clone()),
            response_url: action.response_url.clone(),
            channel: action.channel_id.clone(),
            trigger_id: action.trigger_id.clone().filter(|_| at_home),
        }
    }

    /// Whoever typed a command.
    fn who_typed(command: &SlashCommand) -> Person {
        Person {
            user: UserId::new(command.user_id.clone()),
            response_url: command.response_url.clone(),
            channel: Some(command.channel_id.clone()),
            trigger_id: None,
        }
    }
}

impl Bot {
    /// A bot over an application; `gateway` reaches the people.
    pub fn new(app: App, directory: &Directory, gateway: Gateway) -> Self {
        let quick = gateway.quick();
        Self {
            app,
            directory: directory.through(quick.clone()),
            quick,
            gateway,
        }
    }

    /// As HTTP and Socket Mode want it.
    pub fn handler(self) -> Handler {
        Arc::new(move |inbound, _, answer| Box::pin(self.clone().answer_in_time(inbound, answer)))
    }

    /// Each way boxed, or all would take as much room as the largest.
    async fn answer(&self, inbound: Inbound) -> Reply {
        let key = inbound.dedup_key();
        match inbound {
            Inbound::Command(command) => Box::pin(self.on_command(command, key)).await,
            Inbound::Action(action) => Box::pin(self.on_action(action, key)).await,
            Inbound::Submission(submission) => Box::pin(self.on_submission(submission, key)).await,
            Inbound::Shortcut(shortcut) => Box::pin(self.on_shortcut(shortcut)).await,
            Inbound::Event(event) => Box::pin(self.on_event(event)).await,
            Inbound::Closed | Inbound::Unknown { .. } | Inbound::UrlVerification { .. } => Reply::Empty,
        }
    }

    /// Somebody looks at their App Home. What else happens in Slack is looked up when it matters.
    async fn on_event(&self, event: SlackEvent) -> Reply {
        let (Some(user), "app_home_opened", "home") = (
            event.user_id,
            event.kind.as_str(),
            event.raw["tab"].as_str().unwrap_or_default(),
        ) else {
            return Reply::Empty;
        };
        match self.app.open_home(UserId::new(user)).await {
            Ok(()) => Reply::Empty,
            Err(error) => {
                tracing::error!(%error, "an App Home could not be opened");
                Reply::Unavailable
            }
        }
    }

    /// The global "New request" and the message's "Request review", which brings its permalink along.
    async fn on_shortcut(&self, shortcut: Shortcut) -> Reply {
        let user = UserId::new(shortcut.user_id);
        let person = Person {
            user: user.clone(),
            response_url: shortcut.response_url,
            channel: None,
            trigger_id: None,
        };
        let mut draft = Draft::default();
        match (shortcut.callback_id.as_str(), shortcut.message) {
            ("new_request", _) => {}
            ("request_review", Some(message)) => {
                let permalink = self.quick.permalink(&message.channel_id, &message.ts);
                match timeout(LOOKUPS_WITHIN, permalink)
                    .await
                    .unwrap_or_else(|_| Err(DeliveryError::ours("too_slow")))
                {
                    Ok(link) => draft.link = link,
                    Err(error) => {
                        tracing::warn!(code = error.code(), "no permalink; the form opens without a link")
                    }
                }
            }
            _ => return Reply::Empty,
        }
        let form = view::request_form(&self.app.rules, &user, &draft, None, "");
        if self.open(shortcut.trigger_id.as_deref(), form).await.is_err() {
            self.tell(person, view::form_did_not_open());
        }
        Reply::Empty
    }

    /// Hands a command to the core: the request after it, and what happened, which is nothing if it came twice.
    /// Every refusal and failure comes back as something to tell the person.
    async fn handle(
        &self,
        surface: &'static str,
        key: Option<String>,
        person: &Person,
        request_id: Option<RequestId>,
        command: Command,
    ) -> Result<(Request, Vec<Event>), Refused> {
        let facts = self.facts(&person.user, request_id, &command).await?;
        let actor = Actor::User(person.user.clone());
        let handled = self
            .app
            .handle(Incoming {
                key,
                surface,
                actor,
                request_id,
                command,
                facts,
            })
            .await?;
        match handled {
            Handled::Done { request, events } => Ok((request, events)),
            Handled::Duplicate(Some(request)) => Ok((request, Vec::new())),
            Handled::Duplicate(None) => Err(Refused::Failed),
        }
    }

    /// Would this command be refused? Asked before a form opens, so that nobody writes a reason in vain.
    async fn refusal(
        &self,
        person: &Person,
        request_id: RequestId,
        command: Command,
    ) -> Result<Request, Refused> {
        let facts = self.facts(&person.user, Some(request_id), &command).await?;
        let actor = Actor::User(person.user.clone());
        Ok(self.app.would(request_id, &actor, &command, &facts).await?)
    }

    /// What this command needs to know about people. Most need nothing, and do not carry along the room for it.
    async fn facts(
        &self,
        user: &UserId,
        request_id: Option<RequestId>,
        command: &Command,
    ) -> Result<Facts, Refused> {
        match request_id.filter(|_| needs_facts(command)) {
            Some(request_id) => Box::pin(self.facts_about(user, request_id, command)).await,
            None => Ok(Facts::none()),
        }
    }

    async fn facts_about(
        &self,
        user: &UserId,
        request_id: RequestId,
        command: &Command,
    ) -> Result<Facts, Refused> {
        match self.app.request(request_id).await.map_err(HandleError::from)? {
            Some(request) if needs_facts_about(command, &request, user) => {
                // Only whoever is named or nudged may be away.
                let absences = match matches!(command, Command::Nudge) || named(command).is_some() {
                    true => self.app.absences().await?,
                    false => Absences::default(),
                };
                let about = async {
                    if matches!(command, Command::Nudge) {
                        let waited_for = request.pending().flat_map(Lane::waited_for);
                        let people: Vec<UserId> = waited_for.map(|asked| asked.user.clone()).collect();
                        return self.directory.several(&people, &absences).await;
                    }
                    let facts = self.directory.about(&self.app.rules, &request, user).await;
                    match named(command) {
                        Some(other) => self.directory.with(facts, other, &absences).await,
                        None => facts,
                    }
                };
                // Whoever is not known in time is not known, and refused (R5); they can click again.
                Ok(timeout(LOOKUPS_WITHIN, about).await.unwrap_or_default())
            }
            Some(_) | None => Ok(Facts::none()),
        }
    }

    async fn open(&self, trigger_id: Option<&str>, view: SlackView) -> Result<(), DeliveryError> {
        let trigger_id = trigger_id.unwrap_or_default();
        self.quick.open_view(trigger_id, view).await.inspect_err(|error| {
            tracing::warn!(code = error.code(), "a form could not be opened");
        })
    }

    /// Tells somebody something ephemeral, after the ack: through the `response_url` of what they did, on top
    /// of the view in which they did it, else in the channel, else as a message to them. They may always
    /// click again, so it is not kept.
    fn tell(&self, person: Person, message: Message) {
        let (bot, gateway, busy) = (self.clone(), self.gateway.clone(), self.app.busy.enter());
        tokio::spawn(async move {
            let _busy = busy;
            let told = match (&person.response_url, &person.trigger_id) {
                (Some(url), _) => gateway.respond(url, &json!(Ephemeral::from(&message))).await,
                (None, Some(trigger_id)) => bot.open(Some(trigger_id), view::answer(&message)).await,
                (None, None) => Err(DeliveryError::ours("no_response_url")),
            };
            if told.is_ok() {
                return;
            }
            let content = SlackMessageContent::new()
                .with_text(message.text)
                .with_blocks(message.blocks);
            let user = person.user.as_str();
            let said = match &person.channel {
                Some(channel) => {
                    let request =
                        SlackApiChatPostEphemeralRequest::new(channel.as_str().into(), user.into(), content);
                    gateway.post_ephemeral(&request).await
                }
                None => {
                    let request = SlackApiChatPostMessageRequest::new(user.into(), content);
                    gateway.post_message(&request, None).await.map(drop)
                }
            };
            if let Err(error) = said {
                tracing::warn!(
                    code = error.code(),
                    "an answer did not reach the person who waited for it"
                );
            }
        });
    }
}

/// Why nothing was done, in the terms of whoever must be told.
#[derive(Debug)]
enum Refused {
    /// By the rules.
    Rejected(Rejection, Option<Box<Request>>),
    /// The database failed; nothing was saved.
    Failed,
    /// The database went away in the middle; nobody knows yet whether it was saved.
    Uncertain,
}

impl From<HandleError> for Refused {
    fn from(error: HandleError) -> Self {
        match error {
            HandleError::Rejected { rejection, request } => Refused::Rejected(rejection, request),
            HandleError::Store(error) => {
                tracing::error!(%error, "a command could not be saved");
                match error {
                    StoreError::Uncertain => Refused::Uncertain,
                    _ => Refused::Failed,
                }
            }
        }
    }
}

impl Bot {
    /// One sentence for the person.
    fn sentence(&self, refused: &Refused) -> String {
        match refused {
            Refused::Rejected(rejection, request) => {
                view::rejected(&self.app.rules, request.as_deref(), rejection)
            }
            Refused::Failed => view::failed(),
            Refused::Uncertain => view::uncertain(),
        }
    }

    /// The same as a message.
    fn refusal_message(&self, refused: &Refused) -> Message {
        Message::sentence(&self.sentence(refused))
    }
}

fn needs_facts(command: &Command) -> bool {
    matches!(
        command,
        Command::Nudge
            | Command::Approve { .. }
            | Command::RequestChanges { .. }
            | Command::AskMoreTime(_)
            | Command::HandOver { .. }
            | Command::Reassign { .. }
            | Command::RaiseWideImpact
            | Command::LowerWideImpact { .. }
    )
}

/// Whom the command names, besides the one who gives it.
fn named(command: &Command) -> Option<&UserId> {
    match command {
        Command::HandOver { to, .. } | Command::Reassign { to, .. } => Some(to),
        _ => None,
    }
}

/// The requester may raise wide-impact whoever they are; everybody else's standing matters.
fn needs_facts_about(command: &Command, request: &Request, user: &UserId) -> bool {
    !(matches!(command, Command::RaiseWideImpact) && &request.requester == user)
}

/// A typed link is data until it parses.
fn link_or_none(typed: Option<&str>) -> Option<String> {
    typed
        .map(str::trim)
        .filter(|typed| !typed.is_empty())
        .map(|typed| Link::parse(typed).map_or(typed.to_owned(), String::from))
}
