//! What Slack may or may not have is looked for before it is sent again (R29); a clock that jumps is not
//! consent (R19).

use crate::support::{DEADLINE, Test, at, story};
use chrono::TimeDelta;
use signoff::sandbox::workspace::{Commit, Fault};

/// How often somebody was pinged about a request: cards, whatever became of the answers.
fn pings(t: &Test, who: &str) -> usize {
    t.cards(who, "R-1").len()
}

story!(r29_a_post_that_was_lost_on_the_way_is_sent_again);
async fn r29_a_post_that_was_lost_on_the_way_is_sent_again(t: &mut Test) {
    t.ws.faults().next_in(
        "chat.postMessage",
        "U0DIRECTOR",
        Fault::Status(500, Commit::Before),
    );
    t.files("U0PM", "press https://example.com/draft An interview")
        .await;
    assert_eq!(pings(t, "U0DIRECTOR"), 0);
    t.advance_by(TimeDelta::seconds(60)).await;
    assert_eq!(
        pings(t, "U0DIRECTOR"),
        0,
        "not before the slowest commit must be over"
    );
    t.advance_by(TimeDelta::seconds(20)).await;
    assert_eq!(pings(t, "U0DIRECTOR"), 1);
    assert!(
        t.deadline("R-1", "director").await.is_some(),
        "it was proven within the grace"
    );
}

story!(r29_a_post_whose_answer_was_lost_is_found_and_not_doubled);
async fn r29_a_post_whose_answer_was_lost_is_found_and_not_doubled(t: &mut Test) {
    t.ws.faults().next_in(
        "chat.postMessage",
        "U0DIRECTOR",
        Fault::Status(500, Commit::After),
    );
    t.files("U0PM", "press https://example.com/draft An interview")
        .await;
    assert_eq!(t.deadline("R-1", "director").await, None, "not proven yet");
    t.advance_by(TimeDelta::seconds(80)).await;
    assert_eq!(pings(t, "U0DIRECTOR"), 1, "found, not sent again");
    assert_eq!(t.deadline("R-1", "director").await, Some(at(DEADLINE)));
    t.clicks("U0DIRECTOR", "R-1", "approve").await;
    assert!(
        t.card("U0DIRECTOR", "R-1").has_button("change_decision"),
        "the card that was found is kept up to date"
    );
}

story!(r29_what_cannot_be_looked_for_is_left_to_an_operator);
async fn r29_what_cannot_be_looked_for_is_left_to_an_operator(t: &mut Test) {
    t.ws.drop_scope("im:history");
    t.ws.faults()
        .next_in("chat.postMessage", "U0DIRECTOR", Fault::NotJson);
    t.files("U0PM", "press https://example.com/draft An interview")
        .await;
    t.advance_by(TimeDelta::minutes(5)).await;
    let stuck = t.sandbox().app().stuck().await.expect("the database answers");
    assert_eq!(stuck.len(), 1, "{stuck:?}");
    assert_eq!(stuck[0].state, "in_doubt");
    assert_eq!(
        pings(t, "U0DIRECTOR"),
        1,
        "it had arrived, and was never sent again"
    );
    assert_eq!(
        t.deadline("R-1", "director").await,
        None,
        "without a proof silence does not count (R17)"
    );
    t.advance(DEADLINE).await;
    assert_eq!(t.lane("R-1", "director").await, "pending");
    t.stuck_is_fine();
    t.ws.forgive();
}

story!(r19_nothing_lapses_while_the_clocks_disagree);
async fn r19_nothing_lapses_while_the_clocks_disagree(t: &mut Test) {
    t.files("U0PM", "press https://example.com/draft An interview")
        .await;
    t.slack_stands_still();
    t.jump(DEADLINE).await;
    assert_eq!(
        t.stands("R-1").await,
        "blocked director=pending marketing=pending"
    );
    let operator = t.notices("U0ADMIN");
    assert!(
        operator
            .iter()
            .any(|said| said.contains("Nothing lapses at the moment")),
        "{operator:?}"
    );
    t.slack_is_set_right();
    t.advance_by(TimeDelta::minutes(1)).await;
    assert_eq!(t.stands("R-1").await, "clear director=lapsed marketing=lapsed");
    assert_eq!(t.notices("U0ADMIN").len(), operator.len(), "said once");
}

story!(r19_a_minute_is_no_disagreement);
async fn r19_a_minute_is_no_disagreement(t: &mut Test) {
    t.files("U0PM", "press https://example.com/draft An interview")
        .await;
    t.advance_to(at(DEADLINE) - TimeDelta::seconds(59)).await;
    t.slack_stands_still();
    t.jump(DEADLINE).await;
    assert_eq!(t.stands("R-1").await, "clear director=lapsed marketing=lapsed");
}

story!(review_stale_card_after_found);
async fn review_stale_card_after_found(t: &mut Test) {
    t.ws.faults().next_in("chat.postMessage", "U0DIRECTOR", Fault::Status(500, Commit::After));
    t.files("U0PM", "press https://example.com/draft An interview").await;
    t.clicks("U0PM", "R-1", "raise_wide_impact").await;
    t.advance_by(TimeDelta::seconds(200)).await;
    let text = t.card("U0DIRECTOR", "R-1").text();
    assert!(text.contains("Wide-impact"), "STALE: {text}");
}

