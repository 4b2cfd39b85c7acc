//! The pure core from outside: its rules by example (`r4_…`), its laws over random histories, and who may
//! do what in which state, cell by cell.

mod cells;
mod figures;
mod history;
mod laws;
mod rules;
mod words;

use chrono::{DateTime, TimeDelta, Utc};
use signoff::config::Settings;
use signoff::domain::command::{Actor, Command, LaneRef, Rejection};
use signoff::domain::effect::{Effect, Task};
use signoff::domain::event::{Entry, Event};
use signoff::domain::filing::Draft;
use signoff::domain::ids::{LaneKey, RequestId, UserId};
use signoff::domain::people::{Away, Facts, Kind, Person};
use signoff::domain::policy::Rules;
use signoff::domain::request::{Lane, Request, Standing};
use signoff::domain::{Context, decide, evolve, react};

// The cast of the examples and of the cells.
pub(crate) const ASKER: &str = "U0ASKER";
pub(crate) const DIRECTOR: &str = "U0DIRECTOR";
pub(crate) const DEPUTY: &str = "U0DEPUTY";
pub(crate) const MARK: &str = "U0MARK";
pub(crate) const MIA: &str = "U0MIA";
/// Stands in for marketing.
pub(crate) const HEAD: &str = "U0HEAD";
pub(crate) const ADMIN: &str = "U0ADMIN";
/// A member of the workspace with no part in anything.
pub(crate) const PLAIN: &str = "U0PLAIN";
/// Director of the other area.
pub(crate) const BATCH: &str = "U0BATCH";

pub(crate) const GROUP: &str = "S0MARKETING";

/// The company of the examples: Berlin, weekends only, one admin, two areas.
pub(crate) const COMPANY: &str = r#"
[slack]
marketing_channel = "C0MARKETING"
[calendar]
timezone = "Europe/Berlin"
[access]
admins = ["U0ADMIN"]
[lanes.marketing]
user_group = "S0MARKETING"
fallback = ["U0HEAD"]
[areas.search]
name = "Code Search"
director = "U0DIRECTOR"
deputy = "U0DEPUTY"
[areas.batch]
name = "Batch Changes"
director = "U0BATCH"
[people.U0ASKER]
area = "search"
[people.U0ADMIN]
area = "search"
"#;

pub(crate) fn rules(text: &str) -> Rules {
    Settings::parse(text, &|_| None).expect("a configuration").rules
}

pub(crate) fn at(text: &str) -> DateTime<Utc> {
    text.parse().expect("an instant")
}

pub(crate) fn user(id: &str) -> UserId {
    UserId::new(id)
}

pub(crate) fn by(id: &str) -> Actor {
    Actor::User(user(id))
}

pub(crate) fn lane(key: &str, round: u32) -> LaneRef {
    LaneRef {
        lane: LaneKey::from(key),
        round,
    }
}

pub(crate) fn person(kind: Kind) -> Person {
    Person {
        kind,
        zone: None,
        away: None,
    }
}

/// Everybody of the cast, a full member and at work.
pub(crate) fn everybody() -> Facts {
    [ASKER, DIRECTOR, DEPUTY, MARK, MIA, HEAD, ADMIN, PLAIN, BATCH]
        .into_iter()
        .fold(Facts::none(), |facts, id| {
            facts.with_person(user(id), person(Kind::Member))
        })
        .with_group(GROUP.into(), vec![user(MARK), user(MIA)])
}

pub(crate) fn away(facts: Facts, id: &str) -> Facts {
    let person = Person {
        away: Some(Away::default()),
        ..person(Kind::Member)
    };
    facts.with_person(user(id), person)
}

pub(crate) fn draft() -> Draft {
    Draft {
        category: "press".into(),
        title: "Interview about code search".into(),
        link: "https://docs.example.com/interview".into(),
        ..Draft::default()
    }
}

/// One request with everything around it: time, what is known of people, the journal, and the outbox.
pub(crate) struct World {
    pub(crate) rules: Rules,
    pub(crate) facts: Facts,
    pub(crate) now: DateTime<Utc>,
    pub(crate) request: Option<Request>,
    pub(crate) entries: Vec<Entry>,
    /// Everything that ever had to follow.
    pub(crate) effects: Vec<Effect>,
    /// The timers that have not been taken off yet.
    pub(crate) timers: Vec<Effect>,
}

pub(crate) const ID: RequestId = RequestId(42);

impl World {
    pub(crate) fn new(rules: Rules, facts: Facts, now: &str) -> World {
        World {
            rules,
            facts,
            now: at(now),
            request: None,
            entries: Vec::new(),
            effects: Vec::new(),
            timers: Vec::new(),
        }
    }

    /// Filed, reviewers asked, nobody told yet.
    pub(crate) fn filed(rules: Rules, now: &str, draft: Draft) -> World {
        let mut world = World::new(rules, everybody(), now);
        world
            .acts(by(ASKER), Command::File(Box::new(draft)))
            .expect("filed");
        world.assign();
        world
    }

    /// As [`World::filed`], and everybody was told one minute later.
    pub(crate) fn told(now: &str) -> World {
        World::told_under(rules(COMPANY), now)
    }

    pub(crate) fn told_under(rules: Rules, now: &str) -> World {
        let mut world = World::filed(rules, now, draft());
        world.now += TimeDelta::minutes(1);
        world.tell_all();
        world
    }

