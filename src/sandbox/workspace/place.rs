//! Channels as everybody sees them, and what happens without a person.

use serde_json::Value;

use super::Workspace;
use super::ack::{Ack, Origin};
use super::message::Message;
use super::payload;

/// A channel as the whole workspace sees it.
pub struct ChannelView {
    workspace: Workspace,
    id: String,
}

impl ChannelView {
    pub(super) fn new(workspace: Workspace, id: &str) -> Self {
        Self {
            workspace,
            id: id.to_owned(),
        }
    }

    /// The messages outside threads, oldest first.
    pub fn messages(&self) -> Vec<Message> {
        let all = self.workspace.read(&self.id, None, usize::MAX);
        all.into_iter()
            .filter(|m| m.thread_ts.as_ref().is_none_or(|thread| *thread == m.ts))
            .collect()
    }

    /// The replies in the thread of a message, oldest first, without the message.
    pub fn thread(&self, ts: &str) -> Vec<Message> {
        let all = self.workspace.read(&self.id, None, usize::MAX);
        all.into_iter()
            .filter(|m| m.ts != ts && m.thread_ts.as_deref() == Some(ts))
            .collect()
    }
}

impl Workspace {
    /// Delivers an event (`{"type": "app_home_opened", …}`) inside an `event_callback`.
    pub async fn deliver_event(&self, event: Value) -> Ack {
        let now = self.now();
        let user = super::message::string(&event["user"]);
        let delivery = payload::event(&mut self.state(), now, event);
        self.deliver(
            delivery,
            Origin {
                user: &user,
                channel: None,
                view_id: None,
                command: None,
            },
        )
        .await
    }

    /// The last `most` messages of a conversation, oldest first, through the eyes of `user`.
    pub(super) fn read(&self, channel: &str, user: Option<&str>, most: usize) -> Vec<Message> {
        let state = self.state();
        let reader = state.reader(user, self.now());
        let Some(all) = state.messages.get(channel) else {
            return Vec::new();
        };
        all.values()
            .skip(all.len().saturating_sub(most))
            .map(|message| Message {
                reader: reader.clone(),
                ..message.clone()
            })
            .collect()
    }
}
