//! The rules by example, each test named after the rule it reads like.
//!
//! 2026-11-11 is a Wednesday; Berlin is at UTC+1, so a local midnight is 23:00 the evening before.

use super::{
    ADMIN, ASKER, BATCH, COMPANY, DEPUTY, DIRECTOR, GROUP, HEAD, ID, MARK, MIA, PLAIN, World, approve, at,
    away, by, draft, everybody, lane, lower, object, person, resubmit, rules, user,
};
use chrono::{DateTime, TimeDelta, Utc};
use signoff::domain::command::{Actor, Command, Rejection};
use signoff::domain::effect::Task;
use signoff::domain::event::Event;
use signoff::domain::filing::Draft;
use signoff::domain::ids::UserId;
use signoff::domain::people::{Away, Facts, Kind, Person};
use signoff::domain::request::{Changed, End, Gate, Role};

const WEDNESDAY_15: &str = "2026-11-11T14:00:00Z";
/// The first instant of the Tuesday after Thursday, Friday and Monday.
const TUESDAY_0: &str = "2026-11-16T23:00:00Z";

fn company(extra: &str) -> String {
    format!("{COMPANY}\n{extra}")
}

fn just_before(instant: &str) -> DateTime<Utc> {
    at(instant) - TimeDelta::nanoseconds(1)
}

fn asked(world: &World, key: &str) -> Vec<(String, Role)> {
    let asked = world.lane(key).asked.iter();
    asked
        .map(|asked| (asked.user.to_string(), asked.role.clone()))
        .collect()
}

fn everybody_of(ids: &[&str], role: &Role) -> Vec<(String, Role)> {
    ids.iter().map(|id| ((*id).to_owned(), role.clone())).collect()
}

fn edited(change: impl FnOnce(&mut Draft)) -> Command {
    let mut draft = draft();
    change(&mut draft);
    Command::Edit(Box::new(draft))
}

fn hears(world: &World, id: &str, of: impl Fn(&Event) -> bool) -> bool {
    world.effects.iter().any(
        |effect| matches!(&effect.task, Task::Notice { to, about, .. } if to == &user(id) && of(&about.event)),
    )
}

// Who reviews what.

#[test]
fn r1_the_seven_kinds_are_gated_by_director_and_marketing() {
    for category in [
        "blog",
        "social",
        "presentation",
        "about-site",
        "pricing",
        "deprecation",
        "press",
    ] {
        let mut draft = draft();
        draft.category = category.into();
        let world = World::filed(rules(COMPANY), WEDNESDAY_15, draft);
        let lanes: Vec<&str> = world
            .request()
            .lanes
            .iter()
            .map(|lane| lane.key.as_str())
            .collect();
        assert_eq!(lanes, ["director", "marketing"], "{category}");
        assert_eq!(world.request().gate(), Gate::Blocked, "{category}");
    }
}

#[test]
fn r1_other_is_voluntary_marketing_is_asked_nothing_is_blocked_nothing_lapses() {
    let mut draft = draft();
    (draft.category, draft.wide_impact) = ("other".into(), true);
    let mut world = World::filed(rules(COMPANY), WEDNESDAY_15, draft);
    world.tell_all();
    assert_eq!(
        asked(&world, "marketing"),
        everybody_of(&[MARK, MIA], &Role::Member)
    );
    assert_eq!(world.request().lanes.len(), 1);
    assert_eq!(world.request().gate(), Gate::Clear);
    assert!(!world.request().is_wide(), "there is nothing to block");
    assert_eq!(world.deadline("marketing"), None);
    world.until("2027-11-11T14:00:00Z");
    assert_eq!(world.standing("marketing"), "pending");
}

#[test]
fn r1_a_company_adds_a_lane_without_touching_code() {
    let legal = company(
        "[lanes.legal]\nmembers = [\"U0PLAIN\"]\n[categories.press]\nlanes = [\"director\", \"marketing\", \"legal\"]",
    );
    let mut world = World::told_under(rules(&legal), WEDNESDAY_15);
    world.does(DIRECTOR, approve("director", 1));
    world.does(MARK, approve("marketing", 1));
    assert_eq!(world.request().gate(), Gate::Blocked);
    world.does("U0PLAIN", approve("legal", 1));
    assert_eq!(world.request().gate(), Gate::Clear);
}

#[test]
fn r2_the_director_of_the_picked_area_fills_the_director_lane() {
    let world = World::filed(rules(COMPANY), WEDNESDAY_15, draft());
    assert_eq!(
        asked(&world, "director"),
        everybody_of(&[DIRECTOR], &Role::Director)
    );
    let mut draft = draft();
    draft.area = Some("batch".into());
    let mut world = World::filed(rules(COMPANY), WEDNESDAY_15, draft);
    assert_eq!(asked(&world, "director"), everybody_of(&[BATCH], &Role::Director));
    let refused = world.refuses(DIRECTOR, approve("director", 1));
    assert_eq!(refused, Rejection::NotInLane("director".into()));
}

