//! What people do in the page. Each act goes through the workspace's person, waits until the bot has done
//! what follows at once, and leads back to where it came from.

use super::controls::{INPUT, VALUE};
use super::place::Place;
use super::{Page, Refused, failed};
use crate::sandbox::workspace::fill;
use crate::sandbox::workspace::{Ack, ActError, Actor, Message, View};
use crate::sandbox::{Sandbox, SandboxError};
use axum::extract::State;
use axum::response::{IntoResponse, Redirect, Response};
use chrono::{FixedOffset, NaiveDateTime, TimeZone};
use serde_json::Value;
use std::collections::BTreeMap;
use std::sync::Arc;
use url::form_urlencoded;

/// The fields of a form, in order.
struct Form(Vec<(String, String)>);

impl Form {
    fn read(body: &str) -> Form {
        Form(form_urlencoded::parse(body.as_bytes()).into_owned().collect())
    }

    fn get(&self, name: &str) -> Option<&str> {
        let mut found = self.0.iter().filter(|(key, _)| key == name);
        found.next().map(|(_, value)| value.as_str())
    }

    /// All that was chosen under a name, separated by commas; empty if nothing was.
    fn all(&self, name: &str) -> String {
        let found = self
            .0
            .iter()
            .filter(|(key, value)| key == name && !value.is_empty());
        let values: Vec<&str> = found.map(|(_, value)| value.as_str()).collect();
        values.join(",")
    }

    /// What was done to a control; see `controls` for how its button says so.
    fn gesture(&self) -> Option<Gesture<'_>> {
        let pair = |name| self.get(name)?.split_once('|');
        if let Some((nth, action_id)) = pair("press") {
            return Some(Gesture::Press(action_id, nth.parse().unwrap_or(0)));
        }
        if let Some((action_id, value)) = pair("choose") {
            return Some(Gesture::Choose(action_id, value.to_owned()));
        }
        let action_id = self.get("pick")?;
        Some(Gesture::Choose(
            action_id,
            self.all(&format!("{VALUE}{action_id}")),
        ))
    }
}

