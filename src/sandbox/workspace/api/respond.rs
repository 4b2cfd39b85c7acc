//! Response URLs: <https://docs.slack.dev/interactivity/handling-user-interaction/#message_responses>

use axum::body::Bytes;
use axum::extract::{Path, State as Extract};
use axum::http::{HeaderMap, StatusCode};
use axum::response::Response;
use serde::Deserialize;
use serde_json::{Value, json};

use super::args::Args;
use super::posting::content;
use super::{Refusal, fault, json_response};
use crate::sandbox::workspace::message::Message;
use crate::sandbox::workspace::secrets::ResponseUrl;
use crate::sandbox::workspace::state::State;
use crate::sandbox::workspace::{Why, Workspace};

/// What the bot sends to a response URL, or in the ack of a command.
#[derive(Debug, Default, Deserialize)]
pub(crate) struct Reply {
    text: Option<String>,
    blocks: Option<Value>,
    response_type: Option<String>,
    #[serde(default)]
    replace_original: bool,
    #[serde(default)]
    delete_original: bool,
    thread_ts: Option<String>,
    unfurl_links: Option<bool>,
    unfurl_media: Option<bool>,
}

pub(super) async fn respond(
    Extract(workspace): Extract<Workspace>,
    Path(secret): Path<String>,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    let (before, after) = fault::split(workspace.inner.faults.take("response_url", None));
    if let Some(fault) = before {
        workspace.record(
            "response_url",
            Value::Null,
            &json!({"fault": format!("{fault:?}")}),
            0,
        );
        return fault::answer(fault).await;
    }
    let args = Args::parse(&headers, None, &body);
    let shown = args.as_ref().map(Args::to_json).unwrap_or_default();
    let (status, answer) = match args.and_then(|args| apply(&workspace, &secret, args.read()?)) {
        Ok(()) => (StatusCode::OK, json!({"ok": true})),
        Err(refusal) => {
            if refusal.payload {
                let detail = format!("{} {}", refusal.code, refusal.extra);
                workspace.leave(Why::RefusedPayload, "response_url", detail);
            }
            let status = if refusal.payload {
                StatusCode::BAD_REQUEST
            } else {
                StatusCode::NOT_FOUND
            };
            (status, refusal.to_json())
        }
    };
    workspace.record("response_url", shown, &answer, status.as_u16());
    workspace.touch();
    match after {
        Some(fault::After::Delay(length)) => tokio::time::sleep(length).await,
        Some(fault::After::Fail(fault)) => return fault::answer(fault).await,
        None => {}
    }
    json_response(status, &answer)
}

fn apply(workspace: &Workspace, secret: &str, reply: Reply) -> Result<(), Refusal> {
    let now = workspace.now();
    let mut state = workspace.state();
    let url = state.secrets.respond(secret, now)?;
    if reply.delete_original || reply.replace_original {
        return change_original(&mut state, &url, reply, now);
    }
    say(&mut state, &url.user, &url.channel, reply, now, true).map(drop)
}

fn change_original(
    state: &mut State,
    url: &ResponseUrl,
    reply: Reply,
    now: chrono::DateTime<chrono::Utc>,
) -> Result<(), Refusal> {
    let Some((ts, ephemeral)) = url.original.clone() else {
        return say(state, &url.user, &url.channel, reply, now, true).map(drop);
    };
    if reply.delete_original {
        if ephemeral {
            state
                .ephemerals
                .entry(url.user.clone())
                .or_default()
                .retain(|message| message.ts != ts);
        } else {
            state.messages.entry(url.channel.clone()).or_default().remove(&ts);
        }
        return Ok(());
    }
    let content = content(reply.text, reply.blocks.as_ref())?;
    let original = match ephemeral {
        true => state.ephemeral_mut(&url.user, &ts),
        false => state.message_mut(&url.channel, &ts),
    };
    let original = original.ok_or("message_not_found")?;
    // A replacement replaces all of it.
    let text = content.text.unwrap_or_default();
    original.edit(Some(text), Some(content.blocks.unwrap_or_default()), now);
    original.via_response_url = true;
    Ok(())
}

/// Shows the reply where the person is: to them alone unless `in_channel`.
pub(crate) fn say(
    state: &mut State,
    user: &str,
    channel: &str,
    reply: Reply,
    now: chrono::DateTime<chrono::Utc>,
    via_response_url: bool,
) -> Result<Message, Refusal> {
    let content = content(reply.text, reply.blocks.as_ref())?;
    let ts = state.next_ts(now);
    let author = state.app.bot_user.clone();
    let mut message = Message::new(channel, ts, &author, now);
    message.by_bot = true;
    message.text = content.text.unwrap_or_default();
    message.blocks = content.blocks.unwrap_or_default();
    message.thread_ts = reply.thread_ts;
    message.unfurl_links = reply.unfurl_links;
    message.unfurl_media = reply.unfurl_media;
    message.via_response_url = via_response_url;
    match reply.response_type.as_deref() {
        Some("in_channel") => state.post(message.clone()),
        Some("ephemeral") | None => {
            message.ephemeral_to = Some(user.to_owned());
            state.whisper(user, message.clone());
        }
        Some(other) => {
            return Err(Refusal::payload(
                "invalid_payload",
                &[format!("[ERROR] response_type {other}")],
            ));
        }
    }
    Ok(message)
}
