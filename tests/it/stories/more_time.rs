//! "I need more time": asked and answered with one click each, once a lane and round (R18).

use crate::support::{DEADLINE, Test, at, config_with, says, story};
use signoff::sandbox::workspace::Message;

const PRESS: &str = "press https://example.com/draft An interview";
/// The first instant after Tuesday, the day that is given.
const LATER: &str = "2026-12-09T00:00:00-08:00";

/// The last message of the requester's that asks for more time.
fn question(t: &Test) -> Message {
    let inbox = t.user("U0PM").inbox();
    let asks = |message: &Message| message.has_button("grant_more_time") && message.text().starts_with("@");
    inbox.into_iter().rfind(asks).expect("a question with buttons")
}

story!(r18_granted_with_one_click_and_everything_moves);
async fn r18_granted_with_one_click_and_everything_moves(t: &mut Test) {
    let id = t.files("U0PM", PRESS).await;
    t.advance("2026-12-07T10:00:00-08:00").await;
    assert!(t.card("U0DIRECTOR", &id).text().contains("last business day"));
    t.clicks("U0DIRECTOR", &id, "more_time").await;
    says!(t.heard("U0DIRECTOR"), @"@Pm is asked for one more business day for R-1, and you hear the answer. Until then product director lapses tomorrow 12:00 AM.");
    let asked = question(t);
    let text = asked.text();
    let mut lines = text.lines();
    says!(lines.next().expect("who"), @"@Director asks for more time to answer R-1 for product director.");
    says!(lines.next().expect("what"), @"The lane lapses tomorrow 12:00 AM; with one more business day, Dec 9, 2026 12:00 AM.");
    let card = t.card("U0PM", &id);
    assert!(
        card.has_button("grant_more_time") && card.has_button("decline_more_time"),
        "{}",
        card.render()
    );
    assert_eq!(
        t.deadline(&id, "director").await,
        Some(at(DEADLINE)),
        "asking alone moves nothing"
    );
    t.clicks("U0PM", &id, "grant_more_time").await;
    says!(t.heard("U0PM"), @"Product director has one more business day for R-1: it lapses Dec 9, 2026 12:00 AM.");
    t.hears(
        "U0DIRECTOR",
        &[
            "@Pm gives you one more business day for R-1",
            "lapses Dec 9, 2026 12:00 AM",
            "Your card",
        ],
    );
    assert_eq!(t.deadline(&id, "director").await, Some(at(LATER)));
    assert_eq!(
        t.deadline(&id, "marketing").await,
        Some(at(DEADLINE)),
        "the other lane as before"
    );
    let card = t.card("U0DIRECTOR", &id);
    assert!(
        card.text()
            .contains("4 full business days (Thu 3, Fri 4, Mon 7, Tue 8 Dec)"),
        "{}",
        card.render()
    );
    assert!(
        !card.text().contains("last business day") && !card.has_button("more_time"),
        "{}",
        card.render()
    );
    let why = t.types("U0PM", &format!("why {id}")).await;
    assert!(
        why.contains("Tue 8 Dec: counts 4") && why.contains("given by @Pm"),
        "{why}"
    );
    t.advance("2026-12-08T09:30:00-08:00").await;
    assert_eq!(
        t.stands(&id).await,
        "blocked director=pending marketing=lapsed",
        "the old timer came"
    );
    assert!(
        t.reminders("U0DIRECTOR")
            .pop()
            .expect("a reminder")
            .text()
            .contains("last business day")
    );
    let digest = t.digests().pop().expect("a digest").text();
    let lapses = "Director (product director), lapses tomorrow 8:00 AM";
    assert!(
        digest.contains("Lapsing today or tomorrow") && digest.contains(lapses),
        "{digest}"
    );
    t.advance(LATER).await;
    assert_eq!(t.stands(&id).await, "clear director=lapsed marketing=lapsed");
}