#[test]
fn r3_all_are_pinged_or_one_in_turn_or_the_least_loaded_and_any_may_decide() {
    let marketing = |ping: &str| {
        let text = COMPANY.replace(
            "user_group = \"S0MARKETING\"",
            &format!("user_group = \"S0MARKETING\"\nping = \"{ping}\""),
        );
        let mut world = World::new(rules(&text), everybody().with_load(user(MARK), 3), WEDNESDAY_15);
        world.does(ASKER, Command::File(Box::new(draft())));
        world.assign();
        world
    };
    assert_eq!(
        asked(&marketing("all"), "marketing"),
        everybody_of(&[MARK, MIA], &Role::Member)
    );
    assert_eq!(
        asked(&marketing("least-loaded"), "marketing"),
        everybody_of(&[MIA], &Role::Member)
    );
    let mut world = marketing("round-robin");
    assert_eq!(asked(&world, "marketing").len(), 1);
    for id in [MARK, MIA] {
        let may = world.acts(by(id), object("marketing", 1, "why"));
        assert!(
            may.is_ok() || may == Err(Rejection::DecidedBy(user(MARK))),
            "{may:?}"
        );
    }
}

#[test]
fn r4_nobody_reviews_their_own_request() {
    let mut world = World::told(WEDNESDAY_15);
    world.facts = everybody().with_group(GROUP.into(), vec![user(ASKER), user(MARK)]);
    assert_eq!(
        world.refuses(ASKER, approve("marketing", 1)),
        Rejection::OwnRequest
    );
    assert_eq!(
        world.refuses(ASKER, object("marketing", 1, "why")),
        Rejection::OwnRequest
    );
}

#[test]
fn r4_one_person_never_fills_two_lanes() {
    let mut world = World::told(WEDNESDAY_15);
    world.facts = everybody().with_group(GROUP.into(), vec![user(DIRECTOR), user(MARK)]);
    world.does(DIRECTOR, approve("marketing", 1));
    let refused = world.refuses(DIRECTOR, approve("director", 1));
    assert_eq!(refused, Rejection::FillsOtherLane("marketing".into()));
    // Their own lane is now without anybody who could answer, so the deputy is asked.
    world.assign();
    assert_eq!(asked(&world, "director")[1], (DEPUTY.to_owned(), Role::Deputy));
    world.does(DEPUTY, approve("director", 1));
    assert_eq!(world.request().gate(), Gate::Clear);
}

#[test]
fn r4_whoever_is_wanted_as_director_is_not_asked_for_marketing_too() {
    let mut world = World::new(rules(COMPANY), everybody(), WEDNESDAY_15);
    world.facts = everybody().with_group(GROUP.into(), vec![user(DIRECTOR), user(MARK)]);
    world.does(ASKER, Command::File(Box::new(draft())));
    world.assign();
    assert_eq!(
        asked(&world, "director"),
        everybody_of(&[DIRECTOR], &Role::Director)
    );
    assert_eq!(asked(&world, "marketing"), everybody_of(&[MARK], &Role::Member));
}

#[test]
fn r4_a_director_who_files_is_replaced_by_the_deputy_else_by_the_fallback() {
    let files = |text: &str, facts| {
        let mut world = World::new(rules(text), facts, WEDNESDAY_15);
        let mut draft = draft();
        draft.area = Some("search".into());
        world.does(DIRECTOR, Command::File(Box::new(draft)));
        world.assign();
        asked(&world, "director")
    };
    let with_fallback = company("[lanes.director]\nfallback = [\"U0ADMIN\"]");
    assert_eq!(
        files(&with_fallback, everybody()),
        everybody_of(&[DEPUTY], &Role::Deputy)
    );
    let deputy_away = away(everybody(), DEPUTY);
    assert_eq!(
        files(&with_fallback, deputy_away),
        everybody_of(&[ADMIN], &Role::Fallback)
    );
}

#[test]
fn r4_a_lane_that_nobody_can_fill_is_announced_at_once_and_only_once() {
    let mut world = World::new(rules(COMPANY), everybody(), WEDNESDAY_15);
    let mut draft = draft();
    draft.area = Some("batch".into());
    world.does(BATCH, Command::File(Box::new(draft)));
    let unfillable = Event::LaneUnfillable {
        lane: "director".into(),
        round: 1,
    };
    assert!(world.assign().contains(&unfillable));
    assert!(hears(&world, BATCH, |event| event == &unfillable));
    let in_the_channel = |effect: &signoff::domain::effect::Effect| matches!(&effect.task, Task::ChannelNotice { about, .. } if about.event == unfillable);
    assert_eq!(
        world
            .effects
            .iter()
            .filter(|effect| in_the_channel(effect))
            .count(),
        1
    );
    assert_eq!(world.assign(), Vec::new());
    assert!(world.lane("director").unfillable);
    world.until("2027-11-11T14:00:00Z");
    assert_eq!(world.standing("director"), "pending");
}

#[test]
fn r4_a_fallback_stands_in_only_while_nobody_of_the_group_can() {
    let mut world = World::told(WEDNESDAY_15);
    let refused = world.refuses(HEAD, approve("marketing", 1));
    assert_eq!(refused, Rejection::NotInLane("marketing".into()));
    let gone =
        |facts: signoff::domain::people::Facts, id| facts.with_person(user(id), person(Kind::Deactivated));
    world.facts = gone(gone(everybody(), MARK), MIA);
    world.does(HEAD, approve("marketing", 1));
}

