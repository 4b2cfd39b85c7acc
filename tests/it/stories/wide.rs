//! Wide-impact never opens on silence (R16).

use crate::support::{DEADLINE, Test, at, says, story};

const PRESS: &str = "press https://example.com/draft An interview";
const WIDE: &str = "press https://example.com/draft --wide A national newspaper";

story!(r16_filed_wide_it_never_lapses);
async fn r16_filed_wide_it_never_lapses(t: &mut Test) {
    let id = t.files("U0PM", WIDE).await;
    assert!(t.card("U0DIRECTOR", &id).text().contains("Wide-impact"));
    t.advance("2026-12-18T12:00:00-08:00").await;
    assert_eq!(t.stands(&id).await, "blocked director=pending marketing=pending");
    t.clicks("U0DIRECTOR", &id, "approve").await;
    t.clicks("U0MIA", &id, "approve").await;
    assert_eq!(t.gate(&id).await, "clear");
}

story!(r16_raised_after_a_lapse_it_blocks_again);
async fn r16_raised_after_a_lapse_it_blocks_again(t: &mut Test) {
    let id = t.files("U0PM", PRESS).await;
    t.advance(DEADLINE).await;
    assert_eq!(t.gate(&id).await, "clear");
    t.clicks("U0DIRECTOR", &id, "raise_wide_impact").await;
    assert_eq!(t.stands(&id).await, "blocked director=pending marketing=pending");
    t.hears(
        "U0PM",
        &["R-1 is wide-impact now", "@Director raised it", "R-1 is blocked"],
    );
    t.hears(
        "U0MARK",
        &[
            "R-1 waits for your review",
            "@Director raised wide-impact",
            "silence",
        ],
    );
    t.advance("2026-12-18T12:00:00-08:00").await;
    assert_eq!(t.gate(&id).await, "blocked");
}

story!(r16_the_requester_may_raise_it_and_may_not_lower_it);
async fn r16_the_requester_may_raise_it_and_may_not_lower_it(t: &mut Test) {
    let id = t.files("U0PM", PRESS).await;
    t.clicks("U0PM", &id, "raise_wide_impact").await;
    assert!(t.request(&id).await.is_wide());
    assert!(!t.card("U0PM", &id).has_button("lower_wide_impact"));
    let card = t.card("U0DIRECTOR", &id);
    says!(t.clicks_stale("U0PM", &card, "lower_wide_impact").await, @"Wide-impact of R-1 can be lowered by one of its reviewers who did not file it, or by @Admin.");
    t.advance(DEADLINE).await;
    assert_eq!(t.stands(&id).await, "blocked director=pending marketing=pending");
}

story!(r16_a_reviewer_lowers_it_with_a_reason_and_is_told_when_the_lanes_lapse);
async fn r16_a_reviewer_lowers_it_with_a_reason_and_is_told_when_the_lanes_lapse(t: &mut Test) {
    let id = t.files("U0PM", WIDE).await;
    t.advance("2026-12-04T12:00:00-08:00").await;
    t.clicks("U0DIRECTOR", &id, "lower_wide_impact").await;
    let blank = t.submits("U0DIRECTOR", &[("reason", "\u{200B}")]).await;
    assert_eq!(blank.errors().keys().collect::<Vec<_>>(), ["reason"]);
    assert!(t.request(&id).await.is_wide());
    t.submits("U0DIRECTOR", &[("reason", "A local paper after all")])
        .await;
    says!(t.user("U0DIRECTOR").modal().expect("the confirmation").text(), @"R-1 is no longer wide-impact: silence counts again, from the original clocks. Product director lapses Dec 8, 2026 12:00 AM. Marketing lapses Dec 8, 2026 12:00 AM.");
    t.hears(
        "U0PM",
        &[
            "R-1 is no longer wide-impact",
            "A local paper after all",
            "Marketing lapses Dec 8, 2026 12:00 AM",
        ],
    );
    assert_eq!(
        t.deadline(&id, "marketing").await,
        Some(at(DEADLINE)),
        "from the original clock"
    );
    t.advance(DEADLINE).await;
    assert_eq!(t.gate(&id).await, "clear");
}

story!(r16_lowered_after_the_original_deadline_it_lapses_at_once);
async fn r16_lowered_after_the_original_deadline_it_lapses_at_once(t: &mut Test) {
    let id = t.files("U0PM", WIDE).await;
    t.advance("2026-12-15T12:00:00-08:00").await;
    t.clicks("U0MARK", &id, "lower_wide_impact").await;
    t.submits("U0MARK", &[("reason", "A local paper after all")])
        .await;
    assert_eq!(t.stands(&id).await, "clear director=lapsed marketing=lapsed");
}

