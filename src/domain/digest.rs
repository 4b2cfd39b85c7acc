//! What the marketing channel should know once a day (R24): every request in exactly one section.

use super::figures::Figures;
use super::page::Page;
use super::policy::Rules;
use super::request::{Intervention, Request};
use chrono::{DateTime, Days, NaiveDate, Utc};

/// The sections of one day's digest, in the order in which they are read.
#[derive(Debug, Clone, PartialEq)]
pub struct Digest {
    /// The company's date.
    pub on: NaiveDate,
    /// What happened after this instant is news.
    pub since: DateTime<Utc>,
    /// How many requests are open, those included that no section shows.
    pub open: usize,
    /// How many lanes lapsed since then.
    pub lapsed: usize,
    /// Wide-impact and blocked, oldest first.
    pub wide: Page<Request>,
    /// A lane lapses today or tomorrow; soonest first.
    pub lapsing: Page<Request>,
    /// Waiting for an answer, oldest first; the voluntary ones too.
    pub waiting: Page<Request>,
    /// Somebody asked for changes, after a lapse included (R12); oldest first.
    pub objected: Page<Request>,
    /// The gate opened since the last digest, oldest first.
    pub cleared: Page<Request>,
    /// Published since the last digest.
    pub published: Page<Request>,
    /// Withdrawn since the last digest.
    pub withdrawn: Page<Request>,
    /// What admins did for others since the last digest; these requests are in a section besides.
    pub by_admins: Vec<(Request, Intervention)>,
    /// On the first business day of a week: what happened in the one before.
    pub last_week: Option<Figures>,
    /// Messages that an operator must look at.
    pub stuck: Stuck,
}

/// What admins did for others on these requests after `since`, in its order.
pub fn by_admins(rules: &Rules, requests: &[Request], since: DateTime<Utc>) -> Vec<(Request, Intervention)> {
    let news = |done: &&Intervention| done.at > since && rules.is_admin(&done.by);
    let of = |request: &Request| {
        let done = request.interventions.iter().filter(news).cloned();
        done.map(|done| (request.clone(), done)).collect::<Vec<_>>()
    };
    let mut all: Vec<_> = requests.iter().flat_map(of).collect();
    all.sort_by_key(|(_, done)| done.at);
    all
}

/// How many messages are stuck (R29).
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Stuck {
    /// Slack may or may not have them.
    pub in_doubt: usize,
    /// Slack refused them.
    pub dead: usize,
}

impl Digest {
    /// Nothing to say: an open request that is clear since long ago is no news, nor are figures alone.
    pub fn is_empty(&self) -> bool {
        self.sections().iter().all(|section| section.total() == 0) && self.by_admins.is_empty()
    }

    /// All sections.
    pub fn sections(&self) -> [&Page<Request>; 7] {
        [
            &self.wide,
            &self.lapsing,
            &self.waiting,
            &self.objected,
            &self.cleared,
            &self.published,
            &self.withdrawn,
        ]
    }
}

impl Rules {
    /// The last instant that still belongs to "today and tomorrow" in the digest of the date `on`: a lane that
    /// lapses at tomorrow's midnight has all of tomorrow.
    pub fn lapsing_until(&self, on: NaiveDate) -> DateTime<Utc> {
        let after = on.checked_add_days(Days::new(2)).unwrap_or(on);
        self.calendar.zone().start_of_day(after)
    }

    /// The week before the one that begins with the date `on`: where it began and ended. `None` unless `on` is
    /// the first business day of its week.
    pub fn last_week(&self, on: NaiveDate) -> Option<(DateTime<Utc>, DateTime<Utc>)> {
        let start = self.calendar.week_start(on);
        let mut earlier = start.iter_days().take_while(|day| *day < on);
        if !self.calendar.is_business_day(on) || earlier.any(|day| self.calendar.is_business_day(day)) {
            return None;
        }
        let zone = self.calendar.zone();
        let before = start.checked_sub_days(Days::new(7))?;
        Some((zone.start_of_day(before), zone.start_of_day(start)))
    }
}
