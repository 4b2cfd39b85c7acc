//! Requests with a history, made by folding events as production does.

use chrono::{DateTime, NaiveDate, NaiveTime, TimeDelta, Utc};
use signoff::domain::calendar::{BusinessDays, Calendar, Counting, Weekdays};
use signoff::domain::command::{Actor, LaneRef};
use signoff::domain::digest::{Digest, Stuck, by_admins};
use signoff::domain::event::{Entry, Event};
use signoff::domain::evolve;
use signoff::domain::ids::{GroupId, LaneKey, RequestId, UserId};
use signoff::domain::page::Page;
use signoff::domain::policy::{
    Area, Category, DeadlineRule, LaneRule, Ping, Pool, ReminderRule, Rules, WhoseClock,
};
use signoff::domain::request::{Asked, Details, HandedBy, InPlaceOf, Request, Role};
use signoff::domain::stage::Stage;
use signoff::domain::text::Link;
use signoff::domain::zone::Zone;
use std::collections::BTreeMap;

pub const REQUESTER: &str = "UREQUESTER";
pub const DIRECTOR: &str = "UDIRECTOR";
pub const ALICE: &str = "UALICE";
pub const BOB: &str = "UBOB";

/// `"11-25 15:00"` of 2026, on a Berlin wall clock in winter.
pub fn at(text: &str) -> DateTime<Utc> {
    let local = chrono::NaiveDateTime::parse_from_str(&format!("2026-{text}"), "%Y-%m-%d %H:%M").unwrap();
    local.and_utc() - TimeDelta::hours(1)
}

pub fn date(text: &str) -> NaiveDate {
    text.parse().unwrap()
}

pub fn user(id: &str) -> UserId {
    UserId::new(id)
}

pub fn rules() -> Rules {
    let category = |key: &str, name: &str, wide: Option<&str>| Category {
        key: key.into(),
        name: name.into(),
        lanes: vec!["director".into(), "marketing".into()],
        wide_impact: wide.map(str::to_owned),
        hint: None,
        gated: true,
    };
    let lane = |key: &str, name: &str, pool| LaneRule {
        escalation: Vec::new(),
        key: key.into(),
        name: name.into(),
        pool,
        ping: Ping::All,
        fallback: vec![user("UHEAD")],
        calendar: None,
    };
    let blog_hint =
        "The release-post review already includes this; filing it here tracks it and keeps it in the digest.";
    Rules {
        categories: vec![
            Category {
                hint: Some(blog_hint.into()),
                ..category("blog", "blog", None)
            },
            category("press", "press", Some("a major press outlet")),
            category("pricing", "pricing", Some("a major pricing change")),
            Category {
                lanes: vec!["marketing".into()],
                gated: false,
                ..category("other", "other", None)
            },
        ],
        lanes: vec![
            lane("director", "product director", Pool::AreaDirector),
            lane("marketing", "marketing", Pool::Group(GroupId::new("SMARKETING"))),
        ],
        areas: vec![
            Area {
                calendar: None,
                key: "search".into(),
                name: "Code Search".into(),
                director: user(DIRECTOR),
                deputy: Some(user("UDEPUTY")),
            },
            Area {
                calendar: None,
                key: "billing".into(),
                name: "Billing".into(),
                director: user("UOTHER"),
                deputy: None,
            },
        ],
        people: BTreeMap::new(),
        admins: vec![user("UADMIN")],
        deadline: DeadlineRule {
            clock: WhoseClock::Company,
            business_days: BusinessDays::new(3).unwrap(),
            counting: Counting::WholeDays,
            delivery_grace: TimeDelta::minutes(15),
        },
        calendar: calendar(&[]),
        reminders: ReminderRule {
            at: NaiveTime::from_hms_opt(9, 30, 0).unwrap(),
            until: NaiveTime::from_hms_opt(17, 0, 0).unwrap(),
        },
        digest_at: NaiveTime::from_hms_opt(9, 0, 0).unwrap(),
        digest_empty: false,
        announce: true,
        policy_id: "p1".into(),
    }
}

pub fn calendar(holidays: &[(&str, &str)]) -> Calendar {
    let days: BTreeMap<NaiveDate, String> = holidays
        .iter()
        .map(|(on, name)| (date(on), (*name).to_owned()))
        .collect();
    Calendar::new(
        Zone::parse("Europe/Berlin").unwrap(),
        Weekdays::from_names(["sat", "sun"]).unwrap(),
        days,
    )
    .unwrap()
}

pub fn details() -> Details {
    Details {
        category: "press".into(),
        title: "Interview with a national newspaper about the new search".into(),
        link: Link::parse("https://docs.example.com/draft?v=2&mode=read").unwrap(),
        area: Some("search".into()),
        publish_on: Some(date("2026-12-02")),
        notes: Some("They call on Tuesday.\nPlease look at the numbers.".into()),
    }
}