story!(review_released_card_keeps_buttons);
async fn review_released_card_keeps_buttons(t: &mut Test) {
    t.ws.faults().next_in("chat.postMessage", "U0MIA", Fault::Status(500, Commit::After));
    t.files("U0PM", "press https://example.com/draft An interview").await;
    t.clicks("U0MARK", "R-1", "approve").await;
    t.advance_by(TimeDelta::seconds(300)).await;
    assert!(!t.card("U0MIA", "R-1").has_button("approve"), "BUTTONS LEFT");
}

story!(review_doubt_forgotten_on_lookup_failure);
async fn review_doubt_forgotten_on_lookup_failure(t: &mut Test) {
    t.files("U0PM", "press https://example.com/draft An interview").await;
    t.advance("2026-12-03T09:29:50-08:00").await;
    t.ws.faults().next_in("chat.postMessage", "U0DIRECTOR", Fault::Status(500, Commit::After));
    t.advance("2026-12-03T09:30:30-08:00").await;
    assert_eq!(t.reminders("U0DIRECTOR").len(), 1);
    t.ws.faults().next("users.info", Fault::Status(500, Commit::Before));
    t.ws.faults().next("users.info", Fault::Status(500, Commit::Before));
    t.ws.faults().next("users.info", Fault::Status(500, Commit::Before));
    t.ws.faults().next("users.info", Fault::Status(500, Commit::Before));
    t.advance_by(TimeDelta::minutes(10)).await;
    assert_eq!(t.reminders("U0DIRECTOR").len(), 1, "DOUBLED");
}

story!(review_one_lane_lookup_blocks_all);
async fn review_one_lane_lookup_blocks_all(t: &mut Test) {
    t.ws.drop_scope("usergroups:read");
    t.files("U0PM", "press https://example.com/draft An interview").await;
    t.advance_by(TimeDelta::hours(30)).await;
    let told: Vec<String> = t.notices("U0PM");
    eprintln!("TOLD {told:?} director cards {}", t.cards("U0DIRECTOR", "R-1").len());
    assert_eq!(t.cards("U0DIRECTOR", "R-1").len(), 1, "DIRECTOR NEVER ASKED");
}

story!(review2_update_refused_marks_unreachable);
async fn review2_update_refused_marks_unreachable(t: &mut Test) {
    t.files("U0PM", "press https://example.com/draft An interview").await;
    t.ws.faults().always("chat.update", Fault::Error("msg_too_long".to_owned()));
    t.clicks("U0PM", "R-1", "raise_wide_impact").await;
    t.settle().await;
    t.ws.faults().clear();
    t.stuck_is_fine();
    let r = t.sandbox().app().request("R-1".parse().unwrap()).await.unwrap().unwrap();
    for lane in &r.lanes { eprintln!("LANE {} unfillable={} {:?}", lane.key, lane.unfillable, lane.asked.iter().map(|a| (a.user.to_string(), a.unreachable, a.delivered_at.is_some())).collect::<Vec<_>>()); }
    eprintln!("STUCK {:?}", t.stuck().await);
    assert!(!r.lanes.iter().any(|l| l.asked.iter().any(|a| a.unreachable)));
}

story!(review2_digest_gap);
async fn review2_digest_gap(t: &mut Test) {
    t.files("U0PM", "press https://example.com/draft An interview").await;
    t.advance("2026-12-03T08:59:50-08:00").await;
    t.ws.faults().next_in("chat.postMessage", "C0MARKETING", Fault::Status(500, Commit::After));
    t.advance("2026-12-03T09:00:20-08:00").await;
    t.clicks("U0MARK", "R-1", "approve").await;
    t.clicks("U0DIRECTOR", "R-1", "approve").await;
    t.advance("2026-12-04T12:00:00-08:00").await;
    for m in t.digests() { eprintln!("DIGEST {}", m.text()); }
    assert!(t.digests().last().unwrap().text().contains("Clear since"), "LOST");
}

story!(review3_ack_time);
async fn review3_ack_time(t: &mut Test) {
    t.files("U0PM", "press https://example.com/draft An interview").await;
    let card = t.card("U0DIRECTOR", "R-1");
    t.restart().await;
    t.advance_by(TimeDelta::minutes(5)).await;
    for m in ["users.info", "auth.test", "usergroups.users.list", "views.open"] {
        t.ws.faults().always(m, Fault::Delay(std::time::Duration::from_millis(1300)));
    }
    let s = std::time::Instant::now();
    let _ = t.user("U0DIRECTOR");
    let _ = t.clicks_on("U0DIRECTOR", &card, "request_changes").await;
    eprintln!("ACK {:?}", s.elapsed());
    for m in ["users.info", "auth.test", "views.open"] { eprintln!("{m} {}", t.ws.calls(m).len()); }
    t.ws.faults().clear(); t.ws.forgive();
    assert!(s.elapsed().as_millis() < 3000);
}