#[test]
fn r5_whoever_cannot_be_looked_up_is_refused() {
    let mut world = World::told(WEDNESDAY_15);
    world.facts = signoff::domain::people::Facts::none();
    for command in [
        approve("marketing", 1),
        object("director", 1, "why"),
        Command::RaiseWideImpact,
    ] {
        assert_eq!(world.refuses(MARK, command), Rejection::CannotVerify);
    }
}

#[test]
fn r5_a_group_that_cannot_be_looked_up_refuses_its_members_and_says_so() {
    let mut world = World::told(WEDNESDAY_15);
    world.facts = [ASKER, DIRECTOR, DEPUTY, MARK, MIA, HEAD]
        .into_iter()
        .fold(signoff::domain::people::Facts::none(), |facts, id| {
            facts.with_person(user(id), person(Kind::Member))
        });
    for command in [approve("marketing", 1), Command::RaiseWideImpact, lower()] {
        assert_eq!(world.refuses(MARK, command), Rejection::CannotVerify);
    }
    world.does(DIRECTOR, Command::RaiseWideImpact);
}

/// A stand-in's authority hangs on others being unable; where that is not known, it is not given.
#[test]
fn r5_a_stand_in_is_refused_while_the_standing_of_the_pool_is_unknown() {
    let mut world = World::told(WEDNESDAY_15);
    world.facts = [DEPUTY, HEAD]
        .into_iter()
        .fold(signoff::domain::people::Facts::none(), |facts, id| {
            facts.with_person(user(id), person(Kind::Member))
        })
        .with_group(GROUP.into(), vec![user(MARK), user(MIA)]);
    assert_eq!(
        world.refuses(DEPUTY, approve("director", 1)),
        Rejection::CannotVerify
    );
    assert_eq!(
        world.refuses(HEAD, approve("marketing", 1)),
        Rejection::CannotVerify
    );
    world.facts = world.facts.clone().with_person(user(MARK), person(Kind::Member));
    let refused = world.refuses(HEAD, approve("marketing", 1));
    assert_eq!(
        refused,
        Rejection::NotInLane("marketing".into()),
        "one who can is enough"
    );
}

#[test]
fn r6_the_away_are_not_pinged_their_stand_in_is() {
    let mut world = World::new(
        rules(COMPANY),
        away(away(everybody(), DIRECTOR), MARK),
        WEDNESDAY_15,
    );
    world.does(ASKER, Command::File(Box::new(draft())));
    world.assign();
    assert_eq!(asked(&world, "director"), everybody_of(&[DEPUTY], &Role::Deputy));
    assert_eq!(asked(&world, "marketing"), everybody_of(&[MIA], &Role::Member));
    world.does(DIRECTOR, approve("director", 1));
}

/// As [`away`], until a day and with a delegate.
fn away_with(facts: Facts, id: &str, delegate: &str) -> Facts {
    let away = Away {
        until: Some("2026-12-02".parse().expect("a date")),
        delegate: Some(user(delegate)),
    };
    let person = Person {
        away: Some(away),
        ..person(Kind::Member)
    };
    facts.with_person(user(id), person)
}

#[test]
fn r6_a_delegate_comes_before_the_deputy_and_may_decide_as_long_as_it_is_theirs_to_give() {
    let facts = away_with(away_with(everybody(), DIRECTOR, PLAIN), MARK, BATCH);
    let mut world = World::new(rules(COMPANY), facts, WEDNESDAY_15);
    world.does(ASKER, Command::File(Box::new(draft())));
    world.assign();
    assert_eq!(asked(&world, "director"), everybody_of(&[PLAIN], &Role::Delegate));
    assert_eq!(
        asked(&world, "marketing"),
        [(BATCH.to_owned(), Role::Delegate), (MIA.to_owned(), Role::Member)],
        "in the place of the one who is away"
    );
    let mut left = World::new(world.rules.clone(), world.facts.clone(), WEDNESDAY_15);
    left.request = world.request.clone();
    left.facts = left.facts.with_group(GROUP.into(), vec![user(MIA)]);
    let refused = left.refuses(BATCH, approve("marketing", 1));
    assert_eq!(
        refused,
        Rejection::NotInLane("marketing".into()),
        "whoever named them left"
    );
    world.does(PLAIN, approve("director", 1));
    world.does(BATCH, approve("marketing", 1));
    assert_eq!(world.request().gate(), Gate::Clear);
}