/// A click on the n-th button of an `action_id`, or a value chosen in a control.
enum Gesture<'f> {
    Press(&'f str, usize),
    Choose(&'f str, String),
}

/// Somebody about to act.
struct Visit {
    page: Arc<Page>,
    sandbox: Arc<Sandbox>,
    place: Place,
    form: Form,
    actor: Actor,
}

impl Visit {
    fn new(page: Arc<Page>, body: &str) -> Visit {
        let (sandbox, form) = (page.sandbox(), Form::read(body));
        let place = Place::read(form.get("place").unwrap_or_default(), &sandbox.workspace);
        let actor = sandbox.workspace.user(&place.who);
        Visit {
            page,
            sandbox,
            place,
            form,
            actor,
        }
    }

    /// Remembers what went wrong, waits for the bot, and leads back.
    async fn end(self, outcome: Result<Option<Ack>, ActError>) -> Response {
        let slip = match &outcome {
            // What Slackbot says in the conversation needs no saying twice.
            Ok(Some(ack)) if ack.ephemeral.is_none() => ack
                .failure()
                .map(|failure| format!("Slack got no usable answer from the bot: {failure}.")),
            Ok(_) => None,
            Err(error) => Some(format!("Slack does not let you: {error}.")),
        };
        {
            let mut notes = self.page.notes();
            match slip {
                Some(slip) => notes.slips.insert(self.place.who.clone(), slip),
                None => notes.slips.remove(&self.place.who),
            };
        }
        let settled = self.sandbox.settle().await;
        self.page.touch();
        match settled {
            Ok(()) => Redirect::to(&self.place.url()).into_response(),
            Err(error) => failed(&SandboxError::from(error)),
        }
    }

    /// The message that the form names, if the person sees it here.
    fn message(&self) -> Result<Message, ActError> {
        let channel = self.place.channel(&self.sandbox.workspace);
        let ts = self.form.get("ts").unwrap_or_default();
        let mut all = self.actor.messages(&channel);
        all.extend(self.actor.ephemerals());
        let found = all.into_iter().find(|message| message.ts == ts);
        found.ok_or_else(|| ActError::NotVisible {
            user: self.place.who.clone(),
            what: "a message that is gone".to_owned(),
        })
    }
}

/// A line of the composer: a command, or a message.
pub(super) async fn say(State(page): State<Arc<Page>>, body: String) -> Response {
    let visit = Visit::new(page, &body);
    let channel = visit.place.channel(&visit.sandbox.workspace);
    let text = visit.form.get("text").unwrap_or_default().trim().to_owned();
    let outcome = match text.split_once(char::is_whitespace).unwrap_or((&text, "")) {
        ("", _) => Ok(None),
        ("/review-request", words) => visit
            .actor
            .command("/review-request", words.trim(), &channel)
            .await
            .map(Some),
        (other, _) if other.starts_with('/') => {
            let slip = format!("{other} is not a command here. Try /review-request help.");
            visit.page.notes().slips.insert(visit.place.who.clone(), slip);
            return Redirect::to(&visit.place.url()).into_response();
        }
        // As Slack's client does with what is typed.
        _ => {
            let escaped = text
                .replace('&', "&amp;")
                .replace('<', "&lt;")
                .replace('>', "&gt;");
            visit
                .actor
                .say(&channel, &escaped, visit.form.get("thread"))
                .map(|_| None)
        }
    };
    visit.end(outcome).await
}

/// A click or a choice in a message.
pub(super) async fn in_message(State(page): State<Arc<Page>>, body: String) -> Response {
    let visit = Visit::new(page, &body);
    let (actor, message) = (&visit.actor, visit.message());
    let outcome = match (message, visit.form.gesture()) {
        (Err(error), _) => Err(error),
        (Ok(message), Some(Gesture::Press(action_id, nth))) => {
            actor.click_nth(&message, action_id, nth).await.map(Some)
        }
        (Ok(message), Some(Gesture::Choose(action_id, value))) => {
            actor.choose(&message, action_id, &value).await.map(Some)
        }
        (Ok(_), None) => Ok(None),
    };
    visit.end(outcome).await
}

/// A click or a choice in App Home, or its opening.
pub(super) async fn in_home(State(page): State<Arc<Page>>, body: String) -> Response {
    let visit = Visit::new(page, &body);
    let outcome = match visit.form.gesture() {
        Some(Gesture::Press(action_id, nth)) => visit.actor.click_home(action_id, nth).await.map(Some),
        Some(Gesture::Choose(action_id, value)) => visit.actor.choose_home(action_id, &value).await.map(Some),
        None if visit.form.get("open").is_some() => visit.actor.open_home().await.map(Some),
        None => Ok(None),
    };
    visit.end(outcome).await
}

/// Anything in the open form: a submission, a click, a choice, its closing.
pub(super) async fn in_modal(State(page): State<Arc<Page>>, body: String) -> Response {
    let visit = Visit::new(page, &body);
    let Some(view) = visit.actor.modal() else {
        return visit.end(Err(ActError::NoModal)).await;
    };
    visit.page.notes().refused.remove(&visit.place.who);
    let typed = typed(&visit.form, &view);
    let outcome = if visit.form.get("close").is_some() {
        visit.actor.close_modal().await
    } else if visit.form.get("submit").is_some() {
        submit(&visit, view, typed).await
    } else {
        beside(&visit, &typed).await
    };
    visit.end(outcome).await
}

/// Something in the form was clicked or chosen; it stays open, and what was typed so far is kept.
async fn beside(visit: &Visit, typed: &BTreeMap<String, String>) -> Result<Option<Ack>, ActError> {
    for (block_id, value) in typed {
        let _ = visit.actor.fill(block_id, value);
    }
    match (visit.form.gesture(), visit.form.get("dispatch")) {
        (Some(Gesture::Press(action_id, nth)), _) => visit.actor.click_modal(action_id, nth).await.map(Some),
        (Some(Gesture::Choose(action_id, value)), _) => {
            visit.actor.choose_in_modal(action_id, &value).await.map(Some)
        }
        (None, Some(block_id)) => {
            let value = typed.get(block_id).map(String::as_str).unwrap_or_default();
            visit.actor.choose_modal(block_id, value).await
        }
        (None, None) => Ok(None),
    }
}

/// Sends the form; what the client's own checks refuse stays as it was typed, with the reasons.
async fn submit(visit: &Visit, view: View, typed: BTreeMap<String, String>) -> Result<Option<Ack>, ActError> {
    let values: Vec<(&str, &str)> = typed
        .iter()
        .map(|(block_id, value)| (block_id.as_str(), value.as_str()))
        .collect();
    match visit.actor.submit(&values).await {
        Err(ActError::Client(errors)) => {
            let refused = Refused {
                view_id: view.id,
                values: typed,
                errors,
            };
            visit
                .page
                .notes()
                .refused
                .insert(visit.place.who.clone(), refused);
            Ok(None)
        }
        sent => sent.map(Some),
    }
}

/// What the form holds for each input of the view, by `block_id`.
fn typed(form: &Form, view: &View) -> BTreeMap<String, String> {
    let mut typed = BTreeMap::new();
    for block in view.input_blocks() {
        let Some(block_id) = block["block_id"].as_str() else {
            continue;
        };
        if !fill::holds_value(&block["element"]) {
            continue;
        }
        let mut value = match listed(&block["element"]) {
            true => form.all(&format!("{INPUT}{block_id}")),
            // Line breaks as people mean them, not as HTTP sends them.
            false => form
                .get(&format!("{INPUT}{block_id}"))
                .unwrap_or_default()
                .replace("\r\n", "\n"),
        };
        if block["element"]["type"] == "datetimepicker" {
            value = unix(&value, view.reader.tz_offset).unwrap_or(value);
        }
        typed.insert(block_id.to_owned(), value);
    }
    typed
}

/// Can more than one thing be chosen?
fn listed(element: &Value) -> bool {
    element["type"]
        .as_str()
        .is_some_and(|kind| kind == "checkboxes" || kind.starts_with("multi_"))
}

/// What the browser's control says, in the person's zone, as Slack's Unix seconds.
fn unix(local: &str, tz_offset: i32) -> Option<String> {
    let local = NaiveDateTime::parse_from_str(local, "%Y-%m-%dT%H:%M").ok()?;
    let at = FixedOffset::east_opt(tz_offset)?
        .from_local_datetime(&local)
        .single()?;
    Some(at.timestamp().to_string())
}

/// A shortcut: of a message, if the form names one, else a global one.
pub(super) async fn shortcut(State(page): State<Arc<Page>>, body: String) -> Response {
    let visit = Visit::new(page, &body);
    let callback_id = visit.form.get("callback").unwrap_or_default();
    let outcome = match visit.form.get("ts") {
        None => visit.actor.global_shortcut(callback_id).await,
        Some(_) => match visit.message() {
            Ok(message) => visit.actor.message_shortcut(callback_id, &message).await,
            Err(error) => Err(error),
        },
    };
    visit.end(outcome.map(Some)).await
}

/// Moves the clock; whatever falls due on the way happens at its time and in its order.
pub(super) async fn clock(State(page): State<Arc<Page>>, body: String) -> Response {
    let visit = Visit::new(page, &body);
    let moving = visit.page.moving.lock().await;
    let moved = async {
        let moves = visit.sandbox.moves().await?;
        let to = match visit.form.get("to") {
            Some("reminder") => moves.reminder,
            Some("business-day") => moves.business_day,
            Some("deadline") => moves.deadline,
            Some("hour") => Some(moves.hour),
            _ => None,
        };
        match to {
            Some(to) => visit.sandbox.advance_to(to).await,
            None => Ok(()),
        }
    };
    let moved = moved.await;
    drop(moving);
    match moved {
        Ok(()) => visit.end(Ok(None)).await,
        Err(error) => failed(&SandboxError::from(error)),
    }
}

/// Starts over with an empty workspace.
pub(super) async fn reset(State(page): State<Arc<Page>>) -> Response {
    match page.start_over().await {
        Ok(()) => Redirect::to("/").into_response(),
        Err(error) => failed(&error),
    }
}
