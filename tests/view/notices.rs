use crate::render;
use crate::story::{ALICE, BOB, DIRECTOR, REQUESTER, Story, asked, at, details, entry, user};
use signoff::domain::event::{Entry, Event};
use signoff::domain::ids::LaneKey;
use signoff::domain::request::{Clock, Role};
use signoff::domain::text::Link;
use signoff::view::admin::{channel_gone, requester_gone};
use signoff::view::notice::{channel_notice, notice};
use signoff::view::reminder::{reminder, reminder_over, snoozed};
use std::fmt::Write;

fn tell(said: &mut String, name: &str, story: &Story, to: &str, about: &Entry) {
    let message = notice(&story.rules, &story.request, &user(to), about, about.at);
    writeln!(said, "--- {name}, to {to}\n{}\n", render::message(&message)).unwrap();
}

/// The story goes on with the event, then its notice is written, as the outbox would.
fn happened(story: Story, when: &str, by: Option<&str>, event: Event) -> (Story, Entry) {
    let about = entry(when, by, event);
    (story.then(when, by, about.event.clone()), about)
}

#[test]
fn the_requester_hears_of_every_lane() {
    let mut said = String::new();
    let approve = |lane: &str, note: Option<&str>| Event::Approved {
        lane: lane.into(),
        note: note.map(str::to_owned),
    };
    let object = |lane: &str| Event::ChangesRequested {
        lane: lane.into(),
        reason: "The price on slide 4 is last year's.".into(),
    };
    let lapse = |lane: &str| Event::Lapsed { lane: lane.into() };
    let cases = [
        (
            "first approval",
            Story::asked(),
            "11-26 10:12",
            Some(ALICE),
            approve("marketing", Some("Nice.")),
        ),
        (
            "gate opens by approvals",
            Story::asked().approved("marketing", ALICE, "11-26 10:12"),
            "11-27 10:00",
            Some(DIRECTOR),
            approve("director", None),
        ),
        (
            "gate opens by a lapse",
            Story::asked().approved("marketing", ALICE, "11-26 10:12"),
            "12-01 00:00",
            None,
            lapse("director"),
        ),
        (
            "gate opens by an approval after a lapse elsewhere",
            Story::asked().lapsed("director"),
            "12-01 00:00",
            Some(ALICE),
            approve("marketing", None),
        ),
        (
            "first lapse",
            Story::asked(),
            "12-01 00:00",
            None,
            lapse("marketing"),
        ),
        (
            "objection",
            Story::asked(),
            "11-26 10:12",
            Some(DIRECTOR),
            object("director"),
        ),
        (
            "late objection",
            Story::asked().lapsed("director").lapsed("marketing"),
            "12-01 09:00",
            Some(DIRECTOR),
            object("director"),
        ),
        (
            "late approval",
            Story::asked().lapsed("director").lapsed("marketing"),
            "12-01 09:00",
            Some(DIRECTOR),
            approve("director", None),
        ),
        (
            "voluntary approval",
            Story::voluntary(),
            "11-26 10:12",
            Some(ALICE),
            approve("marketing", None),
        ),
        (
            "voluntary objection",
            Story::voluntary(),
            "11-26 10:12",
            Some(ALICE),
            object("marketing"),
        ),
        (
            "withdrawn by an admin",
            Story::asked(),
            "11-26 10:12",
            Some("UADMIN"),
            Event::Withdrawn {
                reason: Some("The event is off.".into()),
            },
        ),
    ];
    for (name, story, when, by, event) in cases {
        let (story, about) = happened(story, when, by, event);
        tell(&mut said, name, &story, REQUESTER, &about);
    }
    insta::assert_snapshot!(said);
}

#[test]
fn wide_impact_is_told_to_those_whose_silence_counted() {
    let mut said = String::new();
    let (story, about) = happened(
        Story::asked().lapsed("marketing"),
        "12-01 09:00",
        Some(DIRECTOR),
        Event::WideImpactRaised,
    );
    tell(&mut said, "raised", &story, REQUESTER, &about);
    tell(&mut said, "raised", &story, ALICE, &about);
    let lowered = Event::WideImpactLowered {
        reason: "It is a local paper.".into(),
    };
    let (story, about) = happened(
        Story::wide().objected("marketing", ALICE, "11-26 10:00"),
        "11-27 09:00",
        Some(DIRECTOR),
        lowered,
    );
    tell(&mut said, "lowered", &story, REQUESTER, &about);
    let lowered = Event::WideImpactLowered {
        reason: "It is a local paper.".into(),
    };
    let (story, about) = happened(Story::wide(), "12-02 09:00", Some(DIRECTOR), lowered);
    tell(
        &mut said,
        "lowered after the deadlines",
        &story,
        REQUESTER,
        &about,
    );
    insta::assert_snapshot!(said);
}

#[test]
fn more_time_is_asked_for_and_answered() {
    let mut said = String::new();
    for (to, grant) in [(REQUESTER, None), (ALICE, Some(true)), (ALICE, Some(false))] {
        let story = Story::asked().more_time("marketing", ALICE, grant, "11-30 10:00");
        let (lane, round) = ("marketing".into(), 1);
        let (by, event) = match (grant, &story.request.lane(&lane).unwrap().clock) {
            (None, _) => (ALICE, Event::MoreTimeAsked { lane, round }),
            (Some(false), _) => (REQUESTER, Event::MoreTimeDeclined { lane, round }),
            (Some(true), Clock::Running { deadline, policy, .. }) => {
                let (deadline, policy) = (*deadline, policy.clone());
                let granted = Event::MoreTimeGranted {
                    lane,
                    round,
                    deadline,
                    policy,
                };
                (REQUESTER, granted)
            }
            _ => unreachable!("its clock runs"),
        };
        let about = entry("11-30 10:00", Some(by), event);
        tell(&mut said, &format!("{grant:?}"), &story, to, &about);
    }
    insta::assert_snapshot!(said);
}

