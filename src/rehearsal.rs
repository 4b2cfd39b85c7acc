//! Rehearsals of what goes wrong: `examples/campaign.rs` kills a bot at named points and lets it live in
//! another time. All of it exists under the feature `failpoints` only; without it the macro is nothing and
//! the functions answer what they always do.
//!
//! | variable | what it does |
//! |---|---|
//! | `FAILPOINTS` | `NAME=2*off->panic`: the process ends, as by `kill -9`, the third time it comes to this point; `NAME=sleep(500)`: it dawdles there; `look=return`: it does not look before it sends again |
//! | `SIGNOFF_REHEARSE_AHEAD` | seconds by which this process is ahead of the machine's clock |
//! | `SIGNOFF_REHEARSE_LEASE`, `SIGNOFF_REHEARSE_DOUBT` | seconds, instead of how long a claim holds and how long a doubt is left alone |
//! | `SIGNOFF_REHEARSE_UNPACED` | set: Slack's rate limits are not kept to, for a workspace that has none |

pub(crate) use knobs::{clock, doubt, lease, paced, start};

/// A point at which a rehearsal may end the process, hold it up, or make it return something else.
#[cfg(feature = "failpoints")]
macro_rules! fail_point {
    ($($argument:tt)*) => { fail::fail_point!($($argument)*) };
}
#[cfg(not(feature = "failpoints"))]
macro_rules! fail_point {
    ($($argument:tt)*) => {};
}

#[cfg(not(feature = "failpoints"))]
mod knobs {
    use crate::clock::Clock;
    use chrono::TimeDelta;

    pub(crate) fn start() {}

    pub(crate) fn clock() -> Clock {
        Clock::System
    }

    pub(crate) fn lease(usual: TimeDelta) -> TimeDelta {
        usual
    }

    pub(crate) fn doubt(usual: TimeDelta) -> TimeDelta {
        usual
    }

    pub(crate) fn paced() -> bool {
        true
    }
}

#[cfg(feature = "failpoints")]
mod knobs {
    use crate::clock::Clock;
    use chrono::TimeDelta;

    /// Arms the points that `FAILPOINTS` names. A panic, there or anywhere, ends the process on the spot:
    /// nothing is unwound, no file is closed, no answer sent.
    pub(crate) fn start() {
        // Dropping it would disarm them.
        std::mem::forget(fail::FailScenario::setup());
        let say = std::panic::take_hook();
        std::panic::set_hook(Box::new(move |panic| {
            say(panic);
            std::process::abort();
        }));
    }

    /// The machine's clock, or one that is ahead of it.
    pub(crate) fn clock() -> Clock {
        Clock::Ahead(seconds("SIGNOFF_REHEARSE_AHEAD").unwrap_or_default())
    }

    /// How long a claim holds.
    pub(crate) fn lease(usual: TimeDelta) -> TimeDelta {
        seconds("SIGNOFF_REHEARSE_LEASE").unwrap_or(usual)
    }

    /// How long a doubt is left alone.
    pub(crate) fn doubt(usual: TimeDelta) -> TimeDelta {
        seconds("SIGNOFF_REHEARSE_DOUBT").unwrap_or(usual)
    }

    /// Are Slack's rate limits kept to?
    pub(crate) fn paced() -> bool {
        std::env::var_os("SIGNOFF_REHEARSE_UNPACED").is_none()
    }

    fn seconds(name: &str) -> Option<TimeDelta> {
        let seconds: f64 = std::env::var(name).ok()?.parse().ok()?;
        Some(TimeDelta::microseconds((seconds * 1e6) as i64))
    }
}
