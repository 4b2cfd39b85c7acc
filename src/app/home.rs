//! The App Home (R26): who has opened theirs, what is on it, and when it is brought up to date.

use super::App;
use super::query::waiting;
use crate::domain::effect::{Effect, Task};
use crate::domain::home::{Home, Turned};
use crate::domain::ids::UserId;
use crate::domain::stage::Stage;
use crate::store::{self, Conn, StoreError, lists, outbox};
use chrono::{DateTime, TimeDelta, Utc};
use std::cmp::Reverse;
use std::collections::BTreeSet;

/// Of the lists with buttons, so many a page.
const WITH_BUTTONS: i64 = 8;
/// Of the lists of lines.
const LINES: i64 = 15;
/// So many outcomes.
const OUTCOMES: i64 = 8;
/// Whoever opened theirs within this time may still look at it: it is kept up to date also with what does not
/// concern them. Everybody else finds it up to date when they open it.
const LOOKING: TimeDelta = TimeDelta::days(1);
/// So many may look at theirs at once.
const LOOKERS: i64 = 50;
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
    concerned: BTreeSet<UserId>,
    due_at: DateTime<Utc>,
    now: DateTime<Utc>,
) -> Result<Vec<Effect>, StoreError> {
    let looking = lists::homes_since(conn, now - LOOKING, LOOKERS).await?;
    let mut effects = Vec::new();
    let spread = SOON + SPREAD * i32::try_from(looking.len()).unwrap_or(0);
    for user in looking.iter().filter(|user| !concerned.contains(*user)) {
        let task = Task::Home { user: user.clone() };
        effects.push(Effect {
            due_at: due_at.max(now + spread),
            task,
        });
    }
    for user in concerned {
        if looking.contains(&user) || lists::home(conn, &user).await?.is_some() {
            let task = Task::Home { user };
            effects.push(Effect { due_at, task });
        }
    }
    Ok(effects)
}
