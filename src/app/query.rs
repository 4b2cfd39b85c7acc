//! The read side: what people ask about, straight from the tables.

use super::App;
use crate::domain::digest::{Digest, digest};
use crate::domain::ids::{LaneKey, RequestId, UserId};
use crate::domain::request::{Lane, Request};
use crate::store::{Card, StoreError, Stuck, outbox, queries};
use chrono::{DateTime, NaiveDate, TimeDelta, Utc};

/// The most rows of a list that are read: more never fit into one Slack message.
const MOST: i64 = 20;

/// A list cut to what can be shown, and how many more there are.
#[derive(Debug, Clone)]
pub struct Page<T> {
    /// The first ones.
    pub items: Vec<T>,
    /// How many were left out.
    pub more: usize,
}

impl<T> Page<T> {
    fn of(items: Vec<T>, total: i64) -> Self {
        let more = usize::try_from(total).unwrap_or(0).saturating_sub(items.len());
        Page { items, more }
    }
}

impl App {
    /// A request as it stands.
    pub async fn request(&self, request_id: RequestId) -> Result<Option<Request>, StoreError> {
        let mut conn = self.store.read().await?;
        Ok(queries::load(&mut conn, request_id)
            .await?
            .map(|(request, _)| request))
    }

    /// A person's own requests, open ones first.
    pub async fn mine(&self, user: &UserId) -> Result<Page<Request>, StoreError> {
        let mut conn = self.store.read().await?;
        let items = queries::requested_by(&mut conn, user, MOST).await?;
        Ok(Page::of(
            items,
            queries::count_requested_by(&mut conn, user).await?,
        ))
    }

    /// What waits on a person, oldest first.
    pub async fn waiting(&self, user: &UserId) -> Result<Page<(Request, LaneKey)>, StoreError> {
        let mut conn = self.store.read().await?;
        let items = queries::waiting_on(&mut conn, user, MOST).await?;
        Ok(Page::of(items, queries::count_waiting_on(&mut conn, user).await?))
    }

    /// All that waits on a person, as far as a reminder can matter.
    pub async fn all_waiting(&self, user: &UserId) -> Result<Vec<(Request, LaneKey)>, StoreError> {
        let mut conn = self.store.read().await?;
        queries::waiting_on(&mut conn, user, 500).await
    }

    /// How many open requests wait on a person.
    pub async fn count_waiting(&self, user: &UserId) -> Result<usize, StoreError> {
        let mut conn = self.store.read().await?;
        Ok(usize::try_from(queries::count_waiting_on(&mut conn, user).await?).unwrap_or(0))
    }

    /// Where a card is, if it was posted.
    pub async fn card(&self, topic: &str) -> Result<Option<Card>, StoreError> {
        let mut conn = self.store.read().await?;
        queries::card(&mut conn, topic).await
    }

    /// What the digest of a day has to say, counted from the one before (R24); from a week back when there
    /// was none yet.
    pub async fn digest(&self, on: NaiveDate) -> Result<Digest, StoreError> {
        let mut conn = self.store.read().await?;
        let now = self.clock.now();
        let since = queries::last_digest(&mut conn)
            .await?
            .unwrap_or(now - TimeDelta::days(7));
        let requests = queries::open_or_updated_since(&mut conn, since).await?;
        Ok(digest(&self.rules, requests, since, on, now))
    }

    /// When the oldest task that still waits was due.
    pub async fn oldest_due(&self) -> Result<Option<DateTime<Utc>>, StoreError> {
        let mut conn = self.store.read().await?;
        outbox::oldest_claimable(&mut conn).await
    }

    /// When something is due next, now or later; what a stuck card holds back is not counted twice.
    pub async fn next_due(&self) -> Result<Option<DateTime<Utc>>, StoreError> {
        let mut conn = self.store.read().await?;
        outbox::next_due(&mut conn, Some(self.clock.now())).await
    }

    /// When the next morning reminder is due (R22).
    pub async fn next_reminder(&self) -> Result<Option<DateTime<Utc>>, StoreError> {
        let mut conn = self.store.read().await?;
        outbox::next_reminder(&mut conn, self.clock.now()).await
    }

    /// When the next lane lapses if nobody answers (R14).
    pub async fn next_deadline(&self) -> Result<Option<DateTime<Utc>>, StoreError> {
        let mut conn = self.store.read().await?;
        let open = queries::open_requests(&mut conn).await?;
        let lapsing = open.iter().filter(|request| request.gated && !request.is_wide());
        let deadlines = lapsing.flat_map(|request| request.pending().filter_map(Lane::deadline));
        Ok(deadlines.filter(|deadline| *deadline > self.clock.now()).min())
    }

    /// How many tasks are queued, in doubt and dead.
    pub async fn stuck_counts(&self) -> Result<Vec<(String, i64)>, StoreError> {
        let mut conn = self.store.read().await?;
        outbox::count_by_state(&mut conn).await
    }

    /// What an operator must look at.
    pub async fn stuck(&self) -> Result<Vec<Stuck>, StoreError> {
        let mut conn = self.store.read().await?;
        outbox::stuck(&mut conn, MOST).await
    }
}
