use crate::render;
use crate::story::{ALICE, BOB, DIRECTOR, REQUESTER, Story, at, user};
use signoff::domain::event::Event;
use signoff::domain::request::{Details, Role};
use signoff::domain::text::Link;
use signoff::view::card::{channel_card, is_spent, requester_card, reviewer_card};

fn reviewer(story: &Story, lane: &str, who: &str, now: &str) -> String {
    render::message(&reviewer_card(
        &story.rules,
        &story.request,
        &story.lane(lane),
        &user(who),
        at(now),
    ))
}

fn requester(story: &Story, now: &str) -> String {
    render::message(&requester_card(&story.rules, &story.request, at(now)))
}

fn channel(story: &Story) -> String {
    render::message(&channel_card(&story.rules, &story.request))
}

/// The `action_id`s on a rendered card: words such as `approve=42/director/1]`.
fn buttons(card: &str) -> Vec<&str> {
    let ends = card.split_whitespace().filter_map(|word| word.strip_suffix(']'));
    ends.filter_map(|word| word.split_once('='))
        .map(|(action, _)| action)
        .collect()
}

#[test]
fn a_ping_has_everything_needed_to_decide() {
    let filed = Story::filed().ask("director", &[DIRECTOR], Role::Director, "11-25 15:00");
    insta::assert_snapshot!(
        "ping_before_it_is_delivered",
        reviewer(&filed, "director", DIRECTOR, "11-25 15:00")
    );
    let asked = Story::asked();
    insta::assert_snapshot!(
        "ping_director",
        reviewer(&asked, "director", DIRECTOR, "11-25 15:01")
    );
    insta::assert_snapshot!(
        "ping_marketing",
        reviewer(&asked, "marketing", ALICE, "11-25 15:01")
    );
    insta::assert_snapshot!(
        "ping_last_day",
        reviewer(&asked, "marketing", ALICE, "11-30 09:30")
    );
    insta::assert_snapshot!(
        "ping_wide_impact",
        reviewer(&Story::wide(), "marketing", ALICE, "11-25 15:01")
    );
    insta::assert_snapshot!(
        "ping_voluntary",
        reviewer(&Story::voluntary(), "marketing", ALICE, "11-25 15:01")
    );
}

#[test]
fn a_stand_in_reads_for_whom() {
    let deputy = Story::filed().ask("director", &["UDEPUTY"], Role::Deputy, "11-25 15:00");
    insta::assert_snapshot!(
        "ping_deputy",
        reviewer(&deputy, "director", "UDEPUTY", "11-25 15:00")
    );
    let fallback = Story::filed().ask("marketing", &["UHEAD"], Role::Fallback, "11-25 15:00");
    insta::assert_snapshot!(
        "ping_fallback",
        reviewer(&fallback, "marketing", "UHEAD", "11-25 15:00")
    );
}

#[test]
fn an_edit_shows_old_and_new() {
    let edited = Details {
        category: "pricing".into(),
        title: "Interview <b>".into(),
        link: Link::parse("https://docs.example.com/second").unwrap(),
        area: Some("billing".into()),
        publish_on: None,
        notes: None,
    };
    let event = |details: Details, new_round| Event::Edited {
        lanes: vec!["director".into(), "marketing".into()],
        gated: true,
        details,
        new_round,
    };
    let story = Story::asked()
        .then("11-26 10:00", Some(REQUESTER), event(edited, true))
        .asked_all("11-26 10:00");
    insta::assert_snapshot!("edited_ping", reviewer(&story, "marketing", ALICE, "11-26 10:01"));
}

#[test]
fn more_time_shows_on_every_card() {
    for (name, grant) in [
        ("asked", None),
        ("granted", Some(true)),
        ("declined", Some(false)),
    ] {
        let story = Story::asked().more_time("marketing", ALICE, grant, "11-30 10:00");
        insta::assert_snapshot!(
            format!("more_time_{name}"),
            format!(
                "{}\n\n{}",
                reviewer(&story, "marketing", BOB, "11-30 10:01"),
                requester(&story, "11-30 10:01")
            )
        );
    }
}

#[test]
fn a_review_that_was_handed_over_says_by_whom_and_to_whom() {
    let handed = Story::asked().handed("director", DIRECTOR, DIRECTOR, "UHEAD", "11-26 10:00");
    insta::assert_snapshot!(
        "handed_old",
        reviewer(&handed, "director", DIRECTOR, "11-26 10:01")
    );
    insta::assert_snapshot!(
        "handed_new",
        reviewer(&handed, "director", "UHEAD", "11-26 10:01")
    );
    let admin = Story::asked().handed("director", "UADMIN", DIRECTOR, "UHEAD", "11-26 10:00");
    insta::assert_snapshot!(
        "handed_by_admin",
        reviewer(&admin, "director", DIRECTOR, "11-26 10:01")
    );
    let gone = Story::asked().gone("director", DIRECTOR, "11-26 10:00");
    insta::assert_snapshot!("gone_old", reviewer(&gone, "director", DIRECTOR, "11-26 10:01"));
    insta::assert_snapshot!(
        "gone_deputy",
        reviewer(&gone, "director", "UDEPUTY", "11-26 10:01")
    );
    insta::assert_snapshot!("gone_requester", requester(&gone, "11-26 10:01"));
}

