//! People at their Slack clients.

use serde_json::{Value, json};
use thiserror::Error;

use super::Workspace;
use super::ack::{Ack, Origin};
use super::delivery::Delivery;
use super::fill;
use super::message::{Message, elements};
use super::payload::{self, Place, Setting};
use super::people::{Kind, User};
use super::state::State;
use super::view::{FieldErrors, View};

/// Why Slack's client does not let a person do something.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum ActError {
    /// No such account.
    #[error("there is no user {0}")]
    NoSuchUser(String),
    /// Deactivated accounts cannot log in.
    #[error("{0} is deactivated")]
    Deactivated(String),
    /// Strangers cannot run an app's commands or shortcuts.
    #[error("{0} is of another organisation and cannot run commands")]
    Outsider(String),
    /// The conversation or message is not theirs to see.
    #[error("{user} cannot see {what}")]
    NotVisible {
        /// Who.
        user: String,
        /// A channel id, or a channel id and `ts`.
        what: String,
    },
    /// There is no such button or option now.
    #[error("there is no {0} to click")]
    NoSuchButton(String),
    /// No modal is open.
    #[error("no modal is open")]
    NoModal,
    /// App Home has never been published to this person.
    #[error("App Home is empty")]
    NoHome,
    /// The client's own checks failed, by `block_id`; nothing was sent.
    #[error("the client refuses: {0:?}")]
    Client(FieldErrors),
}

/// One person.
#[derive(Clone)]
pub struct Actor {
    pub(super) workspace: Workspace,
    pub(super) id: String,
}

impl Actor {
    pub(super) fn new(workspace: Workspace, id: &str) -> Self {
        Self {
            workspace,
            id: id.to_owned(),
        }
    }

    /// The user id.
    pub fn id(&self) -> &str {
        &self.id
    }

    /// Runs a slash command in `channel` (a channel id, or a direct message's).
    pub async fn command(&self, command: &str, text: &str, channel: &str) -> Result<Ack, ActError> {
        self.insider()?;
        self.see(channel)?;
        let made = |state: &mut State, at: &Setting<'_>| payload::command(state, at, command, text, channel);
        let delivery = self.prepare(made)?;
        let origin = Origin {
            channel: Some(channel),
            command: Some(command),
            ..self.origin()
        };
        Ok(self.workspace.deliver(delivery, origin).await)
    }

    /// The id of the direct message with the bot, opened if need be.
    pub fn dm(&self) -> String {
        self.workspace.state().direct(&self.id)
    }

    /// The messages in the direct message with the bot, as they are now, oldest first.
    pub fn inbox(&self) -> Vec<Message> {
        self.messages(&self.dm())
    }

    /// The last few messages in the direct message with the bot, oldest first.
    pub fn recent(&self, most: usize) -> Vec<Message> {
        self.workspace.read(&self.dm(), Some(&self.id), most)
    }

    /// What only this person sees, oldest first.
    pub fn ephemerals(&self) -> Vec<Message> {
        let mut state = self.workspace.state();
        let reader = state.reader(Some(&self.id), self.workspace.now());
        let mut found = state.ephemerals.entry(self.id.clone()).or_default().clone();
        found
            .iter_mut()
            .for_each(|message| message.reader = reader.clone());
        found
    }

    /// The messages of a conversation, thread replies included, as this person reads them.
    pub fn messages(&self, channel: &str) -> Vec<Message> {
        self.workspace.read(channel, Some(&self.id), usize::MAX)
    }

    /// The message as it is now.
    pub fn refresh(&self, message: &Message) -> Option<Message> {
        if message.ephemeral_to.is_some() {
            let mut all = self.ephemerals().into_iter();
            return all.find(|current| current.ts == message.ts);
        }
        let state = self.workspace.state();
        let current = state.message(&message.channel, &message.ts)?.clone();
        let reader = state.reader(Some(&self.id), self.workspace.now());
        Some(Message { reader, ..current })
    }

