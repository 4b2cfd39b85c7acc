//! The payloads that Slack delivers, in their usual shapes.
//!
//! <https://docs.slack.dev/interactivity/implementing-slash-commands/>,
//! <https://docs.slack.dev/reference/interaction-payloads/>, <https://docs.slack.dev/apis/events-api/>

use std::time::Instant;

use chrono::{DateTime, Utc};
use serde_json::{Value, json};

use super::channel::Reach;
use super::delivery::{Delivery, Shape};
use super::message::Message;
use super::people::User;
use super::state::State;
use super::text;
use super::view::{View, merge, state_values};

/// What a payload needs besides the state.
pub(super) struct Setting<'a> {
    pub(super) now: DateTime<Utc>,
    /// The origin of response URLs.
    pub(super) origin: &'a str,
    pub(super) user: &'a User,
}

/// Where somebody clicked.
pub(super) enum Place<'a> {
    Message(&'a Message),
    View(&'a View),
}

pub(super) fn command(
    state: &mut State,
    at: &Setting<'_>,
    command: &str,
    text: &str,
    channel: &str,
) -> Delivery {
    let user = at.user;
    let trigger = state.secrets.new_trigger(&user.id, false, Instant::now());
    let secret = state.secrets.new_response_url(&user.id, channel, None, at.now);
    let payload = json!({
        "token": state.app.verification_token,
        "team_id": user.team(&state.team_id),
        "team_domain": state.team_domain,
        "channel_id": channel,
        "channel_name": channel_name(state, channel),
        "user_id": user.id,
        "user_name": user.name,
        "command": command,
        "text": text::typed(text),
        "api_app_id": state.app.app_id,
        "is_enterprise_install": "false",
        "response_url": format!("{}/respond/{secret}", at.origin),
        "trigger_id": trigger,
    });
    Delivery {
        kind: "slash_command".to_owned(),
        shape: Shape::Command,
        payload,
    }
}

/// Slack hides the names of private places.
fn channel_name(state: &State, channel: &str) -> String {
    match state.channels.get(channel) {
        Some(channel) if channel.reach == Reach::Private => "privategroup".to_owned(),
        Some(channel) => channel.name.clone(),
        None => "directmessage".to_owned(),
    }
}

/// What all interactions have in common.
fn interaction(state: &mut State, at: &Setting<'_>, kind: &str, in_modal: bool, extra: Value) -> Delivery {
    let trigger = state.secrets.new_trigger(&at.user.id, in_modal, Instant::now());
    let mut payload = json!({
        "type": kind,
        "user": at.user.in_payload(&state.team_id),
        "api_app_id": state.app.app_id,
        "token": state.app.verification_token,
        "trigger_id": trigger,
        "team": {"id": state.team_id, "domain": state.team_domain},
        "enterprise": null,
        "is_enterprise_install": false,
    });
    merge(&mut payload, extra);
    Delivery {
        kind: kind.to_owned(),
        shape: Shape::Interactive,
        payload,
    }
}

/// A click or a choice; `action` gets its `action_ts` here.
pub(super) fn block_actions(
    state: &mut State,
    at: &Setting<'_>,
    place: &Place<'_>,
    mut action: Value,
) -> Delivery {
    action["action_ts"] = json!(state.next_ts(at.now));
    match place {
        Place::View(view) => {
            let extra = json!({
                "container": {"type": "view", "view_id": view.id},
                "view": view.to_json(&state.view_owner()),
                "actions": [action],
            });
            interaction(state, at, "block_actions", view.kind() == "modal", extra)
        }
        Place::Message(message) => {
            let extra = message_click(state, at, message, action);
            interaction(state, at, "block_actions", false, extra)
        }
    }
}

fn message_click(state: &mut State, at: &Setting<'_>, message: &Message, action: Value) -> Value {
    let ephemeral = message.ephemeral_to.is_some();
    let original = Some((message.ts.clone(), ephemeral));
    let secret = state
        .secrets
        .new_response_url(&at.user.id, &message.channel, original, at.now);
    let container = json!({
        "type": "message",
        "message_ts": message.ts,
        "channel_id": message.channel,
        "is_ephemeral": ephemeral,
    });
    let key = action["action_id"].clone();
    let values = state_values(&message.blocks, &|_, element| {
        // The chosen element already shows its new value.
        if element["action_id"] == key {
            chosen(&action)
        } else {
            super::fill::initial(element)
        }
    });
    let mut extra = json!({
        "container": container,
        "channel": {"id": message.channel, "name": channel_name(state, &message.channel)},
        "state": {"values": values},
        "response_url": format!("{}/respond/{secret}", at.origin),
        "actions": [action],
    });
    // Slack does not know what an ephemeral message said.
    if !ephemeral {
        extra["message"] = message.to_json(&state.bot_identity(), true);
    }
    extra
}

/// The state value inside an action.
fn chosen(action: &Value) -> Value {
    let fields = action.as_object().into_iter().flatten();
    let kept = fields.filter(|(key, _)| *key == "type" || *key == "value" || key.starts_with("selected_"));
    Value::Object(kept.map(|(key, value)| (key.clone(), value.clone())).collect())
}

/// `values` replaces `view.state.values`, if given.
pub(super) fn view_submission(
    state: &mut State,
    at: &Setting<'_>,
    view: &View,
    values: Option<Value>,
) -> Delivery {
    let mut shown = view.to_json(&state.view_owner());
    if let Some(values) = values {
        shown["state"] = json!({"values": values});
    }
    interaction(
        state,
        at,
        "view_submission",
        true,
        json!({"view": shown, "response_urls": []}),
    )
}

pub(super) fn view_closed(state: &mut State, at: &Setting<'_>, view: &View, cleared: bool) -> Delivery {
    let shown = view.to_json(&state.view_owner());
    let mut delivery = interaction(
        state,
        at,
        "view_closed",
        true,
        json!({"view": shown, "is_cleared": cleared}),
    );
    if let Some(payload) = delivery.payload.as_object_mut() {
        payload.remove("trigger_id");
    }
    delivery
}

pub(super) fn message_shortcut(
    state: &mut State,
    at: &Setting<'_>,
    callback_id: &str,
    message: &Message,
) -> Delivery {
    let original = Some((message.ts.clone(), message.ephemeral_to.is_some()));
    let secret = state
        .secrets
        .new_response_url(&at.user.id, &message.channel, original, at.now);
    let extra = json!({
        "callback_id": callback_id,
        "action_ts": state.next_ts(at.now),
        "message_ts": message.ts,
        "channel": {"id": message.channel, "name": channel_name(state, &message.channel)},
        "message": message.to_json(&state.bot_identity(), false),
        "response_url": format!("{}/respond/{secret}", at.origin),
    });
    interaction(state, at, "message_action", false, extra)
}

pub(super) fn global_shortcut(state: &mut State, at: &Setting<'_>, callback_id: &str) -> Delivery {
    let extra = json!({"callback_id": callback_id, "action_ts": state.next_ts(at.now)});
    interaction(state, at, "shortcut", false, extra)
}

/// Wraps an event in its `event_callback`.
pub(super) fn event(state: &mut State, now: DateTime<Utc>, mut event: Value) -> Delivery {
    let kind = super::message::string(&event["type"]);
    if event.get("event_ts").is_none() {
        event["event_ts"] = json!(state.next_ts(now));
    }
    let event_id = state.next_id("Ev");
    let payload = json!({
        "token": state.app.verification_token,
        "team_id": state.team_id,
        "api_app_id": state.app.app_id,
        "event": event,
        "type": "event_callback",
        "event_id": event_id,
        "event_time": now.timestamp(),
        "authorizations": [{
            "enterprise_id": null, "team_id": state.team_id, "user_id": state.app.bot_user,
            "is_bot": true, "is_enterprise_install": false,
        }],
        "is_ext_shared_channel": false,
        "event_context": format!("4-{event_id}"),
    });
    Delivery {
        kind,
        shape: Shape::Event,
        payload,
    }
}