#[test]
fn r6_no_delegate_reviews_what_they_may_not() {
    let director_is = |delegate: &str, facts: Facts| {
        let mut world = World::new(rules(COMPANY), away_with(facts, DIRECTOR, delegate), WEDNESDAY_15);
        world.does(ASKER, Command::File(Box::new(draft())));
        world.assign();
        asked(&world, "director")
    };
    let deputy = everybody_of(&[DEPUTY], &Role::Deputy);
    assert_eq!(director_is(ASKER, everybody()), deputy, "R4: their own request");
    assert_eq!(director_is(PLAIN, away(everybody(), PLAIN)), deputy, "away too");
    let guest = everybody().with_person(user(PLAIN), person(Kind::Guest));
    assert_eq!(director_is(PLAIN, guest), deputy, "R5: a guest by now");
    // A director's own request is not for their delegate to review.
    let mut world = World::new(
        rules(COMPANY),
        away_with(everybody(), DIRECTOR, PLAIN),
        WEDNESDAY_15,
    );
    world.does(
        DIRECTOR,
        Command::File(Box::new(Draft {
            area: Some("search".into()),
            ..draft()
        })),
    );
    world.assign();
    assert_eq!(asked(&world, "director"), deputy);
}

#[test]
fn r6_whoever_goes_away_steps_aside_where_nobody_else_is_there() {
    let mut world = World::told(WEDNESDAY_15);
    let aside = |world: &mut World, id: &str| {
        let step = Command::StepAside { user: user(id) };
        world.acts(Actor::Signoff, step).expect("never refused")
    };
    assert!(aside(&mut world, DIRECTOR).is_empty(), "not away");
    world.facts = away(away(everybody(), DIRECTOR), MARK);
    assert!(aside(&mut world, MARK).is_empty(), "Mia is there");
    assert_eq!(aside(&mut world, DIRECTOR).len(), 1);
    let lookup = Task::AssignReviewers { request_id: ID };
    assert!(world.effects.iter().any(|effect| effect.task == lookup));
    world.assign();
    assert_eq!(
        asked(&world, "director"),
        [
            (DIRECTOR.to_owned(), Role::Director),
            (DEPUTY.to_owned(), Role::Deputy)
        ]
    );
    world.facts = away(world.facts.clone(), MIA);
    assert_eq!(aside(&mut world, MIA).len(), 2, "Mark has been away before");
    world.does(DIRECTOR, approve("director", 1));
}

// Decisions.

#[test]
fn r7_the_first_answer_releases_the_rest() {
    let mut world = World::told(WEDNESDAY_15);
    world.does(MARK, approve("marketing", 1));
    let refused = world.refuses(MIA, object("marketing", 1, "why"));
    assert_eq!(refused, Rejection::DecidedBy(user(MARK)));
}

#[test]
fn r8_a_decision_can_be_changed_by_the_same_reviewer_until_it_is_published() {
    let mut world = World::told(WEDNESDAY_15);
    world.does(MARK, approve("marketing", 1));
    world.does(MARK, object("marketing", 1, "the price is wrong"));
    assert_eq!(world.standing("marketing"), "changes requested");
    world.does(MARK, approve("marketing", 1));
    assert_eq!(world.standing("marketing"), "approved");
    world.does(ASKER, Command::Publish { link: None });
    assert!(matches!(
        world.refuses(MARK, object("marketing", 1, "why")),
        Rejection::Ended(_)
    ));
}

#[test]
fn r8_a_reason_is_required_a_note_is_not() {
    let mut world = World::told(WEDNESDAY_15);
    for blank in ["", "  \n ", "\u{200B}"] {
        let refused = world.refuses(MARK, object("marketing", 1, blank));
        assert!(matches!(refused, Rejection::Invalid(_)), "{refused:?}");
    }
    world.does(MARK, approve("marketing", 1));
}

#[test]
fn r9_an_objection_holds_its_lane_and_the_other_clock_runs_on() {
    let mut world = World::told(WEDNESDAY_15);
    world.does(MARK, object("marketing", 1, "the price is wrong"));
    world.until("2027-11-11T14:00:00Z");
    assert_eq!(world.standing("marketing"), "changes requested");
    assert_eq!(world.standing("director"), "lapsed");
    assert_eq!(world.request().gate(), Gate::Blocked);
}

#[test]
fn r10_a_new_round_asks_the_lanes_that_objected_with_a_new_clock() {
    let mut world = World::told(WEDNESDAY_15);
    world.does(DIRECTOR, approve("director", 1));
    world.does(MARK, object("marketing", 1, "the price is wrong"));
    world.until("2026-11-13T09:00:00Z");
    world.does(ASKER, resubmit(false));
    assert_eq!(world.request().round, 2);
    let text = "the price on slide 4".to_owned();
    let last = world.request().changes.last().expect("a change");
    assert_eq!(last.what, Changed::Said { text });
    assert_eq!(
        (world.standing("director"), world.lane("director").round),
        ("approved", 1)
    );
    assert_eq!(
        (world.standing("marketing"), world.lane("marketing").round),
        ("pending", 2)
    );
    assert_eq!(
        world.deadline("marketing"),
        None,
        "nobody was told of the new round yet"
    );
    assert_eq!(world.refuses(MIA, approve("marketing", 1)), Rejection::Superseded);
    world.assign();
    world.tell_all();
    // Friday 10:00: Monday, Tuesday and Wednesday count.
    assert_eq!(world.deadline("marketing"), Some(at("2026-11-18T23:00:00Z")));
    world.does(MIA, approve("marketing", 2));
    assert_eq!(world.request().gate(), Gate::Clear);
}