    /// Posts a message of one's own.
    pub fn say(&self, channel: &str, text: &str, thread_ts: Option<&str>) -> Result<Message, ActError> {
        self.see(channel)?;
        let now = self.workspace.now();
        let message = {
            let mut state = self.workspace.state();
            let ts = state.next_ts(now);
            let mut message = Message::new(channel, ts, &self.id, now);
            message.text = text.to_owned();
            message.thread_ts = thread_ts.map(str::to_owned);
            message.reader = state.reader(Some(&self.id), now);
            state.post(message.clone());
            message
        };
        self.workspace.touch();
        Ok(message)
    }

    /// Clicks the first button with this `action_id` that the message has now.
    pub async fn click(&self, message: &Message, action_id: &str) -> Result<Ack, ActError> {
        self.click_nth(message, action_id, 0).await
    }

    /// Clicks the n-th button (from 0) with this `action_id` that the message has now.
    pub async fn click_nth(&self, message: &Message, action_id: &str, n: usize) -> Result<Ack, ActError> {
        let current = self.current(message)?;
        let action = button(&current.blocks, action_id, n)?;
        self.act(&Place::Message(&current), action).await
    }

    /// Chooses an option (by its value) of an overflow menu or any other control of the message.
    pub async fn choose(&self, message: &Message, action_id: &str, value: &str) -> Result<Ack, ActError> {
        let current = self.current(message)?;
        let action = choice(&current.blocks, action_id, value)?;
        self.act(&Place::Message(&current), action).await
    }

    /// Sends the click of a button that may be long gone: no check at all, not even of the account.
    /// The payload shows `message` as it was handed in.
    pub async fn click_value(
        &self,
        message: &Message,
        action_id: &str,
        value: Option<&str>,
    ) -> Result<Ack, ActError> {
        let known = button(&message.blocks, action_id, 0).ok();
        let mut action = known.unwrap_or_else(|| {
            let text = json!({"type": "plain_text", "text": action_id, "emoji": true});
            json!({"type": "button", "action_id": action_id, "block_id": "stale", "text": text})
        });
        if let Some(value) = value {
            action["value"] = json!(value);
        }
        self.act(&Place::Message(message), action).await
    }

    /// Opens App Home: delivers `app_home_opened`.
    pub async fn open_home(&self) -> Result<Ack, ActError> {
        self.active()?;
        let (channel, home) = {
            let mut state = self.workspace.state();
            let home = state
                .homes
                .get(&self.id)
                .map(|view| view.to_json(&state.view_owner()));
            (state.direct(&self.id), home)
        };
        let mut event =
            json!({"type": "app_home_opened", "user": self.id, "channel": channel, "tab": "home"});
        if let Some(home) = home {
            event["view"] = home;
        }
        Ok(self.workspace.deliver_event(event).await)
    }

    /// App Home as published to this person.
    pub fn home(&self) -> Option<View> {
        let state = self.workspace.state();
        let mut home = state.homes.get(&self.id)?.clone();
        home.reader = state.reader(Some(&self.id), self.workspace.now());
        Some(home)
    }

    /// Clicks the n-th button (from 0) with this `action_id` in App Home.
    pub async fn click_home(&self, action_id: &str, n: usize) -> Result<Ack, ActError> {
        self.active()?;
        let home = self.home().ok_or(ActError::NoHome)?;
        let action = button(home.blocks(), action_id, n)?;
        self.act(&Place::View(&home), action).await
    }

    /// Chooses an option (by its value) of a control in App Home.
    pub async fn choose_home(&self, action_id: &str, value: &str) -> Result<Ack, ActError> {
        self.active()?;
        let home = self.home().ok_or(ActError::NoHome)?;
        let action = choice(home.blocks(), action_id, value)?;
        self.act(&Place::View(&home), action).await
    }

    /// Runs a message shortcut on a message the person sees.
    pub async fn message_shortcut(&self, callback_id: &str, message: &Message) -> Result<Ack, ActError> {
        self.insider()?;
        let current = self.current(message)?;
        let delivery =
            self.prepare(|state, at| payload::message_shortcut(state, at, callback_id, &current))?;
        let origin = Origin {
            channel: Some(&current.channel),
            ..self.origin()
        };
        Ok(self.workspace.deliver(delivery, origin).await)
    }

    /// Runs a global shortcut.
    pub async fn global_shortcut(&self, callback_id: &str) -> Result<Ack, ActError> {
        self.insider()?;
        let delivery = self.prepare(|state, at| payload::global_shortcut(state, at, callback_id))?;
        Ok(self.workspace.deliver(delivery, self.origin()).await)
    }

