//! The App Home (R26): who has opened theirs, what is on it, and when it is brought up to date.

use super::App;
use super::query::waiting;
use crate::domain::effect::{Effect, Task};
use crate::domain::home::{Home, Turned};
use crate::domain::ids::UserId;
use crate::domain::stage::Stage;
use crate::store::{self, Conn, StoreError, lists, outbox};
use chrono::{DateTime, DurationRound, TimeDelta, Utc};
use std::cmp::Reverse;
use std::collections::BTreeSet;

/// Of the lists with buttons, so many a page.
const WITH_BUTTONS: i64 = 8;
/// Of the lists of lines.
const LINES: i64 = 15;
/// So many outcomes.
const OUTCOMES: i64 = 8;
/// Homes that were opened within this time are kept up to date with what concerns their readers, the latest so
/// many of them. Everybody else finds theirs up to date when they open it.
const KEPT: TimeDelta = TimeDelta::days(30);
const KEPT_MOST: i64 = 300;
/// Whoever opened theirs within this time may still look at it: these are kept up to date also with what does
/// not concern their readers, the latest so many.
const LOOKING: TimeDelta = TimeDelta::days(1);
const LOOKING_MOST: usize = 50;
/// How long what does not concern somebody may take to show, and as much more for each who looks: together
/// they then use 80 of the 100 publications that Slack takes in a minute (tier 4).
const SOON: TimeDelta = TimeDelta::seconds(2);
const SPREAD: TimeDelta = TimeDelta::milliseconds(750);

impl App {
    /// Somebody opened their App Home: from now on it is kept up to date.
    pub async fn open_home(&self, user: UserId) -> Result<(), StoreError> {
        self.change_home(user, None).await
    }

    /// Somebody turned a list of theirs.
    pub async fn turn_home(&self, user: UserId, pages: String) -> Result<(), StoreError> {
        self.change_home(user, Some(pages)).await
    }

    async fn change_home(&self, user: UserId, pages: Option<String>) -> Result<(), StoreError> {
        let now = self.clock.now();
        self.store
            .write(move |conn| {
                Box::pin(async move {
                    match pages {
                        Some(pages) => lists::turn_home(conn, &user, &pages, now).await?,
                        None => lists::open_home(conn, &user, now).await?,
                    }
                    outbox::enqueue(conn, &[Effect::now(now, Task::Home { user })], now).await
                })
            })
            .await?;
        self.wake.notify_one();
        Ok(())
    }

    /// What is remembered of somebody's App Home; `None` if they never opened it.
    pub async fn home(&self, user: &UserId) -> Result<Option<store::Home>, StoreError> {
        let mut conn = self.store.read().await?;
        lists::home(&mut conn, user).await
    }

    /// What somebody's App Home has to show.
    pub async fn home_lists(&self, user: &UserId, turned: Turned) -> Result<Home, StoreError> {
        let mut conn = self.store.read().await?;
        let conn = &mut conn;
        let mut outcomes = Vec::new();
        for stage in [Stage::Clear, Stage::Published, Stage::Withdrawn] {
            outcomes.extend(lists::latest(conn, stage, OUTCOMES).await?);
        }
        outcomes.sort_by_key(|request| Reverse((request.stage_since(), request.request_id)));
        outcomes.truncate(OUTCOMES as usize);
        Ok(Home {
            waiting: waiting(conn, user, turned.waiting, WITH_BUTTONS).await?,
            mine: lists::requested_by(conn, user, true, turned.mine, WITH_BUTTONS).await?,
            open: lists::open_page(conn, turned.open, LINES).await?,
            outcomes,
        })
    }
}

/// Whose App Home a change shows on: at once (`due_at`) for those whom it concerns, a little later for others
/// who may be looking.
pub(super) async fn follow(
    conn: &mut Conn<'_>,
    concerned: &BTreeSet<UserId>,
    due_at: DateTime<Utc>,
    now: DateTime<Utc>,
) -> Result<Vec<Effect>, StoreError> {
    // By the hour, so that those who ask at about the same time ask the same.
    let since = (now - KEPT)
        .duration_trunc(TimeDelta::hours(1))
        .unwrap_or(now - KEPT);
    let homes = lists::homes_since(conn, since, KEPT_MOST).await?;
    let looking = |opened_at: DateTime<Utc>| opened_at > now - LOOKING;
    let lookers = homes.iter().filter(|(_, opened_at)| looking(*opened_at)).count();
    let lookers = lookers.min(LOOKING_MOST);
    let soon = now + SOON + SPREAD * i32::try_from(lookers).unwrap_or(0);
    let shows = |(place, (user, _)): (usize, (UserId, DateTime<Utc>))| {
        let due_at = match concerned.contains(&user) {
            true => due_at,
            false if place < lookers => due_at.max(soon),
            false => return None,
        };
        let task = Task::Home { user };
        Some(Effect { due_at, task })
    };
    Ok(homes.into_iter().enumerate().filter_map(shows).collect())
}
