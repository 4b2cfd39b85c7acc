//! What happened in a period, counted from the audit trail (R24, R31).

use super::event::{Entry, Event};
use super::evolve;
use super::ids::{CategoryKey, LaneKey, RequestId};
use super::request::{Lane, Request, Standing};
use chrono::{DateTime, TimeDelta, Utc};
use std::collections::BTreeMap;

/// The figures of a period.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Figures {
    /// What happened to requests, by category.
    pub requests: BTreeMap<CategoryKey, Requests>,
    /// What happened in lanes, by lane and category.
    pub lanes: BTreeMap<(LaneKey, CategoryKey), Answers>,
}

/// What happened to requests.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Requests {
    /// Filed.
    pub filed: usize,
    /// Taken back.
    pub withdrawn: usize,
    /// Went out.
    pub published: usize,
    /// Of these, while the gate was blocked (R13).
    pub published_while_blocked: usize,
}

/// What happened in lanes.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Answers {
    /// Approvals, late ones included.
    pub approved: usize,
    /// Objections, late ones included.
    pub changes_requested: usize,
    /// Lanes that stayed silent to the end. No approval.
    pub lapsed: usize,
    /// Answers that came after the lapse (R12).
    pub late: usize,
    /// How long each lane and round took from its opening to its first answer, in ascending order.
    pub first_answers: Vec<TimeDelta>,
}

impl Figures {
    /// All categories together.
    pub fn all_requests(&self) -> Requests {
        self.requests
            .values()
            .fold(Requests::default(), |sum, one| Requests {
                filed: sum.filed + one.filed,
                withdrawn: sum.withdrawn + one.withdrawn,
                published: sum.published + one.published,
                published_while_blocked: sum.published_while_blocked + one.published_while_blocked,
            })
    }

    /// All categories of each lane together.
    pub fn by_lane(&self) -> BTreeMap<&LaneKey, Answers> {
        let mut sums: BTreeMap<&LaneKey, Answers> = BTreeMap::new();
        for ((lane, _), answers) in &self.lanes {
            sums.entry(lane).or_default().add(answers);
        }
        sums
    }

    /// Everything together.
    pub fn all_answers(&self) -> Answers {
        let mut sum = Answers::default();
        self.lanes.values().for_each(|answers| sum.add(answers));
        sum
    }

    /// Nothing happened.
    pub fn is_empty(&self) -> bool {
        self.requests.is_empty() && self.lanes.is_empty()
    }
}

impl Answers {
    fn add(&mut self, other: &Answers) {
        self.approved += other.approved;
        self.changes_requested += other.changes_requested;
        self.lapsed += other.lapsed;
        self.late += other.late;
        self.first_answers.extend(&other.first_answers);
        self.first_answers.sort_unstable();
    }

    /// The time within which so many percent of the first answers came (nearest rank): 50 is the median.
    pub fn within(&self, percent: usize) -> Option<TimeDelta> {
        let rank = (self.first_answers.len() * percent).div_ceil(100);
        self.first_answers.get(rank.checked_sub(1)?).copied()
    }
}

/// Counts entries that are handed to it request by request, each from its first entry on: what happened
/// before the period says how a lane stood when it was answered.
#[derive(Debug)]
pub struct Counter {
    from: DateTime<Utc>,
    to: DateTime<Utc>,
    request: Option<Request>,
    figures: Figures,
}

impl Counter {
    /// Counts what happens from `from` on and before `to`.
    pub fn new(from: DateTime<Utc>, to: DateTime<Utc>) -> Self {
        Self {
            from,
            to,
            request: None,
            figures: Figures::default(),
        }
    }

    /// The next entry. One that does not follow from the entries before it is left out.
    pub fn take(&mut self, request_id: RequestId, entry: &Entry) {
        let before = self
            .request
            .take()
            .filter(|request| request.request_id == request_id);
        if before.is_none() && !matches!(entry.event, Event::Filed { .. }) {
            return;
        }
        if (self.from..self.to).contains(&entry.at) {
            self.count(before.as_ref(), entry);
        }
        self.request = Some(evolve(before, entry, request_id));
    }

    /// What it came to.
    pub fn figures(mut self) -> Figures {
        for answers in self.figures.lanes.values_mut() {
            answers.first_answers.sort_unstable();
        }
        self.figures
    }

    fn count(&mut self, before: Option<&Request>, entry: &Entry) {
        if let Event::Filed { details, .. } = &entry.event {
            self.requests(&details.category).filed += 1;
        }
        let Some(request) = before else { return };
        let category = &request.details.category;
        match &entry.event {
            Event::Withdrawn { .. } => self.requests(category).withdrawn += 1,
            Event::Published { while_blocked, .. } => {
                let requests = self.requests(category);
                requests.published += 1;
                requests.published_while_blocked += usize::from(*while_blocked);
            }
            Event::Lapsed { lane } => self.answers(lane, category).lapsed += 1,
            Event::Approved { lane, .. } => {
                // A note that is added to an approval makes no second one.
                let standing = request.lane(lane).map(|lane| &lane.standing);
                let again = matches!(standing, Some(Standing::Approved { .. }));
                self.answered(request, lane, entry.at).approved += usize::from(!again);
            }
            Event::ChangesRequested { lane, .. } => {
                self.answered(request, lane, entry.at).changes_requested += 1;
            }
            _ => {}
        }
    }

    fn answered(&mut self, request: &Request, key: &LaneKey, at: DateTime<Utc>) -> &mut Answers {
        let answers = self.answers(key, &request.details.category);
        if let Some(lane) = request.lane(key) {
            answers.late += usize::from(matches!(lane.standing, Standing::Lapsed { .. }));
            if lane.decision().is_none() {
                answers.first_answers.push(taken(lane, at));
            }
        }
        answers
    }

    fn requests(&mut self, category: &CategoryKey) -> &mut Requests {
        self.figures.requests.entry(category.clone()).or_default()
    }

    fn answers(&mut self, lane: &LaneKey, category: &CategoryKey) -> &mut Answers {
        let key = (lane.clone(), category.clone());
        self.figures.lanes.entry(key).or_default()
    }
}

fn taken(lane: &Lane, at: DateTime<Utc>) -> TimeDelta {
    (at - lane.opened_at).max(TimeDelta::zero())
}