/// A request and what happened to it so far.
pub struct Story {
    pub rules: Rules,
    pub request: Request,
    pub entries: Vec<Entry>,
}

impl Story {
    /// Filed on Wed 25 Nov, 15:00, by the requester; nobody is asked yet.
    pub fn filed() -> Self {
        Self::filed_as(rules(), 42, details(), false)
    }

    pub fn filed_as(rules: Rules, number: i64, details: Details, wide_impact: bool) -> Self {
        let category = rules.category(&details.category).unwrap().clone();
        let event = Event::Filed {
            requester: user(REQUESTER),
            lanes: category.lanes,
            gated: category.gated,
            wide_impact,
            details,
        };
        let entry = Entry {
            at: at("11-25 15:00"),
            actor: Actor::User(user(REQUESTER)),
            event,
        };
        Self {
            request: evolve(None, &entry, RequestId(number)),
            entries: vec![entry],
            rules,
        }
    }

    /// Filed, both lanes asked and told at once: the usual case.
    pub fn asked() -> Self {
        Self::filed().asked_all("11-25 15:00")
    }

    pub fn wide() -> Self {
        Self::filed_as(rules(), 42, details(), true).asked_all("11-25 15:00")
    }

    pub fn voluntary() -> Self {
        let details = Details {
            category: "other".into(),
            ..details()
        };
        Self::filed_as(rules(), 42, details, false).ask(
            "marketing",
            &[ALICE, BOB],
            Role::Member,
            "11-25 15:00",
        )
    }

    pub fn asked_all(self, when: &str) -> Self {
        let directed = self.request.lane(&"director".into()).is_some();
        let story = if directed {
            self.ask("director", &[DIRECTOR], Role::Director, when)
                .told("director", DIRECTOR, when)
        } else {
            self
        };
        story
            .ask("marketing", &[ALICE, BOB], Role::Member, when)
            .told("marketing", ALICE, when)
            .told("marketing", BOB, when)
    }

    pub fn then(mut self, when: &str, actor: Option<&str>, event: Event) -> Self {
        let entry = entry(when, actor, event);
        self.request = evolve(Some(self.request), &entry, RequestId(0));
        self.entries.push(entry);
        self
    }

    pub fn ask(self, lane: &str, users: &[&str], role: Role, when: &str) -> Self {
        let asked = users.iter().map(|id| asked(id, role.clone())).collect();
        let round = self.round(lane);
        self.then(
            when,
            None,
            Event::ReviewersAsked {
                lane: lane.into(),
                round,
                asked,
            },
        )
    }

    /// The proof of delivery, and the clock that the first one starts.
    pub fn told(self, lane: &str, id: &str, when: &str) -> Self {
        let (lane, round) = (LaneKey::from(lane), self.round(lane));
        let told = Event::PingDelivered {
            lane: lane.clone(),
            round,
            user: user(id),
            delivered_at: at(when),
        };
        let starts = self.request.gated && self.request.lane(&lane).unwrap().deadline().is_none();
        let story = self.then(when, None, told);
        if !starts {
            return story;
        }
        let area = story.request.details.area.as_ref();
        let asked = &story.request.lane(&lane).unwrap().asked;
        let (deadline, policy) = story.rules.lane_clock(&lane, area, asked, at(when)).unwrap();
        story.then(
            when,
            None,
            Event::ClockStarted {
                lane,
                round,
                started_at: at(when),
                deadline,
                policy,
            },
        )
    }

    pub fn approved(self, lane: &str, by: &str, when: &str) -> Self {
        self.then(
            when,
            Some(by),
            Event::Approved {
                lane: lane.into(),
                note: Some("Fine with the new numbers.".into()),
            },
        )
    }

    pub fn objected(self, lane: &str, by: &str, when: &str) -> Self {
        let reason = "The price on slide 4 is last year's.".into();
        self.then(
            when,
            Some(by),
            Event::ChangesRequested {
                lane: lane.into(),
                reason,
            },
        )
    }

    pub fn lapsed(self, lane: &str) -> Self {
        self.then("12-01 00:00", None, Event::Lapsed { lane: lane.into() })
    }

    pub fn published(self, when: &str) -> Self {
        let while_blocked = self.request.gate() == signoff::domain::request::Gate::Blocked;
        let link = Some(Link::parse("https://blog.example.com/new-search").unwrap());
        self.then(when, Some(REQUESTER), Event::Published { link, while_blocked })
    }

    pub fn withdrawn(self, when: &str) -> Self {
        self.then(
            when,
            Some("UADMIN"),
            Event::Withdrawn {
                reason: Some("The event is off.".into()),
            },
        )
    }

