use crate::render;
use crate::story::{ALICE, BOB, DIRECTOR, REQUESTER, Story, at, calendar, date, details, rules, user};
use signoff::domain::command::{Rejection, Unfit};
use signoff::domain::event::Event;
use signoff::domain::filing::{Field, FieldError, Problem};
use signoff::domain::ids::{LaneKey, RequestId};
use signoff::domain::people::Kind;
use signoff::domain::request::{Details, End, Role};
use signoff::domain::text::Link;
use signoff::view::reply;
use std::fmt::Write;

fn show(story: &Story, now: &str) -> String {
    render::message(&reply::show(&story.rules, &story.request, at(now)))
}

fn why(story: &Story, now: &str) -> String {
    render::message(&reply::why(&story.rules, &story.request, at(now)))
}

fn one_lapsed() -> Story {
    Story::asked()
        .approved("marketing", ALICE, "11-26 10:12")
        .lapsed("director")
}

#[test]
fn filing_says_what_happens_next() {
    let filed =
        |story: &Story| render::message(&reply::filed(&story.rules, &story.request, at("11-25 15:00")));
    insta::assert_snapshot!("filed", filed(&Story::filed()));
    let early = Details {
        publish_on: Some(date("2026-11-27")),
        category: "blog".into(),
        ..details()
    };
    insta::assert_snapshot!(
        "filed_too_early",
        filed(&Story::filed_as(rules(), 42, early, false))
    );
    insta::assert_snapshot!(
        "filed_wide",
        filed(&Story::filed_as(rules(), 42, details(), true))
    );
    insta::assert_snapshot!("filed_voluntary", filed(&Story::voluntary()));
}

#[test]
fn show_answers_the_one_question() {
    let blocked = show(&Story::asked(), "11-25 15:01");
    assert!(blocked.contains("`blocked`") && !blocked.contains("clear"));
    insta::assert_snapshot!("show_blocked", blocked);
    let clear = show(&one_lapsed(), "12-01 00:00");
    assert!(clear.contains("`clear`") && !clear.contains("blocked"));
    assert!(clear.contains("`director`: `lapsed`") && clear.contains("`marketing`: `approved`"));
    insta::assert_snapshot!("show_clear_by_lapse", clear);
    let held = show(
        &Story::asked().objected("director", DIRECTOR, "11-26 10:00"),
        "11-26 10:01",
    );
    assert!(held.contains("`director`: `changes requested`") && held.contains("`marketing`: `pending`"));
    insta::assert_snapshot!("show_held", held);
    let story = Story::asked();
    let colleague = reply::show_to(
        &story.rules,
        &story.request,
        &["marketing".into()],
        at("11-25 15:01"),
    );
    insta::assert_snapshot!("show_to_a_colleague", render::message(&colleague));
    insta::assert_snapshot!("show_wide", show(&Story::wide(), "11-26 10:00"));
    insta::assert_snapshot!("show_voluntary", show(&Story::voluntary(), "11-26 10:00"));
    insta::assert_snapshot!("show_not_asked_yet", show(&Story::filed(), "11-25 15:00"));
    insta::assert_snapshot!(
        "show_published",
        show(&Story::asked().published("11-26 10:00"), "11-26 10:01")
    );
    let late = one_lapsed().objected("director", DIRECTOR, "12-01 09:00");
    insta::assert_snapshot!("show_late_objection", show(&late, "12-01 10:00"));
}