#[test]
fn a_second_round_shows_what_changed() {
    let story = Story::asked()
        .objected("director", DIRECTOR, "11-26 10:00")
        .resubmitted(&["director"], "11-27 11:00");
    let story = story
        .ask("director", &[DIRECTOR], Role::Director, "11-27 11:00")
        .told("director", DIRECTOR, "11-27 11:00");
    insta::assert_snapshot!(
        "ping_round_two",
        reviewer(&story, "director", DIRECTOR, "11-27 11:01")
    );
}

#[test]
fn an_answered_card_loses_its_buttons() {
    let approved = Story::asked().approved("marketing", ALICE, "11-26 10:12");
    let own = reviewer(&approved, "marketing", ALICE, "11-26 10:13");
    assert_eq!(buttons(&own), ["change_decision"]);
    insta::assert_snapshot!("spent_own_approval", own);
    let colleague = reviewer(&approved, "marketing", BOB, "11-26 10:13");
    assert_eq!(buttons(&colleague), [""; 0]);
    insta::assert_snapshot!("spent_colleague", colleague);
    let objected = Story::asked().objected("marketing", ALICE, "11-26 10:12");
    insta::assert_snapshot!(
        "spent_own_objection",
        reviewer(&objected, "marketing", ALICE, "11-26 10:13")
    );
    insta::assert_snapshot!(
        "spent_colleague_objected",
        reviewer(&objected, "marketing", BOB, "11-26 10:13")
    );
}

#[test]
fn the_card_of_a_request_that_ended_has_no_buttons() {
    for (name, story) in [
        ("spent_withdrawn", Story::asked().withdrawn("11-26 10:12")),
        (
            "spent_published_while_blocked",
            Story::asked().published("11-26 10:12"),
        ),
        (
            "spent_published_after_own_approval",
            Story::asked()
                .approved("marketing", ALICE, "11-26 09:00")
                .published("11-26 10:12"),
        ),
    ] {
        let card = reviewer(&story, "marketing", ALICE, "11-26 10:13");
        assert_eq!(buttons(&card), [""; 0], "{name}");
        insta::assert_snapshot!(name, card);
    }
}

#[test]
fn the_card_of_a_round_that_is_over_has_no_buttons() {
    let before = Story::asked().objected("director", DIRECTOR, "11-26 10:00");
    let old = before.lane("director");
    let after = before.resubmitted(&["director"], "11-27 11:00").ask(
        "director",
        &[DIRECTOR],
        Role::Director,
        "11-27 11:00",
    );
    let card = render::message(&reviewer_card(
        &after.rules,
        &after.request,
        &old,
        &user(DIRECTOR),
        at("11-27 11:00"),
    ));
    assert_eq!(buttons(&card), [""; 0]);
    insta::assert_snapshot!("spent_superseded", card);
}

#[test]
fn one_person_answers_for_one_lane() {
    let story = Story::asked()
        .ask("marketing", &[DIRECTOR], Role::Member, "11-25 16:00")
        .approved("director", DIRECTOR, "11-26 10:00");
    insta::assert_snapshot!(
        "spent_other_lane",
        reviewer(&story, "marketing", DIRECTOR, "11-26 10:01")
    );
}

#[test]
fn a_lapsed_lane_still_takes_an_answer() {
    let lapsed = Story::asked().lapsed("marketing");
    let card = reviewer(&lapsed, "marketing", ALICE, "12-01 00:00");
    assert_eq!(
        buttons(&card),
        ["approve", "request_changes", "raise_wide_impact", "why"]
    );
    assert!(!card.contains("approved"), "a lapse is no approval");
    insta::assert_snapshot!("lapsed_reviewer", card);
    let late = lapsed.objected("marketing", ALICE, "12-01 09:00");
    insta::assert_snapshot!(
        "late_objection_own",
        reviewer(&late, "marketing", ALICE, "12-01 09:01")
    );
    let late = Story::asked()
        .lapsed("marketing")
        .approved("marketing", ALICE, "12-01 09:00");
    insta::assert_snapshot!(
        "late_approval_own",
        reviewer(&late, "marketing", ALICE, "12-01 09:01")
    );
}