#[test]
fn r10_ask_everyone_again_voids_the_approvals_too() {
    let mut world = World::told(WEDNESDAY_15);
    world.does(DIRECTOR, approve("director", 1));
    world.does(MARK, object("marketing", 1, "the price is wrong"));
    world.does(ASKER, resubmit(true));
    assert_eq!(
        (world.standing("director"), world.lane("director").round),
        ("pending", 2)
    );
    assert_eq!(
        (world.standing("marketing"), world.lane("marketing").round),
        ("pending", 2)
    );
}

#[test]
fn r10_only_the_requester_answers_and_only_an_objection_and_only_with_words() {
    let mut world = World::told(WEDNESDAY_15);
    assert_eq!(world.refuses(ASKER, resubmit(true)), Rejection::NothingToAnswer);
    world.does(MARK, object("marketing", 1, "the price is wrong"));
    for id in [MARK, DIRECTOR, ADMIN] {
        assert_eq!(world.refuses(id, resubmit(false)), Rejection::OnlyRequester);
    }
    let wordless = Command::Resubmit {
        what_changed: " ".into(),
        ask_everyone: false,
    };
    assert!(matches!(world.refuses(ASKER, wordless), Rejection::Invalid(_)));
}

#[test]
fn r11_a_new_link_or_category_voids_approvals_and_lapses_in_every_lane() {
    let changes: [(&str, Command); 2] = [
        (
            "link",
            edited(|draft| draft.link = "https://docs.example.com/other".into()),
        ),
        ("category", edited(|draft| draft.category = "pricing".into())),
    ];
    for (what, change) in changes {
        let mut world = World::told(WEDNESDAY_15);
        world.does(DIRECTOR, approve("director", 1));
        world.until("2026-11-20T09:00:00Z");
        assert_eq!(world.request().gate(), Gate::Clear);
        world.does(ASKER, change);
        assert_eq!(world.request().gate(), Gate::Blocked, "{what}");
        for key in ["director", "marketing"] {
            assert_eq!(
                (world.standing(key), world.lane(key).round),
                ("pending", 2),
                "{what}"
            );
            assert_eq!(world.deadline(key), None, "{what}");
        }
        assert_eq!(
            world.refuses(DIRECTOR, approve("director", 1)),
            Rejection::Superseded
        );
    }
}

#[test]
fn r11_title_notes_and_publish_date_do_not() {
    let changes: [(&str, Command); 3] = [
        ("title", edited(|draft| draft.title = "A better title".into())),
        ("notes", edited(|draft| draft.notes = Some("With a note".into()))),
        (
            "date",
            edited(|draft| draft.publish_on = Some("2026-12-01".into())),
        ),
    ];
    for (what, change) in changes {
        let mut world = World::told(WEDNESDAY_15);
        world.does(DIRECTOR, approve("director", 1));
        let lanes = world.request().lanes.clone();
        world.does(ASKER, change);
        assert_eq!(world.request().lanes, lanes, "{what}");
        assert_eq!(world.request().round, 1, "{what}");
    }
    let mut world = World::told(WEDNESDAY_15);
    assert_eq!(world.refuses(ASKER, edited(|_| {})), Rejection::Unchanged);
    assert_eq!(
        world.refuses(ADMIN, edited(|draft| draft.title = "Mine".into())),
        Rejection::OnlyRequester
    );
}

#[test]
fn r12_after_its_lapse_a_lane_may_still_approve_and_it_shows_as_late() {
    let mut world = World::told(WEDNESDAY_15);
    world.until("2026-11-20T09:00:00Z");
    world.does(MARK, approve("marketing", 1));
    assert_eq!(world.standing("marketing"), "approved late");
    assert_eq!(world.request().gate(), Gate::Clear);
    assert!(hears(&world, ASKER, |event| matches!(
        event,
        Event::Approved { .. }
    )));
}

#[test]
fn r12_a_late_objection_is_told_at_once_and_leaves_the_gate_clear() {
    let mut world = World::told(WEDNESDAY_15);
    world.until("2026-11-20T09:00:00Z");
    world.does(MARK, object("marketing", 1, "it is wrong"));
    assert_eq!(world.standing("marketing"), "lapsed, objected");
    assert_eq!(world.request().gate(), Gate::Clear);
    assert!(hears(&world, ASKER, |event| matches!(
        event,
        Event::ChangesRequested { .. }
    )));
    // However often they change their mind, it stays a late answer.
    world.does(MARK, approve("marketing", 1));
    assert_eq!(world.standing("marketing"), "approved late");
    world.does(MARK, object("marketing", 1, "it is wrong after all"));
    assert_eq!(world.standing("marketing"), "lapsed, objected");
}

#[test]
fn r12_who_thinks_it_must_not_go_out_raises_wide_impact_which_blocks_again() {
    let mut world = World::told(WEDNESDAY_15);
    world.until("2026-11-20T09:00:00Z");
    world.does(MARK, object("marketing", 1, "it is wrong"));
    world.does(MARK, Command::RaiseWideImpact);
    assert_eq!(world.standing("marketing"), "changes requested");
    assert_eq!(world.standing("director"), "pending");
    assert_eq!(world.request().gate(), Gate::Blocked);
}

