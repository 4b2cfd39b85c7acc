//! Slack's rate limits, off by default.
//!
//! <https://docs.slack.dev/apis/web-api/rate-limits/>

use std::collections::HashMap;
use std::time::Instant;

use chrono::{DateTime, Utc};

/// One refill of calls.
struct Bucket {
    tokens: f64,
    at: Instant,
    clock: DateTime<Utc>,
}

/// Token buckets per method, and per channel for posting.
#[derive(Default)]
pub(crate) struct Rates {
    pub(crate) enforced: bool,
    buckets: HashMap<String, Bucket>,
}

impl Rates {
    /// Takes one call, or says after how many whole seconds to try again.
    pub(crate) fn take(
        &mut self,
        method: &str,
        channel: Option<&str>,
        at: Instant,
        clock: DateTime<Utc>,
    ) -> Result<(), u64> {
        if !self.enforced {
            return Ok(());
        }
        let (burst, per_second) = limit(method);
        let key = match (method, channel) {
            ("chat.postMessage", Some(channel)) => format!("{method} {channel}"),
            _ => method.to_owned(),
        };
        let fresh = Bucket {
            tokens: burst,
            at,
            clock,
        };
        let bucket = self.buckets.entry(key).or_insert(fresh);
        // A test moves the workspace's clock, a campaign lets real time pass: whichever went further.
        let real = at.duration_since(bucket.at).as_secs_f64();
        let moved = (clock - bucket.clock).num_milliseconds() as f64 / 1000.0;
        bucket.tokens = (bucket.tokens + real.max(moved).max(0.0) * per_second).min(burst);
        (bucket.at, bucket.clock) = (at, clock);
        if bucket.tokens >= 1.0 {
            bucket.tokens -= 1.0;
            return Ok(());
        }
        Err((((1.0 - bucket.tokens) / per_second).ceil() as u64).max(1))
    }
}

/// The burst and the calls a second: tier 1 to 4 allow 1, 20, 50, 100 a minute.
fn limit(method: &str) -> (f64, f64) {
    let a_minute = match method {
        // One a second and channel, short bursts tolerated.
        "chat.postMessage" => return (4.0, 1.0),
        "apps.connections.open" => 1.0,
        "usergroups.users.list" | "usergroups.list" | "users.list" => 20.0,
        "chat.postEphemeral" | "users.info" | "users.profile.get" => 100.0,
        "auth.test" => 300.0,
        method if method.starts_with("views.") => 100.0,
        _ => 50.0,
    };
    (a_minute, a_minute / 60.0)
}
