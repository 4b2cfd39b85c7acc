//! Where messages leave: one call at its time, its failure read as what the outbox should do next.

use super::answer::DeliveryError;
use super::gateway::{Gateway, Posted};
use super::lookup::PastMessage;
use super::pace::Pace;
use crate::app::delivery::{End, SLOWEST_COMMIT, Sent};
use crate::clock::Clock;
use crate::rehearsal;
use crate::store::{Claimed, Doubt};
use crate::view::Message;
use chrono::{DateTime, TimeDelta, Utc};
use sha2::{Digest, Sha256};
use slack_morphism::prelude::*;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use std::time::{Duration, Instant};

/// The `event_type` of our messages' metadata.
pub const METADATA: &str = "signoff_delivery";
/// How long a method rests after a 429 that does not say.
const UNTOLD_PAUSE: Duration = Duration::from_secs(30);

/// The key of a delivery's identity in there.
const DELIVERY: &str = "delivery";
/// How far Slack's clock and ours may be apart.
const CLOCKS_APART: TimeDelta = TimeDelta::minutes(2);

/// A message on its way: by which identity it can be found again, and what became of it before.
#[derive(Debug, Clone)]
pub struct Delivery {
    /// The same at each attempt.
    pub id: String,
    /// Of an earlier attempt.
    pub doubt: Doubt,
    /// Later than this nothing is sent: when the claim runs out, whoever has it next must see all there is.
    begin_before: DateTime<Utc>,
    sent: OnceLock<Posted>,
}

impl Delivery {
    /// The delivery of a claimed task.
    pub fn of(claimed: &Claimed) -> Self {
        Delivery {
            id: format!("{}.{}", claimed.task.topic(), claimed.outbox_id),
            doubt: claimed.doubt.clone(),
            begin_before: claimed.until - rehearsal::doubt(SLOWEST_COMMIT),
            sent: OnceLock::new(),
        }
    }

    /// What this attempt brought into Slack, if anything.
    pub fn sent(&self) -> Option<Sent> {
        self.sent.get().map(|posted| Sent {
            delivery: self.id.clone(),
            channel: posted.channel.clone(),
            ts: posted.ts.clone(),
            since: self.begin_before,
        })
    }

    /// When the message came to be in Slack: now, or, for one that was found there, when its `ts` says.
    pub fn delivered_at(&self, posted: &Posted, now: DateTime<Utc>) -> DateTime<Utc> {
        let seconds = posted
            .ts
            .split('.')
            .next()
            .and_then(|seconds| seconds.parse().ok());
        let found_at = seconds.and_then(|seconds| DateTime::from_timestamp(seconds, 0));
        match self.doubt {
            Doubt::None => now,
            Doubt::Since(_) | Doubt::Sent(_) => found_at.unwrap_or(now).min(now),
        }
    }
}

/// The way out for messages. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Outlet {
    gateway: Gateway,
    clock: Clock,
    /// `None` for a workspace that sets no limits.
    pace: Option<Arc<Mutex<Pace>>>,
}

impl Outlet {
    /// An outlet; `paced` to Slack's limits, or not for a workspace that has none.
    pub fn new(gateway: Gateway, clock: Clock, paced: bool) -> Self {
        Self {
            gateway,
            clock,
            pace: paced.then(|| Arc::new(Mutex::new(Pace::new()))),
        }
    }

    /// Posts a new message, unless an earlier attempt turns out to have posted it already.
    ///
    /// # Errors
    /// What the outbox is to do. A post whose fate is unknown is not repeated blindly (R29).
    pub async fn post(
        &self,
        channel: &str,
        message: &Message,
        delivery: &Delivery,
    ) -> Result<Posted, Failure> {
        self.post_noted(channel, message, Vec::new(), delivery).await
    }

