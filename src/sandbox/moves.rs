//! Where the sandbox's clock can go: the next reminder, business day, deadline.

use super::Sandbox;
use crate::domain::zone::Zone;
use crate::store::StoreError;
use chrono::{DateTime, NaiveTime, TimeDelta, Utc};

/// The instants that somebody who tries the bot would like to see next.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Moves {
    /// When the next person is reminded. `None` when nobody is going to be.
    pub reminder: Option<DateTime<Utc>>,
    /// The company's next 10:00 on a business day: its digest and its reminders are out by then.
    pub business_day: Option<DateTime<Utc>>,
    /// When the next lane lapses. `None` when none would.
    pub deadline: Option<DateTime<Utc>>,
    /// An hour from now.
    pub hour: DateTime<Utc>,
}

/// Late enough in the morning to have everything.
const MORNING: NaiveTime = NaiveTime::from_hms_opt(10, 0, 0).expect("a time");

impl Sandbox {
    /// Where the clock can go from here.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn moves(&self) -> Result<Moves, StoreError> {
        let (app, now) = (self.app(), self.clock.now());
        let calendar = &app.rules.calendar;
        let today = calendar.zone().local_date(now);
        let next = calendar.next_business_day(today).ok();
        let days = calendar
            .is_business_day(today)
            .then_some(today)
            .into_iter()
            .chain(next);
        let mut mornings = days.map(|day| calendar.zone().at(day, MORNING));
        Ok(Moves {
            reminder: app.next_reminder().await?,
            business_day: mornings.find(|morning| *morning > now),
            deadline: app.next_deadline().await?,
            hour: now + TimeDelta::hours(1),
        })
    }

    /// Gives everybody the offset that their zone has now: the workspace has no zone data of its own.
    pub(super) fn keep_zones(&self) {
        let now = self.clock.now();
        for person in self.workspace.people() {
            let offset = Zone::parse(&person.tz).map(|zone| zone.offset_seconds(now));
            if let Ok(offset) = offset
                && offset != person.tz_offset
            {
                self.workspace
                    .change_user(&person.id, |user| user.tz_offset = offset);
            }
        }
    }
}