story!(r18_declined_with_one_click_and_the_reviewer_is_told);
async fn r18_declined_with_one_click_and_the_reviewer_is_told(t: &mut Test) {
    let id = t.files("U0PM", PRESS).await;
    t.clicks("U0MARK", &id, "more_time").await;
    let asked = question(t);
    t.clicks_on("U0PM", &asked, "decline_more_time").await;
    says!(t.heard("U0PM"), @"Marketing keeps its deadline for R-1, and whoever asked is told.");
    t.hears(
        "U0MARK",
        &[
            "@Pm keeps the deadline for R-1",
            "lapses Dec 8, 2026 12:00 AM as before",
        ],
    );
    assert!(t.notices("U0MIA").is_empty(), "only whoever asked");
    assert!(!t.card("U0PM", &id).has_button("grant_more_time"));
    // They think better of it, with the button that is still there.
    t.clicks_on("U0PM", &asked, "grant_more_time").await;
    assert_eq!(t.deadline(&id, "marketing").await, Some(at(LATER)));
    says!(t.clicks_stale("U0PM", &asked, "decline_more_time").await, @"That is how R-1 stands already: nothing was changed.");
}

story!(r18_once_a_lane_and_round);
async fn r18_once_a_lane_and_round(t: &mut Test) {
    let id = t.files("U0PM", PRESS).await;
    let card = t.card("U0MIA", &id);
    t.clicks("U0MARK", &id, "more_time").await;
    assert!(!t.card("U0MIA", &id).has_button("more_time"));
    says!(t.clicks_stale("U0MIA", &card, "more_time").await, @"More time was asked for marketing of R-1 before, and it can be asked for once. Approve it, request changes, or hand it over with Not me.");
    t.objects("U0MARK", &id, "The numbers are old").await;
    let stale = question(t);
    assert!(!stale.buttons().is_empty());
    says!(t.clicks_stale("U0PM", &stale, "grant_more_time").await, @"R-1 no longer waits for marketing: nothing was changed.");
    t.does("U0PM", &id, "resubmit", &[("reason", "New numbers")])
        .await;
    says!(t.clicks_stale("U0PM", &stale, "grant_more_time").await, @"R-1 was changed and asked anew since. Please use your newest card about it.");
    assert!(t.card("U0MARK", &id).has_button("more_time"), "a new round");
}

story!(r18_only_the_requester_answers_and_only_where_a_deadline_runs);
async fn r18_only_the_requester_answers_and_only_where_a_deadline_runs(t: &mut Test) {
    let id = t.files("U0PM", PRESS).await;
    t.clicks("U0MARK", &id, "more_time").await;
    let asked = question(t);
    says!(t.clicks_stale("U0ADMIN", &asked, "grant_more_time").await, @"Only @Pm, who filed R-1, can do that.");
    t.clicks("U0DIRECTOR", &id, "raise_wide_impact").await;
    says!(t.clicks_stale("U0PM", &asked, "grant_more_time").await, @"No deadline runs for marketing of R-1, so there is no time to add.");
    let wide = t
        .files("U0PM", "press https://example.com/a --wide A newspaper")
        .await;
    assert!(
        !t.card("U0MARK", &wide).has_button("more_time"),
        "no deadline runs"
    );
    let late = t.files("U0PM", "press https://example.com/b Another").await;
    let card = t.card("U0MARK", &late);
    t.advance(DEADLINE).await;
    assert!(!t.card("U0MARK", &late).has_button("more_time"));
    says!(t.clicks_stale("U0MARK", &card, "more_time").await, @"R-3 no longer waits for marketing: nothing was changed.");
}

story!(
    r18_one_business_day_of_the_lanes_own_calendar,
    config_with("[deadline]\ncounting = \"elapsed\"")
        .replace("regions =", "holidays = [\"2026-12-08\"]\nregions =")
);
async fn r18_one_business_day_of_the_lanes_own_calendar(t: &mut Test) {
    let id = t.files("U0PM", PRESS).await;
    assert_eq!(
        t.deadline(&id, "director").await,
        Some(at("2026-12-07T10:00:00-08:00"))
    );
    t.clicks("U0DIRECTOR", &id, "more_time").await;
    t.clicks("U0PM", &id, "grant_more_time").await;
    assert_eq!(
        t.deadline(&id, "director").await,
        Some(at("2026-12-09T10:00:00-08:00")),
        "Tuesday is a holiday"
    );
    t.advance("2026-12-09T09:59:59-08:00").await;
    assert_eq!(t.lane(&id, "director").await, "pending");
    t.advance("2026-12-09T10:00:00-08:00").await;
    assert_eq!(t.lane(&id, "director").await, "lapsed");
}
