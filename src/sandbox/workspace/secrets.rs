//! Short-lived capabilities: trigger ids and response URLs.

use std::collections::HashMap;
use std::time::{Duration, Instant};

use chrono::{DateTime, TimeDelta, Utc};

/// How long a trigger may be exchanged for a view, by the machine's clock:
/// <https://docs.slack.dev/interactivity/handling-user-interaction/#modal_responses>.
const TRIGGER_LIFE: Duration = Duration::from_secs(3);

/// Five uses in thirty minutes, by the workspace's clock:
/// <https://docs.slack.dev/interactivity/handling-user-interaction/#message_responses>.
const RESPONSE_USES: u8 = 5;
const RESPONSE_LIFE: TimeDelta = TimeDelta::minutes(30);

/// A right to open one view for one person.
pub(crate) struct Trigger {
    pub(crate) user: String,
    made: Instant,
    exchanged: bool,
    /// Came out of an open modal, so that `views.push` may use it.
    pub(crate) in_modal: bool,
}

/// A right to answer where a command or click came from.
#[derive(Clone)]
pub(crate) struct ResponseUrl {
    pub(crate) user: String,
    pub(crate) channel: String,
    /// The message clicked, for `replace_original`: its `ts` and whether it is ephemeral.
    pub(crate) original: Option<(String, bool)>,
    made_at: DateTime<Utc>,
    uses: u8,
}

/// All of them.
#[derive(Default)]
pub(crate) struct Secrets {
    triggers: HashMap<String, Trigger>,
    response_urls: HashMap<String, ResponseUrl>,
    /// Unused Socket Mode tickets.
    pub(crate) tickets: Vec<String>,
}

impl Secrets {
    pub(crate) fn new_trigger(&mut self, user: &str, in_modal: bool, made: Instant) -> String {
        let id = format!("{}.{}.{}", digits(12), digits(12), random(32));
        let trigger = Trigger {
            user: user.to_owned(),
            made,
            exchanged: false,
            in_modal,
        };
        self.triggers.insert(id.clone(), trigger);
        id
    }

    /// Uses the trigger up; the error is Slack's code.
    pub(crate) fn exchange(&mut self, id: &str, now: Instant) -> Result<(String, bool), &'static str> {
        let trigger = self.triggers.get_mut(id).ok_or("invalid_trigger_id")?;
        if trigger.exchanged {
            return Err("exchanged_trigger_id");
        }
        if now.duration_since(trigger.made) > TRIGGER_LIFE {
            return Err("expired_trigger_id");
        }
        trigger.exchanged = true;
        Ok((trigger.user.clone(), trigger.in_modal))
    }

    /// Makes all outstanding triggers as old as they need to be to fail.
    pub(crate) fn expire_triggers(&mut self) {
        for trigger in self.triggers.values_mut() {
            trigger.made = trigger.made.checked_sub(TRIGGER_LIFE * 2).unwrap_or(trigger.made);
        }
    }

    pub(crate) fn new_response_url(
        &mut self,
        user: &str,
        channel: &str,
        original: Option<(String, bool)>,
        made_at: DateTime<Utc>,
    ) -> String {
        let secret = random(24);
        let (user, channel) = (user.to_owned(), channel.to_owned());
        self.response_urls.insert(
            secret.clone(),
            ResponseUrl {
                user,
                channel,
                original,
                made_at,
                uses: 0,
            },
        );
        secret
    }

    /// Uses the response URL once; the error is Slack's code.
    pub(crate) fn respond(&mut self, secret: &str, now: DateTime<Utc>) -> Result<ResponseUrl, &'static str> {
        let url = self.response_urls.get_mut(secret).ok_or("invalid_url")?;
        if now - url.made_at > RESPONSE_LIFE {
            return Err("expired_url");
        }
        if url.uses >= RESPONSE_USES {
            return Err("used_url");
        }
        url.uses += 1;
        Ok(url.clone())
    }
}

/// A random word of `length` letters and digits.
pub(crate) fn random(length: usize) -> String {
    (0..length).map(|_| fastrand::alphanumeric()).collect()
}

/// A random number of `length` digits.
pub(crate) fn digits(length: usize) -> String {
    (0..length).map(|_| fastrand::digit(10)).collect()
}
