//! Random histories: people of a small company, in which everybody wears several hats, do anything at any
//! time, while accounts change, groups change, pings fail and timers come early, late and twice.

use super::{ID, World, lane, person, rules, user};
use chrono::{DateTime, TimeDelta, Utc};
use proptest::prelude::*;
use signoff::domain::command::{Actor, Command, LaneRef, Rejection};
use signoff::domain::effect::{Effect, Task};
use signoff::domain::event::{Entry, Event};
use signoff::domain::filing::Draft;
use signoff::domain::people::{Away, Facts, Kind, Person};
use signoff::domain::policy::Rules;
use signoff::domain::request::Request;

/// The requester, two directors, a deputy, three in marketing, two in legal; most of them are two of these.
const PEOPLE: [&str; 9] = ["U0", "U1", "U2", "U3", "U4", "U5", "U6", "U7", "U8"];
const LANES: [&str; 3] = ["director", "marketing", "legal"];

const SMALL_COMPANY: &str = r#"
[slack]
marketing_channel = "C0MARKETING"
[calendar]
timezone = "Europe/Berlin"
holidays = ["2026-11-19"]
[access]
admins = ["U5"]
[deadline]
counting = "COUNTING"
[lanes.director]
fallback = ["U4"]
[lanes.marketing]
user_group = "S0MARKETING"
ping = "PING"
fallback = ["U4", "U8"]
[lanes.legal]
members = ["U3", "U5"]
timezone = "America/New_York"
[areas.search]
director = "U1"
deputy = "U2"
[areas.batch]
director = "U0"
deputy = "U3"
[people.U0]
area = "search"
[categories.press]
lanes = ["director", "marketing", "legal"]
"#;

/// One thing that happens; what it refers to is looked up when it does.
#[derive(Debug, Clone)]
pub(crate) enum Move {
    Person(usize, Act),
    /// The n-th who was asked in a lane says yes or no, and why.
    Answer(usize, usize, bool, String),
    /// The n-th who was asked in a lane says "not me".
    NotMe(usize, usize, usize),
    /// The n-th who was asked in a lane needs more time, and the requester answers.
    MoreTime(usize, usize, bool),
    /// The n-th answers, and then thinks better of it.
    Waver(usize, usize),
    /// Reviewers are looked for.
    Assign,
    /// A card of the n-th asked of a lane arrived, so many minutes ago.
    Ping(usize, usize, i64),
    Unreachable(usize, usize),
    /// Every timer that is due is fired.
    Worker,
    /// The n-th timer ever queued is fired now, early or again, and stays queued.
    Stray(usize),
    /// Time jumps to the next deadline, and so many seconds beyond it.
    ToDeadline(i64),
    /// The next timer comes a nanosecond early, and stays queued.
    Early,
    /// Wide-impact is raised, the next deadline passes under it, and an admin lowers it again.
    WideOverDeadline,
    /// Everybody goes away at once, and reviewers are looked for.
    Vacation,
    /// An account changes; `None`: Slack can no longer be asked.
    Account(usize, Option<(Kind, bool)>),
    /// The members of the group, as bits; `None`: it can no longer be looked up.
    Group(Option<u16>),
}

#[derive(Debug, Clone)]
pub(crate) enum Act {
    Approve(usize, u32),
    Object(usize, u32, String),
    Raise,
    Lower(String),
    Resubmit(String, bool),
    Edit(Draft),
    Withdraw,
    Publish(Option<String>),
    FileAgain,
    HandOver(usize, usize),
    Nudge,
    MoreTime(usize),
    Grant(usize, bool),
    Reassign(usize, usize, String),
}

fn text() -> impl Strategy<Value = String> {
    prop_oneof![8 => Just("because".to_owned()), 2 => "[a-z]{1,3}", 1 => any::<String>()]
}