    /// decide → evolve → react, as the one write transaction does it.
    pub(crate) fn acts(&mut self, actor: Actor, command: Command) -> Result<Vec<Event>, Rejection> {
        let context = Context {
            rules: &self.rules,
            actor: &actor,
            facts: &self.facts,
            now: self.now,
        };
        let events = decide(context, self.request.as_ref(), &command)?;
        let entries: Vec<Entry> = events.iter().cloned().map(|event| context.entry(event)).collect();
        let before = self.request.clone();
        let after = entries
            .iter()
            .fold(before.clone(), |request, entry| Some(evolve(request, entry, ID)));
        if let Some(after) = after {
            let effects = react(&self.rules, before.as_ref(), &after, &entries);
            self.timers
                .extend(effects.iter().filter(|effect| effect.task.is_timer()).cloned());
            self.effects.extend(effects);
            self.request = Some(after);
        }
        self.entries.extend(entries);
        Ok(events)
    }

    /// A command of a person that must be accepted.
    #[track_caller]
    pub(crate) fn does(&mut self, id: &str, command: Command) -> Vec<Event> {
        self.acts(by(id), command).expect("accepted")
    }

    #[track_caller]
    pub(crate) fn refuses(&mut self, id: &str, command: Command) -> Rejection {
        let before = (self.request.clone(), self.entries.len(), self.effects.len());
        let rejection = self.acts(by(id), command).expect_err("refused");
        assert_eq!(
            before,
            (self.request.clone(), self.entries.len(), self.effects.len())
        );
        rejection
    }

    pub(crate) fn assign(&mut self) -> Vec<Event> {
        self.acts(Actor::Signoff, Command::AssignReviewers)
            .expect("everybody known")
    }

    /// Slack returned the `ts` of this person's card now.
    pub(crate) fn tell(&mut self, id: &str, key: &str) -> Vec<Event> {
        let round = self.lane(key).round;
        self.acts(
            Actor::Signoff,
            Command::RecordPing {
                lane: lane(key, round),
                user: user(id),
                delivered_at: self.now,
            },
        )
        .expect("recorded")
    }

    pub(crate) fn tell_all(&mut self) {
        let asked: Vec<(UserId, LaneKey)> = self
            .request()
            .lanes
            .iter()
            .flat_map(|lane| {
                lane.asked
                    .iter()
                    .map(|asked| (asked.user.clone(), lane.key.clone()))
            })
            .collect();
        for (user, key) in asked {
            self.tell(user.as_str(), key.as_str());
        }
    }

    /// Time passes; every timer that comes due is fired at its hour, as the worker does.
    pub(crate) fn until(&mut self, instant: &str) {
        self.run_to(at(instant));
    }

    pub(crate) fn run_to(&mut self, instant: DateTime<Utc>) {
        while let Some(place) = self.next_timer(instant) {
            let timer = self.timers.remove(place);
            self.now = self.now.max(timer.due_at);
            self.fire(&timer);
        }
        self.now = self.now.max(instant);
    }

    /// A timer comes, at whatever time it is.
    pub(crate) fn fire(&mut self, timer: &Effect) -> Vec<Event> {
        let Task::Lapse { lane, .. } = timer.task.clone() else {
            panic!("{timer:?} is not a timer")
        };
        self.acts(Actor::Signoff, Command::Lapse(lane))
            .expect("a timer is never refused")
    }

    pub(crate) fn next_timer(&self, until: DateTime<Utc>) -> Option<usize> {
        let due = |(_, timer): &(usize, &Effect)| timer.due_at <= until;
        let queued = self.timers.iter().enumerate().filter(due);
        queued
            .min_by_key(|(place, timer)| (timer.due_at, *place))
            .map(|(place, _)| place)
    }

    #[track_caller]
    pub(crate) fn request(&self) -> &Request {
        self.request.as_ref().expect("filed")
    }

    #[track_caller]
    pub(crate) fn lane(&self, key: &str) -> &Lane {
        self.request().lane(&LaneKey::from(key)).expect("such a lane")
    }

    #[track_caller]
    pub(crate) fn standing(&self, key: &str) -> &'static str {
        word(&self.lane(key).standing)
    }

    #[track_caller]
    pub(crate) fn deadline(&self, key: &str) -> Option<DateTime<Utc>> {
        self.lane(key).deadline()
    }
}

pub(crate) fn word(standing: &Standing) -> &'static str {
    match standing {
        Standing::Pending => "pending",
        Standing::Approved { lapsed_at: None, .. } => "approved",
        Standing::Approved { .. } => "approved late",
        Standing::ChangesRequested { .. } => "changes requested",
        Standing::Lapsed { objection: None, .. } => "lapsed",
        Standing::Lapsed { .. } => "lapsed, objected",
    }
}

pub(crate) fn approve(key: &str, round: u32) -> Command {
    Command::Approve {
        lane: lane(key, round),
        note: None,
    }
}

pub(crate) fn object(key: &str, round: u32, reason: &str) -> Command {
    Command::RequestChanges {
        lane: lane(key, round),
        reason: reason.into(),
    }
}

pub(crate) fn resubmit(ask_everyone: bool) -> Command {
    Command::Resubmit {
        what_changed: "the price on slide 4".into(),
        ask_everyone,
    }
}

pub(crate) fn lower() -> Command {
    Command::LowerWideImpact {
        reason: "it is a small outlet after all".into(),
    }
}
