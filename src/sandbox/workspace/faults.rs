//! Switches that make the Web API misbehave.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

/// When the connection fails: before Slack has done what was asked, or after.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Commit {
    /// Nothing was done.
    Before,
    /// It was done; only the answer is lost.
    After,
}

/// One way to misbehave.
#[derive(Clone, Debug)]
pub enum Fault {
    /// HTTP 429 with this raw `Retry-After` header, or none.
    RateLimited {
        /// The header's value, well formed or not.
        retry_after: Option<String>,
    },
    /// This HTTP status with a plain body.
    Status(u16, Commit),
    /// No answer until the client gives up.
    Hang(Commit),
    /// The connection is dropped without an answer.
    Reset(Commit),
    /// The connection is dropped without an answer, and it is done this much later all the same.
    Late(Duration),
    /// HTTP 200 with `ok: false` and this code.
    Error(String),
    /// HTTP 200 with an HTML page, nothing done.
    Html,
    /// Done, but the 200 does not parse.
    NotJson,
    /// The right answer after this long.
    Delay(Duration),
    /// HTTP 200 with 16 MB of JSON, nothing done.
    BigBody,
    /// HTTP 302 to this address, nothing done.
    Redirect(String),
}

struct Planned {
    method: String,
    channel: Option<String>,
    fault: Fault,
    persistent: bool,
}

/// The queue of planned faults. `"*"` stands for any method, `"response_url"` for the response URLs.
#[derive(Clone, Default)]
pub struct Faults {
    planned: Arc<Mutex<Vec<Planned>>>,
}

impl Faults {
    /// The next call of `method` fails this way.
    pub fn next(&self, method: &str, fault: Fault) {
        self.plan(method, None, fault, false);
    }

    /// The next call of `method` about `channel` (as the bot names it) fails this way.
    pub fn next_in(&self, method: &str, channel: &str, fault: Fault) {
        self.plan(method, Some(channel), fault, false);
    }

    /// All calls of `method` fail this way until `clear`.
    pub fn always(&self, method: &str, fault: Fault) {
        self.plan(method, None, fault, true);
    }

    /// All calls of `method` about `channel` fail this way until `clear`.
    pub fn always_in(&self, method: &str, channel: &str, fault: Fault) {
        self.plan(method, Some(channel), fault, true);
    }

    /// Forgets all planned faults.
    pub fn clear(&self) {
        self.lock().clear();
    }

    /// How many planned faults have not been used yet.
    pub fn pending(&self) -> usize {
        self.lock().iter().filter(|planned| !planned.persistent).count()
    }

    /// The first planned fault that fits, used up unless persistent.
    pub(crate) fn take(&self, method: &str, channel: Option<&str>) -> Option<Fault> {
        let mut planned = self.lock();
        let at = planned.iter().position(|p| {
            (p.method == "*" || p.method == method)
                && (p.channel.is_none() || p.channel.as_deref() == channel)
        })?;
        if planned[at].persistent {
            return Some(planned[at].fault.clone());
        }
        Some(planned.remove(at).fault)
    }

    fn plan(&self, method: &str, channel: Option<&str>, fault: Fault, persistent: bool) {
        let (method, channel) = (method.to_owned(), channel.map(str::to_owned));
        self.lock().push(Planned {
            method,
            channel,
            fault,
            persistent,
        });
    }

    fn lock(&self) -> MutexGuard<'_, Vec<Planned>> {
        self.planned.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
