//! The shapes behind [`super::inbound`]: small, tolerant of unknown fields, unknown variants and `null`.
//!
//! Only what a payload cannot go without is insisted on; an interaction without a user is nobody's and
//! becomes [`Inbound::Unknown`], so that it is acknowledged and not sent again.

use serde::Deserialize;
use serde_json::Value;
use std::collections::BTreeMap;

use super::inbound::{
    BadRequest, BlockAction, Inbound, InputValue, Shortcut, ShortcutMessage, SlackEvent, SlashCommand,
    ViewKind, ViewRef, ViewSubmission,
};
use super::loose;

/// The fields of a slash command, from a form or from an envelope.
pub(super) fn read_command(fields: Value) -> Result<Inbound, BadRequest> {
    let c: CommandShape = serde_json::from_value(fields).map_err(|_| BadRequest::NotReadable)?;
    let required = |value: Option<String>, name| value.ok_or(BadRequest::Missing(name));
    Ok(Inbound::Command(SlashCommand {
        command: required(filled(c.command), "command")?,
        team_id: c.team_id,
        user_id: required(filled(c.user_id), "user_id")?,
        user_name: c.user_name,
        channel_id: c.channel_id,
        text: decoded(&c.text),
        trigger_id: filled(c.trigger_id),
        response_url: filled(c.response_url),
    }))
}

/// What was typed, where Slack writes its three control characters as entities: in commands, not in forms.
fn decoded(text: &str) -> String {
    // The ampersand last, so that nothing is decoded twice.
    text.replace("&lt;", "<")
        .replace("&gt;", ">")
        .replace("&amp;", "&")
}

/// A JSON payload: an interaction, an event, a verification.
pub(super) fn read(payload: Value) -> Result<Inbound, BadRequest> {
    let mut p: Shape = serde_json::from_value(payload).map_err(|_| BadRequest::NotReadable)?;
    let nobody = p.user.id.is_empty();
    match std::mem::take(&mut p.kind).as_str() {
        "" => Err(BadRequest::Missing("type")),
        "url_verification" => Ok(Inbound::UrlVerification {
            challenge: p.challenge,
        }),
        "event_callback" => Ok(event(p)),
        "view_closed" => Ok(Inbound::Closed),
        kind @ ("block_actions" | "view_submission" | "shortcut" | "message_action") if nobody => {
            Ok(Inbound::unknown(kind))
        }
        "block_actions" => Ok(action(p)),
        "view_submission" => submission(p),
        "shortcut" | "message_action" => Ok(shortcut(p)),
        other => Ok(Inbound::unknown(other)),
    }
}

fn event(p: Shape) -> Inbound {
    let text = |value: &Value| value.as_str().and_then(|s| filled(s.to_owned()));
    let Some(kind) = text(&p.event["type"]) else {
        return Inbound::unknown("event_callback");
    };
    // `user` is an id, or, in `user_change` and its like, the person.
    let user_id = text(&p.event["user"]).or_else(|| text(&p.event["user"]["id"]));
    Inbound::Event(SlackEvent {
        team_id: filled(p.team_id),
        event_id: filled(p.event_id),
        kind,
        user_id,
        raw: p.event,
    })
}

/// The first action that has a name. Slack documents a list and sends one; were there more, they would
/// share the click, and one click must not do two things.
fn action(p: Shape) -> Inbound {
    let team_id = p.team();
    let Some(clicked) = p.actions.into_iter().find(|a| !a.action_id.is_empty()) else {
        return Inbound::unknown("block_actions");
    };
    let value = match clicked.element.read() {
        InputValue::Many(all) => filled(all.join(",")),
        one => one.as_str().map(str::to_owned),
    };
    Inbound::Action(BlockAction {
        team_id,
        user_id: p.user.id,
        user_team_id: filled(p.user.team_id),
        action_id: clicked.action_id,
        block_id: clicked.block_id,
        value,
        action_ts: clicked.action_ts,
        trigger_id: filled(p.trigger_id),
        response_url: filled(p.response_url),
        channel_id: filled(p.channel.id).or(filled(p.container.channel_id)),
        message_ts: filled(p.container.message_ts).or(filled(p.message.ts)),
        view: p.view.map(ViewShape::read).filter(|v| !v.id.is_empty()),
    })
}