    pub fn resubmitted(self, lanes: &[&str], when: &str) -> Self {
        let reopened = lanes.iter().map(|lane| LaneKey::from(*lane)).collect();
        self.then(
            when,
            Some(REQUESTER),
            Event::Resubmitted {
                what_changed: "Slide 4 has this year's price.".into(),
                reopened,
            },
        )
    }

    /// They asked for more time; with `grant`, the requester answered.
    pub fn more_time(self, lane: &str, by: &str, grant: Option<bool>, when: &str) -> Self {
        let (key, round) = (LaneKey::from(lane), self.round(lane));
        let asked = Event::MoreTimeAsked {
            lane: key.clone(),
            round,
        };
        let story = self.then(when, Some(by), asked);
        let answer = match grant {
            None => return story,
            Some(false) => Event::MoreTimeDeclined { lane: key, round },
            Some(true) => {
                let lane = story.request.lane(&key).unwrap();
                let (deadline, policy) = story.rules.one_more_day(&story.request, lane).unwrap();
                Event::MoreTimeGranted {
                    lane: key,
                    round,
                    deadline,
                    policy,
                }
            }
        };
        story.then(when, Some(REQUESTER), answer)
    }

    /// Handed over to somebody of the lane's fallback list, by `by`: from them, or from others as an admin.
    pub fn handed(self, lane: &str, by: &str, from: &str, to: &str, when: &str) -> Self {
        let reason = Some("I wrote half of it.".to_owned());
        let handed_by = HandedBy {
            user: user(by),
            reason: reason.clone(),
        };
        let to = Asked {
            handed_by: Some(handed_by),
            ..asked(to, Role::Fallback)
        };
        let event = Event::HandedOver {
            lane: lane.into(),
            round: self.round(lane),
            from: vec![user(from)],
            to: Box::new(to),
            reason,
            as_admin: by != from,
        };
        self.then(when, Some(by), event)
    }

    /// Went away until 9 December, and the deputy is asked.
    pub fn gone(self, lane: &str, who: &str, when: &str) -> Self {
        let until = Some(date("2026-12-09"));
        let round = self.round(lane);
        let (lane_key, who) = (LaneKey::from(lane), user(who));
        let place = InPlaceOf {
            user: who.clone(),
            until,
        };
        let aside = Event::SteppedAside {
            lane: lane_key.clone(),
            round,
            user: who,
            until,
        };
        let deputy = Asked {
            in_place_of: Some(place),
            ..asked("UDEPUTY", Role::Deputy)
        };
        let asked = Event::ReviewersAsked {
            lane: lane_key,
            round,
            asked: vec![deputy],
        };
        self.then(when, None, aside).then(when, None, asked)
    }

    pub fn round(&self, lane: &str) -> u32 {
        self.request.lane(&lane.into()).unwrap().round
    }

    pub fn lane(&self, lane: &str) -> LaneRef {
        LaneRef {
            lane: lane.into(),
            round: self.round(lane),
        }
    }
}

pub fn asked(id: &str, role: Role) -> Asked {
    Asked {
        zone: None,
        user: user(id),
        role,
        delivered_at: None,
        unreachable: false,
        in_place_of: None,
        aside: None,
        handed_by: None,
        again: false,
    }
}

pub fn entry(when: &str, actor: Option<&str>, event: Event) -> Entry {
    let actor = actor.map_or(Actor::Signoff, |id| Actor::User(user(id)));
    Entry {
        at: at(when),
        actor,
        event,
    }
}

/// A digest made of these requests as the database makes it of all: by where each stands.
pub fn digest(
    rules: &Rules,
    mut requests: Vec<Request>,
    since: DateTime<Utc>,
    on: NaiveDate,
    now: DateTime<Utc>,
) -> Digest {
    requests.sort_by_key(|request| request.request_id);
    let horizon = rules.lapsing_until(on).max(now);
    let lapses = |request: &Request| request.lapses_at().is_some_and(|at| at <= horizon);
    let page = |of: &dyn Fn(&Request) -> bool| -> Page<Request> {
        let all: Vec<Request> = requests.iter().filter(|request| of(request)).cloned().collect();
        let total = all.len();
        Page::first(all.into_iter().take(20).collect(), total)
    };
    let standing = |stage| page(&|request| request.stage() == stage && !lapses(request));
    let news = |stage| page(&|request| request.stage() == stage && request.stage_since() > since);
    Digest {
        on,
        since,
        open: requests.iter().filter(|request| request.is_open()).count(),
        lapsed: 0,
        wide: standing(Stage::Wide),
        lapsing: page(&lapses),
        waiting: standing(Stage::Waiting),
        objected: standing(Stage::Objected),
        cleared: news(Stage::Clear),
        published: news(Stage::Published),
        withdrawn: news(Stage::Withdrawn),
        by_admins: by_admins(rules, &requests, since),
        last_week: None,
        stuck: Stuck::default(),
    }
}