#[test]
fn an_empty_lane_is_told_to_the_requester_and_the_channel() {
    let mut said = String::new();
    let event = Event::LaneUnfillable {
        lane: "director".into(),
        round: 1,
    };
    let (mut story, about) = happened(Story::filed(), "11-25 15:00", None, event);
    tell(&mut said, "nobody", &story, REQUESTER, &about);
    let message = channel_notice(&story.rules, &story.request, &about, at("11-25 15:00"));
    writeln!(said, "--- in the channel\n{}\n", render::message(&message)).unwrap();
    story.rules.areas[0].director = user(REQUESTER);
    tell(&mut said, "the director filed it", &story, REQUESTER, &about);
    insta::assert_snapshot!(said);
}

/// Every other event has its sentence too, in case it is ever told.
#[test]
fn every_event_has_a_sentence() {
    let mut said = String::new();
    let story = Story::asked();
    let Clock::Running {
        started_at,
        deadline,
        policy,
    } = story.request.lanes[0].clock.clone()
    else {
        panic!()
    };
    let lane = || LaneKey::from("marketing");
    let events = [
        Event::Filed {
            requester: user(REQUESTER),
            details: details(),
            lanes: vec![lane()],
            gated: true,
            wide_impact: false,
        },
        Event::ReviewersAsked {
            lane: lane(),
            round: 1,
            asked: vec![asked(ALICE, Role::Member), asked(BOB, Role::Member)],
        },
        Event::HandedOver {
            lane: lane(),
            round: 1,
            from: vec![user(ALICE)],
            to: Box::new(asked(BOB, Role::Member)),
            reason: Some("I wrote half of it.".into()),
            as_admin: false,
        },
        Event::Nudged {
            to: vec![user(ALICE)],
            spared: vec![user(BOB)],
        },
        Event::LeftLane {
            lane: lane(),
            round: 1,
            user: user(ALICE),
        },
        Event::SteppedAside {
            lane: lane(),
            round: 1,
            user: user(ALICE),
            until: None,
        },
        Event::PingDelivered {
            lane: lane(),
            round: 1,
            user: user(ALICE),
            delivered_at: at("11-25 15:00"),
        },
        Event::PingFailed {
            lane: lane(),
            round: 1,
            user: user(ALICE),
        },
        Event::ClockStarted {
            lane: lane(),
            round: 1,
            started_at,
            deadline,
            policy,
        },
        Event::Resubmitted {
            what_changed: "Slide 4.".into(),
            reopened: vec![lane()],
        },
        Event::Edited {
            details: details(),
            lanes: vec![lane()],
            gated: true,
            new_round: true,
        },
        Event::Edited {
            details: details(),
            lanes: vec![lane()],
            gated: true,
            new_round: false,
        },
        Event::Published {
            link: Some(Link::parse("https://blog.example.com/a").unwrap()),
            while_blocked: true,
        },
        Event::Published {
            link: None,
            while_blocked: false,
        },
    ];
    for event in events {
        let about = entry("11-26 10:00", Some("UADMIN"), event);
        let message = notice(
            &story.rules,
            &story.request,
            &user(REQUESTER),
            &about,
            at("11-26 10:00"),
        );
        writeln!(
            said,
            "--- {}\n",
            render::message(&message).lines().nth(1).unwrap()
        )
        .unwrap();
    }
    insta::assert_snapshot!(said);
}

#[test]
fn admins_hear_what_cannot_be_reached() {
    let codes = [
        "is_archived",
        "not_in_channel",
        "channel_not_found",
        "restricted_action",
    ];
    let mut said: Vec<String> = codes
        .iter()
        .map(|code| render::message(&channel_gone("C0MARKETING", code)))
        .collect();
    let story = Story::asked();
    said.push(render::message(&requester_gone(&story.rules, &story.request)));
    insta::assert_snapshot!(said.join("\n"));
}

#[test]
fn one_reminder_a_morning() {
    let second = |wide| {
        let details = signoff::domain::request::Details {
            category: "pricing".into(),
            title: "New tier <b>".into(),
            ..details()
        };
        Story::filed_as(crate::story::rules(), 45, details, wide)
            .asked_all("11-26 09:00")
            .request
    };
    let first = Story::asked();
    let waiting = [
        (second(true), LaneKey::from("marketing")),
        (first.request, LaneKey::from("marketing")),
    ];
    let message = |now: &str, waiting: &[_]| render::message(&reminder(&first.rules, waiting, at(now)));
    insta::assert_snapshot!("reminder_two", message("11-27 09:30", &waiting));
    insta::assert_snapshot!("reminder_last_day", message("11-30 09:30", &waiting[1..]));
    insta::assert_snapshot!("reminder_wide_only", message("11-30 09:30", &waiting[..1]));
    insta::assert_snapshot!("reminder_decided", message("11-30 09:30", &[]));
    let said = |message| render::message(&message);
    let snoozed = [
        said(reminder_over(&waiting)),
        said(reminder_over(&[])),
        said(snoozed(Some(at("11-30 12:30")), &waiting)),
        said(snoozed(Some(at("12-01 09:30")), &waiting)),
        said(snoozed(None, &waiting)),
    ];
    insta::assert_snapshot!("reminder_snoozed", snoozed.join("\n\n"));
}
