//! When silence counts, and when it is enough (R14, R15, R17, R20).

use crate::support::{DEADLINE, Test, at, config_with, story};
use chrono::TimeDelta;
use signoff::sandbox::CONFIG;
use signoff::sandbox::workspace::Fault;

const PRESS: &str = "press https://example.com/draft An interview";

story!(r14_whole_days_one_second_before_and_at_the_deadline);
async fn r14_whole_days_one_second_before_and_at_the_deadline(t: &mut Test) {
    let id = t.files("U0PM", PRESS).await;
    t.advance_to(at(DEADLINE) - TimeDelta::seconds(1)).await;
    assert_eq!(t.stands(&id).await, "blocked director=pending marketing=pending");
    t.advance(DEADLINE).await;
    assert_eq!(t.stands(&id).await, "clear director=lapsed marketing=lapsed");
}

story!(
    r14_elapsed_one_second_before_and_at_the_deadline,
    config_with("[deadline]\ncounting = \"elapsed\"")
);
async fn r14_elapsed_one_second_before_and_at_the_deadline(t: &mut Test) {
    let id = t.files("U0PM", PRESS).await;
    let deadline = at("2026-12-07T10:00:00-08:00");
    t.advance_to(deadline - TimeDelta::seconds(1)).await;
    assert_eq!(t.stands(&id).await, "blocked director=pending marketing=pending");
    t.advance_to(deadline).await;
    assert_eq!(t.stands(&id).await, "clear director=lapsed marketing=lapsed");
}

story!(r14_an_approval_in_the_last_second_counts);
async fn r14_an_approval_in_the_last_second_counts(t: &mut Test) {
    let id = t.files("U0PM", PRESS).await;
    t.advance_to(at(DEADLINE) - TimeDelta::seconds(1)).await;
    t.clicks("U0DIRECTOR", &id, "approve").await;
    t.advance(DEADLINE).await;
    assert_eq!(t.stands(&id).await, "clear director=approved marketing=lapsed");
}

story!(
    r15_a_holiday_does_not_count,
    CONFIG.replace("regions =", "holidays = [\"2026-12-04\"]\nregions =")
);
async fn r15_a_holiday_does_not_count(t: &mut Test) {
    let id = t.files("U0PM", PRESS).await;
    let deadline = at("2026-12-09T00:00:00-08:00");
    t.advance_to(deadline - TimeDelta::seconds(1)).await;
    assert_eq!(t.gate(&id).await, "blocked");
    t.advance_to(deadline).await;
    assert_eq!(t.gate(&id).await, "clear");
}

story!(r15_a_lane_counts_in_its_own_calendar, in_berlin());
async fn r15_a_lane_counts_in_its_own_calendar(t: &mut Test) {
    let id = t.files("U0PM", PRESS).await;
    t.advance("2026-12-07T23:59:59+01:00").await;
    assert_eq!(t.stands(&id).await, "blocked director=pending marketing=pending");
    t.advance("2026-12-08T00:00:00+01:00").await;
    assert_eq!(t.stands(&id).await, "blocked director=lapsed marketing=pending");
    t.advance(DEADLINE).await;
    assert_eq!(t.gate(&id).await, "clear");
}

fn in_berlin() -> String {
    CONFIG.replace(
        "[lanes.director]",
        "[lanes.director]\ntimezone = \"Europe/Berlin\"\nregion = \"DE-BE\"",
    )
}

fn busy_until(seconds: u32) -> Fault {
    Fault::RateLimited {
        retry_after: Some(seconds.to_string()),
    }
}

story!(r17_a_ping_within_the_grace_starts_the_clock_at_filing);
async fn r17_a_ping_within_the_grace_starts_the_clock_at_filing(t: &mut Test) {
    t.advance("2026-12-02T23:50:00-08:00").await;
    t.ws.faults()
        .next_in("chat.postMessage", "U0DIRECTOR", busy_until(13 * 60));
    let id = t.files("U0PM", PRESS).await;
    assert_eq!(t.deadline(&id, "director").await, None, "nobody was told yet");
    t.advance("2026-12-03T00:05:00-08:00").await;
    assert_eq!(t.deadline(&id, "director").await, Some(at(DEADLINE)));
}

