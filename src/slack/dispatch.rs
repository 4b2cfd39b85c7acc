//! Between an inbound payload and its answer: what holds for both ways in.

use futures_util::future::BoxFuture;
use serde::Serialize;
use serde_json::Value;
use slack_morphism::blocks::SlackBlock;
use std::{fmt, future::Future, sync::Arc, time::Instant};
use tokio::sync::oneshot;
use tracing::Instrument;

use super::inbound::Inbound;
use crate::view::Message;

/// Which way a payload came in, for logs and metrics.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Surface {
    /// `POST /slack/events`.
    Http,
    /// A Socket Mode envelope.
    Socket,
}

impl Surface {
    /// `http` or `socket`.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Http => "http",
            Self::Socket => "socket",
        }
    }
}

impl fmt::Display for Surface {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// What Slack is told. To answer is to acknowledge: by then whatever must not be lost is saved (R29).
#[derive(Clone, PartialEq)]
pub enum Reply {
    /// Acknowledged, nothing to say. What a `view_submission` wants to close the modal.
    Empty,
    /// A message that only the person sees, for a slash command.
    Message(Message),
    /// A `response_action`.
    Json(Value),
    /// An ephemeral sentence, for a slash command.
    Text(String),
    /// Not saved: 503, or no ack on a socket, so that Slack sends an event again. Commands and clicks are
    /// never repeated by Slack; for those a handler answers with a sentence instead.
    Unavailable,
}

impl Reply {
    /// The variant as one word, for logs and metrics.
    pub fn kind(&self) -> &'static str {
        match self {
            Self::Empty => "empty",
            Self::Message(_) => "message",
            Self::Json(_) => "json",
            Self::Text(_) => "text",
            Self::Unavailable => "unavailable",
        }
    }
}

/// A message that only one person sees, as Slack takes it in an answer and on a `response_url`.
#[derive(Debug, Serialize)]
pub(super) struct Ephemeral<'m> {
    response_type: &'static str,
    replace_original: bool,
    text: &'m str,
    blocks: &'m [SlackBlock],
    unfurl_links: bool,
    unfurl_media: bool,
}

impl<'m> From<&'m Message> for Ephemeral<'m> {
    fn from(message: &'m Message) -> Self {
        Ephemeral {
            response_type: "ephemeral",
            replace_original: false,
            text: &message.text,
            blocks: &message.blocks,
            unfurl_links: false,
            unfurl_media: false,
        }
    }
}

impl fmt::Debug for Reply {
    /// The kind only: replies quote what people typed.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Reply::{}", self.kind())
    }
}

/// What answers inbound payloads. It must answer within Slack's 3 s, and may go on after that; it is never
/// cancelled midway.
pub type Handler = Arc<dyn Fn(Inbound, Surface, Answer) -> BoxFuture<'static, ()> + Send + Sync>;

/// Where an answer goes.
pub type Answer = oneshot::Sender<Reply>;

/// An async function as a [`Handler`].
pub fn handler<F, Fut>(reply: F) -> Handler
where
    F: Fn(Inbound, Surface) -> Fut + Send + Sync + 'static,
    Fut: Future<Output = Reply> + Send + 'static,
{
    Arc::new(move |inbound, surface, answer| {
        let reply = reply(inbound, surface);
        Box::pin(async move {
            // Nobody hears it when the caller has gone.
            let _ = answer.send(reply.await);
        })
    })
}

/// Runs the handler in a task of its own: a caller that goes away does not stop it halfway, and its
/// panic becomes [`Reply::Unavailable`]. A payload of a kind we do not know is acknowledged and counted
/// without asking anybody, or Slack would send it for ever.
pub(super) async fn dispatch(handler: &Handler, inbound: Inbound, surface: Surface) -> Reply {
    let (kind, started) = (inbound.kind(), Instant::now());
    let reply = match &inbound {
        Inbound::Unknown { kind } => {
            tracing::info!(kind, %surface, "payload of an unknown kind acknowledged");
            Reply::Empty
        }
        // Answered by `http`; on a socket there is nothing to verify.
        Inbound::UrlVerification { .. } => Reply::Empty,
        _ => {
            let (handler, (answer, answered)) = (Arc::clone(handler), oneshot::channel());
            // The call itself is inside the task too: a closure may panic before its future exists.
            let task = async move { handler(inbound, surface, answer).await };
            tokio::spawn(task.in_current_span());
            answered.await.unwrap_or_else(|_| {
                tracing::error!(kind, %surface, "the handler panicked; nothing was acknowledged");
                Reply::Unavailable
            })
        }
    };
    fail_point!("before-ack");
    let labels = [
        ("surface", surface.as_str()),
        ("kind", kind),
        ("reply", reply.kind()),
    ];
    metrics::counter!("signoff_inbound_total", &labels).increment(1);
    metrics::histogram!("signoff_ack_seconds", "surface" => surface.as_str())
        .record(started.elapsed().as_secs_f64());
    reply
}