#[test]
fn why_counts_day_by_day() {
    insta::assert_snapshot!("why_pending", why(&Story::asked(), "11-25 15:01"));
    let mut thanksgiving = rules();
    thanksgiving.calendar = calendar(&[("2026-11-26", "Thanksgiving Day")]);
    let story = Story::filed_as(thanksgiving, 42, details(), false)
        .ask("director", &[DIRECTOR], Role::Director, "11-25 15:00")
        .told("director", DIRECTOR, "11-27 08:00");
    insta::assert_snapshot!("why_late_delivery_and_holiday", why(&story, "11-28 12:00"));
    let held = Story::asked().objected("director", DIRECTOR, "11-27 10:00");
    insta::assert_snapshot!("why_held", why(&held, "11-30 10:00"));
    insta::assert_snapshot!("why_wide", why(&Story::wide(), "11-26 10:00"));
    insta::assert_snapshot!("why_voluntary", why(&Story::voluntary(), "11-26 10:00"));
    insta::assert_snapshot!("why_lapsed", why(&one_lapsed(), "12-01 00:00"));
    let mut moved = Story::asked();
    moved.rules.calendar = calendar(&[("2026-11-27", "A new day off")]);
    insta::assert_snapshot!("why_calendar_changed", why(&moved, "11-28 10:00"));
}

#[test]
fn lists() {
    let rules = rules();
    let requests = [
        Story::asked().request,
        one_lapsed().request,
        Story::wide().request,
        Story::asked().withdrawn("11-26 10:00").request,
    ];
    insta::assert_snapshot!(
        "mine",
        render::message(&reply::mine(&rules, &requests, 31, at("11-26 10:00")))
    );
    insta::assert_snapshot!(
        "mine_none",
        render::message(&reply::mine(&rules, &[], 0, at("11-26 10:00")))
    );
    let waiting = [(Story::asked().request, LaneKey::from("marketing"))];
    insta::assert_snapshot!(
        "waiting",
        render::message(&reply::waiting(
            &rules,
            &user(ALICE),
            &waiting,
            3,
            at("11-26 10:00")
        ))
    );
    insta::assert_snapshot!(
        "waiting_none",
        render::message(&reply::waiting(&rules, &user(ALICE), &[], 0, at("11-26 10:00")))
    );
}

#[test]
fn done_says_what_changed() {
    let mut said = String::new();
    let lowered = Event::WideImpactLowered {
        reason: "It is a local paper.".into(),
    };
    let cases: Vec<(&str, Story, Event)> = vec![
        (
            ALICE,
            Story::asked(),
            Event::Approved {
                lane: "marketing".into(),
                note: None,
            },
        ),
        (
            ALICE,
            Story::asked().approved("director", DIRECTOR, "11-26 09:00"),
            Event::Approved {
                lane: "marketing".into(),
                note: None,
            },
        ),
        (
            ALICE,
            Story::asked(),
            Event::ChangesRequested {
                lane: "marketing".into(),
                reason: "No.".into(),
            },
        ),
        (ALICE, Story::asked(), Event::WideImpactRaised),
        (ALICE, Story::wide(), lowered),
        (
            REQUESTER,
            Story::asked().objected("director", DIRECTOR, "11-26 09:00"),
            Event::Resubmitted {
                what_changed: "All.".into(),
                reopened: vec!["director".into()],
            },
        ),
        (
            REQUESTER,
            Story::asked(),
            Event::Edited {
                details: details(),
                lanes: vec!["director".into(), "marketing".into()],
                gated: true,
                new_round: true,
            },
        ),
        (
            REQUESTER,
            Story::asked(),
            Event::Edited {
                details: details(),
                lanes: vec!["director".into(), "marketing".into()],
                gated: true,
                new_round: false,
            },
        ),
        (REQUESTER, Story::asked(), Event::Withdrawn { reason: None }),
        (
            REQUESTER,
            Story::asked(),
            Event::Published {
                link: None,
                while_blocked: true,
            },
        ),
        (
            REQUESTER,
            one_lapsed(),
            Event::Published {
                link: None,
                while_blocked: false,
            },
        ),
        (
            REQUESTER,
            Story::asked(),
            Event::LaneUnfillable {
                lane: "marketing".into(),
                round: 1,
            },
        ),
    ];
    for (who, story, event) in cases {
        let story = story.then("11-26 10:00", Some(who), event.clone());
        let message = reply::done(&story.rules, &story.request, &event, at("11-26 10:00"));
        writeln!(said, "{}\n", render::message(&message).lines().nth(1).unwrap()).unwrap();
    }
    insta::assert_snapshot!(said);
}

