//! Away and back (R6).

use crate::support::{DEADLINE, Test, says, story};
use chrono::TimeDelta;
use signoff::sandbox::CONFIG;
use signoff::sandbox::workspace::Fault;

const PRESS: &str = "press https://example.com/draft An interview";

story!(r6_the_delegate_is_asked_and_decides);
async fn r6_the_delegate_is_asked_and_decides(t: &mut Test) {
    let said = t
        .types("U0DIRECTOR", "away until 2026-12-09 <@U0LEGAL|legal>")
        .await;
    says!(said, @r"
    You are away until Wed 9 Dec 2026 and hear nothing of reviews before that morning; @Legal is asked in your place.
    `/review-request back` ends it early.
    ");
    let id = t.files("U0PM", PRESS).await;
    assert!(t.cards("U0DIRECTOR", &id).is_empty(), "the away are not pinged");
    assert_eq!(t.asked(&id, "director").await, ["U0LEGAL"]);
    let card = t.card("U0LEGAL", &id);
    says!(card.text().lines().nth(1).expect("a second line"), @"@Pm asks for your review as product director of Code Search: you stand in for @Director, who is away until Wed 9 Dec 2026.");
    assert!(
        t.card("U0PM", &id)
            .text()
            .contains("@Legal (for @Director, who is away until Wed 9 Dec 2026)"),
        "{}",
        t.card("U0PM", &id).render()
    );
    t.advance("2026-12-03T12:00:00-08:00").await;
    assert!(t.reminders("U0DIRECTOR").is_empty());
    assert_eq!(t.reminders("U0LEGAL").len(), 1, "their delegate is reminded");
    t.clicks("U0LEGAL", &id, "approve").await;
    assert_eq!(t.lane(&id, "director").await, "approved");
}

story!(r6_without_a_delegate_the_deputy_then_the_fallback);
async fn r6_without_a_delegate_the_deputy_then_the_fallback(t: &mut Test) {
    t.types("U0DIRECTOR", "away 2026-12-09").await;
    let id = t.files("U0PM", PRESS).await;
    assert_eq!(t.asked(&id, "director").await, ["U0DEPUTY"]);
    let card = t.card("U0DEPUTY", &id);
    assert!(
        card.text()
            .contains("for @Director, who is away until Wed 9 Dec 2026"),
        "{}",
        card.render()
    );
    t.types("U0DEPUTY", "away until 2026-12-07").await;
    assert_eq!(
        t.asked(&id, "director").await,
        ["U0DEPUTY", "U0ADMIN"],
        "handed on"
    );
    let other = t.files("U0PM", "press https://example.com/b Another").await;
    assert_eq!(t.asked(&other, "director").await, ["U0ADMIN"]);
}

story!(r6_a_status_in_slack_says_the_same);
async fn r6_a_status_in_slack_says_the_same(t: &mut Test) {
    let until = crate::support::at("2026-12-09T00:00:00-08:00").timestamp();
    t.ws.set_status("U0DIRECTOR", ":palm_tree:", until);
    let id = t.files("U0PM", PRESS).await;
    assert!(t.cards("U0DIRECTOR", &id).is_empty());
    let card = t.card("U0DEPUTY", &id);
    assert!(
        card.text()
            .contains("for @Director, who is away until Wed 9 Dec 2026"),
        "{}",
        card.render()
    );
    says!(t.types("U0DIRECTOR", "back").await, @"You were not away here: new requests are sent to you. Your Slack status still says that you are away, and as long as it does you are not asked.");
}

story!(r6_what_waits_for_me_alone_is_handed_over);
async fn r6_what_waits_for_me_alone_is_handed_over(t: &mut Test) {
    let id = t.files("U0PM", PRESS).await;
    let said = t.types("U0DIRECTOR", "away until 2026-12-09 <@U0LEGAL>").await;
    assert!(
        said.contains("Of R-1 on your desk, whatever waits for you alone is handed over now."),
        "{said}"
    );
    let old = t.card("U0DIRECTOR", &id);
    assert!(old.buttons().is_empty(), "{}", old.render());
    says!(old.text().lines().nth(1).expect("a second line"), @"You are away until Wed 9 Dec 2026: @Legal is asked in your place. Nothing left for you here.");
    assert!(t.card("U0LEGAL", &id).has_button("approve"));
    assert_eq!(
        t.deadline(&id, "director").await,
        Some(crate::support::at(DEADLINE)),
        "the lane was asked when it was asked"
    );
    // Marketing has somebody who is there.
    t.types("U0MARK", "away until 2026-12-09").await;
    assert_eq!(t.asked(&id, "marketing").await, ["U0MARK", "U0MIA"]);
    t.advance("2026-12-03T12:00:00-08:00").await;
    assert!(t.reminders("U0MARK").is_empty() && t.reminders("U0MIA").len() == 1);
    t.types("U0MIA", "away until 2026-12-05").await;
    assert_eq!(
        t.asked(&id, "marketing").await,
        ["U0MARK", "U0MIA", "U0ADMIN"],
        "the last one left"
    );
    t.clicks("U0LEGAL", &id, "approve").await;
    assert_eq!(t.lane(&id, "director").await, "approved");
}

story!(r6_nobody_left_is_said_at_once, nobody_stands_in());
async fn r6_nobody_left_is_said_at_once(t: &mut Test) {
    let id = t.files("U0PM", PRESS).await;
    t.types("U0DIRECTOR", "away until 2026-12-04").await;
    t.hears("U0PM", &["Nobody can review R-1", "product director"]);
    assert!(
        t.posts()
            .iter()
            .any(|post| post.text().contains("Nobody can review R-1"))
    );
    let old = t.card("U0DIRECTOR", &id);
    assert!(
        old.text().contains("somebody else is looked for"),
        "{}",
        old.render()
    );
    t.types("U0DIRECTOR", "back").await;
    let card = t.card("U0DIRECTOR", &id);
    assert!(
        card.has_button("approve"),
        "it is theirs again: {}",
        card.render()
    );
    t.hears(
        "U0DIRECTOR",
        &["R-1 waits for your answer again", "Your card has the buttons"],
    );
    t.advance("2026-12-03T12:00:00-08:00").await;
    assert_eq!(t.reminders("U0DIRECTOR").len(), 1);
    t.clicks("U0DIRECTOR", &id, "approve").await;
}

story!(
    r4_a_lane_that_was_told_and_is_empty_now_lapses_and_is_said_to,
    nobody_stands_in()
);
async fn r4_a_lane_that_was_told_and_is_empty_now_lapses_and_is_said_to(t: &mut Test) {
    let id = t.files("U0PM", PRESS).await;
    t.types("U0DIRECTOR", "away until 2026-12-18").await;
    let told = t.notices("U0PM");
    let nobody = told.iter().find(|told| told.contains("Nobody can review R-1"));
    let nobody = nobody.expect("it is announced");
    assert!(!nobody.contains("does not lapse"), "it does: {nobody}");
    t.advance(DEADLINE).await;
    assert_eq!(
        t.lane(&id, "director").await,
        "lapsed",
        "the director had been told"
    );
}

story!(r6_the_away_hear_nothing_of_wide_impact);
async fn r6_the_away_hear_nothing_of_wide_impact(t: &mut Test) {
    let id = t.files("U0PM", PRESS).await;
    t.types("U0DIRECTOR", "away until 2026-12-09").await;
    t.clicks("U0MARK", &id, "raise_wide_impact").await;
    t.hears("U0DEPUTY", &["R-1 waits for your review"]);
    let told = t.notices("U0DIRECTOR");
    let told = told.iter().any(|told| told.contains("waits for your review"));
    assert!(!told, "they are away, and their card has no buttons");
}

story!(r6_a_status_set_after_the_ping_hands_it_over_the_next_morning);
async fn r6_a_status_set_after_the_ping_hands_it_over_the_next_morning(t: &mut Test) {
    let id = t.files("U0PM", PRESS).await;
    let until = crate::support::at("2026-12-19T00:00:00-08:00").timestamp();
    t.ws.set_status("U0DIRECTOR", ":palm_tree:", until);
    t.advance("2026-12-03T12:00:00-08:00").await;
    assert_eq!(
        t.asked(&id, "director").await,
        ["U0DIRECTOR", "U0DEPUTY"],
        "silence would count although nobody is there"
    );
}

story!(r6_a_lookup_that_fails_is_asked_again_before_anybody_counts_as_there);
async fn r6_a_lookup_that_fails_is_asked_again_before_anybody_counts_as_there(t: &mut Test) {
    let id = t.files("U0PM", PRESS).await;
    t.types("U0MARK", "away until 2026-12-09").await;
    t.advance_by(TimeDelta::minutes(2)).await;
    t.types("U0MIA", "away until 2026-12-02").await;
    let busy = Fault::Error("ratelimited".to_owned());
    t.ws.faults().next("users.info", busy);
    t.types("U0MIA", "away until 2026-12-09").await;
    t.advance_by(TimeDelta::minutes(5)).await;
    assert_eq!(
        t.asked(&id, "marketing").await,
        ["U0MARK", "U0MIA", "U0ADMIN"],
        "nobody else is there"
    );
}

fn nobody_stands_in() -> String {
    let config = CONFIG.replace("deputy = \"U0DEPUTY\"", "");
    config.replacen("fallback = [\"U0ADMIN\"]", "fallback = []", 1)
}

story!(r6_back_early_is_pinged_again_and_sees_what_was_handed_over);
async fn r6_back_early_is_pinged_again_and_sees_what_was_handed_over(t: &mut Test) {
    let id = t.files("U0PM", PRESS).await;
    t.types("U0DIRECTOR", "away until 2026-12-09 <@U0LEGAL>").await;
    t.advance("2026-12-03T15:00:00-08:00").await;
    let ack = t.command("U0DIRECTOR", "back").await;
    says!(ack.text().lines().next().expect("a line"), @"Welcome back: new requests are sent to you again. Others were asked in your place here, and nobody has answered yet; you may:");
    let list = ack.ephemeral.expect("a list");
    let second = t.files("U0PM", "press https://example.com/b Another").await;
    assert_eq!(t.asked(&second, "director").await, ["U0DIRECTOR"]);
    t.clicks_on("U0DIRECTOR", &list, "approve").await;
    assert_eq!(t.lane(&id, "director").await, "approved");
    assert!(t.card("U0LEGAL", &id).buttons().is_empty());
    says!(t.types("U0DIRECTOR", "back").await, @"You were not away here: new requests are sent to you.");
}

story!(r6_it_ends_by_itself_on_the_morning_that_was_named);
async fn r6_it_ends_by_itself_on_the_morning_that_was_named(t: &mut Test) {
    t.types("U0DIRECTOR", "away until 2026-12-04").await;
    t.advance("2026-12-03T23:59:00-08:00").await;
    let before = t.files("U0PM", PRESS).await;
    t.advance("2026-12-04T00:00:00-08:00").await;
    let after = t.files("U0PM", "press https://example.com/b Another").await;
    assert_eq!(t.asked(&before, "director").await, ["U0DEPUTY"]);
    assert_eq!(t.asked(&after, "director").await, ["U0DIRECTOR"]);
}

story!(r6_it_outlives_a_restart_and_the_last_word_counts);
async fn r6_it_outlives_a_restart_and_the_last_word_counts(t: &mut Test) {
    t.types("U0DIRECTOR", "away until 2026-12-09 <@U0LEGAL>").await;
    t.types("U0DIRECTOR", "away until 2026-12-11 <@U0MIA>").await;
    t.restart().await;
    let id = t.files("U0PM", PRESS).await;
    assert_eq!(
        t.asked(&id, "director").await,
        ["U0MIA"],
        "a delegate who also does marketing"
    );
    assert_eq!(
        t.asked(&id, "marketing").await,
        ["U0MARK"],
        "is asked in one lane only"
    );
}

story!(r6_whoever_was_asked_in_a_lane_that_is_answered_can_stand_in_in_another);
async fn r6_whoever_was_asked_in_a_lane_that_is_answered_can_stand_in_in_another(t: &mut Test) {
    let id = t.files("U0PM", PRESS).await;
    assert_eq!(t.asked(&id, "marketing").await, ["U0MARK", "U0MIA"]);
    t.clicks("U0MARK", &id, "approve").await;
    t.types("U0DIRECTOR", "away until 2026-12-09 <@U0MIA>").await;
    assert_eq!(t.asked(&id, "director").await, ["U0DIRECTOR", "U0MIA"]);
    t.clicks("U0MIA", &id, "approve").await;
    assert_eq!(t.stands(&id).await, "clear director=approved marketing=approved");
}

story!(r6_a_mistake_gets_one_sentence);
async fn r6_a_mistake_gets_one_sentence(t: &mut Test) {
    says!(t.types("U0DIRECTOR", "away").await, @"Until when? Say the day on which you are back, as in `/review-request away until 2026-12-02 @deputy`.");
    says!(t.types("U0DIRECTOR", "away until monday").await, @"“monday” is not a date. Write it as in `/review-request away until 2026-12-02 @deputy`.");
    says!(t.types("U0DIRECTOR", "away until 2026-12-01").await, @"Tue 1 Dec 2026 is not after today: say the first day on which you are back.");
    says!(t.types("U0DIRECTOR", "away until 2026-12-02").await, @"Wed 2 Dec 2026 is not after today: say the first day on which you are back.");
    says!(t.types("U0DIRECTOR", "away until 2026-12-09 @somebody").await, @"Slack does not know “@somebody” as one person. Name one by typing @ and choosing from Slack's list.");
    says!(t.types("U0DIRECTOR", "away until 2026-12-09 <@U0NOBODY>").await, @"@U0NOBODY has no active account, and only full members of this workspace can review. Name somebody else.");
    says!(t.types("U0DIRECTOR", "away until 2026-12-09 <@U0DIRECTOR>").await, @"That is you. Name somebody else.");
    says!(t.types("U0DIRECTOR", "away until 2026-12-09 <@U0GUEST>").await, @"@Guest is a guest here, and only full members of this workspace can review. Name somebody else.");
    t.types("U0LEGAL", "away until 2026-12-08").await;
    says!(t.types("U0DIRECTOR", "away until 2026-12-09 <@U0LEGAL>").await, @"@Legal is away until Tue 8 Dec 2026. Name somebody else.");
    let id = t.files("U0PM", PRESS).await;
    assert_eq!(
        t.asked(&id, "director").await,
        ["U0DIRECTOR"],
        "nothing was noted"
    );
}
