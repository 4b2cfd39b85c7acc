//! `conversations.*`: <https://docs.slack.dev/reference/methods/conversations.history>

use serde_json::{Value, json};

use super::Answer;
use super::args::Args;
use super::posting::{reachable, readable};
use crate::sandbox::workspace::Workspace;
use crate::sandbox::workspace::channel::Reach;
use crate::sandbox::workspace::message::Message;
use crate::sandbox::workspace::state::State;

pub(super) fn open(workspace: &Workspace, args: &Args) -> Answer {
    let user = args.needed("users")?;
    if user.contains(',') {
        return Err("method_not_supported_for_channel_type".into());
    }
    let mut state = workspace.state();
    reachable(&state, &user)?;
    let already = state
        .channels
        .contains_key(&format!("D{}", user.get(1..).unwrap_or_default()));
    let channel = state.direct(&user);
    Ok(json!({"channel": {"id": channel}, "already_open": already, "no_op": already}))
}

pub(super) fn info(workspace: &Workspace, args: &Args) -> Answer {
    let id = args.needed("channel")?;
    let state = workspace.state();
    let channel = state.channels.get(&id).ok_or("channel_not_found")?;
    if channel.reach == Reach::Private && !channel.bot_member {
        return Err("channel_not_found".into());
    }
    Ok(json!({"channel": channel.to_json(&state.app.bot_user)}))
}

/// Newest first, thread replies left out.
pub(super) fn history(workspace: &Workspace, args: &Args) -> Answer {
    let channel = args.needed("channel")?;
    let state = workspace.state();
    readable(&state, &channel)?;
    let all = state
        .messages
        .get(&channel)
        .into_iter()
        .flat_map(|messages| messages.values().rev());
    let top = all.filter(|message| {
        message
            .thread_ts
            .as_ref()
            .is_none_or(|thread| *thread == message.ts)
    });
    Ok(page(&state, args, top))
}

/// The parent and its replies, oldest first.
pub(super) fn replies(workspace: &Workspace, args: &Args) -> Answer {
    let (channel, ts) = (args.needed("channel")?, args.needed("ts")?);
    let state = workspace.state();
    readable(&state, &channel)?;
    state.message(&channel, &ts).ok_or("thread_not_found")?;
    let all = state
        .messages
        .get(&channel)
        .into_iter()
        .flat_map(|messages| messages.values());
    let thread = all.filter(|message| message.ts == ts || message.thread_ts.as_ref() == Some(&ts));
    Ok(page(&state, args, thread))
}

/// Cuts out `oldest..latest` and the page after `cursor` (the `ts` of the last message shown).
fn page<'a>(state: &State, args: &Args, messages: impl Iterator<Item = &'a Message>) -> Value {
    let inclusive = args.flag("inclusive") == Some(true);
    let bound = |key: &str| args.text(key).and_then(|ts| micros(&ts)).filter(|ts| *ts != 0);
    let (oldest, latest) = (bound("oldest"), bound("latest"));
    let limit = args
        .text("limit")
        .and_then(|limit| limit.parse().ok())
        .unwrap_or(100usize)
        .clamp(1, 999);
    let fits = |ts: i64| {
        oldest.is_none_or(|oldest| ts > oldest || (inclusive && ts == oldest))
            && latest.is_none_or(|latest| ts < latest || (inclusive && ts == latest))
    };
    let cursor = args.text("cursor").filter(|cursor| !cursor.is_empty());
    let mut passed = cursor.is_none();
    let mut found: Vec<&Message> = Vec::new();
    let mut more = false;
    for message in messages.filter(|message| micros(&message.ts).is_some_and(fits)) {
        if !passed {
            passed = cursor.as_ref() == Some(&message.ts);
        } else if found.len() == limit {
            more = true;
            break;
        } else {
            found.push(message);
        }
    }
    let metadata = args.flag("include_all_metadata") == Some(true);
    let next = found
        .last()
        .filter(|_| more)
        .map(|message| message.ts.clone())
        .unwrap_or_default();
    let bot = state.bot_identity();
    let found: Vec<Value> = found
        .into_iter()
        .map(|message| message.to_json(&bot, metadata))
        .collect();
    json!({"messages": found, "has_more": more, "response_metadata": {"next_cursor": next}})
}

/// `seconds.micros` as microseconds; the fraction may be missing or short.
fn micros(ts: &str) -> Option<i64> {
    let (seconds, fraction) = ts.split_once('.').unwrap_or((ts, ""));
    let padded = format!("{fraction:0<6}");
    Some(seconds.parse::<i64>().ok()? * 1_000_000 + padded.get(..6)?.parse::<i64>().ok()?)
}
