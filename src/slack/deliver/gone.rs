//! What cannot be reached any more: the marketing channel, a requester. Somebody is told, once.

use super::{Courier, Outcome};
use crate::app::delivery::{Delivered, End};
use crate::domain::effect::{Effect, Task};
use crate::domain::ids::{RequestId, UserId};

/// The message alone is gone: somebody deleted it, and the conversation is well.
const MESSAGE_ONLY: [&str; 4] = [
    "message_not_found",
    "cant_update_message",
    "edit_window_closed",
    "thread_not_found",
];

/// Is it the conversation that is gone, not just a message in it?
pub(super) fn is_conversation(code: &str) -> bool {
    !MESSAGE_ONLY.contains(&code)
}

impl Courier {
    /// Cards and digests have no place to go. The admins are told once a day, one row waits for an operator,
    /// and everything else goes on.
    pub(super) async fn channel_gone(&self, outcome: Outcome) -> Outcome {
        let (why, mut delivered) = match outcome {
            Err(End::Gone(why)) => (why, Delivered::default()),
            Ok(delivered) => match &delivered.end {
                End::Gone(why) => (why.clone(), delivered),
                _ => return Ok(delivered),
            },
            Err(end) => return Err(end),
        };
        tracing::error!(%why, "the marketing channel cannot be posted to");
        let on = self.app.rules.calendar.zone().local_date(self.now());
        let tell = |to: UserId, why: String| Task::ChannelGone { to, on, why };
        let admins = self.app.rules.admins.iter().cloned();
        let tell = admins.map(|to| Effect::now(self.now(), tell(to, why.clone())));
        delivered.follow.extend(tell);
        let known = self.app.channel_is_given_up().await?;
        delivered.end = if known { End::Done } else { End::Gone(why) };
        Ok(delivered)
    }

    /// The requester has left: their request goes on, and an admin can end it.
    pub(super) fn requester_gone(&self, request_id: RequestId, outcome: Outcome) -> Outcome {
        let admins = &self.app.rules.admins;
        match outcome {
            Err(End::Gone(why)) if !admins.is_empty() => {
                tracing::warn!(%why, %request_id, "a requester cannot be reached; the admins are told");
                let tell = |to: &UserId| Task::RequesterGone {
                    request_id,
                    to: to.clone(),
                };
                let follow = admins
                    .iter()
                    .map(|to| Effect::now(self.now(), tell(to)))
                    .collect();
                Ok(Delivered {
                    follow,
                    ..Delivered::default()
                })
            }
            outcome => outcome,
        }
    }
}
