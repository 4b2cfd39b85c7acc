//! Where messages leave: one call at its time, its failure read as what the outbox should do next.

use super::answer::DeliveryError;
use super::gateway::{Gateway, Posted};
use super::pace::Pace;
use crate::app::worker::End;
use crate::view::Message;
use sha2::{Digest, Sha256};
use slack_morphism::prelude::*;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

/// The `event_type` of our messages' metadata.
pub const METADATA: &str = "signoff_delivery";
/// How long a method rests after a 429 that does not say.
const UNTOLD_PAUSE: Duration = Duration::from_secs(30);

/// The way out for messages. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Outlet {
    gateway: Gateway,
    /// `None` for a workspace that sets no limits.
    pace: Option<Arc<Mutex<Pace>>>,
}

impl Outlet {
    /// An outlet; `paced` to Slack's limits, or not for a workspace that has none.
    pub fn new(gateway: Gateway, paced: bool) -> Self {
        Self {
            gateway,
            pace: paced.then(|| Arc::new(Mutex::new(Pace::new()))),
        }
    }

    /// Posts a new message. `delivery` is its identity, by which it can be found again.
    ///
    /// # Errors
    /// What the outbox is to do. A post that stays in doubt is not repeated.
    pub async fn post(&self, channel: &str, message: &Message, delivery: &str) -> Result<Posted, Failure> {
        self.wait_for("chat.postMessage", channel)?;
        let metadata = SlackMessageMetadata::new(METADATA.to_owned())
            .with_event_payload([("delivery".to_owned(), delivery.to_owned())].into());
        let content = content(message).with_metadata(metadata);
        let request = SlackApiChatPostMessageRequest::new(channel.into(), content);
        self.read(
            "chat.postMessage",
            self.gateway.post_message(&request, &uuid(delivery)).await,
        )
    }

    /// Rewrites a message. It may be repeated, so a doubt is no more than a reason to try again.
    ///
    /// # Errors
    /// What the outbox is to do.
    pub async fn update(&self, channel: &str, ts: &str, message: &Message) -> Result<(), Failure> {
        self.wait_for("chat.update", channel)?;
        let request = SlackApiChatUpdateRequest::new(channel.into(), content(message), ts.into());
        match self.read("chat.update", self.gateway.update_message(&request).await) {
            Ok(_) => Ok(()),
            Err(Failure::InDoubt(code)) => Err(Failure::Again(None, code)),
            Err(failure) => Err(failure),
        }
    }

    fn wait_for(&self, method: &'static str, channel: &str) -> Result<(), Failure> {
        let Some(pace) = &self.pace else { return Ok(()) };
        let now = Instant::now();
        let mut pace = pace.lock().unwrap_or_else(PoisonError::into_inner);
        pace.try_reserve(method, Some(channel), now)
            .map_err(|at| Failure::NotYet(at - now))
    }

    fn read<T>(&self, method: &'static str, answer: Result<T, DeliveryError>) -> Result<T, Failure> {
        if let (Some(pace), Err(DeliveryError::Retry { after, code })) = (&self.pace, &answer)
            && (after.is_some() || code == "ratelimited")
        {
            let until = Instant::now() + after.unwrap_or(UNTOLD_PAUSE);
            pace.lock()
                .unwrap_or_else(PoisonError::into_inner)
                .pause(method, until);
        }
        answer.map_err(Failure::from)
    }
}

/// Why a message did not leave, by who must act.
#[derive(Debug, Clone, PartialEq)]
pub enum Failure {
    /// The outbox, later.
    Again(Option<Duration>, String),
    /// The outbox, when it is this channel's turn.
    NotYet(Duration),
    /// An operator: Slack may have it.
    InDoubt(String),
    /// The rules: the person or channel cannot be reached.
    Gone(String),
    /// An operator: the token.
    Credentials(String),
    /// Us.
    Ours(String),
}

impl From<DeliveryError> for Failure {
    fn from(error: DeliveryError) -> Self {
        match error {
            DeliveryError::Retry { after, code } => Failure::Again(after, code),
            DeliveryError::InDoubt { code } => Failure::InDoubt(code),
            DeliveryError::Gone { code } => Failure::Gone(code),
            DeliveryError::Credentials { code } => Failure::Credentials(code),
            DeliveryError::Ours { code, detail } if detail.is_empty() => Failure::Ours(code),
            DeliveryError::Ours { code, detail } => Failure::Ours(format!("{code}: {detail}")),
        }
    }
}

impl From<Failure> for End {
    fn from(failure: Failure) -> Self {
        match failure {
            Failure::Again(after, why) => End::Again { after, why },
            Failure::NotYet(wait) => End::NotYet(wait),
            Failure::InDoubt(why) => End::InDoubt(why),
            Failure::Gone(why) | Failure::Ours(why) => End::Dead(why),
            Failure::Credentials(why) => End::Credentials(why),
        }
    }
}

impl Failure {
    /// For a lookup, which may be repeated and must succeed one day: everything but a refused token is a
    /// reason to ask again.
    pub fn of_lookup(error: DeliveryError) -> End {
        match Failure::from(error) {
            Failure::Credentials(why) => End::Credentials(why),
            Failure::Again(after, why) => End::Again { after, why },
            Failure::InDoubt(why) | Failure::Gone(why) | Failure::Ours(why) => {
                End::Again { after: None, why }
            }
            Failure::NotYet(wait) => End::NotYet(wait),
        }
    }
}

fn content(message: &Message) -> SlackMessageContent {
    SlackMessageContent::new()
        .with_text(message.text.clone())
        .with_blocks(message.blocks.clone())
}

/// Of everything a message shows: equal ones look the same.
pub fn fingerprint(message: &Message) -> String {
    let blocks = serde_json::to_string(&message.blocks).expect("block models have string keys");
    let hash = Sha256::new()
        .chain_update(message.text.as_bytes())
        .chain_update([0])
        .chain_update(blocks.as_bytes());
    hex::encode(&hash.finalize()[..16])
}

/// A UUID made of the delivery's identity, the same each time it is tried.
fn uuid(delivery: &str) -> String {
    let hex = hex::encode(&Sha256::digest(delivery.as_bytes())[..16]);
    format!(
        "{}-{}-{}-{}-{}",
        &hex[..8],
        &hex[8..12],
        &hex[12..16],
        &hex[16..20],
        &hex[20..]
    )
}
