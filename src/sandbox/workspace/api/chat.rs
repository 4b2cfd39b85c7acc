//! `chat.*`: <https://docs.slack.dev/reference/methods/chat.postMessage>

use serde_json::{Value, json};

use super::args::Args;
use super::posting::{content, destination, metadata, readable};
use super::{Answer, Refusal};
use crate::sandbox::workspace::Workspace;
use crate::sandbox::workspace::message::Message;
use crate::sandbox::workspace::state::State;

pub(super) fn post_message(workspace: &Workspace, args: &Args) -> Answer {
    let channel = args.needed("channel")?;
    let (content, metadata) = (content(args.text("text"), args.get("blocks"))?, metadata(args)?);
    let now = workspace.now();
    let mut state = workspace.state();
    let channel = destination(&mut state, &channel)?;
    let thread_ts = args.text("thread_ts");
    if let Some(thread) = &thread_ts {
        state.message(&channel, thread).ok_or("thread_not_found")?;
    }
    let ts = state.next_ts(now);
    let author = state.app.bot_user.clone();
    let mut message = Message::new(&channel, ts.clone(), &author, now);
    message.by_bot = true;
    message.text = content.text.unwrap_or_default();
    message.blocks = content.blocks.unwrap_or_default();
    message.metadata = metadata;
    message.client_msg_id = args.text("client_msg_id");
    message.thread_ts = thread_ts;
    message.unfurl_links = args.flag("unfurl_links");
    message.unfurl_media = args.flag("unfurl_media");
    let shown = message.to_json(&state.bot_identity(), true);
    state.post(message);
    Ok(json!({"channel": channel, "ts": ts, "message": shown}))
}

/// What is not given stays: <https://docs.slack.dev/reference/methods/chat.update>.
pub(super) fn update(workspace: &Workspace, args: &Args) -> Answer {
    let (channel, ts) = (args.needed("channel")?, args.needed("ts")?);
    let (content, metadata) = (content(args.text("text"), args.get("blocks"))?, metadata(args)?);
    let now = workspace.now();
    let mut state = workspace.state();
    own_message(&state, &channel, &ts, "cant_update_message")?;
    let message = state.message_mut(&channel, &ts).ok_or("message_not_found")?;
    message.edit(content.text, content.blocks, now);
    if let Some(metadata) = metadata {
        message.metadata = metadata
            .as_object()
            .is_some_and(|m| !m.is_empty())
            .then_some(metadata);
    }
    let (text, message) = (message.text.clone(), message.clone());
    let shown = message.to_json(&state.bot_identity(), true);
    Ok(json!({"channel": channel, "ts": ts, "text": text, "message": shown}))
}

pub(super) fn delete(workspace: &Workspace, args: &Args) -> Answer {
    let (channel, ts) = (args.needed("channel")?, args.needed("ts")?);
    let mut state = workspace.state();
    own_message(&state, &channel, &ts, "cant_delete_message")?;
    state.messages.entry(channel.clone()).or_default().remove(&ts);
    Ok(json!({"channel": channel, "ts": ts}))
}

/// Refuses other people's messages, and places where the bot can no longer write.
fn own_message(state: &State, channel: &str, ts: &str, others: &str) -> Result<(), Refusal> {
    readable(state, channel)?;
    if state
        .channels
        .get(channel)
        .is_some_and(|channel| channel.archived)
    {
        return Err("is_archived".into());
    }
    let message = state.message(channel, ts).ok_or("message_not_found")?;
    if message.by_bot {
        Ok(())
    } else {
        Err(others.into())
    }
}

/// <https://docs.slack.dev/reference/methods/chat.postEphemeral>
pub(super) fn post_ephemeral(workspace: &Workspace, args: &Args) -> Answer {
    let (channel, user) = (args.needed("channel")?, args.needed("user")?);
    let content = content(args.text("text"), args.get("blocks"))?;
    let now = workspace.now();
    let mut state = workspace.state();
    let channel = destination(&mut state, &channel)?;
    let member = state
        .channels
        .get(&channel)
        .is_some_and(|channel| channel.seen_by(&user));
    if !member {
        return Err("user_not_in_channel".into());
    }
    let ts = state.next_ts(now);
    let author = state.app.bot_user.clone();
    let mut message = Message::new(&channel, ts.clone(), &author, now);
    message.by_bot = true;
    message.text = content.text.unwrap_or_default();
    message.blocks = content.blocks.unwrap_or_default();
    message.thread_ts = args.text("thread_ts");
    message.unfurl_links = args.flag("unfurl_links");
    message.unfurl_media = args.flag("unfurl_media");
    state.whisper(&user, message);
    Ok(json!({"message_ts": ts}))
}

pub(super) fn permalink(workspace: &Workspace, args: &Args) -> Answer {
    let (channel, ts) = (args.needed("channel")?, args.needed("message_ts")?);
    let state = workspace.state();
    readable(&state, &channel)?;
    state.message(&channel, &ts).ok_or("message_not_found")?;
    Ok(json!({"channel": channel, "permalink": permalink_of(&state.team_domain, &channel, &ts)}))
}

/// The address of a message.
fn permalink_of(domain: &str, channel: &str, ts: &str) -> Value {
    json!(format!(
        "https://{domain}.slack.com/archives/{channel}/p{}",
        ts.replace('.', "")
    ))
}