    pub(super) async fn act(&self, place: &Place<'_>, action: Value) -> Result<Ack, ActError> {
        let delivery = self.prepare(|state, at| payload::block_actions(state, at, place, action))?;
        let channel = match place {
            Place::Message(message) => Some(message.channel.as_str()),
            Place::View(_) => None,
        };
        Ok(self
            .workspace
            .deliver(
                delivery,
                Origin {
                    channel,
                    ..self.origin()
                },
            )
            .await)
    }

    /// Builds a payload under the lock.
    pub(super) fn prepare(
        &self,
        build: impl FnOnce(&mut State, &Setting<'_>) -> Delivery,
    ) -> Result<Delivery, ActError> {
        let user = self.account()?;
        let origin = self.workspace.settings().origin.clone();
        let setting = Setting {
            now: self.workspace.now(),
            origin: &origin,
            user: &user,
        };
        Ok(build(&mut self.workspace.state(), &setting))
    }

    pub(super) fn origin(&self) -> Origin<'_> {
        Origin {
            user: &self.id,
            channel: None,
            view_id: None,
            command: None,
        }
    }

    fn account(&self) -> Result<User, ActError> {
        self.workspace
            .person(&self.id)
            .ok_or_else(|| ActError::NoSuchUser(self.id.clone()))
    }

    pub(super) fn active(&self) -> Result<User, ActError> {
        let user = self.account()?;
        if user.kind == Kind::Deactivated {
            Err(ActError::Deactivated(self.id.clone()))
        } else {
            Ok(user)
        }
    }

    fn insider(&self) -> Result<(), ActError> {
        let user = self.active()?;
        if user.kind == Kind::External {
            Err(ActError::Outsider(self.id.clone()))
        } else {
            Ok(())
        }
    }

    fn see(&self, channel: &str) -> Result<(), ActError> {
        self.active()?;
        if self.workspace.state().sees(&self.id, channel) {
            return Ok(());
        }
        Err(ActError::NotVisible {
            user: self.id.clone(),
            what: channel.to_owned(),
        })
    }

    /// The message as it is now, if this person sees it.
    fn current(&self, message: &Message) -> Result<Message, ActError> {
        if message.ephemeral_to.is_some() {
            self.active()?;
        } else {
            self.see(&message.channel)?;
        }
        let what = format!("{} {}", message.channel, message.ts);
        self.refresh(message).ok_or(ActError::NotVisible {
            user: self.id.clone(),
            what,
        })
    }
}

/// The action of the n-th button with this id.
pub(super) fn button(blocks: &[Value], action_id: &str, n: usize) -> Result<Value, ActError> {
    let buttons = elements(blocks).filter(|(_, e)| e["type"] == "button" && e["action_id"] == action_id);
    let mut buttons = buttons;
    let (block, element) = buttons
        .nth(n)
        .ok_or_else(|| ActError::NoSuchButton(action_id.to_owned()))?;
    let mut action = element.clone();
    action["block_id"] = block["block_id"].clone();
    if let Some(fields) = action.as_object_mut() {
        // Slack does not echo these.
        for key in ["confirm", "url", "accessibility_label"] {
            fields.remove(key);
        }
    }
    Ok(action)
}

/// The action of choosing `value` in the first control with this id that has it.
pub(super) fn choice(blocks: &[Value], action_id: &str, value: &str) -> Result<Value, ActError> {
    let missing = || ActError::NoSuchButton(format!("{action_id} {value}"));
    let controls = elements(blocks).filter(|(_, element)| element["action_id"] == action_id);
    let mut chosen = controls.filter_map(|(block, element)| {
        let picked = if element["type"] == "overflow" {
            let option = fill::option(element, value).ok()?;
            json!({"type": "overflow", "selected_option": option})
        } else {
            fill::typed(element, value).ok()?
        };
        Some((block, picked))
    });
    let (block, mut action) = chosen.next().ok_or_else(missing)?;
    action["action_id"] = json!(action_id);
    action["block_id"] = block["block_id"].clone();
    Ok(action)
}
