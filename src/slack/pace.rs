//! When a call may go. Pure: [`Pace`] is told the time, nothing here sleeps.
//!
//! Slack's figures (`notes/slack.md`, "Rates"): a tier a method, 1 message a second and channel with short
//! bursts, several hundred a minute for posting at all, and a `Retry-After` that blocks one method.
//! With several replicas each keeps a pace of its own; what is then too much comes back as a 429.

use std::{
    collections::{HashMap, VecDeque},
    time::{Duration, Instant},
};

const MINUTE: Duration = Duration::from_secs(60);
/// A channel takes this many messages at once before it takes one a second.
const CHANNEL_BURST: u32 = 3;
const CHANNEL_INTERVAL: Duration = Duration::from_secs(1);
/// So many channels are remembered; those at rest are forgotten first.
const CHANNELS_KEPT: usize = 4096;

/// A rate that allows bursts (GCRA): `debt_until` is when everything granted so far is paid off.
#[derive(Debug, Clone, Copy)]
struct Limit {
    interval: Duration,
    burst: u32,
}

impl Limit {
    fn earliest(self, debt_until: Option<Instant>, now: Instant) -> Instant {
        let tolerance = self.interval * (self.burst - 1);
        debt_until
            .and_then(|d| d.checked_sub(tolerance))
            .map_or(now, |free| free.max(now))
    }

    fn pay(self, debt_until: Option<Instant>, at: Instant) -> Instant {
        debt_until.map_or(at, |d| d.max(at)) + self.interval
    }
}

/// The calls of a method that were granted last, as many as a minute may see: the next one waits until the
/// oldest of them is a minute ago. What a click brings is thus rewritten at once (R7) as long as the minute
/// has room.
#[derive(Debug, Default)]
struct Method {
    granted: VecDeque<Instant>,
    paused_until: Option<Instant>,
}

impl Method {
    fn earliest(&self, per_minute: usize, now: Instant) -> Instant {
        let oldest = self
            .granted
            .len()
            .checked_sub(per_minute)
            .and_then(|index| self.granted.get(index));
        let free = oldest.map_or(now, |oldest| *oldest + MINUTE);
        free.max(now).max(self.paused_until.unwrap_or(now))
    }

    fn grant(&mut self, per_minute: usize, at: Instant) {
        self.granted.push_back(at);
        while self.granted.len() > per_minute {
            self.granted.pop_front();
        }
    }
}

/// Grants calls in turn. One for a bot token; put it behind a lock and never await while holding it.
#[derive(Debug, Default)]
pub struct Pace {
    methods: HashMap<&'static str, Method>,
    channels: HashMap<String, Instant>,
    /// When the last of those who were sent away may ask again, by channel, or by method where channels do not
    /// count.
    queues: HashMap<String, Instant>,
}

impl Pace {
    /// A pace that has granted nothing yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// Takes the next free place for a call of `method` (such as `chat.postMessage`) to `channel`, and
    /// says when it is: `now`, or later. The place is taken either way.
    pub fn reserve(&mut self, method: &'static str, channel: Option<&str>, now: Instant) -> Instant {
        let channel = channel.filter(|_| paced_by_channel(method));
        let at = self.earliest(method, channel, now);
        let state = self.methods.entry(method).or_default();
        state.grant(per_minute(method), at);
        if let Some(channel) = channel {
            let paid = CHANNEL.pay(self.channels.get(channel).copied(), at);
            if self.channels.len() >= CHANNELS_KEPT && !self.channels.contains_key(channel) {
                self.forget(now);
            }
            self.channels.insert(channel.to_owned(), paid);
        }
        at
    }

    /// Takes a place only if there is one at `now`; else takes nothing and says when to ask again. Each of those
    /// who are sent away gets an instant of their own, so that a long queue does not come back as one crowd;
    /// whoever comes while there is room is served at once, queue or not.
    ///
    /// # Errors
    /// When to ask again.
    pub fn try_reserve(
        &mut self,
        method: &'static str,
        channel: Option<&str>,
        now: Instant,
    ) -> Result<(), Instant> {
        let at = self.earliest(method, channel.filter(|_| paced_by_channel(method)), now);
        if at > now {
            return Err(self.enqueue(method, channel, at, now));
        }
        self.reserve(method, channel, now);
        Ok(())
    }

    fn enqueue(&mut self, method: &'static str, channel: Option<&str>, at: Instant, now: Instant) -> Instant {
        let by_method = MINUTE / u32::try_from(per_minute(method)).unwrap_or(u32::MAX);
        let (name, interval) = match channel.filter(|_| paced_by_channel(method)) {
            Some(channel) => (channel, by_method.max(CHANNEL_INTERVAL)),
            None => (method, by_method),
        };
        if self.queues.len() >= CHANNELS_KEPT {
            self.queues.retain(|_, last| *last > now);
            if self.queues.len() >= CHANNELS_KEPT {
                self.queues.clear(); // They come back as a crowd, once.
            }
        }
        let last = self.queues.get(name).map(|last| *last + interval);
        let turn = last.map_or(at, |next| next.max(at));
        self.queues.insert(name.to_owned(), turn);
        turn
    }

    /// Grants no call of `method` before `until`: a 429's `Retry-After`, which blocks that method only.
    pub fn pause(&mut self, method: &'static str, until: Instant) {
        let state = self.methods.entry(method).or_default();
        state.paused_until = state.paused_until.max(Some(until));
    }

    fn earliest(&self, method: &'static str, channel: Option<&str>, now: Instant) -> Instant {
        let by_method = self
            .methods
            .get(method)
            .map_or(now, |state| state.earliest(per_minute(method), now));
        let by_channel = channel.and_then(|channel| self.channels.get(channel)).copied();
        by_method.max(CHANNEL.earliest(by_channel, now))
    }