fn drafts() -> impl Strategy<Value = Draft> {
    let category = proptest::sample::select(&["press", "press", "blog", "other", "nonsense"][..]);
    let area = proptest::sample::select(&["search", "search", "batch", "", "nonsense"][..]);
    let link = proptest::sample::select(&["https://e.com/1", "https://e.com/1", "https://e.com/2", "no"][..]);
    (category, area, link, "[ab]?", proptest::bool::weighted(0.2)).prop_map(
        |(category, area, link, title, wide)| Draft {
            category: category.to_owned(),
            title: format!("title {title}"),
            link: link.to_owned(),
            area: Some(area.to_owned()),
            wide_impact: wide,
            ..Draft::default()
        },
    )
}

fn acts() -> impl Strategy<Value = Act> {
    let lane = 0..LANES.len();
    prop_oneof![
        10 => (lane.clone(), prop_oneof![9 => Just(0_u32), 1 => 1_u32..3]).prop_map(|(l, r)| Act::Approve(l, r)),
        6 => (lane, prop_oneof![9 => Just(0_u32), 1 => 1_u32..3], text())
            .prop_map(|(l, r, why)| Act::Object(l, r, why)),
        2 => Just(Act::Raise),
        2 => text().prop_map(Act::Lower),
        3 => (text(), any::<bool>()).prop_map(|(what, all)| Act::Resubmit(what, all)),
        2 => drafts().prop_map(Act::Edit),
        1 => proptest::bool::weighted(0.25).prop_map(|really| if really { Act::Withdraw } else { Act::Raise }),
        1 => proptest::option::of(text()).prop_map(Act::Publish),
        1 => Just(Act::FileAgain),
        3 => (0..LANES.len(), 0..PEOPLE.len()).prop_map(|(l, to)| Act::HandOver(l, to)),
        4 => Just(Act::Nudge),
        4 => (0..LANES.len()).prop_map(Act::MoreTime),
        6 => (0..LANES.len(), any::<bool>()).prop_map(|(l, grant)| Act::Grant(l, grant)),
        1 => (0..LANES.len(), 0..PEOPLE.len(), text()).prop_map(|(l, to, why)| Act::Reassign(l, to, why)),
    ]
}

fn moves() -> impl Strategy<Value = Move> {
    let someone = 0..PEOPLE.len();
    let kinds = proptest::sample::select(
        &[
            Kind::Member,
            Kind::Member,
            Kind::Member,
            Kind::Guest,
            Kind::External,
            Kind::Deactivated,
            Kind::Bot,
        ][..],
    );
    prop_oneof![
        12 => (someone.clone(), acts()).prop_map(|(who, act)| Move::Person(who, act)),
        10 => (0..LANES.len(), 0..4_usize, any::<bool>(), text())
            .prop_map(|(lane, who, yes, why)| Move::Answer(lane, who, yes, why)),
        1 => (0..LANES.len(), 0..4_usize).prop_map(|(lane, who)| Move::Waver(lane, who)),
        4 => (0..LANES.len(), 0..4_usize, any::<bool>())
            .prop_map(|(lane, who, grant)| Move::MoreTime(lane, who, grant)),
        4 => (0..LANES.len(), 0..4_usize, 0..PEOPLE.len())
            .prop_map(|(lane, who, to)| Move::NotMe(lane, who, to)),
        2 => Just(Move::Early),
        1 => Just(Move::WideOverDeadline),
        1 => Just(Move::Vacation),
        // The requester does more than others do.
        5 => acts().prop_map(|act| Move::Person(0, act)),
        3 => Just(Move::Assign),
        8 => (0..LANES.len(), 0..4_usize, prop_oneof![3 => Just(0_i64), 1 => 0..40_i64])
            .prop_map(|(l, n, ago)| Move::Ping(l, n, ago)),
        1 => (0..LANES.len(), 0..4_usize).prop_map(|(l, n)| Move::Unreachable(l, n)),
        3 => Just(Move::Worker),
        2 => (0..20_usize).prop_map(Move::Stray),
        4 => proptest::sample::select(&[-1_i64, 0, 1, 3600][..]).prop_map(Move::ToDeadline),
        1 => (someone, proptest::option::weighted(0.8, (kinds, proptest::bool::weighted(0.2))))
            .prop_map(|(who, what)| Move::Account(who, what)),
        1 => proptest::option::weighted(0.8, 0..512_u16).prop_map(Move::Group),
    ]
}