    /// As [`Outlet::post`], with `notes` in its metadata for those who read it there.
    ///
    /// # Errors
    /// As [`Outlet::post`].
    pub async fn post_noted(
        &self,
        channel: &str,
        message: &Message,
        notes: Vec<(&'static str, String)>,
        delivery: &Delivery,
    ) -> Result<Posted, Failure> {
        match &delivery.doubt {
            Doubt::None => {}
            Doubt::Sent(ts) => {
                let channel = self.conversation(channel).await.map_err(cannot_look)?;
                return Ok(Posted {
                    channel,
                    ts: ts.clone(),
                });
            }
            Doubt::Since(since) => {
                if let Some(posted) = self.find(channel, &delivery.id, *since).await? {
                    return Ok(posted);
                }
            }
        }
        fail_point!("after-look");
        self.wait_for("chat.postMessage", channel)?;
        if self.clock.now() >= delivery.begin_before {
            // This process slept. The claim is somebody else's by now, or nobody's: it is claimed anew.
            return Err(Failure::NotYet(Duration::ZERO));
        }
        let payload = notes.into_iter().chain([(DELIVERY, delivery.id.clone())]);
        let metadata = SlackMessageMetadata::new(METADATA.to_owned())
            .with_event_payload(payload.map(|(key, value)| (key.to_owned(), value)).collect());
        let content = content(message).with_metadata(metadata);
        let request = SlackApiChatPostMessageRequest::new(channel.into(), content);
        fail_point!("before-send");
        let answer = self
            .gateway
            .post_message(&request, Some(&uuid(&delivery.id)))
            .await;
        fail_point!("after-send");
        let posted = self.read("chat.postMessage", answer)?;
        let _ = delivery.sent.set(posted.clone());
        Ok(posted)
    }

    /// Takes a message back whose claim had passed to somebody else, unless theirs came later or was never
    /// sent. Between the last look at the clock and the call a process can be stopped for any length of time,
    /// and Slack refuses nothing that comes late.
    pub async fn recall(&self, sent: Sent) {
        let looked = self
            .gateway
            .messages_since(&sent.channel, &oldest(sent.since))
            .await;
        let ours = |(messages, _): (Vec<PastMessage>, bool)| {
            let mut all = messages.into_iter().filter(|message| is(message, &sent.delivery));
            all.any(|message| message.ts < sent.ts)
        };
        match looked.map(ours) {
            Ok(false) => return,
            Ok(true) => {}
            Err(error) => {
                let code = error.code();
                tracing::error!(
                    code,
                    delivery = sent.delivery,
                    "it may be twice in Slack: cannot look"
                );
                return;
            }
        }
        match self.gateway.delete_message(&sent.channel, &sent.ts).await {
            Ok(()) => tracing::warn!(delivery = sent.delivery, "taken back: it had been sent already"),
            Err(error) => {
                let code = error.code();
                tracing::error!(
                    code,
                    delivery = sent.delivery,
                    "it is twice in Slack: cannot take it back"
                );
            }
        }
    }

    /// Looks for a message of ours among those of a conversation since `since`: by the delivery's identity,
    /// never by its text.
    async fn find(&self, channel: &str, id: &str, since: DateTime<Utc>) -> Result<Option<Posted>, Failure> {
        fail_point!("look", |_| Ok(None));
        let channel = self.conversation(channel).await.map_err(cannot_look)?;
        let looked = self.gateway.messages_since(&channel, &oldest(since)).await;
        let (messages, more) = looked.map_err(cannot_look)?;
        // The first, should there be two: another process may be taking back the second.
        let ours = messages.into_iter().filter(|message| is(message, id));
        match ours.min_by(|a, b| a.ts.cmp(&b.ts)) {
            Some(found) => Ok(Some(Posted {
                channel,
                ts: found.ts,
            })),
            // Of what we did not see nothing is proven.
            None if more => Err(Failure::InDoubt("too_many_messages_to_look_through".to_owned())),
            None => Ok(None),
        }
    }

    /// The id of a conversation; people are reached in the one with them.
    async fn conversation(&self, channel: &str) -> Result<String, DeliveryError> {
        if channel.starts_with(['U', 'W']) {
            self.gateway.open_dm(channel).await
        } else {
            Ok(channel.to_owned())
        }
    }

    /// Rewrites a message. It may be repeated, so a doubt is no more than a reason to try again.
    ///
    /// # Errors
    /// What the outbox is to do.
    pub async fn update(&self, channel: &str, ts: &str, message: &Message) -> Result<(), Failure> {
        self.wait_for("chat.update", channel)?;
        let request = SlackApiChatUpdateRequest::new(channel.into(), content(message), ts.into());
        fail_point!("before-update");
        let answer = self.gateway.update_message(&request).await;
        fail_point!("after-update");
        match self.read("chat.update", answer) {
            Ok(_) => Ok(()),
            Err(Failure::Unsure(code)) => Err(Failure::Again(None, code)),
            Err(failure) => Err(failure),
        }
    }

    /// Publishes somebody's App Home. It may be repeated, as an update.
    ///
    /// # Errors
    /// What the outbox is to do.
    pub async fn publish(&self, user: &str, home: SlackHomeView) -> Result<(), Failure> {
        self.wait_for("views.publish", user)?;
        match self.read("views.publish", self.gateway.publish_view(user, home).await) {
            Err(Failure::Unsure(code)) => Err(Failure::Again(None, code)),
            done => done,
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
    /// The outbox, once Slack's slowest commit must be over: it looks before it sends again.
    Unsure(String),
    /// An operator: Slack may have it and does not let us look.
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
            DeliveryError::InDoubt { code } => Failure::Unsure(code),
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
            Failure::Unsure(why) => End::Unsure(why),
            Failure::InDoubt(why) => End::InDoubt(why),
            Failure::Gone(why) => End::Gone(why),
            Failure::Ours(why) => End::Dead(why),
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
            Failure::Unsure(why) | Failure::InDoubt(why) | Failure::Gone(why) | Failure::Ours(why) => {
                End::Again { after: None, why }
            }
            Failure::NotYet(wait) => End::NotYet(wait),
        }
    }
}

/// Is this the message of a delivery?
fn is(message: &PastMessage, delivery: &str) -> bool {
    message.metadata.get(DELIVERY).is_some_and(|id| id == delivery)
        || message.client_msg_id.as_deref() == Some(&uuid(delivery))
}

/// The `ts` from which on messages are looked at that may be there since an instant of our clock.
fn oldest(since: DateTime<Utc>) -> String {
    format!("{}.000000", (since - CLOCKS_APART).timestamp())
}

/// Why a conversation could not be searched: for the time being, or for good.
fn cannot_look(error: DeliveryError) -> Failure {
    match Failure::from(error) {
        Failure::Again(_, why) | Failure::Unsure(why) => Failure::Unsure(why),
        Failure::Gone(why) | Failure::Ours(why) | Failure::InDoubt(why) => Failure::InDoubt(why),
        other => other,
    }
}

fn content(message: &Message) -> SlackMessageContent {
    SlackMessageContent::new()
        .with_text(message.text.clone())
        .with_blocks(message.blocks.clone())
}

/// Of everything a message shows: equal ones look the same.
pub fn fingerprint(message: &Message) -> String {
    fingerprint_of(&message.text, &message.blocks)
}

/// As [`fingerprint`], of a text and blocks.
pub fn fingerprint_of(text: &str, blocks: &[SlackBlock]) -> String {
    let blocks = serde_json::to_string(blocks).expect("block models have string keys");
    let hash = Sha256::new()
        .chain_update(text.as_bytes())
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