#[test]
fn r13_publishing_while_blocked_is_accepted_and_recorded_as_that() {
    let publish = |link: Option<&str>| Command::Publish {
        link: link.map(str::to_owned),
    };
    let mut world = World::told(WEDNESDAY_15);
    world.does(ASKER, publish(Some("https://example.com/post")));
    let Some(End::Published {
        while_blocked,
        link,
        by,
        ..
    }) = world.request().end.clone()
    else {
        panic!("published")
    };
    assert_eq!((while_blocked, by), (true, user(ASKER)));
    assert_eq!(
        link.map(String::from),
        Some("https://example.com/post".to_owned())
    );
    let mut world = World::told(WEDNESDAY_15);
    world.does(MARK, approve("marketing", 1));
    world.does(DIRECTOR, approve("director", 1));
    world.does(ADMIN, publish(None));
    assert!(matches!(
        world.request().end,
        Some(End::Published {
            while_blocked: false,
            ..
        })
    ));
}

#[test]
fn r13_the_requester_or_an_admin_withdraws_and_that_is_the_end() {
    for (id, may) in [(ASKER, true), (ADMIN, true), (MARK, false), (DIRECTOR, false)] {
        let mut world = World::told(WEDNESDAY_15);
        let reason = Some("it is off".to_owned());
        let withdrawn = world.acts(by(id), Command::Withdraw { reason });
        assert_eq!(withdrawn.is_ok(), may, "{id}");
        assert_eq!(world.request().is_open(), !may, "{id}");
    }
}

#[test]
fn r13_who_withdraws_for_another_says_why() {
    let mut world = World::told(WEDNESDAY_15);
    let refused = world.refuses(ADMIN, Command::Withdraw { reason: None });
    assert!(matches!(refused, Rejection::Invalid(_)), "{refused:?}");
    world.does(ASKER, Command::Withdraw { reason: None });
}

#[test]
fn r13_a_ping_that_arrives_after_the_end_starts_no_clock() {
    let mut world = World::filed(rules(COMPANY), WEDNESDAY_15, draft());
    world.does(ASKER, Command::Withdraw { reason: None });
    let before = world.request().clone();
    assert_eq!(world.tell(MARK, "marketing"), Vec::new());
    assert_eq!(world.assign(), Vec::new());
    assert_eq!(world.request(), &before);
}

#[test]
fn r13_silence_opens_nothing_that_has_ended() {
    let mut world = World::told(WEDNESDAY_15);
    world.does(ASKER, Command::Withdraw { reason: None });
    assert_eq!(world.request().opens_on_silence_at(), None);
    world.until("2027-11-11T14:00:00Z");
    assert_eq!(world.standing("marketing"), "pending");
}

// The clock.

#[test]
fn r14_whole_days_filed_wednesday_lapses_tuesday_at_midnight() {
    let mut world = World::told(WEDNESDAY_15);
    assert_eq!(world.request().opens_on_silence_at(), Some(at(TUESDAY_0)));
    let timer = world.timers[0].clone();
    world.run_to(just_before(TUESDAY_0));
    assert_eq!(world.fire(&timer), Vec::new(), "a nanosecond early");
    assert_eq!(
        (world.standing("marketing"), world.request().gate()),
        ("pending", Gate::Blocked)
    );
    world.until(TUESDAY_0);
    assert_eq!(
        (world.standing("marketing"), world.request().gate()),
        ("lapsed", Gate::Clear)
    );
}

#[test]
fn r14_elapsed_filed_wednesday_at_three_lapses_monday_at_three() {
    let text = company("[deadline]\ncounting = \"elapsed\"");
    let mut world = World::told_under(rules(&text), WEDNESDAY_15);
    world.run_to(just_before("2026-11-16T14:00:00Z"));
    assert_eq!(world.standing("marketing"), "pending");
    world.until("2026-11-16T14:00:00Z");
    assert_eq!(world.standing("marketing"), "lapsed");
}

#[test]
fn r14_elapsed_filed_on_a_saturday_counts_from_monday() {
    let text = company("[deadline]\ncounting = \"elapsed\"");
    let world = World::told_under(rules(&text), "2026-11-14T14:00:00Z");
    // Monday, Tuesday and Wednesday, whole.
    assert_eq!(world.deadline("marketing"), Some(at("2026-11-18T23:00:00Z")));
}

#[test]
fn r15_a_day_counts_for_a_lane_only_in_that_lanes_calendar() {
    let text = company("[lanes.director]\ntimezone = \"America/Los_Angeles\"\nregion = \"US\"");
    // Over Thanksgiving, Thursday 26 November.
    let world = World::told_under(rules(&text), "2026-11-24T14:00:00Z");
    assert_eq!(world.deadline("marketing"), Some(at("2026-11-27T23:00:00Z")));
    assert_eq!(world.deadline("director"), Some(at("2026-12-01T08:00:00Z")));
    assert_eq!(
        world.request().opens_on_silence_at(),
        world.deadline("director"),
        "the last one opens it"
    );
}