fn submission(p: Shape) -> Result<Inbound, BadRequest> {
    let team_id = p.team();
    let view = p.view.map(ViewShape::read).ok_or(BadRequest::Missing("view"))?;
    Ok(Inbound::Submission(ViewSubmission {
        team_id,
        user_id: p.user.id,
        user_team_id: filled(p.user.team_id),
        trigger_id: filled(p.trigger_id),
        view_id: view.id,
        hash: view.hash,
        callback_id: view.callback_id,
        private_metadata: view.private_metadata,
        values: view.values,
    }))
}

fn shortcut(p: Shape) -> Inbound {
    let team_id = p.team();
    let channel_id = filled(p.channel.id);
    let message = channel_id
        .zip(filled(p.message.ts))
        .map(|(channel_id, ts)| ShortcutMessage {
            channel_id,
            ts,
            text: p.message.text,
            user: filled(p.message.user),
        });
    Inbound::Shortcut(Shortcut {
        team_id,
        user_id: p.user.id,
        user_team_id: filled(p.user.team_id),
        callback_id: p.callback_id,
        trigger_id: filled(p.trigger_id),
        message,
        response_url: filled(p.response_url),
    })
}

fn filled(text: String) -> Option<String> {
    (!text.is_empty()).then_some(text)
}

#[derive(Deserialize)]
#[serde(default)]
#[derive(Default)]
struct CommandShape {
    #[serde(deserialize_with = "loose::field")]
    command: String,
    #[serde(deserialize_with = "loose::field")]
    team_id: String,
    #[serde(deserialize_with = "loose::field")]
    user_id: String,
    #[serde(deserialize_with = "loose::field")]
    user_name: String,
    #[serde(deserialize_with = "loose::field")]
    channel_id: String,
    #[serde(deserialize_with = "loose::field")]
    text: String,
    #[serde(deserialize_with = "loose::field")]
    trigger_id: String,
    #[serde(deserialize_with = "loose::field")]
    response_url: String,
}

/// Every payload there is; each uses its own few of these.
#[derive(Default, Deserialize)]
#[serde(default)]
struct Shape {
    #[serde(rename = "type", deserialize_with = "loose::field")]
    kind: String,
    #[serde(deserialize_with = "loose::field")]
    challenge: String,
    #[serde(deserialize_with = "loose::field")]
    team_id: String,
    #[serde(deserialize_with = "loose::field")]
    event_id: String,
    event: Value,
    #[serde(deserialize_with = "loose::field")]
    team: Named,
    #[serde(deserialize_with = "loose::field")]
    user: Named,
    #[serde(deserialize_with = "loose::field")]
    channel: Named,
    #[serde(deserialize_with = "loose::field")]
    trigger_id: String,
    #[serde(deserialize_with = "loose::field")]
    response_url: String,
    #[serde(deserialize_with = "loose::field")]
    callback_id: String,
    #[serde(deserialize_with = "loose::field")]
    container: Container,
    #[serde(deserialize_with = "loose::field")]
    message: Message,
    #[serde(deserialize_with = "loose::field")]
    view: Option<ViewShape>,
    #[serde(deserialize_with = "loose::field")]
    actions: Vec<ActionShape>,
}

impl Shape {
    /// The payload's workspace, else the one the view's app is installed in. Never the person's: who
    /// comes from elsewhere must not pass for one of ours.
    fn team(&self) -> Option<String> {
        let installed = self.view.as_ref().map(|v| v.app_installed_team_id.clone());
        filled(self.team.id.clone()).or_else(|| filled(installed.unwrap_or_default()))
    }
}