#[test]
fn every_refusal_is_one_sentence_that_helps() {
    let published = End::Published {
        by: user(REQUESTER),
        at: at("11-26 10:00"),
        link: None,
        while_blocked: false,
    };
    let seen = End::Published {
        by: user(REQUESTER),
        at: at("11-26 10:00"),
        link: Link::parse("https://blog.example.com/a").ok(),
        while_blocked: true,
    };
    let all = [
        Rejection::NotFound(RequestId(99)),
        Rejection::NotFound(RequestId(0)),
        Rejection::Ended(End::Withdrawn {
            by: user("UADMIN"),
            at: at("11-26 10:00"),
            reason: None,
        }),
        Rejection::Ended(published),
        Rejection::Ended(seen),
        Rejection::NoSuchLane,
        Rejection::Superseded,
        Rejection::OwnRequest,
        Rejection::FillsOtherLane("marketing".into()),
        Rejection::CannotVerify,
        Rejection::NotEligible(Kind::Guest),
        Rejection::NotEligible(Kind::External),
        Rejection::NotEligible(Kind::Deactivated),
        Rejection::NotEligible(Kind::Bot),
        Rejection::NotEligible(Kind::Member),
        Rejection::NotInLane("marketing".into()),
        Rejection::NotInLane("director".into()),
        Rejection::NotInLane("legal".into()),
        Rejection::DecidedBy(user(ALICE)),
        Rejection::Unchanged,
        Rejection::NotRequester,
        Rejection::OnlyRequester,
        Rejection::NotInvolved,
        Rejection::MayNotLower,
        Rejection::AlreadyWide,
        Rejection::Voluntary,
        Rejection::NotWide,
        Rejection::NothingToAnswer,
        Rejection::OnlyAdmin,
        Rejection::NotPending("marketing".into()),
        Rejection::NotAsked("marketing".into()),
        Rejection::NoDeadline("marketing".into()),
        Rejection::NobodyToNudge,
        Rejection::NudgedLately(at("11-26 14:00")),
        Rejection::NobodyAtWork(Some(at("11-27 09:30"))),
        Rejection::NobodyAtWork(None),
        Rejection::MoreTimeOnce("marketing".into()),
        Rejection::Unfit(user(BOB), Unfit::Requester),
        Rejection::Unfit(user(BOB), Unfit::OtherLane("director".into())),
        Rejection::Unfit(user(BOB), Unfit::NotInLane("director".into())),
        Rejection::Unfit(user(BOB), Unfit::NotInLane("marketing".into())),
        Rejection::Unfit(user(BOB), Unfit::NotInLane("legal".into())),
        Rejection::BackAlready(date("2026-11-25")),
        Rejection::Unfit(user(BOB), Unfit::Oneself),
        Rejection::Unfit(user(BOB), Unfit::Kind(Kind::Guest)),
        Rejection::Unfit(user(BOB), Unfit::Kind(Kind::External)),
        Rejection::Unfit(user(BOB), Unfit::Kind(Kind::Deactivated)),
        Rejection::Unfit(user(BOB), Unfit::Kind(Kind::Bot)),
        Rejection::Unfit(user(BOB), Unfit::Away(Some(date("2026-12-09")))),
        Rejection::Unfit(user(BOB), Unfit::Away(None)),
        Rejection::Invalid(vec![
            FieldError {
                field: Field::Category,
                problem: Problem::UnknownCategory("<!here>".into(), vec!["blog".into()]),
            },
            FieldError {
                field: Field::Link,
                problem: Problem::NotALink,
            },
        ]),
    ];
    let story = Story::asked();
    let mut said = String::new();
    for rejection in &all {
        writeln!(
            said,
            "{}: {}",
            name(rejection),
            reply::rejected(&story.rules, Some(&story.request), rejection)
        )
        .unwrap();
    }
    writeln!(
        said,
        "\nwithout the request at hand: {}",
        reply::rejected(&story.rules, None, &Rejection::NotRequester)
    )
    .unwrap();
    writeln!(
        said,
        "not saved: {}\nperhaps: {}\nslow: {}\nslow click: {}\nslow form: {}\nhint: {}",
        reply::failed(),
        reply::uncertain(),
        reply::slow(),
        reply::slow_click(),
        reply::slow_form(),
        reply::form_hint()
    )
    .unwrap();
    writeln!(said, "help: {}", render::message(&reply::help())).unwrap();
    insta::assert_snapshot!(said);
}