/// A configuration, whether it starts wide, and what happens, each after so many minutes.
pub(crate) fn any_history() -> impl Strategy<Value = History> {
    let minutes = prop_oneof![4 => 0..10_i64, 2 => 10..600_i64, 1 => 600..6000_i64];
    let counting = proptest::sample::select(&["whole-days", "elapsed"][..]);
    let ping = proptest::sample::select(&["all", "all", "round-robin", "least-loaded"][..]);
    let start = 0..20_000_i64;
    let moves = proptest::collection::vec((minutes, moves()), 0..50);
    (
        counting,
        ping,
        start,
        proptest::bool::weighted(0.15),
        proptest::bool::weighted(0.9),
        moves,
    )
        .prop_map(|(counting, ping, start, wide, prompt, moves)| History {
            counting,
            ping,
            start,
            wide,
            prompt,
            moves,
        })
}

#[derive(Debug, Clone)]
pub(crate) struct History {
    counting: &'static str,
    ping: &'static str,
    start: i64,
    wide: bool,
    /// Reviewers are asked and told at once, so that most histories get somewhere.
    prompt: bool,
    moves: Vec<(i64, Move)>,
}

/// One command, what it was given, and what came of it.
#[derive(Debug)]
pub(crate) struct Step {
    pub(crate) at: DateTime<Utc>,
    pub(crate) actor: Actor,
    pub(crate) command: Command,
    pub(crate) before: Option<Request>,
    pub(crate) outcome: Result<Vec<Event>, Rejection>,
    pub(crate) after: Request,
    pub(crate) facts: Facts,
    pub(crate) effects: Vec<Effect>,
    /// The timers still queued afterwards.
    pub(crate) timers: Vec<Effect>,
}

pub(crate) struct Played {
    pub(crate) rules: Rules,
    pub(crate) steps: Vec<Step>,
    pub(crate) entries: Vec<Entry>,
    /// As it stands at the end.
    pub(crate) world: World,
}

impl History {
    pub(crate) fn play(&self) -> Played {
        let facts = PEOPLE
            .iter()
            .fold(Facts::none(), |facts, id| {
                facts.with_person(user(id), person(Kind::Member))
            })
            .with_group("S0MARKETING".into(), group(0b0100_0110));
        let config = SMALL_COMPANY
            .replace("COUNTING", self.counting)
            .replace("PING", self.ping);
        let mut world = World::new(rules(&config), facts, "2026-11-10T06:00:00Z");
        world.now += TimeDelta::minutes(self.start);
        let mut player = Player {
            world,
            steps: Vec::new(),
        };
        let first = Draft {
            category: "press".into(),
            title: "title".into(),
            link: "https://e.com/1".into(),
            wide_impact: self.wide,
            ..Draft::default()
        };
        player.step(Actor::User(user("U0")), Command::File(Box::new(first)));
        if self.prompt {
            player.makes(&Move::Assign);
            for lane in 0..LANES.len() {
                player.makes(&Move::Ping(lane, 0, 0));
            }
        }
        for (minutes, what) in &self.moves {
            player.world.now += TimeDelta::minutes(*minutes);
            player.makes(what);
        }
        Played {
            rules: player.world.rules.clone(),
            steps: player.steps,
            entries: player.world.entries.clone(),
            world: player.world,
        }
    }
}

struct Player {
    world: World,
    steps: Vec<Step>,
}

impl Player {
    fn step(&mut self, actor: Actor, command: Command) {
        let before = self.world.request.clone();
        let known = self.world.effects.len();
        let outcome = self.world.acts(actor.clone(), command.clone());
        self.steps.push(Step {
            at: self.world.now,
            actor,
            command,
            before,
            outcome,
            after: self.world.request().clone(),
            facts: self.world.facts.clone(),
            effects: self.world.effects[known..].to_vec(),
            timers: self.world.timers.clone(),
        });
    }

