//! Who may post what where: shared by `chat.*` and the response URLs.

use serde_json::Value;

use super::Refusal;
use super::args::Args;
use crate::sandbox::workspace::channel::Reach;
use crate::sandbox::workspace::people::Kind;
use crate::sandbox::workspace::state::State;
use crate::sandbox::workspace::validate::{self, Surface};

/// The longest text; `chat.update` fails above it, and posting recommends it.
const LONGEST_TEXT: usize = 4000;

/// What a message is to say, checked.
#[derive(Debug)]
pub(super) struct Content {
    pub(super) text: Option<String>,
    pub(super) blocks: Option<Vec<Value>>,
}

/// Checks text and blocks and assigns missing ids.
pub(super) fn content(text: Option<String>, blocks: Option<&Value>) -> Result<Content, Refusal> {
    if text
        .as_ref()
        .is_some_and(|text| text.chars().count() > LONGEST_TEXT)
    {
        return Err(Refusal::payload(
            "msg_too_long",
            &["[ERROR] text [json-pointer:/text]".to_owned()],
        ));
    }
    let mut blocks = blocks.cloned();
    if let Some(blocks) = &mut blocks {
        let problems = validate::blocks(blocks, Surface::Message);
        if !problems.is_empty() {
            return Err(Refusal::payload("invalid_blocks", &problems));
        }
        validate::assign_ids(blocks);
    }
    let blocks = blocks.and_then(|blocks| blocks.as_array().cloned());
    if text.as_deref().unwrap_or_default().is_empty() && blocks.as_ref().is_none_or(Vec::is_empty) {
        return Err(Refusal::payload("no_text", &[]));
    }
    Ok(Content { text, blocks })
}

/// `metadata` must name its event and carry an object.
pub(super) fn metadata(args: &Args) -> Result<Option<Value>, Refusal> {
    let Some(metadata) = args.get("metadata") else {
        return Ok(None);
    };
    let empty = metadata.as_object().is_some_and(serde_json::Map::is_empty);
    let good = metadata["event_type"]
        .as_str()
        .is_some_and(|kind| !kind.is_empty())
        && metadata["event_payload"].is_object();
    if !good && !empty {
        let problem = "[ERROR] event_type and event_payload are required [json-pointer:/metadata]";
        return Err(Refusal::payload("invalid_metadata_format", &[problem.to_owned()]));
    }
    Ok(Some(metadata.clone()))
}

/// The conversation that `channel` names for posting; a user id opens the direct message.
pub(super) fn destination(state: &mut State, channel: &str) -> Result<String, Refusal> {
    let id = if state.users.contains_key(channel) {
        reachable(state, channel)?;
        state.direct(channel)
    } else {
        channel.to_owned()
    };
    let found = state.channels.get(&id).ok_or("channel_not_found")?;
    match &found.reach {
        Reach::Direct(user) => reachable(state, user)?,
        Reach::Private if !found.bot_member => return Err("channel_not_found".into()),
        _ if found.archived => return Err("is_archived".into()),
        Reach::Public if !found.bot_member && !state.app.scopes.contains("chat:write.public") => {
            return Err("not_in_channel".into());
        }
        _ => {}
    }
    Ok(id)
}

/// The conversation as a reader: the bot must be in it.
pub(super) fn readable(state: &State, channel: &str) -> Result<(), Refusal> {
    let found = state.channels.get(channel).ok_or("channel_not_found")?;
    match found.reach {
        Reach::Direct(_) => Ok(()),
        _ if found.bot_member => Ok(()),
        Reach::Public => Err("not_in_channel".into()),
        Reach::Private => Err("channel_not_found".into()),
    }
}

/// May the bot open a direct message with this person?
pub(super) fn reachable(state: &State, user: &str) -> Result<(), Refusal> {
    match state.users.get(user).ok_or("user_not_found")?.kind {
        Kind::Deactivated => Err("user_disabled".into()),
        Kind::Bot => Err("cannot_dm_bot".into()),
        _ => Ok(()),
    }
}