#[test]
fn r16_filed_as_wide_nothing_lapses_ever() {
    let mut draft = draft();
    draft.wide_impact = true;
    let mut world = World::filed(rules(COMPANY), WEDNESDAY_15, draft);
    world.tell_all();
    assert_eq!(world.request().opens_on_silence_at(), None);
    world.until("2027-11-11T14:00:00Z");
    assert_eq!(
        (world.standing("director"), world.standing("marketing")),
        ("pending", "pending")
    );
    world.does(MARK, approve("marketing", 1));
    world.does(DIRECTOR, approve("director", 1));
    assert_eq!(world.request().gate(), Gate::Clear, "people may still open it");
}

#[test]
fn r16_raised_it_turns_lapsed_lanes_back_to_pending_and_keeps_approvals() {
    let mut world = World::told(WEDNESDAY_15);
    world.does(DIRECTOR, approve("director", 1));
    world.until("2026-11-20T09:00:00Z");
    assert_eq!(world.request().gate(), Gate::Clear);
    world.does(MIA, Command::RaiseWideImpact);
    assert_eq!(
        (world.standing("director"), world.standing("marketing")),
        ("approved", "pending")
    );
    assert_eq!(world.request().gate(), Gate::Blocked);
    for id in [ASKER, MARK] {
        assert!(
            hears(&world, id, |event| event == &Event::WideImpactRaised),
            "{id}"
        );
    }
}

#[test]
fn r16_the_requester_and_the_reviewers_raise_it_nobody_else() {
    for (id, may) in [
        (ASKER, true),
        (DIRECTOR, true),
        (MARK, true),
        (HEAD, false),
        (ADMIN, false),
    ] {
        let mut world = World::told(WEDNESDAY_15);
        assert_eq!(world.acts(by(id), Command::RaiseWideImpact).is_ok(), may, "{id}");
    }
}

#[test]
fn r16_lowered_the_deadlines_come_from_the_original_clocks() {
    let mut world = World::told(WEDNESDAY_15);
    world.does(ASKER, Command::RaiseWideImpact);
    world.until("2026-11-13T09:00:00Z");
    world.does(MARK, lower());
    assert_eq!(
        world.deadline("marketing"),
        Some(at(TUESDAY_0)),
        "as if it had never been raised"
    );
    world.until(TUESDAY_0);
    assert_eq!(world.standing("marketing"), "lapsed");
}

#[test]
fn r16_lowered_after_the_deadline_a_silent_lane_lapses_at_once() {
    let mut world = World::told(WEDNESDAY_15);
    world.does(ASKER, Command::RaiseWideImpact);
    world.until("2026-11-20T09:00:00Z");
    assert_eq!(world.standing("marketing"), "pending");
    world.does(DIRECTOR, lower());
    assert_eq!(
        world.standing("marketing"),
        "pending",
        "by a timer, not by the click"
    );
    world.until("2026-11-20T09:00:00Z");
    assert_eq!(
        (world.standing("director"), world.standing("marketing")),
        ("lapsed", "lapsed")
    );
}

#[test]
fn r16_only_a_reviewer_who_is_not_the_requester_or_an_admin_lowers_it_with_a_reason() {
    for (id, may) in [
        (ASKER, false),
        (HEAD, false),
        (DIRECTOR, true),
        (MIA, true),
        (ADMIN, true),
    ] {
        let mut world = World::told(WEDNESDAY_15);
        world.does(ASKER, Command::RaiseWideImpact);
        let wordless = Command::LowerWideImpact { reason: " ".into() };
        assert!(world.acts(by(id), wordless).is_err(), "{id}");
        assert_eq!(world.acts(by(id), lower()).is_ok(), may, "{id}");
        assert_eq!(world.request().is_wide(), !may, "{id}");
    }
}

#[test]
fn r17_a_ping_proven_within_the_grace_starts_the_clock_at_filing() {
    // Five minutes to midnight in Berlin: within the grace the day of filing is Wednesday, beyond it Thursday.
    let filed_at = "2026-11-11T22:55:00Z";
    let grace = TimeDelta::minutes(15);
    let nanosecond = TimeDelta::nanoseconds(1);
    for (late, started_at, deadline) in [
        (TimeDelta::zero(), at(filed_at), TUESDAY_0),
        (grace - nanosecond, at(filed_at), TUESDAY_0),
        (grace, at(filed_at), TUESDAY_0),
        (
            grace + nanosecond,
            at(filed_at) + grace + nanosecond,
            "2026-11-17T23:00:00Z",
        ),
        (
            TimeDelta::days(7),
            at("2026-11-18T22:55:00Z"),
            "2026-11-23T23:00:00Z",
        ),
    ] {
        let mut world = World::filed(rules(COMPANY), filed_at, draft());
        world.now += late;
        let started = world.tell(MARK, "marketing");
        assert!(
            matches!(&started[..], [Event::PingDelivered { .. }, Event::ClockStarted { started_at: from, .. }]
                if *from == started_at),
            "{late}: {started:?}"
        );
        assert_eq!(world.deadline("marketing"), Some(at(deadline)), "{late}");
    }
}

