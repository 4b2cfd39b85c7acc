//! The channel's one message a day (R24), with the head of the audit trail in its metadata (R31).

use super::{Courier, Outcome};
use crate::app::delivery::{Delivered, End};
use crate::domain::effect::{Effect, Task};
use crate::domain::schedule::{Slot, Turn};
use crate::slack::outlet::Delivery;
use crate::store::Doubt;
use crate::view;
use chrono::{DateTime, NaiveDate, Utc};

/// Keys of the digest's metadata: the last row of the audit trail, to be compared with one day.
const AUDIT_EVENT: &str = "audit_event";
const AUDIT_HASH: &str = "audit_hash";

impl Courier {
    /// R24: one a business day; what was missed is posted once, if it is still the same day.
    pub(super) async fn digest(&self, on: NaiveDate, delivery: &Delivery) -> Outcome {
        let (rules, now) = (&self.app.rules, self.now());
        match rules.digest_turn(on, now) {
            Turn::Now => {}
            Turn::At(due) => return Err(End::NotYet((due - now).to_std().unwrap_or_default())),
            Turn::Missed(next) => {
                return Ok(Delivered {
                    follow: arm(next),
                    ..Delivered::default()
                });
            }
        }
        let follow = arm(rules.digest_after(on));
        // What happens from here on is for the next one, also when an earlier attempt said this one.
        let told_until = match &delivery.doubt {
            Doubt::Since(since) => now.min(*since),
            Doubt::Sent(ts) => posted_at(ts).map_or(now, |at| now.min(at)),
            Doubt::None => now,
        };
        let digest = self.app.digest(on).await?;
        if digest.is_empty() && !rules.digest_empty {
            return Ok(Delivered {
                follow,
                ..Delivered::default()
            });
        }
        let message = self.quiet(view::digest_message(rules, &digest, now)).await;
        let (event, hash) = self.app.audit_head().await?.unwrap_or_default();
        let head = vec![(AUDIT_EVENT, event.to_string()), (AUDIT_HASH, hash.clone())];
        match self
            .outlet
            .post_noted(&self.channel, &message, head, delivery)
            .await
            .map_err(End::from)
        {
            Ok(_) => {
                tracing::info!(%on, audit_event = event, audit_hash = %hash, "the digest was posted");
                Ok(Delivered {
                    follow,
                    digest_on: Some((on, told_until)),
                    ..Delivered::default()
                })
            }
            Err(end @ (End::InDoubt(_) | End::Gone(_) | End::Dead(_))) => Ok(Delivered {
                end,
                follow,
                ..Delivered::default()
            }),
            Err(end) => Err(end),
        }
    }
}

/// When Slack says that a message was posted, in whole seconds.
fn posted_at(ts: &str) -> Option<DateTime<Utc>> {
    let (seconds, _) = ts.split_once('.')?;
    DateTime::from_timestamp(seconds.parse().ok()?, 0)
}

fn arm(slot: Option<Slot>) -> Vec<Effect> {
    slot.map(|slot| Effect {
        due_at: slot.due_at,
        task: Task::Digest { on: slot.on },
    })
    .into_iter()
    .collect()
}