story!(r17_a_ping_after_the_grace_starts_the_clock_at_the_delivery);
async fn r17_a_ping_after_the_grace_starts_the_clock_at_the_delivery(t: &mut Test) {
    t.advance("2026-12-02T23:50:00-08:00").await;
    t.ws.faults()
        .next_in("chat.postMessage", "U0DIRECTOR", busy_until(16 * 60));
    let id = t.files("U0PM", PRESS).await;
    t.advance("2026-12-03T00:10:00-08:00").await;
    assert_eq!(
        t.deadline(&id, "marketing").await,
        Some(at(DEADLINE)),
        "told at once"
    );
    assert_eq!(
        t.deadline(&id, "director").await,
        Some(at("2026-12-09T00:00:00-08:00")),
        "Thursday does not count"
    );
    t.advance(DEADLINE).await;
    assert_eq!(t.stands(&id).await, "blocked director=pending marketing=lapsed");
    t.advance("2026-12-09T00:00:00-08:00").await;
    assert_eq!(t.stands(&id).await, "clear director=lapsed marketing=lapsed");
}

story!(r17_a_lane_that_nobody_was_told_about_never_lapses);
async fn r17_a_lane_that_nobody_was_told_about_never_lapses(t: &mut Test) {
    t.ws.faults()
        .always_in("chat.postMessage", "U0DIRECTOR", busy_until(3600));
    let id = t.files("U0PM", PRESS).await;
    t.advance("2026-12-18T12:00:00-08:00").await;
    assert_eq!(t.stands(&id).await, "blocked director=pending marketing=lapsed");
    assert!(
        t.show(&id).await.contains("not reached yet"),
        "{}",
        t.show(&id).await
    );
    t.ws.faults().clear();
    t.advance("2026-12-18T14:00:00-08:00").await;
    assert!(t.card("U0DIRECTOR", &id).has_button("approve"));
    assert_eq!(
        t.deadline(&id, "director").await,
        Some(at("2026-12-24T00:00:00-08:00"))
    );
}

story!(r17_whoever_cannot_be_reached_is_replaced);
async fn r17_whoever_cannot_be_reached_is_replaced(t: &mut Test) {
    t.ws.faults().next_in(
        "chat.postMessage",
        "U0DIRECTOR",
        Fault::Error("messages_tab_disabled".to_owned()),
    );
    let id = t.files("U0PM", PRESS).await;
    assert_eq!(t.asked(&id, "director").await, ["U0DIRECTOR", "U0DEPUTY"]);
    t.clicks("U0DEPUTY", &id, "approve").await;
    assert_eq!(t.lane(&id, "director").await, "approved");
}

story!(r20_a_changed_policy_keeps_the_running_deadline);
async fn r20_a_changed_policy_keeps_the_running_deadline(t: &mut Test) {
    let id = t.files("U0PM", PRESS).await;
    let shorter = config_with("[deadline]\nbusiness_days = 1");
    t.restart_with(&shorter).await;
    let new = t
        .files("U0PM", "press https://example.com/new Another interview")
        .await;
    t.advance("2026-12-04T00:00:00-08:00").await;
    assert_eq!(t.gate(&new).await, "clear", "under the policy of its own day");
    t.advance_to(at(DEADLINE) - TimeDelta::seconds(1)).await;
    assert_eq!(t.gate(&id).await, "blocked");
    t.advance(DEADLINE).await;
    assert_eq!(t.gate(&id).await, "clear");
}

story!(r20_a_longer_policy_does_not_move_it_either);
async fn r20_a_longer_policy_does_not_move_it_either(t: &mut Test) {
    let id = t.files("U0PM", PRESS).await;
    t.restart_with(&CONFIG.replace(
        "regions =",
        "holidays = [\"2026-12-03\", \"2026-12-04\"]\nregions =",
    ))
    .await;
    t.advance(DEADLINE).await;
    assert_eq!(t.gate(&id).await, "clear");
}