    /// Drops the channels that owe nothing; should that not be half of them, those that owe least.
    fn forget(&mut self, now: Instant) {
        self.channels.retain(|_, debt_until| *debt_until > now);
        if self.channels.len() > CHANNELS_KEPT / 2 {
            let mut debts: Vec<Instant> = self.channels.values().copied().collect();
            let middle = debts.len() / 2;
            let (_, median, _) = debts.select_nth_unstable(middle);
            let median = *median;
            self.channels.retain(|_, debt_until| *debt_until > median);
        }
    }
}

const CHANNEL: Limit = Limit {
    interval: CHANNEL_INTERVAL,
    burst: CHANNEL_BURST,
};

fn paced_by_channel(method: &str) -> bool {
    matches!(method, "chat.postMessage" | "chat.postEphemeral")
}

/// Slack's tier of a method. Unknown methods are held to tier 2, which costs little and never a 429.
fn per_minute(method: &str) -> usize {
    match method {
        "chat.postMessage" | "auth.test" => 300,
        "chat.postEphemeral" | "users.info" | "users.profile.get" => 100,
        "views.open" | "views.update" | "views.publish" | "views.push" => 100,
        "chat.update" | "apps.connections.open" => 50,
        m if m.starts_with("conversations.") => 50,
        _ => 20,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const POST: &str = "chat.postMessage";

    fn seconds(n: u64) -> Duration {
        Duration::from_secs(n)
    }

    #[test]
    fn a_channel_takes_a_burst_and_then_one_a_second() {
        let (mut pace, t0) = (Pace::new(), Instant::now());
        let granted: Vec<_> = (0..5).map(|_| pace.reserve(POST, Some("C1"), t0) - t0).collect();
        assert_eq!(granted, [0, 0, 0, 1, 2].map(seconds));
        // Another channel does not wait for it, and the first has recovered once it was left alone.
        assert_eq!(pace.reserve(POST, Some("C2"), t0), t0);
        let later = t0 + seconds(10);
        assert_eq!(pace.reserve(POST, Some("C1"), later), later);
    }

    #[test]
    fn no_minute_sees_more_calls_than_the_tier_allows() {
        for (method, per_minute) in [("usergroups.users.list", 20), ("chat.update", 50), (POST, 300)] {
            let (mut pace, t0) = (Pace::new(), Instant::now());
            let granted: Vec<_> = (0..1000).map(|_| pace.reserve(method, None, t0)).collect();
            assert_eq!(granted[0], t0);
            assert!(granted.is_sorted());
            for (i, start) in granted.iter().enumerate() {
                let window = granted[i..]
                    .iter()
                    .take_while(|at| **at < *start + MINUTE)
                    .count();
                assert!(window <= per_minute, "{method}: {window} from call {i} on");
            }
            // And the tier is used: the minute is not half empty either.
            let first = granted.iter().filter(|at| **at < t0 + MINUTE).count();
            assert!(first > per_minute * 9 / 10, "{method}: {first}");
        }
    }

    #[test]
    fn a_pause_stops_its_method_only_and_the_longest_counts() {
        let (mut pace, t0) = (Pace::new(), Instant::now());
        pace.pause(POST, t0 + seconds(30));
        pace.pause(POST, t0 + seconds(5));
        assert_eq!(pace.try_reserve(POST, Some("C1"), t0), Err(t0 + seconds(30)));
        assert_eq!(pace.try_reserve("chat.update", Some("C1"), t0), Ok(()));
        assert_eq!(pace.try_reserve(POST, Some("C1"), t0 + seconds(30)), Ok(()));
    }

    #[test]
    fn a_refused_try_takes_nothing() {
        let (mut pace, t0) = (Pace::new(), Instant::now());
        for _ in 0..3 {
            assert_eq!(pace.try_reserve(POST, Some("C1"), t0), Ok(()));
        }
        assert_eq!(pace.try_reserve(POST, Some("C1"), t0), Err(t0 + seconds(1)));
        assert_eq!(pace.try_reserve(POST, Some("C1"), t0 + seconds(1)), Ok(()));
    }

    #[test]
    fn those_who_are_sent_away_come_back_one_by_one() {
        let (mut pace, t0) = (Pace::new(), Instant::now());
        let mut turns = Vec::new();
        for _ in 0..100 {
            turns.extend(pace.try_reserve(POST, Some("C1"), t0).err());
        }
        assert_eq!(turns.len(), 97);
        assert!(turns.windows(2).all(|pair| pair[1] - pair[0] == seconds(1)));
        for turn in turns {
            assert_eq!(pace.try_reserve(POST, Some("C1"), turn), Ok(()));
        }
        // A method's own limit queues by method, whatever the channel.
        let turns: Vec<_> = (0..60)
            .filter_map(|n| pace.try_reserve("chat.update", Some(&format!("C{n}")), t0).err())
            .collect();
        assert_eq!(turns.len(), 10);
        assert!(turns.is_sorted() && turns[9] > turns[0]);
    }

    #[test]
    fn memory_is_bounded_and_forgets_those_at_rest_first() {
        let (mut pace, t0) = (Pace::new(), Instant::now());
        pace.channels.insert("BUSY".to_owned(), t0 + MINUTE * 10_000);
        for n in 0..3 * CHANNELS_KEPT {
            pace.reserve(POST, Some(&format!("C{n}")), t0);
            assert!(pace.channels.len() <= CHANNELS_KEPT);
        }
        assert!(pace.channels.contains_key("BUSY"));
    }
}
