//! How much is under way, for whoever must wait until nothing is: the sandbox before it moves the clock,
//! a shutdown before it ends.

use std::sync::Arc;
use tokio::sync::watch;

/// Counts work under way. Cheap to clone.
#[derive(Debug, Clone, Default)]
pub struct Busy(Arc<watch::Sender<usize>>);

/// Counts as one piece of work until it is dropped.
#[derive(Debug)]
pub struct Guard(Busy);

impl Busy {
    /// One more.
    pub fn enter(&self) -> Guard {
        self.0.send_modify(|count| *count += 1);
        Guard(self.clone())
    }

    /// Waits until nothing is under way; at once when nothing is.
    pub async fn idle(&self) {
        // The sender is in `self`, so the channel cannot close while this waits.
        let _ = self.0.subscribe().wait_for(|count| *count == 0).await;
    }
}

impl Drop for Guard {
    fn drop(&mut self) {
        self.0.0.send_modify(|count| *count -= 1);
    }
}
