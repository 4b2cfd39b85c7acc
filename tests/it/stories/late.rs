//! Answers after a lapse (R12), and what the requester hears (R23).

use crate::support::{DEADLINE, Test, says, story};

const PRESS: &str = "press https://example.com/draft An interview";

story!(r12_a_late_approval_is_shown_as_one);
async fn r12_a_late_approval_is_shown_as_one(t: &mut Test) {
    let id = t.files("U0PM", PRESS).await;
    t.advance(DEADLINE).await;
    t.clicks("U0DIRECTOR", &id, "approve").await;
    assert_eq!(t.stands(&id).await, "clear director=approved marketing=lapsed");
    assert!(t.show(&id).await.contains("late"), "{}", t.show(&id).await);
    t.hears("U0PM", &["late approval", "R-1", "@Director", "had lapsed"]);
}

story!(r12_a_late_objection_leaves_the_gate_clear_and_is_told_at_once);
async fn r12_a_late_objection_leaves_the_gate_clear_and_is_told_at_once(t: &mut Test) {
    let id = t.files("U0PM", PRESS).await;
    t.advance(DEADLINE).await;
    t.objects("U0DIRECTOR", &id, "This names a customer").await;
    assert_eq!(t.stands(&id).await, "clear director=lapsed marketing=lapsed");
    t.hears(
        "U0PM",
        &[
            "late objection",
            "R-1",
            "This names a customer",
            "had lapsed",
            "gate stays",
        ],
    );
    t.advance("2026-12-08T09:00:00-08:00").await;
    let digest = t.digests().pop().expect("a digest").text();
    assert!(
        digest.contains("product director lapsed, then Director asked for changes"),
        "{digest}"
    );
}

story!(r12_a_reviewer_who_disagrees_raises_wide_impact_which_blocks_again);
async fn r12_a_reviewer_who_disagrees_raises_wide_impact_which_blocks_again(t: &mut Test) {
    let id = t.files("U0PM", PRESS).await;
    t.advance(DEADLINE).await;
    t.objects("U0DIRECTOR", &id, "This names a customer").await;
    let card = t.card("U0MARK", &id);
    t.clicks_on("U0MARK", &card, "raise_wide_impact").await;
    assert_eq!(
        t.stands(&id).await,
        "blocked director=changes requested marketing=pending"
    );
}

story!(r12_whoever_has_answered_raises_it_by_words);
async fn r12_whoever_has_answered_raises_it_by_words(t: &mut Test) {
    let id = t.files("U0PM", PRESS).await;
    t.advance(DEADLINE).await;
    t.objects("U0DIRECTOR", &id, "This names a customer").await;
    let card = t.card("U0DIRECTOR", &id);
    assert!(
        !card.has_button("raise_wide_impact"),
        "the decider's card has one button"
    );
    says!(t.types("U0LEGAL", "raise R-1").await, @"Only @Pm or a reviewer of R-1 can do that.");
    says!(t.types("U0DIRECTOR", "raise R-1").await, @"R-1 is wide-impact now: it waits for every lane, and silence never opens the gate. R-1 is blocked. Waiting for @Mark or @Mia (marketing) and the changes that @Director asked for (product director), however long it takes.");
    assert_eq!(
        t.stands(&id).await,
        "blocked director=changes requested marketing=pending"
    );
}

story!(r23_the_requester_hears_of_every_lane_and_of_the_gate);
async fn r23_the_requester_hears_of_every_lane_and_of_the_gate(t: &mut Test) {
    let id = t.files("U0PM", PRESS).await;
    t.clicks("U0MARK", &id, "approve").await;
    t.hears(
        "U0PM",
        &[
            "@Mark",
            "marketing",
            "approved R-1",
            "R-1 is blocked",
            "@Director",
        ],
    );
    t.clicks("U0DIRECTOR", &id, "approve").await;
    t.hears(
        "U0PM",
        &["R-1 is clear: you may publish", "@Director", "approved by @Mark"],
    );
    assert_eq!(t.notices("U0PM").len(), 2, "{:?}", t.notices("U0PM"));
}

story!(r23_the_requester_hears_that_it_lapsed_and_what_that_means);
async fn r23_the_requester_hears_that_it_lapsed_and_what_that_means(t: &mut Test) {
    let id = t.files("U0PM", PRESS).await;
    t.clicks("U0MARK", &id, "approve").await;
    t.advance(DEADLINE).await;
    t.hears(
        "U0PM",
        &[
            "R-1 is clear: you may publish",
            "@Director",
            "lapsed",
            "it is your call",
        ],
    );
    let card = t.card("U0PM", &id);
    assert!(
        card.text().contains("clear") && card.text().contains("lapsed"),
        "{}",
        card.render()
    );
}

story!(r23_an_objection_says_what_to_do_next);
async fn r23_an_objection_says_what_to_do_next(t: &mut Test) {
    let id = t.files("U0PM", PRESS).await;
    t.objects("U0DIRECTOR", &id, "This names a customer").await;
    t.hears(
        "U0PM",
        &[
            "R-1 is blocked",
            "@Director",
            "asks for changes",
            "This names a customer",
            "Ask again",
        ],
    );
}

story!(r12_a_late_answer_can_be_changed_until_it_is_published);
async fn r12_a_late_answer_can_be_changed_until_it_is_published(t: &mut Test) {
    let id = t.files("U0PM", PRESS).await;
    t.advance(DEADLINE).await;
    t.clicks("U0DIRECTOR", &id, "approve").await;
    t.clicks("U0DIRECTOR", &id, "change_decision").await;
    let answer = [
        ("decision", "request_changes"),
        ("reason", "The price is last year's"),
    ];
    t.submits("U0DIRECTOR", &answer).await;
    t.hears(
        "U0PM",
        &[
            "A late objection to R-1",
            "so the gate stays clear",
            "The price is last year's",
        ],
    );
    let card = t.card("U0DIRECTOR", &id);
    t.types("U0PM", &format!("published {id}")).await;
    says!(t.clicks_stale("U0DIRECTOR", &card, "change_decision").await, @"R-1 was published, says @Pm. Nothing about it can change now.");
    assert!(t.card("U0DIRECTOR", &id).buttons().is_empty());
}