/// Whatever has an id: a team, a person, a conversation.
#[derive(Default, Deserialize)]
#[serde(default)]
struct Named {
    #[serde(deserialize_with = "loose::field")]
    id: String,
    #[serde(deserialize_with = "loose::field")]
    team_id: String,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Container {
    #[serde(deserialize_with = "loose::field")]
    channel_id: String,
    #[serde(deserialize_with = "loose::field")]
    message_ts: String,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Message {
    #[serde(deserialize_with = "loose::field")]
    ts: String,
    #[serde(deserialize_with = "loose::field")]
    text: String,
    #[serde(deserialize_with = "loose::field")]
    user: String,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct ActionShape {
    #[serde(deserialize_with = "loose::field")]
    action_id: String,
    #[serde(deserialize_with = "loose::field")]
    block_id: String,
    #[serde(deserialize_with = "loose::field")]
    action_ts: String,
    #[serde(flatten)]
    element: Element,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct ViewShape {
    #[serde(deserialize_with = "loose::field")]
    id: String,
    #[serde(deserialize_with = "loose::field")]
    hash: String,
    #[serde(deserialize_with = "loose::field")]
    callback_id: String,
    #[serde(deserialize_with = "loose::field")]
    private_metadata: String,
    #[serde(rename = "type", deserialize_with = "loose::field")]
    kind: String,
    #[serde(deserialize_with = "loose::field")]
    app_installed_team_id: String,
    #[serde(deserialize_with = "loose::field")]
    state: State,
}

impl ViewShape {
    fn read(self) -> ViewRef {
        let one = |mut elements: BTreeMap<String, Element>| {
            elements.remove("value").or_else(|| elements.into_values().next())
        };
        let blocks = self.state.values.into_iter();
        ViewRef {
            id: self.id,
            hash: self.hash,
            callback_id: self.callback_id,
            private_metadata: self.private_metadata,
            kind: match self.kind.as_str() {
                "modal" => ViewKind::Modal,
                "home" => ViewKind::Home,
                _ => ViewKind::Other,
            },
            values: blocks
                .filter_map(|(block_id, e)| Some((block_id, one(e)?.read())))
                .collect(),
        }
    }
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct State {
    #[serde(deserialize_with = "loose::map")]
    values: BTreeMap<String, BTreeMap<String, Element>>,
}

/// The state of an input, or what an action carries: the same fields under the same names.
#[derive(Default, Deserialize)]
#[serde(default)]
struct Element {
    #[serde(rename = "type", deserialize_with = "loose::field")]
    kind: String,
    #[serde(deserialize_with = "loose::field")]
    value: Option<String>,
    #[serde(deserialize_with = "loose::field")]
    selected_option: Option<Choice>,
    #[serde(deserialize_with = "loose::field")]
    selected_options: Vec<Choice>,
    #[serde(deserialize_with = "loose::field")]
    selected_user: Option<String>,
    #[serde(deserialize_with = "loose::field")]
    selected_users: Vec<String>,
    #[serde(deserialize_with = "loose::field")]
    selected_channel: Option<String>,
    #[serde(deserialize_with = "loose::field")]
    selected_channels: Vec<String>,
    #[serde(deserialize_with = "loose::field")]
    selected_conversation: Option<String>,
    #[serde(deserialize_with = "loose::field")]
    selected_conversations: Vec<String>,
    #[serde(deserialize_with = "loose::field")]
    selected_date: Option<String>,
    #[serde(deserialize_with = "loose::field")]
    selected_time: Option<String>,
    #[serde(deserialize_with = "loose::field")]
    selected_date_time: Option<i64>,
}

#[derive(Default, Deserialize)]
struct Choice {
    #[serde(default, deserialize_with = "loose::field")]
    value: String,
}

impl Element {
    /// By what it is called, not by what it holds: an empty menu holds nothing to recognise it by.
    fn read(self) -> InputValue {
        let values = |choices: Vec<Choice>| choices.into_iter().map(|c| c.value).collect();
        match self.kind.as_str() {
            "button" | "plain_text_input" | "number_input" | "email_text_input" | "url_text_input" => {
                InputValue::Text(self.value)
            }
            "static_select" | "external_select" | "radio_buttons" | "overflow" => {
                InputValue::Selected(self.selected_option.map(|c| c.value))
            }
            "users_select" => InputValue::Selected(self.selected_user),
            "channels_select" => InputValue::Selected(self.selected_channel),
            "conversations_select" => InputValue::Selected(self.selected_conversation),
            "checkboxes" | "multi_static_select" | "multi_external_select" => {
                InputValue::Many(values(self.selected_options))
            }
            "multi_users_select" => InputValue::Many(self.selected_users),
            "multi_channels_select" => InputValue::Many(self.selected_channels),
            "multi_conversations_select" => InputValue::Many(self.selected_conversations),
            "datepicker" => InputValue::Date(self.selected_date),
            "timepicker" => InputValue::Time(self.selected_time),
            "datetimepicker" => InputValue::Time(self.selected_date_time.map(|s| s.to_string())),
            // A value is a value, whatever the element is called.
            _ if self.value.is_some() => InputValue::Text(self.value),
            _ if self.selected_option.is_some() => {
                InputValue::Selected(self.selected_option.map(|c| c.value))
            }
            _ if !self.selected_options.is_empty() => InputValue::Many(values(self.selected_options)),
            _ if self.selected_date.is_some() => InputValue::Date(self.selected_date),
            _ => InputValue::Other,
        }
    }
}