/// A variant that is added fails to compile here, and is then added above.
fn name(rejection: &Rejection) -> &'static str {
    match rejection {
        Rejection::NotFound(_) => "NotFound",
        Rejection::Ended(_) => "Ended",
        Rejection::NoSuchLane => "NoSuchLane",
        Rejection::Superseded => "Superseded",
        Rejection::OwnRequest => "OwnRequest",
        Rejection::FillsOtherLane(_) => "FillsOtherLane",
        Rejection::CannotVerify => "CannotVerify",
        Rejection::NotEligible(_) => "NotEligible",
        Rejection::NotInLane(_) => "NotInLane",
        Rejection::DecidedBy(_) => "DecidedBy",
        Rejection::Unchanged => "Unchanged",
        Rejection::NotRequester => "NotRequester",
        Rejection::OnlyRequester => "OnlyRequester",
        Rejection::NotInvolved => "NotInvolved",
        Rejection::MayNotLower => "MayNotLower",
        Rejection::AlreadyWide => "AlreadyWide",
        Rejection::Voluntary => "Voluntary",
        Rejection::NotWide => "NotWide",
        Rejection::NothingToAnswer => "NothingToAnswer",
        Rejection::OnlyAdmin => "OnlyAdmin",
        Rejection::NotPending(_) => "NotPending",
        Rejection::NotAsked(_) => "NotAsked",
        Rejection::NoDeadline(_) => "NoDeadline",
        Rejection::NobodyToNudge => "NobodyToNudge",
        Rejection::NudgedLately(_) => "NudgedLately",
        Rejection::NobodyAtWork(_) => "NobodyAtWork",
        Rejection::MoreTimeOnce(_) => "MoreTimeOnce",
        Rejection::BackAlready(_) => "BackAlready",
        Rejection::Unfit(..) => "Unfit",
        Rejection::Invalid(_) => "Invalid",
    }
}

#[test]
fn every_fault_of_a_field_is_named() {
    let fields = [
        Field::Category,
        Field::Title,
        Field::Link,
        Field::Area,
        Field::PublishOn,
        Field::Notes,
        Field::Reason,
    ];
    let problems = [
        Problem::UnknownCategory("newsletter".into(), vec!["blog".into(), "press".into()]),
        Problem::UnknownArea(
            "serach".into(),
            (0..40).map(|n| format!("area-{n}").as_str().into()).collect(),
        ),
        Problem::AreaMissing(vec!["search".into(), "billing".into()]),
        Problem::NotALink,
        Problem::NotADate("2026-02-30".into()),
        Problem::InThePast(date("2026-11-20")),
    ];
    let mut said = String::new();
    let mut say = |field, problem| {
        let error = FieldError { field, problem };
        writeln!(
            said,
            "{}: {}",
            field.block_id(),
            reply::field_error(&rules(), &error)
        )
        .unwrap();
    };
    problems
        .into_iter()
        .for_each(|problem| say(Field::Category, problem));
    for field in fields {
        say(field, Problem::Missing);
        say(
            field,
            Problem::TooLong {
                length: 1140,
                max: 1000,
            },
        );
    }
    insta::assert_snapshot!(said);
}