#[test]
fn nothing_left_to_do_is_spent() {
    let asked = Story::asked();
    let spent = |story: &Story, who: &str| is_spent(&story.request, &story.lane("marketing"), &user(who));
    assert!(!spent(&asked, ALICE));
    assert!(spent(&asked, "USTRANGER"));
    let lapsed = Story::asked().lapsed("marketing");
    assert!(!spent(&lapsed, ALICE));
    let approved = Story::asked().approved("marketing", ALICE, "11-26 10:12");
    assert!(spent(&approved, BOB) && spent(&approved, ALICE));
    assert!(spent(&Story::asked().withdrawn("11-26 10:12"), ALICE));
}

#[test]
fn the_requester_sees_the_gate_and_every_lane() {
    insta::assert_snapshot!("requester_filed", requester(&Story::filed(), "11-25 15:00"));
    let unreached = Story::filed().ask("director", &[DIRECTOR], Role::Director, "11-25 15:00");
    insta::assert_snapshot!("requester_not_reached", requester(&unreached, "11-25 15:00"));
    let one = Story::asked().approved("marketing", ALICE, "11-26 10:12");
    insta::assert_snapshot!("requester_one_approved", requester(&one, "11-26 10:13"));
    let objected = Story::asked().objected("director", DIRECTOR, "11-26 10:12");
    let card = requester(&objected, "11-26 10:13");
    assert!(buttons(&card).contains(&"resubmit"));
    insta::assert_snapshot!("requester_objected", card);
    insta::assert_snapshot!("requester_wide", requester(&Story::wide(), "11-25 15:01"));
    insta::assert_snapshot!(
        "requester_voluntary",
        requester(&Story::voluntary(), "11-25 15:01")
    );
    let clear = one_lapsed();
    insta::assert_snapshot!("requester_clear_by_lapse", requester(&clear, "12-01 00:00"));
    let late = one_lapsed().objected("director", DIRECTOR, "12-01 09:00");
    insta::assert_snapshot!("requester_late_objection", requester(&late, "12-01 09:01"));
    let early = {
        let mut story = Story::asked();
        story.request.details.publish_on = Some(crate::story::date("2026-11-27"));
        story
    };
    insta::assert_snapshot!("requester_planned_too_early", requester(&early, "11-25 15:01"));
}

#[test]
fn the_requesters_card_ends_with_the_request() {
    let published = Story::asked().published("11-26 10:12");
    let card = requester(&published, "11-26 10:13");
    assert_eq!(buttons(&card), [""; 0]);
    insta::assert_snapshot!("requester_published_while_blocked", card);
    insta::assert_snapshot!(
        "requester_withdrawn",
        requester(&Story::asked().withdrawn("11-26 10:12"), "11-26 10:13")
    );
}

#[test]
fn an_empty_lane_is_said_to_be_empty() {
    let event = Event::LaneUnfillable {
        lane: "director".into(),
        round: 1,
    };
    let story = Story::filed().then("11-25 15:00", None, event);
    insta::assert_snapshot!("requester_unfillable", requester(&story, "11-25 15:00"));
}

#[test]
fn the_channel_sees_one_card() {
    insta::assert_snapshot!("channel_blocked", channel(&Story::asked()));
    insta::assert_snapshot!("channel_wide", channel(&Story::wide()));
    insta::assert_snapshot!("channel_clear_by_lapse", channel(&one_lapsed()));
    insta::assert_snapshot!(
        "channel_published",
        channel(&one_lapsed().published("12-01 10:00"))
    );
}

#[test]
fn three_cards_to_the_letter() {
    let asked = Story::asked();
    let at_lane = asked.lane("director");
    insta::assert_json_snapshot!(
        "json_ping",
        reviewer_card(
            &asked.rules,
            &asked.request,
            &at_lane,
            &user(DIRECTOR),
            at("11-25 15:01")
        )
        .blocks
    );
    let lapsed = one_lapsed();
    insta::assert_json_snapshot!(
        "json_requester",
        requester_card(&lapsed.rules, &lapsed.request, at("12-01 00:00")).blocks
    );
    insta::assert_json_snapshot!("json_channel", channel_card(&asked.rules, &asked.request).blocks);
    let approved = Story::asked().approved("marketing", ALICE, "11-26 10:12");
    let at_lane = approved.lane("marketing");
    insta::assert_json_snapshot!(
        "json_spent",
        reviewer_card(
            &approved.rules,
            &approved.request,
            &at_lane,
            &user(ALICE),
            at("11-26 10:13")
        )
        .blocks
    );
    assert_ne!(REQUESTER, ALICE);
}

/// Marketing approved, the director stayed silent.
fn one_lapsed() -> Story {
    Story::asked()
        .approved("marketing", ALICE, "11-26 10:12")
        .lapsed("director")
}