#[test]
fn r17_a_second_proof_moves_nothing() {
    let mut world = World::filed(rules(COMPANY), WEDNESDAY_15, draft());
    world.tell(MARK, "marketing");
    world.now += TimeDelta::days(2);
    assert_eq!(world.tell(MARK, "marketing"), Vec::new());
    assert!(matches!(
        &world.tell(MIA, "marketing")[..],
        [Event::PingDelivered { .. }]
    ));
    assert_eq!(world.deadline("marketing"), Some(at(TUESDAY_0)));
}

#[test]
fn r17_a_lane_that_nobody_was_told_about_cannot_lapse() {
    let mut world = World::filed(rules(COMPANY), WEDNESDAY_15, draft());
    world.tell(DIRECTOR, "director");
    assert_eq!(world.request().opens_on_silence_at(), None);
    world.until("2027-11-11T14:00:00Z");
    assert_eq!(
        (world.standing("director"), world.standing("marketing")),
        ("lapsed", "pending")
    );
    assert!(
        world
            .fire(&super::history::timer(world.now, lane("marketing", 1)))
            .is_empty()
    );
    assert_eq!(world.request().gate(), Gate::Blocked);
}

#[test]
fn r17_where_the_first_cannot_be_reached_somebody_else_is_asked() {
    let mut world = World::filed(rules(COMPANY), WEDNESDAY_15, draft());
    let gone = Command::RecordUnreachable {
        lane: lane("director", 1),
        user: user(DIRECTOR),
    };
    world
        .acts(signoff::domain::command::Actor::Signoff, gone)
        .expect("recorded");
    let again = Task::AssignReviewers { request_id: ID };
    assert_eq!(world.effects.last().map(|effect| &effect.task), Some(&again));
    world.assign();
    assert_eq!(asked(&world, "director")[1], (DEPUTY.to_owned(), Role::Deputy));
}

#[test]
fn r20_a_changed_policy_moves_no_running_deadline() {
    let mut world = World::told(WEDNESDAY_15);
    let deadlines: Vec<_> = ["director", "marketing"].map(|key| world.deadline(key)).to_vec();
    world.rules = rules(&company("[deadline]\nbusiness_days = 10\ncounting = \"elapsed\""));
    world.does(ASKER, Command::RaiseWideImpact);
    world.does(MARK, lower());
    world.does(ASKER, edited(|draft| draft.title = "A better title".into()));
    world.tell(MIA, "marketing");
    assert_eq!(
        deadlines,
        ["director", "marketing"].map(|key| world.deadline(key))
    );
    world.until(TUESDAY_0);
    assert_eq!(
        (world.standing("director"), world.standing("marketing")),
        ("lapsed", "lapsed")
    );
}

#[test]
fn r20_a_new_round_is_counted_under_the_new_policy() {
    let mut world = World::told(WEDNESDAY_15);
    world.does(MARK, object("marketing", 1, "the price is wrong"));
    world.rules = rules(&company("[deadline]\nbusiness_days = 1"));
    world.does(ASKER, resubmit(false));
    world.assign();
    world.tell_all();
    assert_eq!(world.deadline("marketing"), Some(at("2026-11-12T23:00:00Z")));
    assert_eq!(world.deadline("director"), Some(at(TUESDAY_0)));
}

#[test]
fn r23_the_requester_hears_of_a_lapse() {
    let mut world = World::told(WEDNESDAY_15);
    world.until(TUESDAY_0);
    let lapsed = Event::Lapsed {
        lane: "marketing".into(),
    };
    assert!(hears(&world, ASKER, |event| event == &lapsed));
}

#[test]
fn r28_the_earliest_opening_is_known_at_filing_and_is_what_happens() {
    let mut world = World::new(rules(COMPANY), everybody(), WEDNESDAY_15);
    world.does(ASKER, Command::File(Box::new(draft())));
    let details = world.request().details.clone();
    let promised = world.rules.opens_on_silence_at(&details, false, world.now);
    assert_eq!(promised, Some(at(TUESDAY_0)));
    assert_eq!(world.rules.opens_on_silence_at(&details, true, world.now), None);
    world.assign();
    world.tell_all();
    assert_eq!(world.request().opens_on_silence_at(), promised);
}

/// R17 asks for a proof, and a proof for somebody who was never asked is none.
#[test]
fn r17_a_proof_for_a_stranger_or_an_old_round_is_none() {
    let mut world = World::filed(rules(COMPANY), WEDNESDAY_15, draft());
    let proof = |lane, user: UserId, delivered_at| Command::RecordPing {
        lane,
        user,
        delivered_at,
    };
    let signoff = signoff::domain::command::Actor::Signoff;
    for (which, id) in [
        (lane("marketing", 1), HEAD),
        (lane("marketing", 2), MARK),
        (lane("legal", 1), MARK),
    ] {
        let now = world.now;
        assert_eq!(
            world.acts(signoff.clone(), proof(which, user(id), now)),
            Ok(Vec::new())
        );
    }
    assert_eq!(world.deadline("marketing"), None);
}
