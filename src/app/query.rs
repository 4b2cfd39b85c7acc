//! The read side: what people ask about, straight from the tables.

use super::App;
use crate::domain::digest::{self, Digest};
use crate::domain::ids::{LaneKey, RequestId, UserId};
use crate::domain::page::Page;
use crate::domain::request::Request;
use crate::domain::stage::Stage;
use crate::store::{Card, Conn, StoreError, Stuck, lists, outbox, queries};
use chrono::{DateTime, NaiveDate, TimeDelta, Utc};

/// The most rows of a list that are read: more never fit into one Slack message.
const MOST: i64 = 20;

/// Of each section of a digest, so many are read: some are shown, the next are named.
const SECTION: i64 = 20;

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
        lists::requested_by(&mut conn, user, false, 0, MOST).await
    }

    /// What waits on a person, what lapses first on top.
    pub async fn waiting(&self, user: &UserId) -> Result<Page<(Request, LaneKey)>, StoreError> {
        let mut conn = self.store.read().await?;
        waiting(&mut conn, user, 0, MOST).await
    }

    /// All that waits on a person, as far as a reminder can matter.
    pub async fn all_waiting(&self, user: &UserId) -> Result<Vec<(Request, LaneKey)>, StoreError> {
        let mut conn = self.store.read().await?;
        queries::waiting_on(&mut conn, user, 0, 500).await
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
        let horizon = self.rules.lapsing_until(on).max(now);
        let conn = &mut conn;
        let figures = lists::figures(conn, since + TimeDelta::microseconds(1), now).await?;
        let last_week = match self.rules.last_week(on) {
            Some((from, to)) => Some(lists::figures(conn, from, to).await?),
            None => None,
        };
        let mut touched = Vec::new();
        for admin in &self.rules.admins {
            touched.extend(lists::touched_by(conn, admin, since, SECTION).await?);
        }
        touched.sort_by_key(|request| request.request_id);
        touched.dedup_by_key(|request| request.request_id);
        Ok(Digest {
            on,
            since,
            open: lists::count_open(conn).await?,
            lapsed: figures.all_answers().lapsed,
            wide: lists::standing(conn, Stage::Wide, horizon, SECTION).await?,
            lapsing: lists::lapsing(conn, horizon, SECTION).await?,
            waiting: lists::standing(conn, Stage::Waiting, horizon, SECTION).await?,
            objected: lists::standing(conn, Stage::Objected, horizon, SECTION).await?,
            cleared: lists::news(conn, Stage::Clear, since, SECTION).await?,
            published: lists::news(conn, Stage::Published, since, SECTION).await?,
            withdrawn: lists::news(conn, Stage::Withdrawn, since, SECTION).await?,
            by_admins: digest::by_admins(&self.rules, &touched, since),
            last_week,
            stuck: stuck(conn, now).await?,
        })
    }

    /// Number and hash of the last row of the audit trail (R31); `None` before the first.
    pub async fn audit_head(&self) -> Result<Option<(i64, String)>, StoreError> {
        let mut conn = self.store.read().await?;
        lists::audit_head(&mut conn).await
    }

    /// When the oldest task that still waits was due.
    pub async fn oldest_due(&self) -> Result<Option<DateTime<Utc>>, StoreError> {
        let mut conn = self.store.read().await?;
        outbox::oldest_claimable(&mut conn).await
    }

    /// When something is due next, now or later; what a stuck card holds back is not counted twice.
    pub async fn next_due(&self) -> Result<Option<DateTime<Utc>>, StoreError> {
        let mut conn = self.store.read().await?;
        Ok(outbox::look(&mut conn, self.clock.now()).await?.next)
    }

    /// When the next morning reminder is due (R22).
    pub async fn next_reminder(&self) -> Result<Option<DateTime<Utc>>, StoreError> {
        let mut conn = self.store.read().await?;
        outbox::next_reminder(&mut conn, self.clock.now()).await
    }

    /// When the next lane lapses if nobody answers (R14).
    pub async fn next_deadline(&self) -> Result<Option<DateTime<Utc>>, StoreError> {
        let mut conn = self.store.read().await?;
        lists::next_lapse(&mut conn, self.clock.now()).await
    }

    /// How many tasks are due, in doubt and dead.
    pub async fn stuck_counts(&self) -> Result<Vec<(String, i64)>, StoreError> {
        let mut conn = self.store.read().await?;
        outbox::count_by_state(&mut conn, self.clock.now()).await
    }

    /// Does a row for an operator say already that the marketing channel cannot be posted to?
    pub async fn channel_is_given_up(&self) -> Result<bool, StoreError> {
        let mut conn = self.store.read().await?;
        outbox::channel_is_given_up(&mut conn).await
    }

    /// What an operator must look at.
    pub async fn stuck(&self) -> Result<Vec<Stuck>, StoreError> {
        let mut conn = self.store.read().await?;
        outbox::stuck(&mut conn, MOST).await
    }
}

/// What waits on a person, without the first `skip`.
pub(super) async fn waiting(
    conn: &mut Conn<'_>,
    user: &UserId,
    skip: usize,
    most: i64,
) -> Result<Page<(Request, LaneKey)>, StoreError> {
    let total = usize::try_from(queries::count_waiting_on(conn, user).await?).unwrap_or(0);
    let size = usize::try_from(most).unwrap_or(1);
    let skip = Page::<Request>::start(skip, size, total);
    let items = queries::waiting_on(conn, user, skip, most).await?;
    Ok(Page::at(skip, size, items, total))
}

async fn stuck(conn: &mut Conn<'_>, now: DateTime<Utc>) -> Result<digest::Stuck, StoreError> {
    let mut stuck = digest::Stuck::default();
    for (state, count) in outbox::count_by_state(conn, now).await? {
        let count = usize::try_from(count).unwrap_or(0);
        match state.as_str() {
            "in_doubt" => stuck.in_doubt = count,
            "dead" => stuck.dead = count,
            _ => {}
        }
    }
    Ok(stuck)
}
