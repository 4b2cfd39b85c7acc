//! What the marketing channel should know once a day (R24): every request in exactly one section.

use super::policy::Rules;
use super::request::{End, Gate, Intervention, Lane, Request};
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
    /// Wide-impact and blocked, oldest first.
    pub wide: Vec<Request>,
    /// A lane lapses today or tomorrow; soonest first.
    pub lapsing: Vec<Request>,
    /// Waiting for an answer, oldest first; the voluntary ones too.
    pub waiting: Vec<Request>,
    /// Somebody asked for changes, after a lapse included (R12); oldest first.
    pub objected: Vec<Request>,
    /// The gate opened since the last digest, oldest first.
    pub cleared: Vec<Request>,
    /// Published since the last digest.
    pub published: Vec<Request>,
    /// Withdrawn since the last digest.
    pub withdrawn: Vec<Request>,
    /// What admins did for others since the last digest; these requests are in a section besides.
    pub by_admins: Vec<(Request, Intervention)>,
}

fn interventions(rules: &Rules, requests: &[Request], since: DateTime<Utc>) -> Vec<(Request, Intervention)> {
    let news = |done: &&Intervention| done.at > since && rules.is_admin(&done.by);
    let of = |request: &Request| {
        let done = request.interventions.iter().filter(news).cloned();
        done.map(|done| (request.clone(), done)).collect::<Vec<_>>()
    };
    let mut all: Vec<_> = requests.iter().flat_map(of).collect();
    all.sort_by_key(|(_, done)| done.at);
    all
}

enum Section {
    Wide,
    Lapsing,
    Waiting,
    Objected,
    Cleared,
    Published,
    Withdrawn,
}

impl Digest {
    /// Nothing to say: an open request that is clear since long ago is no news.
    pub fn is_empty(&self) -> bool {
        self.sections().iter().all(|section| section.is_empty()) && self.by_admins.is_empty()
    }

    fn sections(&self) -> [&Vec<Request>; 7] {
        let Self {
            wide,
            lapsing,
            waiting,
            objected,
            cleared,
            published,
            withdrawn,
            ..
        } = self;
        [wide, lapsing, waiting, objected, cleared, published, withdrawn]
    }
}

/// Sorts `requests` (all open ones, and those that ended since `since`) into the digest of the date `on`.
pub fn digest(
    rules: &Rules,
    requests: Vec<Request>,
    since: DateTime<Utc>,
    on: NaiveDate,
    now: DateTime<Utc>,
) -> Digest {
    let tomorrow_ends = end_of_tomorrow(rules, on).max(now);
    let mut digest = Digest {
        on,
        since,
        open: requests.iter().filter(|request| request.is_open()).count(),
        wide: Vec::new(),
        lapsing: Vec::new(),
        waiting: Vec::new(),
        objected: Vec::new(),
        cleared: Vec::new(),
        published: Vec::new(),
        withdrawn: Vec::new(),
        by_admins: interventions(rules, &requests, since),
    };
    for request in requests {
        let list = match section(&request, since, tomorrow_ends) {
            Some(Section::Wide) => &mut digest.wide,
            Some(Section::Lapsing) => &mut digest.lapsing,
            Some(Section::Waiting) => &mut digest.waiting,
            Some(Section::Objected) => &mut digest.objected,
            Some(Section::Cleared) => &mut digest.cleared,
            Some(Section::Published) => &mut digest.published,
            Some(Section::Withdrawn) => &mut digest.withdrawn,
            None => continue,
        };
        list.push(request);
    }
    digest.sort();
    digest
}

impl Digest {
    fn sort(&mut self) {
        let Self {
            wide,
            lapsing,
            waiting,
            objected,
            cleared,
            published,
            withdrawn,
            ..
        } = self;
        for oldest_first in [wide, waiting, objected] {
            oldest_first.sort_by_key(|request| (request.filed_at, request.request_id));
        }
        lapsing.sort_by_key(|request| (next_lapse(request), request.request_id));
        for in_order_of_news in [cleared, published, withdrawn] {
            in_order_of_news.sort_by_key(|request| {
                (
                    ended_at(request).unwrap_or(request.gate_since),
                    request.request_id,
                )
            });
        }
    }
}

/// The last instant that still belongs to "today and tomorrow": a lane that lapses at tomorrow's midnight
/// has all of tomorrow.
fn end_of_tomorrow(rules: &Rules, on: NaiveDate) -> DateTime<Utc> {
    let after = on.checked_add_days(Days::new(2)).unwrap_or(on);
    rules.calendar.zone().start_of_day(after)
}

fn section(request: &Request, since: DateTime<Utc>, tomorrow_ends: DateTime<Utc>) -> Option<Section> {
    match &request.end {
        Some(End::Published { at, .. }) => return (*at > since).then_some(Section::Published),
        Some(End::Withdrawn { at, .. }) => return (*at > since).then_some(Section::Withdrawn),
        None => {}
    }
    let blocked = request.gate() == Gate::Blocked;
    if blocked && request.is_wide() {
        return Some(Section::Wide);
    }
    if blocked && next_lapse(request).is_some_and(|due| due <= tomorrow_ends) {
        return Some(Section::Lapsing);
    }
    if request.lanes.iter().any(Lane::has_objection) {
        return Some(Section::Objected);
    }
    if request.pending().next().is_some() {
        return Some(Section::Waiting);
    }
    (request.gated && request.gate_since > since).then_some(Section::Cleared)
}

/// The soonest deadline of a lane that waits; `None` when none will lapse.
pub fn next_lapse(request: &Request) -> Option<DateTime<Utc>> {
    let counts = request.gated && !request.is_wide();
    request
        .pending()
        .filter(|_| counts)
        .filter_map(Lane::deadline)
        .min()
}

fn ended_at(request: &Request) -> Option<DateTime<Utc>> {
    request.end.as_ref().map(|end| match end {
        End::Withdrawn { at, .. } | End::Published { at, .. } => *at,
    })
}