    fn makes(&mut self, what: &Move) {
        match what {
            Move::Person(who, act) => {
                let command = self.command(act);
                self.step(Actor::User(user(PEOPLE[*who])), command);
            }
            Move::Answer(at, who, yes, why) => self.answers(*at, *who, *yes, why),
            Move::Waver(at, who) => {
                for yes in [true, false] {
                    self.answers(*at, *who, yes, "on second thoughts");
                }
            }
            Move::MoreTime(at, who, grant) => {
                if let Some((lane, asks)) = self.asked(*at, *who) {
                    self.step(Actor::User(asks), Command::AskMoreTime(lane.clone()));
                    let answer = Command::AnswerMoreTime { lane, grant: *grant };
                    self.step(Actor::User(user("U0")), answer);
                }
            }
            Move::NotMe(at, who, to) => {
                if let Some((lane, user)) = self.asked(*at, *who) {
                    let (to, reason) = (super::user(PEOPLE[*to]), None);
                    self.step(Actor::User(user), Command::HandOver { lane, to, reason });
                }
            }
            Move::Early => {
                if let Some(place) = self.world.next_timer(DateTime::<Utc>::MAX_UTC) {
                    let timer = self.world.timers[place].clone();
                    let early = timer.due_at - TimeDelta::nanoseconds(1);
                    self.world.now = self.world.now.max(early);
                    self.fires(&timer);
                }
            }
            Move::WideOverDeadline => {
                self.step(Actor::User(user("U0")), Command::RaiseWideImpact);
                self.makes(&Move::ToDeadline(0));
                self.makes(&Move::Worker);
                let reason = "small after all".to_owned();
                self.step(Actor::User(user("U5")), Command::LowerWideImpact { reason });
            }
            Move::Vacation => {
                for id in PEOPLE {
                    self.account(id, Some((Kind::Member, true)));
                }
                for id in PEOPLE {
                    self.step(Actor::Signoff, Command::StepAside { user: user(id) });
                }
                self.step(Actor::Signoff, Command::AssignReviewers);
            }
            Move::Assign => self.step(Actor::Signoff, Command::AssignReviewers),
            Move::Ping(lane, who, ago) => {
                if let Some((lane, user)) = self.asked(*lane, *who) {
                    let delivered_at = self.world.now - TimeDelta::minutes(*ago);
                    let ping = Command::RecordPing {
                        lane,
                        user,
                        delivered_at,
                    };
                    self.step(Actor::Signoff, ping);
                }
            }
            Move::Unreachable(lane, who) => {
                if let Some((lane, user)) = self.asked(*lane, *who) {
                    self.step(Actor::Signoff, Command::RecordUnreachable { lane, user });
                }
            }
            Move::Worker => {
                while let Some(place) = self.world.next_timer(self.world.now) {
                    let timer = self.world.timers.remove(place);
                    self.fires(&timer);
                }
            }
            Move::Stray(n) => {
                let ever = self.world.effects.iter().filter(|effect| effect.task.is_timer());
                if let Some(timer) = ever.cloned().collect::<Vec<_>>().get(*n) {
                    self.fires(timer);
                }
            }
            Move::ToDeadline(beyond) => {
                let next = self.world.timers.iter().map(|timer| timer.due_at).min();
                if let Some(due_at) = next {
                    self.world.now = self.world.now.max(due_at + TimeDelta::seconds(*beyond));
                }
            }
            Move::Account(who, what) => self.account(PEOPLE[*who], *what),
            Move::Group(members) => {
                let facts = self.everybody_but(None);
                self.world.facts = match members {
                    Some(members) => facts.with_group("S0MARKETING".into(), group(*members)),
                    None => facts,
                };
            }
        }
    }

    fn answers(&mut self, at: usize, who: usize, yes: bool, why: &str) {
        let Some((lane, user)) = self.asked(at, who) else {
            return;
        };
        let why = why.to_owned();
        let answer = match yes {
            true => Command::Approve {
                lane,
                note: Some(why),
            },
            false => Command::RequestChanges { lane, reason: why },
        };
        self.step(Actor::User(user), answer);
    }

