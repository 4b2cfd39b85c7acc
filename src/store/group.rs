//! Group commit: one task writes, and carries whatever has gathered meanwhile through one transaction.
//!
//! A durable commit waits for a disk. While it does, further operations gather; the next transaction takes
//! them all. A lone caller pays nothing for it. It also means that nobody who hangs up can leave a transaction
//! half-way: callers never hold one.

use super::{Conn, StoreError};
use futures_util::FutureExt;
use futures_util::future::BoxFuture;
use std::panic::AssertUnwindSafe;
use std::time::Duration;
use tokio::sync::{mpsc, oneshot};
use tokio::time::timeout;

/// How many operations one transaction may carry.
const MOST: usize = 128;
/// How many of them may be such that nobody waits for, while somebody waits for others: with a few dozen groups a
/// second, that is more than Slack takes.
const FEW: usize = 1;
/// How long the outbox waits after a group that somebody waited for: where people are, more are on their way, and a
/// commit for the outbox alone costs as much time as theirs.
const SOON: Duration = Duration::from_millis(2);

/// A database's way of carrying a group through one transaction.
pub(super) trait Commit: Send + 'static {
    /// Runs every operation and commits; nothing of one that refuses is kept. `Ok` means that it is on the disk.
    fn commit<'a>(&'a mut self, group: &'a mut [Box<dyn Operation>])
    -> BoxFuture<'a, Result<(), StoreError>>;
}

/// Where operations are handed in.
#[derive(Clone, Debug)]
pub(super) struct Writer {
    urgent: mpsc::Sender<Box<dyn Operation>>,
    patient: mpsc::Sender<Box<dyn Operation>>,
}

/// Who waits for an operation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Urgency {
    /// Somebody who was promised an answer within moments.
    Urgent,
    /// The outbox: it takes what room there is.
    Patient,
}

/// What was handed in.
struct Queues {
    urgent: mpsc::Receiver<Box<dyn Operation>>,
    patient: mpsc::Receiver<Box<dyn Operation>>,
    /// Did somebody wait for the group before?
    crowded: bool,
}

impl Queues {
    /// Waits for the next group. `false` when no more can come.
    async fn next(&mut self, group: &mut Vec<Box<dyn Operation>>) -> bool {
        let (urgent, patient) = (&mut self.urgent, &mut self.patient);
        let soon = match self.crowded {
            true => {
                // What came meanwhile may still wait to be read.
                tokio::task::yield_now().await;
                timeout(SOON, urgent.recv()).await.ok().flatten()
            }
            false => None,
        };
        let (operation, somebody_waits) = match soon {
            Some(operation) => (operation, true),
            None => tokio::select! {
                biased;
                Some(operation) = urgent.recv() => (operation, true),
                Some(operation) = patient.recv() => (operation, false),
                else => return false,
            },
        };
        self.crowded = somebody_waits;
        let most = if somebody_waits { FEW } else { MOST };
        group.push(operation);
        group.extend(std::iter::from_fn(|| urgent.try_recv().ok()).take(MOST));
        group.extend(std::iter::from_fn(|| patient.try_recv().ok()).take(most));
        true
    }
}

impl Writer {
    /// Starts the task.
    pub(super) fn spawn(database: impl Commit) -> Writer {
        let (urgent, of_people) = mpsc::channel(1024);
        let (patient, of_the_outbox) = mpsc::channel(1024);
        let queues = Queues {
            urgent: of_people,
            patient: of_the_outbox,
            crowded: false,
        };
        tokio::spawn(run(database, queues));
        Writer { urgent, patient }
    }

    /// Runs an operation in a write transaction. When this returns `Ok`, it is on the disk; when it returns
    /// an error, nothing of it was kept.
    pub(super) async fn write<T, E, F>(&self, urgency: Urgency, operation: F) -> Result<T, E>
    where
        T: Send + 'static,
        E: From<StoreError> + Send + 'static,
        F: for<'a, 'c> FnOnce(&'a mut Conn<'c>) -> BoxFuture<'a, Result<T, E>> + Clone + Send + 'static,
    {
        let (reply, answer) = oneshot::channel();
        let job = Job {
            operation,
            result: None,
            reply,
        };
        let queue = match urgency {
            Urgency::Urgent => &self.urgent,
            Urgency::Patient => &self.patient,
        };
        queue.send(Box::new(job)).await.map_err(|_| StoreError::Closed)?;
        answer.await.map_err(|_| StoreError::Closed)?
    }
}

async fn run(mut database: impl Commit, mut queues: Queues) {
    let mut group = Vec::with_capacity(MOST + FEW);
    while queues.next(&mut group).await {
        let committed = database.commit(&mut group).await;
        fail_point!("after-commit");
        if let Err(error) = &committed {
            tracing::error!(%error, operations = group.len(), "a write transaction failed");
        }
        for operation in group.drain(..) {
            operation.answer(committed.clone());
        }
    }
}

/// An operation on its way through the writer: run, and run again if nobody can tell whose failure undid the first
/// time; told at the end whether the group was committed.
pub(super) trait Operation: Send {
    /// Runs it; `true` when it is to be kept.
    fn run<'a>(&'a mut self, conn: &'a mut Conn<'_>) -> BoxFuture<'a, bool>;
    /// Answers the caller.
    fn answer(self: Box<Self>, committed: Result<(), StoreError>);
}

struct Job<F, T, E> {
    operation: F,
    result: Option<Result<T, E>>,
    reply: oneshot::Sender<Result<T, E>>,
}

impl<F, T, E> Operation for Job<F, T, E>
where
    T: Send + 'static,
    E: From<StoreError> + Send + 'static,
    F: for<'a, 'c> FnOnce(&'a mut Conn<'c>) -> BoxFuture<'a, Result<T, E>> + Clone + Send + 'static,
{
    fn run<'a>(&'a mut self, conn: &'a mut Conn<'_>) -> BoxFuture<'a, bool> {
        let operation = self.operation.clone();
        Box::pin(async move {
            let run = AssertUnwindSafe(async { operation(conn).await }).catch_unwind();
            let result = match run.await {
                Ok(Ok(value)) => conn.finish().await.map(|()| value).map_err(E::from),
                Ok(refused) => refused,
                Err(_) => Err(StoreError::Panicked.into()),
            };
            let keep = result.is_ok();
            self.result = Some(result);
            keep
        })
    }

    fn answer(self: Box<Self>, committed: Result<(), StoreError>) {
        let result = match (committed, self.result) {
            // An operation that refused changed nothing, committed or not.
            (_, Some(Err(error))) => Err(error),
            (Ok(()), Some(Ok(value))) => Ok(value),
            (Err(error), _) => Err(error.into()),
            (Ok(()), None) => Err(StoreError::Closed.into()),
        };
        // Nobody listens when the caller has gone; what was committed stays.
        let _ = self.reply.send(result);
    }
}