story!(r16_somebody_uninvolved_neither_raises_nor_lowers_it);
async fn r16_somebody_uninvolved_neither_raises_nor_lowers_it(t: &mut Test) {
    let id = t.files("U0PM", PRESS).await;
    let card = t.card("U0DIRECTOR", &id);
    says!(t.clicks_stale("U0LEGAL", &card, "raise_wide_impact").await, @"Only @Pm or a reviewer of R-1 can do that.");
    t.clicks("U0DIRECTOR", &id, "raise_wide_impact").await;
    says!(t.clicks_stale("U0MARK", &card, "raise_wide_impact").await, @"R-1 is wide-impact already: it waits for every lane.");
    let card = t.card("U0DIRECTOR", &id);
    says!(t.clicks_stale("U0LEGAL", &card, "lower_wide_impact").await, @"Wide-impact of R-1 can be lowered by one of its reviewers who did not file it, or by @Admin.");
    assert!(t.request(&id).await.is_wide());
}

story!(r16_an_admin_lowers_it);
async fn r16_an_admin_lowers_it(t: &mut Test) {
    let id = t.files("U0PM", WIDE).await;
    let card = t.card("U0DIRECTOR", &id);
    t.user("U0ADMIN")
        .click_value(&card, "lower_wide_impact", None)
        .await
        .expect("a click");
    t.submits("U0ADMIN", &[("reason", "Filed by mistake")]).await;
    assert!(!t.request(&id).await.is_wide());
}

const ESCALATION: &str = r#"
[slack]
marketing_channel = "C0MARKETING"
[calendar]
timezone = "America/Los_Angeles"
regions = ["US"]
[lanes.director]
escalation = ["U0ADMIN", "U0PM"]
[lanes.marketing]
user_group = "S0MARKETING"
[areas.search]
name = "Code Search"
director = "U0DIRECTOR"
"#;

story!(
    r22_a_silent_wide_impact_lane_is_escalated_then_every_second_business_day,
    ESCALATION
);
async fn r22_a_silent_wide_impact_lane_is_escalated_then_every_second_business_day(t: &mut Test) {
    let id = t
        .files("U0PM", "pricing https://example.com/prices --wide New prices")
        .await;
    t.advance("2026-12-08T09:29:59-08:00").await;
    assert!(t.notices("U0ADMIN").is_empty(), "three full business days first");
    t.advance("2026-12-08T09:30:00-08:00").await;
    t.hears("U0ADMIN", &[&id, "needs your help", "@Director"]);
    assert!(
        !t.told("U0PM").contains("needs your help"),
        "the requester is no reviewer's boss"
    );
    t.advance("2026-12-10T09:29:59-08:00").await;
    assert_eq!(t.notices("U0ADMIN").len(), 1);
    t.advance("2026-12-10T09:30:00-08:00").await;
    assert_eq!(t.notices("U0ADMIN").len(), 2);
    // Over the weekend: Monday the 14th.
    t.advance("2026-12-14T09:30:00-08:00").await;
    assert_eq!(t.notices("U0ADMIN").len(), 3);
    t.clicks("U0DIRECTOR", &id, "approve").await;
    t.advance("2026-12-18T12:00:00-08:00").await;
    assert_eq!(t.notices("U0ADMIN").len(), 3, "answered");
}

story!(r22_it_is_escalated_too_where_nobody_could_be_asked, ESCALATION);
async fn r22_it_is_escalated_too_where_nobody_could_be_asked(t: &mut Test) {
    let id = t
        .files(
            "U0DIRECTOR",
            "pricing https://example.com/prices --wide New prices",
        )
        .await;
    assert!(t.asked(&id, "director").await.is_empty());
    t.advance("2026-12-08T09:30:00-08:00").await;
    let heard = t.notices("U0ADMIN").pop().expect("a notice");
    says!(heard.lines().next().expect("a line"), @"R-1 needs your help: it is wide-impact and has waited for product director. Please see that somebody answers.");
    t.advance("2026-12-10T09:30:00-08:00").await;
    assert_eq!(t.notices("U0ADMIN").len(), 2);
}

story!(r16_wide_impact_is_not_lowered_by_calling_it_something_else);
async fn r16_wide_impact_is_not_lowered_by_calling_it_something_else(t: &mut Test) {
    let id = t
        .files("U0PM", "pricing https://example.com/prices --wide New prices")
        .await;
    t.clicks("U0PM", &id, "edit").await;
    let ack = t.submits("U0PM", &[("category", "other")]).await;
    assert_eq!(ack.errors().len(), 1, "{:?}", ack.errors());
    assert_eq!(t.gate(&id).await, "blocked");
}