    fn fires(&mut self, timer: &Effect) {
        if let Task::Lapse { lane, .. } = timer.task.clone() {
            self.step(Actor::Signoff, Command::Lapse(lane));
        }
    }

    fn account(&mut self, id: &str, what: Option<(Kind, bool)>) {
        let mut facts = self.everybody_but(Some(id));
        if let Some(members) = self.world.facts.members(&"S0MARKETING".into()) {
            facts = facts.with_group("S0MARKETING".into(), members.to_vec());
        }
        self.world.facts = match what {
            Some((kind, away)) => {
                let away = away.then(Away::default);
                facts.with_person(user(id), Person { away, ..person(kind) })
            }
            None => facts,
        };
    }

    fn everybody_but(&self, id: Option<&str>) -> Facts {
        PEOPLE.into_iter().map(user).fold(Facts::none(), |facts, known| {
            match self.world.facts.person(&known) {
                Some(person) if id != Some(known.as_str()) => facts.with_person(known, person.clone()),
                _ => facts,
            }
        })
    }

    /// The round that a button of so many rounds ago was made for.
    fn lane_ref(&self, at: usize, ago: u32) -> LaneRef {
        let key = LANES[at];
        let current = self.world.request().lane(&key.into());
        lane(key, current.map_or(1, |lane| lane.round).saturating_sub(ago))
    }

    fn asked(&self, at: usize, who: usize) -> Option<(LaneRef, signoff::domain::ids::UserId)> {
        let lane = self.world.request().lane(&LANES[at].into())?;
        let asked = lane.asked.get(who % lane.asked.len().max(1))?;
        Some((self.lane_ref(at, 0), asked.user.clone()))
    }

    fn command(&self, act: &Act) -> Command {
        match act.clone() {
            Act::Approve(at, ago) => Command::Approve {
                lane: self.lane_ref(at, ago),
                note: None,
            },
            Act::Object(at, ago, reason) => Command::RequestChanges {
                lane: self.lane_ref(at, ago),
                reason,
            },
            Act::Raise => Command::RaiseWideImpact,
            Act::Lower(reason) => Command::LowerWideImpact { reason },
            Act::Resubmit(what_changed, ask_everyone) => Command::Resubmit {
                what_changed,
                ask_everyone,
            },
            Act::Edit(draft) => Command::Edit(Box::new(draft)),
            Act::Withdraw => Command::Withdraw {
                reason: Some("it is off".to_owned()),
            },
            Act::Publish(link) => Command::Publish { link },
            Act::Nudge => Command::Nudge,
            Act::MoreTime(at) => Command::AskMoreTime(self.lane_ref(at, 0)),
            Act::Grant(at, grant) => Command::AnswerMoreTime {
                lane: self.lane_ref(at, 0),
                grant,
            },
            Act::HandOver(at, to) => Command::HandOver {
                lane: self.lane_ref(at, 0),
                to: user(PEOPLE[to]),
                reason: None,
            },
            Act::Reassign(at, to, reason) => Command::Reassign {
                lane: LANES[at].into(),
                to: user(PEOPLE[to]),
                reason,
            },
            Act::FileAgain => Command::File(Box::new(Draft {
                category: "other".into(),
                title: "again".into(),
                link: "https://e.com/3".into(),
                ..Draft::default()
            })),
        }
    }
}

fn group(bits: u16) -> Vec<signoff::domain::ids::UserId> {
    let members = PEOPLE.iter().enumerate().filter(|(n, _)| bits & (1 << n) != 0);
    members.map(|(_, id)| user(id)).collect()
}

/// The timer of a lane and round that is due at an instant.
pub(crate) fn timer(due_at: DateTime<Utc>, lane: LaneRef) -> Effect {
    Effect {
        due_at,
        task: Task::Lapse { request_id: ID, lane },
    }
}
