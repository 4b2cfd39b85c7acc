//! What happened in a period, as it is counted for the week and for `signoff report`.

use chrono::{DateTime, TimeDelta, Utc};
use signoff::domain::command::Actor;
use signoff::domain::event::{Entry, Event};
use signoff::domain::figures::{Answers, Counter, Figures, Requests};
use signoff::domain::ids::{LaneKey, RequestId, UserId};
use signoff::domain::request::Details;
use signoff::domain::text::Link;

fn hour(hour: i64) -> DateTime<Utc> {
    DateTime::UNIX_EPOCH + TimeDelta::hours(hour)
}

fn filed() -> Event {
    Event::Filed {
        requester: UserId::new("U0PM"),
        details: Details {
            category: "press".into(),
            title: "An interview".to_owned(),
            link: Link::parse("https://example.com/draft").expect("a link"),
            area: None,
            publish_on: None,
            notes: None,
        },
        lanes: vec!["director".into(), "marketing".into()],
        gated: true,
        wide_impact: false,
    }
}

fn approved(lane: &str) -> Event {
    Event::Approved {
        lane: lane.into(),
        note: None,
    }
}

fn objected(lane: &str) -> Event {
    Event::ChangesRequested {
        lane: lane.into(),
        reason: "Not like this".to_owned(),
    }
}

fn lapsed(lane: &str) -> Event {
    Event::Lapsed { lane: lane.into() }
}

/// Counts requests, each told as the hours and events of its life, from hour 100 on and before hour 200.
fn counted(requests: &[&[(i64, Event)]]) -> Figures {
    let mut counter = Counter::new(hour(100), hour(200));
    for (number, events) in requests.iter().enumerate() {
        for (at, event) in *events {
            let entry = Entry {
                at: hour(*at),
                actor: Actor::User(UserId::new("U0MARK")),
                event: event.clone(),
            };
            counter.take(RequestId(number as i64 + 1), &entry);
        }
    }
    counter.figures()
}

fn lane(figures: &Figures, lane: &str) -> Answers {
    figures.by_lane().remove(&LaneKey::from(lane)).unwrap_or_default()
}

fn hours(answers: &Answers) -> Vec<i64> {
    answers.first_answers.iter().map(TimeDelta::num_hours).collect()
}

#[test]
fn only_the_period_counts_and_what_came_before_explains_it() {
    let figures = counted(&[
        &[
            (50, filed()),
            (60, approved("director")),
            (110, approved("marketing")),
        ],
        &[(199, filed()), (200, approved("marketing"))],
    ]);
    assert_eq!(
        figures.all_requests(),
        Requests {
            filed: 1,
            ..Requests::default()
        }
    );
    let marketing = lane(&figures, "marketing");
    assert_eq!(
        (marketing.approved, hours(&marketing)),
        (1, vec![60]),
        "asked at 50, answered at 110"
    );
    assert_eq!(lane(&figures, "director"), Answers::default());
}

/// R12: late, whatever it is; R8: a changed mind is no first answer; R10: a new round has a first answer of its own.
#[test]
fn a_first_answer_is_one_a_lane_and_round() {
    let again = Event::Resubmitted {
        what_changed: "Another price".to_owned(),
        reopened: vec!["director".into()],
    };
    let figures = counted(&[
        &[
            (100, filed()),
            (110, objected("director")),
            (115, approved("director")),
        ],
        &[
            (100, filed()),
            (120, objected("director")),
            (130, again),
            (150, approved("director")),
        ],
        &[
            (100, filed()),
            (140, lapsed("director")),
            (150, approved("director")),
            (160, objected("director")),
        ],
    ]);
    let director = lane(&figures, "director");
    assert_eq!(
        (director.approved, director.changes_requested, director.lapsed),
        (3, 3, 1)
    );
    assert_eq!(
        director.late, 1,
        "the answer to a lapse; the change of mind after it is none"
    );
    assert_eq!(hours(&director), [10, 20, 20, 50]);
    assert_eq!(director.within(50), Some(TimeDelta::hours(20)));
    assert_eq!(director.within(90), Some(TimeDelta::hours(50)));
}

#[test]
fn a_lapse_is_no_answer_and_publishing_while_blocked_is_said() {
    let published = |while_blocked| Event::Published {
        link: None,
        while_blocked,
    };
    let figures = counted(&[
        &[(100, filed()), (150, lapsed("director")), (160, published(true))],
        &[(100, filed()), (150, published(false))],
        &[(100, filed()), (150, Event::Withdrawn { reason: None })],
    ]);
    let all = Requests {
        filed: 3,
        withdrawn: 1,
        published: 2,
        published_while_blocked: 1,
    };
    assert_eq!(figures.all_requests(), all);
    let director = lane(&figures, "director");
    assert_eq!(
        (director.lapsed, director.approved, director.within(50)),
        (1, 0, None)
    );
}

#[test]
fn a_trail_without_its_beginning_counts_nothing() {
    assert!(counted(&[&[(100, approved("director"))]]).is_empty());
}

#[test]
fn a_note_that_is_added_later_makes_no_second_approval() {
    let figures = counted(&[&[
        (100, filed()),
        (110, approved("director")),
        (120, approved("director")),
        (130, objected("director")),
        (140, approved("director")),
    ]]);
    let director = lane(&figures, "director");
    assert_eq!((director.approved, director.changes_requested), (2, 1));
}
