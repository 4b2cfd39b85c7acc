//! Messages with their history, and what a test asks about them.

use std::sync::Arc;

use chrono::{DateTime, Utc};
use serde::Serialize;
use serde_json::{Value, json};

use super::render;
use super::text::Reader;

/// What a message said before an edit.
#[derive(Clone, Debug, Serialize)]
pub struct Version {
    /// The text of that version.
    pub text: String,
    /// The blocks of that version.
    pub blocks: Vec<Value>,
    /// Until when it stood (workspace clock).
    pub until: DateTime<Utc>,
}

/// One message as it stands now, seen by one reader.
#[derive(Clone, Debug, Serialize)]
pub struct Message {
    /// The conversation's id.
    pub channel: String,
    /// Unique and increasing, `seconds.micros`.
    pub ts: String,
    /// The author's user id (the bot's own for its messages; `USLACKBOT` for Slack's).
    pub user: String,
    /// Sent by the bot under test.
    pub by_bot: bool,
    /// The fallback text.
    pub text: String,
    /// The blocks, with the ids that Slack assigned.
    pub blocks: Vec<Value>,
    /// `metadata` as sent.
    pub metadata: Option<Value>,
    /// As sent.
    pub client_msg_id: Option<String>,
    /// The thread it belongs to.
    pub thread_ts: Option<String>,
    /// Set when only this person sees it.
    pub ephemeral_to: Option<String>,
    /// `unfurl_links` as sent.
    pub unfurl_links: Option<bool>,
    /// `unfurl_media` as sent.
    pub unfurl_media: Option<bool>,
    /// When it was posted (workspace clock).
    pub posted_at: DateTime<Utc>,
    /// When it was last edited.
    pub edited_at: Option<DateTime<Utc>>,
    /// What it said before, oldest first.
    pub versions: Vec<Version>,
    /// It was posted or replaced through a `response_url`.
    pub via_response_url: bool,
    #[serde(skip)]
    pub(crate) reader: Arc<Reader>,
}

/// A button (or an overflow option) that somebody could click.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Button {
    /// Its `action_id`.
    pub action_id: String,
    /// The `block_id` around it.
    pub block_id: String,
    /// The label.
    pub text: String,
    /// Its `value`, or the option's.
    pub value: Option<String>,
    /// The link it opens, if any.
    pub url: Option<String>,
    /// It is an option of an overflow menu.
    pub overflow: bool,
}

impl Message {
    pub(crate) fn new(channel: &str, ts: String, user: &str, now: DateTime<Utc>) -> Self {
        Self {
            channel: channel.to_owned(),
            ts,
            user: user.to_owned(),
            by_bot: false,
            text: String::new(),
            blocks: Vec::new(),
            metadata: None,
            client_msg_id: None,
            thread_ts: None,
            ephemeral_to: None,
            unfurl_links: None,
            unfurl_media: None,
            posted_at: now,
            edited_at: None,
            versions: Vec::new(),
            via_response_url: false,
            reader: Arc::default(),
        }
    }

    /// Keeps what it said and takes the new content; `None` keeps the old.
    pub(crate) fn edit(&mut self, text: Option<String>, blocks: Option<Vec<Value>>, now: DateTime<Utc>) {
        let old = Version {
            text: self.text.clone(),
            blocks: self.blocks.clone(),
            until: now,
        };
        self.versions.push(old);
        if let Some(text) = text {
            self.text = text;
        }
        if let Some(blocks) = blocks {
            self.blocks = blocks;
        }
        self.edited_at = Some(now);
    }

    /// All visible text as its reader sees it, without button labels, one line a block.
    pub fn text(&self) -> String {
        if self.blocks.is_empty() {
            return self.reader.mrkdwn(&self.text);
        }
        render::plain(&self.blocks, &self.reader)
    }

    /// What a notification shows: the `text` argument, whatever the blocks say.
    pub fn notification(&self) -> String {
        self.reader.mrkdwn(&self.text)
    }

    /// The message as boxed lines for a terminal.
    pub fn render(&self) -> String {
        render::message(self)
    }

    /// The buttons and overflow options, in order.
    pub fn buttons(&self) -> Vec<Button> {
        buttons(&self.blocks)
    }

    /// Is there such a button now?
    pub fn has_button(&self, action_id: &str) -> bool {
        self.buttons().iter().any(|button| button.action_id == action_id)
    }

    /// The `event_payload` of the metadata.
    pub fn event_payload(&self) -> Option<&Value> {
        self.metadata.as_ref()?.get("event_payload")
    }

    /// The message object of `conversations.history` and of interaction payloads.
    pub(crate) fn to_json(&self, bot: &BotIdentity<'_>, with_metadata: bool) -> Value {
        let mut message = json!({
            "type": "message", "user": self.user, "ts": self.ts, "text": self.text, "team": bot.team_id,
        });
        if self.by_bot {
            message["bot_id"] = json!(bot.bot_id);
            message["app_id"] = json!(bot.app_id);
        }
        if !self.blocks.is_empty() {
            message["blocks"] = json!(self.blocks);
        }
        if let Some(id) = &self.client_msg_id {
            message["client_msg_id"] = json!(id);
        }
        if let Some(thread) = &self.thread_ts {
            message["thread_ts"] = json!(thread);
        }
        if let Some(at) = self.edited_at {
            message["edited"] = json!({"user": self.user, "ts": format!("{}.000000", at.timestamp())});
        }
        if let (true, Some(metadata)) = (with_metadata, &self.metadata) {
            message["metadata"] = metadata.clone();
        }
        message
    }
}

/// The ids that every message of the bot carries.
pub(crate) struct BotIdentity<'a> {
    pub(crate) team_id: &'a str,
    pub(crate) bot_id: &'a str,
    pub(crate) app_id: &'a str,
}

/// The buttons and overflow options in `blocks`, in reading order.
pub(super) fn buttons(blocks: &[Value]) -> Vec<Button> {
    let mut found = Vec::new();
    for (block, element) in elements(blocks) {
        let base = |text: &Value, value: &Value, url: &Value, overflow| Button {
            action_id: string(&element["action_id"]),
            block_id: string(&block["block_id"]),
            text: string(&text["text"]),
            value: value.as_str().map(str::to_owned),
            url: url.as_str().map(str::to_owned),
            overflow,
        };
        match element["type"].as_str() {
            Some("button") => {
                found.push(base(&element["text"], &element["value"], &element["url"], false));
            }
            Some("overflow") => {
                for option in element["options"].as_array().into_iter().flatten() {
                    found.push(base(&option["text"], &option["value"], &option["url"], true));
                }
            }
            _ => {}
        }
    }
    found
}

/// Every interactive element with the block around it.
pub(crate) fn elements(blocks: &[Value]) -> impl Iterator<Item = (&Value, &Value)> {
    blocks.iter().flat_map(|block| {
        let many = block["elements"].as_array().into_iter().flatten();
        let single = block.get("accessory").into_iter().chain(block.get("element"));
        many.chain(single)
            .filter(|element| element.get("action_id").is_some())
            .map(move |e| (block, e))
    })
}

/// A JSON string's content, empty for anything else.
pub(crate) fn string(value: &Value) -> String {
    value.as_str().unwrap_or_default().to_owned()
}
